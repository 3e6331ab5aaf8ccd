package handlers_test

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"yike/policy/sla"
)

// clockForm is the form of a rule as the page shows it.
func clockForm(r sla.Rule, change ...string) url.Values {
	v := url.Values{"read": {"0"}, "branch": {""}, "soon": {strconv.Itoa(r.Soon)}, "valid_from": {"2026-11-21"}, "reason": {"试点"}}
	for i, w := range r.Rows {
		at := "rows." + strconv.Itoa(i) + "."
		v.Set(at+"kind", w.Kind)
		v.Set(at+"severity", w.Severity)
		v.Set(at+"class", w.Class)
		v.Set(at+"channel", w.Channel)
		v.Set(at+"answer", strconv.Itoa(w.Answer.N))
		v.Set(at+"answer.unit", string(w.Answer.Unit))
		v.Set(at+"solve", strconv.Itoa(w.Solve.N))
		v.Set(at+"solve.unit", string(w.Solve.Unit))
	}
	for i, n := range []string{"75", "100", "4", "9", "75", "100", "4", ""} {
		v.Set("ladder."+strconv.Itoa(i)+".n", n)
		unit := "percent"
		if n == "4" || n == "9" {
			unit = "work_hour"
		}
		v.Set("ladder."+strconv.Itoa(i)+".n.unit", unit)
	}
	for i := 0; i < len(change); i += 2 {
		v.Set(change[i], change[i+1])
	}
	return v
}

func TestTheClocksOfCasesHaveVersionsAndBranches(t *testing.T) {
	s := newSite(t)
	form := func(change ...string) url.Values { return clockForm(sla.Default(), change...) }
	const page = "/rules/clocks"
	s.run([]scenario{
		{"a stranger", "", "", page, nil, 303, []string{"/login"}, nil},
		{"a clerk reads it", "clerk", "", page, nil, 200, []string{"现在用的是默认值", "邮政申诉", "24 小时"}, []string{"保存新版本"}},
		{"which row holds", "clerk", "", page + "?kind=complaint&severity=grave&class=A&channel=postal", nil, 200, []string{"按默认值的第 2 行（邮政申诉）：首次答复 2 工作小时，解决 3 个工作日。"}, nil},
		{"the other preset fills the form", "admin", "", page + "?preset=48", nil, 200, []string{`value="48"`, "保存新版本"}, nil},
		{"a manager sets none for the company", "boss", http.MethodPost, page, form(), 403, nil, nil},
		{"eight days for a complaint", "admin", http.MethodPost, page, form("rows.7.solve", "192"), 422, []string{"投诉最多 7 天办完"}, nil},
		{"no row for all others", "admin", http.MethodPost, page, form("rows.13.kind", "complaint", "rows.13.channel", "app"), 422, []string{"别的行没说到的单子按它算"}, nil},
		{"a row twice", "admin", http.MethodPost, page, form("rows.12.kind", "consultation"), 422, []string{"有一行和它一样"}, nil},
		{"no number", "admin", http.MethodPost, page, form("rows.0.answer", "x", "ladder.0.n", "0", "soon", ""), 422, []string{"填一个整数，最长一年", "填 1 到 100 的整数", "填 1 到 90 的整数"}, nil},
		{"another channel", "admin", http.MethodPost, page, form("rows.0.channel", "pigeon"), 422, []string{"有的选项不认得"}, nil},
		{"without a reason", "admin", http.MethodPost, page, form("reason", ""), 422, []string{"请填写"}, nil},
		{"a preview needs none and saves nothing", "admin", http.MethodPost, page, form("reason", "", "preview", "1"), 200, []string{"没有可以比的"}, nil},
		{"saved", "admin", http.MethodPost, page, form("rows.7.solve", "20"), 303, []string{page}, nil},
		{"over one that was not read", "admin", http.MethodPost, page, form(), 422, []string{"刚才有人设了新版本"}, nil},
		{"it says so", "boss", "", page, nil, 200, []string{"现在用第 1 版", "20 小时", "试点"}, nil},
		{"a branch's own, its row left out", "admin", http.MethodPost, page, form("branch", id(s.West), "rows.12.answer", "", "rows.12.solve", ""), 303, []string{"branch=" + id(s.West)}, nil},
		{"it is read there", "boss", "", page + "?branch=" + id(s.West), nil, 200, []string{"共 13 行"}, nil},
		{"another branch's is none of the business", "boss2", "", page + "?branch=" + id(s.West), nil, 404, nil, nil},
		{"among all settings", "admin", "", "/settings", nil, 200, []string{"处理时限", "一般投诉 2 工作小时 答复、20 小时 解决"}, nil},
	})
}

