package handlers_test

import (
	"context"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
	"testing"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/waybill"
)

// labelled are two clients of the rep, one who sends for 12,000 yuan a month
// and one who stopped in summer, after a night of the rules; the branch's two
// changes wait.
func labelled(t *testing.T, s *site) (big, quiet int64) {
	t.Helper()
	ctx, system, boss := context.Background(), policy.SystemActor("test"), s.As(t, s.BossWest)
	on := db.OneDay(s.Clock.Now())
	ship := func(name, class string, months ...int) int64 {
		c, err := s.DB.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: s.West, Name: name, Class: class, OwnerID: s.RepWest})
		if err != nil {
			t.Fatal(err)
		}
		var list []db.Waybill
		for _, back := range months {
			at := on.MonthStart().AddMonths(-back).Add(9)
			list = append(list, db.Waybill{Number: fmt.Sprintf("30%013d", c%1_000_000*100+int64(back)), BranchID: s.West, CustomerID: c, SentDay: at.String(), SentAt: at.Time().UnixMilli(),
				Pieces: 1, Freight: 12_000_00, State: waybill.Signed})
		}
		if _, err := s.DB.LoadWaybills(ctx, system, slices.Values(list), nil); err != nil {
			t.Fatal(err)
		}
		return c
	}
	big, quiet = ship("松果文具有限公司", "C", 1, 2, 3, 4), ship("静水茶业", "B", 5, 6)
	s.night()
	return big, quiet
}

