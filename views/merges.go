package views

import (
	"context"

	"yike/policy/dedupe"
	"yike/views/lang"
	"yike/views/ui"
)

// MergePage shows two files of one client side by side, or looks for the second.
type MergePage struct {
	Kept               MergeFile
	Gone               *MergeFile
	Rows               []StaleRow // Mine is the file that stays
	Swap, Fault, Query string
	Apart              bool // of two branches, or one and the same file
	TwoAccounts        bool // each has an account number of its own
	Found              []MergeFound
	Earlier            []MergedFile
}

// MergeFile is the head of one of them.
type MergeFile struct {
	ID, Name, Code, Class, Branch, Version, Account string
	Since                                           Moment
	Contacts, Visits, Cases, Parcels, Papers        int
}

// MergeFound is a file that the search for the second one found; Elsewhere is
// another branch, whose files do not go into this one.
type MergeFound struct{ Href, Name, Class, Sub, Elsewhere string }

// MergedFile is a file that went into this one before.
type MergedFile struct {
	Href, Name, Code, By string
	At                   Moment
}

// MergeRecordPage tells what a merge moved.
type MergeRecordPage struct {
	ID, Kept, KeptHref, Gone, GoneHref, Code, By string
	Until, At, UndoneAt                          Moment
	Undoable, Undone                             bool
	Rows                                         []MergeCount
	Lasting                                      []string // fields that kept what was written since
}

// MergeCount is how many of something went over, and came back.
type MergeCount struct {
	What       string
	Over, Back int
}

// DuplicatePage is the list of files that may be one client.
type DuplicatePage struct {
	Rows                []PairLine
	Dismissed           bool
	Branch, First, Next string
	Branches            []ui.Option
	FoundAt             Moment
}

// PairLine is one pair; Likeness is of policy/dedupe.
type PairLine struct {
	One, Other                      PairedFile
	Branch, Why, DismissedBy, Merge string
	Likeness                        int
}

// PairedFile is one of its files.
type PairedFile struct {
	ID, Name, Code, Class, Owner string
	Visited, Since               Moment
}

// LikenessWord says how likely two files are one client.
func LikenessWord(ctx context.Context, likeness int) string {
	switch likeness {
	case dedupe.Certainly:
		return lang.T(ctx, "就是同一位")
	case dedupe.OneName:
		return lang.T(ctx, "很可能是")
	}
	return lang.T(ctx, "也许是")
}

func likenessTone(likeness int) string {
	switch likeness {
	case dedupe.Certainly:
		return "risk"
	case dedupe.OneName:
		return "soon"
	}
	return ""
}

func duplicateShow(dismissed bool) string {
	if dismissed {
		return "dismissed"
	}
	return ""
}

// mergeCountColumns are the columns of what went over, and of what came back.
func mergeCountColumns(ctx context.Context, undone bool) []ui.Column {
	out := []ui.Column{{Label: lang.T(ctx, "项目")}, {Label: lang.T(ctx, "跟过来"), Right: true}}
	if undone {
		out = append(out, ui.Column{Label: lang.T(ctx, "回去了"), Right: true})
	}
	return out
}

// MergeWord names what went over.
func MergeWord(ctx context.Context, table string) string {
	switch table {
	case "contacts":
		return lang.T(ctx, "联系人")
	case "phones":
		return lang.T(ctx, "联系人的电话")
	case "consents":
		return lang.T(ctx, "联系许可")
	case "person_requests":
		return lang.T(ctx, "个人信息请求")
	case "reveals":
		return lang.T(ctx, "查看完整信息的记录")
	case "visits":
		return lang.T(ctx, "拜访")
	case "feedback_forms":
		return lang.T(ctx, "反馈表")
	case "todos":
		return lang.T(ctx, "待办")
	case "greetings":
		return lang.T(ctx, "慰问")
	case "outbox":
		return lang.T(ctx, "消息")
	case "cases":
		return lang.T(ctx, "工单")
	case "case_claims":
		return lang.T(ctx, "理赔")
	case "ratings":
		return lang.T(ctx, "评价")
	case "measures", "measure_clients":
		return lang.T(ctx, "改进措施")
	case "waybill_senders":
		return lang.T(ctx, "认领过的寄件人")
	case "radar_alerts":
		return lang.T(ctx, "件量提醒")
	case "activity_clients":
		return lang.T(ctx, "参加的活动")
	case "notice_clients":
		return lang.T(ctx, "征集里提到的")
	case "time_marks":
		return lang.T(ctx, "时效敏感标记")
	case "sensitive_values":
		return lang.T(ctx, "可选信息")
	case "waybills":
		return lang.T(ctx, "运单")
	case "archived":
		return lang.T(ctx, "归档的旧内容")
	case "retention_holds":
		return lang.T(ctx, "不许销毁的记号")
	}
	return lang.T(ctx, "对账和收款")
}
