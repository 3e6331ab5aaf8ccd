package standard

import (
	"slices"
	"testing"

	"yike/policy/place"
)

func TestAStandardAsksByKind(t *testing.T) {
	var r Rule
	r.Set("credit_code", "enterprise", Must)
	r.Set("industry", "enterprise", Should)
	r.Set("kind", None, Must)
	for _, c := range []struct {
		name, kind   string
		must, should int64
	}{
		{"an enterprise", "enterprise", Bit("credit_code"), Bit("industry")},
		{"somebody of another kind", "individual", 0, 0},
		{"a file without a kind", "", Bit("kind"), 0},
		{"a kind that nobody knows", "alien", 0, 0},
	} {
		if must, should := r.Bits(c.kind); must != c.must || should != c.should {
			t.Errorf("%s: must %b should %b, want %b and %b", c.name, must, should, c.must, c.should)
		}
	}
}

func TestAPhoneThatMustBeMobileIsOneDemand(t *testing.T) {
	var r Rule
	r.Set("phone", "enterprise", Must)
	r.Phone = Mobile
	must, _ := r.Bits("enterprise")
	landline := Lacks(File{Phones: []string{"0571-86000123"}})
	mobile := Lacks(File{Phones: []string{"0571-86000123", "13800001054"}})
	if got := Names(must & landline); !slices.Equal(got, []string{"phone"}) {
		t.Errorf("a landline only: %v", got)
	}
	if got := Names(must & mobile); got != nil {
		t.Errorf("a mobile besides: %v", got)
	}
	if got := Names(Bit("phone") | Bit("mobile")); !slices.Equal(got, []string{"phone"}) {
		t.Errorf("named twice: %v", got)
	}
}

func TestABranchAsksForMoreAndNeverForLess(t *testing.T) {
	var head, own Rule
	head.Set("phone", "enterprise", Must)
	head.Set("source", "enterprise", Should)
	own.Set("phone", "enterprise", Should)
	own.Set("source", "enterprise", Must)
	own.Set("industry", "individual", Should)
	both := head.With(own)
	for field, want := range map[string]Level{"phone": Must, "source": Must} {
		if got := both.Level(field, "enterprise"); got != want {
			t.Errorf("%s: %q, want %q", field, got, want)
		}
	}
	if both.Level("industry", "individual") != Should || both.Level("industry", "enterprise") != Free {
		t.Error("what only the branch asks for is lost or spread")
	}
	if weaker := own.Weaker(head); len(weaker) != 1 || weaker[0] != [2]string{"phone", "enterprise"} {
		t.Errorf("weaker: %v", weaker)
	}
	if head.Level("source", "enterprise") != Should {
		t.Error("putting rules together changed one of them")
	}
	if head.Phone = Mobile; head.With(Rule{}).Phone != Mobile {
		t.Error("a branch loosens the format")
	}
}

func TestWhatAFileLacks(t *testing.T) {
	full := File{Phones: []string{"13800001054"}, Contact: true, Owner: true, Clerk: true, Kind: "enterprise", PlaceCode: "330106", Address: "文三路 1 号",
		Class: "A", Industry: "服装鞋帽", Source: "visit", Credit: "91330106MA27XK5B4N", Term: "monthly"}
	if got := Lacks(full); got != 0 {
		t.Fatalf("a full file lacks %v", Names(got))
	}
	for field, change := range map[string]func(*File){
		"phone": func(f *File) { f.Phones = nil }, "contact": func(f *File) { f.Contact = false }, "kind": func(f *File) { f.Kind = "" },
		"district": func(f *File) { f.PlaceCode = "330100" }, "address": func(f *File) { f.Address = "" }, "owner": func(f *File) { f.Owner = false },
		"clerk": func(f *File) { f.Clerk = false }, "class": func(f *File) { f.Class = "" }, "industry": func(f *File) { f.Industry = "" },
		"source": func(f *File) { f.Source = "" }, "credit_code": func(f *File) { f.Credit = "91330106" }, "terms": func(f *File) { f.Term = "" },
	} {
		f := full
		change(&f)
		if got := Names(Lacks(f)); !slices.Equal(got, []string{field}) {
			t.Errorf("without %s it lacks %v", field, got)
		}
	}
	if len(Names(Lacks(File{}))) != len(Asked) {
		t.Errorf("an empty file lacks %v", Names(Lacks(File{})))
	}
}

func TestOnlyWhatAnEditTakesAwayStopsIt(t *testing.T) {
	phone, credit := Bit("phone"), Bit("credit_code")
	for _, c := range []struct {
		name           string
		was, now, must int64
		want           int64
	}{
		{"an old gap that the edit does not touch", credit, credit, credit | phone, 0},
		{"the phone is emptied", credit, credit | phone, credit | phone, phone},
		{"a gap is filled", credit | phone, credit, credit | phone, 0},
		{"what nobody asks for is emptied", 0, credit, phone, 0},
		{"a new file lacks both", 0, credit | phone, credit | phone, credit | phone},
	} {
		if got := Broken(c.was, c.now, c.must); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, Names(got), Names(c.want))
		}
	}
}

// Every current city either has districts or needs none.
func TestTheUndividedCitiesAreThose(t *testing.T) {
	for _, province := range place.Provinces() {
		for _, city := range place.Children(province.Code) {
			if !city.Current() || city.Level != place.City {
				continue
			}
			divided := slices.ContainsFunc(place.Children(city.Code), place.Division.Current)
			if ToDistrict(city.Code) == divided {
				t.Errorf("%s %s: divided %v", city.Code, city.Name, divided)
			}
		}
	}
	for code, want := range map[string]bool{"": false, "330000": false, "330100": false, "330106": true, "441900": true, "999999": false} {
		if ToDistrict(code) != want {
			t.Errorf("%q: %v", code, !want)
		}
	}
}

func TestARuleOfUnknownWordsIsNone(t *testing.T) {
	for name, r := range map[string]Rule{
		"a field":  {Levels: map[string]map[string]Level{"income": {"enterprise": Must}}},
		"a kind":   {Levels: map[string]map[string]Level{"phone": {"alien": Must}}},
		"a level":  {Levels: map[string]map[string]Level{"phone": {"enterprise": "perhaps"}}},
		"a format": {Phone: "long"},
		"mobile":   {Levels: map[string]map[string]Level{"mobile": {"enterprise": Must}}},
	} {
		if r.Valid() {
			t.Errorf("%s that nobody knows is taken", name)
		}
	}
	if !Default().Valid() {
		t.Error("the default is refused")
	}
	if must, _ := Default().Bits("enterprise"); must != 0 {
		t.Error("the default stops somebody")
	}
}
