package handlers_test

import (
	"context"
	"net/url"
	"strconv"
	"testing"

	"yike/policy"
)

func id(n int64) string { return strconv.FormatInt(n, 10) }

func TestPeopleAndBranchesAreAdministeredWithinReach(t *testing.T) {
	s := newSite(t)
	person := func(change ...string) url.Values {
		v := url.Values{"name": {"陈立"}, "username": {"chenli"}, "role": {"sales_rep"}, "branch": {id(s.West)}, "place": {id(s.West)}, "password": {"saddle-Kite-77"}}
		for i := 0; i < len(change); i += 2 {
			v.Set(change[i], change[i+1])
		}
		return v
	}
	branch := url.Values{"name": {"城北网点"}, "code": {"hz03"}, "parent": {id(s.Zhejiang)}, "level": {"branch"}, "area_code": {"0571"}}
	s.run([]scenario{
		{"a stranger", "", "", "/users", nil, 303, []string{"/login"}, nil},
		{"a rep does not list people", "rep", "", "/users", nil, 403, nil, []string{"钱总"}},
		{"a manager sees the branch's people only", "boss", "", "/users", nil, 200, []string{"沈雨桐", "林晓"}, []string{"何佳", "钱总", "/edit"}},
		{"a manager adds nobody", "boss", "POST", "/users", person(), 403, nil, nil},
		{"a manager opens no form", "boss", "", "/users/" + id(s.RepWest) + "/edit", nil, 403, nil, nil},
		{"head office's manager reads", "chief", "", "/users", nil, 200, []string{"何佳", "沈雨桐"}, nil},
		{"the administrator's form", "admin", "", "/users/new", nil, 200, []string{"城西网点", "业务员"}, nil},
		{"a name is missing", "admin", "POST", "/users", person("name", ""), 422, []string{"请填写", `value="chenli"`}, nil},
		{"a user name with blanks", "admin", "POST", "/users", person("username", "chen li"), 422, []string{"小写字母"}, nil},
		{"a password like the name", "admin", "POST", "/users", person("password", "chenli2026"), 422, []string{"密码"}, []string{"chenli2026"}},
		{"a role that is none", "admin", "POST", "/users", person("role", "king"), 422, []string{"请选一个"}, nil},
		{"a day that is none", "admin", "POST", "/users", person("joined_on", "2026-02-30"), 422, []string{"2026-11-21"}, nil},
		{"a person is added", "admin", "POST", "/users", person(), 303, []string{"/users"}, nil},
		{"the same again", "admin", "POST", "/users", person(), 422, []string{"已有人用"}, nil},
		{"a branch is not for managers to add", "boss", "POST", "/branches", branch, 403, nil, nil},
		{"a branch is added", "admin", "POST", "/branches", branch, 303, []string{"/branches"}, nil},
		{"its code is taken", "admin", "POST", "/branches", branch, 422, []string{"已有网点在用"}, nil},
		{"the tree", "boss", "", "/branches", nil, 200, []string{"城西网点"}, []string{"鼓楼网点", "/branches/new"}},
		{"an edit of nothing", "admin", "", "/branches/12/edit", nil, 404, nil, nil},
		{"one branch", "boss", "", "/branches/" + id(s.West), nil, 200, []string{"城西网点", "/users?branch="}, []string{"/move", "/close"}},
		{"another's branch", "boss", "", "/branches/" + id(s.East), nil, 404, nil, []string{"城东"}},
		{"a region is not moved below its branch", "admin", "POST", "/branches/" + id(s.Zhejiang) + "/move", url.Values{"parent": {id(s.West)}, "do": {"preview"}}, 422, []string{"不能放在那里"}, nil},
		{"what a move means", "admin", "POST", "/branches/" + id(s.West) + "/move", url.Values{"parent": {id(s.Jiangsu)}, "version": {"2"}, "do": {"preview"}}, 200, []string{"以后看不到的人", "浙江经理", `name="mark"`}, nil},
		{"a move that nobody looked at", "admin", "POST", "/branches/" + id(s.West) + "/move", url.Values{"parent": {id(s.Jiangsu)}, "version": {"2"}, "do": {"save"}}, 422, []string{"再看一遍"}, nil},
		{"a move below a forged parent", "admin", "POST", "/branches/" + id(s.West) + "/move", url.Values{"parent": {"4711"}, "do": {"preview"}}, 404, nil, nil},
		{"a stranger moves nothing", "", "POST", "/branches/" + id(s.West) + "/move", url.Values{"parent": {id(s.Jiangsu)}}, 303, []string{"/login"}, nil},
		{"a manager moves nothing", "boss", "POST", "/branches/" + id(s.West) + "/move", url.Values{"parent": {id(s.Jiangsu)}, "do": {"save"}}, 403, nil, nil},
		{"a stale edit shows both", "admin", "POST", "/branches/" + id(s.West), url.Values{"name": {"城西一部"}, "code": {"HZ01"}, "area_code": {"0571"}, "version": {"1"}}, 422, []string{"城西网点", "城西一部", "你填的是"}, nil},
		{"a branch with people is not closed without an heir", "admin", "POST", "/branches/" + id(s.West) + "/close", url.Values{"version": {"2"}}, 422, []string{"交给谁"}, nil},
		{"a region with branches is not closed", "admin", "", "/branches/" + id(s.Jiangsu) + "/close", nil, 200, []string{"先停用它们"}, []string{`name="to"`}},
		{"head office is not closed", "admin", "POST", "/branches/" + id(s.Head) + "/close", url.Values{"version": {"1"}}, 403, nil, nil},
		{"it is closed with an heir", "admin", "POST", "/branches/" + id(s.West) + "/close", url.Values{"version": {"2"}, "to": {id(s.East)}}, 303, []string{"/branches/"}, nil},
		{"and again", "admin", "POST", "/branches/" + id(s.West) + "/close", url.Values{"version": {"2"}, "to": {id(s.East)}}, 303, []string{"/branches/"}, nil},
		{"and reopened", "admin", "POST", "/branches/" + id(s.West) + "/reopen", url.Values{"version": {"3"}}, 303, []string{"/branches/"}, nil},
	})
}

