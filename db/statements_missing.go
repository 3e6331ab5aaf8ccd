package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"yike/policy"
	"yike/policy/ledger"
	"yike/policy/waybill"
)

// BillLimit is how many statements one act writes at most.
const BillLimit = 200

// MissingStatement is what an account customer's parcels of a month cost on
// account, which no statement that counts charges.
type MissingStatement struct {
	CustomerID, BranchID    int64
	Name, Code, AccountNo   string
	TermsDays               int64
	Waybills, Pieces, Money int64 // Money is fen
	Due                     string
}

// billedSQL is whether a client has a statement of a month that counts; the
// month stands somewhere in its list of them.
const billedSQL = `EXISTS (SELECT 1 FROM account_entries e WHERE e.customer_id = c.customer_id AND e.kind = 'statement' AND e.voided_at = 0 AND e.periods LIKE `

// missingSQL are account customers, by name, whose parcels of a month are on no
// statement, as far as each of the scopes sees.
func (d *DB) missingSQL(f MonthFilter, limit int, scopes ...policy.Scope) cond {
	first := dayParsed(f.Month + "-01")
	where := condOf(`c.customer_id = w.customer_id AND w.sent_day >= ? AND w.sent_day <= ? AND w.payment = ? AND w.state <> ? AND NOT `+billedSQL+`?)`,
		first.String(), first.MonthEnd().String(), waybill.Monthly, waybill.Cancelled, "%"+f.Month+"%")
	for _, s := range scopes {
		where = bothSQL(where, d.oneReachSQL("c", s, f.BranchID))
	}
	return cond{`SELECT c.customer_id, c.branch_id, c.name, c.code, c.account_no, c.terms_days, count(*), CAST(sum(w.pieces) AS BIGINT), CAST(sum(w.freight_fen) AS BIGINT)
		FROM (SELECT id AS customer_id, branch_id, name, name_key, code, account_no, terms_days FROM customers WHERE deleted_at = 0 AND (account_no <> '' OR terms = 'monthly')) c
			CROSS JOIN waybills w WHERE ` + where.text + `
		GROUP BY c.customer_id, c.branch_id, c.name, c.name_key, c.code, c.account_no, c.terms_days HAVING sum(w.freight_fen) > 0
		ORDER BY c.name_key, c.customer_id LIMIT ` + strconv.Itoa(limit), where.args}
}

// MissingStatements returns the statements of a month that the actor can write
// with BillMonth, dated on a day, by the clients' names: at most BillLimit, and
// whether there are more.
func (d *DB) MissingStatements(ctx context.Context, by policy.Actor, f MonthFilter, on string) (out []MissingStatement, more bool, err error) {
	rows, err := d.query(ctx, d.missingSQL(f, BillLimit+1, by.Scope(policy.AccountEdit), by.Scope(policy.WaybillRead)))
	if err != nil {
		return nil, false, fmt.Errorf("missing statements of %s: %w", f.Month, err)
	}
	defer rows.Close()
	for rows.Next() {
		var m MissingStatement
		if err := rows.Scan(&m.CustomerID, &m.BranchID, &m.Name, &m.Code, &m.AccountNo, &m.TermsDays, &m.Waybills, &m.Pieces, &m.Money); err != nil {
			return nil, false, fmt.Errorf("missing statements of %s: %w", f.Month, err)
		}
		out = append(out, m)
	}
	if err := rows.Err(); err != nil {
		return nil, false, fmt.Errorf("missing statements of %s: %w", f.Month, err)
	}
	rules, err := d.AccountRules(ctx, Day(d.now()))
	if err != nil {
		return nil, false, err
	}
	more = len(out) > BillLimit
	out = out[:min(len(out), BillLimit)]
	for i := range out {
		out[i].Due = ledger.Due(dayParsed(on), out[i].TermsDays, rules.For(out[i].BranchID)).String()
	}
	return out, more, nil
}

// Billing are statements of a month to be written at once.
type Billing struct {
	Month string          // YYYY-MM
	Day   string          // of the statements
	Fen   map[int64]int64 // what the actor saw of each client
}

// BillResult is what became of them. Kept are those who have a statement by
// now, whose parcels cost something else by now, or who are not the actor's.
type BillResult struct {
	Act        int64 // for UnbillMonth; 0 when nothing was written
	Made, Kept int
	Money      int64 // fen
}

// billTries is how often BillMonth begins anew when somebody else has just taken
// a number of its statements, or sent the same form.
const billTries = 3

// BillMonth writes the statements of a month that are missing, in one act: each
// charges what the client's parcels of the month cost on account. Sent twice
// with one submission key it answers the first act and nothing else.
func (d *DB) BillMonth(ctx context.Context, by policy.Actor, sent Submission, b Billing) (res BillResult, err error) {
	if len(b.Fen) > BillLimit {
		return res, fmt.Errorf("write %d statements: %w", len(b.Fen), ErrTooMany)
	}
	for range billTries {
		if res, err = d.billMonth(ctx, by, sent, b); !isUnique(err) {
			break
		}
	}
	return res, err
}

