package intake

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// Key is by what rows are recognised as one customer.
type Key string

// The keys. Where a row lacks the chosen one it is recognised by KeyNamePhone.
const (
	KeyNamePhone Key = "name_phone" // folded name and a common phone: the default
	KeyName      Key = "name"       // folded name alone
	KeyPhone     Key = "phone"      // any common phone
	KeyCode      Key = "code"
	KeyAccount   Key = "account"
	KeyCredit    Key = "credit_code"
)

// Keys are all keys, as a choice offers them.
func Keys() []Key {
	return []Key{KeyNamePhone, KeyCode, KeyAccount, KeyCredit, KeyPhone, KeyName}
}

// What VIP in a class column means.
const (
	VIPIsATag = "a_tag" // class A and the tag VIP: the default
	VIPIsA    = "a"     // class A
	VIPIsTag  = "tag"   // the tag VIP and no class
)

// What becomes of a visit to somebody not on record.
const (
	UnknownKeep = "keep" // create it, without a customer: the default
	UnknownSkip = "skip"
)

// What becomes of a customer's cell that cannot be read.
const (
	UnreadRefuses = ""       // its row is not taken: the default
	UnreadRemark  = "remark" // its text goes into the remark, the row is taken
)

// Answers are the answers to a file's questions. The caller fills in its
// defaults (the branch's area code, the year); a zero answer makes what
// depends on it a Fault, but for VIP and Unknown, which have defaults.
type Answers struct {
	Year         int    // for dates without a year
	AreaCode     string // for landlines without one
	Order        Order  // of dates like 3/5/24
	DecimalComma bool   // 12,50 is twelve and a half
	VIP          string
	Unknown      string
	Mode         string // of visits that do not say how; "" = on site
	NoResult     string // of a register's rows that do not say whether they are closed; "" = StillOpen
	Unread       string
}

// Known is a customer on record. Values are by field name, spelled as a
// Record spells them; a field that is absent is one the caller does not keep,
// and is not compared.
type Known struct {
	ID     int64
	Values map[string]string
	Phones []string
}

// Lookup finds customers on record. Find is asked by KeyCode, KeyAccount,
// KeyCredit, KeyPhone (canonical) and KeyName (folded, see dedupe.FoldName).
type Lookup interface {
	Find(key Key, value string) ([]Known, error)
}

// Options are what a judgement depends on beside the sheet.
type Options struct {
	Key     Key // "" = KeyNamePhone
	Answers Answers
	Known   Lookup // nil = nobody is on record
	// FillOnly changes only what is empty on record.
	FillOnly bool
	// Delimited says that the cells come from a text file with separators:
	// more cells than headings then mean a separator without quotes.
	Delimited bool
	// SheetName is the rep of visits whose rep cell is empty, unless the name
	// is one that programs give (Sheet1).
	SheetName string
	Date1904  bool
	// Parcels says that the rows of Waybills are to be kept as such, not only
	// who sends them; Today is the day after which none can have been sent.
	Parcels bool
	Today   string
	// BindLater leaves the client of a parcel to Bind, so that what to look up
	// is known for many rows at once.
	BindLater bool
	// Visited reports whether a visit is on record already; nil = none is.
	Visited func(customer int64, day, rep, content string) (bool, error)
}

// Verdict is what is to become of a row.
type Verdict string

// The verdicts.
const (
	Create Verdict = "create"
	Update Verdict = "update"
	Skip   Verdict = "skip"
	Refuse Verdict = "error"
)

// Record is a row's cleaned values. Days are YYYY-MM-DD, money is fen, counts
// are digits, yes is "1": texts that sort, compare and store as they are.
type Record struct {
	Phones []string // canonical, in the order written
	Tags   []string
	// Level is the class as the branch has it, VIP included.
	Level string
	// DueWords is a next step whose words name no day; DueHint is a day to offer.
	DueWords, DueHint string
	values            []string
	plan              *plan
}

