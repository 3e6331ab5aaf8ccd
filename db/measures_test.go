package db_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/handover"
	"yike/policy/measure"
)

// promise is a measure of a branch manager, due in a week.
func promise(w *dbtest.World, set func(*db.Measure)) db.Measure {
	m := db.Measure{BranchID: w.West, UserID: w.RepWest, Source: measure.Own, Said: "易碎件一律加气泡袋", From: "2026-11-21", Due: "2026-11-28", Reach: measure.WholeBranch}
	if set != nil {
		set(&m)
	}
	return m
}

func measureOf(t *testing.T, w *dbtest.World, id int64) db.MeasureRow {
	t.Helper()
	m, err := w.Measure(context.Background(), w.As(t, w.BossWest), id)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func measureRef(m db.MeasureRow) db.TodoRef { return db.TodoRef{ID: m.ID, Version: m.Version} }

func TestAMeasureIsWrittenDownWithinReachAndOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		for name, x := range map[string]struct {
			who  int64
			set  func(*db.Measure)
			want error
		}{
			"another branch's manager":     {w.BossEast, nil, db.ErrNotFound},
			"a rep, for the branch":        {w.RepWest, nil, db.ErrNotFound},
			"a clerk, who may only read":   {w.ClerkWest, nil, db.ErrNotFound},
			"a courier":                    {w.CourierWest, nil, db.ErrNotFound},
			"no words":                     {w.BossWest, func(m *db.Measure) { m.Said = "" }, db.ErrRefused},
			"an unknown figure":            {w.BossWest, func(m *db.Measure) { m.Figure, m.Review = "luck", "2026-12-28" }, db.ErrRefused},
			"due before it begins":         {w.BossWest, func(m *db.Measure) { m.Due = "2026-11-20" }, db.ErrMeasureDays},
			"a figure and no review":       {w.BossWest, func(m *db.Measure) { m.Figure = string(measure.Pieces) }, db.ErrMeasureDays},
			"somebody of another branch":   {w.BossWest, func(m *db.Measure) { m.UserID = w.ClerkEast }, db.ErrRefused},
			"a courier, who has no to-dos": {w.BossWest, func(m *db.Measure) { m.UserID = w.CourierWest }, db.ErrRefused},
			"a class without clients":      {w.BossWest, func(m *db.Measure) { m.Reach, m.ReachValue = measure.ClassOf, "C" }, db.ErrNobodyReached},
			"one client, and none named":   {w.BossWest, func(m *db.Measure) { m.Reach = measure.OneClient }, db.ErrNobodyReached},
		} {
			if _, err := w.NewMeasure(ctx, w.As(t, x.who), db.Submission{}, promise(w, x.set)); !errors.Is(err, x.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n, err := w.CountMeasures(ctx, boss, db.MeasureFilter{Show: db.MeasuresAll}, 10); err != nil || n != 0 {
			t.Fatalf("what was refused left %d, %v", n, err)
		}
		id, err := w.NewMeasure(ctx, boss, db.Submission{Key: "m-1"}, promise(w, nil))
		if err != nil {
			t.Fatal(err)
		}
		if again, err := w.NewMeasure(ctx, boss, db.Submission{Key: "m-1"}, promise(w, nil)); err != nil || again != id {
			t.Errorf("sent again: %d, %v", again, err)
		}
		m := measureOf(t, w, id)
		if m.State != measure.Open || m.User == "" || m.Author == "" || m.CreatedBy != w.BossWest {
			t.Errorf("read: %+v", m)
		}
		if x := todoOf(t, w, db.TodoMeasure, id); x.UserID != w.RepWest || x.Due != "2026-11-28" || x.OfMeasure() != fmt.Sprint(id) {
			t.Errorf("to-do: %+v", x.Todo)
		}
		for name, x := range map[string]struct {
			who  int64
			sees bool
		}{"whose it is": {w.RepWest, true}, "the clerk": {w.ClerkWest, true}, "the auditor": {w.AuditorHead, true}, "another rep": {w.RepWest2, false}, "another branch": {w.BossEast, false}, "a courier": {w.CourierWest, false}} {
			_, err := w.Measure(ctx, w.As(t, x.who), id)
			n, err2 := w.CountMeasures(ctx, w.As(t, x.who), db.MeasureFilter{}, 10)
			if (err == nil) != x.sees || err2 != nil || (n == 1) != x.sees {
				t.Errorf("%s: sees it %v, counts %d (%v)", name, err == nil, n, err2)
			}
		}
	})
}

