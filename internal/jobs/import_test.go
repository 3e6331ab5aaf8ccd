package jobs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/internal/jobs"
	"yike/policy"
)

const (
	register  = "客户台账_杭州城西网点.xlsx"
	oldSystem = "老系统导出_GB18030.csv"
	messages  = "微信整理_WPS.xlsx"
	portal    = "平台导出.xls"
	visitBook = "拜访记录.xlsx"
)

// branch is a company with people whom the samples name, and a runner.
type branch struct {
	*dbtest.World
	t    testing.TB
	run  *jobs.Runner
	boss policy.Actor
}

func newBranch(t testing.TB, w *dbtest.World) *branch {
	t.Helper()
	b := &branch{World: w, t: t}
	b.run = &jobs.Runner{DB: w.DB, Log: slog.New(slog.NewTextHandler(testLog{t}, nil)), Tasks: jobs.NewImporter(w.DB).Tasks()}
	for i, name := range []string{"何家骏", "陈立舟", "吴霜"} {
		if _, err := w.CreateUser(context.Background(), policy.SystemActor("test"), db.UserInput{Username: "rep1" + string(rune('a'+i)), Name: name,
			BranchID: w.West, PasswordHash: dbtest.Hash, Grants: []policy.Grant{{Role: policy.SalesRep, Branch: w.West}}}); err != nil {
			t.Fatal(err)
		}
	}
	b.boss = w.As(t, w.BossWest)
	return b
}

type testLog struct{ t testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// bring uploads a sample and has it judged.
func (b *branch) bring(kind, file string, o db.ImportOptions) db.Import {
	b.t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "sheet", "testdata", "samples", file))
	if err != nil {
		b.t.Fatal(err)
	}
	return b.bringBytes(kind, file, raw, o)
}

func (b *branch) bringBytes(kind, file string, raw []byte, o db.ImportOptions) db.Import {
	b.t.Helper()
	return b.bringFile(kind, file, bytes.NewReader(raw), o)
}

func (b *branch) bringFile(kind, file string, raw io.Reader, o db.ImportOptions) db.Import {
	b.t.Helper()
	ctx := context.Background()
	hash, err := b.PutFile(ctx, raw, "application/octet-stream", b.Now().Add(time.Hour))
	if err != nil {
		b.t.Fatal(err)
	}
	id, err := b.CreateImport(ctx, b.boss, db.Submission{}, db.NewImport{Kind: kind, FileName: file, FileHash: hash, Branch: b.West, Options: o})
	if err != nil {
		b.t.Fatal(err)
	}
	b.run.RunTasks(ctx)
	return b.read(id)
}

