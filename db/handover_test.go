package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/handover"
)

// leaving is 沈雨桐 of 城西 with n clients, every third of them A, B and C, in
// two cities; the first two with a planned visit, and a visit planned with a
// client of 周砚青's.
type leaving struct {
	*dbtest.World
	t       *testing.T
	clients []int64
	other   int64 // 周砚青's
	visits  []int64
}

func newLeaving(t *testing.T, w *dbtest.World, n int) *leaving {
	l := &leaving{World: w, t: t}
	ctx, system := context.Background(), policy.SystemActor("test")
	open := func(name string, owner int64, class, city string) int64 {
		id, err := w.CreateCustomer(ctx, system, db.Submission{}, db.Customer{BranchID: w.West, Name: name, OwnerID: owner, ClerkID: w.ClerkWest,
			Class: class, CityCode: city, PlaceCode: city, State: "reviewed", FiledOn: "2025-02-01", Phones: []string{"13800001054"}})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	for i := range n {
		l.clients = append(l.clients, open(fmt.Sprintf("客户%03d", i), w.RepWest, string("ABC"[i%3]), []string{"330100", "330400"}[i%2]))
	}
	l.other = open("别人的客户", w.RepWest2, "A", "330100")
	for _, c := range []int64{l.clients[0], l.clients[1], l.other} {
		id, err := w.PlanVisit(ctx, system, db.Submission{}, db.Visit{CustomerID: c, UserID: w.RepWest, Day: "2026-11-25", Mode: "on_site"})
		if err != nil {
			t.Fatal(err)
		}
		l.visits = append(l.visits, id)
	}
	return l
}

func (l *leaving) boss() policy.Actor { return l.As(l.t, l.BossWest) }

func (l *leaving) plan(by policy.Actor, owner handover.Rule) db.Handover {
	l.t.Helper()
	id, err := l.PlanHandover(context.Background(), by, db.Submission{}, db.HandoverInput{From: l.RepWest, Ending: db.EndingKeep,
		Rules: map[string]handover.Rule{"owner": owner, "visit": {By: handover.One, One: l.BossWest}}})
	if err != nil {
		l.t.Fatal(err)
	}
	h, err := l.Handover(context.Background(), by, id)
	if err != nil {
		l.t.Fatal(err)
	}
	return h
}

func (l *leaving) apply(by policy.Actor, h db.Handover) db.HandoverResult {
	l.t.Helper()
	res, err := l.ApplyHandover(context.Background(), by, h.ID, h.Version)
	if err != nil {
		l.t.Fatal(err)
	}
	return res
}

func (l *leaving) owners() map[int64]int {
	out := map[int64]int{}
	for _, c := range l.clients {
		out[l.customer(c).OwnerID]++
	}
	return out
}

func (l *leaving) customer(id int64) db.Customer {
	l.t.Helper()
	c, err := l.Customer(context.Background(), policy.SystemActor("test").Scope(policy.CustomerRead), id)
	if err != nil {
		l.t.Fatal(err)
	}
	return c
}

func (l *leaving) visitor(visit int64) int64 {
	l.t.Helper()
	v, err := l.Visit(context.Background(), policy.SystemActor("test").Scope(policy.VisitRead), visit)
	if err != nil {
		l.t.Fatal(err)
	}
	return v.UserID
}

func TestAHandoverMovesWhatIsHeldAndComesBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		l := newLeaving(t, w, 7)
		ctx, boss := context.Background(), l.boss()
		held, err := w.Holding(ctx, boss, w.RepWest)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(held.Work[0].Count, held.Work[1].Count, held.Work[2].Count, held.Work[0].Groups[handover.Class], held.Work[0].Groups[handover.City]); got != "7 0 3 map[A:3 B:2 C:2] map[330100:4 330400:3]" {
			t.Errorf("holds %s", got)
		}
		var names []string
		for _, taker := range held.Takers {
			names = append(names, taker.Name)
		}
		if slices.Contains(names, "沈雨桐") || slices.Contains(names, "吴快递") || slices.Contains(names, "何佳") || !slices.Contains(names, "周砚青") || !slices.Contains(names, "周明慧") {
			t.Errorf("takers %v", names)
		}
		h := l.plan(boss, handover.Rule{By: handover.Even, Among: []int64{w.RepWest2, w.BossWest}})
		if got := l.owners(); got[w.RepWest] != 7 {
			t.Fatalf("a plan moved clients: %v", got)
		}
		before := l.customer(l.clients[0])
		if res := l.apply(boss, h); res != (db.HandoverResult{Moved: 10}) {
			t.Fatalf("moved %+v", res)
		}
		if got := l.owners(); got[w.BossWest] != 4 || got[w.RepWest2] != 3 {
			t.Errorf("owners %v: the boss carried less and gets the one over", got)
		}
		first := l.customer(l.clients[0])
		if first.OwnerSince != "2026-11-21" || first.Version != before.Version+1 {
			t.Errorf("owner since %s, version %d, was %d", first.OwnerSince, first.Version, before.Version)
		}
		if got := l.visitor(l.visits[0]); got != first.OwnerID {
			t.Errorf("the visit is %d's, its client %d's", got, first.OwnerID)
		}
		if got := l.visitor(l.visits[2]); got != w.RepWest2 {
			t.Errorf("the visit with a client of 周砚青's is %d's", got)
		}
		history, err := w.History(ctx, boss.Scope(policy.CustomerHistory), l.clients[0], 0, 5)
		if err != nil {
			t.Fatal(err)
		}
		if c := history[1]; c.Act != "handovers.apply" || len(c.Fields) != 2 || c.Fields[0].Column != "owner_id" {
			t.Errorf("history says %+v", c)
		}
		// Sent again it answers the same and moves nothing.
		if res := l.apply(boss, h); res != (db.HandoverResult{Moved: 10}) {
			t.Errorf("again: %+v", res)
		}
		if got := l.customer(l.clients[0]); got.Version != first.Version {
			t.Errorf("a replay changed the client")
		}
		// Meanwhile one client went on to somebody else, one was put into the
		// recycle bin, where it has somebody too, and one visit was made.
		system := policy.SystemActor("test")
		on := w.ClerkWest
		if _, err := w.BulkCustomers(ctx, system, l.clients[3:4], db.CustomerBulk{Owner: &on}); err != nil {
			t.Fatal(err)
		}
		if err := w.DeleteCustomer(ctx, system, l.clients[4], l.customer(l.clients[4]).Version); err != nil {
			t.Fatal(err)
		}
		v, err := w.Visit(ctx, system.Scope(policy.VisitRead), l.visits[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := w.CancelVisit(ctx, system, v.ID, v.Version); err != nil {
			t.Fatal(err)
		}
		res, err := w.UndoHandover(ctx, boss, h.ID)
		if err != nil || res != (db.HandoverResult{Moved: 8, Kept: 2}) {
			t.Fatalf("undo %+v, %v", res, err)
		}
		rows, err := w.HandoverRows(ctx, boss, h.ID, db.HandoverFilter{To: -1, Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		why := map[string]int{}
		for _, r := range rows {
			why[r.State+" "+r.Why]++
		}
		if fmt.Sprint(why) != "map[kept changed:1 kept closed:1 reversed :8]" {
			t.Errorf("reasons %v", why)
		}
		if c := l.customer(l.clients[0]); c.OwnerID != w.RepWest || c.OwnerSince != "2025-02-01" {
			t.Errorf("put back to %d since %s", c.OwnerID, c.OwnerSince)
		}
		if again, err := w.UndoHandover(ctx, boss, h.ID); err != nil || again != res {
			t.Errorf("undone again: %+v, %v", again, err)
		}
	})
}

func TestAHandoverIsRefusedBeyondReach(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		l := newLeaving(t, w, 3)
		ctx, boss, east := context.Background(), l.boss(), w.As(t, w.BossEast)
		one := func(id int64) map[string]handover.Rule {
			return map[string]handover.Rule{"owner": {By: handover.One, One: id}}
		}
		for _, c := range []struct {
			name string
			by   policy.Actor
			in   db.HandoverInput
			want error
		}{
			{"another branch's manager", east, db.HandoverInput{From: w.RepWest, Ending: "keep", Rules: one(w.BossEast)}, db.ErrNotFound},
			{"a rep hands their own clients on", w.As(t, w.RepWest), db.HandoverInput{From: w.RepWest, Ending: "keep", Rules: one(w.RepWest2)}, db.ErrNotFound},
			{"the region's manager by the branch's", boss, db.HandoverInput{From: w.RegionZJ, Ending: "keep", Rules: one(w.BossWest)}, db.ErrNotFound},
			{"a manager who edits nobody disables the person", boss, db.HandoverInput{From: w.RepWest, Ending: "now", Rules: one(w.RepWest2)}, db.ErrRefused},
			{"an administrator disables themself", w.As(t, w.Admin), db.HandoverInput{From: w.Admin, Ending: "now", Rules: one(w.RepWest2)}, db.ErrSelf},
		} {
			if _, err := w.PlanHandover(ctx, c.by, db.Submission{}, c.in); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
		// People who may not have clients there get none, whoever names them.
		for name, id := range map[string]int64{"another branch's rep": w.ClerkEast, "a courier": w.CourierWest, "nobody at all": 12, "the leaver": w.RepWest} {
			h := l.plan(boss, handover.Rule{By: handover.One, One: id})
			rows, err := w.HandoverRows(ctx, boss, h.ID, db.HandoverFilter{To: 0, Kind: "owner", Limit: 10})
			if err != nil || len(rows) != 3 {
				t.Errorf("%s: %d of 3 unassigned, %v", name, len(rows), err)
			}
			if err := w.AssignHandover(ctx, boss, h.ID, h.Version, map[int64]int64{1: id}); !errors.Is(err, db.ErrRefused) {
				t.Errorf("%s by hand: %v", name, err)
			}
		}
		h := l.plan(boss, handover.Rule{By: handover.Hand})
		for name, by := range map[string]policy.Actor{"another branch's manager": east, "a rep": w.As(t, w.RepWest2), "a colleague opens a draft": w.As(t, w.RegionZJ)} {
			if _, err := w.Handover(ctx, by, h.ID); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("%s reads: %v", name, err)
			}
			if _, err := w.ApplyHandover(ctx, by, h.ID, h.Version); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("%s applies: %v", name, err)
			}
			if _, err := w.UndoHandover(ctx, by, h.ID); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("%s undoes: %v", name, err)
			}
		}
		// By hand: positions that are not in the plan mean nothing; a stale page is told.
		if err := w.AssignHandover(ctx, boss, h.ID, h.Version, map[int64]int64{1: w.RepWest2, 2: w.RepWest2, 99: w.RepWest2}); err != nil {
			t.Fatal(err)
		}
		if err := w.AssignHandover(ctx, boss, h.ID, h.Version, map[int64]int64{2: w.RepWest2}); !errors.Is(err, db.ErrConflict) {
			t.Errorf("stale: %v", err)
		}
		if _, err := w.ApplyHandover(ctx, boss, h.ID, h.Version); !errors.Is(err, db.ErrConflict) {
			t.Errorf("apply a stale plan: %v", err)
		}
		if _, err := w.UndoHandover(ctx, boss, h.ID); !errors.Is(err, db.ErrConflict) {
			t.Errorf("undo a draft: %v", err)
		}
		h, err := w.Handover(ctx, boss, h.ID)
		if err != nil {
			t.Fatal(err)
		}
		// Between plan and act the taker is disabled, and a client goes elsewhere.
		if _, err := w.BulkCustomers(ctx, policy.SystemActor("test"), l.clients[1:2], db.CustomerBulk{Owner: &w.BossWest}); err != nil {
			t.Fatal(err)
		}
		l.edit(w.RepWest2, func(in *db.UserInput) { in.Disabled = true })
		res := l.apply(boss, h)
		if got := l.owners(); res != (db.HandoverResult{Kept: 2, Failed: 4}) || got[w.RepWest] != 2 || got[w.BossWest] != 1 {
			t.Errorf("moved %+v, owners %v", res, got)
		}
	})
}

