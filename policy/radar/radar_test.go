package radar_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"yike/policy/day"
	"yike/policy/radar"
	"yike/policy/worktime"
)

func on(s string) day.Day { return day.MustParse(s) }

// steady ships so many pieces on each weekday (Monday first) from one day
// through another.
func steady(from, to string, perDay [7]int64) radar.Days {
	out := radar.Days{}
	for d := on(from); d <= on(to); d++ {
		if n := perDay[(int(d.Weekday())+6)%7]; n > 0 {
			out.Set(d, n)
		}
	}
	return out
}

// pieces by day.
type pieces map[day.Day]int64

func (p pieces) days() radar.Days { return with(radar.Days{}, p) }

// with puts other figures over some days.
func with(days radar.Days, more pieces) radar.Days {
	for d, n := range more {
		days.Set(d, n)
	}
	return days
}

// then puts a stretch of other weeks over some days.
func then(days radar.Days, from, to string, perDay [7]int64) radar.Days {
	for d := on(from); d <= on(to); d++ {
		days.Set(d, perDay[(int(d.Weekday())+6)%7])
	}
	return days
}

var weekdays = [7]int64{10, 10, 10, 10, 10, 4, 0} // 54 a week

func calendar() radar.Calendar { return radar.Default().Calendar(worktime.China()) }

func TestAWeekAgainstItsOwnHabit(t *testing.T) {
	for _, tt := range []struct {
		name             string
		days             radar.Days
		monday, through  string
		expected, got    int64 // expected 0: no alert
		used, skipped    int
		left             int
		percent, counted int
	}{
		{name: "as usual", days: steady("2025-12-01", "2026-04-05", weekdays), monday: "2026-03-23", through: "2026-03-29"},
		{name: "half of it is gone", days: then(steady("2026-03-02", "2026-05-24", weekdays), "2026-05-25", "2026-05-31", [7]int64{5, 5, 5, 5, 5, 2, 0}),
			monday: "2026-05-25", through: "2026-05-31", expected: 54, got: 27, used: 7, skipped: 5, percent: 50, counted: 7},
		{name: "nothing at all", days: with(steady("2026-01-05", "2026-08-16", weekdays), pieces{}), monday: "2026-08-17", through: "2026-08-23", expected: 54, used: 8, percent: 100, counted: 7},
		{name: "a quarter less is below the rule", days: then(steady("2026-06-29", "2026-08-16", weekdays), "2026-08-17", "2026-08-23", [7]int64{8, 8, 8, 8, 8, 1, 0}),
			monday: "2026-08-17", through: "2026-08-23"},
		{name: "the week of the National Day is left out whole but two days", days: steady("2026-07-01", "2026-10-02", weekdays), monday: "2026-09-28", through: "2026-10-04"},
		{name: "the week after it is held against ordinary weeks, the holiday's are passed over", days: steady("2026-07-01", "2026-09-30", weekdays),
			monday: "2026-10-12", through: "2026-10-18", expected: 54, used: 8, skipped: 4, percent: 100, counted: 7},
		{name: "the days of a sale do not count, what remains is compared to the same weekdays", days: with(steady("2026-07-20", "2026-11-08", weekdays), pieces{on("2026-11-10"): 200, on("2026-11-11"): 500}),
			monday: "2026-11-09", through: "2026-11-15"},
		{name: "holidays and sales of a whole spring are passed over", days: steady("2026-02-23", "2026-06-07", weekdays), monday: "2026-06-22", through: "2026-06-28",
			expected: 54, used: 8, skipped: 6, percent: 100, counted: 7},
		{name: "days of which no parcels are known yet are on neither side", days: steady("2026-06-29", "2026-08-19", weekdays), monday: "2026-08-17", through: "2026-08-19"},
		{name: "two known days are too few", days: steady("2026-06-29", "2026-08-16", weekdays), monday: "2026-08-17", through: "2026-08-18"},
		{name: "a client of two weeks has no habit", days: steady("2026-08-03", "2026-08-16", weekdays), monday: "2026-08-17", through: "2026-08-23"},
		{name: "a client of four weeks has one", days: steady("2026-07-20", "2026-08-16", weekdays), monday: "2026-08-17", through: "2026-08-23", expected: 54, used: 4, percent: 100, counted: 7},
		{name: "who ships once a month has weeks without parcels, and that is usual", days: pieces{on("2026-04-15"): 80, on("2026-05-15"): 80, on("2026-06-15"): 80, on("2026-07-15"): 80}.days(),
			monday: "2026-08-10", through: "2026-08-16"},
		{name: "a small client is left in peace", days: steady("2026-06-01", "2026-08-09", [7]int64{2, 0, 2, 0, 2, 0, 0}), monday: "2026-08-10", through: "2026-08-16"},
		{name: "one whose weeks swing as much as that is left in peace", days: pieces{on("2026-06-22"): 10, on("2026-06-29"): 90, on("2026-07-06"): 15, on("2026-07-13"): 85, on("2026-07-20"): 12, on("2026-07-27"): 88, on("2026-08-03"): 11, on("2026-08-10"): 90}.days(),
			monday: "2026-08-17", through: "2026-08-23"},
		{name: "who ships once a week has shipped on the one day that is left out", days: pieces{on("2026-07-02"): 12, on("2026-07-11"): 12, on("2026-07-14"): 12, on("2026-07-24"): 12, on("2026-07-28"): 12, on("2026-08-07"): 12, on("2026-08-11"): 12, on("2026-08-22"): 12,
			on("2026-08-26"): 12, on("2026-09-03"): 12, on("2026-11-01"): 12, on("2026-10-19"): 12, on("2026-10-13"): 12, on("2026-09-08"): 12}.days(), monday: "2026-10-26", through: "2026-11-01"},
		{name: "one great order does not raise the habit", days: with(steady("2026-06-22", "2026-08-23", weekdays), pieces{on("2026-07-29"): 5000}), monday: "2026-08-17", through: "2026-08-23"},
		{name: "across the turn of a leap year's February", days: steady("2023-12-04", "2024-03-03", weekdays), monday: "2024-03-04", through: "2024-03-10", expected: 54, used: 5, skipped: 8, percent: 100, counted: 7},
		{name: "a client without a parcel", days: radar.Days{}, monday: "2026-08-17", through: "2026-08-23"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := radar.JudgeWeek(tt.days, on(tt.monday), on(tt.through), radar.Default(), calendar())
			if a == nil {
				if tt.expected != 0 {
					t.Fatal("no alert")
				}
				return
			}
			got := []any{a.Kind, a.Key, a.Expected, a.Got, len(a.Used), len(a.Skipped), len(a.Left), a.Percent, a.Counted}
			want := []any{radar.Week, tt.monday, tt.expected, tt.got, tt.used, tt.skipped, tt.left, tt.percent, tt.counted}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, want %v\n%+v", got, want, a)
			}
		})
	}
}

