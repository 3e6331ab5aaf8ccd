package db_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/rating"
)

// ratedClient is a client of 城西 with a rep, and a parcel of it that was
// delivered by the branch's courier.
func ratedClient(t *testing.T, w *dbtest.World) (customer, waybill int64) {
	t.Helper()
	customer, err := w.CreateCustomer(context.Background(), w.As(t, w.BossWest), db.Submission{}, db.Customer{BranchID: w.West, Name: "望江贸易", OwnerID: w.RepWest, ClerkID: w.ClerkWest})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Writer(w.DB).Exec(`INSERT INTO waybills (id, number, branch_id, customer_id, deliverer, sent_day, sent_at, signed_at, created_at, updated_at)
		VALUES (8, '302610000000003', $1, $2, '吴快递', '2026-11-18', 0, $3, 0, 0)`, w.West, customer, dbtest.Start.Add(-24*time.Hour).UnixMilli()); err != nil {
		t.Fatal(err)
	}
	return customer, 8
}

const ratingToken = "abcdefghijklmnopqrstuvwxyzabcdef"

func TestALinkIsAnsweredOnceAndTellsAGuesserNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk := context.Background(), w.As(t, w.ClerkWest)
		_, waybill := ratedClient(t, w)
		r, err := w.AskRating(ctx, clerk, db.Submission{}, db.RatingAsk{WaybillID: waybill, Way: rating.Link, Token: ratingToken})
		if err != nil {
			t.Fatal(err)
		}
		if r.Kind != rating.Delivery || r.UserID != w.CourierWest || r.Day != "2026-11-20" || r.ExpiresAt != dbtest.Start.AddDate(0, 0, 14).UnixMilli() {
			t.Errorf("asked %+v", r)
		}
		if o, err := w.OpenLink(ctx, ratingToken); err != nil || o.Branch != "城西网点" || o.Day != "2026-11-20" {
			t.Errorf("the page may say %+v, %v", o, err)
		}
		for _, wrong := range []string{"", "x", ratingToken + "a", strings.ToUpper(ratingToken), db.LinkHash(ratingToken), "' OR 1=1 --"} {
			if _, err := w.OpenLink(ctx, wrong); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("token %q: %v", wrong, err)
			}
			if err := w.AnswerLink(ctx, wrong, db.RatingAnswer{Score: 5}); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("answer by token %q: %v", wrong, err)
			}
		}
		for _, score := range []int64{0, 6, -1} {
			if err := w.AnswerLink(ctx, ratingToken, db.RatingAnswer{Score: score}); !errors.Is(err, db.ErrRefused) {
				t.Errorf("a score of %d: %v", score, err)
			}
		}
		// Twenty tap at once: one is heard.
		var wait sync.WaitGroup
		heard, refused := make(chan bool, 20), make(chan error, 20)
		for range 20 {
			wait.Go(func() {
				switch err := w.AnswerLink(ctx, ratingToken, db.RatingAnswer{Score: 2, Comment: "等了三天", ByQR: true}); {
				case err == nil:
					heard <- true
				case !errors.Is(err, db.ErrNotFound):
					refused <- err
				}
			})
		}
		wait.Wait()
		if len(heard) != 1 || len(refused) != 0 {
			close(refused)
			for err := range refused {
				t.Error(err)
			}
			t.Fatalf("%d answers", len(heard))
		}
		if _, err := w.OpenLink(ctx, ratingToken); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("an answered link: %v", err)
		}
		got, err := w.RatingRow(ctx, clerk.Scope(policy.RatingRead), r.ID)
		if err != nil || got.Score != 2 || !got.Unhappy || got.Way != rating.QR || got.Comment != "等了三天" || got.AnsweredOn != "2026-11-21" {
			t.Errorf("answered %+v, %v", got, err)
		}
		if _, err := w.AskRating(ctx, clerk, db.Submission{}, db.RatingAsk{WaybillID: waybill, Way: rating.Link, Token: "another"}); !errors.Is(err, db.ErrRated) {
			t.Errorf("a parcel asked about again: %v", err)
		}
	})
}

