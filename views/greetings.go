package views

import (
	"context"
	"strconv"
	"strings"
	"time"

	"yike/policy/festival"
	"yike/policy/greeting"
	"yike/views/lang"
	"yike/views/ui"
)

var occasionWords = map[string]string{
	"new_year": lang.N("元旦"), "new_years_eve": lang.N("除夕"), "spring": lang.N("春节"), "lantern": lang.N("元宵节"), "qingming": lang.N("清明"), "labour": lang.N("劳动节"),
	"dragon_boat": lang.N("端午节"), "qixi": lang.N("七夕"), "mid_autumn": lang.N("中秋节"), "national": lang.N("国庆节"), "double_ninth": lang.N("重阳节"),
	"birthday": lang.N("生日"), "first_parcel": lang.N("首次寄件"), "parcel_years": lang.N("寄件周年"), "contract_years": lang.N("签约周年"), "company_years": lang.N("公司周年庆"),
}

// OccasionWord is an occasion in a word; own are the names of those that head
// office added, which are the same in every language.
func OccasionWord(ctx context.Context, code string, own map[string]string) string {
	if name := own[code]; name != "" {
		return name
	}
	if occasionWords[code] == "" {
		return lang.T(ctx, "停用的节日")
	}
	return word(ctx, occasionWords, code)
}

var meansWords = map[string]string{
	"call": lang.N("电话"), "sms": lang.N("短信"), "email": lang.N("邮件"), "wechat": lang.N("微信"), "card": lang.N("贺卡"), "gift": lang.N("礼品"), "coupon": lang.N("优惠券"), "upgrade": lang.N("服务升级"), "visit": lang.N("上门拜访"),
}

// MeansWord is a way to greet in a word.
func MeansWord(ctx context.Context, m string) string { return word(ctx, meansWords, m) }

// MeansOptions are the ways to greet.
func MeansOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, m := range greeting.AllMeans {
		out = append(out, ui.Option{Value: string(m), Label: MeansWord(ctx, string(m))})
	}
	return out
}

// GreetingReasonWord says why somebody is greeted, or is not.
func GreetingReasonWord(ctx context.Context, why string) string {
	return word(ctx, map[string]string{
		"in": lang.N("会问候"), "off": lang.N("这个节日没有开"), "left": lang.N("联系人已移除，或客户已归档"), "class": lang.N("不在选的分级里"), "tag": lang.N("没有选的标签"),
		"not_first": lang.N("不是主要联系人"), "no_day": lang.N("没有这个日子"), "complaint": lang.N("有没办完的投诉"), "refused": lang.N("本人不同意"), "withdrawn": lang.N("本人撤回了同意"),
		"not_asked": lang.N("还没有问过本人"), "passed": lang.N("日子改过以后早就过了"),
	}, why)
}

// GreetingStateWord is a state of a greeting.
func GreetingStateWord(ctx context.Context, state string) string {
	return word(ctx, map[string]string{"open": lang.N("还没问候"), "done": lang.N("已问候"), "skipped": lang.N("不问候")}, state)
}

// DoerWord says who does greetings of a plan.
func DoerWord(ctx context.Context, by string) string {
	return word(ctx, map[string]string{"owner": lang.N("负责的业务员"), "clerk": lang.N("专属客服")}, by)
}

// DoerOptions are those who may do the greetings of a plan.
func DoerOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, by := range greeting.Doers {
		out = append(out, ui.Option{Value: by, Label: DoerWord(ctx, by)})
	}
	return out
}

// ClassLabel names a class, the unclassed too.
func ClassLabel(ctx context.Context, class string) string {
	if class == "" {
		return lang.T(ctx, "未分级")
	}
	return lang.T(ctx, "%s 类", class)
}

// OccasionMoodWord is the tone that an occasion bears.
func OccasionMoodWord(ctx context.Context, m string) string {
	return word(ctx, map[string]string{"joyful": lang.N("喜庆"), "peaceful": lang.N("安康：不说快乐"), "silent": lang.N("肃穆：不问候")}, m)
}

