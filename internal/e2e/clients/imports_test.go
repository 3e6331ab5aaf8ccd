package clients

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/handlers"
	"yike/internal/e2e"
	"yike/internal/jobs"
	"yike/policy"
)

// branchSite serves the small company with a runner that works on its tasks.
func branchSite(t *testing.T) (string, *dbtest.World) {
	t.Helper()
	clock := dbtest.NewClock(dbtest.Start)
	w := dbtest.Company(t, clock)
	for user, name := range map[string]string{"he": "何家骏", "chen": "陈立舟"} {
		if _, err := w.CreateUser(context.Background(), policy.SystemActor("test"), db.UserInput{Username: user, Name: name, BranchID: w.West,
			PasswordHash: dbtest.Hash, Grants: []policy.Grant{{Role: policy.SalesRep, Branch: w.West}}}); err != nil {
			t.Fatal(err)
		}
	}
	run := &jobs.Runner{DB: w.DB, Log: slog.New(slog.DiscardHandler), Tasks: jobs.NewImporter(w.DB).Tasks()}
	h, err := handlers.New(handlers.Config{DB: w.DB, Wake: run.Wake})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h.Handler())
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		run.Run(ctx)
	}()
	t.Cleanup(func() {
		server.Close()
		stop()
		<-done
	})
	return server.URL, w
}

func sampleFile(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "sheet", "testdata", "samples", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAWorkbookIsImportedAndItsErrorsAreFound(t *testing.T) {
	e2e.BothScreens(t, func(t *testing.T, view e2e.Viewport) {
		url, _ := branchSite(t)
		b := e2e.New(t, view, e2e.Light)
		b.Go(url + "/login")
		b.Fill("username", "boss")
		b.Fill("password", dbtest.Password)
		b.ClickAndLoad(`form[action="/login"] button[type=submit]`)
		b.Go(url + "/imports")
		b.Look("imports-empty")
		b.Go(url + "/imports/new")
		b.Look("imports-new")
		b.Upload("file", sampleFile(t, "客户台账_杭州城西网点.xlsx"))
		b.ClickAndLoad(`form[action="/imports"] button[type=submit]`)
		b.WaitFor(`.actbar button`)
		b.Look("imports-judged")
		b.ClickAndLoad(`.vtabs a[href*="v=error"]`)
		b.Screenshot("imports-errors")
		b.ClickAndLoad(`form[action$="/apply"] button`)
		b.WaitFor(`form[action$="/undo"] button`)
		b.Look("imports-result")
		b.Go(url + "/imports/new?kind=visits")
		b.Upload("file", sampleFile(t, "拜访记录.xlsx"))
		b.ClickAndLoad(`form[action="/imports"] button[type=submit]`)
		b.WaitFor(`.actbar button`)
		b.Look("imports-visits")
		b.Go(url + "/imports")
		b.Look("imports-list")
		b.ClickAndLoad(`#imports tr:last-child th a, #imports tbody tr:nth-child(2) th a`)
		b.ClickAndLoad(`form[action$="/undo"] button`)
		b.WaitFor(`#undo-reversed`)
		b.Look("imports-undone")
	})
}
