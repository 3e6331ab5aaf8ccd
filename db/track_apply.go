package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"yike/policy"
	"yike/policy/tracking"
)

// firstTracks is how many parcels the first part of a taking-in has, and of its
// undo; the next ones have as many as hold the writer for about trackTime.
const (
	firstTracks = 50
	trackTime   = 120 * time.Millisecond
)

// nextPart is how many parcels the next part has, after one of n took that long.
func nextPart(n int, took time.Duration) int {
	return min(max(int(float64(n)*float64(trackTime)/float64(max(took, time.Millisecond))), 20), 2*max(n, firstTracks), 1000)
}

// ApplyTracks writes the news of parcels that the actor may change (waybills of
// the scope of waybills.edit), as one taking-in that can be taken back
// (UndoTracks): traces once each, the rows that follow them, flags, and a to-do
// for each new flag; those whose flag is gone are closed. What is not on file
// is left out and said (WaybillID 0). Sent again it changes nothing. read is the
// id of the taking-in, 0 when there was nothing to take in.
//
// Many parcels are written in parts, each whole, so that other writers come in
// between. Of one that is cut off the parts before stand, and can be taken
// back; sent again the rest is taken in.
func (d *DB) ApplyTracks(ctx context.Context, by policy.Actor, list []tracking.Parcel) (out []TrackChange, read int64, err error) {
	look, err := d.lookout(ctx)
	if err != nil {
		return nil, 0, err
	}
	r := TrackRead{UserID: by.UserID, BranchID: by.Branch}
	for at, size := 0, firstTracks; at < len(list); {
		began := time.Now()
		part := list[at:min(at+size, len(list))]
		some, now, err := d.applyTracks(ctx, by, look, r, part)
		if err != nil {
			return out, r.ID, err
		}
		r, out = now, append(out, some...)
		at, size = at+len(part), nextPart(len(part), time.Since(began))
	}
	return out, r.ID, nil
}

// applyTracks is a part of a taking-in, of which r is what the parts before
// have done; its id is 0 while they have done nothing.
func (d *DB) applyTracks(ctx context.Context, by policy.Actor, look *lookout, was TrackRead, list []tracking.Parcel) (out []TrackChange, r TrackRead, err error) {
	err = d.act(ctx, by, "waybills.track", func(tx *Tx) error {
		if out, err = look.plans(ctx, tx, by, list); err != nil {
			return err
		}
		r = was
		if r.ID == 0 {
			r.ID, r.TakenAt = tx.newID(), tx.now()
		}
		set, sums := look.settling(SettledMoved), newTally()
		for _, c := range out {
			if c.WaybillID == 0 || c.New == 0 && !c.Changed && c.track.there {
				continue
			}
			if err := tx.writeTrack(ctx, c, r.ID, sums); err != nil {
				return fmt.Errorf("news of %s: %w", c.Number, err)
			}
			if err := set.one(ctx, tx, &c.now, c.track.flags, c.trackNow.lastAt, c.sight); err != nil {
				return fmt.Errorf("news of %s: %w", c.Number, err)
			}
			r.Parcels, r.Traces = r.Parcels+1, r.Traces+int64(c.New)
			if len(c.Flags) > 0 {
				r.Flagged++
			}
			if r.BranchID == 0 {
				r.BranchID = c.was.BranchID
			}
			tx.about(c.was.BranchID, c.WaybillID)
			tx.audit.of(c.CustomerID)
		}
		if r.Parcels == was.Parcels {
			return errNothing
		}
		if err := set.end(ctx, tx); err != nil {
			return err
		}
		if err := sums.flush(ctx, tx); err != nil {
			return err
		}
		tx.detail(map[string]any{"waybills": r.Parcels - was.Parcels, "traces": r.Traces - was.Traces})
		return tx.noteRead(ctx, r)
	})
	if errors.Is(err, errNothing) {
		return out, was, nil
	}
	return out, r, err
}

// writeTrack writes the news of one parcel and what was there before.
func (tx *Tx) writeTrack(ctx context.Context, c TrackChange, read int64, sums *tally) error {
	for _, t := range c.fresh {
		if _, err := tx.exec(ctx, `INSERT INTO waybill_traces (id, waybill_id, at, place, words, state, fails, read_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (waybill_id, at, words) DO NOTHING`,
			tx.newID(), c.WaybillID, t.At, t.Place, t.Words, t.State, bit(t.Fails), read); err != nil {
			return err
		}
	}
	if c.Changed {
		if err := tx.followed(ctx, &c.was, &c.now, sums); err != nil {
			return err
		}
	}
	if err := tx.noteReadRow(ctx, read, &c); err != nil {
		return err
	}
	return tx.saveTrack(ctx, c.WaybillID, c.trackNow, c.sight)
}