// WeekdayWord names a day of the week.
func WeekdayWord(ctx context.Context, d time.Weekday) string {
	return lang.T(ctx, [...]string{lang.N("周日"), lang.N("周一"), lang.N("周二"), lang.N("周三"), lang.N("周四"), lang.N("周五"), lang.N("周六")}[d])
}

// NthWord names the nth weekday of a month.
func NthWord(ctx context.Context, n int) string {
	if n == festival.Last {
		return lang.T(ctx, "最后一个")
	}
	return lang.T(ctx, "第 %d 个", n)
}

// OccasionSaid says when an occasion that head office added is.
func OccasionSaid(ctx context.Context, o festival.Occasion) string {
	switch o.By {
	case festival.BySolar:
		return lang.T(ctx, "公历 %d 月 %d 日", o.Month, o.Day)
	case festival.ByLunar:
		return lang.T(ctx, "农历%s", festival.MonthWords(o.Month, false)+festival.DayWords(o.Day))
	case festival.ByTerm:
		return lang.T(ctx, "节气：%s", o.Term.Words())
	}
	return lang.T(ctx, "%d 月%s%s", o.Month, NthWord(ctx, o.Nth), WeekdayWord(ctx, o.Weekday))
}

// CalendarWord names a way in which a day comes back.
func CalendarWord(ctx context.Context, c festival.Calendar) string {
	return word(ctx, map[string]string{"solar": lang.N("公历日子"), "lunar": lang.N("农历日子"), "term": lang.N("节气"), "weekday": lang.N("某月第几个星期几")}, string(c))
}

// GreetingLine is a greeting in a list.
type GreetingLine struct {
	ID, Href, Version           string
	Occasion, Contact, Customer string
	CustomerHref, Class, Who    string
	Means, Gift, Budget         string
	Day, Due                    Moment
	DueState                    string // over, soon or "": as ui.DueBadge has it
	State, StateKind, Result    string // of a closed one
	Group                       string // heads the rows from this one on: late, these days, later
	CanDo                       bool
	By                          string // the first means: what one press says
	Prefers                     string // that the contact's own order put it first
	Letter, LetterKind          string // how its letter stands
	Waits                       bool   // its letter is on its way
	Pick                        string // what a tick sends; "" = the program cannot send it
}

// GreetingList is the page of greetings.
type GreetingList struct {
	Tabs                   []TodoTab
	Chips                  ui.ChipsProps
	View, Occasion, Branch string
	Month                  string
	Occasions, Branches    []ui.Option
	Rows                   []GreetingLine
	Count, Next, Back      string
	Closed, Late, Gifts    bool
	Whole                  bool
	CanSend                bool   // one of the rows can be picked
	Plan                   string // address of the plans, "" for who may not see them
	Others                 string // how many of others there are, when none is one's own
}

// GreetingPage is one greeting and what can be done about it.
type GreetingPage struct {
	GreetingLine
	Position, Branch, PhotoHref, ThumbHref string
	Also                                   []string
	Peaceful                               bool
	Blocked                                string // why it may not go out now
	Upset                                  bool   // because of a complaint: what was done before it can be written down
	Calls                                  []PhoneLine
	Wording                                []GreetingWording
	Letter                                 *GreetingLetter
	Own                                    bool // other words were used than those of the page
	Offer, OfferUsed                       string
	CanUseOffer                            bool
	Rule                                   string
	ClosedBy                               string
	Takers                                 []ui.Option
	To, DoneBy, Typed, Spent, Reason       string
	DueDay, MinDay, UsedDay, Today         string
	Errors                                 ui.Errors
	History                                []GreetingLine
}

// GreetingWording is what may be said, ready to be copied.
type GreetingWording struct {
	ID, Channel, Subject, Text string
	Guide                      bool          // how to send parcels
	Send                       *GreetingSend // nil: by hand only
}

