package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// tag is a start or end tag. Its slices hold until the scanner moves on.
type tag struct {
	name  []byte // without its prefix
	attrs []byte
	end   bool // </name>
	empty bool // <name/>
}

// scanner is the part of XML that workbooks are made of, read in one pass over a
// window of fixed size. A document type, which is where entities come from, is
// refused, so there is nothing to expand and nothing outside to fetch.
type scanner struct {
	r    io.Reader
	buf  []byte
	pos  int // next byte to look at
	end  int // end of what was read
	eof  bool
	raw  []byte // collected text
	maxc int    // longest text, bytes
}

const (
	xmlWindow = 128 << 10
	maxTag    = 32 << 10
)

func newScanner(r io.Reader, maxCell int) (*scanner, error) {
	s := &scanner{r: r, buf: make([]byte, xmlWindow), maxc: maxCell}
	if err := s.fill(); err != nil && err != io.EOF {
		return nil, err
	}
	switch b := s.buf[:s.end]; {
	case bytes.HasPrefix(b, []byte("\xEF\xBB\xBF")):
		s.pos = 3
	case bytes.HasPrefix(b, []byte("\xFF\xFE")), bytes.HasPrefix(b, []byte("\xFE\xFF")):
		all := io.MultiReader(bytes.NewReader(bytes.Clone(b)), r)
		s.r = transform.NewReader(all, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
		s.end, s.eof = 0, false
	}
	return s, nil
}

// fill reads more, keeping what stands from pos on. io.EOF means no more.
func (s *scanner) fill() error {
	if s.eof {
		return io.EOF
	}
	if s.pos > 0 {
		s.end = copy(s.buf, s.buf[s.pos:s.end])
		s.pos = 0
	}
	if s.end == len(s.buf) {
		return fmt.Errorf("%w: a tag without end", ErrDamaged)
	}
	for range 100 {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		if err == io.EOF {
			s.eof = true
			if n > 0 {
				return nil
			}
			return io.EOF
		}
		if err != nil {
			return readError(err)
		}
		if n > 0 {
			return nil
		}
	}
	return io.ErrNoProgress
}

// readError gives what a reader of a zip part says one of our names.
func readError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: a part breaks off", ErrTruncated)
	}
	var own bool
	for _, e := range []error{ErrTooBig, ErrTruncated, ErrDamaged} {
		own = own || errors.Is(err, e)
	}
	if own || isContext(err) {
		return err
	}
	return fmt.Errorf("%w: %v", ErrDamaged, err)
}

// need makes n bytes visible from pos on, if there are as many.
func (s *scanner) need(n int) (bool, error) {
	for s.end-s.pos < n {
		if err := s.fill(); err == io.EOF {
			return false, nil
		} else if err != nil {
			return false, err
		}
	}
	return true, nil
}

// skipPast moves behind the next occurrence of mark, dropping what is before.
func (s *scanner) skipPast(mark string) error {
	m := []byte(mark)
	for {
		if i := bytes.Index(s.buf[s.pos:s.end], m); i >= 0 {
			s.pos += i + len(m)
			return nil
		}
		s.pos = max(s.pos, s.end-len(m)+1)
		if err := s.fill(); err != nil {
			return err
		}
	}
}

// next moves to the next tag. With keep, the text before it is appended to
// s.raw as it stands; else it is dropped. io.EOF at the end of the part.
func (s *scanner) next(keep bool) (tag, error) {
	for {
		i := bytes.IndexByte(s.buf[s.pos:s.end], '<')
		stop := s.end
		if i >= 0 {
			stop = s.pos + i
		}
		if keep && stop > s.pos {
			s.raw = append(s.raw, s.buf[s.pos:stop]...)
			if len(s.raw) > 8*s.maxc { // &#26477; is eight bytes for three
				return tag{}, fmt.Errorf("%w: a value of more than %d bytes", ErrTooBig, s.maxc)
			}
		}
		s.pos = stop
		if i < 0 {
			if err := s.fill(); err != nil {
				return tag{}, err
			}
			continue
		}
		if ok, err := s.need(2); err != nil {
			return tag{}, err
		} else if !ok {
			return tag{}, io.EOF
		}
		switch s.buf[s.pos+1] {
		case '?':
			if err := s.skipPast("?>"); err != nil {
				return tag{}, err
			}
			continue
		case '!':
			if err := s.special(keep); err != nil {
				return tag{}, err
			}
			continue
		}
		return s.tag()
	}
}

