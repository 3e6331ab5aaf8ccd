package db_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/radar"
	"yike/policy/shipping"
)

// shippers puts two clients of the western branch into the books: one of the
// rep's that ships on working days until 14 August, and one that goes on.
func shippers(t *testing.T, w *dbtest.World) (stops, steady int64) {
	t.Helper()
	ctx, boss := context.Background(), w.As(t, w.BossWest)
	var err error
	if stops, err = w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: "停发的公司", OwnerID: w.RepWest}); err != nil {
		t.Fatal(err)
	}
	if steady, err = w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: "照发的公司"}); err != nil {
		t.Fatal(err)
	}
	var rows []db.ImportRow
	for d := day.MustParse("2026-06-29"); d <= day.MustParse("2026-10-15"); d++ {
		if wd := d.Weekday(); wd == 0 || wd == 6 {
			continue
		}
		for i, client := range []int64{stops, steady} {
			if client == steady || d <= day.MustParse("2026-08-14") {
				rows = append(rows, db.ImportRow{Verdict: "create", Record: db.ImportRecord{Customer: client, By: "name", V: map[string]string{"waybill": fmt.Sprintf("3026%d%08d", i, int(d)),
					"day": d.String(), "pieces": "10", "freight": "5000", "product": "express", "status": "signed"}}})
			}
		}
	}
	if _, err := bill(t, w, rows); err != nil {
		t.Fatal(err)
	}
	return stops, steady
}

func TestTheRadarRaisesOnceAndFollowsASilence(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, system := context.Background(), policy.SystemActor("test")
		stops, _ := shippers(t, w)
		sweep := func(on string, want int64) {
			t.Helper()
			if n, err := w.SweepRadar(ctx, system, day.MustParse(on)); err != nil || n != want {
				t.Fatalf("%s: %d raised, want %d (%v)", on, n, want, err)
			}
		}
		list := func() []db.RadarRow {
			t.Helper()
			rows, more, err := w.RadarAlerts(ctx, w.As(t, w.RepWest).Scope(policy.RadarRead), db.RadarFilter{})
			if err != nil || more {
				t.Fatal(err, more)
			}
			return rows
		}
		if _, err := w.SweepRadar(ctx, w.As(t, w.Admin), day.MustParse("2026-08-18")); !errors.Is(err, db.ErrRefused) {
			t.Errorf("a person sweeps: %v", err)
		}
		sweep("2026-08-18", 0) // the week has only begun
		sweep("2026-08-25", 1)
		sweep("2026-08-25", 0)
		sweep("2026-09-01", 0) // it is being dealt with
		rows := list()
		if len(rows) != 1 || rows[0].Kind != "week" || rows[0].Key != "2026-08-17" || rows[0].Expected != 50 || rows[0].Got != 0 || rows[0].CustomerID != stops ||
			rows[0].State != db.RadarOpen || rows[0].Detail.Percent != 100 || rows[0].Customer != "停发的公司" {
			t.Fatalf("the alert: %+v", rows)
		}
		if one, err := w.RadarAlert(ctx, w.As(t, w.RepWest), policy.RadarRead, rows[0].ID); err != nil || len(one.Detail.Used) != 7 {
			t.Errorf("how it came about: %+v, %v", one.Detail, err)
		}
		sweep("2026-09-14", 1)
		sweep("2026-09-20", 0)
		sweep("2026-10-14", 1) // the sixtieth day moves it on
		if rows = list(); len(rows) != 2 || rows[0].Kind != "silence" || rows[0].Key != "2026-08-14+60" || rows[0].Version != 2 || rows[0].Detail.Silent != "2026-11-14" {
			t.Fatalf("the silence: %+v", rows)
		}
		for _, other := range []int64{w.RepWest2, w.BossEast} {
			if rows, _, err := w.RadarAlerts(ctx, w.As(t, other).Scope(policy.RadarRead), db.RadarFilter{}); err != nil || len(rows) != 0 {
				t.Errorf("user %d sees %d alerts, %v", other, len(rows), err)
			}
		}
		if n, err := w.CountRadar(ctx, w.As(t, w.BossWest).Scope(policy.RadarRead), db.RadarFilter{State: "open", Kind: "week", BranchID: w.West, OwnerID: w.RepWest}, 10); err != nil || n != 1 {
			t.Errorf("%d counted, %v", n, err)
		}
		f, err := w.CustomerFile(ctx, w.As(t, w.RepWest).Scope(policy.CustomerRead), stops)
		if err != nil || len(f.Radar) != 2 || f.Radar[1].Alert.Kind != radar.Silence {
			t.Errorf("on the file: %+v, %v", f.Radar, err)
		}
		c, err := w.Customer(ctx, system.Scope(policy.CustomerRead), stops)
		if err != nil {
			t.Fatal(err)
		}
		if c.BranchID = w.East; w.UpdateCustomer(ctx, w.As(t, w.RegionZJ), c) != nil {
			t.Fatal("not moved")
		}
		if n, err := w.CountRadar(ctx, w.As(t, w.BossEast).Scope(policy.RadarRead), db.RadarFilter{}, 10); err != nil || n != 2 {
			t.Errorf("after a move its new branch sees %d, %v", n, err)
		}
	})
}

