package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"yike/policy"
	"yike/policy/classify"
	"yike/policy/day"
)

// ClassChange is a proposed change of a label: by a run of the rules, or by
// somebody who contests it.
type ClassChange struct {
	ID, RunID, CustomerID, BranchID, OwnerID int64
	Code, Name                               string
	Kind, Old, New                           string
	Why                                      *classify.Reason // of a run
	Said, SaidBy                             string           // who contests, and with what words
	SaidByID                                 int64
	State, Decided, Reason, DecidedBy        string
	DecidedAt, MadeAt                        int64
}

// ClassChangeFilter says which changes a list shows.
type ClassChangeFilter struct {
	Branch    int64
	Old, New  string // of classes; with Move set
	Move      bool
	Contested bool
	Decided   bool // the decided ones, the latest first; else what waits
	Customer  int64
	After     int64 // id of the last row of the page before
	Limit     int
}

func (d *DB) changesWhere(scope policy.Scope, f ClassChangeFilter) (cond, bool) {
	r := d.reach(scope, f.Branch)
	if r.empty {
		return cond{}, false
	}
	where := bothSQL(condOf("c.deleted_at = 0"), r.residual())
	switch {
	case f.Decided:
		where = bothSQL(where, condOf("x.state IN ('approved', 'edited', 'rejected')"))
	default:
		where = bothSQL(where, condOf("x.state = 'proposed'"))
	}
	if f.Move {
		where = bothSQL(where, condOf("x.kind = 'class' AND x.said_by = 0 AND x.old = ? AND x.new = ?", f.Old, f.New))
	}
	if f.Contested {
		where = bothSQL(where, condOf("x.said_by <> 0"))
	}
	if f.Customer != 0 {
		where = bothSQL(where, condOf("x.customer_id = ?", f.Customer))
	}
	return where, true
}

func changesSQL(where cond, order string, n int) cond {
	return limitSQL(cond{`SELECT x.id, x.run_id, x.customer_id, c.branch_id, coalesce(c.owner_id, 0), c.code, c.name, x.kind, x.old, x.new, x.why, x.said, coalesce(u.name, ''), x.said_by,
		x.state, x.decided, x.reason, coalesce(b.name, ''), x.decided_at, x.made_at
		FROM class_changes x JOIN customers c ON c.id = x.customer_id LEFT JOIN users u ON u.id = x.said_by LEFT JOIN users b ON b.id = x.decided_by
		WHERE ` + where.text, where.args}, order, n)
}

