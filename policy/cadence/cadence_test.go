package cadence

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"yike/policy/day"
	"yike/policy/worktime"
)

var d = day.MustParse

// November 2026 has 21 working days: the 2nd to the 6th, 9th to 13th, 16th to
// 20th, 23rd to 27th, and Monday the 30th.
func TestDue(t *testing.T) {
	old := d("2025-03-01")
	last := d("2026-10-28")
	for _, c := range []struct {
		name, today string
		facts       Facts
		state       State
		done        string // done/expected/target
		nextBy      string
		reasons     string
	}{
		{"on the first of the month nobody is overdue", "2026-11-01", Facts{Class: "A", Created: old, LastVisit: last},
			OnTime, "0/0/4", "2026-11-09", "[{days_since 4 0} {owed 0 4}]"},
		{"an A customer has six working days for the first of four visits", "2026-11-06", Facts{Class: "A", Created: old, LastVisit: last},
			Soon, "0/0/4", "2026-11-09", "[{days_since 9 0} {due_in 2 0}]"},
		{"on a Sunday a visit due on Monday is not due today", "2026-11-08", Facts{Class: "A", Created: old, LastVisit: last},
			Soon, "0/0/4", "2026-11-09", "[{days_since 11 0} {due_in 1 0}]"},
		{"the last day for it", "2026-11-09", Facts{Class: "A", Created: old, LastVisit: last},
			Soon, "0/0/4", "2026-11-09", "[{days_since 12 0} {due_today 0 0}]"},
		{"the day after it the customer is overdue", "2026-11-10", Facts{Class: "A", Created: old, LastVisit: last},
			Overdue, "0/1/4", "2026-11-09", "[{days_since 13 0} {behind 0 1}]"},
		{"one visit made, the second is next", "2026-11-10", Facts{Class: "A", Created: old, LastVisit: d("2026-11-03"), Visits: 1},
			OnTime, "1/1/4", "2026-11-16", "[{days_since 7 0} {owed 1 4}]"},
		{"two behind", "2026-11-17", Facts{Class: "A", Created: old, LastVisit: last},
			Overdue, "0/2/4", "2026-11-09", "[{days_since 20 0} {behind 0 2}]"},
		{"all four made in the first week", "2026-11-06", Facts{Class: "A", Created: old, LastVisit: d("2026-11-05"), Visits: 4},
			Met, "4/4/4", "", "[{all_made 4 4}]"},
		{"more made than asked", "2026-11-20", Facts{Class: "C", Created: old, LastVisit: d("2026-11-19"), Visits: 3},
			Met, "3/1/1", "", "[{all_made 3 1}]"},
		{"a B customer has half of the month for the first", "2026-11-16", Facts{Class: "B", Created: old, LastVisit: last},
			Soon, "0/0/2", "2026-11-16", "[{days_since 19 0} {due_today 0 0}]"},
		{"and is overdue after it", "2026-11-17", Facts{Class: "B", Created: old, LastVisit: last},
			Overdue, "0/1/2", "2026-11-16", "[{days_since 20 0} {behind 0 1}]"},
		{"a C customer has the whole month", "2026-11-23", Facts{Class: "C", Created: old, LastVisit: last},
			OnTime, "0/0/1", "2026-11-30", "[{days_since 26 0} {owed 0 1}]"},
		{"and five working days before its end is due soon", "2026-11-24", Facts{Class: "C", Created: old, LastVisit: last},
			Soon, "0/0/1", "2026-11-30", "[{days_since 27 0} {due_in 5 0}]"},
		{"a C customer is overdue when the last working day is over", "2026-10-31", Facts{Class: "C", Created: old, LastVisit: d("2026-08-31")},
			Overdue, "0/1/1", "2026-10-30", "[{days_since 61 0} {behind 0 1}]"},
		{"never visited since the file was made", "2026-11-17", Facts{Class: "B", Created: d("2026-10-17")},
			Overdue, "0/1/2", "2026-11-16", "[{never_visited 31 0} {behind 0 1}]"},
		{"never visited, made nobody knows when", "2026-11-02", Facts{Class: "C"},
			OnTime, "0/0/1", "2026-11-30", "[{never_visited -1 0} {owed 0 1}]"},
		{"the Golden Week passes without arrears", "2026-10-08", Facts{Class: "A", Created: old, LastVisit: d("2026-09-30")},
			OnTime, "0/0/4", "2026-10-13", "[{days_since 8 0} {owed 0 4}]"},
		{"a visit dated ahead by a wrong clock is of today", "2026-11-02", Facts{Class: "C", LastVisit: d("2026-11-05"), Visits: 1},
			Met, "1/1/1", "", "[{all_made 1 1}]"},

		{"no class, no duty", "2026-11-20", Facts{Created: old}, None, "0/0/0", "", "[{no_class 0 0}]"},
		{"an unknown class is no class", "2026-11-20", Facts{Class: "D"}, None, "0/0/0", "", "[{no_class 0 0}]"},
		{"a paused customer is not due", "2026-11-20", Facts{Class: "A", Created: old, Paused: true}, None, "0/0/0", "", "[{paused 0 0}]"},

		{"a customer who joins at half time owes two of four", "2026-11-16", Facts{Class: "A", Created: d("2026-11-16")},
			OnTime, "0/0/2", "2026-11-23", "[{never_visited 0 0} {owed 0 2} {joined 2 4}]"},
		{"and is overdue after half of the rest", "2026-11-24", Facts{Class: "A", Created: d("2026-11-16")},
			Overdue, "0/1/2", "2026-11-23", "[{never_visited 8 0} {behind 0 1} {joined 2 4}]"},
		{"a C customer who joins in the first half is visited this month", "2026-11-13", Facts{Class: "C", Created: d("2026-11-13")},
			OnTime, "0/0/1", "2026-11-30", "[{never_visited 0 0} {owed 0 1} {joined 1 1}]"},
		{"one who joins in the second half is not asked for it", "2026-11-17", Facts{Class: "C", Created: d("2026-11-17")},
			Met, "0/0/0", "", "[{joined_late 0 0}]"},
		{"one who joins on the last Sunday", "2026-10-31", Facts{Class: "A", Created: d("2026-10-31")},
			Met, "0/0/0", "", "[{joined_late 0 0}]"},
		{"one who joins on the first working day owes all", "2026-11-03", Facts{Class: "A", Created: d("2026-11-02")},
			OnTime, "0/0/4", "2026-11-09", "[{never_visited 1 0} {owed 0 4}]"},
		{"a rep who takes over at half time owes two of four", "2026-11-16", Facts{Class: "A", Created: old, OwnedSince: d("2026-11-16"), LastVisit: d("2026-10-20")},
			OnTime, "0/0/2", "2026-11-23", "[{days_since 27 0} {owed 0 2} {joined 2 4}]"},
		{"and the former rep's visits count", "2026-11-16", Facts{Class: "A", Created: old, OwnedSince: d("2026-11-16"), LastVisit: d("2026-11-12"), Visits: 2},
			Met, "2/2/2", "", "[{all_made 2 2} {joined 2 4}]"},
		{"a file dated tomorrow", "2026-11-01", Facts{Class: "C", Created: d("2026-11-02")},
			OnTime, "0/0/1", "2026-11-30", "[{never_visited 0 0} {owed 0 1}]"},

		{"from C to A at half time owes one half of one and one half of four", "2026-11-16", Facts{Class: "A", ClassSince: d("2026-11-16"), ClassBefore: "C", Created: old, LastVisit: last},
			Soon, "0/0/3", "2026-11-17", "[{days_since 19 0} {due_in 2 0} {class_changed 3 4}]"},
		{"from A to C without a visit is still behind", "2026-11-16", Facts{Class: "C", ClassSince: d("2026-11-16"), ClassBefore: "A", Created: old, LastVisit: last},
			Overdue, "0/1/2", "2026-11-10", "[{days_since 19 0} {behind 0 1} {class_changed 2 1}]"},
		{"a change last month is no change", "2026-11-10", Facts{Class: "A", ClassSince: d("2026-10-16"), ClassBefore: "C", Created: old, LastVisit: last},
			Overdue, "0/1/4", "2026-11-09", "[{days_since 13 0} {behind 0 1}]"},
		{"a class given for the first time counts from its day", "2026-11-16", Facts{Class: "B", ClassSince: d("2026-11-16"), Created: old, LastVisit: last},
			OnTime, "0/0/1", "2026-11-30", "[{days_since 19 0} {owed 0 1} {class_changed 1 2}]"},
		{"a change set for next month does not hold yet", "2026-11-10", Facts{Class: "A", ClassSince: d("2026-12-01"), ClassBefore: "C", Created: old, LastVisit: last},
			OnTime, "0/0/1", "2026-11-30", "[{days_since 13 0} {owed 0 1}]"},

		{"the year turns into one not announced", "2027-01-04", Facts{Class: "A", Created: old, LastVisit: d("2026-12-30")},
			OnTime, "0/0/4", "2027-01-08", "[{days_since 5 0} {owed 0 4} {unannounced 0 0}]"},
		{"29 February", "2024-02-29", Facts{Class: "C", Created: d("2023-01-01"), LastVisit: d("2024-01-31")},
			Soon, "0/0/1", "2024-02-29", "[{days_since 29 0} {due_today 0 0}]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Due(c.facts, Default(), nil, d(c.today))
			done := fmt.Sprintf("%d/%d/%d", s.Done, s.Expected, s.Target)
			if s.State != c.state || done != c.done || s.NextBy.String() != c.nextBy || fmt.Sprint(s.Reasons()) != c.reasons {
				t.Errorf("got  %s %s by %q %v\nwant %s %s by %q %s", s.State, done, s.NextBy, s.Reasons(), c.state, c.done, c.nextBy, c.reasons)
			}
		})
	}
}

