package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"yike/policy"
	"yike/policy/day"
	"yike/policy/retention"
)

// RuleRetention is the dated rule of how long each kind of data is kept; its
// value is a retention.Rule.
const RuleRetention = "retention"

// What becomes of a row whose time is over.
const (
	StageArchived  = "archived"
	StageDestroyed = "destroyed"
)

// Kinds of records besides those of policy/retention: what has a rule of its
// own and no archive.
const (
	RecordRecipients = "recipients"
	RecordAudits     = "audits"
)

// RetentionRule returns what holds on a day, with the version that says so.
func (d *DB) RetentionRule(ctx context.Context, day string) (retention.Rule, RuleRow, error) {
	row, err := d.Rule(ctx, RuleRetention, 0, day)
	if err != nil {
		return retention.Rule{}, row, err
	}
	rule, err := RetentionOf(row.Value)
	return rule, row, err
}

// RetentionOf reads the value of a version.
func RetentionOf(value string) (rule retention.Rule, err error) {
	if value == "" {
		return rule, nil
	}
	if err := json.Unmarshal([]byte(value), &rule); err != nil {
		return rule, fmt.Errorf("rule %s: %w", RuleRetention, err)
	}
	return rule, nil
}

// keptRow is a row whose time is over.
type keptRow struct {
	id, row           int64 // row: in the table of its kind
	customer, contact int64
	day               string
	at                int64 // where the time began at an instant
}

// keptAt is how far a walk through a kind is.
type keptAt struct {
	day string
	at  int64
	id  int64
}

func (k *keptKind) bound(before day.Day) any {
	if k.inMs {
		return dayStart(before)
	}
	return before.String()
}

func (k *keptKind) from(at keptAt) any {
	if k.inMs {
		return at.at
	}
	return at.day
}

// overdue reads the next rows in use whose time is over.
func (k *keptKind) overdue(ctx context.Context, q querier, at keptAt, before day.Day) ([]keptRow, error) {
	return k.overdueBy(ctx, q, k.due, at, before)
}

// overdueHere is overdue for the act that archives them. On PostgreSQL it waits
// for whoever is changing one of them, and asks again: a case that was reopened
// meanwhile is none of them, and a visit that went to another client is that
// client's.
func (k *keptKind) overdueHere(ctx context.Context, tx *Tx, at keptAt, before day.Day) ([]keptRow, error) {
	query := k.due
	if tx.db.postgres {
		query += ` FOR UPDATE`
	}
	return k.overdueBy(ctx, tx, query, at, before)
}

func (k *keptKind) overdueBy(ctx context.Context, q querier, query string, at keptAt, before day.Day) ([]keptRow, error) {
	var out []keptRow
	err := eachOf(ctx, q, query, []any{k.from(at), at.id, k.bound(before)}, func(scan func(...any) error) error {
		var r keptRow
		if !k.inMs {
			if err := scan(&r.id, &r.customer, &r.contact, &r.day); err != nil {
				return err
			}
		} else {
			if err := scan(&r.id, &r.customer, &r.contact, &r.at); err != nil {
				return err
			}
			r.day = Day(timeOf(r.at))
		}
		r.row = r.id
		out = append(out, r)
		return nil
	})
	return out, err
}

const overdueArchived = `SELECT id, row_id, coalesce(customer_id, 0), coalesce(contact_id, 0), day FROM archived
	WHERE kind = $1 AND (day, id) > ($2, $3) AND day < $4 ORDER BY day, id LIMIT 50`

func (k *keptKind) overdueArchived(ctx context.Context, q querier, at keptAt, before day.Day) ([]keptRow, error) {
	var out []keptRow
	err := eachOf(ctx, q, overdueArchived, []any{string(k.kind), at.day, at.id, before.String()}, func(scan func(...any) error) error {
		var r keptRow
		if err := scan(&r.id, &r.row, &r.customer, &r.contact, &r.day); err != nil {
			return err
		}
		out = append(out, r)
		return nil
	})
	return out, err
}

// What holds clients, and rows of a kind: each gives ids.
const (
	heldClients  = `SELECT customer_id FROM retention_holds WHERE released_at = 0 AND (until = '' OR until >= $1) AND customer_id `
	askedClients = `SELECT customer_id FROM person_requests WHERE state IN ('open','proposed') AND customer_id `
	casedClients = `SELECT customer_id FROM cases WHERE step <> 'closed' AND deleted_at = 0 AND customer_id `
	claimClients = `SELECT customer_id FROM case_claims WHERE state IN ('asked','proposed','approved') AND deleted_at = 0 AND customer_id `
	owingClients = `SELECT customer_id FROM account_sums WHERE (balance_fen > 0 OR oldest_due < '9999-12-31') AND customer_id `
	heldRows     = `SELECT row_id FROM retention_holds WHERE released_at = 0 AND (until = '' OR until >= $1) AND kind = $2 AND row_id `
	claimCases   = `SELECT case_id FROM case_claims WHERE state IN ('asked','proposed','approved') AND deleted_at = 0 AND case_id `
	openParents  = `SELECT parent_id FROM cases WHERE step <> 'closed' AND deleted_at = 0 AND parent_id `
)

