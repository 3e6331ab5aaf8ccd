package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/cadence"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// What counts as late, and how much of it a page looks at.
const (
	reviewDays = 7  // a file that waits longer for its review
	lateShown  = 30 // branches of one area
	lateFresh  = 5 * time.Minute
	latePause  = 150 * time.Millisecond // for which a page waits for the badge
)

// dutyLines are who is responsible at a branch, in words.
func (h *Handlers) dutyLines(ctx context.Context, list []db.Duty) []views.DutyLine {
	var out []views.DutyLine
	for _, d := range list {
		l := views.DutyLine{Area: d.Area, Label: views.DutyWord(ctx, d.Area), Name: d.Name}
		if d.User != 0 && d.From != d.Branch {
			l.From = h.db.BranchName(d.From)
		}
		if d.Gone {
			l.Gone = d.SetName
		}
		out = append(out, l)
	}
	return out
}

// branchDuties is the form that names who is responsible at a branch.
func (h *Handlers) branchDuties(w http.ResponseWriter, r *http.Request) error {
	b, err := h.editedBranch(r)
	if err != nil {
		return err
	}
	return h.showDuties(w, r, http.StatusOK, b, views.DutyForm{Errors: ui.Errors{}}, false)
}

func (h *Handlers) showDuties(w http.ResponseWriter, r *http.Request, status int, b db.Branch, f views.DutyForm, typed bool) error {
	ctx, a := r.Context(), actorOf(r)
	list, err := h.db.Duties(ctx, a.Scope(policy.BranchEdit), b.ID)
	if err != nil {
		return err
	}
	f.Name, f.Href = b.Name, "/branches/"+idText(b.ID)
	for i, l := range h.dutyLines(ctx, list) {
		d := list[i]
		p := ui.FindProps{Name: d.Area, Label: l.Label, Value: idText(d.Set), Error: f.Errors[d.Area], Placeholder: lang.T(ctx, "由上级负责"), Optional: lang.T(ctx, "可不填"), Hint: views.DutyHint(ctx, d.Area)}
		version := strconv.FormatInt(d.Version, 10)
		if typed {
			p.Value, p.Text, version = field(r, d.Area), field(r, ui.FindText(d.Area)), field(r, "version."+d.Area)
			if f.Clash == d.Area {
				version = strconv.FormatInt(d.Version, 10)
			}
		}
		if l.Find, err = h.personFind(ctx, a, "duty", p); err != nil {
			return err
		}
		l.Version = version
		f.Lines = append(f.Lines, l)
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "%s的责任人", b.Name), body: views.BranchDuties(f), active: "/branches", scripts: []string{"find.js"}})
}

// branchDutiesSave names who is responsible for what at a branch, one act for
// each area that changed.
func (h *Handlers) branchDutiesSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	b, err := h.editedBranch(r)
	if err != nil {
		return err
	}
	ctx, a, f := r.Context(), actorOf(r), views.DutyForm{Errors: ui.Errors{}}
	users := map[string]int64{}
	for _, area := range db.DutyAreas {
		value, fault, err := h.person(ctx, a, personUses["duty"], r.PostForm, area)
		if err != nil {
			return err
		}
		if fault != "" {
			f.Errors.Add(area, fault)
		}
		users[area] = db.ParseID(value)
	}
	if f.Errors.Any() {
		return h.showDuties(w, r, http.StatusUnprocessableEntity, b, f, true)
	}
	for _, area := range db.DutyAreas {
		err := h.db.SetDuty(ctx, a, b.ID, area, users[area], db.ParseID(field(r, "version."+area)))
		switch {
		case errors.Is(err, db.ErrConflict):
			f.Clash = area
			f.Errors.Add(area, lang.T(ctx, "刚才有人改过，请看过现在的样子再保存"))
		case errors.Is(err, db.ErrClosed):
			return err
		case errors.Is(err, db.ErrRefused):
			f.Errors.Add(area, lang.T(ctx, "这个人不在了，请换一位在职的"))
		case err != nil:
			return err
		}
	}
	h.late.Clear()
	if f.Errors.Any() {
		return h.showDuties(w, r, http.StatusUnprocessableEntity, b, f, true)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "%s的责任人已保存", b.Name)})
	h.redirect(w, r, "/branches/"+idText(b.ID))
	return nil
}

// lateList says to whoever is responsible what is late in their branches. Each
// figure opens its list.
func (h *Handlers) lateList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	p, n, err := h.lateOf(ctx, a)
	if err != nil {
		return err
	}
	h.late.Store(a.UserID, lateKept{h.db.Now(), len(p.Areas) > 0, n})
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "逾期的工作"), body: views.Late(p), active: "/late"})
}

// lateOf lists what is late for somebody, and how much it is together.
func (h *Handlers) lateOf(ctx context.Context, a policy.Actor) (views.LatePage, int64, error) {
	p, total := views.LatePage{}, int64(0)
	duties, err := h.db.DutiesOf(ctx, a.UserID)
	if err != nil {
		return p, 0, err
	}
	for _, area := range db.DutyAreas {
		branches := duties[area]
		if len(branches) == 0 {
			continue
		}
		g := views.LateArea{Area: area, Label: views.DutyWord(ctx, area), More: max(len(branches)-lateShown, 0)}
		for _, id := range branches[:min(len(branches), lateShown)] {
			figures, n, err := h.lateFigures(ctx, a, area, id)
			if err != nil {
				return p, 0, err
			}
			total += n
			g.Lines = append(g.Lines, views.LateLine{Branch: h.db.BranchName(id), Figures: figures})
		}
		p.Areas = append(p.Areas, g)
	}
	return p, total, nil
}

