package db

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"yike/policy"
	"yike/policy/dedupe"
	"yike/policy/greeting"
)

// Two files of one client become one. What hangs on the file that goes hangs on
// the one that stays from then on: contacts, visits, parcels, money, cases and
// whatever else is in mergeKinds. The file that goes lies in the bin with what it
// said of itself (name, numbers, tags, the record of its changes and classes), and
// all of it can be put back for UndoDays.

// MergeAsk says which file goes into which. The versions are those that were
// read; Take are the columns of which the values of the file that goes are taken.
type MergeAsk struct {
	Keep, KeepVersion int64
	Gone, GoneVersion int64
	Take              []string
}

// mergeKind is a table of which rows go over.
type mergeKind struct {
	table string
	row   string // its own column of a row, of what merge_rows keeps
	where string // which rows, besides those of the file; k is the file that stays
	set   string // besides the file
	back  string // the same when they are put back; $5 is the primary contact
	apart bool   // it has no branch of its own
}

// mergeKinds are all of them, in the order in which they go over. Parcels and
// money have sums besides, optional fields are sealed anew: see moveApart.
var mergeKinds = []mergeKind{
	{table: "contacts", row: "id", set: `, version = version + 1, is_primary = CASE WHEN EXISTS (SELECT 1 FROM contacts k WHERE k.customer_id = $2 AND k.is_primary AND k.deleted_at = 0) THEN FALSE ELSE is_primary END`,
		back: `, version = version + 1, is_primary = CASE WHEN id = $5 AND NOT EXISTS (SELECT 1 FROM contacts k JOIN merge_rows r ON r.row_id = k.id AND r.kind = 'contacts'
			WHERE r.merge_id = $1 AND k.customer_id = $3 AND k.is_primary AND k.deleted_at = 0) THEN TRUE ELSE is_primary END`},
	{table: "phones", row: "id", where: ` AND contact_id IS NOT NULL`},
	{table: "consents", row: "id"},
	{table: "person_requests", row: "id"},
	{table: "reveals", row: "id"},
	{table: "visits", row: "id"},
	{table: "feedback_forms", row: "id"},
	{table: "todos", row: "id"},
	{table: "greetings", row: "id"},
	{table: "outbox", row: "id"},
	{table: "cases", row: "id"},
	{table: "case_claims", row: "id"},
	{table: "ratings", row: "id"},
	{table: "archived", row: "id", apart: true},
	{table: "retention_holds", row: "id", apart: true},
	{table: "measures", row: "id"},
	{table: "waybill_senders", row: "id"},
	{table: "radar_alerts", row: "id", where: ` AND NOT EXISTS (SELECT 1 FROM radar_alerts k WHERE k.customer_id = $3 AND k.kind = radar_alerts.kind AND k.key = radar_alerts.key)`},
	{table: "measure_clients", row: "measure_id", where: ` AND measure_id NOT IN (SELECT measure_id FROM measure_clients WHERE customer_id = $3)`, apart: true},
	{table: "activity_clients", row: "activity_id", where: ` AND activity_id NOT IN (SELECT activity_id FROM activity_clients WHERE customer_id = $3)`, apart: true},
	{table: "notice_clients", row: "notice_id", where: ` AND notice_id NOT IN (SELECT notice_id FROM notice_clients WHERE customer_id = $3)`, apart: true},
	{table: "time_marks", row: "customer_id", where: ` AND NOT EXISTS (SELECT 1 FROM time_marks k WHERE k.customer_id = $3)`, apart: true},
}

// stayWithFile are the tables of which the rows of a file that goes stay with it:
// what it said of itself, what was said of it by rules and people, the record of
// who looked and wrote, and what the program works out of it anew.
var stayWithFile = []string{"customer_tags", "changes", "class_changes", "label_holds", "label_events", "customer_keys", "customer_looks", "export_customers", "handover_items",
	"erasures", "customer_months", "customer_figures", "customer_search_rows", "client_histories", "account_sums", "account_months"}

