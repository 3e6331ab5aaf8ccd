package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"yike/policy"
	"yike/policy/activity"
	"yike/policy/day"
)

// Activity is a meeting with clients or a training. Words are those of
// policy/activity, days "YYYY-MM-DD", money fen, references 0 when missing.
type Activity struct {
	ID, BranchID, UserID          int64 // UserID sees to it
	Kind, State                   string
	Title, Day, Place, Agenda     string
	Opinions                      string // what was said, of all
	Cost                          int64
	Version, CreatedAt, CreatedBy int64
	UpdatedAt, DeletedAt          int64
}

func (a *Activity) fields() []field {
	return []field{{"branch_id", &a.BranchID}, {"user_id", (*ref)(&a.UserID)}, {"kind", &a.Kind}, {"state", &a.State}, {"title", &a.Title}, {"day", &a.Day}, {"place", &a.Place},
		{"agenda", &a.Agenda}, {"opinions", &a.Opinions}, {"cost_fen", &a.Cost}, {"deleted_at", &a.DeletedAt}}
}

func (a *Activity) all() []field {
	return append(a.fields(), field{"id", &a.ID}, field{"version", &a.Version}, field{"created_at", &a.CreatedAt}, field{"created_by", &a.CreatedBy}, field{"updated_at", &a.UpdatedAt})
}

var activityColumns = columns("a.", new(Activity).all())

// ActivityRow is an activity with what a list says of it.
type ActivityRow struct {
	Activity
	User, Author                             string
	Clients, ClientsCame, People, PeopleCame int64
	Measures                                 int64 // that followed
	mine                                     bool  // the actor sees to it, wrote it down, takes part, or a client of theirs does
}

// ActivityClient is a client who was asked, and what they said.
type ActivityClient struct {
	CustomerID                 int64
	Name, Code, Class          string
	BranchID, OwnerID, ClerkID int64
	Came                       bool
	Said                       string
}

// ActivityPerson is one of one's own people who was asked.
type ActivityPerson struct {
	UserID int64
	Name   string
	Came   bool
}

// ActivityFilter is what a list of activities asks for; zero values ask nothing.
type ActivityFilter struct {
	Kind, State string
	From, To    string // days, both included
	BranchID    int64  // and those below it
	UserID      int64  // sees to it
	Customer    int64  // was asked
	Also        *policy.Scope
	deleted     bool

	At    ActivityKey
	Limit int // 50 when 0; 500 at most
}

// ActivityKey is a place in a list of activities, the latest day first.
type ActivityKey struct {
	Day string
	ID  int64
}

// activityMineSQL is whether an activity is the actor's, who stands at the mark.
func activityMineSQL(by string) string {
	return `(a.user_id = ` + by + ` OR a.created_by = ` + by + ` OR EXISTS (SELECT 1 FROM activity_people p WHERE p.activity_id = a.id AND p.user_id = ` + by + `)
		OR EXISTS (SELECT 1 FROM activity_clients x JOIN customers c ON c.id = x.customer_id WHERE x.activity_id = a.id AND c.deleted_at = 0 AND (c.owner_id = ` + by + ` OR c.clerk_id = ` + by + `)))`
}

func activityRowSQL(mine string) string {
	return `SELECT ` + activityColumns + `, coalesce(u.name, ''), coalesce(w.name, ''),
		(SELECT COUNT(*) FROM activity_clients x JOIN customers c ON c.id = x.customer_id AND c.deleted_at = 0 WHERE x.activity_id = a.id),
		(SELECT COUNT(CASE WHEN x.came THEN 1 END) FROM activity_clients x JOIN customers c ON c.id = x.customer_id AND c.deleted_at = 0 WHERE x.activity_id = a.id),
		(SELECT COUNT(*) FROM activity_people p WHERE p.activity_id = a.id), (SELECT COUNT(CASE WHEN p.came THEN 1 END) FROM activity_people p WHERE p.activity_id = a.id),
		(SELECT COUNT(*) FROM measures m WHERE m.source = 'activity' AND m.source_id = a.id AND m.deleted_at = 0), CASE WHEN ` + mine + ` THEN 1 ELSE 0 END
		FROM activities a LEFT JOIN users u ON u.id = a.user_id LEFT JOIN users w ON w.id = a.created_by`
}

