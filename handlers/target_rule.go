package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/people"
	"yike/policy/settings"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

const (
	targetsPath   = "/rules/targets"
	targetsListed = 500 // people of a group who may be chosen
)

// targetsSaid says targets in one line.
func targetsSaid(ctx context.Context, value string) (string, error) {
	list, err := people.ParseTargets(value)
	if err != nil {
		return "", err
	}
	all, own := 0, 0
	for _, t := range list {
		if t.Person == 0 {
			all++
		} else {
			own++
		}
	}
	if len(list) == 0 {
		return lang.T(ctx, "还没定目标"), nil
	}
	return lang.T(ctx, "共同的目标 %d 项，个人的 %d 项", all, own), nil
}

// targetForm reads whose targets a page is about: of everybody at a branch, or
// of one person there whose work the actor sees; ErrNotFound for who works
// elsewhere.
func (h *Handlers) targetForm(r *http.Request, frame views.RuleFrame, person string) (views.TargetForm, db.Colleague, error) {
	ctx, a := r.Context(), actorOf(r)
	f := views.TargetForm{RuleFrame: frame, Person: person}
	var who db.Colleague
	if id := db.ParseID(person); id != 0 {
		var err error
		if who, err = h.db.Colleague(ctx, a.Scope(policy.PeopleRead), id); err != nil {
			return f, who, err
		}
	}
	branch := db.ParseID(frame.Branch)
	if who.ID != 0 && !slices.Contains(h.db.Chain(who.BranchID), branch) {
		return f, who, fmt.Errorf("targets of %d at branch %d: %w", who.ID, branch, db.ErrNotFound)
	}
	if branch == 0 {
		return f, who, nil
	}
	for _, group := range people.Groups {
		list, _, err := h.db.Colleagues(ctx, a.Scope(policy.PeopleRead), group, branch, targetsListed)
		if err != nil {
			return f, who, err
		}
		for _, c := range list {
			if !c.Gone(h.today()) {
				f.People = append(f.People, ui.Option{Value: idText(c.ID), Label: c.Name, Group: views.PeopleGroupWord(ctx, group)})
			}
		}
	}
	return f, who, nil
}

// targetParts are the fields of the form, group by group; read gives what stands
// in each, what it is now where somebody else set it, and what is wrong with it.
func targetParts(ctx context.Context, who db.Colleague, read func(group string, m people.Measure) (text, now, fault string)) (out []views.TargetPart) {
	for _, group := range people.TargetGroups {
		if who.ID != 0 && who.Group != group {
			continue
		}
		part := views.TargetPart{Title: views.TargetGroupWord(ctx, group, who.Name)}
		for _, m := range people.Aims(group) {
			line := views.TargetLine{Name: views.AimWord(ctx, group, m.Code), Means: views.AimMeaning(ctx, group, m.Code), Unit: unitWord(ctx, m), Field: targetField(group, m.Code)}
			line.Value, line.Now, line.Error = read(group, m)
			part.Lines = append(part.Lines, line)
		}
		out = append(out, part)
	}
	return out
}

func targetField(group, code string) string { return "aim-" + group + "-" + code }

func unitWord(ctx context.Context, m people.Measure) string {
	switch m.Unit {
	case people.Share:
		return "%"
	case people.Fen:
		return lang.T(ctx, "元")
	}
	return ""
}

// targetText is a value as it is typed.
func targetText(m people.Measure, v int64) string {
	switch m.Unit {
	case people.Count:
		return strconv.FormatInt(v, 10)
	case people.Fen:
		return yuanText(v)
	}
	return strings.TrimSuffix(views.IndexText(v), ".0")
}

var targetTyped = regexp.MustCompile(`^(\d{1,7})(?:\.(\d))?$`)

// targetValue reads what was typed, in the unit of the measure.
func targetValue(m people.Measure, text string) (int64, bool) {
	if m.Unit == people.Fen {
		n, ok := fen(text)
		return n, ok && n >= 0 && n <= m.Most()
	}
	part := targetTyped.FindStringSubmatch(strings.TrimSuffix(text, "%"))
	if part == nil || m.Unit == people.Count && part[2] != "" {
		return 0, false
	}
	n, _ := strconv.ParseInt(part[1], 10, 64)
	if m.Unit != people.Count {
		tenth, _ := strconv.ParseInt("0"+part[2], 10, 64)
		n = n*10 + tenth
	}
	return n, n <= m.Most()
}

