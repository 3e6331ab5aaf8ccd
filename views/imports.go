package views

import (
	"context"
	"strconv"
	"strings"

	"yike/policy/intake"
	"yike/views/lang"
	"yike/views/ui"
)

// ImportList is the page of all imports.
type ImportList struct {
	Rows []ImportLine
	Next string // address of the older ones
}

// ImportLine is one import in the list.
type ImportLine struct {
	Href, File, Kind, Branch, Who, State string
	When, UndoUntil                      Moment
	Create, Update, Skip, Fault          string
	Busy, Bad                            bool
}

// ImportNew is the form that takes a file.
type ImportNew struct {
	Kind, Branch, Submission string
	Branches                 []ui.Option
	Errors                   ui.Errors
}

// ImportPage is one import in whatever state it is.
type ImportPage struct {
	ID, Version         string
	Kind, Mode          string // customers, visits; see intake
	File, Branch        string
	State               string
	Fault               string // why the file cannot be read
	TaskError           string
	Notice              string
	Short               string       // how many new files would lack what the data-entry standard says must be there
	Lacking             []ImportHint // … by field
	Work                ImportWork
	Facts               []string // what was found, a phrase each
	Step                int      // 1 to 5, of the head
	Form                *ImportForm
	Tabs                []ImportTab
	Columns             []string
	Rows                []ImportRowLine
	Pager               ui.PagerProps
	NotData             []ImportNotData
	NotDataText         string
	Reps, Names, Faults []ImportHint
	RepsBranch          string // where the reader may add those of Reps, "" for nowhere
	Create, Update      int64
	Skip, Faulty        int64
	FailedHref          string
	UndoUntil           Moment
	CanUndo             bool
	Undo                *ImportUndo
	ResultHref          string
}

// ImportWork is what is under way.
type ImportWork struct {
	Busy        bool
	URL         string
	Label, Text string
	Done, Total int64
	CanCancel   bool
	Action      string
}

// ImportForm is what the person may choose before the rows are taken.
type ImportForm struct {
	Action, Version                   string
	Sheets                            []ImportSheetChoice
	Maps                              []ImportMap
	Key, Branch, Owner                string
	Keys, Branches, Owners            []ui.Option
	Year, Area, Order, VIP, Unknown   string
	Unread, NoResult                  string // of cells that cannot be read
	Comma, Fill                       bool
	Ask                               map[string]string // question → how many rows
	Recognised, Columns               int
	Errors                            ui.Errors
	ShowKey, ShowUnknown, NothingAsks bool
}

// ImportSheetChoice is a sheet that may be read.
type ImportSheetChoice struct {
	Name, Text   string
	Hidden, Used bool
}

// ImportMap is the mapping of one set of headings; Sheet is its number.
type ImportMap struct {
	Sheet, Title string
	Rows         []ImportMapRow
	Remembered   bool
}

// ImportMapRow is one column of the file.
type ImportMapRow struct {
	Name, Heading, Sample, Field string
	Options                      []ui.Option
	How                          string // sure, ask, none, later
}

// ImportTab is a count that opens its rows.
type ImportTab struct {
	Verdict, Count, Href string
	Current              bool
}

// ImportRowLine is a row of the preview.
type ImportRowLine struct {
	Row, Sheet, Verdict string
	Href                string // of the file on record
	Cells               []ImportCell
	Why                 []string
	Bad                 bool
}

// ImportCell is a cleaned value, and what stood in the file where it differs.
type ImportCell struct {
	Text, Was string
	Marked    bool // a fault
	Short     bool // stays on one line
}

// ImportNotData is a row that is none.
type ImportNotData struct{ Row, Why, Text string }

// ImportHint is a word of the file with a number of rows.
type ImportHint struct{ Name, Rows string }

// ImportUndo is the end of an undo.
type ImportUndo struct {
	Reversed, Kept, Failed          int
	ReversedRows, KeptRows, BadRows []ImportUndone
}

// ImportUndone is one row of an undo with the reason.
type ImportUndone struct{ Name, Href, Why string }

// CountWord is a number that was counted no further than most and one.
func CountWord(n, most int64) string {
	if n > most {
		return Thousands(most) + "+"
	}
	return Thousands(n)
}

