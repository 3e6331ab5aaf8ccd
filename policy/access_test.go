package policy

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
)

func access(t *testing.T) *Access {
	t.Helper()
	a, err := DefaultAccess()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAWrongGrantStopsTheStartWithFileAndLine(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"an unknown role":       {"# x\nking,customers,read,own\n", "grants.csv:2: unknown role"},
		"an unknown permission": {"sales_rep,customers,eat,own\n", "grants.csv:1: unknown permission"},
		"an unknown reach":      {"sales_rep,customers,read,far\n", "grants.csv:1: unknown reach"},
		"a missing field":       {"sales_rep,customers,read\n", "wrong number of fields"},
		"the same grant twice":  {"sales_rep,customers,read,own\nsales_rep,customers,read,branch\n", "grants.csv:2: customers.read is granted to sales_rep twice"},
	} {
		if _, err := ParseAccess("grants.csv", strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestARepSeesOwnClientsAndAManagerTheBranchAndBelow(t *testing.T) {
	a := access(t)
	rep := a.Actor(7, "rep", 3, []Grant{{SalesRep, 3}})
	boss := a.Actor(8, "boss", 2, []Grant{{RegionalManager, 2}})
	chain := map[int64][]int64{3: {3, 2, 1}, 4: {4, 2, 1}, 5: {5, 1}}
	for name, c := range map[string]struct {
		who                  Actor
		branch, owner, clerk int64
		want                 bool
	}{
		"a rep sees a client that is theirs":               {rep, 3, 7, 0, true},
		"a rep sees a client whose clerk they are":         {rep, 3, 9, 7, true},
		"a rep sees no client of a colleague":              {rep, 3, 9, 0, false},
		"a rep sees no client without owner":               {rep, 3, 0, 0, false},
		"a regional manager sees a branch below":           {boss, 3, 9, 0, true},
		"a regional manager sees the other branch below":   {boss, 4, 9, 0, true},
		"a regional manager sees nothing beside":           {boss, 5, 9, 0, false},
		"a stranger's zero scope sees nothing":             {Actor{}, 3, 0, 0, false},
		"a stranger's zero scope sees no ownerless client": {Actor{}, 1, 0, 0, false},
	} {
		if got := c.who.Scope(CustomerRead).Sees(chain[c.branch], c.owner, c.clerk); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestNobodyGrantsWhatTheyDoNotHold(t *testing.T) {
	a := access(t)
	admin := a.Actor(1, "admin", 1, []Grant{{Administrator, 1}})
	local := a.Actor(2, "local", 3, []Grant{{Administrator, 3}})
	boss := a.Actor(3, "boss", 3, []Grant{{BranchManager, 3}})
	for name, c := range map[string]struct {
		who   Actor
		role  Role
		chain []int64
		want  bool
	}{
		"head office's administrator makes an administrator":    {admin, Administrator, []int64{1}, true},
		"a branch's administrator makes one of the branch":      {local, Administrator, []int64{3, 2, 1}, true},
		"a branch's administrator makes none above":             {local, Administrator, []int64{2, 1}, false},
		"a branch manager, who edits no users, grants nothing":  {boss, SalesRep, []int64{3, 2, 1}, false},
		"a branch's administrator grants nothing beside itself": {local, SalesRep, []int64{4, 2, 1}, false},
	} {
		if got := a.MayGrant(c.who, c.role, c.chain); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestTheMapAgreesWithCasbin asks casbin itself, with people holding roles at
// branch paths, and compares with the scopes that requests use.
func TestTheMapAgreesWithCasbin(t *testing.T) {
	a := access(t)
	m, err := model.NewModelFromString(modelConf)
	if err != nil {
		t.Fatal(err)
	}
	e, err := casbin.NewEnforcer(m)
	if err != nil {
		t.Fatal(err)
	}
	e.AddNamedDomainMatchingFunc("g", "covers", Covers)
	for line := range strings.Lines(defaultGrants) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			f := strings.Split(line, ",")
			if _, err := e.AddPolicy(f[0], f[1], f[2], f[3]); err != nil {
				t.Fatal(err)
			}
		}
	}
	paths := map[int64]string{1: "/hq", 2: "/hq/zj", 3: "/hq/zj/hz", 4: "/hq/zjx", 5: "/hq/zj/nb"}
	chains := map[int64][]int64{1: {1}, 2: {2, 1}, 3: {3, 2, 1}, 4: {4, 1}, 5: {5, 2, 1}}
	rnd := rand.New(rand.NewPCG(1, 2))
	for user := range int64(40) {
		grant := Grant{Roles[rnd.IntN(len(Roles))], 1 + rnd.Int64N(5)}
		name := "u" + string(rune('A'+user))
		if _, err := e.AddGroupingPolicy(name, string(grant.Role), paths[grant.Branch]); err != nil {
			t.Fatal(err)
		}
		actor := a.Actor(user+1, name, grant.Branch, []Grant{grant})
		for _, p := range Permissions {
			reach, _ := a.Reach(grant.Role, p)
			for branch, path := range paths {
				obj, act, _ := strings.Cut(string(p), ".")
				want, err := e.Enforce(name, path, obj, act)
				if err != nil {
					t.Fatal(err)
				}
				// An own-only right reaches own clients; casbin answers for the place.
				owner := int64(0)
				if reach == ReachOwn {
					owner = user + 1
					if !slices.Contains(chains[branch], grant.Branch) {
						continue
					}
				}
				if got := actor.Scope(p).Sees(chains[branch], owner, 0); got != want {
					t.Fatalf("%s as %s at %s, %s at %s: scope says %v, casbin %v", name, grant.Role, paths[grant.Branch], p, path, got, want)
				}
			}
		}
	}
}

func BenchmarkCan(b *testing.B) {
	a, err := DefaultAccess()
	if err != nil {
		b.Fatal(err)
	}
	actor := a.Actor(1, "x", 3, []Grant{{BranchManager, 3}})
	for b.Loop() {
		if !actor.Can(CustomerRead) {
			b.Fatal("lost")
		}
	}
}
