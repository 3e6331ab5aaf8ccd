package message

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"yike/policy/day"
	"yike/policy/festival"
)

// Template is one wording.
type Template struct {
	Occasion string `json:"occasion"` // a code; Any
	Class    string `json:"class"`    // A, B, C; empty for every client
	Channel  string `json:"channel"`
	Tone     string `json:"tone"`
	Subject  string `json:"subject"` // of an e-mail
	Body     string `json:"body"`
}

// Bounds of a wording, in characters.
const (
	MaxSubject = 60
	MaxBody    = 1000
	MaxParts   = 5 // SMS that one wording may take at most
)

// The variables. They stand in braces: 尊敬的{称呼}.
const (
	VarSalutation = "称呼"
	VarName       = "姓名"
	VarClient     = "公司"  // the client's
	VarCompany    = "本公司" // ours
	VarBranch     = "网点"
	VarBranchTel  = "网点电话"
	VarPerson     = "经办人"
	VarOccasion   = "节日"
	VarWish       = "祝福"
	VarDay        = "日期"
	VarDays       = "天数"
	VarYears      = "周年"
	VarOffer      = "优惠"
)

// Variables lists them in the order in which a page offers them.
var Variables = []string{VarSalutation, VarName, VarClient, VarCompany, VarBranch, VarBranchTel, VarPerson, VarOccasion, VarWish, VarDay, VarDays, VarYears, VarOffer}

// Facts are what the variables of a message stand for.
type Facts struct {
	Name     string // of the contact
	Position string // of the contact
	Sex      Sex
	Neutral  string // how the company addresses somebody of whom neither title nor sex is known; see Salute
	Client   string
	Company  string
	Branch   string
	Tel      string // of the branch
	Person   string // who sends it
	For      []Occasion
	Day      day.Day // of the occasion
	Today    day.Day
	Years    int    // of a birthday or an anniversary; 0 when not known
	Offer    string // with the first parcel, as Offered says it
}

// Offered says an offer as a message does: what it is, and until when it holds.
func Offered(text string, until day.Day) string {
	if text == "" || !until.Valid() {
		return text
	}
	_, month, d := until.Date()
	return text + "，" + strconv.Itoa(int(month)) + "月" + strconv.Itoa(d) + "日前有效"
}

// Offers says whether a wording tells of the offer.
func (t Template) Offers() bool {
	pieces, _ := split(t.Body, "body")
	return slices.ContainsFunc(pieces, func(p piece) bool { return p.variable && p.text == VarOffer })
}

// Value returns what a variable stands for, empty when it is not known.
func (f Facts) Value(name string) string {
	switch name {
	case VarSalutation:
		return Salute(f.Name, f.Position, f.Sex, f.Neutral)
	case VarName:
		return f.Name
	case VarClient:
		return f.Client
	case VarCompany:
		return f.Company
	case VarBranch:
		return f.Branch
	case VarBranchTel:
		return f.Tel
	case VarPerson:
		return f.Person
	case VarOccasion:
		return Named(f.For)
	case VarWish:
		return wished(f.For)
	case VarDay:
		if f.Day.Valid() {
			_, month, d := f.Day.Date()
			return strconv.Itoa(int(month)) + "月" + strconv.Itoa(d) + "日"
		}
	case VarDays:
		if f.Day.Valid() && f.Today.Valid() && f.Day >= f.Today {
			return strconv.Itoa(int(f.Day - f.Today))
		}
	case VarOffer:
		return f.Offer
	case VarYears:
		if f.Years > 0 {
			return strconv.Itoa(f.Years)
		}
	}
	return ""
}

// Problem is what keeps a wording from being used, and where.
type Problem struct {
	Code Code
	Word string // the variable or word in question
	In   string // "subject" or "body"; empty when it is neither's
	Line int    // from 1; 0 when it has no place
	At   int    // character in the line, from 1
}

// Code says what is wrong with a wording.
type Code string

