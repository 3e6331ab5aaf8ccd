package today

import "testing"

// usually is a branch that had the same figures on n weekdays before.
func usually(id int64, n int, before, now Day) BranchDay {
	b := BranchDay{ID: id, Day: now}
	for range n {
		b.Before = append(b.Before, before)
	}
	return b
}

// three are branches on whose day nothing is odd.
func three(before, now Day) []BranchDay {
	return []BranchDay{usually(11, 8, before, now), usually(12, 8, before, now), usually(13, 8, before, now)}
}

func TestWhichBranchIsOutOfLine(t *testing.T) {
	const yuan = 100
	usual := Day{400, 4000 * yuan, 4, 10}
	for _, c := range []struct {
		name   string
		list   []BranchDay
		id     int64 // that is out of line first, 0 for nobody
		figure Figure
		change int
		others int
		beside bool
		worse  bool
	}{
		{name: "nobody", list: nil},
		{name: "a day like every other", list: append(three(usual, usual), usually(1, 8, usual, usual))},
		{name: "parcels fall by two fifths, the others' do not", list: append(three(usual, usual), usually(1, 8, usual, Day{240, 4000 * yuan, 4, 10})), id: 1, figure: Parcels, change: -40, beside: true, worse: true},
		{name: "all fall alike, as on a holiday", list: append(three(usual, Day{240, 2400 * yuan, 4, 10}), usually(1, 8, usual, Day{240, 2400 * yuan, 4, 10}))},
		{name: "all fall, and one does not: more is odd, too, and not worse", list: append(three(Day{1: 4000 * yuan, 0: 400}, Day{1: 2400 * yuan, 0: 240}), usually(1, 8, Day{1: 4000 * yuan, 0: 400}, Day{1: 5600 * yuan, 0: 560})), id: 1, figure: Freight, change: 40, others: -40, beside: true},
		{name: "it stands as usual while the others fall: that is not odd", list: append(three(usual, Day{240, 2400 * yuan, 4, 10}), usually(1, 8, usual, usual))},
		{name: "just under a fifth", list: append(three(usual, usual), usually(1, 8, usual, Day{321, 4000 * yuan, 4, 10}))},
		{name: "a fifth of few is chance", list: append(three(Day{10, 0, 0, 0}, Day{10, 0, 0, 0}), usually(1, 8, Day{10, 0, 0, 0}, Day{4, 0, 0, 0}))},
		{name: "nothing of ten is not", list: append(three(Day{10, 0, 0, 0}, Day{10, 0, 0, 0}), usually(1, 8, Day{10, 0, 0, 0}, Day{})), id: 1, figure: Parcels, change: -100, beside: true, worse: true},
		{name: "three cases where there are none are chance's edge", list: append(three(Day{400, 0, 0, 0}, Day{400, 0, 0, 0}), usually(1, 8, Day{400, 0, 0, 0}, Day{400, 0, 3, 0})), id: 1, figure: Cases, worse: true},
		{name: "two are not odd", list: append(three(Day{400, 0, 0, 0}, Day{400, 0, 0, 0}), usually(1, 8, Day{400, 0, 0, 0}, Day{400, 0, 2, 0}))},
		{name: "cases rise", list: append(three(usual, usual), usually(1, 8, usual, Day{400, 4000 * yuan, 14, 10})), id: 1, figure: Cases, change: 250, beside: true, worse: true},
		{name: "three weeks behind it are too few to say what is usual", list: append(three(usual, usual), usually(1, 3, usual, Day{0, 0, 0, 0}))},
		{name: "four are enough", list: append(three(usual, usual), usually(1, 4, usual, Day{})), id: 1, figure: Parcels, change: -100, beside: true, worse: true},
		{name: "with two others it is judged by itself", list: append(three(usual, usual)[:2], usually(1, 8, usual, Day{240, 4000 * yuan, 4, 10})), id: 1, figure: Parcels, change: -40, worse: true},
	} {
		got := Odds(c.list)
		if c.id == 0 {
			if len(got) != 0 {
				t.Errorf("%s: %+v is out of line", c.name, got)
			}
			continue
		}
		if len(got) == 0 {
			t.Errorf("%s: nobody is out of line", c.name)
			continue
		}
		var x Odd
		for _, o := range got {
			if o.ID == c.id && o.Figure == c.figure {
				x = o
			}
		}
		if x.ID != c.id || x.Change != c.change || x.Others != c.others || x.Beside != c.beside || x.Worse != c.worse || x.Steps < oddSteps {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

// A branch that opened half-way through has no days before that.
func TestABranchIsComparedWithItsOwnDaysOnly(t *testing.T) {
	b := usually(1, 4, Day{100, 0, 0, 0}, Day{100, 0, 0, 0})
	b.Before = append(b.Before, Day{}, Day{}, Day{}, Day{})
	if got := Odds([]BranchDay{b}); len(got) != 0 {
		t.Errorf("a branch as ever: %+v", got)
	}
	b.Day = Day{}
	if got := Odds([]BranchDay{b}); len(got) != 1 || got[0].Days != 4 || got[0].Usual != 100 {
		t.Errorf("a branch that stands still: %+v", got)
	}
}

// One that is always restless is not odd for being so again.
func TestARestlessBranchIsNotOdd(t *testing.T) {
	b := BranchDay{ID: 1, Day: Day{150, 0, 0, 0}}
	for _, n := range []int64{100, 300, 140, 260, 180, 330, 120, 240} {
		b.Before = append(b.Before, Day{n, 0, 0, 0})
	}
	if got := Odds([]BranchDay{b}); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	for i := range b.Before {
		b.Before[i] = Day{205 + int64(i%3), 0, 0, 0}
	}
	if got := Odds([]BranchDay{b}); len(got) != 1 {
		t.Errorf("the same day at a steady branch: %+v", got)
	}
}

func TestTheFurthestOutComesFirst(t *testing.T) {
	list := append(three(Day{400, 0, 0, 0}, Day{400, 0, 0, 0}), usually(1, 8, Day{400, 0, 0, 0}, Day{250, 0, 0, 0}), usually(2, 8, Day{400, 0, 0, 0}, Day{100, 0, 0, 0}))
	got := Odds(list)
	if len(got) != 2 || got[0].ID != 2 || got[1].ID != 1 {
		t.Errorf("%+v", got)
	}
}
