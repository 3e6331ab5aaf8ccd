package desk

import (
	"net/http"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/internal/e2e"
	"yike/policy"
)

// newcomer is a sales rep of 城西 whose password is not yet their own.
func newcomer(c *e2e.Company) db.UserInput {
	return db.UserInput{Username: "xinren", Name: "欧阳晓楠", BranchID: c.West, PasswordHash: dbtest.Hash, MustChange: true,
		JoinedOn: "2026-11-02", Grants: []policy.Grant{{Role: policy.SalesRep, Branch: c.West}}}
}

func TestABranchAndAPersonAreAdded(t *testing.T) {
	e2e.BothScreens(t, func(t *testing.T, view e2e.Viewport) {
		c := e2e.NewCompany(t)
		b := c.Window(t, "admin", view, e2e.Light)
		b.Go(c.URL + "/branches")
		b.Look("branches")
		b.ClickAndLoad(`main a[href="/branches/new"]`)
		b.Look("branch new")
		save := `main form[method="post"]:not([action="/account/hints"]) button.btn-primary[type="submit"]`
		b.Fill("name", "临平网点")
		b.Fill("code", "HZ01")
		b.Fill("area_code", "571")
		b.ClickAndLoad(save)
		if b.Status() != http.StatusUnprocessableEntity {
			t.Errorf("a code in use answers %d, want 422", b.Status())
		}
		b.Look("branch faults")
		b.Fill("code", "hz05")
		b.Fill("area_code", "0571")
		b.ClickAndLoad(save)
		b.WaitText("main", "已添加网点 临平网点")
		b.WaitText("main", "HZ05")

		b.Go(c.URL + "/users")
		b.Look("users")
		b.ClickAndLoad(`main a[href="/users/new"]`)
		b.Look("user new")
		b.Fill("name", "欧阳晓楠")
		b.Fill("username", "rep")
		b.Click(`input[name="how"][value="password"]`)
		b.Fill("password", dbtest.Password)
		b.ClickAndLoad(save)
		if b.Status() != http.StatusUnprocessableEntity {
			t.Errorf("a user name in use answers %d, want 422", b.Status())
		}
		b.Look("user faults")
		b.Fill("username", "xiaonan")
		b.Click(`input[name="how"][value="password"]`)
		b.Fill("password", dbtest.Password)
		b.ClickAndLoad(save)
		b.WaitText("main", "已添加 欧阳晓楠")
		b.WaitText("#people", "xiaonan")

		// The person signs in, and must set a password of their own.
		second := e2e.New(t, view, e2e.Light)
		c.SignIn(second, "xiaonan", dbtest.Password)
		second.WaitURL("/account/password")
	})
}
