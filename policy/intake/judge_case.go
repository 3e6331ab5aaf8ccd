package intake

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"yike/policy/casework"
	"yike/policy/cause"
	"yike/policy/dedupe"
	"yike/policy/waybill"
)

// Cases is the import of a complaint register as it is kept on paper or in a
// workbook.
var Cases = newKind("cases",
	f("seq", AsIgnored, "序号", "行号", "编号", "NO", "No.", "序", "#"),
	f("day", AsText, "日期", "登记日期", "投诉日期", "投诉时间", "受理日期", "受理时间", "来电日期", "来电时间", "登记时间", "接诉日期", "时间", "月日", "date", "day", "opened", "complaint date"),
	f("name", AsName, "客户", "客户名称", "来电人", "投诉人", "客户姓名", "联系人", "姓名", "客户（来电人）", "客户/来电人", "来电客户", "投诉客户", "申诉人", "用户", "反映人", "customer", "caller", "name", "client", "complainant"),
	Field{Name: "phone", Parser: AsPhone, Multi: true, Synonyms: []string{"电话", "联系电话", "来电号码", "来电电话", "手机", "手机号", "手机号码", "联系方式", "客户电话", "投诉人电话", "回电号码", "电话号码", "phone", "mobile", "tel", "caller phone"}},
	f("waybill", AsText, "单号", "运单号", "运单编号", "面单号", "快递单号", "运单号码", "物流单号", "件号", "waybill", "waybill no", "waybill number", "tracking number"),
	f("said", AsText, "投诉内容", "投诉事由", "内容", "事由", "反映问题", "反映内容", "问题描述", "来电内容", "投诉问题", "情况说明", "问题", "事情经过", "客户反映", "投诉情况", "申诉内容", "content", "complaint", "description", "details"),
	f("wants", AsText, "客户要求", "客户诉求", "诉求", "要求", "希望", "wants", "request"),
	f("cause", AsText, "投诉类型", "投诉类别", "投诉原因", "原因", "问题类型", "问题分类", "类型", "类别", "投诉分类", "责任类型", "cause", "type", "category", "reason"),
	f("channel", AsText, "渠道", "来源", "投诉渠道", "受理渠道", "投诉来源", "来电渠道", "反映渠道", "channel", "source"),
	f("severity", AsText, "严重程度", "紧急程度", "级别", "程度", "等级", "severity", "level", "priority"),
	f("handling", AsText, "处理经过", "处理过程", "处理情况", "处理措施", "处理", "经过", "处理记录", "跟进情况", "处理方式", "处理办法", "handling", "actions", "follow up"),
	f("handler", AsName, "经办", "经办人", "处理人", "受理人", "客服", "负责人", "跟进人", "经手人", "登记人", "接待人", "责任客服", "handler", "handled by", "clerk"),
	f("compensation", AsText, "赔款", "赔偿", "赔付", "赔付金额", "赔偿金额", "理赔金额", "理赔", "赔款金额", "金额", "compensation", "paid", "claim"),
	f("result", AsText, "结果", "处理结果", "是否解决", "是否结案", "结案", "状态", "客户意见", "处理状态", "结案情况", "办结情况", "result", "status", "closed", "outcome"),
	f("closed_on", AsText, "结案日期", "结案时间", "办结日期", "办结时间", "完成日期", "解决日期", "回复日期", "closed on", "closing date"),
	f("remark", AsText, "备注", "说明", "remark", "note"),
	f("kind", AsText, "工单类型", "工单类别", "诉求类型", "case kind"), // these three are mostly read out of the others
	f("state", AsText, "办理状态", "工单状态", "case state"),
	f("satisfied", AsText, "是否满意", "客户满意度", "satisfied"),
)

// The codes of a register's rows, beside those of problem.go.
const (
	NothingSaid  Code = "nothing_said"  // neither content nor cause
	DayAbove     Code = "day_above"     // no day: the day of the row above was taken
	DayShort     Code = "day_short"     // Text, a number that has lost its end, may be two days: the earlier was taken
	MonthDiffers Code = "month_differs" // the day is of another month than the heading above
	CauseGuessed Code = "cause_guessed" // Text are the words by which the cause was guessed
	CauseUnknown Code = "cause_unknown" // the words name no cause: other
	NoResult     Code = "no_result"     // nothing says whether it is closed; the file's answer was taken
	ResultWord   Code = "result_word"   // Text says neither that it is closed nor that it is not: open
	PaidUnclear  Code = "paid_unclear"  // Text is no amount: kept in the words of the result
	CallerOf     Code = "caller_of"     // N clients have the number: bound to none
	WaybillWords Code = "waybill_words" // Text is no waybill number: kept in the content
	ClosedBefore Code = "closed_before" // the day of closing is before the row's own
)

