package db

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yike/policy/ledger"
)

// RuleAccounts is the dated rule of policy/ledger: days of credit where a file
// says none, and what owing means (R66). A branch may have its own.
const RuleAccounts = "receivables"

// AccountRule returns what holds of it for a branch, 0 the company, on a day.
func (d *DB) AccountRule(ctx context.Context, branch int64, on string) (ledger.Rule, RuleRow, error) {
	return d.accountRule(ctx, d.r, branch, on)
}

func (d *DB) accountRule(ctx context.Context, q querier, branch int64, on string) (ledger.Rule, RuleRow, error) {
	s, err := d.settingState(ctx, q, RuleAccounts, on)
	if err != nil {
		return ledger.DefaultRule(), RuleRow{}, err
	}
	row := s.inForce().For(d.Chain(branch))
	rule, err := accountRuleOf(row)
	return rule, row, err
}

func accountRuleOf(row RuleRow) (ledger.Rule, error) {
	rule := ledger.DefaultRule()
	if row.Version > 0 {
		if err := json.Unmarshal([]byte(row.Value), &rule); err != nil {
			return rule, fmt.Errorf("receivables version %d: %w", row.Version, err)
		}
	}
	return rule, nil
}

// AccountRules are what owing means on a day at every branch.
type AccountRules struct {
	Company ledger.Rule
	own     []branchRule
	rows    RulesInForce
}

// branchRule is a rule that is not the company's, and the branches whose
// clients it is for.
type branchRule struct {
	rule     ledger.Rule
	branches []int64
}

// OneAccountRule is the same rule everywhere.
func OneAccountRule(r ledger.Rule) AccountRules { return AccountRules{Company: r} }

// For returns the rule for the clients of a branch.
func (r AccountRules) For(branch int64) ledger.Rule {
	for _, o := range r.own {
		if slices.Contains(o.branches, branch) {
			return o.rule
		}
	}
	return r.Company
}

// Row is the version that holds for a branch, whose chain it is given.
func (r AccountRules) Row(chain []int64) RuleRow { return r.rows.For(chain) }

// Own says that not every branch has the company's rule.
func (r AccountRules) Own() bool { return len(r.own) > 0 }

// AccountRules returns what holds at every branch on a day.
func (d *DB) AccountRules(ctx context.Context, on string) (AccountRules, error) {
	rows, err := d.RulesInForce(ctx, RuleAccounts, on)
	if err != nil {
		return AccountRules{}, err
	}
	out := AccountRules{rows: rows}
	if out.Company, err = accountRuleOf(rows[0]); err != nil {
		return out, err
	}
	if len(rows) == 0 || len(rows) == 1 && rows[0].Version > 0 {
		return out, nil
	}
	var ids []int64
	for id := range d.tree.Load().byID {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		rule, err := accountRuleOf(rows.For(d.Chain(id)))
		if err != nil {
			return out, err
		}
		if rule == out.Company {
			continue
		}
		i := slices.IndexFunc(out.own, func(o branchRule) bool { return o.rule == rule })
		if i < 0 {
			i, out.own = len(out.own), append(out.own, branchRule{rule: rule})
		}
		out.own[i].branches = append(out.own[i].branches, id)
	}
	return out, nil
}

// owingSQL says that an account (alias over account_sums) is one of somebody
// who owes on a day, exactly as ledger.Stand does by the rule of its branch.
func owingSQL(alias string, rules AccountRules, today string) cond {
	if !rules.Own() {
		return owingBySQL(alias, rules.Company, today)
	}
	var aside []string
	last := dayParsed(today).Add(-rules.Company.Grace)
	out := cond{}
	for _, o := range rules.own {
		list := make([]string, len(o.branches))
		for i, id := range o.branches {
			list[i] = strconv.FormatInt(id, 10)
		}
		aside = append(aside, list...)
		last = max(last, dayParsed(today).Add(-o.rule.Grace))
		q := owingBySQL(alias, o.rule, today)
		out.text += alias + ".branch_id IN (" + strings.Join(list, ",") + ") AND " + q.text + " OR "
		out.args = append(out.args, q.args...)
	}
	q := owingBySQL(alias, rules.Company, today)
	out.text = alias + ".oldest_due < ? AND (" + out.text + alias + ".branch_id NOT IN (" + strings.Join(aside, ",") + ") AND " + q.text + ")"
	out.args = append(append([]any{last.String()}, out.args...), q.args...)
	return out
}

func owingBySQL(alias string, r ledger.Rule, today string) cond {
	cut, least := dayParsed(today).Add(-r.Grace).String(), max(1, r.Least)
	return condOf(alias+".oldest_due < ? AND ("+alias+".oldest_left >= ? OR (SELECT CAST(coalesce(SUM(x.left_fen), 0) AS BIGINT) FROM account_entries x WHERE x.customer_id = "+alias+
		".customer_id AND x.left_fen > 0 AND x.due_on < ?) >= ?)", cut, least, cut, least)
}
