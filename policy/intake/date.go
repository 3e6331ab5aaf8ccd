package intake

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Order is the order of day, month and year in dates like 3/5/24.
type Order string

// The orders.
const (
	YMD Order = "ymd"
	MDY Order = "mdy"
	DMY Order = "dmy"
)

// DateRules are the file's answers for dates that do not say everything.
type DateRules struct {
	Year     int   // for dates without a year; 0 = such a date is a Fault
	Order    Order // for 3/5/24; "" = such a date is a Fault
	Date1904 bool  // the workbook counts serial days from 1904
}

var excelEpoch = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

// ParseDay reads a day as people write it and gives it as YYYY-MM-DD. An
// empty cell gives "" and no problem. A problem of severity Question comes
// with a day; a Fault comes without.
func ParseDay(c Cell, rules DateRules) (string, Problem) {
	switch c.Kind {
	case Empty:
		return "", Problem{}
	case Date:
		if c.Num > 0 {
			return serialDay(c.Num, rules)
		}
		return dayText(c.Text, rules)
	case Number:
		n := c.Num
		if n == math.Trunc(n) && n >= 19000101 && n < 21001231 {
			return dayText(strconv.Itoa(int(n)), rules)
		}
		if n >= 3000 && n < 80000 {
			return serialDay(n, rules)
		}
		return "", fault(NotADate, numText(n))
	case Error:
		return "", fault(CellError, c.Text)
	case Bool:
		return "", fault(NotADate, cellText(c))
	}
	return dayText(c.Text, rules)
}

func fault(code Code, text string) Problem {
	return Problem{Code: code, Severity: Fault, Text: clip(text)}
}

func serialDay(n float64, rules DateRules) (string, Problem) {
	if rules.Date1904 {
		n += 1462
	}
	if n < 1 || n >= 80000 {
		return "", fault(DateRange, numText(n))
	}
	if n < 61 { // Excel believes in 1900-02-29
		n++
	}
	return excelEpoch.AddDate(0, 0, int(n)).Format(time.DateOnly), Problem{}
}

func dayText(raw string, rules DateRules) (string, Problem) {
	s := strings.TrimFunc(raw, invisible)
	if d, ok := isoDay(s); ok {
		return d, Problem{}
	}
	s = strings.TrimFunc(narrow(s), invisible)
	if placeholder(s) {
		return "", Problem{}
	}
	var part [4]int
	var width [4]int
	var sep [4]byte // what follows each number
	n := 0
	rest := dropTime(s)
	for rest != "" {
		j := 0
		for j < len(rest) && rest[j] >= '0' && rest[j] <= '9' {
			j++
		}
		if j == 0 || j > 8 || n == 3 {
			return englishDay(s)
		}
		part[n], _ = strconv.Atoi(rest[:j])
		width[n] = j
		rest = strings.TrimLeft(rest[j:], " ")
		mark := byte(0)
		for _, m := range []struct {
			text string
			as   byte
		}{{"年", 'y'}, {"月", 'm'}, {"日", 'd'}, {"号", 'd'}, {"/", '/'}, {".", '.'}, {"-", '-'}, {"—", '-'}, {"–", '-'}, {"。", '.'}, {"\\", '/'}} {
			if strings.HasPrefix(rest, m.text) {
				mark, rest = m.as, strings.TrimLeft(rest[len(m.text):], " ")
				break
			}
		}
		sep[n] = mark
		n++
		if mark == 0 && rest != "" {
			return englishDay(s)
		}
	}
	switch n {
	case 1:
		if width[0] == 8 && sep[0] == 0 {
			return made(part[0]/10000, part[0]/100%100, part[0]%100, s)
		}
		if width[0] == 5 && sep[0] == 0 && part[0] >= 20000 && part[0] < 80000 { // a serial number in a text cell
			return serialDay(float64(part[0]), rules)
		}
		if (width[0] == 4 || width[0] == 6) && part[0] > 1900 {
			return "", fault(DateIncomplete, s)
		}
		return "", fault(NotADate, s)
	case 2:
		if width[0] == 4 || sep[0] == 'y' {
			return "", fault(DateIncomplete, s)
		}
		if width[0] > 2 || width[1] > 2 {
			return "", fault(NotADate, s)
		}
		if part[0] < 1 || part[0] > 12 || part[1] < 1 || part[1] > 31 {
			return "", fault(ImpossibleDate, s)
		}
		if rules.Year == 0 {
			return "", fault(NoYear, s)
		}
		d, p := made(rules.Year, part[0], part[1], s)
		if p.Code == "" {
			p = Problem{Code: NoYear, Severity: Question, Text: clip(s)}
		}
		return d, p
	case 3:
		a, b, c := part[0], part[1], part[2]
		switch {
		case width[0] == 4 && width[1] <= 2 && width[2] <= 2:
			return made(a, b, c, s)
		case width[0] > 2 || width[1] > 2 || width[2] != 2 && width[2] != 4 && width[2] != 1:
			return "", fault(NotADate, s)
		case sep[0] == 'y':
			return made(century(a), b, c, s)
		case width[2] == 4:
			return western(a, b, c, s, rules)
		case a > 12 && (c <= 12 || b <= 12) && (sep[0] != '/' || c <= 12 || a > 31 || b > 12):
			return made(century(a), b, c, s)
		case width[2] == 1 && a > 12:
			return made(century(a), b, c, s)
		}
		switch rules.Order {
		case YMD:
			return asked(made(century(a), b, c, s))
		case MDY:
			return asked(made(century(c), a, b, s))
		case DMY:
			return asked(made(century(c), b, a, s))
		}
		return "", fault(DateOrder, s)
	}
	return "", fault(NotADate, s)
}

