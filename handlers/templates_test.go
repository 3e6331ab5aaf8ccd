package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"yike/db"
	"yike/policy/message"
)

func TestWordingsAreWrittenAndPutAside(t *testing.T) {
	s := newSite(t)
	boss, clerk := s.as("boss"), s.as("clerk")
	if a := clerk.get("/templates"); a.status != 200 || !strings.Contains(a.body, "端午安康") {
		t.Fatalf("a clerk reads them: %d", a.status)
	}
	if a := clerk.get("/templates/new"); a.status == 200 {
		t.Errorf("a clerk writes one: %d", a.status)
	}
	west := strconv.FormatInt(s.West, 10)
	form := func(change ...string) url.Values {
		v := url.Values{"branch": {west}, "occasion": {"dragon_boat"}, "channel": {"sms"}, "tone": {"warm"}, "body": {"{称呼}您好，端午安康。"}, "key": {"k1"}}
		for i := 0; i < len(change); i += 2 {
			v.Set(change[i], change[i+1])
		}
		return v
	}
	for _, c := range []struct{ name, field, value, want string }{
		{"端午 is not 快乐", "body", "端午快乐", "这个场合不说“快乐”"},
		{"an unknown variable with its place", "body", "您好\n{老板}", "第 2 行第 1 个字：没有“老板”这个变量"},
		{"nothing", "body", "", "写上要说的话"},
		{"no occasion", "occasion", "", "选一个场合"},
	} {
		if a := boss.post("/templates", form(c.field, c.value)); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, c.want) {
			t.Errorf("%s: %d", c.name, a.status)
		}
	}
	if a := boss.post("/templates", form("branch", "")); a.status == http.StatusSeeOther {
		t.Error("a branch's manager writes for the company")
	}
	if a := s.as("boss2").post("/templates", form()); a.status == http.StatusSeeOther {
		t.Error("another branch's manager writes for this one")
	}
	for range 2 { // sent twice, done once
		if a := boss.post("/templates", form()); a.status != http.StatusSeeOther {
			t.Fatalf("saved: %d %s", a.status, a.body)
		}
	}
	list := boss.get("/templates?occasion=dragon_boat&branch=" + west)
	if n := strings.Count(list.body, "{称呼}您好，端午安康。"); n != 1 {
		t.Errorf("%d such wordings in the list", n)
	}
	found := regexp.MustCompile(`href="(/templates/\d+)"`).FindStringSubmatch(list.body)
	if found == nil {
		t.Fatal("no link to it")
	}
	if a := s.as("boss2").get(found[1]); a.status != http.StatusNotFound {
		t.Errorf("another branch reads it: %d", a.status)
	}
	id := strings.TrimPrefix(found[1], "/templates/")
	if a := s.as("boss2").post("/templates/preview", form("branch", "", "id", id, "body", "您好")); a.status != http.StatusNotFound || strings.Contains(a.body, "{称呼}您好，端午安康。") {
		t.Errorf("another branch reads its versions beside a preview: %d", a.status)
	}
	if a := boss.post("/templates/preview", form("branch", "", "id", id, "body", "您好")); a.status != 200 || !strings.Contains(a.body, "{称呼}您好，端午安康。") {
		t.Errorf("the preview of a kept one: %d", a.status)
	}
	if a := boss.post(found[1], form("version", "1", "state", "off")); a.status != http.StatusSeeOther {
		t.Errorf("put aside: %d", a.status)
	}
	if a := boss.post(found[1], form("version", "1", "body", "端午安康")); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "刚才有人改成了") {
		t.Errorf("a stale version: %d", a.status)
	}
	// One of the program's becomes the branch's own.
	if a := boss.get("/templates/new?branch=" + west + "&shipped=spring.sms.1"); a.status != 200 || !strings.Contains(a.body, "给您拜年了") {
		t.Errorf("one of the program's: %d", a.status)
	}
	preview := boss.post("/templates/preview", form("body", "{称呼}您好，{祝福}"), "HX-Request", "true")
	if preview.status != 200 || !strings.Contains(preview.body, "欧阳经理您好，端午安康") || !strings.Contains(preview.body, "条短信计费") || strings.Contains(preview.body, "<html") {
		t.Errorf("the preview: %d %s", preview.status, preview.body)
	}
	if a := boss.post("/templates/preview", form("body", "{称呼}您好，{祝福}")); a.status != 200 || !strings.Contains(a.body, "<html") {
		t.Errorf("the preview without a script: %d", a.status)
	}
}