// edit changes a person as the system does.
func (l *leaving) edit(id int64, change func(*db.UserInput)) {
	l.t.Helper()
	ctx, system := context.Background(), policy.SystemActor("test")
	u, err := l.User(ctx, system.Scope(policy.UserEdit), id)
	if err != nil {
		l.t.Fatal(err)
	}
	in := db.UserInput{Username: u.Username, Name: u.Name, Phone: u.Phone, BranchID: u.BranchID, JoinedOn: u.JoinedOn, LeavesOn: u.LeavesOn, Grants: u.Grants, Disabled: u.Disabled}
	change(&in)
	if err := l.UpdateUser(ctx, system, id, u.Version, in); err != nil {
		l.t.Fatal(err)
	}
}

func TestAHandoverEndsTheAccountAsAskedAndTellsTheTakers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		l := newLeaving(t, w, 2)
		ctx, admin := context.Background(), w.As(t, w.Admin)
		plan := func(ending, on string) db.Handover {
			id, err := w.PlanHandover(ctx, admin, db.Submission{}, db.HandoverInput{From: w.RepWest, Ending: ending, EndsOn: on,
				Rules: map[string]handover.Rule{"owner": {By: handover.One, One: w.RepWest2}}})
			if err != nil {
				t.Fatal(err)
			}
			h, err := w.Handover(ctx, admin, id)
			if err != nil {
				t.Fatal(err)
			}
			return h
		}
		first, second := plan("date", "2026-11-30"), plan("date", "2026-11-30")
		if _, err := w.Handover(ctx, admin, first.ID); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("the former draft: %v", err)
		}
		if n, _, err := w.NewlyReceived(ctx, w.As(t, w.RepWest2)); n != 0 || err != nil {
			t.Errorf("before: %d, %v", n, err)
		}
		l.apply(admin, second)
		u, err := w.User(ctx, admin.Scope(policy.UserRead), w.RepWest)
		if err != nil || u.LeavesOn != "2026-11-30" || u.Disabled {
			t.Errorf("leaves on %q, disabled %v, %v", u.LeavesOn, u.Disabled, err)
		}
		taker := w.As(t, w.RepWest2)
		if n, _, err := w.NewlyReceived(ctx, taker); n != 3 || err != nil { // the visit with 周砚青's own client came too
			t.Errorf("told of %d, %v", n, err)
		}
		list, err := w.ReceivedWork(ctx, taker, 0, 0, 10)
		if err != nil || len(list) != 5 || list[0].From != w.RepWest {
			t.Fatalf("received %d, %v", len(list), err)
		}
		if rest, err := w.ReceivedWork(ctx, taker, list[1].Handover, list[1].Position, 10); err != nil || len(rest) != 3 {
			t.Errorf("the next page has %d, %v", len(rest), err)
		}
		if err := w.SeeReceived(ctx, taker); err != nil {
			t.Fatal(err)
		}
		if n, _, err := w.NewlyReceived(ctx, taker); n != 0 || err != nil {
			t.Errorf("after reading: %d, %v", n, err)
		}
		if list, err := w.ReceivedWork(ctx, w.As(t, w.BossEast), 0, 0, 10); err != nil || len(list) != 0 {
			t.Errorf("somebody else received %d, %v", len(list), err)
		}
		l.apply(admin, plan("now", ""))
		if _, err := w.Actors().Actor(ctx, w.RepWest); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("signed in still: %v", err)
		}
		w.Clock.Move(31 * 24 * time.Hour)
		if _, err := w.UndoHandover(ctx, admin, second.ID); !errors.Is(err, db.ErrConflict) {
			t.Errorf("undo after 31 days: %v", err)
		}
	})
}

