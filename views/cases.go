package views

import (
	"context"
	"slices"
	"strings"

	"yike/policy/casework"
	"yike/policy/reply"
	"yike/views/lang"
	"yike/views/ui"
)

// The words of a case.
var (
	caseKindWords     = map[string]string{casework.Complaint: lang.N("投诉"), casework.Consultation: lang.N("咨询"), casework.Suggestion: lang.N("建议")}
	caseSeverityWords = map[string]string{casework.Minor: lang.N("一般"), casework.Serious: lang.N("较重"), casework.Grave: lang.N("严重")}
	caseChannelWords  = map[string]string{
		casework.Phone: lang.N("电话"), casework.Chat: lang.N("在线客服"), casework.Email: lang.N("邮件"), casework.Letter: lang.N("信件"), casework.WeChat: lang.N("微信"),
		casework.App: lang.N("App"), casework.Counter: lang.N("柜台"), casework.OnSite: lang.N("快递员上门"), casework.HeadOffice: lang.N("总部工单"),
		casework.Postal: lang.N("邮政申诉 12305"), casework.Program: lang.N("规则自动开"),
	}
	caseStepWords = map[string]string{
		casework.Accept: lang.N("受理"), casework.Analyse: lang.N("分析"), casework.Handle: lang.N("处理"), casework.Tell: lang.N("告知客户"),
		casework.FollowUp: lang.N("回访"), casework.Review: lang.N("复盘"), casework.Closed: lang.N("结案"),
	}
	caseWantWords = map[string]string{"deliver": lang.N("快点送到"), "pay": lang.N("赔付"), "return": lang.N("退回"), "address": lang.N("改地址"), "explain": lang.N("道歉说明")}
	// The shipped causes; one that head office renamed is called as it wishes.
	caseCauseNames = []string{
		lang.N("派送慢"), lang.N("破损"), lang.N("遗失"), lang.N("虚假签收"), lang.N("态度差"), lang.N("错派"), lang.N("费用"), lang.N("其他"), lang.N("在途没动静"),
		lang.N("中转慢"), lang.N("到了没派"), lang.N("揽收慢"), lang.N("压坏摔坏"), lang.N("受潮渗漏"), lang.N("外包装破"), lang.N("整件丢失"), lang.N("内件短少"), lang.N("没有轨迹"),
		lang.N("没收到却显示签收"), lang.N("没打招呼放代收点"), lang.N("被别人签收"), lang.N("快递员"), lang.N("客服"), lang.N("电话没人接"), lang.N("派错地址"), lang.N("发错网点"), lang.N("贴错面单"),
		lang.N("多收费"), lang.N("重量不对"), lang.N("代收货款"), lang.N("对账单不对"), lang.N("查件"), lang.N("问价格时效"), lang.N("改址退回"), lang.N("个人信息"), lang.N("建议"),
	}
	caseFieldWords = map[string]string{
		"kind": lang.N("类型"), "severity": lang.N("轻重"), "channel": lang.N("怎么来的"), "ticket": lang.N("工单或申诉号"), "cause_id": lang.N("原因"), "said": lang.N("客户怎么说"),
		"wants": lang.N("客户要什么"), "caller": lang.N("来电人"), "caller_phone": lang.N("回电号码"), "contact_id": lang.N("联系人"), "waybills": lang.N("运单"), "photos": lang.N("照片"), "user_id": lang.N("处理人"),
	}
)

// CaseKindWord and its sisters put a word of a case into the reader's language.
func CaseKindWord(ctx context.Context, code string) string { return word(ctx, caseKindWords, code) }

// SeverityWord see CaseKindWord.
func SeverityWord(ctx context.Context, code string) string { return word(ctx, caseSeverityWords, code) }

// CaseChannelWord see CaseKindWord.
func CaseChannelWord(ctx context.Context, code string) string {
	return word(ctx, caseChannelWords, code)
}

// CaseStepWord see CaseKindWord.
func CaseStepWord(ctx context.Context, code string) string { return word(ctx, caseStepWords, code) }

// WantWord is what a client wants: a word that we know, or their own.
func WantWord(ctx context.Context, said string) string { return word(ctx, caseWantWords, said) }

// CauseWord is a cause; the code says that it is a shipped one.
func CauseWord(ctx context.Context, code, name string) string {
	if code == "" || !slices.Contains(caseCauseNames, name) {
		return name
	}
	return lang.T(ctx, name)
}

// CauseLine is a cause with the one above it.
func CauseLine(ctx context.Context, code, name, parentCode, parent string) string {
	if parent == "" {
		return CauseWord(ctx, code, name)
	}
	return lang.T(ctx, "%s：%s", CauseWord(ctx, parentCode, parent), CauseWord(ctx, code, name))
}

