package handlers

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/intake"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// importForm is what may be chosen: the mapping of each set of headings, and
// the answers to the file's questions.
func (h *Handlers) importForm(ctx context.Context, a policy.Actor, m db.Import, errs ui.Errors) (views.ImportForm, error) {
	o := m.Options
	f := views.ImportForm{Action: "/imports/" + idText(m.ID) + "/mapping", Version: strconv.FormatInt(m.Version, 10), Key: o.Key, Branch: idText(m.BranchID),
		Owner: idText(o.Owner), Area: o.AreaCode, Order: o.Order, VIP: o.VIP, Unknown: o.Unknown, Unread: o.Unread, NoResult: o.NoResult, Comma: o.Comma, Fill: o.FillOnly,
		Ask: map[string]string{}, Errors: errs, ShowKey: m.Kind == db.ImportCustomers, Branches: h.branchOptions(ctx, a.Scope(policy.ImportRun))}
	if f.Key == "" {
		f.Key = string(intake.KeyNamePhone)
		if m.Found.Mode == "senders" {
			f.Key = string(intake.KeyName)
		}
	}
	if o.Year > 0 {
		f.Year = strconv.Itoa(o.Year)
	}
	for _, q := range m.Found.Questions {
		f.Ask[string(q.Code)] = lang.T(ctx, "%d 行，例如第 %d 行「%s」", q.Count, q.Row%10_000_000, q.Sample)
		if !h.brought(a, m) {
			f.Ask[string(q.Code)] = lang.T(ctx, "%d 行", q.Count)
		}
		switch q.Code {
		case intake.NoYear:
			f.Year = q.Answer
		case intake.NoAreaCode:
			f.Area = q.Answer
		case intake.VIPMeans:
			f.VIP = q.Answer
		}
	}
	if m.Kind == db.ImportCustomers && (m.Faults > 0 || o.Unread != intake.UnreadRefuses) {
		f.Ask["unread"] = lang.T(ctx, "%d 行没有导入；名称、错位和重号的行总要改好再来", m.Faults)
	}
	if len(m.Found.Names) > 0 {
		f.Ask[string(intake.UnknownCustomer)] = lang.T(ctx, "%d 个名字", len(m.Found.Names))
	}
	for _, k := range intake.Keys() {
		f.Keys = append(f.Keys, ui.Option{Value: string(k), Label: views.ImportKeyWord(ctx, string(k))})
	}
	people, err := h.db.BranchPeople(ctx, m.BranchID)
	if err != nil {
		return f, err
	}
	for name, id := range people {
		f.Owners = append(f.Owners, ui.Option{Value: idText(id), Label: name})
	}
	if m.Kind == db.ImportWaybills || m.Kind == db.ImportCases {
		f.Owners = nil // parcels have no rep, and a case that nobody handled stays nobody's
	}
	slices.SortFunc(f.Owners, func(a, b ui.Option) int { return strings.Compare(a.Label, b.Label) })
	if m.Found.Format == "xlsx" || m.Found.Format == "xls" {
		for _, s := range m.Found.Sheets {
			text := ""
			if s.Hidden {
				text = lang.T(ctx, "隐藏")
			}
			f.Sheets = append(f.Sheets, views.ImportSheetChoice{Name: s.Name, Text: text, Hidden: s.Hidden, Used: s.Used})
		}
	}
	h.importMaps(ctx, a, m, &f)
	return f, nil
}

// importMaps offers one mapping for each set of headings among the sheets that
// are read.
func (h *Handlers) importMaps(ctx context.Context, a policy.Actor, m db.Import, f *views.ImportForm) {
	kind := kindOf(m)
	var options []ui.Option
	for _, fd := range kind.Fields {
		if db.ImportKeeps(m.Kind, fd.Name) {
			options = append(options, ui.Option{Value: fd.Name, Label: views.ImportFieldOf(ctx, m.Kind, fd.Name)})
		}
	}
	if m.Found.Mode == "messages" || m.Found.Mode == "senders" {
		return
	}
	seen := map[string]bool{}
	for i, s := range m.Found.Sheets {
		if !s.Used || s.Key != "" && seen[s.Key] {
			continue
		}
		seen[s.Key] = true
		mp := views.ImportMap{Sheet: strconv.Itoa(i), Remembered: s.Remembered}
		if len(f.Maps) > 0 || len(seen) > 1 {
			mp.Title = lang.T(ctx, "工作表「%s」", s.Name)
		}
		for c, heading := range s.Headings {
			field := s.Fields[c]
			if heading == "" && field == "" && (c >= len(s.Samples) || s.Samples[c] == "") {
				continue
			}
			row := views.ImportMapRow{Name: "m." + strconv.Itoa(i) + "." + strconv.Itoa(c), Heading: heading, Field: field, Options: options, How: "none"}
			if heading == "" {
				row.Heading = lang.T(ctx, "第 %d 列", c+1)
			}
			if c < len(s.Samples) && h.brought(a, m) {
				row.Sample = s.Samples[c]
			}
			f.Columns++
			switch {
			case field == "":
			case !db.ImportKeeps(m.Kind, field):
				row.How, row.Field = "none", ""
				if field != "seq" {
					row.How = "later"
				}
				f.Recognised++
			case c < len(s.Sure) && s.Sure[c] >= 1 || s.Remembered:
				row.How = "sure"
				f.Recognised++
			default:
				row.How = "ask"
			}
			mp.Rows = append(mp.Rows, row)
		}
		f.Maps = append(f.Maps, mp)
	}
}

