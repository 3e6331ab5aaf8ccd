package db_test

import (
	"cmp"
	"context"
	"maps"
	"math/rand"
	"slices"
	"strconv"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/day"
	"yike/policy/waybill"
)

// livedCases puts some seventy cases of two branches into a world, with parcels,
// and works on some of them.
func livedCases(t *testing.T, w *dbtest.World) {
	t.Helper()
	ctx := context.Background()
	clients := []db.Customer{fileOf(t, w, "杭州松果用品", w.RepWest), fileOf(t, w, "城西海棠食品", w.RepWest2)}
	e, err := w.CreateCustomer(ctx, w.As(t, w.BossEast), db.Submission{}, db.Customer{BranchID: w.East, Name: "城东银杏服饰", Phones: []string{"13777770001"}})
	if err != nil {
		t.Fatal(err)
	}
	east, err := w.Customer(ctx, w.As(t, w.BossEast).Scope(policy.CustomerRead), e)
	if err != nil {
		t.Fatal(err)
	}
	clients = append(clients, east)
	numbers := []string{"302610000000101", "302610000000102", "302610000000103"}
	var parcels []db.Waybill
	for i, n := range numbers[:2] {
		parcels = append(parcels, db.Waybill{Number: n, BranchID: w.West, CustomerID: clients[0].ID, SentDay: "2026-11-05", SentAt: 1, Pieces: 40, State: waybill.Signed,
			Province: []string{"420000", ""}[i], Product: []string{waybill.Standard, waybill.Express}[i]})
	}
	if _, err := w.LoadWaybills(ctx, systemActor, slices.Values(parcels), nil); err != nil {
		t.Fatal(err)
	}
	dice, start := rand.New(rand.NewSource(3)), w.Clock.Now()
	for i := range 70 {
		w.Clock.Set(start.Add(-time.Duration(dice.Intn(80*24*60)) * time.Minute))
		c := clients[dice.Intn(3)]
		by := w.As(t, map[int64]int64{w.West: w.ClerkWest, w.East: w.ClerkEast}[c.BranchID])
		in := told(c.ID, "慢")
		in.Kind, in.CauseID, in.Severity = casework.Kinds[dice.Intn(3)], []int64{0, 1, 11, 13, 21, 51}[dice.Intn(6)], casework.Severities[dice.Intn(3)]
		in.Channel = casework.Channels[dice.Intn(6)]
		if dice.Intn(9) == 0 {
			in.CustomerID = 0
		}
		for _, n := range numbers {
			if dice.Intn(4) == 0 {
				in.Waybills = append(in.Waybills, n)
			}
		}
		id, err := w.OpenCase(ctx, by, db.Submission{}, in)
		if err != nil {
			t.Fatal(err)
		}
		workOn(t, w, by.UserID, id, i, dice)
	}
	w.Clock.Set(start)
}

