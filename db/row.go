package db

import (
	"context"
	"database/sql/driver"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// field names one column of a changeable row and where its value lives. The
// list of a row type is written once and serves scanning, inserting,
// updating, comparing and undoing.
type field struct {
	column string
	value  any // *string, *int64, *bool, *ref
}

// ref is a reference that may be missing: 0 in Go, NULL in the table.
type ref int64

// Scan reads NULL as 0.
func (r *ref) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*r = 0
	case int64:
		*r = ref(v)
	default:
		return fmt.Errorf("reference is %T", src)
	}
	return nil
}

// Value writes 0 as NULL.
func (r ref) Value() (driver.Value, error) {
	if r == 0 {
		return nil, nil
	}
	return int64(r), nil
}

// columns joins the column names, each with the prefix ("c." or none).
func columns(prefix string, fields []field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = prefix + f.column
	}
	return strings.Join(names, ", ")
}

// pointers returns what Scan fills.
func pointers(fields []field) []any {
	out := make([]any, len(fields))
	for i, f := range fields {
		out[i] = f.value
	}
	return out
}

// bound returns the value to bind.
func bound(v any) any {
	switch p := v.(type) {
	case *string:
		return *p
	case *int64:
		return *p
	case *bool:
		return *p
	case *ref:
		return *p
	}
	panic(fmt.Sprintf("db: field of type %T", v)) // a mistake in a field list; every list is tested
}

// plain returns the value as it stands in a before-image.
func plain(v any) any {
	if r, ok := v.(*ref); ok {
		return strconv.FormatInt(int64(*r), 10) // ids are strings in JSON
	}
	return bound(v)
}

func placeholders(from, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(from + i))
	}
	return b.String()
}

// insertSQL and updateSQL are the one place where a statement is put together
// from a field list. Table and column names come from this package only.
func insertSQL(table string, fields []field) string {
	return "INSERT INTO " + table + " (" + columns("", fields) + ") VALUES (" + placeholders(1, len(fields)) + ")"
}

func updateSQL(table string, names []string) string {
	sets := ""
	for i, n := range names {
		sets += ", " + n + " = $" + strconv.Itoa(i+4)
	}
	return "UPDATE " + table + " SET version = version + 1, updated_at = $3" + sets + " WHERE id = $1 AND version = $2"
}

// insert writes a new row.
func (tx *Tx) insert(ctx context.Context, table string, fields []field) error {
	args := make([]any, len(fields))
	for i, f := range fields {
		args[i] = bound(f.value)
	}
	if _, err := tx.exec(ctx, insertSQL(table, fields), args...); err != nil {
		if isUnique(err) {
			return fmt.Errorf("insert into %s: %w: %w", table, ErrTaken, err)
		}
		return fmt.Errorf("insert into %s: %w", table, err)
	}
	return nil
}

// diff compares two images of a row field by field.
func diff(before, after []field) map[string][2]any {
	changed := map[string][2]any{}
	for i := range before {
		if a, b := plain(before[i].value), plain(after[i].value); a != b {
			changed[before[i].column] = [2]any{a, b}
		}
	}
	return changed
}

// update writes the changed fields of a row whose version is still the one
// that was read, and raises the version; ErrConflict when it is not.
func (tx *Tx) update(ctx context.Context, table string, id, version int64, after []field, changed map[string][2]any) error {
	names := slices.Sorted(maps.Keys(changed))
	args := []any{id, version, tx.now()}
	for _, name := range names {
		i := slices.IndexFunc(after, func(f field) bool { return f.column == name })
		args = append(args, bound(after[i].value))
	}
	n, err := tx.exec(ctx, updateSQL(table, names), args...)
	switch {
	case err != nil && isUnique(err):
		return fmt.Errorf("update %s %d: %w: %w", table, id, ErrTaken, err)
	case err != nil:
		return fmt.Errorf("update %s %d: %w", table, id, err)
	case n == 0:
		return fmt.Errorf("update %s %d: %w", table, id, ErrConflict)
	}
	return nil
}

// Change is one changed row in the history of a customer.
type Change struct {
	ID       int64
	At       int64 // unix milliseconds
	UserID   int64
	UserName string
	Act      string // of the audit record
	Kind     string // create, update, delete, restore
	Entity   string
	RowID    int64
	Version  int64
	Reason   string        // said with the act, if anything was
	Fields   []FieldChange // by column name; empty for a created row
}

// FieldChange is one field as it was and became.
type FieldChange struct {
	Column        string
	Before, After any  // string, float64 (number), bool
	Lost          Lost // why the values are not there, "" when they are
}
