package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"yike/policy/consent"
	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/greeting"
	"yike/policy/shipping"
)

// greeted is a contact with what a night needs of it.
type greeted struct {
	customer, branch, contact, owner, clerk int64
	class, contract, founded                string
	left, first                             bool
	upset                                   bool // a complaint of the client's is open
	created                                 int64
	birthday                                festival.Birthday
	said                                    []greetSaid
	tags                                    []string
	parcel                                  day.Day // the first one; None when it is none of this night's
	have                                    []greetSeason
}

// greetSaid is what a contact answered to a purpose; greetSeason an occasion of a year.
type (
	greetSaid struct {
		purpose string
		state   consent.State
	}
	greetSeason struct {
		code string
		year int
	}
)

func (k *greeted) answer(purpose string) consent.State {
	for _, a := range k.said {
		if a.purpose == purpose {
			return a.state
		}
	}
	return ""
}

// greetPart is what is read of the next clients.
type greetPart struct {
	list      []*greeted
	byContact map[int64]*greeted
	byClient  map[int64][]*greeted
	where     cond // holds a query of customers c to them
}

// each runs a query of customers c over the clients of a part.
func (p *greetPart) each(ctx context.Context, q querier, query string, row func(scan func(...any) error) error) error {
	where := ofPartSQL(query, p.where)
	return eachOf(ctx, q, numberSQL(where.text), where.args, row)
}

func ofPartSQL(query string, where cond) cond {
	return bothSQL(condOf(query+" WHERE c.deleted_at = 0"), where)
}

// contacts reads the next contacts of the company.
func (s *greetSweep) contacts(ctx context.Context, where cond) ([]*greeted, error) {
	p := &greetPart{byContact: map[int64]*greeted{}, byClient: map[int64][]*greeted{}, where: where}
	reads := []func(context.Context, *greetPart) error{s.readContacts, s.readSaid, s.readHave, s.readUpset}
	if s.asks.tags {
		reads = append(reads, s.readTags)
	}
	if s.asks.parcels {
		reads = append(reads, s.readParcels)
	}
	for _, read := range reads {
		if err := read(ctx, p); err != nil {
			return nil, fmt.Errorf("contacts to greet: %w", err)
		}
	}
	return p.list, nil
}

func (s *greetSweep) readContacts(ctx context.Context, p *greetPart) error {
	err := p.each(ctx, s.d.r, `
		SELECT c.id, c.branch_id, k.id, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), c.class, c.contract_from, c.founded_on, c.state = 'archived', k.created_at,
			k.birthday_lunar, k.birthday_year, k.birthday_month, k.birthday_day, k.birthday_leap, k.is_primary
		FROM customers c JOIN contacts k ON k.customer_id = c.id AND k.deleted_at = 0`, func(scan func(...any) error) error {
		k := &greeted{}
		b := &k.birthday
		if err := scan(&k.customer, &k.branch, &k.contact, &k.owner, &k.clerk, &k.class, &k.contract, &k.founded, &k.left, &k.created, &b.Lunar, &b.Year, &b.Month, &b.Day, &b.Leap, &k.first); err != nil {
			return err
		}
		p.list, p.byContact[k.contact], p.byClient[k.customer] = append(p.list, k), k, append(p.byClient[k.customer], k)
		return nil
	})
	for _, of := range p.byClient {
		firstContact(of)
	}
	return err
}

// firstContact marks who of a client's contacts is greeted first: the primary
// one, else the one that was added first.
func firstContact(list []*greeted) {
	best := list[0]
	for _, k := range list[1:] {
		if k.first && !best.first || k.first == best.first && k.contact < best.contact {
			best = k
		}
	}
	for _, k := range list {
		k.first = k == best
	}
}

func (s *greetSweep) readSaid(ctx context.Context, p *greetPart) error {
	return p.each(ctx, s.d.r, `SELECT n.contact_id, n.purpose, n.state FROM customers c JOIN consents n ON n.customer_id = c.id AND n.superseded_at = 0`,
		func(scan func(...any) error) error {
			var id int64
			var a greetSaid
			if err := scan(&id, &a.purpose, (*string)(&a.state)); err != nil {
				return err
			}
			if k := p.byContact[id]; k != nil {
				k.said = append(k.said, a)
			}
			return nil
		})
}

