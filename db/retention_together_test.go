package db_test

import (
	"context"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/retention"
)

// TestWhatChangesWhileItIsArchivedIsAskedAgain: somebody reopens a case, and
// somebody gives a visit to another client, between the night's reading of what
// is due and its writing.
func TestWhatChangesWhileItIsArchivedIsAskedAgain(t *testing.T) {
	w := dbtest.CompanyPostgres(t, dbtest.NewClock(dbtest.Start))
	ctx := context.Background()
	client, other := fileOf(t, w, "甲公司", w.RepWest), fileOf(t, w, "乙公司", w.RepWest)
	plantKinds(t, w, client.ID)
	keptRule(t, w, retention.Rule{Archiving: true})
	toDay(t, w, "2029-01-10")
	for _, c := range []struct{ name, change string }{
		{"a visit given to another client", `UPDATE visits SET customer_id = $1, version = version + 1 WHERE id = 8`},
		{"a case reopened", `UPDATE cases SET step = 'handle', closed_at = 0, version = version + CASE WHEN CAST($1 AS BIGINT) > 0 THEN 1 ELSE 0 END WHERE id = 8`},
	} {
		tx, err := db.Writer(w.DB).BeginTx(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback() //nolint:errcheck // after Commit it says so, and that is fine
		if _, err := tx.ExecContext(ctx, c.change, other.ID); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		done := make(chan error, 1)
		go func() {
			_, err := w.KeepTimes(ctx, policy.SystemActor("test"))
			done <- err
		}()
		waiting := `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
		for until := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
			var n int
			if err := w.RawRow(waiting).Scan(&n); err != nil {
				t.Fatal(err)
			}
			if n > 0 {
				break
			}
			if time.Now().After(until) {
				t.Fatalf("%s: the night waits for nobody", c.name)
			}
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if c.name == "a case reopened" {
			continue
		}
		// The night did the other kinds too; the case comes back for the second change.
		a, err := w.ArchivedOf(ctx, retention.Cases, 8)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.BringBack(ctx, w.As(t, w.BossWest), a.ID, "客户又来问"); err != nil {
			t.Fatal(err)
		}
		toDay(t, w, "2029-05-10") // its three months are over
	}
	var of int64
	if err := w.RawRow(`SELECT customer_id FROM archived WHERE kind = 'visits' AND row_id = 8`).Scan(&of); err != nil || of != other.ID {
		t.Errorf("the visit is archived of client %d, %v; want %d", of, err, other.ID)
	}
	var said string
	var life int
	if err := w.RawRow(`SELECT said, life FROM cases WHERE id = 8`).Scan(&said, &life); err != nil || life != db.LifeInUse || said != "鹮6" {
		t.Errorf("the open case says %q, life %d, %v", said, life, err)
	}
}

// TestHoldsOfOthersDoNotHideOnesOwn: more is held at another branch than a page
// shows.
func TestHoldsOfOthersDoNotHideOnesOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		west := fileOf(t, w, "甲公司", w.RepWest)
		east, err := w.CreateCustomer(ctx, w.As(t, w.BossEast), db.Submission{}, db.Customer{BranchID: w.East, Name: "乙公司", Class: "A"}, db.Contact{Name: "李国平", Primary: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Writer(w.DB).Exec(`INSERT INTO ratings (id, kind, branch_id, day, way, asked_by, asked_at, answered_at, answered_on, score, created_at, updated_at)
			VALUES (8, 'call', $1, '2026-11-20', 'call', $2, 0, 5, '2026-11-20', 2, 0, 0)`, w.East, w.BossEast); err != nil {
			t.Fatal(err)
		}
		hold := func(id, customer int64, kind string, row int64) {
			t.Helper()
			var of any
			if customer != 0 {
				of = customer
			}
			if _, err := db.Writer(w.DB).Exec(`INSERT INTO retention_holds (id, customer_id, kind, row_id, until, reason, user_id, made_at) VALUES ($1, $2, $3, $4, '', '留着', $5, 0)`, id, of, kind, row, w.Chief); err != nil {
				t.Fatal(err)
			}
		}
		hold(1, east, "", 0)
		hold(2, 0, "ratings", 8)
		hold(3, 0, "ratings", 99) // of a row that is gone
		for id := int64(10); id < 420; id++ {
			hold(id, west.ID, "", 0)
		}
		read := func(scope policy.Scope) (ids []int64, pages int) {
			t.Helper()
			var at db.HoldKey
			for {
				list, next, err := w.Holds(ctx, scope, at)
				if err != nil || len(list) > 200 {
					t.Fatalf("%d holds, %v", len(list), err)
				}
				pages++
				for _, h := range list {
					ids = append(ids, h.ID)
				}
				if next == nil {
					return ids, pages
				}
				at = *next
			}
		}
		if ids, pages := read(w.As(t, w.BossEast).Scope(policy.VisitRead)); pages != 1 || len(ids) != 2 || ids[0] != 1 || ids[1] != 2 {
			t.Errorf("the manager of the other branch sees %d on %d pages", ids, pages)
		}
		ids, pages := read(w.As(t, w.Chief).Scope(policy.PrivacyEdit))
		if pages != 3 || len(ids) != 412 || ids[0] != 419 || ids[409] != 10 || ids[410] != 1 || ids[411] != 2 {
			t.Errorf("head office sees %d on %d pages", len(ids), pages)
		}
	})
}
