// Package retention owns for how long each kind of data is kept (R250–R252):
// for a first time it is in use; then what it says of persons goes into an
// archive that no list, search or export reads; after a second time it is
// destroyed, and only its figures stay. What is still needed for something is
// held, however old it is.
//
// It knows nothing of where the data stand and nothing of the present: who
// needs today brings it.
package retention

import (
	"fmt"

	"yike/policy/day"
)

// Kind is a kind of data with a time of its own.
type Kind string

// The kinds, in the order in which a page shows them. The day that counts is
// in the comment.
const (
	Visits  Kind = "visits"  // the day of the visit
	Cases   Kind = "cases"   // the day on which it was closed
	Forms   Kind = "forms"   // the day on which the feedback form was sent
	Ratings Kind = "ratings" // the day on which it was asked for
	Letters Kind = "letters" // the day on which the message was made
	Bin     Kind = "bin"     // the day on which the client was put into the recycle bin

	Imports  Kind = "imports"  // the day of the last that was done to the import: the file that was brought
	Absences Kind = "absences" // the last day of the absence
	Leavers  Kind = "leavers"  // the last day of somebody who left: what their account says of them
)

// Kinds lists every kind.
var Kinds = []Kind{Visits, Cases, Forms, Ratings, Letters, Bin, Imports, Absences, Leavers}

// Law says where a bound comes from.
type Law string

const (
	Own        Law = "own"        // the company's own setting: no law names a figure
	Limitation Law = "limitation" // Civil Code, article 188: a claim can be brought for three years
	Shortest   Law = "shortest"   // Personal Information Protection Law, article 19: no longer than needed
	Undo       Law = "undo"       // what was done by mistake can be taken back for thirty days
	Labour     Law = "labour"     // Labour Dispute Mediation and Arbitration Law, article 27: arbitration can be asked for within a year
)

// Term is for how many months a kind is in use and how many it is kept in all.
// Archive is 0 of a kind that has no archive.
type Term struct {
	Archive int `json:"archive"`
	Destroy int `json:"destroy"`
}

// Bound holds what a company may set for a kind. The least and the most are of
// the whole time; the archive begins at the earliest after ArchiveLeast months.
type Bound struct {
	Usual               Term
	ArchiveLeast        int // 0: the kind has no archive
	Least, Most         int
	LeastLaw, LongerLaw Law // why not shorter, why not longer

	// Named: the kind is destroyed only by a rule that names it. An older rule,
	// that nobody could see it in, destroys nothing of it.
	Named bool
}

var bounds = map[Kind]Bound{
	Visits:  {Usual: Term{24, 60}, ArchiveLeast: 12, Least: 13, Most: 120, LeastLaw: Own, LongerLaw: Shortest},
	Cases:   {Usual: Term{24, 60}, ArchiveLeast: 12, Least: 36, Most: 120, LeastLaw: Limitation, LongerLaw: Shortest},
	Forms:   {Usual: Term{24, 60}, ArchiveLeast: 12, Least: 13, Most: 120, LeastLaw: Own, LongerLaw: Shortest},
	Ratings: {Usual: Term{24, 60}, ArchiveLeast: 12, Least: 13, Most: 120, LeastLaw: Own, LongerLaw: Shortest},
	Letters: {Usual: Term{12, 36}, ArchiveLeast: 12, Least: 13, Most: 120, LeastLaw: Own, LongerLaw: Shortest},
	Bin:     {Usual: Term{0, 12}, Least: 2, Most: 60, LeastLaw: Undo, LongerLaw: Shortest},

	Imports:  {Usual: Term{0, 6}, Least: 2, Most: 36, LeastLaw: Undo, LongerLaw: Shortest, Named: true},
	Absences: {Usual: Term{0, 24}, Least: 13, Most: 60, LeastLaw: Labour, LongerLaw: Shortest, Named: true},
	Leavers:  {Usual: Term{0, 24}, Least: 13, Most: 60, LeastLaw: Labour, LongerLaw: Shortest, Named: true},
}

// BoundOf is what a company may set for a kind.
func BoundOf(k Kind) Bound { return bounds[k] }

