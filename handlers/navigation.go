package handlers

import (
	"context"
	"strings"
	"unicode/utf8"

	"yike/policy"
	"yike/policy/pinyin"
	"yike/views"
	"yike/views/lang"
)

// entry is a line of the navigation. A main one always shows; the others stand
// folded under their group until one of them is the page that is open or has
// something that waits.
type entry struct {
	label, href, icon string
	permission        policy.Permission
	stand             stand
}

type entryGroup struct {
	label   string
	entries []entry
}

// stand is where an entry of the navigation stands.
type stand int

const (
	folded stand = iota // under 更多 of its group
	main                // always there
	tab                 // always there, and among the phone's tabs
)

// fewFolded is how many lines a group shows rather than fold them: a fold that
// hides less saves nothing.
const fewFolded = 2

// entries are all pages of the navigation by group.
func entries(ctx context.Context) []entryGroup {
	return []entryGroup{
		{lang.T(ctx, "每天"), []entry{
			{lang.T(ctx, "今日"), "/today", "sun-high", policy.SignedIn, tab},
			{lang.T(ctx, "该访客户"), "/visits/due", "map-pin", policy.CadenceRead, main},
			{lang.T(ctx, "工单"), "/cases", "message-exclamation", policy.CaseRead, main},
			{lang.T(ctx, "拜访"), "/visits", "calendar-event", policy.VisitRead, tab},
			{lang.T(ctx, "通知和征集"), "/notices", "bell", policy.SignedIn, folded},
			{lang.T(ctx, "反馈表"), "/forms", "clipboard-text", policy.FormRead, folded},
			{lang.T(ctx, "待办"), "/todos", "checklist", policy.TodoRead, main},
			{lang.T(ctx, "改进措施"), "/measures", "clipboard-text", policy.MeasureRead, folded},
			{lang.T(ctx, "活动和培训"), "/activities", "users-group", policy.ActivityRead, folded},
			{lang.T(ctx, "节日慰问"), "/greetings", "gift", policy.GreetingRead, main},
			{lang.T(ctx, "请客户评价"), "/ratings/ask", "mood-smile", policy.RatingAsk, folded},
			{lang.T(ctx, "件量雷达"), "/radar", "trending-down", policy.RadarRead, main},
			{lang.T(ctx, "逾期的工作"), "/late", "alert-triangle", policy.CustomerRead, folded},
		}},
		{lang.T(ctx, "客户"), []entry{
			{lang.T(ctx, "客户"), "/customers", "users", policy.CustomerRead, tab},
			{lang.T(ctx, "交接给我的"), "/handovers/received", "user-share", policy.VisitLog, folded},
			{lang.T(ctx, "核心客户"), "/core", "trending-up", policy.WaybillRead, folded},
			{lang.T(ctx, "下月预计"), "/forecast", "calendar-plus", policy.WaybillRead, folded},
			{lang.T(ctx, "客户分群"), "/classes", "chart-bar", policy.CustomerRead, main},
			{lang.T(ctx, "分级变动"), "/classes/changes", "list-check", policy.CustomerClass, main},
			{lang.T(ctx, "待审核"), "/customers/review", "clipboard-text", policy.CustomerReview, folded},
			{lang.T(ctx, "可联系名单"), "/consents", "circle-check", policy.ConsentEdit, folded},
			{lang.T(ctx, "个人信息请求"), "/requests", "user-off", policy.CustomerRights, folded},
			{lang.T(ctx, "满意度"), "/satisfaction", "mood-smile", policy.RatingRead, folded},
			{lang.T(ctx, "资料缺口"), "/gaps", "clipboard-text", policy.CustomerRead, folded},
			{lang.T(ctx, "疑似重复"), "/duplicates", "git-merge", policy.CustomerDelete, folded},
			{lang.T(ctx, "标签"), "/tags", "tag", policy.TagEdit, folded},
			{lang.T(ctx, "回收站"), "/customers/bin", "trash", policy.CustomerDelete, folded},
		}},
		{lang.T(ctx, "数据"), []entry{
			{lang.T(ctx, "报表"), "/reports", "report-analytics", policy.WaybillRead, main},
			{lang.T(ctx, "人员绩效"), "/reports/people", "trending-up", policy.PeopleRead, folded},
			{lang.T(ctx, "评分表"), "/scores", "clipboard-text", policy.PeopleRead, folded},
			{lang.T(ctx, "运单"), "/waybills", "package", policy.WaybillRead, main},
			{lang.T(ctx, "应收"), "/receivables", "cash", policy.AccountRead, main},
			{lang.T(ctx, "投诉分析"), "/cases/figures", "chart-bar", policy.CaseRead, folded},
			{lang.T(ctx, "理赔"), "/claims", "cash", policy.ClaimRead, folded},
			{lang.T(ctx, "导入"), "/imports", "table-import", policy.ImportRun, main},
		}},
		{lang.T(ctx, "管理"), []entry{
			{lang.T(ctx, "话术模板"), "/templates", "message-circle", policy.TemplateRead, folded},
			{lang.T(ctx, "答复模板"), "/replies", "clipboard-text", policy.TemplateRead, folded},
			{lang.T(ctx, "消息"), "/outbox", "mail", policy.OutboxRead, folded},
			{lang.T(ctx, "发送渠道"), "/channels", "settings", policy.ChannelEdit, folded},
			{lang.T(ctx, "公司设置"), "/settings", "settings", policy.CadenceEdit, main},
			{lang.T(ctx, "拜访频次"), "/rules/cadence", "adjustments", policy.CadenceEdit, folded},
			{lang.T(ctx, "分级规则"), "/rules/classes", "adjustments", policy.ClassRule, folded},
			{lang.T(ctx, "工单怎么办"), "/rules/casework", "adjustments", policy.CaseRule, folded},
			{lang.T(ctx, "工单原因"), "/rules/causes", "tag", policy.CaseRule, folded},
			{lang.T(ctx, "录入标准"), "/rules/standard", "clipboard-text", policy.StandardEdit, folded},
			{lang.T(ctx, "查看与导出"), "/rules/privacy", "eye", policy.PrivacyEdit, folded},
			{lang.T(ctx, "登录安全"), "/rules/signin", "shield-lock", policy.SigninEdit, folded},
			{lang.T(ctx, "查看异常"), "/alerts", "alert-triangle", policy.AlertRead, folded},
			{lang.T(ctx, "谁在岗"), "/absences", "calendar-event", policy.SignedIn, folded},
			{lang.T(ctx, "人员"), "/users", "user", policy.UserRead, main},
			{lang.T(ctx, "角色权限"), "/roles", "key", policy.RoleRead, folded},
			{lang.T(ctx, "网点"), "/branches", "building", policy.BranchRead, folded},
			{lang.T(ctx, "数据留多久"), "/retention", "clock", policy.PrivacyEdit, folded},
			{lang.T(ctx, "归档"), "/archive", "archive", policy.ArchiveRead, folded},
			{lang.T(ctx, "信息泄露"), "/breaches", "alert-circle", policy.AuditRead, folded},
			{lang.T(ctx, "备份"), "/backups", "history", policy.BackupEdit, folded},
			{lang.T(ctx, "审计"), "/audit", "history", policy.AuditRead, folded},
			{lang.T(ctx, "运行情况"), "/system", "device-mobile", policy.SystemRead, folded},
		}},
	}
}

