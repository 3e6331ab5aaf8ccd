package handlers_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/handlers"
	"yike/policy"
	"yike/policy/rating"
)

// ratedSite is a site whose clients answer on a page of its own, a client of the
// rep's, and a parcel of nobody on file.
func ratedSite(t *testing.T) (s, public *site, customer, number string) {
	return ratedSiteOf(t, handlers.Config{RateURL: "https://pj.example.com", RateProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
}

func ratedSiteOf(t *testing.T, cfg handlers.Config) (s, public *site, customer, number string) {
	t.Helper()
	s, h := newSiteOf(t, cfg)
	server := httptest.NewServer(h.RateSite())
	t.Cleanup(server.Close)
	ctx := context.Background()
	n, err := s.CreateCustomer(ctx, s.As(t, s.BossWest), db.Submission{}, db.Customer{BranchID: s.West, Name: "望江贸易", OwnerID: s.RepWest, ClerkID: s.ClerkWest})
	if err != nil {
		t.Fatal(err)
	}
	number = "302610000000003"
	bill := db.Waybill{Number: number, BranchID: s.West, SentDay: "2026-11-18", Pieces: 1, Weight: 1000, Product: "standard", Payment: "cash", Province: "330000", City: "330100", State: "signed"}
	if _, err := s.LoadWaybills(ctx, policy.SystemActor("test"), slices.Values([]db.Waybill{bill}), nil); err != nil {
		t.Fatal(err)
	}
	return s, &site{World: s.World, t: t, url: server.URL}, id(n), number
}

func TestPagesOfRatingsAreForThoseWhoMayAndTheirClients(t *testing.T) {
	s, _, customer, number := ratedSite(t)
	ask := "/ratings/ask?customer=" + customer
	call := func(change ...string) url.Values {
		v := url.Values{"customer": {customer}, "score": {"2"}, "comment": {"打 13912345678 找我"}, "solved": {"no"}, "key": {"call-1"}}
		for i := 0; i < len(change); i += 2 {
			v.Set(change[i], change[i+1])
		}
		return v
	}
	rule := func(change ...string) url.Values {
		v := url.Values{"read": {"0"}, "branch": {""}, "days": {"7"}, "least": {"2"}, "unhappy": {"2"}, "valid_from": {"2026-11-21"}, "reason": {"试点"}}
		for i := 0; i < len(change); i += 2 {
			v.Set(change[i], change[i+1])
		}
		return v
	}
	var list []scenario
	for _, p := range []string{"/satisfaction", "/satisfaction/value", "/ratings", "/ratings/export", "/rules/ratings"} {
		list = append(list, scenario{"a stranger: " + p, "", "", p, nil, 303, []string{"/login"}, nil}, scenario{"a courier reads none: " + p, "courier", "", p, nil, 403, nil, nil})
	}
	for _, p := range []string{ask, "/ratings/call?customer=" + customer, "/ratings/1/hand", "/ratings/1/done"} {
		list = append(list, scenario{"a stranger: " + p, "", "", p, nil, 303, []string{"/login"}, nil}, scenario{"who only looks: " + p, "auditor", "", p, nil, 403, nil, nil})
	}
	for p, form := range map[string]url.Values{"/ratings/ask": {"customer": {customer}, "way": {"link"}}, "/ratings/call": call(), "/ratings/1/answer": {"score": {"5"}}, "/ratings/1/revoke": nil, "/rules/ratings": rule()} {
		list = append(list, scenario{"a stranger sends to " + p, "", http.MethodPost, p, form, 303, []string{"/login"}, nil}, scenario{"who only looks sends to " + p, "auditor", http.MethodPost, p, form, 403, nil, nil})
	}
	s.run(append(list, []scenario{
		{"the start asks for a number", "courier", "", "/ratings/ask", nil, 200, []string{"运单号"}, nil},
		{"an unknown number", "courier", "", "/ratings/ask?number=404", nil, 422, []string{"你能看的运单里没有这个号"}, nil},
		{"another branch's number", "clerk2", "", "/ratings/ask?number=" + number, nil, 422, []string{"你能看的运单里没有这个号"}, nil},
		{"the branch's number", "courier", "", "/ratings/ask?number=" + number, nil, 200, []string{"当面评"}, nil},
		{"another rep's client", "rep2", "", ask, nil, 404, nil, []string{"望江贸易"}},
		{"another branch's client", "clerk2", "", ask, nil, 404, nil, []string{"望江贸易"}},
		{"the own client", "rep", "", ask, nil, 200, []string{"望江贸易", "要一个链接和二维码"}, nil},
		{"a link for another rep's client", "rep2", http.MethodPost, "/ratings/ask", url.Values{"customer": {customer}, "way": {"link"}}, 404, nil, []string{"/r/"}},
		{"a way that is none", "rep", http.MethodPost, "/ratings/ask", url.Values{"customer": {customer}, "way": {"fax"}}, 400, nil, nil},
		{"a link for nobody", "rep", http.MethodPost, "/ratings/ask", url.Values{"customer": {"12345"}, "way": {"link"}}, 404, nil, nil},
		{"a call to another rep's client", "rep2", "", "/ratings/call?customer=" + customer, nil, 404, nil, []string{"望江贸易"}},
		{"a call without a client", "rep", "", "/ratings/call", nil, 404, nil, nil},
		{"a call to the own client", "rep", "", "/ratings/call?customer=" + customer, nil, 200, []string{"望江贸易", "记下回访"}, nil},
		{"recorded by another rep", "rep2", http.MethodPost, "/ratings/call", call(), 404, nil, nil},
		{"recorded by another branch", "clerk2", http.MethodPost, "/ratings/call", call(), 404, nil, nil},
		{"without a score", "rep", http.MethodPost, "/ratings/call", call("score", ""), 422, []string{"问一句满不满意"}, nil},
		{"a score beyond the scale", "rep", http.MethodPost, "/ratings/call", call("score", "6"), 422, []string{"问一句满不满意"}, nil},
		{"a word that is none", "rep", http.MethodPost, "/ratings/call", call("solved", "maybe"), 422, []string{"选项不认得"}, nil},
		{"a novel", "rep", http.MethodPost, "/ratings/call", call("comment", strings.Repeat("慢", 501)), 422, []string{"写得太长了"}, nil},
		{"another client's contact", "rep", http.MethodPost, "/ratings/call", call("contact", "7"), 404, nil, nil},
		{"recorded", "rep", http.MethodPost, "/ratings/call", call(), 303, []string{"/customers/" + customer}, nil},
		{"recorded once", "rep", http.MethodPost, "/ratings/call", call(), 303, []string{"/customers/" + customer}, nil},
		{"the list of the own", "rep", "", "/ratings", nil, 200, []string{"望江贸易", "13912345678", "共 1 份"}, nil},
		{"the list of another rep", "rep2", "", "/ratings", nil, 200, []string{"共 0 份"}, []string{"望江贸易", "13912345678"}},
		{"the list of another branch, by the client's id", "boss2", "", "/ratings?customer=" + customer, nil, 200, []string{"共 0 份"}, []string{"望江贸易", "13912345678"}},
		{"the auditor's is masked", "auditor", "", "/ratings", nil, 200, []string{"望江贸易", "共 1 份"}, []string{"13912345678"}},
		{"the client's page", "rep", "", "/customers/" + customer, nil, 200, []string{"13912345678", "最近 90 天评了 1 份，太少，不出指数"}, nil},
		{"the client's page is masked as the list is", "auditor", "", "/customers/" + customer, nil, 200, []string{"最近 90 天评了 1 份，太少"}, []string{"13912345678", "指数 25"}},
		{"a case came of it", "clerk", "", "/cases", nil, 200, []string{"打 13912345678 找我"}, nil},
		{"another branch sees no case", "boss2", "", "/cases", nil, 200, nil, []string{"13912345678"}},
		{"figures of the branch", "boss", "", "/satisfaction", nil, 200, []string{"望江贸易"}, nil},
		{"figures of another branch", "boss2", "", "/satisfaction?customer=" + customer, nil, 200, nil, []string{"望江贸易"}},
		{"the matrix of the branch", "boss", "", "/satisfaction/value?class=none&mood=unhappy", nil, 200, nil, nil},
		{"the matrix by our own score", "boss", "", "/satisfaction/value?by=level", nil, 200, []string{"按我们打的分", "还没评过级", "by=level"}, nil},
		{"who stands in a cell of it", "boss", "", "/satisfaction/value?by=level&level=none&mood=unhappy", nil, 200, []string{"望江贸易"}, nil},
		{"a level that is none", "boss", "", "/satisfaction/value?by=level&level=x&mood=unhappy", nil, 200, nil, []string{"望江贸易"}},
		{"the client's page scores both ways", "rep", "", "/customers/" + customer, nil, 200, []string{"客户给我们打的分", "我们给客户打的分", "还没有发过件，不打分"}, nil},
		{"the matrix of another branch by our score", "boss2", "", "/satisfaction/value?by=level&level=none&mood=unhappy", nil, 200, nil, []string{"望江贸易"}},
		{"the matrix of another branch", "boss2", "", "/satisfaction/value", nil, 200, nil, []string{"望江贸易"}},
		{"the workbook of the branch", "boss", "", "/ratings/export", nil, 200, nil, nil},
		{"no workbook for a rep", "rep", "", "/ratings/export", nil, 403, nil, nil},
		{"the rule is read", "rep", "", "/rules/ratings", nil, 200, []string{"链接用 14 天；满 5 份才出数字；2 分及以下算不满意"}, []string{"保存新版本", "雷达里提醒"}},
		{"a manager sets none for the company", "boss", http.MethodPost, "/rules/ratings", rule(), 403, nil, nil},
		{"out of its bounds", "admin", http.MethodPost, "/rules/ratings", rule("days", "91", "least", "0", "unhappy", "4"), 422, []string{"填 1 到 90 的整数", "填 1 到 100 的整数", "填 1 到 3 的整数"}, nil},
		{"no numbers", "admin", http.MethodPost, "/rules/ratings", rule("days", "x"), 422, []string{"填 1 到 90 的整数"}, nil},
		{"set", "admin", http.MethodPost, "/rules/ratings", rule(), 303, []string{"/rules/ratings"}, nil},
		{"over one that was not read", "admin", http.MethodPost, "/rules/ratings", rule(), 422, []string{"刚才有人设了新版本"}, nil},
		{"it says so", "boss", "", "/rules/ratings", nil, 200, []string{"链接用 7 天；满 2 份才出数字"}, nil},
	}...))
}

func TestTheDeviceGoesOnlyToWhomItWasHandedOutBy(t *testing.T) {
	s, _, customer, _ := ratedSite(t)
	a := s.as("courier").post("/ratings/ask", url.Values{"customer": {customer}, "way": {"own_device"}, "key": {"k"}})
	at, ok := strings.CutSuffix(a.to(), "/hand")
	if a.status != http.StatusSeeOther || !ok {
		t.Fatalf("asked: %d to %q", a.status, a.to())
	}
	if again := s.as("courier").post("/ratings/ask", url.Values{"customer": {customer}, "way": {"own_device"}, "key": {"k"}}); again.to() != a.to() {
		t.Errorf("sent twice it asks twice: %q", again.to())
	}
	five := url.Values{"score": {"5"}}
	s.run([]scenario{
		{"the manager has no such page", "boss", "", at + "/hand", nil, 404, []string{"请把手机交还工作人员"}, []string{"<nav"}},
		{"nor an answer", "boss", http.MethodPost, at + "/answer", five, 404, []string{"请把手机交还工作人员"}, []string{"<nav"}},
		{"nor its end", "boss", "", at + "/done", nil, 404, []string{"请把手机交还工作人员"}, []string{"<nav"}},
		{"an answer beyond all bounds", "courier", http.MethodPost, at + "/answer", url.Values{"score": {"5"}, "comment": {strings.Repeat("x", 11<<20)}}, 413, []string{"请把手机交还工作人员"}, []string{"<nav"}},
		{"done before the answer", "courier", "", at + "/done", nil, 303, []string{at + "/hand"}, nil},
		{"five faces and nothing else", "courier", "", at + "/hand", nil, 200, []string{"城西网点", `name="score"`}, []string{"望江贸易", "<nav", "<script"}},
		{"no face", "courier", http.MethodPost, at + "/answer", url.Values{}, 422, []string{"请点一个表情"}, nil},
		{"a novel", "courier", http.MethodPost, at + "/answer", url.Values{"score": {"5"}, "comment": {strings.Repeat("好", 501)}}, 422, []string{"写得太长了"}, nil},
		{"tapped", "courier", http.MethodPost, at + "/answer", five, 303, []string{at + "/done"}, nil},
		{"tapped twice", "courier", http.MethodPost, at + "/answer", url.Values{"score": {"1"}}, 303, []string{at + "/done"}, nil},
		{"back to the question", "courier", "", at + "/hand", nil, 303, []string{at + "/done"}, nil},
		{"handed back", "courier", "", at + "/done", nil, 200, []string{"请把手机交还工作人员"}, []string{"<nav"}},
		{"the first tap counts", "boss", "", "/ratings", nil, 200, []string{"非常满意", "共 1 份"}, nil},
	})
	b := s.as("courier").post("/ratings/ask", url.Values{"customer": {customer}, "way": {"own_device"}, "key": {"k2"}})
	late := strings.TrimSuffix(b.to(), "/hand")
	s.Clock.Move(time.Hour)
	s.run([]scenario{
		{"an hour later", "courier", "", late + "/hand", nil, 404, []string{"请把手机交还工作人员"}, []string{"<nav", "<script"}},
		{"tapped an hour later", "courier", http.MethodPost, late + "/answer", five, 404, []string{"请把手机交还工作人员"}, []string{"<nav", "<script"}},
		{"its end, an hour later", "courier", "", late + "/done", nil, 404, []string{"请把手机交还工作人员"}, []string{"<nav", "<script"}},
	})
}

func TestALinkIsTakenBackByThoseWhoMayAsk(t *testing.T) {
	s, public, customer, _ := ratedSite(t)
	path := linkFor(s, "rep", url.Values{"customer": {customer}})
	rows, err := s.RatingsAbout(context.Background(), s.As(t, s.RepWest).Scope(policy.RatingAsk), db.ParseID(customer), 0, 0)
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	at := "/ratings/" + id(rows[0].ID) + "/revoke"
	s.run([]scenario{
		{"it stands open, and its secret is shown no more", "rep", "", "/ratings/ask?customer=" + customer, nil, 200, []string{"等客户评", at}, []string{path}},
		{"another rep", "rep2", http.MethodPost, at, nil, 404, nil, nil},
		{"another branch", "clerk2", http.MethodPost, at, nil, 404, nil, nil},
	})
	if a := public.stranger().get(path); a.status != http.StatusOK {
		t.Errorf("others ended it: %d", a.status)
	}
	s.run([]scenario{
		{"the rep", "rep", http.MethodPost, at, nil, 303, []string{"customer=" + customer}, nil},
		{"twice", "rep", http.MethodPost, at, nil, 409, nil, nil},
		{"it says so", "rep", "", "/ratings/ask?customer=" + customer, nil, 200, []string{"已经作废"}, []string{at}},
	})
	if a := public.stranger().get(path); a.status != http.StatusNotFound {
		t.Errorf("taken back it still opens: %d", a.status)
	}
}

var rateLink = regexp.MustCompile(`https://pj\.example\.com(/r/[a-z0-9]{32})`)

// linkFor asks by a link and returns its path.
func linkFor(s *site, who string, about url.Values) string {
	s.t.Helper()
	about.Set("way", rating.Link)
	a := s.as(who).post("/ratings/ask", about)
	m := rateLink.FindStringSubmatch(a.body)
	if m == nil {
		s.t.Fatalf("no link: %d to %q\n%s", a.status, a.to(), excerpt(a.body))
	}
	return m[1]
}

// What a stranger may find out on the page for clients: by guessing, by sending
// an answer again, with a link that ended.
func TestTheClientsPageTellsAttackersNothing(t *testing.T) {
	s, public, customer, number := ratedSite(t)
	attacker := public.stranger()
	gone := attacker.get("/r/" + strings.Repeat("a", 32))
	if gone.status != http.StatusNotFound || !strings.Contains(gone.body, "这个链接不能用") {
		t.Fatalf("a guess: %d %s", gone.status, gone.body)
	}
	same := func(what string, a answer) {
		t.Helper()
		if a.status != gone.status || a.body != gone.body {
			t.Errorf("%s looks different: %d\n%s", what, a.status, a.body)
		}
		for name := range gone.head {
			if name != "Date" && a.head.Get(name) != gone.head.Get(name) {
				t.Errorf("%s: %s is %q, that of a guess %q", what, name, a.head.Get(name), gone.head.Get(name))
			}
		}
	}
	five := url.Values{"score": {"5"}, "comment": {"很好"}}
	used, expired := linkFor(s, "courier", url.Values{"number": {number}}), linkFor(s, "rep", url.Values{"customer": {customer}})
	if a := attacker.get(used + "?q=1"); a.status != 200 || !strings.Contains(a.body, "城西网点") || !strings.Contains(a.body, "2026-11-18") || strings.Contains(a.body, number) || strings.Contains(a.body, "<script") {
		t.Errorf("the page of a link: %d %s", a.status, a.body)
	}
	if a := attacker.get(expired); a.status != 200 || strings.Contains(a.body, "望江贸易") {
		t.Errorf("the page names the client: %d %s", a.status, a.body)
	}
	for _, form := range []url.Values{{}, {"score": {"0"}}, {"score": {"6"}}, {"score": {"5x"}}, {"score": {"5"}, "comment": {strings.Repeat("好", 501)}}} {
		if a := attacker.post(used, form); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%.40v: %d", form, a.status)
		}
	}
	if a := attacker.post(used, url.Values{"score": {"5"}, "comment": {strings.Repeat("x", 20<<10)}}); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a huge body: %d", a.status)
	}
	if a := attacker.do(http.MethodPost, used, strings.NewReader("%zz"), "application/x-www-form-urlencoded"); a.status != http.StatusBadRequest {
		t.Errorf("half a form: %d", a.status)
	}
	if a := attacker.post(used, five); a.status != http.StatusOK || !strings.Contains(a.body, "谢谢您") {
		t.Fatalf("the answer: %d %s", a.status, a.body)
	}
	same("an answer sent again", attacker.post(used, five))
	same("an answered link", attacker.get(used))
	same("an answered link, from a picture", attacker.get(used+"?q=1"))
	same("one that is cut", attacker.get(used[:len(used)-1]))
	same("one in capitals", attacker.get("/r/"+strings.ToUpper(used[3:])))
	same("a guess that answers", attacker.post("/r/"+strings.Repeat("b", 32), five))
	same("an injection", attacker.get("/r/"+url.PathEscape("' OR 1=1 --")))
	for _, p := range []string{"/", "/login", "/customers", "/r/", "/r", "/ratings", "/static/", "/calendar/x.ics", "/r/../login"} {
		if a := attacker.get(p); a.status != http.StatusNotFound && a.status != http.StatusMovedPermanently && a.status != http.StatusTemporaryRedirect {
			t.Errorf("%s is served: %d", p, a.status)
		}
	}
	if a := attacker.do(http.MethodDelete, expired, nil, ""); a.status < 400 {
		t.Errorf("another method: %d", a.status)
	}
	s.Clock.Move(14 * 24 * time.Hour)
	same("one past its day", attacker.get(expired))
	same("an answer past its day", attacker.post(expired, five))
	list, _, err := s.Ratings(context.Background(), policy.SystemActor("test").Scope(policy.RatingRead), db.RatingFilter{})
	if err != nil || len(list) != 1 || list[0].Score != 5 || list[0].Comment != "很好" {
		t.Errorf("answers %+v, %v", list, err)
	}
}

