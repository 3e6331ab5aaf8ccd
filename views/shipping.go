package views

import (
	"context"

	"yike/policy/shipping"
	"yike/views/chart"
	"yike/views/lang"
	"yike/views/ui"
)

// ShippingPage is what a client's parcels tell of its habits.
type ShippingPage struct {
	ID, Name     string
	Client       WaybillClient // figures and months
	Charts       []chart.Bars
	Mixes        []ShippingMix
	Facts        []Fact
	Forecast     ClientForecast
	Note         string // what the hours rest on
	Time         TimePart
	Complaints   *ComplaintPart // nil for who sees no cases
	WaybillsHref string
}

// ShippingMix is a table of shares.
type ShippingMix struct {
	ID, Title, Label string
	Rows             []ShippingShare
	More             string // what was left out
}

// ShippingShare is one line of it.
type ShippingShare struct{ Label, Pieces, Share, Href string }

// ComplaintPart is how often a client complains.
type ComplaintPart struct {
	Count, Parcels string
	Rate           string // for each 10,000 parcels, "" = too few to tell
	Href, Text     string
}

// TimePart says whether time matters to a client, and asks.
type TimePart struct {
	Sensitive             bool
	Text, Marked          string
	Late, LateHref        string // of complaints of lateness; "" = none, or not for the reader
	Version, Mark, Reason string
	CanEdit               bool
	Errors                ui.Errors
}

func (p ShippingPage) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "mark", Label: t(ctx, "时效对他要紧吗")}, {Name: "reason", Label: t(ctx, "理由")}}
}

// TimeSaid says why time matters to a client or does not.
func TimeSaid(ctx context.Context, tm shipping.Timing) string {
	switch {
	case tm.Mark == shipping.Sensitive:
		return lang.T(ctx, "有人标了：时效对他要紧。")
	case tm.Mark == shipping.Patient:
		return lang.T(ctx, "有人标了：他不赶时间。")
	case tm.Few:
		return lang.T(ctx, "近 12 个月只有 %d 件，看不出来。", tm.Pieces)
	}
	return lang.T(ctx, "近 12 个月 %d 件里，时效和同城件 %d 件，占 %d%%；规则是 %d%% 起算。", tm.Pieces, tm.Express, tm.Share, tm.Threshold)
}

// LateSaid says how often a client complained of lateness, and what the rule
// makes of it.
func LateSaid(ctx context.Context, tm shipping.Timing) string {
	return lang.T(ctx, "%d 个月里投诉派送慢 %d 次，规则是 %d 次起算。", tm.Months, tm.Late, tm.Complaints)
}

// TimeMarkWord is a mark in words.
func TimeMarkWord(ctx context.Context, mark string) string {
	switch shipping.Mark(mark) {
	case shipping.Sensitive:
		return lang.T(ctx, "要紧")
	case shipping.Patient:
		return lang.T(ctx, "不要紧")
	}
	return lang.T(ctx, "按时效件和投诉")
}

func timeMarkOptions(ctx context.Context) []ui.Option {
	return []ui.Option{{Value: "auto", Label: TimeMarkWord(ctx, "")}, {Value: "yes", Label: TimeMarkWord(ctx, "yes")}, {Value: "no", Label: TimeMarkWord(ctx, "no")}}
}

// WeekdayShort names a day of the week, 0 = Monday.
func WeekdayShort(ctx context.Context, i int) string {
	return lang.T(ctx, [7]string{lang.N("周一"), lang.N("周二"), lang.N("周三"), lang.N("周四"), lang.N("周五"), lang.N("周六"), lang.N("周日")}[i])
}
