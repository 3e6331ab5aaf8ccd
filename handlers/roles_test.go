package handlers_test

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/views"
)

// mark reads the mark of the effects from the page that shows them.
var markPattern = regexp.MustCompile(`name="mark" value="([0-9a-f]+)"`)

// roleForm is what the page of a role posts for the given changes.
func roleForm(version string, change ...string) url.Values {
	v := url.Values{"title": {""}, "version": {version}}
	for i := 0; i < len(change); i += 2 {
		v.Set(change[i], change[i+1])
	}
	return v
}

// saveRole looks at the effects and confirms them, as a person does.
func (v *visitor) saveRole(role string, form url.Values) answer {
	v.s.t.Helper()
	a := v.post("/roles/"+role+"/check", form)
	m := markPattern.FindStringSubmatch(a.body)
	if a.status != 200 || m == nil {
		v.s.t.Fatalf("check %s: %d\n%s", role, a.status, excerpt(a.body))
	}
	form.Set("mark", m[1])
	return v.post("/roles/"+role, form)
}

func (s *site) roles() *policy.Access {
	s.t.Helper()
	access, err := s.DB.Access(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	return access
}

func TestRolesAreReadByManagersAndChangedByTheCompanysAdministrators(t *testing.T) {
	s := newSite(t)
	widen := roleForm("0", "grant.visits.read", "branch")
	if _, err := s.CreateUser(context.Background(), policy.SystemActor("test"), db.UserInput{Username: "regional", Name: "省区管理员", BranchID: s.Zhejiang,
		PasswordHash: dbtest.Hash, Grants: []policy.Grant{{Role: policy.Administrator, Branch: s.Zhejiang}}}); err != nil {
		t.Fatal(err)
	}
	s.run([]scenario{
		{"a stranger signs in first", "", "", "/roles", nil, 303, []string{"/login"}, nil},
		{"a rep has no roles page", "rep", "", "/roles", nil, 403, nil, []string{"快递员"}},
		{"nor a role's page", "rep", "", "/roles/courier", nil, 403, nil, nil},
		{"a manager reads the matrix", "boss", "", "/roles", nil, 200, []string{"角色权限", "快递员", "看完整电话地址", "含下级", "本人"}, []string{"/edit\"", "点角色名可以改"}},
		{"a manager reads one role", "boss", "", "/roles/sales_rep", nil, 200, []string{"沈雨桐", "城西网点", "和默认一样"}, []string{"/roles/sales_rep/edit", "/roles/sales_rep/copy", "/aside"}},
		{"and no names beyond reach", "boss", "", "/roles/administrator", nil, 200, []string{"另有"}, []string{"/users/"}},
		{"a manager opens no form", "boss", "", "/roles/courier/edit", nil, 403, nil, nil},
		{"a rep posting to a role", "rep", "POST", "/roles/sales_rep", widen, 403, nil, nil},
		{"a rep making a role", "rep", "POST", "/roles", url.Values{"title": {"我的"}, "from": {"administrator"}}, 403, nil, nil},
		{"a manager posting to a role", "boss", "POST", "/roles/branch_manager", roleForm("0", "grant.users.edit", "company"), 403, nil, nil},
		{"an administrator of one region reads", "regional", "", "/roles", nil, 200, []string{"快递员"}, []string{"点角色名可以改"}},
		{"but opens no form", "regional", "", "/roles/courier/edit", nil, 403, nil, nil},
		{"and looks at no effects", "regional", "POST", "/roles/courier/check", widen, 403, nil, []string{"吴快递"}},
		{"and widens no role that others hold", "regional", "POST", "/roles/courier", widen, 403, nil, nil},
		{"and copies none", "regional", "POST", "/roles", url.Values{"title": {"区里的"}, "from": {"courier"}}, 403, nil, nil},
		{"and puts none aside", "regional", "POST", "/roles/analyst/aside", url.Values{"version": {"0"}, "aside": {"1"}}, 403, nil, nil},
		{"a role that is none", "admin", "", "/roles/king", nil, 404, nil, nil},
		{"a role that is none posted", "admin", "POST", "/roles/king", widen, 404, nil, nil},
		{"a copy of a role that is none", "admin", "POST", "/roles", url.Values{"title": {"王"}, "from": {"king"}}, 404, nil, nil},
		{"a reach that is none", "admin", "POST", "/roles/courier/check", roleForm("0", "grant.visits.read", "galaxy"), 422, []string{"请选一个"}, nil},
		{"own of what nobody owns", "admin", "POST", "/roles/courier/check", roleForm("0", "grant.users.edit", "own"), 422, []string{"请选一个"}, nil},
		{"a name that another role has", "admin", "POST", "/roles/courier/check", roleForm("0", "title", "业务员"), 422, []string{"已有角色叫这个名称"}, nil},
		{"nothing to save", "admin", "POST", "/roles/courier/check", roleForm("0"), 200, []string{"没有要保存的"}, []string{`name="mark"`}},
		{"who gains what", "admin", "POST", "/roles/courier/check", widen, 200, []string{"多了 1 人", "吴快递", "看拜访", "保存，马上生效"}, []string{"少了 1 人"}},
		{"back to the form keeps what was typed", "admin", "POST", "/roles/courier/check", roleForm("0", "grant.visits.read", "branch", "do", "edit"), 200, []string{`<option value="branch" selected>`}, nil},
		{"saving without having looked shows the effects first", "admin", "POST", "/roles/courier", widen, 409, []string{"请再看一遍", "吴快递"}, nil},
		{"a version that is no number", "admin", "POST", "/roles/courier", roleForm("x", "grant.visits.read", "branch"), 400, nil, nil},
	})
	if g := s.roles().Grants(policy.Courier); len(g) != len(s.roles().Shipped(policy.Courier)) {
		t.Errorf("a refused change left a trace: %v", g)
	}
}

func TestARoleIsEditedAndObeyedOnTheNextClick(t *testing.T) {
	s := newSite(t)
	admin, courier := s.as("admin"), s.as("courier")
	if a := courier.get("/visits"); a.status != 403 {
		t.Fatalf("before: %d", a.status)
	}
	form := roleForm("0", "title", "快递小哥", "grant.visits.read", "branch")
	// Mass assignment: what the page has no field for changes nothing.
	for _, name := range []string{"grant.customers.eat", "built_in", "edited", "role", "based_on", "disabled", "grants"} {
		form.Set(name, "company")
	}
	if a := admin.saveRole("courier", form); a.status != 303 || a.to() != "/roles/courier" {
		t.Fatalf("save: %d %s", a.status, excerpt(a.body))
	}
	if a := courier.get("/visits"); a.status != 200 {
		t.Errorf("on the next click: %d", a.status)
	}
	if a := admin.get("/roles/courier"); !strings.Contains(a.body, "快递小哥") || !strings.Contains(a.body, "和默认有 1 处不同") || !strings.Contains(a.body, "恢复默认") {
		t.Errorf("the page says how it differs: %s", excerpt(a.body))
	}
	info, _ := s.roles().Role(policy.Courier)
	if !info.BuiltIn || info.Disabled || info.Title != "快递小哥" || s.roles().Grants(policy.Courier)[policy.CustomerRead] != policy.ReachSubtree {
		t.Errorf("only the named fields changed: %+v", info)
	}
	// The same form again: it was read before the first save.
	if a := admin.post("/roles/courier", form); a.status != 409 || !strings.Contains(a.body, "有人先改过这个角色") {
		t.Errorf("a replayed form: %d", a.status)
	}
	// Two administrators: the later one sees both.
	late := roleForm("0", "title", "快递师傅", "grant.visits.read", "none", "grant.cadence.read", "branch")
	a := admin.post("/roles/courier/check", late)
	for _, want := range []string{"有人先改过", "现在是“快递小哥”，你填的是“快递师傅”", "现在是：本网点", "现在是：没有"} {
		if a.status != 409 || !strings.Contains(a.body, want) {
			t.Errorf("a stale form shows both: %d without %q", a.status, want)
		}
	}
	// Back to the default.
	reset := admin.get("/roles/courier/edit?to=default")
	if !strings.Contains(reset.body, "已填成默认的权限") {
		t.Error("the form is filled with the default")
	}
	if a := admin.saveRole("courier", roleForm("1", "grant.visits.read", "none")); a.status != 303 {
		t.Fatalf("reset: %d", a.status)
	}
	if info, _ := s.roles().Role(policy.Courier); info.Edited {
		t.Error("the role follows the program again")
	}
	if a := courier.get("/visits"); a.status != 403 {
		t.Errorf("after the reset: %d", a.status)
	}
}

func TestARoleIsCopiedGivenAndRemoved(t *testing.T) {
	s := newSite(t)
	admin := s.as("admin")
	page := admin.get("/roles/service_clerk/copy")
	m := regexp.MustCompile(`name="submission" value="(\w+)"`).FindStringSubmatch(page.body)
	if page.status != 200 || m == nil {
		t.Fatalf("copy: %d", page.status)
	}
	form := url.Values{"title": {"夜班客服"}, "from": {"service_clerk"}, "submission": {m[1]}, "grant.customers.read": {"branch"}, "grant.visits.log": {"branch"}}
	first := admin.post("/roles", form)
	if first.status != 303 || !strings.HasPrefix(first.to(), "/roles/own_") {
		t.Fatalf("create: %d %s", first.status, excerpt(first.body))
	}
	if again := admin.post("/roles", form); again.status != 303 || again.to() != first.to() {
		t.Errorf("sent twice, made once: %d %s, want %s", again.status, again.to(), first.to())
	}
	form.Set("submission", "another")
	if a := admin.post("/roles", form); a.status != 422 || !strings.Contains(a.body, "已有角色叫这个名称") {
		t.Errorf("the name again: %d", a.status)
	}
	form.Set("title", "")
	if a := admin.post("/roles", form); a.status != 422 {
		t.Errorf("without a name: %d", a.status)
	}
	role := policy.Role(strings.TrimPrefix(first.to(), "/roles/"))
	if _, err := s.CreateUser(context.Background(), s.World.As(t, s.Admin), db.UserInput{Username: "night", Name: "值夜班", BranchID: s.West, PasswordHash: dbtest.Hash,
		Grants: []policy.Grant{{Role: role, Branch: s.West}}}); err != nil {
		t.Fatal(err)
	}
	night := s.as("night")
	if a := night.get("/customers"); a.status != 200 || !strings.Contains(a.body, "夜班客服") {
		t.Errorf("the holder's page names the role: %d", a.status)
	}
	if a := night.get("/visits"); a.status != 403 {
		t.Errorf("what the copy left out: %d", a.status)
	}
	post := func(act string) answer {
		a := admin.post(first.to()+"/"+act, url.Values{"version": {"1"}, "aside": {"1"}})
		return admin.get(a.to())
	}
	for _, act := range []string{"aside", "remove"} {
		if a := post(act); !strings.Contains(a.body, "还有人用着") {
			t.Errorf("%s while somebody holds it: %s", act, excerpt(a.body))
		}
	}
	if a := admin.post("/roles/courier/remove", url.Values{"version": {"0"}}); a.status != 403 {
		t.Errorf("a built-in role is not removed: %d", a.status)
	}
	if a := admin.post("/roles/administrator", roleForm("0", "grant.roles.edit", "none", "mark", "x")); a.status != 409 {
		t.Errorf("the administrator's role, not looked at: %d", a.status)
	}
	if a := admin.saveRole("administrator", roleForm("0", "grant.roles.edit", "none")); a.status != 422 || !strings.Contains(a.body, "没有人能管人员和角色") {
		t.Errorf("the last administrator's role: %d", a.status)
	}
}

// TestFiftyOldSessionsObeyAChangedRole shows row 25 of SECURITY.md for a role
// that is changed mid-session: none of fifty old sessions keeps the old right.
func TestFiftyOldSessionsObeyAChangedRole(t *testing.T) {
	s := newSite(t)
	var old []*visitor
	for range 50 {
		old = append(old, s.as("boss"))
	}
	for i, v := range old {
		if a := v.get("/users"); a.status != 200 {
			t.Fatalf("session %d before: %d", i, a.status)
		}
	}
	if a := s.as("admin").saveRole("branch_manager", roleForm("0", "grant.users.read", "none")); a.status != 303 {
		t.Fatalf("save: %d", a.status)
	}
	obeyed := 0
	for _, v := range old {
		if v.get("/users").status == 403 {
			obeyed++
		}
	}
	if obeyed != 50 {
		t.Errorf("%d of 50 sessions obeyed", obeyed)
	}
}

// TestFiftyOldSessionsEndWithTheirPerson shows row 25 of SECURITY.md and Gitea
// CVE-2026-58422 for a person who is disabled mid-session.
func TestFiftyOldSessionsEndWithTheirPerson(t *testing.T) {
	s := newSite(t)
	var old []*visitor
	for range 50 {
		old = append(old, s.as("rep"))
	}
	ctx, system := context.Background(), policy.SystemActor("test")
	u, err := s.User(ctx, system.Scope(policy.UserRead), s.RepWest)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.UpdateUser(ctx, system, u.ID, u.Version, db.UserInput{Username: u.Username, Name: u.Name, BranchID: u.BranchID, JoinedOn: u.JoinedOn, Grants: u.Grants, Disabled: true}); err != nil {
		t.Fatal(err)
	}
	ended := 0
	for _, v := range old {
		if a := v.get("/customers"); a.status == 303 && strings.HasPrefix(a.to(), "/login") {
			ended++
		}
	}
	if ended != 50 {
		t.Errorf("%d of 50 sessions ended", ended)
	}
	if a := s.stranger().post("/login", url.Values{"username": {"rep"}, "password": {dbtest.Password}}); a.status == 303 {
		t.Error("a disabled person signed in")
	}
}

// TestAPageIsNeverMadeFromHalfARole loads a page while roles are saved: it is
// the manager's whole page or the refusal, nothing between.
func TestAPageIsNeverMadeFromHalfARole(t *testing.T) {
	s := newSite(t)
	admin := s.World.As(t, s.Admin)
	full := s.roles().Grants(policy.BranchManager)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for range 2 {
		boss := s.as("boss")
		wg.Add(1)
		go func() {
			defer wg.Done()
			for ctx.Err() == nil {
				a := boss.get("/users")
				nav := strings.Contains(a.body, `href="/imports"`)
				if a.status != 200 && a.status != 403 || nav != (a.status == 200) {
					t.Errorf("half a role: %d, navigation %v", a.status, nav)
					return
				}
			}
		}()
	}
	for i := range 20 {
		grants := policy.Grants{policy.CustomerRead: policy.ReachOwn}
		if i%2 == 1 {
			grants = full
		}
		info, _ := s.roles().Role(policy.BranchManager)
		effects, err := s.RoleEffects(ctx, policy.BranchManager, grants)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.UpdateRole(ctx, admin, policy.BranchManager, info.Version, db.RoleInput{Grants: grants}, effects.Mark); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	wg.Wait()
}

func TestEveryPermissionAndRoleHasItsWords(t *testing.T) {
	ctx := context.Background()
	seen := map[string]bool{}
	for _, p := range policy.Permissions {
		title, sentence := views.PermissionWord(ctx, p)
		if title == "" || sentence == "" || seen[title] {
			t.Errorf("%s: views/role_words.go says %q, %q", p, title, sentence)
		}
		seen[title] = true
	}
	for _, r := range policy.Roles {
		if views.RoleWord(ctx, string(r)) == string(r) {
			t.Errorf("%s has no word", r)
		}
	}
}

// TestAPlainPageReadWritesNoSession: scs sends its cookie anew exactly when it
// writes the session; a plain read sends none.
func TestAPlainPageReadWritesNoSession(t *testing.T) {
	s := newSite(t)
	boss := s.as("boss")
	boss.get("/customers")
	for _, path := range []string{"/customers", "/roles", "/roles/sales_rep", "/users", "/visits"} {
		if a := boss.get(path); a.status != 200 || a.head.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d, wrote %q", path, a.status, a.head.Get("Set-Cookie"))
		}
	}
	admin := s.as("admin")
	admin.get("/roles")
	if a := admin.post("/roles/analyst/aside", url.Values{"version": {"0"}, "aside": {"1"}}); a.status != 303 || a.head.Get("Set-Cookie") == "" {
		t.Errorf("an act that leaves a message writes the session: %d, so this test would see a write", a.status)
	}
}
