package jobs_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/policy"
)

const (
	billRows  = 2600 // more than are written at once
	billEarly = 30   // parcels of an earlier bill, which the long one corrects
)

const billHead = "运单号,寄件日期,寄件客户,月结账号,收件人,收件电话,目的地,重量,运费,付款方式,运单状态\n"

func billLine(i int, freight string, state string) string {
	name, account := fmt.Sprintf("老客户%02d号贸易行", i%40), fmt.Sprintf("57100010%02d", i%40)
	if i%13 == 0 {
		name, account = fmt.Sprintf("生客%c号工作室", []rune("甲乙丙丁")[i%4]), ""
	}
	return fmt.Sprintf("3026100%08d,2026-10-%02d,%s,%s,杨永康,1380000%04d,浙江省杭州市,1.5,%s,月结,%s\n", i, 1+i%31, name, account, i%10000, freight, state)
}

// longBill has billRows new parcels and corrects those of the early one.
func longBill() []byte {
	var b strings.Builder
	b.WriteString(billHead)
	for i := range billEarly + billRows {
		b.WriteString(billLine(i, "12.50", "已签收"))
	}
	return []byte(b.String())
}

// billBranch has the clients on record, and an early bill.
func billBranch(t *testing.T) (b *branch, path string) {
	t.Helper()
	b, path = openBranch(t)
	for i := range 40 {
		if _, err := b.CreateCustomer(context.Background(), b.boss, db.Submission{}, db.Customer{BranchID: b.West, Name: fmt.Sprintf("老客户%02d号贸易行", i), AccountNo: fmt.Sprintf("57100010%02d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	early := billHead
	for i := range billEarly {
		early += billLine(i, "9", "运输中")
	}
	b.want("the early bill", b.apply(b.bringBytes(db.ImportWaybills, "早.csv", []byte(early), db.ImportOptions{})), "applied", [4]int64{billEarly, 0, 0, 0})
	return b, path
}

// billed is what is on record: all of it, what is bound and what is not.
func (b *branch) billed() map[string]figure {
	b.t.Helper()
	return b.parcels(func(w db.WaybillRow) string { return fmt.Sprint(w.State, " ", w.CustomerID != 0) })
}

func (b *branch) wantBilled(what string, want map[string]figure) {
	b.t.Helper()
	if got := b.billed(); fmt.Sprint(got) != fmt.Sprint(want) {
		b.t.Errorf("%s: %v, want %v", what, got, want)
	}
	b.sumsRight(what)
}

// killedBill starts the long bill and kills it in the middle. A machine on
// which it is done before anybody looks tries again.
func killedBill(t *testing.T) (b *branch, path string, m db.Import, before map[string]figure) {
	t.Helper()
	for range 10 {
		b, path = billBranch(t)
		before = b.billed()
		m = b.bringBytes(db.ImportWaybills, "长.csv", longBill(), db.ImportOptions{})
		b.want("judged", m, "judged", [4]int64{billRows, billEarly, 0, 0})
		if err := b.StartApply(context.Background(), b.boss, m.ID, m.Version); err != nil {
			t.Fatal(err)
		}
		if b.killed(m, 1100) && len(b.parcels(func(w db.WaybillRow) string { return w.Number })) > billEarly {
			return b, path, m, before
		}
	}
	t.Fatal("never killed in the middle")
	return
}

func TestALongBillIsTakenInPartsAndItsSumsAreAlwaysRight(t *testing.T) {
	ctx := context.Background()
	b, path, m, before := killedBill(t)
	b.sumsRight("killed")
	b = b.again(path)
	b.sumsRight("killed and opened again")
	// Others write meanwhile, also to what the bill has brought: a sender is
	// said to be a client.
	list, _, err := b.WaybillSenders(ctx, b.boss.Scope(policy.WaybillEdit), 9)
	if err != nil || len(list) == 0 {
		t.Fatalf("senders %v, %v", list, err)
	}
	id, err := b.CreateCustomer(ctx, b.boss, db.Submission{}, db.Customer{BranchID: b.West, Name: "不再是生客工作室"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.AttachSender(ctx, b.boss, list[0].ID, list[0].Version, id); err != nil {
		t.Fatal(err)
	}
	b.sumsRight("a sender attached")
	b.Clock.Move(5 * time.Minute)
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.run.RunTasks(ctx)
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
			b.sumsRight("while it is taken")
			if err := b.SetUserSetting(ctx, b.boss, "test", "1"); err != nil {
				t.Error(err)
			}
		}
	}
	m = b.read(m.ID)
	b.want("applied", m, "applied", [4]int64{billRows, billEarly, 0, 0})
	unbound := figure{}
	for i := range billEarly + billRows {
		if i%13 == 0 {
			unbound.Waybills++
			unbound.Freight += 1250
		}
	}
	attached := b.parcels(func(w db.WaybillRow) string { return fmt.Sprint(w.CustomerID == id) })["true"]
	if attached.Waybills < billRows/13/4 {
		t.Errorf("of the sender that was attached: %+v", attached)
	}
	unbound = figure{unbound.Waybills - attached.Waybills, unbound.Freight - attached.Freight}
	b.wantBilled("applied", map[string]figure{"signed false": unbound,
		"signed true": {billEarly + billRows - unbound.Waybills, (billEarly+billRows)*1250 - unbound.Freight}})
	b.sound()
	again := b.bringBytes(db.ImportWaybills, "再.csv", longBill(), db.ImportOptions{})
	b.want("the bill again", again, "judged", [4]int64{0, 0, billEarly + billRows, 0})

	if err := b.StartUndo(ctx, b.boss, m.ID, m.Version); err != nil {
		t.Fatal(err)
	}
	b.killed(m, 400)
	b.sumsRight("half undone")
	b = b.again(path)
	b.Clock.Move(5 * time.Minute)
	b.run.RunTasks(ctx)
	if m = b.read(m.ID); m.State != "undone" || m.Undo.Reversed != billRows+billEarly || m.Undo.Kept != 0 || m.Undo.Failed != 0 {
		t.Errorf("undo: %s, %d reversed, %d kept, %d failed", m.State, m.Undo.Reversed, m.Undo.Kept, m.Undo.Failed)
	}
	got := b.parcels(func(w db.WaybillRow) string { return w.State })
	if len(got) != 1 || got["moving"] != (figure{billEarly, billEarly * 900}) {
		t.Errorf("undone: %v, before %v", got, before)
	}
	b.sumsRight("undone")
}

func TestACancelledLongBillIsTakenBack(t *testing.T) {
	ctx := context.Background()
	b, path, m, before := killedBill(t)
	if err := b.CancelImport(ctx, b.boss, m.ID); err != nil {
		t.Fatal(err)
	}
	b.Clock.Move(5 * time.Minute)
	b.killed(m, 50)
	b.sumsRight("half taken back")
	b = b.again(path)
	b.sumsRight("half taken back, opened again")
	b.Clock.Move(5 * time.Minute)
	b.run.RunTasks(ctx)
	m = b.read(m.ID)
	b.want("taken back", m, "judged", [4]int64{billRows, billEarly, 0, 0})
	b.wantBilled("taken back", before)
	b.sound()
	b.want("applied after all", b.apply(m), "applied", [4]int64{billRows, billEarly, 0, 0})
	if got := b.parcels(func(w db.WaybillRow) string { return w.State }); got["signed"] != (figure{billEarly + billRows, (billEarly + billRows) * 1250}) {
		t.Errorf("applied after all: %v", got)
	}
	b.sumsRight("applied after all")
}

// Another bill brings one of the numbers while the long one is half taken: what
// was written goes, and the bill is judged again.
func TestABillThatAnotherOvertakesIsJudgedAgain(t *testing.T) {
	ctx := context.Background()
	b, path, m, _ := killedBill(t)
	b = b.again(path)
	last := billEarly + billRows - 1
	b.want("the other", b.apply(b.bringBytes(db.ImportWaybills, "别.csv", []byte(billHead+billLine(last, "30", "运输中")), db.ImportOptions{})), "applied", [4]int64{1, 0, 0, 0})
	b.Clock.Move(5 * time.Minute)
	b.run.RunTasks(ctx)
	m = b.read(m.ID)
	// Its verdicts are others now, so the person looks once more.
	b.want("judged again", m, "judged", [4]int64{billRows - 1, billEarly + 1, 0, 0})
	if got := b.parcels(func(w db.WaybillRow) string { return w.State }); got["moving"] != (figure{billEarly + 1, billEarly*900 + 3000}) || len(got) != 1 {
		t.Errorf("taken back: %v", got)
	}
	b.sumsRight("taken back")
	b.want("applied", b.apply(m), "applied", [4]int64{billRows - 1, billEarly + 1, 0, 0})
	b.sumsRight("applied")
}
