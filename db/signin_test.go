package db_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/signin"
	"yike/policy/totp"
)

var phoneSecret = []byte("12345678901234567890")

// enrol turns somebody's second step on and moves the clock to the next code.
func enrol(t *testing.T, w *dbtest.World, user int64) {
	t.Helper()
	ctx, by := context.Background(), w.As(t, user)
	if err := w.BeginTwoStep(ctx, by, phoneSecret); err != nil {
		t.Fatal(err)
	}
	ok, err := w.ConfirmTwoStep(ctx, by, totp.Code(phoneSecret, totp.Step(w.Clock.Now())), "salt", []string{"h1", "h2", "h3"})
	if err != nil || !ok {
		t.Fatalf("confirm: %v %v", ok, err)
	}
	w.Clock.Move(totp.Period)
}

// TestACodeIsGoodOnce: Gitea CVE-2026-20779: one code used twice in a race.
// Fifty at once, one passes; and the code before it passes no more.
func TestACodeIsGoodOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		enrol(t, w, w.BossWest)
		step := totp.Step(w.Clock.Now())
		var passed atomic.Int64
		var wait sync.WaitGroup
		for range 50 {
			wait.Go(func() {
				ok, err := w.UseCode(ctx, w.BossWest, totp.Code(phoneSecret, step))
				if err != nil {
					t.Error(err)
				}
				if ok {
					passed.Add(1)
				}
			})
		}
		wait.Wait()
		if passed.Load() != 1 {
			t.Errorf("%d of fifty passed", passed.Load())
		}
		for name, s := range map[string]int64{"again": step, "the one before": step - 1} {
			if ok, err := w.UseCode(ctx, w.BossWest, totp.Code(phoneSecret, s)); ok || err != nil {
				t.Errorf("%s: %v %v", name, ok, err)
			}
		}
		if ok, err := w.UseCode(ctx, w.BossWest, totp.Code(phoneSecret, step+1)); !ok || err != nil {
			t.Errorf("the next: %v %v", ok, err)
		}
		if ok, err := w.UseCode(ctx, w.RepWest, totp.Code(phoneSecret, step+1)); ok || err != nil {
			t.Errorf("somebody without a second step: %v %v", ok, err)
		}
	})
}

