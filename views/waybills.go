package views

import (
	"context"

	"yike/policy/tracking"
	"yike/policy/waybill"
	"yike/views/lang"
	"yike/views/ui"
)

// WaybillList is the page of parcels, of all or of one client.
type WaybillList struct {
	Printed string // heads the page on paper
	Filter  WaybillFilterForm
	Chips   ui.ChipsProps
	Rows    []WaybillLine
	Pager   ui.PagerProps
	Senders string // address of who is nobody on file, "" without the right
	Tracks  string // address where news are taken in, "" without the right
	Import  string // address of a new import, "" without the right
	CSV     string // addresses of the list as a file, "" without the right
	XLSX    string
	Client  *WaybillClient // nil = of all
	Habits  string         // address of the client's profile
	Flags   []Tally        // of those that ask for somebody, by why; none when none does
	Alerts  []Tally        // of the cases that rules opened for them, by who called first
	Flagged bool           // those alone are listed
}

// Tally is a figure that opens its list.
type Tally struct {
	Label, N, Href string
	Active         bool
}

// WaybillWatch is why a parcel asks for somebody, and whom.
type WaybillWatch struct {
	Flags []string
	Last  Moment // of the latest news; zero = none
	Who   string
}

// WaybillClient is the head of one client's parcels.
type WaybillClient struct {
	Name, Href string
	Figures    []ui.StatProps
	Months     []WaybillMonth
}

// WaybillMonth is one month of this year and of the one before.
type WaybillMonth struct {
	Month                                        string
	Pieces, PiecesBefore, Freight, FreightBefore string
	Average, Exceptions                          string
	Href                                         string
}

// WaybillFilterForm is the filter above the list.
type WaybillFilterForm struct {
	Action, Number, From, To, Branch, Product, Payment, State, Customer string
	Flagged                                                             string // "1" = whatever the flag
	Province                                                            string
	Unbound                                                             bool
	Branches                                                            []ui.Option
}

// WaybillLine is a parcel in the list.
type WaybillLine struct {
	Href, Number, Customer, CustomerHref, Sender string
	To, Receiver, Weight, Freight                string
	Product, Payment, State, StateKind           string
	Day                                          Moment
	Watch                                        WaybillWatch
}

// WaybillPage is one parcel.
type WaybillPage struct {
	Cases                    []CaseBrief // that name it
	Number, State, StateKind string
	Customer, CustomerHref   string
	SenderHref               string // where it can be said whose it is
	Track                    TrackPane
	Todos                    TodoCard
	Href                     string
	Ask                      string // where the client is asked how it was; "" without the right
	Groups                   []FactGroup
}

// SenderList is who sent parcels and is nobody on file.
type SenderList struct {
	Rows []SenderLine
	More bool
}

// SenderLine is one of them.
type SenderLine struct {
	Href, NewHref, Name, Phone, Account, Branch string
	Waybills, Freight                           string
	ListHref                                    string
	Last                                        Moment
}

// SenderPage asks whose the parcels of a sender are.
type SenderPage struct {
	SenderLine
	ID, Version, Query string
	Address            string
	Hits               []SenderHit
	Asked              bool
}

// SenderHit is a client that may be the sender.
type SenderHit struct{ ID, Name, Sub, Class string }

var productWords = map[string]string{
	waybill.Standard: lang.N("标快"), waybill.Economy: lang.N("特惠"), waybill.Express: lang.N("时效"), waybill.SameDay: lang.N("同城即日"),
	waybill.Bulky: lang.N("大件"), waybill.Cold: lang.N("冷链"), waybill.International: lang.N("国际"), waybill.OtherProduct: lang.N("其他"),
}

// ProductWord is what a parcel was sent as.
func ProductWord(ctx context.Context, code string) string { return word(ctx, productWords, code) }

var paymentWords = map[string]string{
	waybill.SenderPays: lang.N("寄付"), waybill.ReceiverPays: lang.N("到付"), waybill.Monthly: lang.N("月结"), waybill.ThirdParty: lang.N("第三方付"),
}

// PaymentWord is who pays the freight.
func PaymentWord(ctx context.Context, code string) string { return word(ctx, paymentWords, code) }

