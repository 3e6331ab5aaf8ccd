package retention_test

import (
	"testing"

	"yike/policy/day"
	"yike/policy/retention"
)

func TestATimeIsOverOnTheDayAfterItsLast(t *testing.T) {
	for _, c := range []struct {
		name, from string
		months     int
		want       string
	}{
		{"a month later, the day after the same number", "2026-01-15", 1, "2026-02-16"},
		{"the 31st of January ends with February", "2026-01-31", 1, "2026-03-01"},
		{"… with the 29th in a leap year", "2028-01-31", 1, "2028-03-01"},
		{"a leap day ends on the 28th where there is no other", "2024-02-29", 12, "2025-03-01"},
		{"… and on its own day four years later", "2024-02-29", 48, "2028-03-01"},
		{"the 28th before a leap day does not wait for it", "2027-02-28", 12, "2028-02-29"},
		{"the turn of the year", "2025-12-31", 2, "2026-03-01"},
		{"five years", "2021-11-20", 60, "2026-11-21"},
		{"no day has no end", "", 60, ""},
	} {
		from, err := day.Parse(c.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := retention.Over(from, c.months).String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestWhatIsBeforeTheDayIsOverAndNothingElse(t *testing.T) {
	for _, months := range []int{1, 2, 12, 13, 24, 36, 60, 120} {
		for today := day.MustParse("2024-01-01"); today <= day.MustParse("2029-03-02"); today = today.Add(1) {
			d := retention.Before(today, months)
			if retention.Over(d.Add(-1), months) > today {
				t.Fatalf("%s, %d months: of %s the time is not over", today, months, d.Add(-1))
			}
			if retention.Over(d, months) <= today {
				t.Fatalf("%s, %d months: of %s the time is over and it stays", today, months, d)
			}
		}
	}
	if d := retention.Before(day.None, 12); d.Valid() {
		t.Errorf("without a today %s is over", d)
	}
	if d := retention.Before(day.MustParse("0001-06-01"), 12); d.Valid() {
		t.Errorf("before the first year %s is over", d)
	}
}

func TestATimeKeepsWithinItsBounds(t *testing.T) {
	for _, c := range []struct {
		name string
		kind retention.Kind
		set  retention.Term
		want retention.Fault
		used retention.Term // what holds should it have been stored all the same
	}{
		{"the usual time of visits", retention.Visits, retention.Term{Archive: 24, Destroy: 60}, retention.Fine, retention.Term{Archive: 24, Destroy: 60}},
		{"nothing set is the usual time", retention.Visits, retention.Term{}, retention.BadDestroy, retention.Term{Archive: 24, Destroy: 60}},
		{"a closed case for three years", retention.Cases, retention.Term{Archive: 12, Destroy: 36}, retention.Fine, retention.Term{Archive: 12, Destroy: 36}},
		{"a month less than a claim can be brought", retention.Cases, retention.Term{Archive: 12, Destroy: 35}, retention.BadDestroy, retention.Term{Archive: 12, Destroy: 36}},
		{"ten years and a month", retention.Cases, retention.Term{Archive: 12, Destroy: 121}, retention.BadDestroy, retention.Term{Archive: 12, Destroy: 120}},
		{"out of use within the first year", retention.Visits, retention.Term{Archive: 11, Destroy: 60}, retention.BadArchive, retention.Term{Archive: 12, Destroy: 60}},
		{"destroyed in the month in which it is archived", retention.Visits, retention.Term{Archive: 24, Destroy: 24}, retention.WrongOrder, retention.Term{Archive: 23, Destroy: 24}},
		{"a month in the archive", retention.Visits, retention.Term{Archive: 12, Destroy: 13}, retention.Fine, retention.Term{Archive: 12, Destroy: 13}},
		{"the recycle bin is its own archive", retention.Bin, retention.Term{Archive: 1, Destroy: 12}, retention.BadArchive, retention.Term{Destroy: 12}},
		{"the bin for two months", retention.Bin, retention.Term{Destroy: 2}, retention.Fine, retention.Term{Destroy: 2}},
		{"the file of an import as long as it can be undone, and a month", retention.Imports, retention.Term{Destroy: 2}, retention.Fine, retention.Term{Destroy: 2}},
		{"a month less", retention.Imports, retention.Term{Destroy: 1}, retention.BadDestroy, retention.Term{Destroy: 2}},
		{"an absence for the year in which arbitration can be asked for", retention.Absences, retention.Term{Destroy: 12}, retention.BadDestroy, retention.Term{Destroy: 13}},
		{"an account has no archive", retention.Leavers, retention.Term{Archive: 12, Destroy: 24}, retention.BadArchive, retention.Term{Destroy: 24}},
		{"the bin for less than what can be taken back", retention.Bin, retention.Term{Destroy: 1}, retention.BadDestroy, retention.Term{Destroy: 2}},
	} {
		if got := retention.Check(c.kind, c.set); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		rule := retention.Rule{Terms: map[retention.Kind]retention.Term{c.kind: c.set}}
		if got := rule.Term(c.kind); got != c.used {
			t.Errorf("%s: used %+v, want %+v", c.name, got, c.used)
		}
	}
	if got := retention.Check("receipts", retention.Term{Destroy: 24}); got != retention.UnknownKind {
		t.Errorf("an unknown kind: %q", got)
	}
	for _, k := range retention.Kinds {
		b := retention.BoundOf(k)
		if got := retention.Check(k, b.Usual); got != retention.Fine {
			t.Errorf("the usual time of %s: %q", k, got)
		}
		if b.LeastLaw == "" || b.LongerLaw == "" {
			t.Errorf("where the bounds of %s come from is not said", k)
		}
		if got, err := retention.ParseKind(string(k)); err != nil || got != k {
			t.Errorf("%s is read as %q, %v", k, got, err)
		}
	}
	if _, err := retention.ParseKind("receipts"); err == nil {
		t.Error("an unknown kind is read")
	}
}

func TestWhatIsNeededIsHeldByTheStrongestReason(t *testing.T) {
	for _, c := range []struct {
		name  string
		facts retention.Facts
		want  retention.Reason
	}{
		{"nothing holds it", retention.Facts{}, retention.Free},
		{"an unsettled account", retention.Facts{Owes: true}, retention.ByAccount},
		{"an open claim before the account", retention.Facts{Owes: true, OpenClaim: true}, retention.ByClaim},
		{"an open case before the claim", retention.Facts{OpenClaim: true, OpenCase: true}, retention.ByCase},
		{"a request before the case", retention.Facts{OpenCase: true, Request: true}, retention.ByRequest},
		{"what somebody said before everything", retention.Facts{OpenCase: true, OpenClaim: true, Request: true, Owes: true, Hold: true}, retention.ByHold},
	} {
		if got := retention.Held(c.facts); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAnOlderRuleDestroysNothingThatItDoesNotName(t *testing.T) {
	older := retention.Rule{Destroying: true, Terms: map[retention.Kind]retention.Term{retention.Visits: {Archive: 24, Destroy: 60}}}
	newer := retention.Rule{Destroying: true, Terms: map[retention.Kind]retention.Term{}}
	off := retention.Rule{Terms: map[retention.Kind]retention.Term{}}
	for _, k := range retention.Kinds {
		newer.Terms[k], off.Terms[k] = retention.BoundOf(k).Usual, retention.BoundOf(k).Usual
	}
	for _, k := range retention.Kinds {
		named := k == retention.Imports || k == retention.Absences || k == retention.Leavers
		if older.Destroys(k) == named || !newer.Destroys(k) || off.Destroys(k) {
			t.Errorf("%s: destroyed by an older rule %v, by a newer %v, while it is off %v", k, older.Destroys(k), newer.Destroys(k), off.Destroys(k))
		}
	}
}
