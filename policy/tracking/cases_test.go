package tracking

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWhichTroubleOpensACase(t *testing.T) {
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	rule := DefaultCases()
	rule.Rows[OffRoad] = CaseRow{On: true, Severity: "minor", Script: "您好"}
	off := rule.Rows[Failed]
	off.On = false
	rule.Rows[Failed] = off
	rule.Rows[Refused] = CaseRow{On: true, Severity: "minor", Script: "您好", Sensitive: true}
	ago := func(d time.Duration) int64 { return now.Add(-d).UnixMilli() }
	day := 24 * time.Hour
	for _, c := range []struct {
		name, trouble string
		f             CaseFacts
		want          bool
	}{
		{"a lost parcel of anybody", Lost, CaseFacts{Last: ago(day)}, true},
		{"a lost one of a C client", Lost, CaseFacts{Class: "C", Last: ago(day)}, true},
		{"a stuck one of an A client", Stuck, CaseFacts{Class: "A", Last: ago(2 * day)}, true},
		{"a stuck one of a B client", Stuck, CaseFacts{Class: "B", Last: ago(2 * day)}, false},
		{"a stuck one of a B client to whom time matters", Stuck, CaseFacts{Class: "B", Sensitive: true, Last: ago(2 * day)}, true},
		{"a stuck one of a client without a class", Stuck, CaseFacts{Last: ago(2 * day)}, false},
		{"heard of seven days ago to the minute", Lost, CaseFacts{Last: ago(7 * day)}, true},
		{"a minute longer ago", Lost, CaseFacts{Last: ago(7*day + time.Minute)}, false},
		{"of which nobody knows when it was sent", Lost, CaseFacts{}, false},
		{"a row that is off", Failed, CaseFacts{Class: "A", Last: ago(day)}, false},
		{"a row that names nobody is for everybody", OffRoad, CaseFacts{Class: "C", Last: ago(day)}, true},
		{"a row for those to whom time matters alone", Refused, CaseFacts{Class: "A", Last: ago(day)}, false},
		{"one of them", Refused, CaseFacts{Sensitive: true, Last: ago(day)}, true},
		{"what is no trouble of its own", Back, CaseFacts{Class: "A", Last: ago(day)}, false},
	} {
		if got := rule.Opens(c.trouble, c.f, now); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	for _, flag := range Flags() {
		if CauseOf(Begins(flag)) == "" || !slices.Contains(Troubles(), Begins(flag)) {
			t.Errorf("%s begins with %s, of which there is no trouble, or no cause", flag, Begins(flag))
		}
	}
}

func TestWhatIsWrongWithARuleOfCases(t *testing.T) {
	classes := []string{"A", "B", "C"}
	if faults := DefaultCases().Faults(classes); len(faults) > 0 {
		t.Fatalf("the default: %+v", faults)
	}
	row := func(change func(*CaseRow)) CaseRule {
		rule := DefaultCases()
		x := rule.Rows[Lost]
		change(&x)
		rule.Rows[Lost] = x
		return rule
	}
	days := func(n int) CaseRule { r := DefaultCases(); r.Days = n; return r }
	for _, c := range []struct {
		name string
		rule CaseRule
		want CaseFault
	}{
		{"no day", days(0), CaseFault{"", "days", DaysOut, ""}},
		{"too many days", days(61), CaseFault{"", "days", DaysOut, ""}},
		{"a severity that there is none of", row(func(x *CaseRow) { x.Severity = "bad" }), CaseFault{Lost, "severity", WordUnknown, ""}},
		{"a class that there is none of", row(func(x *CaseRow) { x.Classes = []string{"D"} }), CaseFault{Lost, "classes", WordUnknown, ""}},
		{"nothing to say", row(func(x *CaseRow) { x.Script = "" }), CaseFault{Lost, "script", ScriptEmpty, ""}},
		{"too much to say", row(func(x *CaseRow) { x.Script = strings.Repeat("好", 501) }), CaseFault{Lost, "script", ScriptLong, ""}},
		{"a variable of which nothing is known", row(func(x *CaseRow) { x.Script = "{星座}您好" }), CaseFault{Lost, "script", ScriptUnknown, "星座"}},
		{"a trouble that there is none of", CaseRule{Days: 7, Rows: map[string]CaseRow{"back": {Severity: "minor"}}}, CaseFault{"back", "", WordUnknown, ""}},
	} {
		if got := c.rule.Faults(classes); len(got) != 1 || got[0] != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	if faults := row(func(x *CaseRow) { x.On, x.Script = false, "" }).Faults(classes); len(faults) > 0 {
		t.Errorf("nothing to say where no case is opened: %+v", faults)
	}
}
