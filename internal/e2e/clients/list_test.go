package clients

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"yike/db"
	"yike/internal/e2e"
)

// shelf files n customers of 城西 that belong to rep and one that belongs to rep2, whose
// path it returns.
func shelf(c *e2e.Company, n int) (another string) {
	c.T.Helper()
	ctx, by := context.Background(), c.As(c.T, c.BossWest)
	for i := range n {
		class := string("ABC"[i%3])
		if _, err := c.CreateCustomer(ctx, by, db.Submission{}, db.Customer{BranchID: c.West, Name: fmt.Sprintf("杭州望麓%03d号茶叶有限公司", i), Kind: "enterprise",
			OwnerID: c.RepWest, Class: class, ClassReason: "月均票数", Stage: "growing", Phones: []string{fmt.Sprintf("1380001%04d", i)}, PlaceCode: "330106", CityCode: "330100"}); err != nil {
			c.T.Fatal(err)
		}
	}
	id, err := c.CreateCustomer(ctx, by, db.Submission{}, db.Customer{BranchID: c.West, Name: "重庆单氏火锅底料经营部", Kind: "individual", OwnerID: c.RepWest2,
		Class: "A", ClassReason: "每月 900 票", Stage: "mature", Phones: []string{"18600007788"}, PlaceCode: "500103", CityCode: "500100", Address: "解放碑 1 号"},
		db.Contact{Name: "单雅楠", Primary: true, Phones: []string{"18600007789"}})
	if err != nil {
		c.T.Fatal(err)
	}
	return "/customers/" + e2e.IDOf(id)
}

func TestAClientIsFoundByKeyboardInEveryWay(t *testing.T) {
	c := e2e.NewCompany(t)
	hotpot := shelf(c, 3)
	b := c.Window(t, "boss", e2e.Desktop, e2e.Light)
	b.Go(c.URL + "/customers")
	for _, typed := range []string{"cqss", "chongqingshan", "单氏", "7788", "186 0000 7788", "火锅底"} {
		b.WaitUntil("wait for the scripts", `document.readyState === "complete"`)
		b.Press("/")
		b.WaitUntil("wait for the search box", `document.activeElement.id === "search"`)
		b.Insert(typed)
		b.WaitUntil("find the customer by "+typed, `document.querySelector("#search-results").innerText.includes("重庆单氏")`)
		if typed == "cqss" {
			b.Look("search hits")
		}
		b.Press(kb.ArrowDown)
		b.Press(kb.Enter)
		b.WaitURL(hotpot)
		b.WaitText("main h1", "重庆单氏")
		b.Go(c.URL + "/visits")
	}
	b.Press("/")
	b.WaitUntil("wait for the search box", `document.activeElement.id === "search"`)
	b.Press("zzzz")
	b.WaitText("#search-results", "没有找到")
	b.Press(kb.Escape)
	b.WaitGone("#search-results")

	// A phone has a page for it.
	p := c.Window(t, "boss", e2e.Phone, e2e.Light)
	p.Go(c.URL + "/search?q=" + url.QueryEscape("单氏"))
	p.WaitText("main", "重庆")
	p.Look("search page")
}