// reasons says of each row why it is held, in their order.
func (d *DB) reasons(ctx context.Context, q querier, kind retention.Kind, today string, list []keptRow) ([]retention.Reason, error) {
	if len(list) == 0 {
		return nil, nil
	}
	var clients, rows []int64
	for _, r := range list {
		if rows = append(rows, r.row); r.customer != 0 && !slices.Contains(clients, r.customer) {
			clients = append(clients, r.customer)
		}
	}
	among := func(query string, ids []int64, before ...any) (map[int64]bool, error) {
		out := map[int64]bool{}
		if len(ids) == 0 {
			return out, nil
		}
		args := append(before, idArgs(ids)...)
		return out, eachOf(ctx, q, d.amongSQL(query, len(before)+1, len(ids), ``), args, func(scan func(...any) error) error {
			var id int64
			err := scan(&id)
			out[id] = true
			return err
		})
	}
	var facts [8]map[int64]bool
	var err error
	for i, ask := range []func() (map[int64]bool, error){
		func() (map[int64]bool, error) { return among(heldClients, clients, today) },
		func() (map[int64]bool, error) { return among(heldRows, rows, today, string(kind)) },
		func() (map[int64]bool, error) { return among(askedClients, clients) },
		func() (map[int64]bool, error) { return among(casedClients, clients) },
		func() (map[int64]bool, error) { return among(claimClients, clients) },
		func() (map[int64]bool, error) { return among(owingClients, clients) },
		func() (map[int64]bool, error) { return amongCases(among, kind, claimCases, rows) },
		func() (map[int64]bool, error) { return amongCases(among, kind, openParents, rows) },
	} {
		if facts[i], err = ask(); err != nil {
			return nil, fmt.Errorf("what holds %s: %w", kind, err)
		}
	}
	out := make([]retention.Reason, len(list))
	for i, r := range list {
		out[i] = retention.Held(retention.Facts{Hold: facts[0][r.customer] || facts[1][r.row], Request: facts[2][r.customer], OpenCase: facts[3][r.customer] || facts[7][r.row],
			OpenClaim: facts[4][r.customer] || facts[6][r.row], Owes: facts[5][r.customer]})
	}
	return out, nil
}

// amongCases asks about the rows themselves where they are cases.
func amongCases(among func(string, []int64, ...any) (map[int64]bool, error), kind retention.Kind, query string, rows []int64) (map[int64]bool, error) {
	if kind != retention.Cases {
		return nil, nil
	}
	return among(query, rows)
}

// Kept is what a night did with the data whose time is over.
type Kept struct{ Archived, Destroyed, Held int64 }

// KeepTimes archives and destroys what the rule of today says, kind by kind, in
// acts of at most 50 rows that are on record each. What is switched off is not
// done, but what is destroyed goes through the archive first, and out of it on a
// later night; what is held stays and is looked at again on the next night. It
// can be cut off and repeated at any time, on two nodes at once.
func (d *DB) KeepTimes(ctx context.Context, by policy.Actor) (done Kept, err error) {
	if err := systemOnly(by); err != nil {
		return done, err
	}
	today := dayParsed(Day(d.now()))
	rule, row, err := d.RetentionRule(ctx, today.String())
	if err != nil || !rule.Archiving && !rule.Destroying {
		return done, err
	}
	err = d.overwriting(ctx, func() error {
		for _, kind := range retention.Kinds {
			if err := d.keepKind(ctx, by, kind, rule, row.Version, today, &done); err != nil {
				return err
			}
		}
		return d.dropDestroyed(ctx)
	})
	return done, err
}

// keepKind does the night's work of one kind: what is destroyed first, so that
// what is archived now is there for a night at least.
func (d *DB) keepKind(ctx context.Context, by policy.Actor, kind retention.Kind, rule retention.Rule, version int64, today day.Day, done *Kept) error {
	term, k, destroy := rule.Term(kind), keptKinds[kind], d.destroySome
	switch {
	case kind == retention.Bin:
		k, destroy = &keptKind{kind: kind}, d.emptyBinSome
	case !kind.Archived():
		k, destroy = wipedKinds[kind], d.wipeSome
	}
	if rule.Destroys(kind) {
		n, held, err := d.eachBatch(ctx, k, StageDestroyed, version, func(at keptAt) (batch, error) {
			return destroy(ctx, by, k, version, at, retention.Before(today, term.Destroy))
		})
		done.Destroyed, done.Held = done.Destroyed+n, done.Held+held
		if err != nil {
			return fmt.Errorf("destroy %s: %w", kind, err)
		}
	}
	if !kind.Archived() {
		return nil
	}
	months := term.Archive
	if !rule.Archiving {
		months = term.Destroy
	}
	n, held, err := d.eachBatch(ctx, k, StageArchived, version, func(at keptAt) (batch, error) {
		return d.archiveSome(ctx, by, k, version, at, retention.Before(today, months))
	})
	done.Archived, done.Held = done.Archived+n, done.Held+held
	if err != nil {
		return fmt.Errorf("archive %s: %w", kind, err)
	}
	return nil
}

