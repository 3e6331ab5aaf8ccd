package demo

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/day"
	"yike/policy/place"
)

// casebook makes up the cases of a year: who calls, what about, and what became
// of it, as acts of the people whose work it was.
type casebook struct {
	*world
	d       *db.DB
	system  policy.Actor
	clients []db.Shipper
	shares  []float64 // of the clients, added up
	at      map[int64]*office
	actors  map[int64]policy.Actor
	taken   map[string]bool // parcels that a case is about
	acts    []db.PastAct
	now     int64
}

// clientsLooked is among how many of the first clients those are looked for who
// have cases; casesMost is how many cases a company is given unless it is told
// otherwise: each takes longer to write than a client does.
const (
	clientsLooked = 20_000
	casesMost     = 1500
)

// CasesOf is how many cases a company of so many customers is given: a demo 400
// of a year.
func CasesOf(customers int) int { return min(customers*400/Customers, 400+customers/500, casesMost) }

// cases makes as many cases as Config says, of the year until now.
func (w *world) cases(ctx context.Context, d *db.DB, system policy.Actor) (int, error) {
	b := &casebook{world: w, d: d, system: system, at: map[int64]*office{}, actors: map[int64]policy.Actor{}, taken: map[string]bool{}, now: d.Now().UnixMilli()}
	for _, o := range w.offices {
		b.at[o.id] = o
	}
	if err := b.callers(ctx); err != nil || len(b.clients) == 0 {
		return 0, err
	}
	n, err := b.year(ctx, w.cfg.Cases)
	if err != nil {
		return 0, err
	}
	slices.SortStableFunc(b.acts, func(x, y db.PastAct) int { return cmp.Compare(x.At, y.At) })
	if _, err := d.Relive(ctx, system, b.past()); err != nil {
		return 0, err
	}
	return n, b.kept(ctx)
}

// past hands out what has happened by now.
func (b *casebook) past() iter.Seq[db.PastAct] {
	return func(yield func(db.PastAct) bool) {
		for _, a := range b.acts {
			if a.At >= b.now || !yield(a) {
				return
			}
		}
	}
}

// callers reads the clients. Who ships more, and who matters more, calls more
// often.
func (b *casebook) callers(ctx context.Context) error {
	sum, seen := 0.0, 0
	return b.d.Shippers(ctx, b.system, func(c db.Shipper) bool {
		if o := b.at[c.BranchID]; o != nil && (len(o.clerks) > 0 || o.head != 0) && c.Stage != "prospect" {
			sum += 1 + math.Sqrt(float64(min(c.MonthlyPieces, 3000)))/3
			b.clients, b.shares = append(b.clients, c), append(b.shares, sum)
		}
		seen++
		return seen < clientsLooked
	})
}

// client picks one who was on file on a day, of a branch if it is given one.
func (b *casebook) client(r dice, on day.Day, only *office) db.Shipper {
	for try := 0; ; try++ {
		at, _ := slices.BinarySearch(b.shares, r.Float64()*b.shares[len(b.shares)-1])
		c := b.clients[min(at, len(b.clients)-1)]
		if try == 200 || day.At(time.UnixMilli(c.CreatedAt), db.Zone) < on && (only == nil || only.id == c.BranchID) {
			return c
		}
	}
}

// actor is one of the people.
func (b *casebook) actor(ctx context.Context, user int64) (policy.Actor, error) {
	if a, ok := b.actors[user]; ok {
		return a, nil
	}
	in, err := b.d.Actors().Actor(ctx, user)
	b.actors[user] = in.Actor
	return in.Actor, err
}

// Shares of the cases: of a hundred, those that are open at a given step, and
// those that came in today. lorries are the days, before today, on which one
// lorry made many complaints.
const (
	openOf  = 7
	todayOf = 3
)

var lorries = []int{63, 154, 291}

// year makes n cases and answers how many it made.
func (b *casebook) year(ctx context.Context, n int) (made int, err error) {
	open, today := n*openOf/100, n*todayOf/100
	if n >= 150 {
		for i, ago := range lorries {
			k, err := b.lorry(ctx, i, b.cfg.Today.Add(-ago))
			if err != nil {
				return made, err
			}
			made += k
		}
	}
	for i := 0; made < n; i++ {
		r := newDice(b.cfg.Seed, "case", i)
		x := &dossier{casebook: b, dice: r}
		switch {
		case i < open:
			x.stop = stops[i%len(stops)]
			x.when = b.instantOf(b.lastWorked().Add(-[]int{0, 1, 2, 3}[r.weighted(60, 22, 12, 6)]), r.between(9*60, 17*60+40))
			if x.stop == casework.Accept || x.stop == casework.Analyse {
				x.when = b.instantOf(b.lastWorked(), r.between(14*60, 20*60+30))
			}
			x.kind = casework.Complaint
		case i < open+today:
			x.when = b.instantOf(b.cfg.Today, r.between(8*60+20, 18*60))
		default:
			x.when = b.instantOf(b.busyDay(r), max(r.between(8*60+20, 18*60), r.between(8*60+20, 14*60)))
		}
		if err := x.make(ctx); err != nil {
			return made, err
		}
		x.story()
		made++
		if x.stop == "" && x.kind == casework.Complaint && made < n && r.chance(0.03) {
			x.twice()
			made++
		}
	}
	return made, nil
}

// lastWorked is the last working day before today.
func (b *casebook) lastWorked() day.Day {
	on := b.cfg.Today.Add(-1)
	for b.days.workday(on) != on {
		on = on.Add(-1)
	}
	return on
}

