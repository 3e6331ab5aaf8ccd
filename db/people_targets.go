package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"yike/policy/day"
	"yike/policy/people"
)

// RuleTargets names among the rules what people's work, and that of a branch, is
// to come to in a month, a people.Aimed in JSON; RuleRankings whether people
// are put in order by it, a Rankings in JSON.
const (
	RuleTargets  = "targets"
	RuleRankings = "rankings"
)

// Rankings says whether the people of a branch are put in order.
type Rankings struct {
	On bool `json:"ranked"`
}

// Targets returns what holds for a branch (0: the company) on a day.
func (d *DB) Targets(ctx context.Context, branch int64, on string) (people.Targets, RuleRow, error) {
	row, err := d.Rule(ctx, RuleTargets, branch, on)
	if err != nil {
		return nil, row, err
	}
	list, err := targetsOf(row)
	return list, row, err
}

func targetsOf(row RuleRow) (people.Targets, error) {
	list, err := people.ParseTargets(row.Value)
	if err != nil {
		return nil, fmt.Errorf("targets, version %d: %w", row.Version, err)
	}
	return list, nil
}

// MonthTargets are the targets of whole months by branch: a month has those that
// hold on its last day.
type MonthTargets struct {
	d      *DB
	first  day.Day
	at     map[int64][]int64          // of whom Follow read: their branch at the end of each month
	months []map[int64]people.Targets // by the branch whose rule it is
	rules  []RulesInForce
}

// MonthTargets reads the targets of the months from first to last.
func (d *DB) MonthTargets(ctx context.Context, first, last day.Day) (*MonthTargets, error) {
	out := &MonthTargets{d: d, first: first.MonthStart(), at: map[int64][]int64{}}
	for m := first.MonthStart(); m <= last; m = m.AddMonths(1) {
		rules, err := d.RulesInForce(ctx, RuleTargets, m.MonthEnd().String())
		if err != nil {
			return nil, err
		}
		month := map[int64]people.Targets{}
		for branch, row := range rules {
			if month[branch], err = targetsOf(row); err != nil {
				return nil, err
			}
		}
		out.months, out.rules = append(out.months, month), append(out.rules, rules)
	}
	return out, nil
}

// Follow reads at which branch people were at the end of each month, for Person:
// by what the audit says of their moves. Before all that it keeps they were where
// the first of these moves found them.
func (t *MonthTargets) Follow(ctx context.Context, list []Colleague) error {
	now := map[int64]int64{}
	for _, c := range list {
		now[c.ID] = c.BranchID
	}
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(now)), 500) {
		in := manySQL("ch.row_id", chunk)
		rows, err := t.d.query(ctx, movesOfPeopleSQL(in))
		if err != nil {
			return fmt.Errorf("moves of people: %w", err)
		}
		if err := t.follow(rows, now); err != nil {
			return fmt.Errorf("moves of people: %w", err)
		}
	}
	return nil
}

// movesOfPeopleSQL selects the changes of people's accounts, of each the latest
// first.
func movesOfPeopleSQL(in cond) cond {
	return cond{`SELECT ch.row_id, a.at, ch.fields FROM changes ch JOIN audits a ON a.id = ch.audit_id WHERE ch.entity = 'users' AND ch.kind = 'update' AND ` + in.text + ` ORDER BY ch.row_id, ch.version DESC, ch.id DESC`, in.args}
}

func (t *MonthTargets) follow(rows *sql.Rows, now map[int64]int64) error {
	defer rows.Close()
	for rows.Next() {
		var id, at int64
		var text string
		if err := rows.Scan(&id, &at, &text); err != nil {
			return err
		}
		var fields struct {
			Branch []string `json:"branch_id"`
		}
		if !strings.Contains(text, `"branch_id":[`) {
			continue
		}
		if err := json.Unmarshal([]byte(text), &fields); err != nil || len(fields.Branch) != 2 {
			return fmt.Errorf("a move of %d: %q (%w)", id, text, err)
		}
		months := t.at[id]
		if months == nil {
			for range t.months {
				months = append(months, now[id])
			}
			t.at[id] = months
		}
		for i := range months {
			if at >= dayStart(t.first.AddMonths(i+1)) { // moved when the month was over
				months[i] = ParseID(fields.Branch[0])
			}
		}
	}
	return rows.Err()
}

// Person is the target of a measure over the months with a person of a group, at
// the branch where they are, or (of whom Follow read) were at the end of each; ok
// is false where a month has none.
func (t *MonthTargets) Person(m people.Measure, group string, person, branch int64) (value int64, ok bool) {
	var months []*int64
	at := t.at[person]
	for i, month := range t.months {
		if at != nil {
			branch = at[i]
		}
		chain := t.d.Chain(branch)
		v, has := month[t.rules[i].For(chain).BranchID].For(m.Code, group, person)
		if !has {
			return 0, false
		}
		months = append(months, &v)
	}
	return m.Together(months)
}

// Branch is the target of a measure over the months with a branch, and with one
// that has others below it what those aim at together; ok is false where one of
// them, or a month, has none.
func (t *MonthTargets) Branch(m people.Measure, branch int64) (value int64, ok bool) {
	var parts []*int64
	for _, leaf := range t.d.leavesOf(branch) {
		v, has := t.Person(m, people.Branch, 0, leaf)
		if !has {
			return 0, false
		}
		parts = append(parts, &v)
	}
	return m.Together(parts)
}

// leavesOf are the branches at work below one that have none below themselves;
// of such a branch itself.
func (d *DB) leavesOf(branch int64) (out []int64) {
	t := d.tree.Load()
	kids := t.children(branch)
	if len(kids) == 0 {
		return []int64{branch}
	}
	for _, id := range kids {
		if t.byID[id].Active {
			out = append(out, d.leavesOf(id)...)
		}
	}
	return out
}

// Ranked says whether people of a branch (0: the company) are put in order on a
// day; they are before anybody said otherwise.
func (d *DB) Ranked(ctx context.Context, branch int64, on string) (bool, RuleRow, error) {
	row, err := d.Rule(ctx, RuleRankings, branch, on)
	if err != nil {
		return false, row, err
	}
	is, err := ParseRankings(row.Value)
	return is, row, err
}

// ParseRankings reads a stored rule, "" is the one before anybody set it.
func ParseRankings(text string) (bool, error) {
	if text == "" {
		return true, nil
	}
	var r Rankings
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return false, fmt.Errorf("rankings: %w", err)
	}
	return r.On, nil
}