func (b *branch) read(id int64) db.Import {
	b.t.Helper()
	m, err := b.Import(context.Background(), b.boss.Scope(policy.ImportRun), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return m
}

func (b *branch) apply(m db.Import) db.Import {
	b.t.Helper()
	if err := b.StartApply(context.Background(), b.boss, m.ID, m.Version); err != nil {
		b.t.Fatal(err)
	}
	b.run.RunTasks(context.Background())
	return b.read(m.ID)
}

func figures(m db.Import) [4]int64 { return [4]int64{m.Creates, m.Updates, m.Skips, m.Faults} }

// customers counts the files that the import opened and how many have been
// visited.
func (b *branch) customers() (all, visited int) {
	b.t.Helper()
	ctx, scope := context.Background(), policy.SystemActor("test").Scope(policy.CustomerRead)
	for _, m := range b.all() {
		for from := int64(0); ; {
			rows, err := b.ImportRows(ctx, m, "create", from, false, 500)
			if err != nil {
				b.t.Fatal(err)
			}
			if len(rows) == 0 {
				break
			}
			from = rows[len(rows)-1].N
			for _, r := range rows {
				if m.Kind != db.ImportCustomers {
					continue
				}
				c, err := b.Customer(ctx, scope, r.Target)
				if errors.Is(err, db.ErrNotFound) {
					continue
				}
				if err != nil {
					b.t.Fatal(err)
				}
				all++
				if c.ImportID != m.ID || c.Name == "" || c.Code == "" {
					b.t.Errorf("row %d became %+v", r.Row, c)
				}
				if c.LastVisitOn != "" {
					visited++
				}
			}
		}
	}
	return all, visited
}

func (b *branch) all() []db.Import {
	b.t.Helper()
	list, err := b.Imports(context.Background(), b.boss.Scope(policy.ImportRun), 0, 50)
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

func (b *branch) want(what string, m db.Import, state string, f [4]int64) {
	b.t.Helper()
	if m.State != state || figures(m) != f {
		b.t.Fatalf("%s: %s %v, want %s %v (%s %s)", what, m.State, figures(m), state, f, m.Found.Fault, m.TaskError)
	}
}

func (b *branch) wantCustomers(all, visited int) {
	b.t.Helper()
	if a, v := b.customers(); a != all || v != visited {
		b.t.Fatalf("%d files of which %d were visited, want %d and %d", a, v, all, visited)
	}
}

func TestTheSamplesGiveTheFiguresOfTheTruth(t *testing.T) {
	dbtest.Alone(t)
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		b := newBranch(t, w)
		m := b.apply(b.bring(db.ImportCustomers, register, db.ImportOptions{}))
		b.want("register", m, "applied", [4]int64{260, 0, 18, 6})
		b.wantCustomers(260, 0)
		if n := len(m.Found.Reps); n != 0 {
			t.Errorf("%d reps are nobody's: %v", n, m.Found.Reps)
		}

		// The same file again has nothing new to say.
		m = b.bring(db.ImportCustomers, register, db.ImportOptions{})
		if m.Creates != 0 || m.Faults != 6 {
			t.Errorf("the register again: %v", figures(m))
		}

		m = b.bring(db.ImportCustomers, portal, db.ImportOptions{})
		b.want("portal", m, "judged", [4]int64{5, 0, 25, 0})
		if m.Found.Mode != "senders" || m.Found.Parcels != 297 {
			t.Errorf("portal: %s, %d parcels", m.Found.Mode, m.Found.Parcels)
		}
		m = b.bring(db.ImportCustomers, messages, db.ImportOptions{})
		b.want("messages", m, "judged", [4]int64{74, 0, 0, 6})

		m = b.bring(db.ImportVisits, visitBook, db.ImportOptions{})
		b.want("visits", m, "judged", [4]int64{574, 0, 0, 26})
		if len(m.Found.Names) != 14 {
			t.Errorf("%d unknown names: %v", len(m.Found.Names), m.Found.Names)
		}
		m = b.apply(m)
		b.want("visits", m, "applied", [4]int64{574, 0, 0, 26})
		b.wantCustomers(260, 219)

		m = b.apply(b.bring(db.ImportCustomers, oldSystem, db.ImportOptions{}))
		b.want("old system", m, "applied", [4]int64{1060, m.Updates, 1200 - 20 - 1060 - m.Updates, 20})
		if dup := 1200 - 20 - 1060 - 84; m.Updates+m.Skips != int64(84+dup) || dup != 36 {
			t.Errorf("old system: %v", figures(m))
		}
		b.wantCustomers(1320, 219)
	})
}

func TestUnknownNamesBecomeFilesWhenThePersonSaysSo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		b := newBranch(t, w)
		b.apply(b.bring(db.ImportCustomers, register, db.ImportOptions{}))
		m := b.apply(b.bring(db.ImportVisits, visitBook, db.ImportOptions{Unknown: "create"}))
		b.want("visits", m, "applied", [4]int64{600, 0, 0, 0})
		if again := b.bring(db.ImportVisits, visitBook, db.ImportOptions{}); again.Creates != 0 {
			t.Errorf("the same notes again: %v", figures(again))
		}
	})
}

func TestTheOldSystemAlone(t *testing.T) {
	clock := dbtest.NewClock(dbtest.Start)
	b := newBranch(t, dbtest.Company(t, clock))
	b.want("old system", b.bring(db.ImportCustomers, oldSystem, db.ImportOptions{}), "judged", [4]int64{1144, 0, 36, 20})
}

