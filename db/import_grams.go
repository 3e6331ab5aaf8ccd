package db

import (
	"context"
	"fmt"
	"slices"
)

// The grams of new files come into the search in larger groups than the files
// into their tables: the full-text index makes a segment of each commit, which
// it then merges with others, and the fewer there are the less is written
// twice. Until the last part nobody may find the files anyway. How far the
// search is stands with the import (importRun.Found), so that one that was cut
// off goes on; whatever is taken back is taken out of the search where it is in.
const (
	gramsAtOnce = 8192 // files

	foundAgain = 1000 // files that an import which was cut off brings in at once
)

// merging is how the full-text index keeps its segments: how many of a level
// are merged little by little, how many at once, and how much is gathered in
// memory before it becomes one.
type merging struct{ auto, crisis, hash int64 }

var (
	usualMerging  = merging{8, 16, 8 << 20}
	importMerging = merging{16, 64, 24 << 20} // an import's few segments are left alone
)

// findable brings the files of the first rows of the plan, up to to, into the
// search when many of them wait, or when it is the time for all.
func (a *applier) findable(ctx context.Context, to int, now bool) error {
	if len(a.grams) == 0 || len(a.grams) < gramsAtOnce && !now {
		return nil
	}
	err := a.found(ctx, to, func(tx *Tx) error {
		tx.search = slices.Clone(a.grams)
		return tx.flushSearch(ctx)
	})
	clear(a.grams)
	a.grams = a.grams[:0]
	return err
}

// findAgain is findable for an import that was cut off at a place of its plan:
// what waited then is worked out of the files.
func (a *applier) findAgain(ctx context.Context, at int) error {
	for from, end := a.m.run.Found, min(at, a.plan.creates); from < end; {
		to := min(from+foundAgain, end)
		err := a.found(ctx, to, func(tx *Tx) error {
			for i := from; i < to; i++ {
				if err := reindexCustomer(ctx, tx, a.m.run.at(int64(i))); err != nil {
					return err
				}
			}
			return tx.flushSearch(ctx)
		})
		if err != nil {
			return err
		}
		from = to
	}
	return nil
}

// found writes grams and notes that the rows of the plan up to to have theirs.
func (a *applier) found(ctx context.Context, to int, write func(*Tx) error) error {
	run := a.m.run
	run.Found = to
	text, err := toJSON(run)
	if err != nil {
		return err
	}
	err = a.db.write(ctx, func(tx *Tx) error {
		if err := write(tx); err != nil {
			return err
		}
		n, err := tx.exec(ctx, `UPDATE imports SET run = $2 WHERE id = $1 AND state = 'applying'`, a.m.ID, text)
		if err == nil && n == 0 {
			err = ErrConflict
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("have the files of import %d found: %w", a.m.ID, err)
	}
	a.m.run = run
	return nil
}

// mergeLess has the full-text index leave the segments of an import alone until
// usual is called.
func (d *DB) mergeLess(ctx context.Context) (usual func(), err error) {
	if err := d.write(ctx, func(tx *Tx) error { return tx.setMerging(ctx, importMerging) }); err != nil {
		return nil, err
	}
	return func() {
		ctx := context.WithoutCancel(ctx)
		_ = d.write(ctx, func(tx *Tx) error { return tx.setMerging(ctx, usualMerging) }) // at worst the next start does
	}, nil
}

// mergeAsUsual takes the settings back that an import left which was killed: the
// index keeps them, and no later import need come.
func (d *DB) mergeAsUsual(ctx context.Context) error {
	if d.postgres {
		return nil
	}
	var left bool
	err := d.w.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM customer_search_config WHERE k = 'crisismerge' AND v = $1)`, importMerging.crisis).Scan(&left)
	if err == nil && left {
		err = d.write(ctx, func(tx *Tx) error { return tx.setMerging(ctx, usualMerging) })
	}
	if err != nil {
		return fmt.Errorf("settings of the full-text index: %w", err)
	}
	return nil
}

func (tx *Tx) setMerging(ctx context.Context, m merging) error {
	if tx.db.postgres {
		return nil
	}
	for name, value := range map[string]int64{"automerge": m.auto, "crisismerge": m.crisis, "hashsize": m.hash} {
		if _, err := tx.ExecContext(ctx, `INSERT INTO customer_search (customer_search, rank) VALUES ($1, $2)`, name, value); err != nil {
			return fmt.Errorf("set the full-text index: %w", err)
		}
	}
	return nil
}