func TestTheListIsNarrowedSortedPagedChangedAndExported(t *testing.T) {
	e2e.BothScreens(t, func(t *testing.T, view e2e.Viewport) {
		c := e2e.NewCompany(t)
		b := c.Window(t, "boss", view, e2e.Light)
		b.Go(c.URL + "/customers")
		b.Look("list empty")
		shelf(c, 70)
		b.Go(c.URL + "/customers")
		b.WaitText("#count", "71")
		b.Look("list")

		// Filters stand above the list as chips, and go away again one by one.
		b.ClickAndLoad(`main a[href^="/customers/filter"]`)
		b.Look("list filters")
		b.Fill("class", "A")
		b.Fill("owner_text", "沈雨桐")
		b.ClickAndLoad(`form[action="/customers"] button[type="submit"]`)
		b.WaitText("#count", "24")
		b.WaitText(".chips", "沈雨桐")
		b.Look("list filtered")
		b.ClickAndLoad(`.chip:last-of-type a`)
		b.ClickAndLoad(`.chip a`)
		b.WaitText("#count", "71")
		b.Go(c.URL + "/customers?class=A&stage=lost")
		b.WaitText("main", "没有符合这些条件的客户")
		b.Look("list nothing")

		// Pages of the list never repeat and never skip one; a page of a customer goes on to the next.
		b.Go(c.URL + "/customers")
		seen := map[string]bool{}
		for page := 1; ; page++ {
			var names []string
			b.Eval(`[...document.querySelectorAll("#customers tbody th a")].map(a => a.getAttribute("href").split("?")[0])`, &names)
			for _, n := range names {
				if seen[n] {
					t.Fatalf("page %d shows %s again", page, n)
				}
				seen[n] = true
			}
			if b.Count(`.pager a[rel="next"]`) == 0 {
				break
			}
			b.ClickAndLoad(`.pager a[rel="next"]`)
		}
		if len(seen) != 71 {
			t.Errorf("the pages show %d customers, want 71", len(seen))
		}
		b.ClickAndLoad(`.pager a[rel="prev"]`)
		b.ClickAndLoad("#customers tbody th a")
		b.WaitFor(".cnav")
		first := b.Text("main h1")
		b.ClickAndLoad(`.cnav a[rel="next"]`)
		if second := b.Text("main h1"); second == first {
			t.Errorf("the next one is the same: %s", second)
		}
		b.Go(c.URL + "/customers/columns")
		b.Look("list columns")

		// Three are given to a colleague at once, and taken back.
		b.Go(c.URL + "/customers?owner=" + e2e.IDOf(c.RepWest))
		b.WaitText("#count", "70")
		b.Eval(`[...document.querySelectorAll("[data-row]")].slice(0, 3).forEach(x => x.click())`, nil)
		b.WaitText("[data-bulk]", "3")
		b.Look("list selected")
		b.ClickAndLoad(`[data-bulk] button[type="submit"]`)
		b.Look("bulk")
		b.Fill("owner_text", "周砚青")
		b.ClickAndLoad(`form[action="/customers/bulk"] button[type="submit"]`)
		b.WaitText("main", "撤销")
		b.WaitText("#count", "67")
		b.ClickAndLoad(`.flash button[type="submit"]`)
		b.Go(c.URL + "/customers?owner=" + e2e.IDOf(c.RepWest))
		b.WaitText("#count", "70")

		// What is exported is what is listed.
		boss := c.Client("boss")
		status, csv := boss.Get("/customers/export?format=csv&class=A")
		if status != http.StatusOK {
			var href string
			b.Go(c.URL + "/customers?class=A")
			b.Eval(`[...document.querySelectorAll("a[href*='/customers/export']")].map(a => a.getAttribute("href")).find(h => h.includes("csv")) || ""`, &href)
			status, csv = boss.Get(href)
		}
		if lines := strings.Count(strings.TrimSpace(csv), "\n"); status != http.StatusOK || !strings.HasPrefix(csv, "\ufeff") || lines != 25 {
			t.Errorf("the export of A clients: %d, %d lines below the head, BOM %v; want 200, 25, true\n%.300s", status, lines, strings.HasPrefix(csv, "\ufeff"), csv)
		}
		b.Go(c.URL + "/customers/review")
		b.Look("review")
		b.Go(c.URL + "/customers/bin")
		b.Look("bin empty")
	})
}

func TestARepCannotReachAnotherRepsClient(t *testing.T) {
	e2e.BothScreens(t, func(t *testing.T, view e2e.Viewport) {
		c := e2e.NewCompany(t)
		at := shelf(c, 2)
		c.Pinecone()
		b := c.Window(t, "rep", view, e2e.Light)
		secrets := []string{"重庆单氏", "18600007788", "186 0000 7788", "单雅楠", "解放碑"}
		clean := func(what string) {
			t.Helper()
			var html string
			b.Eval(`document.documentElement.outerHTML`, &html)
			for _, s := range secrets {
				if strings.Contains(html, s) {
					t.Errorf("%s shows %s to another rep", what, s)
				}
			}
		}
		b.Go(c.URL + "/customers")
		b.WaitText("#count", "3")
		clean("the list")
		b.Go(c.URL + "/search?q=" + url.QueryEscape("单"))
		b.Go(c.URL + "/search?q=7788")
		b.WaitText("main", "没有找到")
		clean("the search")
		b.Go(c.URL + "/visits/due?state=all")
		clean("the due list")
		for _, path := range []string{at, at + "/edit", at + "/history", at + "/timeline", at + "/contacts", at + "/contacts/new", "/visits/new?customer=" + at[len("/customers/"):]} {
			b.Go(c.URL + path)
			if b.Status() != http.StatusNotFound {
				t.Errorf("%s answers %d, want 404", path, b.Status())
			}
			clean(path)
		}
		b.Look("not yours")
		rep := c.Client("rep")
		for _, path := range []string{"/customers/export?format=csv", "/customers/export?format=xlsx", "/visits/export?format=csv"} {
			if _, body := rep.Get(path); strings.Contains(body, "重庆单氏") || strings.Contains(body, "18600007788") {
				t.Errorf("%s gives another rep's client away", path)
			}
		}
		for _, path := range []string{at, at + "/delete", at + "/class", at + "/contacts"} {
			if status, _ := rep.Post(path, url.Values{"version": {"1"}, "name": {"改成我的"}, "owner": {e2e.IDOf(c.RepWest)}}); status != http.StatusNotFound && status != http.StatusForbidden {
				t.Errorf("POST %s answers %d, want 404 or 403", path, status)
			}
		}
	})
}
