package db

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

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
	case greeting.Founded:
		return "CASE WHEN c.founded_on <> '' THEN 1 ELSE 0 END"
	case greeting.FirstParcel, greeting.ParcelYear:
		return "CASE WHEN EXISTS (SELECT 1 FROM customer_months m WHERE m.customer_id = c.id) THEN 1 ELSE 0 END"
	}
	return "1"
}

// Facts of a contact k of a client c, as Decide asks for them. The contact that
// is greeted first is the primary one, else the one that was added first.
const (
	leftSQL  = "k.deleted_at <> 0 OR c.state = 'archived'"
	firstSQL = `CASE WHEN k.is_primary THEN 1 WHEN NOT EXISTS (SELECT 1 FROM contacts f WHERE f.customer_id = c.id AND f.deleted_at = 0 AND (f.is_primary OR f.id < k.id)) THEN 1 ELSE 0 END`
	upsetSQL = `CASE WHEN EXISTS (SELECT 1 FROM cases q WHERE q.customer_id = c.id AND q.kind = 'complaint' AND q.step <> 'closed' AND q.deleted_at = 0) THEN 1 ELSE 0 END`
	saidSQL  = `coalesce((SELECT n.state FROM consents n WHERE n.customer_id = c.id AND n.contact_id = k.id AND n.purpose = ? AND n.superseded_at = 0), '')`
	factsOf  = ` FROM customers c JOIN contacts k ON k.customer_id = c.id AND k.erased_at = 0 WHERE c.deleted_at = 0`
)

// taggedSQL says whether a client has one of some tags; none asks nothing.
func taggedSQL(tags []int64) cond {
	if len(tags) == 0 {
		return cond{text: "0"}
	}
	in := manySQL("x.tag_id", tags)
	return cond{"CASE WHEN EXISTS (SELECT 1 FROM customer_tags x WHERE x.customer_id = c.id AND " + in.text + ") THEN 1 ELSE 0 END", in.args}
}

// Bits of the number in which greetingCountSQL has the facts that are yes or no.
const (
	bitFirst = 1 << iota
	bitLeft
	bitTagged
	bitDay
	bitComplaint
)

// greetingCountSQL counts contacts by what Decide asks of them, put together
// into one text by which they are grouped: the class, bits, the answer. What
// cannot matter, since the class is not one that the plan names, is not looked
// up.
func greetingCountSQL(c festival.Code, plan greeting.Plan, tags []int64, where cond) cond {
	var q cond
	add := func(text string, args ...any) { q.text, q.args = q.text+text, append(q.args, args...) }
	asked := func() {
		add("CASE WHEN " + leftSQL)
		if len(plan.Classes) > 0 {
			args := make([]any, len(plan.Classes))
			for i, class := range plan.Classes {
				args[i] = class
			}
			add(" OR c.class NOT IN ("+strings.TrimSuffix(strings.Repeat("?, ", len(args)), ", ")+")", args...)
		}
	}
	add("SELECT c.class || ' ' || (CASE WHEN " + leftSQL + " THEN " + strconv.Itoa(bitLeft) + " ELSE 0 END + ")
	asked()
	first, tagged := firstSQL, taggedSQL(tags)
	if plan.Everyone {
		first = "1"
	}
	add(fmt.Sprintf(" THEN 0 ELSE %d * %s + %d * ", bitFirst, first, bitTagged))
	add(tagged.text, tagged.args...)
	add(fmt.Sprintf(" + %d * %s + %d * %s END) || ' ' || ", bitDay, hasDaySQL(c), bitComplaint, upsetSQL))
	asked()
	add(" THEN '' ELSE "+saidSQL+" END AS facts, COUNT(*)"+factsOf, greeting.Purpose(c))
	q = bothSQL(q, where)
	q.text += " GROUP BY facts"
	return q
}

// factsCounted understands the text by which greetingCountSQL groups.
func factsCounted(text string) (greeting.Facts, error) {
	class, rest, ok := strings.Cut(text, " ")
	number, said, whole := strings.Cut(rest, " ")
	bits, err := strconv.Atoi(number)
	if !ok || !whole || err != nil {
		return greeting.Facts{}, fmt.Errorf("facts %q", text)
	}
	return greeting.Facts{Class: class, First: bits&bitFirst != 0, Left: bits&bitLeft != 0, Tagged: bits&bitTagged != 0, HasDay: bits&bitDay != 0, Complaint: bits&bitComplaint != 0, Said: consent.State(said)}, nil
}

