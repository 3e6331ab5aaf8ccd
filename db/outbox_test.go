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
	"yike/policy/consent"
	"yike/policy/message"
)

// client opens a file with one contact who said yes to greetings.
func greeted(t *testing.T, w *dbtest.World, name, mobile string) (customer, contact int64) {
	t.Helper()
	ctx, boss := context.Background(), w.As(t, w.BossWest)
	customer, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, OwnerID: w.RepWest, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	contact, err = w.SaveContact(ctx, boss, db.Submission{}, db.Contact{CustomerID: customer, Name: "欧阳静", Position: "经理", Email: "o" + mobile + "@example.com", Phones: []string{mobile}})
	if err != nil {
		t.Fatal(err)
	}
	agree(t, w, customer, contact, consent.Given)
	return customer, contact
}

func agree(t *testing.T, w *dbtest.World, customer, contact int64, said consent.State) {
	t.Helper()
	_, err := w.RecordConsent(context.Background(), w.As(t, w.BossWest), db.Consent{ContactID: contact, CustomerID: customer, Purpose: consent.Festival, State: said, Source: "phone", Day: "2026-11-20"})
	if err != nil {
		t.Fatal(err)
	}
}

// switchOn sets a channel up and switches it on.
func switchOn(t *testing.T, w *dbtest.World, code string, c message.Channel) {
	t.Helper()
	ctx := context.Background()
	was, err := w.Channel(ctx, code)
	if err != nil {
		t.Fatal(err)
	}
	was.State, was.Settings = db.ChannelOn, c
	if err := w.SaveChannel(ctx, w.As(t, w.Admin), was, "a secret"); err != nil {
		t.Fatal(err)
	}
}

var gateway = message.Channel{URL: "https://sms.example.com/send", Sign: "驿客快递"}

func letter(key string, customer, contact, user int64) db.Letter {
	return db.Letter{Key: key, Kind: db.ToClient, Channel: message.SMS, Purpose: consent.Festival, CustomerID: customer, ContactID: contact, UserID: user, Body: "欧阳经理您好"}
}

