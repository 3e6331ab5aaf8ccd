package demo_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"yike/db/dbtest"
	"yike/internal/demo"
)

// casesHash is what the cases of a company are, ids left aside.
func casesHash(t *testing.T, lines func(string) []string) string {
	t.Helper()
	var all []string
	for _, query := range []string{
		`SELECT e.code, e.kind, b.code, c.code, k.name, e.caller, e.caller_phone, e.channel, e.ticket, e.cause_id, e.severity, e.class, e.said, e.wants, u.username, e.step, e.opened_at,
			e.answer_due, e.solve_due, e.due, e.answered_at, e.solved_at, e.closed_at, e.paused_at, e.satisfied, e.result, e.review_why, e.measures, e.measures_due, p.code, m.code
			FROM cases e JOIN branches b ON b.id = e.branch_id LEFT JOIN customers c ON c.id = e.customer_id LEFT JOIN contacts k ON k.id = e.contact_id LEFT JOIN users u ON u.id = e.user_id
			LEFT JOIN cases p ON p.id = e.parent_id LEFT JOIN cases m ON m.id = e.merged_id ORDER BY e.code`,
		`SELECT e.code, h.kind, h.step, u.username, h.at, h.note FROM case_events h JOIN cases e ON e.id = h.case_id LEFT JOIN users u ON u.id = h.user_id ORDER BY h.id`,
		`SELECT e.code, w.number, w.position FROM case_waybills w JOIN cases e ON e.id = w.case_id ORDER BY 1, 2`,
		`SELECT e.code, m.number, m.state, m.asked, m.agreed, m.paid, m.paid_day, m.paid_how, s.bearer, s.amount, m.day FROM case_claims m JOIN cases e ON e.id = m.case_id
			LEFT JOIN case_claim_shares s ON s.claim_id = m.id ORDER BY m.id, s.bearer`,
		`SELECT t.kind, t.state, t.due, t.result, u.username, t.created_at, t.closed_at FROM todos t LEFT JOIN users u ON u.id = t.user_id WHERE t.kind LIKE 'case%' ORDER BY 6, 1, 5, 7`,
	} {
		all = append(all, lines(query)...)
	}
	return strings.Join(all, "\n")
}

