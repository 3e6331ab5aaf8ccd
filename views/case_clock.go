package views

import (
	"context"
	"strconv"
	"time"

	"yike/policy/sla"
	"yike/views/lang"
	"yike/views/ui"
)

// CaseClockPane is the pane of a case's clocks; Action is where they are paused
// and resumed, "" for those who may not.
type CaseClockPane struct {
	Lines           []CaseClockLine
	Pauses          []string
	Paused          bool
	Ends            []ui.Option // until when it may be paused
	Action, Version string
	Today           string // day
}

// PauseOther is the choice of a pause that ends at a time of its own.
const PauseOther = "other"

// CaseClockLine is one clock: how it stands, and why.
type CaseClockLine struct{ Label, Due, State, Said, Why string }

var pauseWords = map[string]string{"client": lang.N("等客户"), "branch": lang.N("等别的网点"), "carrier": lang.N("等承运方"), "evidence": lang.N("等凭证"), "closed": lang.N("当时以为办好了")}

// PauseWord is for what a case waits.
func PauseWord(ctx context.Context, reason string) string { return word(ctx, pauseWords, reason) }

func pauseOptions(ctx context.Context) []ui.Option {
	return WordOptions(ctx, sla.PauseReasons, PauseWord)
}

// clockEventWord says what happened to a case's clocks; false when it is about
// something else.
func clockEventWord(ctx context.Context, kind string, args map[string]string) (string, bool) {
	switch kind {
	case "timed":
		if args["why"] == "hours" {
			return lang.T(ctx, "上班时间或放假安排变了，时限重算：解决 %s", clockArg(args["solve"])), true
		}
		return lang.T(ctx, "时限重算：答复 %s，解决 %s", clockArg(args["answer"]), clockArg(args["solve"])), true
	case "paused":
		if args["until"] != "" {
			return lang.T(ctx, "时限停到 %s：%s", clockArg(args["until"]), PauseWord(ctx, args["reason"])), true
		}
		return lang.T(ctx, "时限停住：%s", PauseWord(ctx, args["reason"])), true
	case "pause_extended":
		return lang.T(ctx, "改成停到 %s", clockArg(args["until"])), true
	case "pause_over":
		return lang.T(ctx, "停的时间到了（%s），时限接着走", PauseWord(ctx, args["reason"])), true
	case "resumed":
		ms, _ := strconv.ParseInt(args["waited"], 10, 64)
		return lang.T(ctx, "时限接着走，等了工作时间 %s", SpanWord(ctx, ms)), true
	case "escalated_by_clock":
		text := lang.T(ctx, "%s的时限 %s：告诉%s", ClockWord(ctx, args["clock"]), clockArg(args["due"]), ClockPlaceWord(ctx, args["place"]))
		if to := args["instead"]; to != "" {
			text += lang.T(ctx, "，没有人在位，改告诉%s", ClockPlaceWord(ctx, to))
		}
		return text, true
	}
	return "", false
}

// clockArg is an instant out of a line of history.
func clockArg(ms string) string {
	at, err := strconv.ParseInt(ms, 10, 64)
	if err != nil || at == 0 {
		return "—"
	}
	return time.UnixMilli(at).UTC().Add(8 * time.Hour).Format("2006-01-02 15:04")
}
