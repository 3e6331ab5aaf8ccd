package people

import (
	"slices"
	"testing"
)

func TestATargetIsCarriedIntoLaterOnesThatOnlyWentOn(t *testing.T) {
	visits := func(person, value int64) Target {
		return Target{Measure: "visits", Group: Rep, Person: person, Value: value}
	}
	forms := Target{Measure: "forms", Group: Rep, Person: 7, Value: 2}
	for name, x := range map[string]struct{ was, now, later, want Targets }{
		"set anew, and none later":       {nil, Targets{visits(7, 5)}, Targets{visits(8, 9)}, Targets{visits(8, 9), visits(7, 5)}},
		"set anew, and another later":    {nil, Targets{visits(7, 5)}, Targets{visits(7, 6)}, nil},
		"changed, and the same later":    {Targets{visits(7, 5)}, Targets{visits(7, 8)}, Targets{visits(7, 5), forms}, Targets{forms, visits(7, 8)}},
		"changed, and another later":     {Targets{visits(7, 5)}, Targets{visits(7, 8)}, Targets{visits(7, 6)}, nil},
		"changed, and taken away later":  {Targets{visits(7, 5)}, Targets{visits(7, 8)}, nil, nil},
		"taken away, and the same later": {Targets{visits(7, 5)}, nil, Targets{visits(7, 5)}, Targets{}},
		"as it was":                      {Targets{visits(7, 5)}, Targets{visits(7, 5)}, Targets{visits(7, 5)}, nil},
		"of somebody else":               {nil, Targets{visits(8, 5)}, nil, nil},
		"of each of the group":           {nil, Targets{visits(0, 5)}, nil, nil},
	} {
		got, changed := x.later.Carry(7, x.was, x.now)
		if changed != (x.want != nil) || changed && !slices.Equal(got, x.want) || !changed && !slices.Equal(got, x.later) {
			t.Errorf("%s: %v %v, want %v", name, got, changed, x.want)
		}
	}
	if got, changed := (Targets{}).Carry(0, nil, Targets{visits(0, 5), visits(7, 1)}); !changed || !slices.Equal(got, Targets{visits(0, 5)}) {
		t.Errorf("of each of the group: %v %v", got, changed)
	}
}
