package clients

import (
	"context"
	"testing"

	"yike/db"
	"yike/internal/e2e"
	"yike/policy"
)

// TestTwoFilesBecomeOneAndTwoAgain: a leader finds a pair on the list, puts the
// two side by side, takes one field of the file that goes, and puts it all back.
func TestTwoFilesBecomeOneAndTwoAgain(t *testing.T) {
	e2e.BothScreens(t, func(t *testing.T, view e2e.Viewport) {
		c := e2e.NewCompany(t)
		ctx, boss := context.Background(), c.As(t, c.BossWest)
		open := func(name, industry, account, person string) string {
			t.Helper()
			id, err := c.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: c.West, OwnerID: c.RepWest, Name: name, Industry: industry, AccountNo: account, Phones: []string{"13812341066"}},
				db.Contact{Name: person, Primary: true})
			if err != nil {
				t.Fatal(err)
			}
			return e2e.IDOf(id)
		}
		kept, gone := open("云织电商", "服装", "5718001", "顾清"), open("云织电商有限公司", "百货", "5718002", "陶小满")
		if _, err := c.FindDuplicates(ctx, policy.SystemActor("test")); err != nil {
			t.Fatal(err)
		}
		b := c.Window(t, "boss", view, e2e.Light)
		b.Go(c.URL + "/duplicates")
		b.WaitText("main", "就是同一位")
		b.Look("pairs")
		b.ClickAndLoad(`main a[href="/customers/` + kept + `/merge?with=` + gone + `"]`)
		b.WaitText("main", "两份的月结账号不同（5718001、5718002）")
		b.Look("merge")
		b.Click(`input[name="pick.industry"][value="theirs"]`)
		b.ClickAndLoad(`form[data-guard] button[type="submit"]`)
		b.WaitText("main h1", "云织电商")
		b.WaitText("main", "百货")
		b.WaitText("main", "陶小满")
		b.Look("merged")

		// The address of the file that went leads to the other, and on to the record.
		b.Go(c.URL + "/customers/" + gone)
		b.WaitURL("/customers/" + kept)
		b.Go(c.URL + "/customers/" + kept + "/merge")
		b.WaitText("main", "以前并进来的")
		b.Look("merge search")
		b.ClickAndLoad(`main a[href^="/merges/"]`)
		b.WaitText("main", "联系人")
		b.Look("merge record")
		b.ClickAndLoad(`main form[action$="/undo"] button`)
		b.WaitText("main", "两份档案又分开了")
		b.Look("merge undone")
		b.Go(c.URL + "/customers/" + gone)
		b.WaitText("main", "陶小满")
		b.Go(c.URL + "/customers/" + kept)
		b.WaitText("main", "服装")
		if b.URL() != c.URL+"/customers/"+kept {
			t.Errorf("the file that stayed is at %s", b.URL())
		}
	})
}