func states(t *testing.T, w *dbtest.World) map[string]string {
	t.Helper()
	list, _, err := w.Letters(context.Background(), w.As(t, w.Chief).Scope("outbox.read"), db.LetterFilter{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, l := range list {
		out[l.Key] = l.State + " " + l.Reason
	}
	return out
}

func TestALetterIsAskedOnceMoreWhenItIsSent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		clock := w.Clock
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		switchOn(t, w, message.SMS, gateway)
		type who struct{ customer, contact int64 }
		people := map[string]who{}
		var letters []db.Letter
		for i, key := range []string{"good", "withdrawn", "contact gone", "client gone", "user disabled", "no mobile", "late", "template off"} {
			customer, contact := greeted(t, w, "客户"+key, "1380000200"+strconv.Itoa(i))
			people[key] = who{customer, contact}
			l := letter(key, customer, contact, w.BossWest)
			switch key {
			case "user disabled":
				l.UserID = w.RepWest
			case "late":
				l.UntilAt = clock.Now().Add(time.Hour).UnixMilli()
			case "template off":
				l.Shipped = "spring.sms.1"
			}
			letters = append(letters, l)
		}
		if made, err := w.Post(ctx, boss, letters...); err != nil || made != len(letters) {
			t.Fatal(made, err)
		}
		if made, err := w.Post(ctx, boss, letters...); err != nil || made != 0 {
			t.Fatalf("the same keys again made %d, %v", made, err)
		}
		agree(t, w, people["withdrawn"].customer, people["withdrawn"].contact, consent.Withdrawn)
		if err := w.RemoveContact(ctx, boss, people["contact gone"].customer, people["contact gone"].contact); err != nil {
			t.Fatal(err)
		}
		exec := func(query string, args ...any) {
			t.Helper()
			if _, err := db.Writer(w.DB).Exec(query, args...); err != nil {
				t.Fatal(err)
			}
		}
		exec(`UPDATE customers SET deleted_at = 1 WHERE id = $1`, people["client gone"].customer)
		exec(`UPDATE users SET disabled = $2 WHERE id = $1`, w.RepWest, true)
		exec(`DELETE FROM phones WHERE contact_id = $1`, people["no mobile"].contact)
		if _, err := w.SaveTemplate(ctx, w.As(t, w.Chief), db.Submission{}, db.Template{BranchID: w.HeadOffice(), Shipped: "spring.sms.1", State: db.TemplateOff,
			Template: message.Template{Occasion: "spring", Channel: message.SMS, Tone: message.Warm, Body: "新春快乐"}}); err != nil {
			t.Fatal(err)
		}
		clock.Move(2 * time.Hour)
		taken, _, err := w.TakeLetters(ctx, message.SMS, "node a", time.Minute)
		if err != nil || len(taken) != 1 || taken[0].Key != "good" || taken[0].To != "13800002000" {
			t.Fatalf("taken %+v, %v", taken, err)
		}
		if again, looked, err := w.TakeLetters(ctx, message.SMS, "node b", time.Minute); err != nil || len(again) != 0 || looked != 0 {
			t.Fatalf("another node takes %d of %d, %v", len(again), looked, err)
		}
		if err := w.SettleLetter(ctx, greetSystem, "node b", taken[0], db.Fate{State: db.LetterFailed}, false); err != nil {
			t.Fatal(err)
		}
		if err := w.SettleLetter(ctx, greetSystem, "node a", taken[0], db.Fate{State: db.LetterSent, Receipt: "R1"}, false); err != nil {
			t.Fatal(err)
		}
		got := states(t, w)
		for key, want := range map[string]string{"good": "sent ", "withdrawn": "dropped consent.withdrawn", "contact gone": "dropped gone", "client gone": "dropped gone",
			"user disabled": "dropped rights", "no mobile": "failed no_address", "late": "failed late", "template off": "dropped template"} {
			if got[key] != want {
				t.Errorf("%s: %q, want %q", key, got[key], want)
			}
		}
	})
}

func TestQuietHoursAndDailyNumbers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		clock := w.Clock
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		customer, contact := greeted(t, w, "客户", "13800002000")
		take := func() int {
			t.Helper()
			list, _, err := w.TakeLetters(ctx, message.SMS, "n", time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range list {
				if err := w.SettleLetter(ctx, greetSystem, "n", l, db.Fate{State: db.LetterSent}, false); err != nil {
					t.Fatal(err)
				}
			}
			return len(list)
		}
		post := func(key string) {
			t.Helper()
			if _, err := w.Post(ctx, boss, letter(key, customer, contact, w.BossWest)); err != nil {
				t.Fatal(err)
			}
		}
		post("before it is on")
		if n := take(); n != 0 || states(t, w)["before it is on"] != "dry " {
			t.Fatalf("a dry run sends %d: %v", n, states(t, w))
		}
		switchOn(t, w, message.SMS, gateway)
		if n := take(); n != 0 {
			t.Fatalf("what ran dry goes out %d later", n)
		}
		clock.Set(time.Date(2026, 11, 21, 21, 0, 0, 0, db.Zone))
		post("one")
		post("two")
		if n := take(); n != 0 || states(t, w)["one"] != "queued quiet" {
			t.Fatalf("at night %d: %v", n, states(t, w))
		}
		clock.Set(time.Date(2026, 11, 22, 8, 29, 59, 0, db.Zone))
		if n := take(); n != 0 {
			t.Fatalf("before the morning %d", n)
		}
		clock.Set(time.Date(2026, 11, 22, 8, 30, 0, 0, db.Zone))
		if n := take(); n != 1 || states(t, w)["two"] != "queued contact_day" {
			t.Fatalf("in the morning %d: %v", n, states(t, w))
		}
		clock.Set(time.Date(2026, 11, 21, 10, 0, 0, 0, db.Zone)) // a clock set back
		if n := take(); n != 0 {
			t.Fatalf("a clock set back sends %d", n)
		}
		clock.Set(time.Date(2026, 11, 23, 8, 30, 0, 0, db.Zone))
		if n := take(); n != 1 {
			t.Fatalf("the next day %d", n)
		}
	})
}

