package db

import (
	"strconv"
	"sync"
	"time"
)

// Ids are 64-bit and time-ordered: 41 bits of milliseconds since 2024-01-01
// UTC, 12 bits of node, 10 bits of sequence. The node is drawn at set-up, so
// that a branch's own file can later be merged into the company's; of several
// processes on one database each has its own, from there on (writer.go).
const (
	idEpoch    = 1704067200000 // 2024-01-01T00:00:00Z in unix milliseconds
	idNodeBits = 12
	idSeqBits  = 10
	idSeqMax   = 1<<idSeqBits - 1
)

// ids hands out ids that only ever grow, also when the clock is set back.
type ids struct {
	mu   sync.Mutex
	node int64
	ms   int64
	seq  int64
}

// above makes every later id larger than id.
func (g *ids) above(id int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if ms := id >> (idNodeBits + idSeqBits); ms >= g.ms {
		g.ms, g.seq = ms, idSeqMax
	}
}

// of makes every later id one of a node.
func (g *ids) of(node int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.node = node
}

// next returns a new id for the instant now.
func (g *ids) next(now time.Time) int64 { return g.nextMilli(now.UnixMilli()) }

// nextMilli is next for an instant in unix milliseconds.
func (g *ids) nextMilli(at int64) int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	ms := at - idEpoch
	switch {
	case ms > g.ms:
		g.ms, g.seq = ms, 0
	case g.seq < idSeqMax:
		g.seq++
	default:
		// More than 1,024 in one millisecond, or the clock stands behind:
		// borrow from the next millisecond rather than wait or repeat.
		g.ms, g.seq = g.ms+1, 0
	}
	return g.ms<<(idNodeBits+idSeqBits) | g.node<<idSeqBits | g.seq
}

// block sets n ids aside that nobody else is given; what is between the first
// and the last is theirs alone, as long as no other node writes to the same
// file.
func (g *ids) block(now time.Time, n int64) idBlock {
	g.mu.Lock()
	defer g.mu.Unlock()
	ms := max(now.UnixMilli()-idEpoch, g.ms+1)
	b := idBlock{From: ms<<(idNodeBits+idSeqBits) | g.node<<idSeqBits}
	b.To = b.at(max(n, 1) - 1)
	g.ms, g.seq = b.To>>(idNodeBits+idSeqBits), idSeqMax
	return b
}

// at returns the id at a position of a block, from 0.
func (b idBlock) at(i int64) int64 {
	return b.From + (i>>idSeqBits)<<(idNodeBits+idSeqBits) + i&idSeqMax
}

// ParseID reads an id as it stands in a URL or a form; 0 when it is none.
func ParseID(s string) int64 {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}