// followed writes a parcel whose row follows its news.
func (tx *Tx) followed(ctx context.Context, was, now *WaybillRow, sums *tally) error {
	changed := diff(was.fields(), now.fields())
	if err := tx.update(ctx, "waybills", was.ID, was.Version, now.fields(), changed); err != nil {
		return err
	}
	sums.one(&was.Waybill, -1)
	sums.one(&now.Waybill, 1)
	return tx.change(ctx, "update", "waybills", was.ID, was.BranchID, was.CustomerID, was.Version+1, changed)
}

// saveTrack keeps what stands of the news of a parcel.
func (tx *Tx) saveTrack(ctx context.Context, id int64, t trackRow, s sighting) error {
	_, err := tx.exec(ctx, `
		INSERT INTO waybill_tracks (waybill_id, service, code, state, last_at, traces, ended, flags, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (waybill_id) DO UPDATE SET service = excluded.service, code = excluded.code, state = excluded.state, last_at = excluded.last_at, traces = excluded.traces,
			ended = excluded.ended, flags = excluded.flags, updated_at = excluded.updated_at`,
		id, t.service, t.code, t.state, t.lastAt, t.traces, s.ended(), flagWords(s.flags), tx.now())
	if err != nil {
		return fmt.Errorf("news of waybill %d: %w", id, err)
	}
	return nil
}

func bit(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

// UndoTracks takes a taking-in back within 30 days: its traces go, each parcel
// gets what it had before where it still holds what the news said, flags and
// to-dos follow. Parcels of which news came since, and those out of the actor's
// reach, stay as they are and are counted. ErrRefused when it is too late or
// done already. It is written in parts as ApplyTracks is; one that is cut off
// can be asked for again, and goes through all of them.
func (d *DB) UndoTracks(ctx context.Context, by policy.Actor, id int64) (out TrackRead, err error) {
	look, err := d.lookout(ctx)
	if err != nil {
		return out, err
	}
	var after, kept int64
	for size := firstTracks; ; {
		began, n := time.Now(), 0
		var last, stay int64
		err = d.act(ctx, by, "waybills.untrack", func(tx *Tx) error {
			if out, err = tx.undoable(ctx, id); err != nil {
				return err
			}
			rows, err := tx.readRows(ctx, id, after, size)
			if err != nil {
				return err
			}
			if n = len(rows); n > 0 {
				last = rows[n-1].waybill
			}
			if stay, err = tx.untrackAll(ctx, look, id, rows); err != nil {
				return err
			}
			tx.about(out.BranchID, id)
			tx.detail(map[string]any{"waybills": int64(n) - stay, "kept": stay})
			if n == size {
				return nil // there may be more
			}
			user := ref(by.UserID)
			out.UndoneAt, out.UndoneBy, out.Undoer, out.Kept = tx.now(), by.UserID, by.Name, kept+stay
			if _, err := tx.exec(ctx, `UPDATE track_reads SET undone_at = $2, undone_by = $3, kept = $4 WHERE id = $1`, id, out.UndoneAt, bound(&user), out.Kept); err != nil {
				return fmt.Errorf("taking-in %d: %w", id, err)
			}
			return nil
		})
		if err != nil || n < size {
			return out, err
		}
		after, kept, size = last, kept+stay, nextPart(n, time.Since(began))
	}
}

// undoable reads a taking-in that may be taken back.
func (tx *Tx) undoable(ctx context.Context, id int64) (TrackRead, error) {
	r, err := scanTrackRead(tx.QueryRowContext(ctx, trackReadSQL+` WHERE r.id = $1`, id))
	switch {
	case errors.Is(err, sql.ErrNoRows) || err == nil && !tx.db.seesRead(tx.by, r):
		err = ErrNotFound
	case err == nil && !r.MayUndo(tx.now()):
		err = ErrRefused
	}
	if err != nil {
		return r, fmt.Errorf("taking-in %d: %w", id, err)
	}
	return r, nil
}

// untrackAll takes back what a taking-in did to some parcels, and counts those
// that stay as they are.
func (tx *Tx) untrackAll(ctx context.Context, look *lookout, id int64, rows []readRow) (kept int64, err error) {
	set, sums := look.settling(SettledUndone), newTally()
	for _, r := range rows {
		back, err := tx.untrack(ctx, set, id, r, sums)
		if err != nil {
			return 0, fmt.Errorf("news of waybill %d: %w", r.waybill, err)
		}
		if !back {
			kept++
		}
	}
	if err := set.end(ctx, tx); err != nil {
		return 0, err
	}
	return kept, sums.flush(ctx, tx)
}
