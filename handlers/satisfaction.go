package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/mask"
	"yike/policy/rating"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// Lengths of what is shown of ratings.
const (
	ratedClients = 50_000 // clients that the matrix looks at
	ratedListed  = 200    // clients named below it
	ratedSent    = 20_000 // answers in one workbook
)

// ratingQuery is what the address of figures, or of a list of answers, says.
type ratingQuery struct {
	db.RatingFilter
	class, mood string // of the matrix
	by, level   string // of the matrix: "" by class, byLevel by what we make of clients
}

func (h *Handlers) readRatings(r *http.Request, whole bool) ratingQuery {
	var q ratingQuery
	q.From, q.To = query(r, "from"), query(r, "to")
	for _, d := range []*string{&q.From, &q.To} {
		if on, err := day.Parse(*d); err != nil || !on.Valid() {
			*d = ""
		}
	}
	if whole && q.From == "" && q.To == "" {
		today := h.todayDay()
		q.From, q.To = today.MonthStart().AddMonths(-2).String(), today.String()
	}
	q.BranchID, q.Only, q.CustomerID = db.ParseID(query(r, "branch")), db.ParseID(query(r, "at")), db.ParseID(query(r, "customer"))
	if k := query(r, "kind"); slices.Contains(rating.Kinds, k) {
		q.Kind = k
	}
	if v := query(r, "person"); v != "" {
		who := db.ParseID(v)
		q.UserID = &who
	}
	if q.class = query(r, "class"); q.class != "" {
		class := strings.TrimPrefix(q.class, unclassed)
		q.Class = &class
	}
	if n, err := strconv.ParseInt(query(r, "score"), 10, 64); err == nil && rating.Valid(n) {
		q.Score = n
	}
	q.Unhappy, q.Said = query(r, "unhappy") == "1", query(r, "said") == "1"
	if m := query(r, "mood"); slices.Contains(rating.Moods, m) {
		q.mood = m
	}
	if query(r, "by") == byLevel {
		q.by, q.level = byLevel, query(r, "level")
	}
	return q
}

func (q ratingQuery) values() url.Values {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("from", q.From)
	set("to", q.To)
	set("branch", idText(q.BranchID))
	set("at", idText(q.Only))
	set("customer", idText(q.CustomerID))
	set("kind", q.Kind)
	set("class", q.class)
	set("score", numberText(q.Score))
	if q.UserID != nil {
		v.Set("person", strconv.FormatInt(*q.UserID, 10))
	}
	if q.Unhappy {
		v.Set("unhappy", "1")
	}
	if q.Said {
		v.Set("said", "1")
	}
	if q.Before.ID != 0 {
		v.Set("before", q.Before.Day+"."+strconv.FormatInt(q.Before.ID, 36))
	}
	return v
}

func (q ratingQuery) href(path string) string { return path + "?" + q.values().Encode() }

// with narrows a query to one row of figures.
func (q ratingQuery) with(by, key string) ratingQuery {
	switch by {
	case db.RatedByBranch:
		q.Only = db.ParseID(key)
	case db.RatedByPerson:
		who := db.ParseID(key)
		q.UserID = &who
	case db.RatedByCustomer:
		q.CustomerID = db.ParseID(key)
	case db.RatedByKind:
		q.Kind = key
	case db.RatedByClass:
		if q.class = key; key == "" {
			q.class = unclassed
		}
	case db.RatedByMonth:
		if d, err := day.Parse(key + "-01"); err == nil {
			q.From = max(q.From, d.String())
			if end := d.MonthEnd().String(); q.To == "" || q.To > end {
				q.To = end
			}
		}
	}
	return q
}

// ratedSteps are how many branches, people or clients one table shows, by how
// often more are asked for.
var ratedSteps = []int{60, 200, 1000}

