package demo_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"yike/db"
	"yike/internal/demo"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/rating"
)

// The demo's answers are enough for figures, lie in the past, and are the same
// for the same seed and day.
func TestTheDemoHasAnswersEnoughForFigures(t *testing.T) {
	t.Parallel()
	ctx, today := context.Background(), day.MustParse("2026-11-20")
	made := func() (list []string, sums map[string]rating.Sum, falling int) {
		d, err := db.Open(ctx, db.Config{DSN: filepath.Join(t.TempDir(), "yike.db"), Now: func() time.Time { return today.Start(db.Zone).Add(9 * time.Hour) }})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if _, err := demo.Fill(ctx, d, demo.Config{Seed: 7, Today: today, Branches: 3, Customers: 400, Visits: 400, Waybills: 3000, Cases: 60, PasswordHash: "x"}, time.Now); err != nil {
			t.Fatal(err)
		}
		scope := policy.SystemActor("test").Scope(policy.RatingRead)
		sums = map[string]rating.Sum{}
		figures, err := d.RatingFigures(ctx, scope, db.RatedByKind, db.RatingFilter{}, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range figures {
			sums[x.Key] = x.Sum
		}
		f := db.RatingFilter{Limit: 1000}
		trends := map[string][]rating.Answer{}
		for {
			rows, more, err := d.Ratings(ctx, scope, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range rows {
				list = append(list, fmt.Sprint(x.AnsweredOn, x.Kind, x.Way, x.Score, x.Comment, x.Code, x.Number, x.About))
				if x.AnsweredOn >= today.String() || x.AskedAt > x.AnsweredAt || x.AnsweredAt >= today.Start(db.Zone).UnixMilli() {
					t.Errorf("an answer of %s", x.AnsweredOn)
				}
				trends[x.Code] = append(trends[x.Code], rating.Answer{Day: day.MustParse(x.AnsweredOn), Score: x.Score})
			}
			if !more {
				break
			}
			f.Before = db.RatingKey{Day: rows[len(rows)-1].AnsweredOn, ID: rows[len(rows)-1].ID}
		}
		for code, answers := range trends {
			now := rating.Default().TrendOf(answers, today)
			if code != "" && now.Before.Enough(rating.Default()) && now.Now.Enough(rating.Default()) && now.Before.CSI() > now.Now.CSI()+200 {
				falling++
			}
		}
		slices.Sort(list)
		return list, sums, falling
	}
	list, sums, falling := made()
	for _, kind := range rating.Kinds {
		if s := sums[kind]; !s.Enough(rating.Default()) || s.Good == 0 || s.Unhappy == 0 {
			t.Errorf("%s: %+v", kind, s)
		}
	}
	if falling == 0 {
		t.Error("nobody's answers fall")
	}
	if again, _, _ := made(); !slices.Equal(list, again) {
		t.Error("the same seed and day give other answers")
	}
}
