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
	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/greeting"
	"yike/policy/message"
	"yike/policy/waybill"
	"yike/policy/worktime"
)

// greeted makes a company with greetings that are open, done, skipped and named
// by others, and returns the boss's actor.
func greetedCompany(t *testing.T, w *dbtest.World) policy.Actor {
	t.Helper()
	ctx, boss := context.Background(), w.As(t, w.BossWest)
	on := greeting.Plan{On: true, Means: []greeting.Means{greeting.Call}, Ahead: 7, By: greeting.ByOwner, Treats: map[string]greeting.Treat{"A": {Gift: "月饼", Budget: 8800}}}
	setGreetings(t, w, 0, "2026-11-21", greeting.Rule{Close: 7, Late: 3, Plans: map[festival.Code]greeting.Plan{festival.NewYear: on, festival.NewYearsEve: on, festival.Spring: on, greeting.Birthday: on}})
	for i := range 6 {
		class := []string{"A", "B", ""}[i%3]
		id, _ := greetee(t, w, db.Customer{Name: fmt.Sprintf("第%d家", i), Class: class, OwnerID: []int64{w.RepWest, w.RepWest2}[i%2]}, db.Contact{Name: fmt.Sprintf("联系人%d", i), BirthdayMonth: 12, BirthdayDay: int64(20 + i)})
		for _, on := range []string{"2026-12-20", "2027-01-04", "2027-02-07"} {
			sendOn(t, w, id, w.West, fmt.Sprintf("W%d%s", i, on), on)
		}
	}
	for _, on := range []string{"2026-12-18", "2026-12-25", "2027-01-31"} {
		if _, err := w.SweepGreetings(ctx, greetSystem, day.MustParse(on)); err != nil {
			t.Fatal(err)
		}
	}
	list, _, err := w.Greetings(ctx, boss, db.GreetingFilter{Limit: 2000})
	if err != nil || len(list) < 12 {
		t.Fatalf("%d greetings, %v", len(list), err)
	}
	for i, g := range list {
		switch i % 4 {
		case 0, 1:
			err = w.DoGreeting(ctx, boss, g.ID, g.Version, db.GreetingDoneAs{By: []string{"call", "gift"}[i%2], Spent: int64(100 * i)})
		case 2:
			err = w.SkipGreeting(ctx, boss, g.ID, g.Version, "本人不要")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return boss
}

func TestEveryFigureOfGreetingsEqualsItsListAndARecount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), greetedCompany(t, w)
		scope := boss.Scope(policy.GreetingRead)
		for _, span := range []db.GreetingSpan{{From: "2026-01-01", To: "2026-12-31"}, {From: "2027-01-01", To: "2027-12-31"}, {From: "2027-02-01", To: "2027-02-28", Branch: w.West}, {From: "2026-12-01", To: "2027-02-28", Occasion: "spring"}} {
			for _, by := range []string{db.FiguresByBranch, db.FiguresByClass, db.FiguresByOccasion, db.FiguresByMonth, db.FiguresByMeans, db.FiguresByPerson} {
				list, err := w.GreetingFigures(ctx, scope, by, span)
				if err != nil || len(list) == 0 && by != db.FiguresByMeans {
					t.Fatalf("%s %+v: %v, %v", by, span, list, err)
				}
				for _, f := range list {
					for state, n := range map[string]int64{"all": f.All, db.GreetingDone: f.Done, db.GreetingSkipped: f.Skipped, db.GreetingOpen: f.Open()} {
						q := db.GreetingFilter{Counted: true, State: state, From: span.From, To: span.To, Occasion: span.Occasion, BranchID: span.Branch, Limit: 2000}
						narrow(&q, by, f.Key)
						rows, _, err := w.Greetings(ctx, boss, q)
						if err != nil {
							t.Fatal(err)
						}
						counted, err := w.CountGreetings(ctx, boss, q, 10_000)
						if int64(len(rows)) != n || int64(counted) != n || err != nil {
							t.Errorf("%+v by %s %q: %d %s, %d listed, %d counted, %v", span, by, f.Key, n, state, len(rows), counted, err)
						}
						for _, r := range rows {
							if r.LeadID != 0 || state != "all" && r.State != state {
								t.Errorf("%s: a row is %s", state, r.State)
							}
						}
					}
				}
				freightEquals(t, w, boss, by, span)
			}
		}
		if list, err := w.GreetingFigures(ctx, w.As(t, w.BossEast).Scope(policy.GreetingRead), db.FiguresByClass, db.GreetingSpan{From: "2026-01-01", To: "2027-12-31"}); err != nil || len(list) != 0 {
			t.Errorf("another branch counts %v, %v", list, err)
		}
	})
}

