package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"yike/db"
	"yike/policy"
	"yike/policy/settings"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// settingRights are who may read a setting, and who may set and lock it.
var settingRights = map[string][2]policy.Permission{
	db.RuleCadence:    {policy.CadenceRead, policy.CadenceEdit},
	db.RulePrivacy:    {policy.PrivacyEdit, policy.PrivacyEdit},
	db.RuleAudit:      {policy.PrivacyEdit, policy.PrivacyEdit},
	db.RuleSignin:     {policy.SigninEdit, policy.SigninEdit},
	db.RuleConsent:    {policy.PrivacyEdit, policy.PrivacyEdit},
	db.RuleSensitive:  {policy.PrivacyEdit, policy.PrivacyEdit},
	db.RuleStandard:   {policy.CustomerRead, policy.StandardEdit},
	db.RuleClasses:    {policy.CustomerRead, policy.ClassRule},
	db.RuleRFM:        {policy.CustomerRead, policy.ClassRule},
	db.RuleTags:       {policy.CustomerRead, policy.ClassRule},
	db.RuleAdvice:     {policy.CustomerRead, policy.ClassRule},
	db.RuleRadar:      {policy.RadarRead, policy.RadarRule},
	db.RuleRecipients: {policy.PrivacyEdit, policy.PrivacyEdit},
	db.RuleRetention:  {policy.PrivacyEdit, policy.PrivacyEdit},
	db.RuleAccounts:   {policy.AccountRead, policy.AccountRule},
	db.RuleGreetings:  {policy.GreetingRead, policy.GreetingPlan},
	db.RuleOccasions:  {policy.GreetingRead, policy.GreetingPlan},
	db.RuleSending:    {policy.TemplateRead, policy.TemplateEdit},
	db.RuleHolidays:   {policy.CadenceRead, policy.CadenceEdit},
	db.RuleRatings:    {policy.RatingRead, policy.RatingRule},
	db.RuleTracking:   {policy.TrackingEdit, policy.TrackingEdit},
	db.RuleClocks:     {policy.CaseRead, policy.CaseRule},
	db.RuleHours:      {policy.CaseRead, policy.HoursRule},
	db.RuleGuide:      {policy.TemplateRead, policy.TemplateEdit},
	db.RuleForm:       {policy.FormRead, policy.FormRule},
	db.RuleFormQuota:  {policy.FormRead, policy.FormRule},
	db.RuleTargets:    {policy.PeopleRule, policy.PeopleRule},
	db.RuleRankings:   {policy.PeopleRule, policy.PeopleRule},
	db.RuleScores:     {policy.PeopleRule, policy.PeopleRule},

	db.RuleParcelCases: {policy.CaseRead, policy.CaseRule},
}

// settingValue says a setting's value in one line; "" when it needs its page.
func settingValue(ctx context.Context, key, value string) (string, error) {
	switch key {
	case db.RuleStandard:
		return standardSaid(ctx, value)
	case db.RuleTracking:
		return trackingSaid(ctx, value)
	case db.RuleParcelCases:
		return parcelCaseSaid(ctx, value)
	case db.RuleRatings:
		return ratingSaid(ctx, value)
	case db.RuleTargets:
		return targetsSaid(ctx, value)
	case db.RuleScores:
		return scoresSaid(ctx, value)
	case db.RuleRankings:
		return rankingsSaid(ctx, value)
	case db.RuleForm:
		return formSaid(ctx, value)
	case db.RuleFormQuota:
		return quotaSaid(ctx, value)
	case db.RuleAudit:
		return keepAudits.said(ctx, keepAudits.of(value)), nil
	case db.RuleRetention:
		return retentionSaid(ctx, value)
	case db.RuleRecipients:
		return keepRecipients.said(ctx, keepRecipients.of(value)), nil
	case db.RuleHolidays:
		return holidaysSaid(ctx, value)
	case db.RuleRadar:
		return radarSaid(ctx, value)
	case db.RuleAccounts:
		return accountSaid(ctx, value)
	case db.RuleSending:
		return sendingSaid(ctx, value)
	case db.RuleClocks:
		return clocksSaid(ctx, value)
	case db.RuleHours:
		return hoursSaid(ctx, value)
	case db.RuleGuide:
		return guideSaid(ctx, value)
	case db.RuleCadence:
		return cadenceSaid(ctx, value)
	}
	return "", nil
}

func (h *Handlers) settingList(w http.ResponseWriter, r *http.Request) error {
	return h.showSettings(w, r, http.StatusOK, views.Settings{Errors: ui.Errors{}}, "", "")
}

