package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/policy"
	"yike/policy/casework"
)

// NoDue is the due time of a case of which no promised time is to be kept now.
const NoDue = 9_000_000_000_000_000

// Case is a complaint, a question or a suggestion (R147–R174). Words are those
// of policy/casework, times unix milliseconds (0 = not yet), references 0 when
// missing.
type Case struct {
	ID                      int64
	Code                    string // for people: 20261120-014
	Kind                    string
	BranchID                int64
	CustomerID, ContactID   int64 // 0: an unknown caller
	Caller, CallerPhone     string
	Channel, Ticket         string
	CauseID                 int64
	Severity                string
	Class                   string // the client's when it was opened
	Said, Wants             string
	UserID                  int64 // who handles it
	Step                    string
	OpenedAt                int64
	AnswerDue, SolveDue     int64
	Due                     int64 // the next of both that is to be kept, NoDue when there is none
	SoonAt                  int64 // when one of them is soon over, NoDue when none runs
	LadderAt                int64 // when the next person is told of them, NoDue when none is
	AnsweredAt, SolvedAt    int64
	ClosedAt                int64
	PausedAt                int64 // 0: the clock runs
	PauseReason             string
	PauseUntil              int64 // when the pause ends by itself, 0 = no end was set
	PausedMs                int64 // working time that was waited
	RuleBranch, RuleVersion int64 // by whose clocks, and which
	ToldHow                 string
	ToldBy                  int64
	Satisfied               string // "", yes, no, accepted
	Result                  string // what was found and done
	UnsatisfiedReason       string
	AcceptedBy              int64
	EscalatedAt             int64
	EscalatedReason         string
	ParentID, MergedID      int64
	CallDue, CalledAt       int64  // the follow-up call that the rule asks for, 0 = none
	ReviewWhy               string // why measures are asked for, "" = they are not
	Measures                string
	MeasuresBy              int64
	MeasuresDue             string // day
	UnsatisfiedWhy          string // word of policy/casework
	Reopened                int64  // how often
	ImportID, Version       int64
	CreatedAt, CreatedBy    int64
	UpdatedAt, DeletedAt    int64
	Life                    int64 // by policy/retention: in use, archived, destroyed

	byRow  int    // of a new one, for its history: the row of the rule by which it was given, 0 = none
	passed string // and who was passed over since they are not at work
}

// fields are the columns that change in the life of a case.
func (c *Case) fields() []field {
	return []field{
		{"kind", &c.Kind}, {"branch_id", &c.BranchID}, {"customer_id", (*ref)(&c.CustomerID)}, {"contact_id", (*ref)(&c.ContactID)},
		{"caller", &c.Caller}, {"caller_phone", &c.CallerPhone}, {"channel", &c.Channel}, {"ticket", &c.Ticket}, {"cause_id", (*ref)(&c.CauseID)},
		{"severity", &c.Severity}, {"class", &c.Class}, {"said", &c.Said}, {"wants", &c.Wants}, {"user_id", (*ref)(&c.UserID)}, {"step", &c.Step},
		{"answer_due", &c.AnswerDue}, {"solve_due", &c.SolveDue}, {"due", &c.Due}, {"soon_at", &c.SoonAt}, {"ladder_at", &c.LadderAt}, {"answered_at", &c.AnsweredAt}, {"solved_at", &c.SolvedAt},
		{"closed_at", &c.ClosedAt}, {"paused_at", &c.PausedAt}, {"pause_reason", &c.PauseReason}, {"pause_until", &c.PauseUntil}, {"paused_ms", &c.PausedMs},
		{"rule_branch", &c.RuleBranch}, {"rule_version", &c.RuleVersion}, {"told_how", &c.ToldHow}, {"told_by", (*ref)(&c.ToldBy)},
		{"satisfied", &c.Satisfied}, {"result", &c.Result}, {"unsatisfied_reason", &c.UnsatisfiedReason}, {"accepted_by", (*ref)(&c.AcceptedBy)},
		{"escalated_at", &c.EscalatedAt}, {"escalated_reason", &c.EscalatedReason}, {"parent_id", (*ref)(&c.ParentID)}, {"merged_id", (*ref)(&c.MergedID)},
		{"call_due", &c.CallDue}, {"called_at", &c.CalledAt}, {"review_why", &c.ReviewWhy}, {"measures", &c.Measures}, {"measures_by", (*ref)(&c.MeasuresBy)},
		{"measures_due", &c.MeasuresDue}, {"unsatisfied_why", &c.UnsatisfiedWhy}, {"reopened", &c.Reopened},
	}
}

