package db_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
)

func TestWhoIsResponsibleIsNamedHereOrAbove(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin := context.Background(), w.As(t, w.Admin)
		set := func(by policy.Actor, branch, user, version int64, want error) {
			t.Helper()
			if err := w.SetDuty(ctx, by, branch, db.DutyData, user, version); !errors.Is(err, want) {
				t.Fatalf("set %d at %d: %v, want %v", user, branch, err, want)
			}
		}
		is := func(branch, user, from int64) {
			t.Helper()
			list, err := w.Duties(ctx, admin.Scope(policy.BranchRead), branch)
			if err != nil || len(list) != len(db.DutyAreas) || list[0].User != user || list[0].From != from {
				t.Errorf("at %d: %+v, %v; want %d from %d", branch, list, err, user, from)
			}
		}
		covers := func(user int64, want ...int64) {
			t.Helper()
			got, err := w.DutiesOf(ctx, user)
			slices.Sort(want)
			slices.Sort(got[db.DutyData])
			if err != nil || !slices.Equal(got[db.DutyData], want) {
				t.Errorf("%d is responsible for %v, %v; want %v", user, got, err, want)
			}
		}
		is(w.West, 0, 0)
		set(admin, w.Head, w.Chief, 0, nil)
		is(w.West, w.Chief, w.Head)
		covers(w.Chief, w.Head)
		set(admin, w.Zhejiang, w.RegionZJ, 0, nil)
		set(admin, w.West, w.BossWest, 0, nil)
		is(w.West, w.BossWest, w.West)
		is(w.East, w.RegionZJ, w.Zhejiang)
		covers(w.Chief, w.Jiangsu)
		covers(w.RegionZJ, w.East)
		covers(w.BossWest, w.West)

		set(admin, w.West, w.RepWest, 0, db.ErrConflict)
		set(w.As(t, w.BossWest), w.East, w.BossEast, 0, db.ErrNotFound)
		set(admin, w.West, 4711, 1, db.ErrRefused)
		if err := w.SetDuty(ctx, admin, w.West, "income", w.BossWest, 0); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("an area that nobody knows: %v", err)
		}

		u, err := w.User(ctx, admin.Scope(policy.UserRead), w.BossWest)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.UpdateUser(ctx, admin, u.ID, u.Version, db.UserInput{Username: u.Username, Name: u.Name, BranchID: u.BranchID, JoinedOn: u.JoinedOn, Grants: u.Grants, Disabled: true}); err != nil {
			t.Fatal(err)
		}
		is(w.West, w.RegionZJ, w.Zhejiang)
		covers(w.RegionZJ, w.Zhejiang)
		list, err := w.Duties(ctx, admin.Scope(policy.BranchRead), w.West)
		if err != nil || !list[0].Gone || list[0].SetName != "周明慧" {
			t.Errorf("who left is not shown: %+v, %v", list, err)
		}
		set(admin, w.West, w.BossWest, 1, db.ErrRefused)
		set(admin, w.West, 0, 1, nil)
		if has, err := w.HasDuty(ctx, w.BossWest); has || err != nil {
			t.Errorf("nobody's duty stays: %v", err)
		}
		if err := w.CloseBranch(ctx, admin, w.Gulou, branchOf(t, w, w.Gulou).Version, 0); err != nil {
			t.Fatal(err)
		}
		set(admin, w.Gulou, w.Chief, 0, db.ErrClosed)
	})
}
