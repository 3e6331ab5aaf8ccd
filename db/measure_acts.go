package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"yike/policy"
	"yike/policy/measure"
)

// Kinds of to-dos that measures make; the key is the measure's id. The measure
// of a case's review has the to-do of that case (TodoCaseMeasures).
const (
	TodoMeasure       = "measure"        // it is to be done
	TodoMeasureReview = "measure_review" // it is to be looked at
)

// todo is the kind and the key of the to-do by which a measure is done.
func (m *Measure) todo() (kind, key string) {
	if m.Source == measure.Review {
		return TodoCaseMeasures, todoKey(m.SourceID)
	}
	return TodoMeasure, todoKey(m.ID)
}

// OfMeasure is the id, as addresses say it, of the measure that a to-do is
// about; "" for one about something else. The to-do of a case's review leads to
// the case.
func (t Todo) OfMeasure() string {
	if t.Kind == TodoMeasure || t.Kind == TodoMeasureReview {
		return t.Key
	}
	return ""
}

// oweMeasure puts a measure, and that it is to be looked at, among the to-dos as
// they stand now.
func (tx *Tx) oweMeasure(ctx context.Context, m *Measure) error {
	if m.Source != measure.Review {
		kind, key := m.todo()
		if err := tx.measureTodo(ctx, m, kind, key, m.UserID, m.Due); err != nil {
			return err
		}
	} else if err := tx.moveMeasureTodo(ctx, m); err != nil {
		return err
	}
	if m.Review == "" {
		return tx.settleTodo(ctx, TodoMeasureReview, todoKey(m.ID), SettledOtherwise)
	}
	return tx.measureTodo(ctx, m, TodoMeasureReview, todoKey(m.ID), tx.reviewer(ctx, m), m.Review)
}

// reviewer is who looks at a measure: who wrote it down, as long as they can;
// else whoever takes it.
func (tx *Tx) reviewer(ctx context.Context, m *Measure) int64 {
	if m.CreatedBy == 0 || tx.mayBeGiven(ctx, m.BranchID, m.CreatedBy, func(a policy.Actor) bool { return a.Can(policy.MeasureEdit) }) != nil {
		return 0
	}
	return m.CreatedBy
}

// moveMeasureTodo lets the to-do of a case's review follow its measure.
func (tx *Tx) moveMeasureTodo(ctx context.Context, m *Measure) error {
	kind, key := m.todo()
	was, there, err := tx.todoOf(ctx, kind, key)
	if err != nil || !there || was.State != TodoOpen || was.UserID == m.UserID && was.Due == m.Due {
		return err
	}
	now := was
	now.UserID, now.Due = m.UserID, m.Due
	return tx.saveTodo(ctx, &was, &now)
}

// measureTodo makes a to-do of a measure, or takes it up again.
func (tx *Tx) measureTodo(ctx context.Context, m *Measure, kind, key string, user int64, due string) error {
	was, there, err := tx.todoOf(ctx, kind, key)
	if err != nil {
		return err
	}
	if !there {
		_, err := addTodos(ctx, tx, []Todo{{Kind: kind, Key: key, CustomerID: m.CustomerID, BranchID: m.BranchID, UserID: user, Due: due, Args: map[string]string{"from": m.Source}}})
		return err
	}
	now := was
	now.State, now.Result, now.ClosedBy, now.ClosedAt, now.ClosedWhy, now.Due, now.UserID = TodoOpen, "", 0, 0, "", due, user
	now.CustomerID, now.BranchID = m.CustomerID, m.BranchID
	if len(diff(was.fields(), now.fields())) == 0 {
		return nil
	}
	return tx.saveTodo(ctx, &was, &now)
}

// ErrMeasureWords says that an act on a measure asks for words.
var ErrMeasureWords = errors.New("words are missing")

