package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/mask"
	"yike/policy/measure"
	"yike/policy/radar"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// radarQuery is what the address of the list of alerts says.
type radarQuery struct {
	db.RadarFilter
	state string // "open" when nothing is said, "all"
	mine  bool
}

func readRadarQuery(r *http.Request) radarQuery {
	q := radarQuery{state: query(r, "state"), mine: query(r, "mine") == "1"}
	switch q.state {
	case db.RadarOpen, db.RadarDoing, db.RadarClosed:
		q.State = q.state
	case "all":
	default:
		q.state, q.State = db.RadarOpen, db.RadarOpen
	}
	if k := query(r, "kind"); slices.Contains(radar.Kinds, radar.Kind(k)) {
		q.Kind = k
	}
	q.BranchID, q.Before = db.ParseID(query(r, "branch")), db.ParseID(query(r, "before"))
	q.Money, q.Answers = actorOf(r).Scope(policy.AccountRead), actorOf(r).Scope(policy.RatingRead)
	if q.mine {
		q.OwnerID = actorOf(r).UserID
	}
	return q
}

// values are the address of a list without its place in the pages.
func (q radarQuery) values() url.Values {
	v := url.Values{}
	if q.state != db.RadarOpen {
		v.Set("state", q.state)
	}
	if q.Kind != "" {
		v.Set("kind", q.Kind)
	}
	if q.BranchID != 0 {
		v.Set("branch", idText(q.BranchID))
	}
	if q.mine {
		v.Set("mine", "1")
	}
	return v
}

func (q radarQuery) href(before int64) string {
	v := q.values()
	if before != 0 {
		v.Set("before", idText(before))
	}
	if len(v) == 0 {
		return "/radar"
	}
	return "/radar?" + v.Encode()
}

// radarList is who ships less than their own habit.
func (h *Handlers) radarList(w http.ResponseWriter, r *http.Request) error {
	ctx, a, q := r.Context(), actorOf(r), readRadarQuery(r)
	scope := a.Scope(policy.RadarRead)
	list, more, err := h.db.RadarAlerts(ctx, scope, q.RadarFilter)
	if err != nil {
		return err
	}
	n := len(list)
	if more || q.Before != 0 {
		if n, err = h.db.CountRadar(ctx, scope, q.RadarFilter, maxCount+1); err != nil {
			return err
		}
	}
	p := views.RadarList{Action: "/radar", State: q.state, Kind: q.Kind, Branch: idText(q.BranchID), Mine: q.mine, Branches: h.branchOptions(ctx, scope), Printed: h.printed(ctx, a, a.Branch)}
	if p.Rows, err = h.radarLines(ctx, list); err != nil {
		return err
	}
	if p.Quiet, err = h.quietFigures(ctx, a, q.BranchID); err != nil {
		return err
	}
	p.Pager.Text = lang.T(ctx, "共 %d 条", n)
	if n > maxCount {
		p.Pager.Text = lang.T(ctx, "超过 %d 条", maxCount)
	}
	if q.Before != 0 {
		p.Pager.First = q.href(0)
	}
	if more {
		p.Pager.Next = q.href(list[len(list)-1].ID)
	}
	if a.Can(policy.CustomerExport) {
		v := q.values()
		p.CSV = "/radar/export?" + v.Encode()
		v.Set("format", sheet.XLSX)
		p.XLSX = "/radar/export?" + v.Encode()
	}
	p.Rule = "/rules/radar"
	if p.Unpublished, err = h.radarUnpublished(ctx, h.todayDay().AddMonths(-1), h.todayDay()); err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "件量雷达"), body: views.Radar(p), active: "/radar"})
}

// radarUnpublished says that the holidays of a year within some days are not
// announced, so that only those of the law are taken out; "" when they are.
func (h *Handlers) radarUnpublished(ctx context.Context, from, to day.Day) (string, error) {
	cal, err := h.db.WorkCalendar(ctx, h.today())
	if err != nil {
		return "", err
	}
	if year := cal.Unpublished(from, to); year != 0 {
		return lang.T(ctx, "%s 年放假安排未公布，先只扣法律定的节日，调休不算。", strconv.Itoa(year)), nil
	}
	return "", nil
}

