package handlers

import (
	"context"

	"yike/policy"
	"yike/policy/classify"
	"yike/policy/monthend"
	"yike/policy/report"
	"yike/views"
	"yike/views/chart"
	"yike/views/lang"
	"yike/views/ui"
)

const (
	churnPath   = "/reports/churn"
	cohortCount = 12 // months of first parcels that are followed
)

// churnReport is who was lost, stayed and came back each month, and how long
// clients stay from their first parcel on (R224, R233).
func (h *Handlers) churnReport() framed {
	return framed{path: churnPath, reach: policy.WaybillRead, make: h.churn}
}

// Of whom the rates are told.
var (
	askActive  = monthend.Ask{Was: activeStages}
	askStayed  = monthend.Ask{Was: activeStages, Now: activeStages}
	askWasLost = monthend.Ask{Was: []string{classify.StageLost}}
	askBegan   = monthend.Ask{Was: []string{"", classify.StageProspect}, Now: activeStages}
)

func churnMeans(ctx context.Context) []views.ReportMeaning {
	return []views.ReportMeaning{
		{Name: lang.T(ctx, "月初在发件"), Text: lang.T(ctx, "上个月底发过件、还没流失的客户。几个月不发件算流失，按分级规则。")},
		{Name: lang.T(ctx, "流失"), Text: lang.T(ctx, "上个月底还在发件、这个月底成了流失的。")},
		{Name: lang.T(ctx, "流失率"), Text: lang.T(ctx, "流失 ÷ 月初在发件。")},
		{Name: lang.T(ctx, "留下"), Text: lang.T(ctx, "月初在发件、月底还没流失的。")},
		{Name: lang.T(ctx, "留存率"), Text: lang.T(ctx, "留下 ÷ 月初在发件。")},
		{Name: lang.T(ctx, "开始发件"), Text: lang.T(ctx, "上个月底还没发过件、这个月底发过的。")},
		{Name: lang.T(ctx, "赢回"), Text: lang.T(ctx, "上个月底是流失、这个月底又在发件的。")},
		{Name: lang.T(ctx, "赢回率"), Text: lang.T(ctx, "赢回 ÷ 上个月底流失的客户。")},
	}
}

func (h *Handlers) churn(ctx context.Context, a policy.Actor, q reportQuery) (views.Report, error) {
	p := h.reportFrame(ctx, a, q, a.Scope(policy.WaybillRead))
	p.Title, p.Question = lang.T(ctx, "流失、留存和赢回"), lang.T(ctx, "每个月丢了谁、留住多少、又回来谁；新客能留多久？")
	s, err := h.stoodOf(ctx, a, q, "stage", 1, &p)
	if err != nil || p.Empty != "" {
		return p, err
	}
	cohorts, err := h.db.ClientMoves(ctx, a.Scope(policy.WaybillRead), q.branch, monthend.Sent, max(s.first, s.to-cohortCount+1), s.to)
	if err != nil {
		return p, err
	}
	p.Means = churnMeans(ctx)
	p.Top = churnTop(ctx, s)
	p.Charts = []chart.Bars{churnBars(ctx, s)}
	p.Tables = []views.ReportTable{churnMonths(ctx, s, h.db.BranchName(q.with)), cohortTable(ctx, s, cohorts)}
	return p, nil
}

// rate is a part of a whole in a month; not known where either is not.
func (s stood) rate(month int32, part, whole monthend.Ask) views.ReportCell {
	n, of := s.count(month, part), s.count(month, whole)
	if n < 0 || of <= 0 {
		return views.ReportCell{Text: "–"}
	}
	return shareCell(n, of)
}

func churnTop(ctx context.Context, s stood) (out []ui.StatProps) {
	m := churnMeans(ctx)
	stat := func(label, means, value, href string, was, year views.ReportCell) {
		out = append(out, ui.StatProps{Label: label, Value: value, Href: href, Title: means, Note: lang.T(ctx, "上月 %s，去年同月 %s", was.Text, year.Text)})
	}
	for _, x := range []struct {
		at          int
		part, whole monthend.Ask
	}{{2, askLost, askActive}, {4, askStayed, askActive}, {7, askBack, askWasLost}} {
		stat(m[x.at].Name, m[x.at].Text, s.rate(s.to, x.part, x.whole).Text, s.cell(s.to, x.part).Href, s.rate(s.to-1, x.part, x.whole), s.rate(s.to-12, x.part, x.whole))
	}
	c := s.cell(s.to, askBegan)
	stat(m[5].Name, m[5].Text, c.Text, c.Href, s.cell(s.to-1, askBegan), s.cell(s.to-12, askBegan))
	return out
}