// satisfaction is what clients think of us, in figures.
func (h *Handlers) satisfaction(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	q := h.readRatings(r, true)
	q = ratingQuery{RatingFilter: db.RatingFilter{From: q.From, To: q.To, BranchID: q.BranchID, Kind: q.Kind}}
	scope := a.Scope(policy.RatingRead)
	rule, row, err := h.db.RatingRule(ctx, q.BranchID, h.today())
	if err != nil {
		return err
	}
	p := views.Satisfaction{From: q.From, To: q.To, Branch: idText(q.BranchID), Kind: q.Kind, Branches: h.branchOptions(ctx, scope), Kinds: ratingKindOptions(ctx), Least: rule.Least, Version: row.Version,
		ValueHref: q.href("/satisfaction/value"), SaidHref: ratingQuery{RatingFilter: db.RatingFilter{From: q.From, To: q.To, BranchID: q.BranchID, Kind: q.Kind, Said: true}}.href("/ratings")}
	most := ratedSteps[0]
	if n, err := strconv.Atoi(query(r, "rows")); err == nil && slices.Contains(ratedSteps, n) {
		most = n
	}
	more := ""
	if i := slices.Index(ratedSteps, most) + 1; i < len(ratedSteps) {
		more = q.href("/satisfaction") + "&rows=" + strconv.Itoa(ratedSteps[i])
	}
	for _, part := range []struct{ by, title, head string }{
		{db.RatedTogether, lang.T(ctx, "一共"), ""}, {db.RatedByMonth, lang.T(ctx, "按月"), lang.T(ctx, "月")}, {db.RatedByKind, lang.T(ctx, "按场合"), lang.T(ctx, "场合")}, {db.RatedByBranch, lang.T(ctx, "按网点"), lang.T(ctx, "网点")},
		{db.RatedByPerson, lang.T(ctx, "按人"), lang.T(ctx, "评的是谁")}, {db.RatedByClass, lang.T(ctx, "按分级"), lang.T(ctx, "分级")}, {db.RatedByCustomer, lang.T(ctx, "按客户，评得最多的在前"), lang.T(ctx, "客户")},
	} {
		rows, err := h.ratedRows(ctx, scope, part.by, q, rule, most)
		if err != nil {
			return err
		}
		cut := 0
		if len(rows) > most {
			rows, cut = rows[:most], most
		}
		if part.by == db.RatedTogether {
			if p.All = (views.RatedRow{}); len(rows) > 0 {
				p.All = rows[0]
			}
			continue
		}
		p.Parts = append(p.Parts, views.RatedPart{Title: part.title, Head: part.head, Rows: rows, Cut: cut, More: more})
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "满意度"), body: views.SatisfactionPage(p), active: "/satisfaction"})
}

func ratingKindOptions(ctx context.Context) []ui.Option {
	return views.WordOptions(ctx, rating.Kinds, views.RatingKindWord)
}

// ratedRows are the figures of one table, those with the most answers; one more
// than it shows when there are more.
func (h *Handlers) ratedRows(ctx context.Context, scope policy.Scope, by string, q ratingQuery, rule rating.Rule, most int) ([]views.RatedRow, error) {
	list, err := h.db.RatingFigures(ctx, scope, by, q.RatingFilter, most+2) // nobody on file is left out below
	if err != nil {
		return nil, err
	}
	if by == db.RatedByMonth {
		slices.SortFunc(list, func(x, y db.RatingFigure) int { return strings.Compare(y.Key, x.Key) })
	}
	var people []int64
	for _, x := range list {
		people = append(people, db.ParseID(x.Key))
	}
	names := map[int64]string{}
	if by == db.RatedByPerson {
		if names, err = h.db.UserNames(ctx, people); err != nil {
			return nil, err
		}
	}
	var out []views.RatedRow
	for _, x := range list {
		one := q.with(by, x.Key)
		if by == db.RatedByCustomer && x.Key == "0" {
			continue
		}
		row := views.RatedRow{N: x.N, Unhappy: x.Sum.Unhappy, Href: one.href("/ratings"), Name: x.Name}
		one.Unhappy = true
		row.UnhappyHref = one.href("/ratings")
		if x.Enough(rule) {
			row.CSAT, row.CSI = views.IndexText(x.CSAT())+"%", views.IndexText(x.CSI())
		}
		switch by {
		case db.RatedByBranch:
			row.Name = h.db.BranchName(db.ParseID(x.Key))
		case db.RatedByPerson:
			if row.Name = names[db.ParseID(x.Key)]; row.Name == "" {
				row.Name = lang.T(ctx, "不知道是谁")
			}
		case db.RatedByKind:
			row.Name = views.RatingKindWord(ctx, x.Key)
		case db.RatedByClass:
			row.Name = views.ClassLabel(ctx, x.Key)
		case db.RatedByMonth:
			row.Name = x.Key
		}
		out = append(out, row)
	}
	return out, nil
}

