package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"yike/policy"
	"yike/policy/handover"
)

// HandoverLimit is how many pieces of work one act moves at most, so that the
// writer is held for well under a second. What is beyond it waits for the next.
const HandoverLimit = 5000

// Taker is a person who may take work over.
type Taker struct {
	handover.Person
	Name   string
	Branch int64 // home branch
}

// Holding returns what a person holds, for handing it over. ErrNotFound when
// the actor may not assign clients at the person's home branch.
func (d *DB) Holding(ctx context.Context, by policy.Actor, id int64) (Held, error) {
	scope := by.Scope(policy.CustomerAssign)
	u, err := d.User(ctx, scope, id)
	if err != nil {
		return Held{}, err
	}
	h := Held{User: u}
	list, err := d.held(ctx, d.r, scope, id)
	if err != nil {
		return Held{}, err
	}
	h.More = len(list) > HandoverLimit
	for _, k := range handoverKinds {
		line := Holding{Kind: k.word, Groups: map[handover.By]map[string]int{handover.City: {}, handover.District: {}, handover.Class: {}}}
		for _, w := range list {
			if w.kind != k.word {
				continue
			}
			line.Count++
			for rule, groups := range line.Groups {
				groups[handover.GroupOf(rule, w.client())]++
			}
		}
		h.Work = append(h.Work, line)
	}
	access, err := d.Access(ctx)
	if err != nil {
		return Held{}, err
	}
	if h.Takers, err = d.takers(ctx, d.r, by, access, id, branchesOf(list)); err != nil {
		return Held{}, err
	}
	if h.Elsewhere, err = d.holdsElsewhere(ctx, scope, id); err != nil {
		return Held{}, err
	}
	if err := d.r.QueryRowContext(ctx, `SELECT count(*) FROM tasks WHERE user_id = $1 AND state IN ('queued','running')`, id).Scan(&h.Running); err != nil {
		return Held{}, fmt.Errorf("tasks of user %d: %w", id, err)
	}
	for query, into := range map[string]*int{
		`SELECT count(*) FROM imports WHERE user_id = $1 AND state = 'judged'`:                        &h.Waiting,
		`SELECT count(*) FROM person_requests WHERE handler_id = $1 AND state IN ('open','proposed')`: &h.Requests,
	} {
		if err := d.r.QueryRowContext(ctx, query, id).Scan(into); err != nil {
			return Held{}, fmt.Errorf("open work of user %d: %w", id, err)
		}
	}
	h.Duties, err = d.heldDuties(ctx, scope, id)
	return h, err
}

