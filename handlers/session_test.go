package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
)

func TestSigningInAndOut(t *testing.T) {
	s := newSite(t)
	login := func(name, password, next string) url.Values {
		return url.Values{"username": {name}, "password": {password}, "next": {next}}
	}
	s.run([]scenario{
		{"a stranger is sent to sign in and back", "", "", "/users?all=1", nil, 303, []string{"/login?next=%2Fusers%3Fall%3D1"}, nil},
		{"a stranger's write is sent to sign in", "", "POST", "/users", url.Values{}, 303, []string{"/login"}, nil},
		{"a stranger sees the sign-in page", "", "", "/login", nil, 200, []string{`name="username"`, `name="password"`}, []string{"yk-nav-i"}},
		{"no password", "", "POST", "/login", login("boss", "", ""), 422, []string{"请填写账号和密码", `value="boss"`}, nil},
		{"a wrong password", "", "POST", "/login", login("boss", "wrong", ""), 422, []string{"账号或密码不对", `value="boss"`}, []string{"wrong"}},
		{"the right password in capitals", "", "POST", "/login", login("boss", strings.ToUpper(dbtest.Password), ""), 422, []string{"账号或密码不对"}, nil},
		{"the right password with a blank behind it", "", "POST", "/login", login("boss", dbtest.Password+" ", ""), 422, []string{"账号或密码不对"}, nil},
		{"an unknown name gets the same words", "", "POST", "/login", login("nobody", "wrong", ""), 422, []string{"账号或密码不对"}, nil},
		{"full width and capitals are the same name", "boss", "", "/login", nil, 303, []string{"/"}, nil},
		{"a page that is not there", "boss", "", "/nowhere", nil, 404, []string{"没有这个页面"}, nil},
		{"a page that is not for this role", "clerk", "", "/users", nil, 403, []string{"你没有这项权限"}, nil},
		{"set-up is over", "", "", "/setup", nil, 303, []string{"/login"}, nil},
		{"set-up is over for its form too", "", "POST", "/setup", url.Values{"token": {"x"}}, 404, nil, nil},
	})
	v := s.as("boss")
	if a := v.get("/users"); a.status != 200 || !strings.Contains(a.head.Get("Cache-Control"), "no-store") {
		t.Errorf("a private page: %d %v", a.status, a.head["Cache-Control"])
	}
	jarBefore := v.client.Jar.Cookies(mustURL(t, s.url))
	if a := v.post("/logout", nil); a.to() != "/login?out=1" {
		t.Fatalf("sign-out leads to %q", a.to())
	}
	v.client.Jar.SetCookies(mustURL(t, s.url), jarBefore)
	if a := v.get("/users"); a.status != 303 {
		t.Errorf("the old cookie still opens a page: %d", a.status)
	}
}

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestTheSessionIsRenewedAtSignIn(t *testing.T) {
	s := newSite(t)
	v := s.stranger()
	planted := &http.Cookie{Name: "yike_session", Value: "planted-by-somebody-else-000000000000000000", Path: "/"}
	v.client.Jar.SetCookies(mustURL(t, s.url), []*http.Cookie{planted})
	v.post("/login", url.Values{"username": {"boss"}, "password": {dbtest.Password}})
	for _, c := range v.client.Jar.Cookies(mustURL(t, s.url)) {
		if c.Name == "yike_session" && c.Value == planted.Value {
			t.Error("the planted session was used")
		}
	}
	other := s.stranger()
	other.client.Jar.SetCookies(mustURL(t, s.url), []*http.Cookie{planted})
	if a := other.get("/users"); a.status != 303 {
		t.Errorf("the planted session is signed in: %d", a.status)
	}
}

// TestGuessingIsSlowed: SECURITY.md, login: a limit after at most ten wrong
// passwords, equal for unknown names; a locked name never blocks others at the
// same address.
func TestGuessingIsSlowed(t *testing.T) {
	s := newSite(t)
	for _, name := range []string{"boss", "nobody-of-that-name"} {
		limited := 0
		for i := 1; i <= 12 && limited == 0; i++ {
			if a := s.stranger().post("/login", url.Values{"username": {name}, "password": {"guess"}}); a.status == http.StatusTooManyRequests {
				limited = i
			}
		}
		if limited == 0 || limited > 10 {
			t.Errorf("%s: limited at try %d", name, limited)
		}
	}
	if a := s.stranger().post("/login", url.Values{"username": {"boss"}, "password": {dbtest.Password}}); a.status != http.StatusTooManyRequests {
		t.Errorf("the right password while locked: %d", a.status)
	}
	if a := s.stranger().post("/login", url.Values{"username": {"rep"}, "password": {dbtest.Password}}); a.status != http.StatusSeeOther {
		t.Errorf("a colleague at the same address: %d", a.status)
	}
	s.Clock.Move(20 * time.Minute)
	if a := s.stranger().post("/login", url.Values{"username": {"boss"}, "password": {dbtest.Password}}); a.status != http.StatusSeeOther {
		t.Errorf("after the wait: %d", a.status)
	}
}