// MoveMeasure begins a measure, finishes it with what was done, drops it with
// the reason or takes it up again. What may not be done as it stands is
// ErrConflict, missing words ErrMeasureWords.
func (d *DB) MoveMeasure(ctx context.Context, by policy.Actor, x TodoRef, act measure.Act, words string) error {
	return d.measureAct(ctx, by, "measures."+string(act), x, func(tx *Tx, was MeasureRow, now *Measure) error {
		next, needs := measure.After(was.State, act, words)
		switch {
		case needs:
			return ErrMeasureWords
		case next == "":
			return ErrConflict
		}
		now.State = next
		kind, key := now.todo()
		switch act {
		case measure.Begin:
			return nil
		case measure.Reopen:
			now.Result, now.DoneDay, now.Verdict, now.Outcome, now.Learned, now.ReviewedBy, now.ReviewedOn = "", "", "", "", "", 0, ""
			if was.Source == measure.Review {
				if err := tx.reopenTodo(ctx, kind, key); err != nil {
					return err
				}
			}
			return tx.oweMeasure(ctx, now)
		}
		now.Result = words
		if now.DoneDay = ""; act == measure.Finish {
			now.DoneDay = tx.today()
		}
		if act == measure.Drop {
			if err := tx.settleTodo(ctx, TodoMeasureReview, todoKey(now.ID), SettledMeasure); err != nil {
				return err
			}
		}
		return tx.settleTodo(ctx, kind, key, SettledMeasure)
	})
}

