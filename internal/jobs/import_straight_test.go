package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/internal/jobs"
	"yike/policy/intake"
)

// mixedBill is the long one with rows among it that repeat, contradict and
// cannot be: every fiftieth line is followed by one of them.
func mixedBill() []byte {
	var b strings.Builder
	b.WriteString(billHead)
	for i := range billEarly + billRows {
		line := billLine(i, "12.50", "已签收")
		b.WriteString(line)
		switch i % 200 {
		case 0:
			b.WriteString(line)
		case 50:
			b.WriteString(billLine(i, "13.50", "已签收"))
		case 100:
			b.WriteString(billLine(i+50_000, "-1", "已签收"))
		case 150:
			b.WriteString(billLine(i+50_000, "12.50", "飞走了"))
		}
	}
	return []byte(b.String())
}

// noted are the rows that a straight bill stages, as text.
func (b *branch) noted(m db.Import) (out []string) {
	b.t.Helper()
	for from := int64(0); ; {
		rows, err := b.ImportRows(context.Background(), m, "", from, false, 500)
		if err != nil {
			b.t.Fatal(err)
		}
		if len(rows) == 0 {
			return out
		}
		for _, r := range rows {
			if r.Verdict != "create" || len(r.Reasons) > 0 {
				var codes []intake.Code
				for _, p := range r.Reasons {
					codes = append(codes, p.Code)
				}
				out = append(out, fmt.Sprint(r.N, r.Row, r.Verdict, codes, r.Record.Get("waybill"), r.Cells))
			}
		}
		from = rows[len(rows)-1].N
	}
}

func TestABillThatIsTakenWhileItIsJudgedIsTheSameAsInTwoSteps(t *testing.T) {
	ctx := context.Background()
	two, _ := billBranch(t)
	m2 := two.apply(two.bringBytes(db.ImportWaybills, "二.csv", mixedBill(), db.ImportOptions{}))
	one, path := billBranch(t)
	before := one.billed()
	m1 := one.bringBytes(db.ImportWaybills, "一.csv", mixedBill(), db.ImportOptions{Straight: true})
	if m2.State != "applied" || m2.Faults == 0 || m2.Skips == 0 || m2.Updates != billEarly {
		t.Fatalf("in two steps: %s %v", m2.State, figures(m2))
	}
	one.want("at once", m1, "applied", figures(m2))
	m1.Found.Mark, m2.Found.Mark = 0, 0
	if !reflect.DeepEqual(m1.Found, m2.Found) {
		t.Errorf("found\n%+v, want\n%+v", m1.Found, m2.Found)
	}
	one.wantBilled("at once", two.billed())
	if got, want := one.noted(m1), two.noted(m2); !slices.Equal(got, want) {
		t.Errorf("%d rows to be looked at, want %d; the first %v, want %v", len(got), len(want), got[:min(1, len(got))], want[:1])
	}
	if all, err := one.ImportRows(ctx, m1, "", 0, false, 5000); err != nil || len(all) != len(two.noted(m2)) {
		t.Errorf("%d rows staged (%v), want those that are to be looked at, %d", len(all), err, len(two.noted(m2)))
	}
	if err := one.StartUndo(ctx, one.boss, m1.ID, m1.Version); err != nil {
		t.Fatal(err)
	}
	one = one.again(path)
	one.run.RunTasks(ctx)
	if m := one.read(m1.ID); m.State != "undone" || m.Undo.Kept+m.Undo.Failed != 0 || m.Undo.Reversed != int(m1.Creates+m1.Updates) {
		t.Errorf("undo: %s %+v", m.State, m.Undo)
	}
	one.wantBilled("undone", before)
	one.sound()
}

// queued brings a bill and leaves it to whoever runs tasks.
func (b *branch) queued(raw []byte) db.Import {
	b.t.Helper()
	ctx := context.Background()
	hash, err := b.PutFile(ctx, strings.NewReader(string(raw)), "application/octet-stream", b.Now().Add(time.Hour))
	if err != nil {
		b.t.Fatal(err)
	}
	id, err := b.CreateImport(ctx, b.boss, db.Submission{}, db.NewImport{Kind: db.ImportWaybills, FileName: "长.csv", FileHash: hash, Branch: b.West, Options: db.ImportOptions{Straight: true}})
	if err != nil {
		b.t.Fatal(err)
	}
	return b.read(id)
}

// cutOff takes a bill straight and kills that in the middle; a machine on which
// it is done before anybody looks tries again.
func cutOff(t *testing.T) (b *branch, path string, m db.Import, before map[string]figure) {
	t.Helper()
	for range 10 {
		b, path = billBranch(t)
		before = b.billed()
		m = b.queued(mixedBill())
		if b.killed(m, 1100) && len(b.parcels(func(w db.WaybillRow) string { return w.Number })) > billEarly {
			return b, path, m, before
		}
	}
	t.Fatal("never killed in the middle")
	return
}

