// Package pinyin turns Chinese names into Latin letters: a key to sort by and
// readings to search by. It owns the corrections a plain dictionary of
// characters lacks: surnames (单 is shan), places and trade words (重庆 is
// chongqing). It knows nothing of customers, tables or search indexes.
package pinyin

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// readings are the first readings of the characters that names are written
// with, rare those of all others: on each line a syllable without its tone, a
// blank, and the characters that are read so. Both come from the dictionary of
// github.com/mozillazg/go-pinyin (a test compares them), which as a map of
// 40,000 texts would cost each start some milliseconds and megabytes.
var (
	//go:embed readings.txt
	readings string
	//go:embed rare.txt
	rare string
)

// MaxReadings bounds what Readings returns, whatever the name.
const MaxReadings = 4

// A Reading is one way to say a name, for search: lower case, ü written v,
// nothing between the syllables, no punctuation.
type Reading struct {
	Full     string // shanhaitao
	Initials string // sht
}

// Key returns the sort key of a name, compared byte by byte. Syllables carry
// no tone and a blank stands between them, so 安 sorts before 安徽 and an
// before ang. Letters and digits stay, lower case and half width; punctuation
// and blanks only separate. A character without a reading stands for itself
// and so sorts behind every letter. The key of a name that has nothing to
// sort by is "~" and never empty.
func Key(name string) string {
	var room [24]piece
	pieces := split(name, room[:0])
	size := 0
	for _, p := range pieces {
		size += len(p.text) + 1
	}
	if size == 0 {
		return "~"
	}
	var b strings.Builder
	b.Grow(size)
	for i, p := range pieces {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(p.text)
	}
	return b.String()
}

// Initials returns the first letters of the likeliest reading: 单海涛 is sht.
// Letters and digits of the name are kept whole: 3M中国 is 3mzg. It is empty
// when the name holds neither letters, digits nor Chinese characters.
func Initials(name string) string {
	var room [24]piece
	return initials(split(name, room[:0]))
}

// Readings returns how a name may be spelled by somebody who searches for it,
// the likeliest first, at most MaxReadings and none twice. A character with
// two living readings outside a known word gives both (行: xing, hang), and a
// surname gives its ordinary reading too, since people type what they see.
// There is no reading for a name without letters, digits or characters.
func Readings(name string) []Reading {
	var room [24]piece
	pieces := split(name, room[:0])
	if len(pieces) == 0 {
		return nil
	}
	type flip struct {
		at   int
		text string
	}
	var flips []flip
	for i, p := range pieces {
		if p.fixed || p.r == 0 {
			continue
		}
		for _, other := range otherReadings(p.r, i == 0) {
			if other != p.text {
				flips = append(flips, flip{i, other})
			}
		}
	}
	out := make([]Reading, 0, MaxReadings)
	add := func() {
		r := Reading{full(pieces), initials(pieces)}
		for _, have := range out {
			if have == r {
				return
			}
		}
		if len(out) < MaxReadings {
			out = append(out, r)
		}
	}
	with := func(f flip, then func()) {
		was := pieces[f.at].text
		pieces[f.at].text = f.text
		then()
		pieces[f.at].text = was
	}
	add()
	for _, f := range flips {
		with(f, add)
	}
	for i, f := range flips {
		for _, g := range flips[i+1:] {
			if len(out) == MaxReadings {
				return out
			}
			if f.at != g.at {
				with(f, func() { with(g, add) })
			}
		}
	}
	return out
}

// A piece is one syllable, or a run of letters and digits.
type piece struct {
	text  string
	r     rune // the character, 0 for a run of letters and digits
	fixed bool // a known word said so: no other reading is offered
}

func split(name string, pieces []piece) []piece {
	t := tables()
	person := looksLikePerson(name)
	run := -1 // where the current run of letters and digits starts in name
	flush := func(end int) {
		if run >= 0 {
			pieces = append(pieces, piece{text: strings.ToLower(narrow(name[run:end]))})
			run = -1
		}
	}
	first := true
	for i := 0; i < len(name); {
		r, n := utf8.DecodeRuneInString(name[i:])
		if isWordRune(r) {
			if run < 0 {
				run = i
			}
			i += n
			first = false
			continue
		}
		flush(i)
		if r == utf8.RuneError && n <= 1 || !unicode.IsLetter(r) && !unicode.IsNumber(r) {
			i += n
			continue
		}
		if first && person {
			first = false
			if s, ok := compoundAt(name[i:]); ok {
				pieces = appendWord(pieces, s)
				i += len(s.word)
				continue
			}
			if text, ok := surnames[r]; ok {
				pieces = append(pieces, piece{text: text, r: r})
				i += n
				continue
			}
		}
		first = false
		if w, ok := t.wordAt(r, name[i:]); ok {
			pieces = appendWord(pieces, w)
			i += len(w.word)
			continue
		}
		pieces = append(pieces, piece{text: t.syllable(r), r: r})
		i += n
	}
	flush(len(name))
	return pieces
}

func appendWord(pieces []piece, w word) []piece {
	for i, r := range w.runes {
		pieces = append(pieces, piece{text: w.syllables[i], r: r, fixed: true})
	}
	return pieces
}

// isWordRune holds for ASCII letters and digits of either width.
func isWordRune(r rune) bool {
	if r >= '！' && r <= '～' {
		r -= '！' - '!'
	}
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			return r - ('！' - '!')
		}
		return r
	}, s)
}