// Get is the value of a field, "" where it is empty or not mapped.
func (r Record) Get(field string) string {
	if r.plan == nil {
		return ""
	}
	i, ok := r.plan.kind.index[field]
	if !ok || r.plan.slot[i] < 0 || len(r.values) == 0 {
		return ""
	}
	return r.values[r.plan.slot[i]]
}

// Int is the value of a field of money (fen) or count.
func (r Record) Int(field string) (int64, bool) {
	n, err := strconv.ParseInt(r.Get(field), 10, 64)
	return n, err == nil
}

// Each calls fn with every filled field, in the order of the kind's fields;
// phones and tags are not among them.
func (r Record) Each(fn func(field, value string)) {
	if r.plan == nil {
		return
	}
	for i, s := range r.plan.slot {
		if s >= 0 && len(r.values) > 0 && r.values[s] != "" {
			fn(r.plan.kind.Fields[i].Name, r.values[s])
		}
	}
}

// Map is the filled fields by name, for storing a judged row.
func (r Record) Map() map[string]string {
	m := make(map[string]string)
	r.Each(func(f, v string) { m[f] = v })
	return m
}

// Change is one field of a customer on record that the row would change.
type Change struct{ Field, Old, New string }

// Judged is a row with its verdict.
type Judged struct {
	Row     int
	NotData NotData // not IsData: nothing below applies
	Verdict Verdict
	Record  Record
	// Problems are all that is to be said: faults first cause, then the rest.
	Problems []Problem
	// Of is the earlier row that this one repeats, 0 = none. Extra are the
	// phones that it adds to that row's customer.
	Of    int
	Extra []string
	// ID is the customer on record that the row is about, 0 = none. By is how
	// a parcel's sender was recognised (policy/waybill).
	ID      int64
	By      string
	Changes []Change
}

// Reason is the first problem that decided the verdict.
func (j Judged) Reason() Code {
	for _, p := range j.Problems {
		if p.Severity == Fault {
			return p.Code
		}
	}
	if len(j.Problems) > 0 && (j.Verdict == Skip || j.Verdict == Update) {
		return j.Problems[0].Code
	}
	return ""
}

// Asked is a question about the file: how many rows it concerns, the first
// of them, and the answer by which they were judged ("" = none: they are
// faults until it is answered).
type Asked struct {
	Code   Code
	Field  string
	Count  int
	Row    int
	Sample string
	Answer string
}

type column struct {
	field  int
	parser Parser
	slot   int
	name   string
}

type plan struct {
	kind *Kind
	cols []column
	slot []int // field → place in values, -1 = not mapped
	n    int
}

type entry struct {
	row    int
	folded string
	phones []string
	id     int64
}

// Judge judges the rows of one sheet in their order. It remembers each
// customer's name and phones, nothing else of the rows. Not for several
// goroutines.
type Judge struct {
	kind    *Kind
	header  Header
	opt     Options
	plan    *plan
	name    int // columns, -1 = none
	seq     int
	mapped  int
	rep     string
	before  []Cell // for 同上
	entries []entry
	byName  map[string][]int32
	byPhone map[string][]int32
	by      map[Key]map[string]int32
	byID    map[int64]int32
	visits  map[string]int
	parcels *parcels
	money   *money
	book    *book
	asked   []Asked
	fit     int // rows as wide as the headings or less
	wide    int // rows with more cells
	Tally   Tally
}

// Tally counts what a Judge has said so far.
type Tally struct {
	Data, Create, Update, Skip, Refuse int
	NotData                            map[NotData]int
}

// ErrMapping is returned by NewJudge for a mapping that CheckMapping rejects.
var ErrMapping = errors.New("intake: mapping cannot be used")

