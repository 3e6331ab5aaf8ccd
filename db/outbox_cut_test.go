package db_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/festival"
	"yike/policy/message"
)

// cutLetter is a greeting whose letter was cut off while it was sent, by a
// gateway that is said to send one number once: it waits to go again.
type cutLetter struct {
	*dbtest.World
	t        *testing.T
	boss     policy.Actor
	customer int64
	words    db.Worded
}

func newCutLetter(t *testing.T, w *dbtest.World) *cutLetter {
	t.Helper()
	ctx := context.Background()
	w.Clock.Set(time.Date(2026, 12, 29, 10, 0, 0, 0, db.Zone))
	once := gateway
	once.Once = true
	switchOn(t, w, message.SMS, once)
	x := &cutLetter{World: w, t: t, boss: w.As(t, w.BossWest)}
	customer, contact := greetee(t, w, db.Customer{Name: "甲公司", Class: "A", OwnerID: w.RepWest}, db.Contact{Name: "王静", Phones: []string{"13800002000"}})
	x.customer = customer
	sweepGreetings(t, w, "2026-12-29", 1)
	o, _ := message.OccasionOf(string(festival.NewYear))
	var err error
	if x.words, err = w.Word(ctx, db.Wanted{CustomerID: customer, ContactID: contact, For: []message.Occasion{o}, Channel: message.SMS, Day: "2027-01-01", Today: "2026-12-29", Person: "王店长"}); err != nil {
		t.Fatal(err)
	}
	if err := x.send(false); err != nil {
		t.Fatal(err)
	}
	x.settle("sending ", db.Fate{State: db.LetterUnsure}, true)
	x.stands("open queued cut")
	return x
}

func (x *cutLetter) greeting() db.GreetingRow { return greetingsOf(x.t, x.World, x.customer)[0] }

func (x *cutLetter) send(again bool) error {
	g := x.greeting()
	return x.SendGreeting(context.Background(), x.boss, db.GreetingSend{ID: g.ID, Version: g.Version, Words: x.words, Ahead: true, Again: again})
}

// settle takes the letter and says what became of it.
func (x *cutLetter) settle(taken string, f db.Fate, repeats bool) {
	x.t.Helper()
	ctx := context.Background()
	list, _, err := x.TakeLetters(ctx, message.SMS, "n", time.Minute)
	if err != nil || len(list) != 1 {
		x.t.Fatalf("taken %d, %v", len(list), err)
	}
	x.stands("open " + taken)
	if err := x.SettleLetter(ctx, greetSystem, "n", list[0], f, repeats); err != nil {
		x.t.Fatal(err)
	}
	x.Clock.Move(time.Hour)
}

func (x *cutLetter) stands(want string) {
	x.t.Helper()
	g := x.greeting()
	if got := g.State + " " + g.Letter.State + " " + g.Letter.Reason; got != want {
		x.t.Errorf("it stands %q, want %q", got, want)
	}
}

// onlyAsked holds that another letter goes only when a person says that this one
// did not come.
func (x *cutLetter) onlyAsked() {
	x.t.Helper()
	if err := x.send(false); !errors.Is(err, db.ErrConflict) {
		x.t.Errorf("another one goes unasked: %v", err)
	}
	if err := x.send(true); err != nil {
		x.t.Errorf("asked for: %v", err)
	}
}

