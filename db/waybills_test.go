package db_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/waybill"
)

// bill stages rows of an import of waybills as judged and takes them.
func bill(t *testing.T, w *dbtest.World, rows []db.ImportRow) (id int64, err error) {
	t.Helper()
	return tryBill(w, w.As(t, w.BossWest), rows)
}

func tryBill(w *dbtest.World, boss policy.Actor, rows []db.ImportRow) (id int64, err error) {
	ctx := context.Background()
	id, err = w.CreateImport(ctx, boss, db.Submission{}, db.NewImport{Kind: db.ImportWaybills, FileName: "账单.csv", FileHash: "x", Branch: w.West})
	if err != nil {
		return 0, err
	}
	n := map[string]int64{}
	for i := range rows {
		rows[i].N, rows[i].Row = int64(i+1), i+2
		n[rows[i].Verdict]++
	}
	if err := errors.Join(w.StageRows(ctx, id, rows), w.EndJudging(ctx, id, "judging", "judged", db.ImportFound{}, n["create"], n["update"], 0, 0)); err != nil {
		return 0, err
	}
	m, err := w.Import(ctx, boss.Scope(policy.ImportRun), id)
	if err == nil {
		err = w.StartApply(ctx, boss, id, m.Version)
	}
	if err != nil {
		return 0, err
	}
	return id, w.ApplyImport(ctx, boss, id)
}

