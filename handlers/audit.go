package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/day"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// auditPage is how many records stand on one page.
const auditPage = 50

// mostAudited bounds the file of one export of the audit.
const mostAudited = 20_000

// auditQuery is what the address of the audit asks for.
type auditQuery struct{ db.AuditFilter }

func readAuditQuery(r *http.Request) auditQuery {
	q := auditQuery{}
	asDay := func(name string) string {
		if d, err := day.Parse(query(r, name)); err == nil {
			return d.String()
		}
		return ""
	}
	q.From, q.To = asDay("from"), asDay("to")
	q.User, q.Branch, q.Customer, q.Before = db.ParseID(query(r, "user")), db.ParseID(query(r, "branch")), db.ParseID(query(r, "customer")), db.ParseID(query(r, "before"))
	if act := query(r, "act"); views.KnownAct(act) {
		q.Act = act
	}
	return q
}

// values are the address without the place in the pages.
func (q auditQuery) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"from": q.From, "to": q.To, "user": idText(q.User), "branch": idText(q.Branch), "customer": idText(q.Customer), "act": q.Act} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

func (q auditQuery) href() string {
	v := q.values()
	if q.Before != 0 {
		v.Set("before", idText(q.Before))
	}
	if len(v) == 0 {
		return "/audit"
	}
	return "/audit?" + v.Encode()
}

// auditList shows the audit of the reader's branches.
func (h *Handlers) auditList(w http.ResponseWriter, r *http.Request) error {
	ctx, a, q := r.Context(), actorOf(r), readAuditQuery(r)
	f := q.AuditFilter
	f.Limit = auditPage
	list, err := h.db.Audits(ctx, a.Scope(policy.AuditRead), f)
	if err != nil {
		return err
	}
	p := views.AuditPage{Printed: h.printed(ctx, a, a.Branch), Cut: list.Cut, Chain: h.chainLine(ctx, a)}
	if p.Rows, err = h.auditLines(ctx, a, list.Records); err != nil {
		return err
	}
	if q.Before != 0 {
		first := q
		first.Before = 0
		p.Pager.First = first.href()
	}
	if list.Next != 0 {
		next := q
		next.Before = list.Next
		p.Pager.Next = next.href()
	}
	p.Filter = views.AuditFilterForm{User: idText(q.User), Branch: idText(q.Branch), Act: q.Act, From: q.From, To: q.To, Customer: idText(q.Customer),
		Branches: h.branchOptions(ctx, a.Scope(policy.AuditRead)), Acts: views.ActOptions(ctx)}
	people, err := h.db.Users(ctx, a.Scope(policy.AuditRead), false)
	if err != nil {
		return err
	}
	for _, u := range people {
		p.Filter.Users = append(p.Filter.Users, ui.Option{Value: idText(u.ID), Label: u.Name})
	}
	if err := h.auditChips(ctx, a, q, &p.Chips); err != nil {
		return err
	}
	v := q.values()
	p.ExportCSV = "/audit/export?" + v.Encode()
	v.Set("format", sheet.XLSX)
	p.ExportXLSX = "/audit/export?" + v.Encode()
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "审计"), body: views.Audit(p), active: "/audit"})
}

func (h *Handlers) auditChips(ctx context.Context, a policy.Actor, q auditQuery, p *ui.ChipsProps) error {
	p.Label, p.ClearHref = lang.T(ctx, "筛选条件"), "/audit"
	chip := func(label, value string, drop func(*auditQuery)) {
		if value != "" {
			q := q
			q.Before = 0
			drop(&q)
			p.Items = append(p.Items, ui.Chip{Label: label, Value: value, RemoveHref: q.href()})
		}
	}
	if q.Customer != 0 {
		known, err := h.db.AuditClients(ctx, a.Scope(policy.CustomerRead), []int64{q.Customer})
		if err != nil {
			return err
		}
		chip(lang.T(ctx, "客户"), cmp.Or(known[q.Customer].Name, lang.T(ctx, "不在你的范围里")), func(q *auditQuery) { q.Customer = 0 })
	}
	if q.User != 0 {
		names, err := h.db.UserNames(ctx, []int64{q.User})
		if err != nil {
			return err
		}
		chip(lang.T(ctx, "谁"), names[q.User], func(q *auditQuery) { q.User = 0 })
	}
	chip(lang.T(ctx, "网点"), h.db.BranchName(q.Branch), func(q *auditQuery) { q.Branch = 0 })
	chip(lang.T(ctx, "从"), q.From, func(q *auditQuery) { q.From = "" })
	chip(lang.T(ctx, "到"), q.To, func(q *auditQuery) { q.To = "" })
	if q.Act != "" {
		chip(lang.T(ctx, "做了什么"), views.ActWord(ctx, q.Act), func(q *auditQuery) { q.Act = "" })
	}
	return nil
}

