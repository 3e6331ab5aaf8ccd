package intake

import (
	"hash/fnv"
	"io"
	"strconv"
	"strings"

	"yike/policy/day"
	"yike/policy/dedupe"
	"yike/policy/ledger"
)

// Payments is the import of statements, payments, refunds and reversals of
// account customers.
var Payments = newKind("payments",
	f("seq", AsIgnored, "序号", "行号", "NO", "No.", "序", "#"),
	f("doc_kind", AsText, "单据类型", "单据类别", "类型", "类别", "收支类型", "款项类型", "业务类型", "document type", "type"),
	f("doc", AsIdent, "单据号", "单据编号", "单号", "对账单号", "账单编号", "账单号", "回款单号", "收款单号", "流水号", "凭证号", "编号", "document no", "document number", "invoice no", "receipt no"),
	f("name", AsName, "客户名称", "客户", "客户全称", "公司名称", "单位名称", "付款单位", "付款方", "往来单位", "月结客户名称", "customer", "customer name", "payer"),
	f("account_no", AsIdent, "月结账号", "月结卡号", "月结号", "客户账号", "账号", "account no", "account"),
	f("code", AsIdent, "客户编码", "客户编号", "客户代码", "customer code"),
	f("period", AsText, "账期", "帐期", "账单月份", "对账月份", "所属月份", "费用月份", "结算月份", "月份", "账单周期", "结算周期", "period", "month"),
	f("day", AsWhen, "单据日期", "日期", "收款日期", "回款日期", "到账日期", "付款日期", "对账日期", "开单日期", "制单日期", "date", "document date", "payment date"),
	f("due", AsDay, "到期日", "到期日期", "应付日期", "应收日期", "付款期限", "最迟付款日", "due date"),
	f("charged", AsFen, "应收金额", "应收", "应收款", "账单金额", "对账金额", "应付金额", "结算金额", "charged", "amount due", "receivable"),
	f("paid", AsFen, "实收金额", "实收", "回款金额", "收款金额", "到账金额", "已收金额", "付款金额", "paid", "amount paid", "received"),
	f("method", AsText, "收款方式", "付款方式", "支付方式", "回款方式", "结算方式", "method", "payment method"),
	f("handled", AsName, "经办人", "经手人", "收款人", "制单人", "登记人", "handled by", "cashier"),
	f("remark", AsText, "备注", "说明", "摘要", "remark", "note"),
)

// money is what a Judge remembers of the rows of an account: sums and numbers.
type money struct {
	columns [2]int // charged and paid, -1 = none
	sums    [2]int64
	numbers map[string]document
	totals  []Total
}

// document is the row that had a number, with a digest of what it said.
type document struct {
	row  int
	said uint32
}

var moneyFields = [2]string{"charged", "paid"}

func newMoney(m Mapping) *money {
	out := &money{columns: [2]int{-1, -1}, numbers: map[string]document{}}
	for c, name := range m {
		for i, f := range moneyFields {
			if name == f {
				out.columns[i] = c
			}
		}
	}
	return out
}

func (m *money) add(rec *Record) {
	for i, f := range moneyFields {
		n, _ := rec.Int(f)
		m.sums[i] += n
	}
}

// check compares a totals row with what stands above it, in both columns.
func (m *money) check(r Row, comma bool) {
	for i, c := range m.columns {
		if c < 0 || c >= len(r.Cells) || blankCell(r.Cells[c]) {
			continue
		}
		if n, ok, _ := ParseFen(r.Cells[c], comma); ok {
			m.totals = append(m.totals, Total{Row: r.Number, Said: n, Sum: m.sums[i]})
		}
	}
}

