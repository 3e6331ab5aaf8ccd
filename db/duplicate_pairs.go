package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yike/policy"
	"yike/policy/dedupe"
)

// DuplicatePair is two files of a branch that may be one client.
type DuplicatePair struct {
	One, Other PairedFile
	BranchID   int64
	Likeness   int64    // of policy/dedupe
	Why        []string // its codes
	Dismissed  int64    // unix milliseconds; 0 = nobody said that they are two
	DismissBy  string
}

// PairedFile is what a list of pairs tells of a file.
type PairedFile struct {
	ID, OwnerID, ClerkID, CreatedAt int64
	Code, Name, Class               string
	OwnerName, LastVisitOn          string
}

// PairAsk says which pairs are asked for: of a branch and those below it (0: all
// that the scope sees), and the page after a pair.
type PairAsk struct {
	Branch    int64
	Dismissed bool
	After     PairKey
	Limit     int
}

// PairKey is the place of a pair in the list.
type PairKey struct{ Likeness, One, Other int64 }

// metaPairs is when pairs were looked for last, unix milliseconds.
const metaPairs = "duplicates_found"

// pairsAlike is how many files may have a name, a number or a code in common to be
// paired: the number of a dispatcher is that of dozens.
const pairsAlike = 6

// pairColumns are two files beside each other.
const pairColumns = `p.branch_id, p.likeness, p.why, p.dismissed_at, coalesce(w.name, ''),
	a.id, coalesce(a.owner_id, 0), coalesce(a.clerk_id, 0), a.created_at, a.code, a.name, a.class, coalesce(ao.name, ''), a.last_visit_on,
	b.id, coalesce(b.owner_id, 0), coalesce(b.clerk_id, 0), b.created_at, b.code, b.name, b.class, coalesce(bo.name, ''), b.last_visit_on`

// pairsSQL reads a page of pairs and one more, of some branches or of all.
func pairsSQL(ask PairAsk, branches []int64, all bool) cond {
	where := cond{text: ` AND p.dismissed_at = 0`}
	if ask.Dismissed {
		where = cond{text: ` AND p.dismissed_at <> 0`}
	}
	if !all {
		in := manySQL("p.branch_id", branches)
		where = cond{where.text + ` AND ` + in.text, append(where.args, in.args...)}
	}
	if ask.After != (PairKey{}) {
		where = cond{where.text + ` AND (p.likeness, p.one_id, p.other_id) < (?, ?, ?)`, append(where.args, ask.After.Likeness, ask.After.One, ask.After.Other)}
	}
	return limitSQL(cond{`SELECT ` + pairColumns + ` FROM duplicate_pairs p JOIN customers a ON a.id = p.one_id JOIN customers b ON b.id = p.other_id
		LEFT JOIN users ao ON ao.id = a.owner_id LEFT JOIN users bo ON bo.id = b.owner_id LEFT JOIN users w ON w.id = p.dismissed_by
		WHERE a.deleted_at = 0 AND b.deleted_at = 0` + where.text, where.args}, ` ORDER BY p.likeness DESC, p.one_id DESC, p.other_id DESC`, ask.Limit+1)
}

