package radar

import (
	"yike/policy/day"
	"yike/policy/rating"
)

// Volume says that a kind is about pieces.
func (k Kind) Volume() bool { return k == Week || k == Months || k == Silence }

// rated is what the answers of a span come to.
func rated(answers []rating.Answer, from, through day.Day) (s rating.Sum) {
	for _, a := range answers {
		if rating.Valid(a.Score) && a.Day >= from && a.Day <= through {
			s.Add(a.Score, false)
		}
	}
	return s
}

// JudgeRatings holds a client's answers of the last rating.TrendDays against
// those of as many days before: by the index from 0 to 100, in tenths, and only
// when there are answers enough on both sides. Nil: it is as content as ever, or
// nothing can be said of it.
func JudgeRatings(answers []rating.Answer, today day.Day, rule Rule) *Alert {
	through := today.Add(-1)
	from := through.Add(1 - rating.TrendDays)
	earlier := from.Add(-rating.TrendDays)
	if !earlier.Valid() {
		return nil
	}
	was, now := rated(answers, earlier, from-1), rated(answers, from, through)
	if was.N < int64(rule.Answers) || now.N < int64(rule.Answers) || was.CSI()-now.CSI() < 10*int64(rule.Fall) {
		return nil
	}
	return &Alert{Kind: Rating, Key: through.String(), Expected: was.CSI(), Got: now.CSI(), Percent: int((was.CSI() - now.CSI()) * 100 / was.CSI()), Counted: int(now.N),
		Used: []Period{{From: from.String(), Pieces: now.CSI(), Days: int(now.N)}, {From: earlier.String(), Pieces: was.CSI(), Days: int(was.N)}}}
}

// Content says that a client whose answers fell thinks well of us again: the
// answers that came after the day since, as many as a figure needs, come to the
// rule's share of what they were before the fall.
func (a Alert) Content(answers []rating.Answer, since, through day.Day, rule Rule) *End {
	if a.Kind != Rating {
		return nil
	}
	first := max(since.Add(1), through.Add(1-rating.TrendDays))
	s := rated(answers, first, through)
	if s.N < int64(rule.Answers) || s.CSI()*100 < a.Expected*int64(rule.Back) {
		return nil
	}
	return &End{Why: EndContent, From: first.String(), Got: s.CSI(), Usual: a.Expected}
}
