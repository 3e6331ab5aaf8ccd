package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/handlers"
)

// paths returns every route's method and path with its placeholders replaced.
func paths(s *site, fill func(pattern, name string) string) [][2]string {
	h, err := handlers.New(handlers.Config{DB: s.DB})
	if err != nil {
		s.t.Fatal(err)
	}
	var out [][2]string
	for _, rt := range h.Routes() {
		method, path, _ := strings.Cut(rt[0], " ")
		path = strings.ReplaceAll(path, "{$}", "")
		path = regexp.MustCompile(`\{(\w+)(\.\.\.)?\}`).ReplaceAllStringFunc(path, func(m string) string {
			return fill(rt[0], strings.Trim(m, "{}."))
		})
		out = append(out, [2]string{method, path})
	}
	return out
}

// canaries are words of East's client that nobody of West may ever see.
var canaries = []string{"金丝雀", "jinsique", "18800009999", "188 0000 9999", "cage street"}

// plant makes a client of East and one of West's other rep, each with a
// contact, and returns their ids.
func plant(s *site) (east, other int64) {
	s.t.Helper()
	ctx := context.Background()
	make := func(branch, owner int64) int64 {
		id, err := s.CreateCustomer(ctx, s.As(s.t, s.Admin), db.Submission{}, db.Customer{BranchID: branch, OwnerID: owner,
			Name: "金丝雀贸易有限公司", ShortName: "金丝雀", Class: "A", Address: "cage street", Phones: []string{"18800009999"}},
			db.Contact{Name: "金丝雀先生", Primary: true, Phones: []string{"18800009999"}})
		if err != nil {
			s.t.Fatal(err)
		}
		return id
	}
	return make(s.East, 0), make(s.West, s.RepWest2)
}

// TestEveryPrivateRouteIsClosedToStrangers: the list comes from the router, so
// a new route is in it.
func TestEveryPrivateRouteIsClosedToStrangers(t *testing.T) {
	s := newSite(t)
	plant(s)
	v := s.stranger()
	public := map[string]bool{"GET /login": true, "POST /login": true, "GET /login/code": true, "POST /login/code": true, "POST /logout": true, "GET /setup": true, "POST /setup": true, "GET /join": true, "POST /join": true,
		"GET /calendar/1": true}
	for _, p := range paths(s, func(string, string) string { return "1" }) {
		if public[p[0]+" "+p[1]] {
			continue
		}
		a := v.do(p[0], p[1], strings.NewReader("x=1"), "application/x-www-form-urlencoded")
		if a.status != http.StatusSeeOther || !strings.HasPrefix(a.to(), "/login") {
			t.Errorf("%s %s: %d to %q", p[0], p[1], a.status, a.to())
		}
		if a := v.do(p[0], p[1], nil, "", "HX-Request", "true"); a.status != http.StatusUnauthorized {
			t.Errorf("%s %s by htmx: %d", p[0], p[1], a.status)
		}
	}
}

