package reply

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// Guide is how people of the company meet a client who complains (R160): what
// to do while they listen, to show that they understand, and to solve it. The
// zero one is the program's own, whose words are the page's.
type Guide struct {
	Listen     string `json:"listen"`
	Understand string `json:"understand"`
	Solve      string `json:"solve"`
}

// MaxGuide is how many characters each part may have: it is read during a call.
const MaxGuide = 200

// ParseGuide reads a guide as a rule keeps it.
func ParseGuide(text string) (g Guide, err error) {
	err = json.Unmarshal([]byte(text), &g)
	return g, err
}

// Faults names the parts that say nothing, or too much.
func (g Guide) Faults() (out []string) {
	for _, p := range []struct{ name, text string }{{"listen", g.Listen}, {"understand", g.Understand}, {"solve", g.Solve}} {
		if strings.TrimSpace(p.text) == "" || utf8.RuneCountInString(p.text) > MaxGuide {
			out = append(out, p.name)
		}
	}
	return out
}
