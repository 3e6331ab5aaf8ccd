package db

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"yike/policy"
	"yike/policy/day"
	"yike/policy/retention"
)

// Life of a row by policy/retention.
const (
	LifeInUse     = 0
	LifeArchived  = 1
	LifeDestroyed = 2
)

// archivedRow is one row of a part as it stands in the body.
type archivedRow struct {
	ID    int64    `json:"id,string"`
	Texts []string `json:"t"`
}

// archive moves what one row says of persons into the archive; false when the
// row is gone meanwhile. Its life turns first: from then on nobody else writes
// it, and who read it before does not either.
func (tx *Tx) archive(ctx context.Context, k *keptKind, r keptRow, version int64) (bool, error) {
	if n, err := tx.exec(ctx, k.turn, r.row, LifeArchived); err != nil || n == 0 {
		return false, err
	}
	body := map[string][]archivedRow{}
	id := tx.newID()
	var photos [][2]string
	for _, p := range k.parts {
		rows, err := tx.partOf(ctx, p, r.row)
		if err != nil {
			return false, err
		}
		if len(rows) == 0 {
			continue
		}
		if _, err := tx.exec(ctx, p.clear, r.row); err != nil {
			return false, err
		}
		body[p.name] = rows
		for _, x := range rows {
			if p.photos {
				photos = append(photos, [2]string{x.Texts[0], x.Texts[1]})
			}
		}
	}
	text, err := archivedText(body)
	if err != nil {
		return false, err
	}
	if _, err := tx.exec(ctx, `INSERT INTO archived (id, kind, row_id, customer_id, contact_id, day, body, rule_version, archived_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		id, string(k.kind), r.row, ref(r.customer), ref(r.contact), r.day, text, version, tx.now()); err != nil {
		return false, err
	}
	for _, p := range photos {
		if _, err := tx.exec(ctx, `INSERT INTO archived_photos (archived_id, hash, thumb) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, id, p[0], p[1]); err != nil {
			return false, err
		}
	}
	return true, nil
}