// showSettings lists the settings that the actor may read; typed is the reason
// given for the setting of key.
func (h *Handlers) showSettings(w http.ResponseWriter, r *http.Request, status int, p views.Settings, key, typed string) error {
	ctx, a := r.Context(), actorOf(r)
	for _, s := range settings.All {
		may := settingRights[s.Key]
		if !a.Can(may[0]) {
			continue
		}
		state, err := h.db.SettingState(ctx, s.Key, h.today())
		if err != nil {
			return err
		}
		line := views.SettingLine{Key: s.Key, Title: views.SettingWord(ctx, s.Key), Href: s.Path, Override: s.Override, Locked: state.Locked, Why: views.SettingWhy(ctx, s.Key),
			CanLock: s.Override && a.Scope(may[1]).SeesBranch(h.db.Chain(h.db.HeadOffice())), LockVersion: strconv.FormatInt(state.Lock.Version, 10)}
		if line.Value, err = settingValue(ctx, s.Key, state.Company.Value); err != nil {
			return err
		}
		line.InForce = lang.T(ctx, "现在用的是默认值")
		if c := state.Company; c.Version > 0 {
			line.InForce = lang.T(ctx, "现在用第 %d 版，%s 起，%s 设定", c.Version, c.ValidFrom, c.Author)
		}
		if l := state.Lock; l.Version > 0 && state.Locked {
			line.LockNote = lang.T(ctx, "%s 由%s锁住：%s", l.ValidFrom, l.Author, l.Reason)
		} else if l.Version > 0 {
			line.LockNote = lang.T(ctx, "%s 由%s放开：%s", l.ValidFrom, l.Author, l.Reason)
		}
		if s.Key == key {
			line.Reason = typed
		}
		for _, b := range h.db.Branches(ctx, a.Scope(may[0])) {
			own, ok := state.Overrides[b.ID]
			if !ok || !s.Override {
				continue
			}
			o := views.SettingOwn{Name: b.Name, Href: s.Path + "?branch=" + idText(b.ID), From: own.ValidFrom, Author: own.Author}
			if o.Value, err = settingValue(ctx, s.Key, own.Value); err != nil {
				return err
			}
			line.Own = append(line.Own, o)
		}
		p.List = append(p.List, line)
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "公司设置"), body: views.SettingsList(p), active: "/settings"})
}

// settingFollow ends a branch's own version of a setting: it follows what holds
// above it again, from today on.
func (h *Handlers) settingFollow(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, key := r.Context(), r.PathValue("key")
	s, known := settings.ByKey(key)
	may := settingRights[key]
	branch, err := h.ruleBranch(r, may[0], field(r, "branch"))
	if err != nil {
		return err
	}
	if !known || !s.Override || branch == 0 {
		return db.ErrNotFound
	}
	f := readFrame(r, branch)
	if checkText(ctx, f.Errors, "reason", f.Reason, 200); f.Errors.Any() {
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "没有改：先写为什么，最多 %d 个字", 200)})
		h.backToRule(w, r, &f, s.Path)
		return nil
	}
	err = h.db.FollowRule(ctx, actorOf(r), may[1], key, branch, db.ParseID(f.Read), f.Reason)
	if errors.Is(err, db.ErrConflict) {
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "刚才有人设了新版本，请看过下面的版本再保存一次。")})
		h.backToRule(w, r, &f, s.Path)
		return nil
	}
	if err != nil {
		return err
	}
	h.adviceKept.Store(nil)
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "从今天起跟上级走；以前的版本还在，要用再定一版就行")})
	h.backToRule(w, r, &f, s.Path)
	return nil
}

// settingLock locks a setting for the whole company, or leaves it open.
func (h *Handlers) settingLock(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, key := r.Context(), r.PathValue("key")
	may, ok := settingRights[key]
	if !ok {
		return db.ErrNotFound
	}
	p := views.Settings{Errors: ui.Errors{}}
	reason, fault := field(r, "reason"), ui.Errors{}
	if checkText(ctx, fault, "reason", reason, 200); fault.Any() {
		p.Errors.Add("reason-"+key, fault["reason"])
		return h.showSettings(w, r, http.StatusUnprocessableEntity, p, key, reason)
	}
	locked := field(r, "lock") == "1"
	err := h.db.LockSetting(ctx, actorOf(r), may[1], key, locked, db.ParseID(field(r, "version")), reason)
	if errors.Is(err, db.ErrConflict) {
		p.Errors.Add("reason-"+key, lang.T(ctx, "刚才有人改过，请看过现在的样子再按一次"))
		return h.showSettings(w, r, http.StatusUnprocessableEntity, p, key, reason)
	}
	if err != nil {
		return err
	}
	text := lang.T(ctx, "%s已放开，网点可以自己定", views.SettingWord(ctx, key))
	if locked {
		text = lang.T(ctx, "%s已锁住，全公司用一样的", views.SettingWord(ctx, key))
	}
	h.flash(r, views.Flash{Kind: "ok", Text: text})
	h.redirect(w, r, "/settings")
	return nil
}
