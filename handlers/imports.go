package handlers

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

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
	switch kind {
	case db.ImportVisits:
		return lang.T(ctx, "拜访记录")
	case db.ImportWaybills:
		return lang.T(ctx, "运单")
	case db.ImportPayments:
		return lang.T(ctx, "账款")
	case db.ImportCases:
		return lang.T(ctx, "投诉登记本")
	}
	return lang.T(ctx, "客户")
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
	switch m.Kind {
	case db.ImportVisits:
		title = lang.T(ctx, "导入拜访")
	case db.ImportWaybills:
		title = lang.T(ctx, "导入运单")
	case db.ImportPayments:
		title = lang.T(ctx, "导入账款")
	case db.ImportCases:
		title = lang.T(ctx, "导入投诉登记本")
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
	switch m.Kind {
	case db.ImportVisits:
		p.ResultHref = "/visits"
	case db.ImportWaybills:
		p.ResultHref = "/waybills"
	case db.ImportPayments:
		p.ResultHref = "/receivables"
	case db.ImportCases:
		p.ResultHref = "/cases"
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
	if p.State == "judged" && a.Scope(policy.UserEdit).SeesBranch(h.db.Chain(m.BranchID)) {
		p.RepsBranch = idText(m.BranchID)
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
	for _, t := range m.Found.Totals {
		if t.Said == t.Sum {
			out = append(out, lang.T(ctx, "第 %d 行的合计 %s 元，和各行相加一样", t.Row, yuanShown(t.Said)))
		} else {
			out = append(out, lang.T(ctx, "第 %d 行的合计是 %s 元，各行相加是 %s 元，请核对", t.Row, yuanShown(t.Said), yuanShown(t.Sum)))
		}
	}
	return append(out, lang.T(ctx, "导入到%s", h.db.BranchName(m.BranchID)))
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