// chainLine says whether the records are as they were written.
func (h *Handlers) chainLine(ctx context.Context, a policy.Actor) views.AuditChain {
	s := h.db.ChainState()
	c := views.AuditChain{Kind: "info", CanCheck: h.db.WholeCompany(a.Scope(policy.AuditRead))}
	when := views.TimeWord(ctx, time.UnixMilli(s.At), h.db.Now()).Full
	switch {
	case s.At == 0:
		c.Text = lang.T(ctx, "记录首尾相连，改过就会被发现。每天夜里校验一次，还没有校验过。")
		return c
	case !s.Whole():
		c.Kind, c.Text = "over", lang.T(ctx, "有 %d 处和写下时不一样，有人动过数据库（%s 校验）。请告诉负责信息安全的人，并保留现在的数据库。", len(s.Faults)+s.More, when)
		for i, f := range s.Faults {
			if i == 5 {
				c.Lines = append(c.Lines, lang.T(ctx, "其余用 yike check 查看。"))
				break
			}
			c.Lines = append(c.Lines, views.ChainFaultWord(ctx, f.What, f.Seq, idText(f.Audit)))
		}
		return c
	}
	c.Text = lang.T(ctx, "记录完整，%s 校验，共 %d 条。", when, s.Links)
	if !s.Signed {
		c.Kind, c.Lines = "soon", append(c.Lines, lang.T(ctx, "没有密钥文件，末尾的签名没有核对。"))
	}
	for _, span := range s.Unsigned {
		c.Lines = append(c.Lines, lang.T(ctx, "第 %d 至 %d 条是在没有密钥文件时写下的，没有签名。", span[0], span[1]))
	}
	return c
}

// auditCheck checks the chain now.
func (h *Handlers) auditCheck(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if !h.db.WholeCompany(actorOf(r).Scope(policy.AuditRead)) {
		return db.ErrRefused
	}
	s, err := h.db.ExamineChain(ctx)
	if err != nil {
		return err
	}
	f := views.Flash{Kind: "ok", Text: lang.T(ctx, "校验完了，记录完整。")}
	if !s.Whole() {
		f = views.Flash{Kind: "soon", Text: lang.T(ctx, "校验完了，发现 %d 处不对。", len(s.Faults)+s.More)}
	}
	h.flash(r, f)
	h.redirect(w, r, "/audit")
	return nil
}

