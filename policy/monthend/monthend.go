// Package monthend keeps where clients stood at the end of each month: of what
// class, in which stage of life, of which kind and source, and in which months
// they sent something. It packs that into a short text, counts it, and knows
// neither clients by name nor the present.
package monthend

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// What is kept of a client.
const (
	Class = iota
	Stage
	Kind
	Source
	dims
)

// The words of what is counted: Words are those of the constants above; Sent is
// counted by the month of the first parcel.
var Words = [dims]string{"class", "stage", "kind", "source"}

// What else is counted.
const (
	Sent      = "sent" // of who sent first in a month, who sent in this one
	None      = "none" // no class, kind or source was said
	SentMost  = 24     // months after the first that are counted
	sentBits  = 64
	separator = "|"
)

// Run is what a client was from the end of a month on; "" = not a client.
type Run struct {
	From  int32 // months since the year 0
	Value string
}

// History is where one client stood. A month is numbered from the year 0 on
// (Number); what stands in the last run goes on.
type History struct {
	Runs  [dims][]Run
	First int32  // month of the first parcel, 0 before it
	Bits  uint64 // bit i: something was sent i months after the first
}

// Number numbers a month, Month names it.
func Number(year, month int) int32 { return int32(year*12 + month - 1) }

// Month see Number.
func Month(n int32) string { return fmt.Sprintf("%04d-%02d", n/12, n%12+1) }

// At is what a client was at the end of a month; "" = not a client.
func (h *History) At(dim int, month int32) string {
	value := ""
	for _, r := range h.Runs[dim] {
		if r.From > month {
			break
		}
		value = r.Value
	}
	return value
}

// Set says what a client was from the end of a month on; what was said of later
// months is forgotten.
func (h *History) Set(dim int, month int32, value string) {
	runs := h.Runs[dim]
	for len(runs) > 0 && runs[len(runs)-1].From >= month {
		runs = runs[:len(runs)-1]
	}
	was := ""
	if len(runs) > 0 {
		was = runs[len(runs)-1].Value
	}
	if value != was {
		runs = append(runs[:len(runs):len(runs)], Run{month, value})
	}
	h.Runs[dim] = runs
}

// Send notes a month in which something was sent; none before the first.
func (h *History) Send(month int32) {
	if i := month - h.First; h.First > 0 && i >= 0 && i < sentBits {
		h.Bits |= 1 << i
	}
}

// SentIn says whether something was sent in a month.
func (h *History) SentIn(month int32) bool {
	i := month - h.First
	return h.First > 0 && i >= 0 && i < sentBits && h.Bits&(1<<i) != 0
}

// Clone is a copy that shares nothing.
func (h History) Clone() History {
	for dim, runs := range h.Runs {
		h.Runs[dim] = slices.Clone(runs)
	}
	return h
}

// String packs a history.
func (h History) String() string {
	var b strings.Builder
	for _, runs := range h.Runs {
		for i, r := range runs {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(strconv.Itoa(int(r.From)))
			b.WriteByte(':')
			b.WriteString(r.Value)
		}
		b.WriteString(separator)
	}
	if h.First > 0 {
		b.WriteString(strconv.Itoa(int(h.First)))
		b.WriteByte(':')
		b.WriteString(strconv.FormatUint(h.Bits, 16))
	}
	return b.String()
}

// Parse takes a packed history apart.
func Parse(text string) (h History, err error) {
	parts := strings.Split(text, separator)
	if len(parts) != dims+1 {
		return h, fmt.Errorf("history %q: %d parts", text, len(parts))
	}
	one := func(part string) (int32, string, error) {
		at, value, ok := strings.Cut(part, ":")
		n, err := strconv.ParseInt(at, 10, 32)
		if err != nil || !ok {
			return 0, "", fmt.Errorf("history %q: %q", text, part)
		}
		return int32(n), value, nil
	}
	for dim := range h.Runs {
		if parts[dim] == "" {
			continue
		}
		for part := range strings.SplitSeq(parts[dim], ",") {
			from, value, err := one(part)
			if err != nil {
				return h, err
			}
			h.Runs[dim] = append(h.Runs[dim], Run{from, value})
		}
	}
	if parts[dims] != "" {
		var bits string
		if h.First, bits, err = one(parts[dims]); err == nil {
			h.Bits, err = strconv.ParseUint(bits, 16, 64)
		}
	}
	return h, err
}
