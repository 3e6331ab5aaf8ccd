package profile

import (
	"cmp"
	"slices"

	"yike/policy/day"
	"yike/policy/festival"
)

// AlertCode names something to mind about a customer.
type AlertCode string

// The alerts of a customer's page (R67, R258), the most urgent first.
const (
	ContractOver AlertCode = "contract_over" // the contract ended N days ago
	VisitOver    AlertCode = "visit_over"    // a planned visit is N days late
	NotVisited   AlertCode = "not_visited"   // no visit for N days
	NeverVisited AlertCode = "never_visited" // no visit since the file was opened, N days ago
	ContractSoon AlertCode = "contract_soon" // the contract ends in N days
	BirthdaySoon AlertCode = "birthday_soon" // Who has a birthday in N days; 0 = today
	NotReviewed  AlertCode = "not_reviewed"  // a draft for N days
	NoOwner      AlertCode = "no_owner"      // nobody is responsible (R48)
)

// When things become worth an alert, in days.
const (
	ContractNotice = 30
	BirthdayNotice = 7
	ReviewNotice   = 3
)

// quiet is how many days without a visit are usual for a class; beyond it the
// page says so. It follows the default cadence: A weekly, B twice a month,
// C once a month (R113).
var quiet = map[string]int{"A": 8, "B": 16, "C": 31, "": 31}

// Alert is one thing to mind. Late says that it is overdue rather than near.
type Alert struct {
	Code AlertCode
	N    int
	Who  string
	Late bool
}

// Standing is what the alerts are worked out from. Days are none where unknown.
type Standing struct {
	Class, State                     string
	Owned                            bool
	Opened, LastVisit, NextVisit, To day.Day // To is the contract's last day
	Birthdays                        map[string]festival.Birthday
}

// Alerts says what to mind about a customer today.
func Alerts(s Standing, today day.Day) []Alert {
	var out []Alert
	if s.To.Valid() {
		switch left := int(s.To - today); {
		case left < 0:
			out = append(out, Alert{Code: ContractOver, N: -left, Late: true})
		case left <= ContractNotice:
			out = append(out, Alert{Code: ContractSoon, N: left})
		}
	}
	switch {
	case s.State == "archived": // nobody visits a closed file
	case s.NextVisit.Valid() && s.NextVisit < today:
		out = append(out, Alert{Code: VisitOver, N: int(today - s.NextVisit), Late: true})
	case s.NextVisit.Valid(): // one is planned
	case s.LastVisit.Valid() && int(today-s.LastVisit) > quiet[s.Class]:
		out = append(out, Alert{Code: NotVisited, N: int(today - s.LastVisit), Late: true})
	case !s.LastVisit.Valid() && s.Opened.Valid() && int(today-s.Opened) > quiet[s.Class]:
		out = append(out, Alert{Code: NeverVisited, N: int(today - s.Opened), Late: true})
	}
	for _, name := range sortedNames(s.Birthdays) {
		on, _ := s.Birthdays[name].Next(today)
		if on.Valid() && int(on-today) <= BirthdayNotice {
			out = append(out, Alert{Code: BirthdaySoon, N: int(on - today), Who: name})
		}
	}
	if s.State == "draft" && s.Opened.Valid() && int(today-s.Opened) >= ReviewNotice {
		out = append(out, Alert{Code: NotReviewed, N: int(today - s.Opened)})
	}
	if !s.Owned {
		out = append(out, Alert{Code: NoOwner})
	}
	order := []AlertCode{ContractOver, VisitOver, NotVisited, NeverVisited, ContractSoon, BirthdaySoon, NotReviewed, NoOwner}
	slices.SortStableFunc(out, func(a, b Alert) int {
		return cmp.Compare(slices.Index(order, a.Code), slices.Index(order, b.Code))
	})
	return out
}

func sortedNames(m map[string]festival.Birthday) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
