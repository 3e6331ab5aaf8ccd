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
	"yike/policy/ledger"
	"yike/policy/waybill"
)

func TestStatementsThatAreMissingAreWrittenInOneAct(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		a := newAccounts(t, w)
		var parcels []db.Waybill
		n := 0
		sent := func(customer, branch int64, day, payment, state string, fen int64) {
			n++
			parcels = append(parcels, db.Waybill{Number: fmt.Sprintf("7730000%05d", n), BranchID: branch, CustomerID: customer, SentDay: day, Payment: payment, State: state, Pieces: 1, Freight: fen,
				SentAt: time.Date(2026, 11, 1, 0, 0, n, 0, db.Zone).UnixMilli()})
		}
		far, err := w.CreateCustomer(ctx, w.As(t, w.Admin), db.Submission{}, db.Customer{BranchID: w.East, Name: "远山贸易", AccountNo: "5713000001", Terms: "monthly"})
		if err != nil {
			t.Fatal(err)
		}
		cash, err := w.CreateCustomer(ctx, a.boss, db.Submission{}, db.Customer{BranchID: w.West, Name: "现结小店"})
		if err != nil {
			t.Fatal(err)
		}
		sent(a.pine, w.West, "2026-10-01", waybill.Monthly, waybill.Signed, 1500)
		sent(a.pine, w.West, "2026-10-31", waybill.Monthly, waybill.Signed, 1250)
		sent(a.pine, w.West, "2026-09-30", waybill.Monthly, waybill.Signed, 1)    // the day before
		sent(a.pine, w.West, "2026-11-01", waybill.Monthly, waybill.Signed, 2)    // the day after
		sent(a.pine, w.West, "2026-10-15", waybill.Monthly, waybill.Cancelled, 4) // costs nothing
		sent(a.pine, w.West, "2026-10-15", waybill.SenderPays, waybill.Signed, 8) // paid at once
		sent(a.moon, w.West, "2026-10-15", waybill.Monthly, waybill.Signed, 900)
		sent(cash, w.West, "2026-10-15", waybill.SenderPays, waybill.Signed, 900)
		sent(far, w.East, "2026-10-15", waybill.Monthly, waybill.Signed, 7000)
		if _, err := w.LoadWaybills(ctx, systemActor, slices.Values(parcels), nil); err != nil {
			t.Fatal(err)
		}
		month := db.MonthFilter{Month: "2026-10"}
		missing := func(by policy.Actor) string {
			t.Helper()
			list, more, err := w.MissingStatements(ctx, by, month, "2026-10-31")
			if err != nil || more {
				t.Fatal(more, err)
			}
			said := ""
			for _, m := range list {
				said += fmt.Sprintf("%s %d票 %d分 %s; ", m.Name, m.Waybills, m.Money, m.Due)
			}
			return said
		}
		want := func(what, got, want string) {
			t.Helper()
			if got != want {
				t.Errorf("%s: %s, want %s", what, got, want)
			}
		}
		both := "松果文具有限公司 2票 2750分 2026-11-30; 月牙食品有限公司 1票 900分 2026-11-30; "
		want("the manager sees the branch's", missing(a.boss), both)
		want("another branch's manager theirs", missing(w.As(t, w.BossEast)), "远山贸易 1票 7000分 2026-11-30; ")
		want("who may not write statements sees none", missing(w.As(t, w.RepWest)), "")

		bill := db.Billing{Month: "2026-10", Day: "2026-10-31", Fen: map[int64]int64{a.pine: 2750, a.moon: 899, cash: 900, far: 7000}}
		res, err := w.BillMonth(ctx, a.boss, db.Submission{Key: "once"}, bill)
		if err != nil || res.Made != 1 || res.Kept != 3 || res.Money != 2750 || res.Act == 0 {
			t.Fatalf("one as it was seen, one that costs something else, one who pays at once, one of another branch: %+v %v", res, err)
		}
		again, err := w.BillMonth(ctx, a.boss, db.Submission{Key: "once"}, bill)
		if err != nil || again.Act != res.Act || again.Made != 0 {
			t.Errorf("sent twice: %+v %v", again, err)
		}
		if twice, err := w.BillMonth(ctx, a.boss, db.Submission{Key: "twice"}, bill); err != nil || twice.Made != 0 || twice.Act != 0 {
			t.Errorf("a statement that is there is not written again: %+v %v", twice, err)
		}
		a.right("after it")
		want("what is left", missing(a.boss), "月牙食品有限公司 1票 900分 2026-11-30; ")
		c, err := w.Customer(ctx, a.boss.Scope(policy.CustomerRead), a.pine)
		if err != nil {
			t.Fatal(err)
		}
		list, err := w.Entries(ctx, c)
		if err != nil || len(list) != 1 || list[0].Kind != ledger.Statement || list[0].Charged != 2750 || list[0].Periods != "2026-10" || list[0].Number != "DZ20261031-001" || list[0].Due != "2026-11-30" {
			t.Fatalf("the statement: %+v %v", list, err)
		}

		acts := func(by policy.Actor) (said string) {
			t.Helper()
			list, err := w.BillActs(ctx, by, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range list {
				said += fmt.Sprintf("%s %d张 %d分 %d可撤 本人%v 已撤%v; ", b.Month, b.Made, b.Money, b.Stand, b.Mine, b.UndoneAt != 0 && b.UndoneBy != "")
			}
			return said
		}
		want("the act stands in the list", acts(a.boss), "2026-10 1张 2750分 1可撤 本人true 已撤false; ")
		want("in the administrator's, too", acts(w.As(t, w.Admin)), "2026-10 1张 2750分 1可撤 本人false 已撤false; ")
		want("not in another branch's", acts(w.As(t, w.BossEast)), "")
		want("nor for who writes none", acts(w.As(t, w.RepWest)), "")
		if _, err := w.UnbillMonth(ctx, w.As(t, w.Admin), res.Act, "整批撤销"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("somebody else takes it back: %v", err)
		}
		back, err := w.UnbillMonth(ctx, a.boss, res.Act, "整批撤销")
		if err != nil || back.Made != 1 || back.Kept != 0 {
			t.Fatalf("taken back: %+v %v", back, err)
		}
		if _, err := w.UnbillMonth(ctx, a.boss, res.Act, "整批撤销"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("taken back twice: %v", err)
		}
		a.right("after the undo")
		want("taken back, the list says", acts(a.boss), "2026-10 1张 2750分 0可撤 本人false 已撤true; ")
		want("all are missing again", missing(a.boss), both)

		// One that was corrected since stays; and so does an act of long ago.
		bill.Fen = map[int64]int64{a.pine: 2750, a.moon: 900}
		if res, err = w.BillMonth(ctx, a.boss, db.Submission{}, bill); err != nil || res.Made != 2 {
			t.Fatalf("both: %+v %v", res, err)
		}
		if list, err = w.Entries(ctx, c); err != nil || len(list) != 2 {
			t.Fatal(list, err)
		}
		for _, e := range list {
			if e.VoidedAt == 0 {
				e.Charged = 2700
				if err := w.CorrectEntry(ctx, a.boss, e, "少算一票"); err != nil {
					t.Fatal(err)
				}
			}
		}
		w.Clock.Move(db.UndoDays*24*time.Hour - time.Minute)
		if back, err = w.UnbillMonth(ctx, a.boss, res.Act, "整批撤销"); err != nil || back.Made != 1 || back.Kept != 1 {
			t.Errorf("on the last day: %+v %v", back, err)
		}
		want("the corrected one stands", missing(a.boss), "月牙食品有限公司 1票 900分 2026-11-30; ")
		want("of 30 days, the newest first, one corrected to less", acts(a.boss), "2026-10 2张 3600分 0可撤 本人false 已撤true; 2026-10 1张 2750分 0可撤 本人false 已撤true; ")
		if res, err = w.BillMonth(ctx, a.boss, db.Submission{}, bill); err != nil || res.Made != 1 {
			t.Fatalf("the other one again: %+v %v", res, err)
		}
		w.Clock.Move(db.UndoDays*24*time.Hour + time.Minute)
		if _, err := w.UnbillMonth(ctx, a.boss, res.Act, "整批撤销"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("after thirty days: %v", err)
		}
		a.right("at the end")
	})
}