// auditLines puts records into words; what the reader may not see of a client
// is masked or left out.
func (h *Handlers) auditLines(ctx context.Context, a policy.Actor, list []db.AuditRecord) ([]views.AuditLine, error) {
	var clients []int64
	for _, r := range list {
		clients = append(clients, r.Subject)
		for _, c := range r.Changes {
			if c.Customer != 0 {
				clients = append(clients, c.Customer)
			}
		}
	}
	known, err := h.db.AuditClients(ctx, a.Scope(policy.CustomerRead), clients)
	if err != nil {
		return nil, err
	}
	names, err := h.namesIn(ctx, list)
	if err != nil {
		return nil, err
	}
	now := h.db.Now()
	var out []views.AuditLine
	for _, r := range list {
		l := views.AuditLine{When: views.TimeWord(ctx, time.UnixMilli(r.At), now), Who: r.User, Act: views.ActWord(ctx, r.Act), Branch: h.db.BranchName(r.Branch), From: r.Address}
		about := r.Subject
		if len(r.Changes) > 0 && r.Changes[0].Customer != 0 && !slices.ContainsFunc(r.Changes, func(c db.AuditChange) bool { return c.Customer != r.Changes[0].Customer }) && !r.MoreChanges {
			about = r.Changes[0].Customer
		}
		client, sees := known[about]
		switch {
		case sees:
			l.About = client.Name
			if client.DeletedAt == 0 {
				l.AboutHref = "/customers/" + idText(client.ID)
			}
		case names[r.Subject] != "" && r.Subject != r.UserID:
			l.About = names[r.Subject]
		case strings.HasPrefix(r.Act, "branches."):
			l.About = h.db.BranchName(r.Subject)
		}
		level := h.db.MaskFor(a, r.Branch, 0, 0)
		if sees {
			level = h.maskFor(a, client)
		}
		l.Extra = h.detailLine(ctx, r, names, level)
		if err := h.auditChanges(ctx, a, r, known, names, &l); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// auditChanges adds before and after of what a record changed.
func (h *Handlers) auditChanges(ctx context.Context, a policy.Actor, r db.AuditRecord, known map[int64]db.Customer, names auditNames, l *views.AuditLine) error {
	for _, c := range r.Changes {
		if c.Customer == 0 {
			for _, f := range c.Fields {
				l.Changes = append(l.Changes, h.fieldChanges(ctx, c, f, names)...)
			}
			continue
		}
		client, sees := known[c.Customer]
		if !sees {
			l.More = lang.T(ctx, "客户不在你的范围里，内容不显示。")
			continue
		}
		lines, err := h.changeLines(ctx, a, client, []db.Change{c.Change})
		if err != nil {
			return err
		}
		for _, line := range lines {
			l.Changes = append(l.Changes, line.Fields...)
		}
	}
	if r.MoreChanges {
		l.More = lang.T(ctx, "共改了 %d 行，这里只列前几行。", r.Rows)
	}
	return nil
}

func shortText(s string) string {
	if list := []rune(s); len(list) > 120 {
		return string(list[:120]) + "…"
	}
	return s
}

// auditExport sends exactly what is listed, all pages of it, and leaves that
// on record.
func (h *Handlers) auditExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a, q := r.Context(), actorOf(r), readAuditQuery(r)
	format, kind := sheet.CSV, "text/csv; charset=utf-8"
	if query(r, "format") == sheet.XLSX {
		format, kind = sheet.XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	var titles []sheet.Column
	for _, title := range []string{lang.T(ctx, "时间"), lang.T(ctx, "谁"), lang.T(ctx, "做了什么"), lang.T(ctx, "对象"), lang.T(ctx, "内容"), lang.T(ctx, "改动"), lang.T(ctx, "网点"), lang.T(ctx, "从哪里")} {
		titles = append(titles, sheet.Column{Title: title})
	}
	var buf strings.Builder
	out, err := sheet.NewWriter(&buf, format, sheet.Layout{Sheet: lang.T(ctx, "审计"), Columns: titles})
	if err != nil {
		return err
	}
	rows, err := h.writeAudit(ctx, a, q.AuditFilter, out)
	if err != nil {
		_ = out.Close()
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	if rows > mostAudited {
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "超过 %d 条记录，一个文件放不下。先选日期，再分几次导出。", mostAudited)})
		h.redirect(w, r, q.href())
		return nil
	}
	if err := h.db.NoteAct(ctx, a, "audit.export", a.Branch, 0, rows, q.values()); err != nil {
		return err
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="audit-`+h.today()+`.`+format+`"; filename*=UTF-8''`+
		url.PathEscape(lang.T(ctx, "审计"))+"-"+h.today()+"."+format)
	_, _ = w.Write([]byte(buf.String())) // the reader may have left
	return nil
}

// writeAudit writes the records page by page; it stops beyond mostAudited.
func (h *Handlers) writeAudit(ctx context.Context, a policy.Actor, f db.AuditFilter, out *sheet.Writer) (rows int64, err error) {
	f.Limit, f.Before = 500, 0
	for {
		list, err := h.db.Audits(ctx, a.Scope(policy.AuditRead), f)
		if err != nil {
			return rows, err
		}
		lines, err := h.auditLines(ctx, a, list.Records)
		if err != nil {
			return rows, err
		}
		for _, l := range lines {
			var changes []string
			for _, c := range l.Changes {
				if c.Lost != "" {
					changes = append(changes, c.Label+": "+c.Lost)
				} else {
					changes = append(changes, c.Label+": "+c.Before+" → "+c.After)
				}
			}
			if l.More != "" {
				changes = append(changes, l.More)
			}
			var cells []sheet.Cell
			for _, text := range []string{l.When.Full, l.Who, l.Act, l.About, l.Extra, strings.Join(changes, "\n"), l.Branch, l.From} {
				cells = append(cells, sheet.TextOf(text))
			}
			if err := out.Write(cells); err != nil {
				return rows, err
			}
			if rows++; rows > mostAudited {
				return rows, nil
			}
		}
		if list.Next == 0 {
			return rows, nil
		}
		f.Before = list.Next
	}
}

// looksShown is how many looks and how many reveals a client's page lists.
const looksShown = 200

// customerLooks shows who looked at a client.
func (h *Handlers) customerLooks(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	c, err := h.db.Customer(ctx, a.Scope(policy.CustomerRead), id)
	if err != nil {
		return err
	}
	if !h.may(a, policy.CustomerHistory, c) {
		return db.ErrRefused
	}
	list, err := h.db.Looks(ctx, a.Scope(policy.CustomerHistory), id, looksShown)
	if err != nil {
		return err
	}
	slices.SortStableFunc(list, func(a, b db.Look) int { return cmp.Compare(b.Last, a.Last) })
	p := views.LooksPage{ID: idText(id), Name: c.Name}
	now := h.db.Now()
	for _, l := range list {
		line := views.LookLine{When: views.TimeWord(ctx, time.UnixMilli(l.Last), now), Who: l.User, Revealed: l.Field != ""}
		if l.Role != "" {
			line.Role = views.RoleWord(ctx, l.Role)
		}
		line.What = lookWord(ctx, l)
		p.Rows = append(p.Rows, line)
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "谁看过"), body: views.Looks(p), active: "/customers"})
}

// customerPrint leaves on record that somebody printed a client's page; the
// browser prints.
func (h *Handlers) customerPrint(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	c, err := h.db.Customer(ctx, a.Scope(policy.CustomerRead), id)
	if err != nil {
		return err
	}
	if err := h.db.RecordCharged(ctx, a, "customers.print", db.Left{Rows: 1, Customers: []int64{id}, Branch: c.BranchID, Subject: id}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
