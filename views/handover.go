package views

import (
	"cmp"
	"context"

	"yike/views/ui"
)

// HandoverForm asks who shall take what of a person's work.
type HandoverForm struct {
	ID, Name, Action, Key, Note string
	Back                        string
	Kinds                       []HandoverKind
	Rules                       []ui.Option
	MayEnd                      bool
	Ending, EndsOn              string
	More, Elsewhere             bool
	Running, Waiting, Requests  int
	Duties                      []ui.Option // Value is where another is named
	Nothing                     bool        // nothing to hand over
	NoTakers                    bool
	Errors                      ui.Errors
}

// HandoverKind is a kind of work on the form, with its rule.
type HandoverKind struct {
	Word, Label, Count, Href string
	Follows                  bool
	Rule, One                string
	Among                    []string
	Groups                   []HandoverGroup
	People                   []ui.Option
	Typed                    map[string]string // what was typed where a person is looked for, by field
}

// HandoverGroup is a city, a district or a class and who takes it.
type HandoverGroup struct{ Name, Label, Value string }

// manyTakers is from how many people on one is looked for by typing instead of
// chosen from a list, which every line of a page would repeat.
const manyTakers = 20

// taker is a field for who takes something over.
func (k HandoverKind) taker(name, label, value, fault, none string) ui.FindProps {
	return ui.FindProps{Name: name, Label: label, Value: value, Text: cmp.Or(k.Typed[name], takerText(k.People, value)), Error: fault, Placeholder: none, Href: TakerFind}
}

// TakerFind is where a person is looked for who takes work over.
const TakerFind = "/people/find?use=taker"

// takerText is how a chosen person stands in a field that looks for one.
func takerText(people []ui.Option, value string) string {
	for _, o := range people {
		if o.Value == value {
			return o.Hint
		}
	}
	return ""
}

// HandoverPage is a handover: its plan, and what became of it.
type HandoverPage struct {
	ID, Name, State, Version, Back string
	Planned, Done, Undone          Moment
	DoneBy, UndoneBy               string
	Ending                         string // in words
	More, Draft, CanUndo           bool
	UndoUntil                      Moment
	Unassigned, Total              int
	UnassignedHref                 string
	People                         []HandoverShare
	Outcomes                       []HandoverOutcome
	Filter                         ui.ChipsProps
	Rows                           []HandoverLine
	Here                           string // address of this page of the list
	Pager                          ui.PagerProps
}

// HandoverShare is what one person gets.
type HandoverShare struct {
	Name, Href, Owner, Clerk, Visit, A, B, C, None string
	Nobody                                         bool
}

// HandoverOutcome counts what became of the pieces, each with its list.
type HandoverOutcome struct{ Label, Count, Href, Kind string }

// HandoverLine is a piece of work.
type HandoverLine struct {
	Position, Href, Name, Code, Class, Place, Kind, Day, To, ToID, State, Why string
	Typed                                                                     string // how the one chosen reads where one is looked for
	People                                                                    []ui.Option
}

// HandoverList is the page of all handovers.
type HandoverList struct {
	Rows []HandoverEntry
	Next string
	Mine bool
}

// HandoverEntry is a handover in the list.
type HandoverEntry struct {
	Href, Name, Branch, State, By string
	At                            Moment
}

// ReceivedList is what handovers brought to the reader.
type ReceivedList struct {
	Rows []ReceivedLine
	New  int
	Next string
}

// ReceivedLine is a client or a visit that came by a handover.
type ReceivedLine struct {
	Href, Name, Code, Class, Kind, Day, From string
	At, LastVisit                            Moment
}

// HandoverSheet is what is printed and signed.
type HandoverSheet struct {
	Name, Branch, Back, BookHref, By, Sub string
	Draft                                 bool
	At                                    Moment
	Groups                                []SheetGroup
	Customers                             []int64 // whose rows these are, for the record
}

