package intake

import (
	"strconv"
	"strings"

	"yike/policy/dedupe"
	"yike/policy/place"
	"yike/policy/waybill"
)

// parcels is what a Judge remembers of a bill's rows: numbers and sums, no
// texts.
type parcels struct {
	freight int                  // column, -1 = none
	sum     int64                // of the freight of every row of data, also of those that repeat
	numbers numbers              // all digits
	others  map[string]seen      // with letters
	places  map[string][2]string // province and city by the destination's text
	meant   map[heard]meant
	folded  map[string]string // names
	senders map[string]bound
	key     []byte // of the sender that is looked up
	Totals  []Total
}

// heard is the text of a field that has few texts, and meant what it was read
// as: a bill repeats them millions of times.
type heard struct{ field, text string }

type meant struct {
	word string
	ok   bool
}

// bound is the client that a sender was found to be.
type bound struct {
	id      int64
	by      string
	several int
}

// read reads a text, or remembers what it was read as.
func (p *parcels) read(field, text string, read func(string) (string, bool)) (string, bool) {
	k := heard{field, text}
	m, known := p.meant[k]
	if !known {
		m.word, m.ok = read(text)
		if len(p.meant) < mostRemembered {
			p.meant[heard{field, strings.Clone(text)}] = m // a cell is a piece of its line
		}
	}
	return m.word, m.ok
}

// fold is dedupe.FoldName, remembered.
func (p *parcels) fold(name string) string {
	f, known := p.folded[name]
	if !known {
		f = dedupe.FoldName(name)
		if len(p.folded) < mostRemembered {
			p.folded[strings.Clone(name)] = strings.Clone(f)
		}
	}
	return f
}

// sender is the key by which a record's sender is remembered; it is good until
// the next call.
func (p *parcels) sender(rec *Record) []byte {
	k := p.key[:0]
	for _, field := range [...]string{"name", "contact", "account_no", "address"} {
		k = append(append(k, rec.Get(field)...), 0)
	}
	for _, n := range rec.Phones {
		k = append(append(k, n...), 0)
	}
	p.key = k
	return k
}

// seen is the row that had a number, with a digest of what it said.
type seen struct {
	row  uint32
	said uint32 // 24 bits
}

// Total is a totals row of a bill: what it says, and what the rows above it
// add up to.
type Total struct {
	Row       int
	Said, Sum int64
}

const mostRemembered = 20_000 // of each kind, so that memory stays bounded

func newParcels(m Mapping) *parcels {
	p := &parcels{freight: -1, others: map[string]seen{}, places: map[string][2]string{}, meant: map[heard]meant{}, folded: map[string]string{}, senders: map[string]bound{}}
	for c, name := range m {
		if name == "freight" {
			p.freight = c
		}
	}
	return p
}

func (p *parcels) add(rec *Record) {
	n, _ := rec.Int("freight")
	p.sum += n
}

// check compares a totals row with what stands above it.
func (p *parcels) check(r Row, comma bool) {
	if p.freight < 0 || p.freight >= len(r.Cells) || blankCell(r.Cells[p.freight]) {
		return
	}
	if n, ok, _ := ParseFen(r.Cells[p.freight], comma); ok {
		p.Totals = append(p.Totals, Total{Row: r.Number, Said: n, Sum: p.sum})
	}
}

// Totals are the totals rows met so far, for a judge of parcels.
func (j *Judge) Totals() []Total {
	if j.money != nil {
		return j.money.totals
	}
	if j.parcels == nil {
		return nil
	}
	return j.parcels.Totals
}

func (p *parcels) seen(number string) (seen, bool) {
	if n, err := strconv.ParseUint(number, 10, 64); err == nil && number[0] != '0' {
		return p.numbers.get(n)
	}
	s, ok := p.others[number]
	return s, ok
}

func (p *parcels) note(number string, s seen) {
	if n, err := strconv.ParseUint(number, 10, 64); err == nil && number[0] != '0' {
		p.numbers.set(n, s)
		return
	}
	p.others[number] = s
}

// weighed are the fields in which two rows of one number must agree: who sent
// it and when, what it costs, where it is.
var weighed = []string{"name", "account_no", "day", "weight", "pieces", "freight", "payment", "product", "status"}

// digest is what a row says in them, so that one which repeats a number can be
// told from one which contradicts it. Spellings of a name are the same.
func (p *parcels) digest(rec *Record) uint32 {
	h := uint32(2166136261) // FNV-1a
	for _, field := range weighed {
		value := rec.Get(field)
		if field == "name" {
			value = p.fold(value)
		}
		for i := range len(value) {
			h = (h ^ uint32(value[i])) * 16777619
		}
		h *= 16777619 // a zero between
	}
	return h & 0xffffff
}