// readHave reads which greetings there are; of occasions up to two years ago,
// in any calendar.
func (s *greetSweep) readHave(ctx context.Context, p *greetPart) error {
	return p.each(ctx, s.d.r, `SELECT g.contact_id, g.occasion, g.season FROM customers c JOIN greetings g ON g.customer_id = c.id AND g.season >= `+strconv.Itoa(s.today.Year()-2),
		func(scan func(...any) error) error {
			var id int64
			var g greetSeason
			if err := scan(&id, &g.code, &g.year); err != nil {
				return err
			}
			if k := p.byContact[id]; k != nil {
				k.have = append(k.have, g)
			}
			return nil
		})
}

// readUpset reads whose complaint is open.
func (s *greetSweep) readUpset(ctx context.Context, p *greetPart) error {
	return p.each(ctx, s.d.r, `SELECT c.id FROM customers c JOIN cases q ON q.customer_id = c.id AND q.kind = 'complaint' AND q.step <> 'closed' AND q.deleted_at = 0`,
		func(scan func(...any) error) error {
			var id int64
			if err := scan(&id); err != nil {
				return err
			}
			for _, k := range p.byClient[id] {
				k.upset = true
			}
			return nil
		})
}

func (s *greetSweep) readTags(ctx context.Context, p *greetPart) error {
	return p.each(ctx, s.d.r, `SELECT c.id, t.name FROM customers c JOIN customer_tags x ON x.customer_id = c.id JOIN tags t ON t.id = x.tag_id`,
		func(scan func(...any) error) error {
			var id int64
			var name string
			if err := scan(&id, &name); err != nil {
				return err
			}
			for _, k := range p.byClient[id] {
				k.tags = append(k.tags, name)
			}
			return nil
		})
}

// readParcels fills in the day of the first parcel, where it, or a year of it
// when that is asked for, may be near.
func (s *greetSweep) readParcels(ctx context.Context, p *greetPart) error {
	near := map[string]bool{}
	for on := s.today.Add(-greeting.MaxLate); s.asks.years && on <= s.today.Add(greeting.MaxAhead); on = on.Add(1) {
		near[on.String()[5:7]] = true
	}
	since := s.today.Add(-greetParcels).String()[:7]
	return p.each(ctx, s.d.r, `SELECT c.id, m.month, m.habits FROM customers c JOIN customer_months m ON m.customer_id = c.id
			AND m.month = (SELECT min(f.month) FROM customer_months f WHERE f.customer_id = c.id)`, func(scan func(...any) error) error {
		var id int64
		var month, habits string
		if err := scan(&id, &month, &habits); err != nil {
			return err
		}
		if len(p.byClient[id]) == 0 || month < since && !near[month[5:]] {
			return nil
		}
		pieces, err := shipping.ParseDays(habits)
		if err != nil {
			return fmt.Errorf("customer %d: %w", id, err)
		}
		i := slices.IndexFunc(pieces[:], func(n int64) bool { return n > 0 })
		start := dayParsed(month + "-01")
		if i < 0 || !start.Valid() {
			return nil
		}
		for _, k := range p.byClient[id] {
			k.parcel = start.Add(i)
		}
		return nil
	})
}

// firstSentDays is by branch the first day of which parcels are known.
func (d *DB) firstSentDays(ctx context.Context) (map[int64]day.Day, error) {
	out := map[int64]day.Day{}
	err := eachOf(ctx, d.r, `SELECT branch_id, min(period) FROM waybill_sums WHERE dim = '' AND value = '' AND length(period) = 10 AND pieces > 0 GROUP BY branch_id`, nil, func(scan func(...any) error) error {
		var branch int64
		var text string
		if err := scan(&branch, &text); err != nil {
			return err
		}
		out[branch] = dayParsed(text)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("first days: %w", err)
	}
	return out, nil
}