func TestAMeasureAndItsToDoGoTogether(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, rep := context.Background(), w.As(t, w.BossWest), w.As(t, w.RepWest)
		make := func() db.MeasureRow {
			id, err := w.NewMeasure(ctx, boss, db.Submission{}, promise(w, func(m *db.Measure) { m.Review = "2026-12-28" }))
			if err != nil {
				t.Fatal(err)
			}
			return measureOf(t, w, id)
		}
		// By its page.
		m := make()
		if err := w.MoveMeasure(ctx, w.As(t, w.ClerkWest), measureRef(m), measure.Begin, ""); !errors.Is(err, db.ErrRefused) {
			t.Errorf("a clerk begins it: %v", err)
		}
		if err := w.MoveMeasure(ctx, rep, measureRef(m), measure.Begin, ""); err != nil {
			t.Fatal(err)
		}
		if err := w.MoveMeasure(ctx, rep, measureRef(m), measure.Finish, "换了"); !errors.Is(err, db.ErrConflict) {
			t.Errorf("by a stale page: %v", err)
		}
		m = measureOf(t, w, m.ID)
		if err := w.MoveMeasure(ctx, rep, measureRef(m), measure.Finish, ""); !errors.Is(err, db.ErrMeasureWords) {
			t.Errorf("without a word: %v", err)
		}
		if err := w.MoveMeasure(ctx, rep, measureRef(m), measure.Finish, "全换了气泡袋"); err != nil {
			t.Fatal(err)
		}
		m = measureOf(t, w, m.ID)
		if x := todoOf(t, w, db.TodoMeasure, m.ID); m.State != measure.Done || m.DoneDay != "2026-11-21" || x.State != db.TodoDone || x.ClosedWhy != db.SettledMeasure {
			t.Errorf("done: %+v, %+v", m.Measure, x.Todo)
		}
		look := todoOf(t, w, db.TodoMeasureReview, m.ID)
		if look.State != db.TodoOpen || look.UserID != w.BossWest || look.Due != "2026-12-28" {
			t.Errorf("to be looked at: %+v", look.Todo)
		}
		if err := w.ReviewMeasure(ctx, boss, measureRef(m), "破损少了，推到全网点"); err != nil {
			t.Fatal(err)
		}
		m = measureOf(t, w, m.ID)
		if m.Verdict != string(measure.InWords) || m.ReviewedBy != w.BossWest || m.ReviewedOn != "2026-11-21" || todoOf(t, w, db.TodoMeasureReview, m.ID).State != db.TodoDone {
			t.Errorf("looked at: %+v", m.Measure)
		}
		if err := w.MoveMeasure(ctx, boss, measureRef(m), measure.Reopen, ""); err != nil {
			t.Fatal(err)
		}
		if m = measureOf(t, w, m.ID); m.State != measure.Running || m.Learned != "" || m.ReviewedOn != "" || todoOf(t, w, db.TodoMeasure, m.ID).State != db.TodoOpen {
			t.Errorf("taken up again: %+v", m.Measure)
		}
		// By the list of to-dos: passed on, done, reopened, dropped.
		x := todoOf(t, w, db.TodoMeasure, m.ID)
		if err := w.PassTodo(ctx, rep, x.ID, x.Version, w.RepWest2); err != nil {
			t.Fatal(err)
		}
		if m = measureOf(t, w, m.ID); m.UserID != w.RepWest2 {
			t.Errorf("passed on, and it is still %d's", m.UserID)
		}
		x = todoOf(t, w, db.TodoMeasure, m.ID)
		if err := w.DoTodo(ctx, boss, x.ID, x.Version, "都换了"); err != nil {
			t.Fatal(err)
		}
		if m = measureOf(t, w, m.ID); m.State != measure.Done || m.Result != "都换了" || m.DoneDay != "2026-11-21" {
			t.Errorf("done in the list: %+v", m.Measure)
		}
		if err := w.ReopenTodo(ctx, boss, x.ID); err != nil {
			t.Fatal(err)
		}
		x = todoOf(t, w, db.TodoMeasure, m.ID)
		if err := w.DropTodo(ctx, boss, x.ID, x.Version, "客户走了"); err != nil {
			t.Fatal(err)
		}
		if m = measureOf(t, w, m.ID); m.State != measure.Dropped || m.Result != "客户走了" || m.DoneDay != "" {
			t.Errorf("dropped in the list: %+v", m.Measure)
		}
		// Into the bin, and out of it.
		m = make()
		if err := w.DeleteMeasure(ctx, boss, measureRef(m)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Measure(ctx, boss, m.ID); !errors.Is(err, db.ErrNotFound) || todoOf(t, w, db.TodoMeasure, m.ID).State != db.TodoDone {
			t.Errorf("in the bin: %v", err)
		}
		if err := w.RestoreMeasure(ctx, boss, m.ID); err != nil {
			t.Fatal(err)
		}
		if measureOf(t, w, m.ID).State != measure.Open || todoOf(t, w, db.TodoMeasure, m.ID).State != db.TodoOpen {
			t.Error("out of the bin, and not as it was")
		}
	})
}

func TestAMeasureThatComesAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, rep := context.Background(), w.As(t, w.BossWest), w.As(t, w.RepWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		classOf := func(class string) {
			t.Helper()
			x, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), c.ID)
			if err != nil {
				t.Fatal(err)
			}
			x.Class = class
			if err := w.UpdateCustomer(ctx, boss, x); err != nil {
				t.Fatal(err)
			}
		}
		classOf("A")
		if _, err := w.NewMeasure(ctx, boss, db.Submission{}, promise(w, func(m *db.Measure) { m.Every = 2 })); !errors.Is(err, db.ErrRefused) {
			t.Errorf("each two months: %v", err)
		}
		first, err := w.NewMeasure(ctx, boss, db.Submission{}, promise(w, func(m *db.Measure) {
			m.Every, m.Review, m.Figure, m.Reach, m.ReachValue = 1, "2026-12-28", string(measure.Pieces), measure.ClassOf, "A"
		}))
		if err != nil {
			t.Fatal(err)
		}
		m := measureOf(t, w, first)
		if m.Every != 1 || m.FollowsID != 0 || m.NextID != 0 {
			t.Fatalf("written down: %+v", m)
		}
		classOf("B") // of class A is nobody any more
		x := todoOf(t, w, db.TodoMeasure, first)
		if err := w.DoTodo(ctx, rep, x.ID, x.Version, "换了"); err != nil { // in the list of to-dos
			t.Fatal(err)
		}
		m = measureOf(t, w, first)
		next := measureOf(t, w, m.NextID)
		if next.FollowsID != first || next.State != measure.Open || next.From != "2026-12-21" || next.Due != "2026-12-28" || next.Review != "2027-01-28" || next.UserID != w.RepWest ||
			next.Said != m.Said || next.Every != 1 || next.Figure != m.Figure || next.CreatedBy != w.BossWest || next.Clients != 1 || next.Source != measure.Own {
			t.Errorf("the next one: %+v", next)
		}
		if y := todoOf(t, w, db.TodoMeasure, next.ID); y.UserID != w.RepWest || y.Due != "2026-12-28" {
			t.Errorf("its to-do: %+v", y.Todo)
		}
		// Taken up and done again there is still one that follows.
		if err := w.MoveMeasure(ctx, boss, measureRef(m), measure.Reopen, ""); err != nil {
			t.Fatal(err)
		}
		if err := w.MoveMeasure(ctx, boss, measureRef(measureOf(t, w, first)), measure.Finish, "再换了"); err != nil {
			t.Fatal(err)
		}
		all := func() int {
			n, err := w.CountMeasures(ctx, boss, db.MeasureFilter{Show: db.MeasuresAll}, 10)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := all(); n != 2 {
			t.Errorf("%d measures; want 2", n)
		}
		// Who is away for good does not get the one after that.
		admin := w.As(t, w.Admin)
		u, err := w.User(ctx, admin.Scope(policy.UserRead), w.RepWest)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.UpdateUser(ctx, admin, u.ID, u.Version, db.UserInput{Username: u.Username, Name: u.Name, BranchID: u.BranchID, JoinedOn: u.JoinedOn, Grants: u.Grants, Disabled: true}); err != nil {
			t.Fatal(err)
		}
		if err := w.MoveMeasure(ctx, boss, measureRef(measureOf(t, w, next.ID)), measure.Finish, "换了"); err != nil {
			t.Fatal(err)
		}
		third := measureOf(t, w, measureOf(t, w, next.ID).NextID)
		if third.UserID != 0 || third.FollowsID != next.ID || third.From != "2027-01-21" {
			t.Errorf("the third: %+v", third)
		}
		// Given up, it does not come again.
		if err := w.MoveMeasure(ctx, boss, measureRef(third), measure.Drop, "够了"); err != nil {
			t.Fatal(err)
		}
		if n := all(); n != 3 || measureOf(t, w, third.ID).NextID != 0 {
			t.Errorf("%d measures; want 3", n)
		}
	})
}

