package db

import (
	"hash/maphash"
	"unicode/utf8"
)

// gramText writes grams into one text, each once. It is what a file has some
// hundred of, so that a map or a sort of them would be half of the work on a
// file.
type gramText struct {
	text  []byte
	seen  []gramSpan // by hash, a power of two of them; open addressing
	count int
}

// gramSpan is where a gram stands in the text; an empty one is none.
type gramSpan struct{ from, to int32 }

var gramSeed = maphash.MakeSeed()

func newGramText(room int) *gramText {
	return &gramText{text: make([]byte, 0, room), seen: make([]gramSpan, 256)}
}

func (t *gramText) add(kind rune, piece string) {
	was := len(t.text)
	if was > 0 {
		t.text = append(t.text, ' ')
	}
	from := len(t.text)
	t.text = utf8.AppendRune(t.text, kind)
	t.text = append(t.text, piece...)
	if !t.note(gramSpan{int32(from), int32(len(t.text))}) {
		t.text = t.text[:was]
		return
	}
	if t.count++; t.count*2 > len(t.seen) {
		old := t.seen
		t.seen = make([]gramSpan, 2*len(old))
		for _, s := range old {
			if s.to > 0 {
				t.note(s)
			}
		}
	}
}

// note keeps a gram; false when the same one stands there already.
func (t *gramText) note(s gramSpan) bool {
	mask := uint64(len(t.seen) - 1)
	for i := maphash.Bytes(gramSeed, t.text[s.from:s.to]) & mask; ; i = (i + 1) & mask {
		switch at := t.seen[i]; {
		case at.to == 0:
			t.seen[i] = s
			return true
		case string(t.text[at.from:at.to]) == string(t.text[s.from:s.to]):
			return false
		}
	}
}
