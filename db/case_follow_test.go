package db_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/sla"
	"yike/policy/waybill"
)

// What was said of a case of an unknown caller is the client's whom somebody
// recognises in them.
func TestWhatWasSaidOfACaseFollowsItToItsClient(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, chief := context.Background(), w.As(t, w.Chief)
		client := fileOf(t, w, "杭州松果用品", w.RepWest).ID
		stray := caseOf(t, w, w.ClerkEast, 0, func(n *db.NewCase) { n.BranchID, n.Kind, n.UserID = w.East, casework.Consultation, w.ClerkEast })
		if _, err := w.TellCase(ctx, w.As(t, w.ClerkEast), refOf(stray), db.CaseTold{How: "phone", Result: "派到了", Satisfied: casework.Satisfied, Close: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.LogCall(ctx, w.As(t, w.ClerkEast), db.Submission{}, db.RatingCall{CaseID: stray.ID, Score: 4, Comment: "还行"}); err != nil {
			t.Fatal(err)
		}
		if err := w.AttachCase(ctx, chief, stray.ID, readCase(t, w, stray.ID).Version, client); err != nil {
			t.Fatal(err)
		}
		var customer, branch int64
		if err := db.Writer(w.DB).QueryRow(`SELECT customer_id, branch_id FROM ratings WHERE case_id = $1`, stray.ID).Scan(&customer, &branch); err != nil || customer != client || branch != w.West {
			t.Errorf("the answer is of client %d in branch %d, %v", customer, branch, err)
		}
	})
}

// A case that was merged by mistake asks for what it asked for before.
func TestACaseThatIsTakenOutOfAnotherIsToBeDoneAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		client := fileOf(t, w, "杭州松果用品", w.RepWest).ID
		into := caseOf(t, w, w.ClerkWest, client, func(n *db.NewCase) { n.UserID = w.ClerkWest })
		fresh := caseOf(t, w, w.BossWest, client, func(n *db.NewCase) { n.UserID = w.ClerkWest })
		unanswered := caseOf(t, w, w.ClerkWest, client, func(n *db.NewCase) { n.UserID = w.ClerkWest })
		if err := w.AskAcceptance(ctx, w.As(t, w.ClerkWest), refOf(unanswered), "unreachable", "打了三次"); err != nil {
			t.Fatal(err)
		}
		for _, c := range []db.CaseRow{fresh, unanswered} {
			if err := w.MergeCase(ctx, boss, refOf(readCase(t, w, c.ID)), into.ID, "同一件事"); err != nil {
				t.Fatal(err)
			}
			if err := w.UnmergeCase(ctx, boss, refOf(readCase(t, w, c.ID))); err != nil {
				t.Fatal(err)
			}
		}
		if x := todoOf(t, w, db.TodoNewCase, fresh.ID); x.State != db.TodoOpen || x.UserID != w.ClerkWest {
			t.Errorf("that it came in: %+v", x.Todo)
		}
		if x := todoOf(t, w, db.TodoCaseAccept, unanswered.ID); x.State != db.TodoOpen {
			t.Errorf("that a leader decides: %+v", x.Todo)
		}
	})
}

// What was answered in time stays so when a branch opens earlier from then on.
func TestWhatWasDoneInTimeIsNotJudgedByLaterHours(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk := context.Background(), w.As(t, w.ClerkWest)
		w.Clock.Set(on("2026-11-17 16:00"))
		c := slowCase(t, w, w.ClerkWest)
		w.Clock.Set(time.UnixMilli(c.AnswerDue).Add(-time.Minute))
		if err := w.AnswerCase(ctx, clerk, db.CaseRef{ID: c.ID}, db.CaseAnswer{How: "phone"}); err != nil {
			t.Fatal(err)
		}
		hours := sla.DefaultHours()
		for i := range hours.Week {
			hours.Week[i] = []sla.Span{{From: 0, To: 1440}}
		}
		always, err := json.Marshal(hours)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.SetRule(ctx, w.As(t, w.Admin), policy.CaseRule, db.RuleRow{Rule: db.RuleHours, BranchID: w.West, ValidFrom: db.Day(w.Now()), Value: string(always), Reason: "整天开"}); err != nil {
			t.Fatal(err)
		}
		if err := w.EscalateCase(ctx, clerk, db.CaseRef{ID: c.ID}, casework.EscalationReasons[0], ""); err != nil {
			t.Fatal(err)
		}
		now := readCase(t, w, c.ID)
		if now.AnswerDue != c.AnswerDue || now.SolveDue == c.SolveDue {
			t.Errorf("answer due at %s, was %s; solution at %s, was %s", time.UnixMilli(now.AnswerDue), time.UnixMilli(c.AnswerDue), time.UnixMilli(now.SolveDue), time.UnixMilli(c.SolveDue))
		}
		clocks, _, err := w.CaseClocks(ctx, now.Case)
		if err != nil || clocks[0].Which != sla.Answer || !clocks[0].Kept() || clocks[0].Due != c.AnswerDue {
			t.Errorf("the page says %+v, %v", clocks, err)
		}
	})
}

// One call about several lost parcels of a client answers for all of them whose
// cases were put together; what goes wrong later stands on that case.
func TestOneCallAnswersForTheParcelsOfMergedCases(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		customer, began := sender(t, w), w.Now()
		var cases []db.CaseRow
		for _, number := range []string{"30261000000401", "30261000000402"} {
			billed(t, w, customer, number, db.Day(w.Now()), waybill.Moving, "")
			heard(t, w, number, waybill.Lost, "快件遗失")
			cases = append(cases, alerted(t, w)[0])
		}
		if err := w.MergeCase(ctx, boss, refOf(cases[0]), cases[1].ID, "一起丢的"); err != nil {
			t.Fatal(err)
		}
		w.Clock.Move(time.Minute)
		if err := w.CallFirst(ctx, boss, refOf(readCase(t, w, cases[1].ID)), "都说了"); err != nil {
			t.Fatal(err)
		}
		counts, err := w.CountAlerts(ctx, boss, db.CaseFilter{From: began.UnixMilli()})
		if err != nil || counts[db.AlertFirst] != 2 || counts[db.AlertUncalled] != 0 {
			t.Errorf("%v, %v", counts, err)
		}
		heard(t, w, "30261000000401", waybill.Moving, "快件破损")
		lookAt(t, w)
		if list := alerted(t, w); len(list) != 2 {
			t.Errorf("%d cases of two parcels", len(list))
		}
	})
}

// Causes that stand apart by more than a place change places all the same.
func TestCausesChangePlacesOverAGap(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, chief := context.Background(), w.As(t, w.Chief)
		top, err := w.AddCause(ctx, chief, 0, "面单")
		if err != nil {
			t.Fatal(err)
		}
		var ids []int64
		for _, name := range []string{"不清", "贴错", "缺页"} {
			id, err := w.AddCause(ctx, chief, top, name)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		if err := w.EditCause(ctx, chief, ids[0], 0, 1, "面单不清"); err != nil {
			t.Fatal(err)
		}
		if err := w.ShiftCause(ctx, chief, ids[1], 0, false); err != nil {
			t.Fatal(err)
		}
		list, err := w.CaseCauses(ctx)
		if err != nil {
			t.Fatal(err)
		}
		at := func(id int64) int { return slices.IndexFunc(list, func(c db.CaseCause) bool { return c.ID == id }) }
		if at(ids[2]) > at(ids[1]) {
			t.Errorf("nothing changed places: %+v", list)
		}
	})
}
