package views

import (
	"context"
	"strings"

	"yike/policy/message"
	"yike/views/lang"
	"yike/views/ui"
)

// TemplateList is the page of wordings.
type TemplateList struct {
	Branch, Occasion, Channel string
	Branches                  []ui.Option
	Rows                      []TemplateRow
	Count, NewHref            string
	CanEdit                   bool
	Own                       []ui.Option // the days that head office added
}

// TemplateRow is one wording. From says whose it is.
type TemplateRow struct {
	Occasion, Class, Channel, Tone, Subject, Body, Length, From, Href string
	Off                                                               bool
}

// TemplateForm is a wording as it is typed.
type TemplateForm struct {
	ID, Branch, BranchName, Shipped, Version, Key                  string
	Occasion, Class, Channel, Tone, Subject, Body, Provider, State string
	CanEdit                                                        bool
	Preview                                                        TemplatePreview
	Versions                                                       []TemplateVersion
	Own                                                            []ui.Option // the days that head office added
	Errors                                                         ui.Errors
}

// TemplatePreview is a wording filled in for an example.
type TemplatePreview struct {
	Subject, Body, Length string
	Wrong                 []string
}

// TemplateVersion is a wording as it stood.
type TemplateVersion struct {
	Version, Body, Author string
	Off                   bool
	Made                  Moment
}

func (f TemplateForm) action() string {
	if f.ID == "" {
		return "/templates"
	}
	return "/templates/" + f.ID
}

func (f TemplateForm) labels(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "occasion", Label: lang.T(ctx, "场合")}, {Name: "class", Label: lang.T(ctx, "给哪类客户")}, {Name: "channel", Label: lang.T(ctx, "怎么发")}, {Name: "tone", Label: lang.T(ctx, "语气")},
		{Name: "subject", Label: lang.T(ctx, "邮件标题")}, {Name: "body", Label: lang.T(ctx, "话术")}, {Name: "provider", Label: lang.T(ctx, "短信供应商的模板号")}}
}

// variables are offered beneath the text, each as it is written.
func variables() []string {
	var out []string
	for _, v := range message.Variables {
		out = append(out, "{"+v+"}")
	}
	return out
}

func occasionOptions(ctx context.Context, own []ui.Option) []ui.Option {
	out := []ui.Option{{Value: "any", Label: MessageOccasion(ctx, message.Any, nil)}}
	for _, code := range message.OccasionCodes {
		out = append(out, ui.Option{Value: code, Label: MessageOccasion(ctx, code, nil)})
	}
	return append(out, own...)
}

func messageWays(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, c := range message.Channels {
		out = append(out, ui.Option{Value: c, Label: WayWord(ctx, c)})
	}
	return out
}

func toneOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, c := range message.Tones {
		out = append(out, ui.Option{Value: c, Label: ToneWord(ctx, c)})
	}
	return out
}

func wordedFor(ctx context.Context) []ui.Option {
	return []ui.Option{{Value: "", Label: lang.T(ctx, "所有客户")}, {Value: "A", Label: "A"}, {Value: "B", Label: "B"}, {Value: "C", Label: "C"}}
}

// MessageOccasion names what a wording is for; own are the names of the days
// that head office added.
func MessageOccasion(ctx context.Context, code string, own map[string]string) string {
	if name := own[code]; name != "" {
		return name
	}
	switch code {
	case message.Any:
		return lang.T(ctx, "任何场合")
	case "new_year":
		return lang.T(ctx, "元旦")
	case "new_years_eve":
		return lang.T(ctx, "除夕")
	case "spring":
		return lang.T(ctx, "春节")
	case "lantern":
		return lang.T(ctx, "元宵节")
	case "qingming":
		return lang.T(ctx, "清明")
	case "labour":
		return lang.T(ctx, "劳动节")
	case "dragon_boat":
		return lang.T(ctx, "端午节")
	case "qixi":
		return lang.T(ctx, "七夕")
	case "mid_autumn":
		return lang.T(ctx, "中秋节")
	case "national":
		return lang.T(ctx, "国庆节")
	case "double_ninth":
		return lang.T(ctx, "重阳节")
	case message.Birthday:
		return lang.T(ctx, "生日")
	case message.Guide:
		return lang.T(ctx, "寄件指南")
	case message.FirstParcel:
		return lang.T(ctx, "首次寄件")
	case message.ParcelYears:
		return lang.T(ctx, "合作周年")
	case message.FirmYears:
		return lang.T(ctx, "公司周年庆")
	}
	return lang.T(ctx, "自定的节日")
}

