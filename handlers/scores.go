package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/people"
	"yike/policy/score"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

const (
	scoresPath   = "/scores"
	scoresListed = 500
)

// scoreQuery is of which month and branch sheets are listed.
type scoreQuery struct {
	month  day.Day
	branch int64
}

func (h *Handlers) scoreAsked(month, branch string) scoreQuery {
	q := scoreQuery{month: h.todayDay().MonthStart().AddMonths(-1), branch: db.ParseID(branch)}
	if d, err := day.Parse(month + "-01"); err == nil && d <= q.month && d > q.month.AddMonths(-reportBack) {
		q.month = d
	}
	return q
}

func (q scoreQuery) href(path string) string {
	v := url.Values{"month": {q.month.String()[:7]}}
	if q.branch != 0 {
		v.Set("branch", idText(q.branch))
	}
	return path + "?" + v.Encode()
}

// scoreList lists the score sheets of a month; of who sees nobody else their own
// of all months.
func (h *Handlers) scoreList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	q, scope := h.scoreAsked(query(r, "month"), query(r, "branch")), a.Scope(policy.PeopleRead)
	list, err := h.db.ScoreSheets(ctx, scope, q.branch, q.month.String()[:7], "", scoresListed+1)
	if err != nil {
		return err
	}
	p := views.ScoreList{Month: q.month.String()[:7], Branch: idText(q.branch), Own: !scope.Wide(), CanDraw: a.Can(policy.PeopleScore)}
	if !p.Own {
		for m, last := 0, h.todayDay().MonthStart().AddMonths(-1); m < reportBack; m++ {
			text := last.AddMonths(-m).String()[:7]
			p.Months = append(p.Months, ui.Option{Value: text, Label: text})
		}
		p.Branches = h.branchOptions(ctx, scope)
	}
	if len(list) > scoresListed {
		list = list[:scoresListed]
		p.More = lang.T(ctx, "先列 %d 张，选一个网点看其余的", scoresListed)
	}
	for _, s := range list {
		p.Rows = append(p.Rows, views.ScoreLine{Href: scoresPath + "/" + idText(s.ID), Name: s.Name, Month: s.Month, Group: views.PeopleGroupWord(ctx, s.Group), Branch: h.db.BranchName(s.BranchID), Total: scoreTotal(s.Sheet), State: s.State})
	}
	if pay := a.Scope(policy.PeoplePay); pay.Wide() && !p.Own {
		approved, err := h.db.ScoreSheets(ctx, pay, q.branch, q.month.String()[:7], score.Approved, 1)
		if err != nil {
			return err
		}
		if len(approved) > 0 {
			p.XLSX = q.href(scoresPath + "/export")
		}
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "评分表"), body: views.Scores(p), active: scoresPath})
}

// scoreTotal is the sum of a sheet, – where it has none.
func scoreTotal(s score.Sheet) string {
	if !s.Rated {
		return "–"
	}
	return views.IndexText(s.Tenths)
}

// scoreDraw draws up the sheets of everybody at a branch, or at all within reach.
func (h *Handlers) scoreDraw(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	q, drawn := h.scoreAsked(field(r, "month"), field(r, "branch")), 0
	for _, group := range people.Groups {
		list, more, err := h.db.Colleagues(ctx, a.Scope(policy.PeopleScore), group, q.branch, scoresListed)
		if err != nil {
			return err
		}
		if more {
			h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "人太多，一次出不完：先选一个网点。")})
			h.redirect(w, r, q.href(scoresPath))
			return nil
		}
		n, err := h.db.DrawScores(ctx, a, list, q.month)
		if errors.Is(err, db.ErrTooMany) {
			h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "这个月的工单太多，一次数不完：先选一个网点。")})
			h.redirect(w, r, q.href(scoresPath))
			return nil
		}
		if errors.Is(err, db.ErrConflict) {
			h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "刚才有人正在办其中一张：再出一次。")})
			h.redirect(w, r, q.href(scoresPath))
			return nil
		}
		if err != nil {
			return err
		}
		drawn += n
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "出好了：%d 张是新的或数变了，请本人看。批准过的没有动。", drawn)})
	h.redirect(w, r, q.href(scoresPath))
	return nil
}

