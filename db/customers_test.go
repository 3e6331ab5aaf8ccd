package db_test

import (
	"context"
	"errors"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
)

func TestAFileIsOpenedReadChangedAndDeletedWithinReach(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		boss, rep, other, stranger := w.As(t, w.BossWest), w.As(t, w.RepWest), w.As(t, w.RepWest2), w.As(t, w.BossEast)
		in := db.Customer{BranchID: w.West, Name: "杭州松果母婴用品有限公司", Kind: "ecommerce", OwnerID: w.RepWest,
			Class: "A", Phones: []string{"13800001054", "0571-86000123-801"}}
		sent := db.Submission{Key: "k1"}
		id, err := w.CreateCustomer(ctx, boss, sent, in, db.Contact{Name: "王国平", Primary: true, BirthdayLunar: true,
			BirthdayMonth: 8, BirthdayDay: 15, Phones: []string{"19900001186"}})
		if err != nil {
			t.Fatal(err)
		}
		if again, err := w.CreateCustomer(ctx, boss, sent, in); err != nil || again != id {
			t.Fatalf("sent twice: got %d, %v; want %d", again, err, id)
		}
		c, err := w.Customer(ctx, rep.Scope(policy.CustomerRead), id)
		if err != nil {
			t.Fatal(err)
		}
		if c.Code != "HZ01-00001" || len(c.Phones) != 2 || c.OwnerSince != "2026-11-21" || c.ClassSince != "2026-11-21" {
			t.Fatalf("created: %+v", c)
		}
		for name, who := range map[string]policy.Actor{"another rep": other, "another branch": stranger} {
			if _, err := w.Customer(ctx, who.Scope(policy.CustomerRead), id); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("%s reads it: %v", name, err)
			}
			if err := w.UpdateCustomer(ctx, who, c); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("%s changes it: %v", name, err)
			}
		}
		changed := c
		changed.Name, changed.Phones = "杭州松果用品有限公司", []string{"13800001055"}
		if err := w.UpdateCustomer(ctx, rep, changed); err != nil {
			t.Fatal(err)
		}
		if err := w.UpdateCustomer(ctx, boss, c); !errors.Is(err, db.ErrConflict) {
			t.Fatalf("a stale edit: %v", err)
		} else if stale := (*db.Stale)(nil); !errors.As(err, &stale) || stale.By != "沈雨桐" || stale.Now.Name != changed.Name {
			t.Fatalf("a stale edit says: %+v", stale)
		}
		grab := changed
		grab.Version, grab.OwnerID = 2, w.RepWest2
		if err := w.UpdateCustomer(ctx, rep, grab); !errors.Is(err, db.ErrRefused) {
			t.Fatalf("a rep gives a client away: %v", err)
		}
		if err := w.DeleteCustomer(ctx, boss, id, 2); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), id); !errors.Is(err, db.ErrNotFound) {
			t.Fatalf("a deleted file is read: %v", err)
		}
		if err := w.RestoreCustomer(ctx, boss, id); err != nil {
			t.Fatal(err)
		}
		back, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), id)
		if err != nil || back.Name != changed.Name || len(back.Phones) != 1 {
			t.Fatalf("restored: %+v, %v", back, err)
		}
		if list, err := w.Contacts(ctx, boss.Scope(policy.CustomerRead), id); err != nil || len(list) != 1 || list[0].Phones[0] != "19900001186" {
			t.Fatalf("contacts: %+v, %v", list, err)
		}
	})
}

func TestACodeThatIsInUseIsRefusedAndSkipped(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		if _, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: "甲", Code: "HZ01-00001"}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: "乙", Code: "HZ01-00001"}); !errors.Is(err, db.ErrTaken) {
			t.Fatalf("code in use: %v", err)
		}
		id, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: "丙"})
		if err != nil {
			t.Fatal(err)
		}
		c, _ := w.Customer(ctx, boss.Scope(policy.CustomerRead), id)
		if c.Code != "HZ01-00002" {
			t.Fatalf("next code: %s", c.Code)
		}
	})
}
