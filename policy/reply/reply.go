// Package reply owns what a clerk answers to a text that a client sent: the
// wordings with their key words, which of them fits a text, and what a pasted
// e-mail or chat says of who wrote it and about which parcel.
//
// It picks nothing when nothing fits, and fills in nothing that is not known.
// It knows neither clients nor cases: the caller brings the text and the facts.
package reply

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"yike/policy/message"
)

// Template is one wording of an answer. Kind, Cause and Channel are empty for
// any.
type Template struct {
	Title    string
	Keywords string // separated by blanks or commas; one with a minus before it rules the wording out
	Kind     string // of the case
	Cause    string // code or number of the cause
	Channel  string // by which it is answered
	Subject  string // of an e-mail
	Body     string
}

// Bounds of a wording, in characters.
const (
	MaxTitle    = 30
	MaxKeywords = 200
	MaxSubject  = message.MaxSubject
	MaxBody     = 1000
)

// The variables of an answer beside those that greetings have, too.
const (
	VarWaybills = "单号"
	VarCase     = "工单号"
	VarPromise  = "时限"
	VarTrack    = "轨迹"
)

// Variables lists those that an answer may have, in the order in which a page
// offers them.
var Variables = []string{message.VarSalutation, VarWaybills, VarCase, VarPromise, VarTrack, message.VarClient, message.VarPerson, message.VarBranch, message.VarBranchTel, message.VarCompany}

// What can be wrong beside the problems of policy/message.
const (
	NoTitle      message.Code = "no_title"
	NoKeywords   message.Code = "no_keywords"
	ShortKeyword message.Code = "short_keyword" // Word is a single character, which stands in every text
)

// Check names everything that keeps a wording from being saved.
func (t Template) Check() []message.Problem {
	var out []message.Problem
	add := func(bad bool, c message.Code, in, word string) {
		if bad {
			out = append(out, message.Problem{Code: c, In: in, Word: word})
		}
	}
	title := utf8.RuneCountInString(strings.TrimSpace(t.Title))
	add(title == 0, NoTitle, "title", "")
	add(title > MaxTitle || strings.ContainsAny(t.Title, "\r\n"), message.TooLong, "title", "")
	words := t.Words()
	add(!slices.ContainsFunc(words, func(w string) bool { return !strings.HasPrefix(w, "-") }), NoKeywords, "keywords", "")
	add(utf8.RuneCountInString(t.Keywords) > MaxKeywords, message.TooLong, "keywords", "")
	for _, w := range words {
		add(utf8.RuneCountInString(strings.TrimPrefix(w, "-")) < 2, ShortKeyword, "keywords", w)
	}
	add(utf8.RuneCountInString(t.Subject) > MaxSubject || strings.ContainsAny(t.Subject, "\r\n"), message.TooLong, "subject", "")
	n := utf8.RuneCountInString(t.Body)
	add(strings.TrimSpace(t.Body) == "", message.NoBody, "body", "")
	add(n > MaxBody, message.TooLong, "body", "")
	out = append(out, message.Braces(t.Subject, "subject", Variables)...)
	return append(out, message.Braces(t.Body, "body", Variables)...)
}