// mergeRowsSQL notes which rows of a table go over; moveRowsSQL lets them.
func mergeRowsSQL(k mergeKind) string {
	return `INSERT INTO merge_rows (merge_id, kind, row_id) SELECT CAST($1 AS BIGINT), '` + k.table + `', ` + k.row + ` FROM ` + k.table + ` WHERE customer_id = $2 AND CAST($3 AS BIGINT) <> 0` + k.where
}

func moveRowsSQL(k mergeKind) string {
	return `UPDATE ` + k.table + ` SET customer_id = $2` + k.set + ` WHERE customer_id = $3 AND ` + k.ofMergeSQL()
}

// ofMergeSQL are the rows of a table that went over by the merge $1.
func (k mergeKind) ofMergeSQL() string {
	if k.table == "time_marks" {
		return `EXISTS (SELECT 1 FROM merge_rows r WHERE r.merge_id = $1 AND r.kind = 'time_marks')`
	}
	return k.row + ` IN (SELECT row_id FROM merge_rows WHERE merge_id = $1 AND kind = '` + k.table + `')`
}

// greetedByItsOwn gives the open greetings of a file that came from another to who
// has this one; a letter that waits names who cared before.
func (tx *Tx) greetedByItsOwn(ctx context.Context, customer int64) error {
	for column, follows := range map[string]string{"owner_id": greeting.ByOwner, "clerk_id": greeting.ByClerk} {
		for _, query := range ownGreetedSQL(column) {
			if _, err := tx.exec(ctx, query, customer, follows, tx.now()); err != nil {
				return fmt.Errorf("greetings of customer %d: %w", customer, err)
			}
		}
	}
	return nil
}

// ownGreetedSQL are the two statements of it; column is the client's.
func ownGreetedSQL(column string) []string {
	others := ` customer_id = $1 AND follows = $2 AND state = 'open' AND coalesce(user_id, 0) <> coalesce((SELECT ` + column + ` FROM customers WHERE id = $1), 0)`
	return []string{
		`UPDATE outbox SET state = '` + LetterDropped + `', ` + becauseSQL(`'`+WhyHanded+`'`) + `, updated_at = $3, version = version + 1 WHERE state = 'queued'
			AND id IN (SELECT letter_id FROM greetings WHERE` + others + ` AND letter_id IS NOT NULL)`,
		`UPDATE greetings SET user_id = (SELECT ` + column + ` FROM customers WHERE id = $1), version = version + 1, updated_at = $3 WHERE` + others,
	}
}

// Merge is one that was made.
type Merge struct {
	ID, BranchID, KeptID, GoneID int64
	KeptName, GoneName, GoneCode string
	Moved                        map[string]int // rows that went over, by table
	At, UserID                   int64          // unix milliseconds
	UserName                     string
	UndoneAt                     int64 // 0 = it holds
	Back                         map[string]int
	Lasting                      []string // columns that kept what was written since, after undoing
	primary, act                 int64
	held                         string // how labels were held before, as JSON
}

// Undoable says whether it can still be taken back.
func (m *Merge) Undoable(now time.Time) bool {
	return m.UndoneAt == 0 && now.Sub(time.UnixMilli(m.At)) <= UndoDays*24*time.Hour
}

// mergeMost is how many parcels a file may have that goes: the sums of each are
// counted anew in one act.
const mergeMost = 200_000

