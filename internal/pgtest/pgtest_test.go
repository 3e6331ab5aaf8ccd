package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

var prepared atomic.Int64

var shelf = Template{Prepare: func(ctx context.Context, dsn string) error {
	prepared.Add(1)
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, `CREATE TABLE books (title TEXT NOT NULL); INSERT INTO books VALUES ('茶经')`)
	return err
}}

func TestEachTestHasItsOwnCopyOfThePreparedDatabase(t *testing.T) {
	t.Run("copies", func(t *testing.T) {
		for i := range 4 {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				conn := connect(t, shelf.FreshDB(t))
				if _, err := conn.Exec(t.Context(), `INSERT INTO books VALUES ('水经注')`); err != nil {
					t.Fatal(err)
				}
				var n int
				if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM books`).Scan(&n); err != nil || n != 2 {
					t.Errorf("books in this test's database: %d, %v; want 2: the prepared one and its own", n, err)
				}
			})
		}
	})
	if n := prepared.Load(); n != 1 {
		t.Errorf("the template was prepared %d times, want once", n)
	}
}

func TestAFreshDatabaseIsEmptyAndGoneAfterwards(t *testing.T) {
	var dsn string
	t.Run("user", func(t *testing.T) {
		dsn = FreshDB(t)
		var tables int
		err := connect(t, dsn).QueryRow(t.Context(), `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`).Scan(&tables)
		if err != nil || tables != 0 {
			t.Errorf("tables: %d, %v; want none", tables, err)
		}
	})
	if dsn == "" {
		t.Skip("there is no PostgreSQL here, as the subtest says")
	}
	if conn, err := pgx.Connect(t.Context(), dsn); err == nil {
		conn.Close(t.Context())
		t.Error("the database is still there after its test")
	}
}

func TestTheSweepTakesOnlyAbandonedTestDatabases(t *testing.T) {
	base := Start(t)
	exec := func(sql string) {
		t.Helper()
		if err := execute(t.Context(), base, sql); err != nil {
			t.Fatal(err)
		}
	}
	old, foreign := "yike_test_1000000000_"+process+"_db1", "yike_test_1000000000_mine"+process
	young := newName("db")
	for _, name := range []string{old, foreign, young} {
		exec("CREATE DATABASE " + name)
		t.Cleanup(func() { execute(context.Background(), base, "DROP DATABASE IF EXISTS "+name) })
	}
	if err := sweep(t.Context(), base, time.Unix(1_000_000_001, 0)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{old: false, foreign: true, young: true} {
		conn, err := pgx.Connect(t.Context(), withDatabase(base, name))
		if err == nil {
			conn.Close(t.Context())
		}
		if (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", name, err == nil, want)
		}
	}
}

// The test runs its own program a second time, lets that one start a server and panic,
// and looks for what is left.
func TestNothingIsLeftAfterAPanic(t *testing.T) {
	const role = "YIKE_PGTEST_PANIC"
	if os.Getenv(role) == "1" {
		fmt.Printf("server:%s\n", Start(t))
		panic("as intended")
	}
	Start(t) // skips where there is no PostgreSQL
	if os.Getenv("YIKE_TEST_POSTGRES") != "" {
		t.Skip("the server belongs to somebody else and stays")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), role+"=1")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("the second process did not panic:\n%s", out)
	}
	_, dsn, found := strings.Cut(string(out), "server:")
	dsn, _, _ = strings.Cut(dsn, "\n")
	u, err := url.Parse(dsn)
	if !found || err != nil {
		t.Fatalf("the second process named no server (%v):\n%s", err, out)
	}
	data := u.Query().Get("host")
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if _, err := os.Stat(data); os.IsNotExist(err) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s is still there after its process panicked", data)
		}
	}
}
