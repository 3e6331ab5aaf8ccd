package work

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"yike/db"
	"yike/internal/e2e"
	"yike/policy/casework"
)

// callers puts a client of the branch into the books whom the clerk serves.
func callers(c *e2e.Company) (id int64) {
	c.T.Helper()
	id, err := c.CreateCustomer(context.Background(), c.As(c.T, c.BossWest), db.Submission{}, db.Customer{BranchID: c.West, Name: "松果母婴用品有限公司", Class: "A",
		OwnerID: c.RepWest, ClerkID: c.ClerkWest, Phones: []string{"13900005186"}})
	if err != nil {
		c.T.Fatal(err)
	}
	return id
}

func TestAComplaintIsRegisteredByKeyboardAndWorkedToItsEnd(t *testing.T) {
	c := e2e.NewCompany(t)
	callers(c)
	b := c.Window(t, "clerk", e2e.Desktop, e2e.Light)
	b.Go(c.URL + "/cases/new")
	b.Look("a case to be registered")

	// Who calls is found by the end of their number; the keys lead through the form.
	b.Press("5186")
	b.WaitText("#case-hits", "松果母婴")
	b.Press(kb.Enter)
	b.WaitFor("[data-case-client]")
	b.WaitUntil("wait until the kind has the focus", `document.activeElement.matches("[data-case-kind]")`)
	b.Press("\t") // how grave
	b.Press(kb.ArrowRight)
	b.Press("\t") // by which way it came
	b.Press("\t") // the cause
	b.Press(" ")
	b.WaitUntil("wait for the second level", `document.querySelector(".case-sub.on") !== null`)
	b.Press("\t\t")
	b.WaitUntil("wait until the text has the focus", `document.activeElement.name === "said"`)
	b.Press("发佛山的一箱昨天就该到，现在还没动静")
	b.WaitText("#case-promise", "答复")
	b.WaitUntil("wait until it is kept", `document.querySelector("[data-visit-state]").textContent !== ""`)
	b.Look("a case as it is typed")

	// The window dies: nothing that was typed is lost.
	b.Go(c.URL + "/customers")
	b.Go(c.URL + "/cases/new")
	b.WaitUntil("wait until it is back", `document.querySelector("#f-said").value.includes("佛山")`)
	b.WaitText("[data-case-client]", "松果母婴")
	b.SubmitByKeys()
	b.WaitText("main", "发佛山的一箱")
	b.WaitText("main", "20261121-001")
	b.WaitText("main", "较重")
	b.Look("a case")
	at := b.URL()

	// Told, the client is content, and the case ends.
	b.ClickAndLoad(".case-do form button, .case-do a.btn-primary")
	list, err := c.Cases(context.Background(), c.As(t, c.ClerkWest), db.CaseFilter{})
	if err != nil || len(list.Rows) != 1 {
		t.Fatalf("%d cases, %v; want 1", len(list.Rows), err)
	}
	home := c.URL + "/cases/" + e2e.IDOf(list.Rows[0].ID)
	if !strings.HasPrefix(at, home) {
		t.Errorf("after registering the page is %s, want %s", at, home)
	}
	b.Go(home + "/do/tell")
	b.Look("telling the client")
	b.SubmitByKeys()
	b.WaitFor(".err")
	b.WaitUntil("wait for the scripts", `document.readyState === "complete"`)
	b.Click(`input[name="how"][value="phone"]`)
	b.Fill("text", "已经派到，客户签收")
	b.Click(`input[name="satisfied"][value="yes"]`)
	b.SubmitByKeys()
	b.WaitURL("/cases/" + e2e.IDOf(list.Rows[0].ID))
	b.WaitText("main", "已经派到，客户签收")
	x, err := c.Case(context.Background(), c.As(t, c.ClerkWest), list.Rows[0].ID)
	if err != nil || x.SolvedAt == 0 || x.Satisfied != casework.Satisfied || x.ToldBy != c.ClerkWest {
		t.Errorf("%+v, %v", x.Case, err)
	}
}

func TestACourierReportsFromTheDoor(t *testing.T) {
	c := e2e.NewCompany(t)
	callers(c)
	b := c.Window(t, "courier", e2e.Phone, e2e.Light)
	b.Go(c.URL + "/cases/new")
	b.Look("a case at the door")
	b.Fill("numbers", "302601000625492")
	b.Click(`input[name="cause"]`)
	b.Fill("said", "外箱压坏，收件人拒收")
	b.Upload("photos", sideways(t))
	b.ClickAndLoad(`.case-submit button[type="submit"]`)
	b.WaitText("main", "外箱压坏")
	b.WaitFor(`main img[src*="/photos/"]`)
	b.Look("a case from the door")

	clerk := c.Window(t, "clerk", e2e.Desktop, e2e.Light)
	clerk.Go(c.URL + "/cases")
	clerk.WaitText("main", "20261121-001")
	clerk.Look("cases")
}
