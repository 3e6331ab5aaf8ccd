package db_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/ledger"
)

// paper is a row of account_entries as it lies in the table.
type paper struct {
	id, customer, branch     int64
	kind, months, day, due   string
	charged, paid            int64
	void                     bool
	left, free               int64
	settled                  string
	clientBranch, limit, bin int64
	owner                    int64
}

// month is the one that a paper belongs to, said once more.
func (p paper) month() string {
	if p.charged == 0 || p.months == "" {
		return p.day[:7]
	}
	latest := ""
	for _, m := range strings.Split(p.months, ",") {
		if m > latest {
			latest = m
		}
	}
	return latest
}

// heap is what one paper holds while coins are moved: those still to come, those
// that came, and those that lie idle.
type heap struct {
	p                 *paper
	open, came, spare int
	settled           string
}

// byCoins sets the papers of one account against each other one fen after the
// other, with nothing but what the words of the rule say: a second opinion on
// policy/ledger, too slow for real sums.
func byCoins(list []paper) map[int64]*heap {
	order := map[string]int{ledger.Statement: 1, ledger.Reversal: 2, ledger.Payment: 3, ledger.Refund: 4}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b paper) int {
		return cmp.Or(strings.Compare(a.day, b.day), cmp.Compare(order[a.kind], order[b.kind]), cmp.Compare(a.id, b.id))
	})
	all := map[int64]*heap{}
	var debts, purses []*heap
	names := func(p *paper, month string) bool { return slices.Contains(strings.Split(p.months, ","), month) }
	for i := range list {
		p := &list[i]
		h := &heap{p: p}
		all[p.id] = h
		if p.void {
			continue
		}
		months := []string{}
		if p.months != "" {
			months = strings.Split(p.months, ",")
		}
		put := func(d *heap, counts bool) {
			d.open--
			if counts {
				d.came++
			}
			if d.open == 0 {
				d.settled = p.day
			}
		}
		// A coin that pays goes to a month that is named, then to the oldest.
		pay := func(counts bool) {
			for _, m := range months {
				for _, d := range debts {
					if d.open > 0 && names(d.p, m) {
						put(d, counts)
						return
					}
				}
			}
			for _, d := range debts {
				if d.open > 0 {
					put(d, counts)
					return
				}
			}
			h.spare++
			if !slices.Contains(purses, h) {
				purses = append(purses, h)
			}
		}
		// A coin that goes back is one that lies idle, the newest first, else one
		// that came to a month named, else to the newest; else it is owed.
		giveBack := func() {
			for k := len(purses) - 1; k >= 0; k-- {
				if purses[k].spare > 0 {
					purses[k].spare--
					return
				}
			}
			take := func(d *heap) { d.came, d.open, d.settled = d.came-1, d.open+1, "" }
			for _, m := range months {
				for _, d := range debts {
					if d.came > 0 && names(d.p, m) {
						take(d)
						return
					}
				}
			}
			for k := len(debts) - 1; k >= 0; k-- {
				if debts[k].came > 0 {
					take(debts[k])
					return
				}
			}
			h.open++
		}
		for range p.charged {
			h.open++
		}
		if h.open > 0 {
			debts = append(debts, h)
		}
		for range -p.charged {
			pay(false)
		}
		for range p.paid {
			pay(true)
		}
		for range -p.paid {
			giveBack()
		}
		if h.open > 0 && !slices.Contains(debts, h) {
			debts = append(debts, h)
		}
		for moved := true; moved; { // nothing is open while coins lie idle
			moved = false
			for _, from := range purses {
				for _, d := range debts {
					if from.spare > 0 && d.open > 0 {
						from.spare--
						put(d, true)
						moved = true
						break
					}
				}
				if moved {
					break
				}
			}
		}
	}
	return all
}

