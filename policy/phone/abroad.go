package phone

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// plansFile says how numbers look in each country: one line a region, the lines
// of a calling code together and its main region first. Fields by tabs: calling
// code, what may stand before a number within the country (a pattern) and what
// to put in its place, lengths, lengths without area code, the digits by which
// a region is told from its neighbours, the pattern of all numbers, then one
// field for each kind of line: lengths, a colon, a pattern. The facts are those
// of Google's libphonenumber (Apache-2.0); plans_test.go writes the file and
// holds it against a library that has them all.
//
//go:embed plans.txt.gz
var plansFile []byte

// plans are the lines of plansFile by calling code, read at first use: a number
// of another country is rare.
var plans = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{}
	r, err := gzip.NewReader(bytes.NewReader(plansFile))
	if err != nil {
		panic(err) // the file is part of the program
	}
	text, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	for line := range strings.Lines(string(text)) {
		code, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		out[code] = append(out[code], rest)
	}
	return out
})

// region is one line of plansFile, ready to be asked.
type region struct {
	prefix, leading *regexp.Regexp
	instead         string
	lengths, locals []int
	general         line
	kinds           []line
}

// line is what numbers of one kind look like.
type line struct {
	lengths []int // nil: those of the region
	pattern *regexp.Regexp
}

func (l line) has(n string) bool {
	return (l.lengths == nil || slices.Contains(l.lengths, len(n))) && l.pattern.MatchString(n)
}

func (r *region) has(n string) bool {
	return r.general.has(n) && slices.ContainsFunc(r.kinds, func(l line) bool { return l.has(n) })
}

// compiled holds the regions of the calling codes that were asked for.
var compiled sync.Map // string to []*region

func regionsOf(code string) []*region {
	if have, ok := compiled.Load(code); ok {
		return have.([]*region)
	}
	var out []*region
	for _, text := range plans()[code] {
		f := strings.Split(text, "\t")
		r := &region{instead: f[1], lengths: lengths(f[2]), locals: lengths(f[3]), general: line{lengths(f[2]), entire(f[5])}}
		if f[0] != "" {
			r.prefix = regexp.MustCompile("^(?:" + f[0] + ")")
		}
		if f[4] != "" {
			r.leading = regexp.MustCompile("^(?:" + f[4] + ")")
		}
		for _, kind := range f[6:] {
			long, pattern, _ := strings.Cut(kind, ":")
			r.kinds = append(r.kinds, line{lengths(long), entire(pattern)})
		}
		out = append(out, r)
	}
	compiled.Store(code, out)
	return out
}

func entire(pattern string) *regexp.Regexp { return regexp.MustCompile("^(?:" + pattern + ")$") }

func lengths(text string) []int {
	if text == "" {
		return nil
	}
	var out []int
	for word := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(word)
		if err != nil {
			panic(err)
		}
		out = append(out, n)
	}
	return out
}

// abroad reads the digits behind a "+" and spells them as they are dialled from
// anywhere; false when their country has no such number.
func abroad(digits string) (string, bool) {
	for i := 1; i <= 3 && i < len(digits); i++ {
		code := digits[:i]
		if len(plans()[code]) == 0 {
			continue
		}
		regions := regionsOf(code)
		n := regions[0].bare(digits[i:])
		if len(n) < 2 || len(n) > 17 || !known(regions, n) {
			return "", false
		}
		return "+" + code + n, true
	}
	return "", false
}

// bare is a number without what is dialled before it within the country only,
// such as the 0 in +44 (0)20.
func (r *region) bare(n string) string {
	if r.prefix == nil {
		return n
	}
	at := r.prefix.FindStringSubmatchIndex(n)
	if at == nil {
		return n
	}
	cut := n[at[1]:]
	if r.instead != "" && at[len(at)-2] >= 0 {
		cut = r.prefix.ReplaceAllString(n, r.instead)
	}
	if r.general.pattern.MatchString(n) && !r.general.pattern.MatchString(cut) {
		return n
	}
	if slices.Contains(r.locals, len(cut)) || !slices.Contains(r.lengths, len(cut)) && len(cut) <= slices.Max(r.lengths) {
		return n
	}
	return cut
}

// known says whether one of the regions that share a calling code has the
// number.
func known(regions []*region, n string) bool {
	if len(regions) == 1 {
		return regions[0].has(n)
	}
	for _, r := range regions {
		switch {
		case r.leading == nil && r.has(n):
			return true
		case r.leading != nil && r.leading.MatchString(n):
			return r.has(n)
		}
	}
	return false
}
