package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yike/policy"
	"yike/policy/day"
	"yike/policy/radar"
)

// RuleRadar names the rule of the radar among the rules; its value is a
// radar.Rule as JSON.
const RuleRadar = "radar"

// Radar returns what holds of the radar for a branch (0: the company) on a day.
func (d *DB) Radar(ctx context.Context, branch int64, on string) (radar.Rule, RuleRow, error) {
	row, err := d.Rule(ctx, RuleRadar, branch, on)
	if err != nil {
		return radar.Rule{}, row, err
	}
	rule, err := radarOf(row)
	return rule, row, err
}

func radarOf(row RuleRow) (radar.Rule, error) {
	if row.Version == 0 {
		return radar.Default(), nil
	}
	rule, err := radar.ParseRule(row.Value)
	if err != nil {
		return rule, fmt.Errorf("radar version %d: %w", row.Version, err)
	}
	return rule, nil
}

// States of an alert.
const (
	RadarOpen   = "open"   // nobody has answered
	RadarDoing  = "doing"  // a response was chosen
	RadarClosed = "closed" // it has a result, or was given up
)

// RadarAlert says that a client ships less than its own habit.
type RadarAlert struct {
	ID, CustomerID, BranchID int64
	Kind, Key                string      // of policy/radar
	Day                      string      // up to which parcels were known
	Expected, Got            int64       // pieces; of a payment days late, or fen
	Detail                   radar.Alert // in a list without how it came about, see radar.Brief
	RuleBranch, RuleVersion  int64       // by which it came about; version 0 = the default
	State                    string
	Reason, Response, Note   string
	OwnerID                  int64 // who does it: whose its to-do is
	DueDay, Result           string
	ClosedDay                string
	Version                  int64
	CreatedAt, UpdatedAt     int64      // unix milliseconds
	Usual                    int64      // pieces of a usual week, 0 = it is about payments
	Ended                    *radar.End // why it ended by itself; nil = a person ended it, or nobody has
	AgainDay                 string     // when it was last taken up again

	detail, ended string
}

func (a *RadarAlert) fields() []field {
	return []field{{"id", &a.ID}, {"customer_id", &a.CustomerID}, {"branch_id", &a.BranchID}, {"kind", &a.Kind}, {"key", &a.Key}, {"day", &a.Day},
		{"expected", &a.Expected}, {"got", &a.Got}, {"detail", &a.detail}, {"rule_branch", &a.RuleBranch}, {"rule_version", &a.RuleVersion}, {"state", &a.State},
		{"reason", &a.Reason}, {"response", &a.Response}, {"note", &a.Note}, {"owner_id", &a.OwnerID}, {"due_day", &a.DueDay}, {"result", &a.Result},
		{"closed_day", &a.ClosedDay}, {"version", &a.Version}, {"created_at", &a.CreatedAt}, {"updated_at", &a.UpdatedAt},
		{"usual", &a.Usual}, {"ended", &a.ended}, {"again_day", &a.AgainDay}}
}

// RadarRow is an alert with what a list says of its client.
type RadarRow struct {
	RadarAlert
	Customer, Code, Class  string
	CustomerOwner, ClerkID int64
	OwnerName, Worker      string // the client's rep, who does it
}

// RadarFilter is what a list of alerts asks for; zero values ask nothing.
type RadarFilter struct {
	State, Kind string
	BranchID    int64 // this one and those below it
	CustomerID  int64
	OwnerID     int64         // who does it, or whose client it is while nobody does
	Money       policy.Scope  // alerts about payments are for those who may see the account
	Answers     policy.Scope  // and those about ratings for who may see these
	Also        *policy.Scope // must see them, too
	Before      int64         // only older alerts
	Limit       int           // 50 when 0; 500 at most
}