func TestALinkEndsByItsDayByHandAndByANewerOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, rep := context.Background(), w.As(t, w.RepWest)
		customer, waybill := ratedClient(t, w)
		ask := func(token string, a db.RatingAsk) db.Rating {
			t.Helper()
			a.Way, a.Token = rating.Link, token
			r, err := w.AskRating(ctx, rep, db.Submission{}, a)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		dead := func(token, why string) {
			t.Helper()
			if _, err := w.OpenLink(ctx, token); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("%s: opened, %v", why, err)
			}
			if err := w.AnswerLink(ctx, token, db.RatingAnswer{Score: 5}); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("%s: answered, %v", why, err)
			}
		}
		first := ask("first", db.RatingAsk{WaybillID: waybill})
		general := ask("general", db.RatingAsk{CustomerID: customer})
		ask("second", db.RatingAsk{WaybillID: waybill})
		dead("first", "a newer link about the same parcel")
		if _, err := w.OpenLink(ctx, "general"); err != nil {
			t.Errorf("a link about something else has ended: %v", err)
		}
		for name, c := range map[string]struct {
			by   int64
			want error
		}{"another branch's clerk": {w.ClerkEast, db.ErrNotFound}, "another rep": {w.RepWest2, db.ErrNotFound}, "the rep": {w.RepWest, nil}, "twice": {w.RepWest, db.ErrConflict}} {
			if name == "twice" || name == "the rep" {
				continue
			}
			if err := w.RevokeRating(ctx, w.As(t, c.by), general.ID); !errors.Is(err, c.want) {
				t.Errorf("%s takes it back: %v", name, err)
			}
		}
		if err := w.RevokeRating(ctx, rep, general.ID); err != nil {
			t.Fatal(err)
		}
		dead("general", "taken back")
		if err := w.RevokeRating(ctx, rep, general.ID); !errors.Is(err, db.ErrConflict) {
			t.Errorf("taken back twice: %v", err)
		}
		w.Clock.Move(14*24*time.Hour - time.Millisecond)
		if _, err := w.OpenLink(ctx, "second"); err != nil {
			t.Errorf("in its last moment: %v", err)
		}
		w.Clock.Move(time.Millisecond)
		dead("second", "past its day")
		if r, err := w.RatingRow(ctx, rep.Scope(policy.RatingRead), first.ID); err != nil || r.RevokedAt == 0 {
			t.Errorf("the former link is %+v, %v", r, err)
		}
	})
}

func TestWhoMayAskWhom(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		customer, waybill := ratedClient(t, w)
		for name, c := range map[string]struct {
			by   int64
			want error
		}{"the courier of the branch": {w.CourierWest, nil}, "the client's rep": {w.RepWest, nil}, "another rep": {w.RepWest2, db.ErrNotFound},
			"another branch's clerk": {w.ClerkEast, db.ErrNotFound}, "the auditor": {w.AuditorHead, db.ErrNotFound}} {
			for _, a := range []db.RatingAsk{{CustomerID: customer}, {WaybillID: waybill}, {Number: "302610000000003"}} {
				a.Way, a.Token = rating.Link, name+a.Number+string(rune('a'+a.CustomerID%7))+string(rune('a'+a.WaybillID))
				if _, err := w.AskRating(ctx, w.As(t, c.by), db.Submission{}, a); !errors.Is(err, c.want) {
					t.Errorf("%s asks %+v: %v", name, a, err)
				}
			}
			if _, err := w.LogCall(ctx, w.As(t, c.by), db.Submission{}, db.RatingCall{CustomerID: customer, Score: 4}); !errors.Is(err, c.want) {
				t.Errorf("%s logs a call: %v", name, err)
			}
		}
	})
}