// quietFigures are how many clients are on the way to silence, each a link to
// the list of them; none for whom the list of clients is not.
func (h *Handlers) quietFigures(ctx context.Context, a policy.Actor, branch int64) ([]views.RadarQuiet, error) {
	if !a.Can(policy.CustomerRead) {
		return nil, nil
	}
	list, err := h.db.QuietFigures(ctx, a.Scope(policy.CustomerRead), branch)
	if err != nil {
		return nil, err
	}
	var out []views.RadarQuiet
	for _, f := range list {
		one := views.RadarQuiet{Label: views.QuietWord(ctx, f.Stop), Number: views.Thousands(f.Clients), Href: "/customers?quiet=" + f.Stop}
		if f.More {
			one.Number += "+"
		}
		if branch != 0 {
			one.Href = "/customers?branch=" + idText(branch) + "&quiet=" + f.Stop
		}
		out = append(out, one)
	}
	return out, nil
}

// radarLines puts alerts into words, those that are closed with what became of
// the volume.
func (h *Handlers) radarLines(ctx context.Context, list []db.RadarRow) ([]views.RadarLine, error) {
	later, err := h.radarLater(ctx, list)
	if err != nil {
		return nil, err
	}
	today, now := h.todayDay(), h.today()
	days := map[string]views.Moment{} // most are of one night
	moment := func(on string) views.Moment {
		m, ok := days[on]
		if !ok {
			m = views.DayWord(ctx, on, now)
			days[on] = m
		}
		return m
	}
	out := make([]views.RadarLine, 0, len(list))
	for i := range list {
		x := &list[i]
		line := views.RadarLine{Href: "/radar/" + idText(x.ID), Customer: x.Customer, CustomerHref: "/customers/" + idText(x.CustomerID), Class: x.Class,
			Kind: views.RadarKindWord(ctx, x.Kind), Text: views.RadarSentence(ctx, x.Detail), State: views.RadarStateWord(ctx, x.State), StateKind: views.RadarStateKind(x.State),
			Count: h.countdown(ctx, x.RadarAlert), Ended: views.RadarEnd(ctx, x.Ended), Worker: x.Worker, Later: later[x.ID], Day: moment(x.Day)}
		if x.Response != "" {
			line.Response = views.RadarResponseWord(ctx, x.Response)
		}
		if line.Worker == "" {
			line.Worker = x.OwnerName
		}
		if due, _ := day.Parse(x.DueDay); due.Valid() && x.State == db.RadarDoing {
			line.DueText = moment(x.DueDay).Text
			switch {
			case due < today:
				line.Due = "over"
			case due <= today.Add(2):
				line.Due = "soon"
			default:
				line.Due = "ok"
			}
		}
		out = append(out, line)
	}
	return out, nil
}

// radarLater says of the alerts that are closed what became of the volume.
func (h *Handlers) radarLater(ctx context.Context, list []db.RadarRow) (map[int64]string, error) {
	var ids []int64
	oldest := day.None
	for _, x := range list {
		if closed, _ := day.Parse(x.ClosedDay); x.State == db.RadarClosed && closed.Valid() {
			ids = append(ids, x.CustomerID)
			if oldest == day.None || closed < oldest {
				oldest = closed
			}
		}
	}
	out := map[int64]string{}
	if len(ids) == 0 {
		return out, nil
	}
	today := h.todayDay()
	volume, err := h.db.VolumeOf(ctx, ids, max(oldest, today.AddMonths(-12)))
	if err != nil {
		return nil, err
	}
	work, err := h.db.WorkCalendar(ctx, today.String())
	if err != nil {
		return nil, err
	}
	cal := radar.Default().Calendar(work).Between(today.AddMonths(-13), today)
	for _, x := range list {
		if closed, _ := day.Parse(x.ClosedDay); x.State == db.RadarClosed && closed.Valid() && radar.Kind(x.Kind).Volume() {
			out[x.ID] = views.RadarLater(ctx, x.Detail, x.Detail.After(volume[x.CustomerID], closed, today.Add(-1), cal))
		}
	}
	return out, nil
}

