package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/mask"
	"yike/policy/measure"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// measuresShown is how many measures a page lists.
const measuresShown = 50

// measureShows are the states of a list of measures, beside the usual one.
var measureShows = append([]string{"late", db.MeasuresLook, db.MeasuresLooked, db.MeasuresAll}, measure.States...)

// measureQuery is what the address of the list says.
func (h *Handlers) measureQuery(r *http.Request) (db.MeasureFilter, url.Values) {
	v := url.Values{}
	who := query(r, "who")
	if who != "mine" {
		who = idText(db.ParseID(who))
	}
	verdict := query(r, "verdict")
	if !slices.Contains(measure.Verdicts, measure.Verdict(verdict)) {
		verdict = ""
	}
	for name, value := range map[string]string{"show": known(measureShows, query(r, "show")), "source": known(measure.Sources, query(r, "source")), "verdict": verdict, "who": who,
		"branch": idText(db.ParseID(query(r, "branch"))), "customer": idText(db.ParseID(query(r, "customer")))} {
		if value != "" {
			v.Set(name, value)
		}
	}
	f := db.MeasureFilter{Source: v.Get("source"), Verdict: v.Get("verdict"), BranchID: db.ParseID(v.Get("branch")), CustomerID: db.ParseID(v.Get("customer")), Today: h.today(), Limit: measuresShown}
	switch show := v.Get("show"); show {
	case "late":
		f.Late = h.today()
	case db.MeasuresLook, db.MeasuresLooked, db.MeasuresAll, measure.Open, measure.Running, measure.Done, measure.Dropped:
		f.Show = show
	}
	if f.Verdict != "" && f.Show == db.MeasuresLive && f.Late == "" {
		f.Show = db.MeasuresAll
	}
	if f.UserID = db.ParseID(v.Get("who")); v.Get("who") == "mine" {
		f.UserID = actorOf(r).UserID
	}
	at, id, _ := strings.Cut(query(r, "at"), "_")
	if f.At.ID = db.ParseID(id); f.At.ID != 0 {
		f.At.Due = at
	}
	return f, v
}

func (h *Handlers) measureList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	f, v := h.measureQuery(r)
	list, more, err := h.db.Measures(ctx, a, f)
	if err != nil {
		return err
	}
	all := f
	all.At = db.MeasureKey{}
	n, err := h.db.CountMeasures(ctx, a, all, todayMost+1)
	if err != nil {
		return err
	}
	p := views.MeasureList{Show: v.Get("show"), Source: f.Source, Verdict: f.Verdict, Who: v.Get("who"), Branch: idText(f.BranchID), Customer: idText(f.CustomerID),
		Branches: h.ruleBranches(ctx, a.Scope(policy.MeasureRead)), Count: lang.T(ctx, "%s 条", upTo(n, todayMost)), Printed: h.printed(ctx, a, f.BranchID), Chips: h.measureChips(ctx, v)}
	for _, m := range list {
		p.Rows = append(p.Rows, h.measureLine(ctx, a, m))
	}
	if more {
		last := list[len(list)-1]
		p.Next = hrefWith("/measures", v, "at", last.Due+"_"+idText(last.ID))
	}
	if a.Can(policy.MeasureEdit) {
		p.New = "/measures/new"
	}
	if a.Can(policy.CustomerExport) && len(list) > 0 {
		p.Export = hrefWith("/measures/export", v)
	}
	if a.Scope(policy.MeasureRead).Wide() {
		if p.ByBranch, err = h.measureBranches(ctx, a); err != nil {
			return err
		}
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "改进措施"), body: views.Measures(p), active: "/measures"})
}