// scoreExport is the approved sheets of a month as a workbook, for payroll.
func (h *Handlers) scoreExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	q, scope := h.scoreAsked(query(r, "month"), query(r, "branch")), a.Scope(policy.PeoplePay)
	if !scope.Wide() {
		return db.ErrRefused
	}
	list, err := h.db.ScoreSheets(ctx, scope, q.branch, q.month.String()[:7], score.Approved, mostExported+1)
	if err != nil {
		return err
	}
	if ok, err := h.mayLeave(w, r, int64(len(list)), q.href(scoresPath), lang.T(ctx, "超过 %d 张评分表，一个文件放不下。先选网点，再分几次导出。", mostExported)); !ok {
		return err
	}
	heads := []string{lang.T(ctx, "月"), lang.T(ctx, "网点"), lang.T(ctx, "姓名"), lang.T(ctx, "岗位"), lang.T(ctx, "得分"), lang.T(ctx, "在岗天数"), lang.T(ctx, "批准人"), lang.T(ctx, "批准日期"), lang.T(ctx, "规则版本")}
	var rows [][]sheet.Cell
	for _, s := range list {
		total := sheet.TextOf("–")
		if s.Rated {
			total = sheet.NumberOf(float64(s.Tenths) / 10)
		}
		rows = append(rows, []sheet.Cell{sheet.TextOf(s.Month), sheet.TextOf(h.db.BranchName(s.BranchID)), sheet.TextOf(s.Name), sheet.TextOf(views.PeopleGroupWord(ctx, s.Group)), total,
			sheet.NumberOf(float64(s.Days)), sheet.TextOf(s.Approver), sheet.TextOf(db.Day(time.UnixMilli(s.Approved))), sheet.NumberOf(float64(s.RuleVersion))})
	}
	return h.sendCells(w, r, "scores.export", "scores-"+q.month.String()[:7], lang.T(ctx, "评分表"), q.href(scoresPath), heads, rows)
}

func (h *Handlers) scoreAt(r *http.Request, may policy.Permission) (db.ScoreSheet, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.ScoreSheet{}, err
	}
	return h.db.ScoreSheet(r.Context(), actorOf(r).Scope(may), id)
}

func (h *Handlers) scoreShow(w http.ResponseWriter, r *http.Request) error {
	s, err := h.scoreAt(r, policy.PeopleRead)
	if err != nil {
		return err
	}
	return h.showScore(w, r, http.StatusOK, s, views.ScorePage{Errors: ui.Errors{}})
}

// showScore shows a sheet, each line with the list that it came from, and what
// the reader may do with it.
func (h *Handlers) showScore(w http.ResponseWriter, r *http.Request, status int, s db.ScoreSheet, p views.ScorePage) error {
	ctx, a := r.Context(), actorOf(r)
	month := day.MustParse(s.Month + "-01")
	c := s.Colleague()
	links := h.peopleLinks(a, reportQuery{path: peoplePath, first: month, last: month}, c)
	now, err := h.scoreFigures(ctx, db.ScoreCounter(), c, month)
	if err != nil {
		return err
	}
	mine, err := h.scoreFigures(ctx, a, c, month)
	if err != nil {
		return err
	}
	for _, x := range s.Points {
		m, _ := people.ByCode(x.Measure)
		line := views.ScorePoint{Name: views.PeopleWord(ctx, m.Code), Means: views.PeopleMeaning(ctx, m.Code), Full: unitText(m, x.Full), Zero: unitText(m, x.Zero), Weight: views.Thousands(x.Weight), Points: "–", Value: "–"}
		if x.Known {
			line.Value, line.Points = unitText(m, x.Value), views.IndexText(x.Tenths)
		}
		line.Count = scoreCount(m, x)
		if line.Count != "" && mine != nil { // a list that has as many, or none
			if _, n, of, _ := mine.Value(m.Code); n == x.N && of == x.Of {
				line.Href = links[m.Code]
			}
		}
		if now != nil && s.State != score.Approved {
			if value, n, of, known := now.Value(m.Code); known != x.Known || n != x.N || of != x.Of || known && value != x.Value {
				p.Moved = true
			}
		}
		p.Points = append(p.Points, line)
	}
	path := scoresPath + "/" + idText(s.ID)
	p.Path, p.Version, p.Name, p.Month, p.Total, p.State = path, versionText(s.Version), s.Name, s.Month, scoreTotal(s.Sheet), s.State
	p.Group, p.Branch, p.Drawn = views.PeopleGroupWord(ctx, s.Group), h.db.BranchName(s.BranchID), lang.T(ctx, "%s 由%s出", db.Day(time.UnixMilli(s.DrawnAt)), s.Drawer)
	p.Rule = lang.T(ctx, "默认的规则")
	if s.RuleVersion > 0 {
		p.Rule = lang.T(ctx, "评分规则第 %d 版", s.RuleVersion)
	}
	if s.Days < s.Sheet.Month {
		p.Part = lang.T(ctx, "这个月在岗 %d 天，共 %d 天；次数和天数按天折算。", s.Days, s.Sheet.Month)
	}
	p.Objection, p.Answer, p.Answerer = s.Objection, s.Answer, s.Answerer
	p.Earlier = s.Objection != "" && s.State == score.Drawn
	if s.State == score.Approved {
		p.Approved = lang.T(ctx, "%s 由%s批准", db.Day(time.UnixMilli(s.Approved)), s.Approver)
	}
	own, may := s.UserID == a.UserID, a.Scope(policy.PeopleScore).SeesBranch(h.db.Chain(s.BranchID))
	p.CanSpeak = own && score.MaySpeak(s.State)
	p.CanAnswer = !own && may && s.State == score.Objected
	p.CanApprove = !own && may && score.MayApprove(s.State, day.MustParse(db.Day(time.UnixMilli(s.DrawnAt))), h.todayDay())
	p.Waits = !own && may && (s.State == score.Drawn || s.State == score.Answered) && !p.CanApprove
	return h.render(w, r, status, page{title: lang.T(ctx, "%s %s 的评分", s.Name, s.Month), body: views.Score(p), active: scoresPath})
}

