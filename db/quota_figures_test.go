package db_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/cadence"
	"yike/policy/day"
	"yike/policy/people"
	"yike/policy/worktime"
)

// TestQuotasOfPeopleEqualTheListsBehindThem: whoever reads, what was done is as
// many as the lists have, counted one by one, and what was asked follows from
// the clients of the file and the rule of each month.
func TestQuotasOfPeopleEqualTheListsBehindThem(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, system := context.Background(), policy.SystemActor("test")
		workedMonths(t, w)
		w.Clock.Set(day.MustParse("2026-11-21").Start(db.Zone).Add(12 * time.Hour))
		for i, class := range []string{"A", "A", "B", "C", ""} {
			c := db.Customer{BranchID: w.West, Name: fmt.Sprintf("配额%d", i), OwnerID: w.RepWest, Class: class}
			id, err := w.CreateCustomer(ctx, system, db.Submission{}, c)
			if err != nil {
				t.Fatal(err)
			}
			for j, on := range []string{"2026-09-30", "2026-10-01", "2026-10-31", "2026-11-01", "2026-11-20"} {
				if _, err := db.Writer(w.DB).Exec(`INSERT INTO visits (id, customer_id, branch_id, user_id, state, day, mode, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, 'phone', 0, 0)`,
					800+i*10+j, id, w.West, []int64{w.RepWest, w.RepWest2}[j%2], []string{"done", "planned"}[(i+j)%5/4], on); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := db.Writer(w.DB).Exec(`INSERT INTO feedback_forms (id, customer_id, branch_id, user_id, class, state, day, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, 'sent', '2026-10-31', 0, 0)`, 700+i, id, w.West, w.RepWest, class); err != nil {
				t.Fatal(err)
			}
		}
		joined := someJoiners(t, w)
		if _, err := w.SetRule(ctx, system, policy.CadenceEdit, db.RuleRow{Rule: db.RuleCadence, BranchID: w.West, ValidFrom: "2026-11-21", Value: `{"per_month":{"a":6,"b":2,"c":1,"none":0},"soon":{"a":2,"b":3,"c":5,"none":5}}`, Reason: "试"}); err != nil {
			t.Fatal(err)
		}
		done, asked, sent := int64(0), int64(0), int64(0)
		for name, who := range map[string]int64{"head office": w.Chief, "a manager": w.BossWest, "a rep": w.RepWest, "a manager elsewhere": w.BossEast} {
			by := w.As(t, who)
			list, _, err := w.Colleagues(ctx, by.Scope(policy.PeopleRead), people.Rep, 0, 60)
			if err != nil {
				t.Fatal(err)
			}
			var ids []int64
			for _, c := range list {
				ids = append(ids, c.ID)
			}
			sums, err := w.QuotaSums(ctx, by, ids, day.MustParse("2026-09-01"), day.MustParse("2026-11-01"))
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]db.QuotaSum{}
			for _, s := range sums {
				got[fmt.Sprint(s.Owner, s.Class, s.Month)] = s
			}
			for _, id := range ids {
				for _, class := range []string{"A", "B", "C"} {
					for _, m := range []string{"2026-09-01", "2026-10-01", "2026-11-01"} {
						month := day.MustParse(m)
						from, to := month.String(), month.MonthEnd().String()
						want := db.QuotaSum{Owner: id, Class: class, Month: month}
						visits, err := w.Visits(ctx, by.Scope(policy.VisitRead), db.VisitFilter{From: from, To: to, Owner: id, Class: class, State: db.VisitDone, Limit: 500})
						if err != nil {
							t.Fatal(err)
						}
						want.Visits = int64(len(visits.Rows))
						forms, _, err := w.FeedbackForms(ctx, by, db.FormFilter{From: from, To: to, UserID: id, Class: &class, Limit: 500})
						if err != nil {
							t.Fatal(err)
						}
						want.Forms = int64(len(forms))
						err = w.EachCustomer(ctx, by.Scope(policy.CustomerRead), db.CustomerFilter{Owner: id, Classes: []string{class}}, func(rows []db.CustomerRow) error {
							for _, c := range rows {
								if c.State == "archived" || c.Stage == "lost" {
									continue
								}
								rule, _, err := w.Cadence(ctx, c.BranchID, min(month.MonthEnd(), day.MustParse("2026-11-21")).String())
								if err != nil {
									return err
								}
								want.Clients++
								want.Asked += askedByHand(month, c, joined[c.ID], rule.PerMonth)
							}
							return nil
						})
						if err != nil {
							t.Fatal(err)
						}
						s, ok := got[fmt.Sprint(id, class, month)]
						if !ok {
							s = db.QuotaSum{Owner: id, Class: class, Month: month}
						}
						if s != want {
							t.Errorf("%s: %+v, want %+v", name, s, want)
						}
						done, asked, sent = done+s.Visits, asked+s.Asked, sent+s.Forms
					}
				}
			}
		}
		if done == 0 || asked == 0 || sent == 0 {
			t.Errorf("the test counts nothing of something: %d, %d, %d", done, asked, sent)
		}
	})
}

// joiner is what a file says of its days, as the test made them.
type joiner struct{ created, owned, classed, before string }

// someJoiners backdates the clients of the test: one has been the rep's for
// long, one was taken over in October, one was B and is A since the middle of
// November; the others came today.
func someJoiners(t *testing.T, w *dbtest.World) map[int64]joiner {
	t.Helper()
	ctx, system := context.Background(), policy.SystemActor("test")
	out := map[int64]joiner{}
	for i, j := range []joiner{{created: "2026-01-05"}, {created: "2026-01-05", owned: "2026-10-16"}, {created: "2026-01-05", classed: "2026-11-17", before: "B"}} {
		c := fileOf(t, w, fmt.Sprintf("配额%d", i), w.RepWest)
		if _, err := db.Writer(w.DB).Exec(`UPDATE customers SET created_at = $1, class_since = $2, owner_since = $3, class = CASE WHEN $4 = '' THEN class ELSE $4 END WHERE id = $5`,
			day.MustParse(j.created).Start(db.Zone).UnixMilli(), j.created, max(j.created, j.owned), j.before, c.ID); err != nil {
			t.Fatal(err)
		}
		if j.classed != "" {
			w.Clock.Set(day.MustParse(j.classed).Start(db.Zone).Add(10 * time.Hour))
			file, err := w.Customer(ctx, system.Scope(policy.CustomerRead), c.ID)
			if err != nil {
				t.Fatal(err)
			}
			file.Class = "A"
			if err := w.UpdateCustomer(ctx, system, file); err != nil {
				t.Fatal(err)
			}
			w.Clock.Set(day.MustParse("2026-11-21").Start(db.Zone).Add(12 * time.Hour))
		}
		out[c.ID] = j
	}
	return out
}

// askedByHand adds up the month's working days, each with what the class of
// that day is worth of a month.
func askedByHand(month day.Day, c db.CustomerRow, j joiner, rule cadence.PerClass) int64 {
	created := day.At(time.UnixMilli(c.CreatedAt), db.Zone)
	begin := max(created, day.MustParse(max(j.owned, "2020-01-01")))
	worked, sum := 0, 0
	for d := month; d <= month.MonthEnd(); d++ {
		if on, _ := worktime.China().IsWorkday(d); !on {
			continue
		}
		worked++
		if d < begin {
			continue
		}
		class := c.Class
		if j.classed != "" && d < day.MustParse(j.classed) {
			class = j.before
		}
		sum += rule.Of(class)
	}
	return int64(float64(sum)/float64(worked) + 0.5)
}
