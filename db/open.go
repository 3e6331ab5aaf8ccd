// Package db remembers. It owns the only SQL of the product: the schema, the
// transactions that are the acts of the business, and the reads, each held to
// a policy.Scope. It knows nothing of HTTP, pages or words on a screen.
package db

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5" // PostgreSQL
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // SQLite
)

//go:embed migrations
var migrations embed.FS

// Config says which database to open.
type Config struct {
	// DSN is a file path (SQLite) or a postgres:// address.
	DSN string
	// Now is the clock; time.Now when nil. Tests bring their own.
	Now func() time.Time
	// Indexing, when set, is told how many files of how many are indexed for the
	// search, where that is to be done anew after a change of its form.
	Indexing func(done, total int64)
	// Erasures is the file that notes erasures beside a PostgreSQL database;
	// beside a SQLite one it is ErasuresPath.
	Erasures string
	// NoMigrate refuses a database whose schema is not current instead of
	// migrating it.
	NoMigrate bool
	// Key brings the key that opens sealed values; nil for a database that is
	// only looked at. A missing or wrong one is no error: see DB.KeyState.
	Key KeySource
}

// DB is an open database with its schema current. Safe for concurrent use.
type DB struct {
	postgres  bool
	path      string // of the SQLite main file
	w, r      *sql.DB
	paged     *sql.DB // of query; the same as r on SQLite
	fw, fr    *sql.DB // pictures, uploads, rows being judged; the same pools on PostgreSQL
	ids       ids
	writer    writer
	now       func() time.Time
	tree      atomic.Pointer[tree]
	access    atomic.Pointer[accessAt]
	health    atomic.Pointer[Health]
	serving   bool          // see Serving
	applying  sync.Map      // import id → *importProgress
	billTime  time.Duration // the constant, unless a test has it shorter
	partTime  time.Duration // the same
	proven    proven
	unchecked atomic.Bool // the writer's connection may not ask CHECKs
	hidden    hidden      // rows of imports that are written in part
	listener  listener
	reads     statements
	names     atomic.Pointer[nameList]
	behind    sync.Mutex // see aside
	settling  sync.Mutex // see settleFigures
	seen      lastSeen
	counts    counts
	cores     cores
	rfms      rfmKept
	bounds    listBounds
	searches  searchBounds
	seals     *sealer // nil without the right key
	keyState  KeyState
	keyFault  error
	keyAt     int
	links     *linker // PostgreSQL only
	looks     looks
	caused    atomic.Pointer[causeList]
	chain     atomic.Pointer[ChainReport] // what the last check found
	keptDue   atomic.Pointer[keptCount]   // what will be destroyed soon; see KeptDue
	erasures  string                      // file that notes erasures besides; "" for none
}

// shanghai is what the zone's file of the tz database says: one zone, since an
// office PC may have none of them, and all of them are 400 kB.
//
//go:embed zone/Asia_Shanghai
var shanghai []byte

// Zone is the company's one business zone: days and months begin there.
var Zone = mustZone("Asia/Shanghai", shanghai)

func mustZone(name string, data []byte) *time.Location {
	zone, err := time.LoadLocationFromTZData(name, data)
	if err != nil {
		panic(fmt.Sprintf("db: zone %s: %v", name, err)) // the file is part of the program
	}
	return zone
}

// Day returns the business day of an instant, "YYYY-MM-DD".
func Day(t time.Time) string { return t.In(Zone).Format(time.DateOnly) }

// Open opens the database, migrates it when it is older than the program and
// refuses it when it is newer (ErrNewer) or not ours (ErrForeign).
func Open(ctx context.Context, cfg Config) (*DB, error) {
	d := &DB{now: cfg.Now, billTime: billTime, partTime: partTime, bounds: defaultBounds, searches: defaultSearch, erasures: cfg.Erasures}
	if d.now == nil {
		d.now = time.Now
	}
	var err error
	if strings.HasPrefix(cfg.DSN, "postgres://") || strings.HasPrefix(cfg.DSN, "postgresql://") {
		err = d.openPostgres(ctx, cfg.DSN)
	} else {
		err = d.openSQLite(ctx, cfg.DSN)
	}
	if err == nil {
		err = d.migrate(ctx, cfg)
	}
	if err == nil {
		err = d.start(ctx, cfg)
	}
	if err == nil && !d.postgres {
		_, err = d.w.ExecContext(ctx, `PRAGMA busy_timeout = `+strconv.FormatInt(lookEvery.Milliseconds(), 10)) // see begin
	}
	if err != nil {
		_ = d.Close()
		return nil, err
	}
	return d, nil
}

