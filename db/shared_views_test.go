package db_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
)

func TestAViewIsSharedWithABranchAndThoseBelowIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		as := func(id int64) policy.Actor { return w.As(t, id) }
		names := func(id int64) (out []string) {
			t.Helper()
			list, err := w.SharedViews(ctx, as(id), "cases")
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range list {
				out = append(out, v.Name)
			}
			return out
		}
		share := func(id, branch int64, name, query string) error {
			return w.ShareView(ctx, as(id), db.SharedView{List: "cases", BranchID: branch, Name: name, Query: query})
		}
		for _, c := range []struct {
			who    string
			id, at int64
			want   error
		}{
			{"a clerk at home", w.ClerkWest, w.West, nil},
			{"a clerk elsewhere", w.ClerkWest, w.East, db.ErrNotFound},
			{"a clerk above", w.ClerkWest, w.Head, db.ErrNotFound},
			{"the manager", w.BossWest, w.West, nil},
			{"head office for all", w.Chief, w.Head, nil},
			{"a courier", w.CourierWest, w.West, db.ErrNotFound},
			{"an auditor", w.AuditorHead, w.Head, db.ErrNotFound},
		} {
			if err := share(c.id, c.at, c.who, "kind=complaint"); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", c.who, err)
			}
		}
		for _, c := range []struct {
			who  string
			id   int64
			want []string
		}{
			{"the clerk", w.ClerkWest, []string{"a clerk at home", "head office for all", "the manager"}},
			{"a rep there", w.RepWest, []string{"a clerk at home", "head office for all", "the manager"}},
			{"another branch", w.BossEast, []string{"head office for all"}},
			{"head office", w.Chief, []string{"head office for all"}},
		} {
			if got := names(c.id); fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("%s sees %v, want %v", c.who, got, c.want)
			}
		}
		// Who leads a branch that is not theirs finds what is shared there, to tidy it.
		for _, c := range []struct {
			who  string
			id   int64
			want []string
		}{
			{"head office", w.Chief, []string{"a clerk at home", "the manager"}},
			{"the region", w.RegionZJ, []string{"a clerk at home", "the manager"}},
			{"the manager, who sees them anyway", w.BossWest, nil},
			{"a clerk", w.ClerkWest, nil},
			{"another branch", w.BossEast, nil},
		} {
			list, err := w.SharedViewsBelow(ctx, as(c.id), "cases")
			var got []string
			for _, v := range list {
				got = append(got, v.Name)
			}
			if err != nil || fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("%s finds %v, want %v; %v", c.who, got, c.want, err)
			}
		}
		if list, err := w.SharedViews(ctx, as(w.ClerkWest), "customers"); err != nil || len(list) != 0 {
			t.Errorf("of another list: %v %v", list, err)
		}
		// The same name again is the same view, by whoever shared it.
		if err := share(w.ClerkWest, w.West, "a clerk at home", "kind=suggestion"); err != nil {
			t.Fatal(err)
		}
		if err := share(w.BossWest, w.West, "a clerk at home", "kind=x"); !errors.Is(err, db.ErrTaken) {
			t.Errorf("another's name: %v", err)
		}
		list, err := w.SharedViews(ctx, as(w.RepWest), "cases")
		if err != nil || len(list) != 3 || list[0].Query != "kind=suggestion" || list[0].Version != 2 {
			t.Fatalf("%+v %v", list, err)
		}
		mine, head, boss := list[0], list[1], list[2]
		for _, c := range []struct {
			who  string
			id   int64
			v    db.SharedView
			want error
		}{
			{"a colleague", w.ClerkWest, boss, db.ErrRefused},
			{"head office's, from below", w.BossWest, head, db.ErrRefused},
			{"from another branch", w.BossEast, mine, db.ErrNotFound},
			{"a stale version", w.BossWest, db.SharedView{ID: mine.ID, Version: 1}, db.ErrConflict},
		} {
			if err := w.RenameSharedView(ctx, as(c.id), "cases", c.v.ID, c.v.Version, "x"); !errors.Is(err, c.want) {
				t.Errorf("%s renames: %v", c.who, err)
			}
			if err := w.RemoveSharedView(ctx, as(c.id), "cases", c.v.ID, c.v.Version); !errors.Is(err, c.want) {
				t.Errorf("%s removes: %v", c.who, err)
			}
		}
		if err := w.RenameSharedView(ctx, as(w.ClerkWest), "cases", mine.ID, 2, "the manager"); !errors.Is(err, db.ErrTaken) {
			t.Errorf("two of one name: %v", err)
		}
		if err := w.RenameSharedView(ctx, as(w.ClerkWest), "cases", mine.ID, 2, "late ones"); err != nil {
			t.Fatal(err)
		}
		if err := w.RemoveSharedView(ctx, as(w.ClerkWest), "customers", mine.ID, 3); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("by another list's address: %v", err)
		}
		if err := w.RemoveSharedView(ctx, as(w.BossWest), "cases", mine.ID, 3); err != nil {
			t.Fatalf("the leader: %v", err)
		}
		if got := names(w.ClerkWest); fmt.Sprint(got) != "[head office for all the manager]" {
			t.Errorf("left: %v", got)
		}
		if got := acts(t, w, "views."); fmt.Sprint(got) != "map[views.rename:1 views.share:4 views.unshare:1]" {
			t.Errorf("the audit: %v", got)
		}
		for i := range db.MostSharedViews {
			err := share(w.ClerkWest, w.West, fmt.Sprint(i), "")
			if full := i >= db.MostSharedViews-1; full != errors.Is(err, db.ErrFull) {
				t.Fatalf("view %d: %v", i, err)
			}
		}
	})
}

// acts counts the audit records of acts that begin so.
func acts(t *testing.T, w *dbtest.World, prefix string) map[string]int {
	t.Helper()
	rows, err := db.Writer(w.DB).Query(`SELECT act, COUNT(*) FROM audits WHERE act LIKE $1 GROUP BY act`, prefix+"%")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var act string
		var n int
		if err := rows.Scan(&act, &n); err != nil {
			t.Fatal(err)
		}
		out[act] = n
	}
	return out
}
