package sheet

import (
	"encoding/binary"
	"testing"
	"unicode/utf16"
)

// ole makes an OLE file with these streams in its directory, all of them empty.
func ole(t testing.TB, names ...string) []byte {
	t.Helper()
	le := binary.LittleEndian
	raw := make([]byte, 3*512) // head, table of sectors, directory
	copy(raw, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	le.PutUint16(raw[24:], 0x3E)
	le.PutUint16(raw[26:], 3)
	le.PutUint16(raw[28:], 0xFFFE)
	le.PutUint16(raw[30:], 9)
	le.PutUint16(raw[32:], 6)
	le.PutUint32(raw[44:], 1)
	le.PutUint32(raw[48:], 1)
	le.PutUint32(raw[56:], 4096)
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
	le.PutUint32(raw[516:], 0xFFFFFFFE)
	for i, name := range append([]string{"Root Entry"}, names...) {
		e := raw[1024+128*i:]
		units := utf16.Encode([]rune(name))
		for j, u := range units {
			le.PutUint16(e[2*j:], u)
		}
		le.PutUint16(e[64:], uint16(2*len(units)+2))
		e[66] = 2
		if i == 0 {
			e[66] = 5
		}
		le.PutUint32(e[116:], 0xFFFFFFFE)
	}
	return raw
}
