package bench

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/handlers"
	"yike/internal/app"
	"yike/internal/demo"
	"yike/internal/pgtest"
	"yike/policy"
	"yike/policy/backups"
	"yike/policy/day"
)

const (
	sqlite   = "sqlite"
	postgres = "postgres"
)

// place is a company that is measured: on which database, how large.
type place struct {
	engine string
	size   int
}

func (p place) String() string { return p.engine + "/" + strconv.Itoa(p.size) }

func places(b *testing.B) (out []place) {
	b.Helper()
	for word := range strings.SplitSeq(*engineFlag, ",") {
		if word != sqlite && word != postgres {
			b.Fatalf("-engine: %q is neither sqlite nor postgres", word)
		}
		for _, n := range sizes(b) {
			out = append(out, place{word, n})
		}
	}
	return out
}

// benchDir is where what was made is kept.
func benchDir(b *testing.B) string {
	b.Helper()
	dir := *dataFlag
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return temp
		}
		dir = filepath.Join(cache, "yike-bench")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	return dir
}

// name says what a kept company is: one of another schema is another, so that
// no commit finds one that is newer than itself.
func (p place) name(b *testing.B) string {
	b.Helper()
	list, err := filepath.Glob(filepath.Join("..", "..", "db", "migrations", p.engine, "*.sql"))
	if err != nil || len(list) == 0 {
		b.Fatalf("no migrations: %v", err)
	}
	last, _, _ := strings.Cut(filepath.Base(list[len(list)-1]), "_")
	parcels, cases := cmp.Or(*waybillsFlag, 20*p.size), *casesFlag
	return fmt.Sprintf("%s-%d-%d-%d-schema%s-%d", p.engine, p.size, parcels, cases, last, len(list)) // a later one may have a lower number
}

// copied returns how to serve a fresh copy of the company, and what takes it
// away again.
func (p place) copied(b *testing.B) (app.Config, func()) {
	b.Helper()
	kept := p.name(b)
	cfg := app.Config{Addr: "127.0.0.1:0", KeyFile: filepath.Join(benchDir(b), kept+".key"), Now: clock}
	run := filepath.Join(temp, kept)
	if p.engine == postgres {
		base := pgtest.Start(b)
		pgMade(b, base, p, strings.ReplaceAll("yike_bench_"+kept, "-", "_"), cfg)
		name := fmt.Sprintf("yike_bench_run_%d", time.Now().UnixNano())
		pgDo(b, base, `CREATE DATABASE `+name+` TEMPLATE `+strings.ReplaceAll("yike_bench_"+kept, "-", "_"))
		cfg.Data, cfg.DB = run, pgAt(b, base, name)
		return cfg, func() {
			pool, err := sql.Open("pgx", base)
			if err == nil {
				_, err = pool.Exec(`DROP DATABASE IF EXISTS ` + name + ` WITH (FORCE)`)
				err = errors.Join(err, pool.Close())
			}
			if err != nil {
				fmt.Fprintln(os.Stderr, "drop the copy:", err)
			}
		}
	}
	made := filepath.Join(benchDir(b), kept)
	if _, err := os.Stat(made); errors.Is(err, fs.ErrNotExist) {
		making := made + ".part" // what was cut off is made anew
		if err := os.RemoveAll(making); err != nil {
			b.Fatal(err)
		}
		cfg.Data = making
		p.fill(b, cfg)
		if err := os.Rename(making, made); err != nil {
			b.Fatal(err)
		}
	}
	if cfg.Data = made; *inPlaceFlag {
		return cfg, func() {}
	}
	cfg.Data = run
	if err := copyFolder(run, made); err != nil {
		b.Fatal(err)
	}
	return cfg, func() { _ = os.RemoveAll(run) }
}