// casesOf are the cases of a client that a person sees.
func casesOf(t *testing.T, w *dbtest.World, who, customer int64) []db.CaseRow {
	t.Helper()
	page, err := w.Cases(context.Background(), w.As(t, who), db.CaseFilter{CustomerID: customer, Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	return page.Rows
}

func TestAnUnhappyAnswerOpensOneCase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, courier := context.Background(), w.As(t, w.CourierWest)
		customer, waybill := ratedClient(t, w)
		if _, err := w.AskRating(ctx, courier, db.Submission{}, db.RatingAsk{WaybillID: waybill, Way: rating.Link, Token: ratingToken}); err != nil {
			t.Fatal(err)
		}
		if err := w.AnswerLink(ctx, ratingToken, db.RatingAnswer{Score: 9}); !errors.Is(err, db.ErrRefused) {
			t.Fatal(err)
		}
		if n := len(casesOf(t, w, w.BossWest, customer)); n != 0 {
			t.Fatalf("a refused answer opened %d cases", n)
		}
		if err := w.AnswerLink(ctx, ratingToken, db.RatingAnswer{Score: 1, Comment: "等了三天"}); err != nil {
			t.Fatal(err)
		}
		if err := w.AnswerLink(ctx, ratingToken, db.RatingAnswer{Score: 1, Comment: "等了三天"}); !errors.Is(err, db.ErrNotFound) {
			t.Fatal(err)
		}
		list := casesOf(t, w, w.BossWest, customer)
		if len(list) != 1 {
			t.Fatalf("%d cases of one unhappy answer", len(list))
		}
		c := list[0]
		if c.Kind != casework.Complaint || c.Channel != casework.Program || c.BranchID != w.West || c.Said != "等了三天" || c.Step != casework.Accept || c.CreatedBy != 0 || c.WaybillCount != 1 || c.SolveDue == 0 {
			t.Errorf("the case is %+v", c)
		}
		events, err := w.CaseEvents(ctx, c.ID)
		if err != nil || len(events) != 2 || events[0].Kind != "rated" || events[0].Args["score"] != "1" || events[1].Kind != "opened" {
			t.Errorf("its history: %+v, %v", events, err)
		}
		todos, _, err := w.Todos(ctx, w.As(t, w.ClerkWest), db.TodoFilter{Customer: customer})
		if err != nil || len(todos) != 1 || todos[0].Kind != db.TodoNewCase {
			t.Errorf("who is told: %+v, %v", todos, err)
		}
		// The courier hands the own device over and reads nothing of what was said.
		r, err := w.AskRating(ctx, courier, db.Submission{}, db.RatingAsk{CustomerID: customer, Way: rating.OwnDevice})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.AnswerOwn(ctx, courier, r.ID, db.RatingAnswer{Score: 2, Comment: "快递员态度差"}); err != nil {
			t.Fatal(err)
		}
		if list = casesOf(t, w, w.BossWest, customer); len(list) != 2 {
			t.Fatalf("%d cases of two unhappy answers", len(list))
		}
		for _, c := range list {
			if _, err := w.Case(ctx, courier, c.ID); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("the courier reads case %q: %v", c.Said, err)
			}
		}
		// A call opens one, too, once however often it is sent; a happy one none.
		call := db.RatingCall{CustomerID: customer, Score: 2, Comment: "没人回电"}
		for range 2 {
			if _, err := w.LogCall(ctx, w.As(t, w.ClerkWest), db.Submission{Key: "call"}, call); err != nil {
				t.Fatal(err)
			}
		}
		call.Score = 3
		if _, err := w.LogCall(ctx, w.As(t, w.ClerkWest), db.Submission{}, call); err != nil {
			t.Fatal(err)
		}
		if n := len(casesOf(t, w, w.BossWest, customer)); n != 3 {
			t.Errorf("%d cases of three unhappy answers and a middling one", n)
		}
		// A parcel of nobody on file: its branch handles it.
		if _, err := db.Writer(w.DB).Exec(`INSERT INTO waybills (id, number, branch_id, sent_day, sent_at, created_at, updated_at) VALUES (9, '302610000000016', $1, '2026-11-18', 0, 0, 0)`, w.West); err != nil {
			t.Fatal(err)
		}
		if _, err := w.AskRating(ctx, courier, db.Submission{}, db.RatingAsk{WaybillID: 9, Way: rating.Link, Token: "nobody"}); err != nil {
			t.Fatal(err)
		}
		if err := w.AnswerLink(ctx, "nobody", db.RatingAnswer{Score: 1}); err != nil {
			t.Fatal(err)
		}
		if n := len(casesOf(t, w, w.BossWest, 0)); n != 4 {
			t.Errorf("%d cases with that of nobody on file", n)
		}
	})
}

func TestTheDeviceHandedOverIsOfWhoHandedItOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, courier := context.Background(), w.As(t, w.CourierWest)
		customer, waybill := ratedClient(t, w)
		sent := db.Submission{Key: "once"}
		r, err := w.AskRating(ctx, courier, sent, db.RatingAsk{WaybillID: waybill, Way: rating.OwnDevice})
		if err != nil || r.UserID != w.CourierWest || r.CustomerID != customer {
			t.Fatalf("%+v, %v", r, err)
		}
		if again, err := w.AskRating(ctx, courier, sent, db.RatingAsk{WaybillID: waybill, Way: rating.OwnDevice}); err != nil || again.ID != r.ID {
			t.Errorf("sent twice: %d and %d, %v", r.ID, again.ID, err)
		}
		if err := w.AnswerLink(ctx, "", db.RatingAnswer{Score: 5}); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("no token opens what has none: %v", err)
		}
		if err := w.AnswerOwn(ctx, w.As(t, w.BossWest), r.ID, db.RatingAnswer{Score: 5}); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("answered by somebody else: %v", err)
		}
		w.Clock.Move(61 * time.Minute)
		if err := w.AnswerOwn(ctx, courier, r.ID, db.RatingAnswer{Score: 5}); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("an hour later: %v", err)
		}
		if r, err = w.AskRating(ctx, courier, db.Submission{}, db.RatingAsk{WaybillID: waybill, Way: rating.OwnDevice}); err != nil {
			t.Fatal(err)
		}
		if err := w.AnswerOwn(ctx, courier, r.ID, db.RatingAnswer{Score: 5}); err != nil {
			t.Fatal(err)
		}
		if err := w.AnswerOwn(ctx, courier, r.ID, db.RatingAnswer{Score: 1}); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("answered twice: %v", err)
		}
	})
}

