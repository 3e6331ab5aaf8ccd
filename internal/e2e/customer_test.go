package e2e

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"yike/db"
)

// pinecone files a customer of 城西 that belongs to rep, and returns its path.
func (c *company) pinecone() string {
	c.t.Helper()
	id, err := c.CreateCustomer(context.Background(), c.As(c.t, c.BossWest), db.Submission{}, db.Customer{
		BranchID: c.West, Name: "杭州松果母婴用品有限公司", Kind: "ecommerce", OwnerID: c.RepWest, ClerkID: c.ClerkWest,
		Class: "A", ClassReason: "每月 2,000 票", Stage: "mature", Phones: []string{"13800001054"}, WeChat: "songguo_2020",
		PlaceCode: "330110", CityCode: "330100", Address: "文一西路 969 号", ContractTo: "2026-12-01", Terms: "monthly", TermsDays: 30, CreditLimit: 8000000,
	}, db.Contact{Name: "王国平", Position: "仓库主管", Primary: true, Phones: []string{"19900001186"}, BirthdayLunar: true, BirthdayMonth: 10, BirthdayDay: 15})
	if err != nil {
		c.t.Fatal(err)
	}
	return "/customers/" + strconv.FormatInt(id, 10)
}

const saveCustomer = `#customer-form .cform-save button[type="submit"]`

func TestAPastedMessageBecomesACustomerAndAKnownOneIsNamed(t *testing.T) {
	bothScreens(t, func(t *testing.T, view Viewport) {
		c := newCompany(t)
		known := c.pinecone()
		b := c.as(t, "rep", view, Light)
		b.Go(c.url + "/customers/new")
		b.look("customer new")

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
		b.look("customer pasted")

		// A known number is named while it is typed, before anything is sent.
		b.Fill("phone", "13800001054")
		b.WaitText("#duplicates", "杭州松果母婴用品有限公司")
		b.WaitText("#duplicates", "沈雨桐")
		if href := c.url + known; b.Count(`#duplicates a[href="`+known+`"]`) != 1 {
			t.Errorf("no link to %s in the warning", href)
		}
		b.look("customer duplicate")
		b.Fill("phone", "13800002001")
		b.waitUntil("wait until the warning is gone", `!document.querySelector("#duplicates .note")`)

		// A mistake keeps what was typed, and what was typed survives a reload.
		b.Fill("phone", "1380000200")
		b.ClickAndLoad(saveCustomer)
		if b.Status() != http.StatusUnprocessableEntity {
			t.Errorf("a short number answers %d, want 422", b.Status())
		}
		b.WaitText("#customer-form", "少 1 位")
		b.look("customer faults")
		if got := b.Value("name"); got != "宁波海潮贸易有限公司" {
			t.Errorf("after the mistake the name is %q", got)
		}
		b.Fill("phone", "13800002001")
		b.ClickAndLoad(saveCustomer)
		b.WaitText("main h1", "宁波海潮贸易有限公司")
		b.WaitText("main", "中山东路1号")
		b.look("customer of a rep")
	})
}

func TestTwoWindowsEditOneCustomer(t *testing.T) {
	bothScreens(t, func(t *testing.T, view Viewport) {
		c := newCompany(t)
		at := c.url + c.pinecone()
		boss, rep := c.as(t, "boss", view, Light), c.as(t, "rep", view, Light)
		boss.Go(at)
		boss.WaitText("main", "合同还有 10 天到期")
		boss.look("customer")
		boss.ClickAndLoad(`main a[href$="/edit"]`)
		boss.look("customer edit")
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
		rep.look("customer stale")
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
		boss.look("customer history")
		boss.Go(at)
		boss.Fill("class", "B")
		boss.Fill("class_reason", "近 3 月少了一半")
		boss.ClickAndLoad(`form[action$="/class"] button[type="submit"]`)
		boss.WaitText("main", "近 3 月少了一半")
	})
}

func TestAContactIsAddedAndTheBinGivesAFileBack(t *testing.T) {
	bothScreens(t, func(t *testing.T, view Viewport) {
		c := newCompany(t)
		at := c.url + c.pinecone()
		b := c.as(t, "boss", view, Light)
		b.Go(at + "/contacts/new")
		b.look("contact new")
		b.Fill("name", "许雅琴")
		b.Fill("phone", "1990000")
		send := `main form[method="post"] button[type="submit"]`
		b.Click(send) // htmx takes the form over
		b.WaitFor(`main [aria-invalid="true"]`)
		b.look("contact faults")
		b.Fill("phone", "19900002047")
		b.Click(send)
		b.WaitGone(`main input[name="phone"]`)
		b.WaitText("main", "许雅琴")
		b.Go(at + "/contacts")
		b.look("contacts")

		b.Go(at)
		b.Click(".cact details.menu > summary")
		b.ClickAndLoad(`form[action$="/delete"] button`)
		b.WaitText("main", "撤销")
		b.Go(at)
		if b.Status() != http.StatusNotFound {
			t.Errorf("a deleted file answers %d, want 404", b.Status())
		}
		b.look("not found")
		c.restore(b, at)
	})
}

// restore takes the file out of the bin again.
func (c *company) restore(b *Browser, at string) {
	b.t.Helper()
	b.Go(c.url + "/customers/bin")
	b.ClickAndLoad(`form[action$="/restore"] button`)
	b.Go(at)
	b.WaitText("main h1", "松果母婴")
}
