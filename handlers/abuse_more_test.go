package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
)

// TestAnInvitationIsGoodOnceEvenForManyAtOnce: SuiteCRM CVE-2021-25961: of ten
// who use one link at the same time one chooses the password; an older link is
// none, a reset's is good for its time and no longer.
func TestAnInvitationIsGoodOnceEvenForManyAtOnce(t *testing.T) {
	s := newSite(t)
	admin := s.as("admin")
	a := admin.post("/users", url.Values{"name": {"陈立"}, "username": {"chenli"}, "branch": {id(s.West)}, "how": {"link"}, "role": {"sales_rep"}, "place": {id(s.West)}})
	m := tokenIn.FindStringSubmatch(a.body)
	if m == nil {
		t.Fatalf("invite: %d", a.status)
	}
	password := func(i int) string { return fmt.Sprintf("saddle-Kite-77-%d", i) }
	var mu sync.Mutex
	var wg sync.WaitGroup
	got := map[int]int{}
	winner := -1
	for i := range 10 {
		v := s.stranger()
		wg.Add(1)
		go func() {
			defer wg.Done()
			res, err := v.client.PostForm(s.url+"/join", url.Values{"token": {m[1]}, "password": {password(i)}, "password2": {password(i)}})
			if err != nil {
				t.Error(err)
				return
			}
			_ = res.Body.Close()
			mu.Lock()
			defer mu.Unlock()
			if got[res.StatusCode]++; res.StatusCode == http.StatusSeeOther {
				winner = i
			}
		}()
	}
	wg.Wait()
	if got[http.StatusSeeOther] != 1 || got[http.StatusNotFound] != 9 {
		t.Fatalf("ten at once: %v", got)
	}
	for i := range 10 {
		want := http.StatusUnprocessableEntity
		if i == winner {
			want = http.StatusSeeOther
		}
		if i != winner && i > 2 {
			continue // more wrong ones would lock the name
		}
		if a := s.stranger().post("/login", url.Values{"username": {"chenli"}, "password": {password(i)}}); a.status != want {
			t.Errorf("password %d of %d: %d, want %d", i, winner, a.status, want)
		}
	}
	// Two resets: the first link is none any more; the second ends with its time.
	link := func() string {
		m := tokenIn.FindStringSubmatch(admin.post("/users/"+id(s.RepWest)+"/reset", url.Values{"how": {"link"}}).body)
		if m == nil {
			t.Fatal("no link")
		}
		return m[1]
	}
	first, second := link(), link()
	v := s.stranger()
	if a := v.get("/join?token=" + first); a.status != http.StatusNotFound {
		t.Errorf("the older link opens: %d", a.status)
	}
	if a := v.get("/join?token=" + second); a.status != http.StatusOK {
		t.Errorf("the newer link: %d", a.status)
	}
	s.Clock.Move(db.ResetFor + time.Second)
	for _, a := range []answer{v.get("/join?token=" + second), v.post("/join", url.Values{"token": {second}, "password": {password(1)}, "password2": {password(1)}})} {
		if a.status != http.StatusNotFound || !strings.Contains(a.body, "链接") {
			t.Errorf("too late: %d\n%s", a.status, excerpt(a.body))
		}
	}
	if a := v.post("/login", url.Values{"username": {"rep"}, "password": {password(1)}}); a.status == http.StatusSeeOther {
		t.Error("an expired link set a password")
	}
}

