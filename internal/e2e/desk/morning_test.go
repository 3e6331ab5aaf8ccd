package desk

import (
	"context"
	"testing"

	"yike/db"
	"yike/internal/e2e"
	"yike/policy"
)

// TestAMorning: a manager sees what is late and does it where it stands, takes it
// back, opens the list behind a figure and a case; a rep keeps a promise from a
// phone.
func TestAMorning(t *testing.T) {
	c := e2e.NewCompany(t)
	ctx, system := context.Background(), policy.SystemActor("test")
	client, err := c.CreateCustomer(ctx, c.As(t, c.BossWest), db.Submission{}, db.Customer{BranchID: c.West, Name: "松果文具有限公司", OwnerID: c.RepWest, Class: "A"})
	if err != nil {
		t.Fatal(err)
	}
	day := func(n int) string { return db.Day(c.Now().AddDate(0, 0, n)) }
	if n, err := c.AddTodos(ctx, system, []db.Todo{{Kind: "parcel_stuck", Key: "1", CustomerID: client, UserID: c.BossWest, Due: day(-2), Args: map[string]string{"number": "302610000000001"}}}); err != nil || n != 1 {
		t.Fatalf("%d to-dos, %v", n, err)
	}
	if _, err := c.OpenCase(ctx, c.As(t, c.ClerkWest), db.Submission{}, db.NewCase{Case: db.Case{Kind: "complaint", BranchID: c.West, CustomerID: client, Channel: "phone", Severity: "minor", Said: "昨天就该到", UserID: c.ClerkWest, OpenedAt: c.Now().UnixMilli()}}); err != nil {
		t.Fatal(err)
	}
	rep := c.As(t, c.RepWest)
	if _, err := c.LogVisit(ctx, rep, db.Submission{}, db.Visit{CustomerID: client, UserID: c.RepWest, State: "done", Day: day(-3), Minute: -1, Mode: "on_site", Learned: "要看新报价", NextStep: "发报价单", NextOn: day(0)}); err != nil {
		t.Fatal(err)
	}

	b := c.Window(t, "boss", e2e.Desktop, e2e.Light)
	b.Go(c.URL + "/today")
	b.WaitText("#today", "已经过了时限")
	b.Look("a manager's morning")
	const late = `#today .today-line form[action^="/todos/"]`
	if n := b.Count(late); n != 1 {
		t.Fatalf("%d to-dos stand on the page", n)
	}
	b.Eval(`document.querySelector('`+late+` input[name=result]').value = "已告诉客户"`, nil)
	b.Click(late + ` button`)
	b.WaitGone(late)
	if got := b.URL(); got != c.URL+"/today" {
		t.Errorf("doing it led to %s", got)
	}
	b.Look("done where it stood")
	b.ClickAndLoad(`#today form.push button`)
	b.WaitFor(late)

	// A figure opens a list of as many; the case in the day opens its page.
	const figure = `#today a.fig[href^="/todos"]`
	if n := b.Text(figure + ` .fig-v`); n != "1" {
		t.Errorf("%s to-dos are late, want 1", n)
	}
	b.ClickAndLoad(figure)
	if n := b.Count(`main li.todo form[action$="/do"]`); n != 1 {
		t.Errorf("the figure's list has %d to-dos", n)
	}
	b.Go(c.URL + "/today")
	b.ClickAndLoad(`#today .today-line a[href^="/cases/"]`)
	b.WaitText("main", "昨天就该到")

	d := c.Window(t, "rep", e2e.Phone, e2e.Dark)
	d.Go(c.URL + "/today")
	d.WaitText("#today", "发报价单")
	d.Look("a rep's morning")
	const kept = `#today form[action$="/kept"]`
	d.Eval(`document.querySelector('`+kept+` input[name=result]').value = "报价单发了"`, nil)
	d.Click(kept + ` button`)
	d.WaitGone(kept)
	d.Look("a promise that was kept")
}
