package views

import (
	"context"
	"strings"

	"yike/views/chart"
	"yike/views/lang"
	"yike/views/ui"
)

// CustomerPage is a customer's page. What the reader may not see is masked or
// missing already.
type CustomerPage struct {
	ID, Version, Name, Code, Class, ClassNote                        string
	Stage, StageText, State, StateText                               string
	Meta                                                             []string
	Owner                                                            PhoneLine // who, and how to call them
	Tags                                                             []ui.TagProps
	Hint                                                             string // one sentence to mind at the door
	Alerts                                                           []AlertLine
	Call                                                             string // tel: link of the first number
	Phones                                                           []PhoneLine
	Neighbours                                                       *Neighbours
	Figures                                                          []ui.StatProps
	Contacts                                                         ContactsPanel
	Facts                                                            []FactGroup
	Timeline                                                         TimelinePart
	Visits                                                           []VisitLine
	Todos                                                            TodoCard
	Greetings                                                        GreetingCard
	Ratings                                                          RatingCard
	Cases                                                            CaseCard
	VisitsHref                                                       string
	Account                                                          *AccountCard // nil without the right
	Chart                                                            *chart.Bars
	Classes, States                                                  []ui.Option // what may be chosen; none without the right
	CanEdit, CanDelete, CanVisit, CanWaybills, CanHistory, CanRights bool
	CanActivities                                                    bool
	CanOptional                                                      bool          // fields such as an ID number are in use, and the reader may ask for them
	Printed                                                          string        // the line at the foot of the print
	ClassFault, UntilFault, ClassUntil, ClassMin                     string        // until when a class set by hand holds
	Labels                                                           []ui.TagProps // what the rules call it
	Next                                                             []NextStep    // what head office asks to be done
}

// AlertLine is a strip of remark on top of the page.
type AlertLine struct{ Kind, Text, Href, LinkText string }

// Neighbours lead through the list from which the page was opened.
type Neighbours struct{ Back, Prev, Next string }

// FactGroup is a sheet of facts; a fact without a value is left out.
type FactGroup struct {
	Title string
	Facts []Fact
}

// Fact is a label and its value; a masked one may say how to ask for all of it.
type Fact struct {
	Label, Value string
	Reveal       *Reveal
}

// TimelinePart is a page of events. More is the address of the next one.
type TimelinePart struct {
	Items []TimelineLine
	More  string
}

// TimelineLine is one event: a visit or a change.
type TimelineLine struct {
	ui.TimelineProps
	Text   []string
	Fields []FieldChange
	Photos string
}

// VisitLine is a visit in the sheet at the side. Due is a state of ui.DueBadge.
type VisitLine struct{ Text, Href, Due, When string }

// FieldChange is a field as it was and became, in words.
type FieldChange struct {
	Label, Before, After string
	Lost                 string // why the values cannot be shown, instead of them
}

// ChangeLine is one changed row in the history.
type ChangeLine struct {
	Icon, Title, Href, Who, Reason string
	When                           Moment
	Fields                         []FieldChange
}

// HistoryPage is the list of changes of a customer, the newest first.
type HistoryPage struct {
	ID, Name    string
	Items       []ChangeLine
	First, Next string
}

// CustomerStale shows an edit that came too late: what was typed is carried on
// in hidden fields, and each differing field asks whose value shall stand.
type CustomerStale struct {
	ID, Name, Version, By string
	When                  Moment
	Form                  CustomerForm
	Rows                  []StaleRow
}

// StaleRow is one differing field.
type StaleRow struct {
	Name, Label, Mine, Theirs string
	PickTheirs                bool
}