func optionsOf(ctx context.Context, list []string, words map[string]string) []ui.Option {
	var out []ui.Option
	for _, code := range list {
		out = append(out, ui.Option{Value: code, Label: word(ctx, words, code)})
	}
	return out
}

// CaseKindOptions and its sisters are the choices of a select or of tiles.
func CaseKindOptions(ctx context.Context) []ui.Option {
	return optionsOf(ctx, casework.Kinds, caseKindWords)
}

// SeverityOptions see CaseKindOptions.
func SeverityOptions(ctx context.Context) []ui.Option {
	return optionsOf(ctx, casework.Severities, caseSeverityWords)
}

// CaseChannelOptions see CaseKindOptions.
func CaseChannelOptions(ctx context.Context) []ui.Option {
	return optionsOf(ctx, casework.Channels, caseChannelWords)
}

// CaseStepOptions see CaseKindOptions.
func CaseStepOptions(ctx context.Context) []ui.Option {
	return optionsOf(ctx, casework.Steps, caseStepWords)
}

// WantOptions see CaseKindOptions.
func WantOptions(ctx context.Context) []ui.Option {
	return optionsOf(ctx, casework.Wants, caseWantWords)
}

// CaseForm is the page on which a case is registered or corrected.
type CaseForm struct {
	Action, Key, Version string
	Editing              bool
	Short                bool // for a phone at the door: less is asked

	Query  string
	Hits   []CaseHit
	Client *CaseClient // nil: nobody was found yet

	Customer, Caller, Phone, Branch, Kind, Severity, Channel, Ticket, Cause, SubCause, Said, Wants, WantsOwn, User, Numbers string
	Picked                                                                                                                  []string // numbers that are ticked
	Contacts, Branches, Users                                                                                               []ui.Option
	UserNow                                                                                                                 string // who handles it unless somebody is named
	Causes                                                                                                                  []CaseCause
	Photos                                                                                                                  []VisitPicture
	Promise                                                                                                                 CasePromise
	Stale                                                                                                                   []VisitDiff
	Guide                                                                                                                   reply.Guide     // how the client is met
	Paste                                                                                                                   *CasePaste      // nil: nothing was pasted
	Read                                                                                                                    map[string]bool // fields that a pasted text filled in
	Reply                                                                                                                   string          // the answer that fits the text, "" = none
	Errors                                                                                                                  ui.Errors
}

// CaseCause is a cause of the first level with its own.
type CaseCause struct {
	ID, Name string
	Sub      []ui.Option
}

// CaseHit is a client who may be calling.
type CaseHit struct{ ID, Name, Class, Sub, Href, Number string }

// CaseClient is whom the case is of, and what one should know of them.
type CaseClient struct {
	ID, Name, Class, Href, Caller, Phone, Rep, Branch string
	Open                                              []CaseBrief
	Complaints, Parcels                               string
	Waybills                                          []CaseParcel
}

// CaseBrief is another case of the client.
type CaseBrief struct{ Href, Code, Text, State, Badge string }

// CaseParcel is a parcel to pick, or one that was picked. Href is "" when it is
// unknown here.
type CaseParcel struct {
	Number, Href, To, State, StateKind string
	Day                                Moment
	Picked                             bool
}

// CasePromise is what the caller may be told of the times; Text stands alone
// while none is worked out.
type CasePromise struct{ Text, Why string }

func (f CaseForm) fields(ctx context.Context) []ui.FieldLabel { return CaseFields(ctx) }

// CaseFields are the fields of a case with their labels.
func CaseFields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{
		{Name: "q", Label: t(ctx, "谁打来的")}, {Name: "caller", Label: t(ctx, "来电人")}, {Name: "phone", Label: t(ctx, "回电号码")}, {Name: "numbers", Label: t(ctx, "运单号")},
		{Name: "kind", Label: t(ctx, "类型")}, {Name: "severity", Label: t(ctx, "轻重")}, {Name: "channel", Label: t(ctx, "怎么来的")}, {Name: "ticket", Label: t(ctx, "工单或申诉号")},
		{Name: "cause", Label: t(ctx, "原因")}, {Name: "said", Label: t(ctx, "客户怎么说")}, {Name: "wants", Label: t(ctx, "客户要什么")}, {Name: "user", Label: t(ctx, "处理人")}, {Name: "photos", Label: t(ctx, "照片")},
	}
}

func (f CaseForm) draft() string {
	if f.Editing {
		return ""
	}
	if f.Paste != nil { // each text has its own: another one's must not stand in its place
		return "case-" + f.Paste.Mark
	}
	return "case"
}

