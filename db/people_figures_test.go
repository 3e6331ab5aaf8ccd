package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/people"
	"yike/policy/rating"
	"yike/policy/waybill"
)

// workedMonths puts into livedCases' world what else people are counted by, at
// both edges of October and November.
func workedMonths(t *testing.T, w *dbtest.World) {
	t.Helper()
	livedCases(t, w)
	ctx, system := context.Background(), policy.SystemActor("test")
	do := func(query string, args ...any) {
		t.Helper()
		if _, err := db.Writer(w.DB).Exec(query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	client := fileOf(t, w, "城西桂花园艺", w.RepWest)
	var parcels []db.Waybill
	for i, on := range []string{"2026-10-01", "2026-10-31", "2026-11-01", "2026-11-20", "2026-12-01", "2026-09-30"} {
		for j, picker := range []string{"吴快递", "吴快递", "别人", ""} {
			p := db.Waybill{Number: fmt.Sprintf("3026200%08d", i*10+j), BranchID: w.West, CustomerID: client.ID, BoundBy: "name", SentDay: on, SentAt: 1, Pieces: 1, Picker: picker, State: []string{waybill.Signed, waybill.Moving, waybill.Signed, waybill.Cancelled}[j]}
			if j == 3 {
				p.BranchID, p.CustomerID, p.BoundBy, p.Picker = w.East, 0, "", "吴快递" // of another branch: somebody else
			}
			parcels = append(parcels, p)
		}
	}
	if _, err := w.LoadWaybills(ctx, system, slices.Values(parcels), nil); err != nil {
		t.Fatal(err)
	}
	// A complaint names one that the courier picked up.
	one := fmt.Sprintf(`(SELECT MIN(id) FROM cases WHERE kind = 'complaint' AND merged_id IS NULL AND deleted_at = 0 AND branch_id = %d)`, w.West)
	do(`INSERT INTO case_waybills (case_id, number, position) SELECT id, '302620000000020', 9 FROM cases WHERE id = ` + one)
	do(`UPDATE cases SET opened_at = $1 WHERE id = `+one, day.MustParse("2026-11-02").Start(db.Zone).UnixMilli())
	contact, err := w.SaveContact(ctx, w.As(t, w.BossWest), db.Submission{}, db.Contact{CustomerID: client.ID, Name: "李四"})
	if err != nil {
		t.Fatal(err)
	}
	for i, user := range []int64{w.RepWest, w.RepWest, w.RepWest2, w.ClerkWest, w.CourierWest, w.ClerkEast} {
		for j, on := range []string{"2026-10-31", "2026-11-01", "2026-11-20"} {
			id := int64(9000 + i*10 + j)
			state := []string{"done", "done", "planned"}[(i+j)%3]
			do(`INSERT INTO visits (id, customer_id, branch_id, user_id, state, day, mode, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, 'phone', 0, 0)`, id, client.ID, w.West, user, state, on)
			do(`INSERT INTO feedback_forms (id, customer_id, branch_id, user_id, state, day, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, 0, 0)`, id, client.ID, w.West, user, []string{"sent", "draft", "answered"}[(i+j)%3], on)
			do(`INSERT INTO ratings (id, kind, branch_id, customer_id, user_id, day, way, asked_by, asked_at, answered_on, score, created_at, updated_at) VALUES ($1, 'service', $2, $3, $4, $5, 'link', 1, 0, $5, $6, 0, 0)`, id, w.West, client.ID, user, on, 1+(i+2*j)%rating.Best)
			do(`INSERT INTO greetings (id, contact_id, customer_id, branch_id, occasion, season, day, due, mood, means, state, closed_by, closed_at, done_by, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, 2026, $6, $6, 'joyful', 'call', $7, $8, 1, 'call', 0, 0)`,
				id, contact, client.ID, w.West, fmt.Sprintf("own%d", id), on, []string{"done", "skipped", "done"}[(i+j)%3], user)
		}
	}
}

// figuresByHand counts the rows of the lists one by one.
func figuresByHand(t *testing.T, w *dbtest.World, by policy.Actor, c db.Colleague, first, last day.Day) people.Figures {
	t.Helper()
	ctx := context.Background()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	from, to := first.String(), last.MonthEnd().String()
	f := people.Figures{}
	parcels := db.WaybillFilter{From: from, To: to, Owner: c.ID, Limit: 500}
	if c.Group == people.Courier {
		parcels.Owner, parcels.Picker = 0, c.ID
	}
	if c.Group != people.Clerk {
		list, err := w.Waybills(ctx, by.Scope(policy.WaybillRead), parcels)
		check(err)
		for _, x := range list.Rows {
			f.Parcels++
			if x.State == waybill.Signed {
				f.Signed++
			}
		}
		cases := db.CaseFilter{Show: db.CasesAll, Kind: "complaint", From: first.Start(db.Zone).UnixMilli(), To: last.MonthEnd().Add(1).Start(db.Zone).UnixMilli(), Limit: 500, Counted: db.Counted{On: true, Owner: parcels.Owner, Picker: parcels.Picker}}
		page, err := w.Cases(ctx, by, cases)
		check(err)
		f.Complaints = int64(len(page.Rows))
	}
	visits, err := w.Visits(ctx, by.Scope(policy.VisitRead), db.VisitFilter{From: from, To: to, UserID: c.ID, State: db.VisitDone, Limit: 500})
	check(err)
	f.Visits = int64(len(visits.Rows))
	forms, _, err := w.FeedbackForms(ctx, by, db.FormFilter{From: from, To: to, UserID: c.ID, Limit: 500})
	check(err)
	f.Forms = int64(len(forms))
	answers, _, err := w.Ratings(ctx, by.Scope(policy.RatingRead), db.RatingFilter{From: from, To: to, UserID: &c.ID, Limit: 1000})
	check(err)
	for _, x := range answers {
		f.Ratings++
		if x.Score >= rating.Good {
			f.Good++
		}
	}
	greeted, _, err := w.Greetings(ctx, by, db.GreetingFilter{Counted: true, State: db.GreetingDone, From: from, To: to, Person: &c.ID, Limit: 2000})
	check(err)
	f.Greetings = int64(len(greeted))
	cases, err := w.Cases(ctx, by, db.CaseFilter{Show: db.CasesAll, UserID: c.ID, From: first.Start(db.Zone).UnixMilli(), To: last.MonthEnd().Add(1).Start(db.Zone).UnixMilli(), Limit: 500, Counted: db.Counted{On: true}})
	check(err)
	f.Cases = int64(len(cases.Rows))
	days := map[string]bool{}
	for before := int64(0); ; {
		list, err := w.Audits(ctx, w.As(t, w.Admin).Scope(policy.AuditRead), db.AuditFilter{User: c.ID, From: from, To: to, Before: before, Limit: 100})
		check(err)
		for _, x := range list.Records {
			f.Acts++
			days[day.At(time.UnixMilli(x.At), db.Zone).String()] = true
		}
		if before = list.Next; before == 0 {
			break
		}
	}
	f.Days = int64(len(days))
	return f
}

// TestFiguresOfPeopleEqualTheListsBehindThem: whoever reads, in whatever months,
// each figure is as many as its list has, counted one by one.
func TestFiguresOfPeopleEqualTheListsBehindThem(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		workedMonths(t, w)
		found := people.Figures{}
		for name, who := range map[string]int64{"head office": w.Chief, "a region": w.RegionZJ, "a manager": w.BossWest, "a rep": w.RepWest, "a clerk": w.ClerkWest, "a manager elsewhere": w.BossEast} {
			by := w.As(t, who)
			for _, span := range [][2]string{{"2026-10-01", "2026-10-01"}, {"2026-11-01", "2026-11-01"}, {"2026-10-01", "2026-11-01"}, {"2026-12-01", "2026-12-01"}} {
				first, last := day.MustParse(span[0]), day.MustParse(span[1])
				for _, group := range people.Groups {
					list, _, err := w.Colleagues(ctx, by.Scope(policy.PeopleRead), group, 0, 60)
					if err != nil {
						t.Fatal(err)
					}
					of, err := w.PeopleFigures(ctx, by, list, first, last)
					if err != nil {
						t.Fatal(err)
					}
					for _, c := range list {
						got := *of[c.ID]
						found.Add(got)
						want := figuresByHand(t, w, by, c, first, last)
						got.AnswerKept, got.AnswerLate, got.SolveKept, got.SolveLate, got.AnswerTook, got.SolveTook = 0, 0, 0, 0, 0, 0
						if group == people.Courier {
							want.Visits, want.Forms, want.Greetings = got.Visits, got.Forms, got.Greetings
						}
						if got != want {
							t.Errorf("%s, %s, %v: %+v, want %+v", name, c.Name, span, got, want)
						}
					}
				}
			}
		}
		if slices.Contains([]int64{found.Parcels, found.Signed, found.Ratings, found.Good, found.Complaints, found.Visits, found.Forms, found.Greetings, found.Cases, found.AnswerKept, found.Days}, 0) {
			t.Errorf("the test counts nothing of something: %+v", found)
		}
		if wrong, err := w.CheckWaybillSums(ctx); err != nil || len(wrong) > 0 {
			t.Errorf("sums: %v, %v", wrong, err)
		}
	})
}

