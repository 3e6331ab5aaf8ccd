package sheet

import (
	"bytes"
	"encoding/binary"
	"io"
)

// openOLE looks into the list of contents of an OLE file: a workbook with a
// password, a binary workbook, or something else.
func openOLE(r io.ReaderAt, size int64, _ Options) (format, error) {
	names, err := oleNames(r, size)
	if err != nil {
		return nil, err
	}
	switch {
	case names["EncryptedPackage"]:
		return nil, ErrEncrypted
	case names["Workbook"], names["Book"]:
		return nil, ErrOldXLS
	}
	return nil, ErrNotSheet
}

// oleNames reads the directory by its chain of sectors.
func oleNames(r io.ReaderAt, size int64) (map[string]bool, error) {
	head := make([]byte, 512)
	if _, err := r.ReadAt(head, 0); err != nil {
		return nil, ErrTruncated
	}
	shift := binary.LittleEndian.Uint16(head[30:])
	if shift != 9 && shift != 12 {
		return nil, ErrDamaged
	}
	sector := int64(1) << shift
	le := binary.LittleEndian
	read := func(n uint32) ([]byte, error) {
		b := make([]byte, sector)
		if int64(n)+1 > size/sector+1 {
			return nil, ErrTruncated
		}
		if k, err := r.ReadAt(b, (int64(n)+1)*sector); err != nil && (err != io.EOF || k == 0) {
			return nil, ErrTruncated
		}
		return b, nil
	}
	next := func(n uint32) (uint32, error) { // by the table of sectors, of which the first 109 pieces are in the head
		per := uint32(sector / 4)
		piece := n / per
		if piece >= 109 {
			return 0xFFFFFFFE, nil
		}
		b, err := read(le.Uint32(head[76+4*piece:]))
		if err != nil {
			return 0, err
		}
		return le.Uint32(b[4*(n%per):]), nil
	}
	names := map[string]bool{}
	at := le.Uint32(head[48:])
	for range 256 {
		if at >= 0xFFFFFFFA {
			break
		}
		b, err := read(at)
		if err != nil {
			return nil, err
		}
		for ; len(b) >= 128; b = b[128:] {
			n := int(le.Uint16(b[64:]))
			if n < 2 || n > 64 || b[66] == 0 {
				continue
			}
			var name []byte
			for i := 0; i+2 < n; i += 2 {
				name = append(name, b[i])
			}
			names[string(bytes.TrimSpace(name))] = true
		}
		if at, err = next(at); err != nil {
			return nil, err
		}
	}
	return names, nil
}
