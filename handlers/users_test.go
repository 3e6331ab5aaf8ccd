package handlers_test

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
)

// person is the filled form of somebody as they stand, with fields changed.
func (s *site) person(user int64, change ...string) url.Values {
	u, err := s.User(context.Background(), policy.SystemActor("test").Scope(policy.UserRead), user)
	if err != nil {
		s.t.Fatal(err)
	}
	v := url.Values{"name": {u.Name}, "username": {u.Username}, "phone": {u.Phone}, "branch": {id(u.BranchID)}, "joined_on": {u.JoinedOn},
		"leaves_on": {u.LeavesOn}, "version": {id(u.Version)}}
	for _, g := range u.Grants {
		v["role"], v["place"] = append(v["role"], string(g.Role)), append(v["place"], id(g.Branch))
	}
	for i := 0; i < len(change); i += 2 {
		v.Set(change[i], change[i+1])
	}
	return v
}

var tokenIn = regexp.MustCompile(`value="/join\?token=([A-Z2-7]{26})"`) // no host: none of a request's headers gets in

func TestAPersonIsInvitedAndChoosesAPassword(t *testing.T) {
	s := newSite(t)
	admin := s.as("admin")
	form := url.Values{"name": {"陈立"}, "username": {"chenli"}, "branch": {id(s.West)}, "how": {"link"}, "role": {"sales_rep"}, "place": {id(s.West)}}
	a := admin.post("/users", form, "X-Forwarded-Host", "evil.example", "Forwarded", "host=evil.example")
	if strings.Contains(a.body, "evil.example") {
		t.Fatal("a header of the request got into the link")
	}
	m := tokenIn.FindStringSubmatch(a.body)
	if a.status != 200 || m == nil {
		t.Fatalf("invite: %d\n%s", a.status, excerpt(a.body))
	}
	if again := admin.post("/users", form); again.status != 422 || strings.Contains(again.body, "/join?token=") {
		t.Errorf("sent again: %d", again.status)
	}
	if a := s.stranger().post("/login", url.Values{"username": {"chenli"}, "password": {dbtest.Password}}); a.status != 422 {
		t.Errorf("signed in before a password was chosen: %d", a.status)
	}
	v := s.stranger()
	page := v.get("/join?token=" + m[1])
	if page.status != 200 || !strings.Contains(page.body, "chenli") || page.head.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("the link: %d, referrer %q", page.status, page.head.Get("Referrer-Policy"))
	}
	join := func(token, one, two string) answer {
		return v.post("/join", url.Values{"token": {token}, "password": {one}, "password2": {two}, "username": {"admin"}, "user_id": {id(s.Admin)}})
	}
	for name, c := range map[string]struct {
		token, one, two string
		want            int
	}{
		"a token that is none":  {strings.Repeat("A", 26), "saddle-Kite-77", "saddle-Kite-77", 404},
		"no token":              {"", "saddle-Kite-77", "saddle-Kite-77", 404},
		"a password too short":  {m[1], "abc", "abc", 422},
		"two that differ":       {m[1], "saddle-Kite-77", "saddle-Kite-78", 422},
		"one like the own name": {m[1], "chenli2026", "chenli2026", 422},
	} {
		if a := join(c.token, c.one, c.two); a.status != c.want {
			t.Errorf("%s: %d, want %d", name, a.status, c.want)
		}
	}
	if a := join(m[1], "saddle-Kite-77", "saddle-Kite-77"); a.status != 303 || a.to() != "/login" {
		t.Fatalf("joined: %d to %q", a.status, a.to())
	}
	if a := join(m[1], "another-Kite-77", "another-Kite-77"); a.status != 404 {
		t.Errorf("the link again: %d", a.status)
	}
	if a := v.post("/login", url.Values{"username": {"chenli"}, "password": {"saddle-Kite-77"}}); a.status != 303 || a.to() == "/account/password" {
		t.Errorf("sign in: %d to %q", a.status, a.to())
	}
	if a := s.stranger().post("/login", url.Values{"username": {"admin"}, "password": {dbtest.Password}}); a.status != 303 {
		t.Errorf("the administrator's password was changed by fields beside the token: %d", a.status)
	}
}

