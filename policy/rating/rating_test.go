package rating_test

import (
	"testing"

	"yike/policy/day"
	"yike/policy/rating"
)

func sumOf(scores ...int64) (s rating.Sum) {
	for _, n := range scores {
		s.Add(n, rating.Default().IsUnhappy(n))
	}
	return s
}

func TestFigures(t *testing.T) {
	for _, c := range []struct {
		name      string
		scores    []int64
		csat, csi int64 // tenths
	}{
		{"nobody answered", nil, 0, 0},
		{"all very satisfied are 100", []int64{5, 5, 5}, 1000, 1000},
		{"all very dissatisfied are 0", []int64{1, 1}, 0, 0},
		{"the middle of the scale is 50, and not satisfied", []int64{3}, 0, 500},
		{"4 counts as satisfied, 3 does not", []int64{4, 3}, 500, 625},
		{"a third is rounded to 33.3", []int64{5, 1, 1}, 333, 333},
		{"two thirds are rounded up to 66.7", []int64{5, 5, 1}, 667, 667},
		{"half a tenth is rounded up", []int64{5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 4}, 1000, 984},
	} {
		s := sumOf(c.scores...)
		if s.CSAT() != c.csat || s.CSI() != c.csi {
			t.Errorf("%s: CSAT %d, CSI %d, want %d and %d", c.name, s.CSAT(), s.CSI(), c.csat, c.csi)
		}
	}
}

func TestTooFewAnswersGiveNoFigure(t *testing.T) {
	rule := rating.Default()
	if sumOf(5, 5, 5, 5).Enough(rule) {
		t.Error("four answers are enough where five are asked for")
	}
	if !sumOf(5, 5, 5, 5, 1).Enough(rule) {
		t.Error("five answers are not enough where five are asked for")
	}
}

func TestUnhappyIsWhatTheRuleSays(t *testing.T) {
	rule := rating.Default()
	for score, want := range map[int64]bool{0: false, 1: true, 2: true, 3: false, 5: false, 6: false, -1: false} {
		if rule.IsUnhappy(score) != want {
			t.Errorf("a score of %d: unhappy is %v", score, !want)
		}
	}
	rule.Unhappy = 3
	if !rule.IsUnhappy(3) {
		t.Error("3 is not unhappy where the rule says so")
	}
}

func TestMoodOfAClient(t *testing.T) {
	rule := rating.Default()
	for _, c := range []struct {
		name   string
		scores []int64
		want   string
	}{
		{"no answer says nothing", nil, rating.Unasked},
		{"a mean of 4 is happy", []int64{3, 5}, rating.Happy},
		{"a little below 4 is in between", []int64{3, 5, 4, 3}, rating.Middle},
		{"a mean of 2.5 is in between", []int64{2, 3}, rating.Middle},
		{"a mean below 2.5 is unhappy", []int64{2, 2, 3}, rating.Unhappy},
		{"one 1 is unhappy", []int64{1}, rating.Unhappy},
	} {
		if got := rule.Mood(sumOf(c.scores...)); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

func TestTrendHoldsTheLatestDaysAgainstAsManyBefore(t *testing.T) {
	through := day.MustParse("2026-11-20")
	for _, c := range []struct {
		name        string
		back        int // days before through
		score       int64
		before, now int64 // answers
	}{
		{"of the last day", 0, 5, 0, 1},
		{"of the day after", -1, 5, 0, 0},
		{"of the first of the latest days", 89, 5, 0, 1},
		{"of the last day before them", 90, 5, 1, 0},
		{"of the first day before them", 179, 5, 1, 0},
		{"older than both", 180, 5, 0, 0},
		{"a score that is none", 3, 0, 0, 0},
		{"a score beyond the scale", 3, 6, 0, 0},
	} {
		got := rating.Default().TrendOf([]rating.Answer{{Day: through.Add(-c.back), Score: c.score}}, through)
		if got.Before.N != c.before || got.Now.N != c.now {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	got := rating.Default().TrendOf([]rating.Answer{{Day: through.Add(-100), Score: 5}, {Day: through.Add(-100), Score: 5}, {Day: through, Score: 2}, {Day: through, Score: 4}}, through)
	if got.Before.CSI() != 1000 || got.Now.CSI() != 500 || got.Now.Unhappy != 1 {
		t.Errorf("from 100 to 50: %+v", got)
	}
}

func TestRuleHasBounds(t *testing.T) {
	if f := rating.Default().Faults(); len(f) > 0 {
		t.Errorf("the default rule has faults: %v", f)
	}
	if f := (rating.Rule{Days: 91, Least: 0, Unhappy: 4}).Faults(); len(f) != 3 {
		t.Errorf("%d faults, want 3: %v", len(f), f)
	}
	if _, err := rating.ParseRule("{"); err == nil {
		t.Error("half a rule is read")
	}
}