// measureBranches counts the measures of every branch; each number opens its
// list.
func (h *Handlers) measureBranches(ctx context.Context, a policy.Actor) (out []views.MeasureBranch, err error) {
	list, err := h.db.MeasuresByBranch(ctx, a, h.today())
	leaf := map[int64]bool{} // branches with none below: their lists are theirs alone
	for _, b := range h.db.Branches(ctx, a.Scope(policy.MeasureRead)) {
		leaf[b.ID] = b.Level == db.LevelBranch
	}
	for _, b := range list {
		of := func(n int64, show, verdict string) views.MeasureCount {
			return views.MeasureCount{N: strconv.FormatInt(n, 10), Href: hrefWith("/measures", nil, "branch", idText(b.Branch), "show", show, "verdict", verdict)}
		}
		if !leaf[b.Branch] {
			of = func(n int64, _, _ string) views.MeasureCount { return views.MeasureCount{N: strconv.FormatInt(n, 10)} }
		}
		out = append(out, views.MeasureBranch{Name: h.db.BranchName(b.Branch), Live: of(b.Live, "", ""), Late: of(b.Late, "late", ""), Done: of(b.Done, measure.Done, ""), Look: of(b.Look, db.MeasuresLook, ""),
			Seen: of(b.Seen, db.MeasuresLooked, ""), Good: of(b.Better, "", string(measure.Better))})
	}
	return out, err
}

// measureChips are the filters in force, each with a way to take it off.
func (h *Handlers) measureChips(ctx context.Context, v url.Values) ui.ChipsProps {
	out := ui.ChipsProps{Label: lang.T(ctx, "筛选条件"), ClearHref: "/measures"}
	for _, c := range []struct{ name, label, value string }{{"show", lang.T(ctx, "进度"), views.MeasureShowWord(ctx, v.Get("show"))}, {"source", lang.T(ctx, "从哪里来"), views.MeasureSourceWord(ctx, v.Get("source"))},
		{"verdict", lang.T(ctx, "效果"), views.MeasureVerdictWord(ctx, v.Get("verdict"))}, {"branch", lang.T(ctx, "网点"), h.db.BranchName(db.ParseID(v.Get("branch")))},
		{"who", lang.T(ctx, "谁负责"), lang.T(ctx, "一个人")}, {"customer", lang.T(ctx, "客户"), lang.T(ctx, "一位客户")}} {
		if v.Get(c.name) != "" {
			out.Items = append(out.Items, ui.Chip{Label: c.label, Value: c.value, RemoveHref: hrefWith("/measures", v, c.name, "")})
		}
	}
	return out
}

func measureKind(state string) string {
	switch state {
	case measure.Done:
		return "ok"
	case measure.Running:
		return "brand"
	case measure.Dropped:
		return "line"
	}
	return "soon"
}

func verdictKind(verdict string) string {
	switch measure.Verdict(verdict) {
	case measure.Better:
		return "ok"
	case measure.Worse:
		return "risk"
	case measure.InWords:
		return "brand"
	}
	return "line"
}

// measureLine is a measure in a list; texts about somebody's client are masked as
// that client's are.
func (h *Handlers) measureLine(ctx context.Context, a policy.Actor, m db.MeasureRow) views.MeasureLine {
	line := views.MeasureLine{Href: "/measures/" + idText(m.ID), Said: shortText(mask.Text(m.Said, h.measureMask(a, m))), Source: views.MeasureSourceWord(ctx, m.Source), Customer: m.Customer, Branch: h.db.BranchName(m.BranchID),
		Who: cmp.Or(m.User, lang.T(ctx, "还没有人")), Due: m.Due, Review: m.Review, State: views.MeasureStateWord(ctx, m.State), StateKind: measureKind(m.State),
		Figure: views.MeasureFigureWord(ctx, m.Figure), Verdict: views.MeasureVerdictWord(ctx, m.Verdict), VerdictKind: verdictKind(m.Verdict)}
	line.DueState, line.DueText = h.measureDue(ctx, m)
	return line
}

