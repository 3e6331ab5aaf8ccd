package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"yike/policy"
	"yike/policy/casework"
	"yike/policy/sla"
)

// TodoCaseClock is the kind of to-do that tells somebody that the time of a case
// runs out. Its arguments are the clock, when it is over, and the case's code.
const TodoCaseClock = "case_clock"

// climbMost is how many cases one round of the ladder looks at.
const climbMost = 500

// rungKey tells the rungs of a case apart.
type rungKey struct{ clock, place string }

// toldRungs are the rungs of a case that were told.
func toldRungs(ctx context.Context, q querier, id int64) (map[rungKey]bool, error) {
	out := map[rungKey]bool{}
	err := eachOf(ctx, q, `SELECT clock, place FROM case_rungs WHERE case_id = $1`, []any{id}, func(scan func(...any) error) error {
		var k rungKey
		err := scan(&k.clock, &k.place)
		out[k] = true
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("ladder of case %d: %w", id, err)
	}
	return out, nil
}

// ClimbCases tells those whom the ladder names that the time of cases runs out,
// and returns how many rungs were told. Each is told once, a case at a time: a
// round that is cut off, one on another node, or one after a weekend without
// power repeats none and leaves none out. Of cases whose client is in the bin
// they are told when the client is taken out. What hinders one case hinders no
// other; the errors are joined.
func (d *DB) ClimbCases(ctx context.Context, by policy.Actor) (told int64, err error) {
	var ids []int64
	err = eachOf(ctx, d.r, `SELECT e.id FROM cases e WHERE e.ladder_at <= $1 AND e.step <> 'closed' AND e.deleted_at = 0
		AND NOT EXISTS (SELECT 1 FROM customers c WHERE c.id = e.customer_id AND c.deleted_at <> 0) ORDER BY e.ladder_at, e.id LIMIT $2`,
		[]any{d.now().UnixMilli(), climbMost}, func(scan func(...any) error) error {
			ids = append(ids, 0)
			return scan(&ids[len(ids)-1])
		})
	if err != nil {
		return 0, fmt.Errorf("cases whose time runs out: %w", err)
	}
	var faults []error
	for _, id := range ids {
		if ctx.Err() != nil {
			return told, errors.Join(append(faults, ctx.Err())...)
		}
		n, err := d.climbCase(ctx, by, id)
		if err != nil && !errors.Is(err, ErrConflict) { // another node has it
			faults = append(faults, err)
		}
		told += n
	}
	return told, errors.Join(faults...)
}

// climbCase tells the rungs of one case that are reached.
func (d *DB) climbCase(ctx context.Context, by policy.Actor, id int64) (told int64, err error) {
	err = d.act(ctx, by, "cases.climb", func(tx *Tx) error {
		told = 0
		row, err := scanCase(tx.QueryRowContext(ctx, caseRowSQL+` WHERE e.id = $1 AND coalesce(c.deleted_at, 0) = 0`, id))
		if errors.Is(err, sql.ErrNoRows) {
			return errNothing
		}
		if err != nil {
			return fmt.Errorf("case %d: %w", id, err)
		}
		was := row.Case
		if was.LadderAt > tx.now() || was.Step == casework.Closed || was.DeletedAt != 0 {
			return errNothing // another round was faster
		}
		tx.about(was.BranchID, id)
		reached, err := tx.reachedRungs(ctx, &was)
		if err != nil {
			return err
		}
		var duties map[dutyKey]dutyRow
		for _, g := range reached {
			if duties == nil {
				if duties, err = tx.presentDuties(ctx, was.BranchID); err != nil {
					return err
				}
			}
			first, err := tx.tellRung(ctx, duties, &was, g)
			if err != nil {
				return err
			}
			if first {
				told++
			}
		}
		if _, err := tx.saveCase(ctx, was, was); err != nil {
			return err
		}
		return nil
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return told, err
}

// reachedRung is a rung that is to be told now.
type reachedRung struct {
	sla.Rung
	at, due int64
}

// reachedRungs are the rungs of a case that are reached and not told yet, from
// below.
func (tx *Tx) reachedRungs(ctx context.Context, c *Case) (out []reachedRung, err error) {
	told, err := toldRungs(ctx, tx, c.ID)
	if err != nil {
		return nil, err
	}
	pauses, err := casePauses(ctx, tx, c.ID)
	if err != nil {
		return nil, err
	}
	rule, err := tx.clockwork().ruleBy(ctx, c.RuleBranch, c.RuleVersion)
	if err != nil {
		return nil, err
	}
	clock, err := tx.clocks.of(ctx, c.BranchID)
	if err != nil {
		return nil, err
	}
	for _, which := range sla.Which {
		r := c.running(clock, which, rule, pauses)
		due := sla.Deadline(clock, r.Opened, r.Limit, r.Pauses, tx.now())
		if due == 0 || r.Done != 0 || c.waits(due) {
			continue
		}
		for _, g := range rule.Ladder {
			if g.Clock != which || told[rungKey{which, g.To}] {
				continue
			}
			if at := g.At(clock, r, tx.now()); at != 0 && at <= tx.now() {
				out = append(out, reachedRung{g, at, due})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b reachedRung) int {
		if a.To != b.To {
			return slices.Index(sla.Places, a.To) - slices.Index(sla.Places, b.To)
		}
		return int(min(max(a.at-b.at, -1), 1))
	})
	return out, nil
}

// tellRung notes a rung, makes the to-do of who is told and a line in the
// case's history; false when it was told before.
func (tx *Tx) tellRung(ctx context.Context, duties map[dutyKey]dutyRow, c *Case, g reachedRung) (bool, error) {
	user, place, err := tx.holder(ctx, duties, c, g.To)
	if err != nil {
		return false, err
	}
	n, err := tx.exec(ctx, `INSERT INTO case_rungs (case_id, clock, place, reached_at, told_at, user_id) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (case_id, clock, place) DO NOTHING`,
		c.ID, g.Clock, g.To, g.at, tx.now(), user)
	if err != nil {
		return false, fmt.Errorf("ladder of case %d: %w", c.ID, err)
	}
	if n == 0 {
		return false, nil
	}
	known, err := tx.knowsOf(ctx, c.ID, g.Clock, user)
	if err != nil {
		return false, err
	}
	if !known {
		if err := tx.caseTodoAt(ctx, c, TodoCaseClock, caseTodoKey(c.ID, g.Clock, g.To), user, tx.today(),
			map[string]string{"clock": g.Clock, "due": time.UnixMilli(g.due).In(Zone).Format("2006-01-02 15:04")}); err != nil {
			return false, err
		}
	}
	args := map[string]string{"clock": g.Clock, "place": g.To, "due": millisText(g.due)}
	if place != g.To {
		args["instead"] = place // nobody who is at work holds the place
	}
	if user != 0 {
		args["user"] = strconv.FormatInt(user, 10)
	}
	return true, tx.caseEvent(ctx, CaseEvent{CaseID: c.ID, Kind: "escalated_by_clock", Step: c.Step, Args: args})
}

func caseTodoKey(id int64, clock, place string) string {
	return strconv.FormatInt(id, 10) + "/" + clock + "/" + place
}

// settleClockTodos closes the to-dos that told of one of a case's clocks.
func (tx *Tx) settleClockTodos(ctx context.Context, c *Case, clock string, told map[rungKey]bool) error {
	for _, place := range sla.Places {
		if !told[rungKey{clock, place}] {
			continue
		}
		if err := tx.settleTodo(ctx, TodoCaseClock, caseTodoKey(c.ID, clock, place), SettledOtherwise); err != nil {
			return err
		}
	}
	return nil
}

// knowsOf says whether a person has a to-do that tells of a clock.
func (tx *Tx) knowsOf(ctx context.Context, id int64, clock string, user int64) (bool, error) {
	if user == 0 {
		return false, nil
	}
	for _, place := range sla.Places {
		t, there, err := tx.todoOf(ctx, TodoCaseClock, caseTodoKey(id, clock, place))
		if err != nil || there && t.State == TodoOpen && t.UserID == user {
			return err == nil, err
		}
	}
	return false, nil
}

// placeRoles are the roles that hold the places above the handler's.
var placeRoles = map[string][]policy.Role{
	sla.ToLeader:  {policy.ServiceLead},
	sla.ToManager: {policy.BranchManager, policy.RegionalManager},
	sla.ToHead:    {policy.HeadOffice},
}

// holder is who holds a place for a case: its handler; who is responsible for
// complaints, or leads the service; the manager; head office. Where nobody at
// work does, the next place up, which it says. Who is on leave is passed over,
// unless everybody up to the top is: then they are told all the same. 0 when
// nobody holds any of the places.
func (tx *Tx) holder(ctx context.Context, duties map[dutyKey]dutyRow, c *Case, place string) (user int64, held string, err error) {
	for _, present := range []bool{true, false} {
		for _, held = range sla.Places[slices.Index(sla.Places, place):] {
			if user, err = tx.holds(ctx, duties, c, held, present); err != nil || user != 0 {
				return user, held, err
			}
		}
	}
	return 0, held, nil
}

// holds is who holds one place for a case, 0 for nobody; with present nobody who
// is away.
func (tx *Tx) holds(ctx context.Context, duties map[dutyKey]dutyRow, c *Case, place string, present bool) (int64, error) {
	switch place {
	case sla.ToHandler:
		user, err := tx.worksHere(ctx, c.UserID)
		if err != nil || user == 0 {
			return 0, err
		}
		return tx.firstOf(ctx, c.BranchID, []int64{user}, present)
	case sla.ToLeader:
		user := tx.db.tree.Load().dutyAmong(duties, c.BranchID, DutyComplaints, func(r dutyRow) bool { return !r.gone && !(present && r.away) }).User
		if user != 0 {
			return user, nil
		}
	}
	return tx.roleHolder(ctx, c.BranchID, placeRoles[place], present)
}

// firstOf is the first of some people, with present the first who is not away
// from a branch; 0 for nobody.
func (tx *Tx) firstOf(ctx context.Context, branch int64, people []int64, present bool) (int64, error) {
	var away map[int64]bool
	if present {
		var err error
		if away, err = tx.awayFrom(ctx, branch, people); err != nil {
			return 0, err
		}
	}
	for _, user := range people {
		if !away[user] {
			return user, nil
		}
	}
	return 0, nil
}

const atWorkSQL = `NOT u.disabled AND (u.leaves_on = '' OR u.leaves_on >= $1)`

// worksHere is the person when they work here, else 0.
func (tx *Tx) worksHere(ctx context.Context, user int64) (int64, error) {
	var n int64
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM users u WHERE `+atWorkSQL+` AND u.id = $2`, tx.today(), user).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("user %d: %w", user, err)
	}
	return user * n, nil
}

// roleHolder is who holds one of the roles at a branch or at the nearest one
// above it, the longest here first, with present nobody who is away; 0 when
// nobody at work does.
func (tx *Tx) roleHolder(ctx context.Context, branch int64, roles []policy.Role, present bool) (int64, error) {
	for _, up := range tx.db.Chain(branch) {
		for _, role := range roles {
			people, err := rowsOf[int64](ctx, tx, `SELECT u.id FROM grants g JOIN users u ON u.id = g.user_id WHERE `+atWorkSQL+` AND g.role = $2 AND g.branch_id = $3 ORDER BY u.id LIMIT 50`, tx.today(), string(role), up)
			if err != nil {
				return 0, fmt.Errorf("who is %s: %w", role, err)
			}
			if user, err := tx.firstOf(ctx, branch, people, present); err != nil || user != 0 {
				return user, err
			}
		}
	}
	return 0, nil
}
