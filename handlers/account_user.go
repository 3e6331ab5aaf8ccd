package handlers

import (
	"errors"
	"net/http"

	"yike/db"
	"yike/policy"
	"yike/policy/signin"
	"yike/views"
	"yike/views/lang"
)

// userSignin is how a person's signing in stands, for who administers them.
func (h *Handlers) userSignin(r *http.Request, u db.User) (views.UserSignin, error) {
	ctx := r.Context()
	p := views.UserSignin{Base: "/users/" + idText(u.ID)}
	until, err := h.db.LockedUntil(ctx, "name:"+signin.NameKey(u.Username))
	if err != nil {
		return p, err
	}
	if !until.IsZero() {
		p.LockedUntil = views.TimeWord(ctx, until, h.db.Now()).Text
	}
	on, err := h.db.TwoStepUsers(ctx, []int64{u.ID})
	if err != nil {
		return p, err
	}
	rule, _, err := h.db.SigninRule(ctx)
	if err != nil {
		return p, err
	}
	p.TwoStep, p.MustTwoStep = on[u.ID], rule.For(db.LimitRoles(signedIn(r).Access, rule, u.Grants)).TwoStep
	return p, nil
}

// userUnlock lets somebody sign in again at once after too many wrong passwords.
func (h *Handlers) userUnlock(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	u, err := h.db.User(ctx, a.Scope(policy.UserEdit), id)
	if err != nil {
		return err
	}
	if err := h.db.UnlockUser(ctx, a, id, "name:"+signin.NameKey(u.Username)); err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "%s 现在可以登录了", u.Name)})
	h.redirect(w, r, "/users/"+idText(id)+"/edit")
	return nil
}

// userTwoStepReset turns off the second step of somebody whose phone is lost.
func (h *Handlers) userTwoStepReset(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	u, err := h.db.User(ctx, a.Scope(policy.UserEdit), id)
	if err != nil {
		return err
	}
	if err := h.db.ResetTwoStep(ctx, a, id); err != nil && !errors.Is(err, db.ErrNotFound) {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "%s 的两步验证已重置，登录都已退出。请他重新开启", u.Name)})
	h.redirect(w, r, "/users/"+idText(id)+"/edit")
	return nil
}
