package handlers

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"yike/db"
	"yike/policy"
	"yike/policy/ledger"
	"yike/views"
	"yike/views/lang"
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
	f := views.AccountRuleForm{RuleFrame: h.newFrame(0), Days: strconv.Itoa(rule.Days), Grace: strconv.Itoa(rule.Grace), Least: yuanText(rule.Least)}
	return h.showAccountRule(w, r, http.StatusOK, f, row)
}

func (h *Handlers) showAccountRule(w http.ResponseWriter, r *http.Request, status int, f views.AccountRuleForm, row db.RuleRow) error {
	ctx := r.Context()
	f.CanEdit = h.maySetRule(actorOf(r), policy.AccountEdit, 0)
	err := h.fillFrame(ctx, &f.RuleFrame, db.RuleAccounts, row, func(ctx context.Context, value string) (string, error) {
		old := ledger.DefaultRule()
		err := json.Unmarshal([]byte(value), &old)
		return ledgerRuleSaid(ctx, old), err
	})
	if err != nil {
		return err
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
	f := views.AccountRuleForm{RuleFrame: readFrame(r, 0), Days: field(r, "days"), Grace: field(r, "grace"), Least: field(r, "least")}
	f.ValidFrom = h.today()
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
	version, err := h.setRule(r, &f.RuleFrame, policy.AccountEdit, db.RuleAccounts, rule)
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showAccountRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	return h.ruleSet(w, r, &f.RuleFrame, version, "/rules/receivables")
}
