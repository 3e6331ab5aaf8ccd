package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"

	"yike/db/dbtest"
	"yike/internal/app"
)

// house is the product as it is started for a branch, running in this process over a
// SQLite file of its own, with a clock that the test moves.
type house struct {
	t     testing.TB
	app   *app.App
	clock *dbtest.Clock
	log   *journal
	url   string
}

// journal keeps what the product logs. Lines at the level of an error fail the test.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

// emptyHouse starts the product on an empty folder: nobody has set it up yet.
func emptyHouse(t testing.TB) *house {
	t.Helper()
	return openHouse(t, t.TempDir())
}

// openHouse starts the product on a folder.
func openHouse(t testing.TB, folder string) *house {
	t.Helper()
	h := &house{t: t, clock: dbtest.NewClock(dbtest.Start), log: &journal{}}
	a, err := app.New(context.Background(), app.Config{Addr: "127.0.0.1:0", Data: folder, Key: dbtest.Key, Now: h.clock.Now,
		Log: slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelWarn})), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	h.app, h.url = a, a.URL()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the product ended with: %v", err)
		}
		if text := h.log.String(); strings.Contains(text, "level=ERROR") {
			t.Errorf("the product logged:\n%s", text)
		}
	})
	return h
}

// company is a house with the small company of [dbtest.World] in it.
type company struct {
	*house
	*dbtest.World
}

// newCompany starts the product with the small company in it.
func newCompany(t testing.TB) *company {
	t.Helper()
	folder := t.TempDir()
	dbtest.WriteCompany(t, filepath.Join(folder, "yike.db"))
	h := openHouse(t, folder)
	return &company{h, dbtest.InCompany(h.app.DB, h.clock)}
}

// signIn signs somebody in through the page, as by hand.
func (h *house) signIn(b *Browser, username, password string) {
	b.t.Helper()
	b.Go(h.url + "/login")
	b.Fill("username", username)
	b.Fill("password", password)
	b.ClickAndLoad(`form[action="/login"] button[type="submit"]`)
}

// as opens a window in which a person of the small company is signed in.
func (c *company) as(t testing.TB, username string, view Viewport, theme Theme) *Browser {
	t.Helper()
	b := New(t, view, theme)
	c.signIn(b, username, dbtest.Password)
	if strings.Contains(b.URL(), "/login") {
		t.Fatalf("%s is not signed in:\n%s", username, b.Text("main"))
	}
	return b
}

// look is what is asked of every page: nothing for axe to find in light and in dark, and
// nothing that makes it scroll sideways. It leaves the page in light colours. Its pictures go to the folder that YIKE_SHOTS
// names.
func (b *Browser) look(name string) {
	b.t.Helper()
	for _, b.theme = range []Theme{Dark, Light} {
		b.run("change the colours", emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: string(b.theme)},
			{Name: "prefers-reduced-motion", Value: "reduce"},
		}))
		b.waitUntil("wait for the colours", fmt.Sprintf(`document.documentElement.getAttribute("data-bs-theme") === %q`, b.theme))
		if b.theme == Light {
			b.Axe()
		} else {
			b.Axe("color-contrast") // what else axe asks does not change with the colours
		}
		b.ScreenshotFull(name)
	}
	b.Fits()
}

// bothScreens runs a journey on the office screen and on the phone.
func bothScreens(t *testing.T, journey func(t *testing.T, view Viewport)) {
	t.Helper()
	for _, view := range []Viewport{Desktop, Phone} {
		t.Run(view.Name, func(t *testing.T) {
			t.Parallel()
			journey(t, view)
		})
	}
}

// client is a person without a window, for what a browser would not send by itself.
type client struct {
	t    testing.TB
	http *http.Client
	url  string
}

// client signs a person of the small company in without a window.
func (c *company) client(username string) *client {
	c.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	v := &client{c.t, &http.Client{Jar: jar, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, c.url}
	if status, body := v.post("/login", url.Values{"username": {username}, "password": {dbtest.Password}}); status != http.StatusSeeOther {
		c.t.Fatalf("%s cannot sign in: %d\n%s", username, status, body)
	}
	return v
}

// get returns status and text of a path.
func (v *client) get(path string) (int, string) {
	v.t.Helper()
	res, err := v.http.Get(v.url + path)
	return v.read(res, err)
}

// post sends a form and returns status and text.
func (v *client) post(path string, form url.Values) (int, string) {
	v.t.Helper()
	res, err := v.http.PostForm(v.url+path, form)
	return v.read(res, err)
}

func (v *client) read(res *http.Response, err error) (int, string) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// idOf writes an id as it stands in an address.
func idOf(id int64) string { return strconv.FormatInt(id, 10) }
