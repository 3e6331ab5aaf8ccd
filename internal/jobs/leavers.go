package jobs

import (
	"context"
	"time"

	"yike/db"
	"yike/policy"
)

// Leavers disables, each day, whoever's leave date has passed. They cannot
// sign in from that day on whether it has run or not; it makes the list of
// people say so.
func Leavers(d *db.DB) Job {
	return Job{
		Name:   "leavers",
		Period: func(now time.Time) string { return db.Day(now) },
		Run: func(ctx context.Context, _ time.Time) (int64, error) {
			return d.EndLeavers(ctx, policy.SystemActor("leavers"))
		},
	}
}
