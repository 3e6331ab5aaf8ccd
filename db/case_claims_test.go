package db_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/casework"
)

func claimOf(t testing.TB, w *dbtest.World, id int64) db.ClaimRow {
	t.Helper()
	r, err := w.Claim(context.Background(), policy.SystemActor("test").Scope(policy.ClaimRead), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func askClaim(t testing.TB, w *dbtest.World, by, caseID, asked int64) db.CaseRef {
	t.Helper()
	id, err := w.AskClaim(context.Background(), w.As(t, by), db.Submission{}, db.Claim{CaseID: caseID, Asked: asked, Number: "302610000000003", Note: "茶叶压碎"})
	if err != nil {
		t.Fatal(err)
	}
	return db.CaseRef{ID: id, Version: 1}
}

func TestAClaimIsAskedApprovedByAmountAndPaid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk, boss, chief := context.Background(), w.As(t, w.ClerkWest), w.As(t, w.BossWest), w.As(t, w.Chief)
		e := caseOf(t, w, w.ClerkWest, fileOf(t, w, "杭州松果用品", w.RepWest).ID, nil)
		branch := func(fen int64) []casework.Share {
			return []casework.Share{{Bearer: casework.BearerBranch, Amount: fen}}
		}
		ref := func(id int64) db.CaseRef { return db.CaseRef{ID: id, Version: claimOf(t, w, id).Version} }
		// Within the clerk's limit: proposed and approved by one act, then paid.
		small := askClaim(t, w, w.ClerkWest, e.ID, 150_00)
		if err := w.ProposeClaim(ctx, clerk, small, 100_00, branch(100_00), ""); err != nil {
			t.Fatal(err)
		}
		if r := claimOf(t, w, small.ID); r.State != casework.ClaimApproved || r.DecidedBy != w.ClerkWest || r.Note != "茶叶压碎" || len(r.Shares) != 1 {
			t.Errorf("small: %+v", r)
		}
		for name, err := range map[string]error{
			"more than agreed": w.PayClaim(ctx, clerk, ref(small.ID), 100_01, "2026-11-21", "transfer"),
			"by smoke":         w.PayClaim(ctx, clerk, ref(small.ID), 1, "2026-11-21", "smoke"),
		} {
			if !errors.Is(err, db.ErrCaseStop) {
				t.Errorf("paid %s: %v", name, err)
			}
		}
		if err := w.PayClaim(ctx, clerk, ref(small.ID), 100_00, "2026-11-22", "transfer"); !errors.Is(err, db.ErrRefused) {
			t.Errorf("paid tomorrow: %v", err)
		}
		if err := w.PayClaim(ctx, clerk, ref(small.ID), 100_00, "2026-11-21", "transfer"); err != nil {
			t.Fatal(err)
		}
		if err := w.ProposeClaim(ctx, clerk, ref(small.ID), 90_00, branch(90_00), ""); !errors.Is(err, db.ErrConflict) {
			t.Errorf("a paid one is proposed anew: %v", err)
		}
		if err := w.UnpayClaim(ctx, boss, ref(small.ID), "付错了账户"); err != nil {
			t.Error(err)
		}
		// A fen more waits for a leader, and not for who proposed it.
		large := askClaim(t, w, w.ClerkWest, e.ID, 2000_00)
		if err := w.ProposeClaim(ctx, boss, large, 1500_00, []casework.Share{{Bearer: casework.BearerCourier, User: w.CourierWest, Amount: 500_00}, {Bearer: casework.BearerHub, Amount: 1000_00}}, "按声明价值"); err != nil {
			t.Fatal(err)
		}
		if r := claimOf(t, w, large.ID); r.State != casework.ClaimProposed || r.Note != "按声明价值" || len(r.Shares) != 2 {
			t.Errorf("large: %+v", r)
		}
		if err := w.PayClaim(ctx, clerk, ref(large.ID), 1, "2026-11-21", "cash"); !errors.Is(err, db.ErrConflict) {
			t.Errorf("paid before it was approved: %v", err)
		}
		var s *db.CaseStop
		if err := w.DecideClaim(ctx, boss, ref(large.ID), true, ""); !errors.As(err, &s) || s.Why[0] != casework.OwnProposal {
			t.Errorf("approved by who proposed it: %v", err)
		}
		if err := w.DecideClaim(ctx, chief, ref(large.ID), false, ""); !errors.As(err, &s) || s.Why[0] != casework.NeedsNote {
			t.Errorf("refused without a reason: %v", err)
		}
		if err := w.DecideClaim(ctx, chief, ref(large.ID), false, "没有照片"); err != nil {
			t.Fatal(err)
		}
		if err := w.ProposeClaim(ctx, clerk, ref(large.ID), 1200_00, branch(1200_00), ""); err != nil {
			t.Fatal(err)
		}
		if why, err := w.MayApprove(ctx, boss, claimOf(t, w, large.ID)); err != nil || why != casework.Fine {
			t.Errorf("the manager may: %s %v", why, err)
		}
		if err := w.DecideClaim(ctx, boss, ref(large.ID), true, ""); err != nil {
			t.Fatal(err)
		}
		// Shares that do not add up, and a courier who works elsewhere.
		odd := askClaim(t, w, w.ClerkWest, e.ID, 10_00)
		if err := w.ProposeClaim(ctx, clerk, odd, 10_00, branch(9_99), ""); !errors.As(err, &s) || s.Why[0] != casework.ShareSum {
			t.Errorf("a fen is missing: %v", err)
		}
		if err := w.ProposeClaim(ctx, clerk, odd, 10_00, []casework.Share{{Bearer: casework.BearerCourier, User: w.ClerkEast, Amount: 10_00}}, ""); !errors.Is(err, db.ErrRefused) {
			t.Errorf("a courier of another branch: %v", err)
		}
		scope := boss.Scope(policy.ClaimRead)
		sums, err := w.SumClaims(ctx, scope, db.ClaimFilter{})
		if err != nil || sums.Count != 3 || sums.Asked != 2160_00 || sums.Agreed != 1300_00 || sums.Paid != 0 || sums.Borne[casework.BearerBranch] != 1300_00 {
			t.Errorf("sums: %+v, %v", sums, err)
		}
		list, more, err := w.Claims(ctx, scope, db.ClaimFilter{Limit: 2})
		if err != nil || len(list) != 2 || !more || list[0].ID != odd.ID {
			t.Errorf("list: %+v %v %v", list, more, err)
		}
		rest, more, err := w.Claims(ctx, scope, db.ClaimFilter{Limit: 2, At: db.ClaimKey{Day: list[1].Day, ID: list[1].ID}})
		if err != nil || len(rest) != 1 || more || rest[0].ID != small.ID {
			t.Errorf("page 2: %+v %v %v", rest, more, err)
		}
		for name, f := range map[string]db.ClaimFilter{"state": {State: casework.ClaimAsked}, "bearer": {Bearer: casework.BearerHub}, "later": {From: "2026-11-22"}, "courier": {UserID: w.CourierWest}, "another branch": {BranchID: w.East}} {
			list, _, err := w.Claims(ctx, scope, f)
			want := map[string]int{"state": 1}[name]
			sums, err2 := w.SumClaims(ctx, scope, f)
			if err != nil || err2 != nil || len(list) != want || sums.Count != want {
				t.Errorf("by %s: %d and %d, want %d (%v %v)", name, len(list), sums.Count, want, err, err2)
			}
		}
		if list, _, err := w.Claims(ctx, w.As(t, w.BossEast).Scope(policy.ClaimRead), db.ClaimFilter{}); err != nil || len(list) != 0 {
			t.Errorf("another branch sees %d, %v", len(list), err)
		}
		if of, err := w.ClaimsOfCase(ctx, scope, e.ID); err != nil || len(of) != 3 || of[0].ID != small.ID {
			t.Errorf("of the case: %d, %v", len(of), err)
		}
	})
}