func TestAReviewOfACaseIsAMeasure(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk, boss := context.Background(), w.As(t, w.ClerkWest), w.As(t, w.BossWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		setCasework(t, w, casework.Rule{Assign: casework.Default().Assign, Times: 20, Days: 30, Measures: 7})
		e := caseOf(t, w, w.ClerkWest, c.ID, nil)
		for i, text := range []string{"换车", "换车，早一班"} {
			if err := w.ReviewCase(ctx, clerk, refOf(readCase(t, w, e.ID)), db.Measures{Text: text, User: w.BossWest, Due: "2026-11-30"}); err != nil {
				t.Fatal(err)
			}
			list, err := w.MeasuresFrom(ctx, boss, measure.Review, e.ID)
			if err != nil || len(list) != 1 || list[0].Said != text || list[0].UserID != w.BossWest || list[0].Due != "2026-11-30" || list[0].CustomerID != c.ID || list[0].Reach != measure.OneClient ||
				list[0].CaseCode != e.Code || list[0].Clients != 1 {
				t.Fatalf("after review %d: %+v, %v", i+1, list, err)
			}
		}
		list, err := w.MeasuresFrom(ctx, boss, measure.Review, e.ID)
		if err != nil {
			t.Fatal(err)
		}
		m := list[0]
		// It gets a figure and a day on which it is looked at; its words are the case's.
		in := m.Measure
		in.Said, in.Figure, in.Review, in.Due = "别的", string(measure.Complaints), "2026-12-28", "2026-12-01"
		if err := w.EditMeasure(ctx, boss, in); err != nil {
			t.Fatal(err)
		}
		if m = measureOf(t, w, m.ID); m.Said != "换车，早一班" || m.Figure != "complaints" || m.Due != "2026-12-01" {
			t.Errorf("corrected: %+v", m.Measure)
		}
		x := todoOf(t, w, db.TodoCaseMeasures, e.ID)
		if x.Due != "2026-12-01" || todoOf(t, w, db.TodoMeasureReview, m.ID).Due != "2026-12-28" {
			t.Errorf("its to-do is due %s", x.Due)
		}
		if err := w.DeleteMeasure(ctx, boss, measureRef(m)); !errors.Is(err, db.ErrRefused) {
			t.Errorf("deleted beside its case: %v", err)
		}
		if err := w.DoTodo(ctx, boss, x.ID, x.Version, "早一班发车"); err != nil {
			t.Fatal(err)
		}
		if m = measureOf(t, w, m.ID); m.State != measure.Done || m.Result != "早一班发车" {
			t.Errorf("done in the list of to-dos: %+v", m.Measure)
		}
		if err := w.MoveMeasure(ctx, boss, measureRef(m), measure.Reopen, ""); err != nil {
			t.Fatal(err)
		}
		if x := todoOf(t, w, db.TodoCaseMeasures, e.ID); x.State != db.TodoOpen {
			t.Errorf("taken up again, and its to-do is %s", x.State)
		}
		// The case goes into the bin, and comes out again.
		if err := w.DeleteCase(ctx, boss, e.ID, readCase(t, w, e.ID).Version); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Measure(ctx, boss, m.ID); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("of a case in the bin: %v", err)
		}
	})
}