// busyDay is a day of the year before today: mostly a working one, sooner one
// of the great sales.
func (b *casebook) busyDay(r dice) day.Day {
	for {
		on := b.cfg.Today.Add(-r.between(1, 364))
		weight := 0.55
		if b.days.workday(on) != on {
			weight = 0.1
		}
		if _, month, dom := on.Date(); month == time.November && dom >= 9 && dom <= 20 || month == time.June && dom >= 14 && dom <= 24 {
			weight *= 1.8
		}
		if r.chance(weight) {
			return on
		}
	}
}

// instantOf is a time of a day, in minutes.
func (b *casebook) instantOf(on day.Day, minutes int) int64 {
	return on.Time().Add(-8*time.Hour).UnixMilli() + int64(minutes)*60_000
}

// lorry makes the complaints about one lorry that broke down: one leads, the
// others are part of it.
func (b *casebook) lorry(ctx context.Context, i int, on day.Day) (int, error) {
	r := newDice(b.cfg.Seed, "lorry", i)
	at := pick(r, b.offices)
	n, minute := r.between(5, 8), r.between(9*60, 10*60)
	var lead *dossier
	var parts []*dossier
	seen := map[int64]bool{}
	for try := 0; len(parts)+1 < n && try < 40; try++ {
		x := &dossier{casebook: b, dice: newDice(b.cfg.Seed, "lorry", 1000*(i+1)+try), kind: casework.Complaint, severity: casework.Minor, cause: 12, only: at}
		x.when = b.instantOf(on, minute+9*len(parts)+x.between(0, 8))
		if err := x.make(ctx); err != nil {
			return 0, err
		}
		if seen[x.in.CustomerID] || x.in.CustomerID == 0 || x.o != at || at.head == 0 {
			continue
		}
		seen[x.in.CustomerID] = true
		x.open()
		if lead == nil {
			lead = x
		} else {
			parts = append(parts, x)
		}
	}
	if lead == nil {
		return 0, nil
	}
	lead.take(2, 12)
	lead.answer()
	lead.clock = max(lead.clock, b.instantOf(on, minute+9*n+20))
	lead.do(5, 15, at.head, func(ctx context.Context, boss policy.Actor) error {
		var ids []int64
		for _, x := range parts {
			ids = append(ids, x.id)
		}
		_, err := b.d.LinkCases(ctx, boss, lead.id, ids)
		return err
	})
	lead.do(10, 30, lead.handler, func(ctx context.Context, by policy.Actor) error {
		return b.d.MoveCase(ctx, by, lead.ref(), casework.Handle, "同一辆干线车在郑州抛锚，涉及的客户一起处理。")
	})
	lead.do(240, 420, lead.handler, func(ctx context.Context, by policy.Actor) error {
		_, err := b.d.TellCase(ctx, by, lead.ref(), db.CaseTold{How: "phone", Result: "干线车抛锚，已换车，全部快件次日派送，逐个打电话说明。", Satisfied: casework.Satisfied, Children: true})
		return err
	})
	for _, x := range append(parts, lead) {
		x.handler, x.clock = lead.handler, max(x.clock, lead.clock)
		x.close(1500, 1800)
	}
	return len(parts) + 1, nil
}

// kept does most of what cases left among the to-dos of the past, each on its
// day and by whoever has it.
func (b *casebook) kept(ctx context.Context) error {
	var acts []db.PastAct
	for _, left := range []struct {
		kind string
		said []string
	}{{db.TodoCaseMeasures, measuresDone}, {db.TodoCaseEscalated, further}} {
		for f := (db.TodoFilter{Kind: left.kind, Limit: 500}); ; {
			list, more, err := b.d.Todos(ctx, b.system, f)
			if err != nil {
				return err
			}
			for i, x := range list {
				f.At = db.TodoKey{Due: x.Due, ID: x.ID}
				at := max(b.instantOf(b.days.workday(day.MustParse(x.Due)), 14*60+i%180), x.CreatedAt+60_000)
				if x.UserID == 0 || at >= b.now || i%7 == 0 {
					continue
				}
				acts = append(acts, db.PastAct{At: at, Do: func(ctx context.Context) error {
					by, err := b.actor(ctx, x.UserID)
					if err == nil {
						_, err = b.d.DoTodos(ctx, by, []db.TodoRef{{ID: x.ID, Version: x.Version}}, left.said[i%len(left.said)])
					}
					return err
				}})
			}
			if !more {
				break
			}
		}
	}
	slices.SortStableFunc(acts, func(x, y db.PastAct) int { return cmp.Compare(x.At, y.At) })
	_, err := b.d.Relive(ctx, b.system, slices.Values(acts))
	return err
}

// filled puts what a case is about into words.
func (x *dossier) filled(text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	ago := max(2, int((x.when-x.sent)/86_400_000))
	if x.sent == 0 {
		ago = x.between(3, 6)
	}
	goods := x.goods
	if goods == "" {
		goods = "货"
	}
	return strings.NewReplacer("{g}", goods, "{p}", x.town, "{d}", fmt.Sprint(ago), "{n}", fmt.Sprint(x.between(3, 18)), "{y}", fmt.Sprint(x.asked/100)).Replace(text)
}

// townOf is a town as people say it.
func townOf(code string) string {
	p, ok := place.ByCode(code)
	if !ok {
		return "外地"
	}
	return trimEnds(p.Name)
}
