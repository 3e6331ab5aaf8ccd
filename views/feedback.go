package views

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"yike/policy/feedback"
	"yike/views/lang"
	"yike/views/ui"
)

// FeedbackEdit is the form on which somebody tells the marketing department of
// a client.
type FeedbackEdit struct {
	Action, Key, Version, VisitID      string
	CustomerID, Customer, CustomerHref string
	Class, Last                        string
	FromVisit                          string // says from which visit it was filled in
	Questions                          []Question
	Editing, Sent, Visited             bool
	DropURL                            string
	Errors                             ui.Errors
	Stale                              []VisitDiff
	Query                              string // of who looks for a client
	Hits                               []VisitHit
	OwedText                           string // what the branch still owes this month
	Fields                             []ui.FieldLabel
	Photos                             []VisitPicture // that hang on it
	Dropped                            []string       // that were ticked to be taken off
}

// Question is one question of the form, with what was typed.
type Question struct {
	Name, Label, Kind, Error string
	Options                  []ui.Option
	Values                   []string
	Required                 bool
	Max                      int
}

func (q Question) value() string {
	if len(q.Values) == 0 {
		return ""
	}
	return q.Values[0]
}

// optional stands beside a question that may be left out.
func (q Question) optional(ctx context.Context) string {
	if q.Required {
		return ""
	}
	return t(ctx, "可不填")
}

// FeedbackShow is one form.
type FeedbackShow struct {
	OutOfUse                                 OutOfUse
	Customer, CustomerHref, Class, ClassThen string
	Who, Branch, VisitHref                   string
	Day, Due                                 Moment
	State, StateText, StateKind              string
	Late                                     bool
	Answers                                  []FeedbackAnswer
	Notes                                    []FeedbackNote
	Read                                     string // who has it in hand
	Path, Version, Key                       string
	EditHref                                 string
	CanTake, CanAnswer, CanAsk, CanKnow      bool
	Typed                                    string
	Errors                                   ui.Errors
	Printed                                  string
	Photos                                   []VisitPicture
}

// FeedbackAnswer is a question and what was answered.
type FeedbackAnswer struct{ Label, Text string }

// FeedbackNote is an answer of the marketing department, or a question to it.
type FeedbackNote struct {
	Answer    bool
	Who, Text string
	When      Moment
}

// FeedbackList is the list of forms.
type FeedbackList struct {
	Tabs                       []NavItem
	NewHref, QuotaHref         string
	From, To                   string
	Branch, User, Class, State string
	View                       string
	Branches, Users            []ui.Option
	Chips                      ui.ChipsProps
	Rows                       []FeedbackRow
	Count, Next                string
	ExportXLSX, ExportCSV      string
	Quota                      *QuotaPane
}

// FeedbackRow is a form in a list.
type FeedbackRow struct {
	Href, Customer, Class, Who, Branch, Text string
	Day, Due                                 Moment
	StateText, StateKind                     string
	Late                                     bool
}

// QuotaPane is how the quota of a month fills: of one branch in figures, of
// several how many are short.
type QuotaPane struct {
	Title, Said, Href string
	Cells             []QuotaCell
	Owed              string
}

// QuotaCell is how many were sent, of how many.
type QuotaCell struct {
	Label, Sent, Of, Href string
	Short                 bool
}

// QuotaPage is how the quotas of branches fill in a month.
type QuotaPage struct {
	Month, PrevHref, NextHref string
	ShortHref, AllHref        string
	Short                     bool
	Count                     string
	Rows                      []QuotaRow
	RuleHref                  string
}

// QuotaRow is one branch.
type QuotaRow struct {
	Branch, Owed, Rule string
	Cells              []QuotaCell
}

// FormStateWord is the state of a form.
func FormStateWord(ctx context.Context, state string) string {
	return word(ctx, map[string]string{"draft": lang.N("草稿"), "sent": lang.N("等答复"), "read": lang.N("市场部在看"), "answered": lang.N("已答复")}, state)
}

// FormStateKind is its colour.
func FormStateKind(state string) string {
	switch state {
	case "answered":
		return "ok"
	case "sent", "read":
		return "brand"
	}
	return ""
}

// FormStateOptions are the states to filter by.
func FormStateOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, s := range []string{"sent", "read", "answered"} {
		out = append(out, ui.Option{Value: s, Label: FormStateWord(ctx, s)})
	}
	return out
}

