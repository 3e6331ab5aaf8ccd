package db

import (
	"encoding/base64"
	"strconv"
	"strings"

	"yike/policy/classify"
	"yike/policy/place"
	"yike/policy/profile"
)

// CustomerFilter says which customers a list shows, and from where. The zero
// value is all of them by name.
type CustomerFilter struct {
	Branch   int64    // with all below it
	Owner    int64    // account manager or rep
	Clerk    int64    // service clerk
	NoOwner  bool     // only those that nobody looks after
	Classes  []string // "A"…; "none" for those without
	Stage    string
	Kind     string
	Source   string
	State    string
	Tag      int64
	Place    string // division code of a province (33…), a city or a district; "none"; a city with NoDistrict behind it
	NotSince string // day: last visited before it, or never
	Since    string // day: visited on it or later
	Before   string // day: the file was opened before it
	Gap      string // lacks a field that the data-entry standard asks for; GapAny, GapMust
	Never    bool   // never visited
	Owing    *Owing // owes (欠费) on a day by a rule
	Cases    bool   // has an open case

	// What the rules call them: values of policy/classify.
	Worth, RFM, Tier, Level string
	Mark                    string
	Quiet                   string // stop of the countdown to silence, of policy/radar

	Sort   string // "" is SortName
	Desc   bool
	Cursor string // of CustomerPage; "" is the first page
	Limit  int    // rows; 0 is PageSize

	// What a row carries besides its own columns.
	WithPhones, WithTags, WithCases bool
	// Columns, when set, are those of the list that are shown: what stands in
	// others only is not read. Ids, code, name and class are always there.
	Columns []string
}

// NoDistrict, behind the code of a city, asks for the customers of whom no
// district is known.
const NoDistrict = "_"

// clause is one filter: its condition, the columns it reads, and the ranges of
// the index in which its customers stand together.
type clause struct {
	cond
	columns []string
	seeks   []cond // one per value; each is the beginning of an index
	named   bool   // that index goes on by name, after the branch
	wide    bool   // … and needs no branch before the name (owner, clerk)
	tag     bool

	everywhere bool // … and needs none over the whole company
}

// valuesSQL is a clause over one column that holds one of some words.
func valuesSQL(column string, words ...string) clause {
	c := clause{columns: []string{column}, named: true}
	var marks []string
	for _, w := range words {
		if w == "none" {
			w = ""
		}
		c.seeks = append(c.seeks, condOf("c."+column+" = ?", w))
		c.args = append(c.args, w)
		marks = append(marks, "?")
	}
	c.text = "c." + column + " IN (" + strings.Join(marks, ", ") + ")"
	if len(words) == 1 {
		c.text = c.seeks[0].text
	}
	return c
}

// labelledSQL is valuesSQL over a label, whose index leaves out who has none.
func labelledSQL(column, word string) clause {
	c := valuesSQL(column, word)
	c.text += " AND c." + column + " <> ''"
	c.seeks = []cond{c.cond}
	return c
}

