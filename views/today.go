package views

import (
	"context"

	"yike/policy/today"
	"yike/views/lang"
	"yike/views/ui"
)

// TodayPage is the page with which a day begins.
type TodayPage struct {
	Day     string // today, in words
	Leads   bool   // sees everybody's work, too
	Mine    bool   // shows one's own
	Back    string // this page's address
	Figures []ui.StatProps
	Rows    []TodayLine
	Count   int  // things to do, with those that are not shown
	More    bool // not all are shown
	Due     []DueLine
	Loads   []TodayLoad
	LoadsOf string
	Before  TodayBefore
	First   FirstSteps
	// Unassigned is how many open cases nobody handles, "" for none or for whoever assigns none.
	Unassigned string
	Said       []Flash // of the act after which the page is drawn anew in its place
}

// TodayLine is one thing to do. What can be done where it stands has TodoDo or
// GreetDo; else Act leads to where it is done.
type TodayLine struct {
	Group                  string // heads the rows from this one on
	Kind, Icon             string
	Href, Title, Text      string
	Class                  string
	Customer, CustomerHref string
	State, Badge           string // of the time until when
	Who                    string
	Act, ActText           string
	ID, Version            string
	TodoDo, GreetDo        bool
	KeepDo                 bool   // what was promised can be done here
	Promised               string // when it was promised, in words
	By                     string // by which a greeting was done
}

// TodayBefore is how yesterday went, beside the same weekday before.
type TodayBefore struct {
	Title    string // names both days
	Rows     []TodayFigure
	Odd      []TodayOdd // branches out of line, the furthest first
	Compared int        // branches that were compared; 0: there is only one
	Branches []TodayBranch
}

// TodayFigure is a figure of yesterday; Href opens the list that it counts.
type TodayFigure struct{ Label, Value, Href, Then, Change, Kind string }

// TodayOdd is a figure of a branch that is out of line, and why.
type TodayOdd struct{ Branch, Figure, Value, Href, Why, Change, Kind string }

// TodayBranch is yesterday at a branch.
type TodayBranch struct {
	Name    string
	Figures []TodayFigure
}

// TodayLoad is the open work of a person, or at a branch.
type TodayLoad struct {
	Name                                               string
	Cases, LateCases, Todos, LateTodos                 string
	CasesHref, LateCasesHref, TodosHref, LateTodosHref string
	Visits, VisitsHref                                 string // clients who are owed a visit; "" of a branch
}

// side says whether there is a second column.
func (p TodayPage) side() bool { return len(p.Loads) > 0 || len(p.Before.Rows) > 0 }

var dayFigureWords = [...]string{today.Parcels: lang.N("运单"), today.Freight: lang.N("运费（元）"), today.Cases: lang.N("新开工单"), today.Visits: lang.N("拜访")}

// DayFigureWord names a figure of a day.
func DayFigureWord(ctx context.Context, f today.Figure) string {
	return lang.T(ctx, dayFigureWords[f])
}

func todayColumns(ctx context.Context, b TodayBefore) []ui.Column {
	out := []ui.Column{{Label: t(ctx, "网点")}}
	for _, x := range b.Rows {
		out = append(out, ui.Column{Label: x.Label, Right: true})
	}
	return out
}

func todayLoadColumns(ctx context.Context, p TodayPage) []ui.Column {
	out := []ui.Column{{Label: t(ctx, "谁")}, {Label: t(ctx, "工单"), Right: true}, {Label: t(ctx, "超时"), Right: true}, {Label: t(ctx, "待办"), Right: true}, {Label: t(ctx, "过期"), Right: true}}
	if len(p.Loads) > 0 && p.Loads[0].Visits != "" {
		out = append(out, ui.Column{Label: t(ctx, "该访没访"), Right: true})
	}
	return out
}
