package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"yike/policy"
	"yike/policy/classify"
	"yike/policy/day"
)

// ClassChange is a proposed change of a label: by a run of the rules, or by
// somebody who contests it.
type ClassChange struct {
	ID, RunID, CustomerID, BranchID, OwnerID int64
	Code, Name                               string
	Kind, Old, New                           string
	Why                                      *classify.Reason // of a run
	Said, SaidBy                             string           // who contests, and with what words
	SaidByID                                 int64
	State, Decided, Reason, DecidedBy        string
	DecidedAt, MadeAt                        int64
}

// ClassChangeFilter says which changes a list shows.
type ClassChangeFilter struct {
	Branch    int64
	Old, New  string // of classes; with Move set
	Move      bool
	Contested bool
	Decided   bool // the decided ones, the latest first; else what waits
	Customer  int64
	After     int64 // id of the last row of the page before
	Limit     int
}

func (d *DB) changesWhere(scope policy.Scope, f ClassChangeFilter) (cond, bool) {
	r := d.reach(scope, f.Branch)
	if r.empty {
		return cond{}, false
	}
	where := bothSQL(condOf("c.deleted_at = 0"), r.residual())
	switch {
	case f.Decided:
		where = bothSQL(where, condOf("x.state IN ('approved', 'edited', 'rejected')"))
	default:
		where = bothSQL(where, condOf("x.state = 'proposed'"))
	}
	if f.Move {
		where = bothSQL(where, condOf("x.kind = 'class' AND x.said_by = 0 AND x.old = ? AND x.new = ?", f.Old, f.New))
	}
	if f.Contested {
		where = bothSQL(where, condOf("x.said_by <> 0"))
	}
	if f.Customer != 0 {
		where = bothSQL(where, condOf("x.customer_id = ?", f.Customer))
	}
	return where, true
}

func changesSQL(where cond, order string, n int) cond {
	return limitSQL(cond{`SELECT x.id, x.run_id, x.customer_id, c.branch_id, coalesce(c.owner_id, 0), c.code, c.name, x.kind, x.old, x.new, x.why, x.said, coalesce(u.name, ''), x.said_by,
		x.state, x.decided, x.reason, coalesce(b.name, ''), x.decided_at, x.made_at
		FROM class_changes x JOIN customers c ON c.id = x.customer_id LEFT JOIN users u ON u.id = x.said_by LEFT JOIN users b ON b.id = x.decided_by
		WHERE ` + where.text, where.args}, order, n)
}

