package handlers

import (
	"context"
	"net/http"
	"time"

	"yike/policy/signin"
	"yike/views"
	"yike/views/lang"
)

// account gathers what is one's own: password, second step, sessions,
// language, colours.
func (h *Handlers) account(w http.ResponseWriter, r *http.Request) error {
	ctx, s := r.Context(), signedIn(r)
	p := views.Account{Name: s.User.Name, Username: s.User.Username, Roles: h.grantWords(ctx, s.User.Grants),
		Branch: h.db.BranchName(s.User.BranchID), TwoStep: s.TwoStep, MustTwoStep: s.Limits.TwoStep}
	p.Theme = preference(r, "yike-theme")
	if s.TwoStep {
		second, err := h.db.TwoStepOf(ctx, s.Actor)
		if err != nil {
			return err
		}
		p.CodesLeft, p.TwoStepSince = second.CodesLeft, views.TimeWord(ctx, time.UnixMilli(second.Since), h.db.Now())
	}
	var err error
	if _, p.Calendar, err = h.db.FeedSince(ctx, s.Actor); err != nil {
		return err
	}
	list, err := h.db.SessionsOf(ctx, s.Actor)
	if err != nil {
		return err
	}
	now := h.db.Now()
	for _, one := range list {
		since, seen := time.UnixMilli(one.Since), time.UnixMilli(one.Seen)
		if s.Limits.Over(since, seen, now) != signin.GoesOn {
			continue // it is over, and goes when it is next asked for
		}
		d := signin.DeviceOf(one.Agent)
		p.Sessions = append(p.Sessions, views.AccountSession{ID: idText(one.ID), Device: views.DeviceWord(ctx, d), Phone: d.Phone(), Address: one.Address,
			Since: views.TimeWord(ctx, since, now), Seen: views.TimeWord(ctx, seen, now), This: one.This})
	}
	p.Idle, p.Absolute = durationWord(ctx, s.Limits.Idle), durationWord(ctx, s.Limits.Absolute)
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "我的账号"), body: views.AccountPage(p), active: "/account"})
}

// durationWord says a length of whole days, hours or minutes.
func durationWord(ctx context.Context, d time.Duration) string {
	switch {
	case d >= 48*time.Hour && d%(24*time.Hour) == 0:
		return lang.T(ctx, "%d 天", int(d/(24*time.Hour)))
	case d >= time.Hour && d%time.Hour == 0:
		return lang.T(ctx, "%d 小时", int(d/time.Hour))
	}
	return lang.T(ctx, "%d 分钟", int(d/time.Minute))
}

// sessionEnd ends one of one's own sessions; this one like a sign-out.
func (h *Handlers) sessionEnd(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx := r.Context()
	if err := h.db.EndSession(ctx, actorOf(r), id); err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "那台设备上的登录已退出")})
	h.redirect(w, r, "/account#sessions")
	return nil
}

// sessionsEnd ends every session but this one.
func (h *Handlers) sessionsEnd(w http.ResponseWriter, r *http.Request) error {
	n, err := h.db.EndOtherSessions(r.Context(), actorOf(r))
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(r.Context(), "已退出其他 %d 处登录", int(n))})
	h.redirect(w, r, "/account#sessions")
	return nil
}

func (h *Handlers) languageChange(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	tag := "zh-CN"
	if field(r, "lang") == "en" {
		tag = "en"
	}
	if err := h.db.SetLang(r.Context(), actorOf(r), tag); err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName(h.secure, "yike-lang"), Value: tag, Path: "/", MaxAge: 365 * 86400, HttpOnly: true, Secure: h.secure, SameSite: http.SameSiteLaxMode})
	back := signin.Home
	if from, ok := sameOriginPath(r); ok {
		back = signin.NextURL(from)
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
	return nil
}
