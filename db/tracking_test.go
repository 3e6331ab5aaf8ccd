package db_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/tracking"
	"yike/policy/waybill"
)

// samples are what the two services say of six parcels, and the numbers that
// are on file in the test.
func samples(t *testing.T) []tracking.Parcel {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "policy", "tracking", "testdata", "*.json"))
	if err != nil || len(files) != 6 {
		t.Fatalf("%d samples, %v", len(files), err)
	}
	var docs [][]byte
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, b)
	}
	list, faults := tracking.Read(docs...)
	if len(list) != 7 || len(faults) != 0 {
		t.Fatalf("%d parcels, faults %v", len(list), faults)
	}
	return list
}

// tracked brings a bill of the sampled parcels, but for one, to the western
// branch, as October's.
func tracked(t *testing.T, w *dbtest.World) (customer int64) {
	t.Helper()
	customer, err := w.CreateCustomer(context.Background(), w.As(t, w.BossWest), db.Submission{}, db.Customer{BranchID: w.West, Name: "松果文具有限公司", OwnerID: w.RepWest, ClerkID: w.ClerkWest})
	if err != nil {
		t.Fatal(err)
	}
	var rows []db.ImportRow
	for number, state := range map[string]string{"302610000004884": waybill.Moving, "302610000006945": waybill.Moving, "302610000007747": waybill.Moving,
		"302610000014632": waybill.Signed, "302610000022754": "", "302610000007348": waybill.PickedUp} {
		rows = append(rows, db.ImportRow{Verdict: "create", Record: db.ImportRecord{Customer: customer, By: waybill.ByName, V: map[string]string{"waybill": number, "day": "2026-10-08",
			"freight": "1200", "pieces": "1", "status": state, "product": waybill.Standard, "province": "420000"}}})
	}
	if _, err := bill(t, w, rows); err != nil {
		t.Fatal(err)
	}
	return customer
}

func parcelOf(t *testing.T, w *dbtest.World, number string) db.WaybillRow {
	t.Helper()
	p, err := w.Waybills(context.Background(), policy.SystemActor("test").Scope(policy.WaybillRead), db.WaybillFilter{Number: number, Limit: 5})
	if err != nil || len(p.Rows) != 1 {
		t.Fatalf("parcel %s: %d, %v", number, len(p.Rows), err)
	}
	return p.Rows[0]
}

func TestNewsOfParcelsMoveThemFlagThemAndMakeTodosOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		customer := tracked(t, w)
		list := samples(t)
		plan, err := w.PlanTracks(ctx, boss, list)
		if err != nil {
			t.Fatal(err)
		}
		missing := 0
		for _, c := range plan {
			if c.WaybillID == 0 {
				missing++
			}
		}
		if missing != 1 || parcelOf(t, w, "302610000004884").State != waybill.Moving {
			t.Errorf("%d not on file, want 1; and looking changes nothing", missing)
		}
		if elsewhere, err := w.PlanTracks(ctx, w.As(t, w.BossEast), list); err != nil || elsewhere[0].WaybillID != 0 || elsewhere[1].WaybillID != 0 {
			t.Errorf("another branch finds them: %+v, %v", elsewhere, err)
		}
		if _, _, err := w.ApplyTracks(ctx, boss, list); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ number, state, exception, flags string }{
			{"302610000004884", waybill.Signed, "", ""},
			{"302610000006945", waybill.Moving, "", "stuck"},
			{"302610000007747", waybill.Refused, waybill.Refused, "refused stuck"},
			{"302610000014632", waybill.Signed, "", ""}, // the bill knows better
			{"302610000022754", waybill.Signed, "", ""},
			{"302610000007348", waybill.Stuck, waybill.Stuck, "stuck"},
		} {
			p := parcelOf(t, w, c.number)
			track, err := w.Track(ctx, p.Waybill)
			if err != nil {
				t.Fatal(err)
			}
			var flags []string
			for _, f := range track.Flags {
				flags = append(flags, f.Kind)
			}
			if p.State != c.state || p.Exception != c.exception || strings.Join(flags, " ") != c.flags || len(track.Traces) == 0 {
				t.Errorf("%s: %s, %q, flags %v, %d traces; want %+v", c.number, p.State, p.Exception, flags, len(track.Traces), c)
			}
		}
		signed := parcelOf(t, w, "302610000004884")
		if at := time.UnixMilli(signed.SignedAt).In(db.Zone).Format(time.DateTime); at != "2026-10-07 12:05:57" || signed.SignedDayOnly() {
			t.Errorf("signed for at %s", at)
		}
		flagged := func(who int64) int {
			n, err := w.CountWaybills(ctx, w.As(t, who).Scope(policy.WaybillRead), db.WaybillFilter{Flagged: true}, 100)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if west, east := flagged(w.BossWest), flagged(w.BossEast); west != 3 || east != 0 {
			t.Errorf("flagged: %d in the west, %d in the east; want 3, 0", west, east)
		}
		todos := func() []db.TodoRow {
			list, _, err := w.Todos(ctx, boss, db.TodoFilter{Customer: customer})
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		made := todos()
		if len(made) != 4 {
			t.Errorf("%d to-dos, want 4", len(made))
		}
		for _, x := range made {
			if x.UserID != w.ClerkWest || x.WaybillID == 0 || x.Args["number"] == "" {
				t.Errorf("not for the client's clerk: %+v", x)
			}
		}
		// The same once more, an older answer, and the nightly look: nothing moves.
		again, read, err := w.ApplyTracks(ctx, boss, list)
		if err != nil {
			t.Fatal(err)
		}
		if read != 0 {
			t.Error("a repeat is a taking-in")
		}
		for _, c := range again {
			if c.New != 0 || c.Changed {
				t.Errorf("a repeat changes %s: %d new", c.Number, c.New)
			}
		}
		old := list[0]
		for _, p := range list {
			if p.Number == "302610000004884" {
				old = p
			}
		}
		old.Traces, old.State, old.Code = old.Traces[:3], waybill.Moving, "0"
		if _, _, err := w.ApplyTracks(ctx, boss, []tracking.Parcel{old}); err != nil {
			t.Fatal(err)
		}
		if s := parcelOf(t, w, "302610000004884").State; s != waybill.Signed {
			t.Errorf("older news make it %s", s)
		}
		if n, err := w.FlagParcels(ctx, policy.SystemActor("test")); err != nil || n != 0 {
			t.Errorf("the night changes %d, %v", n, err)
		}
		if n := len(todos()); n != 4 {
			t.Errorf("%d to-dos after repeats", n)
		}
		if traces, err := w.Track(ctx, parcelOf(t, w, "302610000022754").Waybill); err != nil || len(traces.Traces) != 8 {
			t.Errorf("%d traces, %v", len(traces.Traces), err)
		}
		w.Clock.Set(time.Date(2040, 1, 1, 9, 0, 0, 0, db.Zone))
		if _, err := w.ForgetRecipients(ctx, policy.SystemActor("test")); err != nil {
			t.Fatal(err)
		}
		if traces, err := w.Track(ctx, parcelOf(t, w, "302610000022754").Waybill); err != nil || len(traces.Traces) != 0 {
			t.Errorf("when recipients are forgotten %d traces stay that may name them, %v", len(traces.Traces), err)
		}
		if found, err := w.CheckWaybillSums(ctx); err != nil || len(found) > 0 {
			t.Errorf("the sums: %v %v", found, err)
		}
	})
}

