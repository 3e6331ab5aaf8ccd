package views

import (
	"context"

	"yike/policy/worktime"
	"yike/views/lang"
	"yike/views/ui"
)

// HolidayPage is the page of statutory holidays: the years, one of them, and
// the form by which a notice is read.
type HolidayPage struct {
	RuleFrame
	Year      string
	Options   []ui.Option
	Years     []HolidayYear
	Published bool
	Rows      []HolidayLine
	Text      string
	Preview   bool
	Typed     []HolidayLine // what was understood of what was typed
	Faults    []string
}

// HolidayYear is a year in a line.
type HolidayYear struct {
	Year, Href, Said           string
	Active, Published, Entered bool
}

// HolidayLine is a holiday of a year: its days of rest, and the weekend days
// worked for it.
type HolidayLine struct {
	Name, Rest, Work string
	Days             int
}

func (f HolidayPage) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "year", Label: lang.T(ctx, "哪一年")}, {Name: "text", Label: lang.T(ctx, "放假通知")}, {Name: "reason", Label: lang.T(ctx, "为什么改")}}
}

// HolidayFault says what is wrong with a notice.
func HolidayFault(ctx context.Context, f worktime.Fault) string {
	on := f.Day.String()
	if f.Day.Valid() {
		on += " " + WeekdayWord(ctx, f.Day.Weekday())
	}
	said := ""
	switch f.Code {
	case worktime.Unread:
		said = lang.T(ctx, "“%s”没有说是放假还是上班", f.Word)
	case worktime.Twice:
		said = lang.T(ctx, "%s 写了两次", on)
	case worktime.Outside:
		said = lang.T(ctx, "%s 不在这一年里", on)
	case worktime.NoSuchDay:
		said = lang.T(ctx, "没有“%s”这一天", f.Word)
	case worktime.NoName:
		said = lang.T(ctx, "%s 没有写是什么节", on)
	case worktime.NotWeekend:
		said = lang.T(ctx, "%s 不是周末，不用调休上班", on)
	case worktime.OtherWeekday:
		said = lang.T(ctx, "通知里写的是%s，可 %s：是不是别的年份的通知", f.Word, on)
	case worktime.OtherCount:
		said = lang.T(ctx, "通知里写共 %s 天，和前后两天之间的天数对不上", f.Word)
	case worktime.TooLong:
		said = lang.T(ctx, "到 %s 连着放得太久，请看看起止日期", on)
	case worktime.Missing:
		said = lang.T(ctx, "少了%s（%s）", f.Word, on)
	case worktime.TooFewRests:
		said = lang.T(ctx, "调休上班的天数比放假调出来的多")
	default:
		said = lang.T(ctx, "没有这一年")
	}
	if f.Line > 0 {
		return lang.T(ctx, "第 %d 行：%s", f.Line, said)
	}
	return said
}