func TestWhatBecomesOfALetter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		clock := w.Clock
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		switchOn(t, w, message.SMS, gateway)
		take := func(node string) []db.Taken {
			t.Helper()
			list, _, err := w.TakeLetters(ctx, message.SMS, node, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		var letters []db.Letter
		for i, key := range []string{"died", "refused", "later"} {
			customer, contact := greeted(t, w, "客户"+key, "1380000200"+strconv.Itoa(i))
			letters = append(letters, letter(key, customer, contact, w.BossWest))
		}
		if _, err := w.Post(ctx, boss, letters...); err != nil {
			t.Fatal(err)
		}
		for _, l := range take("a") {
			fate := map[string]string{"refused": db.LetterFailed, "later": db.LetterQueued}[l.Key]
			if fate == "" {
				continue // its sender dies
			}
			if err := w.SettleLetter(ctx, greetSystem, "a", l, db.Fate{State: fate, Said: "no\r\nwa\x00y"}, false); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := w.CutLetters(ctx); err != nil || n != 0 {
			t.Fatalf("cut while the lease lasts: %d %v", n, err)
		}
		clock.Move(2 * time.Minute)
		if n, err := w.CutLetters(ctx); err != nil || n != 1 {
			t.Fatalf("cut: %d %v", n, err)
		}
		if got := states(t, w); got["died"] != "unsure cut" || got["refused"] != "failed refused" || got["later"] != "queued waits" {
			t.Errorf("%v", got)
		}
		list, _, err := w.Letters(ctx, boss.Scope("outbox.read"), db.LetterFilter{State: db.LetterUnsure, Limit: 9})
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		for _, err := range []error{w.DecideLetter(ctx, w.As(t, w.BossEast), list[0].ID, list[0].Version, true), w.DecideLetter(ctx, w.As(t, w.RepWest), list[0].ID, list[0].Version, true)} {
			if !errors.Is(err, db.ErrNotFound) {
				t.Errorf("somebody else decides: %v", err)
			}
		}
		if err := w.DecideLetter(ctx, boss, list[0].ID, list[0].Version-1, true); !errors.Is(err, db.ErrConflict) {
			t.Errorf("a stale version: %v", err)
		}
		if err := w.DecideLetter(ctx, boss, list[0].ID, list[0].Version, true); err != nil {
			t.Fatal(err)
		}
		if again := take("b"); len(again) != 2 {
			t.Errorf("sent again by hand, and tried again: %d", len(again))
		}
		// One whose other side sends a number once goes again by itself.
		once := gateway
		once.Once = true
		switchOn(t, w, message.SMS, once)
		clock.Move(2 * time.Minute)
		if n, err := w.CutLetters(ctx); err != nil || n != 2 {
			t.Fatalf("cut: %d %v", n, err)
		}
		if got := states(t, w); got["died"] != "queued cut" {
			t.Errorf("%v", got)
		}
	})
}

