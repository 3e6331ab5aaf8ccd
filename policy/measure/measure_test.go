package measure

import (
	"math"
	"testing"

	"yike/policy/day"
)

func TestWhatMayBeDoneWithAMeasure(t *testing.T) {
	for name, x := range map[string]struct {
		state string
		act   Act
		words string
		next  string
		needs bool
	}{
		"an open one is begun":                       {Open, Begin, "", Running, false},
		"a running one is not begun again":           {Running, Begin, "", "", false},
		"one is finished with what was done":         {Running, Finish, "换了车", Done, false},
		"… also when nobody had begun it":            {Open, Finish, "换了车", Done, false},
		"… and not without words":                    {Running, Finish, "", "", true},
		"one is dropped with the reason":             {Open, Drop, "客户走了", Dropped, false},
		"… and not without":                          {Open, Drop, "", "", true},
		"what is done is not finished again":         {Done, Finish, "再", "", false},
		"what is done is taken up again":             {Done, Reopen, "", Running, false},
		"what was dropped, too":                      {Dropped, Reopen, "", Running, false},
		"what is under way is not taken up again":    {Running, Reopen, "", "", false},
		"an unknown state leads nowhere":             {"odd", Begin, "", "", false},
		"an unknown act, too":                        {Open, Act("odd"), "x", "", false},
		"what is dropped is not finished from there": {Dropped, Finish, "x", "", false},
	} {
		if next, needs := After(x.state, x.act, x.words); next != x.next || needs != x.needs {
			t.Errorf("%s: %q, %v", name, next, needs)
		}
	}
}

func TestDaysOfAMeasure(t *testing.T) {
	for name, x := range map[string]struct {
		from, due, review string
		figure            bool
		field             string
		why               Fault
	}{
		"begun and due on one day":          {"2026-11-20", "2026-11-20", "", false, "", ""},
		"due before it begins":              {"2026-11-20", "2026-11-19", "", false, "due", DueFirst},
		"no day of beginning":               {"", "2026-11-19", "", false, "from", NoDay},
		"a day that no calendar has":        {"2026-02-28", "2026-02-29", "", false, "due", NoDay},
		"a figure without a review":         {"2026-11-20", "2026-11-20", "", true, "review", ReviewNeeded},
		"looked at on the day it is due":    {"2026-11-20", "2026-11-30", "2026-11-30", true, "", ""},
		"looked at the day before":          {"2026-11-20", "2026-11-30", "2026-11-29", true, "review", ReviewFirst},
		"six days are too few for a figure": {"2026-11-20", "2026-11-20", "2026-11-26", true, "review", ReviewSoon},
		"seven are enough":                  {"2026-11-20", "2026-11-20", "2026-11-27", true, "", ""},
		"six days are enough for words":     {"2026-11-20", "2026-11-20", "2026-11-26", false, "", ""},
		"two years":                         {"2026-11-20", "2026-12-20", "2028-11-19", true, "", ""},
		"a day longer":                      {"2026-11-20", "2026-12-20", "2028-11-20", true, "review", ReviewLate},
		"a review that is no day":           {"2026-11-20", "2026-12-20", "soon", true, "review", NoDay},
	} {
		if field, why := Days(x.from, x.due, x.review, x.figure); field != x.field || why != x.why {
			t.Errorf("%s: %q %q", name, field, why)
		}
	}
}