// special is a comment or a character section; nothing else begins with <!.
func (s *scanner) special(keep bool) error {
	if ok, err := s.need(4); err != nil {
		return err
	} else if ok && string(s.buf[s.pos:s.pos+4]) == "<!--" {
		s.pos += 4
		return s.skipPast("-->")
	}
	if ok, err := s.need(9); err != nil {
		return err
	} else if !ok || string(s.buf[s.pos:s.pos+9]) != "<![CDATA[" {
		return fmt.Errorf("%w: a document type or entity", ErrDamaged)
	}
	s.pos += 9
	for {
		i := bytes.Index(s.buf[s.pos:s.end], []byte("]]>"))
		stop := max(s.pos, s.end-2)
		if i >= 0 {
			stop = s.pos + i
		}
		if keep {
			for _, b := range s.buf[s.pos:stop] {
				if b == '&' { // so that unescape gives it back
					s.raw = append(s.raw, "&amp;"...)
				} else {
					s.raw = append(s.raw, b)
				}
			}
			if len(s.raw) > 8*s.maxc {
				return fmt.Errorf("%w: a value of more than %d bytes", ErrTooBig, s.maxc)
			}
		}
		s.pos = stop
		if i >= 0 {
			s.pos += 3
			return nil
		}
		if err := s.fill(); err != nil {
			return err
		}
	}
}

// tag reads the tag that begins at pos.
func (s *scanner) tag() (tag, error) {
	at := 1
	for {
		b := s.buf[s.pos:s.end]
		for at < len(b) {
			switch c := b[at]; c {
			case '>':
				t := cut(b[1:at])
				s.pos += at + 1
				return t, nil
			case '"', '\'':
				n := bytes.IndexByte(b[at+1:], c)
				if n < 0 {
					goto more
				}
				at += n + 2
			case '<':
				return tag{}, fmt.Errorf("%w: a tag within a tag", ErrDamaged)
			default:
				at++
			}
		}
	more:
		if len(b) > maxTag {
			return tag{}, fmt.Errorf("%w: a tag without end", ErrDamaged)
		}
		if err := s.fill(); err != nil {
			return tag{}, err
		}
	}
}

func cut(b []byte) (t tag) {
	if len(b) > 0 && b[0] == '/' {
		t.end = true
		b = b[1:]
	}
	if len(b) > 0 && b[len(b)-1] == '/' {
		t.empty = true
		b = b[:len(b)-1]
	}
	n := 0
	for n < len(b) && !space(b[n]) {
		n++
	}
	t.name, t.attrs = b[:n], b[n:]
	if i := bytes.IndexByte(t.name, ':'); i >= 0 {
		t.name = t.name[i+1:]
	}
	return t
}

