package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

var greetInsertSQL = insertSQL("greetings", new(Greeting).all()) + ` ON CONFLICT (contact_id, occasion, season) DO NOTHING`

// greetPiece is how many greetings an act writes before it looks at the clock.
const greetPiece = 16

// write makes greetings in acts that each hold the writer for a moment only:
// an act ends when its time is over, however many it has made. They are written
// many with one statement, since hardly ever one is there already; where one is,
// the act is done again, one by one.
func (s *greetSweep) write(ctx context.Context, list []Greeting) error {
	for oneByOne := false; len(list) > 0; {
		var n int
		var made int64
		err := s.d.act(ctx, s.by, "greetings.make", func(tx *Tx) (err error) {
			if n, made, err = tx.makePieces(ctx, list, oneByOne); err == nil && made == 0 {
				err = errNothing // another node was faster
			}
			tx.detail(map[string]any{"count": made})
			return err
		})
		switch {
		case errors.Is(err, ErrTaken) && !oneByOne:
			oneByOne = true
			continue
		case err != nil && !errors.Is(err, errNothing):
			return err
		}
		oneByOne = false
		s.n, list = s.n+made, list[n:]
		if s.acts++; s.acts%greetLog == 0 {
			if err := s.log.now(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// makePieces makes greetings until greetHold is over, a piece at least, and says
// of how many of the list.
func (tx *Tx) makePieces(ctx context.Context, list []Greeting, oneByOne bool) (n int, made int64, err error) {
	some := newGreetingSheaves(tx).some
	if oneByOne {
		some = tx.makeGreetings
	}
	for start := time.Now(); n < len(list) && (n == 0 || time.Since(start) < greetHold); {
		end := min(n+greetPiece, len(list))
		for end < len(list) && list[end].LeadID != 0 { // a greeting stays with what it names
			end++
		}
		k, err := some(ctx, list[n:end])
		if err != nil {
			return n, made, err
		}
		n, made = end, made+k
	}
	return n, made, nil
}

// greetingSheaves insert greetings and the records of them.
type greetingSheaves struct {
	tx          *Tx
	rows, notes *sheaf
}

func newGreetingSheaves(tx *Tx) *greetingSheaves {
	return &greetingSheaves{tx, newSheaf(tx, "greetings", names(new(Greeting).all())), newSheaf(tx, "changes", changeColumns)}
}

// some inserts a piece; ErrTaken when one of it is there already.
func (s *greetingSheaves) some(ctx context.Context, list []Greeting) (made int64, err error) {
	tx := s.tx
	var lead int64
	for _, g := range list {
		if err := tx.startGreeting(&g); err != nil {
			return made, err
		}
		if g.LeadID != 0 {
			g.LeadID = lead
		} else {
			lead = g.ID
			made++
		}
		s.rows.add(g.values()...)
		if g.LeadID != 0 {
			continue
		}
		id := tx.newID()
		if err := tx.tally(id, "create", "greetings", g.ID, g.BranchID, g.CustomerID, 1, ""); err != nil {
			return made, err
		}
		s.notes.add(id, tx.audit.id, "create", "greetings", g.ID, g.BranchID, g.CustomerID, int64(1), "")
	}
	return made, flush(ctx, []*sheaf{s.rows, s.notes})
}

// startGreeting gives a greeting its id and its instant.
func (tx *Tx) startGreeting(g *Greeting) error {
	g.ID, g.CreatedAt, g.UpdatedAt = tx.newID(), tx.now(), tx.now()
	if len(g.Also) == 0 {
		return nil
	}
	text, err := json.Marshal(g.Also)
	g.also = string(text)
	return err
}

func (g *Greeting) values() []any {
	fields := g.all()
	out := make([]any, len(fields))
	for i, f := range fields {
		out[i] = bound(f.value)
	}
	return out
}

// makeGreetings inserts greetings one by one, those that are not there yet.
func (tx *Tx) makeGreetings(ctx context.Context, list []Greeting) (made int64, err error) {
	var lead int64
	for _, g := range list {
		if err := tx.startGreeting(&g); err != nil {
			return made, err
		}
		if g.LeadID != 0 {
			if lead == 0 {
				continue // its greeting was there already
			}
			g.LeadID = lead
		}
		n, err := tx.exec(ctx, greetInsertSQL, g.values()...)
		if err != nil {
			return made, fmt.Errorf("greeting of contact %d: %w", g.ContactID, err)
		}
		if g.LeadID != 0 {
			continue
		}
		if lead = 0; n == 0 {
			continue
		}
		lead = g.ID
		made++
		if err := tx.change(ctx, "create", "greetings", g.ID, g.BranchID, g.CustomerID, 1, nil); err != nil {
			return made, err
		}
	}
	return made, nil
}
