package report

import (
	"cmp"
	"slices"
)

// Units of a figure.
const (
	Count   = "count"
	Fen     = "fen"
	Share   = "share"   // tenths of a per cent
	Index   = "index"   // tenths of a point
	PerMany = "permany" // tenths, of ten thousand parcels
)

// Measure is a figure of a month beside the month before and the same month a
// year ago; nil is not known, or nothing to count of.
type Measure struct {
	Code   string `json:"code"`
	Value  *int64 `json:"value"`
	Before *int64 `json:"before"`
	Year   *int64 `json:"year"`
	Target *int64 `json:"target,omitempty"` // what was aimed at
}

// Kind is what a measure is.
type Kind struct {
	Unit string
	Good int   // +1: more is better, -1: less is better, 0: neither
	Few  int64 // below it, now and then, a change says nothing
	Much int64 // so much of a change is worth a sentence: tenths of a per cent, of shares and indices tenths of a point
}

// Kinds are the measures of the monthly report, by code; Codes are in the order
// in which they stand.
var (
	Codes = []string{"waybills", "pieces", "freight", "piece", "signed", "trouble", "visits", "cases", "complaints", "complaint_rate", "answered", "solved", "reopened", "ratings", "csi"}
	Kinds = map[string]Kind{
		"waybills": {Count, 1, 100, 100}, "pieces": {Count, 1, 100, 100}, "freight": {Fen, 1, 100_000, 100}, "piece": {Fen, 1, 1, 80},
		"signed": {Share, 1, 0, 20}, "trouble": {Share, -1, 0, 10},
		"visits": {Count, 1, 10, 200}, "cases": {Count, -1, 10, 200}, "complaints": {Count, -1, 5, 200}, "complaint_rate": {PerMany, -1, 1, 200},
		"answered": {Share, 1, 0, 50}, "solved": {Share, 1, 0, 50}, "reopened": {Count, -1, 3, 300}, "ratings": {Count, 0, 10, 300}, "csi": {Index, 1, 0, 30},
	}
)

// What a note compares with.
const (
	AgainstMonth = "month"
	AgainstYear  = "year"
)

// Note is a change worth a sentence: by how many tenths of a per cent, or of
// shares and indices tenths of a point, and whether it is for the better (+1),
// for the worse (-1) or neither.
type Note struct {
	Code    string `json:"code"`
	Against string `json:"against"`
	Tenths  int64  `json:"tenths"`
	Better  int    `json:"better"`
}

// MostNotes is how many sentences a report has.
const MostNotes = 6

// Notable are the changes worth a sentence: those that are large by their kind,
// the worse before the better, then by how far they are beyond what is large.
// Of the two comparisons of a measure the larger one speaks, against the month
// before where they are alike. The number of waybills is left to the pieces.
func Notable(list []Measure) []Note {
	type ranked struct {
		Note
		weight int64 // a hundredth of Much
	}
	var out []ranked
	for _, m := range list {
		k := Kinds[m.Code]
		if k.Unit == "" || m.Code == "waybills" {
			continue
		}
		var best ranked
		for _, than := range []struct {
			against string
			n       *int64
		}{{AgainstMonth, m.Before}, {AgainstYear, m.Year}} {
			d, ok := k.change(m.Value, than.n)
			if size := max(d, -d); ok && size >= k.Much && size*100/k.Much > best.weight {
				best = ranked{Note{m.Code, than.against, d, k.judge(d)}, size * 100 / k.Much}
			}
		}
		if best.weight > 0 {
			out = append(out, best)
		}
	}
	slices.SortStableFunc(out, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.Better, b.Better), cmp.Compare(b.weight, a.weight))
	})
	var notes []Note
	for _, x := range out[:min(len(out), MostNotes)] {
		notes = append(notes, x.Note)
	}
	return notes
}

// change is by how much a figure differs; false where nothing can be said.
func (k Kind) change(now, before *int64) (int64, bool) {
	switch {
	case now == nil || before == nil:
		return 0, false
	case k.Unit == Share || k.Unit == Index:
		return *now - *before, true
	case max(*now, *before) < k.Few:
		return 0, false
	}
	return Moved(*now, *before)
}

func (k Kind) judge(d int64) int {
	if d < 0 {
		return -k.Good
	}
	return k.Good
}
