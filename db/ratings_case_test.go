package db_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/rating"
)

// closedCase is a question of a client that was answered and closed.
func closedCase(t *testing.T, w *dbtest.World, customer int64) db.CaseRow {
	t.Helper()
	ctx, clerk := context.Background(), w.As(t, w.ClerkWest)
	c := caseOf(t, w, w.ClerkWest, customer, func(in *db.NewCase) { in.Kind, in.UserID = casework.Consultation, w.ClerkWest })
	if _, err := w.TellCase(ctx, clerk, refOf(c), db.CaseTold{How: "phone", Result: "派到了", Satisfied: casework.Satisfied, Close: true}); err != nil {
		t.Fatal(err)
	}
	if c = readCase(t, w, c.ID); c.Step != casework.Closed {
		t.Fatalf("the case stands at %s", c.Step)
	}
	return c
}

func TestACaseIsRatedOnceItIsClosed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk := context.Background(), w.As(t, w.ClerkWest)
		customer, _ := ratedClient(t, w)
		c := caseOf(t, w, w.ClerkWest, customer, func(in *db.NewCase) { in.Kind, in.UserID = casework.Consultation, w.ClerkWest })
		about := db.RatingAsk{CaseID: c.ID, Way: rating.Link, Token: "first"}
		if _, err := w.AskRating(ctx, clerk, db.Submission{}, about); !errors.Is(err, db.ErrCaseStop) {
			t.Errorf("a case on which somebody works: %v", err)
		}
		if s, err := w.RatedSubject(ctx, clerk, about); err != nil || !s.Open || s.Code != c.Code {
			t.Errorf("what the page says: %+v, %v", s, err)
		}
		if _, err := w.TellCase(ctx, clerk, refOf(c), db.CaseTold{How: "phone", Result: "派到了", Satisfied: casework.Satisfied, Close: true}); err != nil {
			t.Fatal(err)
		}
		for name, by := range map[string]int64{"another branch's clerk": w.ClerkEast, "another rep": w.RepWest2, "the courier, who reads no case": w.CourierWest, "the auditor": w.AuditorHead} {
			if _, err := w.AskRating(ctx, w.As(t, by), db.Submission{}, db.RatingAsk{CaseID: c.ID, Way: rating.Link, Token: name}); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("%s asks about the case: %v", name, err)
			}
			if _, err := w.LogCall(ctx, w.As(t, by), db.Submission{}, db.RatingCall{CaseID: c.ID, Score: 1}); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("%s logs a call about the case: %v", name, err)
			}
		}
		r, err := w.AskRating(ctx, clerk, db.Submission{}, about)
		if err != nil || r.Kind != rating.Case || r.CaseID != c.ID || r.CustomerID != customer || r.BranchID != w.West || r.UserID != w.ClerkWest || r.Day != "2026-11-21" {
			t.Fatalf("asked %+v, %v", r, err)
		}
		if err := w.AnswerLink(ctx, "first", db.RatingAnswer{Score: 5}); err != nil {
			t.Fatal(err)
		}
		if kinds := kindsOf(t, w, c.ID); kinds[len(kinds)-1] != "rated" {
			t.Errorf("the answer does not stand on the case: %v", kinds)
		}
		if list, err := w.RatingsAbout(ctx, clerk.Scope(policy.RatingAsk), 0, 0, c.ID); err != nil || len(list) != 1 || list[0].Score != 5 || list[0].LedTo != 0 {
			t.Errorf("the answers of the case: %+v, %v", list, err)
		}
		about.Token = "second"
		if _, err := w.AskRating(ctx, clerk, db.Submission{}, about); !errors.Is(err, db.ErrRated) {
			t.Errorf("asked again: %v", err)
		}
		// Opened and closed again it is another time that one may ask about.
		if err := w.ReopenCase(ctx, clerk, refOf(readCase(t, w, c.ID)), "又没到"); err != nil {
			t.Fatal(err)
		}
		w.Clock.Move(time.Hour)
		if _, err := w.TellCase(ctx, clerk, refOf(readCase(t, w, c.ID)), db.CaseTold{How: "phone", Result: "到了", Satisfied: casework.Satisfied, Close: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.AskRating(ctx, clerk, db.Submission{}, about); err != nil {
			t.Errorf("asked after it was closed again: %v", err)
		}
	})
}

