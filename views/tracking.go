package views

import (
	"context"

	"yike/policy/tracking"
	"yike/views/lang"
	"yike/views/ui"
)

// TrackForm takes answers of the tracking services, and shows what they would
// change before anything does.
type TrackForm struct {
	Text   string // what was pasted
	Carry  string // what was read of it and of the files, to be applied
	Looked bool   // what stands below was read of Text
	Rows   []TrackPlan
	Faults []TrackFault
	Count  string // of the parcels that change
	Errors ui.Errors
	Reads  []TrackRead
}

// TrackRead is one taking-in of news that stands, or was taken back.
type TrackRead struct {
	ID, Who                  string
	When, Until              Moment // Until it can be taken back
	Parcels, Traces, Flagged string
	State                    string // of one that was taken back: by whom, when
	Kept                     string // parcels that it left as they are, "" for none
	CanUndo                  bool
}

// TrackPlan is what news of one parcel would change.
type TrackPlan struct {
	Number, Href, Customer string
	Before, After, Kind    string // states; Kind the colour of After
	News, Last             string
	Flags                  []string
	Missing                bool
	Same                   bool // nothing new
}

// TrackFault is something that was left out, in words.
type TrackFault struct{ Where, Number, Text string }

// TrackDay is the news of one day, the latest first.
type TrackDay struct {
	Day   Moment
	Lines []TrackLine
}

// TrackLine is one line of news.
type TrackLine struct{ Time, Words string }

// TrackPane is a parcel's way on its page.
type TrackPane struct {
	Flags   []TrackFlag
	Days    []TrackDay
	Service string
	Rule    string // by which version the flags came about
}

// TrackFlag is why a parcel asks for somebody.
type TrackFlag struct{ Title, Why string }

// ServiceWord is a tracking service.
func ServiceWord(ctx context.Context, service string) string {
	return word(ctx, map[string]string{tracking.KD100: lang.N("快递100"), tracking.KDNiao: lang.N("快递鸟")}, service)
}

// FlagWord is a flag of a parcel.
func FlagWord(ctx context.Context, flag string) string {
	return word(ctx, map[string]string{tracking.Stuck: lang.N("滞留"), tracking.OffRoad: lang.N("走错路"), tracking.Failed: lang.N("派送不成"),
		tracking.Refused: lang.N("拒收"), tracking.Back: lang.N("退回"), tracking.Damaged: lang.N("破损"), tracking.Lost: lang.N("遗失")}, flag)
}

// TrackFaultWord says what was left out of an answer, or not understood.
func TrackFaultWord(ctx context.Context, code, arg string) string {
	switch code {
	case tracking.NotJSON:
		return lang.T(ctx, "不是完整的 JSON，从这里起没有读")
	case tracking.TooMuch:
		return lang.T(ctx, "太大或票数太多，多出的没有读")
	case tracking.NoAnswer:
		return lang.T(ctx, "不是快递100或快递鸟的轨迹")
	case tracking.Refusal:
		return lang.T(ctx, "查询平台没有给轨迹：%s", arg)
	case tracking.BadNumber:
		return lang.T(ctx, "运单号不对")
	case tracking.BadTrace:
		return lang.T(ctx, "%s 条轨迹没有能认的时间，没有收", arg)
	case tracking.CutTraces:
		return lang.T(ctx, "轨迹太多，只收最近 %s 条", arg)
	case tracking.UnknownWas:
		return lang.T(ctx, "状态码“%s”不认得，按轨迹的文字判断", arg)
	}
	return code
}

// TrackingRuleForm is the page of when a parcel asks for somebody.
type TrackingRuleForm struct {
	RuleFrame
	Said                                                         string
	Hours, FarHours, Sensitive, Provinces, Fails, Days, BillDays string
	Products                                                     []TrackingProduct
	Far                                                          []TrackingFar
}

// TrackingProduct are the hours of one product, "" as all others.
type TrackingProduct struct{ Name, Label, Hours string }

// TrackingFar is a province that may get more time.
type TrackingFar struct {
	Code, Name string
	On         bool
}

func (f TrackingRuleForm) fields(ctx context.Context) []ui.FieldLabel {
	out := []ui.FieldLabel{{Name: "hours", Label: t(ctx, "多久没消息算滞留")}, {Name: "sensitive", Label: t(ctx, "时效敏感的客户")}, {Name: "far_hours", Label: t(ctx, "远的省份多给")},
		{Name: "provinces", Label: t(ctx, "绕过几个省算走错")}, {Name: "fails", Label: t(ctx, "派送失败几次")}, {Name: "days", Label: t(ctx, "多久以前的不再提醒")}, {Name: "bill_days", Label: t(ctx, "只有账单消息的，多久以前")}, {Name: "valid_from", Label: t(ctx, "从哪天起")}, {Name: "reason", Label: t(ctx, "为什么改")}}
	for _, p := range f.Products {
		out = append(out, ui.FieldLabel{Name: "product_" + p.Name, Label: p.Label})
	}
	return out
}

// primaryUnless makes a button the page's main one, unless another is.
func primaryUnless(other bool) string {
	if other {
		return ""
	}
	return "primary"
}
