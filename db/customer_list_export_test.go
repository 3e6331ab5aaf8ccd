package db

// SetListBounds lets a test reach every way of walking a list with few rows.
func (d *DB) SetListBounds(look, few, terms int) { d.bounds = listBounds{look, few, terms} }

// SetLastVisit writes the day of the last visit as a logged visit would.
func (d *DB) SetLastVisit(t interface{ Fatal(...any) }, id int64, day string) {
	if _, err := d.w.Exec(`UPDATE customers SET last_visit_on = $2 WHERE id = $1`, id, day); err != nil {
		t.Fatal(err)
	}
}
