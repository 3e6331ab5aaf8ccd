package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestEveryActionRefusesEightForgeries: gorilla/csrf CVE-2025-24358, nosurf
// CVE-2025-46721: eight forms of forgery of every action that the map has, in
// a signed-in administrator's browser.
func TestEveryActionRefusesEightForgeries(t *testing.T) {
	s := newSite(t)
	v := s.as("admin")
	before := s.contents()
	n := 0
	for _, p := range paths(s, func(_, name string) string {
		if name == "role" {
			return "courier"
		}
		return id(s.RepWest)
	}) {
		if p[0] != http.MethodPost {
			continue
		}
		for _, head := range [][]string{
			{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "http://evil.example"}, {"Origin", "null"}, {"Origin", s.url + ".evil.example"},
			{"Origin", "http://127.0.0.1:1"}, {"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}, {"Origin", "http://evil.example", "Referer", s.url},
		} {
			n++
			if a := v.post(p[1], url.Values{"name": {"x"}, "lang": {"en"}, "version": {"1"}}, head...); a.status != http.StatusForbidden {
				t.Errorf("POST %s with %v: %d", p[1], head, a.status)
			}
		}
	}
	for name, now := range s.contents() {
		if before[name] != now {
			t.Errorf("%s: a forgery left a trace", name)
		}
	}
	t.Logf("%d forgeries", n)
}

// TestReadingChangesNothing: VTENEXT 25.02: every action asked by GET with the
// fields of its form in the address, and every page read: the tables of the
// business hold what they held.
func TestReadingChangesNothing(t *testing.T) {
	s := newSite(t)
	ids, kinds := s.lived()
	v := s.as("admin")
	before := s.contents()
	for i, one := range ids {
		if i > 0 && kinds[i] == kinds[i-1] {
			continue
		}
		for _, p := range paths(s, func(_, name string) string {
			if name == "role" {
				return "courier"
			}
			return one
		}) {
			if p[1] == "/logout" || i > 0 && !(strings.Contains(p[1], one) && strings.HasPrefix(p[1], kinds[i])) {
				continue
			}
			a := v.get(p[1] + "?version=1&name=x&class=C&reason=x&purpose=call&field=phone&state=archived&note=x&aside=1&do=save&how=link&_method=POST")
			if a.status >= 500 {
				t.Errorf("GET %s: %d", p[1], a.status)
			}
		}
	}
	// What reading itself leaves: that somebody looked and that rows left, with
	// the end of the audit's chain (meta).
	own := map[string]bool{"customer_looks": true, "meta": true, "audits": true, "audit_links": true, "audit_open": true, "exports": true, "export_customers": true, "daily_uses": true, "user_settings": true}
	for name, now := range s.contents() {
		if before[name] != now && !own[name] {
			t.Errorf("%s was changed by reading: %s, was %s", name, now, before[name])
		}
	}
}

// TestNoHeaderSignsAnybodyIn: Gitea CVE-2026-20896: the headers by which other
// products take a proxy's word.
func TestNoHeaderSignsAnybodyIn(t *testing.T) {
	s := newSite(t)
	for _, name := range []string{"X-WEBAUTH-USER", "X-Remote-User", "Remote-User", "X-Forwarded-User", "X-Auth-Request-User", "X-Forwarded-Email", "REMOTE_USER", "X-User", "Authorization"} {
		for _, value := range []string{"admin", id(s.Admin), "Basic YWRtaW46Y29ycmVjdC1ob3JzZS05"} {
			if a := s.stranger().get("/users", name, value, "X-Forwarded-For", "127.0.0.1", "X-Real-IP", "127.0.0.1"); a.status != http.StatusSeeOther {
				t.Errorf("%s: %s: %d", name, value, a.status)
			}
		}
	}
	// A header does not let one guess on from a new address each time.
	limited := false
	for i := range 12 {
		a := s.stranger().post("/login", url.Values{"username": {"boss"}, "password": {"guess"}}, "X-Forwarded-For", "10.0.0."+id(int64(i)))
		limited = limited || a.status == http.StatusTooManyRequests
	}
	if !limited {
		t.Error("a header of one's own makes guessing free")
	}
}
