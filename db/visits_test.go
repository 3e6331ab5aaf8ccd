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
)

// fileOf opens a file of 城西 that belongs to a rep.
func fileOf(t testing.TB, w *dbtest.World, name string, owner int64) db.Customer {
	t.Helper()
	id, err := w.CreateCustomer(context.Background(), w.As(t, w.BossWest), db.Submission{},
		db.Customer{BranchID: w.West, Name: name, Class: "A", OwnerID: owner},
		db.Contact{Name: "王国平", Primary: true})
	if err != nil {
		t.Fatal(err)
	}
	return readFile(t, w, id)
}

func readFile(t testing.TB, w *dbtest.World, id int64) db.Customer {
	t.Helper()
	c, err := w.Customer(context.Background(), policy.SystemActor("test").Scope(policy.CustomerRead), id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func days(t testing.TB, w *dbtest.World, id int64, last, next string) {
	t.Helper()
	if c := readFile(t, w, id); c.LastVisitOn != last || c.NextVisitOn != next {
		t.Fatalf("last visit %q, next %q; want %q, %q", c.LastVisitOn, c.NextVisitOn, last, next)
	}
}

func made(customer int64, day string) db.Visit {
	return db.Visit{CustomerID: customer, Day: day, Mode: "on_site", Mood: "good", Learned: "双十一后每天 300 票"}
}

func TestAVisitIsLoggedWithinReachAndOnceHoweverOftenItIsSent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, rep := context.Background(), w.As(t, w.RepWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		for name, who := range map[string]int64{"another rep": w.RepWest2, "another branch": w.BossEast, "a courier": w.CourierWest, "an auditor": w.AuditorHead} {
			if _, err := w.LogVisit(ctx, w.As(t, who), db.Submission{}, made(c.ID, "2026-11-20")); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("%s logs a visit: %v", name, err)
			}
		}
		sent := db.Submission{Key: "phone-1"}
		in := made(c.ID, "2026-11-20")
		in.NextOn, in.NextStep = "2026-11-27", "带报价单"
		photos := []db.VisitPhoto{{Hash: "aa", Thumb: "ab"}, {Hash: "ba", Thumb: "bb"}}
		id, err := w.LogVisit(ctx, rep, sent, in, photos...)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if again, err := w.LogVisit(ctx, rep, sent, in, photos...); err != nil || again != id {
				t.Fatalf("sent again: %d, %v; want %d", again, err, id)
			}
		}
		all, err := w.Visits(ctx, rep.Scope(policy.VisitRead), db.VisitFilter{CustomerID: c.ID})
		if err != nil || len(all.Rows) != 2 {
			t.Fatalf("visits: %+v, %v; want the visit and the one that it plans", all.Rows, err)
		}
		if p := all.Rows[0]; p.State != db.VisitPlanned || p.Day != "2026-11-27" || p.Purpose != "带报价单" || p.UserID != w.RepWest {
			t.Errorf("planned: %+v", p)
		}
		v, err := w.Visit(ctx, rep.Scope(policy.VisitRead), id)
		if err != nil || !slices.Equal(v.Photos, photos) || v.PhotoCount != 2 || v.User != "沈雨桐" || v.Customer != c.Name || v.Minute != -1 {
			t.Fatalf("read: %+v, %v", v, err)
		}
		days(t, w, c.ID, "2026-11-20", "2026-11-27")
		if _, err := w.Visit(ctx, w.As(t, w.RepWest2).Scope(policy.VisitRead), id); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("another rep reads it: %v", err)
		}
		for _, who := range []int64{w.BossWest, w.RegionZJ, w.ClerkWest, w.AuditorHead} {
			if _, err := w.Visit(ctx, w.As(t, who).Scope(policy.VisitRead), id); err != nil {
				t.Errorf("user %d does not read it: %v", who, err)
			}
		}
		// The same key of another person is another form.
		if other, err := w.LogVisit(ctx, w.As(t, w.BossWest), sent, made(c.ID, "2026-11-19")); err != nil || other == id {
			t.Errorf("the same key of another person: %d, %v", other, err)
		}
	})
}

func TestOneFormSentTwiceAtOnceMakesOneVisit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, rep := context.Background(), w.As(t, w.RepWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		ids, errs := make([]int64, 6), make(chan error, 6)
		for i := range ids {
			go func() {
				var err error
				ids[i], err = w.LogVisit(ctx, rep, db.Submission{Key: "same"}, made(c.ID, "2026-11-20"))
				errs <- err
			}()
		}
		for range ids {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		slices.Sort(ids)
		if ids[0] == 0 || ids[0] != ids[5] {
			t.Errorf("ids: %v", ids)
		}
		if n, err := w.CountVisits(ctx, rep.Scope(policy.VisitRead), db.VisitFilter{}, 100); err != nil || n != 1 {
			t.Errorf("visits: %d, %v", n, err)
		}
	})
}