func TestARuleMayAskVisitsOfUnclassedCustomersAndNoneOfC(t *testing.T) {
	rule := Default()
	rule.PerMonth.None, rule.PerMonth.C = 1, 0
	if s := Due(Facts{}, rule, nil, d("2026-11-10")); s.State != OnTime || s.Target != 1 {
		t.Errorf("unclassed: %s, %d", s.State, s.Target)
	}
	if s := Due(Facts{Class: "C"}, rule, nil, d("2026-11-10")); s.State != None || s.Reasons()[0].Code != NothingAsked {
		t.Errorf("C: %s %v", s.State, s.Reasons())
	}
}

func TestABranchThatRestsHasMoreTime(t *testing.T) {
	cal, err := worktime.China().With([]worktime.Entry{{Day: d("2026-11-05"), Kind: worktime.Rest}, {Day: d("2026-11-06"), Kind: worktime.Rest}})
	if err != nil {
		t.Fatal(err)
	}
	if s := Due(Facts{Class: "A"}, Default(), cal, d("2026-11-10")); s.State != Soon || s.NextBy != d("2026-11-10") {
		t.Errorf("got %s by %s", s.State, s.NextBy)
	}
}

func TestAMonthWithoutAWorkingDayAsksNothing(t *testing.T) {
	var rest []worktime.Entry
	for x := d("2026-11-01"); x <= d("2026-11-30"); x++ {
		rest = append(rest, worktime.Entry{Day: x, Kind: worktime.Rest})
	}
	cal, err := worktime.China().With(rest)
	if err != nil {
		t.Fatal(err)
	}
	if s := Due(Facts{Class: "A"}, Default(), cal, d("2026-11-30")); s.State != Met || s.Target != 0 {
		t.Errorf("got %s, target %d", s.State, s.Target)
	}
}

