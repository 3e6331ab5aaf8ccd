package views

import (
	"context"

	"yike/policy/consent"
	"yike/views/lang"
	"yike/views/ui"
)

// ConsentChip is one purpose on a contact's card: its name and what was said.
// Kind is of ui.TagProps.
type ConsentChip struct{ Text, Kind, Icon, Title string }

// ConsentPage is what one contact agreed to, with the form that writes down
// what they say now.
type ConsentPage struct {
	Customer, CustomerName, Contact, Name string
	Source, Day, MaxDay, Note             string
	Errors                                ui.Errors
	Sources                               []ui.Option
	Purposes                              []ConsentPurpose
	History                               []ConsentLine
}

// ConsentPurpose is one purpose with what holds and what can be said next.
type ConsentPurpose struct {
	Code, Name, Hint string
	Chip             ConsentChip
	Since            Moment
	Next             []ui.Option // Value is "given", "refused" or "withdrawn"
}

// ConsentLine is one answer of the history.
type ConsentLine struct {
	Purpose, Said, Source, Note, Who string
	On, Written                      Moment
}

func (p ConsentPage) action() string {
	return "/customers/" + p.Customer + "/contacts/" + p.Contact + "/consent"
}

func (p ConsentPage) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "source", Label: lang.T(ctx, "怎么说的")}, {Name: "day", Label: lang.T(ctx, "哪天说的")}, {Name: "note", Label: lang.T(ctx, "凭据在哪里")}}
}

// PurposeName names a purpose of using a person's data.
func PurposeName(ctx context.Context, p consent.Purpose) string {
	if p.Name != "" {
		return p.Name
	}
	return word(ctx, map[string]string{consent.Service: lang.N("服务通知"), consent.Marketing: lang.N("营销"), consent.Festival: lang.N("节日问候"),
		consent.Birthday: lang.N("生日问候"), consent.Survey: lang.N("满意度调查")}, p.Code)
}

// PurposeHint says what the purpose covers.
func PurposeHint(ctx context.Context, code string) string {
	return word(ctx, map[string]string{consent.Service: lang.N("取件、派件、对账：履行合同需要，没问过也可以发；明确拒绝的不发。"), consent.Marketing: lang.N("优惠、活动、新产品"),
		consent.Festival: lang.N("春节、中秋等节日的问候"), consent.Birthday: lang.N("生日当天的问候"), consent.Survey: lang.N("问满不满意")}, code)
}

// SaidWord names what somebody said; nothing is "not asked".
func SaidWord(ctx context.Context, s consent.State) string {
	switch s {
	case consent.Given:
		return lang.T(ctx, "同意")
	case consent.Refused:
		return lang.T(ctx, "拒绝")
	case consent.Withdrawn:
		return lang.T(ctx, "已撤回")
	}
	return lang.T(ctx, "没问过")
}

// SourceOfWord names the way in which something was said.
func SourceOfWord(ctx context.Context, source string) string {
	return word(ctx, map[string]string{"form": lang.N("网上表单"), "phone": lang.N("电话"), "paper": lang.N("纸质签字"), "wechat": lang.N("微信"),
		"contract": lang.N("合同条款"), "in_person": lang.N("当面"), "other": lang.N("其他")}, source)
}

// SaidChip draws what was said to a purpose.
func SaidChip(ctx context.Context, name string, s consent.State) ConsentChip {
	c := ConsentChip{Text: name, Kind: "line", Icon: "circle-dotted", Title: name + " " + SaidWord(ctx, s)}
	switch s {
	case consent.Given:
		c.Kind, c.Icon = "ok", "check"
	case consent.Refused:
		c.Kind, c.Icon = "risk", "x"
	case consent.Withdrawn:
		c.Kind, c.Icon = "soon", "arrow-back-up"
	}
	return c
}

// ConsentList is who may be turned to for a purpose.
type ConsentList struct {
	BookHref       string // "" = may not export
	Purpose, State string
	Purposes       []ui.Option
	States         []StateLink
	Rows           []ConsentRow
	Next           string
}

// StateLink is one state with how many are in it.
type StateLink struct {
	Label, Count, Href string
	On                 bool
}

// ConsentRow is one contact of the list.
type ConsentRow struct {
	Contact, Customer, Code, Href, Branch, Phone, Source string
	Chip                                                 ConsentChip
	On                                                   Moment
}