// ClassChanges returns the changes that the scope of customers.class sees, and
// whether there are more.
func (d *DB) ClassChanges(ctx context.Context, scope policy.Scope, f ClassChangeFilter) (out []ClassChange, more bool, err error) {
	where, any := d.changesWhere(scope, f)
	if !any {
		return nil, false, nil
	}
	order := " ORDER BY x.id"
	if f.Decided {
		order = " ORDER BY x.id DESC"
		if f.After != 0 {
			where = bothSQL(where, condOf("x.id < ?", f.After))
		}
	} else if f.After != 0 {
		where = bothSQL(where, condOf("x.id > ?", f.After))
	}
	rows, err := d.query(ctx, changesSQL(where, order, f.Limit+1))
	if err != nil {
		return nil, false, fmt.Errorf("class changes: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var x ClassChange
		var why string
		if err := rows.Scan(&x.ID, &x.RunID, &x.CustomerID, &x.BranchID, &x.OwnerID, &x.Code, &x.Name, &x.Kind, &x.Old, &x.New, &why, &x.Said, &x.SaidBy, &x.SaidByID,
			&x.State, &x.Decided, &x.Reason, &x.DecidedBy, &x.DecidedAt, &x.MadeAt); err != nil {
			return nil, false, fmt.Errorf("class changes: %w", err)
		}
		if why != "" {
			if err := json.Unmarshal([]byte(why), &x.Why); err != nil {
				return nil, false, fmt.Errorf("class change %d: %w", x.ID, err)
			}
		}
		out = append(out, x)
	}
	if err := rows.Err(); err != nil {
		return nil, false, fmt.Errorf("class changes: %w", err)
	}
	if len(out) > f.Limit {
		return out[:f.Limit], true, nil
	}
	return out, false, nil
}

// ClassMove is how many changes wait that lead from one class to another;
// Contested ones stand under a kind of their own.
type ClassMove struct {
	Old, New  string
	Contested bool
	N         int
}

// ClassMoves counts what waits for the scope of customers.class.
func (d *DB) ClassMoves(ctx context.Context, scope policy.Scope, branch int64) (out []ClassMove, err error) {
	where, any := d.changesWhere(scope, ClassChangeFilter{Branch: branch})
	if !any {
		return nil, nil
	}
	rows, err := d.query(ctx, movesSQL(where))
	if err != nil {
		return nil, fmt.Errorf("class changes: %w", err)
	}
	defer rows.Close()
	contested := ClassMove{Contested: true}
	for rows.Next() {
		var m ClassMove
		if err := rows.Scan(&m.Old, &m.New, &m.Contested, &m.N); err != nil {
			return nil, fmt.Errorf("class changes: %w", err)
		}
		if m.Contested {
			contested.N += m.N
			continue
		}
		out = append(out, m)
	}
	if contested.N > 0 {
		out = append(out, contested)
	}
	return out, rows.Err()
}

func movesSQL(where cond) cond {
	return cond{`SELECT x.old, x.new, x.said_by <> 0, count(*) FROM class_changes x JOIN customers c ON c.id = x.customer_id WHERE ` + where.text +
		` GROUP BY x.old, x.new, x.said_by <> 0 ORDER BY x.new, x.old`, where.args}
}

// ClassDecision is what somebody makes of proposed changes. Of "edited" Value
// is the class that they give instead. What is set against the rules holds
// until a day, and asks for a reason.
type ClassDecision struct {
	IDs    []int64
	State  string // approved, edited, rejected
	Value  string
	Reason string
	Until  string
}

// DecideChanges approves, edits or rejects proposed changes, in one
// transaction. Who is out of reach is left out without a word; what was
// decided, or whose class was set otherwise since, is counted as kept. At most
// BulkLimit at once.
func (d *DB) DecideChanges(ctx context.Context, by policy.Actor, in ClassDecision) (done, kept int, err error) {
	if len(in.IDs) > BulkLimit {
		return 0, 0, fmt.Errorf("decide %d changes: %w", len(in.IDs), ErrTooMany)
	}
	err = d.act(ctx, by, "classes.decide", func(tx *Tx) error {
		done, kept = 0, 0
		for _, id := range slices.Compact(slices.Sorted(slices.Values(in.IDs))) {
			hit, err := tx.decideChange(ctx, id, in)
			switch {
			case errors.Is(err, ErrNotFound):
			case err != nil:
				return err
			case hit:
				done++
			default:
				kept++
			}
		}
		if done+kept == 0 {
			return errDoneBefore
		}
		tx.detail(map[string]any{"state": in.State, "reason": in.Reason, "changed": done, "kept": kept})
		return nil
	})
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return done, kept, err
}

func (tx *Tx) decideChange(ctx context.Context, id int64, in ClassDecision) (done bool, err error) {
	var x ClassChange
	err = tx.QueryRowContext(ctx, `SELECT customer_id, kind, old, new, said_by FROM class_changes WHERE id = $1 AND state = 'proposed'`, id).Scan(&x.CustomerID, &x.Kind, &x.Old, &x.New, &x.SaidByID)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("class change %d: %w", id, err)
	}
	was, err := tx.db.customer(ctx, tx, tx.by.Scope(policy.CustomerClass), x.CustomerID, false)
	if err != nil {
		return false, err
	}
	if x.Kind == "class" && was.Class != x.Old {
		return false, tx.dropChange(ctx, id)
	}
	value := x.Old
	switch in.State {
	case "approved":
		value = x.New
	case "edited":
		value = in.Value
	}
	if in.State == "edited" || x.SaidByID != 0 && in.State == "approved" {
		if err := tx.hold(ctx, was.ID, x.Kind, value, in.Until, in.Reason); err != nil {
			return false, err
		}
	}
	switch {
	case in.State == "rejected":
	case x.Kind == "class":
		now := was
		now.Class, now.ClassReason, now.ClassSince = value, in.Reason, tx.today()
		if now.Class != was.Class {
			if _, err := tx.setFew(ctx, was, now); err != nil {
				return false, err
			}
		}
	default:
		if err := tx.setLabelOf(ctx, was.ID, x.Kind, value); err != nil {
			return false, err
		}
	}
	if _, err := tx.exec(ctx, `UPDATE class_changes SET state = $2, decided = $3, reason = $4, decided_by = $5, decided_at = $6 WHERE id = $1`,
		id, in.State, value, in.Reason, tx.by.UserID, tx.now()); err != nil {
		return false, fmt.Errorf("class change %d: %w", id, err)
	}
	return true, tx.change(ctx, "update", "class_changes", id, was.BranchID, was.ID, 1, map[string][2]any{"state": {"proposed", in.State}, "reason": {"", in.Reason}})
}