func TestTheClientsPageHasHeadersNoCookieAndABound(t *testing.T) {
	s, public, customer, _ := ratedSite(t)
	path, v := linkFor(s, "rep", url.Values{"customer": {customer}}), public.stranger()
	// A session of the product opens nothing here, and none is begun.
	for what, a := range map[string]answer{"page": v.get(path, "Cookie", "session=x"), "nothing": v.get("/r/x"), "fault": v.post(path, url.Values{}), "method": v.do(http.MethodPut, path, nil, "")} {
		if a.head.Get("Set-Cookie") != "" {
			t.Errorf("%s sets %q", what, a.head.Get("Set-Cookie"))
		}
		for name, want := range map[string]string{"Content-Security-Policy": "default-src 'none'", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
			"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Strict-Transport-Security": "max-age="} {
			if !strings.Contains(a.head.Get(name), want) {
				t.Errorf("%s: %s is %q", what, name, a.head.Get(name))
			}
		}
		if strings.Contains(a.head.Get("Content-Security-Policy"), "unsafe") {
			t.Errorf("%s: %q", what, a.head.Get("Content-Security-Policy"))
		}
	}
	// Sixty in a minute from one address; a header that claims another is not
	// believed, and the next minute begins anew.
	s.Clock.Move(time.Minute)
	for i := range 60 {
		if a := v.get("/r/guess"); a.status != http.StatusNotFound {
			t.Fatalf("guess %d: %d", i+1, a.status)
		}
	}
	for _, a := range []answer{v.get("/r/guess"), v.get(path), v.post(path, url.Values{"score": {"5"}}), v.get(path, "X-Forwarded-For", "203.0.113.9"), v.get(path, "Forwarded", "for=203.0.113.9", "X-Real-Ip", "203.0.113.9")} {
		if a.status != http.StatusTooManyRequests || a.head.Get("Retry-After") != "60" || !strings.Contains(a.body, "请等一分钟") {
			t.Errorf("past the bound: %d, %q %s", a.status, a.head.Get("Retry-After"), a.body)
		}
	}
	if a := v.get(path, "Accept-Language", "en"); !strings.Contains(a.body, "Please wait a minute") {
		t.Errorf("in English: %s", a.body)
	}
	s.Clock.Move(time.Minute)
	if a := v.get(path); a.status != http.StatusOK {
		t.Errorf("a minute later: %d", a.status)
	}
}