// ClassChanges returns the changes that the scope of customers.class sees, and
// whether there are more.
func (d *DB) ClassChanges(ctx context.Context, scope policy.Scope, f ClassChangeFilter) (out []ClassChange, more bool, err error) {
	where, any := d.changesWhere(scope, f)
	if !any {
		return nil, false, nil
	}
	order := " ORDER BY x.id"
	if f.Decided {
		order = " ORDER BY x.id DESC"
		if f.After != 0 {
			where = bothSQL(where, condOf("x.id < ?", f.After))
		}
	} else if f.After != 0 {
		where = bothSQL(where, condOf("x.id > ?", f.After))
	}
	rows, err := d.query(ctx, changesSQL(where, order, f.Limit+1))
	if err != nil {
		return nil, false, fmt.Errorf("class changes: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var x ClassChange
		var why string
		if err := rows.Scan(&x.ID, &x.RunID, &x.CustomerID, &x.BranchID, &x.OwnerID, &x.Code, &x.Name, &x.Kind, &x.Old, &x.New, &why, &x.Said, &x.SaidBy, &x.SaidByID,
			&x.State, &x.Decided, &x.Reason, &x.DecidedBy, &x.DecidedAt, &x.MadeAt); err != nil {
			return nil, false, fmt.Errorf("class changes: %w", err)
		}
		if why != "" {
			if err := json.Unmarshal([]byte(why), &x.Why); err != nil {
				return nil, false, fmt.Errorf("class change %d: %w", x.ID, err)
			}
		}
		out = append(out, x)
	}
	if err := rows.Err(); err != nil {
		return nil, false, fmt.Errorf("class changes: %w", err)
	}
	if len(out) > f.Limit {
		return out[:f.Limit], true, nil
	}
	return out, false, nil
}

// ClassMove is how many changes wait that lead from one class to another;
// Contested ones stand under a kind of their own.
type ClassMove struct {
	Old, New  string
	Contested bool
	N         int
}

// ClassMoves counts what waits for the scope of customers.class.
func (d *DB) ClassMoves(ctx context.Context, scope policy.Scope, branch int64) (out []ClassMove, err error) {
	where, any := d.changesWhere(scope, ClassChangeFilter{Branch: branch})
	if !any {
		return nil, nil
	}
	rows, err := d.query(ctx, movesSQL(where))
	if err != nil {
		return nil, fmt.Errorf("class changes: %w", err)
	}
	defer rows.Close()
	contested := ClassMove{Contested: true}
	for rows.Next() {
		var m ClassMove
		if err := rows.Scan(&m.Old, &m.New, &m.Contested, &m.N); err != nil {
			return nil, fmt.Errorf("class changes: %w", err)
		}
		if m.Contested {
			contested.N += m.N
			continue
		}
		out = append(out, m)
	}
	if contested.N > 0 {
		out = append(out, contested)
	}
	return out, rows.Err()
}

func movesSQL(where cond) cond {
	return cond{`SELECT x.old, x.new, x.said_by <> 0, count(*) FROM class_changes x JOIN customers c ON c.id = x.customer_id WHERE ` + where.text +
		` GROUP BY x.old, x.new, x.said_by <> 0 ORDER BY x.new, x.old`, where.args}
}

// ClassDecision is what somebody makes of proposed changes. Of "edited" Value
// is the class that they give instead. What is set against the rules (another
// class, the present one, what an objection asks for) holds until a day, and
// asks for a reason.
type ClassDecision struct {
	IDs    []int64
	State  string // approved, edited, rejected
	Value  string
	Reason string
	Until  string
}

// DecideChanges approves, edits or rejects proposed changes, in one
// transaction. Who is out of reach is left out without a word; what was
// decided, or whose class was set otherwise since, is counted as kept. At most
// BulkLimit at once.
func (d *DB) DecideChanges(ctx context.Context, by policy.Actor, in ClassDecision) (done, kept int, err error) {
	if len(in.IDs) > BulkLimit {
		return 0, 0, fmt.Errorf("decide %d changes: %w", len(in.IDs), ErrTooMany)
	}
	err = d.act(ctx, by, "classes.decide", func(tx *Tx) error {
		done, kept = 0, 0
		for _, id := range slices.Compact(slices.Sorted(slices.Values(in.IDs))) {
			hit, err := tx.decideChange(ctx, id, in)
			switch {
			case errors.Is(err, ErrNotFound):
			case err != nil:
				return err
			case hit:
				done++
			default:
				kept++
			}
		}
		if done+kept == 0 {
			return errDoneBefore
		}
		tx.detail(map[string]any{"state": in.State, "reason": in.Reason, "changed": done, "kept": kept})
		return nil
	})
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return done, kept, err
}

func (tx *Tx) decideChange(ctx context.Context, id int64, in ClassDecision) (done bool, err error) {
	var x ClassChange
	err = tx.QueryRowContext(ctx, `SELECT customer_id, kind, old, new, said_by FROM class_changes WHERE id = $1 AND state = 'proposed'`, id).Scan(&x.CustomerID, &x.Kind, &x.Old, &x.New, &x.SaidByID)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("class change %d: %w", id, err)
	}
	was, err := tx.db.customer(ctx, tx, tx.by.Scope(policy.CustomerClass), x.CustomerID, false)
	if err != nil {
		return false, err
	}
	if x.Kind == "class" && was.Class != x.Old {
		return false, tx.dropChange(ctx, id)
	}
	value := x.Old
	switch in.State {
	case "approved":
		value = x.New
	case "edited":
		value = in.Value
	}
	contested := x.SaidByID != 0
	if against := in.State == "edited" || contested && in.State == "approved" || !contested && in.State == "rejected"; against {
		if err := tx.hold(ctx, was.ID, x.Kind, value, in.Until, in.Reason); err != nil {
			return false, err
		}
	}
	switch {
	case in.State == "rejected":
	case x.Kind == "class":
		now := was
		now.Class, now.ClassReason, now.ClassSince = value, in.Reason, tx.today()
		if now.Class != was.Class {
			if _, err := tx.setFew(ctx, was, now); err != nil {
				return false, err
			}
		}
	default:
		if err := tx.setLabelOf(ctx, was.ID, x.Kind, value); err != nil {
			return false, err
		}
	}
	if _, err := tx.exec(ctx, `UPDATE class_changes SET state = $2, decided = $3, reason = $4, decided_by = $5, decided_at = $6 WHERE id = $1`,
		id, in.State, value, in.Reason, tx.by.UserID, tx.now()); err != nil {
		return false, fmt.Errorf("class change %d: %w", id, err)
	}
	return true, tx.change(ctx, "update", "class_changes", id, was.BranchID, was.ID, 1, map[string][2]any{"state": {"proposed", in.State}, "reason": {"", in.Reason}})
}

