package views

import (
	"context"

	"yike/policy/activity"
	"yike/views/lang"
	"yike/views/ui"
)

var activityKindWords = map[string]string{
	activity.Seminar: lang.N("客户座谈会"), activity.Launch: lang.N("推介会"), activity.ClientTraining: lang.N("客户培训"), activity.StaffTraining: lang.N("员工培训"),
}

// ActivityKindWord names a kind of activity.
func ActivityKindWord(ctx context.Context, code string) string {
	return word(ctx, activityKindWords, code)
}

var activityStateWords = map[string]string{activity.Planned: lang.N("还没办"), activity.Held: lang.N("办过了"), activity.Cancelled: lang.N("取消了")}

// ActivityStateWord is how far an activity is.
func ActivityStateWord(ctx context.Context, code string) string {
	return word(ctx, activityStateWords, code)
}

var activityColumns = map[string]string{
	"branch_id": lang.N("网点"), "user_id": lang.N("谁负责"), "kind": lang.N("类型"), "state": lang.N("进度"), "title": lang.N("名称"), "day": lang.N("日期"), "place": lang.N("地点"),
	"agenda": lang.N("讲什么"), "opinions": lang.N("大家的意见"), "said": lang.N("说了什么"),
}

// ActivityValueWord is a value of a field of an activity.
func ActivityValueWord(ctx context.Context, column, text string) string {
	switch column {
	case "kind":
		return ActivityKindWord(ctx, text)
	case "state":
		return ActivityStateWord(ctx, text)
	}
	return text
}

func activityKinds(ctx context.Context) (out []ui.Option) {
	for _, k := range activity.Kinds {
		out = append(out, ui.Option{Value: k, Label: ActivityKindWord(ctx, k)})
	}
	return out
}

func activityStates(ctx context.Context) (out []ui.Option) {
	for _, s := range activity.States {
		out = append(out, ui.Option{Value: s, Label: ActivityStateWord(ctx, s)})
	}
	return out
}

// ActivityList is the list of activities.
type ActivityList struct {
	Kind, State, Branch, Customer, From, To string
	Branches                                []ui.Option
	Rows                                    []ActivityLine
	Count, Next, New, Export, Printed       string
	Chips                                   ui.ChipsProps
}

// ActivityLine is an activity in a list.
type ActivityLine struct {
	Href, Title, Kind, Day, Place, Who, Branch string
	Clients, People, Measures, Cost            string
	State, StateKind                           string
}

// ActivityGuest is a client or a person who is asked.
type ActivityGuest struct {
	ID, Name, Href, Class, Said string
	Came                        bool
}

// ActivityPage is one activity.
type ActivityPage struct {
	Home, Version, Title, Kind, State, StateKind string
	Facts                                        []Fact
	Agenda, Opinions                             string
	Clients, People                              []ActivityGuest
	Others                                       int // clients whom the reader does not see
	Held                                         bool
	CanNote, CanCancel, CanReopen                bool
	EditHref, DeleteURL, Printed                 string
	Early                                        string // why it cannot be noted yet
	Typed, Cost                                  string
	Measures                                     MeasurePart
	Errors                                       ui.Errors
}

func (p ActivityPage) labels(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "opinions", Label: t(ctx, "大家的意见")}, {Name: "cost", Label: t(ctx, "花了多少")}, {Name: "said", Label: t(ctx, "说了什么")}}
}

// ActivityForm is the form on which an activity is planned or corrected.
type ActivityForm struct {
	Title, Action, Home, Key, Version        string
	Branch, BranchName                       string
	Pick                                     []ui.Option // branches to choose from first
	Kind, KindWord, Name, Day, Place, Agenda string
	Owner                                    string
	Owners                                   []ui.Option
	People                                   []ActivityGuest // Came: is asked
	Clients                                  string          // one a line
	Editing                                  bool
	Errors                                   ui.Errors
}

func (f ActivityForm) labels(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "kind", Label: t(ctx, "类型")}, {Name: "title", Label: t(ctx, "名称")}, {Name: "day", Label: t(ctx, "日期")}, {Name: "place", Label: t(ctx, "地点")},
		{Name: "owner", Label: t(ctx, "谁负责")}, {Name: "agenda", Label: t(ctx, "讲什么")}, {Name: "clients", Label: t(ctx, "请哪些客户")}}
}
