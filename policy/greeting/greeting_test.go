package greeting

import (
	"slices"
	"testing"

	"yike/policy/consent"
	"yike/policy/day"
	"yike/policy/festival"
)

func TestWhoIsGreeted(t *testing.T) {
	plan := Plan{On: true, Classes: []string{"A", "B"}, Means: []Means{Call}, By: ByOwner}
	tagged := plan
	tagged.Tags = []string{"老客户"}
	everyone := plan
	everyone.Everyone = true
	good := Facts{Class: "A", First: true, HasDay: true, Said: consent.Given}
	with := func(change func(*Facts)) Facts { f := good; change(&f); return f }
	for _, c := range []struct {
		why  string
		plan Plan
		code festival.Code
		f    Facts
		want Reason
	}{
		{"an A client's first contact who said yes", plan, festival.Spring, good, In},
		{"an occasion that is not kept", Plan{}, festival.Spring, good, PlanOff},
		{"a contact who left", plan, festival.Spring, with(func(f *Facts) { f.Left = true }), Left},
		{"a C client", plan, festival.Spring, with(func(f *Facts) { f.Class = "C" }), NotClass},
		{"a client without a class", plan, festival.Spring, with(func(f *Facts) { f.Class = "" }), NotClass},
		{"without one of the tags", tagged, festival.Spring, good, NotTag},
		{"with one of the tags", tagged, festival.Spring, with(func(f *Facts) { f.Tagged = true }), In},
		{"the second contact", plan, festival.Spring, with(func(f *Facts) { f.First = false }), NotFirst},
		{"the second contact where everyone is greeted", everyone, festival.Spring, with(func(f *Facts) { f.First = false }), In},
		{"a birthday that is not known", plan, Birthday, with(func(f *Facts) { f.HasDay = false }), NoDay},
		{"a festival needs no birthday", plan, festival.Spring, with(func(f *Facts) { f.HasDay = false }), In},
		{"an open complaint", plan, festival.Spring, with(func(f *Facts) { f.Complaint = true }), Complaint},
		{"who was not asked", plan, festival.Spring, with(func(f *Facts) { f.Said = consent.NotAsked }), NotAsked},
		{"who said no", plan, festival.Spring, with(func(f *Facts) { f.Said = consent.Refused }), SaidNo},
		{"who took it back", plan, festival.Spring, with(func(f *Facts) { f.Said = consent.Withdrawn }), TookBack},
		{"the call after the first parcel needs no yes", plan, FirstParcel, with(func(f *Facts) { f.Said = consent.NotAsked }), In},
		{"but a no ends it", plan, FirstParcel, with(func(f *Facts) { f.Said = consent.Refused }), SaidNo},
	} {
		if got := Decide(c.plan, c.code, c.f, consent.DefaultRule()); got != c.want {
			t.Errorf("%s: %s, want %s", c.why, got, c.want)
		}
		if !slices.Contains(Reasons, c.want) {
			t.Errorf("%s is not among the reasons", c.want)
		}
	}
}

func dates(year int, close int, on ...festival.Code) [][]Wish {
	var list []Wish
	for _, d := range festival.Dates(nil, day.Of(year, 1, 1), day.Of(year, 12, 31)) {
		list = append(list, Wish{Date: d, Plan: Plan{On: slices.Contains(on, d.Code), Ahead: 7, Means: []Means{Call}, By: ByOwner}})
	}
	return Groups(list, close)
}

func codes(groups [][]Wish) (out []string) {
	for _, g := range groups {
		text := ""
		for _, w := range g {
			text += "+" + string(w.Code)
		}
		out = append(out, text[1:])
	}
	return out
}

func TestFestivalsThatFallCloseTogether(t *testing.T) {
	six := []festival.Code{festival.NewYear, festival.Spring, festival.Labour, festival.DragonBoat, festival.MidAutumn, festival.National}
	for _, c := range []struct {
		why   string
		year  int
		close int
		on    []festival.Code
		want  []string
	}{
		{"Mid-Autumn six days before National Day", 2026, 7, six, []string{"new_year", "spring", "labour", "dragon_boat", "mid_autumn+national"}},
		{"… not when only five days count as close", 2026, 5, six, []string{"new_year", "spring", "labour", "dragon_boat", "mid_autumn", "national"}},
		{"Mid-Autumn behind National Day", 2025, 7, six, []string{"new_year", "spring", "labour", "dragon_boat", "national+mid_autumn"}},
		{"both on one day", 2020, 0, six, []string{"new_year", "spring", "labour", "dragon_boat", "mid_autumn+national"}},
		{"far apart", 2027, 7, six, []string{"new_year", "spring", "labour", "dragon_boat", "mid_autumn", "national"}},
		{"what is not kept brings nothing forward", 2026, 7, []festival.Code{festival.National}, []string{"national"}},
		{"清明 is never among them, whatever the plan says", 2026, 7, []festival.Code{festival.Qingming, festival.Labour}, []string{"labour"}},
		{"New Year's Eve with Spring Festival", 2027, 7, []festival.Code{festival.NewYearsEve, festival.Spring}, []string{"new_years_eve+spring"}},
	} {
		if got := codes(dates(c.year, c.close, c.on...)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.why, got, c.want)
		}
	}
}