// Two take at once by different ways: the number of a person's day is over
// both, so that the second waits for the first to be done.
func TestTwoTakersByTwoWaysKeepTheNumberOfAPersonsDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		switchOn(t, w, message.SMS, gateway)
		switchOn(t, w, message.Email, message.Channel{Host: "mail.example.com", Port: 465, TLS: message.TLSDirect, User: "yike", From: "care@example.com", FromName: "驿客"})
		customer, contact := greeted(t, w, "客户", "13800004000")
		sms, mail := letter("sms", customer, contact, 0), letter("mail", customer, contact, 0)
		mail.Channel, mail.Subject = message.Email, "问候"
		if _, err := w.Post(ctx, w.As(t, w.BossWest), sms, mail); err != nil {
			t.Fatal(err)
		}
		other, err := db.Writer(w.DB).BeginTx(ctx, nil) // another node, in the middle of taking the mail
		if err != nil {
			t.Fatal(err)
		}
		defer other.Rollback() //nolint:errcheck // after Commit it says so
		for _, query := range []string{`UPDATE channels SET claimed_at = 1 WHERE code = 'email'`, `UPDATE outbox SET state = 'sending', sent_day = '2026-11-21' WHERE key = 'mail'`} {
			if _, err := other.Exec(query); err != nil {
				t.Fatal(err)
			}
		}
		type took struct {
			list []db.Taken
			err  error
		}
		done := make(chan took, 1)
		go func() {
			list, _, err := w.TakeLetters(ctx, message.SMS, "n", time.Minute)
			done <- took{list, err}
		}()
		select {
		case x := <-done:
			t.Fatalf("it does not wait: %d taken, %v", len(x.list), x.err)
		case <-time.After(300 * time.Millisecond):
		}
		if err := other.Commit(); err != nil {
			t.Fatal(err)
		}
		if x := <-done; x.err != nil || len(x.list) != 0 || states(t, w)["sms"] != "queued contact_day" {
			t.Errorf("%d more to one person in a day, %v: %v", len(x.list), x.err, states(t, w))
		}
	})
}

func TestASecretOfAChannelIsSealedAndOnlyTheCompanySetsIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		c, err := w.Channel(ctx, message.SMS)
		if err != nil || c.Version != 0 || c.State != db.ChannelDry {
			t.Fatal(c, err)
		}
		c.Settings, c.State = gateway, db.ChannelOn
		if err := w.SaveChannel(ctx, w.As(t, w.BossWest), c, "s3cret-value"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("a branch's manager: %v", err)
		}
		if err := w.SaveChannel(ctx, w.As(t, w.Admin), c, ""); !errors.Is(err, db.ErrRefused) {
			t.Errorf("on without a secret: %v", err)
		}
		if err := w.SaveChannel(ctx, w.As(t, w.Admin), c, "s3cret-value"); err != nil {
			t.Fatal(err)
		}
		if err := w.SaveChannel(ctx, w.As(t, w.Admin), c, "other"); !errors.Is(err, db.ErrConflict) {
			t.Errorf("a stale version: %v", err)
		}
		_, got, err := w.ChannelSecret(ctx, message.SMS)
		if err != nil || got != "s3cret-value" {
			t.Errorf("the secret: %q %v", got, err)
		}
		// It goes to no other place than the one for which it was typed.
		c.Version = 1
		c.Settings.URL = "https://mine.example.com/send"
		if err := w.SaveChannel(ctx, w.As(t, w.Admin), c, ""); !errors.Is(err, db.ErrRefused) {
			t.Errorf("on at another place with the kept secret: %v", err)
		}
		c.State, c.Settings.Account = db.ChannelDry, "other"
		if err := w.SaveChannel(ctx, w.As(t, w.Admin), c, ""); err != nil {
			t.Fatal(err)
		}
		if c, got, err := w.ChannelSecret(ctx, message.SMS); err != nil || got != "" || c.Settings.URL != "https://mine.example.com/send" {
			t.Errorf("the secret at another place: %q %v", got, err)
		}
		c.Version, c.Settings.Account = 2, "third"
		if err := w.SaveChannel(ctx, w.As(t, w.Admin), c, "s3cret-again"); err != nil {
			t.Fatal(err)
		}
		var stored string
		if err := db.Writer(w.DB).QueryRow(`SELECT secret || settings FROM channels WHERE code = 'sms'`).Scan(&stored); err != nil || len(stored) < 40 || strings.Contains(stored, "s3cret") {
			t.Errorf("stored %q %v", stored, err)
		}
	})
}
