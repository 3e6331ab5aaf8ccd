package db

import (
	"context"

	"yike/policy"
)

// SetListBounds lets a test reach every way of walking a list with few rows.
func (d *DB) SetListBounds(look, few, terms int) { d.bounds = listBounds{look, few, terms} }

// SetSearchBounds lets a test make terms frequent with few files.
func (d *DB) SetSearchBounds(candidates, reach, dense int) {
	d.searches = searchBounds{candidates, reach, dense}
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
