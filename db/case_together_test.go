package db_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/handover"
)

func parcelsOf(t testing.TB, w *dbtest.World, id int64) []string {
	t.Helper()
	list, err := w.CaseWaybills(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// recordOf is the latest record of changes of a case that names a field.
func recordOf(t testing.TB, w *dbtest.World, id int64, name string) (version int64) {
	t.Helper()
	if err := db.Writer(w.DB).QueryRow(`SELECT coalesce(MAX(version), 0) FROM changes WHERE entity = 'cases' AND row_id = $1 AND fields LIKE $2`, id, `%"`+name+`"%`).Scan(&version); err != nil {
		t.Fatal(err)
	}
	return version
}

func TestAStaleEditDropsNobodysParcel(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk, boss := context.Background(), w.As(t, w.ClerkWest), w.As(t, w.BossWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		first := caseOf(t, w, w.ClerkWest, c.ID, nil)
		if err := w.EditCase(ctx, clerk, first.Case, nil, []string{"302610000000003"}, nil); err != nil {
			t.Fatal(err)
		}
		now := readCase(t, w, first.ID)
		if now.Version != 2 || recordOf(t, w, first.ID, "waybills") != 2 {
			t.Errorf("a parcel alone: version %d, record of %d", now.Version, recordOf(t, w, first.ID, "waybills"))
		}
		if err := w.EditCase(ctx, boss, first.Case, []string{"302610000000003"}, nil, nil); !errors.Is(err, db.ErrConflict) {
			t.Errorf("who read it before: %v", err)
		}
		if err := w.EditCase(ctx, boss, now.Case, nil, nil, []db.CasePhoto{{Hash: "aa", Thumb: "ab"}}); err != nil {
			t.Fatal(err)
		}
		if err := w.EditCase(ctx, boss, now.Case, []string{"302610000000003"}, nil, nil); !errors.Is(err, db.ErrConflict) || recordOf(t, w, first.ID, "photos") != 3 {
			t.Errorf("who read it before the picture: %v, record of %d", err, recordOf(t, w, first.ID, "photos"))
		}
		// Another case that goes into it brings a parcel, and takes it away again.
		now = readCase(t, w, first.ID)
		other := caseOf(t, w, w.ClerkWest, c.ID, func(n *db.NewCase) { n.Waybills = []string{"302610000000016"} })
		if err := w.MergeCase(ctx, boss, refOf(other), first.ID, ""); err != nil {
			t.Fatal(err)
		}
		if err := w.EditCase(ctx, clerk, now.Case, []string{"302610000000003"}, nil, nil); !errors.Is(err, db.ErrConflict) || recordOf(t, w, first.ID, "waybills") != 4 {
			t.Errorf("who read it before the merge: %v", err)
		}
		now = readCase(t, w, first.ID)
		if err := w.UnmergeCase(ctx, boss, refOf(readCase(t, w, other.ID))); err != nil {
			t.Fatal(err)
		}
		if err := w.EditCase(ctx, clerk, now.Case, []string{"302610000000003"}, nil, nil); !errors.Is(err, db.ErrConflict) {
			t.Errorf("who read it before it was taken out: %v", err)
		}
		if got := parcelsOf(t, w, first.ID); !slices.Equal(got, []string{"302610000000003"}) {
			t.Errorf("parcels: %v", got)
		}
		lines := len(kindsOf(t, w, first.ID))
		if err := w.EditCase(ctx, clerk, readCase(t, w, first.ID).Case, nil, []string{"302610000000003"}, nil); err != nil || len(kindsOf(t, w, first.ID)) != lines {
			t.Errorf("what stands there already is no change: %v", err)
		}
	})
}

func TestAParcelIsKnownWhileItsBillIsHere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		e := caseOf(t, w, w.ClerkWest, fileOf(t, w, "杭州松果用品", w.RepWest).ID, func(n *db.NewCase) { n.Waybills = []string{"302610000000003"} })
		known := func(when string, want int64) {
			t.Helper()
			list, err := w.CaseParcels(ctx, w.As(t, w.ClerkWest).Scope(policy.WaybillRead), e.ID)
			if err != nil || list["302610000000003"].ID != want || !slices.Equal(parcelsOf(t, w, e.ID), []string{"302610000000003"}) {
				t.Errorf("%s: %+v, %v; want %d", when, list, err, want)
			}
		}
		known("before its bill came", 0)
		if _, err := db.Writer(w.DB).Exec(`INSERT INTO waybills (id, number, branch_id, sent_day, sent_at, created_at, updated_at) VALUES (8, '302610000000003', $1, '2026-11-20', 0, 0, 0)`, w.West); err != nil {
			t.Fatal(err)
		}
		known("the bill came in the evening", 8)
		if _, err := db.Writer(w.DB).Exec(`DELETE FROM waybills WHERE id = 8`); err != nil {
			t.Fatal(err)
		}
		known("the import was taken back", 0)
	})
}

