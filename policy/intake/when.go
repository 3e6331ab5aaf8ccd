package intake

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// parseWhen reads a day, with the time of day where the cell has one. A day
// without a year that would be after today is one of the year before: a bill
// of January has days of December.
func parseWhen(c Cell, rules DateRules, today string) (string, Problem) {
	if when := plainWhen(c); when != "" {
		return when, Problem{}
	}
	day, p := ParseDay(c, rules)
	if day == "" {
		return "", p
	}
	if p.Code == NoYear && today != "" && day > today {
		rules.Year--
		if day, p = ParseDay(c, rules); day == "" {
			return "", p
		}
	}
	if clock := clockOf(c); clock != "" {
		day += " " + clock
	}
	return day, p
}

// plainWhen is the quick way for a text like 2026-11-21 08:30:05, "" for all
// else.
func plainWhen(c Cell) string {
	const day, minute, second = len("2026-11-21"), len("2026-11-21 08:30"), len("2026-11-21 08:30:05")
	s := c.Text
	if c.Kind != Text || len(s) != second && len(s) != minute || s[day] != ' ' || s[13] != ':' {
		return ""
	}
	if _, ok := isoDay(s[:day]); !ok {
		return ""
	}
	two := func(i int, below byte) bool {
		return s[i] >= '0' && s[i] <= '9' && s[i+1] >= '0' && s[i+1] <= '9' && (s[i]-'0')*10+s[i+1]-'0' < below
	}
	if !two(11, 24) || !two(14, 60) || len(s) == second && (s[16] != ':' || !two(17, 60)) {
		return ""
	}
	if len(s) == minute {
		s += ":00"
	}
	if s[day+1:] == "00:00:00" { // how programs write a day
		return s[:day]
	}
	return s
}

// clockOf is the time of day in a cell, HH:MM:SS, "" when it says none:
// midnight to the second is how programs write a day.
func clockOf(c Cell) string {
	if c.Kind == Number || c.Kind == Date && c.Num > 0 {
		if c.Num < 3000 || c.Num >= 80000 {
			return ""
		}
		s := int(math.Round((c.Num - math.Floor(c.Num)) * 86400))
		if s <= 0 || s >= 86400 {
			return ""
		}
		return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	if c.Kind != Text && c.Kind != Date {
		return ""
	}
	s := narrow(c.Text)
	i := strings.IndexByte(s, ':')
	if i < 1 {
		return ""
	}
	j := i
	for j > 0 && s[j-1] >= '0' && s[j-1] <= '9' {
		j--
	}
	var part [3]int
	for n, text := range strings.SplitN(s[j:], ":", 3) {
		end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
		rest := ""
		if end >= 0 {
			text, rest = text[:end], text[end:]
		}
		v, err := strconv.Atoi(text)
		if err != nil || n == 0 && v > 23 || v > 59 || n == 0 && rest != "" {
			return ""
		}
		part[n] = v
	}
	if (strings.Contains(s, "下午") || strings.Contains(strings.ToUpper(s), "PM")) && part[0] < 12 {
		part[0] += 12
	}
	if part == [3]int{} {
		return ""
	}
	return fmt.Sprintf("%02d:%02d:%02d", part[0], part[1], part[2])
}