const (
	radarFrom = ` FROM radar_alerts r JOIN customers c ON c.id = r.customer_id AND c.deleted_at = 0` + radarTodoFrom
	// An alert's to-do is passed on and handed over like any other.
	radarTodoFrom = ` LEFT JOIN todos t ON t.kind = 'radar_' || r.kind AND t.key = CAST(r.id AS TEXT) AND t.state = 'open' AND t.deleted_at = 0`
	radarWorker   = `CASE r.state WHEN 'closed' THEN r.owner_id ELSE coalesce(t.user_id, r.owner_id) END`
	// A list needs no word of how each came about; the few about payments are told by it.
	radarBrief = `CASE r.kind WHEN 'payment' THEN r.detail ELSE '' END`
	// A page of them does with the few about one statement that is late.
	radarBriefest = `CASE WHEN r.kind = 'payment' AND r.key >= 'late+' AND r.key < 'late,' THEN r.detail ELSE '' END`
)

// radarRowSQL reads alerts with what a list says of them; detail is the column
// that tells how they came about.
func radarRowSQL(detail string) string {
	return `SELECT ` + strings.Replace(strings.Replace(columns("r.", new(RadarAlert).fields()), "r.owner_id", radarWorker, 1), "r.detail", detail, 1) + `, c.name, c.code, c.class, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0)` + radarFrom
}

func scanRadar(row interface{ Scan(...any) error }) (RadarRow, error) {
	var r RadarRow
	if err := row.Scan(append(pointers(r.fields()), &r.Customer, &r.Code, &r.Class, &r.CustomerOwner, &r.ClerkID)...); err != nil {
		return r, err
	}
	return r, r.read()
}

