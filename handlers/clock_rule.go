package handlers

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/sla"
	"yike/views"
	"yike/views/lang"
)

// emptyClockRows is how many rows stand below those of the rule, to be filled.
const emptyClockRows = 2

// clocksSaid says a rule in one line; "" is the default.
func clocksSaid(ctx context.Context, value string) (string, error) {
	rule, err := sla.ParseRule(value)
	if err != nil {
		return "", err
	}
	plain := rule.Limits(sla.Facts{Kind: "complaint", Severity: "minor", Class: "C", Channel: "phone"})
	first := rule.Limits(sla.Facts{Kind: "complaint", Severity: "minor", Class: "A", Channel: "phone"})
	return lang.T(ctx, "一般投诉 %s 答复、%s 解决，A 类客户 %s 解决，共 %d 行", views.LimitWord(ctx, plain.Answer), views.LimitWord(ctx, plain.Solve), views.LimitWord(ctx, first.Solve), len(rule.Rows)), nil
}

// clockRuleForm shows how long cases may take; with kind and so on in the
// address it says which row holds for such a case.
func (h *Handlers) clockRuleForm(w http.ResponseWriter, r *http.Request) error {
	branch, err := h.ruleBranch(r, policy.CaseRead, query(r, "branch"))
	if err != nil {
		return err
	}
	ctx := r.Context()
	rule, row, err := h.db.Clocks(ctx, branch, h.today())
	if err != nil {
		return err
	}
	f := views.ClockRuleForm{RuleFrame: h.newFrame(branch)}
	f.Tried = tryClock(ctx, r, rule, row)
	if p := sla.Preset(query(r, "preset")); slices.Contains(sla.Presets, p) {
		rule, f.Preset = sla.PresetRule(p), string(p)
	}
	fillClocks(&f, rule)
	return h.showClockRule(w, r, http.StatusOK, f, row)
}

// tryClock says by which row of which version a case has its limits.
func tryClock(ctx context.Context, r *http.Request, rule sla.Rule, row db.RuleRow) views.ClockTry {
	out := views.ClockTry{Kind: query(r, "kind"), Severity: query(r, "severity"), Class: query(r, "class"), Channel: query(r, "channel")}
	if out.Kind == "" {
		return out
	}
	facts := sla.Facts{Kind: out.Kind, Severity: out.Severity, Class: out.Class, Channel: out.Channel}
	i := rule.Pick(facts)
	if i < 0 {
		return out
	}
	by := lang.T(ctx, "默认值")
	if row.Version > 0 {
		by = lang.T(ctx, "第 %d 版", row.Version)
	}
	hold := rule.Rows[i]
	out.Said = []string{
		lang.T(ctx, "按%s的第 %d 行（%s）：首次答复 %s，解决 %s。", by, i+1, views.RowWord(ctx, hold), views.LimitWord(ctx, hold.Answer), views.LimitWord(ctx, hold.Solve)),
	}
	return out
}

// fillClocks puts a rule into the form.
func fillClocks(f *views.ClockRuleForm, rule sla.Rule) {
	f.Soon, f.Pause = strconv.Itoa(rule.Soon), strconv.Itoa(rule.PauseLimit())
	for i, w := range rule.Rows {
		f.Rows = append(f.Rows, views.ClockRow{At: i, Kind: w.Kind, Severity: w.Severity, Class: w.Class, Channel: w.Channel, Answer: clockLimit(w.Answer), Solve: clockLimit(w.Solve)})
	}
	f.Rungs = clockRungs(rule.Ladder)
}

func clockLimit(l sla.Limit) views.ClockLimit {
	out := views.ClockLimit{Unit: cmp.Or(string(l.Unit), string(sla.WorkHours))}
	if l.N > 0 {
		out.N = strconv.Itoa(l.N)
	}
	return out
}

// clockRungs are a rung for each clock and place, empty where nobody is told.
func clockRungs(ladder []sla.Rung) (out []views.ClockRung) {
	for _, which := range sla.Which {
		for _, to := range sla.Places {
			g := views.ClockRung{At: len(out), Clock: which, To: to, Unit: views.RungPercent}
			if i := slices.IndexFunc(ladder, func(x sla.Rung) bool { return x.Clock == which && x.To == to }); i >= 0 {
				g.N = strconv.Itoa(ladder[i].Percent)
				if l := ladder[i].Late; l.N > 0 {
					g.N, g.Unit = strconv.Itoa(l.N), string(l.Unit)
				}
			}
			out = append(out, g)
		}
	}
	return out
}