// DuplicatePairs returns pairs of which the scope sees both files, the likeliest
// and newest first, and whether there are more.
func (d *DB) DuplicatePairs(ctx context.Context, scope policy.Scope, ask PairAsk) (list []DuplicatePair, more bool, err error) {
	branches, all := d.branchIDs(scope)
	if ask.Branch != 0 {
		below := slices.Clone(d.tree.Load().below[ask.Branch])
		branches, all = slices.DeleteFunc(below, func(id int64) bool { return !all && !slices.Contains(branches, id) }), false
	}
	if !all && len(branches) == 0 {
		return nil, false, nil
	}
	rows, err := d.query(ctx, pairsSQL(ask, branches, all))
	if err != nil {
		return nil, false, fmt.Errorf("duplicates: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var p DuplicatePair
		var why string
		dest := []any{&p.BranchID, &p.Likeness, &why, &p.Dismissed, &p.DismissBy}
		for _, f := range []*PairedFile{&p.One, &p.Other} {
			dest = append(dest, &f.ID, &f.OwnerID, &f.ClerkID, &f.CreatedAt, &f.Code, &f.Name, &f.Class, &f.OwnerName, &f.LastVisitOn)
		}
		if err := rows.Scan(dest...); err != nil {
			return nil, false, fmt.Errorf("duplicates: %w", err)
		}
		p.Why = strings.Fields(why)
		list = append(list, p)
	}
	if err := rows.Err(); err != nil {
		return nil, false, fmt.Errorf("duplicates: %w", err)
	}
	if more = len(list) > ask.Limit; more {
		list = list[:ask.Limit]
	}
	return slices.DeleteFunc(list, func(p DuplicatePair) bool {
		return !d.sees(scope, p.BranchID, p.One.OwnerID, p.One.ClerkID) || !d.sees(scope, p.BranchID, p.Other.OwnerID, p.Other.ClerkID)
	}), more, nil
}

// Key is the place of a pair in the list.
func (p *DuplicatePair) Key() PairKey { return PairKey{p.Likeness, p.One.ID, p.Other.ID} }

// DismissPair says that two files are two clients, or with back that somebody
// looks at them again. The actor needs customers.delete over both; ErrNotFound
// beyond it or when they are no pair.
func (d *DB) DismissPair(ctx context.Context, by policy.Actor, one, other int64, back bool) error {
	act := "duplicates.dismiss"
	if back {
		act = "duplicates.return"
	}
	return d.act(ctx, by, act, func(tx *Tx) error {
		one, other := min(one, other), max(one, other)
		var c Customer // at last the other one
		var err error
		for _, id := range []int64{one, other} {
			if c, err = d.customer(ctx, tx, by.Scope(policy.CustomerDelete), id, false); err != nil {
				return err
			}
		}
		at, user := tx.now(), by.UserID
		if back {
			at, user = 0, 0
		}
		n, err := tx.exec(ctx, `UPDATE duplicate_pairs SET dismissed_at = $3, dismissed_by = $4 WHERE one_id = $1 AND other_id = $2`, one, other, at, user)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("pair %d, %d: %w", one, other, err)
		}
		tx.about(c.BranchID, one)
		tx.detail(map[string]any{"code": c.Code})
		return nil
	})
}

// PairsFoundAt returns when pairs were looked for last, unix milliseconds; 0 for
// never.
func (d *DB) PairsFoundAt(ctx context.Context) (int64, error) {
	text, err := d.Meta(ctx, metaPairs)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	return ParseID(text), err
}

// alikeSQL groups the live files of each branch that have something in common.
var alikeSQL = []string{
	`SELECT branch_id, string_agg(CAST(id AS TEXT), ' ') FROM customers WHERE deleted_at = 0 AND name_fold <> '' GROUP BY branch_id, name_fold HAVING COUNT(*) BETWEEN 2 AND ` + strconv.Itoa(pairsAlike),
	`SELECT branch_id, string_agg(CAST(id AS TEXT), ' ') FROM customers WHERE deleted_at = 0 AND credit_code <> '' GROUP BY branch_id, credit_code HAVING COUNT(*) BETWEEN 2 AND ` + strconv.Itoa(pairsAlike),
	`SELECT c.branch_id, string_agg(CAST(c.id AS TEXT), ' ') FROM phones p JOIN customers c ON c.id = p.customer_id WHERE c.deleted_at = 0
		GROUP BY c.branch_id, p.number HAVING COUNT(DISTINCT c.id) BETWEEN 2 AND ` + strconv.Itoa(pairsAlike) + ` AND COUNT(*) <= ` + strconv.Itoa(4*pairsAlike),
}

// FindDuplicates looks through all live files for pairs that may be one client,
// adds those that are new and drops those that are none any more; what somebody
// dismissed stays dismissed. It returns how many pairs are new. It is the
// program's own (systemOnly), in parts that hold the writer briefly.
func (d *DB) FindDuplicates(ctx context.Context, by policy.Actor) (fresh int64, err error) {
	if err := systemOnly(by); err != nil {
		return 0, err
	}
	found := map[[2]int64]int64{} // to their branch
	for _, query := range alikeSQL {
		if err := d.eachRow(ctx, query, nil, func(scan func(...any) error) error {
			var branch int64
			var text string
			if err := scan(&branch, &text); err != nil {
				return err
			}
			addPairs(found, branch, text)
			return nil
		}); err != nil {
			return 0, fmt.Errorf("duplicates: %w", err)
		}
	}
	stored := map[[2]int64]string{}
	if err := d.eachRow(ctx, `SELECT one_id, other_id, branch_id, likeness, why FROM duplicate_pairs`, nil, func(scan func(...any) error) error {
		var k [2]int64
		var branch, likeness int64
		var why string
		err := scan(&k[0], &k[1], &branch, &likeness, &why)
		stored[k] = pairText(branch, likeness, why)
		return err
	}); err != nil {
		return 0, fmt.Errorf("duplicates: %w", err)
	}
	keys := make([][2]int64, 0, len(found))
	for k := range found {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b [2]int64) int { return slices.Compare(a[:], b[:]) })
	for part := range slices.Chunk(keys, 200) {
		n, err := d.keepPairs(ctx, part, found, stored)
		if err != nil {
			return fresh, fmt.Errorf("duplicates: %w", err)
		}
		fresh += n
	}
	if err := d.dropPairs(ctx, stored); err != nil {
		return fresh, fmt.Errorf("duplicates: %w", err)
	}
	return fresh, d.SetMeta(ctx, metaPairs, strconv.FormatInt(d.now().UnixMilli(), 10))
}

