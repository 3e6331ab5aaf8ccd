package handlers

import (
	"context"
	"net/http"
	"slices"

	"yike/policy"
	"yike/views"
	"yike/views/lang"
)

// reportList is the page of all reports, by theme; those that this person may
// open.
func (h *Handlers) reportList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "报表"), body: views.Reports(reportShelves(ctx, a)), active: reportsPath})
}

// wideReports are those that count whole branches.
var wideReports = []string{monthlyPath, clientsPath, movesPath, churnPath, rfmPath, journeyPath}

// shelved is a report and who may open it.
type shelved struct {
	name, question, href string
	permission           policy.Permission
}

// reportShelves are the reports of the product that a person may open: a page
// that is there already is named, never made again.
func reportShelves(ctx context.Context, a policy.Actor) (out []views.ReportTheme) {
	for _, theme := range []struct {
		name    string
		reports []shelved
	}{
		{lang.T(ctx, "业务量"), []shelved{
			{lang.T(ctx, "件量和运费"), lang.T(ctx, "每月发多少、寄什么、寄到哪里，比上期和去年多还是少？"), businessPath, policy.WaybillRead},
			{lang.T(ctx, "月报"), lang.T(ctx, "这个月怎么样，什么变了？一键出好，留底、打印、交总部。"), monthlyPath, policy.WaybillRead},
		}},
		{lang.T(ctx, "客户"), []shelved{
			{lang.T(ctx, "客户数量变化"), lang.T(ctx, "每个月底有多少客户，各级各类各多少，多了还是少了？"), clientsPath, policy.WaybillRead},
			{lang.T(ctx, "客户分布"), lang.T(ctx, "客户在哪里，是哪一种，哪里还有得挖？"), areasPath, policy.WaybillRead},
			{lang.T(ctx, "客户迁移"), lang.T(ctx, "这个月谁从哪一级、哪个阶段变到了哪里？"), movesPath, policy.WaybillRead},
			{lang.T(ctx, "客户旅程"), lang.T(ctx, "客户从第一次接触到逢年过节，每一步有多少、要多久、满意不满意？"), journeyPath, policy.WaybillRead},
			{lang.T(ctx, "客户分群"), lang.T(ctx, "每一级、每一群各有多少位客户，谁在里面？"), "/classes", policy.CustomerRead},
			{lang.T(ctx, "分级变动"), lang.T(ctx, "规则建议谁升、谁降，还等着批？"), "/classes/changes", policy.CustomerClass},
			{lang.T(ctx, "资料缺口"), lang.T(ctx, "客户资料还缺什么，缺在谁那里？"), "/gaps", policy.CustomerRead},
		}},
		{lang.T(ctx, "价值与流失"), []shelved{
			{lang.T(ctx, "流失、留存和赢回"), lang.T(ctx, "每个月丢了谁、留住多少、又回来谁；新客能留多久？"), churnPath, policy.WaybillRead},
			{lang.T(ctx, "运费集中度"), lang.T(ctx, "多少客户撑起八成运费？每十分之一的客户各带来多少？"), paretoPath, policy.WaybillRead},
			{lang.T(ctx, "RFM 热力图"), lang.T(ctx, "谁最近还在发、发得勤不勤？哪一格该赶紧去？"), rfmPath, policy.WaybillRead},
			{lang.T(ctx, "核心客户"), lang.T(ctx, "哪两成客户撑起八成运费，他们在涨还是在掉？"), "/core", policy.WaybillRead},
			{lang.T(ctx, "下月预计"), lang.T(ctx, "谁下个月要多寄、少寄，大约多少件？"), "/forecast", policy.WaybillRead},
			{lang.T(ctx, "件量雷达"), lang.T(ctx, "谁发得比平时少，可能要走？"), "/radar", policy.RadarRead},
		}},
		{lang.T(ctx, "拜访"), []shelved{
			{lang.T(ctx, "该访客户"), lang.T(ctx, "按频次该去的，谁还没去？"), "/visits/due", policy.CadenceRead},
			{lang.T(ctx, "拜访和反馈表达标"), lang.T(ctx, "每位业务员、每一级客户，该去的去了几成？表交了几张？"), quotaPath, policy.PeopleRead},
			{lang.T(ctx, "渠道使用"), lang.T(ctx, "我们怎么找客户，客户怎么找我们？哪种方式多了，哪种少了？"), channelsPath, policy.VisitRead},
			{lang.T(ctx, "拜访记录"), lang.T(ctx, "谁去了哪几家，谈了什么？"), "/visits", policy.VisitRead},
		}},
		{lang.T(ctx, "慰问"), []shelved{
			{lang.T(ctx, "慰问覆盖"), lang.T(ctx, "过节该问候的都问候到了吗，花了多少？"), "/greetings/coverage", policy.GreetingRead},
			{lang.T(ctx, "慰问效果"), lang.T(ctx, "问候过的客户，后来发得更多了吗？"), "/greetings/response", policy.GreetingRead},
		}},
		{lang.T(ctx, "工单与满意度"), []shelved{
			{lang.T(ctx, "投诉分析"), lang.T(ctx, "投诉多在哪里、因为什么、答应的时间守住没有？"), figuresPath, policy.CaseRead},
			{lang.T(ctx, "线路投诉"), lang.T(ctx, "从哪里寄到哪里的件投诉多？"), routesPath, policy.CaseRead},
			{lang.T(ctx, "满意度"), lang.T(ctx, "客户给我们打几分，谁打得低？"), "/satisfaction", policy.RatingRead},
			{lang.T(ctx, "价值和满意度"), lang.T(ctx, "值钱的客户里，谁不满意？"), "/satisfaction/value", policy.RatingRead},
			{lang.T(ctx, "理赔"), lang.T(ctx, "赔了哪些、赔了多少、谁承担？"), "/claims", policy.ClaimRead},
		}},
		{lang.T(ctx, "应收"), []shelved{
			{lang.T(ctx, "应收"), lang.T(ctx, "谁欠多少、欠了多久？"), "/receivables", policy.AccountRead},
			{lang.T(ctx, "月度对账"), lang.T(ctx, "某个月的账单，谁付了、谁没付？"), "/receivables/month", policy.AccountRead},
		}},
		{lang.T(ctx, "人员"), []shelved{
			{lang.T(ctx, "人员绩效"), lang.T(ctx, "谁做了多少、做得怎样？"), peoplePath, policy.PeopleRead},
			{lang.T(ctx, "逾期的工作"), lang.T(ctx, "谁手上的事过了期？"), "/late", policy.CustomerRead},
			{lang.T(ctx, "人员"), lang.T(ctx, "谁在用系统，什么时候用过？"), "/users", policy.UserRead},
		}},
	} {
		shelf := views.ReportTheme{Name: theme.name}
		for _, x := range theme.reports {
			if a.Can(x.permission) && (!slices.Contains(wideReports, x.href) || a.Scope(policy.WaybillRead).Wide()) {
				shelf.Entries = append(shelf.Entries, views.ReportEntry{Name: x.name, Question: x.question, Href: x.href})
			}
		}
		if len(shelf.Entries) > 0 {
			out = append(out, shelf)
		}
	}
	return out
}
