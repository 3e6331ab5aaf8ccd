package db_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/dedupe"
)

// pinecone opens the file that these tests look at.
func pinecone(t *testing.T, w *dbtest.World) int64 {
	t.Helper()
	id, err := w.CreateCustomer(context.Background(), w.As(t, w.BossWest), db.Submission{}, db.Customer{
		BranchID: w.West, Name: "杭州松果母婴用品有限公司", Kind: "ecommerce", OwnerID: w.RepWest, ClerkID: w.ClerkWest,
		CreditCode: "91330100MA2J28B96T", Class: "A", ClassReason: "每月 2,000 票", Phones: []string{"0571-86000123", "13800001054"},
	}, db.Contact{Name: "王国平", Primary: true, Phones: []string{"19900001186", "19900001187"}}, db.Contact{Name: "许雅琴"})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestDuplicatesAreFoundInTheWholeCompanyAndToldByReach(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		id := pinecone(t, w)
		mine, theirs := w.As(t, w.RepWest).Scope(policy.CustomerRead), w.As(t, w.BossEast).Scope(policy.CustomerRead)
		for _, c := range []struct {
			name  string
			scope policy.Scope
			q     db.DuplicateQuery
			want  []db.Duplicate
		}{
			{"nothing typed", mine, db.DuplicateQuery{}, nil},
			{"nobody has it", mine, db.DuplicateQuery{Name: "杭州橡子", Phones: []string{"13900000000"}}, nil},
			{"the owner types the same name without its company form", mine, db.DuplicateQuery{Name: "杭州松果母婴用品"},
				[]db.Duplicate{{ID: id, Name: "杭州松果母婴用品有限公司", Code: "HZ01-00001", BranchID: w.West, OwnerName: "沈雨桐", ClerkName: "林晓", Open: true, Why: []string{dedupe.SameName}}}},
			{"another branch types a contact's number", theirs, db.DuplicateQuery{Phones: []string{"19900001187"}},
				[]db.Duplicate{{BranchID: w.West, OwnerName: "沈雨桐", ClerkName: "林晓", Why: []string{dedupe.SamePhone}}}},
			{"another branch types the credit code", theirs, db.DuplicateQuery{CreditCode: "91330100MA2J28B96T"},
				[]db.Duplicate{{BranchID: w.West, OwnerName: "沈雨桐", ClerkName: "林晓", Why: []string{dedupe.SameCreditCode}, Sure: true}}},
			{"name and number together are the same customer", mine, db.DuplicateQuery{Name: "杭州松果母婴用品有限公司", Phones: []string{"13800001054"}},
				[]db.Duplicate{{ID: id, Name: "杭州松果母婴用品有限公司", Code: "HZ01-00001", BranchID: w.West, OwnerName: "沈雨桐", ClerkName: "林晓", Open: true, Sure: true, Why: []string{dedupe.SameName, dedupe.SamePhone}}}},
			{"the file that is being edited", mine, db.DuplicateQuery{Name: "杭州松果母婴用品", Except: id}, nil},
		} {
			got, err := w.Duplicates(ctx, c.scope, c.q)
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s: got %+v, %v; want %+v", c.name, got, err, c.want)
			}
		}
	})
}

func TestACustomersPageIsReadInFewStatements(t *testing.T) {
	clock := dbtest.NewClock(dbtest.Start)
	w := dbtest.Company(t, clock)
	ctx, id := context.Background(), pinecone(t, w)
	by := w.As(t, w.BossWest)
	read := db.CountReads(t, w.DB)
	f, err := w.FilePage(ctx, by, id, day.At(w.Now(), db.Zone))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Timeline(ctx, by.Scope(policy.VisitRead), by.Scope(policy.CustomerHistory), f.Customer, db.Position{}, 20); err != nil {
		t.Fatal(err)
	}
	if n := read(); n != 5 {
		t.Fatalf("the page is read in %d statements; want 5", n)
	}
}

