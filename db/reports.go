package db

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"yike/policy"
	"yike/policy/day"
)

// ShippedSum is what parcels come to: of a branch in a month, or of a word of
// one dimension in a span of months.
type ShippedSum struct {
	BranchID int64
	Month    string
	Value    string

	Waybills, Pieces, Freight, Signed, Exceptions int64 // cancelled ones count among the waybills alone
}

// Add puts another sum on top.
func (s *ShippedSum) Add(o ShippedSum) {
	s.Waybills += o.Waybills
	s.Pieces += o.Pieces
	s.Freight += o.Freight
	s.Signed += o.Signed
	s.Exceptions += o.Exceptions
}

// The dimensions that the sums of parcels are told apart by.
const (
	ByProduct  = "product"
	ByProvince = "province"
)

// ShippedMonthly are the sums of the parcels that the scope sees, of a branch
// and those below it or of all, by branch and month. Of who sees single clients
// only they are those of the clients, under their present branch.
func (d *DB) ShippedMonthly(ctx context.Context, scope policy.Scope, branch int64, first, last day.Day) ([]ShippedSum, error) {
	r := d.reach(scope, branch)
	if r.empty {
		return nil, nil
	}
	q := shippedSumsSQL(r.branches, first, last, "")
	if len(r.branches) == 0 && !r.all {
		where := bothSQL(condOf("c.deleted_at = 0 AND m.month >= ? AND m.month <= ?", first.String()[:7], last.String()[:7]), r.residual())
		q = cond{`SELECT c.branch_id, m.month, '', ` + shippedColumns("m") + ` FROM customers c JOIN customer_months m ON m.customer_id = c.id WHERE ` + where.text + ` GROUP BY c.branch_id, m.month`, where.args}
	}
	return d.shippedSums(ctx, q)
}

// ShippedParts are the same by the words of one dimension; nothing for who sees
// single clients only.
func (d *DB) ShippedParts(ctx context.Context, scope policy.Scope, branch int64, first, last day.Day, dim string) ([]ShippedSum, error) {
	r := d.reach(scope, branch)
	if r.empty || len(r.branches) == 0 {
		return nil, nil
	}
	return d.shippedSums(ctx, shippedSumsSQL(r.branches, first, last, dim))
}

func shippedColumns(alias string) string {
	var b strings.Builder
	for i, c := range []string{"waybills", "pieces", "freight_fen", "signed", "exceptions"} {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("CAST(SUM(" + alias + "." + c + ") AS BIGINT)")
	}
	return b.String()
}

// shippedSumsSQL seeks the kept sums of each branch and month.
func shippedSumsSQL(branches []int64, first, last day.Day, dim string) cond {
	in, args := marks(branches)
	keys, also := "s.branch_id, s.period, ''", " AND s.dim = '' AND s.value = ''"
	var months []any
	for m := first.MonthStart(); m <= last; m = m.AddMonths(1) {
		months = append(months, m.String()[:7])
	}
	args = append(args, months...)
	if dim != "" {
		keys, also, args = "CAST(0 AS BIGINT), '', s.value", " AND s.dim = ?", append(args, dim)
	}
	return cond{`SELECT ` + keys + `, ` + shippedColumns("s") + ` FROM waybill_sums s WHERE s.branch_id IN (` + in + `) AND s.period IN (` +
		strings.TrimSuffix(strings.Repeat("?, ", len(months)), ", ") + `)` + also + ` GROUP BY 1, 2, 3`, args}
}

func (d *DB) shippedSums(ctx context.Context, q cond) (list []ShippedSum, err error) {
	err = eachOf(ctx, d.r, numberSQL(q.text), q.args, func(scan func(...any) error) error {
		var s ShippedSum
		err := scan(&s.BranchID, &s.Month, &s.Value, &s.Waybills, &s.Pieces, &s.Freight, &s.Signed, &s.Exceptions)
		list = append(list, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("sums of parcels: %w", err)
	}
	return list, nil
}

// BranchesBelow are the branches right below one, or, of 0, those at the top of
// what the scope sees; none where it sees no more than one branch.
func (d *DB) BranchesBelow(scope policy.Scope, branch int64) (list []int64) {
	seen, _ := d.branchIDs(scope)
	t := d.tree.Load()
	for {
		list = list[:0]
		for _, id := range seen {
			parent := t.byID[id].ParentID
			if branch != 0 && parent == branch || branch == 0 && !slices.Contains(seen, parent) {
				list = append(list, id)
			}
		}
		if branch != 0 || len(list) != 1 {
			return list
		}
		branch = list[0]
	}
}

// InBranch says whether a branch is another, or stands below it.
func (d *DB) InBranch(branch, head int64) bool {
	return slices.Contains(d.tree.Load().below[head], branch)
}
