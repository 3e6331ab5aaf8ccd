package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"yike/policy"
	"yike/policy/pinyin"
)

// Stale is the error of an edit that came too late: somebody changed the row
// since it was read. It holds what stands there now; errors.Is(ErrConflict).
type Stale struct {
	Now Customer
	By  string // who changed it last
	At  int64  // unix milliseconds
}

func (s *Stale) Error() string { return fmt.Sprintf("customer %d was changed by %s", s.Now.ID, s.By) }

// Unwrap makes it an ErrConflict.
func (s *Stale) Unwrap() error { return ErrConflict }

// UpdateCustomer replaces the fields of a file that the actor may edit with
// those of c, whose ID and Version say what was read. A stale version is a
// *Stale. Fields that need a right of their own (owner, clerk, branch, class,
// stage, state) are refused with ErrRefused when they changed without it, and so
// are those that are hidden from the actor and were not shown (ShownTo).
func (d *DB) UpdateCustomer(ctx context.Context, by policy.Actor, c Customer) error {
	return d.act(ctx, by, "customers.update", func(tx *Tx) error {
		tx.meetsStandard()
		was, err := d.customer(ctx, tx, by.Scope(policy.CustomerEdit), c.ID, false)
		if err != nil {
			return err
		}
		if was.Version != c.Version {
			return tx.stale(ctx, was)
		}
		if err := d.mayRewrite(ctx, tx, was, c); err != nil {
			return err
		}
		if err := updateCustomer(ctx, tx, was, c); err != nil {
			return err
		}
		return tx.holdByHand(ctx, was, c, "")
	})
}

func (tx *Tx) stale(ctx context.Context, now Customer) error {
	s := &Stale{Now: now, At: now.UpdatedAt}
	err := tx.QueryRowContext(ctx, `
		SELECT a.user_name, a.at FROM changes ch JOIN audits a ON a.id = ch.audit_id
		WHERE ch.customer_id = $1 AND ch.entity = 'customers' ORDER BY ch.id DESC LIMIT 1`, now.ID).Scan(&s.By, &s.At)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("who changed customer %d: %w", now.ID, err)
	}
	return s
}

// updateCustomer writes the difference between what stands and what shall be.
func updateCustomer(ctx context.Context, tx *Tx, was, c Customer) error {
	now := c
	keepOwn(&now, was)
	if now.OwnerID != was.OwnerID {
		now.OwnerSince = tx.today()
	}
	if now.Class != was.Class {
		now.ClassSince = tx.today()
	}
	changed := diff(was.fields(), now.fields())
	if err := tx.mayChange(was, now, changed); err != nil {
		return err
	}
	phonesMoved := !slices.Equal(was.Phones, now.Phones)
	slices.Sort(now.Tags)
	now.Tags = slices.Compact(now.Tags)
	tagsMoved := !slices.Equal(was.Tags, now.Tags)
	if len(changed) == 0 && !phonesMoved && !tagsMoved {
		return nil
	}
	write := changed
	if len(write) == 0 {
		write = map[string][2]any{"name": {was.Name, was.Name}} // so that the version moves on
	}
	after := now.fields()
	if _, renamed := changed["name"]; renamed {
		after = append(after, now.derived()...)
		write = withKeys(write, "name_key", "name_fold")
	}
	if err := tx.update(ctx, "customers", was.ID, was.Version, after, write); err != nil {
		return err
	}
	if _, renamed := changed["name"]; renamed {
		if err := tx.renameAccount(ctx, was.ID, pinyin.Key(now.Name)); err != nil {
			return err
		}
	}
	if phonesMoved {
		changed["phones"] = [2]any{strings.Join(was.Phones, " "), strings.Join(now.Phones, " ")}
		if _, err := tx.exec(ctx, `DELETE FROM phones WHERE customer_id = $1 AND contact_id IS NULL`, was.ID); err != nil {
			return fmt.Errorf("phones of customer %d: %w", was.ID, err)
		}
		if err := setPhones(ctx, tx, was.ID, now.BranchID, 0, now.Phones); err != nil {
			return err
		}
	}
	if tagsMoved {
		changed["tags"] = [2]any{idWords(was.Tags), idWords(now.Tags)}
		if _, err := tx.exec(ctx, `DELETE FROM customer_tags WHERE customer_id = $1`, was.ID); err != nil {
			return fmt.Errorf("tags of customer %d: %w", was.ID, err)
		}
		if err := setTags(ctx, tx, was.ID, now.BranchID, now.Tags); err != nil {
			return err
		}
	}
	if now.BranchID != was.BranchID {
		if err := moveChildren(ctx, tx, was.ID, now.BranchID); err != nil {
			return err
		}
	}
	if err := reindexCustomer(ctx, tx, was.ID); err != nil {
		return err
	}
	tx.about(now.BranchID, was.ID)
	return tx.change(ctx, "update", "customers", was.ID, now.BranchID, was.ID, was.Version+1, changed)
}

// keepOwn keeps what no form may write.
func keepOwn(now *Customer, was Customer) {
	now.ID, now.OwnerSince, now.ClassSince = was.ID, was.OwnerSince, was.ClassSince
	now.ImportID, now.CreatedAt, now.CreatedBy = was.ImportID, was.CreatedAt, was.CreatedBy
	now.LastVisitOn, now.MonthVisits, now.NextVisitOn = was.LastVisitOn, was.MonthVisits, was.NextVisitOn
}

func withKeys(m map[string][2]any, names ...string) map[string][2]any {
	out := map[string][2]any{}
	for k, v := range m {
		out[k] = v
	}
	for _, n := range names {
		out[n] = [2]any{}
	}
	return out
}

func idWords(list []int64) string {
	words := make([]string, len(list))
	for i, id := range list {
		words[i] = fmt.Sprint(id)
	}
	return strings.Join(words, " ")
}

// needs says which right beyond "edit" a field asks for.
var needs = map[string]policy.Permission{
	"owner_id": policy.CustomerAssign, "clerk_id": policy.CustomerAssign, "branch_id": policy.CustomerAssign,
	"class": policy.CustomerClass, "class_reason": policy.CustomerClass, "stage": policy.CustomerClass,
	"state": policy.CustomerReview,
}

func (tx *Tx) mayChange(was, now Customer, changed map[string][2]any) error {
	for name := range changed {
		p, ok := needs[name]
		if !ok {
			continue
		}
		if !tx.db.sees(tx.by.Scope(p), was.BranchID, was.OwnerID, was.ClerkID) {
			return fmt.Errorf("change %s of customer %d: %w", name, was.ID, ErrRefused)
		}
		if name == "branch_id" && !tx.by.Scope(p).SeesBranch(tx.db.Chain(now.BranchID)) {
			return fmt.Errorf("move customer %d to branch %d: %w", was.ID, now.BranchID, ErrRefused)
		}
	}
	return nil
}
