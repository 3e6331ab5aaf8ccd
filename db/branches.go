package db

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"yike/policy"
	"yike/policy/pinyin"
)

// Levels of the branch tree.
const (
	LevelHeadOffice = "head_office"
	LevelRegion     = "region"
	LevelBranch     = "branch"
)

// Branch is a node of the branch tree.
type Branch struct {
	ID, ParentID int64 // ParentID 0 for head office
	Level        string
	Name         string
	Code         string // prefix of its customer codes
	AreaCode     string // of landlines written without one
	Active       bool
	Version      int64
}

// tree is the branch tree in memory. It is read again whenever the policy
// version moves on, see loadActor.
type tree struct {
	version string
	byID    map[int64]*Branch
	chain   map[int64][]int64 // the branch itself, then its parents
	below   map[int64][]int64 // itself and all below, by name

	standards []RuleRow // versions of the data-entry standard, the latest last
	asked     atomic.Pointer[standards]
}

func (d *DB) loadTree(ctx context.Context) error {
	t, err := readTree(ctx, d.r)
	if err == nil {
		d.tree.Store(t)
	}
	return err
}

func readTree(ctx context.Context, q querier) (*tree, error) {
	version, err := policyVersion(ctx, q)
	if err != nil {
		return nil, err
	}
	t := &tree{version: version, byID: map[int64]*Branch{}, chain: map[int64][]int64{}, below: map[int64][]int64{}}
	rows, err := q.QueryContext(ctx, `
		SELECT id, coalesce(parent_id, 0), level, name, code, area_code, active, version
		FROM branches ORDER BY name_key, id`)
	if err != nil {
		return nil, fmt.Errorf("read branches: %w", err)
	}
	defer rows.Close()
	var order []int64
	for rows.Next() {
		b := &Branch{}
		if err := rows.Scan(&b.ID, &b.ParentID, &b.Level, &b.Name, &b.Code, &b.AreaCode, &b.Active, &b.Version); err != nil {
			return nil, fmt.Errorf("read branches: %w", err)
		}
		t.byID[b.ID] = b
		order = append(order, b.ID)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read branches: %w", err)
	}
	for _, id := range order {
		for at := id; at != 0; at = t.byID[at].ParentID {
			t.chain[id] = append(t.chain[id], at)
			t.below[at] = append(t.below[at], id)
		}
	}
	t.standards, err = readStandards(ctx, q)
	return t, err
}

// Chain returns the branch itself, then its parents up to head office; nil
// when there is no such branch. It answers from memory.
func (d *DB) Chain(branch int64) []int64 { return d.tree.Load().chain[branch] }

// Branch returns a branch that the scope sees.
func (d *DB) Branch(_ context.Context, scope policy.Scope, id int64) (Branch, error) {
	return d.tree.Load().branch(scope, id)
}

func (t *tree) branch(scope policy.Scope, id int64) (Branch, error) {
	b := t.byID[id]
	if b == nil || !scope.SeesBranch(t.chain[id]) {
		return Branch{}, fmt.Errorf("branch %d: %w", id, ErrNotFound)
	}
	return *b, nil
}

// Branches returns the branches that the scope sees in full, head office
// first, then region by region, each followed by what is below it.
func (d *DB) Branches(_ context.Context, scope policy.Scope) []Branch {
	t := d.tree.Load()
	var out []Branch
	var walk func(parent int64)
	walk = func(parent int64) {
		for _, id := range t.children(parent) {
			if scope.SeesBranch(t.chain[id]) {
				out = append(out, *t.byID[id])
			}
			walk(id)
		}
	}
	walk(0)
	return out
}

// BranchName returns the name for a label, whoever reads it: the names of
// branches are no secret inside the company. Empty when there is none.
func (d *DB) BranchName(id int64) string {
	if b := d.tree.Load().byID[id]; b != nil {
		return b.Name
	}
	return ""
}

// BranchOpen says whether there is such a branch and it is not closed; for
// pickers and forms. The acts ask again (mayStand).
func (d *DB) BranchOpen(id int64) bool {
	b := d.tree.Load().byID[id]
	return b != nil && b.Active
}

func (t *tree) children(parent int64) []int64 {
	var out []int64
	for _, id := range t.below[parent] {
		if t.byID[id].ParentID == parent {
			out = append(out, id)
		}
	}
	if parent == 0 {
		for id, b := range t.byID {
			if b.ParentID == 0 {
				out = append(out, id)
			}
		}
		slices.Sort(out)
	}
	return out
}