func TestAnAlertNamesWhatWasLeftOut(t *testing.T) {
	days := steady("2026-03-02", "2026-04-19", weekdays)
	a := radar.JudgeWeek(days, on("2026-04-27"), on("2026-05-03"), radar.Default(), calendar())
	if a == nil {
		t.Fatal("no alert")
	}
	if want := []radar.Out{{"2026-05-01", "劳动节"}, {"2026-05-02", "劳动节"}, {"2026-05-03", "劳动节"}}; !slices.Equal(a.Left, want) || a.Counted != 4 || a.Expected != 40 {
		t.Errorf("left %v, counted %d, expected %d", a.Left, a.Counted, a.Expected)
	}
	if a = radar.JudgeWeek(days, on("2026-04-20"), on("2026-04-23"), radar.Default(), calendar()); a == nil || len(a.Left) != 3 || a.Left[0] != (radar.Out{Day: "2026-04-24"}) || a.Expected != 40 {
		t.Errorf("days not known: %+v", a)
	}
}

func TestMonthsThatFall(t *testing.T) {
	for _, tt := range []struct {
		name          string
		days          radar.Days
		through       string
		key           string // "" = none
		got, expected int64
	}{
		{"as usual", steady("2026-02-01", "2026-08-31", weekdays), "2026-08-31", "", 0, 0},
		{"each less than the one before", then(then(steady("2026-04-01", "2026-06-30", [7]int64{10, 10, 10, 10, 10, 10, 10}), "2026-07-01", "2026-07-31", [7]int64{8, 8, 8, 8, 8, 8, 8}), "2026-08-01", "2026-08-31", [7]int64{5, 5, 5, 5, 5, 5, 5}),
			"2026-08-31", "2026-08", 155, 310},
		{"the month is not over: the one before is judged, and those before it did not fall", then(steady("2026-02-01", "2026-07-31", weekdays), "2026-08-01", "2026-08-30", [7]int64{1, 1, 1, 1, 1, 1, 1}), "2026-08-30", "", 0, 0},
		{"down and up again", then(steady("2026-04-01", "2026-08-31", weekdays), "2026-07-01", "2026-07-31", [7]int64{1, 1, 1, 1, 1, 1, 0}), "2026-08-31", "", 0, 0},
		{"a little less each month", then(then(steady("2026-06-01", "2026-06-30", [7]int64{10, 10, 10, 10, 10, 10, 10}), "2026-07-01", "2026-07-31", [7]int64{9, 9, 9, 9, 9, 9, 9}), "2026-08-01", "2026-08-31", [7]int64{8, 8, 8, 8, 8, 8, 8}), "2026-08-31", "", 0, 0},
		{"February is short and the Spring Festival takes most of it: it is passed over, and a new alert waits for March", steady("2025-11-01", "2026-02-28", weekdays), "2026-02-28", "", 0, 0},
		{"two months are too few", then(steady("2026-07-01", "2026-07-31", weekdays), "2026-08-01", "2026-08-31", [7]int64{1, 1, 1, 1, 1, 1, 1}), "2026-08-31", "", 0, 0},
		{"a small client", with(then(steady("2026-06-01", "2026-06-30", [7]int64{1, 0, 1}), "2026-07-01", "2026-07-31", [7]int64{0, 0, 1}), pieces{on("2026-08-03"): 1}), "2026-08-31", "", 0, 0},
		{"no parcels", radar.Days{}, "2026-08-31", "", 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := radar.JudgeMonths(tt.days, on(tt.through), radar.Default(), calendar())
			switch {
			case a == nil && tt.key != "":
				t.Error("no alert")
			case a != nil && (a.Key != tt.key || a.Got != tt.got || a.Expected != tt.expected):
				t.Errorf("got %+v", a)
			}
		})
	}
}

