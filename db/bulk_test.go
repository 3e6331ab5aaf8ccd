package db_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
)

func TestManyCustomersAreChangedAtOnceAndPutBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, rep := context.Background(), w.As(t, w.BossWest), w.As(t, w.RepWest)
		files := fill(t, w, 60, 4)
		var ids, west []int64
		for _, c := range files {
			ids = append(ids, c.ID)
			if c.BranchID == w.West {
				west = append(west, c.ID)
			}
		}
		tags, err := w.Tags(ctx)
		if err != nil {
			t.Fatal(err)
		}
		owner := w.RepWest2
		res, err := w.BulkCustomers(ctx, boss, ids, db.CustomerBulk{Owner: &owner, AddTags: []int64{tags[0].ID}})
		if err != nil || res.Act == 0 || res.Kept != 0 || res.Changed == 0 || res.Changed > len(west) {
			t.Fatalf("assigned: %+v, %v of %d", res, err, len(west))
		}
		all := boss.Scope(policy.CustomerRead)
		for _, id := range west {
			if c, err := w.Customer(ctx, all, id); err != nil || c.OwnerID != owner || !slices.Contains(c.Tags, tags[0].ID) {
				t.Fatalf("customer %d: %+v, %v", id, c, err)
			}
		}
		east := w.As(t, w.BossEast).Scope(policy.CustomerRead)
		for _, c := range files {
			if c.BranchID == w.East {
				if now, err := w.Customer(ctx, east, c.ID); err != nil || now.Version != c.Version {
					t.Fatalf("another branch's customer was touched: %+v, %v", now, err)
				}
			}
		}
		// A rep may not give clients away: nothing changes, and it is said.
		if r, err := w.BulkCustomers(ctx, w.As(t, w.RepWest2), west, db.CustomerBulk{Owner: new(int64)}); err != nil || r.Changed != 0 || r.Kept == 0 || r.Act != 0 {
			t.Fatalf("a rep assigns: %+v, %v", r, err)
		}
		if _, err := w.UndoBulk(ctx, rep, res.Act); !errors.Is(err, db.ErrNotFound) {
			t.Fatalf("somebody else undoes: %v", err)
		}
		// One is changed again in between; it stays.
		c, err := w.Customer(ctx, all, west[0])
		if err != nil {
			t.Fatal(err)
		}
		c.OwnerID = w.RepWest
		if err := w.UpdateCustomer(ctx, boss, c); err != nil {
			t.Fatal(err)
		}
		back, err := w.UndoBulk(ctx, boss, res.Act)
		if err != nil || back.Changed+back.Kept != res.Changed || back.Kept == 0 {
			t.Fatalf("undone: %+v of %+v, %v", back, res, err)
		}
		for _, c := range files {
			if c.BranchID != w.West || c.ID == west[0] {
				continue
			}
			if now, err := w.Customer(ctx, all, c.ID); err != nil || now.OwnerID != c.OwnerID || !slices.Equal(now.Tags, c.Tags) {
				t.Fatalf("put back: owner %d tags %v, was %d %v (%v)", now.OwnerID, now.Tags, c.OwnerID, c.Tags, err)
			}
		}
		if _, err := w.UndoBulk(ctx, boss, res.Act); !errors.Is(err, db.ErrNotFound) {
			t.Fatalf("undone twice: %v", err)
		}
		again, err := w.BulkCustomers(ctx, boss, west, db.CustomerBulk{State: "archived"})
		if err != nil || again.Changed == 0 {
			t.Fatal(again, err)
		}
		w.Clock.Move((db.UndoDays*24 + 1) * time.Hour)
		if _, err := w.UndoBulk(ctx, boss, again.Act); !errors.Is(err, db.ErrNotFound) {
			t.Fatalf("undone after 30 days: %v", err)
		}
		if _, err := w.BulkCustomers(ctx, boss, make([]int64, db.BulkLimit+1), db.CustomerBulk{State: "draft"}); !errors.Is(err, db.ErrTooMany) {
			t.Fatalf("too many: %v", err)
		}
	})
}

func TestTheRecycleBinSaysWhoDeletedWhatWithinReach(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		id, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: "松果母婴"})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.DeleteCustomer(ctx, boss, id, 1); err != nil {
			t.Fatal(err)
		}
		rows, more, err := w.BinnedCustomers(ctx, boss.Scope(policy.CustomerDelete))
		if err != nil || more || len(rows) != 1 || rows[0].ID != id || rows[0].By != "周明慧" || rows[0].DeletedAt != w.Now().UnixMilli() {
			t.Fatalf("the bin: %+v, %v", rows, err)
		}
		if rows, _, err := w.BinnedCustomers(ctx, w.As(t, w.BossEast).Scope(policy.CustomerDelete)); err != nil || len(rows) != 0 {
			t.Fatalf("another branch's bin: %+v, %v", rows, err)
		}
	})
}
