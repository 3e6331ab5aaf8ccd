package db

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"yike/policy/consent"
	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/greeting"
)

// settleStep is how many open greetings one statement looks at, and one act
// changes at most a part of.
const (
	settleStep = 1000
	settlePart = 50
	settleBack = 180 // days behind its occasion until which one that was put off, or a first parcel's, may still be open
)

// greetFate is a greeting with what has become of its contact and its plan.
type greetFate struct {
	id, version int64
	close       greeting.Reason // it closes for that
	open        bool            // it had closed by itself, and is open again
	day, due    string          // where it moved to, "" = it did not
	whose       int64           // who has it from now on; -1 = as it is
	by          string          // and whom it follows, when it was handed to somebody who left
	also        []GreetingAlso  // what else it names from now on, when some of it is not kept any more
	fewer       bool
}

// nothing says that a greeting stays as it is.
func (x *greetFate) nothing() bool {
	return x.close == "" && !x.open && x.day == "" && x.whose < 0 && !x.fewer
}

// unsettled is a greeting as settle reads it.
type unsettled struct {
	greetFate
	branch, user, owner, clerk int64
	occasion                   festival.Code
	season                     int
	on, until, follows, state  string
	why, names, said           string // closed_why, also, consent
	client                     string // state of the client
	gone                       bool   // client or contact are in the recycle bin
	upset                      bool   // a complaint is open
	birthday                   festival.Birthday
}

func (x *unsettled) pointers() []any {
	b := &x.birthday
	return []any{&x.id, &x.version, &x.branch, (*string)(&x.occasion), &x.season, &x.on, &x.until, &x.names, &x.follows, &x.user, &x.state, &x.why, &x.owner, &x.clerk,
		&x.gone, &x.client, &b.Lunar, &b.Year, &b.Month, &b.Day, &b.Leap, &x.said, &x.upset}
}

// settle looks at the greetings that are open: those to whom none may go out
// any more, and those whose occasion is not kept any more, are closed; a
// birthday that was corrected moves with its greeting; and what follows the
// client is with whoever cares for it. What closed by itself opens again when
// its reason is gone before its day is over, or the later one by which it is to
// be done: a first parcel's day is long past when its bill comes.
func (s *greetSweep) settle(ctx context.Context) error {
	for due := ""; ; {
		// Day by day: the open ones of a day stand together in an index.
		if err := s.d.r.QueryRowContext(ctx, `SELECT coalesce(min(due), '') FROM greetings WHERE state = 'open' AND lead_id IS NULL AND due > $1`, due).Scan(&due); err != nil {
			return fmt.Errorf("open greetings: %w", err)
		}
		if due == "" {
			break
		}
		for from, last := int64(-1), int64(0); from != last; {
			from = last
			list, end, err := s.fates(ctx, settleOpenSQL, due, from)
			if err == nil {
				err = s.settleAll(ctx, list)
			}
			if err != nil {
				return err
			}
			last = max(from, end)
		}
	}
	list, _, err := s.fates(ctx, settleClosedSQL, s.today.Add(-greeting.MaxLate).String(), s.today.Add(-settleBack).String())
	if err != nil {
		return err
	}
	return s.settleAll(ctx, list)
}

const settleFrom = `SELECT g.id, g.version, g.branch_id, g.occasion, g.season, g.day, g.due, g.also, g.follows, coalesce(g.user_id, 0), g.state, g.closed_why, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0),
		k.deleted_at <> 0 OR c.deleted_at <> 0, c.state, k.birthday_lunar, k.birthday_year, k.birthday_month, k.birthday_day, k.birthday_leap, coalesce(n.state, ''), ` + upsetSQL + `
	FROM greetings g JOIN contacts k ON k.id = g.contact_id JOIN customers c ON c.id = g.customer_id
	LEFT JOIN consents n ON n.contact_id = g.contact_id AND n.superseded_at = 0
		AND n.purpose = CASE g.occasion WHEN '` + string(greeting.Birthday) + `' THEN '` + consent.Birthday + `' WHEN '` + string(greeting.FirstParcel) + `' THEN '` + consent.Service + `' ELSE '` + consent.Festival + `' END
	WHERE g.lead_id IS NULL AND `

