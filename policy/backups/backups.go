// Package backups decides which copies of the data are kept, when there is one
// too few, and what a name in the folder of copies says. It opens no file: the
// caller brings what stands there and what time it is.
package backups

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Why a copy was taken.
const (
	Nightly = "nightly"
	Manual  = "manual" // somebody asked for it
)

// How many days, weeks and months keep a copy each, and how old the last good
// one may become before administrators are told.
const (
	Days   = 7
	Weeks  = 5
	Months = 12
	Stale  = 48 * time.Hour
)

// Copy is one copy as its name and its note tell of it.
type Copy struct {
	Name string
	At   time.Time
	Why  string
	Good bool // it was read back and found whole
}

const stamp = "20060102-150405"

// Ending of a copy that is not locked, and what a locked one has besides.
const (
	ending = ".zip"
	locked = ".age"
)

// Name is what a copy of that instant is called.
func Name(at time.Time, why string, sealed bool) string {
	name := "yike-" + at.Format(stamp) + "-" + why + ending
	if sealed {
		name += locked
	}
	return name
}

var named = regexp.MustCompile(`^yike-(\d{8}-\d{6})-(nightly|manual)\.zip(\.age)?$`)

// Parse reads a name; false for a file that is none of ours, which nobody
// lists, sends or removes.
func Parse(name string, zone *time.Location) (c Copy, sealed, ok bool) {
	m := named.FindStringSubmatch(name)
	if m == nil {
		return Copy{}, false, false
	}
	at, err := time.ParseInLocation(stamp, m[1], zone)
	return Copy{Name: name, At: at, Why: m[2]}, m[3] != "", err == nil
}

// Drop names the copies that need not be kept any longer. Kept are, among the
// good ones, the newest (one by hand only where there is no other: it pushes no
// nightly one out) of each of the last seven days that have one, of the
// last five such weeks (from Monday) and of the last twelve such months; so a
// machine that was off for a month loses nothing by it. Whatever is newer than
// the newest good one is kept too, and what somebody asked for by hand for as
// long as a week; a copy that failed its check goes when a good one is newer.
func Drop(list []Copy, now time.Time) []string {
	newest := slices.SortedFunc(slices.Values(list), func(a, b Copy) int {
		return cmp.Or(b.At.Compare(a.At), strings.Compare(b.Name, a.Name))
	})
	last := slices.IndexFunc(newest, func(c Copy) bool { return c.Good })
	if last < 0 {
		return nil
	}
	keep := map[string]bool{}
	for _, span := range []struct {
		most int
		of   func(time.Time) string
	}{
		{Days, func(t time.Time) string { return t.Format(time.DateOnly) }},
		{Weeks, func(t time.Time) string { return t.AddDate(0, 0, -(int(t.Weekday())+6)%7).Format(time.DateOnly) }},
		{Months, func(t time.Time) string { return t.Format("2006-01") }},
	} {
		stands := map[string]Copy{} // for a span: the newest, one by hand only where there is no other
		for _, c := range newest {
			s := span.of(c.At)
			if at, seen := stands[s]; c.Good && (!seen && len(stands) < span.most || seen && at.Why == Manual && c.Why != Manual) {
				stands[s] = c
			}
		}
		for _, c := range stands {
			keep[c.Name] = true
		}
	}
	var drop []string
	for i, c := range newest {
		byHand := c.Good && c.Why == Manual && now.Sub(c.At) < Days*24*time.Hour
		if i > last && !keep[c.Name] && !byHand {
			drop = append(drop, c.Name)
		}
	}
	slices.Sort(drop)
	return drop
}

// Late says whether administrators are to be told that a copy is missing: the
// last good one, or when there was none the day the data began, lies too far
// back. A clock that was set back says nothing.
func Late(last, since, now time.Time) bool {
	from := last
	if from.IsZero() {
		from = since
	}
	return !from.IsZero() && now.Sub(from) > Stale
}

// Settings say when copies are taken and where else they go.
type Settings struct {
	Off    bool   `json:"off"`    // none by night: somebody else's tools do it
	Hour   int    `json:"hour"`   // of the night, 0 to 23
	Second string `json:"second"` // another folder for each copy; "" = none
}

// DefaultSettings: at one in the night, before the check of the database.
func DefaultSettings() Settings { return Settings{Hour: 1} }

// Due is the period of the nightly copy: a day from its hour on, to the same hour
// of the next. So what was not taken at night is taken when the machine is on again.
func (s Settings) Due(now time.Time) string {
	if s.Off {
		return ""
	}
	return now.Add(-time.Duration(s.Hour) * time.Hour).Format(time.DateOnly)
}

// Faults names the fields that cannot be; abs says whether a path begins at the
// root of a disk, which each system writes in its own way.
func (s Settings) Faults(abs func(string) bool) []string {
	var out []string
	if s.Hour < 0 || s.Hour > 23 {
		out = append(out, "hour")
	}
	if s.Second != "" && (!abs(s.Second) || len(s.Second) > 500) {
		out = append(out, "second")
	}
	return out
}

// PhraseFault says what is wrong with a passphrase: "short", "plain" for one
// character over and over, "long", "" for nothing. A copy is away from the
// program, where nobody counts how often somebody tries.
func PhraseFault(phrase string) string {
	n := utf8.RuneCountInString(phrase)
	seen := map[rune]bool{}
	for _, r := range phrase {
		seen[r] = true
	}
	switch {
	case n < 10:
		return "short"
	case n > 200:
		return "long"
	case len(seen) < 5:
		return "plain"
	}
	return ""
}
