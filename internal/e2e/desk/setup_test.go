package desk

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"yike/db/dbtest"
	"yike/internal/e2e"
	"yike/policy"
)

func TestABranchIsSetUpOnceByTheLink(t *testing.T) {
	e2e.BothScreens(t, func(t *testing.T, view e2e.Viewport) {
		h := e2e.EmptyHouse(t)
		link, err := h.App.SetUpLink(context.Background())
		if err != nil || link == "" {
			t.Fatalf("set-up link %q, %v", link, err)
		}
		b := e2e.New(t, view, e2e.Light)

		// Whoever comes without the link is led to the page, but cannot send it.
		b.Go(h.URL + "/")
		b.WaitURL("/setup")
		fill := func() {
			b.Fill("company", "云驿速递")
			b.Fill("head_office", "云驿速递总部")
			b.Fill("branch", "杭州良渚网点")
			b.Fill("branch_code", "hz03")
			b.Fill("name", "周明慧")
			b.Fill("username", "ZhouMH")
			b.Fill("password", "雨后青山一叶舟 7")
			b.Fill("password2", "雨后青山一叶舟 7")
		}
		send := `form[action="/setup"] button[type="submit"]`
		fill()
		b.ClickAndLoad(send)
		if b.Status() != http.StatusUnprocessableEntity {
			t.Fatalf("without the link: status %d, want 422", b.Status())
		}
		b.WaitText("main", "设置链接不对")

		b.Go(link)
		b.Look("setup")
		fill()
		b.Fill("branch", "")
		b.Fill("password", "12345678")
		b.ClickAndLoad(send)
		if b.Status() != http.StatusUnprocessableEntity {
			t.Fatalf("with a weak password: status %d, want 422", b.Status())
		}
		b.Look("setup faults")
		if got := b.Value("company"); got != "云驿速递" {
			t.Errorf("the company typed before is now %q", got)
		}
		var focused string
		if b.Eval(`document.activeElement.name`, &focused); focused != "branch" {
			t.Errorf("the focus is on %q, want the first faulty field", focused)
		}
		fill()
		b.ClickAndLoad(send)
		if strings.Contains(b.URL(), "/setup") || strings.Contains(b.URL(), "/login") {
			t.Fatalf("after set-up the page is %s:\n%s", b.URL(), b.Text("main"))
		}
		b.WaitText("main", "设置好了")
		if view == e2e.Desktop {
			b.WaitText(".yk-who", "周明慧")
		}
		b.Look("first page")

		// The link works once: the page leads to sign-in, and a form kept from before is refused.
		second := e2e.New(t, view, e2e.Light)
		second.Go(link)
		second.WaitURL("/login")
		token := link[strings.Index(link, "token=")+len("token="):]
		res, err := http.PostForm(h.URL+"/setup", url.Values{"token": {token}, "company": {"别家"}, "head_office": {"别家"},
			"branch": {"别家"}, "branch_code": {"XX01"}, "name": {"别人"}, "username": {"other"},
			"password": {"雨后青山一叶舟 8"}, "password2": {"雨后青山一叶舟 8"}})
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("a second set-up answers %d, want 404", res.StatusCode)
		}
		h.SignIn(second, "zhoumh", "雨后青山一叶舟 7")
		if strings.Contains(second.URL(), "/login") {
			t.Errorf("the first administrator cannot sign in:\n%s", second.Text("main"))
		}
	})
}

func TestSignInFirstPasswordLanguageAndSignOut(t *testing.T) {
	e2e.BothScreens(t, func(t *testing.T, view e2e.Viewport) {
		c := e2e.NewCompany(t)
		if _, err := c.CreateUser(context.Background(), policy.SystemActor("test"), newcomer(c)); err != nil {
			t.Fatal(err)
		}
		b := e2e.New(t, view, e2e.Light)
		b.Go(c.URL + "/users?all=1")
		b.WaitURL("/login")
		b.Look("login")
		b.Fill("username", "xinren")
		b.Fill("password", "not-the-password")
		login := `form[action="/login"] button[type="submit"]`
		b.ClickAndLoad(login)
		if b.Status() != http.StatusUnprocessableEntity {
			t.Errorf("a wrong password answers %d, want 422", b.Status())
		}
		b.WaitText("[role=alert]", "账号或密码不对")
		if got := b.Value("username"); got != "xinren" {
			t.Errorf("the user name typed is now %q", got)
		}
		b.Look("login refused")
		b.Fill("password", dbtest.Password)
		b.ClickAndLoad(login)

		// A password that somebody else gave is changed before anything else.
		b.WaitURL("/account/password")
		b.Go(c.URL + "/")
		b.WaitURL("/account/password")
		b.Look("first password")
		b.Fill("current", dbtest.Password)
		b.Fill("password", "xinren2026")
		b.Fill("password2", "xinren2027")
		change := `form[action="/account/password"] button[type="submit"]`
		b.ClickAndLoad(change)
		if b.Status() != http.StatusUnprocessableEntity {
			t.Errorf("a password like the user name answers %d, want 422", b.Status())
		}
		b.WaitText("main", "两次输入的不一样")
		b.Look("first password faults")
		const mine = "梅子黄时日日晴 3"
		b.Fill("current", dbtest.Password)
		b.Fill("password", mine)
		b.Fill("password2", mine)
		b.ClickAndLoad(change)
		b.WaitText("main", "密码已改")

		// The language is the person's, from the menu to the next sign-in.
		b.Click(".menu-user > summary")
		b.WaitFor(".menu-user .menu-b")
		b.Look("user menu")
		b.ClickAndLoad(`.menu-user button[value="en"]`)
		var tag string
		if b.Eval(`document.documentElement.lang`, &tag); tag != "en" {
			t.Errorf("the page's language is %q, want en", tag)
		}
		if text := b.Text("body"); strings.Contains(text, "退出") {
			t.Errorf("the English page speaks Chinese:\n%s", text)
		}

		// Sign-out ends the session on the server: the old cookie opens nothing.
		other := e2e.New(t, view, e2e.Light)
		c.SignIn(other, "xinren", mine)
		other.WaitFor(".menu-user")
		b.Click(".menu-user > summary")
		b.ClickAndLoad(`form[action="/logout"] button`)
		b.WaitURL("/login?out=1")
		b.Go(c.URL + "/")
		b.WaitURL("/login")
		b.Look("login English")
		other.Reload()
		if strings.Contains(other.URL(), "/login") {
			t.Error("signing out in one window ended the other's session")
		}
	})
}

func TestWhoTypesAWrongPasswordTooOftenWaits(t *testing.T) {
	c := e2e.NewCompany(t)
	b := e2e.New(t, e2e.Phone, e2e.Light)
	b.Go(c.URL + "/login")
	for i := 0; b.Status() != http.StatusTooManyRequests; i++ {
		if i == 12 {
			t.Fatal("twelve wrong passwords and no wait")
		}
		b.Fill("username", "boss")
		b.Fill("password", "guess")
		b.ClickAndLoad(`form[action="/login"] button[type="submit"]`)
	}
	b.WaitText("[role=alert]", "错的次数太多")
	b.Look("login wait")
}