func TestTheCountdownToSilence(t *testing.T) {
	daily := [7]int64{5, 5, 5, 5, 5, 0, 0}
	monthly := pieces{on("2026-01-30"): 20, on("2026-02-27"): 20, on("2026-03-30"): 20, on("2026-04-30"): 20}.days()
	for _, tt := range []struct {
		name         string
		days         radar.Days
		through, key string
		silent       string
	}{
		{"29 days are none", steady("2026-01-01", "2026-04-30", daily), "2026-05-29", "", ""},
		{"30 days", steady("2026-01-01", "2026-04-30", daily), "2026-05-30", "2026-04-30+30", "2026-07-30"},
		{"59 days are still the first stop", steady("2026-01-01", "2026-04-30", daily), "2026-06-28", "2026-04-30+30", "2026-07-30"},
		{"60 days", steady("2026-01-01", "2026-04-30", daily), "2026-06-29", "2026-04-30+60", "2026-07-30"},
		{"75 days", steady("2026-01-01", "2026-04-30", daily), "2026-07-14", "2026-04-30+75", "2026-07-30"},
		{"the eve of three months", steady("2026-01-01", "2026-04-30", daily), "2026-07-29", "2026-04-30+75", "2026-07-30"},
		{"three months: silent, and the countdown is over", steady("2026-01-01", "2026-04-30", daily), "2026-07-30", "", ""},
		{"from the last of November three months end in February", steady("2025-09-01", "2025-11-30", [7]int64{5, 5, 5, 5, 5, 5, 5}), "2026-02-27", "2025-11-30+75", "2026-02-28"},
		{"and in a leap year a day later", steady("2023-09-01", "2023-11-30", daily), "2024-02-28", "2023-11-30+75", "2024-02-29"},
		{"who ships monthly is not told of at day 30", monthly, "2026-05-30", "", ""},
		{"but at day 60", monthly, "2026-06-29", "2026-04-30+60", "2026-07-30"},
		{"one parcel long ago is nobody's loss", pieces{on("2026-04-30"): 50}.days(), "2026-06-29", "", ""},
		{"nor are a few", pieces{on("2026-04-28"): 1, on("2026-04-29"): 1, on("2026-04-30"): 1}.days(), "2026-06-29", "", ""},
		{"no parcels", radar.Days{}, "2026-06-29", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := radar.JudgeSilence(tt.days, on(tt.through), radar.Default())
			switch {
			case a == nil && tt.key != "":
				t.Error("no alert")
			case a != nil && (a.Key != tt.key || a.Silent != tt.silent):
				t.Errorf("got %+v", a)
			}
		})
	}
}

