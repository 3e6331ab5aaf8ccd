package handlers

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"

	"yike/db"
	"yike/policy"
	"yike/policy/place"
	"yike/policy/profile"
	"yike/views"
	"yike/views/chart"
	"yike/views/lang"
	"yike/views/ui"
)

const (
	areasPath   = "/reports/areas"
	areasListed = 60
	areasDrawn  = 10

	byDistrict, byCity = "district", "city"
)

// areasReport is where the clients are, of what kind, and what each place
// brings, to plan where to look for more (R209).
func (h *Handlers) areasReport() framed {
	return framed{path: areasPath, reach: policy.WaybillRead, usual: 3, dims: []string{byDistrict, byCity}, make: h.areasOf}
}

func areaMeans(ctx context.Context) []views.ReportMeaning {
	return []views.ReportMeaning{
		{Name: lang.T(ctx, "客户"), Text: lang.T(ctx, "现在的客户，按资料里的地址分；回收站里的不算。")},
		{Name: lang.T(ctx, "件量"), Text: lang.T(ctx, "这些客户在这几个月寄的件。")},
		{Name: lang.T(ctx, "运费"), Text: lang.T(ctx, "这些客户在这几个月的运费，元。")},
		{Name: lang.T(ctx, "比上期"), Text: lang.T(ctx, "和紧挨着的前面一样多个月的运费比。")},
		{Name: lang.T(ctx, "比去年"), Text: lang.T(ctx, "和去年同样几个月的运费比。")},
		{Name: lang.T(ctx, "每户运费"), Text: lang.T(ctx, "运费 ÷ 客户，元。客户不少、每户不多的地方，还有得挖。")},
	}
}

func (h *Handlers) areasOf(ctx context.Context, a policy.Actor, q reportQuery) (views.Report, error) {
	p := h.reportFrame(ctx, a, q, a.Scope(policy.CustomerRead))
	p.Others = nil
	p.Dims = []ui.Option{{Value: byDistrict, Label: lang.T(ctx, "按区县")}, {Value: byCity, Label: lang.T(ctx, "按城市")}}
	p.Title, p.Question = lang.T(ctx, "客户分布"), lang.T(ctx, "客户在哪里，是哪一种，哪里还有得挖？")
	list, err := h.db.Areas(ctx, a.Scope(policy.CustomerRead), a.Scope(policy.WaybillRead), q.branch, q.first, q.months())
	if err != nil {
		return p, err
	}
	if len(list) == 0 {
		p.Empty = lang.T(ctx, "还没有客户。先导入客户台账。")
		return p, nil
	}
	if q.dim == byCity {
		list = gatherCities(list)
	}
	slices.SortFunc(list, func(a, b db.Area) int {
		return cmp.Or(cmp.Compare(b.Freight, a.Freight), cmp.Compare(b.Clients, a.Clients), cmp.Compare(a.City, b.City), cmp.Compare(a.Place, b.Place))
	})
	var all db.Area
	for _, x := range list {
		all = addArea(all, x)
	}
	p.Means = areaMeans(ctx)
	p.Top = []ui.StatProps{
		{Label: lang.T(ctx, "客户"), Value: views.Thousands(all.Clients), Title: p.Means[0].Text, Href: areaHref(q, "", nil)},
		{Label: lang.T(ctx, "有客户的地方"), Value: views.Thousands(int64(len(list)))},
		{Label: lang.T(ctx, "运费"), Value: moneyShown(all.Freight), Title: p.Means[2].Text, Note: lang.T(ctx, "比上期 %s，比去年 %s", movedCell(all.Freight, all.Before).Text, movedCell(all.Freight, all.Year).Text)},
		{Label: lang.T(ctx, "每户运费"), Value: perClient(all).Text, Title: p.Means[5].Text},
	}
	if all.Freight > 0 {
		p.Charts = []chart.Bars{areaBars(ctx, list)}
	}
	p.Tables = []views.ReportTable{areaTable(ctx, q, list, all, p.Means)}
	return p, nil
}

// gatherCities puts the districts of each city together.
func gatherCities(list []db.Area) (out []db.Area) {
	by := map[string]db.Area{}
	for _, x := range list {
		x.Place = x.City
		by[x.City] = addArea(by[x.City], x)
	}
	return slices.Collect(maps.Values(by))
}

func addArea(a, b db.Area) db.Area {
	sum := func(to, from map[string]int64) map[string]int64 {
		out := maps.Clone(from)
		if out == nil {
			out = map[string]int64{}
		}
		for k, n := range to {
			out[k] += n
		}
		return out
	}
	b.Kinds, b.Stages = sum(a.Kinds, b.Kinds), sum(a.Stages, b.Stages)
	b.Clients += a.Clients
	b.Pieces += a.Pieces
	b.Freight += a.Freight
	b.Before += a.Before
	b.Year += a.Year
	return b
}

