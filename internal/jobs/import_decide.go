package jobs

import (
	"slices"

	"yike/db"
	"yike/policy"
	"yike/policy/dedupe"
	"yike/policy/intake"
	"yike/policy/pinyin"
)

// decide turns a verdict of the judge, which knows nothing of rights, of the
// bin and of every column, into what will be done.
func (s *stream) decide(d intake.Judged, x item) db.ImportRow {
	j := s.j
	r := db.ImportRow{Sheet: s.sheet, Row: d.Row % sheetStep, Verdict: string(d.Verdict), Reasons: d.Problems, Cells: x.cells, Target: d.ID}
	rowNumber(d.Problems)
	rec := &r.Record
	if j.parcels != nil {
		rec.Take(d.Record)
	} else {
		rec.V, rec.Phones = d.Record.Map(), d.Record.Phones
	}
	rec.Tags, rec.Extra, rec.Due = d.Record.Tags, d.Extra, d.Record.DueWords
	if d.Of != 0 {
		rec.Of = d.Of % sheetStep
		if of := s.sheets[min(d.Of/sheetStep, len(s.sheets)-1)]; of != s.sheet {
			rec.OfSheet = of
		}
	}
	if d.Verdict == intake.Refuse {
		return r
	}
	if s.kind == intake.Visits {
		return s.decideVisit(d, r)
	}
	if j.parcels != nil {
		return s.decideWaybill(d, r)
	}
	if j.entries != nil {
		return s.decideEntry(d, r)
	}
	if j.cases != nil {
		return s.decideCase(d, r)
	}
	rec.Owner = j.person(rec.V["owner"], &r)
	if rec.Owner == 0 && rec.V["owner"] == "" && d.ID == 0 {
		rec.Owner = j.m.Options.Owner
	}
	rec.Clerk = j.person(rec.V["clerk"], &r)
	if rec.Owner == 0 && rec.V["owner"] != "" && d.ID == 0 {
		rec.Owner = j.m.Options.Owner
	}
	if name := rec.V["branch"]; name != "" && d.ID == 0 {
		if id := j.branches[name]; id == 0 {
			r.Reasons = append(r.Reasons, intake.Problem{Code: BranchUnknown, Column: -1, Field: "branch", Text: name})
		} else if id != j.m.BranchID && j.by.Scope(policy.CustomerCreate).SeesBranch(j.db.Chain(id)) {
			rec.Branch = id
		}
	}
	if d.ID == 0 {
		if d.Verdict == intake.Create {
			r.SortKey = pinyin.Key(rec.V["name"])
		}
		return r
	}
	k := j.lookup.Customer(d.ID)
	switch {
	case k == nil: // repeats an earlier row about a file on record
		return r
	case k.DeletedAt != 0:
		return refuse(r, InBin)
	case !k.Seen:
		return refuse(r, BelongsElsewhere)
	case d.Of != 0:
		return r
	}
	rec.Version = k.Version
	rec.Changes = db.CompareImport(*rec, k, j.m.Options.FillOnly, rec.Tags)
	r.Reasons = slices.DeleteFunc(r.Reasons, func(p intake.Problem) bool { return p.Code == intake.NothingNew || p.Code == intake.MatchedBy })
	why := intake.Problem{Code: intake.NothingNew, Column: -1}
	r.Verdict = "skip"
	if len(rec.Changes) > 0 {
		key := j.m.Options.Key
		if key == "" {
			key = string(intake.KeyNamePhone)
		}
		r.Verdict, why = "update", intake.Problem{Code: intake.MatchedBy, Column: -1, Text: key}
	}
	r.Reasons = append([]intake.Problem{why}, r.Reasons...)
	return r
}

// rowNumber gives the rows that reasons name the numbers that people read.
func rowNumber(list []intake.Problem) {
	for i := range list {
		switch list[i].Code {
		case intake.DuplicateOfRow, intake.DuplicateDiffers, intake.AccountOfAnother, intake.CodeOfAnother, intake.CreditOfAnother, intake.SameNameOtherwise, intake.SamePhone:
			list[i].N %= sheetStep
		}
	}
}

// refuse makes a row an error without a word of what it ran into.
func refuse(r db.ImportRow, code intake.Code) db.ImportRow {
	r.Verdict, r.Target = "error", 0
	r.Record.Changes, r.Record.Version = nil, 0
	r.Reasons = []intake.Problem{{Code: code, Severity: intake.Fault, Column: -1}}
	return r
}

// person is who a name means in the branch; who is nobody's is told.
func (j *judging) person(name string, r *db.ImportRow) int64 {
	if name == "" {
		return 0
	}
	id := j.people[name]
	if id == 0 {
		j.reps[name]++
		r.Reasons = append(r.Reasons, intake.Problem{Code: RepUnknown, Column: -1, Field: "owner", Text: name})
	}
	return id
}

func (s *stream) decideVisit(d intake.Judged, r db.ImportRow) db.ImportRow {
	j := s.j
	r.Record.Owner = j.person(r.Record.V["rep"], &r)
	if r.Record.Owner == 0 {
		r.Record.Owner = j.m.Options.Owner
	}
	if d.ID == 0 {
		if d.Verdict == intake.Skip {
			return r
		}
		name := r.Record.V["name"]
		if fold := dedupe.FoldName(name); fold != "" {
			for have := range j.names {
				if dedupe.FoldName(have) == fold {
					name = have
					break
				}
			}
		}
		j.names[name]++
		if j.m.Options.Unknown == "create" && r.Record.V["name"] != "" {
			return r
		}
		r.Verdict = "error"
		r.Reasons = []intake.Problem{{Code: intake.UnknownCustomer, Severity: intake.Fault, Column: -1, Text: r.Record.V["name"]}}
		return r
	}
	k := j.lookup.Customer(d.ID)
	log := j.by.Scope(policy.VisitLog)
	switch {
	case k == nil:
		return r
	case k.DeletedAt != 0:
		return refuse(r, InBin)
	case !log.Sees(j.db.Chain(k.BranchID), k.OwnerID, k.ClerkID):
		return refuse(r, BelongsElsewhere)
	}
	return r
}