// Thousands writes a number as people read it: 1,248.
func Thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// title of the head.
func (p ImportPage) title(ctx context.Context) string {
	switch p.Kind {
	case "visits":
		return t(ctx, "导入拜访")
	case "waybills":
		return t(ctx, "导入运单")
	case "payments":
		return t(ctx, "导入账款")
	case "cases":
		return t(ctx, "导入投诉登记本")
	}
	return t(ctx, "导入客户")
}

func (p ImportPage) apply(ctx context.Context) string {
	switch p.Kind {
	case "visits":
		return t(ctx, "导入 %s 条拜访", Thousands(p.Create+p.Update))
	case "waybills":
		return t(ctx, "导入 %s 票运单", Thousands(p.Create+p.Update))
	case "payments":
		return t(ctx, "导入 %s 笔账款", Thousands(p.Create+p.Update))
	case "cases":
		return t(ctx, "导入 %s 件投诉", Thousands(p.Create+p.Update))
	}
	return t(ctx, "导入 %s 位客户", Thousands(p.Create+p.Update))
}

func (p ImportPage) unit(ctx context.Context) string {
	switch p.Kind {
	case "visits":
		return t(ctx, "条")
	case "waybills":
		return t(ctx, "票")
	case "payments":
		return t(ctx, "笔")
	case "cases":
		return t(ctx, "条")
	}
	return t(ctx, "位")
}

func stepState(step, at int) string {
	switch {
	case at < step:
		return "done"
	case at == step:
		return "now"
	}
	return ""
}

func importSteps(ctx context.Context) []string {
	return []string{t(ctx, "选文件"), t(ctx, "对应列"), t(ctx, "预览"), t(ctx, "导入"), t(ctx, "结果")}
}

var importFieldWords = map[string]string{
	"code": lang.N("客户编码"), "name": lang.N("客户名称"), "short_name": lang.N("简称"), "kind": lang.N("客户类型"),
	"class": lang.N("分级"), "source": lang.N("来源"), "industry": lang.N("行业"), "business_type": lang.N("业务类型"),
	"nature": lang.N("企业性质"), "size": lang.N("规模"), "credit_code": lang.N("信用代码"), "contact": lang.N("联系人"),
	"position": lang.N("职务"), "ways": lang.N("首选联系方式"), "phone": lang.N("电话"), "phones": lang.N("电话"), "email": lang.N("邮箱"), "wechat": lang.N("微信"),
	"address": lang.N("地址"), "province": lang.N("省"), "city": lang.N("市"), "district": lang.N("区县"), "terms": lang.N("结算方式"),
	"account_no": lang.N("月结账号"), "terms_days": lang.N("账期（天）"), "credit_limit": lang.N("授信额度"), "owner": lang.N("业务员"),
	"owner_id": lang.N("业务员"), "clerk": lang.N("客服"), "clerk_id": lang.N("客服"), "branch": lang.N("网点"), "area": lang.N("片区"),
	"filed_on": lang.N("建档日期"), "founded_on": lang.N("成立日期"), "monthly_pieces": lang.N("月均件量"), "price": lang.N("报价"), "stage": lang.N("生命周期"),
	"status": lang.N("状态"), "contract_no": lang.N("合同编号"), "contract_from": lang.N("合同开始"), "contract_to": lang.N("合同到期"),
	"birthday": lang.N("生日"), "tags": lang.N("标签"), "remark": lang.N("备注"), "class_reason": lang.N("分级理由"),
	"place_code": lang.N("所在地"), "city_code": lang.N("城市"), "last_shipped": lang.N("最近发件"), "last_visit": lang.N("最近拜访"),
	"pieces_total": lang.N("累计票数"), "revenue_month": lang.N("月均运费"), "balance": lang.N("预存余额"), "seq": lang.N("序号"),
	"day": lang.N("日期"), "rep": lang.N("业务员"), "mode": lang.N("拜访方式"), "purpose": lang.N("目的"), "met": lang.N("接洽人"),
	"learned": lang.N("拜访内容"), "wants": lang.N("客户需求"), "mood": lang.N("客户态度"), "result": lang.N("结果"),
	"next_step": lang.N("下一步"), "next_on": lang.N("下次跟进"), "message": lang.N("整条消息"), "visit": lang.N("拜访"),
	"order": lang.N("订单号"), "order_no": lang.N("订单号"), "waybill": lang.N("运单号"), "receiver": lang.N("收件人"), "receiver_phone": lang.N("收件人电话"),
	"destination": lang.N("寄往"), "contents": lang.N("内件"), "picked": lang.N("揽收时间"), "signed": lang.N("签收时间"), "picker": lang.N("揽收员"), "deliverer": lang.N("派件员"),
	"weight": lang.N("重量"), "volume": lang.N("体积"), "pieces": lang.N("件数"), "freight": lang.N("运费"), "payment": lang.N("付款"), "product": lang.N("产品"),
	"exception": lang.N("异常"), "when": lang.N("寄件日期"), "state": lang.N("状态"), "sender": lang.N("寄件客户"), "sender_contact": lang.N("寄件人"),
	"sender_phone": lang.N("寄件人电话"), "sender_account": lang.N("月结账号"), "sender_address": lang.N("寄件地址"), "sent_at": lang.N("寄件时间"),
	"picked_at": lang.N("揽收时间"), "signed_at": lang.N("签收时间"), "weight_g": lang.N("重量"), "volume_cm3": lang.N("体积"), "freight_fen": lang.N("运费"),
	"doc": lang.N("单据号"), "doc_no": lang.N("单据号"), "doc_kind": lang.N("单据类型"), "period": lang.N("账期月份"), "periods": lang.N("账期月份"), "due": lang.N("到期日"), "due_on": lang.N("到期日"),
	"charged": lang.N("应收金额"), "charged_fen": lang.N("应收金额"), "paid": lang.N("实收金额"), "paid_fen": lang.N("实收金额"), "method": lang.N("收款方式"), "handled": lang.N("经办人"), "handled_by": lang.N("经办人"),
}

