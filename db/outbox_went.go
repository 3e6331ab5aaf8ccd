package db

import (
	"context"
	"fmt"
	"strconv"

	"yike/policy"
	"yike/policy/day"
	"yike/policy/message"
)

// wentMost bounds on how many messages a rule is tried.
const wentMost = 50_000

// WentOut are the messages to clients of a branch and those below it (0: all)
// that went out since a day, the latest first, of what the scope sees.
func (d *DB) WentOut(ctx context.Context, scope policy.Scope, branch int64, since day.Day) ([]message.Went, error) {
	c := d.lettersWhere(scope, LetterFilter{State: LetterSent, BranchID: branch})
	c.add("o.sent_at >= ?", dayStart(since))
	c.add("o.kind = ?", ToClient)
	rows, err := d.r.QueryContext(ctx, wentOutSQL(c), c.args...)
	if err != nil {
		return nil, fmt.Errorf("messages that went out: %w", err)
	}
	defer rows.Close()
	var out []message.Went
	for rows.Next() {
		var at int64
		var w message.Went
		if err := rows.Scan(&at, &w.Contact, &w.Branch, &w.Channel); err != nil {
			return nil, fmt.Errorf("messages that went out: %w", err)
		}
		w.At = timeOf(at)
		out = append(out, w)
	}
	return out, rows.Err()
}

func wentOutSQL(c conditions) string {
	return `SELECT o.sent_at, o.contact_id, o.branch_id, o.channel FROM outbox o` + c.whereSQL() + ` ORDER BY o.id DESC LIMIT ` + strconv.Itoa(wentMost)
}