func TestAChannelIsSetUpByTheAdministrator(t *testing.T) {
	s := newSite(t)
	admin := s.as("admin")
	if a := s.as("boss").get("/channels"); a.status == 200 {
		t.Errorf("a branch's manager sets channels up: %d", a.status)
	}
	form := func(change ...string) url.Values {
		v := url.Values{"version": {"0"}, "url": {"https://sms.example.com/send"}, "account": {"yike"}, "sign": {"驿客快递"}, "secret": {"s3cret-value"}}
		for i := 0; i < len(change); i += 2 {
			v.Set(change[i], change[i+1])
		}
		return v
	}
	for _, c := range [][3]string{{"url", "http://sms.example.com", "https://"}, {"sign", "", "填 2 到 12 个字"}, {"allowed", "inside", "填地址或网段"}} {
		if a := admin.post("/channels/sms", form(c[0], c[1])); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, c[2]) {
			t.Errorf("%s: %d", c[0], a.status)
		}
	}
	if a := admin.post("/channels/sms", form("on", "1", "secret", "")); a.status != http.StatusUnprocessableEntity {
		t.Errorf("on without a secret: %d", a.status)
	}
	if a := admin.post("/channels/sms/test", url.Values{"to": {"13800001111"}, "key": {"x"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a test before it is set up: %d", a.status)
	}
	if a := admin.post("/channels/sms", form("on", "1")); a.status != http.StatusSeeOther {
		t.Fatalf("saved: %d", a.status)
	}
	if a := admin.post("/channels/sms", form()); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "刚才有人改过") {
		t.Errorf("a stale version: %d", a.status)
	}
	page := admin.get("/channels/sms")
	if page.status != 200 || strings.Contains(page.body, "s3cret") || !strings.Contains(page.body, "已存着") {
		t.Errorf("the secret on its page: %d", page.status)
	}
	if a := admin.post("/channels/sms/test", url.Values{"to": {"13800001111"}, "key": {"x"}}); a.status != http.StatusSeeOther {
		t.Errorf("a test: %d", a.status)
	}
	if a := admin.get("/outbox"); a.status != 200 || !strings.Contains(a.body, "这是驿客发出的测试消息") {
		t.Errorf("the message waits: %d", a.status)
	}
	moved := form("version", "1", "secret", "", "url", "https://other.example.com/send")
	if a := admin.post("/channels/sms", moved); a.status != http.StatusSeeOther || !strings.Contains(admin.get("/channels/sms").body, "启用前重新填") {
		t.Errorf("moved to another place, not on: %d", a.status)
	}
	if a := admin.get("/channels/sms"); strings.Contains(a.body, "已存着") {
		t.Error("the page says that the secret is kept")
	}
	if a := admin.post("/channels/sms", form("version", "2", "url", "https://other.example.com/send")); a.status != http.StatusSeeOther {
		t.Fatalf("with the secret: %d", a.status)
	}
	if a := admin.post("/channels/sms", form("version", "3", "secret", "", "on", "1")); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "重新填密码或密钥才能启用") {
		t.Errorf("on at another place without its secret: %d", a.status)
	}
	if a := admin.get("/channels/pigeon"); a.status != http.StatusNotFound {
		t.Errorf("no such channel: %d", a.status)
	}
}

func TestWhatFailedIsDecidedByAPerson(t *testing.T) {
	s := newSite(t)
	boss := s.as("boss")
	customer, err := s.CreateCustomer(t.Context(), s.As(t, s.BossWest), db.Submission{}, db.Customer{BranchID: s.West, OwnerID: s.RepWest, Name: "良渚家居"})
	if err != nil {
		t.Fatal(err)
	}
	contact, err := s.SaveContact(t.Context(), s.As(t, s.BossWest), db.Submission{}, db.Contact{CustomerID: customer, Name: "王芳"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Post(t.Context(), s.As(t, s.BossWest), db.Letter{Key: "k", Kind: db.ToClient, Channel: message.SMS, Purpose: "service", CustomerID: customer, ContactID: contact, UserID: s.BossWest, Body: "王芳您好"}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.TakeLetters(t.Context(), message.SMS, "n", 0); err != nil {
		t.Fatal(err)
	}
	a := boss.get("/outbox?state=failed")
	if a.status != 200 || !strings.Contains(a.body, "联系人没有手机号或邮箱") || !strings.Contains(a.body, "再发一次") {
		t.Fatalf("the list: %d", a.status)
	}
	at := regexp.MustCompile(`action="(/outbox/\d+)"`).FindStringSubmatch(a.body)[1]
	if b := s.as("boss2").get("/outbox"); strings.Contains(b.body, "王芳您好") {
		t.Error("another branch reads it")
	}
	if b := s.as("boss2").post(at, url.Values{"version": {"2"}, "do": {"again"}}); b.status != http.StatusNotFound {
		t.Errorf("another branch decides: %d", b.status)
	}
	if b := boss.post(at, url.Values{"version": {"2"}, "do": {"again"}}); b.status != http.StatusSeeOther {
		t.Errorf("sent again: %d", b.status)
	}
	if b := boss.get("/outbox?state=queued"); !strings.Contains(b.body, "王芳您好") {
		t.Error("it does not wait")
	}
	if b := boss.post(at, url.Values{"version": {"3"}, "do": {"drop"}}); b.status != http.StatusSeeOther {
		t.Errorf("dropped: %d", b.status)
	}
}
