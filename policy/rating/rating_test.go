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

func TestFallingRatings(t *testing.T) {
	today, rule := day.MustParse("2026-11-20"), rating.Default() // 90 days, 3 answers, 15 points
	many := func(from string, scores ...int64) (out []rating.Answer) {
		for i, n := range scores {
			out = append(out, rating.Answer{Day: day.MustParse(from).Add(i), Score: n})
		}
		return out
	}
	before, now := "2026-06-01", "2026-09-01"
	for _, c := range []struct {
		name    string
		answers []rating.Answer
		falls   bool
	}{
		{"nobody answered", nil, false},
		{"from 100 to 50 is a fall", append(many(before, 5, 5, 5), many(now, 3, 3, 3)...), true},
		{"as good as before is none", append(many(before, 5, 4, 5), many(now, 5, 5, 4)...), false},
		{"two answers now are too few", append(many(before, 5, 5, 5), many(now, 1, 1)...), false},
		{"two answers before are too few", append(many(before, 5, 5), many(now, 1, 1, 1)...), false},
		{"14.6 points are none", append(many(before, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5), many(now, 5, 5, 5, 5, 5, 4, 4, 4, 4, 4, 4, 4)...), false},
		{"16.7 points are a fall", append(many(before, 5, 5, 5), many(now, 4, 4, 5)...), true},
		{"a rise is none", append(many(before, 1, 1, 1), many(now, 5, 5, 5)...), false},
		{"an answer of today does not count yet", append(many(before, 5, 5, 5), append(many(now, 1, 1), rating.Answer{Day: today, Score: 1})...), false},
		{"an answer of yesterday does", append(many(before, 5, 5, 5), append(many(now, 1, 1), rating.Answer{Day: today.Add(-1), Score: 1})...), true},
		{"the first day of the latest span counts as now", append(many(before, 5, 5, 5), append(many(now, 1, 1), rating.Answer{Day: today.Add(-90), Score: 1})...), true},
		{"the day before it counts as before", append(many(before, 5, 5), append(many(now, 1, 1, 1), rating.Answer{Day: today.Add(-91), Score: 5})...), true},
		{"what is older than both is left out", append(append(many(before, 5, 5), many(now, 1, 1, 1)...), rating.Answer{Day: today.Add(-181), Score: 5}), false},
		{"a score that is none is left out", append(many(before, 5, 5, 5), many(now, 0, 6, 1)...), false},
	} {
		if got := rule.Falling(c.answers, today) != nil; got != c.falls {
			t.Errorf("%s: falls is %v", c.name, got)
		}
	}
}

func TestAFallIsOverOnceTheLatestAnswersAreAsBefore(t *testing.T) {
	today, rule := day.MustParse("2026-11-20"), rating.Default()
	at := func(back int, score int64) rating.Answer { return rating.Answer{Day: today.Add(-back), Score: score} }
	bad := []rating.Answer{at(100, 1), at(101, 1), at(102, 1)}
	if rule.Recovered(append(bad, at(3, 5), at(2, 5)), 1000, today) != nil {
		t.Error("two good answers are enough where three are asked for")
	}
	if rule.Recovered(append(bad, at(3, 5), at(2, 5), at(1, 4)), 1000, today) == nil {
		t.Error("91.7 after a fall from 100 is not over")
	}
	if rule.Recovered(append(bad, at(3, 4), at(2, 4), at(1, 4)), 1000, today) != nil {
		t.Error("75 after a fall from 100 is over")
	}
}

func TestRuleHasBounds(t *testing.T) {
	if f := rating.Default().Faults(); len(f) > 0 {
		t.Errorf("the default rule has faults: %v", f)
	}
	if f := (rating.Rule{Days: 91, Least: 0, Unhappy: 4, Span: 13, Few: 0, Drop: 101}).Faults(); len(f) != 6 {
		t.Errorf("%d faults, want 6: %v", len(f), f)
	}
	if _, err := rating.ParseRule("{"); err == nil {
		t.Error("half a rule is read")
	}
}
