package profile

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Tag is what a person says of a tag.
type Tag struct{ Name, Kind, Hint string }

// CheckTag cleans a tag and says what is wrong with it. A name holds none of
// the marks that part tags from each other in a form or a file.
func CheckTag(in Tag) (Tag, []Problem) {
	var out []Problem
	add := func(field string, code Code, n int) { out = append(out, Problem{Field: field, Code: code, N: n}) }
	in.Name, in.Hint = strings.Join(strings.Fields(in.Name), " "), strings.Join(strings.Fields(in.Hint), " ")
	switch {
	case in.Name == "":
		add("name", Missing, 0)
	case strings.ContainsFunc(in.Name, partsTags):
		add("name", TagMark, 0)
	case utf8.RuneCountInString(in.Name) > MaxTag:
		add("name", TooLong, MaxTag)
	}
	if !slices.Contains(TagKinds, in.Kind) {
		add("kind", UnknownWord, 0)
	}
	if utf8.RuneCountInString(in.Hint) > MaxHint {
		add("hint", TooLong, MaxHint)
	}
	return in, out
}

// SplitTags are the names in a line, each once, in their order.
func SplitTags(line string) []string {
	var out []string
	for _, name := range strings.FieldsFunc(line, partsTags) {
		if name = strings.Join(strings.Fields(name), " "); name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

func partsTags(r rune) bool { return strings.ContainsRune(",，;；、/|\n\r", r) }
