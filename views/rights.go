package views

import (
	"context"

	"yike/policy/consent"
	"yike/views/lang"
	"yike/views/ui"
)

// RequestList is the register of what persons asked of their data.
type RequestList struct {
	All        bool
	Open, Late string
	Rows       []RequestRow
	Next       string
	Printed    string // over a printed page
	// Unpublished says that a deadline rests on a year whose holidays are not
	// announced.
	Unpublished string
}

// RequestRow is one request. Due is of ui.DueBadge.
type RequestRow struct {
	Href, Kind, Who, Customer, Branch, State, Handler string
	Due                                               string
	DueOn, Received                                   Moment
}

// RequestForm enters a request of a client.
type RequestForm struct {
	Key, Customer, Name                      string
	Kind, Contact, Channel, Received, MaxDay string
	Asked                                    string
	Kinds, Contacts, Channels                []ui.Option
	Days                                     string
	Unpublished                              string // what the deadline rests on, "" = announced holidays
	Errors                                   ui.Errors
}

func (f RequestForm) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "kind", Label: lang.T(ctx, "要什么")}, {Name: "contact", Label: lang.T(ctx, "是谁的信息")}, {Name: "channel", Label: lang.T(ctx, "怎么提出的")},
		{Name: "received", Label: lang.T(ctx, "哪天收到的")}, {Name: "asked", Label: lang.T(ctx, "原话或要点")}}
}

// RequestPage is one request with what can be done about it.
type RequestPage struct {
	RequestRow
	ID, Version, Asked, Reply string
	CustomerHref, EditHref    string
	Proposer, Decider         string
	Proposed, Decided         Moment
	IsCopy, IsErasure         bool
	Open, Waits, Mine         bool // Waits: for the second person; Mine: I proposed it
	Erased                    bool
	Contact                   bool // one contact, not the whole client
	Goes, Stays               []string
	BackupsUntil              Moment
	Unpublished               string // what the deadline rests on, "" = announced holidays
	Scrub                     bool   // bytes are still to be cleared from the files
	Errors                    ui.Errors
	Typed                     string
	Printed                   string // over a printed page
}

func (p RequestPage) path(act string) string { return "/requests/" + p.ID + act }

// RequestKindWord names a kind of request.
func RequestKindWord(ctx context.Context, kind string) string {
	return word(ctx, map[string]string{consent.Copy: lang.N("要副本"), consent.Correction: lang.N("要更正"), consent.Erasure: lang.N("要删除")}, kind)
}

// RequestStateWord names a state of a request.
func RequestStateWord(ctx context.Context, state string) string {
	return word(ctx, map[string]string{"open": lang.N("待办"), "proposed": lang.N("待第二人确认"), "done": lang.N("已办结"), "refused": lang.N("已拒绝")}, state)
}
