package db_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/consent"
	"yike/policy/ledger"
)

// A table that names clients is decided upon: its rows go over, or stay and why.
func TestEveryTableOfAClientGoesOverOrStays(t *testing.T) {
	d := dbtest.Open(t, dbtest.NewClock(dbtest.Start))
	over, stay := db.MergeTables()
	decided := map[string]bool{"merges": true, "duplicate_pairs": true, "rating_lists": true}
	for _, name := range append(slices.Clone(over), stay...) {
		decided[name] = true
	}
	for table, columns := range textColumns(t, d) {
		if slices.Contains(columns.all, "customer_id") && !decided[table] {
			t.Errorf("two files of one client become one: do the rows of %s go over (mergeKinds) or stay (stayWithFile)?", table)
		}
	}
}

// rowsOf are all rows that name a client, of the tables that go over, without
// what every write moves on.
func rowsOf(t *testing.T, w *dbtest.World, client int64) map[string][]string {
	t.Helper()
	over, _ := db.MergeTables()
	out := map[string][]string{}
	for _, table := range append(slices.Clone(over), "customer_tags", "customers") {
		where := "customer_id"
		if table == "customers" {
			where = "id"
		}
		rows, err := db.Writer(w.DB).Query(fmt.Sprint(`SELECT * FROM `, table, ` WHERE `, where, ` = `, client))
		if err != nil {
			t.Fatal(err)
		}
		names, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values, dest := make([]any, len(names)), make([]any, len(names))
			for i := range values {
				dest[i] = &values[i]
			}
			if err := rows.Scan(dest...); err != nil {
				t.Fatal(err)
			}
			var line []string
			for i, name := range names {
				if keptColumns[name] || keptColumns[table+"."+name] {
					continue
				}
				line = append(line, fmt.Sprint(name, "=", values[i]))
			}
			out[table] = append(out[table], strings.Join(line, " "))
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
		slices.Sort(out[table])
	}
	return out
}

func sameRows(t *testing.T, when string, was, now map[string][]string) {
	t.Helper()
	for table := range was {
		if !slices.Equal(was[table], now[table]) {
			t.Errorf("%s: %s was\n%s\nand is\n%s", when, table, strings.Join(was[table], "\n"), strings.Join(now[table], "\n"))
		}
	}
	for table := range now {
		if was[table] == nil {
			t.Errorf("%s: %s has %v", when, table, now[table])
		}
	}
}