func full(pieces []piece) string {
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(p.text)
	}
	return b.String()
}

func initials(pieces []piece) string {
	var b strings.Builder
	for _, p := range pieces {
		if p.r == 0 {
			b.WriteString(p.text)
			continue
		}
		r, _ := utf8.DecodeRuneInString(p.text)
		b.WriteRune(r)
	}
	return b.String()
}

// looksLikePerson decides whether the first character may be read as a
// surname: two to four Chinese characters and nothing else, a surname in front
// that is read unlike the character, no known word there and no word of a
// business behind.
func looksLikePerson(name string) bool {
	count := 0
	var lead rune
	for _, r := range name {
		if r == ' ' || r == '　' || r == '·' {
			continue
		}
		if !unicode.Is(unicode.Han, r) {
			return false
		}
		if count == 0 {
			lead = r
		}
		if count++; count > 4 {
			return false
		}
	}
	if count < 2 {
		return false
	}
	name = strings.TrimLeft(name, " 　·")
	_, compound := compoundAt(name)
	if _, ok := surnames[lead]; !ok && !compound {
		return false
	}
	if !compound {
		if _, ok := tables().wordAt(lead, name); ok {
			return false
		}
		for _, w := range notNames {
			if strings.HasPrefix(name, w) {
				return false
			}
		}
	}
	for _, w := range businessWords {
		if strings.Contains(name, w) {
			return false
		}
	}
	last, _ := utf8.DecodeLastRuneInString(name)
	return !strings.ContainsRune(businessEndings, last)
}

func compoundAt(s string) (word, bool) {
	r, _ := utf8.DecodeRuneInString(s)
	for _, w := range tables().compounds[r] {
		if strings.HasPrefix(s, w.word) {
			return w, true
		}
	}
	return word{}, false
}

// otherReadings lists the living readings of a character, at the head of a
// name that as a surname too.
func otherReadings(r rune, head bool) []string {
	t := tables()
	var out []string
	if s, ok := surnames[r]; ok && head {
		out = append(out, t.syllable(r), s)
	}
	return append(out, t.living[r]...)
}

type word struct {
	word      string
	runes     []rune
	syllables []string
}

const (
	firstRune = 0x3400 // start of CJK extension A
	lastRune  = 0x9FFF // end of the unified ideographs
)

type lookup struct {
	syllables [lastRune - firstRune + 1]uint16 // place in texts, 0 for none
	texts     []string
	starts    [lastRune - firstRune + 1]bool // a known word may begin here
	words     map[rune][]word
	compounds map[rune][]word
	living    map[rune][]string
}

// tables builds the look-up once, at first use.
var tables = sync.OnceValue(func() *lookup {
	t := &lookup{
		texts:     make([]string, 1, 512),
		words:     map[rune][]word{},
		compounds: map[rune][]word{},
		living:    map[rune][]string{},
	}
	at := map[string]uint16{}
	place := func(syllable string) uint16 {
		i, ok := at[syllable]
		if !ok {
			i = uint16(len(t.texts))
			t.texts, at[syllable] = append(t.texts, syllable), i
		}
		return i
	}
	for line := range strings.Lines(readings) {
		syllable, list, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		i := place(syllable)
		for _, r := range list {
			t.syllables[r-firstRune] = i
		}
	}
	for r, s := range usual {
		t.syllables[r-firstRune] = place(s)
	}
	for _, w := range parseWords(phrases) {
		t.words[w.runes[0]] = insertLongestFirst(t.words[w.runes[0]], w)
		t.starts[w.runes[0]-firstRune] = true
	}
	for _, w := range parseWords(compoundSurnames) {
		t.compounds[w.runes[0]] = append(t.compounds[w.runes[0]], w)
	}
	for line := range strings.Lines(heteronyms) {
		if f := strings.Fields(line); len(f) > 1 {
			r, _ := utf8.DecodeRuneInString(f[0])
			t.living[r] = f[1:]
		}
	}
	return t
})

func insertLongestFirst(ws []word, w word) []word {
	at := 0
	for at < len(ws) && len(ws[at].runes) >= len(w.runes) {
		at++
	}
	return append(ws[:at], append([]word{w}, ws[at:]...)...)
}

// parseWords reads "重庆 chong qing" lines, separated by line breaks or commas.
func parseWords(text string) []word {
	var out []word
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == ',' }) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		out = append(out, word{word: f[0], runes: []rune(f[0]), syllables: f[1:]})
	}
	return out
}

func (t *lookup) wordAt(r rune, s string) (word, bool) {
	if r < firstRune || r > lastRune || !t.starts[r-firstRune] {
		return word{}, false
	}
	for _, w := range t.words[r] {
		if strings.HasPrefix(s, w.word) {
			return w, true
		}
	}
	return word{}, false
}

// syllable returns the usual reading, or the character itself (lower case for
// other alphabets) when no reading is known.
func (t *lookup) syllable(r rune) string {
	if r >= firstRune && r <= lastRune {
		if i := t.syllables[r-firstRune]; i > 0 {
			return t.texts[i]
		}
		return string(r)
	}
	if at := strings.IndexRune(rare, r); at >= 0 && r > 'z' {
		syllable, _, _ := strings.Cut(rare[strings.LastIndexByte(rare[:at], '\n')+1:at], " ")
		return syllable
	}
	return string(unicode.ToLower(r))
}
