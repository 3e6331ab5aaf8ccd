package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"sort"
	"strings"
)

// Header is where a sheet's headings are and what they say.
type Header struct {
	// First and Last are positions in the rows given to FindHeader: equal for
	// one row, apart for a header of two rows. Data begin at Last+1. Without a
	// header both are -1.
	First, Last int
	// Rows are the numbers of these rows.
	Rows []int
	// Headings has one text per column, "" where there is none; of two rows
	// the lower text where it has one.
	Headings []string
	// Groups has the upper text above a column of a two-row header, "" else.
	Groups []string
	// Year is a year that a title above the headings names, 0 = none.
	Year int
	// Kind is the kind of import whose headings fit best, nil = none does.
	Kind *Kind
	// Known counts the headings that Kind recognises.
	Known int
}

// Width is the number of columns that the heading rows reach.
func (h Header) Width() int { return len(h.Headings) }

// searched is how many rows from the top a header is looked for.
const searched = 60

// FindHeader looks for the heading rows among the first rows of a sheet, of
// the given kinds (none given = all). ok is false where no row looks like
// one: then Header tells the width, and the user names the columns.
func FindHeader(rows []Row, kinds ...*Kind) (Header, bool) {
	if len(kinds) == 0 {
		kinds = Kinds()
	}
	best, score := Header{First: -1, Last: -1}, 0
	for i := 0; i < len(rows) && i < searched; i++ {
		if !headerLike(rows[i]) {
			continue
		}
		for _, k := range kinds {
			if n := knownIn(k, rows[i]); n > score {
				best, score = Header{First: i, Last: i, Kind: k, Known: n}, n
			}
		}
	}
	filled := 0
	if best.First >= 0 {
		filled = count(rows[best.First])
	}
	if score == 0 || score == 1 && filled > 2 || score*4 < filled {
		w := 0
		for i := 0; i < len(rows) && i < searched; i++ {
			w = max(w, len(rows[i].Cells))
		}
		return Header{First: -1, Last: -1, Headings: make([]string, w), Groups: make([]string, w)}, false
	}
	k := best.Kind
	top, bottom := best.First, best.First
	if up := best.First - 1; up >= 0 && isUpper(k, rows[up], rows[best.First]) {
		top = up
	} else if down := best.First + 1; down < len(rows) && isLower(k, rows[best.First], rows[down]) {
		bottom = down
	}
	best.First, best.Last = top, bottom
	low := rows[bottom].Cells
	w := len(low)
	if top != bottom {
		w = max(w, len(rows[top].Cells))
	}
	best.Headings, best.Groups = make([]string, w), make([]string, w)
	for c := range low {
		best.Headings[c] = cellText(low[c])
	}
	best.Rows = []int{rows[bottom].Number}
	if top != bottom {
		best.Rows = []int{rows[top].Number, rows[bottom].Number}
		group := ""
		for c := 0; c < w; c++ {
			if c < len(rows[top].Cells) {
				if s := cellText(rows[top].Cells[c]); s != "" {
					group = s
				}
			}
			if best.Headings[c] == "" {
				if c < len(rows[top].Cells) {
					best.Headings[c] = cellText(rows[top].Cells[c])
				}
				group = ""
				continue
			}
			best.Groups[c] = group
		}
	}
	for i := 0; i < top; i++ {
		for _, c := range rows[i].Cells {
			if c.Kind == Text && best.Year == 0 {
				best.Year = yearIn(c.Text)
			}
		}
	}
	best.Known = 0
	for _, g := range Guess(k, best) {
		if g.Field != "" {
			best.Known++
		}
	}
	return best, true
}

// headerLike: at least one text, no dates, and few numbers.
func headerLike(r Row) bool {
	texts, others := 0, 0
	for _, c := range r.Cells {
		switch c.Kind {
		case Text:
			if blankCell(c) {
				continue
			}
			if len(c.Text) > 90 {
				return false
			}
			texts++
		case Date, Error, Bool:
			return false
		case Number:
			others++
		}
	}
	return texts > 0 && others*4 <= texts
}

func count(r Row) int {
	n := 0
	for _, c := range r.Cells {
		if !blankCell(c) {
			n++
		}
	}
	return n
}

// knownIn counts the different fields whose headings stand in the row; where
// one is certain, likenesses count too.
func knownIn(k *Kind, r Row) (n int) {
	var seen [64]bool
	var others []string
	for _, c := range r.Cells {
		if blankCell(c) {
			continue
		}
		if c.Kind != Text {
			continue
		}
		if i, ok := k.exact(cellText(c)); !ok {
			others = append(others, cellText(c))
		} else if !seen[i] {
			seen[i] = true
			n++
		}
	}
	if n > 0 {
		for _, s := range others {
			if i, _ := k.like(foldHeading(s)); i >= 0 && !seen[i] {
				seen[i] = true
				n++
			}
		}
	}
	return n
}