// workOn answers, tells, closes, reopens, pauses or merges some of them.
func workOn(t *testing.T, w *dbtest.World, clerk, id int64, i int, dice *rand.Rand) {
	t.Helper()
	ctx, by := context.Background(), w.As(t, clerk)
	later := func() { w.Clock.Set(w.Clock.Now().Add(time.Duration(dice.Intn(600)) * time.Minute)) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	x, err := w.Case(ctx, by, id)
	must(err)
	if later(); i%2 == 0 && x.AnsweredAt == 0 {
		must(w.AnswerCase(ctx, by, db.CaseRef{ID: id}, db.CaseAnswer{How: "phone"}))
	}
	if later(); i%3 != 0 {
		_, err := w.TellCase(ctx, by, db.CaseRef{ID: id}, db.CaseTold{How: "phone", Result: "派到了", Satisfied: casework.Satisfied, Close: true})
		must(err)
		if x, err = w.Case(ctx, by, id); x.Step == casework.Closed && i%4 == 0 {
			later()
			must(w.ReopenCase(ctx, by, db.CaseRef{ID: id}, "又来电"))
		}
		must(err)
	}
}

// allCases are the rows of a list as figures count them, whatever its pages.
func allCases(t *testing.T, w *dbtest.World, who policy.Actor, f db.CaseFilter) []db.CaseRow {
	t.Helper()
	f.Limit = 500
	list, err := w.Cases(context.Background(), who, f)
	if err != nil || !list.Last {
		t.Fatal(err)
	}
	return list.Rows
}

func TestEachFigureOfCasesCountsTheListBehindIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		livedCases(t, w)
		first := db.OneDay(w.Clock.Now()).MonthStart().AddMonths(-3)
		for name, who := range map[string]int64{"the branch": w.BossWest, "another branch": w.BossEast, "head office": w.AuditorHead, "a rep": w.RepWest, "a courier": w.CourierWest} {
			for _, kind := range []string{"", casework.Complaint} {
				actor := w.As(t, who)
				f := db.CaseFilter{Show: db.CasesAll, Kind: kind, From: first.Start(db.Zone).UnixMilli(), Counted: db.Counted{On: true}}
				tally, err := w.CaseFigures(ctx, actor, f, true)
				if err != nil {
					t.Fatal(err)
				}
				rows := allCases(t, w, actor, f)
				if int(tally.All.N) != len(rows) || (len(rows) == 0) != (who == w.CourierWest) {
					t.Fatalf("%s: %d counted, %d listed", name, tally.All.N, len(rows))
				}
				behind := func(what string, n int64, narrow func(*db.CaseFilter)) {
					t.Helper()
					f := f
					narrow(&f)
					if listed, err := w.CountCases(ctx, actor, f, 1000); err != nil || int64(listed) != n {
						t.Errorf("%s, %q: %s is %d, and %d are listed; %v", name, kind, what, n, listed, err)
					}
				}
				eachFigure(tally, behind)
				none, err := w.CasesWithoutParcel(ctx, actor, f)
				if err != nil {
					t.Fatal(err)
				}
				behind("no parcel", none, func(f *db.CaseFilter) { f.Counted.NoParcel = true })
				for _, what := range []string{db.CasesByProvince, db.CasesByProduct} {
					list, err := w.CaseParcelFigures(ctx, actor, f, what)
					if err != nil {
						t.Fatal(err)
					}
					for _, x := range list {
						if x.Key == "" {
							x.Key = db.AnyUnknown
						}
						behind(what+" "+x.Key, x.N, func(f *db.CaseFilter) {
							if f.Counted.Province = x.Key; what == db.CasesByProduct {
								f.Counted.Province, f.Counted.Product = "", x.Key
							}
						})
					}
				}
				recounted(t, name, rows, tally)
			}
		}
	})
}

