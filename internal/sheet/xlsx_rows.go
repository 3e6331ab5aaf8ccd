package sheet

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// area reads A1:P311 or B2.
func area(ref string) (m Merge, ok bool) {
	a, b, two := strings.Cut(ref, ":")
	col, row := reference([]byte(a))
	m = Merge{row, col, row, col}
	if two {
		m.Right, m.Bottom = reference([]byte(b))
	}
	return m, m.Top > 0 && m.Left >= 0 && m.Bottom >= m.Top && m.Right >= m.Left
}

// reference reads B7 as 1, 7; -1 or 0 where there is no column or row.
func reference(b []byte) (col, row int) {
	i := 0
	for ; i < len(b); i++ {
		c := b[i]
		if c == '$' {
			continue
		}
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c < 'A' || c > 'Z' {
			break
		}
		if col = col*26 + int(c-'A') + 1; col > excelCols {
			return -1, 0
		}
	}
	for ; i < len(b); i++ {
		if b[i] == '$' {
			continue
		}
		if b[i] < '0' || b[i] > '9' {
			return -1, 0
		}
		if row = row*10 + int(b[i]-'0'); row > excelRows {
			return -1, 0
		}
	}
	return col - 1, row
}

// pending is a cell of the row being read; its text is a piece of the row's.
type pending struct {
	kind     Kind
	num      float64
	from, to int
	shared   string
}

func (x *xlsx) rows(ctx context.Context, i int, yield func(Row) bool) error {
	sh := &x.sheets[i]
	if sh.part == nil {
		return fmt.Errorf("%w: the part of sheet %q is missing", ErrDamaged, sh.Name)
	}
	if err := x.readShared(ctx); err != nil {
		return err
	}
	c, s, err := x.open(ctx, sh.part)
	if err != nil {
		return err
	}
	defer c.Close()
	r := rowReader{x: x, s: s}
	for {
		t, err := s.next(false)
		if err == io.EOF {
			return fmt.Errorf("%w: the sheet has no end", ErrTruncated)
		}
		if err != nil {
			return err
		}
		switch string(t.name) {
		case "sheetData":
			if t.end || t.empty {
				if !sh.looked {
					sh.merged, err = readMerges(s)
					sh.looked = err == nil
				}
				return err
			}
		case "row":
			if t.end {
				continue
			}
			more, err := r.row(t, yield)
			if err != nil {
				return noEOF(err)
			}
			if !more {
				return nil
			}
		}
	}
}

// rowReader keeps what one row lends to the next.
type rowReader struct {
	x      *xlsx
	s      *scanner
	number int
	count  int
	cells  []pending
	text   []byte
	value  []byte
}

func (r *rowReader) row(t tag, yield func(Row) bool) (bool, error) {
	number := r.number + 1
	bad := false
	t.each(func(n, v []byte) {
		if string(n) == "r" {
			number = 0
			if _, number = reference(v); number == 0 {
				bad = true
			}
		}
	})
	if bad || number > excelRows {
		return false, fmt.Errorf("%w: a row number out of range", ErrDamaged)
	}
	r.number = number
	if r.count++; r.count > r.x.opt.MaxRows {
		return false, fmt.Errorf("%w: more than %d rows", ErrTooBig, r.x.opt.MaxRows)
	}
	r.cells, r.text = r.cells[:0], r.text[:0]
	last := 0
	if !t.empty {
		col := -1
		for {
			t, err := r.s.next(false)
			if err != nil {
				return false, err
			}
			if t.end && string(t.name) == "row" {
				break
			}
			if t.end || string(t.name) != "c" {
				if t.end && string(t.name) == "sheetData" {
					return false, fmt.Errorf("%w: a row without end", ErrDamaged)
				}
				continue
			}
			if col, err = r.cell(t, col+1); err != nil {
				return false, err
			}
			if n := len(r.cells); n > 0 && r.cells[n-1].kind != Empty {
				last = max(last, n)
			}
		}
	}
	if n := len(r.cells); n > last {
		last = 0
		for i := range r.cells {
			if r.cells[i].kind != Empty {
				last = i + 1
			}
		}
	}
	if last == 0 {
		return true, nil
	}
	all := string(r.text)
	out := make([]Cell, last)
	for i := range out {
		p := &r.cells[i]
		switch {
		case p.kind == Empty:
		case p.shared != "":
			out[i] = Cell{Text, p.shared, 0}
		default:
			out[i] = Cell{p.kind, all[p.from:p.to], p.num}
		}
	}
	return yield(Row{Number: number, Width: last, Cells: out}), nil
}

