package jobs

import (
	"context"
	"sync/atomic"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
)

// Labels names the clients of every branch each night by the rules, and
// re-evaluates classes where they are due. A night or a month that was missed
// is made up for by the next one; a branch whose parcels were imported by day
// follows in the night.
func Labels(d *db.DB) Job {
	return Job{Name: "labels", Period: Daily(3), Run: func(ctx context.Context, now time.Time) (int64, error) {
		return RunLabels(ctx, d, now)
	}}
}

// RunLabels is the night's work at once, for a demo that is to show it; n is
// how many labels and histories were written and changes proposed.
func RunLabels(ctx context.Context, d *db.DB, now time.Time) (n int64, err error) {
	by, on := policy.SystemActor("labels"), db.OneDay(now)
	var all atomic.Int64
	err = d.EachOpenBranch(ctx, by, func(ctx context.Context, branch int64) error {
		named, err := labelBranch(ctx, d, by, branch, on)
		all.Add(int64(named))
		if err != nil {
			return err
		}
		kept, err := d.KeepHistories(ctx, by, branch, on)
		all.Add(int64(kept))
		return err
	})
	return all.Load(), err
}

// labelBranch names the clients of one branch and proposes classes where they
// are due; n is how many labels were written and changes proposed.
func labelBranch(ctx context.Context, d *db.DB, by policy.Actor, branch int64, on day.Day) (n int, err error) {
	written, err := d.LabelBranch(ctx, by, branch, on)
	if err != nil {
		return written, err
	}
	proposed, err := d.ProposeClasses(ctx, by, branch, on, false)
	return written + proposed, err
}
