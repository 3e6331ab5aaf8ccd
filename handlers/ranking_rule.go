package handlers

import (
	"context"
	"net/http"

	"yike/db"
	"yike/policy"
	"yike/views"
	"yike/views/lang"
)

// rankingsSaid says in one line whether people are put in order.
func rankingsSaid(ctx context.Context, value string) (string, error) {
	on, err := db.ParseRankings(value)
	if err != nil {
		return "", err
	}
	if on {
		return lang.T(ctx, "可以排名"), nil
	}
	return lang.T(ctx, "不排名"), nil
}

func (h *Handlers) rankingRuleForm(w http.ResponseWriter, r *http.Request) error {
	branch, err := h.ruleBranch(r, policy.PeopleRule, query(r, "branch"))
	if err != nil {
		return err
	}
	on, row, err := h.db.Ranked(r.Context(), branch, h.today())
	if err != nil {
		return err
	}
	return h.showRankings(w, r, http.StatusOK, views.RankingForm{RuleFrame: h.newFrame(branch), On: on}, row)
}

func (h *Handlers) showRankings(w http.ResponseWriter, r *http.Request, status int, f views.RankingForm, row db.RuleRow) error {
	ctx, a := r.Context(), actorOf(r)
	f.CanEdit, f.Branches = h.maySetRule(a, policy.PeopleRule, db.ParseID(f.Branch)), h.ruleBranches(ctx, a.Scope(policy.PeopleRule))
	var err error
	if f.Said, err = rankingsSaid(ctx, row.Value); err != nil {
		return err
	}
	if err := h.fillFrame(ctx, &f.RuleFrame, db.RuleRankings, row, rankingsSaid); err != nil {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "绩效排名"), body: views.RankingRule(f), active: "/settings"})
}

// rankingRuleSave switches the order of people on or off.
func (h *Handlers) rankingRuleSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	branch, err := h.ruleBranch(r, policy.PeopleRule, field(r, "branch"))
	if err != nil {
		return err
	}
	_, row, err := h.db.Ranked(ctx, branch, h.today())
	if err != nil {
		return err
	}
	f := views.RankingForm{RuleFrame: readFrame(r, branch), On: field(r, "on") == "1"}
	h.checkFrame(ctx, &f.RuleFrame, false)
	if f.Errors.Any() {
		return h.showRankings(w, r, http.StatusUnprocessableEntity, f, row)
	}
	version, err := h.setRule(r, &f.RuleFrame, policy.PeopleRule, db.RuleRankings, db.Rankings{On: f.On})
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showRankings(w, r, http.StatusUnprocessableEntity, f, row)
	}
	return h.ruleSet(w, r, &f.RuleFrame, version, "/rules/rankings")
}