// Whoever ships as ever raises nothing, on whatever day it is looked at and
// whatever holidays lie before it; more parcels never raise what fewer did not;
// an alert always adds up; and the same question has the same answer.
func TestWhoeverShipsAsEverRaisesNothing(t *testing.T) {
	r, cal, rule := rand.New(rand.NewPCG(5, 6)), calendar(), radar.Default()
	alerts := 0
	for range 300 {
		var perDay [7]int64
		for i := range perDay {
			perDay[i] = int64(r.IntN(30))
		}
		perDay[r.IntN(7)]++
		today := on("2022-01-01").Add(r.IntN(1800))
		from := today.Add(-r.IntN(400) - 1)
		days := steady(from.String(), today.Add(-1).String(), perDay)
		for _, a := range radar.Judge(days, today, today.Add(-1), rule, cal) {
			if a.Kind != radar.Months { // months differ by how many Sundays they have
				t.Fatalf("%v since %s raises on %s %+v", perDay, from, today, a)
			}
		}
		monday := radar.LastWeek(today.Add(-1))
		less, more := copied(days), copied(days)
		for i := range 7 {
			d := monday.Add(i)
			less.Set(d, days.Of(d)*int64(r.IntN(70))/100)
			more.Set(d, days.Of(d)+int64(r.IntN(5)))
		}
		if a := radar.JudgeWeek(more, monday, today.Add(-1), rule, cal); a != nil {
			t.Fatalf("more than ever raises %+v", a)
		}
		a := radar.JudgeWeek(less, monday, today.Add(-1), rule, cal)
		if a == nil {
			continue
		}
		alerts++
		sum := int64(0)
		for i := range 7 {
			if !slices.ContainsFunc(a.Left, func(o radar.Out) bool { return o.Day == monday.Add(i).String() }) {
				sum += less.Of(monday.Add(i))
			}
		}
		if sum != a.Got || a.Got >= a.Expected || a.Counted+len(a.Left) != 7 || len(a.Used) > rule.Weeks || a.Percent < rule.Drop {
			t.Fatalf("an alert that does not add up: %+v", a)
		}
		if again := radar.JudgeWeek(less, monday, today.Add(-1), rule, cal); !reflect.DeepEqual(a, again) {
			t.Fatalf("%+v, then %+v", a, again)
		}
	}
	if alerts < 50 {
		t.Errorf("only %d alerts were looked at", alerts)
	}
}

func copied(days radar.Days) radar.Days {
	var out radar.Days
	for d := days.First(); d.Valid() && d <= days.Last(); d++ {
		out.Set(d, days.Of(d))
	}
	return out
}

