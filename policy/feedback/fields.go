// Package feedback is about the forms on which reps tell the marketing
// department what they learned about a client (客户信息反馈表): what a form asks,
// how many a branch owes in a month, and when an answer is late. It knows no
// clock and no database: the caller brings them.
package feedback

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"yike/policy/day"
)

// Kinds of fields.
const (
	Text    = "text"
	Long    = "long"
	Number  = "number"
	Day     = "day"
	Choice  = "choice"
	Choices = "choices"
	YesNo   = "yesno"
)

// Kinds lists them in the order of the page.
var Kinds = []string{Text, Long, Number, Day, Choice, Choices, YesNo}

// Words of an answer to a yes-or-no question.
const (
	Yes = "yes"
	No  = "no"
)

// Field is one question of the form. Key stays the same when head office words
// it anew, so that a draft keeps its answer.
type Field struct {
	Key      string   `json:"key"`
	Label    string   `json:"label"`
	Kind     string   `json:"kind"`
	Required bool     `json:"required,omitempty"`
	Options  []string `json:"options,omitempty"`
}

// Keys of the shipped form that a visit fills in.
const (
	KeyMet  = "met"
	KeySaid = "said"
	KeyNext = "next"
)

// Default is the form before head office set one: what the marketing department
// needs to know of a client (R116), what it says of the service (R120), how its
// business moves (R86), and what is asked of the department.
func Default() []Field {
	return []Field{
		{Key: KeyMet, Label: "见到谁", Kind: Text},
		{Key: KeySaid, Label: "客户说了什么", Kind: Long, Required: true},
		{Key: "business", Label: "业务有什么变化", Kind: Choice, Required: true, Options: []string{"在增加", "没变化", "在减少", "看不出"}},
		{Key: "needs", Label: "客户需要什么", Kind: Choices, Options: []string{"更便宜", "更快", "少破损", "仓储", "代收货款", "冷链", "国际件", "对账方便"}},
		{Key: "pieces", Label: "每月大约发多少件", Kind: Number},
		{Key: "others", Label: "还用哪家快递，价格和服务怎样", Kind: Long},
		{Key: "content", Label: "对我们满意吗", Kind: YesNo},
		{Key: "advice", Label: "客户的意见和建议", Kind: Long},
		{Key: "chance", Label: "有没有新的机会", Kind: YesNo},
		{Key: KeyNext, Label: "下一步打算", Kind: Text},
		{Key: "help", Label: "需要市场部做什么", Kind: Long},
	}
}

// Bounds of a form.
const (
	MaxFields  = 30
	MaxOptions = 20
	MaxLabel   = 40
	maxShort   = 200
	maxLong    = 2000
	mostNumber = 1_000_000_000
)

// Codes of what is wrong with a form that head office sets.
const (
	FaultNone   = "none"   // it asks nothing
	FaultMany   = "many"   // too many questions
	FaultLabel  = "label"  // a label is missing or too long
	FaultTwice  = "twice"  // two questions are called the same
	FaultKind   = "kind"   // an unknown kind
	FaultFew    = "few"    // a choice with fewer than two options
	FaultOption = "option" // an option is too long, or there are too many
)

// Fault is what is wrong with a field, by its place; At -1 is the whole form.
type Fault struct {
	At   int
	Code string
}

// Check says what is wrong with a form.
func Check(fields []Field) []Fault {
	var out []Fault
	if len(fields) == 0 {
		out = append(out, Fault{-1, FaultNone})
	}
	if len(fields) > MaxFields {
		out = append(out, Fault{-1, FaultMany})
	}
	labels := map[string]bool{}
	for i, f := range fields {
		if code := f.fault(labels); code != "" {
			out = append(out, Fault{i, code})
		}
		labels[f.Label] = true
	}
	return out
}

