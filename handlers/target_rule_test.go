package handlers_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"yike/db"
	"yike/policy"
	"yike/policy/people"
)

func TestTargetsAreTheCompanysOrTheBranchsToSet(t *testing.T) {
	s := newSite(t)
	aMonthsWork(t, s)
	form := url.Values{"aim-rep-visits": {"3"}, "aim-rep-praise": {"95%"}, "aim-branch-visits": {"10"}, "aim-branch-freight": {"12,000.50"}, "valid_from": {"2026-11-21"}, "reason": {"旺季"}, "read": {"0"}}
	own := url.Values{"branch": {id(s.West)}, "person": {id(s.RepWest)}, "aim-rep-visits": {"1"}, "valid_from": {"2026-11-21"}, "reason": {"新来的"}, "read": {"0"}}
	stale := changed(own, "aim-rep-visits", "7", "read", "0")
	november := "/reports/people?from=2026-11&to=2026-11"
	s.run([]scenario{
		{"a stranger", "", "", "/rules/targets", nil, 303, []string{"/login"}, nil},
		{"a rep", "rep", "", "/rules/targets", nil, 403, nil, nil},
		{"a manager reads the company's", "boss", "", "/rules/targets", nil, 200, []string{"还没定目标", "客户资料 S2 §6.4", "不要自己的规则"}[:2], []string{"保存新版本"}},
		{"and does not write it", "boss", "POST", "/rules/targets", form, 403, nil, nil},
		{"no number", "chief", "POST", "/rules/targets", changed(form, "aim-rep-visits", "多"), 422, []string{"填数字", `value="多"`}, nil},
		{"more than the whole", "chief", "POST", "/rules/targets", changed(form, "aim-rep-praise", "100.1"), 422, []string{"最多 100"}, nil},
		{"half a visit", "chief", "POST", "/rules/targets", changed(form, "aim-rep-visits", "2.5"), 422, []string{"填数字"}, nil},
		{"without a reason", "chief", "POST", "/rules/targets", changed(form, "reason", ""), 422, nil, nil},
		{"head office sets them", "chief", "POST", "/rules/targets", form, 303, []string{"/rules/targets"}, nil},
		{"they stand in the form", "chief", "", "/rules/targets", nil, 200, []string{`value="95"`, `value="12000.50"`, "共同的目标 4 项"}, nil},
		{"what another claims is put into the form, not set", "chief", "", "/rules/targets?preset=score", nil, 200, []string{`value="90"`, "共同的目标 4 项"}, nil},
		{"beside the figures", "boss", "", november, nil, 200, []string{"目标 3，还少 1"}, nil},
		{"one's own", "rep", "", november, nil, 200, []string{"目标 3，还少 1"}, nil},
		{"a quarter is its months, and one of them had none", "boss", "", "/reports/people?from=2026-10&to=2026-11", nil, 200, nil, []string{"目标 3", "目标 6"}},
		{"the month before had none", "boss", "", "/reports/people?from=2026-10&to=2026-10", nil, 200, nil, []string{"目标 3", "还少"}},
		{"of one person at the branch", "boss", "POST", "/rules/targets", own, 303, nil, nil},
		{"goes before that of all", "boss", "", november, nil, 200, []string{"目标 1，达到了", "目标 3，还少 3"}, nil},
		{"the page of one person", "boss", "", "/reports/people/" + id(s.RepWest) + "?from=2026-11&to=2026-11", nil, 200, []string{"目标 1，达到了"}, nil},
		{"stale: both are shown", "boss", "POST", "/rules/targets", stale, 422, []string{"刚才有人设了新版本", `value="7"`, "现在存着的是 1"}, nil},
		{"of another branch's person", "boss2", "POST", "/rules/targets", changed(own, "branch", id(s.East)), 404, nil, nil},
		{"nor of one who works elsewhere, whoever sets it", "chief", "POST", "/rules/targets", changed(own, "branch", id(s.East), "read", "0"), 404, nil, nil},
		{"another branch is chosen with the person still named", "chief", "", "/rules/targets?branch=" + id(s.East) + "&person=" + id(s.RepWest), nil, 303, []string{"/rules/targets?branch=" + id(s.East)}, nil},
		{"another manager", "boss2", "", "/rules/targets?branch=" + id(s.West), nil, 404, nil, nil},
		{"the settings say it", "chief", "", "/settings", nil, 200, []string{"共同的目标 4 项，个人的 1 项", "绩效排名"}, nil},
	})
}

