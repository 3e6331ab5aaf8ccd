package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// eraseStages removes what is kept for a while and holds the person: staged rows of
// imports, the files they came from, and workbooks that wait to be fetched.
func (d *DB) eraseStages(ctx context.Context, t target, words []string, out *Erased) error {
	imports, hashes := map[int64]bool{}, map[string]bool{}
	tx, err := d.fw.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it says so, and that is fine
	if !d.postgres {
		if _, err := tx.ExecContext(ctx, `PRAGMA secure_delete = ON`); err != nil {
			return err
		}
	}
	note := func(query string, args ...any) error {
		rows, err := tx.QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id int64
			if err := rows.Scan(&id); err != nil {
				return err
			}
			imports[id] = true
		}
		return rows.Err()
	}
	const clear = ` SET record = '{}', reasons = '[]', cells = '', sort_key = '', verdict = 'skip' `
	if err := note(`UPDATE import_rows`+clear+`WHERE target_id = $1 RETURNING import_id`, t.row()); err != nil {
		return err
	}
	for _, w := range words {
		if err := note(`UPDATE import_rows`+clear+`WHERE record LIKE $1 ESCAPE '!' OR cells LIKE $1 ESCAPE '!' OR reasons LIKE $1 ESCAPE '!' RETURNING import_id`,
			likeOf(inJSON(w))); err != nil {
			return err
		}
	}
	if t.contact == 0 {
		var from int64
		if err := d.r.QueryRowContext(ctx, `SELECT import_id FROM customers WHERE id = $1`, t.customer).Scan(&from); err == nil && from != 0 {
			imports[from] = true
		}
	}
	for id := range imports {
		var hash string
		if err := d.r.QueryRowContext(ctx, `SELECT file_hash FROM imports WHERE id = $1`, id).Scan(&hash); err == nil {
			hashes[hash] = true
		}
	}
	out.Imports = len(imports)
	rows, err := d.r.QueryContext(ctx, `SELECT result FROM tasks WHERE kind IN ('customers.export', 'receivables.month') AND result <> ''`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		var result struct{ Hash string }
		if err := rows.Scan(&text); err != nil {
			return err
		}
		if json.Unmarshal([]byte(text), &result) == nil && result.Hash != "" {
			hashes[result.Hash] = true
			out.Exports++
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	rows.Close()
	for hash := range hashes {
		for _, query := range []string{`DELETE FROM file_parts WHERE hash = $1`, `DELETE FROM files WHERE hash = $1`} {
			if _, err := tx.ExecContext(ctx, query, hash); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}

// metaScrub stands while bytes of somebody who was erased may linger in the
// files.
const metaScrub = "scrub"

// scrubAtOnce is up to which size of the database the files are cleared within
// the act; larger ones are cleared by night.
const scrubAtOnce = 256 << 20

func (d *DB) smallEnough() bool {
	if d.postgres {
		return true
	}
	info, err := os.Stat(d.path)
	return err == nil && info.Size() <= scrubAtOnce
}

// ScrubDue says whether the files are still to be cleared after an erasure.
func (d *DB) ScrubDue(ctx context.Context) (bool, error) {
	v, err := d.Meta(ctx, metaScrub)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return v == "due", err
}

// Scrub removes what an erasure left behind in the files: photos that nothing
// names any more, terms in the search index, bytes in free pages and in the log
// of the database. It does nothing when nothing was erased. On PostgreSQL the
// rows are gone; its own vacuum takes the dead versions, and its back-ups age
// out by the company's rule.
func (d *DB) Scrub(ctx context.Context) error {
	if due, err := d.ScrubDue(ctx); err != nil || !due {
		return err
	}
	if err := d.dropPending(ctx); err != nil {
		return fmt.Errorf("clear the files: %w", err)
	}
	if d.postgres {
		return d.SetMeta(ctx, metaScrub, "")
	}
	// The index keeps the terms of a deleted row until its segments are merged.
	if err := d.write(ctx, func(tx *Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO customer_search (customer_search) VALUES ('optimize')`)
		return err
	}); err != nil {
		return fmt.Errorf("clear the search index: %w", err)
	}
	for _, pool := range []*sql.DB{d.w, d.fw} {
		if _, err := pool.ExecContext(ctx, `VACUUM`); err != nil {
			return fmt.Errorf("clear the files: %w", err)
		}
	}
	if err := d.SetMeta(ctx, metaScrub, ""); err != nil {
		return err
	}
	for _, pool := range []*sql.DB{d.w, d.fw} {
		var busy, log, done int
		if err := pool.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, &done); err != nil {
			return fmt.Errorf("clear the log: %w", err)
		}
		if busy != 0 { // somebody was reading; next time
			return d.SetMeta(ctx, metaScrub, "due")
		}
	}
	return nil
}

// dropPending removes contents that an erasure left without a name.
func (d *DB) dropPending(ctx context.Context) error {
	rows, err := d.r.QueryContext(ctx, `SELECT id, pending FROM erasures WHERE pending NOT IN ('', 'null', '[]')`)
	if err != nil {
		return err
	}
	defer rows.Close()
	pending := map[int64]string{}
	for rows.Next() {
		var id int64
		var text string
		if err := rows.Scan(&id, &text); err != nil {
			return err
		}
		pending[id] = text
	}
	if err := rows.Err(); err != nil {
		return err
	}
	rows.Close()
	for id, text := range pending {
		var hashes []string
		if err := json.Unmarshal([]byte(text), &hashes); err != nil {
			return err
		}
		for _, hash := range hashes {
			if err := d.dropUnused(ctx, hash); err != nil {
				return err
			}
		}
		if err := d.write(ctx, func(tx *Tx) error {
			_, err := tx.exec(ctx, `UPDATE erasures SET pending = '' WHERE id = $1`, id)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// dropUnused removes kept content unless something still names it.
func (d *DB) dropUnused(ctx context.Context, hash string) error {
	var used bool
	if err := d.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM visit_photos WHERE hash = $1 OR thumb = $1) OR EXISTS (SELECT 1 FROM imports WHERE file_hash = $1)
		OR EXISTS (SELECT 1 FROM greetings WHERE photo = $1 OR thumb = $1)
		OR EXISTS (SELECT 1 FROM feedback_photos WHERE hash = $1 OR thumb = $1)
		OR EXISTS (SELECT 1 FROM archived_photos WHERE hash = $1 OR thumb = $1)
		OR EXISTS (SELECT 1 FROM case_photos WHERE hash = $1 OR thumb = $1) OR EXISTS (SELECT 1 FROM case_claim_photos WHERE hash = $1 OR thumb = $1)`,
		hash).Scan(&used); err != nil || used {
		return err
	}
	for _, query := range []string{`DELETE FROM file_parts WHERE hash = $1`, `DELETE FROM files WHERE hash = $1`} {
		if _, err := d.fw.ExecContext(ctx, query, hash); err != nil {
			return err
		}
	}
	return nil
}

// DropCopies removes the copies that the program itself made of the data
// folder, by night, when somebody asked or before a migration or a restore, once
// they are older than an erasure and the day that the person was told has come.
// It returns how many files went.
// Back-ups that somebody took elsewhere are theirs to remove.
func (d *DB) DropCopies(ctx context.Context) (int64, error) {
	if d.postgres {
		return 0, nil
	}
	rule, _, err := d.ConsentRule(ctx, Day(d.now()))
	if err != nil {
		return 0, err
	}
	var last int64
	if err := d.r.QueryRowContext(ctx, `SELECT coalesce(max(at), 0) FROM erasures WHERE at <= $1`,
		d.now().AddDate(0, 0, -rule.BackupDays).UnixMilli()).Scan(&last); err != nil || last == 0 {
		return 0, err
	}
	folder := filepath.Dir(d.path)
	n := int64(0)
	type place struct{ dir, prefix, within string }
	places := []place{
		{filepath.Join(folder, "backup"), "before-migration-", ""},
		{filepath.Join(folder, "backup"), "yike-", ".zip"},
		{folder, "", ".before-restore-"},
	}
	if set, err := d.BackupSettings(ctx); err != nil {
		return 0, err
	} else if set.Second != "" {
		name, err := d.Installation(ctx)
		if err != nil {
			return 0, err
		}
		places = append(places, place{filepath.Join(set.Second, "yike-"+name), "yike-", ".zip"})
	}
	for _, place := range places {
		list, err := os.ReadDir(place.dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return n, fmt.Errorf("old copies: %w", err)
		}
		for _, f := range list {
			info, err := f.Info()
			if err != nil || !f.Type().IsRegular() || !strings.HasPrefix(f.Name(), place.prefix) || !strings.Contains(f.Name(), place.within) ||
				!info.ModTime().Before(time.UnixMilli(last)) {
				continue
			}
			if err := os.Remove(filepath.Join(place.dir, f.Name())); err != nil {
				return n, fmt.Errorf("old copies: %w", err)
			}
			n++
		}
	}
	return n, nil
}
