package handlers_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"yike/db/dbtest"
	"yike/policy"
)

// markup are strings that ran as a script, or as a formula, in other products.
var markup = []string{
	"<script>alert(1)</script>", `"><script>alert(1)</script>`, "'><script>alert(1)</script>", "</title><script>alert(1)</script>", "</textarea><script>alert(1)</script>",
	"<img src=x onerror=alert(1)>", `"><img src=x onerror=alert(1)>`, "<svg onload=alert(1)>", "<svg/onload=alert(1)>", "<body onload=alert(1)>", "<iframe src=javascript:alert(1)>",
	"<a href=javascript:alert(1)>x</a>", "<details open ontoggle=alert(1)>", "<input autofocus onfocus=alert(1)>", "<video><source onerror=alert(1)>", "<math><mi xlink:href=javascript:alert(1)>",
	"<form action=//evil.example><button>x", "<object data=//evil.example>", "<embed src=//evil.example>", "<base href=//evil.example>", "<meta http-equiv=refresh content=0>", "<link rel=stylesheet href=//evil.example>",
	"<style>*{display:none}</style>", "<ScRiPt>alert(1)</sCrIpT>", "<script\n>alert(1)</script>", "<script/x>alert(1)</script>", "<<script>alert(1)//<</script>", "\" onmouseover=\"alert(1)", "' onmouseover='alert(1)",
	"` onmouseover=`alert(1)", "<x hx-get=/users hx-trigger=load>", "<div hx-on:click=alert(1)>", "<img src='x' onerror='alert(1)'", "{{constructor.constructor('alert(1)')()}}", "${alert(1)}", "<!--<script>-->", "]]><script>alert(1)</script>",
	"<marquee onstart=alert(1)>", "<table background=javascript:alert(1)>", "&lt;script&gt;alert(1)&lt;/script&gt;", "=HYPERLINK(\"//evil.example\")", "=1+1", "+1+1", "-1+1", "@SUM(1)", "\u202e<b>x</b>",
}

// TestMarkupIsTextEverywhere: EspoCRM #1358, X2CRM #183, CordysCRM #2229:
// 46 strings through the fields of every area, also those of the new pages and
// the browser's own name, then every page on which they stand.
func TestMarkupIsTextEverywhere(t *testing.T) {
	dbtest.Alone(t)
	s := newSite(t)
	s.strange = true
	ctx := context.Background()
	boss, admin, region, chief := s.as("boss"), s.as("admin"), s.as("region"), s.as("chief")
	pages := map[string]*visitor{"/users?state=all": admin, "/roles": admin, "/customers?size=100": boss, "/visits?view=list": boss, "/handovers": boss, "/account": boss, "/audit": admin, "/audit?act=reveals": admin, "/rules/privacy": chief, "/rules/cadence": chief, "/alerts?all=1": chief, "/imports": boss}
	stored := 0
	client := s.client("打码有限公司")
	for i, x := range markup {
		word := x
		if len([]rune(word)) > 60 {
			word = string([]rune(word)[:60])
		}
		phone := fmt.Sprintf("138%08d", 20000000+i*131)
		posts := []struct {
			v    *visitor
			path string
			form url.Values
		}{
			{boss, "/customers", url.Values{"key": {fmt.Sprint("x", i)}, "name": {fmt.Sprint("甲", i, word)}, "short_name": {fmt.Sprint(i, word)}, "kind": {"enterprise"}, "phone": {phone}, "branch": {id(s.West)}, "stage": {"prospect"},
				"remark": {x}, "address": {"浙江省杭州市余杭区" + word}, "contact_name": {word}, "wechat": {word}, "distinct": {"1"}}},
			{boss, "/customers/" + client + "/contacts", url.Values{"key": {fmt.Sprint("c", i)}, "name": {fmt.Sprint(i, word)}, "position": {word}, "remark": {x}}},
			{boss, "/visits", url.Values{"customer": {client}, "key": {fmt.Sprint(formKey, i)}, "mode": {"on_site"}, "mood": {"good"}, "learned": {x}, "next": {word}, "day": {"2026-11-21"}}},
			{admin, "/users", url.Values{"name": {fmt.Sprint(i, word)}, "username": {fmt.Sprint("mark", i)}, "branch": {id(s.West)}, "how": {"password"}, "password": {"saddle-Kite-77"}, "role": {"sales_rep"}, "place": {id(s.West)}}},
			{region, "/customers/" + client + "/reveal", url.Values{"field": {"phone"}, "purpose": {"other"}, "note": {word}}},
		}
		if r := []rune(word); i%4 == 0 {
			posts = append(posts, struct {
				v    *visitor
				path string
				form url.Values
			}{admin, "/roles", url.Values{"title": {string(r[:min(len(r), 18)])}, "from": {"courier"}, "submission": {fmt.Sprint("m", i)}, "grant.customers.read": {"branch"}}})
		}
		for _, p := range posts {
			a := p.v.post(p.path, p.form)
			switch {
			case a.status >= 500:
				t.Errorf("POST %s with %q: %d", p.path, x, a.status)
			case a.status < 400:
				stored++
			}
			liveMarkup(t, "POST "+p.path, a.body)
			if strings.HasPrefix(a.to(), "/customers/") || strings.HasPrefix(a.to(), "/visits/") {
				pages[a.to()] = p.v
			}
		}
		if i%6 == 0 { // the browser's name stands in the list of sessions
			s.stranger().post("/login", url.Values{"username": {"boss"}, "password": {"correct-horse-9"}}, "User-Agent", strings.ReplaceAll(word, "\n", " "))
		}
	}
	if _, err := s.RaiseAlerts(ctx, policy.SystemActor("unusual-looks")); err != nil {
		t.Fatal(err)
	}
	s.Clock.Move(time.Minute)
	list, err := s.Alerts(ctx, s.World.As(t, s.Chief), false)
	if err != nil {
		t.Fatal(err)
	}
	for i, one := range list {
		chief.post("/alerts/"+id(one.ID), url.Values{"version": {"1"}, "note": {markup[i%len(markup)]}})
	}
	plan := boss.post("/users/"+id(s.RepWest)+"/handover", url.Values{"key": {"m1"}, "rule.owner": {"one"}, "owner.one": {id(s.RepWest2)}})
	for _, path := range []string{plan.to(), plan.to() + "/sheet", "/users/" + id(s.RepWest) + "/handover", "/customers/" + client, "/customers/" + client + "/contacts", "/customers/" + client + "/history", "/customers/" + client + "/looks",
		"/search?q=" + url.QueryEscape("甲"), "/customers/duplicates?name=" + url.QueryEscape("甲1")} {
		pages[path] = boss
	}
	for path, v := range pages {
		for _, head := range [][]string{nil, {"HX-Request", "true"}} {
			a := v.get(path, head...)
			if a.status >= 500 {
				t.Errorf("GET %s: %d", path, a.status)
			}
			liveMarkup(t, "GET "+path, a.body)
		}
	}
	// No cell of an export begins as a formula: a workbook's are all typed text.
	a := boss.get("/customers/export?format=csv")
	for _, line := range strings.Split(a.body, "\n") {
		for _, cell := range strings.Split(line, ",") {
			if c := strings.TrimLeft(cell, "\ufeff\""); c != "" && strings.ContainsAny(c[:1], "=+@") {
				t.Errorf("a formula in the export: %q", cell)
			}
		}
	}
	for _, path := range []string{"/customers/export?format=xlsx", "/visits/export?format=xlsx", plan.to() + "/sheet.xlsx"} {
		if a := boss.get(path); a.status != http.StatusOK || strings.Contains(unpacked(t, a), "<f>") {
			t.Errorf("%s: %d, or a formula", path, a.status)
		}
	}
	t.Logf("%d stored, %d pages", stored, len(pages))
	if stored < 150 {
		t.Errorf("only %d of the forms were taken", stored)
	}
}

