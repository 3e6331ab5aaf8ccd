package handlers

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/profile"
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
	q := visitQuery{view: query(r, "view"), month: query(r, "month")}
	known := func(list []string, word string) string {
		if !slices.Contains(list, word) {
			return ""
		}
		return word
	}
	asDay := func(name string) string {
		if d, err := day.Parse(query(r, name)); err == nil {
			return d.String()
		}
		return ""
	}
	q.From, q.To = asDay("from"), asDay("to")
	q.UserID, q.BranchID, q.CustomerID = db.ParseID(query(r, "user")), db.ParseID(query(r, "branch")), db.ParseID(query(r, "customer"))
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

// values are the address of a list without its place in the pages.
func (q visitQuery) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"view": q.view, "from": q.From, "to": q.To, "user": idText(q.UserID), "branch": idText(q.BranchID),
		"customer": idText(q.CustomerID), "mode": q.Mode, "state": q.State, "mood": q.Mood} {
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

func (h *Handlers) visitTabs(ctx context.Context, q visitQuery) []views.NavItem {
	month, list := q, q
	month.view, month.From, month.To, month.State, month.Mood, month.At = "", "", "", "", "", db.VisitKey{}
	list.view, list.At = "list", db.VisitKey{}
	if q.view != "list" {
		list.From, list.To = monthEnds(q.month)
	} else if q.From != "" {
		month.month = q.From[:7]
	}
	return []views.NavItem{
		{Label: lang.T(ctx, "月历"), Href: month.href("/visits"), Icon: "calendar", Active: q.view != "list"},
		{Label: lang.T(ctx, "列表"), Href: list.href("/visits"), Icon: "list-check", Active: q.view == "list"},
	}
}

func monthEnds(month string) (from, to string) {
	d, _ := day.Parse(month + "-01") // checked by readVisitQuery
	return d.MonthStart().String(), d.MonthEnd().String()
}

func (h *Handlers) visitFilterForm(ctx context.Context, a policy.Actor, q visitQuery) (views.VisitFilterForm, error) {
	users, err := h.visitors(ctx, a.Scope(policy.VisitRead))
	return views.VisitFilterForm{Action: "/visits", View: q.view, Month: q.month, From: q.From, To: q.To, User: idText(q.UserID), Branch: idText(q.BranchID),
		Mode: q.Mode, State: q.State, Mood: q.Mood, Customer: idText(q.CustomerID), Dates: q.view == "list",
		Users: users, Branches: h.branchOptions(ctx, a.Scope(policy.VisitRead))}, err
}

func newVisitHref(a policy.Actor) string {
	if a.Can(policy.VisitLog) {
		return "/visits/new"
	}
	return ""
}

// visitMonth is the calendar: per day and person what was made and planned.
func (h *Handlers) visitMonth(w http.ResponseWriter, r *http.Request, q visitQuery) error {
	ctx, a := r.Context(), actorOf(r)
	first, _ := day.Parse(q.month + "-01") // checked by readVisitQuery
	start := first.Add(-(int(first.Weekday()) + 6) % 7)
	end := first.MonthEnd()
	end = end.Add((7 - int(end.Weekday())) % 7)
	f := q.VisitFilter
	f.From, f.To, f.State, f.Mood = start.String(), end.String(), "", ""
	counts, full, err := h.db.MonthVisits(ctx, a.Scope(policy.VisitRead), f)
	if err != nil {
		return err
	}
	p := views.VisitMonth{Tabs: h.visitTabs(ctx, q), Full: full, NewHref: newVisitHref(a)}
	if p.Filter, err = h.visitFilterForm(ctx, a, q); err != nil {
		return err
	}
	year, month, _ := first.Date()
	p.Title = lang.T(ctx, "%s年%d月", strconv.Itoa(year), int(month))
	turn := func(n int) string { q := q; q.month = first.AddMonths(n).String()[:7]; return q.href("/visits") }
	p.PrevHref, p.NextHref = turn(-1), turn(1)
	if q.month != h.today()[:7] {
		q := q
		q.month = h.today()[:7]
		p.TodayHref = q.href("/visits")
	}
	p.Weekdays = []string{lang.T(ctx, "周一"), lang.T(ctx, "周二"), lang.T(ctx, "周三"), lang.T(ctx, "周四"), lang.T(ctx, "周五"), lang.T(ctx, "周六"), lang.T(ctx, "周日")}
	byDay, ofMonth := map[string]*tally{}, newTally()
	for _, c := range counts {
		if byDay[c.Day] == nil {
			byDay[c.Day] = newTally()
		}
		byDay[c.Day].add(c)
		if c.Day >= first.String() && c.Day <= first.MonthEnd().String() {
			ofMonth.add(c)
		}
	}
	everybody := a.Scope(policy.VisitRead).Wide()
	for d := start; d <= end; {
		var week []views.CalendarDay
		for range 7 {
			week = append(week, calendarDay(ctx, q, d, first, h.today(), byDay[d.String()], everybody))
			d++
		}
		p.Weeks = append(p.Weeks, week)
	}
	from, to := monthEnds(q.month)
	p.Done, p.Planned = ofMonth.figure(q, from, to)
	if everybody {
		p.People = ofMonth.list(ctx, q, from, to, len(ofMonth.order))
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "拜访"), body: views.VisitCalendar(p), active: "/visits"})
}

