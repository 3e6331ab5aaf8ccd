package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yike/policy"
)

// Waybill is one parcel. Times are unix milliseconds, 0 = not said; DayOnly
// tells those of which only the day is known.
type Waybill struct {
	ID                   int64
	Number, OrderNo      string
	BranchID             int64 // the client's, else the one that imported it
	CustomerID, SenderID int64 // 0 = none
	BoundBy              string
	Sender               string // the firm or person as the bill has it
	SenderContact        string
	SenderPhone          string
	SenderAccount        string
	SenderAddress        string
	Receiver             string
	ReceiverPhone        string
	Province, City       string // codes of policy/place
	Contents             string
	SentDay              string // YYYY-MM-DD
	SentAt, PickedAt     int64
	SignedAt, DayOnly    int64
	Picker, Deliverer    string // couriers
	Weight, Volume       int64  // grams, cm³
	Pieces, Freight      int64  // parcels of one number, fen
	Product, Payment     string // words of policy/waybill, as the next two
	State, Exception     string
	Remark               string
	ImportID             int64
	Version              int64
	CreatedAt, UpdatedAt int64
}

// Bits of DayOnly.
const (
	sentDayOnly = 1 << iota
	pickedDayOnly
	signedDayOnly
)

// SentDayOnly, PickedDayOnly and SignedDayOnly say of which time only the day
// is known.
func (w *Waybill) SentDayOnly() bool { return w.DayOnly&sentDayOnly != 0 }

// PickedDayOnly see SentDayOnly.
func (w *Waybill) PickedDayOnly() bool { return w.DayOnly&pickedDayOnly != 0 }

// SignedDayOnly see SentDayOnly.
func (w *Waybill) SignedDayOnly() bool { return w.DayOnly&signedDayOnly != 0 }

// fields are what a bill says of a parcel and a later one may correct.
func (w *Waybill) fields() []field {
	return []field{
		{"order_no", &w.OrderNo}, {"branch_id", (*ref)(&w.BranchID)}, {"customer_id", (*ref)(&w.CustomerID)}, {"sender_id", (*ref)(&w.SenderID)}, {"bound_by", &w.BoundBy},
		{"sender", &w.Sender}, {"sender_contact", &w.SenderContact}, {"sender_phone", &w.SenderPhone}, {"sender_account", &w.SenderAccount},
		{"sender_address", &w.SenderAddress}, {"receiver", &w.Receiver}, {"receiver_phone", &w.ReceiverPhone}, {"province", &w.Province}, {"city", &w.City},
		{"contents", &w.Contents}, {"sent_day", &w.SentDay}, {"sent_at", &w.SentAt}, {"picked_at", &w.PickedAt}, {"signed_at", &w.SignedAt},
		{"day_only", &w.DayOnly}, {"picker", &w.Picker}, {"deliverer", &w.Deliverer}, {"weight_g", &w.Weight}, {"volume_cm3", &w.Volume},
		{"pieces", &w.Pieces}, {"freight_fen", &w.Freight}, {"product", &w.Product}, {"payment", &w.Payment}, {"state", &w.State},
		{"exception", &w.Exception}, {"remark", &w.Remark},
	}
}

func (w *Waybill) all() []field {
	return append([]field{{"id", &w.ID}, {"number", &w.Number}, {"import_id", &w.ImportID}, {"version", &w.Version},
		{"created_at", &w.CreatedAt}, {"updated_at", &w.UpdatedAt}}, w.fields()...)
}

// ofPersons are the columns of waybills that speak of persons.
var ofPersons = []string{"sender", "sender_contact", "sender_phone", "sender_account", "sender_address", "receiver", "receiver_phone", "contents", "remark", "order_no"}

var waybillColumns = columns("w.", new(Waybill).all())

// WaybillRow is a parcel with what a list says of it.
type WaybillRow struct {
	Waybill
	Customer, CustomerCode string // "" when it is bound to nobody
	OwnerID, ClerkID       int64
}

const waybillFrom = ` FROM waybills w LEFT JOIN customers c ON c.id = w.customer_id`

func scanWaybillRow(row interface{ Scan(...any) error }) (WaybillRow, error) {
	var w WaybillRow
	err := row.Scan(append(pointers(w.all()), &w.Customer, &w.CustomerCode, &w.OwnerID, &w.ClerkID)...)
	return w, err
}

var waybillRowSQL = `SELECT ` + waybillColumns + `, coalesce(c.name, ''), coalesce(c.code, ''), coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0)` + waybillFrom

// WaybillFilter is what a list of parcels asks for; zero values ask nothing.
type WaybillFilter struct {
	Number           string // the whole number, or how it begins
	From, To         string // days, both in it
	BranchID         int64  // this one and those below it
	CustomerID       int64
	SenderID         int64
	Owner            int64  // of the clients that they look after
	Picker           int64  // that they picked up
	Unbound          bool   // of nobody on file
	Flagged          bool   // asks for somebody: stuck, off its track, …
	Flag             string // asks for somebody by this flag of policy/tracking
	Product, Payment string
	State, Exception string
	Province         string        // of its destination; AnyUnknown: not known, as of products
	Also             *policy.Scope // must see them, too: what is exported is both read and exported

	// Keyset paging, the newest first: the rows after (or with Back before)
	// this one.
	At    WaybillKey
	Back  bool
	Limit int // 50 when 0; 500 at most
}

// WaybillKey is a place in a list of parcels.
type WaybillKey struct {
	Day string
	ID  int64
}