// readHint says that a pasted text filled a field in.
func (f CaseForm) readHint(ctx context.Context, name string) string {
	if f.Read[name] {
		return t(ctx, "从原文认出来的，请核对")
	}
	return ""
}

func (f CaseForm) numbersHint(ctx context.Context) string {
	if f.Read["numbers"] {
		return f.readHint(ctx, "numbers")
	}
	return t(ctx, "系统里没有的号也留着")
}

// CasePaste is a pasted text, and what was recognised in it.
type CasePaste struct {
	Text, Error string
	Mark        string // tells texts apart
	Found       []Fact
	Cut         bool   // it is longer than a case takes
	Quoted      string // of earlier letters: not taken over
	Reply       *CaseReply
}

// CaseReply is an answer that fits a case.
type CaseReply struct {
	Title, Words, Href, Subject, Body string
	On                                bool
}

func (f CaseForm) picked(number string) bool {
	for _, n := range f.Picked {
		if n == number {
			return true
		}
	}
	return false
}

// CasePage is one case.
type CasePage struct {
	OutOfUse                                                                 OutOfUse
	Guide                                                                    reply.Guide
	Clocks                                                                   *CaseClockPane // nil: no clock runs
	Alert                                                                    *ParcelAlert   // nil: no rule opened it for a parcel
	ID, Code, Title, Kind, Severity, SeverityKind, Cause, Step, State, Badge string
	Client, ClientHref, Class                                                string // "" for an unknown caller
	Facts                                                                    []Fact
	Said, Wants, Result                                                      string
	Parcels                                                                  []CaseParcel
	Photos                                                                   []VisitPicture
	Events                                                                   []CaseEventLine
	Others                                                                   []string // who has it open, too
	EditHref, DeleteURL, AttachHref, LooksHref                               string   // "" without the right
	Version                                                                  string
	Printed                                                                  string
	Work                                                                     CaseWork
	Claims                                                                   ClaimPart
	Measures                                                                 MeasurePart
	Ratings                                                                  CaseRatings
}

// CaseEventLine is one line of a case's history.
type CaseEventLine struct {
	Text, Who, Note, Icon string
	When                  Moment
}

// CaseAttach is the page on which the case of an unknown caller finds its
// client.
type CaseAttach struct {
	Code, Href, Action, Version, Query string
	Hits                               []CaseHit
}

// CaseEventWord is what an act did, in words.
func CaseEventWord(ctx context.Context, kind, step string, args map[string]string) string {
	if text, ok := clockEventWord(ctx, kind, args); ok {
		return text
	}
	switch kind {
	case "opened":
		return caseOpenedWord(ctx, args)
	case "imported":
		return lang.T(ctx, "从登记本导入")
	case "rated":
		if args["case"] != "" {
			return lang.T(ctx, "客户评了 %s 分（满分 5 分），评的是工单 %s", args["score"], args["case"])
		}
		return lang.T(ctx, "客户评了 %s 分（满分 5 分）", args["score"])
	case "edited":
		return lang.T(ctx, "改了：%s", joinWords(ctx, args["fields"]))
	case "attached":
		return lang.T(ctx, "认出了客户")
	case "cause_moved":
		return lang.T(ctx, "原因跟着别的工单一起换了")
	case "deleted":
		return lang.T(ctx, "放进回收站")
	case "restored":
		return lang.T(ctx, "从回收站取回")
	}
	if text, ok := alertEventWord(ctx, kind, args); ok {
		return text
	}
	if text, ok := caseWorkWord(ctx, kind, step, args); ok {
		return text
	}
	return lang.T(ctx, "到了“%s”这一步", CaseStepWord(ctx, step))
}

// caseOpenedWord says that a case was registered, to whom the rule gave it and
// who was passed over.
func caseOpenedWord(ctx context.Context, args map[string]string) string {
	text := lang.T(ctx, "登记了工单（%s）", CaseChannelWord(ctx, args["channel"]))
	if args["to_name"] != "" && args["row"] != "" {
		text += lang.T(ctx, "，按派单规则第 %s 行给了%s", args["row"], args["to_name"])
	}
	var passed []string
	for line := range strings.Lines(args["passed_names"]) {
		why, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		passed = append(passed, passedWord(ctx, name, why))
	}
	if len(passed) > 0 {
		text += lang.T(ctx, "；没给：%s", strings.Join(passed, lang.T(ctx, "、")))
	}
	return text
}

// joinWords are the names of fields, in words.
func joinWords(ctx context.Context, list string) string {
	var out []string
	for _, name := range strings.Fields(list) {
		out = append(out, word(ctx, caseFieldWords, name))
	}
	return strings.Join(out, lang.T(ctx, "、"))
}

