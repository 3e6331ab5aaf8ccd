package views

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"yike/policy/cadence"
	"yike/policy/profile"
	"yike/views/lang"
	"yike/views/ui"
)

// The words of a visit.
var (
	visitModeWords = map[string]string{
		"on_site": lang.N("上门"), "phone": lang.N("电话"), "wechat": lang.N("微信"), "at_branch": lang.N("到店"),
	}
	visitModeIcons  = map[string]string{"on_site": "map-pin", "phone": "phone", "wechat": "brand-wechat", "at_branch": "building-store"}
	visitMoodWords  = map[string]string{"good": lang.N("满意"), "plain": lang.N("一般"), "poor": lang.N("有意见")}
	visitMoodIcons  = map[string]string{"good": "mood-smile", "plain": "minus", "poor": "mood-sad"}
	visitStateWords = map[string]string{"planned": lang.N("已安排"), "done": lang.N("已拜访"), "cancelled": lang.N("已取消")}
	dueStateWords   = map[string]string{"overdue": lang.N("已超期"), "soon": lang.N("快到期"), "ontime": lang.N("按时"), "met": lang.N("已访完")}
)

// ModeWord and its sisters put a word of a visit into the reader's language.
func ModeWord(ctx context.Context, code string) string { return word(ctx, visitModeWords, code) }

// ModeIcon names the icon of a mode.
func ModeIcon(code string) string { return visitModeIcons[code] }

// MoodWord see ModeWord.
func MoodWord(ctx context.Context, code string) string { return word(ctx, visitMoodWords, code) }

// VisitStateWord see ModeWord.
func VisitStateWord(ctx context.Context, code string) string { return word(ctx, visitStateWords, code) }

// DueStateWord see ModeWord.
func DueStateWord(ctx context.Context, code string) string { return word(ctx, dueStateWords, code) }

func iconOptions(ctx context.Context, list []string, words, icons map[string]string) []ui.Option {
	var out []ui.Option
	for _, code := range list {
		out = append(out, ui.Option{Value: code, Label: word(ctx, words, code), Icon: icons[code]})
	}
	return out
}

// ModeOptions and its sisters are the choices of a select or of tiles.
func ModeOptions(ctx context.Context) []ui.Option {
	return iconOptions(ctx, profile.Modes, visitModeWords, visitModeIcons)
}

// MoodOptions see ModeOptions.
func MoodOptions(ctx context.Context) []ui.Option {
	return iconOptions(ctx, profile.Moods, visitMoodWords, visitMoodIcons)
}

// VisitStateOptions see ModeOptions.
func VisitStateOptions(ctx context.Context) []ui.Option {
	return iconOptions(ctx, profile.VisitStates, visitStateWords, nil)
}

// ReasonWord puts a reason of policy/cadence into words.
func ReasonWord(ctx context.Context, r cadence.Reason) string {
	switch r.Code {
	case cadence.DaysSince:
		if r.A == 0 {
			return lang.T(ctx, "今天刚拜访过")
		}
		return lang.T(ctx, "%d 天未拜访", r.A)
	case cadence.NeverVisited:
		if r.A < 0 {
			return lang.T(ctx, "还没拜访过")
		}
		return lang.T(ctx, "建档 %d 天还没拜访过", r.A)
	case cadence.Behind:
		return lang.T(ctx, "已访 %d 次，到今天该有 %d 次", r.A, r.B)
	case cadence.Owed:
		return lang.T(ctx, "本月已访 %d 次，要 %d 次", r.A, r.B)
	case cadence.DueToday:
		return lang.T(ctx, "今天是最后一天")
	case cadence.DueIn:
		return lang.T(ctx, "还剩 %d 个工作日", r.A)
	case cadence.AllMade:
		return lang.T(ctx, "本月已访 %d 次，只要 %d 次", r.A, r.B)
	case cadence.Joined:
		return lang.T(ctx, "本月接手，按剩下的工作日要 %d 次（整月 %d 次）", r.A, r.B)
	case cadence.ClassChanged:
		return lang.T(ctx, "本月改过分级，按天数要 %d 次（整月 %d 次）", r.A, r.B)
	case cadence.JoinedLate:
		return lang.T(ctx, "月底才接手，本月不要求")
	case cadence.NoClass:
		return lang.T(ctx, "没有分级，不要求拜访")
	case cadence.NothingAsked:
		return lang.T(ctx, "这一类不要求拜访")
	case cadence.Paused:
		return lang.T(ctx, "已归档或已流失，不要求拜访")
	case cadence.Unannounced:
		return lang.T(ctx, "放假安排未公布，按周一到周五算")
	}
	return string(r.Code)
}

