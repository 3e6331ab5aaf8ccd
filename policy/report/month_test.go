package report

import (
	"slices"
	"testing"
)

func of(n int64) *int64 { return &n }

func TestChangesWorthASentence(t *testing.T) {
	for _, c := range []struct {
		name string
		list []Measure
		want []Note
	}{
		{"a tenth more pieces is", []Measure{{"pieces", of(1100), of(1000), nil, nil}}, []Note{{"pieces", AgainstMonth, 100, 1}}},
		{"just below a tenth is not", []Measure{{"pieces", of(1099), of(1000), nil, nil}}, nil},
		{"a tenth less is, for the worse", []Measure{{"freight", of(900_000), of(1_000_000), nil, nil}}, []Note{{"freight", AgainstMonth, -100, -1}}},
		{"so few pieces that it says nothing", []Measure{{"pieces", of(99), of(9), nil, nil}}, nil},
		{"a hundred of them say something", []Measure{{"pieces", of(100), of(50), nil, nil}}, []Note{{"pieces", AgainstMonth, 1000, 1}}},
		{"the larger of the two comparisons speaks", []Measure{{"pieces", of(1200), of(1000), of(600), nil}}, []Note{{"pieces", AgainstYear, 1000, 1}}},
		{"the month before where both are alike", []Measure{{"pieces", of(1200), of(1000), of(1000), nil}}, []Note{{"pieces", AgainstMonth, 200, 1}}},
		{"more complaints are for the worse", []Measure{{"complaints", of(12), of(10), nil, nil}}, []Note{{"complaints", AgainstMonth, 200, -1}}},
		{"four complaints instead of one say nothing", []Measure{{"complaints", of(4), of(1), nil, nil}}, nil},
		{"five instead of one do", []Measure{{"complaints", of(5), of(1), nil, nil}}, []Note{{"complaints", AgainstMonth, 4000, -1}}},
		{"shares are compared in points", []Measure{{"answered", of(850), of(900), nil, nil}}, []Note{{"answered", AgainstMonth, -50, -1}}},
		{"just below five points are not", []Measure{{"answered", of(851), of(900), nil, nil}}, nil},
		{"nothing known, nothing said", []Measure{{"csi", nil, of(800), of(700), nil}, {"csi", of(800), nil, nil, nil}}, nil},
		{"from nothing it cannot be told by how much", []Measure{{"pieces", of(1000), of(0), nil, nil}}, nil},
		{"the worse come first, each by how far it is beyond", []Measure{{"pieces", of(2000), of(1000), nil, nil}, {"complaints", of(20), of(10), nil, nil}, {"visits", of(70), of(100), nil, nil}},
			[]Note{{"complaints", AgainstMonth, 1000, -1}, {"visits", AgainstMonth, -300, -1}, {"pieces", AgainstMonth, 1000, 1}}},
		{"the waybills are left to the pieces", []Measure{{"waybills", of(2000), of(1000), nil, nil}}, nil},
		{"a measure of a later version is passed over", []Measure{{"unheard", of(2000), of(1000), nil, nil}}, nil},
	} {
		if got := Notable(c.list); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAReportHasNoMoreThanSixSentences(t *testing.T) {
	var list []Measure
	for _, code := range Codes {
		list = append(list, Measure{code, of(2_000_000), of(1_000_000), nil, nil})
	}
	if n := len(Notable(list)); n != MostNotes {
		t.Errorf("%d sentences", n)
	}
	for _, code := range Codes {
		if Kinds[code].Unit == "" || Kinds[code].Much <= 0 {
			t.Errorf("%s has no kind", code)
		}
	}
}
