package db

import (
	"slices"
	"strings"
)

// rowPart is a column of the list as it is read: only when one of the list's
// columns shows it, or always when it names none.
type rowPart struct {
	sql   string
	into  func(*CustomerRow) any // *int64 for a number, *string for a text, *code for a word of ours
	shown []string
}

// code is a text that holds no "|": a word of a list, a day, a number dialled.
// Such columns are read as one, since each column of a row costs a handful of
// calls into the engine.
type code string

// rowParts are in the order in which they are read. A column that is not read
// costs nothing, and most of what a page costs is columns.
var rowParts = []rowPart{
	{"c.branch_id", func(r *CustomerRow) any { return &r.BranchID }, nil},
	{"coalesce(c.owner_id, 0)", func(r *CustomerRow) any { return &r.OwnerID }, nil},
	{"coalesce(c.clerk_id, 0)", func(r *CustomerRow) any { return &r.ClerkID }, nil},
	{"c.code", func(r *CustomerRow) any { return &r.Code }, nil},
	{"c.name", func(r *CustomerRow) any { return &r.Name }, nil},
	{"c.short_name", func(r *CustomerRow) any { return &r.ShortName }, nil},
	{"c.class", func(r *CustomerRow) any { return (*code)(&r.Class) }, nil},
	{"c.version", func(r *CustomerRow) any { return &r.Version }, []string{"version"}},
	{"c.kind", func(r *CustomerRow) any { return (*code)(&r.Kind) }, []string{"kind"}},
	{"c.source", func(r *CustomerRow) any { return (*code)(&r.Source) }, []string{"source"}},
	{"c.stage", func(r *CustomerRow) any { return (*code)(&r.Stage) }, []string{"stage"}},
	{"c.state", func(r *CustomerRow) any { return (*code)(&r.State) }, []string{"state"}},
	{"c.industry", func(r *CustomerRow) any { return &r.Industry }, []string{"industry"}},
	{"c.account_no", func(r *CustomerRow) any { return &r.AccountNo }, []string{"account"}},
	{"c.terms", func(r *CustomerRow) any { return &r.Terms }, []string{"terms"}},
	{"c.place_code", func(r *CustomerRow) any { return (*code)(&r.PlaceCode) }, []string{"place"}},
	{"c.city_code", func(r *CustomerRow) any { return (*code)(&r.CityCode) }, []string{"city"}},
	{"c.last_visit_on", func(r *CustomerRow) any { return (*code)(&r.LastVisitOn) }, []string{"last_visit"}},
	{"c.next_visit_on", func(r *CustomerRow) any { return (*code)(&r.NextVisitOn) }, []string{"next_visit"}},
	{"c.monthly_pieces", func(r *CustomerRow) any { return &r.MonthlyPieces }, []string{"pieces"}},
	{"c.created_at", func(r *CustomerRow) any { return &r.CreatedAt }, []string{"created"}},
}

// The number called first and the tags, read with the row: one statement costs
// less than three.
const (
	phoneColumn = `coalesce(
		(SELECT p.number FROM phones p WHERE p.customer_id = c.id AND p.contact_id IS NULL ORDER BY p.position, p.id LIMIT 1),
		(SELECT p.number FROM phones p WHERE p.customer_id = c.id ORDER BY p.position, p.id LIMIT 1), '')`
	tagsColumn = `coalesce((SELECT string_agg(CAST(x.tag_id AS TEXT), ',') FROM customer_tags x WHERE x.customer_id = c.id), '')`
	// The open cases, as the mark at a name counts them.
	casesColumn = `CAST((SELECT COUNT(*) FROM cases q WHERE q.customer_id = c.id AND q.step <> 'closed' AND q.deleted_at = 0) AS TEXT)`
	// SQLite's string_agg takes numbers as they are; the cast is a sixth of what
	// the page's statement costs it.
	tagsColumnSQLite = `coalesce((SELECT string_agg(x.tag_id, ',') FROM customer_tags x WHERE x.customer_id = c.id), '')`
)

// rowReader reads rows of the list together with their places.
type rowReader struct {
	columns string
	into    []any
	codes   []*code // parts of coded, in their order
	coded   string
	row     CustomerRow
	tags    string
	cases   string
	read    []CustomerRow
}

// rowReader returns the reader of what the filter says is shown.
func (f CustomerFilter) rowReader(postgres bool) *rowReader {
	r := &rowReader{read: make([]CustomerRow, 0, PageSize+1)}
	var columns, codes []string
	for _, p := range rowParts {
		if f.Columns == nil || p.shown == nil || slices.ContainsFunc(p.shown, func(c string) bool { return slices.Contains(f.Columns, c) }) {
			if to, ok := p.into(&r.row).(*code); ok {
				codes, r.codes = append(codes, p.sql), append(r.codes, to)
				continue
			}
			columns, r.into = append(columns, p.sql), append(r.into, p.into(&r.row))
		}
	}
	if f.WithPhones {
		codes, r.codes = append(codes, phoneColumn), append(r.codes, (*code)(&r.row.Phone))
	}
	if f.WithTags {
		column := tagsColumn
		if !postgres {
			column = tagsColumnSQLite
		}
		codes, r.codes = append(codes, column), append(r.codes, (*code)(&r.tags))
	}
	if f.WithCases {
		codes, r.codes = append(codes, casesColumn), append(r.codes, (*code)(&r.cases))
	}
	r.columns, r.into = strings.Join(append(columns, strings.Join(codes, " || '|' || ")), ", "), append(r.into, &r.coded)
	return r
}

// joinSQL reads the rows of a list of places, in its order. SQLite hands on the
// order of the inner query row by row; PostgreSQL is told it again.
func (r *rowReader) joinSQL(places cond, o order, postgres bool) cond {
	q := cond{"SELECT d.id AS id, d.k AS k, " + r.columns + " FROM (" + places.text + ") d CROSS JOIN customers c WHERE c.id = d.id", places.args}
	if postgres {
		q.text += o.orderSQL()
	}
	return q
}

// keep takes the row just scanned, and returns where it stands.
func (r *rowReader) keep(id int64) int {
	r.row.ID = id
	rest := r.coded
	for _, to := range r.codes {
		word, after, _ := strings.Cut(rest, "|")
		*to, rest = code(word), after
	}
	r.row.Tags = tagIDs(r.tags)
	if r.row.Cases = 0; r.cases != "" && r.cases != "0" {
		r.row.Cases = ParseID(r.cases)
	}
	r.read = append(r.read, r.row)
	return len(r.read) - 1
}

// of returns the rows of the places, in their order.
func (r *rowReader) of(places []listPlace) []CustomerRow {
	inOrder := true // as on every page but those that are walked backwards
	for i, p := range places {
		inOrder = inOrder && p.row == i
	}
	if inOrder {
		return r.read[:len(places):len(places)]
	}
	out := make([]CustomerRow, 0, len(places))
	for _, p := range places {
		out = append(out, r.read[p.row])
	}
	return out
}

// tagIDs reads what tagsColumn wrote, the oldest tag first.
func tagIDs(list string) []int64 {
	if list == "" {
		return nil
	}
	out := make([]int64, 0, strings.Count(list, ",")+1)
	for word := range strings.SplitSeq(list, ",") {
		out = append(out, ParseID(word))
	}
	slices.Sort(out)
	return out
}
