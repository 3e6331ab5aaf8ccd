package views

import (
	"context"

	"yike/policy/sla"
	"yike/views/lang"
	"yike/views/ui"
)

// HoursForm is the page of the hours at which a branch works.
type HoursForm struct {
	RuleFrame
	Week      []HoursLine // Monday first
	MakeUp    string
	Holiday   string
	Days      string
	Preview   []HoursDay // what the next days would be
	Published bool       // next year's holidays are
	NextYear  string

	Own, OwnName string // where the reader sets those of their own branch; "" when they cannot
}

// HoursLine is a day of the week; Name is that of its field.
type HoursLine struct{ Name, Label, Value string }

// HoursDay is one of the next days: what it is, and when the branch works.
type HoursDay struct{ Day, Weekday, What, Open string }

func (f HoursForm) fields(ctx context.Context) []ui.FieldLabel {
	var out []ui.FieldLabel
	for _, w := range f.Week {
		out = append(out, ui.FieldLabel{Name: w.Name, Label: w.Label})
	}
	return append(out, ui.FieldLabel{Name: "make_up", Label: lang.T(ctx, "调休上班的周末")}, ui.FieldLabel{Name: "holiday", Label: lang.T(ctx, "法定节假日")}, ui.FieldLabel{Name: "days", Label: lang.T(ctx, "自己的日子")},
		ui.FieldLabel{Name: "valid_from", Label: lang.T(ctx, "从哪天起")}, ui.FieldLabel{Name: "reason", Label: lang.T(ctx, "为什么改")})
}

// HoursFaultWord says what is wrong with hours.
func HoursFaultWord(ctx context.Context, f sla.HoursFault) string {
	said := ""
	switch f.Code {
	case sla.FaultSpan:
		said = lang.T(ctx, "下班要在上班后面，不能过半夜；过半夜的分成两天写")
	case sla.FaultOrder:
		said = lang.T(ctx, "几段按先后写，不要重叠，也不要连着")
	case sla.FaultMany:
		if f.Field == "days" && !f.Day.Valid() {
			return lang.T(ctx, "最多 %d 天", sla.MostOwnDays)
		}
		said = lang.T(ctx, "一天最多 %d 段", sla.MostSpans)
	case sla.FaultNever:
		said = lang.T(ctx, "一周里至少要有一天上班，不然时限永远走不完")
	case sla.FaultTwice:
		said = lang.T(ctx, "写了两次")
	default:
		said = lang.T(ctx, "写清楚是哪天、是什么日子")
	}
	if f.Day.Valid() {
		return lang.T(ctx, "%s：%s", f.Day.String(), said)
	}
	return said
}

// OpenWord says stretches of a day: 09:00-18:00, 休.
func OpenWord(ctx context.Context, spans []sla.Span) string {
	if len(spans) == 0 {
		return lang.T(ctx, "休")
	}
	return sla.SpansText(spans)
}