func scanActivity(scan func(...any) error) (ActivityRow, error) {
	var r ActivityRow
	var mine int64
	err := scan(append(pointers(r.all()), &r.User, &r.Author, &r.Clients, &r.ClientsCame, &r.People, &r.PeopleCame, &r.Measures, &mine)...)
	r.mine = mine != 0
	return r, err
}

func (d *DB) activitiesWhere(by policy.Actor, f ActivityFilter) conditions {
	c := conditions{text: []string{"a.deleted_at = 0"}, args: []any{by.UserID}} // $1 is the actor
	if f.deleted {
		c.text[0] = "a.deleted_at <> 0"
	}
	scope := by.Scope(policy.ActivityRead)
	list, all := d.branchIDs(scope)
	switch {
	case scope.Empty():
		c.text = append(c.text, "1 = 0")
	case all:
	case len(list) == 0:
		c.text = append(c.text, activityMineSQL("$1"))
	default:
		in, ids := marks(list)
		c.add("("+activityMineSQL("$1")+" OR a.branch_id IN ("+in+"))", ids...)
	}
	if f.Also != nil {
		list, all := d.branchIDs(*f.Also)
		in, ids := marks(append([]int64{0}, list...))
		if !all {
			c.add("a.branch_id IN ("+in+")", ids...)
		}
	}
	for _, is := range [][2]string{{"a.kind = ?", f.Kind}, {"a.state = ?", f.State}, {"a.day >= ?", f.From}, {"a.day <= ?", f.To}} {
		if is[1] != "" {
			c.add(is[0], is[1])
		}
	}
	if f.UserID != 0 {
		c.add("a.user_id = ?", f.UserID)
	}
	if f.Customer != 0 {
		c.add("EXISTS (SELECT 1 FROM activity_clients x WHERE x.activity_id = a.id AND x.customer_id = ?)", f.Customer)
	}
	if f.BranchID != 0 {
		d.under(&c, "a", f.BranchID)
	}
	return c
}

