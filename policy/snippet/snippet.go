// Package snippet reads a receiver out of pasted text: the message in which a
// customer sends name, telephone and address in some order. It owns telling
// the parts apart. Places it asks of policy/place, numbers of policy/phone; it
// does not know customers, and it never guesses silently: whatever a person
// should look at is a doubt.
package snippet

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"yike/policy/phone"
	"yike/policy/place"
)

// MaxLength is how many bytes of a text are read; a message is far shorter.
const MaxLength = 2000

// Doubt names a thing a person should look at.
type Doubt string

const (
	NoPhone          Doubt = "no_phone"
	PhoneDigits      Doubt = "phone_digits" // digits that look like a telephone number and are none
	NoName           Doubt = "no_name"
	NameUnsure       Doubt = "name_unsure" // taken for the name without a surname to show for it
	NoAddress        Doubt = "no_address"
	PlaceUnknown     Doubt = "place_unknown"     // an address without a division we know
	PlaceAmbiguous   Doubt = "place_ambiguous"   // several divisions of that name
	PlaceDissolved   Doubt = "place_dissolved"   // the division is history
	DistrictMissing  Doubt = "district_missing"  // only the city or province is said
	NoDetail         Doubt = "no_detail"         // nothing behind the division
	SeveralReceivers Doubt = "several_receivers" // the first is returned
	LeftOver         Doubt = "left_over"         // text that belongs nowhere, in Rest
	TooLong          Doubt = "too_long"
)

// A Snippet is what was understood. What was not found is empty.
type Snippet struct {
	Name     string
	Phones   []phone.Number // in the order written, each once
	Place    place.Place
	Province string // names of Place
	City     string
	District string
	Detail   string // what follows the division: street, house, room
	Company  string
	Rest     string // text that belongs nowhere
	Certain  bool   // there is no doubt
	Doubts   []Doubt
}

// Parse reads one receiver. area is the telephone area code of a landline
// written without one ("0571"; "" for none). Parts may come in any order, with
// labels (收件人：, 电话, 地址), separators, or none at all.
func Parse(text, area string) Snippet {
	var s Snippet
	if len(text) > MaxLength {
		s.doubt(TooLong)
		text = strings.ToValidUTF8(text[:MaxLength], "")
	}
	pieces, numbers, broken := findPhones(clean(text), area)
	s.Phones = numbers
	r := reader{s: &s}
	for _, p := range pieces {
		if p.phone {
			r.tokens = append(r.tokens, token{phone: true})
			continue
		}
		r.tokens = append(r.tokens, tokenize(p.text)...)
	}
	r.read()
	switch {
	case broken:
		s.doubt(PhoneDigits)
	case len(s.Phones) == 0:
		s.doubt(NoPhone)
	}
	s.Certain = len(s.Doubts) == 0
	return s
}

func (s *Snippet) doubt(d Doubt) {
	for _, have := range s.Doubts {
		if have == d {
			return
		}
	}
	s.Doubts = append(s.Doubts, d)
}

// clean drops what nobody reads (emoji, invisible characters) and gives
// digits, letters and colons one width. Brackets stay as they were: they are
// part of firms' names.
func clean(s string) string {
	s = boxed.ReplaceAllString(s, " $1: ")
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９', r >= 'Ａ' && r <= 'Ｚ', r >= 'ａ' && r <= 'ｚ':
			return r - ('！' - '!')
		case r == '：':
			return ':'
		case r == '＋' || r == '－':
			return r - ('！' - '!')
		case r == '\n' || r == '\r':
			return '\n'
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError, unicode.Is(unicode.Cf, r), unicode.Is(unicode.So, r), unicode.Is(unicode.Sk, r),
			unicode.IsControl(r), r >= 0xFE00 && r <= 0xFE0F:
			return -1
		}
		return r
	}, s)
	return glued.ReplaceAllString(s, " $1: ")
}

// A token is a telephone number, or a stretch of text between separators.
type token struct {
	text  string
	label label
	phone bool
	line  bool // a comma or a new line stands before it
}

type kind uint8

const (
	other kind = iota
	name
	company
	address
)

type reader struct {
	s      *Snippet
	tokens []token
	kinds  []kind
	firm   []bool // a name that is beyond doubt: labelled, or with 收 behind it
}