// What a register's row says of its end.
const (
	StillOpen = "open"
	Closed    = "closed"
)

// book is what a Judge remembers of the rows of a register.
type book struct {
	year  int  // of days without one; it goes on where the months begin anew
	told  bool // the title or a heading says the year
	month int  // of the heading above
	last  string
	lost  bool // the day of the row above could not be read
	day   int  // column, -1 = none
	end   int
	rows  map[string]int
}

func newBook(h Header, m Mapping, a Answers) *book {
	b := &book{year: a.Year, day: slices.Index(m, "day"), end: slices.Index(m, "closed_on"), rows: map[string]int{}}
	if h.Year != 0 && (a.Year == 0 || a.Year == h.Year) {
		b.year, b.told = h.Year, true
	}
	return b
}

// heading reads a row that heads a month; false for another one.
func (b *book) heading(cells []Cell) bool {
	for _, c := range cells {
		if blankCell(c) {
			continue
		}
		s := squeeze(narrow(cellText(c)))
		m, rest := monthOf(s)
		if m == 0 || strings.ContainsAny(rest, "日号完续") {
			return false
		}
		if y := yearIn(s); y != 0 {
			b.year, b.told = y, true
		} else if b.month-m >= 6 { // 十二月, then 一月
			b.year++
		}
		b.month = m
		return true
	}
	return false
}

// monthOf finds 3月 or 十二月 in a heading, and what follows it.
func monthOf(s string) (int, string) {
	before, after, ok := strings.Cut(s, "月")
	if !ok {
		return 0, ""
	}
	i := len(before)
	for i > 0 {
		r := []rune(before[:i])
		last := r[len(r)-1]
		if !strings.ContainsRune("0123456789一二三四五六七八九十", last) {
			break
		}
		i -= len(string(last))
	}
	n, ok := number(before[i:])
	if before[i:] == "" || !ok || n < 1 || n > 12 {
		return 0, ""
	}
	return n, after
}

// dayOf reads the day of a row: as above where it says none, its year and
// month from what stands above where it leaves them out.
func (b *book) dayOf(c Cell, o Options) (string, Problem) {
	if blankCell(c) || c.Kind == Text && (ditto(c.Text) || placeholder(squeeze(c.Text))) {
		if b.last == "" || b.lost {
			return "", Problem{Code: NoDay, Severity: Fault}
		}
		if c.Kind == Text && ditto(c.Text) {
			return b.last, Problem{}
		}
		return b.last, Problem{Code: DayAbove, Text: b.last}
	}
	rules := DateRules{Year: b.year, Order: o.Answers.Order, Date1904: o.Date1904}
	var day string
	var p Problem
	if c.Kind == Number && c.Num > 0 && c.Num < 100 {
		day, p = b.short(c, rules)
	} else {
		day, p = ParseDay(b.whole(c), rules)
	}
	if day == "" {
		return "", p
	}
	if p.Code == NoYear && b.told {
		p = Problem{}
	}
	if p.Code == NoYear && o.Today != "" && day > o.Today {
		rules.Year--
		day, _ = ParseDay(b.whole(c), rules)
	}
	return day, p
}

// endOf reads the day on which a row of a day was closed. Without a year it is
// of the row's own, or of the next where a row of December was closed in
// January. One before the row, or one that has not come, is none.
func (b *book) endOf(c Cell, day string, o Options) (string, Problem) {
	of := book{year: b.year, month: b.month, last: day}
	if len(day) >= 4 {
		of.year, _ = strconv.Atoi(day[:4])
	}
	today := o.Today
	o.Today = "" // one that has not come is not last year's
	end, p := of.dayOf(c, o)
	if p.Code == NoYear && p.Severity != Fault {
		if p = (Problem{}); end < day {
			of.year++
			if next, _ := of.dayOf(c, o); today == "" || next <= today {
				end = next
			}
		}
	}
	switch {
	case p.Severity == Fault:
		p.Severity = Notice
		return "", p
	case end < day:
		return "", Problem{Code: ClosedBefore, Text: end}
	case today != "" && end > today:
		return "", Problem{Code: FutureDay, Text: end}
	}
	return end, p
}

