package desk

import (
	"net/http"
	"testing"

	"yike/internal/e2e"
)

// TestARoleIsCopiedEditedAndObeyed: an administrator copies a role, changes
// another, reads who gains what before saving, and somebody else's next click
// obeys.
func TestARoleIsCopiedEditedAndObeyed(t *testing.T) {
	e2e.BothScreens(t, func(t *testing.T, view e2e.Viewport) {
		c := e2e.NewCompany(t)
		courier := c.Client("courier")
		if status, _ := courier.Get("/visits"); status != http.StatusForbidden {
			t.Fatalf("a courier reads visits before: %d", status)
		}
		b := c.Window(t, "admin", view, e2e.Light)
		b.Go(c.URL + "/roles")
		b.Look("roles")
		b.Go(c.URL + "/roles/service_clerk/copy")
		b.Fill("title", "夜班客服")
		b.ClickAndLoad(`.role-save button.btn-primary`)
		b.WaitText("main", "夜班客服")
		b.Look("role copied")

		b.Go(c.URL + "/roles/courier/edit")
		b.Eval(`document.getElementsByName("grant.visits.read")[0].value = "branch"`, nil)
		b.Look("role edit")
		b.ClickAndLoad(`.role-save button.btn-primary`)
		b.WaitText("main", "吴快递")
		b.Look("role effects")
		if status, _ := courier.Get("/visits"); status != http.StatusForbidden {
			t.Errorf("in force before it was confirmed: %d", status)
		}
		b.ClickAndLoad(`main form[action="/roles/courier"] button.btn-primary`)
		b.WaitText("main", "和默认有 1 处不同")
		if status, _ := courier.Get("/visits"); status != http.StatusOK {
			t.Errorf("on the next click: %d", status)
		}
	})
}