// liveMarkup looks for one of the strings as it was typed.
func liveMarkup(t *testing.T, where, body string) {
	t.Helper()
	for _, x := range markup {
		if strings.ContainsAny(x, "<") && html.EscapeString(x) != x && strings.Contains(body, x) {
			t.Errorf("%s: %q is live", where, x)
		}
	}
	for _, x := range []string{`" onmouseover="alert`, `' onmouseover='alert`} {
		if strings.Contains(body, x) {
			t.Errorf("%s: %q leaves its attribute", where, x)
		}
	}
}

// TestHostileParametersOfTheNewPagesBreakNothing: Dolibarr #38768: the pages
// that need a record of their own to answer, with every hostile value in their
// own parameters.
func TestHostileParametersOfTheNewPagesBreakNothing(t *testing.T) {
	dbtest.Alone(t)
	s := newSite(t)
	ids, kinds := s.lived()
	plan := ids[slices.Index(kinds, "/handovers/")]
	task := ids[slices.Index(kinds, "/exports/")]
	v, n := s.as("admin"), 0
	boss := s.as("boss")
	for path, names := range map[string][]string{
		"/users": {"q", "state", "branch", "role", "after", "before", "sort"}, "/users/" + ids[slices.Index(kinds, "/users/")] + "/handover": {"owner", "clerk", "owner.one", "rule.owner", "among"},
		"/handovers": {"at", "after", "state"}, "/handovers/" + plan: {"to", "at", "kind", "page"}, "/handovers/" + plan + "/sheet": {"to", "at"},
		"/roles": {"branch", "role"}, "/roles/sales_rep": {"at"}, "/roles/sales_rep/edit": {"to"}, "/audit": {"act", "user", "branch", "from", "to", "at", "after", "subject", "about"}, "/audit/export": {"act", "user", "from", "to", "format"},
		"/alerts": {"all", "at"}, "/customers/" + ids[0] + "/reveal": {"field", "n", "contact"}, "/customers/" + ids[0] + "/looks": {"at", "from"}, "/join": {"token"}, "/account": {"at"},
		"/rules/privacy": {"read", "at"}, "/exports/" + task: {"at"}, "/handovers/received": {"at"},
	} {
		who := v
		if strings.HasPrefix(path, "/handovers") || strings.HasPrefix(path, "/exports") {
			who = boss
		}
		for i, value := range hostile {
			q := url.Values{}
			for j, name := range names {
				q.Set(name, hostile[(i+j)%len(hostile)])
			}
			if len(names) > 1 {
				q = url.Values{names[i%len(names)]: {value}, names[(i+1)%len(names)]: {value}}
			}
			a := who.get(path + "?" + q.Encode())
			n++
			if a.status >= 500 {
				t.Errorf("GET %s?%s: %d", path, q.Encode(), a.status)
			}
			for _, leak := range []string{"SQLITE", "SQL logic error", "syntax error", "goroutine ", "<script>alert(1)", "<img src=x onerror"} {
				if strings.Contains(a.body, leak) {
					t.Errorf("GET %s?%s: %q is in the answer", path, q.Encode(), leak)
				}
			}
		}
	}
	t.Logf("%d requests", n)
}
