package work

import (
	"strconv"
	"testing"

	"yike/internal/e2e"
)

func TestAVisitBecomesAFormThatTheMarketingDepartmentAnswers(t *testing.T) {
	c := e2e.NewCompany(t)
	at := c.Pinecone()
	b := c.Window(t, "rep", e2e.Phone, e2e.Light)
	b.Go(c.URL + at)
	b.ClickAndLoad(`.cact a[href^="/visits/new"]`)
	b.Fill("mode", "on_site")
	b.Fill("mood", "poor")
	b.Fill("learned", "嫌旺季收件晚，想试别家")
	b.Click(`form[data-visit] button[type="submit"]`)
	b.WaitURL("/customers/")

	// From the visit it is one step: what was written is there already.
	b.Go(c.URL + "/forms/new")
	b.Look("a form: whose")
	b.ClickAndLoad(`a.stop[href^="/forms/new?visit="]`)
	if said := b.Value("q_said"); said != "嫌旺季收件晚，想试别家" {
		t.Fatalf("the visit fills in %q", said)
	}
	b.Fill("q_business", "在减少")
	b.Fill("q_content", "no")
	b.Look("a form filled in by a visit")
	b.ClickAndLoad(`button[name="do"][value="send"]`)
	b.WaitURL("/forms/")
	b.WaitText("main", "等答复")
	b.Look("a form that was sent")

	d := c.Window(t, "chief", e2e.Desktop, e2e.Dark)
	d.Go(c.URL + "/today")
	d.Go(c.URL + "/forms?view=waiting")
	d.Look("forms that wait")
	d.ClickAndLoad(`#forms a[href^="/forms/"]`)
	d.Fill("text", "旺季每天加一班收件，请先告诉客户")
	d.Look("a form to answer")
	d.ClickAndLoad(`form[action$="/answer"] button`)
	d.WaitText("main", "已答复")

	b.Go(c.URL + "/today")
	b.WaitText("main", "市场部答复了你")
	b.ClickAndLoad(`a[href^="/forms/"]:not([href*="?"])`)
	b.WaitText("main", "旺季每天加一班收件")
	b.Look("a form that was answered")
	b.ClickAndLoad(`form[action$="/know"] button`)
	b.Go(c.URL + "/todos")
	b.WaitText("main", "待办")
	if n := b.Count(`main a[href^="/forms/"]`); n != 0 {
		t.Errorf("%d to-dos after the answer was read", n)
	}
}

func TestAnInquiryGoesOutAndComesBack(t *testing.T) {
	c := e2e.NewCompany(t)
	c.Pinecone()
	d := c.Window(t, "chief", e2e.Desktop, e2e.Light)
	d.Go(c.URL + "/notices/new?kind=inquiry")
	d.Fill("title", "哪些客户要加车")
	d.Fill("body", "双十二那一周")
	d.Click(`input[name="branches"][value="` + strconv.FormatInt(c.West, 10) + `"] + span`)
	d.Look("an inquiry to be sent")
	d.ClickAndLoad(`form[action="/notices"] button[type="submit"]`)
	d.WaitText("main", "1 个网点里答了 0 个")

	b := c.Window(t, "boss", e2e.Phone, e2e.Dark)
	b.Go(c.URL + "/todos?view=branch")
	b.ClickAndLoad(`main a[href^="/notices/"]`)
	b.Fill("text", "一家要两辆车")
	b.Fill("clients", "没有这家")
	b.ClickAndLoad(`form[action$="/answer"] button[type="submit"]`)
	b.WaitText("main", "没有“没有这家”")
	b.Fill("clients", "")
	b.Look("an inquiry to answer")
	b.ClickAndLoad(`form[action$="/answer"] button[type="submit"]`)
	b.WaitText("main", "一家要两辆车")

	d.Reload()
	d.WaitText("main", "1 个网点里答了 1 个")
	d.Look("an inquiry that was answered")
}