func undoBill(t *testing.T, w *dbtest.World, id int64) db.ImportUndo {
	t.Helper()
	ctx, boss := context.Background(), w.As(t, w.BossWest)
	m, err := w.Import(ctx, boss.Scope(policy.ImportRun), id)
	if err == nil {
		err = w.StartUndo(ctx, boss, id, m.Version)
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := w.UndoImport(ctx, boss, id)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func pick(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }

// Whatever is written, corrected, attached, moved and taken back: the sums are
// those of the rows.
func TestTheSumsOfWaybillsAlwaysEqualARecount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, system := context.Background(), w.As(t, w.BossWest), policy.SystemActor("test")
		r := rand.New(rand.NewPCG(7, 11))
		var clients []int64
		for i := range 4 {
			id, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: fmt.Sprintf("客户%d号公司", i)})
			if err != nil {
				t.Fatal(err)
			}
			clients = append(clients, id)
		}
		record := func(number string) db.ImportRecord {
			state := pick(r, waybill.States())
			rec := db.ImportRecord{V: map[string]string{"waybill": number, "day": time.Date(2026, time.Month(1+r.IntN(11)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC).Format(time.DateOnly),
				"freight": fmt.Sprint(r.IntN(5000)), "weight": fmt.Sprint(r.IntN(9000)), "pieces": fmt.Sprint(1 + r.IntN(3)), "status": state, "product": pick(r, waybill.Products()),
				"payment": pick(r, waybill.Payments()), "province": pick(r, []string{"", "330000", "440000"}), "city": pick(r, []string{"", "330100"}), "name": pick(r, []string{"新客一", "新客二", "新客三"})}}
			if r.IntN(2) == 0 {
				rec.V["day"] += fmt.Sprintf(" %02d:30:00", r.IntN(24))
			}
			if r.IntN(3) > 0 {
				rec.Customer, rec.By = clients[r.IntN(len(clients))], waybill.ByName
			}
			return rec
		}
		next, bills := 0, []int64{}
		for round := range 24 {
			what := ""
			switch r.IntN(6) {
			case 0, 1:
				what = "a bill"
				var rows []db.ImportRow
				for range 1 + r.IntN(30) {
					next++
					rows = append(rows, db.ImportRow{Verdict: "create", Record: record(fmt.Sprint(302610000000000 + next))})
				}
				id, err := bill(t, w, rows)
				if err != nil {
					t.Fatal(err)
				}
				bills = append(bills, id)
			case 2:
				what = "corrections"
				p, err := w.Waybills(ctx, system.Scope(policy.WaybillRead), db.WaybillFilter{Limit: 20})
				if err != nil {
					t.Fatal(err)
				}
				var rows []db.ImportRow
				for _, x := range p.Rows {
					if x.BranchID == w.West && r.IntN(2) == 0 {
						rec := record(x.Number)
						rec.Version = x.Version
						rows = append(rows, db.ImportRow{Verdict: "update", Target: x.ID, Record: rec})
					}
				}
				if len(rows) == 0 {
					continue
				}
				id, err := bill(t, w, rows)
				if err != nil {
					t.Fatal(err)
				}
				bills = append(bills, id)
			case 3:
				if len(bills) == 0 {
					continue
				}
				what = "an undo"
				i := r.IntN(len(bills))
				undoBill(t, w, bills[i])
				bills = append(bills[:i], bills[i+1:]...)
			case 4:
				list, _, err := w.WaybillSenders(ctx, boss.Scope(policy.WaybillEdit), 10)
				if err != nil {
					t.Fatal(err)
				}
				if len(list) == 0 {
					continue
				}
				what = "a sender attached"
				s := list[r.IntN(len(list))]
				n, err := w.AttachSender(ctx, boss, s.ID, s.Version, clients[0])
				if err != nil || n == 0 {
					t.Fatalf("%d bound, %v", n, err)
				}
				if r.IntN(2) == 0 {
					what = "a sender attached and not"
					if err := w.DetachSender(ctx, boss, s.ID); err != nil {
						t.Fatal(err)
					}
				}
			case 5:
				what = "a client moved"
				c, err := w.Customer(ctx, system.Scope(policy.CustomerRead), clients[3])
				if err != nil {
					t.Fatal(err)
				}
				if c.BranchID = w.East; r.IntN(2) == 0 {
					c.BranchID = w.West
				}
				if err := w.UpdateCustomer(ctx, w.As(t, w.RegionZJ), c); err != nil {
					t.Fatal(err)
				}
			}
			if found, err := w.CheckWaybillSums(ctx); err != nil || len(found) > 0 {
				t.Fatalf("round %d, after %s: %v %v", round, what, found, err)
			}
		}
		// What stood before habits were kept is filled by the migration.
		kept := habitsOf(t, w)
		if len(kept) == 0 {
			t.Error("no habits are kept")
		}
		for _, statement := range append([]string{`UPDATE customer_months SET habits = ''`}, fillsHabits(t, w)...) {
			if _, err := db.Writer(w.DB).Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		if found, err := w.CheckWaybillSums(ctx); err != nil || len(found) > 0 {
			t.Errorf("habits as the migration fills them: %v %v", found, err)
		}
		// The check can fail.
		if _, err := db.Writer(w.DB).Exec(`UPDATE customer_months SET habits = '1:1|||' || habits`); err != nil {
			t.Fatal(err)
		}
		if found, err := w.CheckWaybillSums(ctx); err != nil || len(found) != 1 || !strings.HasPrefix(found[0], "habits") {
			t.Errorf("wrong habits are not found: %v %v", found, err)
		}
		if _, err := db.Writer(w.DB).Exec(`UPDATE waybill_sums SET freight_fen = freight_fen + 1 WHERE dim = ''`); err != nil {
			t.Fatal(err)
		}
		if found, err := w.CheckWaybillSums(ctx); err != nil || len(found) == 0 {
			t.Errorf("wrong sums are not found: %v %v", found, err)
		}
	})
}

