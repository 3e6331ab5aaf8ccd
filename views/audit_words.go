package views

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"yike/views/lang"
	"yike/views/ui"
)

// actWords are the acts that the audit knows, as people say them.
var actWords = map[string]string{
	"account.join": lang.N("用邀请链接设了密码"), "account.password": lang.N("改了自己的密码"),
	"audit.cut": lang.N("清理了到期的审计记录"), "audit.export": lang.N("导出了审计记录"),
	"branches.create": lang.N("新建网点"), "branches.move": lang.N("移动网点"), "branches.update": lang.N("修改网点"),
	"branches.close": lang.N("停用网点"), "branches.reopen": lang.N("重新启用网点"),
	"branches.duty":   lang.N("指定网点责任人"),
	"company.set_up":  lang.N("启用系统"),
	"contacts.remove": lang.N("删除联系人"), "contacts.save": lang.N("保存联系人"),
	"customers.bulk": lang.N("批量修改客户"), "customers.bulk_undo": lang.N("撤销批量修改"), "customers.classify": lang.N("改了分级"),
	"customers.merge": lang.N("合并了两份档案"), "customers.unmerge": lang.N("撤销了合并"), "duplicates.dismiss": lang.N("说两份档案是两位客户"), "duplicates.return": lang.N("把一对档案放回疑似重复"),
	"customers.create": lang.N("新建客户"), "customers.delete": lang.N("删除客户"), "customers.export": lang.N("导出客户"),
	"customers.import": lang.N("导入客户"), "customers.load": lang.N("装入生成的客户"), "customers.restore": lang.N("从回收站恢复客户"),
	"consents.record": lang.N("记了联系人的同意"), "requests.open": lang.N("登记了个人信息请求"), "requests.answer": lang.N("答复了个人信息请求"),
	"requests.propose": lang.N("提交或收回了删除"), "requests.copy": lang.N("交出了个人信息副本"), "customers.erase": lang.N("删除了个人信息"),
	"customers.erase_again": lang.N("恢复备份后再次删除个人信息"),
	"customers.reveal":      lang.N("看了完整信息"), "customers.review": lang.N("改了档案状态"), "customers.update": lang.N("修改客户"),
	"handovers.apply": lang.N("交接客户和工作"), "handovers.assign": lang.N("改了交接去向"), "handovers.drop": lang.N("取消交接"),
	"handovers.plan": lang.N("拟了交接"), "handovers.undo": lang.N("撤销了交接"), "handovers.seen": lang.N("打开交接单"), "handovers.sheet": lang.N("打印或导出交接单"), "customers.print": lang.N("打印客户资料"),
	"imports.apply": lang.N("导入生效"), "imports.cancel": lang.N("取消导入"), "imports.change": lang.N("改了导入设置"),
	"imports.create": lang.N("上传导入文件"), "imports.failed_rows": lang.N("下载导入失败行"), "imports.run": lang.N("执行导入"),
	"imports.part": lang.N("分段导入了一批"), "imports.rollback": lang.N("退回导入的一批"), "imports.start": lang.N("开始导入"), "imports.start_undo": lang.N("开始撤销导入"), "imports.undo": lang.N("撤销了导入"),
	"retention.archive": lang.N("归档了到期的数据"), "retention.destroy": lang.N("销毁了到期的数据"), "retention.erase": lang.N("销毁了回收站里到期的客户"), "retention.hold": lang.N("到期也留着"), "retention.release": lang.N("不再留着"), "retention.export": lang.N("导出归档和销毁的记录"),
	"archive.look": lang.N("看了归档的内容"), "archive.restore": lang.N("把归档的拿回来用"),
	"breaches.open": lang.N("登记信息泄露"), "breaches.step": lang.N("记了泄露处理步骤"), "breaches.close": lang.N("办结或重开信息泄露"), "breaches.export": lang.N("导出可能泄露的名单"), "breaches.print": lang.N("打印信息泄露处理单"),
	"customers.data": lang.N("导出信息使用记录"), "consents.export": lang.N("导出可联系名单"), "requests.export": lang.N("导出个人信息请求"),
	"sensitive.set": lang.N("填写可选信息"), "sensitive.destroy": lang.N("销毁可选信息"),
	"key.rotate": lang.N("换了密钥"), "system.diagnosis": lang.N("下载了诊断信息"),
	"roles.aside": lang.N("停用或启用角色"), "roles.create": lang.N("新建角色"), "roles.remove": lang.N("删除角色"),
	"roles.setting": lang.N("改了角色设置"), "roles.update": lang.N("改了角色权限"),
	"receivables.add": lang.N("记了账款"), "receivables.correct": lang.N("更正了账款"), "receivables.void": lang.N("作废了账款"), "receivables.restore": lang.N("恢复了账款"),
	"receivables.bill": lang.N("整批出了对账单"), "receivables.unbill": lang.N("整批撤销了对账单"),
	"receivables.redate": lang.N("按账期重算到期日"), "receivables.export": lang.N("导出应收"), "core.export": lang.N("导出核心客户"), "forecast.export": lang.N("导出下月预计"), "reports.export": lang.N("导出报表"), "reports.issue": lang.N("出月报"), "cases.figures.export": lang.N("导出投诉分析"), "classes.moved.export": lang.N("导出规则会改动的客户"), "receivables.sheet.export": lang.N("导出对账单"), "receivables.month.export": lang.N("导出月对账单"), "receivables.month.print": lang.N("打印月对账单"),
	"receivables.load": lang.N("装入生成的账款"),
	"scores.draw":      lang.N("出了评分表"), "scores.see": lang.N("看过了评分表"), "scores.object": lang.N("对评分有异议"), "scores.answer": lang.N("答复了评分异议"), "scores.approve": lang.N("批准了评分"), "scores.export": lang.N("导出评分"),
	"rules.set":   lang.N("改了规则"),
	"session.end": lang.N("退出登录"), "session.start": lang.N("登录"),
	"session.close": lang.N("结束了登录"), "session.refuse": lang.N("登录失败"), "session.lock": lang.N("登录失败过多，已锁定"), "users.unlock": lang.N("解除登录锁定"),
	"account.two_step_on": lang.N("开启两步验证"), "account.two_step_off": lang.N("关闭两步验证"), "account.recovery_codes": lang.N("换了恢复码"), "account.feed_made": lang.N("做了日历地址"), "account.feed_ended": lang.N("作废了日历地址"),
	"users.two_step_reset": lang.N("重置两步验证"),
	"labels.run":           lang.N("夜里按规则贴了标签"), "classes.run": lang.N("按规则复评了分级"), "classes.decide": lang.N("批了分级变动"), "classes.contest": lang.N("对标签提了异议"),
	"tags.load": lang.N("装入标签"), "tags.save": lang.N("保存标签"), "tags.remove": lang.N("删除标签"),
	"alerts.raise": lang.N("发现查看异常"), "alerts.see": lang.N("处理了查看异常"), "users.export": lang.N("导出人员"),
	"users.create": lang.N("添加人员"), "users.left": lang.N("离职停用"), "users.reset": lang.N("重置密码"), "users.update": lang.N("修改人员"),
	"waybills.track": lang.N("收下包裹轨迹"), "waybills.flag": lang.N("核对包裹提醒"), "waybills.untrack": lang.N("撤销收下的轨迹"),
	"todos.add": lang.N("提出了待办"), "todos.segment": lang.N("给一群客户派了待办"), "todos.segment_undo": lang.N("撤回了派出的待办"), "todos.do": lang.N("办完了待办"), "todos.drop": lang.N("待办不办了"), "todos.pass": lang.N("转交了待办"), "todos.reopen": lang.N("重新打开待办"),
	"greetings.make": lang.N("列出了要问候的"), "greetings.settle": lang.N("整理了没办的问候"), "greetings.do": lang.N("问候了客户"), "greetings.skip": lang.N("不问候"), "greetings.reopen": lang.N("重新打开问候"),
	"greetings.postpone": lang.N("问候改天"), "greetings.pass": lang.N("转交了问候"), "greetings.offer": lang.N("记了优惠使用"), "greetings.response.export": lang.N("导出问候以后的客户"), "greetings.coverage.export": lang.N("导出问候到了多少"),
	"greetings.send": lang.N("让系统发问候"), "greetings.recall": lang.N("收回了要发的问候"), "greetings.sent": lang.N("系统发出了问候"), "greetings.load": lang.N("装入生成的问候"), "outbox.load": lang.N("装入生成的消息"),
	"waybills.forget": lang.N("清掉了到期的收件人"), "waybills.load": lang.N("装入生成的运单"), "waybills.attach": lang.N("把寄件人归到客户"), "waybills.detach": lang.N("撤销归到客户"), "waybills.export": lang.N("导出运单"),
	"cases.take": lang.N("接手了工单"), "cases.hand": lang.N("把工单交给别人"), "cases.step": lang.N("工单换了一步"), "cases.note": lang.N("在工单上记了一笔"), "cases.answer": lang.N("先答复了客户"), "cases.call_first": lang.N("先给客户打了电话"), "cases.uncall_first": lang.N("撤回了先打的电话"), "cases.tell": lang.N("告知客户结果"), "cases.call": lang.N("回访了客户"), "cases.close": lang.N("工单结案"), "cases.unsatisfied": lang.N("请主管认可"), "cases.accept": lang.N("认可结案"), "cases.reopen": lang.N("重新打开工单"), "cases.escalate": lang.N("客户要升级"), "cases.review": lang.N("写了改进措施"), "cases.merge": lang.N("合并了工单"), "cases.unmerge": lang.N("取出了合并的工单"), "cases.link": lang.N("挂上了分件"), "cases.unlink": lang.N("拿下了分件"), "claims.ask": lang.N("登记了理赔"), "claims.propose": lang.N("提出赔付"), "claims.decide": lang.N("批了理赔"), "claims.pay": lang.N("登记理赔付款"), "claims.prove": lang.N("给理赔加了凭证"), "claims.unpay": lang.N("撤回理赔付款"), "claims.export": lang.N("导出理赔"),
	"activities.create": lang.N("安排了活动"), "activities.edit": lang.N("改了活动"), "activities.held": lang.N("记了活动的到场和意见"), "activities.cancel": lang.N("取消了活动"), "activities.reopen": lang.N("活动照办"),
	"activities.delete": lang.N("删了活动"), "activities.restore": lang.N("取回了活动"), "activities.export": lang.N("导出活动"),
	"measures.create": lang.N("写了改进措施"), "measures.edit": lang.N("改了改进措施"), "measures.begin": lang.N("开始做改进措施"), "measures.finish": lang.N("做完了改进措施"), "measures.drop": lang.N("改进措施不做了"), "measures.reopen": lang.N("接着做改进措施"),
	"measures.review": lang.N("看了改进措施的效果"), "measures.delete": lang.N("删了改进措施"), "measures.restore": lang.N("取回了改进措施"), "measures.export": lang.N("导出改进措施"),
	"cases.open": lang.N("登记了工单"), "cases.edit": lang.N("改了工单"), "cases.attach": lang.N("认出了来电的客户"), "cases.delete": lang.N("删除了工单"), "cases.restore": lang.N("恢复了工单"), "cases.export": lang.N("导出工单"), "cases.load": lang.N("装入生成的工单"),
	"absences.add": lang.N("登记了不在岗"), "absences.end": lang.N("改了不在岗的日子"),
	"views.share": lang.N("共用了列表的视图"), "views.rename": lang.N("给共用的视图改了名"), "views.unshare": lang.N("不再共用列表的视图"),
	"causes.add": lang.N("加了工单原因"), "causes.edit": lang.N("改了工单原因"), "causes.retire": lang.N("停用工单原因"), "causes.move": lang.N("把停用原因的工单换了原因"), "causes.offer": lang.N("恢复工单原因"), "causes.order": lang.N("换了工单原因的次序"),
	"cases.pause": lang.N("停住了工单时限"), "cases.pause_extend": lang.N("改了工单停到什么时候"), "cases.pause_over": lang.N("工单停的时间到了"), "cases.resume": lang.N("工单时限接着走"), "cases.climb": lang.N("工单快到时限，告诉了人"), "cases.retime": lang.N("按上班时间重算工单时限"),
	"templates.save": lang.N("写了话术"), "replies.save": lang.N("写了答复"), "outbox.post": lang.N("排了消息"), "outbox.decide": lang.N("决定了没发成的消息"), "outbox.retry": lang.N("没发成的消息再发一次"), "outbox.export": lang.N("导出消息"), "channels.save": lang.N("设了发送渠道"),
	"backups.run": lang.N("做了备份"), "backups.download": lang.N("下载了备份"), "backups.restore": lang.N("开始恢复备份"), "backups.drop": lang.N("删了另存的旧数据"), "backups.restored": lang.N("恢复了备份"), "backups.settings": lang.N("改了备份设置"),
	"radar.sweep": lang.N("雷达提醒"), "radar.answer": lang.N("定下怎么办"), "radar.close": lang.N("记下结果，了结"), "radar.reopen": lang.N("重新打开提醒"), "radar.end": lang.N("提醒自己了结"), "radar.export": lang.N("导出件量雷达"),
	"ratings.ask": lang.N("请客户评价"), "ratings.answer": lang.N("客户评了"), "ratings.call": lang.N("记了电话回访"), "ratings.revoke": lang.N("作废了评价链接"), "ratings.export": lang.N("导出评价"), "ratings.load": lang.N("装入生成的评价"),
	"customers.time_mark": lang.N("标时效要不要紧"),
	"notices.send":        lang.N("发了通知或征集"), "notices.read": lang.N("看过了通知"), "notices.answer": lang.N("答复了征集"), "notices.remind": lang.N("提醒没看、没答的"), "notices.close": lang.N("收回了通知"),
	"forms.draft": lang.N("存了反馈表草稿"), "forms.send": lang.N("发了反馈表"), "forms.edit": lang.N("改了反馈表"), "forms.drop": lang.N("扔了反馈表草稿"), "forms.read": lang.N("看了反馈表"), "forms.answer": lang.N("答复了反馈表"), "forms.ask": lang.N("追问了市场部"), "forms.know": lang.N("看了市场部的答复"), "forms.export": lang.N("导出反馈表"),
	"visits.cancel": lang.N("取消拜访"), "visits.delete": lang.N("删除拜访"), "visits.edit": lang.N("修改拜访"), "visits.export": lang.N("导出拜访"),
	"visits.log": lang.N("记了拜访"), "visits.plan": lang.N("安排拜访"), "visits.reopen": lang.N("恢复已取消的拜访"), "visits.restore": lang.N("恢复拜访"),
}

