package sla

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// Row says how long cases of a sort may take; "" names any.
type Row struct {
	Kind     string `json:"kind,omitempty"`
	Severity string `json:"severity,omitempty"`
	Class    string `json:"class,omitempty"`
	Channel  string `json:"channel,omitempty"`
	Answer   Limit  `json:"answer"`
	Solve    Limit  `json:"solve"`
}

// What rows name. A client without a class is of class NoClass.
var (
	Kinds      = []string{"complaint", "consultation", "suggestion"}
	Severities = []string{"minor", "serious", "grave"}
	Classes    = []string{"A", "B", "C", NoClass}
	Channels   = []string{"phone", "chat", "email", "letter", "wechat", "app", "counter", "on_site", "head_office", "postal", "program"}
)

// NoClass is the class of a row for clients without one, and unknown callers.
const NoClass = "-"

// What a ladder climbs by, and where to.
const (
	Answer = "answer" // the clock of the first answer
	Solve  = "solve"  // the clock of the solution

	ToHandler = "handler"
	ToLeader  = "leader"
	ToManager = "manager"
	ToHead    = "head"
)

// Which is the clocks, Places who is told, from below.
var (
	Which  = []string{Answer, Solve}
	Places = []string{ToHandler, ToLeader, ToManager, ToHead}
)

// Rung tells somebody of a clock: when Percent of its time is over, or when it
// is overdue by Late (Percent is 100 then).
type Rung struct {
	Clock   string `json:"clock"`
	Percent int    `json:"percent"`
	Late    Limit  `json:"late"`
	To      string `json:"to"`
}

// Rule is the dated setting: the rows, from what share of the time that is left
// a clock is soon over, and the ladder.
type Rule struct {
	Rows   []Row  `json:"rows"`
	Soon   int    `json:"soon"` // percent
	Ladder []Rung `json:"ladder"`
	Pause  int    `json:"pause,omitempty"` // for how many working days a clock stands still at most, 0 = PauseDays
}

// PauseDays is how many working days a pause lasts at most when the rule does
// not say; MostPause is the most that a rule may say.
const (
	PauseDays = 5
	MostPause = 60
)

// PauseLimit is how many working days a pause may last by the rule.
func (r Rule) PauseLimit() int { return cmp.Or(r.Pause, PauseDays) }

// PauseEnd is until when a pause lasts that began then and is to last so many
// working days, no more than the rule allows: the hour at which the branch
// closes. False when there is no such hour in twenty years.
func (r Rule) PauseEnd(c *Clock, from int64, days int) (int64, bool) {
	return c.AddDays(from, min(max(days, 1), r.PauseLimit()))
}

// MostRows is how many rows a rule has at most.
const MostRows = 60

// LawDays is within how many days a courier company must have handled a
// complaint and told the client (快递暂行条例 第二十八条). A pause does not stop
// the law's days; the rule only may not promise more.
const LawDays = 7

// Preset is one of the documents' two promises.
type Preset string

// The presets: a complaint is handled within 24 hours (R157) or 48 (R158).
const (
	Within24 Preset = "24"
	Within48 Preset = "48"
)

// Presets lists them.
var Presets = []Preset{Within24, Within48}

// Default is the rule before anyone set one.
func Default() Rule { return PresetRule(Within24) }

// PresetRule is the rule of a preset. From the documents are the 24 and the 48
// hours, and the 30 seconds for consultations by phone or chat (R146); that A
// clients and graver cases come sooner is asked for, how much sooner, the first
// answers, head-office tickets, postal appeals and the ladder are our defaults.
func PresetRule(p Preset) Rule {
	h := func(n int) Limit { return Limit{n, Hours24} }
	wm := func(n int) Limit { return Limit{n, WorkMinutes} }
	wh := func(n int) Limit { return Limit{n, WorkHours} }
	wd := func(n int) Limit { return Limit{n, WorkDays} }
	full := 24
	if p == Within48 {
		full = 48
	}
	half := full / 2
	r := Rule{Soon: 25, Rows: []Row{
		{Channel: "head_office", Answer: wh(1), Solve: h(24)},
		{Channel: "postal", Answer: wh(2), Solve: wd(3)},
		{Kind: "complaint", Severity: "grave", Class: "A", Answer: wm(15), Solve: h(half / 2)},
		{Kind: "complaint", Severity: "grave", Answer: wm(30), Solve: h(half)},
		{Kind: "complaint", Severity: "serious", Class: "A", Answer: wm(30), Solve: h(half)},
		{Kind: "complaint", Severity: "serious", Answer: wh(1), Solve: h(full)},
		{Kind: "complaint", Class: "A", Answer: wh(1), Solve: h(half)},
		{Kind: "complaint", Answer: wh(2), Solve: h(full)},
		{Kind: "consultation", Channel: "phone", Answer: Limit{30, Seconds}, Solve: wh(4)},
		{Kind: "consultation", Channel: "chat", Answer: Limit{30, Seconds}, Solve: wh(4)},
		{Kind: "consultation", Class: "A", Answer: wh(1), Solve: wh(4)},
		{Kind: "consultation", Answer: wh(2), Solve: wd(1)},
		{Kind: "suggestion", Answer: wd(1), Solve: wd(5)},
		{Answer: wh(2), Solve: h(full)},
	}}
	for _, which := range Which {
		r.Ladder = append(r.Ladder, Rung{which, 75, Limit{}, ToHandler}, Rung{which, 100, Limit{}, ToLeader},
			Rung{which, 100, wh(4), ToManager}, Rung{which, 100, wh(9), ToHead})
	}
	return r
}

