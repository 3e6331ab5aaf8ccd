package app

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"yike/db"
	"yike/internal/jobs"
)

// TestADamagedOrForeignFileIsRefusedWithTheWayOut: whatever stands where the
// database should, the program does not serve it and does not make an empty one
// over it; it says so in one Chinese sentence that names the way out.
func TestADamagedOrForeignFileIsRefusedWithTheWayOut(t *testing.T) {
	from := company(t)
	whole, err := os.ReadFile(filepath.Join(from, "yike.db"))
	if err != nil {
		t.Fatal(err)
	}
	page := int(binary.BigEndian.Uint16(whole[16:]))
	cut := func(n int) func([]byte) []byte { return func(b []byte) []byte { return b[:n] } }
	put := func(at int, what ...byte) func([]byte) []byte {
		return func(b []byte) []byte { copy(b[at:], what); return b }
	}
	noise := func(at, n int) func([]byte) []byte {
		return func(b []byte) []byte {
			r := rand.New(rand.NewPCG(1, uint64(at)))
			for i := range n {
				b[at+i] = byte(r.Uint32())
			}
			return b
		}
	}
	run := func(queries ...string) func([]byte) []byte {
		return func(b []byte) []byte { return changed(t, b, queries...) }
	}
	text := func(s string) func([]byte) []byte { return func([]byte) []byte { return []byte(s) } }
	cases := map[string]func([]byte) []byte{
		"empty": cut(0), "one byte": cut(1), "half a header": cut(50), "only the header": cut(100), "half a page": cut(page / 2), "one page": cut(page), "two pages": cut(2 * page),
		"a quarter": cut(len(whole) / 4 / page * page), "half": cut(len(whole) / 2), "the last page is missing": cut(len(whole) - page), "the last byte is missing": cut(len(whole) - 1),
		"another name in the header": put(0, []byte("SQLite format 4")...), "no page size": put(16, 0, 0), "a page size that is none": put(16, 0, 3), "a reader of the future": put(19, 200),
		"a header of zeros": put(0, make([]byte, 100)...), "a schema format of the future": put(47, 99), "a payload fraction that is none": put(21, 1, 1, 1),
		"the page of the schema is zeros": put(100, make([]byte, page-100)...), "the page of the schema is noise": noise(100, page-100), "a tree of an unknown kind": put(100, 77),
		"all is noise": noise(0, len(whole)), "pages of the schema are noise": func(b []byte) []byte {
			for at := page; at < len(b); at += page {
				if bytes.Contains(b[at:at+page], []byte("CREATE ")) {
					noise(at, page)(b)
				}
			}
			return b
		},
		"a table is described wrongly": run(`PRAGMA writable_schema = ON`, `UPDATE sqlite_master SET sql = 'CREATE TABLE customers (' WHERE name = 'customers'`),
		"a table is gone":              run(`PRAGMA foreign_keys = OFF`, `DROP TABLE greetings`),
		"a table is another":           run(`ALTER TABLE visits RENAME COLUMN purpose TO purpose_of_theirs`),
		"the table of users is gone":   run(`PRAGMA foreign_keys = OFF`, `DROP TABLE users`),
		"no version":                   run(`DELETE FROM goose_db_version`),
		"no table of versions":         run(`DROP TABLE goose_db_version`),
		"newer":                        run(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`),
		"another program's": func([]byte) []byte {
			return changed(t, nil, `CREATE TABLE notes (id INTEGER, text TEXT)`, `INSERT INTO notes VALUES (1, 'buy milk')`)
		},
		"a text": text(strings.Repeat("客户台账\n", 1000)), "a short text": text("x"), "a zip": text("PK\x03\x04" + strings.Repeat("\x00", 4096)),
	}
	if len(cases) < 30 {
		t.Fatalf("only %d cases", len(cases))
	}
	for name, spoil := range cases {
		data := t.TempDir()
		main := filepath.Join(data, "yike.db")
		bad := spoil(slices.Clone(whole))
		if bytes.Equal(bad, whole) {
			t.Errorf("%s: it is not damaged", name)
		}
		if err := os.WriteFile(main, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, name, data)
		if after, err := os.ReadFile(main); err != nil || len(after) < len(bad) {
			t.Errorf("%s: the file was made smaller: %v", name, err)
		}
	}
	data := t.TempDir()
	if err := os.Mkdir(filepath.Join(data, "yike.db"), 0o700); err != nil {
		t.Fatal(err)
	}
	refused(t, "a folder", data)
}

func refused(t *testing.T, name, data string) {
	t.Helper()
	a, err := New(context.Background(), Config{Addr: "127.0.0.1:0", Data: data})
	if err == nil {
		t.Errorf("%s: it would be served; %v", name, a.Close())
		return
	}
	if said := err.Error(); !strings.Contains(said, "yike restore") || !strings.Contains(said, "数据库") {
		t.Errorf("%s: %q", name, said)
	}
}

// changed runs statements in a database and returns its bytes.
func changed(t *testing.T, b []byte, queries ...string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.db")
	if b != nil {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	pool.SetMaxOpenConns(1)
	for _, q := range queries {
		if _, err := pool.Exec(q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	_, _ = pool.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`)
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	if b, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestFlippedBytesAreFound by the check of the night, and at once after a stop
// that was none.
func TestFlippedBytesAreFound(t *testing.T) {
	ctx, data := context.Background(), company(t)
	main := filepath.Join(data, "yike.db")
	d, err := OpenDB(ctx, Config{Data: data})
	if err == nil {
		err = errors.Join(d.Serving(ctx), d.BackupMain(ctx, main+".killed"), d.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(main + ".killed") // as it stands when the power goes
	if err != nil {
		t.Fatal(err)
	}
	page := int(binary.BigEndian.Uint16(b[16:]))
	for at := 8 * page; at+page <= len(b); at += page { // pages of indexes and rows, from the eighth on
		if b[at] == 10 || b[at] == 13 {
			b[at+page-1] ^= 0x40
			b[at+page-9] ^= 0x40
		}
	}
	if err := os.WriteFile(main, b, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err = db.Open(ctx, db.Config{DSN: main})
	if err != nil {
		if !errors.Is(err, db.ErrForeign) {
			t.Errorf("refused, but how: %v", err)
		}
		return
	}
	defer d.Close()
	if !d.Health().Unclean {
		t.Error("the stop passes for a clean one")
	}
	job := jobs.Examine(d, slog.New(slog.DiscardHandler))
	if p := job.Period(d.Now()); !strings.HasPrefix(p, "start ") {
		t.Errorf("it is checked only at %q", p)
	}
	if n, err := job.Run(ctx, d.Now()); n == 0 && err == nil || d.Health().Faults == 0 {
		t.Errorf("%d found, %v", n, err)
	}
}
