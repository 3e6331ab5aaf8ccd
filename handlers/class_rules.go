package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"yike/db"
	"yike/policy"
	"yike/policy/classify"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// classRuleOf is the rule that an address names.
func classRuleOf(r *http.Request) (string, error) {
	switch rule := strings.Split(strings.TrimPrefix(r.URL.Path, "/rules/"), "/")[0]; rule {
	case db.RuleClasses, db.RuleRFM, db.RuleTags:
		return rule, nil
	}
	return "", db.ErrNotFound
}

// ruleFields are the figures of a rule.
func ruleFields(rule string, r *classify.Rules) []classify.Field {
	switch rule {
	case db.RuleClasses:
		return r.Classes.Fields()
	case db.RuleRFM:
		return r.RFM.Fields()
	}
	return r.Tags.Fields()
}

// rulePart is the part of the rules that one of them holds.
func rulePart(rule string, r *classify.Rules) any {
	switch rule {
	case db.RuleClasses:
		return &r.Classes
	case db.RuleRFM:
		return &r.RFM
	}
	return &r.Tags
}

func (h *Handlers) classesForm(w http.ResponseWriter, r *http.Request) error {
	rule, err := classRuleOf(r)
	if err != nil {
		return err
	}
	branch, err := h.ruleBranch(r, policy.CustomerRead, query(r, "branch"))
	if err != nil {
		return err
	}
	rules, err := h.db.ClassRules(r.Context(), branch, h.today())
	if err != nil {
		return err
	}
	p := views.ClassRulePage{Rule: rule, RuleFrame: h.newFrame(branch)}
	if query(r, "set") == "" {
		return h.showClassRule(w, r, http.StatusOK, p, rules, &rules.Rules, nil)
	}
	// Back from a list of those whom a rule would move: it stands as it was tried.
	in, err := h.triedRule(r, rule, branch, rules.Rules)
	if err != nil {
		return err
	}
	if err := h.previewRule(r.Context(), actorOf(r), &p, branch, in); err != nil {
		return err
	}
	return h.showClassRule(w, r, http.StatusOK, p, rules, &in, nil)
}

// shownFigure is a figure of a rule as it is typed.
func shownFigure(f classify.Field) string {
	v := f.Get()
	if f.Unit != "yuan" {
		return strconv.FormatInt(v, 10)
	}
	s := strconv.FormatInt(v/100, 10)
	if v%100 != 0 {
		s += "." + strconv.FormatInt(100+v%100, 10)[1:]
	}
	return s
}

// ruleWords fills a page with a rule; typed keeps what a form said.
func ruleWords(ctx context.Context, p *views.ClassRulePage, rule string, in *classify.Rules, typed map[string]string) {
	for _, f := range ruleFields(rule, in) {
		title, label := views.RuleGroupOf(ctx, rule, f.Name)
		if len(p.Groups) == 0 || p.Groups[len(p.Groups)-1].Title != title {
			p.Groups = append(p.Groups, views.RuleGroup{Title: title})
		}
		g := &p.Groups[len(p.Groups)-1]
		line := views.RuleField{Name: f.Name, Label: label, Value: shownFigure(f), Unit: views.RuleUnit(ctx, f.Unit), Error: p.Errors[f.Name]}
		if v, ok := typed[f.Name]; ok {
			line.Value = v
		}
		g.Fields = append(g.Fields, line)
	}
	p.Methods, p.Every, p.Combine = in.Classes.Methods, strconv.Itoa(in.Classes.Every), "best"
	if in.Classes.All {
		p.Combine = "all"
	}
	p.MethodOptions = views.WordOptions(ctx, classify.Methods, views.ClassMethodWord)
	p.Industries, p.Lower = strings.Join(in.Classes.Industries, "、"), in.Classes.Lower
	if v, ok := typed["industries"]; ok {
		p.Industries = v
	}
	p.LowerOptions = views.WordOptions(ctx, classify.LowTiers, func(ctx context.Context, v string) string { return views.LabelWord(ctx, "tier", v) })
	p.PresetOptions = views.WordOptions(ctx, classify.Presets, views.PresetWord)
	p.Way, p.PerOrder = in.RFM.Way, in.RFM.PerOrder
	for m := 1; m <= 12; m++ {
		p.SeasonOptions = append(p.SeasonOptions, ui.Option{Value: strconv.Itoa(m), Label: lang.T(ctx, "%d 月", m)})
		if slices.Contains(in.Tags.Season, m) {
			p.Season = append(p.Season, strconv.Itoa(m))
		}
	}
	if rule == db.RuleRFM {
		for cell := classify.Cells - 1; cell >= 0; cell-- {
			p.Cells = append(p.Cells, views.RuleCell{Name: "cell." + strconv.Itoa(cell), Label: views.CellWord(ctx, cell), Value: in.RFM.Segments[cell]})
		}
		for _, s := range classify.Segments {
			p.SegmentOptions = append(p.SegmentOptions, ui.Option{Value: s, Label: views.LabelWord(ctx, "rfm", s)})
		}
	}
}

