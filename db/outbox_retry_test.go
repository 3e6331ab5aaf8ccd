package db_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/message"
)

func TestWhatFailedGoesOnceMoreTogether(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, system := context.Background(), w.As(t, w.BossWest), policy.SystemActor("test")
		made := w.Clock.Now().UnixMilli()
		var letters []db.LoadLetter
		for i, c := range []struct {
			key, state, channel, body string
			until                     int64
		}{
			{"refused", db.LetterFailed, message.SMS, "您好", 0}, {"by mail", db.LetterFailed, message.Email, "您好", 0}, {"day over", db.LetterFailed, message.SMS, "您好", made - 1},
			{"words gone", db.LetterFailed, message.SMS, "", 0}, {"unsure", db.LetterUnsure, message.SMS, "您好", 0}, {"sent", db.LetterSent, message.SMS, "您好", 0},
		} {
			customer, contact := greeted(t, w, "客户"+c.key, "1380000300"+string(rune('0'+i)))
			l := letter(c.key, customer, contact, w.RepWest)
			l.State, l.Channel, l.Body, l.UntilAt, l.Params, l.CreatedAt, l.Tries = c.state, c.channel, c.body, c.until, "{}", made, 3
			l.BranchID = w.West
			letters = append(letters, db.LoadLetter{Letter: l})
		}
		// A test's recipient is forgotten: it goes again from its channel's page.
		letters = append(letters, db.LoadLetter{Letter: db.Letter{Key: "test.1", Kind: db.ToTry, Channel: message.SMS, BranchID: w.West, UserID: w.BossWest, Body: "测试", State: db.LetterFailed, Params: "{}", CreatedAt: made}})
		if err := w.LoadLetters(ctx, boss, letters); err == nil {
			t.Error("a person loads letters")
		}
		if err := w.LoadLetters(ctx, system, letters); err != nil {
			t.Fatal(err)
		}
		for who, want := range map[int64]int{w.BossWest: 2, w.BossEast: 0, w.RepWest: 0, w.Chief: 2} {
			if n, err := w.CountRetries(ctx, w.As(t, who), db.LetterFilter{}); err != nil || n != want {
				t.Errorf("user %d may let %d go, want %d (%v)", who, n, want, err)
			}
		}
		if n, err := w.RetryLetters(ctx, w.As(t, w.BossEast), db.LetterFilter{}); err != nil || n != 0 {
			t.Errorf("another branch lets %d go, %v", n, err)
		}
		if n, err := w.RetryLetters(ctx, boss, db.LetterFilter{Channel: message.Email}); err != nil || n != 1 {
			t.Errorf("of one channel %d, %v", n, err)
		}
		if n, err := w.RetryLetters(ctx, boss, db.LetterFilter{From: "2027-01-01"}); err != nil || n != 0 {
			t.Errorf("of another year %d, %v", n, err)
		}
		today := db.Day(w.Clock.Now())
		if n, err := w.RetryLetters(ctx, boss, db.LetterFilter{From: today, To: today}); err != nil || n != 1 {
			t.Errorf("of today %d, %v", n, err)
		}
		if n, err := w.RetryLetters(ctx, boss, db.LetterFilter{}); err != nil || n != 0 {
			t.Errorf("once more %d, %v", n, err)
		}
		got := states(t, w)
		for key, want := range map[string]string{"refused": "queued ", "by mail": "queued ", "day over": "failed ", "words gone": "failed ", "unsure": "unsure ", "sent": "sent "} {
			if got[key] != want {
				t.Errorf("%s: %q, want %q", key, got[key], want)
			}
		}
		tests, _, err := w.Letters(ctx, boss.Scope(policy.OutboxRead), db.LetterFilter{State: db.LetterFailed, Limit: 9})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(tests, func(l db.LetterRow) bool { return l.Kind == db.ToTry })
		if err := w.DecideLetter(ctx, boss, tests[i].ID, tests[i].Version, true); !errors.Is(err, db.ErrConflict) {
			t.Errorf("a test goes out to nobody: %v", err)
		}
		if err := w.DecideLetter(ctx, boss, tests[i].ID, tests[i].Version, false); err != nil {
			t.Errorf("a test is dropped: %v", err)
		}
		counts, err := w.CountLetters(ctx, boss.Scope(policy.OutboxRead), db.LetterFilter{Channel: message.SMS, State: db.LetterSent}, 100)
		if err != nil || counts[db.LetterQueued] != 1 || counts[db.LetterFailed] != 2 || counts[db.LetterSent] != 1 {
			t.Errorf("by SMS: %v, %v", counts, err)
		}
	})
}

// What the robots say is counted branch by branch.
func TestWhatIsDueIsCountedByBranch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		w.Clock.Set(time.Date(2026, 11, 20, 8, 0, 0, 0, db.Zone))
		west, _ := greeted(t, w, "城西的客户", "13800004001")
		greetingFor(t, w, west, "2026-11-20")
		late, _ := greeted(t, w, "城西的另一位", "13800004002")
		greetingFor(t, w, late, "2026-11-18")
		gone, _ := greeted(t, w, "城西回收了的", "13800004003")
		greetingFor(t, w, gone, "2026-11-20")
		if _, err := db.Writer(w.DB).Exec(`UPDATE customers SET deleted_at = 1 WHERE id = $1`, gone); err != nil {
			t.Fatal(err)
		}
		if _, err := w.AddTodos(ctx, policy.SystemActor("test"), []db.Todo{{Kind: db.TodoGreetings, Key: "x", BranchID: w.East, Due: "2026-11-20"}, {Kind: db.TodoGreetings, Key: "y", BranchID: w.East, Due: "2026-11-21"}}); err != nil {
			t.Fatal(err)
		}
		list, err := w.DueByBranch(ctx, day.MustParse("2026-11-20").String())
		if err != nil || len(list) != 2 {
			t.Fatalf("%+v, %v", list, err)
		}
		if want := (db.BranchDue{BranchID: w.West, Greetings: 1, LateGreetings: 1}); list[0] != want {
			t.Errorf("first %+v, want %+v", list[0], want)
		}
		if want := (db.BranchDue{BranchID: w.East, Todos: 1}); list[1] != want {
			t.Errorf("second %+v, want %+v", list[1], want)
		}
	})
}

// greetingFor puts an open greeting of a client's first contact into the books.
func greetingFor(t *testing.T, w *dbtest.World, customer int64, due string) {
	t.Helper()
	_, err := db.Writer(w.DB).Exec(strings.ReplaceAll(`INSERT INTO greetings (id, contact_id, customer_id, branch_id, occasion, season, day, due, mood, means, follows, state, version, created_at, updated_at)
		SELECT k.id + 1, k.id, k.customer_id, c.branch_id, 'birthday', 2026, 'DUE', 'DUE', 'joyful', 'call', 'owner', 'open', 1, 1, 1 FROM contacts k JOIN customers c ON c.id = k.customer_id WHERE c.id = $1`, "DUE", due), customer)
	if err != nil {
		t.Fatal(err)
	}
}
