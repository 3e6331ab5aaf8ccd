package handlers

import (
	"context"
	"strconv"
	"strings"
	"time"

	"yike/policy/festival"
	"yike/policy/greeting"
	"yike/policy/worktime"
	"yike/views"
	"yike/views/lang"
)

// greetingPart says one thing of the plans, or of the days that head office
// added, as the audit has it: path and value are those of the rule's JSON.
// false when the path is of another rule.
func greetingPart(ctx context.Context, path, value string) (label, text string, ok bool) {
	parts := strings.Split(path, ".")
	if _, err := strconv.Atoi(parts[0]); err == nil && len(parts) == 2 {
		return occasionPart(ctx, parts, value)
	}
	switch {
	case path == "close":
		return lang.T(ctx, "相差几天以内的节日合成一次问候"), value, true
	case parts[0] != "plans" || len(parts) < 3:
		return "", "", false
	}
	name := views.OccasionWord(ctx, parts[1], nil)
	if strings.HasPrefix(parts[1], "own_") {
		name = lang.T(ctx, "自定的节日")
	}
	switch parts[2] {
	case "on":
		label, text = lang.T(ctx, "问候这个节日"), ruleValue(ctx, value)
	case "everyone":
		label, text = lang.T(ctx, "客户的每位联系人都问候"), ruleValue(ctx, value)
	case "classes":
		label, text = lang.T(ctx, "分级"), views.ClassLabel(ctx, value)
	case "tags":
		label, text = lang.T(ctx, "标签"), shortText(value)
	case "means":
		label, text = lang.T(ctx, "怎么问候"), views.MeansWord(ctx, value)
	case "ahead":
		label, text = lang.T(ctx, "提前几天列出来"), value
	case "by":
		label, text = lang.T(ctx, "谁来办"), views.DoerWord(ctx, value)
	case "treats":
		label, text = lang.T(ctx, "%s的礼品", views.ClassLabel(ctx, parts[3])), shortText(value)
		if parts[len(parts)-1] == "budget" {
			label, text = lang.T(ctx, "%s的预算", views.ClassLabel(ctx, parts[3])), fenText(ctx, value)
		}
	case "offer":
		label, text = lang.T(ctx, "优惠"), shortText(value)
		if parts[len(parts)-1] == "value" {
			text = fenText(ctx, value)
		}
	default:
		return "", "", false
	}
	if value == "" {
		text = ""
	}
	return name + " " + label, text, true
}

func fenText(ctx context.Context, value string) string {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return value
	}
	return lang.T(ctx, "%s 元", yuanColumn(n))
}

func occasionPart(ctx context.Context, parts []string, value string) (label, text string, ok bool) {
	n, _ := strconv.Atoi(value)
	switch parts[1] {
	case "code":
		return lang.T(ctx, "自定的节日"), parts[0], true
	case "by":
		label, text = lang.T(ctx, "按什么算"), views.CalendarWord(ctx, festival.Calendar(value))
	case "month":
		label, text = lang.T(ctx, "月"), value
	case "day":
		label, text = lang.T(ctx, "日"), value
	case "term":
		label, text = lang.T(ctx, "节气"), festival.Term(n).Words()
	case "nth":
		label, text = lang.T(ctx, "第几个"), views.NthWord(ctx, n)
	case "weekday":
		label = lang.T(ctx, "星期几")
		if n >= 0 && n < 7 {
			text = views.WeekdayWord(ctx, time.Weekday(n))
		}
	case "mood":
		label, text = lang.T(ctx, "语气"), views.OccasionMoodWord(ctx, value)
	case "off":
		label, text = lang.T(ctx, "停用"), ruleValue(ctx, value)
	default:
		return "", "", false
	}
	if value == "" {
		text = ""
	}
	return label, text, true
}

// greetingRuleIn says whether the parts of a rule are those of the plans or of
// the days that head office added.
func greetingRuleIn(all map[string]string) bool {
	for path := range all {
		if strings.HasPrefix(path, "plans."+string(greeting.Birthday)) || strings.HasSuffix(path, ".mood") {
			return true
		}
	}
	return false
}

// holidayRuleIn says whether the parts of a rule are those of the years whose
// holidays were entered.
func holidayRuleIn(all map[string]string) bool {
	for path := range all {
		if strings.HasSuffix(path, ".days.1.day") {
			return true
		}
	}
	return false
}

// holidayChange says one day of an entered year, once for those of its three
// parts that differ: the day, what it is, the holiday.
func holidayChange(ctx context.Context, path string, before, after map[string]string) (views.FieldChange, bool) {
	at := strings.LastIndexByte(path, '.')
	of, part := path[:at+1], path[at+1:]
	if part == "year" {
		return views.FieldChange{Label: lang.T(ctx, "年份"), Before: before[path], After: after[path]}, true
	}
	for _, first := range []string{"day", "kind", "name"} {
		if before[of+first] != after[of+first] {
			if first != part {
				return views.FieldChange{}, false
			}
			break
		}
	}
	said := func(all map[string]string) string {
		if all[of+"day"] == "" {
			return ""
		}
		kind := lang.T(ctx, "放假")
		if all[of+"kind"] == string(worktime.Work) {
			kind = lang.T(ctx, "调休上班")
		}
		return strings.TrimSpace(all[of+"day"] + " " + kind + " " + all[of+"name"])
	}
	return views.FieldChange{Label: lang.T(ctx, "放假安排"), Before: said(before), After: said(after)}, true
}