// showClassRule shows the form; in is the rule as it stands there.
func (h *Handlers) showClassRule(w http.ResponseWriter, r *http.Request, status int, p views.ClassRulePage, now db.ClassRules, in *classify.Rules, typed map[string]string) error {
	ctx, a := r.Context(), actorOf(r)
	branch := db.ParseID(p.Branch)
	p.Title, p.Action = views.SettingWord(ctx, p.Rule), "/rules/"+p.Rule
	p.CanEdit = h.maySetRule(a, policy.ClassRule, branch)
	ruleWords(ctx, &p, p.Rule, in, typed)
	if err := h.fillFrame(ctx, &p.RuleFrame, p.Rule, now.Rows[p.Rule], nil); err != nil {
		return err
	}
	if err := h.pilots(ctx, a, &p); err != nil {
		return err
	}
	return h.render(w, r, status, page{title: p.Title, body: views.ClassRule(p), active: "/rules/" + p.Rule})
}

// pilots puts branches with a rule of their own beside the rest.
func (h *Handlers) pilots(ctx context.Context, a policy.Actor, p *views.ClassRulePage) error {
	own, err := h.db.RulesInForce(ctx, p.Rule, h.today())
	if err != nil {
		return err
	}
	kind := map[string]string{db.RuleClasses: "class", db.RuleRFM: "rfm", db.RuleTags: "worth"}[p.Rule]
	scope := a.Scope(policy.CustomerRead)
	var values []string
	for _, v := range groupValues(kind) {
		if v != "" {
			values = append(values, v)
			p.PilotHeads = append(p.PilotHeads, views.LabelWord(ctx, kind, v))
		}
	}
	some := map[string]int64{}
	counts := func(branch int64) (map[string]int64, int64, error) {
		list, err := h.db.LabelCounts(ctx, scope, branch)
		n, all := map[string]int64{}, int64(0)
		for _, c := range list {
			if c.Kind == kind && c.Value != "" {
				n[c.Value] += c.N
				all += c.N
			}
		}
		return n, all, err
	}
	shares := func(n map[string]int64, all int64) (out []string) {
		for _, v := range values {
			out = append(out, fmt.Sprintf("%d · %d%%", n[v], n[v]*100/max(1, all)))
		}
		return out
	}
	rest := int64(0)
	for _, b := range h.db.Branches(ctx, a.Scope(policy.CustomerRead)) {
		if b.ParentID == 0 || !b.Active {
			continue
		}
		p.Branches = append(p.Branches, ui.Option{Value: idText(b.ID), Label: strings.Repeat("　", len(h.db.Chain(b.ID))-2) + b.Name})
		row, has := own[b.ID]
		if !has {
			continue
		}
		n, all, err := counts(b.ID)
		if err != nil {
			return err
		}
		for v, k := range n {
			some[v] += k
		}
		rest += all
		p.Pilots = append(p.Pilots, views.PilotRow{Name: b.Name, Href: p.Action + "?branch=" + idText(b.ID), ID: idText(b.ID), From: row.ValidFrom, Shares: shares(n, all), Own: true})
	}
	if len(p.Pilots) == 0 {
		return nil
	}
	n, all, err := counts(0)
	if err != nil {
		return err
	}
	for v, k := range some {
		n[v] -= k
	}
	p.Pilots = append(p.Pilots, views.PilotRow{Name: lang.T(ctx, "其他网点"), Shares: shares(n, all-rest)})
	return nil
}