// ratingList is the answers behind a figure, with what was said.
func (h *Handlers) ratingList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	q := h.readRatings(r, false)
	if on, id, ok := strings.Cut(query(r, "before"), "."); ok {
		q.Before.Day = on
		q.Before.ID, _ = strconv.ParseInt(id, 36, 64)
	}
	scope := a.Scope(policy.RatingRead)
	list, more, err := h.db.Ratings(ctx, scope, q.RatingFilter)
	if err != nil {
		return err
	}
	all := q
	all.Before = db.RatingKey{}
	total, err := h.db.RatingFigures(ctx, scope, db.RatedTogether, all.RatingFilter, 1)
	if err != nil {
		return err
	}
	p := views.RatingList{From: q.From, To: q.To, Branch: idText(q.BranchID), Kind: q.Kind, Score: numberText(q.Score), Said: q.Said, Branches: h.branchOptions(ctx, scope), Kinds: ratingKindOptions(ctx), Scores: views.ScoreOptions(ctx)}
	n := int64(0)
	if len(total) > 0 {
		n = total[0].N
	}
	p.Count = lang.T(ctx, "共 %s 份", views.Thousands(n))
	for _, x := range list {
		p.Rows = append(p.Rows, h.ratingLine(ctx, a, x))
	}
	if more {
		last, next := list[len(list)-1], q
		next.Before = db.RatingKey{Day: last.AnsweredOn, ID: last.ID}
		p.Next = next.href("/ratings")
	}
	if a.Can(policy.CustomerExport) && n > 0 {
		p.Book = all.href("/ratings/export")
	}
	if err := h.ratingChips(ctx, q, &p); err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "评价"), body: views.Ratings(p), active: "/satisfaction"})
}

// ratingChips says what a list is narrowed to besides its form.
func (h *Handlers) ratingChips(ctx context.Context, q ratingQuery, p *views.RatingList) error {
	p.Chips.Label, p.Chips.ClearHref = lang.T(ctx, "筛选条件"), "/ratings"
	chip := func(label, value string, drop func(*ratingQuery)) {
		if value != "" {
			q := q
			q.Before = db.RatingKey{}
			drop(&q)
			p.Chips.Items = append(p.Chips.Items, ui.Chip{Label: label, Value: value, RemoveHref: q.href("/ratings")})
		}
	}
	if q.From != "" || q.To != "" {
		chip(lang.T(ctx, "日期"), lang.T(ctx, "%s 到 %s", q.From, q.To), func(q *ratingQuery) { q.From, q.To = "", "" })
	}
	if q.BranchID != 0 {
		chip(lang.T(ctx, "网点"), h.db.BranchName(q.BranchID), func(q *ratingQuery) { q.BranchID = 0 })
	}
	if q.Only != 0 {
		chip(lang.T(ctx, "网点"), h.db.BranchName(q.Only), func(q *ratingQuery) { q.Only = 0 })
	}
	chip(lang.T(ctx, "场合"), views.RatingKindWord(ctx, q.Kind), func(q *ratingQuery) { q.Kind = "" })
	chip(lang.T(ctx, "分数"), views.ScoreWord(ctx, q.Score), func(q *ratingQuery) { q.Score = 0 })
	if q.Unhappy {
		chip(lang.T(ctx, "结果"), lang.T(ctx, "不满意"), func(q *ratingQuery) { q.Unhappy = false })
	}
	if q.Said {
		chip(lang.T(ctx, "评语"), lang.T(ctx, "写了评语的"), func(q *ratingQuery) { q.Said = false })
	}
	if q.Class != nil {
		chip(lang.T(ctx, "分级"), views.ClassLabel(ctx, *q.Class), func(q *ratingQuery) { q.Class, q.class = nil, "" })
	}
	if q.UserID != nil {
		names, err := h.db.UserNames(ctx, []int64{*q.UserID})
		if err != nil {
			return err
		}
		name := names[*q.UserID]
		if name == "" {
			name = lang.T(ctx, "不知道是谁")
		}
		chip(lang.T(ctx, "评的是谁"), name, func(q *ratingQuery) { q.UserID = nil })
	}
	if q.CustomerID != 0 {
		name := lang.T(ctx, "一位客户")
		if len(p.Rows) > 0 {
			name = p.Rows[0].Customer
		}
		chip(lang.T(ctx, "客户"), name, func(q *ratingQuery) { q.CustomerID = 0 })
	}
	return nil
}

