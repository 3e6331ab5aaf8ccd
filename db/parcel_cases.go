package db

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"yike/policy"
	"yike/policy/casework"
	"yike/policy/tracking"
)

// RuleParcelCases names among the rules which trouble of a parcel opens a case;
// its value is a tracking.CaseRule in JSON.
const RuleParcelCases = "parcel_cases"

// ParcelCaseRule returns what holds for a branch (0 the company) on a day, and
// by which version.
func (d *DB) ParcelCaseRule(ctx context.Context, branch int64, on string) (tracking.CaseRule, RuleRow, error) {
	row, err := d.Rule(ctx, RuleParcelCases, branch, on)
	if err != nil {
		return tracking.CaseRule{}, row, err
	}
	rule, err := parcelCaseRule(row)
	return rule, row, err
}

func parcelCaseRule(row RuleRow) (tracking.CaseRule, error) {
	if row.Version == 0 {
		return tracking.DefaultCases(), nil
	}
	var rule tracking.CaseRule
	if err := json.Unmarshal([]byte(row.Value), &rule); err != nil {
		return rule, fmt.Errorf("rule of cases of parcels, version %d: %w", row.Version, err)
	}
	return rule, nil
}

// ParcelCase is the trouble of a parcel for which a rule opened a case.
type ParcelCase struct {
	Number, Trouble         string
	CaseID, OpenedAt        int64
	RuleBranch, RuleVersion int64 // version 0: the default
	EndedAt                 int64 // 0: it goes on
	EndedWhy                string
	CalledAt, CalledBy      int64 // 0: nobody called the client first
}

const parcelCaseSQL = `SELECT number, trouble, case_id, opened_at, rule_branch, rule_version, ended_at, ended_why, called_at, called_by FROM parcel_cases`

func (p *ParcelCase) scan() []any {
	return []any{&p.Number, &p.Trouble, &p.CaseID, &p.OpenedAt, &p.RuleBranch, &p.RuleVersion, &p.EndedAt, &p.EndedWhy, &p.CalledAt, &p.CalledBy}
}

// ParcelCaseOf returns the trouble for which a rule opened a case: of several
// the gravest that goes on, else the gravest. found is false for a case that no
// such rule opened. Read it after the case was read.
func (d *DB) ParcelCaseOf(ctx context.Context, id int64) (p ParcelCase, found bool, err error) {
	err = eachOf(ctx, d.r, parcelCaseSQL+` WHERE case_id = $1 AND case_id <> 0`, []any{id}, func(scan func(...any) error) error {
		var x ParcelCase
		if err := scan(x.scan()...); err != nil {
			return err
		}
		if !found || x.rank() < p.rank() {
			p, found = x, true
		}
		return nil
	})
	if err != nil {
		return p, false, fmt.Errorf("trouble of case %d: %w", id, err)
	}
	return p, found, nil
}

// rank orders the troubles of a case: those that go on, the gravest first.
func (p *ParcelCase) rank() int {
	n := slices.Index(tracking.Troubles(), p.Trouble)
	if p.EndedAt != 0 {
		n += len(tracking.Troubles())
	}
	return n
}