// That nobody knows whether a letter came is never forgotten, whatever becomes
// of it afterwards.
func TestWhatWasCutOffNeverGoesAgainUnasked(t *testing.T) {
	complain := func(x *cutLetter) int64 {
		x.t.Helper()
		id, err := x.OpenCase(context.Background(), x.boss, db.Submission{}, db.NewCase{Case: db.Case{Kind: casework.Complaint, BranchID: x.West, CustomerID: x.customer, Caller: "王经理",
			Channel: casework.Phone, Severity: casework.Minor, Said: "件没到"}})
		if err != nil {
			x.t.Fatal(err)
		}
		return id
	}
	end := func(x *cutLetter, id int64) {
		x.t.Helper()
		if _, err := db.Writer(x.DB).Exec(`UPDATE cases SET step = 'closed' WHERE id = $1`, id); err != nil {
			x.t.Fatal(err)
		}
	}
	take := func(x *cutLetter, want string) {
		x.t.Helper()
		if list, _, err := x.TakeLetters(context.Background(), message.SMS, "n", time.Minute); err != nil || len(list) != 0 {
			x.t.Fatalf("taken %d, %v", len(list), err)
		}
		x.stands(want)
	}
	for name, then := range map[string]func(x *cutLetter){
		"a complaint drops it": func(x *cutLetter) {
			id := complain(x)
			take(x, "open dropped cut")
			end(x, id)
		},
		"its greeting closes for a complaint, and opens again": func(x *cutLetter) {
			id := complain(x)
			sweepGreetings(x.t, x.World, "2026-12-30", 0)
			x.stands("skipped dropped cut")
			end(x, id)
			sweepGreetings(x.t, x.World, "2026-12-31", 0)
			x.stands("open dropped cut")
		},
		"it is refused": func(x *cutLetter) {
			x.settle("sending cut", db.Fate{State: db.LetterFailed}, true)
			x.stands("open unsure cut")
		},
		"it surely did not go, and is refused at last": func(x *cutLetter) {
			x.settle("sending cut", db.Fate{State: db.LetterQueued}, true)
			x.stands("open queued cut")
			x.settle("sending cut", db.Fate{State: db.LetterFailed}, true)
			x.stands("open unsure cut")
		},
		"it was tried too often": func(x *cutLetter) {
			if _, err := db.Writer(x.DB).Exec(`UPDATE outbox SET tries = 90`); err != nil {
				x.t.Fatal(err)
			}
			x.settle("sending cut", db.Fate{State: db.LetterQueued}, true)
			x.stands("open unsure cut")
		},
		"its sender dies": func(x *cutLetter) {
			ctx := context.Background()
			if list, _, err := x.TakeLetters(ctx, message.SMS, "n", time.Minute); err != nil || len(list) != 1 {
				x.t.Fatal(len(list), err)
			}
			x.Clock.Move(time.Hour)
			switchOn(x.t, x.World, message.SMS, gateway)
			if n, err := x.CutLetters(ctx); err != nil || n != 1 {
				x.t.Fatal(n, err)
			}
			x.stands("open unsure cut")
		},
		"its day is over": func(x *cutLetter) {
			if _, err := db.Writer(x.DB).Exec(`UPDATE outbox SET until_at = 1`); err != nil {
				x.t.Fatal(err)
			}
			take(x, "open unsure cut")
		},
		"its channel is switched off": func(x *cutLetter) {
			if _, err := db.Writer(x.DB).Exec(`UPDATE channels SET state = 'dry'`); err != nil {
				x.t.Fatal(err)
			}
			take(x, "open unsure cut")
		},
		"it waits for the morning": func(x *cutLetter) {
			x.Clock.Set(time.Date(2026, 12, 29, 22, 0, 0, 0, db.Zone))
			take(x, "open queued cut")
			x.Clock.Set(time.Date(2026, 12, 30, 10, 0, 0, 0, db.Zone))
			x.settle("sending cut", db.Fate{State: db.LetterFailed}, true)
		},
		"a person calls it back": func(x *cutLetter) {
			g := x.greeting()
			if err := x.RecallGreeting(context.Background(), x.boss, g.ID, g.Version); err != nil {
				x.t.Fatal(err)
			}
			x.stands("open dropped cut")
			if err := x.RecallGreeting(context.Background(), x.boss, g.ID, g.Version); !errors.Is(err, db.ErrConflict) {
				x.t.Errorf("a second time: %v", err)
			}
		},
		"a person drops it in the list": func(x *cutLetter) {
			l := x.greeting().Letter
			list, _, err := x.Letters(context.Background(), x.boss.Scope(policy.OutboxRead), db.LetterFilter{State: l.State, Limit: 9})
			if err != nil || len(list) != 1 {
				x.t.Fatal(len(list), err)
			}
			if err := x.DecideLetter(context.Background(), x.boss, list[0].ID, list[0].Version, false); err != nil {
				x.t.Fatal(err)
			}
			x.stands("open dropped cut")
		},
		"its client gets another rep": func(x *cutLetter) {
			if _, err := x.BulkCustomers(context.Background(), x.boss, []int64{x.customer}, db.CustomerBulk{Owner: &x.RepWest2}); err != nil {
				x.t.Fatal(err)
			}
			x.stands("open dropped cut")
		},
		"its client moves and comes back": func(x *cutLetter) {
			ctx, admin := context.Background(), x.As(x.t, x.Admin)
			for _, branch := range []int64{x.East, x.West} {
				c, err := x.Customer(ctx, admin.Scope(policy.CustomerRead), x.customer)
				if err != nil {
					x.t.Fatal(err)
				}
				c.BranchID, c.OwnerID = branch, 0
				if err := x.UpdateCustomer(ctx, admin, c); err != nil {
					x.t.Fatal(err)
				}
			}
			x.stands("open dropped cut")
		},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
				x := newCutLetter(t, w)
				then(x)
				x.onlyAsked()
			})
		})
	}
}

// Once the other side has taken it, nothing is left of that.
func TestWhatWasCutOffAndThenTakenIsSent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		x := newCutLetter(t, w)
		x.settle("sending cut", db.Fate{State: db.LetterSent}, true)
		x.stands("done sent ")
	})
}
