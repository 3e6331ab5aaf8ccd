package db

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"yike/policy"
)

// Why a piece of work was not moved, or not put back.
const (
	WhyMoved   = "moved"   // somebody else holds it by now
	WhyGone    = "gone"    // no more; a client in the recycle bin has somebody too
	WhyClosed  = "closed"  // no longer open: a visit made or called off
	WhyReach   = "reach"   // its branch is beyond the actor's reach by now
	WhyUnfit   = "unfit"   // the taker may no longer take it
	WhyChanged = "changed" // changed again since; for an undo
)

// HandoverResult counts what became of the pieces of a handover.
type HandoverResult struct{ Moved, Kept, Failed int }

// holder is where a piece of work stands now.
type holder struct {
	who, branch, owner, clerk int64
	since                     string
	open, gone                bool
}

func workHoldersSQL(k workKind) string {
	since := "''"
	if k.since != "" {
		since = "x." + k.since
	}
	return `SELECT x.id, coalesce(x.` + k.column + `, 0), ` + k.branch + `, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), x.version, ` + since + `,
		CASE WHEN ` + k.open + ` THEN 1 ELSE 0 END, CASE WHEN x.deleted_at = 0 OR x.id = c.id THEN 0 ELSE 1 END
		FROM handover_items i, ` + k.from + ` WHERE x.id = i.row_id AND i.handover_id = $1 AND i.kind = $2`
}

func moveSQL(k workKind) string {
	since := ""
	if k.since != "" {
		since = ", " + k.since + " = $5"
	}
	return `UPDATE ` + k.table + ` SET ` + k.column + ` = $3, version = version + 1, updated_at = $4` + since + ` WHERE id = $1 AND version = $2`
}

// mover moves pieces of one handover within a transaction.
type mover struct {
	*Tx
	stands   map[string]map[int64]holder // by kind and row
	versions map[int64]int64             // by row; a client may be moved twice, as owner's and as clerk's
	result   HandoverResult
}

func (tx *Tx) mover(ctx context.Context, id int64) (*mover, error) {
	m := &mover{Tx: tx, stands: map[string]map[int64]holder{}, versions: map[int64]int64{}}
	for _, k := range handoverKinds {
		of := map[int64]holder{}
		m.stands[k.word] = of
		rows, err := tx.QueryContext(ctx, workHoldersSQL(k), id, k.word)
		if err != nil {
			return nil, fmt.Errorf("handover %d: %w", id, err)
		}
		defer rows.Close()
		for rows.Next() {
			var row, version, open, gone int64
			var h holder
			if err := rows.Scan(&row, &h.who, &h.branch, &h.owner, &h.clerk, &version, &h.since, &open, &gone); err != nil {
				return nil, fmt.Errorf("handover %d: %w", id, err)
			}
			h.open, h.gone = open != 0, gone != 0
			of[row], m.versions[row] = h, version
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, fmt.Errorf("handover %d: %w", id, err)
		}
	}
	return m, nil
}

// stuck says why a piece cannot be moved away from somebody; "" when it can.
func (m *mover) stuck(it HandoverItem, from int64) (why string, failed bool) {
	h, ok := m.stands[it.Kind][it.RowID]
	switch {
	case !ok || h.gone:
		return WhyGone, true
	case !m.db.sees(m.by.Scope(policy.CustomerAssign), h.branch, h.owner, h.clerk):
		return WhyReach, true
	case h.who != from:
		return WhyMoved, false
	case !h.open:
		return WhyClosed, false
	}
	return "", false
}

// move gives a piece to somebody, with its change record. since is the day
// written where the kind keeps one.
func (m *mover) move(ctx context.Context, it HandoverItem, to int64, since string) error {
	k, h, version := kindOf(it.Kind), m.stands[it.Kind][it.RowID], m.versions[it.RowID]
	args := []any{it.RowID, version, ref(to), m.now()}
	changed := map[string][2]any{k.column: {fmt.Sprint(h.who), fmt.Sprint(to)}}
	if k.since != "" {
		args = append(args, since)
		if h.since != since {
			changed[k.since] = [2]any{h.since, since}
		}
	}
	n, err := m.exec(ctx, moveSQL(k), args...)
	if err != nil {
		return fmt.Errorf("move %s %d: %w", it.Kind, it.RowID, err)
	}
	if n == 0 {
		return fmt.Errorf("move %s %d: %w", it.Kind, it.RowID, ErrConflict)
	}
	m.versions[it.RowID]++
	if it.Kind == "case" {
		if h.open {
			if err := m.moveLoad(ctx, h.who, to); err != nil {
				return err
			}
		}
		if err := m.caseHanded(ctx, it.RowID, h.who, to); err != nil {
			return err
		}
	}
	if it.Kind == "todo" {
		if err := m.handMeasure(ctx, it.RowID, to); err != nil {
			return err
		}
	}
	return m.change(ctx, "update", k.table, it.RowID, h.branch, it.CustomerID, m.versions[it.RowID], changed)
}

