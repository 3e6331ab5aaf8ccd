package views

import (
	"context"
	"strconv"

	"yike/policy/rating"
	"yike/views/lang"
	"yike/views/ui"
)

// RatingAsk is the page on which a client is asked.
type RatingAsk struct {
	Asked                         bool // a subject is chosen
	Code, CaseHref                string
	Open                          bool // a case on which somebody works
	Kind, Customer, CustomerHref  string
	Number                        string
	Day                           Moment
	CustomerID, WaybillID, CaseID string
	Key                           string
	Rated                         bool // it is not asked again
	Links                         bool // the page for clients is on
	Link, Picture                 string
	Until                         Moment
	Before                        []RatingAsked
	Errors                        ui.Errors
}

// RatingAsked is a question that was asked before.
type RatingAsked struct {
	Who, Way, State string
	When            Moment
	Revoke          string // "" = there is nothing to take back
}

// RatingCallForm is the form of a call back.
type RatingCallForm struct {
	CustomerID, CaseID, Customer              string
	Code, BackHref, BackText                  string // Code: of a case
	Phones                                    []PhoneLine
	Contacted                                 []ContactCall
	Contacts                                  []ui.Option
	Contact, Score, Solved, Comment, NextStep string
	Scores, SolvedWords                       []ui.Option
	Key                                       string
	Errors                                    ui.Errors
}

// ContactCall is a contact with the numbers to call.
type ContactCall struct {
	Name   string
	Phones []PhoneLine
}

// ContactsOf are the contacts of a panel that can be called.
func ContactsOf(p ContactsPanel) []ContactCall {
	var out []ContactCall
	for _, k := range p.Items {
		if len(k.Phones) > 0 {
			out = append(out, ContactCall{k.Name, k.Phones})
		}
	}
	return out
}

func (f RatingCallForm) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "score", Label: t(ctx, "满意吗")}, {Name: "solved", Label: t(ctx, "上次的事解决了吗")}, {Name: "comment", Label: t(ctx, "建议")}, {Name: "next_step", Label: t(ctx, "下一步")}}
}

// ScoreOptions are the steps of the scale, the best first.
func ScoreOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, score := range faces {
		out = append(out, ui.Option{Value: scoreText(score), Label: ScoreWord(ctx, score)})
	}
	return out
}

// RatingKindWord is a kind of occasion.
func RatingKindWord(ctx context.Context, kind string) string {
	return word(ctx, map[string]string{rating.Case: lang.N("投诉和咨询处理后"), rating.Delivery: lang.N("派送后"), rating.Service: lang.N("平时的服务"), rating.Call: lang.N("电话回访")}, kind)
}

// RatingWayWord is how an answer comes.
func RatingWayWord(ctx context.Context, way string) string {
	return word(ctx, map[string]string{rating.OwnDevice: lang.N("当面，用我们的手机"), rating.Link: lang.N("链接"), rating.QR: lang.N("二维码"), rating.Phone: lang.N("电话")}, way)
}

// SolvedWord says whether what a client was called about is settled.
func SolvedWord(ctx context.Context, solved string) string {
	return word(ctx, map[string]string{"yes": lang.N("解决了"), "partly": lang.N("解决了一部分"), "no": lang.N("没有解决")}, solved)
}

// RatedMoodWord is what the answers of one client say together.
func RatedMoodWord(ctx context.Context, mood string) string {
	return word(ctx, map[string]string{rating.Unhappy: lang.N("不满意"), rating.Middle: lang.N("一般"), rating.Happy: lang.N("满意"), rating.Unasked: lang.N("没有评过")}, mood)
}

// tenths writes thousandths of a share, or tenths of a point, with one digit.
func tenths(n int64) string { return strconv.FormatFloat(float64(n)/10, 'f', 1, 64) }

// IndexText is a figure of ratings with one digit.
func IndexText(n int64) string { return tenths(n) }

// RatingRuleForm is the page of how clients are asked, and what answers mean.
type RatingRuleForm struct {
	RuleFrame
	Said                 string
	Days, Least, Unhappy string
}

func (f RatingRuleForm) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "days", Label: t(ctx, "链接能用几天")}, {Name: "least", Label: t(ctx, "几份以上才出数字")}, {Name: "unhappy", Label: t(ctx, "几分及以下算不满意")},
		{Name: "valid_from", Label: t(ctx, "从哪天起")}, {Name: "reason", Label: t(ctx, "为什么改")}}
}

