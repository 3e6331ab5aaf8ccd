package db_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/casework"
)

// loadsStand holds what is kept of people's open cases against a recount.
func loadsStand(t *testing.T, w *dbtest.World) {
	t.Helper()
	if found, err := w.CheckCaseLoads(context.Background()); err != nil || len(found) > 0 {
		t.Errorf("open cases of people: %v, %v", found, err)
	}
}

func TestHowManyOpenCasesSomebodyHasIsKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk, boss := context.Background(), w.As(t, w.ClerkWest), w.As(t, w.BossWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		var ids []int64
		for range 4 {
			id, err := w.OpenCase(ctx, clerk, db.Submission{}, told(c.ID, "慢"))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		has := func(user int64) (n int64) {
			t.Helper()
			if err := db.Writer(w.DB).QueryRow(`SELECT coalesce((SELECT open_cases FROM case_loads WHERE user_id = $1), 0)`, user).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		was := has(w.ClerkWest) + has(w.RepWest)
		if was != 4 {
			t.Fatalf("%d open cases are kept, want 4", was)
		}
		for _, act := range []struct {
			name string
			do   func() error
			open int64
		}{
			{"handed over", func() error { return w.HandCase(ctx, boss, db.CaseRef{ID: ids[0]}, w.RepWest, "") }, 4},
			{"taken", func() error { return w.TakeCase(ctx, clerk, db.CaseRef{ID: ids[1]}) }, 4},
			{"merged", func() error { return w.MergeCase(ctx, boss, db.CaseRef{ID: ids[1]}, ids[0], "同一件") }, 3},
			{"taken out again", func() error { return w.UnmergeCase(ctx, boss, db.CaseRef{ID: ids[1]}) }, 4},
			{"deleted", func() error { return w.DeleteCase(ctx, boss, ids[2], 0) }, 3},
			{"restored", func() error { return w.RestoreCase(ctx, boss, ids[2]) }, 4},
		} {
			if err := act.do(); err != nil {
				t.Fatalf("%s: %v", act.name, err)
			}
			if n := has(w.ClerkWest) + has(w.RepWest); n != act.open {
				t.Errorf("%s: %d open cases are kept, want %d", act.name, n, act.open)
			}
			loadsStand(t, w)
		}
		if _, err := db.Writer(w.DB).Exec(`UPDATE case_loads SET open_cases = open_cases + 1 WHERE user_id = $1`, w.RepWest); err != nil {
			t.Fatal(err)
		}
		if found, err := w.CheckCaseLoads(ctx); err != nil || len(found) != 1 || !strings.HasPrefix(found[0], "case_loads: ") {
			t.Errorf("one too many: %v, %v", found, err)
		}
	})
}

// A list says of each case what the case itself says, in the order of the plain
// statement; a brief one says of it what a line needs.
func TestAListOfCasesSaysWhatTheCasesSay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk := context.Background(), w.As(t, w.ClerkWest)
		c, other := fileOf(t, w, "杭州松果用品", w.RepWest), fileOf(t, w, "城西海棠食品", w.RepWest2)
		for i := range 9 {
			in := told([]int64{c.ID, other.ID, 0}[i%3], "慢")
			in.Waybills = []string{"302610000000003"}
			in.CauseID, in.Kind = []int64{11, 1, 0}[i%3], []string{casework.Complaint, casework.Consultation}[i%2]
			id, err := w.OpenCase(ctx, clerk, db.Submission{}, in)
			if err != nil {
				t.Fatal(err)
			}
			if i%2 == 0 {
				if err := w.TakeCase(ctx, clerk, db.CaseRef{ID: id}); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, who := range []int64{w.ClerkWest, w.RepWest, w.BossWest, w.RegionZJ, w.Admin} {
			a := w.As(t, who)
			for _, f := range []db.CaseFilter{{}, {Newest: true}, {Show: db.CasesAll}, {UserID: w.ClerkWest}, {Step: casework.Accept}} {
				list, err := w.Cases(ctx, a, f)
				if err != nil || who != w.RepWest && len(list.Rows) == 0 {
					t.Fatal(len(list.Rows), err)
				}
				f.Brief = true
				brief, err := w.Cases(ctx, a, f)
				if err != nil || len(brief.Rows) != len(list.Rows) {
					t.Fatal(len(brief.Rows), len(list.Rows), err)
				}
				if n, err := w.CountCases(ctx, a, f, 100); err != nil || n != len(list.Rows) {
					t.Errorf("%d counted, %d listed, %v", n, len(list.Rows), err)
				}
				for i, r := range list.Rows {
					x, err := w.Case(ctx, a, r.ID)
					if err != nil {
						t.Fatal(err)
					}
					if r != x {
						t.Errorf("%+v listed\n%+v read", r, x)
					}
					b := brief.Rows[i]
					if b.ID != r.ID || b.User != r.User || b.Author != r.Author || b.Cause != r.Cause || b.Customer != r.Customer || b.OwnerID != r.OwnerID || b.ClerkID != r.ClerkID ||
						f.Key(b) != f.Key(r) || b.Said != r.Said || b.Caller != r.Caller || b.CreatedBy != r.CreatedBy || b.Step != r.Step || b.Severity != r.Severity || b.Kind != r.Kind || b.Class != r.Class ||
						b.SoonAt != r.SoonAt || b.PausedAt != r.PausedAt || b.PauseUntil != r.PauseUntil || b.Channel != r.Channel || b.SolveDue != r.SolveDue || b.Code != r.Code || b.BranchID != r.BranchID || b.CustomerID != r.CustomerID || b.UserID != r.UserID {
						t.Errorf("in brief %+v\nfull %+v", b, r)
					}
				}
				if !slices.IsSortedFunc(list.Rows, func(x, y db.CaseRow) int {
					kx, ky := f.Key(x), f.Key(y)
					if f.Newest || f.Show == db.CasesAll {
						kx, ky = ky, kx
					}
					if kx.Value != ky.Value {
						return int(kx.Value - ky.Value)
					}
					return int(kx.ID - ky.ID)
				}) {
					t.Errorf("%+v is not in order", f)
				}
			}
		}
	})
}

// What is remembered of a long list is not told of another one: a file holds what
// may leave, too.
func TestALongListIsRememberedByWhatItIsOf(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		var ids []int64
		for range 2 {
			id, err := w.OpenCase(ctx, boss, db.Submission{}, told(fileOf(t, w, "杭州松果用品", w.RepWest).ID, "慢"))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		leaves := boss.Scope(policy.CustomerExport)
		f := db.CaseFilter{Also: &leaves}
		if n, err := w.CountCases(ctx, boss, f, 2); err != nil || n != 2 {
			t.Fatal(n, err)
		}
		leaves = policy.Scope{}
		if n, err := w.CountCases(ctx, boss, f, 2); err != nil || n != 0 {
			t.Errorf("%d may leave, %v", n, err)
		}
		for who, want := range map[int64]int{w.BossWest: 2, w.RepWest: 2, w.RepWest2: 0, w.BossEast: 0} {
			got, err := w.CasesOf(ctx, w.As(t, who), append(ids, 99))
			if err != nil || len(got) != want {
				t.Errorf("user %d sees %d by their ids, want %d, %v", who, len(got), want, err)
			}
		}
	})
}
