package db_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/consent"
)

// canary is a client full of words that stand nowhere else.
type canary struct {
	id, contact, visit int64
	photo              string
	words              []string
}

const (
	canaryName  = "鹮鹳翎毛纺织有限公司"
	canaryWho   = "欧阳鹮鹳"
	canaryPhone = "13871239846"
	canaryOther = "15927163548"
)

func release(t *testing.T, w *dbtest.World) canary {
	t.Helper()
	ctx, boss := context.Background(), w.As(t, w.BossWest)
	var c canary
	var err error
	c.id, err = w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: canaryName, ShortName: "鹮鹳纺织", OwnerID: w.RepWest,
		Phones: []string{canaryPhone}, WeChat: "huanguan_wx77", Email: "hg77@huanguan.example", Address: "鹮鹳巷 77 号", Remark: "找欧阳鹮鹳，怕狗"})
	if err != nil {
		t.Fatal(err)
	}
	c.contact, err = w.SaveContact(ctx, boss, db.Submission{}, db.Contact{CustomerID: c.id, Name: canaryWho, Phones: []string{canaryOther}, WeChat: "ouyang_hg_91",
		Email: "oy91@huanguan.example", Remark: "爱喝鹮鹳牌茶", BirthdayMonth: 3, BirthdayDay: 9, Primary: true})
	if err != nil {
		t.Fatal(err)
	}
	c.photo, err = w.PutFile(ctx, strings.NewReader("鹮鹳照片的内容，只有这一份"), "image/jpeg", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	shared, err := w.PutFile(ctx, strings.NewReader("a thumb that another visit shows, too"), "image/jpeg", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	log := func(customer, contact int64, hash string) int64 {
		id, err := w.LogVisit(ctx, w.As(t, w.RepWest), db.Submission{}, db.Visit{CustomerID: customer, UserID: w.RepWest, ContactID: contact, State: "done", Day: "2026-11-20",
			Minute: -1, Mode: "on_site", Learned: "欧阳鹮鹳说要换一家", Met: "鹮鹳的叔叔"}, db.VisitPhoto{Hash: hash, Thumb: shared})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	c.visit = log(c.id, c.contact, c.photo)
	other, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: "别家公司", OwnerID: w.RepWest})
	if err != nil {
		t.Fatal(err)
	}
	log2, err := w.LogVisit(ctx, w.As(t, w.RepWest), db.Submission{}, db.Visit{CustomerID: other, UserID: w.RepWest, State: "done", Day: "2026-11-19", Minute: -1, Mode: "on_site",
		Learned: "没事"}, db.VisitPhoto{Hash: shared, Thumb: shared})
	if err != nil || log2 == 0 {
		t.Fatal(err)
	}
	// Edits leave before-images, a saved search and a note of a consent keep words.
	now, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), c.id)
	if err != nil {
		t.Fatal(err)
	}
	now.Remark = "鹮鹳改过的备注"
	if err := w.UpdateCustomer(ctx, boss, now); err != nil {
		t.Fatal(err)
	}
	if err := w.SetUserSetting(ctx, boss, "customers.views", `[{"name":"鹮鹳纺织","q":"`+canaryPhone+`"}]`); err != nil {
		t.Fatal(err)
	}
	if _, err := w.RecordConsent(ctx, boss, db.Consent{CustomerID: c.id, ContactID: c.contact, Purpose: consent.Marketing, State: consent.Given,
		Source: "paper", Day: "2026-11-20", Note: "鹮鹳签的纸"}); err != nil {
		t.Fatal(err)
	}
	c.words = []string{canaryName, "鹮鹳", canaryWho, canaryPhone, canaryOther, "huanguan", "ouyang_hg", "1592716"}
	return c
}

// lingering looks for the words in every file of a folder, byte by byte.
func lingering(t *testing.T, folder string, words []string) []string {
	t.Helper()
	var found []string
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", folder, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range words {
			if bytes.Contains(b, []byte(w)) {
				found = append(found, filepath.Base(f)+": "+w)
			}
		}
	}
	return found
}

