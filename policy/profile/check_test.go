package profile

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"yike/policy/day"
	"yike/policy/festival"
)

var today = day.MustParse("2026-11-21")

func TestAFileIsCleanedAndItsFaultsAreNamed(t *testing.T) {
	good := File{Name: "杭州松果母婴用品有限公司", Kind: "ecommerce", Phones: []string{"１３８ 0000 1054", "86000123转801"}}
	cleaned, faults := Check(good, "0571", today)
	if faults != nil || !slices.Equal(cleaned.Phones, []string{"13800001054", "0571-86000123-801"}) {
		t.Fatalf("a good file: %v, %v", cleaned.Phones, faults)
	}
	for _, c := range []struct {
		name   string
		change func(*File)
		want   []Problem
	}{
		{"no name", func(f *File) { f.Name = "  " }, []Problem{{"name", Missing, 0, ""}}},
		{"a name of 81 characters", func(f *File) { f.Name = strings.Repeat("驿", 81) }, []Problem{{"name", TooLong, 80, ""}}},
		{"a name of 80 characters is fine", func(f *File) { f.Name = strings.Repeat("驿", 80) }, nil},
		{"a code in small letters is capitalised", func(f *File) { f.Code = "hz01-7" }, nil},
		{"a code with a blank", func(f *File) { f.Code = "HZ 01" }, []Problem{{"code", BadCode, 0, ""}}},
		{"a word nobody knows", func(f *File) { f.Kind = "whale" }, []Problem{{"kind", UnknownWord, 0, ""}}},
		{"a mobile with ten digits", func(f *File) { f.Phones = []string{"", "1380000105"} }, []Problem{{"phone-1", "mobile_short", 1, "1380000105"}}},
		{"one number twice", func(f *File) { f.Phones = []string{"13800001054", "138-0000-1054"} }, []Problem{{"phone-1", Repeated, 0, "13800001054"}}},
		{"a credit code with the letter O", func(f *File) { f.CreditCode = "9133O100MA2J28B96T" }, []Problem{{"credit_code", CreditLetter, 5, "O"}}},
		{"a credit code one short", func(f *File) { f.CreditCode = "91330100MA2J28B96" }, []Problem{{"credit_code", CreditLength, 17, ""}}},
		{"an address without a dot is no mail", func(f *File) { f.Email = "wang@qq" }, []Problem{{"email", BadEmail, 0, ""}}},
		{"a mail address", func(f *File) { f.Email = "w.guoping+1@mail.qq.com" }, nil},
		{"a first class without a reason", func(f *File) { f.Class = "A" }, []Problem{{"class_reason", ReasonMissing, 0, ""}}},
		{"a first class with a reason", func(f *File) { f.Class, f.ClassReason = "A", "每月 2,000 票" }, nil},
		{"an unchanged class keeps its reason", func(f *File) { f.Class, f.ClassWas, f.ClassReason, f.ReasonWas = "A", "A", "旧", "旧" }, nil},
		{"a changed class with the old reason", func(f *File) { f.Class, f.ClassWas, f.ClassReason, f.ReasonWas = "B", "A", "旧", "旧" }, []Problem{{"class_reason", ReasonMissing, 0, ""}}},
		{"a class taken away without a reason", func(f *File) { f.ClassWas = "A" }, []Problem{{"class_reason", ReasonMissing, 0, ""}}},
		{"a reason for no class", func(f *File) { f.ClassReason = "好" }, []Problem{{"class", ClassMissing, 0, ""}}},
		{"a contract that ends before it begins", func(f *File) { f.ContractFrom, f.ContractTo = "2026-05-01", "2026-04-30" }, []Problem{{"contract_to", ContractOrder, 0, ""}}},
		{"a contract of one day", func(f *File) { f.ContractFrom, f.ContractTo = "2026-05-01", "2026-05-01" }, nil},
		{"29 February of a common year", func(f *File) { f.ContractFrom = "2027-02-29" }, []Problem{{"contract_from", BadDay, 0, ""}}},
		{"a file opened tomorrow", func(f *File) { f.FiledOn = "2026-11-22" }, []Problem{{"filed_on", DayAhead, 0, ""}}},
		{"a company founded tomorrow", func(f *File) { f.FoundedOn = "2026-11-22" }, []Problem{{"founded_on", DayAhead, 0, ""}}},
		{"a company founded today", func(f *File) { f.FoundedOn = "2026-11-21" }, nil},
		{"a company founded in no year", func(f *File) { f.FoundedOn = "0008-08-08" }, []Problem{{"founded_on", BadDay, 0, ""}}},
		{"a file opened today", func(f *File) { f.FiledOn = "2026-11-21" }, nil},
		{"366 days of credit", func(f *File) { f.Terms, f.TermsDays = "monthly", 366 }, []Problem{{"terms_days", OutOfRange, 365, ""}}},
		{"days of credit for one who pays per parcel", func(f *File) { f.Terms, f.TermsDays = "per_parcel", 30 }, []Problem{{"terms_days", TermsPerParcel, 0, ""}}},
		{"a screening of six", func(f *File) { f.Screen[2] = 6 }, []Problem{{"screen_staff", OutOfRange, 5, ""}}},
		{"a place nobody knows", func(f *File) { f.PlaceCode = "999999" }, []Problem{{"province", PlaceUnknown, 0, ""}}},
	} {
		in := good
		in.Phones = slices.Clone(good.Phones)
		c.change(&in)
		if _, got := Check(in, "0571", today); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAPersonIsCleanedAndItsFaultsAreNamed(t *testing.T) {
	for _, c := range []struct {
		name string
		in   Person
		want []Problem
	}{
		{"a name is enough", Person{Name: "王国平"}, nil},
		{"no name", Person{Position: "仓库"}, []Problem{{"name", Missing, 0, ""}}},
		{"a lunar birthday in a leap month", Person{Name: "王", Birthday: festival.Birthday{Lunar: true, Year: 2001, Month: 4, Day: 8, Leap: true}}, nil},
		{"a month without a day", Person{Name: "王", Birthday: festival.Birthday{Month: 4}}, []Problem{{"birthday", "birthday_day", 0, ""}}},
		{"a leap month that the year did not have", Person{Name: "王", Birthday: festival.Birthday{Lunar: true, Year: 2000, Month: 4, Day: 8, Leap: true}}, []Problem{{"birthday", "birthday_no_such_leap", 0, ""}}},
		{"born tomorrow", Person{Name: "王", Birthday: festival.Birthday{Year: 2026, Month: 11, Day: 22}}, []Problem{{"birthday", "birthday_in_the_future", 0, ""}}},
		{"a number that is none", Person{Name: "王", Phones: []string{"很多"}}, []Problem{{"phone-0", "not_a_phone", 0, "很多"}}},
	} {
		if _, got := CheckPerson(c.in, "0571", today); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestWhatToMindAboutACustomer(t *testing.T) {
	ago := func(n int) day.Day { return today.Add(-n) }
	for _, c := range []struct {
		name string
		in   Standing
		want []Alert
	}{
		{"all is well", Standing{Class: "A", State: "reviewed", Owned: true, Opened: ago(400), LastVisit: ago(3)}, nil},
		{"an A client eight days after the visit", Standing{Class: "A", State: "reviewed", Owned: true, LastVisit: ago(8)}, nil},
		{"an A client nine days after the visit", Standing{Class: "A", State: "reviewed", Owned: true, LastVisit: ago(9)}, []Alert{{NotVisited, 9, "", true}}},
		{"a C client in the 31st day", Standing{Class: "C", State: "reviewed", Owned: true, LastVisit: ago(31)}, nil},
		{"a C client in the 32nd day", Standing{Class: "C", State: "reviewed", Owned: true, LastVisit: ago(32)}, []Alert{{NotVisited, 32, "", true}}},
		{"a planned visit silences the reminder", Standing{Class: "A", State: "reviewed", Owned: true, LastVisit: ago(40), NextVisit: today.Add(1)}, nil},
		{"a planned visit of yesterday", Standing{Class: "A", State: "reviewed", Owned: true, NextVisit: ago(1)}, []Alert{{VisitOver, 1, "", true}}},
		{"never visited", Standing{Class: "B", State: "reviewed", Owned: true, Opened: ago(17)}, []Alert{{NeverVisited, 17, "", true}}},
		{"nobody visits an archived file", Standing{Class: "A", State: "archived", Owned: true, LastVisit: ago(90)}, nil},
		{"the contract ends today", Standing{State: "reviewed", Owned: true, To: today}, []Alert{{ContractSoon, 0, "", false}}},
		{"the contract ends in 30 days", Standing{State: "reviewed", Owned: true, To: today.Add(30)}, []Alert{{ContractSoon, 30, "", false}}},
		{"the contract ends in 31 days", Standing{State: "reviewed", Owned: true, To: today.Add(31)}, nil},
		{"the contract ended yesterday", Standing{State: "reviewed", Owned: true, To: ago(1)}, []Alert{{ContractOver, 1, "", true}}},
		{"a draft of two days", Standing{State: "draft", Owned: true, Opened: ago(2)}, nil},
		{"a draft of three days without an owner", Standing{State: "draft", Opened: ago(3)}, []Alert{{NotReviewed, 3, "", false}, {NoOwner, 0, "", false}}},
		{"a birthday in a week", Standing{State: "reviewed", Owned: true, Birthdays: map[string]festival.Birthday{"许雅琴": {Month: 11, Day: 28}}}, []Alert{{BirthdaySoon, 7, "许雅琴", false}}},
		{"a birthday in eight days", Standing{State: "reviewed", Owned: true, Birthdays: map[string]festival.Birthday{"许雅琴": {Month: 11, Day: 29}}}, nil},
		{"a lunar birthday today (十月十三)", Standing{State: "reviewed", Owned: true, Birthdays: map[string]festival.Birthday{"王": {Lunar: true, Month: 10, Day: 13}}}, []Alert{{BirthdaySoon, 0, "王", false}}},
	} {
		if got := Alerts(c.in, today); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAFileGoesFromDraftToReviewedToArchivedAndBack(t *testing.T) {
	for state, want := range map[string][]string{"draft": {"reviewed"}, "reviewed": {"archived", "draft"}, "archived": {"reviewed"}, "lost": nil} {
		if got := NextStates(state); !slices.Equal(got, want) {
			t.Errorf("from %s: got %v, want %v", state, got, want)
		}
	}
}
