package jobs

import (
	"context"
	"time"
)

// The nights destroy what has been kept long enough. A clock that jumped years
// ahead would make all of it old at once, so a night that comes more than a year
// after the one before is not believed until somebody says that the clock is
// right. Everything else goes on.

const leap = 366 * 24 * time.Hour

// doubt is what is written down once when the clock is not believed.
const doubt = "电脑的时间比上一次夜间工作晚了一年多，夜间工作先停着，免得删掉还不该删的。时间不对请改好，不用重启；时间没有错，请加 --clock-is-right 重新启动 " +
	"(the clock is more than a year past the latest nightly work, which waits: set the clock, or start with --clock-is-right)"

// Doubted says that no job is run because the clock is not believed.
func (r *Runner) Doubted() bool { return r.doubted.Load() }

// believed says whether jobs may be run at this instant.
func (r *Runner) believed(ctx context.Context) bool {
	now := r.DB.Now()
	if r.TrustClock {
		return true
	}
	if r.night.IsZero() {
		states, err := r.DB.JobStates(ctx)
		if err != nil {
			if ctx.Err() == nil {
				r.Log.Error("when jobs ran last", "err", err)
			}
			return false
		}
		r.night = now
		if len(states) > 0 {
			r.night = time.UnixMilli(0)
		}
		for _, s := range states {
			if at := time.UnixMilli(s.StartedAt); at.After(r.night) {
				r.night = at
			}
		}
	}
	if now.Sub(r.night) > leap {
		if !r.doubted.Swap(true) {
			r.Log.Error(doubt)
		}
		return false
	}
	if r.doubted.Swap(false) {
		r.Log.Warn("the clock is believed again")
	}
	r.night = now
	return true
}
