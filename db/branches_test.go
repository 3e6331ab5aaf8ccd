package db_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
)

// sees says whether a fresh request of somebody finds the client.
func seesClient(t *testing.T, w *dbtest.World, user, client int64) bool {
	t.Helper()
	_, err := w.Customer(context.Background(), w.As(t, user).Scope(policy.CustomerRead), client)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		t.Fatal(err)
	}
	return err == nil
}

func clientAt(t *testing.T, w *dbtest.World, branch int64, name string) int64 {
	t.Helper()
	id, err := w.CreateCustomer(context.Background(), policy.SystemActor("test"), db.Submission{}, db.Customer{BranchID: branch, Name: name, Phones: []string{"13800138000"}})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func branchOf(t *testing.T, w *dbtest.World, id int64) db.Branch {
	t.Helper()
	b, err := w.Branch(context.Background(), policy.SystemActor("test").Scope(policy.BranchRead), id)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAMovedBranchIsSeenFromItsNewPlaceAndBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin := context.Background(), w.As(t, w.Admin)
		client := clientAt(t, w, w.West, "松果贸易")
		if !seesClient(t, w, w.RegionZJ, client) {
			t.Fatal("at first the region sees its branch's client")
		}
		e, err := w.MoveEffects(ctx, admin, w.West, w.Jiangsu)
		if err != nil {
			t.Fatal(err)
		}
		if e.Branches != 1 || e.Clients != 1 || len(e.Gain) != 0 || len(e.Lose) != 1 || e.Lose[0].UserID != w.RegionZJ || e.Lose[0].Clients != 1 {
			t.Errorf("what the move means: %+v", e)
		}
		version := branchOf(t, w, w.West).Version
		if err := w.ConfirmMove(ctx, admin, w.West, w.Jiangsu, version-1, e.Mark); !errors.Is(err, db.ErrConflict) {
			t.Errorf("a stale form: %v", err)
		}
		if err := w.ConfirmMove(ctx, admin, w.West, w.Jiangsu, version, "0000"); !errors.Is(err, db.ErrEffects) {
			t.Errorf("a mark of other effects: %v", err)
		}
		if err := w.ConfirmMove(ctx, admin, w.West, w.Jiangsu, version, e.Mark); err != nil {
			t.Fatal(err)
		}
		if seesClient(t, w, w.RegionZJ, client) {
			t.Error("after the move the old region still sees the client")
		}
		if !seesClient(t, w, w.BossWest, client) || !seesClient(t, w, w.Chief, client) {
			t.Error("the branch's own manager or head office lost sight")
		}
		if err := w.UndoMove(ctx, admin, w.West, version); !errors.Is(err, db.ErrNotFound) && !errors.Is(err, db.ErrConflict) {
			t.Errorf("undo of another version: %v", err)
		}
		if err := w.UndoMove(ctx, admin, w.West, version+1); err != nil {
			t.Fatal(err)
		}
		if !seesClient(t, w, w.RegionZJ, client) || branchOf(t, w, w.West).ParentID != w.Zhejiang {
			t.Error("the undo did not bring it back")
		}
	})
}

func TestABranchHangsOnlyWhereItMay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin := context.Background(), w.As(t, w.Admin)
		local, err := w.CreateUser(ctx, policy.SystemActor("test"), db.UserInput{Username: "local", Name: "浙管", BranchID: w.Zhejiang, PasswordHash: dbtest.Hash,
			Grants: []policy.Grant{{Role: policy.Administrator, Branch: w.Zhejiang}}})
		if err != nil {
			t.Fatal(err)
		}
		here := w.As(t, local)
		for name, c := range map[string]struct {
			by         policy.Actor
			id, parent int64
			want       error
		}{
			"below itself":                       {admin, w.Zhejiang, w.Zhejiang, db.ErrPlace},
			"below its own branch":               {admin, w.Zhejiang, w.West, db.ErrPlace},
			"a region below a branch":            {admin, w.Zhejiang, w.Gulou, db.ErrPlace},
			"head office below a region":         {admin, w.Head, w.Zhejiang, db.ErrRefused},
			"below a forged parent":              {admin, w.West, 4711, db.ErrNotFound},
			"a forged branch":                    {admin, 4711, w.Zhejiang, db.ErrNotFound},
			"a local's branch to another region": {here, w.West, w.Jiangsu, db.ErrNotFound},
			"another region's branch to a local": {here, w.Gulou, w.Zhejiang, db.ErrNotFound},
			"the root of a local's own reach":    {here, w.Zhejiang, w.West, db.ErrRefused},
			"a branch manager's own":             {w.As(t, w.BossWest), w.West, w.Jiangsu, db.ErrNotFound},
		} {
			if err := w.MoveBranch(ctx, c.by, c.id, c.parent); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		if err := w.MoveBranch(ctx, here, w.West, w.East); err != nil {
			t.Errorf("within a local's reach: %v", err)
		}
		if chain := w.Chain(w.West); len(chain) != 4 || chain[1] != w.East {
			t.Errorf("the chain after it: %v", chain)
		}
	})
}

