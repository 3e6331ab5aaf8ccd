package jobs_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/internal/jobs"
	"yike/policy"
)

const partRows = 5500 // more than are kept in the order of their sheet

// register of partRows new customers, of two that are on record and change,
// and of one row that repeats another with a number more.
func longRegister() []byte {
	var b strings.Builder
	b.WriteString("客户名称,客户等级,联系人,电话,地址,备注\n")
	for i := range partRows {
		fmt.Fprintf(&b, "%s%s%04d有限公司,A,杨永康,1380%07d,杭州市西湖区霁月巷%d号,新来的\n", []string{"岚", "麓", "禾"}[i%3], []string{"蘅", "峤"}[i%2], i, i, i)
	}
	b.WriteString("晨光文具有限公司,,,13900000001,,从登记簿来\n")
	b.WriteString("晚霞花店,,,13900000002,,从登记簿来\n")
	return []byte(b.String())
}

// onRecord opens the two files that the register changes.
func (b *branch) onRecord() {
	b.t.Helper()
	for i, name := range []string{"晨光文具有限公司", "晚霞花店"} {
		if _, err := b.CreateCustomer(context.Background(), b.boss, db.Submission{}, db.Customer{BranchID: b.West, Name: name, Remark: "老客户",
			Phones: []string{fmt.Sprintf("1390000000%d", i+1)}}); err != nil {
			b.t.Fatal(err)
		}
	}
}

// seen is what a reader sees of the register's new files, each way there is.
func (b *branch) seen(m db.Import) map[string]int {
	b.t.Helper()
	ctx, system := context.Background(), policy.SystemActor("test")
	scope := system.Scope(policy.CustomerRead)
	out := map[string]int{}
	must := func(err error) {
		b.t.Helper()
		if err != nil {
			b.t.Fatal(err)
		}
	}
	for what, f := range map[string]db.CustomerFilter{"list": {}, "list by class": {Classes: []string{"A"}}, "list by name": {Sort: "name"}, "list of the branch": {Branch: b.West}} {
		f.Limit = 50
		page, err := b.Customers(ctx, scope, f)
		must(err)
		for _, r := range page.Rows {
			if strings.HasSuffix(r.Name, "有限公司") && r.Name != "晨光文具有限公司" {
				out[what]++
			}
		}
		n, _, err := b.CountCustomers(ctx, scope, f)
		must(err)
		out["count, "+what] = int(n)
	}
	must(b.EachCustomer(ctx, scope, db.CustomerFilter{}, func(rows []db.CustomerRow) error {
		out["export"] += len(rows)
		return nil
	}))
	for what, q := range map[string]string{"search by name": "有限", "search by pinyin": "yougongsi", "search by number": "13800001"} {
		hits, _, err := b.SearchCustomers(ctx, scope, scope, q)
		must(err)
		for _, h := range hits {
			if h.Name != "晨光文具有限公司" {
				out[what]++
			}
		}
	}
	twins, err := b.Duplicates(ctx, scope, db.DuplicateQuery{Name: "岚蘅0000有限公司", Phones: []string{"13800000000"}})
	must(err)
	out["duplicates"] = len(twins)
	due, err := b.Due(ctx, system.Scope(policy.VisitRead), db.DueFilter{})
	must(err)
	if out["due"] = len(due.Rows); due.TooMany {
		out["due"] = partRows
	}
	rows, err := b.ImportRows(ctx, m, "create", 0, false, 500)
	must(err)
	for _, r := range rows {
		if r.Target == 0 {
			continue
		}
		_, err := b.Customer(ctx, scope, r.Target)
		_, fileErr := b.CustomerFile(ctx, scope, r.Target)
		if err == nil || fileErr == nil {
			out["by id"]++
		}
		// Nor can it be written to by somebody who guesses its id.
		_, err = b.LogVisit(ctx, b.boss, db.Submission{}, db.Visit{CustomerID: r.Target, UserID: b.boss.UserID, Day: "2026-11-20", Mode: "phone"})
		if m.State == "applying" && !errors.Is(err, db.ErrNotFound) {
			b.t.Fatalf("a visit to a file that is being imported: %v", err)
		}
		break
	}
	return out
}

