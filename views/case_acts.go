package views

import (
	"context"
	"strings"

	"yike/policy/casework"
	"yike/views/lang"
	"yike/views/ui"
)

var (
	tellMeansWords = map[string]string{"phone": lang.N("电话"), "wechat": lang.N("微信"), "chat": lang.N("在线客服"), "sms": lang.N("短信"), "email": lang.N("邮件"), "letter": lang.N("信件"), "on_site": lang.N("上门"), "counter": lang.N("柜台")}
	escalateWords  = map[string]string{"slow": lang.N("拖得太久"), "again": lang.N("同样的事又发生"), "result": lang.N("不接受处理结果"), "amount": lang.N("赔付谈不拢"), "attitude": lang.N("服务态度"),
		"promise": lang.N("答应的没做到"), "no_answer": lang.N("找不到人、没人回"), "outside": lang.N("要找邮政或媒体"), "other": lang.N("其他（要写明）")}
	waiveWords     = map[string]string{"unreachable": lang.N("联系不上"), "refused": lang.N("不肯再谈"), "too_much": lang.N("要求过高"), "unfounded": lang.N("查无此事"), "third": lang.N("别人的责任"), "other": lang.N("其他")}
	satisfiedWords = map[string]string{casework.Satisfied: lang.N("满意"), casework.Unsatisfied: lang.N("不满意"), casework.Accepted: lang.N("主管认可")}
	reviewWords    = map[string]string{casework.ReviewRepeat: lang.N("同一位客户、同一种原因又来了"), casework.ReviewSeverity: lang.N("这么严重的都要复盘"), casework.ReviewByHand: lang.N("有人提出要复盘")}
	caseActWords   = map[casework.Act]string{
		casework.ActTake: lang.N("我来办"), casework.ActHand: lang.N("交给别人"), casework.ActMove: lang.N("换一步"), casework.ActNote: lang.N("记一笔"), casework.ActAnswer: lang.N("已先答复客户"),
		casework.ActTell: lang.N("告知客户结果"), casework.ActCall: lang.N("回访客户"), casework.ActReview: lang.N("写改进措施"), casework.ActClose: lang.N("结案"), casework.ActAccept: lang.N("认可，准予结案"),
		casework.ActAsk: lang.N("客户不满意，请主管认可"), casework.ActReopen: lang.N("重新打开"), casework.ActMerge: lang.N("并入另一件"), casework.ActUnmerge: lang.N("从合并里取出"), casework.ActLink: lang.N("把同一件事的挂到下面"),
		casework.ActUnlink: lang.N("从总件里拿出来"), casework.ActEscalate: lang.N("客户要升级"),
	}
	caseStopWords = map[casework.Reason]string{
		casework.IsClosed: lang.N("已经结案，要先重新打开"), casework.NotClosed: lang.N("还没有结案"), casework.IsMerged: lang.N("已经并到另一件，在那边办"), casework.NoStep: lang.N("已经在这一步，或已经记过"),
		casework.ByClosing: lang.N("请用“结案”"), casework.NotTold: lang.N("还没有告知客户"), casework.NotCalled: lang.N("按规则要回访，还没有回访"), casework.NotSatisfied: lang.N("客户还没有表示满意；不满意的，写明原因请主管认可"),
		casework.NotReviewed: lang.N("要先写改进措施、谁负责、哪天前"), casework.Skips: lang.N("中间有一步不能跳过"), casework.NeedsNote: lang.N("请写明原因"), casework.NeedsResult: lang.N("请写查明了什么、怎么处理的"),
		casework.Unknown: lang.N("请选一个"), casework.Itself: lang.N("不能并到自己"), casework.OtherClient: lang.N("是两位客户的，不能合并，可以挂到同一件总件下面"), casework.Chain: lang.N("总件和分件只有一层"),
	}
)

// wordOf is word for words that have a type of their own.
func wordOf[K ~string](ctx context.Context, words map[K]string, code K) string {
	if zh, ok := words[code]; ok {
		return lang.T(ctx, zh)
	}
	return string(code)
}

// TellMeansWord is how a client was told.
func TellMeansWord(ctx context.Context, code string) string { return word(ctx, tellMeansWords, code) }

// EscalateWord is why a client takes it further.
func EscalateWord(ctx context.Context, code string) string { return word(ctx, escalateWords, code) }

