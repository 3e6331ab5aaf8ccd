package handlers

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/feedback"
	"yike/views"
	"yike/views/lang"
)

// formSaid says in one line what a form asks; "" is the shipped one.
func formSaid(ctx context.Context, value string) (string, error) {
	asked := feedback.Default()
	if value != "" {
		var err error
		if asked, err = feedback.ParseForm(value); err != nil {
			return "", err
		}
	}
	must := 0
	for _, f := range asked {
		if f.Required {
			must++
		}
	}
	return lang.T(ctx, "%d 题，%d 题必填", len(asked), must), nil
}

// quotaSaid says in one line how many forms a branch owes; "" is the default.
func quotaSaid(ctx context.Context, value string) (string, error) {
	q := feedback.DefaultQuota()
	if value != "" {
		var err error
		if q, err = feedback.ParseQuota(value); err != nil {
			return "", err
		}
	}
	return lang.T(ctx, "每个网点每月 %d 份，A 类至少 %d、B 类 %d、C 类 %d；%d 个工作日内答复", q.Total, q.A, q.B, q.C, q.Days), nil
}

// formsBlank is how many empty questions the page offers to add.
const formsBlank = 3

// formRuleForm shows what the form asks.
func (h *Handlers) formRuleForm(w http.ResponseWriter, r *http.Request) error {
	asked, row, err := h.db.FormFields(r.Context(), h.today())
	if err != nil {
		return err
	}
	f := views.FormRuleForm{RuleFrame: h.newFrame(0)}
	for _, q := range asked {
		f.Rows = append(f.Rows, views.FormRuleRow{Key: q.Key, Label: q.Label, Kind: q.Kind, Options: strings.Join(q.Options, "\n"), Required: q.Required})
	}
	return h.showFormRule(w, r, http.StatusOK, f, row)
}

func (h *Handlers) showFormRule(w http.ResponseWriter, r *http.Request, status int, f views.FormRuleForm, row db.RuleRow) error {
	ctx := r.Context()
	if f.CanEdit = h.maySetRule(actorOf(r), policy.FormRule, 0); f.CanEdit {
		for range formsBlank {
			f.Rows = append(f.Rows, views.FormRuleRow{Kind: feedback.Text})
		}
		f.Rows = f.Rows[:min(len(f.Rows), feedback.MaxFields)]
	}
	if err := h.fillFrame(ctx, &f.RuleFrame, db.RuleForm, row, formSaid); err != nil {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "反馈表问什么"), body: views.FormRule(f), active: "/settings"})
}

// formRuleSave sets what the form asks from a day on.
func (h *Handlers) formRuleSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	if !h.maySetRule(actorOf(r), policy.FormRule, 0) {
		return db.ErrRefused
	}
	_, row, err := h.db.FormFields(ctx, h.today())
	if err != nil {
		return err
	}
	f := views.FormRuleForm{RuleFrame: readFrame(r, 0)}
	asked := readQuestions(r, &f)
	for _, x := range feedback.Check(asked) {
		text := formFault(ctx, x.Code)
		if x.At < 0 {
			f.Errors.Add("", text)
			continue
		}
		f.Rows[x.At].Error = text
		f.Errors.Add("label_"+strconv.Itoa(x.At), text)
	}
	h.checkFrame(ctx, &f.RuleFrame, false)
	if f.Errors.Any() {
		return h.showFormRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	version, err := h.setRule(r, &f.RuleFrame, policy.FormRule, db.RuleForm, feedback.Form{Fields: asked})
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showFormRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	return h.ruleSet(w, r, &f.RuleFrame, version, "/rules/forms")
}

// readQuestions reads the questions of the page; an empty one is none.
func readQuestions(r *http.Request, f *views.FormRuleForm) []feedback.Field {
	var out []feedback.Field
	var keys []string
	for i := range feedback.MaxFields {
		n := strconv.Itoa(i)
		x := views.FormRuleRow{Key: field(r, "key_"+n), Label: field(r, "label_"+n), Kind: field(r, "kind_"+n), Options: field(r, "options_"+n), Required: field(r, "required_"+n) == "1"}
		if x.Label == "" {
			continue
		}
		if x.Key == "" || len(x.Key) > 40 || slices.Contains(keys, x.Key) {
			x.Key = "q" + strings.ToLower(rand.Text()[:10])
		}
		keys = append(keys, x.Key)
		q := feedback.Field{Key: x.Key, Label: x.Label, Kind: x.Kind, Required: x.Required}
		if x.Kind == feedback.Choice || x.Kind == feedback.Choices {
			for o := range strings.Lines(x.Options) {
				if o = strings.TrimSpace(o); o != "" && !slices.Contains(q.Options, o) {
					q.Options = append(q.Options, o)
				}
			}
		}
		f.Rows, out = append(f.Rows, x), append(out, q)
	}
	return out
}

