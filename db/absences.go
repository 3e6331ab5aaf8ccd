package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"yike/policy"
	"yike/policy/absence"
	"yike/policy/casework"
	"yike/policy/day"
)

// Why an absence is not written down: *AbsenceFault says what is wrong with its
// days, ErrAbsent that others of the person hold at the same time.
var ErrAbsent = errors.New("already away then")

// AbsenceFault is a word of package absence about the days.
type AbsenceFault struct{ Why string }

func (f *AbsenceFault) Error() string { return "absence: " + f.Why }

// Absence is when somebody is away: days are YYYY-MM-DD, both included. BranchID
// is where they were at home when it was written down.
type Absence struct {
	ID, UserID, BranchID int64
	Kind                 string // of absence.Kinds
	From, Until, Part    string
	Version              int64
	CreatedBy            int64
	Name                 string // of the person, when it was read
	Home                 int64  // where they are at home now
}

func (a *Absence) fields() []field {
	return []field{{"user_id", &a.UserID}, {"branch_id", &a.BranchID}, {"kind", &a.Kind}, {"from_day", &a.From}, {"until_day", &a.Until}, {"part", &a.Part}}
}

const absenceSQL = `SELECT a.id, a.user_id, a.branch_id, a.kind, a.from_day, a.until_day, a.part, a.version, a.created_by, u.name, u.branch_id FROM absences a JOIN users u ON u.id = a.user_id WHERE a.deleted_at = 0`

func (a *Absence) scan() []any {
	return []any{&a.ID, &a.UserID, &a.BranchID, &a.Kind, &a.From, &a.Until, &a.Part, &a.Version, &a.CreatedBy, &a.Name, &a.Home}
}

// Span is the days as policy looks at them; one that cannot be read is at no time.
func (a *Absence) Span() absence.Span {
	from, err1 := day.Parse(a.From)
	until, err2 := day.Parse(a.Until)
	if err1 != nil || err2 != nil {
		return absence.Span{From: day.None, Until: day.None}
	}
	return absence.Span{From: from, Until: until, Part: a.Part}
}

// mostAbsences is how many absences one reading returns.
const mostAbsences = 500

// Absences returns those that are not over: the actor's own, and those of people
// at home within the reach of absences.edit; the soonest first. Branch 0 is any.
func (d *DB) Absences(ctx context.Context, by policy.Actor, branch int64) ([]Absence, error) {
	q := condOf(absenceSQL+` AND a.until_day >= ?`, Day(d.now()))
	reach := d.reach(by.Scope(policy.AbsenceEdit), branch)
	mine := condOf("a.user_id = ?", by.UserID)
	switch {
	case reach.all:
	case len(reach.branches) > 0:
		in := manySQL("u.branch_id", reach.branches)
		mine = cond{"(" + mine.text + " OR " + in.text + ")", slices.Concat(mine.args, in.args)}
		fallthrough
	default:
		q = bothSQL(q, mine)
	}
	rows, err := d.query(ctx, cond{q.text + fmt.Sprintf(" ORDER BY a.until_day, a.from_day, a.id LIMIT %d", mostAbsences), q.args})
	if err != nil {
		return nil, fmt.Errorf("absences: %w", err)
	}
	defer rows.Close()
	var out []Absence
	for rows.Next() {
		var a Absence
		if err := rows.Scan(a.scan()...); err != nil {
			return nil, fmt.Errorf("absences: %w", err)
		}
		out = append(out, a)
	}
	slices.SortStableFunc(out, func(a, b Absence) int { return cmp.Compare(a.From, b.From) })
	return out, rows.Err()
}

// MayPutAway says whether the actor may write down that somebody is away who is
// at home at a branch: of oneself everybody may.
func (d *DB) MayPutAway(by policy.Actor, user, home int64) bool {
	return user == by.UserID && user != 0 || by.Scope(policy.AbsenceEdit).SeesBranch(d.Chain(home))
}

