package db

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"yike/policy"
	"yike/policy/classify"
	"yike/policy/day"
)

// ClassRun is one run of the rules over a branch.
type ClassRun struct {
	ID               int64
	Kind             string // labels, classes
	BranchID         int64
	Period, Day      string
	Versions         map[string][2]int64 // by rule: of which branch (0 the company), which version
	Cuts             classify.Cuts
	Clients, Changed int
	MadeAt           int64
}

// classRun finds a run of a period, or an id for one that is to be made.
func (d *DB) classRun(ctx context.Context, kind string, branch int64, period string) (id int64, done bool, err error) {
	err = d.eachRow(ctx, `SELECT id FROM class_runs WHERE kind = $1 AND branch_id = $2 AND period = $3 AND state = 'done'`, []any{kind, branch, period},
		func(scan func(...any) error) error { done = true; return scan(&id) })
	if err != nil {
		return 0, false, fmt.Errorf("runs of branch %d: %w", branch, err)
	}
	if !done {
		id = d.ids.next(d.now())
	}
	return id, done, nil
}

// endClassRun writes a run down, with an audit record when it changed
// anything. Of labels only the latest run is kept.
func (d *DB) endClassRun(ctx context.Context, by policy.Actor, r ClassRun, rules ClassRules, cuts classify.Cuts) error {
	versions := map[string][2]int64{}
	for rule, row := range rules.Rows {
		versions[rule] = [2]int64{row.BranchID, row.Version}
	}
	said, err := json.Marshal(versions)
	if err != nil {
		return err
	}
	cut, err := json.Marshal(cuts)
	if err != nil {
		return err
	}
	end := func(tx *Tx) error {
		if _, err := tx.exec(ctx, `DELETE FROM class_runs WHERE kind = $1 AND branch_id = $2 AND (period = $3 OR kind = 'labels')`, r.Kind, r.BranchID, r.Period); err != nil {
			return fmt.Errorf("run of branch %d: %w", r.BranchID, err)
		}
		if _, err := tx.exec(ctx, `
			INSERT INTO class_runs (id, kind, branch_id, period, day, versions, cuts, clients, changed, state, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'done', $10)
			ON CONFLICT (kind, branch_id, period) DO UPDATE SET id = excluded.id, day = excluded.day, versions = excluded.versions, cuts = excluded.cuts, clients = excluded.clients,
				changed = excluded.changed, state = excluded.state, made_at = excluded.made_at`, // two nodes in one night
			r.ID, r.Kind, r.BranchID, r.Period, r.Day, string(said), string(cut), r.Clients, r.Changed, tx.now()); err != nil {
			return fmt.Errorf("run of branch %d: %w", r.BranchID, err)
		}
		return nil
	}
	if r.Changed == 0 {
		return d.write(ctx, end)
	}
	return d.act(ctx, by, r.Kind+".run", func(tx *Tx) error {
		tx.about(r.BranchID, r.ID)
		tx.detail(map[string]any{"day": r.Day, "clients": r.Clients, "changed": r.Changed})
		return end(tx)
	})
}

// LatestClassRun is the latest run of a kind over a branch; ErrNotFound when
// there was none. How the company works is no secret inside it.
func (d *DB) LatestClassRun(ctx context.Context, kind string, branch int64) (ClassRun, error) {
	var r ClassRun
	found := false
	err := d.eachRow(ctx, `
		SELECT id, kind, branch_id, period, day, versions, cuts, clients, changed, made_at FROM class_runs
		WHERE kind = $1 AND branch_id = $2 AND state = 'done' ORDER BY id DESC LIMIT 1`, []any{kind, branch}, func(scan func(...any) error) error {
		found = true
		var versions, cuts string
		if err := scan(&r.ID, &r.Kind, &r.BranchID, &r.Period, &r.Day, &versions, &cuts, &r.Clients, &r.Changed, &r.MadeAt); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(versions), &r.Versions); err != nil {
			return err
		}
		return json.Unmarshal([]byte(cuts), &r.Cuts)
	})
	if err != nil {
		return r, fmt.Errorf("runs of branch %d: %w", branch, err)
	}
	if !found {
		return r, fmt.Errorf("run of branch %d: %w", branch, ErrNotFound)
	}
	return r, nil
}

// duePeriod is the month of the latest re-evaluation that is due.
func duePeriod(r classify.Classes, on day.Day) string {
	m := on.MonthStart()
	for range 12 {
		if _, month, _ := m.Date(); r.Due(int(month)) {
			break
		}
		m = m.AddMonths(-1)
	}
	return m.String()[:7]
}