// tally adds up the visits of a day or a month.
type tally struct {
	done, planned int
	people        map[int64]*[2]int
	names         map[int64]string
	order         []int64
}

func newTally() *tally { return &tally{people: map[int64]*[2]int{}, names: map[int64]string{}} }

func (t *tally) add(c db.VisitDay) {
	i := 0
	switch c.State {
	case db.VisitDone:
		t.done += c.Count
	case db.VisitPlanned:
		t.planned += c.Count
		i = 1
	default:
		return
	}
	if t.people[c.UserID] == nil {
		t.people[c.UserID] = &[2]int{}
		t.names[c.UserID] = c.User
		t.order = append(t.order, c.UserID)
	}
	t.people[c.UserID][i] += c.Count
}

func (t *tally) figure(q visitQuery, from, to string) (done, planned views.CalendarCount) {
	return views.CalendarCount{N: t.done, Href: q.list(from, to, db.VisitDone)},
		views.CalendarCount{N: t.planned, Href: q.list(from, to, db.VisitPlanned)}
}

// list names the people, the one with most visits first, no more than most.
func (t *tally) list(ctx context.Context, q visitQuery, from, to string, most int) []views.CalendarPerson {
	var out []views.CalendarPerson
	slices.SortStableFunc(t.order, func(x, y int64) int {
		return cmp.Compare(t.people[y][0]+t.people[y][1], t.people[x][0]+t.people[x][1])
	})
	for _, id := range t.order {
		if id == 0 {
			continue // who it was is not known: counted, but nobody's
		}
		if len(out) == most {
			break
		}
		q := q
		q.UserID = id
		out = append(out, views.CalendarPerson{Name: cmp.Or(t.names[id], lang.T(ctx, "不知道是谁")),
			Done:    views.CalendarCount{N: t.people[id][0], Href: q.list(from, to, db.VisitDone)},
			Planned: views.CalendarCount{N: t.people[id][1], Href: q.list(from, to, db.VisitPlanned)}})
	}
	return out
}

// known is how many people there are whose name is known.
func (t *tally) known() int {
	if t.people[0] != nil {
		return len(t.order) - 1
	}
	return len(t.order)
}

// dayPeople is how many people a field of the calendar names.
const dayPeople = 3

