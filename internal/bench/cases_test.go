package bench

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"yike/db/dbtest"
)

// BenchmarkCases measures cases beside as many as -cases says
// (default 20,000; the full run 1,000,000), of which one in fifty is open.
// Goals: registering one at most six bare FULL commits; its lists and the board
// at most 1.5 times FP.
func BenchmarkCases(b *testing.B) {
	each(b, func(b *testing.B, s *site, f *fp) {
		s.spent(b)
		ids, cookie := someCustomers(b, s, boss), s.as(b, boss)
		i, run := 0, time.Now().UnixNano()
		b.Run("register", func(b *testing.B) {
			compare(b, func() error {
				i++
				return register(s, cookie, ids[i%len(ids)], fmt.Sprintf("bench-case-%d-%d", run, i))
			}, f.commit)
		})
		page(b, s, f, "a clerk's own", "clerk1", "/cases?who=mine")
		page(b, s, f, "a branch", boss, "/cases")
		page(b, s, f, "a region", region, "/cases")
		page(b, s, f, "the company", "admin", "/cases")
		page(b, s, f, "what is late in the company", "admin", "/cases?due=late")
		page(b, s, f, "closed in a branch", boss, "/cases?show=closed")
		page(b, s, f, "closed in the company", "admin", "/cases?show=closed")
		page(b, s, f, "the board of a branch", boss, "/cases/board")
		page(b, s, f, "the board of the company", "admin", "/cases/board")
	})
}

// register posts a complaint and fails unless it was taken.
func register(s *site, cookie, customer, key string) error {
	form := url.Values{"customer": {customer}, "kind": {"complaint"}, "severity": {"minor"}, "channel": {"phone"}, "cause": {"1"}, "said": {"昨天就该到的，今天还没有动静。"}, "key": {key}}
	r, err := http.NewRequest(http.MethodPost, s.app.URL()+"/cases", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Cookie", cookie)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := client.Do(r)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		return fmt.Errorf("POST /cases: %d", res.StatusCode)
	}
	return nil
}

// manyCases lets a company have at least n cases: one is made for each client in
// turn, again and again, as the form would have written it.
func manyCases(b *testing.B, driver, dsn string, n int) {
	b.Helper()
	pool, err := sql.Open(driver, dsn)
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	count := func() int {
		var n int
		if err := pool.QueryRow(`SELECT COUNT(*) FROM cases`).Scan(&n); err != nil {
			b.Fatal(err)
		}
		return n
	}
	const hour = 3_600_000
	now := dbtest.Start.UnixMilli()
	for have := count(); have < n; have = count() {
		some := min(n-have, 50_000)
		// step, times: forty-nine of fifty were closed on the day after they were opened
		if _, err := pool.Exec(fmt.Sprintf(`WITH RECURSIVE t(i) AS (SELECT CAST(%d AS BIGINT) UNION ALL SELECT i + 1 FROM t WHERE i + 1 < %d),
			k AS (SELECT id, branch_id, owner_id, clerk_id, class, row_number() OVER (ORDER BY id) - 1 AS n FROM customers WHERE deleted_at = 0),
			m AS (SELECT COUNT(*) AS n FROM k)
			INSERT INTO cases (id, code, kind, branch_id, customer_id, channel, cause_id, severity, class, said, user_id, step, opened_at, answer_due, solve_due, due, soon_at, ladder_at, answered_at, solved_at, closed_at, told_how, satisfied, result, version, created_at, created_by, updated_at)
			SELECT 1000 + t.i, 'B' || t.i, CASE t.i %% 5 WHEN 0 THEN 'consultation' ELSE 'complaint' END, k.branch_id, k.id, CASE t.i %% 3 WHEN 0 THEN 'wechat' ELSE 'phone' END, 1 + t.i %% 8, CASE t.i %% 9 WHEN 0 THEN 'serious' ELSE 'minor' END, k.class,
				'昨天就该到的，今天还没有动静，请查一查第' || t.i || '件。', coalesce(k.clerk_id, k.owner_id), CASE t.i %% 50 WHEN 7 THEN 'handle' ELSE 'closed' END,
				%[3]d - (t.i * 7919 %% 8760) * %[4]d, %[3]d - (t.i * 7919 %% 8760) * %[4]d + 4 * %[4]d, %[3]d - (t.i * 7919 %% 8760) * %[4]d + 24 * %[4]d,
				CASE t.i %% 50 WHEN 7 THEN %[3]d + (t.i %% 400 - 100) * %[4]d ELSE %[5]d END, CASE t.i %% 50 WHEN 7 THEN %[3]d + (t.i %% 400 - 102) * %[4]d ELSE %[5]d END, %[5]d,
				%[3]d - (t.i * 7919 %% 8760) * %[4]d + 2 * %[4]d, CASE t.i %% 50 WHEN 7 THEN 0 ELSE %[3]d - (t.i * 7919 %% 8760) * %[4]d + 20 * %[4]d END, CASE t.i %% 50 WHEN 7 THEN 0 ELSE %[3]d - (t.i * 7919 %% 8760) * %[4]d + 21 * %[4]d END,
				CASE t.i %% 50 WHEN 7 THEN '' ELSE 'phone' END, CASE t.i %% 50 WHEN 7 THEN '' ELSE 'yes' END, '', 1, %[3]d - (t.i * 7919 %% 8760) * %[4]d, (SELECT min(id) FROM users), %[3]d
			FROM t CROSS JOIN m JOIN k ON k.n = t.i %% m.n`, have, have+some, now, hour, int64(9_000_000_000_000_000))); err != nil {
			b.Fatal(err)
		}
	}
	last := []string{`DELETE FROM case_loads`,
		`INSERT INTO case_loads (user_id, open_cases) SELECT user_id, COUNT(*) FROM cases WHERE user_id IS NOT NULL AND step <> 'closed' AND deleted_at = 0 GROUP BY user_id`}
	if driver != "sqlite" { // PostgreSQL measures its tables by itself, within minutes; SQLite's are never measured
		last = append(last, `ANALYZE`)
	}
	for _, query := range last {
		if _, err := pool.Exec(query); err != nil {
			b.Fatal(err)
		}
	}
}