// alertCase sees to a flag that a parcel has now and had not before: where the
// rule says so it opens a case, once for each trouble of each parcel, or puts it
// on the case that the parcel has. It answers
// whether an open case carries the trouble, so that it needs no to-do.
func (tx *Tx) alertCase(ctx context.Context, look *lookout, w *WaybillRow, flag tracking.Flag, last int64) (carried bool, err error) {
	trouble := tracking.Begins(flag.Kind)
	if w.CustomerID == 0 || w.Number == "" { // there is nobody to call
		return false, nil
	}
	var p ParcelCase
	err = tx.QueryRowContext(ctx, parcelCaseSQL+` WHERE number = $1 AND trouble = $2`, w.Number, trouble).Scan(p.scan()...)
	if err == nil {
		return tx.alertAgain(ctx, p, w.CustomerID, flag)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return false, fmt.Errorf("case of waybill %d: %w", w.ID, err)
	}
	c := Case{Kind: casework.Consultation, Channel: casework.Program, CustomerID: w.CustomerID}
	opens, err := tx.alertOpens(ctx, look, w, trouble, cmp.Or(last, w.SentAt), &c, &p)
	if err != nil || !opens {
		return false, err
	}
	if id, step, err := tx.joinAlert(ctx, w, trouble, p); err != nil || id != 0 {
		if err == nil {
			err = tx.caseEvent(ctx, CaseEvent{CaseID: id, Kind: EventAlert, Step: step, ByRule: true, Args: alertArgs(flag)})
		}
		return err == nil, err
	}
	n, err := tx.exec(ctx, `INSERT INTO parcel_cases (number, trouble, opened_at, rule_branch, rule_version) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (number, trouble) DO NOTHING`,
		w.Number, trouble, tx.now(), p.RuleBranch, p.RuleVersion)
	if err != nil || n == 0 { // another node was faster
		return err == nil, err
	}
	if err := tx.caseHandler(ctx, &c); err != nil {
		return false, err
	}
	id, err := openCase(ctx, tx, &c, []string{w.Number}, nil)
	if err != nil {
		return false, err
	}
	if _, err := tx.exec(ctx, `UPDATE parcel_cases SET case_id = $3 WHERE number = $1 AND trouble = $2`, w.Number, trouble, id); err != nil {
		return false, fmt.Errorf("case of waybill %d: %w", w.ID, err)
	}
	tx.about(w.BranchID, w.ID)
	return true, tx.caseEvent(ctx, CaseEvent{CaseID: id, Kind: EventAlert, Step: c.Step, ByRule: true, Args: alertArgs(flag)})
}

// Words in the history of a case that a rule opened for a parcel.
const (
	EventAlert      = "alert"        // the trouble, as a flag says it
	EventAlertAgain = "alert_again"  // it is there again
	EventAlertOver  = "alert_over"   // it is over
	EventCalled     = "called_first" // the client was called before the client called
	EventUncalled   = "uncalled"     // that was a mistake
)

func alertArgs(f tracking.Flag) map[string]string {
	out := map[string]string{"flag": f.Kind}
	for k, v := range f.Args {
		out[k] = v
	}
	return out
}

// alertOpens asks the rule of the client's branch whether a trouble opens a
// case; it fills in branch, class, contact, severity and cause.
func (tx *Tx) alertOpens(ctx context.Context, look *lookout, w *WaybillRow, trouble string, last int64, c *Case, p *ParcelCase) (bool, error) {
	var contact ref
	err := tx.QueryRowContext(ctx, `SELECT branch_id, class, (SELECT k.id FROM contacts k WHERE k.customer_id = c.id AND k.deleted_at = 0 ORDER BY k.is_primary DESC, k.id LIMIT 1)
		FROM customers c WHERE c.id = $1 AND c.deleted_at = 0 AND c.erased_at = 0 AND c.state <> 'archived'`, w.CustomerID).Scan(&c.BranchID, &c.Class, &contact)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("customer %d: %w", w.CustomerID, err)
	}
	row := look.cases.For(tx.db.Chain(c.BranchID))
	rule, err := parcelCaseRule(row)
	if err != nil {
		return false, err
	}
	facts := tracking.CaseFacts{Class: c.Class, Last: last}
	if rule.Rows[trouble].Sensitive {
		if facts.Sensitive, err = look.timeMatters(ctx, tx, w); err != nil {
			return false, err
		}
	}
	if !rule.Opens(trouble, facts, look.now) {
		return false, nil
	}
	c.ContactID, c.Severity, p.RuleBranch, p.RuleVersion = int64(contact), rule.Rows[trouble].Severity, row.BranchID, row.Version
	// A cause that head office has retired gives way to the one above it.
	err = tx.QueryRowContext(ctx, `SELECT coalesce(max(CASE WHEN k.retired_at = 0 THEN k.id WHEN up.retired_at = 0 THEN up.id ELSE 0 END), 0)
		FROM case_causes k LEFT JOIN case_causes up ON up.id = k.parent_id WHERE k.code = $1`, tracking.CauseOf(trouble)).Scan(&c.CauseID)
	if err != nil {
		return false, fmt.Errorf("cause %s: %w", tracking.CauseOf(trouble), err)
	}
	return true, nil
}

