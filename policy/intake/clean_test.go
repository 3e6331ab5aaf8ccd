package intake

import (
	"slices"
	"testing"
	"time"

	"yike/policy/profile"
)

func text(s string) Cell    { return Cell{Kind: Text, Text: s} }
func num(n float64) Cell    { return Cell{Kind: Number, Num: n} }
func serial(n float64) Cell { return Cell{Kind: Date, Num: n} }

func TestParseDayReadsDaysAsPeopleWriteThem(t *testing.T) {
	rules := DateRules{Year: 2026}
	for _, c := range []struct {
		why  string
		in   Cell
		want string
		code Code
	}{
		{"empty", Cell{}, "", ""},
		{"none in words", text("—"), "", ""},
		{"a date cell", serial(45356), "2024-03-05", ""},
		{"a date cell with a time", serial(45356.75), "2024-03-05", ""},
		{"a date cell without its number", Cell{Kind: Date, Text: "2024-03-05 10:00:00"}, "2024-03-05", ""},
		{"a serial number", num(45356), "2024-03-05", ""},
		{"a serial number as text", text("45356"), "2024-03-05", ""},
		{"the first day that Excel counts right", num(3000), "1908-03-18", ""},
		{"eight digits as number", num(20240305), "2024-03-05", ""},
		{"Chinese", text("2024年3月5日"), "2024-03-05", ""},
		{"Chinese with 号", text("2024年3月5号"), "2024-03-05", ""},
		{"Chinese, two-digit year", text("24年3月5日"), "2024-03-05", ""},
		{"full width", text("２０２４年３月５日"), "2024-03-05", ""},
		{"dots and two-digit year", text("24.3.5"), "2024-03-05", ""},
		{"dots", text("2024.03.05"), "2024-03-05", ""},
		{"dashes", text("2024-3-5"), "2024-03-05", ""},
		{"ISO", text("2024-03-05"), "2024-03-05", ""},
		{"slashes", text("2024/3/5"), "2024-03-05", ""},
		{"eight digits", text("20240305"), "2024-03-05", ""},
		{"with a time", text("2024-3-5 0:00:00"), "2024-03-05", ""},
		{"with thousandths", text("2024-03-05 00:00:00.000"), "2024-03-05", ""},
		{"with T", text("2024-03-05T08:00:00Z"), "2024-03-05", ""},
		{"with a weekday", text("2024年3月5日 星期二"), "2024-03-05", ""},
		{"blanks within", text("2024 年 3 月 5 日"), "2024-03-05", ""},
		{"the year last, day beyond 12", text("25/3/2024"), "2024-03-25", ""},
		{"the year last, month first", text("3/25/2024"), "2024-03-25", ""},
		{"the year last, either way the same", text("5/5/2024"), "2024-05-05", ""},
		{"English month", text("5-Mar-2024"), "2024-03-05", ""},
		{"leap day", text("2024-02-29"), "2024-02-29", ""},
		{"no year is a question", text("3月5日"), "2026-03-05", NoYear},
		{"no year, slash", text("3/5"), "2026-03-05", NoYear},
		{"no such day", text("2023年2月30日"), "", ImpossibleDate},
		{"no such leap day", text("2019-02-29"), "", ImpossibleDate},
		{"no such month", text("2020-13-01"), "", ImpossibleDate},
		{"zeros", text("0000-00-00"), "", ImpossibleDate},
		{"no such day, without a year", text("2月30日"), "", ImpossibleDate},
		{"which is the month", text("3/5/24"), "", DateOrder},
		{"which is the month, year in full", text("3/5/2024"), "", DateOrder},
		{"no day", text("2024年3月"), "", DateIncomplete},
		{"no day, digits", text("202403"), "", DateIncomplete},
		{"only a year", text("2024"), "", DateIncomplete},
		{"a name", text("沈雨桐"), "", NotADate},
		{"about", text("2024年3月5日左右"), "", NotADate},
		{"two days", text("2024-03-05/06"), "", NotADate},
		{"a small number", num(3.1), "", NotADate},
		{"a phone", num(13800001054), "", NotADate},
		{"too early", text("1024-03-05"), "", DateRange},
		{"an error", Cell{Kind: Error, Text: "#N/A"}, "", CellError},
	} {
		t.Run(c.why, func(t *testing.T) {
			got, p := ParseDay(c.in, rules)
			if got != c.want || p.Code != c.code {
				t.Errorf("%v: %q %s, want %q %s", c.in, got, p.Code, c.want, c.code)
			}
			if (p.Severity == Fault) != (got == "" && c.code != "") {
				t.Errorf("severity %d with %q", p.Severity, got)
			}
		})
	}
	if d, p := ParseDay(text("3月5日"), DateRules{}); d != "" || p.Code != NoYear || p.Severity != Fault {
		t.Errorf("without an answer a day without a year is a fault: %q %+v", d, p)
	}
	for order, want := range map[Order]string{YMD: "2003-05-24", MDY: "2024-03-05", DMY: "2024-05-03"} {
		if d, p := ParseDay(text("3/5/24"), DateRules{Order: order}); d != want || p.Severity != Question {
			t.Errorf("%s: %q %+v", order, d, p)
		}
	}
	if d, _ := ParseDay(num(43894), DateRules{Date1904: true}); d != "2024-03-05" {
		t.Errorf("1904 system: %s", d)
	}
}