// TestAnothersActIsNotUndone: an undo names an act; the id of somebody else's
// does nothing, whoever sends it, and the address back leads nowhere else.
func TestAnothersActIsNotUndone(t *testing.T) {
	s := newSite(t)
	ctx, all := context.Background(), policy.SystemActor("test").Scope(policy.CustomerRead)
	n, err := s.CreateCustomer(ctx, s.World.As(t, s.BossWest), db.Submission{}, db.Customer{BranchID: s.West, Name: "撤销有限公司", OwnerID: s.RepWest})
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.BulkCustomers(ctx, s.World.As(t, s.BossWest), []int64{n}, db.CustomerBulk{Owner: &s.RepWest2})
	if err != nil || res.Changed != 1 {
		t.Fatal(res, err)
	}
	before := s.contents()
	for _, who := range []string{"boss2", "region", "chief", "admin", "rep", "rep2", "clerk"} {
		for _, act := range []string{id(res.Act), id(res.Act) + " OR 1=1", "0", "-1", id(n)} {
			v := s.as(who)
			a := v.post("/customers/bulk/undo?act="+url.QueryEscape(act), nil, "Referer", "https://evil.example/customers")
			if a.status >= 500 || strings.Contains(a.to(), "evil") {
				t.Errorf("%s %q: %d to %q", who, act, a.status, a.to())
			}
		}
	}
	if c, err := s.Customer(ctx, all, n); err != nil || c.OwnerID != s.RepWest2 {
		t.Errorf("undone by another: owner %d, %v", c.OwnerID, err)
	}
	after := s.contents()
	for _, table := range []string{"customers", "changes", "phones", "customer_tags", "grants", "users"} {
		if before[table] != after[table] {
			t.Errorf("a trace in %s: %s, was %s", table, after[table], before[table])
		}
	}
	if a := s.as("boss").post("/customers/bulk/undo?act="+id(res.Act), nil); a.status != http.StatusSeeOther {
		t.Errorf("one's own: %d", a.status)
	}
	if c, _ := s.Customer(ctx, all, n); c.OwnerID != s.RepWest {
		t.Error("one's own act is not undone")
	}
}

