package intake

import (
	"math"
	"strconv"
	"strings"
	"unicode"

	"yike/policy/creditcode"
)

// ParseFen reads an amount of yuan and gives it in fen. ok is false for an
// empty cell. comma says that a comma is the decimal mark in this file
// (1.234,50); without it 12,50 is a Fault, never a guess.
func ParseFen(c Cell, comma bool) (fen int64, ok bool, p Problem) {
	switch c.Kind {
	case Empty:
		return 0, false, Problem{}
	case Number:
		return fenOf(c.Num)
	case Error:
		return 0, false, fault(CellError, c.Text)
	case Date, Bool:
		return 0, false, fault(NotMoney, cellText(c))
	}
	raw := cellText(c)
	s := squeeze(narrow(raw))
	if placeholder(s) {
		return 0, false, Problem{}
	}
	neg := false
	strip := func(prefixes ...string) {
		for again := true; again; {
			again = false
			for _, w := range prefixes {
				if rest, found := strings.CutPrefix(s, w); found {
					s, again = rest, true
				}
			}
		}
	}
	s = strings.ToUpper(s)
	if strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")") {
		neg, s = true, s[1:len(s)-1]
	}
	strip("¥", "￥", "RMB", "CNY", "人民币", "+", ":")
	for _, minus := range []string{"-", "−", "–"} {
		if rest, found := strings.CutPrefix(s, minus); found {
			neg, s = !neg, rest
			break
		}
	}
	strip("¥", "￥")
	unit := int64(1)
	for _, end := range []struct {
		word string
		by   int64
	}{{"元整", 1}, {"万元", 10000}, {"元", 1}, {"圆", 1}, {"块", 1}, {"万", 10000}, {"RMB", 1}, {"CNY", 1}} {
		if rest, found := strings.CutSuffix(s, end.word); found {
			s, unit = rest, end.by
			break
		}
	}
	if rest, found := strings.CutSuffix(s, "-"); found && !neg {
		neg, s = true, rest
	}
	whole, frac, bad := amount(s, comma)
	if bad != "" {
		return 0, false, fault(bad, raw)
	}
	if len(whole) > 12 {
		return 0, false, fault(NotMoney, raw)
	}
	n, _ := strconv.ParseInt("0"+whole, 10, 64)
	digits := (frac + "00000000")[:8] // enough for 万 with four decimals
	f, _ := strconv.ParseInt(digits, 10, 64)
	if n > 90_000_000_000/unit {
		return 0, false, fault(NotMoney, raw)
	}
	scaled := (n*100_000_000 + f) * unit // yuan in 1e-8
	fen = (scaled + 500000) / 1000000
	if scaled%1000000 != 0 || len(strings.TrimRight(frac, "0")) > 8 {
		p = Problem{Code: Rounded, Severity: Notice, Text: clip(raw)}
	}
	if neg {
		fen = -fen
	}
	return fen, true, p
}

// amount splits a number without sign and unit at its decimal mark.
func amount(s string, comma bool) (whole, frac string, bad Code) {
	if s == "" {
		return "", "", NotMoney
	}
	if comma {
		s = strings.Map(func(r rune) rune {
			switch r {
			case ',':
				return '.'
			case '.':
				return ','
			}
			return r
		}, s)
	}
	whole, frac, dot := strings.Cut(s, ".")
	if dot && strings.ContainsAny(frac, ",") {
		if !strings.Contains(whole, ",") && digitsOnly(strings.NewReplacer(",", "", ".", "").Replace(s)) && !comma {
			return "", "", DecimalComma // 1.234,50
		}
		return "", "", NotMoney
	}
	if groups := strings.Split(whole, ","); len(groups) > 1 {
		for i, g := range groups {
			if !digitsOnly(g) {
				return "", "", NotMoney
			}
			if i > 0 && len(g) != 3 || i == 0 && len(g) > 3 {
				if len(groups) == 2 && !dot && i == 1 && !comma {
					return "", "", DecimalComma // 12,50
				}
				if len(groups) == 2 && !dot && !comma && len(groups[1]) != 3 {
					return "", "", DecimalComma
				}
				return "", "", NotMoney
			}
		}
		whole = strings.Join(groups, "")
	}
	if whole == "" && frac == "" || whole != "" && !digitsOnly(whole) || frac != "" && !digitsOnly(frac) {
		return "", "", NotMoney
	}
	return whole, frac, ""
}

func fenOf(yuan float64) (int64, bool, Problem) {
	if math.IsNaN(yuan) || math.Abs(yuan) > 1e12 {
		return 0, false, fault(NotMoney, strconv.FormatFloat(yuan, 'g', -1, 64))
	}
	f := yuan * 100
	r := math.Round(f)
	if math.Abs(f-r) > 1e-4 {
		return int64(r), true, Problem{Code: Rounded, Severity: Notice, Text: numText(yuan)}
	}
	return int64(r), true, Problem{}
}

