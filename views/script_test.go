package views

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"yike/static"
	"yike/views/lang"
	"yike/views/ui"
)

const policyHeader = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"

// scriptSite is a site of three pages that exercises what static/yike.js does.
func scriptSite(t *testing.T) (url string, posts *atomic.Int64) {
	t.Helper()
	posts = new(atomic.Int64)
	mux := http.NewServeMux()
	mux.Handle("GET /static/", static.Handler())
	show := func(w http.ResponseWriter, r *http.Request, status int, p Page, c templ.Component) {
		w.Header().Set("Content-Security-Policy", policyHeader)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		if err := Layout(p).Render(templ.WithChildren(lang.With(r.Context(), "zh-CN"), c), w); err != nil {
			t.Logf("%s: %v", r.URL, err)
		}
	}
	form := func(plain bool, name, fault string) templ.Component {
		attrs := `id="form" method="post" action="/save" data-draft="visit" novalidate`
		if !plain {
			attrs = `id="form" method="post" action="/part" hx-post="/part" hx-swap="outerHTML" novalidate`
		}
		return templ.Join(templ.Raw("<form "+attrs+">"),
			ui.Field(ui.FieldProps{Name: "name", Label: "name", Value: name, Error: fault}),
			ui.TextArea(ui.TextAreaProps{Name: "note", Label: "note", Fill: []string{"stable"}}),
			ui.Field(ui.FieldProps{Name: "password", Label: "password", Type: "password"}),
			ui.Button(ui.ButtonProps{Text: "save", Name: "go", Value: "1", Class: "save"}), templ.Raw("</form>"))
	}
	rows := templ.Join(
		templ.Raw(`<table data-keys><tbody>`),
		templ.Raw(strings.Repeat(`<tr><td><input type="checkbox" data-row aria-label="row"></td><td><a href="/new">row</a></td></tr>`, 3)),
		templ.Raw(`</tbody></table><div data-bulk hidden><b data-n></b></div>`))
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /new", func(w http.ResponseWriter, r *http.Request) { show(w, r, 200, frame(), form(true, "", "")) })
	mux.HandleFunc("GET /hx", func(w http.ResponseWriter, r *http.Request) { show(w, r, 200, frame(), form(false, "", "")) })
	mux.HandleFunc("GET /list", func(w http.ResponseWriter, r *http.Request) {
		p := frame()
		p.Flash = nil
		show(w, r, 200, p, rows)
	})
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) { show(w, r, 200, Page{}, Login(LoginForm{})) })
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusSeeOther) })
	mux.HandleFunc("POST /save", func(w http.ResponseWriter, r *http.Request) {
		posts.Add(1)
		time.Sleep(150 * time.Millisecond)
		switch {
		case r.FormValue("go") != "1":
			http.Error(w, "the pressed button is missing", http.StatusBadRequest)
		case r.FormValue("name") == "":
			show(w, r, 422, frame(), form(true, "", "a name is wanted"))
		default:
			http.Redirect(w, r, "/list", http.StatusSeeOther)
		}
	})
	mux.HandleFunc("POST /part", func(w http.ResponseWriter, r *http.Request) {
		switch name := r.FormValue("name"); name {
		case "":
			w.WriteHeader(422)
			if err := form(false, "", "a name is wanted").Render(r.Context(), w); err != nil {
				t.Logf("%s: %v", r.URL, err)
			}
		case "expire":
			http.Redirect(w, r, "/login", http.StatusSeeOther)
		case "break":
			http.Error(w, "broken", 500)
		default:
			fmt.Fprint(w, `<p id="done">done</p>`)
		}
	})
	mux.HandleFunc("GET /search", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `<ul><li><a href="/list">one</a></li><li><a href="/new?from=search">two</a></li></ul>`)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL, posts
}

// browser starts one, or skips where there is none.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := os.Getenv("YIKE_BROWSER")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path != "" {
			break
		}
		path, _ = exec.LookPath(name)
	}
	if path == "" {
		if os.Getenv("YIKE_REQUIRE_BROWSER") != "" {
			t.Fatal("no browser found; YIKE_BROWSER may name one")
		}
		t.Skip("no browser found; YIKE_BROWSER may name one")
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(1366, 768),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {}))
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 10*time.Minute)
	t.Cleanup(stop)
	chromedp.ListenTarget(ctx, func(ev any) {
		if e, ok := ev.(*runtime.EventExceptionThrown); ok {
			t.Errorf("the script failed: %v", e.ExceptionDetails)
		}
	})
	if err := chromedp.Run(ctx, network.Enable()); err != nil {
		t.Fatal(err)
	}
	return ctx
}

func offline(off bool) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := network.EmulateNetworkConditionsByRule([]*network.Conditions{{DownloadThroughput: -1, UploadThroughput: -1, Offline: off}}).Do(ctx)
		return err
	})
}

