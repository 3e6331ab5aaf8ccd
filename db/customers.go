package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

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

// Stale is the error of an edit that came too late: somebody changed the row
// since it was read. It holds what stands there now; errors.Is(ErrConflict).
type Stale struct {
	Now Customer
	By  string // who changed it last
	At  int64  // unix milliseconds
}

func (s *Stale) Error() string { return fmt.Sprintf("customer %d was changed by %s", s.Now.ID, s.By) }

// Unwrap makes it an ErrConflict.
func (s *Stale) Unwrap() error { return ErrConflict }

// UpdateCustomer replaces the fields of a file that the actor may edit with
// those of c, whose ID and Version say what was read. A stale version is a
// *Stale. Fields that need a right of their own (owner, clerk, branch, class,
// stage, state) are refused with ErrRefused when they changed without it, and so
// are those that are hidden from the actor and were not shown (ShownTo).
func (d *DB) UpdateCustomer(ctx context.Context, by policy.Actor, c Customer) error {
	return d.act(ctx, by, "customers.update", func(tx *Tx) error {
		tx.meetsStandard()
		was, err := d.customer(ctx, tx, by.Scope(policy.CustomerEdit), c.ID, false)
		if err != nil {
			return err
		}
		if was.Version != c.Version {
			return tx.stale(ctx, was)
		}
		if err := d.mayRewrite(ctx, tx, was, c); err != nil {
			return err
		}
		if err := updateCustomer(ctx, tx, was, c); err != nil {
			return err
		}
		return tx.holdByHand(ctx, was, c, "")
	})
}

func (tx *Tx) stale(ctx context.Context, now Customer) error {
	s := &Stale{Now: now, At: now.UpdatedAt}
	err := tx.QueryRowContext(ctx, `
		SELECT a.user_name, a.at FROM changes ch JOIN audits a ON a.id = ch.audit_id
		WHERE ch.customer_id = $1 AND ch.entity = 'customers' ORDER BY ch.id DESC LIMIT 1`, now.ID).Scan(&s.By, &s.At)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("who changed customer %d: %w", now.ID, err)
	}
	return s
}

// updateCustomer writes the difference between what stands and what shall be.
func updateCustomer(ctx context.Context, tx *Tx, was, c Customer) error {
	now := c
	keepOwn(&now, was)
	if now.OwnerID != was.OwnerID {
		now.OwnerSince = tx.today()
	}
	if now.Class != was.Class {
		now.ClassSince = tx.today()
	}
	changed := diff(was.fields(), now.fields())
	if err := tx.mayChange(was, now, changed); err != nil {
		return err
	}
	phonesMoved := !slices.Equal(was.Phones, now.Phones)
	slices.Sort(now.Tags)
	now.Tags = slices.Compact(now.Tags)
	tagsMoved := !slices.Equal(was.Tags, now.Tags)
	if len(changed) == 0 && !phonesMoved && !tagsMoved {
		return nil
	}
	write := changed
	if len(write) == 0 {
		write = map[string][2]any{"name": {was.Name, was.Name}} // so that the version moves on
	}
	after := now.fields()
	if _, renamed := changed["name"]; renamed {
		after = append(after, now.derived()...)
		write = withKeys(write, "name_key", "name_fold")
	}
	if err := tx.update(ctx, "customers", was.ID, was.Version, after, write); err != nil {
		return err
	}
	if _, renamed := changed["name"]; renamed {
		if err := tx.renameAccount(ctx, was.ID, pinyin.Key(now.Name)); err != nil {
			return err
		}
	}
	if phonesMoved {
		changed["phones"] = [2]any{strings.Join(was.Phones, " "), strings.Join(now.Phones, " ")}
		if _, err := tx.exec(ctx, `DELETE FROM phones WHERE customer_id = $1 AND contact_id IS NULL`, was.ID); err != nil {
			return fmt.Errorf("phones of customer %d: %w", was.ID, err)
		}
		if err := setPhones(ctx, tx, was.ID, now.BranchID, 0, now.Phones); err != nil {
			return err
		}
	}
	if tagsMoved {
		changed["tags"] = [2]any{idWords(was.Tags), idWords(now.Tags)}
		if _, err := tx.exec(ctx, `DELETE FROM customer_tags WHERE customer_id = $1`, was.ID); err != nil {
			return fmt.Errorf("tags of customer %d: %w", was.ID, err)
		}
		if err := setTags(ctx, tx, was.ID, now.BranchID, now.Tags); err != nil {
			return err
		}
	}
	if now.BranchID != was.BranchID {
		if err := moveChildren(ctx, tx, was.ID, now.BranchID); err != nil {
			return err
		}
	}
	if err := reindexCustomer(ctx, tx, was.ID); err != nil {
		return err
	}
	tx.about(now.BranchID, was.ID)
	return tx.change(ctx, "update", "customers", was.ID, now.BranchID, was.ID, was.Version+1, changed)
}

// keepOwn keeps what no form may write.
func keepOwn(now *Customer, was Customer) {
	now.ID, now.OwnerSince, now.ClassSince = was.ID, was.OwnerSince, was.ClassSince
	now.ImportID, now.CreatedAt, now.CreatedBy = was.ImportID, was.CreatedAt, was.CreatedBy
	now.LastVisitOn, now.MonthVisits, now.NextVisitOn = was.LastVisitOn, was.MonthVisits, was.NextVisitOn
}

func withKeys(m map[string][2]any, names ...string) map[string][2]any {
	out := map[string][2]any{}
	for k, v := range m {
		out[k] = v
	}
	for _, n := range names {
		out[n] = [2]any{}
	}
	return out
}