// ActWord is an act in words.
func ActWord(ctx context.Context, act string) string { return word(ctx, actWords, act) }

// KnownAct says whether an act has words.
func KnownAct(act string) bool { return actWords[act] != "" }

// ActOptions are the acts to filter by, by area.
func ActOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for act := range actWords {
		out = append(out, ui.Option{Value: act, Label: ActWord(ctx, act)})
	}
	area := func(o ui.Option) string { return strings.SplitN(o.Value, ".", 2)[0] }
	slices.SortFunc(out, func(a, b ui.Option) int {
		return cmp.Or(cmp.Compare(slices.Index(actAreas, area(a)), slices.Index(actAreas, area(b))), cmp.Compare(a.Value, b.Value))
	})
	return out
}

var actAreas = []string{"session", "account", "customers", "duplicates", "contacts", "visits", "forms", "notices", "cases", "causes", "measures", "activities", "todos", "greetings", "ratings", "waybills", "receivables", "radar", "classes", "labels", "templates", "replies", "outbox", "channels", "imports", "handovers", "consents", "requests", "sensitive", "retention", "archive", "breaches", "alerts", "tags", "users", "absences", "scores", "views", "roles", "branches", "rules", "audit", "backups", "key", "system", "company"}

var auditColumns = map[string]string{
	"name": lang.N("名称"), "code": lang.N("编码"), "area_code": lang.N("区号"), "parent_id": lang.N("上级"), "active": lang.N("在用"),
	"username": lang.N("用户名"), "phone": lang.N("电话"), "branch_id": lang.N("网点"), "disabled": lang.N("已停用"), "joined_on": lang.N("入职日期"),
	"left_on": lang.N("离职日期"), "leaves_on": lang.N("离职日期"), "grants": lang.N("角色"), "roles": lang.N("角色"), "password": lang.N("密码"), "value": lang.N("数值"),
	"kind": lang.N("类别"), "hint": lang.N("提示"), "title": lang.N("名称"), "level": lang.N("层级"), "aside": lang.N("已停用"), "cells": lang.N("权限"),
	"lang": lang.N("语言"), "must_change": lang.N("下次登录须改密码"), "edited": lang.N("和默认不同"), "user_id": lang.N("责任人"),
	"seen_by": lang.N("处理人"), "note": lang.N("处理说明"), "color": lang.N("颜色"), "setting": lang.N("设置"),
	"occasion": lang.N("场合"), "class": lang.N("给哪类客户"), "channel": lang.N("怎么发"), "tone": lang.N("语气"), "subject": lang.N("邮件标题"), "body": lang.N("话术"), "provider": lang.N("短信供应商的模板号"),
	"state": lang.N("状态"), "reason": lang.N("理由"), "said": lang.N("异议"), "position": lang.N("次序"), "retired_at": lang.N("停用"), "closed_why": lang.N("为什么办结"),
}

