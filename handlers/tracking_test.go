package handlers_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

const news = `{"message":"ok","nu":"302610000000001","state":"0","data":[{"time":"2026-10-09 14:23:47","context":"【武汉市】快件到达 武汉分拨中心","status":"在途"},{"time":"2026-10-08 18:31:42","context":"【杭州市】已揽收，电话13800000001","status":"揽收"}]}
{"LogisticCode":"302610000000003","State":"4","Traces":[{"AcceptTime":"2026/11/04 09:47:44","AcceptStation":"【杭州市】快件滞留"}]}
{"nu":"302619999999999","state":"3","data":[]}`

func TestNewsOfParcelsArePastedLookedAtAndTakenIn(t *testing.T) {
	s := newSite(t)
	_, parcel, _ := aBill(t, s)
	one, at := "/waybills/"+id(parcel), "/waybills/tracking"
	// The bill says that the first is signed for, and the news do not make it
	// older.
	s.run([]scenario{
		{"a stranger", "", "", at, nil, 303, []string{"/login"}, nil},
		{"a rep", "rep", "", at, nil, 403, nil, nil},
		{"the form", "boss", "", at, nil, 200, []string{`name="text"`, `name="files"`}, nil},
		{"nothing pasted", "boss", http.MethodPost, at, url.Values{"text": {"  "}}, 422, []string{"贴一段查询结果"}, nil},
		{"no JSON", "boss", http.MethodPost, at, url.Values{"text": {"运单号"}}, 422, []string{"不是完整的 JSON", "没有读到一票"}, nil},
		{"what would change", "boss", http.MethodPost, at, url.Values{"text": {news + `{"nu":"12","state":"3"}`}}, 200, []string{"302610000000001", "302610000000003", "滞留", "系统里没有这一票", "运单号不对", "2 票有新消息"}, nil},
		{"nothing has changed", "boss", "", one, nil, 200, nil, []string{"武汉分拨中心"}},
		{"another branch finds none of its own", "boss2", http.MethodPost, at, url.Values{"text": {news}}, 200, []string{"系统里没有这一票", "0 票有新消息"}, []string{"松果"}},
		{"and takes nothing in", "boss2", http.MethodPost, at, url.Values{"text": {news}, "do": {"apply"}}, 303, []string{"/waybills"}, nil},
		{"still nothing", "boss", "", one, nil, 200, nil, []string{"武汉分拨中心"}},
		{"taken in", "boss", http.MethodPost, at, url.Values{"text": {news}, "do": {"apply"}}, 303, []string{"/waybills?flagged=1"}, nil},
		{"the way on the parcel's page, without the number", "boss", "", one, nil, 200, []string{"武汉分拨中心", "已签收", "快递100"}, []string{"13800000001"}},
		{"only those that need somebody", "boss", "", "/waybills?flagged=1", nil, 200, []string{"302610000000003", "要人办"}, []string{"302610000000001"}},
		{"those of one kind, and whose they are", "boss", "", "/waybills?flagged=stuck", nil, 200, []string{"302610000000003", `滞留 <b class="num">1</b>`, "最近消息", "谁来办", "09:47"}, []string{"302610000000001"}},
		{"none of another", "boss", "", "/waybills?flagged=lost", nil, 200, []string{"没有符合的运单"}, []string{"302610000000003"}},
		{"a flag that is none is not asked for", "boss", "", "/waybills?flagged=x%27", nil, 200, []string{"302610000000001"}, nil},
		{"the figures stand above all parcels", "boss", "", "/waybills", nil, 200, []string{`要人办 <b class="num">`, "/waybills?flagged=stuck"}, nil},
		{"another branch has none", "boss2", "", "/waybills", nil, 200, nil, []string{"tallies"}},
		{"as a file, with why and whose", "boss", "", "/waybills/export?flagged=stuck", nil, 200, []string{"302610000000003", "提醒", "滞留", "2026-11-04 09:47"}, []string{"302610000000001"}},
		{"a to-do of the branch", "boss", "", "/todos?view=branch", nil, 200, []string{"302610000000003", "小时没有新消息", "破损：告诉客户"}, nil},
		{"once more", "boss", http.MethodPost, at, url.Values{"text": {news}}, 200, []string{"0 票有新消息"}, nil},
		{"another branch's manager does not see the way", "boss2", "", one, nil, 404, nil, nil},
	})
	// It is taken back from the page on which it stands, by whoever may.
	page := s.as("boss").get(at)
	found := regexp.MustCompile(`action="(/waybills/tracking/\d+/undo)"`).FindStringSubmatch(page.body)
	if page.status != 200 || found == nil || !strings.Contains(page.body, "收过的") {
		t.Fatalf("%d %s", page.status, excerpt(page.body))
	}
	undo := found[1]
	s.run([]scenario{
		{"another branch does not see it", "boss2", "", at, nil, 200, nil, []string{undo}},
		{"nor takes it back", "boss2", http.MethodPost, undo, url.Values{}, 404, nil, nil},
		{"a rep may not", "rep", http.MethodPost, undo, url.Values{}, 403, nil, nil},
		{"taken back", "boss", http.MethodPost, undo, url.Values{}, 303, []string{at}, nil},
		{"and said so", "boss", "", at, nil, 200, []string{"包裹回到收下之前", "撤销了"}, []string{undo}},
		{"the way is gone", "boss", "", one, nil, 200, nil, []string{"武汉分拨中心"}},
		{"a bill of three weeks ago had asked for nobody", "boss", "", "/todos?view=closed", nil, 200, nil, []string{"自动办结"}},
		{"twice is too late", "boss", http.MethodPost, undo, url.Values{}, 303, []string{at}, nil},
		{"and said so", "boss", "", at, nil, 200, []string{"已经撤销，不能再撤"}, nil},
		{"one that is none", "boss", http.MethodPost, "/waybills/tracking/77/undo", url.Values{}, 404, nil, nil},
		{"what was wrong with the paste stays to be mended", "boss", http.MethodPost, at, url.Values{"text": {"{坏"}}, 422, []string{"{坏"}, nil},
	})
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, text := range map[string]string{"一.json": news, "坏.json": "{"} {
		part, err := w.CreateFormFile("files", name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if a := s.as("boss").do(http.MethodPost, at, &body, w.FormDataContentType()); a.status != 200 || !strings.Contains(a.body, "坏.json") || !strings.Contains(a.body, "302610000000003") {
		t.Errorf("files: %d %s", a.status, excerpt(a.body))
	}
}

func TestTheRuleOfParcelsIsSetByHeadOffice(t *testing.T) {
	s := newSite(t)
	at := "/rules/tracking"
	good := url.Values{"hours": {"36"}, "far_hours": {"24"}, "sensitive": {"12"}, "provinces": {"3"}, "fails": {"2"}, "days": {"60"}, "product_express": {"12"}, "far": {"540000"}, "read": {"0"}, "valid_from": {"2026-11-21"}, "reason": {"旺季快些"}}
	bad := url.Values{"hours": {"0"}, "far_hours": {"x"}, "sensitive": {"12"}, "provinces": {"3"}, "fails": {"2"}, "days": {"6"}, "product_express": {"721"}, "read": {"0"}, "valid_from": {"2026-11-01"}, "reason": {""}}
	s.run([]scenario{
		{"a stranger", "", "", at, nil, 303, []string{"/login"}, nil},
		{"a clerk", "clerk", "", at, nil, 403, nil, nil},
		{"the default", "chief", "", at, nil, 200, []string{"48 小时没消息算滞留", "现在用的是默认值"}, nil},
		{"what is wrong is said beside it", "chief", http.MethodPost, at, bad, 422, []string{"填 1 到 720 的整数", "过去的不改", "填 7 到 365 的整数", `value="721"`}, nil},
		{"set", "chief", http.MethodPost, at, good, 303, []string{at}, nil},
		{"it is in force", "chief", "", at, nil, 200, []string{"36 小时没消息算滞留", "旺季快些", "第 1 版"}, nil},
		{"set on what was read before", "chief", http.MethodPost, at, good, 422, []string{"刚才有人设了新版本"}, nil},
		{"a branch's own, and a branch that is none", "chief", "", at + "?branch=" + id(s.West), nil, 200, []string{"没有自己的规则"}, nil},
		{"of no branch", "chief", "", at + "?branch=77", nil, 404, nil, nil},
		{"among all settings", "chief", "", "/settings", nil, 200, []string{"包裹提醒"}, nil},
	})
}