func TestAnAlertIsAnsweredClosedAndTakenUpAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		shippers(t, w)
		if _, err := w.SweepRadar(ctx, policy.SystemActor("test"), day.MustParse("2026-08-25")); err != nil {
			t.Fatal(err)
		}
		rep := w.As(t, w.RepWest)
		get := func() db.RadarRow {
			t.Helper()
			rows, _, err := w.RadarAlerts(ctx, rep.Scope(policy.RadarRead), db.RadarFilter{})
			if err != nil || len(rows) != 1 {
				t.Fatalf("%d alerts, %v", len(rows), err)
			}
			r, err := w.RadarAlert(ctx, rep, policy.RadarRead, rows[0].ID)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		id, answer := get().ID, db.RadarAnswer{Reason: "price", Response: "offer", Note: "对面便宜两毛", OwnerID: w.RepWest, DueDay: "2026-09-01"}
		for _, tt := range []struct {
			name string
			do   func() error
			want error
		}{
			{"another rep answers", func() error { return w.AnswerRadar(ctx, w.As(t, w.RepWest2), id, 1, answer) }, db.ErrNotFound},
			{"another branch's manager", func() error { return w.AnswerRadar(ctx, w.As(t, w.BossEast), id, 1, answer) }, db.ErrNotFound},
			{"for whom it is none of the business", func() error {
				a := answer
				a.OwnerID = w.RepWest2
				return w.AnswerRadar(ctx, rep, id, 1, a)
			}, db.ErrRefused},
			{"closed before it is answered", func() error { return w.CloseRadar(ctx, rep, id, 1, "好了") }, db.ErrConflict},
			{"the rep answers", func() error { return w.AnswerRadar(ctx, rep, id, 1, answer) }, nil},
			{"somebody who read it before", func() error { return w.AnswerRadar(ctx, rep, id, 1, answer) }, db.ErrConflict},
			{"a result", func() error { return w.CloseRadar(ctx, rep, id, 2, "谈成了") }, nil},
			{"answered after its end", func() error { return w.AnswerRadar(ctx, rep, id, 3, answer) }, db.ErrConflict},
			{"taken up again", func() error { return w.ReopenRadar(ctx, rep, id, 3) }, nil},
			{"given up", func() error {
				a := answer
				a.Response = radar.GiveUp
				return w.AnswerRadar(ctx, rep, id, 4, a)
			}, nil},
		} {
			if err := tt.do(); !errors.Is(err, tt.want) || err != nil && tt.want == nil {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
		}
		todos, _, err := w.Todos(ctx, rep, db.TodoFilter{Kind: "radar_week", Closed: true})
		if err != nil || len(todos) != 1 || todos[0].State != db.TodoDone || todos[0].UserID != w.RepWest || todos[0].Result != "谈成了" || todos[0].Due != "2026-09-01" {
			t.Errorf("the to-do: %+v, %v", todos, err)
		}
		if r := get(); r.State != db.RadarClosed || r.ClosedDay == "" || r.DueDay != "" || r.Response != radar.GiveUp || r.Note != "对面便宜两毛" || r.Worker == "" {
			t.Errorf("in the end: %+v", r)
		}
		// The same kind stays silent for four weeks after the end.
		if n, err := w.SweepRadar(ctx, policy.SystemActor("test"), day.MustParse("2026-09-01")); err != nil || n != 0 {
			t.Errorf("%d raised, %v", n, err)
		}
	})
}

func TestToWhomTimeMattersIsSaidByHandOrByTheShareOfExpress(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, rep := context.Background(), w.As(t, w.RepWest)
		stops, _ := shippers(t, w)
		c, err := w.Customer(ctx, rep.Scope(policy.CustomerRead), stops)
		if err != nil {
			t.Fatal(err)
		}
		judged := func(sensitive bool, mark shipping.Mark) int64 {
			t.Helper()
			got, m, err := w.Timing(ctx, c, day.MustParse("2026-10-20"))
			if err != nil || got.Sensitive != sensitive || got.Mark != mark || got.Share != 100 || got.Pieces != 350 {
				t.Errorf("%+v, %v; want %v by %q", got, err, sensitive, mark)
			}
			return m.Version
		}
		judged(true, shipping.NoMark)
		if err := w.SetTimeMark(ctx, w.As(t, w.RepWest2), stops, 0, shipping.Patient, "不急"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("another rep says so: %v", err)
		}
		if err := w.SetTimeMark(ctx, rep, stops, 0, shipping.Patient, "不急"); err != nil {
			t.Fatal(err)
		}
		v := judged(false, shipping.Patient)
		if err := w.SetTimeMark(ctx, rep, stops, 0, shipping.Sensitive, "急"); !errors.Is(err, db.ErrConflict) {
			t.Errorf("over a mark that was not read: %v", err)
		}
		if err := w.SetTimeMark(ctx, rep, stops, v, shipping.Sensitive, "急"); err != nil {
			t.Fatal(err)
		}
		v = judged(true, shipping.Sensitive)
		if err := w.SetTimeMark(ctx, rep, stops, v, shipping.NoMark, ""); err != nil {
			t.Fatal(err)
		}
		judged(true, shipping.NoMark)
	})
}
