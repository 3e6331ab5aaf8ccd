package ledger

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yike/policy/day"
)

// Ways of payment.
const (
	Transfer = "transfer" // 对公转账
	WeChat   = "wechat"
	Alipay   = "alipay"
	Cash     = "cash"
	Draft    = "draft" // 承兑
	Card     = "card"
	Other    = "other"
)

// Methods are all ways of payment, as a choice offers them.
var Methods = []string{Transfer, WeChat, Alipay, Cash, Draft, Card, Other}

// KindOf reads the word for a kind of document; ok is false for none that is
// known, and for none at all.
func KindOf(text string) (kind string, ok bool) {
	s := strings.ToLower(strings.Join(strings.Fields(text), ""))
	for _, k := range []struct {
		kind  string
		words []string
	}{
		{Reversal, []string{"冲红", "红冲", "冲减", "冲销", "冲账", "冲帐", "调减", "红字", "reversal"}},
		{Refund, []string{"退款", "退回", "退费", "返款", "refund"}},
		{Payment, []string{"回款", "收款", "付款", "到账", "到帐", "实收", "预存", "预付", "充值", "payment", "receipt"}},
		{Statement, []string{"对账单", "对帐单", "账单", "帐单", "应收", "结算单", "发票", "statement", "invoice", "bill"}},
	} {
		if slices.ContainsFunc(k.words, func(w string) bool { return strings.Contains(s, w) }) {
			return k.kind, true
		}
	}
	return "", false
}

// MethodOf reads a way of payment; what is not known is Other, nothing is "".
func MethodOf(text string) string {
	s := strings.ToLower(strings.Join(strings.Fields(text), ""))
	if s == "" {
		return ""
	}
	for _, m := range []struct {
		method string
		words  []string
	}{
		{WeChat, []string{"微信", "wechat", "weixin"}},
		{Alipay, []string{"支付宝", "alipay"}},
		{Draft, []string{"承兑", "汇票", "支票", "draft", "cheque"}},
		{Cash, []string{"现金", "cash"}},
		{Card, []string{"刷卡", "银行卡", "pos", "card"}},
		{Transfer, []string{"对公", "转账", "转帐", "汇款", "银行", "网银", "电汇", "transfer", "bank"}},
	} {
		if slices.ContainsFunc(m.words, func(w string) bool { return strings.Contains(s, w) }) {
			return m.method
		}
	}
	return Other
}

// MostPeriods is how many months one document may name.
const MostPeriods = 24

// Periods reads the months that a document names, in order and each once:
// 2026-05, 202605, 2026年5月, 2026年5月、2026-06, 2026年5-6月, 5月 (of the document's
// own year, or the one before where that month has not come). ok is false when
// something else stands there; nothing at all is no month.
func Periods(text string, on day.Day) (months []string, ok bool) {
	s := strings.NewReplacer("　", "", " ", "", "０", "0", "１", "1", "２", "2", "３", "3", "４", "4", "５", "5", "６", "6", "７", "7", "８", "8", "９", "9",
		"年", "-", "月份", "M", "月", "M", "日", "", "号", "", "—", "~", "–", "~", "－", "-", "～", "~", "至", "~", "到", "~", "／", "/", "．", ".").Replace(strings.TrimSpace(text))
	if s == "" {
		return nil, true
	}
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("、,，;；+&和", r) }) {
		spans := strings.HasSuffix(part, "M") && strings.Count(part, "-") == 2 // 2026年5-6月; without 月 at its end it is a day
		part = strings.ReplaceAll(strings.TrimSuffix(strings.NewReplacer("M-", "-", "M~", "~").Replace(part), "M"), "M", "-")
		if i := strings.LastIndexByte(part, '-'); spans && i > 0 {
			part = part[:i] + "~" + part[i+1:]
		}
		from, to, isRange := strings.Cut(part, "~")
		y, m, ok := month(from, on)
		if !ok {
			return nil, false
		}
		ty, tm := y, m
		if isRange {
			if ty, tm, ok = month(to, on); !ok {
				return nil, false
			}
			if !strings.ContainsAny(to, "-/.") && len(to) <= 2 { // 2026-5~6
				if ty = y; tm < m {
					ty++
				}
			}
		}
		n := (ty-y)*12 + tm - m
		if n < 0 || n >= MostPeriods {
			return nil, false
		}
		for k := 0; k <= n; k++ {
			at := y*12 + m - 1 + k
			months = append(months, fmt.Sprintf("%04d-%02d", at/12, at%12+1))
		}
	}
	slices.Sort(months)
	months = slices.Compact(months)
	return months, len(months) <= MostPeriods
}

// month reads one month: year and month, or a month alone. A day after them is
// let be.
func month(s string, on day.Day) (y, m int, ok bool) {
	s = strings.Trim(s, "-/.")
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '/' || r == '.' })
	digits := func(s string, least, most int) (int, bool) {
		if len(s) < least || len(s) > most {
			return 0, false
		}
		n, err := strconv.Atoi(s)
		return n, err == nil && n > 0 && s[0] != '+'
	}
	switch {
	case len(parts) == 1 && len(parts[0]) == 6:
		y, _ = digits(parts[0][:4], 4, 4)
		m, _ = digits(parts[0][4:], 2, 2)
	case len(parts) == 1:
		if m, ok = digits(parts[0], 1, 2); !ok || !on.Valid() {
			return 0, 0, false
		}
		var now int
		y, now = on.Year(), int(on.Time().Month())
		if m > now {
			y--
		}
	case len(parts) == 2 || len(parts) == 3:
		y, _ = digits(parts[0], 4, 4)
		m, _ = digits(parts[1], 1, 2)
		if len(parts) == 3 {
			if _, ok := digits(parts[2], 1, 2); !ok {
				return 0, 0, false
			}
		}
	}
	return y, m, y >= 2000 && y < 2100 && m >= 1 && m <= 12
}
