package db_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
)

func TestPeopleAreFoundFilteredAndPaged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		l := newLeaving(t, w, 2)
		ctx, chief := context.Background(), w.As(t, w.Chief)
		l.edit(w.RepWest, func(in *db.UserInput) { in.LeavesOn, in.Phone = "2026-12-01", "13712345678" })
		l.edit(w.CourierWest, func(in *db.UserInput) { in.Disabled = true })
		all := chief.Scope(policy.UserRead)
		for _, c := range []struct {
			name  string
			scope policy.Scope
			f     db.PeopleFilter
			want  string
		}{
			{"by a part of the name", all, db.PeopleFilter{Find: "雨桐"}, "[沈雨桐]"},
			{"by pinyin", all, db.PeopleFilter{Find: "shenyu"}, "[沈雨桐]"},
			{"by initials, the surname as it is said", all, db.PeopleFilter{Find: "SYT"}, "[沈雨桐]"},
			{"by user name", all, db.PeopleFilter{Find: "clerk2"}, "[何佳]"},
			{"by the end of the phone", all, db.PeopleFilter{Find: "5678"}, "[沈雨桐]"},
			{"nobody", all, db.PeopleFilter{Find: "不存在"}, "[]"},
			{"a sign of SQL is a letter like another", all, db.PeopleFilter{Find: "%"}, "[]"},
			{"a role", all, db.PeopleFilter{Role: policy.ServiceClerk}, "[何佳 林晓]"},
			{"a role at a branch", all, db.PeopleFilter{Role: policy.ServiceClerk, Branch: w.West}, "[林晓]"},
			{"a region with what is below", all, db.PeopleFilter{Role: policy.ServiceClerk, Branch: w.Zhejiang}, "[何佳 林晓]"},
			{"the leaving", all, db.PeopleFilter{State: db.PeopleLeaving}, "[沈雨桐]"},
			{"the gone", all, db.PeopleFilter{State: db.PeopleGone}, "[吴快递]"},
			{"the leaving with clients", all, db.PeopleFilter{State: db.PeopleOpen}, "[沈雨桐]"},
			{"another branch's manager sees theirs", w.As(t, w.BossEast).Scope(policy.UserRead), db.PeopleFilter{State: db.PeopleAll}, "[城东经理 何佳]"},
			{"and none of others by asking for a branch", w.As(t, w.BossEast).Scope(policy.UserRead), db.PeopleFilter{State: db.PeopleAll, Branch: w.West}, "[]"},
			{"no scope, nobody", policy.Scope{}, db.PeopleFilter{State: db.PeopleAll}, "[]"},
		} {
			page, err := w.People(ctx, c.scope, c.f)
			names := []string{}
			for _, u := range page.Rows {
				names = append(names, u.Name)
			}
			if err != nil || fmt.Sprint(names) != c.want || page.Count != len(names) {
				t.Errorf("%s: %v (%d), %v, want %s", c.name, names, page.Count, err, c.want)
			}
		}
		// Page by page there and back, everybody once; somebody new in between changes nothing.
		var there, back []string
		page, err := w.People(ctx, all, db.PeopleFilter{State: db.PeopleAll, Limit: 5})
		for ; ; page, err = w.People(ctx, all, db.PeopleFilter{State: db.PeopleAll, Limit: 5, Cursor: page.Next}) {
			if err != nil || len(page.Rows) == 0 || len(page.Rows[0].Grants) == 0 {
				t.Fatal(len(page.Rows), err)
			}
			for _, u := range page.Rows {
				there = append(there, u.Name)
			}
			if page.Next == "" {
				break
			}
		}
		for ; ; page, err = w.People(ctx, all, db.PeopleFilter{State: db.PeopleAll, Limit: 5, Cursor: page.Prev}) {
			if err != nil {
				t.Fatal(err)
			}
			names := []string{}
			for _, u := range page.Rows {
				names = append(names, u.Name)
			}
			back = append(names, back...)
			if page.Prev == "" {
				break
			}
		}
		if len(there) != page.Count || fmt.Sprint(there) != fmt.Sprint(back) {
			t.Errorf("there %v, back %v, count %d", there, back, page.Count)
		}
		for _, cursor := range []string{"n", "x.y", "p!!.a", "nzz.~", "n0."} {
			if _, err := w.People(ctx, all, db.PeopleFilter{Cursor: cursor}); err != nil {
				t.Errorf("cursor %q: %v", cursor, err)
			}
		}
	})
}