// TestTwoPeopleAreSetFromOneLaterDay: whoever is set second does not lose the
// first, nor what is seen in the form.
func TestTwoPeopleAreSetFromOneLaterDay(t *testing.T) {
	s := newSite(t)
	one := url.Values{"branch": {id(s.West)}, "person": {id(s.RepWest)}, "aim-rep-visits": {"7"}, "valid_from": {"2026-12-01"}, "reason": {"年底"}, "read": {"0"}}
	page := "/rules/targets?branch=" + id(s.West) + "&person="
	s.run([]scenario{
		{"one", "boss", "POST", "/rules/targets", one, 303, nil, nil},
		{"stands in the form, with its day", "boss", "", page + id(s.RepWest), nil, 200, []string{`value="7"`, `value="2026-12-01"`, "还没定目标"}, nil},
		{"another", "boss", "POST", "/rules/targets", changed(one, "person", id(s.RepWest2), "aim-rep-visits", "8", "read", "1"), 303, nil, nil},
		{"is there", "boss", "", page + id(s.RepWest2), nil, 200, []string{`value="8"`, "个人的 2 项"}, nil},
		{"and so is the first", "boss", "", page + id(s.RepWest), nil, 200, []string{`value="7"`}, nil},
	})
}

// TestTargetsFromAnEarlierDayGoOnInLaterVersions: what is set from an earlier day
// holds on beyond a later version, which keeps what was set for its own day.
func TestTargetsFromAnEarlierDayGoOnInLaterVersions(t *testing.T) {
	s := newSite(t)
	spring := url.Values{"branch": {id(s.West)}, "person": {id(s.RepWest)}, "aim-rep-visits": {"7"}, "aim-rep-forms": {"2"}, "valid_from": {"2027-03-01"}, "reason": {"开春"}, "read": {"0"}}
	winter := changed(spring, "aim-rep-visits", "5", "aim-rep-forms", "", "valid_from", "2026-12-01", "read", "1")
	other := changed(spring, "person", id(s.RepWest2), "aim-rep-visits", "9", "aim-rep-forms", "", "valid_from", "2027-01-01", "read", "2")
	s.run([]scenario{
		{"from March", "boss", "POST", "/rules/targets", spring, 303, nil, nil},
		{"before it, from December", "boss", "POST", "/rules/targets", winter, 303, nil, nil},
		{"another one from January", "boss", "POST", "/rules/targets", other, 303, nil, nil},
		{"stale by the version that went along", "boss", "POST", "/rules/targets", changed(other, "read", "3"), 422, []string{"刚才有人设了新版本"}, nil},
	})
	for _, x := range []struct {
		on     string
		person int64
		code   string
		want   int64
	}{{"2026-11-30", s.RepWest, "visits", -1}, {"2026-12-01", s.RepWest, "visits", 5}, {"2026-12-31", s.RepWest2, "visits", -1}, {"2027-01-01", s.RepWest2, "visits", 9}, {"2027-01-01", s.RepWest, "visits", 5},
		{"2027-02-28", s.RepWest, "forms", -1}, {"2027-03-01", s.RepWest, "visits", 7}, {"2027-03-01", s.RepWest, "forms", 2}, {"2027-03-01", s.RepWest2, "visits", 9}} {
		list, _, err := s.Targets(context.Background(), s.West, x.on)
		got, ok := list.Own(x.code, people.Rep, x.person)
		if !ok {
			got = -1
		}
		if err != nil || got != x.want {
			t.Errorf("%s of %d on %s: %d, want %d (%v)", x.code, x.person, x.on, got, x.want, err)
		}
	}
}

