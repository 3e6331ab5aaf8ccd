package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/measure"
	"yike/policy/profile"
	"yike/policy/retention"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// visitQuery is what the address of the lists of visits asks for.
type visitQuery struct {
	db.VisitFilter
	view, month string
}

func (h *Handlers) readVisitQuery(r *http.Request) visitQuery {
	q := visitQuery{view: known([]string{"list", "due"}, query(r, "view")), month: query(r, "month")}
	asDay := func(name string) string {
		if d, err := day.Parse(query(r, name)); err == nil {
			return d.String()
		}
		return ""
	}
	q.From, q.To = asDay("from"), asDay("to")
	q.UserID, q.BranchID, q.CustomerID = db.ParseID(query(r, "user")), db.ParseID(query(r, "branch")), db.ParseID(query(r, "customer"))
	q.Owner, q.Class = db.ParseID(query(r, "owner")), known(append(slices.Clone(profile.Classes), db.AnyClass), query(r, "class"))
	q.Mode, q.State, q.Mood = known(profile.Modes, query(r, "mode")), known(profile.VisitStates, query(r, "state")), known(profile.Moods, query(r, "mood"))
	if at, id, ok := strings.Cut(query(r, "at"), "_"); ok {
		if d, err := day.Parse(at); err == nil {
			q.At, q.Back = db.VisitKey{Day: d.String(), ID: db.ParseID(id)}, query(r, "back") == "1"
		}
	}
	if d, err := day.Parse(q.month + "-01"); err != nil || d.Year() < 2000 || d.Year() > 2100 {
		q.month = h.today()[:7]
	}
	return q
}

// known is a word of an address that is one of a list, else "".
func known(list []string, word string) string {
	if !slices.Contains(list, word) {
		return ""
	}
	return word
}

// values are the address of a list without its place in the pages.
func (q visitQuery) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"view": q.view, "from": q.From, "to": q.To, "user": idText(q.UserID), "branch": idText(q.BranchID),
		"customer": idText(q.CustomerID), "mode": q.Mode, "state": q.State, "mood": q.Mood, "owner": idText(q.Owner), "class": q.Class} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

func (q visitQuery) href(path string) string {
	v := q.values()
	if q.view != "list" && q.month != "" {
		v.Set("month", q.month)
	}
	if q.At.ID != 0 {
		v.Set("at", q.At.Day+"_"+idText(q.At.ID))
		if q.Back {
			v.Set("back", "1")
		}
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// list is the address of the list with these visits.
func (q visitQuery) list(from, to, state string) string {
	q.view, q.From, q.To, q.State, q.At = "list", from, to, state, db.VisitKey{}
	return q.href("/visits")
}

func (h *Handlers) visitList(w http.ResponseWriter, r *http.Request) error {
	q := h.readVisitQuery(r)
	if q.view == "list" {
		return h.visitRows(w, r, q)
	}
	q.view = ""
	return h.visitMonth(w, r, q)
}

func (h *Handlers) visitFilterForm(ctx context.Context, a policy.Actor, q visitQuery) (views.VisitFilterForm, error) {
	users, err := h.visitors(ctx, a.Scope(policy.VisitRead))
	return views.VisitFilterForm{Action: "/visits", View: q.view, Month: q.month, From: q.From, To: q.To, User: idText(q.UserID), Branch: idText(q.BranchID),
		Mode: q.Mode, State: q.State, Mood: q.Mood, Customer: idText(q.CustomerID), Owner: idText(q.Owner), Class: q.Class, Dates: q.view == "list",
		Users: users, Branches: h.branchOptions(ctx, a.Scope(policy.VisitRead))}, err
}

func newVisitHref(a policy.Actor) string {
	if a.Can(policy.VisitLog) {
		return "/visits/new"
	}
	return ""
}

// maxCount is how far a list is counted; "1,000+" beyond.
const maxCount = 1000

func (h *Handlers) visitRows(w http.ResponseWriter, r *http.Request, q visitQuery) error {
	ctx, a := r.Context(), actorOf(r)
	scope := a.Scope(policy.VisitRead)
	q.Oldest = q.State == db.VisitPlanned // what comes next, first
	list, err := h.db.Visits(ctx, scope, q.VisitFilter)
	if err != nil {
		return err
	}
	n, err := h.db.CountVisits(ctx, scope, q.VisitFilter, maxCount+1)
	if err != nil {
		return err
	}
	p := views.VisitList{Tabs: h.visitTabs(ctx, q), NewHref: newVisitHref(a)}
	if p.Filter, err = h.visitFilterForm(ctx, a, q); err != nil {
		return err
	}
	for _, v := range list.Rows {
		p.Rows = append(p.Rows, h.visitLine(ctx, h.shownVisit(a, v)))
	}
	p.Pager.Text = lang.T(ctx, "共 %d 次", n)
	if n > maxCount {
		p.Pager.Text = lang.T(ctx, "超过 %d 次", maxCount)
	}
	turn := func(v db.VisitRow, back bool) string {
		q := q
		q.At, q.Back = db.VisitKey{Day: v.Day, ID: v.ID}, back
		return q.href("/visits")
	}
	if !list.First && len(list.Rows) > 0 {
		start := q
		start.At = db.VisitKey{}
		p.Pager.First, p.Pager.Prev = start.href("/visits"), turn(list.Rows[0], true)
	}
	if !list.Last && len(list.Rows) > 0 {
		p.Pager.Next = turn(list.Rows[len(list.Rows)-1], false)
	}
	if err := h.visitChips(ctx, a, q, &p); err != nil {
		return err
	}
	if a.Can(policy.CustomerExport) {
		v := q.values()
		p.ExportCSV = "/visits/export?" + v.Encode()
		v.Set("format", sheet.XLSX)
		p.ExportXLSX = "/visits/export?" + v.Encode()
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "拜访"), body: views.Visits(p), active: "/visits"})
}

