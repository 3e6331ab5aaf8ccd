package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"yike/policy"
)

// Areas of work for which a branch names somebody responsible (R245).
const (
	DutyData       = "data"       // files are complete and reviewed
	DutyService    = "service"    // clients are visited in time
	DutyComplaints = "complaints" // complaints are answered in time
	DutyCare       = "care"       // greetings go out in time
	DutyMarketing  = "marketing"  // what branches tell is answered, and what is asked of them
)

// DutyAreas lists them in the order of the pages.
var DutyAreas = []string{DutyData, DutyService, DutyComplaints, DutyCare, DutyMarketing}

// Duty is who is responsible for an area at a branch. Set is who was named
// there, 0 for nobody; Gone says that they work here no more, and then, as
// without anybody, whoever is responsible above is so here, too.
type Duty struct {
	Branch  int64
	Area    string
	Set     int64
	SetName string
	Gone    bool
	User    int64 // who is responsible, 0 when there is nobody up to head office
	Name    string
	From    int64 // the branch at which User is named
	Version int64 // of the row, 0 when nobody was ever named there
}

// dutyRow is one naming.
type dutyRow struct {
	user, version int64
	name          string
	gone          bool
	away          bool // on leave, on a journey …: see presentDuties
}

type dutyKey struct {
	branch int64
	area   string
}

// dutyRows reads every naming: five a branch at most.
func (d *DB) dutyRows(ctx context.Context) (map[dutyKey]dutyRow, error) {
	return dutyRows(ctx, d.r, Day(d.now()))
}

func dutyRows(ctx context.Context, q querier, today string) (map[dutyKey]dutyRow, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT b.branch_id, b.area, coalesce(b.user_id, 0), b.version, coalesce(u.name, ''),
			CASE WHEN u.disabled OR u.leaves_on <> '' AND u.leaves_on < $1 THEN 1 ELSE 0 END
		FROM branch_duties b LEFT JOIN users u ON u.id = b.user_id`, today)
	if err != nil {
		return nil, fmt.Errorf("duties: %w", err)
	}
	defer rows.Close()
	out := map[dutyKey]dutyRow{}
	for rows.Next() {
		var k dutyKey
		var r dutyRow
		var gone int
		if err := rows.Scan(&k.branch, &k.area, &r.user, &r.version, &r.name, &gone); err != nil {
			return nil, fmt.Errorf("duties: %w", err)
		}
		r.gone = gone != 0
		out[k] = r
	}
	return out, rows.Err()
}

// presentDuties are the duties as they stand for something that somebody is told
// now, of a branch: who is away then is passed over.
func (tx *Tx) presentDuties(ctx context.Context, branch int64) (map[dutyKey]dutyRow, error) {
	rows, err := dutyRows(ctx, tx, tx.today())
	if err != nil {
		return nil, err
	}
	t := tx.db.tree.Load()
	var people []int64
	for _, up := range t.chain[branch] {
		for _, area := range DutyAreas {
			if r := rows[dutyKey{up, area}]; r.user != 0 {
				people = append(people, r.user)
			}
		}
	}
	away, err := tx.awayFrom(ctx, branch, people)
	if err != nil {
		return nil, err
	}
	for k, r := range rows {
		if r.away = away[r.user]; r.away {
			rows[k] = r
		}
	}
	return rows, nil
}

// dutyOf works out who is responsible at a branch: who is named there or, when
// that is nobody at work, at the nearest branch above; who is away only when
// nobody else is found.
func (t *tree) dutyOf(rows map[dutyKey]dutyRow, branch int64, area string) Duty {
	out := t.dutyAmong(rows, branch, area, func(r dutyRow) bool { return !r.gone && !r.away })
	if out.User == 0 {
		out = t.dutyAmong(rows, branch, area, func(r dutyRow) bool { return !r.gone }) // whoever is away, rather than nobody
	}
	return out
}

// dutyAmong is dutyOf among those whom takes accepts.
func (t *tree) dutyAmong(rows map[dutyKey]dutyRow, branch int64, area string, takes func(dutyRow) bool) Duty {
	own := rows[dutyKey{branch, area}]
	out := Duty{Branch: branch, Area: area, Set: own.user, SetName: own.name, Gone: own.gone, Version: own.version}
	for _, up := range t.chain[branch] {
		if r := rows[dutyKey{up, area}]; r.user != 0 && takes(r) {
			out.User, out.Name, out.From = r.user, r.name, up
			return out
		}
	}
	return out
}

// Duties returns who is responsible for each area at a branch that the scope
// sees.
func (d *DB) Duties(ctx context.Context, scope policy.Scope, branch int64) ([]Duty, error) {
	t := d.tree.Load()
	if _, err := t.branch(scope, branch); err != nil {
		return nil, err
	}
	rows, err := d.dutyRows(ctx)
	if err != nil {
		return nil, err
	}
	var out []Duty
	for _, area := range DutyAreas {
		out = append(out, t.dutyOf(rows, branch, area))
	}
	return out, nil
}

// HasDuty says whether somebody is named anywhere.
func (d *DB) HasDuty(ctx context.Context, user int64) (has bool, err error) {
	err = d.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM branch_duties WHERE user_id = $1)`, user).Scan(&has)
	if err != nil {
		return false, fmt.Errorf("duties of %d: %w", user, err)
	}
	return has, nil
}