// greetingRowsSQL lists contacts with the same.
func greetingRowsSQL(c festival.Code, tags []int64, where cond) cond {
	tagged := taggedSQL(tags)
	q := cond{`SELECT k.id, c.id, c.branch_id, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), k.name, c.name, c.code, c.class, ` + firstSQL + ", CASE WHEN " + leftSQL + " THEN 1 ELSE 0 END, " +
		tagged.text + ", " + hasDaySQL(c) + ", " + upsetSQL + ", " + saidSQL + factsOf, append(tagged.args, greeting.Purpose(c))}
	q = bothSQL(q, where)
	q.text += " ORDER BY c.id, k.id"
	return q
}

// previewOf says over whom a preview goes: the clients of the branches that
// would follow the rule and that the scope sees. tags are the ids of those that
// the plan names.
func (d *DB) previewOf(ctx context.Context, scope policy.Scope, a GreetingAsked, size int) (spans *clientSpans, tags []int64, err error) {
	inForce, err := d.RulesInForce(ctx, RuleGreetings, a.On)
	if err != nil {
		return nil, nil, err
	}
	t := d.tree.Load()
	place := a.Branch
	if place == 0 {
		place = d.headOffice()
	}
	below := t.below[place]
	spans = &clientSpans{d: d, size: size}
	for _, id := range below {
		own := inForce.For(d.Chain(id)).BranchID
		if scope.SeesBranch(d.Chain(id)) && (own == a.Branch || own == 0 || !slices.Contains(below, own)) {
			spans.branches = append(spans.branches, id)
		}
	}
	slices.Sort(spans.branches)
	spans.whole = len(spans.branches) == len(t.byID)
	if len(a.Plan.Tags) > 0 {
		all, err := d.TagChoices(ctx)
		if err != nil {
			return nil, nil, err
		}
		tags = []int64{0}
		for _, x := range all {
			if slices.Contains(a.Plan.Tags, x.Name) {
				tags = append(tags, x.ID)
			}
		}
	}
	return spans, tags, nil
}

// PreviewGreetings counts who a plan would greet and who not, and why.
func (d *DB) PreviewGreetings(ctx context.Context, scope policy.Scope, a GreetingAsked) (GreetingPreview, error) {
	spans, tags, err := d.previewOf(ctx, scope, a, previewLook)
	if err != nil {
		return GreetingPreview{}, err
	}
	purposes, _, err := d.ConsentRule(ctx, a.On)
	if err != nil {
		return GreetingPreview{}, err
	}
	reasons, classes := map[greeting.Reason]int64{}, map[string]int64{}
	var mu sync.Mutex
	count := func() error {
		for {
			where, some, err := spans.next(ctx)
			if err != nil || !some {
				return err
			}
			q := greetingCountSQL(a.Occasion, a.Plan, tags, where)
			if err := eachOf(ctx, d.r, numberSQL(q.text), q.args, func(scan func(...any) error) error {
				var text string
				var n int64
				if err := scan(&text, &n); err != nil {
					return err
				}
				facts, err := factsCounted(text)
				if err != nil {
					return err
				}
				mu.Lock()
				defer mu.Unlock()
				why := greeting.Decide(a.Plan, a.Occasion, facts, purposes)
				if reasons[why] += n; why == greeting.In {
					classes[facts.Class] += n
				}
				return nil
			}); err != nil {
				return err
			}
		}
	}
	errs := make([]error, min(max(runtime.GOMAXPROCS(0), 1), 4))
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() { errs[i] = count() })
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return GreetingPreview{}, fmt.Errorf("preview of greetings: %w", err)
	}
	return previewSum(a.Plan, reasons, classes), nil
}

