package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"yike/db"
)

func TestMeasuresAreWrittenDownDoneAndLookedAt(t *testing.T) {
	s, customer, _ := caseSite(t)
	_ = customer
	form := url.Values{"key": {"measure-key-000001"}, "branch": {id(s.West)}, "source": {"own"}, "said": {"易碎的件一律加气泡袋"}, "owner": {id(s.RepWest)}, "from": {"2026-11-21"}, "due": {"2026-11-28"}, "reach": {"branch"}}
	with := func(kv ...string) url.Values { return changed(form, kv...) }
	var list []scenario
	for _, p := range []string{"/measures", "/measures/new", "/measures/export"} {
		list = append(list, scenario{"a stranger: " + p, "", "", p, nil, 303, []string{"/login"}, nil}, scenario{"a courier: " + p, "courier", "", p, nil, 403, nil, nil})
	}
	s.run(append(list, []scenario{
		{"nothing yet", "boss", "", "/measures", nil, 200, []string{"没有这样的措施", "写一条措施"}, nil},
		{"a clerk only reads", "clerk", "", "/measures", nil, 200, []string{"没有这样的措施"}, []string{"/measures/new"}},
		{"a clerk sends", "clerk", http.MethodPost, "/measures", form, 403, nil, nil},
		{"the form", "boss", "", "/measures/new?branch=" + id(s.West), nil, 200, []string{"用哪个数看", "沈雨桐"}, []string{"吴快递"}},
		{"another branch's", "boss", http.MethodPost, "/measures", with("branch", id(s.East), "owner", id(s.ClerkEast)), 404, nil, nil},
		{"no words", "boss", http.MethodPost, "/measures", with("said", " "), 422, []string{"请填写"}, nil},
		{"due before it begins", "boss", http.MethodPost, "/measures", with("due", "2026-11-20"), 422, []string{"要在开始那天或以后", "易碎的件一律加气泡袋"}, nil},
		{"a figure without a day", "boss", http.MethodPost, "/measures", with("figure", "pieces"), 422, []string{"选了数字就要填哪天看效果"}, nil},
		{"a class without clients", "boss", http.MethodPost, "/measures", with("reach", "segment", "segment", "core"), 422, []string{"这里没有这样的客户"}, nil},
		{"somebody of another branch", "boss", http.MethodPost, "/measures", with("owner", id(s.ClerkEast)), 422, []string{"这个人接不了"}, nil},
		{"a page that is none of figures", "boss", http.MethodPost, "/measures", with("source", "report", "path", "//evil.example/reports", "key", "measure-key-000002"), 303, []string{"/measures/"}, nil},
		{"each two months", "boss", http.MethodPost, "/measures", with("every", "2"), 422, []string{"请选一个", "多久再来一次"}, nil},
		{"each month, as no form says it", "boss", http.MethodPost, "/measures", with("every", "+1"), 422, []string{"请选一个"}, nil},
		{"written down", "boss", http.MethodPost, "/measures", form, 303, []string{"/measures/"}, nil},
		{"in the list", "boss", "", "/measures", nil, 200, []string{"易碎的件一律加气泡袋", "各网点的措施"}, []string{"evil"}},
		{"another branch's list", "boss2", "", "/measures", nil, 200, []string{"没有这样的措施"}, []string{"气泡袋"}},
	}...))
	rows, _, err := s.Measures(t.Context(), s.As(t, s.BossWest), db.MeasureFilter{Show: db.MeasuresAll, Source: "own"})
	if err != nil || len(rows) != 2 || rows[0].SourcePath != "" || rows[1].SourcePath != "" {
		t.Fatalf("%+v, %v", rows, err)
	}
	page := "/measures/" + id(rows[1].ID)
	act := func(version string, kv ...string) url.Values {
		v := url.Values{"version": {version}}
		for i := 0; i+1 < len(kv); i += 2 {
			v.Set(kv[i], kv[i+1])
		}
		return v
	}
	s.run([]scenario{
		{"whose it is", "rep", "", page, nil, 200, []string{"沈雨桐", "开始做", "整个网点的客户"}, nil},
		{"another branch", "boss2", "", page, nil, 404, nil, nil},
		{"a clerk reads it", "clerk", "", page, nil, 200, []string{"气泡袋"}, []string{"开始做"}},
		{"begun", "rep", http.MethodPost, page + "/begin", act("1"), 303, []string{page}, nil},
		{"by a stale page", "rep", http.MethodPost, page + "/finish", act("1", "words", "都换了"), 422, []string{"刚才有人先办了", "都换了"}, nil},
		{"done without words", "rep", http.MethodPost, page + "/finish", act("2"), 422, []string{"请填写"}, nil},
		{"done", "rep", http.MethodPost, page + "/finish", act("2", "words", "都换了"), 303, []string{page}, nil},
		{"an act that is none", "boss", http.MethodPost, page + "/burn", act("3"), 404, nil, nil},
		{"looked at", "boss", http.MethodPost, page + "/review", act("3", "learned", "推到全网点"), 303, []string{page}, nil},
		{"and it says so", "boss", "", page, nil, 200, []string{"推到全网点", "周明慧"}, nil},
		{"taken up again", "boss", http.MethodPost, page + "/reopen", act("4"), 303, []string{page}, nil},
		{"corrected", "boss", http.MethodPost, page, changed(form, "version", "5", "said", "易碎的件加两层"), 303, []string{page}, nil},
		{"deleted", "boss", http.MethodPost, page + "/delete", act("6"), 303, []string{"/measures"}, nil},
		{"gone", "boss", "", page, nil, 404, nil, nil},
		{"and back", "boss", http.MethodPost, page + "/restore", nil, 303, []string{page}, nil},
		{"it is there", "boss", "", page, nil, 200, []string{"易碎的件加两层"}, nil},
	})
	if a := s.as("boss").get("/measures/export"); a.status != 200 || !strings.Contains(a.head.Get("Content-Disposition"), "measures") {
		t.Errorf("the file: %d %v", a.status, a.head)
	}
}
