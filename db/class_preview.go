package db

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"yike/policy"
	"yike/policy/classify"
	"yike/policy/day"
)

// RuleTry is a rule that is tried before it is saved: for the company (branch
// 0) or a branch, as of a day. Set puts it among the rules.
type RuleTry struct {
	Rule   string
	Branch int64
	On     day.Day
	Set    func(*classify.Rules)
}

// RulePreview is what a rule would mean.
type RulePreview struct {
	Clients int
	Moves   []RuleMove // how many from where to where
	TooMany bool       // more than previewMost clients: not worked out
}

// RuleMove is how many would move.
type RuleMove struct {
	Kind, Old, New string
	N              int
}

// RuleMoved is a client who would move.
type RuleMoved struct {
	ID, BranchID int64
	Code, Name   string
	Freight      int64 // fen a month, over the window of the rule that is tried
}

// MovedKey is a client's place in a list of those who would move: who brings
// the most comes first.
type MovedKey struct{ Freight, ID int64 }

func (k MovedKey) compare(o MovedKey) int {
	return cmp.Or(cmp.Compare(o.Freight, k.Freight), cmp.Compare(k.ID, o.ID))
}

// PreviewRows is how many clients a preview of the radar names.
const PreviewRows = 200

// previewMost bounds the clients of a preview that somebody waits for.
const previewMost = 200_000

// PreviewRules works out who would be called otherwise if a rule were another
// from today on: of the branches that would follow it and that the scope sees.
func (d *DB) PreviewRules(ctx context.Context, scope policy.Scope, try RuleTry) (RulePreview, error) {
	var out RulePreview
	counts := map[RuleMove]int{}
	clients, err := d.eachMove(ctx, scope, try, func(_ *booked, _ *classify.Frame, m RuleMove) { counts[m]++ })
	if out.Clients = clients; err != nil {
		return out, err
	}
	if clients > previewMost {
		out.TooMany = true
		return out, nil
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

// PreviewMoved lists who would make one move, who brings the most first, from
// after a place on (nil: from the first), at most limit of them (0: all); n is
// how many there are in all.
func (d *DB) PreviewMoved(ctx context.Context, scope policy.Scope, try RuleTry, move RuleMove, after *MovedKey, limit int) (list []RuleMoved, n int, err error) {
	type moved struct {
		MovedKey
		branch int64
	}
	var all []moved
	clients, err := d.eachMove(ctx, scope, try, func(b *booked, f *classify.Frame, m RuleMove) {
		if m.Kind == move.Kind && m.Old == move.Old && m.New == move.New {
			all = append(all, moved{MovedKey{b.monthly(f.Classes.Window), b.id}, b.branch})
		}
	})
	if err != nil {
		return nil, 0, err
	}
	if clients > previewMost {
		return nil, 0, fmt.Errorf("preview of %d clients: %w", clients, ErrTooMany)
	}
	n = len(all)
	slices.SortFunc(all, func(a, b moved) int { return a.compare(b.MovedKey) })
	if after != nil {
		i, found := slices.BinarySearchFunc(all, *after, func(m moved, k MovedKey) int { return m.compare(k) })
		if found {
			i++
		}
		all = all[i:]
	}
	if limit > 0 && len(all) > limit {
		all = all[:limit]
	}
	for chunk := range slices.Chunk(all, 500) {
		at := map[int64]int{}
		ids := make([]int64, len(chunk))
		for i, m := range chunk {
			ids[i], at[m.ID] = m.ID, len(list)
			list = append(list, RuleMoved{ID: m.ID, BranchID: m.branch, Freight: m.Freight})
		}
		in, args := marks(ids)
		var who conditions
		who.add("id IN ("+in+")", args...)
		if err := d.eachRow(ctx, `SELECT id, code, name FROM customers`+who.whereSQL(), who.args, func(scan func(...any) error) error {
			var id int64
			var code, name string
			if err := scan(&id, &code, &name); err != nil {
				return err
			}
			list[at[id]].Code, list[at[id]].Name = code, name
			return nil
		}); err != nil {
			return nil, 0, fmt.Errorf("clients who would move: %w", err)
		}
	}
	return list, n, nil
}

// eachMove hands on every change of a label that a rule would bring, with the
// frame of the rule that is tried, and says how many clients were looked at. It
// stops beyond previewMost.
func (d *DB) eachMove(ctx context.Context, scope policy.Scope, try RuleTry, row func(b *booked, after *classify.Frame, m RuleMove)) (clients int, err error) {
	book, err := d.ruleBook(ctx, try.On.String())
	if err != nil {
		return 0, err
	}
	noted, err := d.noted(ctx, d.r)
	if err != nil {
		return 0, err
	}
	place := try.Branch
	if place == 0 {
		place = d.headOffice()
	}
	below := d.tree.Load().below[place]
	for _, id := range below {
		if !scope.SeesBranch(d.Chain(id)) {
			continue
		}
		rules, err := book.of(id)
		if err != nil {
			return 0, err
		}
		if own := rules.Rows[try.Rule].BranchID; own != try.Branch && own != 0 && slices.Contains(below, own) {
			continue // keeps the rule of its own
		}
		k, err := d.books(ctx, id, try.On, noted)
		if err != nil {
			return 0, err
		}
		if k.shipped == 0 {
			continue
		}
		list := k.list
		if clients += len(list); clients > previewMost {
			return clients, nil
		}
		before := frameOf(rules.Rules, list, try.On)
		try.Set(&rules.Rules)
		after := frameOf(rules.Rules, list, try.On)
		for i := range list {
			b := &list[i]
			b.branch = id
			for _, m := range differ(b.label(before), b.label(after)) {
				row(b, after, RuleMove{m[0], m[1], m[2], 0})
			}
			if _, held := b.held["class"]; !held && (b.Last.Valid() || b.Score > 0) {
				if was, now := before.Class(&b.Client), after.Class(&b.Client); was != now {
					row(b, after, RuleMove{"class", was, now, 0})
				}
			}
		}
	}
	return clients, nil
}

// monthly is a client's freight a month, over the last n whole months.
func (b *booked) monthly(n int) (fen int64) {
	for _, v := range b.Freight[:n] {
		fen += v
	}
	return fen / int64(n)
}
