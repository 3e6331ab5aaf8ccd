package db

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"yike/policy"
	"yike/policy/mask"
)

// HandoverCount is how many pieces of a kind go to a person, in one state.
type HandoverCount struct {
	To          int64 // 0 = nobody
	Kind, State string
	Class       string
	Count       int
}

// HandoverCounts counts a handover that was read within reach, by person, kind,
// state and class of the client.
func (d *DB) HandoverCounts(ctx context.Context, id int64) ([]HandoverCount, error) {
	rows, err := d.r.QueryContext(ctx, `
		SELECT coalesce(i.to_id, 0), i.kind, i.state, coalesce(c.class, ''), count(*) FROM handover_items i LEFT JOIN customers c ON c.id = i.customer_id
		WHERE i.handover_id = $1 GROUP BY coalesce(i.to_id, 0), i.kind, i.state, coalesce(c.class, '') ORDER BY 1, 2, 3, 4`, id)
	if err != nil {
		return nil, fmt.Errorf("counts of handover %d: %w", id, err)
	}
	defer rows.Close()
	var out []HandoverCount
	for rows.Next() {
		var c HandoverCount
		if err := rows.Scan(&c.To, &c.Kind, &c.State, &c.Class, &c.Count); err != nil {
			return nil, fmt.Errorf("counts of handover %d: %w", id, err)
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// HandoverRow is a piece of work as a page shows it. Name is empty when the
// client has moved beyond the reader's reach.
type HandoverRow struct {
	HandoverItem
	Name, Code, Class, CityCode, PlaceCode string
	Day                                    string // of a planned visit
	LastVisitOn, NextVisitOn               string
	Phone, Contact                         string // canonical number; WithPhones only
	NextStep                               string // of the last visit; WithPhones only
	Binned                                 bool   // the client is in the recycle bin
	Todo                                   string // kind of a to-do
	TodoArgs                               map[string]string
	Level                                  mask.Level // how much of phones and texts the reader sees
}

// HandoverFilter says which pieces are listed. To -1 is everybody, 0 nobody
// yet; Kind and State "" is any. After is the position of the last one seen.
type HandoverFilter struct {
	To          int64
	Kind, State string
	After       int64
	Limit       int
	WithPhones  bool // and next steps: for the sheet
}

// HandoverRows lists pieces of a handover that was read within reach.
func (d *DB) HandoverRows(ctx context.Context, by policy.Actor, id int64, f HandoverFilter) ([]HandoverRow, error) {
	rows, err := d.query(ctx, handoverRowsSQL(id, f))
	if err != nil {
		return nil, fmt.Errorf("items of handover %d: %w", id, err)
	}
	defer rows.Close()
	read := by.Scope(policy.CustomerRead)
	var out []HandoverRow
	for rows.Next() {
		var r HandoverRow
		var owner, clerk, branch int64
		var args string
		if err := rows.Scan(&r.Position, &r.Kind, &r.RowID, &r.CustomerID, &branch, &r.To, &r.State, &r.Why, &owner, &clerk,
			&r.Name, &r.Code, &r.Class, &r.CityCode, &r.PlaceCode, &r.Binned, &r.Day, &r.LastVisitOn, &r.NextVisitOn, &r.Todo, &args, &r.Phone, &r.Contact, &r.NextStep); err != nil {
			return nil, fmt.Errorf("items of handover %d: %w", id, err)
		}
		if err := json.Unmarshal([]byte(args), &r.TodoArgs); err != nil {
			return nil, fmt.Errorf("items of handover %d: %w", id, err)
		}
		r.BranchID, r.Level = branch, d.MaskFor(by, branch, owner, clerk)
		if !d.sees(read, branch, owner, clerk) {
			r = HandoverRow{HandoverItem: HandoverItem{Position: r.Position, Kind: r.Kind, To: r.To, State: r.State, Why: r.Why}}
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func handoverRowsSQL(id int64, f HandoverFilter) cond {
	extra := "'', '', ''"
	if f.WithPhones {
		extra = `coalesce((SELECT p.number FROM phones p LEFT JOIN contacts k ON k.id = p.contact_id WHERE p.customer_id = c.id
				ORDER BY CASE WHEN p.contact_id IS NULL THEN 0 ELSE 1 END, p.position, p.id LIMIT 1), ''),
			coalesce((SELECT k.name FROM contacts k WHERE k.customer_id = c.id AND k.deleted_at = 0 ORDER BY k.is_primary DESC, k.id LIMIT 1), ''),
			coalesce((SELECT w.next_step FROM visits w WHERE w.customer_id = c.id AND w.deleted_at = 0 AND w.state = 'done' ORDER BY w.day DESC, w.id DESC LIMIT 1), '')`
	}
	q := cond{`SELECT i.position, i.kind, i.row_id, coalesce(i.customer_id, 0), coalesce(c.branch_id, i.branch_id), coalesce(i.to_id, 0), i.state, i.why,
			coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), coalesce(c.name, ''), coalesce(c.code, ''), coalesce(c.class, ''), coalesce(c.city_code, ''), coalesce(c.place_code, ''),
			coalesce(c.deleted_at, 0) <> 0, coalesce(v.day, o.due, ''), coalesce(c.last_visit_on, ''), coalesce(c.next_visit_on, ''), coalesce(o.kind, ''), coalesce(o.args, '{}'), ` + extra + `
		FROM handover_items i LEFT JOIN customers c ON c.id = i.customer_id LEFT JOIN visits v ON v.id = i.row_id AND i.kind = 'visit' LEFT JOIN todos o ON o.id = i.row_id AND i.kind = 'todo'
		WHERE i.handover_id = ? AND i.position > ?`, []any{id, f.After}}
	and := func(text string, arg any) {
		q.text += " AND " + text
		q.args = append(q.args, arg)
	}
	if f.To >= 0 {
		and("coalesce(i.to_id, 0) = ?", f.To)
	}
	if f.Kind != "" {
		and("i.kind = ?", f.Kind)
	}
	if f.State != "" {
		and("i.state = ?", f.State)
	}
	q.text += " ORDER BY i.position LIMIT ?"
	q.args = append(q.args, f.Limit)
	return q
}

// Handovers lists the handovers at branches where the actor assigns clients,
// the newest first, older than before (0 = from the newest); own drafts too.
func (d *DB) Handovers(ctx context.Context, by policy.Actor, from, before int64, limit int) ([]Handover, error) {
	branches, all := d.branchIDs(by.Scope(policy.CustomerAssign))
	if len(branches) == 0 {
		return nil, nil
	}
	rows, err := d.query(ctx, handoversSQL(by.UserID, branches, all, from, before, limit))
	if err != nil {
		return nil, fmt.Errorf("handovers: %w", err)
	}
	defer rows.Close()
	var out []Handover
	for rows.Next() {
		h, err := scanHandover(rows)
		if err != nil {
			return nil, fmt.Errorf("handovers: %w", err)
		}
		out = append(out, h)
	}
	return out, rows.Err()
}

func handoversSQL(user int64, branches []int64, all bool, from, before int64, limit int) cond {
	q := cond{`SELECT ` + handoverColumns + ` FROM handovers h WHERE (h.state <> 'draft' OR h.user_id = ?)`, []any{user}}
	if !all {
		q.text += " AND h.branch_id IN ("
		for i, b := range branches {
			if i > 0 {
				q.text += ", "
			}
			q.text += "?"
			q.args = append(q.args, b)
		}
		q.text += ")"
	}
	if from != 0 {
		q.text += " AND h.from_id = ?"
		q.args = append(q.args, from)
	}
	if before != 0 {
		q.text += " AND h.id < ?"
		q.args = append(q.args, before)
	}
	q.text += " ORDER BY h.id DESC LIMIT ?"
	q.args = append(q.args, limit)
	return q
}

// Received is a piece of work that came to somebody by a handover.
type Received struct {
	HandoverRow
	Handover, From, DoneAt int64
}

// ReceivedWork lists the clients, visits and to-dos that handovers brought to the actor
// within UndoDays and that are theirs still, the newest handover first, behind
// the place named by handover and position (0, 0 = from the newest).
func (d *DB) ReceivedWork(ctx context.Context, by policy.Actor, handoverID, position int64, limit int) ([]Received, error) {
	if handoverID == 0 {
		handoverID = 1<<63 - 1
	}
	rows, err := d.query(ctx, condOf(receivedSQL+`
		AND (h.id < ? OR h.id = ? AND i.position > ?) ORDER BY h.id DESC, i.position LIMIT ?`,
		by.UserID, d.since(), handoverID, handoverID, position, limit))
	if err != nil {
		return nil, fmt.Errorf("received work: %w", err)
	}
	defer rows.Close()
	var out []Received
	for rows.Next() {
		var r Received
		var args string
		if err := rows.Scan(&r.Handover, &r.From, &r.DoneAt, &r.Position, &r.Kind, &r.RowID, &r.CustomerID, &r.BranchID,
			&r.Name, &r.Code, &r.Class, &r.Day, &r.LastVisitOn, &r.NextVisitOn, &r.Todo, &args); err != nil {
			return nil, fmt.Errorf("received work: %w", err)
		}
		if err := json.Unmarshal([]byte(args), &r.TodoArgs); err != nil {
			return nil, fmt.Errorf("received work: %w", err)
		}
		r.To, r.State = by.UserID, "moved"
		out = append(out, r)
	}
	return out, rows.Err()
}

const receivedSQL = `SELECT h.id, h.from_id, h.done_at, i.position, i.kind, i.row_id, coalesce(i.customer_id, 0), coalesce(c.branch_id, i.branch_id),
		coalesce(c.name, ''), coalesce(c.code, ''), coalesce(c.class, ''), coalesce(v.day, o.due, ''), coalesce(c.last_visit_on, ''), coalesce(c.next_visit_on, ''), coalesce(o.kind, ''), coalesce(o.args, '{}')
	FROM handover_items i JOIN handovers h ON h.id = i.handover_id LEFT JOIN customers c ON c.id = i.customer_id
	LEFT JOIN visits v ON v.id = i.row_id AND i.kind = 'visit' LEFT JOIN todos o ON o.id = i.row_id AND i.kind = 'todo'
	WHERE i.to_id = ? AND i.state = 'moved' AND h.state = 'done' AND h.done_at > ? AND coalesce(c.deleted_at, 0) = 0
	AND (i.kind = 'owner' AND c.owner_id = i.to_id OR i.kind = 'clerk' AND c.clerk_id = i.to_id
		OR i.kind = 'visit' AND v.user_id = i.to_id AND v.state = 'planned' AND v.deleted_at = 0 OR i.kind = 'todo' AND o.user_id = i.to_id AND o.state = 'open' AND o.deleted_at = 0
		OR i.kind = 'case' AND EXISTS (SELECT 1 FROM cases k WHERE k.id = i.row_id AND k.user_id = i.to_id AND k.step <> 'closed' AND k.deleted_at = 0))`

func (d *DB) since() int64 { return d.now().Add(-UndoDays * 24 * time.Hour).UnixMilli() }

// seenSetting is the user's setting with the instant of the last handover that
// they have read of.
const seenSetting = "handovers.seen"

// NewlyReceived counts the clients that came to the actor by handovers they
// have not read of yet (SeeReceived); latest is when the
// newest of those was done.
func (d *DB) NewlyReceived(ctx context.Context, by policy.Actor) (n int, latest int64, err error) {
	text, err := d.UserSetting(ctx, by, seenSetting)
	if err != nil {
		return 0, 0, err
	}
	var seen int64
	_ = json.Unmarshal([]byte(text), &seen)
	err = d.r.QueryRowContext(ctx, `
		SELECT count(DISTINCT i.customer_id), coalesce(max(h.done_at), 0) FROM handover_items i JOIN handovers h ON h.id = i.handover_id
		WHERE i.to_id = $1 AND i.state = 'moved' AND h.state = 'done' AND h.done_at > $2`,
		by.UserID, max(seen, d.since())).Scan(&n, &latest)
	if err != nil {
		return 0, 0, fmt.Errorf("received work: %w", err)
	}
	return n, latest, nil
}

// SeeReceived remembers that the actor has read of every handover so far.
func (d *DB) SeeReceived(ctx context.Context, by policy.Actor) error {
	_, latest, err := d.NewlyReceived(ctx, by)
	if err != nil || latest == 0 {
		return err
	}
	return d.SetUserSetting(ctx, by, seenSetting, fmt.Sprint(latest))
}
