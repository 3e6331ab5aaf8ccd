package views

import (
	"context"
	"slices"
	"strings"

	"yike/views/lang"
	"yike/views/ui"
)

// todoKind is a kind of to-do in words. What is to be done stands first, why
// below it; each is filled with the arguments named, in their order.
type todoKind struct {
	short, title string
	titleArgs    []string
	why          string
	whyArgs      []string
}

// todoKinds are all kinds that the company's rules make. A new kind adds its
// line here and its English to views/lang.
var todoKinds = map[string]todoKind{
	"parcel_stuck":     {lang.N("滞留件"), lang.N("包裹 %s 停住了：查清楚，先打给客户"), []string{"number"}, lang.N("%s 小时没有新消息，超过 %s 小时就提醒"), []string{"hours", "limit"}},
	"parcel_offroad":   {lang.N("走错路"), lang.N("包裹 %s 可能走错了：请转运处核对"), []string{"number"}, lang.N("寄往%s，却出现在%s"), []string{"to", "at"}},
	"parcel_failed":    {lang.N("派送失败"), lang.N("包裹 %s 派送不成：问客户怎么送"), []string{"number"}, lang.N("已派送失败 %s 次"), []string{"times"}},
	"parcel_refused":   {lang.N("拒收件"), lang.N("包裹 %s 被拒收：问客户退回还是再送"), []string{"number"}, "", nil},
	"parcel_back":      {lang.N("退回件"), lang.N("包裹 %s 退回来了：告诉客户，问要不要再寄"), []string{"number"}, "", nil},
	"parcel_damaged":   {lang.N("破损件"), lang.N("包裹 %s 破损：告诉客户，准备理赔材料"), []string{"number"}, "", nil},
	"parcel_lost":      {lang.N("遗失件"), lang.N("包裹 %s 遗失：告诉客户，登记理赔"), []string{"number"}, "", nil},
	"radar_week":       {lang.N("件量下降"), lang.N("问客户最近为什么少发，在件量雷达里写下原因和办法"), nil, lang.N("%s 那一周 %s 件，平时 %s 件"), []string{"key", "got", "expected"}},
	"radar_months":     {lang.N("连月下降"), lang.N("问客户为什么一个月比一个月少，在件量雷达里写下原因和办法"), nil, lang.N("%s 只有 %s 件，照早先应有 %s 件"), []string{"key", "got", "expected"}},
	"greetings_missed": {lang.N("问候没送到"), lang.N("%s 的问候还有 %s 位没办：看名单，安排人补上"), []string{"day", "n"}, "", nil},
	"greetings_lost":   {lang.N("错过的问候"), lang.N("%s（%s）没有问候：那几天程序没有开，现在已经过了补办的日子"), nil, "", nil},
	"case_new":         {lang.N("新工单"), lang.N("新登记的工单 %s：打开看看，尽快答复客户"), []string{"code"}, "", nil},
	"case_clock":       {lang.N("工单时限"), lang.N("工单 %s：%s的时限是 %s，打开看看办到哪一步了"), nil, lang.N("快到时限或者已经超过，按处理时限的规则告诉你"), nil},
	"case_pause":       {lang.N("停的时间到了"), lang.N("工单 %s 停的时间到了，时限又在走：问问等到了没有"), []string{"code"}, "", nil},
	"case_call":        {lang.N("回访"), lang.N("回访客户：工单 %s 真的解决了吗"), []string{"code"}, "", nil},
	"case_accept":      {lang.N("请主管认可"), lang.N("工单 %s 客户不满意：看看理由，认可或退回"), []string{"code"}, "", nil},
	"case_escalated":   {lang.N("客户要升级"), lang.N("工单 %s 客户要升级：打电话给客户"), []string{"code"}, "", nil},
	"case_measures":    {lang.N("改进措施"), lang.N("工单 %s 的改进措施：做了没有，管不管用"), []string{"code"}, "", nil},
	"measure":          {lang.N("要做的改进"), lang.N("改进措施到期：做了没有，做了什么"), nil, "", nil},
	"measure_review":   {lang.N("该看效果"), lang.N("改进措施该看效果了：前后对比，接下来怎么办"), nil, "", nil},
	"notice_read":      {lang.N("看通知"), lang.N("有一份要确认的通知：打开看，点“确认看过”"), nil, "", nil},
	"notice_answer":    {lang.N("答复征集"), lang.N("总部向网点征集客户情况：打开看，写答复"), nil, "", nil},
	"form_answered":    {lang.N("反馈表有答复"), lang.N("市场部答复了你 %s 的反馈表：打开看看"), []string{"day"}, "", nil},
	"segment_next":     {lang.N("按分群跟进"), "", nil, "", nil},
	"radar_silence":    {lang.N("快要沉默"), lang.N("问客户为什么不发了，在件量雷达里写下原因和办法"), nil, lang.N("%s 天没有发件，%s 起算沉默"), []string{"days", "silent"}},
	"radar_rating":     {lang.N("评价下降"), lang.N("问客户哪里不满意，在件量雷达里写下原因和办法"), nil, lang.N("最近的评价比以前低"), nil},
	"radar_payment":    {lang.N("付款变差"), lang.N("问客户付款有什么难处，在件量雷达里写下原因和办法"), nil, lang.N("付得比他平时晚，或者对账单比平时少"), nil},
}

