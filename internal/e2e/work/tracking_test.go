package work

import (
	"context"
	"slices"
	"strings"
	"testing"

	"yike/db"
	"yike/internal/e2e"
	"yike/policy"
)

// stuckNews is what 快递100 says of a parcel that has stood still for ten days,
// the latest news first.
const stuckNews = `{"message":"ok","nu":"302610000000777","com":"lanling","state":"0","data":[
{"time":"2026-11-10 14:23:47","context":"【武汉市】快件到达 武汉分拨中心","status":"在途"},
{"time":"2026-11-09 22:40:05","context":"【杭州市】快件离开 杭州分拨中心，发往 武汉分拨中心","status":"在途"},
{"time":"2026-11-09 18:31:42","context":"【杭州市】已揽收","status":"揽收"}]}`

// A clerk pastes an answer, sees where the parcel stands, and on the phone does
// what it asks for.
func TestAStuckParcelIsFoundByItsTrackAndDealtWith(t *testing.T) {
	c := e2e.NewCompany(t)
	ctx, system := context.Background(), policy.SystemActor("test")
	client, err := c.CreateCustomer(ctx, c.As(t, c.BossWest), db.Submission{}, db.Customer{BranchID: c.West, Name: "松果文具有限公司", ClerkID: c.ClerkWest})
	if err != nil {
		t.Fatal(err)
	}
	sent := db.Waybill{Number: "302610000000777", BranchID: c.West, CustomerID: client, BoundBy: "name", Sender: "松果文具有限公司", SentDay: "2026-11-09", SentAt: 1_794_220_000_000,
		Pieces: 1, Freight: 1200, Product: "standard", Payment: "monthly", Province: "420000", City: "420100", State: "picked_up"}
	if _, err := c.LoadWaybills(ctx, system, slices.Values([]db.Waybill{sent}), nil); err != nil {
		t.Fatal(err)
	}
	b := c.Window(t, "clerk", e2e.Desktop, e2e.Light)
	b.Go(c.URL + "/waybills/tracking")
	b.Fill("text", stuckNews)
	b.ClickAndLoad(`form[action="/waybills/tracking"]:has(#f-files) button[type="submit"]`)
	b.WaitText("main", "1 票有新消息")
	b.Look("news that would change a parcel")
	b.ClickAndLoad(`form[action="/waybills/tracking"]:has([name="do"]) button[type="submit"]`)
	b.WaitText("#waybills", "滞留")
	if who := b.Text("#waybills tbody"); !strings.Contains(who, "302610000000777") {
		t.Fatalf("the flagged list holds %q", who)
	}
	b.Look("flagged parcels")
	b.ClickAndLoad(`#waybills a[href^="/waybills/"]`)
	b.WaitText("#track", "武汉分拨中心")
	b.Look("the way of a parcel")

	p := c.Window(t, "clerk", e2e.Phone, e2e.Dark)
	p.Go(c.URL + "/todos")
	p.WaitText(".todos", "302610000000777 停住了")
	p.Click(`.todo [data-row]`)
	p.WaitText(".bulk", "已选")
	p.Look("to-dos picked")
	p.Eval(`document.querySelector('#todo-bulk [name="result"]').value = '已告诉客户，明天再看'; true`, nil)
	p.ClickAndLoad(`#todo-bulk button[type="submit"]`)
	p.WaitText("body", "办完了 1 件")
	b.Reload()
	if n := b.Count("#todos"); n != 0 {
		t.Error("the parcel's page still has a to-do")
	}
}