// whole adds the month of the heading to a cell that names a day alone, and
// drops the part of the day.
func (b *book) whole(c Cell) Cell {
	if c.Kind != Text {
		return c
	}
	s := strings.TrimFunc(narrow(c.Text), invisible)
	for _, w := range []string{"上午", "下午", "中午", "早上", "晚上", "早", "晚"} {
		s = strings.TrimSuffix(s, w)
	}
	s = strings.TrimFunc(s, invisible)
	if d := strings.TrimRight(s, "日号"); b.month > 0 && digitsOnly(d) && len(d) <= 2 {
		s = strconv.Itoa(b.month) + "." + d
	}
	return Cell{Kind: Text, Text: s}
}

// short reads a day as a number with a point: 3.1 is the 1st or, with its 0
// lost, the 10th of March. The days of a register go on, so the one that is
// not before the row above is meant; where both are not, the earlier one is
// taken and told.
func (b *book) short(c Cell, rules DateRules) (string, Problem) {
	text := strconv.FormatFloat(c.Num, 'f', -1, 64)
	if strings.HasPrefix(c.Text, text) && strings.Trim(c.Text[len(text):], "0") == "" {
		text = c.Text // shown with its 0
	}
	if c.Num == math.Trunc(c.Num) && !strings.Contains(text, ".") {
		if b.month == 0 {
			return "", fault(DateIncomplete, text)
		}
		return ParseDay(Cell{Kind: Text, Text: strconv.Itoa(b.month) + "." + text}, rules)
	}
	day, p := ParseDay(Cell{Kind: Text, Text: text}, rules)
	_, frac, _ := strings.Cut(text, ".")
	if day == "" || len(frac) != 1 || frac > "3" {
		return day, p
	}
	long, q := ParseDay(Cell{Kind: Text, Text: text + "0"}, rules)
	switch {
	case long == "" || q.Severity == Fault:
		return day, p
	case b.last != "" && day < b.last && long >= b.last:
		return long, q
	case b.last != "" && b.last[:7] == day[:7] && day >= b.last:
		return day, Problem{Code: DayShort, Text: text}
	}
	return day, p
}

// bookRow reads what a register's cells say together.
func (j *Judge) bookRow(r Row, out *Judged) {
	rec, b := &out.Record, j.book
	set := func(field, v string) { rec.values[j.plan.slot[j.kind.index[field]]] = v }
	say := func(field string, p Problem) {
		if p.Code == "" {
			return
		}
		p.Column, p.Field = j.columnOf(field), field
		if isQuestion(p.Code) {
			j.ask(p.Code, field, p.Text, out.Row)
			if p.Severity == Question {
				return
			}
		}
		out.Problems = append(out.Problems, p)
	}
	cell := func(c int) Cell {
		if c < 0 || c >= len(r.Cells) {
			return Cell{}
		}
		return r.Cells[c]
	}
	day, p := b.dayOf(cell(b.day), j.opt)
	set("day", day)
	say("day", p)
	future := day != "" && j.opt.Today != "" && day > j.opt.Today
	if b.lost = day == "" || future; future {
		say("day", fault(FutureDay, day))
	} else if day != "" {
		if n, _ := strconv.Atoi(day[5:7]); b.month != 0 && n != b.month {
			say("day", Problem{Code: MonthDiffers, Text: day})
		}
		b.last = day
	}
	if c := cell(b.end); !blankCell(c) {
		end, p := b.endOf(c, day, j.opt)
		set("closed_on", end)
		say("closed_on", p)
	}
	numbers, rest := Numbers(rec.Get("waybill"))
	if set("waybill", strings.Join(numbers, " ")); rest != "" {
		say("waybill", Problem{Code: WaybillWords, Text: clip(rest)})
		set("said", strings.TrimPrefix(rec.Get("said")+"\n"+rest, "\n"))
	}
	for i := range out.Problems { // a number that is none may still be read by a person
		if p := &out.Problems[i]; p.Field == "phone" && p.Column >= 0 && p.Code != NoAreaCode && len(rec.Phones) == 0 {
			set("remark", strings.TrimPrefix(rec.Get("remark")+"\n"+cleanText(cellText(cell(p.Column))), "\n"))
			break
		}
	}
	j.bookWords(rec, set, say)
}