func TestAResetEndsSessionsAtOnce(t *testing.T) {
	s := newSite(t)
	admin, rep := s.as("admin"), s.as("rep")
	if a := rep.get("/customers"); a.status != 200 {
		t.Fatal(a.status)
	}
	a := admin.post("/users/"+id(s.RepWest)+"/reset", url.Values{"how": {"link"}})
	if m := tokenIn.FindStringSubmatch(a.body); a.status != 200 || m == nil {
		t.Fatalf("reset: %d", a.status)
	}
	if a := rep.get("/customers"); a.status != 303 {
		t.Errorf("the next request: %d", a.status)
	}
	if a := s.stranger().post("/login", url.Values{"username": {"rep"}, "password": {dbtest.Password}}); a.status != 422 {
		t.Errorf("the old password: %d", a.status)
	}
	if a := admin.post("/users/"+id(s.RepWest)+"/reset", url.Values{"how": {"password"}, "password": {"123"}}); a.status != 422 {
		t.Errorf("a first password too short: %d", a.status)
	}
	if a := admin.post("/users/"+id(s.RepWest)+"/reset", url.Values{"how": {"password"}, "password": {"saddle-Kite-77"}}); a.status != 303 {
		t.Errorf("a first password: %d", a.status)
	}
	if a := rep.post("/login", url.Values{"username": {"rep"}, "password": {"saddle-Kite-77"}}); a.status != 303 {
		t.Errorf("sign in: %d", a.status)
	}
	if a := rep.get("/customers"); a.to() != "/account/password" {
		t.Errorf("need not change it: %d to %q", a.status, a.to())
	}
	// Disabled and left: within one request.
	clerk := s.as("clerk")
	if a := admin.post("/users/"+id(s.ClerkWest), s.person(s.ClerkWest, "disabled", "1")); a.status != 303 {
		t.Fatal(a.status, excerpt(a.body))
	}
	if a := clerk.get("/customers"); a.status != 303 {
		t.Errorf("disabled: %d", a.status)
	}
	rep2 := s.as("rep2")
	if a := admin.post("/users/"+id(s.RepWest2), s.person(s.RepWest2, "leaves_on", "2026-11-20")); a.status != 303 {
		t.Fatal(a.status, excerpt(a.body))
	}
	if a := rep2.get("/customers"); a.status != 303 {
		t.Errorf("left yesterday: %d", a.status)
	}
	if a := s.stranger().post("/login", url.Values{"username": {"rep2"}, "password": {dbtest.Password}}); a.status != 422 {
		t.Errorf("left yesterday, sign-in: %d", a.status)
	}
}