func (b *branch) wantSeen(what string, m db.Import, all bool) {
	b.t.Helper()
	for way, n := range b.seen(m) {
		switch {
		case strings.HasPrefix(way, "count, list by class"):
			if want := map[bool]int{true: partRows}[all]; n != want {
				b.t.Errorf("%s: %s: %d, want %d", what, way, n, want)
			}
		case strings.HasPrefix(way, "count") || way == "export":
			if want := 2 + map[bool]int{true: partRows}[all]; n != want {
				b.t.Errorf("%s: %s: %d, want %d", what, way, n, want)
			}
		case all && n == 0 || !all && n != 0:
			b.t.Errorf("%s: %s: %d rows of the import", what, way, n)
		}
	}
}

// killed applies an import and stops its runner when at least n rows are
// written; false when it was done too soon.
func (b *branch) killed(m db.Import, n int64) bool {
	b.t.Helper()
	ctx, kill := context.WithCancel(context.Background())
	defer kill()
	scope := b.boss.Scope(policy.ImportRun)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for ctx.Err() == nil {
			if m, err := b.Import(ctx, scope, m.ID); err == nil && m.Done >= n {
				break
			}
			time.Sleep(time.Millisecond)
		}
		kill()
	}()
	b.run.RunTasks(ctx)
	kill()
	<-watched
	return b.read(m.ID).State == "applying"
}

// again opens the database of a branch anew, as the next start does.
func (b *branch) again(path string) *branch {
	b.t.Helper()
	if err := b.DB.Close(); err != nil {
		b.t.Fatal(err)
	}
	d, err := db.Open(context.Background(), db.Config{DSN: path, Now: b.Clock.Now, Key: db.OnlyKey(dbtest.Key)})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = d.Close() })
	w := *b.World
	w.DB = d
	next := &branch{World: &w, t: b.t, boss: b.boss}
	next.run = &jobs.Runner{DB: d, Log: b.run.Log, Tasks: jobs.NewImporter(d).Tasks()}
	return next
}

