package db

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"yike/policy"
)

const metaChainCheck = "audit_check" // what the last check of the chain found

// ExamineChain checks the chain and keeps what it found, for the audit page
// and for the banner that administrators see.
func (d *DB) ExamineChain(ctx context.Context) (ChainReport, error) {
	r, err := d.CheckChain(ctx)
	if err != nil {
		return r, err
	}
	b, err := json.Marshal(r)
	if err != nil {
		return r, err
	}
	d.chain.Store(&r)
	return r, d.SetMeta(ctx, metaChainCheck, string(b))
}

// ChainState returns what the last check of the chain found, from memory; At
// is 0 when it was never checked.
func (d *DB) ChainState() ChainReport {
	if r := d.chain.Load(); r != nil {
		return *r
	}
	return ChainReport{}
}

func (d *DB) readChainState(ctx context.Context) error {
	text, err := d.Meta(ctx, metaChainCheck)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var r ChainReport
	if json.Unmarshal([]byte(text), &r) == nil {
		d.chain.Store(&r)
	}
	return nil
}

// AuditRule returns for how many days audit records are kept: by the dated
// rule of the company, at least AuditDaysMin, AuditDays when nobody set it.
func (d *DB) AuditRule(ctx context.Context) (days int, err error) {
	row, err := d.Rule(ctx, RuleAudit, 0, Day(d.now()))
	if err != nil {
		return 0, err
	}
	var rule struct {
		Days int `json:"days"`
	}
	if row.Version == 0 || json.Unmarshal([]byte(row.Value), &rule) != nil || rule.Days == 0 {
		return AuditDays, nil
	}
	return max(rule.Days, AuditDaysMin), nil
}

// cutBatch is how many records one act of cutting takes.
const cutBatch = 2000

// CutAudits takes away the oldest records, up to the first that is younger than
// the rule says, in acts of at most 2,000 records that are on record
// themselves. What the chain hung on moves into its head, signed, so that what
// is left is as whole as before. Without the key, or with a wrong signature,
// nothing is cut.
func (d *DB) CutAudits(ctx context.Context, by policy.Actor) (n int64, err error) {
	days, err := d.AuditRule(ctx)
	if err != nil {
		return 0, err
	}
	rule, err := d.Rule(ctx, RuleAudit, 0, Day(d.now()))
	if err != nil {
		return 0, err
	}
	if d.seals == nil {
		return 0, nil
	}
	if err := d.CloseChain(ctx); err != nil {
		return 0, err
	}
	before := d.now().AddDate(0, 0, -days).UnixMilli()
	for {
		cut, err := d.cutSome(ctx, by, rule.Version, before)
		n += cut
		if err != nil || cut < cutBatch {
			return n, err
		}
	}
}

func (d *DB) cutSome(ctx context.Context, by policy.Actor, version, before int64) (n int64, err error) {
	err = d.act(ctx, by, "audit.cut", func(tx *Tx) error {
		n = 0
		if _, err := tx.ExecContext(ctx, `UPDATE meta SET value = value WHERE key = $1`, metaChain); err != nil {
			return fmt.Errorf("cut the audit: %w", err)
		}
		h, err := readHead(ctx, tx)
		if err != nil {
			return err
		}
		if !d.seals.signed(h) {
			return errDoneBefore
		}
		rows, err := tx.QueryContext(ctx, `
			SELECT l.seq, l.hash, a.at, a.id FROM audit_links l JOIN audits a ON a.id = l.audit_id
			WHERE l.seq > $1 AND l.seq <= $2 ORDER BY l.seq`, h.AnchorSeq, h.AnchorSeq+cutBatch)
		if err != nil {
			return fmt.Errorf("cut the audit: %w", err)
		}
		defer rows.Close()
		from, last := h.AnchorSeq+1, h.AnchorSeq
		var hash []byte
		var list []keptRow
		for rows.Next() {
			var seq, at, id int64
			var link []byte
			if err := rows.Scan(&seq, &link, &at, &id); err != nil {
				return fmt.Errorf("cut the audit: %w", err)
			}
			if at >= before || seq != last+1 || seq > h.SignedSeq {
				break
			}
			last, hash, list = seq, link, append(list, keptRow{row: id, day: Day(timeOf(at))})
		}
		if err := rows.Err(); err != nil {
			return fmt.Errorf("cut the audit: %w", err)
		}
		rows.Close()
		if last < from {
			return errDoneBefore
		}
		n = last - from + 1
		for _, query := range []string{
			`DELETE FROM changes WHERE audit_id IN (SELECT audit_id FROM audit_links WHERE seq <= $1)`,
			`DELETE FROM audits WHERE id IN (SELECT audit_id FROM audit_links WHERE seq <= $1)`,
			`DELETE FROM audit_links WHERE seq <= $1`,
		} {
			if _, err := tx.ExecContext(ctx, query, last); err != nil {
				return fmt.Errorf("cut the audit: %w", err)
			}
		}
		if err := tx.noteKept(ctx, RecordAudits, StageDestroyed, version, list, nil); err != nil {
			return err
		}
		h.AnchorSeq, h.AnchorHash = last, hex.EncodeToString(hash)
		var left [][2]int64
		for _, span := range h.Unsigned {
			if span[1] > last {
				left = append(left, [2]int64{max(span[0], last+1), span[1]})
			}
		}
		h.Unsigned = left
		h.Mark = h.markBy(d.seals.marks)
		tx.about(d.headOffice(), 0)
		tx.audit.rows = n
		tx.detail(map[string]any{"first": from, "last": last, "until": Day(timeOf(before))})
		return tx.writeHead(ctx, h)
	})
	if errors.Is(err, errDoneBefore) {
		return 0, nil
	}
	return n, err
}

// auditsLook is how many of the oldest records AuditsBefore looks at.
const auditsLook = 100_000

const auditsBefore = `SELECT count(*) FROM (SELECT at FROM audits ORDER BY id LIMIT 100000) a WHERE a.at < $1`

// AuditsBefore counts the audit records made before a day, up to 100,000; more
// says that there are more. It is what a shorter keeping would destroy.
func (d *DB) AuditsBefore(ctx context.Context, day string) (n int64, more bool, err error) {
	if err := d.r.QueryRowContext(ctx, auditsBefore, dayStart(dayParsed(day))).Scan(&n); err != nil {
		return 0, false, fmt.Errorf("audits before %s: %w", day, err)
	}
	return n, n >= auditsLook, nil
}