// AddAbsence writes down that somebody is away. Somebody beyond reach is
// ErrNotFound; days that are none *AbsenceFault; two at one time ErrAbsent.
func (d *DB) AddAbsence(ctx context.Context, by policy.Actor, sent Submission, in Absence) (id int64, err error) {
	try := func() error {
		return d.act(ctx, by, "absences.add", func(tx *Tx) error {
			var err error
			if id, err = sent.done(ctx, tx, "absences"); err != nil {
				return err
			} else if id != 0 {
				return errDoneBefore
			}
			a := in
			if err := tx.absentee(ctx, &a); err != nil {
				return err
			}
			if err := tx.absenceFits(ctx, &a); err != nil {
				return err
			}
			id = tx.newID()
			version := int64(1)
			now, author := tx.now(), by.UserID
			list := append([]field{{"id", &id}}, a.fields()...)
			if err := tx.insert(ctx, "absences", append(list, field{"version", &version}, field{"created_at", &now}, field{"created_by", &author}, field{"updated_at", &now})); err != nil {
				return err
			}
			tx.about(a.BranchID, a.UserID)
			if err := tx.change(ctx, "create", "absences", id, a.BranchID, 0, 1, nil); err != nil {
				return err
			}
			return sent.keep(ctx, tx, "absences", id)
		})
	}
	if err = try(); sent.Key != "" && isUnique(err) {
		err = try() // the same form arrived twice at once
	}
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return id, err
}

// absentee fills in where somebody is at home, and holds them: of two absences
// written at once the second sees the first.
func (tx *Tx) absentee(ctx context.Context, a *Absence) error {
	lock := ""
	if tx.db.postgres {
		lock = " FOR NO KEY UPDATE"
	}
	err := tx.QueryRowContext(ctx, `SELECT branch_id FROM users WHERE id = $1 AND NOT disabled`+lock, a.UserID).Scan((*ref)(&a.BranchID))
	if errors.Is(err, sql.ErrNoRows) || err == nil && !tx.db.MayPutAway(tx.by, a.UserID, a.BranchID) {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("user %d: %w", a.UserID, err)
	}
	if a.BranchID == 0 {
		a.BranchID = tx.db.headOffice()
	}
	return nil
}

// absenceFits looks at the days, and at the others of the person.
func (tx *Tx) absenceFits(ctx context.Context, a *Absence) error {
	today, err := day.Parse(tx.today())
	if err != nil {
		return err
	}
	if why := a.Span().Fault(today); why != "" {
		return &AbsenceFault{why}
	}
	return eachOf(ctx, tx, absenceSQL+` AND a.user_id = $1 AND a.until_day >= $2 AND a.from_day <= $3`, []any{a.UserID, a.From, a.Until}, func(scan func(...any) error) error {
		var other Absence
		if err := scan(other.scan()...); err != nil {
			return err
		}
		if other.Span().Meets(a.Span()) {
			return fmt.Errorf("user %d: %w", a.UserID, ErrAbsent)
		}
		return nil
	})
}

// EndAbsence says that somebody is back, or does not go: what is left of the
// absence ends yesterday, one that has not begun is taken out.
func (d *DB) EndAbsence(ctx context.Context, by policy.Actor, id, version int64) error {
	return d.act(ctx, by, "absences.end", func(tx *Tx) error {
		var was Absence
		err := tx.QueryRowContext(ctx, absenceSQL+` AND a.id = $1`, id).Scan(was.scan()...)
		if errors.Is(err, sql.ErrNoRows) || err == nil && !d.MayPutAway(by, was.UserID, was.Home) {
			err = ErrNotFound
		}
		switch {
		case err != nil:
			return fmt.Errorf("absence %d: %w", id, err)
		case version != was.Version || was.Until < tx.today():
			return fmt.Errorf("absence %d: %w", id, ErrConflict)
		}
		tx.about(was.BranchID, was.UserID)
		today, err := day.Parse(tx.today())
		if err != nil {
			return err
		}
		if left, some := was.Span().Back(today); some {
			now := was
			now.Until = left.Until.String()
			changed := diff(was.fields(), now.fields())
			if err := tx.update(ctx, "absences", id, was.Version, now.fields(), changed); err != nil {
				return err
			}
			return tx.change(ctx, "update", "absences", id, was.BranchID, 0, was.Version+1, changed)
		}
		n, err := tx.exec(ctx, `UPDATE absences SET deleted_at = $3, version = version + 1, updated_at = $3 WHERE id = $1 AND version = $2`, id, was.Version, tx.now())
		if err == nil && n == 0 {
			err = ErrConflict
		}
		if err != nil {
			return fmt.Errorf("absence %d: %w", id, err)
		}
		return tx.change(ctx, "delete", "absences", id, was.BranchID, 0, was.Version+1, nil)
	})
}

