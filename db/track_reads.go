package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"yike/policy"
)

// TrackRead is one taking-in of tracking news: who, when, of how many parcels.
type TrackRead struct {
	ID, BranchID, UserID     int64
	TakenAt                  int64 // unix milliseconds
	Parcels, Traces, Flagged int64
	UndoneAt, UndoneBy, Kept int64 // Kept are parcels that the undo left as they are
	User, Undoer             string
}

// trackMark is what news may change of a parcel: codes and times.
type trackMark struct {
	State     string `json:"state"`
	Exception string `json:"exception"`
	PickedAt  int64  `json:"picked_at"`
	SignedAt  int64  `json:"signed_at"`
	DayOnly   int64  `json:"day_only"`
	Service   string `json:"service"`
	Code      string `json:"code"`
	Said      string `json:"said"` // the state that the service gave
	LastAt    int64  `json:"last_at"`
}

func newsMark(w *Waybill, t trackRow) trackMark {
	return trackMark{w.State, w.Exception, w.PickedAt, w.SignedAt, w.DayOnly, t.service, t.code, t.state, t.lastAt}
}

// noteRead keeps what is said of a taking-in, so far.
func (tx *Tx) noteRead(ctx context.Context, r TrackRead) error {
	user := ref(r.UserID)
	if _, err := tx.exec(ctx, `INSERT INTO track_reads (id, branch_id, user_id, taken_at, parcels, traces, flagged) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET parcels = excluded.parcels, traces = excluded.traces, flagged = excluded.flagged`,
		r.ID, r.BranchID, bound(&user), r.TakenAt, r.Parcels, r.Traces, r.Flagged); err != nil {
		return fmt.Errorf("taking-in of news: %w", err)
	}
	return nil
}

// noteReadRow keeps what it found and left of one parcel.
func (tx *Tx) noteReadRow(ctx context.Context, read int64, c *TrackChange) error {
	was, err := toJSON(newsMark(&c.was.Waybill, c.track))
	if err != nil {
		return err
	}
	left, err := toJSON(newsMark(&c.now.Waybill, c.trackNow))
	if err == nil {
		_, err = tx.exec(ctx, `INSERT INTO track_read_rows (read_id, waybill_id, was, left_as) VALUES ($1, $2, $3, $4)`, read, c.WaybillID, was, left)
	}
	if err != nil {
		return fmt.Errorf("taking-in of news of waybill %d: %w", c.WaybillID, err)
	}
	return nil
}

const trackReadSQL = `SELECT r.id, r.branch_id, coalesce(r.user_id, 0), r.taken_at, r.parcels, r.traces, r.flagged, r.undone_at, coalesce(r.undone_by, 0), r.kept, coalesce(u.name, ''), coalesce(k.name, '')
	FROM track_reads r LEFT JOIN users u ON u.id = r.user_id LEFT JOIN users k ON k.id = r.undone_by`

func scanTrackRead(row interface{ Scan(...any) error }) (r TrackRead, err error) {
	err = row.Scan(&r.ID, &r.BranchID, &r.UserID, &r.TakenAt, &r.Parcels, &r.Traces, &r.Flagged, &r.UndoneAt, &r.UndoneBy, &r.Kept, &r.User, &r.Undoer)
	return r, err
}

