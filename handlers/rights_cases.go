package handlers

import (
	"context"
	"slices"
	"strings"
	"time"

	"yike/db"
	"yike/policy/phone"
	"yike/views"
	"yike/views/lang"
)

// copyCases puts the cases of a person's copy into words: what was said and
// found, what was written on the way, what was asked and paid.
func copyCases(ctx context.Context, p db.PersonCopy, add func(group, item, text, on string)) {
	of, codes := lang.T(ctx, "工单"), map[int64]string{}
	said := func(parts ...string) string {
		return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), lang.T(ctx, "；"))
	}
	for _, x := range p.Cases {
		codes[x.ID] = x.Code
		add(of, x.Code+" "+views.CaseKindWord(ctx, x.Kind), said(x.Caller, phone.Display(x.CallerPhone), strings.TrimSpace(views.CaseChannelWord(ctx, x.Channel)+" "+x.Ticket), x.Said,
			views.WantWord(ctx, x.Wants), x.Result, x.UnsatisfiedReason, x.Measures, strings.Join(p.Parcels[x.ID], lang.T(ctx, "、"))), db.Day(time.UnixMilli(x.OpenedAt)))
	}
	for _, e := range p.CaseNotes {
		add(of, codes[e.CaseID]+" "+lang.T(ctx, "经过"), e.Note, db.Day(time.UnixMilli(e.At)))
	}
	for _, m := range p.Measures {
		add(lang.T(ctx, "改进措施"), views.MeasureSourceWord(ctx, m.Source), said(m.Said, m.Goal, m.Result, m.Learned), m.From)
	}
	for _, x := range p.Activities {
		came := ""
		if x.Came {
			came = lang.T(ctx, "来了")
		}
		add(lang.T(ctx, "参加的活动"), views.ActivityKindWord(ctx, x.Kind), said(x.Title, x.Place, came, x.Said), x.Day)
	}
	for _, m := range p.Claims {
		text := []string{m.Number, views.ClaimStateWord(ctx, m.State), lang.T(ctx, "客户要 %s 元", yuanShown(m.Asked))}
		if m.Agreed != 0 {
			text = append(text, lang.T(ctx, "同意 %s 元", yuanShown(m.Agreed)))
		}
		if m.Paid != 0 {
			text = append(text, lang.T(ctx, "付了 %s 元", yuanShown(m.Paid)), m.PaidDay, views.PayMeansWord(ctx, m.PaidHow))
		}
		add(lang.T(ctx, "理赔"), m.Code, said(append(text, m.Note, m.Reason)...), m.Day)
	}
}
