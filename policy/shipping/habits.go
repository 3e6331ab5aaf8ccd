// Package shipping says what a client's parcels tell of its habits: on which
// days and at which hours it ships, as which product, who pays, whereto; how
// regularly it comes back; and whether time matters to it. It is handed sums
// by month and knows no single parcel, no file and no clock (R49-R51).
package shipping

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Habits are the pieces of one client in one month, told apart by the day of
// the month, the hour at which they were sent (where it is known), the
// product, who pays, and the destination. Cancelled parcels are no pieces.
type Habits struct {
	Days                       [31]int64 // [0] is the first of the month
	Hours                      [24]int64 // of the company's zone
	Products, Payments, Places Counts    // words of policy/waybill, codes of policy/place
}

// Count is a word and the pieces of it.
type Count struct {
	Key string
	N   int64
}

// Counts are pieces by word. The zero value is empty.
type Counts []Count

// add counts n pieces more, or fewer, of a word.
func (c *Counts) add(key string, n int64) {
	for i := range *c {
		if (*c)[i].Key == key {
			(*c)[i].N += n
			return
		}
	}
	*c = append(*c, Count{key, n})
}

// Of returns the pieces of a word.
func (c Counts) Of(key string) int64 {
	for _, k := range c {
		if k.Key == key {
			return k.N
		}
	}
	return 0
}

// Total is the sum of all.
func (c Counts) Total() int64 {
	n := int64(0)
	for _, k := range c {
		n += k.N
	}
	return n
}

// Top returns the words by their pieces, the most first.
func (c Counts) Top() Counts {
	out := slices.DeleteFunc(slices.Clone(c), func(k Count) bool { return k.N == 0 })
	slices.SortFunc(out, func(a, b Count) int { return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(a.Key, b.Key)) })
	return out
}

// NoHour is the hour of a parcel of which only the day is known.
const NoHour = -1

// Parcel is what habits are made of.
type Parcel struct {
	Day                     int // of the month, from 1
	Hour                    int // NoHour when it is not known
	Product, Payment, Place string
}

// Add counts n pieces of a parcel, with a negative n takes them off.
func (h *Habits) Add(p Parcel, n int64) {
	if n == 0 {
		return
	}
	if p.Day >= 1 && p.Day <= len(h.Days) {
		h.Days[p.Day-1] += n
	}
	if p.Hour >= 0 && p.Hour < len(h.Hours) {
		h.Hours[p.Hour] += n
	}
	h.Products.add(p.Product, n)
	h.Payments.add(p.Payment, n)
	h.Places.add(p.Place, n)
}

// Merge adds another month's, or the difference to this one.
func (h *Habits) Merge(o *Habits) {
	for i, n := range o.Days {
		h.Days[i] += n
	}
	for i, n := range o.Hours {
		h.Hours[i] += n
	}
	for _, k := range o.Products {
		h.Products.add(k.Key, k.N)
	}
	for _, k := range o.Payments {
		h.Payments.add(k.Key, k.N)
	}
	for _, k := range o.Places {
		h.Places.add(k.Key, k.N)
	}
}

// Empty reports that nothing is counted, nor any difference.
func (h *Habits) Empty() bool {
	none := func(c Counts) bool { return !slices.ContainsFunc(c, func(k Count) bool { return k.N != 0 }) }
	return h.Days == [31]int64{} && h.Hours == [24]int64{} && none(h.Products) && none(h.Payments) && none(h.Places)
}

// String writes habits as they are stored: days, hours, products, payments and
// places between bars, each "word:pieces" in ascending order, nothing of what
// is 0: "3:2 17:1|9:3|express:1 standard:2|monthly:3|330100:3". The same habits
// are always the same text; none are "".
func (h *Habits) String() string {
	if h.Empty() {
		return ""
	}
	b := make([]byte, 0, 128)
	put := func(key string, n int64) {
		if n == 0 {
			return
		}
		if len(b) > 0 && b[len(b)-1] != '|' {
			b = append(b, ' ')
		}
		b = append(append(b, key...), ':')
		b = strconv.AppendInt(b, n, 10)
	}
	for i, n := range h.Days {
		put(strconv.Itoa(i+1), n)
	}
	b = append(b, '|')
	for i, n := range h.Hours {
		put(strconv.Itoa(i), n)
	}
	for _, c := range []Counts{h.Products, h.Payments, h.Places} {
		b = append(b, '|')
		c = slices.Clone(c)
		slices.SortFunc(c, func(a, b Count) int { return strings.Compare(a.Key, b.Key) })
		for _, k := range c {
			put(k.Key, k.N)
		}
	}
	return string(b)
}

// ErrHabits says that a text is none that String wrote.
var ErrHabits = errors.New("shipping: faulty habits")

// Parse reads what String wrote.
func Parse(text string) (Habits, error) {
	var h Habits
	if text == "" {
		return h, nil
	}
	fault := func() (Habits, error) { return Habits{}, fmt.Errorf("%w: %.60q", ErrHabits, text) }
	for part := range 5 {
		field, rest, more := strings.Cut(text, "|")
		if more != (part < 4) {
			return fault()
		}
		text = rest
		for field != "" {
			var one string
			one, field, _ = strings.Cut(field, " ")
			at := strings.LastIndexByte(one, ':')
			if at < 0 {
				return fault()
			}
			n, err := strconv.ParseInt(one[at+1:], 10, 64)
			if err != nil {
				return fault()
			}
			key := one[:at]
			switch part {
			case 0, 1:
				i, err := strconv.Atoi(key)
				switch {
				case err != nil || i < 0:
					return fault()
				case part == 0 && i >= 1 && i <= len(h.Days):
					h.Days[i-1] = n
				case part == 1 && i < len(h.Hours):
					h.Hours[i] = n
				default:
					return fault()
				}
			case 2:
				h.Products = append(h.Products, Count{key, n})
			case 3:
				h.Payments = append(h.Payments, Count{key, n})
			case 4:
				h.Places = append(h.Places, Count{key, n})
			}
		}
	}
	return h, nil
}

// ParseDays reads of what String wrote only the pieces by day of the month.
func ParseDays(text string) (days [31]int64, err error) {
	field, _, _ := strings.Cut(text, "|")
	for field != "" {
		var one string
		one, field, _ = strings.Cut(field, " ")
		on, pieces, _ := strings.Cut(one, ":")
		i, err1 := strconv.Atoi(on)
		n, err2 := strconv.ParseInt(pieces, 10, 64)
		if err1 != nil || err2 != nil || i < 1 || i > len(days) {
			return days, fmt.Errorf("%w: %.60q", ErrHabits, text)
		}
		days[i-1] = n
	}
	return days, nil
}
