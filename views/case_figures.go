package views

import (
	"cmp"
	"context"

	"yike/policy/casework"
	"yike/views/chart"
	"yike/views/lang"
	"yike/views/ui"
)

var promiseWords = map[string]string{"answer_kept": lang.N("按时答复"), "answer_late": lang.N("答复超时"), "solve_kept": lang.N("按时解决"), "solve_late": lang.N("解决超时")}

// PromiseWord says how a promised time was kept.
func PromiseWord(ctx context.Context, code string) string { return word(ctx, promiseWords, code) }

// CaseFigures is the page of what cases come to.
type CaseFigures struct {
	Branch, Kind, From, To string
	Wall                   bool // times by the clock on the wall
	Branches, Months       []ui.Option
	Views                  []NavItem
	TooMany                bool
	Most                   int64
	Top, Cost              []ui.StatProps
	Charts                 []chart.Bars
	Causes                 FigureTable
	Parts, Halves          []FigureTable
	RateMonths             []string
	RateRows               []RateRow
	RateMore, CallsMore    string // where a table that was cut off goes on
	Calls                  []CallRow
	XLSX, Printed          string
}

// FigureTable is one table of figures. Times says how long it took and what was
// in time, Rates how many parcels there were.
type FigureTable struct {
	Title, Head, Note         string
	More                      string // where it goes on, "" = it is whole
	Times, Rates, Upto, Notes bool
	Rows                      []FigureRow
}

// FigureRow is what the cases of one cause, branch, … come to; Below is part of
// the row before it.
type FigureRow struct {
	Name, Note, Href, Share, Upto      string
	Below                              bool
	N, AnswerLate, SolveLate, Reopened int64
	Answer, Answer90, Solve, Solve90   string
	AnswerKept, SolveKept              string
	AnswerLateHref, SolveLateHref      string
	ReopenedHref                       string
	Parcels, Rate                      string
}

// CallRow is, of a branch's cases that rules opened for parcels, how many there
// are and of how many the client was called first.
type CallRow struct {
	Name                   string
	N, First               int64
	Href, FirstHref, Share string
}

// RateRow is a branch: the whole span, then each month.
type RateRow struct {
	Name  string
	Cells []RateCell
}

// RateCell is how many complaints came to how many parcels.
type RateCell struct {
	Rate, Parcels, Href string
	Complaints          int64
}

func (p CaseFigures) kinds(ctx context.Context) []ui.Option {
	return append([]ui.Option{{Value: "all", Label: t(ctx, "全部")}}, CaseKindOptions(ctx)...)
}

// kind is the chosen one as the form has it.
func (p CaseFigures) kind() string { return cmp.Or(p.Kind, "complaint") }

func (p CaseFigures) time() string {
	if p.Wall {
		return "wall"
	}
	return "work"
}

// said is how the figures are counted.
func (p CaseFigures) said(ctx context.Context) string {
	times := t(ctx, "时间只算网点的营业时间")
	if p.Wall {
		times = t(ctx, "时间按钟表算")
	}
	return t(ctx, "按登记的日子算；并到别件的不算。%s，从登记算起，等客户的暂停也在内。中位：一半的件不超过它；九成：十件里九件不超过它。按时 = 在答应的时间以内的，除以已经见分晓的；没到时间的、停着的、没有时限的不算。每万件投诉 = 投诉件数 ÷ 件量 × 10,000，件量不含取消的，不到 %d 件的不算。", times, casework.LeastParcels)
}

func (f FigureTable) columns(ctx context.Context) []ui.Column {
	out := []ui.Column{{Label: f.Head}, {Label: t(ctx, "件数"), Right: true}, {Label: t(ctx, "占全部"), Right: true}}
	if f.Upto {
		out = append(out, ui.Column{Label: t(ctx, "累计"), Right: true})
	}
	if f.Rates {
		out = append(out, ui.Column{Label: t(ctx, "件量"), Right: true}, ui.Column{Label: t(ctx, "每万件投诉"), Right: true})
	}
	if f.Times {
		out = append(out, ui.Column{Label: t(ctx, "首次答复"), Right: true}, ui.Column{Label: t(ctx, "按时答复"), Right: true}, ui.Column{Label: t(ctx, "答复超时"), Right: true},
			ui.Column{Label: t(ctx, "解决"), Right: true}, ui.Column{Label: t(ctx, "按时解决"), Right: true}, ui.Column{Label: t(ctx, "解决超时"), Right: true}, ui.Column{Label: t(ctx, "重开过的"), Right: true})
	}
	if f.Notes {
		out = append(out, ui.Column{Label: t(ctx, "最多的原因")})
	}
	return out
}

func (p CaseFigures) rateColumns(ctx context.Context) []ui.Column {
	out := []ui.Column{{Label: t(ctx, "网点")}, {Label: t(ctx, "一共"), Right: true}}
	for _, m := range p.RateMonths {
		out = append(out, ui.Column{Label: m, Right: true})
	}
	return out
}

func (p CaseFigures) rateLabel(ctx context.Context, i int) string {
	if i == 0 {
		return t(ctx, "一共")
	}
	return p.RateMonths[i-1]
}
