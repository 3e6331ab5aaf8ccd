package sheet

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"unicode/utf8"
)

// readShared reads the table of shared texts, once.
func (x *xlsx) readShared(ctx context.Context) error {
	if x.sstRead || x.sstPart == nil {
		return nil
	}
	c, s, err := x.open(ctx, x.sstPart)
	if err != nil {
		return err
	}
	defer c.Close()
	var (
		table   []string
		chunk   []byte // texts gathered, to be cut from one string
		ends    []int
		total   int64
		inside  bool // <si>
		scratch []byte
	)
	flush := func() {
		all, from := string(chunk), 0
		for _, to := range ends {
			table = append(table, all[from:to])
			from = to
		}
		chunk, ends = chunk[:0], ends[:0]
	}
	for {
		t, err := s.next(false)
		if err == io.EOF {
			return fmt.Errorf("%w: the texts end too early", ErrTruncated)
		}
		if err != nil {
			return err
		}
		switch name := string(t.name); {
		case name == "sst" && (t.end || t.empty):
			flush()
			x.shared, x.sstRead = table, true
			return nil
		case name == "si":
			if t.end || t.empty {
				ends = append(ends, len(chunk))
				if len(table)+len(ends) > maxStrings {
					return fmt.Errorf("%w: more than %d shared texts", ErrTooBig, maxStrings)
				}
				if len(chunk) > 64<<10 {
					flush()
				}
			}
			inside = !t.end && !t.empty
		case inside && name == "t":
			before := len(chunk)
			if scratch, err = s.content(t, scratch[:0]); err != nil {
				return noEOF(err)
			}
			chunk = append(chunk, scratch...)
			if total += int64(len(chunk)-before) + 16; total > x.opt.MaxShared {
				return fmt.Errorf("%w: more than %d bytes of shared texts", ErrTooBig, x.opt.MaxShared)
			}
			if n := len(chunk); n-lastEnd(ends) > x.opt.MaxCell {
				return fmt.Errorf("%w: a value of more than %d bytes", ErrTooBig, x.opt.MaxCell)
			}
		case inside && name == "rPh" && !t.end && !t.empty:
			if err := s.skipElement("rPh"); err != nil {
				return noEOF(err)
			}
		}
	}
}

func lastEnd(ends []int) int {
	if len(ends) == 0 {
		return 0
	}
	return ends[len(ends)-1]
}

// skipElement moves behind the end of the element just begun.
func (s *scanner) skipElement(name string) error {
	depth := 1
	for depth > 0 {
		t, err := s.next(false)
		if err != nil {
			return err
		}
		if string(t.name) == name {
			if t.end {
				depth--
			} else if !t.empty {
				depth++
			}
		}
	}
	return nil
}

// content appends the text of the element just begun, <t> or <v>, to dst.
func (s *scanner) content(t tag, dst []byte) ([]byte, error) {
	if t.empty || t.end {
		return dst, nil
	}
	// Nearly always text and end tag are in the window, and nothing between.
	b := s.buf[s.pos:s.end]
	if i := bytes.IndexByte(b, '<'); i >= 0 && i+1 < len(b) && b[i+1] == '/' {
		if j := bytes.IndexByte(b[i:], '>'); j >= 0 {
			s.pos += i + j + 1
			return resolve(dst, b[:i]), nil
		}
	}
	s.raw = s.raw[:0]
	depth := 1
	for depth > 0 {
		in, err := s.next(true)
		if err != nil {
			return dst, err
		}
		if in.end {
			depth--
		} else if !in.empty {
			if depth++; depth > 64 {
				return dst, fmt.Errorf("%w: elements without end", ErrDamaged)
			}
		}
	}
	return resolve(dst, s.raw), nil
}

// resolve is unescape, quick where there is nothing to do.
func resolve(dst, raw []byte) []byte {
	if bytes.IndexByte(raw, '&') < 0 && bytes.IndexByte(raw, '\r') < 0 && utf8.Valid(raw) {
		return append(dst, raw...)
	}
	return unescape(dst, raw)
}
