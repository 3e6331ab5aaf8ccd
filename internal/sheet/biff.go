package sheet

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf16"
)

// The records of a binary workbook (BIFF8) that matter here.
const (
	recFormula  = 0x06
	recEOF      = 0x0A
	recDate1904 = 0x22
	recPassword = 0x2F
	recContinue = 0x3C
	recSheet    = 0x85
	recMulRK    = 0xBD
	recRich     = 0xD6
	recXF       = 0xE0
	recMerged   = 0xE5
	recTexts    = 0xFC
	recTextAt   = 0xFD
	recMeasure  = 0x200
	recNumber   = 0x203
	recText     = 0x204
	recBool     = 0x205
	recString   = 0x207
	recRK       = 0x27E
	recFormat   = 0x41E
	recBegin    = 0x809
)

type biffSheet struct {
	SheetInfo
	at uint32
}

// biff is a workbook of Excel 97 to 2003. Its stream, of 64 MiB at most, is held
// in memory.
type biff struct {
	opt    Options
	b      []byte
	sheets []biffSheet
	texts  []string
	date   []byte // by style, as in xlsx
	shift  float64
}

// record gives the record at a place and the place of the next.
func (x *biff) record(at int) (id int, data []byte, next int, err error) {
	if at < 0 || at+4 > len(x.b) {
		return 0, nil, 0, fmt.Errorf("%w: a record is missing", ErrTruncated)
	}
	id, next = int(le.Uint16(x.b[at:])), at+4+int(le.Uint16(x.b[at+2:]))
	if next > len(x.b) {
		return 0, nil, 0, fmt.Errorf("%w: a record breaks off", ErrTruncated)
	}
	return id, x.b[at+4 : next], next, nil
}

func openBIFF(stream []byte, opt Options) (format, error) {
	x := &biff{opt: opt, b: stream}
	id, data, at, err := x.record(0)
	if err != nil {
		return nil, err
	}
	if id != recBegin || len(data) < 4 || le.Uint16(data) != 0x600 {
		return nil, fmt.Errorf("%w: a workbook of Excel 95 or before", ErrOldXLS)
	}
	formats := map[int]byte{}
	var styles []int
	for {
		id, data, next, err := x.record(at)
		if err != nil {
			return nil, err
		}
		at = next
		switch {
		case id == recEOF:
			for _, f := range styles {
				kind, ok := formats[f]
				if !ok {
					kind = builtinDate(f)
				}
				x.date = append(x.date, kind)
			}
			if len(x.sheets) == 0 {
				return nil, fmt.Errorf("%w: no sheet", ErrEmpty)
			}
			return x, x.measure()
		case id == recPassword:
			return nil, ErrEncrypted
		case id == recDate1904 && len(data) >= 2 && data[0] == 1:
			x.shift = serial1904
		case id == recFormat && len(data) >= 5:
			code, err := (&pieces{all: [][]byte{data[2:]}}).text(2)
			if err != nil {
				return nil, err
			}
			formats[int(le.Uint16(data))] = dateFormat(code)
		case id == recXF && len(data) >= 4:
			styles = append(styles, int(le.Uint16(data[2:])))
		case id == recSheet && len(data) >= 8:
			if data[5] != 0 {
				break // a chart or macros
			}
			name, err := (&pieces{all: [][]byte{data[6:]}}).text(1)
			if err != nil {
				return nil, err
			}
			x.sheets = append(x.sheets, biffSheet{SheetInfo{Name: name, Hidden: data[4]&3 != 0}, le.Uint32(data)})
		case id == recTexts && len(data) >= 8:
			all := [][]byte{data[8:]}
			for {
				id, more, next, err := x.record(at)
				if err != nil {
					return nil, err
				}
				if id != recContinue {
					break
				}
				all = append(all, more)
				at = next
			}
			if err := x.readTexts(all, le.Uint32(data[4:])); err != nil {
				return nil, err
			}
		}
	}
}

func (x *biff) readTexts(all [][]byte, n uint32) error {
	p := &pieces{all: all}
	total := int64(0)
	for range n {
		s, err := p.text(2)
		if err != nil {
			return err
		}
		if len(s) > x.opt.MaxCell {
			return fmt.Errorf("%w: a value of more than %d bytes", ErrTooBig, x.opt.MaxCell)
		}
		if total += int64(len(s)) + 16; total > x.opt.MaxShared {
			return fmt.Errorf("%w: more than %d bytes of shared texts", ErrTooBig, x.opt.MaxShared)
		}
		x.texts = append(x.texts, s)
	}
	return nil
}

// pieces is a record and those that continue it.
type pieces struct {
	all [][]byte
	pos int
}

// rest is what is left of the piece at hand, which is never empty but at the end.
func (p *pieces) rest() []byte {
	for len(p.all) > 0 && p.pos >= len(p.all[0]) {
		p.all, p.pos = p.all[1:], 0
	}
	if len(p.all) == 0 {
		return nil
	}
	return p.all[0][p.pos:]
}

