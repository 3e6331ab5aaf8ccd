package db_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/consent"
	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/greeting"
)

var greetSystem = policy.SystemActor("test")

// greetee puts a client with one contact into the western branch, who agreed to
// festivals and birthdays.
func greetee(t *testing.T, w *dbtest.World, c db.Customer, k db.Contact) (customer, contact int64) {
	t.Helper()
	ctx, boss := context.Background(), w.As(t, w.BossWest)
	c.BranchID = w.West
	customer, err := w.CreateCustomer(ctx, boss, db.Submission{}, c)
	if err != nil {
		t.Fatal(err)
	}
	k.CustomerID = customer
	if contact, err = w.SaveContact(ctx, boss, db.Submission{}, k); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{consent.Festival, consent.Birthday} {
		say(t, w, customer, contact, p, consent.Given)
	}
	return customer, contact
}

func say(t *testing.T, w *dbtest.World, customer, contact int64, purpose string, state consent.State) {
	t.Helper()
	if _, err := w.RecordConsent(context.Background(), w.As(t, w.BossWest), db.Consent{CustomerID: customer, ContactID: contact, Purpose: purpose, State: state, Source: "phone", Day: "2026-11-01"}); err != nil {
		t.Fatal(err)
	}
}

func sweepGreetings(t *testing.T, w *dbtest.World, on string, want int64) {
	t.Helper()
	if n, err := w.SweepGreetings(context.Background(), greetSystem, day.MustParse(on)); err != nil || n != want {
		t.Fatalf("%s: %d made, want %d (%v)", on, n, want, err)
	}
}

func greetingsOf(t *testing.T, w *dbtest.World, customer int64) []db.GreetingRow {
	t.Helper()
	list, err := w.GreetingsOf(context.Background(), customer, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func setGreetings(t *testing.T, w *dbtest.World, branch int64, from string, rule greeting.Rule) {
	t.Helper()
	ctx := context.Background()
	text, err := json.Marshal(rule)
	if err != nil {
		t.Fatal(err)
	}
	versions, err := w.RuleVersions(ctx, db.RuleGreetings, branch)
	if err != nil {
		t.Fatal(err)
	}
	row := db.RuleRow{Rule: db.RuleGreetings, BranchID: branch, ValidFrom: from, Value: string(text), Reason: "试"}
	if len(versions) > 0 {
		row.Version = versions[0].Version
	}
	if _, err := w.SetRule(ctx, w.As(t, w.Admin), policy.GreetingPlan, row); err != nil {
		t.Fatal(err)
	}
}

func TestAGreetingIsMadeOnceForContactAndOccasion(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		a, _ := greetee(t, w, db.Customer{Name: "甲公司", Class: "A", OwnerID: w.RepWest}, db.Contact{Name: "王经理", BirthdayMonth: 12, BirthdayDay: 28})
		c, _ := greetee(t, w, db.Customer{Name: "丙公司", Class: "C"}, db.Contact{Name: "丙"})
		unasked, err := w.CreateCustomer(ctx, w.As(t, w.BossWest), db.Submission{}, db.Customer{BranchID: w.West, Name: "乙公司", Class: "B"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.SaveContact(ctx, w.As(t, w.BossWest), db.Submission{}, db.Contact{CustomerID: unasked, Name: "没问过"}); err != nil {
			t.Fatal(err)
		}
		sweepGreetings(t, w, "2026-12-24", 0) // eight days before New Year's Day, four before the birthday
		sweepGreetings(t, w, "2026-12-25", 2)
		sweepGreetings(t, w, "2026-12-25", 0)
		sweepGreetings(t, w, "2026-12-20", 0) // the clock was set back
		sweepGreetings(t, w, "2026-12-26", 0)
		list := greetingsOf(t, w, a)
		if len(list) != 2 {
			t.Fatalf("%d greetings: %+v", len(list), list)
		}
		g := list[0]
		if g.Occasion != string(festival.NewYear) || g.Season != 2027 || g.Day != "2027-01-01" || g.Due != g.Day || g.UserID != w.RepWest || g.Follows != greeting.ByOwner || g.BranchID != w.West || len(g.Means) == 0 {
			t.Errorf("New Year's Day: %+v", g)
		}
		if b := list[1]; b.Occasion != string(greeting.Birthday) || b.Day != "2026-12-28" || b.Season != 2026 {
			t.Errorf("the birthday: %+v", b)
		}
		if n := len(greetingsOf(t, w, c)) + len(greetingsOf(t, w, unasked)); n != 0 {
			t.Errorf("a C client and one who was not asked have %d", n)
		}
		// Another plan makes no second one of what is there; it makes what is new.
		rule := greeting.Default()
		rule.Plans[festival.NewYear] = greeting.Plan{On: true, Means: []greeting.Means{greeting.Card}, Ahead: 10, By: greeting.ByOwner}
		setGreetings(t, w, 0, "2026-12-01", rule)
		sweepGreetings(t, w, "2026-12-27", 1)
		if list := greetingsOf(t, w, c); len(list) != 1 || list[0].RuleVersion != 1 {
			t.Errorf("the C client by the new plan: %+v", list)
		}
	})
}

func TestMissedNightsAreCaughtUpAndOldOccasionsAreNot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		a, _ := greetee(t, w, db.Customer{Name: "甲公司", Class: "A"}, db.Contact{Name: "王经理"})
		sweepGreetings(t, w, "2027-01-05", 0) // the fourth day behind
		sweepGreetings(t, w, "2027-01-04", 1)
		if list := greetingsOf(t, w, a); len(list) != 1 || list[0].Day != "2027-01-01" {
			t.Errorf("%+v", list)
		}
		// A plan that holds from a day on says nothing of days before.
		rule := greeting.Default()
		rule.Plans[festival.Lantern] = rule.Plans[festival.Spring]
		rule.Late = 10
		setGreetings(t, w, 0, "2027-02-22", rule)
		sweepGreetings(t, w, "2027-02-23", 0) // 元宵 was on the 20th
	})
}