// TestOthersRecordsAreRefused: DayByDay CVE-2022-22107, Gitea CVE-2026-20897:
// every route with an id, asked by people who may open the route but not the
// row: another branch's manager, another rep, the courier. Never an answer,
// never a canary, never a trace.
func TestOthersRecordsAreRefused(t *testing.T) {
	dbtest.Alone(t)
	s := newSite(t)
	east, other := plant(s)
	ctx := context.Background()
	system := s.As(t, s.Admin)
	version := func(id int64) int64 {
		list, err := s.Users(ctx, system.Scope("users.read"), false)
		if err != nil || len(list) == 0 {
			t.Fatal(err)
		}
		c, err := s.Customer(ctx, system.Scope("customers.read"), id)
		if err != nil {
			t.Fatalf("customer %d is gone: %v", id, err)
		}
		return c.Version
	}
	before := [2]int64{version(east), version(other)}
	requests := 0
	for who, target := range map[string][]int64{"boss": {east}, "rep": {east, other}, "clerk": {east}, "courier": {east}} {
		v := s.as(who)
		for _, target := range target {
			for _, p := range paths(s, func(string, string) string { return id(target) }) {
				if !strings.Contains(p[1], id(target)) {
					continue
				}
				a := v.do(p[0], p[1], strings.NewReader(url.Values{"version": {"1"}, "name": {"stolen"}, "class": {"C"}, "reason": {"x"},
					"branch": {id(s.West)}, "owner": {id(s.RepWest)}, "customer": {id(target)}}.Encode()), "application/x-www-form-urlencoded")
				requests++
				if a.status != http.StatusNotFound && a.status != http.StatusForbidden {
					t.Errorf("%s: %s %s: %d to %q\n%s", who, p[0], p[1], a.status, a.to(), excerpt(a.body))
				}
				seesNone(t, who+" "+p[0]+" "+p[1], a)
			}
		}
	}
	// By search, list, filters, exports and the duplicate warning.
	for _, who := range []string{"boss", "rep", "clerk", "courier"} {
		v := s.as(who)
		for _, path := range []string{"/customers", "/search?q=", "/customers?q=", "/customers?branch=" + id(s.East), "/customers?owner=" + id(s.RepWest2),
			"/customers/export?format=csv", "/customers/export?format=csv&branch=" + id(s.East), "/visits", "/visits?branch=" + id(s.East),
			"/visits/due", "/visits/due?branch=" + id(s.East), "/customers/bin", "/customers/review", "/imports"} {
			queries := []string{""}
			if strings.HasSuffix(path, "q=") {
				queries = []string{url.QueryEscape("金丝雀"), "jinsique", "jsq", "9999", "18800009999", "HZ02-00001"}
			}
			for _, q := range queries {
				a := v.get(path + q)
				requests++
				if a.status >= 500 {
					t.Errorf("%s: %s: %d", who, path+q, a.status)
				}
				// West's people see their own twin of the client; the rep sees neither.
				if who == "rep" {
					seesNone(t, who+" "+path+q, a)
				} else if strings.Contains(a.body, id(east)) {
					t.Errorf("%s %s: the other branch's client is there", who, path+q)
				}
			}
		}
	}
	if after := [2]int64{version(east), version(other)}; after != before {
		t.Errorf("a refused write left a trace: versions %v, were %v", after, before)
	}
	t.Logf("%d requests", requests)
}

func seesNone(t *testing.T, what string, a answer) {
	t.Helper()
	for _, c := range canaries {
		// What was asked may be repeated in the search box or the address.
		body := regexp.MustCompile(`(value|href|content|action|hx-get|data-[a-z-]+)="[^"]*"`).ReplaceAllString(a.body, "")
		body = strings.ReplaceAll(body, "“"+c+"”", "")
		if strings.Contains(body, c) && !strings.Contains(what, url.QueryEscape(c)) && !strings.Contains(what, c) {
			t.Errorf("%s: %q is there", what, c)
		}
	}
}

// hostile are values that broke other products: SQL, markup, formulas, paths,
// bytes that are no text, numbers beyond every type.
var hostile = []string{
	"'", "''", `"`, "\\", "';--", "' OR '1'='1", "1 OR 1=1", "1; DROP TABLE customers", "') UNION SELECT password_hash FROM users--",
	"%", "_", "%%", "*", `"a" OR "b"`, "NEAR(a b)", "a AND b", "^a", "{a}", "(a", "a)", "-1", "0", "99999999999999999999", "1e309", "NaN", "0x1F",
	"null", "undefined", "true", "[]", "{}", "name[]=1", "../../etc/passwd", "..\\..\\", "/etc/passwd", "file:///etc/passwd", "http://127.0.0.1/",
	"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "javascript:alert(1)", "{{7*7}}", "${7*7}", "<!--", "]]>", "&#x3c;script>",
	"=1+1", "+1", "@SUM(A1)", "\t=1", "\x00", "\x00admin", "a\x00b", "\r\nSet-Cookie: x=1", "\xff\xfe", "\xf0\x28\x8c\x28", "𠮷", "👨‍👩‍👧", "\u202eabc", "\u200b",
	"2026-02-30", "2026-13-01", "0000-00-00", "9999-12-31", "10000-01-01", "-0001-01-01", strings.Repeat("a", 10_000), strings.Repeat("九", 3000), strings.Repeat("%25", 500),
	"eyJrIjoiYWJjIn0", "eyJrIjpbMSwyLDNdfQ==", "AAAA", "....",
}

// names of the parameters that our pages read, and some that they do not.
var parameters = []string{"q", "sort", "dir", "after", "before", "cursor", "page", "branch", "owner", "clerk", "class", "stage", "kind", "tag", "city", "province",
	"state", "source", "visited", "format", "from", "to", "month", "day", "user", "mode", "mood", "view", "columns", "cols", "all", "next", "size", "customer", "id", "phone", "name", "credit_code", "verdict", "tab"}

