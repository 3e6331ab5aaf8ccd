package views

import (
	"context"

	"yike/policy/retention"
	"yike/views/lang"
	"yike/views/ui"
)

// Retention is the page of how long each kind of data is kept. Confirm, when
// set, says what the rule that was typed would do: sent again it is set.
type Retention struct {
	RuleFrame
	Said                  string
	Archiving, Destroying bool
	Confirm, Seen         string
	Kinds                 []RetentionKind
	Others                []RetentionOther
	Held                  []RetentionHeld
	Holds                 []RetentionHold
	HoldsNext, HoldsFirst string // where the next and the first page of them are; "" = there is none
	Hold                  RetentionHoldForm
	Records               []RetentionRecord
	Export                string
}

// RetentionKind is one kind of data: its time as it is typed, in months, and
// how it stands.
type RetentionKind struct {
	Kind, Label, From             string // From: the day from which its time counts
	Archive, Destroy              string // Archive "" = it has none
	ArchiveError, DestroyError    string
	ArchiveHint, DestroyHint, Law string
	NoArchive                     string // why it has none
	InUse, Archived, ArchivedHref string
	ArchiveDue, DestroyDue        string // by now; "" = nothing
	ArchiveSoon, DestroySoon      string // within thirty days
	Held                          string // on the last night
}

// RetentionOther is what has a rule of its own, or always the same time.
type RetentionOther struct{ Label, Said, Href string }

// RetentionHeld is a row that stays though its time is over.
type RetentionHeld struct{ Kind, Name, Day, Why string }

// RetentionHold is what somebody holds.
type RetentionHold struct {
	What, Reason, Who, Until string
	Made                     Moment
	Release                  string
}

// RetentionHoldForm holds a client.
type RetentionHoldForm struct {
	Code, Reason string
	Errors       ui.Errors
}

// RetentionRecord is what was archived or destroyed of a kind in one night.
type RetentionRecord struct {
	Stage, StageKind, Kind, On, Rows, Days, Version, Digest string
}

// Archive is a page of what was taken out of use.
type Archive struct {
	Kinds      []ArchiveTab
	Rows       []ArchiveRow
	Next       string
	Client     string // whose alone, "" = everybody's
	EmptyTitle string
}

// ArchiveTab is one kind.
type ArchiveTab struct {
	Label, Href string
	Current     bool
}

// ArchiveRow is one line.
type ArchiveRow struct{ Client, Day, Archived, Href string }

// ArchivedPage is one row of the archive. Texts are there once somebody asked
// for them with a reason.
type ArchivedPage struct {
	Title, Client, ClientHref, Day, Archived, Version string
	Look, Back                                        string // where the forms go; "" = not offered
	Reason                                            string
	Errors                                            ui.Errors
	Open                                              bool
	Texts                                             []ArchivedLine
	Photos                                            string
}

// ArchivedLine is one text.
type ArchivedLine struct{ Label, Text string }

// KeptKindWord names a kind of data that has a time.
func KeptKindWord(ctx context.Context, kind string) string {
	switch kind {
	case string(retention.Visits):
		return lang.T(ctx, "拜访内容和照片")
	case string(retention.Cases):
		return lang.T(ctx, "已结工单的内容和照片")
	case string(retention.Forms):
		return lang.T(ctx, "反馈表内容和照片")
	case string(retention.Ratings):
		return lang.T(ctx, "评价里写的话")
	case string(retention.Letters):
		return lang.T(ctx, "发过的消息内容")
	case string(retention.Bin):
		return lang.T(ctx, "回收站里的客户")
	case string(retention.Imports):
		return lang.T(ctx, "导入时记下的样例和名单")
	case string(retention.Absences):
		return lang.T(ctx, "请假和出差")
	case string(retention.Leavers):
		return lang.T(ctx, "离职人的账号资料")
	case "recipients":
		return lang.T(ctx, "运单上的收件人")
	case "audits":
		return lang.T(ctx, "审计记录")
	}
	return kind
}

