package db

import (
	"context"
	"fmt"
	"strconv"

	"yike/policy/day"
	"yike/policy/radar"
	"yike/policy/rating"
)

// rater is a client with its answers, the earliest first.
type rater struct {
	shipper
	looked  bool // not in the recycle bin, not archived
	code    string
	name    string
	answers []rating.Answer
}

// ratings looks at all clients' answers.
func (s *radarSweep) ratings(ctx context.Context) error {
	through := s.today.Add(-1)
	for from := int64(0); ; {
		last, err := s.lastRater(ctx, from)
		if err != nil || last == from {
			return err
		}
		list, err := s.raters(ctx, from, last)
		if err != nil {
			return err
		}
		have, err := s.d.alertsBetween(ctx, from, last)
		if err != nil {
			return err
		}
		var found []finding
		var over []ending
		for _, c := range list {
			r, err := s.ruleFor(c.branch)
			if err != nil {
				return err
			}
			begin, told := day.None, day.None // of the answers that tell something new, and what somebody has seen to
			for _, x := range have[c.id] {
				if x.Kind != string(radar.Rating) {
					continue
				}
				if x.State == RadarClosed {
					if x.Ended != nil {
						begin = max(begin, dayParsed(x.Ended.From))
					} else {
						told = max(told, x.Detail.Since())
					}
					continue
				}
				again, _ := day.Parse(x.AgainDay)
				if end := x.Detail.Content(c.answers, max(x.Detail.Since(), again), through, r.rule); end != nil {
					over = append(over, ending{x.ID, x.Version, end})
				}
			}
			if !c.looked || told != day.None && len(since(c.answers, told+1)) == 0 {
				continue
			}
			if a := radar.JudgeRatings(since(c.answers, begin), s.today, r.rule); a != nil {
				if f := (finding{c.shipper, through, r.row, *a}); isNews(have[c.id], f, s.today) {
					found = append(found, f)
				}
			}
		}
		if err := s.write(ctx, found, over); err != nil {
			return err
		}
		from = last
	}
}

// since are the answers from a day on.
func since(answers []rating.Answer, from day.Day) []rating.Answer {
	for i, a := range answers {
		if a.Day >= from {
			return answers[i:]
		}
	}
	return nil
}

// lastRater is the last of the next clients with an answer after one; that one
// when there are no more.
func (s *radarSweep) lastRater(ctx context.Context, from int64) (last int64, err error) {
	err = s.d.r.QueryRowContext(ctx, lastRaterSQL, from).Scan(&last)
	if err != nil {
		return 0, fmt.Errorf("radar: answers: %w", err)
	}
	return last, nil
}

var lastRaterSQL = `SELECT coalesce(max(customer_id), CAST($1 AS BIGINT)) FROM (SELECT DISTINCT customer_id FROM ratings WHERE customer_id > $1
	ORDER BY customer_id LIMIT ` + strconv.Itoa(radarStep) + `) AS next`

const ratersSQL = `SELECT r.customer_id, c.branch_id, coalesce(c.owner_id, 0), c.deleted_at = 0 AND c.state <> 'archived', c.code, c.name, r.answered_on, r.score
	FROM ratings r JOIN customers c ON c.id = r.customer_id
	WHERE r.customer_id > $1 AND r.customer_id <= $2 AND r.answered_on >= $3 AND NOT r.binned ORDER BY r.customer_id, r.answered_on, r.id`

func (s *radarSweep) raters(ctx context.Context, from, last int64) (out []rater, err error) {
	args := []any{from, last, s.today.Add(-2 * rating.TrendDays).String()}
	err = eachOf(ctx, s.d.r, ratersSQL, args, func(scan func(...any) error) error {
		var c rater
		var on string
		var a rating.Answer
		if err := scan(&c.id, &c.branch, &c.owner, &c.looked, &c.code, &c.name, &on, &a.Score); err != nil {
			return err
		}
		a.Day = dayParsed(on)
		if n := len(out); n == 0 || out[n-1].id != c.id {
			out = append(out, c)
		}
		of := &out[len(out)-1]
		of.answers = append(of.answers, a)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("radar: answers: %w", err)
	}
	return out, nil
}