// absencesOf are the absences of people that are not over on a day.
func absencesOf(ctx context.Context, q querier, d *DB, people []int64, today string) (map[int64][]Absence, error) {
	out := map[int64][]Absence{}
	if len(people) == 0 {
		return out, nil
	}
	ids := slices.Clone(people)
	for len(ids)%8 != 0 {
		ids = append(ids, 0) // few lengths, so that the statement is kept
	}
	err := eachOf(ctx, q, d.amongSQL(absenceSQL+` AND a.until_day >= $1 AND a.user_id `, 2, len(ids), ` ORDER BY a.from_day`), append([]any{today}, idArgs(ids)...), func(scan func(...any) error) error {
		var a Absence
		err := scan(a.scan()...)
		out[a.UserID] = append(out[a.UserID], a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("absences: %w", err)
	}
	return out, nil
}

// awayAt is the absence that holds at an instant; false when none does.
func awayAt(list []Absence, at time.Time) (Absence, bool) {
	for _, a := range list {
		if a.Span().At(at) {
			return a, true
		}
	}
	return Absence{}, false
}

// awayFrom says who of some people is away now, or when a branch opens next.
func (tx *Tx) awayFrom(ctx context.Context, branch int64, people []int64) (map[int64]bool, error) {
	absent, err := absencesOf(ctx, tx, tx.db, people, tx.today())
	if err != nil || len(absent) == 0 {
		return nil, err
	}
	_, next, err := tx.clockwork().whenOpen(ctx, branch, tx.at)
	out := map[int64]bool{}
	for user, list := range absent {
		if _, away := awayAt(list, next.In(Zone)); away {
			out[user] = true
		}
	}
	return out, err
}

// whenOpen says whether the branch of a person works at an instant, and when it
// does so next.
func (k *clocks) whenOpen(ctx context.Context, branch int64, at time.Time) (open bool, next time.Time, err error) {
	clock, err := k.of(ctx, branch)
	if err != nil {
		return false, at, err
	}
	first, ok := clock.Add(at.UnixMilli(), 1)
	if !ok {
		return false, at, nil
	}
	return first == at.UnixMilli()+1, time.UnixMilli(first - 1).In(Zone), nil
}

// Hand is somebody who takes cases at a branch, and how they stand.
type Hand struct {
	casework.Person
	Name  string
	Until string // of the absence that holds, or will when the branch opens; a day
}

// CaseHands are those who may be given cases at a branch, by name, with what a
// new case is given by: whether they are at work, and how many they have.
func (d *DB) CaseHands(ctx context.Context, access *policy.Access, branch int64) ([]Hand, error) {
	takers, err := d.CaseTakers(ctx, access, branch)
	if err != nil {
		return nil, err
	}
	var out []Hand
	err = d.caseHands(ctx, d.r, d.newClocks(d.r, Day(d.now())), access, branch, takers, d.now(), func(h Hand) { out = append(out, h) })
	return out, err
}

// caseHands says of some people who may work on cases how they stand.
func (d *DB) caseHands(ctx context.Context, q querier, k *clocks, access *policy.Access, branch int64, people []User, now time.Time, note func(Hand)) error {
	var ids []int64
	for _, u := range people {
		ids = append(ids, u.ID)
	}
	today := Day(now)
	morning, err := time.ParseInLocation(time.DateOnly, today, Zone)
	if err != nil {
		return err
	}
	load, err := d.loadOf(ctx, q, ids, morning)
	if err != nil {
		return err
	}
	absent, err := absencesOf(ctx, q, d, ids, today)
	if err != nil {
		return err
	}
	for _, u := range people {
		actor := access.Actor(u.ID, u.Name, u.BranchID, u.Grants)
		if !canHandle(actor) {
			continue
		}
		h := Hand{Person: load[u.ID], Name: u.Name}
		h.ID, h.Pool, h.Lead = u.ID, actor.Scope(policy.CaseEdit).SeesBranch(d.Chain(branch)), actor.Can(policy.CaseAccept)
		open, next, err := k.whenOpen(ctx, cmp.Or(u.BranchID, branch), now)
		if err != nil {
			return err
		}
		var a Absence
		h.Off = !open
		if a, h.Away = awayAt(absent[u.ID], next); h.Away {
			h.Until = a.Until
		}
		note(h)
	}
	return nil
}
