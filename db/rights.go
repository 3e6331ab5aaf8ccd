package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"yike/policy"
	"yike/policy/consent"
)

// Request is what a person asked of their data: a copy, a correction or an
// erasure. States: open → done or refused; an erasure goes by proposed, which
// another person confirms. Once the person is erased, Asked and Reply are
// empty.
type Request struct {
	ID, CustomerID, ContactID, BranchID int64  // ContactID 0: the client itself
	Kind                                string // consent.Kinds
	State                               string
	Channel                             string // consent.Sources
	ReceivedOn, DueOn                   string // days
	Asked, Reply                        string
	HandlerID, ProposedBy, DecidedBy    int64
	ProposedAt, DecidedAt               int64 // unix milliseconds
	Version, CreatedBy, CreatedAt       int64
	Customer, Code, Contact             string // names, as they are now
	Handler, Proposer, Decider          string // names of people
	Erased                              bool   // the one it is about was erased
}

// Open says whether the request waits for an answer.
func (q Request) Open() bool { return q.State == "open" || q.State == "proposed" }

const requestColumns = `q.id, q.customer_id, coalesce(q.contact_id, 0), q.branch_id, q.kind, q.state, q.channel, q.received_on, q.due_on, q.asked, q.reply,
	coalesce(q.handler_id, 0), coalesce(q.proposed_by, 0), coalesce(q.decided_by, 0), q.proposed_at, q.decided_at, q.version, q.created_by, q.created_at,
	c.name, c.code, coalesce(k.name, ''), coalesce(h.name, ''), coalesce(p.name, ''), coalesce(z.name, ''), c.erased_at, coalesce(k.erased_at, 0)`

const requestFrom = ` FROM person_requests q JOIN customers c ON c.id = q.customer_id LEFT JOIN contacts k ON k.id = q.contact_id
	LEFT JOIN users h ON h.id = q.handler_id LEFT JOIN users p ON p.id = q.proposed_by LEFT JOIN users z ON z.id = q.decided_by `

func scanRequest(row interface{ Scan(...any) error }) (q Request, err error) {
	var customer, contact int64
	err = row.Scan(&q.ID, &q.CustomerID, &q.ContactID, &q.BranchID, &q.Kind, &q.State, &q.Channel, &q.ReceivedOn, &q.DueOn, &q.Asked, &q.Reply,
		&q.HandlerID, &q.ProposedBy, &q.DecidedBy, &q.ProposedAt, &q.DecidedAt, &q.Version, &q.CreatedBy, &q.CreatedAt,
		&q.Customer, &q.Code, &q.Contact, &q.Handler, &q.Proposer, &q.Decider, &customer, &contact)
	q.Erased = customer != 0 || contact != 0
	return q, err
}

// rightsOf reads a client whose person asks for something, in the recycle bin
// too; ErrNotFound beyond the scope, or once erased.
func (d *DB) rightsOf(ctx context.Context, q querier, scope policy.Scope, customer int64) (Customer, error) {
	c, err := d.customer(ctx, q, scope, customer, false)
	if errors.Is(err, ErrNotFound) {
		c, err = d.customer(ctx, q, scope, customer, true)
	}
	return c, err
}

// OpenRequest enters a request; it is due the rule's number of working days
// after it was received. The actor needs customers.rights over the client.
// ErrNotFound for a client or contact beyond it, ErrRefused for a kind, channel
// or day that cannot be.
func (d *DB) OpenRequest(ctx context.Context, by policy.Actor, sent Submission, in Request) (id int64, err error) {
	rule, _, err := d.ConsentRule(ctx, Day(d.now()))
	if err != nil {
		return 0, err
	}
	work, err := d.WorkCalendar(ctx, Day(d.now()))
	if err != nil {
		return 0, err
	}
	known := in.Kind == consent.Copy || in.Kind == consent.Correction || in.Kind == consent.Erasure
	received, today := dayParsed(in.ReceivedOn), dayOf(d.now())
	if !known || consent.Check(in.Channel, in.ReceivedOn, "x", today) != consent.Fine {
		return 0, fmt.Errorf("request of kind %q: %w", in.Kind, ErrRefused)
	}
	err = d.act(ctx, by, "requests.open", func(tx *Tx) error {
		c, err := d.rightsOf(ctx, tx, by.Scope(policy.CustomerRights), in.CustomerID)
		if err != nil {
			return err
		}
		if in.ContactID != 0 {
			if _, err := contactIn(ctx, tx, c.ID, in.ContactID); err != nil {
				return err
			}
		}
		if id, err = sent.done(ctx, tx, "person_requests"); err != nil {
			return err
		} else if id != 0 {
			return errDoneBefore
		}
		id = tx.newID()
		if _, err := tx.exec(ctx, `
			INSERT INTO person_requests (id, customer_id, contact_id, branch_id, kind, state, channel, received_on, due_on, asked, handler_id, created_by, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, 'open', $6, $7, $8, $9, $10, $11, $12, $12)`,
			id, c.ID, ref(in.ContactID), c.BranchID, in.Kind, in.Channel, in.ReceivedOn, rule.Due(received, work).String(), in.Asked,
			ref(by.UserID), by.UserID, tx.now()); err != nil {
			return fmt.Errorf("request of customer %d: %w", c.ID, err)
		}
		tx.aboutCustomer(c.BranchID, c.ID)
		tx.audit.rows = 1
		tx.detail(map[string]any{"kind": in.Kind, "request": id})
		return sent.keep(ctx, tx, "person_requests", id)
	})
	if errors.Is(err, errDoneBefore) {
		err = nil
	}
	return id, err
}

// RequestFilter chooses requests.
type RequestFilter struct {
	All      bool  // the answered ones too
	Customer int64 // of one client; 0 for all
	Before   int64 // older than the request of that id; 0 from the newest (with All)
	Limit    int
}