// TrackReads returns the latest takings-in of the branches that the actor may
// change parcels of, and their own, the latest first.
func (d *DB) TrackReads(ctx context.Context, by policy.Actor, limit int) ([]TrackRead, error) {
	var c conditions
	c.add("r.taken_at > ?", d.now().Add(-2*UndoImportFor).UnixMilli())
	if branches, all := d.branchIDs(by.Scope(policy.WaybillEdit)); !all {
		text, args := underSQL("r", append([]int64{0}, branches...))
		c.add("(r.user_id = ? OR "+text+")", append([]any{by.UserID}, args...)...)
	}
	rows, err := d.r.QueryContext(ctx, trackReadsSQL(c, limit), c.args...)
	if err != nil {
		return nil, fmt.Errorf("takings-in of news: %w", err)
	}
	defer rows.Close()
	var out []TrackRead
	for rows.Next() {
		r, err := scanTrackRead(rows)
		if err != nil {
			return nil, fmt.Errorf("takings-in of news: %w", err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func trackReadsSQL(c conditions, limit int) string {
	return trackReadSQL + c.whereSQL() + ` ORDER BY r.taken_at DESC, r.id DESC LIMIT ` + strconv.Itoa(limit)
}

// MayUndo says whether a taking-in can be taken back at the instant of now.
func (r TrackRead) MayUndo(now int64) bool {
	return r.UndoneAt == 0 && now-r.TakenAt <= UndoImportFor.Milliseconds()
}

func (d *DB) seesRead(by policy.Actor, r TrackRead) bool {
	scope := by.Scope(policy.WaybillEdit)
	return !scope.Empty() && (r.UserID == by.UserID && r.UserID != 0 || scope.SeesBranch(d.Chain(r.BranchID)))
}

// readRow is what a taking-in found and left of one parcel.
type readRow struct {
	waybill   int64
	was, left trackMark
}

// readRows are those of the parcels behind after, no more than limit.
func (tx *Tx) readRows(ctx context.Context, id, after int64, limit int) ([]readRow, error) {
	rows, err := tx.QueryContext(ctx, `SELECT waybill_id, was, left_as FROM track_read_rows WHERE read_id = $1 AND waybill_id > $2 ORDER BY waybill_id LIMIT $3`, id, after, limit)
	if err != nil {
		return nil, fmt.Errorf("parcels of taking-in %d: %w", id, err)
	}
	defer rows.Close()
	var out []readRow
	for rows.Next() {
		var r readRow
		var was, left string
		err := rows.Scan(&r.waybill, &was, &left)
		if err == nil {
			err = json.Unmarshal([]byte(was), &r.was)
		}
		if err == nil {
			err = json.Unmarshal([]byte(left), &r.left)
		}
		if err != nil {
			return nil, fmt.Errorf("parcels of taking-in %d: %w", id, err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// untrack takes back what a taking-in did to one parcel; false when it stays.
func (tx *Tx) untrack(ctx context.Context, set *settling, read int64, r readRow, sums *tally) (bool, error) {
	was, err := scanWaybillRow(tx.QueryRowContext(ctx, waybillsSQL(` WHERE w.id = $1`, ``), r.waybill))
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil // the parcel itself was taken back, and its news with it
	}
	if err != nil {
		return false, err
	}
	var later bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM track_read_rows x JOIN track_reads y ON y.id = x.read_id WHERE x.waybill_id = $1 AND x.read_id > $2 AND y.undone_at = 0)`, r.waybill, read).Scan(&later); err != nil {
		return false, err
	}
	if later || !tx.db.sees(tx.by.Scope(policy.WaybillEdit), was.BranchID, was.OwnerID, was.ClerkID) {
		return false, nil
	}
	track, err := trackOf(ctx, tx, r.waybill)
	if err != nil {
		return false, err
	}
	gone, err := tx.exec(ctx, `DELETE FROM waybill_traces WHERE waybill_id = $1 AND read_id = $2`, r.waybill, read)
	if err != nil {
		return false, err
	}
	now := was
	r.back(&now.Waybill)
	if len(diff(was.fields(), now.fields())) > 0 {
		if err := tx.followed(ctx, &was, &now, sums); err != nil {
			return false, err
		}
		tx.audit.of(was.CustomerID)
	}
	flags := track.flags
	track.service, track.code, track.state, track.lastAt, track.traces = r.was.Service, r.was.Code, r.was.Said, r.was.LastAt, max(0, track.traces-gone)
	traces, err := tracesOf(ctx, tx, r.waybill)
	if err != nil {
		return false, err
	}
	s, err := set.look.judge(ctx, tx, &now, track, traces)
	if err == nil {
		err = tx.saveTrack(ctx, r.waybill, track, s)
	}
	if err != nil {
		return false, err
	}
	return true, set.one(ctx, tx, &now, flags, track.lastAt, s)
}

// back gives a parcel what it had before the news, field by field, where it
// still holds what they said.
func (r *readRow) back(w *Waybill) {
	if w.State == r.left.State {
		w.State = r.was.State
	}
	if w.Exception == r.left.Exception {
		w.Exception = r.was.Exception
	}
	if w.PickedAt == r.left.PickedAt && r.left.PickedAt != r.was.PickedAt {
		w.PickedAt = r.was.PickedAt
		w.DayOnly = w.DayOnly&^pickedDayOnly | r.was.DayOnly&pickedDayOnly
	}
	if w.SignedAt == r.left.SignedAt && r.left.SignedAt != r.was.SignedAt {
		w.SignedAt = r.was.SignedAt
		w.DayOnly = w.DayOnly&^signedDayOnly | r.was.DayOnly&signedDayOnly
	}
}