// parcel decides what becomes of a parcel's row, and puts the words of
// policy/waybill into its record. That it may be on record is for the caller
// to find.
func (j *Judge) parcel(out *Judged) error {
	rec := &out.Record
	set := func(field, v string) { rec.values[j.plan.slot[j.kind.index[field]]] = v }
	bad := func(code Code, field, text string) {
		out.Problems = append(out.Problems, Problem{Code: code, Severity: Fault, Column: j.columnOf(field), Field: field, Text: clip(text)})
	}
	tell := func(code Code, field, text string) {
		out.Problems = append(out.Problems, Problem{Code: code, Column: j.columnOf(field), Field: field, Text: clip(text)})
	}
	number := rec.Get("waybill")
	if number == "" {
		out.Problems = append(out.Problems, Problem{Code: NoWaybill, Severity: Fault, Column: -1})
		return nil
	}
	clean, ok := waybill.Number(number)
	if !ok {
		bad(NotWaybill, "waybill", number)
		return nil
	}
	set("waybill", clean)
	j.when(out, bad)
	if n, _ := rec.Int("freight"); n < 0 {
		bad(Negative, "freight", strconv.FormatInt(n/100, 10))
	}
	for _, field := range []string{"weight", "volume"} {
		text := rec.Get(field)
		if text == "" {
			continue
		}
		word, ok := j.parcels.read(field, text, func(text string) (string, bool) {
			read := waybill.Weight
			if field == "volume" {
				read = waybill.Volume
			}
			n, ok := read(text, j.heading(field))
			return strconv.FormatInt(n, 10), ok
		})
		if !ok {
			bad(NotMeasure, field, text)
			continue
		}
		set(field, word)
	}
	if text := rec.Get("product"); text != "" {
		word, ok := j.parcels.read("product", text, waybill.Product)
		if !ok {
			word = waybill.OtherProduct
			tell(ProductOther, "product", text)
			set("remark", join(rec.Get("remark"), text))
		}
		set("product", word)
	}
	for _, of := range [...]struct {
		field string
		read  func(string) (string, bool)
	}{{"payment", waybill.Payment}, {"status", waybill.State}, {"exception", waybill.Exception}} {
		field := of.field
		text := rec.Get(field)
		if text == "" {
			continue
		}
		word, ok := j.parcels.read(field, text, of.read)
		if !ok {
			bad(WordStrange, field, text)
			continue
		}
		set(field, word)
	}
	if rec.Get("exception") == "" {
		set("exception", waybill.ExceptionOf(rec.Get("status")))
	}
	if faulty(out.Problems) {
		return nil
	}
	j.reach(rec, set, tell)
	said := j.parcels.digest(rec)
	if s, again := j.parcels.seen(clean); again {
		if s.said != said {
			out.Problems = append(out.Problems, Problem{Code: DuplicateDiffers, Severity: Fault, Column: -1, N: int(s.row)})
			return nil
		}
		out.Verdict, out.Of = Skip, int(s.row)
		first(out, Problem{Code: DuplicateOfRow, Column: -1, N: int(s.row)})
		return nil
	}
	j.parcels.note(clean, seen{uint32(out.Row), said}) //nolint:gosec // files have fewer rows
	out.Verdict = Create
	if j.opt.BindLater {
		return nil
	}
	return j.sender(out)
}

// Bind finds the client of a parcel that was judged with BindLater; of any
// other row it does nothing. The error is the Lookup's.
func (j *Judge) Bind(out *Judged) error {
	if j.parcels == nil || out.NotData != IsData || out.Verdict != Create {
		return nil
	}
	return j.sender(out)
}

// when checks the days of a parcel; one that does not say when it was sent was
// sent when it was picked up.
func (j *Judge) when(out *Judged, bad func(Code, string, string)) {
	rec := &out.Record
	if rec.Get("day") == "" {
		if picked := rec.Get("picked"); picked != "" {
			rec.values[j.plan.slot[j.kind.index["day"]]] = picked
		} else {
			bad(NoDay, "day", "")
			return
		}
	}
	for _, field := range []string{"day", "picked", "signed"} {
		if day := dayOf(rec.Get(field)); j.opt.Today != "" && day > j.opt.Today {
			bad(FutureDay, field, day)
		}
	}
	if signed := dayOf(rec.Get("signed")); signed != "" && signed < dayOf(rec.Get("day")) {
		bad(BeforeSent, "signed", signed)
	}
}

