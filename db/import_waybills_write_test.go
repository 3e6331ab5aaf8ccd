package db_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
)

// A bill binds only the columns that it fills; the others hold what their
// schema says, which must be what the program takes an unsaid value for.
func TestAParcelHoldsTheSameWhateverTheBillLeavesOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		least := map[string]string{"waybill": "302610000001", "day": "2026-10-05"}
		all := map[string]string{"waybill": "302610000002", "order": "PO1", "name": "生客工作室", "contact": "沈雨桐", "account_no": "5718", "address": "星桥街道1号", "receiver": "杨永康",
			"receiver_phone": "13800000001", "province": "330000", "city": "330100", "contents": "样品", "day": "2026-10-06 08:30:05", "picked": "2026-10-06 09:00:00", "signed": "2026-10-08",
			"picker": "甲", "deliverer": "乙", "weight": "1500", "volume": "2000", "pieces": "3", "freight": "1250", "product": "standard", "payment": "monthly", "status": "signed",
			"exception": "late", "remark": "轻放"}
		rows := []db.ImportRow{{Verdict: "create", Record: db.ImportRecord{V: least}}, {Verdict: "create", Record: db.ImportRecord{V: all, Phones: []string{"13900000001", "13900000002"}}}}
		id, err := bill(t, w, rows)
		if err != nil {
			t.Fatal(err)
		}
		p, err := w.Waybills(context.Background(), policy.SystemActor("test").Scope(policy.WaybillRead), db.WaybillFilter{})
		if err != nil || len(p.Rows) != 2 {
			t.Fatalf("%d parcels, %v", len(p.Rows), err)
		}
		full, bare := p.Rows[0].Waybill, p.Rows[1].Waybill
		if want := (db.Waybill{ID: bare.ID, Number: "302610000001", BranchID: w.West, SentDay: "2026-10-05", SentAt: bare.SentAt, DayOnly: 1, Pieces: 1, ImportID: id, Version: 1,
			CreatedAt: bare.CreatedAt, UpdatedAt: bare.UpdatedAt}); bare != want || bare.CreatedAt == 0 || db.Day(time.UnixMilli(bare.SentAt)) != bare.SentDay {
			t.Errorf("of a bill that says next to nothing:\n%+v\nwant\n%+v", bare, want)
		}
		if want := (db.Waybill{ID: bare.ID + 1, Number: "302610000002", OrderNo: "PO1", BranchID: w.West, SenderID: full.SenderID, Sender: "生客工作室", SenderContact: "沈雨桐",
			SenderPhone: "13900000001", SenderAccount: "5718", SenderAddress: "星桥街道1号", Receiver: "杨永康", ReceiverPhone: "13800000001", Province: "330000", City: "330100", Contents: "样品",
			SentDay: "2026-10-06", SentAt: full.SentAt, PickedAt: full.SentAt + 1795_000, SignedAt: full.SignedAt, DayOnly: 4, Picker: "甲", Deliverer: "乙", Weight: 1500, Volume: 2000,
			Pieces: 3, Freight: 1250, Product: "standard", Payment: "monthly", State: "signed", Exception: "late", Remark: "轻放", ImportID: id, Version: 1,
			CreatedAt: bare.CreatedAt, UpdatedAt: bare.UpdatedAt}); full != want || full.SenderID == 0 {
			t.Errorf("of a bill that says everything:\n%+v\nwant\n%+v", full, want)
		}
		if at := time.UnixMilli(full.SentAt).In(db.Zone).Format("2006-01-02 15:04:05"); at != all["day"] {
			t.Errorf("sent at %s", at)
		}
		if at := time.UnixMilli(full.SignedAt).In(db.Zone).Format("2006-01-02 15:04:05"); at != "2026-10-08 00:00:00" {
			t.Errorf("signed for at %s", at)
		}
	})
}

// A bill that comes back to the same clients' months with each of its parts,
// while another brings parcels of theirs between: sums and habits equal a
// recount whenever anybody looks.
func TestSumsEqualARecountAtTheBordersOfParts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		var clients []int64
		for i := range 7 {
			id, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: fmt.Sprintf("客户%d号公司", i)})
			if err != nil {
				t.Fatal(err)
			}
			clients = append(clients, id)
		}
		rows := func(prefix string, n int) []db.ImportRow {
			out := make([]db.ImportRow, n)
			for i := range out {
				rec := db.ImportRecord{V: map[string]string{"waybill": fmt.Sprintf("%s%06d", prefix, i), "day": fmt.Sprintf("2026-%02d-%02d", 9+i%2, 1+i%28), "freight": fmt.Sprint(i % 900),
					"status": []string{"signed", "moving", "cancelled", "refused"}[i%4], "product": []string{"standard", "express", ""}[i%3], "province": "330000", "city": []string{"", "330100"}[i%2],
					"name": fmt.Sprintf("生客%c工作室", []rune("甲乙丙")[i%3])}}
				if i%9 != 0 {
					rec.Customer, rec.By = clients[i%len(clients)], "name"
				}
				out[i] = db.ImportRow{Verdict: "create", Record: rec}
			}
			return out
		}
		right := func(when string) {
			t.Helper()
			if found, err := w.CheckWaybillSums(ctx); err != nil || len(found) > 0 {
				t.Errorf("%s: %v, %v", when, found, err)
			}
		}
		for i, n := range []int{500, 501, 2600} {
			done := make(chan error)
			go func() {
				_, err := tryBill(w, boss, rows(fmt.Sprintf("9%03d", i), n))
				done <- err
			}()
			others := 0
			for running := true; running; others++ {
				select {
				case err := <-done:
					if running = false; err != nil {
						t.Fatal(err)
					}
				default:
					if _, err := tryBill(w, boss, rows(fmt.Sprintf("8%03d%03d", i, others), 30)); err != nil {
						t.Fatal(err)
					}
					right(fmt.Sprintf("while %d rows are taken", n))
				}
			}
			right(fmt.Sprintf("after %d rows", n))
		}
	})
}

// A part doubles what it may write; after 64 of them nothing more would fit into
// the number.
func TestABillOfVeryManyPartsIsTakenWhole(t *testing.T) {
	w := dbtest.Company(t, dbtest.NewClock(dbtest.Start))
	w.ShortParts()
	rows := make([]db.ImportRow, 66*500)
	for i := range rows {
		rows[i] = db.ImportRow{Verdict: "create", Record: db.ImportRecord{V: map[string]string{"waybill": fmt.Sprintf("77%08d", i), "day": "2026-10-05"}}}
	}
	id, err := bill(t, w, rows)
	if err != nil {
		t.Fatal(err)
	}
	var parts, parcels int
	if err := errors.Join(w.RawRow(`SELECT count(*) FROM audits WHERE act = 'imports.part' AND subject_id = $1`, id).Scan(&parts),
		w.RawRow(`SELECT count(*) FROM waybills WHERE import_id = $1`, id).Scan(&parcels)); err != nil {
		t.Fatal(err)
	}
	if parts <= 64 || parcels != len(rows) {
		t.Errorf("%d parcels in %d parts, want %d in more than 64", parcels, parts, len(rows))
	}
}
