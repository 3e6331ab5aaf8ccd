package jobs

import (
	"context"
	"time"

	"yike/db"
	"yike/policy"
)

// Ladder tells each minute those whom the rule names that the time of cases
// runs out, and every hour works open cases out anew whose hours or holidays
// were changed. What was due while the machine was off is told at the next
// start, once.
func Ladder(d *db.DB) Job {
	return Job{
		Name:   "ladder",
		Period: func(now time.Time) string { return now.In(db.Zone).Format("2006-01-02T15:04") },
		Run: func(ctx context.Context, now time.Time) (int64, error) {
			moved := int64(0)
			if now.In(db.Zone).Minute() == 0 {
				var err error
				if moved, err = d.RetimeCases(ctx, policy.SystemActor("ladder")); err != nil {
					return moved, err
				}
			}
			told, err := d.ClimbCases(ctx, policy.SystemActor("ladder"))
			return moved + told, err
		},
	}
}
