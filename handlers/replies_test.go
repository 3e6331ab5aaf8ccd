package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestRepliesAreWrittenTriedAndPutAside(t *testing.T) {
	s := newSite(t)
	boss, clerk := s.as("boss"), s.as("clerk")
	if a := s.as("").get("/replies"); a.status == 200 {
		t.Errorf("a stranger reads them: %d", a.status)
	}
	if a := s.as("courier").get("/replies"); a.status == 200 {
		t.Errorf("a courier reads them: %d", a.status)
	}
	if a := clerk.get("/replies"); a.status != 200 || !strings.Contains(a.body, "包裹破损，请留照片") || strings.Contains(a.body, "/replies/new") {
		t.Fatalf("a clerk reads them, and changes none: %d", a.status)
	}
	if a := clerk.get("/replies/new"); a.status == 200 {
		t.Errorf("a clerk writes one: %d", a.status)
	}
	west := strconv.FormatInt(s.West, 10)
	form := func(change ...string) url.Values {
		v := url.Values{"branch": {west}, "title": {"易碎品破损"}, "keywords": {"杯子 碎了 玻璃"}, "kind": {"complaint"}, "cause": {"damaged"}, "body": {"{称呼}您好，{单号}的事我们今天就查。"}, "key": {"k1"}}
		for i := 0; i < len(change); i += 2 {
			v.Set(change[i], change[i+1])
		}
		return v
	}
	for _, c := range []struct{ name, field, value, want string }{
		{"no title", "title", "", "起个短名字"}, {"no key words", "keywords", "-保价", "写几个客户会说的词"}, {"one character", "keywords", "碎 杯子", "只有一个字"},
		{"a variable that is none", "body", "您好\n{祝福}", "第 2 行第 1 个字：没有“祝福”这个变量"}, {"nothing", "body", "", "写上要说的话"}, {"a cause that is none", "cause", "weather", "从列出来的里选一个"},
	} {
		if a := boss.post("/replies", form(c.field, c.value)); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, c.want) {
			t.Errorf("%s: %d", c.name, a.status)
		}
	}
	if a := boss.post("/replies", form("branch", "")); a.status == http.StatusSeeOther {
		t.Error("a branch's manager writes for the company")
	}
	if a := s.as("boss2").post("/replies", form()); a.status == http.StatusSeeOther {
		t.Error("another branch's manager writes for this one")
	}
	for range 2 { // sent twice, done once
		if a := boss.post("/replies", form()); a.status != http.StatusSeeOther {
			t.Fatalf("saved: %d %s", a.status, a.body)
		}
	}
	list := boss.get("/replies?cause=damaged&branch=" + west)
	if n := strings.Count(list.body, "的事我们今天就查"); n != 1 {
		t.Errorf("%d such answers in the list", n)
	}
	at := regexp.MustCompile(`href="(/replies/\d+)"`).FindStringSubmatch(list.body)
	if at == nil {
		t.Fatal("no link to it")
	}
	if a := s.as("boss2").get(at[1]); a.status != http.StatusNotFound {
		t.Errorf("another branch reads it: %d", a.status)
	}
	if a := s.as("boss2").post(at[1], form("version", "1")); a.status != http.StatusNotFound {
		t.Errorf("another branch changes it: %d", a.status)
	}
	text := url.Values{"branch": {west}, "text": {"我的玻璃杯子碎了，单号 302611000625492"}}
	if a := clerk.post("/replies/try", text); a.status != 200 || !strings.Contains(a.body, "易碎品破损") || !strings.Contains(a.body, "会用这一条") || !strings.Contains(a.body, "看着像是：破损") {
		t.Errorf("tried: %d", a.status)
	}
	if a := clerk.post("/replies/try", text, "HX-Request", "true"); a.status != 200 || strings.Contains(a.body, "<html") || !strings.Contains(a.body, "易碎品破损") {
		t.Errorf("tried in the page: %d", a.status)
	}
	if a := clerk.post("/replies/try", url.Values{"text": {"你好"}}); a.status != 200 || !strings.Contains(a.body, "没有一条够得上") {
		t.Errorf("tried on nothing: %d", a.status)
	}
	if a := boss.post(at[1], form("version", "1", "state", "off")); a.status != http.StatusSeeOther {
		t.Errorf("put aside: %d", a.status)
	}
	if a := clerk.post("/replies/try", text); strings.Contains(a.body, "会用这一条") && strings.Contains(a.body, "今天就查</p>") {
		t.Error("one that was put aside is found")
	}
	if a := boss.post(at[1], form("version", "1", "body", "别的话")); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "刚才有人改成了") {
		t.Errorf("a stale version: %d", a.status)
	}
	if a := boss.get(at[1]); a.status != 200 || !strings.Contains(a.body, "历次版本") {
		t.Errorf("its page: %d", a.status)
	}
	// One of the program's becomes the branch's own, and another branch keeps the program's.
	if a := boss.get("/replies/new?branch=" + west + "&shipped=lost.search"); a.status != 200 || !strings.Contains(a.body, "件找不到了") {
		t.Errorf("one of the program's: %d", a.status)
	}
	if a := boss.post("/replies", form("shipped", "lost.search", "title", "找件", "key", "k2")); a.status != http.StatusSeeOther {
		t.Errorf("made one's own: %d", a.status)
	}
	if a := boss.get("/replies?branch=" + west); !strings.Contains(a.body, "找件") || strings.Contains(a.body, "件找不到了") {
		t.Error("the branch's own does not stand in its place")
	}
	if a := s.as("boss2").get("/replies"); strings.Contains(a.body, "找件<") || !strings.Contains(a.body, "件找不到了") {
		t.Error("the company's list has a branch's own")
	}
	preview := boss.post("/replies/preview", form("body", "{称呼}您好，{单号}，工单 {工单号}"), "HX-Request", "true")
	if preview.status != 200 || !strings.Contains(preview.body, "欧阳经理您好，302611000625492，工单 20261120-014") || strings.Contains(preview.body, "<html") {
		t.Errorf("the preview: %d %s", preview.status, preview.body)
	}
	if a := boss.post("/replies/preview", form("body", "{称呼}您好")); a.status != 200 || !strings.Contains(a.body, "<html") {
		t.Errorf("the preview without a script: %d", a.status)
	}
}
