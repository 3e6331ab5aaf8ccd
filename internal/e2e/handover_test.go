package e2e

import (
	"context"
	"fmt"
	"testing"

	"yike/db"
)

// TestALeaverHandsOver: from a leaver's page everything is shared out, looked
// at before anything moves, handed over in one act, printed, seen by whom it
// came to, and taken back.
func TestALeaverHandsOver(t *testing.T) {
	bothScreens(t, func(t *testing.T, view Viewport) {
		c := newCompany(t)
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
		b := c.as(t, "boss", view, Light)
		b.Go(c.url + "/users/" + idOf(c.RepWest) + "/handover")
		b.look("handover form")
		b.Eval(`document.getElementsByName("owner.one")[0].value = "`+idOf(c.RepWest2)+`"`, nil)
		b.ClickAndLoad(`main form[method="post"].stack button.btn-primary`)
		b.WaitText("main", "每一项都有人接")
		b.look("handover preview")
		b.ClickAndLoad(`form[action$="/apply"] button`)
		b.WaitText("main", "已交接 5 项")
		b.look("handover done")
		done := b.URL()
		b.Go(done + "/sheet")
		b.WaitText("main", "移交客户0")
		b.look("handover sheet")

		taker := c.as(t, "rep2", view, Light)
		taker.Go(c.url + "/handovers/received")
		taker.WaitText("main", "沈雨桐")
		taker.look("handover received")

		b.Go(done)
		b.ClickAndLoad(`form[action$="/undo"] button.btn-danger`)
		b.WaitText("main", "已撤销，5 项退回")
	})
}