// cell reads one <c> and tells its column. Only a cell with a value counts for
// the limits: some programs format whole rows.
func (r *rowReader) cell(t tag, col int) (int, error) {
	var kind byte // first letter of the type: n s b e d, i inlineStr, f str
	style := 0
	bad := false
	t.each(func(n, v []byte) {
		if len(n) != 1 {
			return
		}
		switch n[0] {
		case 'r':
			if c, _ := reference(v); c >= 0 {
				col = c
			} else {
				bad = true
			}
		case 't':
			switch {
			case string(v) == "str":
				kind = 'f'
			case len(v) > 0:
				kind = v[0]
			}
		case 's':
			style = atoi(v)
		}
	})
	if bad || col >= excelCols {
		return col, fmt.Errorf("%w: a cell reference out of range", ErrDamaged)
	}
	if t.empty {
		return col, nil
	}
	formula, valued := false, false
	r.value = r.value[:0]
	for {
		in, err := r.s.next(false)
		if err != nil {
			return col, err
		}
		if in.end {
			if string(in.name) == "c" {
				break
			}
			continue
		}
		switch string(in.name) {
		case "v", "t":
			if r.value, err = r.s.content(in, r.value); err != nil {
				return col, err
			}
			valued = true
			if len(r.value) > r.x.opt.MaxCell {
				return col, fmt.Errorf("%w: a value of more than %d bytes", ErrTooBig, r.x.opt.MaxCell)
			}
		case "f":
			formula = true
			if !in.empty {
				if err := r.s.skipElement("f"); err != nil {
					return col, err
				}
			}
		case "rPh":
			if !in.empty {
				if err := r.s.skipElement("rPh"); err != nil {
					return col, err
				}
			}
		case "row", "c":
			return col, fmt.Errorf("%w: a cell within a cell", ErrDamaged)
		}
	}
	p := pending{from: len(r.text)}
	if len(r.value) == 0 {
		if !formula || valued && kind == 'f' {
			return col, nil
		}
		p.kind = Error
		r.text = append(r.text, "#CALC!"...)
	} else {
		if err := r.typed(&p, kind, style); err != nil {
			return col, err
		}
		if p.kind == Empty {
			return col, nil
		}
	}
	p.to = len(r.text)
	if col >= r.x.opt.MaxCols {
		return col, fmt.Errorf("%w: more than %d columns", ErrTooBig, r.x.opt.MaxCols)
	}
	for len(r.cells) <= col {
		r.cells = append(r.cells, pending{})
	}
	r.cells[col] = p
	return col, nil
}

// typed decides what the value is.
func (r *rowReader) typed(p *pending, kind byte, style int) error {
	switch kind {
	case 's':
		i := atoi(bytes.TrimSpace(r.value))
		if i < 0 || i >= len(r.x.shared) {
			return fmt.Errorf("%w: a text that is not in the table", ErrDamaged)
		}
		p.shared = r.x.shared[i]
		if strings.Contains(p.shared, "_x") {
			p.shared = string(unexcel([]byte(p.shared)))
		}
		if p.shared != "" {
			p.kind = Text
		}
		return nil
	case 'f', 'i':
		p.kind = Text
		r.text = append(r.text, unexcel(r.value)...)
		return nil
	case 'b':
		p.kind = Bool
		if v := string(bytes.TrimSpace(r.value)); v == "1" || strings.EqualFold(v, "true") {
			p.num = 1
			r.text = append(r.text, "TRUE"...)
		} else {
			r.text = append(r.text, "FALSE"...)
		}
		return nil
	case 'e':
		p.kind = Error
		r.text = append(r.text, r.value...)
		return nil
	case 'd':
		if serial, ok := parseISO(string(bytes.TrimSpace(r.value))); ok {
			p.kind, p.num = Date, serial
			r.text = appendDate(r.text, serial, false)
			return nil
		}
		p.kind = Text
		r.text = append(r.text, r.value...)
		return nil
	}
	v := bytes.TrimSpace(r.value)
	num, canonical, ok := parseNumber(v)
	if !ok {
		p.kind = Text
		r.text = append(r.text, r.value...)
		return nil
	}
	if style >= 0 && style < len(r.x.date) && r.x.date[style] != 0 {
		if serial := num + r.x.shift; serial >= 0 && serial < maxSerial {
			p.kind, p.num = Date, serial
			r.text = appendDate(r.text, serial, r.x.date[style] == 2)
			return nil
		}
	}
	p.kind, p.num = Number, num
	if canonical {
		r.text = append(r.text, v...)
	} else {
		r.text = strconv.AppendFloat(r.text, num, 'f', -1, 64)
	}
	return nil
}

// atoi reads a small number, -1 if it is none.
func atoi(b []byte) int {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' || n > 1<<30 {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	if len(b) == 0 {
		return -1
	}
	return n
}

func (x *xlsx) merges(ctx context.Context, i int) ([]Merge, error) {
	sh := &x.sheets[i]
	if sh.looked || sh.part == nil {
		return sh.merged, nil
	}
	c, s, err := x.open(ctx, sh.part)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	// Only the data is passed over, and none of its cells looked at.
	if err := s.skipPast("sheetData"); err != nil {
		return nil, noEOF(err)
	}
	if _, err := s.need(3); err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(bytes.TrimLeft(s.buf[s.pos:s.end], " "), []byte("/")) {
		if err := s.skipPast("sheetData"); err != nil {
			return nil, noEOF(err)
		}
	}
	sh.merged, err = readMerges(s)
	sh.looked = err == nil
	return sh.merged, err
}

// readMerges reads what follows the data.
func readMerges(s *scanner) ([]Merge, error) {
	var out []Merge
	for {
		t, err := s.next(false)
		if err == io.EOF {
			return nil, fmt.Errorf("%w: the sheet has no end", ErrTruncated)
		}
		if err != nil {
			return nil, err
		}
		switch string(t.name) {
		case "worksheet":
			return out, nil
		case "mergeCells":
			if t.end {
				return out, nil
			}
		case "mergeCell":
			if m, ok := area(t.attr("ref")); ok && !t.end && m.Top <= mergeRows && len(out) < 1<<16 {
				out = append(out, m)
			}
		}
	}
}