// What can be wrong.
const (
	NoBody      Code = "no_body"
	TooLong     Code = "too_long"
	TooManySMS  Code = "too_many_sms"
	NoSubject   Code = "no_subject"    // an e-mail without one
	SubjectOnly Code = "subject_only"  // a subject where the channel has none
	Unclosed    Code = "unclosed"      // a brace that is not closed
	Stray       Code = "stray"         // a closing brace that closes nothing
	UnknownVar  Code = "unknown"       // no such variable
	UselessVar  Code = "useless"       // a variable that this occasion never fills
	MissingVar  Code = "missing"       // this occasion's wording needs the variable
	BadWord     Code = "word"          // a word that the occasion does not bear
	BadChannel  Code = "channel"       // no such channel
	BadTone     Code = "tone"          // no such tone
	BadOccasion Code = "occasion"      // no such occasion
	BadClass    Code = "class"         // no such class
	NoValue     Code = "value"         // when filled in: nothing is known for the variable
	OwnSign     Code = "own_signature" // 【】 in an SMS: the gateway puts the signature there
)

// piece is a run of text or a variable of a wording.
type piece struct {
	text     string // of a variable its name
	variable bool
	line, at int
}

// split takes a text apart; what is wrong with the braces is told.
func split(text, in string) (out []piece, wrong []Problem) {
	line, at, start := 1, 1, 0
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch r {
		case '{':
			if i > start {
				out = append(out, piece{text: text[start:i]})
			}
			end := strings.IndexAny(text[i+1:], "{}\n")
			if end < 0 || text[i+1+end] != '}' {
				wrong = append(wrong, Problem{Code: Unclosed, In: in, Line: line, At: at})
				start, i, at = i+n, i+n, at+1
				continue
			}
			name := text[i+1 : i+1+end]
			out = append(out, piece{text: strings.TrimSpace(name), variable: true, line: line, at: at})
			at += utf8.RuneCountInString(name) + 2
			i += end + 2
			start = i
			continue
		case '}':
			wrong = append(wrong, Problem{Code: Stray, In: in, Line: line, At: at})
		case '\n':
			line, at = line+1, 0
		}
		i += n
		at++
	}
	if start < len(text) {
		out = append(out, piece{text: text[start:]})
	}
	return out, wrong
}

// needs are the variables without which a wording of an occasion cannot be
// right: one for any occasion has to name it.
func needs(occasion string) []string {
	if occasion == Any {
		return []string{VarOccasion}
	}
	return nil
}

// useless are the variables that an occasion never fills.
func useless(o Occasion) []string {
	var out []string
	if o.Mood == festival.Silent || o.Wish == "" {
		out = append(out, VarWish)
	}
	if o.Code != ParcelYears && o.Code != FirmYears && o.Code != Birthday {
		out = append(out, VarYears)
	}
	if o.Code != FirstParcel && o.Code != Guide {
		out = append(out, VarOffer)
	}
	return out
}

