package db

import (
	"context"
	"fmt"

	"yike/policy"
	"yike/policy/settings"
)

// RuleRow is one version of a dated rule: from its day on it holds for the
// whole company (BranchID 0) or for one branch and those below it.
type RuleRow struct {
	ID        int64
	Rule      string
	BranchID  int64
	ValidFrom string // day
	Version   int64  // from 1, per rule and branch; 0: nobody set the rule yet
	Value     string // JSON
	AuthorID  int64
	Author    string
	Reason    string
	CreatedAt int64 // unix milliseconds
}

const ruleColumns = `r.id, r.rule, coalesce(r.branch_id, 0), r.valid_from, r.version, r.value, r.author_id, coalesce(u.name, ''), r.reason, r.created_at`

func (r *RuleRow) scan() []any {
	return []any{&r.ID, &r.Rule, &r.BranchID, &r.ValidFrom, &r.Version, &r.Value, &r.AuthorID, &r.Author, &r.Reason, &r.CreatedAt}
}

// RulesInForce are the versions of one rule that hold on one day, by branch;
// 0 is the whole company.
type RulesInForce map[int64]RuleRow

// For returns what holds for a branch, given its chain (itself first, then its
// parents): the nearest one's own version, else the company's. Version 0 when
// nobody set it.
func (r RulesInForce) For(chain []int64) RuleRow {
	for _, id := range chain {
		if row, ok := r[id]; ok {
			return row
		}
	}
	return r[0]
}

// RulesInForce returns what holds of a rule on a day, for every branch that
// has a version of its own and for the company; while head office locks the
// rule (LockSetting), for the company alone. Of several versions the one
// with the latest day holds, of those of one day the latest version. How the
// company works is no secret inside it: whoever may open the page may read it.
func (d *DB) RulesInForce(ctx context.Context, rule, day string) (RulesInForce, error) {
	s, err := d.SettingState(ctx, rule, day)
	if err != nil {
		return nil, err
	}
	return s.inForce(), nil
}

// inForce are the versions that hold: while the setting is locked the company's
// alone.
func (s SettingState) inForce() RulesInForce {
	out := RulesInForce{}
	if !s.Locked {
		out = s.Overrides // a copy of the caller's own, see settingState
	}
	if s.Company.Version > 0 {
		out[0] = s.Company
	}
	return out
}

// Rule returns what holds of a rule for a branch (0: the company) on a day.
func (d *DB) Rule(ctx context.Context, rule string, branch int64, day string) (RuleRow, error) {
	all, err := d.RulesInForce(ctx, rule, day)
	if err != nil {
		return RuleRow{}, err
	}
	return all.For(d.Chain(branch)), nil
}

