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
	"yike/policy/feedback"
)

func aClient(t *testing.T, w *dbtest.World, name, class string, owner int64) int64 {
	t.Helper()
	id, err := w.CreateCustomer(context.Background(), w.As(t, w.BossWest), db.Submission{}, db.Customer{BranchID: w.West, Name: name, Class: class, OwnerID: owner})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func said(text string) []feedback.Answer {
	return []feedback.Answer{{Key: feedback.KeySaid, Label: "客户说了什么", Kind: feedback.Long, Values: []string{text}}}
}

func TestAFormGoesToTheMarketingDepartmentAndBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, rep, chief := context.Background(), w.As(t, w.RepWest), w.As(t, w.Chief)
		client := aClient(t, w, "松果文具", "A", w.RepWest)
		if _, err := w.StartForm(ctx, w.As(t, w.RepWest2), db.Submission{}, db.FeedbackForm{CustomerID: client, Answers: said("x")}, true); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("another rep's client: %v", err)
		}
		sent := db.Submission{Key: "abcdefghijklmnopqrst"}
		id, err := w.StartForm(ctx, rep, sent, db.FeedbackForm{CustomerID: client, Answers: said("要降价")}, false)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := w.StartForm(ctx, rep, sent, db.FeedbackForm{CustomerID: client, Answers: said("要降价")}, false); err != nil || again != id {
			t.Errorf("sent twice: %d %v, want %d", again, err, id)
		}
		if _, err := w.FeedbackForm(ctx, w.As(t, w.BossWest), id); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("the boss sees a draft: %v", err)
		}
		if err := w.EditForm(ctx, rep, db.FeedbackForm{ID: id, Version: 9, Answers: said("y")}, true); !errors.Is(err, db.ErrConflict) {
			t.Errorf("a stale draft: %v", err)
		}
		if err := w.EditForm(ctx, rep, db.FeedbackForm{ID: id, Version: 1, Answers: said("要降价两成")}, true); err != nil {
			t.Fatal(err)
		}
		// Saturday, 21 November: three working days end on Wednesday.
		f, err := w.FeedbackForm(ctx, w.As(t, w.BossWest), id)
		if err != nil || f.State != db.FormSent || f.Due != "2026-11-25" || f.Class != "A" || f.Day != "2026-11-21" || f.Answers[0].Text() != "要降价两成" {
			t.Fatalf("sent: %+v %v", f, err)
		}
		if err := w.AnswerForm(ctx, w.As(t, w.BossWest), db.Submission{}, id, f.Version, "好"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("a branch answers for the department: %v", err)
		}
		if err := w.TakeForm(ctx, chief, id, f.Version); err != nil {
			t.Fatal(err)
		}
		if err := w.EditForm(ctx, rep, db.FeedbackForm{ID: id, Version: f.Version + 1, Answers: said("z")}, true); !errors.Is(err, db.ErrConflict) {
			t.Errorf("changed after it was taken up: %v", err)
		}
		if err := w.AnswerForm(ctx, chief, db.Submission{}, id, f.Version, "好"); !errors.Is(err, db.ErrConflict) {
			t.Errorf("a stale answer: %v", err)
		}
		key := db.Submission{Key: "answeranswer"}
		for range 2 { // the second time is the same form again
			if err := w.AnswerForm(ctx, chief, key, id, f.Version+1, "可以给九折"); err != nil {
				t.Fatal(err)
			}
		}
		if news, err := w.FormNews(ctx, rep, id); err != nil || !news {
			t.Errorf("the rep is told: %v %v", news, err)
		}
		w.Clock.Move(48 * time.Hour)
		if err := w.AskForm(ctx, rep, db.Submission{}, id, f.Version+2, "能到八折吗"); err != nil {
			t.Fatal(err)
		}
		if news, err := w.FormNews(ctx, rep, id); err != nil || news {
			t.Errorf("who asks further has read the answer: %v %v", news, err)
		}
		f, err = w.FeedbackForm(ctx, rep, id)
		if err != nil || !f.Waits() || f.Due != "2026-11-26" {
			t.Errorf("it waits again: %+v %v", f, err)
		}
		if err := w.AnswerForm(ctx, chief, db.Submission{}, id, f.Version, "不行"); err != nil {
			t.Fatal(err)
		}
		if news, err := w.FormNews(ctx, rep, id); err != nil || !news {
			t.Errorf("told again: %v %v", news, err)
		}
		if err := w.KnowForm(ctx, rep, id); err != nil {
			t.Fatal(err)
		}
		if news, err := w.FormNews(ctx, rep, id); err != nil || news {
			t.Errorf("known: %v %v", news, err)
		}
		notes, err := w.FormNotes(ctx, rep, id)
		if err != nil || len(notes) != 3 || notes[0].Kind != db.NoteAnswer || notes[1].Kind != db.NoteQuestion || notes[2].Text != "不行" {
			t.Errorf("what was said: %+v %v", notes, err)
		}
	})
}

