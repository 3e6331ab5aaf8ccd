package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"yike/policy"
	"yike/policy/consent"
	"yike/policy/festival"
	"yike/policy/greeting"
)

// GreetingPreview is who a plan would greet and who not, and what it costs.
type GreetingPreview struct {
	Contacts int64
	Counts   []GreetingCounted // by reason, as greeting.Reasons has them; those that nobody has are left out
	Classes  []GreetingClass   // of those who are greeted, as greeting.Classes has them
	Budget   int64             // fen, of all
}

// GreetingCounted is how many contacts a reason holds for.
type GreetingCounted struct {
	Reason greeting.Reason
	N      int64
}

// GreetingClass is how many contacts of a class are greeted, and with what.
type GreetingClass struct {
	Class  string
	N      int64
	Treat  greeting.Treat
	Budget int64 // fen, of all of them
}

// GreetingAsked is the plan that a preview looks at: one occasion's, for the
// company (Branch 0) or a branch, of the branches that would follow it.
type GreetingAsked struct {
	Occasion festival.Code
	Plan     greeting.Plan
	Branch   int64
	On       string // day on which it is asked
}

// hasDaySQL says whether a contact has a day of a personal occasion.
func hasDaySQL(c festival.Code) string {
	switch c {
	case greeting.Birthday:
		return "CASE WHEN k.birthday_month <> 0 THEN 1 ELSE 0 END"
	case greeting.Contract:
		return "CASE WHEN c.contract_from <> '' THEN 1 ELSE 0 END"
	case greeting.FirstParcel, greeting.ParcelYear:
		return "CASE WHEN EXISTS (SELECT 1 FROM customer_months m WHERE m.customer_id = c.id) THEN 1 ELSE 0 END"
	}
	return "1"
}

// factsSQL selects what Decide asks of each contact; tags are the ids of those
// that the plan names. Only an individual's or a firm's first contact is the
// one that is greeted first: the primary one, else the one that was added first.
func factsSQL(c festival.Code, tags []int64) cond {
	q := cond{text: `CASE WHEN k.is_primary THEN 1 WHEN k.id = (SELECT f.id FROM contacts f WHERE f.customer_id = k.customer_id AND f.deleted_at = 0 ORDER BY f.is_primary DESC, f.id LIMIT 1) THEN 1 ELSE 0 END AS is_first,
		CASE WHEN k.deleted_at <> 0 OR c.state = 'archived' THEN 1 ELSE 0 END AS has_left, `}
	if len(tags) == 0 {
		q.text += "0"
	} else {
		in := manySQL("x.tag_id", tags)
		q.text += "CASE WHEN EXISTS (SELECT 1 FROM customer_tags x WHERE x.customer_id = c.id AND " + in.text + ") THEN 1 ELSE 0 END"
		q.args = append(q.args, in.args...)
	}
	q.text += " AS is_tagged, " + hasDaySQL(c) + ` AS has_day, coalesce(n.state, '') AS said
		FROM customers c JOIN contacts k ON k.customer_id = c.id AND k.erased_at = 0
		LEFT JOIN consents n ON n.contact_id = k.id AND n.purpose = ? AND n.superseded_at = 0
		WHERE c.deleted_at = 0`
	q.args = append(q.args, greeting.Purpose(c))
	return q
}

// greetingCountSQL counts contacts by what Decide asks of them.
func greetingCountSQL(c festival.Code, tags []int64, where cond) cond {
	q := factsSQL(c, tags)
	q.text = "SELECT class, is_first, has_left, is_tagged, has_day, said, COUNT(*) FROM (SELECT c.class AS class, " + q.text
	q = bothSQL(q, where)
	q.text += ") AS facts GROUP BY class, is_first, has_left, is_tagged, has_day, said"
	return q
}

// greetingRowsSQL lists contacts with the same.
func greetingRowsSQL(c festival.Code, tags []int64, where cond, limit int) cond {
	q := factsSQL(c, tags)
	q.text = "SELECT k.id, c.id, c.branch_id, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), k.name, c.name, c.code, c.class, " + q.text
	q = bothSQL(q, where)
	q.text += " ORDER BY k.id LIMIT " + strconv.Itoa(limit)
	return q
}

// greetingFacts are scanned in the order of factsSQL.
type greetingFacts struct {
	class                    string
	first, left, tagged, has int64
	said                     string
}

func (f *greetingFacts) pointers() []any { return []any{&f.first, &f.left, &f.tagged, &f.has, &f.said} }

func (f greetingFacts) facts() greeting.Facts {
	return greeting.Facts{Class: f.class, First: f.first != 0, Left: f.left != 0, Tagged: f.tagged != 0, HasDay: f.has != 0, Said: consent.State(f.said)}
}

