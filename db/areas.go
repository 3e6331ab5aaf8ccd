package db

import (
	"context"
	"fmt"

	"yike/policy"
	"yike/policy/day"
)

// Area is what clients in one place are and bring (R209). Place is the code of
// their district, of their city where no district is known, "" where no city
// is (policy/place).
type Area struct {
	City, Place           string
	Clients               int64
	Kinds, Stages         map[string]int64 // of profile.Kinds and profile.Stages
	Pieces                int64            // sent in the months asked for
	Freight, Before, Year int64            // fen: then, in as many months before, and a year before
}

// Areas counts the clients that a scope sees of a branch and those below it (0:
// all) by where they are, with what those of whom money may be read sent in so
// many months from first. They come in no order.
func (d *DB) Areas(ctx context.Context, clients, money policy.Scope, branch int64, first day.Day, months int) ([]Area, error) {
	type key struct{ city, place string }
	found := map[key]*Area{}
	at := func(k key) *Area {
		if k.city == "" {
			k.place = ""
		}
		a := found[k]
		if a == nil {
			a = &Area{City: k.city, Place: k.place, Kinds: map[string]int64{}, Stages: map[string]int64{}}
			found[k] = a
		}
		return a
	}
	if r := d.reach(clients, branch); !r.empty {
		q := areaClientsSQL(r.residual())
		err := eachOf(ctx, d.r, numberSQL(q.text), q.args, func(scan func(...any) error) error {
			var k key
			var kind, stage string
			var n int64
			if err := scan(&k.city, &k.place, &kind, &stage, &n); err != nil {
				return err
			}
			a := at(k)
			a.Clients += n
			a.Kinds[kind] += n
			a.Stages[stage] += n
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("clients by area: %w", err)
		}
	}
	if r := d.reach(money, branch); !r.empty {
		q := areaFreightSQL(r.residual(), first, months)
		err := eachOf(ctx, d.r, numberSQL(q.text), q.args, func(scan func(...any) error) error {
			var k key
			var a Area
			if err := scan(&k.city, &k.place, &a.Pieces, &a.Freight, &a.Before, &a.Year); err != nil {
				return err
			}
			to := at(k)
			to.Pieces += a.Pieces
			to.Freight += a.Freight
			to.Before += a.Before
			to.Year += a.Year
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("freight by area: %w", err)
		}
	}
	out := make([]Area, 0, len(found))
	for _, a := range found {
		out = append(out, *a)
	}
	return out, nil
}

func areaClientsSQL(reach cond) cond {
	where := bothSQL(condOf("c.deleted_at = 0"), reach)
	return cond{`SELECT c.city_code, c.place_code, c.kind, c.stage, count(*) FROM customers c WHERE ` + where.text + ` GROUP BY c.city_code, c.place_code, c.kind, c.stage`, where.args}
}

func areaFreightSQL(reach cond, first day.Day, months int) cond {
	month := func(n int) string { return first.AddMonths(n).String()[:7] }
	in := func(column string) string {
		return `CAST(coalesce(sum(CASE WHEN m.month >= ? AND m.month < ? THEN m.` + column + ` ELSE 0 END), 0) AS BIGINT)`
	}
	where := bothSQL(condOf("(m.month >= ? AND m.month < ? OR m.month >= ? AND m.month < ?) AND c.deleted_at = 0", month(-months), month(months), month(-12), month(months-12)), reach)
	args := []any{month(0), month(months), month(0), month(months), month(-months), month(0), month(-12), month(months - 12)}
	return cond{`SELECT c.city_code, c.place_code, ` + in("pieces") + `, ` + in("freight_fen") + `, ` + in("freight_fen") + `, ` + in("freight_fen") + `
		FROM customers c JOIN customer_months m ON m.customer_id = c.id WHERE ` + where.text + ` GROUP BY c.city_code, c.place_code`, append(args, where.args...)}
}