// AuditColumn names a changed field of what is no client's row.
func AuditColumn(ctx context.Context, entity, column string) string {
	if entity == "users" && column == "name" {
		return lang.T(ctx, "姓名")
	}
	return word(ctx, auditColumns, column)
}

var detailWords = map[string]string{
	"reason": lang.N("理由"), "purpose": lang.N("用途"), "field": lang.N("项目"), "file": lang.N("文件"), "kind": lang.N("类别"), "q": lang.N("搜索"),
	"changed": lang.N("改了"), "kept": lang.N("未动"), "create": lang.N("新建"), "update": lang.N("更新"), "skip": lang.N("跳过"), "error": lang.N("有误"),
	"reversed": lang.N("已还原"), "failed": lang.N("未能还原"), "rule": lang.N("规则"), "version": lang.N("版本"), "valid_from": lang.N("生效日期"),
	"first": lang.N("从第几条"), "last": lang.N("到第几条"), "until": lang.N("截止"), "filter": lang.N("条件"), "format": lang.N("格式"),
	"from": lang.N("从"), "to": lang.N("到"), "user": lang.N("人员"), "customer": lang.N("客户"), "branch": lang.N("网点"), "act": lang.N("操作"), "name_key": lang.N("名字指纹"),
	"rows": lang.N("行数"), "code": lang.N("编码"), "mode": lang.N("方式"), "state": lang.N("状态"), "mood": lang.N("结果"), "view": lang.N("视图"), "contact": lang.N("联系人"),
	"role": lang.N("角色"), "people": lang.N("人数"), "why": lang.N("原因"), "clients": lang.N("客户数"), "moved": lang.N("已交接"), "ending": lang.N("账号"),
	"leaver": lang.N("交出人"), "taken_over": lang.N("交给"), "for": lang.N("负责"), "copy_of": lang.N("复制自"), "holders": lang.N("有这个角色的人数"),
	"before": lang.N("原来"), "source": lang.N("怎么说的"), "day": lang.N("日期"), "step": lang.N("步骤"), "back": lang.N("撤回"), "reference": lang.N("文件号"),
	"score": lang.N("评了几分"), "second": lang.N("第二步"), "wait_seconds": lang.N("要等"), "count": lang.N("次数"), "usual": lang.N("平时"),
	"channel": lang.N("怎么发"), "secret": lang.N("换了密码"),
	"hour": lang.N("每天几点"), "off": lang.N("不要每天备份"), "folder": lang.N("第二个文件夹"), "copy": lang.N("备份"),
	"group": lang.N("分群"), "due": lang.N("到期"),
	"visits": lang.N("拜访"), "photos": lang.N("照片"), "phones": lang.N("电话"),
	"entries": lang.N("笔数"), "month": lang.N("月份"), "age": lang.N("账龄"),
	"traces": lang.N("轨迹条数"), "sender": lang.N("寄件人"), "waybills": lang.N("票数"), "number": lang.N("运单号"), "product": lang.N("产品"), "payment": lang.N("付款"), "unbound": lang.N("没有认出客户"), "alerts": lang.N("提醒数"), "mine": lang.N("只看我的"),
}