// previewWhere holds a preview to the branches that would follow the rule and
// that the scope sees; false when there is none.
func (d *DB) previewWhere(ctx context.Context, scope policy.Scope, a GreetingAsked) (cond, []int64, bool, error) {
	inForce, err := d.RulesInForce(ctx, RuleGreetings, a.On)
	if err != nil {
		return cond{}, nil, false, err
	}
	t := d.tree.Load()
	place := a.Branch
	if place == 0 {
		place = d.headOffice()
	}
	below := t.below[place]
	var follow []int64
	for _, id := range below {
		own := inForce.For(d.Chain(id)).BranchID
		if scope.SeesBranch(d.Chain(id)) && (own == a.Branch || own == 0 || !slices.Contains(below, own)) {
			follow = append(follow, id)
		}
	}
	var tags []int64
	if len(a.Plan.Tags) > 0 {
		all, err := d.TagChoices(ctx)
		if err != nil {
			return cond{}, nil, false, err
		}
		tags = []int64{0}
		for _, x := range all {
			if slices.Contains(a.Plan.Tags, x.Name) {
				tags = append(tags, x.ID)
			}
		}
	}
	switch len(follow) {
	case 0:
		return cond{}, tags, false, nil
	case len(t.byID):
		return cond{}, tags, true, nil // the whole company: no list of its branches
	}
	return manySQL("c.branch_id", follow), tags, true, nil
}

// PreviewGreetings counts who a plan would greet and who not, and why.
func (d *DB) PreviewGreetings(ctx context.Context, scope policy.Scope, a GreetingAsked) (GreetingPreview, error) {
	var out GreetingPreview
	where, tags, some, err := d.previewWhere(ctx, scope, a)
	if err != nil || !some {
		return out, err
	}
	purposes, _, err := d.ConsentRule(ctx, a.On)
	if err != nil {
		return out, err
	}
	reasons, classes := map[greeting.Reason]int64{}, map[string]int64{}
	q := greetingCountSQL(a.Occasion, tags, where)
	err = eachOf(ctx, d.r, numberSQL(q.text), q.args, func(scan func(...any) error) error {
		var f greetingFacts
		var n int64
		if err := scan(append(append([]any{&f.class}, f.pointers()...), &n)...); err != nil {
			return err
		}
		why := greeting.Decide(a.Plan, a.Occasion, f.facts(), purposes)
		reasons[why] += n
		if out.Contacts += n; why == greeting.In {
			classes[f.class] += n
		}
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("preview of greetings: %w", err)
	}
	for _, why := range greeting.Reasons {
		if n := reasons[why]; n > 0 {
			out.Counts = append(out.Counts, GreetingCounted{why, n})
		}
	}
	for _, class := range greeting.Classes {
		if n := classes[class]; n > 0 {
			t := a.Plan.Treats[class]
			out.Classes = append(out.Classes, GreetingClass{class, n, t, n * t.Budget})
			out.Budget += n * t.Budget
		}
	}
	return out, nil
}

// GreetingPreviewed is a contact with what a plan means to them. The name is
// unmasked.
type GreetingPreviewed struct {
	ContactID, CustomerID, BranchID, OwnerID, ClerkID int64
	Contact, Customer, Code, Class                    string
	Why                                               greeting.Reason
}

// What one page of a preview looks at.
const (
	previewLook = 20_000 // contacts, before it says how far it has come
	previewStep = 1000
)

// PreviewedGreetings lists the contacts behind a preview's number, in the order
// in which they were added, those after one: with a reason, or all ("").
// more is where the next page goes on, 0 at the end; a page may be short
// because it has looked at many who have another reason.
func (d *DB) PreviewedGreetings(ctx context.Context, scope policy.Scope, a GreetingAsked, why greeting.Reason, after int64, limit int) (list []GreetingPreviewed, more int64, err error) {
	where, tags, some, err := d.previewWhere(ctx, scope, a)
	if err != nil || !some {
		return nil, 0, err
	}
	purposes, _, err := d.ConsentRule(ctx, a.On)
	if err != nil {
		return nil, 0, err
	}
	for looked := 0; looked < previewLook; looked += previewStep {
		q := greetingRowsSQL(a.Occasion, tags, bothSQL(where, condOf("k.id > ?", after)), previewStep)
		n, full := 0, false
		err := eachOf(ctx, d.r, numberSQL(q.text), q.args, func(scan func(...any) error) error {
			n++
			if full {
				return nil
			}
			var x GreetingPreviewed
			var f greetingFacts
			if err := scan(append([]any{&x.ContactID, &x.CustomerID, &x.BranchID, &x.OwnerID, &x.ClerkID, &x.Contact, &x.Customer, &x.Code, &f.class}, f.pointers()...)...); err != nil {
				return err
			}
			x.Class = f.class
			if x.Why = greeting.Decide(a.Plan, a.Occasion, f.facts(), purposes); why == "" || x.Why == why {
				list = append(list, x)
			}
			after, full = x.ContactID, len(list) == limit
			return nil
		})
		switch {
		case err != nil:
			return nil, 0, fmt.Errorf("preview of greetings: %w", err)
		case full:
			return list, after, nil
		case n < previewStep:
			return list, 0, nil
		}
	}
	return list, after, nil
}
