package views

import (
	"context"

	"yike/policy/consent"
	"yike/views/lang"
	"yike/views/ui"
)

// BreachList is the register of personal data that came out, and whom to call.
type BreachList struct {
	Rows     []BreachRow
	Contacts []BreachContact
	Read     string // version of the contacts that was read
	InForce  string
	CanEdit  bool
	Company  bool // may write whom to call: the company's
	Form     BreachForm
	Errors   ui.Errors // of the contacts
}

// BreachRow is one of them.
type BreachRow struct {
	Href, Title, Branch, State, Steps string
	Open                              bool
	Found                             Moment
}

// BreachContact is somebody to call.
type BreachContact struct{ Code, Label, Hint, Value string }

// BreachForm enters one.
type BreachForm struct {
	Key, Title, About, Found, Account, From, To, Branch, MaxDay string
	Branches                                                    []ui.Option
	Errors                                                      ui.Errors
	Open                                                        bool
}

func (f BreachForm) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "title", Label: lang.T(ctx, "出了什么事")}, {Name: "found", Label: lang.T(ctx, "哪天发现的")}, {Name: "branch", Label: lang.T(ctx, "网点")},
		{Name: "account", Label: lang.T(ctx, "哪个账号（用户名）")}, {Name: "from", Label: lang.T(ctx, "从哪天")}, {Name: "to", Label: lang.T(ctx, "到哪天")}, {Name: "about", Label: lang.T(ctx, "经过")}}
}

// BreachPage is one of them: its steps, and who could have been seen.
type BreachPage struct {
	ID, Version, Title, About, Branch, By, Account string
	Found, Entered, Closed                         Moment
	Open, CanEdit, CanClose                        bool
	Steps                                          []BreachStepLine
	Contacts                                       []BreachContact
	// Who could have been seen.
	Query    ExposureQuery
	Errors   ui.Errors
	Total    string
	Rows     []ExposedLine
	First    string
	Next     string
	BookHref string
	Printed  string

	PrintHref string // where the print is put on record
}

func (p BreachPage) path(act string) string { return "/breaches/" + p.ID + act }

// Href is the address of the page.
func (p BreachPage) Href() string { return p.path("") }

// BreachStepLine is one step of the law.
type BreachStepLine struct {
	Code, Title, Hint, Note, Who string
	Done, Must                   bool
	At                           Moment
}

// ExposureQuery is by whom, where and when.
type ExposureQuery struct {
	Account, Branch, From, To, MaxDay string
	Branches                          []ui.Option
}

func (q ExposureQuery) fields(ctx context.Context) []ui.FieldLabel {
	return []ui.FieldLabel{{Name: "account", Label: lang.T(ctx, "哪个账号（用户名）")}, {Name: "from", Label: lang.T(ctx, "从哪天")}, {Name: "to", Label: lang.T(ctx, "到哪天")}}
}

// ExposedLine is one client.
type ExposedLine struct {
	Href, Code, Name, Branch, Looks, Reveals, Exports string
	Last                                              Moment
}

// StepWord is a step with what it takes.
func StepWord(ctx context.Context, step string) (title, hint string) {
	switch step {
	case consent.StepStop:
		return lang.T(ctx, "止住"), lang.T(ctx, "停用账号、退出所有登录、收回文件和设备，先不让它再流出去。")
	case consent.StepKeep:
		return lang.T(ctx, "留证据"), lang.T(ctx, "备份一份数据，导出审计记录，截图、聊天记录都存好。")
	case consent.StepScope:
		return lang.T(ctx, "查清楚"), lang.T(ctx, "谁的、哪些信息、什么原因、可能有什么危害。下面查得到谁的信息可能被看到。")
	case consent.StepAuthority:
		return lang.T(ctx, "报告主管部门"), lang.T(ctx, "告诉当地网信办：信息种类、原因、可能的危害、已采取的措施、联系方式（第 57 条）。")
	case consent.StepPersons:
		return lang.T(ctx, "通知本人"), lang.T(ctx, "告诉他们出了什么事、自己能做什么、找谁。已能有效避免危害的可以不通知，写明理由。")
	case consent.StepPolice:
		return lang.T(ctx, "该报警就报警"), lang.T(ctx, "有人偷卖信息、攻击系统的，报公安网安。不需要的写一句为什么。")
	case consent.StepMend:
		return lang.T(ctx, "补救"), lang.T(ctx, "改密码、换号码、协助客户防诈骗，减轻危害。")
	case consent.StepLearn:
		return lang.T(ctx, "不再发生"), lang.T(ctx, "改权限、改上限、培训，写下改了什么。")
	}
	return step, ""
}

// BreachContactWord is whom to call, and for what.
func BreachContactWord(ctx context.Context, code string) (label, hint string) {
	switch code {
	case "officer":
		return lang.T(ctx, "公司个人信息保护负责人"), lang.T(ctx, "姓名、手机")
	case "authority":
		return lang.T(ctx, "当地网信办"), lang.T(ctx, "电话、地址")
	case "police":
		return lang.T(ctx, "公安网安部门"), lang.T(ctx, "电话；紧急打 110")
	case "lawyer":
		return lang.T(ctx, "法务或律师"), lang.T(ctx, "姓名、手机")
	case "technician":
		return lang.T(ctx, "电脑和系统维护"), lang.T(ctx, "姓名、手机")
	}
	return code, ""
}

// DataUsePage is the data-use record of one client.
type DataUsePage struct {
	ID, Name, Code, Branch, BookHref, Printed string
	Source                                    []string
	Held                                      []DataUseLine
	Looked                                    []DataUseLook
	Consents, Kept                            []string
	Requests                                  []RequestRow
}

// DataUseLine is a kind of data, how much of it and what for.
type DataUseLine struct{ What, Much, Purpose, Seen string }

// DataUseLook is who looked, revealed or took along.
type DataUseLook struct {
	On       Moment
	Who, Did string
}

// ConsentRuleForm is the rule of purposes, deadlines and back-ups.
type ConsentRuleForm struct {
	RuleFrame
	Days, Backup string
	Fixed        []DataUseLine // purposes that ship with the program
	Added        []ConsentRulePurpose
}

// ConsentRulePurpose is a purpose of the company's own; Code "" is the empty
// line for a new one.
type ConsentRulePurpose struct {
	Code, Name string
	Off        bool
}

func (f ConsentRuleForm) fields(ctx context.Context) []ui.FieldLabel {
	var out []ui.FieldLabel
	for _, u := range f.Added {
		out = append(out, ui.FieldLabel{Name: "name." + u.Code, Label: lang.T(ctx, "公司加的用途")})
	}
	return append(out, []ui.FieldLabel{{Name: "days", Label: lang.T(ctx, "多少个工作日内答复")}, {Name: "backup", Label: lang.T(ctx, "旧备份最多留多少天")}, {Name: "new", Label: lang.T(ctx, "加一个用途")},
		{Name: "reason", Label: lang.T(ctx, "为什么改")}}...)
}