// ImportFieldWord is a field of an import as people call it.
func ImportFieldWord(ctx context.Context, field string) string {
	return word(ctx, importFieldWords, field)
}

// importBillWords are those of a bill's fields that mean something else there.
var importBillWords = map[string]string{
	"day": lang.N("寄件日期"), "name": lang.N("寄件客户"), "contact": lang.N("寄件人"), "phone": lang.N("寄件人电话"), "address": lang.N("寄件地址"),
}

// importCaseWords are those of a register's fields that mean something else there.
var importCaseWords = map[string]string{
	"name": lang.N("来电人"), "kind": lang.N("工单类型"), "said": lang.N("投诉内容"), "wants": lang.N("客户要求"), "cause": lang.N("什么原因"), "channel": lang.N("怎么来的"), "severity": lang.N("轻重"), "handling": lang.N("处理经过"),
	"handler": lang.N("经办人"), "compensation": lang.N("赔款"), "closed_on": lang.N("结案日期"), "state": lang.N("结没结"), "satisfied": lang.N("满意吗"),
}

// ImportEndWord says how a register's row ends.
func ImportEndWord(ctx context.Context, state string) string {
	switch state {
	case intake.Closed:
		return t(ctx, "已结案")
	case intake.StillOpen:
		return t(ctx, "没结案")
	}
	return ""
}

// ImportFieldOf is ImportFieldWord for a field of that kind of import.
func ImportFieldOf(ctx context.Context, kind, field string) string {
	if _, ok := importBillWords[field]; ok && kind == "waybills" {
		return word(ctx, importBillWords, field)
	}
	if _, ok := importCaseWords[field]; ok && kind == "cases" {
		return word(ctx, importCaseWords, field)
	}
	return ImportFieldWord(ctx, field)
}

var importStateWords = map[string]string{
	"judging": lang.N("正在看文件"), "judged": lang.N("等你确认"), "applying": lang.N("正在导入"), "applied": lang.N("已导入"),
	"undoing": lang.N("正在撤销"), "undone": lang.N("已撤销"), "cancelled": lang.N("已放弃"), "failed": lang.N("读不了"),
}

// ImportStateWord is a state of an import as people call it.
func ImportStateWord(ctx context.Context, state string) string {
	return word(ctx, importStateWords, state)
}

