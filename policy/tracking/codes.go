package tracking

import (
	"strings"
	"sync"

	"yike/policy/place"
	"yike/policy/waybill"
)

// meaning is a service's state in our words.
type meaning struct{ state, exception string }

// kd100 are the states of 快递100, those in brief and those in detail, as its
// interface of 2026 publishes them with resultv2.
var kd100 = map[string]meaning{
	"0": {waybill.Moving, ""}, "1001": {waybill.Moving, ""}, "1002": {waybill.Moving, ""}, "1003": {waybill.Moving, ""},
	"1": {waybill.PickedUp, ""}, "101": {waybill.Ordered, ""}, "102": {waybill.Ordered, ""}, "103": {waybill.PickedUp, ""},
	"2": {waybill.Stuck, waybill.Stuck}, "201": {waybill.Stuck, waybill.Late}, "202": {waybill.Stuck, waybill.Stuck}, "203": {waybill.Refused, waybill.Refused},
	"204": {waybill.Delivering, waybill.FailedOnce}, "205": {waybill.Delivering, waybill.Late}, "206": {waybill.Delivering, waybill.FailedOnce}, "207": {waybill.Stuck, waybill.OtherException},
	"208": {waybill.Stuck, waybill.Stuck}, "209": {waybill.Damaged, waybill.Damaged}, "210": {waybill.Cancelled, ""},
	"3": {waybill.Signed, ""}, "301": {waybill.Signed, ""}, "302": {waybill.Signed, waybill.OtherException}, "303": {waybill.Signed, ""}, "304": {waybill.Signed, ""},
	"4": {waybill.Returned, waybill.Returned}, "401": {waybill.Cancelled, ""},
	"5": {waybill.Delivering, ""}, "501": {waybill.Delivering, ""},
	"6": {waybill.Returning, waybill.Returned}, "7": {waybill.Moving, ""},
	"8": {waybill.Moving, ""}, "10": {waybill.Moving, ""}, "11": {waybill.Moving, ""}, "12": {waybill.Moving, ""}, "13": {waybill.Stuck, waybill.OtherException},
	"14": {waybill.Refused, waybill.Refused},
}

// kdniao are the states of 快递鸟, those in brief (State) and those in detail
// (StateEx, and Action of a trace), as its interface of 2026 publishes them.
var kdniao = map[string]meaning{
	"0": {"", ""}, "10": {waybill.Ordered, ""}, "1": {waybill.PickedUp, ""},
	"2": {waybill.Moving, ""}, "201": {waybill.Moving, ""}, "204": {waybill.Moving, ""}, "205": {waybill.Moving, ""}, "206": {waybill.Moving, ""}, "202": {waybill.Delivering, ""}, "211": {waybill.Delivering, ""},
	"3": {waybill.Signed, ""}, "301": {waybill.Signed, ""}, "302": {waybill.Signed, waybill.OtherException}, "304": {waybill.Signed, ""}, "311": {waybill.Signed, ""},
	"4": {waybill.Stuck, waybill.Stuck}, "401": {waybill.Stuck, waybill.OtherException}, "402": {waybill.Stuck, waybill.Late}, "403": {waybill.Stuck, waybill.Stuck},
	"404": {waybill.Refused, waybill.Refused}, "405": {waybill.Delivering, waybill.FailedOnce}, "406": {waybill.Returned, waybill.Returned}, "407": {waybill.Returning, waybill.Returned},
	"412": {waybill.Delivering, waybill.Late}, "413": {waybill.Returning, waybill.Returned}, "414": {waybill.Damaged, waybill.Damaged}, "415": {waybill.Cancelled, ""},
	"416": {waybill.Delivering, waybill.FailedOnce}, "417": {waybill.Moving, waybill.Late}, "418": {waybill.Delivering, ""}, "419": {waybill.Delivering, ""},
	"420": {waybill.Delivering, waybill.FailedOnce}, "421": {waybill.Delivering, waybill.FailedOnce}, "422": {waybill.Moving, waybill.Misrouted}, "423": {waybill.Stuck, waybill.OtherException},
	"5": {waybill.Moving, ""}, "6": {waybill.Moving, ""}, "601": {waybill.Moving, ""}, "602": {waybill.Moving, ""}, "603": {waybill.Moving, ""}, "604": {waybill.Stuck, waybill.OtherException},
}

