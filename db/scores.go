package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"yike/policy"
	"yike/policy/day"
	"yike/policy/people"
	"yike/policy/score"
	"yike/policy/sla"
)

// RuleScores names among the rules by what people's work is scored, a score.Rule
// in JSON.
const RuleScores = "scores"

// Scores returns what holds for a branch (0: the company) on a day.
func (d *DB) Scores(ctx context.Context, branch int64, on string) (score.Rule, RuleRow, error) {
	row, err := d.Rule(ctx, RuleScores, branch, on)
	if err != nil {
		return score.Rule{}, row, err
	}
	r, err := scoresOf(row)
	return r, row, err
}

func scoresOf(row RuleRow) (score.Rule, error) {
	r, err := score.Parse(row.Value)
	if err != nil {
		err = fmt.Errorf("scores, version %d: %w", row.Version, err)
	}
	return r, err
}

// ScoreCounter is who counts what people are scored by: everything that is theirs,
// whoever asks for the sheet or reads it.
func ScoreCounter() policy.Actor { return policy.SystemActor("scores") }

// ScoreSheet is a month's score of a person.
type ScoreSheet struct {
	ID, UserID, BranchID             int64
	Month, Group, State              string
	RuleBranch, RuleVersion          int64
	DrawnBy, DrawnAt                 int64
	Objection, Answer                string
	AnsweredBy, ApprovedBy, Approved int64 // Approved is when, unix milliseconds
	Version                          int64
	Name, Drawer, Answerer, Approver string
	score.Sheet
}

const scoreSQL = `SELECT s.id, s.user_id, s.branch_id, s.month, s.team, s.state, s.rule_branch, s.rule_version, s.drawn_by, s.drawn_at, s.objection, s.answer, s.answered_by, s.approved_by, s.approved_at, s.version,
	u.name, coalesce(a.name, ''), coalesce(b.name, ''), coalesce(c.name, ''), s.body
	FROM score_sheets s JOIN users u ON u.id = s.user_id LEFT JOIN users a ON a.id = s.drawn_by LEFT JOIN users b ON b.id = s.answered_by LEFT JOIN users c ON c.id = s.approved_by`

func scanScore(scan func(...any) error) (s ScoreSheet, err error) {
	var body string
	err = scan(&s.ID, &s.UserID, &s.BranchID, &s.Month, &s.Group, &s.State, &s.RuleBranch, &s.RuleVersion, &s.DrawnBy, &s.DrawnAt, &s.Objection, &s.Answer, &s.AnsweredBy, &s.ApprovedBy, &s.Approved, &s.Version,
		&s.Name, &s.Drawer, &s.Answerer, &s.Approver, &body)
	if err == nil {
		err = json.Unmarshal([]byte(body), &s.Sheet)
	}
	return s, err
}

// seesScore says whether a scope sees a sheet: one's own, or one of its branches.
func (d *DB) seesScore(scope policy.Scope, s ScoreSheet) bool {
	return scope.Own() != 0 && scope.Own() == s.UserID || scope.SeesBranch(d.Chain(s.BranchID))
}