// CaseTrack is where a parcel is, beside the form.
type CaseTrack struct {
	Number string
	Parcel CaseParcel
	Track  TrackPane
}

// CaseList is the list of cases.
type CaseList struct {
	Sub, DateLabel        string
	Tabs, Views           []NavItem
	Saved                 SavedMenu
	Columns               []string // of CaseColumns
	Filter                CaseFilterForm
	Chips                 ui.ChipsProps
	Narrowed              bool
	Rows                  []CaseLine
	Pager                 ui.PagerProps
	NewHref               string
	ExportXLSX, ExportCSV string // "" without the right
	Printed               string
}

// CaseFilterForm is the filter above the list.
type CaseFilterForm struct {
	Show, Customer, Who, Kind, Severity, Cause, Channel, Step, Due, Branch, Sort, From, To string
	Alert                                                                                  string
	Whose, Causes, Branches                                                                []ui.Option
	Kept                                                                                   []ui.Option // what figures narrow the list to: Label is the field
	Board                                                                                  bool        // of the board: all steps, open ones
}

// CaseLine is a row of the list.
type CaseLine struct {
	Href, Code, Customer, Class, Cause, Severity, SeverityKind, Said, User, Step, State, Badge string
	Kind, Channel, Branch                                                                      string
	Parcels                                                                                    int64
	When, Opened, SolveDue                                                                     Moment
}

// CaseColumns are the columns of the list of cases beside the number, in the
// order in which they stand; DefaultCaseColumns are those shown until a person
// chooses.
var (
	CaseColumns        = []string{"customer", "kind", "cause", "severity", "said", "channel", "branch", "parcels", "user", "step", "opened", "solve_due", "when"}
	DefaultCaseColumns = []string{"customer", "cause", "severity", "said", "user", "step", "when"}

	caseColumnWords = map[string]string{"customer": lang.N("客户"), "kind": lang.N("类型"), "cause": lang.N("原因"), "severity": lang.N("轻重"), "said": lang.N("客户怎么说"), "channel": lang.N("怎么来的"),
		"branch": lang.N("网点"), "parcels": lang.N("运单"), "user": lang.N("处理人"), "step": lang.N("步骤"), "opened": lang.N("登记"), "solve_due": lang.N("解决期限"), "when": lang.N("时限")}
)

// CaseListColumnWord names a column of the list of cases.
func CaseListColumnWord(ctx context.Context, key string) string {
	return word(ctx, caseColumnWords, key)
}

func (p CaseList) columns(ctx context.Context) []ui.Column {
	out := []ui.Column{{Label: t(ctx, "工单号")}}
	for _, key := range p.Columns {
		c := ui.Column{Label: CaseListColumnWord(ctx, key)}
		if key == "when" {
			c.Label = p.DateLabel
		}
		out = append(out, c)
	}
	return out
}

// cell is a column that is a text alone.
func (x CaseLine) cell(key string) string {
	switch key {
	case "kind":
		return x.Kind
	case "cause":
		return x.Cause
	case "channel":
		return x.Channel
	case "branch":
		return x.Branch
	case "user":
		return x.User
	case "step":
		return x.Step
	}
	return ""
}

// set is how many filters are set that the form shows.
func (f CaseFilterForm) set() (n int) {
	for _, v := range []string{f.Who, f.Kind, f.Severity, f.Cause, f.Channel, f.Due, f.Branch, f.Sort, f.From, f.To} {
		if v != "" {
			n++
		}
	}
	if f.Step != "" && !f.Board {
		n++
	}
	return n
}

// foldLabel opens the filters on a phone, and says how many are set.
func (f CaseFilterForm) foldLabel(ctx context.Context) string {
	if n := f.set(); n > 0 {
		return t(ctx, "筛选（%d 个）", n)
	}
	return t(ctx, "筛选")
}

// SpanWord is a span of time in two units at most, from milliseconds.
func SpanWord(ctx context.Context, ms int64) string {
	minutes := ms / 60_000
	switch days, hours := minutes/(24*60), minutes/60; {
	case days >= 2:
		return lang.T(ctx, "%d 天", days)
	case hours >= 1 && minutes%60 != 0 && hours < 10:
		return lang.T(ctx, "%d 小时 %d 分", hours, minutes%60)
	case hours >= 1:
		return lang.T(ctx, "%d 小时", hours)
	}
	return lang.T(ctx, "%d 分钟", minutes)
}

// CaseCard are a client's cases on its page; Href is "" for who does not see
// cases.
type CaseCard struct {
	Href, NewHref, Count string
	Open                 []CaseBrief
	Claims, ClaimsHref   string // what was asked and agreed for its parcels, "" for none
}