func (h *Handlers) showClockRule(w http.ResponseWriter, r *http.Request, status int, f views.ClockRuleForm, row db.RuleRow) error {
	ctx, a := r.Context(), actorOf(r)
	f.CanEdit, f.Branches = h.maySetRule(a, policy.CaseRule, db.ParseID(f.Branch)), h.ruleBranches(ctx, a.Scope(policy.CaseRead))
	if f.CanEdit {
		for range emptyClockRows {
			f.Rows = append(f.Rows, views.ClockRow{At: len(f.Rows), Answer: clockLimit(sla.Limit{}), Solve: clockLimit(sla.Limit{})})
		}
		branch := ""
		if f.Branch != "" {
			branch = "&branch=" + f.Branch
		}
		f.Presets = []views.ClockPreset{{Title: lang.T(ctx, "换成 24 小时的"), Href: "/rules/clocks?preset=24" + branch}, {Title: lang.T(ctx, "换成 48 小时的"), Href: "/rules/clocks?preset=48" + branch}}
	}
	if err := h.fillFrame(ctx, &f.RuleFrame, db.RuleClocks, row, clocksSaid); err != nil {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "处理时限"), body: views.ClockRule(f), active: "/rules/clocks"})
}

// clockRuleSave sets a new version for the company or a branch, or says what it
// would mean for the open cases (preview).
func (h *Handlers) clockRuleSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	branch, err := h.ruleBranch(r, policy.CaseRead, field(r, "branch"))
	if err != nil {
		return err
	}
	if !h.maySetRule(a, policy.CaseRule, branch) {
		return fmt.Errorf("clocks of branch %d: %w", branch, db.ErrRefused)
	}
	_, row, err := h.db.Clocks(ctx, branch, h.today())
	if err != nil {
		return err
	}
	f := views.ClockRuleForm{RuleFrame: readFrame(r, branch)}
	rule := readClocks(r, &f)
	preview := field(r, "preview") != ""
	h.checkFrame(ctx, &f.RuleFrame, preview)
	if f.Errors.Any() {
		return h.showClockRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	if preview {
		if f.Preview, err = h.clockPreview(ctx, a, branch, rule); err != nil {
			return err
		}
		return h.showClockRule(w, r, http.StatusOK, f, row)
	}
	version, err := h.setRule(r, &f.RuleFrame, policy.CaseRule, db.RuleClocks, rule)
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showClockRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	return h.ruleSet(w, r, &f.RuleFrame, version, "/rules/clocks")
}

// readClocks reads the rule of a form, keeps what was typed and says what is
// wrong with it. Rows without a limit are left out.
func readClocks(r *http.Request, f *views.ClockRuleForm) sla.Rule {
	ctx := r.Context()
	var rule sla.Rule
	for i := range sla.MostRows + emptyClockRows {
		at := "rows." + strconv.Itoa(i) + "."
		if _, sent := r.PostForm[at+"answer"]; !sent {
			break
		}
		w := views.ClockRow{Kind: field(r, at+"kind"), Severity: field(r, at+"severity"), Class: field(r, at+"class"), Channel: field(r, at+"channel"),
			Answer: views.ClockLimit{N: field(r, at+"answer"), Unit: field(r, at+"answer.unit")}, Solve: views.ClockLimit{N: field(r, at+"solve"), Unit: field(r, at+"solve.unit")}}
		if w.Answer.N == "" && w.Solve.N == "" {
			continue
		}
		w.At = len(f.Rows)
		f.Rows = append(f.Rows, w)
		rule.Rows = append(rule.Rows, sla.Row{Kind: w.Kind, Severity: w.Severity, Class: w.Class, Channel: w.Channel, Answer: readLimit(w.Answer.N, w.Answer.Unit), Solve: readLimit(w.Solve.N, w.Solve.Unit)})
	}
	f.Soon = field(r, "soon")
	rule.Soon, _ = strconv.Atoi(f.Soon)
	if f.Pause = field(r, "pause"); f.Pause != "" {
		rule.Pause = max(readLimit(f.Pause, "").N, -1)
	}
	f.Rungs = clockRungs(nil)
	places := []int{} // of the rungs of the rule, where they stand in the form
	for i := range f.Rungs {
		g := &f.Rungs[i]
		name := "ladder." + strconv.Itoa(i) + ".n"
		if g.N, g.Unit = field(r, name), cmp.Or(field(r, name+".unit"), views.RungPercent); g.N == "" {
			continue
		}
		rung := sla.Rung{Clock: g.Clock, To: g.To, Percent: 100}
		if g.Unit == views.RungPercent {
			rung.Percent = readLimit(g.N, g.Unit).N
		} else {
			rung.Late = readLimit(g.N, g.Unit)
		}
		rule.Ladder, places = append(rule.Ladder, rung), append(places, i)
	}
	for _, fault := range rule.Faults() {
		clockFault(ctx, f, fault, places)
	}
	return rule
}

