package profile

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"yike/policy/creditcode"
	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/phone"
	"yike/policy/place"
)

// Code says what is wrong with a field. Faults of telephone numbers carry the
// codes of policy/phone, those of birthdays the codes of policy/festival with
// "birthday_" before them.
type Code string

// What can be wrong with a field.
const (
	Missing        Code = "missing"
	TooLong        Code = "too_long"       // more than N characters
	TagMark        Code = "tag_mark"       // a tag's name with a mark that parts tags
	UnknownWord    Code = "unknown_word"   // none of the field's words
	BadCode        Code = "bad_code"       // a customer code holds letters, digits and hyphens
	BadEmail       Code = "bad_email"      // no mail address
	BadDay         Code = "bad_day"        // no day of the calendar
	DayAhead       Code = "day_ahead"      // a day that has not come yet
	ContractOrder  Code = "contract_order" // ends before it begins
	CreditLength   Code = "credit_length"  // N characters instead of 18
	CreditLetter   Code = "credit_letter"  // Text at place N is no character of a credit code
	CreditCheck    Code = "credit_check"   // the last character should be Text
	ReasonMissing  Code = "reason_missing" // a class is set or changed without a reason
	ClassMissing   Code = "class_missing"  // a reason, but no class
	OutOfRange     Code = "out_of_range"   // not between 0 and N
	TermsPerParcel Code = "terms_parcel"   // days of credit for one who pays per parcel
	PlaceUnknown   Code = "place_unknown"  // no such division
	Repeated       Code = "repeated"       // the number stands there twice
	TooMany        Code = "too_many"       // more than N
)

// Problem is one fault: the field's name as in the table, a code, and what the
// code is about. Phones are named phone-0, phone-1 … in the order typed.
type Problem struct {
	Field string
	Code  Code
	N     int
	Text  string
}

// Bounds of a file. Lengths are in characters.
const (
	MaxName      = 80
	MaxShort     = 30
	MaxWord      = 40
	MaxAddress   = 120
	MaxReason    = 200
	MaxRemark    = 1000
	MaxTag       = 20 // of a tag's name
	MaxHint      = 60 // of what to mind at the door
	MaxPhones    = 10
	MaxTermsDays = 365
	MaxPieces    = 10_000_000
	MaxLimit     = 100_000_000_00 // fen
)

// File is what a person says of a customer: the text fields by the words and
// units of the table. Phones may stand as they were typed.
type File struct {
	Code, Name, ShortName                    string
	Kind, Usage, Nature, Size, Power, Source string
	Industry, BusinessType                   string
	CreditCode, AccountNo                    string
	WeChat, Email, PlaceCode, Address        string
	Stage, Class, ClassReason                string
	Terms                                    string
	TermsDays, CreditLimit                   int64
	ContractNo, ContractFrom, ContractTo     string
	Channel                                  string
	Screen                                   [4]int64 // place, profit, staff, culture (R39); 0 = not judged
	State                                    string
	MonthlyPieces                            int64
	FiledOn, FoundedOn, Remark               string
	Phones                                   []string

	// ClassWas is the class on file; a change of class asks for a reason.
	// ReasonWas is the reason on file.
	ClassWas, ReasonWas string
}

// Made at first use: no start waits for them.
var (
	codePattern  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Z0-9][A-Z0-9-]{1,31}$`) })
	emailPattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^[^\s@<>(),;:"\[\]\\]+@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$`)
	})
)

// Check cleans a file (numbers and credit code in their canonical spelling,
// code in capitals) and says everything that keeps it from being saved. area
// is the area code for landlines written without one, today bounds days that
// must have come.
func Check(in File, area string, today day.Day) (File, []Problem) {
	c := checker{}
	in.Code = strings.ToUpper(strings.TrimSpace(in.Code))
	if in.Code != "" && !codePattern().MatchString(in.Code) {
		c.add("code", BadCode, 0, "")
	}
	c.need("name", in.Name, MaxName)
	c.max("short_name", in.ShortName, MaxShort)
	for _, f := range []struct {
		name, word string
		list       []string
	}{
		{"kind", in.Kind, Kinds}, {"usage", in.Usage, Uses}, {"nature", in.Nature, Natures}, {"size", in.Size, Sizes},
		{"power", in.Power, Powers}, {"source", in.Source, Sources}, {"stage", in.Stage, Stages}, {"class", in.Class, Classes},
		{"terms", in.Terms, Terms}, {"channel", in.Channel, Channels}, {"state", in.State, States},
	} {
		if !Known(f.list, f.word) {
			c.add(f.name, UnknownWord, 0, "")
		}
	}
	for _, f := range []struct{ name, text string }{
		{"industry", in.Industry}, {"business_type", in.BusinessType}, {"account_no", in.AccountNo},
		{"wechat", in.WeChat}, {"contract_no", in.ContractNo},
	} {
		c.max(f.name, f.text, MaxWord)
	}
	c.email("email", in.Email)
	c.max("address", in.Address, MaxAddress)
	c.max("remark", in.Remark, MaxRemark)
	in.CreditCode = c.credit(in.CreditCode)
	in.Phones = c.phones(in.Phones, area)
	if _, ok := place.ByCode(in.PlaceCode); in.PlaceCode != "" && !ok {
		c.add("province", PlaceUnknown, 0, "")
	}
	c.class(in)
	c.money(in)
	c.days(in, today)
	for i, name := range []string{"screen_place", "screen_profit", "screen_staff", "screen_culture"} {
		c.within(name, in.Screen[i], 5)
	}
	return in, c.found
}

type checker struct{ found []Problem }