func (r *reader) read() {
	r.splitGlued()
	r.kinds = make([]kind, len(r.tokens))
	r.firm = make([]bool, len(r.tokens))
	for i, t := range r.tokens {
		r.kinds[i] = r.classify(i, t)
	}
	starts := r.addressTokens()
	names := r.names()
	if len(starts) > 1 || r.severalNames(names) {
		r.s.doubt(SeveralReceivers)
	}
	r.takeName(names)
	r.takeCompany(len(starts) > 0)
	r.takeAddress(starts)
	r.takeRest()
}

// classify says what a token is by itself.
func (r *reader) classify(i int, t token) kind {
	switch {
	case t.phone:
		return other
	case t.label == nameLabel:
		r.firm[i] = true
		return name
	case t.label == companyLabel:
		return company
	case t.label == addressLabel:
		if r.nextToPhone(i) && isName(t.text) && !r.hasNameLabel() {
			return name
		}
		return address
	}
	if base, ok := receiverMark(t.text); ok && maybeName(base) {
		r.tokens[i].text, r.firm[i] = base, true
		return name
	}
	if isCompany(t.text) {
		return company
	}
	if _, _, c := place.Find(t.text); c != place.None && !(isName(t.text) && c < place.Inferred) {
		return address
	}
	if isName(t.text) {
		return name
	}
	if looksLikeAddress(t.text) {
		return address
	}
	return other
}

// addressTokens finds where addresses begin and joins to each what continues
// it: its further levels and whatever follows that is nothing else.
func (r *reader) addressTokens() (starts []int) {
	open := false
	labelled := false
	for i := range r.tokens {
		t := r.tokens[i]
		switch {
		case t.phone || r.kinds[i] == company && t.label == companyLabel:
			open = false
		case t.label == addressLabel && r.kinds[i] == address:
			if !(open && labelled) {
				starts = append(starts, i)
			}
			open, labelled = true, true
		case r.kinds[i] == address && !open:
			if len(starts) > 0 && !beginsPlace(t.text) {
				continue // a house number somewhere behind the address belongs to it
			}
			starts = append(starts, i)
			open, labelled = true, false
		case r.kinds[i] == address && r.hasHouse(starts, i) && wholePlace(t.text):
			starts = append(starts, i)
			labelled = false
		case r.kinds[i] == other && open && !chat(t.text) && !r.bareName(i):
			if t.line && r.hasHouse(starts, i) {
				open = false // 周五前要到: said after the address, not part of it
				continue
			}
			r.kinds[i] = address
		case r.kinds[i] == company || r.kinds[i] == name:
			if !(r.kinds[i] == name && !r.firm[i] && !r.nextToPhone(i) && r.followedByAddress(i)) {
				open = false
			} else if open {
				r.kinds[i] = address // 金色家园 between street and house
			}
		}
	}
	return starts
}

// hasHouse tells whether the address begun last already has a division and a
// house, so that another division begins another address.
func (r *reader) hasHouse(starts []int, until int) bool {
	if len(starts) == 0 {
		return false
	}
	var b strings.Builder
	for i := starts[len(starts)-1]; i < until; i++ {
		if r.kinds[i] == address {
			b.WriteString(r.tokens[i].text)
		}
	}
	_, rest, c := place.Find(b.String())
	return c >= place.Partial && strings.ContainsFunc(rest, unicode.IsDigit)
}

func (r *reader) followedByAddress(i int) bool {
	return i+1 < len(r.tokens) && r.kinds[i+1] == address && !beginsPlace(r.tokens[i+1].text)
}

// bareName holds for a short word between the address and the number that
// shows no surname: 小王, Lily.
func (r *reader) bareName(i int) bool {
	return r.nextToPhone(i) && maybeName(r.tokens[i].text) && !looksLikeAddress(r.tokens[i].text)
}

func (r *reader) hasNameLabel() bool {
	for _, t := range r.tokens {
		if t.label == nameLabel {
			return true
		}
	}
	return false
}

func (r *reader) nextToPhone(i int) bool {
	return i > 0 && r.tokens[i-1].phone || i+1 < len(r.tokens) && r.tokens[i+1].phone
}