func idWords(list []int64) string {
	words := make([]string, len(list))
	for i, id := range list {
		words[i] = fmt.Sprint(id)
	}
	return strings.Join(words, " ")
}

// needs says which right beyond "edit" a field asks for.
var needs = map[string]policy.Permission{
	"owner_id": policy.CustomerAssign, "clerk_id": policy.CustomerAssign, "branch_id": policy.CustomerAssign,
	"class": policy.CustomerClass, "class_reason": policy.CustomerClass, "stage": policy.CustomerClass,
	"state": policy.CustomerReview,
}

func (tx *Tx) mayChange(was, now Customer, changed map[string][2]any) error {
	for name := range changed {
		p, ok := needs[name]
		if !ok {
			continue
		}
		if !tx.db.sees(tx.by.Scope(p), was.BranchID, was.OwnerID, was.ClerkID) {
			return fmt.Errorf("change %s of customer %d: %w", name, was.ID, ErrRefused)
		}
		if name == "branch_id" && !tx.by.Scope(p).SeesBranch(tx.db.Chain(now.BranchID)) {
			return fmt.Errorf("move customer %d to branch %d: %w", was.ID, now.BranchID, ErrRefused)
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

// moveChildren lets what hangs on a file follow it to another branch.
func moveChildren(ctx context.Context, tx *Tx, customer, branch int64) error {
	for _, query := range []string{
		`UPDATE contacts SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE phones SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE customer_tags SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE visits SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE feedback_forms SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE todos SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE cases SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE case_claims SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE measures SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE greetings SET branch_id = $2 WHERE customer_id = $1`,
		// Who it was handed to works at the branch that was left.
		`UPDATE greetings SET follows = 'owner', user_id = (SELECT owner_id FROM customers WHERE id = $1), version = version + 1 WHERE customer_id = $1 AND follows = '' AND state = 'open' AND user_id NOT IN (SELECT id FROM users WHERE branch_id = $2)`,
		// A letter that waits names the branch that cared before.
		`UPDATE outbox SET branch_id = $2, ` + becauseSQL(`CASE WHEN state = 'queued' AND kind = 'letter' THEN 'handed' ELSE reason END`) + `, version = version + 1,
			state = CASE WHEN state = 'queued' AND kind = 'letter' THEN 'dropped' ELSE state END WHERE customer_id = $1`,
		`UPDATE consents SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE person_requests SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE sensitive_values SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE radar_alerts SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE ratings SET branch_id = $2 WHERE customer_id = $1`,
		`UPDATE merges SET branch_id = $2 WHERE kept_id = $1`,
		`DELETE FROM duplicate_pairs WHERE (one_id = $1 OR other_id = $1) AND branch_id <> $2`,
	} {
		if _, err := tx.exec(ctx, query, customer, branch); err != nil {
			return fmt.Errorf("move customer %d: %w", customer, err)
		}
	}
	if err := followEntries(ctx, tx, customer, branch); err != nil {
		return err
	}
	return followWaybills(ctx, tx, customer, branch)
}

// DeleteCustomer puts a file into the recycle bin; RestoreCustomer takes it
// out again. Nothing that hangs on it is lost.
func (d *DB) DeleteCustomer(ctx context.Context, by policy.Actor, id, version int64) error {
	return d.bin(ctx, by, "customers.delete", id, version, true)
}

// RestoreCustomer see DeleteCustomer; a file that lies in the bin because it went
// into another comes out by UndoMerge only (ErrMerged).
func (d *DB) RestoreCustomer(ctx context.Context, by policy.Actor, id int64) error {
	return d.bin(ctx, by, "customers.restore", id, 0, false)
}

func (d *DB) bin(ctx context.Context, by policy.Actor, act string, id, version int64, in bool) error {
	return d.act(ctx, by, act, func(tx *Tx) error {
		was, err := d.customer(ctx, tx, by.Scope(policy.CustomerDelete), id, !in)
		if err != nil {
			return err
		}
		if version != 0 && version != was.Version {
			return tx.stale(ctx, was)
		}
		if away, err := tx.mergedAway(ctx, id); err != nil || away {
			return cmp.Or(err, ErrMerged)
		}
		return binCustomer(ctx, tx, was, in)
	})
}

func binCustomer(ctx context.Context, tx *Tx, was Customer, in bool) error {
	at, kind := int64(0), "restore"
	if in {
		at, kind = tx.now(), "delete"
	}
	if _, err := tx.exec(ctx, `UPDATE customers SET deleted_at = $2, version = version + 1, updated_at = $3 WHERE id = $1`,
		was.ID, at, tx.now()); err != nil {
		return fmt.Errorf("%s customer %d: %w", kind, was.ID, err)
	}
	if err := tx.moveFreightOf(ctx, was.BranchID); err != nil {
		return err
	}
	if err := tx.binAccount(ctx, was.ID, in); err != nil {
		return err
	}
	if err := tx.binAlerts(ctx, was.ID, in); err != nil {
		return err
	}
	if err := tx.binRatings(ctx, was.ID, in); err != nil {
		return err
	}
	if in {
		if err := unindexCustomer(ctx, tx, was.ID); err != nil {
			return err
		}
	} else if err := reindexCustomer(ctx, tx, was.ID); err != nil {
		return err
	}
	tx.about(was.BranchID, was.ID)
	return tx.change(ctx, kind, "customers", was.ID, was.BranchID, was.ID, was.Version+1, nil)
}
