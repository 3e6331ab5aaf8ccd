package db

import (
	"context"
	"fmt"

	"yike/policy"
	"yike/policy/dedupe"
)

// DuplicateQuery is what has been typed of a customer that may be on file
// already. Phones and CreditCode are canonical; what is empty is not asked.
type DuplicateQuery struct {
	Name, CreditCode string
	Phones           []string
	Except           int64 // the file that is being edited
}

// Duplicate is a file that has something in common with what was typed. Of a
// file that the reader may not open only the owner and the branch are told, so
// that they know whom to ask: ID, Name and Code are empty then, Open is false.
type Duplicate struct {
	ID                   int64
	Name, Code           string
	BranchID             int64
	OwnerName, ClerkName string
	Open                 bool
	Why                  []string // dedupe.SamePhone, SameCreditCode, SameName
	Sure                 bool     // dedupe.Same: one and the same customer
}

// duplicatePhones is how many of the typed numbers are looked up.
const duplicatePhones = 6

// Duplicates looks through the whole company, by index, for files with the same
// phone, credit code or folded name: at most five for each. scope decides what
// is told of them, not whether they are found.
func (d *DB) Duplicates(ctx context.Context, scope policy.Scope, q DuplicateQuery) ([]Duplicate, error) {
	fold := dedupe.FoldName(q.Name)
	if fold == "" && q.CreditCode == "" && len(q.Phones) == 0 {
		return nil, nil
	}
	args := []any{q.Except, fold, q.CreditCode}
	for i := range duplicatePhones {
		number := "" // no number on file is empty
		if i < len(q.Phones) {
			number = q.Phones[i]
		}
		args = append(args, number)
	}
	rows, err := d.r.QueryContext(ctx, `
		SELECT c.id, c.name, c.code, c.credit_code, c.branch_id, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0),
		       coalesce(o.name, ''), coalesce(k.name, ''), coalesce(p.number, '')
		FROM customers c
		LEFT JOIN users o ON o.id = c.owner_id
		LEFT JOIN users k ON k.id = c.clerk_id
		LEFT JOIN phones p ON p.customer_id = c.id
		WHERE c.id IN (
			SELECT id FROM (SELECT id FROM customers WHERE name_fold = $2 AND name_fold <> '' AND deleted_at = 0 AND id <> $1 LIMIT 5) a
			UNION
			SELECT id FROM (SELECT id FROM customers WHERE credit_code = $3 AND credit_code <> '' AND deleted_at = 0 AND id <> $1 LIMIT 5) b
			UNION
			SELECT id FROM (
				SELECT m.id FROM phones n JOIN customers m ON m.id = n.customer_id
				WHERE n.number IN ($4, $5, $6, $7, $8, $9) AND n.number <> '' AND m.deleted_at = 0 AND m.id <> $1
				LIMIT 5) e)
		ORDER BY c.id, p.position`, args...)
	if err != nil {
		return nil, fmt.Errorf("duplicates: %w", err)
	}
	defer rows.Close()
	typed := dedupe.Party{Name: q.Name, Phones: q.Phones, CreditCode: q.CreditCode}
	var out []Duplicate
	var parties []dedupe.Party
	for rows.Next() {
		var it Duplicate
		var party dedupe.Party
		var owner, clerk int64
		var number string
		if err := rows.Scan(&it.ID, &it.Name, &it.Code, &party.CreditCode, &it.BranchID, &owner, &clerk,
			&it.OwnerName, &it.ClerkName, &number); err != nil {
			return nil, fmt.Errorf("duplicates: %w", err)
		}
		if n := len(out); n == 0 || out[n-1].ID != it.ID {
			it.Open = d.sees(scope, it.BranchID, owner, clerk)
			party.Name = it.Name
			out, parties = append(out, it), append(parties, party)
		}
		if number != "" {
			last := &parties[len(parties)-1]
			last.Phones = append(last.Phones, number)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("duplicates: %w", err)
	}
	for i := range out {
		sure, reasons := dedupe.Same(typed, parties[i])
		out[i].Sure = sure
		seen := map[string]bool{}
		for _, r := range reasons {
			if !seen[r.Code] {
				out[i].Why, seen[r.Code] = append(out[i].Why, r.Code), true
			}
		}
		if !out[i].Open {
			out[i].ID, out[i].Name, out[i].Code = 0, "", ""
		}
	}
	return out, nil
}
