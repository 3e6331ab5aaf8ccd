package views

import (
	"context"

	"yike/policy/pareto"
	"yike/views/ui"
)

// CoreStates are what the list of the core may be narrowed to.
var CoreStates = []string{pareto.Stays, pareto.Joined, pareto.Fell}

// CoreStateWord says whether a client stayed in the core, came or fell out.
func CoreStateWord(ctx context.Context, state string) string {
	switch state {
	case pareto.Joined:
		return t(ctx, "新进来")
	case pareto.Fell:
		return t(ctx, "掉出去")
	}
	return t(ctx, "一直在")
}

// CorePage is the page of the few clients who bring most of the freight.
type CorePage struct {
	Branch, Share, Show, Sort string
	Branches, Shares          []ui.Option
	Known                     bool   // somebody shipped in either span
	Span, Through             string // the months compared, and up to which day parcels are known
	Figures                   []ui.StatProps
	Rows                      []CoreLine
	SortRank, SortSwing       string // addresses of the orders
	XLSX                      string // "" = may not export
	Pager                     ui.PagerProps
}

// CoreLine is a client of the core.
type CoreLine struct {
	Href, Name, Code, Class, Owner, Rank, State string
	Now, Before, Swing, Moved, Share, Sum       string
	Less                                        bool
}

func (p CorePage) columns(ctx context.Context) []ui.Column {
	byRank, bySwing := "ascending", ""
	if p.Sort == "swing" {
		byRank, bySwing = bySwing, byRank
	}
	return []ui.Column{{Label: t(ctx, "客户")}, {Label: t(ctx, "名次"), Right: true, Href: p.SortRank, Sort: byRank}, {Label: t(ctx, "业务员")}, {Label: t(ctx, "这几个月运费"), Right: true},
		{Label: t(ctx, "前几个月运费"), Right: true}, {Label: t(ctx, "变化"), Right: true, Href: p.SortSwing, Sort: bySwing}, {Label: t(ctx, "占全部"), Right: true}, {Label: t(ctx, "累计"), Right: true}}
}

func coreStateOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, s := range CoreStates {
		out = append(out, ui.Option{Value: s, Label: CoreStateWord(ctx, s)})
	}
	return out
}
