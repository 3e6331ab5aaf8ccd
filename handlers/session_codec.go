package handlers

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/alexedwards/scs/v2"
)

// sessionCodec writes what a session keeps: numbers and texts by name. scs's
// own way, encoding/gob, builds a decoder anew for every request, which costs
// as much as a third of the list's rows do. It still reads what gob wrote, so
// that nobody is signed out by a new program.
type sessionCodec struct{ old scs.GobCodec }

// sessionMark begins what this codec wrote; gob begins with a length, which is
// never so large in one byte.
const sessionMark = 0xb1

// What follows a name.
const (
	sessionNumber = 'n'
	sessionText   = 't'
)

// Encode implements scs.Codec.
func (sessionCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	b := binary.AppendVarint([]byte{sessionMark}, deadline.UnixMilli())
	text := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	for _, name := range slices.Sorted(maps.Keys(values)) {
		text(name)
		switch v := values[name].(type) {
		case int64:
			b = binary.AppendVarint(append(b, sessionNumber), v)
		case string:
			b = append(b, sessionText)
			text(v)
		default:
			return nil, fmt.Errorf("a session keeps numbers and texts: %s is a %T", name, v)
		}
	}
	return b, nil
}

// Decode implements scs.Codec.
func (c sessionCodec) Decode(b []byte) (time.Time, map[string]any, error) {
	if len(b) == 0 || b[0] != sessionMark {
		return c.old.Decode(b)
	}
	r := sessionReader{rest: b[1:]}
	deadline, values := time.UnixMilli(r.number()), map[string]any{}
	for len(r.rest) > 0 && !r.bad {
		name := r.text()
		switch r.kind() {
		case sessionNumber:
			values[name] = r.number()
		case sessionText:
			values[name] = r.text()
		default:
			r.bad = true
		}
	}
	if r.bad {
		return time.Time{}, nil, errors.New("the data of a session are cut off")
	}
	return deadline, values, nil
}

// sessionReader takes values off the front; bad when one is not whole.
type sessionReader struct {
	rest []byte
	bad  bool
}

func (r *sessionReader) number() int64 {
	v, n := binary.Varint(r.rest)
	return v * r.step(n)
}

func (r *sessionReader) text() string {
	long, n := binary.Uvarint(r.rest)
	if r.step(n); r.bad || long > uint64(len(r.rest)) {
		r.bad = true
		return ""
	}
	s := string(r.rest[:long])
	r.rest = r.rest[long:]
	return s
}

func (r *sessionReader) kind() byte {
	if len(r.rest) == 0 {
		r.bad = true
		return 0
	}
	k := r.rest[0]
	r.rest = r.rest[1:]
	return k
}

// step goes on by n bytes; it returns 0, and notes it, when there are none.
func (r *sessionReader) step(n int) int64 {
	if n <= 0 || r.bad {
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[n:]
	return 1
}
