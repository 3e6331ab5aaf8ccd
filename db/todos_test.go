package db_test

import (
	"context"
	"errors"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/handover"
)

// todoOn makes one to-do about a client and returns it.
func todoOn(t *testing.T, w *dbtest.World, customer int64, key string) db.TodoRow {
	t.Helper()
	ctx, system := context.Background(), policy.SystemActor("test")
	if n, err := w.AddTodos(ctx, system, []db.Todo{{Kind: "parcel_stuck", Key: key, CustomerID: customer, Due: "2026-11-20", Args: map[string]string{"number": "302610000000001"}}}); err != nil || n != 1 {
		t.Fatalf("made %d, %v", n, err)
	}
	list, _, err := w.Todos(ctx, system, db.TodoFilter{Customer: customer, Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range list {
		if x.Key == key {
			return x
		}
	}
	t.Fatal("the to-do is not in the list")
	return db.TodoRow{}
}

func TestATodoIsMadeOnceAndForTheRightPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, system := context.Background(), w.As(t, w.BossWest), policy.SystemActor("test")
		client := func(name string, owner, clerk int64) int64 {
			id, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: name, OwnerID: owner, ClerkID: clerk})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		served, owned, nobodys := client("有客服的公司", w.RepWest, w.ClerkWest), client("有业务员的公司", w.RepWest, 0), client("没有人的公司", 0, 0)
		for _, c := range []struct {
			name     string
			customer int64
			want     int64
		}{
			{"the client's clerk", served, w.ClerkWest}, {"without a clerk and a responsible person, the rep", owned, w.RepWest}, {"without anybody, nobody", nobodys, 0},
		} {
			if x := todoOn(t, w, c.customer, "first"+c.name); x.UserID != c.want || x.BranchID != w.West || x.Args["number"] != "302610000000001" {
				t.Errorf("%s: %+v", c.name, x)
			}
		}
		if err := w.SetDuty(ctx, w.As(t, w.Admin), w.West, db.DutyService, w.BossWest, 0); err != nil {
			t.Fatal(err)
		}
		if x := todoOn(t, w, owned, "duty"); x.UserID != w.BossWest {
			t.Errorf("whoever is responsible for service: %+v", x)
		}
		again := []db.Todo{{Kind: "parcel_stuck", Key: "duty", CustomerID: owned}, {Kind: "parcel_stuck", Key: "new", CustomerID: owned}}
		if n, err := w.AddTodos(ctx, system, again); err != nil || n != 1 {
			t.Errorf("of two, one of them known: made %d, %v", n, err)
		}
		if n, err := w.AddTodos(ctx, system, again); err != nil || n != 0 {
			t.Errorf("once more: made %d, %v", n, err)
		}
		if n, err := w.AddTodos(ctx, system, []db.Todo{{Kind: "parcel_stuck", Key: "gone", CustomerID: 77}}); err != nil || n != 0 {
			t.Errorf("about nobody: made %d, %v", n, err)
		}
		if _, err := w.AddTodos(ctx, system, []db.Todo{{Kind: "parcel_stuck", Key: "nowhere"}}); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("of no branch: %v", err)
		}
		// In the bin it is out of sight, and it comes back with the client.
		count := func(who int64, f db.TodoFilter) int {
			n, err := w.CountTodos(ctx, w.As(t, who), f, 100)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := count(w.BossWest, db.TodoFilter{}); n != 5 {
			t.Errorf("the branch has %d open, want 5", n)
		}
		if n := count(w.BossEast, db.TodoFilter{}); n != 0 {
			t.Errorf("another branch sees %d", n)
		}
		if n := count(w.RepWest, db.TodoFilter{}); n != 4 {
			t.Errorf("the rep sees %d, want those about own clients: 4", n)
		}
		if n := count(w.BossWest, db.TodoFilter{Late: "2026-11-20"}); n != 0 {
			t.Errorf("late before the 20th: %d", n)
		}
		c, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), owned)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.DeleteCustomer(ctx, boss, owned, c.Version); err != nil {
			t.Fatal(err)
		}
		if n := count(w.BossWest, db.TodoFilter{}); n != 2 {
			t.Errorf("with the client in the bin %d, want 2", n)
		}
	})
}

