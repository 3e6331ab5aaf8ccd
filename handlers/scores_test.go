package handlers_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var scoreLinks = regexp.MustCompile(`href="(/[^"]*)">数了 ([\d,]+)<`)

// scoreSheet draws October up at 城西网点 and returns the path of the rep's sheet.
func scoreSheet(t *testing.T, s *site) string {
	t.Helper()
	aMonthsWork(t, s)
	if r := s.as("boss").post("/scores", url.Values{"month": {"2026-10"}}); r.status != 303 {
		t.Fatalf("drawn: %d", r.status)
	}
	m := regexp.MustCompile(`/scores/(\d+)">沈雨桐`).FindStringSubmatch(s.as("boss").get("/scores?month=2026-10").body)
	if m == nil {
		t.Fatal("no sheet of the rep")
	}
	return "/scores/" + m[1]
}

func TestAScoreIsLookedAtAnsweredAndApprovedByAnother(t *testing.T) {
	s := newSite(t)
	path := scoreSheet(t, s)
	v := func(n, name, text string) url.Values { return url.Values{"version": {n}, name: {text}} }
	s.run([]scenario{
		{"a stranger", "", "", "/scores", nil, 303, []string{"/login"}, nil},
		{"the auditor", "auditor", "", "/scores", nil, 403, nil, nil},
		{"a rep draws none up", "rep", "POST", "/scores", url.Values{"month": {"2026-10"}}, 403, nil, nil},
		{"a rep sees the own", "rep", "", "/scores", nil, 200, []string{path, "等本人看"}, []string{"出 2026", "Excel"}},
		{"not a colleague's", "rep2", "", path, nil, 404, nil, nil},
		{"nor a clerk", "clerk", "", path, nil, 404, nil, nil},
		{"another manager lists none", "boss2", "", "/scores?month=2026-10", nil, 200, []string{"还没有评分表"}, []string{"沈雨桐"}},
		{"and opens none", "boss2", "", path, nil, 404, nil, nil},
		{"nor approves", "boss2", "POST", path + "/approve", v("1", "", ""), 404, nil, nil},
		{"the manager waits for the person", "boss", "", path, nil, 200, []string{"等本人看：看过了", "默认的规则", "每一分从哪里来"}, []string{"批准，从此不变", "提异议"}},
		{"and may not approve yet", "boss", "POST", path + "/approve", v("1", "", ""), 422, []string{"刚才有人先办了"}, nil},
		{"nothing approved, nothing for payroll", "boss", "", "/scores?month=2026-10", nil, 200, []string{"沈雨桐"}, []string{"/scores/export"}},
		{"an objection says something", "rep", "POST", path + "/object", v("1", "objection", " "), 422, nil, nil},
		{"the person objects", "rep", "POST", path + "/object", v("1", "objection", "十月三十一号的拜访没算"), 303, []string{path}, nil},
		{"once", "rep", "POST", path + "/object", v("2", "objection", "还有"), 422, []string{"你刚才填的", "还有"}, nil},
		{"a colleague does not", "rep2", "POST", path + "/object", v("2", "objection", "x"), 404, nil, nil},
		{"the manager does not speak for them", "boss", "POST", path + "/see", v("2", "", ""), 403, nil, nil},
		{"not approved unanswered", "boss", "POST", path + "/approve", v("2", "", ""), 422, nil, nil},
		{"a stale answer", "boss", "POST", path + "/answer", v("1", "answer", "算了"), 422, []string{"刚才有人先办了", "算了"}, nil},
		{"an answer", "boss", "POST", path + "/answer", v("2", "answer", "看过了，已经算在内"), 303, nil, nil},
		{"a rep approves nothing", "rep", "POST", path + "/approve", v("3", "", ""), 403, nil, nil},
		{"the answer is read first", "boss", "POST", path + "/approve", v("3", "", ""), 422, []string{"等本人看"}, nil},
		{"the person is content", "rep", "POST", path + "/see", v("3", "", ""), 303, nil, nil},
		{"approved", "boss", "POST", path + "/approve", v("4", "", ""), 303, nil, nil},
		{"twice", "boss", "POST", path + "/approve", v("5", "", ""), 422, nil, nil},
		{"the person reads the answer", "rep", "", path, nil, 200, []string{"看过了，已经算在内", "批准了"}, []string{"提异议"}},
		{"drawn up anew, it stays", "boss", "POST", "/scores", url.Values{"month": {"2026-10"}}, 303, nil, nil},
		{"as approved", "boss", "", path, nil, 200, []string{"由周明慧批准", "十月三十一号的拜访没算"}, nil},
		{"for payroll", "boss", "", "/scores/export?month=2026-10", nil, 200, []string{"xl/worksheets"}, nil},
		{"the region has no right to it", "region", "", "/scores/export?month=2026-10", nil, 403, nil, nil},
		{"a month that is not over", "boss", "POST", "/scores", url.Values{"month": {"2026-11"}}, 303, []string{"/scores?month=2026-10"}, nil},
	})
}

func TestEachPointOpensAsManyAsItCounted(t *testing.T) {
	s := newSite(t)
	path := scoreSheet(t, s)
	for _, who := range []string{"boss", "rep"} {
		v, seen := s.as(who), 0
		for _, m := range scoreLinks.FindAllStringSubmatch(v.get(path).body, -1) {
			body, found := v.get(strings.ReplaceAll(m[1], "&amp;", "&")).body, false
			for _, unit := range []string{"票", "次", "件", "条", "张", "份"} {
				found = found || strings.Contains(body, "共 "+m[2]+" "+unit)
			}
			if !found {
				t.Errorf("%s: %s does not list %s", who, m[1], m[2])
			}
			seen++
		}
		if seen < 2 {
			t.Errorf("%s: %d links", who, seen)
		}
	}
}

func TestWhatIsScoredAddsUp(t *testing.T) {
	s := newSite(t)
	form := url.Values{"weight-rep-visits": {"60"}, "full-rep-visits": {"20"}, "zero-rep-visits": {"0"}, "weight-rep-complaints": {"40"}, "full-rep-complaints": {"0"}, "zero-rep-complaints": {"10.5"}, "valid_from": {"2026-11-21"}, "reason": {"试行"}, "read": {"0"}}
	s.run([]scenario{
		{"a rep", "rep", "", "/rules/scores", nil, 403, nil, nil},
		{"a manager does not set the company's", "boss", "POST", "/rules/scores", form, 403, nil, nil},
		{"99", "chief", "POST", "/rules/scores", changed(form, "weight-rep-visits", "59"), 422, []string{"加起来要是 100", `value="59"`}, nil},
		{"the wrong way", "chief", "POST", "/rules/scores", changed(form, "full-rep-complaints", "20"), 422, []string{"满分要比零分好"}, nil},
		{"no number", "chief", "POST", "/rules/scores", changed(form, "zero-rep-visits", "很少"), 422, []string{"三个都填数字"}, nil},
		{"set", "chief", "POST", "/rules/scores", form, 303, nil, nil},
		{"stale", "chief", "POST", "/rules/scores", form, 422, []string{"刚才有人设了新版本"}, nil},
		{"it stands there", "boss", "", "/rules/scores", nil, 200, []string{"业务员：每万件投诉 40 分、做过的拜访 60 分"}, []string{"保存新版本"}},
		{"a branch has its own", "boss", "POST", "/rules/scores", changed(form, "branch", id(s.West)), 303, nil, nil},
		{"another's it does not set", "boss2", "POST", "/rules/scores", changed(form, "branch", id(s.West)), 404, nil, nil},
	})
}
