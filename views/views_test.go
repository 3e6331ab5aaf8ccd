package views

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"yike/views/lang"
	"yike/views/ui"
)

var update = flag.Bool("update", false, "write the golden files anew")

func render(t *testing.T, tag string, p Page, content templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	ctx := templ.WithChildren(lang.With(context.Background(), tag), content)
	if err := Layout(p).Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func frame() Page {
	return Page{
		Title: "客户", Search: true, Foot: "杭州良渚网点", Scripts: []string{"chart.js"},
		User: &PageUser{Name: "周明慧", Role: "网点经理", Initial: "周", ID: "7"},
		Nav: []NavGroup{
			{Label: "每天", Items: []NavItem{{Label: "投诉", Href: "/cases", Icon: "message-exclamation", Count: "3", Over: true}, {Label: "拜访", Href: "/visits", Icon: "map-pin", Count: "12"}}},
			{Label: "客户", Items: []NavItem{{Label: "客户", Href: "/customers", Icon: "users", Active: true}}},
		},
		Tabs:   []NavItem{{Label: "客户", Href: "/customers", Icon: "users", Active: true}, {Label: "投诉", Href: "/cases", Icon: "message-exclamation", Count: "3", Over: true}},
		New:    []NavItem{{Label: "客户", Href: "/customers/new", Icon: "users"}, {Label: "拜访", Href: "/visits/new"}},
		Flash:  []Flash{{Kind: "ok", Text: "已把 3 位客户改给沈悦", UndoURL: "/undo/1"}, {Kind: "over", Text: "没做成", Href: "/x", LinkText: "看"}},
		Banner: &Banner{Kind: "over", Text: "备份 2 天没有成功", Href: "/admin/backup", LinkText: "去处理"},
	}
}

func pages() map[string]struct {
	page    Page
	content templ.Component
} {
	type p = struct {
		page    Page
		content templ.Component
	}
	one := frame()
	one.New, one.Flash, one.Banner = one.New[:1], nil, nil
	return map[string]p{
		"frame":      {frame(), templ.Raw("<h1>客户</h1>")},
		"frame-less": {one, templ.Raw("<h1>客户</h1>")},
		"login":      {Page{Title: "登录", Theme: "dark"}, Login(LoginForm{Username: "zhou", Next: "/customers?a=1&b=2", Error: "用户名或密码不对", Notice: "已退出", WaitSeconds: 61, Opens: "10:35"})},
		"setup":      {Page{Title: "启用"}, Setup(SetupForm{Token: "tok", Company: "云驿", Errors: ui.Errors{"branch_code": "写上网点编码"}})},
		"first":      {Page{Title: "改密码"}, Password(PasswordForm{First: true})},
		"password":   {frame(), Password(PasswordForm{Errors: ui.Errors{"current": "现在的密码不对"}})},
		"error":      {Page{Title: "没打开"}, Error(ErrorPage{Status: 500, Title: "这一页没打开", Text: "再试一次", Next: "再试", NextHref: "/customers", RequestID: "7F3A-21"})},
	}
}

var hashes = regexp.MustCompile(`\.[0-9a-f]{12}\.`)

func TestGolden(t *testing.T) {
	for name, p := range pages() {
		for _, tag := range []string{"zh-CN", "en"} {
			t.Run(name+" in "+tag, func(t *testing.T) {
				got := strings.ReplaceAll(hashes.ReplaceAllString(render(t, tag, p.page, p.content), ".HASH."), "><", ">\n<") + "\n"
				file := filepath.Join("testdata", name+"."+tag+".html")
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				w, g := strings.Split(strings.ReplaceAll(string(want), "\r\n", "\n"), "\n"), strings.Split(got, "\n")
				for i := range min(len(w), len(g)) {
					if w[i] != g[i] {
						t.Fatalf("%s:%d (write anew with -update when meant)\nwant %s\ngot  %s", file, i+1, w[i], g[i])
					}
				}
				if len(w) != len(g) {
					t.Fatalf("%s: %d lines, want %d", file, len(g), len(w))
				}
			})
		}
	}
}

func TestHtmxIsHeldShort(t *testing.T) {
	m := regexp.MustCompile(`<meta name="htmx-config" content="([^"]*)"`).FindStringSubmatch(render(t, "zh-CN", frame(), templ.NopComponent))
	if m == nil {
		t.Fatal("no htmx-config")
	}
	var c struct {
		ResponseHandling []struct {
			Code  string
			Swap  bool
			Error bool
		}
		SelfRequestsOnly, AllowEval, AllowScriptTags, IncludeIndicatorStyles, HistoryRestoreAsHxRequest *bool
		HistoryCacheSize                                                                                *int
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(m[1])), &c); err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]struct {
		have *bool
		want bool
	}{
		"selfRequestsOnly":          {c.SelfRequestsOnly, true},
		"allowEval":                 {c.AllowEval, false},
		"allowScriptTags":           {c.AllowScriptTags, false},
		"includeIndicatorStyles":    {c.IncludeIndicatorStyles, false},
		"historyRestoreAsHxRequest": {c.HistoryRestoreAsHxRequest, false},
	} {
		if got.have == nil || *got.have != got.want {
			t.Errorf("%s is not %v", name, got.want)
		}
	}
	if c.HistoryCacheSize == nil || *c.HistoryCacheSize != 0 {
		t.Error("pages would be kept in browser storage and outlive the sign-out")
	}
	for code, want := range map[string][2]bool{ // swap, error
		"200": {true, false}, "204": {false, false}, "303": {true, false}, "422": {true, false},
		"401": {false, true}, "404": {false, true}, "409": {false, true}, "500": {false, true}, "503": {false, true},
	} {
		i := slices.IndexFunc(c.ResponseHandling, func(h struct {
			Code  string
			Swap  bool
			Error bool
		}) bool {
			return regexp.MustCompile(h.Code).MatchString(code)
		})
		if i < 0 {
			t.Errorf("%s is not handled", code)
			continue
		}
		if h := c.ResponseHandling[i]; h.Swap != want[0] || h.Error != want[1] {
			t.Errorf("%s: swap %v error %v, want %v", code, h.Swap, h.Error, want)
		}
	}
}

