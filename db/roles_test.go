package db_test

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
)

// save gives a role the grants as the page does: look at the effects, confirm.
func save(w *dbtest.World, by policy.Actor, role policy.Role, in db.RoleInput) error {
	ctx := context.Background()
	access, err := w.DB.Access(ctx)
	if err != nil {
		return err
	}
	info, _ := access.Role(role)
	effects, err := w.RoleEffects(ctx, role, in.Grants)
	if err != nil {
		return err
	}
	return w.UpdateRole(ctx, by, role, info.Version, in, effects.Mark)
}

func roles(t testing.TB, w *dbtest.World) *policy.Access {
	t.Helper()
	access, err := w.DB.Access(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return access
}

func with(g policy.Grants, change policy.Grants) policy.Grants {
	out := maps.Clone(g)
	for p, r := range change {
		if out[p] = r; r == "" {
			delete(out, p)
		}
	}
	return out
}

func TestAChangedRoleIsInForceOnTheNextRequestOfEveryNode(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		admin := w.As(t, w.Admin)
		other := w.Actors() // another node: a cache of its own
		ctx := context.Background()
		before, err := other.Actor(ctx, w.CourierWest)
		if err != nil || before.Actor.Can(policy.VisitRead) {
			t.Fatalf("at first a courier sees no visits: %v", err)
		}
		grants := with(roles(t, w).Grants(policy.Courier), policy.Grants{policy.VisitRead: policy.ReachBranch})
		if err := save(w, admin, policy.Courier, db.RoleInput{Grants: grants}); err != nil {
			t.Fatal(err)
		}
		after, err := other.Actor(ctx, w.CourierWest)
		if err != nil || !after.Actor.Can(policy.VisitRead) {
			t.Errorf("afterwards a courier sees visits on the other node: %v", err)
		}
		if info, _ := roles(t, w).Role(policy.Courier); !info.Edited || info.Version != 1 {
			t.Errorf("the role is marked: %+v", info)
		}
		// Back to what ships with the program: the role follows the program again.
		if err := save(w, admin, policy.Courier, db.RoleInput{Grants: roles(t, w).Shipped(policy.Courier)}); err != nil {
			t.Fatal(err)
		}
		if info, _ := roles(t, w).Role(policy.Courier); info.Edited || info.Version != 2 {
			t.Errorf("after the reset: %+v", info)
		}
		if again, err := other.Actor(ctx, w.CourierWest); err != nil || again.Actor.Can(policy.VisitRead) {
			t.Errorf("after the reset a courier sees no visits: %v", err)
		}
	})
}

