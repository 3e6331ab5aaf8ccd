// Package greeting owns who is greeted on which occasion, how, and with what:
// the plan of an occasion, the decision about one contact, and the merging of
// occasions that fall close together into one greeting that names them all
// (R125–R132). It knows neither the calendar of this year nor the clients: the
// caller brings both.
package greeting

import (
	"encoding/json"
	"slices"
	"unicode/utf8"

	"yike/policy/consent"
	"yike/policy/day"
	"yike/policy/festival"
)

// Occasions that are not in the calendar of everybody: they are a contact's or
// a client's own.
const (
	Birthday    festival.Code = "birthday"       // of a contact
	FirstParcel festival.Code = "first_parcel"   // the client has sent its first parcel
	ParcelYear  festival.Code = "parcel_years"   // years since that
	Contract    festival.Code = "contract_years" // years since the contract began
	Founded     festival.Code = "company_years"  // years since the client's company was founded
)

// Personal lists them in the order of a page.
var Personal = []festival.Code{Birthday, FirstParcel, ParcelYear, Contract, Founded}

// IsPersonal says whether an occasion is a contact's or a client's own.
func IsPersonal(c festival.Code) bool { return slices.Contains(Personal, c) }

// Means is a way to greet.
type Means string

// The means, in the order of a form.
const (
	Call    Means = "call"
	SMS     Means = "sms"
	Email   Means = "email"
	WeChat  Means = "wechat"
	Card    Means = "card"
	Gift    Means = "gift"
	Coupon  Means = "coupon"
	Upgrade Means = "upgrade" // of the service (R131)
	Visit   Means = "visit"
)

// AllMeans lists them.
var AllMeans = []Means{Call, SMS, Email, WeChat, Card, Gift, Coupon, Upgrade, Visit}

// Who does a greeting.
const (
	ByOwner = "owner" // whoever is responsible for the client, and their successor
	ByClerk = "clerk" // the client's service clerk
)

// Doers lists them.
var Doers = []string{ByOwner, ByClerk}

// Treat is what a class gets beside the words. Budget is in fen, for each
// greeting.
type Treat struct {
	Gift   string `json:"gift,omitempty"`
	Budget int64  `json:"budget,omitempty"`
}

// Offer goes with the first parcel: something for the next order, until a day.
type Offer struct {
	Text  string  `json:"text"`
	Value int64   `json:"value"` // fen
	Until day.Day `json:"until"`
}

// Plan says how an occasion is kept. The zero Plan keeps nothing.
type Plan struct {
	On       bool             `json:"on"`
	Classes  []string         `json:"classes,omitempty"`  // none: all, the unclassed too
	Tags     []string         `json:"tags,omitempty"`     // names; with one of them at least; none: all
	Everyone bool             `json:"everyone,omitempty"` // every contact of a client, not only the first one
	Means    []Means          `json:"means,omitempty"`
	Ahead    int              `json:"ahead"`            // days before the day on which the task is made
	Treats   map[string]Treat `json:"treats,omitempty"` // by class, "" the unclassed
	By       string           `json:"by"`
	Offer    *Offer           `json:"offer,omitempty"` // only for the first parcel
}

// Rule is what head office decided about greetings; a branch may have its own.
type Rule struct {
	Close int                    `json:"close"` // days within which two festivals are one greeting; 0: only of one day
	Late  int                    `json:"late"`  // days after an occasion for which a task is still made
	Plans map[festival.Code]Plan `json:"plans"`
}

// Bounds of a rule.
const (
	MaxClose  = 10
	MaxLate   = 15
	MaxAhead  = 30
	MaxGift   = 30         // characters
	MaxBudget = 100_000_00 // fen
	MaxOffer  = 60         // characters
)

// Default holds until somebody sets a rule: the six festivals that the company
// names (R125) for A and B clients, birthdays, and after the first parcel a call
// and the guide. It spends nothing.
func Default() Rule {
	named := Plan{On: true, Classes: []string{"A", "B"}, Means: []Means{WeChat, Call}, Ahead: 7, By: ByOwner}
	r := Rule{Close: 7, Late: 3, Plans: map[festival.Code]Plan{
		Birthday:    {On: true, Classes: []string{"A", "B"}, Everyone: true, Means: []Means{WeChat, Call}, Ahead: 3, By: ByOwner},
		FirstParcel: {On: true, Means: []Means{Call, WeChat, SMS}, Ahead: 0, By: ByOwner},
	}}
	for _, c := range []festival.Code{festival.NewYear, festival.Spring, festival.Labour, festival.DragonBoat, festival.MidAutumn, festival.National} {
		r.Plans[c] = named
	}
	return r
}

// ParseRule reads a stored rule.
func ParseRule(text string) (Rule, error) {
	var r Rule
	err := json.Unmarshal([]byte(text), &r)
	return r, err
}

// Purpose is what a contact must have agreed to (policy/consent). The call
// after the first parcel tells how to send, and belongs to the service.
func Purpose(c festival.Code) string {
	switch c {
	case Birthday:
		return consent.Birthday
	case FirstParcel:
		return consent.Service
	}
	return consent.Festival
}

// Fault is a field of a plan that is wrong, in its form's name.
type Fault string

// Faults of a plan.
const (
	SilentDay  Fault = "silent" // no greeting goes out on a day of mourning
	NoMeans    Fault = "means"
	BadAhead   Fault = "ahead"
	BadClass   Fault = "classes"
	BadTreat   Fault = "treats"
	BadDoer    Fault = "by"
	BadOffer   Fault = "offer"
	OfferPlace Fault = "offer_place" // an offer with another occasion than the first parcel
)

// Faults says what is wrong with the plan of an occasion of that mood. A plan
// that is off may be unfinished.
func (p Plan) Faults(c festival.Code, mood festival.Mood) []Fault {
	var out []Fault
	if !p.On {
		return nil
	}
	if mood == festival.Silent {
		out = append(out, SilentDay)
	}
	if len(p.Means) == 0 || slices.ContainsFunc(p.Means, func(m Means) bool { return !slices.Contains(AllMeans, m) }) {
		out = append(out, NoMeans)
	}
	if p.Ahead < 0 || p.Ahead > MaxAhead {
		out = append(out, BadAhead)
	}
	if slices.ContainsFunc(p.Classes, func(k string) bool { return !slices.Contains(Classes, k) }) {
		out = append(out, BadClass)
	}
	for k, t := range p.Treats {
		if !slices.Contains(Classes, k) || t.Budget < 0 || t.Budget > MaxBudget || utf8.RuneCountInString(t.Gift) > MaxGift {
			out = append(out, BadTreat)
			break
		}
	}
	if !slices.Contains(Doers, p.By) {
		out = append(out, BadDoer)
	}
	if o := p.Offer; o != nil {
		if c != FirstParcel {
			out = append(out, OfferPlace)
		} else if n := utf8.RuneCountInString(o.Text); n == 0 || n > MaxOffer || o.Value < 0 || o.Value > MaxBudget || !o.Until.Valid() {
			out = append(out, BadOffer)
		}
	}
	return out
}

// Classes are the classes of clients, "" those that have none.
var Classes = []string{"A", "B", "C", ""}

// MoodOf is the mood of an occasion: of a festival, of one that head office
// added, or of a contact's own, which is joyful. What is not known is silent.
func MoodOf(c festival.Code, own []festival.Occasion) festival.Mood {
	if IsPersonal(c) {
		return festival.Joyful
	}
	if i := slices.IndexFunc(own, func(o festival.Occasion) bool { return o.Code == c }); i >= 0 {
		return own[i].Mood
	}
	return festival.MoodOf(c)
}