// branchIDs returns the ids of the branches that a scope sees in full, for a
// query's IN list or one seek per branch; all says it is the whole company.
func (d *DB) branchIDs(scope policy.Scope) (list []int64, all bool) {
	t := d.tree.Load()
	if scope.Company() {
		for id := range t.byID {
			list = append(list, id)
		}
		slices.Sort(list)
		return list, true
	}
	for _, root := range scope.Roots() {
		list = append(list, t.below[root]...)
	}
	for _, id := range scope.Only() {
		if t.byID[id] != nil {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	list = slices.Compact(list)
	return list, len(list) == len(t.byID)
}

// HeadOffice returns the root of the tree; 0 before set-up.
func (d *DB) HeadOffice() int64 {
	for id, b := range d.tree.Load().byID {
		if b.ParentID == 0 {
			return id
		}
	}
	return 0
}

// sees says whether a scope sees a customer's row.
func (d *DB) sees(scope policy.Scope, branch, owner, clerk int64) bool {
	return scope.Sees(d.Chain(branch), owner, clerk)
}

// SeesClient says whether a scope sees what hangs on a client: of its branch,
// or because the rep or the clerk is the reader.
func (d *DB) SeesClient(scope policy.Scope, branch, owner, clerk int64) bool {
	return d.sees(scope, branch, owner, clerk)
}

// BranchInput is what a person says of a branch.
type BranchInput struct {
	ParentID int64
	Level    string
	Name     string
	Code     string
	AreaCode string
}

// CreateBranch adds a branch below an open parent that the actor administers,
// with what is below it. ErrTaken when the code is in use, ErrPlace when a
// branch of that level cannot hang there.
func (d *DB) CreateBranch(ctx context.Context, by policy.Actor, in BranchInput) (int64, error) {
	var id int64
	err := d.act(ctx, by, "branches.create", func(tx *Tx) error {
		t, err := tx.holdTree(ctx)
		if err != nil {
			return err
		}
		if in.ParentID != 0 {
			if err := t.hangs(by, in.ParentID, in.Level); err != nil {
				return err
			}
		} else if !by.Scope(policy.BranchEdit).Company() {
			return fmt.Errorf("create a head office: %w", ErrRefused)
		}
		id, err = createBranch(ctx, tx, in)
		return err
	})
	if err != nil {
		return 0, err
	}
	return id, d.loadTree(ctx)
}

func createBranch(ctx context.Context, tx *Tx, in BranchInput) (int64, error) {
	id := tx.newID()
	_, err := tx.ExecContext(ctx, `
		INSERT INTO branches (id, parent_id, level, name, name_key, code, area_code, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
		id, ref(in.ParentID), in.Level, in.Name, pinyin.Key(in.Name), in.Code, in.AreaCode, tx.now())
	if isUnique(err) {
		return 0, fmt.Errorf("branch code %q: %w", in.Code, ErrTaken)
	}
	if err != nil {
		return 0, fmt.Errorf("create branch: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO branch_closure (ancestor_id, descendant_id, depth)
		SELECT ancestor_id, CAST($1 AS BIGINT), depth + 1 FROM branch_closure WHERE descendant_id = $2
		UNION ALL SELECT CAST($1 AS BIGINT), CAST($1 AS BIGINT), 0`, id, in.ParentID)
	if err != nil {
		return 0, fmt.Errorf("create branch: %w", err)
	}
	tx.about(id, id)
	if err := tx.change(ctx, "create", "branches", id, id, 0, 1, nil); err != nil {
		return 0, err
	}
	return id, tx.bumpPolicy(ctx)
}

// UpdateBranch renames a branch or changes its code prefix or area code. Codes
// given out before stay as they are.
func (d *DB) UpdateBranch(ctx context.Context, by policy.Actor, id, version int64, name, code, areaCode string) error {
	err := d.act(ctx, by, "branches.update", func(tx *Tx) error {
		t, err := tx.holdTree(ctx)
		if err != nil {
			return err
		}
		was, err := t.branch(by.Scope(policy.BranchEdit), id)
		if err != nil {
			return err
		}
		if was.Version != version {
			return fmt.Errorf("branch %d: %w", id, ErrConflict)
		}
		now := was
		now.Name, now.Code, now.AreaCode = name, code, areaCode
		before, after := was.fields(), now.fields()
		changed := diff(before, after)
		if len(changed) == 0 {
			return nil
		}
		if err := tx.update(ctx, "branches", id, version, after, changed); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE branches SET name_key = $2 WHERE id = $1`, id, pinyin.Key(name)); err != nil {
			return fmt.Errorf("update branch %d: %w", id, err)
		}
		tx.about(id, id)
		if err := tx.change(ctx, "update", "branches", id, id, 0, version+1, changed); err != nil {
			return err
		}
		return tx.bumpPolicy(ctx)
	})
	if err != nil {
		return err
	}
	return d.loadTree(ctx)
}

func (b *Branch) fields() []field {
	return []field{{"name", &b.Name}, {"code", &b.Code}, {"area_code", &b.AreaCode}, {"active", &b.Active}}
}