// shippedWords are what the shipped form says; head office's own words stand as
// they were written.
var shippedWords = []string{
	lang.N("见到谁"), lang.N("客户说了什么"), lang.N("业务有什么变化"), lang.N("在增加"), lang.N("没变化"), lang.N("在减少"), lang.N("看不出"), lang.N("客户需要什么"), lang.N("更便宜"), lang.N("更快"), lang.N("少破损"), lang.N("仓储"),
	lang.N("代收货款"), lang.N("冷链"), lang.N("国际件"), lang.N("对账方便"), lang.N("每月大约发多少件"), lang.N("还用哪家快递，价格和服务怎样"), lang.N("对我们满意吗"), lang.N("客户的意见和建议"), lang.N("有没有新的机会"), lang.N("下一步打算"), lang.N("需要市场部做什么"),
}

// FormWord is a word of a form: of the shipped one in the reader's language.
func FormWord(ctx context.Context, text string) string {
	if slices.Contains(shippedWords, text) {
		return lang.T(ctx, text)
	}
	return text
}

// AnswerText is an answer in words.
func AnswerText(ctx context.Context, a feedback.Answer) string {
	if a.Kind == feedback.YesNo {
		return YesNo(ctx, a.Text() == feedback.Yes)
	}
	if a.Kind == feedback.Choice || a.Kind == feedback.Choices {
		var out []string
		for _, v := range a.Values {
			out = append(out, FormWord(ctx, v))
		}
		return strings.Join(out, t(ctx, "、"))
	}
	return a.Text()
}

// QuestionOptions are what a question offers.
func QuestionOptions(ctx context.Context, f feedback.Field) []ui.Option {
	if f.Kind == feedback.YesNo {
		return []ui.Option{{Value: feedback.Yes, Label: YesNo(ctx, true)}, {Value: feedback.No, Label: YesNo(ctx, false)}}
	}
	var out []ui.Option
	for _, o := range f.Options {
		out = append(out, ui.Option{Value: o, Label: FormWord(ctx, o)})
	}
	return out
}

// QuestionKindOptions are the kinds of questions.
func QuestionKindOptions(ctx context.Context) []ui.Option {
	words := map[string]string{feedback.Text: lang.N("一行字"), feedback.Long: lang.N("几行字"), feedback.Number: lang.N("数字"), feedback.Day: lang.N("日期"),
		feedback.Choice: lang.N("选一个"), feedback.Choices: lang.N("可选几个"), feedback.YesNo: lang.N("是或否")}
	var out []ui.Option
	for _, k := range feedback.Kinds {
		out = append(out, ui.Option{Value: k, Label: word(ctx, words, k)})
	}
	return out
}

// FormRuleForm is the page of what the form asks.
type FormRuleForm struct {
	RuleFrame
	Rows []FormRuleRow
}

// FormRuleRow is one question of the page.
type FormRuleRow struct {
	Key, Label, Kind, Options, Error string
	Required                         bool
}

func (f FormRuleForm) fields(ctx context.Context) []ui.FieldLabel {
	out := []ui.FieldLabel{}
	for i := range f.Rows {
		out = append(out, ui.FieldLabel{Name: "label_" + strconv.Itoa(i), Label: t(ctx, "第 %d 题", i+1)})
	}
	return append(out, ui.FieldLabel{Name: "valid_from", Label: t(ctx, "从哪天起")}, ui.FieldLabel{Name: "reason", Label: t(ctx, "为什么改")})
}

// FormQuotaForm is the page of how many forms a branch owes.
type FormQuotaForm struct {
	RuleFrame
	Said                 string
	Total, A, B, C, Days string
}

func (f FormQuotaForm) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "total", Label: t(ctx, "每月几份")}, {Name: "a", Label: t(ctx, "A 类至少")}, {Name: "b", Label: t(ctx, "B 类至少")}, {Name: "c", Label: t(ctx, "C 类至少")}, {Name: "days", Label: t(ctx, "几个工作日内答复")},
		{Name: "valid_from", Label: t(ctx, "从哪天起")}, {Name: "reason", Label: t(ctx, "为什么改")}}
}

func quotaClasses(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, c := range feedback.Classes {
		out = append(out, ui.Option{Value: c, Label: ClassLabel(ctx, c)})
	}
	return out
}
