package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"yike/policy"
	"yike/policy/casework"
)

// CaseClient is what one should know of a client who calls: what is open, how
// often they complained this year.
type CaseClient struct {
	Open       []CaseRow // that the actor sees, the latest first, at most five
	Complaints int64     // of this year

	Claims, Asked, Agreed int64 // how many, and fen; refused ones count as asked
}

// parcelsLooked bounds the parcels that are counted while somebody waits.
const parcelsLooked = 20_000

// CaseClient reads it of a client who was read within scope.
func (d *DB) CaseClient(ctx context.Context, by policy.Actor, c Customer) (CaseClient, error) {
	var out CaseClient
	var err error
	if out.Open, err = d.OpenCasesOf(ctx, by, c); err != nil {
		return out, err
	}
	now := d.now().In(Zone)
	return out, d.caseSums(ctx, c.ID, time.Date(now.Year(), 1, 1, 0, 0, 0, 0, Zone).UnixMilli(), &out)
}

// OpenCasesOf returns the open cases of a client who was read within scope, as
// far as the actor sees them: the latest first, at most five.
func (d *DB) OpenCasesOf(ctx context.Context, by policy.Actor, c Customer) (out []CaseRow, err error) {
	rows, err := d.r.QueryContext(ctx, caseRowSQL+` WHERE e.customer_id = $1 AND e.step <> 'closed' AND e.deleted_at = 0 ORDER BY e.opened_at DESC, e.id DESC LIMIT 20`, c.ID)
	if err != nil {
		return nil, fmt.Errorf("cases of customer %d: %w", c.ID, err)
	}
	defer rows.Close()
	for rows.Next() {
		r, err := scanCase(rows)
		if err != nil {
			return nil, fmt.Errorf("cases of customer %d: %w", c.ID, err)
		}
		if len(out) < 5 && d.seesCase(by, policy.CaseRead, r) {
			out = append(out, r)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("cases of customer %d: %w", c.ID, err)
	}
	return out, nil
}

// RecentParcels counts the parcels of 30 days of a client who was read within
// scope, and their freight.
func (d *DB) RecentParcels(ctx context.Context, c Customer) (parcels, freight int64, err error) {
	err = d.r.QueryRowContext(ctx, `SELECT COUNT(*), CAST(coalesce(SUM(freight_fen), 0) AS BIGINT) FROM (
		SELECT freight_fen FROM waybills WHERE customer_id = $1 AND sent_day > $2 ORDER BY sent_day DESC LIMIT $3) AS w`,
		c.ID, Day(d.now().AddDate(0, 0, -30)), parcelsLooked).Scan(&parcels, &freight)
	if err != nil {
		return 0, 0, fmt.Errorf("parcels of customer %d: %w", c.ID, err)
	}
	return parcels, freight, nil
}

// CaseCodes are the codes of cases of a client by their ids, for its history;
// read it after the client was read within scope.
func (d *DB) CaseCodes(ctx context.Context, customer int64, ids []int64) (map[int64]string, error) {
	out := map[int64]string{}
	for chunk := range slices.Chunk(ids, 500) {
		in, args := marks(chunk)
		rows, err := d.query(ctx, cond{`SELECT id, code FROM cases WHERE customer_id = ? AND deleted_at = 0 AND id IN (` + in + `)`, append([]any{customer}, args...)})
		if err != nil {
			return nil, fmt.Errorf("codes of cases: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var id int64
			var code string
			if err := rows.Scan(&id, &code); err != nil {
				return nil, fmt.Errorf("codes of cases: %w", err)
			}
			out[id] = code
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, fmt.Errorf("codes of cases: %w", err)
		}
	}
	return out, nil
}

// caseSums counts the complaints of a client since an instant, and what was
// asked and agreed for its parcels.
func (d *DB) caseSums(ctx context.Context, customer, since int64, out *CaseClient) error {
	err := d.r.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM cases WHERE customer_id = $1 AND opened_at >= $2 AND kind = $3 AND deleted_at = 0),
		COUNT(*), CAST(coalesce(SUM(m.asked), 0) AS BIGINT), CAST(coalesce(SUM(CASE WHEN m.state IN ('approved', 'paid') THEN m.agreed ELSE 0 END), 0) AS BIGINT)
		FROM case_claims m JOIN cases e ON e.id = m.case_id WHERE m.customer_id = $1 AND e.deleted_at = 0`,
		customer, since, casework.Complaint).Scan(&out.Complaints, &out.Claims, &out.Asked, &out.Agreed)
	if err != nil {
		return fmt.Errorf("cases of customer %d: %w", customer, err)
	}
	return nil
}

// CaseTakers are those who may be given cases at a branch, by name.
func (d *DB) CaseTakers(ctx context.Context, access *policy.Access, branch int64) ([]User, error) {
	list, err := d.TodoTakers(ctx, branch)
	return slices.DeleteFunc(list, func(u User) bool { return !canHandle(access.Actor(u.ID, u.Name, u.BranchID, u.Grants)) }), err
}

// AttachCase says whose the case of an unknown caller is. It goes to the
// client's branch; who handles it stays. A client beyond the actor's reach is
// ErrNotFound, a case that has a client already ErrConflict.
func (d *DB) AttachCase(ctx context.Context, by policy.Actor, id, version, customer int64) error {
	return d.caseAct(ctx, by, policy.CaseEdit, "cases.attach", id, version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		if was.CustomerID != 0 {
			return CaseEvent{}, fmt.Errorf("case %d has a client: %w", id, ErrConflict)
		}
		c, err := d.customer(ctx, tx, by.Scope(policy.CustomerRead), customer, false)
		if err != nil {
			return CaseEvent{}, err
		}
		now.CustomerID, now.BranchID, now.Class = c.ID, c.BranchID, c.Class
		return CaseEvent{Kind: "attached"}, nil
	})
}

// ErrCaseMoney says that money was promised or paid on a case: it stays.
var ErrCaseMoney = errors.New("money was promised or paid on the case")

// noMoneyOn is ErrCaseMoney for a case with a claim that was approved or paid.
func (tx *Tx) noMoneyOn(ctx context.Context, id int64) error {
	var money bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM case_claims WHERE case_id = $1 AND deleted_at = 0 AND state IN ('approved', 'paid'))`, id).Scan(&money)
	if err == nil && money {
		err = ErrCaseMoney
	}
	if err != nil {
		return fmt.Errorf("delete case %d: %w", id, err)
	}
	return nil
}

