package radar_test

import (
	"fmt"
	"testing"

	"yike/policy/day"
	"yike/policy/radar"
)

func TestAnAlertEndsWhenTheClientIsBack(t *testing.T) {
	cal, rule := calendar(), radar.Default()
	until := steady("2026-06-29", "2026-08-16", weekdays) // 54 a week
	week := radar.JudgeWeek(until, on("2026-08-17"), on("2026-08-23"), rule, cal)
	if week == nil {
		t.Fatal("no alert")
	}
	months := &radar.Alert{Kind: radar.Months, Used: []radar.Period{{From: "2026-07-01", Pieces: 100, Days: 31}, {From: "2026-06-01", Pieces: 150, Days: 30}, {From: "2026-05-01", Pieces: 210, Days: 30}}} // 49 a week
	silence := radar.JudgeSilence(until, on("2026-09-20"), rule)
	if silence == nil {
		t.Fatal("no silence")
	}
	few, half := [7]int64{9, 9, 9, 9, 9, 4, 0}, [7]int64{5, 5, 5, 5, 5, 2, 0} // 49 and 27 a week
	for _, tt := range []struct {
		name           string
		alert          *radar.Alert
		days           radar.Days
		since, through string
		want           string
	}{
		{"nothing came after", week, until, "2026-08-23", "2026-09-13", ""},
		{"one week is too few", week, then(until, "2026-08-24", "2026-08-30", weekdays), "2026-08-23", "2026-09-02", ""},
		{"two weeks as ever", week, then(until, "2026-08-24", "2026-09-06", weekdays), "2026-08-23", "2026-09-06", "{volume 2026-08-24 2 54 54}"},
		{"on the Saturday the second week is not over", week, then(until, "2026-08-24", "2026-09-06", weekdays), "2026-08-23", "2026-09-05", ""},
		{"nine of ten pieces are enough", week, then(until, "2026-08-24", "2026-09-06", few), "2026-08-23", "2026-09-06", "{volume 2026-08-24 2 49 54}"},
		{"half is not", week, then(until, "2026-08-24", "2026-09-06", half), "2026-08-23", "2026-09-06", ""},
		{"one great week does not make up for half of one", week, then(then(until, "2026-08-24", "2026-08-30", [7]int64{40, 40}), "2026-08-31", "2026-09-06", half), "2026-08-23", "2026-09-06", ""},
		{"half and then as ever for two weeks", week, then(then(until, "2026-08-24", "2026-08-30", half), "2026-08-31", "2026-09-13", weekdays), "2026-08-23", "2026-09-13", "{volume 2026-08-31 2 54 54}"},
		{"what came before it was taken up again does not count", week, then(until, "2026-08-24", "2026-09-06", weekdays), "2026-09-03", "2026-09-13", ""},
		{"weeks with the National Day and its make-up days do not count, those before do", week, then(until, "2026-08-31", "2026-10-09", weekdays), "2026-08-23", "2026-10-09", "{volume 2026-08-31 2 54 54}"},
		{"months want four weeks", months, steady("2026-05-01", "2026-08-23", weekdays), "2026-08-02", "2026-08-23", ""},
		{"and end after them", months, steady("2026-05-01", "2026-08-30", weekdays), "2026-08-02", "2026-08-30", "{volume 2026-08-03 4 54 49}"},
		{"a silence goes on", silence, until, "2026-09-20", "2026-10-20", ""},
		{"a single parcel ends it", silence, with(copied(until), pieces{on("2026-09-25"): 1, on("2026-09-28"): 2}), "2026-08-14", "2026-09-28", "{ships 2026-09-25 0 3 0}"},
		{"not one of a day that is not known yet", silence, with(copied(until), pieces{on("2026-09-25"): 1}), "2026-08-14", "2026-09-24", ""},
		{"nor one from before it was taken up again", silence, with(copied(until), pieces{on("2026-09-25"): 1}), "2026-09-25", "2026-09-28", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := said(tt.alert.Recovered(copied(tt.days), on(tt.since), on(tt.through), rule, cal)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func said(e *radar.End) string {
	if e == nil {
		return ""
	}
	return fmt.Sprint(*e)
}

// monthly are statements of the last of each month, due 30 days later and paid
// so many days after that; of a negative sum nothing is paid.
func monthly(from string, late int, sums ...int64) []radar.Bill {
	var out []radar.Bill
	for i, yuan := range sums {
		d := on(from).AddMonths(i).MonthEnd()
		b := radar.Bill{ID: int64(i + 1), Number: fmt.Sprintf("DZ-%d", i+1), Day: d, Due: d.Add(30), Charged: max(yuan, -yuan) * 100}
		if b.Settled = b.Due.Add(late); yuan < 0 {
			b.Settled, b.Left = day.None, b.Charged
		}
		out = append(out, b)
	}
	return out
}

func TestPaymentsAgainstTheClientsOwnHabit(t *testing.T) {
	rule := radar.Default()
	part := monthly("2026-01-01", 0, 900, 900, 900, 900, 900, -900)
	part[5].Left = 300_00
	for _, tt := range []struct {
		name  string
		bills []radar.Bill
		today string
		key   string // "" = no alert
		usual int64
		got   int64
	}{
		{"no statement", nil, "2026-08-10", "", 0, 0},
		{"all are paid in time", monthly("2026-01-01", 0, 900, 900, 900, 900, 900), "2026-07-31", "", 0, 0},
		{"nine days later than ever", monthly("2026-01-01", 0, 900, 900, 900, 900, 900, -900), "2026-08-08", "", 0, 0},
		{"ten days later than ever", monthly("2026-01-01", 0, 900, 900, 900, 900, 900, -900), "2026-08-09", "late+6", 0, 10},
		{"a small statement that is late is not worth a call", monthly("2026-01-01", 0, 900, 900, 900, 900, 900, -499), "2026-08-09", "", 0, 0},
		{"a part of it is paid, the rest is late", part, "2026-08-09", "late+6", 0, 10},
		{"who always pays three weeks late is no news after four", monthly("2026-01-01", 21, 900, 900, 900, 900, 900, -900), "2026-08-27", "", 0, 0},
		{"but after a month", monthly("2026-01-01", 21, 900, 900, 900, 900, 900, -900), "2026-08-30", "late+6", 21, 31},
		{"who pays early is not late before the due day", monthly("2026-01-01", -15, 900, 900, 900, 900, 900, -900), "2026-07-30", "", 0, 0},
		{"but on the day after it", monthly("2026-01-01", -15, 900, 900, 900, 900, 900, -900), "2026-07-31", "late+6", -15, 1},
		{"three paid statements are no habit", monthly("2026-01-01", 0, 900, 900, 900, -900), "2026-08-09", "", 0, 0},
		{"the oldest of several", monthly("2026-01-01", 0, 900, 900, 900, 900, -900, -900), "2026-08-12", "late+5", 0, 43},
		{"what has been open for more than half a year is no news", monthly("2026-01-01", 0, 900, 900, 900, 900, -900), "2027-01-01", "", 0, 0},
		{"a statement of today is not looked at", monthly("2026-01-01", 0, 900, 900, 900, 900, 900, 900, 900)[:6], "2026-06-30", "", 0, 0},
		{"three statements of half the usual", monthly("2025-10-01", 0, 900, 900, 900, 900, 450, 450, 450), "2026-05-20", "less+2026-04", 90000, 45000},
		{"two are too few", monthly("2025-10-01", 0, 900, 900, 900, 900, 900, 450, 450), "2026-05-20", "", 0, 0},
		{"one as usual among them", monthly("2025-10-01", 0, 900, 900, 900, 900, 100, 900, 100), "2026-05-20", "", 0, 0},
		{"a quarter less is below the rule", monthly("2025-10-01", 0, 900, 900, 900, 900, 675, 675, 675), "2026-05-20", "", 0, 0},
		{"small statements tell nothing", monthly("2025-10-01", 0, 490, 490, 490, 490, 100, 100, 100), "2026-05-20", "", 0, 0},
		{"a client who is billed no more", monthly("2025-10-01", 0, 900, 900, 900, 900, 450, 450, 450), "2026-07-03", "", 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := radar.JudgePayments(tt.bills, on(tt.today), rule)
			switch {
			case a == nil && tt.key != "":
				t.Error("no alert")
			case a != nil && (a.Kind != radar.Payment || a.Key != tt.key || a.Expected != tt.usual || a.Got != tt.got || a.Usual() != 0):
				t.Errorf("got %+v", a)
			}
		})
	}
	if a := radar.JudgePayments(part, on("2026-08-09"), rule); a == nil || *a.Bill != (radar.Owed{ID: 6, Number: "DZ-6", Due: "2026-07-30", Charged: 90000, Left: 30000, Over: 10}) {
		t.Errorf("the statement: %+v", a.Bill)
	}
}

func TestAnAlertAboutPaymentsEndsWhenItIsPaid(t *testing.T) {
	rule := radar.Default()
	open := monthly("2026-01-01", 0, 900, 900, 900, 900, 900, -900)
	late := radar.JudgePayments(open, on("2026-08-09"), rule)
	paid := monthly("2026-01-01", 12, 900, 900, 900, 900, 900, 900)
	falls := monthly("2025-10-01", 0, 900, 900, 900, 900, 450, 450, 450)
	less := radar.JudgePayments(falls, on("2026-05-20"), rule)
	if late == nil || less == nil {
		t.Fatal("no alerts")
	}
	for _, tt := range []struct {
		name  string
		alert *radar.Alert
		bills []radar.Bill
		want  string
	}{
		{"it is open still", late, open, ""},
		{"it is paid", late, paid, "{paid 2026-08-11 0 90000 0}"},
		{"it was declared void", late, open[:5], "{paid  0 0 0}"},
		{"no new statement", less, falls, ""},
		{"one that is no more than the last", less, monthly("2025-10-01", 0, 900, 900, 900, 900, 450, 450, 450, 450), ""},
		{"one of nine tenths of the usual", less, monthly("2025-10-01", 0, 900, 900, 900, 900, 450, 450, 450, -810), "{billed 2026-05-31 0 81000 90000}"},
		{"parcels end it not", &radar.Alert{Kind: radar.Week, Expected: 50}, paid, ""},
	} {
		if got := said(tt.alert.Paid(tt.bills, on("2026-05-20"), rule)); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	if e := late.Recovered(steady("2026-08-01", "2026-10-01", weekdays), on("2026-08-02"), on("2026-10-01"), rule, calendar()); e != nil {
		t.Errorf("parcels end a late payment: %+v", e)
	}
}

func TestHowFarAClientIsOnTheWayToSilence(t *testing.T) {
	for _, tt := range []struct {
		name, last, today string
		since, left       int
		silent            string
	}{
		{"the day itself", "2026-04-30", "2026-04-30", 0, 91, "2026-07-30"},
		{"day 30", "2026-04-30", "2026-05-30", 30, 61, "2026-07-30"},
		{"the eve", "2026-04-30", "2026-07-29", 90, 1, "2026-07-30"},
		{"silent", "2026-04-30", "2026-07-30", 91, 0, "2026-07-30"},
		{"long silent", "2026-04-30", "2026-09-30", 153, 0, "2026-07-30"},
		{"over the end of February", "2025-11-30", "2026-02-27", 89, 1, "2026-02-28"},
	} {
		c := radar.CountDown(on(tt.last), on(tt.today))
		if c.Since != tt.since || c.Left != tt.left || c.Silent != on(tt.silent) {
			t.Errorf("%s: %+v", tt.name, c)
		}
	}
}

// Spring Festival: 2024-02-10, 2025-01-29, 2026-02-17, 2027-02-06.
func TestTheDaysAtTheEdgesOfHolidaysAndSales(t *testing.T) {
	cal := calendar()
	for _, tt := range []struct{ name, before, first, last, after string }{
		{"双11", "2026-10-31", "2026-11-01", "2026-11-03", "2026-11-04"},
		{"双11", "2026-11-09", "2026-11-10", "2026-11-14", "2026-11-15"},
		{"双12", "2026-12-10", "2026-12-11", "2026-12-14", "2026-12-15"},
		{"618", "2026-05-31", "2026-06-01", "2026-06-03", "2026-06-04"},
		{"618", "2025-06-14", "2025-06-15", "2025-06-20", "2025-06-21"},
		{"国庆节", "2026-09-30", "2026-10-01", "2026-10-07", "2026-10-08"},
		{"劳动节", "2026-04-30", "2026-05-01", "2026-05-05", "2026-05-06"},
		{"年货节", "2024-01-17", "2024-01-18", "2024-01-29", ""}, // from 腊月初八
		{"年货节", "2025-01-05", "2025-01-06", "2025-01-17", ""},
		{"年货节", "2026-01-24", "2026-01-25", "2026-02-05", ""},
		{"年货节", "2027-01-13", "2027-01-14", "2027-01-25", ""},
		{"春节", "", "2024-01-30", "2024-02-24", "2024-02-25"}, // to the Lantern Festival
		{"春节", "", "2025-01-18", "2025-02-12", "2025-02-13"},
		{"春节", "", "2026-02-06", "2026-03-03", "2026-03-04"},
		{"春节", "", "2027-01-26", "2027-02-20", "2027-02-21"},
	} {
		for d := on(tt.first); d <= on(tt.last); d++ {
			if name, special := cal.Special(d); !special || name != tt.name {
				t.Errorf("%s is %q, want %s", d, name, tt.name)
			}
		}
		for _, d := range []string{tt.before, tt.after} {
			if d == "" {
				continue
			}
			if name, _ := cal.Special(on(d)); name == tt.name {
				t.Errorf("%s is %s still", d, name)
			}
		}
	}
}

// A seller ships three times as much in a sale and nothing over the Spring
// Festival, otherwise as ever: no week of two years raises an alert, and none
// that falls by half is hidden by what lies around it.
func TestSalesAndHolidaysRaiseNothingAndHideNothing(t *testing.T) {
	cal, rule := calendar(), radar.Default()
	days := radar.Days{}
	for d := on("2024-03-04"); d <= on("2026-11-22"); d++ {
		n := weekdays[(int(d.Weekday())+6)%7]
		switch name, special := cal.Special(d); {
		case name == radar.SpringFestival:
			n = 0
		case special:
			n *= 3
		}
		days.Set(d, n)
	}
	judged := 0
	for monday := on("2024-07-01"); monday < on("2026-11-16"); monday += 7 {
		if a := radar.JudgeWeek(days.Until(monday+6), monday, monday+6, rule, cal); a != nil {
			t.Errorf("as ever, and yet: %+v", a)
		}
		half, ordinary := copied(days), 0
		for d := monday; d <= monday+6; d++ {
			if _, special := cal.Special(d); !special {
				ordinary++
			}
			half.Set(d, days.Of(d)/2)
		}
		if ordinary < 7 {
			continue
		}
		judged++
		if a := radar.JudgeWeek(half, monday, monday+6, rule, cal); a == nil || a.Expected != 54 || a.Got != 27 {
			t.Errorf("half of the week of %s: %+v", monday, a)
		}
	}
	if judged < 60 {
		t.Errorf("only %d whole ordinary weeks were judged", judged)
	}
}

func TestARuleOfBeforeReadsWhatItDidNotKnowAsByDefault(t *testing.T) {
	r, err := radar.ParseRule(`{"weeks":6,"drop":40,"least":20,"express":50,"peaks":null}`)
	if err != nil || r.Weeks != 6 || r.Back != 90 || r.Late != 10 || r.Billed != 500 || r.Slow != 2 || r.Months != 6 || len(r.Faults()) != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := radar.ParseRule(`{"weeks":`); err == nil {
		t.Error("half a rule is read")
	}
}

func TestWhatARuleWouldHaveRaised(t *testing.T) {
	days := then(then(steady("2026-05-04", "2026-11-22", weekdays), "2026-08-10", "2026-08-16", [7]int64{1, 1, 1, 1, 1, 0, 0}), "2026-08-17", "2026-08-23", [7]int64{7, 7, 7, 7, 7, 0, 0})
	keen, rule := radar.Default(), radar.Default()
	keen.Drop = 20
	for _, tt := range []struct {
		name    string
		rule    radar.Rule
		through string
		weeks   int
		want    []string
	}{
		{"two weeks of one fall are one", rule, "2026-08-30", 8, []string{"2026-08-10"}},
		{"less than half of it raises nothing", radar.Rule{Weeks: 8, Drop: 50, Least: 10}, "2026-08-30", 8, []string{"2026-08-10"}},
		{"a keener rule", keen, "2026-08-30", 8, []string{"2026-08-10"}},
		{"from the middle of it", rule, "2026-08-30", 2, []string{"2026-08-17"}},
		{"only the weeks asked for", rule, "2026-08-30", 1, nil},
		{"the week itself, on its Sunday", rule, "2026-08-16", 1, []string{"2026-08-10"}},
		{"long after", rule, "2026-11-22", 8, nil},
	} {
		var got []string
		for _, a := range radar.Found(days, on(tt.through), tt.weeks, tt.rule, calendar()) {
			got = append(got, a.Key)
		}
		if fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	stopped := steady("2026-03-02", "2026-04-30", weekdays)
	if found := radar.Found(stopped, on("2026-07-12"), 4, rule, calendar()); len(found) != 1 || found[0].Stop != 30 {
		t.Errorf("a silence is one: %+v", found)
	}
}
