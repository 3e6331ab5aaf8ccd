package db

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"yike/policy"
	"yike/policy/consent"
	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/greeting"
)

// What a night looks at.
const (
	greetStep     = 1000                 // clients at once
	greetHold     = 8 * time.Millisecond // for which an act of the night means to hold the writer
	greetLog      = 40                   // acts after which the log is written back
	greetParcels  = 45                   // days back within which a first parcel is news: bills come by the month
	greetKnown    = 60                   // days of parcels that a branch must have before, to know that one is the first
	greetParcelIn = 2                    // days until somebody should have called
)

// SweepGreetings makes the greetings that are due on a day, closes those that
// must not go out any more, lets each be with whoever cares for the client, and
// asks the branch for what was forgotten. Asked twice it does nothing more:
// each contact, occasion and season has one greeting. A day that was missed is
// caught up within the rule's days. It returns how many were made. System only.
func (d *DB) SweepGreetings(ctx context.Context, by policy.Actor, today day.Day) (n int64, err error) {
	if err := systemOnly(by); err != nil {
		return 0, err
	}
	s := greetSweep{d: d, by: by, today: today, rules: map[[2]int64]*greetRule{}}
	if s.inForce, err = d.RulesInForce(ctx, RuleGreetings, today.String()); err != nil {
		return 0, err
	}
	if s.own, _, err = d.Occasions(ctx, today.String()); err != nil {
		return 0, err
	}
	if s.purposes, _, err = d.ConsentRule(ctx, today.String()); err != nil {
		return 0, err
	}
	if s.known, err = d.firstSentDays(ctx); err != nil {
		return 0, err
	}
	if s.duties, err = d.dutyRows(ctx); err != nil {
		return 0, err
	}
	if s.idle, err = d.idleUsers(ctx, today); err != nil {
		return 0, err
	}
	if err := s.settle(ctx); err != nil {
		return 0, err
	}
	if err := s.makeAll(ctx); err != nil {
		return s.n, err
	}
	if err := s.remind(ctx); err != nil {
		return s.n, err
	}
	return s.n, s.tellLost(ctx)
}

type greetSweep struct {
	d        *DB
	by       policy.Actor
	today    day.Day
	n        int64
	inForce  RulesInForce
	own      []festival.Occasion
	purposes consent.Rule
	known    map[int64]day.Day // by branch: the first day with parcels
	duties   map[dutyKey]dutyRow
	idle     map[int64]bool // who works here no more
	rules    map[[2]int64]*greetRule
	asks     greetAsks
	log      *checkpoints
	acts     int // since the log was written back
}

// greetAsks is what some branch's plans ask for.
type greetAsks struct{ anything, tags, parcels, years bool }

// greetRule is what holds for a branch: its plans, and the festivals around the
// day in the groups of which one greeting is made each.
type greetRule struct {
	greeting.Rule
	row    RuleRow
	from   day.Day // since when the version holds
	tags   bool    // some plan asks for tags
	groups [][]greeting.Wish
}

func (s *greetSweep) ruleFor(branch int64) (*greetRule, error) {
	row := s.inForce.For(s.d.Chain(branch))
	key := [2]int64{row.BranchID, row.Version}
	if r := s.rules[key]; r != nil {
		return r, nil
	}
	rule, err := greetingRuleOf(row)
	if err != nil {
		return nil, err
	}
	r := &greetRule{Rule: rule, row: row, from: dayParsed(row.ValidFrom)}
	for _, p := range rule.Plans {
		r.tags = r.tags || p.On && len(p.Tags) > 0
	}
	for _, g := range greeting.Groups(wishesOf(rule, s.own, s.today.Add(-rule.Late), s.today.Add(greeting.MaxAhead)), rule.Close) {
		if last := g[len(g)-1]; last.Day >= s.today.Add(-rule.Late) && g[0].Day.Add(-mostAhead(g)) <= s.today {
			r.groups = append(r.groups, g)
		}
	}
	s.rules[key] = r
	return r, nil
}

func mostAhead(g []greeting.Wish) int {
	most := 0
	for _, w := range g {
		most = max(most, w.Plan.Ahead)
	}
	return most
}

// personal says whether a contact's or a client's own occasion is kept.
func (r *greetRule) personal(c festival.Code) bool { return r.Plans[c].On }

// makeAll makes the greetings of the whole company: the next clients are read
// while those before them are written.
func (s *greetSweep) makeAll(ctx context.Context) (err error) {
	if err := s.ask(); err != nil || !s.asks.anything {
		return err
	}
	if s.log, err = s.d.checkpoints(ctx); err != nil {
		return err
	}
	defer s.log.end()
	parts, stop, read := make(chan []Greeting, 1), make(chan struct{}), make(chan error, 1)
	go func() {
		defer close(parts)
		read <- s.readAll(ctx, parts, stop)
	}()
	for list := range parts {
		if err == nil {
			if err = s.write(ctx, list); err != nil {
				close(stop)
			}
		}
	}
	return errors.Join(err, <-read)
}

// ask looks what the branches' plans need to know.
func (s *greetSweep) ask() error {
	for branch := range s.d.tree.Load().byID {
		r, err := s.ruleFor(branch)
		if err != nil {
			return err
		}
		a := &s.asks
		a.anything = a.anything || len(r.groups) > 0 || slices.ContainsFunc(greeting.Personal, r.personal)
		a.tags, a.years = a.tags || r.tags, a.years || r.personal(greeting.ParcelYear)
		a.parcels = a.parcels || a.years || r.personal(greeting.FirstParcel)
	}
	return nil
}