// NewJudge prepares to judge the rows below h.
func NewJudge(k *Kind, h Header, m Mapping, o Options) (*Judge, error) {
	if bad := CheckMapping(k, h, m); len(bad) > 0 {
		return nil, ErrMapping
	}
	if o.Key == "" {
		o.Key = KeyNamePhone
	}
	if o.Answers.VIP == "" {
		o.Answers.VIP = VIPIsATag
	}
	if o.Answers.Mode == "" {
		o.Answers.Mode = ModeOnSite
	}
	if o.Answers.Unknown == "" {
		o.Answers.Unknown = UnknownKeep
	}
	p := &plan{kind: k, slot: make([]int, len(k.Fields))}
	for i := range p.slot {
		p.slot[i] = -1
	}
	j := &Judge{kind: k, header: h, opt: o, plan: p, name: -1, seq: -1,
		byName: make(map[string][]int32), byPhone: make(map[string][]int32), byID: make(map[int64]int32),
		by:     map[Key]map[string]int32{KeyCode: {}, KeyAccount: {}, KeyCredit: {}},
		visits: make(map[string]int), Tally: Tally{NotData: make(map[NotData]int)}}
	give := func(i int) int {
		if p.slot[i] < 0 {
			p.slot[i] = p.n
			p.n++
		}
		return p.slot[i]
	}
	for c, name := range m {
		col := column{field: -1}
		if i, ok := k.index[name]; ok {
			col = column{field: i, parser: k.Fields[i].Parser, name: name}
			switch {
			case name == "name":
				j.name = c
			case col.parser == AsIgnored:
				j.seq = c
			}
			if col.parser != AsPhone && col.parser != AsIgnored && col.parser != AsTags {
				col.slot = give(i)
			}
			j.mapped++
		}
		p.cols = append(p.cols, col)
	}
	if k == Customers && o.Answers.Unread == UnreadRemark {
		give(k.index["remark"])
	}
	if k == Visits {
		j.rep = sheetRep(o.SheetName)
		if i := k.index["rep"]; j.rep != "" {
			give(i)
		}
		give(k.index["mode"])
	}
	if k == Waybills && o.Parcels {
		for _, name := range []string{"waybill", "province", "city", "weight", "volume", "product", "exception", "remark", "freight", "day"} {
			give(k.index[name])
		}
		j.parcels = newParcels(m)
	}
	if k == Payments {
		for _, name := range []string{"doc_kind", "doc", "period", "day", "charged", "paid", "method"} {
			give(k.index[name])
		}
		j.money = newMoney(m)
	}
	if k == Cases {
		for _, name := range []string{"day", "closed_on", "waybill", "said", "cause", "kind", "compensation", "state", "satisfied", "result", "remark"} {
			give(k.index[name])
		}
		j.book = newBook(h, m, o.Answers)
	}
	j.before = make([]Cell, len(p.cols))
	return j, nil
}

// sheetRep is a sheet's name where it can be a person's.
func sheetRep(name string) string {
	s := CleanName(strings.TrimSpace(name))
	low := strings.ToLower(s)
	if n := len([]rune(s)); n < 2 || n > 6 || strings.HasPrefix(low, "sheet") || strings.HasPrefix(low, "工作表") || strings.ContainsAny(s, "0123456789") {
		return ""
	}
	for _, w := range []string{"汇总", "记录", "拜访", "走访", "表", "明细", "月", "客户", "数据", "日报", "周报"} {
		if strings.Contains(s, w) {
			return ""
		}
	}
	return s
}

// Questions are what the file leaves open, in the order of the rows that ask
// them first.
func (j *Judge) Questions() []Asked {
	out := append([]Asked(nil), j.asked...)
	slices.SortStableFunc(out, func(a, b Asked) int { return cmp.Compare(a.Row, b.Row) })
	a := j.opt.Answers
	for i := range out {
		switch out[i].Code {
		case NoYear:
			if a.Year > 0 {
				out[i].Answer = strconv.Itoa(a.Year)
			}
		case NoAreaCode:
			out[i].Answer = a.AreaCode
		case DateOrder:
			out[i].Answer = string(a.Order)
		case DecimalComma:
			if a.DecimalComma {
				out[i].Answer = "1"
			}
		case VIPMeans:
			out[i].Answer = a.VIP
		case UnknownCustomer:
			out[i].Answer = a.Unknown
		case NoMode:
			out[i].Answer = a.Mode
		case NoResult:
			if out[i].Answer = a.NoResult; a.NoResult == "" {
				out[i].Answer = StillOpen
			}
		}
	}
	return out
}