var entityWords = map[string]string{
	"create customers": lang.N("建了档"), "update customers": lang.N("改了资料"), "delete customers": lang.N("放进回收站"), "restore customers": lang.N("从回收站取回"),
	"create contacts": lang.N("加了联系人"), "update contacts": lang.N("改了联系人"), "delete contacts": lang.N("移除了联系人"), "restore contacts": lang.N("取回了联系人"),
	"create visits": lang.N("记了拜访"), "update visits": lang.N("改了拜访"), "delete visits": lang.N("删了拜访"), "restore visits": lang.N("取回了拜访"),
	"update waybills": lang.N("更正了运单"),
	"create todos":    lang.N("有一件待办"), "update todos": lang.N("改了待办"),
	"create greetings": lang.N("要问候了"), "update greetings": lang.N("改了问候"),
	"create radar_alerts": lang.N("雷达提醒：比平时差"), "update radar_alerts": lang.N("处理了雷达提醒"),
	"create time_marks": lang.N("标了时效要不要紧"), "update time_marks": lang.N("改了时效的标记"), "delete time_marks": lang.N("去掉了时效的标记"),
	"create account_entries": lang.N("记了账款"), "update account_entries": lang.N("改了账款"),
	"create feedback_forms": lang.N("写了反馈表"), "update feedback_forms": lang.N("反馈表有进展"), "delete feedback_forms": lang.N("扔了反馈表草稿"),
	"create cases": lang.N("登记了工单"), "update cases": lang.N("工单有进展"), "delete cases": lang.N("删了工单"), "restore cases": lang.N("取回了工单"),
	"create measures": lang.N("写了改进措施"), "update measures": lang.N("改进措施有进展"),
	"update activities":  lang.N("参加活动的记录"),
	"create case_claims": lang.N("登记了理赔"), "update case_claims": lang.N("理赔有进展"),
	"create class_changes": lang.N("对标签提了异议"), "update class_changes": lang.N("批了分级变动"),
}

// ChangeWord says what happened to a row. The act tells more than the row:
// a class set by hand, a review, an import.
func ChangeWord(ctx context.Context, entity, kind, act string) string {
	switch {
	case act == "handovers.apply":
		return lang.T(ctx, "交接")
	case act == "handovers.undo":
		return lang.T(ctx, "撤销了交接")
	case act == "todos.do":
		return lang.T(ctx, "办完了待办")
	case act == "todos.drop":
		return lang.T(ctx, "待办不办了")
	case act == "todos.reopen":
		return lang.T(ctx, "重新打开待办")
	case act == "todos.pass":
		return lang.T(ctx, "转交了待办")
	case actWords[act] != "" && (entity == "cases" || entity == "case_claims" || entity == "measures" || entity == "activities" || entity == "ratings" || entity == "feedback_forms" || entity == "greetings" && kind == "update"):
		return word(ctx, actWords, act)
	case act == "customers.classify":
		return lang.T(ctx, "改了分级")
	case act == "customers.review":
		return lang.T(ctx, "改了档案状态")
	case strings.HasPrefix(act, "imports.") && kind == "create" && entity == "customers":
		return lang.T(ctx, "导入建档")
	case strings.HasPrefix(act, "imports.") && kind == "update" && entity == "customers":
		return lang.T(ctx, "导入更新")
	}
	return word(ctx, entityWords, kind+" "+entity)
}

// ChangeIcon is the glyph beside ChangeWord.
func ChangeIcon(entity, kind, act string) string {
	switch {
	case act == "handovers.apply", act == "handovers.undo":
		return "user-share"
	case act == "customers.classify":
		return "stairs-up"
	case act == "customers.review":
		return "file-check"
	case strings.HasPrefix(act, "imports."):
		return "table-import"
	case entity == "todos":
		return "checklist"
	case entity == "cases":
		return "message-circle"
	case entity == "activities":
		return "users-group"
	case entity == "measures":
		return "clipboard-text"
	case entity == "case_claims":
		return "cash"
	case entity == "greetings":
		return "gift"
	case entity == "ratings":
		return "mood-smile"
	case entity == "feedback_forms":
		return "clipboard-text"
	case entity == "radar_alerts":
		return "trending-down"
	case kind == "delete":
		return "trash"
	case kind == "restore":
		return "arrow-back-up"
	case entity == "contacts":
		return "user"
	case kind == "create":
		return "user-plus"
	}
	return "pencil"
}