// ParseRule reads a rule as it is stored; "" is the default.
func ParseRule(value string) (Rule, error) {
	if value == "" {
		return Default(), nil
	}
	var r Rule
	if err := json.Unmarshal([]byte(value), &r); err != nil {
		return Rule{}, fmt.Errorf("clocks: %w", err)
	}
	if len(r.Rows) == 0 {
		return Rule{}, errors.New("clocks: no rows")
	}
	return r, nil
}

// Facts are what a case is.
type Facts struct{ Kind, Severity, Class, Channel string }

// class is the word by which rows name the class.
func (f Facts) class() string {
	if f.Class == "" {
		return NoClass
	}
	return f.Class
}

// fits says whether a row is about such a case.
func (w Row) fits(f Facts) bool {
	return (w.Channel == "" || w.Channel == f.Channel) && (w.Kind == "" || w.Kind == f.Kind) &&
		(w.Severity == "" || w.Severity == f.Severity) && (w.Class == "" || w.Class == f.class())
}

// particular orders rows: one that names head-office tickets or postal appeals
// goes before all that do not, for these have clocks of their own; then the one
// that names more; of as many the one that names the channel, the kind, the
// severity, the class, in this order.
func (w Row) particular() int {
	n := 0
	for weight, named := range []bool{w.Class != "", w.Severity != "", w.Kind != "", w.Channel != ""} {
		if named {
			n += 16 + 1<<weight
		}
	}
	if w.Channel == "head_office" || w.Channel == "postal" {
		n += 1000
	}
	return n
}

// Pick is the row that holds for a case, the most particular of those that fit;
// -1 when none does.
func (r Rule) Pick(f Facts) int {
	best, rank := -1, -1
	for i, w := range r.Rows {
		if w.fits(f) {
			if n := w.particular(); n > rank {
				best, rank = i, n
			}
		}
	}
	return best
}

// Limit is the row's limit of one of the clocks.
func (w Row) Limit(which string) Limit {
	if which == Answer {
		return w.Answer
	}
	return w.Solve
}

// Runs is the limit by which one of the clocks of a case runs that was opened
// then. An answer cannot be due after the solution: where it would be, as when
// the solution is promised by the wall clock and the branch is closed, it is due
// with it.
func (w Row) Runs(c *Clock, which string, opened int64) Limit {
	l := w.Limit(which)
	if which == Answer {
		answer, ok1 := c.plain(opened, l)
		solve, ok2 := c.plain(opened, w.Solve)
		if ok1 && ok2 && answer > solve {
			return w.Solve
		}
	}
	return l
}

// Limits are the limits of a case's clocks, none when no row fits.
func (r Rule) Limits(f Facts) Row {
	if i := r.Pick(f); i >= 0 {
		return r.Rows[i]
	}
	return Row{}
}

// At is when the rung is reached by a running clock whose deadline is due; 0
// for never.
func (g Rung) At(c *Clock, r Running, now int64) int64 {
	due := Deadline(c, r.Opened, r.Limit, r.Pauses, now)
	if due == 0 {
		return 0
	}
	if g.Late.N > 0 {
		return Deadline(c, due, g.Late, nil, now) // a pause after the deadline hides no delay
	}
	if g.Percent >= 100 {
		return due
	}
	// As much before the deadline as is left of the time then, so that a pause
	// before puts it off as it does the deadline.
	end, _ := c.plain(r.Opened, r.Limit)
	total := c.measure(r.Opened, end, r.Limit)
	part := Limit{Unit: Seconds}
	if r.Limit.Works() {
		part.Unit = WorkMinutes
	}
	at, ok := c.on(r.Opened, part, total*int64(g.Percent)/100)
	if !ok {
		return 0
	}
	return c.waited(r.Opened, at, part, r.Pauses, now)
}

