package db

import (
	"slices"
	"strings"

	"yike/policy"
)

// reach is where a list looks: whole branches, and the reader's own customers
// in the others.
type reach struct {
	branches []int64
	all      bool
	own      int64
	within   []int64 // the branches in which "own" counts; nil for everywhere
	empty    bool
	merged   int // so many branches are merged
}

func (d *DB) reach(scope policy.Scope, branch int64) reach {
	list, all := d.branchIDs(scope)
	r := reach{branches: list, all: all, own: scope.Own(), merged: d.bounds.terms}
	if branch != 0 {
		below := d.tree.Load().below[branch]
		r.branches, r.all, r.within = nil, false, below
		for _, id := range below {
			if all || slices.Contains(list, id) {
				r.branches = append(r.branches, id)
			}
		}
		r.empty = len(below) == 0
	}
	if r.all || branch != 0 && len(r.branches) == len(r.within) {
		r.own = 0
	}
	r.empty = r.empty || !r.all && len(r.branches) == 0 && r.own == 0
	return r
}

// residual is the reach as a condition; the zero cond for the whole company.
func (r reach) residual() cond {
	if r.all {
		return cond{}
	}
	var parts []string
	var args []any
	if len(r.branches) > 0 {
		in := manySQL("c.branch_id", r.branches)
		parts, args = append(parts, in.text), append(args, in.args...)
	}
	if r.own != 0 {
		own := r.ownSQL()
		parts, args = append(parts, own.text), append(args, own.args...)
	}
	return cond{"(" + strings.Join(parts, " OR ") + ")", args}
}

func (r reach) ownSQL() cond {
	own := condOf("(c.owner_id = ? OR c.clerk_id = ?)", r.own, r.own)
	if r.within != nil {
		in := manySQL("c.branch_id", r.within)
		own = cond{"(" + own.text + " AND " + in.text + ")", append(own.args, in.args...)}
	}
	return own
}

// terms is the reach as ranges of an index that begins with the branch, the
// owner or the clerk, without overlap; nil when they would be too many, and
// then the index over the whole company is walked.
func (r reach) terms() []cond {
	if len(r.branches) > r.merged {
		return nil
	}
	var out []cond
	for _, id := range r.branches {
		out = append(out, condOf("c.branch_id = ?", id))
	}
	return append(out, r.ownTerms()...)
}

// ownTerms are the ranges of the reader's own customers outside the branches.
func (r reach) ownTerms() (out []cond) {
	if r.own == 0 {
		return nil
	}
	for _, t := range []cond{
		condOf("c.owner_id = ?", r.own),
		condOf("c.clerk_id = ? AND (c.owner_id IS NULL OR c.owner_id <> ?)", r.own, r.own),
	} {
		if r.within != nil {
			t = bothSQL(t, manySQL("c.branch_id", r.within))
		}
		if len(r.branches) > 0 {
			in := manySQL("c.branch_id", r.branches)
			t = bothSQL(t, cond{"NOT " + in.text, in.args})
		}
		out = append(out, t)
	}
	return out
}

// alone says that the reach is one person's own customers, which are few enough
// to be read: by the index of the owner, which has in it what is mostly asked.
func (r reach) alone() bool { return r.own != 0 && len(r.branches) == 0 && !r.empty }

// aloneSQL is a reach that only lets rows through. Beside one person's
// customers SQLite would rather read all customers of a branch.
func aloneSQL(reach cond) cond {
	return cond{strings.ReplaceAll(reach.text, "c.branch_id IN", "+c.branch_id IN"), reach.args}
}