// ParseInt reads a count: 18, １８, 18件, 1,200. ok is false for an empty cell.
func ParseInt(c Cell) (n int64, ok bool, p Problem) {
	switch c.Kind {
	case Empty:
		return 0, false, Problem{}
	case Number:
		if c.Num != math.Trunc(c.Num) || math.Abs(c.Num) > 1e15 {
			return 0, false, fault(NotANumber, strconv.FormatFloat(c.Num, 'g', -1, 64))
		}
		return int64(c.Num), true, Problem{}
	case Error:
		return 0, false, fault(CellError, c.Text)
	case Date, Bool:
		return 0, false, fault(NotANumber, cellText(c))
	}
	raw := cellText(c)
	s := squeeze(narrow(raw))
	if placeholder(s) {
		return 0, false, Problem{}
	}
	if strings.ContainsAny(s, "~至") || strings.LastIndexByte(s, '-') > 0 {
		return 0, false, fault(NumberRange, raw)
	}
	for _, per := range []string{"/天", "/日", "每天", "一天", "/周", "每周", "/年", "每年"} {
		if strings.Contains(s, per) {
			return 0, false, fault(UnitUnclear, raw)
		}
	}
	s = strings.TrimSuffix(strings.TrimSuffix(s, "/月"), "每月")
	for _, u := range []string{"件", "票", "单", "天", "日", "个", "人", "次", "名", "家", "分"} {
		if rest, found := strings.CutSuffix(s, u); found {
			s = rest
			break
		}
	}
	if rest, frac, found := strings.Cut(s, "."); found && strings.Trim(frac, "0") == "" {
		s = rest
	}
	neg := strings.HasPrefix(s, "-")
	whole, frac, bad := amount(strings.TrimPrefix(s, "-"), false)
	if bad != "" || frac != "" || len(whole) > 15 {
		return 0, false, fault(NotANumber, raw)
	}
	n, _ = strconv.ParseInt(whole, 10, 64)
	if neg {
		n = -n
	}
	return n, true, Problem{}
}

// ParseClass reads a class. class is A, B, C or "" (blank, unknown or VIP);
// vip says that the cell reads VIP, which is a word of its own.
func ParseClass(text string) (class string, vip bool, p Problem) {
	s := strings.ToUpper(squeeze(narrow(text)))
	if placeholder(s) {
		return "", false, Problem{}
	}
	for _, end := range []string{"类客户", "级客户", "类", "级", "等", "客户", "CLASS"} {
		s = strings.TrimSuffix(s, end)
	}
	s = strings.TrimPrefix(strings.TrimPrefix(s, "CLASS"), "等级")
	switch s {
	case "A", "B", "C":
		return s, false, Problem{}
	case "VIP", "V.I.P", "V.I.P.", "贵宾":
		return "", true, Problem{}
	}
	return "", false, Problem{Code: ClassUnknown, Severity: Notice, Text: clip(text)}
}

// ParseYesNo reads 是/否 in its spellings: "1", "0" or "" for blank.
func ParseYesNo(text string) (string, Problem) {
	s := strings.ToUpper(squeeze(narrow(text)))
	switch s {
	case "":
		return "", Problem{}
	case "是", "有", "Y", "YES", "TRUE", "T", "1", "√", "✓", "✔", "对", "已":
		return "1", Problem{}
	case "否", "无", "N", "NO", "FALSE", "F", "0", "×", "X", "✗", "✘", "不", "没有", "未":
		return "0", Problem{}
	}
	return "", fault(NotYesNo, text)
}

// The customer kinds.
const (
	KindEcommerce   = "ecommerce"
	KindEnterprise  = "enterprise"
	KindIndividual  = "individual"
	KindDistributor = "distributor"
	KindPartner     = "partner"
)

// ParseKind reads the kind of customer; an unknown word is told and left out.
func ParseKind(text string) (string, Problem) {
	s := strings.ToLower(squeeze(narrow(text)))
	if placeholder(s) {
		return "", Problem{}
	}
	s = strings.TrimSuffix(strings.TrimSuffix(s, "客户"), "类")
	switch s {
	case "电商", "网店", "店铺", "淘宝", "天猫", "拼多多", "京东", "抖音", "微商", "ecommerce", "e-commerce", "shop", "online":
		return KindEcommerce, Problem{}
	case "企业", "公司", "工厂", "厂家", "单位", "商务", "企事业", "enterprise", "company", "business", "corporate":
		return KindEnterprise, Problem{}
	case "个人", "散", "散客", "个体", "零散", "个人散", "individual", "person", "personal", "walk-in":
		return KindIndividual, Problem{}
	case "经销商", "代理", "代理商", "分销", "分销商", "经销", "distributor", "dealer", "agent":
		return KindDistributor, Problem{}
	case "合作伙伴", "合作", "伙伴", "合作方", "partner":
		return KindPartner, Problem{}
	}
	return "", Problem{Code: KindUnknown, Severity: Notice, Text: clip(text)}
}