func space(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// each calls f with every attribute, names without their prefix, values as they
// stand.
func (t tag) each(f func(name, value []byte)) {
	b := t.attrs
	for {
		for len(b) > 0 && space(b[0]) {
			b = b[1:]
		}
		eq := bytes.IndexByte(b, '=')
		if eq < 0 {
			return
		}
		name := b[:eq]
		for len(name) > 0 && space(name[len(name)-1]) {
			name = name[:len(name)-1]
		}
		b = b[eq+1:]
		for len(b) > 0 && space(b[0]) {
			b = b[1:]
		}
		if len(b) == 0 || b[0] != '"' && b[0] != '\'' {
			return
		}
		end := bytes.IndexByte(b[1:], b[0])
		if end < 0 {
			return
		}
		if i := bytes.IndexByte(name, ':'); i >= 0 {
			name = name[i+1:]
		}
		f(name, b[1:end+1])
		b = b[end+2:]
	}
}

// attr gives one attribute as text, or "".
func (t tag) attr(name string) (v string) {
	t.each(func(n, val []byte) {
		if string(n) == name {
			v = string(unescape(nil, val))
		}
	})
	return v
}

// unescape appends src to dst with entities resolved, line ends as \n, and what
// is no UTF-8 as U+FFFD.
func unescape(dst, src []byte) []byte {
	if !utf8.Valid(src) {
		src = bytes.ToValidUTF8(src, []byte("\uFFFD"))
	}
	for i := 0; i < len(src); {
		c := src[i]
		switch c {
		case '\r':
			if i+1 >= len(src) || src[i+1] != '\n' {
				dst = append(dst, '\n')
			}
			i++
		case '&':
			r, n := entity(src[i:])
			if n == 0 {
				dst = append(dst, '&')
				i++
				break
			}
			dst = utf8.AppendRune(dst, r)
			i += n
		default:
			j := i + 1
			for j < len(src) && src[j] != '&' && src[j] != '\r' {
				j++
			}
			dst = append(dst, src[i:j]...)
			i = j
		}
	}
	return dst
}

// entity reads &name; or &#n; and tells its length, 0 if it is none.
func entity(b []byte) (rune, int) {
	end := bytes.IndexByte(b[:min(len(b), 12)], ';')
	if end < 2 {
		return 0, 0
	}
	name := b[1:end]
	if name[0] != '#' {
		switch string(name) {
		case "amp":
			return '&', end + 1
		case "lt":
			return '<', end + 1
		case "gt":
			return '>', end + 1
		case "quot":
			return '"', end + 1
		case "apos":
			return '\'', end + 1
		}
		return 0, 0
	}
	base, digits := rune(10), name[1:]
	if len(digits) > 0 && (digits[0] == 'x' || digits[0] == 'X') {
		base, digits = 16, digits[1:]
	}
	if len(digits) == 0 {
		return 0, 0
	}
	r := rune(0)
	for _, c := range digits {
		d := hexDigit(c)
		if d < 0 || d >= base {
			return 0, 0
		}
		if r = r*base + d; r > utf8.MaxRune {
			return utf8.RuneError, end + 1
		}
	}
	if r == 0 || !utf8.ValidRune(r) {
		r = utf8.RuneError
	}
	return r, end + 1
}

func hexDigit(c byte) rune {
	switch {
	case c >= '0' && c <= '9':
		return rune(c - '0')
	case c >= 'a' && c <= 'f':
		return rune(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return rune(c-'A') + 10
	}
	return -1
}

// unexcel resolves _x000D_, by which Excel writes characters that XML cannot
// hold, in place.
func unexcel(b []byte) []byte {
	if !bytes.Contains(b, []byte("_x")) {
		return b
	}
	out := b[:0:0]
	for i := 0; i < len(b); {
		if b[i] == '_' && i+6 < len(b) && b[i+1] == 'x' && b[i+6] == '_' {
			r := rune(0)
			for _, c := range b[i+2 : i+6] {
				d := hexDigit(c)
				if d < 0 {
					r = -1
					break
				}
				r = r*16 + d
			}
			if r >= 0 && utf8.ValidRune(r) {
				if r != '\r' && r != 0 {
					out = utf8.AppendRune(out, r)
				} else if r == '\r' && !(i+7 < len(b) && b[i+7] == '\n') {
					out = append(out, '\n')
				}
				i += 7
				continue
			}
		}
		out = append(out, b[i])
		i++
	}
	return out
}
