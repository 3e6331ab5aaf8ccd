package db_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/profile"
	"yike/policy/standard"
)

// setStandard makes a standard that holds from today.
func setStandard(t *testing.T, w *dbtest.World, branch int64, rule standard.Rule) {
	t.Helper()
	value, err := json.Marshal(rule)
	if err != nil {
		t.Fatal(err)
	}
	list, err := w.RuleVersions(context.Background(), db.RuleStandard, branch)
	if err != nil {
		t.Fatal(err)
	}
	row := db.RuleRow{Rule: db.RuleStandard, BranchID: branch, ValidFrom: db.Day(w.Clock.Now()), Value: string(value), Reason: "试行"}
	if len(list) > 0 {
		row.Version = list[0].Version
	}
	if _, err := w.SetRule(context.Background(), w.As(t, w.Admin), policy.StandardEdit, row); err != nil {
		t.Fatal(err)
	}
}

// someFiles makes files of every kind with and without each field.
func someFiles(t *testing.T, w *dbtest.World, n int) []int64 {
	t.Helper()
	rng := rand.New(rand.NewPCG(7, 11))
	some := func(words ...string) string {
		if rng.IntN(2) == 0 {
			return ""
		}
		return words[rng.IntN(len(words))]
	}
	var ids []int64
	for i := range n {
		c := db.Customer{BranchID: []int64{w.West, w.East, w.Gulou}[rng.IntN(3)], Name: fmt.Sprintf("客户%03d", i), Kind: some(profile.Kinds...),
			PlaceCode: some("330106", "330100", "441900", "330000"), Address: some("文三路 1 号"), Class: some("A", "B"), Industry: some("家居家纺"),
			Source: some("visit"), CreditCode: some("91330106MA27XK5B4N", "9133"), Terms: some("monthly")}
		if p := some("13800001054", "0571-86000123"); p != "" {
			c.Phones = []string{p}
		}
		if rng.IntN(2) == 0 {
			c.OwnerID = w.RepWest
		}
		if rng.IntN(2) == 0 {
			c.ClerkID = w.ClerkWest
		}
		var contacts []db.Contact
		if rng.IntN(2) == 0 {
			contacts = append(contacts, db.Contact{Name: "王国平"})
			if rng.IntN(2) == 0 {
				contacts[0].Phones = []string{"13900001054"}
			}
		}
		id, err := w.CreateCustomer(context.Background(), policy.SystemActor("test"), db.Submission{}, c, contacts...)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

// filed is a file with its contacts, as a reader sees it.
type filed struct {
	db.Customer
	contacts []db.Contact
}

func filesOf(t *testing.T, w *dbtest.World, scope policy.Scope, ids []int64) (out []filed) {
	t.Helper()
	for _, id := range ids {
		c, err := w.Customer(context.Background(), scope, id)
		if errors.Is(err, db.ErrNotFound) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		contacts, err := w.Contacts(context.Background(), scope, id)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, filed{c, contacts})
	}
	return out
}

// recount counts by hand, without the column, how many of the files below a
// branch lack what a word means.
func recount(w *dbtest.World, files []filed, branch int64, word string) (n int64) {
	for _, f := range files {
		if !slices.Contains(w.Chain(f.BranchID), branch) {
			continue
		}
		rule, lacking := w.Standard(f.BranchID), standard.Names(db.LacksOf(f.Customer, f.contacts))
		numbers := append(slices.Clone(f.Phones), contactNumbers(f.contacts)...)
		found := false
		for _, field := range standard.Asked {
			level := rule.Level(field, f.Kind)
			lacks := slices.Contains(lacking, field)
			if field == "phone" && rule.Phone == standard.AnyPhone {
				lacks = len(numbers) == 0
			} else if field == "phone" {
				lacks = !slices.ContainsFunc(numbers, func(p string) bool { return p[0] == '1' })
			}
			asked := level == standard.Must || level == standard.Should && word != db.GapMust
			found = found || lacks && asked && (word == field || word == db.GapAny || word == db.GapMust)
		}
		if found {
			n++
		}
	}
	return n
}

func contactNumbers(list []db.Contact) (out []string) {
	for _, k := range list {
		out = append(out, k.Phones...)
	}
	return out
}

// The figures of the page of gaps, the list behind each, and a count by hand
// are one number: for everybody, before and after what happens to files.
func TestGapsAreCountedAsTheListAndByHand(t *testing.T) {
	dbtest.Alone(t)
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		ids := someFiles(t, w, 60)
		var head, west standard.Rule
		for _, kind := range []string{"enterprise", "individual"} {
			head.Set("credit_code", kind, standard.Should)
			head.Set("phone", kind, standard.Must)
		}
		head.Set("kind", standard.None, standard.Must)
		for _, kind := range standard.Kinds {
			head.Set("owner", kind, standard.Should)
			west.Set("district", kind, standard.Must)
			west.Set("contact", kind, standard.Should)
		}
		west.Phone = standard.Mobile
		check := func(when string) {
			t.Helper()
			for _, who := range []int64{w.Chief, w.RegionZJ, w.BossWest, w.RepWest} {
				scope := w.As(t, who).Scope(policy.CustomerRead)
				files := filesOf(t, w, scope, ids)
				gaps, err := w.Gaps(ctx, scope)
				if err != nil {
					t.Fatal(err)
				}
				for _, branch := range []int64{w.Head, w.Zhejiang, w.West, w.Gulou} {
					for _, word := range []string{"phone", "kind", "credit_code", "owner", "district", "contact", "industry", db.GapAny, db.GapMust} {
						want := recount(w, files, branch, word)
						if got := gaps[branch].ByWord[word]; got != want {
							t.Errorf("%s, %d of branch %d lacking %s: %d on the page, %d by hand", when, who, branch, word, got, want)
						}
						page, err := w.Customers(ctx, scope, db.CustomerFilter{Branch: branch, Gap: word, Limit: 5})
						if err != nil {
							t.Fatal(err)
						}
						if page.Count != want || page.More {
							t.Errorf("%s, %d of branch %d lacking %s: %d in the list, %d by hand", when, who, branch, word, page.Count, want)
						}
					}
				}
			}
		}
		check("by the default")
		setStandard(t, w, 0, head)
		setStandard(t, w, w.West, west)
		check("by a standard and a branch's own")

		admin := w.As(t, w.Admin)
		for i, id := range ids[:12] {
			c, err := w.Customer(ctx, admin.Scope(policy.CustomerRead), id)
			if err != nil {
				t.Fatal(err)
			}
			switch i % 6 {
			case 0:
				err = w.DeleteCustomer(ctx, admin, id, c.Version)
			case 1:
				_, err = w.BulkCustomers(ctx, admin, []int64{id}, db.CustomerBulk{Owner: new(int64)})
			case 2:
				_, err = w.SaveContact(ctx, admin, db.Submission{}, db.Contact{CustomerID: id, Name: "新联系人", Phones: []string{"13700001054"}})
			case 3:
				c.BranchID, c.Industry, c.Kind = w.West, "五金机电", "individual"
				c.Phones = []string{"13700001054"}
				err = w.UpdateCustomer(ctx, admin, c)
			case 4:
				c.PlaceCode, c.CreditCode = "330106", "91330106MA27XK5B4N"
				err = w.UpdateCustomer(ctx, admin, c)
			case 5:
				contacts, e := w.Contacts(ctx, admin.Scope(policy.CustomerRead), id)
				if err = e; err == nil && len(contacts) > 0 && len(c.Phones) > 0 {
					err = w.RemoveContact(ctx, admin, id, contacts[0].ID)
				}
			}
			if short := (*db.Short)(nil); errors.As(err, &short) {
				continue // refused by the standard: nothing was changed
			}
			if err != nil {
				t.Fatalf("file %d: %v", i, err)
			}
		}
		if err := w.CloseBranch(ctx, admin, w.Gulou, branchOf(t, w, w.Gulou).Version, w.East); err != nil {
			t.Fatal(err)
		}
		check("after edits, the bin and a closed branch")
		if err := w.LockSetting(ctx, admin, policy.StandardEdit, db.RuleStandard, true, 0, "统一"); err != nil {
			t.Fatal(err)
		}
		if w.Standard(w.West).Level("district", "enterprise") != standard.Free {
			t.Error("a locked standard is still added to")
		}
		check("with the branches' own locked away")
	})
}

