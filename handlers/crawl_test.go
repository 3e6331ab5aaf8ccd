package handlers_test

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/handlers"
	"yike/internal/jobs"
	"yike/policy"
)

// everyone adds a person for each shipped role that the small company lacks and
// returns user name by role, with everybody's id by user name.
func (s *site) everyone() (names map[policy.Role]string, ids map[string]int64) {
	s.t.Helper()
	names = map[policy.Role]string{policy.Administrator: "admin", policy.HeadOffice: "chief", policy.RegionalManager: "region", policy.BranchManager: "boss",
		policy.SalesRep: "rep", policy.ServiceClerk: "clerk", policy.Courier: "courier", policy.Auditor: "auditor"}
	ids = map[string]int64{"admin": s.Admin, "chief": s.Chief, "region": s.RegionZJ, "boss": s.BossWest, "rep": s.RepWest, "clerk": s.ClerkWest, "courier": s.CourierWest, "auditor": s.AuditorHead}
	for _, role := range policy.Roles {
		if names[role] != "" {
			continue
		}
		names[role] = "a_" + string(role)
		n, err := s.CreateUser(context.Background(), policy.SystemActor("test"), db.UserInput{Username: names[role], Name: string(role), BranchID: s.West,
			PasswordHash: dbtest.Hash, Grants: []policy.Grant{{Role: role, Branch: s.West}}})
		if err != nil {
			s.t.Fatal(err)
		}
		ids[names[role]] = n
	}
	return names, ids
}

// lived fills the branch with a little of everything that has a page of its
// own, and returns the ids, each with where its pages are.
func (s *site) lived() (ids, kinds []string) {
	s.t.Helper()
	ctx, boss := context.Background(), s.World.As(s.t, s.BossWest)
	add := func(kind string, one ...string) {
		for _, one := range one {
			ids, kinds = append(ids, one), append(kinds, kind)
		}
	}
	for _, n := range s.clientsOf(4) {
		add("/customers/", id(n))
	}
	rep, manager := s.as("rep"), s.as("boss")
	if a := rep.sendPhotos("/visits", made(ids[0], formKey), map[string][]byte{"x.png": picture(s.t, 80)}); a.status != http.StatusSeeOther {
		s.t.Fatalf("visit: %d", a.status)
	}
	for _, v := range s.visits(ids[0]) {
		add("/visits/", id(v.ID))
	}
	contacts, err := s.Contacts(ctx, boss.Scope(policy.CustomerRead), db.ParseID(ids[0]))
	if err == nil && len(contacts) == 0 {
		var n int64
		n, err = s.SaveContact(ctx, boss, db.Submission{}, db.Contact{CustomerID: db.ParseID(ids[0]), Name: "鲍先生", Primary: true, Phones: []string{"13900001186"}})
		add("/customers/"+ids[0]+"/contacts/", id(n))
	}
	if err != nil {
		s.t.Fatal(err)
	}
	if a := manager.upload("customers", id(s.West), "x.csv", []byte("客户名称,电话\n甲有限公司,13800000001\n,13800000002\n")); a.status == http.StatusSeeOther {
		add("/imports/", strings.TrimPrefix(a.to(), "/imports/"))
	} else {
		s.t.Fatalf("upload: %d", a.status)
	}
	s.work()
	a := manager.post("/users/"+id(s.RepWest)+"/handover", url.Values{"rule.owner": {"one"}, "owner.one": {id(s.RepWest2)}})
	add("/handovers/", strings.TrimPrefix(a.to(), "/handovers/"))
	add("/users/", id(s.RepWest))
	add("/branches/", id(s.West))
	task, err := s.StartTask(ctx, boss, jobs.ExportTask, `{"Columns":["name"],"Titles":["客户"]}`)
	if err != nil {
		s.t.Fatal(err)
	}
	if a := manager.post("/customers/"+ids[3]+"/delete", url.Values{"version": {"1"}}); a.status != http.StatusSeeOther {
		s.t.Fatalf("delete: %d\n%s", a.status, excerpt(a.body))
	}
	if _, err := s.RaiseAlerts(ctx, policy.SystemActor("unusual-looks")); err != nil {
		s.t.Fatal(err)
	}
	add("/exports/", id(task))
	return ids, kinds
}

var (
	hrefs      = regexp.MustCompile(`(?:href|hx-get|src)="([^"]*)"`)
	assets     = regexp.MustCompile(`<(?:script|img|link|iframe|source|audio|video|object|embed)\b[^>]*?(?:src|href|data)="([^"]*)"`)
	acts       = regexp.MustCompile(`(?:formaction|hx-post|<form[^>]*\baction)="([^"]*)"`)
	formOpen   = regexp.MustCompile(`<form[^>]*>`)
	inline     = regexp.MustCompile(`<script(?:\s+[^>]*)?>[^<]|<[a-z][^>]*\s(?:on[a-z]+|style)="|<style|javascript:`)
	scriptJSON = regexp.MustCompile(`<script[^>]*type="application/json"[^>]*>`)
	digits     = regexp.MustCompile(`\d+`)
	longHash   = regexp.MustCompile(`[0-9a-f]{32,}`)
)

