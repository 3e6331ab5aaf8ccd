package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"yike/policy"
	"yike/policy/unusual"
)

// Alert is what managers are told of a person's unusual looking on one day.
type Alert struct {
	ID, UserID, BranchID int64 // BranchID: the person's own
	User                 string
	Day                  string
	At                   int64 // unix milliseconds
	Kind                 unusual.Kind
	Count, Usual         int64
	SeenAt               int64 // 0: nobody has dealt with it
	SeenBy               string
	Note                 string
	Version              int64
}

// RaiseAlerts judges how much everybody looked today and leaves an alert for
// whose looking is unusual; once for each person and day. It returns how many
// are new. A job runs it every few minutes.
func (d *DB) RaiseAlerts(ctx context.Context, by policy.Actor) (int64, error) {
	now := d.now()
	today := Day(now)
	usage, err := d.usage(ctx, now)
	if err != nil {
		return 0, err
	}
	var raised int64
	for user, u := range usage {
		branch, err := d.homeOf(ctx, user)
		if err != nil {
			return raised, err
		}
		rule, _, err := d.Privacy(ctx, branch, today)
		if err != nil {
			return raised, err
		}
		if u.Files > rule.Unusual.Files {
			if u.Before, err = d.daysBefore(ctx, user, now); err != nil {
				return raised, err
			}
		}
		found := unusual.Judge(u, rule.Unusual)
		if found.Kind == unusual.Nothing {
			continue
		}
		fresh, err := d.raise(ctx, by, Alert{UserID: user, BranchID: branch, Day: today, Kind: found.Kind, Count: int64(found.N), Usual: int64(found.Usual)})
		if err != nil {
			return raised, err
		}
		if fresh {
			raised++
		}
	}
	return raised, nil
}

// usage is what each person did today: clients whose data they looked at, and
// fields revealed within the last hour.
func (d *DB) usage(ctx context.Context, now time.Time) (map[int64]unusual.Usage, error) {
	out := map[int64]unusual.Usage{}
	read := func(put func(u *unusual.Usage, n int), query string, args ...any) error {
		rows, err := d.r.QueryContext(ctx, query, args...)
		if err != nil {
			return fmt.Errorf("looks of today: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var user int64
			var n int
			if err := rows.Scan(&user, &n); err != nil {
				return fmt.Errorf("looks of today: %w", err)
			}
			u := out[user]
			put(&u, n)
			out[user] = u
		}
		return rows.Err()
	}
	hour := now.Add(-time.Hour)
	err := read(func(u *unusual.Usage, n int) { u.Files = n },
		`SELECT l.user_id, COUNT(*) FROM users u JOIN customer_looks l ON l.user_id = u.id WHERE l.day = $1 GROUP BY l.user_id`, Day(now))
	if err == nil {
		err = read(func(u *unusual.Usage, n int) { u.Reveals = n },
			`SELECT user_id, COUNT(*) FROM reveals WHERE day >= $1 AND at > $2 GROUP BY user_id`, Day(hour), hour.UnixMilli())
	}
	return out, err
}

// lookDays is how far back a person's usual day is looked for.
const lookDays = 30

// daysBefore counts a person's clients for each earlier day on which they
// looked at any.
func (d *DB) daysBefore(ctx context.Context, user int64, now time.Time) ([]int, error) {
	rows, err := d.r.QueryContext(ctx, `
		SELECT COUNT(*) FROM customer_looks WHERE user_id = $1 AND day >= $2 AND day < $3 GROUP BY day`,
		user, Day(now.AddDate(0, 0, -lookDays)), Day(now))
	if err != nil {
		return nil, fmt.Errorf("earlier looks: %w", err)
	}
	defer rows.Close()
	var out []int
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			return nil, fmt.Errorf("earlier looks: %w", err)
		}
		out = append(out, n)
	}
	return out, rows.Err()
}