// TodoTitle is what is to be done.
func TodoTitle(ctx context.Context, kind string, args map[string]string) string {
	k, ok := todoKinds[kind]
	switch {
	case !ok:
		return lang.T(ctx, "待办")
	case kind == "segment_next":
		title, _ := segmentTodo(ctx, args)
		return title
	}
	if kind == "greetings_lost" {
		days := args["from"]
		if args["to"] != args["from"] {
			days = lang.T(ctx, "%s 到 %s", args["from"], args["to"])
		}
		return lang.T(ctx, k.title, OccasionWord(ctx, args["occasion"], map[string]string{args["occasion"]: args["name"]}), days)
	}
	if kind == "case_clock" {
		return lang.T(ctx, k.title, args["code"], ClockWord(ctx, args["clock"]), args["due"])
	}
	return lang.T(ctx, k.title, todoArgs(k.titleArgs, args)...)
}

// TodoWhy is why it is to be done, "" when the title says it all.
func TodoWhy(ctx context.Context, kind string, args map[string]string) string {
	k := todoKinds[kind]
	if kind == "segment_next" {
		_, why := segmentTodo(ctx, args)
		return why
	}
	if k.why == "" {
		return ""
	}
	switch {
	case kind == "parcel_stuck" && args["hours"] == "":
		return lang.T(ctx, "快递公司报了问题件")
	case kind == "parcel_stuck" && args["hurry"] != "":
		return lang.T(ctx, "%s 小时没有新消息，客户时效敏感，超过 %s 小时就提醒", args["hours"], args["limit"])
	case kind == "parcel_offroad" && args["at"] == "":
		return lang.T(ctx, "快递公司报了错发")
	}
	return lang.T(ctx, k.why, todoArgs(k.whyArgs, args)...)
}

// TodoKindWord is a kind in a word, for the filter.
func TodoKindWord(ctx context.Context, kind string) string {
	if k, ok := todoKinds[kind]; ok {
		return lang.T(ctx, k.short)
	}
	return ""
}

// TodoKindOptions are the kinds to filter by.
func TodoKindOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for kind := range todoKinds {
		out = append(out, ui.Option{Value: kind, Label: TodoKindWord(ctx, kind)})
	}
	slices.SortFunc(out, func(a, b ui.Option) int { return strings.Compare(a.Value, b.Value) })
	return out
}

func todoArgs(names []string, args map[string]string) []any {
	out := make([]any, len(names))
	for i, n := range names {
		out[i] = args[n]
	}
	return out
}

// TodoStateWord is a state of a to-do.
func TodoStateWord(ctx context.Context, state string) string {
	return word(ctx, map[string]string{"open": lang.N("没办完"), "done": lang.N("办完了"), "dropped": lang.N("不办了")}, state)
}

// SettledWord says why a to-do of a parcel closed by itself, "" for one that a
// person closed.
func SettledWord(ctx context.Context, why string) string {
	return word(ctx, map[string]string{"signed": lang.N("已经签收，自动办结"), "returned": lang.N("已经退回，自动办结"), "cancelled": lang.N("运单已取消，自动办结"), "moved": lang.N("又有新消息了，自动办结"),
		"undone": lang.N("收下的轨迹撤销了，自动办结"), "settled": lang.N("更正后没有这个问题了，自动办结"), "case": lang.N("在工单上办了，自动办结"), "form": lang.N("看过答复了"), "measure": lang.N("在措施上办了，自动办结"), "notice": lang.N("看过、答过或收回了")}, why)
}

// TodoLine is a to-do in a list.
type TodoLine struct {
	Href, Title, Why       string
	Customer, CustomerHref string
	Who, Kind              string
	Due                    Moment
	DueState               string // over, soon or "": as ui.DueBadge has it
	State, StateKind       string // of a closed one
	Result                 string
	Version, ID            string
	CanDo, CanPass         bool
	Answer                 string // address of the alert by whose answer it is done
	Pick                   string // names it in the form that does several, "" where there is none
	Picked                 bool
}

// TodoList is the page of to-dos.
type TodoList struct {
	Tabs                []TodoTab
	Chips               ui.ChipsProps
	Kind, Branch, View  string
	Branches            []ui.Option
	Rows                []TodoLine
	Count               string
	Next                string
	Closed, Late, Whole bool
	Kinds               []Tally // how many of which kind are listed
	Bulk                TodoBulk
	Back                string // where a to-do done in the list leads
}

// TodoBulk is the form that does several at once.
type TodoBulk struct {
	On     bool     // there is something to pick
	Picked []string // of the lines
	Result string
	Errors ui.Errors
}

// todoResults are what mostly comes of a to-do, to be taken instead of typed.
func todoResults(ctx context.Context) []string {
	return []string{t(ctx, "已告诉客户"), t(ctx, "已催转运处，明天再看"), t(ctx, "已约好再送"), t(ctx, "客户同意退回"), t(ctx, "已报理赔"), t(ctx, "打了电话没人接，明天再打")}
}

// TodoTab is a way to look at to-dos.
type TodoTab struct {
	Label, Href string
	Active      bool
}

// TodoPage is one to-do with what can be done about it.
type TodoPage struct {
	TodoLine
	Branch        string
	ParcelHref    string
	Created       string
	ClosedBy      string
	Takers        []ui.Option
	To            string
	Typed, Reason string
	Errors        ui.Errors
	Action        string // of the form that was wrong: do, drop, pass
}

// TodoCard is what waits to be done about one client or parcel.
type TodoCard struct {
	Rows []TodoLine
	More string // address of the whole list
}
