package db

import (
	"strconv"
	"strings"
	"yike/policy"
)

// conditions is a WHERE that grows with its arguments.
type conditions struct {
	text []string
	args []any
}

// add appends a condition; each ? stands for one argument.
func (c *conditions) add(text string, args ...any) {
	for _, a := range args {
		c.args = append(c.args, a)
		text = strings.Replace(text, "?", "$"+strconv.Itoa(len(c.args)), 1)
	}
	c.text = append(c.text, text)
}

// marks returns n question marks and the ids as arguments.
func marks(ids []int64) (string, []any) {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	return strings.TrimSuffix(strings.Repeat("?, ", len(ids)), ", "), args
}

func (c *conditions) whereSQL() string { return " WHERE " + strings.Join(c.text, " AND ") }

// seenBy holds a query over rows that hang on a client (visits, waybills; alias is
// theirs) to what the scope sees: those of its branches, and those of one's own
// clients.
func (d *DB) seenBy(c *conditions, alias string, scope policy.Scope) {
	if text, args := d.seenSQL(alias, scope); text != "" {
		c.add(text, args...)
	}
}

func (d *DB) seenSQL(alias string, scope policy.Scope) (text string, args []any) {
	list, all := d.branchIDs(scope)
	if all {
		return "", nil
	}
	var parts []string
	if len(list) > 0 {
		in, ids := marks(list)
		parts, args = append(parts, alias+".branch_id IN ("+in+")"), append(args, ids...)
	}
	if own := scope.Own(); own != 0 {
		parts = append(parts, alias+`.customer_id IN (SELECT id FROM customers WHERE owner_id = ? AND deleted_at = 0
			UNION SELECT id FROM customers WHERE clerk_id = ? AND deleted_at = 0)`)
		args = append(args, own, own)
	}
	if parts == nil {
		parts = []string{"1 = 0"}
	}
	return "(" + strings.Join(parts, " OR ") + ")", args
}

// under holds such a query to a branch and those below it.
func (d *DB) under(c *conditions, alias string, branch int64) {
	text, ids := underSQL(alias, append([]int64{0}, d.tree.Load().below[branch]...))
	c.add(text, ids...)
}

func underSQL(alias string, branches []int64) (text string, ids []any) {
	in, ids := marks(branches)
	return alias + ".branch_id IN (" + in + ")", ids
}