func (c *Case) all() []field {
	return append(c.fields(),
		field{"id", &c.ID}, field{"code", &c.Code}, field{"opened_at", &c.OpenedAt}, field{"import_id", &c.ImportID}, field{"version", &c.Version},
		field{"created_at", &c.CreatedAt}, field{"created_by", &c.CreatedBy}, field{"updated_at", &c.UpdatedAt}, field{"deleted_at", &c.DeletedAt}, field{"life", &c.Life})
}

var caseColumns = columns("e.", new(Case).all())

// CaseEvent is one line of a case's history. Kind is a word of the act; the
// words stand in views.
type CaseEvent struct {
	ID, CaseID int64
	Kind, Step string
	UserID, At int64
	Note       string
	Args       map[string]string // fill the kind's words; nothing of a person
	ByRule     bool              // when it is written: nobody did it, a rule did
	User       string            // name, when it was read

	parts map[string][2]any // what the act changed of the case's parcels and pictures
}

// NewCase is what is registered: the case, the numbers of its parcels and its
// pictures.
type NewCase struct {
	Case
	Waybills []string
	Photos   []CasePhoto
}

// OpenCase registers a case and returns its id. A client or a branch beyond
// the actor's reach is ErrNotFound; a person who may not work on cases there
// is ErrRefused. Branch and class are the client's; without a client it stands
// at BranchID, else at the actor's own branch. Who handles it, when nobody was
// named: whom the rule of casework gives it to. Sent twice with one submission
// key it answers the first id.
func (d *DB) OpenCase(ctx context.Context, by policy.Actor, sent Submission, in NewCase) (int64, error) {
	var id int64
	try := func() error {
		return d.act(ctx, by, "cases.open", func(tx *Tx) error {
			var err error
			if id, err = sent.done(ctx, tx, "cases"); err != nil {
				return err
			} else if id != 0 {
				return errDoneBefore
			}
			c := in.Case
			if err := d.placeCase(ctx, tx, &c); err != nil {
				return err
			}
			if id, err = openCase(ctx, tx, &c, in.Waybills, in.Photos); err != nil {
				return err
			}
			tx.about(c.BranchID, id)
			return sent.keep(ctx, tx, "cases", id)
		})
	}
	err := try()
	if sent.Key != "" && isUnique(err) {
		err = try() // the same form arrived twice at once; the other one is through by now
	}
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return id, err
}

// placeCase says at which branch a new case stands, of which client it is and
// who handles it, and whether the actor may open it there.
func (d *DB) placeCase(ctx context.Context, tx *Tx, c *Case) error {
	scope := tx.by.Scope(policy.CaseOpen)
	if c.CustomerID != 0 {
		who, err := d.whoCalls(ctx, tx, c.CustomerID)
		if err != nil {
			return err
		}
		if !d.sees(scope, who.BranchID, who.OwnerID, who.ClerkID) {
			return fmt.Errorf("customer %d: %w", c.CustomerID, ErrNotFound)
		}
		c.BranchID, c.Class = who.BranchID, who.Class
	} else {
		if c.BranchID == 0 {
			c.BranchID = tx.by.Branch
		}
		if !scope.SeesBranch(d.Chain(c.BranchID)) {
			return fmt.Errorf("branch %d: %w", c.BranchID, ErrNotFound)
		}
		c.ContactID, c.Class = 0, ""
	}
	if err := checkCaseContact(ctx, tx, *c); err != nil {
		return err
	}
	if c.UserID != 0 {
		if err := tx.mayBeGiven(ctx, c.BranchID, c.UserID, canHandle); err != nil {
			return err
		}
	}
	return tx.caseHandler(ctx, c)
}

// whoCalls reads of a live client whom the actor sees what a case takes from it:
// branch, class, owner and clerk.
func (d *DB) whoCalls(ctx context.Context, tx *Tx, id int64) (c Customer, err error) {
	err = tx.QueryRowContext(ctx, `SELECT branch_id, class, owner_id, clerk_id FROM customers WHERE id = $1 AND erased_at = 0 AND deleted_at = 0`, id).Scan(&c.BranchID, &c.Class, (*ref)(&c.OwnerID), (*ref)(&c.ClerkID))
	if errors.Is(err, sql.ErrNoRows) || err == nil && (d.hides(id) || !d.sees(tx.by.Scope(policy.CustomerRead), c.BranchID, c.OwnerID, c.ClerkID)) {
		err = ErrNotFound
	}
	if err != nil {
		return c, fmt.Errorf("customer %d: %w", id, err)
	}
	return c, nil
}