// countdown says how far the client of an alert that is not closed is on the
// way to silence; "" of other kinds.
func (h *Handlers) countdown(ctx context.Context, x db.RadarAlert) string {
	if x.Kind != string(radar.Silence) || x.State == db.RadarClosed {
		return ""
	}
	last, err := day.Parse(x.Detail.Last)
	if err != nil || !last.Valid() {
		return ""
	}
	return views.Countdown(ctx, radar.CountDown(last, h.todayDay()))
}

// radarShow is one alert: how it came about, what was done, what became of it.
func (h *Handlers) radarShow(w http.ResponseWriter, r *http.Request) error {
	return h.showRadar(w, r, http.StatusOK, nil)
}

// showRadar shows an alert; typed holds what was typed and is wrong.
func (h *Handlers) showRadar(w http.ResponseWriter, r *http.Request, status int, typed *views.RadarPage) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	x, err := h.db.RadarAlert(ctx, a, policy.RadarRead, id)
	if err != nil {
		return err
	}
	today, level := h.todayDay(), h.db.MaskFor(a, x.BranchID, x.CustomerOwner, x.ClerkID)
	h.db.Looked(ctx, a, x.CustomerID, x.BranchID, h.firstRole(signedIn(r)))
	p := views.RadarPage{ID: idText(id), Version: strconv.FormatInt(x.Version, 10), Customer: x.Customer, CustomerHref: "/customers/" + idText(x.CustomerID), Class: x.Class,
		Kind: views.RadarKindWord(ctx, x.Kind), Text: views.RadarSentence(ctx, x.Detail), State: views.RadarStateWord(ctx, x.State), StateKind: views.RadarStateKind(x.State),
		Used: views.RadarUsed(ctx, x.Detail), UsedWhat: lang.T(ctx, "件数"), Errors: ui.Errors{}}
	if !h.mayRadar(a, policy.CustomerRead, x) {
		p.CustomerHref = ""
	}
	switch radar.Kind(x.Kind) {
	case radar.Payment:
		p.UsedWhat = lang.T(ctx, "金额")
	case radar.Rating:
		p.UsedWhat = lang.T(ctx, "指数")
	}
	p.Why = append(views.RadarWhy(ctx, x.Detail), h.radarRuleLine(ctx, x))
	if known, err := day.Parse(x.Day); err == nil && known.Valid() && radar.Kind(x.Kind).Volume() {
		said, err := h.radarUnpublished(ctx, known.Add(-7*weeksBefore), known)
		if err != nil {
			return err
		}
		if said != "" {
			p.Why = append(p.Why, said)
		}
	}
	if radar.Kind(x.Kind).Volume() && h.mayRadar(a, policy.WaybillRead, x) {
		if err := h.radarWeeks(ctx, x, today, &p); err != nil {
			return err
		}
	}
	fact := func(label, value string) {
		if value != "" {
			p.Answered = append(p.Answered, views.Fact{Label: label, Value: value})
		}
	}
	if x.Response != "" {
		fact(lang.T(ctx, "原因"), views.RadarReasonWord(ctx, x.Reason))
		fact(lang.T(ctx, "怎么办"), views.RadarResponseWord(ctx, x.Response))
		fact(lang.T(ctx, "说明"), mask.Text(x.Note, level))
		fact(lang.T(ctx, "谁来办"), x.Worker)
		fact(lang.T(ctx, "哪天前"), x.DueDay)
		fact(lang.T(ctx, "结果"), mask.Text(x.Result, level))
	}
	fact(lang.T(ctx, "自己了结了"), views.RadarEnd(ctx, x.Ended))
	fact(lang.T(ctx, "了结日期"), x.ClosedDay)
	p.Count = h.countdown(ctx, x.RadarAlert)
	if h.mayRadar(a, policy.RadarEdit, x) || x.OwnerID == a.UserID && a.Can(policy.RadarEdit) {
		p.CanClose, p.CanReopen = x.State == db.RadarDoing, x.State == db.RadarClosed
		if x.State != db.RadarClosed {
			if p.Form, err = h.radarForm(ctx, a, x, today); err != nil {
				return err
			}
		}
	}
	if typed != nil {
		p.Errors, p.Result = typed.Errors, typed.Result
		if typed.Form != nil && p.Form != nil {
			typed.Form.Owners, typed.Form.MinDay = p.Form.Owners, p.Form.MinDay
			p.Form = typed.Form
		}
	}
	if p.Measures, err = h.measuresFrom(ctx, a, measure.Radar, x.ID, x.BranchID, x.CustomerOwner, x.ClerkID); err != nil {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "件量雷达：%s", x.Customer), body: views.RadarAlert(p), active: "/radar", scripts: []string{"vendor/echarts.min.js", "chart.js"}})
}

