package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Selectors are CSS throughout (chromedp.ByQuery): chromedp's own default searches text
// and attributes too and finds the wrong element. Of several matches the first counts.

// Go opens the address and waits until the page has loaded. A page with an error status is
// a page; [Browser.Status] tells.
func (b *Browser) Go(url string) {
	b.T.Helper()
	b.run("go to "+url, chromedp.Navigate(url))
}

// Reload loads the page again.
func (b *Browser) Reload() {
	b.T.Helper()
	b.run("reload", chromedp.Reload())
}

// Status returns the HTTP status of the document in the window.
func (b *Browser) Status() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return int(b.status)
}

// URL returns the address in the window.
func (b *Browser) URL() string {
	b.T.Helper()
	var url string
	b.run("read the address", chromedp.Location(&url))
	return url
}

// Click waits until sel is visible and clicks it. What the click sets in motion may still
// be under way afterwards: wait for its outcome, or use [Browser.ClickAndLoad].
func (b *Browser) Click(sel string) {
	b.T.Helper()
	b.run("click "+sel, chromedp.Click(sel, chromedp.ByQuery, chromedp.NodeVisible))
}

// ClickAndLoad clicks sel and waits until the page that this opens has loaded. It is for
// links and forms that the browser follows itself, not for those that htmx takes over.
func (b *Browser) ClickAndLoad(sel string) {
	b.T.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, Patience)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.Click(sel, chromedp.ByQuery, chromedp.NodeVisible)); err != nil {
		b.fatal("click "+sel+" and load", err)
	}
}

// Fill puts value into the field called name, as by hand: text is typed over what was
// there, a list or a date is set to the value, a box or a tile is ticked ("" unticks a
// box). The page's scripts see input and change.
func (b *Browser) Fill(name, value string) {
	b.T.Helper()
	step := fmt.Sprintf("fill %s with %q", name, value)
	b.run(step, chromedp.WaitVisible(named(name), chromedp.ByQuery))
	// The script answers "type" when the text is to be typed, "" when all is done, and
	// otherwise what is wrong.
	var verdict string
	b.run(step, chromedp.Evaluate(fmt.Sprintf(`(function (name, value) {
		const all = [...document.querySelectorAll('[name="' + CSS.escape(name) + '"]')].filter(e => e.type !== "hidden");
		let e = all[0];
		if (!e) return "there is no such field";
		const tell = () => { e.dispatchEvent(new Event("input", {bubbles: true})); e.dispatchEvent(new Event("change", {bubbles: true})); };
		if (e.type === "radio") {
			e = all.find(x => x.value === value);
			if (!e) return "no such choice";
			if (!e.checked) e.click();
			return "";
		}
		if (e.type === "checkbox") {
			if (value !== "" && all.length > 1) e = all.find(x => x.value === value);
			if (!e) return "no such choice";
			if (e.checked !== (value !== "")) e.click();
			return "";
		}
		if (e.disabled || e.readOnly) return "the field cannot be changed";
		e.scrollIntoView({block: "center"});
		e.focus();
		if (e.tagName === "SELECT" || ["date", "datetime-local", "month", "time", "week", "color", "range"].includes(e.type)) {
			e.value = value;
			if (e.value !== value) return "the field does not take this value";
			tell();
			return "";
		}
		e.select();
		return "type";
	})(%s, %s)`, quote(name), quote(value)), &verdict))
	switch {
	case verdict == "type" && value == "":
		b.run(step, chromedp.KeyEvent(kb.Backspace))
	case verdict == "type":
		b.run(step, input.InsertText(value))
	case verdict != "":
		b.fatal(step, errors.New(verdict))
	}
}

// Value returns what the field called name holds.
func (b *Browser) Value(name string) string {
	b.T.Helper()
	var value string
	b.run("read the field "+name, chromedp.Value(named(name), &value, chromedp.ByQuery))
	return value
}

// Press sends keys to whatever has the focus, for example "/" or kb.Enter.
func (b *Browser) Press(keys string) {
	b.T.Helper()
	b.run(fmt.Sprintf("press %q", keys), chromedp.KeyEvent(keys))
}

// Insert puts text in at once where the focus is, as an input method does.
func (b *Browser) Insert(text string) {
	b.T.Helper()
	b.run(fmt.Sprintf("insert %q", text), input.InsertText(text))
}

// SubmitByKeys sends the form by Ctrl+Enter, as hands on the keyboard do. The page takes
// the key, so the letter that a browser would make of it never comes.
func (b *Browser) SubmitByKeys() {
	b.T.Helper()
	key := func(what input.KeyType) *input.DispatchKeyEventParams {
		return input.DispatchKeyEvent(what).WithModifiers(input.ModifierCtrl).WithKey("Enter").WithCode("Enter").WithWindowsVirtualKeyCode(13)
	}
	b.run("press Ctrl+Enter", key(input.KeyRawDown), key(input.KeyUp))
}

