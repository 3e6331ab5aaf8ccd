package report

import (
	"testing"

	"yike/policy/casework"
	"yike/policy/greeting"
	"yike/policy/profile"
)

func TestEveryWayOfATouchHasItsMedium(t *testing.T) {
	want := map[Touch]string{
		{Visited, "on_site"}: Face, {Visited, "phone"}: Voice, {Visited, "wechat"}: Online, {Visited, "at_branch"}: Face,
		{Asked, "phone"}: Voice, {Asked, "chat"}: Online, {Asked, "wechat"}: Online, {Asked, "app"}: Online, {Asked, "counter"}: Face, {Asked, "on_site"}: Face, {Asked, "email"}: Online, {Asked, "letter"}: Other, {Asked, "head_office"}: Other, {Asked, "postal"}: Other,
		{Greeted, "call"}: Voice, {Greeted, "sms"}: Voice, {Greeted, "email"}: Online, {Greeted, "wechat"}: Online, {Greeted, "card"}: Other, {Greeted, "gift"}: Other, {Greeted, "coupon"}: Other, {Greeted, "upgrade"}: Other, {Greeted, "visit"}: Face,
	}
	var all []Touch
	for _, w := range profile.Modes {
		all = append(all, Touch{Visited, w})
	}
	for _, w := range casework.Channels {
		all = append(all, Touch{Asked, w})
	}
	for _, w := range greeting.AllMeans {
		all = append(all, Touch{Greeted, string(w)})
	}
	for _, x := range all {
		if got := x.Medium(); want[x] == "" || got != want[x] || !x.Counts() {
			t.Errorf("%v is %s, want %q", x, got, want[x])
		}
	}
	if len(all) != len(want) || (Touch{Asked, casework.Program}).Counts() {
		t.Errorf("%d ways, want %d; what a rule opened is no touch", len(all), len(want))
	}
}