func TestAPlannedVisitIsMadeCalledOffAndTakenUpAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, rep, boss := context.Background(), w.As(t, w.RepWest), w.As(t, w.BossWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		plan := db.Visit{CustomerID: c.ID, Day: "2026-11-23", Minute: 600, Mode: "on_site", Purpose: "谈续约"}
		id, err := w.PlanVisit(ctx, rep, db.Submission{Key: "p"}, plan)
		if err != nil {
			t.Fatal(err)
		}
		days(t, w, c.ID, "", "2026-11-23")
		// A manager plans for the rep; a rep plans for nobody else.
		forRep := db.Visit{CustomerID: c.ID, Day: "2026-11-22", Mode: "phone", UserID: w.RepWest}
		second, err := w.PlanVisit(ctx, boss, db.Submission{}, forRep)
		if err != nil {
			t.Fatal(err)
		}
		forRep.UserID = w.RepWest2
		if _, err := w.PlanVisit(ctx, rep, db.Submission{}, forRep); !errors.Is(err, db.ErrRefused) {
			t.Errorf("a rep plans for another: %v", err)
		}
		days(t, w, c.ID, "", "2026-11-22")
		if err := w.CancelVisit(ctx, rep, second, 1); err != nil {
			t.Fatal(err)
		}
		days(t, w, c.ID, "", "2026-11-23")
		if err := w.CancelVisit(ctx, rep, second, 2); !errors.Is(err, db.ErrConflict) {
			t.Errorf("called off twice: %v", err)
		}
		if err := w.ReopenVisit(ctx, rep, second); err != nil {
			t.Fatal(err)
		}
		days(t, w, c.ID, "", "2026-11-22")
		done := made(c.ID, "2026-11-21")
		done.ID, done.Version = id, 1
		got, err := w.LogVisit(ctx, rep, db.Submission{Key: "done"}, done)
		if err != nil || got != id {
			t.Fatalf("made: %d, %v", got, err)
		}
		v, err := w.Visit(ctx, rep.Scope(policy.VisitRead), id)
		if err != nil || v.State != db.VisitDone || v.Day != "2026-11-21" || v.Purpose != "谈续约" || v.Version != 2 {
			t.Fatalf("made: %+v, %v", v, err)
		}
		days(t, w, c.ID, "2026-11-21", "2026-11-22")
		if got, err := w.LogVisit(ctx, rep, db.Submission{Key: "done"}, done); err != nil || got != id {
			t.Errorf("sent again: %d, %v", got, err)
		}
		if _, err := w.LogVisit(ctx, rep, db.Submission{Key: "later"}, done); !errors.Is(err, db.ErrConflict) {
			t.Errorf("made twice by two forms: %v", err)
		}
	})
}