// twins are the client of the canary and another, with something in every place.
func twins(t *testing.T, w *dbtest.World) (gone canary, kept int64) {
	t.Helper()
	gone = release(t, w)
	kept, _ = plant(t, w, gone)
	for _, query := range []string{
		// What stands in the way of neither: another week's alert, a mark of the one only.
		`UPDATE radar_alerts SET key = '2026-11-02' WHERE id = 8`,
		fmt.Sprint(`DELETE FROM time_marks WHERE customer_id = `, kept),
		// What plant leaves out, since it holds no words.
		fmt.Sprint(`INSERT INTO greetings (id, contact_id, customer_id, branch_id, occasion, season, day, due, mood, created_at, updated_at)
			VALUES (8, `, gone.contact, `, `, gone.id, `, `, w.West, `, 'birthday', 2026, '2026-03-09', '2026-03-09', 'joyful', 0, 0)`),
		fmt.Sprint(`INSERT INTO reveals (id, at, day, user_id, customer_id, contact_id, branch_id, field, purpose, audit_id)
			VALUES (8, 0, '2026-11-20', `, w.RepWest, `, `, gone.id, `, `, gone.contact, `, `, w.West, `, 'phone', 'call', 1)`),
		fmt.Sprint(`INSERT INTO measure_clients (measure_id, customer_id) VALUES (8, `, gone.id, `)`),
		fmt.Sprint(`INSERT INTO notice_clients (notice_id, branch_id, customer_id) VALUES (8, `, w.West, `, `, gone.id, `)`),
	} {
		if err := w.Raw(query); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.OpenRequest(context.Background(), w.As(t, w.BossWest), db.Submission{}, db.Request{CustomerID: gone.id, ContactID: gone.contact, Kind: consent.Copy, Channel: "phone", ReceivedOn: "2026-11-20", Asked: "x"}); err != nil {
		t.Fatal(err)
	}
	return gone, kept
}

// keptColumns move on with every write, or follow from other rows (of money that
// was written without them).
var keptColumns = map[string]bool{"version": true, "updated_at": true, "sealed": true, "phones.id": true,
	"account_entries.left_fen": true, "account_entries.free_fen": true, "account_entries.month": true, "account_entries.settled_on": true}

func mergeAsk(t *testing.T, w *dbtest.World, by policy.Actor, keep, gone int64, take ...string) db.MergeAsk {
	t.Helper()
	ask := db.MergeAsk{Keep: keep, Gone: gone, Take: take}
	for id, into := range map[int64]*int64{keep: &ask.KeepVersion, gone: &ask.GoneVersion} {
		c, err := w.Customer(context.Background(), by.Scope(policy.CustomerRead), id)
		if err != nil {
			t.Fatal(err)
		}
		*into = c.Version
	}
	return ask
}

func TestAMergeLosesNothingAndIsPutBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		gone, kept := twins(t, w)
		goneWas, keptWas := rowsOf(t, w, gone.id), rowsOf(t, w, kept)
		before, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), kept)
		if err != nil {
			t.Fatal(err)
		}
		for name, ask := range map[string]struct {
			by   int64
			ask  db.MergeAsk
			want error
		}{
			"into itself":       {w.BossWest, mergeAsk(t, w, boss, kept, kept), db.ErrRefused},
			"a rep":             {w.RepWest, mergeAsk(t, w, boss, kept, gone.id), db.ErrNotFound},
			"another branch":    {w.BossEast, mergeAsk(t, w, boss, kept, gone.id), db.ErrNotFound},
			"the kept is newer": {w.BossWest, db.MergeAsk{Keep: kept, KeepVersion: 99, Gone: gone.id, GoneVersion: mergeAsk(t, w, boss, kept, gone.id).GoneVersion}, db.ErrConflict},
			"the gone is newer": {w.BossWest, db.MergeAsk{Keep: kept, KeepVersion: before.Version, Gone: gone.id, GoneVersion: 99}, db.ErrConflict},
		} {
			if _, err := w.MergeCustomers(ctx, w.As(t, ask.by), ask.ask); !errors.Is(err, ask.want) {
				t.Errorf("%s: %v, want %v", name, err, ask.want)
			}
		}
		id, err := w.MergeCustomers(ctx, boss, mergeAsk(t, w, boss, kept, gone.id, "wechat", "remark"))
		if err != nil {
			t.Fatal(err)
		}
		m, err := w.Merge(ctx, boss.Scope(policy.CustomerRead), id)
		if err != nil {
			t.Fatal(err)
		}
		over, _ := db.MergeTables()
		left, now := rowsOf(t, w, gone.id), rowsOf(t, w, kept)
		for _, table := range over {
			own := 0
			if table == "phones" {
				own = 1 // of the file that went; the one that stays has a copy
			}
			if len(left[table]) != own {
				t.Errorf("%s: %d rows are left behind: %v", table, len(left[table]), left[table])
			}
			if want := len(keptWas[table]) + len(goneWas[table]); len(now[table]) != want {
				t.Errorf("%s: %d rows, want %d", table, len(now[table]), want)
			}
			if moved := len(goneWas[table]) - own; m.Moved[table] != moved {
				t.Errorf("%s: %d rows are said to have gone over, want %d", table, m.Moved[table], moved)
			}
			if len(goneWas[table]) == 0 {
				t.Errorf("%s: the test has no row of it", table)
			}
		}
		c, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), kept)
		if err != nil || c.WeChat != "huanguan_wx77" || c.Name != before.Name || c.ShortName != "鹮鹳纺织" || !slices.Contains(c.Phones, canaryPhone) || c.LastVisitOn != "2026-11-20" {
			t.Errorf("the file that stays: %+v, %v", c, err)
		}
		values, err := w.SensitiveFilled(ctx, w.As(t, w.BossWest).Scope(policy.SensitiveRead), kept)
		if err != nil || len(values) != 2 {
			t.Errorf("optional fields: %+v, %v", values, err)
		}
		if err := w.RestoreCustomer(ctx, boss, gone.id); !errors.Is(err, db.ErrMerged) {
			t.Errorf("the file that went is taken out of the bin: %v", err)
		}
		if to, of, err := w.MergedInto(ctx, boss.Scope(policy.CustomerRead), gone.id); err != nil || to != kept || of != id {
			t.Errorf("the file that went leads to %d by %d, %v", to, of, err)
		}
		if _, _, err := w.MergedInto(ctx, w.As(t, w.BossEast).Scope(policy.CustomerRead), gone.id); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("another branch is led there: %v", err)
		}
		if _, err := w.UndoMerge(ctx, w.As(t, w.BossEast), id); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("another branch puts it back: %v", err)
		}
		m, err = w.UndoMerge(ctx, boss, id)
		if err != nil || len(m.Lasting) != 0 {
			t.Fatalf("put back: %+v, %v", m, err)
		}
		if !maps.Equal(m.Back, m.Moved) {
			t.Errorf("went over %v, came back %v", m.Moved, m.Back)
		}
		sameRows(t, "of the file that went", goneWas, rowsOf(t, w, gone.id))
		sameRows(t, "of the file that stayed", keptWas, rowsOf(t, w, kept))
		if _, err := w.UndoMerge(ctx, boss, id); !errors.Is(err, db.ErrConflict) {
			t.Errorf("put back twice: %v", err)
		}
		if values, err := w.SensitiveFilled(ctx, boss.Scope(policy.SensitiveRead), gone.id); err != nil || len(values) != 2 {
			t.Errorf("optional fields are back: %+v, %v", values, err)
		}
		if r, err := w.CheckChain(ctx); err != nil || !r.Whole() {
			t.Errorf("the chain: %+v %v", r, err)
		}
	})
}

