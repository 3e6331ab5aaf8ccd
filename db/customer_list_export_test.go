package db

import (
	"context"

	"yike/policy"
)

// SetListBounds lets a test reach every way of walking a list with few rows.
func (d *DB) SetListBounds(look, few, terms int) { d.bounds = listBounds{look, few, terms} }

// SetSearchBounds lets a test make terms frequent with few files.
func (d *DB) SetSearchBounds(candidates, reach, dense int) {
	d.searches = searchBounds{candidates: candidates, reach: reach, dense: dense, look: 20_000, own: candidates}
}

// SetLastVisit writes the day of the last visit as a logged visit would.
func (d *DB) SetLastVisit(t interface{ Fatal(...any) }, id int64, day string) {
	if _, err := d.w.Exec(`UPDATE customers SET last_visit_on = $2 WHERE id = $1`, id, day); err != nil {
		t.Fatal(err)
	}
}

// CreateAll opens many files in one transaction, as an import would.
func (d *DB) CreateAll(ctx context.Context, by policy.Actor, list []Customer) error {
	err := d.act(ctx, by, "customers.import", func(tx *Tx) error {
		for i := range list {
			if _, err := createCustomer(ctx, tx, &list[i], nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && d.postgres {
		// What autovacuum does on a server that lives longer than a test.
		_, err = d.w.ExecContext(ctx, `ANALYZE`)
	}
	return err
}

// ForgetSearch leaves the index as a program of another form left it.
func (d *DB) ForgetSearch(t interface{ Fatal(...any) }, form string) {
	tables := []string{`DELETE FROM customer_search`}
	if !d.postgres {
		tables = []string{`DROP TABLE customer_search`, `DELETE FROM customer_search_rows`,
			`CREATE VIRTUAL TABLE customer_search USING fts5 (grams, content='', contentless_delete=1, detail=none, tokenize='ascii')`}
	}
	for _, q := range tables {
		if _, err := d.w.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.SetMeta(context.Background(), metaSearchForm, form); err != nil {
		t.Fatal(err)
	}
}

// RenewSearch does what a start does.
func (d *DB) RenewSearch(ctx context.Context, note func(done, total int64)) error {
	return d.renewSearch(ctx, note)
}
