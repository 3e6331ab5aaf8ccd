package app

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/internal/pgtest"
	"yike/policy"
)

// TestPostgreSQLIsCopiedAndRestoredAsTheGuideSays: with its own programs, by the
// commands that /backups shows, while the product has the database open. What
// comes back opens, has every row, a whole audit chain, and goes on.
func TestPostgreSQLIsCopiedAndRestoredAsTheGuideSays(t *testing.T) {
	for _, program := range []string{"pg_dump", "pg_restore"} {
		if _, err := exec.LookPath(program); err != nil && os.Getenv("YIKE_REQUIRE_POSTGRES") != "1" {
			t.Skipf("%v: PostgreSQL's own programs are needed (Debian: postgresql-client)", err)
		}
	}
	ctx, w := context.Background(), dbtest.CompanyPostgres(t, dbtest.NewClock(dbtest.Start))
	boss := w.As(t, w.BossWest)
	for _, name := range []string{"松果用品", "听澜文具"} {
		if _, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	copied, empty := filepath.Join(t.TempDir(), "yike.dump"), pgtest.FreshDB(t)
	if out, err := exec.Command("pg_dump", "--format=custom", "--file="+copied, w.Address).CombinedOutput(); err != nil {
		t.Fatalf("pg_dump: %v\n%s", err, out)
	}
	if _, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: "后来的客户"}); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("pg_restore", "--exit-on-error", "--dbname="+empty, copied).CombinedOutput(); err != nil {
		t.Fatalf("pg_restore: %v\n%s", err, out)
	}
	d, err := db.Open(ctx, db.Config{DSN: empty, Now: w.Clock.Now, Key: db.OnlyKey(dbtest.Key)})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	back := dbtest.InCompany(d, w.Clock)
	seen := func() int64 {
		n, _, err := d.CountCustomers(ctx, boss.Scope(policy.CustomerRead), db.CustomerFilter{})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := seen(); n != 2 {
		t.Errorf("%d clients came back, want the 2 of the copy", n)
	}
	if found, err := back.Check(ctx); err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
	if r, err := back.CheckChain(ctx); err != nil || !r.Whole() {
		t.Errorf("the audit chain: %+v, %v", r, err)
	}
	if _, err := d.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: "恢复以后的客户"}); err != nil || seen() != 3 {
		t.Errorf("it does not go on: %v", err)
	}
}
