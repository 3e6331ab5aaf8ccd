package handlers_test

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"yike/policy"
)

func TestSeveralPeopleAreAddedFromAList(t *testing.T) {
	s := newSite(t)
	admin := s.as("admin")
	look := url.Values{"act": {"look"}, "names": {"周砚青 13800003001\n何家骏\n周砚青 13800003002\n…"}, "branch": {id(s.West)}, "role": {"sales_rep"}}
	a := admin.post("/users/several", look)
	for _, want := range []string{`value="zhouyanqing"`, `value="zhouyanqing2"`, `value="hejiajun"`, `value="13800003001"`, "给他起个用户名"} {
		if a.status != 200 || !strings.Contains(a.body, want) {
			t.Fatalf("%d, without %s", a.status, want)
		}
	}
	key := regexp.MustCompile(`name="key" value="([A-Z2-7]{26})"`).FindStringSubmatch(a.body)
	if key == nil {
		t.Fatal("the form has no key")
	}
	add := url.Values{"act": {"add"}, "names": look["names"], "branch": {id(s.West)}, "role": {"sales_rep"}, "key": {key[1]}, "import": {"77"},
		"name": {"周砚青", "何家骏", "周砚青", "…"}, "username": {"zhouyanqing", "hejiajun", "admin", ""}, "phone": {"13800003001", "", "", ""}, "on": {"0", "2"}}
	if a = admin.post("/users/several", add); a.status != 422 || !strings.Contains(a.body, "这个用户名已有人用") || !strings.Contains(a.body, `value="hejiajun"`) {
		t.Fatalf("a name that somebody has: %d", a.status)
	}
	add["username"][2] = "zyq2"
	add["phone"][0] = "12"
	if a = admin.post("/users/several", add); a.status != 422 || !strings.Contains(a.body, "这不像一个电话号码") {
		t.Fatalf("no number: %d", a.status)
	}
	add["phone"][0] = "138 0000 3001"
	a = admin.post("/users/several", add, "X-Forwarded-Host", "evil.example")
	tokens := tokenIn.FindAllStringSubmatch(a.body, -1)
	if a.status != 200 || len(tokens) != 2 || tokens[0][1] == tokens[1][1] || strings.Contains(a.body, "evil.example") || !strings.Contains(a.body, `href="/imports/77"`) {
		t.Fatalf("added: %d, %d links", a.status, len(tokens))
	}
	if a := s.stranger().get("/join?token=" + tokens[1][1]); a.status != 200 || !strings.Contains(a.body, "zyq2") {
		t.Errorf("the second link: %d", a.status)
	}
	// Once more, as a browser that was pressed twice does.
	if a = admin.post("/users/several", add); a.status != 303 || a.to() != "/users" {
		t.Errorf("pressed twice: %d", a.status)
	}
	u, err := s.Users(context.Background(), policy.SystemActor("test").Scope(policy.UserRead), true)
	var got []string
	for _, x := range u {
		if x.Name == "周砚青" {
			got = append(got, x.Username+" "+x.Phone)
		}
	}
	if want := "rep2 ,zhouyanqing 13800003001,zyq2 "; err != nil || strings.Join(got, ",") != want {
		t.Errorf("%q %v, want %q", got, err, want)
	}
	// Who is there already is not ticked; a manager gives no role beyond their own.
	if a = admin.post("/users/several", look); strings.Count(a.body, "这里已有同名的") != 2 {
		t.Errorf("namesakes: %d", strings.Count(a.body, "这里已有同名的"))
	}
	for _, c := range []struct {
		who, branch, role string
		status            int
		said              string
	}{
		{"admin", id(s.West), "nothing", 422, "请选一个"},
		{"admin", "1", "sales_rep", 422, "请选一个"},
		{"rep", id(s.West), "sales_rep", 403, ""},
	} {
		a := s.as(c.who).post("/users/several", url.Values{"act": {"add"}, "branch": {c.branch}, "role": {c.role}, "names": {"甲"}, "name": {"甲"}, "username": {"jiajia"}, "phone": {""}, "on": {"0"}, "key": {strings.Repeat("K", 20)}})
		if a.status != c.status || !strings.Contains(a.body, c.said) {
			t.Errorf("%s, branch %s, role %s: %d", c.who, c.branch, c.role, a.status)
		}
	}
	if a := admin.post("/users/several", url.Values{"act": {"look"}, "names": {" \n"}, "branch": {id(s.West)}, "role": {"sales_rep"}}); a.status != 422 || !strings.Contains(a.body, "写上姓名") {
		t.Errorf("an empty list: %d", a.status)
	}
}
