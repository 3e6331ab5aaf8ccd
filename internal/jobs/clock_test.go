package jobs_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/internal/jobs"
)

// TestANightYearsAheadIsNotBelieved: at the start and while the program runs, on
// both engines; a clock that is right again is, and so is one that somebody says
// is right.
func TestANightYearsAheadIsNotBelieved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		day := time.Date(2026, 11, 22, 8, 0, 0, 0, db.Zone)
		var days []string
		job := jobs.Job{Name: "destroy", Period: jobs.Daily(2), Run: func(_ context.Context, now time.Time) (int64, error) {
			days = append(days, db.Day(now))
			return 0, nil
		}}
		var log strings.Builder
		start := func(at time.Time, trust bool) {
			t.Helper()
			w.Clock.Set(at)
			ctx, stop := context.WithTimeout(context.Background(), 5*time.Second) // that is all a night takes that is not believed
			defer stop()
			r := runner(w, []jobs.Job{job}, nil)
			r.TrustClock, r.Log = trust, slog.New(slog.NewTextHandler(&log, nil))
			r.Ended = func(string, string, time.Duration) { stop() }
			r.Run(ctx)
		}
		start(day, false) // nothing has ever run: there is nothing to compare with
		start(day.AddDate(1, 0, 0), false)
		start(day.AddDate(11, 0, 0), false)
		if got := strings.Join(days, " "); got != "2026-11-22 2027-11-22" || strings.Count(log.String(), "level=ERROR") != 1 {
			t.Errorf("it ran on %s and logged %q", got, log.String())
		}
		start(day.AddDate(1, 0, 1), false)   // the clock is right again
		start(day.AddDate(1, 0, -30), false) // and behind: a day of its own, which never ran
		start(day.AddDate(11, 0, 0), true)
		if got := strings.Join(days, " "); got != "2026-11-22 2027-11-22 2027-11-23 2027-10-23 2037-11-22" {
			t.Errorf("it ran on %s", got)
		}
	})
}
