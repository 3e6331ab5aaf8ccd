package handlers

import (
	"errors"
	"net/http"

	"yike/db"
	"yike/policy"
	"yike/views"
)

// handed keeps a device that a client holds out of the product: whatever goes
// wrong there, the page says to give it back and nothing else.
func (h *Handlers) handed(answer func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := answer(w, r)
		var tooLarge *http.MaxBytesError
		status := http.StatusInternalServerError
		switch {
		case err == nil || r.Context().Err() != nil:
			return err
		case errors.Is(err, db.ErrNotFound):
			status = http.StatusNotFound
		case errors.Is(err, db.ErrConflict):
			status = http.StatusConflict
		case errors.Is(err, db.ErrRefused):
			status = http.StatusForbidden
		case errors.As(err, &tooLarge):
			status = http.StatusRequestEntityTooLarge
		case errors.Is(err, errBadRequest):
			status = http.StatusBadRequest
		default:
			h.log.Error("rating on a device failed", "request", requestID(r.Context()), "err", err)
		}
		h.rateWrite(w, r, status, views.RateStop("/ratings/ask"))
		return nil
	}
}

// ratingHand is the page on the device that is handed over: the question alone.
func (h *Handlers) ratingHand(w http.ResponseWriter, r *http.Request) error {
	return h.showHand(w, r, http.StatusOK, views.RatePage{})
}

func (h *Handlers) showHand(w http.ResponseWriter, r *http.Request, status int, p views.RatePage) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	x, err := h.db.OwnRating(r.Context(), actorOf(r), id)
	if err != nil {
		return err
	}
	if x.AnsweredAt != 0 {
		h.redirect(w, r, "/ratings/"+idText(id)+"/done")
		return nil
	}
	p.Action, p.Branch, p.Day, p.About = "/ratings/"+idText(id)+"/answer", h.db.BranchName(x.BranchID), x.Day, x.Kind
	h.rateWrite(w, r, status, views.Rate(p))
	return nil
}

// ratingHandAnswer takes what was tapped on it.
func (h *Handlers) ratingHandAnswer(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	p, score, err := readRate(r.Context(), r)
	if err != nil {
		return err
	}
	if p.Fault != "" {
		return h.showHand(w, r, http.StatusUnprocessableEntity, p)
	}
	err = h.db.AnswerOwn(r.Context(), actorOf(r), id, db.RatingAnswer{Score: score, Comment: p.Comment})
	if errors.Is(err, db.ErrNotFound) || errors.Is(err, db.ErrConflict) { // tapped twice: the first one counts
		if x, err := h.db.OwnRating(r.Context(), actorOf(r), id); err == nil && x.AnsweredAt != 0 {
			h.redirect(w, r, "/ratings/"+idText(id)+"/done")
			return nil
		}
	}
	if err != nil {
		return err
	}
	h.redirect(w, r, "/ratings/"+idText(id)+"/done")
	return nil
}

// ratingHandDone asks for the device back.
func (h *Handlers) ratingHandDone(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	a := actorOf(r)
	x, err := h.db.OwnRating(r.Context(), a, id)
	if err != nil {
		return err
	}
	back := "/ratings/ask"
	switch {
	case x.AnsweredAt == 0:
		h.redirect(w, r, "/ratings/"+idText(id)+"/hand")
		return nil
	case x.CaseID != 0:
		back = "/cases/" + idText(x.CaseID)
	case x.CustomerID != 0 && x.WaybillID == 0 && a.Can(policy.CustomerRead):
		back = "/customers/" + idText(x.CustomerID)
	}
	h.rateWrite(w, r, http.StatusOK, views.RateBack(back))
	return nil
}
