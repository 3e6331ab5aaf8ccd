package db_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/consent"
	"yike/policy/mask"
	"yike/policy/sensitive"
)

const canaryBank = "6222021234567890123"

// useOptional switches optional fields on and all others off.
func useOptional(t *testing.T, w *dbtest.World, fields ...string) {
	t.Helper()
	ctx := context.Background()
	rule := sensitive.Rule{}
	for _, f := range fields {
		rule[f] = sensitive.Use{On: true, Purpose: "理赔打款", Basis: "consent"}
	}
	value, err := json.Marshal(rule)
	if err != nil {
		t.Fatal(err)
	}
	versions, err := w.RuleVersions(ctx, db.RuleSensitive, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.SetRule(ctx, w.As(t, w.Admin), policy.PrivacyEdit, db.RuleRow{Rule: db.RuleSensitive, ValidFrom: "2026-11-21", Value: string(value), Reason: "试", Version: int64(len(versions))}); err != nil {
		t.Fatal(err)
	}
}

func TestAnOptionalFieldIsKeptSealedAndShownOnRecordOnly(t *testing.T) {
	dbtest.Alone(t)
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		c := release(t, w)
		bank := map[string]string{sensitive.BankAccount: "6222 0212 3456 7890 123"}
		if err := w.SetSensitive(ctx, boss, c.id, c.contact, bank); !errors.Is(err, db.ErrRefused) {
			t.Errorf("a field that nobody switched on: %v", err)
		}
		useOptional(t, w, sensitive.BankAccount, sensitive.Age)
		for _, no := range []struct {
			name              string
			who               int64
			customer, contact int64
			values            map[string]string
			err               error
		}{
			{"a rep", w.RepWest, c.id, c.contact, bank, db.ErrNotFound},
			{"another branch's manager", w.BossEast, c.id, c.contact, bank, db.ErrNotFound},
			{"a contact of nobody", w.BossWest, c.id, 12345, bank, db.ErrNotFound},
			{"a field that is off", w.BossWest, c.id, c.contact, map[string]string{sensitive.Income: "八千"}, db.ErrRefused},
			{"a company's age", w.BossWest, c.id, 0, map[string]string{sensitive.Age: "30"}, db.ErrRefused},
			{"no account", w.BossWest, c.id, 0, map[string]string{sensitive.BankAccount: "工行"}, db.ErrRefused},
			{"no field that there is", w.BossWest, c.id, 0, map[string]string{"password": "x"}, db.ErrRefused},
			{"nothing", w.BossWest, c.id, 0, nil, db.ErrSame},
		} {
			if err := w.SetSensitive(ctx, w.As(t, no.who), no.customer, no.contact, no.values); !errors.Is(err, no.err) {
				t.Errorf("%s: %v, want %v", no.name, err, no.err)
			}
		}
		if err := w.SetSensitive(ctx, boss, c.id, c.contact, bank); err != nil {
			t.Fatal(err)
		}
		var sealed string
		if err := w.RawRow(`SELECT sealed FROM sensitive_values WHERE contact_id = $1`, c.contact).Scan(&sealed); err != nil || strings.Contains(sealed, "6222") {
			t.Errorf("stored as %q, %v", sealed, err)
		}
		filled, err := w.SensitiveFilled(ctx, boss.Scope(policy.SensitiveRead), c.id)
		if err != nil || len(filled) != 1 || filled[0].ContactID != c.contact || filled[0].Field != sensitive.BankAccount {
			t.Errorf("filled: %+v %v", filled, err)
		}
		ask := db.RevealAsk{Customer: c.id, Contact: c.contact, Field: sensitive.BankAccount, Purpose: mask.ToSettle}
		for _, no := range []struct {
			name string
			who  int64
			err  error
		}{{"a clerk who sees phones in full", w.ClerkWest, db.ErrRefused}, {"a regional manager, who reveals phones", w.RegionZJ, db.ErrRefused}, {"another branch", w.BossEast, db.ErrNotFound}} {
			if _, err := w.Reveal(ctx, w.As(t, no.who), ask); !errors.Is(err, no.err) {
				t.Errorf("%s: %v, want %v", no.name, err, no.err)
			}
		}
		got, err := w.Reveal(ctx, boss, ask)
		if err != nil || got.Value != canaryBank {
			t.Errorf("revealed %+v, %v", got, err)
		}
		var reveals int
		if err := w.RawRow(`SELECT COUNT(*) FROM reveals WHERE contact_id = $1 AND field = 'bank_account' AND user_id = $2`, c.contact, w.BossWest).Scan(&reveals); err != nil || reveals != 1 {
			t.Errorf("%d reveals on record, %v", reveals, err)
		}
		var inAudit int
		if err := w.RawRow(`SELECT COUNT(*) FROM audits WHERE detail LIKE '%6222%'`).Scan(&inAudit); err != nil || inAudit != 0 {
			t.Errorf("the account stands in %d audit records, %v", inAudit, err)
		}
		// Switched off it is hidden at once, and can be destroyed; not while it is on.
		if _, err := w.DestroySensitive(ctx, w.As(t, w.Admin), sensitive.BankAccount, "不用了"); !errors.Is(err, db.ErrConflict) {
			t.Errorf("destroyed while in use: %v", err)
		}
		useOptional(t, w, sensitive.Age)
		if _, err := w.Reveal(ctx, boss, ask); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("revealed after it was switched off: %v", err)
		}
		if filled, err := w.SensitiveFilled(ctx, boss.Scope(policy.SensitiveRead), c.id); err != nil || len(filled) != 0 {
			t.Errorf("listed after it was switched off: %+v %v", filled, err)
		}
		if _, err := w.DestroySensitive(ctx, boss, sensitive.BankAccount, "不用了"); !errors.Is(err, db.ErrRefused) {
			t.Errorf("destroyed by a branch manager: %v", err)
		}
		if n, err := w.DestroySensitive(ctx, w.As(t, w.Admin), sensitive.BankAccount, "不用了"); err != nil || n != 1 {
			t.Errorf("destroyed %d, %v", n, err)
		}
		if list, err := w.Destructions(ctx); err != nil || len(list) != 1 || list[0].Rows != 1 || list[0].Field != sensitive.BankAccount || list[0].Reason != "不用了" {
			t.Errorf("the record of it: %+v %v", list, err)
		}
		if counts, err := w.CountSensitive(ctx); err != nil || counts[sensitive.BankAccount] != 0 {
			t.Errorf("left: %v %v", counts, err)
		}
	})
}

