package views

import (
	"context"
	"slices"

	"yike/views/lang"
	"yike/views/ui"
)

// NoticeList is the list of notices and inquiries.
type NoticeList struct {
	Tabs        []NavItem
	NewHref     string // "" for who sends none
	AskHref     string
	Chips       ui.ChipsProps
	Rows        []NoticeLine
	Count, Next string
	Sent        bool
}

// NoticeLine is one of them.
type NoticeLine struct {
	Href, Kind, Title, From string
	When, Due               Moment
	Unread, Closed, Late    bool
	Read, Answered          string // "3/8"
}

// NoticeForm is the form of a new notice or inquiry.
type NoticeForm struct {
	Inquiry              bool
	Key                  string
	Title, Body          string
	Branches, Roles      []string
	BranchList, RoleList []ui.Option
	Below                []NoticeBelow // the branches that BranchList leaves out
	Person               ui.FindProps
	Must                 bool
	Until, Due, MinDay   string
	Errors               ui.Errors
}

// NoticeBelow are the branches right below one.
type NoticeBelow struct {
	Name    string
	Options []ui.Option
}

// picked says whether any of them was ticked.
func (f NoticeForm) picked(g NoticeBelow) bool {
	return slices.ContainsFunc(g.Options, func(o ui.Option) bool { return slices.Contains(f.Branches, o.Value) })
}

func (f NoticeForm) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "title", Label: t(ctx, "标题")}, {Name: "body", Label: t(ctx, "内容")}, {Name: "branches", Label: t(ctx, "发给哪里")}, {Name: "roles", Label: t(ctx, "发给谁")}, {Name: "person", Label: t(ctx, "另发给一位")}, {Name: "until", Label: t(ctx, "显示到哪天")}, {Name: "due", Label: t(ctx, "哪天前答复")}}
}

// NoticeShow is one notice or inquiry.
type NoticeShow struct {
	Inquiry                 bool
	Title, Body, Kind, From string
	To                      string
	When, Until, Due        Moment
	Late, Closed            bool
	Path, Version           string
	CanRead                 bool
	Must                    bool
	ReadAt                  Moment
	Looks                   bool // looks after it
	CanRemind               bool
	Read, Answered          string
	Share                   ui.ProgressProps
	Readers                 []NoticeReader
	Answers                 []NoticeAnswer
	Answer                  *AnswerForm
}

// NoticeReader is somebody to whom it went.
type NoticeReader struct {
	Name, Branch string
	ReadAt       Moment
}

// NoticeAnswer is what a branch answered.
type NoticeAnswer struct {
	Branch, By, Text string
	When             Moment
	Clients          []NavItem
	Hidden           int
	Done             bool
}

// AnswerForm is the form of an answer.
type AnswerForm struct {
	Branches      []ui.Option // for which the reader answers
	Branch, At    string
	Text, Clients string
	Correct       bool
	Errors        ui.Errors
}

// NoticeKindWord is a kind in a word.
func NoticeKindWord(ctx context.Context, kind string) string {
	return word(ctx, map[string]string{"notice": lang.N("通知"), "inquiry": lang.N("征集")}, kind)
}

// lateState is how an answer that is missing looks.
func lateState(late bool) string {
	if late {
		return "over"
	}
	return "soon"
}
