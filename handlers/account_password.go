package handlers

import (
	"net/http"

	"yike/policy/signin"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

func (h *Handlers) passwordForm(w http.ResponseWriter, r *http.Request) error {
	return h.showPassword(w, r, http.StatusOK, views.PasswordForm{First: signedIn(r).User.MustChange, Errors: ui.Errors{}})
}

func (h *Handlers) showPassword(w http.ResponseWriter, r *http.Request, status int, f views.PasswordForm) error {
	return h.render(w, r, status, page{title: lang.T(r.Context(), "改密码"), body: views.Password(f), bare: f.First, active: "/account"})
}

// passwordChange also ends every other session of the person.
func (h *Handlers) passwordChange(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, s := r.Context(), signedIn(r)
	f := views.PasswordForm{First: s.User.MustChange, Errors: ui.Errors{}}
	account, err := h.db.Account(ctx, s.Actor)
	if err != nil {
		return err
	}
	in, err := h.counters(r, account.Username)
	if err != nil {
		return err
	}
	try, err := h.db.TrySignIn(ctx, in.NameKey, in.AddressKey)
	if err != nil {
		return err
	}
	if try.Wait > 0 {
		f.Errors.Add("current", h.waitWord(ctx, try.Wait))
		return h.showPassword(w, r, http.StatusTooManyRequests, f)
	}
	current, password := r.PostFormValue("current"), r.PostFormValue("password")
	ok, err := h.matches(ctx, current, account.PasswordHash)
	if err != nil {
		return err
	}
	company, err := h.db.Company(ctx)
	if err != nil {
		return err
	}
	if !ok {
		f.Errors.Add("current", lang.T(ctx, "现在的密码不对"))
	}
	h.checkNewPassword(ctx, f.Errors, password, r.PostFormValue("password2"), signin.Owner{Username: account.Username,
		Names: namesOf(account.Name), Phones: []string{account.Phone}, Firms: firmsOf(company, h.db.BranchName(account.BranchID))})
	if ok && current == password {
		f.Errors.Add("password", lang.T(ctx, "新密码不能和现在的一样"))
	}
	if f.Errors.Any() {
		return h.showPassword(w, r, http.StatusUnprocessableEntity, f)
	}
	hash, err := h.hash(ctx, password)
	if err != nil {
		return err
	}
	_, fed, err := h.db.FeedSince(ctx, s.Actor)
	if err != nil {
		return err
	}
	if err := h.db.SetPassword(ctx, s.Actor, hash); err != nil {
		return err
	}
	in.PasswordHash = hash
	if err := h.db.SignInSucceeded(ctx, s.Actor, in); err != nil {
		return err
	}
	if err := h.begin(r, s.User.ID, hash); err != nil {
		return err
	}
	said := lang.T(ctx, "密码已改，其他设备上的登录都已退出")
	if fed {
		said = lang.T(ctx, "密码已改，其他设备上的登录都已退出；日历订阅的地址作废了，要用再做一个")
	}
	h.flash(r, views.Flash{Kind: "ok", Text: said})
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}