func TestTwoNodesMakeOneGreeting(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		const n = 40
		for i := range n {
			greetee(t, w, db.Customer{Name: fmt.Sprintf("第%d家公司", i), Class: "A"}, db.Contact{Name: "王"})
		}
		var wait sync.WaitGroup
		var made [2]int64
		var errs [2]error
		for i := range made {
			wait.Go(func() {
				made[i], errs[i] = w.SweepGreetings(context.Background(), greetSystem, day.MustParse("2026-12-28"))
			})
		}
		wait.Wait()
		if errs[0] != nil || errs[1] != nil || made[0]+made[1] != n {
			t.Errorf("made %v, %v", made, errs)
		}
		if got, err := w.CountGreetings(context.Background(), w.As(t, w.BossWest), db.GreetingFilter{}, 1000); err != nil || got != n {
			t.Errorf("%d greetings, %v", got, err)
		}
	})
}

// cutContext ends after it was asked a number of times whether it has: a night
// that is cut off somewhere, always at the same place.
type cutContext struct {
	context.Context
	left atomic.Int64
	once sync.Once
	end  chan struct{}
}

func (c *cutContext) Done() <-chan struct{} {
	if c.left.Add(-1) < 0 {
		c.once.Do(func() { close(c.end) })
	}
	return c.end
}

func (c *cutContext) Err() error {
	select {
	case <-c.end:
		return context.Canceled
	default:
		return nil
	}
}

func TestANightThatWasCutOffGoesOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		const n = 60 // more than one act
		var last int64
		for i := range n {
			last, _ = greetee(t, w, db.Customer{Name: fmt.Sprintf("第%d家公司", i), Class: "B"}, db.Contact{Name: "王"})
		}
		cuts := 0
		for asked := int64(10); asked < 4000; asked += asked / 2 {
			ctx := &cutContext{Context: context.Background(), end: make(chan struct{})}
			ctx.left.Store(asked)
			if _, err := w.SweepGreetings(ctx, greetSystem, day.MustParse("2026-12-28")); err != nil {
				cuts++
			}
		}
		if cuts < 3 {
			t.Fatalf("cut off %d times", cuts)
		}
		if _, err := w.SweepGreetings(context.Background(), greetSystem, day.MustParse("2026-12-28")); err != nil {
			t.Fatal(err)
		}
		if got, err := w.CountGreetings(context.Background(), w.As(t, w.BossWest), db.GreetingFilter{}, 1000); err != nil || got != n {
			t.Errorf("%d greetings for %d contacts, %v", got, n, err)
		}
		if list := greetingsOf(t, w, last); len(list) != 1 {
			t.Errorf("the last one has %d", len(list))
		}
	})
}

