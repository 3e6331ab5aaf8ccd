// Package chart owns the diagrams: options in go-echarts' types, written into
// the page as data and drawn by static/chart.js, with the same figures in a
// table beside them. It does not know what is counted; titles and labels come
// in the reader's language.
package chart

import (
	"strconv"

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

	// A line over the bars with an axis of its own, in tenths; none when Line is
	// "". LineMost is where its axis ends, 0: where the figures do.
	Line       string
	LineTenths []int64
	LineMost   int
	LineMark   int // a dashed line across at this height of its axis; 0 = none
}

// series is one row of bars as ECharts takes it.
type series struct {
	Name  string         `json:"name"`
	Type  string         `json:"type"`
	YAxis int            `json:"yAxisIndex,omitempty"`
	Data  []opts.BarData `json:"data"`
	Mark  map[string]any `json:"markLine,omitempty"`
}

func bars(name string, counts []int64) series {
	data := make([]opts.BarData, len(counts))
	for i, n := range counts {
		data[i] = opts.BarData{Value: n}
	}
	return series{Name: name, Type: "bar", Data: data}
}

// Options are the options of the diagram, ready to become JSON. Colours are
// names of the theme, which the script looks up. They are put together from
// go-echarts' option types: its chart types would link its own HTML renderer,
// and with text/template every exported method of the program.
func (b Bars) Options() map[string]any {
	o := map[string]any{
		"tooltip": opts.Tooltip{Show: opts.Bool(true), Trigger: "axis", Formatter: "{b}: {c}"},
		"legend":  opts.Legend{Show: opts.Bool(false)},
		"grid":    opts.Grid{Left: "4", Right: "4", Top: "12", Bottom: "4", ContainLabel: opts.Bool(true)},
		"xAxis": opts.XAxis{Data: b.Labels, AxisTick: &opts.AxisTick{Show: opts.Bool(false)}, AxisLabel: &opts.AxisLabel{Color: "--yk-ink-3"},
			AxisLine: &opts.AxisLine{LineStyle: &opts.LineStyle{Color: "--yk-line-2"}}},
		"yAxis": opts.YAxis{MinInterval: 1, AxisLabel: &opts.AxisLabel{Color: "--yk-ink-3"},
			SplitLine: &opts.SplitLine{Show: opts.Bool(true), LineStyle: &opts.LineStyle{Color: "--yk-line"}}},
		"color": opts.Colors{"--yk-c1"},
	}
	rows := []series{bars(b.Value, b.Counts)}
	if b.Beside != "" {
		rows = append(rows, bars(b.Beside, b.BesideCounts))
		o["tooltip"] = opts.Tooltip{Show: opts.Bool(true), Trigger: "axis"}
		o["legend"] = opts.Legend{Show: opts.Bool(true), Top: "0", Left: "0", TextStyle: &opts.TextStyle{Color: "--yk-ink-2"}}
		o["grid"] = opts.Grid{Left: "4", Right: "4", Top: "32", Bottom: "4", ContainLabel: opts.Bool(true)}
		o["color"] = opts.Colors{"--yk-c1", "--yk-line-2"}
	}
	if b.Line != "" {
		rows = append(rows, b.line())
		o["tooltip"] = opts.Tooltip{Show: opts.Bool(true), Trigger: "axis"}
		o["legend"] = opts.Legend{Show: opts.Bool(true), Top: "0", Left: "0", TextStyle: &opts.TextStyle{Color: "--yk-ink-2"}}
		o["grid"] = opts.Grid{Left: "4", Right: "4", Top: "32", Bottom: "4", ContainLabel: opts.Bool(true)}
		o["color"] = opts.Colors{"--yk-c1", "--yk-ink-2"}
		right := opts.YAxis{Min: 0, AxisLabel: &opts.AxisLabel{Color: "--yk-ink-3"}, SplitLine: &opts.SplitLine{Show: opts.Bool(false)}}
		if b.LineMost > 0 {
			right.Max = b.LineMost
		}
		o["yAxis"] = []any{o["yAxis"], right}
	}
	o["series"] = rows
	return o
}

func (b Bars) line() series {
	s := series{Name: b.Line, Type: "line", YAxis: 1}
	for _, n := range b.LineTenths {
		s.Data = append(s.Data, opts.BarData{Value: float64(n) / 10})
	}
	if b.LineMark > 0 {
		s.Mark = map[string]any{"silent": true, "symbol": "none", "data": []any{map[string]any{"yAxis": b.LineMark}}, "lineStyle": opts.LineStyle{Type: "dashed", Color: "--yk-ink-3"},
			"label": opts.Label{Formatter: "{c}%", Position: "insideEndTop", Color: "--yk-ink-3"}}
	}
	return s
}

// tenth is a point of the line as the table has it.
func (b Bars) tenth(i int) string {
	return strconv.FormatFloat(float64(b.LineTenths[i])/10, 'f', 1, 64)
}

func (b Bars) dataID() string { return b.ID + "-data" }

func (b Bars) beside(i int) string { return strconv.FormatInt(b.BesideCounts[i], 10) }

func (b Bars) count(i int) string { return strconv.FormatInt(b.Counts[i], 10) }
