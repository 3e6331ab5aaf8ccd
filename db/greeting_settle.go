package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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
)

// greetFate is an open greeting with what has become of its contact.
type greetFate struct {
	id, version int64
	why         greeting.Reason
	day, due    string // where they moved to, "" = they did not
	user        int64  // -1 = stays
}

// settle looks at the greetings that are open: those to whom none may go out
// any more are closed, a birthday that was corrected moves with its greeting,
// and what follows the client is with whoever cares for it.
func (s *greetSweep) settle(ctx context.Context) error {
	for from := int64(0); ; {
		var list []greetFate
		last := from
		err := eachOf(ctx, s.d.r, settleSQL, []any{from}, func(scan func(...any) error) error {
			var x greetFate
			var occasion, on, due, follows, state, said string
			var season, user, owner, clerk int64
			var gone, idle bool
			var b festival.Birthday
			if err := scan(&x.id, &x.version, &occasion, &season, &on, &due, &follows, &user, &idle, &owner, &clerk, &gone, &state,
				&b.Lunar, &b.Year, &b.Month, &b.Day, &b.Leap, &said); err != nil {
				return err
			}
			last, x.user = x.id, -1
			code := festival.Code(occasion)
			switch {
			case gone || state == "archived":
				x.why = greeting.Left
			default:
				if x.why = greeting.Allowed(code, consent.State(said), s.purposes); x.why == greeting.In {
					x.why = ""
				}
			}
			if x.why == "" && code == greeting.Birthday {
				x.moved(b, int(season), on, due)
			}
			holder := owner
			if follows == greeting.ByClerk {
				holder = clerk
			}
			switch {
			case follows == "" && idle: // who it was handed to works here no more
				x.user = owner
			case follows != "" && holder != 0 && holder != user:
				x.user = holder
			}
			if x.why != "" || x.day != "" || x.user >= 0 {
				list = append(list, x)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("open greetings: %w", err)
		}
		for len(list) > 0 {
			n := min(settlePart, len(list))
			if err := s.settleSome(ctx, list[:n]); err != nil {
				return err
			}
			list = list[n:]
		}
		if last == from {
			return nil
		}
		from = last
	}
}

var settleSQL = `SELECT g.id, g.version, g.occasion, g.season, g.day, g.due, g.follows, coalesce(g.user_id, 0), coalesce(u.disabled, false), coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0),
		k.deleted_at <> 0 OR c.deleted_at <> 0, c.state, k.birthday_lunar, k.birthday_year, k.birthday_month, k.birthday_day, k.birthday_leap, coalesce(n.state, '')
	FROM greetings g JOIN contacts k ON k.id = g.contact_id JOIN customers c ON c.id = g.customer_id LEFT JOIN users u ON u.id = g.user_id
	LEFT JOIN consents n ON n.contact_id = g.contact_id AND n.superseded_at = 0
		AND n.purpose = CASE g.occasion WHEN '` + string(greeting.Birthday) + `' THEN '` + consent.Birthday + `' WHEN '` + string(greeting.FirstParcel) + `' THEN '` + consent.Service + `' ELSE '` + consent.Festival + `' END
	WHERE g.state = 'open' AND g.lead_id IS NULL AND g.id > $1 ORDER BY g.id LIMIT ` + strconv.Itoa(settleStep)

// moved says where a birthday that was corrected has gone within its season; one
// that is no more closes.
func (x *greetFate) moved(b festival.Birthday, season int, on, due string) {
	if b.Month == 0 {
		x.why = greeting.NoDay
		return
	}
	to, ok := b.In(season)
	if !ok || to.String() == on {
		return
	}
	x.day, x.due = to.String(), to.String()
	if due != on { // it was put off by hand
		x.due = due
	}
}

// settleSome writes what was found; what somebody has changed meanwhile waits
// for the next night.
func (s *greetSweep) settleSome(ctx context.Context, list []greetFate) error {
	err := s.d.act(ctx, s.by, "greetings.settle", func(tx *Tx) error {
		n := 0
		for _, x := range list {
			var was Greeting
			err := tx.QueryRowContext(ctx, greetingAloneSQL, x.id, x.version).Scan(pointers(was.all())...)
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			if err != nil {
				return fmt.Errorf("greeting %d: %w", x.id, err)
			}
			now := was
			if x.why != "" {
				now.State, now.ClosedAt, now.ClosedWhy = GreetingSkipped, tx.now(), string(x.why)
			}
			if x.day != "" {
				now.Day, now.Due = x.day, x.due
			}
			if x.user >= 0 {
				now.UserID = x.user
				if now.Follows == "" {
					now.Follows = greeting.ByOwner
				}
			}
			if err := tx.saveGreeting(ctx, &was, &now); err != nil {
				return err
			}
			n++
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

var greetingAloneSQL = `SELECT ` + columns("g.", new(Greeting).all()) + ` FROM greetings g WHERE g.id = $1 AND g.version = $2 AND g.state = 'open'`

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

// SoonGreetings counts the open greetings of one person whose day is today,
// tomorrow or over, no further than limit.
func (d *DB) SoonGreetings(ctx context.Context, user int64, today day.Day, limit int) (n int, err error) {
	err = d.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM greetings WHERE user_id = $1 AND due <= $2 AND state = 'open' AND lead_id IS NULL LIMIT `+strconv.Itoa(limit)+`) AS counted`,
		user, today.Add(1).String()).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("greetings of user %d: %w", user, err)
	}
	return n, nil
}
