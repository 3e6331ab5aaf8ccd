package views

import (
	"context"

	"yike/policy"
	"yike/views/lang"
)

// RoleTitle is a role as this company calls it.
func RoleTitle(ctx context.Context, r policy.RoleInfo) string {
	if r.Title != "" {
		return r.Title
	}
	return RoleWord(ctx, string(r.Role))
}

// ReachWord is how far a permission goes, short enough for a cell.
func ReachWord(ctx context.Context, r policy.Reach) string {
	switch r {
	case policy.ReachOwn:
		return lang.T(ctx, "本人")
	case policy.ReachBranch:
		return lang.T(ctx, "本网点")
	case policy.ReachSubtree:
		return lang.T(ctx, "含下级")
	case policy.ReachCompany:
		return lang.T(ctx, "全公司")
	}
	return lang.T(ctx, "没有")
}

// reachSentence is the same, said in full.
func reachSentence(ctx context.Context, r policy.Reach) string {
	switch r {
	case policy.ReachOwn:
		return lang.T(ctx, "本人：自己负责或自己服务的客户")
	case policy.ReachBranch:
		return lang.T(ctx, "本网点：任职的网点，不含下级")
	case policy.ReachSubtree:
		return lang.T(ctx, "含下级：任职的网点和它下面的网点")
	case policy.ReachCompany:
		return lang.T(ctx, "全公司：不管在哪里任职")
	}
	return lang.T(ctx, "没有：不能做")
}

// PermissionGroups are the objects of permissions in the order of the page.
// What is not named stands under its last.
var permissionGroups = [][]string{
	{"customers", "tags"}, {"visits", "forms", "notices", "inquiries", "cases", "claims", "measures", "activities", "todos", "greetings", "ratings", "cadence", "classes", "templates", "outbox", "channels"}, {"imports", "waybills", "tracking", "receivables", "radar"}, {"users", "people", "roles", "branches", "signin", "backups"}, {"audit", "privacy", "alerts", "consents"}, nil,
}

func permissionGroupWord(ctx context.Context, i int) string {
	switch i {
	case 0:
		return lang.T(ctx, "客户")
	case 1:
		return lang.T(ctx, "拜访")
	case 2:
		return lang.T(ctx, "导入、运单和账款")
	case 3:
		return lang.T(ctx, "人员、角色和网点")
	case 4:
		return lang.T(ctx, "记录和个人信息")
	}
	return lang.T(ctx, "其他")
}

