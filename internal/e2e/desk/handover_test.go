package desk

import (
	"context"
	"fmt"
	"testing"

	"yike/db"
	"yike/internal/e2e"
)

// TestALeaverHandsOver: from a leaver's page everything is shared out, looked
// at before anything moves, handed over in one act, printed, seen by whom it
// came to, and taken back.
func TestALeaverHandsOver(t *testing.T) {
	e2e.BothScreens(t, func(t *testing.T, view e2e.Viewport) {
		c := e2e.NewCompany(t)
		ctx, boss := context.Background(), c.As(t, c.BossWest)
		for i := range 4 {
			id, err := c.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: c.West, OwnerID: c.RepWest, Name: fmt.Sprintf("移交客户%d", i), Class: "A", ClassReason: "票多", Phones: []string{"13800001054"}})
			if err == nil && i == 0 {
				_, err = c.PlanVisit(ctx, boss, db.Submission{}, db.Visit{CustomerID: id, UserID: c.RepWest, Day: "2026-11-25", Minute: -1, Mode: "on_site"})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		b := c.Window(t, "boss", view, e2e.Light)
		b.Go(c.URL + "/users/" + e2e.IDOf(c.RepWest) + "/handover")
		b.Look("handover form")
		b.Eval(`document.getElementsByName("owner.one")[0].value = "`+e2e.IDOf(c.RepWest2)+`"`, nil)
		b.ClickAndLoad(`main form[method="post"].stack button.btn-primary`)
		b.WaitText("main", "每一项都有人接")
		b.Look("handover preview")
		b.ClickAndLoad(`form[action$="/apply"] button`)
		b.WaitText("main", "已交接 5 项")
		b.Look("handover done")
		done := b.URL()
		b.Go(done + "/sheet")
		b.WaitText("main", "移交客户0")
		b.Look("handover sheet")

		taker := c.Window(t, "rep2", view, e2e.Light)
		taker.Go(c.URL + "/handovers/received")
		taker.WaitText("main", "沈雨桐")
		taker.Look("handover received")

		b.Go(done)
		b.ClickAndLoad(`form[action$="/undo"] button.btn-danger`)
		b.WaitText("main", "已撤销，5 项退回")
	})
}
