package people

import (
	"encoding/json"
	"slices"

	"yike/policy/report"
)

// Branch is the group of the figures of a branch, those of its monthly report;
// TargetGroups are all that something may be aimed at with.
const Branch = "branch"

// TargetGroups see Branch.
var TargetGroups = append([]string{Branch}, Groups...)

// Units that only figures of branches have.
const (
	Fen   = report.Fen
	Index = report.Index // tenths of a point
)

// Aims are the measures of a group that may have a target: of which more, or
// less, is better.
func Aims(group string) (out []Measure) {
	if group == Branch {
		for _, code := range report.Codes {
			if k := report.Kinds[code]; k.Good != 0 {
				out = append(out, Measure{Code: code, Unit: k.Unit, Good: k.Good, Groups: []string{Branch}})
			}
		}
		return out
	}
	for _, m := range Measures {
		if m.Of(group) && m.Good != 0 {
			out = append(out, m)
		}
	}
	return out
}

// AimOf is the measure of a group by its code, of those that may have a target.
func AimOf(group, code string) (Measure, bool) {
	list := Aims(group)
	i := slices.IndexFunc(list, func(m Measure) bool { return m.Code == code })
	if i < 0 {
		return Measure{}, false
	}
	return list[i], true
}

// Target is what is aimed at in one month with each person of a group, with one
// person, or (group Branch) with each branch.
type Target struct {
	Measure string `json:"measure"`
	Group   string `json:"group"`
	Person  int64  `json:"person,omitempty"` // this one alone; 0 = each of the group
	Value   int64  `json:"value"`            // in the unit of the measure
}

// Targets are all that hold in a month. The zero value aims at nothing.
type Targets []Target

// Aimed is a rule of targets as it is stored.
type Aimed struct {
	Aims Targets `json:"aims"`
}

// ParseTargets reads a stored rule.
func ParseTargets(text string) (Targets, error) {
	var a Aimed
	if text == "" {
		return nil, nil
	}
	err := json.Unmarshal([]byte(text), &a)
	return a.Aims, err
}

// Own is what was set for exactly this person (0: for each of the group).
func (l Targets) Own(code, group string, person int64) (int64, bool) {
	i := slices.IndexFunc(l, func(t Target) bool { return t.Measure == code && t.Group == group && t.Person == person })
	if i < 0 {
		return 0, false
	}
	return l[i].Value, true
}

// Carry brings what was changed for a person (0: for each of a group) on an earlier
// day into targets of a later one: where these still say what held before the
// change, they say what was set; what was set anew for the later day stays.
func (l Targets) Carry(person int64, was, now Targets) (out Targets, changed bool) {
	said := map[Target]bool{}
	out = slices.Clone(l)
	for _, t := range slices.Concat(was, now) {
		key := Target{Measure: t.Measure, Group: t.Group, Person: person}
		if t.Person != person || said[key] {
			continue
		}
		said[key] = true
		before, had := was.Own(t.Measure, t.Group, person)
		after, has := now.Own(t.Measure, t.Group, person)
		stands, there := l.Own(t.Measure, t.Group, person)
		if had != there || before != stands || had == has && before == after {
			continue
		}
		changed = true
		out = slices.DeleteFunc(out, func(x Target) bool { return x.Measure == t.Measure && x.Group == t.Group && x.Person == person })
		if has {
			key.Value = after
			out = append(out, key)
		}
	}
	return out, changed
}

// For is what is aimed at with one person: their own target, else that of each
// of the group; ok is false of none.
func (l Targets) For(code, group string, person int64) (value int64, ok bool) {
	if value, ok = l.Own(code, group, person); ok {
		return value, ok
	}
	return l.Own(code, group, 0)
}

// Mean says that a measure of a quarter, or of several branches, is the mean of
// its parts, where others add up.
func (m Measure) Mean() bool { return m.Unit != Count && m.Unit != Fen || m.Code == "piece" }

// Most is the highest target that makes sense of a measure: a share ends at the
// whole.
func (m Measure) Most() int64 {
	switch m.Unit {
	case Share, Index:
		return 1000
	case PerMany:
		return 100_000
	case Fen:
		return 100_000_000_000
	}
	return 100_000_000
}

// Together is the target of several months or branches: the sum of what they aim
// at, of rates the mean, rounded half up. nil is one without: then there is none
// for all of them.
func (m Measure) Together(parts []*int64) (value int64, ok bool) {
	for _, v := range parts {
		if v == nil {
			return 0, false
		}
		value += *v
	}
	n := int64(len(parts))
	if m.Mean() && n > 0 {
		value = (2*value + n) / (2 * n)
	}
	return value, n > 0
}

// Distance is by how much a figure misses its target, 0 when it is met; of what
// is better when it is less, by how much it is above.
func (m Measure) Distance(value, target int64) int64 {
	if m.Good < 0 {
		return max(0, value-target)
	}
	return max(0, target-value)
}

// Preset is a figure that a company told of itself, in the customer's papers;
// none holds before somebody takes it up. Group and Measure are "" where it says
// no more than by how much something moved, or is no figure that is counted here.
type Preset struct {
	Key, Source    string
	Group, Measure string
	Value          int64
}

// Presets are R270–R282, as the papers have them.
var Presets = []Preset{
	{"satisfied", "S2 §6.4", Rep, Praise, 950}, // R270
	{"score", "S2 §4.3", Branch, "csi", 900},   // R271
	{"graded", "S2 §8.1, §7.1", "", "", 0},     // R272
	{"repurchase", "S2 §4.2, §8.1", "", "", 0}, // R273
	{"renewal", "S2 §4.4", "", "", 0},          // R274
	{"churn", "S2 §8.1", "", "", 0},            // R275
	{"complaints", "S2 §7.3", "", "", 0},       // R276
	{"retention", "S2 §6.2", "", "", 0},        // R277
	{"sticky", "S2 §6.1", "", "", 0},           // R278
	{"loyal", "S2 §4.3", "", "", 0},            // R279
	{"feedback", "S2 §5.3, §6.3", "", "", 0},   // R280
	{"digital", "S2 §5.4, §5.1", "", "", 0},    // R281
	{"data", "S2 §7.4", "", "", 0},             // R282
}
