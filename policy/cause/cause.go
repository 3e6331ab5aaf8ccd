// Package cause owns what a complaint is about, as far as its words tell: it
// guesses the cause of a free wording, and what kind of case it is. It never
// invents one: a text that says nothing of any cause is "other", and said to be
// a guess by nothing. It knows neither cases nor lists that somebody keeps.
package cause

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The causes that the program comes with, by which its list of causes is kept.
const (
	Late     = "late"
	Damaged  = "damaged"
	Lost     = "lost"
	Attitude = "attitude"
	Unsigned = "false_signed" // said to be signed for, and was not
	Wrong    = "wrong"
	Charges  = "charges"
	Other    = "other"
)

// Codes lists them; of two that a text speaks of equally the earlier one is
// taken, as it is the graver: what is lost was late, too.
var Codes = []string{Lost, Damaged, Unsigned, Wrong, Charges, Attitude, Late, Other}

// Guessed is what a text was taken for. Marks are the words that told, in the
// order in which they stand; none: it is Other because nothing told.
type Guessed struct {
	Code  string
	Score int
	Marks []string
}

// bar is the score below which words tell nothing.
const bar = 2

// words are what people write when they mean a cause, with how much each says:
// 3 names it, 2 is mostly said of it, 1 only adds to others.
var words = map[string][3]string{
	Late: {
		"中转 分拨 停在 说好 几天了 天了 催 慢 怎么还 等了",
		"太慢 很慢 催了 催件 不派送 没派送 未派送 不派件 没派件 未派件 不派 还没到 还没送 没送到 没到货 未到 不动 卡在 没更新 不更新 还在中转 超时 迟到 停滞 一直在路上 没揽收 不来取 没来取 没人取 未揽收 没人派",
		"延误 晚到 滞留 晚点 耽误 误期 逾期 时效 过了时间 晚了",
	},
	Damaged: {
		"外箱 包装 照片",
		"坏 烂 漏 摔 断了 划痕 磕 扁 湿了 化了 不能用 渗",
		"破损 碎 裂 压扁 变形 湿透 泡水 受潮 压坏 摔坏 渗漏 漏液 变质 破了 破洞 散架 暴力分拣 损坏 损毁 受损",
	},
	Lost: {
		"查不到 没了 估计",
		"不见了 找不着 少了 少收 只到 只收到 被偷 被拿",
		"丢了 丢失 遗失 丢件 弄丢 找不到 少件 短少 缺件 少一件 少发 内件少",
	},
	Unsigned: {
		"签收 驿站 门卫 没通知 未通知",
		"没收到 没有收到 未收到 没见过 没见到 放驿站 丢驿站 放快递柜 放柜子 代签 本人签收 不是本人 没经同意 未经同意 没同意",
		"虚假签收 假签收 显示已签收 显示签收 已签收没 提前签收 冒签 没签收 未签收",
	},
	Wrong: {
		"别人 地址 不是我的",
		"别人家 地址不对 拿错 换错 不是我家的",
		"错派 派错 送错 投错 发错 错发 错送 寄错 送到别人 派到别人 串货 串件 错分",
	},
	Charges: {
		"重量 到付 月结 价格 报价 块钱 钱",
		"收费 运费 费用 计费 扣款 退款 计重 首重 续重 保价费 邮费 快递费 抛重",
		"多收 乱收费 账单 对账 多算 多扣 加价 收贵 重复扣 重复收费 收了两次 不该收",
	},
	Attitude: {
		"没礼貌 语气 说话",
		"不打电话 不接电话 就挂 挂电话 挂我 凶 吵 恶劣 推诿 推卸 不理 爱理不理 敷衍 不上门",
		"态度 骂 不耐烦 辱骂 威胁 侮辱 粗鲁 不文明 动手 打人",
	},
	Other: {
		"",
		"发票 改地址 改电话 打不进",
		"占线 打不通 没人接 开票 抬头",
	},
}

type mark struct {
	code  string
	score int
}

// marks are the words by their first character, the longest first.
var marks = sync.OnceValue(func() map[rune][]string {
	out := map[rune][]string{}
	for w := range said() {
		r, _ := utf8.DecodeRuneInString(w)
		out[r] = append(out[r], w)
	}
	for _, list := range out {
		slices.SortFunc(list, func(a, b string) int { return len(b) - len(a) })
	}
	return out
})

