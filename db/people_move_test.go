package db_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/people"
)

// TestTargetsAreThoseOfTheBranchOfEachMonth: who moves keeps the targets of the
// branch where they were at the end of a month; twice in a month counts once.
func TestTargetsAreThoseOfTheBranchOfEachMonth(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin := context.Background(), w.As(t, w.Admin)
		at := func(text string) time.Time {
			on, err := time.ParseInLocation("2006-01-02 15:04:05", text, db.Zone)
			if err != nil {
				t.Fatal(err)
			}
			return on
		}
		w.Clock.Set(at("2026-07-01 09:00:00"))
		for branch, aims := range map[int64]string{
			w.West: fmt.Sprintf(`{"aims":[{"measure":"visits","group":"rep","value":10},{"measure":"visits","group":"rep","person":%d,"value":25}]}`, w.RepWest),
			w.East: `{"aims":[{"measure":"visits","group":"rep","value":4}]}`,
		} {
			if _, err := w.SetRule(ctx, policy.SystemActor("test"), policy.PeopleRule, db.RuleRow{Rule: db.RuleTargets, BranchID: branch, ValidFrom: "2026-07-01", Value: aims, Reason: "试"}); err != nil {
				t.Fatal(err)
			}
		}
		move := func(on string, user, to int64) {
			t.Helper()
			w.Clock.Set(at(on))
			u, err := w.User(ctx, admin.Scope(policy.UserRead), user)
			if err == nil {
				err = w.UpdateUser(ctx, admin, user, u.Version, db.UserInput{Username: u.Username, Name: u.Name, Phone: u.Phone, BranchID: to, JoinedOn: u.JoinedOn, Grants: u.Grants})
			}
			if err != nil {
				t.Fatalf("%s: %v", on, err)
			}
		}
		visits, ok := people.ByCode("visits")
		if !ok {
			t.Fatal("no measure of visits")
		}
		aim := func(first, last string, user int64) int64 {
			t.Helper()
			months, err := w.MonthTargets(ctx, day.MustParse(first), day.MustParse(last))
			if err != nil {
				t.Fatal(err)
			}
			c, err := w.Colleague(ctx, admin.Scope(policy.PeopleRead), user)
			if err == nil {
				err = months.Follow(ctx, []db.Colleague{c})
			}
			if err != nil {
				t.Fatal(err)
			}
			v, has := months.Person(visits, people.Rep, user, c.BranchID)
			if !has {
				return -1
			}
			return v
		}
		// At the last millisecond of August, and at the first second of September.
		move("2026-08-31 23:59:59", w.RepWest, w.East)
		move("2026-09-01 00:00:00", w.RepWest2, w.East)
		// There and back within October, and back for good in November.
		move("2026-10-05 10:00:00", w.RepWest, w.West)
		move("2026-10-20 10:00:00", w.RepWest, w.East)
		move("2026-11-20 10:00:00", w.RepWest, w.West)
		w.Clock.Set(at("2026-12-02 09:00:00"))
		for _, x := range []struct {
			first, last string
			user, want  int64
		}{
			{"2026-07-01", "2026-07-01", w.RepWest, 25}, {"2026-08-01", "2026-08-01", w.RepWest, 4}, {"2026-09-01", "2026-09-01", w.RepWest, 4}, {"2026-10-01", "2026-10-01", w.RepWest, 4},
			{"2026-11-01", "2026-11-01", w.RepWest, 25}, {"2026-12-01", "2026-12-01", w.RepWest, 25}, {"2026-07-01", "2026-12-01", w.RepWest, 25 + 4 + 4 + 4 + 25 + 25}, {"2026-06-01", "2026-07-01", w.RepWest, -1},
			{"2026-08-01", "2026-08-01", w.RepWest2, 10}, {"2026-09-01", "2026-09-01", w.RepWest2, 4}, {"2026-07-01", "2026-10-01", w.RepWest2, 10 + 10 + 4 + 4},
		} {
			if got := aim(x.first, x.last, x.user); got != x.want {
				t.Errorf("%s to %s of %d: %d, want %d", x.first, x.last, x.user, got, x.want)
			}
		}
	})
}