func TestAStraightBillThatWasCutOffGoesOn(t *testing.T) {
	ctx := context.Background()
	two, _ := billBranch(t)
	m2 := two.apply(two.bringBytes(db.ImportWaybills, "二.csv", mixedBill(), db.ImportOptions{}))
	b, path, m, _ := cutOff(t)
	b.sumsRight("killed")
	b = b.again(path)
	b.sumsRight("killed and opened again")
	b.Clock.Move(5 * time.Minute)
	b.run.RunTasks(ctx)
	m = b.read(m.ID)
	b.want("gone on", m, "applied", figures(m2))
	m.Found.Mark, m2.Found.Mark = 0, 0
	if !reflect.DeepEqual(m.Found, m2.Found) {
		t.Errorf("found\n%+v, want\n%+v", m.Found, m2.Found)
	}
	b.wantBilled("gone on", two.billed())
	if got, want := b.noted(m), two.noted(m2); !slices.Equal(got, want) {
		t.Errorf("%d rows to be looked at, want %d", len(got), len(want))
	}
	b.sound()
}

func TestAStraightBillIsTakenBackWhole(t *testing.T) {
	ctx := context.Background()
	t.Run("cancelled after it was cut off", func(t *testing.T) {
		b, path, m, before := cutOff(t)
		if err := b.CancelImport(ctx, b.boss, m.ID); err != nil {
			t.Fatal(err)
		}
		b = b.again(path)
		b.Clock.Move(5 * time.Minute)
		b.run.RunTasks(ctx)
		if m = b.read(m.ID); m.State != "cancelled" {
			t.Errorf("it is %s", m.State)
		}
		b.wantBilled("taken back", before)
		b.sound()
	})
	t.Run("with more rows than a bill may have", func(t *testing.T) {
		b, _ := billBranch(t)
		before := b.billed()
		im := jobs.NewImporter(b.DB)
		im.MaxRows = 2000
		b.run.Tasks = im.Tasks()
		m := b.bringBytes(db.ImportWaybills, "长.csv", mixedBill(), db.ImportOptions{Straight: true})
		b.want("too long", m, "failed", [4]int64{})
		if m.Found.Fault != jobs.FaultTooMany || len(b.noted(m)) != 0 {
			t.Errorf("fault %q, %d rows staged", m.Found.Fault, len(b.noted(m)))
		}
		b.wantBilled("too long", before)
		b.sound()
	})
	t.Run("whose number another bill took after it was judged", func(t *testing.T) {
		b, _ := billBranch(t)
		before := b.billed()
		m, feed, err := b.BeginBill(ctx, b.boss, b.queued(mixedBill()).ID)
		if err != nil {
			t.Fatal(err)
		}
		wrote := make(chan error, 1)
		go func() { wrote <- b.TakeBill(ctx, b.boss, m, feed) }()
		row := func(n int) db.ImportRow {
			return db.ImportRow{N: int64(n + 1), Verdict: "create", Record: db.ImportRecord{V: map[string]string{"waybill": fmt.Sprintf("3026100%08d", n), "day": "2026-10-05", "freight": "100"}}}
		}
		// The first thousand are new, the next is the early bill's.
		var rows []db.ImportRow
		for i := range 1000 {
			r := row(billRows + billEarly + i)
			r.N = int64(i + 1)
			rows = append(rows, r)
		}
		last := row(0)
		last.N = 1001
		if err := errors.Join(feed.Give(ctx, rows), feed.Give(ctx, []db.ImportRow{last})); err != nil {
			t.Fatal(err)
		}
		feed.End(nil, 1001, 0, 0, 0)
		if err := <-wrote; !errors.Is(err, db.ErrImportStale) {
			t.Errorf("it says %v", err)
		}
		b.wantBilled("taken back", before)
		b.sound()
	})
}

// A command takes a long bill while the branch's server runs on the same file.
func TestALongBillLetsTheWritersOfAnotherProcessIn(t *testing.T) {
	dbtest.Alone(t)
	ctx := context.Background()
	b, path := billBranch(t)
	server, err := db.Open(ctx, db.Config{DSN: path, Now: b.Clock.Now, Key: db.OnlyKey(dbtest.Key)})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	var bill strings.Builder
	bill.WriteString(billHead)
	for i := range 8000 {
		bill.WriteString(billLine(i, "12.50", "已签收"))
	}
	m := b.queued([]byte(bill.String()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.run.RunTasks(ctx)
	}()
	came := 0
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
			if err := server.SetUserSetting(ctx, b.boss, "test", fmt.Sprint(came)); err != nil {
				t.Fatalf("after %d: %v", came, err)
			}
			if m := b.read(m.ID); m.State == "applying" && m.Done > 0 {
				came++
			}
		}
	}
	b.want("the bill", b.read(m.ID), "applied", [4]int64{8000 - billEarly, billEarly, 0, 0})
	if came == 0 {
		t.Error("no writer of the other process came in while the bill was taken")
	}
	b.sumsRight("the bill")
}
