package sheet

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

const (
	maxTables  = 32 // tables within tables
	maxRowSpan = 65534
)

type htmlBook struct {
	src source
	opt Options
}

var charset = regexp.MustCompile(`charset\s*=\s*["']?\s*([a-z0-9_-]+)`)

func openHTML(src source, low []byte, opt Options) (format, error) {
	if src.encoding == "UTF-8" && src.skip == 0 {
		if m := charset.FindSubmatch(low); m != nil && bytes.HasPrefix(m[1], []byte("gb")) && !cleanUTF8(src) {
			src.encoding = "GB18030"
		}
	}
	return &htmlBook{src: src, opt: opt}, nil
}

func cleanUTF8(src source) bool {
	got, err := detect(src.r, src.size, nil)
	return err == nil && got.encoding == "UTF-8"
}

func (h *htmlBook) info() Info {
	return Info{Format: "html", Encoding: h.src.encoding, Sheets: []SheetInfo{{Name: "HTML"}}}
}

// table is a table being read: the row at hand, and what rows above hold of it.
type table struct {
	cells  []Cell
	column int
	below  []int // by column: rows still covered by a cell above
	open   bool  // within a row
	cell   *strings.Builder
	span   int
	down   int
	exact  string // x:num
}

func (h *htmlBook) rows(ctx context.Context, _ int, yield func(Row) bool) error {
	_, err := h.read(ctx, yield)
	return err
}

func (h *htmlBook) merges(ctx context.Context, _ int) ([]Merge, error) {
	n := 0
	return h.read(ctx, func(r Row) bool {
		n = r.Number
		return n < mergeRows
	})
}

// read gives all tables of the page, one below the other, and the merged cells
// of the first rows that it came by.
func (h *htmlBook) read(ctx context.Context, yield func(Row) bool) ([]Merge, error) {
	z := html.NewTokenizer(h.src.open(ctx))
	z.SetMaxBuf(1 << 20)
	var (
		stack  []*table
		merged []Merge
		number int
		skip   int
	)
	top := func() *table {
		if len(stack) == 0 {
			return nil
		}
		return stack[len(stack)-1]
	}
	closeCell := func(t *table) error {
		if t.cell == nil {
			return nil
		}
		text := unwrap(strings.Trim(squeeze(t.cell.String()), " \n"))
		if t.exact != "" && strings.ContainsAny(text, "Ee") && isNumber(text) && isNumber(t.exact) {
			text = t.exact
		}
		if len(text) > h.opt.MaxCell {
			return fmt.Errorf("%w: a value of more than %d bytes", ErrTooBig, h.opt.MaxCell)
		}
		t.cell = nil
		for t.column < len(t.below) && t.below[t.column] > 0 {
			t.column++
		}
		if t.column+t.span > h.opt.MaxCols && text != "" && t.column >= h.opt.MaxCols {
			return fmt.Errorf("%w: more than %d columns", ErrTooBig, h.opt.MaxCols)
		}
		t.span = max(1, min(t.span, h.opt.MaxCols-t.column))
		if (t.span > 1 || t.down > 1) && number <= mergeRows && len(merged) < 1<<16 {
			merged = append(merged, Merge{number, t.column, number + t.down - 1, t.column + t.span - 1})
		}
		for len(t.cells) <= t.column {
			t.cells = append(t.cells, Cell{})
		}
		t.cells[t.column] = textCell(text)
		for range t.span {
			if t.column >= h.opt.MaxCols {
				break
			}
			for len(t.below) <= t.column {
				t.below = append(t.below, 0)
			}
			t.below[t.column] = max(t.below[t.column], t.down)
			t.column++
		}
		return nil
	}
	closeRow := func(t *table) (bool, error) {
		if !t.open {
			return true, nil
		}
		if err := closeCell(t); err != nil {
			return false, err
		}
		t.open = false
		for i := range t.below {
			t.below[i] = max(0, t.below[i]-1)
		}
		n := len(t.cells)
		for n > 0 && t.cells[n-1].Kind == Empty {
			n--
		}
		if n == 0 {
			return true, nil
		}
		row := Row{Number: number, Width: n, Cells: append([]Cell(nil), t.cells[:n]...)}
		return yield(row), nil
	}
	for {
		switch z.Next() {
		case html.ErrorToken:
			err := z.Err()
			if err == html.ErrBufferExceeded {
				return nil, fmt.Errorf("%w: a value or tag of more than 1 MiB", ErrTooBig)
			}
			if err != io.EOF {
				return nil, err
			}
			for len(stack) > 0 { // an unfinished page still gives its rows
				if more, err := closeRow(top()); err != nil || !more {
					return merged, err
				}
				stack = stack[:len(stack)-1]
			}
			return merged, nil
		case html.TextToken:
			if t := top(); t != nil && t.cell != nil && skip == 0 {
				if t.cell.Len() > 4*h.opt.MaxCell {
					return nil, fmt.Errorf("%w: a value of more than %d bytes", ErrTooBig, h.opt.MaxCell)
				}
				t.cell.Write(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, attrs := z.TagName()
			t := top()
			switch string(name) {
			case "style", "script":
				skip = 1
			case "table":
				if len(stack) == maxTables {
					return nil, fmt.Errorf("%w: tables within tables", ErrTooBig)
				}
				stack = append(stack, &table{})
			case "br":
				if t != nil && t.cell != nil {
					t.cell.WriteByte('\v')
				}
			case "tr":
				if t == nil {
					break
				}
				if more, err := closeRow(t); err != nil || !more {
					return merged, err
				}
				if number++; number > h.opt.MaxRows {
					return nil, fmt.Errorf("%w: more than %d rows", ErrTooBig, h.opt.MaxRows)
				}
				t.open, t.cells, t.column = true, t.cells[:0], 0
			case "td", "th":
				if t == nil || !t.open {
					break
				}
				if err := closeCell(t); err != nil {
					return nil, err
				}
				t.cell, t.span, t.down, t.exact = &strings.Builder{}, 1, 1, ""
				for attrs {
					var key, value []byte
					key, value, attrs = z.TagAttr()
					switch string(key) {
					case "colspan":
						t.span = spanOf(value, excelCols)
					case "rowspan":
						t.down = spanOf(value, maxRowSpan)
					case "x:num":
						t.exact = string(value)
					}
				}
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			t := top()
			switch string(name) {
			case "style", "script":
				skip = 0
			case "td", "th":
				if t != nil {
					if err := closeCell(t); err != nil {
						return nil, err
					}
				}
			case "tr", "table":
				if t == nil {
					break
				}
				if more, err := closeRow(t); err != nil || !more {
					return merged, err
				}
				if string(name) == "table" {
					stack = stack[:len(stack)-1]
				}
			}
		}
	}
}

func spanOf(b []byte, most int) int {
	n, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || n < 1 {
		return 1
	}
	return min(n, most)
}

func isNumber(s string) bool {
	_, _, ok := parseNumber([]byte(s))
	return ok
}

// squeeze treats white space as a page does: any run is one blank, a hard blank
// is a blank, and only <br> (which came as \v) is a new line.
func squeeze(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for _, r := range s {
		switch r {
		case ' ', '\t', '\n', '\r', '\f':
			gap = true
			continue
		case '\u00A0':
			r = ' '
		case '\v':
			r, gap = '\n', false
		}
		if gap {
			if !strings.HasSuffix(b.String(), "\n") {
				b.WriteByte(' ')
			}
			gap = false
		}
		b.WriteRune(r)
	}
	return b.String()
}
