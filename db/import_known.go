package db

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"yike/policy"
	"yike/policy/dedupe"
	"yike/policy/intake"
	"yike/policy/place"
)

// ImportLookup finds customers on record for the rows of an import, a batch of
// rows with a handful of queries. It is the intake.Lookup of the judge. It
// looks in the whole company, since a customer is one record; what is out of
// the actor's reach is told by Seen and must not be shown.
type ImportLookup struct {
	ctx   context.Context
	d     *DB
	scope policy.Scope
	asked map[intake.Key]map[string][]int64
	known map[int64]*OnRecord
}

// OnRecord is a customer as an import compares it.
type OnRecord struct {
	Customer
	Contacts []string          // names
	Ways     map[string]string // by which they are reached, by name; "" is the primary one
	TagNames []string
	Seen     bool // within the actor's reach for edits
}

// ImportLookup returns a lookup for one judgement.
func (d *DB) ImportLookup(ctx context.Context, scope policy.Scope) *ImportLookup {
	l := &ImportLookup{ctx: ctx, d: d, scope: scope}
	l.Forget()
	return l
}

// Forget drops what was read, so that memory stays bounded.
func (l *ImportLookup) Forget() {
	l.asked = map[intake.Key]map[string][]int64{intake.KeyName: {}, intake.KeyPhone: {}, intake.KeyCode: {}, intake.KeyAccount: {}, intake.KeyCredit: {}}
	l.known = map[int64]*OnRecord{}
}

// Known is how many customers it remembers.
func (l *ImportLookup) Known() int { return len(l.known) }