func TestATodoIsDoneDroppedPassedOnAndTakenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, clerk := context.Background(), w.As(t, w.BossWest), w.As(t, w.ClerkWest)
		customer, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: "松果文具有限公司", ClerkID: w.ClerkWest})
		if err != nil {
			t.Fatal(err)
		}
		x := todoOn(t, w, customer, "1")
		for _, c := range []struct {
			name string
			do   func() error
			want error
		}{
			{"done by somebody of another branch", func() error { return w.DoTodo(ctx, w.As(t, w.BossEast), x.ID, x.Version, "") }, db.ErrNotFound},
			{"dropped by a rep whose client it is not", func() error { return w.DropTodo(ctx, w.As(t, w.RepWest), x.ID, x.Version, "不办") }, db.ErrNotFound},
			{"done by who only looks", func() error { return w.DoTodo(ctx, w.As(t, w.AuditorHead), x.ID, x.Version, "") }, db.ErrNotFound},
			{"done on a stale version", func() error { return w.DoTodo(ctx, clerk, x.ID, x.Version+1, "") }, db.ErrConflict},
			{"passed to another branch", func() error { return w.PassTodo(ctx, clerk, x.ID, x.Version, w.ClerkEast) }, db.ErrRefused},
			{"passed to a courier, who has no to-dos", func() error { return w.PassTodo(ctx, clerk, x.ID, x.Version, w.CourierWest) }, db.ErrRefused},
			{"passed to a rep", func() error { return w.PassTodo(ctx, clerk, x.ID, x.Version, w.RepWest) }, nil},
			{"done by the rep, whose it is now", func() error { return w.DoTodo(ctx, w.As(t, w.RepWest), x.ID, x.Version+1, "打过电话") }, nil},
			{"done twice", func() error { return w.DoTodo(ctx, clerk, x.ID, x.Version+2, "") }, db.ErrConflict},
			{"taken back", func() error { return w.ReopenTodo(ctx, clerk, x.ID) }, nil},
			{"taken back twice", func() error { return w.ReopenTodo(ctx, clerk, x.ID) }, db.ErrConflict},
			{"dropped", func() error { return w.DropTodo(ctx, clerk, x.ID, x.Version+3, "客户已知道") }, nil},
		} {
			if err := c.do(); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
		now, err := w.Todo(ctx, clerk, policy.TodoRead, x.ID)
		if err != nil || now.State != db.TodoDropped || now.Result != "客户已知道" || now.UserID != w.RepWest || now.ClosedBy != w.ClerkWest || now.ClosedAt == 0 {
			t.Errorf("in the end: %+v, %v", now, err)
		}
		history, err := w.History(ctx, boss.Scope(policy.CustomerHistory), customer, 0, 50)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, ch := range history {
			if ch.Entity == "todos" {
				n++
			}
		}
		if n != 5 {
			t.Errorf("the client's history tells of %d changes of the to-do, want 5", n)
		}
		closed, _, err := w.Todos(ctx, clerk, db.TodoFilter{Closed: true})
		if err != nil || len(closed) != 1 {
			t.Errorf("closed ones: %d, %v", len(closed), err)
		}
	})
}

func TestPagesOfTodosHoldEachOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		var list []db.Todo
		for i := range 23 {
			list = append(list, db.Todo{Kind: "parcel_lost", Key: string(rune('a' + i)), BranchID: w.West, Due: []string{"2026-11-18", "2026-11-19", "2026-11-20"}[i%3]})
		}
		if n, err := w.AddTodos(ctx, boss, list); err != nil || n != len(list) {
			t.Fatalf("made %d, %v", n, err)
		}
		seen, before := map[string]bool{}, ""
		f := db.TodoFilter{Limit: 5}
		for {
			page, more, err := w.Todos(ctx, boss, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range page {
				if seen[x.Key] || x.Due < before {
					t.Errorf("%s of %s comes twice or out of order", x.Key, x.Due)
				}
				seen[x.Key], before = true, x.Due
				f.At = db.TodoKey{Due: x.Due, ID: x.ID}
			}
			if !more {
				break
			}
		}
		if len(seen) != len(list) {
			t.Errorf("%d of %d", len(seen), len(list))
		}
	})
}

func TestALeaversTodosGoWhereTheClientGoes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, admin := context.Background(), w.As(t, w.BossWest), w.As(t, w.Admin)
		customer, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: "松果文具有限公司", OwnerID: w.RepWest})
		if err != nil {
			t.Fatal(err)
		}
		x := todoOn(t, w, customer, "1")
		if x.UserID != w.RepWest {
			t.Fatalf("not the rep's: %+v", x)
		}
		id, err := w.PlanHandover(ctx, admin, db.Submission{}, db.HandoverInput{From: w.RepWest, Ending: db.EndingKeep,
			Rules: map[string]handover.Rule{"owner": {By: handover.One, One: w.RepWest2}}})
		if err != nil {
			t.Fatal(err)
		}
		h, err := w.Handover(ctx, admin, id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.ApplyHandover(ctx, admin, id, h.Version); err != nil {
			t.Fatal(err)
		}
		if now, err := w.Todo(ctx, boss, policy.TodoRead, x.ID); err != nil || now.UserID != w.RepWest2 {
			t.Errorf("after the handover: %+v, %v", now, err)
		}
		if _, err := w.UndoHandover(ctx, admin, id); err != nil {
			t.Fatal(err)
		}
		if now, err := w.Todo(ctx, boss, policy.TodoRead, x.ID); err != nil || now.UserID != w.RepWest {
			t.Errorf("after it was taken back: %+v, %v", now, err)
		}
	})
}
