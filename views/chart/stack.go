package chart

import (
	"strconv"

	"github.com/go-echarts/go-echarts/v2/opts"
)

// Stack is one row of bars, each of several parts on top of each other: Counts
// are by part, then by label. The parts are told apart by colour and by
// pattern, so that they are on paper and without colour, too.
type Stack struct {
	ID, Title, Sub string
	Label          string // heads the labels in the table
	Table          string // the summary that opens the table
	Labels, Names  []string
	Counts         [][]int64
}

// part is a part of all bars as ECharts takes it.
type part struct {
	series
	Stack string `json:"stack"`
}

// Options are the options of the diagram, as those of Bars.
func (s Stack) Options() map[string]any {
	o := Bars{Labels: s.Labels, Beside: "-"}.Options()
	o["color"] = opts.Colors{"--yk-c1", "--yk-c3", "--yk-c2", "--yk-c4", "--yk-c5"}
	o["aria"] = map[string]any{"enabled": true, "label": map[string]any{"enabled": false}, "decal": map[string]any{"show": true}}
	o["grid"] = opts.Grid{Left: "4", Right: "4", Top: "52", Bottom: "4", ContainLabel: opts.Bool(true)}
	var list []part
	for i, name := range s.Names {
		list = append(list, part{bars(name, s.Counts[i]), "all"})
	}
	o["series"] = list
	return o
}

func (s Stack) dataID() string { return s.ID + "-data" }

func (s Stack) count(part, i int) string { return strconv.FormatInt(s.Counts[part][i], 10) }