// repeatMeasure writes down the measure that follows one that was done, when that
// comes again: of the same people and clients (a class or a segment as it is
// now), by days shifted by whole periods until it is not overdue already. Whoever
// can no longer be given it does not get it; there is one that follows another,
// also when that is taken up and done again; none at a closed branch.
func (tx *Tx) repeatMeasure(ctx context.Context, was *Measure) error {
	if err := tx.mayStand(ctx, was.BranchID); err != nil {
		if errors.Is(err, ErrClosed) {
			return nil
		}
		return err
	}
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM measures WHERE follows_id = $1`, was.ID).Scan(&n); err != nil {
		return fmt.Errorf("measure after %d: %w", was.ID, err)
	} else if n > 0 {
		return nil
	}
	next := Measure{BranchID: was.BranchID, CustomerID: was.CustomerID, UserID: was.UserID, Source: measure.Own, Said: was.Said, Figure: was.Figure, Goal: was.Goal,
		Reach: was.Reach, ReachValue: was.ReachValue, Every: was.Every, FollowsID: was.ID, CreatedBy: was.CreatedBy}
	var ok bool
	if next.From, next.Due, next.Review, ok = measure.Again(was.From, was.Due, was.Review, int(was.Every), tx.today()); !ok {
		return nil
	}
	if next.UserID != 0 && tx.mayBeGiven(ctx, next.BranchID, next.UserID, func(a policy.Actor) bool { return a.Can(policy.TodoEdit) }) != nil {
		next.UserID = 0
	}
	if err := tx.putMeasure(ctx, &next); err != nil {
		return err
	}
	err := tx.reachOf(ctx, &next)
	if errors.Is(err, ErrNobodyReached) { // of that class is nobody any more: those it was for
		_, err = tx.exec(ctx, `INSERT INTO measure_clients (measure_id, customer_id) SELECT CAST($1 AS BIGINT), customer_id FROM measure_clients WHERE measure_id = $2`, next.ID, was.ID)
	}
	if err != nil {
		return fmt.Errorf("clients of measure %d: %w", next.ID, err)
	}
	return tx.beginMeasure(ctx, &next)
}

// SettledMeasure is why a to-do of a measure closed by itself: what it asked for
// was done on the measure's page.
const SettledMeasure = "measure"

// reopenTodo opens a to-do again, whoever closed it.
func (tx *Tx) reopenTodo(ctx context.Context, kind, key string) error {
	was, there, err := tx.todoOf(ctx, kind, key)
	if err != nil || !there || was.State == TodoOpen {
		return err
	}
	now := was
	now.State, now.Result, now.ClosedBy, now.ClosedAt, now.ClosedWhy = TodoOpen, "", 0, 0, ""
	return tx.saveTodo(ctx, &was, &now)
}

// ReviewMeasure looks at a measure that was done: what its figure says by now,
// beside like clients as far as the actor sees them, is kept with the words of
// what follows; before the figure can say anything that is ErrMeasureDays. One
// without a figure is judged in the words alone. Looked at again, the later look
// stands.
func (d *DB) ReviewMeasure(ctx context.Context, by policy.Actor, x TodoRef, learned string) error {
	was, err := d.Measure(ctx, by, x.ID)
	if err != nil {
		return err
	}
	verdict, kept := string(measure.InWords), ""
	if was.Figure != "" {
		found, err := d.CompareMeasure(ctx, by, was)
		if err != nil {
			return err
		}
		if found.Early {
			return fmt.Errorf("measure %d after fewer than %d days: %w", x.ID, measure.LeastDays, ErrMeasureDays)
		}
		text, err := json.Marshal(found.Outcome)
		if err != nil {
			return fmt.Errorf("outcome of measure %d: %w", x.ID, err)
		}
		verdict, kept = string(found.Outcome.Verdict), string(text)
	}
	return d.measureAct(ctx, by, "measures.review", x, func(tx *Tx, was MeasureRow, now *Measure) error {
		switch {
		case learned == "":
			return ErrMeasureWords
		case was.State != measure.Done:
			return ErrConflict
		}
		now.Verdict, now.Outcome, now.Learned, now.ReviewedBy, now.ReviewedOn = verdict, kept, learned, by.UserID, tx.today()
		return tx.settleTodo(ctx, TodoMeasureReview, todoKey(now.ID), SettledMeasure)
	})
}

// DeleteMeasure puts a measure into the bin, with its to-dos; RestoreMeasure
// takes it out again. That of a case's review goes with its case (ErrRefused).
func (d *DB) DeleteMeasure(ctx context.Context, by policy.Actor, x TodoRef) error {
	return d.measureAct(ctx, by, "measures.delete", x, func(tx *Tx, was MeasureRow, now *Measure) error {
		if was.Source == measure.Review {
			return ErrRefused
		}
		now.DeletedAt = tx.now()
		return tx.binMeasureTodos(ctx, now, true)
	})
}

// RestoreMeasure see DeleteMeasure.
func (d *DB) RestoreMeasure(ctx context.Context, by policy.Actor, id int64) error {
	was, err := d.measureIn(ctx, d.r, by, policy.MeasureRead, id, true)
	if err != nil {
		return err
	}
	return d.measureAct(ctx, by, "measures.restore", TodoRef{ID: id, Version: was.Version}, func(tx *Tx, _ MeasureRow, now *Measure) error {
		now.DeletedAt = 0
		return tx.binMeasureTodos(ctx, now, false)
	})
}

func (tx *Tx) binMeasureTodos(ctx context.Context, m *Measure, in bool) error {
	for _, kind := range []string{TodoMeasure, TodoMeasureReview} {
		t, there, err := tx.todoOf(ctx, kind, todoKey(m.ID))
		if err != nil {
			return err
		}
		now := t
		switch {
		case !there:
			continue
		case in && t.State == TodoOpen:
			now.State, now.ClosedAt, now.ClosedWhy = TodoDone, tx.now(), SettledUndone
		case !in && t.ClosedWhy == SettledUndone:
			now.State, now.ClosedAt, now.ClosedWhy = TodoOpen, 0, ""
		default:
			continue
		}
		if err := tx.saveTodo(ctx, &t, &now); err != nil {
			return err
		}
	}
	return nil
}

// reviewMeasure keeps the measure of a case's review as the case says it; made
// with the first review, corrected with the next.
func (tx *Tx) reviewMeasure(ctx context.Context, c *Case) error {
	was, there, err := tx.measureOf(ctx, measure.Review, c.ID)
	if err != nil {
		return err
	}
	if there {
		now := was
		now.Said, now.UserID, now.Due, now.State, now.Result, now.DoneDay = c.Measures, c.MeasuresBy, c.MeasuresDue, measure.Open, "", ""
		now.BranchID, now.CustomerID = c.BranchID, c.CustomerID
		now.From = min(now.From, now.Due)
		return tx.saveMeasure(ctx, &was, &now)
	}
	m := Measure{BranchID: c.BranchID, CustomerID: c.CustomerID, UserID: c.MeasuresBy, Source: measure.Review, SourceID: c.ID, Said: c.Measures, From: tx.today(), Due: c.MeasuresDue, Reach: measure.WholeBranch}
	if c.CustomerID != 0 {
		m.Reach = measure.OneClient
	}
	return tx.addMeasure(ctx, &m)
}

// followReview lets the measure of a case's review follow the case to its client
// and branch; binReview into the bin and out of it.
func (tx *Tx) followReview(ctx context.Context, c Case) error {
	was, there, err := tx.measureOf(ctx, measure.Review, c.ID)
	if err != nil || !there {
		return err
	}
	now := was
	now.BranchID, now.CustomerID = c.BranchID, c.CustomerID
	return tx.saveMeasure(ctx, &was, &now)
}

func (tx *Tx) binReview(ctx context.Context, id int64, in bool) error {
	was, there, err := tx.measureOf(ctx, measure.Review, id)
	if err != nil || !there {
		return err
	}
	now := was
	if now.DeletedAt = 0; in {
		now.DeletedAt = tx.now()
	}
	return tx.saveMeasure(ctx, &was, &now)
}

// measureOf is the first measure of a source; false when there is none.
func (tx *Tx) measureOf(ctx context.Context, source string, id int64) (m Measure, there bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT `+measureColumns+` FROM measures m WHERE m.source = $1 AND m.source_id = $2 ORDER BY m.id LIMIT 1`, source, id).Scan(pointers(m.all())...)
	if errors.Is(err, sql.ErrNoRows) {
		return m, false, nil
	}
	if err != nil {
		return m, false, fmt.Errorf("measure of %s %d: %w", source, id, err)
	}
	return m, true, nil
}

