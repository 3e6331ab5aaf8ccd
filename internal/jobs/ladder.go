package jobs

import (
	"context"
	"errors"
	"time"

	"yike/db"
	"yike/policy"
)

// Ladder tells each minute those whom the rule names that the time of cases
// runs out, and handlers that a pause is over. What was due while the machine was off is told at the next start,
// once.
func Ladder(d *db.DB) Job {
	return Job{Name: "ladder", Period: func(now time.Time) string { return now.In(db.Zone).Format("2006-01-02T15:04") },
		Run: func(ctx context.Context, _ time.Time) (int64, error) {
			ended, err := d.EndPauses(ctx, policy.SystemActor("ladder"))
			told, climbed := d.ClimbCases(ctx, policy.SystemActor("ladder"))
			return ended + told, errors.Join(err, climbed)
		}}
}

// RetimeCases works open cases out anew whose hours or holidays were changed,
// once an hour.
func RetimeCases(d *db.DB) Job {
	return Job{Name: "retime-cases", Period: Hourly, Run: func(ctx context.Context, _ time.Time) (int64, error) {
		return d.RetimeCases(ctx, policy.SystemActor("retime-cases"))
	}}
}
