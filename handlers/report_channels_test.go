package handlers_test

import (
	"strings"
	"testing"
)

func TestChannelsAreForWhoSeesTheVisits(t *testing.T) {
	s := newSite(t)
	aMonthsWork(t, s)
	path := "/reports/channels?from=2026-10&to=2026-11"
	s.run([]scenario{
		{"a stranger", "", "", path, nil, 303, []string{"/login"}, nil},
		{"a courier", "courier", "", path, nil, 403, nil, nil},
		{"a manager", "boss", "", path, nil, 200, []string{"渠道使用", "线上占比", "客户来找我们", `data-chart="rep-channels-data"`, "没有核对过"}, nil},
		{"another branch", "boss", "", path + "&branch=" + id(s.East), nil, 200, []string{"没有拜访、工单和慰问"}, nil},
		{"two branches side by side", "region", "", path + "&with=" + id(s.East), nil, 200, []string{"城东网点的占比"}, nil},
		{"a month without any", "boss", "", "/reports/channels?from=2025-01&to=2025-01", nil, 200, []string{"没有拜访、工单和慰问"}, nil},
		{"the shelves", "boss", "", "/reports", nil, 200, []string{`href="/reports/channels"`}, nil},
		{"the workbook", "boss", "", strings.Replace(path, "?", "/export?", 1), nil, 200, []string{"xl/worksheets"}, nil},
		{"none for a clerk", "clerk", "", strings.Replace(path, "?", "/export?", 1), nil, 403, nil, nil},
	})
	for _, who := range []string{"region", "boss", "rep"} {
		v, seen := s.as(who), 0
		for _, m := range reportLinks.FindAllStringSubmatch(v.get(path).body, -1) {
			href := strings.ReplaceAll(m[1], "&amp;", "&")
			body, found := v.get(href).body, false
			for _, unit := range []string{"次", "件", "位"} {
				found = found || strings.Contains(body, "共 "+m[2]+" "+unit)
			}
			if !found {
				t.Errorf("%s: %s does not list %s", who, href, m[2])
			}
			seen++
		}
		if seen < 4 {
			t.Errorf("%s: %d numbers", who, seen)
		}
	}
}
