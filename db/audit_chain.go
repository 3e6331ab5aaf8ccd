package db

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"time"
)

// The chain. Each audit record has a link: a number without gaps, a digest of
// the record and its changes, and a hash over number, digest and the link
// before. What the newest link is stands in meta, signed with the company's
// key, so that neither an old link nor the newest can be altered, put in,
// taken out or exchanged without showing, also not by one who computes every
// hash anew.
//
// On SQLite the link is part of the act. On PostgreSQL, where acts run side by
// side, the act leaves its digest, signed, in audit_open; whoever holds the row
// of the newest link closes what is open, in the order of the ids.

const metaChain = "audit_chain"

// chainHead is where the chain stands. Everything but Seq and Hash is covered
// by Mark.
type chainHead struct {
	Seq        int64      `json:"seq"` // of the newest link, 0 before the first
	Hash       string     `json:"hash"`
	AnchorSeq  int64      `json:"anchor_seq"` // of the last link that was cut off, 0 when none was
	AnchorHash string     `json:"anchor_hash"`
	SignedSeq  int64      `json:"signed_seq"` // the newest link that the key vouches for
	SignedHash string     `json:"signed_hash"`
	Unsigned   [][2]int64 `json:"unsigned,omitempty"` // links written while there was no key
	Mark       string     `json:"mark,omitempty"`
}

func (h chainHead) markBy(key []byte) string {
	h.Mark = ""
	h.Seq, h.Hash = 0, ""
	b, _ := json.Marshal(h) // plain numbers and texts: never fails
	m := hmac.New(sha256.New, key)
	m.Write([]byte("head\x00"))
	m.Write(b)
	return hex.EncodeToString(m.Sum(nil))
}

// signed says whether the company's key vouches for the head.
func (s *sealer) signed(h chainHead) bool {
	return h.Mark != "" && hmac.Equal([]byte(h.Mark), []byte(h.markBy(s.marks)))
}

// sign lets the key vouch for the newest link. What was written without a key
// since the last signature is noted; a signature that is wrong is left so, and
// every check will say it.
func (s *sealer) sign(h *chainHead, was chainHead) {
	if !s.signed(was) {
		return
	}
	if was.SignedSeq < was.Seq {
		h.Unsigned = append(h.Unsigned, [2]int64{was.SignedSeq + 1, was.Seq})
	}
	h.SignedSeq, h.SignedHash = h.Seq, h.Hash
	h.Mark = h.markBy(s.marks)
}

// openMark signs a digest that waits to be linked.
func (s *sealer) openMark(audit int64, digest []byte) []byte {
	m := hmac.New(sha256.New, s.marks)
	m.Write([]byte("open\x00"))
	m.Write(binary.BigEndian.AppendUint64(nil, uint64(audit))) //nolint:gosec // ids are positive
	m.Write(digest)
	return m.Sum(nil)
}

// digester hashes numbers and texts so that no two lists look alike.
type digester struct {
	hash.Hash
	buf []byte
}

func newDigester(what string) *digester {
	d := &digester{Hash: sha256.New()}
	d.text(what)
	return d
}

func (d *digester) number(n ...int64) {
	d.buf = d.buf[:0]
	for _, v := range n {
		d.buf = binary.BigEndian.AppendUint64(d.buf, uint64(v)) //nolint:gosec // only bits count
	}
	d.Write(d.buf)
}

func (d *digester) text(s ...string) {
	for _, v := range s {
		d.buf = binary.BigEndian.AppendUint64(d.buf[:0], uint64(len(v)))
		d.buf = append(d.buf, v...)
		d.Write(d.buf)
	}
}

// changesDigest runs over the changes of one act, in the order of their ids.
type changesDigest struct {
	d    *digester
	last int64
	n    int64
}

// add takes one stored change.
func (c *changesDigest) add(id int64, kind, entity string, row, branch, customer, version int64, fields string) error {
	if id <= c.last {
		return fmt.Errorf("change %d comes after %d: ids must rise within an act", id, c.last)
	}
	if c.d == nil {
		c.d = newDigester("yike changes 1")
	}
	c.last = id
	c.n++
	c.d.number(id, row, branch, customer, version)
	c.d.text(kind, entity, fields)
	return nil
}

// auditRow is an audit record as it is stored.
type auditRow struct {
	id, at, user, branch, subject, rows   int64
	name, act, detail, address, requestID string
}

