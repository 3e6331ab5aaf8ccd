package db_test

import (
	"context"
	"errors"
	"slices"
	"strings"
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

// The list of clients asks for those with an open case, and the history of one
// names its cases.
func TestCasesAreSeenFromTheClient(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		c, o := fileOf(t, w, "杭州松果用品", w.RepWest), fileOf(t, w, "杭州竹海茶叶", w.RepWest2)
		e := caseOf(t, w, w.ClerkWest, c.ID, nil)
		caseOf(t, w, w.ClerkWest, 0, nil) // of nobody
		listed := func(want ...int64) {
			t.Helper()
			p, err := w.Customers(ctx, boss.Scope(policy.CustomerRead), db.CustomerFilter{Cases: true})
			var got []int64
			for _, x := range p.Rows {
				got = append(got, x.ID)
			}
			if err != nil || !slices.Equal(got, want) || int(p.Count) != len(want) {
				t.Errorf("with an open case: %v, %d, %v; want %v", got, p.Count, err, want)
			}
		}
		listed(c.ID)
		for _, with := range []bool{true, false} {
			p, err := w.Customers(ctx, boss.Scope(policy.CustomerRead), db.CustomerFilter{WithCases: with})
			if err != nil || len(p.Rows) == 0 {
				t.Fatal(err)
			}
			for _, x := range p.Rows {
				if want := int64(0); with && x.ID == c.ID && x.Cases != 1 || (!with || x.ID != c.ID) && x.Cases != want {
					t.Errorf("open cases of %s, asked for %v: %d", x.Name, with, x.Cases)
				}
			}
		}
		if codes, err := w.CaseCodes(ctx, c.ID, []int64{e.ID, 77}); err != nil || len(codes) != 1 || codes[e.ID] != e.Code {
			t.Errorf("codes: %v, %v", codes, err)
		}
		if codes, err := w.CaseCodes(ctx, o.ID, []int64{e.ID}); err != nil || len(codes) != 0 {
			t.Errorf("another client's: %v, %v", codes, err)
		}
		askClaim(t, w, w.ClerkWest, e.ID, 150_00)
		if got, err := w.CaseClient(ctx, boss, c); err != nil || len(got.Open) != 1 || got.Complaints != 1 || got.Claims != 1 || got.Asked != 150_00 || got.Agreed != 0 {
			t.Errorf("the card: %+v, %v", got, err)
		}
		setCasework(t, w, casework.Rule{Assign: casework.Default().Assign, Times: 20, Days: 30, Measures: 7})
		if _, err := w.TellCase(ctx, boss, refOf(e), db.CaseTold{How: "phone", Result: "派到了", Satisfied: casework.Satisfied, Close: true}); err != nil || readCase(t, w, e.ID).Step != casework.Closed {
			t.Fatal(err)
		}
		listed()
	})
}

