package handlers

import (
	"context"
	"slices"

	"yike/policy"
	"yike/policy/classify"
	"yike/policy/monthend"
	"yike/policy/report"
	"yike/views"
	"yike/views/chart"
	"yike/views/lang"
)

const movesPath = "/reports/moves"

// moveDims are what a client moves in.
var moveDims = []string{"class", "stage"}

// movesReport is who moved from which class, or stage, to which in a month.
func (h *Handlers) movesReport() framed {
	return framed{path: movesPath, reach: policy.WaybillRead, dims: moveDims, make: h.movesOf}
}

// movement is a kind of moves that is counted by itself.
type movement struct {
	name, means string
	ask         monthend.Ask
}

// activeStages are those of clients that ship, from the first parcel until they
// are lost.
var activeStages = []string{classify.StageNew, classify.StageGrowing, classify.StageMature, classify.StageDeclining, classify.StageWonBack}

// Who was lost in a month, and who came back.
var (
	askLost = monthend.Ask{Was: activeStages, Now: []string{classify.StageLost}}
	askBack = monthend.Ask{Was: []string{classify.StageLost}, Now: activeStages}
)

// movements are those of a dimension, the better first.
func movements(ctx context.Context, dim string) []movement {
	words := stoodWords(dim)
	var up, down, same []monthend.Move
	for i, was := range words {
		for j, now := range words {
			switch m := (monthend.Move{Was: was, Now: now}); {
			case i == j:
				same = append(same, m)
			case j < i:
				up = append(up, m)
			default:
				down = append(down, m)
			}
		}
	}
	last := []movement{{lang.T(ctx, "没变"), lang.T(ctx, "上个月底和这个月底一样的。"), monthend.Ask{Only: same}},
		{lang.T(ctx, "新进"), lang.T(ctx, "上个月底还不在名册、这个月底在的。"), cameOf(dim)}, {lang.T(ctx, "离开"), lang.T(ctx, "上个月底还在名册、这个月底不在的。"), leftOf(dim)}}
	if dim == "class" {
		return append([]movement{{lang.T(ctx, "升级"), lang.T(ctx, "分级比上个月底高的，从未分级到有分级也算。"), monthend.Ask{Only: up}}, {lang.T(ctx, "降级"), lang.T(ctx, "分级比上个月底低的。"), monthend.Ask{Only: down}}}, last...)
	}
	return append([]movement{{lang.T(ctx, "赢回"), lang.T(ctx, "上个月底是流失、这个月底又在发件的。"), askBack}, {lang.T(ctx, "流失"), lang.T(ctx, "上个月底还在发件、这个月底成了流失的。"), askLost}}, last...)
}

func (h *Handlers) movesOf(ctx context.Context, a policy.Actor, q reportQuery) (views.Report, error) {
	q.first = q.last
	p := h.reportFrame(ctx, a, q, a.Scope(policy.WaybillRead))
	p.Title, p.Question, p.Dims, p.OneMonth = lang.T(ctx, "客户迁移"), lang.T(ctx, "这个月谁从哪一级、哪个阶段变到了哪里？"), dimOptions(ctx, moveDims), true
	p.Span = q.last.String()[:7]
	s, err := h.stoodOf(ctx, a, q, q.dim, 11, &p)
	if err != nil || p.Empty != "" {
		return p, err
	}
	list := movements(ctx, q.dim)
	for _, m := range list {
		p.Means = append(p.Means, views.ReportMeaning{Name: m.name, Text: m.means})
	}
	p.Means = append(p.Means, clientsMeans(ctx, q.dim)[:2]...)
	p.Charts = []chart.Bars{movesBars(ctx, s, list)}
	p.Tables = []views.ReportTable{movesMatrix(ctx, s), movesSummary(ctx, s, list, h.db.BranchName(q.with))}
	return p, nil
}