func TestAFileIsReadWithEverythingThatHangsOnIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, id := context.Background(), pinecone(t, w)
		f, err := w.CustomerFile(ctx, w.As(t, w.RepWest).Scope(policy.CustomerRead), id)
		if err != nil {
			t.Fatal(err)
		}
		if f.OwnerName != "沈雨桐" || f.ClerkName != "林晓" || f.CreatorName != "周明慧" || !slices.Equal(f.Phones, []string{"0571-86000123", "13800001054"}) {
			t.Errorf("file: %+v", f)
		}
		if len(f.Contacts) != 2 || f.Contacts[0].Name != "王国平" || !slices.Equal(f.Contacts[0].Phones, []string{"19900001186", "19900001187"}) || f.Contacts[1].Phones != nil {
			t.Errorf("contacts: %+v", f.Contacts)
		}
		for name, who := range map[string]int64{"another rep": w.RepWest2, "another branch": w.BossEast} {
			if _, err := w.CustomerFile(ctx, w.As(t, who).Scope(policy.CustomerRead), id); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("%s reads it: %v", name, err)
			}
			if _, err := w.History(ctx, w.As(t, who).Scope(policy.CustomerHistory), id, 0, 9); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("%s reads its history: %v", name, err)
			}
		}
	})
}

func TestAClassAndAStateAreSetWithAReasonByThoseWhoMay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, id := context.Background(), pinecone(t, w)
		boss, rep, stranger := w.As(t, w.BossWest), w.As(t, w.RepWest), w.As(t, w.BossEast)
		if err := w.ClassifyCustomer(ctx, rep, id, 1, "B", "少了"); !errors.Is(err, db.ErrRefused) {
			t.Errorf("a rep classifies: %v", err)
		}
		if err := w.ReviewCustomer(ctx, stranger, id, 1, "reviewed", ""); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("another branch reviews: %v", err)
		}
		w.Clock.Move(24 * time.Hour)
		if err := w.ClassifyCustomer(ctx, boss, id, 1, "B", "近 3 月少了一半"); err != nil {
			t.Fatal(err)
		}
		if err := w.ReviewCustomer(ctx, boss, id, 1, "reviewed", ""); !errors.Is(err, db.ErrConflict) {
			t.Errorf("a stale review: %v", err)
		}
		if err := w.ReviewCustomer(ctx, boss, id, 2, "reviewed", "资料齐了"); err != nil {
			t.Fatal(err)
		}
		c, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), id)
		if err != nil || c.Class != "B" || c.ClassSince != "2026-11-22" || c.ClassReason != "近 3 月少了一半" || c.State != "reviewed" || c.Version != 3 {
			t.Fatalf("after both: %+v, %v", c, err)
		}
		list, err := w.History(ctx, boss.Scope(policy.CustomerHistory), id, 0, 2)
		if err != nil || len(list) != 2 || list[0].Act != "customers.review" || list[0].Reason != "资料齐了" || list[1].Act != "customers.classify" || list[1].Kind != "update" {
			t.Fatalf("history: %+v, %v", list, err)
		}
		older, err := w.History(ctx, boss.Scope(policy.CustomerHistory), id, list[1].ID, 9)
		if err != nil || len(older) != 3 || older[0].Kind != "create" {
			t.Fatalf("older history: %+v, %v", older, err)
		}
		then, err := w.CustomerAt(ctx, boss.Scope(policy.CustomerEdit), c, 1)
		if err != nil || then.Class != "A" || then.ClassReason != "每月 2,000 票" || then.ClassSince != "2026-11-21" || then.State != "draft" || then.Version != 1 {
			t.Fatalf("at version 1: %+v, %v", then, err)
		}
		edit := c
		edit.Phones, edit.TermsDays, edit.OwnerID = []string{"13900000001"}, 45, w.RepWest2
		if err := w.UpdateCustomer(ctx, boss, edit); err != nil {
			t.Fatal(err)
		}
		now, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), id)
		if err != nil {
			t.Fatal(err)
		}
		back, err := w.CustomerAt(ctx, boss.Scope(policy.CustomerEdit), now, 3)
		if err != nil || back.TermsDays != 0 || back.OwnerID != w.RepWest || !slices.Equal(back.Phones, c.Phones) || back.Class != "B" {
			t.Fatalf("at version 3: %+v, %v", back, err)
		}
	})
}

