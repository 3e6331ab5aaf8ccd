package views

import "yike/views/ui"

// CaseBoard is the page of open cases by their steps.
type CaseBoard struct {
	Filter   CaseFilterForm
	Chips    ui.ChipsProps
	Views    []NavItem // the list, the board, the figures
	Saved    SavedMenu
	Narrowed bool
	Empty    bool   // no open case
	Count    string // of the open ones
	Columns  []CaseColumn
	NewHref  string
	Printed  string
}

// CaseColumn is a step of the board. On a phone only the chosen one is shown;
// Href shows it there, ListHref lists all that stands at it. More is how many
// are not shown.
type CaseColumn struct {
	Step, Label, Href, ListHref string
	Count, More                 string // More is "" for none
	Chosen                      bool
	Cards                       []BoardCard
}

func (c CaseColumn) id() string { return "step-" + c.Step }

// BoardCard is a case on the board.
type BoardCard struct {
	CaseLine
	Work CaseWork
}
