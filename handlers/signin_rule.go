package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/signin"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// signinRuleForm shows how long the sessions of each role last and which roles
// must sign in with a second step.
func (h *Handlers) signinRuleForm(w http.ResponseWriter, r *http.Request) error {
	rule, row, err := h.db.SigninRule(r.Context())
	if err != nil {
		return err
	}
	f := views.SigninRuleForm{Read: idText(row.Version), Errors: ui.Errors{}}
	access := signedIn(r).Access
	for _, role := range access.Roles() {
		if role.Disabled {
			continue
		}
		l := rule.For(db.LimitRoles(access, rule, []policy.Grant{{Role: role.Role}}))
		line := views.SigninRole{Role: string(role.Role), Label: roleTitle(r.Context(), role),
			Idle: idText(int64(l.Idle / time.Minute)), Absolute: idText(int64(l.Absolute / time.Hour)), TwoStep: l.TwoStep}
		if l.Idle >= time.Hour {
			line.IdleWord = durationWord(r.Context(), l.Idle)
		}
		if l.Absolute >= 48*time.Hour {
			line.AbsoluteWord = durationWord(r.Context(), l.Absolute)
		}
		f.Roles = append(f.Roles, line)
	}
	return h.showSigninRule(w, r, http.StatusOK, f)
}

func (h *Handlers) showSigninRule(w http.ResponseWriter, r *http.Request, status int, f views.SigninRuleForm) error {
	ctx := r.Context()
	versions, err := h.db.RuleVersions(ctx, db.RuleSignin, 0)
	if err != nil {
		return err
	}
	for _, v := range versions {
		f.Versions = append(f.Versions, views.SigninVersion{Version: idText(v.Version), Author: v.Author, Reason: v.Reason,
			Made: views.TimeWord(ctx, time.UnixMilli(v.CreatedAt), h.db.Now())})
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "登录安全"), body: views.SigninRule(f), active: "/rules/signin"})
}

// signinRuleSave sets the limits for everybody, from now on.
func (h *Handlers) signinRuleSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	f := views.SigninRuleForm{Read: field(r, "read"), Reason: field(r, "reason"), Errors: ui.Errors{}}
	rule := signin.Rule{Roles: map[string]signin.RoleLimits{}}
	for _, role := range signedIn(r).Access.Roles() {
		if !role.Disabled {
			rule.Roles[string(role.Role)] = h.readSigninRole(r, &f, role)
		}
	}
	checkText(ctx, f.Errors, "reason", f.Reason, 200)
	if f.Errors.Any() {
		return h.showSigninRule(w, r, http.StatusUnprocessableEntity, f)
	}
	value, err := json.Marshal(rule)
	if err != nil {
		return err
	}
	_, err = h.db.SetRule(ctx, actorOf(r), policy.SigninEdit, db.RuleRow{Rule: db.RuleSignin, ValidFrom: h.today(), Value: string(value),
		Reason: f.Reason, Version: db.ParseID(f.Read)})
	if errors.Is(err, db.ErrConflict) {
		_, row, err := h.db.SigninRule(ctx)
		if err != nil {
			return err
		}
		f.Read = idText(row.Version)
		f.Errors.Add("", lang.T(ctx, "刚才有人改过，请看过下面的记录再保存一次。"))
		return h.showSigninRule(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "登录安全已保存，马上起用")})
	h.redirect(w, r, "/rules/signin")
	return nil
}

// readSigninRole reads one role's line, keeps what was typed and says what is
// wrong with it.
func (h *Handlers) readSigninRole(r *http.Request, f *views.SigninRuleForm, info policy.RoleInfo) signin.RoleLimits {
	ctx, role := r.Context(), string(info.Role)
	line := views.SigninRole{Role: role, Label: roleTitle(ctx, info), Idle: field(r, "idle."+role), Absolute: field(r, "absolute."+role),
		TwoStep: field(r, "two_step."+role) == "1"}
	idle, ok1 := formInt(r, "idle."+role)
	absolute, ok2 := formInt(r, "absolute."+role)
	l := signin.RoleLimits{IdleMinutes: bounded(idle, ok1), AbsoluteHours: bounded(absolute, ok2), TwoStep: line.TwoStep}
	for _, fault := range l.Faults() {
		f.Errors.Add(fault.Field+"."+role, limitWord(ctx, fault))
	}
	f.Roles = append(f.Roles, line)
	return l
}

// roleTitle is a role as the company calls it.
func roleTitle(ctx context.Context, info policy.RoleInfo) string {
	if info.Title != "" {
		return info.Title
	}
	return views.RoleWord(ctx, string(info.Role))
}

func bounded(n int64, ok bool) int {
	if !ok || n < 0 || n > 1_000_000 {
		return -1
	}
	return int(n)
}

func limitWord(ctx context.Context, f signin.LimitFault) string {
	return lang.T(ctx, "填 %d 到 %d", f.Min, f.Max)
}