func TestALeaveDateEndsTheAccount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		l := &leaving{World: w, t: t}
		ctx := context.Background()
		l.edit(w.RepWest, func(in *db.UserInput) { in.LeavesOn = "2026-11-22" })
		l.edit(w.RepWest2, func(in *db.UserInput) { in.LeavesOn = "2026-11-23" })
		actors := w.Actors()
		in := func() bool {
			_, err := actors.Actor(ctx, w.RepWest)
			c, credErr := w.Credentials(ctx, "rep")
			if (err == nil) == (c.Disabled) || credErr != nil {
				t.Errorf("actor %v, credentials disabled %v, %v", err, c.Disabled, credErr)
			}
			return err == nil
		}
		for _, c := range []struct {
			name string
			at   time.Time
			want bool
		}{
			{"the day before", time.Date(2026, 11, 21, 18, 0, 0, 0, db.Zone), true},
			{"the last minute of the last day", time.Date(2026, 11, 22, 23, 59, 0, 0, db.Zone), true},
			{"the first minute of the next", time.Date(2026, 11, 23, 0, 0, 0, 0, db.Zone), false},
		} {
			w.Clock.Set(c.at)
			if got := in(); got != c.want {
				t.Errorf("%s: may sign in %v", c.name, got)
			}
		}
		n, err := w.EndLeavers(ctx, policy.SystemActor("leavers"))
		u, userErr := w.User(ctx, policy.SystemActor("test").Scope(policy.UserRead), w.RepWest)
		if n != 1 || err != nil || userErr != nil || !u.Disabled {
			t.Errorf("the night disabled %d, %v; %v", n, err, u.Disabled)
		}
		if n, err := w.EndLeavers(ctx, policy.SystemActor("leavers")); n != 0 || err != nil {
			t.Errorf("again %d, %v", n, err)
		}
	})
}

func TestALinkIsUsedOnceByWhomItIsFor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin := context.Background(), w.As(t, w.Admin)
		token, link := w.NewLink(db.InviteFor)
		if len(token) < 26 || link.Hash == token || len(link.Hash) != 64 {
			t.Errorf("token %q, hash %q", token, link.Hash)
		}
		id, err := w.CreateUser(ctx, admin, db.UserInput{Username: "new", Name: "新人", BranchID: w.West, PasswordHash: "x", Link: &link,
			Grants: []policy.Grant{{Role: policy.SalesRep, Branch: w.West}}})
		if err != nil {
			t.Fatal(err)
		}
		u, err := w.LinkedUser(ctx, token)
		if err != nil || u.ID != id {
			t.Fatal(u, err)
		}
		self := policy.Actor{UserID: id, Name: u.Name, Branch: u.BranchID}
		for name, c := range map[string]struct {
			by    policy.Actor
			token string
		}{
			"the stored hash is no token":  {self, link.Hash},
			"a token that is none":         {self, ""},
			"somebody else's hands":        {policy.Actor{UserID: w.RepWest}, token},
			"nobody may guess beside it":   {self, token + "A"},
			"a part of it opens no part":   {self, token[:25]},
			"another case is another word": {self, "a" + token[1:]},
		} {
			if err := w.UseLink(ctx, c.by, c.token, dbtest.Hash); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := w.UseLink(ctx, self, token, dbtest.Hash); err != nil {
			t.Fatal(err)
		}
		if err := w.UseLink(ctx, self, token, "another"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("twice: %v", err)
		}
		if c, err := w.Credentials(ctx, "new"); err != nil || c.PasswordHash != dbtest.Hash || c.MustChange {
			t.Errorf("password %q, must change %v, %v", c.PasswordHash, c.MustChange, err)
		}
		// A reset takes the password at once, a newer link replaces the older, and it ages.
		first, one := w.NewLink(db.ResetFor)
		second, two := w.NewLink(db.ResetFor)
		for _, l := range []*db.Link{&one, &two} {
			if err := w.ResetUser(ctx, admin, id, "unusable", l); err != nil {
				t.Fatal(err)
			}
		}
		if c, _ := w.Credentials(ctx, "new"); c.PasswordHash != "unusable" {
			t.Errorf("after a reset the password is %q", c.PasswordHash)
		}
		if _, err := w.LinkedUser(ctx, first); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("the older link: %v", err)
		}
		w.Clock.Move(db.ResetFor - time.Second)
		if _, err := w.LinkedUser(ctx, second); err != nil {
			t.Errorf("the last second: %v", err)
		}
		w.Clock.Move(time.Second)
		if err := w.UseLink(ctx, self, second, dbtest.Hash); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("too late: %v", err)
		}
	})
}

