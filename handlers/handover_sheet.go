package handlers

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/policy/mask"
	"yike/policy/phone"
	"yike/views"
	"yike/views/lang"
)

// handoverReceived lists what handovers brought to the reader.
func (h *Handlers) handoverReceived(w http.ResponseWriter, r *http.Request) error {
	ctx, a, now := r.Context(), actorOf(r), h.db.Now()
	handoverID, position, _ := strings.Cut(query(r, "after"), ".")
	list, err := h.db.ReceivedWork(ctx, a, db.ParseID(handoverID), db.ParseID(position), handoverPage+1)
	if err != nil {
		return err
	}
	p := views.ReceivedList{}
	if p.New, _, err = h.db.NewlyReceived(ctx, a); err != nil {
		return err
	}
	if len(list) > handoverPage {
		list = list[:handoverPage]
		last := list[handoverPage-1]
		p.Next = "/handovers/received?after=" + idText(last.Handover) + "." + idText(last.Position)
	}
	var ids []int64
	for _, l := range list {
		ids = append(ids, l.From)
	}
	names, err := h.db.UserNames(ctx, ids)
	if err != nil {
		return err
	}
	for _, l := range list {
		name, href := pieceName(ctx, l.HandoverRow)
		p.Rows = append(p.Rows, views.ReceivedLine{Href: href, Name: name, Code: l.Code, Class: l.Class, Kind: views.WorkShort(ctx, l.Kind),
			Day: l.Day, From: names[l.From], At: views.TimeWord(ctx, time.UnixMilli(l.DoneAt), now), LastVisit: views.DayWord(ctx, l.LastVisitOn, db.Day(now))})
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "交接给我的"), body: views.HandoverReceived(p), active: "/handovers/received"})
}

// handoverSeen remembers that the reader knows of what came to them.
func (h *Handlers) handoverSeen(w http.ResponseWriter, r *http.Request) error {
	if err := h.db.SeeReceived(r.Context(), actorOf(r)); err != nil {
		return err
	}
	h.redirect(w, r, "/handovers/received")
	return nil
}

// sheetOf reads what is printed: who takes what, with phones and words as the
// reader may see them.
func (h *Handlers) sheetOf(r *http.Request) (views.HandoverSheet, error) {
	t, err := h.handoverOf(r)
	if err != nil {
		return views.HandoverSheet{}, err
	}
	ctx, a, now := r.Context(), actorOf(r), h.db.Now()
	rows, err := h.db.HandoverRows(ctx, a, t.ID, db.HandoverFilter{To: -1, Limit: db.HandoverLimit, WithPhones: true})
	if err != nil {
		return views.HandoverSheet{}, err
	}
	ids := []int64{t.From}
	for _, row := range rows {
		if !slices.Contains(ids, row.To) {
			ids = append(ids, row.To)
		}
	}
	names, err := h.db.UserNames(ctx, ids)
	if err != nil {
		return views.HandoverSheet{}, err
	}
	p := views.HandoverSheet{Name: names[t.From], Branch: h.db.BranchName(t.BranchID), By: a.Name, At: views.TimeWord(ctx, now, now), Sub: views.HandoverStateWord(ctx, t.State),
		Back: "/handovers/" + idText(t.ID), BookHref: "/handovers/" + idText(t.ID) + "/sheet.xlsx"}
	at := map[int64]int{}
	for _, row := range rows {
		name, _ := pieceName(ctx, row)
		if row.To == 0 || name == "" || row.Binned || row.State == "kept" || row.State == "failed" {
			continue
		}
		i, ok := at[row.To]
		if !ok {
			i = len(p.Groups)
			at[row.To], p.Groups = i, append(p.Groups, views.SheetGroup{Name: names[row.To]})
		}
		g := &p.Groups[i]
		if row.CustomerID != 0 {
			p.Customers = append(p.Customers, row.CustomerID)
		}
		g.Count++
		next := mask.Text(row.NextStep, row.Level)
		if row.Kind == "visit" {
			next = lang.T(ctx, "%s 要去拜访", row.Day)
		} else if row.Kind == "todo" {
			next = lang.T(ctx, "%s 前要办一件待办", row.Day)
		}
		g.Rows = append(g.Rows, views.SheetLine{No: strconv.Itoa(g.Count), Kind: views.WorkShort(ctx, row.Kind), Class: row.Class, Name: name, Code: row.Code,
			Contact: row.Contact, Phone: sheetPhone(row), LastVisit: row.LastVisitOn, Next: next})
	}
	return p, nil
}

func sheetPhone(row db.HandoverRow) string {
	if row.Level == mask.Full {
		return phone.Display(row.Phone)
	}
	return mask.Phone(row.Phone, row.Level)
}

// handoverSheet is the page that is printed and signed. It is an export as any:
// on record, and within the day's cap.
func (h *Handlers) handoverSheet(w http.ResponseWriter, r *http.Request) error {
	p, err := h.sheetOf(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	if err := h.db.RecordExport(ctx, actorOf(r), "handovers.sheet", db.Left{Rows: sheetRows(p), Customers: p.Customers, Subject: db.ParseID(r.PathValue("id")), Detail: map[string]any{"format": "page"}}); err != nil {
		return h.overCap(w, r, err, p.Back)
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "%s 的交接单", p.Name), body: views.HandoverPaper(p), active: "/users"})
}

func sheetRows(p views.HandoverSheet) (n int64) {
	for _, g := range p.Groups {
		n += int64(g.Count)
	}
	return n
}

// handoverBook is the sheet as a workbook.
func (h *Handlers) handoverBook(w http.ResponseWriter, r *http.Request) error {
	p, err := h.sheetOf(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	table := [][]string{{lang.T(ctx, "接的人"), lang.T(ctx, "序号"), lang.T(ctx, "工作"), lang.T(ctx, "分级"), lang.T(ctx, "客户"), lang.T(ctx, "编码"), lang.T(ctx, "联系人"), lang.T(ctx, "电话"), lang.T(ctx, "上次拜访"), lang.T(ctx, "下一步")}}
	for _, g := range p.Groups {
		for _, l := range g.Rows {
			table = append(table, []string{g.Name, l.No, l.Kind, l.Class, l.Name, l.Code, l.Contact, l.Phone, l.LastVisit, l.Next})
		}
	}
	return h.sendBook(w, r, "handovers.sheet", "handover-"+db.Day(h.db.Now()), lang.T(ctx, "交接单"), p.Back, table, p.Customers...)
}
