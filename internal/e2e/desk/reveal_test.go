package desk

import (
	"context"
	"strconv"
	"testing"

	"yike/db"
	"yike/internal/e2e"
)

// TestANumberIsRevealedForAPurpose: a regional manager sees a number masked,
// says what it is needed for, sees it in place, and it is on record.
func TestANumberIsRevealedForAPurpose(t *testing.T) {
	e2e.BothScreens(t, func(t *testing.T, view e2e.Viewport) {
		c := e2e.NewCompany(t)
		ctx := context.Background()
		id, err := c.CreateCustomer(ctx, c.As(t, c.BossWest), db.Submission{}, db.Customer{BranchID: c.West, OwnerID: c.RepWest, Name: "松果母婴用品", Phones: []string{"13812341054"}})
		if err != nil {
			t.Fatal(err)
		}
		b := c.Window(t, "region", view, e2e.Light)
		b.Go(c.URL + "/customers/" + strconv.FormatInt(id, 10))
		b.WaitText("main", "138 **** 1054")
		b.Look("masked")
		b.Click(`main dd .rv-ask`)
		b.WaitFor(`.rv-form`)
		b.Look("purpose")
		b.Click(`.rv-form button[type="submit"]`)
		b.WaitText(".rv-form", "请选一个")
		b.Click(`.rv-form input[value="call"]`)
		b.Click(`.rv-form button[type="submit"]`)
		b.WaitText(".rv-on", "138 1234 1054")
		b.Look("revealed")
		b.Click(`.rv-on .rv-ask`)
		b.WaitGone(`.rv-on`)
		b.WaitText("main", "138 **** 1054")
		if n, err := c.Used(ctx, c.RegionZJ, db.UseReveals); err != nil || n != 1 {
			t.Errorf("%d on record, %v; want 1", n, err)
		}
		b.Go(c.URL + "/alerts")
		b.Look("alerts")
	})
}
