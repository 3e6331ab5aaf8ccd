package db

import (
	"context"
	"slices"

	"yike/policy"
)

// accountsSQL holds a query over accounts (alias is theirs) to what a scope sees
// of a branch and those below it (0: of all), and another scope, where there is
// one, sees too. More branches than one let rows through and choose no index:
// the index of the order is walked.
func (d *DB) accountsSQL(alias string, scope policy.Scope, branch int64, also *policy.Scope) cond {
	out := d.oneReachSQL(alias, scope, branch)
	if also != nil {
		out = bothSQL(out, d.oneReachSQL(alias, *also, branch))
	}
	return out
}

func (d *DB) oneReachSQL(alias string, scope policy.Scope, branch int64) cond {
	r := d.reach(scope, branch)
	switch {
	case r.empty:
		return condOf("1 = 0")
	case r.all:
		return cond{}
	case r.own == 0:
		return amongBranches(alias, r.branches)
	}
	own := condOf(alias+`.customer_id IN (SELECT id FROM customers WHERE owner_id = ? AND deleted_at = 0 UNION SELECT id FROM customers WHERE clerk_id = ? AND deleted_at = 0)`, r.own, r.own)
	if r.within != nil {
		own = bothSQL(own, amongBranches(alias, r.within))
	}
	if len(r.branches) == 0 {
		return own
	}
	in := amongBranches(alias, r.branches)
	return cond{"(" + in.text + " OR " + own.text + ")", append(in.args, own.args...)}
}

// amongBranches says that a row is of one of some branches; nothing for all.
func amongBranches(alias string, branches []int64) cond {
	switch len(branches) {
	case 0:
		return cond{}
	case 1:
		return condOf(alias+".branch_id = ?", branches[0])
	}
	return manySQL("+"+alias+".branch_id", branches)
}

// wholeBranches are the branches that accountsSQL lets through when it asks for
// nobody's own clients; none and true for the whole company.
func (d *DB) wholeBranches(scope policy.Scope, branch int64, also *policy.Scope) (list []int64, whole bool) {
	list, whole = d.reach(scope, branch).branchesOnly()
	if also == nil || !whole {
		return list, whole
	}
	more, both := d.reach(*also, branch).branchesOnly()
	switch {
	case !both:
		return nil, false
	case list == nil:
		return more, true
	case more == nil:
		return list, true
	}
	list = slices.DeleteFunc(slices.Clone(list), func(id int64) bool { return !slices.Contains(more, id) })
	return list, len(list) > 0
}

// branchesOnly are the branches of a reach that has nobody's own clients in it;
// none and true for the whole company.
func (r reach) branchesOnly() (list []int64, whole bool) {
	switch {
	case r.empty || r.own != 0:
		return nil, false
	case r.all:
		return nil, true
	}
	return r.branches, true
}

// one reads one row.
func (d *DB) one(ctx context.Context, q cond, to ...any) error {
	rows, err := d.query(ctx, q)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(to...); err != nil {
			return err
		}
	}
	return rows.Err()
}
