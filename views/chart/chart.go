// Package chart owns the diagrams: options built by go-echarts, written into
// the page as data and drawn by static/chart.js, with the same figures in a
// table beside them. It does not know what is counted; titles and labels come
// in the reader's language.
package chart

import (
	"strconv"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// Bars is one row of bars. Title says what the figures show; Label and Value
// head the table's columns.
type Bars struct {
	ID, Title, Sub string
	Label, Value   string
	Table          string // the summary that opens the table
	Labels         []string
	Counts         []int64

	// A second row of bars beside the first, paler; none when Beside is "".
	Beside       string
	BesideCounts []int64
}

// Options are the options of the diagram, ready to become JSON. Colours are
// names of the theme, which the script looks up.
func (b Bars) Options() map[string]any {
	bar := charts.NewBar()
	bar.SetGlobalOptions(
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "axis", Formatter: "{b}: {c}"}),
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(false)}),
		charts.WithGridOpts(opts.Grid{Left: "4", Right: "4", Top: "12", Bottom: "4", ContainLabel: opts.Bool(true)}),
		charts.WithXAxisOpts(opts.XAxis{AxisTick: &opts.AxisTick{Show: opts.Bool(false)}, AxisLabel: &opts.AxisLabel{Color: "--yk-ink-3"},
			AxisLine: &opts.AxisLine{LineStyle: &opts.LineStyle{Color: "--yk-line-2"}}}),
		charts.WithYAxisOpts(opts.YAxis{MinInterval: 1, AxisLabel: &opts.AxisLabel{Color: "--yk-ink-3"},
			SplitLine: &opts.SplitLine{Show: opts.Bool(true), LineStyle: &opts.LineStyle{Color: "--yk-line"}}}),
		charts.WithColorsOpts(opts.Colors{"--yk-c1"}),
	)
	data := make([]opts.BarData, len(b.Counts))
	for i, n := range b.Counts {
		data[i] = opts.BarData{Value: n}
	}
	bar.SetXAxis(b.Labels).AddSeries(b.Value, data)
	if b.Beside != "" {
		other := make([]opts.BarData, len(b.BesideCounts))
		for i, n := range b.BesideCounts {
			other[i] = opts.BarData{Value: n}
		}
		bar.AddSeries(b.Beside, other)
		bar.SetGlobalOptions(
			charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "axis"}),
			charts.WithLegendOpts(opts.Legend{Show: opts.Bool(true), Top: "0", Left: "0", TextStyle: &opts.TextStyle{Color: "--yk-ink-2"}}),
			charts.WithGridOpts(opts.Grid{Left: "4", Right: "4", Top: "32", Bottom: "4", ContainLabel: opts.Bool(true)}),
			charts.WithColorsOpts(opts.Colors{"--yk-c1", "--yk-line-2"}))
	}
	bar.Validate()
	return bar.JSON()
}

func (b Bars) dataID() string { return b.ID + "-data" }

func (b Bars) beside(i int) string { return strconv.FormatInt(b.BesideCounts[i], 10) }

func (b Bars) count(i int) string { return strconv.FormatInt(b.Counts[i], 10) }
