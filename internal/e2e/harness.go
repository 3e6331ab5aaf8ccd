// Package e2e is what journeys through the product in a real browser are written with: the
// harness, and in house.go the product as it is started for one. The journeys themselves
// lie in the packages below, because together they take longer on a busy machine than
// the ten minutes that go test gives a package: desk (branches, people, signing in),
// clients (the files of clients, lists, imports) and work (cases, visits, greetings, forms,
// parcels, money).
//
// The harness owns the browser: starting Chromium, giving it the size, colours, language
// and clock zone of a branch, acting on a page as a person would, and failing the test for
// what a person would not see: a breach of the Content-Security-Policy, a script that
// threw, an asset that is missing. It knows nothing of the product: a journey starts the
// product, with [NewCompany] for instance, and hands its address to [Browser.Go].
//
// Three settings steer it. YIKE_BROWSER holds the path of a Chromium to use. With
// YIKE_REQUIRE_BROWSER=1 a test that cannot have one fails, where it would otherwise be
// skipped. YIKE_SHOTS names a folder for pictures; without it none are taken.
package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// Viewport is the size and kind of a screen, in CSS pixels.
type Viewport struct {
	Name          string
	Width, Height int64
	Touch         bool // a phone: touch events, and the page's viewport meta is obeyed
}

// The two screens that the product is made for.
var (
	Desktop = Viewport{Name: "desktop", Width: 1366, Height: 768}
	Phone   = Viewport{Name: "phone", Width: 390, Height: 844, Touch: true}
)

// Theme is the colour scheme that the system asks the page for.
type Theme string

// The two colour schemes.
const (
	Light Theme = "light"
	Dark  Theme = "dark"
)

// Patience bounds each single step. It is long because a continuous-integration machine
// may be busy; a step that succeeds does not wait for it.
const Patience = 2 * time.Minute

// Browser is one window with cookies and storage of its own. Every method that cannot do
// what it says ends the test, naming the step and the page. It belongs to the test's
// goroutine.
type Browser struct {
	T     testing.TB // the test that the window belongs to
	ctx   context.Context
	view  Viewport
	theme Theme

	mu       sync.Mutex
	messages []Message
	status   int64 // of the latest document; 0 before the first
}

// started is the one Chromium of all tests of the process: starting one takes longer than
// most journeys' pages do.
var started = sync.OnceValues(start)

// startOptions are how Chromium is started.
func startOptions(program string) []chromedp.ExecAllocatorOption {
	return append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program),
		chromedp.Flag("no-sandbox", true),
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("no-first-run", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("lang", "zh-CN"),
		chromedp.Env("LANGUAGE=zh_CN"),
		chromedp.WindowSize(int(Desktop.Width), int(Desktop.Height)),
		chromedp.WSURLReadTimeout(Patience),
	)
}

// start starts Chromium. It ends with the process, or with [Close].
func start() (context.Context, error) {
	program, err := findBrowser()
	if err != nil {
		return nil, err
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), startOptions(program)...)
	ctx, cancel := chromedp.NewContext(alloc, chromedp.WithErrorf(quiet), chromedp.WithLogf(quiet))
	// The first Run starts the browser and ties its life to the context it is given, so it
	// must not be given one with a deadline.
	if err := chromedp.Run(ctx); err != nil {
		stop()
		return nil, fmt.Errorf("start Chromium: %w", err)
	}
	ending.Lock()
	defer ending.Unlock()
	ending.close = func() { cancel(); stop() }
	return ctx, nil
}

var ending struct {
	sync.Mutex
	close func()
}

// Close ends the browser; without one it does nothing. No window can be opened afterwards.
func Close() {
	ending.Lock()
	defer ending.Unlock()
	if ending.close != nil {
		ending.close()
	}
}

// quiet drops the protocol chatter of a newer Chromium: it is not the tests' business.
func quiet(string, ...any) {}

// window opens a window that shares nothing with the others; forget drops what it kept.
// chromedp's own way asks for a tab, and Chromium has none to put it beside.
func window(browser context.Context, view Viewport) (id target.ID, forget func(), err error) {
	asks := cdp.WithExecutor(browser, chromedp.FromContext(browser).Browser)
	apart, err := target.CreateBrowserContext().WithDisposeOnDetach(true).Do(asks)
	if err != nil {
		return "", nil, err
	}
	forget = func() { _ = target.DisposeBrowserContext(apart).Do(asks) }
	id, err = target.CreateTarget("about:blank").WithBrowserContextID(apart).WithNewWindow(true).WithWidth(view.Width).WithHeight(view.Height).Do(asks)
	if err != nil {
		forget()
	}
	return id, forget, err
}

// New opens a window of the given size and colours, with cookies, storage and cache of its
// own, in Chinese and in the time of Shanghai. It is closed when the test ends, and the test
// fails if something stands in [Browser.Problems] by then. Two people are two windows.
func New(t testing.TB, view Viewport, theme Theme) *Browser {
	t.Helper()
	browser, err := started()
	if err != nil {
		if _, none := findBrowser(); none != nil && os.Getenv("YIKE_REQUIRE_BROWSER") != "1" {
			t.Skip(none)
		}
		t.Fatal(err)
	}
	id, forget, err := window(browser, view)
	if err != nil {
		t.Fatalf("open a window: %v", err)
	}
	t.Cleanup(forget)
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithTargetID(id))
	return watched(t, ctx, cancel, view, theme)
}