func narrow(q *db.GreetingFilter, by, key string) {
	switch by {
	case db.FiguresByBranch:
		q.BranchID = db.ParseID(key)
	case db.FiguresByClass:
		q.Class = &key
	case db.FiguresByOccasion:
		q.Occasion = key
	case db.FiguresByMonth:
		q.From, q.To = max(q.From, key+"-01"), min(q.To, key+"-31")
	case db.FiguresByMeans:
		q.DoneBy = &key
	case db.FiguresByPerson:
		id := db.ParseID(key)
		q.Person = &id
	}
}

// freightEquals counts again, client by client, what the greeted ones shipped.
func freightEquals(t *testing.T, w *dbtest.World, boss policy.Actor, by string, span db.GreetingSpan) {
	t.Helper()
	ctx, scope := context.Background(), boss.Scope(policy.GreetingRead)
	got, err := w.GreetedFreight(ctx, scope, boss.Scope(policy.WaybillRead), by, span)
	if err != nil {
		t.Fatal(err)
	}
	list, err := w.GreetingFigures(ctx, scope, by, span)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		q := db.GreetingFilter{Counted: true, State: db.GreetingDone, From: span.From, To: span.To, Occasion: span.Occasion, BranchID: span.Branch, Limit: 2000}
		narrow(&q, by, f.Key)
		rows, _, err := w.Greetings(ctx, boss, q)
		if err != nil {
			t.Fatal(err)
		}
		seen, sum := map[int64]bool{}, int64(0)
		for _, r := range rows {
			if seen[r.CustomerID] {
				continue
			}
			seen[r.CustomerID] = true
			from, to := span.From[:7], span.To[:7]
			if by == db.FiguresByMonth {
				from, to = f.Key, f.Key
			}
			var fen int64
			if err := db.Writer(w.DB).QueryRow(`SELECT coalesce(sum(freight_fen), 0) FROM waybills WHERE customer_id = $1 AND sent_day >= $2 AND sent_day <= $3`, r.CustomerID, from+"-01", to+"-31").Scan(&fen); err != nil {
				t.Fatal(err)
			}
			sum += fen
		}
		if got[f.Key] != sum {
			t.Errorf("%+v by %s %q: freight %d, counted again %d", span, by, f.Key, got[f.Key], sum)
		}
	}
}

