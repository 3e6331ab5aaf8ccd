package db

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"yike/policy"
)

// querier is what reads need; a pool and a transaction both are one.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Tx is a write transaction: one instant, one actor, one audit record. Inside
// it use only tx: asking a pool while the single writer is held waits for
// itself.
type Tx struct {
	*sql.Tx
	db    *DB
	by    policy.Actor
	at    time.Time
	audit audit
	stmts map[string]*sql.Stmt
	again bool // the same reads come again and again: they are prepared

	search []searchRow         // grams not written yet; see index
	aside  *setAside           // a large load that gathers them
	later  *[]searchRow        // where a part of an import leaves them; nil for everybody else
	open   map[int64]bool      // branches known to be open; see mayStand
	lacks  map[int64]lackOf    // files whose gaps are worked out anew; see flushLacks
	strict bool                // … and refused where they break the standard
	clocks *clocks             // of branches, by which cases are timed; see settleClocks
	policy string              // the policy version once it was read; see policyVersion
	bumped bool                // … and that the act has raised it
	duties map[dutyKey]dutyRow // who is responsible, once a case asked; see caseDuties

	moved map[int64]*movedHistories // by branch; see flushMoved

	measuring bool // the act is on a measure, whose to-dos follow it; see measureFollows
}

// audit is what will be said about the act.
type audit struct {
	id      int64
	act     string
	branch  int64
	subject int64
	rows    int64
	detail  any
	client  // whose act it was
	changes changesDigest
}

// client is the one client that an act was about; none when it was about
// several.
type client struct {
	customer int64
	several  bool
}

func (c *client) of(customer int64) {
	switch {
	case customer == 0 || c.several || c.customer == customer:
	case c.customer == 0:
		c.customer = customer
	default:
		c.customer, c.several = 0, true
	}
}

// now is the transaction's one instant, unix milliseconds.
func (tx *Tx) now() int64 { return tx.at.UnixMilli() }

// today is the business day of the transaction.
func (tx *Tx) today() string { return Day(tx.at) }

// newID returns an id for a row made in this transaction.
func (tx *Tx) newID() int64 { return tx.db.ids.next(tx.at) }

// about says in the audit record which row of which branch the act was about.
func (tx *Tx) about(branch, subject int64) { tx.audit.branch, tx.audit.subject = branch, subject }

// aboutCustomer is about for an act on one client's file that changes no row
// of it: what is said in the detail is then sealed with the client's key.
func (tx *Tx) aboutCustomer(branch, customer int64) {
	tx.about(branch, customer)
	tx.audit.of(customer)
}

// detail adds what the audit record should say besides; it becomes JSON, what
// somebody typed is sealed (audit_fields.go).
func (tx *Tx) detail(v any) { tx.audit.detail = v }

// prepared returns a statement that lives as long as the transaction; for the
// inserts of bulk acts.
func (tx *Tx) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if s := tx.stmts[query]; s != nil {
		return s, nil
	}
	s, err := tx.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if tx.stmts == nil {
		tx.stmts = map[string]*sql.Stmt{}
	}
	tx.stmts[query] = s
	return s, nil
}