func (h *Handlers) targetRuleForm(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	branch, err := h.ruleBranch(r, policy.PeopleRule, query(r, "branch"))
	if err != nil {
		return err
	}
	_, row, err := h.db.Targets(ctx, branch, h.today())
	if err != nil {
		return err
	}
	frame := h.newFrame(branch)
	if frame.ValidFrom, err = h.targetsFrom(ctx, branch); err != nil {
		return err
	}
	list, _, err := h.db.Targets(ctx, branch, frame.ValidFrom)
	if err != nil {
		return err
	}
	f, who, err := h.targetForm(r, frame, query(r, "person"))
	if errors.Is(err, db.ErrNotFound) { // another branch was chosen, and the person of the former one is still named
		h.backToRule(w, r, &frame, targetsPath)
		return nil
	}
	if err != nil {
		return err
	}
	preset := query(r, "preset")
	f.Parts = targetParts(ctx, who, func(group string, m people.Measure) (text, now, fault string) {
		if v, ok := list.Own(m.Code, group, who.ID); ok {
			return targetText(m, v), "", ""
		}
		for _, p := range people.Presets {
			if p.Key == preset && p.Measure == m.Code && (p.Group == group || p.Group != people.Branch && group != people.Branch) {
				return targetText(m, p.Value), "", ""
			}
		}
		return "", "", ""
	})
	return h.showTargets(w, r, http.StatusOK, f, row)
}

// targetsFrom is the day from which a form of targets is: today, or the one from
// which a later version is already set, so that nobody begins from older ones.
func (h *Handlers) targetsFrom(ctx context.Context, branch int64) (string, error) {
	versions, err := h.db.RuleVersions(ctx, db.RuleTargets, branch)
	from := h.today()
	for _, v := range versions {
		from = max(from, v.ValidFrom)
	}
	return from, err
}

func (h *Handlers) showTargets(w http.ResponseWriter, r *http.Request, status int, f views.TargetForm, row db.RuleRow) error {
	ctx, a := r.Context(), actorOf(r)
	f.CanEdit, f.Branches = h.maySetRule(a, policy.PeopleRule, db.ParseID(f.Branch)), h.ruleBranches(ctx, a.Scope(policy.PeopleRule))
	var err error
	if f.Said, err = targetsSaid(ctx, row.Value); err != nil {
		return err
	}
	for _, p := range people.Presets {
		x := views.TargetPreset{Text: views.ClaimedWord(ctx, p.Key), Source: p.Source}
		if p.Measure != "" && f.CanEdit {
			x.Href = targetsPath + "?" + url.Values{"branch": {f.Branch}, "person": {f.Person}, "preset": {p.Key}}.Encode()
		}
		f.Presets = append(f.Presets, x)
	}
	if err := h.fillFrame(ctx, &f.RuleFrame, db.RuleTargets, row, targetsSaid); err != nil {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "绩效目标"), body: views.TargetRule(f), active: "/settings"})
}

// targetRuleSave sets what is aimed at, with everybody or with one person; what
// was set for others from the same day, or holds on it, stays.
func (h *Handlers) targetRuleSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	branch, err := h.ruleBranch(r, policy.PeopleRule, field(r, "branch"))
	if err != nil {
		return err
	}
	_, row, err := h.db.Targets(ctx, branch, h.today())
	if err != nil {
		return err
	}
	f, who, err := h.targetForm(r, readFrame(r, branch), field(r, "person"))
	if err != nil {
		return err
	}
	list := append(people.Targets{}, readTargets(r, &f, who, nil)...)
	h.checkFrame(ctx, &f.RuleFrame, false)
	if f.Errors.Any() {
		return h.showTargets(w, r, http.StatusUnprocessableEntity, f, row)
	}
	was, _, err := h.db.Targets(ctx, branch, f.ValidFrom)
	if err != nil {
		return err
	}
	for _, t := range was {
		if t.Person != who.ID {
			list = append(list, t)
		}
	}
	later, err := h.laterTargets(ctx, &f.RuleFrame, who.ID, was, list)
	if err != nil {
		return err
	}
	version, err := h.setRule(r, &f.RuleFrame, policy.PeopleRule, db.RuleTargets, people.Aimed{Aims: list}, later...)
	if err != nil {
		return err
	}
	if version != 0 {
		return h.ruleSet(w, r, &f.RuleFrame, version, targetsPath)
	}
	now, row, err := h.db.Targets(ctx, branch, f.ValidFrom)
	if err != nil {
		return err
	}
	readTargets(r, &f, who, &now)
	return h.showTargets(w, r, http.StatusUnprocessableEntity, f, row)
}