func calendarDay(ctx context.Context, q visitQuery, d, first day.Day, today string, t *tally, everybody bool) views.CalendarDay {
	_, _, n := d.Date()
	text := d.String()
	c := views.CalendarDay{Number: strconv.Itoa(n), Label: views.DayWord(ctx, text, today).Full, Href: q.list(text, text, ""),
		Out: d < first || d > first.MonthEnd(), Today: text == today, Rest: d.Weekday() == time.Saturday || d.Weekday() == time.Sunday}
	if t == nil {
		return c
	}
	c.Done, c.Planned = t.figure(q, text, text)
	if everybody && q.UserID == 0 {
		c.People = t.list(ctx, q, text, text, dayPeople)
		c.More = t.known() - len(c.People)
	}
	return c
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

// mostExported bounds the file of one export of visits: it is built in memory.
var mostExported = 100_000

// visitExport sends exactly what the list shows, all pages of it; what left is
// noted in the audit.
func (h *Handlers) visitExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a, q := r.Context(), actorOf(r), h.readVisitQuery(r)
	format, kind := sheet.CSV, "text/csv; charset=utf-8"
	if query(r, "format") == sheet.XLSX {
		format, kind = sheet.XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	f := q.VisitFilter
	f.Limit, f.Oldest, f.At, f.Back = 500, q.State == db.VisitPlanned, db.VisitKey{}, false
	n, err := h.db.CountVisits(ctx, a.Scope(policy.CustomerExport), f, mostExported+1)
	if err != nil {
		return err
	}
	if n > mostExported {
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "超过 %d 次拜访，一个文件放不下。先选日期，再分几次导出。", mostExported)})
		h.redirect(w, r, q.href("/visits"))
		return nil
	}
	if err := h.db.MayExport(ctx, a, int64(n)); err != nil {
		return h.overCap(w, r, err, q.href("/visits"))
	}
	ref := db.NewReference()
	mark, err := h.db.FileMark(ctx, a, ref)
	if err != nil {
		return err
	}
	var titles []sheet.Column
	for _, title := range []string{lang.T(ctx, "日期"), lang.T(ctx, "客户编码"), lang.T(ctx, "客户"), lang.T(ctx, "分级"), lang.T(ctx, "网点"), lang.T(ctx, "谁去"), lang.T(ctx, "方式"),
		lang.T(ctx, "状态"), lang.T(ctx, "目的"), lang.T(ctx, "结果"), lang.T(ctx, "见到谁"), lang.T(ctx, "谈了什么"), lang.T(ctx, "下一步"), lang.T(ctx, "下次日期")} {
		titles = append(titles, sheet.Column{Title: title})
	}
	var buf strings.Builder
	out, err := sheet.NewWriter(&buf, format, sheet.Layout{Sheet: lang.T(ctx, "拜访"), Columns: titles, Mark: mark})
	if err != nil {
		return err
	}
	rows, customers := int64(0), []int64{}
	for {
		list, err := h.db.Visits(ctx, a.Scope(policy.CustomerExport), f)
		if err != nil {
			_ = out.Close()
			return err
		}
		for _, v := range list.Rows {
			if err := out.Write(h.visitCells(ctx, h.shownVisit(a, v))); err != nil {
				_ = out.Close()
				return err
			}
			rows++
			customers = append(customers, v.CustomerID)
		}
		if list.Last {
			break
		}
		last := list.Rows[len(list.Rows)-1]
		f.At = db.VisitKey{Day: last.Day, ID: last.ID}
	}
	if err := out.Close(); err != nil {
		return err
	}
	detail := map[string]any{}
	for k, v := range q.values() {
		detail[k] = v
	}
	if err := h.db.RecordExport(ctx, a, "visits.export", db.Left{Rows: rows, Reference: ref, Customers: customers, Detail: detail}); err != nil {
		return h.overCap(w, r, err, q.href("/visits"))
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="visits-`+h.today()+"-"+ref+`.`+format+`"; filename*=UTF-8''`+
		url.PathEscape(lang.T(ctx, "拜访"))+"-"+h.today()+"-"+ref+"."+format)
	_, _ = w.Write([]byte(buf.String())) // the reader may have left
	return nil
}

func (h *Handlers) visitCells(ctx context.Context, v db.VisitRow) []sheet.Cell {
	asDay := func(s string) sheet.Cell {
		d, _ := day.Parse(s)
		return sheet.DayOf(d.Time())
	}
	cells := []sheet.Cell{asDay(v.Day)}
	for _, text := range []string{v.CustomerCode, v.Customer, v.Class, h.db.BranchName(v.BranchID), v.User, views.ModeWord(ctx, v.Mode),
		views.VisitStateWord(ctx, v.State), v.Purpose, views.MoodWord(ctx, v.Mood), cmp.Or(v.Contact, v.Met), v.Learned, v.NextStep} {
		cells = append(cells, sheet.TextOf(text))
	}
	return append(cells, asDay(v.NextOn))
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
	path, hides := "/visits/"+idText(v.ID), h.hidesOf(a, v)
	v = h.shownVisit(a, v)
	p := views.VisitShow{Title: lang.T(ctx, "拜访"), Customer: v.Customer, CustomerHref: "/customers/" + idText(v.CustomerID), Class: v.Class,
		State: v.State, StateText: views.VisitStateWord(ctx, v.State), Mode: views.ModeWord(ctx, v.Mode), ModeIcon: views.ModeIcon(v.Mode),
		Mood: views.MoodWord(ctx, v.Mood), Who: v.User, When: views.DayWord(ctx, v.Day, h.today()), Time: minuteText(v.Minute),
		Contact: strings.Trim(v.Contact+" "+v.Met, " "), Purpose: v.Purpose, Learned: v.Learned, NextStep: v.NextStep,
		NextOn: views.DayWord(ctx, v.NextOn, h.today()), Photos: visitPictures(ctx, v), Version: strconv.FormatInt(v.Version, 10)}
	if a.Can(policy.VisitLog) && h.db.MayEditVisit(a, v) {
		p.DeleteURL = path + "/delete"
		if !hides {
			p.EditHref = path + "/edit"
		}
		if v.State == db.VisitPlanned {
			p.LogHref, p.CancelURL = "/visits/new?customer="+idText(v.CustomerID)+"&plan="+idText(v.ID), path+"/cancel"
		}
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

// visitNew is the form for a visit that was made or, with kind=planned, that
// is to be made; without a customer it lets one be chosen.
func (h *Handlers) visitNew(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	f := views.VisitForm{Action: "/visits", Key: strings.ToLower(rand.Text()), Planning: query(r, "kind") == "planned",
		Mode: "on_site", Day: h.today(), User: idText(a.UserID), Errors: ui.Errors{}}
	id := db.ParseID(query(r, "customer"))
	if id == 0 {
		if err := h.visitHits(r, &f); err != nil {
			return err
		}
		return h.showVisitForm(w, r, http.StatusOK, f)
	}
	if f.Planning {
		f.Day = day.At(h.db.Now(), db.Zone).Add(1).String()
	}
	plan, err := h.planFor(ctx, a, id, db.ParseID(query(r, "plan")))
	if err != nil {
		return err
	}
	if plan.ID != 0 && !f.Planning {
		f.Mode, f.Purpose, f.Contact, f.PlanChecked = plan.Mode, plan.Purpose, idText(plan.ContactID), true
	}
	if err := h.fillVisitForm(ctx, a, id, plan, &f); err != nil {
		return err
	}
	if f.Planning {
		c, err := h.db.Customer(ctx, a.Scope(policy.VisitLog), id)
		if err != nil {
			return err
		}
		if c.OwnerID != 0 && slices.ContainsFunc(f.Users, func(o ui.Option) bool { return o.Value == idText(c.OwnerID) }) {
			f.User = idText(c.OwnerID)
		}
	}
	return h.showVisitForm(w, r, http.StatusOK, f)
}

// planFor is the planned visit that a form offers to fulfil: the one asked
// for, else the nearest of this person. The zero row when there is none.
func (h *Handlers) planFor(ctx context.Context, a policy.Actor, customer, id int64) (db.VisitRow, error) {
	if id != 0 {
		v, err := h.db.Visit(ctx, a.Scope(policy.VisitRead), id)
		if err == nil && (v.CustomerID != customer || v.State != db.VisitPlanned) {
			return db.VisitRow{}, nil
		}
		return h.shownVisit(a, v), err
	}
	v, err := h.db.PlannedVisit(ctx, a.Scope(policy.VisitRead), customer, a.UserID, h.db.Now())
	if errors.Is(err, db.ErrNotFound) {
		return db.VisitRow{}, nil
	}
	return h.shownVisit(a, v), err
}

// fillVisitForm adds what a form shows besides what was typed: the customer,
// its contacts, the days to choose from.
func (h *Handlers) fillVisitForm(ctx context.Context, a policy.Actor, customer int64, plan db.VisitRow, f *views.VisitForm) error {
	file, err := h.db.CustomerFile(ctx, a.Scope(policy.VisitLog), customer)
	if err != nil {
		return err
	}
	f.Today, f.MaxDay = h.today(), h.today()
	c := &views.VisitCustomer{ID: idText(file.ID), Name: cmp.Or(file.ShortName, file.Name), Class: file.Class, Href: "/customers/" + idText(file.ID)}
	f.Customer = c
	if !f.Editing {
		f.ChangeHref = "/visits/new"
		if f.Planning {
			f.ChangeHref += "?kind=planned"
		}
	}
	for _, tag := range file.TagList {
		if tag.Hint != "" {
			c.Hints = append(c.Hints, tag.Name+lang.T(ctx, "：")+tag.Hint)
		}
	}
	for _, k := range file.Contacts {
		f.Contacts = append(f.Contacts, ui.Option{Value: idText(k.ID), Label: k.Name, Hint: k.Position})
	}
	if f.Users, err = h.visitUsers(ctx, a, file.Customer); err != nil {
		return err
	}
	if plan.ID != 0 && !f.Planning && !f.Editing {
		f.PlanID = idText(plan.ID)
		f.PlanText = lang.T(ctx, "这就是安排在%s的那次", views.DayWord(ctx, plan.Day, f.Today).Text)
	}
	list, err := h.db.Visits(ctx, a.Scope(policy.VisitRead), db.VisitFilter{CustomerID: customer, State: db.VisitDone, Limit: 1})
	if err != nil {
		return err
	}
	c.Cadence = lang.T(ctx, "还没拜访过")
	if len(list.Rows) > 0 {
		last := h.shownVisit(a, list.Rows[0])
		c.Cadence = lang.T(ctx, "上次 %s，%s", views.DayWord(ctx, last.Day, f.Today).Text, views.ModeWord(ctx, last.Mode))
		c.Last = shorten(last.Learned, 80)
		if last.NextStep != "" {
			c.Last += " " + lang.T(ctx, "下一步：%s", last.NextStep)
		}
	}
	f.NextDays = nextDays(ctx, day.At(h.db.Now(), db.Zone))
	if f.NextOn != "" && f.Next == "" {
		f.Next = "pick"
		if slices.ContainsFunc(f.NextDays, func(o ui.Option) bool { return o.Value == f.NextOn }) {
			f.Next = f.NextOn
		}
	}
	return nil
}

func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n]) + "…"
}

// visitUsers are the people for whom the actor may write a visit of the
// customer; only themselves without visits.edit there.
func (h *Handlers) visitUsers(ctx context.Context, a policy.Actor, c db.Customer) ([]ui.Option, error) {
	chain := h.db.Chain(c.BranchID)
	if !a.Scope(policy.VisitEdit).Sees(chain, c.OwnerID, c.ClerkID) {
		return nil, nil
	}
	all, err := h.db.Users(ctx, a.Scope(policy.VisitEdit), true)
	if err != nil {
		return nil, err
	}
	var out []ui.Option
	for _, u := range all {
		if u.ID == a.UserID || accessOf(ctx).Actor(u.ID, u.Name, u.BranchID, u.Grants).Scope(policy.VisitLog).Sees(chain, c.OwnerID, c.ClerkID) {
			out = append(out, ui.Option{Value: idText(u.ID), Label: u.Name, Group: h.db.BranchName(u.BranchID)})
		}
	}
	return out, nil
}

// nextDays are the chips for the next visit: none, tomorrow, next Monday, two
// weeks from today, or a day to pick.
func nextDays(ctx context.Context, today day.Day) []ui.Option {
	short := func(d day.Day) string {
		_, m, n := d.Date()
		return strconv.Itoa(int(m)) + "/" + strconv.Itoa(n)
	}
	monday := today.Add(8 - cmp.Or(int(today.Weekday()), 7))
	out := []ui.Option{{Value: "", Label: lang.T(ctx, "不约")}, {Value: today.Add(1).String(), Label: lang.T(ctx, "明天"), Hint: short(today.Add(1))}}
	if monday != today.Add(1) {
		out = append(out, ui.Option{Value: monday.String(), Label: lang.T(ctx, "下周一"), Hint: short(monday)})
	}
	return append(out, ui.Option{Value: today.Add(14).String(), Label: lang.T(ctx, "两周后"), Hint: short(today.Add(14))},
		ui.Option{Value: "pick", Label: lang.T(ctx, "选日期")})
}

func (h *Handlers) showVisitForm(w http.ResponseWriter, r *http.Request, status int, f views.VisitForm) error {
	ctx := r.Context()
	title := lang.T(ctx, "记拜访")
	switch {
	case f.Editing:
		title = lang.T(ctx, "改拜访")
	case f.Planning:
		title = lang.T(ctx, "安排拜访")
	}
	return h.render(w, r, status, page{title: title, body: views.VisitEdit(f), active: "/visits"})
}

// visitCustomers answers the search of the form with customers to choose.
func (h *Handlers) visitCustomers(w http.ResponseWriter, r *http.Request) error {
	f := views.VisitForm{Planning: query(r, "kind") == "planned"}
	if err := h.visitHits(r, &f); err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(r.Context(), "记拜访"), body: views.VisitHits(f), partial: views.VisitHits(f), active: "/visits"})
}

// visitHits fills in the customers that the search finds; without a search,
// those who are most urgently due.
func (h *Handlers) visitHits(r *http.Request, f *views.VisitForm) error {
	ctx, a := r.Context(), actorOf(r)
	f.Query = query(r, "q")
	href := func(id int64) string {
		to := "/visits/new?customer=" + idText(id)
		if f.Planning {
			to += "&kind=planned"
		}
		return to
	}
	if f.Query != "" {
		hits, _, err := h.db.SearchCustomers(ctx, a.Scope(policy.VisitLog), a.Scope(policy.CustomerUnmask), f.Query)
		if err != nil {
			return err
		}
		for _, c := range hits {
			f.Hits = append(f.Hits, views.VisitHit{Name: cmp.Or(c.ShortName, c.Name), Class: c.Class, Sub: c.Code + " " + c.Name, Href: href(c.ID)})
		}
		return nil
	}
	list, err := h.db.DuePage(ctx, a.Scope(policy.VisitLog), db.DueAsk{Limit: 8})
	if err != nil {
		return err
	}
	if err := h.db.DueNames(ctx, a.Scope(policy.VisitLog), list.Rows); err != nil {
		return err
	}
	for _, row := range list.Rows {
		hit := views.VisitHit{Name: cmp.Or(row.ShortName, row.Name), Class: row.Standing.Class, Sub: views.DueReason(ctx, row.Standing), Href: href(row.ID)}
		hit.State, hit.Due = views.DueState(ctx, row.Standing)
		f.Hits = append(f.Hits, hit)
	}
	return nil
}

// readVisit reads the form of a visit, keeps what was typed and says what is
// wrong with it. filed is the day on which the customer's file was made.
func (h *Handlers) readVisit(r *http.Request, f *views.VisitForm, filed string) db.Visit {
	ctx, today := r.Context(), h.today()
	f.Errors = ui.Errors{}
	f.Key, f.Version, f.Mode, f.Mood, f.Contact, f.Met = field(r, "key"), field(r, "version"), field(r, "mode"), field(r, "mood"), field(r, "contact"), field(r, "met")
	f.Day, f.Time, f.Purpose, f.Learned, f.User = field(r, "day"), field(r, "time"), field(r, "purpose"), field(r, "learned"), field(r, "user")
	f.NextStep, f.Next, f.NextOn = field(r, "next_step"), field(r, "next"), field(r, "next_on")
	if f.Next != "" && f.Next != "pick" {
		f.NextOn = f.Next
	}
	v := db.Visit{UserID: db.ParseID(f.User), ContactID: db.ParseID(f.Contact), Day: f.Day, Mode: f.Mode, Mood: f.Mood, Met: f.Met,
		Purpose: f.Purpose, Learned: f.Learned, NextStep: f.NextStep, NextOn: f.NextOn, Version: db.ParseID(f.Version), Minute: -1}
	if !slices.Contains(profile.Modes, f.Mode) {
		f.Errors.Add("mode", lang.T(ctx, "请选一个"))
	}
	if !profile.Known(profile.Moods, f.Mood) {
		f.Errors.Add("mood", lang.T(ctx, "请选一个"))
	}
	if f.Time != "" {
		at, err := time.Parse("15:04", f.Time)
		if err != nil {
			f.Errors.Add("time", lang.T(ctx, "时间写成 14:30 这样"))
		}
		v.Minute = int64(at.Hour()*60 + at.Minute())
	}
	for name, n := range map[string]int{"purpose": 200, "next_step": 200, "met": 60, "learned": 2000} {
		if utf8.RuneCountInString(field(r, name)) > n {
			f.Errors.Add(name, lang.T(ctx, "最多 %d 个字", n))
		}
	}
	on, err := day.Parse(f.Day)
	if err != nil || !on.Valid() {
		f.Errors.Add("day", lang.T(ctx, "请填日期"))
		return v
	}
	if f.Planning {
		checkPlanDay(ctx, f, today)
		return v
	}
	checkVisitDay(ctx, f, on, today, filed)
	if f.Learned == "" {
		f.Errors.Add("learned", lang.T(ctx, "写一句话：谈了什么，听到什么"))
	}
	return v
}

func checkPlanDay(ctx context.Context, f *views.VisitForm, today string) {
	last, _ := day.Parse(today)
	switch {
	case f.Day < today:
		f.Errors.Add("day", lang.T(ctx, "这一天已经过了。去过的请用“记拜访”"))
	case f.Day > last.AddMonths(24).String():
		f.Errors.Add("day", lang.T(ctx, "最多安排到两年以内"))
	}
}

func checkVisitDay(ctx context.Context, f *views.VisitForm, on day.Day, today, filed string) {
	since, err := day.Parse(filed)
	switch {
	case f.Day > today:
		f.Errors.Add("day", lang.T(ctx, "这一天还没到。要先约好，请用“安排拜访”"))
	case err == nil && since.Valid() && on < since.AddMonths(-24):
		f.Errors.Add("day", lang.T(ctx, "比建档早了两年以上，请核对日期"))
	}
	if f.NextOn == "" {
		if f.Next == "pick" {
			f.Errors.Add("next_on", lang.T(ctx, "请填下次日期，或选“不约”"))
		}
		return
	}
	next, err := day.Parse(f.NextOn)
	now, _ := day.Parse(today)
	switch {
	case err != nil:
		f.Errors.Add("next_on", lang.T(ctx, "日期写成 2026-11-21 这样"))
	case f.NextOn < today && !f.Editing:
		f.Errors.Add("next_on", lang.T(ctx, "下次日期已经过了"))
	case next <= on:
		f.Errors.Add("next_on", lang.T(ctx, "下次要晚于这次"))
	case next > now.AddMonths(24):
		f.Errors.Add("next_on", lang.T(ctx, "最多安排到两年以内"))
	}
}

// visitCreate logs or plans a visit. A phone that sends in the background asks
// for JSON and gets where the visit stands, or what is wrong with it.
func (h *Handlers) visitCreate(w http.ResponseWriter, r *http.Request) error {
	done, err := readVisitForm(w, r)
	defer done()
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	customer := db.ParseID(field(r, "customer"))
	c, err := h.db.Customer(ctx, a.Scope(policy.VisitLog), customer)
	if err != nil {
		return err
	}
	f := views.VisitForm{Action: "/visits", Planning: field(r, "kind") == "planned", PlanChecked: field(r, "plan") != ""}
	v := h.readVisit(r, &f, earlier(db.Day(time.UnixMilli(c.CreatedAt)), c.FiledOn))
	v.CustomerID = customer
	if utf8.RuneCountInString(f.Key) < 16 || len(f.Key) > 64 {
		return fmt.Errorf("%w: submission key %q", errBadRequest, f.Key)
	}
	photos, err := h.readPhotos(ctx, f.Errors, r.MultipartForm, 0)
	if err != nil {
		return err
	}
	plan, err := h.planFor(ctx, a, customer, db.ParseID(field(r, "plan")))
	if errors.Is(err, db.ErrNotFound) {
		plan, err = db.VisitRow{}, nil // binned since: the visit was made all the same
	}
	if err != nil {
		return err
	}
	id := int64(0)
	if !f.Errors.Any() {
		if f.PlanChecked && plan.ID != 0 && !f.Planning {
			v.ID, v.Version, v.UserID = plan.ID, plan.Version, cmp.Or(v.UserID, plan.UserID)
		}
		if id, err = h.saveVisit(ctx, a, db.Submission{Key: f.Key}, v, f.Planning, photos); err != nil {
			switch {
			case errors.Is(err, db.ErrNotFound):
				f.Errors.Add("contact", lang.T(ctx, "这位联系人已不在，请重选"))
			case errors.Is(err, db.ErrRefused):
				f.Errors.Add("", lang.T(ctx, "你不能替别人记"))
			default:
				return err
			}
		}
	}
	if f.Errors.Any() {
		if wantsJSON(r) {
			return answerJSON(w, http.StatusUnprocessableEntity, map[string]any{"errors": f.Errors})
		}
		if err := h.fillVisitForm(ctx, a, customer, plan, &f); err != nil {
			return err
		}
		return h.showVisitForm(w, r, http.StatusUnprocessableEntity, f)
	}
	if r.Header.Get("Yike-Behind") == "" { // sent behind another page, which says so itself
		h.flash(r, h.visitSaved(ctx, c, v, f.Planning, id))
	}
	to := "/customers/" + idText(customer)
	if wantsJSON(r) {
		return answerJSON(w, http.StatusOK, map[string]any{"href": to})
	}
	h.redirect(w, r, to)
	return nil
}

func (h *Handlers) saveVisit(ctx context.Context, a policy.Actor, sent db.Submission, v db.Visit, planning bool, photos []db.VisitPhoto) (int64, error) {
	if planning {
		return h.db.PlanVisit(ctx, a, sent, v)
	}
	return h.db.LogVisit(ctx, a, sent, v, photos...)
}

func (h *Handlers) visitSaved(ctx context.Context, c db.Customer, v db.Visit, planning bool, id int64) views.Flash {
	name := cmp.Or(c.ShortName, c.Name)
	f := views.Flash{Kind: "ok", Href: "/visits/" + idText(id), LinkText: lang.T(ctx, "看这次拜访")}
	switch {
	case planning:
		f.Text = lang.T(ctx, "已安排 %s 拜访 %s", views.DayWord(ctx, v.Day, h.today()).Text, name)
	case v.NextOn != "":
		f.Text = lang.T(ctx, "记好了 %s 的拜访，下次安排在 %s", name, views.DayWord(ctx, v.NextOn, h.today()).Text)
	default:
		f.Text = lang.T(ctx, "记好了 %s 的拜访", name)
	}
	return f
}

func earlier(a, b string) string {
	if b != "" && b < a {
		return b
	}
	return a
}

func wantsJSON(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Accept"), "application/json")
}

func answerJSON(w http.ResponseWriter, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b) // the reader may have left
	return nil
}

// mayChange returns a visit that the actor may change; ErrRefused for one that
// they may only read.
func (h *Handlers) mayChange(r *http.Request) (db.VisitRow, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.VisitRow{}, err
	}
	a := actorOf(r)
	v, err := h.db.Visit(r.Context(), a.Scope(policy.VisitRead), id)
	if err == nil && (!h.db.MayEditVisit(a, v) || h.hidesOf(a, v)) {
		err = fmt.Errorf("visit %d: %w", id, db.ErrRefused)
	}
	return v, err
}

func (h *Handlers) visitEdit(w http.ResponseWriter, r *http.Request) error {
	v, err := h.mayChange(r)
	if err != nil {
		return err
	}
	f := views.VisitForm{Action: "/visits/" + idText(v.ID), Editing: true, Planning: v.State != db.VisitDone, Version: strconv.FormatInt(v.Version, 10),
		Mode: v.Mode, Mood: v.Mood, Day: v.Day, Time: minuteText(v.Minute), Contact: idText(v.ContactID), Met: v.Met, Purpose: v.Purpose,
		Learned: v.Learned, NextStep: v.NextStep, NextOn: v.NextOn, User: idText(v.UserID), Errors: ui.Errors{}}
	return h.showVisitEdit(w, r, http.StatusOK, v, f)
}

func (h *Handlers) showVisitEdit(w http.ResponseWriter, r *http.Request, status int, v db.VisitRow, f views.VisitForm) error {
	ctx := r.Context()
	if err := h.fillVisitForm(ctx, actorOf(r), v.CustomerID, db.VisitRow{}, &f); err != nil {
		return err
	}
	f.Photos = visitPictures(ctx, v)
	if f.Planning {
		f.Today = min(f.Today, v.Day) // a plan of the past may stay where it is
	}
	return h.showVisitForm(w, r, status, f)
}

func (h *Handlers) visitUpdate(w http.ResponseWriter, r *http.Request) error {
	done, err := readVisitForm(w, r)
	defer done()
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	was, err := h.mayChange(r)
	if err != nil {
		return err
	}
	c, err := h.db.Customer(ctx, a.Scope(policy.VisitRead), was.CustomerID)
	if err != nil {
		return err
	}
	f := views.VisitForm{Action: "/visits/" + idText(was.ID), Editing: true, Planning: was.State != db.VisitDone}
	v := h.readVisit(r, &f, earlier(db.Day(time.UnixMilli(c.CreatedAt)), c.FiledOn))
	if was.State != db.VisitDone && v.Day == was.Day {
		delete(f.Errors, "day")
	}
	v.ID, v.CustomerID = was.ID, was.CustomerID
	drop := r.PostForm["drop"]
	have := len(was.Photos) - len(drop)
	photos, err := h.readPhotos(ctx, f.Errors, r.MultipartForm, max(have, 0))
	if err != nil {
		return err
	}
	if !f.Errors.Any() {
		switch err := h.db.EditVisit(ctx, a, v, drop, photos...); {
		case errors.Is(err, db.ErrConflict):
			if was, err = h.db.Visit(ctx, a.Scope(policy.VisitRead), was.ID); err != nil {
				return err
			}
			f.Errors.Add("", lang.T(ctx, "有人先改过了。下面是你填的，请对照现在的内容再存一次。"))
			f.Version = strconv.FormatInt(was.Version, 10)
			if f.Stale, err = h.visitDiffs(ctx, a, v, was); err != nil {
				return err
			}
		case errors.Is(err, db.ErrRefused):
			f.Errors.Add("", lang.T(ctx, "你不能替别人记"))
		case errors.Is(err, db.ErrNotFound):
			f.Errors.Add("contact", lang.T(ctx, "这位联系人已不在，请重选"))
		case err != nil:
			return err
		}
	}
	if f.Errors.Any() {
		return h.showVisitEdit(w, r, http.StatusUnprocessableEntity, was, f)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "改好了")})
	h.redirect(w, r, "/visits/"+idText(was.ID))
	return nil
}

// visitDiffs sets what was typed beside what stands, where they differ.
func (h *Handlers) visitDiffs(ctx context.Context, a policy.Actor, mine db.Visit, now db.VisitRow) ([]views.VisitDiff, error) {
	file, err := h.db.CustomerFile(ctx, a.Scope(policy.VisitRead), now.CustomerID)
	if err != nil {
		return nil, err
	}
	mine.UserID = cmp.Or(mine.UserID, now.UserID)
	people, err := h.userNames(ctx, []int64{mine.UserID, now.UserID})
	if err != nil {
		return nil, err
	}
	met := func(id int64) string {
		for _, k := range file.Contacts {
			if k.ID == id {
				return k.Name
			}
		}
		return ""
	}
	label := map[string]string{}
	for _, f := range views.VisitFields(ctx) {
		label[f.Name] = f.Label
	}
	var out []views.VisitDiff
	add := func(name, typed, stands string) {
		if typed != stands {
			none := lang.T(ctx, "没填")
			out = append(out, views.VisitDiff{Label: label[name], Mine: cmp.Or(typed, none), Now: cmp.Or(stands, none)})
		}
	}
	add("mode", views.ModeWord(ctx, mine.Mode), views.ModeWord(ctx, now.Mode))
	add("mood", views.MoodWord(ctx, mine.Mood), views.MoodWord(ctx, now.Mood))
	add("contact", met(mine.ContactID), cmp.Or(met(now.ContactID), now.Contact))
	add("met", mine.Met, now.Met)
	add("learned", mine.Learned, now.Learned)
	add("purpose", mine.Purpose, now.Purpose)
	add("next_step", mine.NextStep, now.NextStep)
	add("next_on", mine.NextOn, now.NextOn)
	add("day", mine.Day, now.Day)
	add("time", minuteText(mine.Minute), minuteText(now.Minute))
	add("user", people[mine.UserID], people[now.UserID])
	return out, nil
}

func (h *Handlers) visitCancel(w http.ResponseWriter, r *http.Request) error {
	id, version, err := visitActOf(r)
	if err != nil {
		return err
	}
	if err := h.db.CancelVisit(r.Context(), actorOf(r), id, version); err != nil {
		return err
	}
	path := "/visits/" + idText(id)
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(r.Context(), "已取消这次安排"), UndoURL: path + "/reopen"})
	h.redirect(w, r, path)
	return nil
}

func (h *Handlers) visitReopen(w http.ResponseWriter, r *http.Request) error {
	id, _, err := visitActOf(r)
	if err != nil {
		return err
	}
	if err := h.db.ReopenVisit(r.Context(), actorOf(r), id); err != nil {
		return err
	}
	h.redirect(w, r, "/visits/"+idText(id))
	return nil
}

func (h *Handlers) visitDelete(w http.ResponseWriter, r *http.Request) error {
	id, version, err := visitActOf(r)
	if err != nil {
		return err
	}
	if err := h.db.DeleteVisit(r.Context(), actorOf(r), id, version); err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(r.Context(), "已删除这次拜访"), UndoURL: "/visits/" + idText(id) + "/restore"})
	h.redirect(w, r, "/visits")
	return nil
}

func (h *Handlers) visitRestore(w http.ResponseWriter, r *http.Request) error {
	id, _, err := visitActOf(r)
	if err != nil {
		return err
	}
	if err := h.db.RestoreVisit(r.Context(), actorOf(r), id); err != nil {
		return err
	}
	h.redirect(w, r, "/visits/"+idText(id))
	return nil
}

func visitActOf(r *http.Request) (id, version int64, err error) {
	if err := readForm(r); err != nil {
		return 0, 0, err
	}
	id, err = pathID(r, "id")
	return id, db.ParseID(field(r, "version")), err
}
