package sla

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"yike/policy/day"
	"yike/policy/worktime"
)

var zone = func() *time.Location {
	z, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	return z
}()

func at(t testing.TB, text string) int64 {
	t.Helper()
	layout := "2006-01-02 15:04:05"
	x, err := time.ParseInLocation(layout[:len(text)], text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return x.UnixMilli()
}

func said(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).In(zone).Format("2006-01-02 15:04:05")
}

var d = day.MustParse

// ownHours are those of a branch that opens every day but Sunday, with a break
// at noon, works Saturdays till noon, holidays till eleven, and stocktakes on 20
// November 2026.
func ownHours() Hours {
	day := []Span{{510, 720}, {780, 1110}} // 8:30-12:00 13:00-18:30
	h := Hours{MakeUp: day, Holiday: []Span{{540, 660}}, Days: []OwnDay{{d("2026-11-20"), "盘点", nil}, {d("2026-11-22"), "大促", []Span{{480, 1440}}}}}
	for w := time.Monday; w <= time.Friday; w++ {
		h.Week[w] = day
	}
	h.Week[time.Saturday] = []Span{{540, 720}}
	return h
}

func clock(h Hours) *Clock {
	return NewClock(worktime.China(), []Since{{d("2020-01-01"), h}}, d("2026-01-01"), d("2027-03-31"))
}

func TestTheZoneHasNoSummerTime(t *testing.T) {
	for ms := at(t, "1992-01-01 00:00"); ms < at(t, "2100-01-01 00:00"); ms += aDay / 2 {
		if DayOf(ms) != day.At(time.UnixMilli(ms), zone) {
			t.Fatalf("%s is taken for %s", said(ms), DayOf(ms))
		}
	}
}

