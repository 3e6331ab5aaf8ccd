// Package waybill says what a parcel's row of a bill means: the closed words
// for product, payment, state and exception with the spellings that carriers
// and branches use, what a waybill number looks like, weights and volumes, and
// which client a sender is. It knows nothing of files, databases or clocks
// (R30, R49).
package waybill

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The products that a parcel may be sent as.
const (
	Standard      = "standard"
	Economy       = "economy"
	Express       = "express"
	SameDay       = "same_day"
	Bulky         = "bulky"
	Cold          = "cold"
	International = "international"
	OtherProduct  = "other"
)

// Who pays the freight, and how.
const (
	SenderPays   = "sender"      // 寄付
	ReceiverPays = "receiver"    // 到付
	Monthly      = "monthly"     // by the sender's statement
	ThirdParty   = "third_party" // somebody else's account
)

// Where a parcel is.
const (
	Ordered    = "ordered" // told of, not picked up
	PickedUp   = "picked_up"
	Moving     = "moving"
	Delivering = "delivering"
	Signed     = "signed"
	Returning  = "returning"
	Returned   = "returned"
	Refused    = "refused"
	Damaged    = "damaged"
	Lost       = "lost"
	Stuck      = "stuck"
	Cancelled  = "cancelled"
)

// Exceptions beside those that are states of their own: returned, refused,
// damaged, lost, stuck.
const (
	Late           = "late"
	Misrouted      = "misrouted"
	Short          = "short"  // pieces or contents are missing
	FailedOnce     = "failed" // a delivery that found nobody
	OtherException = "other"
)

// Products, Payments, States and Exceptions are the closed words in the order
// in which a choice offers them.
func Products() []string {
	return []string{Standard, Economy, Express, SameDay, Bulky, Cold, International, OtherProduct}
}

// Payments see Products.
func Payments() []string { return []string{SenderPays, ReceiverPays, Monthly, ThirdParty} }

// States see Products.
func States() []string {
	return []string{Ordered, PickedUp, Moving, Delivering, Signed, Stuck, Returning, Returned, Refused, Damaged, Lost, Cancelled}
}

// Exceptions see Products.
func Exceptions() []string {
	return []string{Stuck, Late, FailedOnce, Misrouted, Refused, Returned, Damaged, Short, Lost, OtherException}
}

type spellings map[string]string

func spelled(by map[string]string) spellings {
	out := spellings{}
	for word, all := range by {
		out[fold(word)] = word
		for _, s := range strings.Fields(all) {
			out[fold(s)] = word
		}
	}
	return out
}

var products = sync.OnceValue(func() spellings {
	return spelled(map[string]string{
		Standard:      "标快 标准 标准快递 标准件 标准达 普快 普通 普通快递 普件 快递 快件 标准快件 陆运 陆运件 电商标快 汽运 国内快递 standard",
		Economy:       "特惠 特惠件 特惠快递 特惠送 经济 经济快递 经济件 经济达 优惠 电商 电商件 电商特惠 陆运包裹 普惠 economy",
		Express:       "时效 时效件 次日 次日达 次晨 次晨达 隔日达 特快 特快件 特快专递 航空 航空件 空运 限时 限时达 优先 加急 准时达 express",
		SameDay:       "即日 即日达 当日达 当日 同城 同城急送 同城配送 同城件 半日达 即时 闪送 sameday",
		Bulky:         "大件 大件快递 重货 重货包裹 零担 物流 快运 大包裹 重件 标准零担 整车 bulky",
		Cold:          "冷链 冷运 生鲜 生鲜速配 冷藏 冷冻 医药冷链 生鲜件 cold",
		International: "国际 国际件 国际快递 国际特惠 国际标快 跨境 港澳台 港澳台件 出口 international",
		OtherProduct:  "其他 其它 other",
	})
})

var payments = sync.OnceValue(func() spellings {
	return spelled(map[string]string{
		SenderPays:   "寄付 寄方付 寄方付款 寄件方付 寄件付 现付 现结 寄付现结 发件人付 寄件人付 预付 现金 发货人付 sender prepaid",
		ReceiverPays: "到付 收方付 收方付款 收件方付 收件付 到付现结 收件人付 货到付款运费 到付款 receiver collect cod",
		Monthly:      "月结 寄付月结 寄方月结 协议 账期 月付 客户月结 到付月结 monthly",
		ThirdParty:   "第三方 第三方付 第三方付款 第三方月结 三方付 转第三方 thirdparty third",
	})
})

var states = sync.OnceValue(func() spellings {
	return spelled(map[string]string{
		Ordered:    "已下单 待揽收 待取件 未揽收 已接单 待发货 已打单 下单 ordered",
		PickedUp:   "已揽收 揽收 已揽件 揽件 已收件 已取件 已收寄 收寄 已发货 pickedup picked",
		Moving:     "运输中 在途 转运中 中转 中转中 运输 在途中 已发出 途中 已到达 到达 moving intransit transit",
		Delivering: "派送中 派件中 派件 派送 正在派送 正在派件 投递中 待派送 待取 已到站 驿站待取 待自提 delivering",
		Signed:     "已签收 签收 妥投 已妥投 投妥 正常签收 本人签收 他人签收 代签收 已完成 完成 已送达 自提签收 signed delivered",
		Returning:  "退回中 退件中 退回途中 正在退回 returning",
		Returned:   "退回 已退回 退件 退回件 已退件 退签 退回签收 已退 returned",
		Refused:    "拒收 已拒收 客户拒收 拒签 refused rejected",
		Damaged:    "破损 已破损 包裹破损 损坏 damaged",
		Lost:       "遗失 丢失 丢件 已遗失 已丢失 遗失件 lost",
		Stuck:      "滞留 滞留件 滞留中 异常滞留 问题件 疑难 疑难件 异常 stuck",
		Cancelled:  "已取消 取消 已作废 作废 订单取消 撤单 已撤销 已关闭 cancelled canceled",
	})
})

