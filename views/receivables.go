package views

import (
	"context"

	"yike/policy/ledger"
	"yike/views/lang"
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
