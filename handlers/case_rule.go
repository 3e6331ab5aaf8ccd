package handlers

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// caseworkSaid says the rule in one line; "" is the default.
func caseworkSaid(ctx context.Context, value string) (string, error) {
	rule := casework.Default()
	if value != "" {
		var err error
		if rule, err = casework.ParseRule(value); err != nil {
			return "", err
		}
	}
	return lang.T(ctx, "%d 行派单，%d 行回访；%d 天内第 %d 次同样的投诉要复盘，%d 天内有措施；理赔 %s 元以内客服定，%s 元以内主管批",
		len(rule.Assign), len(rule.Calls), rule.Days, rule.Times, rule.Measures, cmp.Or(yuanShown(rule.Limits.Clerk), "0"), cmp.Or(yuanShown(rule.Limits.Leader), "0")), nil
}

// caseworkForm shows how cases are given out, called back, reviewed and paid
// for.
func (h *Handlers) caseworkForm(w http.ResponseWriter, r *http.Request) error {
	branch, err := h.ruleBranch(r, policy.CaseRead, query(r, "branch"))
	if err != nil {
		return err
	}
	rule, row, err := h.db.CaseworkRule(r.Context(), branch, h.today())
	if err != nil {
		return err
	}
	f := views.CaseworkForm{RuleFrame: h.newFrame(branch), Times: strconv.Itoa(rule.Times), Days: strconv.Itoa(rule.Days), Measures: strconv.Itoa(rule.Measures), Reviewed: rule.Reviewed,
		LimitClerk: cmp.Or(yuanText(rule.Limits.Clerk), "0"), LimitLeader: cmp.Or(yuanText(rule.Limits.Leader), "0")}
	line := func(x casework.Fits) views.CaseworkRow {
		return views.CaseworkRow{Kind: x.Kind, Severity: x.Severity, Class: x.Class, Channel: x.Channel, Cause: x.Cause}
	}
	for i, a := range rule.Assign {
		l := line(a.Fits)
		l.At, l.To, l.User = strconv.Itoa(i+1), string(a.To), idText(a.User)
		f.Assign = append(f.Assign, l)
	}
	for _, c := range rule.Calls {
		l := line(c.Fits)
		l.Hours = strconv.Itoa(c.Hours)
		f.Calls = append(f.Calls, l)
	}
	return h.showCasework(w, r, http.StatusOK, f, row)
}

func (h *Handlers) showCasework(w http.ResponseWriter, r *http.Request, status int, f views.CaseworkForm, row db.RuleRow) error {
	ctx, a := r.Context(), actorOf(r)
	f.CanEdit, f.Branches = h.maySetRule(a, policy.CaseRule, db.ParseID(f.Branch)), h.ruleBranches(ctx, a.Scope(policy.CaseRead))
	if f.CanEdit {
		for range 2 {
			f.Assign = append(f.Assign, views.CaseworkRow{At: strconv.Itoa(len(f.Assign) + 1)})
			f.Calls = append(f.Calls, views.CaseworkRow{})
		}
	}
	causes, err := h.db.CaseCauses(ctx)
	if err != nil {
		return err
	}
	for _, c := range causes {
		label := views.CauseWord(ctx, c.Code, c.Name)
		if c.ParentID != 0 {
			label = "　" + label
		}
		f.Causes = append(f.Causes, ui.Option{Value: db.CauseKey(c.ID, c.Code), Label: label})
	}
	place := cmp.Or(db.ParseID(f.Branch), h.db.HeadOffice())
	takers, err := h.db.TodoTakers(ctx, place)
	if err != nil {
		return err
	}
	for _, u := range takers {
		if accessOf(ctx).Actor(u.ID, u.Name, u.BranchID, u.Grants).Can(policy.CaseEdit) {
			f.Users = append(f.Users, ui.Option{Value: idText(u.ID), Label: u.Name})
		}
	}
	if f.Said, err = caseworkSaid(ctx, row.Value); err != nil {
		return err
	}
	if err := h.fillFrame(ctx, &f.RuleFrame, db.RuleCasework, row, caseworkSaid); err != nil {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "工单怎么办"), body: views.CaseworkRule(f), active: "/rules/casework"})
}