func TestTheSecondStep(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		if err := w.BeginTwoStep(ctx, boss, phoneSecret); err != nil {
			t.Fatal(err)
		}
		s, err := w.TwoStepOf(ctx, boss)
		if err != nil || s.On || !bytes.Equal(s.Secret, phoneSecret) {
			t.Fatalf("waiting: %+v %v", s, err)
		}
		if ok, err := w.ConfirmTwoStep(ctx, boss, "000000", "salt", nil); ok || err != nil {
			t.Errorf("a wrong first code: %v %v", ok, err)
		}
		if ok, _ := w.UseCode(ctx, w.BossWest, totp.Code(phoneSecret, totp.Step(w.Clock.Now()))); ok {
			t.Error("a secret that waits lets somebody pass")
		}
		enrol(t, w, w.BossWest)
		if s, err = w.TwoStepOf(ctx, boss); err != nil || !s.On || s.Secret != nil || s.CodesLeft != 3 {
			t.Errorf("on: %+v %v", s, err)
		}
		if err := w.BeginTwoStep(ctx, boss, []byte("another-secret-of-20")); !errors.Is(err, db.ErrConflict) {
			t.Errorf("begin again while on: %v", err)
		}
		if _, err := w.ConfirmTwoStep(ctx, boss, totp.Code(phoneSecret, totp.Step(w.Clock.Now())), "x", []string{"mine"}); !errors.Is(err, db.ErrConflict) {
			t.Errorf("confirm again: %v", err)
		}

		// Fifty at once with one recovery code.
		var passed atomic.Int64
		var wait sync.WaitGroup
		for range 50 {
			wait.Go(func() {
				if ok, _, err := w.UseRecovery(ctx, w.BossWest, "h2"); err != nil {
					t.Error(err)
				} else if ok {
					passed.Add(1)
				}
			})
		}
		wait.Wait()
		if passed.Load() != 1 {
			t.Errorf("a recovery code let %d pass", passed.Load())
		}
		if ok, left, err := w.UseRecovery(ctx, w.RepWest, "h1"); ok || err != nil || left != 0 {
			t.Errorf("somebody else's recovery code: %v %d %v", ok, left, err)
		}
		if err := w.RenewRecoveryCodes(ctx, boss, "salt2", []string{"n1"}); err != nil {
			t.Fatal(err)
		}
		if ok, _, _ := w.UseRecovery(ctx, w.BossWest, "h1"); ok {
			t.Error("an old recovery code lives on")
		}

		// Who may reset it.
		for name, c := range map[string]struct {
			by   int64
			want error
		}{"a rep": {w.RepWest, db.ErrNotFound}, "another branch's manager": {w.BossEast, db.ErrNotFound}, "the manager, without code": {w.BossWest, db.ErrSelf}} {
			if err := w.ResetTwoStep(ctx, w.As(t, c.by), w.BossWest); !errors.Is(err, c.want) {
				t.Errorf("%s resets it: %v", name, err)
			}
		}
		if s, _ = w.TwoStepOf(ctx, boss); !s.On {
			t.Fatal("a refused reset left a trace")
		}
		if err := w.ResetTwoStep(ctx, w.As(t, w.Admin), w.BossWest); err != nil {
			t.Fatal(err)
		}
		if s, _ = w.TwoStepOf(ctx, boss); s.On {
			t.Error("still on after the reset")
		}
		if err := w.ResetTwoStep(ctx, w.As(t, w.Admin), w.BossWest); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("reset twice: %v", err)
		}
	})
}

// TestWhoEditsPeopleOpensNoStrongerAccount: somebody who keeps the accounts of a
// branch but may give none of its manager's rights neither unlocks the manager
// nor takes their second step away, and an administrator not their own.
func TestWhoEditsPeopleOpensNoStrongerAccount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin := context.Background(), w.As(t, w.Admin)
		word, err := w.CreateRole(ctx, admin, db.Submission{}, policy.Courier, db.RoleInput{Title: "人事", Grants: policy.Grants{
			policy.UserRead: policy.ReachBranch, policy.UserEdit: policy.ReachBranch}})
		if err != nil {
			t.Fatal(err)
		}
		id, err := w.CreateUser(ctx, admin, db.UserInput{Username: "hr", Name: "人事员", BranchID: w.West, PasswordHash: dbtest.Hash, JoinedOn: "2024-01-01",
			Grants: []policy.Grant{{Role: word, Branch: w.West}}})
		if err != nil {
			t.Fatal(err)
		}
		hr := w.As(t, id)
		if err := w.ResetTwoStep(ctx, hr, w.BossWest); !errors.Is(err, db.ErrAbove) {
			t.Errorf("the manager's second step: %v", err)
		}
		if err := w.UnlockUser(ctx, hr, w.BossWest, "name:boss"); !errors.Is(err, db.ErrAbove) {
			t.Errorf("the manager unlocked: %v", err)
		}
		if err := w.ResetTwoStep(ctx, admin, w.Admin); !errors.Is(err, db.ErrSelf) {
			t.Errorf("one's own second step: %v", err)
		}
		if n := audited(t, w, "users.unlock") + audited(t, w, "users.two_step_reset"); n != 0 {
			t.Errorf("%d refused acts are on record as done", n)
		}
	})
}

