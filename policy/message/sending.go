package message

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

// Sending is what head office decided about messages that go out by
// themselves: when none goes, how many at most, how often it is tried.
type Sending struct {
	QuietFrom  string `json:"quiet_from"`  // "21:00": from then on nothing goes out
	QuietTo    string `json:"quiet_to"`    // until then
	ContactDay int    `json:"contact_day"` // messages to one contact in a day, whatever the channel
	BranchDay  int    `json:"branch_day"`  // messages of one branch in a day
	ChannelDay int    `json:"channel_day"` // messages of one channel in a day, of the whole company; a branch's own counts for nothing
	Tries      int    `json:"tries"`       // of one message
	Neutral    string `json:"neutral"`     // how somebody is addressed of whom neither title nor sex is known; see Salute
	Tel        string `json:"tel"`         // by which the branch is called, in wordings

	Own []string `json:"own,omitempty"` // further ways to reach a contact, by name: 客户的APP (R135)
}

// DefaultSending holds until head office sets another: quiet from 20:30 to
// 8:30, one message a day to one contact, 500 a day of a branch, 2,000 of a
// channel, and tried for about two days.
func DefaultSending() Sending {
	return Sending{QuietFrom: "20:30", QuietTo: "08:30", ContactDay: 1, BranchDay: 500, ChannelDay: 2000, Tries: 15}
}

// ParseSending reads a stored rule; what it does not say is the default's.
func ParseSending(text string) (Sending, error) {
	s := DefaultSending()
	if text == "" {
		return s, nil
	}
	err := json.Unmarshal([]byte(text), &s)
	return s, err
}

// minutes reads "21:00"; -1 when it is no time of day.
func minutes(text string) int {
	if len(text) != 5 || text[2] != ':' {
		return -1
	}
	for _, i := range []int{0, 1, 3, 4} {
		if text[i] < '0' || text[i] > '9' {
			return -1
		}
	}
	h, m := int(text[0]-'0')*10+int(text[1]-'0'), int(text[3]-'0')*10+int(text[4]-'0')
	if h > 23 || m > 59 {
		return -1
	}
	return h*60 + m
}

// Check names the fields that cannot be.
func (s Sending) Check() []string {
	var out []string
	if minutes(s.QuietFrom) < 0 {
		out = append(out, "quiet_from")
	}
	if minutes(s.QuietTo) < 0 || s.QuietTo == s.QuietFrom && len(out) == 0 {
		out = append(out, "quiet_to")
	}
	for _, f := range []struct {
		name       string
		n, min, to int
	}{{"contact_day", s.ContactDay, 1, 10}, {"branch_day", s.BranchDay, 1, 100_000}, {"channel_day", s.ChannelDay, 1, 1_000_000}, {"tries", s.Tries, 1, 30}} {
		if f.n < f.min || f.n > f.to {
			out = append(out, f.name)
		}
	}
	if utf8.RuneCountInString(s.Neutral) > 12 || strings.ContainsAny(s.Neutral, "{}【】\r\n") {
		out = append(out, "neutral")
	}
	if len(s.Tel) > 30 || strings.Trim(s.Tel, "0123456789-+ ") != "" {
		out = append(out, "tel")
	}
	if !checkOwn(s.Own) {
		out = append(out, "own")
	}
	return out
}

// Open returns the first instant from now on at which a message may go out;
// now itself outside the quiet hours. now is in the business zone.
func (s Sending) Open(now time.Time) time.Time {
	from, to := minutes(s.QuietFrom), minutes(s.QuietTo)
	if from < 0 || to < 0 || from == to {
		return now
	}
	at := now.Hour()*60 + now.Minute()
	quiet := at >= from && at < to
	if from > to { // over midnight
		quiet = at >= from || at < to
	}
	if !quiet {
		return now
	}
	open := time.Date(now.Year(), now.Month(), now.Day(), to/60, to%60, 0, 0, now.Location())
	if !open.After(now) {
		open = open.AddDate(0, 0, 1)
	}
	return open
}

// NextDay returns the first instant of the next day at which a message may go
// out; for a day whose number is reached.
func (s Sending) NextDay(now time.Time) time.Time {
	return s.Open(time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, now.Location()))
}

// waits are the pauses after the first, second … failure.
var waits = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 2 * time.Hour}

// Again returns when a message that failed for the n-th time is tried again;
// false when it is not. A try that would be too late for its occasion is not
// made: until is the end of use, zero for none.
func (s Sending) Again(n int, now, until time.Time, asked time.Duration) (time.Time, bool) {
	if n >= s.Tries {
		return time.Time{}, false
	}
	wait := 4 * time.Hour
	if n >= 1 && n <= len(waits) {
		wait = waits[n-1]
	}
	at := s.Open(now.Add(max(wait, min(asked, 24*time.Hour))))
	if !until.IsZero() && !at.Before(until) {
		return time.Time{}, false
	}
	return at, true
}
