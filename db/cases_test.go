package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/casework"
)

// told is what a form brings: a client calls.
func told(customer int64, said string) db.NewCase {
	return db.NewCase{Case: db.Case{Kind: casework.Complaint, CustomerID: customer, Channel: casework.Phone, Severity: casework.Serious,
		CauseID: 11, Said: said, Wants: "deliver", Caller: "王国平", CallerPhone: "13800001054"}}
}

func TestACaseIsRegisteredWithinReachAndOnceHoweverOftenItIsSent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk := context.Background(), w.As(t, w.ClerkWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		for name, who := range map[string]int64{"another branch": w.ClerkEast, "another rep": w.RepWest2, "an auditor": w.AuditorHead} {
			if _, err := w.OpenCase(ctx, w.As(t, who), db.Submission{}, told(c.ID, "慢")); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("%s registers a case: %v", name, err)
			}
		}
		in := told(c.ID, "昨天就该到，还停在佛山")
		in.Waybills, in.Photos = []string{"302610000000003", "302610000000016"}, []db.CasePhoto{{Hash: "aa", Thumb: "ab"}}
		sent := db.Submission{Key: "call-1"}
		id, err := w.OpenCase(ctx, clerk, sent, in)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if again, err := w.OpenCase(ctx, clerk, sent, in); err != nil || again != id {
				t.Fatalf("sent again: %d, %v; want %d", again, err, id)
			}
		}
		r, err := w.Case(ctx, clerk, id)
		if err != nil {
			t.Fatal(err)
		}
		if r.Code != "20261121-001" || r.BranchID != w.West || r.Class != "A" || r.Step != casework.Accept || r.OpenedAt != w.Clock.Now().UnixMilli() ||
			r.AnswerDue > r.SolveDue || r.SolveDue != r.OpenedAt+12*3_600_000 || r.Due != r.AnswerDue || r.Customer != c.Name || r.OwnerID != w.RepWest || r.WaybillCount != 2 || r.PhotoCount != 1 || r.CreatedBy != w.ClerkWest ||
			r.Cause != (db.CauseName{Code: "late.stuck", Name: "在途没动静", ParentCode: "late", ParentName: "派送慢"}) {
			t.Errorf("read: %+v", r)
		}
		events, err := w.CaseEvents(ctx, id)
		if err != nil || len(events) != 1 || events[0].Kind != "opened" || events[0].UserID != w.ClerkWest || events[0].Args["channel"] != casework.Phone {
			t.Errorf("history: %+v, %v", events, err)
		}
		numbers, err := w.CaseWaybills(ctx, id)
		if err != nil || !slices.Equal(numbers, []string{"302610000000003", "302610000000016"}) {
			t.Errorf("parcels: %+v, %v", numbers, err)
		}
		if photos, err := w.CasePhotos(ctx, id); err != nil || !slices.Equal(photos, in.Photos) {
			t.Errorf("photos: %+v, %v", photos, err)
		}
		// Who sees it: the branch, its manager, the client's rep; not another rep,
		// not another branch.
		for name, x := range map[string]struct {
			who  int64
			sees bool
		}{"manager": {w.BossWest, true}, "rep": {w.RepWest, true}, "auditor": {w.AuditorHead, true}, "another rep": {w.RepWest2, false},
			"courier": {w.CourierWest, false}, "another branch": {w.ClerkEast, false}} {
			if _, err := w.Case(ctx, w.As(t, x.who), id); errors.Is(err, db.ErrNotFound) == x.sees || err != nil && !errors.Is(err, db.ErrNotFound) {
				t.Errorf("%s: sees %v, %v", name, x.sees, err)
			}
		}
	})
}

