package db_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/classify"
	"yike/policy/day"
	"yike/policy/monthend"
	"yike/policy/waybill"
)

// stood is where clients stood at the ends of months, worked out of their
// parcels and of what was done to them, with nothing of what is kept.
type stood map[int64]map[int32]string

// stages recounts the stages of all clients at the ends of months.
func stages(t *testing.T, w *dbtest.World, first, last int32, opened map[int64]int32) (stood, map[int64]int64) {
	t.Helper()
	out, branch := stood{}, map[int64]int64{}
	for at := first - 1; at <= last; at++ {
		end := day.Of(int(at/12), time.Month(at%12+1), 1).MonthEnd()
		f := classify.Default().Frame(classify.Cuts{}, end)
		for id, n := range anew(t, w, end) {
			branch[id] = n.branch
			if out[id] == nil {
				out[id] = map[int32]string{}
			}
			if at >= opened[id] || n.Last.Valid() {
				out[id][at] = f.Stage(&n.Client)
			}
		}
	}
	return out, branch
}

// equalMoves holds every count of a dimension, and the list behind it, against
// where clients stood.
func equalMoves(t *testing.T, w *dbtest.World, what, dim string, first, last int32, of stood, branch map[int64]int64) {
	t.Helper()
	ctx := context.Background()
	for name, who := range map[string]struct{ user, branch int64 }{"the company": {w.Chief, 0}, "a branch": {w.RegionZJ, w.East}, "a manager": {w.BossWest, 0}} {
		scope := w.As(t, who.user).Scope(policy.WaybillRead)
		got, err := w.ClientMoves(ctx, scope, who.branch, dim, first, last)
		if err != nil {
			t.Fatal(err)
		}
		for at := first; at <= last; at++ {
			want := map[monthend.Move][]int64{}
			for id, months := range of {
				if who.branch != 0 && branch[id] != who.branch || who.user == w.BossWest && branch[id] != w.West {
					continue
				}
				if m := (monthend.Move{Was: months[at-1], Now: months[at]}); m != (monthend.Move{}) {
					want[m] = append(want[m], id)
				}
			}
			counts := map[monthend.Move]int64{}
			for m, ids := range want {
				counts[m] = int64(len(ids))
				list, n, err := w.MovedClients(ctx, scope, db.MovedFilter{Branch: who.branch, Key: monthend.Key{Dim: dim, Month: at}, Ask: monthend.Ask{Was: []string{m.Was}, Now: []string{m.Now}}})
				slices.Sort(list)
				slices.Sort(ids)
				if err != nil || n != int64(len(ids)) || !slices.Equal(list, ids) {
					t.Errorf("%s, %s, %s %s %v: the list has %d of %d (%v), want %d", what, name, dim, monthend.Month(at), m, len(list), n, err, len(ids))
				}
			}
			if !maps.Equal(got[at], counts) {
				t.Errorf("%s, %s, %s %s: %v, want %v", what, name, dim, monthend.Month(at), got[at], counts)
			}
		}
	}
}