func TestWhoMayChangeARole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, system := context.Background(), policy.SystemActor("test")
		user := func(name string, branch int64, role policy.Role) int64 {
			id, err := w.CreateUser(ctx, system, db.UserInput{Username: name, Name: name, BranchID: branch, PasswordHash: dbtest.Hash,
				Grants: []policy.Grant{{Role: role, Branch: branch}}})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		regional := user("regional", w.Zhejiang, policy.Administrator)
		// A role editor who holds nothing but people, roles and visits.
		narrow := policy.Grants{policy.UserEdit: policy.ReachSubtree, policy.RoleEdit: policy.ReachSubtree, policy.VisitRead: policy.ReachSubtree}
		word, err := w.CreateRole(ctx, w.As(t, w.Admin), db.Submission{}, policy.Administrator, db.RoleInput{Title: "人事", Grants: narrow})
		if err != nil {
			t.Fatal(err)
		}
		clerk := user("hr", w.Head, word)
		base := roles(t, w)
		for name, c := range map[string]struct {
			by    int64
			role  policy.Role
			grant policy.Grants // over what the role has
			title string
			want  error
		}{
			"an administrator of one region edits no role": {regional, policy.Courier, policy.Grants{policy.VisitRead: policy.ReachBranch}, "", db.ErrRefused},
			"nor a role of the company's own":              {regional, word, policy.Grants{policy.VisitRead: ""}, "人事", db.ErrRefused},
			"nor only its name":                            {regional, policy.Courier, nil, "小哥", db.ErrRefused},
			"a manager edits no role":                      {w.BossWest, policy.Courier, policy.Grants{policy.VisitRead: policy.ReachBranch}, "", db.ErrRefused},
			"nobody gives what they do not hold":           {clerk, policy.Courier, policy.Grants{policy.AuditRead: policy.ReachBranch}, "", db.ErrRefused},
			"nobody takes what they do not hold":           {clerk, policy.Auditor, policy.Grants{policy.AuditRead: ""}, "", db.ErrRefused},
			"nobody widens what they do not hold":          {clerk, policy.SalesRep, policy.Grants{policy.CustomerRead: policy.ReachCompany}, "", db.ErrRefused},
			"nobody widens their own role":                 {clerk, word, policy.Grants{policy.CustomerExport: policy.ReachCompany}, "人事", db.ErrRefused},
			"a forged permission":                          {w.Admin, policy.Courier, policy.Grants{"customers.eat": policy.ReachOwn}, "", db.ErrRefused},
			"a forged reach":                               {w.Admin, policy.Courier, policy.Grants{policy.VisitRead: "galaxy"}, "", db.ErrRefused},
			"a role that is none":                          {w.Admin, "own_zz", nil, "x", db.ErrNotFound},
			"a name that another role has":                 {w.Admin, policy.Courier, nil, "人事", db.ErrTaken},
		} {
			err := w.UpdateRole(ctx, w.As(t, c.by), c.role, version(base, c.role), db.RoleInput{Title: c.title, Grants: with(base.Grants(c.role), c.grant)}, "unseen")
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		if _, err := w.CreateRole(ctx, w.As(t, clerk), db.Submission{}, policy.Administrator, db.RoleInput{Title: "影子", Grants: base.Grants(policy.Administrator)}); !errors.Is(err, db.ErrRefused) {
			t.Errorf("copying a role gives nobody what they do not hold: %v", err)
		}
		if _, err := w.CreateRole(ctx, w.As(t, regional), db.Submission{}, policy.Courier, db.RoleInput{Title: "区里的", Grants: base.Grants(policy.Courier)}); !errors.Is(err, db.ErrRefused) {
			t.Errorf("a region's administrator makes no role: %v", err)
		}
		for _, r := range base.Roles() {
			if !maps.Equal(roles(t, w).Grants(r.Role), base.Grants(r.Role)) {
				t.Errorf("a refused change of %s left a trace", r.Role)
			}
		}
		// What the narrow editor does hold, they may give.
		if err := save(w, w.As(t, clerk), policy.Courier, db.RoleInput{Grants: with(base.Grants(policy.Courier), policy.Grants{policy.VisitRead: policy.ReachBranch})}); err != nil {
			t.Errorf("what one holds one may give: %v", err)
		}
	})
}

func version(a *policy.Access, role policy.Role) int64 {
	info, _ := a.Role(role)
	return info.Version
}

func TestTwoAdministratorsOnOneRole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin := context.Background(), w.As(t, w.Admin)
		a := roles(t, w)
		mine := db.RoleInput{Grants: with(a.Grants(policy.Courier), policy.Grants{policy.VisitRead: policy.ReachBranch})}
		theirs := db.RoleInput{Grants: with(a.Grants(policy.Courier), policy.Grants{policy.CadenceRead: policy.ReachBranch})}
		if err := save(w, admin, policy.Courier, theirs); err != nil {
			t.Fatal(err)
		}
		effects, err := w.RoleEffects(ctx, policy.Courier, mine.Grants)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.UpdateRole(ctx, admin, policy.Courier, 0, mine, effects.Mark); !errors.Is(err, db.ErrConflict) {
			t.Errorf("the later one of two is told: %v", err)
		}
		if !maps.Equal(roles(t, w).Grants(policy.Courier), theirs.Grants) {
			t.Error("the first one's change stands")
		}
		// Many at once: one goes through.
		var wg sync.WaitGroup
		var mu sync.Mutex
		done := 0
		for i := range 6 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				in := db.RoleInput{Title: "小哥" + strconv.Itoa(i), Grants: theirs.Grants}
				none, err := w.RoleEffects(ctx, policy.Courier, in.Grants)
				if err == nil {
					err = w.UpdateRole(ctx, admin, policy.Courier, 1, in, none.Mark)
				}
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					done++
				} else if !errors.Is(err, db.ErrConflict) {
					t.Errorf("at once: %v", err)
				}
			}()
		}
		wg.Wait()
		if done != 1 {
			t.Errorf("%d of six at once went through, want one", done)
		}
	})
}

