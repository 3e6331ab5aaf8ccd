package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"yike/policy"
	"yike/policy/settings"
	"yike/policy/standard"
)

// RuleStandard names the data-entry standard among the rules; its value is a
// standard.Rule as JSON. A branch's own is asked for besides head office's.
const RuleStandard = "standard"

// standards are what is asked of files on one day, by branch.
type standards struct {
	day    string
	rules  map[int64]standard.Rule
	asks   map[int64]asks // by branch
	groups []askGroup     // branches of which the same is asked
}

// asks are the bits by kind, "" for none: what must be there, and what should.
type asks map[string][2]int64

type askGroup struct {
	branches []int64
	asks     asks
}

// readStandards reads every version of the standard and of its lock.
func readStandards(ctx context.Context, q querier) ([]RuleRow, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT r.rule, coalesce(r.branch_id, 0), r.valid_from, r.version, r.value FROM rules r
		WHERE r.rule IN ($1, $2) ORDER BY r.valid_from, r.version`, RuleStandard, settings.Lock(RuleStandard))
	if err != nil {
		return nil, fmt.Errorf("read the standard: %w", err)
	}
	defer rows.Close()
	var out []RuleRow
	for rows.Next() {
		var r RuleRow
		if err := rows.Scan(&r.Rule, &r.BranchID, &r.ValidFrom, &r.Version, &r.Value); err != nil {
			return nil, fmt.Errorf("read the standard: %w", err)
		}
		out = append(out, r)
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

// standardsOn works out what is asked on a day: head office's standard, and
// besides it, unless head office locks it, those of the branch and of each
// branch above it. A version that cannot be read asks for nothing.
func (t *tree) standardsOn(day string) *standards {
	if s := t.asked.Load(); s != nil && s.day == day {
		return s
	}
	own, locked := t.standardsSet(day)
	s := t.standardsOf(day, own, locked)
	t.asked.Store(s)
	return s
}

// standardsSet are the versions that hold on a day, by branch (0: the
// company's), and whether head office locks them.
func (t *tree) standardsSet(day string) (own map[int64]standard.Rule, locked bool) {
	own = map[int64]standard.Rule{}
	for _, r := range t.standards {
		switch {
		case r.ValidFrom > day:
		case r.Rule != RuleStandard:
			locked = r.Value == settings.LockedValue
		case r.Value == settings.Follows:
			delete(own, r.BranchID)
		default:
			own[r.BranchID] = standardOf(r)
		}
	}
	return own, locked
}

// standardOf reads a version; the default when nobody set one.
func standardOf(r RuleRow) standard.Rule {
	if r.Version == 0 {
		return standard.Default()
	}
	var rule standard.Rule
	if json.Unmarshal([]byte(r.Value), &rule) != nil || !rule.Valid() {
		return standard.Rule{}
	}
	return rule
}

func (t *tree) standardsOf(day string, own map[int64]standard.Rule, locked bool) *standards {
	s := &standards{day: day, rules: map[int64]standard.Rule{}, asks: map[int64]asks{}}
	company, set := own[0]
	if !set {
		company = standard.Default()
	}
	s.rules[0] = company
	byWords := map[string]int{}
	for id, chain := range t.chain {
		rule := company
		for _, up := range chain {
			if more, has := own[up]; has && !locked && t.byID[up].ParentID != 0 {
				rule = rule.With(more)
			}
		}
		a, words := asks{}, ""
		for _, kind := range standard.Kinds {
			must, should := rule.Bits(kind)
			if kind == standard.None {
				kind = ""
			}
			a[kind] = [2]int64{must, should}
			words += fmt.Sprintf("%d %d,", must, should)
		}
		s.rules[id], s.asks[id] = rule, a
		i, known := byWords[words]
		if !known {
			i = len(s.groups)
			byWords[words] = i
			s.groups = append(s.groups, askGroup{asks: a})
		}
		s.groups[i].branches = append(s.groups[i].branches, id)
	}
	for i := range s.groups {
		slices.Sort(s.groups[i].branches)
	}
	slices.SortFunc(s.groups, func(a, b askGroup) int { return int(min(max(a.branches[0]-b.branches[0], -1), 1)) })
	return s
}

// bits of a branch and a kind, "" for none.
func (s *standards) bits(branch int64, kind string) (must, should int64) {
	b := s.asks[branch][kind]
	return b[0], b[1]
}

// Standard returns what is asked of the files of a branch today (0: by head
// office of all), put together from head office's standard and the branches'.
func (d *DB) Standard(branch int64) standard.Rule {
	return d.tree.Load().standardsOn(Day(d.now())).rules[branch]
}

// StandardBits is Standard as bits, of one kind.
func (d *DB) StandardBits(branch int64, kind string) (must, should int64) {
	return d.tree.Load().standardsOn(Day(d.now())).bits(branch, kind)
}

// StandardAbove returns what would be asked of a branch without its own rule.
func (d *DB) StandardAbove(branch int64) standard.Rule {
	t := d.tree.Load()
	if b := t.byID[branch]; b != nil && b.ParentID != 0 {
		return t.standardsOn(Day(d.now())).rules[b.ParentID]
	}
	return t.standardsOn(Day(d.now())).rules[0]
}

// What GapAny and GapMust ask of a list of customers instead of a field.
const (
	GapAny  = "any"  // lacks something that is asked for
	GapMust = "must" // lacks something that must be there
)

// ofWord are the bits that a gap's word means in what is asked for.
func ofWord(word string, must, should int64) int64 {
	switch word {
	case GapAny:
		return must | should
	case GapMust:
		return must
	}
	bits := standard.Bit(word)
	if word == "phone" {
		bits |= standard.Bit("mobile")
	}
	return bits & (must | should)
}

// gapClause is the filter of files that lack what a word means, in the
// branches of a reach. Its branches stand in it, so that it is answered by the
// index that begins with them.
func (d *DB) gapClause(word string, r reach) clause {
	t := d.tree.Load()
	var parts []string
	var args []any
	for _, g := range t.standardsOn(Day(d.now())).groups {
		branches := g.branches
		if r.own == 0 {
			branches = slices.DeleteFunc(slices.Clone(branches), func(id int64) bool { return !slices.Contains(r.branches, id) })
		}
		if kinds := g.asks.kindsSQL(word); len(branches) > 0 && kinds.text != "" {
			part := bothSQL(manySQL("c.branch_id", branches), kinds)
			parts, args = append(parts, "("+part.text+")"), append(args, part.args...)
		}
	}
	c := clause{columns: []string{"branch_id", "kind", "lacks"}}
	switch len(parts) {
	case 0:
		c.cond = condOf("c.lacks < 0")
	case 1:
		c.cond = cond{parts[0][1 : len(parts[0])-1], args}
	default:
		c.cond = cond{"(" + strings.Join(parts, " OR ") + ")", args}
	}
	return c
}

// kindsSQL are the kinds of which a word's bits are asked, with the bits.
func (a asks) kindsSQL(word string) cond {
	byBits := map[int64][]any{}
	var order []int64
	for _, kind := range standard.Kinds {
		if kind == standard.None {
			kind = ""
		}
		bits := ofWord(word, a[kind][0], a[kind][1])
		if bits == 0 {
			continue
		}
		if byBits[bits] == nil {
			order = append(order, bits)
		}
		byBits[bits] = append(byBits[bits], kind)
	}
	var parts []string
	var args []any
	for _, bits := range order {
		kinds := byBits[bits]
		parts = append(parts, "c.kind IN (?"+strings.Repeat(", ?", len(kinds)-1)+") AND (c.lacks & ?) <> 0")
		args = append(append(args, kinds...), bits)
	}
	switch len(parts) {
	case 0:
		return cond{}
	case 1:
		return cond{parts[0], args}
	}
	return cond{"((" + strings.Join(parts, ") OR (") + "))", args}
}

// Gaps are how many files of a branch, with all below it, lack what.
type Gaps struct {
	Files  int64
	ByWord map[string]int64 // by field, GapAny and GapMust
}

// lackCount is how many files of a branch and a kind lack the same.
type lackCount struct {
	branch, lacks, files int64
	kind                 string
}

// lackCounts reads what the files that a scope sees lack, out of the index
// alone where whole branches are seen.
func (d *DB) lackCounts(ctx context.Context, scope policy.Scope) ([]lackCount, error) {
	r := d.reach(scope, 0)
	if r.empty {
		return nil, nil
	}
	terms := []cond{r.residual()}
	if len(r.branches) == 0 {
		terms = r.terms() // one person's own
	}
	var parts []string
	var args []any
	for _, t := range terms {
		q := bothSQL(cond{text: "SELECT c.branch_id AS branch_id, c.kind AS kind, c.lacks AS lacks FROM customers c WHERE c.deleted_at = 0"}, t)
		parts, args = append(parts, q.text), append(args, q.args...)
	}
	rows, err := d.query(ctx, lackCountsSQL(cond{strings.Join(parts, " UNION ALL "), args}))
	if err != nil {
		return nil, fmt.Errorf("count gaps: %w", err)
	}
	defer rows.Close()
	var out []lackCount
	for rows.Next() {
		var c lackCount
		if err := rows.Scan(&c.branch, &c.kind, &c.lacks, &c.files); err != nil {
			return nil, fmt.Errorf("count gaps: %w", err)
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

func lackCountsSQL(files cond) cond {
	return cond{"SELECT f.branch_id, f.kind, f.lacks, count(*) FROM (" + files.text + ") f GROUP BY f.branch_id, f.kind, f.lacks", files.args}
}

// Gaps counts what the files that a scope sees lack of what is asked of them,
// by branch with all below it.
func (d *DB) Gaps(ctx context.Context, scope policy.Scope) (map[int64]Gaps, error) {
	list, err := d.lackCounts(ctx, scope)
	if err != nil {
		return nil, err
	}
	t := d.tree.Load()
	return t.gaps(list, t.standardsOn(Day(d.now()))), nil
}

func (t *tree) gaps(list []lackCount, s *standards) map[int64]Gaps {
	files, words := map[int64]int64{}, map[string]map[int64]int64{}
	for _, word := range append(slices.Clone(standard.Asked), GapAny, GapMust) {
		words[word] = map[int64]int64{}
	}
	for _, c := range list {
		files[c.branch] += c.files
		must, should := s.bits(c.branch, c.kind)
		for word, own := range words {
			if c.lacks&ofWord(word, must, should) != 0 {
				own[c.branch] += c.files
			}
		}
	}
	out := map[int64]Gaps{}
	for id, n := range t.sums(files) {
		out[id] = Gaps{Files: n, ByWord: map[string]int64{}}
	}
	for word, own := range words {
		for id, n := range t.sums(own) {
			out[id].ByWord[word] = n
		}
	}
	return out
}

// StandardEffect is what a standard would mean: how many files lack a field now
// and would then, by the words of Gaps, of the branch and all below it.
type StandardEffect struct {
	Files     int64
	Now, Then map[string]int64
	Branches  []BranchEffect // with files that would lack what must be there
}

// BranchEffect are the files of one branch that lack what must be there.
type BranchEffect struct{ Branch, Files, Now, Then int64 }

// StandardEffects works out what a rule would mean if it held today for the
// company (branch 0) or a branch, of the files that a scope sees.
func (d *DB) StandardEffects(ctx context.Context, scope policy.Scope, branch int64, rule standard.Rule) (StandardEffect, error) {
	list, err := d.lackCounts(ctx, scope)
	if err != nil {
		return StandardEffect{}, err
	}
	t, day := d.tree.Load(), Day(d.now())
	own, locked := t.standardsSet(day)
	own[branch] = rule
	if branch == 0 {
		branch = d.headOffice()
	} else {
		locked = false
	}
	now, then := t.gaps(list, t.standardsOn(day)), t.gaps(list, t.standardsOf(day, own, locked))
	out := StandardEffect{Files: then[branch].Files, Now: now[branch].ByWord, Then: then[branch].ByWord}
	for _, id := range t.below[branch] {
		a, b := now[id].ByWord[GapMust], then[id].ByWord[GapMust]
		if t.byID[id].Level == LevelBranch && a+b > 0 {
			out.Branches = append(out.Branches, BranchEffect{id, then[id].Files, a, b})
		}
	}
	slices.SortStableFunc(out.Branches, func(a, b BranchEffect) int { return int(b.Then - a.Then) })
	return out, nil
}