// partOf reads the rows of a part that hang on a row.
func (tx *Tx) partOf(ctx context.Context, p keptPart, row int64) ([]archivedRow, error) {
	stmt, err := tx.prepared(ctx, p.find)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(ctx, row)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []archivedRow
	for rows.Next() {
		x := archivedRow{Texts: make([]string, len(p.columns))}
		into := []any{&x.ID}
		for i := range x.Texts {
			into = append(into, &x.Texts[i])
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, rows.Err()
}

// archivedText is a body as it is stored: with letters as they are typed, so
// that somebody's name can be found in it.
func archivedText(body map[string][]archivedRow) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(body)
	return strings.TrimSpace(b.String()), err
}

// destroySome is one act that destroys what stands in the archive for too long.
func (d *DB) destroySome(ctx context.Context, by policy.Actor, k *keptKind, version int64, at keptAt, before day.Day) (batch, error) {
	return d.keptAct(ctx, by, "retention.destroy", k, version, before, func(tx *Tx) (list, free []keptRow, err error) {
		if list, err = k.overdueArchived(ctx, tx, at, before); err != nil {
			return nil, nil, err
		}
		if free, err = d.freeOf(ctx, tx, k.kind, list); err != nil {
			return nil, nil, err
		}
		var files []string
		for _, r := range free {
			gone, err := tx.destroy(ctx, k, r)
			if err != nil {
				return nil, nil, fmt.Errorf("destroy %s %d: %w", k.kind, r.row, err)
			}
			files = append(files, gone...)
		}
		return list, free, tx.noteKept(ctx, string(k.kind), StageDestroyed, version, free, files)
	})
}

func (tx *Tx) destroy(ctx context.Context, k *keptKind, r keptRow) (files []string, err error) {
	if err := eachOf(ctx, tx, `SELECT hash, thumb FROM archived_photos WHERE archived_id = $1`, []any{r.id}, func(scan func(...any) error) error {
		var hash, thumb string
		err := scan(&hash, &thumb)
		files = append(files, hash, thumb)
		return err
	}); err != nil {
		return nil, err
	}
	for _, query := range []string{`DELETE FROM archived_photos WHERE archived_id = $1`, `DELETE FROM archived WHERE id = $1`} {
		if _, err := tx.exec(ctx, query, r.id); err != nil {
			return nil, err
		}
	}
	_, err = tx.exec(ctx, k.forget, r.row)
	return files, err
}

// Archived is what stands in the archive of one row. Place is where it belongs.
type Archived struct {
	ID, Row, CustomerID  int64
	Kind                 retention.Kind
	Day                  string
	ArchivedAt           int64
	RuleVersion          int64
	Customer             string // "" = of no client on file
	Texts                []ArchivedText
	Photos               int
	branch, owner, clerk int64
	body                 map[string][]archivedRow
	contact              int64
}

// ArchivedText is one text of it: part and column are words of the program.
type ArchivedText struct{ Part, Column, Text string }

const archivedColumns = `a.id, a.kind, a.row_id, coalesce(a.customer_id, 0), coalesce(a.contact_id, 0), a.day, a.archived_at, a.rule_version, a.body`

func (a *Archived) scan(scan func(...any) error) error {
	var kind, body string
	if err := scan(&a.ID, &kind, &a.Row, &a.CustomerID, &a.contact, &a.Day, &a.ArchivedAt, &a.RuleVersion, &body); err != nil {
		return err
	}
	a.Kind = retention.Kind(kind)
	if err := json.Unmarshal([]byte(body), &a.body); err != nil {
		return fmt.Errorf("archived %d: %w", a.ID, err)
	}
	k := keptKinds[a.Kind]
	if k == nil {
		return fmt.Errorf("archived %d, of kind %q", a.ID, a.Kind)
	}
	for _, p := range k.parts {
		for _, x := range a.body[p.name] {
			if p.photos {
				a.Photos++
				continue
			}
			for i, text := range x.Texts {
				if i < len(p.columns) && text != "" && text != "{}" && text != "[]" {
					a.Texts = append(a.Texts, ArchivedText{p.name, p.columns[i], text})
				}
			}
		}
	}
	return nil
}

// ArchivedOf returns what stands in the archive of a row, without its texts:
// its id and when it came there; ErrNotFound when it is not there. Who sees the
// row may know that.
func (d *DB) ArchivedOf(ctx context.Context, kind retention.Kind, row int64) (Archived, error) {
	a := Archived{Kind: kind, Row: row}
	err := d.r.QueryRowContext(ctx, `SELECT id, day, archived_at, rule_version FROM archived WHERE kind = $1 AND row_id = $2`, string(kind), row).Scan(&a.ID, &a.Day, &a.ArchivedAt, &a.RuleVersion)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return a, fmt.Errorf("archive of %s %d: %w", kind, row, err)
	}
	return a, nil
}

// archivedIn reads one row of the archive that the scope sees, by its client.
func (d *DB) archivedIn(ctx context.Context, q querier, scope policy.Scope, id int64) (Archived, error) {
	var a Archived
	err := a.scan(q.QueryRowContext(ctx, `SELECT `+archivedColumns+` FROM archived a WHERE a.id = $1`, id).Scan)
	if err == nil {
		a.branch, a.owner, a.clerk, err = d.placeOf(ctx, q, a.Kind, a.Row, a.CustomerID, &a.Customer)
	}
	if errors.Is(err, sql.ErrNoRows) || err == nil && (a.branch == 0 || !d.sees(scope, a.branch, a.owner, a.clerk)) {
		err = ErrNotFound
	}
	if err != nil {
		return Archived{}, fmt.Errorf("archived %d: %w", id, err)
	}
	return a, nil
}

// ArchivedItem returns one row of the archive that the scope sees, without its
// texts.
func (d *DB) ArchivedItem(ctx context.Context, scope policy.Scope, id int64) (Archived, error) {
	a, err := d.archivedIn(ctx, d.r, scope, id)
	a.Texts, a.body = nil, nil
	return a, err
}