// Requests returns requests that the scope sees: those that wait, the soonest
// due first; or all, the newest first.
func (d *DB) Requests(ctx context.Context, scope policy.Scope, f RequestFilter) ([]Request, error) {
	r := d.reach(scope, 0)
	if r.empty {
		return nil, nil
	}
	rows, err := d.query(ctx, requestsSQL(f, r.residual()))
	if err != nil {
		return nil, fmt.Errorf("requests: %w", err)
	}
	defer rows.Close()
	var out []Request
	for rows.Next() {
		q, err := scanRequest(rows)
		if err != nil {
			return nil, fmt.Errorf("requests: %w", err)
		}
		out = append(out, q)
	}
	return out, rows.Err()
}

func requestsSQL(f RequestFilter, where cond) cond {
	order := " ORDER BY q.due_on, q.id"
	if f.All {
		order = " ORDER BY q.id DESC"
	} else {
		where = bothSQL(where, condOf("q.state IN ('open','proposed')"))
	}
	if f.Customer != 0 {
		where = bothSQL(where, condOf("q.customer_id = ?", f.Customer))
	}
	if f.Before != 0 {
		where = bothSQL(where, condOf("q.id < ?", f.Before))
	}
	if where.text == "" {
		where = condOf("1 = 1")
	}
	return limitSQL(cond{"SELECT " + requestColumns + requestFrom + "WHERE " + where.text, where.args}, order, f.Limit)
}

// Request returns one request that the scope sees.
func (d *DB) Request(ctx context.Context, scope policy.Scope, id int64) (Request, error) {
	return d.request(ctx, d.r, scope, id)
}

func (d *DB) request(ctx context.Context, q querier, scope policy.Scope, id int64) (Request, error) {
	r, err := scanRequest(q.QueryRowContext(ctx, `SELECT `+requestColumns+requestFrom+`WHERE q.id = $1`, id))
	if err == nil {
		var owner, clerk int64
		err = q.QueryRowContext(ctx, `SELECT coalesce(owner_id, 0), coalesce(clerk_id, 0) FROM customers WHERE id = $1`, r.CustomerID).Scan(&owner, &clerk)
		if err == nil && !d.sees(scope, r.BranchID, owner, clerk) {
			err = ErrNotFound
		}
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return Request{}, fmt.Errorf("request %d: %w", id, err)
	}
	return r, nil
}

// requestIn is a request that still waits, at the version that was read.
func (tx *Tx) requestIn(ctx context.Context, id, version int64) (Request, error) {
	q, err := tx.db.request(ctx, tx, tx.by.Scope(policy.CustomerRights), id)
	switch {
	case err != nil:
		return q, err
	case q.Version != version || !q.Open():
		return q, fmt.Errorf("request %d: %w", id, ErrConflict)
	}
	return q, nil
}

// setRequest moves a request on.
func (tx *Tx) setRequest(ctx context.Context, q Request, state, reply string) error {
	n, err := tx.exec(ctx, `
		UPDATE person_requests SET state = $3, reply = $4, version = version + 1, updated_at = $5, handler_id = $6,
			decided_by = CASE WHEN $3 IN ('done','refused') THEN $6 ELSE decided_by END,
			decided_at = CASE WHEN $3 IN ('done','refused') THEN $5 ELSE decided_at END,
			proposed_by = CASE WHEN $3 = 'proposed' THEN $6 WHEN $3 = 'open' THEN NULL ELSE proposed_by END,
			proposed_at = CASE WHEN $3 = 'proposed' THEN $5 WHEN $3 = 'open' THEN 0 ELSE proposed_at END
		WHERE id = $1 AND version = $2`, q.ID, q.Version, state, reply, tx.now(), ref(tx.by.UserID))
	if err != nil {
		return fmt.Errorf("request %d: %w", q.ID, err)
	}
	if n == 0 {
		return fmt.Errorf("request %d: %w", q.ID, ErrConflict)
	}
	tx.aboutCustomer(q.BranchID, q.CustomerID)
	tx.audit.rows = 1
	tx.detail(map[string]any{"kind": q.Kind, "state": state, "request": q.ID})
	return nil
}

// AnswerRequest closes a request with what the person was told: done, or
// refused with the reason. An erasure is not done this way (ErrRefused), see
// ConfirmErasure. A stale version, or one that is closed, is ErrConflict.
func (d *DB) AnswerRequest(ctx context.Context, by policy.Actor, id, version int64, state, reply string) error {
	return d.act(ctx, by, "requests.answer", func(tx *Tx) error {
		q, err := tx.requestIn(ctx, id, version)
		if err != nil {
			return err
		}
		if state != "done" && state != "refused" || reply == "" || q.Kind == consent.Erasure && state == "done" {
			return fmt.Errorf("answer request %d as %q: %w", id, state, ErrRefused)
		}
		return tx.setRequest(ctx, q, state, reply)
	})
}

// ProposeErasure is the first of two persons: it hands the request to somebody
// else for confirmation; back takes that back.
func (d *DB) ProposeErasure(ctx context.Context, by policy.Actor, id, version int64, back bool) error {
	return d.act(ctx, by, "requests.propose", func(tx *Tx) error {
		q, err := tx.requestIn(ctx, id, version)
		if err != nil {
			return err
		}
		if q.Kind != consent.Erasure {
			return fmt.Errorf("propose request %d: %w", id, ErrRefused)
		}
		state, from := "proposed", "open"
		if back {
			state, from = "open", "proposed"
		}
		if q.State != from {
			return fmt.Errorf("propose request %d, %s: %w", id, q.State, ErrConflict)
		}
		return tx.setRequest(ctx, q, state, q.Reply)
	})
}
