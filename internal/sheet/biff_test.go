package sheet

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// rec is a record of a binary workbook.
func rec(id int, data ...[]byte) []byte {
	body := slices.Concat(data...)
	return append(le.AppendUint16(le.AppendUint16(nil, uint16(id)), uint16(len(body))), body...)
}

func u16(v ...int) (b []byte) {
	for _, n := range v {
		b = le.AppendUint16(b, uint16(n))
	}
	return b
}

func u32(v uint32) []byte  { return le.AppendUint32(nil, v) }
func f64(v float64) []byte { return le.AppendUint64(nil, math.Float64bits(v)) }
func wide(s string) []byte { return u16of(utf16.Encode([]rune(s))) }
func u16of(u []uint16) (b []byte) {
	for _, n := range u {
		b = le.AppendUint16(b, n)
	}
	return b
}

// str is a string of two bytes per character, its length in two bytes.
func str(s string) []byte {
	return slices.Concat(u16(len(utf16.Encode([]rune(s)))), []byte{1}, wide(s))
}

// oldBook makes the stream of a binary workbook with one sheet of these records
// and one hidden, empty sheet.
func oldBook(globals []byte, records ...[]byte) []byte {
	begin := func(kind int) []byte { return rec(recBegin, u16(0x600, kind, 0, 0), make([]byte, 8)) }
	bound := func(at int, hidden byte, name string) []byte {
		return rec(recSheet, u32(uint32(at)), []byte{hidden, 0, byte(len([]rune(name))), 1}, wide(name))
	}
	build := func(a, b int) []byte {
		return slices.Concat(begin(5), globals, bound(a, 0, "客户"), bound(b, 1, "旧表"), rec(recEOF))
	}
	head := len(build(0, 0))
	first := slices.Concat(begin(0x10), slices.Concat(records...), rec(recEOF))
	return slices.Concat(build(head, head+len(first)), first, begin(0x10), rec(recEOF))
}

// usual are styles 0 none, 1 a built-in day, 2 a day by its own format, and five
// texts, of which the fourth goes over a record's end and changes its width.
func usual() []byte {
	return slices.Concat(
		rec(recFormat, u16(164), str(`yyyy"年"m"月"`)),
		rec(recXF, u16(0, 0), make([]byte, 16)), rec(recXF, u16(0, 14), make([]byte, 16)), rec(recXF, u16(0, 164), make([]byte, 16)),
		rec(recTexts, u32(9), u32(5),
			str("一"),
			u16(3), []byte{0}, []byte("abc"),
			u16(2), []byte{1 | 8 | 4}, u16(1), u32(6), wide("粗体"), make([]byte, 4+3)),
		rec(recContinue, make([]byte, 3), u16(4), []byte{0}, []byte("ab")),
		rec(recContinue, []byte{1}, wide("杭州")),
		rec(recContinue, str("last\r\nline")),
	)
}