// KeptFromWord says from which day the time of a kind counts.
func KeptFromWord(ctx context.Context, kind retention.Kind) string {
	switch kind {
	case retention.Visits:
		return lang.T(ctx, "从拜访那天算")
	case retention.Cases:
		return lang.T(ctx, "从结案那天算")
	case retention.Forms:
		return lang.T(ctx, "从交表那天算")
	case retention.Ratings:
		return lang.T(ctx, "从那件事那天算")
	case retention.Letters:
		return lang.T(ctx, "从写好那天算")
	case retention.Imports:
		return lang.T(ctx, "从导入办完那天算；文件名留着，是客户信息的来处")
	case retention.Absences:
		return lang.T(ctx, "从最后一天算")
	case retention.Leavers:
		return lang.T(ctx, "从离职那天算；电话、登录名、密码和设置没了，做过的事上姓名还在")
	}
	return lang.T(ctx, "从放进回收站那天算")
}

// KeptLawWord says where a bound comes from.
func KeptLawWord(ctx context.Context, law retention.Law) string {
	switch law {
	case retention.Limitation:
		return lang.T(ctx, "民法典第一百八十八条：三年内可以起诉")
	case retention.Shortest:
		return lang.T(ctx, "个人信息保护法第十九条：用得着多久留多久")
	case retention.Labour:
		return lang.T(ctx, "劳动争议调解仲裁法第二十七条：一年内可以申请仲裁")
	case retention.Undo:
		return lang.T(ctx, "放错了要来得及拿回来")
	}
	return lang.T(ctx, "公司自己定，法律没有写数字")
}

// KeptReasonWord says why something stays though its time is over.
func KeptReasonWord(ctx context.Context, r retention.Reason) string {
	switch r {
	case retention.ByHold:
		return lang.T(ctx, "有人要求留着")
	case retention.ByRequest:
		return lang.T(ctx, "个人信息请求还没答复")
	case retention.ByCase:
		return lang.T(ctx, "有工单没结")
	case retention.ByClaim:
		return lang.T(ctx, "有理赔没办完")
	case retention.ByAccount:
		return lang.T(ctx, "账没有结清")
	}
	return ""
}

// ArchivedWord names a text of the archive.
func ArchivedWord(ctx context.Context, part, column string) string {
	switch part + "." + column {
	case "visit.purpose":
		return lang.T(ctx, "为什么去")
	case "visit.learned":
		return lang.T(ctx, "了解到什么")
	case "visit.met":
		return lang.T(ctx, "见到谁")
	case "visit.next_step", "rating.next_step":
		return lang.T(ctx, "下一步")
	case "case.caller":
		return lang.T(ctx, "来电人")
	case "case.caller_phone":
		return lang.T(ctx, "来电号码")
	case "case.said":
		return lang.T(ctx, "客户怎么说")
	case "case.wants":
		return lang.T(ctx, "客户要什么")
	case "case.result":
		return lang.T(ctx, "查明和处理")
	case "case.measures":
		return lang.T(ctx, "改进措施")
	case "case.unsatisfied_reason":
		return lang.T(ctx, "为什么不满意")
	case "history.note", "merged.args":
		return lang.T(ctx, "经过")
	case "claims.note", "claims.reason":
		return lang.T(ctx, "理赔")
	case "form.answers":
		return lang.T(ctx, "反馈表")
	case "notes.note":
		return lang.T(ctx, "反馈表的答复")
	case "rating.comment":
		return lang.T(ctx, "客户的话")
	case "letter.recipient":
		return lang.T(ctx, "发给谁")
	}
	return lang.T(ctx, "消息")
}

// backMonths is for how long what was brought back stays in use.
const backMonths = retention.BackMonths

// fields are the labels of what may be wrong in the form.
func (p Retention) fields(ctx context.Context) []ui.FieldLabel {
	out := []ui.FieldLabel{{Name: "valid_from", Label: lang.T(ctx, "从哪天起")}, {Name: "reason", Label: lang.T(ctx, "为什么改")}}
	for _, k := range p.Kinds {
		out = append(out, ui.FieldLabel{Name: "archive." + k.Kind, Label: lang.T(ctx, "%s：几个月后归档", k.Label)}, ui.FieldLabel{Name: "destroy." + k.Kind, Label: lang.T(ctx, "%s：满几个月销毁", k.Label)})
	}
	return out
}

// OutOfUse says of a row that its words are out of use: destroyed, or in the
// archive, for who may look there at Href.
type OutOfUse struct {
	Is, Gone bool
	Href     string
}