var (
	settleOpenSQL   = settleFrom + `g.state = 'open' AND g.due = $1 AND g.id > $2 ORDER BY g.id LIMIT ` + strconv.Itoa(settleStep)
	settleClosedSQL = settleFrom + `g.closed_why <> '' AND g.state = 'skipped' AND g.day >= $2 AND (g.day >= $1 OR g.due >= $1) ORDER BY g.day, g.id`
)

// fates reads greetings and says what becomes of those that do not stay as they
// are; last is the last one that was read, 0 when there was none.
func (s *greetSweep) fates(ctx context.Context, query string, args ...any) (list []greetFate, last int64, err error) {
	err = eachOf(ctx, s.d.r, query, args, func(scan func(...any) error) error {
		x := unsettled{}
		if err := scan(x.pointers()...); err != nil {
			return err
		}
		last = x.id
		r, err := s.ruleFor(x.branch)
		if err != nil {
			return err
		}
		if err := s.judge(r, &x); err != nil {
			return fmt.Errorf("greeting %d: %w", x.id, err)
		}
		if !x.nothing() {
			list = append(list, x.greetFate)
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("greetings to settle: %w", err)
	}
	return list, last, nil
}

// judge works out what becomes of one.
func (s *greetSweep) judge(r *greetRule, x *unsettled) error {
	why := s.reason(r, x)
	x.whose = -1
	if why == "" && x.occasion == greeting.Birthday {
		x.moved(x.birthday, x.season, x.on, x.until)
	}
	if x.state != GreetingOpen {
		// Its day must not be over, nor further back than tasks are made for.
		last := max(dayParsed(cmp.Or(x.day, x.on)), dayParsed(cmp.Or(x.due, x.until)))
		if x.open = why == "" && last >= s.today.Add(-r.Late); !x.open {
			x.day, x.due = "", ""
		}
		return nil
	}
	x.close = why
	switch want := s.holder(x.branch, x.owner, x.clerk, cmp.Or(x.follows, r.Plans[x.occasion].By)); {
	case x.follows == "" && !s.idle[x.user]: // it was handed to somebody who works here
	case want != x.user:
		x.whose, x.by = want, cmp.Or(r.Plans[x.occasion].By, greeting.ByOwner)
	}
	if x.names == "" {
		return nil
	}
	var also []GreetingAlso
	if err := json.Unmarshal([]byte(x.names), &also); err != nil {
		return err
	}
	for _, a := range also {
		if x.close != greeting.PlanOff && r.Keeps(festival.Code(a.Occasion), s.own) {
			x.also = append(x.also, a)
		}
	}
	x.fewer = len(x.also) < len(also)
	return nil
}

// reason says why none may go out, "" when it may.
func (s *greetSweep) reason(r *greetRule, x *unsettled) greeting.Reason {
	switch why := greeting.Allowed(x.occasion, consent.State(x.said), s.purposes); {
	case x.gone, x.client == "archived":
		return greeting.Left
	case !r.Keeps(x.occasion, s.own):
		return greeting.PlanOff
	case x.upset:
		return greeting.Complaint
	case why != greeting.In:
		return why
	case x.occasion == greeting.Birthday && x.birthday.Month == 0:
		return greeting.NoDay
	case x.occasion == greeting.Birthday && s.passed(r, x):
		return greeting.Passed
	}
	return ""
}

// passed says whether a birthday was corrected to a day that is over for longer
// than tasks are made for; one that somebody put off stays.
func (s *greetSweep) passed(r *greetRule, x *unsettled) bool {
	to, ok := x.birthday.In(x.season)
	return ok && to.String() != x.on && x.until == x.on && to < s.today.Add(-r.Late)
}

// moved says where a birthday that was corrected has gone within its season.
func (x *greetFate) moved(b festival.Birthday, season int, on, due string) {
	to, ok := b.In(season)
	if !ok || to.String() == on {
		return
	}
	x.day, x.due = to.String(), to.String()
	if due != on { // it was put off by hand
		x.due = due
	}
}

func (s *greetSweep) settleAll(ctx context.Context, list []greetFate) error {
	for part := range slices.Chunk(list, settlePart) {
		if err := s.settleSome(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// settleSome writes what was found; what somebody has changed meanwhile waits
// for the next night.
func (s *greetSweep) settleSome(ctx context.Context, list []greetFate) error {
	err := s.d.act(ctx, s.by, "greetings.settle", func(tx *Tx) error {
		n := 0
		for _, x := range list {
			there, err := tx.settleGreeting(ctx, x)
			if err != nil {
				return err
			}
			if there {
				n++
			}
		}
		if n == 0 {
			return errNothing
		}
		tx.detail(map[string]any{"count": n})
		return nil
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return err
}

// settleGreeting writes what has become of one; false when it is not as it was
// read any more.
func (tx *Tx) settleGreeting(ctx context.Context, x greetFate) (bool, error) {
	var was Greeting
	err := tx.QueryRowContext(ctx, greetingAloneSQL, x.id, x.version).Scan(pointers(was.all())...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err == nil {
		err = was.read()
	}
	if err != nil {
		return false, fmt.Errorf("greeting %d: %w", x.id, err)
	}
	now := was
	switch {
	case x.close != "":
		now.State, now.ClosedAt, now.ClosedWhy = GreetingSkipped, tx.now(), string(x.close)
	case x.open:
		now.State, now.ClosedAt, now.ClosedWhy = GreetingOpen, 0, ""
	}
	if x.day != "" {
		now.Day, now.Due = x.day, x.due
	}
	if x.whose >= 0 {
		now.UserID = x.whose
		if now.Follows == "" {
			now.Follows = x.by
		}
	}
	if x.fewer {
		if err := tx.nameFewer(ctx, &now, x.also); err != nil {
			return false, err
		}
	}
	return true, tx.saveGreeting(ctx, &was, &now)
}

// nameFewer takes occasions off a greeting that names several. Those that are
// kept can be greeted by themselves again.
func (tx *Tx) nameFewer(ctx context.Context, g *Greeting, also []GreetingAlso) error {
	g.also = ""
	if len(also) > 0 {
		text, err := json.Marshal(also)
		if err != nil {
			return err
		}
		g.also = string(text)
	}
	for _, a := range g.Also {
		if slices.Contains(also, a) {
			continue
		}
		if _, err := tx.exec(ctx, `DELETE FROM greetings WHERE lead_id = $1 AND occasion = $2`, g.ID, a.Occasion); err != nil {
			return fmt.Errorf("greeting %d: %w", g.ID, err)
		}
	}
	return nil
}

var greetingAloneSQL = `SELECT ` + columns("g.", new(Greeting).all()) + ` FROM greetings g WHERE g.id = $1 AND g.version = $2`

// idleUsers are the people who work here no more on a day.
func (d *DB) idleUsers(ctx context.Context, on day.Day) (map[int64]bool, error) {
	out := map[int64]bool{}
	err := eachOf(ctx, d.r, `SELECT id FROM users WHERE disabled OR leaves_on <> '' AND leaves_on < $1`, []any{on.String()}, func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		out[id] = true
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("people who left: %w", err)
	}
	return out, nil
}

// TodoGreetings asks a branch for the greetings of a day that nobody has done.
const TodoGreetings = "greetings_missed"

// remind asks whoever is responsible for care at a branch, once for each day,
// for the greetings whose day has passed undone.
func (s *greetSweep) remind(ctx context.Context) error {
	var list []Todo
	t := s.d.tree.Load()
	err := eachOf(ctx, s.d.r, `SELECT g.branch_id, g.due, COUNT(*) FROM greetings g JOIN customers c ON c.id = g.customer_id AND c.deleted_at = 0
		WHERE g.state = 'open' AND g.lead_id IS NULL AND g.due < $1 AND g.due >= $2 GROUP BY g.branch_id, g.due ORDER BY g.branch_id, g.due`,
		[]any{s.today.String(), s.today.Add(-greeting.MaxLate).String()}, func(scan func(...any) error) error {
			var branch int64
			var due, n string
			if err := scan(&branch, &due, &n); err != nil {
				return err
			}
			list = append(list, Todo{Kind: TodoGreetings, Key: strconv.FormatInt(branch, 10) + "/" + due, BranchID: branch, UserID: t.dutyOf(s.duties, branch, DutyCare).User,
				Due: s.today.String(), Args: map[string]string{"day": due, "n": n}})
			return nil
		})
	if err != nil {
		return fmt.Errorf("greetings not done: %w", err)
	}
	_, err = s.d.AddTodos(ctx, s.by, list)
	return err
}

// metaSwept is the last day whose night made greetings.
const metaSwept = "greetings_swept"

// TodoGreetingsLost tells a branch of an occasion that passed, with all the days
// within which its tasks are made, while nothing ran: nobody was asked to greet.
const TodoGreetingsLost = "greetings_lost"

// tellLost tells each branch with clients of what was lost since the last night,
// and remembers this one. Of birthdays it tells from which day to which.
func (s *greetSweep) tellLost(ctx context.Context) error {
	text, err := s.d.Meta(ctx, metaSwept)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	last := dayParsed(text)
	if last.Valid() && last >= s.today {
		return nil // asked again, or the clock was set back
	}
	var list []Todo
	if last.Valid() {
		if list, err = s.lost(ctx, last); err != nil {
			return err
		}
	}
	if _, err := s.d.AddTodos(ctx, s.by, list); err != nil {
		return err
	}
	return s.d.SetMeta(ctx, metaSwept, s.today.String())
}

// lost lists what fell between two nights.
func (s *greetSweep) lost(ctx context.Context, last day.Day) ([]Todo, error) {
	var branches []int64
	if err := eachOf(ctx, s.d.r, `SELECT b.id FROM branches b WHERE EXISTS (SELECT 1 FROM customers c WHERE c.branch_id = b.id AND c.deleted_at = 0) ORDER BY b.id`, nil, func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		branches = append(branches, id)
		return err
	}); err != nil {
		return nil, fmt.Errorf("branches with clients: %w", err)
	}
	var list []Todo
	t := s.d.tree.Load()
	for _, branch := range branches {
		r, err := s.ruleFor(branch)
		if err != nil {
			return nil, err
		}
		name := func(occasion string) string {
			if i := slices.IndexFunc(s.own, func(o festival.Occasion) bool { return string(o.Code) == occasion }); i >= 0 {
				return s.own[i].Name
			}
			return ""
		}
		tell := func(occasion, from, to string) {
			list = append(list, Todo{Kind: TodoGreetingsLost, Key: fmt.Sprintf("%d/%s/%s", branch, occasion, to), BranchID: branch, UserID: t.dutyOf(s.duties, branch, DutyCare).User,
				Due: s.today.String(), Args: map[string]string{"occasion": occasion, "name": name(occasion), "from": from, "to": to}})
		}
		for _, w := range greeting.Lost(wishesOf(r.Rule, s.own, last, s.today), r.Rule, last, s.today) {
			if w.Day >= r.from {
				tell(string(w.Code), w.Day.String(), w.Day.String())
			}
		}
		if p := r.Plans[greeting.Birthday]; p.On {
			if from, to := max(last.Add(p.Ahead+1), r.from), s.today.Add(-r.Late-1); from <= to {
				tell(string(greeting.Birthday), from.String(), to.String())
			}
		}
	}
	return list, nil
}

// SoonGreetings counts the open greetings of one person whose day is today,
// tomorrow or over, no further than limit.
func (d *DB) SoonGreetings(ctx context.Context, user int64, today day.Day, limit int) (n int, err error) {
	err = d.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM greetings WHERE user_id = $1 AND due <= $2 AND state = 'open' AND lead_id IS NULL
		AND customer_id NOT IN (SELECT id FROM customers WHERE deleted_at <> 0) LIMIT `+strconv.Itoa(limit)+`) AS counted`,
		user, today.Add(1).String()).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("greetings of user %d: %w", user, err)
	}
	return n, nil
}
