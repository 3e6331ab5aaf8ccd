package intake

import "math/bits"

// numbers is which row had a number, for millions of them: 14 bytes an entry
// and nothing that the garbage collector must follow. It grows a segment at a
// time, so that it never stands in memory twice.
type numbers struct{ segments [256]segment }

// segment is a table with open addressing. A row of 0 is a free place.
type segment struct {
	n    int
	keys []uint64 // 56 bits of the mixed number, 8 of what the row said
	said []uint16 // 16 more of it
	rows []uint32
}

// mix is one to one, so that two numbers never share a key: what the segment
// does not say of it the 56 bits do.
func mix(n uint64) uint64 {
	n ^= n >> 32
	n *= 0x9e3779b97f4a7c15
	n ^= n >> 29
	n *= 0xbf58476d1ce4e5b9
	return n ^ n>>32
}

// find returns the place of a key, or the free one where it belongs.
func (s *segment) find(key uint64) int {
	i, _ := bits.Mul64(key, uint64(len(s.keys)))
	for s.rows[i] != 0 && s.keys[i]>>8 != key>>8 {
		if i++; i == uint64(len(s.keys)) {
			i = 0
		}
	}
	return int(i) //nolint:gosec // below the length of a slice
}

// place is the segment of a number and its key there, with 8 bits of 0.
func (t *numbers) place(number uint64) (*segment, uint64) {
	m := mix(number)
	return &t.segments[m>>56], m << 8
}

func (t *numbers) get(number uint64) (seen, bool) {
	s, key := t.place(number)
	if s.n == 0 {
		return seen{}, false
	}
	i := s.find(key)
	if s.rows[i] == 0 {
		return seen{}, false
	}
	return seen{s.rows[i], uint32(s.said[i])<<8 | uint32(s.keys[i]&0xff)}, true
}

func (t *numbers) set(number uint64, v seen) {
	s, key := t.place(number)
	if s.n >= len(s.keys)*7/8 {
		s.grow()
	}
	i := s.find(key)
	if s.rows[i] == 0 {
		s.n++
	}
	s.keys[i], s.said[i], s.rows[i] = key|uint64(v.said&0xff), uint16(v.said>>8), v.row //nolint:gosec // of 24 bits
}

func (s *segment) grow() {
	was := *s
	size := max(64, len(was.keys)*5/4)
	s.keys, s.said, s.rows = make([]uint64, size), make([]uint16, size), make([]uint32, size)
	for i, row := range was.rows {
		if row != 0 {
			to := s.find(was.keys[i])
			s.keys[to], s.said[to], s.rows[to] = was.keys[i], was.said[i], row
		}
	}
}