func TestMeasuresFollowAClientAndAHandover(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, admin := context.Background(), w.As(t, w.BossWest), w.As(t, w.Admin)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		id, err := w.NewMeasure(ctx, w.As(t, w.RepWest), db.Submission{}, promise(w, func(m *db.Measure) { m.CustomerID, m.Reach, m.BranchID = c.ID, measure.OneClient, 0 }))
		if err != nil {
			t.Fatal(err)
		}
		if m := measureOf(t, w, id); m.BranchID != w.West || m.Customer != c.Name {
			t.Errorf("of a rep's own client: %+v", m)
		}
		hid, err := w.PlanHandover(ctx, boss, db.Submission{}, db.HandoverInput{From: w.RepWest, Ending: db.EndingKeep,
			Rules: map[string]handover.Rule{"owner": {By: handover.One, One: w.RepWest2}, "visit": {By: handover.One, One: w.RepWest2}}})
		if err != nil {
			t.Fatal(err)
		}
		h, err := w.Handover(ctx, boss, hid)
		if err == nil {
			_, err = w.ApplyHandover(ctx, boss, h.ID, h.Version)
		}
		if err != nil {
			t.Fatal(err)
		}
		if m := measureOf(t, w, id); m.UserID == w.RepWest || m.UserID != todoOf(t, w, db.TodoMeasure, id).UserID {
			t.Errorf("handed over, and it is %d's", m.UserID)
		}
		file, err := w.Customer(ctx, admin.Scope(policy.CustomerRead), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		file.BranchID, file.OwnerID, file.ClerkID = w.East, 0, 0
		if err := w.UpdateCustomer(ctx, admin, file); err != nil {
			t.Fatal(err)
		}
		if m, err := w.Measure(ctx, w.As(t, w.BossEast), id); err != nil || m.BranchID != w.East {
			t.Errorf("the client moved: %+v, %v", m.Measure, err)
		}
	})
}

