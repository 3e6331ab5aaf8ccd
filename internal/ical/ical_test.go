package ical_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"yike/internal/ical"
)

// property is a content line of RFC 5545, 3.1: its name, its parameters and its
// value as it stands.
type property struct {
	name   string
	params map[string]string
	value  string
}

// component is BEGIN to END.
type component struct {
	name  string
	props []property
	below []component
}

func (c component) get(name string) property {
	for _, p := range c.props {
		if p.name == name {
			return p
		}
	}
	return property{}
}

// parse reads a calendar by the letter of RFC 5545: lines end in CRLF and have
// 75 octets at most, folded ones go on after one blank, each character is whole,
// names are of the grammar, components are closed in order.
func parse(text string) (component, error) {
	if !strings.HasSuffix(text, "\r\n") || !utf8.ValidString(text) {
		return component{}, fmt.Errorf("no CRLF at the end, or no UTF-8")
	}
	var lines []string
	for i, l := range strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		switch {
		case strings.ContainsAny(l, "\r\n"):
			return component{}, fmt.Errorf("line %d: a bare CR or LF", i+1)
		case len(l) > 75:
			return component{}, fmt.Errorf("line %d: %d octets", i+1, len(l))
		case l == "", !utf8.ValidString(l):
			return component{}, fmt.Errorf("line %d: empty, or a broken character", i+1)
		case l[0] == ' ' && len(lines) > 0:
			lines[len(lines)-1] += l[1:]
		default:
			lines = append(lines, l)
		}
	}
	var open []component
	for i, l := range lines {
		p, err := content(l)
		if err != nil {
			return component{}, fmt.Errorf("line %d: %w", i+1, err)
		}
		switch p.name {
		case "BEGIN":
			open = append(open, component{name: p.value})
		case "END":
			last := open[len(open)-1]
			if last.name != p.value {
				return component{}, fmt.Errorf("%s ends as %s", last.name, p.value)
			}
			if open = open[:len(open)-1]; len(open) == 0 {
				if i != len(lines)-1 {
					return component{}, fmt.Errorf("more after the calendar")
				}
				return last, nil
			}
			open[len(open)-1].below = append(open[len(open)-1].below, last)
		default:
			if len(open) == 0 {
				return component{}, fmt.Errorf("%s outside the calendar", p.name)
			}
			open[len(open)-1].props = append(open[len(open)-1].props, p)
		}
	}
	return component{}, fmt.Errorf("the calendar does not end")
}

func content(l string) (property, error) {
	head, value, ok := strings.Cut(l, ":") // no parameter of ours is quoted
	if !ok {
		return property{}, fmt.Errorf("%q has no value", l)
	}
	parts := strings.Split(head, ";")
	p := property{name: parts[0], params: map[string]string{}, value: value}
	for _, r := range p.name {
		if (r < 'A' || r > 'Z') && r != '-' {
			return p, fmt.Errorf("%q is no name", p.name)
		}
	}
	for _, x := range parts[1:] {
		k, v, ok := strings.Cut(x, "=")
		if !ok || v == "" {
			return p, fmt.Errorf("parameter %q", x)
		}
		p.params[k] = v
	}
	for _, r := range value {
		if r < 0x20 && r != '\t' || r == 0x7f {
			return p, fmt.Errorf("control character %x", r)
		}
	}
	return p, nil
}

// unescaped reads a text value; false when something in it is not escaped.
func unescaped(s string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ';', ',':
			return "", false
		case '\\':
			i++
			if i == len(s) {
				return "", false
			}
			switch s[i] {
			case '\\', ';', ',':
				b.WriteByte(s[i])
			case 'n', 'N':
				b.WriteByte('\n')
			default:
				return "", false
			}
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), true
}

var stamp = time.Date(2026, 11, 20, 1, 2, 3, 0, time.UTC)