// hold keeps a label as it was set by hand until a day.
func (tx *Tx) hold(ctx context.Context, customer int64, kind, value, until, reason string) error {
	if _, err := tx.exec(ctx, `
		INSERT INTO label_holds (customer_id, kind, value, until, reason, user_id, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (customer_id, kind) DO UPDATE SET value = excluded.value, until = excluded.until, reason = excluded.reason, user_id = excluded.user_id, made_at = excluded.made_at`,
		customer, kind, value, until, reason, tx.by.UserID, tx.now()); err != nil {
		return fmt.Errorf("hold %s of customer %d: %w", kind, customer, err)
	}
	return nil
}

// setLabelOf writes one label at once, as a run would.
func (tx *Tx) setLabelOf(ctx context.Context, customer int64, kind, value string) error {
	var l classify.Labels
	err := tx.QueryRowContext(ctx, `SELECT worth, rfm, tier, level, stage, marks FROM customers WHERE id = $1`, customer).
		Scan(&l.Worth, &l.RFM, &l.Tier, &l.Level, &l.Stage, &l.Marks)
	if err == nil {
		setLabel(&l, kind, value)
		_, err = tx.exec(ctx, `UPDATE customers SET worth = $2, rfm = $3, tier = $4, level = $5, stage = $6, marks = $7 WHERE id = $1`, customer, l.Worth, l.RFM, l.Tier, l.Level, l.Stage, int64(l.Marks))
	}
	if err != nil {
		return fmt.Errorf("label customer %d: %w", customer, err)
	}
	return nil
}

// HoldMonths is for how long a label that is set by hand holds, where nothing
// else is said.
const HoldMonths = 6

func heldUntil(from string) string { return day.MustParse(from).AddMonths(HoldMonths).String() }

// holdByHand keeps what a person changed on the file against the next runs,
// and drops what was proposed for it.
func (tx *Tx) holdByHand(ctx context.Context, was, now Customer, until string) error {
	if until == "" {
		until = heldUntil(tx.today())
	}
	if was.Class != now.Class {
		if err := tx.hold(ctx, was.ID, "class", now.Class, until, now.ClassReason); err != nil {
			return err
		}
		if _, err := tx.exec(ctx, `UPDATE class_changes SET state = 'dropped', decided_at = $2 WHERE customer_id = $1 AND kind = 'class' AND state = 'proposed'`, was.ID, tx.now()); err != nil {
			return fmt.Errorf("changes of customer %d: %w", was.ID, err)
		}
	}
	if was.Stage != now.Stage {
		return tx.hold(ctx, was.ID, "stage", now.Stage, until, "")
	}
	return nil
}

// HoldClass sets the class by hand until a day (after today; "" is HoldMonths
// from today). Otherwise as ClassifyCustomer.
func (d *DB) HoldClass(ctx context.Context, by policy.Actor, id, version int64, class, reason, until string) error {
	return d.judgeUntil(ctx, by, "customers.classify", policy.CustomerClass, id, version, reason, until, func(c *Customer) { c.Class, c.ClassReason = class, reason })
}

// ErrOpen is a label that the same person contests already.
var ErrOpen = errors.New("contested already")