func (h *Handlers) lateFigures(ctx context.Context, a policy.Actor, area string, branch int64) (out []views.GapFigure, total int64, err error) {
	add := func(label, href string, n int64, value string) {
		total += n
		out = append(out, views.GapFigure{Label: label, Value: value, Href: href, None: n == 0})
	}
	customers := func(label, query string, f db.CustomerFilter) error {
		f.Branch, f.Limit = branch, 1
		found, err := h.db.Customers(ctx, a.Scope(policy.CustomerRead), f)
		if err != nil {
			return err
		}
		value := lang.T(ctx, "%d", found.Count)
		if found.More {
			value = lang.T(ctx, "%d+", found.Count)
		}
		add(label, "/customers?branch="+idText(branch)+"&"+query, found.Count, value)
		return nil
	}
	switch area {
	case db.DutyData:
		before := db.Day(h.db.Now().AddDate(0, 0, -reviewDays))
		if err := customers(lang.T(ctx, "等审核超过 %d 天", reviewDays), "state=draft&older="+strconv.Itoa(reviewDays), db.CustomerFilter{State: "draft", Before: before}); err != nil {
			return nil, 0, err
		}
		if err := customers(lang.T(ctx, "缺必填项"), "gap=must", db.CustomerFilter{Gap: db.GapMust}); err != nil {
			return nil, 0, err
		}
	case db.DutyComplaints:
		n, err := h.db.CountCases(ctx, a, db.CaseFilter{BranchID: branch, DueBefore: h.db.Now().UnixMilli()}, todayMost+1)
		if err != nil {
			return nil, 0, err
		}
		add(lang.T(ctx, "工单已超时"), "/cases?due=late&branch="+idText(branch), int64(n), upTo(n, todayMost))
		if n, err = h.db.CountMeasures(ctx, a, db.MeasureFilter{BranchID: branch, Late: h.today()}, todayMost+1); err != nil {
			return nil, 0, err
		}
		add(lang.T(ctx, "改进措施过期"), "/measures?show=late&branch="+idText(branch), int64(n), upTo(n, todayMost))
	case db.DutyCare:
		n, err := h.db.CountGreetings(ctx, a, db.GreetingFilter{BranchID: branch, Late: h.today()}, todayMost+1)
		if err != nil {
			return nil, 0, err
		}
		add(lang.T(ctx, "慰问已过期"), "/greetings?view=branch&late=1&branch="+idText(branch), int64(n), upTo(n, todayMost))
	case db.DutyMarketing:
		n, err := h.db.CountForms(ctx, a, db.FormFilter{BranchID: branch, Late: h.today()}, todayMost+1)
		if err != nil {
			return nil, 0, err
		}
		add(lang.T(ctx, "反馈表超期没答复"), "/forms?view="+formsWaiting+"&late=1&branch="+idText(branch), int64(n), upTo(n, todayMost))
		if n, err = h.db.CountNotices(ctx, a, db.NoticeFilter{Asked: branch, LateOn: h.today()}, todayMost+1); err != nil {
			return nil, 0, err
		}
		add(lang.T(ctx, "征集过期没答复"), "/notices?late=1&asked="+idText(branch), int64(n), upTo(n, todayMost))
	case db.DutyService:
		list, err := h.db.DuePage(ctx, a.Scope(policy.CadenceRead), db.DueAsk{DueFilter: db.DueFilter{BranchID: branch}})
		if err != nil {
			return nil, 0, err
		}
		n := int64(list.Count[cadence.Overdue])
		value := lang.T(ctx, "%d", n)
		if list.TooMany {
			n, value = 1, lang.T(ctx, "客户太多，先选网点")
		}
		add(lang.T(ctx, "拜访已超期"), "/visits/due?state="+string(cadence.Overdue)+"&branch="+idText(branch), n, value)
	}
	return out, total, nil
}

// lateKept is what the navigation says to one person, kept for a while.
type lateKept struct {
	at  time.Time
	has bool  // responsible for anything
	n   int64 // late, together
}

// lateCount says whether somebody is responsible for anything and how much is
// late, "" for nothing or not known. It is worked out again every five minutes
// at most, and no page waits longer than a moment for it: the number of then
// stands, or none, until the page of it is opened. The first page that somebody
// opens after a start does not wait at all, and goes without the number.
func (h *Handlers) lateCount(ctx context.Context, a policy.Actor) (has bool, count string) {
	now := h.db.Now()
	kept, ok := h.late.Load(a.UserID)
	k, _ := kept.(lateKept)
	if !ok || now.Sub(k.at) > lateFresh || now.Before(k.at) {
		has, err := h.db.HasDuty(ctx, a.UserID)
		k = lateKept{at: now, has: has, n: k.n}
		switch {
		case err != nil:
		case has && !ok:
			k.at = time.Time{}
		case has:
			quick, stop := context.WithTimeout(ctx, latePause)
			defer stop()
			var n int64
			if _, n, err = h.lateOf(quick, a); err == nil {
				k.n = n
			} else if quick.Err() != nil && ctx.Err() == nil {
				err = nil
			}
		}
		if err != nil {
			h.log.Error("what is late", "request", requestID(ctx), "err", err)
			return false, ""
		}
		h.late.Store(a.UserID, k)
	}
	switch {
	case k.n > 999:
		return k.has, "999+"
	case k.n > 0:
		return k.has, strconv.FormatInt(k.n, 10)
	}
	return k.has, ""
}
