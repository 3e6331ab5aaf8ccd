package e2e

import (
	"net/http"
	"testing"
)

// TestARoleIsCopiedEditedAndObeyed: an administrator copies a role, changes
// another, reads who gains what before saving, and somebody else's next click
// obeys.
func TestARoleIsCopiedEditedAndObeyed(t *testing.T) {
	bothScreens(t, func(t *testing.T, view Viewport) {
		c := newCompany(t)
		courier := c.client("courier")
		if status, _ := courier.get("/visits"); status != http.StatusForbidden {
			t.Fatalf("a courier reads visits before: %d", status)
		}
		b := c.as(t, "admin", view, Light)
		b.Go(c.url + "/roles")
		b.look("roles")
		b.Go(c.url + "/roles/service_clerk/copy")
		b.Fill("title", "夜班客服")
		b.ClickAndLoad(`.role-save button.btn-primary`)
		b.WaitText("main", "夜班客服")
		b.look("role copied")

		b.Go(c.url + "/roles/courier/edit")
		b.Eval(`document.getElementsByName("grant.visits.read")[0].value = "branch"`, nil)
		b.look("role edit")
		b.ClickAndLoad(`.role-save button.btn-primary`)
		b.WaitText("main", "吴快递")
		b.look("role effects")
		if status, _ := courier.get("/visits"); status != http.StatusForbidden {
			t.Errorf("in force before it was confirmed: %d", status)
		}
		b.ClickAndLoad(`main form[action="/roles/courier"] button.btn-primary`)
		b.WaitText("main", "和默认有 1 处不同")
		if status, _ := courier.get("/visits"); status != http.StatusOK {
			t.Errorf("on the next click: %d", status)
		}
	})
}