// Upload chooses files for the file field called name, as the file dialog would.
func (b *Browser) Upload(name string, files ...string) {
	b.T.Helper()
	step := "upload to " + name
	paths := make([]string, len(files))
	for i, file := range files {
		path, err := filepath.Abs(file)
		if err != nil {
			b.fatal(step, err)
		}
		paths[i] = path
	}
	sel := `input[type="file"]` + named(name)
	b.run(step, chromedp.QueryAfter(sel, func(ctx context.Context, _ executionContextID, nodes ...*cdp.Node) error {
		return dom.SetFileInputFiles(paths).WithNodeID(nodes[0].NodeID).Do(ctx)
	}, chromedp.ByQuery, chromedp.NodeReady)) // NodeReady: a styled page may hide the field itself
}

// Text returns the visible text of sel, trimmed, once it is there.
func (b *Browser) Text(sel string) string {
	b.T.Helper()
	b.run("find "+sel, chromedp.WaitReady(sel, chromedp.ByQuery))
	var text string
	b.run("read "+sel, chromedp.Evaluate(fmt.Sprintf(`(document.querySelector(%s) || {innerText: ""}).innerText`, quote(sel)), &text))
	return strings.TrimSpace(text)
}

// Count returns how many elements match sel at this moment.
func (b *Browser) Count(sel string) int {
	b.T.Helper()
	var n int
	b.Eval(fmt.Sprintf(`document.querySelectorAll(%s).length`, quote(sel)), &n)
	return n
}

// Eval runs a script in the page, waits for its promise if it is one, and decodes its
// value into out, which may be nil.
func (b *Browser) Eval(script string, out any) {
	b.T.Helper()
	b.run("run a script", chromedp.Evaluate(script, out, chromedp.EvalAsValue, awaitPromise))
}

// WaitFor waits until sel is visible.
func (b *Browser) WaitFor(sel string) {
	b.T.Helper()
	b.run("wait for "+sel, chromedp.WaitVisible(sel, chromedp.ByQuery))
}

// WaitGone waits until nothing matches sel, or what does is not visible.
func (b *Browser) WaitGone(sel string) {
	b.T.Helper()
	b.WaitUntil("wait until "+sel+" is gone",
		fmt.Sprintf(`[...document.querySelectorAll(%s)].every(e => !e.checkVisibility())`, quote(sel)))
}

// WaitText waits until the visible text of some element that matches sel contains text.
func (b *Browser) WaitText(sel, text string) {
	b.T.Helper()
	b.WaitUntil(fmt.Sprintf("wait for %q in %s", text, sel),
		fmt.Sprintf(`[...document.querySelectorAll(%s)].some(e => e.innerText.includes(%s))`, quote(sel), quote(text)))
}

// WaitURL waits until the address contains part.
func (b *Browser) WaitURL(part string) {
	b.T.Helper()
	b.WaitUntil("wait for the address "+part, fmt.Sprintf(`location.href.includes(%s)`, quote(part)))
}

// WaitUntil asks the page over and over until a condition of JavaScript holds. An error is
// an answer of no, because the page may be changing under the question.
func (b *Browser) WaitUntil(step, condition string) {
	b.T.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, Patience)
	defer cancel()
	for {
		var yes bool
		if chromedp.Run(ctx, chromedp.Evaluate(condition, &yes)) == nil && yes {
			return
		}
		select {
		case <-ctx.Done():
			b.fatal(step, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Offline cuts the window off from the network, or joins it again; the page is told as by
// a real loss of connection.
func (b *Browser) Offline(off bool) {
	b.T.Helper()
	var conditions []*network.Conditions
	if off {
		conditions = append(conditions, &network.Conditions{Offline: true, DownloadThroughput: -1, UploadThroughput: -1})
	}
	b.run(fmt.Sprintf("offline: %v", off),
		chromedp.ActionFunc(func(ctx context.Context) error {
			_, err := network.EmulateNetworkConditionsByRule(conditions).WithEmulateOfflineServiceWorker(off).Do(ctx)
			return err
		}),
		network.OverrideNetworkState(off, 0, -1, -1))
}

// Language sets the languages that the browser asks pages for, most wanted first, as in
// "en" or "zh-CN,en".
func (b *Browser) Language(accept string) {
	b.T.Helper()
	var agent string
	b.run("read the browser's name", chromedp.Evaluate(`navigator.userAgent`, &agent))
	b.run("ask for "+accept, emulation.SetUserAgentOverride(agent).WithAcceptLanguage(accept))
}

func named(name string) string { return fmt.Sprintf(`[name=%s]:not([type="hidden"])`, quote(name)) }

// quote writes s as a string of JavaScript and of CSS attribute selectors.
func quote(s string) string {
	q, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always marshals
	}
	return string(q)
}