// western reads 3/5/2024, which says its year but not which is the month.
func western(a, b, year int, s string, rules DateRules) (string, Problem) {
	switch {
	case a > 12 && b <= 12:
		return made(year, b, a, s)
	case b > 12 && a <= 12, a == b:
		return made(year, a, b, s)
	case rules.Order == MDY:
		return asked(made(year, a, b, s))
	case rules.Order == DMY:
		return asked(made(year, b, a, s))
	}
	return "", fault(DateOrder, s)
}

func asked(d string, p Problem) (string, Problem) {
	if p.Code == "" {
		p = Problem{Code: DateOrder, Severity: Question}
	}
	return d, p
}

func century(y int) int {
	if y < 70 {
		return 2000 + y
	}
	return 1900 + y
}

// made checks that the day exists.
func made(y, m, d int, s string) (string, Problem) {
	if m < 1 || m > 12 || d < 1 || d > days(y, m) {
		return "", fault(ImpossibleDate, s)
	}
	if y < 1900 || y > 2100 {
		return "", fault(DateRange, s)
	}
	return dayString(y, m, d), Problem{}
}

func dayString(y, m, d int) string {
	b := [10]byte{byte('0' + y/1000), byte('0' + y/100%10), byte('0' + y/10%10), byte('0' + y%10), '-', byte('0' + m/10), byte('0' + m%10), '-', byte('0' + d/10), byte('0' + d%10)}
	return string(b[:])
}

func days(y, m int) int {
	switch m {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// isoDay is the quick way for YYYY-MM-DD.
func isoDay(s string) (string, bool) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return "", false
	}
	for i := 0; i < 10; i++ {
		if i != 4 && i != 7 && (s[i] < '0' || s[i] > '9') {
			return "", false
		}
	}
	y := int(s[0]-'0')*1000 + int(s[1]-'0')*100 + int(s[2]-'0')*10 + int(s[3]-'0')
	m, d := int(s[5]-'0')*10+int(s[6]-'0'), int(s[8]-'0')*10+int(s[9]-'0')
	if y < 1900 || y > 2100 || m < 1 || m > 12 || d < 1 || d > days(y, m) {
		return "", false
	}
	return s, true
}

// dropTime cuts a time of day and a weekday off the end.
func dropTime(s string) string {
	if i := strings.IndexByte(s, ':'); i > 0 {
		j := i
		for j > 0 && s[j-1] >= '0' && s[j-1] <= '9' {
			j--
		}
		if j > 0 {
			head := strings.TrimRight(s[:j], " T")
			if len(head) < j { // a blank or T stood between
				for _, w := range []string{"上午", "下午", "AM", "PM"} {
					head = strings.TrimRight(strings.TrimSuffix(head, w), " ")
				}
				s = head
			}
		}
	}
	for _, w := range []string{"星期", "周", "(周", "(星期"} {
		if i := strings.Index(s, w); i > 0 && len(s)-i <= len(w)+4 {
			s = strings.TrimRight(s[:i], " (")
		}
	}
	return s
}

// englishDay reads 5-Mar-2024 and Mar 5, 2024; all else is no date.
func englishDay(s string) (string, Problem) {
	for _, layout := range []string{"2-Jan-2006", "2 Jan 2006", "Jan 2, 2006", "January 2, 2006", "2 January 2006", "2-Jan-06"} {
		if t, err := time.Parse(layout, s); err == nil {
			if t.Year() < 1900 || t.Year() > 2100 {
				return "", fault(DateRange, s)
			}
			return t.Format(time.DateOnly), Problem{}
		}
	}
	return "", fault(NotADate, s)
}

// Due is what a next step says about its day.
type Due struct {
	Day  string // YYYY-MM-DD, "" = none
	Left bool   // words that name no day: a person decides
	// Suggest is a day to offer that person: 月底 is the month's last day.
	Suggest string
}