// measureDue is how a measure stands with its day; "" when nobody waits for it.
func (h *Handlers) measureDue(ctx context.Context, m db.MeasureRow) (state, text string) {
	if !measure.Live(m.State) {
		return "", ""
	}
	if state = "ontime"; m.Due < h.today() {
		state = "over"
	} else if m.Due <= h.todayDay().Add(3).String() {
		state = "soon"
	}
	return state, views.DayWord(ctx, m.Due, h.today()).Text
}

// measureMask is how much of the words of a measure somebody sees.
func (h *Handlers) measureMask(a policy.Actor, m db.MeasureRow) mask.Level {
	return h.db.MaskFor(a, m.BranchID, m.OwnerID, m.ClerkID)
}

// measuresFrom are the measures of a visit, an alert or a case on its page, and
// where another is written down.
func (h *Handlers) measuresFrom(ctx context.Context, a policy.Actor, source string, id int64, branch, owner, clerk int64) (views.MeasurePart, error) {
	var p views.MeasurePart
	if !a.Can(policy.MeasureRead) {
		return p, nil
	}
	list, err := h.db.MeasuresFrom(ctx, a, source, id)
	for _, m := range list {
		p.Rows = append(p.Rows, h.measureLine(ctx, a, m))
	}
	if source != measure.Review && h.db.SeesClient(a.Scope(policy.MeasureEdit), branch, owner, clerk) {
		p.New = "/measures/new?source=" + source + "&id=" + idText(id)
	}
	return p, err
}

func (h *Handlers) measureAt(r *http.Request) (db.MeasureRow, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.MeasureRow{}, err
	}
	return h.db.Measure(r.Context(), actorOf(r), id)
}

func (h *Handlers) measureShow(w http.ResponseWriter, r *http.Request) error {
	m, err := h.measureAt(r)
	if err != nil {
		return err
	}
	return h.showMeasure(w, r, http.StatusOK, m, views.MeasurePage{Errors: ui.Errors{}})
}

func (h *Handlers) showMeasure(w http.ResponseWriter, r *http.Request, status int, m db.MeasureRow, p views.MeasurePage) error {
	ctx, a := r.Context(), actorOf(r)
	level := h.measureMask(a, m)
	p.ID, p.Version, p.Home, p.Said = idText(m.ID), versionText(m.Version), "/measures/"+idText(m.ID), mask.Text(m.Said, level)
	p.State, p.StateKind, p.Result, p.Learned, p.Customer = views.MeasureStateWord(ctx, m.State), measureKind(m.State), mask.Text(m.Result, level), mask.Text(m.Learned, level), m.Customer
	p.DueState, p.DueText = h.measureDue(ctx, m)
	p.CustomerHref = h.clientHref(a, m.CustomerID, m.BranchID, m.OwnerID, m.ClerkID)
	p.SourceHref, p.SourceText = h.measureSource(ctx, a, m)
	p.Facts, p.Printed = h.measureFacts(ctx, m), h.printed(ctx, a, m.BranchID)
	if m.FollowsID != 0 {
		p.BeforeHref = "/measures/" + idText(m.FollowsID)
	}
	if m.NextID != 0 {
		p.NextHref = "/measures/" + idText(m.NextID)
	}
	if m.ReviewedOn != "" {
		p.Reviewed = lang.T(ctx, "%s，%s", m.Reviewer, m.ReviewedOn)
	}
	if err := h.measureEffect(ctx, a, m, &p); err != nil {
		return err
	}
	if h.db.MayEditMeasure(a, m) {
		live := measure.Live(m.State)
		p.CanBegin, p.CanFinish, p.CanReopen, p.CanReview = m.State == measure.Open, live, !live, m.State == measure.Done && p.Early == ""
		if live && mask.Text(m.Said, level) == m.Said && mask.Text(m.Goal, level) == m.Goal {
			p.EditHref = p.Home + "/edit"
		}
		if m.Source != measure.Review {
			p.DeleteURL = p.Home + "/delete"
		}
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "改进措施"), body: views.Measure(p), active: "/measures"})
}

