package handlers

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/people"
	"yike/policy/score"
	"yike/views"
	"yike/views/lang"
)

const scoreRulePath = "/rules/scores"

// scoresSaid says in one line by what people are scored; "" is the shipped rule.
func scoresSaid(ctx context.Context, value string) (string, error) {
	rule, err := score.Parse(value)
	if err != nil {
		return "", err
	}
	var parts []string
	for _, group := range people.Groups {
		var words []string
		for _, l := range rule.Scores[group] {
			words = append(words, lang.T(ctx, "%s %d 分", views.PeopleWord(ctx, l.Measure), l.Weight))
		}
		if len(words) > 0 {
			parts = append(parts, views.PeopleGroupWord(ctx, group)+lang.T(ctx, "：")+strings.Join(words, lang.T(ctx, "、")))
		}
	}
	if len(parts) == 0 {
		return lang.T(ctx, "不评分"), nil
	}
	return strings.Join(parts, lang.T(ctx, "；")), nil
}

// scoreRuleChange is what differs between two versions of the rule, in words;
// false for another rule.
func scoreRuleChange(ctx context.Context, before, after any) (views.FieldChange, bool) {
	said := func(v any) string {
		text, _ := v.(string)
		if !strings.HasPrefix(text, `{"scores":`) {
			return ""
		}
		s, _ := scoresSaid(ctx, text)
		return s
	}
	c := views.FieldChange{Label: lang.T(ctx, "评分规则"), Before: said(before), After: said(after)}
	return c, c.Before != "" || c.After != ""
}

// scoreParts are the fields of the form; read gives what stands in the three of a
// measure, and what is wrong with it.
func scoreParts(ctx context.Context, read func(group string, m people.Measure) (weight, full, zero, fault string)) (out []views.ScoreRulePart) {
	for _, group := range people.Groups {
		part := views.ScoreRulePart{Title: views.PeopleGroupWord(ctx, group), Group: group}
		for _, m := range people.Aims(group) {
			line := views.ScoreRuleLine{Name: views.PeopleWord(ctx, m.Code), Means: views.PeopleMeaning(ctx, m.Code), Unit: unitWord(ctx, m), Field: group + "-" + m.Code}
			line.Weight, line.Full, line.Zero, line.Error = read(group, m)
			part.Lines = append(part.Lines, line)
		}
		out = append(out, part)
	}
	return out
}

func (h *Handlers) scoreRuleForm(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	branch, err := h.ruleBranch(r, policy.PeopleRule, query(r, "branch"))
	if err != nil {
		return err
	}
	rule, row, err := h.db.Scores(ctx, branch, h.today())
	if err != nil {
		return err
	}
	f := views.ScoreRuleForm{RuleFrame: h.newFrame(branch)}
	f.Parts = scoreParts(ctx, func(group string, m people.Measure) (weight, full, zero, fault string) {
		i := slices.IndexFunc(rule.Scores[group], func(l score.Line) bool { return l.Measure == m.Code })
		if i < 0 {
			return "", "", "", ""
		}
		l := rule.Scores[group][i]
		return views.Thousands(l.Weight), targetText(m, l.Full), targetText(m, l.Zero), ""
	})
	return h.showScoreRule(w, r, http.StatusOK, f, row)
}

func (h *Handlers) showScoreRule(w http.ResponseWriter, r *http.Request, status int, f views.ScoreRuleForm, row db.RuleRow) error {
	ctx, a := r.Context(), actorOf(r)
	f.CanEdit, f.Branches = h.maySetRule(a, policy.PeopleRule, db.ParseID(f.Branch)), h.ruleBranches(ctx, a.Scope(policy.PeopleRule))
	var err error
	if f.Said, err = scoresSaid(ctx, row.Value); err != nil {
		return err
	}
	if err := h.fillFrame(ctx, &f.RuleFrame, db.RuleScores, row, scoresSaid); err != nil {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "评分规则"), body: views.ScoreRule(f), active: "/settings"})
}

func (h *Handlers) scoreRuleSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	branch, err := h.ruleBranch(r, policy.PeopleRule, field(r, "branch"))
	if err != nil {
		return err
	}
	_, row, err := h.db.Scores(ctx, branch, h.today())
	if err != nil {
		return err
	}
	f := views.ScoreRuleForm{RuleFrame: readFrame(r, branch)}
	rule := readScores(r, &f)
	h.checkFrame(ctx, &f.RuleFrame, false)
	if f.Errors.Any() {
		return h.showScoreRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	version, err := h.setRule(r, &f.RuleFrame, policy.PeopleRule, db.RuleScores, rule)
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showScoreRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	return h.ruleSet(w, r, &f.RuleFrame, version, scoreRulePath)
}

// readScores reads the lines of the form; one without a weight is none.
func readScores(r *http.Request, f *views.ScoreRuleForm) score.Rule {
	ctx := r.Context()
	rule := score.Rule{Scores: map[string][]score.Line{}}
	points := people.Measure{Unit: people.Count}
	f.Parts = scoreParts(ctx, func(group string, m people.Measure) (weight, full, zero, fault string) {
		name := group + "-" + m.Code
		weight, full, zero = field(r, "weight-"+name), field(r, "full-"+name), field(r, "zero-"+name)
		if weight == "" || weight == "0" {
			return weight, full, zero, ""
		}
		l := score.Line{Measure: m.Code}
		var ok, ok1, ok2 bool
		l.Weight, ok = targetValue(points, weight)
		l.Full, ok1 = targetValue(m, full)
		l.Zero, ok2 = targetValue(m, zero)
		if !ok || !ok1 || !ok2 || l.Weight > score.Whole {
			fault = lang.T(ctx, "三个都填数字，占分最多 %d", score.Whole)
			f.Errors.Add("weight-"+name, fault)
		}
		rule.Scores[group] = append(rule.Scores[group], l)
		return weight, full, zero, fault
	})
	if f.Errors.Any() {
		return rule
	}
	for _, x := range rule.Check() {
		i := slices.IndexFunc(f.Parts, func(p views.ScoreRulePart) bool { return p.Group == x.Group })
		if x.Code == score.FaultSum {
			f.Parts[i].Error = lang.T(ctx, "%s的占分加起来要是 %d", f.Parts[i].Title, score.Whole)
			f.Errors.Add("", f.Parts[i].Error)
			continue
		}
		k := slices.IndexFunc(f.Parts[i].Lines, func(l views.ScoreRuleLine) bool { return l.Field == x.Group+"-"+x.Measure })
		f.Parts[i].Lines[k].Error = lang.T(ctx, "满分要比零分好")
		f.Errors.Add("weight-"+f.Parts[i].Lines[k].Field, f.Parts[i].Lines[k].Error)
	}
	return rule
}
