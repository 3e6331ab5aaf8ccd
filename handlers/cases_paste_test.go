package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"yike/db"
	"yike/policy/reply"
)

const clientsLetter = "发件人: 王国平 <wang@songguo.example>\n主题: 302611000625492 杯子碎了\n\n你好，\n我收到的玻璃杯子碎了两个，外箱压扁，要求赔偿。电话 139 1234 5678\n\n-----原始邮件-----\n发件人: 客服 <kefu@yike.example>\n您的包裹 302611000999999 已发出"

func TestAPastedLetterBecomesACaseAndIsAnswered(t *testing.T) {
	s, customer, _ := caseSite(t)
	clerk := s.as("clerk")
	if a := s.stranger().post("/cases/paste", url.Values{"text": {clientsLetter}}); a.status != http.StatusSeeOther {
		t.Errorf("a stranger pastes: %d", a.status)
	}
	if a := s.as("auditor").post("/cases/paste", url.Values{"text": {clientsLetter}}); a.status != http.StatusForbidden {
		t.Errorf("who may not register pastes: %d", a.status)
	}
	if a := clerk.get("/cases/paste"); a.status != 200 || !strings.Contains(a.body, "客户写来的话") {
		t.Fatalf("the page: %d", a.status)
	}
	if a := clerk.post("/cases/paste", url.Values{"text": {" \n"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "先把客户写的贴进来") {
		t.Errorf("nothing: %d", a.status)
	}
	long := strings.Repeat("长", reply.MaxPasted+1)
	if a := clerk.post("/cases/paste", url.Values{"text": {long}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, long) {
		t.Errorf("too long, and nothing of it is lost: %d", a.status)
	}
	if a := clerk.post("/cases/paste", url.Values{"text": {strings.Repeat("丢了\n", 5000)}}); a.status != 200 || !strings.Contains(a.body, "只放得下前面一段") {
		t.Errorf("longer than a case takes: %d", a.status)
	}
	if a := clerk.post("/cases/paste", url.Values{"text": {`<script>alert(1)</script> "><img src=x onerror=alert(1)> {单号}`}}); a.status != 200 || strings.Contains(a.body, "<script>alert") || strings.Contains(a.body, "<img src=x") {
		t.Errorf("a hostile text: %d", a.status)
	}

	form := clerk.post("/cases/paste", url.Values{"text": {clientsLetter}})
	for _, want := range []string{`value="王国平"`, `value="139 1234 5678"`, "302611000625492", `name="kind" value="complaint" checked`, `name="severity" value="serious" checked`, `name="channel" value="email" checked`,
		`name="cause" value="2" checked`, "看到：赔偿", "wang@songguo.example", "松果母婴", `name="customer" value="` + customer + `"`, "从原文认出来的，请核对", "包裹破损，请留照片", "302611000999999", `data-visit="case-`} {
		if !strings.Contains(form.body, want) {
			t.Errorf("the form has no %s", want)
		}
	}
	if form.status != 200 || strings.Contains(regexp.MustCompile(`(?s)name="numbers".*?</textarea>`).FindString(form.body), "302611000999999") {
		t.Errorf("a parcel of the letter that was answered: %d", form.status)
	}
	ref := regexp.MustCompile(`name="reply" value="([^"]+)"`).FindStringSubmatch(form.body)
	if ref == nil || ref[1] != "damaged.photo" {
		t.Fatalf("the answer that fits is %v", ref)
	}
	if a := s.as("clerk2").post("/cases/paste", url.Values{"text": {clientsLetter}}); strings.Contains(a.body, "松果母婴") {
		t.Error("another branch learns whose number it is")
	}

	send := url.Values{"customer": {customer}, "kind": {"complaint"}, "severity": {"serious"}, "channel": {"email"}, "cause": {"2"}, "caller": {"王国平"}, "said": {"玻璃杯子碎了两个，外箱压扁"}, "numbers": {"302611000625492"},
		"key": {"case-key-0000000077"}, "reply": ref[1:]}
	a := clerk.post("/cases", send)
	to := a.to()
	if a.status != http.StatusSeeOther || !strings.HasSuffix(to, "/do/answer?reply=damaged.photo") {
		t.Fatalf("registered: %d %s", a.status, to)
	}
	act := clerk.get(to)
	filled := regexp.MustCompile(`(?s)<textarea[^>]*name="text"[^>]*>(.*?)</textarea>`).FindStringSubmatch(act.body)
	if act.status != 200 || filled == nil || !strings.Contains(filled[1], "302611000625492") || !strings.Contains(filled[1], "20261121-002") || strings.Contains(filled[1], "{单号}") || strings.Contains(filled[1], "{工单号}") ||
		!strings.Contains(filled[1], "{网点电话}") || !strings.Contains(act.body, "还要填上：{网点电话}") || !strings.Contains(act.body, `name="how" value="email" checked`) || !strings.Contains(act.body, `data-copy="f-text"`) {
		t.Fatalf("the answer filled in: %d %s", act.status, filled)
	}
	path, _, _ := strings.Cut(to, "?")
	answer := url.Values{"version": {"1"}, "how": {"email"}, "text": {"王国平您好，电话 {网点电话}"}, "reply": {"damaged.photo"}}
	if a := clerk.post(path, answer); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "还没填上：{网点电话}") || !strings.Contains(a.body, "王国平您好，电话") {
		t.Errorf("with a variable that nobody filled in: %d", a.status)
	}
	if a := clerk.post(path, changed(answer, "text", "王国平您好，电话 0571-86001234")); a.status != http.StatusSeeOther {
		t.Fatalf("answered: %d %s", a.status, a.body)
	}
	events, err := s.CaseEvents(context.Background(), db.ParseID(strings.Split(path, "/")[2]))
	if err != nil || events[0].Args["reply"] != "damaged.photo" || events[0].Args["how"] != "email" || !strings.HasPrefix(events[0].Note, "王国平您好") {
		t.Errorf("its history: %+v %v", events, err)
	}
	if a := clerk.get(path + "?reply=no.such"); a.status != 200 {
		t.Errorf("an answer that is none: %d", a.status)
	}
}

// Photos of a case are larger than other forms.
func TestACaseTakesItsPhotos(t *testing.T) {
	s, customer, _ := caseSite(t)
	form := url.Values{"customer": {customer}, "kind": {"complaint"}, "severity": {"minor"}, "channel": {"phone"}, "cause": {"2"}, "said": {"外箱压坏"}, "key": {"case-key-0000000088"}}
	large := func(side int) []byte { return append(picture(t, side), make([]byte, 600<<10)...) }
	files := map[string][]byte{"1.jpg": large(300), "2.jpg": large(320)}
	a := s.as("clerk").sendPhotos("/cases", form, files)
	if a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, excerpt(a.body))
	}
	if a = s.as("clerk").sendPhotos(a.to(), changed(form, "version", "1"), map[string][]byte{"3.jpg": large(340), "4.jpg": large(360)}); a.status != http.StatusSeeOther {
		t.Errorf("added: %d %s", a.status, excerpt(a.body))
	}
}
