package db_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/consent"
	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/greeting"
	"yike/policy/handover"
)

// lostOf says what the branch was told that it missed.
func lostOf(t *testing.T, w *dbtest.World) string {
	t.Helper()
	list, _, err := w.Todos(context.Background(), w.As(t, w.Admin), db.TodoFilter{Kind: db.TodoGreetingsLost, Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, x := range list {
		if x.BranchID != w.West {
			t.Errorf("a branch without clients was told: %+v", x)
		}
		out = append(out, x.Args["occasion"]+" "+x.Args["from"]+" "+x.Args["to"])
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func TestAFestivalThatPassedWhileNothingRanIsTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		if err := w.SetDuty(context.Background(), w.As(t, w.Admin), w.West, db.DutyCare, w.BossWest, 0); err != nil {
			t.Fatal(err)
		}
		a, _ := greetee(t, w, db.Customer{Name: "甲公司", Class: "A"}, db.Contact{Name: "王经理", BirthdayMonth: 12, BirthdayDay: 28})
		sweepGreetings(t, w, "2026-12-20", 0)
		if got := lostOf(t, w); got != "" {
			t.Errorf("on the first night: %s", got)
		}
		// Off from the 20th on: New Year's Day may be made up for until the 4th.
		sweepGreetings(t, w, "2027-01-05", 0)
		want := "birthday 2026-12-24 2027-01-01, new_year 2027-01-01 2027-01-01"
		if got := lostOf(t, w); got != want {
			t.Errorf("told: %s, want %s", got, want)
		}
		list, _, err := w.Todos(context.Background(), w.As(t, w.BossWest), db.TodoFilter{Kind: db.TodoGreetingsLost})
		if err != nil || len(list) != 2 || list[0].UserID != w.BossWest {
			t.Errorf("whose it is: %+v, %v", list, err)
		}
		sweepGreetings(t, w, "2027-01-05", 0) // asked again
		sweepGreetings(t, w, "2026-12-01", 0) // the clock was set back, and put right
		sweepGreetings(t, w, "2027-01-06", 0)
		if got := lostOf(t, w); got != want {
			t.Errorf("told twice: %s", got)
		}
		if n := len(greetingsOf(t, w, a)); n != 0 {
			t.Errorf("%d greetings made all the same", n)
		}
	})
}

func TestWhatWasAskedForBeforeTheLightsWentOutIsNotLost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		greetee(t, w, db.Customer{Name: "甲公司", Class: "A"}, db.Contact{Name: "王经理"})
		rule := greeting.Default()
		rule.Plans[greeting.Birthday] = greeting.Plan{}
		rule.Plans[festival.NewYearsEve] = rule.Plans[festival.Spring]
		setGreetings(t, w, 0, "2026-01-01", rule)
		sweepGreetings(t, w, "2026-12-26", 1) // New Year's Day, before it
		sweepGreetings(t, w, "2027-01-29", 1) // New Year's Eve, which names Spring Festival too
		sweepGreetings(t, w, "2027-02-15", 0)
		if got := lostOf(t, w); got != "" {
			t.Errorf("told: %s", got)
		}
		// A branch's own plan that keeps nothing has nothing to lose.
		setGreetings(t, w, w.West, "2027-02-16", greeting.Rule{Plans: map[festival.Code]greeting.Plan{}})
		sweepGreetings(t, w, "2027-06-30", 0)
		if got := lostOf(t, w); got != "" {
			t.Errorf("of a branch that keeps nothing: %s", got)
		}
	})
}

func TestAPlanThatIsPutOffAndOnAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		boss := w.As(t, w.BossWest)
		a, _ := greetee(t, w, db.Customer{Name: "甲公司", Class: "A"}, db.Contact{Name: "王经理"})
		b, _ := greetee(t, w, db.Customer{Name: "乙公司", Class: "B"}, db.Contact{Name: "乙"})
		c, _ := greetee(t, w, db.Customer{Name: "丙公司", Class: "B"}, db.Contact{Name: "丙"})
		sweepGreetings(t, w, "2026-12-26", 3)
		done, skipped := greetingsOf(t, w, b)[0], greetingsOf(t, w, c)[0]
		if err := w.DoGreeting(context.Background(), boss, done.ID, done.Version, db.GreetingDoneAs{By: "call"}); err != nil {
			t.Fatal(err)
		}
		if err := w.SkipGreeting(context.Background(), boss, skipped.ID, skipped.Version, "客户出国"); err != nil {
			t.Fatal(err)
		}
		off, on := greeting.Default(), greeting.Default()
		p := off.Plans[festival.NewYear]
		p.On = false
		off.Plans[festival.NewYear] = p
		setGreetings(t, w, 0, "2026-12-27", off)
		sweepGreetings(t, w, "2026-12-27", 0)
		if g := greetingsOf(t, w, a)[0]; g.State != db.GreetingSkipped || g.ClosedWhy != string(greeting.PlanOff) || g.ClosedAt == 0 {
			t.Errorf("after the plan is off: %+v", g)
		}
		setGreetings(t, w, 0, "2026-12-28", on)
		sweepGreetings(t, w, "2026-12-28", 0)
		if g := greetingsOf(t, w, a)[0]; g.State != db.GreetingOpen || g.ClosedWhy != "" || g.ClosedAt != 0 {
			t.Errorf("after the plan is on again: %+v", g)
		}
		if g := greetingsOf(t, w, b)[0]; g.State != db.GreetingDone {
			t.Errorf("what was done: %+v", g)
		}
		if g := greetingsOf(t, w, c)[0]; g.State != db.GreetingSkipped || g.Result != "客户出国" {
			t.Errorf("what a person skipped: %+v", g)
		}
		// On again when its day is long over, it stays closed.
		setGreetings(t, w, 0, "2026-12-29", off)
		sweepGreetings(t, w, "2026-12-29", 0)
		setGreetings(t, w, 0, "2027-01-05", on)
		sweepGreetings(t, w, "2027-01-05", 0)
		if g := greetingsOf(t, w, a)[0]; g.State != db.GreetingSkipped {
			t.Errorf("four days behind: %+v", g)
		}
	})
}

func TestOneOfTwoFestivalsOfAGreetingIsCalledOff(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		rule := func(on ...festival.Code) greeting.Rule {
			r := greeting.Rule{Close: 7, Late: 3, Plans: map[festival.Code]greeting.Plan{}}
			for _, c := range on {
				r.Plans[c] = greeting.Plan{On: true, Means: []greeting.Means{greeting.Call}, Ahead: 7, By: greeting.ByOwner}
			}
			return r
		}
		open := func(customer int64) (out []string) {
			for _, g := range greetingsOf(t, w, customer) {
				if g.State == db.GreetingOpen {
					text := g.Occasion
					for _, a := range g.Also {
						text += "+" + a.Occasion
					}
					out = append(out, text)
				}
			}
			return out
		}
		a, _ := greetee(t, w, db.Customer{Name: "甲公司", Class: "A"}, db.Contact{Name: "王经理"})
		setGreetings(t, w, 0, "2026-12-01", rule(festival.NewYearsEve, festival.Spring))
		sweepGreetings(t, w, "2027-01-29", 1)
		if got := open(a); !slices.Equal(got, []string{"new_years_eve+spring"}) {
			t.Fatalf("made: %v", got)
		}
		// The one that it names besides: it goes on without it.
		setGreetings(t, w, 0, "2027-01-30", rule(festival.NewYearsEve))
		sweepGreetings(t, w, "2027-01-30", 0)
		if got := open(a); !slices.Equal(got, []string{"new_years_eve"}) {
			t.Errorf("without Spring Festival: %v", got)
		}
		// Kept again, it is greeted by itself: the other greeting may be done by now.
		setGreetings(t, w, 0, "2027-01-31", rule(festival.NewYearsEve, festival.Spring))
		sweepGreetings(t, w, "2027-01-31", 1)
		if got := open(a); !slices.Equal(got, []string{"spring", "new_years_eve"}) {
			t.Errorf("with it again: %v", got)
		}
		// The first one: what it named is greeted by itself.
		b, _ := greetee(t, w, db.Customer{Name: "乙公司", Class: "A"}, db.Contact{Name: "乙"})
		sweepGreetings(t, w, "2027-02-01", 1)
		if got := open(b); !slices.Equal(got, []string{"new_years_eve+spring"}) {
			t.Fatalf("made: %v", got)
		}
		setGreetings(t, w, 0, "2027-02-02", rule(festival.Spring))
		sweepGreetings(t, w, "2027-02-02", 1)
		if got := open(b); !slices.Equal(got, []string{"spring"}) {
			t.Errorf("without New Year's Eve: %v", got)
		}
		sweepGreetings(t, w, "2027-02-03", 0)
	})
}