// entry decides what becomes of a row of an account, and puts the words of
// policy/ledger, and amounts with their sign, into its record.
func (j *Judge) entry(out *Judged) error {
	rec := &out.Record
	set := func(field, v string) { rec.values[j.plan.slot[j.kind.index[field]]] = v }
	bad := func(code Code, field, text string) {
		out.Problems = append(out.Problems, Problem{Code: code, Severity: Fault, Column: j.columnOf(field), Field: field, Text: clip(text)})
	}
	if rec.Get("doc") == "" {
		bad(NoDocument, "doc", "")
	}
	on := dayOf(rec.Get("day"))
	set("day", on)
	switch {
	case on == "":
		bad(NoDay, "day", "")
	case j.opt.Today != "" && on > j.opt.Today:
		bad(FutureDay, "day", on)
	}
	if due := rec.Get("due"); due != "" && due < on {
		bad(DueBefore, "due", due)
	}
	charged, _ := rec.Int("charged")
	paid, _ := rec.Int("paid")
	kind := j.documentKind(rec, charged, paid, bad)
	negative := func(n int64) int64 { return -max(n, -n) }
	switch {
	case charged != 0 && paid != 0:
		bad(BothAmounts, "paid", "")
	case charged == 0 && paid == 0:
		bad(NoAmount, "charged", "")
	case kind == ledger.Statement && paid != 0, (kind == ledger.Payment || kind == ledger.Refund) && charged != 0:
		bad(WrongAmount, "charged", "")
	case kind == ledger.Statement && charged < 0, kind == ledger.Payment && paid < 0:
		bad(BelowZero, "charged", strconv.FormatInt((charged+paid)/100, 10))
	case kind == ledger.Refund, kind == ledger.Reversal:
		charged, paid = negative(charged), negative(paid)
	}
	d, _ := day.Parse(on)
	months, ok := ledger.Periods(rec.Get("period"), d)
	if !ok {
		bad(NotAPeriod, "period", rec.Get("period"))
	}
	if len(months) == 0 && kind == ledger.Statement && d.Valid() {
		months = []string{d.MonthStart().AddMonths(-1).String()[:7]}
		out.Problems = append(out.Problems, Problem{Code: PeriodTaken, Column: j.columnOf("period"), Field: "period", Text: months[0]})
	}
	if faulty(out.Problems) {
		return nil
	}
	set("doc_kind", kind)
	set("period", strings.Join(months, ","))
	set("charged", strconv.FormatInt(charged, 10))
	set("paid", strconv.FormatInt(paid, 10))
	set("method", ledger.MethodOf(rec.Get("method")))
	said := j.moneyDigest(rec)
	if s, again := j.money.numbers[rec.Get("doc")]; again {
		if s.said != said {
			out.Problems = append(out.Problems, Problem{Code: DuplicateDiffers, Severity: Fault, Column: -1, N: s.row})
			return nil
		}
		out.Verdict, out.Of = Skip, s.row
		first(out, Problem{Code: DuplicateOfRow, Column: -1, N: s.row})
		return nil
	}
	j.money.numbers[rec.Get("doc")] = document{out.Row, said}
	out.Verdict = Create
	return j.sender(out)
}

// documentKind is what kind of document a row is: what it says, else what its
// amounts say.
func (j *Judge) documentKind(rec *Record, charged, paid int64, bad func(Code, string, string)) string {
	text := rec.Get("doc_kind")
	if kind, ok := ledger.KindOf(text); ok {
		return kind
	}
	if text != "" {
		bad(WordStrange, "doc_kind", text)
		return ""
	}
	switch {
	case charged > 0:
		return ledger.Statement
	case charged < 0:
		return ledger.Reversal
	case paid < 0:
		return ledger.Refund
	}
	return ledger.Payment
}

// moneyDigest is what a row says of whose money and how much, so that one which
// repeats a number can be told from one which contradicts it. The way of
// payment and the spelling of a name are not part of it.
func (j *Judge) moneyDigest(rec *Record) uint32 {
	h := fnv.New32a()
	who := rec.Get("account_no")
	if who == "" {
		who = dedupe.FoldName(rec.Get("name"))
	}
	for _, value := range []string{who, rec.Get("doc_kind"), rec.Get("day"), rec.Get("period"), rec.Get("charged"), rec.Get("paid")} {
		_, _ = io.WriteString(h, value+"\x00")
	}
	return h.Sum32()
}