// canHandle says whether somebody may be given a case.
func canHandle(a policy.Actor) bool { return a.Can(policy.CaseEdit) }

func checkCaseContact(ctx context.Context, tx *Tx, c Case) error {
	if c.ContactID == 0 {
		return nil
	}
	var there bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM contacts WHERE id = $1 AND customer_id = $2)`, c.ContactID, c.CustomerID).Scan(&there); err != nil {
		return fmt.Errorf("contact %d: %w", c.ContactID, err)
	}
	if !there {
		return fmt.Errorf("contact %d of customer %d: %w", c.ContactID, c.CustomerID, ErrNotFound)
	}
	return nil
}

// caseHandler fills in who handles a case when nobody was named, by the rule of
// its branch, and whether it asks for a review.
func (tx *Tx) caseHandler(ctx context.Context, c *Case) error {
	rule, err := tx.caseworkRule(ctx, c.BranchID)
	if err != nil {
		return err
	}
	asked, err := askedOf(ctx, tx, c)
	if err != nil {
		return err
	}
	if c.UserID == 0 {
		given, passed, err := tx.handlerByRule(ctx, rule, asked, c)
		if err != nil {
			return err
		}
		c.UserID, c.byRow, c.passed = given.User, given.Row+1, passedText(passed)
	}
	return tx.settleReview(ctx, rule, asked, c)
}

// openCase writes a new case with its parcels, pictures and first line of
// history. It checks no right: that is the caller's. What a rule opened nobody
// wrote down: it is nobody's to read because of that.
func openCase(ctx context.Context, tx *Tx, c *Case, numbers []string, photos []CasePhoto) (int64, error) {
	if c.OpenedAt == 0 {
		c.OpenedAt = tx.now()
	}
	if c.Code == "" {
		code, err := tx.caseCode(ctx, Day(time.UnixMilli(c.OpenedAt)))
		if err != nil {
			return 0, err
		}
		c.Code = code
	}
	c.ID, c.Version, c.UpdatedAt, c.DeletedAt = tx.newID(), 1, tx.now(), 0
	if c.CreatedAt == 0 {
		c.CreatedAt = tx.now()
	}
	if c.CreatedBy == 0 && c.Channel != casework.Program {
		c.CreatedBy = tx.by.UserID
	}
	if c.Step == "" {
		c.Step = casework.Accept
	}
	if c.Severity == "" {
		c.Severity = casework.Minor
	}
	if err := tx.settleClocks(ctx, nil, c); err != nil {
		return 0, err
	}
	if err := tx.insert(ctx, "cases", c.all()); err != nil {
		return 0, err
	}
	if err := tx.moveLoad(ctx, 0, c.holder()); err != nil {
		return 0, err
	}
	if err := addCaseWaybills(ctx, tx, c.ID, numbers); err != nil {
		return 0, err
	}
	if err := addCasePhotos(ctx, tx, c.ID, photos); err != nil {
		return 0, err
	}
	if err := tx.change(ctx, "create", "cases", c.ID, c.BranchID, c.CustomerID, 1, nil); err != nil {
		return 0, err
	}
	if err := tellOfCase(ctx, tx, *c); err != nil {
		return 0, err
	}
	args := map[string]string{"channel": c.Channel}
	if c.byRow > 0 && c.UserID != 0 {
		args["row"], args["to"] = strconv.Itoa(c.byRow), strconv.FormatInt(c.UserID, 10)
	}
	if c.passed != "" {
		args["passed"] = c.passed
	}
	return c.ID, tx.caseEvent(ctx, CaseEvent{CaseID: c.ID, Kind: openedBy(c), Step: c.Step, At: c.OpenedAt, UserID: c.CreatedBy, ByRule: c.Channel == casework.Program, Args: args})
}

// openedBy is the first word of a case's history.
func openedBy(c *Case) string {
	if c.ImportID != 0 {
		return "imported"
	}
	return "opened"
}

// TodoNewCase is the kind of the to-do by which whoever is to handle a new case
// is told of it at once; its key is the case's id.
const TodoNewCase = "case_new"

func todoKey(id int64) string { return strconv.FormatInt(id, 10) }

// tellOfCase tells whoever is to handle a new case of it, unless they
// registered it themselves; the service people of the branch when nobody is
// named yet.
func tellOfCase(ctx context.Context, tx *Tx, c Case) error {
	if c.UserID != 0 && c.UserID == tx.by.UserID && c.Channel != casework.Program || c.Step != casework.Accept || c.ImportID != 0 {
		return nil
	}
	duties, err := tx.caseDuties(ctx)
	if err == nil && c.UserID == 0 {
		duties, err = tx.presentDuties(ctx, c.BranchID)
		if err == nil {
			c.UserID, err = tx.insteadOfClerk(ctx, duties, &c)
		}
	}
	if err != nil {
		return err
	}
	_, err = tx.addTodosBy(ctx, duties, []Todo{{Kind: TodoNewCase, Key: todoKey(c.ID), CustomerID: c.CustomerID, BranchID: c.BranchID, UserID: c.UserID,
		Args: map[string]string{"code": c.Code, "kind": c.Kind}}})
	tx.about(c.BranchID, c.ID)
	return err
}

// insteadOfClerk is who is told of a case that nobody was given while its client's
// clerk, who else would be, is away: whoever is responsible for the service. 0
// when the clerk is here, and when nobody is responsible.
func (tx *Tx) insteadOfClerk(ctx context.Context, duties map[dutyKey]dutyRow, c *Case) (int64, error) {
	if c.CustomerID == 0 {
		return 0, nil
	}
	var clerk int64
	if err := tx.QueryRowContext(ctx, `SELECT coalesce(clerk_id, 0) FROM customers WHERE id = $1`, c.CustomerID).Scan(&clerk); err != nil {
		return 0, fmt.Errorf("clerk of customer %d: %w", c.CustomerID, err)
	}
	if clerk == 0 {
		return 0, nil
	}
	if here, err := tx.firstOf(ctx, c.BranchID, []int64{clerk}, true); err != nil || here != 0 {
		return 0, err
	}
	return tx.db.tree.Load().dutyOf(duties, c.BranchID, DutyService).User, nil
}

// caseCode takes the next free number of a day.
func (tx *Tx) caseCode(ctx context.Context, day string) (string, error) {
	stmt, err := tx.prepared(ctx, `INSERT INTO case_days (day, next) VALUES ($1, 2) ON CONFLICT (day) DO UPDATE SET next = case_days.next + 1 RETURNING next - 1`)
	if err != nil {
		return "", err
	}
	var n int64
	if err := stmt.QueryRowContext(ctx, day).Scan(&n); err != nil {
		return "", fmt.Errorf("code of a case of %s: %w", day, err)
	}
	return fmt.Sprintf("%s-%03d", strings.ReplaceAll(day, "-", ""), n), nil
}

// caseEvent adds a line to a case's history. At and UserID are those of the
// transaction when they are not given.
func (tx *Tx) caseEvent(ctx context.Context, e CaseEvent) error {
	if e.At == 0 {
		e.At = tx.now()
	}
	if e.UserID == 0 && !e.ByRule {
		e.UserID = tx.by.UserID
	}
	if e.Args == nil {
		e.Args = map[string]string{}
	}
	args, err := json.Marshal(e.Args)
	if err == nil {
		_, err = tx.exec(ctx, `INSERT INTO case_events (id, case_id, kind, step, user_id, at, note, args) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			tx.newID(), e.CaseID, e.Kind, e.Step, e.UserID, e.At, e.Note, string(args))
	}
	if err != nil {
		return fmt.Errorf("history of case %d: %w", e.CaseID, err)
	}
	return nil
}

