package db

import (
	"context"
	"fmt"
	"strconv"

	"yike/policy"
	"yike/policy/casework"
)

// ClaimFilter narrows a list of claims; the zero value narrows nothing.
type ClaimFilter struct {
	State, Bearer string // State is also casework.ClaimAgreed
	From, To      string // days on which they were written down, both included
	BranchID      int64  // this one and those below it
	CustomerID    int64
	UserID        int64 // the courier who bears a part
	Also          *policy.Scope

	At    ClaimKey // keyset paging: the rows after this one
	Limit int      // 50 when 0; 500 at most
}

// ClaimKey is a place in a list of claims, the latest first.
type ClaimKey struct {
	Day string
	ID  int64
}

// ClaimSums are what the claims of a list add up to, in fen. Borne is by who
// bears it.
type ClaimSums struct {
	Count               int
	Asked, Agreed, Paid int64
	Borne               map[string]int64
}

func (d *DB) claimsWhere(scope policy.Scope, f ClaimFilter) conditions {
	var c conditions
	c.text = append(c.text, "e.deleted_at = 0", "coalesce(c.deleted_at, 0) = 0")
	d.seenBy(&c, "m", scope)
	if f.Also != nil {
		d.seenBy(&c, "m", *f.Also)
	}
	if f.BranchID != 0 {
		d.under(&c, "m", f.BranchID)
	}
	if f.CustomerID != 0 {
		c.add("m.customer_id = ?", f.CustomerID)
	}
	switch f.State {
	case "":
	case casework.ClaimAgreed:
		c.text = append(c.text, agreedSQL)
	default:
		c.add("m.state = ?", f.State)
	}
	if f.From != "" {
		c.add("m.day >= ?", f.From)
	}
	if f.To != "" {
		c.add("m.day <= ?", f.To)
	}
	if f.Bearer != "" {
		c.add("EXISTS (SELECT 1 FROM case_claim_shares s WHERE s.claim_id = m.id AND s.bearer = ?)", f.Bearer)
	}
	if f.UserID != 0 {
		c.add("EXISTS (SELECT 1 FROM case_claim_shares s WHERE s.claim_id = m.id AND s.user_id = ?)", f.UserID)
	}
	return c
}

// Claims returns a page of claims that the scope sees, the latest first, and
// whether there are more behind it.
func (d *DB) Claims(ctx context.Context, scope policy.Scope, f ClaimFilter) (list []ClaimRow, more bool, err error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	c := d.claimsWhere(scope, f)
	if f.At.ID != 0 {
		c.add("(m.day, m.id) < (?, ?)", f.At.Day, f.At.ID)
	}
	rows, err := d.r.QueryContext(ctx, claimRowSQL+c.whereSQL()+` ORDER BY m.day DESC, m.id DESC LIMIT `+strconv.Itoa(limit+1), c.args...)
	if err != nil {
		return nil, false, fmt.Errorf("claims: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		r, err := scanClaim(rows)
		if err != nil {
			return nil, false, fmt.Errorf("claims: %w", err)
		}
		list = append(list, r)
	}
	if len(list) > limit {
		list, more = list[:limit], true
	}
	return list, more, rows.Err()
}

// agreedSQL are the claims of which the amount was agreed to.
const agreedSQL = "m.state IN ('" + casework.ClaimApproved + "', '" + casework.ClaimPaid + "')"

// SumClaims adds up what Claims would list. Refused claims count as asked, and
// as nothing agreed.
func (d *DB) SumClaims(ctx context.Context, scope policy.Scope, f ClaimFilter) (ClaimSums, error) {
	out := ClaimSums{Borne: map[string]int64{}}
	c := d.claimsWhere(scope, f)
	if err := d.r.QueryRowContext(ctx, `SELECT COUNT(*), CAST(coalesce(SUM(m.asked), 0) AS BIGINT), CAST(coalesce(SUM(CASE WHEN `+agreedSQL+` THEN m.agreed ELSE 0 END), 0) AS BIGINT), CAST(coalesce(SUM(m.paid), 0) AS BIGINT)
		FROM case_claims m JOIN cases e ON e.id = m.case_id LEFT JOIN customers c ON c.id = m.customer_id`+c.whereSQL(), c.args...).Scan(&out.Count, &out.Asked, &out.Agreed, &out.Paid); err != nil {
		return out, fmt.Errorf("sum of claims: %w", err)
	}
	c.text = append(c.text, agreedSQL)
	rows, err := d.r.QueryContext(ctx, `SELECT s.bearer, CAST(SUM(s.amount) AS BIGINT) FROM case_claims m JOIN cases e ON e.id = m.case_id JOIN case_claim_shares s ON s.claim_id = m.id LEFT JOIN customers c ON c.id = m.customer_id`+
		c.whereSQL()+` GROUP BY s.bearer`, c.args...)
	if err != nil {
		return out, fmt.Errorf("who bears claims: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var bearer string
		var fen int64
		if err := rows.Scan(&bearer, &fen); err != nil {
			return out, fmt.Errorf("who bears claims: %w", err)
		}
		out.Borne[bearer] = fen
	}
	return out, rows.Err()
}

// ClaimPowers are what the actor may decide about a claim.
func (d *DB) ClaimPowers(by policy.Actor, r ClaimRow) casework.Powers { return d.powers(by, r) }
