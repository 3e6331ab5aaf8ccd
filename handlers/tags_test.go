package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"yike/db"
	"yike/policy"
)

func TestTagsAreAddedByWhoTagsAndChangedForTheCompanyByHeadOffice(t *testing.T) {
	s := newSite(t)
	tag, err := s.DB.AddTag(context.Background(), s.As(t, s.Admin), db.Tag{Name: "易碎", Kind: "own"})
	if err != nil {
		t.Fatal(err)
	}
	at := "/tags/" + id(tag)
	was := url.Values{"was_name": {"易碎"}, "was_kind": {"own"}, "was_hint": {""}}
	with := func(more url.Values) url.Values {
		out := url.Values{}
		for _, v := range []url.Values{was, more} {
			for name, value := range v {
				out[name] = value
			}
		}
		return out
	}
	s.run([]scenario{
		{"a stranger", "", "", "/tags", nil, 303, []string{"/login"}, nil},
		{"a courier tags nobody", "courier", "", "/tags", nil, 403, nil, nil},
		{"a rep sees the words, and changes none", "rep", "", "/tags", nil, 200, []string{"易碎", "加标签", "/customers?tag=" + id(tag)}, []string{at}},
		{"a rep adds one", "rep", http.MethodPost, "/tags", url.Values{"name": {"夜间取件"}, "kind": {"behaviour"}, "hint": {"先打电话"}}, 303, []string{"/tags"}, nil},
		{"twice is once", "rep", http.MethodPost, "/tags", url.Values{"name": {"夜间取件"}, "kind": {"behaviour"}}, 303, []string{"/tags"}, nil},
		{"two in one", "rep", http.MethodPost, "/tags", url.Values{"name": {"甲、乙"}, "kind": {"own"}}, 422, []string{"一个标签一行", `value="甲、乙"`}, nil},
		{"no name", "rep", http.MethodPost, "/tags", url.Values{"name": {" "}, "kind": {"own"}}, 422, []string{"请填写"}, nil},
		{"no such kind", "rep", http.MethodPost, "/tags", url.Values{"name": {"甲"}, "kind": {"x"}}, 422, []string{"请选一个"}, nil},
		{"a rep opens one", "rep", "", at, nil, 403, nil, nil},
		{"a manager of a branch changes one", "boss", http.MethodPost, at, with(url.Values{"name": {"别的"}, "kind": {"own"}}), 403, nil, nil},
		{"a manager of a branch removes one", "boss", http.MethodPost, at + "/remove", was, 403, nil, nil},
		{"head office opens it", "admin", "", at, nil, 200, []string{"0 位客户带着它", "删除标签"}, nil},
		{"a name that is taken", "admin", http.MethodPost, at, with(url.Values{"name": {"夜间取件"}, "kind": {"own"}}), 422, []string{"已经有这个标签", `value="夜间取件"`}, nil},
		{"changed", "admin", http.MethodPost, at, with(url.Values{"name": {"易碎件"}, "kind": {"risk"}, "hint": {"轻放"}}), 303, []string{"/tags"}, nil},
		{"from an old page", "admin", http.MethodPost, at, with(url.Values{"name": {"易碎品"}, "kind": {"own"}}), 422, []string{"刚才有人改过，现在是“易碎件”", `value="易碎品"`}, nil},
		{"removed from an old page", "admin", http.MethodPost, at + "/remove", was, 422, []string{"刚才有人改过"}, nil},
		{"removed", "admin", http.MethodPost, at + "/remove", url.Values{"was_name": {"易碎件"}, "was_kind": {"risk"}, "was_hint": {"轻放"}}, 303, []string{"/tags"}, nil},
		{"gone", "admin", "", at, nil, 404, nil, nil},
		{"no number", "admin", "", "/tags/x", nil, 404, nil, nil},
	})
}

func TestANewTagIsWrittenWhereTheClientIsEdited(t *testing.T) {
	s := newSite(t)
	ctx, admin := context.Background(), s.As(t, s.Admin)
	for i := range 201 { // one more than the form offers
		if _, err := s.DB.AddTag(ctx, admin, db.Tag{Name: fmt.Sprintf("词%03d", i), Kind: "own"}); err != nil {
			t.Fatal(err)
		}
	}
	last, err := s.DB.AddTag(ctx, admin, db.Tag{Name: "最后的词", Kind: "own"})
	if err != nil {
		t.Fatal(err)
	}
	customer, err := s.DB.CreateCustomer(ctx, admin, db.Submission{}, db.Customer{BranchID: s.West, Name: "松果文具", OwnerID: s.RepWest, Tags: []int64{last}})
	if err != nil {
		t.Fatal(err)
	}
	boss := s.as("boss")
	at := "/customers/" + id(customer)
	a := boss.get(at + "/edit")
	if !strings.Contains(a.body, "最后的词") {
		t.Error("a tag that the client has is not among the choices: saving would drop it")
	}
	form := url.Values{"version": {version(t, a)}, "name": {"松果文具"}, "tags": {id(last)}, "new_tags": {"夜间取件，易碎，一二三四五六七八九十一二三四五六七八九十一"}}
	if a = boss.post(at, form); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "最多 20 个字") || !strings.Contains(a.body, "夜间取件，易碎，一二三") {
		t.Fatalf("a tag too long: %d %s", a.status, excerpt(a.body))
	}
	form.Set("new_tags", "甲,乙,丙,丁,戊,己")
	if a = boss.post(at, form); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "一次最多加 5 个") {
		t.Fatalf("too many: %d", a.status)
	}
	form.Set("new_tags", "夜间取件，最后的词 ")
	if a = boss.post(at, form); a.status != http.StatusSeeOther {
		t.Fatalf("saved: %d %s", a.status, excerpt(a.body))
	}
	c, err := s.DB.Customer(ctx, admin.Scope(policy.CustomerRead), customer)
	if err != nil || len(c.Tags) != 2 {
		t.Fatalf("tags %v, %v", c.Tags, err)
	}
	if a = boss.get(at); !strings.Contains(a.body, "夜间取件") || !strings.Contains(a.body, "最后的词") {
		t.Error("the page does not show them")
	}
}