func TestAnImportIsTakenBackButNotWhatWasWorkedOn(t *testing.T) {
	dbtest.Alone(t)
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		b := newBranch(t, w)
		m := b.apply(b.bring(db.ImportCustomers, register, db.ImportOptions{}))
		rows, err := b.ImportRows(ctx, m, "create", 0, false, 2)
		if err != nil {
			t.Fatal(err)
		}
		edited, err := b.Customer(ctx, b.boss.Scope(policy.CustomerEdit), rows[0].Target)
		if err != nil {
			t.Fatal(err)
		}
		edited.Remark = "改过"
		if err := b.UpdateCustomer(ctx, b.boss, edited); err != nil {
			t.Fatal(err)
		}
		if _, err := b.LogVisit(ctx, b.boss, db.Submission{}, db.Visit{CustomerID: rows[1].Target, UserID: b.boss.UserID, Day: "2026-11-20", Mode: "phone"}); err != nil {
			t.Fatal(err)
		}
		old := b.apply(b.bring(db.ImportCustomers, oldSystem, db.ImportOptions{}))
		undo := func(m db.Import) db.Import {
			t.Helper()
			if err := b.StartUndo(ctx, b.boss, m.ID, m.Version); err != nil {
				t.Fatal(err)
			}
			b.run.RunTasks(ctx)
			return b.read(m.ID)
		}
		old = undo(old)
		if old.State != "undone" || old.Undo.Kept != 0 || old.Undo.Failed != 0 || old.Undo.Reversed < 1060+int(old.Updates) {
			t.Fatalf("old system: %s %+v", old.State, old.Undo.Reversed)
		}
		b.wantCustomers(260, 1)
		// Putting fields back has moved versions on: those files stay.
		m = undo(m)
		if m.State != "undone" || m.Undo.Kept < 2 || m.Undo.Failed != 0 || m.Undo.Reversed+m.Undo.Kept != 260 {
			t.Fatalf("register: %s, %d reversed, %d kept, %d failed", m.State, m.Undo.Reversed, m.Undo.Kept, m.Undo.Failed)
		}
		b.wantCustomers(m.Undo.Kept, 1)
		if err := b.StartUndo(ctx, b.boss, m.ID, m.Version); err != nil {
			t.Errorf("undone twice: %v", err)
		}
		late := b.apply(b.bring(db.ImportCustomers, oldSystem, db.ImportOptions{}))
		b.Clock.Move(db.UndoImportFor + time.Hour)
		if err := b.StartUndo(ctx, b.boss, late.ID, late.Version); !errors.Is(err, db.ErrRefused) {
			t.Errorf("after 30 days: %v", err)
		}
	})
}

func TestAStoppedApplyLeavesNothingAndIsTakenUpAgain(t *testing.T) {
	// A fast machine may be done before it is stopped; one of ten is not.
	for range 10 {
		if stoppedApply(t) {
			return
		}
	}
	t.Error("ten imports were all done before they could be stopped")
}

// stoppedApply stops an import in the middle and takes it up again; false when
// it was done too soon to be stopped.
func stoppedApply(t *testing.T) bool {
	t.Helper()
	clock := dbtest.NewClock(dbtest.Start)
	b := newBranch(t, dbtest.Company(t, clock))
	m := b.bring(db.ImportCustomers, oldSystem, db.ImportOptions{})
	if err := b.StartApply(context.Background(), b.boss, m.ID, m.Version); err != nil {
		t.Fatal(err)
	}
	ctx, kill := context.WithCancel(context.Background())
	go func() {
		for b.read(m.ID).Done < 100 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		kill()
	}()
	b.run.RunTasks(ctx)
	kill()
	if b.read(m.ID).State != "applying" {
		return false
	}
	b.wantCustomers(0, 0)
	clock.Move(5 * time.Minute) // the lease of the dead runner ends
	b.run.RunTasks(context.Background())
	b.want("taken up again", b.read(m.ID), "applied", [4]int64{1144, 0, 36, 20})
	b.wantCustomers(1144, 0)
	return true
}

func TestTwoImportsOfOneFileMakeItsCustomersOnce(t *testing.T) {
	dbtest.Alone(t)
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		b := newBranch(t, w)
		one := b.bring(db.ImportCustomers, register, db.ImportOptions{})
		two := b.bring(db.ImportCustomers, register, db.ImportOptions{})
		b.want("two", two, "judged", [4]int64{260, 0, 18, 6})
		b.want("one", b.apply(one), "applied", [4]int64{260, 0, 18, 6})
		two = b.apply(two)
		if two.State != "judged" || two.Creates != 0 || two.Found.Notice != "changed" {
			t.Fatalf("two: %s %v %q", two.State, figures(two), two.Found.Notice)
		}
		b.wantCustomers(260, 0)
	})
}

