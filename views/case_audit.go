package views

import (
	"context"

	"yike/views/lang"
)

// caseColumns names the fields of a case as its pages call them; what follows
// from others is not in it.
var caseColumns = map[string]string{
	"kind": lang.N("类型"), "branch_id": lang.N("网点"), "caller": lang.N("来电人"), "caller_phone": lang.N("回电号码"), "channel": lang.N("怎么来的"), "ticket": lang.N("工单或申诉号"),
	"severity": lang.N("轻重"), "class": lang.N("分级"), "said": lang.N("客户怎么说"), "wants": lang.N("客户要什么"), "user_id": lang.N("处理人"), "step": lang.N("步骤"),
	"answered_at": lang.N("答复时间"), "solved_at": lang.N("告知结果"), "closed_at": lang.N("结案时间"), "paused_at": lang.N("暂停计时"), "pause_reason": lang.N("为什么停"), "pause_until": lang.N("停到什么时候"),
	"told_how": lang.N("怎么告诉的"), "told_by": lang.N("谁告诉的"), "satisfied": lang.N("客户满意吗"), "result": lang.N("查明和处理"),
	"unsatisfied_why": lang.N("为什么结不了"), "unsatisfied_reason": lang.N("做过什么、客户怎么说"), "accepted_by": lang.N("谁认可的"), "escalated_at": lang.N("客户要升级的时间"), "escalated_reason": lang.N("客户为什么要升级"),
	"call_due": lang.N("回访期限"), "called_at": lang.N("回访时间"), "review_why": lang.N("为什么复盘"), "measures": lang.N("改进措施"), "measures_by": lang.N("谁负责"), "measures_due": lang.N("到期"), "reopened": lang.N("重开几次"),
	"waybills": lang.N("运单号"), "photos": lang.N("照片"),
}

// claimColumns see caseColumns.
var claimColumns = map[string]string{
	"branch_id": lang.N("网点"), "number": lang.N("运单"), "state": lang.N("状态"), "asked": lang.N("客户要多少"), "agreed": lang.N("赔付多少"), "paid": lang.N("付了多少"), "paid_day": lang.N("哪天付的"), "paid_how": lang.N("怎么付的"),
	"photos": lang.N("照片"), "note": lang.N("赔什么、凭什么"), "reason": lang.N("原因"), "proposed_by": lang.N("谁提出的"), "decided_by": lang.N("谁批的"),
}

// measureColumns see caseColumns.
var measureColumns = map[string]string{
	"branch_id": lang.N("网点"), "user_id": lang.N("谁负责"), "said": lang.N("要做什么"), "from_day": lang.N("哪天开始"), "due_day": lang.N("哪天做完"), "review_day": lang.N("哪天看效果"), "figure": lang.N("用哪个数看"), "goal": lang.N("做到什么样算好"),
	"reach": lang.N("为哪些客户"), "reach_value": lang.N("哪个分级"), "state": lang.N("进度"), "result": lang.N("结果"), "done_day": lang.N("实际做完"), "verdict": lang.N("效果"), "learned": lang.N("接下来怎么办"), "reviewed_by": lang.N("谁看的效果"), "every_months": lang.N("多久再来一次"),
}

// MeasureValueWord is a value of a field of a measure.
func MeasureValueWord(ctx context.Context, column, text string) string {
	switch column {
	case "every_months":
		return MeasureEveryWord(ctx, text)
	case "state":
		return MeasureStateWord(ctx, text)
	case "figure":
		return MeasureFigureWord(ctx, text)
	case "verdict":
		return MeasureVerdictWord(ctx, text)
	case "reach":
		return word(ctx, measureReachWords, text)
	}
	return text
}

// CaseColumnWord names a field of a case, of a measure or of a claim; "" for one that says
// nothing by itself.
func CaseColumnWord(ctx context.Context, entity, column string) string {
	words := caseColumns
	switch entity {
	case "case_claims":
		words = claimColumns
	case "measures":
		words = measureColumns
	case "activities":
		words = activityColumns
	}
	if words[column] == "" {
		return ""
	}
	return lang.T(ctx, words[column])
}

// CaseValueWord is a value of such a field.
func CaseValueWord(ctx context.Context, column, text string) string {
	switch column {
	case "kind":
		return CaseKindWord(ctx, text)
	case "channel":
		return CaseChannelWord(ctx, text)
	case "severity":
		return SeverityWord(ctx, text)
	case "step":
		return CaseStepWord(ctx, text)
	case "wants":
		return WantWord(ctx, text)
	case "satisfied":
		return SatisfiedWord(ctx, text)
	case "told_how":
		return TellMeansWord(ctx, text)
	case "pause_reason":
		return PauseWord(ctx, text)
	case "unsatisfied_why":
		return WaiveWord(ctx, text)
	case "escalated_reason":
		return EscalateWord(ctx, text)
	case "review_why":
		return ReviewWord(ctx, text)
	case "state":
		return ClaimStateWord(ctx, text)
	case "paid_how":
		return PayMeansWord(ctx, text)
	}
	return text
}