func (p *pieces) number(width int) (n int, err error) {
	for i := range width {
		b := p.rest()
		if len(b) == 0 {
			return 0, fmt.Errorf("%w: a text breaks off", ErrTruncated)
		}
		n |= int(b[0]) << (8 * i)
		p.pos++
	}
	return n, nil
}

// text reads a string whose length has so many bytes. Where it goes on in the
// next piece, that piece says anew how wide the characters are.
func (p *pieces) text(width int) (string, error) {
	n, err := p.number(width)
	if err != nil {
		return "", err
	}
	flags, err := p.number(1)
	if err != nil {
		return "", err
	}
	behind := 0
	if flags&8 != 0 {
		runs, err := p.number(2)
		if err != nil {
			return "", err
		}
		behind = 4 * runs
	}
	if flags&4 != 0 {
		reading, err := p.number(4)
		if err != nil {
			return "", err
		}
		behind += reading
	}
	units := make([]uint16, 0, min(n, 1<<15))
	for first := true; n > 0; first = false {
		if !first {
			if flags, err = p.number(1); err != nil {
				return "", err
			}
		}
		b := p.rest()
		if len(b) == 0 {
			return "", fmt.Errorf("%w: a text breaks off", ErrTruncated)
		}
		if flags&1 == 0 {
			k := min(n, len(b))
			for _, c := range b[:k] {
				units = append(units, uint16(c))
			}
			n -= k
			p.pos += k
			continue
		}
		k := min(n, len(b)/2)
		if k == 0 {
			return "", fmt.Errorf("%w: half a character", ErrDamaged)
		}
		for i := range k {
			units = append(units, le.Uint16(b[2*i:]))
		}
		n -= k
		p.pos += 2 * k
	}
	for behind > 0 {
		b := p.rest()
		if len(b) == 0 {
			return "", fmt.Errorf("%w: a text breaks off", ErrTruncated)
		}
		k := min(behind, len(b))
		p.pos += k
		behind -= k
	}
	return string(utf16.Decode(units)), nil
}

