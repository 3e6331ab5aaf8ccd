package views

import (
	"context"
	"strconv"

	"yike/policy/ledger"
	"yike/views/lang"
	"yike/views/ui"
)

var entryKindWords = map[string]string{
	ledger.Statement: lang.N("对账单"), ledger.Payment: lang.N("回款"), ledger.Refund: lang.N("退款"), ledger.Reversal: lang.N("冲红"),
}

// EntryKindWord is what kind of document an entry of an account is.
func EntryKindWord(ctx context.Context, code string) string { return word(ctx, entryKindWords, code) }

var methodWords = map[string]string{
	ledger.Transfer: lang.N("对公转账"), ledger.WeChat: lang.N("微信"), ledger.Alipay: lang.N("支付宝"), ledger.Cash: lang.N("现金"),
	ledger.Draft: lang.N("承兑"), ledger.Card: lang.N("刷卡"), ledger.Other: lang.N("其他"),
}

// MethodWord is how somebody paid.
func MethodWord(ctx context.Context, code string) string { return word(ctx, methodWords, code) }

var agesWords = [ledger.Ages]string{lang.N("未到期"), lang.N("1–30 天"), lang.N("31–60 天"), lang.N("61–90 天"), lang.N("90 天以上")}

// AgeWord is an age of a debt, by days overdue.
func AgeWord(ctx context.Context, age int) string { return t(ctx, agesWords[age]) }

// ReceivableStateWord is a state that a list of receivables asks for; "" is
// whatever is not settled.
func ReceivableStateWord(ctx context.Context, state string) string {
	switch state {
	case "owing":
		return t(ctx, "欠费")
	case "overdue":
		return t(ctx, "有逾期")
	case "over_limit":
		return t(ctx, "超授信")
	case "credit":
		return t(ctx, "有预存")
	case "all":
		return t(ctx, "全部，含已结清")
	}
	return t(ctx, "未结清")
}

// AccountWhy is one line of why a client owes, or does not; money is the amount
// of the reason, written out.
func AccountWhy(ctx context.Context, r ledger.Reason, money string) string {
	switch r.Code {
	case ledger.WhyItem:
		return t(ctx, "%s 应在 %s 前付清，逾期 %d 天，还差 %s 元", r.Number, r.Day.String(), r.Days, money)
	case ledger.WhyMore:
		return t(ctx, "还有 %d 张，共 %s 元", r.Days, money)
	case ledger.WhyGrace:
		return t(ctx, "还在宽限的 %d 天里，不算欠费", r.Days)
	case ledger.WhyLeast:
		return t(ctx, "逾期 %s 元，不到起算的金额，不算欠费", money)
	case ledger.WhyOwing:
		return t(ctx, "逾期共 %s 元，算欠费", money)
	case ledger.WhyCredit:
		return t(ctx, "有 %s 元预存在我们这里", money)
	case ledger.WhyOverLimit:
		return t(ctx, "余额超过授信 %s 元", money)
	}
	return t(ctx, "没有逾期的账款")
}

// ReceivableList is the page of who owes what.
type ReceivableList struct {
	State, Age, Branch, Sort       string
	States, Branches               []ui.Option
	Figures                        []ui.StatProps
	Chips                          ui.ChipsProps
	Rows                           []ReceivableLine
	Pager                          ui.PagerProps
	SortName, SortDue, SortBalance string // addresses of the orders
	Rule, RuleHref                 string
	OwnRules                       bool   // not every branch in sight has this rule
	MonthHref                      string // the statements of a month
	Import                         string // address of a new import, "" without the right
	CSV, XLSX                      string
}

// ReceivableLine is one account in it.
type ReceivableLine struct {
	Href, Name, Code, Class, Owner, Balance, Days string
	Ages                                          []string
	LastPaid                                      Moment
	Owing, Over, Credit                           bool
}

func (p ReceivableList) columns(ctx context.Context) []ui.Column {
	sorted := func(c ui.Column, by, href, way string) ui.Column {
		c.Href = href
		if p.Sort == by {
			c.Sort = way
		}
		return c
	}
	list := []ui.Column{sorted(ui.Column{Label: t(ctx, "客户")}, "name", p.SortName, "ascending"), {Label: t(ctx, "业务员")},
		sorted(ui.Column{Label: t(ctx, "余额"), Right: true}, "", p.SortBalance, "descending"), sorted(ui.Column{Label: t(ctx, "逾期天数"), Right: true}, "due", p.SortDue, "descending")}
	for age := range ledger.Ages {
		list = append(list, ui.Column{Label: AgeWord(ctx, age), Right: true})
	}
	return append(list, ui.Column{Label: t(ctx, "最近回款")})
}

func ageOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for age := range ledger.Ages {
		out = append(out, ui.Option{Value: strconv.Itoa(age), Label: AgeWord(ctx, age)})
	}
	return out
}

