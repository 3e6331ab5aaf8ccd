package handlers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/intake"
	"yike/policy/mask"
	"yike/policy/phone"
	"yike/policy/place"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// maxImport bounds an uploaded file.
const maxImport = 64 << 20

// importKept is how long an uploaded file is kept: as long as its import can
// be taken back.
const importKept = db.UndoImportFor + 48*time.Hour

func (h *Handlers) importList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	const size = 50
	list, err := h.db.Imports(ctx, a.Scope(policy.ImportRun), db.ParseID(query(r, "before")), size+1)
	if err != nil {
		return err
	}
	p := views.ImportList{}
	if len(list) > size {
		list = list[:size]
		p.Next = "/imports?before=" + idText(list[size-1].ID)
	}
	now := h.db.Now()
	for _, m := range list {
		line := views.ImportLine{Href: "/imports/" + idText(m.ID), File: m.FileName, Kind: importKindWord(ctx, m.Kind), Branch: h.db.BranchName(m.BranchID),
			Who: m.UserName, State: views.ImportStateWord(ctx, m.State), When: views.TimeWord(ctx, time.UnixMilli(m.CreatedAt), now),
			Create: views.Thousands(m.Creates), Update: views.Thousands(m.Updates), Skip: views.Thousands(m.Skips), Fault: views.Thousands(m.Faults),
			Busy: m.Busy(), Bad: m.State == "failed" || m.Stuck()}
		if m.State == "applied" {
			line.UndoUntil = views.DayWord(ctx, db.Day(time.UnixMilli(m.AppliedAt).Add(db.UndoImportFor)), db.Day(now))
		}
		p.Rows = append(p.Rows, line)
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "导入"), body: views.Imports(p), active: "/imports"})
}

func importKindWord(ctx context.Context, kind string) string {
	if kind == db.ImportVisits {
		return lang.T(ctx, "拜访记录")
	}
	return lang.T(ctx, "客户")
}

func (h *Handlers) importNew(w http.ResponseWriter, r *http.Request) error {
	kind := query(r, "kind")
	if kind != db.ImportVisits {
		kind = db.ImportCustomers
	}
	return h.showUpload(w, r, http.StatusOK, views.ImportNew{Kind: kind, Branch: h.usualBranch(actorOf(r), policy.ImportRun), Errors: ui.Errors{}})
}

// usualBranch is where the actor's work goes unless they say otherwise: their
// own branch, or for somebody of a region or of head office the first branch
// within reach, since clients belong to branches.
func (h *Handlers) usualBranch(a policy.Actor, p policy.Permission) string {
	first := ""
	for _, b := range h.db.Branches(context.Background(), a.Scope(p)) {
		if b.Level != db.LevelBranch || !b.Active {
			continue
		}
		if b.ID == a.Branch {
			return idText(b.ID)
		}
		if first == "" {
			first = idText(b.ID)
		}
	}
	if first == "" {
		return idText(a.Branch)
	}
	return first
}

func (h *Handlers) showUpload(w http.ResponseWriter, r *http.Request, status int, f views.ImportNew) error {
	ctx := r.Context()
	f.Branches = h.branchOptions(ctx, actorOf(r).Scope(policy.ImportRun))
	if !slices.ContainsFunc(f.Branches, func(o ui.Option) bool { return o.Value == f.Branch }) && len(f.Branches) > 0 {
		f.Branch = f.Branches[0].Value
	}
	if f.Submission == "" {
		f.Submission = requestID(ctx)
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "导入"), body: views.ImportUpload(f), active: "/imports", scripts: []string{"import.js"}})
}

// importCreate takes an uploaded file. Whether it is a spreadsheet at all is
// said at once, by its content; everything else is the task's.
func (h *Handlers) importCreate(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	f := views.ImportNew{Kind: db.ImportCustomers, Branch: idText(a.Branch), Errors: ui.Errors{}}
	name, file, err := h.readUpload(w, r, &f)
	if file != nil {
		defer os.Remove(file.Name())
		defer file.Close()
	}
	refuse := func(sentence string) error {
		f.Errors.Add("file", sentence)
		return h.showUpload(w, r, http.StatusUnprocessableEntity, f)
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		w.Header().Set("Connection", "close")
		return refuse(views.ImportFaultWord(ctx, "too_big"))
	case err != nil:
		return err
	case file == nil || name == "":
		return refuse(lang.T(ctx, "请选一个文件"))
	}
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("uploaded file: %w", err)
	}
	if _, err := sheet.OpenReader(file, size, sheet.Options{MaxFile: maxImport}); err != nil {
		if code := sheetFault(err); code != "" {
			return refuse(views.ImportFaultWord(ctx, code))
		}
		return fmt.Errorf("uploaded file: %w", err)
	}
	branch := db.ParseID(f.Branch)
	if !a.Scope(policy.ImportRun).SeesBranch(h.db.Chain(branch)) {
		return fmt.Errorf("branch %q: %w", f.Branch, db.ErrNotFound)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("uploaded file: %w", err)
	}
	hash, err := h.db.PutFile(ctx, file, "application/octet-stream", h.db.Now().Add(importKept))
	if err != nil {
		return err
	}
	id, err := h.db.CreateImport(ctx, a, db.Submission{Key: f.Submission}, db.NewImport{Kind: f.Kind, FileName: name, FileHash: hash, Branch: branch})
	if err != nil {
		return err
	}
	h.wake()
	h.redirect(w, r, "/imports/"+idText(id))
	return nil
}