// measure reads what the sheets claim.
func (x *biff) measure() error {
	for i := range x.sheets {
		err := x.walk(context.Background(), i, func(id, at int, data []byte) bool {
			if id != recMeasure || len(data) < 12 {
				return id != recNumber && id != recTextAt && id != recRK
			}
			x.sheets[i].Rows, x.sheets[i].Cols = int(min(le.Uint32(data[4:]), 1<<16)), int(le.Uint16(data[10:]))
			return false
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// walk calls f with the records of a sheet, those of charts within it left out.
func (x *biff) walk(ctx context.Context, sheet int, f func(id, at int, data []byte) bool) error {
	at := int(x.sheets[sheet].at)
	depth := 0
	for n := 0; ; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		id, data, next, err := x.record(at)
		if err != nil {
			return err
		}
		if n == 0 && id != recBegin {
			return fmt.Errorf("%w: a sheet does not begin where it should", ErrDamaged)
		}
		switch {
		case id == recBegin:
			depth++
		case id == recEOF:
			if depth--; depth == 0 {
				return nil
			}
		case depth == 1 && !f(id, at, data):
			return nil
		}
		at = next
	}
}

func (x *biff) info() Info {
	in := Info{Format: "xls"}
	for _, s := range x.sheets {
		in.Sheets = append(in.Sheets, s.SheetInfo)
	}
	return in
}

func (x *biff) merges(ctx context.Context, sheet int) (out []Merge, err error) {
	err = x.walk(ctx, sheet, func(id, _ int, data []byte) bool {
		if id != recMerged || len(data) < 2 {
			return true
		}
		for b := data[2:]; len(b) >= 8 && len(out) < 1<<16; b = b[8:] {
			m := Merge{int(le.Uint16(b)) + 1, int(le.Uint16(b[4:])), int(le.Uint16(b[2:])) + 1, int(le.Uint16(b[6:]))}
			if m.Top <= mergeRows && m.Bottom >= m.Top && m.Right >= m.Left {
				out = append(out, m)
			}
		}
		return true
	})
	return out, err
}

// place is a cell that was seen: where it stands and where its record is.
type place struct {
	row, col uint16
	at       uint32
}

// rows first notes where the cells are, since programs other than Excel write
// them in any order, then reads them row by row.
func (x *biff) rows(ctx context.Context, sheet int, yield func(Row) bool) error {
	var cells []place
	sorted := true
	note := func(row, col uint16, at int) {
		if k := len(cells); k > 0 && (row < cells[k-1].row || row == cells[k-1].row && col <= cells[k-1].col) {
			sorted = false
		}
		cells = append(cells, place{row, col, uint32(at)})
	}
	err := x.walk(ctx, sheet, func(id, at int, data []byte) bool {
		if len(data) < 6 {
			return true
		}
		row, col := le.Uint16(data), le.Uint16(data[2:])
		switch id {
		case recTextAt, recNumber, recRK, recText, recRich, recBool, recFormula:
			note(row, col, at)
		case recMulRK:
			for i := range (len(data) - 6) / 6 {
				note(row, col+uint16(i), at)
			}
		}
		return true
	})
	if err != nil {
		return err
	}
	if !sorted {
		slices.SortStableFunc(cells, func(a, b place) int {
			return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.col, b.col))
		})
	}
	for count := 0; len(cells) > 0; count++ {
		if count%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if count >= x.opt.MaxRows {
			return fmt.Errorf("%w: more than %d rows", ErrTooBig, x.opt.MaxRows)
		}
		n := 1
		for n < len(cells) && cells[n].row == cells[0].row {
			n++
		}
		if last := int(cells[n-1].col); last >= x.opt.MaxCols {
			return fmt.Errorf("%w: more than %d columns", ErrTooBig, x.opt.MaxCols)
		}
		out := make([]Cell, int(cells[n-1].col)+1)
		for _, p := range cells[:n] {
			if out[p.col], err = x.cell(p); err != nil {
				return err
			}
		}
		for len(out) > 0 && out[len(out)-1].Kind == Empty {
			out = out[:len(out)-1]
		}
		row := Row{Number: int(cells[0].row) + 1, Width: len(out), Cells: out}
		cells = cells[n:]
		if len(out) > 0 && !yield(row) {
			return nil
		}
	}
	return nil
}

var biffErrors = map[byte]string{0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}

func boolOrError(v, isError byte) Cell {
	switch {
	case isError != 0 && biffErrors[v] != "":
		return Cell{Error, biffErrors[v], 0}
	case isError != 0:
		return Cell{Error, "#ERR!", 0}
	case v != 0:
		return Cell{Bool, "TRUE", 1}
	}
	return Cell{Bool, "FALSE", 0}
}

func (x *biff) cell(p place) (Cell, error) {
	id, data, next, err := x.record(int(p.at))
	if err != nil {
		return Cell{}, err
	}
	short := fmt.Errorf("%w: a cell that is too short", ErrDamaged)
	style := int(le.Uint16(data[4:]))
	data = data[6:]
	switch id {
	case recTextAt:
		if len(data) < 4 {
			return Cell{}, short
		}
		i := le.Uint32(data)
		if int64(i) >= int64(len(x.texts)) {
			return Cell{}, fmt.Errorf("%w: a text that is not in the table", ErrDamaged)
		}
		return textCell(clean(x.texts[i])), nil
	case recText, recRich:
		s, err := (&pieces{all: [][]byte{data}}).text(2)
		return textCell(clean(s)), err
	case recNumber:
		if len(data) < 8 {
			return Cell{}, short
		}
		return x.number(math.Float64frombits(le.Uint64(data)), style), nil
	case recRK:
		if len(data) < 4 {
			return Cell{}, short
		}
		return x.number(rk(le.Uint32(data)), style), nil
	case recMulRK:
		first := le.Uint16(x.b[p.at+6:]) // behind head and row
		each := x.b[int(p.at)+8+6*int(p.col-first):]
		return x.number(rk(le.Uint32(each[2:])), int(le.Uint16(each))), nil
	case recBool:
		if len(data) < 2 {
			return Cell{}, short
		}
		return boolOrError(data[0], data[1]), nil
	case recFormula:
		if len(data) < 8 {
			return Cell{}, short
		}
		if le.Uint16(data[6:]) != 0xFFFF {
			return x.number(math.Float64frombits(le.Uint64(data)), style), nil
		}
		switch data[0] {
		case 1:
			return boolOrError(data[2], 0), nil
		case 2:
			return boolOrError(data[2], 1), nil
		case 3:
			return Cell{}, nil
		}
		return x.formulaText(next)
	}
	return Cell{}, nil
}

// formulaText is the text that a formula came to, one or two records behind it.
func (x *biff) formulaText(at int) (Cell, error) {
	for range 3 {
		id, data, next, err := x.record(at)
		if err != nil {
			return Cell{}, err
		}
		at = next
		if id != recString {
			continue
		}
		all := [][]byte{data}
		for {
			id, more, next, err := x.record(at)
			if err != nil || id != recContinue {
				break
			}
			all = append(all, more)
			at = next
		}
		s, err := (&pieces{all: all}).text(2)
		return textCell(clean(s)), err
	}
	return Cell{Error, "#CALC!", 0}, nil
}

// rk unpacks a number of 30 bits: a whole number or the upper half of a float,
// in hundredths or not.
func rk(v uint32) float64 {
	var n float64
	if v&2 != 0 {
		n = float64(int32(v) >> 2)
	} else {
		n = math.Float64frombits(uint64(v&^3) << 32)
	}
	if v&1 != 0 {
		n /= 100
	}
	return n
}

func (x *biff) number(n float64, style int) Cell {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return Cell{Error, "#NUM!", 0}
	}
	if style < len(x.date) && x.date[style] != 0 {
		if serial := n + x.shift; serial >= 0 && serial < maxSerial {
			return Cell{Date, string(appendDate(nil, serial, x.date[style] == 2)), serial}
		}
	}
	return Cell{Number, strconv.FormatFloat(n, 'f', -1, 64), n}
}
