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

// aSeason gives the western branch a client whose Decembers have three times as
// many parcels as the months before, one who sends less and less, and one who
// began a month ago; the day is 21 November 2026.
func aSeason(t *testing.T, s *site) (ids []int64) {
	t.Helper()
	ctx, n := context.Background(), 0
	var items []db.Waybill
	for _, c := range []struct {
		name   string
		owner  int64
		pieces func(day.Day) int64
	}{
		{"年货有限公司", s.RepWest, func(m day.Day) int64 {
			if _, month, _ := m.Date(); month == 12 {
				return 300
			}
			return 100
		}},
		{"反季有限公司", s.RepWest2, func(m day.Day) int64 {
			if _, month, _ := m.Date(); month == 12 {
				return 10
			}
			return 40
		}},
		{"新来有限公司", s.RepWest, func(m day.Day) int64 {
			if m < day.MustParse("2026-10-01") {
				return 0
			}
			return 30
		}},
	} {
		id, err := s.DB.CreateCustomer(ctx, s.As(t, s.Admin), db.Submission{}, db.Customer{BranchID: s.West, Name: c.name, OwnerID: c.owner})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
		for m := day.MustParse("2024-11-01"); m <= day.MustParse("2026-11-01"); m = m.AddMonths(1) {
			on := m.Add(min(28, int(m.MonthEnd()-m)))
			if on > day.MustParse("2026-11-20") {
				on = day.MustParse("2026-11-20")
			}
			if c.pieces(m) == 0 {
				continue
			}
			n++
			items = append(items, db.Waybill{Number: fmt.Sprintf("30271%09d", n), BranchID: s.West, CustomerID: id, BoundBy: "name", SentDay: on.String(), SentAt: on.Time().UnixMilli(),
				Pieces: c.pieces(m), Freight: 100, Weight: 1000, Product: "standard", Payment: "monthly", Province: "330000", City: "330100", State: "signed"})
		}
	}
	if _, err := s.DB.LoadWaybills(ctx, policy.SystemActor("test"), slices.Values(items), nil); err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestWhatIsToComeIsSeenByWhoSeesItsParcels(t *testing.T) {
	s := newSite(t)
	ids := aSeason(t, s)
	client := "/customers/" + id(ids[0]) + "/shipping"
	s.run([]scenario{
		{"a stranger", "", "", "/forecast", nil, 303, []string{"/login"}, nil},
		{"a courier", "courier", "", "/forecast", nil, 403, nil, nil},
		// 300 and 10 from levels of 100 and 40; the third client has no three months yet.
		{"the manager", "boss", "", "/forecast", nil, 200, []string{"2026-12 大约", "310", "140", "年货有限公司", client, "+200", "3.00 倍", "反季有限公司", "−30", "0.25 倍", "共 2 位", "运单到 2026-11-20"}, []string{"新来有限公司"}},
		{"who sends more", "boss", "", "/forecast?show=more", nil, 200, []string{"年货有限公司", "共 1 位"}, []string{"反季有限公司", "新来有限公司"}},
		{"who sends less", "boss", "", "/forecast?show=less", nil, 200, []string{"反季有限公司", "共 1 位"}, []string{"年货有限公司"}},
		{"nonsense in the address", "boss", "", "/forecast?show=x&page=-1&branch=q", nil, 200, []string{"年货有限公司"}, nil},
		{"a page behind the last", "boss", "", "/forecast?page=999", nil, 200, []string{"没有符合的客户"}, nil},
		{"a rep sees the own clients", "rep", "", "/forecast", nil, 200, []string{"年货有限公司", "共 1 位"}, []string{"反季有限公司"}},
		{"another branch's manager", "boss2", "", "/forecast", nil, 200, []string{"还估不出来"}, []string{"年货有限公司"}},
		{"a branch out of reach", "boss2", "", "/forecast?branch=" + id(s.West), nil, 200, nil, []string{"年货有限公司"}},
		{"an export", "boss", "", "/forecast/export?show=more", nil, 200, []string{"xl/worksheets"}, nil},
		{"a rep exports nothing", "rep", "", "/forecast/export", nil, 403, nil, nil},
		{"the client's page says why", "boss", "", client, nil, 200, []string{"2026-12 预计", "大约 300 件，近三个月每月平均 100 件", "3.00 倍", "照这样回头估过去"}, nil},
		{"who is new has no season", "boss", "", "/customers/" + id(ids[2]) + "/shipping", nil, 200, nil, []string{"2026-12 预计"}},
	})
}