// DeleteCase puts a case into the bin, with its to-dos; RestoreCase takes it out
// again. One on which money was promised or paid stays: ErrCaseMoney.
func (d *DB) DeleteCase(ctx context.Context, by policy.Actor, id, version int64) error {
	return d.binCase(ctx, by, "cases.delete", "delete", id, version, true)
}

// RestoreCase see DeleteCase.
func (d *DB) RestoreCase(ctx context.Context, by policy.Actor, id int64) error {
	return d.binCase(ctx, by, "cases.restore", "restore", id, 0, false)
}

// MayDeleteCase says whether the actor may put a case into the bin: who gives
// them out, and who registered it by mistake as long as nobody worked on it. A
// case ends by closing, not by that.
func (d *DB) MayDeleteCase(by policy.Actor, r CaseRow) bool {
	return d.seesCase(by, policy.CaseAssign, r) || d.seesCase(by, policy.CaseEdit, r) && r.Version == 1 && r.CreatedBy == by.UserID
}

func (d *DB) binCase(ctx context.Context, by policy.Actor, act, kind string, id, version int64, in bool) error {
	return d.act(ctx, by, act, func(tx *Tx) error {
		if err := tx.holdCases(ctx, id); err != nil { // money is promised on it before, or not at all
			return err
		}
		was, err := d.caseIn(ctx, tx, by, policy.CaseRead, id, !in)
		switch {
		case err != nil:
			return err
		case in && !d.MayDeleteCase(by, was) || !d.seesCase(by, policy.CaseEdit, was):
			return fmt.Errorf("case %d: %w", id, ErrRefused)
		case version != 0 && version != was.Version:
			return fmt.Errorf("case %d: %w", id, ErrConflict)
		}
		at, event := int64(0), "restored"
		if in {
			at, event = tx.now(), "deleted"
		}
		if in {
			if err := tx.noMoneyOn(ctx, id); err != nil {
				return err
			}
		}
		n, err := tx.exec(ctx, `UPDATE cases SET deleted_at = $2, version = version + 1, updated_at = $3 WHERE id = $1 AND version = $4`, id, at, tx.now(), was.Version)
		if err == nil && n == 0 {
			err = ErrConflict
		}
		if err != nil {
			return fmt.Errorf("%s case %d: %w", kind, id, err)
		}
		now := was.Case
		now.DeletedAt = at
		if err := tx.moveLoad(ctx, was.holder(), now.holder()); err != nil {
			return err
		}
		tx.about(was.BranchID, id)
		if err := tx.binCaseTodos(ctx, id, in); err != nil {
			return err
		}
		if err := tx.caseEvent(ctx, CaseEvent{CaseID: id, Kind: event, Step: was.Step}); err != nil {
			return err
		}
		return tx.change(ctx, kind, "cases", id, was.BranchID, was.CustomerID, was.Version+1, nil)
	})
}