// readClassRule reads the rule of a form and says what is wrong with it.
func readClassRule(r *http.Request, p *views.ClassRulePage, in *classify.Rules) map[string]string {
	ctx, typed := r.Context(), map[string]string{}
	for _, f := range ruleFields(p.Rule, in) {
		v := strings.ReplaceAll(strings.ReplaceAll(field(r, f.Name), ",", ""), "，", "")
		typed[f.Name] = field(r, f.Name)
		n, ok := int64(0), false
		if f.Unit == "yuan" {
			n, ok = fenOf(v)
		} else if k, err := strconv.ParseInt(v, 10, 64); err == nil {
			n, ok = k, true
		}
		if !ok {
			p.Errors.Add(f.Name, lang.T(ctx, "填一个数"))
			continue
		}
		f.Set(min(max(n, f.Min-1), f.Max+1))
	}
	var faults []classify.Fault
	switch p.Rule {
	case db.RuleClasses:
		in.Classes.Methods = fields(r, "methods")
		in.Classes.All = field(r, "combine") == "all"
		in.Classes.Every, _ = strconv.Atoi(field(r, "every"))
		typed["industries"] = field(r, "industries")
		in.Classes.Industries = strings.FieldsFunc(typed["industries"], func(c rune) bool { return unicode.IsSpace(c) || strings.ContainsRune("、，,；;/|", c) })
		in.Classes.Lower = fields(r, "lower")
		faults = in.Classes.Faults()
	case db.RuleRFM:
		in.RFM.Way, in.RFM.PerOrder = field(r, "way"), field(r, "perOrder") == "1"
		for cell := range in.RFM.Segments {
			in.RFM.Segments[cell] = field(r, "cell."+strconv.Itoa(cell))
		}
		faults = in.RFM.Faults()
	default:
		in.Tags.Season = nil
		for _, m := range fields(r, "season") {
			if n, err := strconv.Atoi(m); err == nil {
				in.Tags.Season = append(in.Tags.Season, n)
			}
		}
		faults = in.Tags.Faults()
	}
	for _, f := range faults {
		switch {
		case p.Errors[f.Field] != "":
		case f.Order:
			p.Errors.Add(f.Field, lang.T(ctx, "两个数的大小反了"))
		case f.Max == 0:
			p.Errors.Add(f.Field, lang.T(ctx, "选一个"))
		default:
			least, most := f.Min, f.Max
			for _, x := range ruleFields(p.Rule, in) {
				if x.Name == f.Field && x.Unit == "yuan" {
					least, most = max(1, least/100), most/100
				}
			}
			p.Errors.Add(f.Field, lang.T(ctx, "填 %d 到 %d", least, most))
		}
	}
	return typed
}

// fenOf reads yuan with at most two places as fen.
func fenOf(s string) (int64, bool) {
	whole, part, dot := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n < 0 || n > 10_000_000_000 || dot && (len(part) == 0 || len(part) > 2) {
		return 0, false
	}
	fen := int64(0)
	if dot {
		k, err := strconv.ParseUint(part, 10, 8)
		if err != nil {
			return 0, false
		}
		if fen = int64(k); len(part) == 1 {
			fen *= 10
		}
	}
	return n*100 + fen, true
}

// classesSave shows what another rule would mean, or sets it.
func (h *Handlers) classesSave(w http.ResponseWriter, r *http.Request) error {
	rule, err := classRuleOf(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	branch, err := h.ruleBranch(r, policy.CustomerRead, field(r, "branch"))
	if err != nil {
		return err
	}
	if !h.maySetRule(a, policy.ClassRule, branch) {
		return fmt.Errorf("rule %s of branch %d: %w", rule, branch, db.ErrRefused)
	}
	now, err := h.db.ClassRules(ctx, branch, h.today())
	if err != nil {
		return err
	}
	in := now.Rules
	p := views.ClassRulePage{Rule: rule, RuleFrame: readFrame(r, branch)}
	typed := readClassRule(r, &p, &in)
	if preset := field(r, "preset"); rule == db.RuleClasses && field(r, "do") == "preset" {
		p.Errors, p.Preset = ui.Errors{}, preset
		if !in.Classes.Preset(preset) {
			p.Errors.Add("preset", lang.T(ctx, "选一个"))
			return h.showClassRule(w, r, http.StatusUnprocessableEntity, p, now, &in, typed)
		}
		p.Filled = lang.T(ctx, "填好了，还没有保存。先看影响，再保存。")
		return h.showClassRule(w, r, http.StatusOK, p, now, &in, nil)
	}
	preview := field(r, "do") == "preview"
	h.checkFrame(ctx, &p.RuleFrame, preview)
	if p.Errors.Any() {
		return h.showClassRule(w, r, http.StatusUnprocessableEntity, p, now, &in, typed)
	}
	if preview {
		if err := h.previewRule(ctx, a, &p, branch, in); err != nil {
			return err
		}
		return h.showClassRule(w, r, http.StatusOK, p, now, &in, typed)
	}
	version, err := h.setRule(r, &p.RuleFrame, policy.ClassRule, rule, rulePart(rule, &in))
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showClassRule(w, r, http.StatusUnprocessableEntity, p, now, &in, typed)
	}
	return h.ruleSet(w, r, &p.RuleFrame, version, "/rules/"+rule)
}

