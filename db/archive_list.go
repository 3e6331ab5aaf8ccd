package db

import (
	"context"
	"fmt"

	"yike/policy"
	"yike/policy/day"
	"yike/policy/retention"
)

// ArchivedFilter asks for a page of the archive; zero fields do not filter.
type ArchivedFilter struct {
	Kind     retention.Kind
	Client   int64
	From, To string
	After    WaybillKey // a day and an id
	Limit    int
}

// archivedLooked is how many rows a page looks at to find those that the reader
// may know of.
const archivedLooked = 20_000

// ArchivedList lists what stands in the archive and the scope sees, the latest
// first, without its texts. next says where older ones begin that were not
// looked at, nil = there are none; a page that has none of its own may have one.
func (d *DB) ArchivedList(ctx context.Context, scope policy.Scope, f ArchivedFilter) (out []Archived, next *WaybillKey, err error) {
	at := f.After
	if at.Day == "" {
		at = WaybillKey{Day: day.Last.String(), ID: 1<<63 - 1}
	}
	for looked := 0; looked < archivedLooked; {
		list, err := d.archivedBefore(ctx, f, at)
		if err != nil {
			return nil, nil, err
		}
		for _, a := range list {
			if a.branch != 0 && d.sees(scope, a.branch, a.owner, a.clerk) {
				if len(out) == f.Limit {
					return out, &at, nil
				}
				out = append(out, a)
			}
			at = WaybillKey{Day: a.Day, ID: a.ID}
		}
		if looked += len(list); len(list) < archivedPage {
			return out, nil, nil
		}
	}
	return out, &at, nil
}

const archivedPage = 100

// archivedFrom reads a kind of the archive with the place of each row: its
// client's, of one that may be of no client on file its own.
const archivedFrom = ` FROM archived a LEFT JOIN customers c ON c.id = a.customer_id `

var archivedPlaced = map[retention.Kind]string{
	retention.Visits:  `coalesce(c.branch_id, 0)` + archivedFrom,
	retention.Cases:   `coalesce(c.branch_id, x.branch_id, 0)` + archivedFrom + `LEFT JOIN cases x ON x.id = a.row_id`,
	retention.Forms:   `coalesce(c.branch_id, 0)` + archivedFrom,
	retention.Ratings: `coalesce(c.branch_id, x.branch_id, 0)` + archivedFrom + `LEFT JOIN ratings x ON x.id = a.row_id`,
	retention.Letters: `coalesce(c.branch_id, x.branch_id, 0)` + archivedFrom + `LEFT JOIN outbox x ON x.id = a.row_id`,
}

func (d *DB) archivedBefore(ctx context.Context, f ArchivedFilter, at WaybillKey) ([]Archived, error) {
	var c conditions
	c.add("(a.day, a.id) < (?, ?)", at.Day, at.ID)
	c.add("a.kind = ?", string(f.Kind))
	if f.Client != 0 {
		c.add("a.customer_id = ?", f.Client)
	}
	if f.From != "" {
		c.add("a.day >= ?", f.From)
	}
	if f.To != "" {
		c.add("a.day <= ?", f.To)
	}
	var out []Archived
	err := eachOf(ctx, d.r, `SELECT a.id, a.kind, a.row_id, coalesce(a.customer_id, 0), a.day, a.archived_at, a.rule_version,
		coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), coalesce(c.name, ''), `+archivedPlaced[f.Kind]+c.whereSQL()+` ORDER BY a.day DESC, a.id DESC LIMIT 100`,
		c.args, func(scan func(...any) error) error {
			var a Archived
			var kind string
			err := scan(&a.ID, &kind, &a.Row, &a.CustomerID, &a.Day, &a.ArchivedAt, &a.RuleVersion, &a.owner, &a.clerk, &a.Customer, &a.branch)
			a.Kind = retention.Kind(kind)
			out = append(out, a)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list the archive: %w", err)
	}
	return out, nil
}
