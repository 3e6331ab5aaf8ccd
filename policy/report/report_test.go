package report

import "testing"

func TestASquareIsAsDarkAsItsFigureIsNearTheLargest(t *testing.T) {
	for _, c := range []struct {
		name    string
		n, most int64
		want    int
	}{
		{"nothing is left white", 0, 100, 0}, {"one of many is seen", 1, 1_000_000, 1}, {"a fifth is the first shade", 20, 100, 1}, {"just above it the second", 21, 100, 2},
		{"the largest is the darkest", 100, 100, 5}, {"money given back is nothing", -5, 100, 0}, {"where there is none there is none", 0, 0, 0},
	} {
		if got := Level(c.n, c.most); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestAFigureMovedByTenthsOfAPerCentOfTheOneBefore(t *testing.T) {
	for _, c := range []struct {
		name        string
		now, before int64
		want        int64
		ok          bool
	}{
		{"half as much again", 150, 100, 500, true}, {"half of it", 50, 100, -500, true}, {"the same", 7, 7, 0, true}, {"from nothing it says nothing", 7, 0, 0, false},
		{"two thirds more, rounded", 5, 3, 667, true}, {"one third less, rounded", 2, 3, -333, true}, {"to nothing", 0, 4, -1000, true},
	} {
		if got, ok := Moved(c.now, c.before); got != c.want || ok != c.ok {
			t.Errorf("%s: %d %v, want %d %v", c.name, got, ok, c.want, c.ok)
		}
	}
}
