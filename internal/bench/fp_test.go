package bench

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/klauspost/compress/gzhttp"
	_ "modernc.org/sqlite"
)

// Yardstick FP is the least that a full page costs in this stack: a session of
// scs in SQLite, a permission looked up in a map, 50 rows by an index from a
// large table, a page of templ, gzip. It writes as many bytes as the list page
// does. Its program is frozen: figures are told as multiples of it, measured in
// the same run, so that they mean the same on any machine and at any load.
type fp struct {
	w, r     *sql.DB
	sessions *scs.SessionManager
	perms    map[int64]map[string]bool
	pad      string
	rows     int
	server   *httptest.Server
	cookie   string
}

func fpURL(id int64) string { return "/fp/" + strconv.FormatInt(id, 10) }

const fpUser = 7

func newFP(b *testing.B) *fp {
	b.Helper()
	f := &fp{rows: *fpFlag, perms: map[int64]map[string]bool{fpUser: {"customers.read": true}}}
	path := filepath.Join(benchDir(b), fmt.Sprintf("fp-%d.db", f.rows))
	_, err := os.Stat(path)
	fresh := errors.Is(err, os.ErrNotExist)
	pragmas := "?_pragma=busy_timeout(5000)&_pragma=temp_store(2)&_pragma=cache_size(-16000)"
	f.w = fpOpen(b, "file:"+path+pragmas+"&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate", 1)
	if fresh {
		f.make(b)
	}
	f.r = fpOpen(b, "file:"+path+pragmas+"&mode=ro", 8)
	f.sessions = scs.New()
	f.sessions.Store = &fpStore{f.w, f.r}
	wrap, err := gzhttp.NewWrapper(gzhttp.CompressionLevel(1), gzhttp.MinSize(1400), gzhttp.EnableZstd(false))
	if err != nil {
		b.Fatal(err)
	}
	f.server = httptest.NewServer(wrap(f.sessions.LoadAndSave(http.HandlerFunc(f.page))))
	b.Cleanup(f.server.Close)
	res, err := http.Get(f.server.URL + "/?enter=1")
	if err != nil {
		b.Fatal(err)
	}
	_ = res.Body.Close()
	f.cookie = strings.SplitN(res.Header.Get("Set-Cookie"), ";", 2)[0]
	return f
}

func fpOpen(b *testing.B, dsn string, most int) *sql.DB {
	b.Helper()
	pool, err := sql.Open("sqlite", dsn)
	if err != nil {
		b.Fatal(err)
	}
	pool.SetMaxOpenConns(most)
	pool.SetMaxIdleConns(most)
	b.Cleanup(func() { _ = pool.Close() })
	return pool
}

// make fills the table: rows over ten branches, names in no order.
func (f *fp) make(b *testing.B) {
	b.Helper()
	for _, s := range []string{
		`CREATE TABLE sessions (token TEXT NOT NULL PRIMARY KEY, data BLOB NOT NULL, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
		`CREATE TABLE bare (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT`,
		`CREATE TABLE rows (id INTEGER NOT NULL PRIMARY KEY, branch_id INTEGER NOT NULL, name_key TEXT NOT NULL, name TEXT NOT NULL, city TEXT NOT NULL,
			class TEXT NOT NULL, stage TEXT NOT NULL, owner TEXT NOT NULL, phone TEXT NOT NULL, day TEXT NOT NULL, code TEXT NOT NULL) STRICT`,
		`CREATE INDEX rows_name ON rows (branch_id, name_key, id)`,
	} {
		if _, err := f.w.Exec(s); err != nil {
			b.Fatal(err)
		}
	}
	tx, err := f.w.Begin()
	if err != nil {
		b.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it says so, and that is fine
	insert, err := tx.Prepare(`INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		b.Fatal(err)
	}
	for i := range f.rows {
		key := fmt.Sprintf("%06x", i*7919%(1<<24))
		if _, err := insert.Exec(i+1, i%10, key, "某某某电子商务有限公司"+key, "杭州市", "ABC"[i%3:i%3+1], "成长", "沈雨桐", "138****1054", "2026-11-21", "HZ01-"+key); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

func (f *fp) page(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if r.URL.Query().Get("enter") != "" {
		f.sessions.Put(ctx, "user", int64(fpUser))
		return
	}
	user, _ := f.sessions.Get(ctx, "user").(int64)
	if !f.perms[user]["customers.read"] {
		http.Error(w, "no", http.StatusForbidden)
		return
	}
	p := fpProps{User: "陈立舟", Nav: strings.Fields("customers visits due imports rules users branches audits tags review bin export"), Pad: f.pad}
	rows, err := f.r.QueryContext(ctx, `SELECT id, name, city, class, stage, owner, phone, day, code FROM rows WHERE branch_id = $1 AND name_key > $2 ORDER BY name_key, id LIMIT 50`, 3, "0")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer rows.Close()
	for rows.Next() {
		var x fpRow
		if err := rows.Scan(&x.ID, &x.Name, &x.City, &x.Class, &x.Stage, &x.Owner, &x.Phone, &x.Day, &x.Code); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		p.Rows, p.Next = append(p.Rows, x), "/?after="+x.Code
	}
	if rows.Err() != nil || len(p.Rows) != 50 {
		http.Error(w, "rows", http.StatusInternalServerError)
		return
	}
	var out bytes.Buffer
	if err := fpPage(p).Render(ctx, &out); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(out.Bytes())
}

// like makes the page as long as the list page: bytes before compression.
func (f *fp) like(b *testing.B, bytes int) {
	b.Helper()
	f.pad = ""
	bare := len(plainBody(b, f.server.URL+"/", f.cookie))
	f.pad = padding(max(0, bytes-bare) / 50)
}

// padding compresses about as well as the markup of a table does.
func padding(n int) string {
	const markup = `class=table-cell data-label=customer href=/customers/ badge badge-class-a text-nowrap `
	return strings.Repeat(markup, n/len(markup)+1)[:n]
}

// commit is one bare durable commit: a row into a table without an index.
func (f *fp) commit() error {
	_, err := f.w.Exec(`INSERT INTO bare (text) VALUES ('一次拜访')`)
	return err
}

// fpStore keeps sessions as ours does.
type fpStore struct{ w, r *sql.DB }

func (s *fpStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

func (s *fpStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var data []byte
	err := s.r.QueryRowContext(ctx, `SELECT data FROM sessions WHERE token = $1 AND expires_at > $2`, token, time.Now().UnixMilli()).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return data, err == nil, err
}

func (s *fpStore) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

func (s *fpStore) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	_, err := s.w.ExecContext(ctx, `INSERT INTO sessions (token, data, expires_at) VALUES ($1, $2, $3)
		ON CONFLICT (token) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`, token, data, expiry.UnixMilli())
	return err
}

func (s *fpStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

func (s *fpStore) DeleteCtx(ctx context.Context, token string) error {
	_, err := s.w.ExecContext(ctx, `DELETE FROM sessions WHERE token = $1`, token)
	return err
}