// Contest says that a label is wrong: of class the class that would be right,
// of others the value. It waits beside what runs propose. The actor sees the
// client as one they may edit; ErrOpen when they said so already.
func (d *DB) Contest(ctx context.Context, by policy.Actor, customer int64, kind, value, said string) error {
	return d.act(ctx, by, "classes.contest", func(tx *Tx) error {
		c, err := d.customer(ctx, tx, by.Scope(policy.CustomerEdit), customer, false)
		if err != nil {
			return err
		}
		l, err := labelsOf(ctx, tx, customer)
		if err != nil {
			return err
		}
		old := c.Class
		if kind != "class" {
			old = labelOf(l, kind)
		}
		id := tx.newID()
		_, err = tx.exec(ctx, `INSERT INTO class_changes (id, customer_id, kind, old, new, said, said_by, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			id, customer, kind, old, value, said, by.UserID, tx.now())
		if isUnique(err) {
			return fmt.Errorf("contest %s of customer %d: %w", kind, customer, ErrOpen)
		}
		if err != nil {
			return fmt.Errorf("contest %s of customer %d: %w", kind, customer, err)
		}
		tx.about(c.BranchID, c.ID)
		return tx.change(ctx, "create", "class_changes", id, c.BranchID, c.ID, 1, map[string][2]any{"said": {"", said}})
	})
}

func labelsOf(ctx context.Context, q querier, customer int64) (l classify.Labels, err error) {
	err = q.QueryRowContext(ctx, `SELECT worth, rfm, tier, level, stage, marks FROM customers WHERE id = $1`, customer).Scan(&l.Worth, &l.RFM, &l.Tier, &l.Level, &l.Stage, &l.Marks)
	if err != nil {
		return l, fmt.Errorf("labels of customer %d: %w", customer, err)
	}
	return l, nil
}

// labelOf is the value of a kind; of a mark its word when it is set.
func labelOf(l classify.Labels, kind string) string {
	for _, k := range labelKinds(l) {
		if k[0] == kind {
			return k[1]
		}
	}
	if word, ok := strings.CutPrefix(kind, markKind); ok && l.Marks&classify.Mark(word) != 0 {
		return word
	}
	return ""
}

// LabelHold is a label that was set by hand.
type LabelHold struct {
	Kind, Value, Until, Reason, By string
	MadeAt                         int64
}

// LabelEvent is a change of a label that a run wrote.
type LabelEvent struct{ Kind, Old, New, Day string }

// CustomerWhy is what stands behind the labels of one client.
type CustomerWhy struct {
	Labels  classify.Labels
	Class   classify.Reason // by the rule, as of now
	Reasons []classify.Reason
	Run     ClassRun // whose cuts they are held to; ID 0 when there was none
	Classes ClassRun // the latest re-evaluation of classes
	Rules   ClassRules
	Holds   []LabelHold
	Events  []LabelEvent  // the latest first
	Waits   []ClassChange // proposed or contested
	Score   int           // of a prospect
	On      day.Day
	Shipped bool
}

// Why explains the labels of a client whom the caller has read within a scope,
// by the figures of today and the cuts of the branch's latest run.
func (d *DB) Why(ctx context.Context, c Customer, on day.Day) (out CustomerWhy, err error) {
	if out.Labels, err = labelsOf(ctx, d.r, c.ID); err != nil {
		return out, err
	}
	if out.Rules, err = d.ClassRules(ctx, c.BranchID, on.String()); err != nil {
		return out, err
	}
	for kind, into := range map[string]*ClassRun{"labels": &out.Run, "classes": &out.Classes} {
		if *into, err = d.LatestClassRun(ctx, kind, c.BranchID); err != nil && !errors.Is(err, ErrNotFound) {
			return out, err
		}
	}
	var b booked
	b.Score = classify.Prospect(c.Size, c.Power, c.MonthlyPieces, [4]int64{c.ScreenPlace, c.ScreenProfit, c.ScreenStaff, c.ScreenCulture})
	starts := map[string]int{}
	for i := range classify.Months + 1 {
		starts[on.MonthStart().AddMonths(-i).String()[:7]] = i
	}
	err = d.eachRow(ctx, `SELECT month, waybills, freight_fen FROM customer_months WHERE customer_id = $1 AND month <= $2`, []any{c.ID, on.String()[:7]}, func(scan func(...any) error) error {
		var month string
		var orders, fen int64
		if err := scan(&month, &orders, &fen); err != nil {
			return err
		}
		b.add(month, orders, fen, starts)
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("months of customer %d: %w", c.ID, err)
	}
	err = d.eachRow(ctx, `SELECT sent_day FROM waybills WHERE customer_id = $1 AND sent_day <= $2 AND state <> 'cancelled' ORDER BY sent_day DESC, id DESC LIMIT 1`, []any{c.ID, on.String()}, func(scan func(...any) error) error {
		var last string
		if err := scan(&last); err != nil {
			return err
		}
		b.Last = day.MustParse(last)
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("last parcel of customer %d: %w", c.ID, err)
	}
	if !b.Last.Valid() {
		b.First = day.None
	}
	if err := d.r.QueryRowContext(ctx, `SELECT CAST(coalesce(sum(left_fen), 0) AS BIGINT) FROM account_entries WHERE customer_id = $1 AND left_fen > 0 AND due_on < $2`, c.ID, on.String()).Scan(&b.Overdue); err != nil {
		return out, fmt.Errorf("what customer %d owes: %w", c.ID, err)
	}
	f := out.Rules.Frame(out.Run.Cuts, on)
	out.Class, out.Reasons, out.Score, out.Shipped, out.On = f.WhyClass(&b.Client), f.Why(&b.Client), b.Score, b.Last.Valid(), on
	err = d.eachRow(ctx, `
		SELECT h.kind, h.value, h.until, h.reason, coalesce(u.name, ''), h.made_at FROM label_holds h LEFT JOIN users u ON u.id = h.user_id
		WHERE h.customer_id = $1 AND h.until > $2 ORDER BY h.kind`, []any{c.ID, on.String()}, func(scan func(...any) error) error {
		var h LabelHold
		if err := scan(&h.Kind, &h.Value, &h.Until, &h.Reason, &h.By, &h.MadeAt); err != nil {
			return err
		}
		out.Holds = append(out.Holds, h)
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("labels of customer %d: %w", c.ID, err)
	}
	err = d.eachRow(ctx, `SELECT kind, old, new, day FROM label_events WHERE customer_id = $1 ORDER BY id DESC LIMIT 20`, []any{c.ID}, func(scan func(...any) error) error {
		var e LabelEvent
		if err := scan(&e.Kind, &e.Old, &e.New, &e.Day); err != nil {
			return err
		}
		out.Events = append(out.Events, e)
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("labels of customer %d: %w", c.ID, err)
	}
	rows, err := d.query(ctx, changesSQL(condOf("x.customer_id = ? AND x.state = 'proposed'", c.ID), " ORDER BY x.id", 20))
	if err != nil {
		return out, fmt.Errorf("changes of customer %d: %w", c.ID, err)
	}
	defer rows.Close()
	for rows.Next() {
		var x ClassChange
		var why string
		if err := rows.Scan(&x.ID, &x.RunID, &x.CustomerID, &x.BranchID, &x.OwnerID, &x.Code, &x.Name, &x.Kind, &x.Old, &x.New, &why, &x.Said, &x.SaidBy, &x.SaidByID,
			&x.State, &x.Decided, &x.Reason, &x.DecidedBy, &x.DecidedAt, &x.MadeAt); err != nil {
			return out, fmt.Errorf("changes of customer %d: %w", c.ID, err)
		}
		out.Waits = append(out.Waits, x)
	}
	return out, rows.Err()
}

// CustomerLabels are the labels of a client whom the caller has read.
func (d *DB) CustomerLabels(ctx context.Context, c Customer) (classify.Labels, error) {
	return labelsOf(ctx, d.r, c.ID)
}

// LabelCount is how many clients of a scope are called something.
type LabelCount struct {
	Kind, Value string
	N           int64
}

// LabelCounts counts classes, stages, kinds and every label of the clients
// that a scope sees, of a branch or of all.
func (d *DB) LabelCounts(ctx context.Context, scope policy.Scope, branch int64) (out []LabelCount, err error) {
	r := d.reach(scope, branch)
	if r.empty {
		return nil, nil
	}
	for _, column := range []string{"class", "worth", "rfm", "tier", "level", "stage", "kind", "marks"} {
		rows, err := d.query(ctx, labelCountsSQL(column, r.residual()))
		if err != nil {
			return nil, fmt.Errorf("count %s: %w", column, err)
		}
		marks := map[string]int64{}
		err = func() error {
			defer rows.Close()
			for rows.Next() {
				c := LabelCount{Kind: column}
				if err := rows.Scan(&c.Value, &c.N); err != nil {
					return err
				}
				if column != "marks" {
					out = append(out, c)
					continue
				}
				for _, w := range classify.Marks(ParseID(c.Value)).Words() {
					marks[w] += c.N
				}
			}
			return rows.Err()
		}()
		if err != nil {
			return nil, fmt.Errorf("count %s: %w", column, err)
		}
		for _, w := range classify.MarkWords {
			if marks[w] > 0 {
				out = append(out, LabelCount{"mark", w, marks[w]})
			}
		}
	}
	return out, nil
}

func labelCountsSQL(column string, reach cond) cond {
	value, some := "c."+column, ""
	switch column {
	case "marks":
		value, some = "CAST(c.marks AS TEXT)", "c.marks <> 0"
	case "worth", "rfm", "tier", "level":
		some = "c." + column + " <> ''"
	}
	where := bothSQL(bothSQL(condOf("c.deleted_at = 0"), cond{text: some}), reach)
	return cond{"SELECT " + value + ", count(*) FROM customers c WHERE " + where.text + " GROUP BY " + value, where.args}
}

// RulePreview is what other rules would mean today.
type RulePreview struct {
	Clients int
	Moves   []RuleMove  // how many from where to where
	Some    []RuleMoved // of whom the first PreviewRows
	TooMany bool        // more than previewMost clients: not worked out
}

// RuleMove is how many would move.
type RuleMove struct {
	Kind, Old, New string
	N              int
}

// RuleMoved is a client who would move.
type RuleMoved struct {
	ID             int64
	Code, Name     string
	Kind, Old, New string
}

// PreviewRows is how many clients a preview names.
const PreviewRows = 200

// previewMost bounds the clients of a preview that somebody waits for.
const previewMost = 200_000

// PreviewRules works out who would be called otherwise if one of the rules
// were another from today on, for the company (branch 0) or a branch: of the
// branches that would follow it and that the scope sees. set puts the rule in.
func (d *DB) PreviewRules(ctx context.Context, scope policy.Scope, rule string, branch int64, on day.Day, set func(*classify.Rules)) (RulePreview, error) {
	var out RulePreview
	book, err := d.ruleBook(ctx, on.String())
	if err != nil {
		return out, err
	}
	place := branch
	if place == 0 {
		place = d.headOffice()
	}
	counts := map[RuleMove]int{}
	for _, id := range d.tree.Load().below[place] {
		if !scope.SeesBranch(d.Chain(id)) {
			continue
		}
		rules, err := book.of(id)
		if err != nil {
			return out, err
		}
		if own := rules.Rows[rule].BranchID; own != branch && own != 0 && slices.Contains(d.tree.Load().below[place], own) {
			continue // keeps the rule of its own
		}
		list, shipped, err := d.books(ctx, id, on)
		if err != nil {
			return out, err
		}
		if shipped == 0 {
			continue
		}
		if out.Clients += len(list); out.Clients > previewMost {
			return RulePreview{Clients: out.Clients, TooMany: true}, nil
		}
		before := frameOf(rules.Rules, list, on)
		set(&rules.Rules)
		after := frameOf(rules.Rules, list, on)
		for i := range list {
			b := &list[i]
			moved := differ(b.label(before), b.label(after))
			if _, held := b.held["class"]; !held && (b.Last.Valid() || b.Score > 0) {
				if was, now := before.Class(&b.Client), after.Class(&b.Client); was != now {
					moved = append([][3]string{{"class", was, now}}, moved...)
				}
			}
			for _, m := range moved {
				counts[RuleMove{m[0], m[1], m[2], 0}]++
				if len(out.Some) < PreviewRows {
					out.Some = append(out.Some, RuleMoved{b.id, b.code, b.name, m[0], m[1], m[2]})
				}
			}
		}
	}
	for m, n := range counts {
		m.N = n
		out.Moves = append(out.Moves, m)
	}
	slices.SortFunc(out.Moves, func(a, b RuleMove) int {
		return strings.Compare(a.Kind+" "+a.Old+" "+a.New, b.Kind+" "+b.Old+" "+b.New)
	})
	return out, nil
}