func TestMostUrgentFirst(t *testing.T) {
	today := d("2026-11-20")
	long, short := d("2026-09-01"), d("2026-10-30")
	names := map[string]Facts{
		"1 A two behind":                    {Class: "A", LastVisit: d("2026-11-02"), Visits: 0},
		"2 A one behind":                    {Class: "A", LastVisit: d("2026-11-12"), Visits: 1},
		"3 B one behind never seen in long": {Class: "B", Created: long},
		"4 B one behind, seen as long ago":  {Class: "B", LastVisit: long},
		"5 B one behind, seen lately":       {Class: "B", LastVisit: short},
		"6 A due soon":                      {Class: "A", LastVisit: d("2026-11-17"), Visits: 2, Created: d("2024-01-01")},
		"7 C in its last days, unseen":      {Class: "C", LastVisit: long},
		"8 C seen lately":                   {Class: "C", LastVisit: short},
		"9 met":                             {Class: "A", LastVisit: d("2026-11-19"), Visits: 4},
		"9a nothing asked":                  {LastVisit: long},
	}
	m := On(Default(), nil, today)
	var got []string
	for name := range names {
		got = append(got, name)
	}
	slices.SortFunc(got, func(a, b string) int {
		return int(min(1, max(-1, m.Due(names[b]).Urgency-m.Due(names[a]).Urgency)))
	})
	if !slices.IsSorted(got) {
		for _, name := range got {
			s := m.Due(names[name])
			t.Logf("%-34s %s behind %d left %d since %d: %d", name, s.State, s.Behind, s.DaysLeft, s.DaysSince, s.Urgency)
		}
		t.Error("not in order of urgency")
	}
}

