package handlers

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"unicode/utf8"

	"yike/db"
	"yike/policy"
	"yike/policy/consent"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// consentRuleForm shows the purposes and deadlines.
func (h *Handlers) consentRuleForm(w http.ResponseWriter, r *http.Request) error {
	rule, row, err := h.db.ConsentRule(r.Context(), h.today())
	if err != nil {
		return err
	}
	f := views.ConsentRuleForm{Days: strconv.Itoa(rule.Days), Backup: strconv.Itoa(rule.BackupDays), Errors: ui.Errors{}}
	for _, u := range rule.Added {
		f.Added = append(f.Added, views.ConsentRulePurpose{Code: u.Code, Name: u.Name, Off: u.Off})
	}
	return h.showConsentRule(w, r, http.StatusOK, f, row)
}

func (h *Handlers) showConsentRule(w http.ResponseWriter, r *http.Request, status int, f views.ConsentRuleForm, row db.RuleRow) error {
	ctx, a := r.Context(), actorOf(r)
	f.CanEdit = a.Scope(policy.PrivacyEdit).SeesBranch(h.db.Chain(h.db.HeadOffice()))
	f.InForce = lang.T(ctx, "现在用的是默认值")
	if row.Version > 0 {
		f.InForce = lang.T(ctx, "现在用第 %d 版，%s 起，%s 设定", row.Version, row.ValidFrom, row.Author)
	}
	for _, code := range consent.Purposes {
		f.Fixed = append(f.Fixed, views.DataUseLine{What: views.PurposeName(ctx, consent.Purpose{Code: code}), Purpose: views.PurposeHint(ctx, code)})
	}
	versions, err := h.db.RuleVersions(ctx, db.RuleConsent, 0)
	if err != nil {
		return err
	}
	if f.Read == "" {
		f.Read = "0"
		if len(versions) > 0 {
			f.Read = strconv.FormatInt(versions[0].Version, 10)
		}
	}
	for _, v := range versions {
		old := consent.DefaultRule()
		if err := json.Unmarshal([]byte(v.Value), &old); err != nil {
			return err
		}
		said := lang.T(ctx, "%d 个工作日答复，备份留 %d 天", old.Days, old.BackupDays)
		for _, u := range old.Added {
			if !u.Off {
				said += lang.T(ctx, "，") + u.Name
			}
		}
		f.Versions = append(f.Versions, h.ruleVersion(ctx, v, row.ID, said))
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "同意和请求"), body: views.ConsentRule(f), active: "/settings"})
}

// consentRuleSave sets a new version for the whole company, from today.
func (h *Handlers) consentRuleSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	was, row, err := h.db.ConsentRule(ctx, h.today())
	if err != nil {
		return err
	}
	f := views.ConsentRuleForm{Days: field(r, "days"), Backup: field(r, "backup"), Reason: field(r, "reason"), Read: field(r, "read"), Errors: ui.Errors{}}
	rule := consent.Rule{}
	number := func(name string, least, most int64) int {
		n, ok := formInt(r, name)
		if !ok || n < least || n > most {
			f.Errors.Add(name, lang.T(ctx, "填 %d 到 %d 的整数", least, most))
		}
		return int(n)
	}
	rule.Days, rule.BackupDays = number("days", 1, 60), number("backup", 1, 365)
	names := map[string]bool{}
	for _, code := range consent.Purposes {
		names[views.PurposeName(ctx, consent.Purpose{Code: code})] = true
	}
	add := func(at, code, name string, off bool) {
		switch n := utf8.RuneCountInString(name); {
		case n == 0 || n > 20:
			f.Errors.Add(at, lang.T(ctx, "写 1 到 %d 个字", 20))
		case names[name]:
			f.Errors.Add(at, lang.T(ctx, "已经有这个用途了"))
		}
		names[name] = true
		rule.Added = append(rule.Added, consent.Purpose{Code: code, Name: name, Off: off})
	}
	for _, u := range was.Added {
		name, off := u.Name, u.Off
		if r.PostForm.Has("name." + u.Code) { // else it was added since the page was read
			name, off = field(r, "name."+u.Code), field(r, "off."+u.Code) == "1"
		}
		add("name."+u.Code, u.Code, name, off)
		f.Added = append(f.Added, views.ConsentRulePurpose{Code: u.Code, Name: name, Off: off})
	}
	if name := field(r, "new"); name != "" {
		add("new", "own"+strconv.Itoa(len(was.Added)+1), name, false)
	}
	if len(rule.Added) > 20 {
		f.Errors.Add("new", lang.T(ctx, "最多 20 个"))
	}
	checkText(ctx, f.Errors, "reason", f.Reason, 200)
	if f.Errors.Any() {
		return h.showConsentRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	value, err := json.Marshal(rule)
	if err != nil {
		return err
	}
	_, err = h.db.SetRule(ctx, actorOf(r), policy.PrivacyEdit, db.RuleRow{Rule: db.RuleConsent, ValidFrom: h.today(), Value: string(value), Reason: f.Reason, Version: db.ParseID(f.Read)})
	if errors.Is(err, db.ErrConflict) {
		f.Read = ""
		f.Errors.Add("reason", lang.T(ctx, "刚才有人设了新版本，请看过下面的版本再保存一次。"))
		return h.showConsentRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已保存新版本")})
	h.redirect(w, r, "/rules/consent")
	return nil
}
