package db

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"yike/policy"
	"yike/policy/casework"
	"yike/policy/consent"
	"yike/policy/day"
	"yike/policy/ledger"
	"yike/policy/rating"
)

// FilePage is what a customer's page shows: the file with what little there is to know
// of the rest of it. What the actor may not know is left out. It is read with
// three statements; only what is there is worth one of its own (Has).
type FilePage struct {
	CustomerFile
	VisitMonths []MonthCount // visits made in the last VisitMonthsShown months
	Cases       CaseClient   // without the open ones, see OpenCasesOf
	Account     Account
	Rated       []rating.Answer // of two spans of rating.TrendDays
	Has         FileHas

	on     day.Day
	owed   []owedItem
	months []monthRead
}

// FileHas says what hangs on a file at all, whoever may see it.
type FileHas struct{ Todos, OpenCases, Greetings, Ratings bool }

// VisitMonthsShown is how many months a customer's page counts visits of, the
// present one included.
const VisitMonthsShown = 12

// owedItem is a document that is not paid, with its due day as it is stored.
type owedItem struct {
	id  int64
	due string
	ledger.Item
}

// FilePage returns one live file that the actor sees, on a day.
func (d *DB) FilePage(ctx context.Context, by policy.Actor, id int64, on day.Day) (FilePage, error) {
	p := FilePage{on: on}
	var err error
	if p.CustomerFile, err = d.fileAndContacts(ctx, by.Scope(policy.CustomerRead), id); err != nil {
		return FilePage{}, err
	}
	year := time.Date(on.Year(), 1, 1, 0, 0, 0, 0, Zone).UnixMilli()
	visits, rated := on.MonthStart().AddMonths(1-VisitMonthsShown).String(), on.Add(1-2*rating.TrendDays).String()
	if err := d.fileParts(ctx, condOf(filePartsSQL+pagePartsSQL, id, visits, year, casework.Complaint, rated), p.take); err != nil {
		return FilePage{}, err
	}
	p.inOrder()
	p.forActor(d, by)
	return p, nil
}

// pagePart is a row of fileParts: what it is, and three words and numbers.
type pagePart struct {
	said       int
	id         int64
	a, b, c    string
	n1, n2, n3 int64
}

// filePartsSQL are the tags of a file, and in the same statement what the
// contacts agreed to and what the radar raised.
const filePartsSQL = `
	SELECT 0 AS said, t.id AS id, t.name, t.kind, t.hint, 0, 0, 0 FROM customer_tags x JOIN tags t ON t.id = x.tag_id WHERE x.customer_id = $1
	UNION ALL SELECT 1, n.contact_id, n.purpose, n.state, '', 0, 0, 0 FROM consents n WHERE n.customer_id = $1 AND n.superseded_at = 0
	UNION ALL SELECT 2, r.id, r.kind, r.state, r.detail, 0, 0, 0 FROM radar_alerts r WHERE r.customer_id = $1 AND r.state <> 'closed'`

// pagePartsSQL adds the sums of a page: visits by month, complaints and claims,
// the account and what of it is open, the months' parcels, the answers of
// ratings, and what there is at all.
const pagePartsSQL = `
	UNION ALL SELECT 3, 0, substr(v.day, 1, 7), '', '', COUNT(*), 0, 0 FROM visits v
		WHERE v.customer_id = $1 AND v.deleted_at = 0 AND v.state = 'done' AND v.day >= $2 GROUP BY substr(v.day, 1, 7)
	UNION ALL SELECT 4, (SELECT COUNT(*) FROM cases q WHERE q.customer_id = $1 AND q.opened_at >= $3 AND q.kind = $4 AND q.deleted_at = 0), '', '', '',
		COUNT(*), CAST(coalesce(SUM(m.asked), 0) AS BIGINT), CAST(coalesce(SUM(CASE WHEN m.state IN ('approved', 'paid') THEN m.agreed ELSE 0 END), 0) AS BIGINT)
		FROM case_claims m JOIN cases e ON e.id = m.case_id WHERE m.customer_id = $1 AND e.deleted_at = 0
	UNION ALL SELECT 5, s.entries, s.last_paid, '', '', s.charged_fen, s.paid_fen, s.free_fen FROM account_sums s WHERE s.customer_id = $1
	UNION ALL SELECT 6, e.id, e.doc_no, e.due_on, '', e.left_fen, 0, 0 FROM account_entries e WHERE e.customer_id = $1 AND e.left_fen > 0
	UNION ALL SELECT 7, 0, m.month, m.habits, '', m.waybills, m.freight_fen, 0 FROM customer_months m WHERE m.customer_id = $1
	UNION ALL SELECT 8, r.id, r.answered_on, '', '', r.score, 0, 0 FROM ratings r WHERE r.customer_id = $1 AND r.answered_on >= $5 AND NOT r.binned
	UNION ALL SELECT 9, CASE WHEN EXISTS (SELECT 1 FROM todos t WHERE t.customer_id = $1 AND t.state = 'open' AND t.deleted_at = 0) THEN 1 ELSE 0 END, '', '', '',
		CASE WHEN EXISTS (SELECT 1 FROM cases q WHERE q.customer_id = $1 AND q.step <> 'closed' AND q.deleted_at = 0) THEN 1 ELSE 0 END,
		CASE WHEN EXISTS (SELECT 1 FROM greetings g WHERE g.customer_id = $1 AND g.lead_id IS NULL) THEN 1 ELSE 0 END,
		CASE WHEN EXISTS (SELECT 1 FROM ratings r WHERE r.customer_id = $1 AND r.answered_on <> '' AND NOT r.binned) THEN 1 ELSE 0 END`

