package jobs

import (
	"context"
	"time"

	"yike/db"
	"yike/policy"
)

// looksEvery is how often looking at clients' data is judged.
const looksEvery = 5 * time.Minute

// UnusualLooks tells managers of somebody who looks at far more clients' data
// than is usual for them, within minutes.
func UnusualLooks(d *db.DB) Job {
	return Job{Name: "unusual-looks", Period: func(now time.Time) string {
		return now.In(db.Zone).Truncate(looksEvery).Format("2006-01-02T15:04")
	}, Run: func(ctx context.Context, _ time.Time) (int64, error) {
		return d.RaiseAlerts(ctx, policy.SystemActor("unusual-looks"))
	}}
}

// SweepLooks removes counters of daily caps that no longer matter.
func SweepLooks(d *db.DB) Job {
	return Job{Name: "sweep-looks", Period: Daily(3), Run: func(ctx context.Context, _ time.Time) (int64, error) {
		return d.SweepLooks(ctx)
	}}
}

// ScrubErased clears what an erasure left in the files of a large database, or
// could not clear while somebody was reading, and the program's own copies of
// the data once the day that the person was told has come. It does nothing on
// other nights.
func ScrubErased(d *db.DB) Job {
	return Job{Name: "scrub-erased", Period: Daily(2), Run: func(ctx context.Context, _ time.Time) (int64, error) {
		if err := d.Scrub(ctx); err != nil {
			return 0, err
		}
		return d.DropCopies(ctx)
	}}
}