// ImportFaultWord says why a file cannot be read, and what to do.
func ImportFaultWord(ctx context.Context, code string) string {
	switch code {
	case "":
		return ""
	case "empty":
		return t(ctx, "这个文件是空的。请确认导出时选了数据，再传一次。")
	case "encrypted":
		return t(ctx, "这个文件加了密码。请在 Excel 或 WPS 里打开，去掉密码另存后再传。")
	case "truncated":
		return t(ctx, "这个文件不完整，可能没下载完或没传完。请重新下载或导出后再传。")
	case "damaged":
		return t(ctx, "这个文件已损坏，读不出来。请在 Excel 或 WPS 里打开，另存为 .xlsx 后再传。")
	case "not_sheet":
		return t(ctx, "这不是表格文件。请传 .xlsx、.xls 或 .csv。")
	case "too_big":
		return t(ctx, "这个文件太大，最多 64 MB。请删掉图片和多余的工作表，或分成几个文件。")
	case "bill_too_big":
		return t(ctx, "这个账单太大，网页上最多 64 MB。请按天或按周分成几个文件；也可以请管理员在装有本程序的电脑上用命令 yike import waybills 导入，最多 1000 万行。")
	case "old_xls":
		return t(ctx, "这种格式太旧，读不了。请在 Excel 或 WPS 里另存为 .xlsx 后再传。")
	case "no_sheet":
		return t(ctx, "没有这张工作表，请重新选。")
	case "no_rows":
		return t(ctx, "没有找到能导入的行。请确认工作表里有列名和数据；也可以下载模板照着填。")
	case "mapping":
		return t(ctx, "认不出必需的列。请在下面指定：客户要有「客户名称」，拜访要有「拜访日期」和客户，运单要有「运单号」「日期」和寄件客户。")
	case "too_many":
		return t(ctx, "一次最多导入 200,000 行。请把文件分成几个再传。")
	}
	return t(ctx, "读文件时出错，没有动任何数据。请再传一次；还不行就告诉管理员。")
}

var notDataWords = map[string]string{
	"header_again": lang.N("重复的表头"), "group_heading": lang.N("分组标题"), "subtotal": lang.N("小计"), "grand_total": lang.N("合计"),
	"signature": lang.N("签字行"), "note": lang.N("说明行"), "example": lang.N("示例行"), "number_only": lang.N("只有序号"),
}

// NotDataWord says why a row is no data.
func NotDataWord(ctx context.Context, why string) string { return word(ctx, notDataWords, why) }

var undoWords = map[string]string{
	"created": lang.N("新建的客户，已删去"), "updated": lang.N("改动已还原"), "contact": lang.N("加的联系人，已删去"), "visit": lang.N("加的拜访，已删去"),
	"lost_erased": lang.N("个人信息已按要求删除，无法还原，保留"), "lost_key": lang.N("没有密钥文件，读不出原来的内容，保留"), "lost_broken": lang.N("原来的内容已损坏，保留"),
	"waybill": lang.N("带进来的运单，已删去"), "corrected": lang.N("更正已还原"), "shipped": lang.N("已有运单，保留"), "charged": lang.N("已有账款，保留"), "entry": lang.N("带进来的账款，已删去"),
	"edited": lang.N("导入后有人改过，保留"), "visited": lang.N("导入后有了拜访，保留"), "contacts": lang.N("导入后加了联系人，保留"),
	"cases": lang.N("导入后有了工单，保留"), "used": lang.N("导入后用过（待办、问候、评价、导出、交接等），保留"),
	"fields": lang.N("有人改过，保留现在的值"), "gone": lang.N("已经不在了"), "in_bin": lang.N("在回收站里，没有动"), "moved": lang.N("已不在你的范围里，没有动"),
}

// UndoWord says what became of a row of an undo.
func UndoWord(ctx context.Context, why string) string { return word(ctx, undoWords, why) }

var importKeyWords = map[string]string{
	"name_phone": lang.N("名称和电话"), "code": lang.N("客户编码"), "account": lang.N("月结账号"), "credit_code": lang.N("信用代码"),
	"phone": lang.N("电话"), "name": lang.N("名称"),
}

