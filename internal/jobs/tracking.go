package jobs

import (
	"context"
	"time"

	"yike/db"
	"yike/policy"
)

// FlagParcels looks every hour at the parcels on their way: without news for
// longer than the rule allows they ask for somebody.
func FlagParcels(d *db.DB) Job {
	return Job{
		Name:   "parcels",
		Period: func(now time.Time) string { return now.In(db.Zone).Format("2006-01-02 15") },
		Run: func(ctx context.Context, _ time.Time) (int64, error) {
			return d.FlagParcels(ctx, policy.SystemActor("parcels"))
		},
	}
}
