package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"yike/db"
	"yike/internal/backup"
	"yike/policy"
	"yike/policy/backups"
)

// Tasks of back-ups that somebody starts on the page.
const (
	BackupTask  = "backups.run"
	RestoreTask = "backups.restore"
)

// Backup takes the copy of the night. One that failed is tried again a few
// times in the hours after.
func Backup(d *db.DB, s *backup.Store) Job {
	return Job{Name: "backup", Period: func(now time.Time) string {
		set, err := d.BackupSettings(context.Background())
		if err != nil {
			return "" // the database is in trouble; the next look asks again
		}
		return set.Due(now)
	}, Run: func(ctx context.Context, _ time.Time) (int64, error) {
		c, err := s.Take(ctx, backups.Nightly, nil)
		return c.Rows, err
	}}
}

// LookAtBackups reads the folder once an hour, since copies may be taken away
// by hand, and the bar that tells of a missing one goes by what stands there.
func LookAtBackups(s *backup.Store) Job {
	return Job{Name: "backup.look", Period: Hourly, Run: func(ctx context.Context, _ time.Time) (int64, error) {
		return 0, s.Look(ctx)
	}}
}

// TakeBackup is the task behind "back up now".
func TakeBackup(s *backup.Store) TaskFunc {
	return func(ctx context.Context, _ db.Task, report Report) (any, error) {
		c, err := s.Take(ctx, backups.Manual, backup.Report(report))
		return map[string]string{"name": c.Name}, coded(err)
	}
}

// RestoreBackup makes a copy ready to take the place of the present data and
// has the program start anew, which puts it there.
func RestoreBackup(d *db.DB, s *backup.Store, restart func()) TaskFunc {
	return func(ctx context.Context, t db.Task, report Report) (any, error) {
		var in struct{ From, Ticket string }
		if err := json.Unmarshal([]byte(t.Payload), &in); err != nil {
			return nil, err
		}
		names, err := d.UserNames(ctx, []int64{t.UserID})
		if err != nil {
			return nil, err
		}
		// Who it is may be nobody in the data that come back: on record by name.
		if err := s.Prepare(ctx, in.From, in.Ticket, policy.Actor{Name: names[t.UserID]}, backup.Report(report)); err != nil {
			return nil, coded(err)
		}
		restart()
		return nil, nil
	}
}

func coded(err error) error {
	if err == nil || errors.Is(err, db.ErrCancelled) || errors.Is(err, context.Canceled) {
		return err
	}
	return &Coded{Code: backup.Code(err), Err: err}
}