// isUpper: the row above has at least two texts and stands over the lower
// row's gaps or spans its columns, as group headings do.
func isUpper(k *Kind, up, low Row) bool {
	if count(up) < 2 || !headerLike(up) {
		return false
	}
	fills, known := 0, 0
	for c, cell := range up.Cells {
		if blankCell(cell) {
			continue
		}
		if len([]rune(cellText(cell))) > 16 || saysSomething(cellText(cell)) {
			return false
		}
		if c >= len(low.Cells) || blankCell(low.Cells[c]) {
			fills++
			if _, ok := k.exact(cellText(cell)); ok {
				known++
			}
		}
	}
	return known > 0 || fills == 0 && count(up) < count(low) || groupWord(up)
}

// saysSomething: a label with its value in one cell, as in 制表人：李, which
// stands above a table but heads none of its columns.
func saysSomething(s string) bool {
	_, value, labelled := strings.Cut(narrow(s), ":")
	return labelled && strings.TrimSpace(value) != ""
}

func groupWord(r Row) bool {
	for _, c := range r.Cells {
		s := squeeze(cellText(c))
		if strings.HasSuffix(s, "信息") || strings.HasSuffix(s, "情况") || strings.HasSuffix(s, "资料") || strings.HasSuffix(s, "方式") {
			return true
		}
	}
	return false
}

// isLower: every filled cell below is a heading, under a group or a gap.
func isLower(k *Kind, up, low Row) bool {
	if !headerLike(low) || count(low) == 0 {
		return false
	}
	for c, cell := range low.Cells {
		if blankCell(cell) {
			continue
		}
		if _, ok := k.exact(cellText(cell)); !ok {
			return false
		}
		if c < len(up.Cells) && foldHeading(cellText(up.Cells[c])) == foldHeading(cellText(cell)) {
			return false
		}
	}
	return true
}

// yearIn finds 2026年 or 2026-10 in a title.
func yearIn(s string) int {
	s = narrow(s)
	for i := 0; i+4 < len(s); i++ {
		if (s[i] == '2' && s[i+1] == '0' || s[i] == '1' && s[i+1] == '9') && digitsOnly(s[i:i+4]) && (i == 0 || s[i-1] < '0' || s[i-1] > '9') {
			rest := s[i+4:]
			if strings.HasPrefix(rest, "年") || rest[0] == '-' || rest[0] == '.' || rest[0] == '/' {
				return int(s[i]-'0')*1000 + int(s[i+1]-'0')*100 + int(s[i+2]-'0')*10 + int(s[i+3]-'0')
			}
		}
	}
	return 0
}

// foldHeading is a heading as a key: one width, no blanks, small letters, no
// marks, and no unit or note in brackets at the end.
func foldHeading(s string) string {
	s = strings.ToLower(squeeze(narrow(s)))
	for {
		before := s
		s = strings.Trim(s, "*:;,._-'\"【】[]!?、。")
		if strings.HasSuffix(s, ")") {
			if i := strings.LastIndexByte(s, '('); i > 0 {
				s = s[:i]
			}
		}
		s = strings.TrimSuffix(s, "必填")
		if s == before {
			break
		}
	}
	return strings.NewReplacer("_", "", "-", "", "(", "", ")", "").Replace(s)
}

func (k *Kind) exact(heading string) (int, bool) {
	h := foldHeading(heading)
	if h == "" {
		return 0, false
	}
	if i, ok := k.heads()[h]; ok {
		return i, true
	}
	if bare := strings.TrimRight(h, "0123456789一二三"); bare != "" && bare != h {
		i, ok := k.heads()[bare]
		return i, ok
	}
	return 0, false
}

// Guessed is what a column is taken for. Field is "" where nothing fits.
// Confidence is 1 for a heading of the table, less for a likeness.
type Guessed struct {
	Column     int
	Heading    string
	Field      string
	Confidence float64
}

// someoneElse are words that make a heading speak of another than the customer.
var someoneElse = []string{"收件", "收货", "经理", "业务员", "负责人", "推荐", "上级", "快递员", "派件", "紧急", "开票", "财务", "客服", "法人", "次数", "是否", "receiver", "recipient", "consignee", "manager"}

// Guess proposes a field for each column: one column to one field, several
// columns only to fields that allow it; of two claims the surer one wins,
// then the left one.
func Guess(k *Kind, h Header) []Guessed {
	out := make([]Guessed, len(h.Headings))
	taken := make(map[string]int)
	for c, text := range h.Headings {
		out[c] = Guessed{Column: c, Heading: text}
		if text == "" {
			continue
		}
		field, sure := -1, 0.0
		group := ""
		if c < len(h.Groups) {
			group = h.Groups[c]
		}
		if group != "" {
			if i, ok := k.exact(group + text); ok {
				field, sure = i, 1
			}
		}
		if field < 0 {
			if i, ok := k.exact(text); ok && !(group != "" && about(group)) {
				field, sure = i, 1
			}
		}
		if field < 0 {
			field, sure = k.like(foldHeading(group + text))
		}
		if field < 0 {
			continue
		}
		fd := k.Fields[field]
		if other, ok := taken[fd.Name]; ok && !fd.Multi {
			if out[other].Confidence >= sure {
				continue
			}
			out[other].Field, out[other].Confidence = "", 0
		}
		taken[fd.Name] = c
		out[c].Field, out[c].Confidence = fd.Name, sure
	}
	return out
}

