package db

import (
	"context"
	"database/sql/driver"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// On SQLite a large import is written in parts, so that nobody waits for the
// one writer. Until its last part is written no reader may see a row of it.
// The files and visits that it opens have ids from a block of its own
// (ids.block), and while it runs every reading connection has views of its own
// over the tables that hang on a file, under the tables' names, which leave
// that block out.
// So no read has to think of it, and none can forget to: a read that is
// written next year is held to it, too. The writer's connection has no such
// views; what writes to a file by its id asks hides.

// idBlock is a run of ids, both ends in it; see ids.block.
type idBlock struct {
	From int64 `json:"from,string"`
	To   int64 `json:"to,string"`
}

// hiding is what readers do not see. A value is never changed once it is
// published.
type hiding struct {
	byImport map[int64]idBlock
	views    []string // the statements that make a connection obey
}

// hidden publishes what is hidden to the connections of a pool.
type hidden struct {
	mu  sync.Mutex
	now atomic.Pointer[hiding]
}

// hiddenTables hang on a file, by the column that names it; a visit may be
// hidden on a file that is not.
var hiddenTables = [][]string{
	{"customers", "id"}, {"contacts", "customer_id"}, {"phones", "customer_id"}, {"customer_tags", "customer_id"}, {"visits", "customer_id", "id"},
}

// set hides a block of ids for an import; an empty one shows it.
func (h *hidden) set(id int64, b idBlock) {
	h.mu.Lock()
	defer h.mu.Unlock()
	next := &hiding{byImport: map[int64]idBlock{}}
	if was := h.now.Load(); was != nil {
		for k, v := range was.byImport {
			next.byImport[k] = v
		}
	}
	if delete(next.byImport, id); b.From != 0 {
		next.byImport[id] = b
	}
	var blocks []idBlock
	for _, b := range next.byImport {
		blocks = append(blocks, b)
	}
	slices.SortFunc(blocks, func(a, b idBlock) int { return int(min(max(a.From-b.From, -1), 1)) })
	for _, t := range hiddenTables {
		next.views = append(next.views, `DROP VIEW IF EXISTS temp.`+t[0])
		if len(blocks) > 0 {
			next.views = append(next.views, hidingSQL(t[0], t[1:], blocks))
		}
	}
	h.now.Store(next)
}

// hidingSQL makes the view of a table that leaves blocks of ids out of some
// columns.
func hidingSQL(table string, columns []string, blocks []idBlock) string {
	return `CREATE TEMP VIEW ` + table + ` AS SELECT * FROM main.` + table + ` WHERE ` + strings.Join(outsideSQL(columns, blocks), ` AND `)
}

// outsideSQL are the conditions that leave blocks of ids out. The plus keeps
// them from being taken for a way to walk the table.
func outsideSQL(columns []string, blocks []idBlock) []string {
	var where []string
	for _, c := range columns {
		for _, b := range blocks {
			where = append(where, `+`+c+` NOT BETWEEN `+strconv.FormatInt(b.From, 10)+` AND `+strconv.FormatInt(b.To, 10))
		}
	}
	return where
}

// shownSQL adds to a condition that a column names no row of an import that is
// still being written: for changes, which no view hides.
func (d *DB) shownSQL(column string) string {
	h := d.hidden.now.Load()
	if h == nil || len(h.byImport) == 0 {
		return ""
	}
	return ` AND ` + strings.Join(outsideSQL([]string{column}, slices.Collect(maps.Values(h.byImport))), ` AND `)
}

// hides says whether a file or visit is one of an import that is still being
// written.
func (d *DB) hides(id int64) bool {
	h := d.hidden.now.Load()
	if h == nil {
		return false
	}
	for _, b := range h.byImport {
		if id >= b.From && id <= b.To {
			return true
		}
	}
	return false
}

// sqliteConn is what the driver's connection can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// readConn is a reading connection that hides what is to be hidden from each
// use of it on.
type readConn struct {
	sqliteConn
	hidden *hidden
	obeys  *hiding
}

// ResetSession is called before each use of a connection from the pool.
func (c *readConn) ResetSession(ctx context.Context) error {
	if err := c.sqliteConn.ResetSession(ctx); err != nil {
		return err
	}
	return c.obey()
}

func (c *readConn) obey() error {
	now := c.hidden.now.Load()
	if now == c.obeys {
		return nil
	}
	for _, query := range now.views {
		// Not the caller's context: half of the views would be worse than none.
		if _, err := c.sqliteConn.ExecContext(context.Background(), query, nil); err != nil {
			return fmt.Errorf("hide a running import: %w: %w", driver.ErrBadConn, err)
		}
	}
	c.obeys = now
	return nil
}

// readers opens the connections of the reading pool.
type readers struct {
	driver driver.Driver
	dsn    string
	hidden *hidden
	told   *listener
}

func (r readers) Driver() driver.Driver { return r.driver }

func (r readers) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := keepers{r.driver, r.dsn, r.told}.Connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("open for reading: %w", err)
	}
	full, _ := c.(sqliteConn) // a keeper is one
	rc := &readConn{sqliteConn: full, hidden: r.hidden}
	if err := rc.obey(); err != nil {
		_ = c.Close()
		return nil, err
	}
	return rc, nil
}

// hideRunning hides at the start what imports had written in part when the
// program ended.
func (d *DB) hideRunning(ctx context.Context) error {
	if d.postgres {
		return nil // one transaction: nobody sees it until it is done
	}
	rows, err := d.w.QueryContext(ctx, `SELECT id, kind, run FROM imports WHERE run <> ''`)
	if err != nil {
		return fmt.Errorf("imports under way: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var kind, text string
		if err := rows.Scan(&id, &kind, &text); err != nil {
			return fmt.Errorf("imports under way: %w", err)
		}
		var run importRun
		if err := fromJSON(text, &run); err != nil {
			return fmt.Errorf("import %d under way: %w", id, err)
		}
		if run.From == 0 {
			continue
		}
		if d.ids.above(run.To); kind != ImportWaybills { // parcels are seen as they come
			d.hidden.set(id, run.idBlock)
		}
	}
	return rows.Err()
}
