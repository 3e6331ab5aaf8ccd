package views

import (
	"context"
	"strings"

	"yike/policy/cause"
	"yike/policy/message"
	"yike/policy/reply"
	"yike/views/lang"
	"yike/views/ui"
)

// ReplyList is the page of answers.
type ReplyList struct {
	Branch, Cause string
	Branches      []ui.Option
	Causes        []ui.Option
	Rows          []ReplyRow
	Count         string
	NewHref       string
	CanEdit       bool
	Try           ReplyTry
}

// ReplyRow is one answer. From says whose it is.
type ReplyRow struct {
	Title, For, Keywords, Body, From, Href string
	Off                                    bool
}

// ReplyTry is a text that answers are tried on, and what fits.
type ReplyTry struct {
	Text, Branch string
	Asked        bool
	Cause        string // as guessed, in words
	Found        []ReplyFound
}

// ReplyFound is an answer that fits, with how well and by which words.
type ReplyFound struct {
	Title, Words, Score, Body string
	First                     bool
}

// ReplyForm is an answer as it is typed.
type ReplyForm struct {
	ID, Branch, BranchName, Shipped, Version, Key, State string
	reply.Template
	Causes   []ui.Option
	CanEdit  bool
	Preview  ReplyPreview
	Versions []TemplateVersion
	Errors   ui.Errors
}

// ReplyPreview is an answer filled in for an example.
type ReplyPreview struct {
	Subject, Body string
	Wrong         []string
}

func (f ReplyForm) action() string {
	if f.ID == "" {
		return "/replies"
	}
	return "/replies/" + f.ID
}

func (f ReplyForm) labels(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "title", Label: lang.T(ctx, "叫什么")}, {Name: "keywords", Label: lang.T(ctx, "关键词")}, {Name: "kind", Label: lang.T(ctx, "哪种工单")},
		{Name: "cause", Label: lang.T(ctx, "什么原因")}, {Name: "channel", Label: lang.T(ctx, "怎么回")}, {Name: "subject", Label: lang.T(ctx, "邮件标题")}, {Name: "body", Label: lang.T(ctx, "怎么答")}}
}

func replyVariables() []string {
	var out []string
	for _, v := range reply.Variables {
		out = append(out, "{"+v+"}")
	}
	return out
}

func replyKinds(ctx context.Context) []ui.Option {
	out := []ui.Option{{Value: "", Label: lang.T(ctx, "都行")}}
	for _, k := range []string{cause.Complaint, cause.Consultation, cause.Suggestion} {
		out = append(out, ui.Option{Value: k, Label: ReplyKindWord(ctx, k)})
	}
	return out
}

// ReplyWays are the channels that an answer can be written for.
var ReplyWays = []string{message.Email, message.WeChat, message.Phone}

func replyWays(ctx context.Context) []ui.Option {
	out := []ui.Option{{Value: "", Label: lang.T(ctx, "都行")}}
	for _, c := range ReplyWays {
		out = append(out, ui.Option{Value: c, Label: WayWord(ctx, c)})
	}
	return out
}

// ReplyKindWord names the kind of case that an answer is for.
func ReplyKindWord(ctx context.Context, kind string) string {
	switch kind {
	case cause.Complaint:
		return lang.T(ctx, "投诉")
	case cause.Consultation:
		return lang.T(ctx, "咨询")
	case cause.Suggestion:
		return lang.T(ctx, "建议")
	}
	return ""
}

// ReplyProblem says what is wrong with an answer, and beside which field.
func ReplyProblem(ctx context.Context, p message.Problem) (field, said string) {
	switch p.Code {
	case reply.NoTitle:
		return p.In, lang.T(ctx, "起个短名字，例如：包裹破损，请留照片")
	case reply.NoKeywords:
		return p.In, lang.T(ctx, "写几个客户会说的词，用空格分开")
	case reply.ShortKeyword:
		return p.In, lang.T(ctx, "“%s”只有一个字，哪句话里都有；写两个字以上", strings.TrimPrefix(p.Word, "-"))
	case message.TooLong:
		return p.In, lang.T(ctx, "太长了：名字 %d 个字、关键词 %d 个字、正文 %d 个字以内", reply.MaxTitle, reply.MaxKeywords, reply.MaxBody)
	}
	return MessageProblem(ctx, p)
}

// ReplyValue says a field of an answer in words; its variables stand in
// brackets of the page's own.
func ReplyValue(ctx context.Context, column, value string) string {
	switch column {
	case "kind":
		return ReplyKindWord(ctx, value)
	case "cause":
		return CauseCodeWord(ctx, value)
	}
	return TemplateValue(ctx, column, value)
}

// CauseCodeWord names a cause that comes with the program; "" for another.
func CauseCodeWord(ctx context.Context, code string) string {
	switch code {
	case cause.Late:
		return lang.T(ctx, "延误")
	case cause.Damaged:
		return lang.T(ctx, "破损")
	case cause.Lost:
		return lang.T(ctx, "遗失")
	case cause.Attitude:
		return lang.T(ctx, "服务态度")
	case cause.Unsigned:
		return lang.T(ctx, "虚假签收")
	case cause.Wrong:
		return lang.T(ctx, "错派")
	case cause.Charges:
		return lang.T(ctx, "费用")
	case cause.Other:
		return lang.T(ctx, "其他")
	}
	return ""
}