func TestResponsesCountThirtyDaysOnEachSide(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		plan := greeting.Plan{On: true, Means: []greeting.Means{greeting.Call}, Ahead: 7, By: greeting.ByOwner}
		setGreetings(t, w, 0, "2026-11-21", greeting.Rule{Close: 0, Late: 3, Plans: map[festival.Code]greeting.Plan{festival.NewYear: plan}})
		var clients []int64
		for i := range 4 {
			id, _ := greetee(t, w, db.Customer{Name: fmt.Sprintf("第%d家", i), Class: "A"}, db.Contact{Name: "王"})
			clients = append(clients, id)
		}
		other, _ := greetee(t, w, db.Customer{Name: "另一类", Class: "C"}, db.Contact{Name: "李"})
		// 2027-01-01 less 31, less 30, less 1, the day, plus 29, plus 30.
		days := []string{"2026-12-01", "2026-12-02", "2026-12-31", "2027-01-01", "2027-01-30", "2027-01-31"}
		for i, id := range append(slices.Clone(clients), other) {
			for k, on := range days {
				if i == 1 && k >= 3 {
					continue // the second does not ship again
				}
				sendOn(t, w, id, w.West, fmt.Sprintf("R%d%d", i, k), on)
			}
		}
		lost := []db.Waybill{{Number: "RX", BranchID: w.West, CustomerID: clients[1], SentDay: "2027-01-05", SentAt: day.MustParse("2027-01-05").Time().UnixMilli(), Pieces: 9, Freight: 0, State: waybill.Cancelled}}
		if _, err := w.LoadWaybills(ctx, systemActor, slices.Values(lost), nil); err != nil {
			t.Fatal(err)
		}
		sweepGreetings(t, w, "2026-12-26", 5)
		for _, id := range []int64{clients[0], clients[1]} {
			g := greetingsOf(t, w, id)[0]
			if err := w.DoGreeting(ctx, boss, g.ID, g.Version, db.GreetingDoneAs{By: "call"}); err != nil {
				t.Fatal(err)
			}
		}
		g, p := boss.Scope(policy.GreetingRead), boss.Scope(policy.WaybillRead)
		past, err := w.PastOccasions(ctx, g, 0, "2026-01-01", "2027-12-31")
		if err != nil || len(past) != 1 || past[0].Occasion != "new_year" || past[0].From != "2027-01-01" || past[0].To != "2027-01-01" || past[0].Done != 2 {
			t.Fatalf("%+v, %v", past, err)
		}
		list, err := w.Responders(ctx, g, p, 0, past[0])
		if err != nil || len(list) != 4 {
			t.Fatalf("%d clients, %v: the class that was not greeted is not looked at", len(list), err)
		}
		for i, x := range list {
			want := greeting.Sent{PiecesBefore: 2, PiecesAfter: 2, FreightBefore: 200, FreightAfter: 200}
			if i == 1 {
				want.PiecesAfter, want.FreightAfter = 0, 0
			}
			if x.ID != clients[i] || x.Sent != want || x.Greeted != (i < 2) {
				t.Errorf("client %d: %+v, want %+v", i, x.Shipper, want)
			}
		}
		r := greeting.Respond([]greeting.Shipper{list[0].Shipper, list[1].Shipper, list[2].Shipper, list[3].Shipper})
		if r.Greeted.Clients != 2 || r.Greeted.Again != 1 || r.Like.Clients != 2 || r.Like.Again != 2 || !r.TooFew {
			t.Errorf("%+v", r)
		}
		if list, err := w.Responders(ctx, w.As(t, w.BossEast).Scope(policy.GreetingRead), p, 0, past[0]); err != nil || len(list) != 0 {
			t.Errorf("from another branch: %d, %v", len(list), err)
		}
		if list, err := w.Responders(ctx, g, w.As(t, w.BossEast).Scope(policy.WaybillRead), 0, past[0]); err != nil || len(list) != 0 {
			t.Errorf("without a right to the parcels: %d, %v", len(list), err)
		}
	})
}

func TestACompanysFoundingDayIsKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		plan := greeting.Plan{On: true, Means: []greeting.Means{greeting.WeChat}, Ahead: 3, By: greeting.ByOwner}
		setGreetings(t, w, 0, "2026-11-21", greeting.Rule{Late: 3, Plans: map[festival.Code]greeting.Plan{greeting.Founded: plan}})
		a, contact := greetee(t, w, db.Customer{Name: "甲公司", Class: "A", FoundedOn: "2016-12-10"}, db.Contact{Name: "王经理", Primary: true})
		leap, _ := greetee(t, w, db.Customer{Name: "闰日公司", Class: "A", FoundedOn: "2016-02-29"}, db.Contact{Name: "李"})
		greetee(t, w, db.Customer{Name: "没填", Class: "A"}, db.Contact{Name: "赵"})
		p, err := w.PreviewGreetings(ctx, boss.Scope(policy.GreetingRead), db.GreetingAsked{Occasion: greeting.Founded, Plan: plan, On: "2026-11-21"})
		if err != nil || len(p.Counts) != 2 || p.Counts[0] != (db.GreetingCounted{Reason: greeting.In, N: 2}) || p.Counts[1].Reason != greeting.NoDay {
			t.Errorf("preview: %+v, %v", p.Counts, err)
		}
		sweepGreetings(t, w, "2026-12-06", 0)
		sweepGreetings(t, w, "2026-12-07", 1)
		sweepGreetings(t, w, "2026-12-08", 0)
		sweepGreetings(t, w, "2027-02-25", 1)
		g := greetingsOf(t, w, a)[0]
		if g.Day != "2026-12-10" || g.Season != 2026 || g.Occasion != "company_years" {
			t.Errorf("%+v", g.Greeting)
		}
		if l := greetingsOf(t, w, leap)[0]; l.Day != "2027-02-28" {
			t.Errorf("29 February in a common year: %s", l.Day)
		}
		o, _ := message.OccasionOf(g.Occasion)
		words, err := w.Word(ctx, db.Wanted{CustomerID: a, ContactID: contact, For: []message.Occasion{o}, Channel: message.WeChat, Day: g.Day, Today: "2026-12-10", Person: "小李"})
		if err != nil || !strings.Contains(words.Message.Body, "10周年") {
			t.Errorf("the wording: %q %+v %v", words.Message.Body, words.Wrong, err)
		}
		// Changed, it stands in the history; erased, it is gone.
		c, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), a)
		if err != nil || c.FoundedOn != "2016-12-10" {
			t.Fatalf("%q, %v", c.FoundedOn, err)
		}
	})
}