// TestASessionThatWasEndedStaysEnded: a request in hand must not write a
// session back that was ended meanwhile.
func TestASessionThatWasEndedStaysEnded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		store := w.Sessions(func(data []byte) db.SessionAbout {
			return db.SessionAbout{User: w.BossWest, Since: w.Clock.Now().UnixMilli(), Address: "10.0.0.9", Agent: string(data)}
		})
		end := w.Clock.Now().Add(24 * time.Hour)
		if err := store.Commit("a", []byte("phone"), end); err != nil {
			t.Fatal(err)
		}
		w.Clock.Move(time.Minute)
		if err := store.Commit("b", []byte("desk"), end); err != nil {
			t.Fatal(err)
		}
		request := db.WithMark(ctx)
		if _, found, err := store.FindCtx(request, "b"); !found || err != nil {
			t.Fatalf("found %v %v", found, err)
		}
		by := w.As(t, w.BossWest)
		list, err := w.SessionsOf(request, by)
		if err != nil || len(list) != 2 || !list[0].This || list[0].Agent != "desk" || list[1].This {
			t.Fatalf("%+v %v", list, err)
		}
		if err := w.EndSession(ctx, w.As(t, w.RepWest), list[0].ID); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("somebody else ends it: %v", err)
		}
		if n, err := w.EndOtherSessions(request, by); n != 1 || err != nil {
			t.Errorf("ended %d others, %v", n, err)
		}
		if err := w.EndSession(ctx, by, list[0].ID); err != nil {
			t.Fatal(err)
		}
		if err := store.CommitCtx(request, "b", []byte("written late"), end); err != nil {
			t.Fatal(err)
		}
		if _, found, _ := store.FindCtx(db.WithMark(ctx), "b"); found {
			t.Error("the ended session is back")
		}
	})
}

// TestWhenASessionWasSeenIsWrittenLater: reading a page writes nothing; one
// writing a minute notes the use of all sessions.
func TestWhenASessionWasSeenIsWrittenLater(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		store := w.Sessions(func([]byte) db.SessionAbout { return db.SessionAbout{User: w.BossWest, Since: 1} })
		for i := range 20 {
			if err := store.Commit(fmt.Sprint("t", i), []byte("x"), w.Clock.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		began := w.Clock.Now()
		seen := func(token string) time.Time {
			request := db.WithMark(ctx)
			if _, found, err := store.FindCtx(request, token); !found || err != nil {
				t.Fatalf("found %v %v", found, err)
			}
			if was := w.SessionSeen(request); !was.Equal(w.SessionSeen(request)) {
				t.Errorf("asking when %s was seen is a use of it", token)
			}
			was := w.SessionSeen(request)
			w.NoteSeen(request)
			return was
		}
		w.Clock.Move(5 * time.Minute)
		if got := seen("t1"); !got.Equal(began) {
			t.Errorf("first use: last seen %s", got)
		}
		first := w.Clock.Now()
		w.Clock.Move(time.Minute)
		if got := seen("t1"); !got.Equal(first) {
			t.Errorf("second use, nothing written yet: last seen %s", got)
		}
		second := w.Clock.Now()
		if n, err := w.FlushSeen(ctx); n != 1 || err != nil {
			t.Errorf("wrote %d, %v", n, err)
		}
		if n, err := w.FlushSeen(ctx); n != 0 || err != nil {
			t.Errorf("with nothing new wrote %d, %v", n, err)
		}
		w.Clock.Move(time.Minute)
		if got := seen("t1"); !got.Equal(second) {
			t.Errorf("after the writing: last seen %s", got)
		}
	})
}

