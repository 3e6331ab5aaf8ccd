package intake

import (
	"errors"
	"strconv"
	"strings"

	"yike/policy/dedupe"
	"yike/policy/phone"
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
	// ID is the customer on record that the row is about, 0 = none.
	ID      int64
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
	if k == Visits {
		j.rep = sheetRep(o.SheetName)
		if i := k.index["rep"]; j.rep != "" {
			give(i)
		}
		give(k.index["mode"])
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

// Questions are what the file leaves open, in the order met.
func (j *Judge) Questions() []Asked {
	out := append([]Asked(nil), j.asked...)
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
	case NoYear, NoAreaCode, DateOrder, DecimalComma, VIPMeans, UnknownCustomer, NoMode:
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
	out := Judged{Row: r.Number}
	if out.NotData = notData(r.Cells, j.header, j.name, j.seq, j.mapped); out.NotData != IsData {
		j.Tally.NotData[out.NotData]++
		return out, nil
	}
	j.read(r, &out)
	var err error
	if !faulty(out.Problems) {
		switch j.kind {
		case Visits:
			err = j.visit(&out)
		case Waybills:
			j.waybill(&out)
		default:
			err = j.customer(&out)
		}
	}
	if err != nil {
		return Judged{}, err
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
	return out, nil
}

func faulty(ps []Problem) bool {
	for i := range ps {
		if ps[i].Severity == Fault {
			return true
		}
	}
	return false
}

// read cleans the cells of a row into its record.
func (j *Judge) read(r Row, out *Judged) {
	rec := &out.Record
	rec.plan, rec.values = j.plan, make([]string, j.plan.n)
	for c := range r.Cells {
		if r.Cells[c].Kind == Text && strings.Contains(r.Cells[c].Text, "\ufffd") {
			p := Problem{Code: BadBytes, Severity: Fault, Column: c, Text: clip(r.Cells[c].Text)}
			if c < len(j.plan.cols) {
				p.Field = j.plan.cols[c].name
			}
			out.Problems = append(out.Problems, p)
			return
		}
	}
	if r.Broken {
		out.Problems = append(out.Problems, Problem{Code: OpenQuote, Severity: Fault, Column: -1})
		return
	}
	if w := j.header.Width(); len(r.Cells) > w && j.header.Last >= 0 {
		extra := 0
		for _, c := range r.Cells[w:] {
			if !blankCell(c) {
				extra++
			}
		}
		j.wide++
		if j.opt.Delimited && (extra > 0 || j.fit > j.wide) { // where most lines end with a comma too many, it means nothing
			out.Problems = append(out.Problems, Problem{Code: ColumnsShifted, Severity: Fault, Column: -1, N: len(r.Cells)})
			return
		}
		if extra > 0 {
			out.Problems = append(out.Problems, Problem{Code: ExtraCells, Column: w, N: extra})
		}
	} else {
		j.fit++
	}
	due := -1
	for c := range j.plan.cols {
		col := &j.plan.cols[c]
		if col.field < 0 || c >= len(r.Cells) || col.parser == AsIgnored {
			continue
		}
		cell := r.Cells[c]
		if cell.Kind == Empty {
			j.before[c] = cell
			continue
		}
		if cell.Kind == Text && ditto(cell.Text) {
			cell = j.before[c]
		}
		j.before[c] = cell
		if col.parser == AsDue {
			due = c
			continue
		}
		j.cell(out, c, col, cell)
	}
	if due >= 0 {
		j.due(out, due, &j.plan.cols[due], j.before[due])
	}
	if j.kind == Customers {
		switch name := rec.Get("name"); {
		case name == "":
			first(out, Problem{Code: NoName, Severity: Fault, Column: j.name, Field: "name"})
		case isPhone(name):
			first(out, Problem{Code: ColumnsShifted, Severity: Fault, Column: j.name, Field: "name", Text: clip(name)})
			return
		}
	}
	if len(out.Problems) > 1 {
		j.shifted(out, r.Cells)
	}
}

// first puts a problem before the others: it is the cause to name.
func first(out *Judged, p Problem) {
	out.Problems = append([]Problem{p}, out.Problems...)
}

// ditto: the cell says "as above".
func ditto(s string) bool {
	if len(s) > 9 {
		return false
	}
	switch strings.TrimSpace(s) {
	case "同上", "〃", "″", "\"", "''", "同 上":
		return true
	}
	return false
}

func (j *Judge) cell(out *Judged, c int, col *column, cell Cell) {
	rec, row := &out.Record, out.Row
	say := func(p Problem) {
		if p.Code == "" {
			return
		}
		p.Column, p.Field = c, col.name
		if isQuestion(p.Code) {
			j.ask(p.Code, col.name, p.Text, row)
		}
		out.Problems = append(out.Problems, p)
	}
	if cell.Kind == Error {
		say(fault(CellError, cell.Text))
		return
	}
	set := func(v string) { rec.values[col.slot] = v }
	rules := DateRules{Year: j.opt.Answers.Year, Order: j.opt.Answers.Order, Date1904: j.opt.Date1904}
	switch col.parser {
	case AsPhone:
		if rounded(cell) {
			say(fault(DigitsLost, cell.Text))
			return
		}
		j.phones(out, cellText(cell), say)
	case AsName:
		if s := cellText(cell); !placeholder(s) {
			set(CleanName(s))
		}
	case AsIdent:
		s, p := parseIdent(cell)
		set(s)
		say(p)
	case AsDay:
		s, p := ParseDay(cell, rules)
		set(s)
		if p.Code == DateOrder && p.Text == "" {
			p.Text = clip(cellText(cell))
		}
		say(p)
	case AsFen:
		n, ok, p := ParseFen(cell, j.opt.Answers.DecimalComma)
		if ok {
			set(strconv.FormatInt(n, 10))
		}
		say(p)
	case AsInt:
		n, ok, p := ParseInt(cell)
		if ok {
			set(strconv.FormatInt(n, 10))
		}
		say(p)
	case AsClass:
		class, vip, p := ParseClass(cellText(cell))
		rec.Level = class
		if vip {
			rec.Level = "VIP"
			if j.opt.Answers.VIP != VIPIsTag {
				class = "A"
			}
			if j.opt.Answers.VIP != VIPIsA {
				rec.Tags = addText(rec.Tags, "VIP")
			}
			say(Problem{Code: VIPMeans, Severity: Question, Text: clip(cellText(cell))})
		}
		set(class)
		say(p)
	case AsKind:
		s, p := ParseKind(cellText(cell))
		set(s)
		say(p)
	case AsMode:
		s, p := ParseMode(cellText(cell))
		set(s)
		say(p)
	case AsYesNo:
		s, p := ParseYesNo(cellText(cell))
		set(s)
		say(p)
	case AsCredit:
		s, p := ParseCreditCode(cellText(cell))
		set(s)
		say(p)
	case AsSource, AsNature, AsSize, AsStage, AsTerms, AsMood:
		s, p := parseWord(col.parser, cellText(cell))
		set(s)
		say(p)
	case AsEmail:
		s := strings.ToLower(squeeze(narrow(cellText(cell))))
		if placeholder(s) {
			return
		}
		if at := strings.IndexByte(s, '@'); at <= 0 || !strings.Contains(s[at:], ".") || strings.Count(s, "@") != 1 {
			say(Problem{Code: EmailWrong, Text: clip(s)})
			return
		}
		set(s)
	case AsTags:
		for _, t := range strings.FieldsFunc(cellText(cell), func(r rune) bool { return strings.ContainsRune(",，;；、/|\n", r) }) {
			if t = CleanName(t); !placeholder(t) {
				rec.Tags = addText(rec.Tags, t)
			}
		}
	default:
		if s := cleanText(cellText(cell)); !placeholder(s) {
			set(s)
		}
	}
}

func addText(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}

func (j *Judge) phones(out *Judged, text string, say func(Problem)) {
	ns, ps := phone.Split(text, j.opt.Answers.AreaCode)
	for _, n := range ns {
		out.Record.Phones = addText(out.Record.Phones, n.Digits)
		if n.AreaAdded {
			say(Problem{Code: NoAreaCode, Severity: Question, Text: clip(text)})
		}
	}
	for _, p := range ps {
		sev := Fault
		if j.kind != Customers {
			sev = Notice
		}
		say(Problem{Code: Code(p.Code), Severity: sev, N: p.N, Text: p.Text})
	}
}

// due reads the next day of a visit: a date, or words for one.
func (j *Judge) due(out *Judged, c int, col *column, cell Cell) {
	rec := &out.Record
	base := rec.Get("day")
	rules := DateRules{Order: j.opt.Answers.Order, Date1904: j.opt.Date1904}
	if len(base) == 10 {
		rules.Year, _ = strconv.Atoi(base[:4])
	}
	day, p := ParseDay(cell, rules)
	if p.Code == NoYear && p.Severity == Question && day < base {
		rules.Year++ // said in December of a day in January
		day, p = ParseDay(cell, rules)
	}
	p.Column, p.Field = c, col.name
	switch {
	case p.Code == NotADate && cell.Kind == Text:
		d := DayWord(base, cell.Text)
		if day = d.Day; d.Left {
			rec.DueWords, rec.DueHint = cleanText(cellText(cell)), d.Suggest
			out.Problems = append(out.Problems, Problem{Code: DueByPerson, Column: c, Field: col.name, Text: clip(rec.DueWords)})
		}
	case p.Code == NoYear && p.Severity == Question: // the visit's own day says the year
	case p.Code != "":
		if isQuestion(p.Code) {
			j.ask(p.Code, col.name, cellText(cell), out.Row)
		}
		out.Problems = append(out.Problems, p)
	}
	rec.values[col.slot] = day
}

// shifted: two values of the wrong type whose neighbours would be right are
// the mark of a separator without quotes, or of a cell left out.
func (j *Judge) shifted(out *Judged, cells []Cell) {
	wrong, right, left := 0, 0, 0
	for _, p := range out.Problems {
		if p.Severity != Fault || p.Column < 0 || p.Code != NotADate && p.Code != NotANumber && p.Code != NotMoney && p.Code != NumberRange {
			continue
		}
		wrong++
		fits := func(c int) int {
			if c >= 0 && c < len(cells) && j.fits(j.plan.cols[p.Column].parser, cells[c]) {
				return 1
			}
			return 0
		}
		right += fits(p.Column + 1)
		left += fits(p.Column - 1)
	}
	if wrong >= 2 && (right == wrong || left == wrong) {
		first(out, Problem{Code: ColumnsShifted, Severity: Fault, Column: -1})
	}
}

// fits reports a filled cell that parser can read.
func (j *Judge) fits(parser Parser, c Cell) bool {
	filled, p := false, Problem{}
	switch parser {
	case AsDay:
		var d string
		d, p = ParseDay(c, DateRules{Year: 2000, Order: YMD})
		filled = d != ""
	case AsInt:
		_, filled, p = ParseInt(c)
	case AsFen:
		_, filled, p = ParseFen(c, j.opt.Answers.DecimalComma)
	}
	return filled && p.Severity != Fault
}

// customer decides what becomes of a customer's row.
func (j *Judge) customer(out *Judged) error {
	rec := &out.Record
	name := rec.Get("name")
	whole := func(code Code, sev Severity, n int, text string) {
		out.Problems = append(out.Problems, Problem{Code: code, Severity: sev, Column: -1, N: n, Text: text})
	}
	e := entry{row: out.Row, folded: dedupe.FoldName(name), phones: rec.Phones}
	ids := [...]struct {
		key   Key
		value string
		taken Code
	}{{KeyCode, rec.Get("code"), CodeOfAnother}, {KeyAccount, rec.Get("account_no"), AccountOfAnother}, {KeyCredit, rec.Get("credit_code"), CreditOfAnother}}

	at := j.inFile(e, ids[0].value, ids[1].value, ids[2].value)
	for _, x := range ids {
		if x.value == "" || x.key == j.opt.Key {
			continue
		}
		if i, ok := j.by[x.key][x.value]; ok && int(i) != at && j.entries[i].folded != e.folded {
			whole(x.taken, Fault, j.entries[i].row, x.value)
			return nil
		}
	}
	known, found, err := j.onRecord(e, ids[0].value, ids[1].value, ids[2].value, whole)
	if err != nil || faulty(out.Problems) {
		return err
	}
	if j.opt.Known != nil {
		for _, x := range ids {
			if x.value == "" || x.key == j.opt.Key {
				continue
			}
			others, err := j.opt.Known.Find(x.key, x.value)
			if err != nil {
				return err
			}
			for _, o := range others {
				if (!found || o.ID != known.ID) && (dedupe.FoldName(o.Values["name"]) != e.folded || x.key == KeyCode) {
					whole(x.taken, Fault, 0, x.value)
					return nil
				}
			}
		}
	}
	if found && at < 0 {
		if i, ok := j.byID[known.ID]; ok {
			at = int(i)
		}
	}
	if at >= 0 {
		earlier := &j.entries[at]
		out.Verdict, out.Of, out.ID = Skip, earlier.row, earlier.id
		first(out, Problem{Code: DuplicateOfRow, Column: -1, N: earlier.row})
		for _, p := range rec.Phones {
			if !dedupe.Contains(earlier.phones, p) {
				out.Extra = append(out.Extra, p)
				earlier.phones = append(earlier.phones[:len(earlier.phones):len(earlier.phones)], p)
				j.byPhone[p] = append(j.byPhone[p], int32(at))
			}
		}
		return nil
	}
	if !found {
		out.Verdict = Create
		if err := j.likeness(e, whole); err != nil {
			return err
		}
	} else {
		e.id, out.ID = known.ID, known.ID
		out.Changes = j.changes(rec, known, whole)
		if len(out.Changes) == 0 {
			out.Verdict = Skip
			first(out, Problem{Code: NothingNew, Column: -1})
		} else {
			out.Verdict = Update
			first(out, Problem{Code: MatchedBy, Column: -1, Text: string(j.opt.Key)})
		}
	}
	i := int32(len(j.entries))
	j.entries = append(j.entries, e)
	j.byName[e.folded] = append(j.byName[e.folded], i)
	for _, p := range e.phones {
		j.byPhone[p] = append(j.byPhone[p], i)
	}
	for _, x := range ids {
		if x.value != "" {
			if _, ok := j.by[x.key][x.value]; !ok {
				j.by[x.key][x.value] = i
			}
		}
	}
	if e.id != 0 {
		j.byID[e.id] = i
	}
	return nil
}

// isPhone: the text is a telephone number and nothing else.
func isPhone(s string) bool {
	if s[0] != '+' && s[0] != '0' && s[0] != '1' {
		return false
	}
	for _, r := range s {
		if (r < '0' || r > '9') && r != '-' && r != ' ' && r != '+' && r != '/' {
			return false
		}
	}
	ns, ps := phone.Split(s, "")
	return len(ns) > 0 && len(ps) == 0
}

// inFile finds the earlier row of the same customer, -1 = none.
func (j *Judge) inFile(e entry, code, account, credit string) int {
	own := func(key Key, v string) (int, bool) {
		if v == "" {
			return -1, false
		}
		if i, ok := j.by[key][v]; ok {
			return int(i), true
		}
		return -1, true
	}
	switch j.opt.Key {
	case KeyCode:
		if i, has := own(KeyCode, code); has {
			return i
		}
	case KeyAccount:
		if i, has := own(KeyAccount, account); has {
			return i
		}
	case KeyCredit:
		if i, has := own(KeyCredit, credit); has {
			return i
		}
	case KeyPhone:
		for _, p := range e.phones {
			if is := j.byPhone[p]; len(is) > 0 {
				return int(is[0])
			}
		}
		if len(e.phones) > 0 {
			return -1
		}
	case KeyName:
		if is := j.byName[e.folded]; len(is) > 0 {
			return int(is[0])
		}
		return -1
	}
	for _, i := range j.byName[e.folded] {
		if have := j.entries[i].phones; dedupe.Common(have, e.phones) || len(have) == 0 && len(e.phones) == 0 {
			return int(i)
		}
	}
	for _, x := range [...]struct {
		key Key
		v   string
	}{{KeyCode, code}, {KeyCredit, credit}} {
		if i, _ := own(x.key, x.v); i >= 0 && j.entries[i].folded == e.folded {
			return i
		}
	}
	return -1
}

// onRecord finds the customer on record that a row is about.
func (j *Judge) onRecord(e entry, code, account, credit string, whole func(Code, Severity, int, string)) (Known, bool, error) {
	if j.opt.Known == nil {
		return Known{}, false, nil
	}
	one := func(ks []Known) (Known, bool) {
		switch len(ks) {
		case 0:
			return Known{}, false
		case 1:
			return ks[0], true
		}
		var named []Known
		for _, k := range ks {
			if dedupe.FoldName(k.Values["name"]) == e.folded {
				named = append(named, k)
			}
		}
		if len(named) == 1 {
			return named[0], true
		}
		whole(Ambiguous, Fault, len(ks), "")
		return Known{}, false
	}
	for _, x := range [...]struct {
		key Key
		v   string
	}{{KeyCode, code}, {KeyAccount, account}, {KeyCredit, credit}, {KeyName, e.folded}} {
		if x.key == j.opt.Key && x.v != "" {
			ks, err := j.opt.Known.Find(x.key, x.v)
			if err != nil {
				return Known{}, false, err
			}
			k, ok := one(ks)
			return k, ok, nil
		}
	}
	if j.opt.Key == KeyPhone && len(e.phones) > 0 {
		var all []Known
		for _, p := range e.phones {
			ks, err := j.opt.Known.Find(KeyPhone, p)
			if err != nil {
				return Known{}, false, err
			}
			for _, k := range ks {
				if !hasID(all, k.ID) {
					all = append(all, k)
				}
			}
		}
		k, ok := one(all)
		return k, ok, nil
	}
	ks, err := j.opt.Known.Find(KeyName, e.folded)
	if err != nil {
		return Known{}, false, err
	}
	var fit []Known
	for _, k := range ks {
		if dedupe.Common(k.Phones, e.phones) || len(k.Phones) == 0 && len(e.phones) == 0 ||
			code != "" && k.Values["code"] == code || credit != "" && k.Values["credit_code"] == credit {
			fit = append(fit, k)
		}
	}
	if len(fit) > 1 {
		whole(Ambiguous, Notice, len(fit), "")
	}
	if len(fit) == 0 {
		return Known{}, false, nil
	}
	return fit[0], true, nil
}

func hasID(ks []Known, id int64) bool {
	for _, k := range ks {
		if k.ID == id {
			return true
		}
	}
	return false
}

// likeness tells of customers that share a name or a phone with a new one.
func (j *Judge) likeness(e entry, whole func(Code, Severity, int, string)) error {
	if is := j.byName[e.folded]; len(is) > 0 {
		whole(SameNameOtherwise, Notice, j.entries[is[0]].row, "")
	} else if j.opt.Known != nil {
		ks, err := j.opt.Known.Find(KeyName, e.folded)
		if err != nil {
			return err
		}
		if len(ks) > 0 {
			whole(SameNameOtherwise, Notice, 0, "")
		}
	}
	for _, p := range e.phones {
		if is := j.byPhone[p]; len(is) > 0 {
			whole(SamePhone, Notice, j.entries[is[0]].row, p)
		} else if j.opt.Known != nil {
			ks, err := j.opt.Known.Find(KeyPhone, p)
			if err != nil {
				return err
			}
			if len(ks) > 0 {
				whole(SamePhone, Notice, 0, p)
			}
		}
	}
	return nil
}

// changes is what the row would change; empty cells change nothing.
func (j *Judge) changes(rec *Record, k Known, whole func(Code, Severity, int, string)) []Change {
	var out []Change
	rec.Each(func(field, v string) {
		old, kept := k.Values[field]
		switch {
		case !kept || old == v || old != "" && j.opt.FillOnly:
		case field == "name" && dedupe.FoldName(old) == dedupe.FoldName(v):
		case field == "code" && old != "":
			whole(CodeKept, Notice, 0, old)
		default:
			out = append(out, Change{field, old, v})
		}
	})
	var phones []string
	for _, p := range rec.Phones {
		if !dedupe.Contains(k.Phones, p) {
			phones = append(phones, p)
		}
	}
	if len(phones) > 0 {
		out = append(out, Change{"phone", strings.Join(k.Phones, " "), strings.Join(phones, " ")})
	}
	if old, kept := k.Values["tags"]; kept {
		have := strings.FieldsFunc(old, func(r rune) bool { return r == ',' || r == ' ' || r == '、' })
		var tags []string
		for _, t := range rec.Tags {
			if !dedupe.Contains(have, t) {
				tags = append(tags, t)
			}
		}
		if len(tags) > 0 {
			out = append(out, Change{"tags", old, strings.Join(tags, ",")})
		}
	}
	return out
}

// visit decides what becomes of a visit note.
func (j *Judge) visit(out *Judged) error {
	rec := &out.Record
	whole := func(code Code, sev Severity, n int, text string) {
		out.Problems = append(out.Problems, Problem{Code: code, Severity: sev, Column: -1, N: n, Text: text})
	}
	name, code, account := rec.Get("name"), rec.Get("code"), rec.Get("account_no")
	if name == "" && code == "" && account == "" && len(rec.Phones) == 0 {
		whole(NoCustomer, Fault, 0, "")
		return nil
	}
	if rec.Get("day") == "" {
		whole(NoDay, Fault, 0, "")
		return nil
	}
	if rec.Get("rep") == "" && j.rep != "" {
		rec.values[j.plan.slot[j.kind.index["rep"]]] = j.rep
	}
	if rec.Get("mode") == "" {
		j.ask(NoMode, "mode", rec.Get("learned"), out.Row)
		whole(NoMode, Question, 0, "")
		rec.values[j.plan.slot[j.kind.index["mode"]]] = j.opt.Answers.Mode
	}
	folded := dedupe.FoldName(name)
	out.Verdict = Create
	id := strings.Join([]string{rec.Get("day"), folded, code, account, rec.Get("rep"), rec.Get("mode"), rec.Get("learned"), rec.Get("next_on")}, "\x00")
	if row, ok := j.visits[id]; ok {
		out.Verdict, out.Of = Skip, row
		first(out, Problem{Code: DuplicateOfRow, Column: -1, N: row})
		return nil
	}
	j.visits[id] = out.Row
	if j.opt.Known == nil {
		return nil
	}
	var fit []Known
	for _, x := range [...]struct {
		key Key
		v   string
	}{{KeyCode, code}, {KeyAccount, account}, {KeyName, folded}} {
		if x.v == "" || len(fit) > 0 {
			continue
		}
		ks, err := j.opt.Known.Find(x.key, x.v)
		if err != nil {
			return err
		}
		fit = ks
	}
	for _, p := range rec.Phones {
		if len(fit) > 0 {
			break
		}
		ks, err := j.opt.Known.Find(KeyPhone, p)
		if err != nil {
			return err
		}
		fit = ks
	}
	if len(fit) > 1 && len(rec.Phones) > 0 {
		var near []Known
		for _, k := range fit {
			if dedupe.Common(k.Phones, rec.Phones) {
				near = append(near, k)
			}
		}
		if len(near) > 0 {
			fit = near
		}
	}
	switch len(fit) {
	case 1:
		out.ID = fit[0].ID
	case 0:
		j.ask(UnknownCustomer, "name", name, out.Row)
		first(out, Problem{Code: UnknownCustomer, Severity: Question, Column: -1, Text: name})
		if j.opt.Answers.Unknown == UnknownSkip {
			out.Verdict = Skip
			return nil
		}
	default:
		whole(Ambiguous, Fault, len(fit), name)
		return nil
	}
	if j.opt.Visited != nil {
		had, err := j.opt.Visited(out.ID, rec.Get("day"), rec.Get("rep"), rec.Get("learned"))
		if err != nil {
			return err
		}
		if had {
			out.Verdict = Skip
			first(out, Problem{Code: NothingNew, Column: -1})
		}
	}
	return nil
}

// waybill decides what becomes of a parcel's row.
func (j *Judge) waybill(out *Judged) {
	rec := &out.Record
	no := rec.Get("waybill")
	if no == "" {
		no = rec.Get("order")
	}
	if no == "" {
		out.Problems = append(out.Problems, Problem{Code: NoWaybill, Severity: Fault, Column: -1})
		return
	}
	if row, ok := j.visits[no]; ok {
		out.Verdict, out.Of = Skip, row
		out.Problems = append(out.Problems, Problem{Code: DuplicateOfRow, Column: -1, N: row})
		return
	}
	j.visits[no] = out.Row
	out.Verdict = Create
}

// Sender is one who sends, gathered from the rows of a waybill list.
type Sender struct {
	Name     string // as first written
	Folded   string
	Account  string
	Contact  string
	Phones   []string
	Row      int
	Waybills int
	Fen      int64
}

// Senders gathers who sends from judged waybills, each parcel once, in the
// order in which they first appear.
func Senders(rows []Judged) []Sender {
	var out []Sender
	at := make(map[string]int)
	for _, r := range rows {
		if r.NotData != IsData || r.Verdict != Create {
			continue
		}
		name := r.Record.Get("name")
		if name == "" {
			name = r.Record.Get("contact")
		}
		key := dedupe.FoldName(name)
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key] = i
			out = append(out, Sender{Name: name, Folded: key, Row: r.Row})
		}
		s := &out[i]
		s.Waybills++
		n, _ := r.Record.Int("freight")
		s.Fen += n
		if s.Account == "" {
			s.Account = r.Record.Get("account_no")
		}
		if s.Contact == "" {
			s.Contact = r.Record.Get("contact")
		}
		for _, p := range r.Record.Phones {
			s.Phones = addText(s.Phones, p)
		}
	}
	return out
}
