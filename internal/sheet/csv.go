package sheet

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
)

// maxQuotedLines is how many lines a quoted field may go over. A quote that is
// open for longer is a stray one.
const maxQuotedLines = 100

type csv struct {
	src   source
	opt   Options
	delim rune
	cr    bool // lines end with a lone CR
	hint  bool // the first line is sep=;
}

func openCSV(src source, start string, more bool, opt Options) (format, error) {
	c := &csv{src: src, opt: opt}
	c.cr = !strings.Contains(start, "\n") && strings.Contains(start, "\r")
	if line, _, _ := strings.Cut(start, "\n"); strings.HasPrefix(strings.ToLower(line), "sep=") && len(strings.TrimRight(line, "\r")) == 5 {
		c.delim, c.hint = rune(line[4]), true
		return c, nil
	}
	if more { // the last line of a sample is a piece of one
		if i := strings.LastIndexAny(start, "\r\n"); i > 0 {
			start = start[:i]
		}
	}
	c.delim = sniff(start)
	return c, nil
}

// sniff chooses the delimiter that cuts most lines into the same number of
// fields, quotes respected.
func sniff(sample string) rune {
	best, score := ',', 0
	for _, d := range ",\t;|" {
		widths := map[int]int{}
		n, quoted := 0, false
		for _, c := range sample {
			switch {
			case c == '"':
				quoted = !quoted
			case quoted:
			case c == d:
				n++
			case c == '\n' || c == '\r':
				if n > 0 {
					widths[n]++
				}
				n = 0
			}
		}
		if n > 0 {
			widths[n]++
		}
		for n, lines := range widths {
			if s := lines * (n + 1); s > score {
				best, score = d, s
			}
		}
	}
	return best
}

func (c *csv) info() Info {
	return Info{Format: "csv", Encoding: c.src.encoding, Delimiter: c.delim, Sheets: []SheetInfo{{Name: "CSV"}}}
}

func (c *csv) merges(context.Context, int) ([]Merge, error) { return nil, nil }

// lines hands out physical lines with their ends, and takes them back.
type lines struct {
	r    *bufio.Reader
	end  byte
	max  int
	back []string // last is next
	n    int      // lines handed out
}

func (l *lines) next() (string, error) {
	if k := len(l.back); k > 0 {
		s := l.back[k-1]
		l.back = l.back[:k-1]
		l.n++
		return s, nil
	}
	var long []byte
	for {
		part, err := l.r.ReadSlice(l.end)
		if len(long)+len(part) > l.max {
			return "", fmt.Errorf("%w: a line of more than %d bytes", ErrTooBig, l.max)
		}
		if err == nil || err == io.EOF {
			if len(long)+len(part) == 0 {
				return "", io.EOF
			}
			l.n++
			return string(append(long, part...)), nil
		}
		if err != bufio.ErrBufferFull {
			return "", err
		}
		long = append(long, part...)
	}
}

func (l *lines) unread(s string) {
	l.back = append(l.back, s)
	l.n--
}

func (c *csv) rows(ctx context.Context, _ int, yield func(Row) bool) error {
	l := &lines{r: bufio.NewReaderSize(c.src.open(ctx), 64<<10), end: '\n', max: 1 << 20}
	if c.cr {
		l.end = '\r'
	}
	if c.hint {
		if _, err := l.next(); err != nil && err != io.EOF {
			return err
		}
	}
	for number := 1; ; number++ {
		line := l.n + 1
		fields, broken, err := c.record(l)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if number > c.opt.MaxRows {
			return fmt.Errorf("%w: more than %d rows", ErrTooBig, c.opt.MaxRows)
		}
		if len(fields) > c.opt.MaxCols {
			return fmt.Errorf("%w: more than %d columns", ErrTooBig, c.opt.MaxCols)
		}
		cells := make([]Cell, len(fields))
		for i, f := range fields {
			if len(f) > c.opt.MaxCell {
				return fmt.Errorf("%w: a value of more than %d bytes", ErrTooBig, c.opt.MaxCell)
			}
			cells[i] = textCell(unwrap(f))
		}
		if blank(cells) {
			continue
		}
		if !yield(Row{Number: number, Line: line, Width: len(cells), Broken: broken, Cells: cells}) {
			return nil
		}
	}
}

// record reads one record. Where a quote is opened and not closed as it should
// be, the record is read again as the one physical line it begins with, its
// quotes taken for characters, so that the damage stays in it.
func (c *csv) record(l *lines) (fields []string, broken bool, err error) {
	first, err := l.next()
	if err != nil {
		return nil, false, err
	}
	if first == "\x1A" || first == "\x1A\r\n" { // the end of file of DOS
		return nil, false, io.EOF
	}
	fields, more, err := c.quoted(first, l)
	if err != nil {
		return nil, false, err
	}
	if fields != nil {
		return fields, false, nil
	}
	for i := len(more) - 1; i >= 0; i-- {
		l.unread(more[i])
	}
	return strings.Split(trimEnd(first), string(c.delim)), true, nil
}

func trimEnd(s string) string {
	s = strings.TrimSuffix(s, "\n")
	return strings.TrimSuffix(s, "\r")
}

// quoted reads a record by the rules; nil fields mean that they do not hold. It
// also gives the lines that it took behind the first.
func (c *csv) quoted(line string, l *lines) (fields []string, more []string, err error) {
	rest := line
	fields = make([]string, 0, 16)
	for {
		if len(fields) > excelCols {
			return nil, more, fmt.Errorf("%w: more than %d columns", ErrTooBig, excelCols)
		}
		if !strings.HasPrefix(rest, `"`) {
			i := strings.IndexRune(rest, c.delim)
			if i < 0 {
				return append(fields, trimEnd(rest)), more, nil
			}
			fields = append(fields, rest[:i])
			rest = rest[i+len(string(c.delim)):]
			continue
		}
		rest = rest[1:]
		var field strings.Builder
		spans := 0
		for open := true; open; {
			i := strings.IndexByte(rest, '"')
			if i < 0 { // goes on in the next line
				field.WriteString(rest)
				next, err := l.next()
				if err == io.EOF || spans == maxQuotedLines || field.Len() > c.opt.MaxCell {
					if err == nil {
						more = append(more, next)
					}
					return nil, more, nil
				}
				if err != nil {
					return nil, more, err
				}
				more = append(more, next)
				rest = next
				spans++
				continue
			}
			field.WriteString(rest[:i])
			rest = rest[i+1:]
			switch {
			case strings.HasPrefix(rest, `"`):
				field.WriteByte('"')
				rest = rest[1:]
			case trimEnd(rest) == "":
				return append(fields, clean(field.String())), more, nil
			case strings.HasPrefix(rest, string(c.delim)):
				fields = append(fields, clean(field.String()))
				rest = rest[len(string(c.delim)):]
				open = false
			case spans > 0:
				return nil, more, nil
			default: // "a"b within one line: the quote is a character
				field.WriteByte('"')
			}
		}
	}
}

// clean gives the lines within a field one kind of end.
func clean(s string) string {
	if !strings.Contains(s, "\r") {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}
