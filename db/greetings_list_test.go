package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/consent"
	"yike/policy/greeting"
)

// Whoever reads, and whatever is asked: the list has exactly what they may
// open, each once, in the order of the days, page by page, and its count is
// that of the list.
func TestAListOfGreetingsIsWhatItsReaderMayOpen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, system := context.Background(), policy.SystemActor("test")
		rule := greeting.Default()
		p := rule.Plans[greeting.Birthday]
		p.Ahead, p.Treats = 30, map[string]greeting.Treat{"A": {Gift: "茶叶", Budget: 100}}
		rule.Plans[greeting.Birthday] = p
		setGreetings(t, w, 0, "2026-11-01", rule)
		var clients []int64
		for i := range 24 {
			branch := []int64{w.West, w.East, w.Gulou, w.West}[i%4]
			c := db.Customer{BranchID: branch, Name: fmt.Sprintf("第%d家公司", i), Class: string("AB"[i%2]), OwnerID: []int64{w.RepWest, 0, w.RepWest2}[i%3]}
			if i%5 == 0 {
				c.ClerkID = w.ClerkEast // a client of another branch's that she looks after
			}
			id, err := w.CreateCustomer(ctx, system, db.Submission{}, c)
			if err != nil {
				t.Fatal(err)
			}
			k, err := w.SaveContact(ctx, system, db.Submission{}, db.Contact{CustomerID: id, Name: "王", BirthdayMonth: 12, BirthdayDay: 10 + int64(i)/6})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.RecordConsent(ctx, system, db.Consent{CustomerID: id, ContactID: k, Purpose: consent.Birthday, State: consent.Given, Source: "phone", Day: "2026-11-01"}); err != nil {
				t.Fatal(err)
			}
			clients = append(clients, id)
		}
		sweepGreetings(t, w, "2026-12-01", 24)
		var all []db.GreetingRow
		for i, c := range clients {
			g := greetingsOf(t, w, c)[0]
			var err error
			switch {
			case i == 3: // handed to somebody
				err = w.PassGreeting(ctx, system, g.ID, g.Version, w.ClerkWest)
			case i%4 == 2:
				err = w.SkipGreeting(ctx, system, g.ID, g.Version, "不用了")
			}
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, greetingsOf(t, w, c)[0])
		}
		if err := w.DeleteCustomer(ctx, system, clients[7], 1); err != nil {
			t.Fatal(err)
		}
		readers := map[string]policy.Actor{"system": system}
		for name, id := range map[string]int64{"admin": w.Admin, "chief": w.Chief, "region": w.RegionZJ, "boss": w.BossWest, "boss of the east": w.BossEast, "rep": w.RepWest, "rep 2": w.RepWest2,
			"clerk": w.ClerkWest, "clerk of the east": w.ClerkEast, "courier": w.CourierWest, "auditor": w.AuditorHead} {
			readers[name] = w.As(t, id)
		}
		for name, by := range readers {
			for what, f := range map[string]db.GreetingFilter{"open": {}, "closed": {Closed: true}, "mine": {UserID: by.UserID}, "a branch": {BranchID: w.West}, "a region": {BranchID: w.Zhejiang},
				"gifts": {Gifts: true}, "late": {Late: "2026-12-12"}, "one client": {Customer: clients[4], State: "all"}, "somebody's": {UserID: w.RepWest}} {
				if what == "mine" && by.UserID == 0 {
					continue
				}
				var want []int64
				for _, g := range all {
					_, err := w.Greeting(ctx, by, policy.GreetingRead, g.ID)
					if err != nil && !errors.Is(err, db.ErrNotFound) {
						t.Fatal(err)
					}
					west := w.Chain(g.BranchID)
					if err == nil && (f.State == "all" || f.Closed == (g.State != db.GreetingOpen)) && (f.UserID == 0 || g.UserID == f.UserID) && (f.Customer == 0 || g.CustomerID == f.Customer) &&
						(f.BranchID == 0 || slices.Contains(west, f.BranchID)) && (!f.Gifts || g.Gift != "") && (f.Late == "" || g.Due < f.Late) {
						want = append(want, g.ID)
					}
				}
				whole, more, err := w.Greetings(ctx, by, f)
				if err != nil || more {
					t.Fatal(name, what, more, err)
				}
				if f.Closed {
					slices.Reverse(want) // they were closed one after the other, at one instant: by the id
				}
				if got := greetingIDs(whole); !slices.Equal(inOrder(got), inOrder(want)) || f.Closed && !slices.Equal(got, want) {
					t.Errorf("%s, %s: %v, may open %v", name, what, got, want)
				}
				if !f.Closed && !slices.IsSortedFunc(whole, func(a, b db.GreetingRow) int { return slices.Compare([]string{a.Due}, []string{b.Due}) }) {
					t.Errorf("%s, %s: not in the order of the days", name, what)
				}
				if n, err := w.CountGreetings(ctx, by, f, 1000); err != nil || n != len(want) {
					t.Errorf("%s, %s: counted %d of %d, %v", name, what, n, len(want), err)
				}
				var paged []int64
				for f.Limit = 3; ; {
					page, more, err := w.Greetings(ctx, by, f)
					if err != nil {
						t.Fatal(err)
					}
					paged = append(paged, greetingIDs(page)...)
					if !more {
						break
					}
					last := page[len(page)-1]
					f.At = db.TodoKey{Due: last.Due, ClosedAt: last.ClosedAt, ID: last.ID}
				}
				if !slices.Equal(paged, greetingIDs(whole)) {
					t.Errorf("%s, %s: page by page %v, in one %v", name, what, paged, greetingIDs(whole))
				}
			}
		}
	})
}

func greetingIDs(list []db.GreetingRow) (out []int64) {
	for _, g := range list {
		out = append(out, g.ID)
	}
	return out
}

func inOrder(list []int64) []int64 {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}