// TestHostileParametersBreakNothing: Dolibarr #38768, SuiteCRM #4316: every
// hostile value in every parameter of every page: no fault, no SQL text, no
// live markup, none slow.
func TestHostileParametersBreakNothing(t *testing.T) {
	dbtest.Alone(t)
	s := newSite(t)
	east, _ := plant(s)
	v := s.as("admin")
	n := 0
	for _, p := range paths(s, func(string, string) string { return id(east) }) {
		if p[0] != "GET" || p[1] == "/setup" || p[1] == "/" {
			continue
		}
		for i, value := range hostile {
			// All parameters at once, rotated, so that each value meets each
			// parameter over the pages without ten thousands of requests.
			q := url.Values{}
			q.Set(parameters[(i+n)%len(parameters)], value)
			q.Set(parameters[(i*7+n)%len(parameters)], value)
			start := time.Now()
			a := v.get(p[1] + "?" + q.Encode())
			n++
			if a.status >= 500 {
				t.Errorf("GET %s?%s: %d", p[1], q.Encode(), a.status)
			}
			for _, leak := range []string{"SQLITE", "SQL logic error", "syntax error", "goroutine ", "<script>alert(1)", "<img src=x onerror"} {
				if strings.Contains(a.body, leak) {
					t.Errorf("GET %s?%s: %q is in the answer", p[1], q.Encode(), leak)
				}
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("GET %s?%s took %v", p[1], q.Encode(), took)
			}
			if a.head.Get("Set-Cookie") == "x=1" {
				t.Errorf("GET %s?%s: a header was injected", p[1], q.Encode())
			}
		}
	}
	for _, value := range hostile {
		for _, path := range []string{"/customers/", "/users/", "/branches/", "/visits/", "/imports/"} {
			a := v.get(path + url.PathEscape(value))
			n++
			if a.status >= 500 {
				t.Errorf("GET %s%q: %d", path, value, a.status)
			}
		}
	}
	t.Logf("%d requests", n)
}

// What an address asked for is put on record as far as the page knows it, so that
// the register of acts, and the file made of it, hold no markup of a stranger's.
func TestTheRegisterKeepsNoMarkupOfAnAddress(t *testing.T) {
	dbtest.Alone(t)
	s := newSite(t)
	plant(s)
	v := s.as("admin")
	for _, p := range paths(s, func(string, string) string { return "1" }) {
		if p[0] != "GET" || strings.Contains(p[1], "{") {
			continue
		}
		for _, name := range parameters {
			v.get(p[1] + "?" + url.Values{name: {"<script>alert(1)</script>"}}.Encode())
		}
	}
	for line := range strings.Lines(v.get("/audit/export").body) {
		if strings.Contains(line, "<script>alert(1)") {
			t.Error(line)
		}
	}
}

// TestHostileFormsBreakNothing posts hostile values into every form: a
// mistake is a 4xx with the form, never a fault.
func TestHostileFormsBreakNothing(t *testing.T) {
	dbtest.Alone(t)
	s := newSite(t)
	east, _ := plant(s)
	v := s.as("admin")
	fields := append([]string{"version", "username", "password", "role", "place", "code", "area_code", "parent", "level", "joined_on", "reason", "learned", "next_on",
		"contact", "purpose", "phones", "phone", "tags", "remark", "terms_days", "credit_limit", "valid_from", "A", "B", "C", "key", "answers", "ids", "action", "value", "text", "lang"}, parameters...)
	n := 0
	for _, p := range paths(s, func(string, string) string { return id(east) }) {
		if p[0] != "POST" || p[1] == "/logout" || strings.HasPrefix(p[1], "/account/") || p[1] == "/login" {
			continue
		}
		for i := 0; i < len(hostile); i += 3 {
			form := url.Values{}
			for j, f := range fields {
				form.Add(f, hostile[(i+j)%len(hostile)])
			}
			a := v.post(p[1], form)
			n++
			if a.status >= 500 {
				t.Errorf("POST %s with %.40q…: %d", p[1], hostile[i], a.status)
			}
			if strings.Contains(a.body, "<script>alert(1)") || strings.Contains(a.body, "<img src=x onerror") {
				t.Errorf("POST %s: live markup in the answer", p[1])
			}
		}
	}
	if a := v.get("/users"); a.status != 200 {
		t.Errorf("afterwards: %d", a.status)
	}
	t.Logf("%d requests", n)
}