// sending are n clients of a branch, filed long ago, with what each sends a day
// in October and in November.
func sending(t *testing.T, w *dbtest.World, branch, owner int64, name, class string, n, october, november int) (ids []int64) {
	t.Helper()
	next := func() (id int64) {
		if err := db.Writer(w.DB).QueryRow(`SELECT coalesce(max(id), 0) + 1 FROM waybills`).Scan(&id); err != nil {
			t.Fatal(err)
		}
		return id
	}
	for i := range n {
		id, err := w.CreateCustomer(context.Background(), policy.SystemActor("test"), db.Submission{}, db.Customer{BranchID: branch, Name: fmt.Sprintf("%s%02d", name, i), OwnerID: owner, Class: class, State: "reviewed", FiledOn: "2025-02-01"})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
		for d := 1; d <= 20; d++ {
			for month, pieces := range map[string]int{"10": october, "11": november} {
				if pieces == 0 {
					continue
				}
				number := fmt.Sprintf("%d%s%02d", id, month, d)
				if _, err := db.Writer(w.DB).Exec(`INSERT INTO waybills (id, number, branch_id, customer_id, state, pieces, freight_fen, sent_day, sent_at, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0)`,
					next(), number, branch, id, map[bool]string{true: "cancelled", false: "signed"}[d == 20], pieces, pieces*700, fmt.Sprintf("2026-%s-%02d", month, d)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return ids
}

// countedAgain counts the pieces of clients in a span again, over the raw rows.
func countedAgain(t *testing.T, w *dbtest.World, ids []int64, from, to string) float64 {
	t.Helper()
	sum := 0
	for _, id := range ids {
		rows, err := db.Writer(w.DB).Query(`SELECT sent_day, pieces, state FROM waybills WHERE customer_id = $1`, id)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var day, state string
			var pieces int
			if err := rows.Scan(&day, &pieces, &state); err != nil {
				t.Fatal(err)
			}
			if day >= from && day < to && state != "cancelled" {
				sum += pieces
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return float64(sum) / float64(len(ids))
}

func TestAMeasureIsComparedBeforeAndAfterBesideLikeClients(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		w.Clock.Set(time.Date(2026, 10, 31, 12, 0, 0, 0, db.Zone))
		under := sending(t, w, w.West, w.RepWest, "甲", "A", 6, 3, 5)
		id, err := w.NewMeasure(ctx, boss, db.Submission{}, promise(w, func(m *db.Measure) {
			m.From, m.Due, m.Review, m.Figure, m.Reach, m.ReachValue = "2026-11-01", "2026-11-10", "2026-11-21", string(measure.Pieces), measure.ClassOf, "A"
		}))
		if err != nil {
			t.Fatal(err)
		}
		// Made, or of the class, after the measure was written down: like clients.
		like := sending(t, w, w.West, w.RepWest, "乙", "A", 7, 3, 3)
		sending(t, w, w.West, w.RepWest, "丙", "B", 7, 3, 9)
		sending(t, w, w.East, 0, "丁", "A", 7, 3, 9)
		busy := sending(t, w, w.West, w.RepWest, "戊", "A", 1, 3, 50)
		if _, err := w.NewMeasure(ctx, boss, db.Submission{}, promise(w, func(m *db.Measure) {
			m.CustomerID, m.From, m.Due, m.Review, m.Figure, m.Reach = busy[0], "2026-11-01", "2026-11-10", "2026-12-01", string(measure.Pieces), measure.OneClient
		})); err != nil {
			t.Fatal(err)
		}
		m := measureOf(t, w, id)
		if m.Clients != 6 {
			t.Fatalf("for %d clients", m.Clients)
		}
		w.Clock.Set(time.Date(2026, 11, 5, 12, 0, 0, 0, db.Zone))
		if early, err := w.CompareMeasure(ctx, boss, m); err != nil || !early.Early {
			t.Errorf("after four days: %+v, %v", early, err)
		}
		w.Clock.Set(time.Date(2026, 11, 22, 12, 0, 0, 0, db.Zone))
		found, err := w.CompareMeasure(ctx, boss, m)
		if err != nil {
			t.Fatal(err)
		}
		if found.Before.From.String() != "2026-10-12" || found.After.To.String() != "2026-11-21" {
			t.Errorf("days: %v–%v, %v–%v", found.Before.From, found.Before.To, found.After.From, found.After.To)
		}
		want := [4]float64{countedAgain(t, w, under, "2026-10-12", "2026-11-01"), countedAgain(t, w, under, "2026-11-01", "2026-11-21"), countedAgain(t, w, like, "2026-10-12", "2026-11-01"), countedAgain(t, w, like, "2026-11-01", "2026-11-21")}
		got := [4]float64{found.Here.Before, found.Here.After, found.Like.Before, found.Like.After}
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1e-9 {
				t.Errorf("figure %d is %v, counted again %v", i, got[i], want[i])
			}
		}
		if found.All.Clients != 6 || found.Here.Clients != 6 || found.Like.Clients != 7 || found.Verdict != measure.Better || want[1] != 95 {
			t.Errorf("found %+v, counted again %v", found.Outcome, want)
		}
		listed := func(when string, m db.MeasureRow) {
			for side, ids := range map[string][]int64{measure.SideHere: under, measure.SideLike: like, measure.SideAll: under, "x": nil} {
				_, list, err := w.MeasureClients(ctx, boss, m, side)
				if err != nil || len(list) != len(ids) {
					t.Errorf("%s, side %q: %d listed, want %d (%v)", when, side, len(list), len(ids), err)
				}
				for i, c := range list {
					if i < len(ids) && (c.ID != ids[i] || float64(c.Before.Pieces) != countedAgain(t, w, ids[i:i+1], "2026-10-12", "2026-11-01") || float64(c.After.Pieces) != countedAgain(t, w, ids[i:i+1], "2026-11-01", "2026-11-21")) {
						t.Errorf("%s, side %q: client %d is %+v", when, side, ids[i], c)
					}
				}
			}
		}
		listed("not looked at yet", m)
		// Another rep of the branch sees no client of it, and so no comparison.
		if none, err := w.CompareMeasure(ctx, w.As(t, w.RepWest2), m); err != nil || none.All.Clients != 0 || none.Verdict != measure.TooFew {
			t.Errorf("beyond reach: %+v, %v", none, err)
		}
		if err := w.MoveMeasure(ctx, boss, measureRef(m), measure.Finish, "每周问一次"); err != nil {
			t.Fatal(err)
		}
		for show, n := range map[string]int{db.MeasuresLook: 1, db.MeasuresLooked: 0, db.MeasuresLive: 1, measure.Done: 1, db.MeasuresAll: 2} {
			if got, err := w.CountMeasures(ctx, boss, db.MeasureFilter{Show: show, Today: "2026-11-22"}, 10); err != nil || got != n {
				t.Errorf("%q: %d, want %d (%v)", show, got, n, err)
			}
		}
		if err := w.ReviewMeasure(ctx, boss, measureRef(measureOf(t, w, id)), "管用，接着做"); err != nil {
			t.Fatal(err)
		}
		m = measureOf(t, w, id)
		kept, ok, err := m.Compared()
		if err != nil || !ok || kept != found.Outcome || m.Verdict != string(measure.Better) {
			t.Errorf("kept %+v %v %v, found %+v", kept, ok, err, found.Outcome)
		}
		// Months later the list is still of the days that were compared.
		w.Clock.Set(time.Date(2027, 3, 1, 12, 0, 0, 0, db.Zone))
		listed("looked at", m)
		w.Clock.Set(time.Date(2026, 11, 22, 12, 0, 0, 0, db.Zone))
		by, err := w.MeasuresByBranch(ctx, boss, "2026-11-22")
		if err != nil || len(by) != 1 || by[0] != (db.BranchMeasures{Branch: w.West, Live: 1, Late: 1, Done: 1, Seen: 1, Better: 1}) {
			t.Errorf("by branch: %+v, %v", by, err)
		}
		list, more, err := w.Measures(ctx, boss, db.MeasureFilter{Show: db.MeasuresAll, Limit: 1})
		if err != nil || len(list) != 1 || !more {
			t.Fatalf("page 1: %d %v %v", len(list), more, err)
		}
		rest, more, err := w.Measures(ctx, boss, db.MeasureFilter{Show: db.MeasuresAll, Limit: 1, At: db.MeasureKey{Due: list[0].Due, ID: list[0].ID}})
		if err != nil || len(rest) != 1 || more || rest[0].ID == list[0].ID {
			t.Errorf("page 2: %+v %v %v", rest, more, err)
		}
	})
}

func TestAMeasureIsNotLookedAtBeforeItsFigureSaysAnything(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		id, err := w.NewMeasure(ctx, boss, db.Submission{}, promise(w, func(m *db.Measure) { m.Figure, m.Review = string(measure.Pieces), "2026-12-28" }))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.MoveMeasure(ctx, boss, measureRef(measureOf(t, w, id)), measure.Finish, "换了"); err != nil {
			t.Fatal(err)
		}
		if err := w.ReviewMeasure(ctx, boss, measureRef(measureOf(t, w, id)), "早了"); !errors.Is(err, db.ErrMeasureDays) {
			t.Errorf("on its first day: %v", err)
		}
		if m := measureOf(t, w, id); m.ReviewedOn != "" || m.Verdict != "" || m.Outcome != "" {
			t.Errorf("it was looked at: %+v", m.Measure)
		}
		w.Clock.Move(measure.LeastDays * 24 * time.Hour)
		if err := w.ReviewMeasure(ctx, boss, measureRef(measureOf(t, w, id)), "看了"); err != nil {
			t.Error(err)
		}
	})
}
