package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/policy"
	"yike/policy/classify"
)

// RuleAdvice names, among the rules, what head office asks to be done with each
// group of clients; its value is classify.Advices as JSON.
const RuleAdvice = "segments"

// TodoSegment is the kind of to-do that asks to follow that advice. Its
// arguments are the group, and the text where the rule has one of its own.
const TodoSegment = "segment_next"

// Advice returns what is asked to be done with groups of clients at a branch
// (0: the company) on a day, and by which version.
func (d *DB) Advice(ctx context.Context, branch int64, on string) (classify.Advices, RuleRow, error) {
	row, err := d.Rule(ctx, RuleAdvice, branch, on)
	if err != nil {
		return nil, row, err
	}
	out, err := adviceOf(row)
	return out, row, err
}

func adviceOf(row RuleRow) (classify.Advices, error) {
	out := classify.Advices{}
	if row.Version == 0 {
		return out, nil
	}
	if err := json.Unmarshal([]byte(row.Value), &out); err != nil {
		return nil, fmt.Errorf("rule %s of branch %d: %w", row.Rule, row.BranchID, err)
	}
	return out, nil
}

// SegmentPlan is what asking for a group's to-dos would make.
type SegmentPlan struct {
	Make  int            // clients who would get one
	There int            // who have one of this month, or an open one
	Done  int            // of There: done already
	By    []SegmentShare // of Make, the most first
}

// SegmentShare is how many of them would be one person's; UserID 0: nobody's,
// whoever at the branch takes them.
type SegmentShare struct {
	UserID int64
	N      int
}

type segmentClient struct {
	id, branch, user int64
}

// segmentKey tells the to-dos of a group apart: one for a client in a month.
func segmentKey(group string, customer int64, month string) string {
	return group + "/" + strconv.FormatInt(customer, 10) + "/" + month
}

// segmentClients are those of the clients named that the actor may make to-dos
// for and who have none of the group in the month, nor an open one, each with
// who is to do it: the client's rep, else its clerk, else whoever is
// responsible for service at the branch.
func (d *DB) segmentClients(ctx context.Context, q querier, by policy.Actor, ids []int64, group, today string) (list []segmentClient, plan SegmentPlan, err error) {
	if len(ids) > BulkLimit {
		return nil, plan, fmt.Errorf("to-dos for %d customers: %w", len(ids), ErrTooMany)
	}
	fail := func(err error) ([]segmentClient, SegmentPlan, error) {
		return nil, SegmentPlan{}, fmt.Errorf("to-dos of group %s: %w", group, err)
	}
	duties, err := dutyRows(ctx, q, today)
	if err != nil {
		return fail(err)
	}
	scope, month := by.Scope(policy.TodoMake), today[:7]
	n := map[int64]int{}
	for chunk := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(ids))), 500) {
		in, args := marks(chunk)
		there := map[int64]bool{}
		var has, who conditions
		has.add("kind = ?", TodoSegment)
		has.add("deleted_at = 0 AND customer_id IN ("+in+")", args...)
		if err := eachOf(ctx, q, `SELECT customer_id, key, state FROM todos`+has.whereSQL(), has.args, func(scan func(...any) error) error {
			var id int64
			var key, state string
			if err := scan(&id, &key, &state); err != nil {
				return err
			}
			if strings.HasPrefix(key, group+"/") && (state == TodoOpen || strings.HasSuffix(key, "/"+month)) && !there[id] {
				there[id] = true
				plan.There++
				if state == TodoDone {
					plan.Done++
				}
			}
			return nil
		}); err != nil {
			return fail(err)
		}
		who.add("c.deleted_at = 0 AND c.id IN ("+in+")", args...)
		if err := eachOf(ctx, q, `
			SELECT c.id, c.branch_id, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), CASE WHEN o.id IS NULL OR o.disabled THEN 0 ELSE o.id END, CASE WHEN k.id IS NULL OR k.disabled THEN 0 ELSE k.id END
			FROM customers c LEFT JOIN users o ON o.id = c.owner_id LEFT JOIN users k ON k.id = c.clerk_id`+who.whereSQL()+` ORDER BY c.id`, who.args, func(scan func(...any) error) error {
			var c segmentClient
			var owner, clerk, rep, service int64
			if err := scan(&c.id, &c.branch, &owner, &clerk, &rep, &service); err != nil {
				return err
			}
			if there[c.id] || !d.sees(scope, c.branch, owner, clerk) {
				return nil
			}
			switch duty := d.tree.Load().dutyOf(duties, c.branch, DutyService).User; {
			case rep != 0:
				c.user = rep
			case service != 0:
				c.user = service
			default:
				c.user = duty
			}
			n[c.user]++
			list = append(list, c)
			return nil
		}); err != nil {
			return fail(err)
		}
	}
	plan.Make = len(list)
	for user, k := range n {
		plan.By = append(plan.By, SegmentShare{user, k})
	}
	slices.SortFunc(plan.By, func(a, b SegmentShare) int {
		if a.N != b.N {
			return b.N - a.N
		}
		return int(min(max(a.UserID-b.UserID, -1), 1))
	})
	return list, plan, nil
}

