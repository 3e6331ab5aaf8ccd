package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/greeting"
	"yike/views"
	"yike/views/lang"
)

// responseBack is how many months back occasions are judged.
const responseBack = 24

// responseListed is how many clients one page of a list names.
const responseListed = 100

// responseQuery is what the address of a comparison says.
type responseQuery struct {
	db.Occasioned
	branch int64
	list   string // which clients are listed: one of responseLists
	after  int    // how many of them came before this page
}

// responseLists are the clients that a comparison counts.
var responseLists = []string{"greeted", "greeted_again", "matched", "matched_again", "like", "like_again"}

func (q responseQuery) href(path, list string, after int) string {
	v := url.Values{}
	if q.Occasion != "" {
		v.Set("occasion", q.Occasion)
		v.Set("from", q.From)
	}
	if q.branch != 0 {
		v.Set("branch", idText(q.branch))
	}
	if list != "" {
		v.Set("list", list)
	}
	if after > 0 {
		v.Set("after", strconv.Itoa(after))
	}
	return path + "?" + v.Encode()
}

// greetingResponse is what came after the greetings of an occasion: the past
// occasions, or one of them beside like clients, or the clients behind a figure.
func (h *Handlers) greetingResponse(w http.ResponseWriter, r *http.Request) error {
	p, q, list, err := h.compare(r)
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	if p.One != nil && q.list != "" {
		p.List = h.responseList(ctx, q, list)
	}
	if a.Can(policy.CustomerExport) && p.One != nil && !p.TooMany {
		p.Book = q.href("/greetings/response/export", q.list, 0)
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "问候以后"), body: views.GreetingResponse(p), active: "/greetings", scripts: []string{"account.js"}})
}

// compare reads the occasions and, where one is chosen, its clients. Both what
// is known of greetings and of parcels is asked for.
func (h *Handlers) compare(r *http.Request) (p views.ResponsePage, q responseQuery, list []db.Responder, err error) {
	ctx, a := r.Context(), actorOf(r)
	if !a.Can(policy.WaybillRead) || !a.Can(policy.GreetingRead) {
		return p, q, nil, db.ErrRefused
	}
	greetings, parcels := a.Scope(policy.GreetingRead), a.Scope(policy.WaybillRead)
	names, _, err := h.ownNames(ctx)
	if err != nil {
		return p, q, nil, err
	}
	q.branch, q.list = db.ParseID(query(r, "branch")), query(r, "list")
	if !slices.Contains(responseLists, q.list) {
		q.list = ""
	}
	q.after, _ = strconv.Atoi(query(r, "after"))
	q.after = min(max(q.after, 0), db.MostCompared)
	today := h.todayDay()
	past, err := h.db.PastOccasions(ctx, greetings, q.branch, today.AddMonths(-responseBack).String(), today.String())
	if err != nil {
		return p, q, nil, err
	}
	p.Branch, p.Branches, p.Few, p.Days = idText(q.branch), h.branchOptions(ctx, greetings), greeting.ResponseFew, greeting.ResponseDays
	asked, from := query(r, "occasion"), query(r, "from")
	for _, o := range past {
		over := storedDay(o.To).Add(greeting.ResponseDays) <= today
		one := responseQuery{Occasioned: o, branch: q.branch}
		line := views.ResponseLine{Occasion: views.OccasionWord(ctx, o.Occasion, names), Day: o.From, Done: o.Done, Over: over, Active: o.Occasion == asked && o.From == from}
		if o.From != o.To {
			line.Day = o.From[:7]
		}
		if over {
			line.Href = one.href("/greetings/response", "", 0)
		}
		p.Past = append(p.Past, line)
		if line.Active && over {
			q.Occasioned, p.Title = o, lang.T(ctx, "%s，%s", line.Occasion, line.Day)
		}
	}
	if asked == "" {
		return p, q, nil, nil
	}
	if q.Occasion == "" {
		return p, q, nil, db.ErrNotFound
	}
	p.Personal = q.From != q.To
	list, err = h.db.Responders(ctx, greetings, parcels, q.branch, q.Occasioned)
	if errors.Is(err, db.ErrTooMany) {
		p.TooMany, p.One = true, &views.ResponseOne{}
		return p, q, nil, nil
	}
	if err != nil {
		return p, q, nil, err
	}
	one := responded(q, greeting.Respond(shippers(list)))
	p.One = &one
	return p, q, list, nil
}

func shippers(list []db.Responder) []greeting.Shipper {
	out := make([]greeting.Shipper, len(list))
	for i, x := range list {
		out[i] = x.Shipper
	}
	return out
}