func TestParseFenNeverGuesses(t *testing.T) {
	for _, c := range []struct {
		why   string
		in    Cell
		comma bool
		want  int64
		ok    bool
		code  Code
	}{
		{"plain", text("1234.50"), false, 123450, true, ""},
		{"grouped", text("1,234.50"), false, 123450, true, ""},
		{"grouped without decimals", text("1,234"), false, 123400, true, ""},
		{"sign of yuan", text("¥1,234.50"), false, 123450, true, ""},
		{"yuan behind", text("1234.50元"), false, 123450, true, ""},
		{"full width", text("１２３４．５０"), false, 123450, true, ""},
		{"full width yuan", text("￥１，２３４．５"), false, 123450, true, ""},
		{"in brackets", text("(12.00)"), false, -1200, true, ""},
		{"in Chinese brackets", text("（12.00）"), false, -1200, true, ""},
		{"minus", text("-12"), false, -1200, true, ""},
		{"minus behind the sign", text("¥-12"), false, -1200, true, ""},
		{"ten thousands", text("1.5万"), false, 1500000, true, ""},
		{"ten thousands with four decimals", text("0.12345万元"), false, 123450, true, ""},
		{"a float with noise", num(0.1 + 0.2), false, 30, true, ""},
		{"a number", num(65.95), false, 6595, true, ""},
		{"below one", text(".5"), false, 50, true, ""},
		{"rounded, and said so", text("1.005"), false, 101, true, Rounded},
		{"empty", Cell{}, false, 0, false, ""},
		{"a dash is empty", text("-"), false, 0, false, ""},
		{"decimal comma", text("12,50"), false, 0, false, DecimalComma},
		{"decimal comma with dots", text("1.234,50"), false, 0, false, DecimalComma},
		{"decimal comma, answered", text("12,50"), true, 1250, true, ""},
		{"decimal comma with dots, answered", text("1.234,50"), true, 123450, true, ""},
		{"words", text("面议"), false, 0, false, NotMoney},
		{"grouped wrongly", text("1,23,456.00"), false, 0, false, NotMoney},
		{"two points", text("1.2.3"), false, 0, false, NotMoney},
		{"beyond all money", text("999999999999999999"), false, 0, false, NotMoney},
		{"a date", serial(45356), false, 0, false, NotMoney},
	} {
		t.Run(c.why, func(t *testing.T) {
			n, ok, p := ParseFen(c.in, c.comma)
			if n != c.want || ok != c.ok || p.Code != c.code {
				t.Errorf("%v: %d %v %s, want %d %v %s", c.in, n, ok, p.Code, c.want, c.ok, c.code)
			}
		})
	}
}

func TestParseIntTakesCountsWithTheirUnit(t *testing.T) {
	for _, c := range []struct {
		in   Cell
		want int64
		ok   bool
		code Code
	}{
		{text("18"), 18, true, ""}, {text("１８"), 18, true, ""}, {text("18件"), 18, true, ""}, {text("1,200 票"), 1200, true, ""},
		{text("18.0"), 18, true, ""}, {num(18), 18, true, ""}, {text("30件/月"), 30, true, ""}, {text("-3"), -3, true, ""},
		{Cell{}, 0, false, ""}, {text("无"), 0, false, ""},
		{num(18.5), 0, false, NotANumber}, {text("约十八"), 0, false, NotANumber}, {text("18.5"), 0, false, NotANumber},
		{text("100-200"), 0, false, NumberRange}, {text("100～200件"), 0, false, NumberRange}, {text("30件/天"), 0, false, UnitUnclear},
	} {
		n, ok, p := ParseInt(c.in)
		if n != c.want || ok != c.ok || p.Code != c.code {
			t.Errorf("%v: %d %v %s, want %d %v %s", c.in, n, ok, p.Code, c.want, c.ok, c.code)
		}
	}
}