// PlanSegmentTodos says what MakeSegmentTodos would make.
func (d *DB) PlanSegmentTodos(ctx context.Context, by policy.Actor, ids []int64, group, today string) (SegmentPlan, error) {
	_, plan, err := d.segmentClients(ctx, d.r, by, ids, group, today)
	return plan, err
}

// MakeSegmentTodos makes a to-do for each of the clients named, to do with them
// what head office asks for their group, in one act. Who has one of this month,
// or an open one, gets no second; who is out of the actor's reach is left out.
// At most BulkLimit at once (ErrTooMany). act is for UndoSegmentTodos, 0 when
// nothing was made.
func (d *DB) MakeSegmentTodos(ctx context.Context, by policy.Actor, ids []int64, group, due string) (act int64, plan SegmentPlan, err error) {
	rules, err := d.RulesInForce(ctx, RuleAdvice, Day(d.now()))
	if err != nil {
		return 0, plan, err
	}
	texts := map[int64]string{} // by the branch whose rule it is
	for branch, row := range rules {
		advice, err := adviceOf(row)
		if err != nil {
			return 0, plan, err
		}
		if own, ok := advice.Of(group); ok {
			texts[branch] = own.Text
		}
	}
	err = d.act(ctx, by, "todos.segment", func(tx *Tx) error {
		list, found, err := d.segmentClients(ctx, tx, by, ids, group, tx.today())
		if plan = found; err != nil {
			return err
		}
		if len(list) == 0 {
			return errNothing
		}
		todos := make([]Todo, 0, len(list))
		for _, c := range list {
			args := map[string]string{"group": group}
			if text := texts[rules.For(d.Chain(c.branch)).BranchID]; text != "" {
				args["text"] = text
			}
			todos = append(todos, Todo{Kind: TodoSegment, Key: segmentKey(group, c.id, tx.today()[:7]), CustomerID: c.id, BranchID: c.branch, UserID: c.user, Due: due, Args: args})
		}
		if plan.Make, err = addTodos(ctx, tx, todos); err != nil {
			return err
		}
		if plan.Make == 0 {
			return errNothing
		}
		tx.detail(map[string]any{"group": group, "due": due, "changed": plan.Make, "kept": plan.There})
		act = tx.audit.id
		return nil
	})
	if errors.Is(err, errNothing) {
		act, plan.Make, err = 0, 0, nil
	}
	return act, plan, err
}

// UndoSegmentTodos takes back an act of MakeSegmentTodos by the same person:
// to-dos that nobody has touched go, the others are kept. ErrNotFound when
// there is no such act of theirs, when it is older than UndoDays, or undone
// already.
func (d *DB) UndoSegmentTodos(ctx context.Context, by policy.Actor, act int64) (undone, kept int, err error) {
	err = d.act(ctx, by, "todos.segment_undo", func(tx *Tx) error {
		undone, kept = 0, 0
		tx.about(0, act)
		var at int64
		err := tx.QueryRowContext(ctx, `SELECT at FROM audits WHERE id = $1 AND act = 'todos.segment' AND user_id = $2`, act, by.UserID).Scan(&at)
		if err == nil && tx.at.Sub(time.UnixMilli(at)) > UndoDays*24*time.Hour {
			err = sql.ErrNoRows
		}
		if err == nil {
			var before bool
			err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM audits WHERE act = 'todos.segment_undo' AND id > $1 AND subject_id = $1)`, act).Scan(&before)
			if before {
				err = sql.ErrNoRows
			}
		}
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("undo act %d: %w", act, ErrNotFound)
		}
		if err != nil {
			return fmt.Errorf("undo act %d: %w", act, err)
		}
		type made struct{ id, branch, customer int64 }
		var list []made
		if err := eachOf(ctx, tx, `SELECT row_id, branch_id, customer_id FROM changes WHERE audit_id = $1 AND entity = 'todos' AND kind = 'create' ORDER BY id`, []any{act}, func(scan func(...any) error) error {
			var m made
			if err := scan(&m.id, &m.branch, &m.customer); err != nil {
				return err
			}
			list = append(list, m)
			return nil
		}); err != nil {
			return fmt.Errorf("undo act %d: %w", act, err)
		}
		for _, m := range list {
			// Its key is given up, so that it can be made again.
			n, err := tx.exec(ctx, `UPDATE todos SET deleted_at = $2, updated_at = $2, version = 2, key = key || '/' || CAST(id AS TEXT) WHERE id = $1 AND state = 'open' AND version = 1 AND deleted_at = 0`, m.id, tx.now())
			if err != nil {
				return fmt.Errorf("undo to-do %d: %w", m.id, err)
			}
			if n == 0 {
				kept++
				continue
			}
			undone++
			if err := tx.change(ctx, "delete", "todos", m.id, m.branch, m.customer, 2, nil); err != nil {
				return err
			}
		}
		tx.detail(map[string]any{"changed": undone, "kept": kept})
		return nil
	})
	return undone, kept, err
}
