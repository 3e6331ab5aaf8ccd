package db

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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

// eraseArchived takes out of the archive what hangs on a client, or on one
// contact of it, and gives the contents that nothing names any more. What the
// rest of a client's archive says of the contact is taken out word by word.
func (tx *Tx) eraseArchived(ctx context.Context, e *erasing) error {
	if err := eachOf(ctx, tx, `SELECT p.hash, p.thumb FROM archived_photos p JOIN archived a ON a.id = p.archived_id WHERE a.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR a.contact_id = $2)`,
		[]any{e.customer, e.contact}, func(scan func(...any) error) error {
			var hash, thumb string
			err := scan(&hash, &thumb)
			e.files = append(e.files, hash, thumb)
			e.Photos++
			return err
		}); err != nil {
		return err
	}
	for _, query := range []string{
		`DELETE FROM archived_photos WHERE archived_id IN (SELECT id FROM archived WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2))`,
		`DELETE FROM archived WHERE customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR contact_id = $2)`,
		`UPDATE retention_holds SET reason = '', release_reason = '' WHERE customer_id = $1 AND CAST($2 AS BIGINT) = 0`,
		rowHoldsErased,
	} {
		if _, err := tx.exec(ctx, query, e.customer, e.contact); err != nil {
			return err
		}
	}
	if e.contact == 0 {
		return nil
	}
	ids, err := rowsOf[int64](ctx, tx, `SELECT id FROM archived WHERE customer_id = $1`, e.customer)
	if err != nil {
		return err
	}
	_, err = tx.redactArchived(ctx, ids, e.words)
	return err
}

// rowHoldsErased takes out why one row of a client, or of a contact of it, was
// kept.
const rowHoldsErased = `UPDATE retention_holds SET reason = '', release_reason = '' WHERE customer_id IS NULL AND (
	kind = 'visits' AND EXISTS (SELECT 1 FROM visits x WHERE x.id = retention_holds.row_id AND x.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR x.contact_id = $2))
	OR kind = 'cases' AND EXISTS (SELECT 1 FROM cases x WHERE x.id = retention_holds.row_id AND x.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR x.contact_id = $2))
	OR kind = 'forms' AND EXISTS (SELECT 1 FROM feedback_forms x WHERE x.id = retention_holds.row_id AND x.customer_id = $1 AND CAST($2 AS BIGINT) = 0)
	OR kind = 'ratings' AND EXISTS (SELECT 1 FROM ratings x WHERE x.id = retention_holds.row_id AND x.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR x.contact_id = $2))
	OR kind = 'letters' AND EXISTS (SELECT 1 FROM outbox x WHERE x.id = retention_holds.row_id AND x.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR x.contact_id = $2)))`