// GreetingSend is how the program sends a wording, or why it cannot (Note).
type GreetingSend struct {
	Href, Version, Channel, Name, Mark string
	Note, When, Cost                   string
	Dry                                bool // the channel is not switched on
	Ahead                              bool // it may go before its day
	Again                              bool // one is underway of which nobody knows
	Primary                            bool
}

// GreetingLetter is how the letter of a greeting stands.
type GreetingLetter struct {
	State, Kind, Name, When, Why, Said, What, Subject, Text, Href string
	CanRecall                                                     bool
}

// GreetingSending are picked greetings: which go out, and which do not and why.
type GreetingSending struct {
	Back       string
	Rows       []GreetingSendLine
	Go, Stay   int
	Now, Ahead bool
	Dry        bool
}

// GreetingSendLine is one of them; Why says why it stays.
type GreetingSendLine struct{ Pick, Contact, Customer, Occasion, Href, Name, When, Text, Why string }

func whenOptions(ctx context.Context) []ui.Option {
	return []ui.Option{{Value: "day", Label: lang.T(ctx, "节日当天早上发")}, {Value: "now", Label: lang.T(ctx, "现在就发")}}
}

// GreetingCard is what waits, and what was done, on a client's page.
type GreetingCard struct {
	Rows []GreetingLine
	More string
}

// GreetingYear is the calendar: a month or a year of occasions.
type GreetingYear struct {
	Title, Prev, Next, Today string
	Views                    []TodoTab
	Days                     []GreetingDay
	Gifts                    string
}

// GreetingDay is an occasion on a day and how far its greetings are.
type GreetingDay struct {
	Day               Moment
	Date, Lunar       string
	Occasion, Mood    string
	Kept              bool
	Planned           string // how many days ahead
	All, Done, Open   int64
	AllHref, OpenHref string
	DoneHref, Note    string
}

// GreetingCoverage is how far the greetings of a year or a month are, by what
// they can be counted by.
type GreetingCoverage struct {
	Year, Month, Occasion, Branch string
	Years, Months                 []ui.Option
	Occasions, Branches           []ui.Option
	Freight                       bool // what clients ship may be shown
	Parts                         []CoveragePart
	Book                          string // where the workbook is, "" without the right or with nothing in it
}

// CoveragePart is a table of figures.
type CoveragePart struct {
	Title, Head string
	Rows        []CoverageRow
}

// CoverageRow is one line of it.
type CoverageRow struct {
	Name                     string
	All, Done, Skipped, Open int64
	Share, Budget, Spent     string
	Freight                  string // of the greeted clients, in the time that is looked at
	OfBudget, OfFreight      string // what was spent of them
	Href, DoneHref           string
	SkippedHref, OpenHref    string
}

func coverageColumns(ctx context.Context, head string, freight bool) []ui.Column {
	out := []ui.Column{{Label: head}, {Label: t(ctx, "要问候"), Right: true}, {Label: t(ctx, "已问候"), Right: true}, {Label: t(ctx, "不问候"), Right: true}, {Label: t(ctx, "还没问候"), Right: true},
		{Label: t(ctx, "到了"), Right: true}, {Label: t(ctx, "预算"), Right: true}, {Label: t(ctx, "花了"), Right: true}, {Label: t(ctx, "占预算"), Right: true}}
	if freight {
		out = append(out, ui.Column{Label: t(ctx, "客户运费"), Right: true}, ui.Column{Label: t(ctx, "占运费"), Right: true})
	}
	return out
}

// GiftList is the printable list of gifts to deliver.
type GiftList struct {
	From, To, Printed, Book string
	Branch                  string
	Branches                []ui.Option
	Rows                    []GiftLine
	Total                   string
	More                    bool
}

// GiftLine is one gift.
type GiftLine struct {
	Day, Occasion, Gift, Budget, Customer, Class, Contact, Phone, Address, Who string
}