// leaderOf is a new leader of the service of 城西.
func leaderOf(t testing.TB, w *dbtest.World) policy.Actor {
	t.Helper()
	id, err := w.CreateUser(context.Background(), policy.SystemActor("test"), db.UserInput{Username: "lead.west", Name: "沈组长", BranchID: w.West,
		PasswordHash: dbtest.Hash, Grants: []policy.Grant{{Role: policy.ServiceLead, Branch: w.West}}})
	if err != nil {
		t.Fatal(err)
	}
	return w.As(t, id)
}

// Who may decide goes by what the case costs: nobody halves a claim to decide it
// alone, and of two that are decided at once the second sees the first.
func TestAClaimIsNotDecidedInHalves(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk, boss := context.Background(), w.As(t, w.ClerkWest), w.As(t, w.BossWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		branch := func(fen int64) []casework.Share {
			return []casework.Share{{Bearer: casework.BearerBranch, Amount: fen}}
		}
		propose := func(caseID, fen int64) db.CaseRef {
			t.Helper()
			x := askClaim(t, w, w.ClerkWest, caseID, fen)
			if err := w.ProposeClaim(ctx, clerk, x, fen, branch(fen), ""); err != nil {
				t.Fatal(err)
			}
			x.Version++
			return x
		}
		e := caseOf(t, w, w.ClerkWest, c.ID, nil)
		first, second := propose(e.ID, 60_00), propose(e.ID, 40_01)
		if a, b := claimOf(t, w, first.ID), claimOf(t, w, second.ID); a.State != casework.ClaimApproved || b.State != casework.ClaimProposed {
			t.Errorf("60 and 40.01 yuan: %s and %s", a.State, b.State)
		}
		if why, err := w.MayApprove(ctx, clerk, claimOf(t, w, second.ID)); err != nil || why != casework.TooMuch {
			t.Errorf("the clerk: %s %v", why, err)
		}
		if third := propose(caseOf(t, w, w.ClerkWest, c.ID, nil).ID, 100_00); claimOf(t, w, third.ID).State != casework.ClaimApproved {
			t.Error("another case is another sum")
		}
		// A leader's limit, at another case.
		setCasework(t, w, casework.Rule{Assign: casework.Default().Assign, Times: 20, Days: 30, Measures: 7, Limits: casework.Limits{Clerk: 100_00, Leader: 1000_00}})
		l := caseOf(t, w, w.ClerkWest, c.ID, nil)
		x, y := propose(l.ID, 600_00), propose(l.ID, 600_00)
		lead := leaderOf(t, w)
		for _, ref := range []db.CaseRef{x, y} {
			if why, err := w.MayApprove(ctx, lead, claimOf(t, w, ref.ID)); err != nil || why != casework.TooMuch {
				t.Errorf("twice 600 yuan, for a leader: %s %v", why, err)
			}
			if err := w.DecideClaim(ctx, lead, ref, true, ""); !errors.Is(err, db.ErrCaseStop) {
				t.Errorf("twice 600 yuan, by a leader: %v", err)
			}
		}
		if err := w.DecideClaim(ctx, boss, x, false, "重复了"); err != nil {
			t.Fatal(err)
		}
		if err := w.DecideClaim(ctx, lead, y, true, ""); err != nil {
			t.Errorf("the other one was refused: %v", err)
		}
		for range 6 { // two proposals of a clerk at once
			at := caseOf(t, w, w.ClerkWest, c.ID, nil)
			a, b := askClaim(t, w, w.ClerkWest, at.ID, 60_00), askClaim(t, w, w.ClerkWest, at.ID, 60_00)
			var group sync.WaitGroup
			for _, ref := range []db.CaseRef{a, b} {
				group.Go(func() {
					if err := w.ProposeClaim(ctx, clerk, ref, 60_00, branch(60_00), ""); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
			if claimOf(t, w, a.ID).State == casework.ClaimApproved && claimOf(t, w, b.ID).State == casework.ClaimApproved {
				t.Error("twice 60 yuan at once, both approved by a clerk")
			}
		}
	})
}

func TestWhoMayDoWhatWithAClaim(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		e := caseOf(t, w, w.ClerkWest, fileOf(t, w, "杭州松果用品", w.RepWest).ID, nil)
		shares := []casework.Share{{Bearer: casework.BearerBranch, Amount: 500_00}}
		ready := func(state string) db.CaseRef {
			x := askClaim(t, w, w.ClerkWest, e.ID, 500_00)
			if state == "asked" {
				return x
			}
			if err := w.ProposeClaim(ctx, w.As(t, w.ClerkWest), x, 500_00, shares, ""); err != nil {
				t.Fatal(err)
			}
			if x.Version++; state == "proposed" {
				return x
			}
			if err := w.DecideClaim(ctx, w.As(t, w.BossWest), x, true, ""); err != nil {
				t.Fatal(err)
			}
			x.Version++
			return x
		}
		for _, c := range []struct {
			name, state string
			right       int64
			wrong       map[int64]error
			act         func(policy.Actor, db.CaseRef) error
		}{
			{"propose", "asked", w.ClerkWest, map[int64]error{w.AuditorHead: db.ErrRefused, w.RepWest: db.ErrRefused}, func(a policy.Actor, x db.CaseRef) error { return w.ProposeClaim(ctx, a, x, 500_00, shares, "") }},
			{"decide", "proposed", w.BossWest, map[int64]error{w.AuditorHead: db.ErrRefused, w.ClerkWest: db.ErrRefused}, func(a policy.Actor, x db.CaseRef) error { return w.DecideClaim(ctx, a, x, true, "") }},
			{"pay", "approved", w.ClerkWest, map[int64]error{w.AuditorHead: db.ErrRefused}, func(a policy.Actor, x db.CaseRef) error { return w.PayClaim(ctx, a, x, 1, "2026-11-21", "cash") }},
		} {
			x := ready(c.state)
			c.wrong[w.ClerkEast], c.wrong[w.CourierWest], c.wrong[w.RepWest2] = db.ErrNotFound, db.ErrNotFound, db.ErrNotFound
			for who, want := range c.wrong {
				if err := c.act(w.As(t, who), x); !errors.Is(err, want) {
					t.Errorf("%s by %d: %v, want %v", c.name, who, err, want)
				}
			}
			if err := c.act(w.As(t, c.right), db.CaseRef{ID: x.ID, Version: x.Version + 1}); !errors.Is(err, db.ErrConflict) {
				t.Errorf("%s of a version that is none: %v", c.name, err)
			}
			if err := c.act(w.As(t, c.right), x); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		for who, want := range map[int64]error{w.ClerkEast: db.ErrNotFound, w.AuditorHead: db.ErrRefused, w.CourierWest: db.ErrNotFound} {
			if _, err := w.AskClaim(ctx, w.As(t, who), db.Submission{}, db.Claim{CaseID: e.ID, Asked: 1}); !errors.Is(err, want) {
				t.Errorf("asked by %d: %v, want %v", who, err, want)
			}
		}
		sent := db.Submission{Key: "claim-1"}
		first, err := w.AskClaim(ctx, w.As(t, w.ClerkWest), sent, db.Claim{CaseID: e.ID, Asked: 1})
		if err != nil {
			t.Fatal(err)
		}
		if again, err := w.AskClaim(ctx, w.As(t, w.ClerkWest), sent, db.Claim{CaseID: e.ID, Asked: 1}); err != nil || again != first {
			t.Errorf("sent twice: %d, %v; want %d", again, err, first)
		}
	})
}
