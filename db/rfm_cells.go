package db

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"yike/policy"
	"yike/policy/classify"
	"yike/policy/day"
)

// RFMClient is who ever sent a parcel: in which of the 27 cells by the rule of
// the branch, and the freight of the last twelve whole months.
type RFMClient struct {
	ID, Freight int64
	Cell        int
}

// rfmKept remembers what was found for a while: it is read from the packed
// figures of every client, as a night reads them.
type rfmKept struct {
	mu     sync.Mutex
	list   map[string]rfmFound
	forget *time.Timer
}

type rfmFound struct {
	until time.Time
	list  []RFMClient
}

const (
	rfmFresh = 5 * time.Minute
	mostRFM  = 1_000_000 // of all that is kept, 24 bytes each
)

func (k *rfmKept) get(key string, now time.Time) ([]RFMClient, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	x, ok := k.list[key]
	return x.list, ok && now.Before(x.until)
}

func (k *rfmKept) keep(key string, x rfmFound) {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := len(x.list)
	for _, other := range k.list {
		n += len(other.list)
	}
	if k.list == nil || n > mostRFM {
		k.list = map[string]rfmFound{}
	}
	k.list[key] = x
	if k.forget == nil {
		k.forget = time.AfterFunc(rfmFresh, k.clear)
	}
	k.forget.Reset(rfmFresh)
}

func (k *rfmKept) clear() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.list = nil
}

// RFMClients are the clients of the branches that a scope sees, of one and those
// below it or of all, who ever sent a parcel, as they stand on a day by the rule
// of each branch, the largest first; nobody for who sees single clients only.
// They are remembered for some minutes, unless a freight changes; the caller
// changes nothing of them.
func (d *DB) RFMClients(ctx context.Context, scope policy.Scope, branch int64, on day.Day) ([]RFMClient, error) {
	branches := d.wideBranches(scope, branch)
	if len(branches) == 0 {
		return nil, nil
	}
	version, err := d.freightVersion(ctx, branches, on.MonthStart(), classify.Months)
	if err != nil {
		return nil, err
	}
	rules, err := d.RulesInForce(ctx, RuleRFM, on.String())
	if err != nil {
		return nil, err
	}
	key, now := fmt.Sprint(branches, on, version), d.now()
	for _, id := range branches {
		row := rules.For(d.Chain(id))
		key += fmt.Sprintf(" %d.%d", row.BranchID, row.Version)
	}
	if list, ok := d.rfms.get(key, now); ok {
		return list, nil
	}
	var out []RFMClient
	for _, id := range branches {
		list, err := d.rfmBranch(ctx, id, on)
		if err != nil {
			return nil, fmt.Errorf("cells of branch %d: %w", id, err)
		}
		out = append(out, list...)
	}
	slices.SortFunc(out, func(x, y RFMClient) int { return cmp.Or(cmp.Compare(y.Freight, x.Freight), cmp.Compare(x.ID, y.ID)) })
	d.rfms.keep(key, rfmFound{now.Add(rfmFresh), out})
	return out, nil
}

func (d *DB) rfmBranch(ctx context.Context, branch int64, on day.Day) (out []RFMClient, err error) {
	rules, err := d.ClassRules(ctx, branch, on.String())
	if err != nil {
		return nil, err
	}
	k, err := d.booksNow(ctx, branch, on)
	if err != nil {
		return nil, err
	}
	f := frameOf(rules.Rules, k.list, on)
	for i := range k.list {
		if c := &k.list[i].Client; c.Last.Valid() {
			x := RFMClient{ID: k.list[i].id, Cell: f.Cell(c)}
			for _, fen := range c.Freight {
				x.Freight += fen
			}
			out = append(out, x)
		}
	}
	return out, nil
}
