package db

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yike/policy"
	"yike/policy/radar"
)

// ErrRadarTodo says that a to-do of the radar is done, dropped and taken up
// again by what is said of its alert, and in no other way: one truth.
var ErrRadarTodo = errors.New("a to-do of the radar goes with its alert")

const radarTodos = "radar_"

func radarTodo(kind string) string { return radarTodos + kind }

// RadarOf is the alert that a to-do is about, 0 for none.
func (t Todo) RadarOf() int64 {
	if !strings.HasPrefix(t.Kind, radarTodos) {
		return 0
	}
	return ParseID(t.Key)
}

// Needs are the rights without which nobody can do a to-do.
func (t Todo) Needs() []policy.Permission {
	if t.RadarOf() == 0 {
		return []policy.Permission{policy.TodoEdit}
	}
	list := []policy.Permission{policy.TodoEdit, policy.RadarEdit}
	if also := RadarAsks[radar.Kind(strings.TrimPrefix(t.Kind, radarTodos))]; also != "" {
		list = append(list, also)
	}
	return list
}

// CanTake says whether somebody may be given a to-do.
func (t Todo) CanTake(a policy.Actor) bool {
	return !slices.ContainsFunc(t.Needs(), func(p policy.Permission) bool { return !a.Can(p) })
}

// moveRadarTodo makes an alert's to-do say what the alert says: who does what
// was settled and by when, and that it is done once the alert is closed.
func (tx *Tx) moveRadarTodo(ctx context.Context, r *RadarAlert) error {
	var id, version, branch int64
	var user, closer ref
	var due, state, result, args string
	err := tx.QueryRowContext(ctx, `SELECT id, version, branch_id, user_id, due, state, result, args FROM todos WHERE kind = $1 AND key = $2 AND deleted_at = 0`,
		radarTodo(r.Kind), strconv.FormatInt(r.ID, 10)).Scan(&id, &version, &branch, &user, &due, &state, &result, &args)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("to-do of alert %d: %w", r.ID, err)
	}
	fields := map[string][2]any{}
	note := func(name, was, now string) string {
		if was != now {
			fields[name] = [2]any{was, now}
		}
		return now
	}
	at := int64(0)
	switch r.State {
	case RadarClosed:
		closer, at = ref(tx.by.UserID), tx.now()
		state, result = note("state", state, TodoDone), note("result", result, cmp.Or(r.Result, r.Note))
	default:
		state, result = note("state", state, TodoOpen), note("result", result, "")
		if r.State == RadarDoing {
			due = note("due", due, r.DueDay)
			note("user_id", strconv.FormatInt(int64(user), 10), strconv.FormatInt(r.OwnerID, 10))
			user = ref(r.OwnerID)
		}
	}
	if len(fields) == 0 {
		return nil
	}
	if args, err = endedArgs(args, r.Ended); err != nil {
		return fmt.Errorf("to-do of alert %d: %w", r.ID, err)
	}
	if _, err := tx.exec(ctx, `UPDATE todos SET user_id = $2, due = $3, state = $4, result = $5, closed_by = $6, closed_at = $7, version = version + 1, updated_at = $8, args = $9 WHERE id = $1`,
		id, user, due, state, result, closer, at, tx.now(), args); err != nil {
		return fmt.Errorf("to-do of alert %d: %w", r.ID, err)
	}
	return tx.change(ctx, "update", "todos", id, branch, r.CustomerID, version+1, fields)
}

// endedArgs are the arguments of a to-do with why its alert ended by itself;
// empty when it did not.
func endedArgs(text string, end *radar.End) (string, error) {
	args := map[string]string{}
	if err := json.Unmarshal([]byte(text), &args); err != nil {
		return "", err
	}
	delete(args, "ended")
	if end != nil {
		args["ended"] = end.Why
	}
	out, err := json.Marshal(args)
	return string(out), err
}