// clauses turns the filter into conditions, without the branch, which is part
// of the reach.
func (f CustomerFilter) clauses() []clause {
	var out []clause
	for _, w := range []struct {
		column string
		words  []string
	}{{"class", f.Classes}, {"stage", one(f.Stage)}, {"kind", one(f.Kind)}, {"source", one(f.Source)}, {"state", one(f.State)}} {
		if len(w.words) > 0 {
			out = append(out, valuesSQL(w.column, w.words...))
		}
	}
	for _, w := range [][2]string{{"worth", f.Worth}, {"rfm", f.RFM}, {"tier", f.Tier}, {"level", f.Level}, {"quiet", f.Quiet}} {
		if w[1] != "" {
			out = append(out, labelledSQL(w[0], w[1]))
		}
	}
	if f.Mark != "" {
		c := condOf("c.marks <> 0 AND (c.marks & ?) <> 0", int64(classify.Mark(f.Mark)))
		out = append(out, clause{cond: c, columns: []string{"marks"}})
	}
	person := func(c cond, column string) {
		out = append(out, clause{cond: c, columns: []string{column}, seeks: []cond{c}, named: true, wide: true})
	}
	if f.Owner != 0 {
		person(condOf("c.owner_id = ?", f.Owner), "owner_id")
	}
	if f.NoOwner {
		// Unlike one person's, these stand in every branch: an index of their own
		// goes on by branch and name. No key is empty; naming it makes SQLite
		// count by that index and not by one of all customers of the branch.
		c := condOf("c.owner_id IS NULL AND c.name_key > ''")
		out = append(out, clause{cond: c, columns: []string{"name_key", "owner_id"}, seeks: []cond{c}, named: true, everywhere: true})
	}
	if f.Clerk != 0 {
		person(condOf("c.clerk_id = ?", f.Clerk), "clerk_id")
	}
	if f.Tag != 0 {
		out = append(out, clause{
			cond: condOf("EXISTS (SELECT 1 FROM customer_tags x WHERE x.customer_id = c.id AND x.tag_id = ?)", f.Tag), tag: true,
		})
	}
	if f.Cases {
		out = append(out, clause{cond: condOf("EXISTS (SELECT 1 FROM cases x WHERE x.customer_id = c.id AND x.step <> 'closed' AND x.deleted_at = 0)")})
	}
	if f.Owing != nil {
		out = append(out, clause{cond: owesSQL(f.Owing.Rules, f.Owing.Day)})
	}
	switch {
	case strings.HasSuffix(f.Place, "0000"): // a province: the cities that begin with its two digits
		c := condOf("c.city_code >= ? AND c.city_code < ?", f.Place[:2], f.Place[:2]+"~")
		out = append(out, clause{cond: c, columns: []string{"city_code"}, seeks: []cond{c}})
	case f.Place == "none": // no city is known
		out = append(out, valuesSQL("city_code", f.Place))
	case strings.HasSuffix(f.Place, NoDistrict): // a city, and no district of it
		c := valuesSQL("city_code", strings.TrimSuffix(f.Place, NoDistrict))
		out = append(out, c, clause{cond: condOf("c.place_code = ?", c.args[0]), columns: []string{"place_code"}})
	case f.Place != "":
		if p, ok := place.Path(f.Place); ok && p.District.Code != "" {
			out = append(out, valuesSQL("city_code", p.City.Code), clause{cond: condOf("c.place_code = ?", f.Place), columns: []string{"place_code"}})
			break
		}
		out = append(out, valuesSQL("city_code", f.Place))
	}
	if f.Before != "" {
		c := condOf("c.created_at < ?", dayStart(dayParsed(f.Before)))
		out = append(out, clause{cond: c, columns: []string{"created_at"}})
	}
	visit := func(c cond) {
		out = append(out, clause{cond: c, columns: []string{"last_visit_on"}, seeks: []cond{c}})
	}
	if f.Never {
		visit(condOf("c.last_visit_on = ?", ""))
	}
	if f.NotSince != "" {
		visit(condOf("c.last_visit_on < ?", f.NotSince))
	}
	if f.Since != "" {
		visit(condOf("c.last_visit_on >= ?", f.Since))
	}
	return out
}

func one(word string) []string {
	if word == "" {
		return nil
	}
	return []string{word}
}

// Filters says how many filters are set, beside the sort.
func (f CustomerFilter) Filters() int {
	n := len(f.clauses())
	if f.Branch != 0 {
		n++
	}
	if f.Gap != "" {
		n++
	}
	return n
}

// order is how a list is sorted: by a key that is not null, then by id.
type order struct {
	column string // "id" for no other key
	desc   bool
}

func (f CustomerFilter) order() order {
	switch f.Sort {
	case SortCode:
		return order{"code", f.Desc}
	case SortVisit:
		return order{"last_visit_on", f.Desc}
	case SortCreated:
		return order{"id", f.Desc}
	}
	return order{"name_key", f.Desc}
}

// listPlace is where in a list a row stands.
type listPlace struct {
	class string // with SortClass
	key   string
	id    int64
	row   int // among those that were read with it
}

// cursor of a page: direction, sort, and the place it goes on from.
func (f CustomerFilter) cursor(back bool, at listPlace) string {
	way := "n"
	if back {
		way = "p"
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join([]string{
		way, f.sortWord(), at.class, strconv.FormatInt(at.id, 36), at.key}, "\x00")))
}

func (f CustomerFilter) sortWord() string {
	w := f.Sort
	if w == "" {
		w = SortName
	}
	if f.Desc {
		w += "-"
	}
	return w
}

// parseCursor reads a cursor; ok is false for none, for one of another sort and
// for one that nobody made, which all mean the first page.
func (f CustomerFilter) parseCursor() (back bool, at listPlace, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(f.Cursor)
	parts := strings.SplitN(string(b), "\x00", 5)
	if err != nil || len(parts) != 5 || parts[1] != f.sortWord() || parts[0] != "n" && parts[0] != "p" {
		return false, at, false
	}
	id, err := strconv.ParseInt(parts[3], 36, 64)
	if err != nil || id <= 0 || strings.ContainsRune(parts[4], 0) || !profile.Known(profile.Classes, parts[2]) {
		return false, at, false
	}
	return parts[0] == "p", listPlace{class: parts[2], key: parts[4], id: id}, true
}
