package unusual

import "testing"

func TestJudge(t *testing.T) {
	month := []int{18, 22, 20, 19, 25, 0, 21, 20}
	for _, c := range []struct {
		name string
		u    Usage
		want Finding
	}{
		{"an ordinary day", Usage{Files: 25, Before: month}, Finding{}},
		{"three times the usual day is not yet more than that", Usage{Files: 60, Before: month}, Finding{}},
		{"more than three times the usual day", Usage{Files: 61, Before: month}, Finding{ManyFiles, 61, 20}},
		{"three times a quiet person's day, still few files", Usage{Files: 50, Before: []int{3, 3, 3, 3, 3}}, Finding{}},
		{"a quiet person, just past the fixed limit", Usage{Files: 51, Before: []int{3, 3, 3, 3, 3}}, Finding{ManyFiles, 51, 3}},
		{"a newcomer is measured by the fixed limit alone", Usage{Files: 51, Before: []int{100, 100, 100, 100}}, Finding{ManyFiles, 51, 0}},
		{"nobody ever looked", Usage{}, Finding{}},
		{"a busy clerk on a busy day", Usage{Files: 250, Before: []int{100, 100, 100, 100, 100}}, Finding{}},
		{"twenty fields within an hour", Usage{Reveals: 20}, Finding{}},
		{"one more", Usage{Reveals: 21}, Finding{ManyReveals, 21, 20}},
		{"both: the reveals are told, they weigh more", Usage{Files: 99, Reveals: 30}, Finding{ManyReveals, 30, 20}},
	} {
		if got := Judge(c.u, Default()); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	if got := Judge(Usage{Files: 9999, Reveals: 9999}, Limits{}); got != (Finding{}) {
		t.Errorf("limits of nothing are switched off: %+v", got)
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		name string
		days []int
		want int
	}{
		{"no day", nil, 0},
		{"too few to tell", []int{9, 9, 9, 9}, 0},
		{"an odd number", []int{5, 1, 9, 3, 7}, 5},
		{"an even number takes the lower middle", []int{1, 2, 3, 4, 5, 6}, 3},
	} {
		if got := Median(c.days); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