// habitsOf are the habits that are kept.
func habitsOf(t *testing.T, w *dbtest.World) (list []string) {
	t.Helper()
	rows, err := db.Writer(w.DB).Query(`SELECT habits FROM customer_months WHERE habits <> ''`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		list = append(list, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// fillsHabits are the statements by which the migration fills the habits.
func fillsHabits(t *testing.T, w *dbtest.World) (list []string) {
	t.Helper()
	engine := "sqlite"
	if w.Postgres() {
		engine = "postgres"
	}
	text, err := os.ReadFile("migrations/" + engine + "/0024_radar.sql")
	if err != nil {
		t.Fatal(err)
	}
	for statement := range strings.SplitSeq(string(text), ";\n") {
		if strings.HasPrefix(statement, "UPDATE customer_months") {
			list = append(list, statement)
		}
	}
	if len(list) != 2 {
		t.Fatalf("%d statements fill habits", len(list))
	}
	return list
}

func TestANumberThatAnotherBillBroughtMeanwhileMakesTheJudgementStale(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		row := func() []db.ImportRow {
			return []db.ImportRow{{Verdict: "create", Record: db.ImportRecord{V: map[string]string{"waybill": "302610000000001", "day": "2026-10-01", "name": "新客"}}}}
		}
		if _, err := bill(t, w, row()); err != nil {
			t.Fatal(err)
		}
		if _, err := bill(t, w, row()); !errors.Is(err, db.ErrImportStale) {
			t.Errorf("the same number again: %v", err)
		}
		if found, err := w.CheckWaybillSums(context.Background()); err != nil || len(found) > 0 {
			t.Errorf("the sums: %v %v", found, err)
		}
	})
}

func TestWhoSeesWhichWaybills(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		own, err := w.CreateCustomer(ctx, w.As(t, w.BossWest), db.Submission{}, db.Customer{BranchID: w.West, Name: "沈的客户", OwnerID: w.RepWest})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bill(t, w, []db.ImportRow{
			{Verdict: "create", Record: db.ImportRecord{V: map[string]string{"waybill": "302610000000001", "day": "2026-10-01", "name": "沈的客户"}, Customer: own, By: "name"}},
			{Verdict: "create", Record: db.ImportRecord{V: map[string]string{"waybill": "302610000000002", "day": "2026-10-02", "name": "谁"}}},
		}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			who  string
			user int64
			want int
		}{{"the manager", w.BossWest, 2}, {"the owner of one", w.RepWest, 1}, {"another rep", w.RepWest2, 0}, {"another branch", w.BossEast, 0}, {"the region", w.RegionZJ, 2}, {"a courier", w.CourierWest, 0}} {
			p, err := w.Waybills(ctx, w.As(t, c.user).Scope(policy.WaybillRead), db.WaybillFilter{})
			if err != nil || len(p.Rows) != c.want {
				t.Errorf("%s sees %d, want %d (%v)", c.who, len(p.Rows), c.want, err)
			}
			for _, x := range p.Rows {
				if _, err := w.Waybill(ctx, w.As(t, w.BossEast).Scope(policy.WaybillRead), x.ID); !errors.Is(err, db.ErrNotFound) {
					t.Errorf("%s is readable from another branch: %v", x.Number, err)
				}
			}
		}
	})
}

// What is exported must be seen by the right to read and by the right to take
// away.
func TestAnExportIsBothReadAndTakenAway(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		var own int64
		for i, owner := range []int64{w.RepWest, 0} {
			id, err := w.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: fmt.Sprintf("客户%d号公司", i), OwnerID: owner})
			if err != nil {
				t.Fatal(err)
			}
			if owner != 0 {
				own = id
			}
			if _, err := db.Writer(w.DB).Exec(`INSERT INTO waybills (id, number, branch_id, customer_id, sent_day, sent_at, created_at, updated_at) VALUES ($1, $2, $3, $4, '2026-11-19', 0, 0, 0)`,
				i+5, fmt.Sprintf("30261000000002%d", i), w.West, id); err != nil {
				t.Fatal(err)
			}
			if _, err := w.LogVisit(ctx, boss, db.Submission{}, db.Visit{CustomerID: id, UserID: w.BossWest, State: "done", Day: "2026-11-19", Minute: -1, Mode: "phone", Learned: "好"}); err != nil {
				t.Fatal(err)
			}
		}
		all, rep, nobody := boss.Scope(policy.WaybillRead), w.As(t, w.RepWest).Scope(policy.WaybillRead), policy.Scope{}
		for name, also := range map[string]*policy.Scope{"everything that is read": nil, "the same": &all, "one's own": &rep, "nothing": &nobody} {
			want := map[string]int{"everything that is read": 2, "the same": 2, "one's own": 1, "nothing": 0}[name]
			p, err := w.Waybills(ctx, all, db.WaybillFilter{Also: also})
			if err != nil || len(p.Rows) != want || want == 1 && p.Rows[0].CustomerID != own {
				t.Errorf("parcels, %s: %+v, %v", name, p.Rows, err)
			}
			v, err := w.Visits(ctx, boss.Scope(policy.VisitRead), db.VisitFilter{Also: also})
			if err != nil || len(v.Rows) != want || want == 1 && v.Rows[0].CustomerID != own {
				t.Errorf("visits, %s: %+v, %v", name, v.Rows, err)
			}
		}
	})
}
