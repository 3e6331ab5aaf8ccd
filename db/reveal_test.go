package db_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/mask"
	"yike/policy/unusual"
)

// secret opens a client of 城西 with something in every field that is masked,
// and a contact with some of its own.
func secret(t *testing.T, w *dbtest.World, name string) (customer, contact int64) {
	t.Helper()
	ctx, boss := context.Background(), w.As(t, w.BossWest)
	id, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: name, OwnerID: w.RepWest, Phones: []string{"13812341054", "0571-88886666"},
		WeChat: "songguo_88", Email: "mei@songguo.cn", PlaceCode: "330110", Address: "良渚街道古墩路 1899 号"})
	if err != nil {
		t.Fatal(err)
	}
	k, err := w.SaveContact(ctx, boss, db.Submission{}, db.Contact{CustomerID: id, Name: "梅姐", Phones: []string{"19912341186"}, WeChat: "meimei_1186", Email: "m@qq.com"})
	if err != nil {
		t.Fatal(err)
	}
	return id, k
}

func audited(t *testing.T, w *dbtest.World, act string) int {
	t.Helper()
	var n int
	if err := w.RawRow(`SELECT COUNT(*) FROM audits WHERE act = $1`, act).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAFieldIsRevealedToThoseWhoMayAndOnRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		id, contact := secret(t, w, "松果母婴用品")
		ask := func(field string, contact int64, index int) db.RevealAsk {
			return db.RevealAsk{Customer: id, Contact: contact, Field: field, Index: index, Purpose: mask.ToCall}
		}
		for _, c := range []struct {
			name string
			who  int64
			ask  db.RevealAsk
			want string
			err  error
		}{
			{"a regional manager sees a number", w.RegionZJ, ask(mask.FieldPhone, 0, 0), "13812341054", nil},
			{"and the second one", w.RegionZJ, ask(mask.FieldPhone, 0, 1), "0571-88886666", nil},
			{"a third there is not", w.RegionZJ, ask(mask.FieldPhone, 0, 2), "", db.ErrNotFound},
			{"a number before the first neither", w.RegionZJ, ask(mask.FieldPhone, 0, -1), "", db.ErrRefused},
			{"WeChat", w.Chief, ask(mask.FieldWeChat, 0, 0), "songguo_88", nil},
			{"e-mail", w.AuditorHead, ask(mask.FieldEmail, 0, 0), "mei@songguo.cn", nil},
			{"the address in one line", w.Chief, ask(mask.FieldAddress, 0, 0), "浙江省杭州市余杭区良渚街道古墩路 1899 号", nil},
			{"a contact's number", w.Chief, ask(mask.FieldPhone, contact, 0), "19912341186", nil},
			{"a contact's WeChat", w.Chief, ask(mask.FieldWeChat, contact, 0), "meimei_1186", nil},
			{"a contact has no address", w.Chief, ask(mask.FieldAddress, contact, 0), "", db.ErrNotFound},
			{"a contact of nobody", w.Chief, ask(mask.FieldPhone, 42, 0), "", db.ErrNotFound},
			{"a field that is none", w.Chief, ask("remark", 0, 0), "", db.ErrNotFound},
			{"a courier sees the client and may not ask", w.CourierWest, ask(mask.FieldPhone, 0, 0), "", db.ErrRefused},
			{"another branch does not see the client", w.BossEast, ask(mask.FieldPhone, 0, 0), "", db.ErrNotFound},
			{"another rep neither", w.RepWest2, ask(mask.FieldPhone, 0, 0), "", db.ErrNotFound},
			{"without a purpose", w.Chief, db.RevealAsk{Customer: id, Field: mask.FieldPhone}, "", db.ErrRefused},
			{"another purpose without words", w.Chief, db.RevealAsk{Customer: id, Field: mask.FieldPhone, Purpose: mask.ForAnything}, "", db.ErrRefused},
		} {
			before := audited(t, w, "customers.reveal")
			got, err := w.Reveal(ctx, w.As(t, c.who), c.ask)
			if got.Value != c.want || !errors.Is(err, c.err) {
				t.Errorf("%s: %q, %v; want %q, %v", c.name, got.Value, err, c.want, c.err)
			}
			if more := audited(t, w, "customers.reveal") - before; (c.err == nil) != (more == 1) {
				t.Errorf("%s: %d audit records", c.name, more)
			}
		}
		if _, err := w.Reveal(ctx, w.As(t, w.Chief), db.RevealAsk{Customer: id, Field: mask.FieldPhone, Purpose: mask.ForAnything, Note: "打13800138000问路"}); err != nil {
			t.Fatal(err)
		}
		var detail string
		if err := w.RawRow(`SELECT detail FROM audits WHERE act = 'customers.reveal' ORDER BY id DESC LIMIT 1`).Scan(&detail); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(detail, `"field":"phone"`) || !strings.Contains(detail, `"purpose":"other"`) || !strings.Contains(detail, `"n":["reason"]`) || strings.Contains(detail, "问路") || strings.Contains(detail, "13800138000") || strings.Contains(detail, "13812341054") {
			t.Errorf("the record says %s", detail)
		}
	})
}

