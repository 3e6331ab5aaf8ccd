package sheet

import (
	"testing"
	"unicode/utf16"
)

// ole makes an OLE file with these streams in its directory, all of them empty.
func ole(t testing.TB, names ...string) []byte {
	t.Helper()
	streams := make([]stream, len(names))
	for i, n := range names {
		streams[i].name = n
	}
	return compoundOf(streams...)
}

type stream struct {
	name    string
	content []byte
}

// compoundOf makes an OLE file; streams are filled up to 4096 bytes, so that
// none of them is a small one.
func compoundOf(streams ...stream) []byte {
	raw := make([]byte, 2*512) // head and table of sectors; the directory follows
	copy(raw, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	le.PutUint16(raw[24:], 0x3E)
	le.PutUint16(raw[26:], 3)
	le.PutUint16(raw[28:], 0xFFFE)
	le.PutUint16(raw[30:], 9)
	le.PutUint16(raw[32:], 6)
	le.PutUint32(raw[44:], 1)
	le.PutUint32(raw[48:], 1)
	le.PutUint32(raw[56:], miniCutoff)
	le.PutUint32(raw[60:], 0xFFFFFFFE)
	le.PutUint32(raw[68:], 0xFFFFFFFE)
	for i := range 109 {
		le.PutUint32(raw[76+4*i:], 0xFFFFFFFF)
	}
	le.PutUint32(raw[76:], 0)
	for i := range 128 {
		le.PutUint32(raw[512+4*i:], 0xFFFFFFFF)
	}
	le.PutUint32(raw[512:], 0xFFFFFFFD)
	directory := make([]byte, 512)
	le.PutUint32(raw[516:], 0xFFFFFFFE)
	next := uint32(2)
	var bodies []byte
	for i, s := range append([]stream{{name: "Root Entry"}}, streams...) {
		e := directory[128*i:]
		units := utf16.Encode([]rune(s.name))
		for j, u := range units {
			le.PutUint16(e[2*j:], u)
		}
		le.PutUint16(e[64:], uint16(2*len(units)+2))
		e[66] = 2
		if i == 0 {
			e[66] = 5
		}
		le.PutUint32(e[116:], 0xFFFFFFFE)
		if len(s.content) == 0 {
			continue
		}
		body := append([]byte(nil), s.content...)
		body = append(body, make([]byte, max(miniCutoff-len(body), (512-len(body)%512)%512))...)
		le.PutUint32(e[116:], next)
		le.PutUint32(e[120:], uint32(len(body)))
		for range len(body) / 512 {
			le.PutUint32(raw[512+4*next:], next+1)
			next++
		}
		le.PutUint32(raw[512+4*(next-1):], 0xFFFFFFFE)
		bodies = append(bodies, body...)
	}
	return append(append(raw, directory...), bodies...)
}