// eachFigure hands over each number of a tally with its way into the list.
func eachFigure(tally *casework.Tally, behind func(string, int64, func(*db.CaseFilter))) {
	promises := func(what string, s *casework.Sum, narrow func(*db.CaseFilter)) {
		for word, n := range map[string]int64{"": s.N, "answer_kept": s.Answer.Kept, "answer_late": s.Answer.Late, "solve_kept": s.Solve.Kept, "solve_late": s.Solve.Late} {
			behind(what+" "+word, n, func(f *db.CaseFilter) {
				narrow(f)
				f.Counted.Promise = word
			})
		}
		behind(what+" reopened", s.Reopened, func(f *db.CaseFilter) { narrow(f); f.Counted.Reopened = true })
		behind(what+" closed", s.N-s.Open, func(f *db.CaseFilter) { narrow(f); f.Show = db.CasesClosed })
	}
	promises("all", &tally.All, func(*db.CaseFilter) {})
	for id, s := range tally.Tops {
		promises("a cause", s, func(f *db.CaseFilter) { f.CauseID, f.Counted.NoCause = id, id == 0 })
	}
	for id, s := range tally.Users {
		promises("a handler", s, func(f *db.CaseFilter) { f.UserID, f.Unassigned = id, id == 0 })
	}
	for id, s := range tally.Branches {
		promises("a branch", s, func(f *db.CaseFilter) { f.Counted.At = id })
	}
	for id, s := range tally.Customers {
		promises("a client", s, func(f *db.CaseFilter) { f.CustomerID, f.Counted.NoClient = id, id == 0 })
	}
	for word, s := range tally.Channels {
		promises("a channel", s, func(f *db.CaseFilter) { f.Channel = word })
	}
	for i := range tally.Weekdays {
		promises("a weekday", &tally.Weekdays[i], func(f *db.CaseFilter) { f.Counted.Weekday = i + 1 })
	}
	for m, s := range tally.Months {
		promises("a month", s, func(f *db.CaseFilter) {
			f.From, f.To = max(f.From, m.Start(db.Zone).UnixMilli()), m.AddMonths(1).Start(db.Zone).UnixMilli()
		})
	}
	for at, n := range tally.Complaints {
		behind("complaints of a branch and month", n, func(f *db.CaseFilter) {
			f.Kind, f.Counted.At, f.From, f.To = casework.Complaint, at.BranchID, max(f.From, at.Month.Start(db.Zone).UnixMilli()), at.Month.AddMonths(1).Start(db.Zone).UnixMilli()
		})
	}
}

// recounted holds a tally by the clock on the wall against its rows.
func recounted(t *testing.T, name string, rows []db.CaseRow, tally *casework.Tally) {
	t.Helper()
	var answers, solutions []int64
	causes, days := map[int64]int64{}, map[day.Day]int64{}
	for _, r := range rows {
		if r.MergedID != 0 {
			t.Errorf("%s: %s went into another", name, r.Code)
		}
		if r.AnsweredAt != 0 {
			answers = append(answers, r.AnsweredAt-r.OpenedAt)
		}
		if r.SolvedAt != 0 {
			solutions = append(solutions, r.SolvedAt-r.OpenedAt)
		}
		causes[r.CauseID]++
		days[db.OneDay(time.UnixMilli(r.OpenedAt)).MonthStart()]++
	}
	for what, x := range map[string]struct {
		took *casework.Took
		list []int64
	}{"answers": {&tally.All.Answer, answers}, "solutions": {&tally.All.Solve, solutions}} {
		slices.Sort(x.list)
		for _, p := range []int{50, 90} {
			got, ok := x.took.Percentile(p)
			want := int64(0)
			if len(x.list) > 0 { // the smallest that so many do not exceed
				want = x.list[len(x.list)-1]
				for i := len(x.list) - 1; i >= 0; i-- {
					if (i+1)*100 >= p*len(x.list) {
						want = x.list[i]
					}
				}
			}
			if got != want || ok != (len(x.list) > 0) {
				t.Errorf("%s: the %dth of %s is %d, counted %d", name, p, what, got, want)
			}
		}
	}
	for id, n := range causes {
		if tally.Causes[id].N != n {
			t.Errorf("%s: cause %d has %d, counted %d", name, id, tally.Causes[id].N, n)
		}
	}
	for m, n := range days {
		if tally.Months[m].N != n {
			t.Errorf("%s: %s has %d, counted %d", name, m, tally.Months[m].N, n)
		}
	}
}

