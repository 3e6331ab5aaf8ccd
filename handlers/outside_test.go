package handlers

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"yike/db/dbtest"
	"yike/views/lang"
)

// TestADiskThatFailsIsToldClearly: what SQLite says of a disk that is full or
// cannot be written to becomes a page that says so and what to do, and a monitor
// sees that it was not our fault.
func TestADiskThatFailsIsToldClearly(t *testing.T) {
	d := dbtest.Open(t, dbtest.NewClock(dbtest.Start))
	h, err := New(Config{DB: d})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "disk.db")
	raw, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	raw.SetMaxOpenConns(1)
	run := func(statement string) error {
		_, err := raw.Exec(statement)
		return err
	}
	for _, s := range []string{`CREATE TABLE t (a TEXT)`, `PRAGMA max_page_count = 3`} {
		if err := run(s); err != nil {
			t.Fatal(err)
		}
	}
	full := run(`INSERT INTO t VALUES (zeroblob(100000))`)
	if err := run(`PRAGMA query_only = 1`); err != nil {
		t.Fatal(err)
	}
	readonly := run(`INSERT INTO t VALUES ('x')`)
	for _, c := range []struct {
		name   string
		err    error
		status int
		want   string
	}{
		{"a full disk", full, http.StatusServiceUnavailable, "磁盘满了，没有保存"},
		{"a disk that cannot be written to", readonly, http.StatusServiceUnavailable, "磁盘不能写入，没有保存"},
		{"a fault of our own", fmt.Errorf("slip"), http.StatusInternalServerError, "出错了，没有保存"},
	} {
		if c.err == nil {
			t.Fatalf("%s: the statement was run", c.name)
		}
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/customers", nil)
		h.fail(w, r.WithContext(lang.With(context.Background(), lang.Chinese)), fmt.Errorf("create customer: %w", c.err))
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) || strings.Contains(w.Body.String(), "SQL") {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
	}
}

// TestAPanicHasTheNumberOfItsRequest, on the page and in the answer's head.
func TestAPanicHasTheNumberOfItsRequest(t *testing.T) {
	h, err := New(Config{DB: dbtest.Open(t, dbtest.NewClock(dbtest.Start))})
	if err != nil {
		t.Fatal(err)
	}
	var seen Request
	h.observe = func(r Request) { seen = r }
	site := h.requestID(h.recoverer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("slip") })))
	w := httptest.NewRecorder()
	site.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	id := w.Header().Get("X-Request-Id")
	if w.Code != http.StatusInternalServerError || len(id) != 10 || !strings.Contains(w.Body.String(), id) {
		t.Errorf("%d, request %q\n%s", w.Code, id, w.Body)
	}
	if seen.Status != http.StatusInternalServerError {
		t.Errorf("it was counted as %+v", seen)
	}
}
