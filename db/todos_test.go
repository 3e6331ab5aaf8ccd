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

func TestALeaversToDoAboutNoClientGoesToWhomTheRuleNames(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, admin, system := context.Background(), w.As(t, w.BossWest), w.As(t, w.Admin), policy.SystemActor("test")
		add := func(key string, branch, user int64) db.TodoRow {
			t.Helper()
			if n, err := w.AddTodos(ctx, system, []db.Todo{{Kind: "parcel_lost", Key: key, BranchID: branch, UserID: user, Args: map[string]string{"number": "302610000000001"}}}); err != nil || n != 1 {
				t.Fatalf("made %d, %v", n, err)
			}
			list, _, err := w.Todos(ctx, system, db.TodoFilter{Limit: 500})
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range list {
				if x.Key == key {
					return x
				}
			}
			t.Fatal("it is not in the list")
			return db.TodoRow{}
		}
		west, east := add("west", w.West, w.RepWest), add("east", w.East, w.RepWest)
		held, err := w.Holding(ctx, boss, w.RepWest)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range held.Work {
			if want := map[string]int{"todo": 1}[x.Kind]; x.Count != want {
				t.Errorf("%s: %d, want %d", x.Kind, x.Count, want)
			}
		}
		if !held.Elsewhere || len(held.Takers) == 0 {
			t.Errorf("elsewhere %v, %d takers", held.Elsewhere, len(held.Takers))
		}
		plan := func(by policy.Actor, rules map[string]handover.Rule) db.Handover {
			t.Helper()
			id, err := w.PlanHandover(ctx, by, db.Submission{}, db.HandoverInput{From: w.RepWest, Ending: db.EndingKeep, Rules: rules})
			if err != nil {
				t.Fatal(err)
			}
			h, err := w.Handover(ctx, by, id)
			if err != nil {
				t.Fatal(err)
			}
			return h
		}
		h := plan(boss, map[string]handover.Rule{"owner": {By: handover.One, One: w.RepWest2}, "todo": {By: handover.One, One: w.RepWest2}})
		rows, err := w.HandoverRows(ctx, boss, h.ID, db.HandoverFilter{To: -1, Limit: 10, WithPhones: true})
		if err != nil || len(rows) != 1 || rows[0].To != w.RepWest2 || rows[0].CustomerID != 0 || rows[0].Todo != "parcel_lost" || rows[0].TodoArgs["number"] != "302610000000001" {
			t.Fatalf("%+v, %v", rows, err)
		}
		res, err := w.ApplyHandover(ctx, boss, h.ID, h.Version)
		if err != nil || res.Moved != 1 {
			t.Fatalf("%+v, %v", res, err)
		}
		whose := func(x db.TodoRow) int64 {
			t.Helper()
			now, err := w.Todo(ctx, system, policy.TodoRead, x.ID)
			if err != nil {
				t.Fatal(err)
			}
			return now.UserID
		}
		if whose(west) != w.RepWest2 || whose(east) != w.RepWest {
			t.Errorf("the west's is %d's, the east's %d's", whose(west), whose(east))
		}
		got, err := w.ReceivedWork(ctx, w.As(t, w.RepWest2), 0, 0, 10)
		if err != nil || len(got) != 1 || got[0].RowID != west.ID || got[0].Todo != "parcel_lost" {
			t.Errorf("received: %+v, %v", got, err)
		}
		counts, err := w.HandoverCounts(ctx, h.ID)
		if err != nil || len(counts) != 1 || counts[0].Kind != "todo" || counts[0].Count != 1 {
			t.Errorf("counts: %+v, %v", counts, err)
		}
		if _, err := w.UndoHandover(ctx, boss, h.ID); err != nil || whose(west) != w.RepWest {
			t.Errorf("taken back: %d's, %v", whose(west), err)
		}
		// Two of nobody's do not go together; what nobody is named for stays.
		second := add("second", w.West, w.RepWest)
		h = plan(admin, map[string]handover.Rule{})
		if rows, err = w.HandoverRows(ctx, admin, h.ID, db.HandoverFilter{To: 0, Limit: 10}); err != nil || len(rows) != 3 {
			t.Fatalf("%+v, %v", rows, err)
		}
		for _, x := range rows {
			if x.RowID == second.ID {
				if err := w.AssignHandover(ctx, admin, h.ID, h.Version, map[int64]int64{x.Position: w.RepWest2}); err != nil {
					t.Fatal(err)
				}
			}
		}
		h, err = w.Handover(ctx, admin, h.ID)
		if err == nil {
			res, err = w.ApplyHandover(ctx, admin, h.ID, h.Version)
		}
		if err != nil || res.Moved != 1 || res.Kept != 2 || whose(second) != w.RepWest2 || whose(west) != w.RepWest {
			t.Errorf("%+v, %v: second %d's, first %d's", res, err, whose(second), whose(west))
		}
	})
}

func TestManyToDosAreDoneAtOnceAndTakenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, clerk := context.Background(), w.As(t, w.BossWest), w.As(t, w.ClerkWest)
		customer, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: "松果文具有限公司", ClerkID: w.ClerkWest})
		if err != nil {
			t.Fatal(err)
		}
		open, stale, done := todoOn(t, w, customer, "1"), todoOn(t, w, customer, "2"), todoOn(t, w, customer, "3")
		if err := w.DoTodo(ctx, boss, done.ID, done.Version, "经理办的"); err != nil {
			t.Fatal(err)
		}
		list := []db.TodoRef{{ID: open.ID, Version: open.Version}, {ID: stale.ID, Version: stale.Version + 1}, {ID: done.ID, Version: done.Version + 1}, {ID: 77, Version: 1}}
		if got, err := w.DoTodos(ctx, w.As(t, w.BossEast), list, "别处的"); err != nil || len(got) != 0 {
			t.Errorf("another branch does %v, %v", got, err)
		}
		got, err := w.DoTodos(ctx, clerk, list, "都打过电话")
		if err != nil || len(got) != 1 || got[0] != open.ID {
			t.Fatalf("done %v, %v", got, err)
		}
		state := func(x db.TodoRow) db.TodoRow {
			t.Helper()
			now, err := w.Todo(ctx, boss, policy.TodoRead, x.ID)
			if err != nil {
				t.Fatal(err)
			}
			return now
		}
		if now := state(open); now.State != db.TodoDone || now.Result != "都打过电话" || now.ClosedBy != w.ClerkWest {
			t.Errorf("%+v", now)
		}
		if state(stale).State != db.TodoOpen || state(done).Result != "经理办的" {
			t.Errorf("%+v, %+v", state(stale), state(done))
		}
		if back, err := w.ReopenTodos(ctx, clerk, []int64{open.ID, stale.ID, done.ID, 77}); err != nil || len(back) != 1 || state(open).State != db.TodoOpen || state(done).State != db.TodoDone {
			t.Errorf("taken back %v, %v", back, err)
		}
		if back, err := w.ReopenTodos(ctx, clerk, []int64{open.ID}); err != nil || len(back) != 0 {
			t.Errorf("twice: %v, %v", back, err)
		}
	})
}
