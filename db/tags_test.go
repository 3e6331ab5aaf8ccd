package db_test

import (
	"context"
	"errors"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
)

func TestATagIsAWordOfTheWholeCompany(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		rep, admin := w.As(t, w.RepWest), w.As(t, w.Admin)
		id, err := w.AddTag(ctx, rep, db.Tag{Name: "易碎", Kind: "own", Hint: "轻放"})
		if err != nil || id == 0 {
			t.Fatal(id, err)
		}
		if again, err := w.AddTag(ctx, admin, db.Tag{Name: "易碎", Kind: "risk"}); err != nil || again != id {
			t.Errorf("the same word again: %d, %v, want %d", again, err, id)
		}
		was, err := w.Tag(ctx, id)
		if err != nil || was != (db.Tag{ID: id, Name: "易碎", Kind: "own", Hint: "轻放"}) {
			t.Fatalf("%+v, %v", was, err)
		}
		other, err := w.AddTag(ctx, admin, db.Tag{Name: "贵重", Kind: "risk"})
		if err != nil {
			t.Fatal(err)
		}
		now := db.Tag{ID: id, Name: "易碎件", Kind: "risk", Hint: "轻放"}
		for _, c := range []struct {
			why     string
			by      policy.Actor
			was, to db.Tag
			want    error
		}{
			{"a rep, who may tag own clients", rep, was, now, db.ErrRefused},
			{"a branch's manager", w.As(t, w.BossWest), was, now, db.ErrRefused},
			{"another has the name", admin, was, db.Tag{Name: "贵重", Kind: "own"}, db.ErrTaken},
			{"as it stands", admin, was, now, nil},
			{"as it stood before", admin, was, db.Tag{Name: "易碎品", Kind: "own"}, db.ErrConflict},
			{"none", admin, db.Tag{ID: 77, Name: "易碎"}, now, db.ErrNotFound},
		} {
			if err := w.ChangeTag(ctx, c.by, c.was, c.to); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.why, err, c.want)
			}
		}
		if got, _ := w.Tag(ctx, id); got != now {
			t.Errorf("%+v, want %+v", got, now)
		}
		c := db.Customer{BranchID: w.West, Name: "松果文具", OwnerID: w.RepWest, Tags: []int64{id}}
		customer, err := w.CreateCustomer(ctx, admin, db.Submission{}, c)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.RemoveTag(ctx, admin, now); !errors.Is(err, db.ErrHeld) {
			t.Errorf("a tag that a client has: %v", err)
		}
		c, err = w.Customer(ctx, admin.Scope(policy.CustomerRead), customer)
		if err != nil {
			t.Fatal(err)
		}
		c.Tags = nil
		if err := w.UpdateCustomer(ctx, admin, c); err != nil {
			t.Fatal(err)
		}
		if err := w.RemoveTag(ctx, rep, now); !errors.Is(err, db.ErrRefused) {
			t.Errorf("a rep removes it: %v", err)
		}
		if err := w.RemoveTag(ctx, admin, now); err != nil {
			t.Error(err)
		}
		if _, err := w.Tag(ctx, id); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("removed: %v", err)
		}
		if names, err := w.TagNames(ctx, func(yield func(int64) bool) { _ = yield(id) && yield(other) }); err != nil || names[id] != "" || names[other] != "贵重" {
			t.Errorf("the names: %v, %v", names, err)
		}
	})
}