func kindOf(m db.Import) *intake.Kind {
	switch m.Kind {
	case db.ImportVisits:
		return intake.Visits
	case db.ImportWaybills:
		return intake.Waybills
	case db.ImportPayments:
		return intake.Payments
	case db.ImportCases:
		return intake.Cases
	}
	return intake.Customers
}

// importRemap takes the choices and has the file judged again.
func (h *Handlers) importRemap(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	if err := readForm(r); err != nil {
		return err
	}
	m, err := h.importOf(r)
	if err != nil {
		return err
	}
	o := m.Options
	o.Key, o.Order, o.VIP, o.AreaCode, o.Unknown = field(r, "key"), field(r, "order"), field(r, "vip"), field(r, "area"), field(r, "unknown")
	o.Comma, o.FillOnly = field(r, "comma") == "1", field(r, "fill") == "1"
	if o.Unread = field(r, "unread"); o.Unread != intake.UnreadRemark {
		o.Unread = intake.UnreadRefuses
	}
	if o.NoResult = field(r, "no_result"); o.NoResult != intake.Closed {
		o.NoResult = ""
	}
	errs := ui.Errors{}
	year, ok := formInt(r, "year")
	if o.Year = int(year); !ok || year != 0 && (year < 1980 || year > 2100) {
		errs.Add("year", lang.T(ctx, "年份是 4 位数字"))
	}
	if !areaCode.MatchString(o.AreaCode) {
		errs.Add("area", lang.T(ctx, "区号是 0 开头的 3 到 4 位数字，例如 0571"))
	}
	if o.Key != "" && !slices.Contains(intake.Keys(), intake.Key(o.Key)) {
		return fmt.Errorf("key %q: %w", o.Key, errBadRequest)
	}
	branch := m.BranchID
	if v := field(r, "branch"); v != "" {
		branch = db.ParseID(v)
	}
	o.Owner = db.ParseID(field(r, "owner"))
	if o.Owner != 0 {
		people, err := h.db.BranchPeople(ctx, branch)
		if err != nil {
			return err
		}
		found := false
		for _, id := range people {
			found = found || id == o.Owner
		}
		if !found {
			o.Owner = 0 // of the branch that was chosen before
		}
	}
	if chosen := fields(r, "sheet"); len(chosen) > 0 {
		o.Sheets = slices.DeleteFunc(chosen, func(name string) bool {
			return !slices.ContainsFunc(m.Found.Sheets, func(s db.ImportSheet) bool { return s.Name == name })
		})
	}
	o.Mapping = map[string][]string{}
	remember := map[string]map[string]string{}
	kind := kindOf(m)
	for i, s := range m.Found.Sheets {
		prefix := "m." + strconv.Itoa(i) + "."
		if !slices.ContainsFunc(s.Headings, func(string) bool { return true }) {
			continue
		}
		has := false
		mapping := slices.Clone(intake.Mapping(s.Fields))
		for c := range mapping {
			if v, sent := r.PostForm[prefix+strconv.Itoa(c)]; sent && len(v) > 0 {
				// What cannot be chosen (序号, what is not kept) stays known.
				if v[0] != "" || db.ImportKeeps(m.Kind, mapping[c]) {
					mapping[c] = v[0]
				}
				has = true
			}
		}
		if !has {
			continue
		}
		header := intake.Header{Headings: s.Headings, Groups: s.Groups}
		for _, bad := range intake.CheckMapping(kind, header, mapping) {
			errs.Add("mapping", mappingWord(ctx, m.Kind, bad))
		}
		o.Mapping[s.Name] = mapping
		if s.Key == "" {
			continue
		}
		remember[s.Key] = intake.Remember(header, mapping)
		for _, other := range m.Found.Sheets {
			if other.Key == s.Key && other.Name != s.Name {
				o.Mapping[other.Name] = intake.Recall(kind, intake.Header{Headings: other.Headings, Groups: other.Groups}, remember[s.Key])
			}
		}
	}
	if errs.Any() {
		m.Options = o
		return h.showImport(w, r, http.StatusUnprocessableEntity, m, errs)
	}
	version, _ := formInt(r, "version")
	if err := h.db.ChangeImport(ctx, a, m.ID, version, branch, o, remember); err != nil {
		return err
	}
	h.wake()
	h.redirect(w, r, "/imports/"+idText(m.ID))
	return nil
}

func mappingWord(ctx context.Context, kind string, bad intake.MappingError) string {
	switch bad.Code {
	case intake.MapTwice:
		return lang.T(ctx, "「%s」只能对应一列", views.ImportFieldOf(ctx, kind, bad.Field))
	case intake.MapNoName:
		return lang.T(ctx, "请指定哪一列是客户名称")
	case intake.MapNoSaid:
		return lang.T(ctx, "请指定哪一列是投诉内容")
	case intake.MapNoDay:
		if kind == db.ImportCases {
			return lang.T(ctx, "请指定哪一列是日期")
		}
		if kind == db.ImportWaybills {
			return lang.T(ctx, "请指定哪一列是寄件日期")
		}
		return lang.T(ctx, "请指定哪一列是拜访日期")
	}
	return lang.T(ctx, "这样对应不上，请重新选")
}