// bookWords reads cause, money and end out of a row's wording.
func (j *Judge) bookWords(rec *Record, set func(field, v string), say func(string, Problem)) {
	said, typed := rec.Get("said"), rec.Get("cause")
	kind, ok := cause.KindTyped(rec.Get("kind"))
	if !ok {
		if kind, ok = cause.KindTyped(typed); ok {
			typed = ""
		} else {
			kind = cause.Complaint
		}
	}
	set("kind", kind)
	code, ok := cause.Typed(typed)
	if typed == "" || !ok {
		g := cause.Guess(said + "\n" + rec.Get("wants"))
		code = g.Code
		switch {
		case said == "" && typed == "":
			say("said", Problem{Code: NothingSaid, Severity: Fault})
		case g.Score > 0:
			say("cause", Problem{Code: CauseGuessed, Text: strings.Join(g.Marks, " ")})
		default:
			say("cause", Problem{Code: CauseUnknown, Text: clip(typed)})
		}
	}
	set("cause", code)
	fen, clear := ParseCompensation(rec.Get("compensation"), j.opt.Answers.DecimalComma)
	if !clear {
		say("compensation", Problem{Code: PaidUnclear, Text: clip(rec.Get("compensation"))})
	} else {
		text := ""
		if fen > 0 {
			text = strconv.FormatInt(fen, 10)
		}
		set("compensation", text)
	}
	end, satisfied := ParseOutcome(rec.Get("result"))
	if state, _ := ParseOutcome(rec.Get("state")); state != "" {
		end = state
	}
	if yes, _ := ParseYesNo(rec.Get("satisfied")); yes != "" {
		satisfied = yes == "1"
	} else if rec.Get("satisfied") != "" {
		_, satisfied = ParseOutcome(rec.Get("satisfied"))
	}
	switch {
	case end == "" && rec.Get("closed_on") != "":
		end = Closed
	case end == "" && rec.Get("result") == "":
		say("result", Problem{Code: NoResult, Severity: Question, Text: clip(said)})
		if end = StillOpen; j.opt.Answers.NoResult == Closed {
			end = Closed
		}
	case end == "":
		say("result", Problem{Code: ResultWord, Text: clip(rec.Get("result"))})
		end = StillOpen
	}
	set("state", end)
	if set("satisfied", ""); satisfied {
		set("satisfied", "1")
	}
}

// Numbers finds the waybill numbers in a cell, and what else it says; words
// for none (没报单号, 不记得) say nothing.
func Numbers(text string) (numbers []string, rest string) {
	var left []string
	for _, w := range strings.FieldsFunc(narrow(text), func(r rune) bool { return invisible(r) || strings.ContainsRune(",;、/|", r) }) {
		if n, ok := waybill.Number(w); ok {
			numbers = addText(numbers, n)
		} else if !placeholder(w) {
			left = append(left, w)
		}
	}
	rest = strings.Join(left, " ")
	for _, none := range []string{"没报", "未报", "没有", "不记得", "忘记", "忘了", "没说", "未提供", "没提供", "不详", "不清楚", "无单号", "不知道"} {
		if strings.Contains(rest, none) {
			return numbers, ""
		}
	}
	return numbers, rest
}

// ParseCompensation reads what was paid: 230, 赔290元, ¥90.00, 无. clear is
// false for words that name no amount.
func ParseCompensation(text string, comma bool) (fen int64, clear bool) {
	s := squeeze(narrow(text))
	for _, w := range []string{"已", "共", "客户", "赔偿", "赔付", "赔款", "理赔", "赔了", "赔", "付", "了", ":"} {
		s = strings.TrimPrefix(s, w)
	}
	if placeholder(s) || s == "不" || s == "未" || s == "没" {
		return 0, true
	}
	n, ok, p := ParseFen(Cell{Kind: Text, Text: s}, comma)
	return n, ok && p.Severity != Fault && n >= 0
}