// DetailWord names what an act said besides.
func DetailWord(ctx context.Context, name string) string { return word(ctx, detailWords, name) }

// LostWord says why a former value cannot be shown.
func LostWord(ctx context.Context, lost string) string {
	switch lost {
	case "":
		return ""
	case "erased":
		return lang.T(ctx, "已删除个人信息")
	case "key":
		return lang.T(ctx, "没有密钥，读不出")
	}
	return lang.T(ctx, "内容已损坏")
}

// RefusalWord says why a sign-in was refused.
func RefusalWord(ctx context.Context, reason string) string {
	return word(ctx, map[string]string{"password": lang.N("账号或密码不对"), "disabled": lang.N("账号已停用"), "code": lang.N("验证码不对")}, reason)
}

// SecondStepWord says what the second step of a sign-in was.
func SecondStepWord(ctx context.Context, second string) string {
	return word(ctx, map[string]string{"code": lang.N("验证码"), "recovery": lang.N("恢复码")}, second)
}

// ImportedWord is a kind of import by what it brings.
func ImportedWord(ctx context.Context, kind string) string {
	return word(ctx, map[string]string{"customers": lang.N("客户"), "visits": lang.N("拜访")}, kind)
}

// UnusualWord says what was unusual about somebody's looking.
func UnusualWord(ctx context.Context, kind string) string {
	return word(ctx, map[string]string{"files": lang.N("一天打开的客户"), "reveals": lang.N("一小时显示的完整信息")}, kind)
}

