package views

import (
	"context"

	"yike/views/ui"
)

// SavedView is a list that a person gave a name. First: it opens with the list.
// A shared one has an id, and says by whom it is shared with which branch; Mine:
// the reader may rename it and take it away.
type SavedView struct {
	Name, Href           string
	Current, First, Mine bool

	ID, Version, Branch, Author string
}

// SavedMenu is the menu of a list's views; Whole: what is shown is all of it.
type SavedMenu struct {
	Views, Shared        []SavedView
	AllHref, ColumnsHref string
	Whole                bool
}

// ColumnsForm chooses the columns of a list and names its views. Path is the
// list's; Page and Query say where it was opened.
type ColumnsForm struct {
	Path, Page, Query, Back, BackText, Name string
	Columns                                 []ui.Option
	Chosen                                  []string
	Views, Shared                           []SavedView
	Below                                   []SavedView // shared with others, for who leads them
	More                                    bool        // of those
	ShareTo                                 []ui.Option // branches with which the reader may share a view
	Branch                                  string      // the one that was chosen, "" = the first
	Errors                                  ui.Errors
}

func (p ColumnsForm) example(ctx context.Context) string {
	if p.Path == "/cases" {
		return t(ctx, "例如 我的超时投诉")
	}
	return t(ctx, "例如 A 类本月未拜访")
}

// shared is where views of the list are shared.
func (p ColumnsForm) shared() string { return "/shared" + p.Path }
