package db_test

import (
	"context"
	"errors"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
)

func TestSeveralPeopleAreAddedAllOrNone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		admin := w.As(t, w.Admin)
		people := func(branch int64, role policy.Role, names ...string) (out []db.UserInput) {
			for _, n := range names {
				_, link := w.NewLink(db.InviteFor)
				out = append(out, db.UserInput{Username: n, Name: n, BranchID: branch, PasswordHash: dbtest.Hash, Link: &link, Grants: []policy.Grant{{Role: role, Branch: branch}}})
			}
			return out
		}
		count := func() (n int) {
			t.Helper()
			if err := w.RawRow(`SELECT COUNT(*) FROM users`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		before := count()
		for _, c := range []struct {
			name string
			by   policy.Actor
			list []db.UserInput
			want error
		}{
			{"a name that somebody has", admin, people(w.West, policy.SalesRep, "wang1", "admin"), db.ErrTaken},
			{"one name twice", admin, people(w.West, policy.SalesRep, "wang1", "wang1"), db.ErrTaken},
			{"a manager, who adds nobody", w.As(t, w.BossWest), people(w.West, policy.SalesRep, "wang1"), db.ErrNotFound},
			{"a role that is none", admin, people(w.West, "nothing", "wang1"), db.ErrRefused},
			{"a rep", w.As(t, w.RepWest), people(w.West, policy.SalesRep, "wang1"), db.ErrNotFound},
		} {
			if _, err := w.CreateUsers(ctx, c.by, db.Submission{Key: "a key of sixteen"}, c.list); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
			if n := count() - before; n != 0 {
				t.Fatalf("%s left %d people behind", c.name, n)
			}
		}
		sent := db.Submission{Key: "the same of sixteen"}
		again, err := w.CreateUsers(ctx, admin, sent, people(w.West, policy.SalesRep, "wang1", "wang2", "wang3"))
		if err != nil || again || count()-before != 3 {
			t.Fatalf("added: %v %v, %d people", again, err, count()-before)
		}
		if again, err = w.CreateUsers(ctx, admin, sent, people(w.West, policy.SalesRep, "wang4", "wang5")); err != nil || !again || count()-before != 3 {
			t.Errorf("the same sending again: %v %v, %d people", again, err, count()-before)
		}
		taken, err := w.TakenUsernames(ctx, admin, []string{"wang", "nobody"})
		if err != nil || !taken["wang1"] || !taken["wang3"] || taken["wang4"] || taken["nobody"] {
			t.Errorf("taken: %v %v", taken, err)
		}
		if _, err := w.TakenUsernames(ctx, w.As(t, w.RepWest), []string{"wang"}); !errors.Is(err, db.ErrRefused) {
			t.Errorf("who adds nobody asks for names: %v", err)
		}
	})
}