// ratingLine is an answer in words; numbers in what was said are masked for
// whom the client's are.
func (h *Handlers) ratingLine(ctx context.Context, a policy.Actor, x db.RatingRow) views.RatingLine {
	level := h.db.MaskFor(a, x.BranchID, x.OwnerID, x.ClerkID)
	line := views.RatingLine{Day: views.DayWord(ctx, x.AnsweredOn, h.today()), Score: views.ScoreWord(ctx, x.Score), ScoreKind: views.ScoreKind(x.Score, x.Unhappy), Icon: views.ScoreIcon(x.Unhappy), Class: x.Class,
		Customer: x.Customer, Kind: views.RatingKindWord(ctx, x.Kind), Way: views.RatingWayWord(ctx, x.Way), Comment: mask.Text(x.Comment, level), Next: mask.Text(x.NextStep, level), About: x.About, Branch: h.db.BranchName(x.BranchID)}
	if x.Solved != "" {
		line.Solved = views.SolvedWord(ctx, x.Solved)
	}
	line.CustomerHref = h.clientHref(a, x.CustomerID, x.BranchID, x.OwnerID, x.ClerkID)
	if x.WaybillID != 0 && h.db.SeesClient(a.Scope(policy.WaybillRead), x.BranchID, x.OwnerID, x.ClerkID) {
		line.Number, line.NumberHref = x.Number, "/waybills/"+idText(x.WaybillID)
	}
	return line
}

// ratingExport sends the answers of a list as a workbook.
func (h *Handlers) ratingExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	if !a.Can(policy.RatingRead) {
		return db.ErrRefused
	}
	q := h.readRatings(r, false)
	export := a.Scope(policy.CustomerExport)
	q.Limit, q.Also = 1000, &export
	var rows [][]sheet.Cell
	var customers []int64
	for {
		list, more, err := h.db.Ratings(ctx, a.Scope(policy.RatingRead), q.RatingFilter)
		if err != nil {
			return err
		}
		for _, x := range list {
			line := h.ratingLine(ctx, a, x)
			if x.CustomerID != 0 {
				customers = append(customers, x.CustomerID)
			}
			rows = append(rows, []sheet.Cell{sheet.TextOf(x.AnsweredOn), sheet.TextOf(x.Customer), sheet.TextOf(x.Code), sheet.TextOf(line.Branch), sheet.TextOf(views.ClassLabel(ctx, x.Class)), sheet.TextOf(line.Kind), sheet.TextOf(line.Way),
				sheet.NumberOf(float64(x.Score)), sheet.TextOf(line.Score), sheet.TextOf(line.Comment), sheet.TextOf(line.Solved), sheet.TextOf(line.Next), sheet.TextOf(line.About), sheet.TextOf(line.Number)})
		}
		if !more {
			break
		}
		last := list[len(list)-1]
		q.Before = db.RatingKey{Day: last.AnsweredOn, ID: last.ID}
		if len(rows) >= ratedSent {
			q.Before = db.RatingKey{}
			h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "超过 %d 条记录，一个文件放不下。先选日期，再分几次导出。", ratedSent)})
			h.redirect(w, r, q.href("/ratings"))
			return nil
		}
	}
	heads := []string{lang.T(ctx, "日期"), lang.T(ctx, "客户"), lang.T(ctx, "客户编码"), lang.T(ctx, "网点"), lang.T(ctx, "分级"), lang.T(ctx, "场合"), lang.T(ctx, "怎么评的"), lang.T(ctx, "分数"), lang.T(ctx, "满意吗"),
		lang.T(ctx, "评语"), lang.T(ctx, "上次的事解决了吗"), lang.T(ctx, "下一步"), lang.T(ctx, "评的是谁"), lang.T(ctx, "运单号")}
	q.Before = db.RatingKey{}
	return h.sendCells(w, r, "ratings.export", "ratings", lang.T(ctx, "评价"), q.href("/ratings"), heads, rows, customers...)
}
