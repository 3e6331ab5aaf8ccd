package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"yike/db"
	"yike/policy"
	"yike/policy/ledger"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// ledgerRuleSaid is the rule in one sentence.
func ledgerRuleSaid(ctx context.Context, r ledger.Rule) string {
	return lang.T(ctx, "没写账期的按 %d 天；过到期日 %d 天以上、满 %s 元算欠费", r.Days, r.Grace, moneyShown(r.Least))
}

// accountRuleSaid adds which version it is.
func accountRuleSaid(ctx context.Context, r ledger.Rule, row db.RuleRow) string {
	said := ledgerRuleSaid(ctx, r)
	if row.Version == 0 {
		return said + lang.T(ctx, "（默认规则）")
	}
	return said + lang.T(ctx, "（第 %d 版，%s 起）", row.Version, row.ValidFrom)
}

// accountRuleForm shows what owing means.
func (h *Handlers) accountRuleForm(w http.ResponseWriter, r *http.Request) error {
	rule, row, err := h.db.AccountRule(r.Context(), h.today())
	if err != nil {
		return err
	}
	f := views.AccountRuleForm{Days: strconv.Itoa(rule.Days), Grace: strconv.Itoa(rule.Grace), Least: yuanText(rule.Least), Errors: ui.Errors{}}
	return h.showAccountRule(w, r, http.StatusOK, f, row)
}

func (h *Handlers) showAccountRule(w http.ResponseWriter, r *http.Request, status int, f views.AccountRuleForm, row db.RuleRow) error {
	ctx, a := r.Context(), actorOf(r)
	f.CanEdit = a.Scope(policy.AccountEdit).SeesBranch(h.db.Chain(h.db.HeadOffice()))
	f.InForce = lang.T(ctx, "现在用的是默认值")
	if row.Version > 0 {
		f.InForce = lang.T(ctx, "现在用第 %d 版，%s 起，%s 设定", row.Version, row.ValidFrom, row.Author)
	}
	versions, err := h.db.RuleVersions(ctx, db.RuleAccounts, 0)
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
		old := ledger.DefaultRule()
		if err := json.Unmarshal([]byte(v.Value), &old); err != nil {
			return err
		}
		f.Versions = append(f.Versions, h.ruleVersion(ctx, v, row.ID, ledgerRuleSaid(ctx, old)))
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "账期和欠费"), body: views.AccountRule(f), active: "/settings"})
}

// accountRuleSave sets a new version for the whole company, from today.
func (h *Handlers) accountRuleSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	_, row, err := h.db.AccountRule(ctx, h.today())
	if err != nil {
		return err
	}
	f := views.AccountRuleForm{Days: field(r, "days"), Grace: field(r, "grace"), Least: field(r, "least"), Reason: field(r, "reason"), Read: field(r, "read"), Errors: ui.Errors{}}
	number := func(name string, most int64) int {
		n, ok := formInt(r, name)
		if !ok || n < 0 || n > most {
			f.Errors.Add(name, lang.T(ctx, "填 %d 到 %d 的整数", 0, most))
		}
		return int(n)
	}
	rule := ledger.Rule{Days: number("days", ledger.MostDays), Grace: number("grace", ledger.MostGrace)}
	least, ok := fen(f.Least)
	if !ok || least > ledger.MostLeast {
		f.Errors.Add("least", lang.T(ctx, "填金额，例如 80000 或 80000.50"))
	}
	rule.Least = least
	checkText(ctx, f.Errors, "reason", f.Reason, 200)
	if f.Errors.Any() {
		return h.showAccountRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	value, err := json.Marshal(rule)
	if err != nil {
		return err
	}
	_, err = h.db.SetRule(ctx, actorOf(r), policy.AccountEdit, db.RuleRow{Rule: db.RuleAccounts, ValidFrom: h.today(), Value: string(value), Reason: f.Reason, Version: db.ParseID(f.Read)})
	if errors.Is(err, db.ErrConflict) {
		f.Read = ""
		f.Errors.Add("reason", lang.T(ctx, "刚才有人设了新版本，请看过下面的版本再保存一次。"))
		return h.showAccountRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已保存新版本")})
	h.redirect(w, r, "/rules/receivables")
	return nil
}