func TestAFormComesFromAVisitOfItsClientAndADraftIsThrownAway(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, rep := context.Background(), w.As(t, w.RepWest)
		client, other := aClient(t, w, "松果文具", "A", w.RepWest), aClient(t, w, "木棉", "B", w.RepWest)
		visit, err := w.LogVisit(ctx, rep, db.Submission{}, db.Visit{CustomerID: client, Day: "2026-11-21", Mode: "on_site", Learned: "要降价"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.StartForm(ctx, rep, db.Submission{}, db.FeedbackForm{CustomerID: other, VisitID: visit, Answers: said("x")}, true); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("another client's visit: %v", err)
		}
		id, err := w.StartForm(ctx, rep, db.Submission{}, db.FeedbackForm{CustomerID: client, VisitID: visit, Answers: said("x")}, false)
		if err != nil {
			t.Fatal(err)
		}
		if of, err := w.FormOfVisit(ctx, rep, visit); err != nil || of != id {
			t.Errorf("the visit's form: %d %v", of, err)
		}
		if err := w.DropForm(ctx, rep, id, 7); !errors.Is(err, db.ErrConflict) {
			t.Errorf("a stale draft: %v", err)
		}
		if err := w.DropForm(ctx, rep, id, 1); err != nil {
			t.Fatal(err)
		}
		if of, err := w.FormOfVisit(ctx, rep, visit); err != nil || of != 0 {
			t.Errorf("thrown away: %d %v", of, err)
		}
		sent, err := w.StartForm(ctx, rep, db.Submission{}, db.FeedbackForm{CustomerID: client, Answers: said("x")}, true)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.DropForm(ctx, rep, sent, 1); !errors.Is(err, db.ErrConflict) {
			t.Errorf("what was sent stays: %v", err)
		}
	})
}

func TestTheQuotaFillsByClassAndListsCountAlike(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, rep, boss := context.Background(), w.As(t, w.RepWest), w.As(t, w.BossWest)
		for _, x := range []struct {
			name, class string
			owner       int64
		}{{"甲", "A", w.RepWest}, {"乙", "A", w.RepWest}, {"丙", "B", w.RepWest2}, {"丁", "", w.RepWest}} {
			if _, err := w.StartForm(ctx, w.As(t, x.owner), db.Submission{}, db.FeedbackForm{CustomerID: aClient(t, w, x.name, x.class, x.owner), Answers: said("x")}, true); err != nil {
				t.Fatal(err)
			}
		}
		draft := aClient(t, w, "戊", "C", w.RepWest)
		if _, err := w.StartForm(ctx, rep, db.Submission{}, db.FeedbackForm{CustomerID: draft, Answers: said("x")}, false); err != nil {
			t.Fatal(err)
		}
		for _, who := range []policy.Actor{rep, boss} {
			list, err := w.FormQuotas(ctx, who, "2026-11")
			if err != nil || len(list) != 1 || list[0].Total != 4 || list[0].Sent["A"] != 2 || list[0].Owed.Total != 2 || list[0].Owed.Class["B"] != 1 || list[0].Owed.Class["C"] != 1 {
				t.Errorf("%s sees %+v %v", who.Name, list, err)
			}
		}
		if list, err := w.FormQuotas(ctx, w.As(t, w.Chief), "2026-11"); err != nil || len(list) != 3 {
			t.Errorf("head office sees every branch: %+v %v", list, err)
		}
		if list, err := w.FormQuotas(ctx, w.As(t, w.CourierWest), "2026-11"); err != nil || len(list) != 0 {
			t.Errorf("a courier: %+v %v", list, err)
		}
		if list, err := w.FormQuotas(ctx, boss, "2026-10"); err != nil || list[0].Total != 0 || list[0].Owed.Total != 5 {
			t.Errorf("the month before: %+v %v", list, err)
		}
		a, none := "A", ""
		for _, x := range []struct {
			name string
			who  policy.Actor
			f    db.FormFilter
			want int
		}{
			{"the branch's month", boss, db.FormFilter{BranchID: w.West, From: "2026-11-01", To: "2026-11-30"}, 4},
			{"of class A", boss, db.FormFilter{Class: &a}, 2},
			{"of clients without a class", boss, db.FormFilter{Class: &none}, 1},
			{"a rep's clients", rep, db.FormFilter{}, 3},
			{"one's own drafts", rep, db.FormFilter{State: db.FormDraft}, 1},
			{"nobody else's drafts", boss, db.FormFilter{State: db.FormDraft}, 0},
			{"waiting", w.As(t, w.Chief), db.FormFilter{Waits: true}, 4},
			{"late a day after they were due", boss, db.FormFilter{Late: "2026-11-26"}, 4},
			{"not late on the day itself", boss, db.FormFilter{Late: "2026-11-25"}, 0},
			{"another branch", w.As(t, w.BossEast), db.FormFilter{}, 0},
		} {
			list, more, err := w.FeedbackForms(ctx, x.who, x.f)
			n, fault := w.CountForms(ctx, x.who, x.f, 100)
			if err != nil || fault != nil || more || len(list) != x.want || n != x.want {
				t.Errorf("%s: %d listed, %d counted, want %d (%v %v)", x.name, len(list), n, x.want, err, fault)
			}
		}
		first, more, err := w.FeedbackForms(ctx, boss, db.FormFilter{Limit: 3})
		if err != nil || !more || len(first) != 3 {
			t.Fatalf("the first page: %d %v %v", len(first), more, err)
		}
		rest, more, err := w.FeedbackForms(ctx, boss, db.FormFilter{Limit: 3, After: db.FormKey{Day: first[2].Day, ID: first[2].ID}})
		if err != nil || more || len(rest) != 1 {
			t.Errorf("the second page: %d %v %v", len(rest), more, err)
		}
		if _, err := w.SetRule(ctx, w.As(t, w.Admin), policy.FormRule, db.RuleRow{Rule: db.RuleFormQuota, BranchID: w.West, ValidFrom: "2026-11-21", Value: `{"total":4,"a":1,"days":2}`, Reason: "客户少"}); err != nil {
			t.Fatal(err)
		}
		if list, err := w.FormQuotas(ctx, boss, "2026-11"); err != nil || list[0].Owed.Total != 0 || list[0].Rule.Version != 1 {
			t.Errorf("by the branch's own rule: %+v %v", list, err)
		}
	})
}

