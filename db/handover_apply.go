package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"yike/policy"
	"yike/policy/mask"
)

// Why a piece of work was not moved, or not put back.
const (
	WhyMoved   = "moved"   // somebody else holds it by now
	WhyGone    = "gone"    // no more; a client in the recycle bin has somebody too
	WhyClosed  = "closed"  // no longer open: a visit made or called off
	WhyReach   = "reach"   // its branch is beyond the actor's reach by now
	WhyUnfit   = "unfit"   // the taker may no longer take it
	WhyChanged = "changed" // changed again since; for an undo
)

// HandoverResult counts what became of the pieces of a handover.
type HandoverResult struct{ Moved, Kept, Failed int }

// holder is where a piece of work stands now.
type holder struct {
	who, branch, owner, clerk int64
	since                     string
	open, gone                bool
}

func workHoldersSQL(k workKind) string {
	since := "''"
	if k.since != "" {
		since = "x." + k.since
	}
	return `SELECT x.id, coalesce(x.` + k.column + `, 0), ` + k.branch + `, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), x.version, ` + since + `,
		CASE WHEN ` + k.open + ` THEN 1 ELSE 0 END, CASE WHEN x.deleted_at = 0 OR x.id = c.id THEN 0 ELSE 1 END
		FROM handover_items i, ` + k.from + ` WHERE x.id = i.row_id AND i.handover_id = $1 AND i.kind = $2`
}

func moveSQL(k workKind) string {
	since := ""
	if k.since != "" {
		since = ", " + k.since + " = $5"
	}
	return `UPDATE ` + k.table + ` SET ` + k.column + ` = $3, version = version + 1, updated_at = $4` + since + ` WHERE id = $1 AND version = $2`
}

// mover moves pieces of one handover within a transaction.
type mover struct {
	*Tx
	stands   map[string]map[int64]holder // by kind and row
	versions map[int64]int64             // by row; a client may be moved twice, as owner's and as clerk's
	result   HandoverResult
}

func (tx *Tx) mover(ctx context.Context, id int64) (*mover, error) {
	m := &mover{Tx: tx, stands: map[string]map[int64]holder{}, versions: map[int64]int64{}}
	for _, k := range handoverKinds {
		of := map[int64]holder{}
		m.stands[k.word] = of
		rows, err := tx.QueryContext(ctx, workHoldersSQL(k), id, k.word)
		if err != nil {
			return nil, fmt.Errorf("handover %d: %w", id, err)
		}
		defer rows.Close()
		for rows.Next() {
			var row, version, open, gone int64
			var h holder
			if err := rows.Scan(&row, &h.who, &h.branch, &h.owner, &h.clerk, &version, &h.since, &open, &gone); err != nil {
				return nil, fmt.Errorf("handover %d: %w", id, err)
			}
			h.open, h.gone = open != 0, gone != 0
			of[row], m.versions[row] = h, version
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, fmt.Errorf("handover %d: %w", id, err)
		}
	}
	return m, nil
}

// stuck says why a piece cannot be moved away from somebody; "" when it can.
func (m *mover) stuck(it HandoverItem, from int64) (why string, failed bool) {
	h, ok := m.stands[it.Kind][it.RowID]
	switch {
	case !ok || h.gone:
		return WhyGone, true
	case !m.db.sees(m.by.Scope(policy.CustomerAssign), h.branch, h.owner, h.clerk):
		return WhyReach, true
	case h.who != from:
		return WhyMoved, false
	case !h.open:
		return WhyClosed, false
	}
	return "", false
}

// move gives a piece to somebody, with its change record. since is the day
// written where the kind keeps one.
func (m *mover) move(ctx context.Context, it HandoverItem, to int64, since string) error {
	k, h, version := kindOf(it.Kind), m.stands[it.Kind][it.RowID], m.versions[it.RowID]
	args := []any{it.RowID, version, ref(to), m.now()}
	changed := map[string][2]any{k.column: {fmt.Sprint(h.who), fmt.Sprint(to)}}
	if k.since != "" {
		args = append(args, since)
		if h.since != since {
			changed[k.since] = [2]any{h.since, since}
		}
	}
	n, err := m.exec(ctx, moveSQL(k), args...)
	if err != nil {
		return fmt.Errorf("move %s %d: %w", it.Kind, it.RowID, err)
	}
	if n == 0 {
		return fmt.Errorf("move %s %d: %w", it.Kind, it.RowID, ErrConflict)
	}
	m.versions[it.RowID]++
	return m.change(ctx, "update", k.table, it.RowID, h.branch, it.CustomerID, m.versions[it.RowID], changed)
}

