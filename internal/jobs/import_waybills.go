package jobs

import (
	"slices"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/intake"
	"yike/policy/waybill"
)

// Reasons of a bill's rows that come from what is on record.
const (
	NumberElsewhere intake.Code = "number_elsewhere" // another branch has the parcel
	OtherBranch     intake.Code = "other_branch"     // the row or its client is another branch's
)

// billed reports a mapping by which parcels can be kept: number and day.
func billed(m intake.Mapping) bool {
	return slices.Contains(m, "waybill") && (slices.Contains(m, "day") || slices.Contains(m, "picked"))
}

// most is how many rows the import takes.
func (j *judging) most() int64 {
	if j.parcels != nil && j.MaxRows == db.MaxImportRows {
		return db.MaxBillRows
	}
	return j.MaxRows
}

// totals keeps what the totals rows of a bill say.
func (j *judging) totals(s *stream) {
	for _, t := range s.judge.Totals() {
		j.found.Totals = append(j.found.Totals, db.ImportTotal{Row: t.Row % sheetStep, Said: t.Said, Sum: t.Sum})
	}
}

// decideWaybill decides what becomes of a parcel beside what is on record: who
// it is bound to, whether the branch may have it, what it corrects.
func (s *stream) decideWaybill(d intake.Judged, r db.ImportRow) db.ImportRow {
	j := s.j
	r.Target = 0
	if d.Verdict == intake.Skip {
		return r
	}
	rec := &r.Record
	rec.Customer, rec.By = d.ID, d.By
	if rec.Customer == 0 {
		if rec.Customer = j.parcels.Attached(d.Record); rec.Customer != 0 {
			rec.By = waybill.ByHand
		}
	}
	if name := rec.Get("branch"); name != "" && !j.ours(name) {
		return refuse(r, OtherBranch)
	}
	if rec.Customer != 0 && d.ID != 0 {
		k := j.lookup.Customer(d.ID)
		if k == nil || !slices.Contains(j.db.Chain(k.BranchID), j.m.BranchID) {
			return refuse(r, OtherBranch)
		}
	}
	was := j.parcels.Parcel(rec.Get("waybill"))
	if was == nil {
		return r
	}
	if !slices.Contains(j.db.Chain(was.BranchID), j.m.BranchID) || !j.by.Scope(policy.ImportRun).SeesBranch(j.db.Chain(was.BranchID)) {
		return refuse(r, NumberElsewhere)
	}
	r.Target, rec.Version = was.ID, was.Version
	rec.Changes = db.CompareWaybill(*rec, was.Waybill, j.persons)
	if len(rec.Changes) == 0 {
		r.Verdict = "skip"
		r.Reasons = append([]intake.Problem{{Code: intake.NothingNew, Column: -1}}, r.Reasons...)
		return r
	}
	r.Verdict = "update"
	return r
}

// ours reports the name or code of a branch that the bill's branch is or has
// below it; a name that is no branch of the company's is not held against the
// row.
func (j *judging) ours(name string) bool {
	id := j.branches[name]
	if id == 0 {
		id = j.branches[strings.ToUpper(name)]
	}
	return id == 0 || slices.Contains(j.db.Chain(id), j.m.BranchID)
}
