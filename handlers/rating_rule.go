package handlers

import (
	"context"
	"net/http"
	"strconv"

	"yike/db"
	"yike/policy"
	"yike/policy/rating"
	"yike/views"
	"yike/views/lang"
)

// ratingSaid says a rule in one line.
func ratingSaid(ctx context.Context, value string) (string, error) {
	rule := rating.Default()
	if value != "" {
		var err error
		if rule, err = rating.ParseRule(value); err != nil {
			return "", err
		}
	}
	return lang.T(ctx, "链接用 %d 天；满 %d 份才出数字；%d 分及以下算不满意", rule.Days, rule.Least, rule.Unhappy), nil
}

func (h *Handlers) ratingRuleForm(w http.ResponseWriter, r *http.Request) error {
	branch, err := h.ruleBranch(r, policy.RatingRead, query(r, "branch"))
	if err != nil {
		return err
	}
	rule, row, err := h.db.RatingRule(r.Context(), branch, h.today())
	if err != nil {
		return err
	}
	f := views.RatingRuleForm{RuleFrame: h.newFrame(branch), Days: strconv.Itoa(rule.Days), Least: strconv.Itoa(rule.Least), Unhappy: strconv.Itoa(rule.Unhappy)}
	return h.showRatingRule(w, r, http.StatusOK, f, row)
}

func (h *Handlers) showRatingRule(w http.ResponseWriter, r *http.Request, status int, f views.RatingRuleForm, row db.RuleRow) error {
	ctx, a := r.Context(), actorOf(r)
	f.CanEdit, f.Branches = h.maySetRule(a, policy.RatingRule, db.ParseID(f.Branch)), h.ruleBranches(ctx, a.Scope(policy.RatingRead))
	var err error
	if f.Said, err = ratingSaid(ctx, row.Value); err != nil {
		return err
	}
	if err := h.fillFrame(ctx, &f.RuleFrame, db.RuleRatings, row, ratingSaid); err != nil {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "满意度规则"), body: views.RatingRule(f), active: "/settings"})
}

// ratingRuleSave sets how clients are asked, and what their answers mean.
func (h *Handlers) ratingRuleSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	branch, err := h.ruleBranch(r, policy.RatingRule, field(r, "branch"))
	if err != nil {
		return err
	}
	_, row, err := h.db.RatingRule(ctx, branch, h.today())
	if err != nil {
		return err
	}
	f := views.RatingRuleForm{RuleFrame: readFrame(r, branch), Days: field(r, "days"), Least: field(r, "least"), Unhappy: field(r, "unhappy")}
	number := func(name string) int {
		n, ok := formInt(r, name)
		if !ok || n < 0 || n > 1000 {
			return -1
		}
		return int(n)
	}
	rule := rating.Rule{Days: number("days"), Least: number("least"), Unhappy: number("unhappy")}
	for _, fault := range rule.Faults() {
		f.Errors.Add(fault.Field, lang.T(ctx, "填 %d 到 %d 的整数", fault.Min, fault.Max))
	}
	h.checkFrame(ctx, &f.RuleFrame, false)
	if f.Errors.Any() {
		return h.showRatingRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	version, err := h.setRule(r, &f.RuleFrame, policy.RatingRule, db.RuleRatings, rule)
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showRatingRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	return h.ruleSet(w, r, &f.RuleFrame, version, "/rules/ratings")
}