// PermissionWord says in a few words what a permission allows, and in a
// sentence what that means at work. Both are empty for an unknown one.
func PermissionWord(ctx context.Context, p policy.Permission) (title, sentence string) {
	switch p {
	case policy.CustomerRead:
		return lang.T(ctx, "看客户"), lang.T(ctx, "客户列表、客户页和搜索。电话地址另算。")
	case policy.CustomerCreate:
		return lang.T(ctx, "新建客户"), lang.T(ctx, "给网点建新的客户资料。")
	case policy.CustomerEdit:
		return lang.T(ctx, "改客户"), lang.T(ctx, "改资料和联系人，批量改。")
	case policy.CustomerAssign:
		return lang.T(ctx, "分派客户"), lang.T(ctx, "换负责的业务员、客服或网点。")
	case policy.CustomerClass:
		return lang.T(ctx, "改分级"), lang.T(ctx, "手工改 A、B、C 类和生命周期。")
	case policy.CustomerReview:
		return lang.T(ctx, "审核客户"), lang.T(ctx, "把新资料审核通过，或者归档。")
	case policy.CustomerDelete:
		return lang.T(ctx, "删除和恢复"), lang.T(ctx, "放进回收站，从回收站取回。")
	case policy.CustomerExport:
		return lang.T(ctx, "导出"), lang.T(ctx, "把列表存成表格。每次都留记录。")
	case policy.CustomerUnmask:
		return lang.T(ctx, "看完整电话地址"), lang.T(ctx, "电话、微信、邮箱和地址不打星号。")
	case policy.CustomerReveal:
		return lang.T(ctx, "点开看一项"), lang.T(ctx, "打了星号的，说明用途后看一项，留记录。")
	case policy.CustomerHistory:
		return lang.T(ctx, "看修改记录"), lang.T(ctx, "谁在什么时候把什么改成了什么。")
	case policy.TagEdit:
		return lang.T(ctx, "打标签"), lang.T(ctx, "给客户加标签、去标签，加新的标签词。")
	case policy.ImportRun:
		return lang.T(ctx, "导入表格"), lang.T(ctx, "把台账里的客户成批放进来。")
	case policy.ImportUndo:
		return lang.T(ctx, "撤销导入"), lang.T(ctx, "把一次导入整个退回去。")
	case policy.PeopleRead:
		return lang.T(ctx, "看绩效"), lang.T(ctx, "每个人的工作做到了哪里：看自己的，或者看自己管的人的。")
	case policy.PeopleRule:
		return lang.T(ctx, "定目标"), lang.T(ctx, "每个人每月做到多少、排不排名。")
	case policy.PeopleScore:
		return lang.T(ctx, "评分"), lang.T(ctx, "出每月的评分表、答复异议、批准；自己的要别人批。")
	case policy.PeoplePay:
		return lang.T(ctx, "导出评分发工资"), lang.T(ctx, "把批准了的评分导出给发工资的人。")
	case policy.WaybillRead:
		return lang.T(ctx, "看运单"), lang.T(ctx, "运单列表、每一票和客户的件量运费。收件人另算。")
	case policy.WaybillEdit:
		return lang.T(ctx, "管运单"), lang.T(ctx, "导入账单，把认不出的寄件人归到客户。")
	case policy.AccountRead:
		return lang.T(ctx, "看应收"), lang.T(ctx, "客户的对账单、回款、余额和账龄。")
	case policy.AccountEdit:
		return lang.T(ctx, "记账"), lang.T(ctx, "记对账单和回款，更正、作废，导入回款表。")
	case policy.AccountRule:
		return lang.T(ctx, "定账期和欠费"), lang.T(ctx, "没写账期的按几天，逾期多久、多少钱算欠费。")
	case policy.RadarRead:
		return lang.T(ctx, "看件量雷达"), lang.T(ctx, "哪些客户发得比自己平时少，为什么这样说。")
	case policy.RadarEdit:
		return lang.T(ctx, "处理件量雷达"), lang.T(ctx, "写原因、定办法、记结果。")
	case policy.RadarRule:
		return lang.T(ctx, "定件量雷达"), lang.T(ctx, "少多少才提醒，比多少周，哪些日子不算。")
	case policy.TemplateRead:
		return lang.T(ctx, "看话术"), lang.T(ctx, "节日、生日等场合怎么说。")
	case policy.TemplateEdit:
		return lang.T(ctx, "写话术"), lang.T(ctx, "给网点或全公司写话术，停用话术。")
	case policy.ChannelEdit:
		return lang.T(ctx, "设发送渠道"), lang.T(ctx, "短信、邮件和群机器人的账号，启用和停用。")
	case policy.BackupEdit:
		return lang.T(ctx, "管备份"), lang.T(ctx, "做备份、下载备份、恢复备份。备份里是全公司的数据。")
	case policy.SystemRead:
		return lang.T(ctx, "看运行情况"), lang.T(ctx, "这台电脑上的驿客好不好，手机怎么打开，下载诊断信息。")
	case policy.OutboxRead:
		return lang.T(ctx, "看消息"), lang.T(ctx, "发给客户的短信和邮件：等着的、发出的、没发成的。")
	case policy.OutboxEdit:
		return lang.T(ctx, "处理消息"), lang.T(ctx, "没发成的再发一次，或者不发了。")
	case policy.VisitRead:
		return lang.T(ctx, "看拜访"), lang.T(ctx, "拜访记录、照片和日程。")
	case policy.VisitLog:
		return lang.T(ctx, "记拜访"), lang.T(ctx, "安排和登记自己的拜访。")
	case policy.VisitEdit:
		return lang.T(ctx, "改别人的拜访"), lang.T(ctx, "替别人安排、登记和更正拜访。")
	case policy.FormRead:
		return lang.T(ctx, "看反馈表"), lang.T(ctx, "写给市场部的客户信息反馈表和答复，每月交了多少。")
	case policy.FormFill:
		return lang.T(ctx, "写反馈表"), lang.T(ctx, "拜访以后写客户信息反馈表，发给市场部，追问。")
	case policy.FormAnswer:
		return lang.T(ctx, "答复反馈表"), lang.T(ctx, "市场部的人：看交上来的反馈表，答复。")
	case policy.FormRule:
		return lang.T(ctx, "定反馈表"), lang.T(ctx, "反馈表问什么，每个网点每月交几份，几天内答复。")
	case policy.NoticeSend:
		return lang.T(ctx, "发通知和征集"), lang.T(ctx, "给下面的网点和人发通知，征集客户情况，看谁看过、谁答了，提醒、收回。")
	case policy.InquiryAnswer:
		return lang.T(ctx, "答复征集"), lang.T(ctx, "替网点答复征集，写上是哪些客户。")
	case policy.CaseRead:
		return lang.T(ctx, "看工单"), lang.T(ctx, "投诉、咨询和建议：登记了什么，办到哪一步。自己登记的和自己处理的总能看。")
	case policy.CaseOpen:
		return lang.T(ctx, "登记工单"), lang.T(ctx, "接到投诉、咨询、建议，登记下来。")
	case policy.CaseEdit:
		return lang.T(ctx, "处理工单"), lang.T(ctx, "更正内容，一步一步办到结案。")
	case policy.CaseAssign:
		return lang.T(ctx, "分派工单"), lang.T(ctx, "把工单交给别人，合并同一件事的工单。")
	case policy.CaseAccept:
		return lang.T(ctx, "批准结案"), lang.T(ctx, "客户不满意也准结案，批准理赔。")
	case policy.ActivityRead:
		return lang.T(ctx, "看活动"), lang.T(ctx, "座谈会、推介会和培训：请了谁、来了谁、说了什么。")
	case policy.ActivityEdit:
		return lang.T(ctx, "办活动"), lang.T(ctx, "安排活动和培训，请客户和同事，记谁来了、说了什么、花了多少。")
	case policy.MeasureRead:
		return lang.T(ctx, "看改进措施"), lang.T(ctx, "谁要做什么、做完有没有变好")
	case policy.MeasureEdit:
		return lang.T(ctx, "写改进措施、看效果"), lang.T(ctx, "写下、做完、前后对比；自己负责的也要有这一项")
	case policy.ClaimRead:
		return lang.T(ctx, "看理赔"), lang.T(ctx, "赔了谁多少、谁承担。")
	case policy.ClaimEdit:
		return lang.T(ctx, "办理赔"), lang.T(ctx, "登记要求、提出金额、登记付款；小额自己就能定。")
	case policy.ClaimApprove:
		return lang.T(ctx, "批理赔"), lang.T(ctx, "批到主管的限额；自己提的不能自己批。")
	case policy.ClaimRelease:
		return lang.T(ctx, "批大额理赔"), lang.T(ctx, "超过主管限额的理赔由他批。")
	case policy.ReportIssue:
		return lang.T(ctx, "出月报"), lang.T(ctx, "把一个月的数字定下来留底，打印、交上级。")
	case policy.CaseRule:
		return lang.T(ctx, "定工单规则"), lang.T(ctx, "多久要答复和解决，超时找谁，原因有哪些，派给谁。")
	case policy.HoursRule:
		return lang.T(ctx, "定上班时间"), lang.T(ctx, "网点几点到几点上班，总部锁住时不能自己定。")
	case policy.TrackingEdit:
		return lang.T(ctx, "定包裹提醒"), lang.T(ctx, "多久没消息算滞留，派送失败几次要提醒。")
	case policy.TodoRead:
		return lang.T(ctx, "看待办"), lang.T(ctx, "规则找出来要人去做的事：自己的、网点的。")
	case policy.TodoEdit:
		return lang.T(ctx, "办待办"), lang.T(ctx, "办完、不办了、转给同事。")
	case policy.TodoMake:
		return lang.T(ctx, "派待办"), lang.T(ctx, "给一群客户的名单派待办，归各自的业务员，能撤回。")
	case policy.GreetingRead:
		return lang.T(ctx, "看慰问"), lang.T(ctx, "谁该问候、问候了没有、日历和礼品清单。")
	case policy.GreetingDo:
		return lang.T(ctx, "办慰问"), lang.T(ctx, "记下已问候，改天、转给同事、不问候。")
	case policy.GreetingPlan:
		return lang.T(ctx, "定慰问计划"), lang.T(ctx, "哪些节日问候谁、怎么问候、送什么、花多少。")
	case policy.RatingRead:
		return lang.T(ctx, "看满意度"), lang.T(ctx, "客户怎么评我们：数字、评语、按网点和人。")
	case policy.RatingAsk:
		return lang.T(ctx, "请客户评价"), lang.T(ctx, "当面请客户点、发链接或二维码、记电话回访。")
	case policy.RatingRule:
		return lang.T(ctx, "定满意度规则"), lang.T(ctx, "几份以上才出数字，几分算不满意。")
	case policy.CadenceRead:
		return lang.T(ctx, "看谁该访了"), lang.T(ctx, "该访客户的名单和拜访频次。")
	case policy.CadenceEdit:
		return lang.T(ctx, "定拜访频次"), lang.T(ctx, "每类客户一个月访几次，还有公司设置那一页。")
	case policy.ClassRule:
		return lang.T(ctx, "定分级规则"), lang.T(ctx, "客户按什么分级、贴什么标签，每一群接下来怎么做。")
	case policy.UserRead:
		return lang.T(ctx, "看人员"), lang.T(ctx, "同事名单和各自的角色。")
	case policy.UserEdit:
		return lang.T(ctx, "管人员"), lang.T(ctx, "添加、停用、重设密码、给角色。只能给自己也有的权限。")
	case policy.AbsenceEdit:
		return lang.T(ctx, "登记同事不在岗"), lang.T(ctx, "替网点的人登记休假、出差，看现在谁能接工单。自己的谁都能登记。")
	case policy.RoleRead:
		return lang.T(ctx, "看角色"), lang.T(ctx, "就是这一页：每个角色能做什么。")
	case policy.RoleEdit:
		return lang.T(ctx, "改角色"), lang.T(ctx, "角色全公司共用，所以管到全公司的人才能改。")
	case policy.BranchRead:
		return lang.T(ctx, "看网点"), lang.T(ctx, "网点的上下级。")
	case policy.BranchEdit:
		return lang.T(ctx, "管网点"), lang.T(ctx, "添加、改名、移动、停用网点。")
	case policy.AuditRead:
		return lang.T(ctx, "看操作记录"), lang.T(ctx, "谁看过、改过、导出过什么。")
	case policy.PrivacyEdit:
		return lang.T(ctx, "定隐私规则"), lang.T(ctx, "每天能点开、导出多少，要不要水印。")
	case policy.ArchiveRead:
		return lang.T(ctx, "看归档"), lang.T(ctx, "到期移走的旧内容，一条一条凭理由看，看一次记一次，号码是全的。")
	case policy.ArchiveRestore:
		return lang.T(ctx, "把归档的拿回来"), lang.T(ctx, "旧内容回到原来的地方再用三个月。")
	case policy.AlertRead:
		return lang.T(ctx, "收异常提醒"), lang.T(ctx, "有人看客户资料多得不正常时收到提醒。")
	case policy.StandardEdit:
		return lang.T(ctx, "定录入标准"), lang.T(ctx, "客户资料哪些必填、哪些应填。网点只能比总部要求多。")
	case policy.SigninEdit:
		return lang.T(ctx, "定登录规则"), lang.T(ctx, "多久不用要重新登录，哪些角色要第二步验证。")
	case policy.ConsentEdit:
		return lang.T(ctx, "记同意"), lang.T(ctx, "记下联系人同意、拒绝或撤回什么。")
	case policy.SensitiveRead:
		return lang.T(ctx, "看可选信息"), lang.T(ctx, "证件号、银行账号等，总部打开了才有。逐条看，看一次记一次。")
	case policy.SensitiveEdit:
		return lang.T(ctx, "填可选信息"), lang.T(ctx, "填写、修改、清掉证件号、银行账号等。")
	case policy.CustomerRights:
		return lang.T(ctx, "办个人信息请求"), lang.T(ctx, "客户要副本、更正或删除时办理。删除要两个人。")
	}
	return "", ""
}