var visitColumns = map[string]string{
	"user_id": lang.N("拜访人"), "state": lang.N("状态"), "day": lang.N("日期"), "mode": lang.N("方式"), "purpose": lang.N("目的"),
	"learned": lang.N("了解到"), "mood": lang.N("态度"), "met": lang.N("见到谁"), "next_step": lang.N("下一步"), "next_on": lang.N("下次日期"),
}

var todoColumns = map[string]string{"user_id": lang.N("谁来办"), "state": lang.N("状态"), "due": lang.N("到期"), "result": lang.N("结果"), "closed_why": lang.N("为什么办结")}

var greetingColumns = map[string]string{"user_id": lang.N("谁来办"), "state": lang.N("状态"), "due": lang.N("到期"), "day": lang.N("哪天"), "result": lang.N("备注"), "closed_why": lang.N("为什么没有问候"),
	"done_by": lang.N("怎么问候的"), "spent_fen": lang.N("花了多少"), "offer_used": lang.N("优惠用在哪天")}

// Recipients, who are other persons, are not among them.
var waybillColumns = map[string]string{
	"order_no": lang.N("订单号"), "contents": lang.N("内件"), "sent_day": lang.N("寄件日期"), "picked_at": lang.N("揽收时间"), "signed_at": lang.N("签收时间"),
	"weight_g": lang.N("重量"), "pieces": lang.N("件数"), "freight_fen": lang.N("运费"), "product": lang.N("产品"), "payment": lang.N("付款"),
	"state": lang.N("状态"), "exception": lang.N("异常"), "remark": lang.N("备注"), "province": lang.N("寄往"), "city": lang.N("寄往"),
}

var radarColumns = map[string]string{
	"state": lang.N("状态"), "reason": lang.N("原因"), "response": lang.N("怎么办"), "note": lang.N("说明"), "owner_id": lang.N("谁来办"), "due_day": lang.N("哪天前"),
	"result": lang.N("结果"), "closed_day": lang.N("了结日期"), "expected": lang.N("平时件数"), "got": lang.N("实际件数"), "time_mark": lang.N("时效对他要紧吗"),
	"ended": lang.N("自己了结了"),
}

var entryColumns = map[string]string{
	"kind": lang.N("单据类型"), "doc_no": lang.N("单据号"), "periods": lang.N("账期月份"), "day": lang.N("日期"), "due_on": lang.N("到期日"), "charged_fen": lang.N("应收金额"),
	"paid_fen": lang.N("实收金额"), "method": lang.N("收款方式"), "handled_by": lang.N("经办人"), "remark": lang.N("备注"), "voided_at": lang.N("作废"), "void_reason": lang.N("作废理由"),
}

// ColumnWord names a changed column; "" for those that follow from others.
func ColumnWord(ctx context.Context, entity, column string) string {
	if entity == "account_entries" {
		if entryColumns[column] == "" {
			return ""
		}
		return word(ctx, entryColumns, column)
	}
	if entity == "waybills" {
		if waybillColumns[column] == "" {
			return ""
		}
		return word(ctx, waybillColumns, column)
	}
	if entity == "visits" {
		return word(ctx, visitColumns, column)
	}
	if entity == "todos" {
		return word(ctx, todoColumns, column)
	}
	if entity == "cases" || entity == "case_claims" || entity == "measures" || entity == "activities" || entity == "feedback_forms" {
		return "" // their own pages tell it
	}
	if entity == "greetings" {
		if greetingColumns[column] == "" {
			return ""
		}
		return word(ctx, greetingColumns, column)
	}
	if entity == "ratings" {
		return word(ctx, map[string]string{"score": lang.N("评了几分"), "revoked": lang.N("作废")}, column)
	}
	if entity == "radar_alerts" || entity == "time_marks" {
		if radarColumns[column] == "" {
			return ""
		}
		return word(ctx, radarColumns, column)
	}
	switch column {
	case "owner_since", "class_since", "city_code", "birthday_leap", "name_key", "name_fold":
		return ""
	case "birthday_lunar":
		return lang.T(ctx, "农历生日")
	case "birthday_year":
		return lang.T(ctx, "出生年")
	case "birthday_month":
		return lang.T(ctx, "出生月")
	case "birthday_day":
		return lang.T(ctx, "出生日")
	}
	if entity == "contacts" && column == "name" {
		return lang.T(ctx, "姓名")
	}
	return FieldWord(ctx, column)
}

