package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/policy/casework"
)

// RuleCasework names among the rules how cases are given out, called back,
// reviewed and paid for; its value is a casework.Rule in JSON.
const RuleCasework = "casework"

// CaseworkRule returns what holds for a branch (0 the company) on a day, and by
// which version.
func (d *DB) CaseworkRule(ctx context.Context, branch int64, on string) (casework.Rule, RuleRow, error) {
	row, err := d.Rule(ctx, RuleCasework, branch, on)
	if err != nil {
		return casework.Rule{}, row, err
	}
	rule, err := caseworkRule(row)
	return rule, row, err
}

func caseworkRule(row RuleRow) (casework.Rule, error) {
	if row.Version == 0 {
		return casework.Default(), nil
	}
	rule, err := casework.ParseRule(row.Value)
	if err != nil {
		return rule, fmt.Errorf("rule of casework, version %d: %w", row.Version, err)
	}
	return rule, nil
}

// caseworkRule is what holds for a branch today, read within an act.
func (tx *Tx) caseworkRule(ctx context.Context, branch int64) (casework.Rule, error) {
	s, err := tx.db.settingState(ctx, tx, RuleCasework, tx.today())
	if err != nil {
		return casework.Rule{}, err
	}
	return caseworkRule(s.inForce().For(tx.db.Chain(branch)))
}

// askedOf is a case as the rows of the rule look at it.
func askedOf(ctx context.Context, q querier, c *Case) (casework.Asked, error) {
	a := casework.Asked{Kind: c.Kind, Severity: c.Severity, Class: c.Class, Channel: c.Channel}
	for id := c.CauseID; id != 0; {
		var code string
		var above ref
		if err := q.QueryRowContext(ctx, `SELECT code, parent_id FROM case_causes WHERE id = $1`, id).Scan(&code, &above); err != nil {
			return a, fmt.Errorf("cause %d: %w", id, err)
		}
		a.Causes = append(a.Causes, CauseKey(id, code))
		id = int64(above)
	}
	return a, nil
}

// CauseKey is by what a rule knows a cause: the code of a shipped one, which is
// the same in every installation, else its id.
func CauseKey(id int64, code string) string {
	if code != "" {
		return code
	}
	return strconv.FormatInt(id, 10)
}

// handlerByRule says who gets a new case by the rule of its branch, 0 nobody, and
// who was passed over.
// The few whom rows name are looked at first; everybody at the branch only when
// a row asks for the one with the fewest.
func (tx *Tx) handlerByRule(ctx context.Context, rule casework.Rule, a casework.Asked, c *Case) (casework.Given, []casework.Passed, error) {
	w, err := tx.caseWorld(ctx, c, rule)
	if err != nil {
		return casework.Given{}, nil, err
	}
	g := rule.Give(a, w)
	if rule.Sure(a, g) {
		return g, rule.PassedOver(a, w, g), nil
	}
	takers, err := tx.takers(ctx, c.BranchID)
	if err != nil {
		return casework.Given{}, nil, err
	}
	if err := tx.caseKnow(ctx, &w, c.BranchID, takers); err != nil {
		return casework.Given{}, nil, err
	}
	g = rule.Give(a, w)
	return g, rule.PassedOver(a, w, g), nil
}

// passedText are those who were passed over as a case's history keeps them.
func passedText(passed []casework.Passed) string {
	var list []string
	for _, p := range passed {
		list = append(list, strconv.FormatInt(p.User, 10)+":"+p.Why)
	}
	return strings.Join(list, " ")
}

// caseWorld is whom the rows of a rule name for a case.
func (tx *Tx) caseWorld(ctx context.Context, c *Case, rule casework.Rule) (casework.World, error) {
	var w casework.World
	if c.CustomerID != 0 {
		var owner, clerk ref
		if err := tx.QueryRowContext(ctx, `SELECT owner_id, clerk_id FROM customers WHERE id = $1`, c.CustomerID).Scan(&owner, &clerk); err != nil {
			return w, fmt.Errorf("customer %d: %w", c.CustomerID, err)
		}
		w.Rep, w.Clerk = int64(owner), int64(clerk)
	}
	duties, err := tx.caseDuties(ctx)
	if err != nil {
		return w, err
	}
	t := tx.db.tree.Load()
	if w.Duty = t.dutyOf(duties, c.BranchID, DutyComplaints).User; w.Duty == 0 {
		w.Duty = t.dutyOf(duties, c.BranchID, DutyService).User
	}
	ids := []int64{w.Clerk, w.Rep, w.Duty}
	for _, row := range rule.Assign {
		ids = append(ids, row.User)
	}
	var named []User
	for _, id := range ids {
		if id == 0 || slices.ContainsFunc(named, func(u User) bool { return u.ID == id }) {
			continue
		}
		u, ok, err := tx.atWork(ctx, id)
		if err != nil {
			return w, err
		}
		if ok {
			named = append(named, u)
		}
	}
	return w, tx.caseKnow(ctx, &w, c.BranchID, named)
}

