package handlers

import (
	"errors"
	"net/http"
	"slices"
	"unicode/utf8"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/radar"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// radarAnswer writes down why a client ships less and what is done about it.
func (h *Handlers) radarAnswer(w http.ResponseWriter, r *http.Request) error {
	id, x, err := h.radarWithin(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	f := &views.RadarForm{Reason: field(r, "reason"), Response: field(r, "response"), Note: field(r, "note"), Owner: field(r, "owner"), Due: field(r, "due")}
	p := views.RadarPage{Form: f, Errors: ui.Errors{}}
	if !slices.Contains(radar.Reasons, f.Reason) {
		p.Errors.Add("reason", lang.T(ctx, "请选一个"))
	}
	if !slices.Contains(radar.Responses, f.Response) {
		p.Errors.Add("response", lang.T(ctx, "请选一个"))
	}
	if utf8.RuneCountInString(f.Note) > 500 {
		p.Errors.Add("note", lang.T(ctx, "最多 %d 个字", 500))
	}
	due, err := day.Parse(f.Due)
	switch {
	case f.Response == radar.GiveUp:
		due = day.None
	case err != nil || !due.Valid():
		p.Errors.Add("due", lang.T(ctx, "请填日期"))
	case due < h.todayDay() && f.Due != x.DueDay:
		p.Errors.Add("due", lang.T(ctx, "从今天或以后的日子起"))
	}
	if db.ParseID(f.Owner) == 0 {
		p.Errors.Add("owner", lang.T(ctx, "请选一个"))
	}
	if p.Errors.Any() {
		return h.showRadar(w, r, http.StatusUnprocessableEntity, &p)
	}
	version, _ := formInt(r, "version")
	err = h.db.AnswerRadar(ctx, actorOf(r), id, version, db.RadarAnswer{Reason: f.Reason, Response: f.Response, Note: f.Note, OwnerID: db.ParseID(f.Owner), DueDay: due.String()})
	return h.radarDone(w, r, id, err, &p, lang.T(ctx, "记下了"))
}

// radarClose writes down what came of it.
func (h *Handlers) radarClose(w http.ResponseWriter, r *http.Request) error {
	id, _, err := h.radarWithin(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	p := views.RadarPage{Result: field(r, "result"), Errors: ui.Errors{}}
	checkText(ctx, p.Errors, "result", p.Result, 500)
	if p.Errors.Any() {
		return h.showRadar(w, r, http.StatusUnprocessableEntity, &p)
	}
	version, _ := formInt(r, "version")
	return h.radarDone(w, r, id, h.db.CloseRadar(ctx, actorOf(r), id, version, p.Result), &p, lang.T(ctx, "已了结，后来的件量会显示在这里"))
}

// radarReopen takes a closed alert up again.
func (h *Handlers) radarReopen(w http.ResponseWriter, r *http.Request) error {
	id, _, err := h.radarWithin(r)
	if err != nil {
		return err
	}
	version, _ := formInt(r, "version")
	return h.radarDone(w, r, id, h.db.ReopenRadar(r.Context(), actorOf(r), id, version), &views.RadarPage{Errors: ui.Errors{}}, lang.T(r.Context(), "重新打开了"))
}

// radarWithin reads the form of an act on an alert that the actor may answer.
func (h *Handlers) radarWithin(r *http.Request) (int64, db.RadarRow, error) {
	if err := readForm(r); err != nil {
		return 0, db.RadarRow{}, err
	}
	id, err := pathID(r, "id")
	if err != nil {
		return 0, db.RadarRow{}, err
	}
	x, err := h.db.RadarAlert(r.Context(), actorOf(r), policy.RadarEdit, id)
	return id, x, err
}

// radarDone answers an act on an alert.
func (h *Handlers) radarDone(w http.ResponseWriter, r *http.Request, id int64, err error, typed *views.RadarPage, done string) error {
	if errors.Is(err, db.ErrConflict) {
		typed.Errors.Add("", lang.T(r.Context(), "刚才有人处理过，请看过下面的再记一次。"))
		return h.showRadar(w, r, http.StatusConflict, typed)
	}
	if err != nil {
		return err
	}
	h.todoCounts.Clear()
	h.flash(r, views.Flash{Kind: "ok", Text: done})
	to := "/radar/" + idText(id)
	if _, err := h.db.RadarAlert(r.Context(), actorOf(r), policy.RadarRead, id); errors.Is(err, db.ErrNotFound) {
		to = "/todos" // it was theirs to do, and is somebody else's now
	} else if err != nil {
		return err
	}
	h.redirect(w, r, to)
	return nil
}
