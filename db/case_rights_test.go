package db_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/consent"
)

func TestThePersonsCopyHoldsWhatACaseHolds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		e := caseOf(t, w, w.ClerkWest, c.ID, func(n *db.NewCase) {
			n.Channel, n.Ticket, n.Waybills, n.Photos = casework.Postal, "12305-77", []string{"302610000000003"}, []db.CasePhoto{{Hash: "aa", Thumb: "ab"}}
		})
		if err := w.NoteCase(ctx, w.As(t, w.ClerkWest), e.ID, "茶叶是送人的"); err != nil {
			t.Fatal(err)
		}
		askClaim(t, w, w.ClerkWest, e.ID, 150_00)
		other := caseOf(t, w, w.ClerkWest, fileOf(t, w, "杭州竹海茶叶", w.RepWest2).ID, func(n *db.NewCase) {
			n.Waybills, n.Photos = []string{"302610000000016"}, []db.CasePhoto{{Hash: "ba", Thumb: "bb"}}
		})
		askClaim(t, w, w.ClerkWest, other.ID, 10_00)
		id, err := w.OpenRequest(ctx, boss, db.Submission{}, db.Request{CustomerID: c.ID, Kind: consent.Copy, Channel: "phone", ReceivedOn: "2026-11-20", Asked: "要一份"})
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.CopyPerson(ctx, boss, id)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Cases) != 1 || got.Cases[0].Ticket != "12305-77" || !slices.Equal(got.Parcels[e.ID], []string{"302610000000003"}) || len(got.Parcels) != 1 {
			t.Errorf("cases: %+v %v", got.Cases, got.Parcels)
		}
		if len(got.CaseNotes) != 1 || got.CaseNotes[0].Note != "茶叶是送人的" || len(got.Claims) != 1 || got.Claims[0].Asked != 150_00 || got.Claims[0].Note != "茶叶压碎" {
			t.Errorf("what was written: %+v %+v", got.CaseNotes, got.Claims)
		}
		if len(got.Photos) != 1 || got.Photos[0] != (db.CopiedPhoto{Day: "2026-11-21", Hash: "aa"}) {
			t.Errorf("photos: %+v", got.Photos)
		}
		if u, err := w.DataUse(ctx, boss.Scope(policy.CustomerRights), c.ID); err != nil || u.Photos != 1 || u.Cases != 1 {
			t.Errorf("what is held: %+v, %v", u, err)
		}
	})
}

func TestACaseIsEndedByClosingAndNotByTheBin(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk := context.Background(), w.As(t, w.ClerkWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		mine, theirs := caseOf(t, w, w.ClerkWest, c.ID, nil), caseOf(t, w, w.BossWest, c.ID, nil)
		if err := w.DeleteCase(ctx, clerk, theirs.ID, theirs.Version); !errors.Is(err, db.ErrRefused) {
			t.Errorf("what a colleague registered: %v", err)
		}
		if !w.MayDeleteCase(clerk, mine) || w.MayDeleteCase(clerk, theirs) {
			t.Error("the page offers another thing than the act does")
		}
		if err := w.DeleteCase(ctx, clerk, mine.ID, mine.Version); err != nil {
			t.Errorf("registered by mistake: %v", err)
		}
		if err := w.RestoreCase(ctx, clerk, mine.ID); err != nil {
			t.Fatal(err)
		}
		if mine = readCase(t, w, mine.ID); w.MayDeleteCase(clerk, mine) {
			t.Error("once more")
		}
		if err := w.DeleteCase(ctx, clerk, mine.ID, mine.Version); !errors.Is(err, db.ErrRefused) {
			t.Errorf("what was worked on: %v", err)
		}
		if err := w.DeleteCase(ctx, w.As(t, w.BossWest), mine.ID, mine.Version); err != nil {
			t.Errorf("by who gives cases out: %v", err)
		}
	})
}
