package handlers

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/day"
	"yike/policy/mask"
	"yike/views"
	"yike/views/lang"
)

// dayOK says whether a text is a day.
func dayOK(s string) bool { d, err := day.Parse(s); return err == nil && d.Valid() }

// caseWork is the work on a case: how far it is, what comes next.
func (h *Handlers) caseWork(ctx context.Context, a policy.Actor, x db.CaseRow, level mask.Level) (views.CaseWork, error) {
	p := views.CaseWork{Version: versionText(x.Version), Measures: mask.Text(x.Measures, level), ReadOnly: !h.db.MayEditCase(a, x)}
	events, err := h.db.CaseEvents(ctx, x.ID)
	if err != nil {
		return p, err
	}
	rule, _, err := h.db.CaseworkRule(ctx, x.BranchID, h.today())
	if err != nil {
		return p, err
	}
	p.Flow = h.caseFlow(ctx, x, events, rule)
	p.Notes = h.caseNotes(ctx, x, level)
	parts, err := h.db.CaseParts(ctx, a, x.ID)
	if err != nil {
		return p, err
	}
	for _, c := range parts {
		p.Parts = append(p.Parts, views.CaseLink{Href: "/cases/" + idText(c.ID), Text: c.Code + " " + h.caseWhat(ctx, c) + " " + views.CaseStepWord(ctx, c.Step)})
	}
	if up := cmp.Or(x.ParentID, x.MergedID); up != 0 {
		if c, err := h.db.Case(ctx, a, up); err == nil {
			p.Parent = &views.CaseLink{Href: "/cases/" + idText(c.ID), Text: c.Code + " " + h.caseWhat(ctx, c)}
		}
	}
	if !p.ReadOnly {
		h.caseOffers(ctx, a, x, &p)
	}
	return p, nil
}

// caseNotes are what whoever opens a case should know before anything else.
func (h *Handlers) caseNotes(ctx context.Context, x db.CaseRow, level mask.Level) (out []string) {
	if x.MergedID != 0 {
		return []string{lang.T(ctx, "已经并到另一件，在那边办。")}
	}
	if !x.Standing().Open() {
		return nil
	}
	if x.EscalatedAt != 0 {
		out = append(out, lang.T(ctx, "客户要升级：%s", views.EscalateWord(ctx, x.EscalatedReason)))
	}
	if x.UnsatisfiedWhy != "" && x.Satisfied != casework.Accepted {
		out = append(out, lang.T(ctx, "等主管认可：%s。%s", views.WaiveWord(ctx, x.UnsatisfiedWhy), mask.Text(x.UnsatisfiedReason, level)))
	}
	if x.CallDue != 0 && x.CalledAt == 0 {
		out = append(out, lang.T(ctx, "%s 前要回访", time.UnixMilli(x.CallDue).In(db.Zone).Format("2006-01-02 15:04")))
	}
	if x.ReviewWhy != "" && x.Measures == "" {
		out = append(out, lang.T(ctx, "要复盘：%s", views.ReviewWord(ctx, x.ReviewWhy)))
	}
	return out
}

// caseFlow is the line of steps: who finished each, and when (R139).
func (h *Handlers) caseFlow(ctx context.Context, x db.CaseRow, events []db.CaseEvent, rule casework.Rule) []views.CaseFlowStep {
	done := map[string]db.CaseEvent{}
	at := func(s string) int { return slices.Index(casework.Steps, s) }
	was := casework.Accept
	for _, e := range slices.Backward(events) {
		switch casework.Act(e.Kind) {
		case casework.ActTell:
			done[casework.Tell] = e
		case casework.ActCall:
			done[casework.FollowUp] = e
		case casework.ActReview:
			done[casework.Review] = e
		}
		if e.Step == was {
			continue
		}
		if at(e.Step) < at(was) {
			for _, s := range casework.Steps[at(e.Step):] {
				delete(done, s)
			}
		} else if _, there := done[was]; !there {
			done[was] = e
		}
		if was = e.Step; was == casework.Closed {
			done[was] = e
		}
	}
	c := x.Standing()
	if x.SolvedAt == 0 && x.Step != casework.Closed { // what the rule will ask for
		c.CallNeeded = rule.CallWithin(casework.Asked{Kind: x.Kind, Severity: x.Severity, Class: x.Class, Channel: x.Channel}) > 0
	}
	var out []views.CaseFlowStep
	for _, s := range casework.Steps {
		line := views.CaseFlowStep{Label: views.CaseStepWord(ctx, s), State: "todo"}
		e, is := done[s]
		switch {
		case s == x.Step && s != casework.Closed:
			line.State = "now"
		case is:
			line.State, line.Who, line.When = "done", cmp.Or(e.User, lang.T(ctx, "系统")), views.TimeWord(ctx, time.UnixMilli(e.At), h.db.Now())
		case !c.Needs(s) || at(s) < at(x.Step):
			line.State = "off"
		}
		out = append(out, line)
	}
	return out
}

