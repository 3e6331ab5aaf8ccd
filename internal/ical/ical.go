// Package ical writes calendars as RFC 5545 has them, for the calendar programs
// of phones and offices. It knows nothing of what the events are.
package ical

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Calendar is what one address answers with.
type Calendar struct {
	Name    string
	Product string        // who made it: PRODID
	Refresh time.Duration // how often a program should ask again
	Events  []Event
}

// Event is one entry. UID and Stamp stay the same while nothing changes, so
// that a program that reads twice sees no news; Sequence goes up with each
// change.
type Event struct {
	UID, Summary, Details, URL string
	Stamp                      time.Time
	Sequence                   int64

	Day    string        // YYYY-MM-DD, in the zone of the calendar
	AllDay bool          // otherwise it begins at Minute and lasts for Lasts
	Minute int           // of the day
	Lasts  time.Duration // less than a day
}

// zone is the one zone of the company. China has had no summer time since 1991.
const zone = "Asia/Shanghai"

// Text writes the calendar. An event without a proper day is left out.
func (c Calendar) Text() []byte {
	w := writer{}
	w.line("BEGIN", "VCALENDAR")
	w.line("VERSION", "2.0")
	w.line("PRODID", escaped(c.Product))
	w.line("CALSCALE", "GREGORIAN")
	w.line("METHOD", "PUBLISH")
	w.line("NAME", escaped(c.Name))         // RFC 7986
	w.line("X-WR-CALNAME", escaped(c.Name)) // Outlook, Apple, Google
	w.line("X-WR-TIMEZONE", zone)
	if c.Refresh >= time.Minute {
		minutes := "PT" + strconv.Itoa(int(c.Refresh/time.Minute)) + "M"
		w.line("REFRESH-INTERVAL;VALUE=DURATION", minutes) // RFC 7986
		w.line("X-PUBLISHED-TTL", minutes)                 // Outlook
	}
	for _, l := range [][2]string{{"BEGIN", "VTIMEZONE"}, {"TZID", zone}, {"BEGIN", "STANDARD"}, {"DTSTART", "19700101T000000"}, {"TZOFFSETFROM", "+0800"}, {"TZOFFSETTO", "+0800"},
		{"TZNAME", "CST"}, {"END", "STANDARD"}, {"END", "VTIMEZONE"}} {
		w.line(l[0], l[1])
	}
	for _, e := range c.Events {
		w.event(e)
	}
	w.line("END", "VCALENDAR")
	return w.out
}

type writer struct{ out []byte }

func (w *writer) event(e Event) {
	day, err := time.Parse(time.DateOnly, e.Day)
	if err != nil {
		return
	}
	w.line("BEGIN", "VEVENT")
	w.line("UID", escaped(e.UID))
	stamp := e.Stamp.UTC().Format("20060102T150405Z")
	w.line("DTSTAMP", stamp)
	w.line("LAST-MODIFIED", stamp)
	w.line("SEQUENCE", strconv.FormatInt(max(e.Sequence, 0), 10))
	if e.AllDay {
		w.line("DTSTART;VALUE=DATE", day.Format("20060102"))
		w.line("DTEND;VALUE=DATE", day.AddDate(0, 0, 1).Format("20060102"))
		w.line("TRANSP", "TRANSPARENT") // the day is not taken
	} else {
		at := day.Add(time.Duration(e.Minute) * time.Minute)
		w.line("DTSTART;TZID="+zone, at.Format("20060102T150405"))
		w.line("DTEND;TZID="+zone, at.Add(e.Lasts).Format("20060102T150405"))
	}
	w.line("SUMMARY", escaped(e.Summary))
	if e.Details != "" {
		w.line("DESCRIPTION", escaped(e.Details))
	}
	if e.URL != "" {
		w.line("URL", e.URL)
	}
	w.line("END", "VEVENT")
}

// most is how many octets a line has at most, its end not counted.
const most = 75

// line writes a property, folded so that no line is longer than it may be and
// no character is broken.
func (w *writer) line(name, value string) {
	text, room := name+":"+value, most
	for len(text) > room {
		n := room
		for n > 0 && !utf8.RuneStart(text[n]) {
			n--
		}
		w.out = append(append(w.out, text[:n]...), "\r\n "...)
		text, room = text[n:], most-1 // the blank before it counts
	}
	w.out = append(append(w.out, text...), "\r\n"...)
}

var marks = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`)

// escaped writes a text value: no control character, nothing that ends a value
// or a line.
func escaped(s string) string {
	s = marks.Replace(strings.ToValidUTF8(s, "?"))
	return strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}
