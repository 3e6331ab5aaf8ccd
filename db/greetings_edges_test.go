package db_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/consent"
	"yike/policy/festival"
	"yike/policy/greeting"
	"yike/policy/message"
)

// An older client at a branch that is walked over later is on the next page.
func TestAPreviewOfSeveralBranchesNamesEverybodyOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin := context.Background(), w.As(t, w.Admin)
		first, last := min(w.West, w.East), max(w.West, w.East)
		for i, branch := range []int64{last, last, first, last, first} {
			id, err := w.CreateCustomer(ctx, admin, db.Submission{}, db.Customer{BranchID: branch, Name: "第" + strconv.Itoa(i) + "家", Class: "A"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.SaveContact(ctx, admin, db.Submission{}, db.Contact{CustomerID: id, Name: "王" + strconv.Itoa(i)}); err != nil {
				t.Fatal(err)
			}
		}
		scope := w.As(t, w.RegionZJ).Scope(policy.GreetingRead)
		ask := db.GreetingAsked{Occasion: festival.Spring, Plan: greeting.Plan{On: true}, On: "2026-11-20"}
		all, err := w.PreviewGreetings(ctx, scope, ask)
		if err != nil || all.Contacts != 5 {
			t.Fatal(all, err)
		}
		named := map[int64]int{}
		for after, pages := int64(0), 0; pages == 0 || after != 0; pages++ {
			list, more, err := w.PreviewedGreetings(ctx, scope, ask, "", after, 1)
			if err != nil || pages > 6 {
				t.Fatal(pages, err)
			}
			for _, x := range list {
				named[x.ContactID]++
			}
			after = more
		}
		if len(named) != 5 {
			t.Errorf("%d of 5 are named: %v", len(named), named)
		}
	})
}

// A first parcel is known when the bill comes: saving a plan meanwhile does not
// lose it.
func TestAFirstParcelBeforeThePlanWasSaved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		old, _ := greetee(t, w, db.Customer{Name: "老客户", Class: "A"}, db.Contact{Name: "李"})
		sendOn(t, w, old, w.West, "F0", "2026-06-01")
		fresh, k := greetee(t, w, db.Customer{Name: "新客户", Class: "A"}, db.Contact{Name: "王"})
		say(t, w, fresh, k, consent.Service, consent.Given)
		// The file is older than its parcel.
		if _, err := db.Writer(w.DB).Exec(`UPDATE contacts SET created_at = 1 WHERE id = $1`, k); err != nil {
			t.Fatal(err)
		}
		sendOn(t, w, fresh, w.West, "F1", "2026-11-10")
		rule := greeting.Default()
		setGreetings(t, w, 0, "2026-11-21", rule)
		sweepGreetings(t, w, "2026-11-22", 1)
		if g := greetingsOf(t, w, fresh)[0]; g.Occasion != string(greeting.FirstParcel) {
			t.Errorf("%+v", g)
		}
	})
}

// Words are free again however often the greeting changed since it was done.
func TestWordsOfAGreetingThatIsOpenAgainAreFree(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		a, k := greetee(t, w, db.Customer{Name: "甲公司", Class: "A"}, db.Contact{Name: "王经理"})
		sweepGreetings(t, w, "2026-12-28", 1)
		g := greetingsOf(t, w, a)[0]
		o, _ := message.OccasionOf(string(festival.NewYear))
		want := db.Wanted{CustomerID: a, ContactID: k, For: []message.Occasion{o}, Channel: message.WeChat, Day: g.Day, Today: "2026-12-28", Person: "王店长"}
		words, err := w.Word(ctx, want)
		if err != nil || words.Message.Body == "" {
			t.Fatal(words, err)
		}
		if err := w.DoGreeting(ctx, boss, g.ID, g.Version, db.GreetingDoneAs{By: "wechat", Words: &words}); err != nil {
			t.Fatal(err)
		}
		if next, err := w.Word(ctx, want); err != nil || next.Message.Body == words.Message.Body {
			t.Fatalf("the same words again: %v", err)
		}
		if _, err := db.Writer(w.DB).Exec(`UPDATE greetings SET version = version + 3 WHERE id = $1`, g.ID); err != nil { // its offer was used, say
			t.Fatal(err)
		}
		if err := w.ReopenGreeting(ctx, boss, g.ID); err != nil {
			t.Fatal(err)
		}
		if next, err := w.Word(ctx, want); err != nil || next.Message.Body != words.Message.Body {
			t.Errorf("the words are not free: %q, %v", next.Message.Body, err)
		}
	})
}