// previewSum puts the counts of a preview in order, with the money.
func previewSum(plan greeting.Plan, reasons map[greeting.Reason]int64, classes map[string]int64) (out GreetingPreview) {
	for _, why := range greeting.Reasons {
		if n := reasons[why]; n > 0 {
			out.Contacts += n
			out.Counts = append(out.Counts, GreetingCounted{why, n})
		}
	}
	for _, class := range greeting.Classes {
		if n := classes[class]; n > 0 {
			t := plan.Treats[class]
			out.Classes = append(out.Classes, GreetingClass{class, n, t, n * t.Budget})
			out.Budget += n * t.Budget
		}
	}
	return out
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

// PreviewedGreetings lists the contacts behind a preview's number, client by
// client in the order in which they were added, those after one: with a reason,
// or all (""). more is where the next page goes on, 0 at the end; a page may be
// short because it has looked at many who have another reason.
func (d *DB) PreviewedGreetings(ctx context.Context, scope policy.Scope, a GreetingAsked, why greeting.Reason, after int64, limit int) (list []GreetingPreviewed, more int64, err error) {
	spans, tags, err := d.previewOf(ctx, scope, a, previewStep)
	if err != nil {
		return nil, 0, err
	}
	purposes, _, err := d.ConsentRule(ctx, a.On)
	if err != nil {
		return nil, 0, err
	}
	client, err := spans.goOn(ctx, after)
	if err != nil {
		return nil, 0, err
	}
	for looked := 0; looked < previewLook; {
		where, some, err := spans.next(ctx)
		if err != nil || !some {
			return list, 0, err
		}
		q := greetingRowsSQL(a.Occasion, tags, bothSQL(where, condOf("(c.id <> ? OR k.id > ?)", client, after)))
		full := false
		err = eachOf(ctx, d.r, numberSQL(q.text), q.args, func(scan func(...any) error) error {
			looked++
			if full {
				return nil
			}
			x, err := scanPreviewed(scan, a, purposes)
			if err != nil {
				return err
			}
			if why == "" || x.Why == why {
				list = append(list, x)
			}
			more, full = x.ContactID, len(list) == limit
			return nil
		})
		switch {
		case err != nil:
			return nil, 0, fmt.Errorf("preview of greetings: %w", err)
		case full:
			return list, more, nil
		}
	}
	return list, more, nil
}

// PreviewedByReason names contacts behind the numbers of a preview, in one walk
// over no more than previewLook of them: of each reason so many as want says.
func (d *DB) PreviewedByReason(ctx context.Context, scope policy.Scope, a GreetingAsked, want map[greeting.Reason]int) (map[greeting.Reason][]GreetingPreviewed, error) {
	spans, tags, err := d.previewOf(ctx, scope, a, previewStep)
	if err != nil {
		return nil, err
	}
	purposes, _, err := d.ConsentRule(ctx, a.On)
	if err != nil {
		return nil, err
	}
	missing := 0
	for _, n := range want {
		missing += n
	}
	out := map[greeting.Reason][]GreetingPreviewed{}
	for looked := 0; looked < previewLook && missing > 0; {
		where, some, err := spans.next(ctx)
		if err != nil || !some {
			return out, err
		}
		q := greetingRowsSQL(a.Occasion, tags, where)
		err = eachOf(ctx, d.r, numberSQL(q.text), q.args, func(scan func(...any) error) error {
			looked++
			x, err := scanPreviewed(scan, a, purposes)
			if len(out[x.Why]) < want[x.Why] {
				out[x.Why] = append(out[x.Why], x)
				missing--
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("preview of greetings: %w", err)
		}
	}
	return out, nil
}

func scanPreviewed(scan func(...any) error, a GreetingAsked, purposes consent.Rule) (GreetingPreviewed, error) {
	var x GreetingPreviewed
	var first, left, tagged, has, upset int64
	var said string
	err := scan(&x.ContactID, &x.CustomerID, &x.BranchID, &x.OwnerID, &x.ClerkID, &x.Contact, &x.Customer, &x.Code, &x.Class, &first, &left, &tagged, &has, &upset, &said)
	x.Why = greeting.Decide(a.Plan, a.Occasion, greeting.Facts{Class: x.Class, First: first != 0, Left: left != 0, Tagged: tagged != 0, HasDay: has != 0, Complaint: upset != 0, Said: consent.State(said)}, purposes)
	return x, err
}
