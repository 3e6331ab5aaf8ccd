package measure

import "slices"

// Figure is what a measure may be judged by.
type Figure string

// The catalogue. The rates are of all the clients together, the others an
// average of one client.
const (
	Pieces     Figure = "pieces"     // parcels sent, cancelled ones not
	Freight    Figure = "freight"    // fen, of the same
	Active     Figure = "active"     // clients who sent anything, of 1,000
	Visits     Figure = "visits"     // visits made
	Complaints Figure = "complaints" // cases of that kind, the merged ones not
	Rate       Figure = "rate"       // complaints of 10,000 pieces
	Satisfied  Figure = "satisfied"  // answers with a good score, of 1,000
)

// Figures lists the catalogue in the order of a choice.
var Figures = []Figure{Pieces, Freight, Active, Visits, Complaints, Rate, Satisfied}

// Valid says that a figure is one of the catalogue.
func (f Figure) Valid() bool { return slices.Contains(Figures, f) }

// LessIsBetter says which way a figure should go.
func (f Figure) LessIsBetter() bool { return f == Complaints || f == Rate }

// per is of how many a rate is said; 0 for an average of one client.
func (f Figure) per() float64 {
	switch f {
	case Rate:
		return 10_000
	case Satisfied, Active:
		return 1_000
	}
	return 0
}

// Counted is what was counted of one client in a span.
type Counted struct {
	Waybills, Pieces, Freight int64
	Visits, Complaints        int64
	Answers, Good             int64
}

// ratio is a figure's parts: what it counts, and of how many.
func (f Figure) ratio(c Counted) (num, of float64) {
	switch f {
	case Pieces:
		return float64(c.Pieces), 1
	case Freight:
		return float64(c.Freight), 1
	case Active:
		if c.Pieces > 0 {
			return 1, 1
		}
		return 0, 1
	case Visits:
		return float64(c.Visits), 1
	case Complaints:
		return float64(c.Complaints), 1
	case Rate:
		return float64(c.Complaints), float64(c.Pieces)
	case Satisfied:
		return float64(c.Good), float64(c.Answers)
	}
	return 0, 0
}

// One is a figure of a single client, in the unit of a Side; false where there is
// nothing of which to say a rate.
func (f Figure) One(c Counted) (value float64, known bool) {
	num, of := f.ratio(c)
	if of == 0 {
		return 0, false
	}
	if per := f.per(); per != 0 {
		num *= per
	}
	return num / of, true
}