// lookAge is for how long somebody who opened a case counts as being there.
const lookAge = time.Minute

// LookAtCase says that the actor has a case open, and returns who else has. It
// is no act of the business. Read it after the case was read.
func (d *DB) LookAtCase(ctx context.Context, by policy.Actor, id int64) ([]string, error) {
	now := d.now().UnixMilli()
	since := now - lookAge.Milliseconds()
	if by.UserID != 0 {
		if err := d.write(ctx, func(tx *Tx) error {
			if _, err := tx.exec(ctx, `DELETE FROM case_looks WHERE seen_at < $1`, since); err != nil {
				return err
			}
			_, err := tx.exec(ctx, `INSERT INTO case_looks (case_id, user_id, seen_at) VALUES ($1, $2, $3)
				ON CONFLICT (case_id, user_id) DO UPDATE SET seen_at = excluded.seen_at`, id, by.UserID, now)
			return err
		}); err != nil {
			return nil, fmt.Errorf("looks at case %d: %w", id, err)
		}
	}
	rows, err := d.r.QueryContext(ctx, `SELECT u.name FROM case_looks x JOIN users u ON u.id = x.user_id
		WHERE x.case_id = $1 AND x.user_id <> $2 AND x.seen_at >= $3 ORDER BY u.name`, id, by.UserID, since)
	if err != nil {
		return nil, fmt.Errorf("looks at case %d: %w", id, err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("looks at case %d: %w", id, err)
		}
		out = append(out, name)
	}
	return out, rows.Err()
}

// casesOf reads all cases of a client, or those of one contact, the oldest
// first, for whoever they are about.
func (d *DB) casesOf(ctx context.Context, customer, contact int64) ([]CaseRow, error) {
	rows, err := d.r.QueryContext(ctx, caseRowSQL+` WHERE e.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR e.contact_id = $2) AND e.deleted_at = 0
		ORDER BY e.opened_at, e.id LIMIT $3`, customer, contact, mostCopied)
	if err != nil {
		return nil, fmt.Errorf("cases of customer %d: %w", customer, err)
	}
	defer rows.Close()
	var out []CaseRow
	for rows.Next() {
		r, err := scanCase(rows)
		if err != nil {
			return nil, fmt.Errorf("cases of customer %d: %w", customer, err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}
