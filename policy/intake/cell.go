// Package intake decides what a sheet that somebody brings means: where its
// headings are, which field each column feeds, which rows are data, what each
// cell says, and what is to become of each row (create, update, skip, error)
// and why. It owns headings, cleaners, questions and verdicts. It knows
// nothing of files, databases or clocks: the caller brings cells, answers and
// what is already on record, and puts the codes into words (R18, R19, R23).
package intake

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// CellKind is the type of a cell's content.
type CellKind uint8

// The kinds of cell, in the order in which internal/sheet has them.
const (
	Empty CellKind = iota
	Text
	Number
	Date
	Bool
	Error
)

// Cell is one cell: Text as shown (a Date in ISO form), Num the number, for a
// Date the Excel serial.
type Cell struct {
	Kind CellKind
	Text string
	Num  float64
}

// Row is one row of a sheet with the number by which people find it: the
// sheet row as Excel counts them, or the record or line of a CSV.
type Row struct {
	Number int
	Cells  []Cell
	Broken bool // a text file's record with a quote that nothing closes
}

// blankCell reports a cell with nothing to read in it.
func blankCell(c Cell) bool {
	switch c.Kind {
	case Empty:
		return true
	case Text:
		if c.Text == "" {
			return true
		}
		if b := c.Text[0]; b > ' ' && b < 0x7f || b >= 0xe4 && b <= 0xe9 {
			return false
		}
		return strings.TrimFunc(c.Text, invisible) == ""
	}
	return false
}

// invisible: blanks and characters that are only there for software.
func invisible(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return r == ' ' || r >= '\t' && r <= '\r'
	case r >= 0x4e00 && r <= 0x9fff:
		return false
	}
	return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r)
}

// common reports a text of nothing but visible ASCII and everyday Chinese
// characters, which no folding of width or blanks changes.
func common(s string) bool {
	for _, r := range s {
		if r <= ' ' || r >= 0x7f && (r < 0x4e00 || r > 0x9fff) {
			return false
		}
	}
	return true
}

// cellText is what the cell says, trimmed: numbers without exponent, texts
// without the ="…" and '… that portals wrap numbers in.
func cellText(c Cell) string {
	switch c.Kind {
	case Text:
		s := c.Text
		if clean(s) {
			return s
		}
		s = strings.TrimFunc(s, invisible)
		if len(s) > 3 && strings.HasPrefix(s, `="`) && strings.HasSuffix(s, `"`) {
			s = strings.TrimFunc(s[2:len(s)-1], invisible)
		}
		if len(s) > 1 && s[0] == '\'' && s[1] >= '0' && s[1] <= '9' {
			s = s[1:]
		}
		return s
	case Number:
		if digitsOnly(c.Text) { // also where a float holds fewer digits
			return c.Text
		}
		return numText(c.Num)
	case Date, Error:
		return strings.TrimSpace(c.Text)
	case Bool:
		if c.Text != "" {
			return strings.ToUpper(strings.TrimSpace(c.Text))
		}
		if c.Num != 0 {
			return "TRUE"
		}
		return "FALSE"
	}
	return ""
}

// clean reports that s needs no trimming: the case of nearly all cells.
func clean(s string) bool {
	if s == "" {
		return true
	}
	if common(s) {
		return s[0] != '=' && s[0] != '\''
	}
	a, _ := utf8.DecodeRuneInString(s)
	z, _ := utf8.DecodeLastRuneInString(s)
	return a != '=' && a != '\'' && !invisible(a) && !invisible(z)
}

func numText(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.FormatInt(int64(f), 10)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// rounded reports a number whose end is all zeros: what 1.38E+10 leaves of a
// telephone number that Excel or a text file has been through.
func rounded(c Cell) bool {
	return c.Kind == Number && c.Num >= 1e9 && math.Mod(c.Num, 1e6) == 0
}

// narrow gives letters, digits and marks one width.
func narrow(s string) string {
	if common(s) {
		return s
	}
	return norm.NFKC.String(s)
}

// placeholder reports the words people write for "nothing".
func placeholder(s string) bool {
	if len(s) > 12 {
		return false
	}
	switch s {
	case "", "-", "--", "---", "—", "——", "/", "\\", "无", "暂无", "没有", "空", "N/A", "n/a", "NA", "NULL", "null", "None", "nil", "－", "\\N", "不详":
		return true
	}
	return false
}

// clip shortens s for showing it in a reason.
func clip(s string) string {
	if len(s) <= 60 {
		return s
	}
	n := 0
	for i := range s {
		if n == 40 {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

func squeeze(s string) string {
	if common(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if invisible(r) {
			return -1
		}
		return r
	}, s)
}
