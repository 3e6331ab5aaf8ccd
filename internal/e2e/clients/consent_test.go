package clients

import (
	"context"
	"strconv"
	"testing"

	"yike/db"
	"yike/internal/e2e"
	"yike/policy"
)

// TestAPersonSaysYesAndNoAsksToBeErasedAndIs: a consent is written down and
// taken back; the bank account is switched on, written and revealed; an erasure
// is proposed by one and confirmed by another.
func TestAPersonSaysYesAndNoAsksToBeErasedAndIs(t *testing.T) {
	e2e.BothScreens(t, func(t *testing.T, view e2e.Viewport) {
		c := e2e.NewCompany(t)
		ctx, boss := context.Background(), c.As(t, c.BossWest)
		id, err := c.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: c.West, OwnerID: c.RepWest, Name: "松果母婴用品", Phones: []string{"13812341054"}},
			db.Contact{Name: "陶小满", Primary: true})
		if err != nil {
			t.Fatal(err)
		}
		list, err := c.Contacts(ctx, boss.Scope(policy.CustomerRead), id)
		if err != nil {
			t.Fatal(err)
		}
		file := c.URL + "/customers/" + strconv.FormatInt(id, 10)
		contact := strconv.FormatInt(list[0].ID, 10)

		b := c.Window(t, "admin", view, e2e.Light)
		b.Go(file + "/contacts/" + contact + "/consent")
		b.Click(`button[value="given:marketing"]`)
		b.WaitText("main", "撤回")
		b.Look("consent")
		b.Click(`button[value="withdrawn:marketing"]`)
		b.WaitText("main", "已撤回")

		b.Go(c.URL + "/rules/sensitive")
		b.Click(`#on-bank_account`)
		b.Fill("purpose.bank_account", "理赔打款")
		b.Fill("basis.bank_account", "contract")
		b.Fill("reason", "理赔要打款")
		b.Click(`form[action="/rules/sensitive"] button[type="submit"]`)
		b.WaitText("main", "打开的有：银行账号")
		b.Look("optional fields")
		b.Go(c.URL + "/rules/consent")
		b.Look("consent rule")
		b.Go(c.URL + "/breaches")
		b.Look("breaches")

		b.Go(file + "/sensitive")
		b.Click(`#person-0 summary`)
		b.Fill(`bank_account`, "6222021234567890123")
		b.Click(`#person-0 .opt-e button[type="submit"]`)
		b.WaitText("#person-0", "已填")
		b.Click(`#person-0 .rv-ask`)
		b.WaitFor(`.rv-form`)
		b.Click(`.rv-form input[value="complaint"]`)
		b.Click(`.rv-form button[type="submit"]`)
		b.WaitText(".rv-on", "6222021234567890123")
		b.Go(file + "/data")
		b.WaitText("main", "银行账号")
		b.Look("data use")

		q, err := c.OpenRequest(ctx, boss, db.Submission{}, db.Request{CustomerID: id, Kind: "erasure", Channel: "phone", ReceivedOn: "2026-11-20", Asked: "请删掉"})
		if err != nil {
			t.Fatal(err)
		}
		page := c.URL + "/requests/" + strconv.FormatInt(q, 10)
		b.Go(page)
		b.Click(`form[action$="/propose"] button`)
		b.WaitText("main", "要另一位有权限的人来确认")
		region := c.Window(t, "region", view, e2e.Dark)
		region.Go(page)
		region.Click(`input[name="sure"]`)
		region.Click(`form[action$="/confirm"] button`)
		region.WaitText("main", "已删除。可以这样答复")
		region.Look("erased")
		if _, err := c.Customer(ctx, boss.Scope(policy.CustomerRead), id); err == nil {
			t.Error("the client still opens")
		}
	})
}
