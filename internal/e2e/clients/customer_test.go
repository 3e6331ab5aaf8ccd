package clients

import (
	"net/http"
	"strings"
	"testing"

	"yike/internal/e2e"
)

const saveCustomer = `#customer-form .cform-save button[type="submit"]`

func TestAPastedMessageBecomesACustomerAndAKnownOneIsNamed(t *testing.T) {
	e2e.BothScreens(t, func(t *testing.T, view e2e.Viewport) {
		c := e2e.NewCompany(t)
		known := c.Pinecone()
		b := c.Window(t, "rep", view, e2e.Light)
		b.Go(c.URL + "/customers/new")
		b.Look("customer new")

		// The message is dropped in, read, and stands in the form to be confirmed.
		b.Fill("remark", "")
		b.Fill("snippet", "宁波海潮贸易有限公司\n李海 138 0000 2001\n浙江省宁波市鄞州区中山东路 1 号")
		b.Click(`button[formaction="/customers/paste"]`)
		b.WaitText("#customer-form", "看一眼再保存")
		if got := b.Value("contact_name"); got != "李海" {
			t.Errorf("the contact is %q, want 李海", got)
		}
		if got := b.Value("name"); got != "宁波海潮贸易有限公司" {
			t.Errorf("the name is %q", got)
		}
		if got := b.Value("address"); !strings.Contains(got, "中山东路1号") {
			t.Errorf("the address is %q", got)
		}
		b.Look("customer pasted")

		// A known number is named while it is typed, before anything is sent.
		b.Fill("phone", "13800001054")
		b.WaitText("#duplicates", "杭州松果母婴用品有限公司")
		b.WaitText("#duplicates", "沈雨桐")
		if href := c.URL + known; b.Count(`#duplicates a[href="`+known+`"]`) != 1 {
			t.Errorf("no link to %s in the warning", href)
		}
		b.Look("customer duplicate")
		b.Fill("phone", "13800002001")
		b.WaitUntil("wait until the warning is gone", `!document.querySelector("#duplicates .note")`)

		// A mistake keeps what was typed, and what was typed survives a reload.
		b.Fill("phone", "1380000200")
		b.ClickAndLoad(saveCustomer)
		if b.Status() != http.StatusUnprocessableEntity {
			t.Errorf("a short number answers %d, want 422", b.Status())
		}
		b.WaitText("#customer-form", "少 1 位")
		b.Look("customer faults")
		if got := b.Value("name"); got != "宁波海潮贸易有限公司" {
			t.Errorf("after the mistake the name is %q", got)
		}
		b.Fill("phone", "13800002001")
		b.ClickAndLoad(saveCustomer)
		b.WaitText("main h1", "宁波海潮贸易有限公司")
		b.WaitText("main", "中山东路1号")
		b.Look("customer of a rep")
	})
}

func TestTwoWindowsEditOneCustomer(t *testing.T) {
	e2e.BothScreens(t, func(t *testing.T, view e2e.Viewport) {
		c := e2e.NewCompany(t)
		at := c.URL + c.Pinecone()
		boss, rep := c.Window(t, "boss", view, e2e.Light), c.Window(t, "rep", view, e2e.Light)
		boss.Go(at)
		boss.WaitText("main", "合同还有 10 天到期")
		boss.Look("customer")
		boss.ClickAndLoad(`main a[href$="/edit"]`)
		boss.Look("customer edit")
		rep.Go(at + "/edit")

		boss.Fill("short_name", "松果总仓")
		boss.Eval(`document.querySelectorAll("details.fold").forEach(d => d.open = true)`, nil)
		boss.Fill("remark", "换了仓库")
		boss.ClickAndLoad(saveCustomer)
		boss.WaitText("main h1", "松果母婴")

		rep.Fill("short_name", "松果")
		rep.ClickAndLoad(saveCustomer)
		if rep.Status() != http.StatusConflict {
			t.Fatalf("a late edit answers %d, want 409", rep.Status())
		}
		for _, want := range []string{"周明慧", "松果总仓", "换了仓库"} {
			rep.WaitText("main", want)
		}
		rep.Look("customer stale")
		rep.Fill("pick.short_name", "mine")
		rep.Fill("pick.remark", "theirs")
		rep.ClickAndLoad(`main form[method="post"] button[type="submit"]`)
		rep.WaitText("main h1", "松果母婴")
		rep.Go(at + "/edit")
		rep.Eval(`document.querySelectorAll("details.fold").forEach(d => d.open = true)`, nil)
		if got := rep.Value("short_name"); got != "松果" {
			t.Errorf("the short name is %q, want the rep's", got)
		}
		if got := rep.Value("remark"); got != "换了仓库" {
			t.Errorf("the remark is %q, want the manager's", got)
		}

		// The manager sees who changed what, judges the file, and takes a deletion back.
		boss.Go(at + "/history")
		boss.WaitText("main", "沈雨桐")
		boss.Look("customer history")
		boss.Go(at)
		boss.Fill("class", "B")
		boss.Fill("class_reason", "近 3 月少了一半")
		boss.ClickAndLoad(`form[action$="/class"] button[type="submit"]`)
		boss.WaitText("main", "近 3 月少了一半")
	})
}

func TestAContactIsAddedAndTheBinGivesAFileBack(t *testing.T) {
	e2e.BothScreens(t, func(t *testing.T, view e2e.Viewport) {
		c := e2e.NewCompany(t)
		at := c.URL + c.Pinecone()
		b := c.Window(t, "boss", view, e2e.Light)
		b.Go(at + "/contacts/new")
		b.Look("contact new")
		b.Fill("name", "许雅琴")
		b.Fill("phone", "1990000")
		send := `main form[method="post"] button[type="submit"]`
		b.Click(send) // htmx takes the form over
		b.WaitFor(`main [aria-invalid="true"]`)
		b.Look("contact faults")
		b.Fill("phone", "19900002047")
		b.Click(send)
		b.WaitGone(`main input[name="phone"]`)
		b.WaitText("main", "许雅琴")
		b.Go(at + "/contacts")
		b.Look("contacts")

		b.Go(at)
		b.Click(".cact details.menu > summary")
		b.ClickAndLoad(`form[action$="/delete"] button`)
		b.WaitText("main", "撤销")
		b.Go(at)
		if b.Status() != http.StatusNotFound {
			t.Errorf("a deleted file answers %d, want 404", b.Status())
		}
		b.Look("not found")
		restore(c, b, at)
	})
}

// restore takes the file out of the bin again.
func restore(c *e2e.Company, b *e2e.Browser, at string) {
	b.T.Helper()
	b.Go(c.URL + "/customers/bin")
	b.ClickAndLoad(`form[action$="/restore"] button`)
	b.Go(at)
	b.WaitText("main h1", "松果母婴")
}
