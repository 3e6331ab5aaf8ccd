package work

import (
	"context"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/internal/e2e"
	"yike/policy"
	"yike/policy/consent"
	"yike/policy/day"
)

// birthdays puts three clients of the rep's into the books whose contacts have
// their birthdays these days and said yes to being greeted, and one who was
// never asked; then a night lists whom to greet. The greetings are returned in
// the order of their days.
func birthdays(c *e2e.Company) []db.GreetingRow {
	c.T.Helper()
	ctx, boss := context.Background(), c.As(c.T, c.BossWest)
	for i, x := range []struct {
		client, contact, title string
		day                    int64
		asked                  bool
	}{{"松果文具有限公司", "王建国", "总经理", 21, true}, {"澄岫服饰", "欧阳静", "经理", 22, true}, {"砚屿茶业", "李芳", "店长", 23, true}, {"梧樾数码", "赵敏", "采购", 22, false}} {
		id, err := c.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: c.West, Name: x.client, Class: "A", OwnerID: c.RepWest})
		if err != nil {
			c.T.Fatal(err)
		}
		k := db.Contact{CustomerID: id, Name: x.contact, Position: x.title, Phones: []string{"1390000500" + string(rune('1'+i))}, BirthdayMonth: 11, BirthdayDay: x.day}
		contact, err := c.SaveContact(ctx, boss, db.Submission{}, k)
		if err != nil {
			c.T.Fatal(err)
		}
		if !x.asked {
			continue
		}
		if _, err := c.RecordConsent(ctx, boss, db.Consent{CustomerID: id, ContactID: contact, Purpose: consent.Birthday, State: consent.Given, Source: "phone", Day: "2026-11-01"}); err != nil {
			c.T.Fatal(err)
		}
	}
	if n, err := c.SweepGreetings(ctx, policy.SystemActor("test"), day.MustParse("2026-11-21")); err != nil || n != 3 {
		c.T.Fatalf("%d greetings made, %v; want 3", n, err)
	}
	list, _, err := c.Greetings(ctx, boss, db.GreetingFilter{})
	if err != nil || len(list) != 3 {
		c.T.Fatalf("%d greetings listed, %v; want 3", len(list), err)
	}
	return list
}

func TestTodaysGreetingsAreDoneOnThePhoneAndCountedInTheOffice(t *testing.T) {
	c := e2e.NewCompany(t)
	list := birthdays(c)
	b := c.Window(t, "rep", e2e.Phone, e2e.Light)
	b.Go(c.URL + "/greetings")
	b.WaitText("main", "共 3 位")
	b.Look("greetings on the phone")

	// The first: words copied, done with a note and a picture.
	b.ClickAndLoad(`.todo a[href="/greetings/` + e2e.IDOf(list[0].ID) + `"]`)
	b.WaitText("main", "可以这样说（微信）")
	b.Look("greeting on the phone")
	b.Click(`button[data-copy="words-wechat"]`)
	b.WaitUntil("wait until it is said that the words were copied", `document.querySelector("#copied").textContent !== ""`)
	b.Fill("by", "wechat")
	b.Fill("result", "本人回了谢谢")
	b.Upload("photos", sideways(t))
	b.ClickAndLoad(`form[action$="/do"] button[type="submit"]`)
	b.WaitText("body", "已问候王建国")
	b.WaitText("main", "共 2 位")

	// The second is put off, the third skipped: without a reason it is asked for,
	// and what was typed elsewhere stays.
	b.Go(c.URL + "/greetings/" + e2e.IDOf(list[1].ID))
	b.Fill("due", "2026-11-24")
	b.ClickAndLoad(`form[action$="/postpone"] button[type="submit"]`)
	b.WaitText("body", "改到 2026-11-24")
	b.Go(c.URL + "/greetings/" + e2e.IDOf(list[2].ID))
	b.ClickAndLoad(`form[action$="/skip"] button[type="submit"]`)
	b.WaitText("main", "写一句为什么不问候")
	b.Look("greeting refused")
	b.Fill("reason", "上周当面贺过了")
	b.ClickAndLoad(`form[action$="/skip"] button[type="submit"]`)
	b.WaitText("body", "这位不问候")
	b.Go(c.URL + "/greetings?view=closed")
	b.WaitText("main", "本人回了谢谢")
	b.WaitText("main", "上周当面贺过了")
	b.Look("greetings done")
	b.Go(c.URL + "/greetings/" + e2e.IDOf(list[0].ID))
	b.WaitFor(`main img[src$="size=thumb"]`)

	boss := c.Window(t, "boss", e2e.Desktop, e2e.Light)
	boss.Go(c.URL + "/greetings/coverage")
	boss.WaitText("main", "按网点")
	boss.Look("coverage")
	boss.Go(c.URL + "/greetings?view=branch")
	boss.WaitText("main", "欧阳静")
	boss.Look("greetings of the branch")
	boss.Go(c.URL + "/greetings/calendar?month=2026-11")
	boss.WaitText("main", "生日")
	boss.Look("calendar of greetings")
	x, err := c.Greeting(context.Background(), c.As(t, c.BossWest), policy.GreetingRead, list[0].ID)
	if err != nil || x.State != db.GreetingDone || x.Photo == "" || x.DoneBy != "wechat" {
		t.Errorf("%+v, %v", x.Greeting, err)
	}
}

