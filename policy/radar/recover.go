package radar

import "yike/policy/day"

// Why an alert ended by itself.
const (
	EndShips   = "ships"   // a client that had stopped ships again
	EndVolume  = "volume"  // its weeks are as usual again
	EndPaid    = "paid"    // the statement is paid, or was taken back
	EndBilled  = "billed"  // the latest statement is as usual again
	EndContent = "content" // its answers are as good as before again
	weeksBack  = 2         // ordinary weeks that show that a week was one of its kind
	monthsBack = 4         // … that months no longer fall
)

// End says why an alert ended by itself. It is stored as JSON.
type End struct {
	Why   string `json:"why"`
	From  string `json:"from"`            // the first day of what shows it
	Weeks int    `json:"weeks,omitempty"` // ordinary weeks that show it
	Got   int64  `json:"got,omitempty"`   // pieces a week in them, pieces since, or fen
	Usual int64  `json:"usual,omitempty"`
}

// Recovered says that what an alert was about is over, by the parcels through a
// day: a client that had stopped ships again; the latest ordinary weeks come to
// the rule's share of a usual one. Only what came after the day since counts.
// Nil: it is not over, or it is too early to say.
func (a Alert) Recovered(days Days, since, through day.Day, rule Rule, cal Calendar) *End {
	days = days.Until(through)
	switch a.Kind {
	case Silence:
		last, err := day.Parse(a.Last)
		if err != nil {
			return nil
		}
		for d := max(last, since) + 1; d <= through; d++ {
			if days.Of(d) > 0 {
				return &End{Why: EndShips, From: d.String(), Got: days.Sum(d, through)}
			}
		}
		return nil
	case Payment, Rating:
		return nil
	}
	need := weeksBack
	if a.Kind == Months {
		need = monthsBack
	}
	var latest []WeekSum
	for _, w := range Weeks(days, Monday(since).Add(7), through, cal) {
		if w.Name == "" {
			latest = append(latest, w)
		}
	}
	usual := a.Usual()
	if len(latest) < need || usual <= 0 {
		return nil
	}
	latest = latest[len(latest)-need:]
	sum := int64(0)
	for _, w := range latest {
		if sum += w.Pieces; w.Pieces*100 <= usual*int64(100-rule.Drop) {
			return nil // one that would raise an alert itself
		}
	}
	if sum*100 < usual*int64(rule.Back*need) {
		return nil
	}
	return &End{Why: EndVolume, From: latest[0].Monday.String(), Weeks: need, Got: (sum + int64(need)/2) / int64(need), Usual: usual}
}

// Paid says that what an alert about payments was about is over: the statement
// is settled or gone, or the latest one that came after the day since is as
// usual again.
func (a Alert) Paid(bills []Bill, since day.Day, rule Rule) *End {
	if a.Kind != Payment {
		return nil
	}
	if a.Bill != nil {
		for _, b := range bills {
			if b.ID == a.Bill.ID {
				if b.Left > 0 {
					return nil
				}
				return &End{Why: EndPaid, From: b.Settled.String(), Got: b.Charged}
			}
		}
		return &End{Why: EndPaid}
	}
	if n := len(bills); n > 0 && bills[n-1].Day > since && bills[n-1].Charged*100 >= a.Expected*int64(rule.Back) {
		return &End{Why: EndBilled, From: bills[n-1].Day.String(), Got: bills[n-1].Charged, Usual: a.Expected}
	}
	return nil
}