// opens says whether a page is in this person's navigation. Whoever has the
// page of all settings goes to each of them from there.
func (e entry) opens(a policy.Actor) bool {
	return (e.href != "/today" || todayFor(a)) && a.Can(e.permission) && (!strings.HasPrefix(e.href, "/rules/") || !a.Can(policy.CadenceEdit))
}

// navigation returns what this person may open: groups by task, the phone's
// tabs and what can be made anew.
func (h *Handlers) navigation(ctx context.Context, a policy.Actor, active string) ([]views.NavGroup, []views.NavItem, []views.NavItem) {
	var nav []views.NavGroup
	var tabs []views.NavItem
	for _, g := range entries(ctx) {
		items := make([]views.NavItem, 0, 2*len(g.entries)) // one room for both lists
		group := views.NavGroup{Label: g.label, Items: items[:0:len(g.entries)], More: items[len(g.entries):len(g.entries)]}
		for _, e := range g.entries {
			if !e.opens(a) {
				continue
			}
			item := views.NavItem{Label: e.label, Href: e.href, Icon: e.icon, Active: e.href == active}
			if e.href == "/settings" {
				item.Active = item.Active || strings.HasPrefix(active, "/rules/")
			}
			if e.href == "/late" {
				has, count := h.lateCount(ctx, a)
				if !has {
					continue
				}
				item.Count, item.Over = count, count != ""
			}
			if e.href == "/retention" {
				item.Count = h.keptCount(ctx)
			}
			if e.href == "/todos" {
				item.Count = h.todoCount(ctx, a)
			}
			if e.href == "/notices" {
				item.Count = h.noticeCount(ctx, a)
			}
			if e.href == "/cases" {
				item.Count, item.Over = h.caseCount(ctx, a)
			}
			if e.href == "/greetings" {
				item.Count = h.greetingCount(ctx, a)
			}
			if e.href == "/alerts" {
				item.Count = h.alertCount(ctx, a)
				item.Over = item.Count != ""
			}
			if e.stand == folded && !item.Active && item.Count == "" {
				group.More = append(group.More, item)
			} else {
				group.Items = append(group.Items, item)
			}
			if e.stand == tab {
				tabs = append(tabs, item)
			}
		}
		if len(group.More) <= fewFolded {
			group.Items, group.More = append(group.Items, group.More...), nil
		}
		if len(group.Items)+len(group.More) > 0 {
			nav = append(nav, group)
		}
	}
	var fresh []views.NavItem
	if a.Can(policy.CustomerCreate) {
		fresh = append(fresh, views.NavItem{Label: lang.T(ctx, "新建客户"), Href: "/customers/new", Icon: "user-plus"})
		tabs = append(tabs, views.NavItem{Label: lang.T(ctx, "新建"), Href: "/customers/new", Icon: "plus", Active: strings.HasSuffix(active, "/new")})
	}
	if a.Can(policy.CaseOpen) {
		fresh = append(fresh, views.NavItem{Label: lang.T(ctx, "登记工单"), Href: "/cases/new", Icon: "message-exclamation"})
		if !a.Can(policy.CustomerCreate) { // what a courier makes anew is a case
			tabs = append(tabs, views.NavItem{Label: lang.T(ctx, "登记"), Href: "/cases/new", Icon: "plus"})
		}
	}
	if a.Can(policy.VisitLog) {
		fresh = append(fresh, views.NavItem{Label: lang.T(ctx, "记拜访"), Href: "/visits/new", Icon: "pencil"})
	}
	return nav, tabs, fresh
}

// pagesFound are the pages of the navigation that somebody means who types q
// into the search box: part of a name, its pinyin or its initials; two
// characters at least.
func pagesFound(ctx context.Context, a policy.Actor, q string) []views.NavItem {
	const most = 3
	q = strings.ToLower(strings.Join(strings.Fields(q), ""))
	if utf8.RuneCountInString(q) < 2 {
		return nil
	}
	var out []views.NavItem
	for _, g := range entries(ctx) {
		for _, e := range g.entries {
			if len(out) < most && e.opens(a) && named(e.label, q) {
				out = append(out, views.NavItem{Label: e.label, Href: e.href, Icon: e.icon})
			}
		}
	}
	return out
}

// named says whether a page's name holds q or begins so in pinyin.
func named(label, q string) bool {
	if strings.Contains(strings.ToLower(strings.ReplaceAll(label, " ", "")), q) {
		return true
	}
	return strings.HasPrefix(pinyin.Initials(label), q) || strings.HasPrefix(strings.ReplaceAll(pinyin.Key(label), " ", ""), q)
}