func (d *DB) scoreIn(ctx context.Context, q querier, scope policy.Scope, id int64) (ScoreSheet, error) {
	s, err := scanScore(q.QueryRowContext(ctx, scoreSQL+` WHERE s.id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !d.seesScore(scope, s) {
		err = ErrNotFound
	}
	if err != nil {
		return ScoreSheet{}, fmt.Errorf("score sheet %d: %w", id, err)
	}
	return s, nil
}

// ScoreSheet returns a sheet that the scope sees.
func (d *DB) ScoreSheet(ctx context.Context, scope policy.Scope, id int64) (ScoreSheet, error) {
	return d.scoreIn(ctx, d.r, scope, id)
}

// ScoreSheets are the sheets of a month by name, of a branch and those below it
// or of all (0), in one state or in any (""), at most limit. Who sees nobody else
// sees their own, of all months, the latest first.
func (d *DB) ScoreSheets(ctx context.Context, scope policy.Scope, branch int64, month, state string, limit int) (list []ScoreSheet, err error) {
	query, args := scoreSQL+` WHERE s.user_id = $1 ORDER BY s.month DESC LIMIT $2`, []any{scope.Own(), limit}
	if scope.Wide() {
		var c conditions
		c.add("s.month = ?", month)
		if ids, all := d.branchIDs(scope); !all {
			idsIn(&c, "s.branch_id", ids)
		}
		if branch != 0 {
			idsIn(&c, "s.branch_id", append([]int64{branch}, d.tree.Load().below[branch]...))
		}
		if state != "" {
			c.add("s.state = ?", state)
		}
		query, args = scoreSQL+c.whereSQL()+` ORDER BY s.branch_id, s.team DESC, u.name_key, s.user_id LIMIT $`+strconv.Itoa(len(c.args)+1), append(c.args, limit)
	} else if scope.Own() == 0 {
		return nil, nil
	}
	err = eachOf(ctx, d.r, query, args, func(scan func(...any) error) error {
		s, err := scanScore(scan)
		list = append(list, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("score sheets of %s: %w", month, err)
	}
	return list, nil
}

// DrawScores draws up the sheets of people of one group for a month that is over,
// as the figures and the rule of its last day are now: n are new or have changed,
// and of those the person looks anew; one with an objection still waits for its
// answer. An approved one stays as it is, and so does that of another branch: who
// moved keeps the sheet of where they worked. Who is disabled and did nothing has
// none. Whoever draws, all of somebody's work is
// counted. Who is not within the actor's reach is ErrNotFound; ErrConflict when
// somebody acts on one of them meanwhile.
func (d *DB) DrawScores(ctx context.Context, by policy.Actor, list []Colleague, month day.Day) (n int, err error) {
	if month.MonthEnd() >= day.At(d.now(), Zone) {
		return 0, fmt.Errorf("scores of %s: %w", month, ErrRefused)
	}
	scope := by.Scope(policy.PeopleScore)
	for _, c := range list {
		if !scope.SeesBranch(d.Chain(c.BranchID)) {
			return 0, fmt.Errorf("score of %d: %w", c.ID, ErrNotFound)
		}
	}
	of, err := d.PeopleFigures(ctx, ScoreCounter(), list, month, month)
	if err != nil {
		return 0, err
	}
	rows, err := d.RulesInForce(ctx, RuleScores, month.MonthEnd().String())
	if err != nil {
		return 0, err
	}
	var drawn []ScoreSheet
	for _, c := range list {
		row := rows.For(d.Chain(c.BranchID))
		rule, err := scoresOf(row)
		if err != nil {
			return 0, err
		}
		days, whole := score.Employed(month, c.JoinedOn, c.LeavesOn)
		if c.Disabled && c.LeavesOn == "" && idle(c.Group, of[c.ID]) {
			continue
		}
		if lines := rule.Scores[c.Group]; len(lines) > 0 && days > 0 {
			drawn = append(drawn, ScoreSheet{UserID: c.ID, BranchID: c.BranchID, Month: month.String()[:7], Group: c.Group, RuleBranch: row.BranchID, RuleVersion: row.Version, Sheet: score.Draw(lines, *of[c.ID], days, whole)})
		}
	}
	if len(drawn) == 0 {
		return 0, nil
	}
	err = d.act(ctx, by, "scores.draw", func(tx *Tx) error {
		n = 0
		for i := range drawn {
			changed, err := tx.drawScore(ctx, &drawn[i])
			if err != nil {
				return fmt.Errorf("score of %d: %w", drawn[i].UserID, err)
			}
			if changed {
				n++
			}
		}
		tx.about(drawn[0].BranchID, drawn[0].ID)
		tx.detail(map[string]any{"month": month.String()[:7], "people": n})
		return nil
	})
	return n, err
}

// idle says that somebody did nothing themself in a month. Parcels and ratings
// are of the clients that a rep or clerk still stands beside, and arrive alone;
// those of a courier they brought.
func idle(group string, f *people.Figures) bool {
	return f.Days == 0 && f.Visits == 0 && f.Forms == 0 && f.Greetings == 0 && f.Cases == 0 && (group != people.Courier || f.Parcels == 0)
}

func (tx *Tx) drawScore(ctx context.Context, s *ScoreSheet) (changed bool, err error) {
	body, err := json.Marshal(s.Sheet)
	if err != nil {
		return false, err
	}
	var state, was string
	var branch, version int64
	err = tx.QueryRowContext(ctx, `SELECT id, branch_id, state, body, version FROM score_sheets WHERE user_id = $1 AND month = $2`, s.UserID, s.Month).Scan(&s.ID, &branch, &state, &was, &version)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		s.ID = tx.newID()
		n, err := tx.exec(ctx, `INSERT INTO score_sheets (id, user_id, branch_id, month, team, state, rule_branch, rule_version, body, drawn_by, drawn_at) VALUES ($1, $2, $3, $4, $5, 'drawn', $6, $7, $8, $9, $10) ON CONFLICT (user_id, month) DO NOTHING`,
			s.ID, s.UserID, s.BranchID, s.Month, s.Group, s.RuleBranch, s.RuleVersion, string(body), tx.by.UserID, tx.now())
		if err == nil && n == 0 {
			err = ErrConflict
		}
		if err != nil {
			return false, err
		}
		return true, tx.change(ctx, "create", "score_sheets", s.ID, s.BranchID, 0, 1, nil)
	case err != nil:
		return false, err
	case state == score.Approved || branch != s.BranchID || was == string(body):
		return false, nil
	}
	next, fields := score.Redrawn(state), map[string][2]any(nil)
	if next != state {
		fields = map[string][2]any{"state": {state, next}}
	}
	n, err := tx.exec(ctx, `UPDATE score_sheets SET branch_id = $3, team = $4, state = $5, rule_branch = $6, rule_version = $7, body = $8, drawn_by = $9, drawn_at = $10, version = version + 1 WHERE id = $1 AND version = $2`,
		s.ID, version, s.BranchID, s.Group, next, s.RuleBranch, s.RuleVersion, string(body), tx.by.UserID, tx.now())
	if err == nil && n == 0 {
		err = ErrConflict
	}
	if err != nil {
		return false, err
	}
	return true, tx.change(ctx, "update", "score_sheets", s.ID, s.BranchID, 0, version+1, fields)
}

// scoreAct takes a sheet from one state to another. A stale version, or a state
// from which it does not go on, is ErrConflict. set are columns, each with its
// value; what was written stays out of the record: it stands in the row.
func (d *DB) scoreAct(ctx context.Context, by policy.Actor, act string, scope policy.Scope, x TodoRef, check func(s ScoreSheet) (next string, err error), set ...any) error {
	return d.act(ctx, by, act, func(tx *Tx) error {
		s, err := d.scoreIn(ctx, tx, scope, x.ID)
		if err != nil {
			return err
		}
		next, err := check(s)
		if err == nil && s.Version != x.Version {
			err = ErrConflict
		}
		if err != nil {
			return fmt.Errorf("%s %d: %w", act, x.ID, err)
		}
		args := []any{s.ID, s.Version, next}
		var columns []string
		for i := 0; i+1 < len(set); i += 2 {
			column, _ := set[i].(string)
			columns, args = append(columns, column), append(args, set[i+1])
		}
		n, err := tx.exec(ctx, scoreSetSQL(columns), args...)
		if err == nil && n == 0 { // on PostgreSQL somebody was in between
			err = ErrConflict
		}
		if err != nil {
			return fmt.Errorf("%s %d: %w", act, x.ID, err)
		}
		tx.about(s.BranchID, s.ID)
		tx.detail(map[string]any{"month": s.Month})
		return tx.change(ctx, "update", "score_sheets", s.ID, s.BranchID, 0, s.Version+1, map[string][2]any{"state": {s.State, next}})
	})
}

// scoreSetSQL writes a state and further columns, named in this file, of one sheet
// as it was read.
func scoreSetSQL(columns []string) string {
	text := `UPDATE score_sheets SET state = $3, version = version + 1`
	for i, column := range columns {
		text += `, ` + column + ` = $` + strconv.Itoa(i+4)
	}
	return text + ` WHERE id = $1 AND version = $2`
}

// own holds an act to the person whose sheet it is, while they may still speak.
func own(by policy.Actor, next string) func(ScoreSheet) (string, error) {
	return func(s ScoreSheet) (string, error) {
		switch {
		case s.UserID != by.UserID:
			return "", ErrRefused
		case !score.MaySpeak(s.State):
			return "", ErrConflict
		}
		return next, nil
	}
}

// SeeScore says that the person has looked at their sheet and has nothing against
// it; ObjectScore what they have.
func (d *DB) SeeScore(ctx context.Context, by policy.Actor, x TodoRef) error {
	return d.scoreAct(ctx, by, "scores.see", by.Scope(policy.PeopleRead), x, own(by, score.Seen))
}

// ObjectScore see SeeScore.
func (d *DB) ObjectScore(ctx context.Context, by policy.Actor, x TodoRef, text string) error {
	return d.scoreAct(ctx, by, "scores.object", by.Scope(policy.PeopleRead), x, own(by, score.Objected), "objection", text, "answer", "", "answered_by", 0)
}

// AnswerScore answers an objection to somebody else's sheet; ErrSelf for one's
// own.
func (d *DB) AnswerScore(ctx context.Context, by policy.Actor, x TodoRef, text string) error {
	return d.scoreAct(ctx, by, "scores.answer", by.Scope(policy.PeopleScore), x, func(s ScoreSheet) (string, error) {
		switch {
		case s.UserID == by.UserID:
			return "", ErrSelf
		case s.State != score.Objected:
			return "", ErrConflict
		}
		return score.Answered, nil
	}, "answer", text, "answered_by", by.UserID)
}

// ApproveScore keeps somebody else's sheet for good; ErrSelf for one's own,
// ErrConflict before an objection is answered or the person had time to look.
func (d *DB) ApproveScore(ctx context.Context, by policy.Actor, x TodoRef) error {
	return d.scoreAct(ctx, by, "scores.approve", by.Scope(policy.PeopleScore), x, func(s ScoreSheet) (string, error) {
		switch {
		case s.UserID == by.UserID:
			return "", ErrSelf
		case !score.MayApprove(s.State, sla.DayOf(s.DrawnAt), day.At(d.now(), Zone)):
			return "", ErrConflict
		}
		return score.Approved, nil
	}, "approved_by", by.UserID, "approved_at", d.now().UnixMilli())
}

// Colleague is the person of a sheet as those are whose work is counted.
func (s ScoreSheet) Colleague() Colleague {
	return Colleague{User{ID: s.UserID, Name: s.Name, BranchID: s.BranchID}, s.Group}
}