func openBranch(t testing.TB) (*branch, string) {
	t.Helper()
	clock := dbtest.NewClock(dbtest.Start)
	path := filepath.Join(t.TempDir(), "yike.db")
	dbtest.WriteCompany(t, path)
	d, err := db.Open(context.Background(), db.Config{DSN: path, Now: clock.Now, Key: db.OnlyKey(dbtest.Key)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	b := newBranch(t, dbtest.InCompany(d, clock))
	b.onRecord()
	return b, path
}

// sound asks the engine whether everything is whole.
func (b *branch) sound() {
	b.t.Helper()
	found, err := b.Check(context.Background())
	if err != nil || len(found) > 0 {
		b.t.Errorf("the database after it: %v %v", found, err)
	}
}

func TestAnImportKilledBetweenPartsIsUnseenAndGoesOn(t *testing.T) {
	killed, kills := 0, []int64{600, 4000, partRows + 1}
	if testing.Short() { // the race detector makes each twenty times as long
		kills = kills[:1]
	}
	for _, at := range kills {
		b, path := openBranch(t)
		m := b.bringBytes(db.ImportCustomers, "登记簿.csv", longRegister(), db.ImportOptions{})
		b.want("judged", m, "judged", [4]int64{partRows, 2, 0, 0})
		b.wantSeen("before", m, false)
		if err := b.StartApply(context.Background(), b.boss, m.ID, m.Version); err != nil {
			t.Fatal(err)
		}
		if b.killed(m, at) {
			killed++
			what := fmt.Sprintf("killed at %d", at)
			b.wantSeen(what, b.read(m.ID), false)
			b = b.again(path)
			b.wantSeen(what+", opened again", b.read(m.ID), false)
			b.Clock.Move(5 * time.Minute) // the lease of the dead runner ends
			b.run.RunTasks(context.Background())
		}
		m = b.read(m.ID)
		b.want("applied", m, "applied", [4]int64{partRows, 2, 0, 0})
		b.wantSeen("applied", m, true)
		b.wantFound(path, partRows+2)
		b.wantRemark("老客户\n从登记簿来")
		b.sound()
		if err := b.StartUndo(context.Background(), b.boss, m.ID, m.Version); err != nil {
			t.Fatal(err)
		}
		b.run.RunTasks(context.Background())
		// The visit that was logged to one of the files keeps it.
		if m = b.read(m.ID); m.State != "undone" || m.Undo.Reversed != partRows+1 || m.Undo.Kept != 1 || m.Undo.Failed != 0 || m.Undo.At != nil {
			t.Errorf("undo: %s, %d reversed, %d kept, %d failed", m.State, m.Undo.Reversed, m.Undo.Kept, m.Undo.Failed)
		}
		b.wantRemark("老客户")
		b.wantFound(path, 3)
	}
	if killed < min(2, len(kills)) {
		t.Errorf("only %d of the imports were killed in the middle", killed)
	}
}

// wantFound asks the search for each file by its whole name: so many there are.
func (b *branch) wantFound(path string, want int) {
	b.t.Helper()
	ctx, scope, n := context.Background(), policy.SystemActor("test").Scope(policy.CustomerRead), 0
	err := b.EachCustomer(ctx, scope, db.CustomerFilter{}, func(rows []db.CustomerRow) error {
		for i, r := range rows {
			if n++; i%50 != 0 && n != want {
				continue // each of them takes a search
			}
			hits, _, err := b.SearchCustomers(ctx, scope, scope, r.Name)
			if err != nil || !slices.ContainsFunc(hits, func(h db.SearchHit) bool { return h.ID == r.ID }) {
				b.t.Errorf("%s is not found: %v", r.Name, err)
			}
		}
		return nil
	})
	if err != nil || n != want {
		b.t.Errorf("%d files, want %d: %v", n, want, err)
	}
	beside, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		b.t.Fatal(err)
	}
	defer beside.Close()
	var in, kept int
	if err := beside.QueryRow(`SELECT (SELECT count(*) FROM customer_search_rows), (SELECT count(*) FROM customer_search_docsize)`).Scan(&in, &kept); err != nil || in != want || kept != want {
		b.t.Errorf("%d files stand in the search and %d have grams, want %d: %v", in, kept, want, err)
	}
}

func (b *branch) wantRemark(want string) {
	b.t.Helper()
	scope := policy.SystemActor("test").Scope(policy.CustomerRead)
	hits, _, err := b.SearchCustomers(context.Background(), scope, scope, "晨光")
	if err != nil || len(hits) != 1 {
		b.t.Fatalf("晨光: %d files, %v", len(hits), err)
	}
	c, err := b.Customer(context.Background(), scope, hits[0].ID)
	if err != nil || c.Remark != want {
		b.t.Errorf("the remark of a file on record: %q, want %q (%v)", c.Remark, want, err)
	}
}

func TestACancelledImportIsTakenBackWhole(t *testing.T) {
	killed, kills := 0, []int64{3000, partRows + 1}
	if testing.Short() {
		kills = kills[:1]
	}
	for _, at := range kills {
		ctx := context.Background()
		b, path := openBranch(t)
		m := b.bringBytes(db.ImportCustomers, "登记簿.csv", longRegister(), db.ImportOptions{})
		if err := b.StartApply(ctx, b.boss, m.ID, m.Version); err != nil {
			t.Fatal(err)
		}
		if !b.killed(m, at) {
			continue
		}
		killed++
		if err := b.CancelImport(ctx, b.boss, m.ID); err != nil {
			t.Fatal(err)
		}
		b.Clock.Move(5 * time.Minute)
		// The taking back is killed, too, and goes on after the next start.
		b.killed(m, 50)
		b.wantSeen("half taken back", b.read(m.ID), false)
		b = b.again(path)
		b.wantSeen("half taken back, opened again", b.read(m.ID), false)
		b.Clock.Move(5 * time.Minute)
		b.run.RunTasks(ctx)
		m = b.read(m.ID)
		b.want("taken back", m, "judged", [4]int64{partRows, 2, 0, 0})
		b.wantSeen("taken back", m, false)
		b.wantRemark("老客户")
		b.sound()
		b.want("applied after all", b.apply(m), "applied", [4]int64{partRows, 2, 0, 0})
		b.wantSeen("applied after all", b.read(m.ID), true)
		b.wantRemark("老客户\n从登记簿来")
	}
	if killed == 0 {
		t.Error("no import was stopped in the middle")
	}
}

func TestAnImportCancelledWhileItRunsLeavesNothing(t *testing.T) {
	ctx := context.Background()
	b, _ := openBranch(t)
	m := b.bringBytes(db.ImportCustomers, "登记簿.csv", longRegister(), db.ImportOptions{})
	if err := b.StartApply(ctx, b.boss, m.ID, m.Version); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.run.RunTasks(ctx)
	}()
	for b.read(m.ID).Done < 500 {
		time.Sleep(time.Millisecond)
	}
	if err := b.CancelImport(ctx, b.boss, m.ID); err != nil {
		t.Fatal(err)
	}
	<-done
	if m = b.read(m.ID); m.State != "judged" {
		t.Fatalf("after the cancel: %s", m.State)
	}
	b.wantSeen("cancelled", m, false)
	b.sound()
}
