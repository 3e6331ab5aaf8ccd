package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var sharedAt = regexp.MustCompile(`/shared/cases/(\d+)/rename`)

func TestAViewIsSharedRenamedByWhoMayAndTakenAway(t *testing.T) {
	s, _, _ := caseSite(t)
	clerk, boss, rep, other := s.as("clerk"), s.as("boss"), s.as("rep"), s.as("boss2")
	form := url.Values{"name": {"超时投诉"}, "q": {"kind=complaint&due=late&evil=1"}, "branch": {id(s.West)}}
	if body := clerk.get("/cases/columns?kind=complaint").body; !strings.Contains(body, `formaction="/shared/cases"`) || !strings.Contains(body, `name="branch" value="`+id(s.West)+`"`) {
		t.Errorf("the clerk is not offered to share\n%s", excerpt(body))
	}
	if a := clerk.post("/shared/cases", form); a.to() != "/cases?due=late&kind=complaint" {
		t.Fatalf("shared: %d to %q", a.status, a.to())
	}
	for _, page := range []string{"/cases", "/cases/board"} {
		if body := rep.get(page).body; !strings.Contains(body, "超时投诉") || !strings.Contains(body, "/cases?due=late&amp;kind=complaint") {
			t.Errorf("%s of a colleague does not offer the view", page)
		}
		if body := other.get(page).body; strings.Contains(body, "超时投诉") {
			t.Errorf("%s of another branch offers it", page)
		}
	}
	if a := boss.post("/shared/cases", form); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "同事已经共用了一个叫「超时投诉」的视图") {
		t.Errorf("another's name: %d", a.status)
	}
	form.Set("branch", id(s.East))
	if a := clerk.post("/shared/cases", form); a.status != http.StatusNotFound {
		t.Errorf("with another branch: %d", a.status)
	}
	body := rep.get("/cases/columns").body
	if !strings.Contains(body, "一起用的视图") || sharedAt.MatchString(body) {
		t.Errorf("a colleague reads it and may not change it\n%s", excerpt(body))
	}
	m := sharedAt.FindStringSubmatch(boss.get("/cases/columns").body)
	if m == nil {
		t.Fatal("the leader may not rename it")
	}
	at := "/shared/cases/" + m[1]
	if body := s.as("chief").get("/cases/columns").body; !strings.Contains(body, "下面网点一起用的视图") || !strings.Contains(body, at+"/remove") {
		t.Errorf("head office is not offered to take it away\n%s", excerpt(body))
	}
	if body := s.as("chief").get("/cases").body; strings.Contains(body, "超时投诉") {
		t.Error("head office's own list offers it")
	}
	for _, sc := range []struct {
		who, act string
		form     url.Values
		status   int
		want     string
	}{
		{"courier", "/remove", url.Values{"version": {"1"}}, http.StatusForbidden, ""},
		{"rep", "/remove", url.Values{"version": {"1"}}, http.StatusForbidden, ""},
		{"boss2", "/remove", url.Values{"version": {"1"}}, http.StatusNotFound, ""},
		{"boss", "/rename", url.Values{"version": {"1"}, "to": {""}}, http.StatusUnprocessableEntity, ""},
		{"boss", "/rename", url.Values{"version": {"1"}, "to": {"迟了的"}}, http.StatusSeeOther, ""},
		{"clerk", "/remove", url.Values{"version": {"1"}}, http.StatusSeeOther, "刚才有人改过"},
		{"clerk", "/remove", url.Values{"version": {"2"}}, http.StatusSeeOther, "不再共用"},
		{"clerk", "/remove", url.Values{"version": {"2"}}, http.StatusNotFound, ""},
	} {
		v := s.as(sc.who)
		a := v.post(at+sc.act, sc.form)
		if a.status != sc.status {
			t.Errorf("%s: POST %s: %d, want %d\n%s", sc.who, sc.act, a.status, sc.status, excerpt(a.body))
		}
		if sc.want != "" && !strings.Contains(v.get(a.to()).body, sc.want) {
			t.Errorf("%s: POST %s: the page does not say %q", sc.who, sc.act, sc.want)
		}
	}
	if strings.Contains(rep.get("/cases").body, "迟了的") {
		t.Error("it is still offered")
	}
	form = url.Values{"name": {"A 类"}, "q": {"class=A"}, "branch": {id(s.West)}}
	if a := boss.post("/shared/customers", form); a.to() != "/customers?class=A" || !strings.Contains(clerk.get("/customers").body, `href="/customers?class=A"`) {
		t.Errorf("of clients: %d to %q", a.status, a.to())
	}
}