var said = sync.OnceValue(func() map[string]mark {
	out := map[string]mark{}
	for code, by := range words {
		for i, line := range by {
			for w := range strings.FieldsSeq(line) {
				out[w] = mark{code, i + 1}
			}
		}
	}
	return out
})

// denied are what is said in front of a word that is not meant: 没有破损.
var denied = []string{"没有", "没", "不是", "并非", "无", "未"}

// Guess reads the cause out of a wording. Of words within one another the
// longest counts, each word once.
func Guess(text string) Guessed {
	s := fold(text)
	score, found := map[string]int{}, map[string]bool{}
	out := Guessed{Code: Other}
	var all []string
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		step := size
		for _, w := range marks()[r] {
			if !strings.HasPrefix(s[i:], w) {
				continue
			}
			step = len(w)
			m := said()[w]
			if !found[w] && (m.code != Damaged && m.code != Lost || !deniedBefore(s[:i])) {
				found[w] = true
				score[m.code] += m.score
				all = append(all, w)
			}
			break
		}
		i += step
	}
	for _, code := range Codes {
		if n := score[code]; n >= bar && n > out.Score {
			out.Code, out.Score = code, n
		}
	}
	for _, w := range all {
		if out.Score > 0 && said()[w].code == out.Code {
			out.Marks = append(out.Marks, w)
		}
	}
	return out
}

func deniedBefore(s string) bool {
	if strings.HasSuffix(s, "是不是") || strings.HasSuffix(s, "有没有") {
		return false // it asks
	}
	for _, w := range denied {
		if strings.HasSuffix(s, w) {
			return true
		}
	}
	return false
}

// typed are what a column of causes holds, folded.
var typed = map[string]string{
	"延误": Late, "派送慢": Late, "时效": Late, "超时": Late, "破损": Damaged, "损坏": Damaged, "内件破损": Damaged, "遗失": Lost, "丢失": Lost, "丢件": Lost, "短少": Lost, "内件短少": Lost,
	"态度": Attitude, "服务态度": Attitude, "态度差": Attitude, "服务": Attitude, "虚假签收": Unsigned, "签收": Unsigned, "签收问题": Unsigned, "错派": Wrong, "错件": Wrong, "派错": Wrong, "送错": Wrong,
	"费用": Charges, "费用争议": Charges, "收费": Charges, "资费": Charges, "运费": Charges, "其他": Other, "其它": Other, "其他问题": Other,
}

// Typed reads a cause that stands in a column of its own, by its name or by
// what it says; false for one that is no known cause.
func Typed(text string) (string, bool) {
	s := fold(text)
	if code, ok := typed[s]; ok {
		return code, true
	}
	if slices.Contains(Codes, s) {
		return s, true
	}
	g := Guess(s)
	return g.Code, g.Score >= bar
}

// The kinds of case.
const (
	Complaint    = "complaint"
	Consultation = "consultation"
	Suggestion   = "suggestion"
)

// KindTyped reads the kind that a column names; false for another word.
func KindTyped(text string) (string, bool) {
	s := fold(text)
	for _, k := range []struct{ word, kind string }{{"投诉", Complaint}, {"申诉", Complaint}, {"咨询", Consultation}, {"查询", Consultation}, {"询问", Consultation}, {"建议", Suggestion}, {"意见", Suggestion}} {
		if strings.Contains(s, k.word) && utf8.RuneCountInString(s) <= 4 {
			return k.kind, true
		}
	}
	return "", false
}

// Kind is what kind of case a text is: a complaint where it says of what, a
// suggestion where it suggests, a question where it asks, else a complaint.
func Kind(text string) string {
	s := fold(text)
	g := Guess(text)
	has := func(list ...string) bool {
		return slices.ContainsFunc(list, func(w string) bool { return strings.Contains(s, w) })
	}
	switch {
	case has("投诉", "申诉"):
		return Complaint
	case has("建议", "希望你们能", "能不能改进", "可以改进"):
		if g.Score < 3 || g.Code == Other {
			return Suggestion
		}
	case has("请问", "咨询", "想问", "问一下", "怎么收费", "多少钱", "怎么寄", "能寄", "可以寄", "几点下班", "营业时间"):
		if g.Score < 3 || g.Code == Other || g.Code == Charges && !has("多收", "多算", "多扣", "乱收费") {
			return Consultation
		}
	}
	return Complaint
}

// fold gives a text one width and no blanks.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(s))
}