// ImportKeyWord is by what rows are recognised as one customer.
func ImportKeyWord(ctx context.Context, key string) string { return word(ctx, importKeyWords, key) }

// ImportReason puts a problem of a row of that kind of import into words: what,
// and what to do.
func ImportReason(ctx context.Context, kind string, p intake.Problem) string {
	s := importReason(ctx, p)
	if p.Field == "" || p.Field == "owner" || p.Field == "branch" {
		return s
	}
	switch p.Code {
	case intake.NoName, intake.ColumnsShifted, intake.VIPMeans:
		return s
	}
	return t(ctx, "%s：%s", ImportFieldOf(ctx, kind, p.Field), s)
}

// ImportFaultKind names a kind of fault without the particulars of a row.
func ImportFaultKind(ctx context.Context, code string) string {
	switch intake.Code(code) {
	case intake.MobileShort, intake.MobileLong:
		return t(ctx, "手机号位数不对")
	case intake.ImpossibleDate, intake.DateIncomplete, intake.DateOrder, intake.NotADate, intake.DateRange:
		return t(ctx, "日期读不出")
	case intake.AccountOfAnother, intake.CodeOfAnother, intake.CreditOfAnother:
		return t(ctx, "编号已是别的客户的")
	case intake.NotAPhone:
		return t(ctx, "不像电话")
	case intake.NotMoney, intake.NotANumber, intake.NumberRange, intake.UnitUnclear, intake.DecimalComma:
		return t(ctx, "数字读不出")
	case intake.CreditWrong:
		return t(ctx, "信用代码校验不对")
	case intake.CellError:
		return t(ctx, "公式出错")
	case intake.Ambiguous:
		return t(ctx, "分不清是哪位客户")
	case intake.UnknownCustomer:
		return t(ctx, "系统里没有的客户")
	}
	return importReason(ctx, intake.Problem{Code: intake.Code(code)})
}

