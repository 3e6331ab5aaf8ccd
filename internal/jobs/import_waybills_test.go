package jobs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/dedupe"
	"yike/policy/waybill"
)

const bill = "运单明细_2026年10月.xlsx"

type figure struct {
	Waybills int64 `json:"waybills"`
	Freight  int64 `json:"freight_fen"`
}

func truthOf(t testing.TB, file string, into any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "sheet", "testdata", "samples", "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Files map[string]json.RawMessage }
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(all.Files[file], into); err != nil {
		t.Fatal(err)
	}
}

// parcels returns every waybill that everybody sees, by what of them.
func (b *branch) parcels(by func(db.WaybillRow) string) map[string]figure {
	b.t.Helper()
	out := map[string]figure{}
	for at := (db.WaybillKey{}); ; {
		p, err := b.Waybills(context.Background(), policy.SystemActor("test").Scope(policy.WaybillRead), db.WaybillFilter{At: at, Limit: 500})
		if err != nil {
			b.t.Fatal(err)
		}
		for _, w := range p.Rows {
			f := out[by(w)]
			f.Waybills++
			f.Freight += w.Freight
			out[by(w)] = f
			at = db.WaybillKey{Day: w.SentDay, ID: w.ID}
		}
		if p.Last {
			return out
		}
	}
}

func (b *branch) sumsRight(when string) {
	b.t.Helper()
	found, err := b.CheckWaybillSums(context.Background())
	if err != nil || len(found) > 0 {
		b.t.Errorf("%s: the sums: %v %v", when, found, err)
	}
}

func wantFigures(t *testing.T, what string, got, want map[string]figure) {
	t.Helper()
	for name, w := range want {
		if got[name] != w {
			t.Errorf("%s %s: %+v, truth %+v", what, name, got[name], w)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d, truth %d", what, len(got), len(want))
	}
}

// named counts the clients that have a segment by what they ship.
func (b *branch) named() (n int64) {
	b.t.Helper()
	list, err := b.LabelCounts(context.Background(), b.boss.Scope(policy.CustomerRead), 0)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range list {
		if c.Kind == "rfm" && c.Value != "" {
			n += c.N
		}
	}
	return n
}

func TestTheSamplesBillGivesItsFigures(t *testing.T) {
	dbtest.Alone(t)
	var want struct {
		Waybills int64             `json:"waybills"`
		Freight  int64             `json:"freight_fen"`
		Grams    int64             `json:"grams"`
		First    string            `json:"first_day"`
		Last     string            `json:"last_day"`
		Payments map[string]figure `json:"by_payment"`
		States   map[string]int64  `json:"by_state"`
		How      map[string]int64  `json:"sender_found_by"`
		Unknown  map[string]figure `json:"senders_unknown"`
		Clients  map[string]figure `json:"by_customer"`
	}
	truthOf(t, bill, &want)
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		b := newBranch(t, w)
		b.apply(b.bring(db.ImportCustomers, register, db.ImportOptions{}))
		m := b.bring(db.ImportWaybills, bill, db.ImportOptions{})
		b.want("the bill", m, "judged", [4]int64{want.Waybills, 0, 0, 0})
		if len(m.Found.Totals) != 1 || m.Found.Totals[0].Said != want.Freight || m.Found.Totals[0].Sum != want.Freight || m.Found.Totals[0].Row != 5004 {
			t.Errorf("its total: %+v", m.Found.Totals)
		}
		if n := b.named(); n != 0 {
			t.Errorf("%d clients are named before there is a parcel", n)
		}
		m = b.apply(m)
		b.want("the bill, taken", m, "applied", [4]int64{want.Waybills, 0, 0, 0})
		if n := b.named(); n < int64(len(want.Clients)) {
			t.Errorf("%d clients are named at once, %d have parcels", n, len(want.Clients))
		}
		payments, states := map[string]figure{}, map[string]figure{}
		for name, f := range want.Payments {
			code, _ := waybill.Payment(name)
			payments[code] = f
		}
		wantFigures(t, "payment", b.parcels(func(w db.WaybillRow) string { return w.Payment }), payments)
		got := b.parcels(func(w db.WaybillRow) string { return w.State })
		for name, n := range want.States {
			code, _ := waybill.State(name)
			states[code] = figure{n, got[code].Freight}
		}
		wantFigures(t, "state", got, states)
		clients := b.parcels(func(w db.WaybillRow) string { return w.Customer })
		unbound := clients[""]
		delete(clients, "")
		wantFigures(t, "client", clients, want.Clients)
		how := b.parcels(func(w db.WaybillRow) string { return w.BoundBy })
		if how["account"].Waybills != want.How["account number"] || how["name"].Waybills != want.How["folded name"] || unbound.Waybills != want.How["unknown sender"] {
			t.Errorf("found by %+v, truth %v", how, want.How)
		}
		senders := map[string]figure{}
		list, more, err := b.WaybillSenders(context.Background(), b.boss.Scope(policy.WaybillRead), 100)
		if err != nil || more {
			t.Fatal(err, more)
		}
		for _, s := range list {
			senders[dedupe.FoldName(s.Name)] = figure{s.Waybills, s.Freight}
		}
		unknown := map[string]figure{}
		for name, f := range want.Unknown {
			unknown[dedupe.FoldName(name)] = f
		}
		wantFigures(t, "unknown sender", senders, unknown)
		days := b.parcels(func(w db.WaybillRow) string { return w.SentDay })
		if days[want.First].Waybills == 0 || days[want.Last].Waybills == 0 {
			t.Errorf("first and last day: %v %v", days[want.First], days[want.Last])
		}
		for day := range days {
			if day < want.First || day > want.Last {
				t.Errorf("sent on %s", day)
			}
		}
		b.sumsRight("after the bill")

		again := b.bring(db.ImportWaybills, bill, db.ImportOptions{})
		b.want("the bill again", again, "judged", [4]int64{0, 0, want.Waybills, 0})

		if err := b.StartUndo(context.Background(), b.boss, m.ID, b.read(m.ID).Version); err != nil {
			t.Fatal(err)
		}
		b.run.RunTasks(context.Background())
		if m = b.read(m.ID); m.State != "undone" || int64(m.Undo.Reversed) != want.Waybills || len(b.parcels(func(db.WaybillRow) string { return "" })) != 0 {
			t.Errorf("taken back: %s, %d, left %v", m.State, m.Undo.Reversed, b.parcels(func(db.WaybillRow) string { return "" }))
		}
		b.sumsRight("after the undo")
		if list, _, _ := b.WaybillSenders(context.Background(), b.boss.Scope(policy.WaybillRead), 9); len(list) != 0 {
			t.Errorf("senders left: %+v", list)
		}
	})
}

