package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
)

// Codes of why a file cannot be imported; pages put them into words.
const (
	FaultEmpty     = "empty"
	FaultEncrypted = "encrypted"
	FaultTruncated = "truncated"
	FaultDamaged   = "damaged"
	FaultNotSheet  = "not_sheet"
	FaultTooBig    = "too_big"
	FaultOldXLS    = "old_xls"
	FaultNoSheet   = "no_sheet"
	FaultNoRows    = "no_rows"  // no sheet has rows of data
	FaultMapping   = "mapping"  // the columns that must be there are not mapped
	FaultTooMany   = "too_many" // more rows than one import takes
)

// SheetFault returns the code of why a file cannot be read, "" when the error
// is none of the file's.
func SheetFault(err error) string {
	for _, f := range []struct {
		err  error
		code string
	}{
		{sheet.ErrEmpty, FaultEmpty}, {sheet.ErrEncrypted, FaultEncrypted}, {sheet.ErrTruncated, FaultTruncated},
		{sheet.ErrDamaged, FaultDamaged}, {sheet.ErrNotSheet, FaultNotSheet}, {sheet.ErrTooBig, FaultTooBig},
		{sheet.ErrOldXLS, FaultOldXLS}, {sheet.ErrNoSheet, FaultNoSheet},
	} {
		if errors.Is(err, f.err) {
			return f.code
		}
	}
	return ""
}

// MaxBillFile is how many bytes a bill may have: text of db.MaxBillRows rows.
const MaxBillFile = 4 << 30

// Importer runs the tasks of imports.
type Importer struct {
	MaxRows int64 // of one import; db.MaxImportRows unless set
	Log     *slog.Logger
	db      *db.DB
	actors  *db.Actors
}

// NewImporter returns the tasks' runner; Tasks hands them to a Runner.
func NewImporter(d *db.DB) *Importer {
	return &Importer{MaxRows: db.MaxImportRows, Log: slog.New(slog.DiscardHandler), db: d, actors: d.Actors()}
}

// Tasks are the tasks of imports by kind.
func (im *Importer) Tasks() map[string]TaskFunc {
	return map[string]TaskFunc{db.TaskJudge: im.judgeTask, db.TaskApply: im.applyTask, db.TaskUndo: im.undoTask}
}

// SweepImports forgets staged rows when their time is over.
func SweepImports(d *db.DB) Job {
	return Job{Name: "sweep-imports", Period: Daily(3), Run: func(ctx context.Context, _ time.Time) (int64, error) {
		return d.SweepImports(ctx)
	}}
}

// actor is who the task works for, with the rights of now; a task of nobody's
// is a command's.
func (im *Importer) actor(ctx context.Context, t db.Task) (policy.Actor, error) {
	if t.UserID == 0 {
		return policy.SystemActor("yike import"), nil
	}
	s, err := im.actors.Actor(ctx, t.UserID)
	return s.Actor, err
}

func importOf(t db.Task) (int64, error) {
	var p struct {
		Import int64 `json:"import,string"`
	}
	if err := json.Unmarshal([]byte(t.Payload), &p); err != nil || p.Import == 0 {
		return 0, fmt.Errorf("task %d has no import: %w", t.ID, err)
	}
	return p.Import, nil
}

func (im *Importer) begin(ctx context.Context, t db.Task) (policy.Actor, db.Import, error) {
	id, err := importOf(t)
	if err != nil {
		return policy.Actor{}, db.Import{}, err
	}
	by, err := im.actor(ctx, t)
	if err != nil {
		return by, db.Import{}, err
	}
	m, err := im.db.Import(ctx, by.Scope(policy.ImportRun), id)
	return by, m, err
}

func (im *Importer) judgeTask(ctx context.Context, t db.Task, report Report) (any, error) {
	by, m, err := im.begin(ctx, t)
	if err == nil && m.Options.Straight && m.TaskID == t.ID {
		return im.straight(ctx, by, m, t, report)
	}
	if err != nil || m.State != "judging" || m.TaskID != t.ID {
		return nil, err
	}
	err = im.judge(ctx, by, m, "judging", "judged", "", report)
	if errors.Is(err, db.ErrCancelled) {
		return nil, errors.Join(err, im.db.ImportState(context.WithoutCancel(ctx), m.ID, "judging", "cancelled"))
	}
	return nil, err
}