func TestTheClockFlagsAParcelByTheRuleOfItsBranch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, system := context.Background(), w.As(t, w.BossWest), policy.SystemActor("test")
		tracked(t, w)
		now := w.Now()
		list := []tracking.Parcel{{Number: "302610000006945", Service: tracking.KD100, Code: "0", Known: true, State: waybill.Moving,
			Traces: []tracking.Trace{{At: now.UnixMilli(), Place: "330100", Words: "离开", State: waybill.Moving}}}}
		if _, _, err := w.ApplyTracks(ctx, boss, list); err != nil {
			t.Fatal(err)
		}
		p := parcelOf(t, w, "302610000006945")
		flags := func() int {
			n, err := w.FlagParcels(ctx, system)
			if err != nil {
				t.Fatal(err)
			}
			return int(n)
		}
		if n := flags(); n != 0 {
			t.Errorf("at once: %d", n)
		}
		if _, err := w.SetRule(ctx, w.As(t, w.Admin), policy.TrackingEdit, db.RuleRow{Rule: db.RuleTracking, BranchID: w.West, ValidFrom: db.Day(now), Reason: "快些",
			Value: `{"hours":3,"far_hours":0,"sensitive":2,"provinces":4,"fails":2}`}); err != nil {
			t.Fatal(err)
		}
		w.Clock.Move(2 * time.Hour)
		if n := flags(); n != 0 {
			t.Errorf("after two hours of three: %d", n)
		}
		w.Clock.Move(time.Hour)
		if n := flags(); n != 1 {
			t.Errorf("after three hours of three: %d", n)
		}
		track, err := w.Track(ctx, p.Waybill)
		if err != nil || len(track.Flags) != 1 || track.Flags[0].Args["limit"] != "3" || track.Rule.Version != 1 {
			t.Errorf("%+v, %v", track.Flags, err)
		}
		todos, _, err := w.Todos(ctx, boss, db.TodoFilter{Waybill: p.ID})
		if err != nil || len(todos) != 1 || todos[0].Kind != "parcel_stuck" {
			t.Errorf("%+v, %v", todos, err)
		}
		// News, and it is stuck no more; the rule is refused to who may not set it.
		list[0].Traces = append(list[0].Traces, tracking.Trace{At: w.Now().UnixMilli(), Place: "420100", Words: "到达", State: waybill.Moving})
		if _, _, err := w.ApplyTracks(ctx, boss, list); err != nil {
			t.Fatal(err)
		}
		if n := flags(); n != 0 {
			t.Errorf("with news: %d", n)
		}
		if _, err := w.SetRule(ctx, w.As(t, w.ClerkWest), policy.TrackingEdit, db.RuleRow{Rule: db.RuleTracking, BranchID: w.West, ValidFrom: db.Day(now), Reason: "x", Value: `{}`}); !errors.Is(err, db.ErrRefused) && !errors.Is(err, db.ErrNotFound) {
			t.Errorf("a clerk sets the rule: %v", err)
		}
	})
}
