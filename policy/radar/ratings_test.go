package radar_test

import (
	"testing"

	"yike/policy/day"
	"yike/policy/radar"
	"yike/policy/rating"
)

// scores are answers of one day.
func scores(on string, list ...int64) (out []rating.Answer) {
	for _, s := range list {
		out = append(out, rating.Answer{Day: day.MustParse(on), Score: s})
	}
	return out
}

func join(parts ...[]rating.Answer) (out []rating.Answer) {
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func TestAnswersThatFall(t *testing.T) {
	rule := radar.Default()
	rule.Answers, rule.Fall = 3, 15
	const today = "2026-11-21" // the last 90 days begin on 2026-08-23, those before on 2026-05-25
	good := scores("2026-07-01", 5, 5, 4)
	for name, tt := range map[string]struct {
		answers   []rating.Answer
		was, is   int64 // was 0: no alert
		now, then int
	}{
		"as content as ever":                           {answers: join(good, scores("2026-10-01", 5, 4, 5))},
		"they fall":                                    {join(good, scores("2026-10-01", 3, 3, 2)), 917, 417, 3, 3},
		"less than the rule's points":                  {answers: join(scores("2026-07-01", 5, 5, 4, 5, 5), scores("2026-10-01", 5, 4, 4, 4, 5))},
		"too few of late":                              {answers: join(good, scores("2026-10-01", 1, 1))},
		"too few before":                               {answers: join(good[1:], scores("2026-10-01", 1, 1, 1))},
		"nobody answered before":                       {answers: scores("2026-10-01", 1, 1, 1)},
		"the first day of the last ninety":             {join(good, scores("2026-08-23", 1, 1, 1)), 917, 0, 3, 3},
		"the day before it belongs to the ones before": {answers: join(good, scores("2026-08-22", 1, 1, 1))},
		"the first day of the ninety before":           {join(scores("2026-05-25", 5, 5, 4), scores("2026-10-01", 1, 1, 1)), 917, 0, 3, 3},
		"a day earlier tells nothing":                  {answers: join(scores("2026-05-24", 5, 5, 4), scores("2026-10-01", 1, 1, 1))},
		"yesterday counts":                             {join(good, scores("2026-11-20", 1, 1, 1)), 917, 0, 3, 3},
		"today does not yet":                           {answers: join(good, scores("2026-11-21", 1, 1, 1))},
	} {
		a := radar.JudgeRatings(tt.answers, day.MustParse(today), rule)
		switch {
		case a == nil && tt.was == 0:
		case a == nil || tt.was == 0 || a.Expected != tt.was || a.Got != tt.is || a.Used[0].Days != tt.now || a.Used[1].Days != tt.then || a.Usual() != 0 || a.Since().String() != "2026-11-20":
			t.Errorf("%s: %+v", name, a)
		}
	}
	fell := *radar.JudgeRatings(join(good, scores("2026-10-01", 3, 3, 2)), day.MustParse(today), rule)
	since, through := fell.Since(), day.MustParse("2026-12-20")
	for name, tt := range map[string]struct {
		answers []rating.Answer
		ends    bool
	}{
		"content again":                        {scores("2026-12-01", 5, 4, 5), true},
		"not as much as the rule asks":         {scores("2026-12-01", 4, 4, 4), false},
		"too few to say":                       {scores("2026-12-01", 5, 5), false},
		"the answers of before tell of before": {scores("2026-11-20", 5, 5, 5), false},
	} {
		if end := fell.Content(tt.answers, since, through, rule); (end != nil) != tt.ends || end != nil && (end.Why != radar.EndContent || end.From != "2026-11-21" || end.Usual != 917) {
			t.Errorf("%s: %+v", name, end)
		}
	}
	if end := fell.Recovered(radar.Days{}, since, through, rule, radar.Calendar{}); end != nil {
		t.Errorf("parcels end it: %+v", end)
	}
}