// readAll hands on what is to be made, until it is told to stop.
func (s *greetSweep) readAll(ctx context.Context, parts chan<- []Greeting, stop <-chan struct{}) error {
	spans := &clientSpans{d: s.d, whole: true, size: greetStep}
	for {
		where, some, err := spans.next(ctx)
		if err != nil || !some {
			return err
		}
		list, err := s.contacts(ctx, where)
		if err != nil {
			return err
		}
		var made []Greeting
		for _, k := range list {
			r, err := s.ruleFor(k.branch)
			if err != nil {
				return err
			}
			made = append(made, s.make(r, k)...)
		}
		if len(made) == 0 {
			continue
		}
		select {
		case parts <- made:
		case <-stop:
			return nil
		}
	}
}

// make is what a contact is greeted on by now and was not yet.
func (s *greetSweep) make(r *greetRule, k *greeted) []Greeting {
	var out []Greeting
	born := dayOf(timeOf(k.created))
	wanted := func(w greeting.Wish) bool {
		if slices.Contains(k.have, greetSeason{string(w.Code), w.Season}) || w.Day < born || w.Day < r.from && w.Code != greeting.FirstParcel { // whose bill comes weeks later
			return false
		}
		tagged := slices.ContainsFunc(k.tags, func(t string) bool { return slices.Contains(w.Plan.Tags, t) })
		facts := greeting.Facts{Class: k.class, Tagged: tagged, First: k.first, Left: k.left, HasDay: true, Complaint: k.upset, Said: k.answer(greeting.Purpose(w.Code))}
		return greeting.Decide(w.Plan, w.Code, facts, s.purposes) == greeting.In
	}
	add := func(group []greeting.Wish, late int) {
		var list []greeting.Wish
		for _, w := range group {
			if wanted(w) {
				list = append(list, w)
			}
		}
		if m := greeting.Make(list, k.class, s.today, late); m != nil {
			out = append(out, s.rows(r, k, m)...)
		}
	}
	for _, g := range r.groups {
		add(g, r.Late)
	}
	personal := func(code festival.Code, on day.Day, season, late int) {
		if on.Valid() && r.personal(code) {
			add([]greeting.Wish{{Date: festival.Date{Code: code, Day: on, Season: season, Mood: festival.Joyful}, Plan: r.Plans[code]}}, late)
		}
	}
	if k.birthday.Month != 0 {
		on, _ := k.birthday.Next(s.today.Add(-r.Late))
		if season, ok := k.birthday.Season(on); ok {
			personal(greeting.Birthday, on, season, r.Late)
		}
	}
	if k.parcel.Valid() && k.first {
		if began := s.known[k.branch]; began.Valid() && k.parcel >= began.Add(greetKnown) {
			personal(greeting.FirstParcel, k.parcel, k.parcel.Year(), greetParcels)
		}
		on, season := yearOf(k.parcel, s.today.Add(-r.Late))
		personal(greeting.ParcelYear, on, season, r.Late)
	}
	for _, x := range []struct {
		code festival.Code
		from string
	}{{greeting.Contract, k.contract}, {greeting.Founded, k.founded}} {
		if from := dayParsed(x.from); from.Valid() && k.first {
			on, season := yearOf(from, s.today.Add(-r.Late))
			personal(x.code, on, season, r.Late)
		}
	}
	return out
}

// holder is whose a greeting is that follows its client: who cares for the
// client, or when that is nobody at work whoever is responsible for care at the
// branch; 0 when there is nobody.
func (s *greetSweep) holder(branch, owner, clerk int64, follows string) int64 {
	who := owner
	if follows == greeting.ByClerk {
		who = clerk
	}
	if who == 0 || s.idle[who] {
		who = s.d.tree.Load().dutyOf(s.duties, branch, DutyCare).User
	}
	return who
}

// yearOf is the first anniversary of a day that is not before another one.
func yearOf(of, since day.Day) (day.Day, int) {
	for year := since.Year(); year <= since.Year()+1; year++ {
		if on, _, ok := festival.Anniversary(of, year); ok && on >= since {
			return on, year
		}
	}
	return day.None, 0
}

// rows are a greeting and the rows of what else it names.
func (s *greetSweep) rows(r *greetRule, k *greeted, m *greeting.Made) []Greeting {
	g := Greeting{ContactID: k.contact, CustomerID: k.customer, BranchID: k.branch, Occasion: string(m.Code), Season: int64(m.Season), Day: m.Day.String(), Due: m.Day.String(),
		Mood: string(m.Mood), Gift: m.Treat.Gift, Budget: m.Treat.Budget, Follows: m.Plan.By, State: GreetingOpen, RuleBranch: r.row.BranchID, RuleVersion: r.row.Version, Version: 1}
	if m.Code == greeting.FirstParcel {
		g.Due = max(m.Day, s.today).Add(greetParcelIn).String()
		if o := m.Plan.Offer; o != nil && o.Until >= s.today {
			g.Offer, g.OfferFen, g.OfferUntil = o.Text, o.Value, o.Until.String()
		}
	}
	for _, x := range m.Plan.Means {
		g.means = strings.TrimSpace(g.means + " " + string(x))
	}
	g.UserID = s.holder(k.branch, k.owner, k.clerk, m.Plan.By)
	out := []Greeting{g}
	for _, w := range m.Also {
		out[0].Also = append(out[0].Also, GreetingAlso{string(w.Code), w.Day.String()})
		also := g
		also.Occasion, also.Season, also.Day, also.Due, also.Gift, also.Budget = string(w.Code), int64(w.Season), w.Day.String(), w.Day.String(), "", 0
		also.LeadID = -1 // the one before it in the list
		out = append(out, also)
	}
	return out
}