// DayWord reads a day said in words relative to base (YYYY-MM-DD): 明天, 3天后,
// 下周三, 15号. Words that leave the day open (月底, 国庆后, 有空再去) are left to a
// person. A date written out is not its business: ask ParseDay first.
func DayWord(base, text string) Due {
	s := squeeze(narrow(text))
	if placeholder(s) {
		return Due{}
	}
	b, err := time.Parse(time.DateOnly, base)
	if err != nil {
		return Due{Left: true}
	}
	on := func(t time.Time) Due { return Due{Day: t.Format(time.DateOnly)} }
	switch s {
	case "今天", "今日", "当天", "当日":
		return on(b)
	case "明天", "明日", "次日", "第二天", "隔天":
		return on(b.AddDate(0, 0, 1))
	case "后天":
		return on(b.AddDate(0, 0, 2))
	case "大后天":
		return on(b.AddDate(0, 0, 3))
	case "月底", "本月底", "月末", "这个月底":
		return Due{Left: true, Suggest: dayString(b.Year(), int(b.Month()), days(b.Year(), int(b.Month())))}
	case "下个月初", "下月初":
		return Due{Left: true, Suggest: time.Date(b.Year(), b.Month()+1, 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)}
	case "年底", "年末":
		return Due{Left: true, Suggest: fmt.Sprintf("%04d-12-31", b.Year())}
	}
	if w, k, ok := weekWord(s); ok {
		monday := b.AddDate(0, 0, -(int(b.Weekday())+6)%7)
		day := monday.AddDate(0, 0, 7*w+k)
		if day.Before(b) { // 周三 said on a Friday: which one is open
			return Due{Left: true, Suggest: day.AddDate(0, 0, 7).Format(time.DateOnly)}
		}
		return on(day)
	}
	if n, unit, ok := after(s); ok {
		switch unit {
		case "天", "日":
			return on(b.AddDate(0, 0, n))
		case "周", "星期", "个星期":
			return on(b.AddDate(0, 0, 7*n))
		case "个月", "月":
			return on(addMonths(b, n))
		}
	}
	month := 0
	num := s
	if rest, ok := strings.CutPrefix(s, "下个月"); ok {
		month, num = 1, rest
	} else if rest, ok := strings.CutPrefix(s, "下月"); ok {
		month, num = 1, rest
	} else if rest, ok := strings.CutPrefix(s, "本月"); ok {
		num = rest
	}
	for _, end := range []string{"号", "日"} {
		if d, ok := strings.CutSuffix(num, end); ok {
			if k, ok := number(d); ok {
				if month == 0 && k < b.Day() {
					if num != s { // 本月 said, and gone
						return Due{Left: true}
					}
					month = 1
				}
				first := time.Date(b.Year(), b.Month()+time.Month(month), 1, 0, 0, 0, 0, time.UTC)
				if k >= 1 && k <= days(first.Year(), int(first.Month())) {
					return on(first.AddDate(0, 0, k-1))
				}
			}
		}
	}
	return Due{Left: true}
}

// addMonths goes n months on and stays within the month it lands in.
func addMonths(b time.Time, n int) time.Time {
	first := time.Date(b.Year(), b.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	return first.AddDate(0, 0, min(b.Day(), days(first.Year(), int(first.Month())))-1)
}

// weekWord reads 周三, 本周三, 下周三, 下下星期天: weeks on and days after Monday.
func weekWord(s string) (weeks, day int, ok bool) {
	for {
		if rest, found := strings.CutPrefix(s, "下"); found {
			weeks, s = weeks+1, rest
			continue
		}
		break
	}
	if weeks > 4 {
		return 0, 0, false
	}
	if weeks == 0 {
		s = strings.TrimPrefix(strings.TrimPrefix(s, "本"), "这")
	}
	s = strings.TrimPrefix(s, "个")
	for _, w := range []string{"星期", "礼拜", "周"} {
		if rest, found := strings.CutPrefix(s, w); found {
			for k, names := range []string{"一1", "二2", "三3", "四4", "五5", "六6", "日天7"} {
				if rest != "" && len([]rune(rest)) == 1 && strings.Contains(names, rest) {
					return weeks, k, true
				}
			}
			return 0, 0, false
		}
	}
	return 0, 0, false
}

// after reads 3天后, 一周后, 两个月以后.
func after(s string) (n int, unit string, ok bool) {
	for _, end := range []string{"以后", "之后", "后"} {
		rest, found := strings.CutSuffix(s, end)
		if !found {
			continue
		}
		for _, u := range []string{"个星期", "个月", "星期", "天", "日", "周"} {
			if num, found := strings.CutSuffix(rest, u); found {
				k, ok := number(num)
				return k, u, ok && k > 0 && k <= 366
			}
		}
		return 0, "", false
	}
	return 0, "", false
}

// number reads 12, 十二, 两, 半 is none.
func number(s string) (int, bool) {
	if k, err := strconv.Atoi(s); err == nil {
		return k, k >= 0 && k < 1000
	}
	digit := map[rune]int{'一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9}
	total, last, tens := 0, 0, false
	for _, r := range s {
		if r == '十' && !tens {
			tens = true
			total, last = 10*max(last, 1), 0
			continue
		}
		k, ok := digit[r]
		if !ok || last != 0 {
			return 0, false
		}
		last = k
	}
	return total + last, s != ""
}
