package jobs

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/cause"
	"yike/policy/intake"
)

// decideCase decides what becomes of a row of a register beside what is on
// record: whose client called, who handled it, and what has no field of its own
// and goes into the words of the result.
func (s *stream) decideCase(d intake.Judged, r db.ImportRow) db.ImportRow {
	j, rec := s.j, &r.Record
	r.Target = 0
	if d.Verdict == intake.Skip {
		return r
	}
	if j.cases.Known(d.Record) {
		r.Verdict = "skip"
		r.Reasons = []intake.Problem{{Code: intake.NothingNew, Column: -1}}
		return r
	}
	// A client of another branch stays a caller here: their file is none of ours.
	if k := j.lookup.Customer(d.ID); k != nil && k.DeletedAt == 0 && slices.Contains(j.db.Chain(k.BranchID), j.m.BranchID) &&
		j.by.Scope(policy.CaseEdit).Sees(j.db.Chain(k.BranchID), k.OwnerID, k.ClerkID) {
		rec.Customer = d.ID
	}
	rec.V["channel"], _ = intake.ParseChannel(rec.V["channel"])
	rec.V["severity"], _ = intake.ParseSeverity(rec.V["severity"])
	id := j.cases.Cause(rec.V["cause"])
	if id == 0 {
		id = j.cases.Cause(cause.Other)
	}
	rec.V["cause_id"] = strconv.FormatInt(id, 10)
	if name := rec.V["handler"]; name != "" {
		full := intake.PersonOf(name, slices.Collect(maps.Keys(j.people)))
		if rec.Owner = j.people[full]; rec.Owner == 0 {
			rec.Owner = j.person(name, &r)
		}
	}
	lines := []string{rec.V["handling"], rec.V["result"]}
	if rec.V["compensation"] != "" {
		lines = append(lines, s.headingOf("compensation")+"："+strings.TrimSpace(r.Cells[slices.Index(s.m, "compensation")]))
	}
	if rec.Owner == 0 && rec.V["handler"] != "" {
		lines = append(lines, s.headingOf("handler")+"："+rec.V["handler"])
	}
	lines = append(lines, rec.V["remark"])
	rec.V["result"] = strings.Join(slices.DeleteFunc(lines, func(l string) bool { return l == "" }), "\n")
	return r
}

// headingOf is what the file calls a field that is mapped.
func (s *stream) headingOf(field string) string {
	if c := slices.Index(s.m, field); c >= 0 && c < len(s.header.Headings) {
		return s.header.Headings[c]
	}
	return ""
}