func importReason(ctx context.Context, p intake.Problem) string {
	switch p.Code {
	case intake.BadBytes:
		return t(ctx, "有读不出的字，请在原文件里改好")
	case intake.OpenQuote:
		return t(ctx, "引号没有成对，请在原文件里改好")
	case intake.ColumnsShifted:
		return t(ctx, "内容错位，像是少了引号或多了逗号")
	case intake.ExtraCells:
		return t(ctx, "表头右边还有 %d 格，没有读", p.N)
	case intake.NoName:
		return t(ctx, "没有客户名称")
	case intake.CellError:
		return t(ctx, "公式出错（%s）", p.Text)
	case intake.KeptInRemark:
		return t(ctx, "读不出的内容放进了备注")
	case intake.MobileShort:
		return t(ctx, "少 %d 位，手机号是 11 位", p.N)
	case intake.MobileLong:
		return t(ctx, "多 %d 位，手机号是 11 位", p.N)
	case intake.DigitsLost:
		return t(ctx, "号码被 Excel 变成了科学记数，后几位已丢，请补全")
	case intake.NoAreaCode:
		return t(ctx, "座机没有区号，按本网点的区号")
	case intake.NotAPhone:
		return t(ctx, "“%s”不像电话", p.Text)
	case intake.NoYear:
		return t(ctx, "日期没有年份，按文件的年份")
	case intake.ImpossibleDate:
		return t(ctx, "没有“%s”这一天", p.Text)
	case intake.DateIncomplete:
		return t(ctx, "日期不完整，没有写日")
	case intake.DateOrder:
		return t(ctx, "“%s”分不清年月日的先后", p.Text)
	case intake.NotADate:
		return t(ctx, "“%s”不是日期", p.Text)
	case intake.DateRange:
		return t(ctx, "“%s”不像真的日期", p.Text)
	case intake.DecimalComma:
		return t(ctx, "“%s”里的逗号分不清是小数点还是千分位", p.Text)
	case intake.NotMoney:
		return t(ctx, "“%s”不是金额", p.Text)
	case intake.NotANumber:
		return t(ctx, "“%s”不是整数", p.Text)
	case intake.NumberRange:
		return t(ctx, "“%s”是一个范围，请写一个数", p.Text)
	case intake.UnitUnclear:
		return t(ctx, "“%s”的单位不是每月", p.Text)
	case intake.Rounded:
		return t(ctx, "超过两位小数，已四舍五入")
	case intake.VIPMeans:
		return t(ctx, "VIP 按上面选的算")
	case intake.ClassUnknown, intake.KindUnknown, intake.ModeUnknown, intake.WordUnknown:
		return t(ctx, "“%s”认不出，这一格没有导入", p.Text)
	case intake.NotYesNo:
		return t(ctx, "“%s”看不出是或否", p.Text)
	case intake.CreditWrong:
		return t(ctx, "“%s”校验不对，请核对", p.Text)
	case intake.EmailWrong:
		return t(ctx, "“%s”不像邮箱，这一格没有导入", p.Text)
	case intake.WaysOfNobody:
		return t(ctx, "没有写联系人，首选联系方式没有导入")
	case intake.DueByPerson:
		return t(ctx, "“%s”没有说哪一天，记在下一步里", p.Text)
	case intake.NoMode:
		return t(ctx, "没写拜访方式，按上门")
	case intake.DuplicateOfRow:
		return t(ctx, "和第 %d 行是同一位，保留前面那行", p.N)
	case intake.AccountOfAnother:
		return t(ctx, "月结账号 %s 已是另一位客户的", p.Text)
	case intake.CodeOfAnother:
		return t(ctx, "客户编码 %s 已是另一位客户的", p.Text)
	case intake.CreditOfAnother:
		return t(ctx, "信用代码 %s 已是另一位客户的", p.Text)
	case intake.NothingNew:
		return t(ctx, "系统里已有，没有新内容")
	case intake.MatchedBy:
		return t(ctx, "系统里已有，按%s认出", ImportKeyWord(ctx, p.Text))
	case intake.CodeKept:
		return t(ctx, "编码保留原来的 %s", p.Text)
	case intake.SameNameOtherwise:
		return t(ctx, "有同名但电话不同的客户，请留意")
	case intake.SamePhone:
		return t(ctx, "有同电话但名称不同的客户，请留意")
	case intake.Ambiguous:
		return t(ctx, "有 %d 位客户都符合，分不清是哪一位", p.N)
	case intake.UnknownCustomer:
		return t(ctx, "系统里没有“%s”", p.Text)
	case intake.NoCustomer:
		return t(ctx, "没有写客户")
	case intake.NoDay:
		return t(ctx, "没有写日期")
	case intake.NoWaybill:
		return t(ctx, "没有单号")
	case intake.NotWaybill:
		return t(ctx, "“%s”不是运单号，运单号是 8 到 20 位数字或字母加数字", p.Text)
	case intake.Negative:
		return t(ctx, "运费是负数（%s 元），冲减请单独处理", p.Text)
	case intake.FutureDay:
		return t(ctx, "%s 还没到", p.Text)
	case intake.BeforeSent:
		return t(ctx, "签收日期 %s 早于寄件日期", p.Text)
	case intake.WordStrange:
		return t(ctx, "不认识“%s”，请改成模板里的说法", p.Text)
	case intake.ProductOther:
		return t(ctx, "不认识产品“%s”，记为其他，原来的写进备注", p.Text)
	case intake.PlaceUnknown:
		return t(ctx, "“%s”看不出是哪里，写进备注", p.Text)
	case intake.NotMeasure:
		return t(ctx, "“%s”不是重量或体积", p.Text)
	case intake.DuplicateDiffers:
		return t(ctx, "和第 %d 行运单号相同，内容却不同，请核对", p.N)
	case intake.SenderSeveral:
		return t(ctx, "有 %d 位客户都可能是寄件人，没有归到谁名下", p.N)
	case intake.NoSender:
		return t(ctx, "没有写寄件客户")
	case intake.NoDocument:
		return t(ctx, "没有写单据号")
	case intake.BothAmounts:
		return t(ctx, "一行里既有应收又有实收，请分成两行")
	case intake.NoAmount:
		return t(ctx, "没有写金额")
	case intake.WrongAmount:
		return t(ctx, "金额写错了列：对账单写应收，回款和退款写实收")
	case intake.BelowZero:
		return t(ctx, "金额是负数（%s 元），退款或冲减请写成退款、冲红", p.Text)
	case intake.NotAPeriod:
		return t(ctx, "“%s”看不出是哪个月", p.Text)
	case intake.PeriodTaken:
		return t(ctx, "没有写账期，按上个月 %s 记", p.Text)
	case intake.DueBefore:
		return t(ctx, "到期日 %s 早于单据日期", p.Text)
	case intake.NothingSaid:
		return t(ctx, "没有写投诉内容")
	case intake.DayAbove:
		return t(ctx, "没有写日期，按上一行 %s 记", p.Text)
	case intake.DayShort:
		return t(ctx, "“%s”也可能是 10、20 或 30 号，按早的记", p.Text)
	case intake.MonthDiffers:
		return t(ctx, "%s 和上面的月份标题不是一个月，请看一眼", p.Text)
	case intake.CauseGuessed:
		return t(ctx, "按“%s”猜的", p.Text)
	case intake.CauseUnknown:
		return t(ctx, "看不出是什么原因，先记其他")
	case intake.NoResult:
		return t(ctx, "没有写结果")
	case intake.ResultWord:
		return t(ctx, "“%s”看不出结没结，按没结案记", p.Text)
	case intake.PaidUnclear:
		return t(ctx, "“%s”看不出赔了多少，原话留在处理结果里", p.Text)
	case intake.CallerOf:
		return t(ctx, "%d 位客户都用这个号码，没有归到谁名下", p.N)
	case intake.WaybillWords:
		return t(ctx, "“%s”不是单号，写进投诉内容", p.Text)
	case intake.ClosedBefore:
		return t(ctx, "结案日期 %s 比投诉还早，没有采用", p.Text)
	case "entry_void":
		return t(ctx, "这张单据已经作废；要用就先在客户的账款里恢复它")
	case "entry_of_another":
		return t(ctx, "这个单据号已经用在别的客户或别的单据上，请核对")
	case "number_elsewhere":
		return t(ctx, "这张运单已在别的网点，没有动")
	case "other_branch":
		return t(ctx, "这一票是别的网点的，没有导入")
	case "belongs_elsewhere":
		return t(ctx, "这位客户已在别的网点，你不能改；请联系对方网点或总部")
	case "in_bin":
		return t(ctx, "这位客户在回收站里，请先恢复")
	case "rep_unknown":
		return t(ctx, "本网点没有叫“%s”的人，按上面选的归属", p.Text)
	case "branch_unknown":
		return t(ctx, "没有叫“%s”的网点，归到本次选的网点", p.Text)
	}
	if doubt, ok := strings.CutPrefix(string(p.Code), "message_"); ok {
		return messageDoubt(ctx, doubt)
	}
	return string(p.Code)
}

