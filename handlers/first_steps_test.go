package handlers_test

import (
	"net/url"
	"strings"
	"testing"
)

func TestTheFirstStepsLeadWhoSetsUpUntilAllIsThere(t *testing.T) {
	s := newSite(t)
	const steps, done = "开始用驿客", `<li class="done">`
	admin := s.as("admin")
	if a := admin.get("/today"); !strings.Contains(a.body, steps) || strings.Count(a.body, done) != 1 || strings.Contains(a.body, `href="/users/several"`) || !strings.Contains(a.body, `href="/imports/new?kind=customers"`) {
		t.Errorf("a company with people only: %d, %d done", a.status, strings.Count(a.body, done))
	}
	for _, who := range []string{"rep", "boss", "clerk"} {
		if a := s.as(who).get("/today"); strings.Contains(a.body, steps) {
			t.Errorf("%s is led through what they may not do", who)
		}
	}
	if a := admin.post("/account/hints", url.Values{"hint": {"first-steps"}}); a.status != 303 {
		t.Fatalf("put away: %d", a.status)
	}
	if a := admin.get("/today"); strings.Contains(a.body, steps) {
		t.Error("what was put away is back")
	}
	admin.post("/account/hints", url.Values{"hint": {"all"}})
	plant(s)
	if a := admin.get("/today"); strings.Count(a.body, done) != 2 {
		t.Errorf("with clients, without parcels: %d done", strings.Count(a.body, done))
	}
}