// CaseRow is a case with what a page says of it.
type CaseRow struct {
	Case
	Customer, CustomerShort, CustomerCode string // "" when the caller is unknown
	OwnerID, ClerkID                      int64  // of the client
	User, Author                          string
	Cause                                 CauseName
	WaybillCount, PhotoCount              int64
}

// CauseName is a cause with the one above it; codes are "" for own ones.
type CauseName struct {
	Code, Name, ParentCode, ParentName string
}

var caseRowSQL = `SELECT ` + caseColumns + `, coalesce(c.name, ''), coalesce(c.short_name, ''), coalesce(c.code, ''), coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0),
		coalesce(u.name, ''), coalesce(a.name, ''), coalesce(k.code, ''), coalesce(k.name, ''), coalesce(p.code, ''), coalesce(p.name, ''),
		(SELECT COUNT(*) FROM case_waybills x WHERE x.case_id = e.id), (SELECT COUNT(*) FROM case_photos x WHERE x.case_id = e.id)
	FROM cases e
	LEFT JOIN customers c ON c.id = e.customer_id
	LEFT JOIN users u ON u.id = e.user_id
	LEFT JOIN users a ON a.id = e.created_by
	LEFT JOIN case_causes k ON k.id = e.cause_id
	LEFT JOIN case_causes p ON p.id = k.parent_id`

