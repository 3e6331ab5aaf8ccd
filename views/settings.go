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
	Why                              string // why the company has one, or what a branch may do
	Own                              []SettingOwn
}

// SettingOwn is what one branch set for itself.
type SettingOwn struct{ Name, Href, Value, From, Author string }

// SettingWord is a setting as people call it.
func SettingWord(ctx context.Context, key string) string {
	switch key {
	case "cadence":
		return lang.T(ctx, "拜访频次")
	case "classes":
		return lang.T(ctx, "分级规则")
	case "rfm":
		return lang.T(ctx, "RFM 规则")
	case "tags":
		return lang.T(ctx, "标签规则")
	case "segments":
		return lang.T(ctx, "每一群怎么做")
	case "standard":
		return lang.T(ctx, "录入标准")
	case "radar":
		return lang.T(ctx, "件量雷达")
	case "tracking":
		return lang.T(ctx, "包裹提醒")
	case "parcel_cases":
		return lang.T(ctx, "包裹出事开工单")
	case "audit":
		return lang.T(ctx, "审计保留")
	case "retention":
		return lang.T(ctx, "数据留多久")
	case "recipients":
		return lang.T(ctx, "收件人保留")
	case "privacy":
		return lang.T(ctx, "查看与导出")
	case "consent":
		return lang.T(ctx, "同意和请求")
	case "sensitive":
		return lang.T(ctx, "可选信息")
	case "signin":
		return lang.T(ctx, "登录安全")
	case "receivables":
		return lang.T(ctx, "账期和欠费")
	case "greetings":
		return lang.T(ctx, "慰问计划")
	case "occasions":
		return lang.T(ctx, "自定的节日")
	case "sending":
		return lang.T(ctx, "发送规矩")
	case "ratings":
		return lang.T(ctx, "满意度规则")
	case "form":
		return lang.T(ctx, "反馈表问什么")
	case "form_quota":
		return lang.T(ctx, "反馈表每月几份")
	case "holidays":
		return lang.T(ctx, "放假安排")
	case "clocks":
		return lang.T(ctx, "处理时限")
	case "hours":
		return lang.T(ctx, "上班时间")
	case "guide":
		return lang.T(ctx, "听、理解、解决")
	case "targets":
		return lang.T(ctx, "绩效目标")
	case "rankings":
		return lang.T(ctx, "绩效排名")
	case "scores":
		return lang.T(ctx, "评分规则")
	}
	return key
}

// SettingWhy says why a setting is one for the whole company, or what a branch
// may do with it.
func SettingWhy(ctx context.Context, key string) string {
	switch key {
	case "tracking":
		return lang.T(ctx, "线路远近不同，网点可以有自己的时限。")
	case "parcel_cases":
		return lang.T(ctx, "客户还没来电就先打过去；哪些包裹、怎么说，总部定，网点可以更细。")
	case "standard":
		return lang.T(ctx, "网点只能比总部要求多，不能比总部少。")
	case "privacy":
		return lang.T(ctx, "每天的上限、水印和“查看异常”怎么算都在这里。同一个人可能在几个网点有角色，所以只有一套。")
	case "signin":
		return lang.T(ctx, "账号在全公司都能用，哪里松一点，全公司就松一点，所以只有一套。")
	case "audit":
		return lang.T(ctx, "全公司的记录连成一条链，中间少一段就看得出改动，所以只有一个期限。")
	case "retention":
		return lang.T(ctx, "数据是公司的，归档和销毁对全公司一样，所以只有一套。")
	case "recipients":
		return lang.T(ctx, "收件人不是我们的客户，公司对他们都一样，所以只有一个期限。")
	case "consent":
		return lang.T(ctx, "客户是对公司说的同意，到哪个网点都一样，所以只有一套。")
	case "receivables":
		return lang.T(ctx, "平时全公司一套，报到总部的数才加得起来；有的网点要宽限几天，可以单独定。")
	case "greetings":
		return lang.T(ctx, "礼品和预算各地不同，网点可以有自己的计划。")
	case "occasions":
		return lang.T(ctx, "以公司名义问候，哪些日子算节日全公司一样。")
	case "sending":
		return lang.T(ctx, "各网点填自己的电话；夜里几点起不发、一天几条，总部可以锁住。渠道的总数只看全公司的。")
	case "ratings":
		return lang.T(ctx, "数字要能比，平时全公司一套；客户少的网点可以单独定几份才算数。")
	case "form":
		return lang.T(ctx, "各网点交上来的放在一起看，题目要一样，所以只有一套。")
	case "form_quota":
		return lang.T(ctx, "客户少的网点可以少交几份；总部可以锁住。")
	case "holidays":
		return lang.T(ctx, "国务院统一公布，全公司只有一份；没公布的年份不猜。")
	case "clocks":
		return lang.T(ctx, "投诉、咨询和建议多久答复、多久解决，快到和超过时一级一级告诉谁。")
	case "hours":
		return lang.T(ctx, "各网点上下班不同，时限里的工作时间按它走。")
	case "guide":
		return lang.T(ctx, "接待生气的客户先做什么、后做什么；网点可以写得更贴自己的客户。")
	case "targets":
		return lang.T(ctx, "每人、每个网点一个月做到多少；总部定一套，网点可以自己定。")
	case "scores":
		return lang.T(ctx, "按哪几项、各占多少、多少得满分；月底评分表就按这个算。")
	case "rankings":
		return lang.T(ctx, "开着时，经理能在人员绩效里按一项排出名次；本人只看自己的数，看不到别人的，也看不到名次。网点可以关掉。")
	case "sensitive":
		return lang.T(ctx, "这些信息由公司对客户负责，开不开由总部定。")
	}
	return ""
}
