package handlers

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"yike/db"
	"yike/policy"
	"yike/policy/classify"
	"yike/policy/profile"
	"yike/policy/rating"
	"yike/views"
	"yike/views/lang"
)

// shownMoods are the columns of the matrix, the worst first.
var shownMoods = []string{rating.Unhappy, rating.Middle, rating.Happy}

// byLevel asks the matrix for what we make of clients, by the value index, in
// place of their classes.
const byLevel = "level"

// valued are the rows of the matrix and where a client stands among them.
type valued struct {
	name string // of the parameter that says which row
	keys []string
	word func(key string) string
	of   func(db.RatedClient) string
}

func valuedBy(ctx context.Context, by string) valued {
	if by == byLevel {
		return valued{byLevel, append(slices.Clone(classify.Levels), unclassed), func(key string) string {
			if key == unclassed {
				return lang.T(ctx, "还没评过级")
			}
			return views.LabelWord(ctx, "level", key)
		}, func(x db.RatedClient) string { return cmp.Or(x.Level, unclassed) }}
	}
	return valued{"class", append(slices.Clone(profile.Classes), unclassed), func(key string) string {
		if key == unclassed {
			key = ""
		}
		return views.ClassLabel(ctx, key)
	}, func(x db.RatedClient) string { return cmp.Or(x.Class, unclassed) }}
}

// ratedValue is what we think of clients beside what they think of us (R96): how
// many stand in each cell, and who.
func (h *Handlers) ratedValue(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	q := h.readRatings(r, true)
	rows, chosen, mood, by := valuedBy(ctx, q.by), q.class, q.mood, q.by
	if by == byLevel {
		chosen = q.level
	}
	q = ratingQuery{RatingFilter: db.RatingFilter{From: q.From, To: q.To, BranchID: q.BranchID, Kind: q.Kind}}
	scope := a.Scope(policy.RatingRead)
	rule, _, err := h.db.RatingRule(ctx, q.BranchID, h.today())
	if err != nil {
		return err
	}
	list, err := h.db.RatedClients(ctx, scope, q.RatingFilter, ratedClients)
	if err != nil {
		return err
	}
	p := views.RatedValue{From: q.From, To: q.To, Branch: idText(q.BranchID), Kind: q.Kind, By: by, Branches: h.branchOptions(ctx, scope), Kinds: ratingKindOptions(ctx), Cut: len(list) == ratedClients, Back: q.href("/satisfaction")}
	cells := map[[2]string][]db.RatedClient{}
	for _, x := range list {
		key := [2]string{rows.of(x), rule.Mood(x.Sum)}
		cells[key] = append(cells[key], x)
	}
	for _, m := range shownMoods {
		p.Moods = append(p.Moods, views.RatedMoodWord(ctx, m))
	}
	if mood == "" || !slices.Contains(rows.keys, chosen) { // valuable and unhappy first
		chosen, mood = rows.keys[0], rating.Unhappy
	}
	address := func(by, key, mood string) string {
		one := q.values()
		if by != "" {
			one.Set("by", by)
		}
		if key != "" {
			one.Set(rows.name, key)
			one.Set("mood", mood)
			return "/satisfaction/value?" + one.Encode() + "#clients"
		}
		return "/satisfaction/value?" + one.Encode()
	}
	p.Tabs = []views.NavItem{{Label: lang.T(ctx, "按分级"), Href: address("", "", ""), Active: by == ""}, {Label: lang.T(ctx, "按我们打的分"), Href: address(byLevel, "", ""), Active: by == byLevel}}
	for _, key := range rows.keys {
		row := views.ValueRow{Name: rows.word(key), Key: key}
		for _, m := range shownMoods {
			row.Cells = append(row.Cells, views.ValueCell{N: len(cells[[2]string{key, m}]), Href: address(by, key, m), Active: key == chosen && m == mood, Hot: key == rows.keys[0] && m == rating.Unhappy})
		}
		p.Rows = append(p.Rows, row)
	}
	here := cells[[2]string{chosen, mood}]
	slices.SortStableFunc(here, func(x, y db.RatedClient) int { return cmp.Compare(x.CSI(), y.CSI()) })
	p.Title = lang.T(ctx, "%s，%s", rows.word(chosen), views.RatedMoodWord(ctx, mood))
	p.Count = lang.T(ctx, "共 %d 位", len(here))
	p.Clients = h.valueClients(ctx, q, rule, here[:min(len(here), ratedListed)])
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "价值和满意度"), body: views.RatedValuePage(p), active: "/satisfaction"})
}

// valueClients are the clients of a cell.
func (h *Handlers) valueClients(ctx context.Context, q ratingQuery, rule rating.Rule, list []db.RatedClient) (out []views.ValueClient) {
	for _, x := range list {
		answers := q
		answers.CustomerID = x.ID
		one := views.ValueClient{Name: x.Name, Code: x.Code, Class: x.Class, Href: "/customers/" + idText(x.ID), Branch: h.db.BranchName(x.BranchID), N: x.N, AnswersHref: answers.href("/ratings")}
		if x.Level != "" {
			one.Ours, one.OursHref = views.LabelWord(ctx, "level", x.Level), one.Href+"/why#why-level"
		}
		if x.Enough(rule) {
			one.CSI = views.IndexText(x.CSI())
		}
		out = append(out, one)
	}
	return out
}
