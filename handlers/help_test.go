package handlers_test

import (
	"net/url"
	"strings"
	"testing"

	"yike/views"
)

// TestEveryPageSaysWhyAndHow: the list comes from the router: a GET route either
// answers with a whole page, and then has help, or is asked for here.
func TestEveryPageSaysWhyAndHow(t *testing.T) {
	s := newSite(t)
	east, _ := plant(s)
	v := s.as("admin")
	pages := 0
	for _, p := range paths(s, func(string, string) string { return id(east) }) {
		if p[0] != "GET" || p[1] == "/logout" {
			continue
		}
		a := v.get(p[1])
		if a.status != 200 || !strings.Contains(a.body, `class="yk-nav"`) {
			continue // no page, or none for this id
		}
		pages++
		if !strings.Contains(a.body, "help-menu") {
			t.Errorf("%s has no help: add it to views/help.go", p[1])
		}
	}
	if pages < 15 {
		t.Errorf("only %d pages were looked at", pages)
	}
	// What this id cannot open has words too.
	for _, pattern := range []string{"GET /visits/{id}", "GET /visits/{id}/edit", "GET /imports/{id}", "GET /exports/{id}", "GET /users/{id}/edit", "GET /branches/{id}/edit"} {
		if h, ok := views.PageHelp(t.Context(), pattern); !ok || h.How == "" {
			t.Errorf("%s has no help", pattern)
		}
	}
}

func TestHelp(t *testing.T) {
	s := newSite(t)
	s.run([]scenario{
		{"a stranger is sent to sign in", "", "", "/help", nil, 303, []string{"/login"}, nil},
		{"a rep reads the aim, phases, blocks and principles", "rep", "", "/help", nil, 200,
			[]string{"终生价值最大", "数据准备与整合", "策略执行与反馈", "沟通与维护", "客户至上", "协同合作", "在后续版本", `href="/visits/due"`}, []string{`href="/users"`, `href="/imports"`}},
		{"an administrator has the pages of administration besides", "admin", "", "/help", nil, 200, []string{`href="/users"`, `href="/imports"`}, nil},
	})
}

// TestAHintIsPutAwayForGood, on every device, and can be had back.
func TestAHintIsPutAwayForGood(t *testing.T) {
	s := newSite(t)
	v := s.as("boss")
	hinted := func(v *visitor) bool { return strings.Contains(v.get("/visits/due").body, "hint-1") }
	if !hinted(v) {
		t.Fatal("no hint at the first visit")
	}
	if a := v.post("/account/hints", url.Values{"hint": {"imports.new"}}, "HX-Request", "true"); a.status != 200 || a.body != "" || a.to() != "" {
		t.Errorf("put away where it stands: %d to %q, %q", a.status, a.to(), a.body)
	}
	if a := v.post("/account/hints", url.Values{"hint": {"visits.due"}}, "Referer", s.url+"/visits/due"); a.to() != "/visits/due" {
		t.Errorf("it leads to %q", a.to())
	}
	if hinted(v) || hinted(s.as("boss")) {
		t.Error("the hint is back")
	}
	if !hinted(s.as("boss2")) {
		t.Error("it went for a colleague too")
	}
	if !strings.Contains(v.get("/customers").body, "hint-1") {
		t.Error("the hint of another page went too")
	}
	for _, bad := range []string{"", strings.Repeat("x", 61)} {
		if a := v.post("/account/hints", url.Values{"hint": {bad}}); a.status != 400 {
			t.Errorf("%q: %d", bad, a.status)
		}
	}
	if a := v.post("/account/hints", url.Values{"hint": {"all"}}); a.to() != "/help" || !hinted(v) {
		t.Errorf("back again: %q", a.to())
	}
	if _, ok := views.PageHelp(t.Context(), "GET /customers/{id}/previous"); !ok {
		t.Error("an area's words do not stand in for a page without its own")
	}
}