// overwriting does something while freed bytes are written over.
func (d *DB) overwriting(ctx context.Context, fn func() error) error {
	if d.postgres {
		return fn()
	}
	for _, pool := range []*sql.DB{d.w, d.fw} {
		if _, err := pool.ExecContext(ctx, `PRAGMA secure_delete = ON`); err != nil {
			return err
		}
		defer pool.ExecContext(context.WithoutCancel(ctx), `PRAGMA secure_delete = OFF`) //nolint:errcheck // costs a little time at worst
	}
	return fn()
}

// batch is what one act did: how many rows it did and passed over, and how far
// it came.
type batch struct {
	done, held int64
	at         keptAt
	end        bool
}

// eachBatch does acts until there is nothing left, or the night's part is done.
func (d *DB) eachBatch(ctx context.Context, k *keptKind, stage string, version int64, one func(keptAt) (batch, error)) (n, held int64, err error) {
	var at keptAt
	most := int64(keptNight)
	if k.kind == retention.Bin {
		most = binNight
	}
	for n < most {
		b, err := one(at)
		if err != nil {
			return n, held, err
		}
		n, held, at = n+b.done, held+b.held, b.at
		if b.end {
			break
		}
	}
	if n == 0 && held == 0 {
		return n, held, nil
	}
	return n, held, d.noteHeld(ctx, k.kind, stage, version, held)
}

// archiveSome is one act that moves what rows say of persons into the archive.
func (d *DB) archiveSome(ctx context.Context, by policy.Actor, k *keptKind, version int64, at keptAt, before day.Day) (b batch, err error) {
	return d.keptAct(ctx, by, "retention.archive", k, version, before, func(tx *Tx) (list, free []keptRow, err error) {
		if list, err = k.overdueHere(ctx, tx, at, before); err != nil {
			return nil, nil, err
		}
		if free, err = d.freeOf(ctx, tx, k.kind, list); err != nil {
			return nil, nil, err
		}
		var done []keptRow
		for _, r := range free {
			ok, err := tx.archive(ctx, k, r, version)
			if err != nil {
				return nil, nil, fmt.Errorf("archive %s %d: %w", k.kind, r.row, err)
			}
			if ok {
				done = append(done, r)
			}
		}
		return list, done, tx.noteKept(ctx, string(k.kind), StageArchived, version, done, nil)
	})
}

// keptAct is the frame of such an act; work gives what it looked at and what of
// it was done. Of two at once the second waits, and finds the rows of the first
// done.
func (d *DB) keptAct(ctx context.Context, by policy.Actor, name string, k *keptKind, version int64, before day.Day, work func(*Tx) (list, free []keptRow, err error)) (b batch, err error) {
	d.behind.Lock()
	defer d.behind.Unlock()
	err = d.act(ctx, by, name, func(tx *Tx) error {
		b = batch{}
		if !d.postgres {
			// Somebody else's act may have switched it off since.
			if _, err := tx.ExecContext(ctx, `PRAGMA secure_delete = ON`); err != nil {
				return err
			}
		}
		if err := tx.holdRetention(ctx); err != nil {
			return err
		}
		list, free, err := work(tx)
		if err != nil {
			return err
		}
		b.done, b.held, b.end = int64(len(free)), int64(len(list)-len(free)), len(list) < keptBatch
		if len(list) > 0 {
			last := list[len(list)-1]
			b.at = keptAt{last.day, last.at, last.id}
		}
		if len(free) == 0 {
			return errDoneBefore
		}
		tx.about(d.headOffice(), 0)
		tx.audit.rows = b.done
		tx.detail(map[string]any{"kind": string(k.kind), "rows": b.done, "from": free[0].day, "to": free[len(free)-1].day, "until": before.String(), "version": version})
		return nil
	})
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return b, err
}

// metaRetention is the row that orders those who archive, destroy, hold and
// bring back.
const metaRetention = "retention"

func (tx *Tx) holdRetention(ctx context.Context) error {
	_, err := tx.exec(ctx, `INSERT INTO meta (key, value) VALUES ($1, '') ON CONFLICT (key) DO UPDATE SET value = meta.value`, metaRetention)
	return err
}

