package db

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"yike/policy"
)

// journalEntry is a line of the file beside the database: which row was erased
// and when, and nothing about who it was.
type journalEntry struct {
	Kind     string `json:"kind"`
	Row      int64  `json:"row,string"`
	Customer int64  `json:"customer,string"`
	Branch   int64  `json:"branch,string"`
	Request  int64  `json:"request,string"`
	At       int64  `json:"at"`
}

// ErasuresPath returns where the erasures of a SQLite database are noted
// besides. It belongs to the data folder and to no back-up.
func ErasuresPath(path string) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + "-erasures.jsonl"
}

// journal notes an erasure in the file beside the database.
func (d *DB) journal(list ...journalEntry) error {
	if d.erasures == "" || len(list) == 0 {
		return nil
	}
	f, err := os.OpenFile(d.erasures, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("note the erasure: %w", err)
	}
	var b []byte
	for _, e := range list {
		line, err := json.Marshal(e)
		if err != nil {
			_ = f.Close()
			return err
		}
		b = append(append(b, line...), '\n')
	}
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("note the erasure: %w", err)
	}
	return nil
}

// readJournal reads the file beside the database; a line that was cut off is
// left out: it then stands in the table.
func (d *DB) readJournal() ([]journalEntry, error) {
	if d.erasures == "" {
		return nil, nil
	}
	f, err := os.Open(d.erasures)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the erasures: %w", err)
	}
	defer f.Close()
	var out []journalEntry
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var e journalEntry
		if json.Unmarshal(lines.Bytes(), &e) == nil && e.Row != 0 {
			out = append(out, e)
		}
	}
	return out, lines.Err()
}

// eraseAgain carries out once more what the file beside the database notes and
// the database does not know, because it was restored from before; and notes
// in the file what only the database knows.
func (d *DB) eraseAgain(ctx context.Context) error {
	noted, err := d.readJournal()
	if err != nil {
		return err
	}
	rows, err := d.r.QueryContext(ctx, `SELECT kind, row_id, customer_id, branch_id, request_id, at FROM erasures ORDER BY id`)
	if err != nil {
		return fmt.Errorf("read the erasures: %w", err)
	}
	defer rows.Close()
	var stored []journalEntry
	known := map[int64]bool{}
	for rows.Next() {
		var e journalEntry
		if err := rows.Scan(&e.Kind, &e.Row, &e.Customer, &e.Branch, &e.Request, &e.At); err != nil {
			return fmt.Errorf("read the erasures: %w", err)
		}
		stored, known[e.Row] = append(stored, e), true
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read the erasures: %w", err)
	}
	rows.Close()
	inFile := map[int64]bool{}
	for _, e := range noted {
		if inFile[e.Row] = true; known[e.Row] {
			continue
		}
		known[e.Row] = true
		if err := d.eraseOneAgain(ctx, e); err != nil {
			return fmt.Errorf("erase %d again: %w", e.Row, err)
		}
	}
	var missing []journalEntry
	for _, e := range stored {
		if !inFile[e.Row] {
			missing = append(missing, e)
		}
	}
	if err := d.journal(missing...); err != nil {
		return err
	}
	return d.Scrub(ctx)
}

func (d *DB) eraseOneAgain(ctx context.Context, e journalEntry) error {
	t := target{customer: e.Customer}
	if e.Kind == "contact" {
		t.contact = e.Row
	}
	_, err := d.erase(ctx, policy.Actor{Name: "erasures"}, "customers.erase_again", t, func(tx *Tx, out *erasing) error {
		out.request = e.Request
		_, err := tx.exec(ctx, `UPDATE person_requests SET state = 'done', asked = '', reply = '', decided_at = $2, version = version + 1 WHERE id = $1 AND state <> 'done'`, e.Request, e.At)
		return err
	}, e.At)
	if errors.Is(err, ErrNotFound) {
		return nil // the back-up is from before the client was there at all
	}
	return err
}
