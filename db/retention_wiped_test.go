package db_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy/retention"
)

func TestFilesAbsencesAndLeaversAreDestroyedOnceARuleNamesThem(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		do := func(query string, args ...any) {
			t.Helper()
			if _, err := db.Writer(w.DB).Exec(query, args...); err != nil {
				t.Fatalf("%s: %v", query, err)
			}
		}
		hash, err := w.PutFile(ctx, strings.NewReader("甲公司,13912345678"), "text/csv", time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		at := w.Now().UnixMilli()
		const file = `INSERT INTO imports (id, kind, user_id, branch_id, file_name, file_hash, state, undo, found, created_at, updated_at) VALUES ($1, 'customers', $2, $3, '老客户.csv', $4, $5, '{"kept":1,"rows":[{"how":"kept","name":"甲公司"}]}', '{"sheets":[{"name":"一","rows":1,"samples":["甲公司"]}],"names":[{"name":"甲公司","rows":1}],"short":3}', $6, $6)`
		do(file, 8, w.BossWest, w.West, hash, "undone", at-24*3600_000)
		do(file, 9, w.BossWest, w.West, hash, "judging", at) // a task works on it, and dies over it
		do(`INSERT INTO tasks (id, kind, user_id, branch_id, state, payload, created_at, updated_at) VALUES (99, 'import.judge', $1, $2, 'running', '{}', $3, $3)`, w.BossWest, w.West, at)
		do(`UPDATE imports SET task_id = 99 WHERE id = 9`)
		const away = `INSERT INTO absences (id, user_id, branch_id, kind, from_day, until_day, created_at, updated_at) VALUES ($1, $2, $3, 'leave', '2026-11-01', $4, 0, 0)`
		do(away, 8, w.RepWest, w.West, "2026-11-20")
		do(away, 9, w.RepWest, w.West, "2026-11-21")
		do(`UPDATE users SET disabled = (SELECT NOT u.disabled FROM users u WHERE u.id = $1), leaves_on = '2026-11-20', phone = '13800007777' WHERE id = $1`, w.RepWest)
		do(`INSERT INTO totps (user_id, secret, created_at) VALUES ($1, 'x', 0)`, w.RepWest)
		do(`INSERT INTO recovery_codes (user_id, hash) VALUES ($1, 'x')`, w.RepWest)
		do(`INSERT INTO user_settings (user_id, key, value) VALUES ($1, 'customers.views', '["甲公司"]')`, w.RepWest)
		name := func() (username, phone, name string) {
			t.Helper()
			if err := w.RawRow(`SELECT username, phone, name FROM users WHERE phone = '13800007777' OR username LIKE 'left-%' ORDER BY id LIMIT 1`).Scan(&username, &phone, &name); err != nil {
				t.Fatal(err)
			}
			return username, phone, name
		}
		_, _, called := name()

		keptRule(t, w, retention.Rule{Destroying: true, Terms: map[retention.Kind]retention.Term{retention.Visits: {Archive: 24, Destroy: 60}}})
		toDay(t, w, "2028-11-21")
		keptNight(t, w, db.Kept{}) // an older rule, that nobody saw them in
		if n, err := w.KeptDue(ctx); err != nil || n != 0 {
			t.Errorf("%d are due by it, %v", n, err)
		}
		rule := retention.Rule{Destroying: true, Terms: map[retention.Kind]retention.Term{retention.Imports: {Destroy: 24}, retention.Absences: {Destroy: 24}, retention.Leavers: {Destroy: 25}}}
		state, err := w.RetentionState(ctx, rule)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []db.KindState{{Kind: retention.Imports, InUse: 2, DestroyDue: 1, DestroySoon: 1}, {Kind: retention.Absences, InUse: 2, DestroyDue: 1, DestroySoon: 2}, {Kind: retention.Leavers, InUse: 1, DestroySoon: 1}} {
			i := slices.IndexFunc(state, func(s db.KindState) bool { return s.Kind == want.Kind })
			if s := state[i]; s.InUse != want.InUse || s.DestroyDue != want.DestroyDue || s.DestroySoon != want.DestroySoon || s.Archived != 0 {
				t.Errorf("%s: %+v", want.Kind, s)
			}
		}
		keptRule(t, w, rule)
		keptNight(t, w, db.Kept{Destroyed: 2})
		keptNight(t, w, db.Kept{})
		if _, phone, _ := name(); phone == "" {
			t.Error("the account a month before its time")
		}
		// The file is another import's, too.
		if _, err := w.OpenFile(ctx, hash); err != nil {
			t.Errorf("the file of the import that is not done: %v", err)
		}
		var kept, undo, found string
		if err := w.RawRow(`SELECT file_name, undo, found FROM imports WHERE id = 8 AND file_hash = ''`).Scan(&kept, &undo, &found); err != nil || kept != "老客户.csv" || strings.Contains(undo+found, "甲公司") || !strings.Contains(undo, `"kept":1`) || !strings.Contains(found, `"short":3`) {
			t.Errorf("the import says %q %q %q, %v", kept, undo, found, err)
		}
		do(`UPDATE tasks SET state = 'failed' WHERE id = 99`)
		toDay(t, w, "2028-12-21")
		keptNight(t, w, db.Kept{Destroyed: 3})
		if _, err := w.OpenFile(ctx, hash); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("the file opens: %v", err)
		}
		var state9 string
		if err := w.RawRow(`SELECT state FROM imports WHERE id = 9`).Scan(&state9); err != nil || state9 != "cancelled" {
			t.Errorf("the import over which its task died is %q, %v", state9, err)
		}
		if username, phone, still := name(); username == "rep" || phone != "" || still != called {
			t.Errorf("who left: %q %q %q", username, phone, still)
		}
		for _, table := range []string{"absences", "totps", "recovery_codes", "user_settings"} {
			var n int
			if err := w.RawRow(`SELECT count(*) FROM ` + table).Scan(&n); err != nil || n != 0 {
				t.Errorf("%d rows of %s are left, %v", n, table, err)
			}
		}
		keptNight(t, w, db.Kept{})
		// Who came back and left again is destroyed again.
		do(`UPDATE users SET leaves_on = '2029-03-01', phone = '13800007777' WHERE id = $1`, w.RepWest)
		toDay(t, w, "2031-04-02")
		keptNight(t, w, db.Kept{Destroyed: 1})
		if _, phone, _ := name(); phone != "" {
			t.Errorf("left again: %q", phone)
		}
		list, err := w.KeptRecords(ctx, db.StageDestroyed, 10)
		if err != nil || len(list) != 6 {
			t.Errorf("the records: %+v, %v", list, err)
		}
		var acts int
		if err := w.RawRow(`SELECT count(*) FROM audits WHERE act = 'retention.destroy'`).Scan(&acts); err != nil || acts != 6 {
			t.Errorf("%d acts are on record, %v", acts, err)
		}
		wholeYet(t, w)
		if _, err := w.KeepTimes(ctx, w.As(t, w.Chief)); err == nil {
			t.Error("a person does the night's work")
		}
	})
}