func TestFiguresOfCasesLeaveOutWhatIsOneMatterWithAnotherAndWhatIsInTheBin(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		gone := fileOf(t, w, "城西海棠食品", w.RepWest)
		var ids []int64
		for _, who := range []int64{c.ID, c.ID, c.ID, gone.ID} {
			id, err := w.OpenCase(ctx, boss, db.Submission{}, told(who, "慢"))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		n := func() int64 {
			t.Helper()
			tally, err := w.CaseFigures(ctx, boss, db.CaseFilter{Show: db.CasesAll}, false)
			if err != nil {
				t.Fatal(err)
			}
			return tally.All.N
		}
		if n() != 4 {
			t.Fatalf("%d cases, want 4", n())
		}
		if err := w.MergeCase(ctx, boss, db.CaseRef{ID: ids[0]}, ids[1], "同一件"); err != nil || n() != 3 {
			t.Errorf("one went into another: %d, %v", n(), err)
		}
		if err := w.DeleteCase(ctx, boss, ids[2], 1); err != nil || n() != 2 {
			t.Errorf("one in the bin: %d, %v", n(), err)
		}
		if err := w.DeleteCustomer(ctx, boss, gone.ID, gone.Version); err != nil || n() != 1 {
			t.Errorf("one whose client is in the bin: %d, %v", n(), err)
		}
	})
}

func TestHowLongACaseTookIsInTheHoursOfItsBranchOrByTheClock(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk := context.Background(), w.As(t, w.ClerkWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		w.Clock.Set(time.Date(2026, 11, 20, 17, 30, 0, 0, db.Zone)) // a Friday
		id, err := w.OpenCase(ctx, clerk, db.Submission{}, told(c.ID, "慢"))
		if err != nil {
			t.Fatal(err)
		}
		w.Clock.Set(time.Date(2026, 11, 23, 9, 0, 0, 0, db.Zone))
		if err := w.AnswerCase(ctx, clerk, db.CaseRef{ID: id}, db.CaseAnswer{How: "phone"}); err != nil {
			t.Fatal(err)
		}
		hours, _, err := w.OpeningHours(ctx, w.West, "2026-11-20")
		if err != nil {
			t.Fatal(err)
		}
		open := int64(0) // the minutes of the week's days that lie between, each looked at
		for at := time.Date(2026, 11, 20, 17, 30, 0, 0, db.Zone); at.Before(w.Clock.Now()); at = at.Add(time.Minute) {
			for _, s := range hours.Week[at.Weekday()] {
				if m := at.Hour()*60 + at.Minute(); m >= s.From && m < s.To {
					open++
				}
			}
		}
		for wall, want := range map[bool]int64{false: open * 60_000, true: (2*24*60 + 15*60 + 30) * 60_000} {
			tally, err := w.CaseFigures(ctx, clerk, db.CaseFilter{Show: db.CasesAll}, wall)
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := tally.All.Answer.Percentile(50); got != want || got == 0 {
				t.Errorf("by the clock %v: %d, want %d", wall, got, want)
			}
		}
	})
}