// Activities returns a page of the activities that the actor sees, the latest
// day first, and whether there are more behind it: those of the branches within
// reach, and those in which they or clients of theirs take part.
func (d *DB) Activities(ctx context.Context, by policy.Actor, f ActivityFilter) (list []ActivityRow, more bool, err error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	c := d.activitiesWhere(by, f)
	if f.At.ID != 0 {
		c.add("(a.day, a.id) < (?, ?)", f.At.Day, f.At.ID)
	}
	err = eachOf(ctx, d.r, activityRowSQL(activityMineSQL("$1"))+c.whereSQL()+` ORDER BY a.day DESC, a.id DESC LIMIT `+strconv.Itoa(limit+1), c.args, func(scan func(...any) error) error {
		a, err := scanActivity(scan)
		list = append(list, a)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("activities: %w", err)
	}
	if len(list) > limit {
		list, more = list[:limit], true
	}
	return list, more, nil
}

// CountActivities counts what Activities would list, no further than limit.
func (d *DB) CountActivities(ctx context.Context, by policy.Actor, f ActivityFilter, limit int) (n int, err error) {
	c := d.activitiesWhere(by, f)
	c.text = append(c.text, "CAST($1 AS BIGINT) >= 0") // named whatever the conditions are
	if err := d.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM activities a`+c.whereSQL()+` LIMIT `+strconv.Itoa(limit)+`) AS counted`, c.args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count activities: %w", err)
	}
	return n, nil
}

// Activity returns one activity that the actor sees.
func (d *DB) Activity(ctx context.Context, by policy.Actor, id int64) (ActivityRow, error) {
	return d.activityIn(ctx, d.r, by, id, false)
}

func (d *DB) activityIn(ctx context.Context, q querier, by policy.Actor, id int64, deleted bool) (ActivityRow, error) {
	a, err := scanActivity(func(to ...any) error {
		return q.QueryRowContext(ctx, activityRowSQL(activityMineSQL("$1"))+` WHERE a.id = $2`, by.UserID, id).Scan(to...)
	})
	scope := by.Scope(policy.ActivityRead)
	if errors.Is(err, sql.ErrNoRows) || err == nil && ((a.DeletedAt != 0) != deleted || scope.Empty() || !a.mine && !scope.SeesBranch(d.Chain(a.BranchID))) {
		err = ErrNotFound
	}
	if err != nil {
		return ActivityRow{}, fmt.Errorf("activity %d: %w", id, err)
	}
	return a, nil
}

// MayEditActivity says whether the actor may work on an activity: those of their
// branches.
func (d *DB) MayEditActivity(by policy.Actor, a ActivityRow) bool {
	return by.Scope(policy.ActivityEdit).SeesBranch(d.Chain(a.BranchID))
}

// ActivityClients are the clients who were asked, as far as the actor sees them,
// and how many others there are.
func (d *DB) ActivityClients(ctx context.Context, by policy.Actor, id int64) (list []ActivityClient, others int, err error) {
	all, err := d.activityClients(ctx, d.r, id)
	scope := by.Scope(policy.CustomerRead)
	for _, c := range all {
		if d.sees(scope, c.BranchID, c.OwnerID, c.ClerkID) {
			list = append(list, c)
		} else {
			others++
		}
	}
	return list, others, err
}

func (d *DB) activityClients(ctx context.Context, q querier, id int64) (list []ActivityClient, err error) {
	err = eachOf(ctx, q, `SELECT c.id, c.name, c.code, c.class, c.branch_id, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), x.came, x.said
		FROM activity_clients x JOIN customers c ON c.id = x.customer_id WHERE x.activity_id = $1 AND c.deleted_at = 0 ORDER BY c.id`, []any{id}, func(scan func(...any) error) error {
		var c ActivityClient
		err := scan(&c.CustomerID, &c.Name, &c.Code, &c.Class, &c.BranchID, &c.OwnerID, &c.ClerkID, &c.Came, &c.Said)
		list = append(list, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("clients of activity %d: %w", id, err)
	}
	return list, nil
}

// ActivityPeople are those of one's own people who were asked to an activity
// that the actor sees.
func (d *DB) ActivityPeople(ctx context.Context, by policy.Actor, id int64) ([]ActivityPerson, error) {
	if _, err := d.Activity(ctx, by, id); err != nil {
		return nil, err
	}
	return activityPeople(ctx, d.r, id)
}

func activityPeople(ctx context.Context, q querier, id int64) (list []ActivityPerson, err error) {
	err = eachOf(ctx, q, `SELECT u.id, u.name, p.came FROM activity_people p JOIN users u ON u.id = p.user_id WHERE p.activity_id = $1 ORDER BY u.id`, []any{id}, func(scan func(...any) error) error {
		var p ActivityPerson
		err := scan(&p.UserID, &p.Name, &p.Came)
		list = append(list, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("people of activity %d: %w", id, err)
	}
	return list, nil
}

// activitiesOf are the activities to which a client was asked, for the person's
// copy.
func (d *DB) activitiesOf(ctx context.Context, customer int64) (out []CopiedActivity, err error) {
	err = eachOf(ctx, d.r, `SELECT a.day, a.kind, a.title, a.place, x.came, x.said FROM activity_clients x JOIN activities a ON a.id = x.activity_id
		WHERE x.customer_id = $1 AND a.deleted_at = 0 ORDER BY a.day, a.id LIMIT $2`, []any{customer, mostCopied}, func(scan func(...any) error) error {
		var x CopiedActivity
		err := scan(&x.Day, &x.Kind, &x.Title, &x.Place, &x.Came, &x.Said)
		out = append(out, x)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("activities of customer %d: %w", customer, err)
	}
	return out, nil
}

// CopiedActivity is an activity as the copy for a client tells it.
type CopiedActivity struct {
	Day, Kind, Title, Place string
	Came                    bool
	Said                    string
}

// NewActivity plans an activity, with whom of one's own people and of the clients
// it is for. A branch beyond the actor's reach is ErrNotFound, people who do not
// work there or clients beyond reach ErrRefused. Sent twice with one submission
// key it answers the first id.
func (d *DB) NewActivity(ctx context.Context, by policy.Actor, sent Submission, a Activity, people, clients []int64) (id int64, err error) {
	try := func() error {
		return d.act(ctx, by, "activities.create", func(tx *Tx) error {
			if id, err = sent.done(ctx, tx, "activities"); err != nil {
				return err
			} else if id != 0 {
				return errDoneBefore
			}
			if !by.Scope(policy.ActivityEdit).SeesBranch(d.Chain(a.BranchID)) {
				return fmt.Errorf("activity at branch %d: %w", a.BranchID, ErrNotFound)
			}
			if err := tx.mayStand(ctx, a.BranchID); err != nil {
				return err
			}
			a.ID, a.State, a.Version, a.CreatedAt, a.CreatedBy, a.UpdatedAt, a.DeletedAt = tx.newID(), activity.Planned, 1, tx.now(), by.UserID, tx.now(), 0
			if err := tx.mayLead(ctx, &a, 0); err != nil {
				return err
			}
			if err := tx.insert(ctx, "activities", a.all()); err != nil {
				return err
			}
			if err := tx.change(ctx, "create", "activities", a.ID, a.BranchID, 0, 1, nil); err != nil {
				return err
			}
			if _, err := tx.asked(ctx, &a, people, clients); err != nil {
				return err
			}
			tx.about(a.BranchID, a.ID)
			id = a.ID
			return sent.keep(ctx, tx, "activities", id)
		})
	}
	err = try()
	if sent.Key != "" && isUnique(err) {
		err = try() // the same form arrived twice at once; the other one is through by now
	}
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return id, err
}

// mayLead refuses words that there are not, days that are none, and somebody who
// cannot see to an activity there; who did so before may stay.
func (tx *Tx) mayLead(ctx context.Context, a *Activity, before int64) error {
	if on, err := day.Parse(a.Day); err != nil || !on.Valid() || !slices.Contains(activity.Kinds, a.Kind) || a.Title == "" || a.Cost < 0 {
		return fmt.Errorf("activity %d: %w", a.ID, ErrRefused)
	}
	if a.UserID == 0 || a.UserID == before || a.UserID == tx.by.UserID {
		return nil
	}
	return tx.mayBeGiven(ctx, a.BranchID, a.UserID, func(x policy.Actor) bool { return x.Can(policy.ActivityRead) })
}

// asked writes who is asked, and says whether that changed. Of the clients only
// those whom the actor sees come and go.
func (tx *Tx) asked(ctx context.Context, a *Activity, people, clients []int64) (changed bool, err error) {
	were, err := activityPeople(ctx, tx, a.ID)
	if err != nil {
		return false, err
	}
	takers, err := tx.takers(ctx, a.BranchID)
	if err != nil {
		return false, err
	}
	for _, p := range were {
		if !slices.Contains(people, p.UserID) {
			changed = true
			if _, err := tx.exec(ctx, `DELETE FROM activity_people WHERE activity_id = $1 AND user_id = $2`, a.ID, p.UserID); err != nil {
				return false, fmt.Errorf("people of activity %d: %w", a.ID, err)
			}
		}
	}
	for _, u := range people {
		if slices.ContainsFunc(were, func(p ActivityPerson) bool { return p.UserID == u }) {
			continue
		}
		if u != tx.by.UserID && !slices.ContainsFunc(takers, func(x User) bool { return x.ID == u }) {
			return false, fmt.Errorf("activity %d for user %d: %w", a.ID, u, ErrRefused)
		}
		changed = true
		if _, err := tx.exec(ctx, `INSERT INTO activity_people (activity_id, user_id) VALUES ($1, $2) ON CONFLICT (activity_id, user_id) DO NOTHING`, a.ID, u); err != nil {
			return false, fmt.Errorf("people of activity %d: %w", a.ID, err)
		}
	}
	moved, err := tx.askedClients(ctx, a, clients)
	return changed || moved, err
}

func (tx *Tx) askedClients(ctx context.Context, a *Activity, clients []int64) (changed bool, err error) {
	were, err := tx.db.activityClients(ctx, tx, a.ID)
	if err != nil {
		return false, err
	}
	scope := tx.by.Scope(policy.CustomerRead)
	for _, c := range were {
		if slices.Contains(clients, c.CustomerID) || !tx.db.sees(scope, c.BranchID, c.OwnerID, c.ClerkID) {
			continue
		}
		changed = true
		if _, err := tx.exec(ctx, `DELETE FROM activity_clients WHERE activity_id = $1 AND customer_id = $2`, a.ID, c.CustomerID); err != nil {
			return false, fmt.Errorf("clients of activity %d: %w", a.ID, err)
		}
		if err := tx.change(ctx, "update", "activities", a.ID, a.BranchID, c.CustomerID, a.Version, map[string][2]any{"asked": {true, false}, "said": {c.Said, ""}}); err != nil {
			return false, err
		}
	}
	for _, id := range clients {
		if slices.ContainsFunc(were, func(c ActivityClient) bool { return c.CustomerID == id }) {
			continue
		}
		if _, err := tx.db.customer(ctx, tx, scope, id, false); err != nil {
			return false, err
		}
		changed = true
		if _, err := tx.exec(ctx, `INSERT INTO activity_clients (activity_id, customer_id) VALUES ($1, $2) ON CONFLICT (activity_id, customer_id) DO NOTHING`, a.ID, id); err != nil {
			return false, fmt.Errorf("clients of activity %d: %w", a.ID, err)
		}
		if err := tx.change(ctx, "update", "activities", a.ID, a.BranchID, id, a.Version, map[string][2]any{"asked": {false, true}}); err != nil {
			return false, err
		}
	}
	return changed, nil
}

// EditActivity corrects when, where and about what an activity is, who sees to it
// and who is asked. Kind, branch and state stay.
func (d *DB) EditActivity(ctx context.Context, by policy.Actor, in Activity, people, clients []int64) error {
	return d.activityAct(ctx, by, "activities.edit", TodoRef{ID: in.ID, Version: in.Version}, func(tx *Tx, was ActivityRow, now *Activity) (bool, error) {
		now.Title, now.Day, now.Place, now.Agenda, now.UserID = in.Title, in.Day, in.Place, in.Agenda, in.UserID
		if was.State == activity.Held && now.Day > Day(tx.at) {
			return false, ErrConflict
		}
		if err := tx.mayLead(ctx, now, was.UserID); err != nil {
			return false, err
		}
		return tx.asked(ctx, now, people, clients)
	})
}

// Attended is who came to an activity, and what it brought.
type Attended struct {
	Opinions string
	Cost     int64
	People   []int64          // of one's own, who came
	Came     []int64          // of the clients
	Said     map[int64]string // what each client said, also one who did not come
}

// NoteActivity notes that an activity took place, or corrects what was noted. Of
// the clients only those whom the actor sees change. One whose day has not come,
// or that was called off, is ErrConflict.
func (d *DB) NoteActivity(ctx context.Context, by policy.Actor, x TodoRef, in Attended) error {
	return d.activityAct(ctx, by, "activities.held", x, func(tx *Tx, was ActivityRow, now *Activity) (changed bool, err error) {
		if now.State, err = activityAfter(was, activity.Note, tx); err != nil {
			return false, err
		}
		now.Opinions, now.Cost = in.Opinions, in.Cost
		people, err := activityPeople(ctx, tx, was.ID)
		if err != nil {
			return false, err
		}
		for _, p := range people {
			if came := slices.Contains(in.People, p.UserID); came != p.Came {
				changed = true
				if _, err := tx.exec(ctx, `UPDATE activity_people SET came = $3 WHERE activity_id = $1 AND user_id = $2`, was.ID, p.UserID, came); err != nil {
					return false, fmt.Errorf("people of activity %d: %w", was.ID, err)
				}
			}
		}
		clients, err := d.activityClients(ctx, tx, was.ID)
		if err != nil {
			return false, err
		}
		for _, c := range clients {
			said, came := in.Said[c.CustomerID], slices.Contains(in.Came, c.CustomerID)
			if came == c.Came && said == c.Said || !d.sees(by.Scope(policy.CustomerRead), c.BranchID, c.OwnerID, c.ClerkID) {
				continue
			}
			changed = true
			if _, err := tx.exec(ctx, `UPDATE activity_clients SET came = $3, said = $4 WHERE activity_id = $1 AND customer_id = $2`, was.ID, c.CustomerID, came, said); err != nil {
				return false, fmt.Errorf("clients of activity %d: %w", was.ID, err)
			}
			if err := tx.change(ctx, "update", "activities", was.ID, was.BranchID, c.CustomerID, was.Version+1, map[string][2]any{"came": {c.Came, came}, "said": {c.Said, said}}); err != nil {
				return false, err
			}
		}
		return changed, nil
	})
}

func activityAfter(was ActivityRow, act activity.Act, tx *Tx) (string, error) {
	on, err := day.Parse(was.Day)
	if err != nil {
		return "", fmt.Errorf("day of activity %d: %w", was.ID, err)
	}
	next := activity.After(was.State, act, on, day.At(tx.at, Zone))
	if next == "" {
		return "", fmt.Errorf("activity %d is %s: %w", was.ID, was.State, ErrConflict)
	}
	return next, nil
}

// MoveActivity calls an activity off or takes it up again; what may not be done
// as it stands is ErrConflict.
func (d *DB) MoveActivity(ctx context.Context, by policy.Actor, x TodoRef, act activity.Act) error {
	return d.activityAct(ctx, by, "activities."+string(act), x, func(tx *Tx, was ActivityRow, now *Activity) (_ bool, err error) {
		now.State, err = activityAfter(was, act, tx)
		return false, err
	})
}

// DeleteActivity puts an activity into the bin; RestoreActivity takes it out.
func (d *DB) DeleteActivity(ctx context.Context, by policy.Actor, x TodoRef) error {
	return d.activityAct(ctx, by, "activities.delete", x, func(tx *Tx, _ ActivityRow, now *Activity) (bool, error) {
		now.DeletedAt = tx.now()
		return false, nil
	})
}

// RestoreActivity see DeleteActivity.
func (d *DB) RestoreActivity(ctx context.Context, by policy.Actor, id int64) error {
	return d.activityAct(ctx, by, "activities.restore", TodoRef{ID: id}, func(_ *Tx, _ ActivityRow, now *Activity) (bool, error) {
		now.DeletedAt = 0
		return false, nil
	})
}

// activityAct is an act on one activity that the actor may work on. A stale
// version (0: whichever) is ErrConflict, one that they see and may not work on
// ErrRefused. set says whether it changed what hangs on the activity.
func (d *DB) activityAct(ctx context.Context, by policy.Actor, act string, x TodoRef, set func(*Tx, ActivityRow, *Activity) (bool, error)) error {
	return d.act(ctx, by, act, func(tx *Tx) error {
		was, err := d.activityIn(ctx, tx, by, x.ID, act == "activities.restore")
		switch {
		case err != nil:
			return err
		case !d.MayEditActivity(by, was):
			return fmt.Errorf("activity %d: %w", x.ID, ErrRefused)
		case x.Version != 0 && was.Version != x.Version:
			return fmt.Errorf("activity %d: %w", x.ID, ErrConflict)
		}
		now := was.Activity
		hangs, err := set(tx, was, &now)
		if err != nil {
			return fmt.Errorf("%s %d: %w", act, x.ID, err)
		}
		changed := diff(was.fields(), now.fields())
		if len(changed) == 0 && !hangs {
			return nil
		}
		tx.about(was.BranchID, was.ID)
		if err := tx.update(ctx, "activities", was.ID, was.Version, now.fields(), changed); err != nil {
			return err
		}
		if len(changed) == 0 {
			return nil
		}
		return tx.change(ctx, "update", "activities", now.ID, now.BranchID, 0, was.Version+1, changed)
	})
}