// SheetGroup is what one person takes over.
type SheetGroup struct {
	Name  string
	Count int
	Rows  []SheetLine
}

// SheetLine is a client or a visit on the sheet.
type SheetLine struct {
	No, Kind, Class, Name, Code, Contact, Phone, LastVisit, Next string
}

// WorkWord is a kind of work in a handover.
func WorkWord(ctx context.Context, kind string) string {
	switch kind {
	case "owner":
		return t(ctx, "负责的客户")
	case "clerk":
		return t(ctx, "专属客服的客户")
	case "visit":
		return t(ctx, "安排了还没去的拜访")
	case "todo":
		return t(ctx, "没办完的待办")
	case "case":
		return t(ctx, "没结的工单")
	}
	return kind
}

// WorkShort is WorkWord for a narrow column.
func WorkShort(ctx context.Context, kind string) string {
	switch kind {
	case "owner":
		return t(ctx, "业务")
	case "clerk":
		return t(ctx, "客服")
	case "visit":
		return t(ctx, "拜访")
	case "todo":
		return t(ctx, "待办")
	case "case":
		return t(ctx, "工单")
	}
	return kind
}

// ShareWord is a rule by which clients are shared out.
func ShareWord(ctx context.Context, by string) string {
	switch by {
	case "one":
		return t(ctx, "都给一个人")
	case "even":
		return t(ctx, "几个人平均分")
	case "city":
		return t(ctx, "按城市分")
	case "district":
		return t(ctx, "按区县分")
	case "class":
		return t(ctx, "按分级分")
	}
	return t(ctx, "一位一位指定")
}

// HandoverStateWord is where a handover stands.
func HandoverStateWord(ctx context.Context, state string) string {
	switch state {
	case "done":
		return t(ctx, "已交接")
	case "undone":
		return t(ctx, "已撤销")
	}
	return t(ctx, "草稿")
}

// PieceStateWord is what became of a piece of work.
func PieceStateWord(ctx context.Context, state string) string {
	switch state {
	case "moved":
		return t(ctx, "已交接")
	case "reversed":
		return t(ctx, "已退回")
	case "kept":
		return t(ctx, "没动")
	case "failed":
		return t(ctx, "没成")
	}
	return t(ctx, "待交接")
}

// PieceWhyWord says why a piece was not moved, or not put back.
func PieceWhyWord(ctx context.Context, why string) string {
	switch why {
	case "nobody":
		return t(ctx, "还没有人接")
	case "unknown":
		return t(ctx, "指定的人不能接客户")
	case "branch":
		return t(ctx, "指定的人不能在这个网点有客户")
	case "moved":
		return t(ctx, "已经归了别人")
	case "gone":
		return t(ctx, "客户已删除")
	case "closed":
		return t(ctx, "拜访已做或已取消")
	case "reach":
		return t(ctx, "客户转到了你管不到的网点")
	case "unfit":
		return t(ctx, "接的人已不能在这里有客户")
	case "changed":
		return t(ctx, "后来又换了人")
	}
	return ""
}

// EndingWord says what a handover does to the account.
func EndingWord(ctx context.Context, ending, day string) string {
	switch ending {
	case "now":
		return t(ctx, "账号马上停用")
	case "date":
		return t(ctx, "%s 是最后一天", day)
	}
	return t(ctx, "账号不动，只退出他现在的登录")
}

// fieldLabels leads from the summary of faults to the fields.
func (f HandoverForm) fieldLabels(ctx context.Context) []ui.FieldLabel {
	out := []ui.FieldLabel{{Name: "ending", Label: t(ctx, "他的账号")}, {Name: "ends_on", Label: t(ctx, "离职日期")}}
	for _, k := range f.Kinds {
		out = append(out, ui.FieldLabel{Name: k.Word + ".one", Label: k.Label}, ui.FieldLabel{Name: k.Word + ".among", Label: k.Label})
	}
	return out
}