// scoreFigures are the figures of a sheet as somebody counts them now; nil where
// they may not, or there is too much to count.
func (h *Handlers) scoreFigures(ctx context.Context, by policy.Actor, c db.Colleague, month day.Day) (*people.Figures, error) {
	of, err := h.db.PeopleFigures(ctx, by, []db.Colleague{c}, month, month)
	if errors.Is(err, db.ErrNotFound) || errors.Is(err, db.ErrTooMany) {
		return nil, nil
	}
	return of[c.ID], err
}

// scoreCount is of what a line came: as many as its list has.
func scoreCount(m people.Measure, x score.Point) string {
	switch {
	case m.Code == people.Days:
		return ""
	case m.Code == people.Complaints:
		if x.N > 0 {
			return views.Thousands(x.N)
		}
	case m.Unit != people.Count && x.Of > 0 && (m.Code == people.Signed || m.Code == people.Praise):
		return views.Thousands(x.Of)
	case m.Unit == people.Count && x.N > 0:
		return views.Thousands(x.N)
	}
	return ""
}

// scoreWritten does an act on a sheet and goes back to it; text is the name of
// the field that it needs, "" for none.
func (h *Handlers) scoreWritten(w http.ResponseWriter, r *http.Request, may policy.Permission, text string, done func(ctx context.Context, a policy.Actor, x db.TodoRef, said string) error) error {
	if err := readForm(r); err != nil {
		return err
	}
	s, err := h.scoreAt(r, may)
	if err != nil {
		return err
	}
	ctx, p := r.Context(), views.ScorePage{Errors: ui.Errors{}}
	version, _ := formInt(r, "version")
	if text != "" {
		p.Typed = field(r, text)
		checkText(ctx, p.Errors, text, p.Typed, 500)
	}
	if !p.Errors.Any() {
		err = done(ctx, actorOf(r), db.TodoRef{ID: s.ID, Version: version}, p.Typed)
	}
	if errors.Is(err, db.ErrConflict) {
		p.Errors.Add("", lang.T(ctx, "刚才有人先办了。你填的还在，请对照现在的情况再提交一次。"))
		if s, err = h.scoreAt(r, may); err != nil {
			return err
		}
	}
	if errors.Is(err, db.ErrSelf) {
		err = db.ErrRefused
	}
	if err != nil {
		return err
	}
	if p.Errors.Any() {
		return h.showScore(w, r, http.StatusUnprocessableEntity, s, p)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "记下了")})
	h.redirect(w, r, scoresPath+"/"+idText(s.ID))
	return nil
}

func (h *Handlers) scoreSee(w http.ResponseWriter, r *http.Request) error {
	return h.scoreWritten(w, r, policy.PeopleRead, "", func(ctx context.Context, a policy.Actor, x db.TodoRef, _ string) error {
		return h.db.SeeScore(ctx, a, x)
	})
}

func (h *Handlers) scoreObject(w http.ResponseWriter, r *http.Request) error {
	return h.scoreWritten(w, r, policy.PeopleRead, "objection", h.db.ObjectScore)
}

func (h *Handlers) scoreAnswer(w http.ResponseWriter, r *http.Request) error {
	return h.scoreWritten(w, r, policy.PeopleScore, "answer", h.db.AnswerScore)
}

func (h *Handlers) scoreApprove(w http.ResponseWriter, r *http.Request) error {
	return h.scoreWritten(w, r, policy.PeopleScore, "", func(ctx context.Context, a policy.Actor, x db.TodoRef, _ string) error {
		return h.db.ApproveScore(ctx, a, x)
	})
}