func TestCloseFestivalsAreOneGreetingThatNamesBoth(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		a, _ := greetee(t, w, db.Customer{Name: "甲公司", Class: "A"}, db.Contact{Name: "王经理"})
		rule := greeting.Default()
		rule.Plans[festival.NewYearsEve] = rule.Plans[festival.Spring]
		setGreetings(t, w, 0, "2026-12-01", rule)
		sweepGreetings(t, w, "2027-01-29", 1)
		sweepGreetings(t, w, "2027-01-30", 0)
		sweepGreetings(t, w, "2027-02-06", 0)
		list := greetingsOf(t, w, a)
		if len(list) != 1 || list[0].Occasion != string(festival.NewYearsEve) || list[0].Day != "2027-02-05" || len(list[0].Also) != 1 || list[0].Also[0] != (db.GreetingAlso{Occasion: "spring", Day: "2027-02-06"}) {
			t.Errorf("%+v", list)
		}
	})
}

func TestAGreetingFollowsTheClientAndWhoWithdrewIsLeftAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		a, k := greetee(t, w, db.Customer{Name: "甲公司", Class: "A", OwnerID: w.RepWest}, db.Contact{Name: "王经理", BirthdayMonth: 12, BirthdayDay: 30})
		sweepGreetings(t, w, "2026-12-28", 2)
		file, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), a)
		if err != nil {
			t.Fatal(err)
		}
		file.OwnerID = w.BossWest
		if err := w.UpdateCustomer(ctx, boss, file); err != nil {
			t.Fatal(err)
		}
		list := greetingsOf(t, w, a)
		year, birthday := list[0], list[1]
		if year.UserID != w.BossWest || birthday.UserID != w.BossWest {
			t.Errorf("after another rep: %d and %d, want %d", year.UserID, birthday.UserID, w.BossWest)
		}
		// Handed to somebody it stays theirs.
		if err := w.PassGreeting(ctx, boss, year.ID, year.Version, w.ClerkWest); err != nil {
			t.Fatal(err)
		}
		file, _ = w.Customer(ctx, boss.Scope(policy.CustomerRead), a)
		file.OwnerID = w.RepWest
		if err := w.UpdateCustomer(ctx, boss, file); err != nil {
			t.Fatal(err)
		}
		if list := greetingsOf(t, w, a); list[0].UserID != w.ClerkWest || list[1].UserID != w.RepWest {
			t.Errorf("handed over: %d and %d", list[0].UserID, list[1].UserID)
		}
		// Who withdraws is not greeted, not even before the night has looked.
		say(t, w, a, k, consent.Birthday, consent.Withdrawn)
		birthday = greetingsOf(t, w, a)[1]
		err = w.DoGreeting(ctx, boss, birthday.ID, birthday.Version, db.GreetingDoneAs{By: "call"})
		var not *db.NotGreeted
		if !errors.As(err, &not) || not.Why != greeting.TookBack || !errors.Is(err, db.ErrNotGreeted) {
			t.Errorf("done all the same: %v", err)
		}
		sweepGreetings(t, w, "2026-12-29", 0)
		list = greetingsOf(t, w, a)
		if b := list[1]; b.State != db.GreetingSkipped || b.ClosedWhy != string(greeting.TookBack) {
			t.Errorf("after the night: %+v", b)
		}
		if list[0].State != db.GreetingOpen {
			t.Error("the festival, which nobody withdrew, is closed too")
		}
	})
}