// WaiveWord is why a case closes though its client is not satisfied.
func WaiveWord(ctx context.Context, code string) string { return word(ctx, waiveWords, code) }

// ReviewWord is why measures are asked for.
func ReviewWord(ctx context.Context, code string) string { return word(ctx, reviewWords, code) }

// SatisfiedWord is how satisfied a client is.
func SatisfiedWord(ctx context.Context, code string) string { return word(ctx, satisfiedWords, code) }

// CaseActWord is an act as its button says it.
func CaseActWord(ctx context.Context, act casework.Act) string { return wordOf(ctx, caseActWords, act) }

// CaseStopWord says why an act is refused.
func CaseStopWord(ctx context.Context, why casework.Reason) string {
	return wordOf(ctx, caseStopWords, why)
}

// CaseStops joins the reasons why an act is refused.
func CaseStops(ctx context.Context, list []casework.Reason) string {
	var out []string
	for _, why := range list {
		out = append(out, CaseStopWord(ctx, why))
	}
	return strings.Join(out, lang.T(ctx, "；"))
}

// TellMeansOptions and its sisters are the choices of a form of an act.
func TellMeansOptions(ctx context.Context) []ui.Option {
	return optionsOf(ctx, casework.TellMeans, tellMeansWords)
}

// EscalateOptions see TellMeansOptions.
func EscalateOptions(ctx context.Context) []ui.Option {
	return optionsOf(ctx, casework.EscalationReasons, escalateWords)
}

// WaiveOptions see TellMeansOptions.
func WaiveOptions(ctx context.Context) []ui.Option {
	return optionsOf(ctx, casework.WaiveReasons, waiveWords)
}

// caseWorkWord is what an act of the work on a case did, in words; false for
// other acts. Names of colleagues stand in args under from_name and to_name.
func caseWorkWord(ctx context.Context, kind, step string, args map[string]string) (string, bool) {
	said := func(text string) (string, bool) {
		if args["closed"] != "" {
			text += lang.T(ctx, "，结案了")
		}
		return text, true
	}
	switch casework.Act(kind) {
	case casework.ActTake:
		return said(lang.T(ctx, "接手办理"))
	case casework.ActHand:
		return said(lang.T(ctx, "交给 %s", args["to_name"]))
	case casework.ActMove:
		return said(lang.T(ctx, "从“%s”到“%s”", CaseStepWord(ctx, args["from"]), CaseStepWord(ctx, step)))
	case casework.ActNote:
		return said(lang.T(ctx, "记了一笔"))
	case casework.ActAnswer:
		return said(lang.T(ctx, "先答复了客户（%s）", TellMeansWord(ctx, args["how"])))
	case casework.ActTell:
		text := lang.T(ctx, "告知客户结果（%s）", TellMeansWord(ctx, args["how"]))
		if args["satisfied"] != "" {
			text = lang.T(ctx, "%s，客户%s", text, SatisfiedWord(ctx, args["satisfied"]))
		}
		return said(text)
	case casework.ActCall:
		return said(lang.T(ctx, "回访客户：%s", SatisfiedWord(ctx, args["satisfied"])))
	case casework.ActReview:
		return said(lang.T(ctx, "改进措施，%s 负责，%s 前", args["to_name"], args["day"]))
	case casework.ActClose:
		return said(lang.T(ctx, "结案"))
	case casework.ActAccept:
		return said(lang.T(ctx, "主管认可：%s", WaiveWord(ctx, args["why"])))
	case casework.ActAsk:
		return said(lang.T(ctx, "客户不满意，请主管认可：%s", WaiveWord(ctx, args["why"])))
	case casework.ActReopen:
		return said(lang.T(ctx, "重新打开"))
	case casework.ActEscalate:
		return said(lang.T(ctx, "客户要升级：%s", EscalateWord(ctx, args["why"])))
	}
	return caseJoinWord(ctx, kind, args)
}