// counted is what a recount says of one client.
type counted struct {
	branch, balance, free, limit int64
	owner                        int64
	oldest, lastPaid             string
	papers                       int64
	open                         []*heap
	months                       map[string][4]int64 // opening, charged, paid, closing
	moved                        map[string]int64    // how many papers belong to it
}

// late is by how many days a day is past.
func late(due, today string) int {
	a, _ := time.Parse(time.DateOnly, due)
	b, _ := time.Parse(time.DateOnly, today)
	return max(0, int(b.Sub(a).Hours()/24))
}

func (c *counted) standing(grace int, least int64, today string) (ages [5]int64, overdue int64, days int, owing bool) {
	sum := int64(0)
	for _, h := range c.open {
		n := late(h.p.due, today)
		age := 4
		for i, last := range []int{0, 30, 60, 90} {
			if n <= last {
				age = i
				break
			}
		}
		ages[age] += int64(h.open)
		if n > 0 {
			overdue += int64(h.open)
			days = max(days, n)
		}
		if n > grace {
			sum += int64(h.open)
		}
	}
	return ages, overdue, days, sum > 0 && sum >= least
}

var recountMonths = []string{"2026-04", "2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10", "2026-11", "2026-12"}

// recount reads the papers as they lie there and adds them up by hand. What is
// kept beside them must be the same.
func (a *accounts) recount(when string) map[int64]*counted {
	a.t.Helper()
	rows, err := db.Writer(a.DB).Query(`SELECT e.id, e.customer_id, e.branch_id, e.kind, e.periods, e.day, e.due_on, e.charged_fen, e.paid_fen, e.voided_at <> 0, e.left_fen, e.free_fen, e.settled_on,
		c.branch_id, c.credit_limit, c.deleted_at, coalesce(c.owner_id, 0) FROM account_entries e JOIN customers c ON c.id = e.customer_id`)
	if err != nil {
		a.t.Fatal(err)
	}
	defer rows.Close()
	of := map[int64][]paper{}
	for rows.Next() {
		var p paper
		if err := rows.Scan(&p.id, &p.customer, &p.branch, &p.kind, &p.months, &p.day, &p.due, &p.charged, &p.paid, &p.void, &p.left, &p.free, &p.settled, &p.clientBranch, &p.limit, &p.bin, &p.owner); err != nil {
			a.t.Fatal(err)
		}
		if p.branch != p.clientBranch {
			a.t.Errorf("%s: paper %d stands at branch %d, its client at %d", when, p.id, p.branch, p.clientBranch)
		}
		of[p.customer] = append(of[p.customer], p)
	}
	if err := rows.Err(); err != nil {
		a.t.Fatal(err)
	}
	out := map[int64]*counted{}
	for customer, list := range of {
		all := byCoins(list)
		c := &counted{branch: list[0].branch, owner: list[0].owner, limit: list[0].limit, oldest: "9999-12-31", months: map[string][4]int64{}, moved: map[string]int64{}}
		if list[0].bin == 0 {
			out[customer] = c
		}
		for i := range list {
			p, h := &list[i], all[list[i].id]
			if int64(h.open) != p.left || int64(h.spare) != p.free || h.settled != p.settled {
				a.t.Errorf("%s: %s of %s by coins %d open, %d idle, settled %q; kept are %d, %d, %q", when, p.kind, p.day, h.open, h.spare, h.settled, p.left, p.free, p.settled)
			}
			if p.void {
				continue
			}
			c.papers++
			c.balance += p.charged - p.paid
			c.free += int64(h.spare)
			if h.open > 0 {
				c.open = append(c.open, h)
				c.oldest = min(c.oldest, p.due)
			}
			if p.kind == ledger.Payment {
				c.lastPaid = max(c.lastPaid, p.day)
			}
			c.moved[p.month()]++
			for _, m := range recountMonths {
				s := c.months[m]
				if at := p.month(); at < m {
					s[0] += p.charged - p.paid
				} else if at == m {
					s[1] += p.charged
					s[2] += p.paid
				}
				s[3] = s[0] + s[1] - s[2]
				c.months[m] = s
			}
		}
		var branch, balance, free, papers int64
		var oldest, lastPaid string
		if err := a.RawRow(`SELECT branch_id, balance_fen, free_fen, entries, oldest_due, last_paid FROM account_sums WHERE customer_id = $1`, customer).
			Scan(&branch, &balance, &free, &papers, &oldest, &lastPaid); err != nil {
			a.t.Fatal(err)
		}
		if branch != c.branch || balance != c.balance || free != c.free || papers != c.papers || oldest != c.oldest || lastPaid != c.lastPaid {
			a.t.Errorf("%s: kept of client %d: %d %d %d %d %s %s, counted %+v", when, customer, branch, balance, free, papers, oldest, lastPaid, *c)
		}
	}
	return out
}

