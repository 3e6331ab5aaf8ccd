package jobs

import (
	"context"
	"time"

	"yike/db"
	"yike/policy"
)

// Duplicates looks each night for files that may be one client, and forgets what
// merges moved that cannot be put back any more.
func Duplicates(d *db.DB) Job {
	return Job{
		Name:   "duplicates",
		Period: func(now time.Time) string { return db.Day(now) },
		Run: func(ctx context.Context, _ time.Time) (int64, error) {
			by := policy.SystemActor("duplicates")
			if _, err := d.ForgetMerges(ctx, by); err != nil {
				return 0, err
			}
			return d.FindDuplicates(ctx, by)
		},
	}
}
