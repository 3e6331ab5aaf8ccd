package jobs

import (
	"context"
	"time"

	"yike/db"
	"yike/policy"
)

// KeepTimes archives and destroys, each night, the data whose time is over by
// the company's rule.
func KeepTimes(d *db.DB) Job {
	return Job{Name: "retention", Period: Daily(3), Run: func(ctx context.Context, _ time.Time) (int64, error) {
		n, err := d.KeepTimes(ctx, policy.SystemActor("retention"))
		return n.Archived + n.Destroyed, err
	}}
}