func TestTwoMovesAtOnceMakeNoRing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin := context.Background(), w.As(t, w.Admin)
		client := clientAt(t, w, w.West, "松果贸易")
		for range 5 {
			var wg sync.WaitGroup
			for _, m := range [][2]int64{{w.West, w.East}, {w.East, w.West}} {
				wg.Add(2)
				go func() { defer wg.Done(); _ = w.MoveBranch(ctx, admin, m[0], m[1]) }()
				go func() { // somebody reads meanwhile
					defer wg.Done()
					if _, err := w.Customer(ctx, admin.Scope(policy.CustomerRead), client); err != nil {
						t.Errorf("a read during a move: %v", err)
					}
				}()
			}
			wg.Wait()
			west, east := branchOf(t, w, w.West), branchOf(t, w, w.East)
			if west.ParentID == w.East && east.ParentID == w.West {
				t.Fatal("a ring")
			}
			for _, id := range []int64{w.West, w.East} {
				if err := w.MoveBranch(ctx, admin, id, w.Zhejiang); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

func TestABranchIsClosedWithItsPeopleAndClientsHandedOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin := context.Background(), w.As(t, w.Admin)
		client := clientAt(t, w, w.West, "松果贸易")
		refused := func(name string, by policy.Actor, id, version, to int64, want error) {
			t.Helper()
			if err := w.CloseBranch(ctx, by, id, version, to); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", name, err, want)
			}
		}
		west := branchOf(t, w, w.West)
		refused("a region with open branches", admin, w.Zhejiang, branchOf(t, w, w.Zhejiang).Version, w.Jiangsu, db.ErrBelow)
		refused("with people and no heir", admin, w.West, west.Version, 0, db.ErrOccupied)
		refused("to itself", admin, w.West, west.Version, w.West, db.ErrPlace)
		refused("to a forged branch", admin, w.West, west.Version, 4711, db.ErrNotFound)
		refused("stale", admin, w.West, west.Version-1, w.East, db.ErrConflict)
		refused("by its manager", w.As(t, w.BossWest), w.West, west.Version, w.East, db.ErrNotFound)
		if err := w.CloseBranch(ctx, admin, w.West, west.Version, w.East); err != nil {
			t.Fatal(err)
		}
		if b := branchOf(t, w, w.West); b.Active {
			t.Error("it is still open")
		}
		if !seesClient(t, w, w.BossEast, client) || !seesClient(t, w, w.BossWest, client) {
			t.Error("who works at the heir now does not see the client")
		}
		u, err := w.User(ctx, admin.Scope(policy.UserRead), w.BossWest)
		if err != nil || u.BranchID != w.East || len(u.Grants) != 1 || u.Grants[0].Branch != w.East {
			t.Errorf("the manager afterwards: %+v, %v", u, err)
		}
		east := w.As(t, w.BossEast)
		found, _, err := w.SearchCustomers(ctx, east.Scope(policy.CustomerRead), east.Scope(policy.CustomerUnmask), "松果")
		if err != nil || len(found) != 1 {
			t.Errorf("the heir searches: %d, %v", len(found), err)
		}
		if _, err := w.CreateBranch(ctx, admin, db.BranchInput{ParentID: w.West, Level: db.LevelBranch, Name: "分部", Code: "HZ09"}); !errors.Is(err, db.ErrPlace) {
			t.Errorf("a branch below a closed one: %v", err)
		}
		if err := w.ReopenBranch(ctx, admin, w.West, west.Version); !errors.Is(err, db.ErrConflict) {
			t.Errorf("reopened with a stale form: %v", err)
		}
		if err := w.ReopenBranch(ctx, admin, w.West, west.Version+1); err != nil {
			t.Fatal(err)
		}
		figures, err := w.BranchFigures(ctx, admin.Scope(policy.UserRead), admin.Scope(policy.CustomerRead))
		if err != nil || figures.Clients[w.West] != 0 || figures.Clients[w.East] != 1 || figures.Clients[w.Head] != 1 || figures.People[w.West] != 0 {
			t.Errorf("the figures: %+v, %v", figures, err)
		}
	})
}