func TestAnOwnOccasionIsRenamedAndEnded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		own := festival.Occasion{Code: "own_1", Name: "司庆", By: festival.BySolar, Month: 12, Day: 12, Mood: festival.Joyful}
		version := int64(0)
		keep := func(from string) {
			t.Helper()
			text, err := json.Marshal([]festival.Occasion{own})
			if err != nil {
				t.Fatal(err)
			}
			if version, err = w.SetRule(context.Background(), w.As(t, w.Admin), policy.GreetingPlan, db.RuleRow{Rule: db.RuleOccasions, ValidFrom: from, Value: string(text), Reason: "试", Version: version}); err != nil {
				t.Fatal(err)
			}
		}
		keep("2026-12-01")
		rule := greeting.Default()
		rule.Plans["own_1"] = rule.Plans[festival.NewYear]
		setGreetings(t, w, 0, "2026-12-01", rule)
		a, _ := greetee(t, w, db.Customer{Name: "甲公司", Class: "A"}, db.Contact{Name: "王经理"})
		sweepGreetings(t, w, "2026-12-06", 1)
		own.Name = "公司生日"
		keep("2026-12-07")
		sweepGreetings(t, w, "2026-12-07", 0)
		if list := greetingsOf(t, w, a); len(list) != 1 || list[0].State != db.GreetingOpen {
			t.Errorf("renamed: %+v", list)
		}
		own.Off = true
		keep("2026-12-08")
		sweepGreetings(t, w, "2026-12-08", 0)
		if list := greetingsOf(t, w, a); len(list) != 1 || list[0].State != db.GreetingSkipped || list[0].ClosedWhy != string(greeting.PlanOff) {
			t.Errorf("ended: %+v", list)
		}
		own.Off, own.Mood = false, festival.Silent
		keep("2026-12-09")
		sweepGreetings(t, w, "2026-12-09", 0)
		if list := greetingsOf(t, w, a); list[0].State != db.GreetingSkipped {
			t.Errorf("kept again, as a day of mourning: %+v", list)
		}
	})
}

