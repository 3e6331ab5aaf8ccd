package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"yike/policy"
	"yike/policy/consent"
)

// RuleBreach is the dated rule of whom to call when personal data came out; its
// value is a JSON object of consent.BreachContacts to text. It is the company's.
const RuleBreach = "breach"

// BreachContacts returns whom to call, and by which version.
func (d *DB) BreachContacts(ctx context.Context) (map[string]string, RuleRow, error) {
	out := map[string]string{}
	row, err := d.Rule(ctx, RuleBreach, 0, Day(d.now()))
	if err == nil && row.Version > 0 {
		if err = json.Unmarshal([]byte(row.Value), &out); err != nil {
			err = fmt.Errorf("breach contacts, version %d: %w", row.Version, err)
		}
	}
	return out, row, err
}

// Breach is personal data that came out, and what is known of it.
type Breach struct {
	ID, BranchID       int64
	Title, About       string
	FoundOn            string // day
	UserID             int64  // whose account is looked into, 0 = nobody's
	User, Username     string // of that account
	From, To           string // days that are looked into
	ClosedAt           int64  // unix milliseconds, 0 = open
	Version, CreatedAt int64
	CreatedBy          string
	Taken              int          // how many steps are done
	Steps              []BreachStep // done, the latest first
}

// BreachStep is a step that was taken.
type BreachStep struct {
	Step, User, Note string
	At               int64 // unix milliseconds
}

// Done returns the step when it was taken.
func (b Breach) Done(step string) (BreachStep, bool) {
	i := slices.IndexFunc(b.Steps, func(s BreachStep) bool { return s.Step == step })
	if i < 0 {
		return BreachStep{}, false
	}
	return b.Steps[i], true
}

const breachColumns = `b.id, b.branch_id, b.title, b.about, b.found_on, b.user_id, coalesce(u.name, ''), coalesce(u.username, ''), b.from_day, b.to_day, b.closed_at, b.version, b.created_at, coalesce(k.name, ''),
	(SELECT COUNT(*) FROM breach_steps s WHERE s.breach_id = b.id AND s.undone_at = 0)
	FROM breaches b LEFT JOIN users u ON u.id = b.user_id LEFT JOIN users k ON k.id = b.created_by `

func scanBreach(row interface{ Scan(...any) error }) (b Breach, err error) {
	err = row.Scan(&b.ID, &b.BranchID, &b.Title, &b.About, &b.FoundOn, &b.UserID, &b.User, &b.Username, &b.From, &b.To, &b.ClosedAt, &b.Version, &b.CreatedAt, &b.CreatedBy, &b.Taken)
	return b, err
}

// Breaches returns those of the branches that the scope sees, the latest first,
// without their steps.
func (d *DB) Breaches(ctx context.Context, scope policy.Scope) ([]Breach, error) {
	rows, err := d.r.QueryContext(ctx, `SELECT `+breachColumns+`ORDER BY b.id DESC LIMIT 500`)
	if err != nil {
		return nil, fmt.Errorf("breaches: %w", err)
	}
	defer rows.Close()
	var out []Breach
	for rows.Next() {
		b, err := scanBreach(rows)
		if err != nil {
			return nil, fmt.Errorf("breaches: %w", err)
		}
		if scope.SeesBranch(d.Chain(b.BranchID)) {
			out = append(out, b)
		}
	}
	return out, rows.Err()
}

// Breach returns one with its steps; ErrNotFound beyond the scope.
func (d *DB) Breach(ctx context.Context, scope policy.Scope, id int64) (Breach, error) {
	return d.breach(ctx, d.r, scope, id)
}