func TestAVisitIsCorrectedForAWeekByWhoMadeItAndThenByAManager(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, rep, boss, clerk := context.Background(), w.As(t, w.RepWest), w.As(t, w.BossWest), w.As(t, w.ClerkWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		in := made(c.ID, "2026-11-20")
		in.NextOn, in.NextStep = "2026-11-25", "送样"
		id, err := w.LogVisit(ctx, rep, db.Submission{}, in, db.VisitPhoto{Hash: "aa", Thumb: "ab"})
		if err != nil {
			t.Fatal(err)
		}
		v, err := w.Visit(ctx, rep.Scope(policy.VisitRead), id)
		if err != nil {
			t.Fatal(err)
		}
		now := v.Visit
		now.Learned, now.NextOn = "每天 500 票", "2026-11-26"
		if err := w.EditVisit(ctx, clerk, now, nil); !errors.Is(err, db.ErrRefused) {
			t.Errorf("a clerk corrects a rep's visit: %v", err)
		}
		if err := w.EditVisit(ctx, w.As(t, w.RepWest2), now, nil); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("another rep corrects it: %v", err)
		}
		if err := w.EditVisit(ctx, rep, now, []string{"aa"}, db.VisitPhoto{Hash: "ca", Thumb: "cb"}); err != nil {
			t.Fatal(err)
		}
		days(t, w, c.ID, "2026-11-20", "2026-11-26") // the plan follows
		if n, _ := w.CountVisits(ctx, rep.Scope(policy.VisitRead), db.VisitFilter{}, 10); n != 2 {
			t.Errorf("visits after the correction: %d", n)
		}
		v, _ = w.Visit(ctx, rep.Scope(policy.VisitRead), id)
		if len(v.Photos) != 1 || v.Photos[0].Hash != "ca" || v.Learned != "每天 500 票" || v.Version != 2 {
			t.Fatalf("corrected: %+v", v)
		}
		if err := w.EditVisit(ctx, boss, now, nil); !errors.Is(err, db.ErrConflict) {
			t.Errorf("a stale correction: %v", err)
		}
		now = v.Visit
		now.NextOn, now.NextStep = "", ""
		if err := w.EditVisit(ctx, rep, now, nil); err != nil {
			t.Fatal(err)
		}
		days(t, w, c.ID, "2026-11-20", "") // and is called off with it
		for day, want := range map[int]bool{6: true, 7: true, 8: false} {
			w.Clock.Set(dbtest.Start.AddDate(0, 0, day))
			v, _ = w.Visit(ctx, rep.Scope(policy.VisitRead), id)
			if got := w.MayEditVisit(rep, v); got != want {
				t.Errorf("may the rep correct it %d days later: %v", day, got)
			}
		}
		w.Clock.Set(dbtest.Start.AddDate(0, 0, 8))
		now = v.Visit
		now.Mood = "poor"
		if err := w.EditVisit(ctx, rep, now, nil); !errors.Is(err, db.ErrRefused) {
			t.Errorf("after eight days: %v", err)
		}
		if err := w.DeleteVisit(ctx, rep, id, 0); !errors.Is(err, db.ErrRefused) {
			t.Errorf("deleted after eight days: %v", err)
		}
		if err := w.EditVisit(ctx, boss, now, nil); err != nil {
			t.Errorf("a manager after eight days: %v", err)
		}
	})
}

func TestADeletedVisitNoLongerCountsUntilItIsRestored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, rep := context.Background(), w.As(t, w.RepWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		var ids []int64
		for _, d := range []string{"2026-11-10", "2026-11-20", "2026-11-15"} {
			id, err := w.LogVisit(ctx, rep, db.Submission{}, made(c.ID, d))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		days(t, w, c.ID, "2026-11-20", "")
		if err := w.DeleteVisit(ctx, rep, ids[1], 1); err != nil {
			t.Fatal(err)
		}
		days(t, w, c.ID, "2026-11-15", "")
		if _, err := w.Visit(ctx, rep.Scope(policy.VisitRead), ids[1]); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("a deleted visit is read: %v", err)
		}
		if err := w.RestoreVisit(ctx, w.As(t, w.RepWest2), ids[1]); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("another rep restores it: %v", err)
		}
		if err := w.RestoreVisit(ctx, rep, ids[1]); err != nil {
			t.Fatal(err)
		}
		days(t, w, c.ID, "2026-11-20", "")
	})
}

func TestVisitsOfAMovedCustomerAreSeenWhereItIsNow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, system := context.Background(), policy.SystemActor("test")
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		id, err := w.LogVisit(ctx, w.As(t, w.RepWest), db.Submission{}, made(c.ID, "2026-11-20"))
		if err != nil {
			t.Fatal(err)
		}
		moved := readFile(t, w, c.ID)
		moved.BranchID, moved.OwnerID = w.East, 0
		if err := w.UpdateCustomer(ctx, system, moved); err != nil {
			t.Fatal(err)
		}
		sees := func(who int64) (one bool, list int) {
			scope := w.As(t, who).Scope(policy.VisitRead)
			_, err := w.Visit(ctx, scope, id)
			n, err2 := w.CountVisits(ctx, scope, db.VisitFilter{}, 10)
			if err2 != nil {
				t.Fatal(err2)
			}
			return err == nil, n
		}
		for who, want := range map[int64]bool{w.RepWest: false, w.BossWest: false, w.BossEast: true, w.RegionZJ: true} {
			if one, n := sees(who); one != want || (n == 1) != want {
				t.Errorf("user %d sees it: %v, lists %d; want %v", who, one, n, want)
			}
		}
		list, full, err := w.MonthVisits(ctx, w.As(t, w.BossEast).Scope(policy.VisitRead), db.VisitFilter{From: "2026-11-01", To: "2026-11-30"})
		if err != nil || !full || len(list) != 1 || list[0].UserID != w.RepWest || list[0].User != "沈雨桐" || list[0].Count != 1 {
			t.Errorf("who acted: %+v, %v", list, err)
		}
	})
}

