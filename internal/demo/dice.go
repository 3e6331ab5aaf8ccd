package demo

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"

	"yike/policy/day"
	"yike/policy/worktime"
)

// dice is a random source of its own for each thing made, so that a change in
// one leaves the others alone.
type dice struct{ *rand.Rand }

func newDice(seed uint64, purpose string, i int) dice {
	h := fnv.New64a()
	_, _ = h.Write([]byte(purpose))
	return dice{rand.New(rand.NewPCG(seed, h.Sum64()+uint64(i)*0x9e3779b97f4a7c15))}
}

func (d dice) chance(p float64) bool { return d.Float64() < p }

func (d dice) between(low, high int) int { return low + d.IntN(high-low+1) }

func pick[T any](d dice, list []T) T { return list[d.IntN(len(list))] }

// weighted returns an index by weights.
func (d dice) weighted(weights ...int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	n := d.IntN(sum)
	for i, w := range weights {
		if n -= w; n < 0 {
			return i
		}
	}
	return 0
}

// logNormal is a positive number whose logarithm has that middle and spread.
func (d dice) logNormal(middle, spread float64) int {
	return max(1, int(math.Exp(middle+spread*d.NormFloat64())))
}

func (d dice) person() string {
	if d.chance(0.02) {
		return pick(d, []string{"欧阳", "上官", "司徒"}) + pick(d, given)
	}
	return string(pick(d, surnames)) + pick(d, given)
}

// brand returns the i-th of the invented brands: all differ until every
// combination was used.
func brand(i int) string {
	n := len(brandFirst) * len(brandMid) * len(brandLast)
	k := (i%n*7919 + 104_729) % n
	return string([]rune{brandFirst[k%len(brandFirst)], brandMid[k/len(brandFirst)%len(brandMid)], brandLast[k/len(brandFirst)/len(brandMid)]})
}

// mobile returns the i-th mobile number: 1xx0000nnnn.
func mobile(i int) string {
	return fmt.Sprintf("%s0000%04d", mobilePrefixes[i%len(mobilePrefixes)], (1000+i/len(mobilePrefixes))%10_000)
}

// landline returns the i-th landline of an area: 8600nnnn.
func landline(area string, i int, extension string) string {
	s := fmt.Sprintf("%s-8600%04d", area, i%10_000)
	if extension != "" {
		s += "-" + extension
	}
	return s
}

func (d dice) address() string {
	var b strings.Builder
	if d.chance(0.25) {
		b.WriteString(pick(d, parks))
	} else {
		fmt.Fprintf(&b, "%s%d号", pick(d, roads), d.between(1, 299))
	}
	switch d.IntN(4) {
	case 0:
		fmt.Fprintf(&b, "%d幢%d层", d.between(1, 18), d.between(1, 12))
	case 1, 2:
		fmt.Fprintf(&b, "%d幢%d%02d室", d.between(1, 18), d.between(1, 12), d.between(1, 9))
	default:
		fmt.Fprintf(&b, "%s座%d%02d", pick(d, []string{"A", "B", "C"}), d.between(1, 20), d.between(1, 16))
	}
	return b.String()
}

// calendar knows the working days around today.
type calendar struct {
	today  day.Day
	worked []bool // by day from today-span
}

const (
	span  = 730 // days of history
	ahead = 30  // days of plans
)

func newCalendar(today day.Day) calendar {
	c := calendar{today: today}
	china := worktime.China().AssumingWeekdays()
	for i := -span; i <= ahead; i++ {
		worked, _ := china.IsWorkday(today.Add(i))
		c.worked = append(c.worked, worked)
	}
	return c
}

// workday returns the first working day from d on that is within reach, or d.
func (c calendar) workday(d day.Day) day.Day {
	for x := d; x <= c.today.Add(ahead); x++ {
		if i := int(x-c.today) + span; i >= 0 && i < len(c.worked) && c.worked[i] {
			return x
		}
	}
	return d
}