// In every year of the table, whatever counts as close: each festival that is
// kept stands in one greeting, and none is dropped.
func TestNoFestivalIsDropped(t *testing.T) {
	kept := slices.DeleteFunc(slices.Clone(festival.Codes), func(c festival.Code) bool { return festival.MoodOf(c) == festival.Silent })
	for year := festival.FirstYear; year <= festival.LastYear; year++ {
		for close := 0; close <= MaxClose; close++ {
			n := map[festival.Code]int{}
			for _, g := range dates(year, close, kept...) {
				for _, w := range g {
					if n[w.Code]++; int(w.Day-g[0].Day) > close {
						t.Fatalf("%d: %s is %d days behind %s", year, w.Code, w.Day-g[0].Day, g[0].Code)
					}
				}
			}
			for _, c := range kept {
				if n[c] != 1 {
					t.Fatalf("%d, close %d: %s stands in %d greetings", year, close, c, n[c])
				}
			}
		}
	}
}

func TestWhenAGreetingIsMade(t *testing.T) {
	six := []festival.Code{festival.MidAutumn, festival.National}
	group := dates(2026, 7, six...)[0]
	group[0].Plan.Treats = map[string]Treat{"A": {Gift: "月饼", Budget: 5000}, "B": {Budget: 1000}}
	group[1].Plan.Treats = map[string]Treat{"A": {Gift: "水果", Budget: 3000}, "B": {Gift: "贺卡", Budget: 2000}}
	on := day.MustParse("2026-09-25")
	for _, c := range []struct {
		why   string
		list  []Wish
		today day.Day
		late  int
		want  string
	}{
		{"eight days before is too early", group, on - 8, 3, ""},
		{"seven days before", group, on - 7, 3, "mid_autumn+national"},
		{"three days late, after nights without power", group, on + 3, 3, "mid_autumn+national"},
		{"later, only what is still to come", group, on + 4, 3, "national"},
		{"all over", group, on + 20, 3, ""},
		{"who is only greeted on the second waits for it", group[1:], on - 7, 3, ""},
		{"… and has it by itself", group[1:], on - 1, 3, "national"},
		{"nothing to make", nil, on, 3, ""},
	} {
		got := ""
		if m := Make(c.list, "A", c.today, c.late); m != nil {
			got = codes([][]Wish{append([]Wish{m.Wish}, m.Also...)})[0]
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
	}
	if m := Make(group, "A", on, 3); m.Treat != (Treat{"月饼", 5000}) {
		t.Errorf("an A client gets %+v, one gift, the larger", m.Treat)
	}
	if m := Make(group, "B", on, 3); m.Treat != (Treat{"贺卡", 2000}) {
		t.Errorf("a B client gets %+v", m.Treat)
	}
	boat := dates(2026, 7, festival.DragonBoat)[0]
	if m := Make(boat, "A", boat[0].Day, 3); m.Mood != festival.Peaceful {
		t.Errorf("端午 is %s", m.Mood)
	}
}

func TestPlansThatCannotBe(t *testing.T) {
	good := Plan{On: true, Classes: []string{"A"}, Means: []Means{Gift}, Ahead: 7, By: ByOwner, Treats: map[string]Treat{"A": {"月饼", 5000}}}
	with := func(change func(*Plan)) Plan { p := good; change(&p); return p }
	offer := &Offer{Text: "下单减 5 元", Value: 500, Until: day.MustParse("2026-12-31")}
	for _, c := range []struct {
		why  string
		code festival.Code
		p    Plan
		want []Fault
	}{
		{"a plan", festival.Spring, good, nil},
		{"清明 carries no plan", festival.Qingming, good, []Fault{SilentDay}},
		{"… but may be off", festival.Qingming, with(func(p *Plan) { p.On = false }), nil},
		{"without means", festival.Spring, with(func(p *Plan) { p.Means = nil }), []Fault{NoMeans}},
		{"means that are none", festival.Spring, with(func(p *Plan) { p.Means = []Means{"fax"} }), []Fault{NoMeans}},
		{"too early", festival.Spring, with(func(p *Plan) { p.Ahead = 31 }), []Fault{BadAhead}},
		{"a class that is none", festival.Spring, with(func(p *Plan) { p.Classes = []string{"D"} }), []Fault{BadClass}},
		{"a budget below nothing", festival.Spring, with(func(p *Plan) { p.Treats = map[string]Treat{"A": {Budget: -1}} }), []Fault{BadTreat}},
		{"nobody to do it", festival.Spring, with(func(p *Plan) { p.By = "" }), []Fault{BadDoer}},
		{"an offer with the first parcel", FirstParcel, with(func(p *Plan) { p.Offer = offer }), nil},
		{"an offer at Spring Festival", festival.Spring, with(func(p *Plan) { p.Offer = offer }), []Fault{OfferPlace}},
		{"an offer without an end", FirstParcel, with(func(p *Plan) { p.Offer = &Offer{Text: "减 5 元"} }), []Fault{BadOffer}},
	} {
		if got := c.p.Faults(c.code, MoodOf(c.code, nil)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.why, got, c.want)
		}
	}
	usual := Default()
	for code, p := range usual.Plans {
		if f := p.Faults(code, MoodOf(code, nil)); len(f) > 0 {
			t.Errorf("the plan by default of %s: %v", code, f)
		}
	}
	own := []festival.Occasion{{Code: "own_1", Name: "公祭日", By: festival.BySolar, Month: 12, Day: 13, Mood: festival.Silent}}
	if MoodOf("own_1", own) != festival.Silent || MoodOf("own_2", own) != festival.Silent || MoodOf(Birthday, own) != festival.Joyful {
		t.Error("a day of mourning, and what is not known, is silent; a birthday joyful")
	}
}

