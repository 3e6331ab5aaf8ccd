package db

import (
	"context"
	"fmt"
	"slices"

	"yike/policy"
)

// moveNext lets the planned visit follow a corrected next day or next step.
func (d *DB) moveNext(ctx context.Context, tx *Tx, was, now Visit) error {
	if was.NextOn == now.NextOn && was.NextStep == now.NextStep {
		return nil
	}
	id := int64(0)
	if was.NextOn != "" {
		var err error
		if id, err = plannedOn(ctx, tx, was, false); err != nil {
			return err
		}
	}
	if id == 0 {
		if was.NextOn != now.NextOn {
			return planNext(ctx, tx, now)
		}
		return nil
	}
	plan, err := d.visitIn(ctx, tx, tx.by.Scope(policy.VisitRead), id, false)
	if err != nil {
		return err
	}
	next := plan.Visit
	if next.Day = now.NextOn; next.Day == "" {
		next.Day, next.State = was.NextOn, VisitCancelled
	}
	if plan.Purpose == was.NextStep {
		next.Purpose = now.NextStep
	}
	return rewriteVisit(ctx, tx, plan.Visit, next)
}

// rewriteVisit writes the difference between what stands and what shall be,
// and works the customer's days out anew.
func rewriteVisit(ctx context.Context, tx *Tx, was, now Visit) error {
	changed := diff(was.fields(), now.fields())
	if len(changed) == 0 {
		return nil
	}
	if err := tx.update(ctx, "visits", was.ID, was.Version, now.fields(), changed); err != nil {
		return err
	}
	if err := recountVisitDays(ctx, tx, was.CustomerID); err != nil {
		return err
	}
	return tx.change(ctx, "update", "visits", was.ID, was.BranchID, was.CustomerID, was.Version+1, changed)
}

// open reads a visit that the actor may change, as it was read by them
// (version 0: whichever). One they may read but not change is ErrRefused.
func (d *DB) openVisit(ctx context.Context, tx *Tx, id, version int64, deleted bool) (seenVisit, error) {
	was, err := d.visitIn(ctx, tx, tx.by.Scope(policy.VisitRead), id, deleted)
	switch {
	case err != nil:
		return was, err
	case !d.mayEditVisit(tx.by, was, tx.at):
		return was, fmt.Errorf("visit %d: %w", id, ErrRefused)
	case version != 0 && version != was.Version:
		return was, fmt.Errorf("visit %d: %w", id, ErrConflict)
	}
	tx.about(was.BranchID, was.CustomerID)
	return was, nil
}

// EditVisit corrects a visit: its fields become those of v, the photos named
// in drop come off it and add is hung on it. State and customer stay. Who may
// is said by MayEditVisit. A stale Version is ErrConflict.
func (d *DB) EditVisit(ctx context.Context, by policy.Actor, v Visit, drop []string, add ...VisitPhoto) error {
	return d.act(ctx, by, "visits.edit", func(tx *Tx) error {
		was, err := d.openVisit(ctx, tx, v.ID, v.Version, false)
		if err != nil {
			return err
		}
		now := v
		now.State, now.CustomerID, now.BranchID = was.State, was.CustomerID, was.BranchID
		if now.UserID == 0 {
			now.UserID = was.UserID
		}
		if now.Minute <= 0 {
			now.Minute = -1
		}
		c := Customer{ID: was.CustomerID, BranchID: was.BranchID, OwnerID: was.owner, ClerkID: was.clerk}
		if now.UserID != was.UserID || now.ContactID != was.ContactID {
			check := now
			if now.UserID == was.UserID {
				check.UserID = by.UserID // whose it is does not change
			}
			if err := d.checkVisit(ctx, tx, c, check); err != nil {
				return err
			}
		}
		if err := rewriteVisit(ctx, tx, was.Visit, now); err != nil {
			return err
		}
		if len(drop)+len(add) > 0 {
			if err := changePhotos(ctx, tx, was.Visit, drop, add); err != nil {
				return err
			}
		}
		if was.State != VisitDone {
			return nil
		}
		return d.moveNext(ctx, tx, was.Visit, now)
	})
}

func changePhotos(ctx context.Context, tx *Tx, v Visit, drop []string, add []VisitPhoto) error {
	before, err := photosOf(ctx, tx, v.ID)
	if err != nil {
		return err
	}
	for _, hash := range drop {
		if _, err := tx.exec(ctx, `DELETE FROM visit_photos WHERE visit_id = $1 AND hash = $2`, v.ID, hash); err != nil {
			return fmt.Errorf("photos of visit %d: %w", v.ID, err)
		}
	}
	if err := addPhotos(ctx, tx, v.ID, add); err != nil {
		return err
	}
	after, err := photosOf(ctx, tx, v.ID)
	if err != nil || slices.Equal(before, after) {
		return err
	}
	return tx.change(ctx, "update", "visits", v.ID, v.BranchID, v.CustomerID, v.Version,
		map[string][2]any{"photos": {len(before), len(after)}})
}

// CancelVisit calls a planned visit off; ReopenVisit takes that back.
func (d *DB) CancelVisit(ctx context.Context, by policy.Actor, id, version int64) error {
	return d.turnVisit(ctx, by, "visits.cancel", id, version, VisitPlanned, VisitCancelled)
}

// ReopenVisit see CancelVisit.
func (d *DB) ReopenVisit(ctx context.Context, by policy.Actor, id int64) error {
	return d.turnVisit(ctx, by, "visits.reopen", id, 0, VisitCancelled, VisitPlanned)
}

func (d *DB) turnVisit(ctx context.Context, by policy.Actor, act string, id, version int64, from, to string) error {
	return d.act(ctx, by, act, func(tx *Tx) error {
		was, err := d.openVisit(ctx, tx, id, version, false)
		if err != nil {
			return err
		}
		if was.State != from {
			return fmt.Errorf("visit %d is %s: %w", id, was.State, ErrConflict)
		}
		now := was.Visit
		now.State = to
		return rewriteVisit(ctx, tx, was.Visit, now)
	})
}

// DeleteVisit puts a visit into the bin; RestoreVisit takes it out again. A
// visit that was planned because of it stays planned.
func (d *DB) DeleteVisit(ctx context.Context, by policy.Actor, id, version int64) error {
	return d.binVisit(ctx, by, "visits.delete", "delete", id, version, true)
}

// RestoreVisit see DeleteVisit.
func (d *DB) RestoreVisit(ctx context.Context, by policy.Actor, id int64) error {
	return d.binVisit(ctx, by, "visits.restore", "restore", id, 0, false)
}

func (d *DB) binVisit(ctx context.Context, by policy.Actor, act, kind string, id, version int64, in bool) error {
	return d.act(ctx, by, act, func(tx *Tx) error {
		was, err := d.openVisit(ctx, tx, id, version, !in)
		if err != nil {
			return err
		}
		at := int64(0)
		if in {
			at = tx.now()
		}
		if _, err := tx.exec(ctx, `UPDATE visits SET deleted_at = $2, version = version + 1, updated_at = $3 WHERE id = $1`, id, at, tx.now()); err != nil {
			return fmt.Errorf("%s visit %d: %w", kind, id, err)
		}
		if err := recountVisitDays(ctx, tx, was.CustomerID); err != nil {
			return err
		}
		return tx.change(ctx, kind, "visits", id, was.BranchID, was.CustomerID, was.Version+1, nil)
	})
}
