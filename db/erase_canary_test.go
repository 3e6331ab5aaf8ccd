package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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

// kept says of every table what an erasure does to it. A new table needs a
// line: what can hold a person's data is planted in the canary test, what holds
// none says why.
var kept = map[string]string{
	// what is personal goes; the canary plants words in it
	"customers": "planted", "sensitive_values": "sealed, planted", "contacts": "planted", "phones": "planted", "customer_tags": "planted", "tags": "planted", "visits": "planted",
	"visit_photos": "planted", "consents": "planted", "person_requests": "planted", "imports": "planted", "import_rows": "planted",
	"import_mappings": "planted", "tasks": "planted", "files": "planted", "file_parts": "planted", "user_settings": "planted", "shared_views": "planted", "look_alerts": "planted",
	"rules": "planted", "sessions": "planted", "job_runs": "planted", "changes": "planted", "audits": "planted", "customer_search": "planted",
	// ids, days, counts and words of the program
	"customer_search_rows": "ids", "customer_looks": "ids", "reveals": "ids", "exports": "ids", "export_customers": "ids", "handovers": "ids",
	"handover_items": "ids", "submissions": "ids", "erasures": "ids", "audit_links": "hashes", "audit_open": "hashes", "daily_uses": "counts", "destructions": "counts",
	"breaches": "planted", "breach_steps": "planted", "todos": "planted", "waybill_traces": "planted", "waybill_tracks": "codes", "track_reads": "ids", "track_read_rows": "codes", "waybills": "planted", "waybill_senders": "planted",
	"outbox": "planted", "greetings": "planted", "message_templates": "wordings for everybody, of own people", "message_template_versions": "wordings for everybody, of own people", "reply_templates": "answers for everybody, of own people", "reply_template_versions": "answers for everybody, of own people", "channels": "company",
	"cases": "planted", "case_events": "planted", "case_claims": "planted", "case_claim_shares": "sums", "case_waybills": "planted", "case_photos": "planted", "case_claim_photos": "planted", "case_days": "counts", "case_loads": "counts", "case_looks": "ids", "case_causes": "company", "case_pauses": "codes", "case_rungs": "codes", "parcel_cases": "codes",
	"ratings": "planted", "feedback_forms": "planted", "feedback_notes": "planted", "feedback_photos": "planted", "measures": "planted", "measure_clients": "ids", "activities": "planted", "activity_people": "own people", "activity_clients": "planted", "notices": "planted", "notice_people": "ids", "notice_branches": "planted", "notice_clients": "ids",
	"merges": "ids and counts", "merge_rows": "ids", "duplicate_pairs": "ids",
	"archived": "planted", "archived_photos": "planted", "retention_holds": "planted", "retention_records": "counts",
	"score_sheets": "planted", "monthly_reports": "figures of a branch, nobody's name",
	"class_changes": "planted", "label_holds": "planted", "class_runs": "ids", "label_events": "ids", "client_histories": "ids", "client_moves": "counts", "client_history_runs": "counts",
	"radar_alerts": "planted", "time_marks": "planted",
	"account_entries": "planted", "account_sums": "sums", "account_months": "sums", "freight_versions": "counts", "branch_account_months": "sums", "branch_account_days": "sums", "waybill_sums": "sums", "picker_months": "own people", "customer_months": "sums", "customer_figures": "sums", "figures_noted": "ids", "waybill_imports": "ids",
	"customer_keys": "the key itself, destroyed",
	// the company and its own people
	"meta": "company", "branches": "company", "branch_closure": "company", "users": "own people", "branch_duties": "own people", "absences": "own people", "grants": "own people", "user_links": "own people",
	"totps": "own people", "calendar_feeds": "own people", "recovery_codes": "own people", "known_devices": "own people", "signin_attempts": "hashes", "roles": "company",
	"role_grants": "company", "role_settings": "company", "goose_db_version": "program",
}

