package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode"
)

// The log is for whoever keeps the program running, and may be sent to somebody
// who helps: no name, number or address of anybody stands in it. Our own words
// are constants; what comes from outside, in errors for the most part, is
// cleaned here, in one place.

// personal finds what could be somebody's in a value of the log: Chinese text,
// addresses of mail, what stands in quotation marks, runs of digits.
var personal = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|[\p{Han}][\p{Han}·（）()0-9A-Za-z]*|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\d[\d -]*\d`)

// schemaName is a name of the schema, which PostgreSQL puts into quotation marks.
var schemaName = regexp.MustCompile(`^"[a-z]+(_[a-z0-9]+)+"$`)

var dayText = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}( \d{2})?$`)

// cleaned is a text without what could be somebody's. Ids, which have 18 digits
// or more, days and short numbers stay.
func cleaned(s string) string {
	return personal.ReplaceAllStringFunc(s, func(found string) string {
		switch {
		case found[0] == '"':
			if schemaName.MatchString(found) {
				return found
			}
			return `"…"`
		case found[0] >= '0' && found[0] <= '9' && !strings.Contains(found, "@"):
			n := 0
			for _, c := range found {
				if unicode.IsDigit(c) {
					n++
				}
			}
			if n < 7 || n > 17 && n == len(found) || dayText.MatchString(found) { // two numbers beside each other are no id
				return found
			}
		}
		return "…"
	})
}

// clean wraps a handler of the log.
type clean struct{ slog.Handler }

func (c clean) Handle(ctx context.Context, r slog.Record) error {
	out := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		out.AddAttrs(cleanAttr(a))
		return true
	})
	return c.Handler.Handle(ctx, out)
}

func (c clean) WithAttrs(list []slog.Attr) slog.Handler {
	for i := range list {
		list[i] = cleanAttr(list[i])
	}
	return clean{c.Handler.WithAttrs(list)}
}

func (c clean) WithGroup(name string) slog.Handler { return clean{c.Handler.WithGroup(name)} }

func cleanAttr(a slog.Attr) slog.Attr {
	switch v := a.Value.Resolve(); v.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(cleaned(v.String()))
	case slog.KindAny:
		a.Value = slog.StringValue(cleaned(fmt.Sprint(v.Any())))
	case slog.KindGroup:
		list := v.Group()
		for i := range list {
			list[i] = cleanAttr(list[i])
		}
		a.Value = slog.GroupValue(list...)
	default: // numbers, times
		a.Value = v
	}
	return a
}

// newLog returns the log of a process that serves: warnings on the console, or
// everything where that is asked for, and everything as JSON in a file of the
// data folder and in memory.
func newLog(console io.Writer, verbose bool, file io.Writer, last *lastFaults) *slog.Logger {
	level := slog.LevelWarn
	if verbose {
		level = slog.LevelInfo
	}
	list := []slog.Handler{slog.NewTextHandler(console, &slog.HandlerOptions{Level: level}), slog.NewJSONHandler(last, &slog.HandlerOptions{Level: slog.LevelWarn})}
	if file != nil {
		list = append(list, slog.NewJSONHandler(file, &slog.HandlerOptions{Level: slog.LevelInfo}))
	}
	return slog.New(clean{slog.NewMultiHandler(list...)})
}

// lastFaults keeps the newest warnings and errors, as lines of JSON.
type lastFaults struct {
	mu    sync.Mutex
	lines []string
	all   int64
}

const mostFaults = 200

func (f *lastFaults) Write(line []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all++
	if f.lines = append(f.lines, string(line)); len(f.lines) > mostFaults {
		f.lines = append([]string(nil), f.lines[len(f.lines)-mostFaults:]...)
	}
	return len(line), nil
}

// text returns them, the oldest first, and how many there were since the start.
func (f *lastFaults) text() (string, int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.lines, ""), f.all
}

const (
	logSize  = 5 << 20 // bytes of one file
	logFiles = 5       // that are kept, with the one that is written
)

// logFile writes a file and begins a new one when it is full: yike.log, then
// yike.1.log, which is the one before.
type logFile struct {
	mu   sync.Mutex
	path string
	f    *os.File
	size int64
	most int64
}

// openLog opens the log of a data folder.
func openLog(data string) (*logFile, error) {
	dir := filepath.Join(data, "log")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	l := &logFile{path: filepath.Join(dir, "yike.log"), most: logSize}
	return l, l.open()
}

func (l *logFile) open() (err error) {
	if l.f, err = os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	info, err := l.f.Stat()
	if err == nil {
		l.size = info.Size()
	}
	return err
}

// name is that of the nth file before.
func (l *logFile) name(n int) string {
	if n == 0 {
		return l.path
	}
	return fmt.Sprintf("%s.%d.log", strings.TrimSuffix(l.path, ".log"), n)
}

// Write writes a line. A log that cannot be written stops nothing.
func (l *logFile) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.size+int64(len(line)) > l.most {
		l.turn()
	}
	if l.f == nil && l.open() != nil {
		return len(line), nil
	}
	n, err := l.f.Write(line)
	l.size += int64(n)
	return n, err
}

func (l *logFile) turn() {
	_ = l.f.Close()
	l.f, l.size = nil, 0
	for n := logFiles - 1; n > 0; n-- {
		_ = os.Rename(l.name(n-1), l.name(n)) // over the oldest
	}
	if err := l.open(); err != nil {
		l.f = nil
	}
}

// Close closes the file.
func (l *logFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f == nil {
		return nil
	}
	err := l.f.Close()
	l.f = nil
	return err
}

// logTo gives a process that serves its log, until the function is called.
func (c *call) logTo(verbose bool) (done func()) {
	c.cfg.last = new(lastFaults)
	file, err := openLog(c.cfg.Data)
	if err != nil { // said by what writes the data, in a sentence of its own
		c.cfg.Log = newLog(c.err, verbose, nil, c.cfg.last)
		return func() {}
	}
	c.cfg.Log = newLog(c.err, verbose, file, c.cfg.last)
	return func() {
		if err := file.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			_, _ = fmt.Fprintln(c.err, err)
		}
	}
}

// logged is a moment as the log writes it.
func logged(t time.Time) string { return t.UTC().Format(time.RFC3339) }