func (d *DB) billMonth(ctx context.Context, by policy.Actor, sent Submission, b Billing) (res BillResult, err error) {
	ids := slices.Sorted(maps.Keys(b.Fen))
	err = d.act(ctx, by, "receivables.bill", func(tx *Tx) error {
		res = BillResult{Act: tx.audit.id}
		// Who bills the same clients at once waits here, on PostgreSQL.
		for _, id := range ids {
			if _, _, err := tx.holdAccount(ctx, id); err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
		}
		if err := tx.holdBooks(ctx, ids...); err != nil {
			return err
		}
		if was, err := sent.done(ctx, tx, "account_bills"); err != nil || was != 0 {
			res.Act = was
			return errors.Join(err, errDoneBefore)
		}
		var billed []int64
		for _, id := range ids {
			made, err := tx.bill(ctx, id, b)
			if err != nil {
				return fmt.Errorf("statement of customer %d: %w", id, err)
			}
			if !made {
				res.Kept++
				continue
			}
			res.Money += b.Fen[id]
			billed = append(billed, id)
		}
		if res.Made = len(billed); res.Made == 0 {
			res.Act = 0
			return errDoneBefore
		}
		if err := tx.resettle(ctx, billed...); err != nil {
			return err
		}
		tx.about(by.Branch, 0)
		tx.detail(map[string]any{"month": b.Month, "entries": res.Made, "kept": res.Kept})
		return sent.keep(ctx, tx, "account_bills", res.Act)
	})
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return res, err
}

// bill writes the statement of one client; false where it is not to be.
func (tx *Tx) bill(ctx context.Context, id int64, b Billing) (bool, error) {
	c, err := tx.db.customer(ctx, tx, tx.by.Scope(policy.AccountEdit), id, false)
	if errors.Is(err, ErrNotFound) || err == nil && !tx.db.sees(tx.by.Scope(policy.WaybillRead), c.BranchID, c.OwnerID, c.ClerkID) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := tx.mayStand(ctx, c.BranchID); errors.Is(err, ErrClosed) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	first := dayParsed(b.Month + "-01")
	var fen int64
	var billed bool
	err = tx.QueryRowContext(ctx, `SELECT CAST(coalesce(sum(freight_fen), 0) AS BIGINT) FROM waybills WHERE customer_id = $1 AND sent_day >= $2 AND sent_day <= $3 AND payment = $4 AND state <> $5`,
		id, first.String(), first.MonthEnd().String(), waybill.Monthly, waybill.Cancelled).Scan(&fen)
	if err == nil {
		err = tx.QueryRowContext(ctx, `SELECT `+billedSQL+`$2) FROM (SELECT CAST($1 AS BIGINT) AS customer_id) c`, id, "%"+b.Month+"%").Scan(&billed)
	}
	if err != nil || billed || fen <= 0 || fen != b.Fen[id] {
		return false, err
	}
	e := AccountEntry{Kind: ledger.Statement, CustomerID: id, BookID: c.BranchID, BranchID: c.BranchID, Periods: b.Month, Day: b.Day, Charged: fen, HandledBy: tx.by.Name}
	if e.Number, err = tx.nextNumber(ctx, e); err != nil {
		return false, err
	}
	if err := tx.dueDay(ctx, &e, c.TermsDays); err != nil {
		return false, err
	}
	return true, tx.addEntry(ctx, &e)
}

// UnbillMonth declares the statements void that an act of the actor's own wrote
// within UndoDays, for a reason; it can be done once (ErrNotFound). Those that
// somebody has corrected or declared void since stay as they are.
func (d *DB) UnbillMonth(ctx context.Context, by policy.Actor, act int64, reason string) (BillResult, error) {
	var res BillResult
	err := d.act(ctx, by, "receivables.unbill", func(tx *Tx) error {
		res = BillResult{Act: tx.audit.id}
		tx.about(by.Branch, act)
		var some bool
		err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM audits WHERE id = $1 AND act = 'receivables.bill' AND user_id = $2 AND at >= $3)
			AND NOT EXISTS (SELECT 1 FROM audits WHERE act = 'receivables.unbill' AND id > $1 AND subject_id = $1)`,
			act, by.UserID, tx.at.Add(-UndoDays*24*time.Hour).UnixMilli()).Scan(&some)
		if err == nil && !some {
			err = ErrNotFound
		}
		if err != nil {
			return err
		}
		list, err := accountEntries(ctx, tx, `WHERE e.id IN (SELECT row_id FROM changes WHERE audit_id = $1 AND entity = 'account_entries' AND kind = 'create') ORDER BY e.customer_id, e.id`, act)
		if err != nil {
			return err
		}
		var changed []int64
		for _, was := range list {
			_, err := d.customer(ctx, tx, by.Scope(policy.AccountEdit), was.CustomerID, false)
			if errors.Is(err, ErrNotFound) || err == nil && (was.VoidedAt != 0 || was.Version != 1) {
				res.Kept++
				continue
			}
			if err != nil {
				return err
			}
			now := was
			now.VoidedAt, now.VoidReason = tx.now(), reason
			if err := tx.rewriteEntry(ctx, was, now); err != nil {
				return err
			}
			res.Money += was.Charged
			changed = append(changed, was.CustomerID)
		}
		res.Made = len(changed)
		tx.detail(map[string]any{"entries": res.Made, "kept": res.Kept})
		return tx.resettle(ctx, slices.Compact(changed)...)
	})
	if err != nil {
		return BillResult{}, fmt.Errorf("take statements back: %w", err)
	}
	return res, nil
}