// note keeps what became of a piece.
func (m *mover) note(ctx context.Context, id int64, it HandoverItem, state, why string) error {
	switch state {
	case "kept":
		m.result.Kept++
	case "failed":
		m.result.Failed++
	default:
		m.result.Moved++
	}
	if _, err := m.exec(ctx, `UPDATE handover_items SET state = $3, why = $4, since = $5 WHERE handover_id = $1 AND position = $2`,
		id, it.Position, state, why, it.Since); err != nil {
		return fmt.Errorf("handover %d: %w", id, err)
	}
	return nil
}

// ApplyHandover moves everything that a draft gives somebody, in one act, and
// ends the person's sessions, or the account as the draft says. What somebody
// else took over meanwhile, what is gone, and what nobody was named for stays,
// with the reason. A handover already done answers its result again; a draft
// changed since version was read is ErrConflict.
func (d *DB) ApplyHandover(ctx context.Context, by policy.Actor, id, version int64) (HandoverResult, error) {
	var res HandoverResult
	err := d.act(ctx, by, "handovers.apply", func(tx *Tx) error {
		h, err := d.handoverBy(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if h.State == "done" {
			return errDoneBefore
		}
		if h.State != "draft" || h.Version != version {
			return fmt.Errorf("apply handover %d: %w", id, ErrConflict)
		}
		u, err := tx.leaver(ctx, by, h.From)
		if err != nil {
			return err
		}
		if err := tx.mayEnd(ctx, by, u, h.Ending); err != nil {
			return err
		}
		m, err := tx.mover(ctx, id)
		if err != nil {
			return err
		}
		if err := m.apply(ctx, by, h); err != nil {
			return err
		}
		res = m.result
		if err := tx.endAccount(ctx, by, h, u); err != nil {
			return err
		}
		n, err := tx.exec(ctx, `UPDATE handovers SET state = 'done', done_by = $2, done_at = $3, updated_at = $3, version = version + 1
			WHERE id = $1 AND state = 'draft'`, id, by.UserID, tx.now())
		if err == nil && n == 0 {
			err = ErrConflict
		}
		if err != nil {
			return fmt.Errorf("apply handover %d: %w", id, err)
		}
		tx.about(h.BranchID, id)
		tx.detail(map[string]any{"from": fmt.Sprint(h.From), "moved": res.Moved, "kept": res.Kept, "failed": res.Failed, "ending": h.Ending})
		return nil
	})
	if errors.Is(err, errDoneBefore) {
		res, err = d.handoverResult(ctx, id)
	}
	return res, err
}

func (m *mover) apply(ctx context.Context, by policy.Actor, h Handover) error {
	items, err := itemsOf(ctx, m.Tx, h.ID)
	if err != nil {
		return err
	}
	var branches []int64
	for _, of := range m.stands {
		for _, s := range of {
			if !slices.Contains(branches, s.branch) {
				branches = append(branches, s.branch)
			}
		}
	}
	access, err := m.access(ctx)
	if err != nil {
		return err
	}
	takers, err := m.db.takers(ctx, m.Tx, by, access, h.From, branches)
	if err != nil {
		return err
	}
	may := map[[2]int64]bool{}
	for _, t := range takers {
		for _, b := range t.Branches {
			may[[2]int64{t.ID, b}] = true
		}
	}
	for _, it := range items {
		if it.To == 0 {
			if err := m.note(ctx, h.ID, it, "kept", it.Why); err != nil {
				return err
			}
			continue
		}
		why, failed := m.stuck(it, h.From)
		stands := m.stands[it.Kind][it.RowID]
		if why == "" && !may[[2]int64{it.To, stands.branch}] {
			why, failed = WhyUnfit, true
		}
		state := "moved"
		switch {
		case failed:
			state = "failed"
		case why != "":
			state = "kept"
		default:
			if err := m.move(ctx, it, it.To, m.today()); err != nil {
				return err
			}
			it.Since = stands.since
		}
		if err := m.note(ctx, h.ID, it, state, why); err != nil {
			return err
		}
	}
	return nil
}

// endAccount ends the leaver's sessions, and the account in the way the
// handover says.
func (tx *Tx) endAccount(ctx context.Context, by policy.Actor, h Handover, u User) error {
	switch h.Ending {
	case EndingNow:
		return tx.disable(ctx, u.ID)
	case EndingDate:
		if _, err := tx.ExecContext(ctx, `UPDATE users SET leaves_on = $2, version = version + 1, updated_at = $3 WHERE id = $1`, u.ID, h.EndsOn, tx.now()); err != nil {
			return fmt.Errorf("leave date of %d: %w", u.ID, err)
		}
		if err := tx.change(ctx, "update", "users", u.ID, u.BranchID, 0, u.Version+1, map[string][2]any{"leaves_on": {u.LeavesOn, h.EndsOn}}); err != nil {
			return err
		}
		if err := tx.bumpPolicy(ctx); err != nil {
			return err
		}
	}
	if u.ID == by.UserID {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user_id = $1`, u.ID); err != nil {
		return fmt.Errorf("end sessions of %d: %w", u.ID, err)
	}
	return nil
}

// UndoHandover puts back what a handover moved, in one act, within UndoDays:
// each piece that its taker still holds. What went on to somebody else, or was
// done since, is kept; what is gone or beyond the actor's reach has failed;
// each with its reason. The account is left as it is. Undone before answers
// the same again; too late is ErrConflict.
func (d *DB) UndoHandover(ctx context.Context, by policy.Actor, id int64) (HandoverResult, error) {
	var res HandoverResult
	err := d.act(ctx, by, "handovers.undo", func(tx *Tx) error {
		h, err := d.handoverBy(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if h.State == "undone" {
			return errDoneBefore
		}
		if h.State != "done" || tx.at.After(h.UndoUntil()) {
			return fmt.Errorf("undo handover %d: %w", id, ErrConflict)
		}
		if _, err := tx.leaver(ctx, by, h.From); err != nil {
			return err
		}
		m, err := tx.mover(ctx, id)
		if err != nil {
			return err
		}
		items, err := itemsOf(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, it := range items {
			if it.State != "moved" {
				continue
			}
			why, failed := m.stuck(it, it.To)
			state := "reversed"
			switch {
			case failed:
				state = "failed"
			case why == WhyMoved:
				state, why = "kept", WhyChanged
			case why != "":
				state = "kept"
			default:
				if err := m.move(ctx, it, h.From, it.Since); err != nil {
					return err
				}
			}
			if err := m.note(ctx, id, it, state, why); err != nil {
				return err
			}
		}
		res = m.result
		n, err := tx.exec(ctx, `UPDATE handovers SET state = 'undone', undone_by = $2, undone_at = $3, updated_at = $3, version = version + 1
			WHERE id = $1 AND state = 'done'`, id, by.UserID, tx.now())
		if err == nil && n == 0 {
			err = ErrConflict
		}
		if err != nil {
			return fmt.Errorf("undo handover %d: %w", id, err)
		}
		tx.about(h.BranchID, id)
		tx.detail(map[string]any{"from": fmt.Sprint(h.From), "reversed": res.Moved, "kept": res.Kept, "failed": res.Failed})
		return nil
	})
	if errors.Is(err, errDoneBefore) {
		res, err = d.handoverResult(ctx, id)
	}
	return res, err
}

// handoverResult counts what became of a handover that has been done.
func (d *DB) handoverResult(ctx context.Context, id int64) (HandoverResult, error) {
	var res HandoverResult
	counts, err := d.HandoverCounts(ctx, id)
	for _, c := range counts {
		switch c.State {
		case "kept":
			res.Kept += c.Count
		case "failed":
			res.Failed += c.Count
		default:
			res.Moved += c.Count
		}
	}
	return res, err
}

// HandoverCount is how many pieces of a kind go to a person, in one state.
type HandoverCount struct {
	To          int64 // 0 = nobody
	Kind, State string
	Class       string
	Count       int
}

// HandoverCounts counts a handover that was read within reach, by person, kind,
// state and class of the client.
func (d *DB) HandoverCounts(ctx context.Context, id int64) ([]HandoverCount, error) {
	rows, err := d.r.QueryContext(ctx, `
		SELECT coalesce(i.to_id, 0), i.kind, i.state, coalesce(c.class, ''), count(*) FROM handover_items i LEFT JOIN customers c ON c.id = i.customer_id
		WHERE i.handover_id = $1 GROUP BY coalesce(i.to_id, 0), i.kind, i.state, coalesce(c.class, '') ORDER BY 1, 2, 3, 4`, id)
	if err != nil {
		return nil, fmt.Errorf("counts of handover %d: %w", id, err)
	}
	defer rows.Close()
	var out []HandoverCount
	for rows.Next() {
		var c HandoverCount
		if err := rows.Scan(&c.To, &c.Kind, &c.State, &c.Class, &c.Count); err != nil {
			return nil, fmt.Errorf("counts of handover %d: %w", id, err)
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// HandoverRow is a piece of work as a page shows it. Name is empty when the
// client has moved beyond the reader's reach.
type HandoverRow struct {
	HandoverItem
	Name, Code, Class, CityCode, PlaceCode string
	Day                                    string // of a planned visit
	LastVisitOn, NextVisitOn               string
	Phone, Contact                         string // canonical number; WithPhones only
	NextStep                               string // of the last visit; WithPhones only
	Binned                                 bool   // the client is in the recycle bin
	Todo                                   string // kind of a to-do
	TodoArgs                               map[string]string
	Level                                  mask.Level // how much of phones and texts the reader sees
}

// HandoverFilter says which pieces are listed. To -1 is everybody, 0 nobody
// yet; Kind and State "" is any. After is the position of the last one seen.
type HandoverFilter struct {
	To          int64
	Kind, State string
	After       int64
	Limit       int
	WithPhones  bool // and next steps: for the sheet
}

// HandoverRows lists pieces of a handover that was read within reach.
func (d *DB) HandoverRows(ctx context.Context, by policy.Actor, id int64, f HandoverFilter) ([]HandoverRow, error) {
	rows, err := d.query(ctx, handoverRowsSQL(id, f))
	if err != nil {
		return nil, fmt.Errorf("items of handover %d: %w", id, err)
	}
	defer rows.Close()
	read := by.Scope(policy.CustomerRead)
	var out []HandoverRow
	for rows.Next() {
		var r HandoverRow
		var owner, clerk, branch int64
		var args string
		if err := rows.Scan(&r.Position, &r.Kind, &r.RowID, &r.CustomerID, &branch, &r.To, &r.State, &r.Why, &owner, &clerk,
			&r.Name, &r.Code, &r.Class, &r.CityCode, &r.PlaceCode, &r.Binned, &r.Day, &r.LastVisitOn, &r.NextVisitOn, &r.Todo, &args, &r.Phone, &r.Contact, &r.NextStep); err != nil {
			return nil, fmt.Errorf("items of handover %d: %w", id, err)
		}
		if err := json.Unmarshal([]byte(args), &r.TodoArgs); err != nil {
			return nil, fmt.Errorf("items of handover %d: %w", id, err)
		}
		r.BranchID, r.Level = branch, d.MaskFor(by, branch, owner, clerk)
		if !d.sees(read, branch, owner, clerk) {
			r = HandoverRow{HandoverItem: HandoverItem{Position: r.Position, Kind: r.Kind, To: r.To, State: r.State, Why: r.Why}}
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func handoverRowsSQL(id int64, f HandoverFilter) cond {
	extra := "'', '', ''"
	if f.WithPhones {
		extra = `coalesce((SELECT p.number FROM phones p LEFT JOIN contacts k ON k.id = p.contact_id WHERE p.customer_id = c.id
				ORDER BY CASE WHEN p.contact_id IS NULL THEN 0 ELSE 1 END, p.position, p.id LIMIT 1), ''),
			coalesce((SELECT k.name FROM contacts k WHERE k.customer_id = c.id AND k.deleted_at = 0 ORDER BY k.is_primary DESC, k.id LIMIT 1), ''),
			coalesce((SELECT w.next_step FROM visits w WHERE w.customer_id = c.id AND w.deleted_at = 0 AND w.state = 'done' ORDER BY w.day DESC, w.id DESC LIMIT 1), '')`
	}
	q := cond{`SELECT i.position, i.kind, i.row_id, coalesce(i.customer_id, 0), coalesce(c.branch_id, i.branch_id), coalesce(i.to_id, 0), i.state, i.why,
			coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), coalesce(c.name, ''), coalesce(c.code, ''), coalesce(c.class, ''), coalesce(c.city_code, ''), coalesce(c.place_code, ''),
			coalesce(c.deleted_at, 0) <> 0, coalesce(v.day, o.due, ''), coalesce(c.last_visit_on, ''), coalesce(c.next_visit_on, ''), coalesce(o.kind, ''), coalesce(o.args, '{}'), ` + extra + `
		FROM handover_items i LEFT JOIN customers c ON c.id = i.customer_id LEFT JOIN visits v ON v.id = i.row_id AND i.kind = 'visit' LEFT JOIN todos o ON o.id = i.row_id AND i.kind = 'todo'
		WHERE i.handover_id = ? AND i.position > ?`, []any{id, f.After}}
	and := func(text string, arg any) {
		q.text += " AND " + text
		q.args = append(q.args, arg)
	}
	if f.To >= 0 {
		and("coalesce(i.to_id, 0) = ?", f.To)
	}
	if f.Kind != "" {
		and("i.kind = ?", f.Kind)
	}
	if f.State != "" {
		and("i.state = ?", f.State)
	}
	q.text += " ORDER BY i.position LIMIT ?"
	q.args = append(q.args, f.Limit)
	return q
}

// Handovers lists the handovers at branches where the actor assigns clients,
// the newest first, older than before (0 = from the newest); own drafts too.
func (d *DB) Handovers(ctx context.Context, by policy.Actor, from, before int64, limit int) ([]Handover, error) {
	branches, all := d.branchIDs(by.Scope(policy.CustomerAssign))
	if len(branches) == 0 {
		return nil, nil
	}
	rows, err := d.query(ctx, handoversSQL(by.UserID, branches, all, from, before, limit))
	if err != nil {
		return nil, fmt.Errorf("handovers: %w", err)
	}
	defer rows.Close()
	var out []Handover
	for rows.Next() {
		h, err := scanHandover(rows)
		if err != nil {
			return nil, fmt.Errorf("handovers: %w", err)
		}
		out = append(out, h)
	}
	return out, rows.Err()
}

func handoversSQL(user int64, branches []int64, all bool, from, before int64, limit int) cond {
	q := cond{`SELECT ` + handoverColumns + ` FROM handovers h WHERE (h.state <> 'draft' OR h.user_id = ?)`, []any{user}}
	if !all {
		q.text += " AND h.branch_id IN ("
		for i, b := range branches {
			if i > 0 {
				q.text += ", "
			}
			q.text += "?"
			q.args = append(q.args, b)
		}
		q.text += ")"
	}
	if from != 0 {
		q.text += " AND h.from_id = ?"
		q.args = append(q.args, from)
	}
	if before != 0 {
		q.text += " AND h.id < ?"
		q.args = append(q.args, before)
	}
	q.text += " ORDER BY h.id DESC LIMIT ?"
	q.args = append(q.args, limit)
	return q
}

// Received is a piece of work that came to somebody by a handover.
type Received struct {
	HandoverRow
	Handover, From, DoneAt int64
}

// ReceivedWork lists the clients, visits and to-dos that handovers brought to the actor
// within UndoDays and that are theirs still, the newest handover first, behind
// the place named by handover and position (0, 0 = from the newest).
func (d *DB) ReceivedWork(ctx context.Context, by policy.Actor, handoverID, position int64, limit int) ([]Received, error) {
	if handoverID == 0 {
		handoverID = 1<<63 - 1
	}
	rows, err := d.query(ctx, condOf(receivedSQL+`
		AND (h.id < ? OR h.id = ? AND i.position > ?) ORDER BY h.id DESC, i.position LIMIT ?`,
		by.UserID, d.since(), handoverID, handoverID, position, limit))
	if err != nil {
		return nil, fmt.Errorf("received work: %w", err)
	}
	defer rows.Close()
	var out []Received
	for rows.Next() {
		var r Received
		var args string
		if err := rows.Scan(&r.Handover, &r.From, &r.DoneAt, &r.Position, &r.Kind, &r.RowID, &r.CustomerID, &r.BranchID,
			&r.Name, &r.Code, &r.Class, &r.Day, &r.LastVisitOn, &r.NextVisitOn, &r.Todo, &args); err != nil {
			return nil, fmt.Errorf("received work: %w", err)
		}
		if err := json.Unmarshal([]byte(args), &r.TodoArgs); err != nil {
			return nil, fmt.Errorf("received work: %w", err)
		}
		r.To, r.State = by.UserID, "moved"
		out = append(out, r)
	}
	return out, rows.Err()
}

const receivedSQL = `SELECT h.id, h.from_id, h.done_at, i.position, i.kind, i.row_id, coalesce(i.customer_id, 0), coalesce(c.branch_id, i.branch_id),
		coalesce(c.name, ''), coalesce(c.code, ''), coalesce(c.class, ''), coalesce(v.day, o.due, ''), coalesce(c.last_visit_on, ''), coalesce(c.next_visit_on, ''), coalesce(o.kind, ''), coalesce(o.args, '{}')
	FROM handover_items i JOIN handovers h ON h.id = i.handover_id LEFT JOIN customers c ON c.id = i.customer_id
	LEFT JOIN visits v ON v.id = i.row_id AND i.kind = 'visit' LEFT JOIN todos o ON o.id = i.row_id AND i.kind = 'todo'
	WHERE i.to_id = ? AND i.state = 'moved' AND h.state = 'done' AND h.done_at > ? AND coalesce(c.deleted_at, 0) = 0
	AND (i.kind = 'owner' AND c.owner_id = i.to_id OR i.kind = 'clerk' AND c.clerk_id = i.to_id
		OR i.kind = 'visit' AND v.user_id = i.to_id AND v.state = 'planned' AND v.deleted_at = 0 OR i.kind = 'todo' AND o.user_id = i.to_id AND o.state = 'open' AND o.deleted_at = 0)`

func (d *DB) since() int64 { return d.now().Add(-UndoDays * 24 * time.Hour).UnixMilli() }

// seenSetting is the user's setting with the instant of the last handover that
// they have read of.
const seenSetting = "handovers.seen"

// NewlyReceived counts the clients that came to the actor by handovers they
// have not read of yet (SeeReceived); latest is when the
// newest of those was done.
func (d *DB) NewlyReceived(ctx context.Context, by policy.Actor) (n int, latest int64, err error) {
	text, err := d.UserSetting(ctx, by, seenSetting)
	if err != nil {
		return 0, 0, err
	}
	var seen int64
	_ = json.Unmarshal([]byte(text), &seen)
	err = d.r.QueryRowContext(ctx, `
		SELECT count(DISTINCT i.customer_id), coalesce(max(h.done_at), 0) FROM handover_items i JOIN handovers h ON h.id = i.handover_id
		WHERE i.to_id = $1 AND i.state = 'moved' AND h.state = 'done' AND h.done_at > $2`,
		by.UserID, max(seen, d.since())).Scan(&n, &latest)
	if err != nil {
		return 0, 0, fmt.Errorf("received work: %w", err)
	}
	return n, latest, nil
}

// SeeReceived remembers that the actor has read of every handover so far.
func (d *DB) SeeReceived(ctx context.Context, by policy.Actor) error {
	_, latest, err := d.NewlyReceived(ctx, by)
	if err != nil || latest == 0 {
		return err
	}
	return d.SetUserSetting(ctx, by, seenSetting, fmt.Sprint(latest))
}

// DropHandover forgets a draft of the actor's own.
func (d *DB) DropHandover(ctx context.Context, by policy.Actor, id int64) error {
	return d.act(ctx, by, "handovers.drop", func(tx *Tx) error {
		h, err := d.handoverBy(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if h.State != "draft" {
			return fmt.Errorf("drop handover %d: %w", id, ErrConflict)
		}
		tx.about(h.BranchID, id)
		return tx.forgetDrafts(ctx, h.From, by.UserID)
	})
}
