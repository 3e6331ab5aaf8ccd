package worktime

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/policy/day"
	"yike/policy/festival"
)

// Year is the arrangement of one year as it was announced: every day that is
// not as in a plain week. Its first days may lie in the last ones of the year
// before.
type Year struct {
	Year    int     `json:"year"`
	Entries []Entry `json:"days"` // by day
}

// Code says what is wrong with an arrangement.
type Code string

// What can be wrong.
const (
	Unread       Code = "unread"   // a line that says days, and not what they are
	Twice        Code = "twice"    // a day that stands there twice
	Outside      Code = "outside"  // a day of another year
	NoSuchDay    Code = "no_day"   // 2 月 30 日
	NoName       Code = "no_name"  // a holiday without a name
	NotWeekend   Code = "weekday"  // a made-up working day that is none of a weekend
	OtherWeekday Code = "other"    // the notice says another day of the week: it is of another year
	OtherCount   Code = "count"    // the notice says another number of days
	TooLong      Code = "long"     // more days in a row than any holiday has
	Missing      Code = "missing"  // a holiday of the law that is no day of rest here
	TooFewRests  Code = "made_up"  // more weekend days worked than holidays make up for
	BadYear      Code = "bad_year" // no year that is taken
)

// Fault is what is wrong, and where: the line of the text, the day, the word.
type Fault struct {
	Code Code
	Line int // from 1; 0 where it is none's
	Day  day.Day
	Word string
}

// mostInARow is how long a holiday is at most; since 2008 none had more than
// nine days.
const mostInARow = 12

// yearEve is how many days before the year an arrangement may begin.
const yearEve = 10

// lawful are the days of the law (全国年节及纪念日放假办法) that every
// arrangement has among its days of rest.
var lawful = []struct {
	code festival.Code
	name string
}{{festival.NewYear, "元旦"}, {festival.Spring, "春节"}, {festival.Qingming, "清明节"}, {festival.Labour, "劳动节"}, {festival.DragonBoat, "端午节"}, {festival.MidAutumn, "中秋节"}, {festival.National, "国庆节"}}

// Faults says what keeps an arrangement from being that of its year.
func (y Year) Faults() []Fault {
	if y.Year < FirstYear || y.Year > LastYear {
		return []Fault{{Code: BadYear}}
	}
	var out []Fault
	kind := map[day.Day]Kind{}
	rests, works, row := 0, 0, 0
	eve := day.Of(y.Year, time.January, 1).Add(-yearEve)
	var before Entry
	for _, e := range y.Entries {
		add := func(c Code) { out = append(out, Fault{Code: c, Day: e.Day, Word: e.Name}) }
		switch {
		case e.Day < eve || e.Day > day.Of(y.Year, time.December, 31):
			add(Outside)
		case kind[e.Day] != "":
			add(Twice)
		}
		kind[e.Day] = e.Kind
		if e.Kind == Work {
			if works++; !weekend(e.Day) {
				add(NotWeekend)
			}
			continue
		}
		if e.Name == "" {
			add(NoName)
		}
		if !weekend(e.Day) {
			rests++
		}
		if row++; before.Kind != Rest || before.Day != e.Day-1 {
			row = 1
		}
		if before = e; row == mostInARow+1 {
			add(TooLong)
		}
	}
	for _, l := range lawful {
		if on, ok := festival.On(l.code, y.Year); ok && kind[on] != Rest {
			out = append(out, Fault{Code: Missing, Day: on, Word: l.name})
		}
	}
	if works > rests {
		out = append(out, Fault{Code: TooFewRests})
	}
	return out
}

// ParseYears reads arrangements as they are stored.
func ParseYears(text string) ([]Year, error) {
	var out []Year
	err := json.Unmarshal([]byte(text), &out)
	return out, err
}

// WithYears is the calendar in which these years are as given: whatever it had
// of them is replaced.
func (c *Calendar) WithYears(years []Year) (*Calendar, error) {
	var entries []Entry
	var announced []int
	for _, y := range years {
		announced = append(announced, y.Year)
		entries = append(entries, y.Entries...)
	}
	kept := &Calendar{published: c.published, assume: c.assume}
	for _, e := range c.entries {
		if !slices.Contains(announced, e.Day.Year()) {
			kept.entries = append(kept.entries, e)
		}
	}
	return kept.With(entries, announced...)
}

var (
	numbering  = regexp.MustCompile(`^(\(?[一二三四五六七八九十\d]+\)?[、.．)])\s*`)
	tableLine  = regexp.MustCompile(`^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[\s,]+(放假|休息|休|rest|上班|班|work)(?:[\s,]+(\S+))?$`)
	dayWritten = regexp.MustCompile(`(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(?:\(([^)]*)\))?`)
	daysSaid   = regexp.MustCompile(`(?:共|放假)(\d{1,2})天`)
	weekdayIn  = regexp.MustCompile(`(?:周|星期)([一二三四五六日天])`)
)