func TestWhatARuleMayHold(t *testing.T) {
	if f := radar.Default().Faults(); len(f) > 0 {
		t.Errorf("the default has faults: %v", f)
	}
	for _, tt := range []struct {
		name  string
		set   func(*radar.Rule)
		field string
	}{
		{"three weeks", func(r *radar.Rule) { r.Weeks = 3 }, "weeks"},
		{"half a year and a week", func(r *radar.Rule) { r.Weeks = 27 }, "weeks"},
		{"every swing", func(r *radar.Rule) { r.Drop = 4 }, "drop"},
		{"no least", func(r *radar.Rule) { r.Least = 0 }, "least"},
		{"everybody is in a hurry", func(r *radar.Rule) { r.Express = 0 }, "express"},
		{"no complaint is one too many", func(r *radar.Rule) { r.Slow = 0 }, "slow"},
		{"complaints of three years", func(r *radar.Rule) { r.Months = 36 }, "months"},
		{"a sale that ends before it begins", func(r *radar.Rule) { r.Peaks = []radar.Peak{{"双11", "11-12", "11-01"}} }, "peaks"},
		{"a day that no year has", func(r *radar.Rule) { r.Peaks = radar.ParsePeaks("甩卖 2-30 3-1") }, "peaks"},
		{"a line without days", func(r *radar.Rule) { r.Peaks = radar.ParsePeaks("双11") }, "peaks"},
	} {
		r := radar.Default()
		if tt.set(&r); len(r.Faults()) != 1 || r.Faults()[0].Field != tt.field {
			t.Errorf("%s: %v", tt.name, r.Faults())
		}
	}
	if got := radar.ParsePeaks(" 双11 11-1 11/3 \n\n年货 节 01-05 01-20"); !slices.Equal(got, []radar.Peak{{"双11", "11-01", "11-03"}, {"年货 节", "01-05", "01-20"}}) {
		t.Errorf("read %v", got)
	}
	if d := radar.Default().Peaks; !slices.Equal(radar.ParsePeaks(radar.PeaksText(d)), d) {
		t.Error("peaks are not read as they are written")
	}
}

func TestWhichDaysAreNoOrdinaryOnes(t *testing.T) {
	cal := calendar()
	for _, tt := range []struct{ day, name string }{
		{"2026-02-17", "春节"}, {"2026-02-05", "年货节"}, {"2026-02-06", "春节"}, {"2026-03-03", "春节"}, {"2026-03-04", ""}, {"2026-10-01", "国庆节"}, {"2026-06-18", "618"},
		{"2026-06-19", "端午节"}, {"2026-11-11", "双11"}, {"2026-11-16", ""}, {"2026-02-28", "春节"}, {"2024-02-29", ""}, {"2027-10-07", "国庆节"}, {"2027-06-09", "端午节"}, {"2027-08-08", ""},
	} {
		if name, special := cal.Special(on(tt.day)); name != tt.name || special != (tt.name != "") {
			t.Errorf("%s is %q %v, want %q", tt.day, name, special, tt.name)
		}
		if name, special := cal.Between(on(tt.day).Add(-2), on(tt.day)).Special(on(tt.day)); name != tt.name || special != (tt.name != "") {
			t.Errorf("worked out beforehand, %s is %q %v", tt.day, name, special)
		}
	}
}

func TestWhatBecameOfTheVolumeAfterwards(t *testing.T) {
	cal := calendar()
	days := then(steady("2026-06-29", "2026-08-16", weekdays), "2026-08-24", "2026-10-25", [7]int64{8, 8, 8, 8, 8, 0, 0})
	a := radar.JudgeWeek(days, on("2026-08-17"), on("2026-08-23"), radar.Default(), cal)
	if a == nil || a.Usual() != 54 {
		t.Fatalf("the alert: %+v", a)
	}
	if o := a.After(days, on("2026-08-26"), on("2026-08-30"), cal); o != (radar.Outcome{}) {
		t.Errorf("too early: %+v", o)
	}
	// The weeks with Mid-Autumn, the National Day and their make-up days say nothing.
	if o := a.After(days, on("2026-08-26"), on("2026-10-25"), cal); o != (radar.Outcome{Weeks: 4, Average: 40, Percent: 74}) {
		t.Errorf("afterwards: %+v", o)
	}
	weeks := radar.Weeks(days, on("2026-08-12"), on("2026-08-29"), cal)
	if len(weeks) != 2 || weeks[0] != (radar.WeekSum{Monday: on("2026-08-10"), Pieces: 54}) || weeks[1].Pieces != 0 {
		t.Errorf("weeks: %+v", weeks)
	}
	silence := radar.Alert{Kind: radar.Silence, Expected: 60}
	months := radar.Alert{Kind: radar.Months, Expected: 99, Used: []radar.Period{{"2026-08-01", 10, 31}, {"2026-07-01", 20, 31}, {"2026-06-01", 60, 30}}}
	if silence.Usual() != 14 || months.Usual() != 14 {
		t.Errorf("usual weeks %d, %d", silence.Usual(), months.Usual())
	}
}