// The modes of a visit.
const (
	ModeOnSite   = "on_site"
	ModePhone    = "phone"
	ModeWeChat   = "wechat"
	ModeAtBranch = "at_branch"
)

// ParseMode reads how a customer was met; an unknown word is told and left out.
func ParseMode(text string) (string, Problem) {
	s := strings.ToLower(squeeze(narrow(text)))
	if placeholder(s) {
		return "", Problem{}
	}
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(s, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("来网点", "到网点", "到访", "来访", "到店", "来店", "网点接待", "在网点", "branch", "walk-in", "walkin"):
		return ModeAtBranch, Problem{}
	case has("微信", "企微", "wechat", "weixin", "钉钉", "qq"):
		return ModeWeChat, Problem{}
	case has("电话", "电联", "致电", "去电", "来电", "通话", "phone", "call", "tel"):
		return ModePhone, Problem{}
	case has("上门", "实地", "走访", "登门", "现场", "面谈", "拜访", "面访", "驻点", "on site", "onsite", "on-site", "visit"):
		return ModeOnSite, Problem{}
	}
	return "", Problem{Code: ModeUnknown, Severity: Notice, Text: clip(text)}
}

// CleanName tidies a name: one width for letters and digits, no blanks
// between Chinese characters, one between words. Chinese brackets stay.
func CleanName(s string) string {
	plain := true
	for _, r := range s {
		if r <= ' ' || r == 0x7f || (r > 0x7f && (r < 0x4e00 || r > 0x9fff)) {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	rs := make([]rune, 0, len(s))
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			r = ' '
		case unicode.Is(unicode.Cf, r) || unicode.IsControl(r):
			continue
		case r >= '０' && r <= '９', r >= 'Ａ' && r <= 'Ｚ', r >= 'ａ' && r <= 'ｚ', r == '＆', r == '．', r == '－':
			r -= 0xfee0
		}
		rs = append(rs, r)
	}
	out := make([]rune, 0, len(rs))
	for i, r := range rs {
		if r == ' ' {
			if len(out) == 0 || i+1 == len(rs) || rs[i+1] == ' ' || wide(out[len(out)-1]) || wide(next(rs[i+1:])) {
				continue
			}
		}
		out = append(out, r)
	}
	return strings.TrimRight(string(out), " ")
}

func next(rs []rune) rune {
	for _, r := range rs {
		if r != ' ' {
			return r
		}
	}
	return '中'
}

func wide(r rune) bool { return r >= 0x2e80 }

// cleanText trims free text and drops control characters but line breaks.
func cleanText(s string) string {
	for _, r := range s {
		if r < ' ' || r == 0x7f || r == 0xa0 || r == 0xfeff {
			return strings.TrimFunc(strings.Map(func(r rune) rune {
				switch {
				case r == '\n' || r == '\t':
					return r
				case r == '\u00a0':
					return ' '
				case r < ' ' || r == 0x7f || r == 0xfeff:
					return -1
				}
				return r
			}, s), invisible)
		}
	}
	return s
}

// ParseCreditCode reads a unified social credit code, as policy/creditcode
// takes it.
func ParseCreditCode(text string) (string, Problem) {
	if placeholder(squeeze(text)) {
		return "", Problem{}
	}
	v := creditcode.Check(text)
	switch {
	case v.OK():
		return v.Code, Problem{}
	case strings.Contains(strings.ToUpper(narrow(text)), "E+"):
		return "", fault(DigitsLost, text)
	}
	return "", fault(CreditWrong, text)
}

// parseIdent reads an account, code or waybill number: no blanks, one width.
func parseIdent(c Cell) (string, Problem) {
	if c.Kind == Number {
		if digitsOnly(c.Text) {
			return c.Text, Problem{}
		}
		if c.Num != math.Trunc(c.Num) || c.Num < 0 || c.Num > 1<<53 || rounded(c) && strings.ContainsAny(c.Text, "eE") {
			return "", fault(DigitsLost, strconv.FormatFloat(c.Num, 'g', -1, 64))
		}
		return strconv.FormatFloat(c.Num, 'f', 0, 64), Problem{}
	}
	s := cellText(c)
	if !plainIdent(s) {
		s = squeeze(narrow(s))
	}
	if placeholder(s) {
		return "", Problem{}
	}
	if whole, exp, found := strings.Cut(s, "E+"); found && strings.Contains(whole, ".") && digitsOnly(exp) {
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			_, frac, _ := strings.Cut(whole, ".")
			if n, _ := strconv.Atoi(exp); len(frac) < n {
				return "", fault(DigitsLost, s)
			}
			return strconv.FormatFloat(f, 'f', 0, 64), Problem{}
		}
	}
	if whole, frac, found := strings.Cut(s, "."); found && digitsOnly(whole) && strings.Trim(frac, "0") == "" {
		s = whole
	}
	return s, Problem{}
}

func plainIdent(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

func digitsOnly(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
