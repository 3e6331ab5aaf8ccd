package jobs_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/policy"
)

const (
	visitRows  = 2600 // more than are written at once
	visitFiles = 40   // on record
	visitNews  = 7    // names on no file
)

// visitBookOf holds visitRows notes of visits to files on record, and to names
// that are on none. Every tenth asks for a next visit.
func visitBookOf() []byte {
	var b strings.Builder
	b.WriteString("客户名称,拜访日期,业务员,拜访方式,沟通内容,下次拜访日期\n")
	for i := range visitRows {
		name := visitedName(i % visitFiles)
		if i%200 == 0 {
			name = fmt.Sprintf("新店%c号文具行", []rune("甲乙丙丁戊己庚")[i/200%visitNews])
		}
		next := ""
		if i%10 == 3 {
			next = fmt.Sprintf("2026-12-%02d", 1+i%28)
		}
		fmt.Fprintf(&b, "%s,2026-%02d-%02d,何家骏,电话,第%d次沟通,%s\n", name, 1+i%10, 1+i%28, i, next)
	}
	return []byte(b.String())
}

func visitedName(i int) string { return fmt.Sprintf("老客户%02d号贸易行", i) }

// visitBranch has the files on record, the first of which was visited before.
func visitBranch(t *testing.T) (b *branch, path string, files []int64) {
	t.Helper()
	b, path = openBranch(t)
	for i := range visitFiles {
		id, err := b.CreateCustomer(context.Background(), b.boss, db.Submission{}, db.Customer{BranchID: b.West, Name: visitedName(i)})
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, id)
	}
	b.logged(files[0], "2026-01-05")
	return b, path, files
}

func (b *branch) logged(customer int64, day string) {
	b.t.Helper()
	if _, err := b.LogVisit(context.Background(), b.boss, db.Submission{}, db.Visit{CustomerID: customer, UserID: b.boss.UserID, Day: day, Mode: "phone", Learned: "打过电话"}); err != nil {
		b.t.Fatal(err)
	}
}

// visitsSeen is what readers see of visits, each way there is.
type visitsSeen struct {
	Visits, Planned, OfFirst, Said int // Said: changes on the first file's page
	Files                          int
	FirstDay, LastDay, NextDay     string // of visits: the first file's, the last one's
}

func (b *branch) visits(files []int64) visitsSeen {
	b.t.Helper()
	ctx, system := context.Background(), policy.SystemActor("test")
	scope := system.Scope(policy.CustomerRead)
	var out visitsSeen
	must := func(err error) {
		b.t.Helper()
		if err != nil {
			b.t.Fatal(err)
		}
	}
	var err error
	out.Visits, err = b.CountVisits(ctx, system.Scope(policy.VisitRead), db.VisitFilter{State: db.VisitDone}, 10_000)
	must(err)
	out.Planned, err = b.CountVisits(ctx, system.Scope(policy.VisitRead), db.VisitFilter{State: db.VisitPlanned}, 10_000)
	must(err)
	list, err := b.CustomerVisits(ctx, system.Scope(policy.VisitRead), files[0], 500)
	must(err)
	out.OfFirst = len(list)
	changes, err := b.History(ctx, scope, files[0], 0, 500)
	must(err)
	out.Said = len(changes)
	n, _, err := b.CountCustomers(ctx, scope, db.CustomerFilter{})
	must(err)
	out.Files = int(n)
	first, err := b.Customer(ctx, scope, files[0])
	must(err)
	last, err := b.Customer(ctx, scope, files[visitFiles-1])
	must(err)
	out.FirstDay, out.LastDay, out.NextDay = first.LastVisitOn, last.LastVisitOn, last.NextVisitOn
	return out
}