// ValueWord puts a closed word of a column into language; other text stays.
func ValueWord(ctx context.Context, entity, column, value string) string {
	if column == "ways" {
		return WaysWord(ctx, strings.Fields(value))
	}
	if entity == "account_entries" {
		switch column {
		case "kind":
			return EntryKindWord(ctx, value)
		case "method":
			return MethodWord(ctx, value)
		}
		return value
	}
	if entity == "waybills" {
		switch column {
		case "state":
			return WaybillStateWord(ctx, value)
		case "product":
			return ProductWord(ctx, value)
		case "payment":
			return PaymentWord(ctx, value)
		case "exception":
			return ExceptionWord(ctx, value)
		}
		return value
	}
	if entity == "ratings" {
		return value
	}
	if entity == "greetings" {
		switch column {
		case "state":
			return GreetingStateWord(ctx, value)
		case "done_by":
			return MeansWord(ctx, value)
		}
		return value
	}
	if entity == "todos" {
		if column == "state" {
			return TodoStateWord(ctx, value)
		}
		return value
	}
	if entity == "radar_alerts" || entity == "time_marks" {
		switch column {
		case "state":
			return RadarStateWord(ctx, value)
		case "reason":
			return RadarReasonWord(ctx, value)
		case "response":
			return RadarResponseWord(ctx, value)
		case "ended":
			return RadarEndWord(ctx, value)
		case "time_mark":
			return TimeMarkWord(ctx, value)
		}
		return value
	}
	if entity == "visits" {
		switch column {
		case "state":
			return VisitStateWord(ctx, value)
		case "mode":
			return ModeWord(ctx, value)
		case "mood":
			return MoodWord(ctx, value)
		}
		return value
	}
	say := map[string]func(context.Context, string) string{"kind": KindWord, "usage": UsageWord, "nature": NatureWord, "size": SizeWord, "power": PowerWord,
		"source": SourceWord, "channel": ChannelWord, "stage": StageWord, "class": ClassWord, "terms": TermsWord, "state": StateWord}[column]
	if say == nil {
		return value
	}
	return say(ctx, value)
}

// YesNo is a tick in words.
func YesNo(ctx context.Context, v bool) string {
	if v {
		return lang.T(ctx, "是")
	}
	return lang.T(ctx, "否")
}

// TagProps is the look of a tag of one of the kinds of policy/profile.
func TagProps(kind, name, hint string) ui.TagProps {
	look := map[string]string{"risk": "risk", "value": "brand", "own": "line"}[kind]
	return ui.TagProps{Text: name, Kind: look, Title: hint}
}

func (p CustomerPage) href(tail string) string { return "/customers/" + p.ID + tail }

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// restFacts are the groups after the first that hold anything.
func restFacts(p CustomerPage) []FactGroup {
	var out []FactGroup
	for i, g := range p.Facts {
		for _, f := range g.Facts {
			if i > 0 && f.Value != "" {
				out = append(out, g)
				break
			}
		}
	}
	return out
}

// customerHidden are the fields of the form that the page of a late edit
// carries on; numbers and tags are carried beside them.
var customerHidden = []string{"name", "short_name", "code", "kind", "usage", "nature", "size", "power", "source", "industry", "business_type",
	"credit_code", "account_no", "wechat", "email", "class", "class_reason", "stage", "terms", "contract_no", "contract_from", "contract_to",
	"channel", "state", "filed_on", "founded_on", "remark", "branch", "owner", "clerk", "address", "province", "city", "district", "place_line", "terms_days",
	"credit_limit", "monthly_pieces", "screen_place", "screen_profit", "screen_staff", "screen_culture"}