// lists holds every list, sum and sheet that somebody sees against the recount.
func (a *accounts) lists(when string, by policy.Actor, all map[int64]*counted) {
	a.t.Helper()
	ctx, scope := context.Background(), by.Scope(policy.AccountRead)
	all = maps.Clone(all)
	maps.DeleteFunc(all, func(_ int64, c *counted) bool { return !a.SeesClient(scope, c.branch, c.owner, 0) })
	for _, on := range []struct {
		today string
		grace int
		least int64
	}{{"2026-08-15", 0, 1}, {"2026-11-20", 7, 30}, {"2027-03-01", 0, 60}} {
		rules := db.OneAccountRule(ledger.Rule{Days: 30, Grace: on.grace, Least: on.least})
		for _, branch := range []int64{0, a.West} {
			for _, state := range append([]string{db.ReceivableOpen}, db.ReceivableStates...) {
				for age := -1; age < ledger.Ages; age++ {
					if age >= 0 && state != db.ReceivableAll {
						continue
					}
					f := db.ReceivableFilter{Today: on.today, Rules: rules, State: state, BranchID: branch, Aged: age >= 0, Age: max(age, 0)}
					want, sums := map[int64]*counted{}, db.ReceivableSums{}
					for id, c := range all {
						ages, overdue, _, owing := c.standing(on.grace, on.least, on.today)
						asked := map[string]bool{db.ReceivableOpen: c.balance != 0, db.ReceivableAll: true, db.ReceivableOverdue: overdue > 0, db.ReceivableOwing: owing,
							db.ReceivableOver: c.limit > 0 && c.balance > c.limit, db.ReceivableCredit: c.balance < 0}[state]
						if !asked || c.papers == 0 || branch != 0 && c.branch != branch || age >= 0 && ages[max(age, 0)] == 0 {
							continue
						}
						want[id] = c
						sums.Accounts++
						sums.Entries += c.papers
						sums.Balance += c.balance
						sums.Free += c.free
						for i, fen := range ages {
							sums.Ages[i] += fen
						}
					}
					said := fmt.Sprintf("%s, on %s, state %q, age %d, branch %d", when, on.today, state, age, branch)
					got, err := a.SumReceivables(ctx, scope, f)
					if err != nil || got != sums {
						a.t.Errorf("%s: the sums are %+v, counted %+v %v", said, got, sums, err)
					}
					page, err := a.Receivables(ctx, scope, f)
					if err != nil || len(page.Rows) != len(want) {
						a.t.Errorf("%s: %d rows, counted %d %v", said, len(page.Rows), len(want), err)
					}
					for _, r := range page.Rows {
						c := want[r.CustomerID]
						if c == nil {
							a.t.Errorf("%s: %s is not one of them", said, r.Name)
							continue
						}
						ages, overdue, days, owing := c.standing(on.grace, on.least, on.today)
						s := r.Standing
						if s.Balance != c.balance || r.Balance != c.balance || s.Ages != ages || s.Overdue != overdue || s.Days != days || s.Owing != owing || r.LastPaid != c.lastPaid ||
							s.OverLimit > 0 != (c.limit > 0 && c.balance > c.limit) {
							a.t.Errorf("%s: %s stands as %+v, counted %+v %v %d %d %v", said, r.Name, s, *c, ages, overdue, days, owing)
						}
					}
				}
			}
		}
	}
	for _, m := range recountMonths {
		for _, branch := range []int64{0, a.West} {
			said := fmt.Sprintf("%s, month %s, branch %d", when, m, branch)
			want, sums := map[int64][4]int64{}, db.MonthSums{}
			for id, c := range all {
				if n := c.moved[m]; n > 0 && (branch == 0 || c.branch == branch) {
					want[id] = c.months[m]
					sums.Accounts++
					sums.Entries += n
					sums.Opening += c.months[m][0]
					sums.Charged += c.months[m][1]
					sums.Paid += c.months[m][2]
					sums.Closing += c.months[m][3]
				}
			}
			f := db.MonthFilter{Month: m, BranchID: branch}
			if got, err := a.SumMonth(ctx, scope, f); err != nil || got != sums {
				a.t.Errorf("%s: the sums are %+v, counted %+v %v", said, got, sums, err)
			}
			page, err := a.MonthAccounts(ctx, scope, f)
			if err != nil || len(page.Rows) != len(want) {
				a.t.Errorf("%s: %d rows, counted %d %v", said, len(page.Rows), len(want), err)
			}
			entries, err := a.MonthEntries(ctx, page.Rows, m)
			if err != nil {
				a.t.Fatal(err)
			}
			for _, r := range page.Rows {
				if got := [4]int64{r.Opening, r.Charged, r.Paid, r.Closing}; got != want[r.CustomerID] || int64(len(entries[r.CustomerID])) != r.Entries {
					a.t.Errorf("%s: %s is %v with %d documents, counted %v", said, r.Name, got, len(entries[r.CustomerID]), want[r.CustomerID])
				}
			}
		}
	}
	for id, c := range all {
		list, err := a.Entries(ctx, db.Customer{ID: id})
		if err != nil {
			a.t.Fatal(err)
		}
		var entries []ledger.Entry
		for _, e := range list {
			if e.VoidedAt == 0 {
				entries = append(entries, ledger.Entry{Kind: e.Kind, Periods: e.Months(), Day: day.MustParse(e.Day), Charged: e.Charged, Paid: e.Paid})
			}
		}
		for _, m := range recountMonths {
			s := ledger.SheetOf(entries, m, func(int) day.Day { return 0 })
			if got := [4]int64{s.Opening, s.Charged, s.Paid, s.Closing}; got != c.months[m] {
				a.t.Errorf("%s: the sheet of %s is %v, counted %v", when, m, got, c.months[m])
			}
		}
	}
}