func (b *branch) wantVisits(what string, files []int64, want visitsSeen) {
	b.t.Helper()
	if got := b.visits(files); got != want {
		b.t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// wantUnchanged is wantVisits, but for the changes: what was done and taken
// back stays on record.
func (b *branch) wantUnchanged(what string, files []int64, want visitsSeen) {
	b.t.Helper()
	got := b.visits(files)
	if got.Said = want.Said; got != want {
		b.t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// killedVisits starts an import of visits and kills it in the middle, with
// what was seen before. A machine on which it is done before anybody looks
// tries again.
func killedVisits(t *testing.T, at int64) (b *branch, path string, files []int64, m db.Import, before visitsSeen) {
	t.Helper()
	for range 10 {
		b, path, files = visitBranch(t)
		before = b.visits(files)
		if before.Visits != 1 || before.Files != visitFiles+2 || before.FirstDay != "2026-01-05" {
			t.Fatalf("before: %+v", before)
		}
		m = b.bringBytes(db.ImportVisits, "拜访.csv", visitBookOf(), db.ImportOptions{Unknown: "create"})
		b.want("judged", m, "judged", [4]int64{visitRows, 0, 0, 0})
		if err := b.StartApply(context.Background(), b.boss, m.ID, m.Version); err != nil {
			t.Fatal(err)
		}
		if b.killed(m, at) {
			return b, path, files, m, before
		}
	}
	t.Fatalf("never killed at %d", at)
	return
}

func TestManyVisitsAreImportedInPartsUnseenUntilTheLast(t *testing.T) {
	ctx := context.Background()
	b, path, files, m, before := killedVisits(t, 520)
	for _, next := range []int64{2100, 0} { // killed twice, if it can be
		b.wantVisits("killed", files, before)
		b = b.again(path)
		b.wantVisits("killed and opened again", files, before)
		b.Clock.Move(5 * time.Minute)
		if next == 0 || testing.Short() || !b.killed(m, next) {
			break
		}
	}
	// Others write meanwhile, also where the import has written.
	b.logged(files[1], "2026-11-02")
	b.run.RunTasks(ctx)
	m = b.read(m.ID)
	b.want("applied", m, "applied", [4]int64{visitRows, 0, 0, 0})
	after := b.visits(files)
	// Of the rows of a file that ask for a next visit, several may ask for one
	// day of December: it is planned once.
	planned := map[string]bool{}
	for i := range visitRows {
		if i%10 == 3 && i%200 != 0 {
			planned[fmt.Sprint(i%visitFiles, " ", 1+i%28)] = true
		}
	}
	if after.Visits != visitRows+2 || after.Planned != len(planned) || after.Files != visitFiles+2+visitNews {
		t.Errorf("after: %+v, want %d visits, %d planned", after, visitRows+2, len(planned))
	}
	last := ""
	for i := visitFiles - 1; i < visitRows; i += visitFiles {
		last = max(last, fmt.Sprintf("2026-%02d-%02d", 1+i%10, 1+i%28))
	}
	if after.LastDay != last {
		t.Errorf("the last file was visited on %q, want %q", after.LastDay, last)
	}
	b.sound()

	if err := b.StartUndo(ctx, b.boss, m.ID, m.Version); err != nil {
		t.Fatal(err)
	}
	b.run.RunTasks(ctx)
	if m = b.read(m.ID); m.State != "undone" || m.Undo.Kept != 0 || m.Undo.Failed != 0 {
		t.Errorf("undo: %s, %d reversed, %d kept, %d failed", m.State, m.Undo.Reversed, m.Undo.Kept, m.Undo.Failed)
	}
	before.Visits++ // that of the others
	b.wantUnchanged("undone", files, before)
}

func TestACancelledImportOfVisitsLeavesNothing(t *testing.T) {
	ctx := context.Background()
	b, path, files, m, before := killedVisits(t, 1500)
	// Who asks for a visit by an id of the import finds none.
	last := b.lastVisit(path)
	if _, err := b.Visit(ctx, policy.SystemActor("test").Scope(policy.VisitRead), last); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("a visit that is being imported, by its id: %v", err)
	}
	if err := b.CancelVisit(ctx, b.boss, last, 1); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("a visit that is being imported is cancelled: %v", err)
	}
	if err := b.CancelImport(ctx, b.boss, m.ID); err != nil {
		t.Fatal(err)
	}
	b.Clock.Move(5 * time.Minute)
	b.killed(m, 50)
	b = b.again(path)
	b.wantUnchanged("half taken back, opened again", files, before)
	b.Clock.Move(5 * time.Minute)
	b.run.RunTasks(ctx)
	m = b.read(m.ID)
	b.want("taken back", m, "judged", [4]int64{visitRows, 0, 0, 0})
	b.wantUnchanged("taken back", files, before)
	b.sound()
	b.want("applied after all", b.apply(m), "applied", [4]int64{visitRows, 0, 0, 0})
	if n := b.visits(files).Visits; n != visitRows+1 {
		t.Errorf("applied after all: %d visits", n)
	}
}

// lastVisit is the id of the newest visit in the file, whoever may see it.
func (b *branch) lastVisit(path string) (id int64) {
	b.t.Helper()
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer raw.Close()
	if err := raw.QueryRow(`SELECT max(id) FROM visits`).Scan(&id); err != nil {
		b.t.Fatal(err)
	}
	return id
}