func TestWhatWasConfirmedIsWhatIsDone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, system, admin := context.Background(), policy.SystemActor("test"), w.As(t, w.Admin)
		in := db.RoleInput{Grants: with(roles(t, w).Grants(policy.Courier), policy.Grants{policy.VisitRead: policy.ReachBranch, policy.CustomerRead: policy.ReachBranch})}
		seen, err := w.RoleEffects(ctx, policy.Courier, in.Grants)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, e := range seen.List {
			lines = append(lines, string(e.Permission)+" +"+strings.Join(e.Gain, ",")+" -"+strings.Join(e.Lose, ","))
		}
		if got, want := strings.Join(lines, "; "), "customers.read + -吴快递; visits.read +吴快递 -"; got != want || seen.Holders != 1 {
			t.Errorf("who gains and loses what: %d %s, want %s", seen.Holders, got, want)
		}
		if _, err := w.CreateUser(ctx, system, db.UserInput{Username: "courier2", Name: "新快递", BranchID: w.East, PasswordHash: dbtest.Hash,
			Grants: []policy.Grant{{Role: policy.Courier, Branch: w.East}}}); err != nil {
			t.Fatal(err)
		}
		if err := w.UpdateRole(ctx, admin, policy.Courier, 0, in, seen.Mark); !errors.Is(err, db.ErrEffects) {
			t.Errorf("somebody came to hold the role meanwhile: %v", err)
		}
		if err := save(w, admin, policy.Courier, in); err != nil {
			t.Fatal(err)
		}
		// A second role that gives the same: nobody loses anything.
		courier, err := w.User(ctx, system.Scope(policy.UserRead), w.CourierWest)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.UpdateUser(ctx, system, courier.ID, courier.Version, db.UserInput{Username: courier.Username, Name: courier.Name, BranchID: courier.BranchID, JoinedOn: courier.JoinedOn,
			Grants: append(courier.Grants, policy.Grant{Role: policy.HeadOffice, Branch: w.Head})}); err != nil {
			t.Fatal(err)
		}
		less, err := w.RoleEffects(ctx, policy.Courier, policy.Grants{})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range less.List {
			if slices.Contains(e.Lose, "吴快递") || !slices.Contains(e.Lose, "新快递") {
				t.Errorf("%s: lose %v", e.Permission, e.Lose)
			}
		}
	})
}