func TestHeadOfficePlansAFestivalAndLooksFirst(t *testing.T) {
	e2e.BothScreens(t, func(t *testing.T, view e2e.Viewport) {
		c := e2e.NewCompany(t)
		birthdays(c)
		b := c.Window(t, "chief", view, e2e.Light)
		b.Go(c.URL + "/rules/greetings")
		b.Look("plans")
		b.ClickAndLoad(`a[href^="/rules/greetings?occasion=spring"]`)
		b.WaitText("main", "春节")
		b.Fill("on", "1")
		b.Fill("giftA", "年货礼盒")
		b.Fill("budgetA", "很多")
		save := `form[action="/rules/greetings"] button.btn-primary`
		b.ClickAndLoad(save)
		b.WaitText("main", "填金额")
		if got := b.Value("giftA"); got != "年货礼盒" {
			t.Errorf("what was typed is lost: %q", got)
		}
		b.Look("plan refused")
		b.Fill("budgetA", "168")
		b.ClickAndLoad(`form[action="/rules/greetings"] button[name="preview"]`)
		b.WaitText("main", "还没有保存，先看看")
		b.WaitText("main", "还没有问过本人")
		b.Look("plan looked at")
		b.Fill("reason", "今年送年货")
		b.ClickAndLoad(save)
		b.WaitText("main", "年货礼盒 168.00 元")
		b.Look("plan saved")
		b.Go(c.URL + "/greetings/who?occasion=spring")
		b.WaitText("main", "王建国")
		b.Look("who is greeted")
	})
}

// A festival from its plan to the last greeting: head office plans, the night
// lists, the rep does one and forgets one, who is asked for the day before; the
// office sees one of two, and the phone's calendar has the one that is left.
func TestAFestivalFromItsPlanToTheLastGreeting(t *testing.T) {
	c := e2e.NewCompany(t)
	ctx, boss := context.Background(), c.As(t, c.BossWest)
	for i, name := range []string{"松果文具有限公司", "澄岫服饰"} {
		id, err := c.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: c.West, Name: name, Class: "A", OwnerID: c.RepWest})
		if err != nil {
			t.Fatal(err)
		}
		contact, err := c.SaveContact(ctx, boss, db.Submission{}, db.Contact{CustomerID: id, Name: []string{"王建国", "欧阳静"}[i], Position: "经理", Primary: true, Phones: []string{"1390000500" + string(rune('1'+i))}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.RecordConsent(ctx, boss, db.Consent{CustomerID: id, ContactID: contact, Purpose: consent.Festival, State: consent.Given, Source: "phone", Day: "2026-11-01"}); err != nil {
			t.Fatal(err)
		}
	}
	chief := c.Window(t, "chief", e2e.Desktop, e2e.Light)
	chief.Go(c.URL + "/rules/greetings?occasion=new_year")
	chief.Fill("on", "1")
	chief.Fill("giftA", "台历")
	chief.Fill("budgetA", "20")
	chief.Fill("reason", "元旦送台历")
	chief.ClickAndLoad(`form[action="/rules/greetings"] button.btn-primary`)
	chief.WaitText("main", "台历 20.00 元")

	c.Clock.Set(time.Date(2026, 12, 28, 9, 0, 0, 0, db.Zone))
	if n, err := c.SweepGreetings(ctx, policy.SystemActor("test"), day.MustParse("2026-12-28")); err != nil || n != 2 {
		t.Fatalf("%d greetings made, %v; want 2", n, err)
	}
	b := c.Window(t, "rep", e2e.Phone, e2e.Light)
	b.Go(c.URL + "/greetings")
	b.WaitText("main", "共 2 位")
	b.ClickAndLoad(`.todo a[href^="/greetings/"]`)
	b.WaitText("main", "元旦")
	b.WaitText("main", "台历")
	b.Fill("result", "台历当面送到")
	b.ClickAndLoad(`form[action$="/do"] button[type="submit"]`)
	b.WaitText("main", "共 1 位")
	b.Go(c.URL + "/account/calendar")
	b.ClickAndLoad(`form[action="/account/calendar"] button[type="submit"]`)
	b.Look("the calendar's address")
	status, text := c.Client("rep").Get(strings.TrimPrefix(b.Text("#address"), c.URL))
	if status != 200 || strings.Count(text, "BEGIN:VEVENT") != 1 || !strings.Contains(text, "DTSTART;VALUE=DATE:") {
		t.Errorf("the calendar: %d\n%s", status, text)
	}

	c.Clock.Set(time.Date(2026, 12, 31, 9, 0, 0, 0, db.Zone))
	if _, err := c.SweepGreetings(ctx, policy.SystemActor("test"), day.MustParse("2026-12-31")); err != nil {
		t.Fatal(err)
	}
	late := c.Window(t, "rep", e2e.Phone, e2e.Light)
	late.Go(c.URL + "/today")
	late.WaitText("main", "元旦")
	late.Look("not yet greeted the day before")
	office := c.Window(t, "boss", e2e.Desktop, e2e.Light)
	office.Go(c.URL + "/greetings/coverage?year=2027")
	office.WaitText("main", "元旦")
	office.Look("one of two")
}