func TestSeveralRolesAtSeveralBranches(t *testing.T) {
	s := newSite(t)
	admin := s.as("admin")
	at := "/users/" + id(s.RepWest)
	two := s.person(s.RepWest)
	two["role"], two["place"] = append(two["role"], "service_clerk", ""), append(two["place"], id(s.East), id(s.West))
	stale := s.person(s.RepWest, "phone", "13800001054")
	if a := admin.post(at, url.Values{"more": {"1"}, "name": {"沈雨桐"}, "role": {"sales_rep"}, "place": {id(s.West)}}); a.status != 200 || strings.Count(a.body, `name="role"`) != 2 {
		t.Errorf("another line: %d, %d lines", a.status, strings.Count(a.body, `name="role"`))
	}
	if a := admin.post(at, two); a.status != 303 {
		t.Fatalf("two roles: %d %s", a.status, excerpt(a.body))
	}
	u, err := s.User(context.Background(), policy.SystemActor("test").Scope(policy.UserRead), s.RepWest)
	if err != nil || len(u.Grants) != 2 {
		t.Fatalf("grants %v, %v", u.Grants, err)
	}
	a := admin.post(at, stale)
	if a.status != 409 || !strings.Contains(a.body, "13800001054") || !strings.Contains(a.body, "城东网点") || !strings.Contains(a.body, "有人先改过") {
		t.Errorf("stale: %d\n%s", a.status, excerpt(a.body))
	}
	none := s.person(s.RepWest)
	none["role"] = []string{"", ""}
	if a := admin.post(at, none); a.status != 422 || !strings.Contains(a.body, "至少要有一个角色") {
		t.Errorf("no role: %d", a.status)
	}
	uneven := s.person(s.RepWest)
	uneven["place"] = uneven["place"][:1]
	uneven["role"] = append(uneven["role"], "administrator")
	if a := admin.post(at, uneven); a.status != 303 {
		t.Errorf("roles without a place: %d", a.status)
	}
	if u, _ := s.User(context.Background(), policy.SystemActor("test").Scope(policy.UserRead), s.RepWest); len(u.Grants) != 1 || u.Grants[0].Role == policy.Administrator {
		t.Errorf("a role without a place counts: %v", u.Grants)
	}
	// A local administrator gives what they hold there, and no more.
	if _, err := s.CreateUser(context.Background(), policy.SystemActor("test"), db.UserInput{Username: "local", Name: "城西管理", BranchID: s.West,
		PasswordHash: dbtest.Hash, Grants: []policy.Grant{{Role: policy.Administrator, Branch: s.West}}}); err != nil {
		t.Fatal(err)
	}
	head, err := s.CreateUser(context.Background(), policy.SystemActor("test"), db.UserInput{Username: "head", Name: "总部来的", BranchID: s.West,
		PasswordHash: dbtest.Hash, Grants: []policy.Grant{{Role: policy.Administrator, Branch: s.Head}}})
	if err != nil {
		t.Fatal(err)
	}
	east := s.person(s.RepWest2)
	east["role"], east["place"] = append(east["role"], "sales_rep"), append(east["place"], id(s.East))
	s.run([]scenario{
		{"a role at another branch", "local", "POST", "/users/" + id(s.RepWest2), east, 422, []string{"请选一个"}, nil},
		{"head office's administrator, who sits here", "local", "", "/users/" + id(head) + "/edit", nil, 200, []string{"你不能给的角色"}, []string{`name="password"`, `name="role"`}},
		{"their password", "local", "POST", "/users/" + id(head) + "/reset", url.Values{"how": {"link"}}, 403, nil, []string{"/join"}},
		{"their name", "local", "POST", "/users/" + id(head), s.person(head, "name", "别的"), 403, nil, nil},
		{"somebody of another branch", "local", "POST", "/users/" + id(s.BossEast) + "/reset", url.Values{"how": {"link"}}, 404, nil, []string{"/join"}},
		{"a manager resets nobody", "boss", "POST", "/users/" + id(s.RepWest2) + "/reset", url.Values{"how": {"link"}}, 403, nil, nil},
		{"the administrator's own password by reset", "admin", "POST", "/users/" + id(s.Admin) + "/reset", url.Values{"how": {"link"}}, 403, nil, nil},
		{"their own leave date", "admin", "POST", "/users/" + id(s.Admin), s.person(s.Admin, "leaves_on", "2026-12-01"), 422, []string{"另一位管理员"}, nil},
		{"their own phone", "admin", "POST", "/users/" + id(s.Admin), s.person(s.Admin, "phone", "13800001054"), 303, nil, nil},
		{"the list by pinyin", "boss", "", "/users?q=syt", nil, 200, []string{"沈雨桐", "共 1 人"}, []string{"周砚青"}},
		{"the list by a branch beyond reach", "boss", "", "/users?state=all&branch=" + id(s.East), nil, 200, []string{"没有符合的人"}, []string{"何佳"}},
		{"the export", "boss", "", "/users/export", nil, 200, []string{"PK"}, nil},
		{"the export is not for reps", "rep2", "", "/users/export", nil, 403, nil, nil},
	})
}