// Prefetch reads at once what the judge will ask for these records.
func (l *ImportLookup) Prefetch(records []intake.Record) error {
	want := map[intake.Key][]string{}
	add := func(key intake.Key, v string) {
		if v != "" {
			want[key] = append(want[key], v)
		}
	}
	for _, r := range records {
		add(intake.KeyName, dedupe.FoldName(r.Get("name")))
		add(intake.KeyCode, r.Get("code"))
		add(intake.KeyAccount, r.Get("account_no"))
		add(intake.KeyCredit, r.Get("credit_code"))
		for _, p := range r.Phones {
			add(intake.KeyPhone, p)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if err := l.ask(key, want[key]); err != nil {
			return err
		}
	}
	return nil
}

// lookups are the five ways to find a customer, each by an index.
var lookups = map[intake.Key]string{
	intake.KeyName:    `SELECT name_fold, id FROM customers WHERE deleted_at = 0 AND name_fold `,
	intake.KeyCode:    `SELECT code, id FROM customers WHERE code `, // the recycle bin keeps its codes
	intake.KeyAccount: `SELECT account_no, id FROM customers WHERE account_no <> '' AND deleted_at = 0 AND account_no `,
	intake.KeyCredit:  `SELECT credit_code, id FROM customers WHERE credit_code <> '' AND deleted_at = 0 AND credit_code `,
	intake.KeyPhone:   `SELECT p.number, p.customer_id FROM phones p JOIN customers c ON c.id = p.customer_id WHERE c.deleted_at = 0 AND p.number `,
}

const lookupBatch = 400

func (l *ImportLookup) ask(key intake.Key, values []string) error {
	slices.Sort(values)
	values = slices.Compact(values)
	asked := l.asked[key]
	values = slices.DeleteFunc(values, func(v string) bool { _, done := asked[v]; return done })
	var fresh []int64
	for chunk := range slices.Chunk(values, lookupBatch) {
		args := make([]any, len(chunk))
		for i, v := range chunk {
			args[i] = v
			asked[v] = nil
		}
		found := func(scan func(...any) error) error {
			var v string
			var id int64
			if err := scan(&v, &id); err != nil {
				return err
			}
			if !slices.Contains(asked[v], id) {
				asked[v] = append(asked[v], id)
			}
			if l.known[id] == nil {
				fresh = append(fresh, id)
			}
			return nil
		}
		if err := l.each(l.d.amongSQL(lookups[key], 1, len(chunk), ""), args, found); err != nil {
			return err
		}
		if key == intake.KeyAccount {
			args = slices.DeleteFunc(args, func(v any) bool { return len(asked[v.(string)]) > 0 })
			if len(args) == 0 {
				continue
			}
			if err := l.each(l.d.amongSQL(mergedAccountSQL, 1, len(args), mergedAccountEndSQL), args, found); err != nil {
				return err
			}
		}
	}
	return l.load(fresh)
}

// An account of a file that went into another is that one's from then on, as
// long as no live file has it: mergedAccountSQL and its end find whose.
const (
	mergedAccountSQL = `WITH RECURSIVE f(account, id) AS (SELECT g.account_no, m.kept_id FROM merges m JOIN customers g ON g.id = m.gone_id
		WHERE m.undone_at = 0 AND g.erased_at = 0 AND g.account_no <> '' AND g.account_no `
	mergedAccountEndSQL = ` UNION SELECT f.account, m.kept_id FROM f JOIN merges m ON m.gone_id = f.id AND m.undone_at = 0)
		SELECT f.account, f.id FROM f JOIN customers c ON c.id = f.id WHERE c.deleted_at = 0`
)

// load reads customers with their phones, contacts' names and tags.
func (l *ImportLookup) load(ids []int64) error {
	slices.Sort(ids)
	for chunk := range slices.Chunk(slices.Compact(ids), lookupBatch) {
		n, args := len(chunk), idArgs(chunk)
		err := l.each(l.d.amongSQL(`SELECT `+customerColumns+` FROM customers c WHERE c.id `, 1, n, ""), args, func(scan func(...any) error) error {
			k := &OnRecord{}
			if err := scan(pointers(k.all())...); err != nil {
				return err
			}
			k.Seen = l.d.sees(l.scope, k.BranchID, k.OwnerID, k.ClerkID)
			l.known[k.ID] = k
			return nil
		})
		if err != nil {
			return err
		}
		err = l.each(l.d.amongSQL(`SELECT customer_id, name, ways, is_primary FROM contacts WHERE deleted_at = 0 AND customer_id `, 1, n, ` ORDER BY customer_id, id`), args, func(scan func(...any) error) error {
			var id int64
			var name, ways string
			var primary bool
			if err := scan(&id, &name, &ways, &primary); err != nil {
				return err
			}
			k := l.known[id]
			if k.Ways == nil {
				k.Ways = map[string]string{}
			}
			if k.Contacts = append(k.Contacts, name); primary {
				k.Ways[""] = ways
			}
			if _, twice := k.Ways[name]; !twice {
				k.Ways[name] = ways
			}
			return nil
		})
		if err != nil {
			return err
		}
		for query, put := range map[string]func(*OnRecord, string){
			// Numbers of contacts tell that it is the same customer, too.
			l.d.amongSQL(`SELECT customer_id, number FROM phones WHERE customer_id `, 1, n, ` ORDER BY customer_id, contact_id IS NOT NULL, position`): func(k *OnRecord, v string) { k.Phones = append(k.Phones, v) },
			l.d.amongSQL(`SELECT x.customer_id, t.name FROM customer_tags x JOIN tags t ON t.id = x.tag_id WHERE x.customer_id `, 1, n, ""):            func(k *OnRecord, v string) { k.TagNames = append(k.TagNames, v) },
		} {
			err := l.each(query, args, func(scan func(...any) error) error {
				var id int64
				var v string
				if err := scan(&id, &v); err != nil {
					return err
				}
				put(l.known[id], v)
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// amongSQL asks for n values, the last parameters of a query, from the one of
// that number on. The driver of SQLite looks every numbered parameter up in a
// list, so that many of them cost the square of their number.
func (d *DB) amongSQL(query string, from, n int, order string) string {
	list := placeholders(from, n)
	if !d.postgres {
		list = strings.Repeat("?, ", n-1) + "?"
	}
	return query + `IN (` + list + `)` + order
}

func idArgs(list []int64) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

func (l *ImportLookup) each(query string, args []any, row func(scan func(...any) error) error) error {
	rows, err := l.d.r.QueryContext(l.ctx, query, args...)
	if err != nil {
		return fmt.Errorf("look customers up: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return fmt.Errorf("look customers up: %w", err)
		}
	}
	return rows.Err()
}

// Find implements intake.Lookup.
func (l *ImportLookup) Find(key intake.Key, value string) ([]intake.Known, error) {
	if _, done := l.asked[key][value]; !done {
		if err := l.ask(key, []string{value}); err != nil {
			return nil, err
		}
	}
	var out []intake.Known
	for _, id := range l.asked[key][value] {
		k := l.known[id]
		if k == nil {
			continue
		}
		out = append(out, intake.Known{ID: id, Phones: k.Phones, Values: map[string]string{
			"name": k.Name, "code": k.Code, "account_no": k.AccountNo, "credit_code": k.CreditCode, "address": k.Address,
		}})
	}
	return out, nil
}

// Customer returns a customer that Find has named; nil when it has not.
func (l *ImportLookup) Customer(id int64) *OnRecord { return l.known[id] }

// Visited says whether a visit of that day which begins with that text is on
// record already.
func (l *ImportLookup) Visited(customer int64, day, learned string) (bool, error) {
	had := false
	err := l.each(`SELECT learned FROM visits WHERE customer_id = $1 AND day = $2 AND deleted_at = 0`, []any{customer, day}, func(scan func(...any) error) error {
		var text string
		err := scan(&text)
		had = had || strings.HasPrefix(text, learned)
		return err
	})
	return had, err
}

// carried are the fields of an import that have no column of their own and go
// into the remark of a new file, so that nothing on paper is lost.
var carried = []string{"area", "price", "status", "birthday"}

// ImportKeeps says whether the system keeps a field of an import at all.
func ImportKeeps(kind, field string) bool {
	switch kind {
	case ImportVisits:
		return field != "seq"
	case ImportPayments, ImportCases:
		return field != "seq"
	case ImportWaybills:
		return field != "seq" && field != "branch"
	}
	switch field {
	case "seq", "last_shipped", "last_visit", "pieces_total", "revenue_month", "balance":
		return false
	}
	return true
}

// importCustomer lays a record over a file: what the record leaves empty stays
// as it is. fill says that only what is empty on file is written.
func importCustomer(r *ImportRecord, c *Customer, fill bool, reason string) {
	set := func(to *string, v string) {
		if v != "" && (!fill || *to == "") {
			*to = v
		}
	}
	num := func(to *int64, field string) {
		if n, err := strconv.ParseInt(r.V[field], 10, 64); err == nil && n >= 0 && (!fill || *to == 0) {
			*to = n
		}
	}
	if c.ID == 0 || dedupe.FoldName(c.Name) != dedupe.FoldName(r.V["name"]) {
		set(&c.Name, r.V["name"])
	}
	if c.Code == "" {
		c.Code = r.V["code"]
	}
	set(&c.ShortName, r.V["short_name"])
	set(&c.Kind, r.V["kind"])
	set(&c.Nature, r.V["nature"])
	set(&c.Size, r.V["size"])
	set(&c.Source, r.V["source"])
	set(&c.Industry, r.V["industry"])
	set(&c.BusinessType, r.V["business_type"])
	set(&c.CreditCode, r.V["credit_code"])
	set(&c.AccountNo, r.V["account_no"])
	set(&c.WeChat, r.V["wechat"])
	set(&c.Email, r.V["email"])
	set(&c.ContractNo, r.V["contract_no"])
	set(&c.ContractFrom, r.V["contract_from"])
	set(&c.ContractTo, r.V["contract_to"])
	set(&c.FiledOn, r.V["filed_on"])
	set(&c.FoundedOn, r.V["founded_on"])
	set(&c.Stage, r.V["stage"])
	terms := r.V["terms"]
	if terms == "" && r.V["account_no"] != "" && c.Terms == "" {
		terms = "monthly" // a statement account is what monthly terms are
	}
	set(&c.Terms, terms)
	num(&c.TermsDays, "terms_days")
	num(&c.CreditLimit, "credit_limit")
	num(&c.MonthlyPieces, "monthly_pieces")
	if class := r.V["class"]; class != "" && class != c.Class && (!fill || c.Class == "") {
		c.Class, c.ClassReason = class, reason
	}
	if r.Owner != 0 && (!fill || c.OwnerID == 0) {
		c.OwnerID = r.Owner
	}
	if r.Clerk != 0 && (!fill || c.ClerkID == 0) {
		c.ClerkID = r.Clerk
	}
	if remark := r.V["remark"]; remark != "" && !strings.Contains(c.Remark, remark) && (!fill || c.Remark == "") {
		c.Remark = strings.TrimPrefix(c.Remark+"\n"+remark, "\n")
	}
	if code, city, detail, ok := importAddress(r); ok && (!fill || c.PlaceCode == "" && c.Address == "") {
		c.PlaceCode, c.CityCode, c.Address = code, city, detail
	}
	for _, p := range append(slices.Clone(r.Phones), r.Extra...) {
		if !dedupe.Contains(c.Phones, p) {
			c.Phones = append(c.Phones, p)
		}
	}
}

// importAddress splits what the record says of the place into its division and
// the rest.
func importAddress(r *ImportRecord) (code, city, detail string, ok bool) {
	text := r.V["address"]
	above := r.V["province"] + r.V["city"] + r.V["district"]
	if text == "" && above == "" {
		return "", "", "", false
	}
	p, rest, sure := place.Find(text)
	if above != "" && p.District.Code == "" {
		if q, more, how := place.Find(above + text); how > sure {
			p, rest, sure = q, more, how
		}
	}
	if sure == place.None {
		return "", "", above + text, true
	}
	if sure == place.Ambiguous {
		rest = text
	}
	return p.Code(), p.City.Code, rest, true
}

// CompareImport says what a record would change on a file: field by field, for
// the reader and for the record itself.
func CompareImport(r ImportRecord, k *OnRecord, fill bool, tags []string) []ImportChange {
	was, now := k.Customer, k.Customer
	was.Phones = slices.Clone(k.Phones)
	now.Phones = slices.Clone(k.Phones)
	importCustomer(&r, &now, fill, now.ClassReason)
	var out []ImportChange
	before, after := was.fields(), now.fields()
	for i := range before {
		if a, b := plain(before[i].value), plain(after[i].value); a != b {
			out = append(out, ImportChange{before[i].column, fmt.Sprint(a), fmt.Sprint(b)})
		}
	}
	if len(now.Phones) > len(was.Phones) {
		out = append(out, ImportChange{"phones", strings.Join(was.Phones, " "), strings.Join(now.Phones, " ")})
	}
	for _, t := range tags {
		if !slices.Contains(k.TagNames, t) {
			out = append(out, ImportChange{"tags", "", t})
		}
	}
	if name := r.V["contact"]; name != "" && !slices.Contains(k.Contacts, name) && (!fill || len(k.Contacts) == 0) {
		out = append(out, ImportChange{"contact", strings.Join(k.Contacts, " "), name})
	} else if had, on := k.Ways[name]; on && r.V["ways"] != "" && r.V["ways"] != had && (!fill || had == "") {
		out = append(out, ImportChange{"ways", had, r.V["ways"]})
	}
	return out
}
