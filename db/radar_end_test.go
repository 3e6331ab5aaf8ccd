package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/consent"
	"yike/policy/day"
	"yike/policy/handover"
	"yike/policy/ledger"
	"yike/policy/radar"
)

// shipsAgain puts ten pieces on every working day of a span into the books of a
// client of the western branch.
func shipsAgain(t *testing.T, w *dbtest.World, client int64, from, to string) {
	t.Helper()
	var items []db.Waybill
	for d := day.MustParse(from); d <= day.MustParse(to); d++ {
		if wd := d.Weekday(); wd != 0 && wd != 6 {
			items = append(items, db.Waybill{Number: fmt.Sprintf("3099%d", int(d)), BranchID: w.West, CustomerID: client, BoundBy: "name", SentDay: d.String(), SentAt: d.Time().UnixMilli(),
				Pieces: 10, Freight: 5000, Product: "express", State: "signed"})
		}
	}
	if _, err := w.LoadWaybills(context.Background(), policy.SystemActor("test"), slices.Values(items), nil); err != nil {
		t.Fatal(err)
	}
}

type radarWorld struct {
	*dbtest.World
	t *testing.T
}

func (w radarWorld) sweep(on string, want int64) {
	w.t.Helper()
	if n, err := w.SweepRadar(context.Background(), policy.SystemActor("test"), day.MustParse(on)); err != nil || n != want {
		w.t.Fatalf("%s: %d raised, moved or ended, want %d (%v)", on, n, want, err)
	}
}

// the is the one alert of a kind that somebody sees.
func (w radarWorld) the(user int64, kind radar.Kind) db.RadarRow {
	w.t.Helper()
	by := w.As(w.t, user)
	list, _, err := w.RadarAlerts(context.Background(), by.Scope(policy.RadarRead), db.RadarFilter{Kind: string(kind), Money: by.Scope(policy.AccountRead), Answers: by.Scope(policy.RatingRead)})
	if err != nil || len(list) != 1 {
		w.t.Fatalf("%d alerts, %v", len(list), err)
	}
	r, err := w.RadarAlert(context.Background(), by, policy.RadarRead, list[0].ID)
	if err != nil {
		w.t.Fatal(err)
	}
	if full := r.Detail; list[0].Detail.Percent != full.Percent || list[0].Detail.Stop != full.Stop || list[0].Detail.Silent != full.Silent || list[0].Detail.Usual() != full.Usual() || list[0].Worker != r.Worker {
		w.t.Errorf("the list knows %+v, the page %+v", list[0].Detail, full)
	}
	return r
}

func TestAnAlertEndsByItselfOnceTheClientIsBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, world *dbtest.World) {
		ctx, w := context.Background(), radarWorld{world, t}
		stops, _ := shippers(t, world)
		rep := w.As(t, w.RepWest)
		w.sweep("2026-08-25", 1)
		first := w.the(w.RepWest, radar.Week)
		if err := w.AnswerRadar(ctx, rep, first.ID, 1, db.RadarAnswer{Reason: "price", Response: "offer", OwnerID: w.RepWest, DueDay: "2026-09-01"}); err != nil {
			t.Fatal(err)
		}
		shipsAgain(t, world, stops, "2026-08-24", "2026-09-04")
		w.sweep("2026-08-31", 0) // one week is too few
		w.sweep("2026-09-07", 1)
		w.sweep("2026-09-07", 0)
		r := w.the(w.RepWest, radar.Week)
		if r.State != db.RadarClosed || r.ClosedDay != "2026-09-07" || r.Ended == nil || *r.Ended != (radar.End{Why: radar.EndVolume, From: "2026-08-24", Weeks: 2, Got: 50, Usual: 50}) ||
			r.Response != "offer" || r.Result != "" {
			t.Fatalf("the end: %+v %+v", r.RadarAlert, r.Ended)
		}
		todos, _, err := w.Todos(ctx, rep, db.TodoFilter{Kind: "radar_week", Closed: true})
		if err != nil || len(todos) != 1 || todos[0].State != db.TodoDone || todos[0].Args["ended"] != radar.EndVolume || todos[0].ClosedBy != 0 {
			t.Errorf("the to-do: %+v, %v", todos, err)
		}
		// Taken up again, what came before that day no longer ends it.
		if err := w.ReopenRadar(ctx, rep, r.ID, r.Version); err != nil {
			t.Fatal(err)
		}
		w.sweep("2026-09-08", 0)
		if r = w.the(w.RepWest, radar.Week); r.State != db.RadarOpen || r.Ended != nil || r.AgainDay == "" {
			t.Errorf("taken up again: %+v", r.RadarAlert)
		}
	})
}

