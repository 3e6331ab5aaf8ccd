package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"yike/policy"
	"yike/policy/rating"
)

// RatingRow is an answer with what a list says of it.
type RatingRow struct {
	Rating
	Customer, Code, Class string // "" of nobody on file
	OwnerID, ClerkID      int64
	About, Asker          string // names of our people
	Number                string // of the waybill
}

const ratingFrom = ` FROM ratings r LEFT JOIN customers c ON c.id = r.customer_id`

var ratingRowSQL = `SELECT ` + ratingColumns + `, coalesce(c.name, ''), coalesce(c.code, ''), coalesce(c.class, ''), coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0),
	coalesce((SELECT u.name FROM users u WHERE u.id = r.user_id), ''), coalesce((SELECT u.name FROM users u WHERE u.id = r.asked_by), ''),
	coalesce((SELECT w.number FROM waybills w WHERE w.id = r.waybill_id), '')` + ratingFrom

func (x *RatingRow) scan() []any {
	return append(pointers(x.all()), &x.Customer, &x.Code, &x.Class, &x.OwnerID, &x.ClerkID, &x.About, &x.Asker, &x.Number)
}

func ratingsBy(ctx context.Context, q querier, query string, args ...any) (out []RatingRow, err error) {
	err = eachOf(ctx, q, query, args, func(scan func(...any) error) error {
		var x RatingRow
		if err := scan(x.scan()...); err != nil {
			return err
		}
		out = append(out, x)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("ratings: %w", err)
	}
	return out, nil
}

func ratingsSQL(where string) string { return ratingRowSQL + ` WHERE ` + where }

// ratingSeen reads one that the scope sees.
func (d *DB) ratingSeen(ctx context.Context, q querier, scope policy.Scope, id int64) (x RatingRow, err error) {
	err = q.QueryRowContext(ctx, ratingsSQL(`r.id = $1 AND NOT r.binned`), id).Scan(x.scan()...)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !d.sees(scope, x.BranchID, x.OwnerID, x.ClerkID) {
		err = ErrNotFound
	}
	if err != nil {
		return RatingRow{}, fmt.Errorf("rating %d: %w", id, err)
	}
	return x, nil
}

// RatingRow returns one rating that the scope sees.
func (d *DB) RatingRow(ctx context.Context, scope policy.Scope, id int64) (RatingRow, error) {
	return d.ratingSeen(ctx, d.r, scope, id)
}

// RatingFilter is what a list of answers, or figures of them, ask for; zero
// values ask nothing.
type RatingFilter struct {
	From, To   string // days of the answers, both in it
	BranchID   int64  // this one and those below it
	Only       int64  // … this one alone
	Kind       string
	UserID     *int64 // whom it is about; 0 = nobody known
	CustomerID int64
	Class      *string // the client's class now; "" = none yet, or nobody on file
	Score      int64
	Unhappy    bool          // only those
	Said       bool          // only with a comment
	Also       *policy.Scope // must see them, too
	Before     RatingKey
	Limit      int // 50 when 0; 1000 at most
}

// RatingKey is where a list goes on.
type RatingKey struct {
	Day string
	ID  int64
}

// ratingAsked is what a list asks of each answer, whoever reads it.
func ratingAsked(f RatingFilter) (c conditions) {
	c.text = []string{"r.answered_on <> ''", "NOT r.binned"}
	if f.From != "" {
		c.add("r.answered_on >= ?", f.From)
	}
	if f.To != "" {
		c.add("r.answered_on <= ?", f.To)
	}
	if f.Kind != "" {
		c.add("r.kind = ?", f.Kind)
	}
	if f.UserID != nil {
		c.add("r.user_id = ?", *f.UserID)
	}
	if f.CustomerID != 0 {
		c.add("r.customer_id = ?", f.CustomerID)
	}
	if f.Class != nil {
		c.add("coalesce(c.class, '') = ?", *f.Class)
	}
	if f.Score != 0 {
		c.add("r.score = ?", f.Score)
	}
	if f.Unhappy {
		c.add("r.unhappy")
	}
	if f.Said {
		c.add("r.comment <> ''")
	}
	if f.Only != 0 {
		c.add("r.branch_id = ?", f.Only)
	}
	return c
}

func (d *DB) ratingCond(scope policy.Scope, f RatingFilter) conditions {
	c := ratingAsked(f)
	if f.BranchID != 0 {
		d.under(&c, "r", f.BranchID)
	}
	d.seenBy(&c, "r", scope)
	if f.Also != nil {
		d.seenBy(&c, "r", *f.Also)
	}
	return c
}

// Ratings returns the answers that the scope sees, the latest first, and
// whether there are more.
func (d *DB) Ratings(ctx context.Context, scope policy.Scope, f RatingFilter) (list []RatingRow, more bool, err error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 1000)
	c := d.ratingCond(scope, f)
	if f.Before.ID != 0 {
		c.add("(r.answered_on, r.id) < (?, ?)", f.Before.Day, f.Before.ID)
	}
	err = eachOf(ctx, d.r, ratingPageSQL(c, limit+1), c.args, func(scan func(...any) error) error {
		var x RatingRow
		if err := scan(x.scan()...); err != nil {
			return err
		}
		list = append(list, x)
		return nil
	})
	if err != nil {
		return nil, false, fmt.Errorf("ratings: %w", err)
	}
	if more = len(list) > limit; more {
		list = list[:limit]
	}
	return list, more, nil
}

