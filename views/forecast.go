package views

import (
	"context"
	"strconv"

	"yike/policy/forecast"
	"yike/views/lang"
	"yike/views/ui"
)

// ForecastShows are what the list of what is to come may be narrowed to.
var ForecastShows = []string{"more", "less"}

// ForecastPage is the page of what clients are to send next month.
type ForecastPage struct {
	Branch, Show, Month, Through string
	Branches                     []ui.Option
	Known                        bool // something can be said of somebody
	Wide                         bool // a branch is to be chosen first
	Figures                      []ui.StatProps
	Rows                         []ForecastLine
	XLSX                         string // "" = may not export
	Pager                        ui.PagerProps
}

// ForecastLine is what a client is to send.
type ForecastLine struct {
	Href, Name, Class, Owner, Moved    string
	Pieces, Level, Change, Season, Off string
}

// ClientForecast is what one client is to send, in words.
type ClientForecast struct {
	Title, Said, Season, Tested string
}

// ForecastSaid puts what a client is to send in a month into words.
func ForecastSaid(ctx context.Context, month string, f forecast.Forecast) ClientForecast {
	level := f.Pieces - f.Change()
	p := ClientForecast{Title: t(ctx, "%s 预计", month), Said: t(ctx, "大约 %s 件，近三个月每月平均 %s 件。", Thousands(f.Pieces), Thousands(level)),
		Season: t(ctx, "去年的件不够多，看不出淡旺季，照平均估。"), Tested: t(ctx, "月份还不够，没法拿过去验证。")}
	if f.Seasonal {
		p.Season = t(ctx, "去年这个月是它前面那几个月的 %s 倍，今年照这样估。", times(f.Season))
	}
	if off := ForecastOff(f); off != "" {
		p.Tested = t(ctx, "照这样回头估过去 %d 个月，平均差 %s。", f.Months, off)
	}
	return p
}

func times(season float64) string { return strconv.FormatFloat(season, 'f', 2, 64) }

// SeasonWord is the season of a year ago as a multiple; "–" when it is not known.
func SeasonWord(ctx context.Context, f forecast.Forecast) string {
	if !f.Seasonal {
		return "–"
	}
	return t(ctx, "%s 倍", times(f.Season))
}

// ForecastOff is by how much the way was off where it was tested; "" when it was
// not.
func ForecastOff(f forecast.Forecast) string {
	part, known := f.Error()
	if !known {
		return ""
	}
	return strconv.FormatFloat(part*100, 'f', 0, 64) + "%"
}

func forecastShowOptions(ctx context.Context) []ui.Option {
	words := map[string]string{"more": lang.N("要多寄的"), "less": lang.N("要少寄的")}
	return optionsOf(ctx, ForecastShows, words)
}
