package jobs

import (
	"slices"

	"yike/db"
	"yike/policy"
	"yike/policy/intake"
)

// Reasons of an account file's rows that come from what is on record.
const (
	EntryVoid      intake.Code = "entry_void"       // the document was declared void
	EntryOfAnother intake.Code = "entry_of_another" // the number is another client's, or another kind's
)

const modePayments = "payments"

// booked reports a mapping by which documents can be kept.
func booked(m intake.Mapping) bool {
	return slices.Contains(m, "doc") && slices.Contains(m, "day") && (slices.Contains(m, "charged") || slices.Contains(m, "paid"))
}

// decideEntry decides what becomes of a document beside what is on record: whose
// it is, whether the branch may have it, what it corrects.
func (s *stream) decideEntry(d intake.Judged, r db.ImportRow) db.ImportRow {
	j := s.j
	r.Target = 0
	if d.Verdict == intake.Skip {
		return r
	}
	rec := &r.Record
	if d.ID == 0 {
		code, text := intake.UnknownCustomer, rec.V["name"]
		if slices.ContainsFunc(d.Problems, func(p intake.Problem) bool { return p.Code == intake.SenderSeveral }) {
			code = intake.Ambiguous
		}
		j.names[text]++
		r = refuse(r, code)
		r.Reasons[0].Text = text
		return r
	}
	rec.Customer = d.ID
	k := j.lookup.Customer(d.ID)
	switch {
	case k == nil || !slices.Contains(j.db.Chain(k.BranchID), j.m.BranchID):
		return refuse(r, OtherBranch)
	case k.DeletedAt != 0:
		return refuse(r, InBin)
	case !j.by.Scope(policy.AccountEdit).Sees(j.db.Chain(k.BranchID), k.OwnerID, k.ClerkID):
		return refuse(r, BelongsElsewhere)
	}
	was := j.entries.Entry(rec.V["doc"])
	switch {
	case was == nil:
		return r
	case was.VoidedAt != 0:
		return refuse(r, EntryVoid)
	case was.CustomerID != d.ID || was.Kind != rec.V["doc_kind"]:
		return refuse(r, EntryOfAnother)
	}
	r.Target, rec.Version = was.ID, was.Version
	rec.Changes = db.CompareEntry(*rec, *was)
	if len(rec.Changes) == 0 {
		r.Verdict = "skip"
		r.Reasons = append([]intake.Problem{{Code: intake.NothingNew, Column: -1}}, r.Reasons...)
		return r
	}
	r.Verdict = "update"
	return r
}