// WayWord names a channel, of wordings and of contacts.
func WayWord(ctx context.Context, code string) string {
	switch code {
	case message.SMS:
		return lang.T(ctx, "短信")
	case message.Email:
		return lang.T(ctx, "邮件")
	case message.WeChat:
		return lang.T(ctx, "微信")
	case message.Call, message.Phone:
		return lang.T(ctx, "电话")
	case message.Card:
		return lang.T(ctx, "贺卡")
	case message.Onsite:
		return lang.T(ctx, "上门")
	case message.WeCom:
		return lang.T(ctx, "企业微信群")
	case message.DingTalk:
		return lang.T(ctx, "钉钉群")
	case message.Feishu:
		return lang.T(ctx, "飞书群")
	}
	return code
}

// ToneWord names a tone.
func ToneWord(ctx context.Context, tone string) string {
	switch tone {
	case message.Formal:
		return lang.T(ctx, "正式")
	case message.Warm:
		return lang.T(ctx, "亲切")
	case message.Brief:
		return lang.T(ctx, "简短")
	}
	return tone
}

// MessageProblem says what is wrong with a wording, and beside which field.
func MessageProblem(ctx context.Context, p message.Problem) (field, said string) {
	field = p.In
	switch p.Code {
	case message.NoBody:
		said = lang.T(ctx, "写上要说的话")
	case message.TooLong:
		said = lang.T(ctx, "太长了，标题最多 %d 个字、正文最多 %d 个字", message.MaxSubject, message.MaxBody)
	case message.TooManySMS:
		said = lang.T(ctx, "太长了，一条话术最多 %d 条短信", message.MaxParts)
	case message.NoSubject:
		said = lang.T(ctx, "邮件要有标题")
	case message.SubjectOnly:
		said = lang.T(ctx, "只有邮件才有标题")
	case message.Unclosed:
		said = lang.T(ctx, "第 %d 行第 %d 个字：大括号没有收口", p.Line, p.At)
	case message.Stray:
		said = lang.T(ctx, "第 %d 行第 %d 个字：多了一个大括号", p.Line, p.At)
	case message.UnknownVar:
		said = lang.T(ctx, "第 %d 行第 %d 个字：没有“%s”这个变量", p.Line, p.At, p.Word)
	case message.UselessVar:
		said = lang.T(ctx, "第 %d 行第 %d 个字：这个场合没有“%s”可填", p.Line, p.At, p.Word)
	case message.MissingVar:
		said = lang.T(ctx, "任何场合都用的话术里要有“%s”", "{"+p.Word+"}")
	case message.BadWord:
		said = lang.T(ctx, "第 %d 行第 %d 个字：这个场合不说“%s”；端午说安康，清明只问候、不道贺、不推销", p.Line, p.At, p.Word)
	case message.OwnSign:
		said = lang.T(ctx, "第 %d 行第 %d 个字：签名由渠道加，话术里不写【】", p.Line, p.At)
	case message.NoValue:
		said = lang.T(ctx, "第 %d 行第 %d 个字：“%s”没有内容可填", p.Line, p.At, p.Word)
	case message.BadOccasion:
		return "occasion", lang.T(ctx, "选一个场合")
	case message.BadChannel:
		return "channel", lang.T(ctx, "选一种发法")
	case message.BadTone:
		return "tone", lang.T(ctx, "选一种语气")
	case message.BadClass:
		return "class", lang.T(ctx, "选一类客户")
	}
	return field, said
}

// TemplateValue says a field of a wording in words; its variables stand in
// brackets of the page's own.
func TemplateValue(ctx context.Context, column, value string) string {
	switch column {
	case "occasion":
		return MessageOccasion(ctx, value, nil)
	case "channel":
		return WayWord(ctx, value)
	case "tone":
		return ToneWord(ctx, value)
	case "state":
		if value == "off" {
			return lang.T(ctx, "停用")
		}
		return lang.T(ctx, "在用")
	}
	return strings.NewReplacer("{", "〔", "}", "〕", "[", "〔", "]", "〕").Replace(value)
}