// RatingCard is what a client thinks of us, on its page.
type RatingCard struct {
	Shown, Read               bool
	Latest, Kind, Icon        string // the score in a word, its colour and glyph
	When                      Moment
	Comment, Trend, Ask, Call string
	Href                      string // of all answers
	Ours, OursHref            string // what we think of the client, and how that comes about
}

// OurScore says what we think of a client: the value index with its parts.
func OurScore(ctx context.Context, shipped bool, points int, parts [4]int, level string) string {
	if !shipped {
		return t(ctx, "还没有发过件，不打分。")
	}
	return t(ctx, "价值指数 %d 分（%s）：频次 %d，金额 %d，忠诚 %d，信用 %d。", points, LabelWord(ctx, "level", level), parts[0], parts[1], parts[2], parts[3])
}

// CaseRatings is what the client thought of how a case was handled, on its page.
type CaseRatings struct {
	Shown             bool
	Rows              []CaseRating
	Ask, Call, Reopen string // "" = not now, or not by whoever looks
}

// CaseRating is one answer.
type CaseRating struct {
	Score, Kind, Icon, Way, Comment, Next string
	When                                  Moment
	LedTo                                 *CaseLink // the case that was opened for it
}

// ScoreKind is the colour of a score.
func ScoreKind(score int64, unhappy bool) string {
	switch {
	case unhappy:
		return "over"
	case score >= rating.Good:
		return "ok"
	}
	return ""
}

// ScoreIcon is the glyph of a score.
func ScoreIcon(unhappy bool) string {
	if unhappy {
		return "mood-sad"
	}
	return "mood-smile"
}

// Satisfaction is the page of figures.
type Satisfaction struct {
	From, To, Branch, Kind string
	Branches, Kinds        []ui.Option
	Least                  int   // answers below which there is no figure
	Version                int64 // of the rule, 0 = the default
	All                    RatedRow
	Parts                  []RatedPart
	ValueHref, SaidHref    string
}

// RatedPart is one table of figures.
type RatedPart struct {
	Title, Head string
	Cut         int    // there are more than those so many
	More        string // where they are listed, "" = the table gets no longer
	Rows        []RatedRow
}

// RatedRow is what answers come to; CSAT and CSI are "" where there are too few.
type RatedRow struct {
	Name              string
	N, Unhappy        int64
	CSAT, CSI         string
	Href, UnhappyHref string
}

// RatingList is the page of answers.
type RatingList struct {
	From, To, Branch, Kind, Score string
	Said                          bool
	Branches, Kinds, Scores       []ui.Option
	Chips                         ui.ChipsProps
	Count, Next, Book             string
	Rows                          []RatingLine
}

// RatingLine is one answer.
type RatingLine struct {
	Day                                     Moment
	Score, ScoreKind, Icon                  string
	Customer, CustomerHref, Class, Branch   string
	Number, NumberHref                      string
	Kind, Way, Comment, Solved, Next, About string
}

// RatedValue is the matrix of what we think of clients and they of us.
type RatedValue struct {
	From, To, Branch, Kind string
	By                     string // "" by class
	Tabs                   []NavItem
	Branches, Kinds        []ui.Option
	Moods                  []string
	Rows                   []ValueRow
	Title, Count, Back     string
	Clients                []ValueClient
	Cut                    bool // there are more than were looked at
}

// ValueRow is one class of clients, or one level.
type ValueRow struct {
	Name, Key string
	Cells     []ValueCell
}

// ValueCell is how many of a class think so of us.
type ValueCell struct {
	N           int
	Href        string
	Active, Hot bool
}

// ValueClient is a client of a cell.
type ValueClient struct {
	Name, Code, Class, Href, Branch, AnswersHref, CSI string
	Ours, OursHref                                    string // what we make of the client
	N                                                 int64
}

func (p Satisfaction) said(ctx context.Context) string {
	version := t(ctx, "默认规则")
	if p.Version > 0 {
		version = t(ctx, "规则第 %d 版", p.Version)
	}
	return t(ctx, "满意率 = 4 分和 5 分的占比；指数 =（平均分 − 1）÷ 4 × 100。少于 %d 份不出数字（%s）。分级按现在的算；回收站里的客户不算。", p.Least, version)
}

// ratedFigure is a figure, or why there is none.
func ratedFigure(ctx context.Context, figure string) string {
	if figure == "" {
		return t(ctx, "太少")
	}
	return figure
}

func overAny(n int64) string {
	if n > 0 {
		return "over"
	}
	return ""
}

func matrixColumns(ctx context.Context, head string, moods []string) []ui.Column {
	out := []ui.Column{{Label: head}}
	for _, m := range moods {
		out = append(out, ui.Column{Label: m, Right: true})
	}
	return out
}