func TestACourierRegistersAndSeesWhatBecomesOfIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, courier := context.Background(), w.As(t, w.CourierWest)
		in := told(0, "箱子湿了")
		in.Channel = casework.OnSite
		id, err := w.OpenCase(ctx, courier, db.Submission{}, in)
		if err != nil {
			t.Fatal(err)
		}
		r, err := w.Case(ctx, courier, id)
		if err != nil || r.BranchID != w.West || r.CustomerID != 0 || r.Caller != "王国平" || w.MayEditCase(courier, r) || !w.MayEditCase(w.As(t, w.ClerkWest), r) {
			t.Errorf("read: %+v, %v", r, err)
		}
		in.BranchID = w.East
		if _, err := w.OpenCase(ctx, courier, db.Submission{}, in); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("at another branch: %v", err)
		}
		in.BranchID, in.UserID = w.West, w.CourierWest
		if _, err := w.OpenCase(ctx, courier, db.Submission{}, in); !errors.Is(err, db.ErrRefused) {
			t.Errorf("given to one who may not work on cases: %v", err)
		}
	})
}

func TestNoTwoCasesOfADayHaveOneCode(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk := context.Background(), w.As(t, w.ClerkWest)
		var group sync.WaitGroup
		var mu sync.Mutex
		var ids []int64
		for i := range 6 {
			group.Go(func() {
				for j := range 4 {
					id, err := w.OpenCase(ctx, clerk, db.Submission{Key: fmt.Sprint(i, ".", j)}, told(0, "慢"))
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					ids = append(ids, id)
					mu.Unlock()
				}
			})
		}
		group.Wait()
		var codes []string
		for _, id := range ids {
			r, err := w.Case(ctx, clerk, id)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, r.Code)
		}
		slices.Sort(codes)
		if len(slices.Compact(codes)) != 24 || codes[0] != "20261121-001" || codes[23] != "20261121-024" {
			t.Errorf("codes: %v", codes)
		}
		w.Clock.Move(24 * time.Hour)
		id, err := w.OpenCase(ctx, clerk, db.Submission{}, told(0, "慢"))
		if err != nil {
			t.Fatal(err)
		}
		if r, err := w.Case(ctx, clerk, id); err != nil || r.Code != "20261122-001" {
			t.Errorf("the next day: %s, %v", r.Code, err)
		}
	})
}

func TestACaseIsCorrectedByWhoMayAndNotOverwritten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk := context.Background(), w.As(t, w.ClerkWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		id, err := w.OpenCase(ctx, clerk, db.Submission{}, told(c.ID, "慢"))
		if err != nil {
			t.Fatal(err)
		}
		read := func() db.CaseRow {
			t.Helper()
			r, err := w.Case(ctx, w.As(t, w.BossWest), id)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		was := read()
		now := was.Case
		now.Severity, now.Said = casework.Grave, "慢，要投诉到邮政"
		for name, x := range map[string]struct {
			who  int64
			want error
		}{"auditor": {w.AuditorHead, db.ErrRefused}, "another branch": {w.ClerkEast, db.ErrNotFound}, "another rep": {w.RepWest2, db.ErrNotFound}} {
			if err := w.EditCase(ctx, w.As(t, x.who), now, nil, nil, nil); !errors.Is(err, x.want) {
				t.Errorf("%s: %v, want %v", name, err, x.want)
			}
		}
		if err := w.EditCase(ctx, clerk, now, nil, []string{"302610000000003"}, nil); err != nil {
			t.Fatal(err)
		}
		if r := read(); r.Severity != casework.Grave || r.Said != now.Said || r.Version != 2 || r.WaybillCount != 1 {
			t.Errorf("corrected: %+v", r)
		}
		if err := w.EditCase(ctx, clerk, now, nil, nil, nil); !errors.Is(err, db.ErrConflict) {
			t.Errorf("stale: %v", err)
		}
		events, err := w.CaseEvents(ctx, id)
		if err != nil || len(events) != 3 || events[1].Kind != "timed" || events[0].Kind != "edited" || events[0].Args["fields"] != "said severity waybills" {
			t.Errorf("history: %+v, %v", events, err)
		}
		history, err := w.History(ctx, policy.SystemActor("test").Scope(policy.CustomerHistory), c.ID, 0, 10)
		if err != nil || len(history) == 0 || history[0].Entity != "cases" {
			t.Errorf("the client's history: %+v, %v", history, err)
		}
	})
}