// areaWord is how the list of customers asks for an area: a city, a district,
// or those of a city whose district is not known.
func areaWord(q reportQuery, x db.Area) string {
	switch {
	case x.City == "":
		return placeUnknown
	case q.dim == byDistrict && x.Place == x.City:
		return x.City + db.NoDistrict
	}
	return x.Place
}

func areaName(ctx context.Context, q reportQuery, x db.Area) string {
	if x.City == "" {
		return lang.T(ctx, "地址不清楚")
	}
	p, _ := place.Path(x.Place)
	name := p.City.Name + p.District.Name
	if p.City.Name == "" {
		name = p.Name()
	}
	if q.dim == byDistrict && x.Place == x.City {
		return lang.T(ctx, "%s，区县不清楚", name)
	}
	return name
}

// areaHref is the list of the clients of an area, narrowed; of all for "".
func areaHref(q reportQuery, word string, more url.Values) string {
	v := url.Values{}
	maps.Copy(v, more)
	if word != "" {
		v.Set("place", word)
	}
	if q.branch != 0 {
		v.Set("branch", idText(q.branch))
	}
	return hrefWith("/customers", v)
}

func perClient(x db.Area) views.ReportCell {
	if x.Clients == 0 {
		return views.ReportCell{Text: "–"}
	}
	return moneyCell(x.Freight / x.Clients)
}

func areaTable(ctx context.Context, q reportQuery, list []db.Area, all db.Area, m []views.ReportMeaning) views.ReportTable {
	t := views.ReportTable{Title: lang.T(ctx, "每个地方"), Sub: lang.T(ctx, "运费多的在前"), Head: lang.T(ctx, "地方"), Columns: []views.ReportColumn{{Label: m[0].Name, Means: m[0].Text}}}
	if len(list) > areasListed {
		t.Sub = lang.T(ctx, "运费多的在前，先列 %d 个，选一个网点看其余的", areasListed)
	}
	kinds, stages := profile.Kinds[:3], []string{"prospect", "lost"}
	for _, k := range kinds {
		t.Columns = append(t.Columns, views.ReportColumn{Label: views.KindWord(ctx, k), Means: m[0].Text})
	}
	for _, s := range stages {
		t.Columns = append(t.Columns, views.ReportColumn{Label: views.StageWord(ctx, s), Means: m[0].Text})
	}
	for _, x := range m[1:] {
		t.Columns = append(t.Columns, views.ReportColumn{Label: x.Name, Means: x.Text})
	}
	row := func(name, word string, x db.Area, sum bool) views.ReportRow {
		r := views.ReportRow{Name: name, Sum: sum, Cells: []views.ReportCell{countCell(x.Clients, areaHref(q, word, nil))}}
		for _, k := range kinds {
			r.Cells = append(r.Cells, countCell(x.Kinds[k], areaHref(q, word, url.Values{"kind": {k}})))
		}
		for _, s := range stages {
			r.Cells = append(r.Cells, countCell(x.Stages[s], areaHref(q, word, url.Values{"stage": {s}})))
		}
		r.Cells = append(r.Cells, countCell(x.Pieces, ""), moneyCell(x.Freight), movedCell(x.Freight, x.Before), movedCell(x.Freight, x.Year), perClient(x))
		return r
	}
	for _, x := range list[:min(len(list), areasListed)] {
		t.Rows = append(t.Rows, row(areaName(ctx, q, x), areaWord(q, x), x, false))
	}
	t.Rows = append(t.Rows, row(lang.T(ctx, "一共"), "", all, true))
	return t
}

func areaBars(ctx context.Context, list []db.Area) chart.Bars {
	b := chart.Bars{ID: "rep-areas", Title: lang.T(ctx, "运费最多的地方"), Sub: lang.T(ctx, "柱子是运费，元；线是每户运费"), Label: lang.T(ctx, "地方"), Value: lang.T(ctx, "运费"), Line: lang.T(ctx, "每户运费"), Table: lang.T(ctx, "看数字")}
	for _, x := range list[:min(len(list), areasDrawn)] {
		if x.Clients == 0 {
			continue
		}
		b.Labels, b.Counts, b.LineTenths = append(b.Labels, areaName(ctx, reportQuery{dim: byCity}, x)), append(b.Counts, x.Freight/100), append(b.LineTenths, x.Freight/x.Clients/10)
	}
	return b
}
