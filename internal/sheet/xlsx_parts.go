package sheet

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// checkZip refuses a cut-off zip and one whose list of contents would itself
// take the memory.
func checkZip(r io.ReaderAt, size int64) error {
	tail := make([]byte, min(size, 22+65535))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return err
	}
	at := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if at < 0 || len(tail)-at < 22 {
		return fmt.Errorf("%w: no list of contents", ErrTruncated)
	}
	rec := tail[at:]
	length, offset := int64(binary.LittleEndian.Uint32(rec[12:])), int64(binary.LittleEndian.Uint32(rec[16:]))
	end := size - int64(len(tail)) + int64(at)
	if length > maxDirectory || end-offset > maxDirectory {
		return fmt.Errorf("%w: a list of contents of %d bytes", ErrTooBig, max(length, end-offset))
	}
	return nil
}

// partName folds a name in a zip to what relations name: some writers use
// backslashes, capitals or a leading slash.
func partName(name string) string {
	name = strings.ToLower(strings.ReplaceAll(name, `\`, "/"))
	return strings.TrimPrefix(path.Clean("/"+name), "/")
}

func noEOF(err error) error {
	if err == io.EOF {
		return fmt.Errorf("%w: a part ends too early", ErrTruncated)
	}
	return err
}

func isContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// open streams a part. No part is believed about its size.
func (x *xlsx) open(ctx context.Context, f *zip.File) (io.Closer, *scanner, error) {
	if f.Flags&1 != 0 {
		return nil, nil, ErrEncrypted
	}
	if f.UncompressedSize64 > uint64(x.opt.MaxUnzipped) {
		return nil, nil, fmt.Errorf("%w: a part of %d bytes", ErrTooBig, f.UncompressedSize64)
	}
	rc, err := f.Open()
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %v", ErrDamaged, err)
	}
	s, err := newScanner(&watched{ctx: ctx, r: rc, left: x.opt.MaxUnzipped}, x.opt.MaxCell)
	if err != nil {
		rc.Close()
		return nil, nil, err
	}
	return rc, s, nil
}

// walk calls f with every start tag of a small part.
func (x *xlsx) walk(part *zip.File, f func(t tag) error) error {
	if part.UncompressedSize64 > 64<<20 {
		return fmt.Errorf("%w: a list of %d bytes", ErrTooBig, part.UncompressedSize64)
	}
	c, s, err := x.open(context.Background(), part)
	if err != nil {
		return err
	}
	defer c.Close()
	for {
		t, err := s.next(false)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f(t); err != nil {
			return err
		}
	}
}

type relation struct{ kind, target string }

// relations reads the relations of a part.
func (x *xlsx) relations(of string) (map[string]relation, error) {
	dir, base := path.Split(of)
	rels := map[string]relation{}
	part := x.parts[dir+"_rels/"+base+".rels"]
	if part == nil {
		return rels, nil
	}
	return rels, x.walk(part, func(t tag) error {
		if t.end || string(t.name) != "Relationship" || t.attr("TargetMode") == "External" {
			return nil
		}
		target := t.attr("Target")
		if !strings.HasPrefix(target, "/") && !strings.HasPrefix(target, `\`) {
			target = dir + target
		}
		if len(rels) > maxParts {
			return fmt.Errorf("%w: relations without end", ErrTooBig)
		}
		kind := t.attr("Type")
		rels[t.attr("Id")] = relation{kind[strings.LastIndexByte(kind, '/')+1:], partName(target)}
		return nil
	})
}