// Behind a proxy that is named each client has a bound of its own; behind one
// that is not they share the large one.
func TestClientsBehindAProxyDoNotShareOneBound(t *testing.T) {
	local := netip.MustParsePrefix("127.0.0.0/8")
	_, public, _, _ := ratedSiteOf(t, handlers.Config{RateURL: "https://pj.example.com", RateProxies: []netip.Prefix{local}})
	v := public.stranger()
	read := func(from string) int { return v.get("/r/guess", "X-Forwarded-For", from).status }
	for i := range 60 {
		if got := read("203.0.113.9"); got != http.StatusNotFound {
			t.Fatalf("reading %d: %d", i+1, got)
		}
	}
	for what, c := range map[string]struct {
		from string
		want int
	}{"the same client": {"203.0.113.9", 429}, "the same, through two proxies": {"203.0.113.9, 127.0.0.1", 429}, "the same, who claims another before it": {"198.51.100.7, 203.0.113.9", 429},
		"another client": {"203.0.113.10", 404}, "no address": {"unknown", 404}} {
		if got := read(c.from); got != c.want {
			t.Errorf("%s: %d, want %d", what, got, c.want)
		}
	}
	_, public, _, _ = ratedSiteOf(t, handlers.Config{RateURL: "https://pj.example.com"})
	v = public.stranger()
	for i := range 1200 {
		if a := v.get("/r/guess"); a.status != http.StatusNotFound {
			t.Fatalf("behind a proxy that nobody named, reading %d: %d", i+1, a.status)
		}
	}
	if a := v.get("/r/guess"); a.status != http.StatusTooManyRequests {
		t.Errorf("past the bound of all: %d", a.status)
	}
}