// laterTargets are the versions from later days, with what is changed now where
// they only went on with what held before.
func (h *Handlers) laterTargets(ctx context.Context, f *views.RuleFrame, person int64, was, now people.Targets) (out []db.RuleRow, err error) {
	versions, err := h.db.RuleVersions(ctx, db.RuleTargets, db.ParseID(f.Branch))
	if err != nil {
		return nil, err
	}
	said := map[string]bool{}
	for _, v := range versions { // of a day the latest comes first, and holds
		if v.ValidFrom <= f.ValidFrom || said[v.ValidFrom] {
			continue
		}
		if said[v.ValidFrom] = true; v.Value == settings.Follows {
			continue
		}
		stands, err := people.ParseTargets(v.Value)
		if err != nil {
			return nil, err
		}
		carried, changed := stands.Carry(person, was, now)
		if !changed {
			continue
		}
		text, err := json.Marshal(people.Aimed{Aims: carried})
		if err != nil {
			return nil, err
		}
		out = append(out, db.RuleRow{ValidFrom: v.ValidFrom, Value: string(text), Reason: f.Reason})
	}
	return out, nil
}

// readTargets reads what was typed; beside it stands what now says, where that is
// something else.
func readTargets(r *http.Request, f *views.TargetForm, who db.Colleague, now *people.Targets) (list people.Targets) {
	ctx := r.Context()
	f.Parts = targetParts(ctx, who, func(group string, m people.Measure) (text, is, fault string) {
		name := targetField(group, m.Code)
		text = field(r, name)
		if now != nil {
			if v, ok := now.Own(m.Code, group, who.ID); ok {
				is = targetText(m, v)
			} else {
				is = "–"
			}
			if is == text || is == "–" && text == "" {
				is = ""
			}
		}
		if text == "" {
			return text, is, ""
		}
		v, ok := targetValue(m, text)
		if !ok {
			fault = lang.T(ctx, "填数字，最多 %s", targetText(m, m.Most()))
			f.Errors.Add(name, fault)
			return text, is, fault
		}
		list = append(list, people.Target{Measure: m.Code, Group: group, Person: who.ID, Value: v})
		return text, is, ""
	})
	return list
}

// targetRuleChanges are what differs between two versions of the targets, or of
// whether people are put in order; false for another rule.
func targetRuleChanges(ctx context.Context, before, after any, names auditNames) ([]views.FieldChange, bool) {
	was, _ := before.(string)
	is, _ := after.(string)
	if strings.HasPrefix(is, `{"ranked":`) {
		one, two := "", ""
		if was != "" {
			one, _ = rankingsSaid(ctx, was)
		}
		two, _ = rankingsSaid(ctx, is)
		return []views.FieldChange{{Label: lang.T(ctx, "绩效排名"), Before: one, After: two}}, true
	}
	if !strings.HasPrefix(is, `{"aims":`) {
		return nil, false
	}
	a, _ := people.ParseTargets(was)
	b, _ := people.ParseTargets(is)
	out := []views.FieldChange{}
	said := map[people.Target]bool{}
	for _, t := range append(slices.Clone(a), b...) {
		m, ok := people.AimOf(t.Group, t.Measure)
		key := people.Target{Measure: t.Measure, Group: t.Group, Person: t.Person}
		if !ok || said[key] {
			continue
		}
		said[key] = true
		one, had := a.Own(t.Measure, t.Group, t.Person)
		two, has := b.Own(t.Measure, t.Group, t.Person)
		if had == has && one == two {
			continue
		}
		c := views.FieldChange{Label: views.TargetGroupWord(ctx, t.Group, names[t.Person]) + " · " + views.AimWord(ctx, t.Group, t.Measure)}
		if had {
			c.Before = unitText(m, one)
		}
		if has {
			c.After = unitText(m, two)
		}
		out = append(out, c)
	}
	return out, true
}

// targetPeople are whom two versions of the targets name.
func targetPeople(values ...any) (out []int64) {
	for _, v := range values {
		text, _ := v.(string)
		if !strings.HasPrefix(text, `{"aims":`) {
			continue
		}
		list, _ := people.ParseTargets(text)
		for _, t := range list {
			if t.Person != 0 {
				out = append(out, t.Person)
			}
		}
	}
	return out
}