// applyTask takes the accepted rows. When others have opened files since the
// judgement it judges again and goes on only if the verdicts are the same that
// the person saw; otherwise they look once more.
func (im *Importer) applyTask(ctx context.Context, t db.Task, report Report) (any, error) {
	by, m, err := im.begin(ctx, t)
	if err != nil || m.State != "applying" || m.TaskID != t.ID {
		return nil, err
	}
	end, before := context.WithoutCancel(ctx), "judged"
	if m.Options.Straight {
		before = "cancelled" // nobody has looked at what was found
	}
	if t.Cancel { // while nobody worked on it
		if err := im.db.RollBackImport(ctx, by, m.ID); err != nil {
			return nil, err
		}
		return nil, errors.Join(db.ErrCancelled, im.db.ImportState(end, m.ID, "applying", before))
	}
	for try := range 3 {
		err = im.db.ApplyImport(ctx, by, m.ID)
		if !errors.Is(err, db.ErrImportStale) || try == 2 {
			break
		}
		was := [4]int64{m.Creates, m.Updates, m.Skips, m.Faults}
		if err = im.judge(ctx, by, m, "applying", "applying", "changed", report); err != nil {
			break
		}
		if m, err = im.db.Import(ctx, by.Scope(policy.ImportRun), m.ID); err != nil {
			return nil, err
		}
		if was != [4]int64{m.Creates, m.Updates, m.Skips, m.Faults} || m.State != "applying" {
			return nil, im.db.ImportState(end, m.ID, "applying", before)
		}
	}
	switch {
	case err == nil:
		if m.Kind == db.ImportWaybills {
			im.flagged(ctx, m.ID, t.CreatedAt)
			im.labelled(ctx, m)
		}
		return map[string]int64{"create": m.Creates, "update": m.Updates}, nil
	case errors.Is(err, db.ErrCancelled), errors.Is(err, db.ErrImportStale):
		return nil, errors.Join(err, im.db.ImportState(end, m.ID, "applying", before))
	case errors.Is(context.Cause(ctx), db.ErrCancelled):
		return nil, errors.Join(db.ErrCancelled, im.db.ImportState(end, m.ID, "applying", before))
	case ctx.Err() != nil:
		return nil, err // stays applying: the next start takes it up again
	}
	return nil, errors.Join(err, im.db.ImportState(end, m.ID, "applying", before))
}

// flagged asks for somebody where a bill says that something is wrong. The bill
// is taken all the same when that fails twice: the hourly look (FlagParcels)
// finds the same parcels.
func (im *Importer) flagged(ctx context.Context, id, since int64) {
	for try := 1; ctx.Err() == nil; try++ {
		_, err := im.db.FlagSince(ctx, policy.SystemActor("parcels"), since)
		if err == nil {
			return
		}
		im.Log.Error("parcels of a bill are not looked at", "import", id, "try", try, "err", err)
		if try == 2 {
			return
		}
	}
}

// labelled names the clients of a branch as soon as its first bill of the day
// is in, so that whoever brought it sees at once who matters. What the night
// has already named follows in the next one, and so does what fails here: the
// bill itself is in.
func (im *Importer) labelled(ctx context.Context, m db.Import) {
	if _, err := labelBranch(ctx, im.db, policy.SystemActor("labels"), m.BranchID, db.OneDay(im.db.Now())); err != nil {
		im.Log.Error("clients are not named after a bill", "import", m.ID, "err", err)
	}
}

func (im *Importer) undoTask(ctx context.Context, t db.Task, _ Report) (any, error) {
	id, err := importOf(t)
	if err != nil {
		return nil, err
	}
	by, err := im.actor(ctx, t)
	if err != nil {
		return nil, err
	}
	out, err := im.db.UndoImport(ctx, by, id)
	if err != nil && ctx.Err() == nil {
		return nil, errors.Join(err, im.db.ImportState(context.WithoutCancel(ctx), id, "undoing", "applied"))
	}
	return map[string]int{"reversed": out.Reversed, "kept": out.Kept, "failed": out.Failed}, err
}

// open puts the uploaded file where the reader of spreadsheets can seek in it.
func (im *Importer) open(ctx context.Context, hash, kind string) (book *sheet.Book, done func(), err error) {
	src, err := im.db.OpenFile(ctx, hash)
	if err != nil {
		return nil, nil, err
	}
	defer src.Close()
	tmp, err := os.CreateTemp("", "yike-import-*")
	if err != nil {
		return nil, nil, fmt.Errorf("a place for the file: %w", err)
	}
	done = func() {
		_ = tmp.Close()
		_ = os.Remove(tmp.Name())
	}
	n, err := io.Copy(tmp, src)
	if err == nil {
		var o sheet.Options
		if kind == db.ImportWaybills {
			o = sheet.Options{MaxFile: MaxBillFile, MaxRows: db.MaxBillRows + lookRows}
		}
		book, err = sheet.OpenReader(tmp, n, o)
	}
	if err != nil {
		done()
		return nil, nil, err
	}
	return book, done, nil
}