func TestASilenceEndsWithTheFirstParcel(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, world *dbtest.World) {
		w := radarWorld{world, t}
		stops, _ := shippers(t, world)
		w.sweep("2026-09-14", 1)
		shipsAgain(t, world, stops, "2026-09-15", "2026-09-15")
		w.sweep("2026-09-15", 0) // that day is not over
		w.sweep("2026-09-16", 1) // and the empty week before is no second alert
		w.sweep("2026-09-17", 0)
		if r := w.the(w.RepWest, radar.Silence); r.State != db.RadarClosed || r.Ended == nil || *r.Ended != (radar.End{Why: radar.EndShips, From: "2026-09-15", Got: 10}) {
			t.Errorf("the end: %+v %+v", r.RadarAlert, r.Ended)
		}
	})
}

func TestAPaymentThatIsLateForThisClientIsAskedAboutUntilItIsPaid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, world *dbtest.World) {
		ctx, w, a := context.Background(), radarWorld{world, t}, newAccounts(t, world)
		// Pine pays in time, Moon always twenty days late.
		for i, m := range []string{"2026-03", "2026-04", "2026-05", "2026-06", "2026-07", "2026-08"} {
			on := day.MustParse(m + "-28")
			for _, c := range []struct {
				id   int64
				late int
			}{{a.pine, 0}, {a.moon, 20}} {
				a.add(c.id, ledger.Statement, on.String(), 900_00, m)
				if i < 5 {
					a.add(c.id, ledger.Payment, on.Add(30+c.late).String(), 900_00, m)
				}
			}
		}
		a.add(a.pine, ledger.Payment, "2026-10-01", 400_00, "2026-08")
		w.sweep("2026-10-06", 0) // nine days after the due day
		w.sweep("2026-10-09", 1)
		w.sweep("2026-10-09", 0)
		r := w.the(w.RepWest, radar.Payment)
		if r.CustomerID != a.pine || r.Detail.Bill == nil || r.Detail.Bill.Over != 12 || r.Detail.Bill.Usual != -1 && r.Detail.Bill.Usual != 0 || r.Detail.Bill.Left != 500_00 {
			t.Fatalf("the alert: %+v %+v", r.RadarAlert, r.Detail.Bill)
		}
		// Who may not see accounts does not see it, in whatever way.
		blind := policy.Scope{}
		for _, f := range []db.RadarFilter{{}, {Kind: "payment"}, {CustomerID: a.pine}} {
			f.Money = blind
			list, _, err := w.RadarAlerts(ctx, w.As(t, w.RepWest).Scope(policy.RadarRead), f)
			n, err2 := w.CountRadar(ctx, w.As(t, w.RepWest).Scope(policy.RadarRead), f, 10)
			if err != nil || err2 != nil || len(list) != 0 || n != 0 {
				t.Errorf("%d listed, %d counted without a right to the account (%v, %v)", len(list), n, err, err2)
			}
		}
		for _, other := range []int64{w.RepWest2, w.BossEast} {
			if _, err := w.RadarAlert(ctx, w.As(t, other), policy.RadarRead, r.ID); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("user %d reads it: %v", other, err)
			}
		}
		w.sweep("2026-10-26", 0) // Moon is as late as ever
		w.sweep("2026-10-27", 1) // and now later than that
		a.add(a.pine, ledger.Payment, "2026-10-20", 500_00, "2026-08")
		w.sweep("2026-10-28", 1)
		r, err := w.RadarAlert(ctx, w.As(t, w.RepWest), policy.RadarRead, r.ID)
		if err != nil || r.State != db.RadarClosed || r.Ended == nil || r.Ended.Why != radar.EndPaid || r.Ended.From != "2026-10-20" {
			t.Errorf("paid: %+v %+v, %v", r.RadarAlert, r.Ended, err)
		}
	})
}