func TestARoleIsCopiedPutAsideAndRemoved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin := context.Background(), w.As(t, w.Admin)
		in := db.RoleInput{Title: "夜班客服", Grants: roles(t, w).Grants(policy.ServiceClerk)}
		word, err := w.CreateRole(ctx, admin, db.Submission{Key: "k1"}, policy.ServiceClerk, in)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := w.CreateRole(ctx, admin, db.Submission{Key: "k1"}, policy.ServiceClerk, in); err != nil || again != word {
			t.Errorf("sent twice, made once: %s %v, want %s", again, err, word)
		}
		if _, err := w.CreateRole(ctx, admin, db.Submission{}, policy.ServiceClerk, in); !errors.Is(err, db.ErrTaken) {
			t.Errorf("the same name again: %v", err)
		}
		night, err := w.CreateUser(ctx, admin, db.UserInput{Username: "night", Name: "夜", BranchID: w.West, PasswordHash: dbtest.Hash, Grants: []policy.Grant{{Role: word, Branch: w.West}}})
		if err != nil {
			t.Fatalf("an own role is given like any other: %v", err)
		}
		if !w.As(t, night).Can(policy.VisitLog) {
			t.Error("and gives its rights")
		}
		if err := w.SetRoleAside(ctx, admin, word, 1, true); !errors.Is(err, db.ErrHeld) {
			t.Errorf("a role that somebody holds is not put aside: %v", err)
		}
		if err := w.RemoveRole(ctx, admin, word, 1); !errors.Is(err, db.ErrHeld) {
			t.Errorf("nor removed: %v", err)
		}
		if err := w.RemoveRole(ctx, admin, policy.Analyst, 0); !errors.Is(err, db.ErrRefused) {
			t.Errorf("a built-in role is never removed: %v", err)
		}
		if err := w.SetRoleAside(ctx, admin, policy.Analyst, 0, true); err != nil {
			t.Errorf("a built-in role that nobody holds is put aside: %v", err)
		}
		if _, err := w.CreateUser(ctx, admin, db.UserInput{Username: "n2", Name: "x", BranchID: w.West, PasswordHash: dbtest.Hash, Grants: []policy.Grant{{Role: policy.Analyst, Branch: w.West}}}); !errors.Is(err, db.ErrRefused) {
			t.Errorf("and given to nobody: %v", err)
		}
		u, err := w.User(ctx, admin.Scope(policy.UserRead), night)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.UpdateUser(ctx, admin, night, u.Version, db.UserInput{Username: "night", Name: "夜", BranchID: w.West, Grants: []policy.Grant{{Role: policy.Courier, Branch: w.West}}}); err != nil {
			t.Fatal(err)
		}
		if err := w.SetRoleSetting(ctx, admin, word, "session.idle", "30"); err != nil {
			t.Fatal(err)
		}
		if got := roles(t, w).Setting(word, "session.idle"); got != "30" {
			t.Errorf("setting %q", got)
		}
		if err := w.RemoveRole(ctx, admin, word, 1); err != nil {
			t.Errorf("held by nobody it is removed: %v", err)
		}
		if _, ok := roles(t, w).Role(word); ok || roles(t, w).Setting(word, "session.idle") != "" {
			t.Error("it is still there")
		}
	})
}