// First the complaint, then wishes: while one is open no greeting is made, sent
// or done, and what closed for it opens again.
func TestAnOpenComplaintKeepsGreetingsBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		a, _ := greetee(t, w, db.Customer{Name: "甲公司", Class: "A", OwnerID: w.RepWest}, db.Contact{Name: "王经理"})
		b, _ := greetee(t, w, db.Customer{Name: "乙公司", Class: "A", OwnerID: w.RepWest}, db.Contact{Name: "李经理"})
		complain := func(customer int64, kind string) int64 {
			t.Helper()
			id, err := w.OpenCase(ctx, boss, db.Submission{}, db.NewCase{Case: db.Case{Kind: kind, BranchID: w.West, CustomerID: customer, Caller: "王经理", Channel: casework.Phone, Severity: casework.Minor, Said: "件没到"}})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		step := func(id int64, step string) {
			t.Helper()
			if _, err := db.Writer(w.DB).Exec(`UPDATE cases SET step = $2 WHERE id = $1`, id, step); err != nil {
				t.Fatal(err)
			}
		}
		first := complain(a, casework.Complaint)
		complain(b, casework.Consultation)
		ask := db.GreetingAsked{Occasion: festival.NewYear, Plan: greeting.Plan{On: true, By: greeting.ByOwner}, Branch: w.West, On: "2026-12-26"}
		scope := boss.Scope(policy.GreetingRead)
		p, err := w.PreviewGreetings(ctx, scope, ask)
		if err != nil {
			t.Fatal(err)
		}
		list, _, err := w.PreviewedGreetings(ctx, scope, ask, greeting.Complaint, 0, 9)
		if err != nil || len(list) != 1 || list[0].CustomerID != a {
			t.Errorf("listed %+v, %v", list, err)
		}
		said := ""
		for _, c := range p.Counts {
			said += " " + string(c.Reason) + ":" + strconv.FormatInt(c.N, 10)
		}
		if !strings.Contains(said, " in:1") || !strings.Contains(said, " complaint:1") {
			t.Errorf("the preview says%s", said)
		}
		sweepGreetings(t, w, "2026-12-26", 1) // a question keeps nothing back
		step(first, "closed")
		sweepGreetings(t, w, "2026-12-27", 1)
		state := func(what, want string) {
			t.Helper()
			if g := greetingsOf(t, w, a)[0]; g.State+" "+g.ClosedWhy != want {
				t.Errorf("%s: %s %s, want %s", what, g.State, g.ClosedWhy, want)
			}
		}
		state("closed", "open ")
		second := complain(a, casework.Complaint)
		g := greetingsOf(t, w, a)[0]
		var not *db.NotGreeted
		words := db.Worded{Template: db.Template{Template: message.Template{Channel: message.SMS}}, Message: message.Message{Body: "新年好"}}
		if err := w.SendGreeting(ctx, boss, db.GreetingSend{ID: g.ID, Version: g.Version, Words: words, Ahead: true}); !errors.As(err, &not) || not.Why != greeting.Complaint {
			t.Errorf("sent all the same: %v", err)
		}
		// What was done before the complaint came is written down as it was.
		if err := w.DoGreeting(ctx, boss, g.ID, g.Version, db.GreetingDoneAs{By: "call"}); err != nil {
			t.Errorf("it was done already: %v", err)
		}
		state("done", "done ")
		if err := w.ReopenGreeting(ctx, boss, g.ID); err != nil {
			t.Fatal(err)
		}
		if why, err := w.Wordings().MayBeGreeted(ctx, g.Greeting); err != nil || why != greeting.Complaint {
			t.Errorf("its page says %s, %v", why, err)
		}
		sweepGreetings(t, w, "2026-12-28", 0)
		state("another one", "skipped complaint")
		step(second, "closed")
		sweepGreetings(t, w, "2026-12-29", 0)
		state("that is closed, too", "open ")
	})
}