func TestErasingOneContactLeavesTheOthersOptionalFieldsReadable(t *testing.T) {
	dbtest.Alone(t)
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		c := release(t, w)
		other, err := w.SaveContact(ctx, boss, db.Submission{}, db.Contact{CustomerID: c.id, Name: "李四"})
		if err != nil {
			t.Fatal(err)
		}
		useOptional(t, w, sensitive.BankAccount, sensitive.Interests)
		for i, contact := range []int64{c.contact, other, 0} {
			if err := w.SetSensitive(ctx, boss, c.id, contact, map[string]string{sensitive.BankAccount: fmt.Sprint(canaryBank[:18], i)}); err != nil {
				t.Fatal(err)
			}
		}
		copyOf := func(contact int64) []db.Opened {
			t.Helper()
			id, err := w.OpenRequest(ctx, boss, db.Submission{}, db.Request{CustomerID: c.id, ContactID: contact, Kind: consent.Copy, Channel: "phone", ReceivedOn: "2026-11-20", Asked: "x"})
			if err != nil {
				t.Fatal(err)
			}
			got, err := w.CopyPerson(ctx, boss, id)
			if err != nil {
				t.Fatal(err)
			}
			return got.Optional
		}
		if got := copyOf(c.contact); len(got) != 1 || got[0].Value != canaryBank[:18]+"0" {
			t.Errorf("the contact's copy: %+v", got)
		}
		q := askErasure(t, w, c.id, c.contact)
		done, err := w.ConfirmErasure(ctx, w.As(t, w.RegionZJ), q.ID, q.Version)
		if err != nil || done.Optional != 1 {
			t.Fatalf("%+v %v", done, err)
		}
		got := copyOf(0)
		if len(got) != 2 || got[0].Value != canaryBank[:18]+"2" || got[1].Value != canaryBank[:18]+"1" {
			t.Errorf("the client's copy afterwards: %+v", got)
		}
	})
}

func TestADestroyedFieldIsInNoFileAndWithoutTheKeyFileNothingOpens(t *testing.T) {
	dbtest.Alone(t)
	ctx := context.Background()
	clock := dbtest.NewClock(dbtest.Start)
	folder := t.TempDir()
	file := filepath.Join(folder, "yike.db")
	d, err := db.Open(ctx, db.Config{DSN: file, Now: clock.Now, Key: db.OnlyKey(dbtest.Key)})
	if err != nil {
		t.Fatal(err)
	}
	w := dbtest.NewWorld(t, d, clock)
	c, boss := release(t, w), w.As(t, w.BossWest)
	useOptional(t, w, sensitive.BankAccount)
	if err := w.SetSensitive(ctx, boss, c.id, 0, map[string]string{sensitive.BankAccount: canaryBank}); err != nil {
		t.Fatal(err)
	}
	var sealed string
	if err := w.RawRow(`SELECT sealed FROM sensitive_values`).Scan(&sealed); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if d, err = db.Open(ctx, db.Config{DSN: file, Now: clock.Now}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Reveal(ctx, boss, db.RevealAsk{Customer: c.id, Field: sensitive.BankAccount, Purpose: mask.ToSettle}); !errors.Is(err, db.ErrNoKey) {
		t.Errorf("revealed without the key file: %v", err)
	}
	if err := d.SetSensitive(ctx, boss, c.id, 0, map[string]string{sensitive.BankAccount: "12345678"}); !errors.Is(err, db.ErrNoKey) {
		t.Errorf("written without the key file: %v", err)
	}
	w = &dbtest.World{DB: d}
	if _, err := d.SetRule(ctx, policy.SystemActor("test"), policy.PrivacyEdit, db.RuleRow{Rule: db.RuleSensitive, ValidFrom: "2026-11-21", Value: "{}", Reason: "关", Version: 1}); err != nil {
		t.Fatal(err)
	}
	if n, err := d.DestroySensitive(ctx, policy.SystemActor("test"), sensitive.BankAccount, "不用了"); err != nil || n != 1 {
		t.Errorf("destroyed %d, %v", n, err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil || bytes.Contains(b, []byte(sealed)) {
		t.Errorf("the sealed value lingers in the file, %v", err)
	}
}