// MergeCustomers lets one file go into another of the same branch. The actor
// needs customers.edit and customers.delete over both; ErrNotFound beyond that,
// ErrRefused for two branches or a column that may not be taken, a *Stale when
// the file that stays has changed since it was read and ErrConflict when the other
// has.
func (d *DB) MergeCustomers(ctx context.Context, by policy.Actor, ask MergeAsk) (id int64, err error) {
	err = d.act(ctx, by, "customers.merge", func(tx *Tx) error {
		kept, gone, err := tx.mergePair(ctx, ask)
		if err != nil {
			return err
		}
		id = tx.newID()
		m := Merge{ID: id, BranchID: kept.BranchID, KeptID: kept.ID, GoneID: gone.ID, Moved: map[string]int{}}
		if err := tx.QueryRowContext(ctx, `SELECT coalesce(MAX(id), 0) FROM contacts WHERE customer_id = $1 AND deleted_at = 0 AND is_primary`, gone.ID).Scan(&m.primary); err != nil {
			return fmt.Errorf("merge customer %d: %w", gone.ID, err)
		}
		if _, err := tx.exec(ctx, `INSERT INTO merges (id, branch_id, kept_id, gone_id, primary_id, act_id, at, user_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			id, m.BranchID, m.KeptID, m.GoneID, m.primary, tx.audit.id, tx.now(), by.UserID); err != nil {
			return fmt.Errorf("merge customer %d: %w", gone.ID, err)
		}
		now := joined(kept, gone, ask.Take, tx.mayWrite(kept))
		if err := updateCustomer(ctx, tx, kept, now); err != nil {
			return err
		}
		var held string                                                               // by what it was held before
		if slices.Contains(ask.Take, "class") || slices.Contains(ask.Take, "stage") { // somebody chose it
			if held, err = tx.holdsOf(ctx, kept.ID); err != nil {
				return err
			}
			if err := tx.holdByHand(ctx, kept, now, ""); err != nil {
				return err
			}
		}
		if err := tx.moveOver(ctx, &m); err != nil {
			return fmt.Errorf("merge customer %d into %d: %w", gone.ID, kept.ID, err)
		}
		if err := binCustomer(ctx, tx, gone, true); err != nil {
			return err
		}
		// The months in which it sent are the other's now; after an undo they are told anew.
		if err := tx.takeHistory(ctx, gone.ID, gone.BranchID, 0); err != nil {
			return err
		}
		if err := tx.afterMerge(ctx, &m); err != nil {
			return err
		}
		text, err := toJSON(m.Moved)
		if err == nil {
			_, err = tx.exec(ctx, `UPDATE merges SET moved = $2, held = $3 WHERE id = $1`, id, text, held)
		}
		tx.about(kept.BranchID, kept.ID)
		tx.detail(map[string]any{"code": gone.Code, "rows": total(m.Moved)})
		return err
	})
	return id, err
}

// mergePair reads both files as they must be for a merge.
func (tx *Tx) mergePair(ctx context.Context, ask MergeAsk) (kept, gone Customer, err error) {
	if err := tx.holdFiles(ctx, ask.Keep, ask.Gone); err != nil {
		return kept, gone, err
	}
	for _, right := range []policy.Permission{policy.CustomerEdit, policy.CustomerDelete} {
		for id, into := range map[int64]*Customer{ask.Keep: &kept, ask.Gone: &gone} {
			if *into, err = tx.db.customer(ctx, tx, tx.by.Scope(right), id, false); err != nil {
				return kept, gone, err
			}
		}
	}
	var parcels int64
	if err := tx.QueryRowContext(ctx, `SELECT CAST(coalesce(SUM(waybills), 0) AS BIGINT) FROM customer_months WHERE customer_id = $1`, gone.ID).Scan(&parcels); err != nil {
		return kept, gone, fmt.Errorf("parcels of customer %d: %w", gone.ID, err)
	}
	switch {
	case kept.ID == gone.ID || kept.BranchID != gone.BranchID:
		err = fmt.Errorf("merge customer %d into %d: %w", gone.ID, kept.ID, ErrRefused)
	case parcels > mergeMost:
		err = fmt.Errorf("merge customer %d with %d parcels: %w", gone.ID, parcels, ErrTooMany)
	case kept.Version != ask.KeepVersion:
		err = tx.stale(ctx, kept)
	case gone.Version != ask.GoneVersion:
		err = fmt.Errorf("merge customer %d: %w", gone.ID, ErrConflict)
	}
	return kept, gone, err
}

// holdFiles keeps two files and what is about to hang on them to this transaction,
// in one order everywhere. SQLite has one writer anyway.
func (tx *Tx) holdFiles(ctx context.Context, one, other int64) error {
	if !tx.db.postgres {
		return nil
	}
	for _, id := range []int64{min(one, other), max(one, other)} {
		if _, err := tx.exec(ctx, `SELECT id FROM customers WHERE id = $1 FOR UPDATE`, id); err != nil {
			return fmt.Errorf("hold customer %d: %w", id, err)
		}
	}
	return nil
}

// mayWrite says which columns of a file the actor may change.
func (tx *Tx) mayWrite(c Customer) func(column string) bool {
	return func(column string) bool {
		right, special := needs[column]
		return !special || tx.db.sees(tx.by.Scope(right), c.BranchID, c.OwnerID, c.ClerkID)
	}
}

// ownColumns are never taken from the file that goes: its code stays its own, and
// since when is counted anew.
var ownColumns = []string{"branch_id", "code", "owner_since", "class_since", "filed_on"}

// joined is the file that stays as it becomes: the columns that are taken, what
// it did not say and the other does, the numbers and tags of both, and the earlier
// day of filing.
func joined(kept, gone Customer, take []string, may func(column string) bool) Customer {
	now := kept
	to, from := now.fields(), gone.fields()
	for i := range to {
		name := to[i].column
		if slices.Contains(ownColumns, name) || !may(name) {
			continue
		}
		if slices.Contains(take, name) || isBlank(from[i].value) && follows(name, take) || isBlank(to[i].value) && fills(name, kept, take) {
			put(to[i].value, from[i].value)
		}
	}
	if gone.FiledOn != "" && (now.FiledOn == "" || gone.FiledOn < now.FiledOn) {
		now.FiledOn = gone.FiledOn
	}
	now.Phones = slices.Clone(kept.Phones)
	for _, n := range gone.Phones {
		if !dedupe.Contains(now.Phones, n) {
			now.Phones = append(now.Phones, n)
		}
	}
	now.Tags = append(slices.Clone(kept.Tags), gone.Tags...)
	slices.Sort(now.Tags)
	now.Tags = slices.Compact(now.Tags)
	return now
}

// mergeUnits are columns that say one thing together: half of it is of neither file.
var mergeUnits = [][]string{{"place_code", "city_code", "address"}, {"class", "class_reason"}, {"terms", "terms_days"}, {"contract_no", "contract_from", "contract_to"}}

// fills says that what a blank column does not say is taken from the other file:
// of a unit where the file that stays says nothing of it, or some of it is taken.
func fills(column string, kept Customer, take []string) bool {
	i := slices.IndexFunc(mergeUnits, func(unit []string) bool { return slices.Contains(unit, column) })
	if i < 0 {
		return true
	}
	taken := func(name string) bool { return slices.Contains(take, name) }
	said := func(f field) bool { return slices.Contains(mergeUnits[i], f.column) && !isBlank(f.value) }
	return slices.ContainsFunc(mergeUnits[i], taken) || !slices.ContainsFunc(kept.fields(), said)
}

// follows says that a column is of a unit of which the first is taken: what the
// other file leaves blank of it is blank.
func follows(column string, take []string) bool {
	return slices.ContainsFunc(mergeUnits, func(unit []string) bool {
		return slices.Contains(unit, column) && slices.Contains(take, unit[0])
	})
}

func isBlank(v any) bool {
	switch p := v.(type) {
	case *string:
		return *p == ""
	case *int64:
		return *p == 0
	case *ref:
		return *p == 0
	}
	return false
}

func put(to, from any) {
	switch p := to.(type) {
	case *string:
		*p = *from.(*string)
	case *int64:
		*p = *from.(*int64)
	case *bool:
		*p = *from.(*bool)
	case *ref:
		*p = *from.(*ref)
	}
}

// moveOver lets all rows go over and notes them.
func (tx *Tx) moveOver(ctx context.Context, m *Merge) error {
	for _, k := range append(slices.Clone(mergeKinds), apartKinds...) {
		n, err := tx.exec(ctx, mergeRowsSQL(k), m.ID, m.GoneID, m.KeptID)
		if err == nil && n > 0 {
			m.Moved[k.table] = int(n)
			err = tx.moveKind(ctx, m, k, m.GoneID, m.KeptID, 0)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", k.table, err)
		}
	}
	return nil
}

// apartKinds are those of which more is written than whose they are.
var apartKinds = []mergeKind{
	{table: "sensitive_values", row: "id", where: ` AND NOT EXISTS (SELECT 1 FROM sensitive_values k WHERE k.customer_id = $3 AND k.contact_id = sensitive_values.contact_id AND k.field = sensitive_values.field)`},
	{table: "waybills", row: "id"},
	{table: "account_entries", row: "id"},
}

// moveKind lets the noted rows of a table that are still one file's become
// another's; branch 0 leaves where they stand.
func (tx *Tx) moveKind(ctx context.Context, m *Merge, k mergeKind, from, to, branch int64) error {
	switch k.table {
	case "sensitive_values":
		return tx.sealOver(ctx, m, k, from, to, cmp.Or(branch, m.BranchID))
	case "waybills":
		at := cmp.Or(branch, m.BranchID)
		return rebind(ctx, tx, `customer_id = $2 AND `+k.ofMergeSQL(), []any{m.ID, from}, func(w *Waybill) { w.CustomerID, w.BranchID = to, at },
			`UPDATE waybills SET customer_id = $3, branch_id = $4 WHERE customer_id = $2 AND `+k.ofMergeSQL(), m.ID, from, to, at)
	case "account_entries":
		both := []int64{from, to}
		slices.Sort(both)
		for _, id := range both { // in the order of every other act
			if _, _, err := tx.holdAccount(ctx, id); err != nil {
				return err
			}
		}
		if _, err := tx.exec(ctx, `UPDATE account_entries SET customer_id = $2, branch_id = $4 WHERE customer_id = $3 AND `+k.ofMergeSQL(), m.ID, to, from, cmp.Or(branch, m.BranchID)); err != nil {
			return err
		}
		return tx.resettle(ctx, both...)
	}
	if branch == 0 {
		_, err := tx.exec(ctx, moveRowsSQL(k), m.ID, to, from)
		return err
	}
	args := []any{m.ID, to, from, branch}
	if k.back != "" {
		args = append(args, m.primary)
	}
	_, err := tx.exec(ctx, backRowsSQL(k), args...)
	return err
}

// backRowsSQL lets rows go back to the file of which they came.
func backRowsSQL(k mergeKind) string {
	branch := `, branch_id = $4`
	if k.apart {
		branch = ``
	}
	where := ` WHERE customer_id = $3 AND CAST($4 AS BIGINT) <> 0 AND `
	return `UPDATE ` + k.table + ` SET customer_id = $2` + branch + k.back + where + k.ofMergeSQL()
}

// sealOver seals optional fields for the file whose they become.
func (tx *Tx) sealOver(ctx context.Context, m *Merge, k mergeKind, from, to, branch int64) error {
	rows, err := tx.QueryContext(ctx, `SELECT id, contact_id, field, sealed FROM sensitive_values WHERE customer_id = $2 AND `+k.ofMergeSQL(), m.ID, from)
	if err != nil {
		return err
	}
	defer rows.Close()
	type value struct {
		id, contact   int64
		field, sealed string
	}
	var list []value
	for rows.Next() {
		var v value
		if err := rows.Scan(&v.id, &v.contact, &v.field, &v.sealed); err != nil {
			return err
		}
		list = append(list, v)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, v := range list {
		owner := keyOwner(from, v.contact)
		a, err := tx.customerAEAD(ctx, owner)
		plain, err := openFor(a, err, owner, sealedPurpose(v.field), from, v.sealed)
		if err != nil {
			return err
		}
		sealed, err := tx.sealFor(ctx, keyOwner(to, v.contact), sealedPurpose(v.field), to, plain)
		if err != nil {
			return err
		}
		if _, err := tx.exec(ctx, `UPDATE sensitive_values SET customer_id = $2, branch_id = $3, sealed = $4 WHERE id = $1`, v.id, to, branch, sealed); err != nil {
			return err
		}
	}
	return nil
}

// afterMerge works out anew what follows from the rows of both files.
func (tx *Tx) afterMerge(ctx context.Context, m *Merge) error {
	for _, id := range []int64{m.KeptID, m.GoneID} {
		tx.noteLack("update", "contacts", id, nil)
		if err := recountVisitDays(ctx, tx, id); err != nil {
			return err
		}
		if err := reindexCustomer(ctx, tx, id); err != nil {
			return err
		}
		if err := tx.greetedByItsOwn(ctx, id); err != nil {
			return err
		}
	}
	if _, err := tx.exec(ctx, `DELETE FROM duplicate_pairs WHERE one_id = $1 OR other_id = $1`, m.GoneID); err != nil {
		return fmt.Errorf("pairs of customer %d: %w", m.GoneID, err)
	}
	return nil
}

const mergeColumns = `m.id, m.branch_id, m.kept_id, m.gone_id, k.name, g.name, g.code, m.moved, m.at, m.user_id, coalesce(u.name, ''), m.undone_at, m.back, m.primary_id, m.act_id, m.held`

// mergesSQL reads merges that meet a condition written in this package.
func mergesSQL(where string) string {
	return `SELECT ` + mergeColumns + ` FROM merges m JOIN customers k ON k.id = m.kept_id JOIN customers g ON g.id = m.gone_id LEFT JOIN users u ON u.id = m.user_id ` + where
}

func scanMerge(scan func(...any) error) (m Merge, err error) {
	var moved, back string
	if err := scan(&m.ID, &m.BranchID, &m.KeptID, &m.GoneID, &m.KeptName, &m.GoneName, &m.GoneCode, &moved, &m.At, &m.UserID, &m.UserName, &m.UndoneAt, &back, &m.primary, &m.act, &m.held); err != nil {
		return m, err
	}
	var kept struct {
		Rows   map[string]int `json:"rows"`
		Fields []string       `json:"fields"`
	}
	for text, into := range map[string]any{moved: &m.Moved, back: &kept} {
		if text != "" {
			if err := json.Unmarshal([]byte(text), into); err != nil {
				return m, fmt.Errorf("merge %d: %w", m.ID, err)
			}
		}
	}
	m.Back, m.Lasting = kept.Rows, kept.Fields
	return m, nil
}

// Merge returns one merge; the scope is that of the file that stays, in the bin or
// not. ErrNotFound beyond it.
func (d *DB) Merge(ctx context.Context, scope policy.Scope, id int64) (Merge, error) {
	return d.mergeIn(ctx, d.r, scope, id)
}

func (d *DB) mergeIn(ctx context.Context, q querier, scope policy.Scope, id int64) (m Merge, err error) {
	found := false
	err = eachOf(ctx, q, mergesSQL(`WHERE m.id = $1`), []any{id}, func(scan func(...any) error) (err error) {
		found = true
		m, err = scanMerge(scan)
		return err
	})
	if err == nil && found {
		var branch, owner, clerk int64
		err = q.QueryRowContext(ctx, `SELECT branch_id, coalesce(owner_id, 0), coalesce(clerk_id, 0) FROM customers WHERE id = $1`, m.KeptID).Scan(&branch, &owner, &clerk)
		found = d.sees(scope, branch, owner, clerk)
	}
	if err == nil && !found {
		err = ErrNotFound
	}
	if err != nil {
		return Merge{}, fmt.Errorf("merge %d: %w", id, err)
	}
	return m, nil
}

// MergesOf returns the files that went into a client's file and are there still,
// the latest first, at most limit. The caller has read the client in its scope.
func (d *DB) MergesOf(ctx context.Context, c Customer, limit int) (list []Merge, err error) {
	err = d.eachRow(ctx, mergesSQL(`WHERE m.kept_id = $1 AND m.undone_at = 0 ORDER BY m.id DESC LIMIT $2`), []any{c.ID, limit}, func(scan func(...any) error) error {
		m, err := scanMerge(scan)
		list = append(list, m)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("merges of customer %d: %w", c.ID, err)
	}
	return list, nil
}

// MergedInto returns the file in which a client's file went, and by which merge;
// ErrNotFound when it did not, or the scope does not see the file that stays.
func (d *DB) MergedInto(ctx context.Context, scope policy.Scope, gone int64) (kept, merge int64, err error) {
	var branch, owner, clerk int64
	err = d.r.QueryRowContext(ctx, `WITH RECURSIVE f(merge, kept) AS (SELECT id, kept_id FROM merges WHERE gone_id = $1 AND undone_at = 0
		UNION SELECT f.merge, m.kept_id FROM f JOIN merges m ON m.gone_id = f.kept AND m.undone_at = 0)
		SELECT f.merge, c.id, c.branch_id, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0) FROM f JOIN customers c ON c.id = f.kept WHERE c.deleted_at = 0`, gone).Scan(&merge, &kept, &branch, &owner, &clerk)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !d.sees(scope, branch, owner, clerk) {
		err = ErrNotFound
	}
	if err != nil {
		return 0, 0, fmt.Errorf("where customer %d went: %w", gone, err)
	}
	return kept, merge, nil
}

// Hanging is how much hangs on a file.
type Hanging struct{ Contacts, Visits, Cases, Parcels, Papers int }

// HangsOn counts it. The caller has read the client in its scope.
func (d *DB) HangsOn(ctx context.Context, c Customer) (n Hanging, err error) {
	err = d.r.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM contacts WHERE customer_id = $1 AND deleted_at = 0), (SELECT COUNT(*) FROM visits WHERE customer_id = $1 AND deleted_at = 0),
		(SELECT COUNT(*) FROM cases WHERE customer_id = $1 AND deleted_at = 0), (SELECT CAST(coalesce(SUM(waybills), 0) AS BIGINT) FROM customer_months WHERE customer_id = $1),
		(SELECT CAST(coalesce(SUM(entries), 0) AS BIGINT) FROM account_sums WHERE customer_id = $1)`, c.ID).Scan(&n.Contacts, &n.Visits, &n.Cases, &n.Parcels, &n.Papers)
	if err != nil {
		return n, fmt.Errorf("what hangs on customer %d: %w", c.ID, err)
	}
	return n, nil
}

// mergedAway says that a file in the bin is there because it went into another.
func (tx *Tx) mergedAway(ctx context.Context, id int64) (away bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM merges WHERE gone_id = $1 AND undone_at = 0)`, id).Scan(&away)
	return away, err
}

// mergedFiles are the files that went into a client's file, and into those.
func mergedFiles(ctx context.Context, q querier, kept int64) (list []int64, err error) {
	err = eachOf(ctx, q, `WITH RECURSIVE f(id) AS (SELECT gone_id FROM merges WHERE kept_id = $1 AND undone_at = 0
		UNION SELECT m.gone_id FROM merges m JOIN f ON m.kept_id = f.id WHERE m.undone_at = 0) SELECT id FROM f ORDER BY id`, []any{kept}, func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		list = append(list, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("files that went into customer %d: %w", kept, err)
	}
	return list, nil
}