func TestThePortalsExportGivesItsFigures(t *testing.T) {
	dbtest.Alone(t)
	var want struct {
		Waybills   int64             `json:"waybills"`
		Duplicates int64             `json:"duplicates"`
		Cancelled  int64             `json:"cancelled"`
		Freight    int64             `json:"freight_fen_waybills"`
		Footer     int64             `json:"freight_fen_footer_with_duplicates"`
		Grams      int64             `json:"grams_waybills"`
		States     map[string]int64  `json:"by_status"`
		Unknown    []string          `json:"shops_unknown"`
		Shops      map[string]figure `json:"by_shop"`
	}
	truthOf(t, portal, &want)
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		b := newBranch(t, w)
		b.apply(b.bring(db.ImportCustomers, register, db.ImportOptions{}))
		m := b.bring(db.ImportWaybills, portal, db.ImportOptions{})
		b.want("the export", m, "judged", [4]int64{want.Waybills, 0, want.Duplicates, 0})
		if len(m.Found.Totals) != 1 || m.Found.Totals[0].Said != want.Footer || m.Found.Totals[0].Sum != want.Footer {
			t.Errorf("its total: %+v", m.Found.Totals)
		}
		b.want("the export, taken", b.apply(m), "applied", [4]int64{want.Waybills, 0, want.Duplicates, 0})
		shops, folded := b.parcels(func(w db.WaybillRow) string { return dedupe.FoldName(w.Sender) }), map[string]figure{}
		for name, f := range want.Shops {
			folded[dedupe.FoldName(name)] = f
		}
		wantFigures(t, "shop", shops, folded)
		got := b.parcels(func(w db.WaybillRow) string { return w.State })
		for name, n := range want.States {
			if code, ok := waybill.State(name); !ok || got[code].Waybills != n {
				t.Errorf("%s: %d, truth %d", name, got[code].Waybills, n)
			}
		}
		bound := b.parcels(func(w db.WaybillRow) string { return fmt.Sprint(w.CustomerID != 0, " ", dedupe.FoldName(w.Sender)) })
		for _, name := range want.Unknown {
			if f := bound["false "+dedupe.FoldName(name)]; f != want.Shops[name] {
				t.Errorf("unknown %s: %+v", name, f)
			}
			delete(bound, "false "+dedupe.FoldName(name))
		}
		for key := range bound {
			if strings.HasPrefix(key, "false") {
				t.Errorf("not bound: %s", key)
			}
		}
		b.sumsRight("after the export")
	})
}

