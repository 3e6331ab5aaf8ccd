// Package message owns what the company writes to a client: the wordings with
// their variables, how somebody is addressed, which words an occasion does not
// bear, how long an SMS is, which wording comes next, and when a message may
// go out.
//
// It knows neither people nor the present, and sends nothing: the caller
// brings the facts, the history and the hour.
package message

import (
	"slices"
	"strings"

	"yike/policy/festival"
)

// The channels a wording is written for. A call's wording is what one may say;
// a WeChat text is copied by the person, who then says that it went.
const (
	SMS    = "sms"
	Email  = "email"
	WeChat = "wechat"
	Call   = "call"
	Card   = "card"
)

// Channels lists them in the order in which they are shown.
var Channels = []string{SMS, Email, WeChat, Call, Card}

// The tones.
const (
	Formal = "formal"
	Warm   = "warm"
	Brief  = "brief"
)

// Tones lists them in the order in which they are shown.
var Tones = []string{Formal, Warm, Brief}

// Occasions beside the festivals of policy/festival, whose codes stand for
// themselves.
const (
	Birthday    = "birthday"
	FirstParcel = "first_parcel"
	Guide       = "guide"          // how to send parcels: what a client is written after the first one
	ParcelYears = "parcel_years"   // the day of the first parcel, years later
	FirmYears   = "company_years"  // the client company's founding day
	SignedYears = "contract_years" // the day of the contract, years later; it takes wordings for any occasion
	Any         = ""               // a wording for every occasion
)

// OccasionCodes lists every occasion that the program has wordings for: the
// festivals in the order of the year, then the others.
var OccasionCodes = func() []string {
	var out []string
	for _, c := range festival.Codes {
		out = append(out, string(c))
	}
	return append(out, Birthday, FirstParcel, Guide, ParcelYears, FirmYears)
}()

// Occasion is what a message is sent for.
type Occasion struct {
	Code string
	Name string        // in Chinese, as a message names it: 端午节
	Wish string        // in Chinese: 端午安康; empty where nothing is wished
	Mood festival.Mood // which words it bears
}

// names holds, for each occasion of the program, how a message calls it and
// what is wished.
var names = map[string][2]string{
	string(festival.NewYear): {"元旦", "元旦快乐"}, string(festival.NewYearsEve): {"除夕", "除夕吉祥"},
	string(festival.Spring): {"春节", "新春快乐"}, string(festival.Lantern): {"元宵节", "元宵节快乐"},
	string(festival.Qingming): {"清明", ""}, string(festival.Labour): {"劳动节", "劳动节快乐"},
	string(festival.DragonBoat): {"端午节", "端午安康"}, string(festival.Qixi): {"七夕", "七夕快乐"},
	string(festival.MidAutumn): {"中秋节", "中秋快乐"}, string(festival.National): {"国庆节", "国庆快乐"},
	string(festival.DoubleNinth): {"重阳节", "重阳安康"},
	Birthday:                     {"生日", "生日快乐"}, FirstParcel: {"首次寄件", ""}, Guide: {"寄件指南", ""}, ParcelYears: {"合作周年", ""}, FirmYears: {"周年庆", ""},
	SignedYears: {"签约周年", ""},
}

// OccasionOf returns an occasion of the program; false for a code that it does
// not know, such as one that head office added.
func OccasionOf(code string) (Occasion, bool) {
	n, ok := names[code]
	if !ok {
		return Occasion{}, false
	}
	o := Occasion{Code: code, Name: n[0], Wish: n[1], Mood: festival.Joyful}
	if slices.Contains(festival.Codes, festival.Code(code)) {
		o.Mood = festival.MoodOf(festival.Code(code))
	}
	return o, true
}

// Written says what a message by a channel is sent for on an occasion: after the
// first parcel one who is written to gets the guide, and one who is called is
// asked how it went.
func Written(occasion, channel string) string {
	if occasion == FirstParcel && (channel == SMS || channel == Email || channel == WeChat) {
		return Guide
	}
	return occasion
}

// Own are the occasions that head office added, those too that are off by now.
// Nothing is known to be wished on them: their wordings say it themselves.
func Own(list []festival.Occasion) []Occasion {
	var out []Occasion
	for _, o := range list {
		out = append(out, Occasion{Code: string(o.Code), Name: o.Name, Mood: o.Mood})
	}
	return out
}

// MoodOf returns the soberest mood of several occasions, which one greeting
// for all of them has to keep; Joyful when there are none.
func MoodOf(list []Occasion) festival.Mood {
	mood := festival.Joyful
	for _, o := range list {
		switch {
		case o.Mood == festival.Silent:
			return festival.Silent
		case o.Mood == festival.Peaceful:
			mood = festival.Peaceful
		}
	}
	return mood
}

// Named joins the names of occasions as a sentence does: 中秋节、国庆节.
func Named(list []Occasion) string {
	var out []string
	for _, o := range list {
		if o.Name != "" {
			out = append(out, o.Name)
		}
	}
	return strings.Join(out, "、")
}

// wished joins what is wished, each once: 中秋快乐、国庆快乐. Empty when one of
// the occasions bears no wish.
func wished(list []Occasion) string {
	var out []string
	for _, o := range list {
		if o.Wish == "" || o.Mood == festival.Silent {
			return ""
		}
		out = append(out, o.Wish)
	}
	return strings.Join(out, "、")
}
