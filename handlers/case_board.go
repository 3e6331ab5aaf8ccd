package handlers

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/views"
	"yike/views/lang"
)

// boardPath is the board's address; boardCards is how many cases a column of it
// shows.
const (
	boardPath  = "/cases/board"
	boardView  = "board"
	boardCards = 12
)

// caseBoard is the open cases by the step at which they stand, with the filter
// of the list. On a phone one step is shown at a time: the one asked for, else
// the first at which something stands.
func (h *Handlers) caseBoard(w http.ResponseWriter, r *http.Request) error {
	ctx, a, q := r.Context(), actorOf(r), h.readCaseQuery(r)
	chosen := q.Step
	if chosen == casework.Closed {
		chosen = ""
	}
	set, err := h.listSettings(ctx, a, casesKept)
	if err != nil {
		return err
	}
	q = q.onBoard()
	q.firstKept = set.First != ""
	columns, err := h.db.CaseBoard(ctx, a, q.CaseFilter, boardCards)
	if err != nil {
		return err
	}
	var list views.CaseList
	if list.Filter, err = h.caseFilterForm(ctx, a, q); err != nil {
		return err
	}
	if err := h.caseChips(ctx, a, q, &list); err != nil {
		return err
	}
	p := views.CaseBoard{Filter: list.Filter, Chips: list.Chips, Narrowed: list.Narrowed, Views: h.caseViews(ctx, q, boardPath), Printed: h.printed(ctx, a, a.Branch)}
	p.Filter.Board = true
	if p.Saved, err = h.caseSaved(ctx, a, set, q, boardView); err != nil {
		return err
	}
	if a.Can(policy.CaseOpen) {
		p.NewHref = "/cases/new"
	}
	count, over := int64(0), false
	for _, c := range columns {
		if chosen == "" && c.Count > 0 {
			chosen = c.Step
		}
		count += c.Count
		over = over || c.Count > db.BoardMost
	}
	if p.Empty, p.Count = count == 0, views.Thousands(count); over {
		p.Count = views.CountWord(db.BoardMost+1, db.BoardMost)
	}
	chosen = cmp.Or(chosen, casework.Accept)
	p.Filter.Step = chosen
	for _, c := range columns {
		at := q
		at.Step = c.Step
		column := views.CaseColumn{Step: c.Step, Label: views.CaseStepWord(ctx, c.Step), Count: views.CountWord(c.Count, db.BoardMost), Href: at.href(), Chosen: c.Step == chosen}
		at.path = ""
		column.ListHref = at.href()
		if more := c.Count - int64(len(c.Rows)); more > 0 {
			column.More = views.CountWord(more, db.BoardMost-int64(len(c.Rows)))
		}
		for _, x := range c.Rows {
			column.Cards = append(column.Cards, h.caseCardOf(ctx, a, q, x))
		}
		p.Columns = append(p.Columns, column)
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "工单看板"), body: views.CaseBoardPage(p), active: "/cases"})
}

// onBoard is the query as the board asks it: open cases, each at its step.
func (q caseQuery) onBoard() caseQuery {
	q.path, q.Show, q.Step, q.Newest, q.At, q.Counted = boardPath, db.CasesOpen, "", false, db.CaseKey{}, db.Counted{}
	return q
}

// caseViews are the ways in which the cases of a query are looked at.
func (h *Handlers) caseViews(ctx context.Context, q caseQuery, active string) []views.NavItem {
	var out []views.NavItem
	for _, v := range []struct{ path, label, icon string }{
		{"", lang.T(ctx, "列表"), "list-check"}, {boardPath, lang.T(ctx, "看板"), "columns-3"}, {figuresPath, lang.T(ctx, "投诉分析"), "chart-bar"},
	} {
		to := q
		to.path, to.At, to.Newest = v.path, db.CaseKey{}, false
		switch v.path {
		case boardPath:
			to.Show, to.Step, to.Counted = db.CasesOpen, "", db.Counted{}
		case figuresPath: // its span and kinds are its own
			to = caseQuery{path: v.path, firstKept: q.firstKept, CaseFilter: db.CaseFilter{Show: db.CasesOpen, BranchID: q.BranchID}}
		}
		out = append(out, views.NavItem{Label: v.label, Href: to.href(), Icon: v.icon, Active: v.path == active})
	}
	return out
}

// caseCardOf is a case on the board: whose, what, who handles it, how long there
// is, and the acts that its reader may do.
func (h *Handlers) caseCardOf(ctx context.Context, a policy.Actor, q caseQuery, x db.CaseRow) views.BoardCard {
	card := views.BoardCard{CaseLine: h.caseLine(ctx, a, q, x), Work: views.CaseWork{Version: versionText(x.Version), ReadOnly: !h.db.MayEditCase(a, x)}}
	if x.Severity == casework.Minor {
		card.Severity = ""
	}
	if card.Badge == "" {
		card.When = views.TimeWord(ctx, time.UnixMilli(x.OpenedAt), h.db.Now())
	}
	if !card.Work.ReadOnly {
		h.caseOffers(ctx, a, x, &card.Work)
	}
	return card
}

// fromBoard is the board from which an act was sent; "" when it was another
// page.
func fromBoard(r *http.Request) string {
	if from, ok := sameOriginPath(r); ok && (from == boardPath || strings.HasPrefix(from, boardPath+"?")) {
		return from
	}
	return ""
}