func (h *Handlers) visitChips(ctx context.Context, a policy.Actor, q visitQuery, p *views.VisitList) error {
	p.Chips.Label, p.Chips.ClearHref = lang.T(ctx, "筛选条件"), "/visits?view=list"
	chip := func(label, value string, drop func(*visitQuery)) {
		if value != "" {
			q := q
			q.At = db.VisitKey{}
			drop(&q)
			p.Chips.Items = append(p.Chips.Items, ui.Chip{Label: label, Value: value, RemoveHref: q.href("/visits")})
		}
	}
	if q.CustomerID != 0 {
		if c, err := h.db.Customer(ctx, a.Scope(policy.CustomerRead), q.CustomerID); err == nil {
			chip(lang.T(ctx, "客户"), cmp.Or(c.ShortName, c.Name), func(q *visitQuery) { q.CustomerID = 0 })
		} else if !errors.Is(err, db.ErrNotFound) {
			return err
		}
	}
	if q.UserID != 0 {
		names, err := h.db.UserNames(ctx, []int64{q.UserID})
		if err != nil {
			return err
		}
		chip(lang.T(ctx, "谁去"), names[q.UserID], func(q *visitQuery) { q.UserID = 0 })
	}
	if q.Owner != 0 {
		names, err := h.db.UserNames(ctx, []int64{q.Owner})
		if err != nil {
			return err
		}
		chip(lang.T(ctx, "客户归谁"), names[q.Owner], func(q *visitQuery) { q.Owner = 0 })
	}
	class := q.Class
	if class == db.AnyClass {
		class = lang.T(ctx, "有分级的")
	}
	chip(lang.T(ctx, "分级"), class, func(q *visitQuery) { q.Class = "" })
	chip(lang.T(ctx, "网点"), h.db.BranchName(q.BranchID), func(q *visitQuery) { q.BranchID = 0 })
	chip(lang.T(ctx, "从"), q.From, func(q *visitQuery) { q.From = "" })
	chip(lang.T(ctx, "到"), q.To, func(q *visitQuery) { q.To = "" })
	chip(lang.T(ctx, "方式"), views.ModeWord(ctx, q.Mode), func(q *visitQuery) { q.Mode = "" })
	chip(lang.T(ctx, "状态"), views.VisitStateWord(ctx, q.State), func(q *visitQuery) { q.State = "" })
	chip(lang.T(ctx, "结果"), views.MoodWord(ctx, q.Mood), func(q *visitQuery) { q.Mood = "" })
	return nil
}