func TestParseClassKeepsVIPApart(t *testing.T) {
	for in, want := range map[string]string{"A": "A", "Ａ": "A", "A类": "A", "a": "A", "B级": "B", "c 类": "C", "A类客户": "A", "": "", "—": ""} {
		if got, vip, p := ParseClass(in); got != want || vip || p.Code != "" {
			t.Errorf("%q: %q %v %v", in, got, vip, p)
		}
	}
	for _, in := range []string{"VIP", "vip", "ＶＩＰ", "VIP客户"} {
		if got, vip, _ := ParseClass(in); got != "" || !vip {
			t.Errorf("%q: %q %v", in, got, vip)
		}
	}
	if _, _, p := ParseClass("重点"); p.Code != ClassUnknown {
		t.Error("an unknown class is told")
	}
}

func TestWordsOfClosedSets(t *testing.T) {
	for in, want := range map[string]string{"电商客户": KindEcommerce, "企业客户": KindEnterprise, "个人客户": KindIndividual, "散客": KindIndividual, "经销商": KindDistributor, "合作伙伴": KindPartner, "": ""} {
		if got, p := ParseKind(in); got != want || p.Code != "" {
			t.Errorf("kind %q: %q %v", in, got, p)
		}
	}
	if got, p := ParseKind("3楼"); got != "" || p.Code != KindUnknown {
		t.Errorf("an unknown kind is told: %q %v", got, p)
	}
	for in, want := range map[string]string{"上门": ModeOnSite, "上门拜访": ModeOnSite, "实地": ModeOnSite, "电话": ModePhone, "电话拜访": ModePhone, "电联": ModePhone, "微信沟通": ModeWeChat, "来网点": ModeAtBranch, "客户到访": ModeAtBranch} {
		if got, p := ParseMode(in); got != want || p.Code != "" {
			t.Errorf("mode %q: %q %v", in, got, p)
		}
	}
	for in, want := range map[string]string{"是": "1", "√": "1", "Y": "1", "否": "0", "×": "0", "": ""} {
		if got, p := ParseYesNo(in); got != want || p.Code != "" {
			t.Errorf("yes/no %q: %q %v", in, got, p)
		}
	}
	if _, p := ParseYesNo("也许"); p.Code != NotYesNo {
		t.Error("也许 is neither")
	}
}

func TestParseCreditCodeChecksItsCheckCharacter(t *testing.T) {
	for in, code := range map[string]Code{
		"91350100M000100Y43": "", "91350100m000100y43": "", "９１３５０１００Ｍ０００１００Ｙ４３": "",
		"91350100M000100Y44": CreditWrong, "91350100M000100Y4": CreditWrong, "91350100I000100Y43": CreditWrong, "9.13501E+17": DigitsLost, "": "",
	} {
		if _, p := ParseCreditCode(in); p.Code != code {
			t.Errorf("%q: %v, want %q", in, p, code)
		}
	}
}