// caseworkSave sets a new version.
func (h *Handlers) caseworkSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	branch, err := h.ruleBranch(r, policy.CaseRead, field(r, "branch"))
	if err != nil {
		return err
	}
	if !h.maySetRule(a, policy.CaseRule, branch) {
		return fmt.Errorf("rule of casework of branch %d: %w", branch, db.ErrRefused)
	}
	_, row, err := h.db.CaseworkRule(ctx, branch, h.today())
	if err != nil {
		return err
	}
	f := views.CaseworkForm{RuleFrame: readFrame(r, branch), Times: field(r, "times"), Days: field(r, "days"), Measures: field(r, "measures"), Reviewed: fields(r, "reviewed"), LimitClerk: field(r, "limit_clerk"), LimitLeader: field(r, "limit_leader")}
	rule := readCasework(r, &f)
	for _, fault := range rule.Faults(append(slices.Clone(casework.Channels), casework.Program), []string{"A", "B", "C"}) {
		f.Errors.Add(fault.Field, caseworkFault(ctx, fault))
	}
	h.checkFrame(ctx, &f.RuleFrame, false)
	if f.Errors.Any() {
		return h.showCasework(w, r, http.StatusUnprocessableEntity, f, row)
	}
	version, err := h.setRule(r, &f.RuleFrame, policy.CaseRule, db.RuleCasework, rule)
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showCasework(w, r, http.StatusUnprocessableEntity, f, row)
	}
	return h.ruleSet(w, r, &f.RuleFrame, version, "/rules/casework")
}

// caseworkFault says what is wrong with a part of the rule.
func caseworkFault(ctx context.Context, x casework.Fault) string {
	switch {
	case x.Code == casework.FaultNobody:
		return lang.T(ctx, "第 %d 行要选是哪一位", x.Row+1)
	case x.Code == casework.FaultMany:
		return lang.T(ctx, "最多 %d 行", casework.MaxRows)
	case x.Code == casework.FaultLimits:
		return lang.T(ctx, "主管的限额不能比客服的小")
	case x.Field == "calls":
		return lang.T(ctx, "第 %d 行：填 1 到 %d 的整数", x.Row+1, casework.MaxHours)
	case x.Field == "times":
		return lang.T(ctx, "填 %d 到 %d", 2, casework.MaxTimes)
	case x.Field == "days":
		return lang.T(ctx, "填 %d 到 %d", 1, casework.MaxDays)
	case x.Field == "measures":
		return lang.T(ctx, "填 %d 到 %d", 1, casework.MaxMeasures)
	case x.Field == "limits":
		return lang.T(ctx, "填金额，最多两位小数")
	}
	return lang.T(ctx, "有的选项不认得，请重选")
}

// readCasework reads the rule of a form and keeps what was typed. A number that
// is none is -1, which Faults refuses.
func readCasework(r *http.Request, f *views.CaseworkForm) casework.Rule {
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		if err != nil {
			return -1
		}
		return n
	}
	at := func(name string, i int) string {
		if list := r.PostForm[name]; i < len(list) {
			return clean(list[i])
		}
		return ""
	}
	row := func(group string, i int) (views.CaseworkRow, casework.Fits) {
		l := views.CaseworkRow{Kind: at(group+"_kind", i), Severity: at(group+"_severity", i), Class: at(group+"_class", i), Channel: at(group+"_channel", i), Cause: at(group+"_cause", i)}
		return l, casework.Fits{Kind: l.Kind, Severity: l.Severity, Class: l.Class, Channel: l.Channel, Cause: l.Cause}
	}
	rule := casework.Rule{Assign: []casework.AssignRow{}, Calls: []casework.CallRow{}, Times: number(f.Times), Days: number(f.Days), Measures: number(f.Measures), Reviewed: f.Reviewed}
	for i := range min(len(r.PostForm["a_to"]), casework.MaxRows+1) {
		l, _ := row("a", i)
		if l.At, l.To, l.User = at("a_at", i), at("a_to", i), at("a_user", i); l.To == "" {
			continue
		}
		f.Assign = append(f.Assign, l)
	}
	slices.SortStableFunc(f.Assign, func(a, b views.CaseworkRow) int { return cmp.Compare(number(a.At), number(b.At)) })
	for _, l := range f.Assign {
		a := casework.AssignRow{Fits: casework.Fits{Kind: l.Kind, Severity: l.Severity, Class: l.Class, Channel: l.Channel, Cause: l.Cause}, To: casework.To(l.To)}
		if a.To == casework.ToPerson {
			a.User = db.ParseID(l.User)
		}
		rule.Assign = append(rule.Assign, a)
	}
	for i := range min(len(r.PostForm["c_hours"]), casework.MaxRows+1) {
		l, fits := row("c", i)
		if l.Hours = at("c_hours", i); l.Hours == "" {
			continue
		}
		f.Calls = append(f.Calls, l)
		rule.Calls = append(rule.Calls, casework.CallRow{Fits: fits, Hours: number(l.Hours)})
	}
	var ok, ok2 bool
	rule.Limits.Clerk, ok = fen(f.LimitClerk)
	rule.Limits.Leader, ok2 = fen(f.LimitLeader)
	if !ok || !ok2 {
		rule.Limits.Clerk = -1
	}
	return rule
}
