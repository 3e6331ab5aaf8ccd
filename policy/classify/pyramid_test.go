package classify_test

import (
	"slices"
	"testing"

	"yike/policy/classify"
)

func TestAnIndustryThatIsUsualInTheMiddleTierIsMarkedUntilOneStandsThere(t *testing.T) {
	r := classify.Default()
	var list []classify.Client
	for i := range 100 {
		list = append(list, monthly(int64(10_000-i*100), 5, 12))
	}
	of := func(r classify.Rules, c classify.Client) bool {
		return r.Frame(classify.Cut(r, clientsOf(list)), on).Label(&c).Marks&classify.MarkUsual != 0
	}
	low, middle := monthly(100, 5, 12), monthly(9_000, 5, 12)
	for _, c := range []struct {
		name     string
		client   classify.Client
		industry string
		want     bool
	}{
		{"a low one in advertising", low, "广告传媒", true},
		{"a low one whose word is longer", low, "医药器械批发", true},
		{"a low one in something else", low, "五金机电", false},
		{"a low one of no industry", low, "", false},
		{"one who stands in the middle", middle, "广告", false},
		{"one who never sent anything", classify.Client{}, "设计", true},
	} {
		c.client.Industry = c.industry
		if got := of(r, c.client); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	r.Classes.Industries = []string{"五金"}
	low.Industry = "五金机电"
	if !of(r, low) {
		t.Error("the rule's own word does not count")
	}
	r.Classes.Industries = nil
	if of(r, low) {
		t.Error("no word, and a mark")
	}
}

func TestTheLowTierIsToldApartAsTheRuleSays(t *testing.T) {
	r := classify.Default()
	big, owes, quiet := monthly(90_000, 5, 12), monthly(10, 5, 12), monthly(10, 5, 12)
	owes.Overdue = 1
	quiet.Last = on.AddMonths(-5)
	list := []classify.Client{big, owes, quiet}
	tier := func(c classify.Client) string { return r.Frame(classify.Cut(r, clientsOf(list)), on).Label(&c).Tier }
	if a, b := tier(owes), tier(quiet); a != classify.TierDoubtful || b != classify.TierInactive {
		t.Errorf("all kinds: %s and %s", a, b)
	}
	r.Classes.Lower = []string{classify.TierInactive}
	if a, b := tier(owes), tier(quiet); a != classify.TierOrdinary || b != classify.TierInactive {
		t.Errorf("one kind only: %s and %s", a, b)
	}
}

func TestEachPresetIsARuleThatCanBeUsed(t *testing.T) {
	for _, name := range classify.Presets {
		r := classify.DefaultClasses()
		r.Methods, r.Industries, r.Lower = nil, nil, nil
		if !r.Preset(name) || len(r.Methods) != 1 || len(r.Faults()) != 0 {
			t.Errorf("%s: %+v %v", name, r, r.Faults())
		}
	}
	r := classify.DefaultClasses()
	if r.Preset("none") || !slices.Equal(r.Methods, []string{classify.ByAmount}) {
		t.Error("a preset that is none")
	}
	r.Industries, r.Lower = nil, nil
	r.Preset("pyramid")
	if r.Rank != [2]int{5, 20} || !slices.Contains(r.Industries, "医药") || len(r.Lower) != 4 {
		t.Errorf("the pyramid: %+v", r)
	}
}