func TestACaseOfAnUnknownCallerGoesWithTheClientThatItIsMergedInto(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, chief := context.Background(), w.As(t, w.BossWest), w.As(t, w.Chief)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		into := caseOf(t, w, w.ClerkWest, c.ID, nil)
		from := caseOf(t, w, w.ClerkEast, 0, nil)
		claim := askClaim(t, w, w.ClerkEast, from.ID, 10_00)
		if err := w.MergeCase(ctx, boss, refOf(from), into.ID, ""); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("by the manager of one of both branches: %v", err)
		}
		if err := w.MergeCase(ctx, chief, refOf(from), into.ID, ""); err != nil {
			t.Fatal(err)
		}
		r, m := readCase(t, w, from.ID), claimOf(t, w, claim.ID)
		if r.CustomerID != c.ID || r.BranchID != w.West || r.Class != "A" || m.CustomerID != c.ID || m.BranchID != w.West {
			t.Errorf("merged: %+v %+v", r.Case, m.Claim)
		}
		if err := w.UnmergeCase(ctx, boss, refOf(r)); err != nil {
			t.Fatal(err)
		}
		r, m = readCase(t, w, from.ID), claimOf(t, w, claim.ID)
		if r.CustomerID != 0 || r.BranchID != w.East || r.Class != "" || r.Step != casework.Accept || m.CustomerID != 0 || m.BranchID != w.East {
			t.Errorf("taken out: %+v %+v", r.Case, m.Claim)
		}
		// Its own branch is closed meanwhile: it stays where the other one is.
		if err := w.MergeCase(ctx, chief, refOf(r), into.ID, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Writer(w.DB).Exec(`UPDATE branches SET active = $2 WHERE id = $1`, w.East, false); err != nil {
			t.Fatal(err)
		}
		if err := w.UnmergeCase(ctx, chief, refOf(readCase(t, w, from.ID))); err != nil {
			t.Fatal(err)
		}
		if r = readCase(t, w, from.ID); r.CustomerID != 0 || r.BranchID != w.West {
			t.Errorf("its branch is closed: %+v", r.Case)
		}
	})
}

func TestWhatTwoMergedCasesBroughtStaysWhileOneOfThemIsThere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		with := func(numbers ...string) int64 {
			return caseOf(t, w, w.ClerkWest, c.ID, func(n *db.NewCase) {
				n.Waybills, n.Photos = numbers, []db.CasePhoto{{Hash: "aa", Thumb: "ab"}}
			}).ID
		}
		into := caseOf(t, w, w.ClerkWest, c.ID, func(n *db.NewCase) { n.Waybills = []string{"1"} }).ID
		a, b := with("1", "2"), with("2", "3")
		for _, id := range []int64{a, b} {
			if err := w.MergeCase(ctx, boss, refOf(readCase(t, w, id)), into, ""); err != nil {
				t.Fatal(err)
			}
		}
		for _, x := range []struct {
			out    int64
			want   []string
			photos int64
		}{{a, []string{"1", "2", "3"}, 1}, {b, []string{"1"}, 0}} {
			if err := w.UnmergeCase(ctx, boss, refOf(readCase(t, w, x.out))); err != nil {
				t.Fatal(err)
			}
			if got := parcelsOf(t, w, into); !slices.Equal(got, x.want) || readCase(t, w, into).PhotoCount != x.photos {
				t.Errorf("after %d was taken out: %v, %d pictures", x.out, got, readCase(t, w, into).PhotoCount)
			}
		}
	})
}

