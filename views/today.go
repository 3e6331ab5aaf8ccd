package views

import "yike/views/ui"

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
	By                     string // by which a greeting was done
}

// TodayLoad is the open work of a person, or at a branch.
type TodayLoad struct {
	Name                                               string
	Cases, LateCases, Todos, LateTodos                 string
	CasesHref, LateCasesHref, TodosHref, LateTodosHref string
}
