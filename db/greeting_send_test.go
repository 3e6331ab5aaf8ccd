package db_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/message"
)

// The guide after the first parcel goes out by itself; the call stays to be
// made, and the use of the offer is written down.
func TestAfterTheGuideTheCallIsStillToBeMade(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		w.Clock.Set(time.Date(2026, 12, 29, 10, 0, 0, 0, db.Zone))
		switchOn(t, w, message.SMS, gateway)
		customer, contact := greetee(t, w, db.Customer{Name: "甲公司", Class: "A"}, db.Contact{Name: "王静", Phones: []string{"13800002000"}})
		sweepGreetings(t, w, "2026-12-29", 1)
		id := greetingsOf(t, w, customer)[0].ID
		if _, err := db.Writer(w.DB).Exec(`UPDATE greetings SET occasion = 'first_parcel', means = 'call sms', offer = '下一单减 5 元', offer_fen = 500, offer_until = '2027-01-31' WHERE id = $1`, id); err != nil {
			t.Fatal(err)
		}
		read := func() db.GreetingRow {
			t.Helper()
			g, err := w.Greeting(ctx, boss, policy.GreetingRead, id)
			if err != nil {
				t.Fatal(err)
			}
			return g
		}
		o, _ := message.OccasionOf(message.Written(message.FirstParcel, message.SMS))
		want := db.Wanted{CustomerID: customer, ContactID: contact, For: []message.Occasion{o}, Channel: message.SMS, Day: read().Day, Today: "2026-12-29", Person: "王店长"}
		plain, err := w.Word(ctx, want)
		if err != nil || strings.Contains(plain.Message.Body, "优惠") || !strings.Contains(plain.Message.Body, "保价") {
			t.Fatalf("the guide without an offer: %+v, %v", plain.Message, err)
		}
		want.Offer = message.Offered("下一单减 5 元", day.MustParse("2027-01-31"))
		guide, err := w.Word(ctx, want)
		if err != nil || !strings.Contains(guide.Message.Body, "下一单减 5 元，1月31日前有效") {
			t.Fatalf("the guide with the offer: %+v, %v", guide.Message, err)
		}
		send := func() error {
			return w.SendGreeting(ctx, boss, db.GreetingSend{ID: id, Version: read().Version, Words: guide, Again: true})
		}
		if err := send(); err != nil {
			t.Fatal(err)
		}
		taken, _, err := w.TakeLetters(ctx, message.SMS, "n", time.Minute)
		if err != nil || len(taken) != 1 || taken[0].GreetingID != id {
			t.Fatal(taken, err)
		}
		if err := w.SettleLetter(ctx, greetSystem, "n", taken[0], db.Fate{State: db.LetterSent}, false); err != nil {
			t.Fatal(err)
		}
		if g := read(); g.State != db.GreetingOpen || g.Letter.State != db.LetterSent {
			t.Errorf("after the guide: %s %s", g.State, g.Letter.State)
		}
		if err := send(); !errors.Is(err, db.ErrConflict) {
			t.Errorf("the guide a second time: %v", err)
		}
		if err := w.DoGreeting(ctx, boss, id, read().Version, db.GreetingDoneAs{By: "call", Result: "都满意"}); err != nil {
			t.Fatal(err)
		}
		if err := w.UseOffer(ctx, boss, id, read().Version, "2026-12-29"); err != nil {
			t.Fatal(err)
		}
		if g := read(); g.OfferUsed != "2026-12-29" || g.State != db.GreetingDone {
			t.Errorf("%+v", g.Greeting)
		}
	})
}

