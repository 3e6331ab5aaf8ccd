package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/cadence"
	"yike/policy/day"
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
	branch, err := h.cadenceBranch(r, query(r, "branch"))
	if err != nil {
		return err
	}
	rule, row, err := h.db.Cadence(r.Context(), branch, h.today())
	if err != nil {
		return err
	}
	f := views.CadenceForm{ValidFrom: h.today(), Branch: idText(branch), Errors: ui.Errors{}}
	f.Classes = cadenceLines(r.Context(), rule)
	return h.showCadence(w, r, http.StatusOK, f, row)
}

// cadenceBranch reads whose rule a page is about: a branch within reach, 0 the
// company. The head office has none of its own: its rule is the company's.
func (h *Handlers) cadenceBranch(r *http.Request, text string) (int64, error) {
	id := db.ParseID(text)
	if id == 0 {
		return 0, nil
	}
	b, err := h.db.Branch(r.Context(), actorOf(r).Scope(policy.CadenceRead), id)
	if err != nil || b.ParentID == 0 {
		return 0, err
	}
	return b.ID, nil
}

// mayEditCadence says whether the actor may set the rule of a branch, 0 that
// of the company, as SetRule asks.
func (h *Handlers) mayEditCadence(ctx context.Context, a policy.Actor, branch int64) bool {
	if branch != 0 {
		return a.Scope(policy.CadenceEdit).SeesBranch(h.db.Chain(branch))
	}
	for _, b := range h.db.Branches(ctx, a.Scope(policy.CadenceEdit)) {
		if b.ParentID == 0 {
			return true
		}
	}
	return false
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
	branch := db.ParseID(f.Branch)
	f.CanEdit, f.MinDay, f.BranchName = h.mayEditCadence(ctx, a, branch), h.today(), h.db.BranchName(branch)
	switch {
	case row.Version == 0:
		f.InForce = lang.T(ctx, "现在用的是默认值")
	case row.BranchID == branch:
		f.InForce = lang.T(ctx, "现在用第 %d 版，%s 起，%s 设定", row.Version, row.ValidFrom, row.Author)
	case row.BranchID == 0:
		f.InForce = lang.T(ctx, "没有自己的规则，用全公司的第 %d 版", row.Version)
	default:
		f.InForce = lang.T(ctx, "没有自己的规则，用%s的第 %d 版", h.db.BranchName(row.BranchID), row.Version)
	}
	if err := h.cadencePlaces(ctx, a, &f); err != nil {
		return err
	}
	versions, err := h.db.RuleVersions(ctx, db.RuleCadence, branch)
	if err != nil {
		return err
	}
	if f.Read == "" {
		f.Read = "0"
		if len(versions) > 0 {
			f.Read = strconv.FormatInt(versions[0].Version, 10)
		}
	}
	for _, v := range versions {
		var rule cadence.Rule
		if err := json.Unmarshal([]byte(v.Value), &rule); err != nil {
			return err
		}
		f.Versions = append(f.Versions, views.CadenceVersion{Version: strconv.FormatInt(v.Version, 10), From: v.ValidFrom, Author: v.Author, Reason: v.Reason,
			Visits: visitsWord(ctx, rule), Current: v.ID == row.ID,
			Made: views.TimeWord(ctx, time.UnixMilli(v.CreatedAt), h.db.Now())})
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "拜访频次"), body: views.Cadence(f), active: "/rules/cadence"})
}

// cadenceSave shows what a new rule would mean, or sets it.
func (h *Handlers) cadenceSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	branch, err := h.cadenceBranch(r, field(r, "branch"))
	if err != nil {
		return err
	}
	if !h.mayEditCadence(ctx, a, branch) {
		return fmt.Errorf("rule of branch %d: %w", branch, db.ErrRefused)
	}
	_, row, err := h.db.Cadence(ctx, branch, h.today())
	if err != nil {
		return err
	}
	f := views.CadenceForm{Branch: idText(branch), ValidFrom: field(r, "valid_from"), Reason: field(r, "reason"), Read: field(r, "read"), Errors: ui.Errors{}}
	rule := h.readCadence(r, &f)
	preview := field(r, "do") == "preview"
	if from, err := day.Parse(f.ValidFrom); err != nil || !from.Valid() {
		f.Errors.Add("valid_from", lang.T(ctx, "请填日期"))
	} else if f.ValidFrom < h.today() {
		f.Errors.Add("valid_from", lang.T(ctx, "从今天或以后的日子起，过去的不改"))
	}
	if !preview {
		checkText(ctx, f.Errors, "reason", f.Reason, 200)
	}
	if f.Errors.Any() {
		return h.showCadence(w, r, http.StatusUnprocessableEntity, f, row)
	}
	if preview {
		if f.Preview, err = h.cadencePreview(ctx, a, branch, rule); err != nil {
			return err
		}
		return h.showCadence(w, r, http.StatusOK, f, row)
	}
	value, err := json.Marshal(rule)
	if err != nil {
		return err
	}
	version, err := h.db.SetRule(ctx, a, policy.CadenceEdit, db.RuleRow{Rule: db.RuleCadence, BranchID: branch, ValidFrom: f.ValidFrom, Value: string(value),
		Reason: f.Reason, Version: db.ParseID(f.Read)})
	if errors.Is(err, db.ErrLocked) {
		f.Errors.Add("", lang.T(ctx, "总部锁住了这一项，网点现在不能自己定。"))
		return h.showCadence(w, r, http.StatusUnprocessableEntity, f, row)
	}
	if errors.Is(err, db.ErrConflict) {
		f.Read = ""
		f.Errors.Add("", lang.T(ctx, "刚才有人设了新版本，请看过下面的版本再保存一次。"))
		return h.showCadence(w, r, http.StatusUnprocessableEntity, f, row)
	}
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "第 %d 版存好了，%s 起用", version, f.ValidFrom)})
	to := "/rules/cadence"
	if branch != 0 {
		to += "?branch=" + idText(branch)
	}
	h.redirect(w, r, to)
	return nil
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
