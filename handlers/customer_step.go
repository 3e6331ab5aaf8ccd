package handlers

import (
	"net/http"
	"net/url"

	"yike/db"
	"yike/policy"
	"yike/views"
	"yike/views/lang"
)

// neighbours lead through the list that the page was opened from. Who stands
// there is looked up when one goes on, not whenever a page is read.
func (h *Handlers) neighbours(r *http.Request, id string) *views.Neighbours {
	list, ok := h.listFrom(r)
	if !ok {
		return nil
	}
	from := "?from=" + url.QueryEscape(list.Encode())
	return &views.Neighbours{Back: address("/customers", list.Values), Prev: "/customers/" + id + "/previous" + from, Next: "/customers/" + id + "/next" + from}
}

// listFrom is the list that a customer was opened from.
func (h *Handlers) listFrom(r *http.Request) (customerQuery, bool) {
	from := query(r, "from")
	values, err := url.ParseQuery(from)
	if from == "" || err != nil {
		return customerQuery{}, false
	}
	return readList(values, h.db.Now().In(db.Zone)), true
}

func (h *Handlers) customerPrevious(w http.ResponseWriter, r *http.Request) error {
	return h.customerStep(w, r, true)
}

func (h *Handlers) customerNext(w http.ResponseWriter, r *http.Request) error {
	return h.customerStep(w, r, false)
}

// customerStep goes on to the row before or after in the list; at its end it
// stays where it is and says so.
func (h *Handlers) customerStep(w http.ResponseWriter, r *http.Request, back bool) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx, scope := r.Context(), actorOf(r).Scope(policy.CustomerRead)
	if _, err := h.db.Customer(ctx, scope, id); err != nil {
		return err
	}
	list, ok := h.listFrom(r)
	if !ok {
		h.redirect(w, r, "/customers/"+idText(id))
		return nil
	}
	f, err := h.listFilter(ctx, list)
	if err != nil {
		return err
	}
	before, after, err := h.db.CustomerNeighbours(ctx, scope, f, id)
	if err != nil {
		return err
	}
	to, end := after, lang.T(ctx, "这是最后一位")
	if back {
		to, end = before, lang.T(ctx, "这是第一位")
	}
	if to == 0 {
		h.flash(r, views.Flash{Kind: "soon", Text: end})
		to = id
	}
	h.redirect(w, r, "/customers/"+idText(to)+"?from="+url.QueryEscape(list.Encode()))
	return nil
}