// measureFollows lets a measure follow what was done with its to-do in the list
// of to-dos or by a handover: it was done, dropped, passed on or taken up again.
func (tx *Tx) measureFollows(ctx context.Context, t *Todo) error {
	if tx.measuring {
		return nil
	}
	var was Measure
	var there bool
	var err error
	switch t.Kind {
	case TodoMeasure, TodoMeasureReview:
		was, there, err = tx.measureBy(ctx, ParseID(t.Key))
	case TodoCaseMeasures:
		was, there, err = tx.measureOf(ctx, measure.Review, ParseID(t.Key))
	}
	if err != nil || !there {
		return err
	}
	now := was
	now.BranchID, now.CustomerID = t.BranchID, t.CustomerID
	switch {
	case t.Kind == TodoMeasureReview:
		if t.ClosedWhy == "" && t.State == TodoDone && was.ReviewedOn == "" {
			now.Verdict, now.Learned, now.ReviewedBy, now.ReviewedOn = string(measure.InWords), t.Result, tx.by.UserID, tx.today()
		}
	case t.State == TodoOpen:
		now.UserID, now.Due = t.UserID, t.Due
		if !measure.Live(was.State) {
			now.State, now.Result, now.DoneDay = measure.Running, "", ""
		}
	case t.ClosedWhy == "" && measure.Live(was.State):
		now.State, now.Result, now.DoneDay = measure.Done, t.Result, tx.today()
		if t.State == TodoDropped {
			now.State, now.DoneDay = measure.Dropped, ""
		}
	}
	return tx.saveMeasure(ctx, &was, &now)
}

func (tx *Tx) measureBy(ctx context.Context, id int64) (m Measure, there bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT `+measureColumns+` FROM measures m WHERE m.id = $1`, id).Scan(pointers(m.all())...)
	if errors.Is(err, sql.ErrNoRows) {
		return m, false, nil
	}
	if err != nil {
		return m, false, fmt.Errorf("measure %d: %w", id, err)
	}
	return m, true, nil
}

// handMeasure lets the measure of a to-do go where a handover sent that.
func (tx *Tx) handMeasure(ctx context.Context, todo, to int64) error {
	var t Todo
	if err := tx.QueryRowContext(ctx, `SELECT `+todoColumns+` FROM todos t WHERE t.id = $1`, todo).Scan(pointers(t.all())...); err != nil {
		return fmt.Errorf("to-do %d: %w", todo, err)
	}
	if !slices.Contains([]string{TodoMeasure, TodoCaseMeasures}, t.Kind) {
		return nil
	}
	t.UserID = to
	return tx.measureFollows(ctx, &t)
}