// plant puts the words of the canary into every other place where people leave
// words. other is a client that names the person; it returns that client's id
// and what an export of somebody's file is kept as.
func plant(t *testing.T, w *dbtest.World, c canary) (other int64, export string) {
	t.Helper()
	ctx, boss := context.Background(), w.As(t, w.BossWest)
	do := func(query string, args ...any) {
		t.Helper()
		if _, err := db.Writer(w.DB).Exec(query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	put := func(text, kind string) string {
		t.Helper()
		hash, err := w.PutFile(ctx, strings.NewReader(text), kind, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		return hash
	}
	other, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: "邻居公司", OwnerID: w.RepWest,
		Remark: "隔壁是" + canaryName + "，电话 138-7123-9846，微信 huanguan_wx77"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.SaveContact(ctx, boss, db.Submission{}, db.Contact{CustomerID: other, Name: "李四", Remark: "也接 " + canaryOther}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.LogVisit(ctx, w.As(t, w.RepWest), db.Submission{}, db.Visit{CustomerID: other, UserID: w.RepWest, State: "done", Day: "2026-11-18", Minute: -1,
		Mode: "on_site", Learned: "说认识" + canaryWho + "，" + canaryOther, NextStep: "问 hg77@huanguan.example"}); err != nil {
		t.Fatal(err)
	}
	// An import that was judged, with a row that failed, and its file.
	file := put("名称,电话\n"+canaryName+","+canaryPhone+"\n", "text/csv")
	id, err := w.CreateImport(ctx, boss, db.Submission{}, db.NewImport{Kind: "customers", FileName: canaryName + ".csv", FileHash: file, Branch: w.West})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.StageRows(ctx, id, []db.ImportRow{
		{N: 1, Row: 2, Verdict: "update", Target: c.id, Record: db.ImportRecord{V: map[string]string{"name": canaryName}}, SortKey: "huanguan ling mao"},
		{N: 2, Row: 3, Verdict: "error", Cells: []string{canaryWho, "138 7123 9846"}},
	}); err != nil {
		t.Fatal(err)
	}
	do(`UPDATE imports SET found = $1, undo = $1, options = $1 WHERE id = $2`, `{"said":"`+canaryName+`"}`, id)
	do(`INSERT INTO import_mappings (branch_id, kind, heading_key, mapping, updated_at) VALUES ($1, 'customers', $2, '{}', 0)`, w.West, canaryName+"|"+canaryPhone)
	// An export that waits to be fetched.
	export = put("导出: "+canaryName+" "+canaryPhone, "text/csv")
	do(`INSERT INTO tasks (id, kind, user_id, branch_id, state, payload, result, error, created_at, updated_at) VALUES (7, 'customers.export', $1, $2, 'done', $3, $4, '', 0, 0)`,
		w.BossWest, w.West, `{"q":"`+canaryPhone+`"}`, `{"hash":"`+export+`"}`)
	do(`INSERT INTO look_alerts (id, user_id, branch_id, day, at, kind, count, usual, note) VALUES (7, $1, $2, '2026-11-20', 0, 'files', 9, 1, $3)`, w.RepWest, w.West, "查"+canaryName)
	do(`INSERT INTO rules (id, rule, valid_from, version, value, reason, created_at) VALUES (7, 'other', '2026-11-20', 1, '{}', $1, 0)`, canaryWho+"要求的")
	do(`INSERT INTO score_sheets (id, user_id, branch_id, month, team, state, body, drawn_by, drawn_at, objection, answer) VALUES (7, $1, $2, '2026-10', 'rep', 'answered', '{}', 0, 0, $3, $4)`, w.RepWest, w.West, canaryName+"的拜访没算", "打"+canaryPhone+"问过")
	do(`INSERT INTO breaches (id, branch_id, title, found_on, about, created_at, updated_at) VALUES (7, $1, $2, '2026-11-20', $3, 0, 0)`, w.West, canaryName+"的名单丢了", "有"+canaryPhone)
	do(`INSERT INTO breach_steps (id, breach_id, step, at, user_id, note) VALUES (7, 7, 'stop', 0, $1, $2)`, w.BossWest, "问过"+canaryWho)
	for i, client := range []int64{c.id, other} {
		do(`INSERT INTO cases (id, code, kind, branch_id, customer_id, caller, caller_phone, channel, ticket, severity, said, wants, result, measures, unsatisfied_reason, opened_at, created_at, updated_at)
			VALUES ($1, $2, 'complaint', $3, $4, $5, $6, 'phone', $6, 'minor', $7, $5, $7, $7, $7, 0, 0, 0)`, 8+i, fmt.Sprint(client), w.West, client, canaryWho, canaryPhone, "听"+canaryName+"说，打"+canaryPhone)
		do(`INSERT INTO case_events (id, case_id, kind, step, at, note) VALUES ($1, $1, 'note', 'accept', 0, $2)`, 8+i, canaryName+"又来电"+canaryPhone)
	}
	for i, client := range []int64{c.id, other} {
		do(`INSERT INTO case_claims (id, case_id, branch_id, customer_id, number, state, note, reason, day, created_at, updated_at) VALUES ($1, $1, $2, $3, $4, 'asked', $5, $5, '2026-11-20', 0, 0)`, 8+i, w.West, client, "302610000000003", canaryName+"要赔"+canaryPhone)
	}
	for i, client := range []any{c.id, other, nil} {
		do(`INSERT INTO activities (id, branch_id, kind, title, day, place, agenda, opinions, created_at, updated_at) VALUES ($1, $2, 'seminar', $3, '2026-11-20', $3, $3, $3, 0, 0)`, 8+i, w.West, canaryName+"，打"+canaryPhone)
		if client != nil {
			do(`INSERT INTO activity_clients (activity_id, customer_id, said) VALUES ($1, $2, $3)`, 8+i, client, canaryName+"嫌贵，打"+canaryPhone)
		}
		do(`INSERT INTO measures (id, branch_id, customer_id, source, said, goal, result, learned, from_day, due_day, created_at, updated_at) VALUES ($1, $2, $3, 'own', $4, $4, $4, $4, '2026-11-20', '2026-11-20', 0, 0)`, 8+i, w.West, client, "答应"+canaryName+"，打"+canaryPhone)
	}
	do(`INSERT INTO case_events (id, case_id, kind, step, at, args) VALUES (18, 8, 'merged', 'accept', 0, $1)`, `{"left":"`+canaryPhone+`"}`)
	for i, table := range []string{"case_photos (case_id", "case_claim_photos (claim_id"} {
		hash := put([]string{"单据: ", "凭证: "}[i]+canaryName+" "+canaryPhone, "image/jpeg")
		do(`INSERT INTO `+table+`, hash, thumb, position) VALUES (8, $1, $1, 1)`, hash)
	}
	do(`INSERT INTO case_waybills (case_id, number, position) VALUES (8, $1, 1)`, canaryPhone)
	do(`INSERT INTO class_changes (id, customer_id, kind, old, new, said, reason, made_at) VALUES (1, $1, 'class', '', 'A', $2, $3, 0)`, c.id, canaryName, canaryWho)
	do(`INSERT INTO class_changes (id, customer_id, kind, old, new, said, reason, made_at) VALUES (2, $1, 'class', '', 'A', $2, $3, 0)`, other, canaryName, canaryPhone)
	do(`INSERT INTO label_holds (customer_id, kind, value, until, reason, user_id, made_at) VALUES ($1, 'class', 'A', '2027-01-01', $2, 0, 0)`, c.id, canaryName)
	do(`INSERT INTO label_holds (customer_id, kind, value, until, reason, user_id, made_at) VALUES ($1, 'class', 'A', '2027-01-01', $2, 0, 0)`, other, canaryPhone)
	do(`INSERT INTO waybill_senders (id, branch_id, key, name, contact, phone, created_at, updated_at) VALUES (8, $1, $2, $3, $2, $4, 0, 0)`, w.West, canaryWho, canaryName, canaryPhone)
	do(`INSERT INTO waybill_senders (id, branch_id, key, name, customer_id, created_at, updated_at) VALUES (9, $1, $2, $3, $4, 0, 0)`, w.West, canaryName, canaryName, c.id)
	for i, client := range []int64{c.id, other} {
		do(`INSERT INTO radar_alerts (id, customer_id, branch_id, kind, key, day, expected, got, note, result, created_at, updated_at)
			VALUES ($1, $2, $3, 'week', '2026-11-09', '2026-11-15', 20, 3, $4, $5, 0, 0)`, 8+i, client, w.West, canaryWho+"说涨价了", "打给 "+canaryPhone)
		do(`INSERT INTO time_marks (customer_id, sensitive, reason, user_id, marked_at) VALUES ($1, $2, $3, $4, 0)`, client, true, "听 "+canaryName+" 说的，"+canaryPhone, w.RepWest)
	}
	do(`INSERT INTO waybills (id, number, branch_id, customer_id, sender_id, bound_by, sender, sender_contact, sender_phone, receiver, contents, remark, sent_day, sent_at, created_at, updated_at)
		VALUES (8, '302610000000003', $1, $2, 9, 'hand', $3, $4, $5, $4, $4, $4, '2026-11-20', 0, 0, 0)`, w.West, c.id, canaryName, canaryWho, canaryPhone)
	do(`INSERT INTO waybills (id, number, branch_id, customer_id, sender, receiver, receiver_phone, remark, sent_day, sent_at, created_at, updated_at)
		VALUES (9, '302610000000016', $1, $2, '邻居公司', $3, $4, $5, '2026-11-20', 0, 0, 0)`, w.West, other, canaryWho, canaryPhone, "寄给"+canaryName)
	// An old one, of which only the name of who sent it is left.
	do(`INSERT INTO waybills (id, number, branch_id, sender_id, sender, receiver, sent_day, sent_at, created_at, updated_at)
		VALUES (10, '302410000000011', $1, 8, $2, '旁人', '2024-11-20', 0, 0, 0)`, w.West, canaryName)
	if n, err := w.ForgetRecipients(ctx, policy.SystemActor("test")); err != nil || n != 1 {
		t.Fatalf("recipients forgotten of %d parcels, %v", n, err)
	}
	do(`INSERT INTO account_entries (id, book_id, branch_id, customer_id, kind, doc_no, day, due_on, charged_fen, remark, handled_by, created_at, updated_at)
		VALUES (8, $1, $1, $2, 'statement', 'DZ1', '2026-11-20', '2026-11-20', 5, $3, $4, 0, 0)`, w.West, c.id, "和"+canaryWho+"对过", "何家骏")
	do(`INSERT INTO account_entries (id, book_id, branch_id, customer_id, kind, doc_no, day, due_on, paid_fen, remark, void_reason, created_at, updated_at)
		VALUES (9, $1, $1, $2, 'payment', 'HK1', '2026-11-20', '2026-11-20', 5, $3, $4, 0, 0)`, w.West, other, canaryName+"代付", "其实是"+canaryName+"的")
	do(`INSERT INTO waybill_traces (id, waybill_id, at, words) VALUES (8, 8, 5, $1)`, "已签收，签收人："+canaryWho)
	do(`INSERT INTO waybill_traces (id, waybill_id, at, words) VALUES (9, 9, 5, $1)`, "已签收，签收人："+canaryWho+"，电话"+canaryPhone)
	do(`INSERT INTO todos (id, kind, key, customer_id, branch_id, due, state, result, created_at, updated_at) VALUES (8, 'parcel_stuck', '1', $1, $2, '2026-11-20', 'done', $3, 0, 0)`, c.id, w.West, "打了"+canaryPhone)
	do(`INSERT INTO todos (id, kind, key, customer_id, branch_id, due, state, result, created_at, updated_at) VALUES (9, 'parcel_stuck', '2', $1, $2, '2026-11-20', 'done', $3, 0, 0)`, other, w.West, "接电话的是"+canaryName+canaryPhone)
	for i, client := range []int64{c.id, other} {
		do(`INSERT INTO outbox (id, key, kind, channel, customer_id, branch_id, user_id, subject, body, params, said, state, next_at, created_at, updated_at)
			VALUES ($1, $2, 'letter', 'sms', $3, $4, 0, $5, $6, $7, $8, 'sent', 0, 0, 0)`, 8+i, fmt.Sprint(client), client, w.West, "致"+canaryWho, canaryName+"您好", `{"姓名":"`+canaryWho+`"}`, "sent to "+canaryPhone)
	}
	for i, client := range []int64{c.id, other} {
		do(`INSERT INTO ratings (id, kind, branch_id, customer_id, day, way, asked_by, asked_at, answered_at, answered_on, score, comment, next_step, created_at, updated_at)
			VALUES ($1, 'call', $2, $3, '2026-11-20', 'call', $4, 0, 5, '2026-11-20', 2, $5, $6, 0, 0)`, 8+i, w.West, client, w.ClerkWest, canaryName+"的件总是晚", "回电 "+canaryPhone)
	}
	for i, client := range []int64{c.id, other} {
		do(`INSERT INTO feedback_forms (id, customer_id, branch_id, user_id, state, day, answers, created_at, updated_at) VALUES ($1, $2, $3, $4, 'sent', '2026-11-20', $5, 0, 0)`,
			8+i, client, w.West, w.RepWest, `[{"k":"said","l":"客户说了什么","t":"long","v":["`+canaryName+"说打"+canaryPhone+`"]}]`)
		do(`INSERT INTO feedback_notes (id, form_id, kind, at, note) VALUES ($1, $1, 'answer', 0, $2)`, 8+i, "问"+canaryName+canaryPhone)
	}
	do(`INSERT INTO feedback_photos (form_id, hash, thumb, position) VALUES (8, $1, $1, 1)`, put("反馈: "+canaryName+" "+canaryPhone, "image/jpeg"))
	do(`INSERT INTO notices (id, kind, branch_id, author_id, title, body, sent_at, created_at, updated_at) VALUES (8, 'inquiry', $1, $2, $3, $4, 0, 0, 0)`, w.West, w.BossWest, "问"+canaryWho, "打"+canaryPhone)
	do(`INSERT INTO notice_branches (notice_id, branch_id, answer) VALUES (8, $1, $2)`, w.West, canaryName+"要降价")
	// What is out of use already.
	for i, client := range []int64{c.id, other} {
		do(`INSERT INTO visits (id, customer_id, branch_id, state, day, mode, life, created_at, updated_at) VALUES ($1, $2, $3, 'done', '2023-11-20', 'phone', 1, 0, 0)`, 8+i, client, w.West)
		do(`INSERT INTO archived (id, kind, row_id, customer_id, day, body, rule_version, archived_at) VALUES ($1, 'visits', $1, $2, '2023-11-20', $3, 1, 0)`,
			8+i, client, `{"visit":[{"id":"8","t":["","找`+canaryName+`，打`+canaryPhone+`","",""]}]}`)
		do(`INSERT INTO retention_holds (id, customer_id, reason, release_reason, user_id, made_at) VALUES ($1, $2, $3, $3, 0, 0)`, 8+i, client, canaryName+"的官司"+canaryPhone)
	}
	for i, kind := range []string{"visits", "cases", "forms", "ratings", "letters"} { // one row of each kind was brought back
		do(`INSERT INTO retention_holds (id, kind, row_id, until, reason, release_reason, user_id, made_at) VALUES ($1, $2, 8, '2027-02-20', $3, $3, 0, 0)`, 10+i, kind, canaryName+"要查"+canaryPhone)
	}
	do(`INSERT INTO archived_photos (archived_id, hash, thumb) VALUES (8, $1, $1)`, put("旧照: "+canaryName+" "+canaryPhone, "image/jpeg"))
	useOptional(t, w, "bank_account", "interests")
	if err := w.SetSensitive(ctx, boss, c.id, c.contact, map[string]string{"bank_account": canaryBank, "interests": "鹮鹳摄影"}); err != nil {
		t.Fatal(err)
	}
	do(`INSERT INTO job_runs (job, period, state, started_at, error) VALUES ('x', 'y', 'failed', 0, $1)`, "row of "+canaryName)
	for i, name := range []string{canaryWho + "的朋友", "和" + canaryName + "同栋"} {
		do(`INSERT INTO shared_views (id, list, branch_id, name, created_at, created_by, updated_at) VALUES ($1, 'cases', $2, $3, 0, $4, 0)`, 70+i, w.West, name, w.BossWest)
		do(`INSERT INTO tags (id, name, kind, hint, created_at) VALUES ($1, $2, 'own', $3, 0)`, 70+i, name, "找"+canaryWho)
	}
	do(`INSERT INTO customer_tags (customer_id, tag_id, branch_id) VALUES ($1, 70, $2)`, c.id, w.West)
	do(`INSERT INTO sessions (token, user_id, data, expires_at) VALUES ('t', $1, $2, 99)`, w.BossWest, []byte("\x05flash\x0c[{\"Text\":\"已记下："+canaryWho+"\"}]"))
	return other, export
}

func TestEveryTableIsDecidedUpon(t *testing.T) {
	d := dbtest.Open(t, dbtest.NewClock(dbtest.Start))
	for _, pool := range []*sql.DB{db.Writer(d), db.FilesWriter(d)} {
		rows, err := pool.Query(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'customer_search!_%' ESCAPE '!'`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				t.Fatal(err)
			}
			if kept[name] == "" {
				t.Errorf("what becomes of table %s when a person is erased? Add a line to kept, and plant words when it can hold any.", name)
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWordsOfAnErasedClientAreGoneFromEveryPlace(t *testing.T) {
	ctx := context.Background()
	clock := dbtest.NewClock(dbtest.Start)
	folder := t.TempDir()
	d, err := db.Open(ctx, db.Config{DSN: filepath.Join(folder, "yike.db"), Now: clock.Now, Key: db.OnlyKey(dbtest.Key)})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	w := dbtest.NewWorld(t, d, clock)
	c := release(t, w)
	other, export := plant(t, w, c)
	words := append([]string{canaryBank, "138 7123 9846", "138-7123-9846", "huanguan ling"}, c.words...)
	if found := strings.Join(lingering(t, folder, words), "\n"); strings.Count(found, "\n") < 10 {
		t.Fatalf("the test looks for words that are not there before: %s", found)
	}
	q := askErasure(t, w, c.id, 0)
	plan, err := w.PlanErasure(ctx, w.As(t, w.RegionZJ).Scope(policy.CustomerRights), q.ID)
	if err != nil {
		t.Fatal(err)
	}
	done, err := w.ConfirmErasure(ctx, w.As(t, w.RegionZJ), q.ID, q.Version)
	if err != nil {
		t.Fatal(err)
	}
	if found := lingering(t, folder, words); len(found) > 0 {
		t.Errorf("readable in the files: %v", found)
	}
	if plan.Mentions != 33 || done.Mentions != 64 {
		t.Errorf("others' rows planned %d, texts cleared %d; want 33 and 64", plan.Mentions, done.Mentions)
	}
	now, err := w.Customer(ctx, w.As(t, w.BossWest).Scope(policy.CustomerRead), other)
	if err != nil || !strings.Contains(now.Remark, "隔壁是"+consent.ErasedName) {
		t.Errorf("the neighbour's remark: %q %v", now.Remark, err)
	}
	if _, err := w.OpenFile(ctx, export); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("the export opens: %v", err)
	}
	var data []byte
	if err := w.RawRow(`SELECT data FROM sessions WHERE token = 't'`).Scan(&data); err != nil || !strings.HasPrefix(string(data), "\x05flash\x0c[{\"Text\":\"已记下：****") {
		t.Errorf("the session: %q %v", data, err)
	}
	if r, err := w.CheckChain(ctx); err != nil || !r.Whole() {
		t.Errorf("the chain: %+v %v", r, err)
	}
}

func TestAShortNameInOthersFilesStaysAndIsCounted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		id, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: "甲公司", Remark: "找王伟"})
		if err != nil {
			t.Fatal(err)
		}
		k, err := w.SaveContact(ctx, boss, db.Submission{}, db.Contact{CustomerID: id, Name: "王伟", Phones: []string{"13912340987"}})
		if err != nil {
			t.Fatal(err)
		}
		other, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: "乙公司", Remark: "也有一个王伟，139 1234 0987"})
		if err != nil {
			t.Fatal(err)
		}
		q := askErasure(t, w, id, k)
		region := w.As(t, w.RegionZJ)
		plan, err := w.PlanErasure(ctx, region.Scope(policy.CustomerRights), q.ID)
		if err != nil || plan.Named != 1 || plan.Name != "王伟" || plan.Mentions != 1 {
			t.Errorf("planned %+v, %v", plan, err)
		}
		if _, err := w.ConfirmErasure(ctx, region, q.ID, q.Version); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			id   int64
			want string
		}{{id, "找" + consent.ErasedName}, {other, "也有一个王伟，" + consent.ErasedName}} {
			if now, err := w.Customer(ctx, boss.Scope(policy.CustomerRead), c.id); err != nil || now.Remark != c.want {
				t.Errorf("the remark is %q, %v; want %q", now.Remark, err, c.want)
			}
		}
	})
}

func TestAContactIsErasedAgainWithoutTheKeyFile(t *testing.T) {
	ctx := context.Background()
	clock := dbtest.NewClock(dbtest.Start)
	folder := t.TempDir()
	file := filepath.Join(folder, "yike.db")
	d, err := db.Open(ctx, db.Config{DSN: file, Now: clock.Now, Key: db.OnlyKey(dbtest.Key)})
	if err != nil {
		t.Fatal(err)
	}
	w := dbtest.NewWorld(t, d, clock)
	c := release(t, w)
	before := filepath.Join(t.TempDir(), "before.db")
	if err := d.BackupMain(ctx, before); err != nil {
		t.Fatal(err)
	}
	q := askErasure(t, w, c.id, c.contact)
	if _, err := w.ConfirmErasure(ctx, w.As(t, w.RegionZJ), q.ID, q.Version); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(before)
	if err == nil {
		err = os.WriteFile(file, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	d, err = db.Open(ctx, db.Config{DSN: file, Now: clock.Now})
	if err != nil {
		t.Fatalf("without the key file it does not start: %v", err)
	}
	defer d.Close()
	var name string
	if err := d.RawRow(`SELECT name FROM contacts WHERE id = $1`, c.contact).Scan(&name); err != nil || name != consent.ErasedName {
		t.Errorf("the contact is called %q, %v", name, err)
	}
}

func TestTheProgramsOwnCopiesGoOnTheDayThatWasSaid(t *testing.T) {
	ctx := context.Background()
	clock := dbtest.NewClock(dbtest.Start)
	folder := t.TempDir()
	d, err := db.Open(ctx, db.Config{DSN: filepath.Join(folder, "yike.db"), Now: clock.Now, Key: db.OnlyKey(dbtest.Key)})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	w := dbtest.NewWorld(t, d, clock)
	c := release(t, w)
	leave := func(name string, at time.Time) string {
		t.Helper()
		path := filepath.Join(folder, name)
		err := os.MkdirAll(filepath.Dir(path), 0o700)
		if err == nil {
			err = os.WriteFile(path, []byte("x"), 0o600)
		}
		if err == nil {
			err = os.Chtimes(path, at, at)
		}
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	old, fresh := dbtest.Start.Add(-time.Hour), dbtest.Start.Add(time.Hour)
	goes := []string{leave("backup/before-migration-12-20261101.db", old), leave("backup/yike-20261101-010000-nightly.zip.age", old), leave("backup/yike-20261101-010000-nightly.zip.age.json", old), leave("yike.db.before-restore-20261101-wal", old)}
	stays := []string{leave("backup/before-migration-13-20261121.db", fresh), leave("backup/mine.db", old), leave("notes.txt", old)}
	count := func(list []string) (n int) {
		for _, path := range list {
			if _, err := os.Stat(path); err == nil {
				n++
			}
		}
		return n
	}
	if n, err := d.DropCopies(ctx); err != nil || n != 0 {
		t.Errorf("without an erasure %d copies went, %v", n, err)
	}
	q := askErasure(t, w, c.id, 0)
	if _, err := w.ConfirmErasure(ctx, w.As(t, w.RegionZJ), q.ID, q.Version); err != nil {
		t.Fatal(err)
	}
	clock.Move(29 * 24 * time.Hour)
	if n, err := d.DropCopies(ctx); err != nil || n != 0 {
		t.Errorf("a day early %d copies went, %v", n, err)
	}
	clock.Move(24*time.Hour + time.Minute)
	if n, err := d.DropCopies(ctx); err != nil || int(n) != len(goes) || count(goes) != 0 || count(stays) != len(stays) {
		t.Errorf("%d went, %d of those that should are there, %d of %d that should not; %v", n, count(goes), count(stays), len(stays), err)
	}
}

func TestACopyOfOneContactHoldsTheirVisitsAndPhotosOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		c := release(t, w)
		// Somebody else of the same name, met another day.
		double, err := w.SaveContact(ctx, boss, db.Submission{}, db.Contact{CustomerID: c.id, Name: canaryWho})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.LogVisit(ctx, w.As(t, w.RepWest), db.Submission{}, db.Visit{CustomerID: c.id, UserID: w.RepWest, ContactID: double, State: "done", Day: "2026-11-17",
			Minute: -1, Mode: "phone", Learned: "和另一位谈的"}); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Writer(w.DB).Exec(`INSERT INTO waybills (id, number, branch_id, customer_id, receiver, province, freight_fen, sent_day, sent_at, created_at, updated_at)
			VALUES (5, '302610000000021', $1, $2, '旁人', '330000', 1250, '2026-11-19', 0, 0, 0)`, w.West, c.id); err != nil {
			t.Fatal(err)
		}
		for _, p := range []struct {
			name           string
			contact        int64
			visits, photos int
			parcels        int
			learned        string
		}{
			{"the contact", c.contact, 1, 1, 0, "欧阳鹮鹳说要换一家"}, {"their namesake", double, 1, 0, 0, "和另一位谈的"}, {"the client", 0, 2, 1, 1, "欧阳鹮鹳说要换一家"},
		} {
			id, err := w.OpenRequest(ctx, boss, db.Submission{}, db.Request{CustomerID: c.id, ContactID: p.contact, Kind: consent.Copy, Channel: "phone", ReceivedOn: "2026-11-20", Asked: "x"})
			if err != nil {
				t.Fatal(err)
			}
			got, err := w.CopyPerson(ctx, boss, id)
			if err != nil || len(got.Visits) != p.visits || len(got.Photos) != p.photos || len(got.Waybills) != p.parcels || got.Visits[0].Learned != p.learned {
				t.Errorf("%s: %d visits %+v, %d photos, parcels %+v, %v", p.name, len(got.Visits), got.Visits, len(got.Photos), got.Waybills, err)
			}
		}
	})
}
