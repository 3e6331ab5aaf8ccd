package message

import (
	"slices"
	"strings"
)

// Braces names what is wrong with the braces of a text in which only known
// variables may stand.
func Braces(text, in string, known []string) []Problem {
	pieces, out := split(text, in)
	for _, p := range pieces {
		if p.variable && !slices.Contains(known, p.text) {
			out = append(out, Problem{UnknownVar, p.text, in, p.line, p.at})
		}
	}
	return out
}

// Fill fills a text in for somebody who reads it before it goes: a variable
// for which nothing is known stays as it is, and is named once.
func Fill(text string, value func(name string) string) (filled string, open []string) {
	pieces, _ := split(text, "")
	var b strings.Builder
	for _, p := range pieces {
		v := p.text
		if p.variable {
			if v = oneLine(value(p.text)); v == "" {
				v = "{" + p.text + "}"
				if !slices.Contains(open, p.text) {
					open = append(open, p.text)
				}
			}
		}
		b.WriteString(v)
	}
	return b.String(), open
}
