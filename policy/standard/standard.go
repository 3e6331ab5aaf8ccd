// Package standard is head office's data-entry standard (R19–R28, R43): which
// fields a customer file must have and which it should have, by the kind of
// customer. It knows neither when a standard holds nor which branch asks for
// more than head office; it is given the rules and puts them together.
//
// What a file lacks is said apart from any standard, as one bit a field, so
// that a new standard needs no look at the files: a gap is a field that is
// lacking and asked for.
package standard

import (
	"slices"
	"strings"

	"yike/policy/creditcode"
	"yike/policy/place"
	"yike/policy/profile"
)

// Level is how much a standard asks for a field.
type Level string

// The levels, the weakest first.
const (
	Free   Level = ""       // as one likes
	Should Level = "should" // a file without it is saved and reminds
	Must   Level = "must"   // a file without it is not saved
)

// Levels lists them, the weakest first.
var Levels = []Level{Free, Should, Must}

// Fields are what a standard may ask for, in the order of the pages; the place
// in this list is the field's bit and never changes. A file has a name in any
// case. "mobile" is asked for instead of "phone" when the format of phones is
// Mobile, and is no line of its own on a page.
var Fields = []string{"phone", "contact", "kind", "district", "address", "owner", "clerk", "class", "industry", "source", "credit_code", "terms", "mobile"}

// None is the kind, in a rule, of a file whose kind is not known.
const None = "none"

// Kinds are the columns of a standard: the kinds of customer, and None.
var Kinds = append(slices.Clone(profile.Kinds), None)

// Asked are the fields that a page offers.
var Asked = Fields[:len(Fields)-1]

// Formats of phones.
const (
	AnyPhone = ""
	Mobile   = "mobile" // at least one of the numbers is a mobile one
)

// Rule is one standard.
type Rule struct {
	// Levels by field, then by kind; what is missing is Free.
	Levels map[string]map[string]Level `json:"levels"`
	Phone  string                      `json:"phone,omitempty"` // format of phones
}

// Default is the standard of a company that set none: it stops nobody and
// reminds of what every branch needs to call and to find a client (R22, R23).
func Default() Rule {
	r := Rule{Levels: map[string]map[string]Level{}}
	for _, field := range []string{"phone", "kind", "district", "owner"} {
		for _, kind := range Kinds {
			r.Set(field, kind, Should)
		}
	}
	for _, kind := range []string{"enterprise", "distributor", "partner"} {
		r.Set("contact", kind, Should)
	}
	return r
}

// Set asks for a field of a kind.
func (r *Rule) Set(field, kind string, l Level) {
	if r.Levels == nil {
		r.Levels = map[string]map[string]Level{}
	}
	if r.Levels[field] == nil {
		r.Levels[field] = map[string]Level{}
	}
	r.Levels[field][kind] = l
}

// Level is how much is asked for a field of a kind; "" is None.
func (r Rule) Level(field, kind string) Level {
	if kind == "" {
		kind = None
	}
	return r.Levels[field][kind]
}

func rank(l Level) int { return slices.Index(Levels, l) }

// stronger of two levels.
func stronger(a, b Level) Level {
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// With is the rule with what another asks for besides: of each field the
// stronger level. A branch's rule can so ask for more than head office's and
// never for less.
func (r Rule) With(more Rule) Rule {
	out := Rule{Phone: r.Phone}
	if more.Phone != AnyPhone {
		out.Phone = more.Phone
	}
	for _, field := range Fields {
		for _, kind := range Kinds {
			if l := stronger(r.Level(field, kind), more.Level(field, kind)); l != Free {
				out.Set(field, kind, l)
			}
		}
	}
	return out
}

// Weaker names what of a rule asks for less than the one above it, as field
// and kind: a page says so instead of pretending to keep it.
func (r Rule) Weaker(above Rule) [][2]string {
	var out [][2]string
	for _, field := range Asked {
		for _, kind := range Kinds {
			if rank(r.Level(field, kind)) < rank(above.Level(field, kind)) {
				out = append(out, [2]string{field, kind})
			}
		}
	}
	return out
}

// Valid says whether every word of the rule is known.
func (r Rule) Valid() bool {
	for field, kinds := range r.Levels {
		if !slices.Contains(Asked, field) {
			return false
		}
		for kind, l := range kinds {
			if !slices.Contains(Kinds, kind) || rank(l) < 0 {
				return false
			}
		}
	}
	return r.Phone == AnyPhone || r.Phone == Mobile
}

// Bit is a field's bit; 0 for an unknown one.
func Bit(field string) int64 {
	i := slices.Index(Fields, field)
	if i < 0 {
		return 0
	}
	return 1 << i
}

// Bits is what a rule asks of a kind, "" for none: the fields that must be
// there, and those that should.
func (r Rule) Bits(kind string) (must, should int64) {
	for _, field := range Asked {
		bit := Bit(field)
		if field == "phone" && r.Phone == Mobile {
			bit = Bit("mobile") // whoever has no number has no mobile either
		}
		switch r.Level(field, kind) {
		case Must:
			must |= bit
		case Should:
			should |= bit
		}
	}
	return must, should
}

// Names are the fields of some bits, in their order. A mobile number is the
// phone's.
func Names(bits int64) []string {
	var out []string
	for i, field := range Fields {
		if bits&(1<<i) == 0 {
			continue
		}
		if field == "mobile" {
			field = "phone"
		}
		if !slices.Contains(out, field) {
			out = append(out, field)
		}
	}
	return out
}

// File is what of a customer file a standard asks about. Phones are those of
// the client and of its contacts, canonical.
type File struct {
	Phones                                                          []string
	Contact, Owner, Clerk                                           bool
	Kind, PlaceCode, Address, Class, Industry, Source, Credit, Term string
}

// Lacks are the bits of the fields that a file lacks.
func Lacks(f File) int64 {
	var out int64
	lack := func(field string, is bool) {
		if is {
			out |= Bit(field)
		}
	}
	lack("phone", len(f.Phones) == 0)
	lack("mobile", !slices.ContainsFunc(f.Phones, isMobile))
	lack("contact", !f.Contact)
	lack("kind", f.Kind == "")
	lack("district", !ToDistrict(f.PlaceCode))
	lack("address", f.Address == "")
	lack("owner", !f.Owner)
	lack("clerk", !f.Clerk)
	lack("class", f.Class == "")
	lack("industry", f.Industry == "")
	lack("source", f.Source == "")
	lack("credit_code", len(f.Credit) != creditcode.Length)
	lack("terms", f.Term == "")
	return out
}

func isMobile(number string) bool { return len(number) == 11 && number[0] == '1' }

// Undivided are the cities that have no districts: for them the city is as
// fine as an address gets. Other codes that end in 00 are of a city or a
// province.
var Undivided = []string{"441900", "442000", "460400", "620200"}

// ToDistrict says whether a division code goes down to the district.
func ToDistrict(code string) bool {
	if code == "" {
		return false
	}
	if slices.Contains(Undivided, code) {
		return true
	}
	d, ok := place.ByCode(code)
	return ok && !strings.HasSuffix(d.Code, "00")
}

// Broken are the fields that must be there and that a change takes away: what
// was lacking before does not stop it. A clerk who corrects a phone number at
// 18:00 is not asked for a credit code that nobody ever wrote down; the gap
// stays on the page of gaps. A new file was lacking nothing before.
func Broken(was, now, must int64) int64 { return now &^ was & must }