func messageDoubt(ctx context.Context, doubt string) string {
	switch doubt {
	case "no_phone":
		return t(ctx, "没有找到电话")
	case "phone_digits":
		return t(ctx, "电话位数不对")
	case "no_name":
		return t(ctx, "没有找到姓名")
	case "name_unsure":
		return t(ctx, "姓名不确定")
	case "no_address":
		return t(ctx, "没有找到地址")
	case "place_unknown", "place_ambiguous", "place_dissolved", "district_missing":
		return t(ctx, "省市区不确定")
	case "no_detail":
		return t(ctx, "没有详细地址")
	case "several_receivers":
		return t(ctx, "一条里有好几个人，请拆开")
	case "left_over":
		return t(ctx, "有看不懂的内容")
	}
	return t(ctx, "太长，看不懂")
}

var importModeWords = map[string]string{
	"on_site": lang.N("上门"), "phone": lang.N("电话"), "wechat": lang.N("微信"), "at_branch": lang.N("到网点"),
}

// ImportModeWord is a mode of a visit as people call it.
func ImportModeWord(ctx context.Context, mode string) string { return word(ctx, importModeWords, mode) }

// repNames are the reps whom nobody knows, a line each.
func (p ImportPage) repNames() string {
	var names []string
	for _, x := range p.Reps {
		names = append(names, x.Name)
	}
	return strings.Join(names, "\n")
}
