package monthend

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Move is what a client was at the end of the month before, and of the month
// itself; "" = not a client. Of Sent it is the month of the first parcel.
type Move struct{ Was, Now string }

// Key is of what and of which month moves are counted.
type Key struct {
	Dim   string
	Month int32
}

// Counts are how many clients made each move.
type Counts map[Key]map[Move]int64

// Add counts a move n times.
func (c Counts) Add(k Key, m Move, n int64) {
	of := c[k]
	if of == nil {
		of = map[Move]int64{}
		c[k] = of
	}
	if of[m] += n; of[m] == 0 {
		delete(of, m)
	}
}

// Count adds a client, n times, to the counts of months; who stays what it was
// is counted as a move, too.
func (c Counts) Count(h *History, first, last int32, n int64) {
	for dim, runs := range h.Runs {
		if len(runs) == 0 {
			continue
		}
		from := max(first, runs[0].From)
		was := h.At(dim, from-1)
		for m := from; m <= last; m++ {
			now := h.At(dim, m)
			if was != "" || now != "" {
				c.Add(Key{Words[dim], m}, Move{was, now}, n)
			}
			was = now
		}
	}
	if h.First == 0 {
		return
	}
	for m := max(first, h.First); m <= min(last, h.First+SentMost); m++ {
		if h.SentIn(m) {
			c.Add(Key{Sent, m}, Move{Month(h.First), Sent}, n)
		}
	}
}

// Pack writes the counts of one key down, always the same way.
func Pack(counts map[Move]int64) string {
	var b strings.Builder
	for i, m := range slices.SortedFunc(maps.Keys(counts), func(a, b Move) int {
		if n := strings.Compare(a.Was, b.Was); n != 0 {
			return n
		}
		return strings.Compare(a.Now, b.Now)
	}) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(m.Was + ">" + m.Now + "=" + strconv.FormatInt(counts[m], 10))
	}
	return b.String()
}

// Unpack adds counts that were packed to others.
func Unpack(text string, into map[Move]int64) error {
	if text == "" {
		return nil
	}
	for part := range strings.SplitSeq(text, ",") {
		move, number, ok := strings.Cut(part, "=")
		was, now, fine := strings.Cut(move, ">")
		n, err := strconv.ParseInt(number, 10, 64)
		if !ok || !fine || err != nil {
			return fmt.Errorf("counts %q: %q", text, part)
		}
		m := Move{was, now}
		if into[m] += n; into[m] == 0 {
			delete(into, m)
		}
	}
	return nil
}

// Ask is which moves are meant: those from one of some words to one of others;
// none of either stands for any. Where Only says something, those moves are.
type Ask struct {
	Was, Now []string
	Only     []Move
}

// Has says whether a move is meant.
func (a Ask) Has(m Move) bool {
	if len(a.Only) > 0 {
		return slices.Contains(a.Only, m)
	}
	return (len(a.Was) == 0 || slices.Contains(a.Was, m.Was)) && (len(a.Now) == 0 || slices.Contains(a.Now, m.Now))
}

// Of counts the moves that are meant.
func (a Ask) Of(counts map[Move]int64) (n int64) {
	for m, k := range counts {
		if a.Has(m) {
			n += k
		}
	}
	return n
}

// Meant says whether a client made such a move in a month.
func (a Ask) Meant(h *History, k Key) bool {
	if k.Dim == Sent {
		return h.SentIn(k.Month) && k.Month <= h.First+SentMost && a.Has(Move{Month(h.First), Sent})
	}
	dim := slices.Index(Words[:], k.Dim)
	if dim < 0 {
		return false
	}
	m := Move{h.At(dim, k.Month-1), h.At(dim, k.Month)}
	return (m.Was != "" || m.Now != "") && a.Has(m)
}