func (d *DB) homeOf(ctx context.Context, user int64) (branch int64, err error) {
	if err = d.r.QueryRowContext(ctx, `SELECT branch_id FROM users WHERE id = $1`, user).Scan(&branch); err != nil {
		return 0, fmt.Errorf("user %d: %w", user, err)
	}
	return branch, nil
}

// raise leaves one alert; fresh is false when there is one of that day.
func (d *DB) raise(ctx context.Context, by policy.Actor, a Alert) (fresh bool, err error) {
	err = d.r.QueryRowContext(ctx, `SELECT 1 FROM look_alerts WHERE user_id = $1 AND day = $2`, a.UserID, a.Day).Scan(new(int))
	if err == nil || !errors.Is(err, sql.ErrNoRows) {
		return false, err
	}
	err = d.act(ctx, by, "alerts.raise", func(tx *Tx) error {
		id := tx.newID()
		n, err := tx.exec(ctx, `
			INSERT INTO look_alerts (id, user_id, branch_id, day, at, kind, count, usual, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $5)
			ON CONFLICT (user_id, day) DO NOTHING`, id, a.UserID, a.BranchID, a.Day, tx.now(), string(a.Kind), a.Count, a.Usual)
		if err != nil {
			return fmt.Errorf("raise alert: %w", err)
		}
		if n == 0 {
			return errRaised // another node was first
		}
		fresh = true
		tx.about(a.BranchID, a.UserID)
		tx.audit.rows = 1
		tx.detail(map[string]any{"kind": a.Kind, "count": a.Count, "usual": a.Usual})
		return nil
	})
	if errors.Is(err, errRaised) {
		return false, nil
	}
	return fresh, err
}

var errRaised = errors.New("raised already")

// mostAlerts bounds a page of alerts.
const mostAlerts = 200

// Alerts returns the alerts about people of the branches that the actor is told
// of, the newest first; only those nobody has dealt with unless all. What is
// about the actor is for others to see.
func (d *DB) Alerts(ctx context.Context, by policy.Actor, all bool) ([]Alert, error) {
	rows, err := d.r.QueryContext(ctx, `
		SELECT a.id, a.user_id, a.branch_id, u.name, a.day, a.at, a.kind, a.count, a.usual, a.seen_at, coalesce(s.name, ''), a.note, a.version
		FROM look_alerts a JOIN users u ON u.id = a.user_id LEFT JOIN users s ON s.id = a.seen_by
		WHERE a.user_id <> $1 AND (a.seen_at = 0 OR $2) ORDER BY a.id DESC LIMIT 2000`, by.UserID, all)
	if err != nil {
		return nil, fmt.Errorf("alerts: %w", err)
	}
	defer rows.Close()
	var out []Alert
	scope := by.Scope(policy.AlertRead)
	for rows.Next() && len(out) < mostAlerts {
		var a Alert
		if err := rows.Scan(&a.ID, &a.UserID, &a.BranchID, &a.User, &a.Day, &a.At, &a.Kind, &a.Count, &a.Usual, &a.SeenAt, &a.SeenBy, &a.Note, &a.Version); err != nil {
			return nil, fmt.Errorf("alerts: %w", err)
		}
		if scope.SeesBranch(d.Chain(a.BranchID)) {
			out = append(out, a)
		}
	}
	return out, rows.Err()
}

// OpenAlert is an alert that nobody has dealt with: about whom, of which branch.
type OpenAlert struct{ UserID, BranchID int64 }

