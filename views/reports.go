package views

import (
	"context"
	"strconv"

	"yike/views/chart"
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
	From, To         string // months
	Branch, With     string // With is the branch that is compared with
	Months           []ui.Option
	Branches, Others []ui.Option
	Empty            string // why there is nothing to show; "" = there is
	Top              []ui.StatProps
	Charts           []chart.Bars
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
	Cells      []ReportCell
	Sum        bool
}

// ReportCell is a figure. N is the same as a number, for the workbook, where
// Counts; Level is its shade in a table with Heat.
type ReportCell struct {
	Text, Note, Href string
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