func TestAnAlertGoesWithItsToDo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, world *dbtest.World) {
		ctx, w := context.Background(), radarWorld{world, t}
		shippers(t, world)
		w.sweep("2026-08-25", 1)
		one := w.the(w.RepWest, radar.Week)
		if err := w.AnswerRadar(ctx, w.As(t, w.RepWest), one.ID, 1, db.RadarAnswer{Reason: "price", Response: "call", OwnerID: w.RepWest, DueDay: "2026-09-01"}); err != nil {
			t.Fatal(err)
		}
		admin := w.As(t, w.Admin)
		id, err := w.PlanHandover(ctx, admin, db.Submission{}, db.HandoverInput{From: w.RepWest, Ending: db.EndingKeep, Rules: map[string]handover.Rule{"owner": {By: handover.One, One: w.RepWest2}}})
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
		if r := w.the(w.RepWest2, radar.Week); r.OwnerID != w.RepWest2 || r.CustomerOwner != w.RepWest2 || r.State != db.RadarDoing {
			t.Errorf("after the handover: %+v", r)
		}
		mine := db.RadarFilter{OwnerID: w.RepWest2}
		if n, err := w.CountRadar(ctx, w.As(t, w.BossWest).Scope(policy.RadarRead), mine, 10); err != nil || n != 1 {
			t.Errorf("%d of the taker's, %v", n, err)
		}
		if err := w.CloseRadar(ctx, w.As(t, w.RepWest2), one.ID, 2, "谈成了"); err != nil {
			t.Errorf("the taker closes it: %v", err)
		}
		if r := w.the(w.BossWest, radar.Week); r.OwnerID != w.RepWest2 || r.State != db.RadarClosed {
			t.Errorf("closed: %+v", r.RadarAlert)
		}
	})
}

func TestWhatTheRadarSaysOfAClientIsInItsCopyAndItsRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, world *dbtest.World) {
		ctx, w := context.Background(), radarWorld{world, t}
		stops, _ := shippers(t, world)
		boss := w.As(t, w.BossWest)
		contact, err := w.SaveContact(ctx, boss, db.Submission{}, db.Contact{CustomerID: stops, Name: "林小满"})
		if err != nil {
			t.Fatal(err)
		}
		w.sweep("2026-08-25", 1)
		if err := w.AnswerRadar(ctx, boss, w.the(w.RepWest, radar.Week).ID, 1, db.RadarAnswer{Reason: "price", Response: "call", Note: "对面便宜", OwnerID: w.RepWest, DueDay: "2026-09-01"}); err != nil {
			t.Fatal(err)
		}
		for of, want := range map[int64]int{0: 1, contact: 0} {
			id, err := w.OpenRequest(ctx, boss, db.Submission{}, db.Request{CustomerID: stops, ContactID: of, Kind: consent.Copy, Channel: "phone", ReceivedOn: "2026-11-20", Asked: "x"})
			if err != nil {
				t.Fatal(err)
			}
			got, err := w.CopyPerson(ctx, boss, id)
			if err != nil || len(got.Alerts) != want || want == 1 && got.Alerts[0].Note != "对面便宜" {
				t.Errorf("contact %d: %+v, %v", of, got.Alerts, err)
			}
		}
		if use, err := w.DataUse(ctx, boss.Scope(policy.CustomerRights), stops); err != nil || use.Alerts != 1 {
			t.Errorf("%d on record, %v", use.Alerts, err)
		}
	})
}

func TestAnotherRuleOfTheRadarIsTriedBeforeItIsSaved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, world *dbtest.World) {
		ctx := context.Background()
		stops, _ := shippers(t, world)
		boss, admin := world.As(t, world.BossWest), world.As(t, world.Admin)
		deaf := radar.Default()
		deaf.Least = 60 // more than the fifty a week
		for _, tt := range []struct {
			name                       string
			by                         policy.Actor
			branch                     int64
			rule                       radar.Rule
			clients, was, would, fewer int
		}{
			{"the rule in force", admin, 0, radar.Default(), 2, 2, 2, 0},
			{"one that hears less", admin, 0, deaf, 2, 2, 1, 1},
			{"for the branch alone", boss, world.West, deaf, 2, 2, 1, 1},
			{"another branch has no such clients", admin, world.East, deaf, 0, 0, 0, 0},
			{"beyond one's reach", world.As(t, world.BossEast), world.West, deaf, 0, 0, 0, 0},
		} {
			p, err := world.PreviewRadar(ctx, tt.by.Scope(policy.RadarRead), tt.by.Scope(policy.AccountRead), tt.by.Scope(policy.RatingRead), tt.branch, day.MustParse("2026-09-14"), tt.rule)
			if err != nil || p.Clients != tt.clients || p.Was != tt.was || p.Would != tt.would || p.LessAll != tt.fewer || len(p.Less) != tt.fewer || p.MoreAll != 0 {
				t.Errorf("%s: %+v, %v", tt.name, p, err)
			}
			if tt.fewer > 0 && (p.Less[0].CustomerID != stops || p.Less[0].Name != "停发的公司") {
				t.Errorf("%s: %+v", tt.name, p.Less)
			}
		}
		// It writes nothing.
		if n, err := world.CountRadar(ctx, policy.SystemActor("test").Scope(policy.RadarRead), db.RadarFilter{}, 10); err != nil || n != 0 {
			t.Errorf("%d alerts after a preview, %v", n, err)
		}
	})
}
