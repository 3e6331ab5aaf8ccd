package db

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"yike/policy"
	"yike/policy/day"
	"yike/policy/pareto"
)

// Finding the core of a company reads what every client shipped in six months,
// and these months are over: what was found holds until somebody writes parcels
// of theirs, or a client goes into the bin or comes out of it. Each such write
// moves freight_versions on in its own transaction, so that every node knows.

// cores remembers what was found, with the version that it was found from.
type cores struct {
	mu      sync.Mutex
	list    map[string]keptCore
	members int
	forget  *time.Timer
}

type keptCore struct {
	version int64
	core    pareto.Core
}

// size is how many clients it names.
func (k keptCore) size() int { return len(k.core.Members) + len(k.core.Ranked) }

const (
	coreFor     = 3 * time.Minute // since anybody last asked
	mostMembers = 1_000_000       // of all that is kept, 24 bytes each and more
)

func (c *cores) get(key string, version int64) (pareto.Core, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.list[key]
	if !ok || k.version != version {
		return pareto.Core{}, false
	}
	c.forget.Reset(coreFor)
	return k.core, true
}

func (c *cores) keep(key string, k keptCore) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.members += k.size() - c.list[key].size()
	if c.list == nil || c.members > mostMembers {
		c.list, c.members = map[string]keptCore{}, k.size()
	}
	c.list[key] = k
	if c.forget == nil {
		c.forget = time.AfterFunc(coreFor, c.clear)
	}
	c.forget.Reset(coreFor)
}

func (c *cores) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list, c.members = nil, 0
}

// Core is CoreOver the CoreSpan months from first.
func (d *DB) Core(ctx context.Context, scope policy.Scope, branch int64, first day.Day, share int) (pareto.Core, error) {
	return d.CoreOver(ctx, scope, branch, first, CoreSpan, share)
}

// CoreOver finds the core of the clients of whom the scope sees parcels, of a
// branch and those below it or of all: share per cent of those who shipped in so
// many months from first. The caller changes nothing of it.
func (d *DB) CoreOver(ctx context.Context, scope policy.Scope, branch int64, first day.Day, months, share int) (pareto.Core, error) {
	branches, whole := d.reach(scope, branch).branchesOnly()
	if !whole { // a rep's own clients, who are few
		list, err := d.Revenues(ctx, scope, branch, first, months)
		return pareto.Of(list, share), err
	}
	version, err := d.freightVersion(ctx, branches, first, months)
	if err != nil {
		return pareto.Core{}, err
	}
	key := fmt.Sprintf("%v %s %d %d", branches, first, months, share)
	if c, ok := d.cores.get(key, version); ok {
		return c, nil
	}
	list, err := d.Revenues(ctx, scope, branch, first, months)
	if err != nil {
		return pareto.Core{}, err
	}
	c := pareto.Of(list, share)
	d.cores.keep(key, keptCore{version, c})
	return c, nil
}

// freightVersion is a number that grows with every change of what clients of
// some branches (none: of all) shipped in the two spans of a core.
func (d *DB) freightVersion(ctx context.Context, branches []int64, first day.Day, months int) (version int64, err error) {
	where := bothSQL(condOf("f.month >= ? AND f.month < ?", first.AddMonths(-months).String()[:7], first.AddMonths(months).String()[:7]), amongBranches("f", branches))
	if err := d.one(ctx, cond{`SELECT CAST(coalesce(SUM(f.version), 0) AS BIGINT) FROM freight_versions f WHERE ` + where.text, where.args}, &version); err != nil {
		return 0, fmt.Errorf("version of the freight: %w", err)
	}
	return version, nil
}

const addFreightVersion = `INSERT INTO freight_versions (month, branch_id, version) VALUES ($1, $2, 1)
	ON CONFLICT (month, branch_id) DO UPDATE SET version = freight_versions.version + 1`

// moveFreight moves the versions on of the months and branches in which a tally
// changes the freight of clients.
func (t *tally) moveFreight(ctx context.Context, tx *Tx) error {
	moved := map[string]bool{}
	for k, c := range t.months {
		if c.Freight != 0 {
			moved[k.month] = true
		}
	}
	of := map[branchMonth]bool{}
	for k, d := range t.days {
		if month := k.day[:7]; d.all.Freight != 0 || moved[month] {
			of[branchMonth{month, k.branch}] = true
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(of), func(a, b branchMonth) int {
		return cmp.Or(strings.Compare(a.month, b.month), cmp.Compare(a.branch, b.branch))
	}) {
		if _, err := tx.exec(ctx, addFreightVersion, k.month, k.branch); err != nil {
			return fmt.Errorf("version of the freight of %s: %w", k.month, err)
		}
	}
	return nil
}

// moveFreightOf moves them on for a client who goes into the bin or comes out.
func (tx *Tx) moveFreightOf(ctx context.Context, branch int64) error {
	if _, err := tx.exec(ctx, `UPDATE freight_versions SET version = version + 1 WHERE branch_id = $1`, branch); err != nil {
		return fmt.Errorf("version of the freight of branch %d: %w", branch, err)
	}
	return nil
}
