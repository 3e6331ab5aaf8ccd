package handlers

import (
	"context"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/mask"
	"yike/views"
	"yike/views/lang"
)

// caseRatings is what the client thought of how a case was handled; once it is
// closed, how to ask.
func (h *Handlers) caseRatings(ctx context.Context, a policy.Actor, x db.CaseRow, level mask.Level) (views.CaseRatings, error) {
	var p views.CaseRatings
	may := func(right policy.Permission) bool {
		return h.db.SeesClient(a.Scope(right), x.BranchID, x.OwnerID, x.ClerkID)
	}
	right := policy.RatingRead
	if !may(right) {
		if right = policy.RatingAsk; !may(right) {
			return p, nil
		}
	}
	list, err := h.db.RatingsAbout(ctx, a.Scope(right), 0, 0, x.ID)
	if err != nil {
		return p, err
	}
	led, err := h.ledTo(ctx, a, list)
	if err != nil {
		return p, err
	}
	closed := !x.Standing().Open() && x.MergedID == 0
	rated, bad := false, false
	for _, r := range list {
		if r.AnsweredAt == 0 {
			continue
		}
		now := closed && r.AnsweredAt >= x.ClosedAt
		rated = rated || now
		line := views.CaseRating{Score: lang.T(ctx, "已经评过"), Way: views.RatingWayWord(ctx, r.Way), When: views.TimeWord(ctx, time.UnixMilli(r.AnsweredAt), h.db.Now())}
		if right == policy.RatingRead {
			bad = bad || now && r.Unhappy
			line.Score, line.Kind, line.Icon = views.ScoreWord(ctx, r.Score), views.ScoreKind(r.Score, r.Unhappy), views.ScoreIcon(r.Unhappy)
			line.Comment, line.Next = mask.Text(r.Comment, level), mask.Text(r.NextStep, level)
			line.LedTo = led[r.LedTo]
		}
		p.Rows = append(p.Rows, line)
	}
	if closed && may(policy.RatingAsk) {
		if p.Call = "/ratings/call?case=" + idText(x.ID); !rated {
			p.Ask = "/ratings/ask?case=" + idText(x.ID)
		}
	}
	if bad && h.db.MayEditCase(a, x) {
		p.Reopen = caseActURL(x, casework.ActReopen)
	}
	p.Shown = len(p.Rows) > 0 || p.Call != ""
	return p, nil
}

// ledTo are the cases that were opened for answers and that the actor sees, by
// their ids.
func (h *Handlers) ledTo(ctx context.Context, a policy.Actor, list []db.RatingRow) (map[int64]*views.CaseLink, error) {
	var ids []int64
	for _, r := range list {
		if r.LedTo != 0 {
			ids = append(ids, r.LedTo)
		}
	}
	if !a.Can(policy.CaseRead) {
		return nil, nil
	}
	rows, err := h.db.CasesOf(ctx, a, ids)
	out := map[int64]*views.CaseLink{}
	for id, x := range rows {
		out[id] = &views.CaseLink{Href: "/cases/" + idText(id), Text: x.Code + " " + views.CaseStepWord(ctx, x.Step)}
	}
	return out, err
}