// TestTheLastAdministratorCannotBeRemoved tries every way.
func TestTheLastAdministratorCannotBeRemoved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, system, admin := context.Background(), policy.SystemActor("test"), w.As(t, w.Admin)
		u, err := w.User(ctx, system.Scope(policy.UserRead), w.Admin)
		if err != nil {
			t.Fatal(err)
		}
		base := db.UserInput{Username: u.Username, Name: u.Name, BranchID: u.BranchID, Grants: u.Grants}
		disabled, stripped, moved := base, base, base
		disabled.Disabled = true
		stripped.Grants = []policy.Grant{{Role: policy.Auditor, Branch: w.Head}}
		moved.Grants = []policy.Grant{{Role: policy.Administrator, Branch: w.Zhejiang}}
		grants := roles(t, w).Grants(policy.Administrator)
		for name, act := range map[string]func() error{
			"the person is disabled":     func() error { return w.UpdateUser(ctx, system, w.Admin, u.Version, disabled) },
			"the role is taken away":     func() error { return w.UpdateUser(ctx, system, w.Admin, u.Version, stripped) },
			"the role moves to a region": func() error { return w.UpdateUser(ctx, system, w.Admin, u.Version, moved) },
			"the role loses users.edit": func() error {
				return save(w, admin, policy.Administrator, db.RoleInput{Grants: with(grants, policy.Grants{policy.UserEdit: ""})})
			},
			"the role loses roles.edit": func() error {
				return save(w, admin, policy.Administrator, db.RoleInput{Grants: with(grants, policy.Grants{policy.RoleEdit: ""})})
			},
			"the role reaches a branch only": func() error {
				return save(w, admin, policy.Administrator, db.RoleInput{Grants: with(grants, policy.Grants{policy.RoleEdit: policy.ReachBranch})})
			},
			"head office is closed": func() error { return w.CloseBranch(ctx, admin, w.Head, 1, 0) },
		} {
			if err := act(); !errors.Is(err, db.ErrLastAdministrator) || !errors.Is(err, db.ErrRefused) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if now := w.As(t, w.Admin); !now.MayEditRoles(w.Head) || !now.Scope(policy.UserEdit).SeesAll(w.Head) {
			t.Error("a refused act left a trace")
		}
		// With a second one, each may go, and of two at once one stays.
		second, err := w.CreateUser(ctx, system, db.UserInput{Username: "admin2", Name: "副", BranchID: w.Head, PasswordHash: dbtest.Hash, Grants: []policy.Grant{{Role: policy.Administrator, Branch: w.Head}}})
		if err != nil {
			t.Fatal(err)
		}
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i, id := range []int64{w.Admin, second} {
			wg.Add(1)
			go func() {
				defer wg.Done()
				in := disabled
				if id == second {
					in.Username, in.Name = "admin2", "副"
				}
				errs[i] = w.UpdateUser(ctx, system, id, 1, in)
			}()
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), db.ErrLastAdministrator) {
			t.Errorf("of two administrators disabled at once one stays: %v", errs)
		}
	})
}

// TestNobodyReadsHalfARole saves two sets of grants in turn, each for
// everything or for nothing, while readers load actors: every reader finds one
// of the two, never a mixture.
func TestNobodyReadsHalfARole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, cancel := context.WithCancel(context.Background())
		admin := w.As(t, w.Admin)
		full := maps.Clone(roles(t, w).Grants(policy.BranchManager))
		sets := []policy.Grants{full, {policy.CustomerRead: policy.ReachOwn}}
		var wg sync.WaitGroup
		reads := make([]int, 3)
		for i := range reads {
			wg.Add(1)
			go func() {
				defer wg.Done()
				actors := w.Actors() // a node
				for ctx.Err() == nil {
					s, err := actors.Actor(context.Background(), w.BossWest)
					if err != nil {
						t.Error(err)
						return
					}
					held := 0
					for _, p := range policy.Permissions {
						if s.Actor.Can(p) {
							held++
						}
					}
					wide := s.Actor.Scope(policy.CustomerRead).Wide()
					if !(held == len(full) && wide) && !(held == 1 && !wide) {
						t.Errorf("half a role: %d permissions, wide %v", held, wide)
						return
					}
					reads[i]++
				}
			}()
		}
		for i := range 30 {
			if err := save(w, admin, policy.BranchManager, db.RoleInput{Grants: sets[(i+1)%2]}); err != nil {
				t.Fatal(err)
			}
		}
		cancel()
		wg.Wait()
		for i, n := range reads {
			if n == 0 {
				t.Errorf("reader %d read nothing", i)
			}
		}
	})
}