// ErasedWord says whose data an erasure took.
func ErasedWord(ctx context.Context, kind string) string {
	return word(ctx, map[string]string{"customer": lang.N("整位客户"), "contact": lang.N("一位联系人")}, kind)
}

// EndingKind says shortly what becomes of a leaver's account.
func EndingKind(ctx context.Context, ending string) string {
	return word(ctx, map[string]string{"keep": lang.N("不动"), "now": lang.N("马上停用"), "date": lang.N("到离职日停用")}, ending)
}

// FormatWord is the form in which data left.
func FormatWord(ctx context.Context, format string) string {
	return word(ctx, map[string]string{"xlsx": lang.N("Excel 文件"), "csv": lang.N("CSV 文件"), "page": lang.N("打印")}, format)
}

// VisitViewWord is a view of the visits.
func VisitViewWord(ctx context.Context, view string) string {
	return word(ctx, map[string]string{"list": lang.N("列表"), "month": lang.N("月历")}, view)
}

// LanguageWord is a language in its own words.
func LanguageWord(code string) string {
	switch code {
	case "zh":
		return "中文"
	case "en":
		return "English"
	}
	return code
}

var rulePartWords = map[string]string{
	"per_month": lang.N("每月次数"), "soon": lang.N("提前几个工作日提醒"), "a": lang.N("A 类"), "b": lang.N("B 类"), "c": lang.N("C 类"), "none": lang.N("没有分级"),
	"quiet_from": lang.N("从几点起不发"), "quiet_to": lang.N("到几点为止"), "contact_day": lang.N("同一位一天最多几条"), "branch_day": lang.N("一个网点一天最多几条"), "channel_day": lang.N("一个渠道一天最多几条"),
	"tries": lang.N("没发成试几次"), "neutral": lang.N("不知道职务和性别时怎么称呼"), "tel": lang.N("网点电话"), "own": lang.N("自己的联系方式"),
	"days": lang.N("天数"), "grace": lang.N("宽限天数"), "least_fen": lang.N("起算金额（分）"), "backup_days": lang.N("备份保留天数"), "added": lang.N("另加的用途"), "code": lang.N("代码"), "name": lang.N("名称"), "off": lang.N("停用"),
	"on": lang.N("启用"), "purpose": lang.N("用途"), "basis": lang.N("依据"), "levels": "", "roles": "", "caps": "",
	"weeks": lang.N("和前几个平常周比"), "drop": lang.N("少多少才提醒"), "least": lang.N("一周至少多少件才看"), "express": lang.N("时效件占多少算时效敏感"),
	"slow": lang.N("投诉派送慢几次也算"), "months": lang.N("几个月里的投诉"),
	"back": lang.N("回到平时的多少算好了"), "late": lang.N("比平时晚付几天才提醒"), "billed": lang.N("对账单至少多少钱才看"), "fall": lang.N("评价指数低多少才提醒"), "peaks": lang.N("大促"),
	"answers": lang.N("几份以上才出数字"), "unhappy": lang.N("几分及以下算不满意"), "listen": lang.N("听"), "understand": lang.N("理解"), "solve": lang.N("解决"),
	"from": lang.N("从"), "to": lang.N("到"),
	"idle_minutes": lang.N("多少分钟不用就退出"), "absolute_hours": lang.N("最长几小时"), "two_step": lang.N("必须两步验证"),
	"hours": lang.N("多久没消息算滞留"), "far": lang.N("远的省份"), "far_hours": lang.N("远的省份多给"), "sensitive": lang.N("时效敏感的客户"), "provinces": lang.N("绕过几个省算走错"), "fails": lang.N("派送失败几次"), "bill_days": lang.N("只有账单消息的，多久以前"), "products": "",
	"watermark": lang.N("水印"), "unusual": lang.N("查看异常"), "times": lang.N("平时的几倍"), "files": lang.N("一天至少几份"), "reveals": lang.N("显示完整信息"), "rows": lang.N("导出行数"),
	"troubles": "", "severity": lang.N("轻重"), "classes": lang.N("哪些客户"), "script": lang.N("打给客户怎么说"),
}

