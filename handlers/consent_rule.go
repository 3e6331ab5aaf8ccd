package handlers

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"unicode/utf8"

	"yike/db"
	"yike/policy"
	"yike/policy/consent"
	"yike/views"
	"yike/views/lang"
)

// consentRuleForm shows the purposes and deadlines.
func (h *Handlers) consentRuleForm(w http.ResponseWriter, r *http.Request) error {
	rule, row, err := h.db.ConsentRule(r.Context(), h.today())
	if err != nil {
		return err
	}
	f := views.ConsentRuleForm{RuleFrame: h.newFrame(0), Days: strconv.Itoa(rule.Days), Backup: strconv.Itoa(rule.BackupDays)}
	for _, u := range rule.Added {
		f.Added = append(f.Added, views.ConsentRulePurpose{Code: u.Code, Name: u.Name, Off: u.Off})
	}
	return h.showConsentRule(w, r, http.StatusOK, f, row)
}

func (h *Handlers) showConsentRule(w http.ResponseWriter, r *http.Request, status int, f views.ConsentRuleForm, row db.RuleRow) error {
	ctx := r.Context()
	f.CanEdit = h.maySetRule(actorOf(r), policy.PrivacyEdit, 0)
	for _, code := range consent.Purposes {
		f.Fixed = append(f.Fixed, views.DataUseLine{What: views.PurposeName(ctx, consent.Purpose{Code: code}), Purpose: views.PurposeHint(ctx, code)})
	}
	if err := h.fillFrame(ctx, &f.RuleFrame, db.RuleConsent, row, consentSaid); err != nil {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "同意和请求"), body: views.ConsentRule(f), active: "/settings"})
}

// consentSaid says a rule in one line.
func consentSaid(ctx context.Context, value string) (string, error) {
	rule := consent.DefaultRule()
	if err := json.Unmarshal([]byte(value), &rule); err != nil {
		return "", err
	}
	said := lang.T(ctx, "%d 个工作日答复，备份留 %d 天", rule.Days, rule.BackupDays)
	for _, u := range rule.Added {
		if !u.Off {
			said += lang.T(ctx, "，") + u.Name
		}
	}
	return said, nil
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
	f := views.ConsentRuleForm{RuleFrame: readFrame(r, 0), Days: field(r, "days"), Backup: field(r, "backup")}
	f.ValidFrom = h.today()
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
	version, err := h.setRule(r, &f.RuleFrame, policy.PrivacyEdit, db.RuleConsent, rule)
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showConsentRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	return h.ruleSet(w, r, &f.RuleFrame, version, "/rules/consent")
}
