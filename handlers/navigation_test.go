package handlers_test

import (
	"net/url"
	"strings"
	"testing"
)

// TestNavigationFoldsWhatIsSeldomOpened: a page that waits for somebody, and
// the one that is open, are never folded away.
func TestNavigationFoldsWhatIsSeldomOpened(t *testing.T) {
	s := newSite(t)
	boss := s.as("boss")
	folded := func(page, href string) bool {
		side, _, _ := strings.Cut(page, `class="yk-top"`)
		at := strings.Index(side, `class="yk-nav-i" href="`+href+`"`)
		if at < 0 {
			t.Fatalf("%s is not in the navigation", href)
		}
		return strings.Count(side[:at], "<details") > strings.Count(side[:at], "</details>")
	}
	page := boss.get("/customers").body
	for href, want := range map[string]bool{"/today": false, "/customers": false, "/cases": false, "/reports": false, "/gaps": true, "/customers/bin": true, "/notices": true} {
		if got := folded(page, href); got != want {
			t.Errorf("%s is folded: %v, want %v", href, got, want)
		}
	}
	if folded(boss.get("/gaps").body, "/gaps") {
		t.Error("the page that is open is folded away")
	}
	if a := s.as("chief").post("/notices", noticeTyped("branches", id(s.West), "must", "1")); a.status != 303 {
		t.Fatalf("a notice is sent: %d", a.status)
	}
	if folded(s.as("rep").get("/customers").body, "/notices") {
		t.Error("a notice waits and its page is folded away")
	}
}

func TestSearchFindsPages(t *testing.T) {
	s := newSite(t)
	page := func(words, href string) []string { return []string{"打开页面", `href="` + href + `"`, words} }
	s.run([]scenario{
		{"by part of the name", "boss", "", "/search?q=" + url.QueryEscape("回收"), nil, 200, page("回收站", "/customers/bin"), []string{"没有找到"}},
		{"by its initials", "boss", "", "/search?q=hsz", nil, 200, page("回收站", "/customers/bin"), nil},
		{"by pinyin", "boss", "", "/search?q=huishou", nil, 200, page("回收站", "/customers/bin"), nil},
		{"not one that is closed to them", "rep", "", "/search?q=" + url.QueryEscape("审计"), nil, 200, []string{"没有找到"}, []string{"打开页面"}},
		{"one letter is too little", "boss", "", "/search?q=h", nil, 200, nil, []string{"打开页面"}},
	})
}
