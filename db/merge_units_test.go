package db_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/intake"
)

// A class and a stage that were taken with a merge hold against the next nights;
// once it is put back they are what they were, and held as they were.
func TestWhatAMergeHeldIsPutBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		file := func(id int64) db.Customer {
			t.Helper()
			c, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), id)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		held := func(id int64, kind string) (row string) {
			t.Helper()
			if err := w.RawRow(`SELECT coalesce((SELECT value || ' ' || until || ' ' || reason || ' ' || CAST(made_at AS TEXT) FROM label_holds WHERE customer_id = $1 AND kind = $2), '')`, id, kind).Scan(&row); err != nil {
				t.Fatal(err)
			}
			return row
		}
		kept, gone, like := opened(t, w, "云织电商", "B"), opened(t, w, "云织电商有限公司", "C"), opened(t, w, "同样的客户", "B")
		if err := w.HoldClass(ctx, boss, kept, file(kept).Version, "A", "每月 2,000 票", "2027-03-01"); err != nil {
			t.Fatal(err)
		}
		other := file(gone)
		other.Stage, other.Class, other.ClassReason = "lost", "C", "少了一半"
		if err := w.UpdateCustomer(ctx, boss, other); err != nil {
			t.Fatal(err)
		}
		for _, id := range []int64{kept, like} {
			ship(t, w, id, w.West, 900_00, 900_00, 900_00, 900_00)
		}
		night(t, w)
		was, wasHeld := file(kept), held(kept, "class")
		if was.Stage != file(like).Stage || was.Stage == "lost" || wasHeld == "" || held(kept, "stage") != "" {
			t.Fatalf("before: stage %q, held %q", was.Stage, wasHeld)
		}
		w.Clock.Move(1e9)
		merge, err := w.MergeCustomers(ctx, boss, mergeAsk(t, w, boss, kept, gone, "class", "class_reason", "stage"))
		if err != nil {
			t.Fatal(err)
		}
		w.Clock.Move(1e9)
		night(t, w)
		if c := file(kept); c.Class != "C" || c.ClassReason != "少了一半" || c.Stage != "lost" || held(kept, "class") == wasHeld || held(kept, "stage") == "" {
			t.Errorf("merged: class %q for %q, stage %q, held %q and %q", c.Class, c.ClassReason, c.Stage, held(kept, "class"), held(kept, "stage"))
		}
		if _, err := w.UndoMerge(ctx, boss, merge); err != nil {
			t.Fatal(err)
		}
		night(t, w)
		if c := file(kept); c.Class != "A" || c.ClassReason != was.ClassReason || c.Stage != was.Stage {
			t.Errorf("put back: class %q for %q, stage %q", c.Class, c.ClassReason, c.Stage)
		}
		if held(kept, "class") != wasHeld || held(kept, "stage") != "" {
			t.Errorf("put back: held %q and %q, want %q", held(kept, "class"), held(kept, "stage"), wasHeld)
		}
		// What a person decided since stays decided.
		if merge, err = w.MergeCustomers(ctx, boss, mergeAsk(t, w, boss, kept, gone, "class", "class_reason")); err != nil {
			t.Fatal(err)
		}
		w.Clock.Move(1e9)
		if err := w.HoldClass(ctx, boss, kept, file(kept).Version, "B", "谈过了", "2027-01-01"); err != nil {
			t.Fatal(err)
		}
		now := held(kept, "class")
		if m, err := w.UndoMerge(ctx, boss, merge); err != nil || !slices.Contains(m.Lasting, "class") {
			t.Errorf("decided since: %v, %v", m.Lasting, err)
		}
		if c := file(kept); c.Class != "B" || held(kept, "class") != now {
			t.Errorf("decided since: class %q, held %q, want %q", c.Class, held(kept, "class"), now)
		}
	})
}