// TestThreeThousandClientsAreHandedOverQuickly: it is one act, and whoever saves
// meanwhile waits for it: about a quarter of a second. How fast the machine is
// at this moment, opening the 3,000 files one by one tells, which takes some
// twenty times as long.
func TestThreeThousandClientsAreHandedOverQuickly(t *testing.T) {
	if testing.Short() {
		t.Skip("3,000 clients: run without -short")
	}
	clock := dbtest.NewClock(dbtest.Start)
	w := dbtest.Company(t, clock)
	ctx, system := context.Background(), policy.SystemActor("test")
	start := time.Now()
	for i := range 3000 {
		if _, err := w.CreateCustomer(ctx, system, db.Submission{}, db.Customer{BranchID: w.West, Name: fmt.Sprintf("客户%04d", i), OwnerID: w.RepWest}); err != nil {
			t.Fatal(err)
		}
	}
	opened := time.Since(start)
	l := &leaving{World: w, t: t}
	boss := l.boss()
	start = time.Now()
	h := l.plan(boss, handover.Rule{By: handover.Even, Among: []int64{w.RepWest2, w.BossWest}})
	planned := time.Since(start)
	start = time.Now()
	res := l.apply(boss, h)
	applied := time.Since(start)
	start = time.Now()
	back, err := w.UndoHandover(ctx, boss, h.ID)
	undone := time.Since(start)
	t.Logf("open %v, plan %v, apply %v, undo %v", opened, planned, applied, undone)
	if err != nil || res.Moved != 3000 || back.Moved != 3000 {
		t.Errorf("moved %+v, back %+v, %v", res, back, err)
	}
	if worst := max(planned, applied, undone); worst > opened {
		t.Errorf("an act held the writer for %v, longer than opening the files one by one (%v)", worst, opened)
	}
}
