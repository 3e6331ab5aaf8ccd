package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"yike/policy"
	"yike/policy/dedupe"
	"yike/policy/pinyin"
)

// Customer is one customer file (R19–R28). Words are those of policy/profile,
// days "YYYY-MM-DD" or "", money fen, references 0 when missing.
type Customer struct {
	ID, BranchID                                                  int64
	Code, Name, ShortName                                         string
	Kind, Usage, Nature, Size, Power, Source                      string
	Industry, BusinessType, CreditCode, AccountNo                 string
	WeChat, Email, PlaceCode, CityCode, Address                   string
	OwnerID, ClerkID                                              int64
	OwnerSince                                                    string
	Stage, Class, ClassReason, ClassSince                         string
	Terms                                                         string
	TermsDays, CreditLimit                                        int64
	ContractNo, ContractFrom, ContractTo                          string
	Channel                                                       string
	ScreenPlace, ScreenProfit, ScreenStaff, ScreenCulture         int64 // 1–5, 0 not judged (R39)
	State                                                         string
	MonthlyPieces                                                 int64
	FiledOn, FoundedOn, Remark                                    string
	LastVisitOn, NextVisitOn                                      string
	Worth, RFM, Tier, Level                                       string // what the rules call it (policy/classify)
	Marks                                                         int64
	MonthVisits                                                   int64 // days with a visit in the month of LastVisitOn
	ImportID, Version, CreatedAt, CreatedBy, UpdatedAt, DeletedAt int64

	// What hangs on the file; filled by Customer and written by Create and
	// Update.
	Phones []string // canonical numbers of the customer itself, the first is called first
	Tags   []int64
}

// fields are the columns that a person may change, and that the history, undo
// and import know by name.
func (c *Customer) fields() []field {
	return []field{
		{"branch_id", (*ref)(&c.BranchID)}, {"code", &c.Code}, {"name", &c.Name}, {"short_name", &c.ShortName},
		{"kind", &c.Kind}, {"usage", &c.Usage}, {"nature", &c.Nature}, {"size", &c.Size}, {"power", &c.Power},
		{"source", &c.Source}, {"industry", &c.Industry}, {"business_type", &c.BusinessType},
		{"credit_code", &c.CreditCode}, {"account_no", &c.AccountNo}, {"wechat", &c.WeChat}, {"email", &c.Email},
		{"place_code", &c.PlaceCode}, {"city_code", &c.CityCode}, {"address", &c.Address},
		{"owner_id", (*ref)(&c.OwnerID)}, {"owner_since", &c.OwnerSince}, {"clerk_id", (*ref)(&c.ClerkID)},
		{"stage", &c.Stage}, {"class", &c.Class}, {"class_reason", &c.ClassReason}, {"class_since", &c.ClassSince},
		{"terms", &c.Terms}, {"terms_days", &c.TermsDays}, {"credit_limit", &c.CreditLimit},
		{"contract_no", &c.ContractNo}, {"contract_from", &c.ContractFrom}, {"contract_to", &c.ContractTo},
		{"channel", &c.Channel}, {"screen_place", &c.ScreenPlace}, {"screen_profit", &c.ScreenProfit},
		{"screen_staff", &c.ScreenStaff}, {"screen_culture", &c.ScreenCulture}, {"state", &c.State},
		{"monthly_pieces", &c.MonthlyPieces}, {"filed_on", &c.FiledOn}, {"founded_on", &c.FoundedOn}, {"remark", &c.Remark},
	}
}

// all adds the columns that the program keeps itself.
func (c *Customer) all() []field {
	return append(c.fields(),
		field{"last_visit_on", &c.LastVisitOn}, field{"month_visits", &c.MonthVisits}, field{"next_visit_on", &c.NextVisitOn},
		field{"worth", &c.Worth}, field{"rfm", &c.RFM}, field{"tier", &c.Tier}, field{"level", &c.Level}, field{"marks", &c.Marks},
		field{"import_id", &c.ImportID}, field{"version", &c.Version}, field{"created_at", &c.CreatedAt},
		field{"created_by", &c.CreatedBy}, field{"updated_at", &c.UpdatedAt}, field{"deleted_at", &c.DeletedAt},
		field{"id", &c.ID})
}