func TestABinaryWorkbookIsReadLikeAnyOther(t *testing.T) {
	formula := func(result []byte) []byte { return slices.Concat(result, u16(0), u32(0), u16(0)) }
	special := func(kind, v byte) []byte { return []byte{kind, 0, v, 0, 0, 0, 0xFF, 0xFF} }
	raw := compoundOf(stream{"Workbook", oldBook(usual(),
		rec(recMeasure, u32(0), u32(10), u16(0, 5, 0)),
		rec(recTextAt, u16(0, 0, 0), u32(0)),
		rec(recTextAt, u16(0, 1, 0), u32(1)),
		rec(recTextAt, u16(0, 2, 0), u32(2)),
		rec(recTextAt, u16(0, 3, 0), u32(3)),
		rec(recTextAt, u16(0, 4, 0), u32(4)),
		rec(recNumber, u16(2, 0, 0), f64(13800001054)),
		rec(recNumber, u16(2, 1, 1), f64(45430)),
		rec(recNumber, u16(2, 2, 2), f64(45430.75)),
		rec(recRK, u16(2, 3, 0), u32(uint32(1234<<2|3))),
		rec(recBool, u16(2, 4, 0), []byte{1, 0}),
		rec(recFormula, u16(4, 2, 0), formula(special(2, 0x2A))), // out of order
		rec(recMulRK, u16(3, 1), u16(0), u32(7<<2|2), u16(1), u32(45430<<2|2), u16(0), u32(uint32(math.Float64bits(0.5)>>32)), u16(3)),
		rec(recFormula, u16(4, 0, 0), formula(f64(412))),
		rec(recFormula, u16(4, 1, 0), formula(special(0, 0))), rec(recString, str("结果")),
		rec(recFormula, u16(4, 3, 0), formula(special(3, 0))),
		rec(recText, u16(4, 4, 0), str("旧")),
		rec(recMerged, u16(1, 0, 1, 2, 4)),
	)})
	b := opened(t, raw)
	in := b.Info()
	if in.Format != "xls" || len(in.Sheets) != 2 || in.Sheets[0] != (SheetInfo{"客户", false, 10, 5}) || !in.Sheets[1].Hidden {
		t.Fatalf("%+v", in)
	}
	want := map[int][]Cell{
		1: {{Text, "一", 0}, {Text, "abc", 0}, {Text, "粗体", 0}, {Text, "ab杭州", 0}, {Text, "last\nline", 0}},
		3: {{Number, "13800001054", 13800001054}, {Date, "2024-05-18", 45430}, {Date, "2024-05-18 18:00:00", 45430.75}, {Number, "12.34", 12.34}, {Bool, "TRUE", 1}},
		4: {{}, {Number, "7", 7}, {Date, "2024-05-18", 45430}, {Number, "0.5", 0.5}},
		5: {{Number, "412", 412}, {Text, "结果", 0}, {Error, "#N/A", 0}, {}, {Text, "旧", 0}},
	}
	rows := all(t, b, "客户")
	if len(rows) != len(want) {
		t.Errorf("%d rows", len(rows))
	}
	for _, r := range rows {
		if !slices.Equal(r.Cells, want[r.Number]) {
			t.Errorf("row %d: %+v, want %+v", r.Number, r.Cells, want[r.Number])
		}
	}
	if m, err := b.Merges("客户"); err != nil || !slices.Equal(m, []Merge{{1, 2, 2, 4}}) {
		t.Errorf("merges %v, %v", m, err)
	}
	if rows := all(t, b, "旧表"); len(rows) != 0 {
		t.Errorf("the empty sheet has %v", rows)
	}
}

func TestABinaryWorkbookThatCannotBeReadIsRefusedByItsReason(t *testing.T) {
	good := oldBook(usual(), rec(recTextAt, u16(0, 0, 0), u32(0)))
	cut := slices.Clone(good[:len(good)-60])
	excel95 := slices.Clone(good)
	excel95[5] = 5
	wild := slices.Clone(good)
	for i := len(wild) - 100; i < len(wild); i++ {
		wild[i] = 0xFF
	}
	tests := []struct {
		name   string
		stream []byte
		want   error
	}{
		{"with a password", oldBook(slices.Concat(rec(recPassword, u16(1, 1, 1)), usual())), ErrEncrypted},
		{"of Excel 95", excel95, ErrOldXLS},
		{"a text that is not there", oldBook(usual(), rec(recTextAt, u16(0, 0, 0), u32(77))), ErrDamaged},
		{"a table of texts that breaks off", oldBook(rec(recTexts, u32(9), u32(1<<31), str("x"))), ErrTruncated},
		{"a text longer than its record", oldBook(usual(), rec(recText, u16(0, 0, 0), u16(60000), []byte{0}, []byte("x"))), ErrTruncated},
		{"a column beyond the limit", oldBook(usual(), rec(recNumber, u16(0, 60000, 0), f64(1))), ErrTooBig},
		{"a value that is too short", oldBook(usual(), rec(recNumber, u16(0, 0, 0), []byte{1})), ErrDamaged},
		{"bytes of no meaning at its end", wild, ErrTruncated},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := drain(compoundOf(stream{"Workbook", tt.stream}), Options{}); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	if _, err := openBIFF(cut, Options{}.filled()); err == nil {
		b, _ := openBIFF(cut, Options{}.filled())
		if err := b.rows(context.Background(), 1, func(Row) bool { return true }); !errors.Is(err, ErrTruncated) && !errors.Is(err, ErrDamaged) {
			t.Errorf("cut off: %v", err)
		}
	}
	loop := ole(t, "Workbook")
	le.PutUint32(loop[516:], 1) // the directory follows itself
	if _, err := drain(loop, Options{}); err == nil {
		t.Error("a directory that follows itself was read")
	}
}

// FuzzBIFF puts the input where the stream of a binary workbook stands.
func FuzzBIFF(f *testing.F) {
	f.Add(oldBook(usual(), rec(recTextAt, u16(0, 0, 0), u32(0)), rec(recMulRK, u16(3, 1), u16(0), u32(7), u16(3))))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 60<<10 || len(raw) == 0 {
			return
		}
		if _, err := drain(compoundOf(stream{"Workbook", raw}), Options{MaxCols: 64, MaxCell: 4096}); err != nil && strings.Contains(err.Error(), "runtime error") {
			t.Fatal(err)
		}
	})
}
