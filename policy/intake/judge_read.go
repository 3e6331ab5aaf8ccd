package intake

import (
	"strconv"
	"strings"

	"yike/policy/phone"
)

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
	if j.kind == Customers && j.opt.Answers.Unread == UnreadRemark {
		j.keepUnread(out)
	}
}

// keepUnread puts what could not be read of the cells into the remark, under
// their headings, so that the row is taken and nothing on paper is lost. A
// fault of the whole row, a name, and what a question still asks stay faults.
func (j *Judge) keepUnread(out *Judged) {
	for i := range out.Problems {
		if p := &out.Problems[i]; p.Severity == Fault && (p.Column < 0 || p.Field == "name" || p.Code == BadBytes || p.Code == ColumnsShifted || isQuestion(p.Code)) {
			return
		}
	}
	at := j.plan.slot[j.kind.index["remark"]]
	lines, last := out.Record.values[at], -1
	for i := range out.Problems {
		p := &out.Problems[i]
		if p.Severity != Fault {
			continue
		}
		p.Severity = Notice
		if p.Column == last || p.Code == CellError {
			continue
		}
		last = p.Column
		line := cleanText(cellText(j.before[p.Column]))
		if h := j.header.Headings; p.Column < len(h) && h[p.Column] != "" {
			line = h[p.Column] + "：" + line
		}
		lines = strings.TrimPrefix(lines+"\n"+line, "\n")
	}
	if last >= 0 {
		out.Record.values[at] = lines
		out.Problems = append(out.Problems, Problem{Code: KeptInRemark, Column: -1})
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
			if (j.kind == Waybills || j.kind == Payments) && p.Severity == Question {
				return // the same in each of thousands of rows
			}
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
			p := fault(DigitsLost, cell.Text)
			if j.kind == Cases {
				p.Severity = Notice
			}
			say(p)
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
	case AsWhen:
		s, p := parseWhen(cell, rules, j.opt.Today)
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
	case AsWays:
		s, ps := parseWays(cellText(cell))
		set(s)
		for _, p := range ps {
			say(p)
		}
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
	case AsDay, AsWhen:
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
