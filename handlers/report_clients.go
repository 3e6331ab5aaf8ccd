package handlers

import (
	"context"
	"slices"

	"yike/policy"
	"yike/policy/monthend"
	"yike/views"
	"yike/views/chart"
	"yike/views/lang"
	"yike/views/ui"
)

const clientsPath = "/reports/clients"

// clientsReport is how many clients there were at the end of each month, by
// class, stage, kind or source (R230).
func (h *Handlers) clientsReport() framed {
	return framed{path: clientsPath, reach: policy.WaybillRead, dims: monthend.Words[:], make: h.clientsOver}
}

func dimOptions(ctx context.Context, dims []string) (out []ui.Option) {
	for _, d := range dims {
		out = append(out, ui.Option{Value: d, Label: views.StoodKindWord(ctx, d)})
	}
	return out
}

func (h *Handlers) clientsOver(ctx context.Context, a policy.Actor, q reportQuery) (views.Report, error) {
	p := h.reportFrame(ctx, a, q, a.Scope(policy.WaybillRead))
	p.Title, p.Question, p.Dims = lang.T(ctx, "客户数量变化"), lang.T(ctx, "每个月底有多少客户，各级各类各多少，多了还是少了？"), dimOptions(ctx, monthend.Words[:])
	s, err := h.stoodOf(ctx, a, q, q.dim, 1, &p)
	if err != nil || p.Empty != "" {
		return p, err
	}
	words := slices.DeleteFunc(slices.Clone(stoodWords(q.dim)), func(w string) bool {
		for m := s.from; m <= s.to; m++ {
			if s.count(m, monthend.Ask{Now: []string{w}}) > 0 {
				return false
			}
		}
		return true
	})
	p.Means = clientsMeans(ctx, q.dim)
	p.Top = clientsTop(ctx, s)
	p.Stacks = []chart.Stack{clientsStack(ctx, s, words)}
	p.Tables = []views.ReportTable{clientsLatest(ctx, s, words, h.db.BranchName(q.with)), clientsMonths(ctx, s, words, h.db.BranchName(q.with))}
	return p, nil
}

func clientsMeans(ctx context.Context, dim string) []views.ReportMeaning {
	of := map[string]string{
		"class":  lang.T(ctx, "月底那天档案上的分级；建档以前的月份算未分级。"),
		"stage":  lang.T(ctx, "按分级规则里的生命周期，用到月底为止的运单算；账单来晚了，夜里重算。手工改的阶段不算在内。"),
		"kind":   lang.T(ctx, "月底那天档案上的客户类型。"),
		"source": lang.T(ctx, "月底那天档案上的客户来源。"),
	}
	return []views.ReportMeaning{
		{Name: lang.T(ctx, "客户数"), Text: lang.T(ctx, "月底在名册上的客户：建了档的，或者已经发过件的；在回收站里的不算。按客户现在所在的网点算。")},
		{Name: views.StoodKindWord(ctx, dim), Text: of[dim]},
		{Name: lang.T(ctx, "新进"), Text: lang.T(ctx, "上个月底还不在名册、这个月底在的。")},
		{Name: lang.T(ctx, "离开"), Text: lang.T(ctx, "上个月底还在名册、这个月底不在的。")},
		{Name: lang.T(ctx, "比上月底"), Text: lang.T(ctx, "客户数和上个月底比。")},
		{Name: lang.T(ctx, "比去年同月底"), Text: lang.T(ctx, "客户数和去年同月的月底比。")},
	}
}

// anyOf are all the clients that stood somewhere at the end of a month; came and
// left are those that did not before, and do not any more.
func anyOf(dim string) monthend.Ask { return monthend.Ask{Now: stoodWords(dim)} }

func cameOf(dim string) monthend.Ask {
	return monthend.Ask{Was: []string{""}, Now: stoodWords(dim)}
}

func leftOf(dim string) monthend.Ask {
	return monthend.Ask{Was: stoodWords(dim), Now: []string{""}}
}

func clientsTop(ctx context.Context, s stood) []ui.StatProps {
	m := clientsMeans(ctx, s.dim)
	stat := func(label, means string, ask monthend.Ask) ui.StatProps {
		now := s.count(s.to, ask)
		c := s.cell(s.to, ask)
		return ui.StatProps{Label: label, Value: c.Text, Href: c.Href, Title: means,
			Note: lang.T(ctx, "比上月底 %s，比去年同月底 %s", movedBy(now, s.count(s.to-1, ask)).Text, movedBy(now, s.count(s.to-12, ask)).Text)}
	}
	return []ui.StatProps{stat(lang.T(ctx, "%s 底客户数", monthend.Month(s.to)), m[0].Text, anyOf(s.dim)), stat(m[2].Name, m[2].Text, cameOf(s.dim)), stat(m[3].Name, m[3].Text, leftOf(s.dim))}
}