// GreetingRulePage is the page of plans: all of them, or one to be edited.
type GreetingRulePage struct {
	RuleFrame
	Close, Late string
	Plans       []PlanLine
	Plan        *PlanForm // nil: the list
	Preview     *PlanPreview
}

// PlanLine is an occasion with its plan in a line.
type PlanLine struct {
	Code, Name, When, Said, Href, Preview string
	On, Silent                            bool
}

// PlanForm is one occasion's plan as it is typed.
type PlanForm struct {
	Code, Name, When, Mood      string
	On, Everyone, Silent, First bool
	Classes, Means, Tags        map[string]bool
	TagChoices                  []ui.Option
	Ahead, By                   string
	Gifts, Budgets              map[string]string // by class
	OfferText, OfferValue       string
	OfferUntil                  string
}

// PlanPreview says who a plan would greet.
type PlanPreview struct {
	Text    string
	Reasons []PlanReason
	Classes []CoverageRow
	Money   string
}

// PlanReason is how many contacts a reason holds for; Rows are the first.
type PlanReason struct {
	Word, Href string
	N          int64
	Rows       []PlanContact
}

// PlanContact is a contact in a preview.
type PlanContact struct{ Contact, Customer, Href, Code, Class, Why string }

// PlanWho is the whole list behind a number of a preview.
type PlanWho struct {
	Title, Back, Next, Why, Action string
	Occasion, Branch               string
	Reasons                        []ui.Option
	Rows                           []PlanContact
	Looked                         bool // the page is short because many others were looked at
}

// OccasionPage is the page of the days that head office adds.
type OccasionPage struct {
	RuleFrame
	Rows                       []OccasionLine
	Name, By, Month, Day, Term string
	Nth, Weekday, Mood         string
	WeekMonth                  string
}

// OccasionLine is one of them.
type OccasionLine struct {
	Code, Name, Said, Mood, Next string
	Off                          bool
}

// MonthOptions are the twelve months.
func MonthOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for m := 1; m <= 12; m++ {
		out = append(out, ui.Option{Value: strconv.Itoa(m), Label: lang.T(ctx, "%d 月", m)})
	}
	return out
}

func moodOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, m := range festival.Moods {
		out = append(out, ui.Option{Value: string(m), Label: OccasionMoodWord(ctx, string(m))})
	}
	return out
}

func calendarOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, c := range festival.Calendars {
		out = append(out, ui.Option{Value: string(c), Label: CalendarWord(ctx, c)})
	}
	return out
}

func nthOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, n := range []int{1, 2, 3, 4, festival.Last} {
		out = append(out, ui.Option{Value: strconv.Itoa(n), Label: NthWord(ctx, n)})
	}
	return out
}

func weekdayOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for d := time.Sunday; d <= time.Saturday; d++ {
		out = append(out, ui.Option{Value: strconv.Itoa(int(d)), Label: WeekdayWord(ctx, d)})
	}
	return out
}

func (f GreetingRulePage) fields(ctx context.Context) []ui.FieldLabel {
	out := []ui.FieldLabel{{Name: "on", Label: t(ctx, "问候这个节日")}, {Name: "means", Label: t(ctx, "怎么问候")}, {Name: "ahead", Label: t(ctx, "提前几天列出来")}, {Name: "by", Label: t(ctx, "谁来办")}}
	for _, c := range greeting.Classes {
		out = append(out, ui.FieldLabel{Name: "gift" + c, Label: t(ctx, "%s的礼品", ClassLabel(ctx, c))}, ui.FieldLabel{Name: "budget" + c, Label: t(ctx, "%s的预算", ClassLabel(ctx, c))})
	}
	return append(out, ui.FieldLabel{Name: "offer_text", Label: t(ctx, "优惠内容")}, ui.FieldLabel{Name: "close", Label: t(ctx, "相差几天以内的节日合成一次问候")}, ui.FieldLabel{Name: "late", Label: t(ctx, "过了几天还补")},
		ui.FieldLabel{Name: "valid_from", Label: t(ctx, "从哪天起")}, ui.FieldLabel{Name: "reason", Label: t(ctx, "为什么改")})
}

