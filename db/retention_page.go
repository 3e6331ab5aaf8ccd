package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"yike/policy"
	"yike/policy/day"
	"yike/policy/retention"
)

// KindState is how a kind stands today: how many rows are in use and archived,
// whose time is over by now, and whose will be in thirty days, each counted up
// to CountedKept. Held is how many of them were held on the last night.
type KindState struct {
	Kind                     retention.Kind
	Term                     retention.Term
	InUse, Archived          int64
	ArchiveDue, DestroyDue   int64 // by now
	ArchiveSoon, DestroySoon int64 // by then
	ArchiveHeld, DestroyHeld int64
	ArchiveFrom, DestroyFrom string // what began before that day is due
	SoonArchive, SoonDestroy string // … in thirty days
}

// CountedKept is up to how many rows a KindState counts.
const CountedKept = countedRows

// KeptSoon is for how many days ahead the page of times looks.
const KeptSoon = 30

// RetentionState counts every kind by a rule.
func (d *DB) RetentionState(ctx context.Context, rule retention.Rule) ([]KindState, error) {
	today := dayParsed(Day(d.now()))
	var out []KindState
	for _, kind := range retention.Kinds {
		s := KindState{Kind: kind, Term: rule.Term(kind)}
		s.DestroyFrom, s.SoonDestroy = retention.Before(today, s.Term.Destroy).String(), retention.Before(today.Add(KeptSoon), s.Term.Destroy).String()
		var err error
		switch {
		case kind == retention.Bin:
			err = d.countBin(ctx, today, &s)
		case kind.Archived():
			err = d.countKind(ctx, keptKinds[kind], today, &s)
		default:
			err = d.countWiped(ctx, wipedKinds[kind], today, &s)
		}
		if err != nil {
			return nil, fmt.Errorf("count %s: %w", kind, err)
		}
		out = append(out, s)
	}
	return out, d.lastHeld(ctx, today, out)
}

func (d *DB) countKind(ctx context.Context, k *keptKind, today day.Day, s *KindState) error {
	now, soon := retention.Before(today, s.Term.Archive), retention.Before(today.Add(KeptSoon), s.Term.Archive)
	s.ArchiveFrom, s.SoonArchive = now.String(), soon.String()
	const archived = `SELECT count(*) FROM (SELECT 1 FROM archived WHERE kind = $1 AND day < $2 LIMIT 100001) x`
	for _, c := range []struct {
		into  *int64
		query string
		args  []any
	}{
		{&s.InUse, k.inUse, nil}, {&s.ArchiveDue, k.dueSoon, []any{k.bound(now)}}, {&s.ArchiveSoon, k.dueSoon, []any{k.bound(soon)}},
		{&s.Archived, archived, []any{string(k.kind), day.Last.String()}}, {&s.DestroyDue, archived, []any{string(k.kind), s.DestroyFrom}}, {&s.DestroySoon, archived, []any{string(k.kind), s.SoonDestroy}},
	} {
		if err := d.r.QueryRowContext(ctx, c.query, c.args...).Scan(c.into); err != nil {
			return err
		}
	}
	// What is old enough to be destroyed goes through the archive first.
	var old int64
	if err := d.r.QueryRowContext(ctx, k.dueSoon, k.bound(retention.Before(today, s.Term.Destroy))).Scan(&old); err != nil {
		return err
	}
	s.DestroyDue += old
	if err := d.r.QueryRowContext(ctx, k.dueSoon, k.bound(retention.Before(today.Add(KeptSoon), s.Term.Destroy))).Scan(&old); err != nil {
		return err
	}
	s.DestroySoon += old
	return nil
}

func (d *DB) countWiped(ctx context.Context, k *keptKind, today day.Day, s *KindState) error {
	for _, c := range []struct {
		into  *int64
		query string
		args  []any
	}{
		{&s.InUse, k.inUse, nil}, {&s.DestroyDue, k.dueSoon, []any{k.bound(retention.Before(today, s.Term.Destroy))}},
		{&s.DestroySoon, k.dueSoon, []any{k.bound(retention.Before(today.Add(KeptSoon), s.Term.Destroy))}},
	} {
		if err := d.r.QueryRowContext(ctx, c.query, c.args...).Scan(c.into); err != nil {
			return err
		}
	}
	return nil
}

// lastHeld fills in what the records of the last night, yesterday's or today's,
// say was held.
func (d *DB) lastHeld(ctx context.Context, today day.Day, list []KindState) error {
	for i := range list {
		for stage, into := range map[string]*int64{StageArchived: &list[i].ArchiveHeld, StageDestroyed: &list[i].DestroyHeld} {
			err := d.r.QueryRowContext(ctx, `SELECT held FROM retention_records WHERE kind = $1 AND stage = $2 AND on_day >= $3 ORDER BY on_day DESC, at DESC LIMIT 1`, string(list[i].Kind), stage, today.Add(-1).String()).Scan(into)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
		}
	}
	return nil
}

// KeptRecord is what was archived or destroyed of a kind in one night.
type KeptRecord struct {
	ID                 int64
	Kind, Stage, OnDay string
	RuleVersion        int64
	Rows, Held         int64
	FromDay, ToDay     string
	Digest             string // SHA-256 over the ids
	At                 int64
}

