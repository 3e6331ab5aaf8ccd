package views

import (
	"context"
	"slices"

	"yike/policy/casework"
	"yike/views/lang"
	"yike/views/ui"
)

var (
	claimStateWords = map[string]string{casework.ClaimAsked: lang.N("客户提出"), casework.ClaimProposed: lang.N("待批准"), casework.ClaimApproved: lang.N("待付款"), casework.ClaimRefused: lang.N("不予赔付"), casework.ClaimPaid: lang.N("已付款"), casework.ClaimAgreed: lang.N("同意的（待付和已付）")}
	bearerWords     = map[string]string{casework.BearerBranch: lang.N("网点"), casework.BearerCourier: lang.N("快递员"), casework.BearerHub: lang.N("分拨中心"), casework.BearerCarrier: lang.N("承运商")}
	payMeansWords   = map[string]string{"transfer": lang.N("转账"), "cash": lang.N("现金"), "wechat": lang.N("微信"), "alipay": lang.N("支付宝"), "deducted": lang.N("抵运费"), "coupon": lang.N("优惠券")}
	claimDidWords   = map[string]string{"asked": lang.N("客户提出"), "proposed": lang.N("提出赔付"), "approved": lang.N("批准赔付"), "refused": lang.N("没有批准"), "paid": lang.N("付了"), "unpaid": lang.N("付款撤回")}
	claimStopWords  = map[casework.Reason]string{
		casework.TooMuch: lang.N("超过限额或同意的金额"), casework.OwnProposal: lang.N("自己提的要别人批"), casework.ShareWord: lang.N("请选谁承担"), casework.ShareAmount: lang.N("金额要大于 0"),
		casework.SharePerson: lang.N("快递员承担的要选是哪一位"), casework.ShareTwice: lang.N("同一个承担的写了两次"), casework.ShareSum: lang.N("各人承担的加起来要等于赔付金额"),
		casework.NeedsNote: lang.N("请写明原因"), casework.Unknown: lang.N("请选一个"),
	}
)

// ClaimStateWord is how far a claim is.
func ClaimStateWord(ctx context.Context, code string) string { return word(ctx, claimStateWords, code) }

// BearerWord is who bears a part of a claim.
func BearerWord(ctx context.Context, code string) string { return word(ctx, bearerWords, code) }

// PayMeansWord is how a claim was paid.
func PayMeansWord(ctx context.Context, code string) string { return word(ctx, payMeansWords, code) }

// ClaimDidWord is what was done with a claim.
func ClaimDidWord(ctx context.Context, code string) string { return word(ctx, claimDidWords, code) }

// ClaimStopWord says why an act on a claim is refused.
func ClaimStopWord(ctx context.Context, why casework.Reason) string {
	return wordOf(ctx, claimStopWords, why)
}

// ClaimStateOptions and BearerOptions are the choices of a filter.
func ClaimStateOptions(ctx context.Context) []ui.Option {
	return optionsOf(ctx, append(slices.Clone(casework.ClaimStates), casework.ClaimAgreed), claimStateWords)
}

// BearerOptions see ClaimStateOptions.
func BearerOptions(ctx context.Context) []ui.Option {
	return optionsOf(ctx, casework.Bearers, bearerWords)
}

// PayMeansOptions are how a claim is paid.
func PayMeansOptions(ctx context.Context) []ui.Option {
	return optionsOf(ctx, casework.PayMeans, payMeansWords)
}

// ClaimLine is a claim in a list. Amounts are in yuan.
type ClaimLine struct {
	Href, Code, CaseHref, Customer, Number string
	State, StateKind, Asked, Agreed, Paid  string
	Day                                    Moment
	Proposer                               string
}

// ClaimList is the page of claims.
type ClaimList struct {
	Action, State, Bearer, From, To, Branch, Customer string
	Branches                                          []ui.Option
	Rows                                              []ClaimLine
	Count                                             string
	Sums                                              []ui.StatProps
	Next, Export, Printed                             string
	Chips                                             ui.ChipsProps
}

// ClaimPart is the claims of a case.
type ClaimPart struct {
	Rows []ClaimLine
	New  string // address of the form, "" without the right
}

// ClaimShare is a part that somebody bears, in a form.
type ClaimShare struct{ Bearer, User, Amount string }

// ClaimPage is one claim and what may be done with it.
type ClaimPage struct {
	ClaimLine
	ID, Version, Note, Reason, Decider, PaidHow string
	Proposed                                    string // what is to be paid, agreed to or not yet
	Shares                                      []Fact
	Limit                                       string // who has to approve, in words
	Photos                                      []VisitPicture
	ProveURL                                    string // takes further pictures, "" without the right

	CanPropose, CanDecide, CanPay, CanUnpay bool
	WhyNot                                  string // why it may not be decided by this person
	Couriers                                []ui.Option
	Propose                                 []ClaimShare
	Agreed, NewNote, Decision, Amount       string
	PayDay, How, Back                       string
	Errors                                  ui.Errors
}

// ClaimForm is the form on which what a client asks is written down.
type ClaimForm struct {
	Key, Action, Home, Code, Asked, Number, Note string
	Numbers                                      []ui.Option
	Errors                                       ui.Errors
}

func (f ClaimForm) labels(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "asked", Label: t(ctx, "客户要多少")}, {Name: "number", Label: t(ctx, "哪一票")}, {Name: "note", Label: t(ctx, "赔什么、凭什么")}}
}

func (p ClaimPage) labels(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "agreed", Label: t(ctx, "赔付多少")}, {Name: "share", Label: t(ctx, "谁承担")}, {Name: "reason", Label: t(ctx, "为什么不批")}, {Name: "back", Label: t(ctx, "付款记错了，为什么")}, {Name: "note", Label: t(ctx, "赔什么、凭什么")}, {Name: "amount", Label: t(ctx, "付了多少")}, {Name: "day", Label: t(ctx, "哪天付的")}, {Name: "how", Label: t(ctx, "怎么付的")}}
}