func (h *Handlers) visitLine(ctx context.Context, v db.VisitRow) views.VisitRowLine {
	line := views.VisitRowLine{Href: "/visits/" + idText(v.ID), Customer: cmp.Or(v.CustomerShort, v.Customer), CustomerHref: "/customers/" + idText(v.CustomerID),
		Class: v.Class, Who: v.User, Mode: views.ModeWord(ctx, v.Mode), ModeIcon: views.ModeIcon(v.Mode), Mood: views.MoodWord(ctx, v.Mood),
		State: v.State, StateText: views.VisitStateWord(ctx, v.State), Text: cmp.Or(v.Learned, v.Purpose), Next: v.NextStep,
		When: views.DayWord(ctx, v.Day, h.today())}
	if v.PhotoCount > 0 {
		line.Photos = strconv.FormatInt(v.PhotoCount, 10)
	}
	if v.NextOn != "" {
		line.Next = strings.TrimSpace(v.NextStep + " " + views.DayWord(ctx, v.NextOn, h.today()).Text)
	}
	return line
}

func (h *Handlers) visitShow(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	v, err := h.db.Visit(ctx, a.Scope(policy.VisitRead), id)
	if err != nil {
		return err
	}
	path, hides := "/visits/"+idText(v.ID), len(h.hiddenOf(a, v)) > 0
	v = h.shownVisit(a, v)
	p := views.VisitShow{Title: lang.T(ctx, "拜访"), Customer: v.Customer, CustomerHref: "/customers/" + idText(v.CustomerID), Class: v.Class,
		State: v.State, StateText: views.VisitStateWord(ctx, v.State), Mode: views.ModeWord(ctx, v.Mode), ModeIcon: views.ModeIcon(v.Mode),
		Mood: views.MoodWord(ctx, v.Mood), Who: v.User, When: views.DayWord(ctx, v.Day, h.today()), Time: minuteText(v.Minute),
		Contact: strings.Trim(v.Contact+" "+v.Met, " "), Purpose: v.Purpose, Learned: v.Learned, NextStep: v.NextStep,
		NextOn: views.DayWord(ctx, v.NextOn, h.today()), Photos: visitPictures(ctx, v), Version: strconv.FormatInt(v.Version, 10)}
	if a.Can(policy.VisitLog) && h.db.MayEditVisit(a, v) {
		p.DeleteURL, p.EditHref = path+"/delete", path+"/edit"
		if v.State == db.VisitPlanned {
			p.LogHref, p.CancelURL = "/visits/new?customer="+idText(v.CustomerID)+"&plan="+idText(v.ID), path+"/cancel"
		}
	}
	if v.State == db.VisitDone && a.Can(policy.FormFill) && !hides {
		form, err := h.db.FormOfVisit(ctx, a, v.ID)
		if err != nil {
			return err
		}
		if p.FormHref, p.FormText = "/forms/new?visit="+idText(v.ID), lang.T(ctx, "写反馈表"); form != 0 {
			p.FormHref, p.FormText = "/forms/"+idText(form), lang.T(ctx, "看反馈表")
		}
	}
	if p.OutOfUse, err = h.outOfUse(ctx, a, retention.Visits, v.ID, v.Life); err != nil {
		return err
	}
	if p.Measures, err = h.measuresFrom(ctx, a, measure.Visit, v.ID, v.BranchID, v.OwnerID, v.ClerkID); err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, page{title: v.Customer, body: views.VisitPage(p), active: "/visits"})
}

func visitPictures(ctx context.Context, v db.VisitRow) []views.VisitPicture {
	var out []views.VisitPicture
	for i, p := range v.Photos {
		href := "/visits/" + idText(v.ID) + "/photos/" + p.Hash
		out = append(out, views.VisitPicture{Hash: p.Hash, Href: href, Thumb: href + "?size=thumb", Alt: lang.T(ctx, "第 %d 张照片", i+1)})
	}
	return out
}

func minuteText(m int64) string {
	if m < 0 {
		return ""
	}
	return fmt.Sprintf("%02d:%02d", m/60, m%60)
}