func TestADayOfHeadOfficeHasItsOwnWording(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, chief := context.Background(), w.As(t, w.Admin)
		own, err := json.Marshal([]festival.Occasion{{Code: "own_1", Name: "司庆", By: festival.BySolar, Month: 12, Day: 8, Mood: festival.Joyful}})
		if err != nil {
			t.Fatal(err)
		}
		words := db.Template{BranchID: w.Head, State: db.TemplateOn, Template: message.Template{Occasion: "own_1", Channel: message.WeChat, Tone: message.Warm, Body: "{称呼}您好，今天是{节日}，谢谢您一路同行。"}}
		if _, err := w.SaveTemplate(ctx, chief, db.Submission{Key: "k1"}, words); !errors.Is(err, db.ErrRefused) {
			t.Errorf("a wording of a day that nobody added: %v", err)
		}
		if _, err := w.SetRule(ctx, chief, policy.GreetingPlan, db.RuleRow{Rule: db.RuleOccasions, ValidFrom: "2026-11-21", Value: string(own), Reason: "周年"}); err != nil {
			t.Fatal(err)
		}
		id, err := w.SaveTemplate(ctx, chief, db.Submission{Key: "k2"}, words)
		if err != nil {
			t.Fatal(err)
		}
		wish := words
		wish.Body = "{称呼}您好，{祝福}"
		if _, err := w.SaveTemplate(ctx, chief, db.Submission{Key: "k3"}, wish); !errors.Is(err, db.ErrRefused) {
			t.Errorf("a wish that is never filled in: %v", err)
		}
		a, contact := greetee(t, w, db.Customer{Name: "甲公司", Class: "A"}, db.Contact{Name: "王经理", Position: "经理", Primary: true})
		got, err := w.Word(ctx, db.Wanted{CustomerID: a, ContactID: contact, For: message.Own([]festival.Occasion{{Code: "own_1", Name: "司庆", Mood: festival.Joyful}}), Channel: message.WeChat, Day: "2026-12-08", Today: "2026-12-08", Person: "小李"})
		if err != nil || got.Template.ID != id || !strings.Contains(got.Message.Body, "今天是司庆") {
			t.Errorf("%d %q, want %d: %v %+v", got.Template.ID, got.Message.Body, id, err, got.Wrong)
		}
	})
}

func TestACalendarAddressIsOneOfOnesOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, rep, admin := context.Background(), w.As(t, w.RepWest), w.As(t, w.Admin)
		opens := func(token string, want int64) {
			t.Helper()
			user, err := w.FeedUser(ctx, token)
			if want == 0 && !errors.Is(err, db.ErrNotFound) || want != 0 && (err != nil || user != want) {
				t.Errorf("%q opens the calendar of %d, %v; want %d", token, user, err, want)
			}
		}
		opens("", 0)
		if err := w.EndFeed(ctx, rep); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("none to take back: %v", err)
		}
		for _, token := range []string{"first", "second"} {
			if err := w.MakeFeed(ctx, rep, token); err != nil {
				t.Fatal(err)
			}
		}
		opens("first", 0)
		opens("second", w.RepWest)
		if _, on, err := w.FeedSince(ctx, rep); !on || err != nil {
			t.Errorf("%v, %v", on, err)
		}
		var plain int
		if err := db.Writer(w.DB).QueryRow(`SELECT COUNT(*) FROM calendar_feeds WHERE hash = 'second'`).Scan(&plain); err != nil || plain != 0 {
			t.Errorf("the address stands there as it is: %d, %v", plain, err)
		}
		if err := w.EndFeed(ctx, rep); err != nil {
			t.Fatal(err)
		}
		opens("second", 0)
		// A reset, and the end of the account, end it too.
		if err := w.MakeFeed(ctx, rep, "third"); err != nil {
			t.Fatal(err)
		}
		if err := w.ResetUser(ctx, admin, w.RepWest, "x", nil); err != nil {
			t.Fatal(err)
		}
		opens("third", 0)
		// One's own new password ends it, too.
		if err := w.MakeFeed(ctx, rep, "own"); err != nil {
			t.Fatal(err)
		}
		if err := w.SetPassword(ctx, rep, dbtest.Hash); err != nil {
			t.Fatal(err)
		}
		opens("own", 0)
		if err := w.MakeFeed(ctx, rep, "fourth"); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Writer(w.DB).Exec(`UPDATE users SET leaves_on = '2026-11-01' WHERE id = $1`, w.RepWest); err != nil {
			t.Fatal(err)
		}
		if n, err := w.EndLeavers(ctx, greetSystem); err != nil || n != 1 {
			t.Fatalf("%d left, %v", n, err)
		}
		opens("fourth", 0)
		if err := w.MakeFeed(ctx, rep, "fifth"); !errors.Is(err, db.ErrRefused) {
			t.Errorf("a closed account makes one: %v", err)
		}
		acts := 0
		if err := db.Writer(w.DB).QueryRow(`SELECT COUNT(*) FROM audits WHERE act IN ('account.feed_made', 'account.feed_ended')`).Scan(&acts); err != nil || acts != 6 {
			t.Errorf("%d acts on record, want 6 (%v)", acts, err)
		}
	})
}

