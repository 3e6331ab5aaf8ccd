package db_test

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/views"
)

func TestTheAuditIsFilteredPagedAndHeldToTheReadersBranches(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		deeds(t, w)
		w.Clock.Move(24 * time.Hour)
		if err := w.NoteAct(ctx, w.As(t, w.BossEast), "visits.export", w.East, 0, 3, nil); err != nil {
			t.Fatal(err)
		}
		all := w.As(t, w.AuditorHead).Scope(policy.AuditRead)
		var ids []int64
		for f := (db.AuditFilter{Limit: 7}); ; {
			list, err := w.Audits(ctx, all, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range list.Records {
				ids = append(ids, r.ID)
			}
			if list.Next == 0 {
				break
			}
			f.Before = list.Next
		}
		var n int
		if err := db.Writer(w.DB).QueryRow(`SELECT count(*) FROM audits`).Scan(&n); err != nil || n != len(ids) || !slices.IsSortedFunc(ids, func(a, b int64) int { return int(b - a) }) {
			t.Errorf("%d of %d records in pages of seven, %v", len(ids), n, err)
		}
		var one int64
		if err := db.Writer(w.DB).QueryRow(`SELECT max(row_id) FROM changes WHERE kind = 'update' AND entity = 'customers'`).Scan(&one); err != nil {
			t.Fatal(err)
		}
		boss := w.As(t, w.BossWest)
		for name, c := range map[string]struct {
			scope policy.Scope
			f     db.AuditFilter
			want  func(db.AuditRecord) bool
			least int
		}{
			"by person":             {all, db.AuditFilter{User: w.BossWest}, func(r db.AuditRecord) bool { return r.UserID == w.BossWest }, 3},
			"by act":                {all, db.AuditFilter{Act: "customers.update"}, func(r db.AuditRecord) bool { return r.Act == "customers.update" && len(r.Changes) == 1 }, 2},
			"by client":             {all, db.AuditFilter{Customer: one}, func(r db.AuditRecord) bool { return len(r.Changes) > 0 && r.Changes[0].Customer == one }, 2},
			"by branch":             {all, db.AuditFilter{Branch: w.East}, func(r db.AuditRecord) bool { return r.Branch == w.East }, 1},
			"since the second day":  {all, db.AuditFilter{From: "2026-11-22"}, func(r db.AuditRecord) bool { return r.Act == "visits.export" }, 1},
			"on the first day":      {all, db.AuditFilter{To: "2026-11-21"}, func(r db.AuditRecord) bool { return r.Act != "visits.export" }, 10},
			"two at once":           {all, db.AuditFilter{User: w.BossEast, Act: "visits.export"}, func(r db.AuditRecord) bool { return r.UserID == w.BossEast }, 1},
			"of nobody":             {all, db.AuditFilter{User: 12}, func(db.AuditRecord) bool { return false }, 0},
			"without the right":     {boss.Scope(policy.AuditRead), db.AuditFilter{}, func(db.AuditRecord) bool { return false }, 0},
			"one branch's":          {boss.Scope(policy.CustomerHistory), db.AuditFilter{}, func(r db.AuditRecord) bool { return r.Branch == w.West }, 3},
			"another branch's":      {boss.Scope(policy.CustomerHistory), db.AuditFilter{Branch: w.East}, func(db.AuditRecord) bool { return false }, 0},
			"nothing of the zero":   {policy.Scope{}, db.AuditFilter{}, func(db.AuditRecord) bool { return false }, 0},
			"a day before all days": {all, db.AuditFilter{To: "2020-01-01"}, func(db.AuditRecord) bool { return false }, 0},
		} {
			c.f.Limit = 100
			list, err := w.Audits(ctx, c.scope, c.f)
			if err != nil || len(list.Records) < c.least || c.least == 0 && len(list.Records) > 0 {
				t.Errorf("%s: %d records, %v", name, len(list.Records), err)
			}
			for _, r := range list.Records {
				if !c.want(r) {
					t.Errorf("%s: %+v", name, r)
				}
			}
		}
	})
}