func ratingPageSQL(c conditions, limit int) string {
	return ratingRowSQL + c.whereSQL() + ` ORDER BY r.answered_on DESC, r.id DESC LIMIT ` + strconv.Itoa(limit)
}

// What figures of ratings are counted by.
const (
	RatedTogether   = "all"
	RatedByBranch   = "branch"
	RatedByPerson   = "person"
	RatedByCustomer = "customer"
	RatedByMonth    = "month"
	RatedByKind     = "kind"
	RatedByClass    = "class"
)

var ratingKeys = map[string]string{
	RatedTogether: `''`, RatedByBranch: `CAST(r.branch_id AS TEXT)`, RatedByPerson: `CAST(r.user_id AS TEXT)`, RatedByCustomer: `CAST(coalesce(r.customer_id, 0) AS TEXT)`,
	RatedByMonth: `substr(r.answered_on, 1, 7)`, RatedByKind: `r.kind`, RatedByClass: `coalesce(c.class, '')`,
}

// RatingFigure is what the answers of one branch, person, … come to.
type RatingFigure struct {
	Key  string // ids as text
	Name string // of a client
	rating.Sum
}

// RatingFigures counts the answers that the scope sees by one of the
// ratingKeys, at most limit of them: those with the most answers.
func (d *DB) RatingFigures(ctx context.Context, scope policy.Scope, by string, f RatingFilter, limit int) ([]RatingFigure, error) {
	c := d.ratingCond(scope, f)
	var out []RatingFigure
	err := eachOf(ctx, d.r, ratingFiguresSQL(by, c, limit), c.args, func(scan func(...any) error) error {
		var x RatingFigure
		if err := scan(&x.Key, &x.N, &x.Good, &x.Unhappy, &x.Total); err != nil {
			return err
		}
		out = append(out, x)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("figures of ratings: %w", err)
	}
	if by == RatedByCustomer {
		return out, d.nameRated(ctx, out)
	}
	return out, nil
}

func ratingFiguresSQL(by string, c conditions, limit int) string {
	return `SELECT ` + ratingKeys[by] + ` AS figure, COUNT(*) AS n, CAST(SUM(CASE WHEN r.score >= 4 THEN 1 ELSE 0 END) AS BIGINT), CAST(SUM(CASE WHEN r.unhappy THEN 1 ELSE 0 END) AS BIGINT), CAST(SUM(r.score) AS BIGINT)` +
		ratingFrom + c.whereSQL() + ` GROUP BY figure ORDER BY n DESC, figure LIMIT ` + strconv.Itoa(limit)
}

// nameRated puts the names of clients to figures.
func (d *DB) nameRated(ctx context.Context, list []RatingFigure) error {
	at := map[int64]*RatingFigure{}
	var ids []int64
	for i := range list {
		if id := ParseID(list[i].Key); id != 0 {
			at[id], ids = &list[i], append(ids, id)
		}
	}
	for len(ids) > 0 {
		chunk := ids[:min(len(ids), 500)]
		ids = ids[len(chunk):]
		q := manySQL("id", chunk)
		err := d.eachPair(ctx, cond{`SELECT id, name FROM customers WHERE ` + q.text, q.args}, func(id int64, name string) { at[id].Name = name })
		if err != nil {
			return fmt.Errorf("names of rated clients: %w", err)
		}
	}
	return nil
}

// RatedClient is a client with what its answers of a span come to.
type RatedClient struct {
	ID               int64
	Name, Code       string
	Class, Worth     string
	Level            string // by what we make of them: the value index
	BranchID         int64
	OwnerID, ClerkID int64
	rating.Sum
}

// RatedClients are the clients of a span with an answer that the scope sees,
// no more than limit.
func (d *DB) RatedClients(ctx context.Context, scope policy.Scope, f RatingFilter, limit int) ([]RatedClient, error) {
	c := d.ratingCond(scope, f)
	c.add("r.customer_id IS NOT NULL")
	var out []RatedClient
	err := eachOf(ctx, d.r, ratedClientsSQL(c, limit), c.args, func(scan func(...any) error) error {
		var x RatedClient
		err := scan(&x.ID, &x.Name, &x.Code, &x.Class, &x.Worth, &x.Level, &x.BranchID, &x.OwnerID, &x.ClerkID, &x.N, &x.Good, &x.Unhappy, &x.Total)
		out = append(out, x)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("rated clients: %w", err)
	}
	return out, nil
}

func ratedClientsSQL(c conditions, limit int) string {
	return `SELECT c.id, c.name, c.code, c.class, c.worth, c.level, c.branch_id, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), x.n, x.good, x.bad, x.total FROM (
		SELECT r.customer_id AS rated, COUNT(*) AS n, CAST(SUM(CASE WHEN r.score >= 4 THEN 1 ELSE 0 END) AS BIGINT) AS good, CAST(SUM(CASE WHEN r.unhappy THEN 1 ELSE 0 END) AS BIGINT) AS bad,
			CAST(SUM(r.score) AS BIGINT) AS total` + ratingFrom + c.whereSQL() + ` GROUP BY r.customer_id LIMIT ` + strconv.Itoa(limit) + `) AS x JOIN customers c ON c.id = x.rated ORDER BY c.id`
}

// RatingsOf are what one client, or one contact of it, was asked and answered,
// the latest first.
func (d *DB) RatingsOf(ctx context.Context, customer, contact int64, limit int) ([]RatingRow, error) {
	return ratingsBy(ctx, d.r, ratingsSQL(`r.customer_id = $1 AND (CAST($2 AS BIGINT) = 0 OR r.contact_id = $2) ORDER BY r.id DESC LIMIT $3`), customer, contact, limit)
}

// RatingsAbout are the questions about a parcel, a case or, with neither, the
// work with a client that the scope sees, the latest first.
func (d *DB) RatingsAbout(ctx context.Context, scope policy.Scope, customer, waybill, about int64) ([]RatingRow, error) {
	where, arg := `r.customer_id = $1 AND r.waybill_id = 0 AND r.case_id = 0`, customer
	switch {
	case waybill != 0:
		where, arg = `r.waybill_id = $1 AND r.waybill_id <> 0`, waybill
	case about != 0:
		where, arg = `r.case_id = $1 AND r.case_id <> 0`, about
	}
	list, err := ratingsBy(ctx, d.r, ratingsSQL(where+` AND NOT r.binned ORDER BY r.id DESC LIMIT 20`), arg)
	if err != nil {
		return nil, err
	}
	var out []RatingRow
	for _, x := range list {
		if d.sees(scope, x.BranchID, x.OwnerID, x.ClerkID) {
			out = append(out, x)
		}
	}
	return out, nil
}