func TestTheCostOfCasesIsThatOfTheirClaims(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		var ids, claims []int64
		for i := range 3 {
			id, err := w.OpenCase(ctx, boss, db.Submission{}, told(c.ID, "破了"))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
			if i == 2 {
				continue
			}
			claim, err := w.AskClaim(ctx, w.As(t, w.ClerkWest), db.Submission{}, db.Claim{CaseID: id, Asked: 90_000, Note: "一箱"})
			if err != nil {
				t.Fatal(err)
			}
			claims = append(claims, claim)
		}
		f := db.CaseFilter{Show: db.CasesAll}
		cost, err := w.CaseCosts(ctx, boss, f)
		if err != nil || cost.Asked != 180_000 || cost.Paid != 0 || cost.Cases != 0 {
			t.Errorf("asked for: %+v, %v", cost, err)
		}
		if cost, err := w.CaseCosts(ctx, w.As(t, w.BossEast), f); err != nil || cost.Asked != 0 {
			t.Errorf("another branch: %+v, %v", cost, err)
		}
		// One is paid, and its case goes into another.
		paid, into := claims[0], ids[2]
		if err := w.ProposeClaim(ctx, w.As(t, w.ClerkWest), db.CaseRef{ID: paid, Version: 1}, 100_00, []casework.Share{{Bearer: casework.BearerBranch, Amount: 60_00}, {Bearer: casework.BearerCarrier, Amount: 40_00}}, ""); err != nil {
			t.Fatal(err)
		}
		if err := w.PayClaim(ctx, w.As(t, w.ClerkWest), db.CaseRef{ID: paid, Version: 2}, 90_00, db.Day(w.Now()), "transfer"); err != nil {
			t.Fatal(err)
		}
		if err := w.MergeCase(ctx, boss, refOf(readCase(t, w, ids[0])), into, "同一件"); err != nil {
			t.Fatal(err)
		}
		cost, err = w.CaseCosts(ctx, boss, f)
		if err != nil || cost.Cases != 1 || cost.Claims != 1 || cost.Agreed != 100_00 || cost.Paid != 90_00 || cost.Borne[casework.BearerBranch] != 60_00 || cost.Borne[casework.BearerCarrier] != 40_00 {
			t.Errorf("paid: %+v, %v", cost, err)
		}
		paidFor := f
		paidFor.Counted = db.Counted{On: true, Paid: true}
		if n, err := w.CountCases(ctx, boss, paidFor, 10); err != nil || int64(n) != cost.Cases {
			t.Errorf("%d cases for which something was paid, %v", n, err)
		}
		sums, err := w.SumClaims(ctx, boss.Scope(policy.ClaimRead), db.ClaimFilter{})
		if err != nil || sums.Asked != cost.Asked || sums.Agreed != cost.Agreed || sums.Paid != cost.Paid {
			t.Errorf("the claims: %+v, %v", sums, err)
		}
	})
}

func TestParcelsOfARateAreThoseOfTheMonthsThatTheActorSees(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		livedCases(t, w)
		november := day.MustParse("2026-11-01")
		for name, x := range map[string]struct {
			who, branch int64
			want        int64
		}{"the branch": {w.BossWest, 0, 80}, "head office": {w.AuditorHead, 0, 80}, "head office, of another branch": {w.AuditorHead, w.East, 0}, "another branch": {w.BossEast, 0, 0}, "a rep sees single clients": {w.RepWest, 0, 0}} {
			actor := w.As(t, x.who)
			got, err := w.ShippedMonths(ctx, actor, x.branch, november, november)
			if err != nil || got[casework.BranchMonth{BranchID: w.West, Month: november}] != x.want {
				t.Errorf("%s: %v, %v", name, got, err)
			}
			products, err := w.ShippedBy(ctx, actor, x.branch, november, november, db.CasesByProduct)
			if err != nil || products[waybill.Standard] != x.want/2 {
				t.Errorf("%s, by product: %v, %v", name, products, err)
			}
		}
		if got, err := w.ShippedMonths(ctx, w.As(t, w.BossWest), 0, november.AddMonths(-2), november.AddMonths(-1)); err != nil || len(got) != 0 {
			t.Errorf("months before: %v, %v", got, err)
		}
	})
}

// Why clients take cases further is counted, and each reason opens its list
// (R169).
func TestWhyClientsTakeCasesFurtherIsCounted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, clerk := context.Background(), w.As(t, w.BossWest), w.As(t, w.ClerkWest)
		for i, why := range []string{"slow", "", "amount", "slow", ""} {
			id, err := w.OpenCase(ctx, clerk, db.Submission{}, db.NewCase{Case: db.Case{Kind: casework.Complaint, Channel: casework.Phone, Severity: casework.Minor, Said: "还没到", Caller: "第" + strconv.Itoa(i)}})
			if err == nil && why != "" {
				err = w.EscalateCase(ctx, clerk, db.CaseRef{ID: id}, why, "说了三次")
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		all := db.CaseFilter{Show: db.CasesAll, Counted: db.Counted{On: true}}
		got, err := w.CaseFurther(ctx, boss, all)
		if err != nil || !maps.Equal(got, map[string]int64{"slow": 2, "amount": 1}) {
			t.Errorf("%v, %v", got, err)
		}
		for why, want := range map[string]int{"slow": 2, "amount": 1, "attitude": 0, db.AnyReason: 3, "": 5} {
			f := all
			f.Counted.Further = why
			if n, err := w.CountCases(ctx, boss, f, 100); err != nil || n != want {
				t.Errorf("%q: %d listed, want %d, %v", why, n, want, err)
			}
		}
		if got, err := w.CaseFurther(ctx, w.As(t, w.BossEast), all); err != nil || len(got) != 0 {
			t.Errorf("another branch: %v, %v", got, err)
		}
	})
}