// ProposeClasses re-evaluates the classes of a branch when its rule says that
// they are due, also when the month of it was missed, and proposes what would
// change. again, when set, does so in any case, for that person; else system
// only. Clients of whose parcels nothing is known keep their class, and so do
// those whose class was set by hand, until its day.
func (d *DB) ProposeClasses(ctx context.Context, by policy.Actor, branch int64, on day.Day, again bool) (proposed int, err error) {
	if again && !by.Scope(policy.CustomerClass).SeesBranch(d.Chain(branch)) {
		return 0, fmt.Errorf("re-evaluate branch %d: %w", branch, ErrRefused)
	}
	if !again {
		if err := systemOnly(by); err != nil {
			return 0, err
		}
	}
	rules, err := d.ClassRules(ctx, branch, on.String())
	if err != nil {
		return 0, err
	}
	period := duePeriod(rules.Classes, on)
	run, done, err := d.classRun(ctx, "classes", branch, period)
	if err != nil || done && !again {
		return 0, err
	}
	if done {
		run = d.ids.next(d.now())
	}
	k, err := d.booksNow(ctx, branch, on)
	if err != nil || k.shipped == 0 {
		return 0, err
	}
	open, err := d.openProposals(ctx, branch)
	if err != nil {
		return 0, err
	}
	f := frameOf(rules.Rules, k.list, on)
	steps, proposed, err := proposalsOf(f, k.list, open)
	if err != nil {
		return 0, err
	}
	for part := range slices.Chunk(steps, labelBatch) {
		if err := d.aside(ctx, func(tx *Tx) error {
			for _, p := range part {
				if err := tx.propose(ctx, run, p); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return 0, err
		}
	}
	return proposed, d.endClassRun(ctx, by, ClassRun{ID: run, Kind: "classes", BranchID: branch, Period: period, Day: on.String(), Clients: len(k.list), Changed: proposed}, rules, f.Cuts)
}

// proposal is a change of a class that waits, or that a run proposes.
type proposal struct {
	id       int64 // of a change that waits, and is dropped by a run; 0 of none
	customer int64
	old, new string // the same: nothing is proposed
	why      string // JSON of the reason
}

// openProposals are the changes of runs that wait, by client.
func (d *DB) openProposals(ctx context.Context, branch int64) (map[int64]proposal, error) {
	open := map[int64]proposal{}
	err := d.eachRow(ctx, `
		SELECT x.id, x.customer_id, x.old, x.new FROM class_changes x JOIN customers c ON c.id = x.customer_id
		WHERE x.state = 'proposed' AND x.kind = 'class' AND x.said_by = 0 AND c.branch_id = $1`, []any{branch}, func(scan func(...any) error) error {
		var p proposal
		err := scan(&p.id, &p.customer, &p.old, &p.new)
		open[p.customer] = p
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("changes of branch %d: %w", branch, err)
	}
	return open, nil
}

// proposalsOf are what a run writes; proposed is how many changes then wait.
func proposalsOf(f *classify.Frame, list []booked, open map[int64]proposal) (steps []proposal, proposed int, err error) {
	for i := range list {
		b := &list[i]
		class := b.class
		if _, held := b.held["class"]; !held {
			if c := f.Class(&b.Client); b.Last.Valid() || c == "B" {
				class = c
			}
		}
		was, waits := open[b.id]
		if waits && was.old == b.class && was.new == class {
			proposed++
			continue
		}
		p := proposal{id: was.id, customer: b.id, old: b.class, new: class}
		if class != b.class {
			proposed++
			why, err := json.Marshal(f.WhyClass(&b.Client))
			if err != nil {
				return nil, 0, fmt.Errorf("propose a class for customer %d: %w", b.id, err)
			}
			p.why = string(why)
		} else if !waits {
			continue
		}
		steps = append(steps, p)
	}
	return steps, proposed, nil
}

// propose drops what waits and proposes what is new.
func (tx *Tx) propose(ctx context.Context, run int64, p proposal) error {
	if p.id != 0 {
		if err := tx.dropChange(ctx, p.id); err != nil {
			return err
		}
	}
	if p.old == p.new {
		return nil
	}
	if _, err := tx.exec(ctx, `INSERT INTO class_changes (id, run_id, customer_id, kind, old, new, why, made_at) VALUES ($1, $2, $3, 'class', $4, $5, $6, $7)`,
		tx.newID(), run, p.customer, p.old, p.new, p.why, tx.now()); err != nil {
		return fmt.Errorf("propose a class for customer %d: %w", p.customer, err)
	}
	return nil
}

func (tx *Tx) dropChange(ctx context.Context, id int64) error {
	if _, err := tx.exec(ctx, `UPDATE class_changes SET state = 'dropped', decided_at = $2 WHERE id = $1 AND state = 'proposed'`, id, tx.now()); err != nil {
		return fmt.Errorf("drop change %d: %w", id, err)
	}
	return nil
}