// ParseOutcome reads whether a case is closed, and whether the client is said
// to be satisfied: √, 已解决, 客户满意, 待回复. end is "" where the words do not
// say.
func ParseOutcome(text string) (end string, satisfied bool) {
	s := strings.ToLower(squeeze(narrow(text)))
	if placeholder(s) {
		return "", false
	}
	has := func(list ...string) bool {
		return slices.ContainsFunc(list, func(w string) bool { return strings.Contains(s, w) })
	}
	settled := strings.NewReplacer("没问题", ",", "没有问题", ",", "没事", ",", "没意见", ",", "没有意见", ",", "无异议", ",", "没有异议", ",").Replace(s)
	agrees, refuses := agreed(settled)
	satisfied = agrees || has("没意见", "没有意见", "无异议", "没有异议")
	switch s {
	case "√", "✓", "✔", "☑", "v", "ok", "o", "是", "y", "yes", "好", "好了", "done", "完", "结":
		return Closed, satisfied
	case "×", "✗", "✘", "x", "否", "n", "no":
		return StillOpen, false
	}
	open := []string{"待", "等", "还没", "还未", "未", "没", "解决不", "处理不", "办不", "处理中", "跟进", "进行中", "查件中", "核实中", "在查", "再打", "继续"}
	for _, w := range open {
		if refuses || strings.Contains(settled, w) {
			return StillOpen, false
		}
	}
	if settled != s || satisfied || has("解决", "已结", "结案", "办结", "完结", "完成", "处理完", "已处理", "已赔", "已退", "已补", "已送", "送到", "已办", "已回复", "已答复", "撤诉", "撤销", "归档", "ok", "√", "✓") {
		return Closed, satisfied
	}
	return "", false
}

// agreed finds words of agreement: such a word says the opposite behind a
// denial in its clause (不太满意, 拒绝接受), however much stands between the two
// within four characters, and before 不了.
func agreed(s string) (agrees, refuses bool) {
	for _, w := range []string{"满意", "认可", "接受", "谅解", "同意"} {
		for from := 0; ; {
			i := strings.Index(s[from:], w)
			if i < 0 {
				break
			}
			at := from + i
			from = at + len(w)
			before := []rune(s[:at])
			if n := strings.LastIndexFunc(s[:at], func(r rune) bool { return strings.ContainsRune(",.;:!?、。", r) }); n >= 0 {
				_, size := utf8.DecodeRuneInString(s[n:])
				before = []rune(s[n+size : at])
			}
			if strings.ContainsAny(string(before[max(0, len(before)-4):]), "不没未拒难") || strings.HasPrefix(s[from:], "不了") {
				refuses = true
			} else {
				agrees = true
			}
		}
	}
	return agrees && !refuses, refuses
}

// caseRow decides what becomes of a row of a register.
func (j *Judge) caseRow(out *Judged) error {
	rec := &out.Record
	phone := ""
	if len(rec.Phones) > 0 {
		phone = rec.Phones[0]
	}
	id := CaseKey(rec.Get("day"), phone, rec.Get("name"), rec.Get("waybill"), rec.Get("said"), rec.Get("cause"))
	out.Verdict = Create
	if row, ok := j.book.rows[id]; ok {
		out.Verdict, out.Of = Skip, row
		first(out, Problem{Code: DuplicateOfRow, Column: -1, N: row})
		return nil
	}
	j.book.rows[id] = out.Row
	return j.caller(out)
}

// caller finds the client who called: by number, where several have it by name
// beside it; without a number by name alone. Nobody found is no fault: the
// caller is kept as such.
func (j *Judge) caller(out *Judged) error {
	if j.opt.Known == nil {
		return nil
	}
	rec := &out.Record
	names := callerNames(rec.Get("name"))
	var fit []Known
	for _, p := range rec.Phones {
		ks, err := j.opt.Known.Find(KeyPhone, p)
		if err != nil {
			return err
		}
		if fit = ks; len(fit) > 0 {
			break
		}
	}
	if len(rec.Phones) == 0 && len(names) > 0 {
		ks, err := j.opt.Known.Find(KeyName, names[0])
		if err != nil {
			return err
		}
		fit = ks
	}
	if len(fit) > 1 {
		near := slices.DeleteFunc(slices.Clone(fit), func(k Known) bool {
			name := dedupe.FoldName(k.Values["name"])
			return !slices.ContainsFunc(names, func(n string) bool { return n == name || len(n) >= 6 && strings.Contains(name, n) })
		})
		if len(near) == 1 {
			fit = near
		}
	}
	switch len(fit) {
	case 0:
	case 1:
		out.ID = fit[0].ID
	default:
		out.Problems = append(out.Problems, Problem{Code: CallerOf, Column: j.columnOf("phone"), Field: "phone", N: len(fit)})
	}
	return nil
}

