package handlers

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/policy/intake"
	"yike/policy/mask"
	"yike/policy/phone"
	"yike/policy/place"
	"yike/views"
	"yike/views/lang"
)

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
	if n := m.Found.Short; n > 0 && (m.State == "judged" || m.State == "applied") {
		p.Short = lang.T(ctx, "要新建的客户里，有 %d 位缺录入标准的必填项。照样能导入，之后在“资料缺口”里补：", n)
		for _, f := range m.Found.Lacking {
			p.Lacking = append(p.Lacking, views.ImportHint{Name: views.StandardFieldWord(ctx, f.Code), Rows: views.Thousands(int64(f.Rows))})
		}
	}
	if m.Options.Straight && (verdict == "" || verdict == "create") {
		p.Short = lang.T(ctx, "这份账单很大，边看边收，这里只留下要看的行。照常收下的运单在“运单”里。")
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
	case m.Kind == db.ImportPayments:
		shown = []string{"doc_kind", "doc", "name", "when", "charged", "paid"}
		if m.State == "applied" {
			shown = []string{"doc_kind", "doc", "name", "period", "when", "charged", "paid", "method"}
		}
	case m.Kind == db.ImportCases:
		shown = []string{"day", "name", "cause", "said", "state"}
		if m.State == "applied" {
			shown = []string{"day", "name", "phone", "waybill", "cause", "said", "handler", "compensation", "state"}
		}
	case m.Kind == db.ImportWaybills:
		shown = []string{"waybill", "when", "name", "freight", "state"}
		if m.State == "applied" {
			shown = []string{"waybill", "when", "name", "account_no", "payment", "product", "freight", "state"}
		}
	case m.Found.Mode == "messages":
		shown = []string{"name", "phone", "address"}
	case m.Found.Mode == "senders":
		shown = []string{"name", "contact", "phone", "account_no"}
	}
	for _, f := range shown {
		p.Columns = append(p.Columns, views.ImportFieldOf(ctx, m.Kind, f))
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
		if m.Kind == db.ImportWaybills {
			if line.Href = ""; row.Target != 0 {
				line.Href = "/waybills/" + idText(row.Target)
			}
			if row.Verdict == "create" && row.Record.Customer == 0 {
				line.Why = []string{lang.T(ctx, "没有认出客户，先列在可能的新客户里")}
			}
		}
		if m.Kind == db.ImportCases {
			if line.Href = ""; row.Record.Customer != 0 {
				line.Href = "/customers/" + idText(row.Record.Customer)
			}
		}
		if m.Kind == db.ImportPayments {
			if line.Href = ""; row.Record.Customer != 0 && row.Verdict != "error" {
				line.Href = "/customers/" + idText(row.Record.Customer) + "/account"
			}
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
			line.Why = append(line.Why, views.ImportReason(ctx, m.Kind, x))
		}
		for _, c := range row.Record.Changes {
			if row.Verdict == "update" && !slices.Contains(notShown, c.Field) {
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

// notShown are fields that follow from others.
var notShown = []string{"city_code", "class_reason", "customer_id", "sender_id", "branch_id", "bound_by", "day_only", "sent_day"}

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
	c := views.ImportCell{Short: slices.Contains([]string{"contact", "class", "owner", "filed_on", "day", "rep", "mode", "next_on", "waybill", "when", "freight", "state"}, f)}
	switch f {
	case "when":
		c.Text, f = row.Record.V["day"], "day"
		c.Text = c.Text[:min(len(c.Text), len("2026-11-21"))] // the hour stands on the waybill's page; here the state needs the room
	case "cause":
		c.Text = views.CauseCodeWord(ctx, row.Record.V["cause"])
	case "compensation":
		if n, err := strconv.ParseInt(row.Record.V[f], 10, 64); err == nil && n != 0 {
			c.Text = moneyShown(n)
		}
	case "state":
		if _, register := row.Record.V["cause_id"]; register || row.Record.V["said"] != "" {
			c.Text = views.ImportEndWord(ctx, row.Record.V["state"])
			return c
		}
		c.Text, f = views.WaybillStateWord(ctx, row.Record.V["status"]), "status"
	case "payment":
		c.Text = views.PaymentWord(ctx, row.Record.V["payment"])
	case "product":
		c.Text = views.ProductWord(ctx, row.Record.V["product"])
	case "doc_kind":
		c.Text = views.EntryKindWord(ctx, row.Record.V["doc_kind"])
	case "method":
		c.Text = views.MethodWord(ctx, row.Record.V["method"])
	case "charged", "paid":
		if n, err := strconv.ParseInt(row.Record.V[f], 10, 64); err == nil && n != 0 {
			c.Text = moneyShown(n)
		}
	case "freight":
		if n, err := strconv.ParseInt(row.Record.V["freight"], 10, 64); err == nil {
			c.Text = yuanShown(n)
		}
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
	switch f {
	case "learned", "mode", "said", "cause":
		return c
	case "status", "payment", "product", "freight", "day", "doc_kind", "method", "charged", "paid", "period", "compensation":
		if c.Text != "" {
			return c
		}
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
	case "ways":
		return views.WaysWord(ctx, strings.Fields(v))
	case "place_code", "province", "city":
		p, _ := place.Path(v)
		return p.Name()
	case "product":
		return views.ProductWord(ctx, v)
	case "payment":
		return views.PaymentWord(ctx, v)
	case "state":
		return views.WaybillStateWord(ctx, v)
	case "exception":
		return views.ExceptionWord(ctx, v)
	case "charged_fen", "paid_fen":
		n, _ := strconv.ParseInt(v, 10, 64)
		return moneyShown(n)
	case "method":
		return views.MethodWord(ctx, v)
	case "freight_fen":
		n, _ := strconv.ParseInt(v, 10, 64)
		return yuanShown(n)
	case "weight_g":
		n, _ := strconv.ParseInt(v, 10, 64)
		return weightShown(ctx, n)
	case "sent_at", "picked_at", "signed_at":
		n, _ := strconv.ParseInt(v, 10, 64)
		if n == 0 {
			return ""
		}
		return time.UnixMilli(n).In(db.Zone).Format("2006-01-02 15:04")
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