func (d *DB) breach(ctx context.Context, q querier, scope policy.Scope, id int64) (Breach, error) {
	b, err := scanBreach(q.QueryRowContext(ctx, `SELECT `+breachColumns+`WHERE b.id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) || err == nil && !scope.SeesBranch(d.Chain(b.BranchID)) {
		err = ErrNotFound
	}
	if err != nil {
		return Breach{}, fmt.Errorf("breach %d: %w", id, err)
	}
	rows, err := q.QueryContext(ctx, `
		SELECT s.step, coalesce(u.name, ''), s.note, s.at FROM breach_steps s LEFT JOIN users u ON u.id = s.user_id
		WHERE s.breach_id = $1 AND s.undone_at = 0 ORDER BY s.id DESC`, id)
	if err != nil {
		return b, fmt.Errorf("steps of breach %d: %w", id, err)
	}
	defer rows.Close()
	for rows.Next() {
		var s BreachStep
		if err := rows.Scan(&s.Step, &s.User, &s.Note, &s.At); err != nil {
			return b, fmt.Errorf("steps of breach %d: %w", id, err)
		}
		b.Steps = append(b.Steps, s)
	}
	return b, rows.Err()
}

// OpenBreach enters a breach at a branch. The actor needs privacy.edit there,
// else ErrNotFound.
func (d *DB) OpenBreach(ctx context.Context, by policy.Actor, sent Submission, b Breach) (id int64, err error) {
	err = d.act(ctx, by, "breaches.open", func(tx *Tx) error {
		if !by.Scope(policy.PrivacyEdit).SeesBranch(d.Chain(b.BranchID)) || len(d.Chain(b.BranchID)) == 0 {
			return fmt.Errorf("breach at branch %d: %w", b.BranchID, ErrNotFound)
		}
		if id, err = sent.done(ctx, tx, "breaches"); err != nil {
			return err
		} else if id != 0 {
			return errDoneBefore
		}
		id = tx.newID()
		if _, err := tx.exec(ctx, `
			INSERT INTO breaches (id, branch_id, title, found_on, about, user_id, from_day, to_day, created_by, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)`,
			id, b.BranchID, b.Title, b.FoundOn, b.About, b.UserID, b.From, b.To, by.UserID, tx.now()); err != nil {
			return fmt.Errorf("open breach: %w", err)
		}
		tx.about(b.BranchID, id)
		tx.audit.rows = 1
		tx.detail(map[string]any{"day": b.FoundOn})
		return sent.keep(ctx, tx, "breaches", id)
	})
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return id, err
}

// StepBreach notes that a step was taken, or takes it back. ErrConflict when
// somebody did so meanwhile or the breach is closed, ErrRefused for a step that
// there is not.
func (d *DB) StepBreach(ctx context.Context, by policy.Actor, id int64, step, note string, back bool) error {
	if !consent.KnownStep(step) {
		return fmt.Errorf("step %q of breach %d: %w", step, id, ErrRefused)
	}
	return d.act(ctx, by, "breaches.step", func(tx *Tx) error {
		b, err := d.breach(ctx, tx, by.Scope(policy.PrivacyEdit), id)
		if err != nil {
			return err
		}
		if _, done := b.Done(step); b.ClosedAt != 0 || done != back {
			return fmt.Errorf("step %s of breach %d: %w", step, id, ErrConflict)
		}
		if back {
			_, err = tx.exec(ctx, `UPDATE breach_steps SET undone_at = $3 WHERE breach_id = $1 AND step = $2 AND undone_at = 0`, id, step, tx.now())
		} else {
			_, err = tx.exec(ctx, `INSERT INTO breach_steps (id, breach_id, step, at, user_id, note) VALUES ($1, $2, $3, $4, $5, $6)`, tx.newID(), id, step, tx.now(), by.UserID, note)
			if isUnique(err) {
				err = ErrConflict // on PostgreSQL another was faster
			}
		}
		if err != nil {
			return fmt.Errorf("step %s of breach %d: %w", step, id, err)
		}
		tx.about(b.BranchID, id)
		tx.audit.rows = 1
		tx.detail(map[string]any{"state": step, "back": back})
		return nil
	})
}

// ErrStepsOpen: a breach is not closed before what the law asks for is done.
var ErrStepsOpen = errors.New("steps are open")

// CloseBreach ends a breach, or opens it again. ErrStepsOpen while one of
// consent.MustClose is not done; ErrConflict for a stale version.
func (d *DB) CloseBreach(ctx context.Context, by policy.Actor, id, version int64, again bool) error {
	return d.act(ctx, by, "breaches.close", func(tx *Tx) error {
		b, err := d.breach(ctx, tx, by.Scope(policy.PrivacyEdit), id)
		if err != nil {
			return err
		}
		if b.Version != version || (b.ClosedAt != 0) != again {
			return fmt.Errorf("close breach %d: %w", id, ErrConflict)
		}
		for _, step := range consent.MustClose {
			if _, done := b.Done(step); !done && !again {
				return fmt.Errorf("close breach %d: %w: %w", id, ErrStepsOpen, ErrRefused)
			}
		}
		at := tx.now()
		if again {
			at = 0
		}
		if _, err := tx.exec(ctx, `UPDATE breaches SET closed_at = $2, version = version + 1, updated_at = $3 WHERE id = $1`, id, at, tx.now()); err != nil {
			return fmt.Errorf("close breach %d: %w", id, err)
		}
		tx.about(b.BranchID, id)
		tx.audit.rows = 1
		tx.detail(map[string]any{"back": again})
		return nil
	})
}

// ExposureFilter chooses by whom, where and when clients were seen.
type ExposureFilter struct {
	User     int64  // 0: by anybody
	Branch   int64  // with those below it; 0: all that the scope sees
	From, To string // days, both within
	After    int64  // the client that the page before ended with
	Limit    int
}

// Exposed is a client of whom somebody could have taken something.
type Exposed struct {
	CustomerID, BranchID    int64
	Code, Name              string
	Looks, Reveals, Exports int64
	Last                    int64 // unix milliseconds
}

// Exposure returns the clients, in the order of their ids, that were looked at,
// revealed or exported, as far as the scope sees them.
func (d *DB) Exposure(ctx context.Context, scope policy.Scope, f ExposureFilter) ([]Exposed, error) {
	where, any, err := d.exposureWhere(ctx, scope, f)
	if err != nil || !any {
		return nil, err
	}
	rows, err := d.query(ctx, exposureSQL(f, where))
	if err != nil {
		return nil, fmt.Errorf("who could be seen: %w", err)
	}
	defer rows.Close()
	var out []Exposed
	for rows.Next() {
		var x Exposed
		if err := rows.Scan(&x.CustomerID, &x.Code, &x.Name, &x.BranchID, &x.Looks, &x.Reveals, &x.Exports, &x.Last); err != nil {
			return nil, fmt.Errorf("who could be seen: %w", err)
		}
		out = append(out, x)
	}
	return out, rows.Err()
}

// CountExposure counts them.
func (d *DB) CountExposure(ctx context.Context, scope policy.Scope, f ExposureFilter) (n int64, err error) {
	where, any, err := d.exposureWhere(ctx, scope, f)
	if err != nil || !any {
		return 0, err
	}
	rows, err := d.query(ctx, exposureCountSQL(f, where))
	if err != nil {
		return 0, fmt.Errorf("count who could be seen: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return 0, fmt.Errorf("count who could be seen: %w", err)
		}
	}
	return n, rows.Err()
}

func (d *DB) exposureWhere(ctx context.Context, scope policy.Scope, f ExposureFilter) (cond, bool, error) {
	r := d.reach(scope, f.Branch)
	if r.empty || !dayParsed(f.From).Valid() || !dayParsed(f.To).Valid() || f.To < f.From {
		return cond{}, false, nil
	}
	return r.residual(), true, d.FlushLooks(ctx)
}

// seenSQL is every look, reveal and export of the filter, a row each.
func seenSQL(f ExposureFilter) cond {
	from, to := dayStart(dayParsed(f.From)), dayStart(dayParsed(f.To).Add(1))
	looks := condOf(`SELECT customer_id, looks, 0 AS reveals, 0 AS exports, last_at AS at FROM customer_looks WHERE day BETWEEN ? AND ? AND customer_id > ?`, f.From, f.To, f.After)
	reveals := condOf(`SELECT customer_id, 0, 1, 0, at FROM reveals WHERE at >= ? AND at < ? AND customer_id > ?`, from, to, f.After)
	exports := condOf(`SELECT x.customer_id, 0, 0, 1, e.at FROM exports e JOIN export_customers x ON x.audit_id = e.audit_id WHERE e.at >= ? AND e.at < ? AND x.customer_id > ?`, from, to, f.After)
	if f.User != 0 {
		looks = bothSQL(looks, condOf("user_id = ?", f.User))
		reveals = bothSQL(reveals, condOf("user_id = ?", f.User))
		exports = bothSQL(exports, condOf("e.user_id = ?", f.User))
	}
	return cond{looks.text + " UNION ALL " + reveals.text + " UNION ALL " + exports.text, slices.Concat(looks.args, reveals.args, exports.args)}
}

func exposureSQL(f ExposureFilter, where cond) cond {
	seen := seenSQL(f)
	if where.text != "" {
		where.text = " WHERE " + where.text
	}
	return limitSQL(cond{`SELECT c.id, c.code, c.name, c.branch_id, CAST(SUM(x.looks) AS BIGINT), CAST(SUM(x.reveals) AS BIGINT), CAST(SUM(x.exports) AS BIGINT), MAX(x.at)
		FROM (` + seen.text + `) x JOIN customers c ON c.id = x.customer_id` + where.text, append(seen.args, where.args...)},
		" GROUP BY c.id, c.code, c.name, c.branch_id ORDER BY c.id", f.Limit)
}

func exposureCountSQL(f ExposureFilter, where cond) cond {
	f.After = 0
	seen := seenSQL(f)
	if where.text != "" {
		where.text = " WHERE " + where.text
	}
	return cond{`SELECT COUNT(DISTINCT c.id) FROM (` + seen.text + `) x JOIN customers c ON c.id = x.customer_id` + where.text, append(seen.args, where.args...)}
}