// TestRoutesOfCasesEqualAHandCount: each way has as many cases as the rows and
// their parcels have, counted one by one, and opens a list of as many.
func TestRoutesOfCasesEqualAHandCount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		livedCases(t, w)
		ctx := context.Background()
		if _, err := w.LoadWaybills(ctx, systemActor, slices.Values([]db.Waybill{{Number: "302610000000103", BranchID: w.East, SentDay: "2026-11-06", SentAt: 1, Pieces: 7, State: waybill.Moving, Province: "420000"}}), nil); err != nil {
			t.Fatal(err)
		}
		way := map[string]db.CaseRoute{"302610000000101": {BranchID: w.West, Province: "420000"}, "302610000000102": {BranchID: w.West}, "302610000000103": {BranchID: w.East, Province: "420000"}}
		for name, who := range map[string]int64{"head office": w.Chief, "a manager": w.BossWest, "a rep": w.RepWest} {
			actor := w.As(t, who)
			f := db.CaseFilter{Show: db.CasesAll, Kind: casework.Complaint, Counted: db.Counted{On: true}}
			for _, from := range []int64{0, w.West} {
				want, none := map[db.CaseRoute]int64{}, int64(0)
				for _, c := range allCases(t, w, actor, f) {
					rows, err := db.Writer(w.DB).Query(`SELECT number FROM case_waybills WHERE case_id = $1`, c.ID)
					if err != nil {
						t.Fatal(err)
					}
					known, seen := false, map[db.CaseRoute]bool{}
					for rows.Next() {
						var n string
						if err := rows.Scan(&n); err != nil {
							t.Fatal(err)
						}
						if r, ok := way[n]; ok {
							if known = true; !seen[r] && (from == 0 || r.BranchID == from) {
								seen[r] = true
								want[r]++
							}
						}
					}
					if err := rows.Close(); err != nil {
						t.Fatal(err)
					}
					if !known && (from == 0 || c.BranchID == from) {
						none++
					}
				}
				got, without, err := w.CaseRoutes(ctx, actor, from, f)
				if err != nil || !maps.Equal(got, want) || without != none || len(want) == 0 {
					t.Errorf("%s from %d: %v and %d, want %v and %d (%v)", name, from, got, without, want, none, err)
				}
				for r, n := range got {
					of := f
					of.Counted.From, of.Counted.Province = r.BranchID, cmp.Or(r.Province, db.AnyUnknown)
					if list := allCases(t, w, actor, of); int64(len(list)) != n {
						t.Errorf("%s: %v opens %d, counts %d", name, r, len(list), n)
					}
				}
			}
			sent, err := w.ShippedRoutes(ctx, actor, 0, day.MustParse("2026-11-01"), day.MustParse("2026-11-01"))
			if err != nil {
				t.Fatal(err)
			}
			parcels := map[string]map[db.CaseRoute]int64{
				"head office": {{BranchID: w.West, Province: "420000"}: 40, {BranchID: w.West}: 40, {BranchID: w.East, Province: "420000"}: 7},
				"a manager":   {{BranchID: w.West, Province: "420000"}: 40, {BranchID: w.West}: 40}, "a rep": {},
			}[name]
			if !maps.Equal(sent, parcels) {
				t.Errorf("%s: %v parcels, want %v", name, sent, parcels)
			}
		}
	})
}