// TestNobodyEditsUpward: who resets a stronger person's password takes their
// rights over. A branch's administrator edits nobody who holds more than that
// branch, though they sit in it.
func TestNobodyEditsUpward(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, system := context.Background(), policy.SystemActor("test")
		add := func(name string, grants ...policy.Grant) int64 {
			id, err := w.CreateUser(ctx, system, db.UserInput{Username: name, Name: name, BranchID: w.West, PasswordHash: dbtest.Hash, Grants: grants})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		local := w.As(t, add("local", policy.Grant{Role: policy.Administrator, Branch: w.West}))
		head := add("head", policy.Grant{Role: policy.Administrator, Branch: w.Head})
		both := add("both", policy.Grant{Role: policy.SalesRep, Branch: w.West}, policy.Grant{Role: policy.SalesRep, Branch: w.East})
		edit := func(by policy.Actor, id int64, change func(*db.UserInput)) error {
			u, err := w.User(ctx, system.Scope(policy.UserRead), id)
			if err != nil {
				t.Fatal(err)
			}
			in := db.UserInput{Username: u.Username, Name: u.Name, Phone: u.Phone, BranchID: u.BranchID, JoinedOn: u.JoinedOn, LeavesOn: u.LeavesOn, Grants: u.Grants}
			change(&in)
			return w.UpdateUser(ctx, by, id, u.Version, in)
		}
		_, link := w.NewLink(db.ResetFor)
		for _, c := range []struct {
			name string
			err  error
			want error
		}{
			{"resets head office's administrator, who sits here", w.ResetUser(ctx, local, head, "x", &link), db.ErrAbove},
			{"gives them a first password", w.ResetUser(ctx, local, head, "x", nil), db.ErrAbove},
			{"disables them", edit(local, head, func(in *db.UserInput) { in.Disabled = true }), db.ErrAbove},
			{"renames them, to sign in by that name", edit(local, head, func(in *db.UserInput) { in.Username = "mine" }), db.ErrAbove},
			{"lets them leave yesterday", edit(local, head, func(in *db.UserInput) { in.LeavesOn = "2026-11-20" }), db.ErrAbove},
			{"resets somebody who is also at another branch", w.ResetUser(ctx, local, both, "x", &link), db.ErrAbove},
			{"resets their own", w.ResetUser(ctx, local, local.UserID, "x", &link), db.ErrSelf},
			{"locks themself out", edit(local, local.UserID, func(in *db.UserInput) { in.Disabled = true }), db.ErrSelf},
			{"sets their own leave date", edit(local, local.UserID, func(in *db.UserInput) { in.LeavesOn = "2026-12-31" }), db.ErrSelf},
			{"gives themself a role", edit(local, local.UserID, func(in *db.UserInput) {
				in.Grants = append(in.Grants, policy.Grant{Role: policy.BranchManager, Branch: w.West})
			}), db.ErrSelf},
			{"resets another branch's person", w.ResetUser(ctx, local, w.BossEast, "x", &link), db.ErrNotFound},
			{"resets nobody", w.ResetUser(ctx, local, 7, "x", &link), db.ErrNotFound},
			{"grants a role at another branch", edit(local, w.RepWest, func(in *db.UserInput) {
				in.Grants = append(in.Grants, policy.Grant{Role: policy.SalesRep, Branch: w.East})
			}), db.ErrRefused},
			{"edits their own phone", edit(local, local.UserID, func(in *db.UserInput) { in.Phone = "13800000000" }), nil},
			{"gives a rep a second role here", edit(local, w.RepWest, func(in *db.UserInput) {
				in.Grants = append(in.Grants, policy.Grant{Role: policy.ServiceClerk, Branch: w.West})
			}), nil},
			{"resets a rep of the branch", w.ResetUser(ctx, local, w.RepWest, "x", &link), nil},
		} {
			if !errors.Is(c.err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, c.err, c.want)
			}
		}
		// The last administrator who stays: nobody sets the other's leave date then.
		if err := edit(w.As(t, w.Admin), head, func(in *db.UserInput) { in.LeavesOn = "2026-12-31" }); err != nil {
			t.Fatal(err)
		}
		if err := edit(system, w.Admin, func(in *db.UserInput) { in.LeavesOn = "2026-12-31" }); !errors.Is(err, db.ErrLastAdministrator) {
			t.Errorf("the last administrator leaves: %v", err)
		}
	})
}
