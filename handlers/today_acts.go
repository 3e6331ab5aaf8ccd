package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"unicode/utf8"

	"yike/db"
	"yike/policy/day"
	"yike/views"
	"yike/views/lang"
)

// undoneAt adds to the address that takes an act back the page of the day, when
// the act was done there.
func undoneAt(back string) string {
	if u, err := url.Parse(back); err != nil || u.Path != "/today" || u.Host != "" {
		return ""
	}
	return "?back=" + url.QueryEscape(back)
}

// undoneTo is where one comes back to: the page of the day, when the act was
// done there, or the place given.
func undoneTo(r *http.Request, place string) string {
	if back := query(r, "back"); undoneAt(back) != "" {
		return todoBack(back)
	}
	return place
}

// visitKept notes on the page of the day that what a client was promised has
// been done, with what came of it.
func (h *Handlers) visitKept(w http.ResponseWriter, r *http.Request) error {
	id, version, err := visitActOf(r)
	if err != nil {
		return err
	}
	ctx, result, back := r.Context(), field(r, "result"), todoBack(field(r, "back"))
	was, err := h.mayChange(r)
	if err != nil {
		return err
	}
	if n := utf8.RuneCountInString(result); n == 0 || n > todoWords {
		said := lang.T(ctx, "写一句结果，例如：已告诉客户")
		if n > 0 {
			said = lang.T(ctx, "最多 %d 个字", todoWords)
		}
		h.flash(r, views.Flash{Kind: "soon", Text: said})
		return h.backTo(w, r, back)
	}
	switch err := h.db.KeepPromise(ctx, actorOf(r), id, version, result); {
	case errors.Is(err, db.ErrConflict):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "刚才有人先办了，看看现在怎样")})
	case err != nil:
		return err
	default:
		undo := "/visits/" + idText(id) + "/again?day=" + was.Day + "&version=" + versionText(version+1) + "&minute=" + strconv.Itoa(int(was.Minute))
		if at := undoneAt(back); at != "" {
			undo += "&" + at[1:]
		}
		h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "办完了，记成了今天的一次拜访"), UndoURL: undo, Href: "/visits/" + idText(id), LinkText: lang.T(ctx, "看这次拜访")})
	}
	return h.backTo(w, r, back)
}

// visitAgain takes visitKept back.
func (h *Handlers) visitAgain(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	if _, err := h.mayChange(r); err != nil {
		return err
	}
	ctx, version := r.Context(), db.ParseID(query(r, "version"))
	on, err := day.Parse(query(r, "day"))
	minute, fault := strconv.Atoi(query(r, "minute"))
	if err != nil || !on.Valid() || fault != nil || minute < -1 || minute >= 24*60 || version == 0 {
		return errBadRequest
	}
	switch err := h.db.PromiseAgain(ctx, actorOf(r), id, version, on, int64(minute)); {
	case errors.Is(err, db.ErrConflict):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "刚才有人先办了，看看现在怎样")})
	case err != nil:
		return err
	}
	h.redirect(w, r, undoneTo(r, "/visits/"+idText(id)))
	return nil
}