// readLimit reads a limit; what is no number is one that Faults refuses.
func readLimit(n, unit string) sla.Limit {
	if n == "" {
		return sla.Limit{}
	}
	v, err := strconv.Atoi(n)
	if err != nil || v < 1 {
		v = -1
	}
	return sla.Limit{N: v, Unit: sla.Unit(unit)}
}

// clockFault puts what is wrong with a rule beside its field.
func clockFault(ctx context.Context, f *views.ClockRuleForm, fault sla.Fault, rungs []int) {
	said := ""
	switch fault.Code {
	case sla.FaultAny:
		said = lang.T(ctx, "要有一行渠道、类型、轻重、客户等级都是“都算”，别的行没说到的单子按它算")
	case sla.FaultTwice:
		said = lang.T(ctx, "有一行和它一样")
	case sla.FaultLaw:
		said = lang.T(ctx, "投诉最多 %d 天办完（工作日最多 5 个）", fault.Max)
	case sla.FaultLater:
		said = lang.T(ctx, "答复不能比解决还晚")
	case sla.FaultShare:
		said = lang.T(ctx, "填 1 到 %d 的整数", fault.Max)
	case sla.FaultLimit:
		said = lang.T(ctx, "填一个整数，最长一年")
	case sla.FaultMany:
		said = lang.T(ctx, "最多 %d 行", fault.Max)
	default:
		said = lang.T(ctx, "有的选项不认得，请重选")
	}
	var part string
	var i int
	switch {
	case scan(fault.Field, "rows.%d.%s", &i, &part):
		f.Errors.Add(fault.Field, said)
		if part == sla.Answer {
			f.Rows[i].Answer.Error = said
		} else {
			f.Rows[i].Solve.Error = said
		}
	case scan(fault.Field, "rows.%d", &i):
		f.Errors.Add(fault.Field+".kind", said)
		f.Rows[i].Error = said
	case scan(fault.Field, "ladder.%d", &i):
		f.Errors.Add("ladder."+strconv.Itoa(rungs[i])+".n", said)
		f.Rungs[rungs[i]].Error = said
	case fault.Field == "soon" || fault.Field == "pause":
		f.Errors.Add(fault.Field, said)
	default:
		f.Errors.Add("", said)
	}
}

func scan(text, format string, to ...any) bool {
	n, err := fmt.Sscanf(text, format, to...)
	return err == nil && n == len(to)
}

// clockPreview says what a rule that is not saved would mean for the open cases.
func (h *Handlers) clockPreview(ctx context.Context, a policy.Actor, branch int64, rule sla.Rule) (*views.ClockPreview, error) {
	p, err := h.db.PreviewClocks(ctx, a.Scope(policy.CaseRead), branch, rule)
	if err != nil {
		return nil, err
	}
	switch {
	case p.TooMany:
		return &views.ClockPreview{Text: lang.T(ctx, "没结的单子超过 %d 张，一时算不完。先选一个网点试。", db.ClockPreviewMost)}, nil
	case p.Cases == 0:
		return &views.ClockPreview{Text: lang.T(ctx, "现在没有没结的单子，没有可以比的。")}, nil
	}
	out := &views.ClockPreview{Text: lang.T(ctx, "现在有 %d 张没结的单子。保存以后它们还按登记那天的版本，这里只是比一比。", p.Cases)}
	for _, s := range []sla.State{sla.Overdue, sla.Soon, sla.OK, sla.Paused, sla.NoLimit} {
		if p.Was[s]+p.Would[s] > 0 {
			out.Lines = append(out.Lines, views.ClockPreviewLine{Label: views.ClockStateWord(ctx, string(s)), Was: p.Was[s], Would: p.Would[s]})
		}
	}
	return out, nil
}

// clockRuleChange says a change of the clocks of cases, or of opening hours, in
// one line each; false when the value is of another rule.
func clockRuleChange(ctx context.Context, old, now any) (views.FieldChange, bool) {
	before, _ := old.(string)
	after, _ := now.(string)
	label, said := "", clocksSaid
	switch {
	case strings.HasPrefix(after, `{"rows":`) && strings.Contains(after, `"ladder":`):
		label = lang.T(ctx, "处理时限")
	case strings.HasPrefix(after, `{"week":`) && strings.Contains(after, `"make_up":`):
		label, said = lang.T(ctx, "上班时间"), hoursSaid
	default:
		return views.FieldChange{}, false
	}
	is, err := said(ctx, after)
	if err != nil {
		return views.FieldChange{}, false
	}
	was := ""
	if before != "" {
		if was, err = said(ctx, before); err != nil {
			return views.FieldChange{}, false
		}
	}
	return views.FieldChange{Label: label, Before: was, After: is}, true
}
