package db_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"yike/db"
	"yike/db/dbtest"
)

func TestALogThatCannotBeWrittenBackSpoilsNoImport(t *testing.T) {
	for _, x := range []struct {
		name string
		rows int // 500 in the first part, 50 in each other
	}{
		{"It fails behind the last part", 500 + 7*50},
		{"It fails in the middle", 500 + 10*50},
	} {
		clock := dbtest.NewClock(dbtest.Start)
		w := dbtest.NewWorld(t, dbtest.Open(t, clock), clock)
		b := newRegistered(t, w)
		var file strings.Builder
		file.WriteString("客户名称,客户等级,联系人,电话\n")
		for i := range x.rows {
			fmt.Fprintf(&file, "岚蘅%04d有限公司,A,杨永康,1380%07d\n", i, i)
		}
		m := b.bring(db.ImportCustomers, "登记簿.csv", []byte(file.String()), db.ImportOptions{})
		b.ShortParts()
		b.NoWriteBack()
		b.want(x.name, b.apply(m), "applied", [4]int64{int64(x.rows), 0, 0, 0})
		m = b.read(m.ID)
		if err := b.RollBackLate(context.Background(), m); !errors.Is(err, db.ErrConflict) {
			t.Errorf("%s: an applied import is taken back: %v", x.name, err)
		}
		var n int
		if err := b.RawRow(`SELECT count(*) FROM customers WHERE name LIKE '岚蘅%'`).Scan(&n); err != nil || n != x.rows || b.read(m.ID).State != "applied" {
			t.Errorf("%s: %d of %d files, %s (%v)", x.name, n, x.rows, b.read(m.ID).State, err)
		}
	}
}

func TestTheSearchIsSetAsUsualAfterAKilledImport(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "yike.db")
	open := func() *db.DB {
		t.Helper()
		d, err := db.Open(ctx, db.Config{DSN: path, Key: db.OnlyKey(dbtest.Key), Now: dbtest.NewClock(dbtest.Start).Now})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	d := open()
	for _, set := range []string{"automerge', 16", "crisismerge', 64", "hashsize', 25165824"} {
		if err := d.Raw(`INSERT INTO customer_search (customer_search, rank) VALUES ('` + set + `)`); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = open()
	defer d.Close()
	for name, want := range map[string]int{"automerge": 8, "crisismerge": 16, "hashsize": 8 << 20} {
		var got int
		if err := d.RawRow(`SELECT v FROM customer_search_config WHERE k = $1`, name).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %d, want %d (%v)", name, got, want, err)
		}
	}
}

func TestAClientOfWhomSomethingWasWrittenDownSinceIsKeptByAnUndo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		b := newRegistered(t, w)
		ctx := context.Background()
		known, err := w.CreateCustomer(ctx, b.boss, db.Submission{}, db.Customer{BranchID: w.West, Name: "老客户有限公司", Phones: []string{"13900000009"}})
		if err != nil {
			t.Fatal(err)
		}
		m := b.bring(db.ImportCustomers, "登记簿.csv", []byte("客户名称,客户等级,联系人,电话\n岚蘅有限公司,A,杨永康,13800000001\n麓峤有限公司,A,周砚,13800000002\n老客户有限公司,,何清,13900000009\n"), db.ImportOptions{})
		m = b.apply(m)
		find := func(query string, args ...any) (id int64) {
			t.Helper()
			if err := db.Writer(w.DB).QueryRow(query, args...).Scan(&id); err != nil {
				t.Fatal(query, err)
			}
			return id
		}
		new1 := find(`SELECT id FROM customers WHERE name = '岚蘅有限公司'`)
		contact := find(`SELECT id FROM contacts WHERE customer_id = $1 AND name = '何清'`, known)
		for customer, contact := range map[int64]int64{new1: 0, known: contact} {
			if _, err := w.OpenCase(ctx, b.boss, db.Submission{}, db.NewCase{Case: db.Case{Kind: "complaint", Severity: "minor", Channel: "phone", CustomerID: customer, ContactID: contact, Said: "碎了", UserID: w.BossWest}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.StartUndo(ctx, b.boss, m.ID, b.read(m.ID).Version); err != nil {
			t.Fatal(err)
		}
		out, err := w.UndoImport(ctx, b.boss, m.ID)
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, r := range out.Rows {
			told = append(told, r.How+" "+r.Why+" "+r.Name)
		}
		slices.Sort(told)
		if want := "kept cases 岚蘅有限公司; kept edited 何清; reversed created 麓峤有限公司"; strings.Join(told, "; ") != want {
			t.Errorf("told %q, want %q", strings.Join(told, "; "), want)
		}
		if n := find(`SELECT count(*) FROM cases WHERE customer_id IS NOT NULL`); n != 2 {
			t.Errorf("%d cases", n)
		}
	})
}

// A table that will hang on a client or a contact next year has to be told what
// an undo of an import makes of it.
func TestAnUndoKnowsEveryTableThatHangsOnAFile(t *testing.T) {
	clock := dbtest.NewClock(dbtest.Start)
	d := dbtest.Open(t, clock)
	file, contact := db.WhatKeeps()
	for of, known := range map[string][]string{"customers": file, "contacts": contact} {
		rows, err := db.Writer(d).Query(`SELECT m.name FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) k WHERE m.type = 'table' AND k."table" = $1`, of)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				t.Fatal(err)
			}
			if n++; !slices.Contains(known, name) {
				t.Errorf("%s names one of %s, and nothing says what an undo makes of it", name, of)
			}
		}
		if err := rows.Close(); err != nil || n < 5 {
			t.Errorf("%d tables hang on %s (%v)", n, of, err)
		}
	}
}