// takers returns the people who may take clients at some of the branches:
// active beyond today, at home where the actor assigns clients, and holding a
// role there that works on clients (customers.edit).
func (d *DB) takers(ctx context.Context, q querier, by policy.Actor, access *policy.Access, without int64, branches []int64) ([]Taker, error) {
	if len(branches) == 0 {
		return nil, nil
	}
	rows, err := q.QueryContext(ctx, `
		SELECT u.id, u.name, u.branch_id, g.role, g.branch_id FROM users u JOIN grants g ON g.user_id = u.id
		WHERE NOT u.disabled AND (u.leaves_on = '' OR u.leaves_on > $1) AND u.id <> $2
		ORDER BY u.branch_id, u.name_key, u.id`, Day(d.now()), without)
	if err != nil {
		return nil, fmt.Errorf("who may take over: %w", err)
	}
	defer rows.Close()
	scope := by.Scope(policy.CustomerAssign)
	var out []Taker
	for rows.Next() {
		var t Taker
		var g policy.Grant
		if err := rows.Scan(&t.ID, &t.Name, &t.Branch, &g.Role, &g.Branch); err != nil {
			return nil, fmt.Errorf("who may take over: %w", err)
		}
		if !scope.SeesBranch(d.Chain(t.Branch)) {
			continue
		}
		if n := len(out); n == 0 || out[n-1].ID != t.ID {
			out = append(out, t)
		}
		last := &out[len(out)-1]
		reach, ok := access.Reach(g.Role, policy.CustomerEdit)
		for _, b := range branches {
			there := reach == policy.ReachCompany || b == g.Branch || reach != policy.ReachBranch && slices.Contains(d.Chain(b), g.Branch)
			if ok && there && !slices.Contains(last.Branches, b) {
				last.Branches = append(last.Branches, b)
			}
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("who may take over: %w", err)
	}
	out = slices.DeleteFunc(out, func(t Taker) bool { return len(t.Branches) == 0 })
	return out, d.loads(ctx, q, out)
}

// loads counts the clients that each taker has already.
func (d *DB) loads(ctx context.Context, q querier, list []Taker) error {
	for part := range slices.Chunk(list, 500) {
		ids, at := make([]int64, len(part)), map[int64]*Taker{}
		for i := range part {
			ids[i], at[part[i].ID] = part[i].ID, &part[i]
		}
		in, args := inList(1, ids)
		rows, err := q.QueryContext(ctx, `SELECT owner_id, count(*) FROM customers WHERE deleted_at = 0 AND owner_id `+in+` GROUP BY owner_id`, args...)
		if err != nil {
			return fmt.Errorf("clients of takers: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var id int64
			var n int
			if err := rows.Scan(&id, &n); err != nil {
				return fmt.Errorf("clients of takers: %w", err)
			}
			at[id].Load = n
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return fmt.Errorf("clients of takers: %w", err)
		}
	}
	return nil
}

func persons(list []Taker) []handover.Person {
	out := make([]handover.Person, len(list))
	for i, t := range list {
		out[i] = t.Person
	}
	return out
}

// How a handover leaves the account of the person.
const (
	EndingKeep = "keep" // as it is
	EndingDate = "date" // a leave date is set
	EndingNow  = "now"  // disabled with the handover
)

// HandoverInput is what a plan is made from. The rule of a kind that follows
// its client is for clients whose owner stays and may not take it.
type HandoverInput struct {
	From   int64
	Rules  map[string]handover.Rule // by kind of work
	Ending string
	EndsOn string // day, with EndingDate
}

// PlanHandover works out who takes what of a person's work and keeps it as a
// draft in the place of the actor's former draft for that person; nothing has
// moved. Sent twice with one key it answers the first draft. ErrNotFound when
// the person is beyond the actor's reach; ErrAbove or ErrSelf when the actor
// may not end the account in the way asked for.
func (d *DB) PlanHandover(ctx context.Context, by policy.Actor, sent Submission, in HandoverInput) (int64, error) {
	var id int64
	err := d.act(ctx, by, "handovers.plan", func(tx *Tx) error {
		u, err := tx.leaver(ctx, by, in.From)
		if err != nil {
			return err
		}
		if err := tx.mayEnd(ctx, by, u, in.Ending); err != nil {
			return err
		}
		if id, err = sent.done(ctx, tx, "handovers"); err != nil {
			return err
		} else if id != 0 {
			return errDoneBefore
		}
		list, err := d.held(ctx, tx, by.Scope(policy.CustomerAssign), in.From)
		if err != nil {
			return err
		}
		rest := 0
		if len(list) > HandoverLimit {
			list, rest = list[:HandoverLimit], 1
		}
		access, err := tx.access(ctx)
		if err != nil {
			return err
		}
		takers, err := d.takers(ctx, tx, by, access, in.From, branchesOf(list))
		if err != nil {
			return err
		}
		if err := tx.forgetDrafts(ctx, in.From, by.UserID); err != nil {
			return err
		}
		id = tx.newID()
		rules, err := json.Marshal(in.Rules)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO handovers (id, from_id, branch_id, user_id, state, rules, ending, ends_on, rest_count, created_at, updated_at)
			VALUES ($1, $2, $3, $4, 'draft', $5, $6, $7, $8, $9, $9)`,
			id, in.From, u.BranchID, by.UserID, string(rules), in.Ending, in.EndsOn, rest, tx.now()); err != nil {
			return fmt.Errorf("plan handover: %w", err)
		}
		if err := tx.keepItems(ctx, id, list, share(in.Rules, list, persons(takers))); err != nil {
			return err
		}
		tx.about(u.BranchID, id)
		tx.detail(map[string]any{"from": fmt.Sprint(in.From), "rows": len(list)})
		return sent.keep(ctx, tx, "handovers", id)
	})
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return id, err
}

// leaver reads a person whose work the actor may hand over.
func (tx *Tx) leaver(ctx context.Context, by policy.Actor, id int64) (User, error) {
	var u User
	err := tx.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users u WHERE u.id = $1`, id).Scan(u.scan()...)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !by.Scope(policy.CustomerAssign).SeesBranch(tx.db.Chain(u.BranchID)) {
		return u, fmt.Errorf("user %d: %w", id, ErrNotFound)
	}
	if err != nil {
		return u, fmt.Errorf("user %d: %w", id, err)
	}
	u.Grants, err = grantsOf(ctx, tx, id)
	return u, err
}

// mayEnd refuses an ending of the account that the actor could not bring about
// by editing the person.
func (tx *Tx) mayEnd(ctx context.Context, by policy.Actor, u User, ending string) error {
	if ending == EndingKeep {
		return nil
	}
	access, err := tx.access(ctx)
	if err != nil {
		return err
	}
	switch {
	case u.ID == by.UserID:
		return ErrSelf
	case !by.Scope(policy.UserEdit).SeesBranch(tx.db.Chain(u.BranchID)), !tx.db.MayAdminister(by, access, u.ID, u.Grants):
		return ErrAbove
	}
	return nil
}

// share asks the rule of each kind, and lets what follows a client go where
// the client goes.
func share(rules map[string]handover.Rule, list []work, people []handover.Person) []handover.Given {
	out := make([]handover.Given, len(list))
	gone := map[string]map[int64]handover.Given{} // by kind and client
	for _, k := range handoverKinds {
		var at []int
		var clients []handover.Client
		for i, w := range list {
			if w.kind == k.word {
				at, clients = append(at, i), append(clients, w.client())
			}
		}
		for j, given := range handover.Share(rules[k.word], clients, people) {
			w := list[at[j]]
			with := slices.IndexFunc(k.follows, func(kind string) bool { _, moves := gone[kind][w.customer]; return moves && w.customer != 0 })
			switch {
			case with >= 0:
				given = gone[k.follows[with]][w.customer]
			case len(k.follows) > 0 && w.owner != 0 && handover.May(w.owner, w.branch, people):
				given = handover.Given{To: w.owner}
			}
			if gone[k.word] == nil {
				gone[k.word] = map[int64]handover.Given{}
			}
			gone[k.word][w.customer] = given
			out[at[j]] = given
		}
	}
	return out
}

// leads is the kind that a piece goes with: the first it follows of which the
// handover has one of the same client; "" for none.
func leads(items []HandoverItem, it HandoverItem) string {
	if it.CustomerID == 0 {
		return ""
	}
	for _, kind := range kindOf(it.Kind).follows {
		if slices.ContainsFunc(items, func(o HandoverItem) bool { return o.Kind == kind && o.CustomerID == it.CustomerID }) {
			return kind
		}
	}
	return ""
}

func (tx *Tx) forgetDrafts(ctx context.Context, from, user int64) error {
	for _, query := range []string{
		`DELETE FROM handover_items WHERE handover_id IN (SELECT id FROM handovers WHERE from_id = $1 AND user_id = $2 AND state = 'draft')`,
		`DELETE FROM handovers WHERE from_id = $1 AND user_id = $2 AND state = 'draft'`,
	} {
		if _, err := tx.ExecContext(ctx, query, from, user); err != nil {
			return fmt.Errorf("forget drafts: %w", err)
		}
	}
	return nil
}

func (tx *Tx) keepItems(ctx context.Context, id int64, list []work, given []handover.Given) error {
	for i, w := range list {
		if _, err := tx.exec(ctx, `
			INSERT INTO handover_items (handover_id, position, kind, row_id, customer_id, branch_id, to_id, why)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			id, i+1, w.kind, w.row, ref(w.customer), w.branch, ref(given[i].To), given[i].Why); err != nil {
			return fmt.Errorf("plan handover: %w", err)
		}
	}
	return nil
}

// Handover is the work of one person on its way to others.
type Handover struct {
	ID, From, BranchID, By int64
	State                  string // draft, done, undone
	Rules                  map[string]handover.Rule
	Ending, EndsOn         string
	More                   bool // there was more than one act moves
	DoneBy, UndoneBy       int64
	DoneAt, UndoneAt       int64 // unix milliseconds, 0 = not yet
	Version, CreatedAt     int64
}

const handoverColumns = `h.id, h.from_id, h.branch_id, h.user_id, h.state, h.rules, h.ending, h.ends_on, h.rest_count,
	h.done_by, h.undone_by, h.done_at, h.undone_at, h.version, h.created_at`

func scanHandover(row interface{ Scan(...any) error }) (Handover, error) {
	var h Handover
	var rules string
	var rest int64
	err := row.Scan(&h.ID, &h.From, &h.BranchID, &h.By, &h.State, &rules, &h.Ending, &h.EndsOn, &rest,
		&h.DoneBy, &h.UndoneBy, &h.DoneAt, &h.UndoneAt, &h.Version, &h.CreatedAt)
	if err != nil {
		return h, err
	}
	h.More = rest > 0
	return h, json.Unmarshal([]byte(rules), &h.Rules)
}

// Handover returns a handover of a person at whose branch the actor assigns
// clients; a draft only to who made it.
func (d *DB) Handover(ctx context.Context, by policy.Actor, id int64) (Handover, error) {
	return d.handoverBy(ctx, d.r, by, id)
}

func (d *DB) handoverBy(ctx context.Context, q querier, by policy.Actor, id int64) (Handover, error) {
	h, err := scanHandover(q.QueryRowContext(ctx, `SELECT `+handoverColumns+` FROM handovers h WHERE h.id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) || err == nil && (!by.Scope(policy.CustomerAssign).SeesBranch(d.Chain(h.BranchID)) ||
		h.State == "draft" && h.By != by.UserID) {
		return Handover{}, fmt.Errorf("handover %d: %w", id, ErrNotFound)
	}
	if err != nil {
		return Handover{}, fmt.Errorf("handover %d: %w", id, err)
	}
	return h, nil
}

// UndoUntil is the instant until which a handover can be taken back.
func (h Handover) UndoUntil() time.Time {
	return time.UnixMilli(h.DoneAt).Add(UndoDays * 24 * time.Hour)
}

// AssignHandover gives single pieces of a draft to people by hand: position →
// person, 0 for nobody. Positions that the draft does not have are left out;
// a person who may not take the client is ErrRefused and nothing is kept. What
// follows a client goes with its owner.
func (d *DB) AssignHandover(ctx context.Context, by policy.Actor, id, version int64, to map[int64]int64) error {
	return d.act(ctx, by, "handovers.assign", func(tx *Tx) error {
		h, err := d.handoverBy(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if h.State != "draft" || h.Version != version {
			return fmt.Errorf("assign in handover %d: %w", id, ErrConflict)
		}
		items, err := itemsOf(ctx, tx, id)
		if err != nil {
			return err
		}
		access, err := tx.access(ctx)
		if err != nil {
			return err
		}
		takers, err := d.takers(ctx, tx, by, access, h.From, itemBranches(items))
		if err != nil {
			return err
		}
		people := persons(takers)
		n := 0
		for _, it := range items {
			person, named := to[it.Position]
			if !named || person == it.To {
				continue
			}
			if person != 0 && !handover.May(person, it.BranchID, people) {
				return fmt.Errorf("user %d takes item %d: %w", person, it.Position, ErrRefused)
			}
			why := ""
			if person == 0 {
				why = handover.WhyNobody
			}
			if _, err := tx.exec(ctx, `UPDATE handover_items SET to_id = $3, why = $4 WHERE handover_id = $1 AND position = $2`,
				id, it.Position, ref(person), why); err != nil {
				return fmt.Errorf("assign in handover %d: %w", id, err)
			}
			n++
			for _, other := range items {
				if _, own := to[other.Position]; !own && other.CustomerID == it.CustomerID && leads(items, other) == it.Kind {
					if _, err := tx.exec(ctx, `UPDATE handover_items SET to_id = $3, why = $4 WHERE handover_id = $1 AND position = $2`,
						id, other.Position, ref(person), why); err != nil {
						return fmt.Errorf("assign in handover %d: %w", id, err)
					}
				}
			}
		}
		if n == 0 {
			return errDoneBefore
		}
		tx.about(h.BranchID, id)
		tx.audit.rows = int64(n)
		_, err = tx.ExecContext(ctx, `UPDATE handovers SET version = version + 1, updated_at = $2 WHERE id = $1`, id, tx.now())
		return err
	})
}

// HandoverItem is one piece of work in a handover.
type HandoverItem struct {
	Position, RowID, CustomerID, BranchID, To int64 // CustomerID 0 = a to-do about no client
	Kind, State, Why, Since                   string
}

func itemsOf(ctx context.Context, q querier, id int64) ([]HandoverItem, error) {
	rows, err := q.QueryContext(ctx, `SELECT position, kind, row_id, coalesce(customer_id, 0), branch_id, coalesce(to_id, 0), state, why, since
		FROM handover_items WHERE handover_id = $1 ORDER BY position`, id)
	if err != nil {
		return nil, fmt.Errorf("items of handover %d: %w", id, err)
	}
	defer rows.Close()
	var out []HandoverItem
	for rows.Next() {
		var it HandoverItem
		if err := rows.Scan(&it.Position, &it.Kind, &it.RowID, &it.CustomerID, &it.BranchID, &it.To, &it.State, &it.Why, &it.Since); err != nil {
			return nil, fmt.Errorf("items of handover %d: %w", id, err)
		}
		out = append(out, it)
	}
	return out, rows.Err()
}

func itemBranches(items []HandoverItem) []int64 {
	seen := map[int64]bool{}
	for _, it := range items {
		seen[it.BranchID] = true
	}
	return slices.Sorted(maps.Keys(seen))
}
