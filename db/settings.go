package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"

	"yike/policy"
	"yike/policy/settings"
)

// ErrLocked: head office has locked the setting, so that no branch sets its
// own. It comes with ErrRefused.
var ErrLocked = errors.New("locked by head office")

// SettingState is what holds of a setting on a day, for the company and, by
// branch, what branches set for themselves. While it is locked those do not
// count; they are kept and count again when it is unlocked.
type SettingState struct {
	Company   RuleRow
	Overrides RulesInForce // without the company's
	Locked    bool
	Lock      RuleRow // who locked or unlocked it last; version 0: nobody
}

// SettingState reads a setting with every branch's own. How the company works
// is no secret inside it.
func (d *DB) SettingState(ctx context.Context, key, day string) (SettingState, error) {
	return d.settingState(ctx, d.r, key, day)
}

func (d *DB) settingState(ctx context.Context, q querier, key, day string) (SettingState, error) {
	var kept *nameList
	if q == querier(d.r) {
		kept = d.namesAt(markOf(ctx).version)
	}
	at := ruleOn{key, day}
	if kept != nil {
		kept.mu.RLock()
		s, ok := kept.rules[at]
		kept.mu.RUnlock()
		if ok {
			s.Overrides = maps.Clone(s.Overrides) // whose it is now
			return s, nil
		}
	}
	s := SettingState{Overrides: RulesInForce{}}
	if err := d.settingRows(ctx, q, key, day, func(r RuleRow) { s.take(key, r) }); err != nil || kept == nil {
		return s, err
	}
	own := s
	own.Overrides = maps.Clone(s.Overrides)
	kept.mu.Lock()
	defer kept.mu.Unlock()
	if len(kept.rules) >= mostRules {
		clear(kept.rules)
	}
	kept.rules[at] = own
	return s, nil
}

// settingRows goes through what was set of a setting, and whether it is locked,
// up to a day, in its order.
func (d *DB) settingRows(ctx context.Context, q querier, key, day string, each func(RuleRow)) error {
	query := condOf(`SELECT `+ruleColumns+` FROM rules r LEFT JOIN users u ON u.id = r.author_id
		WHERE r.rule IN (?, ?) AND r.valid_from <= ? ORDER BY r.valid_from, r.version`, key, settings.Lock(key), day)
	var rows *sql.Rows
	var err error
	if q == querier(d.r) {
		rows, err = d.query(ctx, query) // most pages ask, and to prepare it costs more than to run it
	} else {
		rows, err = q.QueryContext(ctx, numberSQL(query.text), query.args...)
	}
	if err != nil {
		return fmt.Errorf("setting %s: %w", key, err)
	}
	defer rows.Close()
	for rows.Next() {
		var r RuleRow
		if err := rows.Scan(r.scan()...); err != nil {
			return fmt.Errorf("setting %s: %w", key, err)
		}
		each(r)
	}
	return rows.Err()
}

// take lets the next row of a setting hold.
func (s *SettingState) take(key string, r RuleRow) {
	switch {
	case r.Rule != key:
		s.Lock, s.Locked = r, r.Value == settings.LockedValue
	case r.BranchID == 0:
		s.Company = r
	case r.Value == settings.Follows:
		delete(s.Overrides, r.BranchID)
	default:
		s.Overrides[r.BranchID] = r
	}
}

// FollowRule ends a branch's own version of a rule from today on: what holds
// above it holds for the branch again. may is the permission that sets it
// there (ErrRefused); version is the branch's latest that was read
// (ErrConflict). ErrNotFound when the branch has none of its own today.
func (d *DB) FollowRule(ctx context.Context, by policy.Actor, may policy.Permission, rule string, branch, version int64, reason string) error {
	s, err := d.SettingState(ctx, rule, Day(d.now()))
	if err != nil {
		return err
	}
	if _, own := s.Overrides[branch]; !own || branch == 0 {
		return fmt.Errorf("rule %s of branch %d: %w", rule, branch, ErrNotFound)
	}
	_, err = d.SetRule(ctx, by, may, RuleRow{Rule: rule, BranchID: branch, ValidFrom: Day(d.now()), Value: settings.Follows, Reason: reason, Version: version})
	return err
}

// LockSetting locks a setting for the whole company, or leaves it open again,
// from today on. may is the permission that sets it, asked for at head office
// (ErrRefused); version is that of SettingState.Lock (ErrConflict).
func (d *DB) LockSetting(ctx context.Context, by policy.Actor, may policy.Permission, key string, locked bool, version int64, reason string) error {
	if s, ok := settings.ByKey(key); !ok || !s.Override {
		return fmt.Errorf("lock setting %q: %w", key, ErrNotFound)
	}
	value := settings.OpenValue
	if locked {
		value = settings.LockedValue
	}
	_, err := d.SetRule(ctx, by, may, RuleRow{Rule: settings.Lock(key), ValidFrom: Day(d.now()), Value: value, Reason: reason, Version: version})
	return err
}