// caseJoinWord is caseWorkWord for acts between two cases, and for claims.
func caseJoinWord(ctx context.Context, kind string, args map[string]string) (string, bool) {
	switch casework.Act(kind) {
	case casework.ActMerge:
		if args["into"] != "" {
			return lang.T(ctx, "并入 %s", args["into"]), true
		}
		if args["code"] == "" { // its client was erased
			return lang.T(ctx, "并入另一件"), true
		}
		return lang.T(ctx, "并进来了 %s", args["code"]), true
	case casework.ActUnmerge:
		if args["code"] != "" {
			return lang.T(ctx, "%s 又取出去了", args["code"]), true
		}
		return lang.T(ctx, "从合并里取出来了"), true
	case casework.ActLink:
		if args["into"] != "" {
			return lang.T(ctx, "挂到总件 %s", args["into"]), true
		}
		return lang.T(ctx, "挂上了 %s 件分件", args["n"]), true
	case casework.ActUnlink:
		return lang.T(ctx, "从总件里拿出来了"), true
	}
	if kind == "claim" && args["did"] == "proved" {
		return lang.T(ctx, "理赔加了 %s 张凭证", args["fen"]), true
	}
	if kind == "claim" {
		return lang.T(ctx, "理赔：%s %s 元", ClaimDidWord(ctx, args["did"]), args["yuan"]), true
	}
	return "", false
}

// CaseWork is the work on a case: how far it is, what comes next, what else may
// be done.
type CaseWork struct {
	Flow     []CaseFlowStep
	Main     *CaseActLink
	More     []CaseActLink
	Notes    []string
	Version  string
	Parent   *CaseLink
	Parts    []CaseLink
	Measures string
	ReadOnly bool
}

// CaseFlowStep is a step with who left it when. State is done, now, todo or off
// (not asked for).
type CaseFlowStep struct {
	Label, Who, State string
	When              Moment
}

// CaseActLink leads to an act: a page that asks, or with Post one press. To is
// the step to go to.
type CaseActLink struct {
	Label, Href, To string
	Post            bool
}

// CaseLink is another case.
type CaseLink struct{ Href, Text string }

// CaseActPage asks what an act needs.
type CaseActPage struct {
	Title, Lead, Code, Home, Action, Version, Button string

	Steps               []ui.Option
	Step                string
	Users               []ui.Option
	UserLabel, User     string
	Means               []ui.Option
	How                 string
	Ask                 bool
	Satisfied           string
	Reasons             []ui.Option
	ReasonLabel, Reason string
	TextLabel, Text     string
	TextOptional        bool
	When                bool
	Answers             bool // it is what the client is answered: from Replies
	Replies             []CaseReply
	Reply               string // the one that is filled in
	Subject, Open       string // of it; what nobody knows
	At                  string
	Due, MinDay         string // Due "" = no day is asked
	PartsLabel          string
	Parts               bool
	CloseLabel          string
	CloseToo            bool
	Cases               []ui.Option // to pick from; several with Many
	Many                bool
	Picked              []string
	CodeLabel, Typed    string
	Errors              ui.Errors
}

func (p CaseActPage) labels(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "to", Label: t(ctx, "到哪一步")}, {Name: "user", Label: p.UserLabel}, {Name: "how", Label: t(ctx, "怎么告诉的")}, {Name: "satisfied", Label: t(ctx, "客户满意吗")},
		{Name: "why", Label: p.ReasonLabel}, {Name: "text", Label: p.TextLabel}, {Name: "at", Label: t(ctx, "什么时候")}, {Name: "due", Label: t(ctx, "哪天前")}, {Name: "case", Label: t(ctx, "哪一件")}, {Name: "code", Label: p.CodeLabel}}
}

func (p CaseActPage) satisfiedOptions(ctx context.Context) []ui.Option {
	out := []ui.Option{{Value: casework.Satisfied, Label: t(ctx, "满意")}, {Value: casework.Unsatisfied, Label: t(ctx, "不满意")}}
	if p.Means != nil {
		out = append(out, ui.Option{Value: "", Label: t(ctx, "还没问")})
	}
	return out
}

func (p CaseActPage) optional(ctx context.Context) string {
	if p.TextOptional {
		return t(ctx, "可不填")
	}
	return ""
}

// rows of the box for words: an answer from a template is longer than a note.
func (p CaseActPage) rows() int {
	if p.Reply != "" {
		return 8
	}
	return 4
}

// flowSaid is the line of steps in a few words, as a phone shows it before it is
// opened.
func flowSaid(ctx context.Context, steps []CaseFlowStep) string {
	for i, s := range steps {
		if s.State == "now" {
			return t(ctx, "第 %d 步，共 %d 步，看每一步", i+1, len(steps))
		}
	}
	return t(ctx, "共 %d 步，看每一步", len(steps))
}