// Fault is what is wrong with a rule: Row counts from 0, and so do rungs; -1
// for the rule itself.
type Fault struct {
	Field string // "rows.3.solve", "ladder.0.to", "soon"
	Code  string
	Max   int
}

// What else can be wrong with a rule.
const (
	FaultWord  = "word"  // a word that nothing has
	FaultLimit = "limit" // no length, or more than a year
	FaultLaw   = "law"   // more than the law allows for a complaint
	FaultAny   = "any"   // no row that holds for all others
	FaultShare = "share" // not from 1 to Max
	FaultLater = "later" // the answer may take longer than the solution
)

// Faults are all that is wrong with the rule.
func (r Rule) Faults() []Fault {
	var out []Fault
	add := func(field, code string, most int) { out = append(out, Fault{field, code, most}) }
	if len(r.Rows) > MostRows {
		add("rows", FaultMany, MostRows)
	}
	if r.Soon < 1 || r.Soon > 90 {
		add("soon", FaultShare, 90)
	}
	if r.Pause < 0 || r.Pause > MostPause {
		add("pause", FaultShare, MostPause)
	}
	seen, any := map[Facts]bool{}, false
	for i, w := range r.Rows {
		at := "rows." + strconv.Itoa(i)
		names := Facts{w.Kind, w.Severity, w.Class, w.Channel}
		switch {
		case !oneOf(Kinds, w.Kind) || !oneOf(Severities, w.Severity) || !oneOf(Classes, w.Class) || !oneOf(Channels, w.Channel):
			add(at, FaultWord, 0)
		case seen[names]:
			add(at, FaultTwice, 0)
		}
		seen[names], any = true, any || names == Facts{}
		for _, which := range Which {
			l := w.Limit(which)
			switch {
			case !l.good():
				add(at+"."+which, FaultLimit, mostWallDays)
			case which == Solve && (w.Kind == "" || w.Kind == "complaint") && l.promises() > LawDays*aDay:
				add(at+"."+which, FaultLaw, LawDays)
			case which == Solve && l.Unit == w.Answer.Unit && l.N > 0 && w.Answer.N > l.N:
				add(at+"."+Answer, FaultLater, l.N)
			}
		}
	}
	if !any {
		add("rows", FaultAny, 0)
	}
	return append(out, r.ladderFaults()...)
}

func (r Rule) ladderFaults() (out []Fault) {
	seen := map[[2]string]bool{}
	for i, g := range r.Ladder {
		at := "ladder." + strconv.Itoa(i)
		key := [2]string{g.Clock, g.To}
		switch {
		case !slices.Contains(Which, g.Clock) || !slices.Contains(Places, g.To):
			out = append(out, Fault{at, FaultWord, 0})
		case seen[key]:
			out = append(out, Fault{at, FaultTwice, 0})
		case g.Percent < 1 || g.Percent > 100 || g.Late.N > 0 && g.Percent != 100:
			out = append(out, Fault{at, FaultShare, 100})
		case !g.Late.good():
			out = append(out, Fault{at, FaultLimit, mostWallDays})
		}
		seen[key] = true
	}
	return out
}

func oneOf(words []string, w string) bool { return w == "" || slices.Contains(words, w) }

// good says whether the limit is one: none, or one of up to a year.
func (l Limit) good() bool {
	switch {
	case l.N == 0:
		return true
	case l.N < 0 || l.N > 1_000_000 || !slices.Contains(Units, l.Unit):
		return false
	case l.Unit == WorkDays:
		return l.N <= 250
	}
	return l.long() <= mostWallDays*aDay
}

// promises is how long at least the limit is by the clock on the wall, in a
// plain week of nine hours on five days.
func (l Limit) promises() int64 {
	switch l.Unit {
	case WorkDays:
		return int64(l.N) * aDay * 7 / 5
	case WorkMinutes, WorkHours:
		return l.long() / minute * aDay * 7 / (5 * 9 * 60)
	}
	return l.long()
}
