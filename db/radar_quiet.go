package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yike/policy"
	"yike/policy/day"
	"yike/policy/radar"
)

// quietBatch is how many clients one transaction writes: few enough that nobody
// who saves a form waits for it.
const quietBatch = 100

// quietNow is a client with how far on the way to silence it is.
type quietNow struct {
	id   int64
	stop string
}

// settleQuiet writes how far the clients after one through another are on the
// way to silence (customers.quiet), where that is another stop than before.
// list are those of them who shipped within the span of the sweep.
func (s *radarSweep) settleQuiet(ctx context.Context, from, last int64, list []shipperDays) error {
	lasts := make(map[int64]day.Day, len(list))
	for i := range list {
		lasts[list[i].id] = list[i].days.Last()
	}
	moved, err := s.quietMoves(ctx, from, last, lasts)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(moved, quietBatch) {
		err := s.d.write(ctx, func(tx *Tx) error {
			for _, m := range part {
				if _, err := tx.exec(ctx, `UPDATE customers SET quiet = $2 WHERE id = $1`, m.id, m.stop); err != nil {
					return fmt.Errorf("customer %d: %w", m.id, err)
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("radar: countdown: %w", err)
		}
	}
	return nil
}

// quietMoves are the clients of a range whose stop is another than is written.
func (s *radarSweep) quietMoves(ctx context.Context, from, last int64, lasts map[int64]day.Day) (moved []quietNow, err error) {
	ctx = context.WithoutCancel(ctx) // as in clients
	rows, err := s.d.r.QueryContext(ctx, `SELECT c.id, c.branch_id, c.quiet, c.deleted_at = 0 AND c.state <> 'archived',
			EXISTS (SELECT 1 FROM customer_months m WHERE m.customer_id = c.id AND m.pieces > 0)
		FROM customers c WHERE c.id > $1 AND c.id <= $2`, from, last)
	if err != nil {
		return nil, fmt.Errorf("radar: countdown: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var c quietNow
		var branch int64
		var looked, shipped bool
		if err := rows.Scan(&c.id, &branch, &c.stop, &looked, &shipped); err != nil {
			return nil, fmt.Errorf("radar: countdown: %w", err)
		}
		stop := ""
		if looked && shipped {
			through := min(s.through[branch], s.today.Add(-1))
			at := lasts[c.id]
			switch {
			case !through.Valid():
				continue // nothing is known of the branch
			case at.Valid():
				stop = quietWord(radar.Quiet(at, through))
			case through < radar.SilentFrom(s.since):
				continue // it last shipped before the span, as everybody may have
			default:
				stop = quietWord(radar.Gone)
			}
		}
		if stop != c.stop {
			moved = append(moved, quietNow{c.id, stop})
		}
	}
	return moved, rows.Err()
}

// quietWord is a stop as it is written, "" for none.
func quietWord(stop int) string {
	if stop == 0 {
		return ""
	}
	return strconv.Itoa(stop)
}

// QuietFigure is how many clients have reached a stop of the countdown to
// silence.
type QuietFigure struct {
	Stop    string // as CustomerFilter.Quiet has it
	Clients int64
	More    bool // more than CountLimit
}

// QuietFigures counts, of each stop of the countdown to silence, what the list
// of customers counts with it.
func (d *DB) QuietFigures(ctx context.Context, scope policy.Scope, branch int64) ([]QuietFigure, error) {
	out := make([]QuietFigure, len(radar.QuietStops))
	var parts []string
	var args []any
	var to []any
	keys := map[int]string{}
	for i, stop := range radar.QuietStops {
		out[i].Stop = quietWord(stop)
		l := d.listing(scope, CustomerFilter{Branch: branch, Quiet: out[i].Stop})
		if l.reach.empty {
			continue
		}
		key := l.key()
		if d.counts.more(key, d.now()) {
			out[i].Clients, out[i].More = CountLimit, true
			continue
		}
		q := l.plainCountSQL(CountLimit + 1)
		parts, args, to, keys[i] = append(parts, "("+q.text+")"), append(args, q.args...), append(to, &out[i].Clients), key
	}
	if len(parts) == 0 {
		return out, nil
	}
	rows, err := d.query(ctx, cond{"SELECT " + strings.Join(parts, ", "), args})
	if err != nil {
		return nil, fmt.Errorf("countdown to silence: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(to...); err != nil {
			return nil, fmt.Errorf("countdown to silence: %w", err)
		}
	}
	for i, key := range keys {
		if out[i].Clients > CountLimit {
			out[i].Clients, out[i].More = CountLimit, true
			d.counts.keep(key, d.now())
		}
	}
	return out, rows.Err()
}