// AccountCard is the account on the client's page.
type AccountCard struct {
	Href, Balance, Overdue       string
	Entries                      int64
	Days                         int
	Owing, Over, Credit, CanEdit bool
	LastPaid                     Moment
	Why                          []string
}

// ClientAccount is a client's account.
type ClientAccount struct {
	Name, Href, Rule, Printed         string
	RuleHref                          string
	CanEdit, Owing, Over, Credit, Any bool
	Figures                           []ui.StatProps
	Ages                              []Fact
	Why                               []string
	Rows                              []EntryLine
}

// EntryLine is one document of it.
type EntryLine struct {
	ID, Version, Kind, Number, Periods, Day string
	Charged, Paid, Left, Balance            string
	Method, HandledBy, Remark               string
	State, StateKind                        string
	Void                                    bool
	VoidReason, SheetHref                   string
}

// EntryForm is the form for one document. ID is empty for a new one; Now is what
// stands there when somebody else was faster.
type EntryForm struct {
	ID, Version, Key, Action, Name, Href                                                    string
	Kind, Number, Period, Day, Due, Amount, Side, Method, HandledBy, Remark, Reason, MaxDay string
	RemarkHidden                                                                            bool
	Kinds, Methods                                                                          []ui.Option
	Now                                                                                     []Fact
	Known                                                                                   []string    // what is to be known before anything is entered
	Offers                                                                                  []ui.Option // addresses of the form with an amount filled in
	Errors                                                                                  ui.Errors
}

func (f EntryForm) labels(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "day", Label: f.dayLabel(ctx)}, {Name: "amount", Label: t(ctx, "金额")}, {Name: "period", Label: t(ctx, "账期月份")},
		{Name: "due", Label: t(ctx, "到期日")}, {Name: "doc_no", Label: t(ctx, "单据号")}, {Name: "method", Label: t(ctx, "收款方式")}, {Name: "handled_by", Label: t(ctx, "经办人")},
		{Name: "remark", Label: t(ctx, "备注")}, {Name: "reason", Label: t(ctx, "为什么改")}}
}

// more opens what is seldom filled in: where it says something, or is wrong.
func (f EntryForm) more() bool {
	return f.ID != "" || f.Number+f.Remark != "" || f.Errors["doc_no"]+f.Errors["handled_by"]+f.Errors["remark"] != ""
}

func (f EntryForm) dayLabel(ctx context.Context) string {
	switch f.Kind {
	case ledger.Payment:
		return t(ctx, "到账日期")
	case ledger.Statement:
		return t(ctx, "对账单日期")
	}
	return t(ctx, "日期")
}

func (f EntryForm) amountHint(ctx context.Context) string {
	switch f.Kind {
	case ledger.Refund:
		return t(ctx, "填正数，保存时记成退给客户的钱")
	case ledger.Reversal:
		return t(ctx, "填正数，保存时会减掉")
	}
	return ""
}

func (f EntryForm) periodHint(ctx context.Context) string {
	switch f.Kind {
	case ledger.Payment:
		return t(ctx, "回款写了月份就先还那个月；空着先还最早的")
	case ledger.Statement:
		return t(ctx, "这张单是哪个月的账")
	}
	return t(ctx, "冲的或退的是哪个月，可以不填")
}

func (f EntryForm) title(ctx context.Context) string {
	if f.ID != "" {
		return t(ctx, "更正 %s", f.Number)
	}
	return t(ctx, "记%s", EntryKindWord(ctx, f.Kind))
}

// AccountRuleForm is the rule of terms and of owing.
type AccountRuleForm struct {
	RuleFrame
	Days, Grace, Least string
}

func (f AccountRuleForm) labels(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "days", Label: t(ctx, "没写账期的客户按多少天")}, {Name: "grace", Label: t(ctx, "到期后宽限多少天")}, {Name: "least", Label: t(ctx, "逾期满多少钱才算")}, {Name: "valid_from", Label: t(ctx, "从哪天起")}, {Name: "reason", Label: t(ctx, "为什么改")}}
}

// entryHeads are the columns of an account.
func entryHeads(ctx context.Context, canEdit bool) []ui.Column {
	list := []ui.Column{{Label: t(ctx, "日期")}, {Label: t(ctx, "单据")}, {Label: t(ctx, "账期月份")}, {Label: t(ctx, "应收"), Right: true}, {Label: t(ctx, "实收"), Right: true},
		{Label: t(ctx, "余额"), Right: true}, {Label: t(ctx, "还差"), Right: true}, {Label: t(ctx, "状态")}, {Label: t(ctx, "备注")}}
	if canEdit {
		list = append(list, ui.Column{Label: t(ctx, "怎么办"), Class: "no-print"})
	}
	return list
}