// A client in the recycle bin takes no parcels: they are of nobody on file, and
// the bill is not stale for ever.
func TestABillPassesByClientsInTheRecycleBin(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, b := context.Background(), newBranch(t, w)
		client := func(name, account string) db.Customer {
			id, err := w.CreateCustomer(ctx, b.boss, db.Submission{}, db.Customer{BranchID: w.West, Name: name, AccountNo: account})
			if err != nil {
				t.Fatal(err)
			}
			c, err := w.Customer(ctx, b.boss.Scope(policy.CustomerRead), id)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		head := "运单号,寄件日期,寄件客户,月结账号,运费\n"
		b.apply(b.bringBytes(db.ImportWaybills, "一.csv", []byte(head+"302610000000101,2026-10-08,晚风工作室,,9\n"), db.ImportOptions{}))
		list, _, err := b.WaybillSenders(ctx, b.boss.Scope(policy.WaybillEdit), 9)
		if err != nil || len(list) != 1 {
			t.Fatalf("senders %+v, %v", list, err)
		}
		known, attached := client("松果文具有限公司", "5712000999"), client("改了名的店", "")
		if n, err := w.AttachSender(ctx, b.boss, list[0].ID, list[0].Version, attached.ID); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		for _, c := range []db.Customer{known, attached} {
			if err := w.DeleteCustomer(ctx, b.boss, c.ID, c.Version); err != nil {
				t.Fatal(err)
			}
		}
		m := b.bringBytes(db.ImportWaybills, "二.csv", []byte(head+"302610000000102,2026-10-09,松果文具有限公司,5712000999,8\n302610000000103,2026-10-09,晚风工作室,,7\n"), db.ImportOptions{})
		b.want("the bill", m, "judged", [4]int64{2, 0, 0, 0})
		if m = b.apply(m); m.State != "applied" {
			t.Fatalf("the bill: %s %s", m.State, m.Found.Notice)
		}
		got := b.parcels(func(w db.WaybillRow) string { return fmt.Sprint(w.Number, " ", w.CustomerID) })
		if len(got) != 3 || got["302610000000102 0"].Waybills != 1 || got["302610000000103 0"].Waybills != 1 {
			t.Errorf("parcels: %v", got)
		}
		b.sumsRight("after the bill")
	})
}

// A bill of parcels whose persons' time is over names none of them, brought
// twice has nothing new, and corrects the rest.
func TestABillOfLongAgoNamesNobody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, b := context.Background(), newBranch(t, w)
		if _, err := w.CreateCustomer(ctx, b.boss, db.Submission{}, db.Customer{BranchID: w.West, Name: "松果文具有限公司", AccountNo: "5712000999"}); err != nil {
			t.Fatal(err)
		}
		bill := func(freight string) []byte {
			text := "运单号,寄件日期,寄件客户,月结账号,寄件电话,收件人,收件电话,物品,运费,备注\n"
			for i, day := range []string{"2025-11-20", "2025-11-21"} {
				text += fmt.Sprintf("30261000000010%d,%s,松果文具有限公司,5712000999,13812341054,林小满,13900007777,本子,%s,轻放\n", i, day, freight)
			}
			return []byte(text + "302610000000109,2025-11-20,晚风工作室,,13666660001,林小满,13900007777,画,7,\n")
		}
		b.want("the bill", b.apply(b.bringBytes(db.ImportWaybills, "一.csv", bill("9"), db.ImportOptions{})), "applied", [4]int64{3, 0, 0, 0})
		b.want("again", b.bringBytes(db.ImportWaybills, "二.csv", bill("9"), db.ImportOptions{}), "judged", [4]int64{0, 0, 3, 0})
		b.want("corrected", b.apply(b.bringBytes(db.ImportWaybills, "三.csv", bill("8"), db.ImportOptions{})), "applied", [4]int64{0, 2, 1, 0})
		named := b.parcels(func(w db.WaybillRow) string {
			return w.SentDay + w.Customer + "|" + w.Sender + w.SenderPhone + w.Receiver + w.ReceiverPhone + w.Contents + w.Remark
		})
		for _, want := range []string{"2025-11-20松果文具有限公司|", "2025-11-21松果文具有限公司|松果文具有限公司13812341054林小满13900007777本子轻放", "2025-11-20|晚风工作室"} {
			if named[want].Waybills != 1 {
				t.Errorf("no %q in %v", want, named)
			}
		}
		list, _, err := b.WaybillSenders(ctx, b.boss.Scope(policy.WaybillRead), 9)
		if err != nil || len(list) != 1 || list[0].Phone != "13666660001" {
			t.Errorf("possible new clients: %+v, %v", list, err)
		}
		b.sumsRight("after it")
	})
}
