package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yike/policy"
	"yike/policy/ledger"
)

// AccountEntry is one document of a client's account (policy/ledger). Days are
// YYYY-MM-DD, money is fen.
type AccountEntry struct {
	ID, BookID           int64 // BookID: the branch whose number it has
	BranchID, CustomerID int64 // where the client is now
	Kind, Number         string
	Periods              string // months YYYY-MM that it names, with commas
	Day                  string
	Due                  string // last day to pay a statement; of others their day
	Charged, Paid        int64
	Method               string // words of policy/ledger
	HandledBy, Remark    string
	VoidedAt             int64 // unix milliseconds, 0 = it counts
	VoidReason           string
	ImportID, Version    int64
	CreatedAt, CreatedBy int64
	UpdatedAt            int64

	// What is open of it after all entries of the client are set against each
	// other: to be paid, or money that settles nothing yet; and the day on which
	// a statement was settled, "" = it is not.
	Left, Free int64
	Settled    string
	Month      string // of policy/ledger: whose sheet it stands on, kept as these are
}

// Months are those that the entry names.
func (e *AccountEntry) Months() []string {
	if e.Periods == "" {
		return nil
	}
	return strings.Split(e.Periods, ",")
}

// fields are what a document says and a correction may change.
func (e *AccountEntry) fields() []field {
	return []field{
		{"branch_id", (*ref)(&e.BranchID)}, {"customer_id", (*ref)(&e.CustomerID)}, {"kind", &e.Kind}, {"doc_no", &e.Number}, {"periods", &e.Periods}, {"day", &e.Day},
		{"due_on", &e.Due}, {"charged_fen", &e.Charged}, {"paid_fen", &e.Paid}, {"method", &e.Method}, {"handled_by", &e.HandledBy}, {"remark", &e.Remark},
		{"voided_at", &e.VoidedAt}, {"void_reason", &e.VoidReason},
	}
}

func (e *AccountEntry) all() []field {
	return append([]field{{"id", &e.ID}, {"book_id", &e.BookID}, {"left_fen", &e.Left}, {"free_fen", &e.Free}, {"settled_on", &e.Settled}, {"month", &e.Month}, {"import_id", &e.ImportID},
		{"version", &e.Version}, {"created_at", &e.CreatedAt}, {"created_by", &e.CreatedBy}, {"updated_at", &e.UpdatedAt}}, e.fields()...)
}

var entryColumns = columns("e.", new(AccountEntry).all())

// entriesSQL reads entries that meet a condition written in this package.
func entriesSQL(where string) string {
	return `SELECT ` + entryColumns + ` FROM account_entries e ` + where
}