// DueReason is the line under a customer: "A 类，12 天未拜访，…"; the rest of
// the reasons follow the first.
func DueReason(ctx context.Context, s cadence.Standing) string {
	var parts []string
	if s.Class != "" {
		parts = append(parts, ClassWord(ctx, s.Class))
	}
	for _, r := range s.Reasons() {
		if r.Code != cadence.Unannounced { // said once for the page
			parts = append(parts, ReasonWord(ctx, r))
		}
	}
	return strings.Join(parts, lang.T(ctx, "，"))
}

// DueState gives the badge of a standing: its kind for ui.DueBadge and its text.
func DueState(ctx context.Context, s cadence.Standing) (kind, text string) {
	switch s.State {
	case cadence.Overdue:
		return "over", lang.T(ctx, "欠 %d 次", s.Behind)
	case cadence.Soon:
		if s.DaysLeft <= 1 {
			return "soon", lang.T(ctx, "就今天")
		}
		return "soon", lang.T(ctx, "剩 %d 个工作日", s.DaysLeft)
	case cadence.Met:
		return "done", lang.T(ctx, "已访完")
	case cadence.OnTime:
		return "ontime", lang.T(ctx, "按时")
	}
	return "none", lang.T(ctx, "不要求")
}

// VisitForm is the page on which a visit is logged, planned or corrected.
type VisitForm struct {
	Action, Key, Version string
	Planning             bool // ahead, rather than made
	Editing              bool
	CancelHref           string

	Customer   *VisitCustomer // nil: to be chosen first
	Query      string
	Hits       []VisitHit
	ChangeHref string

	PlanID, PlanText string // the planned visit that this one makes true
	PlanChecked      bool

	Mode, Mood, Day, Time, Contact, Met, Purpose, Learned, NextStep, Next, NextOn, User string
	Contacts, NextDays, Users                                                           []ui.Option
	Today, MaxDay                                                                       string

	Hidden map[string]string // fields in which something is hidden from the writer, with what they read there
	Photos []VisitPicture    // that hang on it already
	Stale  []VisitDiff       // somebody saved first: what differs
	Errors ui.Errors
}

// hidden are the fields that are held back from the writer, in order.
func (f VisitForm) hidden() []string { return slices.Sorted(maps.Keys(f.Hidden)) }

// hint says under a field what stands there, where some of it is hidden; else
// what it says anyway.
func (f VisitForm) hint(ctx context.Context, name, usual string) string {
	shown, hidden := f.Hidden[name]
	switch {
	case !hidden:
		return usual
	case shown == "":
		return t(ctx, "这里写着你看不到的内容。留空就原样留着，写了就换掉。")
	}
	return t(ctx, "现在写着：%s。有一部分你看不到；留空就原样留着，写了就换掉。", shown)
}

// VisitDiff is what was typed into a field beside what stands in it.
type VisitDiff struct{ Label, Mine, Now string }

// VisitCustomer is whom the visit is to, and what to know at the door.
type VisitCustomer struct {
	ID, Name, Class, Href string
	Cadence               string // A 类，12 天未拜访
	Last                  string // what the last visit said
	Hints                 []string
}

// VisitHit is a customer to choose.
type VisitHit struct{ Name, Class, Sub, Href, State, Due string }

// VisitPicture is a photo of a visit.
type VisitPicture struct{ Hash, Href, Thumb, Alt string }

func (f VisitForm) fields(ctx context.Context) []ui.FieldLabel { return VisitFields(ctx) }

// VisitFields are the fields of a visit with their labels.
func VisitFields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{
		{Name: "mode", Label: t(ctx, "怎么联系的")}, {Name: "mood", Label: t(ctx, "结果")}, {Name: "contact", Label: t(ctx, "见到谁")},
		{Name: "learned", Label: t(ctx, "一句话")}, {Name: "purpose", Label: t(ctx, "目的")}, {Name: "day", Label: t(ctx, "日期")},
		{Name: "time", Label: t(ctx, "时间")}, {Name: "user", Label: t(ctx, "谁去")}, {Name: "met", Label: t(ctx, "其他人")}, {Name: "next_step", Label: t(ctx, "下一步")},
		{Name: "next_on", Label: t(ctx, "下次日期")}, {Name: "photos", Label: t(ctx, "照片")},
	}
}

func (f VisitForm) draft() string {
	if f.Editing || f.Customer == nil {
		return ""
	}
	if f.Planning {
		return "plan-" + f.Customer.ID
	}
	return "visit-" + f.Customer.ID
}

// VisitShow is one visit.
type VisitShow struct {
	OutOfUse                                    OutOfUse
	Title, Customer, CustomerHref, Class        string
	State, StateText, Mode, ModeIcon, Mood, Who string
	When                                        Moment
	Time, Contact, Purpose, Learned, NextStep   string
	NextOn                                      Moment
	Photos                                      []VisitPicture
	EditHref, LogHref, CancelURL, DeleteURL     string
	FormHref, FormText                          string // of the feedback form
	Version                                     string
	Measures                                    MeasurePart
}