// Parcels and money are counted where they hang, before, after and once it is put
// back; what was written since stays where it was written.
func TestAMergeKeepsSumsAndWhatWasWrittenSince(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, a := context.Background(), newAccounts(t, w)
		right := func(when string) {
			t.Helper()
			a.right(when)
			if found, err := w.CheckWaybillSums(ctx); err != nil || len(found) > 0 {
				t.Errorf("%s: %v, %v", when, found, err)
			}
			if n, err := w.Check(ctx); err != nil || len(n) > 0 {
				t.Errorf("%s: %v, %v", when, n, err)
			}
		}
		sent := func(client int64, first, n int) {
			t.Helper()
			var rows []db.ImportRow
			for i := range n {
				rows = append(rows, db.ImportRow{Verdict: "create", Record: db.ImportRecord{Customer: client, Branch: w.West, By: "name", V: map[string]string{
					"waybill": fmt.Sprint(302610000000000 + int64(first+i)), "day": fmt.Sprintf("2026-10-%02d", 1+i), "freight": "8.50", "province": "330000", "city": "330100", "product": "express", "payment": "monthly"}}})
			}
			if _, err := bill(t, w, rows); err != nil {
				t.Fatal(err)
			}
		}
		sent(a.pine, 100, 7)
		sent(a.moon, 200, 5)
		a.add(a.pine, ledger.Statement, "2026-10-31", 5950, "2026-10")
		a.add(a.moon, ledger.Statement, "2026-10-31", 4250, "2026-10")
		a.add(a.moon, ledger.Payment, "2026-11-10", 1000, "")
		right("before")
		balance := func(client int64) (n int64) {
			t.Helper()
			if err := w.RawRow(`SELECT coalesce(SUM(balance_fen), 0) FROM account_sums WHERE customer_id = $1`, client).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		parcels := func(client int64) (n int) {
			t.Helper()
			if err := w.RawRow(`SELECT COUNT(*) FROM waybills WHERE customer_id = $1`, client).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		id, err := w.MergeCustomers(ctx, a.boss, mergeAsk(t, w, a.boss, a.pine, a.moon))
		if err != nil {
			t.Fatal(err)
		}
		right("merged")
		if parcels(a.pine) != 12 || parcels(a.moon) != 0 || balance(a.pine) != 9200 || balance(a.moon) != 0 {
			t.Errorf("merged: %d and %d parcels, %d and %d fen", parcels(a.pine), parcels(a.moon), balance(a.pine), balance(a.moon))
		}
		// Work goes on with the one file: a parcel, a payment, a new name, a visit.
		sent(a.pine, 300, 1)
		a.add(a.pine, ledger.Payment, "2026-11-12", 200, "")
		c, err := w.Customer(ctx, a.boss.Scope(policy.CustomerEdit), a.pine)
		if err != nil {
			t.Fatal(err)
		}
		c.Remark = "合并以后写的"
		if err := w.UpdateCustomer(ctx, a.boss, c); err != nil {
			t.Fatal(err)
		}
		m, err := w.UndoMerge(ctx, a.boss, id)
		if err != nil || m.Back["waybills"] != 5 || m.Back["account_entries"] != 2 {
			t.Fatalf("put back: %+v, %v", m, err)
		}
		right("put back")
		if parcels(a.pine) != 8 || parcels(a.moon) != 5 || balance(a.pine) != 5750 || balance(a.moon) != 3250 {
			t.Errorf("put back: %d and %d parcels, %d and %d fen", parcels(a.pine), parcels(a.moon), balance(a.pine), balance(a.moon))
		}
		if c, err := w.Customer(ctx, a.boss.Scope(policy.CustomerRead), a.pine); err != nil || c.Remark != "合并以后写的" {
			t.Errorf("the file that stayed: %+v, %v", c, err)
		}
		// Too late for another one.
		id, err = w.MergeCustomers(ctx, a.boss, mergeAsk(t, w, a.boss, a.moon, a.pine))
		if err != nil {
			t.Fatal(err)
		}
		w.Clock.Move((db.UndoDays*24 + 1) * time.Hour)
		if _, err := w.UndoMerge(ctx, a.boss, id); !errors.Is(err, db.ErrConflict) {
			t.Errorf("after %d days: %v", db.UndoDays, err)
		}
		if n, err := w.ForgetMerges(ctx, policy.SystemActor("test")); err != nil || n == 0 {
			t.Errorf("%d notes forgotten, %v", n, err)
		}
	})
}