func TestCleanNameKeepsWhatDistinguishes(t *testing.T) {
	for in, want := range map[string]string{
		"于 芳": "于芳", "欧阳　雪": "欧阳雪", " 杭州（甲）有限公司 ": "杭州（甲）有限公司", "芷樾达Ｈｏｍｅ家居店": "芷樾达Home家居店",
		"Blue  Moon Ltd": "Blue Moon Ltd", "甲 A B 乙": "甲A B乙", "李䶮": "李䶮", "赵𠮷安": "赵𠮷安", "\u00a0张三\ufeff": "张三",
	} {
		if got := CleanName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestDayWordLeavesOpenWhatIsOpen(t *testing.T) {
	const friday = "2026-10-30"
	for _, c := range []struct{ word, day, hint string }{
		{"今天", "2026-10-30", ""}, {"明天", "2026-10-31", ""}, {"后天", "2026-11-01", ""}, {"大后天", "2026-11-02", ""},
		{"3天后", "2026-11-02", ""}, {"三天后", "2026-11-02", ""}, {"十天以后", "2026-11-09", ""}, {"一周后", "2026-11-06", ""}, {"两个星期后", "2026-11-13", ""}, {"一个月后", "2026-11-30", ""}, {"四个月后", "2027-02-28", ""},
		{"下周一", "2026-11-02", ""}, {"下周三", "2026-11-04", ""}, {"下周日", "2026-11-08", ""}, {"下星期天", "2026-11-08", ""}, {"下个礼拜五", "2026-11-06", ""}, {"下下周二", "2026-11-10", ""}, {"下周２", "2026-11-03", ""},
		{"本周六", "2026-10-31", ""}, {"周日", "2026-11-01", ""}, {"周五", "2026-10-30", ""}, {"周三", "", "2026-11-04"},
		{"31号", "2026-10-31", ""}, {"15号", "2026-11-15", ""}, {"下月5号", "2026-11-05", ""}, {"下个月三十一号", "", ""}, {"本月5号", "", ""},
		{"月底", "", "2026-10-31"}, {"下个月初", "", "2026-11-01"}, {"年底", "", "2026-12-31"},
		{"国庆后", "", ""}, {"有空再去", "", ""}, {"等客户电话", "", ""}, {"下周", "", ""}, {"节后", "", ""}, {"下周三或周四", "", ""}, {"尽快", "", ""},
	} {
		d := DayWord(friday, c.word)
		if d.Day != c.day || d.Suggest != c.hint || d.Left != (c.day == "") {
			t.Errorf("%s: %+v, want %q, offered %q", c.word, d, c.day, c.hint)
		}
	}
	if d := DayWord(friday, " "); d != (Due{}) {
		t.Errorf("blank: %+v", d)
	}
	if d := DayWord("2026-05-10", "下周一"); d.Day != "2026-05-11" {
		t.Errorf("said on a Sunday, next week begins tomorrow: %+v", d)
	}
}

func FuzzParseDay(f *testing.F) {
	for _, s := range []string{"2024年3月5日", "24.3.5", "3/5/24", "20240305", "3月5日", "2024-03-05 00:00:00.000", "5-Mar-24"} {
		f.Add(s, 45356.5)
	}
	f.Fuzz(func(t *testing.T, s string, n float64) {
		for _, c := range []Cell{text(s), num(n), serial(n)} {
			for _, o := range []Order{"", YMD, MDY, DMY} {
				d, p := ParseDay(c, DateRules{Year: 2026, Order: o})
				if d == "" {
					continue
				}
				if _, err := time.Parse(time.DateOnly, d); err != nil || p.Severity == Fault {
					t.Errorf("%v: %q %+v", c, d, p)
				}
			}
		}
	})
}

func FuzzParseFen(f *testing.F) {
	for _, s := range []string{"1,234.50", "¥12", "(12.00)", "1.234,50", "0.12345万元", "-", "1e9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, comma := range []bool{false, true} {
			n, ok, p := ParseFen(text(s), comma)
			if !ok && n != 0 || ok && p.Severity == Fault {
				t.Errorf("%q: %d %v %+v", s, n, ok, p)
			}
		}
		if n, ok, p := ParseInt(text(s)); !ok && n != 0 || ok && p.Severity == Fault {
			t.Errorf("%q: %d %v %+v", s, n, ok, p)
		}
	})
}

func FuzzDayWord(f *testing.F) {
	f.Add("2026-10-30", "下周三")
	f.Add("2024-02-29", "十二个月后")
	f.Add("", "31号")
	f.Fuzz(func(t *testing.T, base, s string) {
		d := DayWord(base, s)
		if d.Day != "" && (d.Left || d.Day < base) {
			t.Errorf("%q %q: %+v", base, s, d)
		}
	})
}

func TestEveryWordIsOneOfTheProfile(t *testing.T) {
	for p, list := range map[Parser][]string{AsSource: profile.Sources, AsNature: profile.Natures, AsSize: profile.Sizes, AsStage: profile.Stages, AsTerms: profile.Terms, AsMood: profile.Moods} {
		for said, word := range wordsOf()[p] {
			if !slices.Contains(list, word) {
				t.Errorf("%s means %s, which is no word of %v", said, word, list)
			}
		}
		for _, word := range list {
			if got, pr := parseWord(p, word); got != word || pr.Code != "" {
				t.Errorf("%s itself is read as %q", word, got)
			}
		}
	}
	for _, m := range []string{ModeOnSite, ModePhone, ModeWeChat, ModeAtBranch} {
		if !slices.Contains(profile.Modes, m) {
			t.Error(m)
		}
	}
	for _, k := range []string{KindEcommerce, KindEnterprise, KindIndividual, KindDistributor, KindPartner} {
		if !slices.Contains(profile.Kinds, k) {
			t.Error(k)
		}
	}
	for in, want := range map[string]string{"淘宝": "taobao", "拼多多": "pinduoduo", "企业": "enterprise", "散客": "walk_in", "": ""} {
		if got, p := parseWord(AsSource, in); got != want || p.Code != "" {
			t.Errorf("source %q: %q %v", in, got, p)
		}
	}
	if got, p := parseWord(AsTerms, "扫码付"); got != "per_parcel" || p.Code != "" {
		t.Errorf("%q %v", got, p)
	}
	if got, p := parseWord(AsTerms, "以物易物"); got != "" || p.Code != WordUnknown {
		t.Errorf("%q %v", got, p)
	}
}