// TestFiftyOldSessionsDie: SECURITY.md goal 25 for what this file owns: a new
// password, and being disabled.
func TestFiftyOldSessionsDie(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		store := w.Sessions(func([]byte) db.SessionAbout { return db.SessionAbout{User: w.RepWest, Since: 1} })
		begin := func() {
			for i := range 50 {
				if err := store.Commit(fmt.Sprint("s", i), []byte("x"), w.Clock.Now().Add(time.Hour)); err != nil {
					t.Fatal(err)
				}
			}
		}
		alive := func() (n int) {
			for i := range 50 {
				if _, found, _ := store.Find(fmt.Sprint("s", i)); found {
					n++
				}
			}
			return n
		}
		begin()
		if n := alive(); n != 50 {
			t.Fatalf("%d of fifty began", n)
		}
		if err := w.SetPassword(ctx, w.As(t, w.RepWest), "$argon2id$another"); err != nil {
			t.Fatal(err)
		}
		if n := alive(); n != 0 {
			t.Errorf("%d live on under the old password", n)
		}
		begin()
		admin := w.As(t, w.Admin)
		u, err := w.User(ctx, admin.Scope(policy.UserRead), w.RepWest)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.UpdateUser(ctx, admin, u.ID, u.Version, db.UserInput{Username: u.Username, Name: u.Name, BranchID: u.BranchID, JoinedOn: u.JoinedOn, Grants: u.Grants, Disabled: true}); err != nil {
			t.Fatal(err)
		}
		if n := alive(); n != 0 {
			t.Errorf("%d of a disabled person live on", n)
		}
	})
}

func TestSignInIsOnRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		name := "name:" + signin.NameKey("boss")
		var locks time.Duration
		for i := range 5 {
			a, err := w.TrySignIn(ctx, name, "addr:10.0.0.1")
			if err != nil || a.Wait > 0 {
				t.Fatalf("try %d: %+v %v", i, a, err)
			}
			locks = a.Locks
		}
		if locks != signin.ForName.First {
			t.Errorf("the fifth locks for %s", locks)
		}
		if until, err := w.LockedUntil(ctx, name); err != nil || !until.Equal(w.Clock.Now().Add(locks)) {
			t.Errorf("locked until %s, %v", until, err)
		}
		// A browser in which the person has signed in counts apart.
		if a, err := w.TrySignIn(ctx, name+"@device", ""); err != nil || a.Wait > 0 {
			t.Errorf("the known browser: %+v %v", a, err)
		}
		for who, want := range map[int64]error{w.RepWest: db.ErrNotFound, w.BossEast: db.ErrNotFound, w.Admin: nil} {
			if err := w.UnlockUser(ctx, w.As(t, who), w.BossWest, name); !errors.Is(err, want) {
				t.Errorf("unlocked by %d: %v, want %v", who, err, want)
			}
		}
		if until, err := w.LockedUntil(ctx, name); err != nil || !until.IsZero() {
			t.Errorf("after unlocking: locked until %s, %v", until, err)
		}
		boss := policy.Actor{UserID: w.BossWest, Name: "周明慧", Branch: w.West}
		in := db.Entry{NameKey: name, AddressKey: "addr:10.0.0.1", PasswordHash: dbtest.Hash, Device: "device", DeviceName: signin.NameKey("boss")}
		if known, err := w.KnownDevice(ctx, "device", in.DeviceName); known || err != nil {
			t.Errorf("known before: %v %v", known, err)
		}
		if err := w.SignInSucceeded(ctx, boss, in); err != nil {
			t.Fatal(err)
		}
		if known, err := w.KnownDevice(ctx, "device", in.DeviceName); !known || err != nil {
			t.Errorf("known afterwards: %v %v", known, err)
		}
		if known, err := w.KnownDevice(ctx, "device", signin.NameKey("rep")); known || err != nil {
			t.Errorf("the same browser, another name: %v %v", known, err)
		}
		w.Clock.Move(db.KnownFor + time.Hour)
		if known, err := w.KnownDevice(ctx, "device", in.DeviceName); known || err != nil {
			t.Errorf("half a year later: %v %v", known, err)
		}
		// Gitea CVE-2026-58422: signing in never brings a disabled account back,
		// and a password changed since it was compared opens nothing.
		in.PasswordHash = "$argon2id$of-a-moment-ago"
		if err := w.SignInSucceeded(ctx, boss, in); !errors.Is(err, db.ErrRefused) {
			t.Errorf("with the password of a moment ago: %v", err)
		}
	})
}
