package handlers

import (
	"context"

	"yike/db"
	"yike/policy"
	"yike/policy/mask"
	"yike/policy/rating"
	"yike/views"
	"yike/views/lang"
)

// ratingCard is what a client thinks of us: the latest answer, and what it
// comes to beside the time before.
func (h *Handlers) ratingCard(ctx context.Context, a policy.Actor, all db.FilePage) (views.RatingCard, error) {
	var p views.RatingCard
	c := all.Customer
	if h.may(a, policy.RatingAsk, c) {
		p.Shown, p.Ask, p.Call = true, "/ratings/ask?customer="+idText(c.ID), "/ratings/call?customer="+idText(c.ID)
	}
	if !h.may(a, policy.RatingRead, c) {
		return p, nil
	}
	p.Shown, p.Read = true, true
	ours, err := h.db.ScoreOf(ctx, all)
	if err != nil {
		return p, err
	}
	p.Ours, p.OursHref = views.OurScore(ctx, ours.Shipped, ours.Points, ours.Parts, ours.Level), "/customers/"+idText(c.ID)+"/why#why-level"
	if !all.Has.Ratings {
		return p, nil
	}
	list, _, err := h.db.Ratings(ctx, a.Scope(policy.RatingRead), db.RatingFilter{CustomerID: c.ID, Limit: 1})
	if err != nil || len(list) == 0 {
		return p, err
	}
	x := list[0]
	p.Latest, p.Kind, p.Icon, p.Comment = views.ScoreWord(ctx, x.Score), views.ScoreKind(x.Score, x.Unhappy), views.ScoreIcon(x.Unhappy), mask.Text(x.Comment, h.db.MaskFor(a, x.BranchID, x.OwnerID, x.ClerkID))
	p.When, p.Href = views.DayWord(ctx, x.AnsweredOn, h.today()), "/ratings?customer="+idText(c.ID)
	rule, _, err := h.db.RatingRule(ctx, c.BranchID, h.today())
	if err != nil {
		return p, err
	}
	f := rule.TrendOf(all.Rated, h.todayDay())
	switch {
	case f.Now.N > 0 && !f.Now.Enough(rule):
		p.Trend = lang.T(ctx, "最近 %d 天评了 %d 份，太少，不出指数", rating.TrendDays, f.Now.N)
	case f.Now.N > 0 && f.Before.Enough(rule):
		p.Trend = lang.T(ctx, "最近 %d 天指数 %s（%d 份），再往前 %d 天 %s（%d 份）", rating.TrendDays, views.IndexText(f.Now.CSI()), f.Now.N, rating.TrendDays, views.IndexText(f.Before.CSI()), f.Before.N)
	case f.Now.N > 0:
		p.Trend = lang.T(ctx, "最近 %d 天指数 %s（%d 份）", rating.TrendDays, views.IndexText(f.Now.CSI()), f.Now.N)
	}
	return p, nil
}