// VisitList is the list of visits.
type VisitList struct {
	Tabs       []NavItem // month, list
	Filter     VisitFilterForm
	Chips      ui.ChipsProps
	Rows       []VisitRowLine
	Pager      ui.PagerProps
	Count      string
	ExportCSV  string // "" without the right
	ExportXLSX string
	NewHref    string
}

// VisitFilterForm is the filter above a list or a calendar.
type VisitFilterForm struct {
	Action, View, Month                       string
	From, To, User, Branch, Mode, State, Mood string
	Users, Branches                           []ui.Option // nil: not to be chosen
	Customer, Owner, Class                    string      // kept
	Dates                                     bool        // from and to are asked
}

// VisitRowLine is a row of the list.
type VisitRowLine struct {
	Href, Customer, CustomerHref, Class, Who, Mode, ModeIcon, Mood, MoodIcon, State, StateText string
	Text, Next, Photos                                                                         string
	When                                                                                       Moment
}

// VisitMonth is the calendar of a month.
type VisitMonth struct {
	Tabs                          []NavItem
	Filter                        VisitFilterForm
	Title                         string
	PrevHref, NextHref, TodayHref string
	Weekdays                      []string
	Weeks                         [][]CalendarDay
	People                        []CalendarPerson
	Done, Planned                 CalendarCount // of the month
	Full                          bool
	NewHref                       string
}

// CalendarDay is one field of the calendar.
type CalendarDay struct {
	Number        string
	Label         string // for those who cannot see where it stands
	Href          string
	Out, Today    bool // of another month; today
	Rest          bool
	Done, Planned CalendarCount
	People        []CalendarPerson
	More          int // people beyond those shown
}

// CalendarCount is a figure that leads to its list.
type CalendarCount struct {
	N    int
	Href string
}

// CalendarPerson is what one person has on a day or in a month.
type CalendarPerson struct {
	Name          string
	Done, Planned CalendarCount
}

// DueList is who is to be visited.
type DueList struct {
	Title, Sub         string
	Received           int // clients newly handed to the reader
	States             []DueCount
	Filter             DueFilterForm
	Chips              ui.ChipsProps
	Rows               []DueLine
	People             []DuePerson // for managers
	Pager              ui.PagerProps
	TooMany, Assumed   bool
	RuleHref, RuleText string
}

// DueCount is a figure above the list.
type DueCount struct {
	State, Label, Count, Href string
	Current                   bool
}

// DueFilterForm is the filter of the due list.
type DueFilterForm struct {
	State, User, Branch, Class, City string
	Users, Branches, Cities          []ui.Option
}

// DueLine is one customer.
type DueLine struct {
	Name, FullName, Class, Href, Reason, Place, Owner, State, Badge, Tel, TelText string
	Planned                                                                       Moment // of a planned visit
	LogHref, PlanHref                                                             string // "" without the right
}

// DuePerson is a rep's line for a manager.
type DuePerson struct {
	Name, Href                 string
	Overdue, Soon, OnTime, Met string
	OverdueHref, SoonHref      string
	OnTimeHref, MetHref        string
}

// CadenceForm is the page of the rule of visits a month.
type CadenceForm struct {
	RuleFrame
	Own     []CadenceOwn
	Classes []CadenceClass
	Preview string // who would become overdue
}

// CadenceOwn is a branch with a rule of its own.
type CadenceOwn struct{ Name, Href, Visits, From string }

// CadenceClass is one line: a class with its visits a month.
type CadenceClass struct {
	Code, Label, Visits, Soon, Origin string
}

func (f CadenceForm) fields(ctx context.Context) []ui.FieldLabel {
	var out []ui.FieldLabel
	for _, c := range f.Classes {
		out = append(out, ui.FieldLabel{Name: "per_month." + c.Code, Label: c.Label}, ui.FieldLabel{Name: "soon." + c.Code, Label: c.Label + " " + t(ctx, "提前提醒")})
	}
	return append(out, ui.FieldLabel{Name: "valid_from", Label: t(ctx, "从哪天起")}, ui.FieldLabel{Name: "reason", Label: t(ctx, "为什么改")})
}

// OriginWord says where a class's number of visits comes from.
func OriginWord(ctx context.Context, o cadence.Origin) string {
	switch o {
	case cadence.FromDocuments:
		return lang.T(ctx, "出自《客户分级管理制度》（S3）：每月至少一次")
	case cadence.OurDefault:
		return lang.T(ctx, "制度里没有写明，是系统的默认值")
	}
	return lang.T(ctx, "由公司设定")
}

func itoa(n int) string { return strconv.Itoa(n) }

// classOf is the class of a field of the rule: "a" is A.
func classOf(code string) string { return strings.ToUpper(code) }
