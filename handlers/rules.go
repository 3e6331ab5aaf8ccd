package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/cadence"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// cadenceClasses are the parts of the rule in the order of the page, by their
// word in the rule's JSON.
var cadenceClasses = []string{"a", "b", "c", "none"}

func perClass(p *cadence.PerClass, code string) *int {
	switch code {
	case "a":
		return &p.A
	case "b":
		return &p.B
	case "c":
		return &p.C
	}
	return &p.None
}

func (h *Handlers) cadenceForm(w http.ResponseWriter, r *http.Request) error {
	branch, err := h.ruleBranch(r, policy.CadenceRead, query(r, "branch"))
	if err != nil {
		return err
	}
	rule, row, err := h.db.Cadence(r.Context(), branch, h.today())
	if err != nil {
		return err
	}
	f := views.CadenceForm{RuleFrame: h.newFrame(branch)}
	f.Classes = cadenceLines(r.Context(), rule)
	return h.showCadence(w, r, http.StatusOK, f, row)
}

// cadencePlaces fills in whose rule is shown, whose else may be, and which
// branches have a rule of their own today.
func (h *Handlers) cadencePlaces(ctx context.Context, a policy.Actor, f *views.CadenceForm) error {
	rules, err := h.db.RulesInForce(ctx, db.RuleCadence, h.today())
	if err != nil {
		return err
	}
	for _, b := range h.db.Branches(ctx, a.Scope(policy.CadenceRead)) {
		if b.ParentID == 0 || !b.Active {
			continue
		}
		indent := strings.Repeat("　", len(h.db.Chain(b.ID))-2)
		f.Branches = append(f.Branches, ui.Option{Value: idText(b.ID), Label: indent + b.Name})
		row, own := rules[b.ID]
		if !own {
			continue
		}
		var rule cadence.Rule
		if err := json.Unmarshal([]byte(row.Value), &rule); err != nil {
			return err
		}
		f.Own = append(f.Own, views.CadenceOwn{Name: b.Name, Href: "/rules/cadence?branch=" + idText(b.ID), Visits: visitsWord(ctx, rule), From: row.ValidFrom})
	}
	return nil
}

// cadenceSaid says a rule in one line; "" is the default.
func cadenceSaid(ctx context.Context, value string) (string, error) {
	rule := cadence.Default()
	if value != "" {
		rule = cadence.Rule{}
		if err := json.Unmarshal([]byte(value), &rule); err != nil {
			return "", err
		}
	}
	return visitsWord(ctx, rule), nil
}

// visitsWord says a rule's visits a month in one line.
func visitsWord(ctx context.Context, rule cadence.Rule) string {
	p := rule.PerMonth
	return lang.T(ctx, "A %d、B %d、C %d、没有分级 %d", p.A, p.B, p.C, p.None)
}

func cadenceLines(ctx context.Context, rule cadence.Rule) []views.CadenceClass {
	var out []views.CadenceClass
	for _, code := range cadenceClasses {
		class, label := strings.ToUpper(code), lang.T(ctx, "没有分级")
		if code != "none" {
			label = views.ClassWord(ctx, class)
		}
		out = append(out, views.CadenceClass{Code: code, Label: label, Visits: strconv.Itoa(*perClass(&rule.PerMonth, code)),
			Soon: strconv.Itoa(*perClass(&rule.Soon, code)), Origin: views.OriginWord(ctx, rule.Origin(class))})
	}
	return out
}

func (h *Handlers) showCadence(w http.ResponseWriter, r *http.Request, status int, f views.CadenceForm, row db.RuleRow) error {
	ctx, a := r.Context(), actorOf(r)
	f.CanEdit = h.maySetRule(a, policy.CadenceEdit, db.ParseID(f.Branch))
	if err := h.cadencePlaces(ctx, a, &f); err != nil {
		return err
	}
	if err := h.fillFrame(ctx, &f.RuleFrame, db.RuleCadence, row, cadenceSaid); err != nil {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "拜访频次"), body: views.Cadence(f), active: "/rules/cadence"})
}

