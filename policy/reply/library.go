package reply

import (
	_ "embed" // the library
	"strings"
	"sync"
)

//go:embed library.tsv
var libraryText string

// Shipped is an answer that comes with the program. It holds until head office
// or a branch changes it or puts it aside.
type Shipped struct {
	Key string
	Template
}

// Library lists the answers that come with the program.
var Library = sync.OnceValue(func() []Shipped {
	var out []Shipped
	for line := range strings.Lines(libraryText) {
		cell := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(cell) != 8 {
			continue // the first line
		}
		out = append(out, Shipped{Key: cell[0], Template: Template{Title: cell[1], Kind: cell[2], Cause: cell[3], Channel: cell[4], Keywords: cell[5], Subject: cell[6],
			Body: strings.ReplaceAll(cell[7], `\n`, "\n")}})
	}
	return out
})