// radarRuleLine says by which rule an alert came about.
func (h *Handlers) radarRuleLine(ctx context.Context, x db.RadarRow) string {
	switch {
	case x.Kind == string(radar.Rating) && x.RuleVersion == 0:
		return lang.T(ctx, "按雷达的默认规则算的，评价到 %s。", x.Day)
	case x.Kind == string(radar.Rating):
		return lang.T(ctx, "按雷达第 %d 版规则算的，评价到 %s。", x.RuleVersion, x.Day)
	case x.RuleVersion == 0:
		return lang.T(ctx, "按默认规则算的，运单到 %s。", x.Day)
	case x.RuleBranch == 0:
		return lang.T(ctx, "按全公司第 %d 版规则算的，运单到 %s。", x.RuleVersion, x.Day)
	}
	return lang.T(ctx, "按%s第 %d 版规则算的，运单到 %s。", h.db.BranchName(x.RuleBranch), x.RuleVersion, x.Day)
}

func (h *Handlers) mayRadar(a policy.Actor, right policy.Permission, x db.RadarRow) bool {
	return a.Scope(right).Sees(h.db.Chain(x.BranchID), x.CustomerOwner, x.ClerkID)
}

// Weeks around an alert that its page shows.
const (
	weeksBefore = 8
	weeksShown  = 20
)

func (h *Handlers) radarWeeks(ctx context.Context, x db.RadarRow, today day.Day, p *views.RadarPage) error {
	known, _ := day.Parse(x.Day)
	from := known.Add(-7 * weeksBefore)
	if last, err := day.Parse(x.Detail.Last); err == nil && last.Valid() {
		from = last.Add(-7 * weeksBefore) // of a silence what came before it
	}
	volume, err := h.db.VolumeOf(ctx, []int64{x.CustomerID}, from)
	if err != nil {
		return err
	}
	rule, _, err := h.db.Radar(ctx, x.BranchID, h.today())
	if err != nil {
		return err
	}
	work, err := h.db.WorkCalendar(ctx, h.today())
	if err != nil {
		return err
	}
	days, cal := volume[x.CustomerID], rule.Calendar(work)
	weeks := radar.Weeks(days, from, today.Add(-1), cal)
	p.Chart = views.RadarWeeks(ctx, weeks[:min(len(weeks), weeksShown)])
	after := known
	if closed, _ := day.Parse(x.ClosedDay); closed.Valid() {
		after = closed
	}
	p.Later = views.RadarLater(ctx, x.Detail, x.Detail.After(days, after, today.Add(-1), cal))
	return nil
}

// radarForm is the answer as it stands, with who may do it.
func (h *Handlers) radarForm(ctx context.Context, a policy.Actor, x db.RadarRow, today day.Day) (*views.RadarForm, error) {
	f := &views.RadarForm{Reason: x.Reason, Response: x.Response, Due: x.DueDay, MinDay: today.String()}
	if level := h.db.MaskFor(a, x.BranchID, x.CustomerOwner, x.ClerkID); level == mask.Full {
		f.Note = x.Note
	}
	if f.Due == "" {
		f.Due = today.Add(7).String()
	}
	var ids []int64
	for _, id := range []int64{x.OwnerID, x.CustomerOwner, x.ClerkID, a.UserID} {
		if id != 0 && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	names, err := h.db.UserNames(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if names[id] != "" {
			f.Owners = append(f.Owners, ui.Option{Value: idText(id), Label: names[id]})
		}
	}
	if len(f.Owners) > 0 {
		f.Owner = f.Owners[0].Value
	}
	return f, nil
}