// carrier is the case that carries a trouble now: its own, or the one that it
// was merged into; 0 when that is closed or in the bin, or about another client.
// Client 0 is any.
func (tx *Tx) carrier(ctx context.Context, p ParcelCase, client int64) (id int64, step string, err error) {
	err = tx.QueryRowContext(ctx, `SELECT e.id, e.step FROM cases e WHERE e.id = coalesce((SELECT x.merged_id FROM cases x WHERE x.id = $1), CAST($1 AS BIGINT)) AND e.step <> 'closed' AND e.deleted_at = 0 AND (CAST($2 AS BIGINT) = 0 OR e.customer_id = CAST($2 AS BIGINT))`,
		p.CaseID, client).Scan(&id, &step)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, "", nil
	}
	if err != nil {
		err = fmt.Errorf("case %d: %w", p.CaseID, err)
	}
	return id, step, err
}

// joinAlert puts one more trouble of a parcel on the open case that it has
// already, so that nobody calls the same client twice; id 0 when there is none.
func (tx *Tx) joinAlert(ctx context.Context, w *WaybillRow, trouble string, by ParcelCase) (id int64, step string, err error) {
	var p ParcelCase
	err = tx.QueryRowContext(ctx, parcelCaseSQL+` WHERE number = $1 AND case_id IN (SELECT e.id FROM cases e LEFT JOIN cases m ON m.id = e.merged_id
		WHERE coalesce(m.step, e.step) <> 'closed' AND coalesce(m.deleted_at, e.deleted_at) = 0 AND coalesce(m.customer_id, e.customer_id) = $2) ORDER BY opened_at DESC LIMIT 1`, w.Number, w.CustomerID).Scan(p.scan()...)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, "", nil
	}
	if err == nil {
		id, step, err = tx.carrier(ctx, p, w.CustomerID)
	}
	if err == nil && id != 0 {
		_, err = tx.exec(ctx, `INSERT INTO parcel_cases (number, trouble, case_id, opened_at, rule_branch, rule_version, called_at, called_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (number, trouble) DO NOTHING`,
			w.Number, trouble, p.CaseID, tx.now(), by.RuleBranch, by.RuleVersion, p.CalledAt, p.CalledBy)
	}
	if err != nil {
		return 0, "", fmt.Errorf("case of parcel %s: %w", w.Number, err)
	}
	return id, step, nil
}

// alertAgain says on its case that a trouble that was over is there again; what
// is about another client by now is carried by none.
func (tx *Tx) alertAgain(ctx context.Context, p ParcelCase, client int64, flag tracking.Flag) (carried bool, err error) {
	id, step, err := tx.carrier(ctx, p, client)
	if err != nil || id == 0 || p.EndedAt == 0 {
		return id != 0, err
	}
	if _, err := tx.exec(ctx, `UPDATE parcel_cases SET ended_at = 0, ended_why = '' WHERE number = $1 AND trouble = $2`, p.Number, p.Trouble); err != nil {
		return false, fmt.Errorf("case of parcel %s: %w", p.Number, err)
	}
	return true, tx.caseEvent(ctx, CaseEvent{CaseID: id, Kind: EventAlertAgain, Step: step, ByRule: true, Args: alertArgs(flag)})
}

