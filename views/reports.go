package views

import (
	"context"
	"strconv"
	"unicode/utf8"

	"yike/policy/monthend"
	"yike/policy/report"
	"yike/views/chart"
	"yike/views/lang"
	"yike/views/ui"
)

// ReportTheme is a shelf of the page of all reports.
type ReportTheme struct {
	Name    string
	Entries []ReportEntry
}

// ReportEntry is a report, with the question that it answers.
type ReportEntry struct{ Name, Question, Href string }

// Report is the frame of a report: what was asked, the figures with what each
// means, pictures with the same figures in tables, each number with the list
// behind it. A workbook is made of the same tables.
type Report struct {
	Title, Question  string
	Action           string // its path
	Span, Note       string // of which months; what is not yet whole
	Printed          string
	NoShelf          bool   // the reader may not open the page of all reports
	Up               string // the page above it, where that is not the page of all reports
	From, To         string // months
	Branch, With     string // With is the branch that is compared with
	Months           []ui.Option
	Branches, Others []ui.Option
	Ranks            []ui.Option // by what its rows may be put in order
	Rank, Targets    string      // by what they are; where what is aimed at is set
	OneMonth         bool        // of a single month: To
	Dim              string
	Dims             []ui.Option // of what it may be told; none = of one thing
	Empty            string      // why there is nothing to show; "" = there is
	Said             []NotedText // in words, before the figures
	Top              []ui.StatProps
	Charts           []chart.Bars
	Stacks           []chart.Stack
	Tiles            *ReportTiles
	Tables           []ReportTable
	Means            []ReportMeaning
	XLSX             string // "" = may not leave
}

// ReportMeaning is how a figure is counted.
type ReportMeaning struct{ Name, Text string }

// ReportTiles is a picture of destinations, a square a province.
type ReportTiles struct {
	Title, Sub string
	Rows       [][]ReportTile
}

// ReportTile is a square; the zero value is a gap.
type ReportTile struct {
	Short, Name, Value, Href string
	Level                    int // of policy/report
}

// ReportTable is a table of figures. Heat colours its squares.
type ReportTable struct {
	Title, Sub, Head string
	Columns          []ReportColumn
	Rows             []ReportRow
	Heat             bool
}

// ReportColumn is a column and what its figures mean.
type ReportColumn struct{ Label, Means string }

// ReportRow is a line of a table; Sum is the one that adds the others up.
type ReportRow struct {
	Name, Href string
	Place      string // in an order, "" = none
	Cells      []ReportCell
	Sum        bool
}

// short says that a name fits on one line beside many columns.
func (r ReportRow) short() bool { return utf8.RuneCountInString(r.Name) <= 6 }

// ReportCell is a figure. N is the same as a number, for the workbook, where
// Counts; Level is its shade in a table with Heat.
type ReportCell struct {
	Text, Note, Href string
	From, FromHref   string // of how many it is, and their list
	N                float64
	Counts, Less     bool
	Level            int
}

func (t ReportTable) columns() []ui.Column {
	out := []ui.Column{{Label: t.Head}}
	for _, c := range t.Columns {
		out = append(out, ui.Column{Label: c.Label, Title: c.Means, Right: true})
	}
	return out
}

func (t ReportTable) class() string {
	if t.Heat {
		return "rep-heat"
	}
	return ""
}

func heatClass(level int) string { return "ht" + strconv.Itoa(level) }

func (r Report) compares(ctx context.Context) string {
	if len(r.Others) < 2 {
		return ""
	}
	return t(ctx, "不比")
}

// MovedPage is the list behind a figure of clients of a report. Figures head
// what is said of each besides.
type MovedPage struct {
	Title, Sub, Back string
	BackText         string // "" = the reports
	Note             string // what is to be known of the list
	Figures          []string
	Rows             []MovedLine
	Pager            ui.PagerProps
	XLSX             string // "" = may not leave
}

// MovedLine is a client of such a list; without Href one that is in the recycle
// bin, of whom no name is told.
type MovedLine struct {
	Href, Name, Code, Class, Owner, Branch string
	Figures                                []string
	Hrefs                                  []string // of the figures that have lists; none = no figure has one
}

func (p MovedPage) columns(ctx context.Context) []ui.Column {
	out := []ui.Column{{Label: t(ctx, "客户")}, {Label: t(ctx, "客户编码")}, {Label: t(ctx, "业务员")}, {Label: t(ctx, "网点")}}
	for _, label := range p.Figures {
		out = append(out, ui.Column{Label: label, Right: true})
	}
	return out
}

// StoodWord names what a client was at the end of a month.
func StoodWord(ctx context.Context, dim, value string) string {
	switch {
	case value == "":
		return t(ctx, "不在名册")
	case value == monthend.None && dim == "class":
		return t(ctx, "未分级")
	case value == monthend.None:
		return t(ctx, "没填")
	case dim == "source":
		return SourceWord(ctx, value)
	}
	return LabelWord(ctx, dim, value)
}