func TestAMeasureComesAgain(t *testing.T) {
	for name, x := range map[string]struct {
		from, due, review string
		every             int
		done              string
		want              [3]string
		ok                bool
	}{
		"each month, in time":                   {"2026-11-01", "2026-11-20", "", 1, "2026-11-18", [3]string{"2026-12-01", "2026-12-20", ""}, true},
		"… on its last day":                     {"2026-11-01", "2026-11-20", "", 1, "2026-11-20", [3]string{"2026-12-01", "2026-12-20", ""}, true},
		"… so late that one has passed":         {"2026-09-01", "2026-09-20", "", 1, "2026-11-18", [3]string{"2026-11-01", "2026-11-20", ""}, true},
		"… on the day on which that was due":    {"2026-09-01", "2026-09-20", "", 1, "2026-10-20", [3]string{"2026-11-01", "2026-11-20", ""}, true},
		"done long before":                      {"2026-11-01", "2026-11-20", "", 1, "2026-11-02", [3]string{"2026-12-01", "2026-12-20", ""}, true},
		"the last of a month stays the last":    {"2026-01-31", "2026-02-28", "2026-04-30", 1, "2026-02-20", [3]string{"2026-02-28", "2026-03-31", "2026-05-31"}, true},
		"a 30th that the month lacks":           {"2027-01-30", "2027-01-30", "", 1, "2027-01-30", [3]string{"2027-02-28", "2027-02-28", ""}, true},
		"each quarter, over the year, the look": {"2026-11-01", "2026-11-30", "2026-12-15", 3, "2026-11-30", [3]string{"2027-02-01", "2027-02-28", "2027-03-15"}, true},
		"each year, from a leap day":            {"2028-02-29", "2028-03-10", "", 12, "2028-03-01", [3]string{"2029-02-28", "2029-03-10", ""}, true},
		"only once":                             {"2026-11-01", "2026-11-20", "", 0, "2026-11-18", [3]string{}, false},
		"a day that is none":                    {"2026-11-01", "soon", "", 1, "2026-11-18", [3]string{}, false},
		"a review that is none":                 {"2026-11-01", "2026-11-20", "soon", 1, "2026-11-18", [3]string{}, false},
		"beyond the calendar":                   {"9998-01-01", "9999-11-20", "", 12, "9999-11-20", [3]string{}, false},
	} {
		a, b, c, ok := Again(x.from, x.due, x.review, x.every, x.done)
		if got := [3]string{a, b, c}; ok != x.ok || ok && got != x.want {
			t.Errorf("%s: %v, %v", name, got, ok)
		}
	}
}

