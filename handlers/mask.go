package handlers

import (
	"yike/db"
	"yike/policy"
	"yike/policy/mask"
)

// maskFor is how much of a customer's personal fields the actor sees.
func (h *Handlers) maskFor(a policy.Actor, c db.Customer) mask.Level {
	return h.db.MaskFor(a, c.BranchID, c.OwnerID, c.ClerkID)
}

// shownVisit is a visit as the actor may read it: what somebody wrote in it may
// name a number.
func (h *Handlers) shownVisit(a policy.Actor, v db.VisitRow) db.VisitRow {
	level := h.db.MaskFor(a, v.BranchID, v.OwnerID, v.ClerkID)
	for _, s := range []*string{&v.Purpose, &v.Learned, &v.NextStep, &v.Met} {
		*s = mask.Text(*s, level)
	}
	return v
}

// hidesOf says whether the actor reads a visit with something hidden in it. Such
// a one they do not edit: what they see would be written over what stands there.
func (h *Handlers) hidesOf(a policy.Actor, v db.VisitRow) bool {
	s := h.shownVisit(a, v)
	return s.Purpose != v.Purpose || s.Learned != v.Learned || s.NextStep != v.NextStep || s.Met != v.Met
}

// shownTold is a visit of the timeline, told to a reader of that level.
func shownTold(v db.TimelineVisit, level mask.Level) db.TimelineVisit {
	for _, s := range []*string{&v.Purpose, &v.Learned, &v.NextStep, &v.Met} {
		*s = mask.Text(*s, level)
	}
	return v
}

// brought says whether the actor may see what stands in the file of an import:
// they brought it themselves, or see all of the branch in full.
func (h *Handlers) brought(a policy.Actor, m db.Import) bool {
	return m.UserID == a.UserID || h.unmasked(a, m.BranchID)
}

func (h *Handlers) unmasked(a policy.Actor, branch int64) bool {
	return h.db.MaskFor(a, branch, 0, 0) == mask.Full
}
