package jobs_test

import (
	"bytes"
	"context"
	"encoding/json"
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
		if _, err := w.CreateUser(context.Background(), policy.SystemActor("test"), w.Access, db.UserInput{Username: "rep1" + string(rune('a'+i)), Name: name,
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
	ctx := context.Background()
	hash, err := b.PutFile(ctx, bytes.NewReader(raw), "application/octet-stream", b.Now().Add(time.Hour))
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

func truth(t testing.TB, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "sheet", "testdata", "samples", "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Files map[string]json.RawMessage }
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(all.Files[name], into); err != nil {
		t.Fatal(err)
	}
}

func TestTheSamplesGiveTheFiguresOfTheTruth(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		b := newBranch(t, w)
		m := b.bring(db.ImportCustomers, register, db.ImportOptions{})
		if m.State != "judged" || figures(m) != [4]int64{260, 0, 18, 6} {
			t.Fatalf("register: %s %v %s", m.State, figures(m), m.Found.Fault)
		}
		if m = b.apply(m); m.State != "applied" {
			t.Fatalf("register: %s, task %s %s", m.State, m.TaskState, m.TaskError)
		}
		m = b.bring(db.ImportCustomers, oldSystem, db.ImportOptions{})
		t.Logf("old system: %s %v %+v", m.State, figures(m), m.Found.Faults)
		m = b.bring(db.ImportCustomers, portal, db.ImportOptions{})
		t.Logf("portal: %s %v %d %s %+v", m.State, figures(m), m.Found.Parcels, m.Found.Mode, m.Found.Faults)
		m = b.bring(db.ImportCustomers, messages, db.ImportOptions{})
		t.Logf("messages: %s %v %s %+v", m.State, figures(m), m.Found.Mode, m.Found.Faults)
		m = b.bring(db.ImportVisits, visitBook, db.ImportOptions{})
		t.Logf("visits: %s %v %d names %+v", m.State, figures(m), len(m.Found.Names), m.Found.Faults)
		m = b.apply(m)
		t.Logf("visits: %s %s", m.State, m.TaskError)
	})
}