// classesExtend makes a branch's own rule that of the whole company.
func (h *Handlers) classesExtend(w http.ResponseWriter, r *http.Request) error {
	rule, err := classRuleOf(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	branch, err := h.ruleBranch(r, policy.CustomerRead, field(r, "branch"))
	if err != nil {
		return err
	}
	if !h.maySetRule(a, policy.ClassRule, 0) {
		return fmt.Errorf("rule %s of the company: %w", rule, db.ErrRefused)
	}
	own, err := h.db.RulesInForce(ctx, rule, h.today())
	if err != nil {
		return err
	}
	row, has := own[branch]
	if !has || branch == 0 {
		return db.ErrNotFound
	}
	p := views.ClassRulePage{RuleFrame: h.newFrame(0), Rule: rule}
	p.Read = field(r, "read")
	version, err := h.db.ExtendRule(ctx, a, policy.ClassRule, branch, db.RuleRow{Rule: rule, ValidFrom: p.ValidFrom, Version: db.ParseID(p.Read),
		Reason: lang.T(ctx, "推广%s的第 %d 版", h.db.BranchName(branch), row.Version)})
	if errors.Is(err, db.ErrConflict) {
		now, err := h.db.ClassRules(ctx, 0, h.today())
		if err != nil {
			return err
		}
		p.Read = ""
		p.Errors.Add("", lang.T(ctx, "刚才有人设了新版本，请看过下面的版本再保存一次。"))
		return h.showClassRule(w, r, http.StatusUnprocessableEntity, p, now, &now.Rules, nil)
	}
	if err != nil {
		return err
	}
	return h.ruleSet(w, r, &p.RuleFrame, version, "/rules/"+rule)
}

// classRuleIn says of which of the rules the leaves are, "" of none.
func classRuleIn(leaves map[string]string) string {
	for _, w := range [][2]string{{"every", db.RuleClasses}, {"way", db.RuleRFM}, {"worthMonths", db.RuleTags}} {
		if leaves[w[0]] != "" {
			return w[1]
		}
	}
	for path := range leaves {
		if kind, rest := classify.GroupOf(path); strings.HasSuffix(rest, ".days") && slices.Contains(adviceKinds, kind) {
			return db.RuleAdvice
		}
	}
	return ""
}

// classRuleChange is a change of one thing that a rule says, in words.
func classRuleChange(ctx context.Context, rule, path, before, after string) views.FieldChange {
	if rule == db.RuleAdvice {
		key := path[:strings.LastIndex(path, ".")]
		out := views.FieldChange{Label: views.GroupWord(ctx, key), Before: before, After: after}
		if strings.HasSuffix(path, ".days") {
			out.Label += lang.T(ctx, "，") + lang.T(ctx, "几天内")
		}
		return out
	}
	base, place, _ := strings.Cut(path, ".")
	n, _ := strconv.Atoi(place)
	out := views.FieldChange{Before: before, After: after}
	both := func(say func(string) string) {
		for _, v := range []*string{&out.Before, &out.After} {
			if *v != "" {
				*v = say(*v)
			}
		}
	}
	switch base {
	case "methods":
		out.Label = lang.T(ctx, "按什么分")
		both(func(v string) string { return views.ClassMethodWord(ctx, v) })
	case "all":
		out.Label = lang.T(ctx, "选了几个时")
		both(func(v string) string {
			if v == "true" {
				return lang.T(ctx, "每个都够才算")
			}
			return lang.T(ctx, "有一个够就算")
		})
	case "industries":
		out.Label = lang.T(ctx, "中端常见行业")
	case "lower":
		out.Label = lang.T(ctx, "低端再分哪几种")
		both(func(v string) string { return views.LabelWord(ctx, "tier", v) })
	case "every":
		out.Label = lang.T(ctx, "多久复评一次")
		both(func(v string) string { return v + " " + lang.T(ctx, "个月") })
	case "way":
		out.Label = lang.T(ctx, "怎么分高、中、低")
		both(func(v string) string {
			if v == classify.Quantile {
				return lang.T(ctx, "按网点里的分位")
			}
			return lang.T(ctx, "按下面的数")
		})
	case "perOrder":
		out.Label = lang.T(ctx, "金额看每票均价，不看总额")
		both(func(v string) string { return views.YesNo(ctx, v == "true") })
	case "season":
		out.Label = lang.T(ctx, "大促月份")
		both(func(v string) string { m, _ := strconv.Atoi(v); return lang.T(ctx, "%d 月", m) })
	case "segments":
		out.Label = views.CellWord(ctx, n-1)
		both(func(v string) string { return views.LabelWord(ctx, "rfm", v) })
	default:
		name := base
		if place != "" {
			name += "." + strconv.Itoa(n-1)
		}
		title, label := views.RuleGroupOf(ctx, rule, name)
		out.Label = strings.TrimSpace(title + " " + label)
		in := classify.Default()
		for _, f := range ruleFields(rule, &in) {
			if f.Name == name {
				both(func(v string) string {
					k, _ := strconv.ParseInt(v, 10, 64)
					f.Set(k)
					return shownFigure(f) + " " + views.RuleUnit(ctx, f.Unit)
				})
			}
		}
	}
	return out
}
