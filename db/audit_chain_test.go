package db_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
)

// deeds leaves records of several kinds.
func deeds(t *testing.T, w *dbtest.World) {
	t.Helper()
	ctx, boss := context.Background(), w.As(t, w.BossWest)
	files := fill(t, w, 12, 4)
	for i, f := range files {
		if f.BranchID != w.West {
			continue
		}
		c, err := w.Customer(ctx, boss.Scope(policy.CustomerEdit), f.ID)
		if err != nil {
			t.Fatal(err)
		}
		c.Remark, c.MonthlyPieces = fmt.Sprintf("改了 %d 次", i), int64(i+1)
		if err := w.UpdateCustomer(ctx, boss, c); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.RecordExport(ctx, boss, "customers.export", db.Left{Rows: 12, Detail: map[string]any{"q": "盛达"}}); err != nil {
		t.Fatal(err)
	}
}

func TestTwentyAlterationsOfTheAuditAreTwentyFound(t *testing.T) {
	dbtest.Alone(t)
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		deeds(t, w)
		raw := db.Writer(w.DB)
		do := func(query string, args ...any) error {
			_, err := raw.ExecContext(ctx, query, args...)
			return err
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		// Who alters the file is not held by its foreign keys.
		if w.Postgres() {
			must(do(`ALTER TABLE changes DROP CONSTRAINT changes_audit_id_fkey`))
		} else {
			must(do(`PRAGMA foreign_keys = 0`))
		}
		whole := func(when string) db.ChainReport {
			t.Helper()
			r, err := w.CheckChain(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if !r.Whole() || !r.Signed || len(r.Unsigned) != 0 || r.Links < 20 {
				t.Fatalf("%s: %+v", when, r)
			}
			return r
		}
		last := whole("untouched").Last
		kept := []string{"changes", "audit_links", "audits", "meta"}
		for _, table := range kept {
			must(do(`CREATE TABLE kept_` + table + ` AS SELECT * FROM ` + table))
		}
		back := func() {
			t.Helper()
			for _, table := range kept {
				must(do(`DELETE FROM ` + table))
				must(do(`INSERT INTO ` + table + ` SELECT * FROM kept_` + table))
			}
		}
		of := func(seq int64) (audit int64) {
			t.Helper()
			must(raw.QueryRowContext(ctx, `SELECT audit_id FROM kept_audit_links WHERE seq = $1`, seq).Scan(&audit))
			return audit
		}
		var edited int64 // a record with an edit in it
		must(raw.QueryRowContext(ctx, `SELECT max(audit_id) FROM kept_changes WHERE kind = 'update' AND entity = 'customers'`).Scan(&edited))
		middle := of(last / 2)
		remove := func(audit int64) error {
			err := do(`DELETE FROM changes WHERE audit_id = $1`, audit)
			if err == nil {
				err = do(`DELETE FROM audit_links WHERE audit_id = $1`, audit)
			}
			if err == nil {
				err = do(`DELETE FROM audits WHERE id = $1`, audit)
			}
			return err
		}
		for i, c := range []struct {
			name  string
			alter func() error
			want  string
		}{
			{"another person", func() error {
				return do(`UPDATE audits SET user_id = $2, user_name = 'x' WHERE id = $1`, middle, w.Chief)
			}, db.FaultRecord},
			{"another time", func() error { return do(`UPDATE audits SET at = at - 60000 WHERE id = $1`, middle) }, db.FaultRecord},
			{"another act", func() error { return do(`UPDATE audits SET act = 'customers.read' WHERE id = $1`, middle) }, db.FaultRecord},
			{"another branch", func() error { return do(`UPDATE audits SET branch_id = branch_id + 1 WHERE id = $1`, middle) }, db.FaultRecord},
			{"another subject", func() error { return do(`UPDATE audits SET subject_id = subject_id + 1 WHERE id = $1`, middle) }, db.FaultRecord},
			{"fewer exported rows", func() error { return do(`UPDATE audits SET rows_count = 1 WHERE act = 'customers.export'`) }, db.FaultRecord},
			{"another detail", func() error { return do(`UPDATE audits SET detail = '' WHERE act = 'customers.export'`) }, db.FaultRecord},
			{"another address and request", func() error {
				return do(`UPDATE audits SET address = '10.0.0.1', request_id = 'r' WHERE id = $1`, middle)
			}, db.FaultRecord},
			{"other values in a change", func() error { return do(`UPDATE changes SET fields = '{}' WHERE audit_id = $1`, edited) }, db.FaultRecord},
			{"another row in a change", func() error {
				return do(`UPDATE changes SET row_id = row_id + 1, version = version + 1 WHERE audit_id = $1`, edited)
			}, db.FaultRecord},
			{"a change taken out", func() error { return do(`DELETE FROM changes WHERE audit_id = $1`, edited) }, db.FaultRecord},
			{"a change put under another record", func() error {
				return do(`UPDATE changes SET audit_id = $2 WHERE audit_id = $1`, edited, of(last))
			}, db.FaultRecord},
			{"the first record taken out", func() error { return remove(of(1)) }, db.FaultBegin},
			{"a record in the middle taken out", func() error { return remove(middle) }, db.FaultMissing},
			{"the last record taken out", func() error { return remove(of(last)) }, db.FaultEnd},
			{"the last five taken out, and the head moved back", func() error {
				for seq := last; seq > last-5; seq-- {
					if err := remove(of(seq)); err != nil {
						return err
					}
				}
				return db.ForgeChain(ctx, w.DB)
			}, db.FaultEnd},
			{"only the record taken out, its link left", func() error {
				if err := do(`DELETE FROM changes WHERE audit_id = $1`, middle); err != nil {
					return err
				}
				return do(`DELETE FROM audits WHERE id = $1`, middle)
			}, db.FaultGone},
			{"a record put in", func() error {
				return do(`INSERT INTO audits (id, at, user_id, user_name, act) VALUES (7, 1, 0, 'x', 'customers.read')`)
			}, db.FaultUnlinked},
			{"a record put in, waiting for a link", func() error {
				if err := do(`INSERT INTO audits (id, at, user_id, user_name, act) VALUES (7, 1, 0, 'x', 'customers.read')`); err != nil {
					return err
				}
				return do(`INSERT INTO audit_open (audit_id, digest, mark) VALUES (7, $1, $1)`, make([]byte, 32))
			}, db.FaultUnlinked},
			{"two links exchanged", func() error {
				if err := do(`UPDATE audit_links SET seq = -1 WHERE seq = $1`, last/2); err != nil {
					return err
				}
				if err := do(`UPDATE audit_links SET seq = $1 WHERE seq = $2`, last/2, last/2+1); err != nil {
					return err
				}
				return do(`UPDATE audit_links SET seq = $1 WHERE seq = -1`, last/2+1)
			}, db.FaultLink},
			{"links numbered anew", func() error { return do(`UPDATE audit_links SET seq = seq + 1000 WHERE seq > $1`, last-3) }, db.FaultMissing},
			{"another hash", func() error { return do(`UPDATE audit_links SET hash = digest WHERE seq = $1`, last/2) }, db.FaultLink},
			{"another digest", func() error { return do(`UPDATE audit_links SET digest = hash WHERE seq = $1`, last/2) }, db.FaultLink},
			{"a record altered and every hash computed anew", func() error {
				if err := do(`UPDATE audits SET user_name = 'x' WHERE id = $1`, middle); err != nil {
					return err
				}
				return db.ForgeChain(ctx, w.DB)
			}, db.FaultEnd},
			{"the signature taken away", func() error {
				return do(`UPDATE meta SET value = replace(value, '"mark"', '"no"') WHERE key = 'audit_chain'`)
			}, db.FaultHead},
			{"the head taken away", func() error { return do(`DELETE FROM meta WHERE key = 'audit_chain'`) }, db.FaultHead},
			{"everything taken away", func() error {
				for _, table := range kept[:3] {
					if err := do(`DELETE FROM ` + table); err != nil {
						return err
					}
				}
				return nil
			}, db.FaultEnd},
		} {
			must(c.alter())
			r, err := w.CheckChain(ctx)
			if err != nil {
				t.Fatalf("%d %s: %v", i+1, c.name, err)
			}
			found := false
			for _, f := range r.Faults {
				found = found || f.What == c.want
			}
			if !found {
				t.Errorf("%d %s: not found as %s: %+v", i+1, c.name, c.want, r.Faults)
			}
			must(do(`DELETE FROM audit_open`))
			back()
			whole("put back after " + c.name)
		}
	})
}

func TestTheChainIsWholeAfterManyActsAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		first, err := w.CheckChain(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var wait sync.WaitGroup
		boss := w.As(t, w.BossWest)
		for range 8 {
			wait.Go(func() {
				for range 10 {
					if err := w.NoteAct(ctx, boss, "visits.export", w.West, 0, 3, nil); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for range 3 { // two nodes may close it at the same time
			wait.Go(func() {
				if err := w.CloseChain(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		r, err := w.CheckChain(ctx)
		if err != nil || !r.Whole() || r.Last != first.Last+80 {
			t.Errorf("after 80 acts on %d: %+v, %v", first.Last, r, err)
		}
	})
}

func TestAChainWrittenWithoutAKeyIsWholeAndSaysSo(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "yike.db")
	key := db.NewKey()
	system := policy.SystemActor("test")
	open := func(source db.KeySource, acts int) db.ChainReport {
		t.Helper()
		d, err := db.Open(ctx, db.Config{DSN: path, Key: source})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		for range acts {
			if err := d.NoteAct(ctx, system, "visits.export", 0, 0, 1, nil); err != nil {
				t.Fatal(err)
			}
		}
		r, err := d.CheckChain(ctx)
		if err != nil || !r.Whole() {
			t.Fatalf("%+v, %v", r, err)
		}
		return r
	}
	if r := open(nil, 2); r.Signed || r.Last != 2 {
		t.Errorf("before there was a key: %+v", r)
	}
	if r := open(db.OnlyKey(key), 2); !r.Signed || len(r.Unsigned) != 1 || r.Unsigned[0] != [2]int64{1, 2} {
		t.Errorf("once there is one: %+v", r)
	}
	if r := open(nil, 3); r.Signed || r.Last != 7 {
		t.Errorf("without it again: %+v", r)
	}
	if r := open(db.OnlyKey(key), 1); !r.Signed || r.Last != 8 || len(r.Unsigned) != 2 || r.Unsigned[1] != [2]int64{5, 7} {
		t.Errorf("with it again: %+v", r)
	}
}

func TestPersonalValuesOfFormerTimesAreNotReadableInTheFile(t *testing.T) {
	clock := dbtest.NewClock(dbtest.Start)
	w := dbtest.Company(t, clock)
	ctx, boss := context.Background(), w.As(t, w.BossWest)
	canaries := []string{"金丝雀备注一号", "canary@example.test", "wx-canary-77", "金丝雀路九十九号", "查金丝雀的手机"}
	id, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: "盛达电子", Phones: []string{"13800001054"}})
	if err != nil {
		t.Fatal(err)
	}
	// Written and taken back within one process: only the records still know.
	edit := func(set func(*db.Customer)) {
		t.Helper()
		c, err := w.Customer(ctx, boss.Scope(policy.CustomerEdit), id)
		if err != nil {
			t.Fatal(err)
		}
		set(&c)
		if err := w.UpdateCustomer(ctx, boss, c); err != nil {
			t.Fatal(err)
		}
	}
	edit(func(c *db.Customer) {
		c.Remark, c.Email, c.WeChat, c.Address = canaries[0], canaries[1], canaries[2], canaries[3]
	})
	edit(func(c *db.Customer) { c.Remark, c.Email, c.WeChat, c.Address = "", "", "", "" })
	c, err := w.Customer(ctx, boss.Scope(policy.CustomerEdit), id)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.RecordExport(ctx, boss, "customers.export", db.Left{Rows: 1, Detail: map[string]any{"q": canaries[4]}}); err != nil {
		t.Fatal(err)
	}
	history := boss.Scope(policy.CustomerHistory)
	seen := func() (text string) {
		t.Helper()
		list, err := w.History(ctx, history, c.ID, 0, 50)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%+v", list)
	}
	for _, canary := range canaries[:4] {
		if !strings.Contains(seen(), canary) {
			t.Errorf("the history does not show %q", canary)
		}
	}
	// What once was a live row may still stand in a page that is free now.
	if _, err := db.Writer(w.DB).Exec(`VACUUM`); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Writer(w.DB).Exec(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		t.Fatal(err)
	}
	var seq int
	var name, path string
	if err := db.Writer(w.DB).QueryRow(`PRAGMA database_list`).Scan(&seq, &name, &path); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if wal, err := os.ReadFile(path + "-wal"); err == nil {
		file = append(file, wal...)
	}
	if !bytes.Contains(file, []byte("盛达电子")) {
		t.Fatal("the live rows are not in the file that was read")
	}
	for _, canary := range canaries {
		if bytes.Contains(file, []byte(canary)) {
			t.Errorf("%q is readable in the file", canary)
		}
	}
	if err := db.DestroyKey(ctx, w.DB, c.ID); err != nil {
		t.Fatal(err)
	}
	after := seen()
	for _, canary := range canaries[:4] {
		if strings.Contains(after, canary) {
			t.Errorf("%q is readable after the client was erased", canary)
		}
	}
	if !strings.Contains(after, string(db.LostErased)) {
		t.Errorf("the history does not say why: %s", after)
	}
	if r, err := w.CheckChain(ctx); err != nil || !r.Whole() {
		t.Errorf("the chain after an erasure: %+v, %v", r, err)
	}
	edit(func(c *db.Customer) { c.Remark = "新的备注" })
	if strings.Contains(seen(), "新的备注") {
		t.Error("an erased client's values are kept again")
	}
}