// RuleVersions returns every version of a rule that was set for the company
// (branch 0) or for one branch, the latest first.
func (d *DB) RuleVersions(ctx context.Context, rule string, branch int64) ([]RuleRow, error) {
	rows, err := d.r.QueryContext(ctx, `
		SELECT `+ruleColumns+` FROM rules r LEFT JOIN users u ON u.id = r.author_id
		WHERE r.rule = $1 AND coalesce(r.branch_id, 0) = $2 ORDER BY r.version DESC LIMIT 500`, rule, branch)
	if err != nil {
		return nil, fmt.Errorf("versions of rule %s: %w", rule, err)
	}
	defer rows.Close()
	var out []RuleRow
	for rows.Next() {
		var r RuleRow
		if err := rows.Scan(r.scan()...); err != nil {
			return nil, fmt.Errorf("versions of rule %s: %w", rule, err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// SetRule adds a version of r.Rule for the company (r.BranchID 0) or a branch:
// r.Value holds from r.ValidFrom on, for r.Reason. may is the permission that
// it asks for there; without it, ErrRefused. r.Version is the latest version
// that was read: when somebody set another one since, ErrConflict. The value
// is the caller's to check.
// later are versions from later days of the same rule and place, set in the same
// act after it.
func (d *DB) SetRule(ctx context.Context, by policy.Actor, may policy.Permission, r RuleRow, later ...RuleRow) (version int64, err error) {
	err = d.act(ctx, by, "rules.set", func(tx *Tx) error {
		if version, err = tx.setRule(ctx, may, r); err != nil {
			return err
		}
		for i, x := range later {
			x.Rule, x.BranchID, x.Version = r.Rule, r.BranchID, version+int64(i)
			if _, err := tx.setRule(ctx, may, x); err != nil {
				return err
			}
		}
		return nil
	})
	return version, d.ruleWasSet(ctx, r.Rule, err)
}

// ruleWasSet brings what is kept of a rule in memory to what was just set.
func (d *DB) ruleWasSet(ctx context.Context, rule string, err error) error {
	if rule == RuleRetention {
		d.keptDue.Store(nil)
	}
	if err == nil && (rule == RuleStandard || rule == settings.Lock(RuleStandard)) {
		return d.loadTree(ctx)
	}
	return err
}

// ExtendRule makes the rule that a branch has for itself today that of the
// whole company, as SetRule would with its value, and lets the branch follow
// the company from then on: one act. r.Version is the company's latest version
// that was read. ErrNotFound when the branch has none of its own.
func (d *DB) ExtendRule(ctx context.Context, by policy.Actor, may policy.Permission, branch int64, r RuleRow) (version int64, err error) {
	err = d.act(ctx, by, "rules.set", func(tx *Tx) error {
		s, err := d.settingState(ctx, tx, r.Rule, tx.today())
		if err != nil {
			return err
		}
		own, has := s.Overrides[branch]
		if !has {
			return fmt.Errorf("rule %s of branch %d: %w", r.Rule, branch, ErrNotFound)
		}
		var latest int64
		if err := tx.QueryRowContext(ctx, `SELECT MAX(version) FROM rules WHERE rule = $1 AND branch_id = $2`, r.Rule, branch).Scan(&latest); err != nil {
			return fmt.Errorf("rule %s of branch %d: %w", r.Rule, branch, err)
		}
		follow := RuleRow{Rule: r.Rule, BranchID: branch, ValidFrom: tx.today(), Value: settings.Follows, Reason: r.Reason, Version: latest}
		if _, err := tx.setRule(ctx, may, follow); err != nil {
			return err
		}
		r.BranchID, r.Value = 0, own.Value
		version, err = tx.setRule(ctx, may, r)
		return err
	})
	return version, d.ruleWasSet(ctx, r.Rule, err)
}

// setRule is SetRule within an act.
func (tx *Tx) setRule(ctx context.Context, may policy.Permission, r RuleRow) (version int64, err error) {
	d, by := tx.db, tx.by
	place := r.BranchID
	if place == 0 {
		place = d.headOffice()
	}
	if !by.Scope(may).SeesBranch(d.Chain(place)) {
		return 0, fmt.Errorf("rule %s of branch %d: %w", r.Rule, r.BranchID, ErrRefused)
	}
	if r.BranchID != 0 {
		s, err := d.settingState(ctx, tx, r.Rule, tx.today())
		if err != nil {
			return 0, err
		}
		if s.Locked {
			return 0, fmt.Errorf("rule %s of branch %d: %w: %w", r.Rule, r.BranchID, ErrLocked, ErrRefused)
		}
	}
	var was string
	var latest int64
	err = tx.QueryRowContext(ctx, `SELECT coalesce(MAX(version), 0) FROM rules WHERE rule = $1 AND coalesce(branch_id, 0) = $2`,
		r.Rule, r.BranchID).Scan(&latest)
	if err != nil {
		return 0, fmt.Errorf("rule %s: %w", r.Rule, err)
	}
	if latest != r.Version {
		return 0, fmt.Errorf("rule %s has version %d, not %d: %w", r.Rule, latest, r.Version, ErrConflict)
	}
	if latest > 0 {
		if err := tx.QueryRowContext(ctx, `SELECT value FROM rules WHERE rule = $1 AND coalesce(branch_id, 0) = $2 AND version = $3`,
			r.Rule, r.BranchID, latest).Scan(&was); err != nil {
			return 0, fmt.Errorf("rule %s: %w", r.Rule, err)
		}
	}
	version = latest + 1
	id := tx.newID()
	if _, err := tx.exec(ctx, `
		INSERT INTO rules (id, rule, branch_id, valid_from, version, value, author_id, reason, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		id, r.Rule, ref(r.BranchID), r.ValidFrom, version, r.Value, by.UserID, r.Reason, tx.now()); err != nil {
		if isUnique(err) {
			return 0, fmt.Errorf("rule %s: %w: %w", r.Rule, ErrConflict, err)
		}
		return 0, fmt.Errorf("rule %s: %w", r.Rule, err)
	}
	tx.about(place, id)
	tx.detail(map[string]any{"rule": r.Rule, "version": version, "valid_from": r.ValidFrom, "reason": r.Reason})
	if err := tx.bumpPolicy(ctx); err != nil { // rules are kept by its version: the next request of everybody obeys
		return 0, err
	}
	return version, tx.change(ctx, "create", "rules", id, place, 0, version, map[string][2]any{"value": {was, r.Value}})
}

// headOffice returns the root of the branch tree, 0 before set-up.
func (d *DB) headOffice() int64 {
	t := d.tree.Load()
	for id, b := range t.byID {
		if b.ParentID == 0 {
			return id
		}
	}
	return 0
}
