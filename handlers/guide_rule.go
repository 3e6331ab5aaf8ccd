package handlers

import (
	"context"
	"net/http"

	"yike/db"
	"yike/policy"
	"yike/policy/reply"
	"yike/views"
	"yike/views/lang"
)

// guideSaid says a guide in one line.
func guideSaid(ctx context.Context, value string) (string, error) {
	var g reply.Guide
	if value != "" {
		var err error
		if g, err = reply.ParseGuide(value); err != nil {
			return "", err
		}
	}
	g = views.GuideWords(ctx, g)
	return g.Listen + " " + g.Understand + " " + g.Solve, nil
}

// guide is how a client is met at a branch, in words.
func (h *Handlers) guide(ctx context.Context, branch int64) (reply.Guide, error) {
	g, _, err := h.db.Guide(ctx, branch, h.today())
	return views.GuideWords(ctx, g), err
}

func (h *Handlers) guideRuleForm(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	branch, err := h.ruleBranch(r, policy.TemplateRead, query(r, "branch"))
	if err != nil {
		return err
	}
	g, row, err := h.db.Guide(ctx, branch, h.today())
	if err != nil {
		return err
	}
	return h.showGuideRule(w, r, http.StatusOK, views.GuideRuleForm{RuleFrame: h.newFrame(branch), Guide: views.GuideWords(ctx, g)}, row)
}

func (h *Handlers) showGuideRule(w http.ResponseWriter, r *http.Request, status int, f views.GuideRuleForm, row db.RuleRow) error {
	ctx, a := r.Context(), actorOf(r)
	f.CanEdit, f.Branches = h.maySetRule(a, policy.TemplateEdit, db.ParseID(f.Branch)), h.ruleBranches(ctx, a.Scope(policy.TemplateRead))
	if err := h.fillFrame(ctx, &f.RuleFrame, db.RuleGuide, row, guideSaid); err != nil {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "听、理解、解决"), body: views.GuideRule(f), active: "/settings"})
}

// guideRuleSave sets how a client who complains is met.
func (h *Handlers) guideRuleSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	branch, err := h.ruleBranch(r, policy.TemplateEdit, field(r, "branch"))
	if err != nil {
		return err
	}
	_, row, err := h.db.Guide(ctx, branch, h.today())
	if err != nil {
		return err
	}
	f := views.GuideRuleForm{RuleFrame: readFrame(r, branch), Guide: reply.Guide{Listen: field(r, "listen"), Understand: field(r, "understand"), Solve: field(r, "solve")}}
	for _, name := range f.Guide.Faults() {
		f.Errors.Add(name, lang.T(ctx, "写一两句，最多 %d 个字", reply.MaxGuide))
	}
	if h.checkFrame(ctx, &f.RuleFrame, false); f.Errors.Any() {
		return h.showGuideRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	version, err := h.setRule(r, &f.RuleFrame, policy.TemplateEdit, db.RuleGuide, f.Guide)
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showGuideRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	return h.ruleSet(w, r, &f.RuleFrame, version, "/rules/guide")
}