func formFault(ctx context.Context, code string) string {
	switch code {
	case feedback.FaultNone:
		return lang.T(ctx, "至少要有一题")
	case feedback.FaultMany:
		return lang.T(ctx, "最多 %d 题", feedback.MaxFields)
	case feedback.FaultTwice:
		return lang.T(ctx, "和别的题一样，换个说法")
	case feedback.FaultKind:
		return lang.T(ctx, "请选怎么答")
	case feedback.FaultFew:
		return lang.T(ctx, "选择题至少两个选项，一行一个")
	case feedback.FaultOption:
		return lang.T(ctx, "选项最多 %d 个，每个最多 %d 个字", feedback.MaxOptions, feedback.MaxLabel)
	}
	return lang.T(ctx, "最多 %d 个字", feedback.MaxLabel)
}

// quotaRuleForm shows how many forms a branch owes in a month.
func (h *Handlers) quotaRuleForm(w http.ResponseWriter, r *http.Request) error {
	branch, err := h.ruleBranch(r, policy.FormRead, query(r, "branch"))
	if err != nil {
		return err
	}
	q, row, err := h.db.FormQuota(r.Context(), branch, h.today())
	if err != nil {
		return err
	}
	f := views.FormQuotaForm{RuleFrame: h.newFrame(branch), Total: strconv.Itoa(q.Total), A: strconv.Itoa(q.A), B: strconv.Itoa(q.B), C: strconv.Itoa(q.C), Days: strconv.Itoa(q.Days)}
	return h.showQuotaRule(w, r, http.StatusOK, f, row)
}

func (h *Handlers) showQuotaRule(w http.ResponseWriter, r *http.Request, status int, f views.FormQuotaForm, row db.RuleRow) error {
	ctx, a := r.Context(), actorOf(r)
	f.CanEdit, f.Branches = h.maySetRule(a, policy.FormRule, db.ParseID(f.Branch)), h.ruleBranches(ctx, a.Scope(policy.FormRead))
	var err error
	if f.Said, err = quotaSaid(ctx, row.Value); err != nil {
		return err
	}
	if err := h.fillFrame(ctx, &f.RuleFrame, db.RuleFormQuota, row, quotaSaid); err != nil {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "反馈表每月几份"), body: views.FormQuotaRule(f), active: "/settings"})
}

// quotaRuleSave sets how many forms a branch owes from a day on.
func (h *Handlers) quotaRuleSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	branch, err := h.ruleBranch(r, policy.FormRule, field(r, "branch"))
	if err != nil {
		return err
	}
	_, row, err := h.db.FormQuota(ctx, branch, h.today())
	if err != nil {
		return err
	}
	f := views.FormQuotaForm{RuleFrame: readFrame(r, branch), Total: field(r, "total"), A: field(r, "a"), B: field(r, "b"), C: field(r, "c"), Days: field(r, "days")}
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		if err != nil {
			return -1
		}
		return n
	}
	q := feedback.Quota{Total: number(f.Total), A: number(f.A), B: number(f.B), C: number(f.C), Days: number(f.Days)}
	for _, x := range q.Faults() {
		f.Errors.Add(x.Field, lang.T(ctx, "填 %d 到 %d 的整数", x.Min, x.Max))
	}
	h.checkFrame(ctx, &f.RuleFrame, false)
	if f.Errors.Any() {
		return h.showQuotaRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	version, err := h.setRule(r, &f.RuleFrame, policy.FormRule, db.RuleFormQuota, q)
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showQuotaRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	return h.ruleSet(w, r, &f.RuleFrame, version, "/rules/form-quota")
}

// formRuleChange is what differs between two versions of what a form asks, or
// of how many are owed; false for another rule.
func formRuleChange(ctx context.Context, before, after any) (views.FieldChange, bool) {
	said := func(v any) (text, label string) {
		value, _ := v.(string)
		switch {
		case strings.HasPrefix(value, `{"fields":`):
			asked, err := feedback.ParseForm(value)
			if err != nil {
				return "", ""
			}
			var labels []string
			for _, q := range asked {
				labels = append(labels, q.Label)
			}
			return strings.Join(labels, lang.T(ctx, "、")), lang.T(ctx, "问什么")
		case strings.HasPrefix(value, `{"total":`):
			text, err := quotaSaid(ctx, value)
			if err != nil {
				return "", ""
			}
			return text, lang.T(ctx, "反馈表每月几份")
		}
		return "", ""
	}
	was, l1 := said(before)
	is, l2 := said(after)
	return views.FieldChange{Label: cmp.Or(l2, l1), Before: was, After: is}, l1 != "" || l2 != ""
}
