package jobs

import (
	"context"
	"time"

	"yike/db"
	"yike/policy"
)

// ForgetRecipients clears, each night, what parcels say of their recipients
// and other persons when the company's time for it is over.
func ForgetRecipients(d *db.DB) Job {
	return Job{Name: "waybills.forget", Period: Daily(3), Run: func(ctx context.Context, _ time.Time) (int64, error) {
		return d.ForgetRecipients(ctx, policy.SystemActor("recipients"))
	}}
}