func (f OccasionPage) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "name", Label: t(ctx, "名称")}, {Name: "mood", Label: t(ctx, "语气")}, {Name: "by", Label: t(ctx, "按什么算")}, {Name: "month", Label: t(ctx, "月")}, {Name: "day", Label: t(ctx, "日")},
		{Name: "term", Label: t(ctx, "节气")}, {Name: "nth", Label: t(ctx, "第几个")}, {Name: "weekday", Label: t(ctx, "星期几")}, {Name: "reason", Label: t(ctx, "为什么改")}}
}

func (p GreetingPage) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "by", Label: t(ctx, "怎么问候的")}, {Name: "result", Label: t(ctx, "备注")}, {Name: "spent", Label: t(ctx, "花了多少")}, {Name: "photos", Label: t(ctx, "凭证照片")}, {Name: "due", Label: t(ctx, "改到哪天")},
		{Name: "to", Label: t(ctx, "转给")}, {Name: "reason", Label: t(ctx, "为什么不问候")}, {Name: "used", Label: t(ctx, "哪天用的")}}
}

// ResponsePage is what came after the greetings of past occasions.
type ResponsePage struct {
	Past      []ResponseLine
	Branch    string
	Branches  []ui.Option
	Title     string
	One       *ResponseOne
	TooMany   bool // too many clients to look at: choose a branch
	Personal  bool // everybody has a day of their own
	List      *ResponseList
	Book      string
	Few, Days int
}

// ResponseLine is a past occasion; Over says that its days are over.
type ResponseLine struct {
	Occasion, Day, Href string
	Done                int64
	Over, Active        bool
}

// ResponseOne is a comparison.
type ResponseOne struct {
	TooFew                  bool
	All, Greeted, Like      ResponseSide
	AgainShare, LikeShare   string
	LikePieces, LikeFreight string
}

// ResponseSide is one of its groups in sums.
type ResponseSide struct {
	Clients, Again, PiecesBefore, PiecesAfter int64
	FreightBefore, FreightAfter               string
	Href, AgainHref                           string
}

// ResponseList are the clients behind a figure.
type ResponseList struct {
	Title, Count, Back, Next string
	Rows                     []ResponseClient
}

// ResponseClient is one of them.
type ResponseClient struct {
	Name, Href, Code, Class, Branch, Band string
	PiecesBefore, PiecesAfter             int64
	FreightBefore, FreightAfter           string
}

// ResponseListWord names a group of clients of a comparison.
func ResponseListWord(ctx context.Context, list string) string {
	return word(ctx, map[string]string{"greeted": lang.N("问候过的客户"), "greeted_again": lang.N("问候过、又发件的客户"), "matched": lang.N("问候过、有相像客户的"), "matched_again": lang.N("问候过、有相像客户、又发件的"),
		"like": lang.N("相像、没有问候的客户"), "like_again": lang.N("相像、没有问候、又发件的客户")}, list)
}

// BandWord names a band of parcels.
func BandWord(ctx context.Context, band int) string {
	least := greeting.Bands[band]
	switch {
	case band+1 == len(greeting.Bands):
		return t(ctx, "%d 件以上", int(least))
	case greeting.Bands[band+1] == least+1:
		return t(ctx, "%d 件", int(least))
	}
	return t(ctx, "%d–%d 件", int(least), int(greeting.Bands[band+1]-1))
}

// BandWords lists the bands, for the words on how clients are matched.
func BandWords(ctx context.Context) string {
	var out []string
	for i := range greeting.Bands {
		out = append(out, BandWord(ctx, i))
	}
	return strings.Join(out, t(ctx, "、"))
}