// TestHistoriesOfClientsEqualARecount: stages at the ends of months are those
// of the parcels, also after bills that come late, moves and the bin.
func TestHistoriesOfClientsEqualARecount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, system, r := context.Background(), policy.SystemActor("test"), rand.New(rand.NewPCG(7, 7))
		opened, classes := map[int64]int32{}, stood{}
		var ids []int64
		for i := range 14 {
			c := db.Customer{BranchID: []int64{w.West, w.East}[i%2], Name: fmt.Sprintf("客户%d号公司", i), Kind: "enterprise", Class: []string{"C", "B", ""}[i%3]}
			id, err := w.CreateCustomer(ctx, system, db.Submission{}, c)
			if err != nil {
				t.Fatal(err)
			}
			ids, opened[id] = append(ids, id), monthend.Number(2026, 11)
		}
		number := 0
		ship := func(id int64, on day.Day, state string) {
			t.Helper()
			number++
			c, err := w.Customer(ctx, system.Scope(policy.CustomerCreate), id)
			if err != nil {
				t.Fatal(err)
			}
			x := db.Waybill{Number: fmt.Sprintf("3026%010d", number), BranchID: c.BranchID, CustomerID: id, BoundBy: "name", SentDay: on.String(), SentAt: on.Time().UnixMilli(), Province: "330000",
				Payment: "monthly", Product: waybill.Standard, State: state, Pieces: 1, Freight: int64(500 + r.IntN(300_000)), Weight: 1000}
			if _, err := w.LoadWaybills(ctx, system, slices.Values([]db.Waybill{x}), nil); err != nil {
				t.Fatal(err)
			}
		}
		edges := []string{"2025-08-31", "2025-09-01", "2026-01-01", "2026-02-28", "2026-05-31", "2026-06-30", "2026-07-31", "2026-08-01", "2026-09-30", "2026-10-01", "2026-10-31", "2026-11-01"}
		for i, id := range ids[:12] {
			for k, on := range edges {
				if (i+k)%3 == 0 || r.IntN(3) == 0 {
					ship(id, day.MustParse(on), []string{waybill.Signed, waybill.Signed, waybill.Cancelled}[r.IntN(3)])
				}
			}
		}
		night := func(what string, on string) {
			t.Helper()
			w.Clock.Set(day.MustParse(on).Start(db.Zone).Add(3 * time.Hour))
			for _, branch := range []int64{w.West, w.East} {
				if _, err := w.KeepHistories(ctx, system, branch, day.MustParse(on)); err != nil {
					t.Fatal(err)
				}
			}
			if found, err := w.CheckWaybillSums(ctx); err != nil || len(found) > 0 {
				t.Errorf("%s: %v, %v", what, found, err)
			}
		}
		equal := func(what string, last int32) {
			t.Helper()
			first, until, err := w.HistorySpan(ctx, w.As(t, w.Chief).Scope(policy.WaybillRead), 0)
			if err != nil || until != last || first != monthend.Number(2024, 11) {
				t.Fatalf("%s: months from %d to %d, %v", what, first, until, err)
			}
			of, branch := stages(t, w, first, last, opened)
			equalMoves(t, w, what, "stage", first, last, of, branch)
			equalCohorts(t, w, what, first, last)
			if classes != nil {
				equalMoves(t, w, what, "class", last, last, classes, branch)
			}
		}
		october := monthend.Number(2026, 10)
		unclassed := func() {
			for _, id := range ids {
				classes[id] = map[int32]string{}
				if of := stoodFirst(t, w, id); of > 0 && of <= october { // shipped before the file was opened: of no class
					classes[id][october] = monthend.None
					if of < october {
						classes[id][october-1] = monthend.None
					}
				}
			}
		}
		unclassed()
		night("the first night", "2026-11-22")
		equal("the first night", october)
		// A bill of a month that is over comes in; a client moves; nobody's night in
		// between.
		ship(ids[13], day.MustParse("2026-09-30"), waybill.Signed)
		c, err := w.Customer(ctx, system.Scope(policy.CustomerCreate), ids[0])
		if err != nil {
			t.Fatal(err)
		}
		c.BranchID = w.East
		if err := w.UpdateCustomer(ctx, w.As(t, w.RegionZJ), c); err != nil {
			t.Fatal(err)
		}
		if found, err := w.CheckWaybillSums(ctx); err != nil || len(found) > 0 {
			t.Errorf("after a move: %v, %v", found, err)
		}
		unclassed() // whom the late bill brings is in that month by everything that is told of it
		night("a late bill", "2026-11-23")
		equal("a late bill", october)
		classes = nil
		// November ends: what files say then is kept, whatever they say later.
		november := october + 1
		c, err = w.Customer(ctx, system.Scope(policy.CustomerCreate), ids[1])
		if err == nil {
			w.Clock.Set(day.MustParse("2026-11-30").Start(db.Zone).Add(23*time.Hour + 59*time.Minute))
			err = w.ClassifyCustomer(ctx, w.As(t, w.RegionZJ), c.ID, c.Version, "A", "大客户")
		}
		if err == nil {
			w.Clock.Set(day.MustParse("2026-12-01").Start(db.Zone).Add(time.Minute))
			c, err = w.Customer(ctx, system.Scope(policy.CustomerCreate), ids[1])
		}
		if err == nil {
			err = w.ClassifyCustomer(ctx, w.As(t, w.RegionZJ), c.ID, c.Version, "B", "看错了")
		}
		if err != nil {
			t.Fatal(err)
		}
		night("a month ends", "2026-12-01")
		equal("a month ends", november)
		got, err := w.ClientMoves(ctx, w.As(t, w.Chief).Scope(policy.WaybillRead), 0, "class", november, november)
		if a := (monthend.Ask{Now: []string{"A"}}).Of(got[november]); err != nil || a != 1 {
			t.Errorf("at the end of November %d clients are A, %v: %v", a, err, got)
		}
		// In the bin: at the end of the next month no client any more.
		w.Clock.Set(day.MustParse("2026-12-10").Start(db.Zone))
		c, err = w.Customer(ctx, system.Scope(policy.CustomerCreate), ids[2])
		if err == nil {
			err = w.DeleteCustomer(ctx, w.As(t, w.BossWest), c.ID, c.Version)
		}
		if err != nil {
			t.Fatal(err)
		}
		// Who goes in the night in which the month is counted went in the next one.
		w.Clock.Set(day.MustParse("2027-01-01").Start(db.Zone).Add(30 * time.Minute))
		if c, err = w.Customer(ctx, system.Scope(policy.CustomerCreate), ids[4]); err == nil {
			err = w.DeleteCustomer(ctx, w.As(t, w.BossWest), c.ID, c.Version)
		}
		if err != nil {
			t.Fatal(err)
		}
		night("the bin", "2027-01-01")
		got, err = w.ClientMoves(ctx, w.As(t, w.Chief).Scope(policy.WaybillRead), 0, "stage", november, november+1)
		if gone := (monthend.Ask{Now: []string{""}}).Of(got[november+1]); err != nil || gone != 1 || (monthend.Ask{Now: []string{""}}).Of(got[november]) != 0 {
			t.Errorf("%v, %v: want one who went in December", got, err)
		}
		if got, err := w.ClientMoves(ctx, w.As(t, w.RepWest).Scope(policy.WaybillRead), 0, "stage", november, november); err != nil || len(got[november]) > 0 {
			t.Errorf("a rep is told of %v, %v", got, err)
		}
		// The check can fail.
		if err := w.Raw(`UPDATE client_moves SET counts = replace(counts, '=1', '=2') WHERE dim = 'stage'`); err != nil {
			t.Fatal(err)
		}
		if found, err := w.CheckWaybillSums(ctx); err != nil || len(found) != 1 {
			t.Errorf("a wrong count is not found: %v, %v", found, err)
		}
	})
}

