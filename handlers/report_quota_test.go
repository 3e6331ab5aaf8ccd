package handlers_test

import (
	"context"
	"strings"
	"testing"

	"yike/db"
)

// someQuotas gives the rep of the west an A client and a B client, visited by
// the rep and by another.
func someQuotas(t *testing.T, s *site) {
	t.Helper()
	ctx, admin := context.Background(), s.As(t, s.Admin)
	for i, class := range []string{"A", "B"} {
		id, err := s.DB.CreateCustomer(ctx, admin, db.Submission{}, db.Customer{BranchID: s.West, Name: "达标" + class, OwnerID: s.RepWest, OwnerSince: "2026-01-05", FiledOn: "2026-01-05", Class: class, ClassSince: "2026-01-05"})
		if err != nil {
			t.Fatal(err)
		}
		for _, on := range []string{"2026-10-31", "2026-11-01", "2026-11-20"}[i:] {
			if _, err := s.DB.LogVisit(ctx, admin, db.Submission{}, db.Visit{CustomerID: id, UserID: []int64{s.RepWest, s.RepWest2}[i], State: db.VisitDone, Day: on, Minute: -1, Mode: "phone", Learned: "谈了价"}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestQuotasAreForThemselvesAndTheirManagers(t *testing.T) {
	s := newSite(t)
	someQuotas(t, s)
	path := "/reports/quota?from=2026-10&to=2026-11"
	s.run([]scenario{
		{"a stranger", "", "", path, nil, 303, []string{"/login"}, nil},
		{"the auditor", "auditor", "", path, nil, 403, nil, nil},
		{"a manager", "boss", "", path, nil, 200, []string{"拜访和反馈表达标", "沈雨桐", "A 类拜访", "/ 8", "反馈表配额", `data-chart="rep-quota-data"`}, []string{"何佳"}},
		{"a rep sees the own line", "rep", "", path, nil, 200, []string{"沈雨桐", "/ 8"}, []string{"周砚青", "Excel"}},
		{"another manager", "boss2", "", path, nil, 200, nil, []string{"沈雨桐"}},
		{"the workbook", "boss", "", strings.Replace(path, "?", "/export?", 1), nil, 200, []string{"xl/worksheets"}, nil},
		{"none for a rep", "rep", "", strings.Replace(path, "?", "/export?", 1), nil, 403, nil, nil},
		{"the shelves", "boss", "", "/reports", nil, 200, []string{`href="/reports/quota"`}, nil},
	})
	for _, who := range []string{"region", "boss", "rep"} {
		v, seen := s.as(who), 0
		for _, m := range reportLinks.FindAllStringSubmatch(v.get(path).body, -1) {
			href := strings.ReplaceAll(m[1], "&amp;", "&")
			body := v.get(href).body
			if !strings.Contains(body, "共 "+m[2]+" 次") && !strings.Contains(body, "共 "+m[2]+" 份") && !strings.Contains(body, m[2]+" 张") {
				t.Errorf("%s: %s does not list %s", who, href, m[2])
			}
			seen++
		}
		if seen < 3 {
			t.Errorf("%s: %d numbers", who, seen)
		}
	}
}