// nameRadar fills in who is named in alerts.
func (d *DB) nameRadar(ctx context.Context, list []RadarRow) error {
	var ids []int64
	for i := range list {
		for _, id := range [...]int64{list[i].CustomerOwner, list[i].OwnerID} {
			if id != 0 && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	names, err := d.UserNames(ctx, ids)
	if err != nil {
		return fmt.Errorf("radar: %w", err)
	}
	for i := range list {
		list[i].OwnerName, list[i].Worker = names[list[i].CustomerOwner], names[list[i].OwnerID]
	}
	return nil
}

// radarOnlySQL reads alerts alone, without a list's words and without how they
// came about.
func radarOnlySQL(where string) string {
	return `SELECT ` + strings.Replace(columns("r.", new(RadarAlert).fields()), "r.detail", radarBrief, 1) + ` FROM radar_alerts r` + where
}

func scanRadarOnly(row interface{ Scan(...any) error }) (RadarAlert, error) {
	var r RadarAlert
	if err := row.Scan(pointers(r.fields())...); err != nil {
		return r, err
	}
	return r, r.read()
}

// read understands what is stored as JSON.
func (a *RadarAlert) read() error {
	a.Detail = radar.Brief(radar.Kind(a.Kind), a.Key, a.Expected, a.Got, a.Usual)
	if a.detail != "" {
		if err := json.Unmarshal([]byte(a.detail), &a.Detail); err != nil {
			return fmt.Errorf("alert %d: %w", a.ID, err)
		}
	}
	if a.ended != "" {
		if err := json.Unmarshal([]byte(a.ended), &a.Ended); err != nil {
			return fmt.Errorf("alert %d: %w", a.ID, err)
		}
	}
	return nil
}

func (d *DB) radarWhere(scope policy.Scope, f RadarFilter) conditions {
	var c conditions
	c.text = []string{"1 = 1"}
	d.seenBy(&c, "r", scope)
	if f.Also != nil {
		d.seenBy(&c, "r", *f.Also)
	}
	if f.State != "" {
		c.add("r.state = ?", f.State)
	}
	if f.Kind != "" {
		c.add("r.kind = ?", f.Kind)
	}
	for _, q := range []cond{d.radarKindSQL(radar.Payment, f.Money), d.radarKindSQL(radar.Rating, f.Answers)} {
		if q.text != "" {
			c.add(q.text, q.args...)
		}
	}
	if f.BranchID != 0 {
		d.under(&c, "r", f.BranchID)
	}
	if f.CustomerID != 0 {
		c.add("r.customer_id = ?", f.CustomerID)
	}
	if f.OwnerID != 0 {
		c.add("("+radarWorker+" = ? OR "+radarWorker+" = 0 AND c.owner_id = ?)", f.OwnerID, f.OwnerID)
	}
	if f.Before != 0 {
		c.add("r.id < ?", f.Before)
	}
	return c
}

// RadarAsks are the rights that an alert of a kind asks for beside radar.read:
// it says what one owes, or what a client thinks of us.
var RadarAsks = map[radar.Kind]policy.Permission{radar.Payment: policy.AccountRead, radar.Rating: policy.RatingRead}

// radarKindSQL leaves out the alerts of a kind whose clients the scope does not
// see.
func (d *DB) radarKindSQL(kind radar.Kind, scope policy.Scope) cond {
	text, args := d.seenSQL("r", scope)
	if text == "" {
		return cond{}
	}
	return cond{"(r.kind <> '" + string(kind) + "' OR " + text + ")", args}
}

// radarSQL reads alerts that meet a condition written in this package.
func radarSQL(where, order string) string { return radarRowSQL("r.detail") + where + order }

var radarListed = radarRowSQL(radarBriefest)

// radarListSQL finds the alerts of a page first, so that SQLite does not walk all
// clients and sort; whose they are, a filter of a person learns from other tables.
func (f RadarFilter) radarListSQL(where string, limit int) string {
	page := ` ORDER BY r.id DESC LIMIT ` + strconv.Itoa(limit)
	if f.OwnerID == 0 {
		where = ` WHERE r.id IN (SELECT r.id FROM radar_alerts r` + where + ` AND NOT r.binned` + page + `)`
	}
	return radarListed + where + page
}

// RadarAlerts returns the alerts that the scope sees, the newest first, and
// whether there are more.
func (d *DB) RadarAlerts(ctx context.Context, scope policy.Scope, f RadarFilter) (list []RadarRow, more bool, err error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	c := d.radarWhere(scope, f)
	rows, err := d.query(ctx, cond{f.radarListSQL(c.whereSQL(), limit+1), c.args})
	if err != nil {
		return nil, false, fmt.Errorf("radar: %w", err)
	}
	defer rows.Close()
	list = make([]RadarRow, 0, limit+1)
	for rows.Next() {
		r, err := scanRadar(rows)
		if err != nil {
			return nil, false, fmt.Errorf("radar: %w", err)
		}
		list = append(list, r)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, false, fmt.Errorf("radar: %w", err)
	}
	if more = len(list) > limit; more {
		list = list[:limit]
	}
	return list, more, d.nameRadar(ctx, list)
}

// CountRadar counts what RadarAlerts would list, no further than limit.
func (d *DB) CountRadar(ctx context.Context, scope policy.Scope, f RadarFilter, limit int) (n int, err error) {
	f.Before = 0
	c := d.radarWhere(scope, f)
	from := ` FROM radar_alerts r`
	if f.OwnerID != 0 {
		from = ` FROM radar_alerts r JOIN customers c ON c.id = r.customer_id` + radarTodoFrom
	}
	c.add("NOT r.binned")
	rows, err := d.query(ctx, cond{countRadarSQL(from+c.whereSQL(), limit), c.args})
	if err != nil {
		return 0, fmt.Errorf("count radar: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return 0, fmt.Errorf("count radar: %w", err)
		}
	}
	return n, rows.Err()
}

// binAlerts keeps from being counted what is about a client in the bin.
func (tx *Tx) binAlerts(ctx context.Context, customer int64, in bool) error {
	if _, err := tx.exec(ctx, `UPDATE radar_alerts SET binned = $2 WHERE customer_id = $1`, customer, in); err != nil {
		return fmt.Errorf("alerts of customer %d: %w", customer, err)
	}
	return nil
}

func countRadarSQL(rest string, limit int) string {
	return `SELECT COUNT(*) FROM (SELECT 1` + rest + ` LIMIT ` + strconv.Itoa(limit) + `) AS counted`
}

// RadarAlert returns one alert that the actor sees by a right, or that is
// theirs to do; one about payments also needs receivables.read.
func (d *DB) RadarAlert(ctx context.Context, by policy.Actor, right policy.Permission, id int64) (RadarRow, error) {
	r, err := d.radarAlert(ctx, d.r, by, right, id)
	if err != nil {
		return r, err
	}
	one := []RadarRow{r}
	err = d.nameRadar(ctx, one)
	return one[0], err
}

func (d *DB) radarAlert(ctx context.Context, q querier, by policy.Actor, right policy.Permission, id int64) (RadarRow, error) {
	r, err := scanRadar(q.QueryRowContext(ctx, radarSQL(` WHERE r.id = $1`, ``), id))
	sees := func(p policy.Permission) bool {
		return d.sees(by.Scope(p), r.BranchID, r.CustomerOwner, r.ClerkID) || r.OwnerID != 0 && r.OwnerID == by.UserID && by.Can(p)
	}
	also := RadarAsks[radar.Kind(r.Kind)]
	if errors.Is(err, sql.ErrNoRows) || err == nil && (!sees(right) || also != "" && !sees(also)) {
		err = ErrNotFound
	}
	if err != nil {
		return RadarRow{}, fmt.Errorf("radar alert %d: %w", id, err)
	}
	return r, nil
}

// RadarAnswer is why a client ships less and what is done about it.
type RadarAnswer struct {
	Reason, Response string // words of policy/radar
	Note             string
	OwnerID          int64
	DueDay           string
}

// AnswerRadar writes down an answer. Giving up closes the alert; anything else
// is somebody's to do until CloseRadar. Who does it is the client's rep, its
// clerk, who answers, or whose it was.
func (d *DB) AnswerRadar(ctx context.Context, by policy.Actor, id, version int64, a RadarAnswer) error {
	return d.radarAct(ctx, by, "radar.answer", id, version, func(tx *Tx, r *RadarRow) error {
		if r.State == RadarClosed {
			return ErrConflict
		}
		if !slices.Contains([]int64{r.CustomerOwner, r.ClerkID, by.UserID, r.OwnerID}, a.OwnerID) || a.OwnerID == 0 {
			return ErrRefused
		}
		r.Reason, r.Response, r.Note, r.OwnerID, r.DueDay, r.State = a.Reason, a.Response, a.Note, a.OwnerID, a.DueDay, RadarDoing
		if a.Response == radar.GiveUp {
			r.State, r.ClosedDay, r.DueDay = RadarClosed, tx.today(), ""
		}
		return nil
	})
}

// CloseRadar writes down what came of an answer.
func (d *DB) CloseRadar(ctx context.Context, by policy.Actor, id, version int64, result string) error {
	return d.radarAct(ctx, by, "radar.close", id, version, func(tx *Tx, r *RadarRow) error {
		if r.State != RadarDoing {
			return ErrConflict
		}
		r.Result, r.State, r.ClosedDay = result, RadarClosed, tx.today()
		return nil
	})
}

// ReopenRadar takes a closed alert up again; its answer stays. It ends by itself
// only by what comes after that day.
func (d *DB) ReopenRadar(ctx context.Context, by policy.Actor, id, version int64) error {
	return d.radarAct(ctx, by, "radar.reopen", id, version, func(tx *Tx, r *RadarRow) error {
		if r.State != RadarClosed {
			return ErrConflict
		}
		r.State, r.ClosedDay, r.Ended, r.AgainDay = RadarOpen, "", nil, tx.today()
		return nil
	})
}

// radarAct changes one alert.
func (d *DB) radarAct(ctx context.Context, by policy.Actor, act string, id, version int64, set func(*Tx, *RadarRow) error) error {
	return d.act(ctx, by, act, func(tx *Tx) error {
		was, err := d.radarAlert(ctx, tx, by, policy.RadarEdit, id)
		if err != nil {
			return err
		}
		if was.Version != version {
			return fmt.Errorf("radar alert %d has version %d, not %d: %w", id, was.Version, version, ErrConflict)
		}
		now := was
		if err := set(tx, &now); err != nil {
			return fmt.Errorf("radar alert %d: %w", id, err)
		}
		if err := tx.saveRadar(ctx, &was.RadarAlert, &now.RadarAlert); err != nil {
			return err
		}
		return tx.moveRadarTodo(ctx, &now.RadarAlert)
	})
}

// saveRadar writes what differs, and its change record.
func (tx *Tx) saveRadar(ctx context.Context, was, now *RadarAlert) error {
	fields := map[string][2]any{}
	now.ended = ""
	if now.Ended != nil {
		text, err := json.Marshal(now.Ended)
		if err != nil {
			return err
		}
		now.ended = string(text)
	}
	if a, b := endedWhy(was.Ended), endedWhy(now.Ended); a != b {
		fields["ended"] = [2]any{a, b}
	}
	before, after := was.fields(), now.fields()
	for i := range before {
		if a, b := plain(before[i].value), plain(after[i].value); a != b && before[i].column != "detail" && before[i].column != "ended" {
			if before[i].column == "owner_id" {
				a, b = strconv.FormatInt(was.OwnerID, 10), strconv.FormatInt(now.OwnerID, 10)
			}
			fields[before[i].column] = [2]any{a, b}
		}
	}
	n, err := tx.exec(ctx, `UPDATE radar_alerts SET key = $3, day = $4, expected = $5, got = $6, detail = $7, state = $8, reason = $9, response = $10, note = $11, owner_id = $12,
		due_day = $13, result = $14, closed_day = $15, version = version + 1, updated_at = $16, usual = $17, ended = $18, again_day = $19, rule_branch = $20, rule_version = $21 WHERE id = $1 AND version = $2`,
		now.ID, was.Version, now.Key, now.Day, now.Expected, now.Got, now.detail, now.State, now.Reason, now.Response, now.Note, now.OwnerID, now.DueDay, now.Result, now.ClosedDay, tx.now(),
		now.Usual, now.ended, now.AgainDay, now.RuleBranch, now.RuleVersion)
	if err == nil && n == 0 {
		err = ErrConflict
	}
	if err != nil {
		return fmt.Errorf("radar alert %d: %w", now.ID, err)
	}
	tx.aboutCustomer(now.BranchID, now.CustomerID)
	return tx.change(ctx, "update", "radar_alerts", now.ID, now.BranchID, now.CustomerID, was.Version+1, fields)
}

func endedWhy(e *radar.End) string {
	if e == nil {
		return ""
	}
	return e.Why
}

// VolumeOf are the pieces by day of some clients since the month of a day.
func (d *DB) VolumeOf(ctx context.Context, customers []int64, since day.Day) (map[int64]radar.Days, error) {
	found := map[int64]*radar.Days{}
	slices.Sort(customers)
	for chunk := range slices.Chunk(slices.Compact(customers), lookupBatch) {
		rows, err := d.r.QueryContext(ctx, d.amongSQL(`SELECT customer_id, month, habits FROM customer_months WHERE month >= $1 AND customer_id `, 2, len(chunk), ``),
			append([]any{since.String()[:7]}, idArgs(chunk)...)...)
		if err != nil {
			return nil, fmt.Errorf("volume: %w", err)
		}
		for rows.Next() {
			var id int64
			var month, habits string
			if err := rows.Scan(&id, &month, &habits); err != nil {
				rows.Close()
				return nil, fmt.Errorf("volume: %w", err)
			}
			if found[id] == nil {
				found[id] = &radar.Days{}
			}
			if err := addDays(found[id], month, habits); err != nil {
				rows.Close()
				return nil, fmt.Errorf("volume of customer %d: %w", id, err)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, fmt.Errorf("volume: %w", err)
		}
	}
	out := map[int64]radar.Days{}
	for id, days := range found {
		out[id] = *days
	}
	return out, nil
}

// silenceOf is the last day with parcels that a silence's key begins with.
func silenceOf(key string) string {
	last, _, _ := strings.Cut(key, "+")
	return last
}