// copyFolder copies files, and the disk takes them in before anything is
// measured.
func copyFolder(to, from string) error {
	return filepath.WalkDir(from, func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rest, err := filepath.Rel(from, at)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rest), 0o700)
		}
		in, err := os.Open(at)
		if err != nil {
			return err
		}
		defer in.Close()
		out, err := os.Create(filepath.Join(to, rest))
		if err != nil {
			return err
		}
		_, err = io.Copy(out, in)
		return errors.Join(err, out.Sync(), out.Close())
	})
}

// pgMade makes the company in a database of that name where there is none. A
// server that YIKE_TEST_POSTGRES names keeps it; one of the process's own goes
// with it.
func pgMade(b *testing.B, base string, p place, name string, cfg app.Config) {
	b.Helper()
	pool, err := sql.Open("pgx", base)
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	var n int
	if err := pool.QueryRow(`SELECT count(*) FROM pg_database WHERE datname = $1`, name).Scan(&n); err != nil {
		b.Fatal(err)
	}
	if n > 0 {
		return
	}
	part := name + "_part"
	pgDo(b, base, `DROP DATABASE IF EXISTS `+part+` WITH (FORCE)`)
	pgDo(b, base, `CREATE DATABASE `+part+` TEMPLATE template0`)
	cfg.Data, cfg.DB = filepath.Join(temp, part), pgAt(b, base, part)
	p.fill(b, cfg)
	pgDo(b, base, `ALTER DATABASE `+part+` RENAME TO `+name)
}

func pgDo(b *testing.B, base, text string) {
	b.Helper()
	pool, err := sql.Open("pgx", base)
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.Exec(text); err != nil {
		b.Fatalf("%s: %v", text, err)
	}
}

// pgAt is the address of another database of a server.
func pgAt(b *testing.B, base, name string) string {
	b.Helper()
	u, err := url.Parse(base)
	if err != nil {
		b.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// fill makes the company: its clients, parcels, visits and cases, and what the
// night makes of them, so that no work of the night is done beside a measurement.
func (p place) fill(b *testing.B, cfg app.Config) {
	b.Helper()
	started := time.Now()
	cfg.Now = func() time.Time { return dbtest.Start }
	ctx, system := context.Background(), policy.SystemActor("bench")
	d, err := app.OpenDB(ctx, cfg)
	if err != nil {
		b.Fatal(err)
	}
	hash, err := handlers.HashPassword(demo.Password)
	if err != nil {
		b.Fatal(err)
	}
	parcels := cmp.Or(*waybillsFlag, 20*p.size)
	if _, err := demo.Fill(ctx, d, demo.Config{Seed: 1, Today: day.At(dbtest.Start, db.Zone), Branches: demo.Branches,
		Customers: p.size, Visits: 2 * p.size, Waybills: parcels, PasswordHash: hash}, time.Now); err != nil {
		b.Fatal(err)
	}
	driver, dsn := "pgx", cfg.DSN()
	if p.engine == sqlite {
		driver, dsn = "sqlite", "file:"+dsn+"?_pragma=busy_timeout(60000)"
	}
	manyCases(b, driver, dsn, *casesFlag)
	if p.engine == sqlite {
		if err := d.SaveBackupSettings(ctx, system, db.BackupSettings{Settings: backups.Settings{Off: true, Hour: 1}}, "", false); err != nil {
			b.Fatal(err)
		}
	}
	for _, j := range app.NewRunner(d, slog.New(slog.DiscardHandler)).Jobs {
		due := j.Period(dbtest.Start)
		if claimed, err := d.ClaimJob(ctx, j.Name, due, "bench", time.Hour); err != nil || !claimed {
			continue // not due
		}
		rows := int64(0)
		if j.Name != "examine" && j.Name != "audit.check" { // they read and make nothing
			if rows, err = j.Run(ctx, dbtest.Start); err != nil {
				b.Fatalf("%s: %v", j.Name, err)
			}
		}
		if err := d.EndJob(ctx, j.Name, due, "bench", rows, ""); err != nil {
			b.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		b.Fatal(err)
	}
	b.Logf("%s made in %.0f s", p, time.Since(started).Seconds())
}
