package db

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// BackupMain writes a consistent copy of the SQLite main file, while it is in
// use, to a path that must not exist: written beside it, synced, then renamed.
// It reads through a connection of its own, so that nobody who writes waits.
func (d *DB) BackupMain(ctx context.Context, to string) error { return CopyFile(ctx, d.path, to) }

// BackupFiles does the same for the pictures and uploads.
func (d *DB) BackupFiles(ctx context.Context, to string) error {
	return CopyFile(ctx, FilesPath(d.path), to)
}

// Path returns where the SQLite main file stands, "" on PostgreSQL.
func (d *DB) Path() string { return d.path }

// CopyFile writes what a SQLite file holds, with its log, into a new file.
func CopyFile(ctx context.Context, from, to string) error {
	if _, err := os.Stat(to); err == nil {
		return fmt.Errorf("back up to %s: %w", to, fs.ErrExist)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return fmt.Errorf("back up to %s: %w", to, err)
	}
	pool, err := onlyRead(from)
	if err != nil {
		return fmt.Errorf("back up %s: %w", from, err)
	}
	defer pool.Close()
	part := to + ".part"
	_ = os.Remove(part)
	if _, err := pool.ExecContext(ctx, `VACUUM INTO $1`, part); err != nil {
		_ = os.Remove(part)
		return fmt.Errorf("back up to %s: %w", to, err)
	}
	f, err := os.OpenFile(part, os.O_RDWR, 0o600)
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	if err == nil {
		err = os.Rename(part, to)
	}
	if err != nil {
		_ = os.Remove(part)
		return fmt.Errorf("back up to %s: %w", to, err)
	}
	return nil
}

// onlyRead opens one connection that cannot write.
func onlyRead(path string) (*sql.DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err // else the driver says only that it cannot open the file
	}
	pool, err := sql.Open("sqlite", sqliteURI(path)+"?mode=ro&_pragma=busy_timeout(5000)&_pragma=cache_size(-"+fmt.Sprint(writerCache)+")")
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1)
	return pool, nil
}

// InUse says whether somebody has a SQLite file open, in this process or in
// another: then it does not leave the mode with a log beside it, which it
// otherwise does, with everything of the log in it. A file that is damaged is
// in nobody's use.
func InUse(ctx context.Context, path string) (bool, error) {
	if _, err := os.Stat(path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		return false, err
	}
	pool, err := sql.Open("sqlite", sqliteURI(path)+"?mode=rw&_pragma=busy_timeout(200)")
	if err != nil {
		return false, err
	}
	defer pool.Close()
	pool.SetMaxOpenConns(1)
	var mode string
	if err := pool.QueryRowContext(ctx, `PRAGMA journal_mode = DELETE`).Scan(&mode); err != nil {
		return isBusy(err), ctx.Err()
	}
	return mode == "wal", nil
}

// Inspection is what a database file says of itself without being changed.
type Inspection struct {
	Version int64 // of the schema
	Newest  int64 // that this program knows
	Faults  []string
	Counts  map[string]int64 // rows by table
}

// Parts of a data folder.
const (
	PartMain  = "sqlite" // the main file
	PartFiles = "files"  // pictures and uploads
)

// Inspect looks into a SQLite file that nobody has open; deep asks the engine
// about every page and counts every table. ErrForeign for a file that is none
// of ours or cannot be read, ErrNewer for one of a newer program.
func Inspect(ctx context.Context, path, part string, deep bool) (Inspection, error) {
	var out Inspection
	pool, err := onlyRead(path)
	if err != nil {
		return out, fmt.Errorf("look into %s: %w", path, err)
	}
	defer pool.Close()
	dir, err := fs.Sub(migrations, "migrations/"+part)
	if err != nil {
		return out, err
	}
	out.Newest = newestVersion(dir)
	if out.Version, err = storedVersion(ctx, pool); err != nil {
		return out, fmt.Errorf("look into %s: %w: %w", path, ErrForeign, err)
	}
	if whole, err := wholePages(path); err != nil || !whole {
		return out, fmt.Errorf("look into %s: %w: it is cut off within a page", path, errors.Join(ErrForeign, err))
	}
	if out.Version > out.Newest {
		return out, fmt.Errorf("%w: its schema is %d, this program knows %d", ErrNewer, out.Version, out.Newest)
	}
	if !deep {
		return out, nil
	}
	for _, pragma := range []string{`PRAGMA integrity_check`, `PRAGMA foreign_key_check`} {
		lines, err := pragmaLines(ctx, pool, pragma)
		if err != nil {
			return out, fmt.Errorf("look into %s: %w: %w", path, ErrForeign, err)
		}
		out.Faults = append(out.Faults, lines...)
	}
	if out.Counts, err = countTables(ctx, pool); err != nil {
		return out, fmt.Errorf("look into %s: %w: %w", path, ErrForeign, err)
	}
	return out, nil
}

// wholePages says whether a file ends where one of its pages does. The engine
// reads a shorter last page as if zeros followed. While there is a log, the
// last page may be on its way from there.
func wholePages(path string) (bool, error) {
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
		return true, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	var head [18]byte
	if _, err := io.ReadFull(f, head[:]); err != nil {
		return false, err
	}
	page := int64(binary.BigEndian.Uint16(head[16:]))
	if page == 1 {
		page = 65536 // which two bytes do not hold
	}
	info, err := f.Stat()
	return err == nil && page > 0 && info.Size()%page == 0, err
}

// countTables counts the rows of each table; those of the search index are the
// engine's own.
func countTables(ctx context.Context, pool *sql.DB) (map[string]int64, error) {
	rows, err := pool.QueryContext(ctx, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'customer_search%'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	rows.Close()
	out := map[string]int64{}
	for _, name := range names {
		var n int64
		if err := pool.QueryRowContext(ctx, `SELECT count(*) FROM "`+strings.ReplaceAll(name, `"`, `""`)+`"`).Scan(&n); err != nil {
			return nil, fmt.Errorf("count %s: %w", name, err)
		}
		out[name] = n
	}
	return out, nil
}

// Counts returns how many rows each table of a SQLite database has, the two
// files together.
func (d *DB) Counts(ctx context.Context) (map[string]int64, error) {
	out := map[string]int64{}
	for _, path := range []string{d.path, FilesPath(d.path)} {
		pool, err := onlyRead(path)
		if err != nil {
			return nil, fmt.Errorf("count rows: %w", err)
		}
		counts, err := countTables(ctx, pool)
		if err = errors.Join(err, pool.Close()); err != nil {
			return nil, fmt.Errorf("count rows: %w", err)
		}
		maps.Copy(out, counts)
	}
	return out, nil
}
