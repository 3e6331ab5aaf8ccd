package views

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"yike/policy/mask"
	"yike/views/lang"
	"yike/views/ui"
)

// Reveal is one masked field on its way to being seen: what stands there now,
// and how to ask for all of it.
type Reveal struct {
	Customer, Contact, Field string // ids; Contact "" is the client itself
	Index                    int    // which of several phones
	Label                    string // 电话, 微信…
	Masked                   string // what stands there without asking
	Left                     int64  // of today's cap
	Purposes                 []ui.Option
	Purpose, Note            string
	Errors                   ui.Errors
	Over                     string // why it cannot be seen today; "" = it can

	Edit     bool // asked in order to rewrite it
	Optional bool // an optional field, asked for on its own page

	Value, Href string // the field in full, and the link that calls it
	Hide        int    // seconds until it hides again
}

func (v Reveal) query() string {
	q := url.Values{"field": {v.Field}}
	if v.Contact != "" {
		q.Set("contact", v.Contact)
	}
	if v.Index > 0 {
		q.Set("n", strconv.Itoa(v.Index))
	}
	if v.Edit {
		q.Set("edit", "1")
	}
	return "?" + q.Encode()
}

// Ask is the address of the form, Back that of the masked field.
func (v Reveal) Ask() string  { return v.post() + v.query() }
func (v Reveal) back() string { return v.base() + "/masked" + v.query() }

func (v Reveal) base() string {
	if v.Optional {
		return "/customers/" + v.Customer + "/sensitive"
	}
	return "/customers/" + v.Customer
}

// Home is the page on which the field stands.
func (v Reveal) Home() string { return v.base() }

// Form is the address of the form in which the field is rewritten.
func (v Reveal) Form() string {
	at := v.Field
	if at == mask.FieldPhone {
		at = phoneName(v.Index)
	}
	if v.Contact != "" {
		return "/customers/" + v.Customer + "/contacts/" + v.Contact + "/edit#f-c-" + at
	}
	return "/customers/" + v.Customer + "/edit#f-" + at
}

func (v Reveal) cancel() string {
	if v.Edit {
		return v.Form()
	}
	return v.Home()
}

func (v Reveal) id() string { return "note-" + v.Field + v.Contact + strconv.Itoa(v.Index) }

func (v Reveal) post() string { return v.base() + "/reveal" }

func (v Reveal) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "purpose", Label: lang.T(ctx, "用来做什么")}, {Name: "note", Label: lang.T(ctx, "说明")}}
}

func (v Reveal) trigger() string { return "load delay:" + strconv.Itoa(v.Hide) + "s" }

// PurposeWord names a purpose of looking.
func PurposeWord(ctx context.Context, purpose string) string {
	return word(ctx, map[string]string{mask.ToCall: lang.N("打电话联系客户"), mask.ToVerify: lang.N("核对信息"), mask.ToSettle: lang.N("处理投诉"),
		mask.ForAnything: lang.N("其他")}, purpose)
}

// RevealWord names a field that can be revealed.
func RevealWord(ctx context.Context, field string) string {
	if optionalWords[field] != "" {
		return OptionalWord(ctx, field)
	}
	if first, more, several := strings.Cut(field, " "); several {
		return RevealWord(ctx, first) + lang.T(ctx, "、") + RevealWord(ctx, more)
	}
	return word(ctx, map[string]string{mask.FieldPhone: lang.N("电话"), mask.FieldWeChat: lang.N("微信"), mask.FieldEmail: lang.N("邮箱"),
		mask.FieldAddress: lang.N("地址"), mask.FieldRemark: lang.N("备注")}, field)
}

// HiddenField is a field of a form that this person does not see in full: what
// of it they see, and where they may ask for it; "" = they may not.
type HiddenField struct{ Text, Ask string }

// HiddenFields are those of a form, by the name of its field (phone-0 is the
// first number).
type HiddenFields map[string]HiddenField

// Has says whether a field is hidden.
func (f HiddenFields) Has(name string) bool { _, ok := f[name]; return ok }

// AlertList is what managers are told of unusual looking at clients' data.
type AlertList struct {
	Rows   []AlertRow
	All    bool // the seen ones too
	Errors ui.Errors
	Faulty string // the alert whose note is at fault
}

// AlertRow is one alert. SeenBy is "" while nobody has looked at it.
type AlertRow struct {
	ID, Version, Who, Branch, Text, Compared string
	At                                       Moment
	SeenBy, Note                             string
	Typed                                    string
	SeenAt                                   Moment
	Looked                                   []NavItem // whose fields they revealed that day
}

// PrivacyForm is the rule of caps, watermark and unusual looking.
type PrivacyForm struct {
	RuleFrame
	Watermark             bool
	Roles                 []PrivacyRole
	Times, Files, Reveals string
}

// PrivacyRole is one role's caps a day.
type PrivacyRole struct{ Role, Label, Sees, Reveals, Rows string }

func (f PrivacyForm) fields(ctx context.Context) []ui.FieldLabel {
	var out []ui.FieldLabel
	for _, r := range f.Roles {
		out = append(out, ui.FieldLabel{Name: "reveals." + r.Role, Label: r.Label}, ui.FieldLabel{Name: "rows." + r.Role, Label: r.Label})
	}
	return append(out, ui.FieldLabel{Name: "times", Label: lang.T(ctx, "几倍算异常")}, ui.FieldLabel{Name: "files", Label: lang.T(ctx, "一天至少多少位客户")},
		ui.FieldLabel{Name: "reveals", Label: lang.T(ctx, "一小时多少条")}, ui.FieldLabel{Name: "valid_from", Label: lang.T(ctx, "从哪天起")},
		ui.FieldLabel{Name: "reason", Label: lang.T(ctx, "为什么改")})
}

func alertFault(p AlertList, a AlertRow) string {
	if p.Faulty != a.ID {
		return ""
	}
	return p.Errors["note"]
}

func numberOr(n int, zero string) string {
	if n == 0 {
		return zero
	}
	return strconv.Itoa(n)
}