// night is what the rules do at night in the western branch.
func (s *site) night() {
	s.t.Helper()
	ctx, system, on := context.Background(), policy.SystemActor("test"), day.At(s.Clock.Now(), db.Zone)
	_, err := s.DB.LabelBranch(ctx, system, s.West, on)
	if err == nil {
		_, err = s.DB.ProposeClasses(ctx, system, s.West, on, false)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestLabelsAreShownWithTheirReasonsAndChangesAreDecided(t *testing.T) {
	s := newSite(t)
	big, quiet := labelled(t, s)
	why := "/customers/" + id(big) + "/why"
	s.run([]scenario{
		{"a stranger", "", "", "/classes", nil, 303, []string{"/login"}, nil},
		{"the groups of the branch", "boss", "", "/classes", nil, 200, []string{"客户分群", "/customers?worth=high", "/customers?mark=silent", "/customers?tier=key", "/customers?level=ordinary", "分级变动：2 位等批", "客户获取 · 引入期 · 初次接触"}, nil},
		{"another branch sees none of them", "boss2", "", "/classes", nil, 200, []string{"还没有。第一份账单"}, []string{"/customers?worth=high"}},
		{"a group leads to its list", "rep", "", "/customers?mark=silent", nil, 200, []string{"静水茶业", "沉默（3 个月没寄）"}, []string{"松果文具"}},
		{"an unknown group is the whole list", "rep", "", "/customers?worth=huge", nil, 200, []string{"静水茶业", "松果文具"}, nil},
		{"the client's page", "rep", "", "/customers/" + id(big), nil, 200, []string{"高价值", why, "为什么是这样"}, nil},
		{"why it is so", "rep", "", why, nil, 200, []string{"每月 12,000 元", "每月 10,000 元 起是A 类", "规则说该改成A 类，等经理批", "规则：默认值", "到 2027-01-10 还没有新件就是", "怎么会变", "近 3 个整月一共少 6,000.01 元，就是B 类"}, nil},
		{"another rep does not see why", "rep2", "", why, nil, 404, nil, nil},
		{"another branch neither", "boss2", "", why, nil, 404, nil, nil},
		{"a rep decides nothing", "rep", "", "/classes/changes", nil, 403, nil, nil},
		{"the other branch has nothing to decide", "boss2", "", "/classes/changes", nil, 200, []string{"没有要批的变动"}, []string{"松果文具"}},
		{"the manager's list", "boss", "", "/classes/changes", nil, 200, []string{"松果文具", "静水茶业", "全部 2", "C 类 → A 类 1", "按月均运费"}, nil},
		{"one kind of change", "boss", "", "/classes/changes?move=C-A", nil, 200, []string{"松果文具"}, []string{"静水茶业"}},
	})
	boss, rep := s.as("boss"), s.as("rep")
	changes := s.changes(t)
	for _, c := range []struct {
		name string
		form url.Values
		want string
	}{
		{"nobody was selected", url.Values{"do": {"approved"}}, "先选客户"},
		{"another class needs a reason, a class and a day", url.Values{"do": {"edited"}, "ids": {id(changes[big])}, "until": {"2026-11-21"}}, "填明天或以后的日子"},
	} {
		if a := boss.post("/classes/changes", c.form); a.status != 422 || !strings.Contains(a.body, c.want) {
			t.Errorf("%s: %d %s", c.name, a.status, excerpt(a.body))
		}
	}
	if a := s.as("boss2").post("/classes/changes", url.Values{"do": {"approved"}, "ids": {id(changes[big])}}); a.status != 303 {
		t.Errorf("another branch's manager: %d", a.status)
	}
	if a := boss.post("/classes/changes", url.Values{"do": {"edited"}, "ids": {id(changes[quiet])}, "value": {"A"}, "reason": {"老客户，年底会回来"}, "until": {"2027-03-01"}}); a.status != 303 {
		t.Errorf("edited: %d %s", a.status, excerpt(a.body))
	}
	if a := boss.post("/classes/changes", url.Values{"do": {"all"}, "q": {"/classes/changes?move=C-A"}}); a.status != 303 {
		t.Errorf("approve all: %d %s", a.status, excerpt(a.body))
	}
	ctx := context.Background()
	for _, c := range []struct {
		id   int64
		want string
	}{{big, "A"}, {quiet, "A"}} {
		if f, err := s.DB.Customer(ctx, s.As(t, s.BossWest).Scope(policy.CustomerRead), c.id); err != nil || f.Class != c.want || f.ClassReason == "" {
			t.Errorf("client %d is %q for %q: %v", c.id, f.Class, f.ClassReason, err)
		}
	}
	contest := "/customers/" + id(quiet) + "/contest"
	for _, c := range []struct {
		name   string
		form   url.Values
		status int
		want   string
	}{
		{"without a reason", url.Values{"should": {"mark.silent="}}, 422, "请填写"},
		{"of a label that there is not", url.Values{"should": {"worth=huge"}, "said": {"x"}}, 422, "选一个"},
		{"said", url.Values{"should": {"mark.silent="}, "said": {"他改用别的账号寄"}}, 303, ""},
		{"said twice", url.Values{"should": {"mark.silent="}, "said": {"再说"}}, 422, "已经提过"},
	} {
		if a := rep.post(contest, c.form); a.status != c.status || !strings.Contains(a.body, c.want) {
			t.Errorf("a contest %s: %d %s", c.name, a.status, excerpt(a.body))
		}
	}
	s.run([]scenario{
		{"another rep contests nothing", "rep2", "POST", contest, url.Values{"should": {"class=A"}, "said": {"x"}}, 404, nil, nil},
		{"held by hand, and contested", "rep", "", "/customers/" + id(quiet) + "/why", nil, 200, []string{"周明慧 手工定的，保持到 2027-03-01：老客户，年底会回来", "沈雨桐 提了异议"}, nil},
		{"the manager sees the objection", "boss", "", "/classes/changes?move=contested", nil, 200, []string{"他改用别的账号寄", "异议 1"}, nil},
		{"an objection that is right asks for a reason", "boss", "POST", "/classes/changes", url.Values{"do": {"approved"}, "ids": {id(s.changes(t)[quiet])}, "until": {"2027-01-01"}}, 422, []string{"请填写"}, nil},
		{"and is granted", "boss", "POST", "/classes/changes", url.Values{"do": {"approved"}, "ids": {id(s.changes(t)[quiet])}, "until": {"2027-01-01"}, "reason": {"属实"}}, 303, nil, nil},
		{"what was decided", "boss", "", "/classes/changes?decided=1", nil, 200, []string{"改了再批，A 类", "批准", "属实", "周明慧"}, nil},
		{"once more at once", "boss", "POST", "/classes/run", url.Values{"branch": {id(s.West)}}, 303, nil, nil},
		{"of another branch", "boss2", "POST", "/classes/run", url.Values{"branch": {id(s.West)}}, 404, nil, nil},
		{"a class by hand with a day that has been", "boss", "POST", "/customers/" + id(big) + "/class", url.Values{"class": {"B"}, "class_reason": {"x"}, "class_until": {"2026-11-21"}, "version": {"9"}}, 422, []string{"填明天或以后的日子"}, nil},
	})
}

// changes are what waits in the western branch, by client.
func (s *site) changes(t *testing.T) map[int64]int64 {
	t.Helper()
	list, _, err := s.DB.ClassChanges(context.Background(), s.As(t, s.BossWest).Scope(policy.CustomerClass), db.ClassChangeFilter{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	out := map[int64]int64{}
	for _, x := range list {
		out[x.CustomerID] = x.ID
	}
	return out
}

// classRule is the form of the rule of classes as it stands, but for changes.
func classRule(change ...string) url.Values {
	v := url.Values{"do": {"preview"}, "valid_from": {"2026-11-21"}, "read": {"0"}, "methods": {"amount"}, "combine": {"best"}, "every": {"1"},
		"window": {"3"}, "amount.0": {"10,000"}, "amount.1": {"2000"}, "share.0": {"80"}, "share.1": {"95"}, "rank.0": {"5"}, "rank.1": {"20"}, "year.0": {"5000000"}, "year.1": {"1000000"},
		"repeat": {"75"}, "score.0": {"70"}, "score.1": {"40"}, "weights.0": {"25"}, "weights.1": {"40"}, "weights.2": {"20"}, "weights.3": {"15"}, "full.0": {"300"}, "full.1": {"10000"},
		"tier.0": {"5"}, "tier.1": {"20"}, "promise": {"80"}, "industries": {"广告、设计，服饰 医药"}, "lower": {"inactive", "potential", "doubtful", "once"}}
	for i := 0; i < len(change); i += 2 {
		v.Set(change[i], change[i+1])
	}
	return v
}

func TestWhoARuleWouldMoveIsListedAndExported(t *testing.T) {
	s := newSite(t)
	labelled(t, s)
	chief := s.as("chief")
	a := chief.post("/rules/classes", classRule("amount.0", "15000"))
	_, rest, _ := strings.Cut(a.body, `href="/rules/classes/moved?`)
	query, _, _ := strings.Cut(rest, `"`)
	list := "/rules/classes/moved?" + html.UnescapeString(query)
	book := strings.Replace(list, "/moved?", "/moved/export?", 1)
	set := func(text string) string {
		v, _ := url.ParseQuery(html.UnescapeString(query))
		v.Set("set", text)
		return "/rules/classes/moved?" + v.Encode()
	}
	v, _ := url.ParseQuery(html.UnescapeString(query))
	s.run([]scenario{
		{"a stranger", "", "", list, nil, 303, []string{"/login"}, nil},
		{"a rep tries no rules", "rep", "", list, nil, 403, nil, nil},
		{"nor does a branch's manager", "boss", "", list, nil, 403, nil, nil},
		{"one move with all its clients", "chief", "", list, nil, 200, []string{"会变的客户", "1 位", "松果文具有限公司", "12,000", "规则还没有保存"}, []string{"静水茶业"}},
		{"behind the last one", "chief", "", list + "&after=0.1", nil, 200, []string{"没有会变的客户"}, []string{"松果文具"}},
		{"a move that nobody makes", "chief", "", strings.Replace(list, "from=A", "from=C", 1), nil, 200, []string{"没有会变的客户"}, nil},
		{"as a workbook", "chief", "", book, nil, 200, []string{"xl/worksheets"}, nil},
		{"a rep exports none", "rep", "", book, nil, 403, nil, nil},
		{"back at the rule what was tried still stands", "chief", "", "/rules/classes?set=" + v.Get("set"), nil, 200, []string{`value="15000"`, "还没有保存"}, nil},
		{"a rule that is none", "chief", "", set("x"), nil, 400, nil, nil},
		{"a rule that no form would take", "chief", "", set("eyJ3aW5kb3ciOjk5fQ"), nil, 400, nil, nil},
		{"a place that is none", "chief", "", list + "&after=x.1", nil, 400, nil, nil},
		{"a group's rule has its list too", "chief", "", strings.Replace(list, "/classes/", "/rfm/", 1), nil, 400, nil, nil},
	})
}

func TestARuleIsPreviewedPilotedAndExtended(t *testing.T) {
	s := newSite(t)
	labelled(t, s)
	chief := s.as("chief")
	rule := classRule
	s.run([]scenario{
		{"a rep reads the rules", "rep", "", "/rules/classes", nil, 200, []string{"分级规则", "现在用的是默认值"}, []string{"保存新版本"}},
		{"a rep sets none", "rep", "POST", "/rules/classes", rule(), 403, nil, nil},
		{"a manager of a branch sets none", "boss", "POST", "/rules/classes", rule("branch", id(s.West)), 403, nil, nil},
		{"there is no such rule", "chief", "", "/rules/nothing", nil, 404, nil, nil},
		{"RFM with its 27 cells", "chief", "", "/rules/rfm", nil, 200, []string{"cell.26", "cell.0", "R 高 · F 高 · M 高", "低活跃客户"}, nil},
		{"value, marks and stages", "chief", "", "/rules/tags", nil, 200, []string{"稳定寄件", "大促月份", "沉默：没寄满"}, nil},
		{"B above A is refused", "chief", "POST", "/rules/classes", rule("amount.1", "20000"), 422, []string{"两个数的大小反了"}, nil},
		{"no number is refused and kept", "chief", "POST", "/rules/classes", rule("window", "drei"), 422, []string{"填一个数", `value="drei"`}, nil},
		{"out of bounds is refused", "chief", "POST", "/rules/classes", rule("window", "13"), 422, []string{"填 1 到 12"}, nil},
		{"a preview says who would move", "chief", "POST", "/rules/classes", rule("amount.0", "15000"), 200, []string{"A/B/C 类：A 类 → B 类", "/rules/classes/moved?", "还没有保存"}, nil},
		{"a preset fills the form and saves nothing", "chief", "POST", "/rules/classes", classRule("do", "preset", "preset", "pyramid", "rank.0", "9"), 200, []string{"填好了，还没有保存", `value="rank" checked`, "广告、设计、服饰、医药"}, []string{`value="9"`}},
		{"no such preset", "chief", "POST", "/rules/classes", classRule("do", "preset", "preset", "x"), 422, []string{"选一个"}, nil},
		{"a kind that the low tier has not", "chief", "POST", "/rules/classes", classRule("lower", "key"), 422, []string{"选一个"}, nil},
		{"an industry without end", "chief", "POST", "/rules/classes", classRule("industries", strings.Repeat("字", 21)), 422, []string{"填 0 到 20"}, nil},
		{"a preview of nothing", "chief", "POST", "/rules/classes", rule(), 200, []string{"没有一位会变"}, nil},
		{"saving asks for a reason", "chief", "POST", "/rules/classes", rule("do", "save"), 422, []string{"请填写"}, nil},
		{"a pilot in one branch", "chief", "POST", "/rules/classes", rule("do", "save", "branch", id(s.West), "amount.0", "15000", "reason", "先试"), 303, []string{"/rules/classes?branch=" + id(s.West)}, nil},
		{"stands beside the rest", "chief", "", "/rules/classes", nil, 200, []string{"试点和其他网点", "推广到全公司", "其他网点"}, nil},
		{"no pilot of a branch without one", "chief", "POST", "/rules/classes/extend", url.Values{"branch": {id(s.East)}, "read": {"0"}}, 404, nil, nil},
		{"a branch's manager extends none", "boss", "POST", "/rules/classes/extend", url.Values{"branch": {id(s.West)}, "read": {"0"}}, 403, nil, nil},
		{"is extended by one act", "chief", "POST", "/rules/classes/extend", url.Values{"branch": {id(s.West)}, "read": {"0"}}, 303, []string{"/rules/classes"}, nil},
	})
	r, err := s.DB.ClassRules(context.Background(), s.East, "2026-11-21")
	if err != nil || r.Classes.Amount[0] != 15_000_00 {
		t.Errorf("the company's rule after the pilot was extended: %+v %v", r.Classes.Amount, err)
	}
	cells := url.Values{"do": {"save"}, "valid_from": {"2026-11-21"}, "read": {"0"}, "reason": {"x"}, "way": {"quantile"}, "recency.0": {"1"}, "recency.1": {"3"}, "orders.0": {"30"}, "orders.1": {"3"},
		"amount.0": {"5000"}, "amount.1": {"2000"}, "average.0": {"30.5"}, "average.1": {"12"}, "upper": {"67"}, "lower": {"33"}}
	for i := range 27 {
		cells.Set(fmt.Sprint("cell.", i), "new")
	}
	cells.Del("cell.3")
	if a := chief.post("/rules/rfm", cells); a.status != 422 {
		t.Errorf("a cell without a segment: %d", a.status)
	}
	cells.Set("cell.3", "core")
	if a := chief.post("/rules/rfm", cells); a.status != 303 {
		t.Errorf("RFM by quantile: %d %s", a.status, excerpt(a.body))
	}
	if r, err = s.DB.ClassRules(context.Background(), s.West, "2026-11-21"); err != nil || r.RFM.Way != "quantile" || r.RFM.Segments[3] != "core" || r.RFM.Average[0] != 30_50 {
		t.Errorf("RFM as saved: %+v %v", r.RFM, err)
	}
}

// TestAProspectsPageSaysTheScore: what the file tells and what the rep judged,
// each half (R39): a medium firm of 500 parcels a month gives (75 + 50) / 2,
// the marks 4, 3, 3 and 2 give 60.
func TestAProspectsPageSaysTheScore(t *testing.T) {
	s := newSite(t)
	ctx, admin := context.Background(), s.As(t, s.Admin)
	file := func(c db.Customer) string {
		t.Helper()
		c.BranchID, c.OwnerID = s.West, s.RepWest
		made, err := s.DB.CreateCustomer(ctx, admin, db.Submission{}, c)
		if err != nil {
			t.Fatal(err)
		}
		return "/customers/" + id(made)
	}
	judged := file(db.Customer{Name: "待开发的公司", Size: "medium", MonthlyPieces: 500, ScreenPlace: 4, ScreenProfit: 3, ScreenStaff: 3, ScreenCulture: 2})
	unknown, client := file(db.Customer{Name: "一无所知"}), file(db.Customer{Name: "老客户", Class: "A", Size: "medium"})
	s.run([]scenario{
		{"judged", "rep", "", judged, nil, 200, []string{"潜在客户得分", "61 分，满分 100"}, nil},
		{"nothing known", "rep", "", unknown, nil, 200, nil, []string{"满分 100"}},
		{"a client with a class", "rep", "", client, nil, 200, nil, []string{"满分 100"}},
	})
}
