package handlers

import (
	"errors"
	"net/http"
	"regexp"

	"yike/db"
	"yike/policy"
	"yike/policy/mask"
	"yike/policy/phone"
	"yike/views"
	"yike/views/lang"
)

// caseCode is how the number of a case reads.
var caseCode = regexp.MustCompile(`^[0-9]{8}-[0-9]{3,}$`)

// search answers the search box: a page, or its list of links when HTMX asks.
func (h *Handlers) search(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	q := query(r, "q")
	hits, more, err := h.db.SearchCustomers(ctx, a.Scope(policy.CustomerRead), a.Scope(policy.CustomerUnmask), q)
	if err != nil {
		return err
	}
	p := views.SearchResults{Query: q, More: more, Pages: pagesFound(ctx, a, q)}
	if a.Can(policy.CaseRead) && caseCode.MatchString(q) {
		x, err := h.db.CaseByCode(ctx, a, q)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return err
		}
		if err == nil {
			p.Case = &views.CaseBrief{Href: "/cases/" + idText(x.ID), Code: x.Code, Text: h.caseWhat(ctx, x)}
		}
	}
	for _, c := range hits {
		hit := views.SearchHit{Href: "/customers/" + idText(c.ID), Class: c.Class, Code: c.Code, Branch: h.db.BranchName(c.BranchID), Short: c.ShortName}
		hit.Before, hit.Match, hit.After = views.MarkMatch(c.Name, q)
		hit.Phone = mask.Phone(phone.Display(c.Phone), h.db.MaskFor(a, c.BranchID, c.OwnerID, c.ClerkID))
		p.Hits = append(p.Hits, hit)
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "搜索"), body: views.Search(p), partial: views.SearchHits(p)})
}
