package handlers

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/profile"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

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
		h.hideInForm(a, plan, &f)
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
		return v, err
	}
	v, err := h.db.PlannedVisit(ctx, a.Scope(policy.VisitRead), customer, a.UserID, h.db.Now())
	if errors.Is(err, db.ErrNotFound) {
		return db.VisitRow{}, nil
	}
	return v, err
}

// hideInForm empties the fields of a form in which something is hidden from the
// actor; left so they stay as they stand.
func (h *Handlers) hideInForm(a policy.Actor, v db.VisitRow, f *views.VisitForm) {
	f.Hidden = h.hiddenOf(a, v)
	for name, s := range map[string]*string{"purpose": &f.Purpose, "learned": &f.Learned, "next_step": &f.NextStep, "met": &f.Met} {
		if _, hidden := f.Hidden[name]; hidden {
			*s = ""
		}
	}
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
// wrong with it. filed is the day on which the customer's file was made, was the
// visit as it stands: fields that the form held back from the writer and that
// they left empty are as there.
func (h *Handlers) readVisit(r *http.Request, f *views.VisitForm, filed string, was db.Visit) db.Visit {
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
	stands := visitTexts(&was)
	for name, s := range visitTexts(&v) {
		if *s == "" && slices.Contains(fields(r, "kept"), name) {
			*s = *stands[name]
		}
	}
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
	if v.Learned == "" {
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

func earlier(a, b string) string {
	if b != "" && b < a {
		return b
	}
	return a
}