// capped sets the cap of one role for the whole company.
func capped(t *testing.T, w *dbtest.World, role policy.Role, caps mask.Caps) {
	t.Helper()
	rows, err := w.RuleVersions(context.Background(), db.RulePrivacy, 0)
	if err != nil {
		t.Fatal(err)
	}
	value := fmt.Sprintf(`{"watermark":true,"caps":{%q:{"reveals":%d,"rows":%d}}}`, role, caps.Reveals, caps.Rows)
	if _, err := w.SetRule(context.Background(), w.As(t, w.Chief), policy.PrivacyEdit, db.RuleRow{Rule: db.RulePrivacy, ValidFrom: db.Day(w.Now()), Value: value, Reason: "试", Version: int64(len(rows))}); err != nil {
		t.Fatal(err)
	}
}

func TestFiftyAtOnceDoNotPassTheCapTogether(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		id, _ := secret(t, w, "松果母婴用品")
		capped(t, w, policy.RegionalManager, mask.Caps{Reveals: 7, Rows: 100})
		region := w.As(t, w.RegionZJ)
		var seen, refused, exported atomic.Int64
		var wait sync.WaitGroup
		for range 50 {
			wait.Go(func() {
				var over *db.OverCap
				switch _, err := w.Reveal(ctx, region, db.RevealAsk{Customer: id, Field: mask.FieldPhone, Purpose: mask.ToCall}); {
				case err == nil:
					seen.Add(1)
				case errors.As(err, &over) && over.Cap == 7 && over.Used == 7:
					refused.Add(1)
				default:
					t.Error(err)
				}
				if err := w.RecordExport(ctx, region, "customers.export", db.Left{Rows: 30}); err == nil {
					exported.Add(1)
				} else if !errors.As(err, &over) || over.Kind != db.UseRows {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if seen.Load() != 7 || refused.Load() != 43 || exported.Load() != 3 {
			t.Errorf("%d seen, %d refused, %d files; want 7, 43, 3", seen.Load(), refused.Load(), exported.Load())
		}
		if n := audited(t, w, "customers.reveal"); n != 7 {
			t.Errorf("%d reveals on record, want 7", n)
		}
		if n := audited(t, w, "customers.export"); n != 3 {
			t.Errorf("%d exports on record, want 3", n)
		}
		if err := w.MayExport(ctx, region, 10); err != nil {
			t.Errorf("ten more rows fit: %v", err)
		}
		if err := w.MayExport(ctx, region, 11); err == nil {
			t.Error("eleven more do not")
		}
		w.Clock.Move(24 * time.Hour)
		if got, err := w.Reveal(ctx, region, db.RevealAsk{Customer: id, Field: mask.FieldPhone, Purpose: mask.ToCall}); err != nil || got.Left != 6 {
			t.Errorf("the next day begins anew: %+v, %v", got, err)
		}
	})
}

func TestUnusualLookingIsToldOncePersonAndDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, system := context.Background(), policy.SystemActor("unusual-looks")
		id, _ := secret(t, w, "松果母婴用品")
		region := w.As(t, w.RegionZJ)
		look := func(n int) {
			for range n {
				if _, err := w.Reveal(ctx, region, db.RevealAsk{Customer: id, Field: mask.FieldPhone, Purpose: mask.ToVerify}); err != nil {
					t.Fatal(err)
				}
			}
		}
		raise := func(want int64) {
			t.Helper()
			if n, err := w.RaiseAlerts(ctx, system); err != nil || n != want {
				t.Errorf("%d alerts, %v; want %d", n, err, want)
			}
		}
		look(20)
		raise(0)
		w.Clock.Move(61 * time.Minute)
		look(20) // forty today, but twenty an hour
		raise(0)
		look(1)
		raise(1)
		raise(0)
		list, err := w.Alerts(ctx, w.As(t, w.Chief), false)
		if err != nil || len(list) != 1 || list[0].UserID != w.RegionZJ || list[0].Kind != unusual.ManyReveals || list[0].Count != 21 {
			t.Fatalf("%+v, %v", list, err)
		}
		for _, c := range []struct {
			name string
			who  int64
			want int
		}{
			{"head office is told", w.Chief, 1}, {"so is the auditor", w.AuditorHead, 1}, {"and the administrator", w.Admin, 1},
			{"not the person themselves", w.RegionZJ, 0}, {"not a branch below", w.BossWest, 0}, {"not a rep", w.RepWest, 0},
		} {
			if got, err := w.Alerts(ctx, w.As(t, c.who), false); err != nil || len(got) != c.want {
				t.Errorf("%s: %d alerts, %v; want %d", c.name, len(got), err, c.want)
			}
		}
		if err := w.SeeAlert(ctx, region, list[0].ID, 1, "是我自己"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("about oneself: %v", err)
		}
		if err := w.SeeAlert(ctx, w.As(t, w.BossWest), list[0].ID, 1, "别的网点"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("not told of it: %v", err)
		}
		if err := w.SeeAlert(ctx, w.As(t, w.Chief), list[0].ID, 1, "盘点，问过了"); err != nil {
			t.Error(err)
		}
		if err := w.SeeAlert(ctx, w.As(t, w.Admin), list[0].ID, 1, "晚了一步"); !errors.Is(err, db.ErrConflict) {
			t.Errorf("a second time: %v", err)
		}
		if open, err := w.OpenAlerts(ctx); err != nil || len(open) != 0 {
			t.Errorf("still open: %v, %v", open, err)
		}
		if all, err := w.Alerts(ctx, w.As(t, w.Chief), true); err != nil || len(all) != 1 || all[0].SeenBy != "钱总" || all[0].Note != "盘点，问过了" {
			t.Errorf("dealt with: %+v, %v", all, err)
		}
		raise(0) // dealt with today: not told again
		// A clerk opens 51 files on a day, where five are usual.
		var n int64
		files := func(day string, count int) {
			for range count {
				n++
				if _, err := db.Writer(w.DB).Exec(`INSERT INTO customer_looks (customer_id, day, user_id, branch_id, role, looks, first_at, last_at)
					VALUES ($1, $2, $3, $4, 'service_clerk', 3, 0, 0)`, n, day, w.ClerkWest, w.West); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, day := range []string{"2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20"} {
			files(day, 5)
		}
		files(db.Day(w.Now()), 50)
		raise(0)
		files(db.Day(w.Now()), 1)
		raise(1)
		if list, err := w.Alerts(ctx, w.As(t, w.BossWest), false); err != nil || len(list) != 1 || list[0].Kind != unusual.ManyFiles || list[0].Count != 51 || list[0].Usual != 5 {
			t.Errorf("the branch's manager is told: %+v, %v", list, err)
		}
		who, err := w.RevealedTo(ctx, w.As(t, w.Chief).Scope(policy.CustomerRead), w.RegionZJ, db.Day(w.Now()))
		if err != nil || len(who) != 1 || who[0].ID != id || who[0].Fields != 41 {
			t.Errorf("whose: %+v, %v", who, err)
		}
	})
}

// TestAFragmentOfAMaskedNumberFindsNothing asks every part of a number by which
// it could be guessed digit by digit.
func TestAFragmentOfAMaskedNumberFindsNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		secret(t, w, "松果母婴用品")
		number := "13812341054"
		region, boss := w.As(t, w.RegionZJ), w.As(t, w.BossWest)
		found := func(a policy.Actor, q string) int {
			t.Helper()
			hits, _, err := w.SearchCustomers(ctx, a.Scope(policy.CustomerRead), a.Scope(policy.CustomerUnmask), q)
			if err != nil {
				t.Fatal(err)
			}
			return len(hits)
		}
		for i := range number {
			for j := i + 1; j <= len(number); j++ {
				part := number[i:j]
				want := 0
				if part == number || part == number[7:] {
					want = 1
				}
				if n := found(region, part); n != want {
					t.Errorf("masked, %q finds %d, want %d", part, n, want)
				}
			}
		}
		for _, q := range []string{"songguo_88", "ongguo_8", "mei@songguo.cn", "songguo.cn", "古墩路", "1899"} {
			if n := found(region, q); n != 0 {
				t.Errorf("masked, %q finds %d", q, n)
			}
		}
		if found(boss, "8123410") != 1 {
			t.Error("who sees the number finds it by a part")
		}
	})
}