var customerColumns = columns("c.", new(Customer).all())

// scanCustomer reads a row of customerColumns.
func scanCustomer(row interface{ Scan(...any) error }, c *Customer) error {
	return row.Scan(pointers(c.all())...)
}

// Customer returns one live file that the scope sees, with its phones and tags.
func (d *DB) Customer(ctx context.Context, scope policy.Scope, id int64) (Customer, error) {
	return d.customer(ctx, d.r, scope, id, false)
}

// DeletedCustomer returns one file of the recycle bin that the scope sees.
func (d *DB) DeletedCustomer(ctx context.Context, scope policy.Scope, id int64) (Customer, error) {
	return d.customer(ctx, d.r, scope, id, true)
}

func (d *DB) customer(ctx context.Context, q querier, scope policy.Scope, id int64, deleted bool) (Customer, error) {
	var c Customer
	if d.hides(id) {
		return Customer{}, fmt.Errorf("customer %d: %w", id, ErrNotFound)
	}
	err := scanCustomer(q.QueryRowContext(ctx, `SELECT `+customerColumns+` FROM customers c WHERE c.id = $1 AND c.erased_at = 0`, id), &c)
	if errors.Is(err, sql.ErrNoRows) || (err == nil && ((c.DeletedAt != 0) != deleted || !d.sees(scope, c.BranchID, c.OwnerID, c.ClerkID))) {
		return Customer{}, fmt.Errorf("customer %d: %w", id, ErrNotFound)
	}
	if err != nil {
		return Customer{}, fmt.Errorf("customer %d: %w", id, err)
	}
	if c.Phones, err = phonesOf(ctx, q, id, 0); err != nil {
		return Customer{}, err
	}
	c.Tags, err = tagsOf(ctx, q, id)
	return c, err
}