func TestFiguresOfRatingsAreThoseOfTheirLists(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		customer, _ := ratedClient(t, w)
		other, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: "另一位", OwnerID: w.RepWest2})
		if err != nil {
			t.Fatal(err)
		}
		for i, score := range []int64{5, 4, 3, 2, 1, 5} {
			to := customer
			if i == 5 {
				to = other
			}
			if _, err := w.LogCall(ctx, boss, db.Submission{}, db.RatingCall{CustomerID: to, Score: score, Comment: strings.Repeat("慢", i%2)}); err != nil {
				t.Fatal(err)
			}
		}
		scope := boss.Scope(policy.RatingRead)
		for _, by := range []string{db.RatedTogether, db.RatedByBranch, db.RatedByPerson, db.RatedByCustomer, db.RatedByMonth, db.RatedByKind, db.RatedByClass} {
			list, err := w.RatingFigures(ctx, scope, by, db.RatingFilter{From: "2026-11-01", To: "2026-11-30"}, 100)
			if err != nil {
				t.Fatal(by, err)
			}
			n := int64(0)
			for _, x := range list {
				n += x.N
				f := db.RatingFilter{From: "2026-11-01", To: "2026-11-30", Limit: 1000}
				id := db.ParseID(x.Key)
				switch by {
				case db.RatedByBranch:
					f.BranchID = id
				case db.RatedByPerson:
					f.UserID = &id
				case db.RatedByCustomer:
					if f.CustomerID = id; x.Name == "" {
						t.Errorf("a client without a name: %+v", x)
					}
				case db.RatedByKind:
					f.Kind = x.Key
				case db.RatedByClass:
					f.Class = &x.Key
				}
				rows, _, err := w.Ratings(ctx, scope, f)
				if err != nil || int64(len(rows)) != x.N {
					t.Errorf("%s %q: figure %d, list %d, %v", by, x.Key, x.N, len(rows), err)
				}
			}
			if n != 6 {
				t.Errorf("by %s there are %d answers", by, n)
			}
		}
		all, err := w.RatingFigures(ctx, scope, db.RatedTogether, db.RatingFilter{}, 1)
		if err != nil || len(all) != 1 || all[0].Good != 3 || all[0].Unhappy != 2 || all[0].Total != 20 {
			t.Errorf("together %+v, %v", all, err)
		}
		// The rep sees the own client's, another branch nothing.
		for user, want := range map[int64]int{w.RepWest: 5, w.RepWest2: 1, w.BossEast: 0, w.ClerkWest: 6, w.Chief: 6, w.CourierWest: 0} {
			rows, _, err := w.Ratings(ctx, w.As(t, user).Scope(policy.RatingRead), db.RatingFilter{})
			if err != nil || len(rows) != want {
				t.Errorf("person %d sees %d answers, want %d, %v", user, len(rows), want, err)
			}
		}
		first, more, err := w.Ratings(ctx, scope, db.RatingFilter{Limit: 4})
		if err != nil || !more || len(first) != 4 {
			t.Fatalf("%d rows, %v, %v", len(first), more, err)
		}
		rest, more, err := w.Ratings(ctx, scope, db.RatingFilter{Limit: 4, Before: db.RatingKey{Day: first[3].AnsweredOn, ID: first[3].ID}})
		if err != nil || more || len(rest) != 2 {
			t.Errorf("the second page has %d rows, %v, %v", len(rest), more, err)
		}
		clients, err := w.RatedClients(ctx, scope, db.RatingFilter{}, 100)
		if err != nil || len(clients) != 2 || clients[0].N+clients[1].N != 6 {
			t.Errorf("clients %+v, %v", clients, err)
		}
		// Who is in the bin counts nowhere, and counts again afterwards.
		c, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), other)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.DeleteCustomer(ctx, w.As(t, w.BossWest), other, c.Version); err != nil {
			t.Fatal(err)
		}
		if rows, _, err := w.Ratings(ctx, scope, db.RatingFilter{}); err != nil || len(rows) != 5 {
			t.Errorf("with a client in the bin %d, %v", len(rows), err)
		}
	})
}