func TestEveryReasonIsGivenToSomeone(t *testing.T) {
	given := map[Code]bool{}
	for _, f := range []Facts{
		{Class: "A"}, {Class: "A", LastVisit: d("2026-10-30")}, {Class: "B"}, {Class: "A", Visits: 4}, {}, {Class: "A", Paused: true},
		{Class: "A", Created: d("2026-11-16")}, {Class: "A", ClassSince: d("2026-11-16"), ClassBefore: "C"}, {Class: "C", Created: d("2026-11-30")},
		{Class: "C"},
	} {
		for _, on := range []string{"2026-11-02", "2026-11-16", "2026-11-30", "2027-01-04"} {
			for _, r := range Due(f, Default(), nil, d(on)).Reasons() {
				given[r.Code] = true
			}
		}
	}
	for _, r := range Due(Facts{Class: "C"}, Rule{}, nil, d("2026-11-02")).Reasons() {
		given[r.Code] = true
	}
	for _, c := range Codes() {
		if !given[c] {
			t.Errorf("nobody is told %s", c)
		}
		delete(given, c)
	}
	if len(given) > 0 {
		t.Errorf("not listed: %v", given)
	}
}

// Properties that hold for every rule, customer and day of five years.
func TestWhatAlwaysHolds(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	from := d("2022-12-01")
	classes := []string{"A", "B", "C", ""}
	any := func(around day.Day) day.Day {
		if r.IntN(3) == 0 {
			return day.None
		}
		return around.Add(r.IntN(90) - 60)
	}
	for range 200_000 {
		today := from.Add(r.IntN(1830))
		c := r.IntN(32)
		rule := Rule{PerMonth: PerClass{c + r.IntN(32-c), c + r.IntN(32-c), c, r.IntN(32)}, Soon: Default().Soon}
		if faults := rule.Faults(); faults != nil {
			t.Fatalf("%+v: %v", rule, faults)
		}
		f := Facts{Class: classes[r.IntN(4)], ClassBefore: classes[r.IntN(4)], ClassSince: any(today), Created: any(today),
			OwnedSince: any(today), LastVisit: any(today), Visits: r.IntN(8), Paused: r.IntN(20) == 0}
		s := Due(f, rule, nil, today)
		bad := func(what string) { t.Fatalf("%s\non %s with %+v\n%+v\n%+v", what, today, rule.PerMonth, f, s) }
		if today == today.MonthStart() && s.State == Overdue {
			bad("overdue on the first of the month")
		}
		if (s.State == Overdue) != (s.Behind > 0) {
			bad("overdue means behind")
		}
		owes := s.State == OnTime || s.State == Soon || s.State == Overdue
		if owes != s.NextBy.Valid() || owes != (s.Done < s.Target) {
			bad("one who owes has a day, and one who does not has none")
		}
		if owes && (s.NextBy < today) != (s.State == Overdue) {
			bad("the day is past exactly for the overdue")
		}
		if owes && s.State != Overdue {
			if on := Due(f, rule, nil, s.NextBy); s.NextBy > today && on.State == Overdue && f.ClassSince <= today {
				bad("overdue on the very day by which a visit keeps on time")
			}
			if next := s.NextBy + 1; next <= today.MonthEnd() {
				if on := Due(f, rule, nil, next); on.State != Overdue {
					bad("not overdue on the day after")
				}
			}
		}
		if len(s.Reasons()) == 0 || s.Reasons()[0].Code == "" {
			bad("no reason")
		}
		more := f
		more.Visits++
		if Due(more, rule, nil, today).Behind > s.Behind {
			bad("a visit puts the customer further behind")
		}
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name string
		rule Rule
		want string
	}{
		{"the default", Default(), "[]"},
		{"B less often than C", Rule{PerMonth: PerClass{A: 4, B: 1, C: 2}}, "[{per_month.b below_c 2 31}]"},
		{"as often as C is enough", Rule{PerMonth: PerClass{A: 2, B: 2, C: 2}}, "[]"},
		{"more than days in a month", Rule{PerMonth: PerClass{A: 32, B: 2, C: 1}}, "[{per_month.a range 0 31}]"},
		{"below nothing", Rule{PerMonth: PerClass{A: 4, B: 2, C: -1, None: -1}, Soon: PerClass{A: -1}},
			"[{per_month.c range 0 31} {per_month.none range 0 31} {soon.a range 0 31}]"},
		{"C absurd", Rule{PerMonth: PerClass{A: 4, B: 31, C: 99}}, "[{per_month.a below_c 31 31} {per_month.c range 0 31}]"},
	} {
		if got := fmt.Sprint(c.rule.Faults()); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestTheRuleSaysWhereItsFiguresComeFrom(t *testing.T) {
	r := Default()
	if r.Origin("A") != OurDefault || r.Origin("B") != OurDefault || r.Origin("C") != FromDocuments || r.Origin("") != OurDefault {
		t.Error("only C's figure is from the documents")
	}
	r.PerMonth.C, r.PerMonth.A = 2, 8
	if r.Origin("A") != SetByCompany || r.Origin("C") != SetByCompany || r.Origin("B") != OurDefault {
		t.Error("what the company set is the company's")
	}
	b, _ := json.Marshal(Default())
	const want = `{"per_month":{"a":4,"b":2,"c":1,"none":0},"soon":{"a":2,"b":3,"c":5,"none":5}}`
	if string(b) != want {
		t.Errorf("stored as %s", b)
	}
}

func BenchmarkDue(b *testing.B) {
	m := On(Default(), nil, d("2026-11-17"))
	facts := []Facts{
		{Class: "A", Created: d("2025-01-01"), LastVisit: d("2026-11-03"), Visits: 1},
		{Class: "C", Created: d("2026-11-05")},
		{Class: "B", ClassSince: d("2026-11-10"), ClassBefore: "C", Created: d("2025-01-01"), LastVisit: d("2026-10-03")},
		{},
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.Due(facts[i&3])
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "customers/s")
}