// The numbers of a day: a person's, a branch's, a channel's; what would wait
// beyond its day comes back at once.
func TestTheNumbersOfADay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		switchOn(t, w, message.SMS, gateway)
		set := func(branch int64, value string) {
			t.Helper()
			if _, err := w.SetRule(ctx, w.As(t, w.Admin), policy.TemplateEdit, db.RuleRow{Rule: db.RuleSending, BranchID: branch, ValidFrom: "2026-11-21", Value: value, Reason: "试"}); err != nil {
				t.Fatal(err)
			}
		}
		set(0, `{"quiet_from":"20:30","quiet_to":"08:30","contact_day":1,"branch_day":50,"channel_day":3,"tries":5}`)
		set(w.West, `{"quiet_from":"20:30","quiet_to":"08:30","contact_day":1,"branch_day":2,"channel_day":900,"tries":5}`)
		until := time.Date(2026, 11, 22, 0, 0, 0, 0, db.Zone).UnixMilli()
		post := func(key string, branch, until int64) {
			t.Helper()
			customer, contact := greetee(t, w, db.Customer{Name: key}, db.Contact{Name: "王", Phones: []string{"13800002000"}})
			if branch != w.West {
				c, err := w.Customer(ctx, w.As(t, w.Admin).Scope(policy.CustomerRead), customer)
				if err != nil {
					t.Fatal(err)
				}
				c.BranchID = branch
				if err := w.UpdateCustomer(ctx, w.As(t, w.Admin), c); err != nil {
					t.Fatal(err)
				}
			}
			l := letter(key, customer, contact, 0)
			l.UntilAt = until
			if _, err := w.Post(ctx, w.As(t, w.Admin), l); err != nil {
				t.Fatal(err)
			}
		}
		post("a", w.West, 0)
		post("b", w.West, 0)
		post("the branch's third", w.West, 0)
		post("the branch's third of today only", w.West, until)
		post("the channel's third", w.East, 0)
		post("the channel's fourth", w.East, 0)
		taken, _, err := w.TakeLetters(ctx, message.SMS, "n", time.Minute)
		if err != nil || len(taken) != 3 {
			t.Fatal(len(taken), err)
		}
		got := states(t, w)
		for key, want := range map[string]string{"a": "sending ", "b": "sending ", "the branch's third": "queued branch_day", "the branch's third of today only": "failed late",
			"the channel's third": "sending ", "the channel's fourth": "queued channel_day"} {
			if got[key] != want {
				t.Errorf("%s: %q, want %q", key, got[key], want)
			}
		}
		for _, l := range taken {
			if err := w.SettleLetter(ctx, greetSystem, "n", l, db.Fate{State: db.LetterSent}, false); err != nil {
				t.Fatal(err)
			}
		}
		w.Clock.Set(time.Date(2026, 11, 22, 8, 30, 0, 0, db.Zone))
		if taken, _, err = w.TakeLetters(ctx, message.SMS, "n", time.Minute); err != nil || len(taken) != 2 {
			t.Errorf("the next morning %d, %v", len(taken), err)
		}
		went, err := w.WentOut(ctx, w.As(t, w.Chief).Scope(policy.TemplateRead), 0, day.MustParse("2026-11-01"))
		if err != nil || len(went) != 3 || went[0].Channel != message.SMS || went[0].At.Format("15:04") != "09:15" {
			t.Errorf("went out: %+v, %v", went, err)
		}
		if east, err := w.WentOut(ctx, w.As(t, w.BossEast).Scope(policy.TemplateRead), 0, day.MustParse("2026-11-01")); err != nil || len(east) != 1 {
			t.Errorf("seen from the east: %d, %v", len(east), err)
		}
	})
}

// A client that is one person may have the number on the file itself.
func TestAnIndividualIsReachedByTheNumberOfTheFile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		switchOn(t, w, message.SMS, gateway)
		for _, c := range []struct {
			kind   string
			second bool
			want   string
		}{{"individual", false, "sending "}, {"individual", true, "failed no_address"}, {"enterprise", false, "failed no_address"}} {
			customer, contact := greetee(t, w, db.Customer{Name: "王静", Kind: c.kind, Phones: []string{"13800002000"}}, db.Contact{Name: "王静"})
			if c.second {
				if _, err := w.SaveContact(ctx, boss, db.Submission{}, db.Contact{CustomerID: customer, Name: "李明"}); err != nil {
					t.Fatal(err)
				}
			}
			reach, err := w.ReachableBy(ctx, customer, contact)
			if err != nil || reach[message.SMS] != (c.want == "sending ") {
				t.Errorf("%+v: %v, %v", c, reach, err)
			}
			key := c.kind + strconv.FormatBool(c.second)
			if _, err := w.Post(ctx, boss, letter(key, customer, contact, w.BossWest)); err != nil {
				t.Fatal(err)
			}
			if _, _, err := w.TakeLetters(ctx, message.SMS, "n", time.Minute); err != nil {
				t.Fatal(err)
			}
			if got := states(t, w)[key]; got != c.want {
				t.Errorf("%+v: %q", c, got)
			}
		}
	})
}