// fileParts hands the rows of a file's parts on.
func (d *DB) fileParts(ctx context.Context, q cond, take func(pagePart) error) error {
	rows, err := d.query(ctx, q)
	if err != nil {
		return fmt.Errorf("parts of a customer: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r pagePart
		if err := rows.Scan(&r.said, &r.id, &r.a, &r.b, &r.c, &r.n1, &r.n2, &r.n3); err != nil {
			return fmt.Errorf("parts of a customer: %w", err)
		}
		if err := take(r); err != nil {
			return fmt.Errorf("parts of a customer: %w", err)
		}
	}
	return rows.Err()
}

// takeFile takes what filePartsSQL selects.
func (f *CustomerFile) takeFile(r pagePart) error {
	switch r.said {
	case 0:
		f.TagList = append(f.TagList, FileTag{r.id, r.a, r.b, r.c})
	case 1:
		if i := slices.IndexFunc(f.Contacts, func(c Contact) bool { return c.ID == r.id }); i >= 0 {
			f.Contacts[i].said(r.a, consent.State(r.b))
		}
	case 2:
		a := FileRadar{ID: r.id, State: r.b}
		if err := json.Unmarshal([]byte(r.c), &a.Alert); err != nil {
			return fmt.Errorf("alert %d: %w", r.id, err)
		}
		f.Radar = append(f.Radar, a)
	}
	return nil
}

// take takes what pagePartsSQL selects besides.
func (p *FilePage) take(r pagePart) error {
	switch r.said {
	case 3:
		p.VisitMonths = append(p.VisitMonths, MonthCount{r.a, r.n1})
	case 4:
		p.Cases = CaseClient{Complaints: r.id, Claims: r.n1, Asked: r.n2, Agreed: r.n3}
	case 5:
		p.Account = Account{Entries: r.id, LastPaid: r.a, Charged: r.n1, Paid: r.n2, Free: r.n3}
	case 6:
		p.owed = append(p.owed, owedItem{r.id, r.b, ledger.Item{Number: r.a, Due: dayParsed(r.b), Left: r.n1}})
	case 7:
		m, err := readMonth([]byte(r.a), []byte(r.b), r.n1, r.n2, p.on)
		if err != nil {
			return err
		}
		p.months = append(p.months, m)
	case 8:
		p.Rated = append(p.Rated, rating.Answer{Day: dayParsed(r.a), Score: r.n1})
	case 9:
		p.Has = FileHas{r.id > 0, r.n1 > 0, r.n2 > 0, r.n3 > 0}
	default:
		return p.takeFile(r)
	}
	return nil
}

// inOrder sorts what was taken, each as its own reading would.
func (p *FilePage) inOrder() {
	p.sortParts()
	slices.SortFunc(p.VisitMonths, func(a, b MonthCount) int { return strings.Compare(a.Month, b.Month) })
	slices.SortStableFunc(p.owed, func(a, b owedItem) int {
		if c := strings.Compare(a.due, b.due); c != 0 {
			return c
		}
		return int(min(max(a.id-b.id, -1), 1))
	})
	for _, it := range p.owed {
		p.Account.Open = append(p.Account.Open, it.Item)
	}
	slices.SortFunc(p.months, func(a, b monthRead) int { return int(b.at - a.at) })
	slices.SortStableFunc(p.Rated, func(a, b rating.Answer) int { return int(a.Day - b.Day) })
}

// sortParts puts tags and alerts in the order in which they were made.
func (f *CustomerFile) sortParts() {
	slices.SortFunc(f.TagList, func(a, b FileTag) int { return int(min(max(a.ID-b.ID, -1), 1)) })
	slices.SortFunc(f.Radar, func(a, b FileRadar) int { return int(min(max(a.ID-b.ID, -1), 1)) })
	for _, t := range f.TagList {
		f.Tags = append(f.Tags, t.ID)
	}
}

// forActor takes away what the actor has no right to know. What the score is
// worked out from stays within.
func (p *FilePage) forActor(d *DB, by policy.Actor) {
	sees := func(need policy.Permission) bool {
		return d.sees(by.Scope(need), p.BranchID, p.OwnerID, p.ClerkID)
	}
	if !sees(policy.VisitRead) {
		p.VisitMonths = nil
	}
	if !by.Can(policy.CaseRead) {
		p.Cases = CaseClient{}
	}
	if !sees(policy.AccountRead) {
		p.Account = Account{}
	}
	if !sees(policy.RatingRead) {
		p.Rated = nil
	}
}

// ScoreOf is Score of a customer whose page was read.
func (d *DB) ScoreOf(ctx context.Context, p FilePage) (ClientScore, error) {
	return d.scoreOf(ctx, p.Customer, p.on, p.months, func(before string) (sum int64, err error) {
		for _, it := range p.owed {
			if it.due < before {
				sum += it.Left
			}
		}
		return sum, nil
	})
}
