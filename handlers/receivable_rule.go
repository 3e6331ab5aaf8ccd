package handlers

import (
	"context"
	"encoding/json"
	"fmt"
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

// accountRuleSaid adds whose rule it is, and which version.
func (h *Handlers) accountRuleSaid(ctx context.Context, r ledger.Rule, row db.RuleRow) string {
	said := ledgerRuleSaid(ctx, r)
	switch {
	case row.Version == 0:
		return said + lang.T(ctx, "（默认规则）")
	case row.BranchID != 0:
		return said + lang.T(ctx, "（%s的规则，第 %d 版，%s 起）", h.db.BranchName(row.BranchID), row.Version, row.ValidFrom)
	}
	return said + lang.T(ctx, "（第 %d 版，%s 起）", row.Version, row.ValidFrom)
}

// accountRuleHref leads to the rule that holds at a branch.
func accountRuleHref(branch int64, row db.RuleRow) string {
	if row.BranchID != 0 && branch != 0 {
		return "/rules/receivables?branch=" + idText(branch)
	}
	return "/rules/receivables"
}

// accountSaid says a rule in one line; "" is the default.
func accountSaid(ctx context.Context, value string) (string, error) {
	rule := ledger.DefaultRule()
	if value != "" {
		if err := json.Unmarshal([]byte(value), &rule); err != nil {
			return "", err
		}
	}
	return ledgerRuleSaid(ctx, rule), nil
}

// accountRuleForm shows what owing means.
func (h *Handlers) accountRuleForm(w http.ResponseWriter, r *http.Request) error {
	branch, err := h.ruleBranch(r, policy.AccountRead, query(r, "branch"))
	if err != nil {
		return err
	}
	rule, row, err := h.db.AccountRule(r.Context(), branch, h.today())
	if err != nil {
		return err
	}
	f := views.AccountRuleForm{RuleFrame: h.newFrame(branch), Days: strconv.Itoa(rule.Days), Grace: strconv.Itoa(rule.Grace), Least: yuanText(rule.Least)}
	return h.showAccountRule(w, r, http.StatusOK, f, row)
}

func (h *Handlers) showAccountRule(w http.ResponseWriter, r *http.Request, status int, f views.AccountRuleForm, row db.RuleRow) error {
	ctx, a := r.Context(), actorOf(r)
	f.CanEdit, f.Branches = h.maySetRule(a, policy.AccountRule, db.ParseID(f.Branch)), h.ruleBranches(ctx, a.Scope(policy.AccountRead))
	if err := h.fillFrame(ctx, &f.RuleFrame, db.RuleAccounts, row, accountSaid); err != nil {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "账期和欠费"), body: views.AccountRule(f), active: "/settings"})
}

// accountRuleSave sets a new version for the company or a branch.
func (h *Handlers) accountRuleSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	branch, err := h.ruleBranch(r, policy.AccountRead, field(r, "branch"))
	if err != nil {
		return err
	}
	if !h.maySetRule(actorOf(r), policy.AccountRule, branch) {
		return fmt.Errorf("rule of owing of branch %d: %w", branch, db.ErrRefused)
	}
	_, row, err := h.db.AccountRule(ctx, branch, h.today())
	if err != nil {
		return err
	}
	f := views.AccountRuleForm{RuleFrame: readFrame(r, branch), Days: field(r, "days"), Grace: field(r, "grace"), Least: field(r, "least")}
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
	h.checkFrame(ctx, &f.RuleFrame, false)
	if f.Errors.Any() {
		return h.showAccountRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	version, err := h.setRule(r, &f.RuleFrame, policy.AccountRule, db.RuleAccounts, rule)
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showAccountRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	return h.ruleSet(w, r, &f.RuleFrame, version, "/rules/receivables")
}
