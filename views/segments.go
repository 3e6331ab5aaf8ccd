package views

import (
	"context"

	"yike/policy/classify"
	"yike/views/lang"
	"yike/views/ui"
)

// adviceWords are what the program brings as advice, by group; the documents'
// own where they name one (R72–R76, R79, R80, R101, the pyramid).
var adviceWords = map[string]string{
	"rfm.core": lang.N("核心客户：重点维护，专人跟进，先办先答。"), "rfm.potential": lang.N("还有空间：推荐合适的产品，看看他还在别家发什么。"), "rfm.new": lang.N("带一带：讲清怎么下单、怎么查件，养成习惯。"),
	"rfm.at_risk": lang.N("马上联系：问清为什么少了，拿出挽回的办法。"), "rfm.dormant": lang.N("低成本唤醒：发一次优惠或问候，没有回音就不再投入。"),
	"class.A": lang.N("专人负责，先办先答，节日问候不落下。"), "class.B": lang.N("按时去，问问还有哪些件在别家发。"), "class.C": lang.N("每月联系一次，有起色的多去。"),
	"worth.high": lang.N("优先派收，问题件先办先答。"), "worth.middle": lang.N("介绍预存返现，存得多返得多。"), "worth.low": lang.N("教会自助下单和查件。"),
	"tier.key": lang.N("绿色通道，专人经理。"), "tier.middle": lang.N("介绍预存返现，存得多返得多。"), "tier.ordinary": lang.N("教会自助下单和查件。"), "tier.inactive": lang.N("发一次问候或优惠，没有回音就放一放。"),
	"tier.potential": lang.N("讲清怎么下单、怎么查件，养成习惯。"), "tier.doubtful": lang.N("先把投诉和欠款了结，再谈业务。"), "tier.once": lang.N("问一声还寄不寄，没有回音就不再投入。"),
	"level.vip": lang.N("专属服务，问题件先办先答。"), "level.ordinary": lang.N("按时联系，件量涨了再往上走。"), "level.potential": lang.N("上门一次，问清现在用哪家、一个月寄多少。"),
	"stage.prospect": lang.N("上门一次，问清现在用哪家、一个月寄多少。"), "stage.new": lang.N("标准服务，把流程讲清。"), "stage.growing": lang.N("按他的习惯配产品和时间。"), "stage.mature": lang.N("定期回访，守住满意度。"),
	"stage.declining": lang.N("问清为什么少了，当天给办法。"), "stage.lost": lang.N("拿一个新条件去请回来，请不回记下原因。"), "stage.won_back": lang.N("头三个月多看一眼，别再丢。"),
	"mark.stable": lang.N("守住：按时收件，每月问一声。"), "mark.seasonal": lang.N("大促前一个月问预计件量，备好车和人。"), "mark.silent": lang.N("打电话问为什么不寄了。"), "mark.complained": lang.N("回访：问清是不是真的解决了。"),
	"mark.overdue": lang.N("先对账，再催款。"), "mark.slipping": lang.N("马上联系：问清为什么少了，拿出挽回的办法。"),
	"kind.ecommerce": lang.N("一揽子方案：仓储、配送、售后一起谈。"), "kind.enterprise": lang.N("按他的流程定物流方案。"), "kind.individual": lang.N("教会自助下单和查件。"), "kind.distributor": lang.N("跟着他的旺季备货：提前一个月问量。"), "kind.partner": lang.N("每季对一次账，互相介绍客户。"),
	"mark.usual_middle": lang.N("这个行业的客户多在中端：问清一个月寄多少，介绍预存返现。"),
}

// AdviceText is what head office asks to be done with a group: the rule's text
// where it names the group, else the program's.
func AdviceText(ctx context.Context, a classify.Advices, key string) string {
	if own, ok := a.Of(key); ok {
		return own.Text
	}
	return adviceDefault(ctx, key)
}

func adviceDefault(ctx context.Context, key string) string {
	if text := adviceWords[key]; text != "" {
		return lang.T(ctx, text)
	}
	return ""
}

// GroupWord names a group with its grouping: "RFM 细分：潜力客户".
func GroupWord(ctx context.Context, key string) string {
	kind, value := classify.GroupOf(key)
	return lang.T(ctx, "%s：%s", LabelKindWord(ctx, kind), LabelWord(ctx, kind, value))
}

// segmentTodo is the to-do that asks to follow a group's advice: what to do,
// and why with this client.
func segmentTodo(ctx context.Context, args map[string]string) (title, why string) {
	title = args["text"]
	if title == "" {
		title = adviceDefault(ctx, args["group"])
	}
	if title == "" {
		title = lang.T(ctx, "按分群跟进")
	}
	return title, GroupWord(ctx, args["group"])
}

// AdviceRulePage is the form of what to do with each group.
type AdviceRulePage struct {
	RuleFrame
	Kinds []AdviceKind
}

// AdviceKind is a grouping with its groups.
type AdviceKind struct {
	Kind, Title string
	Lines       []AdviceLine
}

// AdviceLine is one group's advice.
type AdviceLine struct{ Key, Label, Class, Text, Days, Href string }

func (p AdviceRulePage) fields(ctx context.Context) []ui.FieldLabel {
	var out []ui.FieldLabel
	for _, k := range p.Kinds {
		for _, l := range k.Lines {
			out = append(out, ui.FieldLabel{Name: l.Key + ".text", Label: l.Label}, ui.FieldLabel{Name: l.Key + ".days", Label: l.Label + " " + t(ctx, "几天内")})
		}
	}
	return append(out, ui.FieldLabel{Name: "valid_from", Label: t(ctx, "从哪天起")}, ui.FieldLabel{Name: "reason", Label: t(ctx, "为什么改")})
}

// NextStep is what to do next with a client, and as which group's.
type NextStep struct{ Text, Group string }

// SegmentNote stands above a list that is one group's: what to do with them.
type SegmentNote struct {
	Group, Text string
	TodosHref   string // where their to-dos are made; "" for who may not
}

// SegmentTodosPage asks before a list's to-dos are made.
type SegmentTodosPage struct {
	Query, Back  string
	Group, Word  string
	Groups       []ui.Option // when the list is that of several groups
	Text         string
	Count, There string
	Make         string
	By           []SegmentShare
	Due, MinDay  string
	Errors       ui.Errors
	Any          bool
}

// SegmentShare is how many to-dos would be one person's.
type SegmentShare struct{ Who, N string }

func (p SegmentTodosPage) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "due", Label: t(ctx, "哪天前办完")}, {Name: "group", Label: t(ctx, "按哪一群")}}
}
