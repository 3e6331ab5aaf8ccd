package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"yike/db"
	"yike/policy"
	"yike/policy/mask"
)

// hidden opens a client of 城西 with a number, as its manager does.
func hidden(s *site) int64 {
	s.t.Helper()
	n, err := s.CreateCustomer(context.Background(), s.As(s.t, s.BossWest), db.Submission{}, db.Customer{BranchID: s.West, OwnerID: s.RepWest,
		Name: "松果母婴用品", Phones: []string{"13812341054"}, WeChat: "songguo_88", PlaceCode: "330110", Address: "古墩路 1899 号", Remark: "夜里打19912341186"})
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func TestAMaskedFieldIsShownForAPurpose(t *testing.T) {
	s := newSite(t)
	at := "/customers/" + id(hidden(s))
	ask := at + "/reveal?field=phone"
	full := []string{"13812341054", "138 1234 1054"}
	s.run([]scenario{
		{name: "a stranger signs in first", path: ask, status: http.StatusSeeOther, want: []string{"/login"}},
		{name: "the page masks, and says how to ask", who: "region", path: at, status: 200, want: []string{"138 **** 1054", "显示完整的电话", "夜里打199 **** 1186"}, never: full},
		{name: "the owner rep sees it and is offered nothing", who: "rep", path: at, status: 200, want: []string{"138 1234 1054"}, never: []string{"显示完整的电话"}},
		{name: "a courier sees it masked and is offered nothing", who: "courier", path: at, status: 200, want: []string{"138 **** 1054"}, never: append(full, "显示完整的电话")},
		{name: "a courier may not ask", who: "courier", path: ask, status: http.StatusForbidden, never: full},
		{name: "another rep does not know the client", who: "rep2", path: ask, status: http.StatusForbidden, never: full},
		{name: "asking shows the form and no more", who: "region", path: ask, status: 200, want: []string{"打电话联系客户", "核对信息", "处理投诉", "其他", "今天还能看 60 条"}, never: full},
		{name: "a field that is none", who: "region", path: at + "/reveal?field=name", status: http.StatusNotFound},
		{name: "a number that is none", who: "region", path: at + "/reveal?field=phone&n=7", status: http.StatusNotFound},
		{name: "a negative number", who: "region", path: at + "/reveal?field=phone&n=-1", status: http.StatusNotFound},
		{name: "without a purpose", who: "region", method: http.MethodPost, path: at + "/reveal", form: url.Values{"field": {"phone"}}, status: http.StatusUnprocessableEntity, want: []string{"请选一个"}, never: full},
		{name: "another purpose without words", who: "region", method: http.MethodPost, path: at + "/reveal", form: url.Values{"field": {"phone"}, "purpose": {"other"}}, status: http.StatusUnprocessableEntity, want: []string{"写几个字"}, never: full},
		{name: "by GET nothing is shown", who: "region", path: ask + "&purpose=call", status: 200, never: full},
		{name: "a courier who posts", who: "courier", method: http.MethodPost, path: at + "/reveal", form: url.Values{"field": {"phone"}, "purpose": {"call"}}, status: http.StatusForbidden, never: full},
		{name: "for a purpose it is shown", who: "region", method: http.MethodPost, path: at + "/reveal", form: url.Values{"field": {"phone"}, "purpose": {"call"}}, status: 200, want: []string{"138 1234 1054", "tel:13812341054", "今天还能看 59 条", "load delay:60s"}},
		{name: "the address too", who: "region", method: http.MethodPost, path: at + "/reveal", form: url.Values{"field": {"address"}, "purpose": {"verify"}}, status: 200, want: []string{"古墩路 1899 号"}},
		{name: "the next page masks again", who: "region", path: at, status: 200, want: []string{"138 **** 1054"}, never: full},
	})
	v := s.as("region")
	a := v.post(at+"/reveal", url.Values{"field": {"wechat"}, "purpose": {"call"}}, "HX-Request", "true")
	if a.status != 200 || !strings.Contains(a.body, "songguo_88") || strings.Contains(a.body, "<html") || a.head.Get("Cache-Control") != "no-store" {
		t.Errorf("in place: %d, %q\n%s", a.status, a.head.Get("Cache-Control"), a.body)
	}
	if a := v.get(at+"/masked?field=wechat", "HX-Request", "true"); a.status != 200 || strings.Contains(a.body, "songguo") || !strings.Contains(a.body, "s****8") {
		t.Errorf("hidden again: %d %s", a.status, a.body)
	}
}

func TestCapsWatermarkAndAlertsOnThePages(t *testing.T) {
	s := newSite(t)
	at := "/customers/" + id(hidden(s))
	chief, region := s.as("chief"), s.as("region")
	if a := region.get(at); !strings.Contains(a.body, `class="yk-water"`) || !strings.Contains(a.body, "浙江经理 2026-11-21 09:15") {
		t.Errorf("no watermark: %s", excerpt(a.body))
	}
	if a := region.get("/account/password"); strings.Contains(a.body, "yk-water") {
		t.Error("a page without clients' data has no watermark")
	}
	form := url.Values{"read": {"0"}, "valid_from": {"2026-11-21"}, "reason": {"试行"}, "times": {"3"}, "files": {"50"}, "reveals": {"1"}}
	for _, role := range policy.Roles {
		form.Set("reveals."+string(role), "2")
		form.Set("rows."+string(role), "0")
	}
	bad := url.Values{}
	for k, v := range form {
		bad[k] = v
	}
	bad.Set("rows.sales_rep", "-5")
	s.run([]scenario{
		{name: "the rule is not a branch manager's to see", who: "boss", path: "/rules/privacy", status: http.StatusForbidden},
		{name: "nor to set", who: "boss", method: http.MethodPost, path: "/rules/privacy", form: form, status: http.StatusForbidden},
		{name: "head office reads it", who: "chief", path: "/rules/privacy", status: 200, want: []string{"自己的客户看完整的", "打码，逐条显示，说明用途", "打码，不能显示"}},
		{name: "a wrong number is told beside its field", who: "chief", method: http.MethodPost, path: "/rules/privacy", form: bad, status: http.StatusUnprocessableEntity, want: []string{"的整数", `value="-5"`}},
	})
	if a := chief.post("/rules/privacy", form); a.status != http.StatusSeeOther {
		t.Fatalf("the rule: %d\n%s", a.status, excerpt(a.body))
	}
	if a := region.get(at); strings.Contains(a.body, "yk-water") {
		t.Error("a watermark that was switched off")
	}
	show := url.Values{"field": {"phone"}, "purpose": {"call"}}
	for i, want := range []int{200, 200, http.StatusUnprocessableEntity} {
		a := region.post(at+"/reveal", show)
		if a.status != want {
			t.Fatalf("reveal %d: %d", i+1, a.status)
		}
		if want != 200 && (!strings.Contains(a.body, "今天已查看 2 条，上限是 2 条") || strings.Contains(a.body, "13812341054")) {
			t.Errorf("at the cap: %s", excerpt(a.body))
		}
	}
	if a := region.get(at + "/reveal?field=phone"); !strings.Contains(a.body, "今天已查看 2 条") || strings.Contains(a.body, `name="purpose"`) {
		t.Errorf("the form at the cap: %s", excerpt(a.body))
	}
	for _, path := range []string{"/customers/export?format=csv", "/customers/export?format=xlsx"} {
		if a := region.get(path); a.status != http.StatusSeeOther || !strings.Contains(region.get("/customers").body, "今天已导出 0 行，上限是 0 行") {
			t.Errorf("%s over the cap: %d to %s", path, a.status, a.to())
		}
	}
	if n, err := s.RaiseAlerts(context.Background(), policy.SystemActor("unusual-looks")); err != nil || n != 1 {
		t.Fatalf("%d alerts, %v", n, err)
	}
	list, err := s.Alerts(context.Background(), s.As(t, s.Chief), false)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	see := "/alerts/" + id(list[0].ID)
	s.Clock.Move(60 * 1e9) // what the nodes remember of open alerts is read again
	s.run([]scenario{
		{name: "a rep is told nothing", who: "rep", path: "/alerts", status: http.StatusForbidden},
		{name: "the person themselves neither", who: "region", path: "/alerts", status: 200, want: []string{"没有异常"}, never: []string{"浙江经理</b>"}},
		{name: "head office is", who: "chief", path: "/alerts", status: 200, want: []string{"浙江经理", "一小时里显示了 2 条客户资料", "超过 1 条就提醒", "松果母婴用品", `yk-nav-n hot`}},
		{name: "a branch below is not", who: "boss", path: "/alerts", status: 200, want: []string{"没有异常"}},
		{name: "an answer in no words", who: "chief", method: http.MethodPost, path: see, form: url.Values{"version": {"1"}}, status: http.StatusUnprocessableEntity, want: []string{"写一句"}},
		{name: "somebody not told of it", who: "boss", method: http.MethodPost, path: see, form: url.Values{"version": {"1"}, "note": {"我来"}}, status: http.StatusNotFound},
		{name: "it is dealt with", who: "chief", method: http.MethodPost, path: see, form: url.Values{"version": {"1"}, "note": {"盘点，问过了"}}, status: http.StatusSeeOther},
		{name: "and gone from the list", who: "chief", path: "/alerts", status: 200, want: []string{"没有异常"}, never: []string{"yk-nav-n hot"}},
		{name: "kept among those dealt with", who: "chief", path: "/alerts?all=1", status: 200, want: []string{"钱总 处理过：盘点，问过了"}},
		{name: "a second time", who: "admin", method: http.MethodPost, path: see, form: url.Values{"version": {"1"}, "note": {"晚了"}}, status: http.StatusSeeOther, want: []string{"/alerts?all=1"}},
	})
}

func TestAFileThatLeavesSaysWhoTookItAndComesBackWhole(t *testing.T) {
	s := newSite(t)
	hidden(s)
	boss := s.as("boss")
	a := boss.get("/customers/export?format=xlsx")
	name := a.head.Get("Content-Disposition")
	at := strings.LastIndex(name, "-")
	ref := name[at+1 : strings.LastIndex(name, ".")]
	if text := unpacked(t, a); a.status != 200 || len(ref) != 8 || !strings.Contains(text, "周明慧2026112109:15"+ref) || !strings.Contains(text, "coreproperties") {
		t.Errorf("%s: no mark in the workbook", name)
	}
	detail := ""
	list, err := s.Used(context.Background(), s.BossWest, db.UseRows)
	if err != nil || list != 1 {
		t.Errorf("%d rows counted, %v", list, err)
	}
	if detail = name; !strings.HasSuffix(detail, ref+`.xlsx"`) {
		t.Error(detail)
	}
	// Read again it is the same table: the mark stands among no rows.
	up := boss.upload("customers", id(s.West), "again.xlsx", []byte(a.body))
	if up.status != http.StatusSeeOther {
		t.Fatalf("upload: %d", up.status)
	}
	s.work()
	if page := boss.get(up.to()); !strings.Contains(page.body, "松果母婴用品") || strings.Contains(page.body, "周明慧 2026-11-21 09:15 "+ref) {
		t.Errorf("read again: %s", excerpt(page.body))
	}
	if caps := mask.DefaultRule().CapsOf(string(policy.BranchManager)); caps.Rows != 50_000 {
		t.Error(strconv.Itoa(caps.Rows))
	}
}
