package classify

import (
	"strings"
	"unicode/utf8"
)

// Advice is what head office asks to be done with a group of clients (R185),
// and within how many days. An empty text asks nothing.
type Advice struct {
	Text string `json:"text"`
	Days int    `json:"days"`
}

// Advices is the rule: advice by group (GroupKey). A group that it does not
// name keeps the text that the program brings.
type Advices map[string]Advice

// Bounds of an advice.
const (
	AdviceRunes = 120
	AdviceDays  = 90
)

// GroupKey names a group among all groupings: "rfm.core". A mark is a group of
// the kind "mark".
func GroupKey(kind, value string) string { return kind + "." + value }

// GroupOf takes a key apart.
func GroupOf(key string) (kind, value string) {
	kind, value, _ = strings.Cut(key, ".")
	return kind, value
}

// urgent are the groups whose clients wait no week.
var urgent = map[string]int{"rfm.at_risk": 2, "mark.slipping": 2, "mark.complained": 2, "mark.silent": 3, "stage.declining": 3, "mark.overdue": 3, "rfm.dormant": 14, "stage.lost": 14}

// UsualDays is within how many days a group's clients are seen to where the
// rule says nothing else.
func UsualDays(key string) int {
	if n := urgent[key]; n > 0 {
		return n
	}
	return 7
}

// Of is the advice of a group; own says that the rule names it.
func (a Advices) Of(key string) (out Advice, own bool) {
	out, own = a[key]
	if !own {
		out.Days = UsualDays(key)
	}
	return out, own
}

// Faults says what keeps the rule from being used: a text that is too long
// ("key.text") or days out of bounds ("key.days").
func (a Advices) Faults() (out []Fault) {
	for key, v := range a {
		if utf8.RuneCountInString(v.Text) > AdviceRunes {
			out = append(out, Fault{Field: key + ".text", Max: AdviceRunes})
		}
		if v.Days < 0 || v.Days > AdviceDays {
			out = append(out, Fault{Field: key + ".days", Max: AdviceDays})
		}
	}
	return out
}