// callerNames are the names in a cell like 吴志远（笙桁达电子商）, folded: the
// whole, then what stands in brackets and before.
func callerNames(text string) []string {
	if text == "" {
		return nil
	}
	out := []string{dedupe.FoldName(text)}
	if before, after, ok := strings.Cut(narrow(text), "("); ok {
		in, _, _ := strings.Cut(after, ")")
		for _, s := range []string{in, before} {
			if f := dedupe.FoldName(s); f != "" {
				out = append(out, f)
			}
		}
	}
	return out
}

// CaseKey is by what a row of a register is known again: its day, number,
// caller, waybills and wording, whatever its spelling; its cause where there is
// no wording.
func CaseKey(day, phone, name, waybills, said, code string) string {
	words := strings.Map(func(r rune) rune {
		if invisible(r) || strings.ContainsRune(",.;!?、。", r) {
			return -1
		}
		return r
	}, narrow(said))
	if words == "" {
		words = "\x00" + code
	}
	return strings.Join([]string{day, phone, dedupe.FoldName(name), waybills, words}, "\x00")
}

// PersonOf finds who a short name means among full names: the name itself, else
// the one whose given name, or surname with 姐, 哥 or 师傅, it is; "" where none
// or several fit.
func PersonOf(name string, among []string) string {
	if name == "" || slices.Contains(among, name) {
		return name
	}
	found := ""
	short := name
	for _, w := range []string{"师傅", "经理", "主管", "老师", "姐", "哥"} {
		short = strings.TrimSuffix(short, w)
	}
	surname := short != name && len([]rune(short)) == 1
	short = strings.TrimPrefix(strings.TrimPrefix(short, "小"), "老")
	if short == "" {
		return ""
	}
	surname = surname || len([]rune(short)) == 1 && short != name
	for _, full := range among {
		n := len([]rune(short))
		if surname && strings.HasPrefix(full, short) || !surname && n >= 2 && n < len([]rune(full)) && strings.HasSuffix(full, short) {
			if found != "" && found != full {
				return ""
			}
			found = full
		}
	}
	return found
}

// spoken are the words that people write for the closed words of a case.
var spoken = []struct{ text, word string }{
	{"12305", casework.Postal}, {"邮政", casework.Postal}, {"申诉", casework.Postal}, {"总部", casework.HeadOffice}, {"总公司", casework.HeadOffice}, {"微信", casework.WeChat}, {"邮件", casework.Email}, {"邮箱", casework.Email},
	{"信件", casework.Letter}, {"来信", casework.Letter}, {"小程序", casework.App}, {"app", casework.App}, {"在线", casework.Chat}, {"旺旺", casework.Chat}, {"柜台", casework.Counter}, {"门店", casework.Counter}, {"来访", casework.Counter},
	{"到网点", casework.Counter}, {"上门", casework.OnSite}, {"快递员", casework.OnSite}, {"电话", casework.Phone}, {"来电", casework.Phone}, {"热线", casework.Phone},
}

// ParseChannel reads by what a complaint came; a register that does not say is
// one of telephone calls.
func ParseChannel(text string) (channel string, said bool) {
	s := strings.ToLower(squeeze(narrow(text)))
	for _, x := range spoken {
		if strings.Contains(s, x.text) {
			return x.word, true
		}
	}
	return casework.Phone, false
}

// ParseSeverity reads how grave a complaint is; minor where nothing says so.
func ParseSeverity(text string) (severity string, said bool) {
	s := squeeze(narrow(text))
	switch {
	case strings.Contains(s, "较") || strings.Contains(s, "重要") || strings.Contains(s, "紧急") || s == "中":
		return casework.Serious, true
	case strings.Contains(s, "重") || strings.Contains(s, "特急") || strings.Contains(s, "严") || s == "高":
		return casework.Grave, true
	}
	return casework.Minor, strings.Contains(s, "一般") || strings.Contains(s, "普通") || s == "低" || strings.Contains(s, "轻")
}