// OpenAlerts returns all of them, for counting by whoever is told; at most a
// thousand.
func (d *DB) OpenAlerts(ctx context.Context) ([]OpenAlert, error) {
	rows, err := d.r.QueryContext(ctx, `SELECT user_id, branch_id FROM look_alerts WHERE seen_at = 0 LIMIT 1000`)
	if err != nil {
		return nil, fmt.Errorf("open alerts: %w", err)
	}
	defer rows.Close()
	var out []OpenAlert
	for rows.Next() {
		var a OpenAlert
		if err := rows.Scan(&a.UserID, &a.BranchID); err != nil {
			return nil, fmt.Errorf("open alerts: %w", err)
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

// SeeAlert marks an alert as dealt with and keeps what came of it. It is
// ErrNotFound where the actor is not told of that branch, or when it is about
// the actor; ErrConflict when somebody was first.
func (d *DB) SeeAlert(ctx context.Context, by policy.Actor, id, version int64, note string) error {
	return d.act(ctx, by, "alerts.see", func(tx *Tx) error {
		var user, branch, seen int64
		err := tx.QueryRowContext(ctx, `SELECT user_id, branch_id, seen_at FROM look_alerts WHERE id = $1`, id).Scan(&user, &branch, &seen)
		if errors.Is(err, sql.ErrNoRows) || err == nil && (user == by.UserID || !by.Scope(policy.AlertRead).SeesBranch(d.Chain(branch))) {
			err = ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("alert %d: %w", id, err)
		}
		n, err := tx.exec(ctx, `
			UPDATE look_alerts SET seen_at = $3, seen_by = $4, note = $5, version = version + 1, updated_at = $3
			WHERE id = $1 AND version = $2 AND seen_at = 0`, id, version, tx.now(), ref(by.UserID), note)
		if err == nil && n == 0 {
			err = ErrConflict
		}
		if err != nil {
			return fmt.Errorf("alert %d: %w", id, err)
		}
		tx.about(branch, user)
		tx.detail(map[string]any{"reason": note})
		return tx.change(ctx, "update", "look_alerts", id, branch, 0, version+1, map[string][2]any{"note": {"", note}, "seen_by": {"0", strconv.FormatInt(by.UserID, 10)}})
	})
}

// RevealedTo names the clients whose fields a person had revealed on a day, of
// those that the scope sees, with how many fields.
func (d *DB) RevealedTo(ctx context.Context, scope policy.Scope, user int64, day string) ([]RevealedCustomer, error) {
	rows, err := d.r.QueryContext(ctx, `
		SELECT c.id, c.name, c.branch_id, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), COUNT(*)
		FROM reveals r JOIN customers c ON c.id = r.customer_id
		WHERE r.day = $1 AND r.user_id = $2 AND c.deleted_at = 0
		GROUP BY c.id, c.name, c.branch_id, c.owner_id, c.clerk_id LIMIT 500`, day, user)
	if err != nil {
		return nil, fmt.Errorf("revealed to %d: %w", user, err)
	}
	defer rows.Close()
	var out []RevealedCustomer
	for rows.Next() {
		var c RevealedCustomer
		var branch, owner, clerk int64
		if err := rows.Scan(&c.ID, &c.Name, &branch, &owner, &clerk, &c.Fields); err != nil {
			return nil, fmt.Errorf("revealed to %d: %w", user, err)
		}
		if d.sees(scope, branch, owner, clerk) {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(x, y RevealedCustomer) int { return int(y.Fields - x.Fields) })
	return out, rows.Err()
}

// RevealedCustomer is a client and how many of its fields were revealed.
type RevealedCustomer struct {
	ID     int64
	Name   string
	Fields int64
}

// SweepLooks removes counters of daily caps older than a year, and the runs of
// jobs of every few minutes that ended, well or not, more than two days ago; the
// reveals themselves stay as long as the audit does.
func (d *DB) SweepLooks(ctx context.Context) (int64, error) {
	var n int64
	err := d.write(ctx, func(tx *Tx) error {
		k, err := tx.exec(ctx, `DELETE FROM daily_uses WHERE day < $1`, Day(tx.at.AddDate(-1, 0, 0)))
		if err != nil {
			return fmt.Errorf("sweep looks: %w", err)
		}
		n += k
		if k, err = tx.exec(ctx, `DELETE FROM job_runs WHERE job IN ('unusual-looks', 'ladder') AND state IN ('done', 'failed') AND ended_at < $1`, tx.now()-48*3600_000); err != nil {
			return fmt.Errorf("sweep looks: %w", err)
		}
		n += k
		return nil
	})
	return n, err
}