func TestAnActMayNotTakeAwayWhatMustBeThere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		var rule standard.Rule
		for _, kind := range standard.Kinds {
			rule.Set("phone", kind, standard.Must)
			rule.Set("industry", kind, standard.Must)
			rule.Set("owner", kind, standard.Must)
			rule.Set("class", kind, standard.Must)
		}
		old := clientAt(t, w, w.West, "老客户")
		setStandard(t, w, 0, rule)
		full := db.Customer{BranchID: w.West, Name: "新客户", Phones: []string{"13800001054"}, Industry: "家居家纺", OwnerID: w.RepWest, Class: "A", ClassReason: "量大"}
		short := func(name string, err error, fields ...string) {
			t.Helper()
			s := (*db.Short)(nil)
			if len(fields) == 0 {
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				return
			}
			if !errors.As(err, &s) || !slices.Equal(s.Fields, fields) {
				t.Errorf("%s: %v, want %v", name, err, fields)
			}
		}
		create := func(by policy.Actor, change func(*db.Customer)) error {
			c := full
			change(&c)
			_, err := w.CreateCustomer(ctx, by, db.Submission{}, c)
			return err
		}
		short("a full file", create(boss, func(*db.Customer) {}))
		short("without a phone", create(boss, func(c *db.Customer) { c.Phones = nil }), "phone")
		short("without two", create(boss, func(c *db.Customer) { c.Phones, c.Industry = nil, "" }), "phone", "industry")
		short("by a rep, who sets no class", create(w.As(t, w.RepWest), func(c *db.Customer) { c.Class, c.ClassReason = "", "" }))

		edit := func(change func(*db.Customer)) error {
			c, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), old)
			if err != nil {
				t.Fatal(err)
			}
			change(&c)
			return w.UpdateCustomer(ctx, boss, c)
		}
		short("an old file that lacks much, its remark", edit(func(c *db.Customer) { c.Remark = "常打电话" }))
		short("… and its phone", edit(func(c *db.Customer) { c.Phones = []string{"13900001054"} }))
		short("… its phone emptied", edit(func(c *db.Customer) { c.Phones = nil }), "phone")
		short("… its gap filled", edit(func(c *db.Customer) { c.Industry, c.OwnerID = "家居家纺", w.RepWest }))
		short("… and emptied again", edit(func(c *db.Customer) { c.Industry = "" }), "industry")

		res, err := w.BulkCustomers(ctx, boss, []int64{old}, db.CustomerBulk{Owner: new(int64)})
		if err != nil || res.Changed != 0 || res.Short != 1 {
			t.Errorf("an owner who must be there is taken away in bulk: %+v, %v", res, err)
		}
		c, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), old)
		if err != nil || c.OwnerID != w.RepWest || c.Industry == "" || len(c.Phones) != 1 {
			t.Errorf("the file afterwards: %+v, %v", c, err)
		}
		contact, err := w.SaveContact(ctx, boss, db.Submission{}, db.Contact{CustomerID: old, Name: "王国平", Phones: []string{"13600001054"}})
		short("a contact", err)
		c.Phones, c.Version = nil, versionOf(t, w, old)
		short("the phone is the contact's now", w.UpdateCustomer(ctx, boss, c))
		short("the contact with the only number is removed", w.RemoveContact(ctx, boss, old, contact), "phone")
	})
}

