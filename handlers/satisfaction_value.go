package handlers

import (
	"cmp"
	"net/http"
	"slices"

	"yike/db"
	"yike/policy"
	"yike/policy/profile"
	"yike/policy/rating"
	"yike/views"
	"yike/views/lang"
)

// shownMoods are the columns of the matrix, the worst first.
var shownMoods = []string{rating.Unhappy, rating.Middle, rating.Happy}

// ratedValue is what we think of clients beside what they think of us: how many
// stand in each cell, and who.
func (h *Handlers) ratedValue(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	q := h.readRatings(r, true)
	chosen, mood := q.class, q.mood
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
	p := views.RatedValue{From: q.From, To: q.To, Branch: idText(q.BranchID), Kind: q.Kind, Branches: h.branchOptions(ctx, scope), Kinds: ratingKindOptions(ctx), Cut: len(list) == ratedClients, Back: q.href("/satisfaction")}
	cells := map[[2]string][]db.RatedClient{}
	for _, x := range list {
		key := [2]string{cmp.Or(x.Class, unclassed), rule.Mood(x.Sum)}
		cells[key] = append(cells[key], x)
	}
	for _, m := range shownMoods {
		p.Moods = append(p.Moods, views.RatedMoodWord(ctx, m))
	}
	classes := append(slices.Clone(profile.Classes), "")
	if mood == "" { // valuable and unhappy first
		chosen, mood = classes[0], rating.Unhappy
	}
	for _, class := range classes {
		row := views.ValueRow{Name: views.ClassLabel(ctx, class), Class: class}
		for _, m := range shownMoods {
			key := [2]string{cmp.Or(class, unclassed), m}
			one := q.values()
			one.Set("class", key[0])
			one.Set("mood", m)
			row.Cells = append(row.Cells, views.ValueCell{N: len(cells[key]), Href: "/satisfaction/value?" + one.Encode() + "#clients", Active: key[0] == chosen && m == mood, Hot: class == classes[0] && m == rating.Unhappy})
		}
		p.Rows = append(p.Rows, row)
	}
	here := cells[[2]string{chosen, mood}]
	slices.SortStableFunc(here, func(x, y db.RatedClient) int { return cmp.Compare(x.CSI(), y.CSI()) })
	class := chosen
	if class == unclassed {
		class = ""
	}
	p.Title = lang.T(ctx, "%s，%s", views.ClassLabel(ctx, class), views.RatedMoodWord(ctx, mood))
	p.Count = lang.T(ctx, "共 %d 位", len(here))
	for _, x := range here[:min(len(here), ratedListed)] {
		answers := q
		answers.CustomerID = x.ID
		csi := ""
		if x.Enough(rule) {
			csi = views.IndexText(x.CSI())
		}
		p.Clients = append(p.Clients, views.ValueClient{Name: x.Name, Code: x.Code, Class: x.Class, Href: "/customers/" + idText(x.ID), Branch: h.db.BranchName(x.BranchID), N: x.N, AnswersHref: answers.href("/ratings"), CSI: csi})
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "价值和满意度"), body: views.RatedValuePage(p), active: "/satisfaction"})
}
