package message

import (
	_ "embed" // the library
	"strconv"
	"strings"
	"sync"
)

//go:embed library.tsv
var libraryText string

// Shipped is a wording that comes with the program. It holds until head office
// changes it or puts it aside.
type Shipped struct {
	Key string // "spring.sms.2": occasion, channel, number; never given anew
	Template
}

// Library lists the wordings that come with the program.
var Library = sync.OnceValue(func() []Shipped {
	var out []Shipped
	count := map[string]int{}
	for line := range strings.Lines(libraryText) {
		cell := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(cell) != 5 {
			continue // the first line
		}
		t := Template{Occasion: strings.TrimPrefix(cell[0], "*"), Channel: cell[1], Tone: cell[2], Subject: cell[3], Body: strings.ReplaceAll(cell[4], `\n`, "\n")}
		set := cell[0] + "." + cell[1]
		count[set]++
		out = append(out, Shipped{Key: set + "." + strconv.Itoa(count[set]), Template: t})
	}
	return out
})
