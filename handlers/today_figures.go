package handlers

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/cadence"
	"yike/policy/casework"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// todaySides are the figures of a page, kept for a moment for who sees as much:
// whatever a person writes forgets theirs.
type todaySides struct {
	at      time.Time
	reach   string
	figures []ui.StatProps
	loads   []views.TodayLoad
	loadsOf string
	due     []views.DueLine
	before  views.TodayBefore // yesterday, for who leads
}

type todayKey struct {
	user  int64
	whole bool
	lang  string
}

// forgetToday forgets the figures of one person, who has written something.
func (h *Handlers) forgetToday(user int64) {
	for _, tag := range []string{lang.Chinese, lang.English} {
		h.todayKept.Delete(todayKey{user, false, tag})
		h.todayKept.Delete(todayKey{user, true, tag})
	}
}

// todaySide is how things stand, as it was worked out within the last minute.
func (h *Handlers) todaySide(ctx context.Context, q todayAsk) (todaySides, error) {
	key, now, reach := todayKey{q.actor.UserID, q.whole, lang.Tag(ctx)}, h.db.Now(), ""
	for _, p := range []policy.Permission{policy.CaseRead, policy.TodoRead, policy.GreetingRead, policy.WaybillRead, policy.ClaimRead, policy.ClaimApprove, policy.CustomerClass, policy.MeasureRead, policy.CadenceRead, policy.VisitRead, policy.FormRead} {
		reach += fmt.Sprintln(q.actor.Scope(p))
	}
	if was, ok := h.todayKept.Load(key); ok {
		if s := was.(todaySides); s.reach == reach && !now.Before(s.at) && now.Sub(s.at) < todayFresh {
			return s, nil
		}
	}
	s := todaySides{at: now, reach: reach}
	var err error
	if s.figures, err = h.todayFigures(ctx, q); err != nil {
		return s, err
	}
	if q.whole {
		if s.loads, s.loadsOf, err = h.todayLoads(ctx, q); err != nil {
			return s, err
		}
		if s.before, err = h.todayBefore(ctx, q); err != nil {
			return s, err
		}
	}
	if s.due, err = h.todayVisits(ctx, q); err != nil {
		return s, err
	}
	h.todayKept.Store(key, s)
	return s, nil
}

// nobodysCases is the list of the open cases that nobody handles.
const nobodysCases = "/cases?who=nobody"

// todayFigures are the figures on top; each opens the list that it counts.
func (h *Handlers) todayFigures(ctx context.Context, q todayAsk) (out []ui.StatProps, err error) {
	a := q.actor
	add := func(may, late bool, icon, label, href string, count func() (int, error)) {
		if err != nil || !may {
			return
		}
		var n int
		if n, err = count(); err != nil {
			return
		}
		f := ui.StatProps{Icon: icon, Label: label, Value: upTo(n, todayMost), Href: href}
		if late && n > 0 {
			f.Kind = "over"
		}
		out = append(out, f)
	}
	who, view := "", "branch"
	if !q.whole {
		who, view = "&who=mine", "mine"
	}
	add(a.Can(policy.CaseRead), true, "alert-octagon", lang.T(ctx, "工单超时"), "/cases?due=late"+who, func() (int, error) {
		return h.db.CountCases(ctx, a, db.CaseFilter{UserID: q.user(), DueBefore: q.now}, todayMost+1)
	})
	add(q.whole && a.Can(policy.CaseRead), true, "user-off", lang.T(ctx, "工单没人办"), nobodysCases, func() (int, error) {
		return h.db.CountCases(ctx, a, db.CaseFilter{Unassigned: true}, todayMost+1)
	})
	add(a.Can(policy.TodoRead), true, "checklist", lang.T(ctx, "待办过期"), "/todos?late=1&view="+view, func() (int, error) {
		return h.db.CountTodos(ctx, a, db.TodoFilter{UserID: q.user(), Late: q.day}, todayMost+1)
	})
	mine := ""
	if !q.whole {
		mine = "&who=mine"
	}
	add(a.Can(policy.MeasureRead), true, "clipboard-text", lang.T(ctx, "改进措施过期"), "/measures?show=late"+mine, func() (int, error) {
		return h.db.CountMeasures(ctx, a, db.MeasureFilter{UserID: q.user(), Late: q.day}, todayMost+1)
	})
	add(a.Can(policy.GreetingRead), true, "gift", lang.T(ctx, "慰问过期"), "/greetings?late=1&view="+view, func() (int, error) {
		return h.db.CountGreetings(ctx, a, db.GreetingFilter{UserID: q.user(), Late: q.day}, todayMost+1)
	})
	add(q.whole && a.Can(policy.FormAnswer), false, "clipboard-text", lang.T(ctx, "反馈表等答复"), "/forms?view="+formsWaiting, func() (int, error) {
		return h.db.CountForms(ctx, a, db.FormFilter{Waits: true}, todayMost+1)
	})
	if err == nil && a.Can(policy.FormRead) {
		var f ui.StatProps
		if f, err = h.todayForms(ctx, q); f.Value != "" {
			out = append(out, f)
		}
	}
	add(q.whole && a.Can(policy.CustomerClass), false, "list-check", lang.T(ctx, "分级等你批"), "/classes/changes", func() (n int, err error) {
		moves, err := h.db.ClassMoves(ctx, a.Scope(policy.CustomerClass), 0)
		for _, m := range moves {
			n += m.N
		}
		return n, err
	})
	add(q.whole && a.Can(policy.ClaimApprove), false, "cash", lang.T(ctx, "理赔等批准"), "/claims?state="+casework.ClaimProposed, func() (int, error) {
		sums, err := h.db.SumClaims(ctx, a.Scope(policy.ClaimRead), db.ClaimFilter{State: casework.ClaimProposed})
		return sums.Count, err
	})
	add(q.whole && a.Can(policy.CadenceRead), true, "users", lang.T(ctx, "A 类该访没访"), "/visits/due?state="+string(cadence.Overdue)+"&class=A", func() (int, error) {
		list, err := h.db.DuePage(ctx, a.Scope(policy.CadenceRead), db.DueAsk{Class: "A"})
		return list.Count[cadence.Overdue], err
	})
	add(a.Can(policy.WaybillRead), false, "package", lang.T(ctx, "异常件"), "/waybills?flagged=1", func() (int, error) {
		return h.db.CountWaybills(ctx, a.Scope(policy.WaybillRead), db.WaybillFilter{Flagged: true}, todayMost+1)
	})
	return out, err
}

