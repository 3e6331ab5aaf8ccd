package handlers

import (
	"context"
	"strings"
	"time"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/tracking"
	"yike/views"
	"yike/views/lang"
)

// waybillFlags are how many of the listed parcels ask for somebody, and why;
// each figure opens its list.
func (h *Handlers) waybillFlags(ctx context.Context, scope policy.Scope, q waybillQuery, p *views.WaybillList) error {
	all, by, err := h.db.CountFlags(ctx, scope, q.WaybillFilter)
	if err != nil || all == 0 {
		return err
	}
	figure := func(label string, n int, flag string) {
		to := q
		to.At, to.Flagged, to.Flag = db.WaybillKey{}, true, flag
		p.Flags = append(p.Flags, views.Tally{Label: label, N: views.Thousands(int64(n)), Href: to.href(), Active: q.Flagged && q.Flag == flag})
	}
	figure(lang.T(ctx, "要人办"), all, "")
	for _, flag := range tracking.Flags() {
		if by[flag] > 0 {
			figure(views.FlagWord(ctx, flag), by[flag], flag)
		}
	}
	return nil
}

// watched says of the parcels of a list that asks for flagged ones why each
// asks for somebody, and whom.
func (h *Handlers) watched(ctx context.Context, f db.WaybillFilter, rows []db.WaybillRow) (map[int64]db.Watch, error) {
	if !f.Flagged {
		return nil, nil
	}
	ids := make([]int64, len(rows))
	for i, w := range rows {
		ids[i] = w.ID
	}
	return h.db.Watched(ctx, ids)
}

// watchShown is it in words.
func (h *Handlers) watchShown(ctx context.Context, w db.Watch) (out views.WaybillWatch) {
	for _, flag := range w.Flags {
		out.Flags = append(out.Flags, views.FlagWord(ctx, flag))
	}
	if w.LastAt != 0 {
		out.Last = views.TimeWord(ctx, time.UnixMilli(w.LastAt), h.db.Now())
	}
	out.Who = watchWho(ctx, w)
	return out
}

// watchWho is who has the to-do about a parcel; what is done is said, too.
func watchWho(ctx context.Context, w db.Watch) string {
	switch {
	case !w.Open:
		return lang.T(ctx, "办完了")
	case w.Who == "":
		return lang.T(ctx, "还没有人办")
	}
	return w.Who
}

// watchCells are the columns that a file of flagged parcels has more.
func watchCells(ctx context.Context, w db.Watch) []sheet.Cell {
	var words []string
	for _, flag := range w.Flags {
		words = append(words, views.FlagWord(ctx, flag))
	}
	last := ""
	if w.LastAt != 0 {
		last = time.UnixMilli(w.LastAt).In(db.Zone).Format("2006-01-02 15:04")
	}
	return []sheet.Cell{sheet.TextOf(strings.Join(words, " ")), sheet.TextOf(last), sheet.TextOf(watchWho(ctx, w))}
}
