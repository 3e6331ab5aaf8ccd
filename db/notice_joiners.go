package db

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// A notice without a last day is told to those who come within noticeRuns of its
// sending; a newcomer gets noticesCaughtUp of those that run, the newest first.
const (
	noticeRuns      = 90 * 24 * time.Hour
	noticesCaughtUp = 50
)

// tellJoiner tells somebody who begins, comes back or changes their place or
// roles of the notices that still run there and that they have not got.
func (tx *Tx) tellJoiner(ctx context.Context, user int64) error {
	var branch int64
	var disabled bool
	if err := tx.QueryRowContext(ctx, `SELECT branch_id, disabled FROM users WHERE id = $1`, user).Scan(&branch, &disabled); err != nil {
		return fmt.Errorf("user %d: %w", user, err)
	}
	roles, err := rowsOf[string](ctx, tx, `SELECT DISTINCT role FROM grants WHERE user_id = $1`, user)
	if err != nil || disabled {
		return err
	}
	var running []Notice
	err = eachOf(ctx, tx, `SELECT n.id, n.target, n.must, n.until_day FROM notices n WHERE n.kind = 'notice' AND n.closed_at = 0 AND n.author_id <> $1
		AND (n.until_day >= $2 OR n.until_day = '' AND n.sent_at >= $3) AND NOT EXISTS (SELECT 1 FROM notice_people p WHERE p.notice_id = n.id AND p.user_id = $1) ORDER BY n.id DESC`,
		[]any{user, tx.today(), tx.now() - noticeRuns.Milliseconds()}, func(scan func(...any) error) error {
			n := Notice{Kind: NoticePlain}
			if err := scan(&n.ID, &n.target, &n.Must, &n.Until); err != nil {
				return err
			}
			running = append(running, n)
			return json.Unmarshal([]byte(n.target), &running[len(running)-1].Target)
		})
	if err != nil {
		return fmt.Errorf("notices for user %d: %w", user, err)
	}
	t, told := tx.db.tree.Load(), 0
	for _, n := range running {
		there := slices.ContainsFunc(n.Target.Branches, func(b int64) bool { return slices.Contains(t.below[b], branch) })
		holds := len(n.Target.Roles) == 0 || slices.ContainsFunc(n.Target.Roles, func(r string) bool { return slices.Contains(roles, r) })
		if !there || !holds || told == noticesCaughtUp {
			continue
		}
		told++
		if err := tx.db.tell(ctx, tx, n, map[int64]int64{user: branch}); err != nil {
			return err
		}
	}
	return nil
}
