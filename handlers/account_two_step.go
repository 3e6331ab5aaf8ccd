package handlers

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"time"

	"github.com/skip2/go-qrcode"

	"yike/db"
	"yike/policy/totp"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// twoStep shows how one's second step stands: off, waiting for its first code,
// or on.
func (h *Handlers) twoStep(w http.ResponseWriter, r *http.Request) error {
	return h.showTwoStep(w, r, http.StatusOK, ui.Errors{})
}

func (h *Handlers) showTwoStep(w http.ResponseWriter, r *http.Request, status int, errs ui.Errors) error {
	ctx, s := r.Context(), signedIn(r)
	p := views.TwoStep{Must: s.Limits.TwoStep, Errors: errs}
	if key, _ := h.db.KeyState(); key != db.KeyGood {
		p.NoKey = true
	}
	second, err := h.db.TwoStepOf(ctx, s.Actor)
	if err != nil && !errors.Is(err, db.ErrNoKey) && !errors.Is(err, db.ErrSealed) {
		return err
	}
	if err != nil {
		second = db.TwoStep{} // begun under a key that is no longer there: begin again
	}
	p.On, p.CodesLeft = second.On, second.CodesLeft
	p.Since = views.TimeWord(ctx, time.UnixMilli(second.Since), h.db.Now())
	if !second.On && second.Secret != nil {
		if p.Picture, err = h.twoStepPicture(ctx, s.User.Username, second.Secret); err != nil {
			return err
		}
		p.Secret = totp.Text(second.Secret)
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "两步验证"), body: views.TwoStepPage(p), active: "/account",
		bare: p.Must && !s.TwoStep, scripts: []string{"account.js"}})
}

// twoStepPicture draws the QR code that an authenticator app reads.
func (h *Handlers) twoStepPicture(ctx context.Context, username string, secret []byte) (string, error) {
	issuer := lang.T(ctx, "驿客")
	if company, err := h.db.Company(ctx); err != nil {
		return "", err
	} else if company != "" {
		issuer += " " + company
	}
	png, err := qrcode.Encode(totp.URI(issuer, username, secret), qrcode.Medium, 232)
	if err != nil {
		return "", err
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(png), nil
}

// twoStepBegin makes a secret and shows it.
func (h *Handlers) twoStepBegin(w http.ResponseWriter, r *http.Request) error {
	secret := make([]byte, totp.SecretBytes)
	_, _ = rand.Read(secret) // never fails since Go 1.24
	err := h.db.BeginTwoStep(r.Context(), actorOf(r), secret)
	if err != nil && !errors.Is(err, db.ErrConflict) && !errors.Is(err, db.ErrNoKey) {
		return err
	}
	h.redirect(w, r, "/account/two-step")
	return nil
}

// twoStepConfirm turns the second step on with the first code and the password,
// so that who finds a browser open does not make the account their own, and
// shows the recovery codes: now and never again.
func (h *Handlers) twoStepConfirm(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, s := r.Context(), signedIn(r)
	// A wrong code costs no hash of the recovery codes that follow a right one.
	second, err := h.db.TwoStepOf(ctx, s.Actor)
	if err != nil && !errors.Is(err, db.ErrNoKey) && !errors.Is(err, db.ErrSealed) {
		return err
	}
	if _, right := totp.Match(second.Secret, field(r, "code"), h.db.Now(), 0); err == nil && !second.On && second.Secret != nil && !right {
		return h.twoStepWrong(w, r)
	}
	errs := ui.Errors{}
	in, err := h.provesPassword(r, errs, "password")
	if err != nil {
		return err
	}
	if errs.Any() {
		return h.showTwoStep(w, r, http.StatusUnprocessableEntity, errs)
	}
	if err := h.db.GiveBack(ctx, in.NameKey, in.AddressKey); err != nil {
		return err
	}
	codes, salt, hashes, err := h.recoveryCodes(ctx)
	if err != nil {
		return err
	}
	ok, err := h.db.ConfirmTwoStep(ctx, s.Actor, field(r, "code"), salt, hashes)
	if errors.Is(err, db.ErrConflict) { // confirmed already, or never begun
		h.redirect(w, r, "/account/two-step")
		return nil
	}
	if err != nil {
		return err
	}
	if !ok {
		return h.twoStepWrong(w, r)
	}
	return h.showRecoveryCodes(w, r, codes, true)
}

func (h *Handlers) twoStepWrong(w http.ResponseWriter, r *http.Request) error {
	errs := ui.Errors{}
	errs.Add("code", lang.T(r.Context(), "验证码不对。看一下手机的时间是否自动校准，填最新的 6 位"))
	return h.showTwoStep(w, r, http.StatusUnprocessableEntity, errs)
}

func (h *Handlers) showRecoveryCodes(w http.ResponseWriter, r *http.Request, codes []string, first bool) error {
	ctx, s := r.Context(), signedIn(r)
	p := views.RecoveryCodes{Codes: codes, First: first, Username: s.User.Username, Made: db.Day(h.db.Now())}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "恢复码"), body: views.RecoveryCodesPage(p), active: "/account", scripts: []string{"account.js"}})
}