// cadenceSave shows what a new rule would mean, or sets it.
func (h *Handlers) cadenceSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	branch, err := h.ruleBranch(r, policy.CadenceRead, field(r, "branch"))
	if err != nil {
		return err
	}
	if !h.maySetRule(a, policy.CadenceEdit, branch) {
		return fmt.Errorf("rule of branch %d: %w", branch, db.ErrRefused)
	}
	_, row, err := h.db.Cadence(ctx, branch, h.today())
	if err != nil {
		return err
	}
	f := views.CadenceForm{RuleFrame: readFrame(r, branch)}
	rule := h.readCadence(r, &f)
	preview := field(r, "do") == "preview"
	h.checkFrame(ctx, &f.RuleFrame, preview)
	if f.Errors.Any() {
		return h.showCadence(w, r, http.StatusUnprocessableEntity, f, row)
	}
	if preview {
		if f.Preview, err = h.cadencePreview(ctx, a, branch, rule); err != nil {
			return err
		}
		return h.showCadence(w, r, http.StatusOK, f, row)
	}
	version, err := h.setRule(r, &f.RuleFrame, policy.CadenceEdit, db.RuleCadence, rule)
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showCadence(w, r, http.StatusUnprocessableEntity, f, row)
	}
	return h.ruleSet(w, r, &f.RuleFrame, version, "/rules/cadence")
}

// readCadence reads the rule of a form, keeps what was typed and says what is
// wrong with it.
func (h *Handlers) readCadence(r *http.Request, f *views.CadenceForm) cadence.Rule {
	ctx := r.Context()
	var rule cadence.Rule
	for _, code := range cadenceClasses {
		for name, to := range map[string]*int{"per_month." + code: perClass(&rule.PerMonth, code), "soon." + code: perClass(&rule.Soon, code)} {
			n, ok := formInt(r, name)
			if !ok || field(r, name) == "" {
				f.Errors.Add(name, lang.T(ctx, "填一个整数"))
				continue
			}
			*to = int(min(max(n, -1), 1000))
		}
	}
	for _, fault := range rule.Faults() {
		switch fault.Code {
		case cadence.FaultBelowC:
			f.Errors.Add(fault.Field, lang.T(ctx, "不能少于 C 类的 %d 次", fault.Min))
		default:
			f.Errors.Add(fault.Field, lang.T(ctx, "填 %d 到 %d", fault.Min, fault.Max))
		}
	}
	f.Classes = cadenceLines(ctx, rule)
	for i, code := range cadenceClasses {
		f.Classes[i].Visits, f.Classes[i].Soon = field(r, "per_month."+code), field(r, "soon."+code)
	}
	return rule
}

// cadencePreview says who would become overdue if the rule held today: of the
// customers that it would hold for, not those of a branch with its own.
func (h *Handlers) cadencePreview(ctx context.Context, a policy.Actor, branch int64, rule cadence.Rule) (string, error) {
	before, err := h.db.Due(ctx, a.Scope(policy.CadenceRead), db.DueFilter{BranchID: branch})
	if err != nil {
		return "", err
	}
	after, err := h.db.Due(ctx, a.Scope(policy.CadenceRead), db.DueFilter{BranchID: branch, Rule: &rule})
	if err != nil {
		return "", err
	}
	rules, err := h.db.RulesInForce(ctx, db.RuleCadence, h.today())
	if err != nil {
		return "", err
	}
	elsewhere := func(row db.DueRow) bool {
		for _, id := range h.db.Chain(row.BranchID) {
			if id == branch {
				return false
			}
			if _, own := rules[id]; own {
				return true
			}
		}
		return false
	}
	before.Rows, after.Rows = slices.DeleteFunc(before.Rows, elsewhere), slices.DeleteFunc(after.Rows, elsewhere)
	if before.TooMany || after.TooMany {
		return lang.T(ctx, "客户超过 2 万位，不能在这里先算。"), nil
	}
	was, more, less := map[int64]bool{}, 0, 0
	for _, row := range before.Rows {
		was[row.ID] = row.Standing.State == cadence.Overdue
	}
	now := map[int64]bool{}
	for _, row := range after.Rows {
		now[row.ID] = row.Standing.State == cadence.Overdue
		if now[row.ID] && !was[row.ID] {
			more++
		}
	}
	for id, over := range was {
		if over && !now[id] {
			less++
		}
	}
	return lang.T(ctx, "如果今天就用：会多 %d 位客户超期，少 %d 位。还没有保存。", more, less), nil
}