func TestWhatBelongsElsewhereIsNotShown(t *testing.T) {
	clock := dbtest.NewClock(dbtest.Start)
	b := newBranch(t, dbtest.Company(t, clock))
	ctx := context.Background()
	if _, err := b.CreateCustomer(ctx, b.As(t, b.BossEast), db.Submission{}, db.Customer{BranchID: b.East, Name: "晨光文具有限公司", Remark: "城东的秘密",
		Phones: []string{"13800000001"}}); err != nil {
		t.Fatal(err)
	}
	m := b.bringBytes(db.ImportCustomers, "a.csv", []byte("客户名称,电话,备注\n晨光文具,13800000001,x\n晚霞花店,13800000002,y\n"), db.ImportOptions{})
	b.want("elsewhere", m, "judged", [4]int64{1, 0, 0, 1})
	rows, err := b.ImportRows(ctx, m, "error", 0, false, 10)
	if err != nil || len(rows) != 1 || rows[0].Target != 0 || rows[0].Reasons[0].Code != jobs.BelongsElsewhere {
		t.Fatalf("%+v %v", rows, err)
	}
	if text, _ := json.Marshal(rows); strings.Contains(string(text), "城东的秘密") {
		t.Error("the other branch's file shows")
	}
	if _, err := b.Import(ctx, b.As(t, b.BossEast).Scope(policy.ImportRun), m.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("the other branch reads the import: %v", err)
	}
}

func TestFilesThatCannotBeReadSayWhy(t *testing.T) {
	clock := dbtest.NewClock(dbtest.Start)
	b := newBranch(t, dbtest.Company(t, clock))
	for _, c := range []struct {
		name    string
		content string
		fault   string
	}{
		{"only headings", "客户名称,电话\n", jobs.FaultNoRows},
		{"no columns that mean anything", "a,b\n1,2\n", jobs.FaultMapping},
		{"headings of nothing and one row", "甲,乙,丙\n", jobs.FaultMapping},
	} {
		m := b.bringBytes(db.ImportCustomers, c.name+".csv", []byte(c.content), db.ImportOptions{})
		if m.State != "failed" || m.Found.Fault == "" {
			t.Errorf("%s: %s %q, want %s", c.name, m.State, m.Found.Fault, c.fault)
		}
	}
	m := b.bring(db.ImportCustomers, register, db.ImportOptions{Sheets: []string{"没有这张"}})
	if m.State != "failed" {
		t.Errorf("a sheet that is not there: %s", m.State)
	}
	im := jobs.NewImporter(b.DB)
	im.MaxRows = 3000
	b.run.Tasks = im.Tasks()
	var many strings.Builder
	many.WriteString("客户名称,电话\n")
	for i := range 5000 {
		fmt.Fprintf(&many, "客户%d,1380%07d\n", i, i)
	}
	m = b.bringBytes(db.ImportCustomers, "太多行.csv", []byte(many.String()), db.ImportOptions{})
	if m.State != "failed" || m.Found.Fault != jobs.FaultTooMany {
		t.Errorf("too many rows: %s %q", m.State, m.Found.Fault)
	}
	if rows, err := b.ImportRows(context.Background(), m, "", 0, false, 1); err != nil || len(rows) != 0 {
		t.Errorf("rows of a refused file stay: %d %v", len(rows), err)
	}
}

func TestACodeThatTheFileBringsIsGivenToNoOtherRow(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		b := newBranch(t, w)
		prefix := ""
		for _, x := range w.Branches(context.Background(), b.boss.Scope(policy.BranchRead)) {
			if x.ID == w.West {
				prefix = x.Code
			}
		}
		file := "客户名称,客户编号,联系电话\n澄岫女装店,,13800001111\n栖峤家居店," + prefix + "-00001,13800002222\n蘅芜食品店," + prefix + "-00002,13800003333\n"
		m := b.apply(b.bringBytes(db.ImportCustomers, "编号.csv", []byte(file), db.ImportOptions{}))
		b.want("codes", m, "applied", [4]int64{3, 0, 0, 0})
	})
}