// Rule is the dated rule: what is switched on, and the time of each kind. A
// kind that is not named has its usual time.
type Rule struct {
	Archiving  bool          `json:"archiving"`
	Destroying bool          `json:"destroying"`
	Terms      map[Kind]Term `json:"terms"`
}

// Term is the time of a kind, within its bounds whatever was stored.
func (r Rule) Term(k Kind) Term {
	b, t := bounds[k], r.Terms[k]
	if t == (Term{}) {
		t = b.Usual
	}
	t.Destroy = min(max(t.Destroy, b.Least), b.Most)
	if b.ArchiveLeast == 0 {
		t.Archive = 0
		return t
	}
	t.Archive = min(max(t.Archive, b.ArchiveLeast), t.Destroy-1)
	return t
}

// Destroys says whether the rule destroys a kind.
func (r Rule) Destroys(k Kind) bool {
	_, named := r.Terms[k]
	return r.Destroying && (named || !bounds[k].Named)
}

// Fault is what is wrong with a time that somebody wants to set.
type Fault string

const (
	Fine        Fault = ""
	BadArchive  Fault = "archive" // before its least
	BadDestroy  Fault = "destroy" // outside of its bounds
	WrongOrder  Fault = "order"   // destroyed before it was archived
	UnknownKind Fault = "unknown" // no kind of that name
)

// Check says what is wrong with a time of a kind.
func Check(k Kind, t Term) Fault {
	b, known := bounds[k]
	switch {
	case !known:
		return UnknownKind
	case t.Destroy < b.Least || t.Destroy > b.Most:
		return BadDestroy
	case b.ArchiveLeast == 0 && t.Archive != 0 || b.ArchiveLeast != 0 && t.Archive < b.ArchiveLeast:
		return BadArchive
	case b.ArchiveLeast != 0 && t.Archive >= t.Destroy:
		return WrongOrder
	}
	return Fine
}

// Over is the first day on which a time of some months is over that began on
// from. The last day of the time is the one of the same number, in a month
// without it the month's last (Civil Code, article 202).
func Over(from day.Day, months int) day.Day {
	if !from.Valid() {
		return day.None
	}
	return from.AddMonths(months).Add(1)
}

// Before is the day before which everything's time of some months is over
// today: of an earlier day Over has come, of this day and later ones it has
// not.
func Before(today day.Day, months int) day.Day {
	d := today.AddMonths(-months)
	if !d.Valid() {
		return day.None
	}
	for d.Valid() && Over(d, months) > today {
		d = d.Add(-1)
	}
	for Over(d, months) <= today {
		d = d.Add(1)
	}
	return d
}

// Facts are what may hold a row.
type Facts struct {
	OpenCase, OpenClaim, Request, Owes, Hold bool
}

// Reason is why a row is held; "" when nothing holds it.
type Reason string

const (
	Free      Reason = ""
	ByHold    Reason = "hold"    // somebody said so, with a reason
	ByRequest Reason = "request" // a person asked for their data and was not answered yet
	ByCase    Reason = "case"    // a case is open
	ByClaim   Reason = "claim"   // a claim is neither paid nor refused
	ByAccount Reason = "account" // the account is not settled
)

// Reasons lists what holds a row, the strongest first.
var Reasons = []Reason{ByHold, ByRequest, ByCase, ByClaim, ByAccount}

// Held says why a row is neither archived nor destroyed though its time is
// over, by the strongest reason.
func Held(f Facts) Reason {
	switch {
	case f.Hold:
		return ByHold
	case f.Request:
		return ByRequest
	case f.OpenCase:
		return ByCase
	case f.OpenClaim:
		return ByClaim
	case f.Owes:
		return ByAccount
	}
	return Free
}

// ParseKind returns the kind of that word.
func ParseKind(s string) (Kind, error) {
	if _, ok := bounds[Kind(s)]; !ok {
		return "", fmt.Errorf("unknown kind of data %q", s)
	}
	return Kind(s), nil
}

// Archived says whether the kind has an archive.
func (k Kind) Archived() bool { return bounds[k].ArchiveLeast != 0 }

// Staff says whether the kind is about the company's own people.
func (k Kind) Staff() bool { return k == Absences || k == Leavers }

// BackMonths is for how long what was brought back from the archive stays in
// use before its time counts again.
const BackMonths = 3
