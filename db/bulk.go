package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/policy"
	"yike/policy/standard"
)

// BulkLimit is how many customers one act changes at most.
const BulkLimit = 5000

// UndoDays is how long an act on many rows can be undone.
const UndoDays = 30

// CustomerBulk is what many customers shall become; nil and empty leave as is.
// An owner or clerk of 0 is nobody.
type CustomerBulk struct {
	Owner, Clerk      *int64
	AddTags, DropTags []int64
	State             string
}

// BulkResult is what became of them. Kept are those that the actor may not
// change, or that were changed again before an undo.
type BulkResult struct {
	Act     int64 // of the audit record, for the undo; 0 when nothing changed
	Changed int
	Kept    int
	Short   int // would have lost what the data-entry standard says must be there
}

// ErrTooMany is an act on more rows than BulkLimit.
var ErrTooMany = errors.New("too many rows for one act")

// BulkCustomers changes many customers in one transaction with one audit
// record. What the actor does not see is left out without a word, as if it
// did not exist; what they see but may not change is counted as kept. An owner
// or clerk must be a person who is not disabled (ErrRefused).
func (d *DB) BulkCustomers(ctx context.Context, by policy.Actor, ids []int64, b CustomerBulk) (BulkResult, error) {
	var res BulkResult
	if len(ids) > BulkLimit {
		return res, fmt.Errorf("change %d customers: %w", len(ids), ErrTooMany)
	}
	err := d.act(ctx, by, "customers.bulk", func(tx *Tx) error {
		res = BulkResult{Act: tx.audit.id}
		for _, person := range []*int64{b.Owner, b.Clerk} {
			if err := tx.mayHold(ctx, person); err != nil {
				return err
			}
		}
		for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
			was, err := d.customer(ctx, tx, by.Scope(policy.CustomerRead), id, false)
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			now := b.on(was)
			if tx.breaksStandard(was, now) {
				res.Short++
				continue
			}
			changed, err := tx.setFew(ctx, was, now)
			switch {
			case errors.Is(err, ErrRefused):
				res.Kept++
			case err != nil:
				return err
			case changed:
				res.Changed++
			}
		}
		if res.Changed == 0 {
			return errDoneBefore
		}
		tx.detail(map[string]any{"changed": res.Changed, "kept": res.Kept})
		return nil
	})
	if errors.Is(err, errDoneBefore) {
		res.Act, err = 0, nil
	}
	return res, err
}

// breaksStandard says whether what a bulk act may change would take away what
// must be there.
func (tx *Tx) breaksStandard(was, now Customer) bool {
	must, _ := tx.db.tree.Load().standardsOn(tx.today()).bits(was.BranchID, was.Kind)
	return standard.Broken(LacksOf(was, nil), LacksOf(now, nil), must) != 0
}

func (tx *Tx) mayHold(ctx context.Context, person *int64) error {
	if person == nil || *person == 0 {
		return nil
	}
	var branch int64
	err := tx.QueryRowContext(ctx, `SELECT branch_id FROM users WHERE id = $1 AND disabled = $2`, *person, false).Scan(&branch)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("user %d: %w", *person, ErrRefused)
	}
	if err != nil {
		return fmt.Errorf("user %d: %w", *person, err)
	}
	return nil
}

// on is the customer as the bulk act wants it.
func (b CustomerBulk) on(c Customer) Customer {
	if b.Owner != nil {
		c.OwnerID = *b.Owner
	}
	if b.Clerk != nil {
		c.ClerkID = *b.Clerk
	}
	if b.State != "" {
		c.State = b.State
	}
	c.Tags = slices.DeleteFunc(append(slices.Clone(c.Tags), b.AddTags...), func(t int64) bool { return slices.Contains(b.DropTags, t) })
	slices.Sort(c.Tags)
	c.Tags = slices.Compact(c.Tags)
	return c
}

// setFew writes what a bulk act may change; none of it is searched by. changed
// is false when the row is as wanted already.
func (tx *Tx) setFew(ctx context.Context, was, now Customer) (changed bool, err error) {
	if now.OwnerID != was.OwnerID {
		now.OwnerSince = tx.today()
	}
	fields := diff(was.fields(), now.fields())
	tags := !slices.Equal(was.Tags, now.Tags)
	if len(fields) == 0 && !tags {
		return false, nil
	}
	edits := tx.by.Scope(policy.CustomerEdit)
	if tags && !tx.db.sees(edits, was.BranchID, was.OwnerID, was.ClerkID) {
		return false, fmt.Errorf("tag customer %d: %w", was.ID, ErrRefused)
	}
	if err := tx.mayChange(was, now, fields); err != nil {
		return false, err
	}
	write := fields
	if len(write) == 0 {
		write = map[string][2]any{"name": {was.Name, was.Name}} // so that the version moves on
	}
	if err := tx.update(ctx, "customers", was.ID, was.Version, now.fields(), write); err != nil {
		return false, err
	}
	noted := maps.Clone(fields)
	if tags {
		noted["tags"] = [2]any{idWords(was.Tags), idWords(now.Tags)}
		if _, err := tx.exec(ctx, `DELETE FROM customer_tags WHERE customer_id = $1`, was.ID); err != nil {
			return false, fmt.Errorf("tags of customer %d: %w", was.ID, err)
		}
		if err := setTags(ctx, tx, was.ID, was.BranchID, now.Tags); err != nil {
			return false, err
		}
	}
	return true, tx.change(ctx, "update", "customers", was.ID, was.BranchID, was.ID, was.Version+1, noted)
}

