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

	"yike/db"
	"yike/db/dbtest"
	"yike/internal/app"
)

// House is the product as it is started for a branch, running in this process over a
// SQLite file of its own, with a clock that the test moves.
type House struct {
	T     testing.TB // the test that it was started for
	App   *app.App
	clock *dbtest.Clock
	log   *journal
	URL   string // its address, without a slash at the end
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

// EmptyHouse starts the product on an empty folder: nobody has set it up yet.
func EmptyHouse(t testing.TB) *House {
	t.Helper()
	return openHouse(t, t.TempDir())
}

// openHouse starts the product on a folder.
func openHouse(t testing.TB, folder string) *House {
	t.Helper()
	h := &House{T: t, clock: dbtest.NewClock(dbtest.Start), log: &journal{}}
	a, err := app.New(context.Background(), app.Config{Addr: "127.0.0.1:0", Data: folder, Key: dbtest.Key, Now: h.clock.Now,
		Log: slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelWarn})), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	h.App, h.URL = a, a.URL()
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

// Company is a house with the small company of [dbtest.World] in it.
type Company struct {
	*House
	*dbtest.World
}

// NewCompany starts the product with the small company in it.
func NewCompany(t testing.TB) *Company {
	t.Helper()
	folder := t.TempDir()
	dbtest.WriteCompany(t, filepath.Join(folder, "yike.db"))
	h := openHouse(t, folder)
	return &Company{h, dbtest.InCompany(h.App.DB, h.clock)}
}

// SignIn signs somebody in through the page, as by hand.
func (h *House) SignIn(b *Browser, username, password string) {
	b.T.Helper()
	b.Go(h.URL + "/login")
	b.Fill("username", username)
	b.Fill("password", password)
	b.ClickAndLoad(`form[action="/login"] button[type="submit"]`)
}

// Window opens a window in which a person of the small company is signed in.
func (c *Company) Window(t testing.TB, username string, view Viewport, theme Theme) *Browser {
	t.Helper()
	b := New(t, view, theme)
	c.SignIn(b, username, dbtest.Password)
	if strings.Contains(b.URL(), "/login") {
		t.Fatalf("%s is not signed in:\n%s", username, b.Text("main"))
	}
	return b
}

// Pinecone files a customer of 城西 that belongs to rep, and returns its path.
func (c *Company) Pinecone() string {
	c.T.Helper()
	id, err := c.CreateCustomer(context.Background(), c.As(c.T, c.BossWest), db.Submission{}, db.Customer{
		BranchID: c.West, Name: "杭州松果母婴用品有限公司", Kind: "ecommerce", OwnerID: c.RepWest, ClerkID: c.ClerkWest,
		Class: "A", ClassReason: "每月 2,000 票", Stage: "mature", Phones: []string{"13800001054"}, WeChat: "songguo_2020",
		PlaceCode: "330110", CityCode: "330100", Address: "文一西路 969 号", ContractTo: "2026-12-01", Terms: "monthly", TermsDays: 30, CreditLimit: 8000000,
	}, db.Contact{Name: "王国平", Position: "仓库主管", Primary: true, Phones: []string{"19900001186"}, BirthdayLunar: true, BirthdayMonth: 10, BirthdayDay: 15})
	if err != nil {
		c.T.Fatal(err)
	}
	return "/customers/" + IDOf(id)
}

// Look is what is asked of every page: nothing for axe to find in light and in dark, and
// nothing that makes it scroll sideways. It leaves the page in light colours. Its pictures
// go to the folder that YIKE_SHOTS names.
func (b *Browser) Look(name string) {
	b.T.Helper()
	for _, b.theme = range []Theme{Dark, Light} {
		b.run("change the colours", emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: string(b.theme)},
			{Name: "prefers-reduced-motion", Value: "reduce"},
		}))
		b.WaitUntil("wait for the colours", fmt.Sprintf(`document.documentElement.getAttribute("data-bs-theme") === %q`, b.theme))
		if b.theme == Light {
			b.Axe()
		} else {
			b.Axe("color-contrast") // what else axe asks does not change with the colours
		}
		b.ScreenshotFull(name)
	}
	b.Fits()
}

// BothScreens runs a journey on the office screen and on the phone.
func BothScreens(t *testing.T, journey func(t *testing.T, view Viewport)) {
	t.Helper()
	for _, view := range []Viewport{Desktop, Phone} {
		t.Run(view.Name, func(t *testing.T) {
			t.Parallel()
			journey(t, view)
		})
	}
}

// Client is a person without a window, for what a browser would not send by itself.
type Client struct {
	t    testing.TB
	http *http.Client
	url  string
}

// Client signs a person of the small company in without a window.
func (c *Company) Client(username string) *Client {
	c.T.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		c.T.Fatal(err)
	}
	v := &Client{c.T, &http.Client{Jar: jar, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, c.URL}
	if status, body := v.Post("/login", url.Values{"username": {username}, "password": {dbtest.Password}}); status != http.StatusSeeOther {
		c.T.Fatalf("%s cannot sign in: %d\n%s", username, status, body)
	}
	return v
}

// Get returns status and text of a path.
func (v *Client) Get(path string) (int, string) {
	v.t.Helper()
	res, err := v.http.Get(v.url + path)
	return v.read(res, err)
}

// Post sends a form and returns status and text.
func (v *Client) Post(path string, form url.Values) (int, string) {
	v.t.Helper()
	res, err := v.http.PostForm(v.url+path, form)
	return v.read(res, err)
}

func (v *Client) read(res *http.Response, err error) (int, string) {
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

// IDOf writes an id as it stands in an address.
func IDOf(id int64) string { return strconv.FormatInt(id, 10) }
