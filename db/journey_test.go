package db_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/monthend"
	"yike/policy/waybill"
)

// readAll reads rows of texts and numbers.
func readAll(t *testing.T, w *dbtest.World, query string, into ...any) (next func() bool) {
	t.Helper()
	rows, err := db.Writer(w.DB).Query(query)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rows.Close() })
	return func() bool {
		if !rows.Next() {
			_ = rows.Close()
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
			return false
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		return true
	}
}

// journeyWorld are clients of two branches with visits and parcels at the edges
// of months.
func journeyWorld(t *testing.T, w *dbtest.World) {
	t.Helper()
	ctx, system := context.Background(), policy.SystemActor("test")
	edges := []string{"2026-07-31", "2026-08-01", "2026-08-31", "2026-09-01", "2026-09-30", "2026-10-01", "2026-10-31", "2026-11-01"}
	var parcels []db.Waybill
	for i := range 12 {
		c := db.Customer{BranchID: []int64{w.West, w.East}[i%2], Name: fmt.Sprintf("旅程客户%d号", i), Kind: "enterprise", FiledOn: []string{"", "2026-07-15", "2026-10-01"}[i%3]}
		id, err := w.CreateCustomer(ctx, system, db.Submission{}, c)
		if err != nil {
			t.Fatal(err)
		}
		for j, on := range edges[i%len(edges):] {
			state := []string{"done", "done", "planned", "cancelled"}[(i+j)%4]
			if _, err := db.Writer(w.DB).Exec(`INSERT INTO visits (id, customer_id, branch_id, user_id, state, day, mode, mood, deleted_at, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, 'phone', $7, $8, 0, 0)`,
				7000+i*20+j, id, c.BranchID, w.RepWest, state, on, []string{"good", "", "poor"}[j%3], map[bool]int{true: 1}[(i+j)%5 == 4]); err != nil {
				t.Fatal(err)
			}
			sent := day.MustParse(on)
			p := db.Waybill{Number: fmt.Sprintf("3028%06d%04d", i, j), BranchID: c.BranchID, CustomerID: id, BoundBy: "name", SentDay: on, SentAt: sent.Start(db.Zone).UnixMilli(), Province: "330000", Payment: "monthly", Product: waybill.Standard,
				State: []string{waybill.Signed, waybill.Signed, waybill.Moving}[(i+j)%3], Pieces: 1, Freight: 900, Weight: 1000}
			if p.State == waybill.Signed && j%4 != 3 { // of some the carrier tells no time
				p.SignedAt = sent.Add(1 + j%3).Start(db.Zone).Add(time.Duration(j%2)*24*time.Hour - time.Duration(j%2)*time.Millisecond).UnixMilli()
			}
			if i > 2 {
				parcels = append(parcels, p)
			}
		}
	}
	if _, err := w.LoadWaybills(ctx, system, slices.Values(parcels), nil); err != nil {
		t.Fatal(err)
	}
	w.Clock.Set(day.MustParse("2026-11-22").Start(db.Zone).Add(3 * time.Hour))
	for _, branch := range []int64{w.West, w.East} {
		if _, err := w.KeepHistories(ctx, system, branch, day.MustParse("2026-11-22")); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTheStepsOfAJourneyEqualARecount: whose first visit and first parcel fall
// into which months, and how many days parcels take, counted again over the raw
// rows.
func TestTheStepsOfAJourneyEqualARecount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		journeyWorld(t, w)
		branch, filed, met, mood, sent := map[int64]int64{}, map[int64]day.Day{}, map[int64]string{}, map[int64]string{}, map[int64]string{}
		var id, of, created, signed int64
		var on, text, word string
		for next := readAll(t, w, `SELECT id, branch_id, created_at, filed_on FROM customers WHERE deleted_at = 0`, &id, &of, &created, &text); next(); {
			branch[id], filed[id] = of, day.At(time.UnixMilli(created), db.Zone)
			if d, err := day.Parse(text); err == nil && d.Valid() && d < filed[id] {
				filed[id] = d
			}
		}
		for next := readAll(t, w, `SELECT customer_id, day, mood FROM visits WHERE state = 'done' AND deleted_at = 0`, &id, &on, &word); next(); {
			if had, ok := met[id]; branch[id] != 0 && (!ok || on < had) {
				met[id], mood[id] = on, word
			}
		}
		type parcel struct {
			branch       int64
			sent, signed day.Day
		}
		var parcels []parcel
		for next := readAll(t, w, `SELECT coalesce(customer_id, 0), branch_id, sent_day, signed_at, state FROM waybills`, &id, &of, &on, &signed, &word); next(); {
			if had, ok := sent[id]; id != 0 && (!ok || on < had) {
				sent[id] = on
			}
			if word == waybill.Signed && signed > 0 {
				parcels = append(parcels, parcel{of, day.MustParse(on), day.At(time.UnixMilli(signed), db.Zone)})
			}
		}
		seen := [3]int{}
		for name, who := range map[string]struct {
			user, branch int64
			all          []int64
		}{"head office": {w.Chief, 0, []int64{w.West, w.East}}, "a branch": {w.Chief, w.West, []int64{w.West}}, "a manager": {w.BossEast, 0, []int64{w.East}}, "not theirs": {w.BossEast, w.West, nil}, "a rep": {w.RepWest, 0, nil}} {
			by := w.As(t, who.user)
			for _, span := range [][2]string{{"2026-08-01", "2026-08-01"}, {"2026-09-01", "2026-10-01"}, {"2026-07-01", "2026-11-01"}, {"2026-12-01", "2026-12-01"}} {
				first, last := day.MustParse(span[0]), day.MustParse(span[1])
				from, to := first.String(), last.MonthEnd().String()
				want := map[db.FirstOf]bool{}
				for id, on := range met {
					if slices.Contains(who.all, branch[id]) && on >= from && on <= to {
						want[db.FirstOf{ID: id, Day: day.MustParse(on), Filed: filed[id], Mood: mood[id]}] = true
					}
				}
				got := map[db.FirstOf]bool{}
				list, err := w.FirstContacts(ctx, by.Scope(policy.VisitRead), who.branch, first, last)
				for _, f := range list {
					got[f] = true
				}
				if err != nil || !maps.Equal(got, want) || len(list) != len(want) {
					t.Errorf("%s, %v: first contacts %v, want %v (%v)", name, span, got, want, err)
				}
				seen[0] += len(want)
				// Months of first parcels are kept up to the last whole one.
				until := min(db.MonthOf(last), monthend.Number(2026, 10))
				clear(want)
				clear(got)
				for id, on := range sent {
					if m := db.MonthOf(day.MustParse(on)); slices.Contains(who.all, branch[id]) && m >= db.MonthOf(first) && m <= until {
						want[db.FirstOf{ID: id, Day: day.MustParse(on), Filed: filed[id]}] = true
					}
				}
				scope := by.Scope(policy.WaybillRead)
				list, err = w.FirstParcels(ctx, scope, who.branch, db.MonthOf(first), until)
				for _, f := range list {
					got[f] = true
				}
				if err != nil || !maps.Equal(got, want) || len(list) != len(want) {
					t.Errorf("%s, %v: first parcels %v, want %v (%v)", name, span, got, want, err)
				}
				seen[1] += len(want)
				// The counts that are kept are as many.
				kept := int64(0)
				if until >= db.MonthOf(first) {
					moves, err := w.ClientMoves(ctx, scope, who.branch, monthend.Sent, db.MonthOf(first), until)
					if err != nil {
						t.Fatal(err)
					}
					for m, counts := range moves {
						kept += monthend.Ask{Was: []string{monthend.Month(m)}}.Of(counts)
					}
				}
				if kept != int64(len(want)) {
					t.Errorf("%s, %v: %d first parcels are kept, want %d", name, span, kept, len(want))
				}
				days := map[int64]int64{}
				for _, p := range parcels {
					if slices.Contains(who.all, p.branch) && p.sent >= first && p.sent <= last.MonthEnd() {
						days[int64(p.signed-p.sent)]++
						seen[2]++
					}
				}
				took, err := w.TransitDays(ctx, scope, who.branch, first, last)
				if err != nil || !maps.Equal(took, days) {
					t.Errorf("%s, %v: days in transit %v, want %v (%v)", name, span, took, days, err)
				}
			}
		}
		if slices.Contains(seen[:], 0) {
			t.Errorf("the test counts nothing of some step: %v", seen)
		}
	})
}

// TestDaysBeforeTheFileAreNoneWaited: at the edge, the day of the file itself is
// no day waited, and the day before is none at all.
func TestDaysBeforeTheFileAreNoneWaited(t *testing.T) {
	on := day.MustParse("2026-03-01")
	for _, x := range []struct {
		filed day.Day
		days  int64
		ok    bool
	}{{on, 0, true}, {on.Add(-1), 1, true}, {on.Add(1), 0, false}, {on.AddMonths(-12), 365, true}, {day.None, 0, false}} {
		if n, ok := (db.FirstOf{Day: on, Filed: x.filed}).Waited(); ok != x.ok || ok && n != x.days {
			t.Errorf("filed on %v: %d %v", x.filed, n, ok)
		}
	}
}
