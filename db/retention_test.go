package db_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/retention"
)

// keptRule sets the rule of times for the company, from today on.
func keptRule(t testing.TB, w *dbtest.World, rule retention.Rule) {
	t.Helper()
	ctx := context.Background()
	_, row, err := w.RetentionRule(ctx, db.Day(w.Now()))
	if err != nil {
		t.Fatal(err)
	}
	value, err := json.Marshal(rule)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.SetRule(ctx, w.As(t, w.Chief), policy.PrivacyEdit, db.RuleRow{Rule: db.RuleRetention, ValidFrom: db.Day(w.Now()), Value: string(value), Reason: "试", Version: row.Version}); err != nil {
		t.Fatal(err)
	}
}

func keptNight(t testing.TB, w *dbtest.World, want db.Kept) {
	t.Helper()
	if got, err := w.KeepTimes(context.Background(), policy.SystemActor("test")); err != nil || got != want {
		t.Errorf("on %s: %+v, %v; want %+v", db.Day(w.Now()), got, err, want)
	}
}

func toDay(t testing.TB, w *dbtest.World, day string) {
	t.Helper()
	at, err := time.ParseInLocation(time.DateOnly, day, db.Zone)
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Set(at.Add(4 * time.Hour))
}

// agedVisit logs a visit with a picture on the world's first day.
func agedVisit(t testing.TB, w *dbtest.World, customer int64, learned string) (id int64, photo string) {
	t.Helper()
	ctx := context.Background()
	photo, err := w.PutFile(ctx, strings.NewReader("照片 "+learned), "image/jpeg", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	id, err = w.LogVisit(ctx, w.As(t, w.BossWest), db.Submission{}, db.Visit{CustomerID: customer, UserID: w.RepWest, Day: db.Day(w.Now()), Minute: -1, State: db.VisitDone,
		Mode: "on_site", Purpose: "回访", Learned: learned, Met: "门卫老周", NextStep: "寄样品"}, db.VisitPhoto{Hash: photo, Thumb: photo})
	if err != nil {
		t.Fatal(err)
	}
	return id, photo
}

func TestAVisitIsArchivedBroughtBackAndDestroyedOnTheDaysThatTheRuleSays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		client := fileOf(t, w, "甲公司", w.RepWest)
		visit, photo := agedVisit(t, w, client.ID, "换了老板，电话 13912345678")
		first := db.Day(w.Now())
		keptNight(t, w, db.Kept{}) // off
		keptRule(t, w, retention.Rule{Archiving: true, Terms: map[retention.Kind]retention.Term{retention.Visits: {Archive: 12, Destroy: 36}}})
		before := figuresOf(t, w, first)
		toDay(t, w, "2027-11-21")
		keptNight(t, w, db.Kept{}) // the last day of its time
		toDay(t, w, "2027-11-22")
		keptNight(t, w, db.Kept{Archived: 1})
		keptNight(t, w, db.Kept{}) // twice is once
		v, err := w.Visit(ctx, boss.Scope(policy.VisitRead), visit)
		if err != nil || v.Life != db.LifeArchived || v.Learned+v.Purpose+v.Met+v.NextStep != "" || len(v.Photos) != 0 || v.Day != first {
			t.Errorf("the visit says %+v, %v", v, err)
		}
		if w.MayEditVisit(boss, v) {
			t.Error("an archived visit can be edited")
		}
		if err := w.EditVisit(ctx, boss, v.Visit, nil); !errors.Is(err, db.ErrRefused) {
			t.Errorf("an archived visit is edited: %v", err)
		}
		a, err := w.ArchivedOf(ctx, retention.Visits, visit)
		if err != nil {
			t.Fatal(err)
		}
		for _, who := range []struct {
			name string
			by   policy.Actor
			want error
		}{{"the rep of the client", w.As(t, w.RepWest), db.ErrNotFound}, {"another branch's manager", w.As(t, w.BossEast), db.ErrNotFound}, {"the manager", boss, nil}} {
			got, err := w.LookArchived(ctx, who.by, a.ID, "客户来问")
			if !errors.Is(err, who.want) {
				t.Errorf("%s looks: %v, want %v", who.name, err, who.want)
			}
			if err == nil && (len(got.Texts) != 4 || got.Photos != 1 || got.Texts[1] != db.ArchivedText{Part: "visit", Column: "learned", Text: "换了老板，电话 13912345678"}) {
				t.Errorf("%s reads %+v", who.name, got)
			}
			if who.want != nil {
				if _, err := w.BringBack(ctx, who.by, a.ID, "要用"); !errors.Is(err, who.want) {
					t.Errorf("%s brings back: %v, want %v", who.name, err, who.want)
				}
			}
		}
		if _, err := w.LookArchived(ctx, boss, a.ID, ""); !errors.Is(err, db.ErrRefused) {
			t.Errorf("looked at without a reason: %v", err)
		}
		var looks int
		if err := w.RawRow(`SELECT count(*) FROM audits WHERE act = 'archive.look'`).Scan(&looks); err != nil || looks != 1 {
			t.Errorf("%d looks are on record, %v", looks, err)
		}
		if _, err := w.BringBack(ctx, boss, a.ID, "官司要用"); err != nil {
			t.Fatal(err)
		}
		back, err := w.Visit(ctx, boss.Scope(policy.VisitRead), visit)
		if err != nil || back.Life != db.LifeInUse || back.Learned != "换了老板，电话 13912345678" || back.Met != "门卫老周" || back.NextStep != "寄样品" || len(back.Photos) != 1 || back.Photos[0].Hash != photo {
			t.Errorf("brought back: %+v, %v", back, err)
		}
		keptNight(t, w, db.Kept{Held: 1})
		toDay(t, w, "2028-02-22") // three months later, the last day
		keptNight(t, w, db.Kept{Held: 1})
		toDay(t, w, "2028-02-23")
		keptNight(t, w, db.Kept{Archived: 1})
		toDay(t, w, "2029-11-22")
		keptNight(t, w, db.Kept{}) // destroying is off
		keptRule(t, w, retention.Rule{Archiving: true, Destroying: true, Terms: map[retention.Kind]retention.Term{retention.Visits: {Archive: 12, Destroy: 37}}})
		keptNight(t, w, db.Kept{}) // a month longer by the new version
		keptRule(t, w, retention.Rule{Archiving: true, Destroying: true, Terms: map[retention.Kind]retention.Term{retention.Visits: {Archive: 12, Destroy: 36}}})
		keptNight(t, w, db.Kept{Destroyed: 1})
		keptNight(t, w, db.Kept{})
		if _, err := w.ArchivedOf(ctx, retention.Visits, visit); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("still in the archive: %v", err)
		}
		if _, err := w.OpenFile(ctx, photo); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("the picture opens: %v", err)
		}
		list, err := w.KeptRecords(ctx, db.StageDestroyed, 10)
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(visit)))
		if err != nil || len(list) != 1 || list[0].Kind != "visits" || list[0].Rows != 1 || list[0].FromDay != first || list[0].ToDay != first || list[0].RuleVersion != 3 || list[0].Digest != hex.EncodeToString(sum[:]) {
			t.Errorf("the record: %+v, %v", list, err)
		}
		if after := figuresOf(t, w, first); after != before {
			t.Errorf("figures after it\n%s\nwant\n%s", after, before)
		}
		wholeYet(t, w)
	})
}

