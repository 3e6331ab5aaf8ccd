package classify

import (
	"slices"
	"unicode/utf8"
)

// Fault is what is wrong with a rule: its field, and between what it must lie.
// Order says that the second of a pair is not below the first.
type Fault struct {
	Field    string
	Min, Max int64
	Order    bool
}

// Field is one figure of a rule as a form shows it, in the rule's own unit.
type Field struct {
	Name     string // as in the JSON; pairs end in .0 and .1
	Unit     string // yuan (kept as fen), percent, months, orders, points
	Min, Max int64
	Get      func() int64
	Set      func(int64)
}

func number[T int | int64](name, unit string, least, most int64, p *T) Field {
	return Field{Name: name, Unit: unit, Min: least, Max: most, Get: func() int64 { return int64(*p) }, Set: func(v int64) { *p = T(v) }}
}

func pair[T int | int64](name, unit string, least, most int64, p *[2]T) []Field {
	return []Field{number(name+".0", unit, least, most, &p[0]), number(name+".1", unit, least, most, &p[1])}
}

const most = 1_000_000_000_00 // fen

// Fields of the rule of A, B and C.
func (r *Classes) Fields() []Field {
	return slices.Concat([]Field{number("window", "months", 1, Months, &r.Window)}, pair("amount", "yuan", 1, most, &r.Amount),
		pair("share", "percent", 1, 100, &r.Share), pair("rank", "percent", 1, 100, &r.Rank),
		pair("year", "yuan", 1, most, &r.Year), []Field{number("repeat", "percent", 0, 100, &r.Repeat)}, pair("score", "points", 1, 100, &r.Score),
		[]Field{number("weights.0", "points", 0, 100, &r.Weights[0]), number("weights.1", "points", 0, 100, &r.Weights[1]), number("weights.2", "points", 0, 100, &r.Weights[2]),
			number("weights.3", "points", 0, 100, &r.Weights[3]), number("full.0", "orders", 1, 1_000_000, &r.Full[0]), number("full.1", "yuan", 1, most, &r.Full[1])},
		pair("tier", "percent", 1, 100, &r.Tier), []Field{number("promise", "points", 0, 100, &r.Promise)})
}

// Fields of the rule of RFM, without the mapping.
func (r *RFM) Fields() []Field {
	return slices.Concat(pair("recency", "months", 1, Months, &r.Recency), pair("orders", "orders", 1, 1_000_000, &r.Orders),
		pair("amount", "yuan", 1, most, &r.Amount), pair("average", "yuan", 1, most, &r.Average),
		[]Field{number("upper", "percent", 1, 99, &r.Upper), number("lower", "percent", 1, 99, &r.Lower)})
}

// Fields of the rule of value, marks and stages, without the season.
func (r *Tags) Fields() []Field {
	return slices.Concat(pair("worth", "yuan", 1, most, &r.Worth), []Field{number("worthMonths", "months", 1, Months, &r.WorthMonths),
		number("stableOrders", "orders", 1, 1_000_000, &r.StableOrders), number("stableMonths", "months", 1, Months, &r.StableMonths),
		number("seasonTimes", "percent", 101, 10_000, &r.SeasonTimes), number("seasonOrders", "orders", 1, 1_000_000, &r.SeasonOrders),
		number("silent", "months", 1, 24, &r.Silent), number("slip", "percent", 1, 99, &r.Slip), number("slipOrders", "orders", 1, 1_000_000, &r.SlipOrders),
		number("new", "months", 1, Months, &r.New), number("grow", "percent", 101, 1000, &r.Grow), number("decline", "percent", 1, 99, &r.Decline),
		number("lost", "months", 2, 60, &r.Lost)})
}

func bounds(fields []Field) (out []Fault) {
	for _, f := range fields {
		if v := f.Get(); v < f.Min || v > f.Max {
			out = append(out, Fault{Field: f.Name, Min: f.Min, Max: f.Max})
		}
	}
	return out
}

// Bounds of the usual industries: how many words, and of how many signs.
const (
	IndustryWords = 20
	IndustryRunes = 20
)

// Cadences are how many months may lie between two re-evaluations.
var Cadences = []int{1, 3, 6, 12}

// Faults says what keeps the rule from being used.
func (r *Classes) Faults() []Fault {
	out := bounds(r.Fields())
	order := func(bad bool, field string) {
		if bad && len(out) == 0 {
			out = append(out, Fault{Field: field, Order: true})
		}
	}
	order(r.Amount[0] <= r.Amount[1], "amount.1")
	order(r.Share[0] >= r.Share[1], "share.1")
	order(r.Rank[0] >= r.Rank[1], "rank.1")
	order(r.Year[0] <= r.Year[1], "year.1")
	order(r.Score[0] <= r.Score[1], "score.1")
	order(r.Tier[0] >= r.Tier[1], "tier.1")
	if sum := r.Weights[0] + r.Weights[1] + r.Weights[2] + r.Weights[3]; sum == 0 {
		out = append(out, Fault{Field: "weights.0", Min: 1, Max: 100})
	}
	if len(r.Methods) == 0 || slices.ContainsFunc(r.Methods, func(m string) bool { return !slices.Contains(Methods, m) }) {
		out = append(out, Fault{Field: "methods"})
	}
	if !slices.Contains(Cadences, r.Every) {
		out = append(out, Fault{Field: "every"})
	}
	if len(r.Industries) > IndustryWords || slices.ContainsFunc(r.Industries, func(w string) bool { n := utf8.RuneCountInString(w); return n == 0 || n > IndustryRunes }) {
		out = append(out, Fault{Field: "industries", Min: 0, Max: IndustryWords})
	}
	if slices.ContainsFunc(r.Lower, func(w string) bool { return !slices.Contains(LowTiers, w) }) {
		out = append(out, Fault{Field: "lower"})
	}
	return out
}

// Faults says what keeps the rule from being used; every cell needs a segment.
func (r *RFM) Faults() []Fault {
	out := bounds(r.Fields())
	order := func(bad bool, field string) {
		if bad && len(out) == 0 {
			out = append(out, Fault{Field: field, Order: true})
		}
	}
	order(r.Recency[0] >= r.Recency[1], "recency.1")
	order(r.Orders[0] <= r.Orders[1], "orders.1")
	order(r.Amount[0] <= r.Amount[1], "amount.1")
	order(r.Average[0] <= r.Average[1], "average.1")
	order(r.Upper <= r.Lower, "lower")
	if r.Way != Fixed && r.Way != Quantile {
		out = append(out, Fault{Field: "way"})
	}
	for _, s := range r.Segments {
		if !slices.Contains(Segments, s) {
			return append(out, Fault{Field: "segments"})
		}
	}
	return out
}

// Faults says what keeps the rule from being used.
func (r *Tags) Faults() []Fault {
	out := bounds(r.Fields())
	if len(out) == 0 && r.Worth[0] < r.Worth[1] {
		out = append(out, Fault{Field: "worth.1", Order: true})
	}
	if len(out) == 0 && r.Lost <= r.Silent {
		out = append(out, Fault{Field: "lost", Order: true})
	}
	if len(r.Season) == 0 || len(r.Season) > 11 || slices.ContainsFunc(r.Season, func(m int) bool { return m < 1 || m > 12 }) {
		out = append(out, Fault{Field: "season"})
	}
	return out
}

// Due says whether classes are re-evaluated in a month (1–12) that so many
// months lie between: 6 means January and July.
func (r Classes) Due(month int) bool { return r.Every > 0 && (month-1)%r.Every == 0 }