// stoodFirst is the month of a client's first parcel that counts, 0 of nobody's.
func stoodFirst(t *testing.T, w *dbtest.World, id int64) int32 {
	t.Helper()
	var sent string
	if err := db.Writer(w.DB).QueryRow(`SELECT coalesce(min(sent_day), '') FROM waybills WHERE customer_id = $1 AND state <> 'cancelled' AND pieces > 0`, id).Scan(&sent); err != nil {
		t.Fatal(err)
	}
	if sent == "" {
		return 0
	}
	return db.MonthOf(day.MustParse(sent))
}

// equalCohorts holds who sent in a month, by the month of its first parcel,
// against the parcels.
func equalCohorts(t *testing.T, w *dbtest.World, what string, first, last int32) {
	t.Helper()
	ctx, scope := context.Background(), w.As(t, w.Chief).Scope(policy.WaybillRead)
	rows, err := db.Writer(w.DB).Query(`SELECT customer_id, sent_day FROM waybills WHERE customer_id IS NOT NULL AND state <> 'cancelled' AND pieces > 0`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	sent, begun := map[int64]map[int32]bool{}, map[int64]int32{}
	for rows.Next() {
		var id int64
		var on string
		if err := rows.Scan(&id, &on); err != nil {
			t.Fatal(err)
		}
		at := db.MonthOf(day.MustParse(on))
		if at > last {
			continue
		}
		if sent[id] == nil {
			sent[id] = map[int32]bool{}
		}
		sent[id][at] = true
		if begun[id] == 0 || at < begun[id] {
			begun[id] = at
		}
	}
	got, err := w.ClientMoves(ctx, scope, 0, monthend.Sent, first, last)
	if err != nil {
		t.Fatal(err)
	}
	for at := first; at <= last; at++ {
		want := map[monthend.Move]int64{}
		for id, months := range sent {
			if months[at] && at-begun[id] <= monthend.SentMost {
				want[monthend.Move{Was: monthend.Month(begun[id]), Now: monthend.Sent}]++
			}
		}
		if !maps.Equal(got[at], want) {
			t.Errorf("%s, who sent in %s: %v, want %v", what, monthend.Month(at), got[at], want)
		}
		for m, n := range want {
			ids, k, err := w.MovedClients(ctx, scope, db.MovedFilter{Key: monthend.Key{Dim: monthend.Sent, Month: at}, Ask: monthend.Ask{Was: []string{m.Was}}})
			if err != nil || k != n || int64(len(ids)) != n {
				t.Errorf("%s, who sent in %s: the list of %v has %d of %d, %v", what, monthend.Month(at), m, len(ids), k, err)
			}
		}
	}
}
