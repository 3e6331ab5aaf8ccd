package handlers_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"yike/db"
	"yike/policy"
	"yike/policy/waybill"
)

func TestAreasOpenTheirClients(t *testing.T) {
	s := newSite(t)
	ctx, chief := context.Background(), s.As(t, s.Chief)
	var parcels []db.Waybill
	for i, place := range []string{"330110", "330110", "330106", "330100", ""} {
		city := ""
		if place != "" {
			city = "330100"
		}
		id, err := s.CreateCustomer(ctx, chief, db.Submission{}, db.Customer{BranchID: s.West, OwnerID: s.RepWest, Name: fmt.Sprintf("分布 %d 号店", i), Kind: "ecommerce", Stage: "prospect", CityCode: city, PlaceCode: place}, db.Contact{})
		if err != nil {
			t.Fatal(err)
		}
		parcels = append(parcels, db.Waybill{Number: fmt.Sprintf("75500000000%04d", i), BranchID: s.West, CustomerID: id, SentDay: "2026-11-05", SentAt: 1, Pieces: 2, Freight: 12300, State: waybill.Signed})
	}
	if _, err := s.DB.LoadWaybills(ctx, policy.SystemActor("test"), slices.Values(parcels), nil); err != nil {
		t.Fatal(err)
	}
	path := "/reports/areas?from=2026-11&to=2026-11"
	s.run([]scenario{
		{"a stranger", "", "", path, nil, 303, []string{"/login"}, nil},
		{"a manager, by district", "boss", "", path, nil, 200, []string{"客户分布", "杭州市余杭区", "杭州市，区县不清楚", "地址不清楚", "246.00", `data-chart="rep-areas-data"`}, nil},
		{"by city", "boss", "", path + "&dim=city", nil, 200, []string{"杭州市", "492.00"}, []string{"余杭区", "区县不清楚"}},
		{"another branch has none of it", "boss2", "", path, nil, 200, nil, []string{"余杭区"}},
		{"the workbook", "boss", "", strings.Replace(path, "?", "/export?", 1), nil, 200, []string{"xl/worksheets"}, nil},
		{"none for a rep", "rep", "", strings.Replace(path, "?", "/export?", 1), nil, 403, nil, nil},
		{"a courier", "courier", "", path, nil, 403, nil, nil},
		{"the shelves", "boss", "", "/reports", nil, 200, []string{`href="/reports/areas"`}, nil},
		{"the list keeps what was asked for", "boss", "", "/customers/filter?place=330110", nil, 200, []string{`value="330110" selected`}, nil},
		{"a place that is none", "boss", "", "/customers?place=330110_", nil, 200, nil, []string{"区县不清楚"}},
	})
	v, seen := s.as("boss"), 0
	for _, m := range reportLinks.FindAllStringSubmatch(v.get(path).body, -1) {
		href := strings.ReplaceAll(m[1], "&amp;", "&")
		if body := v.get(href).body; !strings.Contains(body, "符合 <b>"+m[2]+"</b>") && !strings.Contains(body, ">"+m[2]+"<") {
			t.Errorf("%s does not list %s clients", href, m[2])
		}
		seen++
	}
	if seen < 12 {
		t.Errorf("%d numbers", seen)
	}
}