// Whoever may not assign the case that another went into takes nothing from it.
func TestACaseIsTakenOutByWhoMayAssignBoth(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, chief := context.Background(), w.As(t, w.Chief)
		into := caseOf(t, w, w.ClerkWest, 0, nil)
		from := caseOf(t, w, w.ClerkEast, 0, nil)
		if err := w.MergeCase(ctx, chief, refOf(from), into.ID, ""); err != nil {
			t.Fatal(err)
		}
		if err := w.UnmergeCase(ctx, w.As(t, w.BossEast), refOf(readCase(t, w, from.ID))); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("by the manager of one of both branches: %v", err)
		}
		// One that is in the bin lets it go all the same.
		if err := w.DeleteCase(ctx, chief, into.ID, readCase(t, w, into.ID).Version); err != nil {
			t.Fatal(err)
		}
		if err := w.UnmergeCase(ctx, chief, refOf(readCase(t, w, from.ID))); err != nil {
			t.Errorf("the other one is in the bin: %v", err)
		}
	})
}

// Two people join the same cases at once: one of them is the faster, and what
// comes of it is what one after the other would have made.
func TestCasesJoinedByTwoAtOnceFormNoRingAndNoChain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		defer loadsStand(t, w)
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		setCasework(t, w, casework.Rule{Assign: casework.Default().Assign, Times: 20, Days: 30, Measures: 7})
		both := func(f, g func() error) (n int) {
			var group sync.WaitGroup
			errs := make([]error, 2)
			for i, do := range []func() error{f, g} {
				group.Go(func() { errs[i] = do() })
			}
			group.Wait()
			for _, err := range errs {
				if err == nil {
					n++
				} else if !errors.Is(err, db.ErrConflict) && !errors.Is(err, db.ErrCaseStop) {
					t.Errorf("joined at once: %v", err)
				}
			}
			return n
		}
		fresh := func() db.CaseRow { return caseOf(t, w, w.ClerkWest, c.ID, nil) }
		for range 8 {
			a, b := fresh(), fresh()
			if n := both(func() error { return w.MergeCase(ctx, boss, refOf(a), b.ID, "") }, func() error { return w.MergeCase(ctx, boss, refOf(b), a.ID, "") }); n != 1 {
				t.Errorf("each into the other: %d went", n)
			}
			x, y := fresh(), fresh()
			both(func() error { return w.MergeCase(ctx, boss, refOf(x), y.ID, "") }, func() error {
				_, err := w.TellCase(ctx, boss, refOf(y), db.CaseTold{How: "phone", Result: "派到了", Satisfied: casework.Satisfied, Close: true})
				return err
			})
			if x, y := readCase(t, w, x.ID), readCase(t, w, y.ID); x.MergedID != 0 && y.Step == casework.Closed && y.ClosedAt < x.ClosedAt {
				t.Errorf("merged into one that was closed: %+v %+v", x.Case, y.Case)
			}
			p, q, r := fresh(), fresh(), fresh()
			both(func() error { _, err := w.LinkCases(ctx, boss, q.ID, []int64{p.ID}); return err }, func() error { _, err := w.LinkCases(ctx, boss, r.ID, []int64{q.ID}); return err })
			if p, q := readCase(t, w, p.ID), readCase(t, w, q.ID); p.ParentID != 0 && q.ParentID != 0 {
				t.Errorf("a part of a part: %+v %+v", p.Case, q.Case)
			}
		}
	})
}

func TestTheToDosOfACaseFollowIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		defer loadsStand(t, w)
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		r := caseOf(t, w, w.BossWest, c.ID, func(n *db.NewCase) { n.UserID = w.ClerkWest })
		if err := w.HandCase(ctx, boss, refOf(r), w.RepWest, ""); err != nil {
			t.Fatal(err)
		}
		if x := todoOf(t, w, db.TodoNewCase, r.ID); x.UserID != w.RepWest || x.State != db.TodoOpen {
			t.Errorf("a new case is somebody else's to accept: %+v", x.Todo)
		}
		if err := w.TakeCase(ctx, boss, refOf(readCase(t, w, r.ID))); err != nil {
			t.Fatal(err)
		}
		if _, err := w.TellCase(ctx, boss, refOf(readCase(t, w, r.ID)), db.CaseTold{How: "phone", Result: "派到了"}); err != nil {
			t.Fatal(err)
		}
		if x := todoOf(t, w, db.TodoCaseCall, r.ID); x.UserID != w.BossWest {
			t.Fatalf("who told it calls: %+v", x.Todo)
		}
		if err := w.TakeCase(ctx, w.As(t, w.Chief), refOf(readCase(t, w, r.ID))); err != nil {
			t.Fatal(err)
		}
		if x := todoOf(t, w, db.TodoCaseCall, r.ID); x.UserID != w.Chief {
			t.Errorf("who took the case over calls: %+v", x.Todo)
		}
		// An unknown caller turns out to be another branch's client.
		stray := caseOf(t, w, w.ClerkEast, 0, func(n *db.NewCase) { n.BranchID = w.East })
		if err := w.AskAcceptance(ctx, w.As(t, w.ClerkEast), refOf(stray), "unreachable", "打了三次"); err != nil {
			t.Fatal(err)
		}
		if err := w.AttachCase(ctx, w.As(t, w.Chief), stray.ID, readCase(t, w, stray.ID).Version, c.ID); err != nil {
			t.Fatal(err)
		}
		if x := todoOf(t, w, db.TodoCaseAccept, stray.ID); x.CustomerID != c.ID || x.BranchID != w.West {
			t.Errorf("the to-do of a case whose client is known now: %+v", x.Todo)
		}
	})
}

func TestAHandoverStandsInTheHistoryOfTheCase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		defer loadsStand(t, w)
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		r := caseOf(t, w, w.BossWest, fileOf(t, w, "杭州松果用品", w.RepWest).ID, func(n *db.NewCase) { n.UserID = w.ClerkWest })
		rule := handover.Rule{By: handover.One, One: w.RepWest}
		id, err := w.PlanHandover(ctx, boss, db.Submission{}, db.HandoverInput{From: w.ClerkWest, Ending: db.EndingKeep, Rules: map[string]handover.Rule{"case": rule, "todo": rule, "owner": rule, "clerk": rule}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.ApplyHandover(ctx, boss, id, 1); err != nil {
			t.Fatal(err)
		}
		events, err := w.CaseEvents(ctx, r.ID)
		if err != nil || readCase(t, w, r.ID).UserID != w.RepWest || events[0].Kind != string(casework.ActHand) || events[0].Args["to"] != strconv.FormatInt(w.RepWest, 10) || events[0].Step != casework.Accept {
			t.Errorf("handed over: %+v, %v", events, err)
		}
	})
}

func TestClaimsOfUnknownCallersGoWithTheBranch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin := context.Background(), w.As(t, w.Admin)
		e := caseOf(t, w, w.ClerkWest, 0, nil)
		m := askClaim(t, w, w.ClerkWest, e.ID, 10_00)
		if err := w.CloseBranch(ctx, admin, w.West, branchOf(t, w, w.West).Version, w.East); err != nil {
			t.Fatal(err)
		}
		if r, x := readCase(t, w, e.ID), claimOf(t, w, m.ID); r.BranchID != w.East || x.BranchID != w.East {
			t.Errorf("case at %d, claim at %d, want %d", r.BranchID, x.BranchID, w.East)
		}
	})
}
