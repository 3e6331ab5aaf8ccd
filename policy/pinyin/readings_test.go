package pinyin

import (
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	dict "github.com/mozillazg/go-pinyin"
)

var update = flag.Bool("update", false, "write readings.txt and rare.txt anew from the dictionary")

// byReading lists the dictionary's characters by their first reading.
func byReading(t *testing.T, take func(r rune) bool) string {
	t.Helper()
	by := map[string][]rune{}
	for code, list := range dict.PinyinDict {
		first, _, _ := strings.Cut(list, ",")
		if s := plain(first); s != "" && take(rune(code)) {
			by[s] = append(by[s], rune(code))
		}
	}
	var b strings.Builder
	for _, s := range slices.Sorted(maps.Keys(by)) {
		slices.Sort(by[s])
		b.WriteString(s + " " + string(by[s]) + "\n")
	}
	return b.String()
}

func TestReadingsAreThoseOfTheDictionary(t *testing.T) {
	common := func(r rune) bool { return r >= firstRune && r <= lastRune }
	for file, x := range map[string]struct{ have, want string }{
		"readings.txt": {readings, byReading(t, common)},
		"rare.txt":     {rare, byReading(t, func(r rune) bool { return !common(r) })},
	} {
		if *update {
			if err := os.WriteFile(file, []byte(x.want), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if x.have != x.want {
			t.Errorf("%s is not what the dictionary says: go test ./policy/pinyin -run Dictionary -update", file)
		}
	}
}

func TestEveryCharacterOfTheDictionaryIsReadAsItSays(t *testing.T) {
	table := tables()
	for code, list := range dict.PinyinDict {
		r := rune(code)
		first, _, _ := strings.Cut(list, ",")
		want := plain(first)
		if want == "" {
			want = string(r)
		}
		if s, is := usual[r]; is {
			want = s
		}
		if got := table.syllable(r); got != want {
			t.Errorf("%c (%U) is read %q, want %q", r, r, got, want)
		}
	}
	for _, r := range []rune{'〆', 'é', 'ß', '한', 0x2fffd} {
		if got := table.syllable(r); got != strings.ToLower(string(r)) {
			t.Errorf("%c, of no reading, is read %q", r, got)
		}
	}
}

// plain takes the tone marks off and writes ü as v, the way it is typed.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case 'ā', 'á', 'ǎ', 'à':
			return 'a'
		case 'ē', 'é', 'ě', 'è', 'ê', 'ế', 'ề':
			return 'e'
		case 'ī', 'í', 'ǐ', 'ì':
			return 'i'
		case 'ō', 'ó', 'ǒ', 'ò':
			return 'o'
		case 'ū', 'ú', 'ǔ', 'ù':
			return 'u'
		case 'ü', 'ǖ', 'ǘ', 'ǚ', 'ǜ':
			return 'v'
		case 'ń', 'ň', 'ǹ':
			return 'n'
		case 'ḿ':
			return 'm'
		}
		if r > 0x7f { // a combining mark
			return -1
		}
		return r
	}, s)
}