// hold keeps a label as it was set by hand until a day.
func (tx *Tx) hold(ctx context.Context, customer int64, kind, value, until, reason string) error {
	if _, err := tx.exec(ctx, `
		INSERT INTO label_holds (customer_id, kind, value, until, reason, user_id, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (customer_id, kind) DO UPDATE SET value = excluded.value, until = excluded.until, reason = excluded.reason, user_id = excluded.user_id, made_at = excluded.made_at`,
		customer, kind, value, until, reason, tx.by.UserID, tx.now()); err != nil {
		return fmt.Errorf("hold %s of customer %d: %w", kind, customer, err)
	}
	return nil
}

// setLabelOf writes one label at once, as a run would.
func (tx *Tx) setLabelOf(ctx context.Context, customer int64, kind, value string) error {
	var l classify.Labels
	err := tx.QueryRowContext(ctx, `SELECT worth, rfm, tier, level, stage, marks FROM customers WHERE id = $1`, customer).
		Scan(&l.Worth, &l.RFM, &l.Tier, &l.Level, &l.Stage, &l.Marks)
	if err == nil {
		setLabel(&l, kind, value)
		_, err = tx.exec(ctx, `UPDATE customers SET worth = $2, rfm = $3, tier = $4, level = $5, stage = $6, marks = $7 WHERE id = $1`, customer, l.Worth, l.RFM, l.Tier, l.Level, l.Stage, int64(l.Marks))
	}
	if err != nil {
		return fmt.Errorf("label customer %d: %w", customer, err)
	}
	return nil
}

// HoldMonths is for how long a label that is set by hand holds, where nothing
// else is said.
const HoldMonths = 6

func heldUntil(from string) string { return day.MustParse(from).AddMonths(HoldMonths).String() }

// holdByHand keeps what a person changed on the file against the next runs,
// and drops what was proposed for it.
func (tx *Tx) holdByHand(ctx context.Context, was, now Customer, until string) error {
	if until == "" {
		until = heldUntil(tx.today())
	}
	if was.Class != now.Class {
		if err := tx.hold(ctx, was.ID, "class", now.Class, until, now.ClassReason); err != nil {
			return err
		}
		if _, err := tx.exec(ctx, `UPDATE class_changes SET state = 'dropped', decided_at = $2 WHERE customer_id = $1 AND kind = 'class' AND state = 'proposed'`, was.ID, tx.now()); err != nil {
			return fmt.Errorf("changes of customer %d: %w", was.ID, err)
		}
	}
	if was.Stage != now.Stage {
		return tx.hold(ctx, was.ID, "stage", now.Stage, until, "")
	}
	return nil
}