func (a *auditRow) digest(c changesDigest) []byte {
	d := newDigester("yike audit 1")
	d.number(a.id, a.at, a.user, a.branch, a.subject, a.rows, c.n)
	d.text(a.name, a.act, a.detail, a.address, a.requestID)
	if c.d != nil {
		d.Write(c.d.Sum(nil))
	}
	return d.Sum(nil)
}

func linkHash(before []byte, seq, audit int64, digest []byte) []byte {
	d := newDigester("yike link 1")
	d.Write(before)
	d.number(seq, audit)
	d.Write(digest)
	return d.Sum(nil)
}

// chainStart is what the first link of an installation hangs on.
func chainStart(installation string) string {
	d := newDigester("yike chain 1")
	d.text(installation)
	return hex.EncodeToString(d.Sum(nil))
}

func readHead(ctx context.Context, q querier) (h chainHead, err error) {
	var text string
	err = q.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = $1`, metaChain).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return h, ErrNotFound
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &h)
	}
	if err != nil {
		return h, fmt.Errorf("head of the audit chain: %w", err)
	}
	return h, nil
}

func (tx *Tx) writeHead(ctx context.Context, h chainHead) error {
	b, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return tx.setMeta(ctx, metaChain, string(b))
}

// startChain makes the head of a chain that was never begun, and links the
// records that a database from before the chain brings with it. It is called
// for a database that has no company key yet, no other: so that nobody who
// takes the chain away gets a new one.
func (d *DB) startChain(ctx context.Context, name string) error {
	err := d.write(ctx, func(tx *Tx) error {
		if _, err := readHead(ctx, tx); !errors.Is(err, ErrNotFound) {
			return err // another node was faster
		}
		h := chainHead{Hash: chainStart(name), AnchorHash: chainStart(name)}
		h.SignedHash = h.Hash
		if err := tx.writeHead(ctx, h); err != nil {
			return err
		}
		links, err := auditsAfter(ctx, tx, 0)
		if err != nil {
			return err
		}
		return tx.link(ctx, links)
	})
	if err != nil {
		return fmt.Errorf("begin the audit chain: %w", err)
	}
	return nil
}

// signStart lets a key that has just been made vouch for the chain from here on.
func (tx *Tx) signStart(ctx context.Context, s *sealer) error {
	h, err := readHead(ctx, tx)
	if errors.Is(err, ErrNotFound) || err == nil && h.Mark != "" {
		return nil
	}
	if err != nil {
		return err
	}
	if h.Seq > h.AnchorSeq {
		h.Unsigned = append(h.Unsigned, [2]int64{h.AnchorSeq + 1, h.Seq})
	}
	h.SignedSeq, h.SignedHash = h.Seq, h.Hash
	h.Mark = h.markBy(s.marks)
	return tx.writeHead(ctx, h)
}

// openLink is a record that has no link yet.
type openLink struct {
	audit  int64
	digest []byte
}

// auditsAfter digests the records with ids above one, in the order of the ids.
func auditsAfter(ctx context.Context, tx *Tx, after int64) ([]openLink, error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+auditColumns+` FROM audits a WHERE a.id > $1 ORDER BY a.id`, after)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []auditRow
	for rows.Next() {
		var a auditRow
		if err := rows.Scan(a.scan()...); err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	out := make([]openLink, len(list))
	for i := range list {
		var sum changesDigest
		if err := eachChange(ctx, tx, list[i].id, &sum); err != nil {
			return nil, err
		}
		out[i] = openLink{list[i].id, list[i].digest(sum)}
	}
	return out, nil
}

const auditColumns = `a.id, a.at, a.user_id, a.user_name, a.act, a.branch_id, a.subject_id, a.rows_count, a.detail, a.address, a.request_id`

func (a *auditRow) scan() []any {
	return []any{&a.id, &a.at, &a.user, &a.name, &a.act, &a.branch, &a.subject, &a.rows, &a.detail, &a.address, &a.requestID}
}

func eachChange(ctx context.Context, q querier, audit int64, sum *changesDigest) error {
	rows, err := q.QueryContext(ctx, `
		SELECT id, kind, entity, row_id, branch_id, customer_id, version, fields
		FROM changes WHERE audit_id = $1 ORDER BY id`, audit)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, row, branch, customer, version int64
		var kind, entity, fields string
		if err := rows.Scan(&id, &kind, &entity, &row, &branch, &customer, &version, &fields); err != nil {
			return err
		}
		if err := sum.add(id, kind, entity, row, branch, customer, version, fields); err != nil {
			return err
		}
	}
	return rows.Err()
}

// link appends links and moves the head. Only one may do so at a time: on
// SQLite the writer, on PostgreSQL who holds the head's row.
func (tx *Tx) link(ctx context.Context, list []openLink) error {
	if len(list) == 0 {
		return nil
	}
	was, err := readHead(ctx, tx)
	if err != nil {
		return fmt.Errorf("link the audit record: %w", err)
	}
	h := was
	before, err := hex.DecodeString(was.Hash)
	if err != nil {
		return fmt.Errorf("head of the audit chain: %w", err)
	}
	for _, l := range list {
		h.Seq++
		before = linkHash(before, h.Seq, l.audit, l.digest)
		if _, err := tx.exec(ctx, `INSERT INTO audit_links (seq, audit_id, digest, hash) VALUES ($1, $2, $3, $4)`,
			h.Seq, l.audit, l.digest, before); err != nil {
			return fmt.Errorf("link audit record %d: %w", l.audit, err)
		}
	}
	h.Hash = hex.EncodeToString(before)
	if tx.db.seals != nil {
		tx.db.seals.sign(&h, was)
	}
	return tx.writeHead(ctx, h)
}

// leaveOpen leaves the digest of an act for the one who links it.
func (tx *Tx) leaveOpen(ctx context.Context, l openLink) error {
	mark := []byte{}
	if tx.db.seals != nil {
		mark = tx.db.seals.openMark(l.audit, l.digest)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO audit_open (audit_id, digest, mark) VALUES ($1, $2, $3)`, l.audit, l.digest, mark); err != nil {
		return fmt.Errorf("audit record %d: %w", l.audit, err)
	}
	return nil
}

