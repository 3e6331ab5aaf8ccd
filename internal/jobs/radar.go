package jobs

import (
	"context"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
)

// Radar looks every night for clients who ship less than their own habit, and
// catches up after nights on which nothing ran.
func Radar(d *db.DB) Job {
	return Job{Name: "radar", Period: Daily(4), Run: func(ctx context.Context, now time.Time) (int64, error) {
		return d.SweepRadar(ctx, policy.SystemActor("radar"), day.At(now, db.Zone))
	}}
}