func TestAClaimHasItsOwnEvidence(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk := context.Background(), w.As(t, w.ClerkWest)
		e := caseOf(t, w, w.ClerkWest, fileOf(t, w, "杭州松果用品", w.RepWest).ID, nil)
		first := db.CasePhoto{Hash: "aa", Thumb: "ab"}
		id, err := w.AskClaim(ctx, clerk, db.Submission{}, db.Claim{CaseID: e.ID, Asked: 50_00, Note: "茶叶压碎"}, first)
		if err != nil {
			t.Fatal(err)
		}
		x, more := db.CaseRef{ID: id, Version: 1}, db.CasePhoto{Hash: "ba", Thumb: "bb"}
		for who, want := range map[int64]error{w.AuditorHead: db.ErrRefused, w.ClerkEast: db.ErrNotFound} {
			if err := w.ProveClaim(ctx, w.As(t, who), x, []db.CasePhoto{more}); !errors.Is(err, want) {
				t.Errorf("by %d: %v, want %v", who, err, want)
			}
		}
		if err := w.ProveClaim(ctx, clerk, x, nil); !errors.Is(err, db.ErrRefused) {
			t.Errorf("nothing at all: %v", err)
		}
		if err := w.ProveClaim(ctx, clerk, x, []db.CasePhoto{more}); err != nil {
			t.Fatal(err)
		}
		if err := w.ProveClaim(ctx, clerk, x, []db.CasePhoto{{Hash: "ca", Thumb: "cb"}}); !errors.Is(err, db.ErrConflict) {
			t.Errorf("of an older version: %v", err)
		}
		if got, err := w.ClaimPhotos(ctx, id); err != nil || !slices.Equal(got, []db.CasePhoto{first, more}) {
			t.Errorf("pictures: %+v, %v", got, err)
		}
		if r := readCase(t, w, e.ID); r.PhotoCount != 0 {
			t.Error("they hang on the case as well")
		}
		x.Version = 2
		if err := w.ProposeClaim(ctx, clerk, x, 50_00, []casework.Share{{Bearer: casework.BearerBranch, Amount: 50_00}}, ""); err != nil {
			t.Fatal(err)
		}
		x.Version = 3
		if err := w.PayClaim(ctx, clerk, x, 50_00, "2026-11-21", "cash"); err != nil {
			t.Fatal(err)
		}
		x.Version = 4
		if err := w.ProveClaim(ctx, clerk, x, []db.CasePhoto{{Hash: "ca", Thumb: "cb"}}); !errors.Is(err, db.ErrConflict) {
			t.Errorf("of a paid one: %v", err)
		}
	})
}

// What was noted of a case while nobody knew whose it is, is sealed, read again,
// and gone with the client that it turns out to be.
func TestBeforeImagesOfAStrangersCaseAreSealedAndErasedWithTheClient(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk := context.Background(), w.As(t, w.ClerkWest)
		id, err := w.OpenCase(ctx, clerk, db.Submission{}, db.NewCase{Case: db.Case{Kind: casework.Complaint, Channel: casework.Phone, Severity: casework.Minor, Caller: "鹮先生", CallerPhone: "13912349876", Said: "鹮家的件湿了"}})
		if err != nil {
			t.Fatal(err)
		}
		c := caseAt(t, w, id)
		c.Caller, c.Said = "鹮女士", "鹮家的件没湿"
		if err := w.EditCase(ctx, clerk, c, nil, nil, nil); err != nil {
			t.Fatal(err)
		}
		stored := func() (out string) {
			t.Helper()
			rows, err := db.Writer(w.DB).Query(`SELECT fields FROM changes WHERE entity = 'cases' AND row_id = $1`, id)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			for rows.Next() {
				var text string
				if err := rows.Scan(&text); err != nil {
					t.Fatal(err)
				}
				out += text
			}
			return out
		}
		if text := stored(); !strings.Contains(text, `"s":`) || strings.Contains(text, "鹮") {
			t.Errorf("before-images: %s", text)
		}
		var keys int
		if err := db.Writer(w.DB).QueryRow(`SELECT COUNT(*) FROM customer_keys WHERE customer_id = $1 AND erased_at = 0`, id).Scan(&keys); err != nil || keys != 1 {
			t.Errorf("%d keys of it, %v", keys, err)
		}
		client := fileOf(t, w, "朱鹮食品", w.RepWest)
		if err := w.AttachCase(ctx, w.As(t, w.BossWest), id, 0, client.ID); err != nil {
			t.Fatal(err)
		}
		q := askErasure(t, w, client.ID, 0)
		if _, err := w.ConfirmErasure(ctx, w.As(t, w.RegionZJ), q.ID, q.Version); err != nil {
			t.Fatal(err)
		}
		if err := db.Writer(w.DB).QueryRow(`SELECT COUNT(*) FROM customer_keys WHERE customer_id = $1 AND erased_at = 0`, id).Scan(&keys); err != nil || keys != 0 {
			t.Errorf("after the erasure %d keys of it, %v", keys, err)
		}
	})
}