// The content policy forbids style attributes, handlers and inline scripts;
// JSON that is only read is no script.
func TestNothingInline(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<[^>]*\s(style|on[a-z]+)=|<style|javascript:`)
	scripts := regexp.MustCompile(`<script[^>]*>`)
	for name, p := range pages() {
		got := render(t, "zh-CN", p.page, p.content)
		if m := inline.FindString(got); m != "" {
			t.Errorf("%s: %s", name, m)
		}
		for _, s := range scripts.FindAllString(got, -1) {
			if !strings.Contains(s, `src="/static/`) && !strings.Contains(s, `type="application/json"`) {
				t.Errorf("%s: %s", name, s)
			}
		}
		for _, m := range regexp.MustCompile(`(?:src|href)="(https?:)?//[^"]*"`).FindAllString(got, -1) {
			t.Errorf("%s fetches from elsewhere: %s", name, m)
		}
	}
}

// Every static file a page names exists: Path gives an unknown one no hash.
func TestEveryStaticFileExists(t *testing.T) {
	for name, p := range pages() {
		for _, m := range regexp.MustCompile(`/static/[^"#]*`).FindAllString(render(t, "zh-CN", p.page, p.content), -1) {
			if !hashes.MatchString(m) {
				t.Errorf("%s: %s does not exist", name, m)
			}
		}
	}
}

// Every glyph the components name is in the sprite.
func TestEveryIconExists(t *testing.T) {
	sprite, err := os.ReadFile(filepath.Join("..", "static", "icons.svg"))
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, glob := range []string{"*.templ", "*.go", "ui/*.templ", "ui/*.go", "../static/yike.js"} {
		files, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`(?:Icon\(|IconSize\(|Icon: ?|glyph\()["']([a-z0-9-]+)["']`).FindAllStringSubmatch(string(src), -1) {
				named = append(named, m[1])
			}
		}
	}
	if len(named) < 20 {
		t.Fatalf("found only %d icons: the search is wrong", len(named))
	}
	for _, name := range named {
		if !bytes.Contains(sprite, []byte(`id="`+name+`"`)) {
			t.Errorf("icon %s is not in the sprite", name)
		}
	}
}

func TestASignedOutPageShowsNoFrame(t *testing.T) {
	got := render(t, "zh-CN", Page{Title: "登录"}, Login(LoginForm{}))
	for _, word := range []string{`class="yk-nav"`, `id="search"`, "/logout", `class="yk-tabbar"`} {
		if strings.Contains(got, word) {
			t.Errorf("%s stands on the login page", word)
		}
	}
	for _, word := range []string{`action="/login"`, `name="username"`, `name="password"`, `method="post"`} {
		if !strings.Contains(got, word) {
			t.Errorf("%s is missing on the login page", word)
		}
	}
}

func TestWaitIsRoundedUp(t *testing.T) {
	for seconds, want := range map[int]int{0: 0, 1: 1, 60: 1, 61: 2, 900: 15} {
		if got := waitMinutes(seconds); got != want {
			t.Errorf("%d seconds are %d minutes, want %d", seconds, got, want)
		}
	}
}