// names lists the tokens that may be the name, those beyond doubt alone if
// there are any.
func (r *reader) names() (out []int) {
	for _, want := range []func(i int) bool{
		func(i int) bool { return r.firm[i] },
		func(i int) bool { return r.nextToPhone(i) },
		func(i int) bool { return true },
	} {
		for i, k := range r.kinds {
			if k == name && want(i) {
				out = append(out, i)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

func (r *reader) severalNames(names []int) bool {
	for _, i := range names[min(1, len(names)):] {
		if r.tokens[i].text != r.tokens[names[0]].text {
			return true
		}
	}
	return false
}

func (r *reader) takeName(names []int) {
	if len(names) > 0 {
		r.s.Name = r.tokens[names[0]].text
		if !maybeName(r.s.Name) {
			r.s.doubt(NameUnsure)
		}
		return
	}
	at := r.likelyName()
	if at < 0 {
		r.s.doubt(NoName)
		return
	}
	r.kinds[at] = name
	r.s.Name = r.tokens[at].text
	r.s.doubt(NameUnsure)
}

// likelyName returns the word without a surname that may yet be the name: the
// first beside a number, or else the only one. It is -1 when there is none.
func (r *reader) likelyName() int {
	only, count := -1, 0
	for i, t := range r.tokens {
		if r.kinds[i] != other || t.phone || !maybeName(t.text) {
			continue
		}
		if r.nextToPhone(i) {
			return i
		}
		only = i
		count++
	}
	if count != 1 || len(r.s.Phones) == 0 {
		return -1
	}
	return only
}

// takeCompany takes the first firm. A firm with a place in front (杭州市萧山区
// …经营部) is the address when there is no other.
func (r *reader) takeCompany(hasAddress bool) {
	for i, k := range r.kinds {
		if k != company {
			continue
		}
		if _, _, c := place.Find(r.tokens[i].text); c >= place.Partial && !hasAddress && r.tokens[i].label != companyLabel {
			r.kinds[i] = address
			continue
		}
		if r.s.Company == "" {
			r.s.Company = r.tokens[i].text
		} else if r.s.Company != r.tokens[i].text {
			r.kinds[i] = other
		}
	}
}

func (r *reader) takeAddress(starts []int) {
	from, to := 0, len(r.tokens)
	if len(starts) > 0 {
		from = starts[0]
	}
	if len(starts) > 1 {
		to = starts[1]
	}
	full := ""
	for i := from; i < to; i++ {
		if r.kinds[i] == address {
			full = join(full, r.tokens[i].text)
		}
	}
	if full == "" {
		r.s.doubt(NoAddress)
		return
	}
	p, rest, c := place.Find(full)
	r.s.Place, r.s.Detail = p, rest
	r.s.Province, r.s.City, r.s.District = p.Province.Name, p.City.Name, p.District.Name
	switch c {
	case place.None:
		r.s.doubt(PlaceUnknown)
	case place.Ambiguous:
		r.s.doubt(PlaceAmbiguous)
	case place.Partial:
		r.s.doubt(DistrictMissing)
	}
	for _, d := range []place.Division{p.City, p.District} {
		if d.Code != "" && !d.Current() {
			r.s.doubt(PlaceDissolved)
		}
	}
	if rest == "" {
		r.s.doubt(NoDetail)
	}
}

func (r *reader) takeRest() {
	var rest []string
	for i, t := range r.tokens {
		if r.kinds[i] == other && !t.phone && !chat(t.text) {
			rest = append(rest, t.text)
		}
	}
	if len(rest) > 0 {
		r.s.Rest = strings.Join(rest, " ")
		r.s.doubt(LeftOver)
	}
}

// join puts two parts of an address together; figures do not run into one
// another.
func join(a, b string) string {
	last, _ := utf8.DecodeLastRuneInString(a)
	first, _ := utf8.DecodeRuneInString(b)
	if a != "" && last < utf8.RuneSelf && first < utf8.RuneSelf {
		return a + " " + b
	}
	return a + b
}

func beginsPlace(s string) bool {
	_, _, c := place.Find(s)
	return c >= place.Partial
}

// wholePlace holds for text that goes down to the district on its own.
func wholePlace(s string) bool {
	_, rest, c := place.Find(s)
	return c >= place.Inferred && rest != ""
}
