package tracking

import (
	"slices"
	"time"
	"unicode/utf8"

	"yike/policy/casework"
	"yike/policy/message"
	"yike/policy/reply"
)

// Troubles are the flags for which a rule may open a case, the gravest first.
// What was refused and comes back is one trouble (Begins).
func Troubles() []string { return []string{Lost, Damaged, Refused, Failed, OffRoad, Stuck} }

// CaseRow says of one trouble whether a case is opened for it, for whose
// parcels, and what is said to the client.
type CaseRow struct {
	On        bool     `json:"on"`
	Classes   []string `json:"classes"`   // of clients
	Sensitive bool     `json:"sensitive"` // those, too, to whom time matters
	Severity  string   `json:"severity"`  // of the case
	Script    string   `json:"script"`    // with the variables of policy/reply
}

// CaseRule says which trouble opens a case, so that somebody calls the client
// before the client calls. It is dated and versioned; a branch may have its own
// where head office leaves it open.
type CaseRule struct {
	Rows map[string]CaseRow `json:"troubles"` // by trouble
	Days int                `json:"days"`     // since a parcel was last heard of, or sent; older trouble opens none
}

// DefaultCases is the rule while head office has set none. The documents ask
// for the call (R181, R182) and name neither classes nor days: these are ours.
func DefaultCases() CaseRule {
	row := func(severity, script string, classes ...string) CaseRow {
		return CaseRow{On: true, Classes: classes, Sensitive: len(classes) > 0, Severity: severity, Script: script}
	}
	return CaseRule{Days: 7, Rows: map[string]CaseRow{
		Lost:    row(casework.Serious, "{称呼}您好，我是{网点}的{经办人}。您寄的 {单号} 可能遗失了，先向您道歉。我们正在各环节找，今天之内给您答复；确认找不到，按规定赔付。请告诉我里面是什么、值多少。"),
		Damaged: row(casework.Serious, "{称呼}您好，我是{网点}的{经办人}。您寄的 {单号} 在路上破损了，先向您道歉。请告诉我里面是什么、要不要继续派送；损失按规定赔付，我们来办。"),
		Refused: row(casework.Minor, "{称呼}您好，我是{网点}的{经办人}。您寄的 {单号} 收件人没有收，正等您决定：再派一次、改地址，还是退回？", "A"),
		Failed:  row(casework.Minor, "{称呼}您好，我是{网点}的{经办人}。您寄的 {单号} 派了几次都没有送成（{轨迹}）。请帮忙核对收件人的电话和地址，我们马上再派。", "A"),
		OffRoad: row(casework.Minor, "{称呼}您好，我是{网点}的{经办人}。您寄的 {单号} 走错了路（{轨迹}），会晚一些到。我们已经在追，到了马上告诉您。", "A"),
		Stuck:   row(casework.Minor, "{称呼}您好，我是{网点}的{经办人}。您寄的 {单号} 在路上停住了（{轨迹}），会晚一些到。我们已经在催，有消息马上告诉您。", "A"),
	}}
}

// Bounds of a rule of cases.
const (
	MaxScript   = 500 // characters
	MaxCaseDays = 60
)

// Codes of what is wrong with a rule of cases.
const (
	ScriptEmpty   = "script_empty"
	ScriptLong    = "script_long"
	ScriptUnknown = "script_unknown" // a brace, or a variable that there is none of; Arg is it
)

// CaseFault is one thing wrong with a rule of cases; Trouble "" is the rule's.
type CaseFault struct{ Trouble, Field, Code, Arg string }

// Faults are all that is wrong with the rule; classes are those that there are.
func (r CaseRule) Faults(classes []string) (out []CaseFault) {
	if r.Days < 1 || r.Days > MaxCaseDays {
		out = append(out, CaseFault{Field: "days", Code: DaysOut})
	}
	for trouble, row := range r.Rows {
		if !slices.Contains(Troubles(), trouble) {
			out = append(out, CaseFault{trouble, "", WordUnknown, ""})
		}
		if !slices.Contains(casework.Severities, row.Severity) {
			out = append(out, CaseFault{trouble, "severity", WordUnknown, ""})
		}
		for _, c := range row.Classes {
			if !slices.Contains(classes, c) {
				out = append(out, CaseFault{trouble, "classes", WordUnknown, ""})
			}
		}
		switch n := utf8.RuneCountInString(row.Script); {
		case n == 0 && row.On:
			out = append(out, CaseFault{trouble, "script", ScriptEmpty, ""})
		case n > MaxScript:
			out = append(out, CaseFault{trouble, "script", ScriptLong, ""})
		}
		for _, p := range message.Braces(row.Script, "script", reply.Variables) {
			out = append(out, CaseFault{trouble, "script", ScriptUnknown, p.Word})
		}
	}
	return out
}

// CaseFacts are what a rule of cases asks of a parcel and its client.
type CaseFacts struct {
	Class     string
	Sensitive bool  // time matters to the client
	Last      int64 // heard of last, or else sent; unix milliseconds, 0 = not known
}

// Opens says whether a trouble opens a case. A row that names neither classes
// nor those to whom time matters is for every client.
func (r CaseRule) Opens(trouble string, f CaseFacts, now time.Time) bool {
	row := r.Rows[trouble]
	switch {
	case !row.On, f.Last == 0, now.Sub(time.UnixMilli(f.Last)) > time.Duration(r.Days)*24*time.Hour:
		return false
	case len(row.Classes) == 0 && !row.Sensitive:
		return true
	}
	return row.Sensitive && f.Sensitive || f.Class != "" && slices.Contains(row.Classes, f.Class)
}

// causes are the codes of the causes that cases of a trouble have.
var causes = map[string]string{Lost: "lost", Damaged: "damaged", Refused: "other.change", Failed: "late.delivery", OffRoad: "wrong.branch", Stuck: "late.stuck"}

// CauseOf is the code of the cause that a case of a trouble has.
func CauseOf(trouble string) string { return causes[trouble] }
