package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"yike/db"
	"yike/policy"
)

func TestTheRuleOfSendingHasVersionsAndABranchItsOwnTelephone(t *testing.T) {
	s := newSite(t)
	form := func(change ...string) url.Values {
		v := url.Values{"quiet_from": {"21:00"}, "quiet_to": {"08:00"}, "contact_day": {"1"}, "branch_day": {"200"}, "channel_day": {"900"}, "tries": {"9"}, "neutral": {"姓名"}, "tel": {"0571-88000001"},
			"own": {"客户的APP、企业微信"}, "valid_from": {"2026-11-21"}, "reason": {"试行"}, "read": {"0"}}
		for i := 0; i < len(change); i += 2 {
			v.Set(change[i], change[i+1])
		}
		return v
	}
	s.run([]scenario{
		{"a stranger", "", "", "/rules/sending", nil, 303, []string{"/login"}, nil},
		{"a courier", "courier", "", "/rules/sending", nil, 403, nil, nil},
		{"a rep reads it", "rep", "", "/rules/sending", nil, 200, []string{"20:30 到 08:30", "没有可以比的"}, []string{`name="reason"`}},
		{"and sets nothing", "rep", http.MethodPost, "/rules/sending", form(), 403, nil, nil},
		{"a branch does not set the company's", "boss", http.MethodPost, "/rules/sending", form(), 403, nil, nil},
		{"what cannot be", "chief", http.MethodPost, "/rules/sending", form("quiet_from", "25:00", "contact_day", "很多", "own", "一二三四五六七八九十一二三"), 422, []string{"例如 20:30", "1 到 10", "很多", "用顿号分开"}, nil},
		{"looked at first", "chief", http.MethodPost, "/rules/sending", form("do", "preview", "reason", ""), 200, []string{"还没有保存", "没有可以比的"}, nil},
		{"set", "chief", http.MethodPost, "/rules/sending", form(), 303, []string{"/rules/sending"}, nil},
		{"by who read the old one", "chief", http.MethodPost, "/rules/sending", form(), 422, []string{"刚才有人设了新版本"}, nil},
		{"the branch's own", "boss", http.MethodPost, "/rules/sending", form("branch", id(s.West), "tel", "0571-88000002", "channel_day", "999999"), 303, []string{"branch=" + id(s.West)}, nil},
		{"another branch's", "boss", http.MethodPost, "/rules/sending", form("branch", id(s.East)), 404, nil, nil},
		{"it stands there", "boss", "", "/rules/sending?branch=" + id(s.West), nil, 200, []string{"0571-88000002", "客户的APP"}, []string{`name="channel_day"`}},
		{"among the settings", "chief", "", "/settings", nil, 200, []string{"发送规矩", "21:00 到次日 08:00 不发", "电话 0571-88000001"}, nil},
		{"and in the audit", "chief", "", "/audit", nil, 200, []string{"网点电话", "0571-88000002"}, nil},
	})
	west, _, err := s.DB.SendingRule(context.Background(), s.West, "2026-11-21")
	if err != nil || west.Tel != "0571-88000002" || west.ChannelDay != 900 || west.BranchDay != 200 || len(west.Own) != 2 {
		t.Errorf("the west: %+v, %v", west, err)
	}
	// Head office locks it, and the company's holds everywhere.
	if err := s.DB.LockSetting(context.Background(), s.As(t, s.Chief), policy.TemplateEdit, db.RuleSending, true, 0, "全公司一样"); err != nil {
		t.Fatal(err)
	}
	if west, _, err = s.DB.SendingRule(context.Background(), s.West, "2026-11-21"); err != nil || west.Tel != "0571-88000001" {
		t.Errorf("locked: %+v, %v", west, err)
	}
}