// caseDuties is who is responsible for what, read once in an act on cases.
func (tx *Tx) caseDuties(ctx context.Context) (map[dutyKey]dutyRow, error) {
	if tx.duties == nil {
		var err error
		if tx.duties, err = dutyRows(ctx, tx, tx.today()); err != nil {
			return nil, err
		}
	}
	return tx.duties, nil
}

// atWork is a person who still works here, with their roles, from memory while
// the policy version has not moved.
func (tx *Tx) atWork(ctx context.Context, id int64) (User, bool, error) {
	version, err := tx.policyVersion(ctx)
	if err != nil {
		return User{}, false, err
	}
	kept, key := tx.db.namesAt(version), onDay{id, tx.today()}
	list, known := kept.keptOn(keptWorkers, key)
	if !known {
		var u User
		if err := eachOf(ctx, tx, `SELECT `+userColumns+` FROM users u WHERE u.id = $1 AND NOT u.disabled AND (u.leaves_on = '' OR u.leaves_on >= $2)`, []any{id, tx.today()}, func(scan func(...any) error) error {
			err := scan(u.scan()...)
			list = []User{u}
			return err
		}); err != nil {
			return u, false, fmt.Errorf("user %d: %w", id, err)
		}
		if len(list) > 0 {
			if list[0].Grants, err = grantsOf(ctx, tx, id); err != nil {
				return u, false, err
			}
		}
		kept.keepOn(keptWorkers, key, list)
	}
	if len(list) == 0 {
		return User{}, false, nil
	}
	return list[0], true, nil
}

// caseKnow adds people to a world who may work on cases: how many they have
// open, and whether they are at work.
func (tx *Tx) caseKnow(ctx context.Context, w *casework.World, branch int64, people []User) error {
	access, err := tx.knownAccess(ctx)
	if err != nil {
		return err
	}
	people = slices.DeleteFunc(slices.Clone(people), func(u User) bool {
		return slices.ContainsFunc(w.People, func(p casework.Person) bool { return p.ID == u.ID })
	})
	return tx.db.caseHands(ctx, tx, tx.clockwork(), access, branch, people, tx.at, func(h Hand) { w.People = append(w.People, h.Person) })
}

// reviewByRule says why a case asks for a review, "" for none: how often its
// cause came up at its client within the rule's days, this case counted.
func (tx *Tx) reviewByRule(ctx context.Context, rule casework.Rule, a casework.Asked, c *Case) (string, error) {
	same := 1
	if c.CustomerID != 0 && c.CauseID != 0 {
		opened := c.OpenedAt
		if opened == 0 {
			opened = tx.now()
		}
		if err := tx.QueryRowContext(ctx, `
			SELECT COUNT(*) + 1 FROM cases e JOIN case_causes k ON k.id = e.cause_id
			WHERE e.customer_id = $1 AND e.opened_at > $2 AND e.opened_at <= $3 AND e.id <> $4 AND e.kind = 'complaint' AND e.deleted_at = 0 AND e.merged_id IS NULL
			AND coalesce(k.parent_id, k.id) = (SELECT coalesce(x.parent_id, x.id) FROM case_causes x WHERE x.id = $5)`,
			c.CustomerID, opened-int64(rule.Days)*(24*time.Hour).Milliseconds(), opened, c.ID, c.CauseID).Scan(&same); err != nil {
			return "", fmt.Errorf("repeats of case %d: %w", c.ID, err)
		}
	}
	return rule.ReviewOf(a, same), nil
}

// settleReview works out anew whether a case asks for a review, unless somebody
// asked for it or measures stand there already.
func (tx *Tx) settleReview(ctx context.Context, rule casework.Rule, a casework.Asked, c *Case) error {
	if c.ReviewWhy == casework.ReviewByHand || c.Measures != "" {
		return nil
	}
	why, err := tx.reviewByRule(ctx, rule, a, c)
	if err == nil {
		c.ReviewWhy = why
	}
	return err
}