// plainer makes one mark of those that mean the same.
var plainer = strings.NewReplacer("（", "(", "）", ")", "：", ":", "，", ",", "；", ";", "～", "至", "~", "至", "—", "至", "–", "至", "\u3000", " ", "\u00a0", " ", "\r", "")

// ReadNotice reads a year's arrangement out of the notice, as it stands on the
// page of the State Council, or out of lines of day, 放假 or 上班, and name.
// What it does not say is left out; what it says and cannot be, is told.
func ReadNotice(year int, text string) (Year, []Fault) {
	r := notice{year: year}
	for i, l := range strings.Split(plainer.Replace(text), "\n") {
		r.line = i + 1
		if l = strings.TrimSpace(l); l != "" {
			r.read(l)
		}
	}
	slices.SortStableFunc(r.entries, func(a, b Entry) int { return int(a.Day - b.Day) })
	y := Year{Year: year, Entries: r.entries}
	return y, append(r.faults, y.Faults()...)
}

type notice struct {
	year, line int
	name       string
	entries    []Entry
	faults     []Fault
	rested     int // days of the last holiday that was read
}

func (r *notice) fault(c Code, d day.Day, word string) {
	r.faults = append(r.faults, Fault{c, r.line, d, word})
}

func (r *notice) read(l string) {
	if m := tableLine.FindStringSubmatch(l); m != nil {
		if d, ok := r.day(m[1], m[2], m[3]); ok {
			kind := Rest
			if strings.Contains("上班班work", m[4]) {
				kind = Work
			}
			r.entries = append(r.entries, Entry{d, kind, m[5]})
		}
		return
	}
	l = numbering.ReplaceAllString(l, "")
	if name, rest, ok := strings.Cut(l, ":"); ok && len(name) <= 60 && !dayWritten.MatchString(name) {
		r.name, l = strings.ReplaceAll(name, " ", ""), rest
	}
	if !strings.Contains(l, "放假") && !strings.Contains(l, "上班") && !strings.Contains(l, "休") {
		return // what else a notice says, and its date
	}
	for _, clause := range clauses(strings.ReplaceAll(l, " ", "")) {
		r.clause(clause)
	}
}

// clauses are the parts of a sentence between its commas and stops; what stands
// in brackets stays together.
func clauses(l string) []string {
	depth := 0
	return strings.FieldsFunc(l, func(c rune) bool {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		}
		return depth <= 0 && strings.ContainsRune(",。;", c)
	})
}

func (r *notice) clause(text string) {
	days := r.days(text)
	kind := Rest
	switch {
	case strings.Contains(text, "上班"):
		kind = Work
	case len(days) > 0 && !strings.Contains(text, "放假") && !strings.Contains(text, "休"):
		r.fault(Unread, day.None, text)
		return
	}
	for _, d := range days {
		r.entries = append(r.entries, Entry{d, kind, r.name})
	}
	if kind == Rest && len(days) > 0 {
		r.rested = len(days)
	}
	if m := daysSaid.FindStringSubmatch(text); m != nil && m[1] != strconv.Itoa(r.rested) {
		r.fault(OtherCount, day.None, m[1])
	}
}

// days are the days that a clause names, those between 至 as well.
func (r *notice) days(text string) (out []day.Day) {
	year, month, end := "", "", 0
	for _, at := range dayWritten.FindAllStringSubmatchIndex(text, -1) {
		part := func(i int) string {
			if at[2*i] < 0 {
				return ""
			}
			return text[at[2*i]:at[2*i+1]]
		}
		if part(1) != "" {
			year = part(1)
		}
		if part(2) != "" {
			month = part(2)
		}
		of := year
		if of == "" {
			of = strconv.Itoa(r.year)
			if month == "12" && strings.Contains(r.name, "元旦") {
				of = strconv.Itoa(r.year - 1)
			}
		}
		d, ok := r.day(of, month, part(3))
		if !ok {
			return nil
		}
		if m := weekdayIn.FindStringSubmatch(part(4)); m != nil && !sameWeekday(m[1], d.Weekday()) {
			r.fault(OtherWeekday, d, m[0])
		}
		if n := len(out); n > 0 && strings.Contains(text[end:at[0]], "至") {
			for x := out[n-1] + 1; x < d && len(out) < 60; x++ {
				out = append(out, x)
			}
		}
		if year != "" && month == "12" {
			year = "" // what comes behind the turn of the year is of the next
		}
		out, end = append(out, d), at[1]
	}
	return out
}

func sameWeekday(word string, w time.Weekday) bool {
	if word == "天" {
		word = "日"
	}
	return word == string([]rune("日一二三四五六")[w])
}

// day is a day as it is written; a day that is none is told.
func (r *notice) day(year, month, of string) (day.Day, bool) {
	y, _ := strconv.Atoi(year)
	m, _ := strconv.Atoi(month)
	n, _ := strconv.Atoi(of)
	if m < 1 || m > 12 || y < FirstYear || y > LastYear || n < 1 || n > day.DaysIn(y, time.Month(m)) {
		r.fault(NoSuchDay, day.None, month+"月"+of+"日")
		return day.None, false
	}
	return day.Of(y, time.Month(m), n), true
}