func TestOldRecordsAreCutAndWhatIsLeftIsWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, system := context.Background(), policy.SystemActor("audit")
		deeds(t, w)
		before, err := w.CheckChain(ctx)
		if err != nil {
			t.Fatal(err)
		}
		w.Clock.Move((db.AuditDays - 2) * 24 * time.Hour)
		if n, err := w.CutAudits(ctx, system); n != 0 || err != nil {
			t.Fatalf("cut %d before their time, %v", n, err)
		}
		if err := w.NoteAct(ctx, w.As(t, w.BossWest), "visits.export", w.West, 0, 3, nil); err != nil {
			t.Fatal(err)
		}
		w.Clock.Move(5 * 24 * time.Hour)
		n, err := w.CutAudits(ctx, system)
		if err != nil || n != before.Last {
			t.Fatalf("cut %d of %d, %v", n, before.Last, err)
		}
		r, err := w.CheckChain(ctx)
		if err != nil || !r.Whole() || !r.Signed || r.Links != 2 || r.Last != before.Last+2 {
			t.Errorf("after the cut: %+v, %v", r, err)
		}
		list, err := w.Audits(ctx, system.Scope(policy.AuditRead), db.AuditFilter{Limit: 10})
		if err != nil || len(list.Records) != 2 || list.Records[0].Act != "audit.cut" || list.Records[0].Rows != n {
			t.Errorf("what is left: %+v, %v", list.Records, err)
		}
		if list, err := w.KeptRecords(ctx, db.StageDestroyed, 10); err != nil || len(list) != 1 || list[0].Kind != db.RecordAudits || list[0].Rows != n || list[0].RuleVersion != 0 || len(list[0].Digest) != 64 {
			t.Errorf("the record of the cut: %+v, %v", list, err)
		}
		// Nobody shortens it below half a year.
		if _, err := w.SetRule(ctx, system, policy.AuditRead, db.RuleRow{Rule: db.RuleAudit, ValidFrom: "2026-01-01", Value: `{"days":30}`}); err != nil {
			t.Fatal(err)
		}
		if days, err := w.AuditRule(ctx); err != nil || days != db.AuditDaysMin {
			t.Errorf("kept for %d days, %v", days, err)
		}
		// What was cut cannot be cut further by hand.
		if _, err := db.Writer(w.DB).Exec(`DELETE FROM audit_links WHERE seq = (SELECT min(seq) FROM audit_links)`); err != nil {
			t.Fatal(err)
		}
		if r, err := w.CheckChain(ctx); err != nil || r.Whole() {
			t.Errorf("cut by hand: %+v, %v", r, err)
		}
	})
}

func TestWhoLookedIsCountedByDayWithoutAWriteOnThePagesPath(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, rep := context.Background(), w.As(t, w.BossWest), w.As(t, w.RepWest)
		id, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: "盛达电子"})
		if err != nil {
			t.Fatal(err)
		}
		written := func() (n int) {
			t.Helper()
			if err := db.Writer(w.DB).QueryRow(`SELECT count(*) FROM customer_looks`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		for range 3 {
			w.Looked(ctx, boss, id, w.West, "branch_manager")
		}
		w.Looked(ctx, rep, id, w.West, "sales_rep")
		if n := written(); n != 0 {
			t.Errorf("%d rows written by looking", n)
		}
		if err := w.FlushLooks(ctx); err != nil || written() != 2 {
			t.Fatalf("%d rows, %v", written(), err)
		}
		w.Looked(ctx, boss, id, w.West, "branch_manager")
		w.Clock.Move(24 * time.Hour)
		w.Looked(ctx, boss, id, w.West, "branch_manager")
		looks, err := w.Looks(ctx, boss.Scope(policy.CustomerHistory), id, 50)
		var got []string
		for _, l := range looks {
			got = append(got, fmt.Sprint(l.Day, " ", l.User, " ", l.Role, " ", l.Times))
		}
		slices.Sort(got)
		want := []string{"2026-11-21 周明慧 branch_manager 4", "2026-11-21 沈雨桐 sales_rep 1", "2026-11-22 周明慧 branch_manager 1"}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q, %v", got, err)
		}
		if _, err := w.Looks(ctx, w.As(t, w.BossEast).Scope(policy.CustomerHistory), id, 50); err == nil {
			t.Error("another branch reads who looked")
		}
	})
}

// TestEveryActHasWords reads the store's source: a text like an act that is no
// permission and no kind of task must be known to the audit page.
func TestEveryActHasWords(t *testing.T) {
	like := regexp.MustCompile(`^(account|activities|audit|branches|cases|causes|claims|company|consents?|contacts|customers|erasures?|exports?|handovers|imports|key|measures|requests?|roles|rules|session|settings|tags|tasks|totp|users|visits)\.[a-z_]+$`)
	// What is so called and is no act: permissions, names of files and of settings.
	not := []string{"customers.list", "customers.eat", "session.idle"}
	for _, p := range policy.Permissions {
		not = append(not, string(p))
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			act, err := strconv.Unquote(lit.Value)
			if err != nil || !like.MatchString(act) {
				return true
			}
			if views.KnownAct(act) {
				seen++
			} else if !slices.Contains(not, act) {
				t.Errorf("%s: the act %q has no words in views/audit.go", file, act)
			}
			return true
		})
	}
	if seen < 30 {
		t.Errorf("only %d acts found: the pattern looks for something else", seen)
	}
}
