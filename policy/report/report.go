// Package report owns how figures of a report are judged: by how much they
// moved, how dark a square of a picture is, and which changes of a month are
// worth a sentence. It knows no database, no words and no clock.
package report

// Level is how dark a square is, 0 (nothing) to Levels: by how near the figure
// comes to the largest, so that a small one is told from none.
func Level(n, most int64) int {
	if n <= 0 || most <= 0 {
		return 0
	}
	return int(min((n*Levels+most-1)/most, Levels))
}

// Levels is how many shades a picture has.
const Levels = 5

// Moved is by how many tenths of a per cent a figure differs from the one
// before; false from nothing.
func Moved(now, before int64) (tenths int64, ok bool) {
	if before <= 0 {
		return 0, false
	}
	d := (now - before) * 1000
	if d < 0 {
		return -((-d + before/2) / before), true
	}
	return (d + before/2) / before, true
}