// UndoBulk takes back an act of BulkCustomers by the same person: each field
// that still stands as the act left it becomes what it was. ErrNotFound when
// there is no such act of theirs, when it is too old, or undone already.
func (d *DB) UndoBulk(ctx context.Context, by policy.Actor, act int64) (BulkResult, error) {
	var res BulkResult
	err := d.act(ctx, by, "customers.bulk_undo", func(tx *Tx) error {
		res = BulkResult{Act: tx.audit.id}
		tx.about(0, act)
		var at int64
		err := tx.QueryRowContext(ctx, `SELECT at FROM audits WHERE id = $1 AND act = 'customers.bulk' AND user_id = $2`, act, by.UserID).Scan(&at)
		if err == nil && tx.at.Sub(time.UnixMilli(at)) > UndoDays*24*time.Hour {
			err = sql.ErrNoRows
		}
		if err == nil {
			var undone bool
			err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM audits WHERE act = 'customers.bulk_undo' AND id > $1 AND subject_id = $1)`, act).Scan(&undone)
			if undone {
				err = sql.ErrNoRows
			}
		}
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("undo act %d: %w", act, ErrNotFound)
		}
		if err != nil {
			return fmt.Errorf("undo act %d: %w", act, err)
		}
		images, err := imagesOf(ctx, tx, act)
		if err != nil {
			return err
		}
		for _, image := range images {
			c, err := d.customer(ctx, tx, by.Scope(policy.CustomerRead), image.row, false)
			if errors.Is(err, ErrNotFound) {
				res.Kept++
				continue
			}
			if err != nil {
				return err
			}
			was, whole := image.back(c)
			changed, err := tx.setFew(ctx, c, was)
			switch {
			case errors.Is(err, ErrRefused):
				res.Kept++
			case err != nil:
				return err
			case changed && whole:
				res.Changed++
			default:
				res.Kept++
			}
		}
		tx.detail(map[string]any{"changed": res.Changed, "kept": res.Kept})
		return nil
	})
	return res, err
}

// image is a row as an act found it and left it.
type image struct {
	row    int64
	fields map[string][2]string
}

func imagesOf(ctx context.Context, tx *Tx, act int64) ([]image, error) {
	rows, err := tx.QueryContext(ctx, `SELECT row_id, fields FROM changes WHERE audit_id = $1 AND entity = 'customers' ORDER BY id`, act)
	if err != nil {
		return nil, fmt.Errorf("changes of act %d: %w", act, err)
	}
	defer rows.Close()
	var out []image
	for rows.Next() {
		im := image{fields: map[string][2]string{}}
		var text string
		if err := rows.Scan(&im.row, &text); err != nil {
			return nil, fmt.Errorf("changes of act %d: %w", act, err)
		}
		if err := json.Unmarshal([]byte(text), &im.fields); err != nil {
			return nil, fmt.Errorf("changes of act %d: %w", act, err)
		}
		out = append(out, im)
	}
	return out, rows.Err()
}

// back is the customer with what the act changed put back; whole is false when
// something was changed again since.
func (im image) back(c Customer) (was Customer, whole bool) {
	was, whole = c, true
	set := func(column, now string, to func(string)) {
		f, ok := im.fields[column]
		switch {
		case !ok:
		case f[1] == now:
			to(f[0])
		default:
			whole = false
		}
	}
	id := func(v string) int64 { n, _ := strconv.ParseInt(v, 10, 64); return n }
	set("owner_id", strconv.FormatInt(c.OwnerID, 10), func(v string) { was.OwnerID = id(v) })
	set("clerk_id", strconv.FormatInt(c.ClerkID, 10), func(v string) { was.ClerkID = id(v) })
	set("state", c.State, func(v string) { was.State = v })
	set("tags", idWords(c.Tags), func(v string) {
		was.Tags = nil
		for _, w := range strings.Fields(v) {
			was.Tags = append(was.Tags, id(w))
		}
	})
	return was, whole
}

// BinRow is a customer in the recycle bin.
type BinRow struct {
	ID, BranchID, OwnerID, ClerkID int64
	Code, Name, Class              string
	DeletedAt                      int64  // unix milliseconds
	By                             string // who deleted it
	Merge                          int64  // by which it went into another file, 0 = it did not
}

// BinnedCustomers returns what lies in the recycle bin and the scope sees, the
// last deleted first; more says that there are more than the 200 shown.
func (d *DB) BinnedCustomers(ctx context.Context, scope policy.Scope) (out []BinRow, more bool, err error) {
	r := d.reach(scope, 0)
	if r.empty {
		return nil, false, nil
	}
	where := bothSQL(cond{text: "c.deleted_at <> 0 AND c.erased_at = 0"}, r.residual())
	rows, err := d.query(ctx, binSQL(where, 201))
	if err != nil {
		return nil, false, fmt.Errorf("recycle bin: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var b BinRow
		if err := rows.Scan(&b.ID, &b.BranchID, &b.OwnerID, &b.ClerkID, &b.Code, &b.Name, &b.Class, &b.DeletedAt, &b.By, &b.Merge); err != nil {
			return nil, false, fmt.Errorf("recycle bin: %w", err)
		}
		out = append(out, b)
	}
	if len(out) > 200 {
		return out[:200], true, rows.Err()
	}
	return out, false, rows.Err()
}

func binSQL(where cond, n int) cond {
	return limitSQL(cond{`SELECT c.id, c.branch_id, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), c.code, c.name, c.class, c.deleted_at,
		coalesce((SELECT a.user_name FROM changes h JOIN audits a ON a.id = h.audit_id
			WHERE h.row_id = c.id AND h.kind = 'delete' AND h.entity = 'customers' ORDER BY h.version DESC LIMIT 1), ''),
		coalesce((SELECT m.id FROM merges m WHERE m.gone_id = c.id AND m.undone_at = 0), 0)
		FROM customers c WHERE ` + where.text, where.args}, " ORDER BY c.deleted_at DESC, c.id DESC", n)
}
