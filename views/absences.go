package views

import (
	"context"

	"yike/policy/absence"
	"yike/policy/casework"
	"yike/views/lang"
	"yike/views/ui"
)

// AbsencePage says when people are away, and who takes cases now.
type AbsencePage struct {
	Form     AbsenceForm
	Branch   string // whose people, "" for who leads nobody
	Branches []ui.Option
	Rows     []AbsenceLine
	Hands    []HandLine
}

// AbsenceForm is the form of one absence. People are those for whom the reader
// may fill it in beside themselves.
type AbsenceForm struct {
	Key, User, From, Until, Part, Kind string
	People                             []ui.Option
	Errors                             ui.Errors
}

// AbsenceLine is one absence.
type AbsenceLine struct {
	ID, Name, Branch, Days, Kind, Version string
	Now, Begun, Mine                      bool
	Cases                                 string // address of what they have, "" for who does not see it
}

// HandLine is one who takes cases.
type HandLine struct {
	Name, State, Said, Cases string
	Open                     int
}

func (f AbsenceForm) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "user", Label: lang.T(ctx, "谁")}, {Name: "from", Label: lang.T(ctx, "从哪天")}, {Name: "until", Label: lang.T(ctx, "到哪一天")}, {Name: "part", Label: lang.T(ctx, "半天还是全天")}, {Name: "kind", Label: lang.T(ctx, "什么事")}}
}

func (f AbsenceForm) kinds(ctx context.Context) (out []ui.Option) {
	for _, k := range absence.Kinds {
		out = append(out, ui.Option{Value: k, Label: AbsenceWord(ctx, k)})
	}
	return out
}

func (f AbsenceForm) parts(ctx context.Context) (out []ui.Option) {
	for _, p := range absence.Parts {
		out = append(out, ui.Option{Value: p, Label: absencePart(ctx, p)})
	}
	return out
}

// AbsenceWord is what somebody is away for, in words.
func AbsenceWord(ctx context.Context, kind string) string {
	switch kind {
	case absence.Leave:
		return lang.T(ctx, "休假")
	case absence.Trip:
		return lang.T(ctx, "出差")
	case absence.Training:
		return lang.T(ctx, "培训")
	}
	return lang.T(ctx, "别的事")
}

func absencePart(ctx context.Context, part string) string {
	switch part {
	case absence.Morning:
		return lang.T(ctx, "上午")
	case absence.Afternoon:
		return lang.T(ctx, "下午")
	}
	return lang.T(ctx, "全天")
}

// AbsenceDays says from when until when.
func AbsenceDays(ctx context.Context, from, until, part string) string {
	if from != until {
		return lang.T(ctx, "%s 到 %s", from, until)
	}
	if part != "" {
		return from + " " + absencePart(ctx, part)
	}
	return from
}

// AbsenceFaultWord is what is wrong with the days, and beside which field.
func AbsenceFaultWord(ctx context.Context, why string) (field, text string) {
	switch why {
	case absence.FaultOrder:
		return "until", lang.T(ctx, "不能早于开始那天")
	case absence.FaultPast:
		return "until", lang.T(ctx, "已经过去了，不用登记")
	case absence.FaultLong:
		return "until", lang.T(ctx, "最多 %d 天；更久的请办交接", absence.MostDays)
	case absence.FaultPart:
		return "part", lang.T(ctx, "几天的只能选全天")
	}
	return "from", lang.T(ctx, "请选日期")
}

// HandWord says how somebody stands who takes cases; until is the last day of
// being away.
func HandWord(ctx context.Context, why, until string) string {
	switch why {
	case casework.WhyAway:
		return lang.T(ctx, "不在，到 %s", until)
	case casework.WhyOff:
		return lang.T(ctx, "网点没上班")
	case casework.WhyUnseen:
		return lang.T(ctx, "今天还没登录")
	}
	return lang.T(ctx, "在岗")
}

// passedWord says of whom a new case was not given to, and why.
func passedWord(ctx context.Context, name, why string) string {
	switch why {
	case casework.WhyAway:
		return lang.T(ctx, "%s不在岗", name)
	case casework.WhyOff:
		return lang.T(ctx, "%s的网点没上班", name)
	}
	return lang.T(ctx, "%s今天还没登录", name)
}
