package handlers_test

import (
	"net/url"
	"testing"
)

func TestSettingsAreLockedByHeadOfficeOnly(t *testing.T) {
	s := newSite(t)
	lock := func(version, to, reason string) url.Values {
		return url.Values{"version": {version}, "lock": {to}, "reason": {reason}}
	}
	own := url.Values{"branch": {id(s.West)}, "valid_from": {"2026-11-21"}, "reason": {"旺季"}, "read": {"0"}, "do": {"save"},
		"per_month.a": {"8"}, "per_month.b": {"2"}, "per_month.c": {"1"}, "per_month.none": {"0"}, "soon.a": {"2"}, "soon.b": {"3"}, "soon.c": {"5"}, "soon.none": {"5"}}
	east := url.Values{}
	for k, v := range own {
		east[k] = v
	}
	east.Set("branch", id(s.East))
	page := "/rules/cadence?branch=" + id(s.West)
	follow := func(version, reason string) url.Values {
		return url.Values{"branch": {id(s.West)}, "read": {version}, "reason": {reason}}
	}
	s.run([]scenario{
		{"a stranger", "", "", "/settings", nil, 303, []string{"/login"}, nil},
		{"a branch sets its own while it is open", "admin", "POST", "/rules/cadence", own, 303, []string{"/rules/cadence"}, nil},
		{"it is seen from above", "admin", "", "/settings", nil, 200, []string{"拜访频次", "登录安全", "城西网点", "/rules/cadence?branch=" + id(s.West), "网点可以自己定"}, nil},
		{"a manager reads it without the lock, and no other's settings", "boss2", "", "/settings", nil, 200, []string{"拜访频次"}, []string{"城西网点", "/lock", "登录安全"}},
		{"a stranger locks nothing", "", "POST", "/settings/cadence/lock", lock("0", "1", "统一"), 303, []string{"/login"}, nil},
		{"a manager locks nothing", "boss", "POST", "/settings/cadence/lock", lock("0", "1", "统一"), 403, nil, nil},
		{"without a reason", "admin", "POST", "/settings/cadence/lock", lock("0", "1", ""), 422, []string{"请填写"}, nil},
		{"a setting that is none", "admin", "POST", "/settings/king/lock", lock("0", "1", "统一"), 404, nil, nil},
		{"one that no branch may have", "admin", "POST", "/settings/signin/lock", lock("0", "1", "统一"), 404, nil, nil},
		{"it is locked", "admin", "POST", "/settings/cadence/lock", lock("0", "1", "统一"), 303, []string{"/settings"}, nil},
		{"the same form again", "admin", "POST", "/settings/cadence/lock", lock("0", "1", "统一"), 422, []string{"刚才有人改过"}, nil},
		{"the branch's own is shown as off", "admin", "", "/settings", nil, 200, []string{"已锁住", "set-off", "城西网点", "锁住：统一"}, nil},
		{"a branch sets its own while it is locked", "admin", "POST", "/rules/cadence", east, 422, []string{"总部锁住了这一项"}, nil},
		{"it is opened", "admin", "POST", "/settings/cadence/lock", lock("1", "0", "放开"), 303, []string{"/settings"}, nil},
		{"the page of its own offers to give it up", "admin", "", page, nil, 200, []string{"跟上级走", "/settings/cadence/follow"}, nil},
		{"the company's page does not", "admin", "", "/rules/cadence", nil, 200, nil, []string{"/follow"}},
		{"nor to who may not set it", "rep", "", "/rules/cadence", nil, 200, nil, []string{"/follow"}},
		{"a stranger gives nothing up", "", "POST", "/settings/cadence/follow", follow("1", "统一"), 303, []string{"/login"}, nil},
		{"a rep gives nothing up", "rep", "POST", "/settings/cadence/follow", follow("1", "统一"), 403, nil, nil},
		{"another branch's manager does not know of it", "boss2", "POST", "/settings/cadence/follow", follow("1", "统一"), 404, nil, nil},
		{"giving it up asks for a reason", "admin", "POST", "/settings/cadence/follow", follow("1", ""), 303, []string{page}, nil},
		{"which is said on the page", "admin", "", page, nil, 200, []string{"先写为什么", "/settings/cadence/follow"}, nil},
		{"a stale form", "admin", "POST", "/settings/cadence/follow", follow("0", "统一"), 303, []string{page}, nil},
		{"is told so", "admin", "", page, nil, 200, []string{"刚才有人设了新版本", "/settings/cadence/follow"}, nil},
		{"a setting that no branch may have", "admin", "POST", "/settings/privacy/follow", follow("1", "统一"), 404, nil, nil},
		{"it is given up", "admin", "POST", "/settings/cadence/follow", follow("1", "统一"), 303, []string{page}, nil},
		{"and the branch follows", "admin", "", page, nil, 200, []string{"从今天起跟上级走", "不再单独定，跟上级走", "现在用的是默认值"}, []string{"/follow"}},
	})
}
