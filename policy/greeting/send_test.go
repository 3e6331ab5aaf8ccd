package greeting

import (
	"slices"
	"testing"

	"yike/policy/day"
	"yike/policy/festival"
)

func TestMeansFollowTheContactsOrder(t *testing.T) {
	for _, c := range []struct {
		why   string
		means []Means
		ways  []string
		want  []Means
		first string
		send  []string
	}{
		{"nothing is known: as the plan has it", []Means{WeChat, Call}, nil, []Means{WeChat, Call}, "", nil},
		{"the main way first", []Means{WeChat, Call}, []string{"phone"}, []Means{Call, WeChat}, "phone", nil},
		{"a way that the plan does not name is passed over", []Means{WeChat, Call}, []string{"visit", "phone"}, []Means{Call, WeChat}, "phone", nil},
		{"a gift is no way and stays behind", []Means{Gift, SMS, Email}, []string{"email", "sms"}, []Means{Email, SMS, Gift}, "email", []string{"email", "sms"}},
		{"an own way decides nothing", []Means{SMS, Call}, []string{"+APP"}, []Means{SMS, Call}, "", []string{"sms"}},
		{"what only the contact named is offered last", []Means{Email, Call}, []string{"phone", "sms"}, []Means{Call, Email}, "phone", []string{"email", "sms"}},
		{"the contact's way alone", []Means{Call}, []string{"sms"}, []Means{Call}, "", []string{"sms"}},
	} {
		got, first := Order(c.means, c.ways)
		if !slices.Equal(got, c.want) || first != c.first {
			t.Errorf("%s: %v by %q, want %v by %q", c.why, got, first, c.want, c.first)
		}
		if send := Sendable(c.means, c.ways); !slices.Equal(send, c.send) {
			t.Errorf("%s: sent by %v, want %v", c.why, send, c.send)
		}
	}
}

func TestWhenALetterLeaves(t *testing.T) {
	on := day.MustParse("2026-09-25")
	for _, c := range []struct {
		why         string
		code        festival.Code
		due, today  day.Day
		ahead       bool
		from, until day.Day
		ok          bool
	}{
		{"a festival waits for its day", festival.MidAutumn, on, on - 3, false, on, on, true},
		{"unless it is wanted ahead", festival.MidAutumn, on, on - 3, true, on - 3, on, true},
		{"a birthday is never wished ahead", Birthday, on, on - 3, true, on, on, true},
		{"nor an anniversary", Contract, on, on - 1, true, on, on, true},
		{"on the day it goes now", festival.MidAutumn, on, on, false, on, on, true},
		{"the day after it does not go", festival.MidAutumn, on, on + 1, true, 0, on, false},
		{"unless somebody put it off", festival.MidAutumn, on + 2, on + 1, false, on + 1, on + 2, true},
		{"and then to that day", festival.MidAutumn, on + 2, on + 3, false, 0, on + 2, false},
		{"the guide goes at once", FirstParcel, on + 2, on + 1, false, on + 1, on + 2, true},
		{"until somebody should have called", FirstParcel, on + 2, on + 3, false, 0, on + 2, false},
	} {
		from, until, ok := Leaves(c.code, on, c.due, c.today, c.ahead)
		if ok != c.ok || ok && from != c.from || until != c.until {
			t.Errorf("%s: %s to %s, %v; want %s to %s, %v", c.why, from, until, ok, c.from, c.until, c.ok)
		}
	}
	if LetterEnds(FirstParcel, []Means{SMS, Call}) || !LetterEnds(FirstParcel, []Means{SMS}) || !LetterEnds(festival.Spring, []Means{SMS, Call}) {
		t.Error("the call after the first parcel is still to be made, every other letter ends its greeting")
	}
}
