package people

import "testing"

func TestAFigureOfTooLittleIsNone(t *testing.T) {
	for name, x := range map[string]struct {
		f    Figures
		code string
		want int64
		ok   bool
	}{
		"no parcels, no share":                       {Figures{}, Signed, 0, false},
		"one parcel is a share":                      {Figures{Parcels: 1, Signed: 1}, Signed, 1000, true},
		"two of three, rounded half up":              {Figures{Parcels: 3, Signed: 2}, Signed, 667, true},
		"four answers are too few":                   {Figures{Ratings: 4, Good: 4}, Praise, 0, false},
		"five are enough":                            {Figures{Ratings: 5, Good: 4}, Praise, 800, true},
		"99 parcels are too few for a rate":          {Figures{Parcels: 99, Complaints: 9}, Complaints, 0, false},
		"one complaint of 100 parcels is 100 of 10⁴": {Figures{Parcels: 100, Complaints: 1}, Complaints, 1000, true},
		"no complaint is a rate, too":                {Figures{Parcels: 100}, Complaints, 0, true},
		"no visits are none, and known":              {Figures{}, Visits, 0, true},
		"promises of which nothing is known":         {Figures{Cases: 3}, Answered, 0, false},
		"a word of nothing":                          {Figures{Visits: 3}, "other", 0, false},
	} {
		if got, _, _, ok := x.f.Value(x.code); got != x.want || ok != x.ok {
			t.Errorf("%s: %d, %v", name, got, ok)
		}
	}
	for _, m := range Measures {
		if _, _, _, ok := (Figures{Parcels: 100, Ratings: 5, AnswerKept: 1, SolveKept: 1}).Value(m.Code); !ok {
			t.Errorf("%s is never known", m.Code)
		}
	}
}