// responded puts a comparison into figures, each with the address of its
// clients.
func responded(q responseQuery, x greeting.Response) views.ResponseOne {
	one := views.ResponseOne{TooFew: x.TooFew, AgainShare: inPercent(x.AgainShare()), LikeShare: inPercent(x.LikeAgain),
		LikePieces: strconv.FormatFloat(x.LikePieces, 'f', 0, 64), LikeFreight: yuanColumn(int64(x.LikeFreight + 0.5))}
	side := func(s greeting.Side, all, again string) views.ResponseSide {
		return views.ResponseSide{Clients: s.Clients, Again: s.Again, Href: q.href("/greetings/response", all, 0), AgainHref: q.href("/greetings/response", again, 0),
			PiecesBefore: s.PiecesBefore, PiecesAfter: s.PiecesAfter, FreightBefore: yuanColumn(s.FreightBefore), FreightAfter: yuanColumn(s.FreightAfter)}
	}
	one.All, one.Greeted, one.Like = side(x.All, "greeted", "greeted_again"), side(x.Greeted, "matched", "matched_again"), side(x.Like, "like", "like_again")
	return one
}

func inPercent(x float64) string { return strconv.FormatFloat(100*x, 'f', 1, 64) + "%" }

// matchedOf are the clients of a comparison who have like ones on the other
// side.
func matchedOf(list []db.Responder) map[int64]bool {
	greeted, like := greeting.Matched(shippers(list))
	matched := map[int64]bool{}
	for _, x := range slices.Concat(greeted, like) {
		matched[x.ID] = true
	}
	return matched
}

// responders are the clients that a figure counts.
func responders(list []db.Responder, which string) []db.Responder {
	matched := matchedOf(list)
	var out []db.Responder
	for _, x := range list {
		in := false
		switch which {
		case "greeted", "greeted_again":
			in = x.Greeted
		case "matched", "matched_again":
			in = x.Greeted && matched[x.ID]
		case "like", "like_again":
			in = !x.Greeted && matched[x.ID]
		}
		if again := which == "greeted_again" || which == "matched_again" || which == "like_again"; in && (!again || x.Again()) {
			out = append(out, x)
		}
	}
	return out
}

func (h *Handlers) responseList(ctx context.Context, q responseQuery, list []db.Responder) *views.ResponseList {
	chosen := responders(list, q.list)
	p := &views.ResponseList{Title: views.ResponseListWord(ctx, q.list), Count: lang.T(ctx, "共 %d 位客户", len(chosen)), Back: q.href("/greetings/response", "", 0)}
	from, to := min(q.after, len(chosen)), min(q.after+responseListed, len(chosen))
	if to < len(chosen) {
		p.Next = q.href("/greetings/response", q.list, to)
	}
	for _, x := range chosen[from:to] {
		p.Rows = append(p.Rows, views.ResponseClient{Name: x.Name, Href: "/customers/" + idText(x.ID), Code: x.Code, Class: x.Class, Branch: h.db.BranchName(x.Branch), Band: views.BandWord(ctx, greeting.BandOf(x.PiecesBefore)),
			PiecesBefore: x.PiecesBefore, PiecesAfter: x.PiecesAfter, FreightBefore: yuanColumn(x.FreightBefore), FreightAfter: yuanColumn(x.FreightAfter)})
	}
	return p
}

// greetingResponseExport sends the clients of a comparison as a workbook.
func (h *Handlers) greetingResponseExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	p, q, list, err := h.compare(r)
	if err != nil {
		return err
	}
	back := q.href("/greetings/response", q.list, 0)
	if p.One == nil || p.TooMany {
		h.redirect(w, r, back)
		return nil
	}
	matched := matchedOf(list) // among all of them, whichever are listed
	if q.list != "" {
		list = responders(list, q.list)
	}
	heads := []string{lang.T(ctx, "客户"), lang.T(ctx, "客户编码"), lang.T(ctx, "网点"), lang.T(ctx, "分级"), lang.T(ctx, "问候过"), lang.T(ctx, "有相像的"), lang.T(ctx, "从哪天算"), lang.T(ctx, "前 %d 天件数", greeting.ResponseDays),
		lang.T(ctx, "后 %d 天件数", greeting.ResponseDays), lang.T(ctx, "前 %d 天运费", greeting.ResponseDays), lang.T(ctx, "后 %d 天运费", greeting.ResponseDays)}
	yes := func(is bool) string {
		if is {
			return lang.T(ctx, "是")
		}
		return lang.T(ctx, "否")
	}
	var rows [][]sheet.Cell
	var customers []int64
	scope := a.Scope(policy.CustomerExport)
	for _, x := range list {
		if !h.db.SeesClient(scope, x.Branch, x.OwnerID, x.ClerkID) {
			continue
		}
		customers = append(customers, x.ID)
		rows = append(rows, []sheet.Cell{sheet.TextOf(x.Name), sheet.TextOf(x.Code), sheet.TextOf(h.db.BranchName(x.Branch)), sheet.TextOf(views.ClassLabel(ctx, x.Class)), sheet.TextOf(yes(x.Greeted)), sheet.TextOf(yes(matched[x.ID])),
			sheet.TextOf(x.Day), sheet.NumberOf(float64(x.PiecesBefore)), sheet.NumberOf(float64(x.PiecesAfter)), sheet.NumberOf(float64(x.FreightBefore) / 100), sheet.NumberOf(float64(x.FreightAfter) / 100)})
	}
	return h.sendCells(w, r, "greetings.response.export", "response-"+q.From, lang.T(ctx, "问候以后"), back, heads, rows, customers...)
}
