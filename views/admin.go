package views

import (
	"context"

	"yike/views/lang"
	"yike/views/ui"
)

// BranchList is the page of the branch tree.
type BranchList struct {
	Rows    []BranchRow
	CanEdit bool
}

// BranchRow is a branch in the tree; Depth 0 is head office.
type BranchRow struct {
	Name, Level, Code, AreaCode, Customers, People string
	Depth                                          int
	Closed                                         bool
	Href                                           string // edit, "" when the reader may not
}

// BranchForm adds or changes a branch.
type BranchForm struct {
	Action, Name, Code, AreaCode, Parent, Level, Version string
	New, Active                                          bool
	Parents                                              []ui.Option
	Errors                                               ui.Errors
}

// depthClass is the indent of a branch in the tree.
func depthClass(depth int) string {
	return string(rune('0' + min(max(depth, 0), 4)))
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