// KeptRecords returns the records of a stage, the latest first; "" both.
func (d *DB) KeptRecords(ctx context.Context, stage string, limit int) ([]KeptRecord, error) {
	var out []KeptRecord
	err := eachOf(ctx, d.r, `SELECT id, kind, stage, on_day, rule_version, rows, held, from_day, to_day, digest, at FROM retention_records
		WHERE rows > 0 AND (CAST($1 AS TEXT) = '' OR stage = $1) ORDER BY on_day DESC, id DESC LIMIT $2`, []any{stage, limit}, func(scan func(...any) error) error {
		var r KeptRecord
		err := scan(&r.ID, &r.Kind, &r.Stage, &r.OnDay, &r.RuleVersion, &r.Rows, &r.Held, &r.FromDay, &r.ToDay, &r.Digest, &r.At)
		out = append(out, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("records of retention: %w", err)
	}
	return out, nil
}

// HeldRow is a row that stays though its time is over, and why.
type HeldRow struct {
	Kind     retention.Kind
	Row      int64
	Day      string
	Customer int64
	Name     string // of the client, "" = of no client on file
	Reason   retention.Reason
}

// heldLooked is how many rows of a kind HeldNow looks at.
const heldLooked = 1000

// HeldNow lists rows that the rule would archive or destroy today and that stay,
// the oldest first: those among the first thousand of each kind, up to limit.
// What somebody holds is listed by Holds.
func (d *DB) HeldNow(ctx context.Context, scope policy.Scope, rule retention.Rule, limit int) ([]HeldRow, error) {
	today := dayParsed(Day(d.now()))
	var out []HeldRow
	for _, kind := range retention.Kinds {
		k, term := keptKinds[kind], rule.Term(kind)
		if wipedKinds[kind] != nil {
			continue // nothing holds it
		}
		next := func(at keptAt) ([]keptRow, error) {
			if k == nil {
				return d.overdueBin(ctx, d.r, at, retention.Before(today, term.Destroy))
			}
			return k.overdue(ctx, d.r, at, retention.Before(today, term.Archive))
		}
		if err := d.heldOf(ctx, scope, kind, next, limit, &out); err != nil {
			return nil, fmt.Errorf("what holds %s: %w", kind, err)
		}
	}
	return out, nil
}

func (d *DB) heldOf(ctx context.Context, scope policy.Scope, kind retention.Kind, next func(keptAt) ([]keptRow, error), limit int, out *[]HeldRow) error {
	var at keptAt
	for looked := 0; looked < heldLooked && len(*out) < limit; {
		list, err := next(at)
		if err != nil {
			return err
		}
		why, err := d.reasons(ctx, d.r, kind, Day(d.now()), list)
		if err != nil {
			return err
		}
		for i, r := range list {
			if why[i] == retention.Free || why[i] == retention.ByHold || len(*out) >= limit {
				continue
			}
			h := HeldRow{Kind: kind, Row: r.row, Day: r.day, Customer: r.customer, Reason: why[i]}
			branch, owner, clerk, err := d.placeOf(ctx, d.r, kind, r.row, r.customer, &h.Name)
			if err != nil {
				return err
			}
			if d.sees(scope, branch, owner, clerk) {
				*out = append(*out, h)
			}
		}
		if looked += len(list); len(list) < keptBatch {
			break
		}
		last := list[len(list)-1]
		at = keptAt{last.day, last.at, last.id}
	}
	return nil
}

// placeOf reads where a row belongs: at its client's branch, owner and clerk,
// without a client at its own branch.
func (d *DB) placeOf(ctx context.Context, q querier, kind retention.Kind, row, customer int64, name *string) (branch, owner, clerk int64, err error) {
	if customer != 0 {
		err = q.QueryRowContext(ctx, `SELECT branch_id, coalesce(owner_id, 0), coalesce(clerk_id, 0), name FROM customers WHERE id = $1`, customer).Scan(&branch, &owner, &clerk, name)
		return branch, owner, clerk, err
	}
	query := map[retention.Kind]string{retention.Cases: `SELECT branch_id FROM cases WHERE id = $1`, retention.Ratings: `SELECT branch_id FROM ratings WHERE id = $1`,
		retention.Letters: `SELECT branch_id FROM outbox WHERE id = $1`}[kind]
	if query == "" {
		return 0, 0, 0, nil
	}
	err = q.QueryRowContext(ctx, query, row).Scan(&branch)
	return branch, 0, 0, err
}

// KeptDue is what will be destroyed within KeptSoon days by the rule of that
// time, for the bar that those see who set the rule: none while destroying is
// switched off. It is counted once in an hour.
func (d *DB) KeptDue(ctx context.Context) (n int64, err error) {
	if s := d.keptDue.Load(); s != nil && d.now().Sub(s.at).Abs() < time.Hour {
		return s.n, nil
	}
	rule, _, err := d.RetentionRule(ctx, Day(d.now()))
	if err != nil {
		return 0, err
	}
	if rule.Destroying {
		list, err := d.RetentionState(ctx, rule)
		if err != nil {
			return 0, err
		}
		for _, s := range list {
			if rule.Destroys(s.Kind) {
				n += s.DestroySoon
			}
		}
	}
	d.keptDue.Store(&keptCount{d.now(), n})
	return n, nil
}

// keptCount is what KeptDue counted, and when.
type keptCount struct {
	at time.Time
	n  int64
}