// TestNobodySeesMorePeopleThanTheirs: a person sees themselves, a manager their
// branch; a courier all of what is theirs, of lists that they do not read.
func TestNobodySeesMorePeopleThanTheirs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		workedMonths(t, w)
		names := func(who int64) string {
			var out []string
			for _, group := range people.Groups {
				list, _, err := w.Colleagues(ctx, w.As(t, who).Scope(policy.PeopleRead), group, 0, 60)
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range list {
					out = append(out, c.Username)
				}
			}
			return strings.Join(out, " ")
		}
		for who, want := range map[int64]string{w.RepWest: "rep", w.ClerkWest: "clerk", w.CourierWest: "courier", w.AuditorHead: "", w.BossEast: "clerk2"} {
			if got := names(who); got != want {
				t.Errorf("%d sees %q, want %q", who, got, want)
			}
		}
		rep := w.As(t, w.RepWest)
		if _, err := w.Colleague(ctx, rep.Scope(policy.PeopleRead), w.RepWest2); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("a rep sees another: %v", err)
		}
		if _, err := w.PeopleFigures(ctx, rep, []db.Colleague{{User: db.User{ID: w.RepWest2, BranchID: w.West}, Group: people.Rep}}, day.MustParse("2026-11-01"), day.MustParse("2026-11-01")); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("a rep counts another: %v", err)
		}
		own := func(who policy.Actor) people.Figures {
			c, err := w.Colleague(ctx, who.Scope(policy.PeopleRead), w.CourierWest)
			if err != nil {
				t.Fatal(err)
			}
			of, err := w.PeopleFigures(ctx, who, []db.Colleague{c}, day.MustParse("2026-11-01"), day.MustParse("2026-11-01"))
			if err != nil {
				t.Fatal(err)
			}
			return *of[w.CourierWest]
		}
		mine, bosses := own(w.As(t, w.CourierWest)), own(w.As(t, w.BossWest))
		if mine.Parcels != 4 || mine.Signed != 2 || mine.Ratings == 0 || mine.Complaints != 1 || mine.Parcels != bosses.Parcels || mine.Ratings != bosses.Ratings || mine.Complaints != bosses.Complaints {
			t.Errorf("the courier sees %+v, the manager %+v", mine, bosses)
		}
		// Two of one name: nobody's parcels are told.
		if _, err := db.Writer(w.DB).Exec(`UPDATE users SET name = '吴快递' WHERE id = $1`, w.RepWest2); err != nil {
			t.Fatal(err)
		}
		if f := own(w.As(t, w.BossWest)); f.Parcels != 0 || f.Complaints != 0 {
			t.Errorf("of two people of one name: %+v", f)
		}
	})
}

// TestParcelsFollowTheirPickersToAnotherBranch: a client that moves takes its
// parcels along, and the sums by picker with them.
func TestParcelsFollowTheirPickersToAnotherBranch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		workedMonths(t, w)
		var id int64
		if err := db.Writer(w.DB).QueryRow(`SELECT id FROM customers WHERE name = '城西桂花园艺'`).Scan(&id); err != nil {
			t.Fatal(err)
		}
		chief := w.As(t, w.Chief)
		c, err := w.Customer(ctx, chief.Scope(policy.CustomerRead), id)
		if err != nil {
			t.Fatal(err)
		}
		c.BranchID, c.OwnerID, c.ClerkID = w.East, 0, 0
		if err := w.UpdateCustomer(ctx, chief, c); err != nil {
			t.Fatal(err)
		}
		if wrong, err := w.CheckWaybillSums(ctx); err != nil || len(wrong) > 0 {
			t.Errorf("sums: %v, %v", wrong, err)
		}
	})
}
