package handlers_test

import (
	"net/url"
	"testing"
)

func TestAuditRecordsAreKeptAsLongAsHeadOfficeSays(t *testing.T) {
	s := newSite(t)
	form := func(days string, more ...string) url.Values {
		v := url.Values{"days": {days}, "valid_from": {"2026-11-21"}, "reason": {"省地方"}, "read": {"0"}}
		for i := 0; i < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return v
	}
	s.run([]scenario{
		{"a stranger", "", "", "/rules/audit", nil, 303, []string{"/login"}, nil},
		{"a branch manager", "boss", "", "/rules/audit", nil, 403, nil, nil},
		{"the default", "chief", "", "/rules/audit", nil, 200, []string{"审计记录留 3 年", "最少 180 天"}, nil},
		{"too short", "chief", "POST", "/rules/audit", form("179"), 422, []string{"填 180 到"}, []string{"确认改短"}},
		{"shorter asks first and says what goes", "chief", "POST", "/rules/audit", form("365"), 422, []string{"确认改短", "2025-11-21 之前的审计记录会被销毁", `name="confirm" value="365"`}, nil},
		{"nothing was kept", "chief", "", "/rules/audit", nil, 200, []string{"还没有人改过"}, nil},
		{"a confirmation of another number", "chief", "POST", "/rules/audit", form("200", "confirm", "365"), 422, []string{"确认改短"}, nil},
		{"confirmed", "chief", "POST", "/rules/audit", form("365", "confirm", "365"), 303, []string{"/rules/audit"}, nil},
		{"stale", "chief", "POST", "/rules/audit", form("730"), 422, []string{"刚才有人设了新版本"}, nil},
		{"longer asks nothing", "chief", "POST", "/rules/audit", form("1095", "read", "1"), 303, nil, nil},
		{"the settings say it and why there is one", "chief", "", "/settings", nil, 200, []string{"审计记录留 3 年", "连成一条链", "只有一套"}, nil},
	})
}

func TestRecipientsAreKeptAsLongAsHeadOfficeSays(t *testing.T) {
	s := newSite(t)
	form := func(days string, more ...string) url.Values {
		v := url.Values{"days": {days}, "valid_from": {"2026-11-21"}, "reason": {"少留一点"}, "read": {"0"}}
		for i := 0; i < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return v
	}
	s.run([]scenario{
		{"a stranger", "", "", "/rules/recipients", nil, 303, []string{"/login"}, nil},
		{"a branch manager", "boss", "", "/rules/recipients", nil, 403, nil, nil},
		{"a branch manager sets it", "boss", "POST", "/rules/recipients", form("90"), 403, nil, nil},
		{"the default", "chief", "", "/rules/recipients", nil, 200, []string{"运单上的收件人留 1 年", "最少 30 天", "收件人保留"}, nil},
		{"too short", "chief", "POST", "/rules/recipients", form("29"), 422, []string{"填 30 到"}, []string{"确认改短"}},
		{"shorter asks first and says what goes", "chief", "POST", "/rules/recipients", form("90"), 422, []string{"确认改短", "2026-08-23 之前寄出的运单不再有收件人", `name="confirm" value="90"`, `action="/rules/recipients"`}, nil},
		{"confirmed", "chief", "POST", "/rules/recipients", form("90", "confirm", "90"), 303, []string{"/rules/recipients"}, nil},
		{"stale", "chief", "POST", "/rules/recipients", form("400"), 422, []string{"刚才有人设了新版本"}, nil},
		{"the settings say it and why there is one", "chief", "", "/settings", nil, 200, []string{"运单上的收件人留 90 天", "收件人不是我们的客户"}, nil},
	})
}