func TestDeadline(t *testing.T) {
	plain, own := clock(DefaultHours()), clock(ownHours())
	for _, c := range []struct {
		name   string
		clock  *Clock
		opened string
		limit  Limit
		pauses [][2]string
		want   string
	}{
		{"two working hours in the morning", plain, "2026-11-18 10:15:30", Limit{2, WorkHours}, nil, "2026-11-18 12:15:30"},
		{"what ends as the office closes ends then, and not next morning", plain, "2026-11-18 16:00", Limit{2, WorkHours}, nil, "2026-11-18 18:00:00"},
		{"one minute more is next morning", plain, "2026-11-18 16:01", Limit{2, WorkHours}, nil, "2026-11-19 09:01:00"},
		{"Friday evening goes on on Monday", plain, "2026-11-20 17:30", Limit{2, WorkHours}, nil, "2026-11-23 10:30:00"},
		{"opened at night it begins in the morning", plain, "2026-11-18 02:00", Limit{30, WorkMinutes}, nil, "2026-11-18 09:30:00"},
		{"over National Day to the first day worked", plain, "2026-09-30 17:00", Limit{2, WorkHours}, nil, "2026-10-08 10:00:00"},
		{"a made-up Saturday is worked", plain, "2026-10-09 17:00", Limit{2, WorkHours}, nil, "2026-10-10 10:00:00"},
		{"over the turn of a year that is announced", clockOn("2025-06-01", "2026-06-30"), "2025-12-31 17:00", Limit{2, WorkHours}, nil, "2026-01-04 10:00:00"},
		{"into a year that is not, as in a plain week", plain, "2026-12-31 17:00", Limit{2, WorkHours}, nil, "2027-01-01 10:00:00"},
		{"24 hours are 24 hours, weekend or not", plain, "2026-11-21 09:15", Limit{24, Hours24}, nil, "2026-11-22 09:15:00"},
		{"30 seconds", plain, "2026-11-21 23:59:45", Limit{30, Seconds}, nil, "2026-11-22 00:00:15"},
		{"one working day: the day it begins does not count, the last ends when business does", plain, "2026-11-18 09:00", Limit{1, WorkDays}, nil, "2026-11-19 18:00:00"},
		{"one working day from Friday", plain, "2026-11-20 09:00", Limit{1, WorkDays}, nil, "2026-11-23 18:00:00"},
		{"two working days from before the holiday", plain, "2026-09-30 09:00", Limit{2, WorkDays}, nil, "2026-10-09 18:00:00"},
		{"the branch's own noon", own, "2026-11-18 11:30", Limit{1, WorkHours}, nil, "2026-11-18 13:30:00"},
		{"its short Saturday", own, "2026-11-14 11:00", Limit{2, WorkHours}, nil, "2026-11-16 09:30:00"},
		{"its own closed day", own, "2026-11-19 18:00", Limit{1, WorkHours}, nil, "2026-11-21 09:30:00"},
		{"its own open Sunday ends at midnight", own, "2026-11-21 11:00", Limit{17, WorkHours}, nil, "2026-11-23 00:00:00"},
		{"its holidays till eleven", own, "2026-10-01 10:00", Limit{2, WorkHours}, nil, "2026-10-02 10:00:00"},
		{"a pause puts it off by the working time waited", plain, "2026-11-18 10:00", Limit{2, WorkHours}, [][2]string{{"2026-11-18 11:00", "2026-11-19 10:00"}}, "2026-11-19 11:00:00"},
		{"two pauses", plain, "2026-11-18 10:00", Limit{4, WorkHours}, [][2]string{{"2026-11-18 11:00", "2026-11-18 12:00"}, {"2026-11-18 17:30", "2026-11-19 09:30"}}, "2026-11-18 15:00:00"},
		{"two pauses, the second moved into by the first", plain, "2026-11-18 10:00", Limit{4, WorkHours}, [][2]string{{"2026-11-18 11:00", "2026-11-18 12:00"}, {"2026-11-18 14:30", "2026-11-19 09:30"}}, "2026-11-19 10:00:00"},
		{"a pause that begins at the deadline moves nothing", plain, "2026-11-18 10:00", Limit{2, WorkHours}, [][2]string{{"2026-11-18 12:00", "2026-11-18 17:00"}}, "2026-11-18 12:00:00"},
		{"a pause of a clock on the wall counts the night", plain, "2026-11-18 10:00", Limit{24, Hours24}, [][2]string{{"2026-11-18 17:00", "2026-11-19 09:00"}}, "2026-11-20 02:00:00"},
		{"a pause over the weekend waits no working time", plain, "2026-11-20 16:00", Limit{4, WorkHours}, [][2]string{{"2026-11-20 18:00", "2026-11-23 09:00"}}, "2026-11-23 11:00:00"},
		{"a pause of a day and working days", plain, "2026-11-16 10:00", Limit{2, WorkDays}, [][2]string{{"2026-11-17 09:00", "2026-11-17 18:00"}}, "2026-11-19 18:00:00"},
		{"no limit", plain, "2026-11-18 10:00", Limit{}, nil, ""},
	} {
		var pauses []Pause
		for _, p := range c.pauses {
			pauses = append(pauses, Pause{at(t, p[0]), at(t, p[1])})
		}
		if got := said(Deadline(c.clock, at(t, c.opened), c.limit, pauses, at(t, c.opened))); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func clockOn(from, to string) *Clock {
	return NewClock(worktime.China(), nil, d(from), d(to))
}

func TestABranchThatChangesItsHoursCountsEachDayByTheHoursOfThatDay(t *testing.T) {
	late := DefaultHours()
	for w := range late.Week {
		if len(late.Week[w]) > 0 {
			late.Week[w] = []Span{{600, 1200}}
		}
	}
	c := NewClock(worktime.China(), []Since{{d("2026-11-19"), late}, {d("2026-01-01"), DefaultHours()}}, d("2026-01-01"), d("2026-12-31"))
	if got := said(Deadline(c, at(t, "2026-11-18 17:00"), Limit{2, WorkHours}, nil, 0)); got != "2026-11-19 11:00:00" {
		t.Error(got)
	}
}

func TestAClosedBranchHasNoDeadline(t *testing.T) {
	c := NewClock(worktime.China(), []Since{{d("2026-01-01"), Hours{}}}, d("2026-01-01"), d("2026-12-31"))
	for _, l := range []Limit{{1, WorkMinutes}, {1, WorkDays}} {
		if got := Deadline(c, at(t, "2026-11-18 17:00"), l, nil, 0); got != 0 {
			t.Errorf("%v: %s", l, said(got))
		}
	}
}

// oracle finds the deadline by walking minute by minute.
func oracle(h Hours, opened int64, l Limit, pauses []Pause) int64 {
	cal := worktime.China()
	open := func(ms int64) bool {
		x := time.UnixMilli(ms).In(zone)
		on := day.At(x, zone)
		spans := h.Week[x.Weekday()]
		if e, ok := cal.Entry(on); ok {
			spans = h.Holiday
			if e.Kind == worktime.Work {
				spans = h.MakeUp
			}
		}
		for _, o := range h.Days {
			if o.Day == on {
				spans = o.Spans
			}
		}
		m := x.Hour()*60 + x.Minute()
		return slices.ContainsFunc(spans, func(s Span) bool { return s.From <= m && m < s.To })
	}
	counts := func(ms int64) bool { return !l.Works() || open(ms) }
	n := 0
	switch l.Unit {
	case WorkDays: // as many minutes as there are until the last day closes
		days, last, seen := 0, int64(0), int64(0)
		first := DayOf(opened)
		for ms := opened; days <= l.N; ms += minute {
			if !open(ms) {
				continue
			}
			if on := int64(DayOf(ms)); on != int64(first) && on != seen {
				if days++; days > l.N {
					break
				}
				seen = on
			}
			n++
			last = ms
		}
		_ = last
	case WorkHours, Hours24:
		n = l.N * 60
	default:
		n = l.N
	}
	ms := opened
	for {
		if n == 0 {
			return ms
		}
		paused := slices.ContainsFunc(pauses, func(p Pause) bool { return p.From <= ms && ms < p.To })
		if counts(ms) && !paused {
			n--
		}
		ms += minute
	}
}

func TestDeadlinesAreThoseFoundMinuteByMinute(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	n := 4000
	if testing.Short() {
		n = 500
	}
	for i := range n {
		h := DefaultHours()
		switch i % 3 {
		case 1:
			h = ownHours()
		case 2:
			h = anyHours(r)
		}
		// Windows that hold all, a part or nothing of the time.
		from := d("2026-01-01").Add(r.IntN(500) - 100)
		c := NewClock(worktime.China(), []Since{{d("2020-01-01"), h}}, from, from.Add(r.IntN(200)))
		opened := at(t, "2026-01-01 00:00") + int64(r.IntN(366*24*60))*minute
		l := Limit{1 + r.IntN(40), []Unit{Minutes, Hours24, WorkMinutes, WorkHours}[r.IntN(4)]}
		if r.IntN(5) == 0 {
			l = Limit{1 + r.IntN(6), WorkDays}
		}
		var pauses []Pause
		for p := opened; len(pauses) < r.IntN(4); {
			p += int64(r.IntN(2000)) * minute
			end := p + int64(1+r.IntN(3000))*minute
			pauses = append(pauses, Pause{p, end})
			p = end + int64(r.IntN(600))*minute
		}
		want := oracle(h, opened, l, pauses)
		if got := Deadline(c, opened, l, pauses, 0); got != want {
			t.Fatalf("hours %+v, opened %s, %v, pauses %v: %s, minute by minute %s", h, said(opened), l, pauses, said(got), said(want))
		}
		checkStanding(t, r, c, Running{Opened: opened, Limit: l, Pauses: pauses}, want)
	}
}

// checkStanding holds what is true of every clock.
func checkStanding(t *testing.T, r *rand.Rand, c *Clock, run Running, due int64) {
	t.Helper()
	last := run.Stand(c, 25, run.Opened)
	for at := run.Opened; at < due; at += 1 + int64(r.IntN(int(max(2, (due-run.Opened)/4)))) {
		s := run.Stand(c, 25, at)
		if s.State == Overdue || s.Left < 0 {
			t.Fatalf("before its time it stands at %+v", s)
		}
		if s.Left > last.Left && len(run.Pauses) == 0 {
			t.Fatalf("more is left later: %+v, before %+v", s, last)
		}
		last = s
	}
	if s := run.Stand(c, 25, due); s.State == Overdue || s.Left != 0 {
		t.Fatalf("at its end it stands at %+v", s)
	}
	if s := run.Stand(c, 25, due+1); s.State != Overdue || s.Left >= 0 {
		t.Fatalf("behind its end it stands at %+v", s)
	}
	if run.Done = due + 1; run.Stand(c, 25, due+9).Kept() {
		t.Fatal("done behind its end, and kept")
	}
	if run.Done = due; !run.Stand(c, 25, due+9).Kept() {
		t.Fatal("done at its end, and not kept")
	}
}

func anyHours(r *rand.Rand) Hours {
	spans := func() (out []Span) {
		for at := r.IntN(400); at < 1300 && len(out) < MostSpans; {
			end := min(1440, at+1+r.IntN(500))
			out = append(out, Span{at, end})
			at = end + 1 + r.IntN(300)
		}
		return out
	}
	h := Hours{MakeUp: spans()}
	for w := range h.Week {
		if r.IntN(4) > 0 || w == 3 {
			h.Week[w] = spans()
		}
	}
	if r.IntN(2) == 0 {
		h.Holiday = spans()
	}
	return h
}

func TestStanding(t *testing.T) {
	c := clock(DefaultHours())
	run := Running{Opened: at(t, "2026-11-18 10:00"), Limit: Limit{4, WorkHours}}
	for _, x := range []struct {
		name, now string
		pause     string
		state     State
		left      time.Duration
	}{
		{"at the beginning", "2026-11-18 10:00", "", OK, 4 * time.Hour},
		{"a quarter and a minute is left", "2026-11-18 12:59", "", OK, 61 * time.Minute},
		{"a quarter is left", "2026-11-18 13:00", "", Soon, time.Hour},
		{"it ends", "2026-11-18 14:00", "", Soon, 0},
		{"it is over", "2026-11-18 14:01", "", Overdue, -time.Minute},
		{"over night no more of it is", "2026-11-19 08:00", "", Overdue, -4 * time.Hour},
		{"it stands still", "2026-11-20 13:00", "2026-11-18 12:00", Paused, 2 * time.Hour},
		{"a pause that begins after its end saves nothing", "2026-11-18 16:00", "2026-11-18 15:00", Overdue, -2 * time.Hour},
	} {
		r := run
		if x.pause != "" {
			r.Pauses = []Pause{{From: at(t, x.pause)}}
		}
		got := r.Stand(c, 25, at(t, x.now))
		if got.State != x.state || got.Left != x.left.Milliseconds() {
			t.Errorf("%s: %s, %s left; want %s, %s", x.name, got.State, time.Duration(got.Left)*time.Millisecond, x.state, x.left)
		}
	}
	run.Done = at(t, "2026-11-18 12:00")
	if s := run.Stand(c, 25, at(t, "2027-01-01 12:00")); s.State != Stopped || !s.Kept() || s.Left != 2*60*minute {
		t.Errorf("done in time: %+v", s)
	}
	over := Running{Opened: at(t, "2026-12-31 17:00"), Limit: Limit{2, WorkHours}}.Stand(c, 25, at(t, "2026-12-31 17:30"))
	if !over.Assumed || run.Stand(c, 25, run.Opened).Assumed {
		t.Error("which deadlines reach into a year that is not announced")
	}
}

func TestAPauseThatHasAnEndIsKnownFromItsBeginning(t *testing.T) {
	c := clock(DefaultHours())
	work, wall := Limit{4, WorkHours}, Limit{24, Hours24}
	for _, x := range []struct {
		name, opened string
		limit        Limit
		from, to     string
		want, soonAt string
	}{
		{"it ends within the day", "2026-11-18 10:00", work, "2026-11-18 12:00", "2026-11-18 14:00", "2026-11-18 16:00", "2026-11-18 15:00"},
		{"it ends in the night", "2026-11-18 10:00", work, "2026-11-18 12:00", "2026-11-18 23:00", "2026-11-19 11:00", "2026-11-19 10:00"},
		{"it reaches over a weekend", "2026-11-20 10:00", work, "2026-11-20 12:00", "2026-11-23 10:00", "2026-11-23 12:00", "2026-11-23 11:00"},
		{"it reaches over a holiday", "2026-09-30 10:00", work, "2026-09-30 12:00", "2026-10-08 12:00", "2026-10-08 14:00", "2026-10-08 13:00"},
		{"resumed before its end", "2026-11-18 10:00", work, "2026-11-18 12:00", "2026-11-18 13:00", "2026-11-18 15:00", "2026-11-18 14:00"},
		{"by the wall clock, over a night", "2026-11-18 10:00", wall, "2026-11-18 12:00", "2026-11-20 12:00", "2026-11-21 10:00", ""},
	} {
		r := Running{Opened: at(t, x.opened), Limit: x.limit, Pauses: []Pause{{at(t, x.from), at(t, x.to)}}}
		want := at(t, x.want)
		for _, now := range []int64{at(t, x.from), (at(t, x.from) + at(t, x.to)) / 2, at(t, x.to), want + aDay} {
			if got := Deadline(c, r.Opened, r.Limit, r.Pauses, now); got != want {
				t.Errorf("%s, asked at %s: %s, want %s", x.name, said(now), said(got), said(want))
			}
		}
		if x.soonAt == "" {
			continue
		}
		if got := (Rung{Clock: Solve, Percent: 75}).At(c, r, at(t, x.from)); got != at(t, x.soonAt) {
			t.Errorf("%s: three quarters at %s, want %s", x.name, said(got), x.soonAt)
		}
	}
}

func TestAPausedClockStandsUntilItsEndAndRunsByItself(t *testing.T) {
	c := clock(DefaultHours())
	r := Running{Opened: at(t, "2026-11-18 10:00"), Limit: Limit{4, WorkHours}, Pauses: []Pause{{at(t, "2026-11-18 12:00"), at(t, "2026-11-19 11:00")}}}
	for _, x := range []struct {
		name, now string
		state     State
		left      time.Duration
	}{
		{"as it begins", "2026-11-18 12:00", Paused, 2 * time.Hour},
		{"in the night", "2026-11-18 23:00", Paused, 2 * time.Hour},
		{"a minute before its end", "2026-11-19 10:59", Paused, 2 * time.Hour},
		{"as it ends", "2026-11-19 11:00", OK, 2 * time.Hour},
		{"an hour later", "2026-11-19 12:00", Soon, time.Hour},
		{"as its time is over", "2026-11-19 13:00", Soon, 0},
		{"too late, though nobody touched it", "2026-11-19 13:30", Overdue, -30 * time.Minute},
	} {
		if got := r.Stand(c, 25, at(t, x.now)); got.State != x.state || got.Left != x.left.Milliseconds() {
			t.Errorf("%s: %s, %s left; want %s, %s", x.name, got.State, time.Duration(got.Left)*time.Millisecond, x.state, x.left)
		}
	}
}

func TestAPauseLastsNoLongerThanTheRuleAllows(t *testing.T) {
	c := clock(DefaultHours())
	for _, x := range []struct {
		name, from string
		rule       Rule
		days       int
		want       string
	}{
		{"one working day ends as the next one does", "2026-11-18 10:00", Rule{}, 1, "2026-11-19 18:00"},
		{"over a weekend", "2026-11-19 10:00", Rule{}, 2, "2026-11-23 18:00"},
		{"in the evening before a holiday", "2026-09-30 20:00", Rule{}, 1, "2026-10-08 18:00"},
		{"more than the rule says", "2026-11-18 10:00", Rule{}, 9, "2026-11-25 18:00"},
		{"the rule says two", "2026-11-18 10:00", Rule{Pause: 2}, 9, "2026-11-20 18:00"},
		{"none is one", "2026-11-18 10:00", Rule{}, 0, "2026-11-19 18:00"},
	} {
		if got, ok := x.rule.PauseEnd(c, at(t, x.from), x.days); !ok || got != at(t, x.want) {
			t.Errorf("%s: %s, want %s", x.name, said(got), x.want)
		}
	}
	bad := Default()
	for _, n := range []int{-1, MostPause + 1} {
		bad.Pause = n
		if f := bad.Faults(); len(f) != 1 || f[0] != (Fault{"pause", FaultShare, MostPause}) {
			t.Errorf("a pause of %d days: %v", n, f)
		}
	}
}

func TestPick(t *testing.T) {
	r := Default()
	for _, c := range []struct {
		name  string
		facts Facts
		want  Row
	}{
		{"a plain complaint is solved within the documents' 24 hours", Facts{"complaint", "minor", "C", "phone"}, Row{Solve: Limit{24, Hours24}}},
		{"that of an A client sooner", Facts{"complaint", "minor", "A", "phone"}, Row{Solve: Limit{12, Hours24}}},
		{"a grave one sooner", Facts{"complaint", "grave", "B", "phone"}, Row{Solve: Limit{12, Hours24}}},
		{"a grave one of an A client soonest", Facts{"complaint", "grave", "A", "wechat"}, Row{Solve: Limit{6, Hours24}}},
		{"a head-office ticket has a clock of its own, whoever's it is", Facts{"complaint", "grave", "A", "head_office"}, Row{Solve: Limit{24, Hours24}}},
		{"so has a postal appeal", Facts{"complaint", "grave", "A", "postal"}, Row{Solve: Limit{3, WorkDays}}},
		{"a consultation by chat is answered in 30 seconds", Facts{"consultation", "minor", "A", "chat"}, Row{Answer: Limit{30, Seconds}, Solve: Limit{4, WorkHours}}},
		{"one by letter is not", Facts{"consultation", "minor", "", "letter"}, Row{Answer: Limit{2, WorkHours}, Solve: Limit{1, WorkDays}}},
		{"a suggestion", Facts{"suggestion", "minor", "", "app"}, Row{Solve: Limit{5, WorkDays}}},
	} {
		got := r.Limits(c.facts)
		if got.Solve != c.want.Solve || c.want.Answer.N > 0 && got.Answer != c.want.Answer {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	if w := PresetRule(Within48).Limits(Facts{"complaint", "minor", "C", "phone"}); w.Solve != (Limit{48, Hours24}) {
		t.Errorf("within 48 hours: %+v", w)
	}
}

// TestTheOrderOfRowsDoesNotMatter: the most particular row holds wherever it
// stands, and of each pair that fits one is always the more particular.
func TestTheOrderOfRowsDoesNotMatter(t *testing.T) {
	rank := map[int]Row{}
	words := func(list []string) []string { return append([]string{""}, list...) }
	for _, k := range words(Kinds[:2]) {
		for _, s := range words(Severities[:2]) {
			for _, c := range words(Classes[:2]) {
				for _, ch := range words([]string{"phone", "postal"}) {
					w := Row{Kind: k, Severity: s, Class: c, Channel: ch}
					n := w.particular()
					for _, other := range []Row{rank[n]} {
						both := func(a, b string) bool { return a == "" || b == "" || a == b }
						if other != (Row{}) && both(other.Kind, k) && both(other.Severity, s) && both(other.Class, c) && both(other.Channel, ch) {
							t.Errorf("%+v and %+v fit one case and neither goes first", w, other)
						}
					}
					rank[n] = w
				}
			}
		}
	}
	r, backwards := Default(), Default()
	slices.Reverse(backwards.Rows)
	for _, k := range Kinds {
		for _, s := range Severities {
			for _, c := range []string{"", "A", "B", "C"} {
				for _, ch := range Channels {
					if f := (Facts{k, s, c, ch}); r.Limits(f) != backwards.Limits(f) || r.Pick(f) < 0 {
						t.Errorf("%+v: %+v and %+v", f, r.Limits(f), backwards.Limits(f))
					}
				}
			}
		}
	}
}

func TestPresetsAreRulesAndAClientsNeverWaitLonger(t *testing.T) {
	for _, p := range Presets {
		r := PresetRule(p)
		if faults := r.Faults(); len(faults) > 0 {
			t.Errorf("%s: %+v", p, faults)
		}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ParseRule(string(text)); err != nil || !slices.Equal(back.Rows, r.Rows) || !slices.Equal(back.Ladder, r.Ladder) || back.Soon != r.Soon {
			t.Errorf("%s does not come back: %v", p, err)
		}
		c, opened := clock(DefaultHours()), at(t, "2026-11-20 16:30")
		for _, k := range Kinds {
			for _, s := range Severities {
				for _, ch := range Channels {
					a, plain := r.Limits(Facts{k, s, "A", ch}), r.Limits(Facts{k, s, "", ch})
					for _, which := range Which {
						if Deadline(c, opened, a.Limit(which), nil, 0) > Deadline(c, opened, plain.Limit(which), nil, 0) {
							t.Errorf("%s %s %s %s: an A client waits longer for the %s", p, k, s, ch, which)
						}
					}
				}
			}
		}
	}
}

func TestAnAnswerIsNeverDueAfterTheSolution(t *testing.T) {
	c, w := clock(DefaultHours()), Default().Limits(Facts{"complaint", "serious", "A", "phone"})
	saturday, monday := at(t, "2026-11-21 09:15"), at(t, "2026-11-23 09:15")
	if got := w.Runs(c, Answer, saturday); got != w.Solve {
		t.Errorf("on a Saturday it runs by %v", got)
	}
	if got := w.Runs(c, Answer, monday); got != w.Answer {
		t.Errorf("on a Monday it runs by %v", got)
	}
	if got := w.Runs(c, Solve, saturday); got != w.Solve {
		t.Errorf("the solution runs by %v", got)
	}
	if got := (Row{Answer: Limit{1, WorkHours}}).Runs(c, Answer, saturday); got != (Limit{1, WorkHours}) {
		t.Errorf("without a solution it runs by %v", got)
	}
}

func TestFaults(t *testing.T) {
	row := func(change func(*Rule)) Rule {
		r := Default()
		change(&r)
		return r
	}
	for _, c := range []struct {
		name, field, code string
		rule              Rule
	}{
		{"no row for all others", "rows", FaultAny, row(func(r *Rule) { r.Rows = r.Rows[:13] })},
		{"a row twice", "rows.14", FaultTwice, row(func(r *Rule) { r.Rows = append(r.Rows, r.Rows[0]) })},
		{"another channel", "rows.0", FaultWord, row(func(r *Rule) { r.Rows[0].Channel = "pigeon" })},
		{"eight days for a complaint", "rows.7.solve", FaultLaw, row(func(r *Rule) { r.Rows[7].Solve = Limit{8 * 24, Hours24} })},
		{"forty-six working hours for a complaint: more than five days of nine", "rows.7.solve", FaultLaw, row(func(r *Rule) { r.Rows[7].Solve = Limit{46, WorkHours} })},
		{"a working minute more than that week has", "rows.7.solve", FaultLaw, row(func(r *Rule) { r.Rows[7].Solve = Limit{45*60 + 1, WorkMinutes} })},
		{"six working days for a complaint", "rows.7.solve", FaultLaw, row(func(r *Rule) { r.Rows[7].Solve = Limit{6, WorkDays} })},
		{"a limit below nothing", "rows.0.answer", FaultLimit, row(func(r *Rule) { r.Rows[0].Answer = Limit{-1, WorkHours} })},
		{"a limit without a unit", "rows.0.answer", FaultLimit, row(func(r *Rule) { r.Rows[0].Answer = Limit{1, ""} })},
		{"a limit of ages", "rows.12.solve", FaultLimit, row(func(r *Rule) { r.Rows[12].Solve = Limit{9000, Hours24} })},
		{"an answer behind the solution", "rows.8.answer", FaultLater, row(func(r *Rule) { r.Rows[8].Answer = Limit{5, WorkHours} })},
		{"no share", "soon", FaultShare, row(func(r *Rule) { r.Soon = 0 })},
		{"a place told twice", "ladder.8", FaultTwice, row(func(r *Rule) { r.Ladder = append(r.Ladder, r.Ladder[0]) })},
		{"a place that is none", "ladder.0", FaultWord, row(func(r *Rule) { r.Ladder[0].To = "mayor" })},
		{"late and early at once", "ladder.2", FaultShare, row(func(r *Rule) { r.Ladder[2].Percent = 50 })},
	} {
		if got := c.rule.Faults(); !slices.ContainsFunc(got, func(f Fault) bool { return f.Field == c.field && f.Code == c.code }) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	if got := row(func(r *Rule) { r.Rows[7].Solve = Limit{5, WorkDays} }).Faults(); len(got) > 0 {
		t.Errorf("five working days are within seven days: %+v", got)
	}
}

func TestTheLadder(t *testing.T) {
	c := clock(DefaultHours())
	run := Running{Opened: at(t, "2026-11-18 10:00"), Limit: Limit{4, WorkHours}}
	var got []string
	for _, g := range Default().Ladder[:4] {
		got = append(got, g.To+" "+said(g.At(c, run, run.Opened)))
	}
	want := []string{"handler 2026-11-18 13:00:00", "leader 2026-11-18 14:00:00", "manager 2026-11-18 18:00:00", "head 2026-11-19 14:00:00"}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	// A pause of two hours before all of it puts all of it off.
	run.Pauses = []Pause{{at(t, "2026-11-18 11:00"), at(t, "2026-11-18 13:00")}}
	if g := Default().Ladder[0]; said(g.At(c, run, run.Opened)) != "2026-11-18 15:00:00" {
		t.Errorf("with a pause: %s", said(g.At(c, run, run.Opened)))
	}
	// One behind the first rung puts off what is above it only.
	run.Pauses = []Pause{{at(t, "2026-11-18 13:30"), at(t, "2026-11-18 14:30")}}
	if a, b := Default().Ladder[0].At(c, run, 0), Default().Ladder[1].At(c, run, 0); said(a) != "2026-11-18 13:00:00" || said(b) != "2026-11-18 15:00:00" {
		t.Errorf("%s %s", said(a), said(b))
	}
	// One behind the end puts off nothing, lasting or not.
	for _, to := range []string{"", "2026-11-19 12:00"} {
		end := int64(0)
		if to != "" {
			end = at(t, to)
		}
		run.Pauses = []Pause{{at(t, "2026-11-18 15:00"), end}}
		if got := Default().Ladder[2].At(c, run, at(t, "2026-11-20 12:00")); said(got) != "2026-11-18 18:00:00" {
			t.Errorf("paused after its end to %q the manager is told at %s", to, said(got))
		}
	}
	if at := (Rung{Answer, 75, Limit{}, ToHandler}).At(c, Running{Opened: run.Opened}, 0); at != 0 {
		t.Errorf("a clock without a limit climbs at %s", said(at))
	}
	// Higher places are never told before lower ones.
	for _, p := range Presets {
		r := PresetRule(p)
		for _, w := range r.Rows {
			for _, which := range Which {
				last := int64(0)
				for _, g := range r.Ladder {
					if g.Clock != which {
						continue
					}
					at := g.At(c, Running{Opened: run.Opened, Limit: w.Limit(which)}, run.Opened)
					if at < last {
						t.Errorf("%+v: %s is told before those below", w, g.To)
					}
					last = at
				}
			}
		}
	}
}

func TestHoursAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]string{
		"9:00-12:00 13:30-18:00": "09:00-12:00 13:30-18:00", "８": "!", "9-18": "09:00-18:00", "09：00—12：00，13：00～18：30": "09:00-12:00 13:00-18:30",
		"休": "", "": "", "0:00-24:00": "00:00-24:00", "9:00": "!", "9:60-10": "!", "18:00-25:00": "!", "9:00-24:01": "!", "8点-9点": "!",
	} {
		spans, ok := ReadSpans(text)
		got := SpansText(spans)
		if !ok {
			got = "!"
		}
		if got != want {
			t.Errorf("%q is read as %q, want %q", text, got, want)
		}
	}
	days, bad := ReadDays("2026-11-22 大促 8:00-24:00\n2026-11-20 盘点\n\n")
	if bad != "" || DaysText(days) != "2026-11-20 盘点\n2026-11-22 大促 08:00-24:00" {
		t.Errorf("%q %q", DaysText(days), bad)
	}
	for _, text := range []string{"2026-11-20", "11-20 盘点", "2026-11-20 盘点 早上"} {
		if _, bad := ReadDays(text); bad != text {
			t.Errorf("%q: bad %q", text, bad)
		}
	}
}

func TestHoursFaults(t *testing.T) {
	for _, c := range []struct {
		name, field, code string
		change            func(*Hours)
	}{
		{"over midnight", "week.1", FaultSpan, func(h *Hours) { h.Week[1] = []Span{{1320, 120}} }},
		{"past midnight", "week.1", FaultSpan, func(h *Hours) { h.Week[1] = []Span{{1320, 1500}} }},
		{"one over another", "make_up", FaultOrder, func(h *Hours) { h.MakeUp = []Span{{540, 720}, {700, 800}} }},
		{"five stretches", "holiday", FaultMany, func(h *Hours) { h.Holiday = []Span{{0, 1}, {2, 3}, {4, 5}, {6, 7}, {8, 9}} }},
		{"never open", "week.1", FaultNever, func(h *Hours) { h.Week = [7][]Span{} }},
		{"an own day twice", "days", FaultTwice, func(h *Hours) { h.Days = []OwnDay{{d("2026-11-20"), "盘点", nil}, {d("2026-11-20"), "盘点", nil}} }},
		{"a nameless day", "days", FaultNoName, func(h *Hours) { h.Days = []OwnDay{{Day: d("2026-11-20")}} }},
	} {
		h := DefaultHours()
		if c.change(&h); !slices.ContainsFunc(h.Faults(), func(f HoursFault) bool { return f.Field == c.field && f.Code == c.code }) {
			t.Errorf("%s: %+v", c.name, h.Faults())
		}
	}
	if f := append(DefaultHours().Faults(), ownHours().Faults()...); len(f) > 0 {
		t.Errorf("%+v", f)
	}
}

func FuzzReadSpans(f *testing.F) {
	f.Add("9:00-12:00 13:30-18:00")
	f.Fuzz(func(t *testing.T, text string) {
		spans, ok := ReadSpans(text)
		if !ok {
			return
		}
		if again, ok := ReadSpans(SpansText(spans)); !ok || !slices.Equal(spans, again) {
			t.Errorf("%q: %v, again %v", text, spans, again)
		}
	})
}

func BenchmarkDeadline(b *testing.B) {
	c, r := clock(ownHours()), Default()
	opened := at(b, "2026-09-28 16:00")
	pauses := []Pause{{opened + 3*60*minute, opened + 20*60*minute}, {opened + 25*60*minute, opened + 40*60*minute}}
	for _, x := range []struct {
		name  string
		limit Limit
	}{{"hours", Limit{20, WorkHours}}, {"days", Limit{5, WorkDays}}, {"wall", Limit{48, Hours24}}} {
		b.Run(x.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if Deadline(c, opened, x.limit, pauses, opened) == 0 {
					b.Fatal("none")
				}
			}
		})
	}
	b.Run("row and both deadlines", func(b *testing.B) {
		b.ReportAllocs()
		f := Facts{"complaint", "serious", "B", "wechat"}
		for b.Loop() {
			w := r.Limits(f)
			Deadline(c, opened, w.Answer, pauses, opened)
			Deadline(c, opened, w.Solve, pauses, opened)
		}
	})
}