func (f Field) fault(labels map[string]bool) string {
	switch {
	case f.Label == "" || utf8.RuneCountInString(f.Label) > MaxLabel || f.Key == "":
		return FaultLabel
	case labels[f.Label]:
		return FaultTwice
	case !slices.Contains(Kinds, f.Kind):
		return FaultKind
	case !f.chooses():
		return ""
	case len(f.Options) < 2:
		return FaultFew
	case len(f.Options) > MaxOptions || slices.ContainsFunc(f.Options, func(o string) bool { return utf8.RuneCountInString(o) > MaxLabel }):
		return FaultOption
	}
	return ""
}

func (f Field) chooses() bool { return f.Kind == Choice || f.Kind == Choices }

// Max is how long an answer may be, in characters.
func (f Field) Max() int {
	if f.Kind == Long {
		return maxLong
	}
	return maxShort
}

// Answer is what a form says to one question; it keeps the question as it was
// put, since head office may word it anew.
type Answer struct {
	Key    string   `json:"k"`
	Label  string   `json:"l"`
	Kind   string   `json:"t"`
	Values []string `json:"v"`
}

// Text is the answer in one line, but for a yes or a no, whose word is the
// reader's.
func (a Answer) Text() string { return strings.Join(a.Values, "、") }

// Codes of what is wrong with an answer.
const (
	BadMissing = "missing"
	BadLong    = "long"
	BadNumber  = "number"
	BadDay     = "day"
	BadChoice  = "choice"
)

// Read makes answers of what was typed, by key, and says what is wrong with
// them, by key. Of a draft nothing has to be there yet.
func Read(fields []Field, typed map[string][]string, draft bool) (answers []Answer, bad map[string]string) {
	bad = map[string]string{}
	for _, f := range fields {
		var values []string
		for _, v := range typed[f.Key] {
			if v = strings.TrimSpace(v); v != "" && !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
		if code := f.bad(values, draft); code != "" {
			bad[f.Key] = code
		}
		if len(values) > 0 {
			answers = append(answers, Answer{f.Key, f.Label, f.Kind, values})
		}
	}
	return answers, bad
}

func (f Field) bad(values []string, draft bool) string {
	if len(values) == 0 {
		if f.Required && !draft {
			return BadMissing
		}
		return ""
	}
	switch f.Kind {
	case Number:
		if n, err := strconv.ParseFloat(values[0], 64); err != nil || !(n >= 0 && n <= mostNumber) {
			return BadNumber
		}
	case Day:
		if d, err := day.Parse(values[0]); err != nil || !d.Valid() {
			return BadDay
		}
	case Choice, Choices:
		if f.Kind == Choice && len(values) > 1 || slices.ContainsFunc(values, func(v string) bool { return !slices.Contains(f.Options, v) }) {
			return BadChoice
		}
	case YesNo:
		if len(values) > 1 || values[0] != Yes && values[0] != No {
			return BadChoice
		}
	default:
		if utf8.RuneCountInString(values[0]) > f.Max() {
			return BadLong
		}
	}
	if len(values) > 1 && f.Kind != Choices {
		return BadChoice
	}
	return ""
}

// Gist is what a list says of a form: the first long text that it has, else the
// first text.
func Gist(answers []Answer) string {
	for _, kind := range []string{Long, Text} {
		for _, a := range answers {
			if a.Kind == kind && len(a.Values) > 0 {
				return a.Values[0]
			}
		}
	}
	return ""
}

// ParseForm reads a form as head office set it.
func ParseForm(text string) ([]Field, error) {
	var v struct {
		Fields []Field `json:"fields"`
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return nil, fmt.Errorf("form: %w", err)
	}
	return v.Fields, nil
}

// Form is the value of the rule that holds a form.
type Form struct {
	Fields []Field `json:"fields"`
}

// ParseAnswers reads what a form says.
func ParseAnswers(text string) ([]Answer, error) {
	var out []Answer
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		return nil, fmt.Errorf("answers: %w", err)
	}
	return out, nil
}