// WaybillPage is a page of a list. First and Last are false when there are
// rows before or after it.
type WaybillPage struct {
	Rows        []WaybillRow
	First, Last bool
}

func (d *DB) waybillsWhere(scope policy.Scope, f WaybillFilter) conditions {
	var c conditions
	d.seenBy(&c, "w", scope)
	if f.Also != nil {
		d.seenBy(&c, "w", *f.Also)
	}
	if f.Number != "" {
		c.add("w.number >= ?", f.Number)
		c.add("w.number < ?", f.Number+"\x7f")
	}
	if f.BranchID != 0 {
		d.under(&c, "w", f.BranchID)
	}
	switch {
	case f.CustomerID != 0:
		c.add("w.customer_id = ?", f.CustomerID)
	case f.SenderID != 0:
		c.add("w.sender_id = ?", f.SenderID)
	case f.Unbound:
		c.text = append(c.text, "w.customer_id IS NULL")
	}
	if f.Owner != 0 {
		c.add("w.customer_id IN (SELECT id FROM customers WHERE owner_id = ? AND deleted_at = 0)", f.Owner)
	}
	if f.Picker != 0 {
		c.add(pickerSQL, f.Picker)
	}
	for _, is := range [][2]string{{"w.product", f.Product}, {"w.payment", f.Payment}, {"w.state", f.State}, {"w.exception", f.Exception}, {"w.province", f.Province}} {
		if is[1] != "" {
			c.add(is[0]+" = ?", strings.TrimPrefix(is[1], AnyUnknown))
		}
	}
	switch {
	case f.Flag != "":
		c.add("w.id IN (SELECT waybill_id FROM waybill_tracks WHERE flags <> '' AND ' ' || flags || ' ' LIKE ?)", "% "+f.Flag+" %")
	case f.Flagged:
		c.text = append(c.text, "w.id IN (SELECT waybill_id FROM waybill_tracks WHERE flags <> '')")
	}
	if f.From != "" {
		c.add("w.sent_day >= ?", f.From)
	}
	if f.To != "" {
		c.add("w.sent_day <= ?", f.To)
	}
	return c
}

// Waybills returns a page of the parcels that the scope sees, the newest day
// first.
func (d *DB) Waybills(ctx context.Context, scope policy.Scope, f WaybillFilter) (WaybillPage, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	c := d.waybillsWhere(scope, f)
	order, than := "DESC", "<"
	if f.Back {
		order, than = "ASC", ">"
	}
	if f.At.ID != 0 {
		c.add("(w.sent_day, w.id) "+than+" (?, ?)", f.At.Day, f.At.ID)
	}
	list, err := d.waybillRows(ctx, d.r, c, ` ORDER BY w.sent_day `+order+`, w.id `+order+` LIMIT `+strconv.Itoa(limit+1))
	if err != nil {
		return WaybillPage{}, err
	}
	more := len(list) > limit
	p := WaybillPage{Rows: list[:min(len(list), limit)], First: f.At.ID == 0, Last: !more}
	if f.Back {
		slices.Reverse(p.Rows)
		p.First, p.Last = !more, f.At.ID == 0
	}
	return p, nil
}

// waybillsSQL reads parcels that meet a condition written in this package.
func waybillsSQL(where, order string) string { return waybillRowSQL + where + order }

func (d *DB) waybillRows(ctx context.Context, q querier, c conditions, order string) ([]WaybillRow, error) {
	if len(c.text) == 0 {
		c.text = []string{"1 = 1"}
	}
	rows, err := q.QueryContext(ctx, waybillsSQL(c.whereSQL(), order), c.args...)
	if err != nil {
		return nil, fmt.Errorf("waybills: %w", err)
	}
	defer rows.Close()
	var out []WaybillRow
	for rows.Next() {
		w, err := scanWaybillRow(rows)
		if err != nil {
			return nil, fmt.Errorf("waybills: %w", err)
		}
		out = append(out, w)
	}
	return out, rows.Err()
}

// CountWaybills counts what Waybills would list, no further than limit.
func (d *DB) CountWaybills(ctx context.Context, scope policy.Scope, f WaybillFilter, limit int) (int, error) {
	c := d.waybillsWhere(scope, f)
	if len(c.text) == 0 {
		c.text = []string{"1 = 1"}
	}
	var n int
	if err := d.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM waybills w`+c.whereSQL()+` LIMIT `+strconv.Itoa(limit)+`) AS counted`, c.args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count waybills: %w", err)
	}
	return n, nil
}

// Waybill returns one parcel that the scope sees.
func (d *DB) Waybill(ctx context.Context, scope policy.Scope, id int64) (WaybillRow, error) {
	w, err := scanWaybillRow(d.r.QueryRowContext(ctx, waybillsSQL(` WHERE w.id = $1`, ``), id))
	if errors.Is(err, sql.ErrNoRows) || err == nil && !d.sees(scope, w.BranchID, w.OwnerID, w.ClerkID) {
		err = ErrNotFound
	}
	if err != nil {
		return WaybillRow{}, fmt.Errorf("waybill %d: %w", id, err)
	}
	return w, nil
}

// followWaybills lets the parcels of a client follow it to another branch.
func followWaybills(ctx context.Context, tx *Tx, customer, branch int64) error {
	return rebind(ctx, tx, `customer_id = $1`, []any{customer}, func(w *Waybill) { w.BranchID = branch },
		`UPDATE waybills SET branch_id = $2 WHERE customer_id = $1`, customer, branch)
}