// openPostgres opens two pools. What shows a page (DB.query) reads the first
// rows of an index or those of a bitmap; to the planner, which takes a
// comparison of two arrays for as cheap as one of two numbers, reading the whole
// table looks cheaper when the LIMIT is near. Its pool has that ruled out.
func (d *DB) openPostgres(ctx context.Context, dsn string) error {
	cfg, err := pgx.ParseConfig(overTLS(dsn))
	if err != nil {
		return fmt.Errorf("open PostgreSQL: %w", err)
	}
	pool := stdlib.OpenDB(*cfg)
	pool.SetMaxOpenConns(12)
	pool.SetMaxIdleConns(6)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	d.postgres, d.w, d.r, d.fw, d.fr = true, pool, pool, pool, pool
	d.paged = stdlib.OpenDB(*cfg, stdlib.OptionAfterConnect(func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, `SET enable_seqscan = off`)
		return err
	}))
	d.paged.SetMaxOpenConns(12)
	d.paged.SetMaxIdleConns(6)
	d.paged.SetConnMaxIdleTime(5 * time.Minute)
	if err := pool.PingContext(ctx); err != nil {
		return fmt.Errorf("reach PostgreSQL: %w", err)
	}
	return nil
}

// openSQLite opens two pools on each file: one immediate writer, opened first
// so that the file is in WAL mode, and several read-only readers. Pragmas
// stand in the address because one set by Exec reaches a single connection.
// synchronous=FULL: with WAL and NORMAL an acknowledged commit can be lost at
// a power cut.
func (d *DB) openSQLite(ctx context.Context, path string) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("database path %q: %w", path, err)
	}
	d.path, d.erasures = abs, ErasuresPath(abs)
	if d.w, d.r, err = sqlitePools(ctx, abs, &d.hidden, &d.listener); err != nil {
		return err
	}
	d.paged = d.r
	d.fw, d.fr, err = sqlitePools(ctx, FilesPath(abs), new(hidden), &d.listener)
	return err
}

// FilesPath returns where the pictures and uploads of a SQLite database stand.
func FilesPath(path string) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + "-files" + filepath.Ext(path)
}

// Page caches in KiB and how many readers there are. All caches of a process
// share their pages, so that what one connection leaves another takes; a page
// of 4 KiB takes twice that, since the driver's allocator rounds up to a power
// of two. The system's cache stands behind them.
const (
	readerCache = 1000
	writerCache = 2000
	roomyCache  = 16000 // of the writer in an act of very many rows
)

// atOnce is how many connections read a file: as many as the machine can work
// for at once, and some that wait for the disk.
func atOnce() int { return min(max(runtime.GOMAXPROCS(0), 4), 8) }

func sqlitePools(ctx context.Context, path string, hide *hidden, told *listener) (w, r *sql.DB, err error) {
	uri := sqliteURI(path)
	pragmas := "_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=temp_store(2)"
	bare, err := sql.Open("sqlite", uri) // only to be asked for its driver
	if err != nil {
		return nil, nil, fmt.Errorf("open %s: %w", path, err)
	}
	defer bare.Close()
	w = sql.OpenDB(keepers{driver: bare.Driver(), dsn: uri + "?" + pragmas + "&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=journal_size_limit(67108864)&_pragma=cache_size(-" + strconv.Itoa(writerCache) + ")&_txlock=immediate"})
	w.SetMaxOpenConns(1)
	w.SetMaxIdleConns(1)
	w.SetConnMaxLifetime(0)
	var mode string
	if err := w.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&mode); err != nil {
		_ = w.Close()
		return nil, nil, fmt.Errorf("open %s: %w: %w", path, ErrForeign, err)
	}
	r = sql.OpenDB(readers{driver: w.Driver(), dsn: uri + "?mode=ro&_pragma=cache_size(-" + strconv.Itoa(readerCache) + ")&" + pragmas, hidden: hide, told: told})
	r.SetMaxOpenConns(atOnce())
	r.SetMaxIdleConns(atOnce())
	r.SetConnMaxIdleTime(time.Minute)
	return w, r, nil
}

func sqliteURI(path string) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String()
}

// roomy gives the writer a large page cache for an act of very many rows; what
// it returns takes it back.
func (d *DB) roomy(ctx context.Context, kib int) (back func(), err error) {
	if d.postgres {
		return func() {}, nil
	}
	if _, err := d.w.ExecContext(ctx, cacheSQL(kib)); err != nil {
		return nil, fmt.Errorf("make room for many rows: %w", err)
	}
	return func() {
		ctx := context.WithoutCancel(ctx)
		_, _ = d.w.ExecContext(ctx, cacheSQL(writerCache)) // at worst it stays large until the next start
		_, _ = d.w.ExecContext(ctx, `PRAGMA shrink_memory`)
	}, nil
}