// RulePartWord names a part of a rule's value; the part itself where it is
// none of these.
func RulePartWord(ctx context.Context, part string) string {
	zh, ok := rulePartWords[part]
	switch {
	case !ok && kindWords[part] != "":
		return KindWord(ctx, part)
	case !ok && productWords[part] != "":
		return ProductWord(ctx, part)
	case ok && zh == "":
		return ""
	}
	return word(ctx, rulePartWords, part)
}

// ChainFaultWord says what is wrong with a place of the chain.
func ChainFaultWord(ctx context.Context, what string, seq int64, audit string) string {
	switch what {
	case "record":
		return lang.T(ctx, "第 %d 条（编号 %s）：内容被改过", seq, audit)
	case "gone":
		return lang.T(ctx, "第 %d 条（编号 %s）：记录不见了", seq, audit)
	case "link":
		return lang.T(ctx, "第 %d 条：链接被改过", seq)
	case "missing":
		return lang.T(ctx, "第 %d 条之前缺了记录", seq)
	case "begin":
		return lang.T(ctx, "最早的记录被去掉了")
	case "end":
		return lang.T(ctx, "最近的记录被去掉或换过")
	case "head":
		return lang.T(ctx, "末尾的签名不对")
	case "unlinked":
		return lang.T(ctx, "编号 %s：是后来塞进来的记录", audit)
	}
	return lang.T(ctx, "编号 %s：不属于任何记录的变更", audit)
}