func scanCase(row interface{ Scan(...any) error }) (CaseRow, error) {
	var r CaseRow
	err := row.Scan(append(pointers(r.all()), &r.Customer, &r.CustomerShort, &r.CustomerCode, &r.OwnerID, &r.ClerkID, &r.User, &r.Author,
		&r.Cause.Code, &r.Cause.Name, &r.Cause.ParentCode, &r.Cause.ParentName, &r.WaybillCount, &r.PhotoCount)...)
	return r, err
}

// seesCase says whether the actor sees a case under a permission: it is within
// the scope by its branch or its client's owner and clerk, or they handle it or
// wrote it down.
func (d *DB) seesCase(by policy.Actor, right policy.Permission, r CaseRow) bool {
	scope := by.Scope(right)
	if scope.Empty() {
		return false
	}
	return by.UserID != 0 && (r.UserID == by.UserID || r.CreatedBy == by.UserID) || d.sees(scope, r.BranchID, r.OwnerID, r.ClerkID)
}

// caseIn reads one case of a live client, or of an unknown caller, that the
// actor sees under a permission.
func (d *DB) caseIn(ctx context.Context, q querier, by policy.Actor, right policy.Permission, id int64, deleted bool) (CaseRow, error) {
	r, err := scanCase(q.QueryRowContext(ctx, caseRowSQL+` WHERE e.id = $1 AND coalesce(c.deleted_at, 0) = 0`, id))
	if errors.Is(err, sql.ErrNoRows) || err == nil && ((r.DeletedAt != 0) != deleted || !d.seesCase(by, right, r)) {
		err = ErrNotFound
	}
	if err != nil {
		return CaseRow{}, fmt.Errorf("case %d: %w", id, err)
	}
	return r, nil
}

// Case returns one case that the actor sees.
func (d *DB) Case(ctx context.Context, by policy.Actor, id int64) (CaseRow, error) {
	return d.caseIn(ctx, d.r, by, policy.CaseRead, id, false)
}

// MayOnCase says whether the actor has a right over a case.
func (d *DB) MayOnCase(by policy.Actor, right policy.Permission, r CaseRow) bool {
	return d.seesCase(by, right, r)
}

// MayEditCase says whether the actor may work on a case.
func (d *DB) MayEditCase(by policy.Actor, r CaseRow) bool {
	return r.Life == LifeInUse && d.MayOnCase(by, policy.CaseEdit, r)
}

