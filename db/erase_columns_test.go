package db_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"yike/db"
	"yike/db/dbtest"
)

// wordColumns are the columns of text that nobody types into: ids, days, codes and
// words of the program. What another column holds goes with the person.
var wordColumns = map[string]string{
	// days, and months of the books
	"*": "day due_on due due_day from_day done_day review_day reviewed_on closed_day again_day paid_day sent_day received_on answered_on next_on settled_on month periods",
	// words of the program where no CHECK holds them
	"account_entries": "method",
	"case_claims":     "paid_how",
	"case_events":     "kind step",
	"cases":           "class pause_reason escalated_reason told_how unsatisfied_why measures_due",
	"changes":         "entity",
	"consents":        "purpose",
	"feedback_forms":  "class",
	"measures":        "source_path reach_value",
	"outbox":          "channel key leased_by provider purpose reason",
	"retention_holds": "kind until",
	"radar_alerts":    "key reason response ended",
	"waybills":        "city exception payment product province state",
	"customers":       "city_code class_since contract_from contract_to filed_on last_visit_on next_visit_on owner_since",
	// numbers that name a paper or a parcel and no person
	"papers": "account_entries.doc_no cases.code outbox.mark outbox.receipt waybills.number",
	// figures and sealed values as JSON, rewritten by their keys: their words are
	// planted in the canary test
	"json": "case_events.args changes.fields measures.outcome outbox.shipped radar_alerts.detail",
	// of our own people; who else is named in them is looked for as a mention
	"own": "account_entries.handled_by waybills.picker waybills.deliverer",
}

// holdsWords says that a column is in wordColumns.
func holdsWords(table, column string) bool {
	for group, names := range wordColumns {
		for _, name := range strings.Fields(names) {
			of, col, dotted := strings.Cut(name, ".")
			if dotted && of == table && col == column || !dotted && name == column && (group == "*" || group == table) {
				return true
			}
		}
	}
	return false
}

// A column that a table got later is not forgotten by an erasure: in each row of
// the client, and what hangs on it, every column of text gets a word of its own.
func TestAnErasureReachesEveryColumn(t *testing.T) {
	ctx := context.Background()
	clock := dbtest.NewClock(dbtest.Start)
	folder := t.TempDir()
	d, err := db.Open(ctx, db.Config{DSN: filepath.Join(folder, "yike.db"), Now: clock.Now, Key: db.OnlyKey(dbtest.Key)})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	w := dbtest.NewWorld(t, d, clock)
	c := release(t, w)
	plant(t, w, c)
	q := askErasure(t, w, c.id, 0)
	marks := map[string]string{}
	for table, columns := range textColumns(t, d) {
		link := map[string]bool{}
		for _, col := range columns.all {
			link[col] = true
		}
		where := "" // plant gives what hangs on a row the id 8
		switch {
		case table == "customers":
			where = fmt.Sprint("id = ", c.id)
		case link["customer_id"]:
			where = fmt.Sprint("customer_id = ", c.id)
		}
		for _, on := range []string{"case_id", "form_id", "waybill_id", "claim_id", "archived_id"} {
			if where == "" && link[on] {
				where = on + " = 8"
			}
		}
		if where == "" {
			continue
		}
		for _, col := range columns.text {
			if holdsWords(table, col) {
				continue
			}
			mark := fmt.Sprintf("朱%s之%s鹮", table, col)
			if _, err := db.Writer(d).Exec(`UPDATE `+table+` SET `+col+` = ? WHERE `+where, mark); err == nil { // else a CHECK holds its words
				marks[mark] = table + "." + col
			}
		}
	}
	if _, err := w.ConfirmErasure(ctx, w.As(t, w.RegionZJ), q.ID, q.Version); err != nil {
		t.Fatal(err)
	}
	if len(marks) < 60 {
		t.Errorf("only %d columns were looked at", len(marks))
	}
	words := make([]string, 0, len(marks))
	for mark := range marks {
		words = append(words, mark)
	}
	found := lingering(t, folder, words)
	sort.Strings(found)
	for _, f := range found {
		_, mark, _ := strings.Cut(f, ": ")
		t.Errorf("%s is still readable once the client is erased: blank it where its table is erased, or name it in wordColumns with the reason", marks[mark])
	}
}

type tableColumns struct{ all, text []string }

// textColumns are the columns of every table, and those of them that hold text.
func textColumns(t *testing.T, d *db.DB) map[string]tableColumns {
	t.Helper()
	rows, err := db.Writer(d).Query(`SELECT m.name, c.name, upper(c.type) FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE 'customer_search%'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[string]tableColumns{}
	for rows.Next() {
		var table, column, kind string
		if err := rows.Scan(&table, &column, &kind); err != nil {
			t.Fatal(err)
		}
		of := out[table]
		of.all = append(of.all, column)
		if kind == "TEXT" {
			of.text = append(of.text, column)
		}
		out[table] = of
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