func dayOf(when string) string { return when[:min(len(when), len("2026-11-21"))] }

// reach names province and city of the destination by their codes.
func (j *Judge) reach(rec *Record, set func(string, string), tell func(Code, string, string)) {
	text := rec.Get("province") + rec.Get("city") + rec.Get("destination")
	if text == "" {
		return
	}
	at, known := j.parcels.places[text]
	if !known {
		p, _, _ := place.Find(strings.ReplaceAll(text, ">", " "))
		if p.Province.Code == "" {
			p, _, _ = place.Find(rec.Get("destination"))
		}
		at = [2]string{p.Province.Code, p.City.Code}
		if len(j.parcels.places) < mostRemembered {
			j.parcels.places[text] = at
		}
	}
	if at[0] == "" {
		tell(PlaceUnknown, "destination", text)
		set("remark", join(rec.Get("remark"), clip(text)))
	}
	set("province", at[0])
	set("city", at[1])
}

// Knows reports that Bind needs no lookup for a parcel: its sender has been met
// before, or nothing is to be bound.
func (j *Judge) Knows(out *Judged) bool {
	if j.parcels == nil || out.NotData != IsData || out.Verdict != Create {
		return true
	}
	_, known := j.parcels.senders[string(j.parcels.sender(&out.Record))]
	return known
}

// ForgetSenders makes Bind look every sender up again.
func (j *Judge) ForgetSenders() {
	if j.parcels != nil {
		clear(j.parcels.senders)
	}
}

// sender finds the client that a parcel, or a document of an account, is bound
// to; the senders of a bill's parcels are remembered.
func (j *Judge) sender(out *Judged) error {
	b, known := bound{}, false
	if j.parcels != nil {
		b, known = j.parcels.senders[string(j.parcels.sender(&out.Record))]
	}
	if !known {
		var err error
		if b, err = j.findSender(&out.Record); err != nil {
			return err
		}
		if j.parcels != nil && len(j.parcels.senders) < mostRemembered {
			j.parcels.senders[string(j.parcels.sender(&out.Record))] = b
		}
	}
	out.ID, out.By = b.id, b.by
	switch {
	case b.several > 0:
		out.Problems = append(out.Problems, Problem{Code: SenderSeveral, Column: -1, N: b.several})
	case b.several < 0:
		out.Problems = append(out.Problems, Problem{Code: NoSender, Column: -1})
	}
	return nil
}

// findSender looks a sender up; several is -1 where the record names none.
func (j *Judge) findSender(rec *Record) (b bound, err error) {
	s := waybill.Sender{Name: rec.Get("name"), Account: rec.Get("account_no"), Address: rec.Get("address"), Phones: rec.Phones}
	if s.Name == "" {
		s.Name = rec.Get("contact")
	}
	if s.Name == "" && s.Account == "" && len(s.Phones) == 0 {
		return bound{several: -1}, nil
	}
	if j.opt.Known == nil {
		return bound{}, nil
	}
	find := func(key Key, values ...string) ([]waybill.Client, error) {
		var list []waybill.Client
		for _, v := range values {
			if v == "" {
				continue
			}
			ks, err := j.opt.Known.Find(key, v)
			if err != nil {
				return nil, err
			}
			for _, k := range ks {
				list = append(list, waybill.Client{ID: k.ID, Name: k.Values["name"], Phones: k.Phones, Address: k.Values["address"]})
			}
		}
		return unique(list), nil
	}
	account, err := find(KeyAccount, s.Account)
	if err != nil {
		return b, err
	}
	phone, err := find(KeyPhone, s.Phones...)
	if err != nil {
		return b, err
	}
	name, err := find(KeyName, dedupe.FoldName(s.Name))
	if err != nil {
		return b, err
	}
	b.id, b.by, b.several = waybill.Choose(s, account, phone, name)
	return b, nil
}

func unique(list []waybill.Client) []waybill.Client {
	out := list[:0]
	for _, c := range list {
		have := false
		for _, o := range out {
			have = have || o.ID == c.ID
		}
		if !have {
			out = append(out, c)
		}
	}
	return out
}

func (j *Judge) columnOf(field string) int {
	for c := range j.plan.cols {
		if j.plan.cols[c].name == field {
			return c
		}
	}
	return -1
}

func (j *Judge) heading(field string) string {
	if c := j.columnOf(field); c >= 0 && c < len(j.header.Headings) {
		return j.header.Headings[c]
	}
	return ""
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "；" + b
}
