package policy

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
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
		"an unknown role":         {"# x\nking,customers,read,own\n", "grants.csv:2: unknown role"},
		"an unknown permission":   {"sales_rep,customers,eat,own\n", "grants.csv:1: unknown permission"},
		"an unknown reach":        {"sales_rep,customers,read,far\n", "grants.csv:1: unknown reach"},
		"a missing field":         {"sales_rep,customers,read\n", "wrong number of fields"},
		"own of what nobody owns": {"sales_rep,users,edit,own\n", "grants.csv:1: users.edit cannot be granted"},
		"the same grant twice":    {"sales_rep,customers,read,own\nsales_rep,customers,read,branch\n", "grants.csv:2: customers.read is granted to sales_rep twice"},
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

// TestTheMapAgreesWithCasbin asks casbin itself, with people holding shipped
// and own roles of every reach at branch paths, and compares each answer with
// the scopes that requests use.
func TestTheMapAgreesWithCasbin(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	a, err := access(t).With(ownRoles(rnd, 12), nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := newEnforcer()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range a.Roles() {
		if err := grant(e, r.Role, a.Grants(r.Role)); err != nil {
			t.Fatal(err)
		}
	}
	paths := map[int64]string{1: "/hq", 2: "/hq/zj", 3: "/hq/zj/hz", 4: "/hq/zjx", 5: "/hq/zj/nb"}
	chains := map[int64][]int64{1: {1}, 2: {2, 1}, 3: {3, 2, 1}, 4: {4, 1}, 5: {5, 2, 1}}
	for user := range int64(30) {
		var held []Grant
		name := "user " + strconv.FormatInt(user, 10)
		for range 1 + rnd.IntN(3) {
			g := Grant{a.Roles()[rnd.IntN(len(a.Roles()))].Role, 1 + rnd.Int64N(5)}
			if err := hold(e, name, g.Role, paths[g.Branch]); err != nil {
				t.Fatal(err)
			}
			held = append(held, g)
		}
		actor := a.Actor(user+1, name, held[0].Branch, held)
		for _, p := range Permissions {
			owns := slices.ContainsFunc(held, func(g Grant) bool { return a.Grants(g.Role)[p] == ReachOwn })
			if own := actor.Scope(p).Own() != 0; own != owns {
				t.Fatalf("%v, %s: own %v, want %v", held, p, own, owns)
			}
			for branch, path := range paths {
				object, act, _ := strings.Cut(string(p), ".")
				want, err := e.Enforce(name, path, object, act)
				if err != nil {
					t.Fatal(err)
				}
				owner := int64(0)
				if owns { // casbin answers for the holder's own customer
					owner = user + 1
				}
				if got := actor.Scope(p).Sees(chains[branch], owner, 0); got != want {
					t.Fatalf("%v, %s at %s: scope says %v, casbin %v", held, p, path, got, want)
				}
			}
		}
	}
}

// ownRoles makes roles of random grants.
func ownRoles(rnd *rand.Rand, n int) []StoredRole {
	var out []StoredRole
	for i := range n {
		word := "own_" + strconv.Itoa(i)
		s := StoredRole{RoleInfo: RoleInfo{Role: Role(word), Title: word, Version: 1}, Grants: Grants{}}
		for _, p := range Permissions {
			if reaches := p.Reaches(); rnd.IntN(2) == 0 {
				s.Grants[p] = reaches[rnd.IntN(len(reaches))]
			}
		}
		out = append(out, s)
	}
	return out
}

// TestWithinIsWhatSeeingSays compares Within with asking row by row.
func TestWithinIsWhatSeeingSays(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	a, err := access(t).With(ownRoles(rnd, 20), nil)
	if err != nil {
		t.Fatal(err)
	}
	chains := map[int64][]int64{1: {1}, 2: {2, 1}, 3: {3, 2, 1}, 4: {4, 1}, 5: {5, 2, 1}}
	below := map[int64]int64{1: 91, 2: 92, 3: 93, 4: 94, 5: 95} // a branch added tomorrow below each
	all := map[int64][]int64{}
	for id, c := range chains {
		all[id] = c
		all[below[id]] = append([]int64{below[id]}, c...)
	}
	chain := func(id int64) []int64 { return chains[id] }
	inside, outside := 0, 0
	for range 2000 {
		var scopes [2]Scope
		p := Permissions[rnd.IntN(len(Permissions))]
		for i := range scopes {
			var held []Grant
			for range 1 + rnd.IntN(3) {
				held = append(held, Grant{a.Roles()[rnd.IntN(len(a.Roles()))].Role, 1 + rnd.Int64N(5)})
			}
			scopes[i] = a.Actor(7, "x", 1, held).Scope(p)
		}
		want := true
		for _, c := range all {
			for _, owner := range []int64{0, 7} {
				want = want && (!scopes[0].Sees(c, owner, 0) || scopes[1].Sees(c, owner, 0))
			}
		}
		if got := scopes[0].Within(scopes[1], 1, chain); got != want {
			t.Fatalf("%+v within %+v: %v, want %v", scopes[0], scopes[1], got, want)
		}
		if want {
			inside++
		} else {
			outside++
		}
	}
	if inside < 100 || outside < 100 {
		t.Fatalf("the draw shows little: %d inside, %d outside", inside, outside)
	}
}

func TestAStoredRoleIsCheckedByRoleAndPermission(t *testing.T) {
	own := func(change func(*StoredRole)) []StoredRole {
		s := StoredRole{RoleInfo: RoleInfo{Role: "own_1", Title: "夜班客服", BasedOn: ServiceClerk, Version: 1}, Grants: Grants{CustomerRead: ReachBranch}}
		change(&s)
		return []StoredRole{s}
	}
	for name, c := range map[string]struct {
		list []StoredRole
		want string
	}{
		"a permission that is none":       {own(func(s *StoredRole) { s.Grants["customers.eat"] = ReachOwn }), `role "own_1", permission "customers.eat": unknown permission`},
		"a reach that is none":            {own(func(s *StoredRole) { s.Grants[VisitRead] = "far" }), `role "own_1", permission "visits.read": unknown reach "far"`},
		"own of what nobody owns":         {own(func(s *StoredRole) { s.Grants[UserEdit] = ReachOwn }), `role "own_1", permission "users.edit": users.edit cannot be granted for one's own`},
		"an own role without a name":      {own(func(s *StoredRole) { s.Title = "" }), `role "own_1" has no name`},
		"an own role named like ours":     {own(func(s *StoredRole) { s.Role = Courier }), `role "courier": built-in and own`},
		"a built-in role that is none":    {own(func(s *StoredRole) { s.BuiltIn = true }), `role "own_1": built-in and own`},
		"the same role twice":             {append(own(func(*StoredRole) {}), own(func(*StoredRole) {})...), `role "own_1" stands there twice`},
		"a renamed role's stray grant":    {[]StoredRole{{RoleInfo: RoleInfo{Role: Courier, BuiltIn: true, Title: "快递小哥"}, Grants: Grants{"x.y": "z"}}}, ""},
		"an edited role's stray grant":    {[]StoredRole{{RoleInfo: RoleInfo{Role: Courier, BuiltIn: true, Edited: true}, Grants: Grants{"x.y": "z"}}}, `role "courier", permission "x.y"`},
		"nothing stored is nothing wrong": {nil, ""},
	} {
		_, err := access(t).With(c.list, nil)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestAnEditedRoleCountsAndAnUneditedOneFollowsTheProgram(t *testing.T) {
	a, err := access(t).With([]StoredRole{
		{RoleInfo: RoleInfo{Role: Courier, BuiltIn: true, Edited: true, Version: 2}, Grants: Grants{VisitRead: ReachBranch}},
		{RoleInfo: RoleInfo{Role: Analyst, BuiltIn: true, Title: "看数的", Version: 2}, Grants: Grants{VisitRead: ReachCompany}},
		{RoleInfo: RoleInfo{Role: "own_1", Title: "夜班", BasedOn: ServiceClerk}, Grants: Grants{CustomerRead: ReachOwn}},
		{RoleInfo: RoleInfo{Role: "own_2", Title: "夜班二", BasedOn: "own_1"}, Grants: Grants{}},
	}, map[Role]map[string]string{Courier: {"session.idle": "30"}})
	if err != nil {
		t.Fatal(err)
	}
	if r, ok := a.Reach(Courier, VisitRead); !ok || r != ReachBranch {
		t.Errorf("an edited role: %v %v", r, ok)
	}
	if _, ok := a.Reach(Courier, CustomerRead); ok {
		t.Error("an edited role kept what was taken")
	}
	if r, _ := a.Reach(Analyst, VisitRead); r != ReachSubtree {
		t.Errorf("a role that was only renamed follows the program: %v", r)
	}
	if info, _ := a.Role(Analyst); info.Title != "看数的" {
		t.Errorf("its name: %+v", info)
	}
	if a.Shipped("own_2")[CustomerRead] != ReachSubtree || a.Shipped("nobody") != nil {
		t.Error("the default behind a copy of a copy is the built-in role's")
	}
	if a.Setting(Courier, "session.idle") != "30" || a.Setting(Analyst, "session.idle") != "" {
		t.Error("settings are by role")
	}
	back, err := a.With(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r, _ := back.Reach(Courier, CustomerRead); r != ReachSubtree || len(back.Roles()) != len(Roles) {
		t.Error("with nothing stored the program's defaults hold again")
	}
}

func TestReachOfABranchAloneDoesNotReachBelow(t *testing.T) {
	a, err := access(t).With([]StoredRole{{RoleInfo: RoleInfo{Role: "own_1", Title: "x"}, Grants: Grants{CustomerRead: ReachBranch}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := a.Actor(7, "x", 2, []Grant{{"own_1", 2}}).Scope(CustomerRead)
	if !s.SeesBranch([]int64{2, 1}) || s.SeesBranch([]int64{3, 2, 1}) || s.SeesBranch([]int64{1}) || s.SeesSubtree([]int64{2, 1}) || s.SeesBranch(nil) {
		t.Errorf("scope %+v", s)
	}
}

func TestARoleIsGrantedOnlyAsFarAsOneHolds(t *testing.T) {
	role := func(word Role, g Grants) StoredRole {
		return StoredRole{RoleInfo: RoleInfo{Role: word, Title: string(word)}, Grants: g}
	}
	local := Grants{UserEdit: ReachBranch, CustomerRead: ReachBranch}
	wide := Grants{UserEdit: ReachSubtree, CustomerRead: ReachSubtree}
	aside := role("own_aside", Grants{CustomerRead: ReachBranch})
	aside.Disabled = true
	a, err := access(t).With([]StoredRole{
		role("own_local", local), role("own_wide", wide),
		role("own_branch", Grants{CustomerRead: ReachBranch}), role("own_subtree", Grants{CustomerRead: ReachSubtree}),
		role("own_company", Grants{CustomerRead: ReachCompany}), aside,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	at := func(r Role, branch int64) Actor { return a.Actor(7, "x", branch, []Grant{{r, branch}}) }
	for name, c := range map[string]struct {
		who   Actor
		role  Role
		chain []int64
		want  bool
	}{
		"who holds a branch alone gives the branch alone":        {at("own_local", 2), "own_branch", []int64{2, 1}, true},
		"who holds a branch alone gives nothing below it":        {at("own_local", 2), "own_subtree", []int64{2, 1}, false},
		"who holds a subtree gives it":                           {at("own_wide", 2), "own_subtree", []int64{2, 1}, true},
		"who holds a subtree gives part of it":                   {at("own_wide", 2), "own_subtree", []int64{3, 2, 1}, true},
		"who holds a subtree does not give the company":          {at("own_wide", 2), "own_company", []int64{2, 1}, false},
		"who holds the subtree of head office gives the company": {at("own_wide", 1), "own_company", []int64{2, 1}, true},
		"a role put aside is given by nobody":                    {at("own_wide", 1), "own_aside", []int64{2, 1}, false},
		"a role that is none is given by nobody":                 {at("own_wide", 1), "own_forged", []int64{2, 1}, false},
		"a branch that is none is no place":                      {at("own_wide", 1), "own_branch", nil, false},
		"the program itself does not give what does not exist":   {SystemActor("test"), "own_forged", []int64{1}, false},
		"the program itself gives what is there":                 {SystemActor("test"), "own_company", []int64{1}, true},
	} {
		if got := a.MayGrant(c.who, c.role, c.chain); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWhoMayEditRoles(t *testing.T) {
	a := access(t)
	for name, c := range map[string]struct {
		grants []Grant
		want   bool
	}{
		"head office's administrator may":          {[]Grant{{Administrator, 1}}, true},
		"a region's administrator may not":         {[]Grant{{Administrator, 2}}, false},
		"a manager may not":                        {[]Grant{{BranchManager, 1}}, false},
		"an administrator of every region may not": {[]Grant{{Administrator, 2}, {Administrator, 4}}, false},
	} {
		if got := a.Actor(7, "x", 1, c.grants).MayEditRoles(1); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	admin := a.Actor(7, "x", 1, []Grant{{Administrator, 1}})
	if list := admin.BeyondRights(Grants{}, Grants{CustomerRead: ReachCompany, UserEdit: ReachSubtree}, 1); len(list) > 0 {
		t.Errorf("head office's administrator gives what they hold: %v", list)
	}
	boss := a.Actor(7, "x", 1, []Grant{{BranchManager, 1}})
	if list := boss.BeyondRights(Grants{AuditRead: ReachBranch, CustomerRead: ReachOwn}, Grants{BranchEdit: ReachBranch, CustomerRead: ReachOwn}, 1); len(list) != 2 {
		t.Errorf("neither giving nor taking: %v", list)
	}
}

// BenchmarkLoad works out the rights of one person who holds 3,000 grants over
// 300 branches; the whole of a load that is not the database's.
func BenchmarkLoad(b *testing.B) {
	a, err := DefaultAccess()
	if err != nil {
		b.Fatal(err)
	}
	var grants []Grant
	for branch := range int64(300) {
		for _, role := range Roles[:10] {
			grants = append(grants, Grant{role, branch})
		}
	}
	for b.Loop() {
		if actor := a.Actor(1, "x", 3, grants); len(actor.Scope(CustomerRead).Roots()) != 300 {
			b.Fatal("lost")
		}
	}
}

// BenchmarkSees asks whether one customer's row is seen, at 300 roots.
func BenchmarkSees(b *testing.B) {
	a, err := DefaultAccess()
	if err != nil {
		b.Fatal(err)
	}
	var grants []Grant
	for branch := range int64(300) {
		grants = append(grants, Grant{BranchManager, branch})
	}
	actor := a.Actor(1, "x", 3, grants)
	chain := []int64{299, 1000, 1001}
	for b.Loop() {
		if !actor.Scope(CustomerRead).Sees(chain, 0, 0) {
			b.Fatal("lost")
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