func TestAccountsEqualARecountByHandWhateverIsDone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		a := &accounts{World: w, t: t, boss: w.As(t, w.Admin)}
		r := rand.New(rand.NewPCG(7, 11)) //nolint:gosec // a test
		var clients, ids []int64
		for i := range 4 {
			id, err := w.CreateCustomer(ctx, a.boss, db.Submission{}, db.Customer{BranchID: []int64{w.West, w.East}[i%2], Name: fmt.Sprintf("第%d位客户有限公司", i), TermsDays: int64(20 * i), CreditLimit: []int64{0, 40, 90}[i%3],
				OwnerID: []int64{w.RepWest, 0, 0, w.RepWest}[i]})
			if err != nil {
				t.Fatal(err)
			}
			clients = append(clients, id)
		}
		done := map[string]int{}
		fill := func(e *db.AccountEntry) {
			e.Kind, e.Charged, e.Paid, e.Due = ledger.Kinds[r.IntN(4)], 0, 0, ""
			e.Day = fmt.Sprintf("2026-%02d-%02d", 5+r.IntN(6), 1+r.IntN(28))
			e.Periods = []string{"", "2026-06", "2026-07", "2026-08,2026-09"}[r.IntN(4)]
			switch n := int64(1 + r.IntN(60)); {
			case e.Kind == ledger.Statement:
				e.Charged = n
			case e.Kind == ledger.Payment:
				e.Paid = n
			case e.Kind == ledger.Refund, r.IntN(2) == 0:
				e.Paid = -n
			default:
				e.Charged = -n
			}
		}
		change := func(act string, id int64, how func(*db.Customer)) error {
			c, err := w.Customer(ctx, a.boss.Scope(policy.CustomerRead), id)
			if err != nil {
				return err
			}
			how(&c)
			return w.UpdateCustomer(ctx, a.boss, c)
		}
		for step := range 160 {
			client := clients[r.IntN(len(clients))]
			act, err := "", error(nil)
			switch n := r.IntN(21); {
			case n < 9 || len(ids) < 6:
				e := db.AccountEntry{CustomerID: client}
				fill(&e)
				var id int64
				if id, err = w.AddEntry(ctx, a.boss, db.Submission{}, e); err == nil {
					ids = append(ids, id)
				}
				act = "add"
			case n < 12:
				act, err = "void", w.VoidEntry(ctx, a.boss, ids[r.IntN(len(ids))], 0, "试")
			case n < 13:
				act, err = "let count again", w.RestoreEntry(ctx, a.boss, ids[r.IntN(len(ids))], 0)
			case n < 16:
				var e db.AccountEntry
				if e, _, err = w.Entry(ctx, a.boss.Scope(policy.AccountRead), ids[r.IntN(len(ids))]); err == nil {
					fill(&e)
					err = w.CorrectEntry(ctx, a.boss, e, "试")
				}
				act = "correct"
			case n < 17:
				act, err = "other terms", change("terms", client, func(c *db.Customer) { c.TermsDays = int64(r.IntN(90)) })
				if err == nil {
					_, err = w.RedateStatements(ctx, a.boss, client)
				}
			case n < 18:
				act, err = "move", change("move", client, func(c *db.Customer) { c.BranchID = w.West + w.East - c.BranchID })
			case n < 19:
				act, err = "another name", change("name", client, func(c *db.Customer) { c.Name = fmt.Sprintf("改名%d公司", r.IntN(1000)) })
			case n < 20:
				act, err = "into the bin", w.DeleteCustomer(ctx, a.boss, client, 0)
			default:
				act, err = "out of the bin", w.RestoreCustomer(ctx, a.boss, client)
			}
			switch {
			case err == nil:
				done[act]++
			case !errors.Is(err, db.ErrConflict) && !errors.Is(err, db.ErrNotFound): // void twice; a client in the bin
				t.Fatalf("step %d, %s: %v", step, act, err)
			}
			when := fmt.Sprintf("after step %d, %s", step, act)
			all := a.recount(when)
			if step%20 == 19 {
				for _, who := range []int64{w.Admin, w.BossWest, w.RepWest} {
					a.lists(when, w.As(t, who), all)
				}
				a.right(when)
			}
			if t.Failed() {
				t.FailNow()
			}
		}
		if len(done) != 9 {
			t.Errorf("not every act was done: %v", done)
		}
		for i, statement := range []string{`UPDATE branch_account_months SET closing_fen = closing_fen + 1`, `UPDATE branch_account_days SET left_fen = left_fen + 1`,
			`UPDATE account_sums SET name_key = 'x'`, `UPDATE account_months SET paid_fen = paid_fen + 1`, `UPDATE account_sums SET open_items = '2026-11-02:5'`} {
			if _, err := db.Writer(w.DB).Exec(statement); err != nil {
				t.Fatal(err)
			}
			if found, err := w.CheckAccounts(ctx); err != nil || len(found) != i+1 {
				t.Errorf("after %s: %v %v", statement, found, err)
			}
		}
	})
}