// One goes into another, and that into a third: the first leads to the third, and
// each can be put back, the last first.
func TestAChainOfMergesLeadsOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		scope := boss.Scope(policy.CustomerRead)
		var ids []int64
		for i := range 3 {
			id, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: fmt.Sprintf("第%d份", i), OwnerID: []int64{w.RepWest, w.RepWest2, w.RepWest}[i]})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		k, err := w.SaveContact(ctx, boss, db.Submission{}, db.Contact{CustomerID: ids[0], Name: "顾清", Primary: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Raw(fmt.Sprint(`INSERT INTO greetings (id, contact_id, customer_id, branch_id, occasion, season, day, due, mood, follows, user_id, created_at, updated_at)
			VALUES (8, `, k, `, `, ids[0], `, `, w.West, `, 'birthday', 2026, '2026-12-09', '2026-12-09', 'joyful', 'owner', `, w.RepWest, `, 0, 0)`)); err != nil {
			t.Fatal(err)
		}
		greets := func(want int64) {
			t.Helper()
			var user int64
			if err := w.RawRow(`SELECT user_id FROM greetings WHERE id = 8`).Scan(&user); err != nil || user != want {
				t.Errorf("%d greets, want %d; %v", user, want, err)
			}
		}
		first, err := w.MergeCustomers(ctx, boss, mergeAsk(t, w, boss, ids[1], ids[0]))
		if err != nil {
			t.Fatal(err)
		}
		greets(w.RepWest2) // whose client it is now
		second, err := w.MergeCustomers(ctx, boss, mergeAsk(t, w, boss, ids[2], ids[1]))
		if err != nil {
			t.Fatal(err)
		}
		greets(w.RepWest)
		if to, of, err := w.MergedInto(ctx, scope, ids[0]); err != nil || to != ids[2] || of != first {
			t.Errorf("the first leads to %d by %d, %v", to, of, err)
		}
		if _, err := w.UndoMerge(ctx, boss, first); !errors.Is(err, db.ErrConflict) {
			t.Errorf("the first is put back before the second: %v", err)
		}
		for _, merge := range []int64{second, first} {
			if _, err := w.UndoMerge(ctx, boss, merge); err != nil {
				t.Fatal(err)
			}
		}
		greets(w.RepWest)
		f, err := w.CustomerFile(ctx, scope, ids[0])
		if err != nil || len(f.Contacts) != 1 || !f.Contacts[0].Primary {
			t.Errorf("the first: %+v, %v", f.Contacts, err)
		}
	})
}