// readUpload reads the form part by part and spools the file to disk, never
// into memory.
func (h *Handlers) readUpload(w http.ResponseWriter, r *http.Request, f *views.ImportNew) (name string, file *os.File, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxImport+64<<10)
	parts, err := r.MultipartReader()
	if err != nil {
		return "", nil, fmt.Errorf("%w: %w", errBadRequest, err)
	}
	for n := 0; n < 20; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return name, file, nil
		}
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return name, file, err
		}
		if err != nil {
			return name, file, fmt.Errorf("%w: %w", errBadRequest, err)
		}
		if part.FormName() == "file" && file == nil {
			name = clean(filepath.Base(strings.ReplaceAll(part.FileName(), `\`, "/")))
			if part.FileName() == "" {
				name = ""
			}
			if file, err = os.CreateTemp("", "yike-upload-*"); err != nil {
				return name, nil, fmt.Errorf("a place for the file: %w", err)
			}
			if _, err := io.Copy(file, part); err != nil {
				if errors.As(err, &tooLarge) {
					return name, file, err
				}
				return name, file, fmt.Errorf("%w: %w", errBadRequest, err)
			}
			continue
		}
		b, err := io.ReadAll(io.LimitReader(part, 4<<10))
		if err != nil {
			return name, file, fmt.Errorf("%w: %w", errBadRequest, err)
		}
		switch v := clean(string(b)); part.FormName() {
		case "kind":
			if v == db.ImportVisits || v == db.ImportCustomers {
				f.Kind = v
			}
		case "branch":
			f.Branch = v
		case "submission":
			f.Submission = v
		}
	}
	return name, file, fmt.Errorf("%w: too many parts", errBadRequest)
}

func sheetFault(err error) string {
	for _, x := range []struct {
		err  error
		code string
	}{
		{sheet.ErrEmpty, "empty"}, {sheet.ErrEncrypted, "encrypted"}, {sheet.ErrTruncated, "truncated"}, {sheet.ErrDamaged, "damaged"},
		{sheet.ErrNotSheet, "not_sheet"}, {sheet.ErrTooBig, "too_big"}, {sheet.ErrOldXLS, "old_xls"}, {sheet.ErrNoSheet, "no_sheet"},
	} {
		if errors.Is(err, x.err) {
			return x.code
		}
	}
	return ""
}

// importOf reads the import of the address, within the person's reach.
func (h *Handlers) importOf(r *http.Request) (db.Import, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.Import{}, err
	}
	return h.db.Import(r.Context(), actorOf(r).Scope(policy.ImportRun), id)
}

func (h *Handlers) importShow(w http.ResponseWriter, r *http.Request) error {
	m, err := h.importOf(r)
	if err != nil {
		return err
	}
	return h.showImport(w, r, http.StatusOK, m, ui.Errors{})
}

func (h *Handlers) showImport(w http.ResponseWriter, r *http.Request, status int, m db.Import, errs ui.Errors) error {
	ctx := r.Context()
	p, err := h.importPage(r, m, errs)
	if err != nil {
		return err
	}
	title := lang.T(ctx, "导入客户")
	if m.Kind == db.ImportVisits {
		title = lang.T(ctx, "导入拜访")
	}
	return h.render(w, r, status, page{title: title, body: views.ImportShow(p), active: "/imports", scripts: []string{"import.js"}})
}

// importProgress is asked every second while a task works; when it has ended
// the whole page is loaded anew.
func (h *Handlers) importProgress(w http.ResponseWriter, r *http.Request) error {
	m, err := h.importOf(r)
	if err != nil {
		return err
	}
	to := "/imports/" + idText(m.ID)
	if !m.Busy() || !isHTMX(r) {
		h.redirect(w, r, to)
		return nil
	}
	part := views.ImportProgress(h.importWork(r.Context(), m))
	return h.render(w, r, http.StatusOK, page{body: part, partial: part})
}

func (h *Handlers) importWork(ctx context.Context, m db.Import) views.ImportWork {
	at := "/imports/" + idText(m.ID)
	work := views.ImportWork{Busy: m.Busy(), URL: at + "/progress", Action: at + "/cancel", Done: m.Done, Total: m.Total, CanCancel: m.State != "undoing",
		Label: views.ImportStateWord(ctx, m.State)}
	if m.Done > 0 {
		work.Text = lang.T(ctx, "%s 行", views.Thousands(m.Done))
	}
	if m.TaskState == "queued" {
		work.Text = lang.T(ctx, "排队中")
	}
	return work
}

const importRowsShown = 50

func (h *Handlers) importPage(r *http.Request, m db.Import, errs ui.Errors) (views.ImportPage, error) {
	ctx, a := r.Context(), actorOf(r)
	now := h.db.Now()
	at := "/imports/" + idText(m.ID)
	p := views.ImportPage{ID: idText(m.ID), Version: strconv.FormatInt(m.Version, 10), Kind: m.Kind, Mode: m.Found.Mode, File: m.FileName,
		Branch: h.db.BranchName(m.BranchID), State: m.State, Work: h.importWork(ctx, m), FailedHref: at + "/failed.xlsx",
		Create: m.Creates, Update: m.Updates, Skip: m.Skips, Faulty: m.Faults, Step: 3, ResultHref: "/customers"}
	if m.Kind == db.ImportVisits {
		p.ResultHref = "/visits"
	}
	if m.Stuck() { // its task ended without finishing it
		p.State = map[string]string{"judging": "failed", "applying": "judged", "undoing": "applied"}[m.State]
		if m.TaskState == "failed" {
			p.TaskError = lang.T(ctx, "上次没有做完，没有动任何数据，可以再来一次。")
		}
	} else if m.State == "judged" && m.TaskState == "failed" {
		p.TaskError = lang.T(ctx, "上次没有做完，没有动任何数据，可以再来一次。")
	}
	if m.State == "judged" && m.TaskState == "cancelled" {
		p.TaskError = lang.T(ctx, "已停下，没有动任何数据。")
	}
	switch p.State {
	case "judging", "failed":
		p.Step = 2
	case "applying":
		p.Step = 4
	case "applied", "undoing", "undone":
		p.Step = 5
	}
	p.Facts = h.importFacts(ctx, m)
	if p.State == "failed" {
		p.Fault = views.ImportFaultWord(ctx, m.Found.Fault)
	}
	if m.Found.Notice == "changed" && p.State == "judged" {
		p.Notice = lang.T(ctx, "你看过以后，有人新建了客户，所以又比对了一遍。请再看一下。")
	}
	if m.Busy() {
		return p, nil
	}
	editable := p.State == "judged" || p.State == "failed" && len(m.Found.Sheets) > 0 && slices.Contains([]string{"mapping", "no_rows"}, m.Found.Fault)
	if editable {
		form, err := h.importForm(ctx, a, m, errs)
		if err != nil {
			return p, err
		}
		p.Form = &form
	}
	if p.State == "applied" {
		until := time.UnixMilli(m.AppliedAt).Add(db.UndoImportFor)
		p.UndoUntil = views.DayWord(ctx, db.Day(until), db.Day(now))
		p.CanUndo = now.Before(until) && a.Scope(policy.ImportUndo).SeesBranch(h.db.Chain(m.BranchID))
	}
	if p.State == "undone" {
		p.Undo = h.importUndone(ctx, m)
	}
	if p.State == "judged" || p.State == "applied" {
		if err := h.importRows(r, m, &p); err != nil {
			return p, err
		}
	}
	rows := func(n int) string { return lang.T(ctx, "%d 行", n) }
	for _, x := range m.Found.Reps {
		p.Reps = append(p.Reps, views.ImportHint{Name: x.Name, Rows: rows(x.Rows)})
	}
	for _, x := range m.Found.Names {
		p.Names = append(p.Names, views.ImportHint{Name: x.Name, Rows: rows(x.Rows)})
	}
	total := 0
	for _, n := range m.Found.NotCount {
		total += n
	}
	p.NotDataText = rows(total)
	for _, x := range m.Found.NotData {
		text := x.Text
		if !h.brought(a, m) {
			text = ""
		}
		p.NotData = append(p.NotData, views.ImportNotData{Row: lang.T(ctx, "第 %d 行", x.Row), Why: views.NotDataWord(ctx, x.Why), Text: text})
	}
	return p, nil
}

// importFacts says in a few phrases what the file turned out to be.
func (h *Handlers) importFacts(ctx context.Context, m db.Import) []string {
	var out, used, hidden []string
	for _, s := range m.Found.Sheets {
		if s.Used {
			used = append(used, s.Name)
		} else if s.Hidden {
			hidden = append(hidden, s.Name)
		}
	}
	format := map[string]string{"xlsx": "Excel", "xls": "Excel 97", "csv": "CSV", "html": lang.T(ctx, "网页表格")}[m.Found.Format]
	if m.Found.Encoding != "" && m.Found.Format != "xlsx" {
		format += " " + m.Found.Encoding
	}
	if format != "" {
		out = append(out, format)
	}
	if m.Found.Format == "xlsx" || m.Found.Format == "xls" {
		if len(used) == 1 {
			out = append(out, lang.T(ctx, "工作表「%s」", used[0]))
		} else if len(used) > 1 {
			out = append(out, lang.T(ctx, "%d 张工作表", len(used)))
		}
		if len(hidden) > 0 {
			out = append(out, lang.T(ctx, "隐藏的「%s」没有读", strings.Join(hidden, lang.T(ctx, "、"))))
		}
	}
	for _, s := range m.Found.Sheets {
		if s.Used && len(s.HeaderRows) > 0 {
			var nums []string
			for _, n := range s.HeaderRows {
				nums = append(nums, strconv.Itoa(n))
			}
			out = append(out, lang.T(ctx, "表头在第 %s 行", strings.Join(nums, lang.T(ctx, "、"))))
			break
		}
	}
	switch m.Found.Mode {
	case "senders":
		out = append(out, lang.T(ctx, "%s 票，按寄件客户归到一起", views.Thousands(int64(m.Found.Parcels))))
	case "messages":
		out = append(out, lang.T(ctx, "%s 条消息", views.Thousands(m.Rows())))
	default:
		if m.Rows() > 0 {
			out = append(out, lang.T(ctx, "%s 行数据", views.Thousands(m.Rows())))
		}
	}
	return append(out, lang.T(ctx, "导入到%s", h.db.BranchName(m.BranchID)))
}

// importForm is what may be chosen: the mapping of each set of headings, and
// the answers to the file's questions.
func (h *Handlers) importForm(ctx context.Context, a policy.Actor, m db.Import, errs ui.Errors) (views.ImportForm, error) {
	o := m.Options
	f := views.ImportForm{Action: "/imports/" + idText(m.ID) + "/mapping", Version: strconv.FormatInt(m.Version, 10), Key: o.Key, Branch: idText(m.BranchID),
		Owner: idText(o.Owner), Area: o.AreaCode, Order: o.Order, VIP: o.VIP, Unknown: o.Unknown, Comma: o.Comma, Fill: o.FillOnly,
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
			options = append(options, ui.Option{Value: fd.Name, Label: views.ImportFieldWord(ctx, fd.Name)})
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
	if m.Kind == db.ImportVisits {
		return intake.Visits
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
			errs.Add("mapping", mappingWord(ctx, bad))
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

func mappingWord(ctx context.Context, bad intake.MappingError) string {
	switch bad.Code {
	case intake.MapTwice:
		return lang.T(ctx, "「%s」只能对应一列", views.ImportFieldWord(ctx, bad.Field))
	case intake.MapNoName:
		return lang.T(ctx, "请指定哪一列是客户名称")
	case intake.MapNoDay:
		return lang.T(ctx, "请指定哪一列是拜访日期")
	}
	return lang.T(ctx, "这样对应不上，请重新选")
}

func (h *Handlers) importApply(w http.ResponseWriter, r *http.Request) error {
	return h.importAct(w, r, func(id, version int64) error { return h.db.StartApply(r.Context(), actorOf(r), id, version) })
}

func (h *Handlers) importUndo(w http.ResponseWriter, r *http.Request) error {
	return h.importAct(w, r, func(id, version int64) error { return h.db.StartUndo(r.Context(), actorOf(r), id, version) })
}

func (h *Handlers) importCancel(w http.ResponseWriter, r *http.Request) error {
	return h.importAct(w, r, func(id, _ int64) error { return h.db.CancelImport(r.Context(), actorOf(r), id) })
}

func (h *Handlers) importAct(w http.ResponseWriter, r *http.Request, act func(id, version int64) error) error {
	if err := readForm(r); err != nil {
		return err
	}
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	version, _ := formInt(r, "version")
	if err := act(id, version); err != nil {
		return err
	}
	h.wake()
	h.redirect(w, r, "/imports/"+idText(id))
	return nil
}

// importFailed writes a workbook of only the rows that were not taken: their
// cells as they stood, the reason beside each.
func (h *Handlers) importFailed(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	m, err := h.importOf(r)
	if err != nil {
		return err
	}
	if !h.brought(a, m) {
		return fmt.Errorf("failed rows of import %d: %w", m.ID, db.ErrRefused)
	}
	tmp, err := os.CreateTemp("", "yike-failed-*")
	if err != nil {
		return fmt.Errorf("a place for the file: %w", err)
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	rows, err := WriteFailedRows(ctx, h.db, m, tmp)
	if err != nil {
		return err
	}
	if err := h.db.NoteAct(ctx, a, "imports.failed_rows", m.BranchID, m.ID, rows, nil); err != nil {
		return err
	}
	base := strings.TrimSuffix(m.FileName, filepath.Ext(m.FileName))
	return serveWorkbook(w, r, tmp, lang.T(ctx, "%s 错误行.xlsx", base))
}

func serveWorkbook(w http.ResponseWriter, r *http.Request, f *os.File, name string) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, f) // the reader may have left
	}
	return nil
}

// WriteFailedRows writes that workbook and returns how many rows it has; also
// for the command line.
func WriteFailedRows(ctx context.Context, d *db.DB, m db.Import, out io.Writer) (int64, error) {
	var headings []string
	at := map[string][]int{} // of a sheet: where each of its columns goes
	sheets := 0
	for _, s := range m.Found.Sheets {
		if !s.Used {
			continue
		}
		sheets++
		names := s.Headings
		if m.Found.Mode == "senders" {
			names = []string{lang.T(ctx, "客户名称"), lang.T(ctx, "联系人"), lang.T(ctx, "电话"), lang.T(ctx, "地址"), lang.T(ctx, "月结账号")}
		}
		for c, name := range names {
			if c < len(s.Groups) && s.Groups[c] != "" && slices.Contains(names[:c], name) {
				name = s.Groups[c] + name
			}
			i := slices.Index(headings, name)
			if i < 0 || name == "" || slices.Contains(at[s.Name], i) {
				i = len(headings)
				headings = append(headings, name)
			}
			at[s.Name] = append(at[s.Name], i)
		}
	}
	layout := sheet.Layout{Sheet: lang.T(ctx, "错误行")}
	for _, name := range headings {
		layout.Columns = append(layout.Columns, sheet.Column{Title: name})
	}
	reasonAt := len(headings)
	layout.Columns = append(layout.Columns, sheet.Column{Title: lang.T(ctx, "没有导入的原因"), Width: 40, Reason: true}, sheet.Column{Title: lang.T(ctx, "原文件行号")})
	if sheets > 1 {
		layout.Columns = append(layout.Columns, sheet.Column{Title: lang.T(ctx, "原工作表")})
	}
	wr, err := sheet.NewWriter(out, sheet.XLSX, layout)
	if err != nil {
		return 0, fmt.Errorf("failed rows: %w", err)
	}
	total := int64(0)
	err = func() error {
		from := int64(0)
		for {
			rows, err := d.ImportRows(ctx, m, "error", from, false, 1000)
			if err != nil || len(rows) == 0 {
				return err
			}
			for _, row := range rows {
				cells := make([]sheet.Cell, len(layout.Columns))
				for c, text := range row.Cells {
					if c < len(at[row.Sheet]) {
						cells[at[row.Sheet][c]] = sheet.TextOf(text)
					}
				}
				var why []string
				for _, x := range row.Reasons {
					if x.Severity == intake.Fault {
						why = append(why, views.ImportReason(ctx, x))
					}
				}
				cells[reasonAt] = sheet.TextOf(strings.Join(why, lang.T(ctx, "；")))
				cells[reasonAt+1] = sheet.NumberOf(float64(row.Row))
				if sheets > 1 {
					cells[reasonAt+2] = sheet.TextOf(row.Sheet)
				}
				if err := wr.Write(cells); err != nil {
					return err
				}
				total++
			}
			from = rows[len(rows)-1].N
		}
	}()
	if closeErr := wr.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return 0, fmt.Errorf("failed rows: %w", err)
	}
	return total, nil
}

// importTemplate writes an empty workbook with the headings that are
// recognised for sure, drop-downs where there are words to choose, and a sheet
// of hints.
func (h *Handlers) importTemplate(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	name := lang.T(ctx, "客户导入模板.xlsx")
	layout := sheet.Layout{Sheet: lang.T(ctx, "客户")}
	people, err := h.db.BranchPeople(ctx, a.Branch)
	if err != nil {
		return err
	}
	var reps []string
	for p := range people {
		reps = append(reps, p)
	}
	slices.Sort(reps)
	add := func(title string, width float64, hint string, choices ...string) {
		layout.Columns = append(layout.Columns, sheet.Column{Title: title, Width: width, Hint: hint, Choices: choices})
	}
	if query(r, "kind") == db.ImportVisits {
		name, layout.Sheet = lang.T(ctx, "拜访导入模板.xlsx"), lang.T(ctx, "拜访记录")
		add(templateTitle(intake.Visits, "day"), 14, lang.T(ctx, "例如 2026-11-21"))
		add(templateTitle(intake.Visits, "rep"), 10, "", reps...)
		add(templateTitle(intake.Visits, "name"), 30, lang.T(ctx, "和系统里的客户名称一样"))
		add(templateTitle(intake.Visits, "mode"), 10, "", "上门", "电话", "微信", "到网点")
		add(templateTitle(intake.Visits, "met"), 10, "")
		add(templateTitle(intake.Visits, "learned"), 40, "")
		add(templateTitle(intake.Visits, "wants"), 24, "")
		add(templateTitle(intake.Visits, "next_step"), 20, "")
		add(templateTitle(intake.Visits, "next_on"), 14, lang.T(ctx, "例如 2026-11-21"))
		layout.Help = []string{lang.T(ctx, "每行一次拜访。日期和客户名称必填，其他可以空着。"), lang.T(ctx, "系统里没有的客户不会导入，会列出来给你。")}
	} else {
		c := intake.Customers
		add(templateTitle(c, "name"), 30, lang.T(ctx, "必填"))
		add(templateTitle(c, "kind"), 12, "", "电商客户", "企业客户", "个人客户", "经销商", "合作伙伴")
		add(templateTitle(c, "class"), 10, lang.T(ctx, "A、B、C 或 VIP"), "A", "B", "C", "VIP")
		add(templateTitle(c, "source"), 12, "", "淘宝", "拼多多", "抖音", "京东", "企业", "散客", "网络", "转介绍", "拜访", "其他")
		add(templateTitle(c, "contact"), 10, "")
		add("联系电话", 24, lang.T(ctx, "可以写几个，用分号隔开；座机带区号"))
		add(templateTitle(c, "address"), 36, lang.T(ctx, "从省市区写起"))
		add(templateTitle(c, "terms"), 10, "", "月结", "现结")
		add(templateTitle(c, "account_no"), 16, "")
		add(templateTitle(c, "terms_days"), 10, lang.T(ctx, "天数"))
		add(templateTitle(c, "owner"), 10, lang.T(ctx, "本网点的人"), reps...)
		add(templateTitle(c, "filed_on"), 14, lang.T(ctx, "例如 2026-11-21"))
		add(templateTitle(c, "monthly_pieces"), 10, lang.T(ctx, "每月大约多少件"))
		add(templateTitle(c, "code"), 14, lang.T(ctx, "空着由系统给"))
		add(templateTitle(c, "remark"), 30, "")
		layout.Help = []string{lang.T(ctx, "每行一位客户。客户名称必填，其他可以空着。"), lang.T(ctx, "电话请按文本填写，不要让 Excel 变成科学记数。"),
			lang.T(ctx, "名称相同并有一个电话相同的，算同一位客户，会更新而不会重复。")}
	}
	layout.Names.Help, layout.Names.Choices = lang.T(ctx, "怎么填"), lang.T(ctx, "选项")
	tmp, err := os.CreateTemp("", "yike-template-*")
	if err != nil {
		return fmt.Errorf("a place for the file: %w", err)
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	wr, err := sheet.NewWriter(tmp, sheet.XLSX, layout)
	if err == nil {
		err = wr.Close()
	}
	if err != nil {
		return fmt.Errorf("template: %w", err)
	}
	return serveWorkbook(w, r, tmp, name)
}

// templateTitle is the heading under which a field is recognised for sure.
func templateTitle(k *intake.Kind, name string) string {
	fd, _ := k.Field(name)
	return fd.Synonyms[0]
}

func (h *Handlers) importUndone(ctx context.Context, m db.Import) *views.ImportUndo {
	u := &views.ImportUndo{Reversed: m.Undo.Reversed, Kept: m.Undo.Kept, Failed: m.Undo.Failed}
	for _, x := range m.Undo.Rows {
		row := views.ImportUndone{Name: x.Name, Why: views.UndoWord(ctx, x.Why)}
		if x.ID != 0 {
			row.Href = "/customers/" + idText(x.ID)
		}
		if x.Why == "fields" {
			row.Why = lang.T(ctx, "%s：%s", views.ImportFieldWord(ctx, x.Field), row.Why)
		}
		switch x.How {
		case "kept":
			u.KeptRows = append(u.KeptRows, row)
		case "failed":
			u.BadRows = append(u.BadRows, row)
		default:
			u.ReversedRows = append(u.ReversedRows, row)
		}
	}
	return u
}

// importRows fills in the tabs and one page of rows.
func (h *Handlers) importRows(r *http.Request, m db.Import, p *views.ImportPage) error {
	ctx, a := r.Context(), actorOf(r)
	at := "/imports/" + idText(m.ID)
	verdict := query(r, "v")
	counts := map[string]int64{"": m.Rows(), "create": m.Creates, "update": m.Updates, "skip": m.Skips, "error": m.Faults}
	if _, ok := counts[verdict]; !ok {
		verdict = ""
	}
	for _, v := range []string{"", "create", "update", "skip", "error"} {
		href := at
		if v != "" {
			href += "?v=" + v
		}
		p.Tabs = append(p.Tabs, views.ImportTab{Verdict: v, Count: views.Thousands(counts[v]), Href: href, Current: v == verdict})
	}
	if verdict == "error" {
		for _, f := range m.Found.Faults {
			p.Faults = append(p.Faults, views.ImportHint{Name: views.ImportFaultKind(ctx, f.Code), Rows: views.Thousands(int64(f.Rows))})
		}
	}
	from, back := db.ParseID(query(r, "after")), false
	if before := db.ParseID(query(r, "before")); before > 0 {
		from, back = before, true
	}
	rows, err := h.db.ImportRows(ctx, m, verdict, from, back, importRowsShown+1)
	if err != nil {
		return err
	}
	more := len(rows) > importRowsShown
	if more && back {
		rows = rows[1:]
	} else if more {
		rows = rows[:importRowsShown]
	}
	link := func(key string, n int64) string {
		q := "?" + key + "=" + strconv.FormatInt(n, 10)
		if verdict != "" {
			q = "?v=" + verdict + "&" + key + "=" + strconv.FormatInt(n, 10)
		}
		return at + q + "#rows"
	}
	if len(rows) > 0 {
		if more || back {
			p.Pager.Next = link("after", rows[len(rows)-1].N)
		}
		if from > 0 && (!back || more) {
			p.Pager.Prev = link("before", rows[0].N)
		}
		p.Pager.Text = lang.T(ctx, "共 %s 行", views.Thousands(counts[verdict]))
	}
	shown := []string{"name", "phone", "class", "owner"}
	if m.State == "applied" { // the whole width is there
		shown = []string{"name", "contact", "phone", "class", "owner", "filed_on"}
	}
	switch {
	case m.Kind == db.ImportVisits:
		shown = []string{"name", "day", "rep", "mode", "next_on"}
		if m.State == "applied" {
			shown = []string{"name", "day", "rep", "mode", "learned", "next_on"}
		}
	case m.Found.Mode == "messages":
		shown = []string{"name", "phone", "address"}
	case m.Found.Mode == "senders":
		shown = []string{"name", "contact", "phone", "account_no"}
	}
	for _, f := range shown {
		p.Columns = append(p.Columns, views.ImportFieldWord(ctx, f))
	}
	column := map[string]map[string][]int{}
	for _, s := range m.Found.Sheets {
		column[s.Name] = map[string][]int{}
		fields := s.Fields
		if m.Found.Mode == "senders" {
			fields = []string{"name", "contact", "phone", "address", "account_no"}
		}
		for c, f := range fields {
			column[s.Name][f] = append(column[s.Name][f], c)
		}
	}
	names, err := h.peopleNames(ctx, m.BranchID)
	if err != nil {
		return err
	}
	open, seen := h.brought(a, m), h.unmasked(a, m.BranchID)
	for _, row := range rows {
		line := views.ImportRowLine{Row: strconv.Itoa(row.Row), Verdict: row.Verdict, Bad: row.Verdict == "error"}
		if len(m.Found.Sheets) > 1 {
			line.Sheet = row.Sheet
		}
		if row.Target != 0 && (row.Verdict == "update" || row.Verdict == "skip" || m.State == "applied" || m.Kind == db.ImportVisits) {
			line.Href = "/customers/" + idText(row.Target)
		}
		for _, f := range shown {
			line.Cells = append(line.Cells, importCell(ctx, row, f, column[row.Sheet][f], open))
		}
		for _, x := range row.Reasons {
			if line.Bad && x.Severity != intake.Fault {
				continue
			}
			if x.Code == "rep_unknown" {
				continue // said once above the rows, with the names
			}
			line.Why = append(line.Why, views.ImportReason(ctx, x))
		}
		for _, c := range row.Record.Changes {
			if row.Verdict == "update" && c.Field != "city_code" && c.Field != "class_reason" {
				line.Why = append(line.Why, importChange(ctx, c, names, open, seen))
			}
		}
		if row.Verdict == "create" && len(line.Why) == 0 && m.Kind == db.ImportCustomers {
			line.Why = []string{lang.T(ctx, "系统里没有，新建")}
		}
		p.Rows = append(p.Rows, line)
	}
	return nil
}

func (h *Handlers) peopleNames(ctx context.Context, branch int64) (map[string]string, error) {
	people, err := h.db.BranchPeople(ctx, branch)
	if err != nil {
		return nil, err
	}
	out := map[string]string{"0": ""}
	for name, id := range people {
		out[idText(id)] = name
	}
	return out, nil
}

// importCell shows a cleaned value, and what stood in the file where that is
// another.
func importCell(ctx context.Context, row db.ImportRow, f string, at []int, open bool) views.ImportCell {
	c := views.ImportCell{Short: slices.Contains([]string{"contact", "class", "owner", "filed_on", "day", "rep", "mode", "next_on"}, f)}
	switch f {
	case "phone":
		var list []string
		for _, n := range row.Record.Phones {
			text := phone.Display(n)
			if !open {
				text = mask.Phone(n, mask.Masked)
			}
			list = append(list, text)
		}
		c.Text = strings.Join(list, lang.T(ctx, "；"))
	case "class":
		c.Text = row.Record.V["class"]
		if slices.Contains(row.Record.Tags, "VIP") {
			c.Text = strings.TrimSpace(c.Text + " VIP")
		}
	case "mode":
		c.Text = views.ImportModeWord(ctx, row.Record.V["mode"])
	case "address":
		c.Text = row.Record.V["address"]
		if !open {
			c.Text = mask.AddressLine(c.Text, mask.Masked)
		}
	case "next_on":
		c.Text = row.Record.V["next_on"]
		if row.Record.Due != "" {
			c.Text = row.Record.Due
		}
	default:
		c.Text = row.Record.V[f]
		if !open {
			c.Text = mask.Text(c.Text, mask.Masked)
		}
	}
	if !open {
		return c
	}
	var was []string
	for _, i := range at {
		if i < len(row.Cells) && strings.TrimSpace(row.Cells[i]) != "" {
			was = append(was, strings.TrimSpace(row.Cells[i]))
		}
	}
	text := strings.Join(was, " ")
	if f == "learned" || f == "mode" {
		return c
	}
	if strings.ReplaceAll(text, " ", "") != strings.ReplaceAll(c.Text, " ", "") {
		c.Was = text
	}
	for _, p := range row.Reasons {
		if p.Severity == intake.Fault && p.Field == f {
			c.Marked = true
			if c.Text == "" {
				c.Text, c.Was = text, ""
			}
		}
	}
	return c
}

// importChange says what an update writes: what the file brings (open) in place
// of what is on file (seen).
func importChange(ctx context.Context, c db.ImportChange, people map[string]string, open, seen bool) string {
	old, now := importValue(ctx, c.Field, c.Old, people, seen), importValue(ctx, c.Field, c.New, people, open)
	name := views.ImportFieldWord(ctx, c.Field)
	if old == "" || c.Field == "tags" {
		return lang.T(ctx, "%s：加上 %s", name, now)
	}
	return lang.T(ctx, "%s：%s → %s", name, old, now)
}

func importValue(ctx context.Context, f, v string, people map[string]string, open bool) string {
	switch f {
	case "owner_id", "clerk_id":
		return people[v]
	case "kind":
		return views.KindWord(ctx, v)
	case "source":
		return views.SourceWord(ctx, v)
	case "nature":
		return views.NatureWord(ctx, v)
	case "size":
		return views.SizeWord(ctx, v)
	case "stage":
		return views.StageWord(ctx, v)
	case "terms":
		return views.TermsWord(ctx, v)
	case "place_code":
		p, _ := place.Path(v)
		return p.Name()
	case "terms_days", "monthly_pieces":
		if v == "0" {
			return ""
		}
	case "credit_limit":
		n, _ := strconv.ParseInt(v, 10, 64)
		if n == 0 {
			return ""
		}
		return views.Thousands(n/100) + fmt.Sprintf(".%02d", n%100)
	case "phones":
		var list []string
		for n := range strings.FieldsSeq(v) {
			if open {
				list = append(list, phone.Display(n))
			} else {
				list = append(list, mask.Phone(n, mask.Masked))
			}
		}
		return strings.Join(list, lang.T(ctx, "；"))
	case "address", "wechat", "email":
		if !open && v != "" {
			return "…"
		}
	}
	if !open {
		return mask.Text(v, mask.Masked)
	}
	return v
}