func TestATimelineIsPagedWithoutGapsOrRepeats(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, id := context.Background(), pinecone(t, w)
		boss := w.As(t, w.BossWest)
		for v := int64(1); v <= 5; v++ {
			w.Clock.Move(24 * time.Hour)
			class := []string{"B", "A"}[v%2]
			if class == "A" {
				class = "C"
			}
			if err := w.ClassifyCustomer(ctx, boss, id, v, class, "第几次"); err != nil {
				t.Fatal(err)
			}
		}
		for _, day := range []string{"2026-11-22", "2026-11-24", "2026-11-24", "2026-10-01"} {
			if _, err := w.LogVisit(ctx, w.As(t, w.RepWest), db.Submission{}, db.Visit{CustomerID: id, Day: day, Mode: "on_site", Learned: "一切正常"}); err != nil {
				t.Fatal(err)
			}
		}
		c, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), id)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := w.Timeline(ctx, boss.Scope(policy.VisitRead), boss.Scope(policy.CustomerHistory), c, db.Position{}, 50)
		if err != nil || len(whole.Items) != 12 || whole.More != (db.Position{}) {
			t.Fatalf("whole: %d, %v, %v", len(whole.Items), whole.More, err)
		}
		// Changes of later days crowd the visits out of the first events, and not out of what stands beside them.
		if first, err := w.Timeline(ctx, boss.Scope(policy.VisitRead), boss.Scope(policy.CustomerHistory), c, db.Position{}, 2); err != nil || first.Items[0].Visit != nil || len(first.Visits) != 3 || first.Visits[0].Day != "2026-11-24" {
			t.Errorf("the first two events: %+v, beside them %+v, %v", first.Items, first.Visits, err)
		}
		for i := 1; i < len(whole.Items); i++ {
			if whole.Items[i].Day > whole.Items[i-1].Day {
				t.Errorf("%s stands below %s", whole.Items[i].Day, whole.Items[i-1].Day)
			}
		}
		page, err := w.FilePage(ctx, boss, id, day.MustParse("2026-11-30"))
		if want := []db.MonthCount{{Month: "2026-10", Count: 1}, {Month: "2026-11", Count: 3}}; err != nil || !reflect.DeepEqual(page.VisitMonths, want) {
			t.Errorf("visits by month: %v, %v; want %v", page.VisitMonths, err, want)
		}
		for on, want := range map[string]int{"2027-09-30": 2, "2027-10-01": 1, "2027-11-01": 0} { // twelve months, this one included
			if page, err := w.FilePage(ctx, boss, id, day.MustParse(on)); err != nil || len(page.VisitMonths) != want {
				t.Errorf("visits by month on %s: %v, %v; want %d months", on, page.VisitMonths, err, want)
			}
		}
		var paged []db.TimelineItem
		for at := (db.Position{}); ; {
			page, err := w.Timeline(ctx, boss.Scope(policy.VisitRead), boss.Scope(policy.CustomerHistory), c, at, 3)
			if err != nil {
				t.Fatal(err)
			}
			paged = append(paged, page.Items...)
			if page.More == (db.Position{}) || len(paged) > 20 {
				break
			}
			at = db.ParsePosition(page.More.String())
		}
		if !reflect.DeepEqual(paged, whole.Items) {
			t.Fatalf("paged differs from whole:\n%+v\n%+v", paged, whole.Items)
		}
		courier := w.As(t, w.CourierWest)
		if page, err := w.Timeline(ctx, courier.Scope(policy.VisitRead), courier.Scope(policy.CustomerHistory), c, db.Position{}, 50); err != nil || len(page.Items) != 0 {
			t.Fatalf("a courier's timeline: %+v, %v", page, err)
		}
	})
}

func TestAPositionIsCarriedThroughAnAddress(t *testing.T) {
	for _, p := range []db.Position{{}, {Day: "2026-11-21", Visit: 1 << 60, Change: 42}, {Change: 7}} {
		if got := db.ParsePosition(p.String()); got != p {
			t.Errorf("%+v came back as %+v", p, got)
		}
	}
	for _, s := range []string{"x", "..", "2026-11-21.z!.1", "2026-11-21-and-more.1.1", "a.b"} {
		if got := db.ParsePosition(s); got != (db.Position{}) {
			t.Errorf("%q is read as %+v", s, got)
		}
	}
}