func TestACorrectedBirthdayTakesItsGreetingAlong(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		a, k := greetee(t, w, db.Customer{Name: "甲公司", Class: "A"}, db.Contact{Name: "王经理", BirthdayMonth: 11, BirthdayDay: 25})
		sweepGreetings(t, w, "2026-11-22", 1)
		contacts, err := w.Contacts(ctx, boss.Scope(policy.CustomerRead), a)
		if err != nil || contacts[0].ID != k {
			t.Fatal(contacts, err)
		}
		contacts[0].BirthdayDay = 28
		if _, err := w.SaveContact(ctx, boss, db.Submission{}, contacts[0]); err != nil {
			t.Fatal(err)
		}
		sweepGreetings(t, w, "2026-11-23", 0)
		if g := greetingsOf(t, w, a)[0]; g.Day != "2026-11-28" || g.Due != g.Day || g.State != db.GreetingOpen {
			t.Errorf("moved: %+v", g)
		}
		contacts, _ = w.Contacts(ctx, boss.Scope(policy.CustomerRead), a)
		contacts[0].BirthdayDay, contacts[0].BirthdayMonth = 0, 0
		if _, err := w.SaveContact(ctx, boss, db.Submission{}, contacts[0]); err != nil {
			t.Fatal(err)
		}
		sweepGreetings(t, w, "2026-11-24", 0)
		if g := greetingsOf(t, w, a)[0]; g.State != db.GreetingSkipped || g.ClosedWhy != string(greeting.NoDay) {
			t.Errorf("without a birthday: %+v", g)
		}
	})
}

func TestWhatCanBeDoneWithAGreeting(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, rep := context.Background(), w.As(t, w.BossWest), w.As(t, w.RepWest)
		a, _ := greetee(t, w, db.Customer{Name: "甲公司", Class: "A", OwnerID: w.RepWest}, db.Contact{Name: "王经理"})
		sweepGreetings(t, w, "2026-12-28", 1)
		g := greetingsOf(t, w, a)[0]
		if _, err := w.Greeting(ctx, w.As(t, w.BossEast), policy.GreetingRead, g.ID); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("from another branch: %v", err)
		}
		for _, due := range []string{"", "2026-11-01", "2027-03-01", "soon"} {
			if err := w.PostponeGreeting(ctx, rep, g.ID, g.Version, due); !errors.Is(err, db.ErrRefused) {
				t.Errorf("put off until %q: %v", due, err)
			}
		}
		if err := w.PostponeGreeting(ctx, rep, g.ID, g.Version, "2027-01-03"); err != nil {
			t.Fatal(err)
		}
		if err := w.DoGreeting(ctx, rep, g.ID, g.Version, db.GreetingDoneAs{By: "call"}); !errors.Is(err, db.ErrConflict) {
			t.Errorf("by a stale version: %v", err)
		}
		g = greetingsOf(t, w, a)[0]
		if g.Due != "2027-01-03" || g.Day != "2027-01-01" {
			t.Errorf("put off: %+v", g)
		}
		if err := w.DoGreeting(ctx, rep, g.ID, g.Version, db.GreetingDoneAs{By: "fax"}); !errors.Is(err, db.ErrRefused) {
			t.Errorf("by fax: %v", err)
		}
		if err := w.DoGreeting(ctx, rep, g.ID, g.Version, db.GreetingDoneAs{By: "gift", Result: "亲自送到", Spent: 5000}); err != nil {
			t.Fatal(err)
		}
		g = greetingsOf(t, w, a)[0]
		if g.State != db.GreetingDone || g.DoneBy != "gift" || g.Spent != 5000 || g.Closer == "" || g.ClosedAt == 0 {
			t.Errorf("done: %+v", g)
		}
		if err := w.SkipGreeting(ctx, rep, g.ID, g.Version, "不用了"); !errors.Is(err, db.ErrConflict) {
			t.Errorf("skipped after it was done: %v", err)
		}
		if err := w.UseOffer(ctx, rep, g.ID, g.Version, "2026-11-20"); !errors.Is(err, db.ErrRefused) {
			t.Errorf("an offer that it has not: %v", err)
		}
		sweepGreetings(t, w, "2026-12-29", 0)
		if err := w.ReopenGreeting(ctx, rep, g.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.PassGreeting(ctx, boss, g.ID, g.Version+1, w.ClerkEast); !errors.Is(err, db.ErrRefused) {
			t.Errorf("to somebody of another branch: %v", err)
		}
		if err := w.SkipGreeting(ctx, boss, g.ID, g.Version+1, "客户出国"); err != nil {
			t.Fatal(err)
		}
		if g := greetingsOf(t, w, a)[0]; g.State != db.GreetingSkipped || g.Result != "客户出国" || g.Spent != 0 {
			t.Errorf("skipped: %+v", g)
		}
		history, err := w.History(ctx, boss.Scope(policy.CustomerHistory), a, 0, 50)
		if err != nil {
			t.Fatal(err)
		}
		acts := ""
		for _, ch := range history {
			if ch.Entity == "greetings" {
				acts += " " + ch.Act
			}
		}
		if acts != " greetings.skip greetings.reopen greetings.do greetings.postpone greetings.make" {
			t.Errorf("the client's history says%s", acts)
		}
	})
}