func TestVisitsAreListedPageByPageBothWays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, rep := context.Background(), w.As(t, w.RepWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		for i := range 23 {
			v := made(c.ID, fmt.Sprintf("2026-10-%02d", 1+i/3)) // several a day
			if i%2 == 1 {
				v.Mode = "phone"
			}
			if _, err := w.LogVisit(ctx, rep, db.Submission{}, v); err != nil {
				t.Fatal(err)
			}
		}
		scope := rep.Scope(policy.VisitRead)
		for _, oldest := range []bool{false, true} {
			f := db.VisitFilter{Limit: 10, Oldest: oldest}
			var pages [][]int64
			var ends []db.VisitKey
			for {
				p, err := w.Visits(ctx, scope, f)
				if err != nil {
					t.Fatal(err)
				}
				if p.First != (len(pages) == 0) {
					t.Errorf("page %d says first: %v", len(pages), p.First)
				}
				pages = append(pages, rowIDs(p.Rows))
				ends = append(ends, db.VisitKey{Day: p.Rows[0].Day, ID: p.Rows[0].ID})
				if p.Last {
					break
				}
				last := p.Rows[len(p.Rows)-1]
				f.At = db.VisitKey{Day: last.Day, ID: last.ID}
			}
			if len(pages) != 3 || len(pages[2]) != 3 {
				t.Fatalf("pages: %v", pages)
			}
			back, err := w.Visits(ctx, scope, db.VisitFilter{Limit: 10, Oldest: oldest, At: ends[2], Back: true})
			if err != nil || !slices.Equal(rowIDs(back.Rows), pages[1]) || back.First || back.Last {
				t.Errorf("back from the last page: %v, %v; want %v", rowIDs(back.Rows), err, pages[1])
			}
			back, err = w.Visits(ctx, scope, db.VisitFilter{Limit: 10, Oldest: oldest, At: ends[1], Back: true})
			if err != nil || !slices.Equal(rowIDs(back.Rows), pages[0]) || !back.First {
				t.Errorf("back to the first page: %v, %v", rowIDs(back.Rows), err)
			}
		}
		f := db.VisitFilter{Mode: "phone", From: "2026-10-02", To: "2026-10-04"}
		p, err := w.Visits(ctx, scope, f)
		n, err2 := w.CountVisits(ctx, scope, f, 1000)
		if err != nil || err2 != nil || n != len(p.Rows) || n == 0 {
			t.Errorf("counted %d, listed %d, %v, %v", n, len(p.Rows), err, err2)
		}
		var sum int
		month, _, err := w.MonthVisits(ctx, scope, f)
		for _, d := range month {
			sum += d.Count
		}
		if err != nil || sum != n {
			t.Errorf("the calendar counts %d, the list %d, %v", sum, n, err)
		}
	})
}

func rowIDs(rows []db.VisitRow) []int64 {
	var out []int64
	for _, r := range rows {
		out = append(out, r.ID)
	}
	return out
}

func TestAContactOfAnotherCustomerIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, rep := context.Background(), w.As(t, w.RepWest)
		mine, other := fileOf(t, w, "甲", w.RepWest), fileOf(t, w, "乙", w.RepWest2)
		list, err := w.Contacts(ctx, policy.SystemActor("test").Scope(policy.CustomerRead), other.ID)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		v := made(mine.ID, "2026-11-20")
		v.ContactID = list[0].ID
		if _, err := w.LogVisit(ctx, rep, db.Submission{}, v); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("logged with another customer's contact: %v", err)
		}
	})
}

func TestThePlanThatAVisitFulfilsIsFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, rep := context.Background(), w.As(t, w.RepWest)
		c := fileOf(t, w, "甲", w.RepWest)
		scope := rep.Scope(policy.VisitRead)
		if _, err := w.PlannedVisit(ctx, scope, c.ID, w.RepWest, w.Clock.Now()); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("nothing planned: %v", err)
		}
		id, err := w.PlanVisit(ctx, rep, db.Submission{}, db.Visit{CustomerID: c.ID, Day: "2026-11-23", Mode: "on_site"})
		if err != nil {
			t.Fatal(err)
		}
		if v, err := w.PlannedVisit(ctx, scope, c.ID, w.RepWest, w.Clock.Now()); err != nil || v.ID != id {
			t.Errorf("planned: %+v, %v", v, err)
		}
		w.Clock.Set(dbtest.Start.Add(-20 * 24 * time.Hour))
		if _, err := w.PlannedVisit(ctx, scope, c.ID, w.RepWest, w.Clock.Now()); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("planned for three weeks ahead: %v", err)
		}
	})
}
