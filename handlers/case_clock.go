package handlers

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/day"
	"yike/policy/sla"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// clockTime is an instant as the panes of clocks say it.
func clockTime(at int64) string { return time.UnixMilli(at).In(db.Zone).Format("2006-01-02 15:04") }

// clockSaid is an instant as one says it to a caller.
func (h *Handlers) clockSaid(ctx context.Context, at int64) string {
	due := time.UnixMilli(at).In(db.Zone)
	switch day.Of(due.Date()) - h.todayDay() {
	case 0:
		return lang.T(ctx, "今天 %s", due.Format("15:04"))
	case 1:
		return lang.T(ctx, "明天 %s", due.Format("15:04"))
	}
	return clockTime(at)
}

// casePromised is what the caller may be told of the times.
func (h *Handlers) casePromised(ctx context.Context, branch int64, f sla.Facts) (views.CasePromise, error) {
	list, row, err := h.db.Promise(ctx, branch, f)
	if err != nil {
		return views.CasePromise{}, err
	}
	var said []string
	for _, x := range list {
		if x.Which == sla.Answer && x.Limit.Unit != sla.Seconds {
			said = append(said, lang.T(ctx, "最晚 %s 给您答复", h.clockSaid(ctx, x.Due)))
		}
		if x.Which == sla.Solve {
			said = append(said, lang.T(ctx, "%s 前告诉您结果", h.clockSaid(ctx, x.Due)))
		}
	}
	if len(said) == 0 {
		return views.CasePromise{Text: lang.T(ctx, "还没有定时限，先不要答应几点前办好。")}, nil
	}
	by := lang.T(ctx, "默认值")
	if row.Version > 0 {
		by = lang.T(ctx, "第 %d 版", row.Version)
	}
	why := lang.T(ctx, "按%s的第 %d 行：%s", by, list[0].At+1, views.RowWord(ctx, list[0].Row))
	for _, x := range list {
		if x.Assumed {
			why += lang.T(ctx, "；放假安排未公布，按平常的周算")
			break
		}
	}
	return views.CasePromise{Text: lang.T(ctx, "可以这样说：“%s。”", strings.Join(said, lang.T(ctx, "，"))), Why: why}, nil
}

// promiseAsked is what a form says that the times depend on, as far as it is
// filled in; a client beyond reach is taken for none.
func (h *Handlers) promiseAsked(r *http.Request) (int64, sla.Facts) {
	a := actorOf(r)
	f := sla.Facts{Kind: query(r, "kind"), Severity: query(r, "severity"), Channel: query(r, "channel")}
	branch := db.ParseID(query(r, "branch"))
	if id := db.ParseID(query(r, "customer")); id != 0 {
		if c, err := h.db.Customer(r.Context(), a.Scope(policy.CustomerRead), id); err == nil {
			branch, f.Class = c.BranchID, c.Class
		}
	}
	if !a.Scope(policy.CaseOpen).SeesBranch(h.db.Chain(branch)) {
		branch = a.Branch
	}
	return branch, f
}