// StoodKindWord names what it is told of.
func StoodKindWord(ctx context.Context, dim string) string {
	if dim == "source" {
		return t(ctx, "来源")
	}
	return LabelKindWord(ctx, dim)
}

// MediumWord names a medium by which a client and we touch.
func MediumWord(ctx context.Context, medium string) string {
	switch medium {
	case report.Online:
		return t(ctx, "线上（微信、在线客服、App、邮件）")
	case report.Voice:
		return t(ctx, "电话和短信")
	case report.Face:
		return t(ctx, "当面")
	}
	return t(ctx, "其他")
}

// Monthly is the page on which a month's report is read and issued.
type Monthly struct {
	Report           Report
	Month, Branch    string
	Months, Branches []ui.Option
	Key              string // of the form that issues it; "" = may not
	Issued           []MonthlyLine
}

// MonthlyLine is a report that was issued.
type MonthlyLine struct {
	Href, Name, By string
	At             Moment
}

// NotedText is a change worth a sentence; Better is -1 for the worse.
type NotedText struct {
	Text   string
	Better int
}

var measureWords = map[string][2]string{
	"waybills":       {lang.N("票数"), lang.N("按寄出的日子算的运单数，取消的也在内，和点开的名单一样多。")},
	"pieces":         {lang.N("件量"), lang.N("包裹件数，取消的不算。")},
	"freight":        {lang.N("运费"), lang.N("这些运单上的运费，元。")},
	"piece":          {lang.N("每件运费"), lang.N("运费 ÷ 件量。")},
	"signed":         {lang.N("签收率"), lang.N("已签收的票数 ÷ 票数；刚寄出的还没签收，最近的月会低一些。")},
	"trouble":        {lang.N("异常率"), lang.N("账单或轨迹说出了事的票数 ÷ 票数。")},
	"visits":         {lang.N("做过的拜访"), lang.N("日期在这个月、已经做了的拜访次数。")},
	"cases":          {lang.N("工单"), lang.N("这个月登记的投诉、咨询和建议；并到别件的不算。")},
	"complaints":     {lang.N("投诉"), lang.N("这个月登记的工单里的投诉。")},
	"complaint_rate": {lang.N("每万件投诉"), lang.N("投诉件数 ÷ 件量 × 10,000；件量太少的不算。")},
	"answered":       {lang.N("按时答复"), lang.N("在答应的时间以内答复的，除以已经见分晓的。")},
	"solved":         {lang.N("按时解决"), lang.N("在答应的时间以内解决的，除以已经见分晓的。")},
	"reopened":       {lang.N("重开过的"), lang.N("结了又重开过的工单。")},
	"ratings":        {lang.N("客户评价份数"), lang.N("这个月客户答了几份。")},
	"csi":            {lang.N("满意度指数"), lang.N("把 1 到 5 分换成 0 到 100，取平均。")},
}

// MeasureWord is a figure of the monthly report, MeasureMeaning how it is
// counted.
func MeasureWord(ctx context.Context, code string) string { return t(ctx, measureWords[code][0]) }

// MeasureMeaning see MeasureWord.
func MeasureMeaning(ctx context.Context, code string) string { return t(ctx, measureWords[code][1]) }

// NoteWord puts a change of the month into a sentence.
func NoteWord(ctx context.Context, n report.Note) string {
	name, by := MeasureWord(ctx, n.Code), tenths(max(n.Tenths, -n.Tenths))
	than := t(ctx, "上月")
	if n.Against == report.AgainstYear {
		than = t(ctx, "去年同月")
	}
	k := report.Kinds[n.Code]
	points := k.Unit == report.Share || k.Unit == report.Index
	switch {
	case points && n.Tenths > 0:
		return t(ctx, "%s比%s高了 %s 点", name, than, by)
	case points:
		return t(ctx, "%s比%s低了 %s 点", name, than, by)
	case n.Tenths > 0:
		return t(ctx, "%s比%s多了 %s%%", name, than, by)
	}
	return t(ctx, "%s比%s少了 %s%%", name, than, by)
}

// noteIcon tells the better from the worse without colour.
func noteIcon(better int) string {
	switch {
	case better > 0:
		return "circle-check"
	case better < 0:
		return "alert-triangle"
	}
	return "info-circle"
}

func noteKind(better int) string {
	switch {
	case better > 0:
		return "rep-good"
	case better < 0:
		return "rep-bad"
	}
	return ""
}

// above is the page to which a report leads back, "" for none.
func (r Report) above(ctx context.Context) (href, text string) {
	switch {
	case r.Up != "":
		return r.Up, t(ctx, "返回")
	case r.NoShelf:
		return "", ""
	}
	return "/reports", t(ctx, "报表")
}
