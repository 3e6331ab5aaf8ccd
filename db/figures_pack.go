package db

import (
	"encoding/binary"
	"time"

	"yike/policy/classify"
	"yike/policy/day"
)

// figureMonth is what the rules look at of one month of a client.
type figureMonth struct {
	at          int32 // months since the year 0
	orders, fen int64
	last        int // day of the month of its last parcel; 0 where no day is known
}

// monthNumber numbers the month of a text that begins with YYYY-MM.
func monthNumber(text []byte) (int32, bool) {
	if len(text) < 7 || text[4] != '-' {
		return 0, false
	}
	n := func(digits []byte) (n int32, ok bool) {
		for _, c := range digits {
			if c < '0' || c > '9' {
				return 0, false
			}
			n = n*10 + int32(c-'0')
		}
		return n, true
	}
	year, ok := n(text[:4])
	month, fine := n(text[5:7])
	return year*12 + month - 1, ok && fine && year > 0 && month >= 1 && month <= 12
}

func monthStart(at int32) day.Day { return day.Of(int(at/12), time.Month(at%12+1), 1) }

// packedMonths is how many months before its newest a client's figures tell of,
// that one counted: those that a rule asks for, the present one, and one more,
// so that the newest may lie a month ahead of the day.
const packedMonths = classify.Months + 2

// packFigures packs months, the newest first: the newest, the first, how many
// follow; of each how many months it lies before the one before it, orders,
// fen, last day. Nothing of nobody who ever sent something.
func packFigures(list []monthRead) []byte {
	if len(list) == 0 {
		return []byte{}
	}
	newest := list[0].at
	n := 0
	for n < len(list) && list[n].at > newest-packedMonths {
		n++
	}
	out := binary.AppendUvarint(make([]byte, 0, 8+8*n), uint64(newest))
	out = binary.AppendUvarint(out, uint64(newest-list[len(list)-1].at))
	out = binary.AppendUvarint(out, uint64(n))
	before := newest
	for _, m := range list[:n] {
		out = binary.AppendUvarint(out, uint64(before-m.at))
		out = binary.AppendVarint(out, m.orders)
		out = binary.AppendVarint(out, m.fen)
		out = append(out, byte(m.last))
		before = m.at
	}
	return out
}

// figureReader reads figures as of a day.
type figureReader struct {
	on     day.Day
	month  int32
	inside int       // day of the month
	starts []day.Day // of months, by how many they lie before the present one
}

func newFigureReader(on day.Day) *figureReader {
	year, month, inside := on.Date()
	r := &figureReader{on: on, month: int32(year)*12 + int32(month) - 1, inside: inside}
	for i := range int32(60) {
		r.starts = append(r.starts, monthStart(r.month-i))
	}
	return r
}

func (r *figureReader) start(at int32) day.Day {
	if back := r.month - at; back >= 0 && int(back) < len(r.starts) {
		return r.starts[back]
	}
	return monthStart(at)
}

// read puts packed figures into a client. sure is false where they do not tell
// all of that day: then the months are asked.
func (r *figureReader) read(packed []byte, c *classify.Client) (sure bool) {
	if len(packed) == 0 {
		return true
	}
	whole := true
	next := func() uint64 {
		v, n := binary.Uvarint(packed)
		if n <= 0 {
			whole = false
			return 0
		}
		packed = packed[n:]
		return v
	}
	signed := func() int64 {
		v, n := binary.Varint(packed)
		if n <= 0 {
			whole = false
			return 0
		}
		packed = packed[n:]
		return v
	}
	at := int32(next())
	first := at - int32(next())
	if at > r.month+1 && first <= r.month {
		return false // the months that count may have been left out
	}
	known := false
	for range next() {
		at -= int32(next())
		orders, fen := signed(), signed()
		if !whole || len(packed) == 0 {
			return false
		}
		last := int(packed[0])
		packed = packed[1:]
		if at > r.month {
			continue
		}
		if back := r.month - at; back >= 1 && back <= classify.Months {
			c.Freight[back-1], c.Orders[back-1] = fen, int32(orders)
		}
		if known {
			continue
		}
		if last == 0 || at == r.month && last > r.inside {
			return false
		}
		c.Last, known = r.start(at).Add(last-1), true
	}
	if first > r.month {
		return whole
	}
	c.First = r.start(first)
	return whole && known
}

// months is read for months that were asked, the newest first.
func (r *figureReader) months(list []monthRead, last day.Day, c *classify.Client) {
	for _, m := range list {
		if m.at > r.month {
			continue
		}
		if back := r.month - m.at; back >= 1 && back <= classify.Months {
			c.Freight[back-1], c.Orders[back-1] = m.fen, int32(m.orders)
		}
		c.First = r.start(m.at)
	}
	c.Last = last
}