// LookArchived reads what stands in the archive of one row, for a reason, and
// puts that on record; both or neither. The actor needs archive.read there;
// beyond it, ErrNotFound.
func (d *DB) LookArchived(ctx context.Context, by policy.Actor, id int64, reason string) (Archived, error) {
	var a Archived
	if reason == "" {
		return a, fmt.Errorf("look at archived %d without a reason: %w", id, ErrRefused)
	}
	err := d.act(ctx, by, "archive.look", func(tx *Tx) error {
		var err error
		if a, err = d.archivedIn(ctx, tx, by.Scope(policy.ArchiveRead), id); err != nil {
			return err
		}
		tx.aboutCustomer(a.branch, a.CustomerID)
		if a.CustomerID == 0 {
			tx.about(a.branch, a.Row)
		}
		tx.audit.rows = 1
		tx.detail(map[string]any{"kind": string(a.Kind), "day": a.Day, "reason": reason})
		return nil
	})
	return a, err
}

// BringBack puts what stands in the archive of a row back into use, for a
// reason; it stays there for retention.BackMonths months before its time counts
// again. The actor needs archive.restore there; beyond it, ErrNotFound.
func (d *DB) BringBack(ctx context.Context, by policy.Actor, id int64, reason string) (Archived, error) {
	var a Archived
	if reason == "" {
		return a, fmt.Errorf("bring archived %d back without a reason: %w", id, ErrRefused)
	}
	err := d.act(ctx, by, "archive.restore", func(tx *Tx) error {
		if err := tx.holdRetention(ctx); err != nil {
			return err
		}
		var err error
		if a, err = d.archivedIn(ctx, tx, by.Scope(policy.ArchiveRestore), id); err != nil {
			return err
		}
		if err := tx.bringBack(ctx, a); err != nil {
			return fmt.Errorf("bring back %s %d: %w", a.Kind, a.Row, err)
		}
		until := dayParsed(tx.today()).AddMonths(retention.BackMonths).String()
		if err := tx.newHold(ctx, Hold{Kind: a.Kind, Row: a.Row, Until: until, Reason: reason}); err != nil {
			return err
		}
		tx.aboutCustomer(a.branch, a.CustomerID)
		if a.CustomerID == 0 {
			tx.about(a.branch, a.Row)
		}
		tx.audit.rows = 1
		tx.detail(map[string]any{"kind": string(a.Kind), "day": a.Day, "until": until, "reason": reason})
		return nil
	})
	return a, err
}

func (tx *Tx) bringBack(ctx context.Context, a Archived) error {
	k := keptKinds[a.Kind]
	for _, p := range k.parts {
		for _, x := range a.body[p.name] {
			if len(x.Texts) != len(p.columns) {
				return fmt.Errorf("part %s has %d texts, not %d", p.name, len(x.Texts), len(p.columns))
			}
			args := []any{a.Row, x.ID}
			for _, text := range x.Texts {
				args = append(args, text)
			}
			if _, err := tx.exec(ctx, p.write, args...); err != nil {
				return err
			}
		}
	}
	for _, query := range []string{`DELETE FROM archived_photos WHERE archived_id = $1`, `DELETE FROM archived WHERE id = $1`} {
		if _, err := tx.exec(ctx, query, a.ID); err != nil {
			return err
		}
	}
	_, err := tx.exec(ctx, k.turn, a.Row, LifeInUse)
	return err
}

// archivedOfClient is everything that stands in the archive of a client, or of
// one contact of it: for the copy that a person gets.
func (d *DB) archivedOfClient(ctx context.Context, customer, contact int64) ([]Archived, error) {
	var out []Archived
	err := eachOf(ctx, d.r, `SELECT `+archivedColumns+` FROM archived a WHERE a.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR a.contact_id = $2) ORDER BY a.day, a.id`,
		[]any{customer, contact}, func(scan func(...any) error) error {
			var a Archived
			err := a.scan(scan)
			out = append(out, a)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("archive of customer %d: %w", customer, err)
	}
	return out, nil
}
