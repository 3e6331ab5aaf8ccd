package sheet

import (
	stdcsv "encoding/csv"
	"io"
	"strconv"
	"strings"
)

func newCSVWriter(w io.Writer, l Layout) (*Writer, error) {
	if _, err := io.WriteString(w, "\uFEFF"); err != nil {
		return nil, err
	}
	out := stdcsv.NewWriter(w)
	out.UseCRLF = true
	record := make([]string, len(l.Columns))
	for i, c := range l.Columns {
		record[i] = guardText(c.Title)
	}
	if err := out.Write(record); err != nil {
		return nil, err
	}
	return &Writer{
		rows: func(cells []Cell) error {
			record = record[:0]
			for _, c := range cells {
				switch c.Kind {
				case Text, Error:
					record = append(record, guardText(c.Text))
				case Number:
					record = append(record, numberText(c))
				default:
					record = append(record, c.Text)
				}
			}
			for len(record) < len(l.Columns) {
				record = append(record, "")
			}
			return out.Write(record)
		},
		end: func() error {
			out.Flush()
			return out.Error()
		},
	}, nil
}

// guardText makes a text safe in a CSV file: no formula, one kind of line end, no
// character that a text file does not hold.
func guardText(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }) {
		s = strings.Map(func(r rune) rune {
			if r < ' ' && r != '\n' && r != '\t' {
				return -1
			}
			return r
		}, clean(s))
	}
	if s != "" && guarded(s[0]) {
		return "'" + s
	}
	return s
}

// numberText is the literal of a number; nothing else may stand unguarded.
func numberText(c Cell) string {
	if n, _, ok := parseNumber([]byte(c.Text)); ok && n == c.Num {
		return c.Text
	}
	return strconv.FormatFloat(c.Num, 'f', -1, 64)
}