// Own starts a Chromium of its own that keeps its profile in a folder, and opens a window
// like [New]; the process can be killed.
func Own(t testing.TB, profile string, view Viewport, theme Theme) (*Browser, *os.Process) {
	t.Helper()
	if _, err := started(); err != nil { // skips or fails as for everybody
		return New(t, view, theme), nil
	}
	program, err := findBrowser()
	if err != nil {
		t.Fatal(err)
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(startOptions(program), chromedp.UserDataDir(profile))...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc, chromedp.WithErrorf(quiet), chromedp.WithLogf(quiet))
	b := watched(t, ctx, cancel, view, theme)
	return b, chromedp.FromContext(ctx).Browser.Process()
}

// watched prepares a window, and fails the test for what stands in [Browser.Problems] when
// it ends.
func watched(t testing.TB, ctx context.Context, cancel context.CancelFunc, view Viewport, theme Theme) *Browser {
	t.Helper()
	b := &Browser{T: t, ctx: ctx, view: view, theme: theme}
	t.Cleanup(func() {
		for _, problem := range b.Problems() {
			t.Errorf("the browser reports: %s", problem)
		}
		cancel()
	})
	chromedp.ListenTarget(ctx, b.listen)
	metrics := []chromedp.EmulateViewportOption{chromedp.EmulateScale(1)}
	if view.Touch {
		metrics = append(metrics, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	if err := chromedp.Run(ctx); err != nil { // as in start: no deadline
		t.Fatalf("reach the window: %v", err)
	}
	b.run("prepare the window",
		network.Enable(), log.Enable(), audits.Enable(), page.Enable(),
		chromedp.EmulateViewport(view.Width, view.Height, metrics...),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: string(theme)},
			{Name: "prefers-reduced-motion", Value: "reduce"},
		}),
		emulation.SetTimezoneOverride("Asia/Shanghai"),
	)
	b.Language("zh-CN")
	return b
}

// findBrowser returns the path of a Chromium, or an error that says how to get one.
func findBrowser() (string, error) {
	if path := os.Getenv("YIKE_BROWSER"); path != "" {
		if _, err := exec.LookPath(path); err != nil {
			return "", fmt.Errorf("YIKE_BROWSER: %w", err)
		}
		return path, nil
	}
	names := []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}
	switch runtime.GOOS {
	case "darwin":
		names = append(names, "/Applications/Chromium.app/Contents/MacOS/Chromium",
			"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
	case "windows":
		for _, root := range []string{"ProgramFiles", "ProgramFiles(x86)", "LocalAppData"} {
			names = append(names, filepath.Join(os.Getenv(root), "Google", "Chrome", "Application", "chrome.exe"))
		}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Chromium found: install it (Debian: apt-get install chromium fonts-noto-cjk) or set YIKE_BROWSER to its path")
}

// run performs actions within the patience of one step.
func (b *Browser) run(step string, actions ...chromedp.Action) {
	b.T.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, Patience)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		b.fatal(step, err)
	}
}

// fatal ends the test with the step, the page and, where pictures are wanted, a picture.
func (b *Browser) fatal(step string, err error) {
	b.T.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	var url, text string
	chromedp.Run(ctx, chromedp.Location(&url), chromedp.Evaluate(`document.body ? document.body.innerText : ""`, &text))
	if folder := os.Getenv("YIKE_SHOTS"); folder != "" {
		var png []byte
		if chromedp.Run(ctx, chromedp.CaptureScreenshot(&png)) == nil {
			b.keep(folder, "failed-"+b.T.Name(), png)
		}
	}
	if runes := []rune(text); len(runes) > 1500 {
		text = string(runes[:1500]) + "…"
	}
	b.T.Fatalf("%s: %v\nat %s (status %d), where the page says:\n%s", step, err, url, b.Status(), text)
}

// Screenshot writes what the window shows to NAME-VIEWPORT-THEME.png in the folder that
// YIKE_SHOTS names; without it, nothing happens.
func (b *Browser) Screenshot(name string) {
	b.T.Helper()
	b.shoot(name, chromedp.CaptureScreenshot)
}

// ScreenshotFull is like [Browser.Screenshot], for the whole length of the page.
func (b *Browser) ScreenshotFull(name string) {
	b.T.Helper()
	b.shoot(name+"-full", func(png *[]byte) chromedp.Action { return chromedp.FullScreenshot(png, 100) })
}

func (b *Browser) shoot(name string, capture func(*[]byte) chromedp.Action) {
	b.T.Helper()
	folder := os.Getenv("YIKE_SHOTS")
	if folder == "" {
		return
	}
	var png []byte
	b.run("take the picture "+name, capture(&png))
	if err := b.keep(folder, name, png); err != nil {
		b.T.Fatal(err)
	}
}

func (b *Browser) keep(folder, name string, png []byte) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>| `, r) {
			return '_'
		}
		return r
	}, name)
	return os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%s-%s.png", name, b.view.Name, b.theme)), png, 0o644)
}