// redactArchived takes words out of bodies of the archive.
func (tx *Tx) redactArchived(ctx context.Context, ids []int64, words []string) (n int, err error) {
	for _, id := range ids {
		var text string
		err := tx.QueryRowContext(ctx, `SELECT body FROM archived WHERE id = $1`, id).Scan(&text)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		var body map[string][]archivedRow
		if err == nil {
			err = json.Unmarshal([]byte(text), &body)
		}
		if err != nil {
			return n, fmt.Errorf("archived %d: %w", id, err)
		}
		for _, rows := range body {
			for _, x := range rows {
				for i, t := range x.Texts {
					x.Texts[i] = without(t, words)
				}
			}
		}
		now, err := archivedText(body)
		if err != nil || now == text {
			continue
		}
		if _, err := tx.exec(ctx, `UPDATE archived SET body = $2 WHERE id = $1`, id, now); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// ArchivedFilter asks for a page of the archive; zero fields do not filter.
type ArchivedFilter struct {
	Kind     retention.Kind
	Client   int64
	From, To string
	After    WaybillKey // a day and an id
	Limit    int
}

// archivedLooked is how many rows a page looks at to find those that the reader
// may know of.
const archivedLooked = 20_000

// ArchivedList lists what stands in the archive and the scope sees, the latest
// first, without its texts. next says where older ones begin that were not
// looked at, nil = there are none; a page that has none of its own may have one.
func (d *DB) ArchivedList(ctx context.Context, scope policy.Scope, f ArchivedFilter) (out []Archived, next *WaybillKey, err error) {
	at := f.After
	if at.Day == "" {
		at = WaybillKey{Day: day.Last.String(), ID: 1<<63 - 1}
	}
	for looked := 0; looked < archivedLooked; {
		list, err := d.archivedBefore(ctx, f, at)
		if err != nil {
			return nil, nil, err
		}
		for _, a := range list {
			if a.CustomerID == 0 {
				a.branch, a.owner, a.clerk, err = d.placeOf(ctx, d.r, a.Kind, a.Row, 0, &a.Customer)
			}
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return nil, nil, fmt.Errorf("archived %d: %w", a.ID, err)
			}
			if a.branch != 0 && d.sees(scope, a.branch, a.owner, a.clerk) {
				if len(out) == f.Limit {
					return out, &at, nil
				}
				out = append(out, a)
			}
			at = WaybillKey{Day: a.Day, ID: a.ID}
		}
		if looked += len(list); len(list) < archivedPage {
			return out, nil, nil
		}
	}
	return out, &at, nil
}

const archivedPage = 100

func (d *DB) archivedBefore(ctx context.Context, f ArchivedFilter, at WaybillKey) ([]Archived, error) {
	var c conditions
	c.add("(a.day, a.id) < (?, ?)", at.Day, at.ID)
	c.add("a.kind = ?", string(f.Kind))
	if f.Client != 0 {
		c.add("a.customer_id = ?", f.Client)
	}
	if f.From != "" {
		c.add("a.day >= ?", f.From)
	}
	if f.To != "" {
		c.add("a.day <= ?", f.To)
	}
	var out []Archived
	err := eachOf(ctx, d.r, `SELECT a.id, a.kind, a.row_id, coalesce(a.customer_id, 0), a.day, a.archived_at, a.rule_version,
		coalesce(c.branch_id, 0), coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), coalesce(c.name, '') FROM archived a LEFT JOIN customers c ON c.id = a.customer_id`+c.whereSQL()+` ORDER BY a.day DESC, a.id DESC LIMIT 100`,
		c.args, func(scan func(...any) error) error {
			var a Archived
			var kind string
			err := scan(&a.ID, &kind, &a.Row, &a.CustomerID, &a.Day, &a.ArchivedAt, &a.RuleVersion, &a.branch, &a.owner, &a.clerk, &a.Customer)
			a.Kind = retention.Kind(kind)
			out = append(out, a)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list the archive: %w", err)
	}
	return out, nil
}

// Hold keeps something though its time is over: everything of a client, or one
// row of a kind.
type Hold struct {
	ID, CustomerID         int64
	Kind                   retention.Kind // of the row
	Row                    int64
	Until                  string // last day, "" = until it is released
	Reason                 string
	UserID, MadeAt         int64
	User, Name             string // who set it; the client, "" of one row
	ReleasedAt, ReleasedBy int64
	ReleaseReason          string
	Version                int64
}

func (tx *Tx) newHold(ctx context.Context, h Hold) error {
	if _, err := tx.exec(ctx, `INSERT INTO retention_holds (id, customer_id, kind, row_id, until, reason, user_id, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		tx.newID(), ref(h.CustomerID), string(h.Kind), h.Row, h.Until, h.Reason, tx.by.UserID, tx.now()); err != nil {
		return fmt.Errorf("hold: %w", err)
	}
	return nil
}

// HoldClient keeps everything of the client with a code until somebody releases it, for a
// reason: nothing of it is archived or destroyed. The actor needs privacy.edit
// over the client (ErrNotFound). One hold of a client is enough: a second is
// ErrTaken.
func (d *DB) HoldClient(ctx context.Context, by policy.Actor, code, reason string) error {
	if reason == "" {
		return fmt.Errorf("hold customer %s without a reason: %w", code, ErrRefused)
	}
	return d.act(ctx, by, "retention.hold", func(tx *Tx) error {
		if err := tx.holdRetention(ctx); err != nil {
			return err
		}
		var customer, branch, owner, clerk, erased int64
		err := tx.QueryRowContext(ctx, `SELECT id, branch_id, coalesce(owner_id, 0), coalesce(clerk_id, 0), erased_at FROM customers WHERE code = $1`, code).Scan(&customer, &branch, &owner, &clerk, &erased)
		if errors.Is(err, sql.ErrNoRows) || err == nil && (erased != 0 || !d.sees(by.Scope(policy.PrivacyEdit), branch, owner, clerk)) {
			err = ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("hold customer %s: %w", code, err)
		}
		held, err := rowsOf[int64](ctx, tx, `SELECT id FROM retention_holds WHERE customer_id = $1 AND released_at = 0`, customer)
		if err != nil || len(held) > 0 {
			return fmt.Errorf("hold customer %s: %w", code, cmp.Or(err, ErrTaken))
		}
		tx.aboutCustomer(branch, customer)
		tx.audit.rows = 1
		tx.detail(map[string]any{"reason": reason})
		return tx.newHold(ctx, Hold{CustomerID: customer, Reason: reason})
	})
}

// ReleaseHold ends a hold, for a reason. The actor needs privacy.edit over the
// company's data that it keeps (ErrNotFound); one that was released already is
// ErrConflict.
func (d *DB) ReleaseHold(ctx context.Context, by policy.Actor, id int64, reason string) error {
	if reason == "" {
		return fmt.Errorf("release hold %d without a reason: %w", id, ErrRefused)
	}
	return d.act(ctx, by, "retention.release", func(tx *Tx) error {
		if err := tx.holdRetention(ctx); err != nil {
			return err
		}
		h, branch, err := d.holdIn(ctx, tx, by.Scope(policy.PrivacyEdit), id)
		if err == nil && h.ReleasedAt != 0 {
			err = ErrConflict
		}
		if err != nil {
			return fmt.Errorf("release hold %d: %w", id, err)
		}
		if _, err := tx.exec(ctx, `UPDATE retention_holds SET released_at = $2, released_by = $3, release_reason = $4, version = version + 1 WHERE id = $1`, id, tx.now(), by.UserID, reason); err != nil {
			return fmt.Errorf("release hold %d: %w", id, err)
		}
		tx.aboutCustomer(branch, h.CustomerID)
		if h.CustomerID == 0 {
			tx.about(branch, h.Row)
		}
		tx.audit.rows = 1
		tx.detail(map[string]any{"kind": string(h.Kind), "reason": reason})
		return nil
	})
}

const holdColumns = `h.id, coalesce(h.customer_id, 0), h.kind, h.row_id, h.until, h.reason, h.user_id, h.made_at, coalesce(u.name, ''), h.released_at, h.released_by, h.release_reason, h.version`

func (h *Hold) scan(scan func(...any) error) error {
	var kind string
	err := scan(&h.ID, &h.CustomerID, &kind, &h.Row, &h.Until, &h.Reason, &h.UserID, &h.MadeAt, &h.User, &h.ReleasedAt, &h.ReleasedBy, &h.ReleaseReason, &h.Version)
	h.Kind = retention.Kind(kind)
	return err
}

func (d *DB) holdIn(ctx context.Context, q querier, scope policy.Scope, id int64) (h Hold, branch int64, err error) {
	err = h.scan(q.QueryRowContext(ctx, `SELECT `+holdColumns+` FROM retention_holds h LEFT JOIN users u ON u.id = h.user_id WHERE h.id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return h, 0, err
	}
	branch, err = d.holdPlace(ctx, q, scope, &h)
	return h, branch, err
}

// holdPlace is the branch of what a hold keeps, ErrNotFound beyond the scope.
func (d *DB) holdPlace(ctx context.Context, q querier, scope policy.Scope, h *Hold) (int64, error) {
	customer := h.CustomerID
	if customer == 0 {
		query := map[retention.Kind]string{retention.Visits: `SELECT customer_id FROM visits WHERE id = $1`, retention.Cases: `SELECT coalesce(customer_id, 0) FROM cases WHERE id = $1`,
			retention.Forms: `SELECT customer_id FROM feedback_forms WHERE id = $1`, retention.Ratings: `SELECT coalesce(customer_id, 0) FROM ratings WHERE id = $1`,
			retention.Letters: `SELECT coalesce(customer_id, 0) FROM outbox WHERE id = $1`}[h.Kind]
		if query == "" {
			return 0, ErrNotFound
		}
		if err := q.QueryRowContext(ctx, query, h.Row).Scan(&customer); err != nil {
			return 0, err
		}
	}
	branch, owner, clerk, err := d.placeOf(ctx, q, h.Kind, h.Row, customer, &h.Name)
	if err == nil && !d.sees(scope, branch, owner, clerk) {
		err = ErrNotFound
	}
	return branch, err
}

// Holds lists what is held and the scope sees, the latest first, up to 200: all
// of clients, then what was brought back for a time.
func (d *DB) Holds(ctx context.Context, scope policy.Scope) ([]Hold, error) {
	var list []Hold
	err := eachOf(ctx, d.r, `SELECT `+holdColumns+` FROM retention_holds h LEFT JOIN users u ON u.id = h.user_id
		WHERE h.released_at = 0 AND (h.until = '' OR h.until >= $1) ORDER BY CASE WHEN h.customer_id IS NULL THEN 1 ELSE 0 END, h.id DESC LIMIT 200`, []any{Day(d.now())}, func(scan func(...any) error) error {
		var h Hold
		err := h.scan(scan)
		list = append(list, h)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("holds: %w", err)
	}
	for i := range list {
		if _, err = d.holdPlace(ctx, d.r, scope, &list[i]); errors.Is(err, ErrNotFound) {
			list[i].ID = 0
		} else if err != nil {
			return nil, fmt.Errorf("holds: %w", err)
		}
	}
	return slices.DeleteFunc(list, func(h Hold) bool { return h.ID == 0 }), nil
}