func TestAFormFollowsItsClientAndLeavesWithIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin := context.Background(), w.As(t, w.Admin)
		client := aClient(t, w, "松果文具", "A", w.RepWest)
		if _, err := w.StartForm(ctx, w.As(t, w.RepWest), db.Submission{}, db.FeedbackForm{CustomerID: client, Answers: said("x")}, true); err != nil {
			t.Fatal(err)
		}
		c, err := w.Customer(ctx, admin.Scope(policy.CustomerRead), client)
		if err != nil {
			t.Fatal(err)
		}
		c.BranchID, c.OwnerID = w.East, 0
		if err := w.UpdateCustomer(ctx, admin, c); err != nil {
			t.Fatal(err)
		}
		for who, want := range map[int64]int{w.BossWest: 0, w.BossEast: 1} {
			if n, err := w.CountForms(ctx, w.As(t, who), db.FormFilter{}, 9); err != nil || n != want {
				t.Errorf("user %d counts %d, want %d (%v)", who, n, want, err)
			}
		}
		if c, err = w.Customer(ctx, admin.Scope(policy.CustomerRead), client); err != nil {
			t.Fatal(err)
		}
		if err := w.DeleteCustomer(ctx, admin, client, c.Version); err != nil {
			t.Fatal(err)
		}
		if n, err := w.CountForms(ctx, w.As(t, w.BossEast), db.FormFilter{}, 9); err != nil || n != 0 {
			t.Errorf("in the bin: %d %v", n, err)
		}
	})
}

func TestPicturesHangOnAFormAndAreTakenOff(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, rep := context.Background(), w.As(t, w.RepWest)
		client := aClient(t, w, "松果文具", "A", w.RepWest)
		a, b := db.VisitPhoto{Hash: "aa", Thumb: "ab"}, db.VisitPhoto{Hash: "ba", Thumb: "bb"}
		id, err := w.StartForm(ctx, rep, db.Submission{}, db.FeedbackForm{CustomerID: client, Answers: said("x"), Photos: []db.VisitPhoto{a, b}}, true)
		if err != nil {
			t.Fatal(err)
		}
		has := func(want ...db.VisitPhoto) db.FormRow {
			t.Helper()
			f, err := w.FeedbackForm(ctx, w.As(t, w.Chief), id)
			if err != nil || !slices.Equal(f.Photos, want) {
				t.Errorf("pictures: %v, want %v (%v)", f.Photos, want, err)
			}
			return f
		}
		f := has(a, b)
		edit := func(version int64, drop []string, photos ...db.VisitPhoto) error {
			return w.EditForm(ctx, rep, db.FeedbackForm{ID: id, Version: version, Answers: said("x"), Drop: drop, Photos: photos}, true)
		}
		if err := edit(f.Version+1, []string{"aa"}); !errors.Is(err, db.ErrConflict) {
			t.Errorf("by a stale page: %v", err)
		}
		has(a, b)
		if err := edit(f.Version, []string{"aa"}); err != nil {
			t.Fatal(err)
		}
		if now := has(b); now.Version != f.Version+1 {
			t.Errorf("a picture taken off is another version: %d after %d", now.Version, f.Version)
		}
		var many []db.VisitPhoto
		for i := range 9 {
			many = append(many, db.VisitPhoto{Hash: fmt.Sprintf("c%d", i), Thumb: "d"})
		}
		if err := edit(f.Version+1, nil, many...); !errors.Is(err, db.ErrRefused) {
			t.Errorf("one too many: %v", err)
		}
		has(b)
	})
}