func TestACalendarReadsBackAsItWasWritten(t *testing.T) {
	long := strings.Repeat("鹮鹳纺织有限公司，", 30)
	for _, summary := range []string{"a", long, "x" + long, "xy" + long, `半角,分号;反斜\线`, "两\n行\r\n三", "尾巴\\", "😀" + long, ""} {
		c := ical.Calendar{Name: "驿客,李明", Product: "-//Yike//Yike//ZH", Refresh: time.Hour, Events: []ical.Event{
			{UID: "greeting-1@yike", Summary: summary, Details: summary, URL: "http://branch.example:8080/greetings/1", Stamp: stamp, Sequence: 3, Day: "2026-12-31", AllDay: true},
			{UID: "visit-2@yike", Summary: summary, Stamp: stamp, Day: "2026-12-31", Minute: 23*60 + 50, Lasts: 30 * time.Minute},
			{UID: "none@yike", Day: "2026-02-30", AllDay: true},
		}}
		cal, err := parse(string(c.Text()))
		if err != nil {
			t.Fatalf("%.20q: %v", summary, err)
		}
		if cal.name != "VCALENDAR" || cal.get("NAME").value != `驿客\,李明` || cal.get("X-WR-CALNAME").value != cal.get("NAME").value || cal.get("VERSION").value != "2.0" || cal.get("METHOD").value != "PUBLISH" || cal.get("PRODID").value == "" || cal.get("REFRESH-INTERVAL").value != "PT60M" {
			t.Errorf("the head: %+v", cal.props)
		}
		if len(cal.below) != 3 || cal.below[0].name != "VTIMEZONE" || cal.below[0].get("TZID").value != "Asia/Shanghai" {
			t.Fatalf("%d components, want the zone and two events", len(cal.below))
		}
		want := strings.ReplaceAll(summary, "\r\n", "\n")
		for i, e := range cal.below[1:] {
			got, ok := unescaped(e.get("SUMMARY").value)
			if !ok || got != want {
				t.Errorf("event %d says %q, want %q", i, got, want)
			}
			if e.get("UID").value == "" || e.get("DTSTAMP").value != "20261120T010203Z" {
				t.Errorf("event %d: %+v", i, e.props)
			}
		}
		day, hour := cal.below[1], cal.below[2]
		if p := day.get("DTSTART"); p.value != "20261231" || p.params["VALUE"] != "DATE" || day.get("DTEND").value != "20270101" || day.get("SEQUENCE").value != "3" {
			t.Errorf("the whole day: %+v", day.props)
		}
		if p := hour.get("DTSTART"); p.value != "20261231T235000" || p.params["TZID"] != "Asia/Shanghai" || hour.get("DTEND").value != "20270101T002000" {
			t.Errorf("the hour: %+v", hour.props)
		}
	}
}

func TestWhatIsTypedBecomesNoLineOfItsOwn(t *testing.T) {
	for _, bad := range []string{"x\r\nBEGIN:VALARM", "x\nURL:http://evil.example", "x\x00\x1b\u007f", "x\rATTACH:file", "\xff\xfe"} {
		c := ical.Calendar{Name: bad, Product: bad, Events: []ical.Event{{UID: bad, Summary: bad, Details: bad, Stamp: stamp, Day: "2026-11-20", AllDay: true}}}
		cal, err := parse(string(c.Text()))
		if err != nil {
			t.Errorf("%q: %v", bad, err)
			continue
		}
		if len(cal.below) != 2 || len(cal.below[1].below) != 0 || cal.below[1].get("URL").value != "" || cal.below[1].get("ATTACH").value != "" {
			t.Errorf("%q became a line", bad)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("甲公司", "鹮", 7)
	f.Fuzz(func(t *testing.T, a, b string, n int) {
		c := ical.Calendar{Name: a, Product: b, Events: []ical.Event{{UID: a, Summary: a + b, Details: b + a, Stamp: stamp, Day: "2026-11-20", AllDay: n%2 == 0, Minute: (n%1440 + 1440) % 1440, Lasts: time.Hour}}}
		if _, err := parse(string(c.Text())); err != nil {
			t.Errorf("%q %q: %v", a, b, err)
		}
	})
}