func churnBars(ctx context.Context, s stood) chart.Bars {
	m := churnMeans(ctx)
	b := chart.Bars{ID: "rep-churn", Title: lang.T(ctx, "每个月流失几位、赢回几位"), Sub: lang.T(ctx, "线是流失率，百分之几"), Label: lang.T(ctx, "月"), Value: m[1].Name, Beside: m[6].Name, Line: m[2].Name, Table: lang.T(ctx, "看数字")}
	for at := s.from; at <= s.to; at++ {
		tenths := int64(0)
		if of := s.count(at, askActive); of > 0 {
			tenths = s.count(at, askLost) * 1000 / of
		}
		b.Labels, b.Counts, b.BesideCounts, b.LineTenths = append(b.Labels, monthend.Month(at)), append(b.Counts, s.count(at, askLost)), append(b.BesideCounts, s.count(at, askBack)), append(b.LineTenths, tenths)
	}
	return b
}

func churnMonths(ctx context.Context, s stood, with string) views.ReportTable {
	t := views.ReportTable{Title: lang.T(ctx, "按月"), Head: lang.T(ctx, "月")}
	for _, m := range churnMeans(ctx) {
		t.Columns = append(t.Columns, views.ReportColumn{Label: m.Name, Means: m.Text})
	}
	t.Columns = append(t.Columns, views.ReportColumn{Label: lang.T(ctx, "去年流失率"), Means: lang.T(ctx, "去年同月的流失率。")})
	beside := with != "" && s.with != nil
	if beside {
		t.Columns = append(t.Columns, views.ReportColumn{Label: lang.T(ctx, "%s的流失率", with), Means: churnMeans(ctx)[2].Text})
	}
	for at := s.to; at >= s.from; at-- {
		r := views.ReportRow{Name: monthend.Month(at), Cells: []views.ReportCell{s.cell(at, askActive), s.cell(at, askLost), s.rate(at, askLost, askActive), s.cell(at, askStayed), s.rate(at, askStayed, askActive),
			s.cell(at, askBegan), s.cell(at, askBack), s.rate(at, askBack, askWasLost), s.rate(at-12, askLost, askActive)}}
		if beside {
			r.Cells = append(r.Cells, shareCell(askLost.Of(s.with[at]), askActive.Of(s.with[at])))
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

// cohortTable follows those who first shipped in a month through the months
// after.
func cohortTable(ctx context.Context, s stood, sent map[int32]map[monthend.Move]int64) views.ReportTable {
	t := views.ReportTable{Title: lang.T(ctx, "新客留多久"), Sub: lang.T(ctx, "行是首次发件的月，列是之后第几个月；数是那个月还在发件的客户，下面是占首月的几分之几"), Head: lang.T(ctx, "首次发件"), Heat: true}
	first := max(s.first, s.to-cohortCount+1)
	for i := range s.to - first + 1 {
		label := lang.T(ctx, "首月")
		if i > 0 {
			label = lang.T(ctx, "第 %d 月", i)
		}
		t.Columns = append(t.Columns, views.ReportColumn{Label: label, Means: lang.T(ctx, "那个月寄过件的客户，取消的运单不算。")})
	}
	for at := first; at <= s.to; at++ {
		ask := monthend.Ask{Was: []string{monthend.Month(at)}}
		all := ask.Of(sent[at])
		r := views.ReportRow{Name: monthend.Month(at)}
		for month := at; month <= s.to; month++ {
			n := ask.Of(sent[month])
			c := countCell(n, movedHref(s.q.branch, monthend.Key{Dim: monthend.Sent, Month: month}, ask))
			if all > 0 && month > at {
				c.Note = percent(n, all)
			}
			c.Level = report.Level(n, all)
			r.Cells = append(r.Cells, c)
		}
		for len(r.Cells) < len(t.Columns) {
			r.Cells = append(r.Cells, views.ReportCell{})
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}
