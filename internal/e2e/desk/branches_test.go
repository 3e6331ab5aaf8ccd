package desk

import (
	"context"
	"testing"

	"yike/db"
	"yike/internal/e2e"
)

// TestABranchIsLedFromAbove: head office names who is responsible, says what a
// file must hold, reads which branch falls short and opens the list behind a
// figure; then a branch is hung elsewhere, and closed with its people and
// clients in other hands.
func TestABranchIsLedFromAbove(t *testing.T) {
	e2e.BothScreens(t, func(t *testing.T, view e2e.Viewport) {
		c := e2e.NewCompany(t)
		ctx, boss := context.Background(), c.As(t, c.BossWest)
		for _, name := range []string{"缺行业的甲", "缺行业的乙"} {
			if _, err := c.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: c.West, Name: name, Kind: "enterprise", Phones: []string{"13800001054"}}); err != nil {
				t.Fatal(err)
			}
		}
		b := c.Window(t, "admin", view, e2e.Light)
		west := c.URL + "/branches/" + e2e.IDOf(c.West)
		b.Go(west + "/duties")
		b.Look("duties form")
		b.Fill("data_text", "周明慧")
		b.ClickAndLoad(`main form[action$="/duties"] button.btn-primary`)
		b.WaitText("#duties", "周明慧")
		b.Look("branch page")

		b.Go(c.URL + "/rules/standard")
		b.Eval(`document.querySelectorAll('select[name^="l.industry."]').forEach(s => { s.value = "must" })`, nil)
		b.Fill("reason", "对账要按行业")
		b.ClickAndLoad(`main button[name="do"][value="preview"]`)
		b.WaitText("#preview", "如果今天就用")
		b.Look("standard preview")
		b.ClickAndLoad(`main button[name="do"][value="save"]`)
		b.Look("standard saved")

		b.Go(c.URL + "/gaps")
		b.Look("gaps")
		b.ClickAndLoad(`#gaps a[href*="gap=must"]`)
		b.WaitText("#count", "2")
		b.WaitText("main", "缺行业的甲")

		led := c.Window(t, "boss", view, e2e.Light)
		led.Go(c.URL + "/late")
		led.WaitText("main", "缺必填项")
		led.Look("late")

		b.Go(west + "/move")
		b.Eval(`document.getElementsByName("parent")[0].value = "`+e2e.IDOf(c.Jiangsu)+`"`, nil)
		b.ClickAndLoad(`main button[name="do"][value="preview"]`)
		b.WaitText("main", "以后看得到的人")
		b.Look("branch move")
		b.ClickAndLoad(`main button[name="do"][value="save"]`)
		b.WaitText("main", "江苏")

		b.Go(west + "/close")
		b.Look("branch close")
		b.Eval(`document.getElementsByName("to")[0].value = "`+e2e.IDOf(c.East)+`"`, nil)
		b.ClickAndLoad(`main form[action$="/close"] button.btn-danger`)
		b.WaitText("main", "已停用")
		led.Go(c.URL + "/customers")
		led.WaitText("main", "缺行业的乙")

		b.Go(c.URL + "/rules/audit")
		b.Look("audit retention")
		b.Go(c.URL + "/settings")
		b.Look("settings")
	})
}
