package handlers_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"yike/db"
	"yike/policy"
)

func TestAGroupsListSaysWhatToDoAndMakesItsToDos(t *testing.T) {
	s := newSite(t)
	big, quiet := labelled(t, s)
	form := func(pairs ...string) url.Values {
		v := url.Values{"q": {"mark=silent"}, "group": {"mark.silent"}, "due": {"2026-11-28"}, "do": {"make"}}
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v
	}
	s.run([]scenario{
		{"the whole list is no group's", "boss", "", "/customers", nil, 200, nil, []string{"给名单派待办"}},
		{"a group's list says what to do", "boss", "", "/customers?mark=silent", nil, 200, []string{"行为和风险：沉默（3 个月没寄）", "打电话问为什么不寄了。", "/classes/todos?mark=silent"}, nil},
		{"a clerk reads it and makes none", "clerk", "", "/customers?mark=silent", nil, 200, []string{"打电话问为什么不寄了。"}, []string{"/classes/todos"}},
		{"a clerk may not ask either", "clerk", "", "/classes/todos?mark=silent", nil, 403, nil, nil},
		{"the client's page", "rep", "", "/customers/" + id(quiet), nil, 200, []string{"打电话问为什么不寄了。"}, nil},
		{"and why", "rep", "", "/customers/" + id(big) + "/why", nil, 200, []string{"怎么做：", "绿色通道，专人经理。"}, nil},
		{"how many and for whom, before", "boss", "", "/classes/todos?mark=silent", nil, 200, []string{"名单上 1 位", "沈雨桐", "派 1 件", "2026-11-24"}, nil},
		{"no group, no to-dos", "boss", "", "/classes/todos?owner=none", nil, 404, nil, nil},
		{"of two groups one is chosen", "boss", "", "/classes/todos?mark=silent&rfm=dormant", nil, 200, []string{"按哪一群", "换这一群"}, nil},
		{"a day that has been", "boss", "POST", "/classes/todos", form("due", "2026-11-20"), 422, []string{"填今天或以后的日子"}, nil},
		{"a clerk makes none", "clerk", "POST", "/classes/todos", form(), 403, nil, nil},
		{"made", "boss", "POST", "/classes/todos", form(), 303, []string{"/customers?mark=silent"}, nil},
		{"the rep has it", "rep", "", "/todos", nil, 200, []string{"打电话问为什么不寄了。", "行为和风险：沉默（3 个月没寄）", "静水茶业"}, nil},
		{"another rep has not", "rep2", "", "/todos", nil, 200, nil, []string{"静水茶业"}},
		{"a second time there is nothing to make", "boss", "", "/classes/todos?mark=silent", nil, 200, []string{"1 位这个月已经有了", "没有要派的"}, []string{"派 1 件"}},
		{"and pressing again makes none", "boss", "POST", "/classes/todos", form(), 303, nil, nil},
	})
	ctx := context.Background()
	count := func() int {
		n, err := s.DB.CountTodos(ctx, s.As(t, s.BossWest), db.TodoFilter{Customer: quiet, Kind: db.TodoSegment}, 9)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := count(); n != 1 {
		t.Fatalf("%d to-dos after two presses", n)
	}
	list, err := s.DB.Audits(ctx, s.As(t, s.Admin).Scope(policy.AuditRead), db.AuditFilter{Act: "todos.segment", Limit: 5})
	if err != nil || len(list.Records) != 1 {
		t.Fatalf("the act is on record: %+v %v", list, err)
	}
	s.run([]scenario{
		{"another cannot take it back", "rep", "POST", "/classes/todos/undo?act=" + id(list.Records[0].ID), nil, 303, nil, nil},
	})
	if n := count(); n != 1 {
		t.Errorf("%d after another's undo", n)
	}
	s.run([]scenario{
		{"the one who made them can", "boss", "POST", "/classes/todos/undo?act=" + id(list.Records[0].ID), nil, 303, nil, nil},
	})
	if n := count(); n != 0 {
		t.Errorf("%d after the undo", n)
	}
}

func TestHeadOfficeSaysWhatToDoWithEachGroup(t *testing.T) {
	s := newSite(t)
	labelled(t, s)
	page := s.as("chief").get("/rules/segments")
	form := func(pairs ...string) url.Values {
		v := url.Values{"read": {"0"}, "valid_from": {"2026-11-21"}, "reason": {"大促后回访"}}
		for _, name := range strings.Split(page.body, ` name="`)[1:] {
			name, rest, _ := strings.Cut(name, `"`)
			if strings.HasSuffix(name, ".text") || strings.HasSuffix(name, ".days") {
				_, value, _ := strings.Cut(rest, `value="`)
				value, _, _ = strings.Cut(value, `"`)
				v.Set(name, value)
			}
		}
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v
	}
	if n := len(form()); n < 60 {
		t.Fatalf("the form has %d fields", n)
	}
	s.run([]scenario{
		{"a rep reads it", "rep", "", "/rules/segments", nil, 200, []string{"打电话问为什么不寄了。", "3 天内", "/customers?mark=silent"}, []string{"保存新版本"}},
		{"a rep sets none", "rep", "POST", "/rules/segments", form(), 403, nil, nil},
		{"a branch's manager neither", "boss", "POST", "/rules/segments", form("branch", id(s.West)), 403, nil, nil},
		{"no number of days is kept as typed", "chief", "POST", "/rules/segments", form("rfm.core.days", "bald"), 422, []string{"填一个数", `value="bald"`}, nil},
		{"too many days", "chief", "POST", "/rules/segments", form("rfm.core.days", "91"), 422, []string{"最多 90"}, nil},
		{"a text that is too long", "chief", "POST", "/rules/segments", form("rfm.core.text", strings.Repeat("长", 121)), 422, []string{"最多 120"}, nil},
		{"no reason", "chief", "POST", "/rules/segments", form("reason", ""), 422, []string{"请填写"}, nil},
		{"set", "chief", "POST", "/rules/segments", form("mark.silent.text", "带一份新价目表上门", "mark.silent.days", "5"), 303, []string{"/rules/segments"}, nil},
		{"the version is listed", "chief", "", "/rules/segments", nil, 200, []string{"带一份新价目表上门", "大促后回访"}, nil},
		{"a form that was read before", "chief", "POST", "/rules/segments", form(), 422, []string{"刚才有人设了新版本"}, nil},
		{"the list says it at once", "rep", "", "/customers?mark=silent", nil, 200, []string{"带一份新价目表上门"}, []string{"打电话问为什么不寄了。"}},
		{"an empty text shows nothing", "chief", "POST", "/rules/segments", form("read", "1", "mark.silent.text", ""), 303, nil, nil},
		{"and makes nothing", "boss", "", "/customers?mark=silent", nil, 200, nil, []string{"带一份新价目表上门", "给名单派待办"}},
		{"all settings list it", "chief", "", "/settings", nil, 200, []string{"每一群怎么做"}, nil},
	})
	advice, row, err := s.DB.Advice(context.Background(), 0, "2026-11-21")
	if err != nil || row.Version != 2 || len(advice) != 1 {
		t.Errorf("only what differs is kept: %+v of version %d, %v", advice, row.Version, err)
	}
}

func TestACopyTellsWhatTheRulesCallTheClientAndWhy(t *testing.T) {
	s := newSite(t)
	_, quiet := labelled(t, s)
	boss := s.as("boss")
	if a := s.as("rep").post("/customers/"+id(quiet)+"/contest", url.Values{"should": {"class=B"}, "said": {"仓库搬家停了两个月"}}); a.status != 303 {
		t.Fatalf("contest: %d %s", a.status, excerpt(a.body))
	}
	asked := boss.post("/requests", url.Values{"customer": {id(quiet)}, "kind": {"copy"}, "channel": {"wechat"}, "received": {"2026-11-21"}, "asked": {"要一份"}})
	a := boss.post(asked.to()+"/copy", url.Values{})
	if a.status != 200 {
		t.Fatalf("copy: %d %s", a.status, excerpt(a.body))
	}
	text := unpacked(t, a)
	for _, want := range []string{"分级和标签", "沉默（3个月没寄）", "最近一次寄件", "规则：默认值", "标签变动", "仓库搬家停了两个月"} {
		if !strings.Contains(text, want) {
			t.Errorf("the copy does not say %q", want)
		}
	}
	s.run([]scenario{{"the data-use record counts them", "boss", "", "/customers/" + id(quiet) + "/data", nil, 200, []string{"分级、标签和理由", "决定怎么照顾"}, nil}})
}
