package db

import (
	"bytes"
	"context"
	"crypto/hmac"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// What can be wrong with the chain.
const (
	FaultRecord   = "record"   // a record, or a change of it, is not what was written
	FaultGone     = "gone"     // a record is missing
	FaultLink     = "link"     // a link was altered
	FaultMissing  = "missing"  // links are missing before this one
	FaultBegin    = "begin"    // the chain does not begin where it was begun or cut
	FaultEnd      = "end"      // the newest links are missing, or others were added
	FaultHead     = "head"     // what says where the chain ends was altered
	FaultUnlinked = "unlinked" // a record that has no link
	FaultOrphan   = "orphan"   // a change that belongs to no record
)

// ChainFault is one place where the chain is not as it was written.
type ChainFault struct {
	What  string // one of the codes above
	Seq   int64  // of the link, 0 when it has none
	Audit int64  // of the record, 0 when none is meant
}

// ChainReport is what a check of the chain found.
type ChainReport struct {
	At       int64        `json:"at"`    // unix milliseconds
	Links    int64        `json:"links"` // checked
	Last     int64        `json:"last"`  // number of the newest
	Signed   bool         `json:"signed"`
	Unsigned [][2]int64   `json:"unsigned,omitempty"` // links written without a key: whole, but nobody vouches for them
	Faults   []ChainFault `json:"faults,omitempty"`
	More     int          `json:"more,omitempty"` // faults beyond those listed
}

// Whole says whether nothing was found.
func (r ChainReport) Whole() bool { return len(r.Faults) == 0 }

const faultsListed = 100

func (r *ChainReport) fault(what string, seq, audit int64) {
	if len(r.Faults) < faultsListed {
		r.Faults = append(r.Faults, ChainFault{what, seq, audit})
	} else {
		r.More++
	}
}

// CheckChain compares every link with its record and with the link before it.
// What cannot be read is an error; what is not as it was written is a fault.
func (d *DB) CheckChain(ctx context.Context) (ChainReport, error) {
	r := ChainReport{At: d.now().UnixMilli()}
	if err := d.CloseChain(ctx); err != nil && ctx.Err() != nil {
		return r, err // any other reason is something that the check finds
	}
	tx, err := d.snapshot(ctx)
	if err != nil {
		return r, fmt.Errorf("check the audit chain: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	if err := d.checkChain(ctx, tx, &r); err != nil {
		return r, fmt.Errorf("check the audit chain: %w", err)
	}
	return r, nil
}

// snapshot begins to read what stands at this instant. The caller rolls it back.
func (d *DB) snapshot(ctx context.Context) (*sql.Tx, error) {
	opts := &sql.TxOptions{ReadOnly: true}
	if d.postgres {
		opts.Isolation = sql.LevelRepeatableRead
	} else {
		opts.ReadOnly = false // the pool is read-only as it is
	}
	return d.r.BeginTx(ctx, opts)
}

type storedLink struct {
	seq, audit   int64
	digest, hash []byte
	row          auditRow
	there        bool
	sum          changesDigest
}

func (d *DB) checkChain(ctx context.Context, tx *sql.Tx, r *ChainReport) error {
	h, err := readHead(ctx, tx)
	if errors.Is(err, ErrNotFound) {
		r.fault(FaultHead, 0, 0)
		return nil
	}
	syntax, kind := (*json.SyntaxError)(nil), (*json.UnmarshalTypeError)(nil)
	if errors.As(err, &syntax) || errors.As(err, &kind) {
		r.fault(FaultHead, 0, 0)
		return nil
	}
	if err != nil {
		return err
	}
	r.Unsigned = h.Unsigned
	if d.seals != nil {
		r.Signed = d.seals.signed(h)
		if !r.Signed {
			r.fault(FaultHead, h.Seq, 0)
		} else if h.SignedSeq < h.Seq {
			r.Unsigned = append(slices.Clone(h.Unsigned), [2]int64{h.SignedSeq + 1, h.Seq})
		}
	}
	before, err := hex.DecodeString(h.AnchorHash)
	if err != nil {
		r.fault(FaultHead, h.Seq, 0)
	}
	name, err := metaOf(ctx, tx, metaInstallation)
	if err != nil {
		return err
	}
	if h.AnchorSeq == 0 && h.AnchorHash != chainStart(name) {
		r.fault(FaultBegin, 0, 0)
	}
	seq, vouched := h.AnchorSeq, h.AnchorHash
	if h.SignedSeq != h.AnchorSeq {
		vouched = ""
	}
	for {
		batch, err := chainBatch(ctx, tx, seq)
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			break
		}
		for i := range batch {
			l := &batch[i]
			r.Links++
			switch {
			case l.seq != seq+1 && seq == h.AnchorSeq:
				r.fault(FaultBegin, l.seq, 0)
			case l.seq != seq+1:
				r.fault(FaultMissing, l.seq, 0)
			}
			switch {
			case !l.there:
				r.fault(FaultGone, l.seq, l.audit)
			case l.sum.last < 0 || !bytes.Equal(l.row.digest(l.sum), l.digest):
				r.fault(FaultRecord, l.seq, l.audit)
			}
			if want := linkHash(before, l.seq, l.audit, l.digest); !bytes.Equal(want, l.hash) && l.seq == seq+1 {
				r.fault(FaultLink, l.seq, l.audit)
			}
			if l.seq == h.SignedSeq {
				vouched = hex.EncodeToString(l.hash)
			}
			seq, before = l.seq, l.hash
		}
	}
	r.Last = seq
	if seq != h.Seq || hex.EncodeToString(before) != h.Hash {
		r.fault(FaultEnd, h.Seq, 0)
	}
	if vouched != h.SignedHash && (d.seals != nil && r.Signed) {
		r.fault(FaultEnd, h.SignedSeq, 0)
	}
	return d.chainStrays(ctx, tx, r)
}

// chainBatch reads links above one with their records, then the changes.
func chainBatch(ctx context.Context, tx *sql.Tx, after int64) ([]storedLink, error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT l.seq, l.audit_id, l.digest, l.hash, coalesce(a.id, 0), coalesce(a.at, 0), coalesce(a.user_id, 0), coalesce(a.user_name, ''),
			coalesce(a.act, ''), coalesce(a.branch_id, 0), coalesce(a.subject_id, 0), coalesce(a.rows_count, 0), coalesce(a.detail, ''),
			coalesce(a.address, ''), coalesce(a.request_id, '')
		FROM audit_links l LEFT JOIN audits a ON a.id = l.audit_id
		WHERE l.seq > $1 ORDER BY l.seq LIMIT 500`, after)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []storedLink
	at := map[int64]int{}
	for rows.Next() {
		var l storedLink
		if err := rows.Scan(append([]any{&l.seq, &l.audit, &l.digest, &l.hash}, l.row.scan()...)...); err != nil {
			return nil, err
		}
		l.there = l.row.id != 0
		at[l.audit] = len(out)
		out = append(out, l)
	}
	if err := rows.Err(); err != nil || len(out) == 0 {
		return nil, err
	}
	rows.Close()
	rows, err = tx.QueryContext(ctx, `
		SELECT c.audit_id, c.id, c.kind, c.entity, c.row_id, c.branch_id, c.customer_id, c.version, c.fields
		FROM audit_links l JOIN changes c ON c.audit_id = l.audit_id
		WHERE l.seq >= $1 AND l.seq <= $2 ORDER BY c.audit_id, c.id`, out[0].seq, out[len(out)-1].seq)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var audit, id, row, branch, customer, version int64
		var kind, entity, fields string
		if err := rows.Scan(&audit, &id, &kind, &entity, &row, &branch, &customer, &version, &fields); err != nil {
			return nil, err
		}
		if sum := &out[at[audit]].sum; sum.add(id, kind, entity, row, branch, customer, version, fields) != nil {
			sum.last = -1 // an id that no act could have given
		}
	}
	return out, rows.Err()
}

// chainStrays looks for what has no place in the chain.
func (d *DB) chainStrays(ctx context.Context, tx *sql.Tx, r *ChainReport) error {
	for _, stray := range []struct{ what, query string }{
		{FaultUnlinked, `SELECT a.id FROM audits a WHERE NOT EXISTS (SELECT 1 FROM audit_links l WHERE l.audit_id = a.id) ORDER BY a.id`},
		{FaultOrphan, `SELECT c.id FROM changes c WHERE NOT EXISTS (SELECT 1 FROM audits a WHERE a.id = c.audit_id) ORDER BY c.id`},
	} {
		rows, err := tx.QueryContext(ctx, stray.query)
		if err != nil {
			return err
		}
		var found []int64
		for rows.Next() {
			var id int64
			if err := rows.Scan(&id); err != nil {
				rows.Close()
				return err
			}
			found = append(found, id)
		}
		err = rows.Err()
		rows.Close()
		if err != nil {
			return err
		}
		for _, id := range found {
			if stray.what == FaultUnlinked {
				open, err := d.stillOpen(ctx, tx, id)
				if err != nil {
					return err
				}
				if open {
					continue
				}
			}
			r.fault(stray.what, 0, id)
		}
	}
	return nil
}

// stillOpen says whether a record was committed since the chain was closed and
// waits for its link in order.
func (d *DB) stillOpen(ctx context.Context, tx *sql.Tx, audit int64) (bool, error) {
	var digest, mark []byte
	err := tx.QueryRowContext(ctx, `SELECT digest, mark FROM audit_open WHERE audit_id = $1`, audit).Scan(&digest, &mark)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil && (d.seals == nil || hmac.Equal(mark, d.seals.openMark(audit, digest))), err
}
