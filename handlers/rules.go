package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
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
	rule, row, err := h.db.Cadence(r.Context(), 0, h.today())
	if err != nil {
		return err
	}
	f := views.CadenceForm{ValidFrom: h.today(), Errors: ui.Errors{}}
	f.Classes = cadenceLines(r.Context(), rule)
	return h.showCadence(w, r, http.StatusOK, f, row)
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
	f.CanEdit, f.MinDay = a.Can(policy.CadenceEdit), h.today()
	f.InForce = lang.T(ctx, "现在用的是默认值")
	if row.Version > 0 {
		f.InForce = lang.T(ctx, "现在用第 %d 版，%s 起，%s 设定", row.Version, row.ValidFrom, row.Author)
	}
	versions, err := h.db.RuleVersions(ctx, db.RuleCadence, 0)
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
		p := rule.PerMonth
		f.Versions = append(f.Versions, views.CadenceVersion{Version: strconv.FormatInt(v.Version, 10), From: v.ValidFrom, Author: v.Author, Reason: v.Reason,
			Visits: lang.T(ctx, "A %d、B %d、C %d、没有分级 %d", p.A, p.B, p.C, p.None), Current: v.ID == row.ID,
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
	_, row, err := h.db.Cadence(ctx, 0, h.today())
	if err != nil {
		return err
	}
	f := views.CadenceForm{ValidFrom: field(r, "valid_from"), Reason: field(r, "reason"), Read: field(r, "read"), Errors: ui.Errors{}}
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
		if f.Preview, err = h.cadencePreview(ctx, a, rule); err != nil {
			return err
		}
		return h.showCadence(w, r, http.StatusOK, f, row)
	}
	value, err := json.Marshal(rule)
	if err != nil {
		return err
	}
	version, err := h.db.SetRule(ctx, a, policy.CadenceEdit, db.RuleRow{Rule: db.RuleCadence, ValidFrom: f.ValidFrom, Value: string(value),
		Reason: f.Reason, Version: db.ParseID(f.Read)})
	if errors.Is(err, db.ErrConflict) {
		f.Read = ""
		f.Errors.Add("", lang.T(ctx, "刚才有人设了新版本，请看过下面的版本再保存一次。"))
		return h.showCadence(w, r, http.StatusUnprocessableEntity, f, row)
	}
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "第 %d 版存好了，%s 起用", version, f.ValidFrom)})
	h.redirect(w, r, "/rules/cadence")
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

// cadencePreview says who would become overdue if the rule held today.
func (h *Handlers) cadencePreview(ctx context.Context, a policy.Actor, rule cadence.Rule) (string, error) {
	before, err := h.db.Due(ctx, a.Scope(policy.CadenceRead), db.DueFilter{})
	if err != nil {
		return "", err
	}
	after, err := h.db.Due(ctx, a.Scope(policy.CadenceRead), db.DueFilter{Rule: &rule})
	if err != nil {
		return "", err
	}
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
