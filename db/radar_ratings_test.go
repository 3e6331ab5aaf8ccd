package db_test

import (
	"context"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/radar"
	"yike/policy/rating"
)

func TestAnswersThatFallReachTheRadar(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		client, _ := ratedClient(t, w)
		said := func(on string, list ...int64) {
			t.Helper()
			for _, score := range list {
				id, err := w.LogCall(ctx, boss, db.Submission{}, db.RatingCall{CustomerID: client, Score: score})
				if err == nil {
					_, err = db.Writer(w.DB).Exec(`UPDATE ratings SET answered_on = $2 WHERE id = $1`, id, on)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		r := radarWorld{w, t}
		said("2026-07-01", 5, 5, 4, 5, 4)
		said("2026-10-01", 3, 3, 3, 3)
		r.sweep("2026-11-21", 0) // one answer too few
		said("2026-10-02", 3)
		r.sweep("2026-11-21", 1)
		r.sweep("2026-11-21", 0)
		r.sweep("2026-11-22", 0) // it goes on
		a := r.the(w.RepWest, radar.Rating)
		if a.Expected != 900 || a.Got != 500 || a.State != db.RadarOpen || a.Detail.Used[0].Days != 5 || a.Usual != 0 {
			t.Errorf("the alert: %+v", a)
		}
		if list, _, err := w.RadarAlerts(ctx, w.As(t, w.RepWest2).Scope(policy.RadarRead), db.RadarFilter{Answers: w.As(t, w.RepWest2).Scope(policy.RatingRead)}); err != nil || len(list) != 0 {
			t.Errorf("another rep sees %d alerts, %v", len(list), err)
		}
		todos, _, err := w.Todos(ctx, w.As(t, w.RepWest), db.TodoFilter{Customer: client})
		if err != nil || len(todos) != 1 || todos[0].Kind != "radar_rating" {
			t.Errorf("the rep's to-do: %+v, %v", todos, err)
		}
		// Better answers end it, and what was said before them raises no other.
		said("2026-11-25", 5, 5, 4, 5, 5)
		r.sweep("2026-11-27", 1)
		if a = r.the(w.BossWest, radar.Rating); a.State != db.RadarClosed || a.Ended == nil || a.Ended.Why != radar.EndContent || a.Ended.Got != 950 {
			t.Errorf("ended: %+v, %+v", a.State, a.Ended)
		}
		for d := day.MustParse("2026-11-28"); d < day.MustParse("2027-01-15"); d += 6 {
			r.sweep(d.String(), 0)
		}
		// They fall once more.
		said("2027-03-10", 1, 1, 2, 1, 1)
		r.sweep("2027-03-11", 1)
		// Another rule is tried, for who may read ratings.
		deaf := radar.Default()
		deaf.Fall = radar.MaxFall
		for who, want := range map[string]policy.Scope{"reads ratings": boss.Scope(policy.RatingRead), "does not": {}} {
			p, err := w.PreviewRadar(ctx, boss.Scope(policy.RadarRead), policy.Scope{}, want, w.West, day.MustParse("2027-03-11"), deaf)
			fewer := 1
			if want.Empty() {
				fewer = 0
			}
			if err != nil || p.Was != fewer || p.Would != 0 || p.LessAll != fewer {
				t.Errorf("a rule that hears less, for who %s: %+v, %v", who, p, err)
			}
		}
		// Somebody sees to it; the same answers raise no other one.
		list, _, err := w.RadarAlerts(ctx, boss.Scope(policy.RadarRead), db.RadarFilter{State: db.RadarOpen, Answers: boss.Scope(policy.RatingRead)})
		if err != nil || len(list) != 1 {
			t.Fatalf("%d open, %v", len(list), err)
		}
		if list, _, err := w.RadarAlerts(ctx, boss.Scope(policy.RadarRead), db.RadarFilter{State: db.RadarOpen}); err != nil || len(list) != 0 {
			t.Errorf("who reads no ratings sees %d, %v", len(list), err)
		}
		if err := w.AnswerRadar(ctx, boss, list[0].ID, list[0].Version, db.RadarAnswer{Reason: "price", Response: "call", OwnerID: w.RepWest, DueDay: "2027-03-20"}); err != nil {
			t.Fatal(err)
		}
		if err := w.CloseRadar(ctx, boss, list[0].ID, list[0].Version+1, "谈过了"); err != nil {
			t.Fatal(err)
		}
		for _, d := range []string{"2027-04-10", "2027-04-20", "2027-05-01"} {
			r.sweep(d, 0)
		}
		// Who is in the bin raises nothing.
		other, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: "另一位", OwnerID: w.RepWest2})
		if err != nil {
			t.Fatal(err)
		}
		client = other
		said("2026-11-01", 5, 5, 5, 5, 5)
		said("2027-03-01", 1, 1, 1, 1, 1)
		c, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), other)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.DeleteCustomer(ctx, boss, other, c.Version); err != nil {
			t.Fatal(err)
		}
		r.sweep("2027-05-02", 0)
		if rating.TrendDays != 90 {
			t.Error("the days of this test are those of ninety")
		}
	})
}