func TestTheDemosClientsComplainAndAreAnswered(t *testing.T) {
	t.Parallel()
	cfg := demo.Config{Seed: 1, Today: today, Branches: demo.Branches, Customers: 900, Waybills: 6000, Cases: 400}
	d, raw, r := file(t, cfg)
	if r.Cases != cfg.Cases {
		t.Errorf("%d cases, want %d", r.Cases, cfg.Cases)
	}
	now := fmt.Sprint(dbtest.Start.UnixMilli())
	for what, query := range map[string]string{
		"ahead of time": `SELECT code, opened_at, answered_at, solved_at, closed_at FROM cases WHERE max(opened_at, answered_at, solved_at, closed_at) > ` + now + `
			UNION ALL SELECT kind, at, 0, 0, 0 FROM case_events WHERE at > ` + now,
		"older than a year":                      `SELECT code FROM cases WHERE opened_at < ` + fmt.Sprint(today.Add(-366).Time().UnixMilli()),
		"answered or solved before it came":      `SELECT code FROM cases WHERE answered_at > 0 AND answered_at < opened_at OR solved_at > 0 AND solved_at < answered_at OR closed_at > 0 AND closed_at < solved_at`,
		"a complaint without a promise":          `SELECT code FROM cases WHERE kind = 'complaint' AND (answer_due = 0 OR solve_due = 0)`,
		"closed, and its client knows nothing":   `SELECT code, satisfied FROM cases WHERE step = 'closed' AND merged_id IS NULL AND (solved_at = 0 OR satisfied NOT IN ('yes', 'accepted') OR result = '')`,
		"closed, and its to-dos are open":        `SELECT e.code, t.kind FROM cases e JOIN todos t ON t.key = CAST(e.id AS TEXT) AND t.kind IN ('case_new', 'case_call', 'case_accept') WHERE e.step = 'closed' AND t.state = 'open'`,
		"handled by nobody":                      `SELECT code FROM cases WHERE user_id IS NULL`,
		"its history does not begin with a call": `SELECT e.code FROM cases e WHERE (SELECT h.kind FROM case_events h WHERE h.case_id = e.id ORDER BY h.id LIMIT 1) <> 'opened'`,
		"its history runs back":                  `SELECT a.kind, b.kind FROM case_events a JOIN case_events b ON b.case_id = a.case_id AND b.id > a.id WHERE b.at < a.at`,
		"written down at night":                  `SELECT code FROM cases WHERE strftime('%H:%M', opened_at / 1000, 'unixepoch', '+8 hours') NOT BETWEEN '08:20' AND '20:40'`,
		"at another branch than its client":      `SELECT e.code FROM cases e JOIN customers c ON c.id = e.customer_id WHERE e.branch_id <> c.branch_id`,
		"a parcel of another client":             `SELECT e.code FROM cases e JOIN case_waybills x ON x.case_id = e.id JOIN waybills w ON w.number = x.number WHERE e.customer_id IS NOT NULL AND w.customer_id <> e.customer_id`,
		"a parcel that is unknown, or not sent":  `SELECT e.code FROM cases e JOIN case_waybills x ON x.case_id = e.id LEFT JOIN waybills w ON w.number = x.number WHERE w.id IS NULL OR w.sent_at > e.opened_at`,
		"before its client was on file":          `SELECT e.code FROM cases e JOIN customers c ON c.id = e.customer_id WHERE c.created_at > e.opened_at`,
		"words that were not filled in":          `SELECT said FROM cases WHERE said LIKE '%{%' OR said = '' AND channel <> 'program' UNION ALL SELECT note FROM case_events WHERE note LIKE '%{%'`,
		"shares that do not add up":              `SELECT m.id FROM case_claims m WHERE m.state <> 'asked' AND m.agreed <> (SELECT coalesce(sum(s.amount), 0) FROM case_claim_shares s WHERE s.claim_id = m.id)`,
		"paid more than agreed, or ahead":        `SELECT id FROM case_claims WHERE paid > agreed OR agreed > asked AND state = 'paid' OR paid_day > '` + today.String() + `'`,
		"a ticket without a number":              `SELECT code FROM cases WHERE (channel IN ('head_office', 'postal')) <> (ticket <> '')`,
	} {
		if got := lines(t, raw, query); len(got) > 0 {
			t.Errorf("%s: %d, such as %v", what, len(got), got[:min(3, len(got))])
		}
	}
	for what, least := range map[string]struct {
		query string
		n     int
	}{
		"kinds":            {`SELECT DISTINCT kind FROM cases`, 3},
		"channels":         {`SELECT DISTINCT channel FROM cases`, 10},
		"severities":       {`SELECT DISTINCT severity FROM cases`, 3},
		"causes":           {`SELECT DISTINCT k.parent_id FROM cases e JOIN case_causes k ON k.id = e.cause_id`, 8},
		"branches":         {`SELECT DISTINCT branch_id FROM cases`, 7},
		"months":           {`SELECT DISTINCT substr(code, 1, 6) FROM cases`, 12},
		"steps":            {`SELECT DISTINCT step FROM cases WHERE merged_id IS NULL`, 7},
		"overdue":          {`SELECT code FROM cases WHERE step <> 'closed' AND due < ` + now, 4},
		"soon due":         {`SELECT code FROM cases WHERE step <> 'closed' AND due > ` + now + ` AND due < 9000000000000000`, 3},
		"paused":           {`SELECT code FROM cases WHERE paused_at > 0`, 3},
		"kept in time":     {`SELECT code FROM cases WHERE solved_at > 0 AND solved_at <= solve_due`, 250},
		"too late":         {`SELECT code FROM cases WHERE solve_due > 0 AND solved_at > solve_due`, 15},
		"parcels":          {`SELECT DISTINCT case_id FROM case_waybills`, 150},
		"of nobody known":  {`SELECT code FROM cases WHERE customer_id IS NULL`, 8},
		"merged":           {`SELECT code FROM cases WHERE merged_id IS NOT NULL`, 3},
		"parts":            {`SELECT code FROM cases WHERE parent_id IS NOT NULL`, 8},
		"opened again":     {`SELECT code FROM cases WHERE reopened > 0`, 3},
		"escalated":        {`SELECT code FROM cases WHERE escalated_at > 0`, 5},
		"accepted":         {`SELECT code FROM cases WHERE satisfied = 'accepted'`, 5},
		"reviewed":         {`SELECT code FROM cases WHERE measures <> ''`, 5},
		"states of claims": {`SELECT DISTINCT state FROM case_claims`, 5},
		"bearers":          {`SELECT DISTINCT bearer FROM case_claim_shares`, 4},
		"words":            {`SELECT DISTINCT said FROM cases`, 200},
	} {
		if got := lines(t, raw, least.query); len(got) < least.n {
			t.Errorf("%s: only %d, want %d", what, len(got), least.n)
		}
	}
	// Few causes make most of the complaints.
	if got := lines(t, raw, `SELECT 100 * sum(n) / (SELECT count(*) FROM cases WHERE kind = 'complaint') FROM (SELECT count(*) AS n FROM cases e JOIN case_causes k ON k.id = e.cause_id
		WHERE e.kind = 'complaint' GROUP BY k.parent_id ORDER BY n DESC LIMIT 3)`); got[0] < "55" || got[0] > "80" {
		t.Errorf("the three commonest causes make %s of a hundred complaints", got[0])
	}
	if faults, err := d.Check(context.Background()); err != nil || len(faults) > 0 {
		t.Errorf("check: %v, %v", faults, err)
	}
	_, again, _ := file(t, cfg)
	if a, b := casesHash(t, func(q string) []string { return lines(t, raw, q) }), casesHash(t, func(q string) []string { return lines(t, again, q) }); a != b {
		t.Error("the same seed and day make other cases")
	}
}

func TestACompanyWithoutParcelsHasCasesToo(t *testing.T) {
	t.Parallel()
	_, raw, r := file(t, demo.Config{Seed: 2, Today: today, Branches: 12, Customers: 200, Cases: 40})
	if n := len(lines(t, raw, `SELECT id FROM cases`)); r.Cases != 40 || n < 36 || n > 40 { // the last of today are still to come
		t.Errorf("%d made, %d there", r.Cases, n)
	}
}

func TestHowManyCasesACompanyHas(t *testing.T) {
	t.Parallel()
	for customers, want := range map[int]int{0: 0, 30: 4, 600: 80, demo.Customers: 400, 100_000: 600, 1_000_000: 1500} {
		if got := demo.CasesOf(customers); got != want {
			t.Errorf("%d customers have %d cases, want %d", customers, got, want)
		}
	}
}
