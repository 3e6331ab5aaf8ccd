package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"yike/db/dbtest"
	"yike/handlers"
)

// FuzzQuery sends any query string to the pages that read one: no fault, no
// SQL text, whatever stands in it.
func FuzzQuery(f *testing.F) {
	for _, q := range []string{"q=hz", "class=A&class=B&sort=visit&dir=desc", "after=eyJrIjoiYWJjIn0", "branch=1&owner=none&visited=never",
		"month=2026-02&view=list&from=2026-02-30", "q=%00%ff&sort='--", "tag=-1&city=330100&state=draft&cols=code,phone", "size=thumb&n=99999999999999999999"} {
		f.Add(uint8(0), q)
		f.Add(uint8(3), q)
	}
	clock := dbtest.NewClock(dbtest.Start)
	w := dbtest.Company(f, clock)
	h, err := handlers.New(handlers.Config{DB: w.DB})
	if err != nil {
		f.Fatal(err)
	}
	site := h.Handler()
	login := httptest.NewRequest(http.MethodPost, "/login", strings.NewReader(url.Values{"username": {"boss"}, "password": {dbtest.Password}}.Encode()))
	login.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	signed := httptest.NewRecorder()
	site.ServeHTTP(signed, login)
	cookies := signed.Result().Cookies()
	if signed.Code != http.StatusSeeOther || len(cookies) == 0 {
		f.Fatalf("sign in: %d", signed.Code)
	}
	pages := []string{"/customers", "/customers/count", "/customers/filter", "/search", "/visits", "/visits/due", "/visits/new", "/imports", "/customers/bin",
		"/customers/review", "/customers/new", "/customers/duplicates", "/customers/place", "/rules/cadence", "/customers/export"}
	f.Fuzz(func(t *testing.T, page uint8, query string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL = &url.URL{Path: pages[int(page)%len(pages)], RawQuery: query}
		for _, c := range cookies {
			r.AddCookie(c)
		}
		a := httptest.NewRecorder()
		site.ServeHTTP(a, r)
		if a.Code >= 500 {
			t.Fatalf("%s?%s: %d", r.URL.Path, query, a.Code)
		}
		if body := a.Body.String(); strings.Contains(body, "SQL logic error") || strings.Contains(body, "SQLSTATE") {
			t.Fatalf("%s?%s: the database speaks to the reader", r.URL.Path, query)
		}
	})
}