// DutiesOf returns for which branches somebody is responsible, by area: as few
// branches as together, each with all below it, are exactly those, branches in
// which somebody else is named left out.
func (d *DB) DutiesOf(ctx context.Context, user int64) (map[string][]int64, error) {
	rows, err := d.dutyRows(ctx)
	if err != nil {
		return nil, err
	}
	t, out := d.tree.Load(), map[string][]int64{}
	for _, area := range DutyAreas {
		mine := func(id int64) bool { return t.byID[id].Active && t.dutyOf(rows, id, area).User == user }
		var cover func(id int64)
		cover = func(id int64) {
			if !slices.ContainsFunc(t.below[id], func(b int64) bool { return t.byID[b].Active && !mine(b) }) {
				out[area] = append(out[area], id)
				return
			}
			for _, below := range t.children(id) {
				cover(below)
			}
		}
		if root := d.headOffice(); root != 0 {
			cover(root)
		}
		out[area] = slices.DeleteFunc(out[area], func(id int64) bool { return !mine(id) })
	}
	return out, nil
}

// SetDuty names who is responsible for an area at a branch; user 0 leaves it to
// whoever is above. The branch is one that the actor edits (ErrNotFound) and
// open (ErrClosed), the person one whom they see and who works here
// (ErrRefused). version is what was read, 0 when nobody was ever named
// (ErrConflict).
func (d *DB) SetDuty(ctx context.Context, by policy.Actor, branch int64, area string, user, version int64) error {
	err := d.act(ctx, by, "branches.duty", func(tx *Tx) error {
		if !slices.Contains(DutyAreas, area) || !by.Scope(policy.BranchEdit).SeesBranch(d.Chain(branch)) {
			return fmt.Errorf("%s of branch %d: %w", area, branch, ErrNotFound)
		}
		if err := tx.mayStand(ctx, branch); err != nil {
			return err
		}
		if err := tx.mayBear(ctx, user); err != nil {
			return err
		}
		var id, was, now int64
		err := tx.QueryRowContext(ctx, `SELECT id, coalesce(user_id, 0), version FROM branch_duties WHERE branch_id = $1 AND area = $2`, branch, area).Scan(&id, &was, &now)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("%s of branch %d: %w", area, branch, err)
		}
		if now != version {
			return fmt.Errorf("%s of branch %d: %w", area, branch, ErrConflict)
		}
		if was == user {
			return errDoneBefore
		}
		kind := "update"
		if id == 0 {
			id, kind = tx.newID(), "create"
			_, err = tx.exec(ctx, `INSERT INTO branch_duties (id, branch_id, area, user_id, updated_at) VALUES ($1, $2, $3, $4, $5)`, id, branch, area, ref(user), tx.now())
			if isUnique(err) {
				err = ErrConflict
			}
		} else {
			var n int64
			n, err = tx.exec(ctx, `UPDATE branch_duties SET user_id = $3, version = version + 1, updated_at = $4 WHERE id = $1 AND version = $2`, id, version, ref(user), tx.now())
			if err == nil && n == 0 {
				err = ErrConflict
			}
		}
		if err != nil {
			return fmt.Errorf("%s of branch %d: %w", area, branch, err)
		}
		tx.about(branch, branch)
		tx.detail(map[string]any{"for": area})
		return tx.change(ctx, kind, "branch_duties", id, branch, 0, version+1, map[string][2]any{"user_id": {fmt.Sprint(was), fmt.Sprint(user)}})
	})
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return err
}

// mayBear refuses a person whom the actor does not see or who works here no
// more.
func (tx *Tx) mayBear(ctx context.Context, user int64) error {
	if user == 0 {
		return nil
	}
	var u User
	err := tx.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users u WHERE u.id = $1 AND NOT u.disabled`, user).Scan(u.scan()...)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("user %d: %w", user, err)
	}
	if err != nil || u.Left(tx.today()) || !tx.by.Scope(policy.UserRead).SeesBranch(tx.db.Chain(u.BranchID)) {
		return fmt.Errorf("user %d cannot be responsible: %w", user, ErrRefused)
	}
	return nil
}
