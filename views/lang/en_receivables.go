package lang

var receivables = map[string]string{
	"对账单": "Statement", "回款": "Payment", "退款": "Refund", "冲红": "Reversal",
	"对公转账": "Bank transfer", "支付宝": "Alipay", "现金": "Cash", "承兑": "Draft", "刷卡": "Card",
	"未到期": "Not due", "1–30 天": "1–30 days", "31–60 天": "31–60 days", "61–90 天": "61–90 days", "90 天以上": "Over 90 days",
	"看应收": "See receivables", "客户的对账单、回款、余额和账龄。": "Clients' statements, payments, balances and ageing.",
	"记账": "Keep accounts", "记对账单和回款，更正、作废，导入回款表。": "Enter statements and payments, correct them, declare them void, import them.",
	"导入、运单和账款": "Imports, waybills and accounts", "对账和回款": "Statements and payments", "有权看应收的人": "those who may see receivables",
	"已有账款，保留": "there are statements or payments, kept",
}
