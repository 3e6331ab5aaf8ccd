package bench

import (
	"context"
	"encoding/json"
	"testing"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/greeting"
)

// greetingsOpen is how many tasks are open in the company that is measured.
const greetingsOpen = 100_000

// BenchmarkGreetingsPage measures the pages of who is to be greeted, with at
// least 100,000 open tasks in the company (as many as its contacts give in
// three years of festivals, when it is small). Goal: at most twice FP.
func BenchmarkGreetingsPage(b *testing.B) {
	each(b, func(b *testing.B, s *site, f *fp) {
		s.spent(b)
		b.Logf("%d tasks are open", greetAll(b, s.app.DB))
		page(b, s, f, "a rep's own", rep, "/greetings")
		page(b, s, f, "a branch", boss, "/greetings?view=branch")
		page(b, s, f, "a region", region, "/greetings?view=branch")
		page(b, s, f, "the company", "admin", "/greetings?view=branch")
		page(b, s, f, "what is late in a branch", boss, "/greetings?view=branch&late=1")
		page(b, s, f, "one festival in the company", "admin", "/greetings?view=branch&occasion="+string(festival.Spring))
		page(b, s, f, "what is closed in a branch", boss, "/greetings?view=closed")
		page(b, s, f, "the calendar of a branch", boss, "/greetings/calendar?month=2027-02")
	})
}

// greetAll lets the nights of some years go by in which everybody is greeted on
// every festival, and nobody does it.
func greetAll(b *testing.B, d *db.DB) int {
	b.Helper()
	ctx, system := context.Background(), policy.SystemActor("bench")
	open := func() int {
		n, err := d.CountGreetings(ctx, system, db.GreetingFilter{}, 2*greetingsOpen)
		if err != nil {
			b.Fatal(err)
		}
		return n
	}
	if n := open(); n >= greetingsOpen {
		return n
	}
	rule := greeting.Rule{Close: 0, Late: 3, Plans: map[festival.Code]greeting.Plan{}}
	for _, c := range festival.Codes {
		if festival.MoodOf(c) != festival.Silent {
			rule.Plans[c] = greeting.Plan{On: true, Everyone: true, Means: []greeting.Means{greeting.Call}, Ahead: 7, By: greeting.ByOwner, Treats: map[string]greeting.Treat{"A": {Gift: "茶叶", Budget: 8800}}}
		}
	}
	text, err := json.Marshal(rule)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := d.SetRule(ctx, system, policy.GreetingPlan, db.RuleRow{Rule: db.RuleGreetings, ValidFrom: "2026-01-01", Value: string(text), Reason: "试"}); err != nil {
		b.Fatal(err)
	}
	n := 0
	for _, x := range festival.Dates(nil, day.MustParse("2026-11-24"), day.MustParse("2029-11-24")) {
		if x.Mood == festival.Silent {
			continue
		}
		if _, err := d.SweepGreetings(ctx, system, x.Day); err != nil {
			b.Fatal(err)
		}
		if n = open(); n >= greetingsOpen {
			break
		}
	}
	return n
}