// CaseEvents returns the history of a case, the newest first; read it after the
// case was read.
func (d *DB) CaseEvents(ctx context.Context, id int64) ([]CaseEvent, error) {
	rows, err := d.r.QueryContext(ctx, `SELECT e.id, e.case_id, e.kind, e.step, e.user_id, e.at, e.note, e.args, coalesce(u.name, '')
		FROM case_events e LEFT JOIN users u ON u.id = e.user_id WHERE e.case_id = $1 ORDER BY e.id DESC LIMIT 500`, id)
	if err != nil {
		return nil, fmt.Errorf("history of case %d: %w", id, err)
	}
	defer rows.Close()
	var out []CaseEvent
	for rows.Next() {
		var e CaseEvent
		var args string
		if err := rows.Scan(&e.ID, &e.CaseID, &e.Kind, &e.Step, &e.UserID, &e.At, &e.Note, &args, &e.User); err != nil {
			return nil, fmt.Errorf("history of case %d: %w", id, err)
		}
		if err := json.Unmarshal([]byte(args), &e.Args); err != nil {
			return nil, fmt.Errorf("history of case %d: %w", id, err)
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

// saveCase writes the difference between what stands and what shall be, with
// the promised time that is to be kept next. It answers whether anything
// changed.
func (tx *Tx) saveCase(ctx context.Context, was, now Case) (bool, error) {
	return tx.saveCaseParts(ctx, was, now, nil)
}

// saveCaseParts is saveCase when parcels or pictures changed with it: whoever
// had the case open before reads it again.
func (tx *Tx) saveCaseParts(ctx context.Context, was, now Case, parts map[string][2]any) (bool, error) {
	if err := tx.settleClocks(ctx, &was, &now); err != nil {
		return false, err
	}
	changed := diff(was.fields(), now.fields())
	if len(changed)+len(parts) == 0 {
		return false, nil
	}
	if err := tx.update(ctx, "cases", was.ID, was.Version, now.fields(), changed); err != nil {
		return false, err
	}
	if err := tx.moveLoad(ctx, was.holder(), now.holder()); err != nil {
		return false, err
	}
	if was.Step == casework.Accept && now.Step != was.Step {
		if err := tx.settleTodo(ctx, TodoNewCase, todoKey(was.ID), SettledOtherwise); err != nil {
			return false, err
		}
	}
	if err := tx.followCase(ctx, was, now); err != nil {
		return false, err
	}
	_, client := changed["customer_id"]
	if _, branch := changed["branch_id"]; client || branch {
		if _, err := tx.exec(ctx, `UPDATE case_claims SET customer_id = $2, branch_id = $3, version = version + 1, updated_at = $4 WHERE case_id = $1`, was.ID, ref(now.CustomerID), now.BranchID, tx.now()); err != nil {
			return false, fmt.Errorf("claims of case %d: %w", was.ID, err)
		}
		if _, err := tx.exec(ctx, caseRatingsSQL, was.ID, ref(now.CustomerID), now.BranchID, tx.now()); err != nil {
			return false, fmt.Errorf("answers about case %d: %w", was.ID, err)
		}
		if _, err := tx.exec(ctx, caseArchivedSQL, was.ID, ref(now.CustomerID)); err != nil {
			return false, fmt.Errorf("archived answers about case %d: %w", was.ID, err)
		}
	}
	maps.Copy(changed, parts)
	return true, tx.change(ctx, "update", "cases", was.ID, now.BranchID, now.CustomerID, was.Version+1, changed)
}

// caseAct is an act on one case as it was read: set says what becomes of it and
// what its history says (no line when Kind is ""). A stale version is
// ErrConflict, a case that the actor sees and may not work on ErrRefused; where
// set answers errNothing, all stays as it was.
func (d *DB) caseAct(ctx context.Context, by policy.Actor, right policy.Permission, act string, id, version int64, set func(*Tx, CaseRow, *Case) (CaseEvent, error)) error {
	err := d.act(ctx, by, act, func(tx *Tx) error {
		was, err := d.caseIn(ctx, tx, by, policy.CaseRead, id, false)
		switch {
		case err != nil:
			return err
		case !d.seesCase(by, right, was) || was.Life != LifeInUse:
			return fmt.Errorf("case %d: %w", id, ErrRefused)
		case version != 0 && version != was.Version:
			return fmt.Errorf("case %d: %w", id, ErrConflict)
		}
		tx.about(was.BranchID, id)
		now := was.Case
		event, err := set(tx, was, &now)
		if err != nil {
			return err
		}
		if _, err := tx.saveCaseParts(ctx, was.Case, now, event.parts); err != nil || event.Kind == "" {
			return err
		}
		event.CaseID = id
		if event.Step == "" {
			event.Step = now.Step
		}
		return tx.caseEvent(ctx, event)
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return err
}

// EditCase corrects what was registered: kind, client, caller, channel, cause,
// severity, what was said and wanted. drop and add are numbers of parcels,
// photos pictures that are hung on it. A stale Version is ErrConflict.
func (d *DB) EditCase(ctx context.Context, by policy.Actor, c Case, drop, add []string, photos []CasePhoto) error {
	return d.caseAct(ctx, by, policy.CaseEdit, "cases.edit", c.ID, c.Version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		now.Kind, now.Caller, now.CallerPhone, now.Channel, now.Ticket = c.Kind, c.Caller, c.CallerPhone, c.Channel, c.Ticket
		now.CauseID, now.Severity, now.Said, now.Wants, now.ContactID = c.CauseID, c.Severity, c.Said, c.Wants, c.ContactID
		if err := checkCaseContact(ctx, tx, *now); err != nil {
			return CaseEvent{}, err
		}
		var err error
		e := CaseEvent{Kind: "edited"}
		if e.parts, err = tx.editParts(ctx, c.ID, drop, add, photos); err != nil {
			return CaseEvent{}, err
		}
		names := slices.Sorted(maps.Keys(diff(was.Case.fields(), now.fields())))
		if names = append(names, slices.Sorted(maps.Keys(e.parts))...); len(names) == 0 {
			return CaseEvent{}, errNothing
		}
		e.Args = map[string]string{"fields": strings.Join(names, " ")}
		return e, nil
	})
}