var waybillStateWords = map[string]string{
	waybill.Ordered: lang.N("待揽收"), waybill.PickedUp: lang.N("已揽收"), waybill.Moving: lang.N("运输中"), waybill.Delivering: lang.N("派送中"),
	waybill.Signed: lang.N("已签收"), waybill.Returning: lang.N("退回中"), waybill.Returned: lang.N("已退件"), waybill.Refused: lang.N("拒收"),
	waybill.Damaged: lang.N("破损"), waybill.Lost: lang.N("遗失"), waybill.Stuck: lang.N("滞留"), waybill.Cancelled: lang.N("已取消"),
}

// WaybillStateWord is where a parcel is.
func WaybillStateWord(ctx context.Context, code string) string {
	return word(ctx, waybillStateWords, code)
}

// WaybillStateKind is the colour of a state.
func WaybillStateKind(code string) string {
	switch code {
	case waybill.Signed:
		return "ok"
	case waybill.Refused, waybill.Damaged, waybill.Lost, waybill.Stuck:
		return "risk"
	case waybill.Returning, waybill.Returned:
		return "soon"
	case waybill.Cancelled, "":
		return ""
	}
	return "brand"
}

var exceptionWords = map[string]string{
	waybill.Stuck: lang.N("滞留"), waybill.Late: lang.N("延误"), waybill.FailedOnce: lang.N("派送失败"), waybill.Misrouted: lang.N("错发"),
	waybill.Refused: lang.N("拒收"), waybill.Returned: lang.N("退件"), waybill.Damaged: lang.N("破损"), waybill.Short: lang.N("短少"),
	waybill.Lost: lang.N("遗失"), waybill.OtherException: lang.N("其他异常"),
}

// ExceptionWord is what went wrong with a parcel.
func ExceptionWord(ctx context.Context, code string) string { return word(ctx, exceptionWords, code) }

var boundWords = map[string]string{
	waybill.ByAccount: lang.N("按月结账号认出"), waybill.ByPhone: lang.N("按电话认出"), waybill.ByName: lang.N("按名称认出"), waybill.ByHand: lang.N("人工归到这位客户"),
}

// BoundWord is how a parcel came to its client.
func BoundWord(ctx context.Context, code string) string { return word(ctx, boundWords, code) }

func (p WaybillList) title(ctx context.Context) string {
	if p.Client != nil {
		return t(ctx, "%s 的运单", p.Client.Name)
	}
	return t(ctx, "运单")
}

func (p WaybillList) head(ctx context.Context) ui.HeadProps {
	h := ui.HeadProps{Title: p.title(ctx)}
	if p.Client != nil {
		h.BackHref, h.BackText = p.Client.Href, p.Client.Name
	}
	return h
}

// columns are those of the list; whose page it is needs no column.
func (p WaybillList) columns(ctx context.Context) []ui.Column {
	list := []ui.Column{{Label: t(ctx, "日期")}, {Label: t(ctx, "运单号")}}
	if p.Client == nil {
		list = append(list, ui.Column{Label: t(ctx, "寄件客户")})
	}
	list = append(list, ui.Column{Label: t(ctx, "寄往")}, ui.Column{Label: t(ctx, "产品")})
	if p.Flagged {
		return append(list, ui.Column{Label: t(ctx, "提醒")}, ui.Column{Label: t(ctx, "最近消息")}, ui.Column{Label: t(ctx, "谁来办")}, ui.Column{Label: t(ctx, "状态")})
	}
	return append(list, ui.Column{Label: t(ctx, "付款")}, ui.Column{Label: t(ctx, "重量"), Right: true},
		ui.Column{Label: t(ctx, "运费"), Right: true}, ui.Column{Label: t(ctx, "状态")})
}

// WaybillStateOptions are the states to choose from.
func WaybillStateOptions(ctx context.Context) []ui.Option {
	return WordOptions(ctx, waybill.States(), WaybillStateWord)
}

// ProductOptions are the products to choose from.
func ProductOptions(ctx context.Context) []ui.Option {
	return WordOptions(ctx, waybill.Products(), ProductWord)
}

// PaymentOptions are the ways of payment to choose from.
func PaymentOptions(ctx context.Context) []ui.Option {
	return WordOptions(ctx, waybill.Payments(), PaymentWord)
}

// FlagOptions are the flags to choose from, behind all that ask for somebody.
func FlagOptions(ctx context.Context) []ui.Option {
	return append([]ui.Option{{Value: "1", Label: t(ctx, "要人办的")}}, WordOptions(ctx, tracking.Flags(), FlagWord)...)
}