// closeBatch is how many records are linked in one transaction.
const closeBatch = 1000

// CloseChain links what acts have left open. On SQLite nothing is ever open.
func (d *DB) CloseChain(ctx context.Context) error {
	if !d.postgres {
		return nil
	}
	for {
		n, err := d.closeSome(ctx)
		if err != nil {
			return fmt.Errorf("close the audit chain: %w", err)
		}
		if n < closeBatch {
			return nil
		}
	}
}

func (d *DB) closeSome(ctx context.Context) (n int, err error) {
	err = d.write(ctx, func(tx *Tx) error {
		n = 0
		// Whoever comes second waits here until the first has committed.
		if _, err := tx.ExecContext(ctx, `UPDATE meta SET value = value WHERE key = $1`, metaChain); err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, `SELECT audit_id, digest, mark FROM audit_open ORDER BY audit_id LIMIT $1`, closeBatch)
		if err != nil {
			return err
		}
		defer rows.Close()
		var list []openLink
		var last int64
		for rows.Next() {
			var l openLink
			var mark []byte
			if err := rows.Scan(&l.audit, &l.digest, &mark); err != nil {
				return err
			}
			n++
			last = l.audit
			// What nobody with the key has left here stays without a link.
			if d.seals == nil || len(mark) > 0 && hmac.Equal(mark, d.seals.openMark(l.audit, l.digest)) {
				list = append(list, l)
			}
		}
		if err := rows.Err(); err != nil || n == 0 {
			return err
		}
		rows.Close()
		// One by one, not "up to last": another act with a lower id may have
		// committed since the rows were read.
		for _, l := range list {
			if _, err := tx.exec(ctx, `DELETE FROM audit_open WHERE audit_id = $1`, l.audit); err != nil {
				return err
			}
		}
		if len(list) == 0 && n == closeBatch {
			return fmt.Errorf("%d records wait up to %d and none is signed", n, last)
		}
		return tx.link(ctx, list)
	})
	return n, err
}

// linker closes the chain behind the acts of this process.
type linker struct {
	wake chan struct{}
	done chan struct{}
	stop context.CancelFunc
}

// linkPause gathers the acts of a moment into one transaction.
const linkPause = 100 * time.Millisecond

func (d *DB) startLinker() {
	ctx, stop := context.WithCancel(context.Background())
	l := &linker{wake: make(chan struct{}, 1), done: make(chan struct{}), stop: stop}
	d.links = l
	go func() {
		defer close(l.done)
		for {
			select {
			case <-ctx.Done():
				return
			case <-l.wake:
			case <-time.After(time.Minute): // what another node left when it was cut off
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(linkPause):
			}
			_ = d.CloseChain(ctx) // the next one takes it up; what stays open, the check finds
		}
	}()
}

func (l *linker) nudge() {
	if l == nil {
		return
	}
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// end stops the linker and closes what is open.
func (l *linker) end(d *DB) error {
	if l == nil {
		return nil
	}
	l.stop()
	<-l.done
	return d.CloseChain(context.Background())
}