// shape is an address without what differs from row to row.
func shape(path string) string {
	at, err := url.Parse(path)
	if err != nil {
		return path
	}
	keys := []string{}
	for k := range at.Query() {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return digits.ReplaceAllString(longHash.ReplaceAllString(at.Path, "#"), "#") + "?" + strings.Join(keys, "&")
}

// TestEveryPageOfEveryRoleIsWhole shows goals 1, 2 and 7 of SECURITY.md: every
// GET route with every id there is, as every role and as a stranger, and every
// link that is shown: no fault, no link that its reader may not open, no form
// that its reader may not send, no inline script, style or handler, nothing
// from another host.
func TestEveryPageOfEveryRoleIsWhole(t *testing.T) {
	dbtest.Alone(t)
	t.Parallel()
	s := newSite(t)
	names, people := s.everyone()
	ids, kinds := s.lived()
	h, err := handlers.New(handlers.Config{DB: s.DB})
	if err != nil {
		t.Fatal(err)
	}
	permissions, mux := map[string]policy.Permission{}, http.NewServeMux()
	for _, rt := range h.Routes() {
		permissions[rt[0]] = policy.Permission(rt[1])
		mux.HandleFunc(rt[0], func(http.ResponseWriter, *http.Request) {})
	}
	pages, followed, forms := 0, 0, 0
	static := map[string]bool{} // files are the same for everybody
	for _, role := range append([]policy.Role{""}, policy.Roles...) {
		who := names[role]
		v := s.as(who)
		var actor policy.Actor
		if who != "" {
			actor = s.World.As(t, people[who])
		}
		// shown says on which page a link stood; "" for those we made up.
		type link struct{ path, shown string }
		var queue []link
		for i, one := range ids {
			if who == "" && i > 0 || i > 0 && kinds[i] == kinds[i-1] {
				continue
			}
			for _, p := range paths(s, func(pattern, name string) string {
				if name == "role" {
					return string(policy.SalesRep)
				}
				return one
			}) {
				// Each kind of page with the ids of its kind, and with one of another.
				if p[0] == http.MethodGet && (i == 0 && (who == "admin" || who == "" || !strings.Contains(p[1], one) || strings.HasPrefix(p[1], kinds[0])) || strings.Contains(p[1], one) && strings.HasPrefix(p[1], kinds[i])) {
					queue = append(queue, link{p[1], ""})
				}
			}
		}
		queue = append(queue, link{"/search?q=" + url.QueryEscape("移交"), ""}, link{"/nowhere", ""}, link{"/customers/" + ids[0] + "/reveal?field=phone", ""})
		known, alike := map[string]bool{}, map[string]int{}
		for len(queue) > 0 {
			at := queue[0]
			queue = queue[1:]
			if known[at.path] {
				continue
			}
			known[at.path] = true
			a := v.get(at.path)
			pages++
			if a.status >= 500 {
				t.Errorf("%s: GET %s: %d", who, at.path, a.status)
			}
			if at.shown != "" {
				followed++
				if a.status >= 400 || a.status == 303 && strings.HasPrefix(a.to(), "/login") && who != "" {
					t.Errorf("%s: a dead link on %s: %s: %d", who, at.shown, at.path, a.status)
				}
			}
			if csp := a.head.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
				t.Errorf("%s: %s: policy %q", who, at.path, csp)
			}
			if !strings.HasPrefix(a.head.Get("Content-Type"), "text/html") {
				continue
			}
			if m := inline.FindString(scriptJSON.ReplaceAllString(a.body, "<script>")); m != "" && !strings.HasPrefix(m, "<script>{") && !strings.HasPrefix(m, "<script>[") {
				t.Errorf("%s: %s: inline: %q", who, at.path, m)
			}
			for _, m := range assets.FindAllStringSubmatch(a.body, -1) {
				if !strings.HasPrefix(m[1], "/") && !strings.HasPrefix(m[1], "data:image/") || strings.HasPrefix(m[1], "//") {
					t.Errorf("%s: %s: an asset from %q", who, at.path, m[1])
				}
			}
			for _, m := range acts.FindAllStringSubmatch(a.body, -1) {
				to := html.UnescapeString(m[1])
				if open := formOpen.FindString(m[0] + ">"); to == "" || strings.HasPrefix(to, "?") || open != "" && !strings.Contains(fullForm(a.body, m[0]), `method="post"`) {
					continue
				}
				forms++
				r, err := http.NewRequest(http.MethodPost, to, nil)
				if err != nil {
					t.Errorf("%s: %s: a form to %q", who, at.path, to)
					continue
				}
				_, pattern := mux.Handler(r)
				switch p, ok := permissions[pattern]; {
				case !ok:
					t.Errorf("%s: %s: a form to no route: %s", who, at.path, to)
				case p != policy.Public && p != policy.SignedIn && !actor.Can(p):
					t.Errorf("%s: %s: a form that they may not send: %s needs %s", who, at.path, to, p)
				}
			}
			for _, m := range hrefs.FindAllStringSubmatch(a.body, -1) {
				to := html.UnescapeString(m[1])
				to, _, _ = strings.Cut(to, "#")
				switch {
				case strings.HasPrefix(to, "?"):
					base, _, _ := strings.Cut(at.path, "?")
					to = base + to
				case !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//"):
					continue
				}
				if strings.HasPrefix(to, "/static/") {
					if static[to] {
						continue
					}
					static[to] = true
				}
				if sh := shape(to); !known[to] && alike[sh] < 1 {
					alike[sh]++
					queue = append(queue, link{to, at.path})
				}
			}
		}
	}
	t.Logf("%d pages, of them %d by links, %d forms", pages, followed, forms)
	if pages < 300 || followed < 300 || forms < 100 {
		t.Errorf("too few to show anything")
	}
}

// fullForm is the tag in which start stands.
func fullForm(body, start string) string {
	if !strings.HasPrefix(start, "<form") {
		return `method="post"`
	}
	_, rest, _ := strings.Cut(body, start)
	tag, _, _ := strings.Cut(rest, ">")
	return start + tag
}
