package handlers

import (
	"errors"
	"net/http"

	"yike/db"
	"yike/policy"
	"yike/policy/signin"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// joinForm is where a one-time link leads. The page sends no referrer, so that
// the token goes nowhere else.
func (h *Handlers) joinForm(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Referrer-Policy", "no-referrer")
	token := query(r, "token")
	u, err := h.db.LinkedUser(r.Context(), token)
	if errors.Is(err, db.ErrNotFound) {
		return h.render(w, r, http.StatusNotFound, page{title: lang.T(r.Context(), "链接失效"), body: views.JoinGone(), bare: true})
	}
	if err != nil {
		return err
	}
	return h.showJoin(w, r, http.StatusOK, views.JoinForm{Token: token, Name: u.Name, Username: u.Username, Errors: ui.Errors{}})
}

func (h *Handlers) showJoin(w http.ResponseWriter, r *http.Request, status int, f views.JoinForm) error {
	return h.render(w, r, status, page{title: lang.T(r.Context(), "设密码"), body: views.Join(f), bare: true})
}

// join sets the password that the person of a link chose; they sign in with it
// as everybody does.
func (h *Handlers) join(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	ctx, token := r.Context(), field(r, "token")
	gone := func() error {
		return h.render(w, r, http.StatusNotFound, page{title: lang.T(ctx, "链接失效"), body: views.JoinGone(), bare: true})
	}
	u, err := h.db.LinkedUser(ctx, token)
	if errors.Is(err, db.ErrNotFound) {
		return gone()
	}
	if err != nil {
		return err
	}
	company, err := h.db.Company(ctx)
	if err != nil {
		return err
	}
	f := views.JoinForm{Token: token, Name: u.Name, Username: u.Username, Errors: ui.Errors{}}
	password := r.PostFormValue("password")
	h.checkNewPassword(ctx, f.Errors, password, r.PostFormValue("password2"), signin.Owner{Username: u.Username,
		Names: namesOf(u.Name), Phones: []string{u.Phone}, Firms: firmsOf(company, h.db.BranchName(u.BranchID))})
	if f.Errors.Any() {
		return h.showJoin(w, r, http.StatusUnprocessableEntity, f)
	}
	hash, err := h.hash(ctx, password)
	if err != nil {
		return err
	}
	by := policy.Actor{UserID: u.ID, Name: u.Name, Branch: u.BranchID, RequestID: requestID(ctx), Address: clientAddress(r)}
	err = h.db.UseLink(ctx, by, token, hash)
	if errors.Is(err, db.ErrNotFound) {
		return gone()
	}
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "密码已设好，用它登录")})
	http.Redirect(w, r, "/login", http.StatusSeeOther)
	return nil
}