func TestABadRoleInTheDatabaseStopsTheStart(t *testing.T) {
	clock := dbtest.NewClock(dbtest.Start)
	path := t.TempDir() + "/yike.db"
	open := func() (*db.DB, error) { return db.Open(context.Background(), db.Config{DSN: path, Now: clock.Now}) }
	d, err := open()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`INSERT INTO roles (id, role, title, built_in, edited, created_at, updated_at) VALUES (7, 'own_1', '夜班', 0, 0, 1, 1)`,
		`INSERT INTO role_grants (role, permission, reach) VALUES ('own_1', 'customers.eat', 'own')`,
	} {
		if err := d.Raw(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if d, err = open(); err == nil {
		_ = d.Close()
		t.Fatal("it started")
	}
	if !strings.Contains(err.Error(), `role "own_1"`) || !strings.Contains(err.Error(), `"customers.eat"`) {
		t.Errorf("the error names role and permission: %v", err)
	}
}

// TestScopesAndSQLAgree asks the lists of both engines what people of random
// roles and reaches see, and compares with Scope.Sees row by row.
func TestScopesAndSQLAgree(t *testing.T) {
	dbtest.Alone(t)
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, system, rnd := context.Background(), policy.SystemActor("test"), rand.New(rand.NewPCG(5, 6))
		places := []int64{w.Head, w.Zhejiang, w.Jiangsu, w.West, w.East, w.Gulou}
		people := []int64{w.RepWest, w.RepWest2, w.ClerkEast}
		var all []db.Customer
		for i := range 60 {
			c := db.Customer{BranchID: places[rnd.IntN(len(places))], Name: "客户" + strconv.Itoa(i), Stage: "prospect", State: "draft"}
			if rnd.IntN(2) == 0 {
				c.OwnerID = people[rnd.IntN(len(people))]
			}
			if rnd.IntN(3) == 0 {
				c.ClerkID = people[rnd.IntN(len(people))]
			}
			id, err := w.CreateCustomer(ctx, system, db.Submission{}, c)
			if err != nil {
				t.Fatal(err)
			}
			c.ID = id
			all = append(all, c)
		}
		var stored []policy.StoredRole
		for _, reach := range policy.Reaches {
			stored = append(stored, policy.StoredRole{RoleInfo: policy.RoleInfo{Role: "own_" + policy.Role(reach), Title: string(reach)}, Grants: policy.Grants{policy.CustomerRead: reach}})
		}
		access, err := roles(t, w).With(stored, nil)
		if err != nil {
			t.Fatal(err)
		}
		for range 40 {
			var held []policy.Grant
			for range 1 + rnd.IntN(3) {
				held = append(held, policy.Grant{Role: stored[rnd.IntN(len(stored))].Role, Branch: places[rnd.IntN(len(places))]})
			}
			me := people[rnd.IntN(len(people))]
			scope := access.Actor(me, "x", w.West, held).Scope(policy.CustomerRead)
			var want, got []int64
			for _, c := range all {
				if scope.Sees(w.Chain(c.BranchID), c.OwnerID, c.ClerkID) {
					want = append(want, c.ID)
				}
				if _, err := w.Customer(ctx, scope, c.ID); (err == nil) != scope.Sees(w.Chain(c.BranchID), c.OwnerID, c.ClerkID) {
					t.Fatalf("%v: one customer's page: %v", held, err)
				}
			}
			p, err := w.Customers(ctx, scope, db.CustomerFilter{Limit: 200})
			if err != nil {
				t.Fatal(err)
			}
			got = idsOf(p.Rows)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("%v as %d: the list shows %d customers, the scope %d", held, me, len(got), len(want))
			}
		}
	})
}

// TestRightsAreWorkedOutOncePerPolicyVersion: while nothing changes every
// request works with the same compiled access; casbin is asked by making a new
// one only.
func TestRightsAreWorkedOutOncePerPolicyVersion(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, actors := context.Background(), w.Actors()
		load := func(user int64) *policy.Access {
			s, err := actors.Actor(db.WithMark(ctx), user)
			if err != nil {
				t.Fatal(err)
			}
			return s.Access
		}
		first := load(w.BossWest)
		for range 5 {
			if load(w.BossWest) != first || load(w.RepWest) != first {
				t.Fatal("the access was made anew though nothing changed")
			}
		}
		if err := save(w, w.As(t, w.Admin), policy.Courier, db.RoleInput{Title: "小哥", Grants: first.Grants(policy.Courier)}); err != nil {
			t.Fatal(err)
		}
		if load(w.BossWest) == first {
			t.Error("after a change it is another")
		}
	})
}