// Whoever is erased is erased from the file that went, too.
func TestAnErasureReachesTheFilesThatWereMerged(t *testing.T) {
	ctx := context.Background()
	clock := dbtest.NewClock(dbtest.Start)
	for _, of := range []string{"the client", "the contact"} {
		t.Run(of, func(t *testing.T) {
			folder := t.TempDir()
			d, err := db.Open(ctx, db.Config{DSN: filepath.Join(folder, "yike.db"), Now: clock.Now, Key: db.OnlyKey(dbtest.Key)})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			w := dbtest.NewWorld(t, d, clock)
			boss, c := w.As(t, w.BossWest), release(t, w)
			kept, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: "另一份档案", OwnerID: w.RepWest, Remark: "先建的"})
			if err != nil {
				t.Fatal(err)
			}
			id, err := w.MergeCustomers(ctx, boss, mergeAsk(t, w, boss, kept, c.id))
			if err != nil {
				t.Fatal(err)
			}
			asked, err := w.OpenRequest(ctx, boss, db.Submission{}, db.Request{CustomerID: kept, Kind: consent.Copy, Channel: "phone", ReceivedOn: "2026-11-20", Asked: "x"})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := w.CopyPerson(ctx, boss, asked); err != nil || len(got.Merged) != 1 || got.Merged[0].Name != canaryName || got.Merged[0].Remark == "" || len(got.Merged[0].Phones) != 1 {
				t.Errorf("the copy: %+v, %v", got.Merged, err)
			}
			words, contact := c.words, int64(0)
			if of == "the contact" {
				words, contact = []string{canaryOther, "ouyang_hg_91", "oy91@huanguan.example"}, c.contact
			}
			if found := lingering(t, folder, words); len(found) == 0 {
				t.Fatal("the test looks for words that are not there")
			}
			q := askErasure(t, w, kept, contact)
			if plan, err := w.PlanErasure(ctx, w.As(t, w.RegionZJ).Scope(policy.CustomerRights), q.ID); err != nil || contact == 0 && plan.Phones != 3 { // of the contact, and of both files
				t.Errorf("planned: %+v, %v", plan, err)
			}
			if _, err := w.ConfirmErasure(ctx, w.As(t, w.RegionZJ), q.ID, q.Version); err != nil {
				t.Fatal(err)
			}
			if found := lingering(t, folder, words); len(found) > 0 {
				t.Errorf("readable in the files: %v", found)
			}
			_, err = w.UndoMerge(ctx, boss, id)
			if contact == 0 && !errors.Is(err, db.ErrConflict) && !errors.Is(err, db.ErrNotFound) {
				t.Errorf("an erased file is put back: %v", err)
			}
		})
	}
}

func TestPairsThatMayBeOneClientAreFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, system := context.Background(), w.As(t, w.BossWest), policy.SystemActor("test")
		open := func(branch int64, name, credit string, phones ...string) int64 {
			t.Helper()
			by := boss
			if branch == w.East {
				by = w.As(t, w.BossEast)
			}
			id, err := w.CreateCustomer(ctx, by, db.Submission{}, db.Customer{BranchID: branch, Name: name, CreditCode: credit, Phones: phones})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		a := open(w.West, "云织电商有限公司", "", "13800001054")
		b := open(w.West, "云织电商", "", "13800001054", "0571-86000123")
		c := open(w.West, "大名堂", "")
		e := open(w.West, "大名堂有限公司", "", "13900001111")
		f := open(w.West, "不同的名字", "", "13900001111")
		open(w.East, "云织电商", "", "13800001054") // another branch's client
		for i := range 9 {
			open(w.West, fmt.Sprintf("转运客户%d", i), "", "13700007777") // the number of a dispatcher
		}
		list := func(scope policy.Scope, ask db.PairAsk) (out []string) {
			t.Helper()
			ask.Limit = 2
			for {
				page, more, err := w.DuplicatePairs(ctx, scope, ask)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range page {
					out = append(out, fmt.Sprint(p.One.ID, " ", p.Other.ID, " ", p.Likeness, " ", strings.Join(p.Why, "+")))
				}
				if !more {
					return out
				}
				ask.After = page[len(page)-1].Key()
			}
		}
		want := []string{fmt.Sprint(a, " ", b, " 3 same_name+same_phone"), fmt.Sprint(c, " ", e, " 2 same_name"), fmt.Sprint(e, " ", f, " 1 same_phone")}
		scope := boss.Scope(policy.CustomerDelete)
		if n, err := w.FindDuplicates(ctx, system); err != nil || n != 3 {
			t.Fatalf("%d are new, %v", n, err)
		}
		if got := list(scope, db.PairAsk{}); !slices.Equal(got, want) {
			t.Errorf("pairs: %v, want %v", got, want)
		}
		if got := list(scope, db.PairAsk{Branch: w.West}); !slices.Equal(got, want) {
			t.Errorf("of the branch: %v", got)
		}
		if got := list(w.As(t, w.BossEast).Scope(policy.CustomerDelete), db.PairAsk{}); len(got) != 0 {
			t.Errorf("another branch sees %v", got)
		}
		if n, err := w.FindDuplicates(ctx, system); err != nil || n != 0 {
			t.Errorf("the second night finds %d, %v", n, err)
		}
		// Somebody says that two are two: they stay apart, whatever the night finds.
		if err := w.DismissPair(ctx, w.As(t, w.BossEast), c, e, false); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("another branch says so: %v", err)
		}
		if err := w.DismissPair(ctx, boss, e, c, false); err != nil {
			t.Fatal(err)
		}
		if _, err := w.FindDuplicates(ctx, system); err != nil {
			t.Fatal(err)
		}
		if got := list(scope, db.PairAsk{}); !slices.Equal(got, []string{want[0], want[2]}) {
			t.Errorf("one is dismissed: %v", got)
		}
		if got := list(scope, db.PairAsk{Dismissed: true}); !slices.Equal(got, want[1:2]) {
			t.Errorf("the dismissed: %v", got)
		}
		if err := w.DismissPair(ctx, boss, c, e, true); err != nil {
			t.Fatal(err)
		}
		// Merged, renamed and binned ones are none any more.
		if _, err := w.MergeCustomers(ctx, boss, mergeAsk(t, w, boss, a, b)); err != nil {
			t.Fatal(err)
		}
		if err := w.DeleteCustomer(ctx, boss, f, 0); err != nil {
			t.Fatal(err)
		}
		if got := list(scope, db.PairAsk{}); !slices.Equal(got, want[1:2]) {
			t.Errorf("at once: %v", got)
		}
		if _, err := w.FindDuplicates(ctx, system); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := w.RawRow(`SELECT COUNT(*) FROM duplicate_pairs`).Scan(&n); err != nil || n != 1 {
			t.Errorf("%d pairs are kept, %v", n, err)
		}
	})
}