func (j *Judge) ask(code Code, field, sample string, row int) {
	for i := range j.asked {
		if j.asked[i].Code == code {
			j.asked[i].Count++
			return
		}
	}
	j.asked = append(j.asked, Asked{Code: code, Field: field, Count: 1, Row: row, Sample: clip(sample)})
}

func isQuestion(c Code) bool {
	switch c {
	case NoYear, NoAreaCode, DateOrder, DecimalComma, VIPMeans, UnknownCustomer, NoMode, NoResult:
		return true
	}
	return false
}

// All judges the rows below the header. Rows above and of it are passed over.
func (j *Judge) All(rows []Row) ([]Judged, error) {
	out := make([]Judged, 0, len(rows))
	for _, r := range rows[j.header.Last+1:] {
		d, err := j.Row(r)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// Row judges the next row. The error is the Lookup's.
func (j *Judge) Row(r Row) (Judged, error) {
	out := j.Read(r)
	return out, j.Decide(&out)
}

// Read cleans the next row and says what is wrong with it by itself. What Read
// gives goes to Decide, row by row in the same order; between the two a caller
// can look up what is on record for many rows at once.
func (j *Judge) Read(r Row) Judged {
	out := Judged{Row: r.Number}
	if out.NotData = notData(r.Cells, j.header, j.name, j.seq, j.mapped); out.NotData != IsData {
		if out.NotData == GroupHeading && j.book != nil && !j.book.heading(r.Cells) {
			out.NotData = NoteRow
		}
		j.Tally.NotData[out.NotData]++
		if out.NotData == GrandTotal && j.parcels != nil {
			j.parcels.check(r, j.opt.Answers.DecimalComma)
		}
		if out.NotData == GrandTotal && j.money != nil {
			j.money.check(r, j.opt.Answers.DecimalComma)
		}
		return out
	}
	j.read(r, &out)
	if j.book != nil && len(out.Record.values) > 0 && !faulty(out.Problems) {
		j.bookRow(r, &out)
	}
	if j.parcels != nil {
		j.parcels.add(&out.Record)
	}
	if j.money != nil && len(out.Record.values) > 0 {
		j.money.add(&out.Record)
	}
	return out
}

// Decide gives a row that was read its verdict, beside the rows before it and
// what is on record. The error is the Lookup's.
func (j *Judge) Decide(out *Judged) error {
	if out.NotData != IsData {
		return nil
	}
	var err error
	if !faulty(out.Problems) {
		switch j.kind {
		case Visits:
			err = j.visit(out)
		case Payments:
			err = j.entry(out)
		case Cases:
			err = j.caseRow(out)
		case Waybills:
			if j.parcels != nil {
				err = j.parcel(out)
			} else {
				j.waybill(out)
			}
		default:
			err = j.customer(out)
		}
	}
	if err != nil {
		return err
	}
	if faulty(out.Problems) {
		out.Verdict, out.ID, out.Changes, out.Of, out.Extra = Refuse, 0, nil, 0, nil
	}
	j.Tally.Data++
	switch out.Verdict {
	case Create:
		j.Tally.Create++
	case Update:
		j.Tally.Update++
	case Skip:
		j.Tally.Skip++
	case Refuse:
		j.Tally.Refuse++
	}
	return nil
}

// Refused says that a row which was read cannot be taken, whatever is on
// record.
func (j *Judged) Refused() bool { return faulty(j.Problems) }