func TestAnUnhappyAnswerAboutACaseOpensAnotherOrGoesOnInIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk := context.Background(), w.As(t, w.ClerkWest)
		customer, _ := ratedClient(t, w)
		c := closedCase(t, w, customer)
		if _, err := w.AskRating(ctx, clerk, db.Submission{}, db.RatingAsk{CaseID: c.ID, Way: rating.Link, Token: "link"}); err != nil {
			t.Fatal(err)
		}
		if err := w.AnswerLink(ctx, "link", db.RatingAnswer{Score: 1, Comment: "还是没到"}); err != nil {
			t.Fatal(err)
		}
		list, err := w.RatingsAbout(ctx, clerk.Scope(policy.RatingAsk), 0, 0, c.ID)
		if err != nil || len(list) != 1 || list[0].LedTo == 0 {
			t.Fatalf("the answer names no case: %+v, %v", list, err)
		}
		again := readCase(t, w, list[0].LedTo)
		if again.Channel != casework.Program || again.CauseID != c.CauseID || again.Said != "还是没到" || again.CustomerID != customer || again.Step != casework.Accept {
			t.Errorf("the case that was opened: %+v", again.Case)
		}
		events, err := w.CaseEvents(ctx, again.ID)
		if err != nil || events[0].Kind != "rated" || events[0].Args["case"] != c.Code {
			t.Errorf("it does not say what it is about: %+v, %v", events, err)
		}
		if now := readCase(t, w, c.ID); now.Step != casework.Closed || now.Version != c.Version {
			t.Errorf("the first case was touched: %+v", now.Case)
		}
		// In a call about an open case nothing is opened beside it.
		if _, err := w.LogCall(ctx, clerk, db.Submission{}, db.RatingCall{CaseID: again.ID, Score: 1}); err != nil {
			t.Fatal(err)
		}
		if n := len(casesOf(t, w, w.BossWest, customer)); n != 1 {
			t.Errorf("%d open cases", n)
		}
		if kinds := kindsOf(t, w, again.ID); kinds[len(kinds)-1] != "rated" {
			t.Errorf("the open case does not know: %v", kinds)
		}
	})
}

// Many who ask about the same at once leave one question that stands.
func TestOfQuestionsAskedAtOnceOneStands(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk := context.Background(), w.As(t, w.ClerkWest)
		customer, waybill := ratedClient(t, w)
		c := closedCase(t, w, customer)
		for name, about := range map[string]db.RatingAsk{"parcel": {WaybillID: waybill}, "client": {CustomerID: customer}, "case": {CaseID: c.ID}} {
			var wait sync.WaitGroup
			for i := range 12 {
				wait.Go(func() {
					ask := about
					ask.Way, ask.Token = rating.Link, name+strconv.Itoa(i)
					if _, err := w.AskRating(ctx, clerk, db.Submission{}, ask); err != nil {
						t.Errorf("%s %d: %v", name, i, err)
					}
				})
			}
			wait.Wait()
			stand := 0
			for i := range 12 {
				if _, err := w.OpenLink(ctx, name+strconv.Itoa(i)); err == nil {
					stand++
				}
			}
			if stand != 1 {
				t.Errorf("%d links about one %s stand", stand, name)
			}
		}
	})
}

func TestWhatWasSaidOfAParcelFollowsIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		customer, _ := ratedClient(t, w)
		exec := func(query string, args ...any) {
			t.Helper()
			if _, err := db.Writer(w.DB).Exec(query, args...); err != nil {
				t.Fatal(err)
			}
		}
		exec(`INSERT INTO waybill_senders (id, branch_id, key, name, waybills, created_at, updated_at) VALUES (5, $1, 'k', '散客', 1, 0, 0)`, w.West)
		exec(`INSERT INTO waybills (id, number, branch_id, sender_id, sent_day, sent_at, created_at, updated_at) VALUES (9, '302610000000016', $1, 5, '2026-11-18', 0, 0, 0)`, w.West)
		if _, err := w.AskRating(ctx, boss, db.Submission{}, db.RatingAsk{WaybillID: 9, Way: rating.Link, Token: "link"}); err != nil {
			t.Fatal(err)
		}
		if err := w.AnswerLink(ctx, "link", db.RatingAnswer{Score: 5}); err != nil {
			t.Fatal(err)
		}
		count := func(what string, want int) {
			t.Helper()
			list, _, err := w.Ratings(ctx, boss.Scope(policy.RatingRead), db.RatingFilter{CustomerID: customer})
			if err != nil || len(list) != want {
				t.Errorf("%s: %d answers of the client, %v", what, len(list), err)
			}
			if all, _, err := w.Ratings(ctx, boss.Scope(policy.RatingRead), db.RatingFilter{}); err != nil || len(all) != 1 {
				t.Errorf("%s: %d answers in all, %v", what, len(all), err)
			}
		}
		exec(`INSERT INTO archived (id, kind, row_id, day, body, rule_version, archived_at) SELECT 9, 'ratings', id, day, '{}', 1, 0 FROM ratings WHERE waybill_id = 9`)
		archived := func(what string, want int64) {
			t.Helper()
			var of int64
			if err := w.RawRow(`SELECT coalesce(customer_id, 0) FROM archived WHERE id = 9`).Scan(&of); err != nil || of != want {
				t.Errorf("%s: what is archived of it is client %d's, %v; want %d", what, of, err, want)
			}
		}
		count("of nobody", 0)
		if _, err := w.AttachSender(ctx, boss, 5, 0, customer); err != nil {
			t.Fatal(err)
		}
		count("attached", 1)
		archived("attached", customer)
		if err := w.DetachSender(ctx, boss, 5); err != nil {
			t.Fatal(err)
		}
		count("detached", 0)
		archived("detached", 0)
	})
}