// TestALocalAdministratorStaysLocal: Krayin CRM #2616: a user manager gave
// himself the administrator's role. Extra fields and foreign places change
// nothing, and a refused write leaves no trace (EspoCRM CVE-2026-41160).
func TestALocalAdministratorStaysLocal(t *testing.T) {
	s := newSite(t)
	ctx, admin := context.Background(), s.as("admin")
	local := url.Values{"name": {"城西管理"}, "username": {"local"}, "role": {"administrator"}, "branch": {id(s.West)}, "place": {id(s.West)}, "password": {"saddle-Kite-77"}}
	if a := admin.post("/users", local); a.status != 303 {
		t.Fatalf("create: %d %s", a.status, excerpt(a.body))
	}
	v := s.stranger()
	v.post("/login", url.Values{"username": {"local"}, "password": {"saddle-Kite-77"}})
	v.post("/account/password", url.Values{"current": {"saddle-Kite-77"}, "password": {"plenty-Oak-42"}, "password2": {"plenty-Oak-42"}})
	system := policy.SystemActor("test")
	before, err := s.Users(ctx, system.Scope(policy.UserRead), false)
	if err != nil {
		t.Fatal(err)
	}
	me := before[len(before)-1]
	for _, u := range before {
		if u.Username == "local" {
			me = u
		}
	}
	form := func(place int64, role string) url.Values {
		return url.Values{"name": {"城西管理"}, "username": {"local"}, "role": {role}, "branch": {id(s.West)}, "place": {id(place)},
			"version": {id(me.Version)}, "is_admin": {"1"}, "grants": {"administrator@" + id(s.Head)}, "branch_id": {id(s.Head)}}
	}
	for name, c := range map[string]struct {
		path string
		form url.Values
		want int
	}{
		"himself at head office":          {"/users/" + id(me.ID), form(s.Head, "administrator"), 422},
		"another branch's manager edited": {"/users/" + id(s.BossEast), form(s.West, "administrator"), 404},
		"head office's manager edited":    {"/users/" + id(s.Chief), form(s.West, "sales_rep"), 404},
		"somebody new at another branch":  {"/users", url.Values{"name": {"z"}, "username": {"zz"}, "role": {"sales_rep"}, "branch": {id(s.East)}, "place": {id(s.East)}, "password": {"saddle-Kite-77"}}, 422},
		"another branch renamed":          {"/branches/" + id(s.East), url.Values{"name": {"x"}, "code": {"HZ02"}, "version": {"1"}}, 404},
		"a branch below another":          {"/branches", url.Values{"name": {"x"}, "code": {"QQ01"}, "parent": {id(s.Zhejiang)}, "level": {"branch"}}, 404},
	} {
		if a := v.post(c.path, c.form); a.status != c.want {
			t.Errorf("%s: %d, want %d\n%s", name, a.status, c.want, excerpt(a.body))
		}
	}
	after, err := s.Users(ctx, system.Scope(policy.UserRead), false)
	if err != nil {
		t.Fatal(err)
	}
	if len(after) != len(before) {
		t.Errorf("%d people, were %d", len(after), len(before))
	}
	for i := range after {
		if len(after[i].Grants) != len(before[i].Grants) || after[i].Grants[0] != before[i].Grants[0] {
			t.Errorf("%s: grants %v, were %v", after[i].Username, after[i].Grants, before[i].Grants)
		}
	}
}

func TestTheLastAdministratorStays(t *testing.T) {
	s := newSite(t)
	v := s.as("admin")
	form := url.Values{"name": {"管理员"}, "username": {"admin"}, "role": {"administrator"}, "branch": {id(s.Head)}, "place": {id(s.Head)}, "version": {"1"}}
	form.Set("disabled", "1")
	if a := v.post("/users/"+id(s.Admin), form); a.status != 422 {
		t.Errorf("disabled: %d", a.status)
	}
	form.Del("disabled")
	form.Set("role", "auditor")
	if a := v.post("/users/"+id(s.Admin), form); a.status != 422 {
		t.Errorf("stripped: %d", a.status)
	}
	if a := v.get("/users"); a.status != 200 {
		t.Errorf("afterwards: %d", a.status)
	}
}