// caseOffers are the acts that the actor may do now: the one that comes next,
// and the others.
func (h *Handlers) caseOffers(ctx context.Context, a policy.Actor, x db.CaseRow, p *views.CaseWork) {
	c := x.Standing()
	assigns, accepts := h.db.MayOnCase(a, policy.CaseAssign, x), h.db.MayOnCase(a, policy.CaseAccept, x)
	main := c.Main()
	if waits := c.Open() && x.UnsatisfiedWhy != "" && x.Satisfied != casework.Accepted; waits && accepts {
		main = casework.ActAccept
	}
	if main == casework.ActTake && x.UserID != 0 && x.UserID != a.UserID && !assigns {
		main = casework.ActNote
	}
	link := func(act casework.Act) views.CaseActLink {
		return views.CaseActLink{Label: views.CaseActWord(ctx, act), Href: caseActURL(x, act)}
	}
	if main != "" {
		m := link(main)
		switch main {
		case casework.ActTake:
			m.Post = true
		case casework.ActMove:
			m.Post, m.To = true, c.Next()
			m.Label = lang.T(ctx, "下一步：%s", views.CaseStepWord(ctx, m.To))
		}
		p.Main = &m
	}
	for _, o := range []struct {
		act casework.Act
		may bool
	}{
		{casework.ActNote, c.Open()}, {casework.ActAnswer, c.Open() && !c.Answered}, {casework.ActTell, c.Open()}, {casework.ActCall, c.Open() && c.Told}, {casework.ActMove, c.Open()},
		{casework.ActClose, len(c.Close()) == 0}, {casework.ActHand, c.Open() && (x.UserID == a.UserID || assigns)}, {casework.ActTake, c.Open() && x.UserID != a.UserID && (x.UserID == 0 || assigns)},
		{casework.ActAsk, c.Open() && x.Satisfied != casework.Satisfied}, {casework.ActEscalate, c.Open()}, {casework.ActReview, c.Open()},
		{casework.ActMerge, c.Open() && assigns && len(p.Parts) == 0}, {casework.ActLink, c.Open() && assigns && x.ParentID == 0}, {casework.ActUnlink, c.Open() && assigns && x.ParentID != 0},
		{casework.ActUnmerge, assigns && x.MergedID != 0 && h.db.Now().UnixMilli()-x.ClosedAt <= db.UnmergeFor.Milliseconds()},
	} {
		if o.may && o.act != main {
			p.More = append(p.More, link(o.act))
		}
	}
}

// nameEvents puts the names of colleagues and amounts in yuan into the
// arguments of events.
func (h *Handlers) nameEvents(ctx context.Context, list []db.CaseEvent) error {
	var ids []int64
	for _, e := range list {
		if id := db.ParseID(e.Args["to"]); id != 0 {
			ids = append(ids, id)
		}
		for _, x := range strings.Fields(e.Args["passed"]) {
			id, _, _ := strings.Cut(x, ":")
			ids = append(ids, db.ParseID(id))
		}
	}
	names, err := h.db.UserNames(ctx, ids)
	if err != nil {
		return err
	}
	for _, e := range list {
		if id := db.ParseID(e.Args["to"]); id != 0 {
			e.Args["to_name"] = names[id]
		}
		var passed []string
		for _, x := range strings.Fields(e.Args["passed"]) {
			id, why, _ := strings.Cut(x, ":")
			if name := names[db.ParseID(id)]; name != "" {
				passed = append(passed, why+":"+name)
			}
		}
		if len(passed) > 0 {
			e.Args["passed_names"] = strings.Join(passed, "\n")
		}
		if e.Kind == "claim" {
			e.Args["yuan"] = yuanShown(db.ParseID(e.Args["fen"]))
		}
	}
	return nil
}