// exec runs a prepared statement and returns how many rows it touched.
func (tx *Tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	s, err := tx.prepared(ctx, query)
	if err != nil {
		return 0, err
	}
	res, err := s.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// QueryContext is that of sql.Tx, prepared where it comes again and again.
func (tx *Tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if tx.again {
		if s, err := tx.prepared(ctx, query); err == nil {
			return s.QueryContext(ctx, args...)
		}
	}
	return tx.Tx.QueryContext(ctx, query, args...)
}

// QueryRowContext is that of sql.Tx, prepared where it comes again and again.
func (tx *Tx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if tx.again {
		if s, err := tx.prepared(ctx, query); err == nil {
			return s.QueryRowContext(ctx, args...)
		}
	}
	return tx.Tx.QueryRowContext(ctx, query, args...)
}

// change notes a changed row for the audit record. fields holds before and
// after of each changed field; nil for a created row. A row that would come to
// stand in a closed branch is ErrClosed.
func (tx *Tx) change(ctx context.Context, kind, entity string, row, branch, customer, version int64, fields map[string][2]any) error {
	if comesToStand(kind, entity, fields) {
		if err := tx.mayStand(ctx, branch); err != nil {
			return err
		}
	}
	tx.noteLack(kind, entity, customer, fields)
	if entity == "customers" && kind == "update" {
		if err := tx.followClient(ctx, customer, fields); err != nil {
			return err
		}
		if to, moved := fields["branch_id"]; moved {
			if err := tx.leaveFigures(ctx, customer, to); err != nil {
				return err
			}
			was, _ := to[0].(string)
			now, _ := to[1].(string)
			if err := tx.takeHistory(ctx, customer, ParseID(was), ParseID(now)); err != nil {
				return fmt.Errorf("history of customer %d: %w", customer, err)
			}
		}
	}
	id := tx.newID()
	text, err := tx.fieldsText(ctx, id, keyOf(entity, row, customer), customer, fields)
	if err == nil {
		err = tx.tally(id, kind, entity, row, branch, customer, version, text)
	}
	if err == nil {
		_, err = tx.exec(ctx, `
			INSERT INTO changes (id, audit_id, kind, entity, row_id, branch_id, customer_id, version, fields)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			id, tx.audit.id, kind, entity, row, branch, customer, version, text)
	}
	if err != nil {
		return fmt.Errorf("note change of %s %d: %w", entity, row, err)
	}
	return nil
}

// tally takes a change into the act's digest, exactly as it is stored. Who
// writes to changes by another way than change calls it for each row, in the
// order of the ids.
func (tx *Tx) tally(id int64, kind, entity string, row, branch, customer, version int64, fields string) error {
	tx.audit.rows++
	tx.audit.of(customer)
	return tx.audit.changes.add(id, kind, entity, row, branch, customer, version, fields)
}

// act runs one act of the business: everything fn does and its audit record
// are committed together or not at all.
func (d *DB) act(ctx context.Context, by policy.Actor, name string, fn func(*Tx) error) error {
	if p := d.pastOf(ctx); p != nil {
		return p.act(by, fn)
	}
	err := d.run(ctx, by, func(tx *Tx) error {
		tx.audit.act = name
		tx.audit.id = tx.newID()
		if err := fn(tx); err != nil {
			return err
		}
		if err := tx.flushLacks(ctx); err != nil {
			return err
		}
		if err := tx.flushMoved(ctx); err != nil {
			return err
		}
		detail, err := tx.detailText(ctx)
		if err != nil {
			return fmt.Errorf("audit %s: %w", name, err)
		}
		a := auditRow{id: tx.audit.id, at: tx.now(), user: by.UserID, name: by.Name, act: name, branch: tx.audit.branch,
			subject: tx.audit.subject, rows: tx.audit.rows, detail: detail, address: by.Address, requestID: by.RequestID}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO audits (id, at, user_id, user_name, act, branch_id, subject_id, rows_count, detail, address, request_id)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			a.id, a.at, a.user, a.name, a.act, a.branch, a.subject, a.rows, a.detail, a.address, a.requestID)
		if err != nil {
			return fmt.Errorf("audit %s: %w", name, err)
		}
		link := openLink{a.id, a.digest(tx.audit.changes)}
		if d.postgres {
			return tx.leaveOpen(ctx, link)
		}
		return tx.link(ctx, []openLink{link})
	})
	if err == nil {
		d.links.nudge()
	}
	return err
}

// write runs a transaction that is no act of the business and leaves no audit
// record: sessions, sign-in counters, leases, progress.
func (d *DB) write(ctx context.Context, fn func(*Tx) error) error {
	return d.run(ctx, policy.Actor{}, fn)
}

// aside is write for work that nobody waits for, in small transactions: of all
// who do such work one at a time stands in line for the writer, so that who
// saves a form waits for one of them at the most.
func (d *DB) aside(ctx context.Context, fn func(*Tx) error) error {
	d.behind.Lock()
	defer d.behind.Unlock()
	return d.write(ctx, fn)
}

func (d *DB) run(ctx context.Context, by policy.Actor, fn func(*Tx) error) error {
	if d.writerOver() {
		if err := d.KeepWriter(ctx); err != nil {
			return err
		}
	}
	for try := 1; ; try++ {
		err := d.once(ctx, by, fn)
		if err == nil || try == 5 || !isRetryable(err) {
			return err
		}
	}
}

// patience is how long a writer waits for one of another process; lookEvery is
// how often it looks whether that is done, at the least. SQLite by itself looks
// less and less often, and would miss the moment between two parts of a long
// import.
const (
	patience  = 5 * time.Second
	lookEvery = 40 * time.Millisecond
)

func (d *DB) begin(ctx context.Context) (*sql.Tx, error) {
	for began := time.Now(); ; {
		tx, err := d.w.BeginTx(ctx, nil)
		if err == nil || !isBusy(err) || ctx.Err() != nil || time.Since(began) > patience {
			return tx, err
		}
	}
}

func (d *DB) once(ctx context.Context, by policy.Actor, fn func(*Tx) error) error {
	sqlTx, err := d.begin(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer sqlTx.Rollback() //nolint:errcheck // after Commit it says so, and that is fine
	tx := &Tx{Tx: sqlTx, db: d, by: by, at: d.now()}
	if err := tx.checkAgain(ctx); err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.flushSearch(ctx); err != nil {
		return err
	}
	if err := sqlTx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