var exceptions = sync.OnceValue(func() spellings {
	return spelled(map[string]string{
		Stuck: "滞留 滞留件 停滞 无更新", Late: "延误 时效延误 超时 晚到 late", FailedOnce: "派送失败 派件失败 无人签收 联系不上 电话无人接 地址不详 地址错误 改址 failed",
		Misrouted: "错发 错分 串件 发错 错派 misrouted", Refused: "拒收 拒签 客户拒收 refused", Returned: "退回 退件 退回件 returned",
		Damaged: "破损 损坏 外包装破损 内件破损 damaged", Short: "短少 少件 内件短少 缺件 short", Lost: "遗失 丢失 丢件 lost",
		OtherException: "其他 其它 异常 问题件 疑难件 other",
	})
})

// endings of products and states that say nothing.
var endings = []string{"快递", "产品", "服务", "件"}

func (s spellings) find(text string) (string, bool) {
	t := fold(text)
	if w, ok := s[t]; ok {
		return w, true
	}
	for _, end := range endings {
		if rest, cut := strings.CutSuffix(t, end); cut && rest != "" {
			if w, ok := s[rest]; ok {
				return w, true
			}
		}
	}
	return "", false
}

// Product reads a product as it is written; false for a word that is none.
func Product(text string) (string, bool) { return products().find(text) }

// Payment reads who pays; false for a word that is none.
func Payment(text string) (string, bool) { return payments().find(text) }

// State reads a state; false for a word that is none.
func State(text string) (string, bool) { return states().find(text) }

// Exception reads a kind of exception. 无 and 正常 are none: "" and true.
func Exception(text string) (string, bool) {
	switch fold(text) {
	case "", "无", "正常", "否", "没有", "-", "--", "/":
		return "", true
	}
	return exceptions().find(text)
}

// ExceptionOf is the exception that a state is by itself, "" for none.
func ExceptionOf(state string) string {
	switch state {
	case Returning:
		return Returned
	case Returned, Refused, Damaged, Lost, Stuck:
		return state
	}
	return ""
}

// Counts says whether a parcel of the state was shipped at all: a cancelled
// one is kept and counts for no pieces.
func Counts(state string) bool { return state != Cancelled }

// fold gives a word one width, small letters and no blanks or marks between.
func fold(s string) string {
	if !norm.NFKC.IsNormalString(s) {
		s = norm.NFKC.String(s)
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || r == '_' || r == '-' {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// Number reads a waybill number: 8 to 20 letters and digits of which at least
// eight are digits, capitals. Anything else, such as one of which a portal
// shows only the ends, is none.
func Number(text string) (string, bool) {
	s := strings.ToUpper(strings.TrimSpace(text))
	digits := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c >= 'A' && c <= 'Z':
		default:
			return "", false
		}
	}
	if len(s) < 8 || len(s) > 20 || digits < 8 || strings.Trim(s, "0") == "" {
		return "", false
	}
	return s, true
}

// units of weight in grams and of volume in cm³, the longest first.
var (
	weights = []unit{{"千克", 1000}, {"公斤", 1000}, {"kg", 1000}, {"kgs", 1000}, {"斤", 500}, {"吨", 1e6}, {"克", 1}, {"g", 1}, {"t", 1e6}}
	volumes = []unit{{"立方厘米", 1}, {"cm3", 1}, {"cm³", 1}, {"立方分米", 1000}, {"dm3", 1000}, {"升", 1000}, {"l", 1000}, {"立方米", 1e6}, {"立方", 1e6}, {"m3", 1e6}, {"m³", 1e6}, {"方", 1e6}}
)

type unit struct {
	name string
	of   float64
}

// Weight reads a weight and gives grams. The heading says the unit where the
// cell does not; where neither does it is kilograms. false for what is no
// weight, or is negative.
func Weight(text, heading string) (int64, bool) { return measure(text, heading, weights, 1000) }

// Volume is Weight for a volume in cm³; where nothing says the unit it is cm³.
func Volume(text, heading string) (int64, bool) { return measure(text, heading, volumes, 1) }

func measure(text, heading string, units []unit, usual float64) (int64, bool) {
	s := strings.ReplaceAll(fold(text), ",", "")
	if s == "" {
		return 0, true
	}
	if strings.ContainsAny(text, "-−－") {
		return 0, false
	}
	at := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	number, name := s, ""
	if at >= 0 {
		number, name = s[:at], s[at:]
	}
	by := usual
	if name != "" {
		i := slices.IndexFunc(units, func(u unit) bool { return fold(u.name) == name })
		if i < 0 {
			return 0, false
		}
		by = units[i].of
	} else if in := bracketed(heading); in != "" {
		if i := slices.IndexFunc(units, func(u unit) bool { return fold(u.name) == in }); i >= 0 {
			by = units[i].of
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || n < 0 || n*by > 1e12 {
		return 0, false
	}
	return int64(math.Round(n * by)), true
}

// bracketed is what a heading has in brackets at its end: 重量(kg), or behind a
// stroke: 重量/kg.
func bracketed(heading string) string {
	h := fold(heading)
	if i := strings.LastIndexByte(h, '('); i >= 0 && strings.HasSuffix(h, ")") {
		return h[i+1 : len(h)-1]
	}
	if i := strings.LastIndexByte(h, '/'); i >= 0 {
		return h[i+1:]
	}
	return ""
}
