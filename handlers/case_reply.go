package handlers

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/reply"
	"yike/views"
	"yike/views/lang"
)

// caseReplies offers the answers that fit what the client of a case said, and
// fills the chosen one in, to be looked over, copied and written down.
func (h *Handlers) caseReplies(ctx context.Context, a policy.Actor, x db.CaseRow, chosen string, p *views.CaseActPage) error {
	list, err := h.db.ReplyCandidates(ctx, x.BranchID)
	if err != nil {
		return err
	}
	asked := reply.Asked{Text: x.Said, Kind: x.Kind, Cause: x.Cause.Code}
	if x.Cause.ParentCode != "" {
		asked.Cause = x.Cause.ParentCode
	}
	for i, f := range reply.Fit(list, asked) {
		if i < replyShown || f.Ref == chosen {
			p.Replies = append(p.Replies, views.CaseReply{Title: f.Title, Href: caseActURL(x, casework.ActAnswer) + "?" + url.Values{"reply": {f.Ref}}.Encode(), On: f.Ref == chosen})
		}
	}
	i := slices.IndexFunc(list, func(c reply.Candidate) bool { return c.Ref == chosen })
	if i < 0 {
		return nil
	}
	facts, err := h.caseReplyFacts(ctx, a, x)
	if err != nil {
		return err
	}
	w := reply.Write(list[i].Template, facts)
	p.Reply, p.Subject, p.Text = chosen, "", w.Body
	if slices.Contains(casework.TellMeans, x.Channel) {
		p.How = x.Channel
	}
	if p.How == casework.Email {
		p.Subject = w.Subject
	}
	if len(w.Open) > 0 {
		p.Open = lang.T(ctx, "还要填上：%s", "{"+strings.Join(w.Open, "} {")+"}")
	}
	return nil
}

// caseReplyFacts are what an answer may say of a case: nothing that was not
// promised, and of parcels those that the actor sees.
func (h *Handlers) caseReplyFacts(ctx context.Context, a policy.Actor, x db.CaseRow) (reply.Facts, error) {
	f, err := h.replyFacts(ctx, a, x.BranchID, x.Caller)
	if err != nil {
		return f, err
	}
	f.Message.Client, f.Case = x.Customer, x.Code
	for _, due := range []int64{x.SolveDue, x.AnswerDue} {
		if f.Promise == "" && due > h.db.Now().UnixMilli() {
			f.Promise = h.clockSaid(ctx, due)
		}
	}
	if f.Waybills, err = h.db.CaseWaybills(ctx, x.ID); err != nil || len(f.Waybills) == 0 || !a.Can(policy.WaybillRead) {
		return f, err
	}
	known, err := h.db.CaseParcels(ctx, a.Scope(policy.WaybillRead), x.ID)
	if err != nil {
		return f, err
	}
	for _, n := range f.Waybills {
		w, seen := known[n]
		if !seen {
			continue // one that they do not see is not told
		}
		track, err := h.trackOf(ctx, w.Waybill)
		if err != nil {
			return f, err
		}
		if len(track.Days) > 0 && len(track.Days[0].Lines) > 0 {
			last := track.Days[0]
			f.Track = strings.Join([]string{last.Day.Text, last.Lines[0].Time, last.Lines[0].Words}, " ")
			break
		}
	}
	return f, nil
}

// checkReplied says beside an answer which variables nobody filled in.
func checkReplied(ctx context.Context, p *views.CaseActPage) {
	if open := reply.Unfilled(p.Text); len(open) > 0 {
		p.Errors.Add("text", lang.T(ctx, "还没填上：%s", "{"+strings.Join(open, "} {")+"}"))
	}
}