// movesBars are the better and the worse of a year, month by month.
func movesBars(ctx context.Context, s stood, list []movement) chart.Bars {
	b := chart.Bars{ID: "rep-moves", Title: lang.T(ctx, "一年来的%s和%s", list[0].name, list[1].name), Sub: lang.T(ctx, "每个月几位，浅色是%s", list[1].name), Label: lang.T(ctx, "月"), Value: list[0].name, Beside: list[1].name, Table: lang.T(ctx, "看数字")}
	for m := max(s.first, s.to-11); m <= s.to; m++ {
		b.Labels, b.Counts, b.BesideCounts = append(b.Labels, monthend.Month(m)), append(b.Counts, s.count(m, list[0].ask)), append(b.BesideCounts, s.count(m, list[1].ask))
	}
	return b
}

// movesMatrix is from what to what.
func movesMatrix(ctx context.Context, s stood) views.ReportTable {
	words := append(slices.Clone(stoodWords(s.dim)), "")
	t := views.ReportTable{Title: lang.T(ctx, "从上个月底（行）到这个月底（列）"), Sub: lang.T(ctx, "斜线上是没变的，不上色；其余的越深越多。点数字看是谁。"), Head: lang.T(ctx, "上个月底"), Heat: true}
	most := int64(0)
	for m, n := range s.now[s.to] {
		if m.Was != m.Now {
			most = max(most, n)
		}
	}
	for _, now := range words {
		t.Columns = append(t.Columns, views.ReportColumn{Label: views.StoodWord(ctx, s.dim, now), Means: lang.T(ctx, "这个月底")})
	}
	t.Columns = append(t.Columns, views.ReportColumn{Label: lang.T(ctx, "一共"), Means: lang.T(ctx, "上个月底有几位。")})
	line := func(name string, was []string) views.ReportRow {
		r := views.ReportRow{Name: name}
		for _, now := range words {
			ask := monthend.Ask{Was: was, Now: []string{now}}
			c := s.cell(s.to, ask)
			if len(was) == 1 && was[0] != now {
				c.Level = report.Level(int64(c.N), most)
			}
			r.Cells = append(r.Cells, c)
		}
		all := monthend.Ask{Was: was}
		if len(was) != 1 {
			all = monthend.Ask{Was: words}
		}
		r.Cells = append(r.Cells, s.cell(s.to, all))
		return r
	}
	for _, was := range words {
		t.Rows = append(t.Rows, line(views.StoodWord(ctx, s.dim, was), []string{was}))
	}
	sum := line(lang.T(ctx, "一共"), words)
	sum.Sum = true
	t.Rows = append(t.Rows, sum)
	return t
}

// movesSummary compares the month with the one before, a year ago and another
// branch.
func movesSummary(ctx context.Context, s stood, list []movement, with string) views.ReportTable {
	base := func(month int32) int64 { return s.count(month, monthend.Ask{Was: stoodWords(s.dim)}) }
	t := views.ReportTable{Title: lang.T(ctx, "小结"), Sub: lang.T(ctx, "占比是占上个月底的客户"), Head: lang.T(ctx, "怎么动的"), Columns: []views.ReportColumn{{Label: lang.T(ctx, "当月"), Means: lang.T(ctx, "几位客户，点开就是他们。")}, {Label: lang.T(ctx, "占比"), Means: lang.T(ctx, "除以上个月底在名册上的客户。")},
		{Label: lang.T(ctx, "上月"), Means: lang.T(ctx, "再前一个月里的。")}, {Label: lang.T(ctx, "去年同月"), Means: lang.T(ctx, "去年这个月里的。")}}}
	beside := with != "" && s.with != nil
	if beside {
		t.Columns = append(t.Columns, views.ReportColumn{Label: lang.T(ctx, "%s的占比", with), Means: lang.T(ctx, "除以上个月底在名册上的客户。")})
	}
	for _, m := range list {
		r := views.ReportRow{Name: m.name, Cells: []views.ReportCell{s.cell(s.to, m.ask), shareCell(s.count(s.to, m.ask), base(s.to)), s.cell(s.to-1, m.ask), s.cell(s.to-12, m.ask)}}
		if beside {
			r.Cells = append(r.Cells, shareCell(m.ask.Of(s.with[s.to]), monthend.Ask{Was: stoodWords(s.dim)}.Of(s.with[s.to])))
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}