func pairText(branch, likeness int64, why string) string {
	return fmt.Sprint(branch, " ", likeness, " ", why)
}

// addPairs pairs files that have something in common.
func addPairs(found map[[2]int64]int64, branch int64, text string) {
	var ids []int64
	for _, w := range strings.Fields(text) {
		ids = append(ids, ParseID(w))
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	for i, a := range ids {
		for _, b := range ids[i+1:] {
			found[[2]int64{a, b}] = branch
		}
	}
}

// keepPairs writes those of some pairs that are new or were otherwise, and takes
// what it has looked at out of stored.
func (d *DB) keepPairs(ctx context.Context, part [][2]int64, found map[[2]int64]int64, stored map[[2]int64]string) (fresh int64, err error) {
	var ids []int64
	for _, k := range part {
		ids = append(ids, k[0], k[1])
	}
	slices.Sort(ids)
	parties, err := d.parties(ctx, slices.Compact(ids))
	if err != nil {
		return 0, err
	}
	type row struct {
		k        [2]int64
		likeness int
		why      string
	}
	var rows []row
	for _, k := range part {
		likeness, why := dedupe.Likely(parties[k[0]], parties[k[1]])
		if likeness == dedupe.Unlike {
			continue // one of them changed meanwhile
		}
		r := row{k, likeness, strings.Join(why, " ")}
		was, there := stored[k]
		delete(stored, k)
		if was == pairText(found[k], int64(likeness), r.why) {
			continue
		}
		if !there {
			fresh++
		}
		rows = append(rows, r)
	}
	if len(rows) == 0 {
		return 0, nil
	}
	return fresh, d.aside(ctx, func(tx *Tx) error {
		for _, r := range rows {
			if _, err := tx.exec(ctx, `INSERT INTO duplicate_pairs (one_id, other_id, branch_id, likeness, why, found_at) VALUES ($1, $2, $3, $4, $5, $6)
				ON CONFLICT (one_id, other_id) DO UPDATE SET branch_id = excluded.branch_id, likeness = excluded.likeness, why = excluded.why`,
				r.k[0], r.k[1], found[r.k], r.likeness, r.why, tx.now()); err != nil {
				return err
			}
		}
		return nil
	})
}

// dropPairs drops those that are none any more.
func (d *DB) dropPairs(ctx context.Context, stored map[[2]int64]string) error {
	var keys [][2]int64
	for k := range stored {
		keys = append(keys, k)
	}
	for part := range slices.Chunk(keys, 500) {
		if err := d.aside(ctx, func(tx *Tx) error {
			for _, k := range part {
				if _, err := tx.exec(ctx, `DELETE FROM duplicate_pairs WHERE one_id = $1 AND other_id = $2`, k[0], k[1]); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// parties reads what files are compared by.
func (d *DB) parties(ctx context.Context, ids []int64) (map[int64]dedupe.Party, error) {
	out := map[int64]dedupe.Party{}
	files := manySQL("c.id", ids)
	rows, err := d.query(ctx, cond{`SELECT c.id, c.name, c.credit_code, coalesce(p.number, '') FROM customers c LEFT JOIN phones p ON p.customer_id = c.id WHERE ` + files.text, files.args})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var p dedupe.Party
		var number string
		if err := rows.Scan(&id, &p.Name, &p.CreditCode, &number); err != nil {
			return nil, err
		}
		if had, ok := out[id]; ok {
			p = had
		}
		if number != "" {
			p.Phones = append(p.Phones, number)
		}
		out[id] = p
	}
	return out, rows.Err()
}

// ForgetMerges drops the notes of which rows went over with merges that cannot be
// put back any more; the merges themselves stay.
func (d *DB) ForgetMerges(ctx context.Context, by policy.Actor) (n int64, err error) {
	if err := systemOnly(by); err != nil {
		return 0, err
	}
	err = d.aside(ctx, func(tx *Tx) error {
		before := tx.at.AddDate(0, 0, -UndoDays-1).UnixMilli()
		n, err = tx.exec(ctx, `DELETE FROM merge_rows WHERE merge_id IN (SELECT id FROM merges WHERE at < $1 OR undone_at <> 0)`, before)
		return err
	})
	return n, err
}