func TestAYearThatWasEnteredIsCountedByEverywhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin := context.Background(), w.As(t, w.Admin)
		before, err := w.WorkCalendar(ctx, "2026-12-01")
		if err != nil || before.Published(2027) || before != worktime.China() {
			t.Fatalf("2027 is announced, %v", err)
		}
		y, faults := worktime.ReadNotice(2027, `元旦：1月1日至3日放假，共3天。
春节：2月5日至11日放假调休，共7天。2月13日上班。
清明节：4月3日至5日放假，共3天。
劳动节：5月1日至5日放假调休，共5天。5月8日上班。
端午节：6月9日放假1天。
中秋节：9月15日放假1天。
国庆节：10月1日至7日放假调休，共7天。10月9日上班。`)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		text, err := json.Marshal([]worktime.Year{y})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.SetRule(ctx, admin, policy.CadenceEdit, db.RuleRow{Rule: db.RuleHolidays, ValidFrom: "2026-11-21", Value: string(text), Reason: "国办通知"}); err != nil {
			t.Fatal(err)
		}
		if c, err := w.WorkCalendar(ctx, "2026-11-20"); err != nil || c.Published(2027) {
			t.Errorf("it holds before its day: %v", err)
		}
		c, err := w.WorkCalendar(ctx, "2026-12-01")
		if err != nil || !c.Published(2027) {
			t.Fatalf("2027 is not announced, %v", err)
		}
		if worked, ok := c.IsWorkday(day.MustParse("2027-02-13")); !worked || !ok {
			t.Error("the Saturday is not worked")
		}
		// The due list of 2027 assumes nothing any more; a request's deadline skips
		// the holiday.
		w.Clock.Set(time.Date(2027, 2, 4, 1, 0, 0, 0, time.UTC))
		due, err := w.Due(ctx, w.As(t, w.BossWest).Scope(policy.CadenceRead), db.DueFilter{})
		if err != nil || due.Assumed {
			t.Errorf("the due list: %v, %v", due.Assumed, err)
		}
		a, _ := greetee(t, w, db.Customer{Name: "甲公司", Class: "A"}, db.Contact{Name: "王"})
		id, err := w.OpenRequest(ctx, w.As(t, w.BossWest), db.Submission{}, db.Request{CustomerID: a, Kind: "copy", Channel: "phone", ReceivedOn: "2027-02-04", Asked: "要一份"})
		if err != nil {
			t.Fatal(err)
		}
		q, err := w.Request(ctx, w.As(t, w.BossWest).Scope(policy.CustomerRights), id)
		rule, _, errRule := w.ConsentRule(ctx, "2027-02-04")
		want, ok := c.AddWorkdays(day.MustParse("2027-02-04"), rule.Days)
		if err != nil || errRule != nil || !ok || q.DueOn != want.String() {
			t.Errorf("due on %s, want %s (%v, %v)", q.DueOn, want, err, errRule)
		}
		if plain, _ := before.AssumingWeekdays().AddWorkdays(day.MustParse("2027-02-04"), rule.Days); plain == want {
			t.Error("the test's deadline would be the same without the holiday")
		}
	})
}