// alertOver says on its case that a trouble of a parcel is over.
func (tx *Tx) alertOver(ctx context.Context, number, trouble, why string) error {
	var p ParcelCase
	err := tx.QueryRowContext(ctx, parcelCaseSQL+` WHERE number = $1 AND trouble = $2 AND ended_at = 0`, number, trouble).Scan(p.scan()...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		_, err = tx.exec(ctx, `UPDATE parcel_cases SET ended_at = $3, ended_why = $4 WHERE number = $1 AND trouble = $2`, number, trouble, tx.now(), why)
	}
	if err != nil {
		return fmt.Errorf("case of parcel %s: %w", number, err)
	}
	id, step, err := tx.carrier(ctx, p, 0)
	if err != nil || id == 0 {
		return err
	}
	return tx.caseEvent(ctx, CaseEvent{CaseID: id, Kind: EventAlertOver, Step: step, ByRule: true, Args: map[string]string{"flag": trouble, "why": why}})
}

// CallFirst writes down that the client was called about a parcel for which a
// rule opened the case; that is the case's first answer, too. A second time,
// and on a case that no such rule opened, it is *CaseStop.
func (d *DB) CallFirst(ctx context.Context, by policy.Actor, x CaseRef, note string) error {
	return d.caseAct(ctx, by, policy.CaseEdit, "cases.call_first", x.ID, x.Version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		if err := now.mayGoOn(); err != nil {
			return CaseEvent{}, err
		}
		n, err := tx.exec(ctx, `UPDATE parcel_cases SET called_at = $2, called_by = $3 WHERE (case_id = $1 OR case_id IN (SELECT x.id FROM cases x WHERE x.merged_id = $1)) AND case_id <> 0 AND called_at = 0`, was.ID, tx.now(), by.UserID)
		if err != nil {
			return CaseEvent{}, fmt.Errorf("call of case %d: %w", was.ID, err)
		}
		if n == 0 {
			return CaseEvent{}, stop(casework.NoStep)
		}
		if now.AnsweredAt == 0 {
			now.AnsweredAt = tx.now()
		}
		return CaseEvent{Kind: EventCalled, Note: note}, nil
	})
}

// UncallHours is for how long whoever wrote down such a call may take it back.
const UncallHours = 24

// UncallFirst takes back, with the reason, that the client was called first:
// whoever wrote it down, within UncallHours. Of others, and later, it is
// ErrRefused, without a call *CaseStop. A first answer that was that call is
// taken back with it.
func (d *DB) UncallFirst(ctx context.Context, by policy.Actor, x CaseRef, note string) error {
	return d.caseAct(ctx, by, policy.CaseEdit, "cases.uncall_first", x.ID, x.Version, func(tx *Tx, was CaseRow, now *Case) (CaseEvent, error) {
		var p ParcelCase // the latest such call
		err := tx.QueryRowContext(ctx, `SELECT called_at, called_by FROM parcel_cases WHERE case_id = $1 AND case_id <> 0 AND called_at <> 0 ORDER BY called_at DESC LIMIT 1`, was.ID).Scan(&p.CalledAt, &p.CalledBy)
		switch {
		case err != nil && !errors.Is(err, sql.ErrNoRows):
			return CaseEvent{}, fmt.Errorf("call of case %d: %w", was.ID, err)
		case err != nil || !was.Standing().Open():
			return CaseEvent{}, stop(casework.NoStep)
		case note == "":
			return CaseEvent{}, stop(casework.NeedsNote)
		case p.CalledBy != by.UserID || tx.now() > p.CalledAt+UncallHours*3600_000:
			return CaseEvent{}, fmt.Errorf("call of case %d: %w", was.ID, ErrRefused)
		}
		if _, err := tx.exec(ctx, `UPDATE parcel_cases SET called_at = 0, called_by = 0 WHERE (case_id = $1 OR case_id IN (SELECT x.id FROM cases x WHERE x.merged_id = $1)) AND case_id <> 0 AND called_at = $2`, was.ID, p.CalledAt); err != nil {
			return CaseEvent{}, fmt.Errorf("call of case %d: %w", was.ID, err)
		}
		if now.AnsweredAt == p.CalledAt && was.SolvedAt == 0 {
			now.AnsweredAt = 0
		}
		return CaseEvent{Kind: EventUncalled, Note: note}, nil
	})
}

