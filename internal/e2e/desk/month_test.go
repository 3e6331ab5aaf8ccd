package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"yike/db"
	"yike/internal/e2e"
	"yike/policy"
	"yike/policy/day"
)

// TestTheMonthEnds: the manager reads the month, opens the list behind a figure,
// issues the report and takes the workbook along; of what went badly they make a
// measure, and look at it when it is done.
func TestTheMonthEnds(t *testing.T) {
	c := e2e.NewCompany(t)
	var parcels []db.Waybill
	for i := range 16 {
		on := day.MustParse([]string{"2026-09-30", "2026-10-01", "2026-10-31", "2026-11-01"}[i%4])
		parcels = append(parcels, db.Waybill{Number: fmt.Sprintf("3026%010d", i), BranchID: c.West, SentDay: on.String(), SentAt: on.Time().UnixMilli(), Pieces: 1, Freight: 1200, Weight: 1000, Payment: "monthly", Province: "330000", State: "signed"})
	}
	if _, err := c.LoadWaybills(context.Background(), policy.SystemActor("test"), slices.Values(parcels), nil); err != nil {
		t.Fatal(err)
	}
	b := c.Window(t, "boss", e2e.Desktop, e2e.Light)
	page := c.URL + "/reports/monthly?month=2026-10"
	b.Go(page)
	const figure = `main td a[href^="/waybills?"]`
	n := b.Text(figure)
	if n != "8" { // the last day of September and the first of November are not of the month
		t.Errorf("%s parcels in October, want 8", n)
	}
	b.ClickAndLoad(figure)
	b.WaitText("main", "共 "+n+" 票")

	b.Go(page)
	b.Look("a month before its report")
	b.ClickAndLoad(`main form[method="post"][action="/reports/monthly"] button`)
	b.WaitURL("/reports/monthly/")
	b.WaitText("main", "第 1 版")
	b.Look("a month's report")
	var book string
	b.Eval(`document.querySelector('main a[href$="/export"]').getAttribute("href")`, &book)
	if status, body := c.Client("boss").Get(book); status != 200 || !strings.HasPrefix(body, "PK") {
		t.Errorf("the workbook: %d, %.20q", status, body)
	}

	b.Go(c.URL + "/measures/new?branch=" + e2e.IDOf(c.West))
	b.Fill("said", "旺季每天加一班收件")
	b.Fill("owner", e2e.IDOf(c.RepWest))
	b.Look("a measure to be written down")
	b.ClickAndLoad(`main form[action="/measures"] button[type="submit"]`)
	b.WaitText("main", "旺季每天加一班收件")
	b.ClickAndLoad(`form[action$="/begin"] button`)
	b.Fill("words", "加了 17:30 一班")
	b.Look("a measure that is under way")
	b.ClickAndLoad(`form[action$="/finish"] button`)
	b.Fill("learned", "收得早，接着做")
	b.ClickAndLoad(`form[action$="/review"] button`)
	b.WaitText("main", "收得早，接着做")
	b.Look("a measure that was looked at")
}