// A birthday that was corrected to a day long past is not late for ever.
func TestABirthdayCorrectedToADayLongPast(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		a, _ := greetee(t, w, db.Customer{Name: "甲公司", Class: "A"}, db.Contact{Name: "王经理", BirthdayMonth: 11, BirthdayDay: 25})
		sweepGreetings(t, w, "2026-11-22", 1)
		correct := func(month, d int64, on, want string) {
			t.Helper()
			contacts, err := w.Contacts(ctx, boss.Scope(policy.CustomerRead), a)
			if err != nil {
				t.Fatal(err)
			}
			contacts[0].BirthdayMonth, contacts[0].BirthdayDay = month, d
			if _, err := w.SaveContact(ctx, boss, db.Submission{}, contacts[0]); err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second night changes nothing
				sweepGreetings(t, w, on, 0)
				if g := greetingsOf(t, w, a)[0]; g.State+" "+g.ClosedWhy+" "+g.Day != want {
					t.Errorf("to %d-%d: %s %s %s, want %s", month, d, g.State, g.ClosedWhy, g.Day, want)
				}
			}
		}
		correct(2, 3, "2026-11-23", "skipped passed 2026-11-25")
		correct(11, 27, "2026-11-24", "open  2026-11-27")
	})
}

// A greeting that is given back goes to whom the plan names, and to nobody who
// left.
func TestAGreetingGivenBackGoesToWhomThePlanNames(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, admin := context.Background(), w.As(t, w.BossWest), w.As(t, w.Admin)
		rule := greeting.Default()
		rule.Plans[festival.NewYear] = greeting.Plan{On: true, Means: []greeting.Means{greeting.Call}, Ahead: 7, By: greeting.ByClerk}
		setGreetings(t, w, 0, "2026-11-21", rule)
		if err := w.SetDuty(ctx, admin, w.West, db.DutyCare, w.BossWest, 0); err != nil {
			t.Fatal(err)
		}
		a, _ := greetee(t, w, db.Customer{Name: "甲公司", Class: "A", OwnerID: w.RepWest, ClerkID: w.ClerkWest}, db.Contact{Name: "王经理"})
		sweepGreetings(t, w, "2026-12-26", 1)
		pass := func(to, want int64, follows string) {
			t.Helper()
			g := greetingsOf(t, w, a)[0]
			if err := w.PassGreeting(ctx, boss, g.ID, g.Version, to); err != nil {
				t.Fatal(err)
			}
			if g := greetingsOf(t, w, a)[0]; g.UserID != want || g.Follows != follows {
				t.Errorf("given to %d it is %d's and follows %q, want %d's, %q", to, g.UserID, g.Follows, want, follows)
			}
		}
		pass(w.RepWest2, w.RepWest2, "")
		pass(0, w.ClerkWest, greeting.ByClerk)
		pass(w.RepWest2, w.RepWest2, "")
		leave := func(who int64) {
			t.Helper()
			if _, err := db.Writer(w.DB).Exec(`UPDATE users SET disabled = $2 WHERE id = $1`, who, true); err != nil {
				t.Fatal(err)
			}
		}
		leave(w.RepWest2)
		sweepGreetings(t, w, "2026-12-27", 0)
		if g := greetingsOf(t, w, a)[0]; g.UserID != w.ClerkWest || g.Follows != greeting.ByClerk {
			t.Errorf("its taker left: %d's, follows %q", g.UserID, g.Follows)
		}
		pass(w.RepWest, w.RepWest, "")
		leave(w.ClerkWest)
		pass(0, w.BossWest, greeting.ByClerk)
	})
}

// A figure of one branch opens that branch's greetings, without those below it.
func TestAFigureOfABranchCountsThatBranchAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, region := context.Background(), w.As(t, w.RegionZJ)
		greetee(t, w, db.Customer{Name: "甲公司", Class: "A"}, db.Contact{Name: "王"})
		up, _ := greetee(t, w, db.Customer{Name: "乙公司", Class: "A"}, db.Contact{Name: "李"})
		if _, err := db.Writer(w.DB).Exec(`UPDATE customers SET branch_id = $2 WHERE id = $1`, up, w.Zhejiang); err != nil {
			t.Fatal(err)
		}
		sweepGreetings(t, w, "2026-12-26", 2)
		span := db.GreetingSpan{From: "2027-01-01", To: "2027-12-31"}
		figures, err := w.GreetingFigures(ctx, region.Scope(policy.GreetingRead), db.FiguresByBranch, span)
		if err != nil || len(figures) != 2 {
			t.Fatal(figures, err)
		}
		for _, f := range figures {
			n, err := w.CountGreetings(ctx, region, db.GreetingFilter{Counted: true, Only: true, BranchID: db.ParseID(f.Key), From: span.From, To: span.To, State: "all"}, 99)
			if err != nil || int64(n) != f.All {
				t.Errorf("%s: figure %d, its list %d, %v", f.Key, f.All, n, err)
			}
		}
	})
}