// figuresOf is what lists and reports count of a day.
func figuresOf(t testing.TB, w *dbtest.World, day string) string {
	t.Helper()
	ctx, scope := context.Background(), w.As(t, w.Chief)
	var out []any
	n, err := w.CountVisits(ctx, scope.Scope(policy.VisitRead), db.VisitFilter{From: day, To: day}, 100)
	out = append(out, "visits", n, err)
	for _, query := range []string{
		`SELECT count(*) FROM visits WHERE deleted_at = 0 AND state = 'done'`,
		`SELECT count(*) FROM cases WHERE deleted_at = 0 AND step = 'closed'`,
		`SELECT count(*) FROM feedback_forms WHERE deleted_at = 0 AND state <> 'draft'`,
		`SELECT coalesce(CAST(sum(score) AS BIGINT), 0) FROM ratings`,
		`SELECT coalesce(CAST(sum(paid) AS BIGINT), 0) FROM case_claims`,
		`SELECT count(*) FROM outbox WHERE state = 'sent'`,
		`SELECT coalesce(CAST(sum(month_visits) AS BIGINT), 0) FROM customers`,
	} {
		var n int64
		if err := w.RawRow(query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		out = append(out, n)
	}
	return fmt.Sprintln(out...)
}

// wholeYet recounts every kept sum and the chain.
func wholeYet(t testing.TB, w *dbtest.World) {
	t.Helper()
	ctx := context.Background()
	for name, check := range map[string]func(context.Context) ([]string, error){"the database": w.Check, "accounts": w.CheckAccounts, "waybills": w.CheckWaybillSums, "loads": w.CheckCaseLoads} {
		if found, err := check(ctx); err != nil || len(found) > 0 {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
	if r, err := w.CheckChain(ctx); err != nil || !r.Whole() {
		t.Errorf("the chain: %+v, %v", r, err)
	}
}

func TestEveryKindIsMovedAndComesBackAsItWas(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		client := fileOf(t, w, "甲公司", w.RepWest)
		plantKinds(t, w, client.ID)
		before, figures := wordsOfKinds(t, w), figuresOf(t, w, "2026-11-20")
		keptRule(t, w, retention.Rule{Archiving: true})
		toDay(t, w, "2029-01-10")
		keptNight(t, w, db.Kept{Archived: 5}) // of each kind one; the case that is open stays
		for _, line := range strings.Split(wordsOfKinds(t, w), "\n") {
			if strings.Contains(line, "鹮") {
				t.Errorf("still in use: %s", line)
			}
		}
		if now := figuresOf(t, w, "2026-11-20"); now != figures {
			t.Errorf("figures after it\n%s\nwant\n%s", now, figures)
		}
		for _, table := range []string{"visits", "cases", "feedback_forms", "ratings", "outbox"} {
			// Who read the row before does not write it, and undoing an import does not delete it.
			var version int
			if err := w.RawRow(`SELECT version FROM ` + table + ` WHERE id = 8`).Scan(&version); err != nil || version != 2 {
				t.Errorf("the archived row of %s is version %d, %v", table, version, err)
			}
		}
		// An archived text whose row is gone is nobody's, and in nobody's way.
		if err := w.Raw(`INSERT INTO archived (id, kind, row_id, day, body, rule_version, archived_at) VALUES (99, 'ratings', 99, '2026-11-20', '{}', 1, 0)`); err != nil {
			t.Fatal(err)
		}
		for kind, row := range map[retention.Kind]int64{retention.Visits: 8, retention.Cases: 8, retention.Forms: 8, retention.Ratings: 8, retention.Letters: 8} {
			a, err := w.ArchivedOf(ctx, kind, row)
			if err != nil {
				t.Errorf("%s: %v", kind, err)
				continue
			}
			list, next, err := w.ArchivedList(ctx, boss.Scope(policy.ArchiveRead), db.ArchivedFilter{Kind: kind, Limit: 10})
			if err != nil || next != nil || len(list) != 1 || list[0].ID != a.ID || list[0].Customer != "甲公司" {
				t.Errorf("%s is listed as %+v, %v", kind, list, err)
			}
			if list, _, err := w.ArchivedList(ctx, w.As(t, w.BossEast).Scope(policy.ArchiveRead), db.ArchivedFilter{Kind: kind, Limit: 10}); err != nil || len(list) != 0 {
				t.Errorf("%s is listed elsewhere: %+v, %v", kind, list, err)
			}
			if _, err := w.BringBack(ctx, boss, a.ID, "要用"); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
			if _, err := w.BringBack(ctx, boss, a.ID, "要用"); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("%s comes back twice: %v", kind, err)
			}
		}
		if err := w.Raw(`DELETE FROM archived WHERE id = 99`); err != nil {
			t.Fatal(err)
		}
		if after := wordsOfKinds(t, w); after != before {
			t.Errorf("brought back\n%s\nwant\n%s", after, before)
		}
		holds, _, err := w.Holds(ctx, w.As(t, w.Chief).Scope(policy.PrivacyEdit), db.HoldKey{})
		if err != nil || len(holds) != 5 || holds[0].Until != "2029-04-10" || holds[0].Name != "甲公司" {
			t.Errorf("held: %+v, %v", holds, err)
		}
		keptNight(t, w, db.Kept{Held: 5})
		toDay(t, w, "2033-01-10")
		keptRule(t, w, retention.Rule{Archiving: true, Destroying: true})
		keptNight(t, w, db.Kept{Archived: 5})
		keptNight(t, w, db.Kept{Destroyed: 5})
		for _, table := range []string{"archived", "archived_photos"} {
			var left int
			if err := w.RawRow(`SELECT count(*) FROM ` + table).Scan(&left); err != nil || left != 0 {
				t.Errorf("%d rows are left in %s, %v", left, table, err)
			}
		}
		if now := figuresOf(t, w, "2026-11-20"); now != figures {
			t.Errorf("figures after it\n%s\nwant\n%s", now, figures)
		}
		wholeYet(t, w)
	})
}