func TestWhatClosedByItselfOpensWhenItsReasonIsGone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		a, k := greetee(t, w, db.Customer{Name: "甲公司", Class: "A", OwnerID: w.RepWest}, db.Contact{Name: "王经理"})
		sweepGreetings(t, w, "2026-12-26", 1)
		state := func(what, want string) {
			t.Helper()
			if g := greetingsOf(t, w, a)[0]; g.State+" "+g.ClosedWhy != want {
				t.Errorf("%s: %s %s, want %s", what, g.State, g.ClosedWhy, want)
			}
		}
		file, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), a)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.DeleteCustomer(ctx, boss, a, file.Version); err != nil {
			t.Fatal(err)
		}
		if n, err := w.CountGreetings(ctx, boss, db.GreetingFilter{}, 10); err != nil || n != 0 {
			t.Errorf("in the recycle bin, but %d in the list, %v", n, err)
		}
		if n, err := w.SoonGreetings(ctx, w.RepWest, day.MustParse("2026-12-31"), 10); err != nil || n != 0 {
			t.Errorf("in the recycle bin, but %d for the rep, %v", n, err)
		}
		sweepGreetings(t, w, "2026-12-27", 0)
		state("in the recycle bin", "skipped left")
		if err := w.RestoreCustomer(ctx, boss, a); err != nil {
			t.Fatal(err)
		}
		sweepGreetings(t, w, "2026-12-28", 0)
		state("out of it", "open ")
		say(t, w, a, k, consent.Festival, consent.Withdrawn)
		sweepGreetings(t, w, "2026-12-29", 0)
		state("withdrawn", "skipped withdrawn")
		say(t, w, a, k, consent.Festival, consent.Given)
		sweepGreetings(t, w, "2026-12-30", 0)
		state("given again", "open ")
		if file, err = w.Customer(ctx, boss.Scope(policy.CustomerRead), a); err != nil {
			t.Fatal(err)
		}
		file.State = "archived"
		if err := w.UpdateCustomer(ctx, boss, file); err != nil {
			t.Fatal(err)
		}
		g := greetingsOf(t, w, a)[0]
		var not *db.NotGreeted
		if err := w.DoGreeting(ctx, boss, g.ID, g.Version, db.GreetingDoneAs{By: "call"}); !errors.As(err, &not) || not.Why != greeting.Left {
			t.Errorf("done although the client is put aside: %v", err)
		}
		sweepGreetings(t, w, "2026-12-31", 0)
		state("put aside", "skipped left")
		if file, err = w.Customer(ctx, boss.Scope(policy.CustomerRead), a); err != nil {
			t.Fatal(err)
		}
		file.State = "reviewed"
		if err := w.UpdateCustomer(ctx, boss, file); err != nil {
			t.Fatal(err)
		}
		sweepGreetings(t, w, "2027-01-05", 0)
		state("a client again when the day is long over", "skipped left")
	})
}

func TestAContactWhoLeftIsNotGreeted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		a, k := greetee(t, w, db.Customer{Name: "甲公司", Class: "A"}, db.Contact{Name: "王经理"})
		sweepGreetings(t, w, "2026-12-26", 1)
		if err := w.RemoveContact(ctx, boss, a, k); err != nil {
			t.Fatal(err)
		}
		g := greetingsOf(t, w, a)[0]
		if err := w.DoGreeting(ctx, boss, g.ID, g.Version, db.GreetingDoneAs{By: "call"}); !errors.Is(err, db.ErrNotGreeted) {
			t.Errorf("done: %v", err)
		}
		// Who comes after is greeted by themselves, once.
		next, err := w.SaveContact(ctx, boss, db.Submission{}, db.Contact{CustomerID: a, Name: "李经理"})
		if err != nil {
			t.Fatal(err)
		}
		say(t, w, a, next, consent.Festival, consent.Given)
		sweepGreetings(t, w, "2026-12-27", 1)
		sweepGreetings(t, w, "2026-12-28", 0)
		for _, g := range greetingsOf(t, w, a) {
			if want := map[int64]string{k: db.GreetingSkipped, next: db.GreetingOpen}[g.ContactID]; g.State != want {
				t.Errorf("contact %d: %s, want %s", g.ContactID, g.State, want)
			}
		}
	})
}

