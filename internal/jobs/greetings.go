package jobs

import (
	"context"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
)

// Greetings makes, each night, the greetings of the days ahead, and catches up
// after nights on which nothing ran.
func Greetings(d *db.DB) Job {
	return Job{Name: "greetings", Period: Daily(5), Run: func(ctx context.Context, now time.Time) (int64, error) {
		return d.SweepGreetings(ctx, policy.SystemActor("greetings"), day.At(now, db.Zone))
	}}
}
