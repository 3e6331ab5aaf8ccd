package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yike/policy/find"
	"yike/policy/phone"
	"yike/policy/pinyin"
)

// A customer is found by grams: short pieces of everything it may be asked by,
// each with a letter before it that says of what. FTS5 (SQLite) and a GIN
// index (PostgreSQL) intersect them; the candidates are then compared with the
// text itself, so that the result equals a scan.
const (
	gramName     = 'n' // two characters of the name or short name
	gramPinyin   = 'p' // two and three letters of the full pinyin
	gramInitials = 'i' // two and three letters of the initials
	gramDigits   = 'd' // three digits of a phone
	gramCode     = 'c' // three characters of the customer code
	gramBranch   = 'b' // the branch, so that a search in one branch reads its own
)

func branchGram(branch int64) string { return string(gramBranch) + strconv.FormatInt(branch, 36) }

// grams appends the pieces of n characters of text.
func grams(out []string, kind rune, text string, n int) []string {
	runes := []rune(text)
	for i := 0; i+n <= len(runes); i++ {
		out = append(out, string(kind)+string(runes[i:i+n]))
	}
	return out
}

// customerGrams returns every gram of a customer, each once.
func customerGrams(branch int64, names []string, code string, numbers []string) []string {
	out := []string{branchGram(branch)}
	for _, name := range names {
		if name == "" {
			continue
		}
		out = grams(out, gramName, find.Fold(name), 2)
		for _, r := range pinyin.Readings(name) {
			full, initials := find.Fold(r.Full), find.Fold(r.Initials)
			out = grams(grams(out, gramPinyin, full, 2), gramPinyin, full, 3)
			out = grams(grams(out, gramInitials, initials, 2), gramInitials, initials, 3)
		}
	}
	out = grams(out, gramCode, find.Fold(code), 3)
	for _, n := range numbers {
		out = grams(out, gramDigits, phone.SearchKey(n), 3)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// indexCustomer writes the grams of a new file.
func indexCustomer(ctx context.Context, tx *Tx, c *Customer, contactNumbers []string) error {
	list := customerGrams(c.BranchID, []string{c.Name, c.ShortName}, c.Code, append(slices.Clone(c.Phones), contactNumbers...))
	query, arg := `INSERT INTO customer_search (rowid, grams) VALUES ($1, $2)`, any(strings.Join(list, " "))
	if tx.db.postgres {
		query, arg = `INSERT INTO customer_search (customer_id, grams) VALUES ($1, $2)`, any(list)
	}
	if _, err := tx.exec(ctx, query, c.ID, arg); err != nil {
		return fmt.Errorf("search keys of customer %d: %w", c.ID, err)
	}
	return nil
}

// unindexCustomer takes a file out of the search.
func unindexCustomer(ctx context.Context, tx *Tx, id int64) error {
	query := `DELETE FROM customer_search WHERE rowid = $1`
	if tx.db.postgres {
		query = `DELETE FROM customer_search WHERE customer_id = $1`
	}
	if _, err := tx.exec(ctx, query, id); err != nil {
		return fmt.Errorf("search keys of customer %d: %w", id, err)
	}
	return nil
}

// reindexCustomer writes the grams of a changed file anew.
func reindexCustomer(ctx context.Context, tx *Tx, id int64) error {
	if err := unindexCustomer(ctx, tx, id); err != nil {
		return err
	}
	var c Customer
	err := tx.QueryRowContext(ctx, `SELECT id, branch_id, name, short_name, code, deleted_at FROM customers WHERE id = $1`, id).
		Scan(&c.ID, &c.BranchID, &c.Name, &c.ShortName, &c.Code, &c.DeletedAt)
	if err != nil {
		return fmt.Errorf("search keys of customer %d: %w", id, err)
	}
	if c.DeletedAt != 0 {
		return nil
	}
	rows, err := tx.QueryContext(ctx, `SELECT number FROM phones WHERE customer_id = $1`, id)
	if err != nil {
		return fmt.Errorf("search keys of customer %d: %w", id, err)
	}
	defer rows.Close()
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			return fmt.Errorf("search keys of customer %d: %w", id, err)
		}
		c.Phones = append(c.Phones, n)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("search keys of customer %d: %w", id, err)
	}
	return indexCustomer(ctx, tx, &c, nil)
}