// recoveryCodes makes new recovery codes and what is kept of them.
func (h *Handlers) recoveryCodes(ctx context.Context) (codes []string, salt string, hashes []string, err error) {
	salt = rand.Text()
	for range totp.RecoveryCodes {
		var b [totp.RecoveryBytes]byte
		_, _ = rand.Read(b[:]) // never fails since Go 1.24
		code := totp.Recovery(b)
		hash, err := h.hashRecovery(ctx, code, salt)
		if err != nil {
			return nil, "", nil, err
		}
		codes, hashes = append(codes, code), append(hashes, hash)
	}
	return codes, salt, hashes, nil
}

// provesPassword asks for the password once more; what is wrong is put into
// errs. It is counted like a sign-in: who goes on to the end gives the try back.
func (h *Handlers) provesPassword(r *http.Request, errs ui.Errors, passwordField string) (db.Entry, error) {
	ctx := r.Context()
	account, err := h.db.Account(ctx, actorOf(r))
	if err != nil {
		return db.Entry{}, err
	}
	in, err := h.counters(r, account.Username)
	if err != nil {
		return in, err
	}
	try, err := h.db.TrySignIn(ctx, in.NameKey, in.AddressKey)
	if err != nil {
		return in, err
	}
	if try.Wait > 0 {
		errs.Add(passwordField, h.waitWord(ctx, try.Wait))
		return in, nil
	}
	ok, err := h.matches(ctx, r.PostFormValue(passwordField), account.PasswordHash)
	if err == nil && !ok {
		errs.Add(passwordField, lang.T(ctx, "密码不对"))
	}
	return in, err
}

// proves asks for the password and the second step once more before the second
// step itself is changed; what is wrong is put into errs. It is counted like a
// sign-in, so that who finds a browser open cannot guess.
func (h *Handlers) proves(r *http.Request, errs ui.Errors, passwordField, codeField string) error {
	ctx, s := r.Context(), signedIn(r)
	in, err := h.provesPassword(r, errs, passwordField)
	if err != nil || errs.Any() {
		return err
	}
	second, _, err := h.second(ctx, s.User.ID, field(r, codeField))
	if errors.Is(err, db.ErrNoKey) || errors.Is(err, db.ErrSealed) {
		errs.Add(codeField, lang.T(ctx, "服务器的密钥文件不在，现在核对不了手机验证码。请填一个恢复码，或找管理员"))
		return nil
	}
	if err != nil {
		return err
	}
	if second == "" {
		errs.Add(codeField, lang.T(ctx, "验证码不对，或已经用过。等下一个出现再填"))
		return nil
	}
	return h.db.GiveBack(ctx, in.NameKey, in.AddressKey)
}

// twoStepCodes replaces the recovery codes.
func (h *Handlers) twoStepCodes(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	errs := ui.Errors{}
	if err := h.proves(r, errs, "password", "code"); err != nil {
		return err
	}
	if errs.Any() {
		return h.showTwoStep(w, r, http.StatusUnprocessableEntity, errs)
	}
	codes, salt, hashes, err := h.recoveryCodes(r.Context())
	if err != nil {
		return err
	}
	err = h.db.RenewRecoveryCodes(r.Context(), actorOf(r), salt, hashes)
	if errors.Is(err, db.ErrConflict) {
		h.redirect(w, r, "/account/two-step")
		return nil
	}
	if err != nil {
		return err
	}
	return h.showRecoveryCodes(w, r, codes, false)
}

// twoStepEnd turns one's own second step off, unless the role asks for it.
func (h *Handlers) twoStepEnd(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, s := r.Context(), signedIn(r)
	if s.Limits.TwoStep {
		return db.ErrRefused
	}
	errs := ui.Errors{}
	if err := h.proves(r, errs, "off_password", "off_code"); err != nil {
		return err
	}
	if errs.Any() {
		return h.showTwoStep(w, r, http.StatusUnprocessableEntity, errs)
	}
	if err := h.db.EndTwoStep(ctx, s.Actor); err != nil && !errors.Is(err, db.ErrNotFound) {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "两步验证已关闭，以后只用密码登录")})
	h.redirect(w, r, "/account")
	return nil
}
