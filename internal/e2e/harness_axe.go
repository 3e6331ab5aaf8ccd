package e2e

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// axe is axe-core, the accessibility checker; see testdata/axe/README.md.
//
//go:embed testdata/axe/axe.min.js
var axe string

// executionContextID is what chromedp hands to a query's own action.
type executionContextID = runtime.ExecutionContextID

func awaitPromise(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// finding is one rule of axe that the page breaks.
type finding struct {
	ID, Impact, Help string
	Nodes            []string // the elements, at most five, each with what is wrong
}

func (f finding) String() string {
	return fmt.Sprintf("%s (%s): %s\n\t%s", f.ID, f.Impact, f.Help, strings.Join(f.Nodes, "\n\t"))
}

// Axe runs rules of axe-core, all default ones when none is named, over the page as it
// stands and reports each that is broken as a failure of the test, which goes on.
func (b *Browser) Axe(rules ...string) {
	b.T.Helper()
	for _, f := range b.axeFindings(rules...) {
		b.T.Errorf("axe at %s (%s, %s): %s", b.URL(), b.view.Name, b.theme, f)
	}
}

// axeFindings runs the named rules, all default rules when none is named.
func (b *Browser) axeFindings(rules ...string) []finding {
	b.T.Helper()
	var loaded bool
	if b.Eval(`typeof axe === "object"`, &loaded); !loaded {
		b.run("load axe", chromedp.Evaluate(axe+";0", nil))
	}
	only := ""
	if len(rules) > 0 {
		only = `, runOnly: ["` + strings.Join(rules, `", "`) + `"]`
	}
	var found []finding
	b.Eval(`axe.run(document, {resultTypes: ["violations"]`+only+`}).then(r => r.violations.map(v => ({
		ID: v.id, Impact: v.impact || "", Help: v.help,
		Nodes: v.nodes.slice(0, 5).map(n => n.target.join(" ") + " — " + n.failureSummary.split("\n").slice(1).join("; ")),
	})))`, &found)
	return found
}

// Fits fails the test, which goes on, if the page is wider than the window: nobody scrolls
// sideways on a phone.
func (b *Browser) Fits() {
	b.T.Helper()
	if wide := b.tooWide(); len(wide) > 0 {
		b.T.Errorf("%s is wider than the window of %d px: %s", b.URL(), b.view.Width, strings.Join(wide, ", "))
	}
}

// tooWide names the first elements that reach beyond the window, if the page can be
// scrolled sideways.
func (b *Browser) tooWide() []string {
	b.T.Helper()
	var wide []string
	b.Eval(`(() => {
		const root = document.documentElement, limit = root.clientWidth;
		if (root.scrollWidth <= limit) return [];
		const name = e => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + [...e.classList].map(c => "." + c).join("");
		const found = [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > limit + 1);
		return found.length ? found.slice(0, 5).map(name) : ["the page itself"];
	})()`, &wide)
	return wide
}