// plantKinds puts one row of each kind with words that nothing else says, of
// the same old day, and a case that is still open.
func plantKinds(t testing.TB, w *dbtest.World, client int64) {
	t.Helper()
	ctx := context.Background()
	do := func(query string, args ...any) {
		t.Helper()
		if _, err := db.Writer(w.DB).Exec(query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	var hash [4]string
	for i := range hash {
		var err error
		if hash[i], err = w.PutFile(ctx, strings.NewReader(fmt.Sprint("鹮 ", i)), "image/jpeg", time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	at := w.Now().UnixMilli()
	do(`INSERT INTO visits (id, customer_id, branch_id, user_id, state, day, mode, purpose, learned, met, next_step, created_at, updated_at) VALUES (8, $1, $2, $3, 'done', '2026-11-20', 'phone', '鹮1', '鹮<2>&"', '鹮3', '鹮4', $4, $4)`, client, w.West, w.RepWest, at)
	do(`INSERT INTO visit_photos (visit_id, hash, thumb, position) VALUES (8, $1, $1, 1)`, hash[0])
	for i, step := range []string{"closed", "handle"} {
		closed := at
		var of any = client
		if step != "closed" {
			closed, of = 0, nil
		}
		do(`INSERT INTO cases (id, code, kind, branch_id, customer_id, caller, caller_phone, channel, severity, said, wants, step, opened_at, closed_at, result, measures, unsatisfied_reason, created_at, updated_at)
			VALUES ($1, $2, 'complaint', $3, $4, '鹮5', '13900000000', 'phone', 'minor', '鹮6', '鹮7', $5, $6, $7, '鹮8', '鹮9', '鹮10', $6, $6)`, 8+i, fmt.Sprint("20261120-90", i), w.West, of, step, at, closed)
	}
	do(`INSERT INTO case_events (id, case_id, kind, step, at, note) VALUES (8, 8, 'note', 'accept', $1, '鹮11')`, at)
	do(`INSERT INTO case_events (id, case_id, kind, step, at, args) VALUES (9, 8, 'merged', 'accept', $1, '{"left":"鹮12"}')`, at)
	do(`INSERT INTO case_claims (id, case_id, branch_id, customer_id, state, asked, agreed, paid, note, reason, day, created_at, updated_at) VALUES (8, 8, $1, $2, 'paid', 9, 9, 9, '鹮13', '鹮14', '2026-11-20', 0, 0)`, w.West, client)
	do(`INSERT INTO case_photos (case_id, hash, thumb, position) VALUES (8, $1, $1, 1)`, hash[1])
	do(`INSERT INTO case_claim_photos (claim_id, hash, thumb, position) VALUES (8, $1, $1, 2)`, hash[2])
	do(`INSERT INTO feedback_forms (id, customer_id, branch_id, user_id, state, day, answers, created_at, updated_at) VALUES (8, $1, $2, $3, 'sent', '2026-11-20', '[{"k":"a","v":["鹮15"]}]', 0, 0)`, client, w.West, w.RepWest)
	do(`INSERT INTO feedback_notes (id, form_id, kind, at, note) VALUES (8, 8, 'answer', 0, '鹮16')`)
	do(`INSERT INTO feedback_photos (form_id, hash, thumb, position) VALUES (8, $1, $1, 1)`, hash[3])
	do(`INSERT INTO ratings (id, kind, branch_id, customer_id, day, way, asked_by, asked_at, answered_at, answered_on, score, comment, next_step, created_at, updated_at)
		VALUES (8, 'call', $1, $2, '2026-11-20', 'call', $3, 0, 5, '2026-11-20', 2, '鹮17', '鹮18', 0, 0)`, w.West, client, w.ClerkWest)
	do(`INSERT INTO outbox (id, key, kind, channel, customer_id, branch_id, user_id, recipient, subject, body, params, said, state, next_at, created_at, updated_at)
		VALUES (8, 'k', 'letter', 'sms', $1, $2, 0, '鹮19', '鹮20', '鹮21', '{"a":"鹮22"}', '鹮23', 'sent', 0, $3, 0)`, client, w.West, at)
}

// wordsOfKinds is everything that plantKinds wrote, as it stands.
func wordsOfKinds(t testing.TB, w *dbtest.World) string {
	t.Helper()
	var out []string
	for _, query := range []string{
		`SELECT purpose || '|' || learned || '|' || met || '|' || next_step FROM visits WHERE id = 8`,
		`SELECT hash || thumb || position FROM visit_photos WHERE visit_id = 8`,
		`SELECT caller || caller_phone || said || wants || result || measures || unsatisfied_reason FROM cases WHERE id = 8`,
		`SELECT note || args FROM case_events WHERE id = 8`, `SELECT note || args FROM case_events WHERE id = 9`,
		`SELECT note || reason || paid FROM case_claims WHERE id = 8`,
		`SELECT hash || position FROM case_photos WHERE case_id = 8`, `SELECT hash || position FROM case_claim_photos WHERE claim_id = 8`,
		`SELECT answers FROM feedback_forms WHERE id = 8`, `SELECT note FROM feedback_notes WHERE id = 8`, `SELECT hash || position FROM feedback_photos WHERE form_id = 8`,
		`SELECT comment || next_step || score FROM ratings WHERE id = 8`,
		`SELECT recipient || subject || body || params || said FROM outbox WHERE id = 8`,
	} {
		var text string
		if err := w.RawRow(query).Scan(&text); err != nil && !strings.Contains(err.Error(), "no rows") {
			t.Fatalf("%s: %v", query, err)
		}
		out = append(out, text)
	}
	return strings.Join(out, "\n")
}

func TestWhatIsStillNeededIsHeldAndSaidWhy(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, chief := context.Background(), w.As(t, w.Chief)
		do := func(query string, args ...any) {
			t.Helper()
			if _, err := db.Writer(w.DB).Exec(query, args...); err != nil {
				t.Fatalf("%s: %v", query, err)
			}
		}
		var ids []int64
		var codes []string
		for _, name := range []string{"官司公司", "索要公司", "投诉公司", "理赔公司", "欠款公司", "没事公司"} {
			c := fileOf(t, w, name, w.RepWest)
			agedVisit(t, w, c.ID, name+"说的")
			ids, codes = append(ids, c.ID), append(codes, c.Code)
		}
		do(`INSERT INTO person_requests (id, customer_id, branch_id, kind, state, channel, received_on, due_on, created_at, updated_at) VALUES (8, $1, $2, 'copy', 'open', 'phone', '2026-11-20', '2026-12-05', 0, 0)`, ids[1], w.West)
		do(`INSERT INTO cases (id, code, kind, branch_id, customer_id, channel, severity, step, opened_at, created_at, updated_at) VALUES (8, '20261120-901', 'complaint', $1, $2, 'phone', 'minor', 'handle', 0, 0, 0)`, w.West, ids[2])
		do(`INSERT INTO cases (id, code, kind, branch_id, customer_id, channel, severity, step, opened_at, closed_at, created_at, updated_at) VALUES (9, '20261120-902', 'complaint', $1, $2, 'phone', 'minor', 'closed', 1, 1, 0, 0)`, w.West, ids[3])
		do(`INSERT INTO case_claims (id, case_id, branch_id, customer_id, state, asked, day, created_at, updated_at) VALUES (9, 9, $1, $2, 'approved', 9, '2026-11-20', 0, 0)`, w.West, ids[3])
		do(`INSERT INTO account_sums (customer_id, branch_id, charged_fen, paid_fen, balance_fen, free_fen, oldest_due, last_paid, entries) VALUES ($1, $2, 5, 0, 5, 0, '2026-12-01', '', 1)`, ids[4], w.West)
		if err := w.HoldClient(ctx, w.As(t, w.BossWest), codes[0], "官司"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("a manager holds: %v", err)
		}
		if err := w.HoldClient(ctx, chief, codes[0], ""); !errors.Is(err, db.ErrRefused) {
			t.Errorf("held without a reason: %v", err)
		}
		if err := w.HoldClient(ctx, chief, codes[0], "法院来函"); err != nil {
			t.Fatal(err)
		}
		if err := w.HoldClient(ctx, chief, codes[0], "法院来函"); !errors.Is(err, db.ErrTaken) {
			t.Errorf("held twice: %v", err)
		}
		toDay(t, w, "2033-01-10")
		rule := retention.Rule{Archiving: true}
		list, err := w.HeldNow(ctx, chief.Scope(policy.PrivacyEdit), rule, 20)
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, h := range list {
			said = append(said, fmt.Sprint(h.Kind, " ", h.Name, " ", h.Reason))
		}
		slices.Sort(said)
		want := []string{"cases 理赔公司 claim", "visits 投诉公司 case", "visits 欠款公司 account", "visits 理赔公司 claim", "visits 索要公司 request"}
		if !slices.Equal(said, want) {
			t.Errorf("held: %q, want %q", said, want)
		}
		if list, err := w.HeldNow(ctx, w.As(t, w.BossEast).Scope(policy.VisitRead), rule, 20); err != nil || len(list) != 0 {
			t.Errorf("another branch is told of %+v, %v", list, err)
		}
		keptRule(t, w, rule)
		keptNight(t, w, db.Kept{Archived: 1, Held: 6})
		state, err := w.RetentionState(ctx, rule)
		if err != nil || state[0].Kind != retention.Visits || state[0].InUse != 5 || state[0].Archived != 1 || state[0].ArchiveDue != 5 || state[0].ArchiveHeld != 5 || state[0].DestroyDue != 6 {
			t.Errorf("the state: %+v, %v", state[0], err)
		}
		holds, _, err := w.Holds(ctx, chief.Scope(policy.PrivacyEdit), db.HoldKey{})
		if err != nil || len(holds) != 1 || holds[0].Reason != "法院来函" {
			t.Fatalf("holds: %+v, %v", holds, err)
		}
		if err := w.ReleaseHold(ctx, w.As(t, w.BossEast), holds[0].ID, "结了"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("another branch releases: %v", err)
		}
		if err := w.ReleaseHold(ctx, chief, holds[0].ID, "判了"); err != nil {
			t.Fatal(err)
		}
		if err := w.ReleaseHold(ctx, chief, holds[0].ID, "判了"); !errors.Is(err, db.ErrConflict) {
			t.Errorf("released twice: %v", err)
		}
		do(`DELETE FROM account_sums WHERE customer_id = $1`, ids[4])
		keptNight(t, w, db.Kept{Archived: 2, Held: 4})
		toDay(t, w, "2033-01-12") // two nights without a run
		if state, err := w.RetentionState(ctx, rule); err != nil || state[0].ArchiveHeld != 0 {
			t.Errorf("held long ago: %+v, %v", state[0], err)
		}
		wholeYet(t, w)
	})
}

func TestAFileThatWentIntoAnotherLivesAsLongAsThat(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		kept, gone, binned := fileOf(t, w, "鹮鹳公司", w.RepWest), fileOf(t, w, "鹮鹳商行", w.RepWest), fileOf(t, w, "旁人公司", w.RepWest)
		visit, _ := agedVisit(t, w, kept.ID, "鹮鹳商行也是他们的")
		if _, err := w.MergeCustomers(ctx, boss, mergeAsk(t, w, boss, kept.ID, gone.ID)); err != nil {
			t.Fatal(err)
		}
		drop := func(id int64) {
			t.Helper()
			if err := w.DeleteCustomer(ctx, boss, id, readFile(t, w, id).Version); err != nil {
				t.Fatal(err)
			}
		}
		drop(binned.ID)
		rule := retention.Rule{Destroying: true, Terms: map[retention.Kind]retention.Term{retention.Bin: {Destroy: 12}}}
		keptRule(t, w, rule)
		toDay(t, w, "2027-11-22")
		due := func(want int64) {
			t.Helper()
			list, err := w.RetentionState(ctx, rule)
			if i := slices.IndexFunc(list, func(s db.KindState) bool { return s.Kind == retention.Bin }); err != nil || list[i].DestroyDue != want {
				t.Errorf("%d clients of the bin are due, %v; want %d", list[i].DestroyDue, err, want)
			}
		}
		due(1)
		keptNight(t, w, db.Kept{Destroyed: 1}) // the other one only
		v, err := w.Visit(ctx, boss.Scope(policy.VisitRead), visit)
		if err != nil || v.Learned != "鹮鹳商行也是他们的" {
			t.Errorf("the live client's visit says %q, %v", v.Learned, err)
		}
		drop(kept.ID)
		toDay(t, w, "2028-11-23")
		due(1)
		keptNight(t, w, db.Kept{Destroyed: 1})
		due(1)
		keptNight(t, w, db.Kept{Destroyed: 1})
		due(0)
	})
}

