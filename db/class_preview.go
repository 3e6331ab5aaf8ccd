package db

import (
	"context"
	"slices"
	"strings"
	"yike/policy"
	"yike/policy/classify"
	"yike/policy/day"
)

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
