package handlers

import (
	"context"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/day"
	"yike/policy/shipping"
	"yike/views"
	"yike/views/lang"
)

// mostComplaints is how far the complaints of one client are counted.
const mostComplaints = 10_000

// complaintPart is how often a client complained since a day, for the parcels
// of the same months; nil for who sees no cases. The list behind it has as many.
func (h *Handlers) complaintPart(ctx context.Context, a policy.Actor, c db.Customer, list []db.Month, from day.Day) (*views.ComplaintPart, error) {
	if !h.may(a, policy.CaseRead, c) {
		return nil, nil
	}
	q := caseQuery{from: from.String(), CaseFilter: db.CaseFilter{Show: db.CasesAll, Kind: casework.Complaint, CustomerID: c.ID, From: startOfDay(from), Counted: db.Counted{On: true}}}
	n, err := h.db.CountCases(ctx, a, q.CaseFilter, mostComplaints)
	if err != nil {
		return nil, err
	}
	var parcels int64
	for _, m := range list {
		if m.Month >= from.String()[:7] {
			parcels += m.Pieces
		}
	}
	rate := shipping.ComplaintRate(int64(n), parcels)
	p := &views.ComplaintPart{Count: views.Thousands(rate.Count), Href: q.href(), Parcels: views.Thousands(rate.Parcels), Rate: rate.Text()}
	switch {
	case n == 0:
		p.Text = lang.T(ctx, "近 12 个月没有投诉过。")
	case rate.Few:
		p.Text = lang.T(ctx, "近 12 个月只有 %d 件，太少，不算投诉率。", rate.Parcels)
	default:
		p.Text = lang.T(ctx, "近 12 个月登记的投诉，除以同期的件量。")
	}
	return p, nil
}

// lateHref is the list of a client's complaints of lateness since a day.
func (h *Handlers) lateHref(ctx context.Context, c db.Customer, since day.Day) (string, error) {
	causes, err := h.db.CaseCauses(ctx)
	if err != nil {
		return "", err
	}
	q := caseQuery{from: since.String(), CaseFilter: db.CaseFilter{Show: db.CasesAll, Kind: casework.Complaint, CustomerID: c.ID, From: startOfDay(since), Counted: db.Counted{On: true}}}
	for _, k := range causes {
		if k.Code == db.LateCause {
			q.CauseID = k.ID
		}
	}
	return q.href(), nil
}
