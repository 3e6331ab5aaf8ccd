package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"yike/db"
	"yike/policy"
	"yike/policy/retention"
)

func TestDataAreArchivedShownBroughtBackAndDestroyedByThoseWhoMay(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	customer, _ := asked(s, "鹮鹳纺织", "欧阳鹮")
	logged := func(day string) int64 {
		t.Helper()
		n, err := s.LogVisit(ctx, s.As(t, s.BossWest), db.Submission{}, db.Visit{CustomerID: customer, UserID: s.RepWest, Day: day, Minute: -1, State: db.VisitDone, Mode: "phone", Learned: "老板换成鹮先生"})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	newer, older := logged("2023-11-20"), logged("2021-01-10")
	form := func(more ...string) url.Values {
		v := url.Values{"read": {"0"}, "valid_from": {"2026-11-21"}, "reason": {"法务要求"}}
		for _, k := range retention.Kinds {
			b := retention.BoundOf(k).Usual
			v.Set("destroy."+string(k), id(int64(b.Destroy)))
			if k.Archived() {
				v.Set("archive."+string(k), id(int64(b.Archive)))
			}
		}
		for i := 0; i < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return v
	}
	s.run([]scenario{
		{name: "a stranger", path: "/retention", status: http.StatusSeeOther, want: []string{"/login"}},
		{name: "a branch manager", who: "boss", path: "/retention", status: http.StatusForbidden},
		{name: "a branch manager sets it", who: "boss", method: "POST", path: "/retention", form: form("archiving", "on"), status: http.StatusForbidden},
		{name: "a rep opens the archive", who: "rep", path: "/archive", status: http.StatusForbidden},
		{name: "what stands today", who: "chief", path: "/retention", status: http.StatusOK, want: []string{"现在用的是默认值", "现在该归档 2", "民法典第一百八十八条", "运单上的收件人留 1 年", "离职人的账号资料", "劳动争议调解仲裁法第二十七条", "不归档，到期直接销毁", "会计档案管理办法"}},
		{name: "a case for less than the law asks", who: "chief", method: "POST", path: "/retention", form: form("destroy.cases", "35"), status: http.StatusUnprocessableEntity, want: []string{"填 36 到 120 的整数"}},
		{name: "a file gone before its import can be undone no more", who: "chief", method: "POST", path: "/retention", form: form("destroy.imports", "1"), status: http.StatusUnprocessableEntity, want: []string{"填 2 到 36 的整数"}},
		{name: "no number", who: "chief", method: "POST", path: "/retention", form: form("archive.visits", "x"), status: http.StatusUnprocessableEntity, want: []string{"最少 12 个月"}},
		{name: "destroyed before it is archived", who: "chief", method: "POST", path: "/retention", form: form("archive.visits", "60"), status: http.StatusUnprocessableEntity, want: []string{"要比销毁早"}},
		{name: "the preview comes first", who: "chief", method: "POST", path: "/retention", form: form("archiving", "on", "destroying", "on"), status: http.StatusUnprocessableEntity,
			want: []string{"夜里起归档：拜访内容和照片 2 条", "找不回来：拜访内容和照片 1 条", "我看过了，就这样办"}},
		{name: "another one than was seen", who: "chief", method: "POST", path: "/retention", form: form("archiving", "on", "destroying", "on", "seen", "x"), status: http.StatusUnprocessableEntity, want: []string{"我看过了，就这样办"}},
	})
	a := s.as("chief").post("/retention", form("archiving", "on", "destroying", "on"))
	seen := regexp.MustCompile(`name="seen" value="([^"]+)"`).FindStringSubmatch(a.body)
	if len(seen) != 2 {
		t.Fatalf("no preview: %s", excerpt(a.body))
	}
	if a := s.as("chief").post("/retention", form("archiving", "on", "destroying", "on", "seen", seen[1])); a.status != http.StatusSeeOther {
		t.Fatalf("%d\n%s", a.status, excerpt(a.body))
	}
	for range 2 { // what is old enough is destroyed on the night after it was archived
		if _, err := s.KeepTimes(ctx, policy.SystemActor("test")); err != nil {
			t.Fatal(err)
		}
	}
	item, err := s.ArchivedOf(ctx, retention.Visits, newer)
	if err != nil {
		t.Fatal(err)
	}
	path := "/archive/" + id(item.ID)
	why := func(text string) url.Values { return url.Values{"reason": {text}} }
	s.run([]scenario{
		{name: "records", who: "chief", path: "/retention", status: http.StatusOK, want: []string{"销毁", "2021-01-10", "归档和销毁都打开了"}},
		{name: "the visit says where its words are", who: "boss", path: "/visits/" + id(newer), status: http.StatusOK, want: []string{"在归档里", path}, never: []string{"鹮先生"}},
		{name: "a rep is told without the way", who: "rep", path: "/visits/" + id(newer), status: http.StatusOK, want: []string{"在归档里"}, never: []string{path, "鹮先生"}},
		{name: "that they are destroyed", who: "boss", path: "/visits/" + id(older), status: http.StatusOK, want: []string{"已经销毁"}},
		{name: "the list", who: "boss", path: "/archive?kind=visits", status: http.StatusOK, want: []string{"鹮鹳纺织", "2023-11-20"}, never: []string{"鹮先生", "2021-01-10"}},
		{name: "another branch's list", who: "boss2", path: "/archive", status: http.StatusOK, never: []string{"鹮鹳纺织"}},
		{name: "another branch's item", who: "boss2", path: path, status: http.StatusNotFound},
		{name: "another branch looks", who: "boss2", method: "POST", path: path + "/look", form: why("看看"), status: http.StatusNotFound},
		{name: "another branch brings back", who: "boss2", method: "POST", path: path + "/back", form: why("看看"), status: http.StatusNotFound},
		{name: "the item says nothing yet", who: "boss", path: path, status: http.StatusOK, want: []string{"为什么要看"}, never: []string{"鹮先生"}},
		{name: "no reason", who: "boss", method: "POST", path: path + "/look", form: why(""), status: http.StatusUnprocessableEntity, never: []string{"鹮先生"}},
		{name: "with a reason", who: "boss", method: "POST", path: path + "/look", form: why("客户来问"), status: http.StatusOK, want: []string{"老板换成鹮先生"}},
		{name: "the auditor looks, too", who: "auditor", method: "POST", path: path + "/look", form: why("抽查"), status: http.StatusOK, want: []string{"老板换成鹮先生"}},
		{name: "and brings nothing back", who: "auditor", method: "POST", path: path + "/back", form: why("抽查"), status: http.StatusForbidden},
		{name: "back without a reason", who: "boss", method: "POST", path: path + "/back", form: why(""), status: http.StatusSeeOther, want: []string{path}},
		{name: "back", who: "boss", method: "POST", path: path + "/back", form: why("要用"), status: http.StatusSeeOther, want: []string{"/visits/" + id(newer)}},
		{name: "where it was", who: "boss", path: "/visits/" + id(newer), status: http.StatusOK, want: []string{"鹮先生"}},
		{name: "gone from there", who: "boss", path: path, status: http.StatusNotFound},
		{name: "held for three months", who: "chief", path: "/retention", status: http.StatusOK, want: []string{"2027-02-21", "要用"}},
		{name: "a client that there is not", who: "chief", method: "POST", path: "/retention/holds", form: url.Values{"code": {"NONE-1"}, "reason": {"法院"}}, status: http.StatusUnprocessableEntity, want: []string{"没有这个编码的客户"}},
		{name: "the record of the client names the times", who: "boss", path: "/customers/" + id(customer) + "/data", status: http.StatusOK, want: []string{"拜访内容和照片 24 个月归档、60 个月销毁"}},
	})
	c, err := s.Customer(ctx, s.As(t, s.BossWest).Scope(policy.CustomerRead), customer)
	if err != nil {
		t.Fatal(err)
	}
	if a := s.as("chief").post("/retention/holds", url.Values{"code": {strings.ToLower(c.Code)}, "reason": {"法院来函"}}); a.status != http.StatusSeeOther {
		t.Fatalf("hold: %d %s", a.status, excerpt(a.body))
	}
	page := s.as("chief").get("/retention")
	release := regexp.MustCompile(`/retention/holds/\d+/release`).FindString(page.body)
	if !strings.Contains(page.body, "鹮鹳纺织 的全部信息") || release == "" {
		t.Fatalf("the hold is not shown: %s", excerpt(page.body))
	}
	s.run([]scenario{
		{name: "held twice", who: "chief", method: "POST", path: "/retention/holds", form: url.Values{"code": {c.Code}, "reason": {"法院"}}, status: http.StatusUnprocessableEntity, want: []string{"已经留着了"}},
		{name: "a branch manager releases", who: "boss", method: "POST", path: release, form: why("结了"), status: http.StatusForbidden},
		{name: "released without a reason", who: "chief", method: "POST", path: release, form: why(""), status: http.StatusSeeOther},
		{name: "released", who: "chief", method: "POST", path: release, form: why("判了"), status: http.StatusSeeOther},
		{name: "released again", who: "chief", method: "POST", path: release, form: why("判了"), status: http.StatusSeeOther},
	})
	if a := s.as("chief").get("/retention/export"); a.status != http.StatusOK {
		t.Errorf("export: %d %s", a.status, excerpt(a.body))
	}
	if a := s.as("chief").get("/audit"); !strings.Contains(a.body, "看了归档的内容") && !strings.Contains(a.body, "不再留着") {
		t.Error("nothing of it is on record")
	}
}