// freeOf are the rows that nothing holds.
func (d *DB) freeOf(ctx context.Context, tx *Tx, kind retention.Kind, list []keptRow) ([]keptRow, error) {
	why, err := d.reasons(ctx, tx, kind, tx.today(), list)
	if err != nil {
		return nil, err
	}
	var free []keptRow
	for i, r := range list {
		if why[i] == retention.Free {
			free = append(free, r)
		}
	}
	return free, nil
}

// noteKept adds rows to the night's record of a kind, and contents that nothing
// names any more.
func (tx *Tx) noteKept(ctx context.Context, kind, stage string, version int64, list []keptRow, files []string) error {
	if len(list) == 0 {
		return nil
	}
	var digest, pending string
	err := tx.QueryRowContext(ctx, `SELECT digest, pending FROM retention_records WHERE kind = $1 AND stage = $2 AND on_day = $3 AND rule_version = $4`,
		kind, stage, tx.today(), version).Scan(&digest, &pending)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("record of %s: %w", kind, err)
	}
	if digest, err = digestOf(digest, list); err != nil {
		return fmt.Errorf("record of %s: %w", kind, err)
	}
	if pending, err = withFiles(pending, files); err != nil {
		return fmt.Errorf("record of %s: %w", kind, err)
	}
	first, last := list[0].day, list[0].day
	for _, r := range list {
		first, last = min(first, r.day), max(last, r.day)
	}
	if _, err := tx.exec(ctx, `
		INSERT INTO retention_records (id, kind, stage, on_day, rule_version, rows, from_day, to_day, digest, at, pending)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (kind, stage, on_day, rule_version) DO UPDATE SET rows = retention_records.rows + excluded.rows, digest = excluded.digest, at = excluded.at, pending = excluded.pending,
			from_day = CASE WHEN excluded.from_day < retention_records.from_day OR retention_records.from_day = '' THEN excluded.from_day ELSE retention_records.from_day END,
			to_day = CASE WHEN excluded.to_day > retention_records.to_day THEN excluded.to_day ELSE retention_records.to_day END`,
		tx.newID(), kind, stage, tx.today(), version, len(list), first, last, digest, tx.now(), pending); err != nil {
		return fmt.Errorf("record of %s: %w", kind, err)
	}
	return nil
}

// digestOf goes on with the digest of a record: SHA-256 over the one before and
// the ids, eight bytes each.
func digestOf(before string, list []keptRow) (string, error) {
	sum := sha256.New()
	was, err := hex.DecodeString(before)
	if err != nil {
		return "", err
	}
	sum.Write(was)
	for _, r := range list {
		sum.Write(binary.BigEndian.AppendUint64(nil, uint64(r.row)))
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func withFiles(pending string, files []string) (string, error) {
	if len(files) == 0 {
		return pending, nil
	}
	var list []string
	if pending != "" {
		if err := json.Unmarshal([]byte(pending), &list); err != nil {
			return "", err
		}
	}
	return toJSON(append(list, files...))
}

// noteHeld writes into the night's record how many rows stayed though their
// time was over.
func (d *DB) noteHeld(ctx context.Context, kind retention.Kind, stage string, version, held int64) error {
	return d.write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, `
			INSERT INTO retention_records (id, kind, stage, on_day, rule_version, rows, held, from_day, to_day, digest, at) VALUES ($1, $2, $3, $4, $5, 0, $6, '', '', '', $7)
			ON CONFLICT (kind, stage, on_day, rule_version) DO UPDATE SET held = excluded.held`,
			tx.newID(), string(kind), stage, tx.today(), version, held, tx.now())
		return err
	})
}

// dropDestroyed removes the contents of pictures that were destroyed.
func (d *DB) dropDestroyed(ctx context.Context) error {
	type left struct {
		id   int64
		text string
	}
	var list []left
	if err := eachOf(ctx, d.r, `SELECT id, pending FROM retention_records WHERE pending <> ''`, nil, func(scan func(...any) error) error {
		var l left
		err := scan(&l.id, &l.text)
		list = append(list, l)
		return err
	}); err != nil {
		return fmt.Errorf("drop pictures: %w", err)
	}
	for _, l := range list {
		var hashes []string
		if err := json.Unmarshal([]byte(l.text), &hashes); err != nil {
			return fmt.Errorf("drop pictures: %w", err)
		}
		for _, hash := range hashes {
			if err := d.dropUnused(ctx, hash); err != nil {
				return fmt.Errorf("drop pictures: %w", err)
			}
		}
		if err := d.write(ctx, func(tx *Tx) error {
			_, err := tx.exec(ctx, `UPDATE retention_records SET pending = '' WHERE id = $1 AND pending = $2`, l.id, l.text)
			return err
		}); err != nil {
			return fmt.Errorf("drop pictures: %w", err)
		}
	}
	return nil
}