// The script's promises, kept in a real browser under the content policy.
func TestScript(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser; run without -short")
	}
	url, posts := scriptSite(t)
	ctx := browser(t)
	visit := func(path string) chromedp.Action { return chromedp.Navigate(url + path) }
	typed := func(sel, text string) chromedp.Action { return chromedp.SendKeys(sel, text, chromedp.ByQuery) }
	click := func(sel string) chromedp.Action { return chromedp.Click(sel, chromedp.ByQuery) }
	step := func(name string, until string, acts ...chromedp.Action) {
		t.Helper()
		short, stop := context.WithTimeout(ctx, time.Minute)
		defer stop()
		if err := chromedp.Run(short, acts...); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for {
			var now bool
			// A page that is just being left answers with an error: ask the next.
			err := chromedp.Run(short, chromedp.Evaluate("!!("+until+")", &now))
			if err == nil && now {
				return
			}
			select {
			case <-short.Done():
				t.Fatalf("%s: not so after a minute (%v)", name, err)
			case <-time.After(20 * time.Millisecond):
			}
		}
	}

	step("what is typed is kept, a password is not",
		`localStorage['yike:draft:7:visit'] && localStorage['yike:draft:7:visit'].includes('stable') && !JSON.stringify(localStorage).includes('secret')`,
		visit("/new"), typed("#f-name", "pine"), typed("#f-password", "secret"), click("[data-fill]"))
	step("it is back on the next visit, and the page says so",
		`document.querySelector('#f-name').value == 'pine' && document.querySelector('#f-note').value == 'stable' && document.querySelector('.draft-note')`,
		visit("/new"))
	step("it can be thrown away",
		`document.querySelector('#f-name').value == '' && !localStorage['yike:draft:7:visit'] && !document.querySelector('.draft-note')`,
		click(".draft-note button"))
	step("a lost connection leaves the page and what was typed",
		`document.querySelector('#toasts').textContent.includes('没保存成，网络断了，内容还在') && document.querySelector('#f-name').value == 'cloud'`,
		typed("#f-name", "cloud"), offline(true), click(".save"))
	step("trying again saves, and the draft is gone",
		`location.pathname == '/list' && !localStorage['yike:draft:7:visit']`,
		offline(false), click("#toasts button:not(.x)"))
	step("a form with a fault comes back with the fault in focus",
		`document.activeElement.id == 'f-name' && document.activeElement.getAttribute('aria-invalid') == 'true'`,
		visit("/new"), typed("#f-note", "x"), click(".save"))

	before := posts.Load()
	step("pressed three times", `location.pathname == '/list'`,
		typed("#f-name", "once"), chromedp.Evaluate(`(function () { var b = document.querySelector('.save'); b.click(); b.click(); setTimeout(function () { b.click(); }, 60); })()`, nil))
	if n := posts.Load() - before; n != 1 {
		t.Errorf("pressed three times, sent %d times", n)
	}

	step("htmx swaps the faulty form in and focuses it",
		`document.activeElement.id == 'f-name' && document.querySelector('.err') && !document.querySelector('.toast-y')`,
		visit("/hx"), click(".save"))
	step("a fault of the server is said and the form stays",
		`document.querySelector('#toasts').textContent.includes('没做成') && document.querySelector('#f-name').value == 'break'`,
		typed("#f-name", "break"), click(".save"))
	step("an ended session is said, the login page is not swapped in",
		`document.querySelector('#toasts').textContent.includes('登录已过期') && document.querySelector('#form')`,
		chromedp.SetValue("#f-name", "expire", chromedp.ByQuery), click(".save"))
	step("then it is saved", `document.querySelector('#done')`,
		chromedp.SetValue("#f-name", "fine", chromedp.ByQuery), click(".save"))

	step("j, j, x selects the second row",
		`document.querySelectorAll('tbody tr')[1].classList.contains('is-sel') && document.querySelector('[data-n]').textContent == '1' && !document.querySelector('[data-bulk]').hidden`,
		visit("/list"), chromedp.KeyEvent("j"), chromedp.KeyEvent("j"), chromedp.KeyEvent("x"))
	step("? shows the keys", `document.querySelector('#keys').open`, chromedp.KeyEvent("?"))
	step("Esc closes them", `!document.querySelector('#keys').open`, chromedp.KeyEvent(kb.Escape))
	step("/ goes to the search box", `document.activeElement.id == 'search'`, chromedp.KeyEvent("/"))
	step("hits open below it",
		`!document.querySelector('#search-results').hidden && document.activeElement.getAttribute('aria-expanded') == 'true'`,
		typed("#search", "sg"))
	step("Esc closes them and keeps the words",
		`document.querySelector('#search-results').hidden && document.querySelector('#search').value.endsWith('sg')`,
		chromedp.KeyEvent(kb.Escape))
	step("the arrows choose, Enter opens", `location.search == '?from=search'`,
		chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.Enter))

	step("dark is chosen and stays",
		`document.documentElement.getAttribute('data-bs-theme') == 'dark' && document.cookie.includes('yike-theme=dark')`,
		click(".menu-user summary"), click("[data-theme-set=dark]"), visit("/new"))
	step("something private is typed", `localStorage['yike:draft:7:visit']`, typed("#f-note", "private"))
	step("sign-out leaves nothing typed behind",
		`location.pathname == '/login' && !Object.keys(localStorage).some(function (k) { return k.indexOf('yike:draft') == 0; })`,
		click(".menu-user summary"), click("[data-signout] button"))
}