// note keeps what became of a piece.
func (m *mover) note(ctx context.Context, id int64, it HandoverItem, state, why string) error {
	switch state {
	case "kept":
		m.result.Kept++
	case "failed":
		m.result.Failed++
	default:
		m.result.Moved++
	}
	if _, err := m.exec(ctx, `UPDATE handover_items SET state = $3, why = $4, since = $5 WHERE handover_id = $1 AND position = $2`,
		id, it.Position, state, why, it.Since); err != nil {
		return fmt.Errorf("handover %d: %w", id, err)
	}
	return nil
}

// ApplyHandover moves everything that a draft gives somebody, in one act, and
// ends the person's sessions, or the account as the draft says. What somebody
// else took over meanwhile, what is gone, and what nobody was named for stays,
// with the reason. A handover already done answers its result again; a draft
// changed since version was read is ErrConflict.
func (d *DB) ApplyHandover(ctx context.Context, by policy.Actor, id, version int64) (HandoverResult, error) {
	var res HandoverResult
	err := d.act(ctx, by, "handovers.apply", func(tx *Tx) error {
		h, err := d.handoverBy(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if h.State == "done" {
			return errDoneBefore
		}
		if h.State != "draft" || h.Version != version {
			return fmt.Errorf("apply handover %d: %w", id, ErrConflict)
		}
		u, err := tx.leaver(ctx, by, h.From)
		if err != nil {
			return err
		}
		if err := tx.mayEnd(ctx, by, u, h.Ending); err != nil {
			return err
		}
		m, err := tx.mover(ctx, id)
		if err != nil {
			return err
		}
		if err := m.apply(ctx, by, h); err != nil {
			return err
		}
		res = m.result
		if err := tx.endAccount(ctx, by, h, u); err != nil {
			return err
		}
		n, err := tx.exec(ctx, `UPDATE handovers SET state = 'done', done_by = $2, done_at = $3, updated_at = $3, version = version + 1
			WHERE id = $1 AND state = 'draft'`, id, by.UserID, tx.now())
		if err == nil && n == 0 {
			err = ErrConflict
		}
		if err != nil {
			return fmt.Errorf("apply handover %d: %w", id, err)
		}
		tx.about(h.BranchID, id)
		tx.detail(map[string]any{"from": fmt.Sprint(h.From), "moved": res.Moved, "kept": res.Kept, "failed": res.Failed, "ending": h.Ending})
		return nil
	})
	if errors.Is(err, errDoneBefore) {
		res, err = d.handoverResult(ctx, id)
	}
	return res, err
}

func (m *mover) apply(ctx context.Context, by policy.Actor, h Handover) error {
	items, err := itemsOf(ctx, m.Tx, h.ID)
	if err != nil {
		return err
	}
	var branches []int64
	for _, of := range m.stands {
		for _, s := range of {
			if !slices.Contains(branches, s.branch) {
				branches = append(branches, s.branch)
			}
		}
	}
	access, err := m.access(ctx)
	if err != nil {
		return err
	}
	takers, err := m.db.takers(ctx, m.Tx, by, access, h.From, branches)
	if err != nil {
		return err
	}
	may := map[[2]int64]bool{}
	for _, t := range takers {
		for _, b := range t.Branches {
			may[[2]int64{t.ID, b}] = true
		}
	}
	for _, it := range items {
		if it.To == 0 {
			if err := m.note(ctx, h.ID, it, "kept", it.Why); err != nil {
				return err
			}
			continue
		}
		why, failed := m.stuck(it, h.From)
		stands := m.stands[it.Kind][it.RowID]
		if why == "" && !may[[2]int64{it.To, stands.branch}] {
			why, failed = WhyUnfit, true
		}
		state := "moved"
		switch {
		case failed:
			state = "failed"
		case why != "":
			state = "kept"
		default:
			if err := m.move(ctx, it, it.To, m.today()); err != nil {
				return err
			}
			it.Since = stands.since
		}
		if err := m.note(ctx, h.ID, it, state, why); err != nil {
			return err
		}
	}
	return nil
}

// leaves writes somebody's last day.
func (tx *Tx) leaves(ctx context.Context, u User, on string) error {
	if _, err := tx.ExecContext(ctx, `UPDATE users SET leaves_on = $2, version = version + 1, updated_at = $3 WHERE id = $1`, u.ID, on, tx.now()); err != nil {
		return fmt.Errorf("leave date of %d: %w", u.ID, err)
	}
	return tx.change(ctx, "update", "users", u.ID, u.BranchID, 0, u.Version+1, map[string][2]any{"leaves_on": {u.LeavesOn, on}})
}

// endAccount ends the leaver's sessions, and the account in the way the
// handover says.
func (tx *Tx) endAccount(ctx context.Context, by policy.Actor, h Handover, u User) error {
	switch h.Ending {
	case EndingNow:
		if today := tx.today(); u.LeavesOn == "" || u.LeavesOn > today { // from which day on the account's time runs
			if err := tx.leaves(ctx, u, today); err != nil {
				return err
			}
		}
		return tx.disable(ctx, u.ID)
	case EndingDate:
		if err := tx.leaves(ctx, u, h.EndsOn); err != nil {
			return err
		}
		if err := tx.bumpPolicy(ctx); err != nil {
			return err
		}
	}
	if u.ID == by.UserID {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user_id = $1`, u.ID); err != nil {
		return fmt.Errorf("end sessions of %d: %w", u.ID, err)
	}
	return nil
}

// UndoHandover puts back what a handover moved, in one act, within UndoDays:
// each piece that its taker still holds. What went on to somebody else, or was
// done since, is kept; what is gone or beyond the actor's reach has failed;
// each with its reason. The account is left as it is. Undone before answers
// the same again; too late is ErrConflict.
func (d *DB) UndoHandover(ctx context.Context, by policy.Actor, id int64) (HandoverResult, error) {
	var res HandoverResult
	err := d.act(ctx, by, "handovers.undo", func(tx *Tx) error {
		h, err := d.handoverBy(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if h.State == "undone" {
			return errDoneBefore
		}
		if h.State != "done" || tx.at.After(h.UndoUntil()) {
			return fmt.Errorf("undo handover %d: %w", id, ErrConflict)
		}
		if _, err := tx.leaver(ctx, by, h.From); err != nil {
			return err
		}
		m, err := tx.mover(ctx, id)
		if err != nil {
			return err
		}
		items, err := itemsOf(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, it := range items {
			if it.State != "moved" {
				continue
			}
			why, failed := m.stuck(it, it.To)
			state := "reversed"
			switch {
			case failed:
				state = "failed"
			case why == WhyMoved:
				state, why = "kept", WhyChanged
			case why != "":
				state = "kept"
			default:
				if err := m.move(ctx, it, h.From, it.Since); err != nil {
					return err
				}
			}
			if err := m.note(ctx, id, it, state, why); err != nil {
				return err
			}
		}
		res = m.result
		n, err := tx.exec(ctx, `UPDATE handovers SET state = 'undone', undone_by = $2, undone_at = $3, updated_at = $3, version = version + 1
			WHERE id = $1 AND state = 'done'`, id, by.UserID, tx.now())
		if err == nil && n == 0 {
			err = ErrConflict
		}
		if err != nil {
			return fmt.Errorf("undo handover %d: %w", id, err)
		}
		tx.about(h.BranchID, id)
		tx.detail(map[string]any{"from": fmt.Sprint(h.From), "reversed": res.Moved, "kept": res.Kept, "failed": res.Failed})
		return nil
	})
	if errors.Is(err, errDoneBefore) {
		res, err = d.handoverResult(ctx, id)
	}
	return res, err
}

// handoverResult counts what became of a handover that has been done.
func (d *DB) handoverResult(ctx context.Context, id int64) (HandoverResult, error) {
	var res HandoverResult
	counts, err := d.HandoverCounts(ctx, id)
	for _, c := range counts {
		switch c.State {
		case "kept":
			res.Kept += c.Count
		case "failed":
			res.Failed += c.Count
		default:
			res.Moved += c.Count
		}
	}
	return res, err
}

// DropHandover forgets a draft of the actor's own.
func (d *DB) DropHandover(ctx context.Context, by policy.Actor, id int64) error {
	return d.act(ctx, by, "handovers.drop", func(tx *Tx) error {
		h, err := d.handoverBy(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if h.State != "draft" {
			return fmt.Errorf("drop handover %d: %w", id, ErrConflict)
		}
		tx.about(h.BranchID, id)
		return tx.forgetDrafts(ctx, h.From, by.UserID)
	})
}