// Two who write the same statements at once, dated on different days, write each
// once; and two who write those of different clients of one branch take different
// numbers. The same form sent twice at once is one act.
func TestTwoWhoBillAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		for round := range 4 {
			var parcels []db.Waybill
			ids := make([]int64, 6)
			for i := range ids {
				id, err := w.CreateCustomer(ctx, w.As(t, w.BossWest), db.Submission{}, db.Customer{BranchID: w.West, Name: fmt.Sprintf("第%d次第%d家", round, i), OwnerID: w.RepWest, Terms: "monthly", TermsDays: 30, CreditLimit: 100_000})
				if err != nil {
					t.Fatal(err)
				}
				ids[i] = id
				parcels = append(parcels, db.Waybill{Number: fmt.Sprintf("77301%d%06d", round, i), BranchID: w.West, CustomerID: id, SentDay: "2026-10-10", Payment: waybill.Monthly, State: waybill.Signed, Pieces: 1, Freight: 500,
					SentAt: time.Date(2026, 10, 10, 0, 0, i, 0, db.Zone).UnixMilli()})
			}
			if _, err := w.LoadWaybills(ctx, systemActor, slices.Values(parcels), nil); err != nil {
				t.Fatal(err)
			}
			bill := func(day string, ids ...int64) db.Billing {
				b := db.Billing{Month: "2026-10", Day: day, Fen: map[int64]int64{}}
				for _, id := range ids {
					b.Fen[id] = 500
				}
				return b
			}
			same := db.Submission{Key: fmt.Sprint("same ", round)}
			asked := []struct {
				sent db.Submission
				bill db.Billing
			}{{db.Submission{}, bill("2026-10-31", ids[:2]...)}, {db.Submission{}, bill("2026-11-01", ids[:2]...)}, {db.Submission{}, bill("2026-10-31", ids[2])}, {db.Submission{}, bill("2026-10-31", ids[3])},
				{same, bill("2026-10-31", ids[4:]...)}, {same, bill("2026-10-31", ids[4:]...)}}
			results, faults := make([]db.BillResult, len(asked)), make([]error, len(asked))
			var group sync.WaitGroup
			for i, x := range asked {
				group.Go(func() {
					results[i], faults[i] = w.BillMonth(ctx, w.As(t, w.BossWest), x.sent, x.bill)
				})
			}
			group.Wait()
			made := 0
			for i, err := range faults {
				if err != nil {
					t.Errorf("the %d. of them: %v", i, err)
				}
				made += results[i].Made
			}
			if made != len(ids) || results[4].Act != results[5].Act {
				t.Errorf("%d written, want %d: %+v", made, len(ids), results)
			}
			for _, id := range ids {
				c, err := w.Customer(ctx, w.As(t, w.BossWest).Scope(policy.CustomerRead), id)
				if err != nil {
					t.Fatal(err)
				}
				if list, err := w.Entries(ctx, c); err != nil || len(list) != 1 {
					t.Errorf("client %d has %d statements, %v", id, len(list), err)
				}
			}
		}
	})
}