func versionOf(t *testing.T, w *dbtest.World, id int64) int64 {
	t.Helper()
	c, err := w.Customer(context.Background(), policy.SystemActor("test").Scope(policy.CustomerRead), id)
	if err != nil {
		t.Fatal(err)
	}
	return c.Version
}

func TestAStandardHoldsFromItsDayAndItsEffectIsSeenBefore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, chief := context.Background(), w.As(t, w.Chief)
		clientAt(t, w, w.West, "松果贸易")
		clientAt(t, w, w.East, "柏树贸易")
		var rule standard.Rule
		for _, kind := range standard.Kinds {
			rule.Set("industry", kind, standard.Must)
		}
		e, err := w.StandardEffects(ctx, chief.Scope(policy.CustomerRead), 0, rule)
		if err != nil || e.Files != 2 || e.Now["industry"] != 0 || e.Then["industry"] != 2 || e.Then[db.GapMust] != 2 || len(e.Branches) != 2 || e.Now["owner"] != 2 || e.Then["owner"] != 0 {
			t.Fatalf("the effect: %+v, %v", e, err)
		}
		if e, err = w.StandardEffects(ctx, chief.Scope(policy.CustomerRead), w.West, rule); err != nil || e.Files != 1 || e.Then["industry"] != 1 || e.Then["owner"] != 1 {
			t.Fatalf("the effect at one branch, which keeps head office's: %+v, %v", e, err)
		}
		value, err := json.Marshal(rule)
		if err != nil {
			t.Fatal(err)
		}
		row := db.RuleRow{Rule: db.RuleStandard, ValidFrom: "2026-12-01", Value: string(value), Reason: "新规"}
		if _, err := w.SetRule(ctx, w.As(t, w.BossWest), policy.StandardEdit, row); !errors.Is(err, db.ErrRefused) {
			t.Errorf("a branch manager sets the company's: %v", err)
		}
		if _, err := w.SetRule(ctx, chief, policy.StandardEdit, row); err != nil {
			t.Fatal(err)
		}
		if w.Standard(w.West).Level("industry", "") != standard.Free {
			t.Error("it holds before its day")
		}
		w.Clock.Set(dbtest.Start.AddDate(0, 0, 10))
		if w.Standard(w.West).Level("industry", "") != standard.Must || w.StandardAbove(w.West).Level("industry", "") != standard.Must {
			t.Error("it does not hold on its day")
		}
	})
}
