// Package pgtest gives tests a PostgreSQL of their own.
//
// It owns the server: finding the programs, starting one private server per test
// process on a unix socket in a temporary folder, handing out databases, and taking
// everything away when the process ends, however it ends. It knows nothing of the
// product's tables: a caller that wants a migrated database brings the migration in a
// [Template].
//
// Two settings steer it. YIKE_TEST_POSTGRES holds the postgres:// address of a server
// to use instead (its user must be allowed to create databases). With
// YIKE_REQUIRE_POSTGRES=1 a test that cannot have a server fails, where it would
// otherwise be skipped.
package pgtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ErrMissing says that this machine has no PostgreSQL programs that the current user
// can run. Its text tells the reader how to get them.
var ErrMissing = errors.New("no PostgreSQL found: install it (Debian: apt-get install postgresql), put initdb and postgres on PATH, or set YIKE_TEST_POSTGRES=postgres://…")

// patience bounds each single step (start, create, drop) on a loaded machine.
const patience = 2 * time.Minute

// Start returns the postgres:// address of the server that this test process uses,
// starting it at the first call. The address names the maintenance database and a user
// that may do anything; take a database of your own from [FreshDB] or [Template.FreshDB].
//
// The server outlives t: it is shared by all tests of the process and stopped, with its
// files removed, when the process ends. Without PostgreSQL programs the test is skipped,
// or failed under YIKE_REQUIRE_POSTGRES=1.
func Start(t testing.TB) string {
	t.Helper()
	dsn, err := server()
	switch {
	case errors.Is(err, ErrMissing) && os.Getenv("YIKE_REQUIRE_POSTGRES") != "1":
		t.Skip(err)
	case err != nil:
		t.Fatalf("pgtest: %v", err)
	}
	return dsn
}

// FreshDB returns the address of a new, empty database that belongs to this test alone
// and is dropped when the test ends, whatever connections are still open to it.
func FreshDB(t testing.TB) string {
	t.Helper()
	return create(t, Start(t), "template0")
}

// Template is a database that is prepared once per test process and then copied for each
// test, which costs a few hundredths of a second where a migration costs far more. Keep
// it in a package variable; it is safe for parallel tests.
type Template struct {
	// Prepare fills the empty database at dsn, for example by migrating it. It must have
	// closed all its connections when it returns: PostgreSQL copies no database in use.
	Prepare func(ctx context.Context, dsn string) error

	once sync.Once
	name string
	err  error
}

// FreshDB returns the address of a copy of the prepared database that belongs to this
// test alone and is dropped when the test ends.
func (p *Template) FreshDB(t testing.TB) string {
	t.Helper()
	base := Start(t)
	p.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		p.name = newName("tpl")
		if p.err = execute(ctx, base, "CREATE DATABASE "+p.name+" TEMPLATE template0"); p.err == nil {
			p.err = p.Prepare(ctx, withDatabase(base, p.name))
		}
	})
	if p.err != nil {
		t.Fatalf("pgtest: prepare the template database: %v", p.err)
	}
	return create(t, base, p.name)
}

func create(t testing.TB, base, template string) string {
	t.Helper()
	name := newName("db")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := execute(ctx, base, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatalf("pgtest: create a database from %s: %v", template, err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := execute(ctx, base, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("pgtest: drop the test's database: %v", err)
		}
	})
	return withDatabase(base, name)
}

var server = sync.OnceValues(func() (string, error) {
	if dsn := os.Getenv("YIKE_TEST_POSTGRES"); dsn != "" {
		if !strings.HasPrefix(dsn, "postgres://") && !strings.HasPrefix(dsn, "postgresql://") {
			return "", fmt.Errorf("YIKE_TEST_POSTGRES must be a postgres:// address")
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := sweep(ctx, dsn, time.Now().Add(-abandoned)); err != nil {
			return "", fmt.Errorf("the server that YIKE_TEST_POSTGRES names: %w", err)
		}
		return dsn, nil
	}
	return startPrivate()
})

// abandoned is the age after which a test database on an outside server is taken to be
// left over: nobody can drop a template for a process that was killed.
const abandoned = 6 * time.Hour

var (
	process = randomHex(4)
	serial  atomic.Int64
)

// newName makes a database name that no other test process can have chosen and that
// tells its age: yike_test_<unix seconds>_<process>_<kind><serial>.
func newName(kind string) string {
	return fmt.Sprintf("yike_test_%d_%s_%s%d", time.Now().Unix(), process, kind, serial.Add(1))
}

var namePattern = regexp.MustCompile(`^yike_test_([0-9]{9,12})_[0-9a-f]+_(?:db|tpl)[0-9]+$`)

// sweep drops the test databases on the server that were made before the given
// moment. Its SQL stands here and not in db: it asks for the server's databases,
// of which the product knows one, and db's own tests come here for theirs.
func sweep(ctx context.Context, dsn string, before time.Time) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, `SELECT datname FROM pg_database WHERE datname LIKE 'yike\_test\_%'`)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		m := namePattern.FindStringSubmatch(name)
		if m == nil {
			continue
		}
		made, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil || !time.Unix(made, 0).Before(before) {
			continue
		}
		if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			return err
		}
	}
	return nil
}

// execute runs one statement that may not stand in a transaction. A source database that
// is still being left by its last session is waited for.
func execute(ctx context.Context, dsn, statement string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for wait := 20 * time.Millisecond; ; wait *= 2 {
		_, err = conn.Exec(ctx, statement)
		var fault *pgconn.PgError
		const objectInUse = "55006"
		if !errors.As(err, &fault) || fault.Code != objectInUse || wait > 2*time.Second {
			return err
		}
		time.Sleep(wait)
	}
}

func withDatabase(dsn, name string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		panic(fmt.Sprintf("pgtest: address %q: %v", dsn, err)) // the server was reached by it before
	}
	u.Path = "/" + name
	return u.String()
}

func randomHex(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return hex.EncodeToString(b)
}