func TestForgottenGreetingsAreAskedFor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		if err := w.SetDuty(ctx, w.As(t, w.Admin), w.West, db.DutyCare, w.BossWest, 0); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"甲公司", "乙公司"} {
			greetee(t, w, db.Customer{Name: name, Class: "A"}, db.Contact{Name: "王经理"})
		}
		sweepGreetings(t, w, "2026-12-31", 2)
		for range 2 {
			sweepGreetings(t, w, "2027-01-02", 0)
		}
		list, _, err := w.Todos(ctx, w.As(t, w.BossWest), db.TodoFilter{Kind: db.TodoGreetings})
		if err != nil || len(list) != 1 || list[0].UserID != w.BossWest || list[0].Args["n"] != "2" || list[0].Args["day"] != "2027-01-01" {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestAPreviewSaysWhoAndWhyAndWhatItCosts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		a, _ := greetee(t, w, db.Customer{Name: "甲公司", Class: "A"}, db.Contact{Name: "王经理", Primary: true})
		if _, err := w.SaveContact(ctx, boss, db.Submission{}, db.Contact{CustomerID: a, Name: "仓库小李"}); err != nil {
			t.Fatal(err)
		}
		b, no := greetee(t, w, db.Customer{Name: "乙公司", Class: "B"}, db.Contact{Name: "乙"})
		say(t, w, b, no, consent.Festival, consent.Withdrawn)
		greetee(t, w, db.Customer{Name: "丙公司", Class: "C"}, db.Contact{Name: "丙"})
		plan := greeting.Plan{On: true, Classes: []string{"A", "B"}, Means: []greeting.Means{greeting.Gift}, By: greeting.ByOwner,
			Treats: map[string]greeting.Treat{"A": {Gift: "茶叶", Budget: 8800}}}
		ask := db.GreetingAsked{Occasion: festival.Spring, Plan: plan, Branch: w.West, On: "2026-11-20"}
		scope := boss.Scope(policy.GreetingRead)
		p, err := w.PreviewGreetings(ctx, scope, ask)
		if err != nil {
			t.Fatal(err)
		}
		want := map[greeting.Reason]int{}
		for _, c := range p.Counts {
			want[c.Reason] = int(c.N)
		}
		named, err := w.PreviewedByReason(ctx, scope, ask, want)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, c := range p.Counts {
			got += fmt.Sprintf(" %s:%d", c.Reason, c.N)
			if int64(len(named[c.Reason])) != c.N || named[c.Reason][0].Why != c.Reason {
				t.Errorf("%s: %d named of %d", c.Reason, len(named[c.Reason]), c.N)
			}
			list, more, err := w.PreviewedGreetings(ctx, scope, ask, c.Reason, 0, 50)
			if err != nil || more != 0 || int64(len(list)) != c.N {
				t.Errorf("%s: %d listed of %d, more %d, %v", c.Reason, len(list), c.N, more, err)
			}
		}
		if !strings.HasPrefix(got, " in:1 class:") || !strings.Contains(got, " not_first:1 withdrawn:1") || p.Budget != 8800 || len(p.Classes) != 1 || p.Classes[0].Treat.Gift != "茶叶" {
			t.Errorf("%s, %+v", got, p)
		}
		if p, err := w.PreviewGreetings(ctx, w.As(t, w.BossEast).Scope(policy.GreetingRead), ask); err != nil || p.Contacts != 0 {
			t.Errorf("from another branch: %+v, %v", p, err)
		}
		// Page by page everybody once.
		all, _, err := w.PreviewedGreetings(ctx, scope, ask, "", 0, 1000)
		if err != nil || int64(len(all)) != p.Contacts {
			t.Fatalf("%d listed of %d, %v", len(all), p.Contacts, err)
		}
		var after int64
		for i := range all {
			one, more, err := w.PreviewedGreetings(ctx, scope, ask, "", after, 1)
			if err != nil || len(one) != 1 || one[0].ContactID != all[i].ContactID {
				t.Fatalf("page %d: %+v, %v", i, one, err)
			}
			after = more
		}
	})
}