// Check names everything that keeps a wording from being saved, in the order
// of the text. own are the occasions that head office added; sign is the
// signature that the gateway puts before an SMS, and counts.
func (t Template) Check(own []Occasion, sign string) []Problem {
	var out []Problem
	add := func(c Code, word string) { out = append(out, Problem{Code: c, Word: word}) }
	o, known := OccasionOf(t.Occasion)
	if i := slices.IndexFunc(own, func(o Occasion) bool { return o.Code == t.Occasion }); !known && i >= 0 {
		o, known = own[i], true
	}
	switch {
	case t.Occasion == Any:
		o = Occasion{Mood: festival.Peaceful} // it may meet any of them but the silent ones
	case !known:
		add(BadOccasion, t.Occasion)
	}
	if !slices.Contains(Channels, t.Channel) {
		add(BadChannel, t.Channel)
	}
	if !slices.Contains(Tones, t.Tone) {
		add(BadTone, t.Tone)
	}
	if t.Class != "" && !slices.Contains([]string{"A", "B", "C"}, t.Class) {
		add(BadClass, t.Class)
	}
	switch {
	case t.Channel == Email && strings.TrimSpace(t.Subject) == "":
		out = append(out, Problem{Code: NoSubject, In: "subject"})
	case t.Channel != Email && t.Subject != "":
		out = append(out, Problem{Code: SubjectOnly, In: "subject"})
	case utf8.RuneCountInString(t.Subject) > MaxSubject, strings.ContainsAny(t.Subject, "\r\n"):
		out = append(out, Problem{Code: TooLong, In: "subject"})
	}
	switch n := utf8.RuneCountInString(t.Body); {
	case strings.TrimSpace(t.Body) == "":
		out = append(out, Problem{Code: NoBody, In: "body"})
	case n > MaxBody:
		out = append(out, Problem{Code: TooLong, In: "body"})
	}
	used := map[string]bool{}
	idle := useless(o)
	for _, part := range [][2]string{{"subject", t.Subject}, {"body", t.Body}} {
		pieces, wrong := split(part[1], part[0])
		out = append(out, wrong...)
		for _, p := range pieces {
			if !p.variable {
				continue
			}
			used[p.text] = true
			switch {
			case !slices.Contains(Variables, p.text):
				out = append(out, Problem{UnknownVar, p.text, part[0], p.line, p.at})
			case slices.Contains(idle, p.text):
				out = append(out, Problem{UselessVar, p.text, part[0], p.line, p.at})
			}
		}
		out = append(out, badWords(part[1], part[0], o.Mood)...)
	}
	for _, name := range needs(t.Occasion) {
		if !used[name] {
			out = append(out, Problem{Code: MissingVar, Word: name, In: "body"})
		}
	}
	if t.Channel == SMS {
		if line, at := place(t.Body, strings.IndexAny(t.Body, "【】")); line > 0 {
			out = append(out, Problem{Code: OwnSign, In: "body", Line: line, At: at})
		}
		if Length(sign+t.Body).Parts > MaxParts {
			out = append(out, Problem{Code: TooManySMS, In: "body"})
		}
	}
	return out
}

// place turns a byte offset into line and character, both from 1; 0 for a
// negative one.
func place(text string, offset int) (line, at int) {
	if offset < 0 {
		return 0, 0
	}
	before := text[:offset]
	return 1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
}

// Message is a wording filled in.
type Message struct {
	Subject string
	Body    string
	Values  map[string]string // of the body's variables, as they stand in it
}

// Render fills a wording in. A variable for which nothing is known, or a
// wording that the occasions of the facts do not bear, is a problem, and
// nothing is returned: half a message goes to nobody.
func Render(t Template, f Facts) (Message, []Problem) {
	var m Message
	var out []Problem
	for i, part := range [][2]string{{"subject", t.Subject}, {"body", t.Body}} {
		pieces, wrong := split(part[1], part[0])
		out = append(out, wrong...)
		var b strings.Builder
		for _, p := range pieces {
			if !p.variable {
				b.WriteString(p.text)
				continue
			}
			value := f.Value(p.text)
			if value == "" {
				out = append(out, Problem{NoValue, p.text, part[0], p.line, p.at})
			}
			value = oneLine(value)
			b.WriteString(value)
			if i == 1 {
				if m.Values == nil {
					m.Values = map[string]string{}
				}
				m.Values[p.text] = value
			}
		}
		// The wording's own words only: a client may be called 欢喜.
		out = append(out, badWords(part[1], part[0], MoodOf(f.For))...)
		if i == 0 {
			m.Subject = b.String()
		} else {
			m.Body = b.String()
		}
	}
	if len(out) > 0 {
		return Message{}, out
	}
	return m, nil
}

// oneLine keeps a value from breaking a line, and from looking like a
// signature: the client's name is what somebody typed.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '【' || r == '】':
			return -1
		case r < ' ' || r == 0x7f:
			return ' '
		}
		return r
	}, strings.TrimSpace(s))
}

// Example are facts to look at a wording with.
func Example(o Occasion, today day.Day) Facts {
	return Facts{Name: "欧阳静", Position: "采购经理", Client: "杭州良渚家居有限公司", Company: "驿客快递", Branch: "良渚网点", Tel: "0571-88000001", Person: "李明",
		For: []Occasion{o}, Day: today.Add(3), Today: today, Years: 3, Offer: Offered("下一单减 5 元", today.Add(30))}
}