func TestTheMonthlyReportStandsBesideItsTargetAndKeepsIt(t *testing.T) {
	s := newSite(t)
	aMonthsWork(t, s)
	set := func(version int64, value string) {
		t.Helper()
		if _, err := s.DB.SetRule(context.Background(), s.As(t, s.Chief), policy.PeopleRule, db.RuleRow{Rule: db.RuleTargets, ValidFrom: "2026-10-31", Version: version, Value: value, Reason: "旺季"}); err != nil {
			t.Fatal(err)
		}
	}
	set(0, `{"aims":[{"measure":"visits","group":"branch","value":3},{"measure":"complaints","group":"branch","value":1}]}`)
	page := "/reports/monthly?month=2026-10"
	region := s.as("region")
	if body := region.get(page + "&branch=" + id(s.West)).body; !strings.Contains(body, "还少 2") || !strings.Contains(body, "达到了") {
		t.Error("the branch does not see its target")
	}
	if body := region.get(page + "&branch=" + id(s.Zhejiang)).body; !strings.Contains(body, "还少 5") {
		t.Error("the region does not aim at what its two branches do")
	}
	r := region.post("/reports/monthly", url.Values{"month": {"2026-10"}, "branch": {id(s.West)}, "key": {strings.Repeat("k", 20)}})
	issued := r.to()
	set(1, `{"aims":[]}`)
	if body := region.get(page + "&branch=" + id(s.West)).body; strings.Contains(body, "还少 2") {
		t.Error("a target that nobody has any more")
	}
	if body := region.get(issued).body; !strings.Contains(body, "还少 2") {
		t.Error("what was issued has lost its target")
	}
}

func TestABranchSwitchesTheOrderOfPeopleOff(t *testing.T) {
	s := newSite(t)
	aMonthsWork(t, s)
	november := "/reports/people?from=2026-11&to=2026-11"
	off := url.Values{"branch": {id(s.West)}, "valid_from": {"2026-11-21"}, "reason": {"伤和气"}, "read": {"0"}}
	s.run([]scenario{
		{"a rep", "rep", "", "/rules/rankings", nil, 403, nil, nil},
		{"it is on", "boss", "", "/rules/rankings?branch=" + id(s.West), nil, 200, []string{"可以排名"}, nil},
		{"nobody is ranked unasked", "boss", "", november, nil, 200, []string{"排名按"}, []string{"第 1 名"}},
		{"by visits", "boss", "", november + "&rank=visits", nil, 200, []string{"第 1 名", "第 2 名"}, nil},
		{"by what is no measure", "boss", "", november + "&rank=acts", nil, 200, nil, []string{"第 1 名"}},
		{"a rep has no place", "rep", "", november + "&rank=visits", nil, 200, []string{">我<"}, []string{"第 1 名", "排名按"}},
		{"without a reason", "boss", "POST", "/rules/rankings", changed(off, "reason", ""), 422, nil, nil},
		{"not for the company", "boss", "POST", "/rules/rankings", changed(off, "branch", ""), 403, nil, nil},
		{"off", "boss", "POST", "/rules/rankings", off, 303, nil, nil},
		{"stale", "boss", "POST", "/rules/rankings", off, 422, []string{"刚才有人设了新版本"}, nil},
		{"none at the branch, by its address", "boss", "", november + "&rank=visits", nil, 200, []string{"没有名次的"}, []string{"第 1 名", "排名按"}},
		{"nor for the region", "region", "", november + "&rank=visits&branch=" + id(s.West), nil, 200, nil, []string{"第 1 名", "排名按"}},
		{"elsewhere it goes on", "boss2", "", november + "&rank=visits", nil, 200, []string{"第 1 名"}, nil},
	})
	page := s.as("boss2").get(november + "&rank=visits").body
	if strings.Count(page, "第 1 名") < 1 || strings.Contains(page, "第 0 名") {
		t.Error("places begin at 1")
	}
}
