package jobs

import (
	"context"
	"time"

	"yike/db"
	"yike/policy"
)

// Ladder tells each minute those whom the rule names that the time of cases
// runs out. What was due while the machine was off is told at the next start,
// once.
func Ladder(d *db.DB) Job {
	return Job{Name: "ladder", Period: func(now time.Time) string { return now.In(db.Zone).Format("2006-01-02T15:04") },
		Run: func(ctx context.Context, _ time.Time) (int64, error) {
			return d.ClimbCases(ctx, policy.SystemActor("ladder"))
		}}
}

// RetimeCases works open cases out anew whose hours or holidays were changed,
// once an hour.
func RetimeCases(d *db.DB) Job {
	return Job{Name: "retime-cases", Period: Hourly, Run: func(ctx context.Context, _ time.Time) (int64, error) {
		return d.RetimeCases(ctx, policy.SystemActor("retime-cases"))
	}}
}
