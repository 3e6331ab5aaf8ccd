package work

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"yike/db"
	"yike/internal/e2e"
	"yike/policy"
	"yike/policy/classify"
	"yike/policy/day"
	"yike/policy/waybill"
)

// reviewed puts four clients of the rep's with four months of parcels into the
// books, under the first version of the company's rule, and lets it propose:
// by their freight two would be A, one B and one C.
func reviewed(c *e2e.Company) map[string]int64 {
	c.T.Helper()
	ctx, system, boss := context.Background(), policy.SystemActor("test"), c.As(c.T, c.BossWest)
	on := day.At(c.Clock.Now(), db.Zone)
	value, err := json.Marshal(classify.DefaultClasses())
	if err == nil {
		_, err = c.SetRule(ctx, c.As(c.T, c.Chief), policy.ClassRule, db.RuleRow{Rule: db.RuleClasses, ValidFrom: on.String(), Value: string(value), Reason: "年底复评"})
	}
	if err != nil {
		c.T.Fatal(err)
	}
	clients := map[string]int64{}
	var parcels []db.Waybill
	for i, x := range []struct {
		name, class string
		freight     int64 // of a month, in fen
	}{{"松果文具有限公司", "C", 12_000_00}, {"远山家具", "C", 15_000_00}, {"拾光陶艺", "C", 3_000_00}, {"静水茶业", "B", 300_00}} {
		id, err := c.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: c.West, Name: x.name, Class: x.class, OwnerID: c.RepWest})
		if err != nil {
			c.T.Fatal(err)
		}
		clients[x.name] = id
		for back := 1; back <= 4; back++ {
			at := on.MonthStart().AddMonths(-back).Add(9)
			parcels = append(parcels, db.Waybill{Number: fmt.Sprintf("3126%d%010d", i, back), BranchID: c.West, CustomerID: id, BoundBy: "name", SentDay: at.String(), SentAt: at.Time().UnixMilli(),
				Pieces: 1, Freight: x.freight, Product: "express", Payment: "monthly", Province: "330000", City: "330100", State: waybill.Signed})
		}
	}
	if _, err = c.LoadWaybills(ctx, system, slices.Values(parcels), nil); err == nil {
		if _, err = c.LabelBranch(ctx, system, c.West, on); err == nil {
			_, err = c.ProposeClasses(ctx, system, c.West, on, false)
		}
	}
	if err != nil {
		c.T.Fatal(err)
	}
	return clients
}

// A manager changes one proposal, refuses one and approves the rest; the rep
// reads at the door why a client is B and says that it is not; the manager
// reads that.
func TestAListOfClassChangesIsDecidedAndAClassIsContested(t *testing.T) {
	c := e2e.NewCompany(t)
	clients := reviewed(c)
	file := func(name string) string { return c.URL + "/customers/" + e2e.IDOf(clients[name]) }
	boss := c.Window(t, "boss", e2e.Desktop, e2e.Light)
	boss.Go(c.URL + "/classes")
	boss.ClickAndLoad(`a[href="/classes/changes"].btn`)
	boss.WaitText("main", "全部 4")
	boss.Look("class changes")
	decide := func(name, as, reason, want string) {
		boss.Click(`#changes input[aria-label="选 ` + name + `"]`)
		boss.Click(".cls-other summary")
		if as == "edited" {
			boss.Fill("value", "B")
		}
		boss.Fill("reason", reason)
		boss.ClickAndLoad(`button[name="do"][value="` + as + `"]`)
		boss.WaitText("body", "定了 1 位")
		boss.WaitText("main", want)
	}
	decide("远山家具", "edited", "年底搬走一半货，先按 B", "全部 3")
	decide("静水茶业", "rejected", "淡季，春茶会回来", "全部 2")
	boss.ClickAndLoad(`button[name="do"][value="all"]`)
	boss.WaitText("body", "定了 2 位")
	boss.WaitText("main", "没有要批的变动")
	boss.Go(c.URL + "/classes/changes?decided=1")
	for _, said := range []string{"改了再批，B 类", "年底搬走一半货，先按 B", "淡季，春茶会回来", "周明慧"} {
		boss.WaitText("#changes", said)
	}
	scope := c.As(t, c.BossWest).Scope(policy.CustomerRead)
	for name, class := range map[string]string{"松果文具有限公司": "A", "远山家具": "B", "拾光陶艺": "B", "静水茶业": "B"} {
		if f, err := c.Customer(context.Background(), scope, clients[name]); err != nil || f.Class != class {
			t.Errorf("%s is %q, want %s: %v", name, f.Class, class, err)
		}
	}
	boss.Go(file("松果文具有限公司"))
	boss.WaitFor("main .cls-a")

	rep := c.Window(t, "rep", e2e.Phone, e2e.Light)
	rep.Go(file("拾光陶艺"))
	rep.ClickAndLoad(`a[href$="/why"]`)
	for _, said := range []string{"每月 3,000 元", "每月 10,000 元 起是A 类", "规则：全公司的第 1 版，2026-11-21 起"} {
		rep.WaitText("#why-class", said)
	}
	for _, said := range []string{"2026-10-10", "12 个月 4 票"} {
		rep.WaitText("main", said)
	}
	rep.Look("why a class")
	rep.Fill("should", "class=A")
	rep.Fill("said", "下月起另一个仓也交给我们")
	rep.ClickAndLoad(`form[action$="/contest"] button[type="submit"]`)
	rep.WaitText("body", "异议交给经理了")
	rep.WaitText("#why-class", "沈雨桐 提了异议，说该是A 类：下月起另一个仓也交给我们")

	boss.Go(c.URL + "/classes/changes?move=contested")
	boss.WaitText("#changes", "下月起另一个仓也交给我们")
	boss.WaitText("#changes", "拾光陶艺")
	boss.Look("class contested")
}
