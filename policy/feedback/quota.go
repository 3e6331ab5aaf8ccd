package feedback

import (
	"encoding/json"
	"fmt"
)

// Quota is how many forms a branch owes in a month (R116, R117), and within how
// many working days the marketing department answers one.
type Quota struct {
	Total int `json:"total"`
	A     int `json:"a"`
	B     int `json:"b"`
	C     int `json:"c"`
	Days  int `json:"days"`
}

// DefaultQuota is the customer's: five a month, of A and B clients two each at
// the least, of C clients one. The days are ours.
func DefaultQuota() Quota { return Quota{Total: 5, A: 2, B: 2, C: 1, Days: 3} }

// ParseQuota reads a quota as it was set.
func ParseQuota(text string) (Quota, error) {
	var q Quota
	if err := json.Unmarshal([]byte(text), &q); err != nil {
		return q, fmt.Errorf("quota of forms: %w", err)
	}
	return q, nil
}

// Bounds of a quota.
const (
	MaxQuota = 200
	MaxDays  = 30
)

// Classes of which a quota names a number.
var Classes = []string{"A", "B", "C"}

// Of is how many forms of a class are asked for at the least.
func (q Quota) Of(class string) int {
	switch class {
	case "A":
		return q.A
	case "B":
		return q.B
	case "C":
		return q.C
	}
	return 0
}

// QuotaFault is what is wrong with a field of a quota.
type QuotaFault struct {
	Field    string
	Min, Max int
}

// Faults says what is wrong with a quota. Nought asks for none.
func (q Quota) Faults() []QuotaFault {
	var out []QuotaFault
	for _, x := range []struct {
		name     string
		n        int
		min, max int
	}{{"total", q.Total, 0, MaxQuota}, {"a", q.A, 0, MaxQuota}, {"b", q.B, 0, MaxQuota}, {"c", q.C, 0, MaxQuota}, {"days", q.Days, 1, MaxDays}} {
		if x.n < x.min || x.n > x.max {
			out = append(out, QuotaFault{x.name, x.min, x.max})
		}
	}
	if len(out) == 0 && q.A+q.B+q.C > q.Total {
		out = append(out, QuotaFault{"total", q.A + q.B + q.C, MaxQuota})
	}
	return out
}

// Owed is what is missing of a quota.
type Owed struct {
	Total int
	Class map[string]int // by class, those of which any is missing
}

// Missing says what is missing when have were sent, by class. What is missing
// of the classes counts toward the total: a form too many of one class makes up
// for the number, not for another class.
func (q Quota) Missing(have map[string]int) Owed {
	out := Owed{Class: map[string]int{}}
	sent, classes := 0, 0
	for _, n := range have {
		sent += n
	}
	for _, class := range Classes {
		if n := q.Of(class) - have[class]; n > 0 {
			out.Class[class] = n
			classes += n
		}
	}
	out.Total = max(classes, q.Total-sent)
	return out
}