func about(s string) bool {
	for _, w := range someoneElse {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// like finds the longest synonym within a heading.
func (k *Kind) like(h string) (int, float64) {
	if about(h) {
		return -1, 0
	}
	best, long := -1, 0
	for s, i := range k.heads() {
		if len(s) < 6 || k.Fields[i].Parser == AsIgnored || !strings.Contains(h, s) {
			continue
		}
		if len(s) > long || len(s) == long && i < best {
			best, long = i, len(s)
		}
	}
	if best < 0 || long*2 < len(h) {
		return -1, 0
	}
	return best, 0.4 + 0.4*float64(long)/float64(len(h))
}

// HeadingKey stands for a set of headings, in whatever order, so that a
// mapping can be remembered for the next file of the same shape.
func HeadingKey(k *Kind, h Header) string {
	seen := make(map[string]bool)
	var all []string
	for c := range h.Headings {
		if s := columnKey(h, c); s != "" && !seen[s] {
			seen[s] = true
			all = append(all, s)
		}
	}
	sort.Strings(all)
	sum := sha256.Sum256([]byte(k.Name + "\n" + strings.Join(all, "\n")))
	return hex.EncodeToString(sum[:12])
}

func columnKey(h Header, c int) string {
	s := foldHeading(h.Headings[c])
	if s != "" && c < len(h.Groups) && h.Groups[c] != "" {
		s = foldHeading(h.Groups[c]) + "/" + s
	}
	return s
}

// Mapping has the field name of each column; "" = not imported.
type Mapping []string

// Guessing makes a mapping of guesses.
func Guessing(gs []Guessed) Mapping {
	m := make(Mapping, len(gs))
	for i, g := range gs {
		m[i] = g.Field
	}
	return m
}

// Remember gives a mapping by heading, to be kept under HeadingKey.
func Remember(h Header, m Mapping) map[string]string {
	kept := make(map[string]string)
	for c := range h.Headings {
		if s := columnKey(h, c); s != "" && c < len(m) {
			if _, ok := kept[s]; !ok || kept[s] == "" {
				kept[s] = m[c]
			}
		}
	}
	return kept
}

// Recall lays a remembered mapping over the columns of a header, whatever
// their order now.
func Recall(k *Kind, h Header, kept map[string]string) Mapping {
	m := make(Mapping, len(h.Headings))
	used := make(map[string]bool)
	for c := range h.Headings {
		name := kept[columnKey(h, c)]
		fd, ok := k.Field(name)
		if !ok || used[name] && !fd.Multi {
			continue
		}
		m[c], used[name] = name, true
	}
	return m
}

// MappingError is one thing wrong with a mapping that a user chose.
type MappingError struct {
	Code   string // MapUnknownField, MapTwice, MapNoName, MapNoDay, MapNoSaid
	Column int    // -1 = the whole mapping
	Field  string
}

// What can be wrong with a mapping.
const (
	MapUnknownField = "map_unknown_field"
	MapTwice        = "map_twice"
	MapNoName       = "map_no_name"
	MapNoDay        = "map_no_day"
	MapTooWide      = "map_too_wide"
	MapNoSaid       = "map_no_said"
)

// CheckMapping says what is wrong with a mapping; nothing = it can be judged by.
func CheckMapping(k *Kind, h Header, m Mapping) []MappingError {
	var bad []MappingError
	used := make(map[string]bool)
	if len(m) > len(h.Headings) {
		bad = append(bad, MappingError{Code: MapTooWide, Column: len(h.Headings)})
	}
	for c, name := range m {
		if name == "" {
			continue
		}
		fd, ok := k.Field(name)
		switch {
		case !ok:
			bad = append(bad, MappingError{MapUnknownField, c, name})
		case used[name] && !fd.Multi && fd.Parser != AsIgnored:
			bad = append(bad, MappingError{MapTwice, c, name})
		}
		used[name] = true
	}
	if k == Cases {
		if !used["said"] && !used["cause"] {
			bad = append(bad, MappingError{MapNoSaid, -1, "said"})
		}
		if !used["day"] {
			bad = append(bad, MappingError{MapNoDay, -1, "day"})
		}
		return bad // who called need not be told
	}
	if k == Payments && (used["name"] || used["code"] || used["account_no"]) {
		return bad // whose the money is can be told
	}
	if k == Waybills && (used["name"] || used["contact"] || used["account_no"] || used["phone"]) {
		return bad // whose the parcels are can be told
	}
	if !used["name"] && !(k == Visits && (used["code"] || used["account_no"] || used["phone"])) {
		bad = append(bad, MappingError{MapNoName, -1, "name"})
	}
	if k == Visits && !used["day"] {
		bad = append(bad, MappingError{MapNoDay, -1, "day"})
	}
	return bad
}