func TestAGreetingMovesWithItsClient(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin := context.Background(), w.As(t, w.Admin)
		a, _ := greetee(t, w, db.Customer{Name: "甲公司", Class: "A", OwnerID: w.RepWest}, db.Contact{Name: "王经理"})
		sweepGreetings(t, w, "2026-12-26", 1)
		g := greetingsOf(t, w, a)[0]
		if err := w.PassGreeting(ctx, w.As(t, w.BossWest), g.ID, g.Version, w.ClerkWest); err != nil {
			t.Fatal(err)
		}
		file, err := w.Customer(ctx, policy.SystemActor("test").Scope(policy.CustomerRead), a)
		if err != nil {
			t.Fatal(err)
		}
		file.BranchID, file.OwnerID = w.East, 0
		if err := w.UpdateCustomer(ctx, policy.SystemActor("test"), file); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Greeting(ctx, w.As(t, w.ClerkWest), policy.GreetingRead, g.ID); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("the clerk of the old branch, to whom it was handed: %v", err)
		}
		if _, err := w.Greeting(ctx, w.As(t, w.BossWest), policy.GreetingRead, g.ID); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("the old branch: %v", err)
		}
		if x, err := w.Greeting(ctx, w.As(t, w.BossEast), policy.GreetingDo, g.ID); err != nil || x.BranchID != w.East || x.UserID != 0 {
			t.Errorf("the new branch: %+v, %v", x, err)
		}
		if err := w.SetDuty(ctx, admin, w.East, db.DutyCare, w.BossEast, 0); err != nil {
			t.Fatal(err)
		}
		sweepGreetings(t, w, "2026-12-27", 0)
		if x := greetingsOf(t, w, a)[0]; x.UserID != w.BossEast {
			t.Errorf("nobody cares for the client: it is %d's, want the one responsible for care", x.UserID)
		}
	})
}

func TestGreetingsOfALeaver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, admin := context.Background(), w.As(t, w.BossWest), w.As(t, w.Admin)
		if err := w.SetDuty(ctx, admin, w.West, db.DutyCare, w.BossWest, 0); err != nil {
			t.Fatal(err)
		}
		var clients []int64
		for i := range 3 {
			a, _ := greetee(t, w, db.Customer{Name: fmt.Sprintf("第%d家公司", i), Class: "A", OwnerID: w.RepWest}, db.Contact{Name: "王经理"})
			clients = append(clients, a)
		}
		sweepGreetings(t, w, "2026-12-26", 3)
		whose := func(what string, want ...int64) {
			t.Helper()
			for i, c := range clients {
				if g := greetingsOf(t, w, c)[0]; g.UserID != want[i] || g.State != db.GreetingOpen {
					t.Errorf("%s: the greeting of client %d is %d's (%s), want %d", what, i, g.UserID, g.State, want[i])
				}
			}
		}
		// The second is handed to a colleague, the third to the leaver himself by hand.
		for i, to := range map[int]int64{1: w.ClerkWest, 2: w.RepWest} {
			g := greetingsOf(t, w, clients[i])[0]
			if err := w.PassGreeting(ctx, boss, g.ID, g.Version, to); err != nil {
				t.Fatal(err)
			}
		}
		id, err := w.PlanHandover(ctx, boss, db.Submission{}, db.HandoverInput{From: w.RepWest, Ending: db.EndingKeep, Rules: map[string]handover.Rule{"owner": {By: handover.One, One: w.RepWest2}}})
		if err != nil {
			t.Fatal(err)
		}
		h, err := w.Handover(ctx, boss, id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.ApplyHandover(ctx, boss, h.ID, h.Version); err != nil {
			t.Fatal(err)
		}
		whose("handed over", w.RepWest2, w.ClerkWest, w.RepWest)
		if h, err = w.Handover(ctx, boss, id); err != nil {
			t.Fatal(err)
		}
		if _, err := w.UndoHandover(ctx, boss, h.ID); err != nil {
			t.Fatal(err)
		}
		whose("taken back", w.RepWest, w.ClerkWest, w.RepWest)
		// He is gone, and nobody took his clients.
		u, err := w.User(ctx, admin.Scope(policy.UserRead), w.RepWest)
		if err != nil {
			t.Fatal(err)
		}
		in := db.UserInput{Username: u.Username, Name: u.Name, Phone: u.Phone, BranchID: u.BranchID, JoinedOn: u.JoinedOn, LeavesOn: "2026-11-20", Grants: u.Grants, Disabled: true}
		if err := w.UpdateUser(ctx, admin, u.ID, u.Version, in); err != nil {
			t.Fatal(err)
		}
		sweepGreetings(t, w, "2026-12-27", 0)
		whose("the leaver is gone", w.BossWest, w.ClerkWest, w.BossWest)
		b, _ := greetee(t, w, db.Customer{Name: "又一家公司", Class: "A", OwnerID: w.RepWest2}, db.Contact{Name: "王经理"})
		sweepGreetings(t, w, "2026-12-28", 1)
		if g := greetingsOf(t, w, b)[0]; g.UserID != w.RepWest2 {
			t.Errorf("a new one: %+v", g)
		}
		// Many clients get another rep at once.
		if _, err := w.BulkCustomers(ctx, boss, clients, db.CustomerBulk{Owner: &w.RepWest2}); err != nil {
			t.Fatal(err)
		}
		whose("given to a colleague", w.RepWest2, w.ClerkWest, w.RepWest2)
	})
}

func TestAnErasedContactIsNotGreetedAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		a, k := greetee(t, w, db.Customer{Name: "甲公司", Class: "A"}, db.Contact{Name: "王经理", BirthdayMonth: 12, BirthdayDay: 30})
		sweepGreetings(t, w, "2026-12-27", 2)
		g := greetingsOf(t, w, a)
		if err := w.DoGreeting(ctx, boss, g[1].ID, g[1].Version, db.GreetingDoneAs{By: "call", Result: "王经理说谢谢"}); err != nil {
			t.Fatal(err)
		}
		q := askErasure(t, w, a, k)
		if _, err := w.ConfirmErasure(ctx, w.As(t, w.RegionZJ), q.ID, q.Version); err != nil {
			t.Fatal(err)
		}
		sweepGreetings(t, w, "2026-12-28", 0)
		sweepGreetings(t, w, "2026-12-29", 0)
		for _, g := range greetingsOf(t, w, a) {
			switch {
			case g.Result != "":
				t.Errorf("still says %q", g.Result)
			case g.Occasion == string(greeting.Birthday) && g.State != db.GreetingDone, g.Occasion != string(greeting.Birthday) && (g.State != db.GreetingSkipped || g.ClosedAt == 0):
				t.Errorf("after the erasure: %+v", g)
			}
		}
	})
}

func TestTheProofOfAGreetingGoesWithItsClient(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		put := func(words string) string {
			t.Helper()
			hash, err := w.PutFile(ctx, strings.NewReader(words), "image/jpeg", time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			return hash
		}
		shared := put("a thumb that the greeting of another client shows, too")
		greeted := func(name, photo string) int64 {
			t.Helper()
			customer, _ := greetee(t, w, db.Customer{Name: name, Class: "A", OwnerID: w.RepWest}, db.Contact{Name: "王经理", BirthdayMonth: 12, BirthdayDay: 28})
			sweepGreetings(t, w, "2026-12-25", 2)
			for i, g := range greetingsOf(t, w, customer) {
				done := db.GreetingDoneAs{By: "gift", Result: "王经理收了"}
				if i == 0 {
					done.Photo, done.Thumb = photo, shared
				}
				if err := w.DoGreeting(ctx, boss, g.ID, g.Version, done); err != nil {
					t.Fatal(err)
				}
			}
			return customer
		}
		gone, stays := put("the receipt that one client signed"), put("the receipt that another signed")
		erased := greeted("甲公司", gone)
		kept := greeted("乙公司", stays)

		q := askErasure(t, w, erased, 0)
		plan, err := w.PlanErasure(ctx, w.As(t, w.RegionZJ).Scope(policy.CustomerRights), q.ID)
		if err != nil || plan.Photos != 1 {
			t.Fatalf("planned %+v: %v", plan, err)
		}
		if _, err := w.ConfirmErasure(ctx, w.As(t, w.RegionZJ), q.ID, q.Version); err != nil {
			t.Fatal(err)
		}
		if _, err := w.OpenFile(ctx, gone); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("the proof opens: %v", err)
		}
		for _, hash := range []string{shared, stays} {
			f, err := w.OpenFile(ctx, hash)
			if err != nil {
				t.Errorf("a picture of the other client's greeting is gone: %v", err)
				continue
			}
			_ = f.Close() // it was only opened
		}
		for _, g := range greetingsOf(t, w, erased) {
			if g.Photo != "" || g.Thumb != "" || g.Result != "" {
				t.Errorf("the erased client's greeting keeps %+v", g.Greeting)
			}
		}
		if list := greetingsOf(t, w, kept); len(list) != 2 || list[0].Result+list[1].Result != "王经理收了王经理收了" {
			t.Errorf("the other client's greetings: %+v", list)
		}
	})
}

