package db_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/classify"
	"yike/policy/day"
	"yike/policy/waybill"
)

// named is a client with its labels as they are kept, and as its parcels say.
type named struct {
	id, branch int64
	kept       classify.Labels
	held       map[string]string
	classify.Client
}

// anew reads every client with nothing but its own row, its parcels and what
// was set by hand.
func anew(t *testing.T, w *dbtest.World, on day.Day) map[int64]*named {
	t.Helper()
	out := map[int64]*named{}
	each := func(query string, row func(scan func(...any) error) error) {
		t.Helper()
		rows, err := db.Writer(w.DB).Query(query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			if err := row(rows.Scan); err != nil {
				t.Fatal(err)
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	each(`SELECT id, branch_id, worth, rfm, tier, level, stage, marks, industry FROM customers WHERE deleted_at = 0`, func(scan func(...any) error) error {
		n := &named{held: map[string]string{}}
		err := scan(&n.id, &n.branch, &n.kept.Worth, &n.kept.RFM, &n.kept.Tier, &n.kept.Level, &n.kept.Stage, &n.kept.Marks, &n.Industry)
		out[n.id] = n
		return err
	})
	each(`SELECT customer_id, sent_day, state, pieces, freight_fen FROM waybills WHERE customer_id IS NOT NULL`, func(scan func(...any) error) error {
		var id, pieces, fen int64
		var sent, state string
		if err := scan(&id, &sent, &state, &pieces, &fen); err != nil {
			return err
		}
		n, at := out[id], day.MustParse(sent)
		if n == nil || at.MonthStart() > on {
			return nil
		}
		if !n.First.Valid() || at.MonthStart() < n.First {
			n.First = at.MonthStart()
		}
		if at <= on && state != waybill.Cancelled && pieces > 0 {
			n.Last = max(n.Last, at)
		}
		for back := range classify.Months {
			if at.MonthStart() == on.MonthStart().AddMonths(-1-back) {
				n.Freight[back] += fen
				n.Orders[back]++
			}
		}
		return nil
	})
	each(`SELECT customer_id, kind, value, until FROM label_holds`, func(scan func(...any) error) error {
		var id int64
		var kind, value, until string
		if err := scan(&id, &kind, &value, &until); err != nil {
			return err
		}
		if n := out[id]; n != nil && until > on.String() {
			n.held[kind] = value
		}
		return nil
	})
	for _, n := range out {
		if !n.Last.Valid() {
			n.First = day.None
		}
	}
	return out
}

// equalAnew holds the labels of every client against the rules over its
// parcels, one branch after the other; it returns how many clients it looked
// at.
func equalAnew(t *testing.T, w *dbtest.World, on day.Day, what string) (looked int) {
	t.Helper()
	all := anew(t, w, on)
	for _, branch := range []int64{w.West, w.East} {
		var list []*named
		shipped := false
		for _, id := range slices.Sorted(maps.Keys(all)) {
			if n := all[id]; n.branch == branch {
				list, shipped = append(list, n), shipped || n.Last.Valid()
			}
		}
		if !shipped {
			continue
		}
		r := classify.Default()
		f := r.Frame(classify.Cut(r, func(yield func(*classify.Client) bool) {
			for _, n := range list {
				if !yield(&n.Client) {
					return
				}
			}
		}), on)
		for _, n := range list {
			want := f.Label(&n.Client)
			if !n.Last.Valid() && n.kept.Stage != "" {
				want.Stage = n.kept.Stage
			}
			if stage, ok := n.held["stage"]; ok {
				want.Stage = stage
			}
			if looked++; n.kept != want {
				t.Errorf("%s, on %s: client %d is %+v, by its parcels %+v", what, on, n.id, n.kept, want)
			}
		}
	}
	return looked
}

// Whatever is written between two nights, and however often one is cut off: the
// labels are those of the rules over the parcels, and the figures that are kept
// for it those of the months.
func TestANightEqualsTheRulesOverAllParcels(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, system, region := context.Background(), policy.SystemActor("labels"), w.As(t, w.RegionZJ)
		r := rand.New(rand.NewPCG(3, 9))
		var clients []int64
		for i := range 12 {
			branch := w.West
			if i%3 == 0 {
				branch = w.East
			}
			id, err := w.CreateCustomer(ctx, region, db.Submission{}, db.Customer{BranchID: branch, Name: fmt.Sprintf("客户%d号公司", i), Industry: []string{"", "服饰", "五金"}[i%3]})
			if err != nil {
				t.Fatal(err)
			}
			clients = append(clients, id)
		}
		on, next, looked := db.OneDay(w.Clock.Now()), 0, 0
		var bills []int64
		record := func(number int) db.ImportRecord {
			return db.ImportRecord{Customer: clients[r.IntN(len(clients))], By: waybill.ByName, V: map[string]string{"waybill": fmt.Sprint(302620000000000 + number),
				"day": on.Add(-r.IntN(420)).String(), "freight": fmt.Sprint(r.IntN(900_000)), "status": pick(r, waybill.States()), "name": "客户", "pieces": pick(r, []string{"", "0", "1", "2"})}}
		}
		act := func() string {
			switch r.IntN(7) {
			case 0, 1:
				var rows []db.ImportRow
				for range 1 + r.IntN(40) {
					next++
					rows = append(rows, db.ImportRow{Verdict: "create", Record: record(next)})
				}
				id, err := bill(t, w, rows)
				if err != nil {
					t.Fatal(err)
				}
				bills = append(bills, id)
				return "a bill"
			case 2:
				if len(bills) == 0 {
					return "nothing"
				}
				i := r.IntN(len(bills))
				undoBill(t, w, bills[i])
				bills = slices.Delete(bills, i, i+1)
				return "an undo"
			case 3, 4:
				c, err := w.Customer(ctx, system.Scope(policy.CustomerRead), clients[r.IntN(len(clients))])
				if err != nil {
					return "nothing" // in the bin
				}
				if c.BranchID == w.West {
					c.BranchID = w.East
				} else {
					c.BranchID = w.West
				}
				if err := w.UpdateCustomer(ctx, region, c); err != nil {
					t.Fatal(err)
				}
				return "a move"
			case 5:
				c, err := w.Customer(ctx, system.Scope(policy.CustomerRead), clients[r.IntN(len(clients))])
				if err != nil {
					return "nothing"
				}
				c.Industry = pick(r, []string{"", "服饰", "五金"})
				c.Stage = pick(r, classify.Stages)
				if err := w.UpdateCustomer(ctx, region, c); err != nil {
					t.Fatal(err)
				}
				return "a stage by hand"
			}
			return "nothing"
		}
		for round := range 30 {
			what := fmt.Sprintf("round %d after ", round)
			for range r.IntN(4) {
				what += act() + ", "
			}
			if on = on.Add(1 + r.IntN(7)); round%4 == 3 {
				bills = nil // too old to be taken back, soon
			}
			w.Clock.Set(on.Time().Add(time.Hour))
			for _, branch := range []int64{w.West, w.East} {
				for r.IntN(3) == 0 { // cut off somewhere
					short, stop := context.WithTimeout(ctx, time.Duration(r.IntN(4000))*time.Microsecond)
					_, _ = w.LabelBranch(short, system, branch, on)
					stop()
				}
				if _, err := w.LabelBranch(ctx, system, branch, on); err != nil {
					t.Fatal(err)
				}
			}
			looked += equalAnew(t, w, on, what)
			if found, err := w.CheckWaybillSums(ctx); err != nil || len(found) > 0 {
				t.Fatalf("%s: %v %v", what, found, err)
			}
			if t.Failed() {
				return
			}
		}
		if looked < 200 {
			t.Errorf("only %d labels were compared", looked)
		}
		// The check can fail.
		if err := w.Raw(`UPDATE customer_figures SET branch_id = branch_id + 1 WHERE branch_id = (SELECT min(branch_id) FROM customer_figures)`); err != nil {
			t.Fatal(err)
		}
		if found, err := w.CheckWaybillSums(ctx); err != nil || len(found) != 1 {
			t.Errorf("figures in a strange branch are not found: %v %v", found, err)
		}
	})
}

// Two nodes that work on the same night, and bills that come in meanwhile: the
// night after it all is right.
func TestABillDuringANightCountsInTheNext(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, system, boss := context.Background(), policy.SystemActor("labels"), w.As(t, w.BossWest)
		var clients []int64
		for i := range 6 {
			id, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: fmt.Sprintf("客户%d号公司", i)})
			if err != nil {
				t.Fatal(err)
			}
			clients = append(clients, id)
		}
		on := db.OneDay(w.Clock.Now())
		w.Clock.Set(on.Add(20).Time().Add(time.Hour))
		var all sync.WaitGroup
		all.Go(func() {
			for k := range 12 {
				var rows []db.ImportRow
				for i, id := range clients {
					rows = append(rows, db.ImportRow{Verdict: "create", Record: db.ImportRecord{Customer: id, By: waybill.ByName, V: map[string]string{
						"waybill": fmt.Sprint(302630000000000 + k*100 + i), "day": on.Add(-7 * k).String(), "freight": fmt.Sprint((i + 1) * 100_000), "status": waybill.Signed, "name": "客户"}}})
				}
				if _, err := tryBill(w, boss, rows); err != nil {
					t.Error(err)
				}
			}
		})
		for range 2 {
			all.Go(func() {
				for k := range 15 {
					if _, err := w.LabelBranch(ctx, system, w.West, on.Add(k)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		last := on.Add(20)
		if _, err := w.LabelBranch(ctx, system, w.West, last); err != nil {
			t.Fatal(err)
		}
		if n := equalAnew(t, w, last, "after it all"); n < len(clients) {
			t.Errorf("%d clients were compared", n)
		}
		if found, err := w.CheckWaybillSums(ctx); err != nil || len(found) > 0 {
			t.Errorf("%v %v", found, err)
		}
	})
}