func TestWhichOccasionsAreKept(t *testing.T) {
	own := []festival.Occasion{{Code: "own_1", Mood: festival.Joyful}, {Code: "own_2", Mood: festival.Joyful, Off: true}, {Code: "own_3", Mood: festival.Silent}}
	r := Rule{Plans: map[festival.Code]Plan{festival.Spring: {On: true}, festival.Lantern: {}, festival.Qingming: {On: true}, Birthday: {On: true},
		"own_1": {On: true}, "own_2": {On: true}, "own_3": {On: true}, "own_4": {On: true}}}
	for code, want := range map[festival.Code]bool{festival.Spring: true, festival.Lantern: false, festival.National: false, festival.Qingming: false, Birthday: true, FirstParcel: false,
		"own_1": true, "own_2": false, "own_3": false, "own_4": false} {
		if got := r.Keeps(code, own); got != want {
			t.Errorf("%s is kept: %v", code, got)
		}
	}
}

func TestWhatIsLostBetweenTwoNights(t *testing.T) {
	list := func(ahead int) (out []Wish) {
		for _, d := range festival.Dates(nil, day.Of(2026, 9, 1), day.Of(2026, 10, 31)) {
			out = append(out, Wish{Date: d, Plan: Plan{On: d.Code == festival.MidAutumn || d.Code == festival.National, Ahead: ahead}})
		}
		return out
	}
	// 中秋 is the 25th of September, six days before the first of October.
	for _, c := range []struct {
		why         string
		close       int
		last, today string
		want        []string
	}{
		{"a night on the first day asks in time", 7, "2026-09-18", "2026-10-20", nil},
		{"the night before it is too early", 7, "2026-09-17", "2026-10-20", []string{"mid_autumn", "national"}},
		{"on the last day it may still be made up for", 7, "2026-09-17", "2026-09-28", nil},
		{"the day after, the first of the two is over", 7, "2026-09-17", "2026-09-29", []string{"mid_autumn"}},
		{"and the other one three days behind it", 7, "2026-09-17", "2026-10-05", []string{"mid_autumn", "national"}},
		{"apart, each has its own days", 5, "2026-09-20", "2026-10-20", []string{"national"}},
		{"a night between them", 5, "2026-09-17", "2026-10-04", []string{"mid_autumn"}},
	} {
		var got []string
		for _, w := range Lost(list(7), Rule{Close: c.close, Late: 3}, day.MustParse(c.last), day.MustParse(c.today)) {
			got = append(got, string(w.Code))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.why, got, c.want)
		}
	}
}