func TestSpansHaveAsManyDaysBeforeAsAfter(t *testing.T) {
	parse := func(s string) day.Day {
		d, err := day.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for name, x := range map[string]struct{ from, review, today, before, beforeTo, after, afterTo string }{
		"a month":                                   {"2026-10-01", "2026-11-01", "2026-11-20", "2026-08-31", "2026-10-01", "2026-10-01", "2026-11-01"},
		"on the day of the review":                  {"2026-10-01", "2026-11-01", "2026-11-01", "2026-08-31", "2026-10-01", "2026-10-01", "2026-11-01"},
		"before it, until today":                    {"2026-10-01", "2026-11-01", "2026-10-08", "2026-09-24", "2026-10-01", "2026-10-01", "2026-10-08"},
		"longer than ninety days, the last of them": {"2026-01-01", "2026-11-01", "2026-11-20", "2025-10-03", "2026-01-01", "2026-08-03", "2026-11-01"},
		"over a leap day":                           {"2028-02-26", "2028-03-04", "2028-03-10", "2028-02-19", "2028-02-26", "2028-02-26", "2028-03-04"},
	} {
		before, after, ok := Spans(parse(x.from), parse(x.review), parse(x.today))
		if !ok || before.From.String() != x.before || before.To.String() != x.beforeTo || after.From.String() != x.after || after.To.String() != x.afterTo || before.Len() != after.Len() || before.Len() > MostDays {
			t.Errorf("%s: %v–%v, %v–%v, %v", name, before.From, before.To, after.From, after.To, ok)
		}
	}
	if _, _, ok := Spans(parse("2026-10-01"), parse("2026-11-01"), parse("2026-10-07")); ok {
		t.Error("six days are compared")
	}
}

// people are n clients of a kind.
func people(n int, branch int64, class string, under bool, before, after Counted) []Client {
	var out []Client
	for range n {
		out = append(out, Client{Branch: branch, Class: class, Under: under, Before: before, After: after})
	}
	return out
}

func join(lists ...[]Client) (out []Client) {
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

func TestAMeasureIsJudgedBesideLikeClients(t *testing.T) {
	sent := func(n int64) Counted { return Counted{Waybills: n, Pieces: n, Freight: 10 * n} }
	bad := func(n, complaints int64) Counted { return Counted{Waybills: n, Pieces: n, Complaints: complaints} }
	rated := func(n, good int64) Counted { return Counted{Answers: n, Good: good} }
	for name, x := range map[string]struct {
		figure  Figure
		reach   string
		list    []Client
		verdict Verdict
		here    int
		change  float64
	}{
		"more, while the like ones stay":           {Pieces, ClassOf, join(people(5, 1, "A", true, sent(20), sent(30)), people(5, 1, "A", false, sent(20), sent(20))), Better, 5, 10},
		"everybody sends more, that is no merit":   {Pieces, ClassOf, join(people(5, 1, "A", true, sent(20), sent(30)), people(5, 1, "A", false, sent(20), sent(30))), Same, 5, 0},
		"less, while the like ones stay":           {Pieces, ClassOf, join(people(5, 1, "A", true, sent(20), sent(10)), people(5, 1, "A", false, sent(20), sent(20))), Worse, 5, -10},
		"a twentieth is no difference":             {Pieces, ClassOf, join(people(5, 1, "A", true, sent(20), sent(21)), people(5, 1, "A", false, sent(20), sent(20))), Same, 5, 1},
		"four clients say nothing":                 {Pieces, ClassOf, join(people(4, 1, "A", true, sent(20), sent(30)), people(5, 1, "A", false, sent(20), sent(20))), TooFew, 4, 0},
		"four like ones say nothing":               {Pieces, ClassOf, join(people(5, 1, "A", true, sent(20), sent(30)), people(4, 1, "A", false, sent(20), sent(20))), TooFew, 5, 0},
		"another class is not like them":           {Pieces, ClassOf, join(people(5, 1, "A", true, sent(20), sent(30)), people(9, 1, "B", false, sent(20), sent(20))), TooFew, 0, 0},
		"another size is not like them":            {Pieces, ClassOf, join(people(5, 1, "A", true, sent(20), sent(30)), people(9, 1, "A", false, sent(50), sent(50))), TooFew, 0, 0},
		"another branch is not like them":          {Pieces, OneClient, join(people(5, 1, "A", true, sent(20), sent(30)), people(9, 2, "A", false, sent(20), sent(20))), TooFew, 0, 0},
		"… but it is, of a class or a branch":      {Pieces, WholeBranch, join(people(5, 1, "A", true, sent(20), sent(30)), people(9, 2, "A", false, sent(20), sent(20))), Better, 5, 10},
		"fewer complaints are better":              {Complaints, ClassOf, join(people(5, 1, "A", true, bad(20, 2), bad(20, 0)), people(5, 1, "A", false, bad(20, 2), bad(20, 1))), Better, 5, -1},
		"who had none is not like who had":         {Complaints, ClassOf, join(people(5, 1, "A", true, bad(20, 2), bad(20, 0)), people(5, 1, "A", false, bad(20, 0), bad(20, 0))), TooFew, 0, 0},
		"a rate is of all together, of 10,000":     {Rate, ClassOf, join(people(5, 1, "A", true, bad(20, 1), bad(40, 1)), people(5, 1, "A", false, bad(20, 1), bad(20, 1))), Better, 5, -250},
		"… of pieces, as every rate of complaints": {Rate, ClassOf, join(people(5, 1, "A", true, Counted{Waybills: 20, Pieces: 40, Complaints: 1}, Counted{Waybills: 40, Pieces: 80, Complaints: 1}), people(5, 1, "A", false, Counted{Waybills: 20, Pieces: 40, Complaints: 1}, Counted{Waybills: 20, Pieces: 40, Complaints: 1})), Better, 5, -125},
		"a rate of no parcels is none":             {Rate, ClassOf, join(people(5, 1, "A", true, bad(0, 0), bad(0, 0)), people(5, 1, "A", false, bad(0, 0), bad(0, 0))), Nothing, 5, 0},
		"satisfied answers of 1,000":               {Satisfied, ClassOf, join(people(5, 1, "A", true, rated(2, 1), rated(2, 2)), people(5, 1, "A", false, rated(2, 1), rated(2, 1))), Better, 5, 500},
		"who sends at all, of 1,000":               {Active, ClassOf, join(people(5, 1, "A", true, sent(0), sent(3)), people(5, 1, "A", false, sent(0), sent(0))), Better, 5, 1000},
		"freight in fen":                           {Freight, ClassOf, join(people(5, 1, "A", true, sent(20), sent(30)), people(5, 1, "A", false, sent(20), sent(20))), Better, 5, 100},
		"from nothing to nothing is the same":      {Visits, ClassOf, join(people(5, 1, "A", true, sent(0), sent(0)), people(5, 1, "A", false, sent(0), sent(0))), Same, 5, 0},
		"nobody":                                   {Pieces, ClassOf, nil, TooFew, 0, 0},
	} {
		out := Compare(x.figure, x.reach, x.list)
		for side, s := range map[string]Side{SideHere: out.Here, SideLike: out.Like, SideAll: out.All, "": {}} {
			if n := len(Of(x.figure, x.reach, side, x.list)); n != s.Clients {
				t.Errorf("%s: %d clients listed of %q, %d compared", name, n, side, s.Clients)
			}
		}
		if out.Verdict != x.verdict || out.Here.Clients != x.here || math.Abs(out.Change-x.change) > 1e-9 {
			t.Errorf("%s: %+v", name, out)
		}
	}
}

// Each kind counts among the like ones as often as among those of the measure:
// many small like ones do not speak for a few large clients.
func TestLikeClientsAreWeighed(t *testing.T) {
	sent := func(n int64) Counted { return Counted{Waybills: n, Pieces: n} }
	out := Compare(Pieces, ClassOf, join(
		people(1, 1, "A", true, sent(100), sent(110)), people(4, 1, "A", true, sent(2), sent(2)),
		people(2, 1, "A", false, sent(100), sent(100)), people(100, 1, "A", false, sent(2), sent(4)),
		people(3, 1, "B", true, sent(2), sent(9))))
	// here 5 clients: (100+8)/5 before, (110+8)/5 after; like: weights 1/2 and 4/100 make 100+8 before, 100+16 after.
	if out.All.Clients != 8 || out.Here.Clients != 5 || out.Like.Clients != 102 || math.Abs(out.Here.Before-21.6) > 1e-9 || math.Abs(out.Like.Before-21.6) > 1e-9 ||
		math.Abs(out.Like.After-23.2) > 1e-9 || math.Abs(out.Change-(2-1.6)) > 1e-9 || out.Verdict != Same {
		t.Errorf("%+v", out)
	}
}

// What the list says of single clients adds up to what the comparison says of
// them together: the mean where it is one, the parts of a rate otherwise.
func TestTheFiguresOfClientsAreThoseOfTheComparison(t *testing.T) {
	list := join(people(3, 1, "A", true, Counted{Waybills: 4, Pieces: 6, Freight: 900, Complaints: 1, Answers: 2, Good: 1}, Counted{Waybills: 2, Pieces: 2, Freight: 400}),
		people(2, 1, "A", true, Counted{Waybills: 2, Pieces: 8, Freight: 300, Complaints: 1}, Counted{Waybills: 9, Pieces: 9, Freight: 100, Complaints: 2}))
	for _, f := range []Figure{Pieces, Freight, Active, Visits, Complaints} {
		out, before, after := Compare(f, OneClient, list), 0.0, 0.0
		for _, c := range Of(f, OneClient, SideAll, list) {
			b, ok := f.One(c.Before)
			a, too := f.One(c.After)
			if !ok || !too {
				t.Errorf("%s of client %d is not known", f, c.ID)
			}
			before, after = before+b/5, after+a/5
		}
		if math.Abs(before-out.All.Before) > 1e-9 || math.Abs(after-out.All.After) > 1e-9 {
			t.Errorf("%s: the clients make %v and %v, together %+v", f, before, after, out.All)
		}
	}
	for _, x := range []struct {
		f     Figure
		c     Counted
		value float64
		known bool
	}{{Rate, Counted{Pieces: 200, Complaints: 1}, 50, true}, {Rate, Counted{Complaints: 1}, 0, false}, {Satisfied, Counted{Answers: 3, Good: 2}, 2000.0 / 3, true}, {Satisfied, Counted{}, 0, false}} {
		if v, ok := x.f.One(x.c); math.Abs(v-x.value) > 1e-9 || ok != x.known {
			t.Errorf("%s of %+v: %v %v", x.f, x.c, v, ok)
		}
	}
}