// upTo is a number that was counted no further than most and one.
func upTo(n, most int) string {
	if n > most {
		return strconv.Itoa(most) + "+"
	}
	return strconv.Itoa(n)
}

// todayMost is how far the figures count.
const todayMost = 999

// todayLoads are the people of a branch, or the branches of who answers for
// several, the one with most overdue work first.
func (h *Handlers) todayLoads(ctx context.Context, q todayAsk) (out []views.TodayLoad, of string, err error) {
	a, per := q.actor, db.LoadByPerson
	of = lang.T(ctx, "各人手上的活")
	leaf := map[int64]bool{} // branches with none below: their lists are theirs alone
	for _, b := range h.db.Branches(ctx, a.Scope(policy.CaseRead)) {
		leaf[b.ID] = b.Level == db.LevelBranch
	}
	if len(h.openBranches(ctx, a.Scope(policy.CaseRead))) > 1 {
		per, of = db.LoadByBranch, lang.T(ctx, "各网点")
	}
	list, err := h.db.Loads(ctx, a, per)
	if err != nil {
		return nil, "", err
	}
	owed := map[int64]int{} // clients by whose rep a visit is overdue
	if per == db.LoadByPerson && a.Can(policy.CadenceRead) {
		due, err := h.db.DuePage(ctx, a.Scope(policy.CadenceRead), db.DueAsk{})
		if err != nil {
			return nil, "", err
		}
		for _, who := range due.People {
			owed[who.OwnerID] = who.Count[cadence.Overdue]
			if !slices.ContainsFunc(list, func(l db.Load) bool { return l.ID == who.OwnerID }) && owed[who.OwnerID] > 0 {
				list = append(list, db.Load{ID: who.OwnerID})
			}
		}
		slices.SortStableFunc(list, func(x, y db.Load) int { return y.Late() + owed[y.ID] - x.Late() - owed[x.ID] })
	}
	list = list[:min(len(list), todayLoads)]
	var ids []int64
	for _, l := range list {
		ids = append(ids, l.ID)
	}
	names := map[int64]string{}
	if per == db.LoadByPerson {
		if names, err = h.userNames(ctx, ids); err != nil {
			return nil, "", err
		}
	}
	for _, l := range list {
		line := views.TodayLoad{Name: h.db.BranchName(l.ID), Cases: strconv.Itoa(l.Cases), LateCases: strconv.Itoa(l.LateCases), Todos: strconv.Itoa(l.Todos), LateTodos: strconv.Itoa(l.LateTodos)}
		who, user := "branch="+idText(l.ID), "branch="+idText(l.ID)
		if per == db.LoadByPerson {
			line.Name, who, user = cmp.Or(names[l.ID], lang.T(ctx, "还没有人办")), "who="+idText(l.ID), "user="+idText(l.ID)
			if l.ID == 0 {
				who, user = "who=nobody", ""
			}
		}
		alone := per == db.LoadByPerson || leaf[l.ID]
		if alone {
			line.CasesHref, line.LateCasesHref = "/cases?"+who, "/cases?due=late&"+who
		}
		if alone && user != "" {
			line.TodosHref, line.LateTodosHref = "/todos?view=branch&"+user, "/todos?view=branch&late=1&"+user
		}
		if per == db.LoadByPerson {
			line.Visits = strconv.Itoa(owed[l.ID])
			if l.ID != 0 {
				line.VisitsHref = "/visits/due?state=" + string(cadence.Overdue) + "&user=" + idText(l.ID)
			}
		}
		out = append(out, line)
	}
	return out, of, nil
}
