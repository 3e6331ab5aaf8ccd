package db

import (
	"context"
	"encoding/json"
	"fmt"

	"yike/policy"
	"yike/policy/day"
	"yike/policy/feedback"
)

// Rules of feedback forms: what they ask, head office's alone, and how many a
// branch owes in a month. Their values are feedback.Form and feedback.Quota as
// JSON.
const (
	RuleForm      = "form"
	RuleFormQuota = "form_quota"
)

// FormFields returns what a form asks on a day, and by which version.
func (d *DB) FormFields(ctx context.Context, on string) ([]feedback.Field, RuleRow, error) {
	row, err := d.Rule(ctx, RuleForm, 0, on)
	if err != nil {
		return nil, row, err
	}
	if row.Version == 0 {
		return feedback.Default(), row, nil
	}
	fields, err := feedback.ParseForm(row.Value)
	if err != nil {
		return nil, row, fmt.Errorf("version %d of the form: %w", row.Version, err)
	}
	return fields, row, nil
}

// FormQuota returns how many forms a branch (0: any without a rule of its own)
// owes in a month, by what holds on a day.
func (d *DB) FormQuota(ctx context.Context, branch int64, on string) (feedback.Quota, RuleRow, error) {
	row, err := d.Rule(ctx, RuleFormQuota, branch, on)
	if err != nil {
		return feedback.Quota{}, row, err
	}
	q, err := quotaOf(row)
	return q, row, err
}

func quotaOf(row RuleRow) (feedback.Quota, error) {
	if row.Version == 0 {
		return feedback.DefaultQuota(), nil
	}
	q, err := feedback.ParseQuota(row.Value)
	if err != nil {
		return q, fmt.Errorf("version %d of the quota of forms: %w", row.Version, err)
	}
	return q, nil
}

// answerDue is the day by which a form sent today is to be answered. A year
// whose holidays nobody announced is counted by its weekdays.
func (d *DB) answerDue(ctx context.Context, tx *Tx, branch int64) (string, error) {
	s, err := d.settingState(ctx, tx, RuleFormQuota, tx.today())
	if err != nil {
		return "", err
	}
	quota, err := quotaOf(s.inForce().For(d.Chain(branch)))
	if err != nil {
		return "", err
	}
	cal, err := d.workCalendar(ctx, tx, tx.today())
	if err != nil {
		return "", err
	}
	due, ok := cal.AddWorkdays(day.At(tx.at, Zone), quota.Days)
	if !ok {
		due, _ = cal.AssumingWeekdays().AddWorkdays(day.At(tx.at, Zone), quota.Days)
	}
	return due.String(), nil
}

// BranchQuota is how a branch's quota of a month fills.
type BranchQuota struct {
	Branch int64
	Quota  feedback.Quota
	Rule   RuleRow
	Sent   map[string]int // by class
	Total  int
	Owed   feedback.Owed
}

// FormQuotas returns how the quotas of a month fill: of the open branches whose
// forms the actor sees whole and, for who fills in forms, of their own branch;
// how many that sent is no secret there. A month that is over is judged by what
// held on its last day.
func (d *DB) FormQuotas(ctx context.Context, by policy.Actor, month string) ([]BranchQuota, error) {
	first, err := day.Parse(month + "-01")
	if err != nil {
		return nil, fmt.Errorf("month %q: %w", month, err)
	}
	rules, err := d.RulesInForce(ctx, RuleFormQuota, min(first.MonthEnd(), day.At(d.now(), Zone)).String())
	if err != nil {
		return nil, err
	}
	var out []BranchQuota
	place, ids := map[int64]int{}, []int64{}
	t := d.tree.Load()
	for _, id := range t.below[d.headOffice()] {
		b := t.byID[id]
		own := b.ID == by.Branch && by.Can(policy.FormFill)
		if !b.Active || b.Level != LevelBranch || !own && !by.Scope(policy.FormRead).SeesBranch(t.chain[id]) {
			continue
		}
		q := BranchQuota{Branch: b.ID, Rule: rules.For(t.chain[id]), Sent: map[string]int{}}
		if q.Quota, err = quotaOf(q.Rule); err != nil {
			return nil, err
		}
		place[b.ID], ids = len(out), append(ids, b.ID)
		out = append(out, q)
	}
	if len(out) == 0 {
		return nil, nil
	}
	var c conditions
	c.add("f.deleted_at = 0 AND f.state <> 'draft'")
	c.add("f.day >= ? AND f.day <= ?", month+"-01", month+"-31")
	in, args := marks(ids)
	c.add("f.branch_id IN ("+in+")", args...)
	err = eachOf(ctx, d.r, `SELECT f.branch_id, f.class, COUNT(*) FROM feedback_forms f JOIN customers c ON c.id = f.customer_id AND c.deleted_at = 0`+c.whereSQL()+` GROUP BY f.branch_id, f.class`, c.args, func(scan func(...any) error) error {
		var branch int64
		var class string
		var n int
		if err := scan(&branch, &class, &n); err != nil {
			return err
		}
		q := &out[place[branch]]
		q.Sent[class] += n
		q.Total += n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("forms of %s: %w", month, err)
	}
	for i := range out {
		out[i].Owed = out[i].Quota.Missing(out[i].Sent)
	}
	return out, nil
}

// answersText is answers as they are stored.
func answersText(list []feedback.Answer) (string, error) {
	if list == nil {
		list = []feedback.Answer{}
	}
	b, err := json.Marshal(list)
	return string(b), err
}