func accountEntries(ctx context.Context, q querier, where string, args ...any) ([]AccountEntry, error) {
	rows, err := q.QueryContext(ctx, entriesSQL(where), args...)
	if err != nil {
		return nil, fmt.Errorf("account entries: %w", err)
	}
	defer rows.Close()
	var out []AccountEntry
	for rows.Next() {
		var e AccountEntry
		if err := rows.Scan(pointers(e.all())...); err != nil {
			return nil, fmt.Errorf("account entries: %w", err)
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

func accountEntry(ctx context.Context, q querier, id int64) (AccountEntry, error) {
	var e AccountEntry
	err := q.QueryRowContext(ctx, entriesSQL(`WHERE e.id = $1`), id).Scan(pointers(e.all())...)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return e, fmt.Errorf("account entry %d: %w", id, err)
	}
	return e, nil
}

// Entry returns one entry with its client, both within the scope.
func (d *DB) Entry(ctx context.Context, scope policy.Scope, id int64) (AccountEntry, Customer, error) {
	return d.entryIn(ctx, d.r, scope, id)
}

func (d *DB) entryIn(ctx context.Context, q querier, scope policy.Scope, id int64) (AccountEntry, Customer, error) {
	e, err := accountEntry(ctx, q, id)
	if err != nil {
		return e, Customer{}, err
	}
	c, err := d.customer(ctx, q, scope, e.CustomerID, false)
	if err != nil {
		return AccountEntry{}, Customer{}, fmt.Errorf("account entry %d: %w", id, err)
	}
	return e, c, nil
}

// AddEntry writes a document into a client's account. The actor needs
// receivables.edit over the client (ErrNotFound beyond it). An empty number is
// given by the branch, one that the branch has already is ErrTaken; a statement
// without a due day gets it from the client's terms. What it says is the
// caller's to check. Sent twice with one submission key it answers the first id.
func (d *DB) AddEntry(ctx context.Context, by policy.Actor, sent Submission, e AccountEntry) (int64, error) {
	var id int64
	try := func() error {
		return d.act(ctx, by, "receivables.add", func(tx *Tx) error {
			var err error
			if id, err = sent.done(ctx, tx, "account_entries"); err != nil {
				return err
			} else if id != 0 {
				return errDoneBefore
			}
			c, err := d.customer(ctx, tx, by.Scope(policy.AccountEdit), e.CustomerID, false)
			if err != nil {
				return err
			}
			e.BookID, e.BranchID = c.BranchID, c.BranchID
			if e.Number == "" {
				if _, _, err := tx.holdAccount(ctx, c.ID); err != nil {
					return err
				}
				if err := tx.holdBooks(ctx, c.ID); err != nil {
					return err
				}
				if e.Number, err = tx.nextNumber(ctx, e); err != nil {
					return err
				}
			}
			if err := tx.dueDay(ctx, &e, c.TermsDays); err != nil {
				return err
			}
			if err := tx.addEntry(ctx, &e); err != nil {
				return err
			}
			id = e.ID
			tx.about(c.BranchID, c.ID)
			tx.detail(map[string]any{"kind": e.Kind})
			if err := tx.resettle(ctx, c.ID); err != nil {
				return err
			}
			return sent.keep(ctx, tx, "account_entries", id)
		})
	}
	err := try()
	if sent.Key != "" && isUnique(err) && !errors.Is(err, ErrTaken) {
		err = try() // the same form arrived twice at once; the other one is through by now
	}
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return id, err
}

// addEntry writes a new entry with its change record; the sums are the caller's.
func (tx *Tx) addEntry(ctx context.Context, e *AccountEntry) error {
	e.ID, e.Version, e.CreatedAt, e.UpdatedAt, e.CreatedBy = tx.newID(), 1, tx.now(), tx.now(), tx.by.UserID
	if err := tx.insert(ctx, "account_entries", e.all()); err != nil {
		return err
	}
	return tx.change(ctx, "create", "account_entries", e.ID, e.BranchID, e.CustomerID, 1, nil)
}

// dueDay gives a statement the day until which it may be paid, and every other
// entry its own day.
func (tx *Tx) dueDay(ctx context.Context, e *AccountEntry, terms int64) error {
	if e.Kind != ledger.Statement {
		e.Due = e.Day
		return nil
	}
	if e.Due != "" {
		return nil
	}
	rule, _, err := tx.db.accountRule(ctx, tx, e.BranchID, tx.today())
	if err != nil {
		return err
	}
	e.Due = ledger.Due(dayParsed(e.Day), terms, rule).String()
	return nil
}

// numberLetters begin the numbers that a branch gives.
var numberLetters = map[string]string{ledger.Statement: "DZ", ledger.Payment: "HK", ledger.Refund: "TK", ledger.Reversal: "CH"}

// holdBooks keeps to this transaction the numbers of the branches of some
// accounts, whose own rows it holds already: two who ask for the next number at
// once would be given the same. SQLite has one writer.
func (tx *Tx) holdBooks(ctx context.Context, customers ...int64) error {
	if !tx.db.postgres || len(customers) == 0 {
		return nil
	}
	clients := manySQL("id", customers)
	if _, err := tx.ExecContext(ctx, numberSQL(`SELECT id FROM branches WHERE id IN (SELECT branch_id FROM customers WHERE `+clients.text+`) ORDER BY id FOR NO KEY UPDATE`), clients.args...); err != nil {
		return fmt.Errorf("numbers of branches: %w", err)
	}
	return nil
}

// nextNumber is the branch's next for a kind on a day: HK20261120-003. The caller
// holds the books.
func (tx *Tx) nextNumber(ctx context.Context, e AccountEntry) (string, error) {
	head := numberLetters[e.Kind] + strings.ReplaceAll(e.Day, "-", "") + "-"
	var last string
	if err := tx.QueryRowContext(ctx, `SELECT coalesce(MAX(doc_no), '') FROM account_entries WHERE book_id = $1 AND doc_no >= $2 AND doc_no < $3 AND length(doc_no) = $4`,
		e.BookID, head, head+"~", len(head)+3).Scan(&last); err != nil {
		return "", fmt.Errorf("number of an entry: %w", err)
	}
	n, _ := strconv.Atoi(strings.TrimPrefix(last, head))
	if n >= 999 {
		return head + strconv.FormatInt(tx.newID(), 10), nil
	}
	return fmt.Sprintf("%s%03d", head, n+1), nil
}

// CorrectEntry writes what a document really says, for a reason. e.Version is
// the one that was read (ErrConflict when it is stale, and of a void entry);
// a number of another entry is ErrTaken. The client stays who it is.
func (d *DB) CorrectEntry(ctx context.Context, by policy.Actor, e AccountEntry, reason string) error {
	return d.entryAct(ctx, by, "receivables.correct", e.ID, e.Version, func(tx *Tx, was AccountEntry, c Customer) (AccountEntry, error) {
		if was.VoidedAt != 0 {
			return was, fmt.Errorf("account entry %d is void: %w", e.ID, ErrConflict)
		}
		now := was
		now.Kind, now.Number, now.Periods, now.Day, now.Due = e.Kind, e.Number, e.Periods, e.Day, e.Due
		now.Charged, now.Paid, now.Method, now.HandledBy, now.Remark = e.Charged, e.Paid, e.Method, e.HandledBy, e.Remark
		tx.detail(map[string]any{"kind": e.Kind, "reason": reason})
		return now, tx.dueDay(ctx, &now, c.TermsDays)
	})
}

// VoidEntry declares a document void, for a reason; RestoreEntry lets it count
// again. It is never deleted.
func (d *DB) VoidEntry(ctx context.Context, by policy.Actor, id, version int64, reason string) error {
	return d.entryAct(ctx, by, "receivables.void", id, version, func(tx *Tx, was AccountEntry, _ Customer) (AccountEntry, error) {
		if was.VoidedAt != 0 {
			return was, fmt.Errorf("account entry %d is void: %w", id, ErrConflict)
		}
		tx.detail(map[string]any{"kind": was.Kind, "reason": reason})
		was.VoidedAt, was.VoidReason = tx.now(), reason
		return was, nil
	})
}

// RestoreEntry see VoidEntry.
func (d *DB) RestoreEntry(ctx context.Context, by policy.Actor, id, version int64) error {
	return d.entryAct(ctx, by, "receivables.restore", id, version, func(tx *Tx, was AccountEntry, _ Customer) (AccountEntry, error) {
		if was.VoidedAt == 0 {
			return was, fmt.Errorf("account entry %d is not void: %w", id, ErrConflict)
		}
		tx.detail(map[string]any{"kind": was.Kind})
		was.VoidedAt, was.VoidReason = 0, ""
		return was, nil
	})
}

// entryAct changes one entry that the actor may edit, and the client's sums.
// version 0 takes whatever stands there.
func (d *DB) entryAct(ctx context.Context, by policy.Actor, name string, id, version int64, fn func(*Tx, AccountEntry, Customer) (AccountEntry, error)) error {
	return d.act(ctx, by, name, func(tx *Tx) error {
		was, c, err := d.entryIn(ctx, tx, by.Scope(policy.AccountEdit), id)
		if err != nil {
			return err
		}
		if version != 0 && was.Version != version {
			return fmt.Errorf("account entry %d: %w", id, ErrConflict)
		}
		now, err := fn(tx, was, c)
		if err != nil {
			return err
		}
		tx.about(c.BranchID, c.ID)
		if err := tx.rewriteEntry(ctx, was, now); err != nil {
			return err
		}
		return tx.resettle(ctx, c.ID)
	})
}

// rewriteEntry changes an entry and leaves a change record; the sums are the
// caller's.
func (tx *Tx) rewriteEntry(ctx context.Context, was, now AccountEntry) error {
	changed := diff(was.fields(), now.fields())
	if len(changed) == 0 {
		return nil
	}
	if err := tx.update(ctx, "account_entries", was.ID, was.Version, now.fields(), changed); err != nil {
		return err
	}
	return tx.change(ctx, "update", "account_entries", was.ID, now.BranchID, now.CustomerID, was.Version+1, changed)
}

// RedateStatements gives the statements of a client that are still open the due
// day that the client's terms of now make, and says how many it changed. A
// statement keeps the day that it was written with until somebody asks for this.
func (d *DB) RedateStatements(ctx context.Context, by policy.Actor, customer int64) (n int, err error) {
	err = d.act(ctx, by, "receivables.redate", func(tx *Tx) error {
		n = 0
		c, err := d.customer(ctx, tx, by.Scope(policy.AccountEdit), customer, false)
		if err != nil {
			return err
		}
		list, err := accountEntries(ctx, tx, `WHERE e.customer_id = $1 AND e.kind = 'statement' AND e.voided_at = 0 AND e.left_fen > 0 ORDER BY e.id`, customer)
		if err != nil {
			return err
		}
		for _, was := range list {
			now := was
			now.Due = ""
			if err := tx.dueDay(ctx, &now, c.TermsDays); err != nil {
				return err
			}
			if now.Due == was.Due {
				continue
			}
			n++
			if err := tx.rewriteEntry(ctx, was, now); err != nil {
				return err
			}
		}
		tx.about(c.BranchID, c.ID)
		return tx.resettle(ctx, customer)
	})
	return n, err
}

// Entries returns all documents of a client's account, void ones too, the
// earliest first. The caller has read the client within a scope.
func (d *DB) Entries(ctx context.Context, c Customer) ([]AccountEntry, error) {
	return accountEntries(ctx, d.r, `WHERE e.customer_id = $1 ORDER BY e.day, e.id`, c.ID)
}

// sortedIDs are the keys of a set, in order.
func sortedIDs(set map[int64]bool) []int64 {
	out := make([]int64, 0, len(set))
	for id := range set {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}