func TestWhatWasArchivedSinceAMergeGoesBackWithIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		kept, gone := fileOf(t, w, "甲公司", w.RepWest), fileOf(t, w, "甲商行", w.RepWest)
		plantKinds(t, w, gone.ID)
		agedVisit(t, w, kept.ID, "自己的")
		keptRule(t, w, retention.Rule{Archiving: true})
		toDay(t, w, "2029-01-10")
		id, err := w.MergeCustomers(ctx, boss, mergeAsk(t, w, boss, kept.ID, gone.ID))
		if err != nil {
			t.Fatal(err)
		}
		keptNight(t, w, db.Kept{Archived: 6})
		of := func(client int64) (n int) {
			t.Helper()
			if err := w.RawRow(`SELECT count(*) FROM archived WHERE customer_id = $1`, client).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if of(kept.ID) != 6 {
			t.Fatalf("%d rows are archived of the file that stayed", of(kept.ID))
		}
		f := db.ArchivedFilter{Kind: retention.Visits, Limit: 1}
		for page := range 2 { // the list goes on where a page ends
			list, next, err := w.ArchivedList(ctx, boss.Scope(policy.ArchiveRead), f)
			if err != nil || len(list) != 1 || list[0].Customer != "甲公司" || (next == nil) != (page == 1) {
				t.Fatalf("page %d: %+v, %v, %v", page, list, next, err)
			}
			if next != nil {
				f.After = *next
			}
		}
		if _, err := w.UndoMerge(ctx, boss, id); err != nil {
			t.Fatal(err)
		}
		if of(kept.ID) != 1 || of(gone.ID) != 5 {
			t.Errorf("put back: %d rows are archived of the file that stayed, %d of the other; want 1 and 5", of(kept.ID), of(gone.ID))
		}
	})
}

func TestWithArchivingOffWhatIsDestroyedPassesThroughTheArchive(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		client := fileOf(t, w, "甲公司", w.RepWest)
		agedVisit(t, w, client.ID, "旧的")
		keptRule(t, w, retention.Rule{Destroying: true, Terms: map[retention.Kind]retention.Term{retention.Visits: {Archive: 12, Destroy: 36}}})
		toDay(t, w, "2029-11-21")
		keptNight(t, w, db.Kept{}) // its time to be archived is over, archiving is off
		toDay(t, w, "2029-11-22")
		keptNight(t, w, db.Kept{Archived: 1})
		keptNight(t, w, db.Kept{Destroyed: 1})
	})
}
