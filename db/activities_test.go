package db_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/activity"
)

// meeting is a client meeting of the western branch, tomorrow, with a rep and a
// client of theirs and one of nobody's.
func meeting(t *testing.T, w *dbtest.World) (id, mine, others int64) {
	t.Helper()
	ctx, boss := context.Background(), w.As(t, w.BossWest)
	mine, others = fileOf(t, w, "松果母婴", w.RepWest).ID, fileOf(t, w, "杉木家具", 0).ID
	id, err := w.NewActivity(ctx, boss, db.Submission{Key: "activity-key-0001"}, db.Activity{BranchID: w.West, UserID: w.BossWest, Kind: activity.Seminar, Title: "旺季前座谈", Day: db.Day(w.Now().AddDate(0, 0, 1)), Place: "二楼"},
		[]int64{w.RepWest}, []int64{mine, others})
	if err != nil {
		t.Fatal(err)
	}
	return id, mine, others
}

func TestAnActivityIsPlannedHeldAndKeptWithinReach(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, rep := context.Background(), w.As(t, w.BossWest), w.As(t, w.RepWest)
		id, mine, others := meeting(t, w)
		again, err := w.NewActivity(ctx, boss, db.Submission{Key: "activity-key-0001"}, db.Activity{BranchID: w.West, Kind: activity.Seminar, Title: "x", Day: "2026-11-20"}, nil, nil)
		if err != nil || again != id {
			t.Errorf("sent twice: %d %v, want %d", again, err, id)
		}
		for name, c := range map[string]struct {
			by   policy.Actor
			a    db.Activity
			who  []int64
			want error
		}{
			"another branch's manager":           {w.As(t, w.BossEast), db.Activity{BranchID: w.West, Kind: activity.Seminar, Title: "x", Day: "2026-11-20"}, nil, db.ErrNotFound},
			"a rep":                              {rep, db.Activity{BranchID: w.West, Kind: activity.Seminar, Title: "x", Day: "2026-11-20"}, nil, db.ErrNotFound},
			"a kind that is none":                {boss, db.Activity{BranchID: w.West, Kind: "party", Title: "x", Day: "2026-11-20"}, nil, db.ErrRefused},
			"a day that is none":                 {boss, db.Activity{BranchID: w.West, Kind: activity.Seminar, Title: "x", Day: "bald"}, nil, db.ErrRefused},
			"somebody who does not work there":   {boss, db.Activity{BranchID: w.West, Kind: activity.Seminar, Title: "x", Day: "2026-11-20"}, []int64{w.ClerkEast}, db.ErrRefused},
			"seen to by who does not work there": {boss, db.Activity{BranchID: w.West, UserID: w.ClerkEast, Kind: activity.Seminar, Title: "x", Day: "2026-11-20"}, nil, db.ErrRefused},
		} {
			if _, err := w.NewActivity(ctx, c.by, db.Submission{}, c.a, c.who, nil); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		if _, err := w.Activity(ctx, w.As(t, w.BossEast), id); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("another branch reads it: %v", err)
		}
		// The rep takes part: they read it, and of the clients their own alone.
		if _, err := w.Activity(ctx, rep, id); err != nil {
			t.Error(err)
		}
		list, rest, err := w.ActivityClients(ctx, rep, id)
		if err != nil || len(list) != 1 || list[0].CustomerID != mine || rest != 1 {
			t.Errorf("%+v and %d others, %v", list, rest, err)
		}
		if err := w.MoveActivity(ctx, rep, db.TodoRef{ID: id, Version: 1}, activity.Cancel); !errors.Is(err, db.ErrRefused) {
			t.Errorf("a rep calls it off: %v", err)
		}
		in := db.Attended{Opinions: "嫌取件晚", Cost: 12_50, People: []int64{w.RepWest}, Came: []int64{mine}, Said: map[int64]string{mine: "要早点取件"}}
		if err := w.NoteActivity(ctx, boss, db.TodoRef{ID: id, Version: 1}, in); !errors.Is(err, db.ErrConflict) {
			t.Errorf("held before its day: %v", err)
		}
		w.Clock.Move(24 * time.Hour)
		if err := w.NoteActivity(ctx, boss, db.TodoRef{ID: id, Version: 9}, in); !errors.Is(err, db.ErrConflict) {
			t.Errorf("an old page: %v", err)
		}
		if err := w.NoteActivity(ctx, boss, db.TodoRef{ID: id, Version: 1}, in); err != nil {
			t.Fatal(err)
		}
		a, err := w.Activity(ctx, boss, id)
		if err != nil || a.State != activity.Held || a.ClientsCame != 1 || a.Clients != 2 || a.PeopleCame != 1 || a.Cost != 12_50 || a.Version != 2 {
			t.Errorf("%+v %v", a, err)
		}
		if err := w.MoveActivity(ctx, boss, db.TodoRef{ID: id, Version: 2}, activity.Cancel); !errors.Is(err, db.ErrConflict) {
			t.Errorf("what was held is called off: %v", err)
		}
		// Correcting who is asked: one goes, and their words with them.
		now := a.Activity
		if err := w.EditActivity(ctx, boss, now, []int64{w.RepWest, w.ClerkWest}, []int64{others}); err != nil {
			t.Fatal(err)
		}
		if list, _, err := w.ActivityClients(ctx, boss, id); err != nil || len(list) != 1 || list[0].CustomerID != others {
			t.Errorf("%+v %v", list, err)
		}
		if people, err := w.ActivityPeople(ctx, boss, id); err != nil || len(people) != 2 {
			t.Errorf("%+v %v", people, err)
		}
		if err := w.DeleteActivity(ctx, boss, db.TodoRef{ID: id, Version: 3}); err != nil {
			t.Fatal(err)
		}
		if n, err := w.CountActivities(ctx, boss, db.ActivityFilter{}, 10); err != nil || n != 0 {
			t.Errorf("%d in the list after it was deleted, %v", n, err)
		}
		if err := w.RestoreActivity(ctx, boss, id); err != nil {
			t.Fatal(err)
		}
	})
}