// askErasure enters a request and proposes it; two persons are needed for the
// rest.
func askErasure(t *testing.T, w *dbtest.World, customer, contact int64) db.Request {
	t.Helper()
	ctx, boss := context.Background(), w.As(t, w.BossWest)
	id, err := w.OpenRequest(ctx, boss, db.Submission{}, db.Request{CustomerID: customer, ContactID: contact, Kind: consent.Erasure, Channel: "phone",
		ReceivedOn: "2026-11-20", Asked: "鹮鹳要求删除"})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.ProposeErasure(ctx, boss, id, 1, false); err != nil {
		t.Fatal(err)
	}
	q, err := w.Request(ctx, boss.Scope(policy.CustomerRights), id)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestAnErasedClientIsReadableNowhere(t *testing.T) {
	ctx := context.Background()
	clock := dbtest.NewClock(dbtest.Start)
	folder := t.TempDir()
	file := filepath.Join(folder, "yike.db")
	open := func() *db.DB {
		d, err := db.Open(ctx, db.Config{DSN: file, Now: clock.Now, Key: db.OnlyKey(dbtest.Key)})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	w := dbtest.NewWorld(t, open(), clock)
	c := release(t, w)
	// The same words in an import that waits, in its file and in an export.
	before := t.TempDir()
	if err := w.BackupMain(ctx, filepath.Join(before, "yike.db")); err != nil {
		t.Fatal(err)
	}
	if err := w.BackupFiles(ctx, filepath.Join(before, "yike-files.db")); err != nil {
		t.Fatal(err)
	}
	if len(lingering(t, before, c.words)) < 5 {
		t.Fatal("the test looks for words that are not there before")
	}
	q := askErasure(t, w, c.id, 0)
	if _, err := w.ConfirmErasure(ctx, w.As(t, w.RegionZJ), q.ID, q.Version); err != nil {
		t.Fatal(err)
	}
	if found := lingering(t, folder, c.words); len(found) > 0 {
		t.Errorf("readable while the database is open: %v", found)
	}
	after := t.TempDir()
	if err := w.BackupMain(ctx, filepath.Join(after, "yike.db")); err != nil {
		t.Fatal(err)
	}
	if err := w.BackupFiles(ctx, filepath.Join(after, "yike-files.db")); err != nil {
		t.Fatal(err)
	}
	if found := lingering(t, after, c.words); len(found) > 0 {
		t.Errorf("readable in the next back-up: %v", found)
	}
	whole := func(d *db.DB) {
		t.Helper()
		if r, err := d.CheckChain(ctx); err != nil || !r.Whole() || !r.Signed {
			t.Errorf("the chain: %+v, %v", r, err)
		}
		if faults, err := d.Check(ctx); err != nil || len(faults) > 0 {
			t.Errorf("the database: %v, %v", faults, err)
		}
	}
	whole(w.DB)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if found := lingering(t, folder, c.words); len(found) > 0 {
		t.Errorf("readable after the end: %v", found)
	}

	// The older back-up comes back; what was erased is erased again before
	// Open returns.
	for _, name := range []string{"yike.db", "yike-files.db"} {
		for _, tail := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(filepath.Join(folder, name+tail))
		}
		b, err := os.ReadFile(filepath.Join(before, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, name), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(lingering(t, folder, c.words)) == 0 {
		t.Fatal("the back-up that was put back does not hold the client")
	}
	d := open()
	defer d.Close()
	if found := lingering(t, folder, c.words); len(found) > 0 {
		t.Errorf("readable after the restore: %v", found)
	}
	whole(d)
	var again int64
	if err := (&dbtest.World{DB: d}).RawRow(`SELECT again_at FROM erasures WHERE row_id = $1`, c.id).Scan(&again); err != nil || again == 0 {
		t.Errorf("erased again at %d, %v", again, err)
	}
}

func TestErasingTakesTwoPersonsWithTheRight(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		c := release(t, w)
		for _, who := range []struct {
			name string
			id   int64
			err  error
		}{
			{"another branch's manager", w.BossEast, db.ErrNotFound}, {"a rep", w.RepWest, db.ErrNotFound}, {"the courier", w.CourierWest, db.ErrNotFound},
		} {
			if _, err := w.OpenRequest(ctx, w.As(t, who.id), db.Submission{}, db.Request{CustomerID: c.id, Kind: consent.Copy, Channel: "phone", ReceivedOn: "2026-11-20"}); !errors.Is(err, who.err) {
				t.Errorf("%s opens a request: %v", who.name, err)
			}
		}
		q := askErasure(t, w, c.id, 0)
		if q.DueOn != "2026-12-11" {
			t.Errorf("due on %s", q.DueOn)
		}
		for _, no := range []struct {
			name    string
			who     int64
			version int64
			err     error
		}{
			{"who proposed it", w.BossWest, q.Version, db.ErrSamePerson}, {"another branch's manager", w.BossEast, q.Version, db.ErrNotFound},
			{"a rep", w.RepWest, q.Version, db.ErrNotFound}, {"an auditor", w.AuditorHead, q.Version, db.ErrNotFound},
			{"a stale page", w.RegionZJ, q.Version - 1, db.ErrConflict},
		} {
			if _, err := w.ConfirmErasure(ctx, w.As(t, no.who), q.ID, no.version); !errors.Is(err, no.err) {
				t.Errorf("%s: %v, want %v", no.name, err, no.err)
			}
		}
		if _, err := w.Customer(ctx, w.As(t, w.BossWest).Scope(policy.CustomerRead), c.id); err != nil {
			t.Fatalf("a refused erasure took the client: %v", err)
		}
		if err := w.AnswerRequest(ctx, w.As(t, w.RegionZJ), q.ID, q.Version, "done", "已删"); !errors.Is(err, db.ErrRefused) {
			t.Errorf("an erasure answered as done without one: %v", err)
		}
		plan, err := w.PlanErasure(ctx, w.As(t, w.RegionZJ).Scope(policy.CustomerRights), q.ID)
		if err != nil {
			t.Fatal(err)
		}
		done, err := w.ConfirmErasure(ctx, w.As(t, w.RegionZJ), q.ID, q.Version)
		if err != nil {
			t.Fatal(err)
		}
		if plan.Visits != 1 || plan.Phones != 2 || plan.Photos != 1 || done.Visits != plan.Visits || done.Phones != plan.Phones || done.Photos != plan.Photos {
			t.Errorf("planned %+v, done %+v", plan, done)
		}
		if _, err := w.ConfirmErasure(ctx, w.As(t, w.RegionZJ), q.ID, q.Version); !errors.Is(err, db.ErrConflict) {
			t.Errorf("sent twice: %v", err)
		}
		boss := w.As(t, w.BossWest)
		if _, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), c.id); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("the client opens: %v", err)
		}
		if err := w.RestoreCustomer(ctx, boss, c.id); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("taken out of the recycle bin: %v", err)
		}
		bin, _, err := w.BinnedCustomers(ctx, boss.Scope(policy.CustomerDelete))
		if err != nil || len(bin) != 0 {
			t.Errorf("in the recycle bin: %v %v", bin, err)
		}
		if _, err := w.OpenFile(ctx, c.photo); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("the photo opens: %v", err)
		}
		var name, learned string
		var visits int
		if err := w.RawRow(`SELECT c.name, v.learned, (SELECT COUNT(*) FROM visits WHERE customer_id = c.id AND state = 'done') FROM customers c JOIN visits v ON v.customer_id = c.id WHERE c.id = $1`, c.id).
			Scan(&name, &learned, &visits); err != nil {
			t.Fatal(err)
		}
		if name != consent.ErasedName || learned != "" || visits != 1 {
			t.Errorf("the stub is called %q, learned %q, %d visits", name, learned, visits)
		}
		var sealed int
		if err := w.RawRow(`SELECT COUNT(*) FROM changes WHERE customer_id = $1 AND fields <> ''`, c.id).Scan(&sealed); err != nil || sealed == 0 {
			t.Errorf("%d before-images stay: %v", sealed, err)
		}
		if r, err := w.CheckChain(ctx); err != nil || !r.Whole() {
			t.Errorf("the chain: %+v %v", r, err)
		}
	})
}

func TestOneContactIsErasedAndTheClientStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		c := release(t, w)
		q := askErasure(t, w, c.id, c.contact)
		if _, err := w.ConfirmErasure(ctx, w.As(t, w.RegionZJ), q.ID, q.Version); err != nil {
			t.Fatal(err)
		}
		scope := w.As(t, w.BossWest).Scope(policy.CustomerRead)
		now, err := w.Customer(ctx, scope, c.id)
		if err != nil || now.Name != canaryName || len(now.Phones) != 1 {
			t.Fatalf("the client: %+v %v", now, err)
		}
		list, err := w.Contacts(ctx, scope, c.id)
		if err != nil || len(list) != 0 {
			t.Errorf("contacts: %+v %v", list, err)
		}
		history, err := w.History(ctx, w.As(t, w.BossWest).Scope(policy.CustomerHistory), c.id, 0, 50)
		if err != nil {
			t.Fatal(err)
		}
		lost := 0
		for _, ch := range history {
			for _, f := range ch.Fields {
				if f.Lost == db.LostErased {
					lost++
				} else if text, _ := f.Before.(string); strings.Contains(text, "欧阳") {
					t.Errorf("%s still says %q", f.Column, text)
				}
			}
		}
		if lost == 0 {
			t.Error("no before-image was lost with the contact")
		}
		// The new key seals what comes now.
		now.Remark = "新的备注"
		if err := w.UpdateCustomer(ctx, w.As(t, w.BossWest), now); err != nil {
			t.Fatal(err)
		}
		history, err = w.History(ctx, w.As(t, w.BossWest).Scope(policy.CustomerHistory), c.id, 0, 1)
		if err != nil || len(history) != 1 || len(history[0].Fields) != 1 || history[0].Fields[0].After != "新的备注" {
			t.Errorf("after the erasure the history says %+v, %v", history, err)
		}
		var name, learned string
		if err := w.RawRow(`SELECT k.name, v.learned FROM visits v JOIN contacts k ON k.id = v.contact_id WHERE v.id = $1`, c.visit).Scan(&name, &learned); err != nil || name != consent.ErasedName || learned != "" {
			t.Errorf("the visit: %q %q %v", name, learned, err)
		}
		if r, err := w.CheckChain(ctx); err != nil || !r.Whole() {
			t.Errorf("the chain: %+v %v", r, err)
		}
	})
}