// Words are the key words, folded, each once.
func (t Template) Words() []string {
	var out []string
	for _, w := range strings.FieldsFunc(t.Keywords, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",，;；、/", r) }) {
		if w = fold(w); w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// Candidate is a wording to choose from. Near is how near its branch is: 0 the
// branch's own, above it 1 and more, those of the program last.
type Candidate struct {
	Ref  string
	Near int
	Template
}

// Asked is what an answer is looked for: the text and, where they are known,
// kind, cause and channel of its case.
type Asked struct {
	Text, Kind, Cause, Channel string
}

// Found is a wording that fits, with how well and by which words.
type Found struct {
	Candidate
	Score int
	Words []string
}

// What a hit counts.
const (
	perWord  = 2 // a key word
	perCause = 3
	perKind  = 1
	bar      = 4 // two words, or one and the cause: less is no answer to this text
)

// Fit lists the wordings that fit a text, the best first. Those below the bar
// are not among them. Of equals the branch's own comes first, then the one
// whose words are longer, then by title, so that the same text finds the same
// answer.
func Fit(list []Candidate, a Asked) []Found {
	text := fold(a.Text)
	var out []Found
	for _, c := range list {
		f, ok := score(c, a, text)
		if ok && f.Score >= bar {
			out = append(out, f)
		}
	}
	long := func(f Found) int { return len(strings.Join(f.Words, "")) }
	slices.SortStableFunc(out, func(x, y Found) int {
		return cmp.Or(cmp.Compare(y.Score, x.Score), cmp.Compare(x.Near, y.Near), cmp.Compare(long(y), long(x)), strings.Compare(x.Title, y.Title), strings.Compare(x.Ref, y.Ref))
	})
	return out
}

// score counts what a wording and a text have in common. Without a key word
// nothing fits, and what is written for another kind, cause or channel does
// not.
func score(c Candidate, a Asked, text string) (Found, bool) {
	f := Found{Candidate: c}
	other := func(of, asked string) bool { return of != "" && asked != "" && of != asked }
	if other(c.Kind, a.Kind) || other(c.Channel, a.Channel) || other(c.Cause, a.Cause) {
		return f, false
	}
	for _, w := range c.Words() {
		no, ruled := strings.CutPrefix(w, "-")
		switch {
		case !has(text, no):
		case ruled:
			return f, false
		case !slices.ContainsFunc(f.Words, func(v string) bool { return strings.Contains(v, w) }):
			f.Words = append(f.Words, w)
		}
	}
	f.Score = perWord * len(f.Words)
	if c.Cause != "" && c.Cause == a.Cause {
		f.Score += perCause
	}
	if c.Kind != "" && c.Kind == a.Kind {
		f.Score += perKind
	}
	return f, len(f.Words) > 0
}

// has finds a word in a text; one of Latin letters or digits only where it
// stands by itself: COD is not in code.
func has(text, word string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		i += from
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(word):])
		first, _ := utf8.DecodeRuneInString(word)
		last, _ := utf8.DecodeLastRuneInString(word)
		if !(latin(first) && i > 0 && latin(before)) && !(latin(last) && i+len(word) < len(text) && latin(after)) {
			return true
		}
		from = i + len(word)
	}
}

func latin(r rune) bool { return r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// fold gives a text one width, small letters and single blanks.
func fold(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(norm.NFKC.String(s)), " "))
}

// Facts are what the variables of an answer stand for; Message those that
// greetings have, too.
type Facts struct {
	Message  message.Facts
	Waybills []string
	Case     string
	Promise  string // until when, in words
	Track    string // what is known of the parcel
}

func (f Facts) value(name string) string {
	switch name {
	case VarWaybills:
		return strings.Join(f.Waybills, "、")
	case VarCase:
		return f.Case
	case VarPromise:
		return f.Promise
	case VarTrack:
		return f.Track
	}
	return f.Message.Value(name)
}

// Written is an answer filled in. Open are the variables for which nothing is
// known: they stand in it still, and it may not go out before somebody filled
// them in.
type Written struct {
	Subject, Body string
	Open          []string
}

// Write fills a wording in for the handler to edit.
func Write(t Template, f Facts) Written {
	var w Written
	var more []string
	w.Subject, w.Open = message.Fill(t.Subject, f.value)
	w.Body, more = message.Fill(t.Body, f.value)
	for _, v := range more {
		if !slices.Contains(w.Open, v) {
			w.Open = append(w.Open, v)
		}
	}
	return w
}

// Unfilled names the variables that still stand in a text.
func Unfilled(text string) []string {
	_, open := message.Fill(text, func(string) string { return "" })
	return slices.DeleteFunc(open, func(v string) bool { return !slices.Contains(Variables, v) })
}