// An address, a class and its reason, terms and a contract are of one file or of
// the other, never half of each.
func TestAMergeTakesWhatBelongsTogether(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		for _, c := range []struct {
			name             string
			kept, gone, want db.Customer
			take             []string
		}{
			{"an address without a street keeps its place",
				db.Customer{PlaceCode: "330110", CityCode: "330100"}, db.Customer{PlaceCode: "330703", CityCode: "330700", Address: "金港大道 1 号"}, db.Customer{PlaceCode: "330110", CityCode: "330100"}, nil},
			{"no address takes the other's",
				db.Customer{}, db.Customer{PlaceCode: "330703", CityCode: "330700", Address: "金港大道 1 号"}, db.Customer{PlaceCode: "330703", CityCode: "330700", Address: "金港大道 1 号"}, nil},
			{"a class without a reason does not get another's",
				db.Customer{Class: "A"}, db.Customer{Class: "C", ClassReason: "少了"}, db.Customer{Class: "A"}, nil},
			{"a class that is taken brings its reason, or none",
				db.Customer{Class: "A", ClassReason: "多了"}, db.Customer{Class: "C"}, db.Customer{Class: "C"}, []string{"class", "class_reason"}},
			{"terms by parcel get no days",
				db.Customer{Terms: "per_parcel"}, db.Customer{Terms: "monthly", TermsDays: 30}, db.Customer{Terms: "per_parcel"}, nil},
			{"terms that are taken bring their days",
				db.Customer{Terms: "per_parcel"}, db.Customer{Terms: "monthly", TermsDays: 30}, db.Customer{Terms: "monthly", TermsDays: 30}, []string{"terms"}},
			{"terms that are taken without days have none",
				db.Customer{Terms: "monthly", TermsDays: 30}, db.Customer{Terms: "per_parcel"}, db.Customer{Terms: "per_parcel"}, []string{"terms"}},
			{"a contract that is taken has no other's end",
				db.Customer{ContractNo: "H-1", ContractFrom: "2024-01-01", ContractTo: "2025-12-31"}, db.Customer{ContractNo: "H-2", ContractFrom: "2026-01-01"}, db.Customer{ContractNo: "H-2", ContractFrom: "2026-01-01"}, []string{"contract_no", "contract_from"}},
			{"a contract keeps its own end",
				db.Customer{ContractNo: "H-1", ContractFrom: "2026-01-01"}, db.Customer{ContractNo: "H-2", ContractTo: "2027-12-31"}, db.Customer{ContractNo: "H-1", ContractFrom: "2026-01-01"}, nil},
		} {
			open := func(c db.Customer, name string) int64 {
				t.Helper()
				c.BranchID, c.Name = w.West, name
				id, err := w.CreateCustomer(ctx, boss, db.Submission{}, c)
				if err != nil {
					t.Fatal(err)
				}
				return id
			}
			kept, gone := open(c.kept, "留下"+c.name), open(c.gone, "并走"+c.name)
			if _, err := w.MergeCustomers(ctx, boss, mergeAsk(t, w, boss, kept, gone, c.take...)); err != nil {
				t.Fatal(err)
			}
			said := func(c db.Customer) string {
				return fmt.Sprint(c.PlaceCode, "|", c.CityCode, "|", c.Address, "|", c.Class, "|", c.ClassReason, "|", c.Terms, "|", c.TermsDays, "|", c.ContractNo, "|", c.ContractFrom, "|", c.ContractTo)
			}
			if got, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), kept); err != nil || said(got) != said(c.want) {
				t.Errorf("%s: %s, want %s; %v", c.name, said(got), said(c.want), err)
			}
		}
	})
}

// The account of a file that went into another leads bills to that one, along a
// chain, and no longer once it is put back or a live file has it.
func TestTheAccountOfAMergedFileLeadsToTheOther(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		open := func(name, account string) int64 {
			t.Helper()
			id, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: name, AccountNo: account})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		leads := func(when, account string, want ...int64) {
			t.Helper()
			list, err := w.ImportLookup(ctx, boss.Scope(policy.CustomerEdit)).Find(intake.KeyAccount, account)
			var got []int64
			for _, k := range list {
				got = append(got, k.ID)
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: account %s leads to %v, want %v; %v", when, account, got, want, err)
			}
		}
		a, b, c := open("第一份", "5718001"), open("第二份", "5718002"), open("第三份", "5718003")
		merged := func(keep, gone int64) int64 {
			t.Helper()
			id, err := w.MergeCustomers(ctx, boss, mergeAsk(t, w, boss, keep, gone))
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		first := merged(b, a)
		leads("one merge", "5718001", b)
		leads("one merge", "5718002", b)
		second := merged(c, b)
		leads("two merges", "5718001", c)
		leads("two merges", "5718002", c)
		leads("two merges", "5718003", c)
		leads("nobody's", "5718009")
		if _, err := w.UndoMerge(ctx, boss, second); err != nil {
			t.Fatal(err)
		}
		leads("the second put back", "5718001", b)
		next := open("后来开的", "5718001")
		leads("another has it", "5718001", next)
		if _, err := w.UndoMerge(ctx, boss, first); err != nil {
			t.Fatal(err)
		}
		leads("the first put back", "5718002", b)
	})
}
