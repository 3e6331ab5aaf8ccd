package sheet

import (
	"encoding/binary"
	"fmt"
	"io"
	"unicode/utf16"
)

var le = binary.LittleEndian

// openOLE looks into the container that binary workbooks and workbooks with a
// password share with other documents.
func openOLE(r io.ReaderAt, size int64, opt Options) (format, error) {
	c, err := readCompound(r, size)
	if err != nil {
		return nil, err
	}
	switch {
	case c.has("EncryptedPackage"):
		return nil, ErrEncrypted
	case c.has("Workbook"):
		stream, err := c.stream("Workbook")
		if err != nil {
			return nil, err
		}
		return openBIFF(stream, opt)
	case c.has("Book"):
		return nil, fmt.Errorf("%w: a workbook of Excel 95 or before", ErrOldXLS)
	}
	return nil, ErrNotSheet
}

const (
	endOfChain = 0xFFFFFFFA // this and what is above names no sector
	maxStream  = 64 << 20
	miniCutoff = 4096
	miniSector = 64
)

// compound is an OLE file: streams cut into sectors, which a table chains.
type compound struct {
	r       io.ReaderAt
	size    int64
	sector  int64
	table   []uint32 // next sector, by sector
	mini    []uint32 // the same for the small sectors of small streams
	small   uint32   // first sector of the stream that holds the small ones
	smallN  int64
	entries map[string]entry
}

type entry struct {
	start uint32
	size  int64
}

func readCompound(r io.ReaderAt, size int64) (*compound, error) {
	head := make([]byte, 512)
	if _, err := r.ReadAt(head, 0); err != nil {
		return nil, fmt.Errorf("%w: no room for a head", ErrTruncated)
	}
	shift := le.Uint16(head[30:])
	if shift != 9 && shift != 12 {
		return nil, fmt.Errorf("%w: sectors of no known size", ErrDamaged)
	}
	c := &compound{r: r, size: size, sector: 1 << shift, entries: map[string]entry{}}

	// The table's own sectors: 109 are named in the head, more in a chain.
	var own []uint32
	for i := range 109 {
		own = append(own, le.Uint32(head[76+4*i:]))
	}
	most := int(size/c.sector) + 1
	for at, n := le.Uint32(head[68:]), 0; at < endOfChain; n++ {
		if n > most {
			return nil, fmt.Errorf("%w: a chain that bites its tail", ErrDamaged)
		}
		b, err := c.read(at)
		if err != nil {
			return nil, err
		}
		last := len(b) - 4
		for i := 0; i < last; i += 4 {
			own = append(own, le.Uint32(b[i:]))
		}
		at = le.Uint32(b[last:])
	}
	for _, at := range own {
		if at >= endOfChain {
			continue
		}
		if len(c.table) > most {
			break
		}
		b, err := c.read(at)
		if err != nil {
			return nil, err
		}
		for i := 0; i < len(b); i += 4 {
			c.table = append(c.table, le.Uint32(b[i:]))
		}
	}
	directory, err := c.chain(le.Uint32(head[48:]), 8<<20)
	if err != nil {
		return nil, err
	}
	minis, err := c.chain(le.Uint32(head[60:]), 8<<20)
	if err != nil {
		return nil, err
	}
	for i := 0; i+4 <= len(minis); i += 4 {
		c.mini = append(c.mini, le.Uint32(minis[i:]))
	}
	for b := directory; len(b) >= 128; b = b[128:] {
		n := int(le.Uint16(b[64:]))
		if n < 2 || n > 64 {
			continue
		}
		units := make([]uint16, 0, 32)
		for i := 0; i+2 < n; i += 2 {
			units = append(units, le.Uint16(b[i:]))
		}
		e := entry{le.Uint32(b[116:]), int64(le.Uint32(b[120:]))}
		switch b[66] {
		case 5:
			c.small, c.smallN = e.start, e.size
		case 2:
			c.entries[string(utf16.Decode(units))] = e
		}
	}
	return c, nil
}

func (c *compound) has(name string) bool { _, ok := c.entries[name]; return ok }

// read gives a sector; the last of a file may be short.
func (c *compound) read(n uint32) ([]byte, error) {
	b := make([]byte, c.sector)
	at := (int64(n) + 1) * c.sector
	if at >= c.size {
		return nil, fmt.Errorf("%w: a sector is missing", ErrTruncated)
	}
	if _, err := c.r.ReadAt(b, at); err != nil && err != io.EOF {
		return nil, err
	}
	return b, nil
}

// chain reads a stream until its chain ends or as much as asked is there; a chain
// that bites its tail stops at the size of the file.
func (c *compound) chain(at uint32, most int64) ([]byte, error) {
	var out []byte
	for at < endOfChain && int64(len(out)) < min(most, c.size) {
		b, err := c.read(at)
		if err != nil {
			return nil, err
		}
		out = append(out, b...)
		if int64(at) >= int64(len(c.table)) {
			return nil, fmt.Errorf("%w: a sector without a successor", ErrDamaged)
		}
		at = c.table[at]
	}
	return out, nil
}

func (c *compound) stream(name string) ([]byte, error) {
	e := c.entries[name]
	if e.size > maxStream {
		return nil, fmt.Errorf("%w: a binary workbook of %d bytes", ErrTooBig, e.size)
	}
	if e.size >= miniCutoff {
		b, err := c.chain(e.start, e.size)
		if err != nil {
			return nil, err
		}
		if int64(len(b)) < e.size {
			return nil, fmt.Errorf("%w: a stream that is too short", ErrTruncated)
		}
		return b[:e.size], nil
	}
	holder, err := c.chain(c.small, min(c.smallN, maxStream))
	if err != nil {
		return nil, err
	}
	var out []byte
	for at := e.start; int64(len(out)) < e.size; {
		if int64(at) >= int64(len(c.mini)) || (int64(at)+1)*miniSector > int64(len(holder)) {
			return nil, fmt.Errorf("%w: a small sector is missing", ErrTruncated)
		}
		out = append(out, holder[int64(at)*miniSector:][:miniSector]...)
		at = c.mini[at]
	}
	return out[:e.size], nil
}
