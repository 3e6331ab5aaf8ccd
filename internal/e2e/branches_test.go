package e2e

import (
	"context"
	"testing"

	"yike/db"
)

// TestABranchIsLedFromAbove: head office names who is responsible, says what a
// file must hold, reads which branch falls short and opens the list behind a
// figure; then a branch is hung elsewhere, and closed with its people and
// clients in other hands.
func TestABranchIsLedFromAbove(t *testing.T) {
	bothScreens(t, func(t *testing.T, view Viewport) {
		c := newCompany(t)
		ctx, boss := context.Background(), c.As(t, c.BossWest)
		for _, name := range []string{"缺行业的甲", "缺行业的乙"} {
			if _, err := c.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: c.West, Name: name, Kind: "enterprise", Phones: []string{"13800001054"}}); err != nil {
				t.Fatal(err)
			}
		}
		b := c.as(t, "admin", view, Light)
		west := c.url + "/branches/" + idOf(c.West)
		b.Go(west + "/duties")
		b.look("duties form")
		b.Fill("data_text", "周明慧")
		b.ClickAndLoad(`main form[action$="/duties"] button.btn-primary`)
		b.WaitText("#duties", "周明慧")
		b.look("branch page")

		b.Go(c.url + "/rules/standard")
		b.Eval(`document.querySelectorAll('select[name^="l.industry."]').forEach(s => { s.value = "must" })`, nil)
		b.Fill("reason", "对账要按行业")
		b.ClickAndLoad(`main button[name="do"][value="preview"]`)
		b.WaitText("#preview", "如果今天就用")
		b.look("standard preview")
		b.ClickAndLoad(`main button[name="do"][value="save"]`)
		b.look("standard saved")

		b.Go(c.url + "/gaps")
		b.look("gaps")
		b.ClickAndLoad(`#gaps a[href*="gap=must"]`)
		b.WaitText("#count", "2")
		b.WaitText("main", "缺行业的甲")

		led := c.as(t, "boss", view, Light)
		led.Go(c.url + "/late")
		led.WaitText("main", "缺必填项")
		led.look("late")

		b.Go(west + "/move")
		b.Eval(`document.getElementsByName("parent")[0].value = "`+idOf(c.Jiangsu)+`"`, nil)
		b.ClickAndLoad(`main button[name="do"][value="preview"]`)
		b.WaitText("main", "以后看得到的人")
		b.look("branch move")
		b.ClickAndLoad(`main button[name="do"][value="save"]`)
		b.WaitText("main", "江苏")

		b.Go(west + "/close")
		b.look("branch close")
		b.Eval(`document.getElementsByName("to")[0].value = "`+idOf(c.East)+`"`, nil)
		b.ClickAndLoad(`main form[action$="/close"] button.btn-danger`)
		b.WaitText("main", "已停用")
		led.Go(c.url + "/customers")
		led.WaitText("main", "缺行业的乙")

		b.Go(c.url + "/rules/audit")
		b.look("audit retention")
		b.Go(c.url + "/settings")
		b.look("settings")
	})
}