// caseClocks is the pane of a case's clocks.
func (h *Handlers) caseClocks(ctx context.Context, x db.CaseRow, edit bool) (*views.CaseClockPane, error) {
	list, pauses, err := h.db.CaseClocks(ctx, x.Case)
	if err != nil || len(list)+len(pauses) == 0 {
		return nil, err
	}
	p := &views.CaseClockPane{Paused: x.Waits(h.db.Now().UnixMilli()), Version: versionText(x.Version), Today: h.today()}
	by := lang.T(ctx, "默认值")
	if x.RuleVersion > 0 {
		by = lang.T(ctx, "第 %d 版", x.RuleVersion)
	}
	for _, c := range list {
		line := views.CaseClockLine{Label: views.ClockWord(ctx, c.Which), Due: clockTime(c.Due)}
		left := views.SpanWord(ctx, max(c.Left, -c.Left))
		if c.Limit.Works() {
			left = lang.T(ctx, "工作时间 %s", left)
		}
		switch c.State {
		case sla.Overdue:
			line.State, line.Said = "over", lang.T(ctx, "超过 %s", left)
		case sla.Soon:
			line.State, line.Said = "soon", lang.T(ctx, "还剩 %s", left)
		case sla.OK:
			line.State, line.Said = "ontime", lang.T(ctx, "还剩 %s", left)
		case sla.Paused:
			line.State, line.Said = "none", lang.T(ctx, "停着，还剩 %s", left)
		default:
			line.State, line.Said = "done", lang.T(ctx, "按时做到了")
			if !c.Kept() {
				line.State, line.Said = "over", lang.T(ctx, "晚了 %s", left)
			}
		}
		if c.At >= 0 {
			line.Why = lang.T(ctx, "按%s的第 %d 行（%s）：%s", by, c.At+1, views.RowWord(ctx, c.Row), views.LimitWord(ctx, c.Limit))
		}
		if c.Assumed {
			line.Why += lang.T(ctx, "；放假安排未公布，按平常的周算")
		}
		p.Lines = append(p.Lines, line)
	}
	for _, x := range pauses {
		to := lang.T(ctx, "现在")
		switch {
		case x.To != 0:
			to = clockTime(x.To)
		case x.Until != 0:
			to = lang.T(ctx, "%s（到点自己接着走）", clockTime(x.Until))
		}
		p.Pauses = append(p.Pauses, lang.T(ctx, "%s：%s 到 %s", views.PauseWord(ctx, x.Reason), clockTime(x.From), to))
	}
	if edit && x.Step != casework.Closed {
		p.Action = "/cases/" + idText(x.ID)
		if p.Ends, err = h.pauseOptions(ctx, x.Case); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// pauseShown are the lengths of a pause that are offered beside the longest, in
// working days.
const pauseShown = 3

// pauseOptions are until when a case may be paused: a few working days, the most
// that the rule allows, and another time.
func (h *Handlers) pauseOptions(ctx context.Context, c db.Case) (out []ui.Option, err error) {
	ends, err := h.db.PauseDays(ctx, c)
	for i, end := range ends {
		if i < pauseShown || i == len(ends)-1 {
			out = append(out, ui.Option{Value: strconv.Itoa(i + 1), Label: lang.T(ctx, "%d 个工作日，到 %s", i+1, h.clockSaid(ctx, end))})
		}
	}
	return append(out, ui.Option{Value: views.PauseOther, Label: lang.T(ctx, "别的时间")}), err
}

// pauseUntil is until when a form wants a case paused; 0 when it cannot be read.
func (h *Handlers) pauseUntil(r *http.Request, c db.Case) (int64, error) {
	until := field(r, "until")
	if until == views.PauseOther {
		at, err := time.ParseInLocation("2006-01-02 15:04", field(r, "day")+" "+cmp.Or(field(r, "time"), "18:00"), db.Zone)
		if err != nil {
			return 0, nil
		}
		return at.UnixMilli(), nil
	}
	n, err := strconv.Atoi(until)
	if err != nil {
		return 0, nil
	}
	ends, err := h.db.PauseDays(r.Context(), c)
	if err != nil || n < 1 || n > len(ends) {
		return 0, err
	}
	return ends[n-1], nil
}

// casePause stops the clocks of a case until a time, or lets them run again.
func (h *Handlers) casePause(w http.ResponseWriter, r *http.Request) error {
	return h.casePaused(w, r, func(c db.Case, version int64, note string) error {
		reason := field(r, "reason")
		if !slices.Contains(sla.PauseReasons, reason) {
			return db.ErrNotPaused
		}
		until, err := h.pauseUntil(r, c)
		if err != nil || until == 0 {
			return cmp.Or(err, db.ErrPauseEnd)
		}
		return h.db.PauseCase(r.Context(), actorOf(r), c.ID, version, reason, note, until)
	}, lang.T(r.Context(), "时限停住了，到点自己接着走；早等到了，点“接着走”"))
}

// casePauseExtend sets another end of a pause.
func (h *Handlers) casePauseExtend(w http.ResponseWriter, r *http.Request) error {
	return h.casePaused(w, r, func(c db.Case, version int64, note string) error {
		until, err := h.pauseUntil(r, c)
		if err != nil || until == 0 {
			return cmp.Or(err, db.ErrPauseEnd)
		}
		return h.db.ExtendPause(r.Context(), actorOf(r), c.ID, version, until, note)
	}, lang.T(r.Context(), "停到什么时候改好了"))
}

func (h *Handlers) caseResume(w http.ResponseWriter, r *http.Request) error {
	return h.casePaused(w, r, func(c db.Case, version int64, note string) error {
		return h.db.ResumeCase(r.Context(), actorOf(r), c.ID, version, note)
	}, lang.T(r.Context(), "时限接着走了"))
}

func (h *Handlers) casePaused(w http.ResponseWriter, r *http.Request, act func(c db.Case, version int64, note string) error, done string) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	x, err := h.caseAt(r)
	if err != nil {
		return err
	}
	note := field(r, "note")
	if len([]rune(note)) > 500 {
		note = string([]rune(note)[:500])
	}
	flash := views.Flash{Kind: "ok", Text: done}
	err = act(x.Case, db.ParseID(field(r, "version")), note)
	var stopped *db.CaseStop
	switch {
	case errors.Is(err, db.ErrPauseEnd):
		flash = views.Flash{Kind: "warn", Text: lang.T(ctx, "时限没有变：停到什么时候要在现在之后，也不能比规则允许的更久")}
	case errors.As(err, &stopped):
		flash = views.Flash{Kind: "warn", Text: views.CaseStops(ctx, stopped.Why)}
	case errors.Is(err, db.ErrPaused) || errors.Is(err, db.ErrNotPaused):
		flash = views.Flash{Kind: "warn", Text: lang.T(ctx, "时限没有变：请选一个原因，或者别人刚点过")}
	case errors.Is(err, db.ErrConflict):
		flash = views.Flash{Kind: "warn", Text: lang.T(ctx, "刚才有人改了这件工单，看过再点一次")}
	case err != nil:
		return err
	}
	h.flash(r, flash)
	h.redirect(w, r, "/cases/"+idText(x.ID))
	return nil
}
