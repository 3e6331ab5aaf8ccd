package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"yike/db"
	"yike/policy"
	"yike/policy/unusual"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// alertList shows who looked at far more clients' data than is usual.
func (h *Handlers) alertList(w http.ResponseWriter, r *http.Request) error {
	return h.showAlerts(w, r, http.StatusOK, views.AlertList{All: query(r, "all") == "1"}, "")
}

func (h *Handlers) showAlerts(w http.ResponseWriter, r *http.Request, status int, p views.AlertList, typed string) error {
	ctx, a := r.Context(), actorOf(r)
	list, err := h.db.Alerts(ctx, a, p.All)
	if err != nil {
		return err
	}
	if p.Faulty != "" && !slices.ContainsFunc(list, func(x db.Alert) bool { return idText(x.ID) == p.Faulty && x.SeenAt == 0 }) {
		return db.ErrNotFound
	}
	now := h.db.Now()
	for _, x := range list {
		row := views.AlertRow{ID: idText(x.ID), Version: strconv.FormatInt(x.Version, 10), Who: x.User, Branch: h.db.BranchName(x.BranchID),
			At: views.TimeWord(ctx, time.UnixMilli(x.At), now), SeenBy: x.SeenBy, Note: x.Note}
		if x.SeenAt != 0 {
			row.SeenAt = views.TimeWord(ctx, time.UnixMilli(x.SeenAt), now)
		}
		if row.ID == p.Faulty {
			row.Typed = typed
		}
		row.Text, row.Compared = alertWords(ctx, x)
		looked, err := h.db.RevealedTo(ctx, a.Scope(policy.CustomerRead), x.UserID, x.Day)
		if err != nil {
			return err
		}
		for _, c := range looked {
			row.Looked = append(row.Looked, views.NavItem{Label: c.Name, Href: "/customers/" + idText(c.ID), Count: lang.T(ctx, "%d 条", c.Fields)})
		}
		p.Rows = append(p.Rows, row)
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "查看异常"), body: views.Alerts(p), active: "/alerts"})
}

// alertWords says what was unusual, and compared with what.
func alertWords(ctx context.Context, a db.Alert) (text, compared string) {
	if a.Kind == unusual.ManyReveals {
		return lang.T(ctx, "一小时里显示了 %d 条客户资料", a.Count), lang.T(ctx, "超过 %d 条就提醒", a.Usual)
	}
	text = lang.T(ctx, "一天看了 %d 位客户的资料", a.Count)
	if a.Usual == 0 {
		return text, lang.T(ctx, "看得不久，还说不出平常一天看多少")
	}
	return text, lang.T(ctx, "近 30 天，本人平常一天 %d 位", a.Usual)
}

// alertSeen keeps what came of an alert.
func (h *Handlers) alertSeen(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx, note := r.Context(), field(r, "note")
	if n := utf8.RuneCountInString(note); n < 2 || n > 200 {
		p := views.AlertList{Faulty: idText(id), Errors: ui.Errors{}}
		p.Errors.Add("note", lang.T(ctx, "写一句：问过谁，为什么看这么多"))
		return h.showAlerts(w, r, http.StatusUnprocessableEntity, p, note)
	}
	err = h.db.SeeAlert(ctx, actorOf(r), id, db.ParseID(field(r, "version")), note)
	switch {
	case errors.Is(err, db.ErrConflict):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "刚才有人处理过了")})
		h.redirect(w, r, "/alerts?all=1")
		return nil
	case err != nil:
		return err
	}
	h.openAlerts.Store(nil)
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已记下")})
	h.redirect(w, r, "/alerts")
	return nil
}

// alertsKept are the open alerts as a node last read them, so that the badge
// costs no statement on each page.
type alertsKept struct {
	at   time.Time
	list []db.OpenAlert
}

const alertsFresh = 20 * time.Second

// alertCount is how many alerts wait for this actor, "" for none.
func (h *Handlers) alertCount(ctx context.Context, a policy.Actor) string {
	scope, now := a.Scope(policy.AlertRead), h.db.Now()
	if scope.Empty() {
		return ""
	}
	kept := h.openAlerts.Load()
	if kept == nil || now.Sub(kept.at) > alertsFresh || now.Before(kept.at) {
		list, err := h.db.OpenAlerts(ctx)
		if err != nil {
			h.log.Error("read the open alerts", "request", requestID(ctx), "err", err)
			return ""
		}
		kept = &alertsKept{now, list}
		h.openAlerts.Store(kept)
	}
	n := 0
	for _, x := range kept.list {
		if x.UserID != a.UserID && scope.SeesBranch(h.db.Chain(x.BranchID)) {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
