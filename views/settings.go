package views

import (
	"context"

	"yike/views/lang"
	"yike/views/ui"
)

// Settings is the page of the company's dated rules.
type Settings struct {
	List   []SettingLine
	Errors ui.Errors
}

// SettingLine is one of them: what holds, and which branches have their own.
type SettingLine struct {
	Key, Title, Href, InForce, Value string
	Override, Locked, CanLock        bool
	LockNote, LockVersion, Reason    string
	Own                              []SettingOwn
}

// SettingOwn is what one branch set for itself.
type SettingOwn struct{ Name, Href, Value, From, Author string }

// SettingWord is a setting as people call it.
func SettingWord(ctx context.Context, key string) string {
	switch key {
	case "cadence":
		return lang.T(ctx, "拜访频次")
	case "standard":
		return lang.T(ctx, "录入标准")
	case "privacy":
		return lang.T(ctx, "查看与导出")
	case "consent":
		return lang.T(ctx, "同意和请求")
	case "sensitive":
		return lang.T(ctx, "可选信息")
	case "signin":
		return lang.T(ctx, "登录安全")
	}
	return key
}