// TestManyGuessesAtOnceAreNotFree: fifty in parallel get no more looks than
// one after the other.
func TestManyGuessesAtOnceAreNotFree(t *testing.T) {
	s := newSite(t)
	answers := make(chan int, 50)
	for range 50 {
		v := s.stranger()
		go func() {
			r, err := v.client.PostForm(s.url+"/login", url.Values{"username": {"boss"}, "password": {"guess"}})
			if err != nil {
				answers <- 0
				return
			}
			_ = r.Body.Close()
			answers <- r.StatusCode
		}()
	}
	looked := 0
	for range 50 {
		if <-answers == http.StatusUnprocessableEntity {
			looked++
		}
	}
	if looked > 10 {
		t.Errorf("%d guesses were looked at", looked)
	}
}

func TestASessionEndsWhenItShould(t *testing.T) {
	ctx := context.Background()
	s := newSite(t)
	admin := s.As(t, s.Admin)
	still := func(v *visitor) bool { return v.get("/users").status == 200 }

	v := s.as("boss")
	s.Clock.Move(11 * time.Hour)
	if !still(v) {
		t.Error("after eleven hours idle it has ended")
	}
	s.Clock.Move(13 * time.Hour)
	// A page, its script and a form that waited knock at the same moment.
	var passed atomic.Int64
	var wait sync.WaitGroup
	for range 24 {
		wait.Go(func() {
			if still(v) {
				passed.Add(1)
			}
		})
	}
	if wait.Wait(); passed.Load() > 0 || still(v) {
		t.Errorf("after thirteen hours idle it goes on, for %d of 24 at once", passed.Load())
	}

	boss, err := s.User(ctx, admin.Scope(policy.UserRead), s.BossWest)
	if err != nil {
		t.Fatal(err)
	}
	in := db.UserInput{Username: boss.Username, Name: boss.Name, BranchID: boss.BranchID, Grants: boss.Grants}
	for name, change := range map[string]func(*db.UserInput){
		"a new password": func(in *db.UserInput) { in.PasswordHash = dbtest.Hash },
		"other roles":    func(in *db.UserInput) { in.Grants = []policy.Grant{{Role: policy.Courier, Branch: s.West}} },
		"being disabled": func(in *db.UserInput) { in.Disabled = true },
	} {
		v := s.as("boss")
		if !still(v) {
			t.Fatalf("before %s", name)
		}
		now, _ := s.User(ctx, admin.Scope(policy.UserRead), s.BossWest)
		changed := in
		change(&changed)
		if err := s.UpdateUser(ctx, admin, s.BossWest, now.Version, changed); err != nil {
			t.Fatal(err)
		}
		if still(v) {
			t.Errorf("%s: the next request is still served", name)
		}
		now, _ = s.User(ctx, admin.Scope(policy.UserRead), s.BossWest)
		if err := s.UpdateUser(ctx, admin, s.BossWest, now.Version, in); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAFirstPasswordMustBeChanged(t *testing.T) {
	s := newSite(t)
	admin := s.as("admin")
	form := url.Values{"name": {"陈立"}, "username": {"chenli"}, "role": {"sales_rep"}, "branch": {id(s.West)}, "place": {id(s.West)}, "password": {"saddle-Kite-77"}}
	if a := admin.post("/users", form); a.status != 303 {
		t.Fatalf("create: %d %s", a.status, excerpt(a.body))
	}
	v := s.stranger()
	v.post("/login", url.Values{"username": {"chenli"}, "password": {"saddle-Kite-77"}})
	if a := v.get("/"); a.to() != "/account/password" {
		t.Fatalf("the first page is %q", a.to())
	}
	for name, c := range map[string]struct{ current, password, again, want string }{
		"a wrong present one":    {"nope", "plenty-Oak-42", "plenty-Oak-42", "现在的密码不对"},
		"the same again":         {"saddle-Kite-77", "saddle-Kite-77", "saddle-Kite-77", "新密码不能和现在的一样"},
		"two different ones":     {"saddle-Kite-77", "plenty-Oak-42", "plenty-Oak-43", "两次输入的不一样"},
		"one that is too common": {"saddle-Kite-77", "12345678", "12345678", "密码"},
	} {
		a := v.post("/account/password", url.Values{"current": {c.current}, "password": {c.password}, "password2": {c.again}})
		if a.status != 422 || !strings.Contains(a.body, c.want) {
			t.Errorf("%s: %d\n%s", name, a.status, excerpt(a.body))
		}
	}
	s.Clock.Move(time.Hour)
	elsewhere := s.stranger()
	elsewhere.post("/login", url.Values{"username": {"chenli"}, "password": {"saddle-Kite-77"}})
	if a := v.post("/account/password", url.Values{"current": {"saddle-Kite-77"}, "password": {"plenty-Oak-42"}, "password2": {"plenty-Oak-42"}}); a.status != 303 {
		t.Fatalf("change: %d %s", a.status, excerpt(a.body))
	}
	if a := v.get("/"); a.to() == "/account/password" || a.to() == "/login" {
		t.Errorf("afterwards the first page is %q", a.to())
	}
	if a := elsewhere.get("/account/password"); a.status != 303 {
		t.Errorf("the other session goes on: %d", a.status)
	}
}

// TestForeignWritesAreRefused: gorilla/csrf CVE-2025-24358, nosurf
// CVE-2025-46721: eight forms of forgery against a signed-in person.
func TestForeignWritesAreRefused(t *testing.T) {
	s := newSite(t)
	v := s.as("admin")
	form := url.Values{"name": {"x"}, "lang": {"en"}}
	for name, head := range map[string][]string{
		"another site says so":                         {"Sec-Fetch-Site", "cross-site"},
		"a sister site says so":                        {"Sec-Fetch-Site", "same-site"},
		"another origin":                               {"Origin", "http://evil.example"},
		"no origin at all":                             {"Origin", "null"},
		"our name as a prefix":                         {"Origin", s.url + ".evil.example"},
		"our name with another port":                   {"Origin", "http://127.0.0.1:1"},
		"our name over another scheme, from elsewhere": {"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"},
		"a friendly referer":                           {"Origin", "http://evil.example", "Referer", s.url},
	} {
		for _, path := range []string{"/logout", "/account/language", "/account/password", "/users", "/branches", "/login"} {
			if a := v.post(path, form, head...); a.status != http.StatusForbidden {
				t.Errorf("%s, %s: %d", name, path, a.status)
			}
		}
	}
	if a := v.get("/users"); a.status != 200 {
		t.Errorf("the person was signed out: %d", a.status)
	}
}

// TestSignInLeadsNowhereElse: Miniflux CVE-2025-67713, Gitea CVE-2026-25779:
// open redirect by next.
func TestSignInLeadsNowhereElse(t *testing.T) {
	s := newSite(t)
	for _, next := range []string{"//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "/%09/evil.example",
		"http:evil.example", "javascript:alert(1)", "///evil.example", "/..//evil.example", " //evil.example", "@evil.example"} {
		a := s.stranger().post("/login", url.Values{"username": {"boss"}, "password": {dbtest.Password}, "next": {next}})
		if a.status != 303 || strings.Contains(a.to(), "evil") || strings.Contains(a.to(), "alert") {
			t.Errorf("next %q leads to %d %q", next, a.status, a.to())
		}
	}
	if a := s.stranger().post("/login", url.Values{"username": {"boss"}, "password": {dbtest.Password}, "next": {"/customers?q=1"}}); a.to() != "/customers?q=1" {
		t.Errorf("our own page: %q", a.to())
	}
}

func TestEveryAnswerCarriesTheHeaders(t *testing.T) {
	s := newSite(t)
	v := s.as("boss")
	for _, path := range []string{"/login", "/users", "/nowhere", "/healthz", "/static/nothing.css", "/account/password"} {
		a := v.get(path)
		csp := a.head.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") ||
			!strings.Contains(csp, "object-src 'none'") || !strings.Contains(csp, "base-uri 'none'") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if a.head.Get("X-Content-Type-Options") != "nosniff" || a.head.Get("Referrer-Policy") == "" {
			t.Errorf("%s: headers %v", path, a.head)
		}
	}
}

func TestTheLanguageFollowsThePerson(t *testing.T) {
	s := newSite(t)
	if a := s.stranger().get("/login", "Accept-Language", "en-GB,en;q=0.9"); !strings.Contains(a.body, `lang="en"`) {
		t.Error("the browser's language is not taken")
	}
	v := s.as("boss")
	if a := v.get("/users", "Accept-Language", "fr"); !strings.Contains(a.body, `lang="zh-CN"`) {
		t.Error("Chinese is not what others get")
	}
	if a := v.post("/account/language", url.Values{"lang": {"en"}}); a.status != 303 {
		t.Fatalf("choose English: %d", a.status)
	}
	if a := v.get("/users", "Accept-Language", "zh-CN"); !strings.Contains(a.body, `lang="en"`) || !strings.Contains(a.body, "People") {
		t.Error("the person's choice is not kept")
	}
}