func (c *checker) add(field string, code Code, n int, text string) {
	c.found = append(c.found, Problem{field, code, n, text})
}

func (c *checker) need(field, text string, n int) {
	if strings.TrimSpace(text) == "" {
		c.add(field, Missing, 0, "")
		return
	}
	c.max(field, text, n)
}

func (c *checker) max(field, text string, n int) {
	if utf8.RuneCountInString(text) > n {
		c.add(field, TooLong, n, "")
	}
}

func (c *checker) email(field, text string) {
	if text != "" && (len(text) > 120 || !emailPattern().MatchString(text)) {
		c.add(field, BadEmail, 0, "")
	}
}

func (c *checker) credit(text string) string {
	v := creditcode.Check(text)
	switch v.Reason {
	case creditcode.WrongLength:
		c.add("credit_code", CreditLength, v.Length, "")
	case creditcode.WrongAlphabet:
		c.add("credit_code", CreditLetter, v.At, v.Got)
	case creditcode.WrongCheck:
		c.add("credit_code", CreditCheck, creditcode.Length, v.Expected)
	}
	return v.Code
}

// phones returns the numbers in canonical spelling, each once; where one is
// faulty, what was typed.
func (c *checker) phones(typed []string, area string) []string {
	var out []string
	for i, text := range typed {
		if strings.TrimSpace(text) == "" {
			continue
		}
		field := phoneField(i)
		numbers, problems := phone.Split(text, area)
		if len(problems) > 0 {
			c.add(field, Code(problems[0].Code), problems[0].N, problems[0].Text)
			out = append(out, text)
			continue
		}
		for _, n := range numbers {
			if slices.Contains(out, n.Digits) {
				c.add(field, Repeated, 0, n.Digits)
			}
			out = append(out, n.Digits)
		}
	}
	if len(out) > MaxPhones {
		c.add(phoneField(MaxPhones), TooMany, MaxPhones, "")
	}
	return out
}

func phoneField(i int) string { return "phone-" + strconv.Itoa(i) }

func (c *checker) class(in File) {
	c.max("class_reason", in.ClassReason, MaxReason)
	switch {
	case in.Class != in.ClassWas && in.Class != "" && (in.ClassReason == "" || in.ClassWas != "" && in.ClassReason == in.ReasonWas):
		c.add("class_reason", ReasonMissing, 0, "")
	case in.Class == "" && in.ClassWas != "" && (in.ClassReason == "" || in.ClassReason == in.ReasonWas):
		c.add("class_reason", ReasonMissing, 0, "")
	case in.Class == "" && in.ClassWas == "" && in.ClassReason != "":
		c.add("class", ClassMissing, 0, "")
	}
}

func (c *checker) money(in File) {
	c.within("terms_days", in.TermsDays, MaxTermsDays)
	c.within("credit_limit", in.CreditLimit, MaxLimit)
	c.within("monthly_pieces", in.MonthlyPieces, MaxPieces)
	if in.Terms == "per_parcel" && in.TermsDays > 0 {
		c.add("terms_days", TermsPerParcel, 0, "")
	}
}

func (c *checker) within(field string, n, most int64) {
	if n < 0 || n > most {
		c.add(field, OutOfRange, int(most), "")
	}
}

func (c *checker) days(in File, today day.Day) {
	from, okFrom := c.day("contract_from", in.ContractFrom)
	to, okTo := c.day("contract_to", in.ContractTo)
	if okFrom && okTo && from.Valid() && to.Valid() && to < from {
		c.add("contract_to", ContractOrder, 0, "")
	}
	if filed, ok := c.day("filed_on", in.FiledOn); ok && filed > today {
		c.add("filed_on", DayAhead, 0, "")
	}
	if founded, ok := c.day("founded_on", in.FoundedOn); ok && founded > today {
		c.add("founded_on", DayAhead, 0, "")
	}
}

func (c *checker) day(field, text string) (day.Day, bool) {
	d, err := day.Parse(text)
	if err != nil || d.Valid() && (d.Year() < 1900 || d.Year() > 2200) {
		c.add(field, BadDay, 0, "")
		return day.None, false
	}
	return d, true
}

// Person is what is said of a contact. Phones may stand as they were typed.
type Person struct {
	Name, Position, WeChat, Email, Remark string
	Birthday                              festival.Birthday // Month 0: not known
	Phones                                []string
}

// CheckPerson cleans a contact and says what keeps it from being saved.
func CheckPerson(in Person, area string, today day.Day) (Person, []Problem) {
	c := checker{}
	c.need("name", in.Name, MaxWord)
	c.max("position", in.Position, MaxWord)
	c.max("wechat", in.WeChat, MaxWord)
	c.max("remark", in.Remark, MaxReason)
	c.email("email", in.Email)
	in.Phones = c.phones(in.Phones, area)
	if b := in.Birthday; b.Month != 0 || b.Day != 0 || b.Year != 0 {
		if fault := b.ValidOn(today); fault != festival.Fine {
			c.add("birthday", Code("birthday_"+string(fault)), 0, "")
		}
	} else {
		in.Birthday = festival.Birthday{}
	}
	return in, c.found
}

// FirstStages are the stages that whoever opens a file may say of it, before
// anyone has judged it (R38): a prospect, or one who ships already.
var FirstStages = []string{"prospect", "new"}

// NextStates lists the states to which a file may go from a state (R43): it is
// reviewed once it is complete, archived when work with it is over, and both
// ways back stay open.
func NextStates(state string) []string {
	switch state {
	case "draft":
		return []string{"reviewed"}
	case "reviewed":
		return []string{"archived", "draft"}
	case "archived":
		return []string{"reviewed"}
	}
	return nil
}