func cacheSQL(kib int) string { return `PRAGMA cache_size = -` + strconv.Itoa(kib) }

// Rest gives back what is kept only to be fast: connections that nobody uses,
// and page caches. The next read opens a connection again, which takes a few
// milliseconds. On PostgreSQL, whose server has the caches, it does nothing.
func (d *DB) Rest(ctx context.Context) error {
	if d.postgres {
		return nil
	}
	for _, pool := range []*sql.DB{d.r, d.fr} {
		pool.SetMaxIdleConns(-1) // closes them
		pool.SetMaxIdleConns(atOnce())
	}
	for _, pool := range []*sql.DB{d.w, d.fw} {
		if _, err := pool.ExecContext(ctx, `PRAGMA shrink_memory`); err != nil {
			return fmt.Errorf("give memory back: %w", err)
		}
	}
	return nil
}

// migrate brings every file to the program's schema.
func (d *DB) migrate(ctx context.Context, cfg Config) error {
	type part struct {
		dir     string
		dialect goose.Dialect
		pool    *sql.DB
	}
	parts := []part{{"migrations/sqlite", goose.DialectSQLite3, d.w}, {"migrations/files", goose.DialectSQLite3, d.fw}}
	if d.postgres {
		parts = []part{{"migrations/postgres", goose.DialectPostgres, d.w}}
	}
	for _, p := range parts {
		dir, err := fs.Sub(migrations, p.dir)
		if err != nil {
			return err
		}
		if stored, err := storedVersion(ctx, p.pool); err == nil && stored == newestVersion(dir) {
			continue // at nearly every start; goose reads every migration to say the same
		}
		provider, err := goose.NewProvider(p.dialect, p.pool, dir)
		if err != nil {
			return fmt.Errorf("read migrations: %w", err)
		}
		have, want, err := provider.GetVersions(ctx)
		if err != nil {
			return fmt.Errorf("read the schema version: %w: %w", ErrForeign, err)
		}
		switch {
		case have > want:
			return fmt.Errorf("%w: its schema is %d, this program knows %d", ErrNewer, have, want)
		case have == want:
			continue
		case cfg.NoMigrate:
			return fmt.Errorf("the schema is %d, this program needs %d: run yike migrate", have, want)
		}
		if have == 0 {
			if foreign, err := d.holdsTables(ctx, p.pool); err != nil {
				return err
			} else if foreign {
				return fmt.Errorf("%w: it holds tables but no schema version", ErrForeign)
			}
		}
		if _, err := provider.Up(ctx); err != nil {
			return fmt.Errorf("migrate from %d to %d: %w", have, want, err)
		}
	}
	return nil
}

// storedVersion is the schema version as goose notes it; an error when nothing
// is noted, which goose then looks into.
func storedVersion(ctx context.Context, pool *sql.DB) (v int64, err error) {
	err = pool.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version WHERE is_applied`).Scan(&v)
	return v, err
}

// newestVersion is the highest number among the migrations of a folder; 0 when
// there are none.
func newestVersion(dir fs.FS) (newest int64) {
	files, err := fs.ReadDir(dir, ".")
	if err != nil {
		return 0
	}
	for _, f := range files {
		number, _, _ := strings.Cut(f.Name(), "_")
		if n, err := strconv.ParseInt(number, 10, 64); err == nil {
			newest = max(newest, n)
		}
	}
	return newest
}

// holdsTables says whether the database already has tables of its own beside
// goose's, which then are not ours.
func (d *DB) holdsTables(ctx context.Context, pool *sql.DB) (bool, error) {
	query := `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%'`
	if d.postgres {
		query = `SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename NOT LIKE 'goose%'`
	}
	var n int
	if err := pool.QueryRowContext(ctx, query).Scan(&n); err != nil {
		return false, fmt.Errorf("look at the tables: %w", err)
	}
	return n > 0, nil
}

