package work

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"yike/db"
	"yike/internal/e2e"
	"yike/policy"
	"yike/policy/day"
)

// falls puts a client of the rep's into the books that stopped shipping two
// weeks ago, beside one that goes on, and lets the radar look.
func falls(c *e2e.Company) (client int64) {
	c.T.Helper()
	ctx, system := context.Background(), policy.SystemActor("test")
	var clients []int64
	for _, x := range []db.Customer{{BranchID: c.West, Name: "渐少的公司", OwnerID: c.RepWest, Class: "A"}, {BranchID: c.West, Name: "照旧的公司", OwnerID: c.RepWest2}} {
		id, err := c.CreateCustomer(ctx, c.As(c.T, c.Admin), db.Submission{}, x)
		if err != nil {
			c.T.Fatal(err)
		}
		clients = append(clients, id)
	}
	var items []db.Waybill
	for d := day.MustParse("2026-08-03"); d <= day.MustParse("2026-11-20"); d++ {
		for i, id := range clients {
			if wd := d.Weekday(); wd == 0 || wd == 6 || i == 0 && d > day.MustParse("2026-11-06") {
				continue
			}
			items = append(items, db.Waybill{Number: fmt.Sprintf("3026%d%08d", i, int(d)), BranchID: c.West, CustomerID: id, BoundBy: "name", SentDay: d.String(), SentAt: d.Time().UnixMilli(),
				Pieces: 10, Freight: 8000, Product: "express", Payment: "monthly", Province: "330000", City: "330100", State: "signed"})
		}
	}
	if _, err := c.LoadWaybills(ctx, system, slices.Values(items), nil); err != nil {
		c.T.Fatal(err)
	}
	if _, err := c.SweepRadar(ctx, system, day.MustParse("2026-11-21")); err != nil {
		c.T.Fatal(err)
	}
	return clients[0]
}

func TestAFallInVolumeIsAskedAboutOnThePhoneAndSeenInTheOffice(t *testing.T) {
	c := e2e.NewCompany(t)
	file := c.URL + "/customers/" + strconv.FormatInt(falls(c), 10)
	b := c.Window(t, "rep", e2e.Phone, e2e.Light)
	b.Go(file)
	b.WaitText(".chint", "最近比平时少发 100%")
	b.Look("client at the door")
	b.ClickAndLoad(`.calert a[href^="/radar/"]`)
	b.WaitText("main", "双11")
	b.Look("radar alert")
	b.Fill("reason", "competitor")
	b.Fill("response", "offer")
	b.Fill("note", "对面送了半年耗材")
	b.ClickAndLoad(`form[action^="/radar/"]:has([name="response"]) button[type="submit"]`)
	b.WaitText("main", "给优惠")
	b.Fill("result", "降五分，下周恢复")
	b.ClickAndLoad(`form[action$="/close"] button[type="submit"]`)
	b.WaitText("main", "已了结")
	b.Go(file + "/shipping")
	b.WaitText("main", "周几发")
	b.Look("shipping habits")

	boss := c.Window(t, "boss", e2e.Desktop, e2e.Light)
	boss.Go(c.URL + "/radar?state=closed")
	boss.WaitText("main", "渐少的公司")
	boss.Look("radar")
}
