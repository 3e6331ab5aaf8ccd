package handlers_test

import (
	"strings"
	"testing"
)

func TestTheSpreadOfTheFreightIsForWhoSeesItsParcels(t *testing.T) {
	s := newSite(t)
	aCore(t, s)
	list := "/reports/pareto/list"
	s.run([]scenario{
		{"a stranger", "", "", "/reports/pareto", nil, 303, []string{"/login"}, nil},
		{"a courier", "courier", "", "/reports/pareto", nil, 403, nil, nil},
		{"the manager: the first tenth, one of five, brings 86.2 per cent and four fifths alone", "boss", "", "/reports/pareto", nil, 200,
			[]string{"2026-08 到 2026-10", "3,480.00", "86.2%", "撑起 80% 运费的客户", "占客户的 20.0%", `data-chart="rep-pareto-data"`, "上期累计", "前 10%", "90%–100%", `href="/core"`}, []string{"顶梁有限公司"}},
		{"a rep sees their own", "rep", "", "/reports/pareto", nil, 200, []string{"3,180.00"}, []string{"3,480.00"}},
		{"another branch", "boss", "", "/reports/pareto?branch=" + id(s.East), nil, 200, []string{"这几个月没有客户的运费"}, nil},
		{"beside another branch", "region", "", "/reports/pareto?branch=" + id(s.West) + "&with=" + id(s.East), nil, 200, []string{"城东网点的累计"}, nil},
		{"nonsense", "boss", "", "/reports/pareto?from=x&to=9999-99&branch=y&with=z", nil, 200, []string{"86.2%"}, nil},
		{"the shelves", "boss", "", "/reports", nil, 200, []string{`href="/reports/pareto"`}, nil},
		{"the workbook", "boss", "", "/reports/pareto/export", nil, 200, []string{"xl/worksheets"}, nil},
		{"none for who may not export", "clerk", "", "/reports/pareto/export", nil, 403, nil, nil},
		{"the first band", "boss", "", list + "?band=1", nil, 200, []string{"顶梁有限公司", "运费排在 0%–10% 的客户", "共 1 位", "3,000.00", "6,000.00"}, []string{"旧梁有限公司", "小店"}},
		{"an empty band between two clients", "boss", "", list + "?band=2", nil, 200, []string{"没有这样的客户"}, []string{"小店"}},
		{"the whole, for nonsense", "boss", "", list + "?band=7-3&page=-4", nil, 200, []string{"共 5 位", "小店三"}, nil},
		{"nobody of another branch", "boss", "", list + "?band=1-10&branch=" + id(s.East), nil, 200, []string{"没有这样的客户"}, []string{"顶梁有限公司"}},
		{"the list as a workbook", "boss", "", list + "/export?band=most", nil, 200, []string{"xl/worksheets"}, nil},
		{"none for a clerk", "clerk", "", list + "/export?band=most", nil, 403, nil, nil},
	})
	for _, path := range []string{"/reports/pareto", "/reports/pareto?from=2026-05&to=2026-10"} {
		opensAsMany(t, s.as("boss"), path, "位", 6)
	}
	for _, m := range []string{"band=1-10", "band=most"} {
		if body := s.as("boss").get("/reports/pareto").body; !strings.Contains(body, m) {
			t.Errorf("no figure opens %s", m)
		}
	}
}