func TestActivitiesAreListedWithinReachAndCountedAlike(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		id, mine, others := meeting(t, w)
		for i, kind := range activity.Kinds {
			if _, err := w.NewActivity(ctx, boss, db.Submission{}, db.Activity{BranchID: w.West, Kind: kind, Title: kind, Day: db.Day(w.Now().AddDate(0, 0, -i))}, nil, nil); err != nil {
				t.Fatal(err)
			}
		}
		for name, c := range map[string]struct {
			by   policy.Actor
			f    db.ActivityFilter
			want int
		}{
			"the manager's":              {boss, db.ActivityFilter{}, 5},
			"the region's":               {w.As(t, w.RegionZJ), db.ActivityFilter{}, 5},
			"of the branch":              {boss, db.ActivityFilter{BranchID: w.West}, 5},
			"of another branch":          {boss, db.ActivityFilter{BranchID: w.East}, 0},
			"another branch's manager":   {w.As(t, w.BossEast), db.ActivityFilter{}, 0},
			"the rep's who takes part":   {w.As(t, w.RepWest), db.ActivityFilter{}, 1},
			"another rep's":              {w.As(t, w.RepWest2), db.ActivityFilter{}, 0},
			"meetings":                   {boss, db.ActivityFilter{Kind: activity.Seminar}, 2},
			"held":                       {boss, db.ActivityFilter{State: activity.Held}, 0},
			"to which a client is asked": {boss, db.ActivityFilter{Customer: mine}, 1},
			"of a day":                   {boss, db.ActivityFilter{From: db.Day(w.Now()), To: db.Day(w.Now())}, 1},
		} {
			list, more, err := w.Activities(ctx, c.by, c.f)
			if err != nil || more || len(list) != c.want {
				t.Errorf("%s: %d, want %d, %v %v", name, len(list), c.want, more, err)
			}
			if n, err := w.CountActivities(ctx, c.by, c.f, 100); err != nil || n != c.want {
				t.Errorf("%s: counted %d, want %d, %v", name, n, c.want, err)
			}
		}
		// Page by page every one comes once.
		seen := map[int64]bool{}
		f := db.ActivityFilter{Limit: 2}
		for more := true; more; {
			var list []db.ActivityRow
			var err error
			if list, more, err = w.Activities(ctx, boss, f); err != nil {
				t.Fatal(err)
			}
			for _, a := range list {
				if seen[a.ID] {
					t.Errorf("%d comes twice", a.ID)
				}
				seen[a.ID] = true
				f.At = db.ActivityKey{Day: a.Day, ID: a.ID}
			}
		}
		if len(seen) != 5 || !seen[id] {
			t.Errorf("%d of 5, with the meeting: %v", len(seen), seen[id])
		}
		_ = others
	})
}
