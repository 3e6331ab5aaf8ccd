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
	for _, s := range visitTexts(&v.Visit) {
		*s = mask.Text(*s, level)
	}
	return v
}

// visitTexts is what people wrote of a visit in their own words, by its field.
func visitTexts(v *db.Visit) map[string]*string {
	return map[string]*string{"purpose": &v.Purpose, "learned": &v.Learned, "next_step": &v.NextStep, "met": &v.Met}
}

// hiddenOf are the fields of a visit in which something is hidden from the
// actor, with what they read there. On a form such a field stands empty: what
// they see would be written over what stands there.
func (h *Handlers) hiddenOf(a policy.Actor, v db.VisitRow) map[string]string {
	out := map[string]string{}
	shown := h.shownVisit(a, v)
	texts := visitTexts(&v.Visit)
	for name, s := range visitTexts(&shown.Visit) {
		if *s != *texts[name] {
			out[name] = *s
		}
	}
	return out
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
