package intake

import (
	"strings"
	"unicode"

	"yike/policy/phone"
)

// looked is how many rows GuessByContent looks at.
const looked = 200

// GuessByContent proposes fields for a sheet without headings, from what its
// cells look like. Its confidence is 0.5 throughout: a person has to confirm.
func GuessByContent(k *Kind, rows []Row, width int) []Guessed {
	out := make([]Guessed, width)
	taken := make(map[string]bool)
	give := func(c int, field string) bool {
		fd, ok := k.Field(field)
		if !ok || taken[field] && !fd.Multi || out[c].Field != "" {
			return false
		}
		taken[field] = true
		out[c].Field, out[c].Confidence = field, 0.5
		return true
	}
	likes := make([]map[string]int, width)
	filled := make([]int, width)
	for c := range out {
		out[c].Column, likes[c] = c, make(map[string]int)
	}
	for i := 0; i < len(rows) && i < looked; i++ {
		for c := 0; c < len(rows[i].Cells) && c < width; c++ {
			if cell := rows[i].Cells[c]; !blankCell(cell) {
				filled[c]++
				likes[c][looksLike(cell)]++
			}
		}
	}
	mostly := func(c int, what string) bool { return filled[c] > 0 && likes[c][what]*5 >= filled[c]*3 }
	day := "filed_on"
	if k != Customers {
		day = "day"
	}
	for c := range out {
		for what, field := range map[string]string{"phone": "phone", "day": day, "address": "address", "class": "class", "kind": "kind", "mode": "mode", "credit": "credit_code", "email": "email", "company": "name"} {
			if mostly(c, what) {
				give(c, field)
			}
		}
	}
	for c := range out {
		if mostly(c, "person") {
			if !taken["name"] {
				give(c, "name")
			} else {
				give(c, "contact")
			}
		}
	}
	return out
}

func looksLike(c Cell) string {
	if c.Kind == Date {
		return "day"
	}
	s := cellText(c)
	if ns, ps := phone.Split(s, ""); len(ns) > 0 && len(ps) == 0 && len(s) < 60 {
		return "phone"
	}
	if c.Kind == Number {
		return "number"
	}
	if d, p := ParseDay(c, DateRules{Order: YMD}); d != "" && p.Severity != Fault {
		return "day"
	}
	if class, vip, _ := ParseClass(s); class != "" || vip {
		return "class"
	}
	if kind, _ := ParseKind(s); kind != "" {
		return "kind"
	}
	if code, _ := ParseCreditCode(s); code != "" {
		return "credit"
	}
	if strings.Count(s, "@") == 1 {
		return "email"
	}
	n := len([]rune(s))
	for _, end := range []string{"公司", "店", "经营部", "厂", "商行", "工作室", "中心", "铺", "坊"} {
		if strings.HasSuffix(s, end) && n >= 2 {
			return "company"
		}
	}
	if n >= 6 && strings.ContainsAny(s, "路街道镇区市县") && strings.ContainsAny(s, "号楼室路街市区") {
		return "address"
	}
	if n <= 8 {
		if mode, _ := ParseMode(s); mode != "" {
			return "mode"
		}
	}
	if n >= 2 && n <= 4 {
		for _, r := range s {
			if !unicode.Is(unicode.Han, r) {
				return "text"
			}
		}
		return "person"
	}
	return "text"
}