// phonesOf returns the numbers of a customer itself (contact 0) or of one
// contact, in the order in which they are called.
func phonesOf(ctx context.Context, q querier, customer, contact int64) ([]string, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT number FROM phones WHERE customer_id = $1 AND coalesce(contact_id, 0) = $2 ORDER BY position`, customer, contact)
	if err != nil {
		return nil, fmt.Errorf("phones of customer %d: %w", customer, err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			return nil, fmt.Errorf("phones of customer %d: %w", customer, err)
		}
		out = append(out, n)
	}
	return out, rows.Err()
}

func tagsOf(ctx context.Context, q querier, customer int64) ([]int64, error) {
	rows, err := q.QueryContext(ctx, `SELECT tag_id FROM customer_tags WHERE customer_id = $1 ORDER BY tag_id`, customer)
	if err != nil {
		return nil, fmt.Errorf("tags of customer %d: %w", customer, err)
	}
	defer rows.Close()
	var out []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("tags of customer %d: %w", customer, err)
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// Submission names a form that was sent, so that sending it twice does it
// once. Key is made by the form; empty for acts that need none.
type Submission struct{ Key string }

// done returns the row that an earlier sending made, 0 when this is the first.
func (s Submission) done(ctx context.Context, tx *Tx, entity string) (int64, error) {
	return s.doneBy(ctx, tx, tx.by.UserID, entity)
}

func (s Submission) doneBy(ctx context.Context, q querier, user int64, entity string) (int64, error) {
	if s.Key == "" {
		return 0, nil
	}
	var id int64
	err := q.QueryRowContext(ctx, `SELECT row_id FROM submissions WHERE key = $1 AND entity = $2`, s.full(user), entity).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("submission: %w", err)
	}
	return id, nil
}

func (s Submission) keep(ctx context.Context, tx *Tx, entity string, row int64) error {
	if s.Key == "" {
		return nil
	}
	_, err := tx.exec(ctx, `INSERT INTO submissions (key, entity, row_id, created_at) VALUES ($1, $2, $3, $4)`,
		s.full(tx.by.UserID), entity, row, tx.now())
	if err != nil {
		return fmt.Errorf("submission: %w", err)
	}
	return nil
}

func (s Submission) full(user int64) string { return fmt.Sprintf("%d:%s", user, s.Key) }

// CustomerSent returns the client that an earlier sending of the form made, 0
// when this is the first: who sends it again is not asked whether the client
// that they made may be the one that they are making.
func (d *DB) CustomerSent(ctx context.Context, by policy.Actor, sent Submission) (int64, error) {
	return sent.doneBy(ctx, d.r, by.UserID, "customers")
}

// errDoneBefore ends a transaction that has nothing left to do.
var errDoneBefore = errors.New("done before")

// CreateCustomer opens a file. Code "" is given by the branch's own sequence;
// a given one that is in use is ErrTaken. A branch beyond the actor's reach is
// ErrNotFound. Sent twice with one submission key it answers the first id.
func (d *DB) CreateCustomer(ctx context.Context, by policy.Actor, sent Submission, c Customer, contacts ...Contact) (int64, error) {
	var id int64
	err := d.act(ctx, by, "customers.create", func(tx *Tx) error {
		tx.meetsStandard()
		if !by.Scope(policy.CustomerCreate).SeesBranch(d.Chain(c.BranchID)) {
			return fmt.Errorf("branch %d: %w", c.BranchID, ErrNotFound)
		}
		if err := tx.mayOpen(c); err != nil {
			return err
		}
		var err error
		if id, err = sent.done(ctx, tx, "customers"); err != nil {
			return err
		} else if id != 0 {
			return errDoneBefore
		}
		if id, err = createCustomer(ctx, tx, &c, contacts); err != nil {
			return err
		}
		tx.about(c.BranchID, id)
		return sent.keep(ctx, tx, "customers", id)
	})
	if errors.Is(err, errDoneBefore) {
		return id, nil
	}
	return id, err
}

// createCustomer inserts the file with its contacts, phones, tags and search
// keys, and fills in ID, Code and what follows from other fields.
func createCustomer(ctx context.Context, tx *Tx, c *Customer, contacts []Contact) (int64, error) {
	return createCustomerAs(ctx, tx, tx.newID(), c, contacts)
}

// createCustomerAs gives the file an id of the caller's.
func createCustomerAs(ctx context.Context, tx *Tx, id int64, c *Customer, contacts []Contact) (int64, error) {
	c.ID, c.Version, c.DeletedAt = id, 1, 0
	if c.CreatedAt == 0 {
		c.CreatedAt = tx.now()
	}
	c.CreatedBy, c.UpdatedAt = tx.by.UserID, tx.now()
	if c.State == "" {
		c.State = "draft"
	}
	// A file taken over from paper keeps its past: its owner and class have
	// been so since the paper was begun, as far as anybody knows.
	since := tx.today()
	if c.FiledOn != "" && c.FiledOn < since {
		since = c.FiledOn
	}
	if c.OwnerID != 0 && c.OwnerSince == "" {
		c.OwnerSince = since
	}
	if c.Class != "" && c.ClassSince == "" {
		c.ClassSince = since
	}
	if c.Code == "" {
		code, err := nextCode(ctx, tx, c.BranchID)
		if err != nil {
			return 0, err
		}
		c.Code = code
	}
	if err := tx.insert(ctx, "customers", append(c.all(), c.derived()...)); err != nil {
		return 0, err
	}
	if err := setPhones(ctx, tx, c.ID, c.BranchID, 0, c.Phones); err != nil {
		return 0, err
	}
	if err := setTags(ctx, tx, c.ID, c.BranchID, c.Tags); err != nil {
		return 0, err
	}
	for i := range contacts {
		contacts[i].CustomerID, contacts[i].BranchID = c.ID, c.BranchID
		if _, err := createContact(ctx, tx, &contacts[i]); err != nil {
			return 0, err
		}
	}
	if err := indexCustomer(ctx, tx, c, contactPhones(contacts)); err != nil {
		return 0, err
	}
	return c.ID, tx.change(ctx, "create", "customers", c.ID, c.BranchID, c.ID, 1, nil)
}

// derived are columns that follow from the name.
func (c *Customer) derived() []field {
	key, fold := pinyin.Key(c.Name), dedupe.FoldName(c.Name)
	return []field{{"name_key", &key}, {"name_fold", &fold}}
}

// nextCode takes the next free customer code of a branch: its prefix and at
// least five digits.
func nextCode(ctx context.Context, tx *Tx, branch int64) (string, error) {
	for {
		var prefix string
		var n int64
		stmt, err := tx.prepared(ctx, `UPDATE branches SET next_code = next_code + 1 WHERE id = $1 RETURNING code, next_code - 1`)
		if err == nil {
			err = stmt.QueryRowContext(ctx, branch).Scan(&prefix, &n)
		}
		if err != nil {
			return "", fmt.Errorf("next code of branch %d: %w", branch, err)
		}
		code := fmt.Sprintf("%s-%05d", prefix, n)
		var taken bool
		if stmt, err = tx.prepared(ctx, `SELECT EXISTS (SELECT 1 FROM customers WHERE code = $1)`); err == nil {
			err = stmt.QueryRowContext(ctx, code).Scan(&taken)
		}
		if err != nil {
			return "", fmt.Errorf("next code of branch %d: %w", branch, err)
		}
		if !taken {
			return code, nil
		}
	}
}

func setPhones(ctx context.Context, tx *Tx, customer, branch, contact int64, numbers []string) error {
	for i, n := range numbers {
		_, err := tx.exec(ctx, `INSERT INTO phones (id, customer_id, branch_id, contact_id, number, position) VALUES ($1, $2, $3, $4, $5, $6)`,
			tx.newID(), customer, branch, ref(contact), n, i)
		if err != nil {
			return fmt.Errorf("phones of customer %d: %w", customer, err)
		}
	}
	return nil
}

func setTags(ctx context.Context, tx *Tx, customer, branch int64, tags []int64) error {
	for _, tag := range tags {
		_, err := tx.exec(ctx, `
			INSERT INTO customer_tags (customer_id, tag_id, branch_id) VALUES ($1, $2, $3)
			ON CONFLICT (customer_id, tag_id) DO NOTHING`, customer, tag, branch)
		if err != nil {
			return fmt.Errorf("tags of customer %d: %w", customer, err)
		}
	}
	return nil
}

// mayOpen refuses a new file that says more than the actor may: somebody
// else's client, a class or a state beyond the actor's rights. A new file of
// one's own is everybody's who may open one.
func (tx *Tx) mayOpen(c Customer) error {
	mine := func(id int64) bool { return id == 0 || id == tx.by.UserID }
	may := func(p policy.Permission) bool { return tx.db.sees(tx.by.Scope(p), c.BranchID, c.OwnerID, c.ClerkID) }
	switch {
	case (!mine(c.OwnerID) || !mine(c.ClerkID)) && !may(policy.CustomerAssign):
		return fmt.Errorf("open a file for somebody else: %w", ErrRefused)
	case c.Class != "" && !may(policy.CustomerClass):
		return fmt.Errorf("open a file with a class: %w", ErrRefused)
	case c.State != "" && c.State != "draft" && !may(policy.CustomerReview):
		return fmt.Errorf("open a file as %s: %w", c.State, ErrRefused)
	}
	return nil
}