// codesOf are the states of a service.
func codesOf(service string) map[string]meaning {
	if service == KDNiao {
		return kdniao
	}
	return kd100
}

// Exception is the exception that a service's own state means, "" for none and
// for one that its list does not have.
func Exception(service, code string) string { return codesOf(service)[code].exception }

// judge works out state and exception: by the code and, where that is unknown
// or says only that something is wrong, by the latest words.
func (p *Parcel) judge() {
	m, known := codesOf(p.Service)[p.Code]
	p.State, p.Exception, p.Known = m.state, m.exception, known
	if len(p.Traces) == 0 {
		if !known || p.State == waybill.Moving {
			p.State = ""
		}
		return
	}
	said := p.Traces[len(p.Traces)-1].State
	switch {
	case !known:
		p.State, p.Exception = said, waybill.ExceptionOf(said)
	case p.State == "":
		p.State = said
	case p.State == waybill.Stuck && (said == waybill.Refused || said == waybill.Damaged || said == waybill.Lost):
		p.State, p.Exception = said, said
	}
	if p.Exception == "" && p.Fails() > 0 && p.State != waybill.Signed {
		p.Exception = waybill.FailedOnce
	}
}

// Fails counts the deliveries that found nobody.
func (p *Parcel) Fails() int {
	n := 0
	for _, t := range p.Traces {
		if t.Fails {
			n++
		}
	}
	return n
}

// sayings are what words tell of, the most telling first.
var sayings = []struct{ state, words string }{
	{waybill.Lost, "遗失 丢失 丢件"}, {waybill.Damaged, "快件破损 包裹破损 外包装破损，无法 内件破损"}, {waybill.Refused, "拒收 拒签"},
	{waybill.Returned, "退回签收 退件签收 退签"}, {waybill.Returning, "退回 退件"}, {waybill.Stuck, "滞留 问题件 疑难"},
	{waybill.Signed, "已签收 妥投 签收人"}, {waybill.Delivering, "派件 派送 投递 代收点 快递柜 驿站"}, {waybill.PickedUp, "揽收 揽件 收寄 已收件 已取件"}, {waybill.Ordered, "已下单 待揽收"},
}

var failings = []string{"派送失败", "派件失败", "投递失败", "派件异常", "派送不成功", "无人签收", "联系不上", "无法联系", "电话无人接", "电话不通", "改约", "再次派送", "二次派送"}

// told is what one line of news tells: the service's own code first, then its
// own word, then the words. A code that says only that something is wrong gives
// way to words that say what.
func told(service, code, status, words string) (state string, fails bool) {
	m := codesOf(service)[code]
	for _, f := range failings {
		fails = fails || strings.Contains(words, f)
	}
	fails = fails || m.exception == waybill.FailedOnce
	if m.state != "" && m.state != waybill.Stuck {
		return m.state, fails
	}
	if s, ok := waybill.State(status); ok && s != waybill.Stuck {
		return s, fails
	}
	for _, s := range sayings {
		for _, w := range strings.Fields(s.words) {
			if strings.Contains(words, w) {
				return s.state, fails
			}
		}
	}
	if _, ok := waybill.State(status); ok || m.state != "" {
		return waybill.Stuck, fails
	}
	return waybill.Moving, fails
}

// cities finds a city by its name, with and without 市.
var cities = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for _, p := range place.Provinces() {
		out[p.Name] = p.Code
		for _, c := range place.Children(p.Code) {
			for _, name := range []string{c.Name, strings.TrimSuffix(c.Name, "市")} {
				if len(name) >= len("杭州") {
					out[name] = c.Code
				}
			}
		}
	}
	return out
})

// placeOf is where the news come from: the name in 【】 in front of the words,
// else the city that the service names, else the area that it gives, which on
// the way is the next one.
func placeOf(words, city, area string) string {
	if rest, ok := strings.CutPrefix(words, "【"); ok {
		if name, _, ok := strings.Cut(rest, "】"); ok {
			if code := cities()[name]; code != "" {
				return code
			}
		}
	}
	if code := cities()[city]; code != "" {
		return code
	}
	if a := strings.TrimPrefix(area, "CN"); len(a) >= 6 {
		if p, ok := place.Path(a[:6]); ok {
			return p.Code()
		}
	}
	return ""
}

// ProvinceOf is the code of the province of a place, "" for none.
func ProvinceOf(code string) string {
	p, _ := place.Path(code)
	return p.Province.Code
}
