package handlers_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"yike/db"
	"yike/policy"
)

// asks is the form of a standard.
func asks(read string, more ...string) url.Values {
	v := url.Values{"valid_from": {"2026-11-21"}, "reason": {"统一"}, "read": {read}, "do": {"save"}}
	for i := 0; i < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return v
}

func TestTheStandardIsSetShownAndKept(t *testing.T) {
	s := newSite(t)
	west, gulou := id(s.West), id(s.Gulou)
	old := s.client("松果贸易")
	full := url.Values{"name": {"新客户"}, "branch": {west}, "kind": {"enterprise"}, "phone": {"0571-86000123"}, "industry": {"家居家纺"}, "key": {"k1"}}
	with := func(change ...string) url.Values {
		v := url.Values{}
		for k, x := range full {
			v[k] = x
		}
		for i := 0; i < len(change); i += 2 {
			v.Set(change[i], change[i+1])
		}
		return v
	}
	must := asks("0", "l.industry.enterprise", "must", "l.industry.none", "should", "l.phone.enterprise", "must")
	preview := asks("0", "l.industry.none", "must", "do", "preview", "reason", "")
	s.run([]scenario{
		{"a stranger reads it", "", "", "/rules/standard", nil, 303, []string{"/login"}, nil},
		{"a rep reads it and sets nothing", "rep", "", "/rules/standard", nil, 200, []string{"录入标准", "应填"}, []string{"保存新版本", `name="l.`}},
		{"a rep sends it", "rep", "POST", "/rules/standard", must, 403, nil, nil},
		{"a branch manager sends the company's", "boss", "POST", "/rules/standard", must, 403, nil, nil},
		{"a branch beyond reach", "boss", "", "/rules/standard?branch=" + gulou, nil, 404, nil, nil},
		{"a level that nobody knows", "chief", "POST", "/rules/standard", asks("0", "l.phone.enterprise", "perhaps"), 400, nil, nil},
		{"without a reason", "chief", "POST", "/rules/standard", asks("0", "reason", ""), 422, []string{"为什么改"}, nil},
		{"from yesterday", "chief", "POST", "/rules/standard", asks("0", "valid_from", "2026-11-20"), 422, []string{"从今天或以后的日子起"}, nil},
		{"its effect", "chief", "POST", "/rules/standard", preview, 200, []string{"如果今天就用", "还没有保存", "行业"}, nil},
		{"the effect was not kept", "chief", "", "/rules/standard", nil, 200, []string{"还没有人改过"}, nil},
		{"head office sets it", "chief", "POST", "/rules/standard", must, 303, []string{"/rules/standard"}, nil},
		{"a form that is stale", "chief", "POST", "/rules/standard", must, 422, []string{"刚才有人设了新版本"}, nil},
		{"its version is listed", "chief", "", "/rules/standard", nil, 200, []string{"必填 2 项，应填 0 项", "统一"}, nil},
		{"a branch's page keeps head office's as words", "boss", "", "/rules/standard?branch=" + west, nil, 200, []string{"只能比上级要求多", `name="l.phone.individual"`}, []string{`name="l.phone.enterprise"`}},
		{"a branch asks for more", "boss", "POST", "/rules/standard", asks("0", "branch", west, "phone_format", "mobile"), 303, []string{"branch=" + west}, nil},
		{"the settings name it", "chief", "", "/settings", nil, 200, []string{"录入标准", "城西网点", "/rules/standard"}, nil},

		{"a file without the field", "boss", "POST", "/customers", with("industry", ""), 422, []string{"按公司的录入标准要填行业", "按公司的录入标准，至少要有一个手机号", "新客户"}, nil},
		{"a file with all of it", "boss", "POST", "/customers", with("phone", "13800001054"), 303, nil, nil},
		{"… of another branch, with a landline", "boss2", "POST", "/customers", with("branch", id(s.East), "key", "k2", "name", "城东客户"), 303, nil, nil},
		{"a file of no kind is reminded", "boss", "POST", "/customers", with("kind", "", "industry", "", "phone", "", "name", "第三家", "key", "k3"), 303, nil, nil},
		{"… on the next page", "boss", "", "/customers", nil, 200, []string{"按录入标准还缺：行业"}, nil},
		{"an old file of that kind is edited with its gap", "boss", "POST", "/customers/" + old,
			url.Values{"name": {"松果贸易"}, "class": {"A"}, "owner": {id(s.RepWest)}, "kind": {"enterprise"}, "phone": {"13800001054"}, "remark": {"常打电话"}, "version": {"1"}}, 303, nil, nil},
		{"… and cannot be emptied of its phone while a contact has none", "boss", "POST", "/customers/" + old,
			url.Values{"name": {"松果贸易"}, "class": {"A"}, "owner": {id(s.RepWest)}, "kind": {"enterprise"}, "version": {"2"}}, 422, []string{"按公司的录入标准要填电话"}, nil},

		{"the gaps, everybody's own", "rep", "", "/gaps", nil, 200, []string{"我的客户", "/customers?gap=any"}, []string{"城东"}},
		{"the gaps of a branch", "boss", "", "/gaps", nil, 200, []string{"城西网点", "gap=industry"}, []string{"鼓楼"}},
		{"the gaps of head office", "chief", "", "/gaps?branch=" + id(s.Zhejiang), nil, 200, []string{"浙江省区", "城西网点", "城东网点"}, []string{"鼓楼"}},
		{"the gaps of a branch beyond reach", "boss", "", "/gaps?branch=" + gulou, nil, 404, nil, nil},
		{"the list behind a figure", "boss", "", "/customers?gap=industry&branch=" + west, nil, 200, []string{"松果贸易", "第三家", "按标准缺", `id="count">2<`}, []string{"新客户"}},
		{"a gap that nobody knows is no filter", "boss", "", "/customers?gap=income", nil, 200, []string{`id="count">3<`}, nil},
		{"the filter form", "boss", "", "/customers/filter?gap=industry", nil, 200, []string{`name="gap"`}, nil},
		{"locked by head office", "chief", "POST", "/settings/standard/lock", url.Values{"lock": {"1"}, "reason": {"统一"}, "version": {"0"}}, 303, nil, nil},
		{"the branch is told", "boss", "", "/rules/standard?branch=" + west, nil, 200, []string{"总部锁住了"}, []string{"保存新版本"}},
		{"… and forges", "boss", "POST", "/rules/standard", asks("1", "branch", west), 422, []string{"总部锁住了"}, nil},
	})
	brought := s.as("boss").upload("customers", west, "客户.csv", []byte("客户名称,类型,电话\n甲公司,企业,13800001099\n乙公司,企业,13800001098\n"))
	s.work()
	if a := s.as("boss").get(brought.to()); !strings.Contains(a.body, "有 2 位缺录入标准的必填项") || !strings.Contains(a.body, "行业") {
		t.Errorf("the preview of an import says nothing of the standard: %s", excerpt(a.body))
	}
	a := s.as("boss").get("/customers?gap=any&branch=" + west)
	page, err := s.Customers(context.Background(), s.As(t, s.BossWest).Scope(policy.CustomerRead), db.CustomerFilter{Gap: db.GapAny, Branch: s.West})
	if err != nil || page.Count != 2 || !strings.Contains(a.body, `id="count">2<`) {
		t.Errorf("with any gap: %d, %v\n%s", page.Count, err, excerpt(a.body))
	}
}
