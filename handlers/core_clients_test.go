package handlers_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
)

// aCore gives the western branch five clients who ship on the 29th of each
// month: one who brings most now, one who brought most before, three small
// ones. What they ship in the month that is not over does not count.
func aCore(t *testing.T, s *site) (first int64) {
	t.Helper()
	ctx, n := context.Background(), 0
	var items []db.Waybill
	for i, c := range []struct {
		name        string
		owner       int64
		now, before int64 // yuan a month
	}{{"顶梁有限公司", s.RepWest, 1000, 2000}, {"旧梁有限公司", s.RepWest2, 100, 3000}, {"小店一", s.RepWest, 10, 10}, {"小店二", s.RepWest, 20, 10}, {"小店三", s.RepWest, 30, 10}} {
		id, err := s.DB.CreateCustomer(ctx, s.As(t, s.Admin), db.Submission{}, db.Customer{BranchID: s.West, Name: c.name, OwnerID: c.owner})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = id
		}
		for m, on := range []string{"2026-05-29", "2026-06-29", "2026-07-29", "2026-08-29", "2026-09-29", "2026-10-29", "2026-11-20"} {
			yuan := c.before
			if m > 2 {
				yuan = c.now
			}
			n++
			items = append(items, db.Waybill{Number: fmt.Sprintf("30261%09d", n), BranchID: s.West, CustomerID: id, BoundBy: "name", SentDay: on, SentAt: day.MustParse(on).Time().UnixMilli(),
				Pieces: 1, Freight: 100 * yuan, Weight: 1000, Product: "standard", Payment: "monthly", Province: "330000", City: "330100", State: "signed"})
		}
	}
	if _, err := s.DB.LoadWaybills(ctx, policy.SystemActor("test"), slices.Values(items), nil); err != nil {
		t.Fatal(err)
	}
	return first
}

func TestTheCoreIsSeenByWhoSeesItsParcels(t *testing.T) {
	s := newSite(t)
	first := aCore(t, s)
	s.run([]scenario{
		{"a stranger", "", "", "/core", nil, 303, []string{"/login"}, nil},
		{"a courier", "courier", "", "/core", nil, 403, nil, nil},
		{"the manager: one in five brings 86.2 per cent", "boss", "", "/core", nil, 200,
			[]string{"顶梁有限公司", "/customers/" + id(first) + "/shipping", "3,000.00", "6,000.00", "−3,000.00", "少 50%", "86.2%", "新进来", "旧梁有限公司", "掉出去", "−8,700.00", "2026-08 到 2026-10", "运单到 2026-11-20", "共 2 位"}, []string{"小店"}},
		{"who fell out", "boss", "", "/core?show=fell", nil, 200, []string{"旧梁有限公司", "共 1 位"}, []string{"顶梁有限公司"}},
		{"nobody stayed", "boss", "", "/core?show=stays", nil, 200, []string{"没有符合的客户"}, nil},
		{"a larger core", "boss", "", "/core?share=30&sort=swing", nil, 200, []string{"顶梁有限公司", "一直在", "共 2 位"}, nil},
		{"nonsense in the address", "boss", "", "/core?share=x&show=y&sort=z&page=-9&branch=q", nil, 200, []string{"顶梁有限公司"}, nil},
		{"a page behind the last", "boss", "", "/core?page=999999", nil, 200, []string{"没有符合的客户"}, nil},
		{"a rep sees the core of the own clients", "rep", "", "/core", nil, 200, []string{"顶梁有限公司"}, []string{"旧梁有限公司"}},
		{"another branch's manager sees none", "boss2", "", "/core", nil, 200, []string{"还没有整月的运单"}, []string{"顶梁有限公司"}},
		{"a branch out of reach", "boss2", "", "/core?branch=" + id(s.West), nil, 200, nil, []string{"顶梁有限公司"}},
		{"an export", "boss", "", "/core/export?show=fell", nil, 200, []string{"xl/worksheets"}, nil},
		{"a rep exports nothing", "rep", "", "/core/export", nil, 403, nil, nil},
	})
}