// measureFacts is the column of facts.
func (h *Handlers) measureFacts(ctx context.Context, m db.MeasureRow) (out []views.Fact) {
	who := views.MeasureReachWord(ctx, m.Reach, m.ReachValue)
	if m.Clients > 0 {
		who = lang.T(ctx, "%s，%d 位", who, m.Clients)
	}
	every := ""
	if m.Every > 0 {
		every = views.MeasureEveryWord(ctx, numberText(m.Every))
	}
	for _, f := range []views.Fact{
		{Label: lang.T(ctx, "谁负责"), Value: cmp.Or(m.User, lang.T(ctx, "还没有人"))}, {Label: lang.T(ctx, "网点"), Value: h.db.BranchName(m.BranchID)},
		{Label: lang.T(ctx, "为哪些客户"), Value: who}, {Label: lang.T(ctx, "哪天开始"), Value: m.From}, {Label: lang.T(ctx, "哪天做完"), Value: m.Due},
		{Label: lang.T(ctx, "实际做完"), Value: m.DoneDay}, {Label: lang.T(ctx, "哪天看效果"), Value: m.Review}, {Label: lang.T(ctx, "用哪个数看"), Value: views.MeasureFigureWord(ctx, m.Figure)},
		{Label: lang.T(ctx, "做到什么样算好"), Value: m.Goal}, {Label: lang.T(ctx, "多久再来一次"), Value: every}, {Label: lang.T(ctx, "谁写的"), Value: m.Author},
	} {
		if f.Value != "" {
			out = append(out, f)
		}
	}
	return out
}

// measureSource says where a measure came from, and the address of it for who
// may open it.
func (h *Handlers) measureSource(ctx context.Context, a policy.Actor, m db.MeasureRow) (href, text string) {
	text = views.MeasureSourceWord(ctx, m.Source)
	switch {
	case m.Source == measure.Review:
		text += " " + m.CaseCode
		if _, err := h.db.Case(ctx, a, m.SourceID); err == nil {
			href = "/cases/" + idText(m.SourceID)
		}
	case m.Source == measure.Visit:
		text += " " + m.SourceSays
		if a.Can(policy.VisitRead) && h.db.SeesClient(a.Scope(policy.VisitRead), m.BranchID, m.OwnerID, m.ClerkID) {
			href = "/visits/" + idText(m.SourceID)
		}
	case m.Source == measure.Radar && a.Can(policy.RadarRead) && h.db.SeesClient(a.Scope(policy.RadarRead), m.BranchID, m.OwnerID, m.ClerkID):
		href = "/radar/" + idText(m.SourceID)
	case m.Source == measure.Activity:
		if x, err := h.db.Activity(ctx, a, m.SourceID); err == nil {
			text += " " + x.Day
			href = "/activities/" + idText(m.SourceID)
		}
	case m.Source == measure.Report:
		href = reportPath(m.SourcePath)
	}
	return href, text
}

// figurePages are the pages of figures from which a measure may come.
var figurePages = []string{"/cases/figures", "/satisfaction", "/satisfaction/value", "/core", "/forecast", "/classes", "/greetings/coverage", "/greetings/response", "/receivables", "/radar", "/gaps"}

// reportPath is the address of a page of figures, "" for any other.
func reportPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || len(path) > 500 {
		return ""
	}
	for _, p := range figurePages {
		if u.Path == p {
			return p + map[bool]string{true: "?" + u.Query().Encode(), false: ""}[u.RawQuery != ""]
		}
	}
	if strings.HasPrefix(u.Path, "/reports") && !strings.Contains(u.Path, "..") && !strings.Contains(u.Path, "\\") {
		return u.EscapedPath() + map[bool]string{true: "?" + u.Query().Encode(), false: ""}[u.RawQuery != ""]
	}
	return ""
}