func TestABranchSaysWhenItWorks(t *testing.T) {
	s := newSite(t)
	form := func(change ...string) url.Values {
		v := url.Values{"read": {"0"}, "branch": {id(s.West)}, "make_up": {"9-18"}, "valid_from": {"2026-11-21"}, "reason": {"冬季时间"}, "days": {"2026-11-23 盘点"}}
		for i := range 6 {
			v.Set("week."+strconv.Itoa(i+1), "8:30-12:00 13:00-17:30")
		}
		for i := 0; i < len(change); i += 2 {
			v.Set(change[i], change[i+1])
		}
		return v
	}
	const page = "/rules/hours"
	s.run([]scenario{
		{"a stranger", "", "", page, nil, 303, []string{"/login"}, nil},
		{"a clerk reads it", "clerk", "", page, nil, 200, []string{"往后两周", "09:00-18:00", "2027 年的放假安排未公布"}, []string{"保存新版本"}},
		{"a manager is led to their own", "boss", "", page, nil, 200, []string{"这是全公司的上班时间", page + "?branch=" + id(s.West)}, []string{"保存新版本"}},
		{"and sets not the company's", "boss", http.MethodPost, page, form("branch", ""), 403, nil, nil},
		{"nor another branch's", "boss2", http.MethodPost, page, form(), 404, nil, nil},
		{"a clerk sets none", "clerk", http.MethodPost, page, form(), 403, nil, nil},
		{"over midnight", "admin", http.MethodPost, page, form("week.5", "20:00-2:00"), 422, []string{"不能过半夜"}, nil},
		{"no hours at all", "admin", http.MethodPost, page, form("week.1", "", "week.2", "", "week.3", "", "week.4", "", "week.5", "", "week.6", ""), 422, []string{"至少要有一天上班"}, nil},
		{"not to be read", "admin", http.MethodPost, page, form("week.1", "早上", "days", "下周 盘点"), 422, []string{"写成 9:00-18:00", "看不懂这一行：下周 盘点"}, nil},
		{"a preview", "admin", http.MethodPost, page, form("preview", "1", "reason", ""), 200, []string{"盘点", "08:30-12:00 13:00-17:30"}, nil},
		{"saved", "admin", http.MethodPost, page, form(), 303, []string{"branch=" + id(s.West)}, nil},
		{"it says so", "clerk", "", page + "?branch=" + id(s.West), nil, 200, []string{"现在用第 1 版", "周一到周六 08:30-12:00 13:00-17:30", "周日 休", "自己的日子 1 天", "冬季时间"}, nil},
		{"the company keeps its own", "clerk", "", page, nil, 200, []string{"现在用的是默认值"}, nil},
		{"the manager changes their own", "boss", http.MethodPost, page, form("read", "1", "week.6", "", "reason", "周六不开"), 303, []string{"branch=" + id(s.West)}, nil},
		{"and reads it", "boss", "", page + "?branch=" + id(s.West), nil, 200, []string{"现在用第 2 版", "周六不开", "保存新版本"}, nil},
		{"head office locks it", "admin", http.MethodPost, "/settings/hours/lock", url.Values{"lock": {"1"}, "version": {"0"}, "reason": {"全公司一样"}}, 303, nil, nil},
		{"then the manager sets none", "boss", http.MethodPost, page, form("read", "2"), 422, []string{"总部锁住了这一项"}, nil},
	})
}
