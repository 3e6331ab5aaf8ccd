package views

import (
	"context"

	"yike/policy/signin"
	"yike/views/lang"
	"yike/views/ui"
)

// CodeForm asks for the second step of signing in.
type CodeForm struct{ Error string }

// Account is the page of one's own account.
type Account struct {
	Name, Username, Roles, Branch, Theme string
	TwoStep, MustTwoStep, Calendar       bool
	TwoStepSince                         Moment
	CodesLeft                            int
	Sessions                             []AccountSession
	Idle, Absolute                       string // how long a session lasts: "12 小时"
	HintsHidden                          bool   // hints were put away, and can be had back
}

// CalendarFeed is one's own calendar address; Address and Picture only right
// after it was made.
type CalendarFeed struct {
	On               bool
	Since            Moment
	Address, Picture string
}

// others says whether there is a session beside this one.
func (a Account) others() bool {
	for _, s := range a.Sessions {
		if !s.This {
			return true
		}
	}
	return false
}

// AccountSession is a session of one's own.
type AccountSession struct {
	ID, Device, Address string
	Phone, This         bool
	Since, Seen         Moment
}

func (s AccountSession) icon() string {
	if s.Phone {
		return "device-mobile"
	}
	return "device-desktop"
}

// TwoStep is the page of one's own second step: off, waiting for its first
// code (Picture and Secret), or on.
type TwoStep struct {
	On, Must, NoKey bool
	Since           Moment
	CodesLeft       int
	Picture, Secret string
	Errors          ui.Errors
}

// RecoveryCodes are shown once.
type RecoveryCodes struct {
	Codes          []string
	First          bool // right after turning the second step on
	Username, Made string
}

// SigninRuleForm sets the limits of sessions by role.
type SigninRuleForm struct {
	Roles        []SigninRole
	Read, Reason string
	Versions     []SigninVersion
	Errors       ui.Errors
}

// SigninRole is the line of one role.
type SigninRole struct {
	Role, Label, Idle, Absolute string
	IdleWord, AbsoluteWord      string // the same in hours or days, where that reads better; may be empty
	TwoStep                     bool
}

// SigninVersion is an earlier setting.
type SigninVersion struct {
	Version, Author, Reason string
	Made                    Moment
}

// fields names the fields of the form for the summary of faults.
func (f SigninRuleForm) fields(ctx context.Context) []ui.FieldLabel {
	out := []ui.FieldLabel{}
	for _, r := range f.Roles {
		out = append(out, ui.FieldLabel{Name: "idle." + r.Role, Label: lang.T(ctx, "%s：不操作多久退出", r.Label)},
			ui.FieldLabel{Name: "absolute." + r.Role, Label: lang.T(ctx, "%s：最久多久重新登录", r.Label)})
	}
	return append(out, ui.FieldLabel{Name: "reason", Label: lang.T(ctx, "为什么改")})
}

// UserSignin is what an administrator sees of somebody's signing in.
type UserSignin struct {
	Base        string // /users/{id}
	LockedUntil string // "" when not locked
	TwoStep     bool
	MustTwoStep bool
}

// DeviceWord says a browser and its machine in plain words.
func DeviceWord(ctx context.Context, d signin.Device) string {
	system, browser := systemWord(ctx, d.System), browserWord(ctx, d.Browser)
	switch {
	case system == "" && browser == "":
		return lang.T(ctx, "认不出的设备")
	case system == "":
		return browser
	case browser == "":
		return system
	}
	return system + " · " + browser
}

func systemWord(ctx context.Context, code string) string {
	switch code {
	case "windows":
		return lang.T(ctx, "Windows 电脑")
	case "mac":
		return lang.T(ctx, "苹果电脑")
	case "linux":
		return lang.T(ctx, "Linux 电脑")
	case "android":
		return lang.T(ctx, "安卓手机")
	case "harmony":
		return lang.T(ctx, "鸿蒙手机")
	case "iphone":
		return "iPhone"
	case "ipad":
		return "iPad"
	}
	return ""
}

func browserWord(ctx context.Context, code string) string {
	switch code {
	case "wechat":
		return lang.T(ctx, "微信")
	case "wecom":
		return lang.T(ctx, "企业微信")
	case "dingtalk":
		return lang.T(ctx, "钉钉")
	case "360":
		return lang.T(ctx, "360 浏览器")
	case "qq":
		return lang.T(ctx, "QQ 浏览器")
	case "uc":
		return lang.T(ctx, "UC 浏览器")
	case "huawei":
		return lang.T(ctx, "华为浏览器")
	case "xiaomi":
		return lang.T(ctx, "小米浏览器")
	case "chrome":
		return "Chrome"
	case "edge":
		return "Edge"
	case "firefox":
		return "Firefox"
	case "safari":
		return "Safari"
	case "ie":
		return "IE"
	}
	return ""
}