// stackMost is how many parts a bar has; the others are one.
const stackMost = 7

func clientsStack(ctx context.Context, s stood, words []string) chart.Stack {
	c := chart.Stack{ID: "rep-clients", Title: lang.T(ctx, "每个月底的客户数"), Sub: views.StoodKindWord(ctx, s.dim), Label: lang.T(ctx, "月底"), Table: lang.T(ctx, "看数字")}
	for m := s.from; m <= s.to; m++ {
		c.Labels = append(c.Labels, monthend.Month(m))
	}
	for i, w := range words {
		name, part := views.StoodWord(ctx, s.dim, w), []string{w}
		if i >= stackMost {
			continue
		}
		if i == stackMost-1 && len(words) > stackMost {
			name, part = lang.T(ctx, "其余"), words[i:]
		}
		var counts []int64
		for m := s.from; m <= s.to; m++ {
			counts = append(counts, s.count(m, monthend.Ask{Now: part}))
		}
		c.Names, c.Counts = append(c.Names, name), append(c.Counts, counts)
	}
	return c
}

// clientsLatest is the last of the months, compared.
func clientsLatest(ctx context.Context, s stood, words []string, with string) views.ReportTable {
	m := clientsMeans(ctx, s.dim)
	t := views.ReportTable{Title: lang.T(ctx, "%s 底", monthend.Month(s.to)), Head: m[1].Name, Columns: []views.ReportColumn{{Label: m[0].Name, Means: m[0].Text}, {Label: lang.T(ctx, "占比"), Means: lang.T(ctx, "占全部客户的几分之几。")},
		{Label: m[4].Name, Means: m[4].Text}, {Label: m[5].Name, Means: m[5].Text}}}
	beside := with != "" && s.with != nil
	if beside {
		t.Columns = append(t.Columns, views.ReportColumn{Label: lang.T(ctx, "%s的占比", with), Means: lang.T(ctx, "占全部客户的几分之几。")})
	}
	all := anyOf(s.dim)
	row := func(name string, ask monthend.Ask) views.ReportRow {
		n := s.count(s.to, ask)
		r := views.ReportRow{Name: name, Cells: []views.ReportCell{s.cell(s.to, ask), shareCell(n, s.count(s.to, all)), movedBy(n, s.count(s.to-1, ask)), movedBy(n, s.count(s.to-12, ask))}}
		if beside {
			r.Cells = append(r.Cells, shareCell(ask.Of(s.with[s.to]), all.Of(s.with[s.to])))
		}
		return r
	}
	for _, w := range words {
		t.Rows = append(t.Rows, row(views.StoodWord(ctx, s.dim, w), monthend.Ask{Now: []string{w}}))
	}
	sum := row(lang.T(ctx, "一共"), all)
	sum.Sum = true
	t.Rows = append(t.Rows, sum)
	return t
}

// clientsMonths is each month.
func clientsMonths(ctx context.Context, s stood, words []string, with string) views.ReportTable {
	m := clientsMeans(ctx, s.dim)
	t := views.ReportTable{Title: lang.T(ctx, "每个月底"), Head: lang.T(ctx, "月底")}
	for _, w := range words {
		t.Columns = append(t.Columns, views.ReportColumn{Label: views.StoodWord(ctx, s.dim, w), Means: m[1].Text})
	}
	t.Columns = append(t.Columns, views.ReportColumn{Label: m[0].Name, Means: m[0].Text}, views.ReportColumn{Label: m[2].Name, Means: m[2].Text}, views.ReportColumn{Label: m[3].Name, Means: m[3].Text})
	beside := with != "" && s.with != nil
	if beside {
		t.Columns = append(t.Columns, views.ReportColumn{Label: lang.T(ctx, "%s的客户数", with), Means: m[0].Text})
	}
	for at := s.to; at >= s.from; at-- {
		r := views.ReportRow{Name: monthend.Month(at)}
		for _, w := range words {
			r.Cells = append(r.Cells, s.cell(at, monthend.Ask{Now: []string{w}}))
		}
		r.Cells = append(r.Cells, s.cell(at, anyOf(s.dim)), s.cell(at, cameOf(s.dim)), s.cell(at, leftOf(s.dim)))
		if beside {
			r.Cells = append(r.Cells, countCell(anyOf(s.dim).Of(s.with[at]), ""))
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}
