package db

import (
	"context"
	"fmt"

	"yike/policy"
)

// LoadGreetingFates asks, of every open greeting, what became of it, and writes
// down those for which fate says true, with the times that it gives: for
// generated data. It trusts what fate changes of a greeting. System only.
func (d *DB) LoadGreetingFates(ctx context.Context, by policy.Actor, fate func(*GreetingRow) bool) error {
	if err := systemOnly(by); err != nil {
		return err
	}
	var list []GreetingRow
	err := eachOf(ctx, d.r, greetingRowSQL+` WHERE g.state = 'open' AND g.lead_id IS NULL ORDER BY c.code, g.id`, nil, func(scan func(...any) error) error {
		g, err := scanGreeting(scanned(scan))
		if err == nil && fate(&g) {
			list = append(list, g)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("open greetings: %w", err)
	}
	return d.act(ctx, by, "greetings.load", func(tx *Tx) error {
		for i := range list {
			g := &list[i].Greeting
			fields := g.fields()
			values := []any{g.ID, g.CreatedAt, max(g.CreatedAt, g.ClosedAt)}
			for _, f := range fields {
				values = append(values, bound(f.value))
			}
			if _, err := tx.exec(ctx, greetingFateSQL, values...); err != nil {
				return fmt.Errorf("fate of greeting %d: %w", g.ID, err)
			}
		}
		tx.audit.rows = int64(len(list))
		return nil
	})
}

// scanned is the Scan of a row as scanGreeting takes it.
type scanned func(...any) error

func (s scanned) Scan(dest ...any) error { return s(dest...) }

var greetingFateSQL = func() string {
	text := `UPDATE greetings SET version = version + 1, created_at = $2, updated_at = $3`
	for i, f := range new(Greeting).fields() {
		text += fmt.Sprintf(", %s = $%d", f.column, i+4)
	}
	return text + ` WHERE id = $1 AND state = 'open'`
}()

// LoadLetter is a letter for LoadLetters, with the greeting that it is the
// letter of, 0 for none.
type LoadLetter struct {
	Letter
	GreetingID int64
}

// LoadLetters writes letters as they stand, with their own times, each once by
// its key: for generated data. It trusts the items. System only.
func (d *DB) LoadLetters(ctx context.Context, by policy.Actor, list []LoadLetter) error {
	if err := systemOnly(by); err != nil || len(list) == 0 {
		return err
	}
	return d.act(ctx, by, "outbox.load", func(tx *Tx) error {
		for _, l := range list {
			l.ID, l.Version, l.UpdatedAt = tx.newID(), 1, max(l.CreatedAt, l.SentAt)
			var args []any
			for _, f := range l.all() {
				args = append(args, bound(f.value))
			}
			n, err := tx.exec(ctx, addLetterSQL(), args...)
			if err == nil && n == 1 && l.GreetingID != 0 {
				_, err = tx.exec(ctx, `UPDATE greetings SET letter_id = $2 WHERE id = $1`, l.GreetingID, l.ID)
			}
			if err != nil {
				return fmt.Errorf("letter %s: %w", l.Key, err)
			}
		}
		tx.audit.rows = int64(len(list))
		return nil
	})
}
