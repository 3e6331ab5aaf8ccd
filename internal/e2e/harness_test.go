package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

func TestMain(m *testing.M) {
	code := m.Run()
	Close()
	os.Exit(code)
}

// shop serves a tiny page under a policy as strict as the product's.
func shop(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	page := func(title, body string) string {
		return `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>` + title + `</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/style.css"><script src="/script.js" defer></script></head>
<body><main><h1>` + title + `</h1>` + body + `</main></body></html>`
	}
	html := func(pattern string, status int, title, body string) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(status)
			io.WriteString(w, page(title, body))
		})
	}
	html("GET /{$}", 200, "下单", `<p id="state"></p><p id="net">在线</p>
<form method="post" action="/order" enctype="multipart/form-data">
<p><label>姓名 <input name="name" value="旧名"></label></p>
<p><label>日期 <input type="date" name="day"></label></p>
<p><label>类别 <select name="class"><option value="A">A</option><option value="B">B</option></select></label></p>
<p><label><input type="radio" name="mode" value="phone"> 电话</label> <label><input type="radio" name="mode" value="site"> 上门</label></p>
<p><label><input type="checkbox" name="agree" value="yes"> 同意</label></p>
<p><label>照片 <input type="file" name="photo" class="away"></label></p>
<button id="send">提交</button></form>`)
	html("GET /missing", 404, "没有这一页", ``)
	html("GET /inline", 200, "内联", `<p style="color:red" onclick="alert(1)">红</p><script>document.title = "x"</script>`)
	html("GET /throws", 200, "出错", `<p id="throws">1</p>`)
	html("GET /asset", 200, "缺图", `<img src="/none.png" alt="没有的图片">`)
	html("GET /poor", 200, "差", `<img src="/icon.svg"><input name="q"><p class="wide">宽</p>`)
	mux.HandleFunc("POST /order", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1 << 20); err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
		_, header, err := r.FormFile("photo")
		if err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, page("收到", fmt.Sprintf(`<p id="got">%s|%s|%s|%s|%s|%s|%d</p>`, r.FormValue("name"), r.FormValue("day"),
			r.FormValue("class"), r.FormValue("mode"), r.FormValue("agree"), header.Filename, header.Size)))
	})
	serve := func(path, kind, body string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			io.WriteString(w, body)
		})
	}
	serve("/icon.svg", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>`)
	serve("/style.css", "text/css", `body{background:#fff;color:#111} @media (prefers-color-scheme:dark){body{background:#111;color:#eee}} .away{display:none} .wide{width:3000px}`)
	serve("/ping", "text/plain", "pong")
	serve("/script.js", "text/javascript", `
const state = document.querySelector("#state");
const write = () => { if (state) state.textContent = navigator.onLine + " " + navigator.language + " " + Intl.DateTimeFormat().resolvedOptions().timeZone; };
write();
for (const e of ["online", "offline"]) addEventListener(e, write);
addEventListener("keydown", e => {
	const net = document.querySelector("#net");
	if (e.key === "?" && net) fetch("/ping").then(r => r.text(), () => "断开").then(text => { net.textContent = text; });
});
if (document.querySelector("#throws")) throw new Error("as intended");`)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'")
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestAPersonFillsAForm(t *testing.T) {
	url := shop(t)
	photo := filepath.Join(t.TempDir(), "门头.jpg")
	if err := os.WriteFile(photo, []byte("picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, view := range []Viewport{Desktop, Phone} {
		t.Run(view.Name, func(t *testing.T) {
			b := New(t, view, Light)
			b.Go(url + "/")
			if got := b.Text("#state"); got != "true zh-CN Asia/Shanghai" {
				t.Errorf("online, language and zone: %q", got)
			}
			var width int64
			if b.Eval(`innerWidth`, &width); width != view.Width {
				t.Errorf("the window is %d px wide, want %d", width, view.Width)
			}
			b.Fill("name", "杭州单氏茶叶")
			b.Fill("day", "2026-02-17")
			b.Fill("class", "B")
			b.Fill("mode", "site")
			b.Fill("agree", "yes")
			b.Upload("photo", photo)
			b.Axe()
			b.Fits()
			b.Screenshot("harness form")
			if got := b.Value("name"); got != "杭州单氏茶叶" {
				t.Errorf("the field holds %q", got)
			}
			b.ClickAndLoad("#send")
			if got, want := b.Text("#got"), "杭州单氏茶叶|2026-02-17|B|site|yes|门头.jpg|7"; got != want {
				t.Errorf("the server got %q, want %q", got, want)
			}
		})
	}
}

func TestAConnectionIsLostAndFoundAgain(t *testing.T) {
	b := New(t, Phone, Light)
	b.Go(shop(t) + "/")
	b.Offline(true)
	b.WaitText("#state", "false")
	b.Press("?")
	b.WaitText("#net", "断开")
	b.Offline(false)
	b.WaitText("#state", "true")
	b.Press("?")
	b.WaitText("#net", "pong")
}

func TestTheBrowserTellsWhatIsWrongWithAPage(t *testing.T) {
	url := shop(t)
	b := New(t, Desktop, Light)
	b.Go(url + "/missing")
	if b.Status() != 404 {
		t.Errorf("status %d, want 404", b.Status())
	}
	if p := b.Problems(); len(p) > 0 {
		t.Errorf("a missing page is a page and no problem, but: %v", p)
	}
	for _, c := range []struct {
		path string
		kind Kind
		says string
		n    int
	}{
		{"/inline", Policy, "style-src", 3},
		{"/throws", Exception, "as intended", 1},
		{"/asset", Asset, "/none.png", 1},
	} {
		b.Go(url + c.path)
		problems := b.Problems()
		found := false
		for _, p := range problems {
			found = found || p.Kind == c.kind && strings.Contains(p.Text, c.says)
		}
		if !found || len(problems) != c.n {
			t.Errorf("%s: problems %v; want %d, one of them %s with %q", c.path, problems, c.n, c.kind, c.says)
		}
	}
	if p := b.Problems(); len(p) > 0 {
		t.Errorf("problems are told twice: %v", p)
	}
	b.Go(url + "/poor")
	var ids []string
	for _, f := range b.axeFindings() {
		ids = append(ids, f.ID)
	}
	if got := strings.Join(ids, " "); !strings.Contains(got, "image-alt") || !strings.Contains(got, "label") {
		t.Errorf("axe found %q in a page with an unnamed picture and an unnamed field", got)
	}
	if wide := b.tooWide(); strings.Join(wide, " ") != "p.wide" {
		t.Errorf("too wide: %q, want the one paragraph", wide)
	}
}

func TestThemeAndLanguageReachThePage(t *testing.T) {
	url := shop(t)
	b := New(t, Desktop, Dark)
	b.Language("en")
	b.Go(url + "/")
	var background string
	if b.Eval(`getComputedStyle(document.body).backgroundColor`, &background); background != "rgb(17, 17, 17)" {
		t.Errorf("background %s, want the dark one", background)
	}
	if got := b.Text("#state"); !strings.Contains(got, " en ") {
		t.Errorf("language: %q, want en", got)
	}
}

func TestTwoPeopleShareNoCookies(t *testing.T) {
	url := shop(t)
	first := New(t, Desktop, Light)
	first.Go(url + "/")
	first.Eval(`document.cookie = "who=first"`, nil)
	second := New(t, Desktop, Light)
	second.Go(url + "/")
	var cookie string
	if second.Eval(`document.cookie`, &cookie); cookie != "" {
		t.Errorf("the second person has the first one's cookie %q", cookie)
	}
	second.Click(`input[name="name"]`)
	second.Press(kb.End + "二")
	if got := second.Value("name"); got != "旧名二" {
		t.Errorf("typed into the field: %q", got)
	}
	if got := first.Value("name"); got != "旧名" {
		t.Errorf("the first person's field: %q", got)
	}
}

func TestAxeIsTheFileThatItsNoteNames(t *testing.T) {
	note, err := os.ReadFile("testdata/axe/README.md")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(axe))
	if !strings.Contains(string(note), hex.EncodeToString(sum[:])) {
		t.Errorf("testdata/axe/README.md does not name the checksum %x of axe.min.js", sum)
	}
}