// start reads what the process needs before its first request.
func (d *DB) start(ctx context.Context, cfg Config) error {
	if err := d.sameTables(ctx); err != nil {
		return err
	}
	if err := d.forgetStatistics(ctx); err != nil {
		return err
	}
	node, err := d.Meta(ctx, "node")
	if errors.Is(err, ErrNotFound) {
		var b [2]byte
		_, _ = rand.Read(b[:]) // never fails since Go 1.24
		node = strconv.Itoa(int(binary.BigEndian.Uint16(b[:]) % (1 << idNodeBits)))
		err = d.write(ctx, func(tx *Tx) error { return tx.setMeta(ctx, "node", node) })
	}
	if err != nil {
		return err
	}
	first, err := strconv.ParseInt(node, 10, 64)
	if err != nil {
		return fmt.Errorf("node number %q: %w", node, err)
	}
	if err := d.takeWriter(ctx, first); err != nil {
		return err
	}
	var last int64
	if err := d.r.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM audits`).Scan(&last); err != nil {
		return fmt.Errorf("read the newest id: %w", err)
	}
	d.ids.above(last)
	if err := d.openKeys(ctx, cfg.Key); err != nil {
		return err
	}
	if err := d.readChainState(ctx); err != nil {
		return err
	}
	if d.postgres {
		d.startLinker()
	}
	if err := d.hideRunning(ctx); err != nil {
		return err
	}
	if err := d.mendLoad(ctx); err != nil {
		return err
	}
	if err := d.renewSearch(ctx, cfg.Indexing); err != nil {
		return err
	}
	if err := d.mergeAsUsual(ctx); err != nil {
		return err
	}
	if err := d.markOpen(ctx); err != nil {
		return err
	}
	if err := d.loadTree(ctx); err != nil {
		return err
	}
	if err := d.eraseAgain(ctx); err != nil {
		return err
	}
	_, err = d.Access(ctx) // a role that cannot be stops the start
	return err
}

// Close writes the log back into the file and closes every pool.
func (d *DB) Close() error {
	var errs []error
	errs = append(errs, d.looks.end(d), d.links.end(d))
	if d.w != nil {
		if _, err := d.FlushSeen(context.Background()); err != nil {
			errs = append(errs, err)
		}
	}
	if d.serving {
		errs = append(errs, d.SetMeta(context.Background(), "stop", "closed"))
	}
	d.leaveWriter()
	if !d.postgres {
		for _, pool := range []*sql.DB{d.w, d.fw} {
			if pool != nil {
				_, _ = pool.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`)
			}
		}
	}
	closed := map[*sql.DB]bool{nil: true}
	for _, pool := range []*sql.DB{d.r, d.paged, d.w, d.fr, d.fw} {
		if !closed[pool] {
			closed[pool] = true
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}

// Now returns the database's clock, in the business zone.
func (d *DB) Now() time.Time { return d.now().In(Zone) }

// Postgres says which engine it is.
func (d *DB) Postgres() bool { return d.postgres }

// Check asks the engine whether every page and every index is whole, whether each
// reference has its row, and whether what is kept as a sum equals a recount. It
// returns what it found, one line each; none when all is well.
func (d *DB) Check(ctx context.Context) ([]string, error) {
	found, err := d.CheckPages(ctx)
	if err != nil {
		return found, err
	}
	sums, err := d.checkSums(ctx)
	return append(found, sums...), err
}

// CheckPages is Check without the sums: what must be whole for a database to be
// taken, as a copy that is restored is.
func (d *DB) CheckPages(ctx context.Context) ([]string, error) {
	if d.postgres {
		// PostgreSQL checks pages itself when data checksums are on; what can
		// be asked portably is that every table can be read to its end.
		var n int64
		return nil, d.r.QueryRowContext(ctx, `SELECT count(*) FROM customers`).Scan(&n)
	}
	var found []string
	for _, pool := range []*sql.DB{d.r, d.fr} {
		for _, pragma := range []string{`PRAGMA integrity_check`, `PRAGMA foreign_key_check`} {
			lines, err := pragmaLines(ctx, pool, pragma)
			if err != nil {
				return nil, fmt.Errorf("check: %w", err)
			}
			found = append(found, lines...)
		}
	}
	return found, nil
}

// checkSums holds all sums that writes keep against a recount.
func (d *DB) checkSums(ctx context.Context) ([]string, error) {
	found, err := d.CheckWaybillSums(ctx)
	if err != nil {
		return found, err
	}
	accounts, err := d.CheckAccounts(ctx)
	if found = append(found, accounts...); err != nil {
		return found, err
	}
	loads, err := d.CheckCaseLoads(ctx)
	return append(found, loads...), err
}

func pragmaLines(ctx context.Context, pool *sql.DB, pragma string) ([]string, error) {
	rows, err := pool.QueryContext(ctx, pragma)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var lines []string
	for rows.Next() {
		cells := make([]any, len(names))
		for i := range cells {
			cells[i] = new(sql.NullString)
		}
		if err := rows.Scan(cells...); err != nil {
			return nil, err
		}
		var words []string
		for _, c := range cells {
			words = append(words, c.(*sql.NullString).String)
		}
		if line := strings.Join(words, " "); line != "ok" {
			lines = append(lines, line)
		}
	}
	return lines, rows.Err()
}
