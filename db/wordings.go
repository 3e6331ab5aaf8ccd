package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"yike/policy/consent"
	"yike/policy/greeting"
	"yike/policy/message"
)

// Wordings words the letters of one request: what is the same for many of them
// is read once. Of one goroutine.
type Wordings struct {
	d        *DB
	company  string
	known    bool // the company's name is
	places   map[wordedAt]*wordPlace
	purposes *consent.Rule
}

// wordedAt is a branch on a day; wordPlace what holds there.
type (
	wordedAt struct {
		branch int64
		day    string
	}
	wordPlace struct {
		rule       message.Sending
		byRef      map[string]Template
		candidates []message.Candidate
	}
)

// Wordings returns one that has read nothing yet.
func (d *DB) Wordings() *Wordings { return &Wordings{d: d, places: map[wordedAt]*wordPlace{}} }

// place reads what holds for a branch on a day.
func (k *Wordings) place(ctx context.Context, branch int64, day string) (*wordPlace, error) {
	at := wordedAt{branch, day}
	if p := k.places[at]; p != nil {
		return p, nil
	}
	list, err := k.d.templates(ctx, k.d.r, branch)
	if err != nil {
		return nil, err
	}
	p, head := &wordPlace{byRef: map[string]Template{}}, k.d.HeadOffice()
	for _, t := range list {
		if t.State == TemplateOn {
			p.byRef[t.Ref()] = t
			p.candidates = append(p.candidates, message.Candidate{Ref: t.Ref(), Own: t.BranchID != head, Template: t.Template})
		}
	}
	if p.rule, _, err = k.d.sendingRule(ctx, k.d.r, branch, day); err != nil {
		return nil, err
	}
	k.places[at] = p
	return p, nil
}

// Sending is the rule of sending that holds for a branch on a day.
func (k *Wordings) Sending(ctx context.Context, branch int64, day string) (message.Sending, error) {
	p, err := k.place(ctx, branch, day)
	if err != nil {
		return message.Sending{}, err
	}
	return p.rule, nil
}

// MayBeGreeted says whether the contact of a greeting may be greeted now: In, or
// why not. The caller has seen it within a scope.
func (k *Wordings) MayBeGreeted(ctx context.Context, g Greeting) (greeting.Reason, error) {
	if k.purposes == nil {
		rule, _, err := k.d.ConsentRule(ctx, Day(k.d.now()))
		if err != nil {
			return "", err
		}
		k.purposes = &rule
	}
	return mayGreet(ctx, k.d.r, &g, *k.purposes)
}

// Word is DB.Word.
func (k *Wordings) Word(ctx context.Context, w Wanted) (Worded, error) {
	var out Worded
	var branch int64
	var class, client, name, position string
	q := k.d.r
	err := q.QueryRowContext(ctx, `
		SELECT c.branch_id, c.class, c.name, coalesce(k.name, ''), coalesce(k.position, '')
		FROM customers c LEFT JOIN contacts k ON k.id = $2 AND k.customer_id = c.id AND k.deleted_at = 0 WHERE c.id = $1`,
		w.CustomerID, w.ContactID).Scan(&branch, &class, &client, &name, &position)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return out, fmt.Errorf("wording for customer %d: %w", w.CustomerID, err)
	}
	place, err := k.place(ctx, branch, w.Today)
	if err != nil {
		return out, err
	}
	had, err := marksOf(ctx, q, w.ContactID)
	if err != nil {
		return out, err
	}
	if !k.known {
		if k.company, err = companyOf(ctx, q); err != nil {
			return out, err
		}
		k.known = true
	}
	if w.Years == 0 && len(w.For) == 1 {
		if w.Years, err = yearsOf(ctx, q, w); err != nil {
			return out, err
		}
	}
	out.Facts = message.Facts{Name: name, Position: position, Neutral: place.rule.Neutral, Client: client, Company: k.company, Branch: k.d.BranchName(branch),
		Tel: place.rule.Tel, Person: w.Person, For: w.For, Day: dayParsed(w.Day), Today: dayParsed(w.Today), Years: w.Years, Offer: w.Offer}
	place.word(&out, message.Wanted{For: w.For, Class: class, Channel: w.Channel, Tone: w.Tone, Contact: w.ContactID}, had)
	return out, nil
}

// word chooses and fills in. One that cannot be filled in makes place for the
// next; an offer is told where a wording can.
func (p *wordPlace) word(out *Worded, want message.Wanted, had []message.Used) {
	candidates := slices.Clone(p.candidates)
	telling := slices.DeleteFunc(slices.Clone(candidates), func(x message.Candidate) bool { return out.Facts.Offer == "" || !x.Offers() })
	for len(candidates) > 0 {
		c, ok := message.Next(telling, want, had)
		if !ok {
			if c, ok = message.Next(candidates, want, had); !ok {
				return
			}
		}
		m, wrong := message.Render(c.Template, out.Facts)
		if len(wrong) == 0 {
			out.Template, out.Message, out.Wrong = p.byRef[c.Ref], m, nil
			return
		}
		out.Wrong = append(out.Wrong, wrong...)
		tried := func(x message.Candidate) bool { return x.Ref == c.Ref }
		candidates, telling = slices.DeleteFunc(candidates, tried), slices.DeleteFunc(telling, tried)
	}
}