// HoldClass sets the class by hand until a day (after today; "" is HoldMonths
// from today). Otherwise as ClassifyCustomer.
func (d *DB) HoldClass(ctx context.Context, by policy.Actor, id, version int64, class, reason, until string) error {
	return d.judgeUntil(ctx, by, "customers.classify", policy.CustomerClass, id, version, reason, until, func(c *Customer) { c.Class, c.ClassReason = class, reason })
}

// ErrOpen is a label that the same person contests already.
var ErrOpen = errors.New("contested already")

// Contest says that a label is wrong: of class the class that would be right,
// of others the value. It waits beside what runs propose. The actor sees the
// client as one they may edit; ErrOpen when they said so already.
func (d *DB) Contest(ctx context.Context, by policy.Actor, customer int64, kind, value, said string) error {
	return d.act(ctx, by, "classes.contest", func(tx *Tx) error {
		c, err := d.customer(ctx, tx, by.Scope(policy.CustomerEdit), customer, false)
		if err != nil {
			return err
		}
		l, err := labelsOf(ctx, tx, customer)
		if err != nil {
			return err
		}
		old := c.Class
		if kind != "class" {
			old = labelOf(l, kind)
		}
		id := tx.newID()
		_, err = tx.exec(ctx, `INSERT INTO class_changes (id, customer_id, kind, old, new, said, said_by, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			id, customer, kind, old, value, said, by.UserID, tx.now())
		if isUnique(err) {
			return fmt.Errorf("contest %s of customer %d: %w", kind, customer, ErrOpen)
		}
		if err != nil {
			return fmt.Errorf("contest %s of customer %d: %w", kind, customer, err)
		}
		tx.about(c.BranchID, c.ID)
		return tx.change(ctx, "create", "class_changes", id, c.BranchID, c.ID, 1, map[string][2]any{"said": {"", said}})
	})
}

// LabelCount is how many clients of a scope are called something.
type LabelCount struct {
	Kind, Value string
	N           int64
}

// LabelCounts counts classes, stages, kinds and every label of the clients
// that a scope sees, of a branch or of all.
func (d *DB) LabelCounts(ctx context.Context, scope policy.Scope, branch int64) (out []LabelCount, err error) {
	r := d.reach(scope, branch)
	if r.empty {
		return nil, nil
	}
	for _, column := range []string{"class", "worth", "rfm", "tier", "level", "stage", "kind", "marks"} {
		rows, err := d.query(ctx, labelCountsSQL(column, r.residual()))
		if err != nil {
			return nil, fmt.Errorf("count %s: %w", column, err)
		}
		marks := map[string]int64{}
		err = func() error {
			defer rows.Close()
			for rows.Next() {
				c := LabelCount{Kind: column}
				if err := rows.Scan(&c.Value, &c.N); err != nil {
					return err
				}
				if column != "marks" {
					out = append(out, c)
					continue
				}
				for _, w := range classify.Marks(ParseID(c.Value)).Words() {
					marks[w] += c.N
				}
			}
			return rows.Err()
		}()
		if err != nil {
			return nil, fmt.Errorf("count %s: %w", column, err)
		}
		for _, w := range classify.MarkWords {
			if marks[w] > 0 {
				out = append(out, LabelCount{"mark", w, marks[w]})
			}
		}
	}
	return out, nil
}

func labelCountsSQL(column string, reach cond) cond {
	value, some := "c."+column, ""
	switch column {
	case "marks":
		value, some = "CAST(c.marks AS TEXT)", "c.marks <> 0"
	case "worth", "rfm", "tier", "level":
		some = "c." + column + " <> ''"
	}
	where := bothSQL(bothSQL(condOf("c.deleted_at = 0"), cond{text: some}), reach)
	return cond{"SELECT " + value + ", count(*) FROM customers c WHERE " + where.text + " GROUP BY " + value, where.args}
}
