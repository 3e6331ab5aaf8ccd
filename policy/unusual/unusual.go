// Package unusual owns when somebody's looking at clients' personal data is out
// of the ordinary, so that a manager should ask (R244, R246): more files in a
// day than is usual for that person, or many masked fields revealed within an
// hour. It judges numbers; it knows neither people nor clients, and an alert is
// a question, not a verdict.
package unusual

import "slices"

// Limits are from where on it is unusual.
type Limits struct {
	Times   int `json:"times"`   // times the person's own median day
	Files   int `json:"files"`   // and never fewer than this many files a day
	Reveals int `json:"reveals"` // revealed fields within an hour
}

// Default is our choice where the documents are silent: three times one's own
// usual day and more than 50 files, or more than 20 fields within an hour.
func Default() Limits { return Limits{Times: 3, Files: 50, Reveals: 20} }

// Kind says what was unusual.
type Kind string

// What can be.
const (
	Nothing     Kind = ""
	ManyFiles   Kind = "files"   // distinct clients' files opened in a day
	ManyReveals Kind = "reveals" // masked fields revealed within an hour
)

// Usage is what one person did up to now.
type Usage struct {
	Files   int   // distinct clients whose personal data they looked at today
	Before  []int // the same for each earlier day on which they looked at any, of the last 30 days
	Reveals int   // fields revealed within the last hour
}

// Finding is what was unusual about it: N files or fields, where Usual is the
// person's own median day (files) or the limit (reveals).
type Finding struct {
	Kind     Kind
	N, Usual int
}

// Judge says whether a person's looking is unusual. Who has looked on few days
// has a low median, so that for a newcomer the fixed limit decides alone.
func Judge(u Usage, l Limits) Finding {
	if l.Reveals > 0 && u.Reveals > l.Reveals {
		return Finding{ManyReveals, u.Reveals, l.Reveals}
	}
	usual := Median(u.Before)
	if l.Files > 0 && u.Files > l.Files && u.Files > l.Times*usual {
		return Finding{ManyFiles, u.Files, usual}
	}
	return Finding{}
}

// fewest is on how many days one must have looked for a median to mean
// anything.
const fewest = 5

// Median is the middle of the days, the lower one of two; 0 for fewer than five.
func Median(days []int) int {
	if len(days) < fewest {
		return 0
	}
	sorted := slices.Sorted(slices.Values(days))
	return sorted[(len(sorted)-1)/2]
}