// What a list of cases says of who called first.
const (
	AlertAny      = "any"    // a rule opened it for a parcel
	AlertFirst    = "first"  // we called before the client complained of the same parcel
	AlertLate     = "late"   // the client complained before we called
	AlertUncalled = "silent" // nobody has called, and nobody complained
)

// Alerts lists them.
var Alerts = []string{AlertAny, AlertFirst, AlertLate, AlertUncalled}

// complainedSQL is when somebody first complained of a parcel, 0 for never.
const complainedSQL = `coalesce((SELECT MIN(q.opened_at) FROM case_waybills x JOIN cases q ON q.id = x.case_id WHERE x.number = p.number AND q.kind = 'complaint' AND q.deleted_at = 0 AND q.id <> p.case_id), 0)`

// alertSQL says of a row of parcel_cases (p) what became of it.
const alertSQL = `CASE WHEN p.called_at <> 0 AND (` + complainedSQL + ` = 0 OR ` + complainedSQL + ` > p.called_at) THEN '` + AlertFirst + `' WHEN ` + complainedSQL + ` <> 0 THEN '` + AlertLate + `' ELSE '` + AlertUncalled + `' END`

// alertedSQL keeps the cases (e) that a rule opened for a parcel.
func alertedSQL(alert string) string {
	if alert == AlertAny {
		return `EXISTS (SELECT 1 FROM parcel_cases p WHERE p.case_id = e.id AND p.case_id <> 0)`
	}
	return `EXISTS (SELECT 1 FROM parcel_cases p WHERE p.case_id = e.id AND p.case_id <> 0 AND ` + alertSQL + ` = '` + alert + `')`
}

// CountAlerts counts the cases of a list that a rule opened for parcels, by who
// called first.
func (d *DB) CountAlerts(ctx context.Context, by policy.Actor, f CaseFilter) (map[string]int, error) {
	f.Alert, f.Show = "", CasesAll
	c := d.casesWhere(by, f)
	c.text = append(c.text, "p.case_id <> 0")
	if f.From != 0 { // it stands on its case since then at the earliest
		c.add("p.opened_at >= ?", f.From)
	}
	out := map[string]int{}
	err := eachOf(ctx, d.r, `SELECT `+alertSQL+` AS alert, COUNT(DISTINCT e.id) FROM parcel_cases p JOIN cases e ON e.id = p.case_id LEFT JOIN customers c ON c.id = e.customer_id`+c.whereSQL()+` GROUP BY 1`, c.args,
		func(scan func(...any) error) error {
			var alert string
			var n int
			err := scan(&alert, &n)
			out[alert], out[AlertAny] = n, out[AlertAny]+n
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("count cases of parcels: %w", err)
	}
	return out, nil
}

// AlertBranch is, of the cases of a branch that rules opened for parcels, how
// many there are and of how many the client was called first.
type AlertBranch struct{ BranchID, Cases, First int64 }

// AlertBranches counts the cases of a list that a rule opened for parcels, and
// those whose clients we called first, by branch; each as often as it is listed.
func (d *DB) AlertBranches(ctx context.Context, by policy.Actor, f CaseFilter) (out []AlertBranch, err error) {
	f.Alert, f.Show = "", CasesAll
	c := d.casesWhere(by, f)
	c.text = append(c.text, "p.case_id <> 0")
	err = eachOf(ctx, d.r, `SELECT e.branch_id, COUNT(DISTINCT e.id), COUNT(DISTINCT CASE WHEN `+alertSQL+` = '`+AlertFirst+`' THEN e.id END)
		FROM parcel_cases p JOIN cases e ON e.id = p.case_id`+c.whereSQL()+` GROUP BY e.branch_id ORDER BY 2 DESC, e.branch_id`, c.args, func(scan func(...any) error) error {
		var x AlertBranch
		err := scan(&x.BranchID, &x.Cases, &x.First)
		out = append(out, x)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("calls of cases of parcels by branch: %w", err)
	}
	return out, nil
}