// TestAPersonIsLookedForWithinReach: who is found, by whom, and what a typed
// name means when more bear it than a list holds.
func TestAPersonIsLookedForWithinReach(t *testing.T) {
	s := newSite(t)
	ctx, system := context.Background(), policy.SystemActor("test")
	for i := range 30 {
		for _, branch := range []int64{s.West, s.East} {
			name := fmt.Sprintf("阿王伟%02d", i)
			if i == 29 {
				name = "王伟"
			}
			if _, err := s.CreateUser(ctx, system, db.UserInput{Username: fmt.Sprintf("ww%d%d", branch%10000, i), Name: name, BranchID: branch, PasswordHash: dbtest.Hash, JoinedOn: "2024-01-01",
				Grants: []policy.Grant{{Role: policy.SalesRep, Branch: branch}}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	find := "/people/find?q=" + url.QueryEscape("王伟")
	s.run([]scenario{
		{name: "a stranger", path: find + "&use=owner", status: http.StatusSeeOther, want: []string{"/login"}},
		{name: "no use that there is", who: "boss", path: find + "&use=everybody", status: http.StatusNotFound},
		{name: "no use at all", who: "boss", path: find, status: http.StatusNotFound},
		{name: "a manager finds their branch's, 20 at most", who: "boss", path: find + "&use=owner", status: 200, want: []string{"城西网点"}, never: []string{"城东网点"}},
		{name: "another branch named finds nobody else", who: "boss", path: find + "&use=owner&branch=" + id(s.East), status: 200, never: []string{"城东网点"}},
		{name: "the region finds both", who: "region", path: find + "&use=owner&branch=" + id(s.East), status: 200, want: []string{"城东网点"}},
		{name: "a rep assigns nobody", who: "rep", path: find + "&use=owner", status: 200, never: []string{"王伟"}},
		{name: "a rep reads their own alone", who: "rep", path: "/people/find?use=reader&q=", status: 200, want: []string{"沈雨桐"}, never: []string{"王伟"}},
		{name: "an auditor assigns nobody", who: "auditor", path: find + "&use=owner", status: 200, never: []string{"王伟"}},
		{name: "a phone number finds nobody by three digits", who: "boss", path: "/people/find?use=owner&q=138", status: 200, never: []string{"王伟"}},
	})
	boss, region := s.as("boss"), s.as("region")
	if a := boss.get(find + "&use=owner"); strings.Count(a.body, "王伟") > 45 || strings.Count(a.body, `data-value`)+strings.Count(a.body, `role="option"`) == 0 {
		t.Errorf("the list: %d names\n%s", strings.Count(a.body, "王伟"), excerpt(a.body))
	}
	// The form knows the one who is called exactly so, behind thirty who are not.
	client := s.client("找人有限公司")
	assign := func(v *visitor, text string) answer {
		t.Helper()
		form := sendable(v.get("/customers/"+client+"/edit").body, "/customers/"+client)
		form.Set("owner", "")
		form.Set("owner_text", text)
		return v.post("/customers/"+client, form)
	}
	owner := func() db.User {
		t.Helper()
		c, err := s.Customer(ctx, system.Scope(policy.CustomerRead), db.ParseID(client))
		if err != nil {
			t.Fatal(err)
		}
		u, err := s.User(ctx, system.Scope(policy.UserRead), c.OwnerID)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	if a := assign(boss, "王伟"); a.status != http.StatusSeeOther || owner().Name != "王伟" || owner().BranchID != s.West {
		t.Errorf("the exact name: %d, %s\n%s", a.status, owner().Name, excerpt(a.body))
	}
	if a := assign(region, "王伟"); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "符合的有 2 位") {
		t.Errorf("two of one name: %d\n%s", a.status, excerpt(a.body))
	}
	if a := assign(region, "阿王伟28 · 城西网点"); a.status != http.StatusSeeOther || owner().Name != "阿王伟28" {
		t.Errorf("with the branch: %d, %s\n%s", a.status, owner().Name, excerpt(a.body))
	}
	for _, text := range []string{"王伟 · 城东网点", "何佳", "<script>", "王伟 · ", strings.Repeat("王", 300)} {
		was := owner().ID
		a := assign(boss, text)
		if a.status >= 500 || owner().BranchID != s.West || text != "王伟 · " && owner().ID != was {
			t.Errorf("%q: %d, now %s of %d", text, a.status, owner().Name, owner().BranchID)
		}
	}
}

// TestNoWriteOutlivesItsRights shows goal 25 of SECURITY.md for every writing
// route: signed in and all pages read, then the role loses everything, or the
// person is disabled: each write is refused and every table holds what it held.
func TestNoWriteOutlivesItsRights(t *testing.T) {
	s := newSite(t)
	ids, kinds := s.lived()
	var writes []string
	for i, one := range ids {
		for _, p := range paths(s, func(_, name string) string {
			if name == "role" {
				return "sales_rep"
			}
			return one
		}) {
			if p[0] != http.MethodPost || p[1] == "/login" || p[1] == "/login/code" || p[1] == "/setup" || p[1] == "/join" || p[1] == "/logout" || slices.Contains(writes, p[1]) {
				continue
			}
			if i == 0 || strings.HasPrefix(p[1], kinds[i]) {
				writes = append(writes, p[1])
			}
		}
	}
	form := url.Values{"version": {"1"}, "name": {"late"}, "class": {"C"}, "class_reason": {"late"}, "reason": {"late"}, "title": {"late"}, "branch": {id(s.West)}, "owner": {id(s.RepWest2)}, "id": ids[:2], "key": {"late"},
		"note": {"late"}, "state": {"reviewed"}, "field": {"phone"}, "purpose": {"call"}, "mode": {"phone"}, "mood": {"good"}, "learned": {"late"}, "day": {"2026-11-21"}, "how": {"link"}, "lang": {"en"}, "hint": {"customers"},
		"rule.owner": {"one"}, "owner.one": {id(s.RepWest2)}, "kind": {"enterprise"}, "phone": {"13800009999"}, "customer": {ids[0]}, "stage": {"prospect"}}
	boss, clerk, admin := s.as("boss"), s.as("clerk"), s.as("admin")
	for _, v := range []*visitor{boss, clerk} {
		if a := v.get("/customers"); a.status != http.StatusOK {
			t.Fatal(a.status)
		}
	}
	// Everything but signing in is taken from the manager's role.
	access := s.roles()
	none := roleForm("0")
	for p := range access.Grants(policy.BranchManager) {
		none.Set("grant."+string(p), "none")
	}
	if a := admin.saveRole("branch_manager", none); a.status != http.StatusSeeOther {
		t.Fatalf("role: %d\n%s", a.status, excerpt(a.body))
	}
	// The clerk is disabled.
	if a := admin.post("/users/"+id(s.ClerkWest), s.person(s.ClerkWest, "disabled", "1")); a.status != http.StatusSeeOther {
		t.Fatalf("disable: %d", a.status)
	}
	own := []string{"/account/", "/customers/columns", "/customers/views", "/cases/columns", "/cases/views", "/absences"} // signed in is enough: one's own settings
	before := s.contents()
	refused := 0
	for _, path := range writes {
		if !slices.ContainsFunc(own, func(p string) bool { return strings.HasPrefix(path, p) }) {
			if a := boss.post(path, form); a.status != http.StatusForbidden && a.status != http.StatusNotFound {
				t.Errorf("without rights: POST %s: %d to %q", path, a.status, a.to())
			}
			refused++
		}
		if a := clerk.post(path, form); a.status != http.StatusSeeOther || !strings.HasPrefix(a.to(), "/login") {
			t.Errorf("disabled: POST %s: %d to %q", path, a.status, a.to())
		}
		if a := clerk.post(path, form, "HX-Request", "true"); a.status < 300 && !strings.HasPrefix(a.head.Get("HX-Redirect"), "/login") {
			t.Errorf("disabled: POST %s by script: %d to %q", path, a.status, a.head.Get("HX-Redirect"))
		}
		refused += 2
	}
	after := s.contents()
	for name, was := range before {
		if after[name] != was {
			t.Errorf("a late write left a trace in %s: %s, was %s", name, after[name], was)
		}
	}
	t.Logf("%d writes refused, %d routes", refused, len(writes))
	if len(writes) < 60 {
		t.Errorf("only %d routes", len(writes))
	}
}

// TestReasonsAndAnswersAreText: EspoCRM #1358 for what people write beside a
// rule, a consent, a request and a lock: on every page that shows it, it is
// text.
func TestReasonsAndAnswersAreText(t *testing.T) {
	dbtest.Alone(t)
	s := newSite(t)
	customer, contact, _ := veiled(s)
	chief, boss := s.as("chief"), s.as("boss")
	consent := "/customers/" + customer + "/contacts/" + contact + "/consent"
	stored := 0
	send := func(v *visitor, page, action, field, x string, more ...string) string {
		t.Helper()
		form := sendable(v.get(page).body, action)
		form.Set(field, x)
		for i := 0; i < len(more); i += 2 {
			form.Set(more[i], more[i+1])
		}
		a := v.post(action, form)
		liveMarkup(t, "POST "+action, a.body)
		if a.status >= 500 {
			t.Errorf("POST %s: %d", action, a.status)
		}
		if a.status == http.StatusSeeOther {
			stored++
		}
		return a.to()
	}
	pages := map[string]*visitor{"/rules/cadence": chief, "/rules/privacy": chief, "/rules/signin": s.as("admin"), "/settings": chief, consent: boss, "/consents": boss, "/requests": boss, "/customers/" + customer: boss,
		"/customers/" + customer + "/history": boss, "/audit": s.as("admin")}
	for i, x := range markup {
		if i%3 != 0 {
			continue
		}
		word := x
		if r := []rune(x); len(r) > 60 {
			word = string(r[:60])
		}
		send(chief, "/rules/cadence", "/rules/cadence", "reason", word, "valid_from", "2026-11-21")
		send(chief, "/rules/privacy", "/rules/privacy", "reason", word, "valid_from", "2026-11-21")
		send(s.as("admin"), "/rules/signin", "/rules/signin", "reason", word)
		send(boss, consent, consent, "note", word, "purpose", "contact", "state", "given", "source", "phone", "day", "2026-11-20")
		if at := send(boss, "/requests/new?customer="+customer, "/requests", "asked", word, "kind", "copy", "channel", "phone", "received_on", "2026-11-20"); strings.HasPrefix(at, "/requests/") {
			pages[at] = boss
		}
	}
	for path, v := range pages {
		a := v.get(path)
		if a.status != http.StatusOK {
			t.Errorf("GET %s: %d", path, a.status)
		}
		liveMarkup(t, "GET "+path, a.body)
	}
	t.Logf("%d stored, %d pages", stored, len(pages))
	if stored < 45 || len(pages) < 20 {
		t.Errorf("only %d forms were taken, %d pages", stored, len(pages))
	}
}