// A first parcel's day is long past when its bill comes, and one that was put off
// is to be done behind its occasion's day: both open again when the complaint is
// closed, as long as the day by which they are to be done is not over.
func TestWhatAComplaintClosedOpensAgainByTheDayItIsToBeDone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		old, _ := greetee(t, w, db.Customer{Name: "老客户", Class: "C"}, db.Contact{Name: "李"})
		sendOn(t, w, old, w.West, "F0", "2026-06-01")
		fresh, k := greetee(t, w, db.Customer{Name: "新客户", Class: "A"}, db.Contact{Name: "王"})
		say(t, w, fresh, k, consent.Service, consent.Given)
		if _, err := db.Writer(w.DB).Exec(`UPDATE contacts SET created_at = 1 WHERE id = $1`, k); err != nil {
			t.Fatal(err)
		}
		sendOn(t, w, fresh, w.West, "F1", "2026-11-01")
		later, _ := greetee(t, w, db.Customer{Name: "改天的客户", Class: "A"}, db.Contact{Name: "赵", BirthdayMonth: 11, BirthdayDay: 25})
		setGreetings(t, w, 0, "2026-11-21", greeting.Default())
		sweepGreetings(t, w, "2026-11-22", 2)
		if g := greetingsOf(t, w, fresh)[0]; g.Occasion != string(greeting.FirstParcel) || g.Day != "2026-11-01" || g.Due != "2026-11-24" {
			t.Fatalf("%+v", g)
		}
		g := greetingsOf(t, w, later)[0]
		if err := w.PostponeGreeting(ctx, boss, g.ID, g.Version, "2026-12-20"); err != nil {
			t.Fatal(err)
		}
		state := func(what string, customer int64, want string) {
			t.Helper()
			if g := greetingsOf(t, w, customer)[0]; g.State+" "+g.ClosedWhy != want {
				t.Errorf("%s: %s %s, want %s", what, g.State, g.ClosedWhy, want)
			}
		}
		complaints := func(step string) {
			t.Helper()
			if _, err := db.Writer(w.DB).Exec(`UPDATE cases SET step = $1`, step); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []int64{fresh, later} {
			if _, err := w.OpenCase(ctx, boss, db.Submission{}, db.NewCase{Case: db.Case{Kind: "complaint", BranchID: w.West, CustomerID: c, Caller: "王", Channel: "phone", Severity: "minor", Said: "件没到"}}); err != nil {
				t.Fatal(err)
			}
		}
		sweepGreetings(t, w, "2026-11-23", 0)
		state("the first parcel, complained of", fresh, "skipped complaint")
		state("the one put off, complained of", later, "skipped complaint")
		complaints("closed")
		sweepGreetings(t, w, "2026-11-27", 0) // three days behind the 24th, the last of the rule
		state("the first parcel, on its last day", fresh, "open ")
		state("the one put off", later, "open ")
		complaints("accept")
		sweepGreetings(t, w, "2026-11-28", 0)
		complaints("closed")
		sweepGreetings(t, w, "2026-12-22", 0)
		state("the first parcel, when its day is over", fresh, "skipped complaint")
		state("the one put off, two days behind its day", later, "open ")
	})
}
