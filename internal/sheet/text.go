package sheet

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// source is a text file and the encoding it turned out to have.
type source struct {
	r        io.ReaderAt
	size     int64
	skip     int64 // of a byte order mark
	encoding string
}

// noText are beginnings of files that people pick by mistake.
var noText = []string{"%PDF", "\x89PNG", "\xFF\xD8\xFF", "GIF8", "Rar!", "7z\xBC\xAF", "\x1F\x8B", "BM", "SQLite format", "\x7FELF", "MZ", "ID3", "RIFF", "{\\rtf"}

func openText(r io.ReaderAt, size int64, head []byte, opt Options) (format, error) {
	for _, magic := range noText {
		if bytes.HasPrefix(head, []byte(magic)) {
			if (magic == "BM" || magic == "MZ") && bytes.IndexByte(head, 0) < 0 {
				continue // a heading may begin like that
			}
			return nil, ErrNotSheet
		}
	}
	src, err := detect(r, size, head)
	if err != nil {
		return nil, err
	}
	start := make([]byte, min(size, 64<<10))
	n, err := io.ReadFull(src.open(context.Background()), start)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	start = start[:n]
	if len(bytes.TrimSpace(start)) == 0 && size <= 64<<10 {
		return nil, ErrEmpty
	}
	if control(start) {
		return nil, ErrNotSheet
	}
	low := bytes.ToLower(bytes.TrimSpace(start))
	if bytes.HasPrefix(low, []byte("<")) {
		switch {
		case bytes.Contains(low, []byte("schemas-microsoft-com:office:spreadsheet")) && bytes.Contains(low, []byte("<workbook")):
			return nil, fmt.Errorf("%w: an XML spreadsheet of 2003", ErrOldXLS)
		case bytes.Contains(low, []byte("<table")), bytes.Contains(low, []byte("<html")):
			return openHTML(src, low, opt)
		}
		return nil, ErrNotSheet
	}
	if bytes.HasPrefix(low, []byte("mime-version:")) {
		return nil, fmt.Errorf("%w: a web archive", ErrOldXLS)
	}
	return openCSV(src, string(start), int64(len(start)) < size, opt)
}

// control reports bytes that no table of text holds.
func control(b []byte) bool {
	n := 0
	for _, c := range b {
		if c == 0 {
			return true
		}
		if c < 32 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1A {
			n++
		}
	}
	return n > 8 && n > len(b)/200
}

// detect decides the encoding: a byte order mark, else UTF-8 if the whole file
// is that, else GB18030. A file in which only few bytes among many Chinese
// characters are no UTF-8 is UTF-8 with damage.
func detect(r io.ReaderAt, size int64, head []byte) (source, error) {
	src := source{r: r, size: size, encoding: "UTF-8"}
	switch {
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		src.skip = 3
		return src, nil
	case bytes.HasPrefix(head, []byte("\xFF\xFE")):
		src.encoding = "UTF-16LE"
		return src, nil
	case bytes.HasPrefix(head, []byte("\xFE\xFF")):
		src.encoding = "UTF-16BE"
		return src, nil
	}
	good, bad := 0, 0
	buf := make([]byte, 64<<10)
	in, kept := io.NewSectionReader(r, 0, size), 0
	for {
		n, err := in.Read(buf[kept:])
		b := buf[:kept+n]
		for len(b) > 0 {
			if b[0] < utf8.RuneSelf {
				b = b[1:]
				continue
			}
			if !utf8.FullRune(b) && err == nil {
				break
			}
			c, w := utf8.DecodeRune(b)
			if c == utf8.RuneError && w == 1 {
				bad++
			} else {
				good++
			}
			b = b[w:]
		}
		kept = copy(buf, b)
		if err == io.EOF {
			break
		}
		if err != nil {
			return src, err
		}
	}
	if bad > 0 && good < 20*bad {
		src.encoding = "GB18030"
	}
	return src, nil
}

// open gives the text as UTF-8. What is no character in UTF-8 comes as it is;
// in the other encodings it comes as U+FFFD.
func (s source) open(ctx context.Context) io.Reader {
	raw := &watched{ctx: ctx, r: io.NewSectionReader(s.r, s.skip, s.size-s.skip), left: s.size + 1}
	var enc encoding.Encoding
	switch s.encoding {
	case "UTF-16LE":
		enc = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case "UTF-16BE":
		enc = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case "GB18030":
		enc = simplifiedchinese.GB18030
	default:
		return raw
	}
	return transform.NewReader(raw, enc.NewDecoder())
}

// unguard takes back the ' that keeps a spreadsheet from running a cell of a
// CSV file as a formula, and the one by which people keep digits text.
func unguard(s string) string {
	if len(s) < 2 || s[0] != '\'' {
		return s
	}
	if guarded(s[1]) || strings.Trim(s[1:], "0123456789") == "" {
		return s[1:]
	}
	return s
}

// guarded reports the first bytes that must not begin a cell of a CSV file. The
// sign itself is among them, so that unguard gives back what was written.
func guarded(c byte) bool {
	return c == '=' || c == '+' || c == '-' || c == '@' || c == '\t' || c == '\r' || c == '\''
}

// unwrap takes ="0571" as the 0571 that it was written to show.
func unwrap(s string) string {
	if len(s) >= 3 && s[0] == '=' && s[1] == '"' && s[len(s)-1] == '"' {
		if in := s[2 : len(s)-1]; !strings.Contains(strings.ReplaceAll(in, `""`, ""), `"`) {
			return strings.ReplaceAll(in, `""`, `"`)
		}
	}
	return unguard(s)
}
