package views

import (
	"context"

	"yike/views/lang"
	"yike/views/ui"
)

// BranchList is the page of the branch tree. Roots are what the reader sees of
// it, head office or the tops of their own reach.
type BranchList struct {
	Roots      []*BranchNode
	Count      string
	CanEdit    bool
	ShowClosed bool // the closed ones are listed, too
	Closed     int  // how many there are
}

// BranchNode is a branch in the tree; its figures count all below it.
type BranchNode struct {
	Name, Level, Code, Href string
	People, PeopleHref      string // "" when the reader may not list them
	Clients, ClientsHref    string
	AddHref                 string // "" when the reader may not add below
	Closed, Open            bool   // Open: what is below shows at first
	Below                   []*BranchNode
}

// BranchPage is one branch: what hangs on it and what can be done with it.
type BranchPage struct {
	Name, Level, Code, AreaCode, Parent, ParentHref, Href, Version string
	Closed, CanEdit, CanMove, CanClose, CanReopen                  bool
	People, PeopleHref, Clients, ClientsHref                       string
	Below                                                          []*BranchNode
	Duties                                                         []DutyLine
	DutyHref                                                       string // "" when the reader may not name anybody
}

// BranchForm adds or changes a branch.
type BranchForm struct {
	Action, Name, Code, AreaCode, Parent, Level, Version, Back string
	New                                                        bool
	Parents                                                    []ui.Option
	Theirs                                                     []StaleValue // when somebody saved first
	Errors                                                     ui.Errors
}

// StaleValue is a field that somebody else saved meanwhile, beside what was typed.
type StaleValue struct{ Label, Now, Typed string }

// BranchMove is the form that hangs a branch elsewhere, and what that would mean.
type BranchMove struct {
	Name, Href, From, Parent, ParentName, Version, Mark string
	Parents                                             []ui.Option
	Shown                                               bool // the effects are those of Parent
	Changed                                             bool // others than were shown before
	Branches, Clients                                   string
	Gain, Lose                                          []SightLine
	Errors                                              ui.Errors
}

// SightLine is somebody who would see more or fewer clients.
type SightLine struct{ Name, Branch, Clients string }

// BranchClose is the form that closes a branch.
type BranchClose struct {
	Name, Href, Version, To                  string
	People, PeopleHref, Clients, ClientsHref string
	Visits                                   string
	Below, Busy                              int
	Occupied                                 bool
	Targets                                  []ui.Option
	Errors                                   ui.Errors
}

// LevelWord is a level of the branch tree as people call it.
func LevelWord(ctx context.Context, level string) string {
	switch level {
	case "head_office":
		return lang.T(ctx, "总部")
	case "region":
		return lang.T(ctx, "省区")
	}
	return lang.T(ctx, "网点")
}
