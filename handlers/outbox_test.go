package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"yike/db"
	"yike/policy"
	"yike/policy/message"
)

func TestMessagesAreFilteredExportedAndSentAgainTogether(t *testing.T) {
	s := newSite(t)
	ctx, boss := t.Context(), s.As(t, s.BossWest)
	now := s.Clock.Now().UnixMilli()
	var list []db.LoadLetter
	for i, c := range []struct{ key, state, channel, body string }{
		{"a", db.LetterFailed, message.SMS, "王芳您好，国庆快乐"}, {"b", db.LetterFailed, message.Email, "李静您好，国庆快乐"}, {"c", db.LetterDry, message.SMS, "赵敏您好，国庆快乐"}, {"d", db.LetterQueued, message.SMS, "周到您好，电话 13912340000"},
	} {
		customer, err := s.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: s.West, OwnerID: s.RepWest, Name: "客户" + c.key})
		if err != nil {
			t.Fatal(err)
		}
		contact, err := s.SaveContact(ctx, boss, db.Submission{}, db.Contact{CustomerID: customer, Name: string([]rune(c.body)[:2])})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, db.LoadLetter{Letter: db.Letter{Key: c.key, Kind: db.ToClient, Channel: c.channel, Purpose: "festival", CustomerID: customer, ContactID: contact, UserID: s.RepWest, BranchID: s.West, Body: c.body,
			Params: "{}", State: c.state, CreatedAt: now - int64(i)*86_400_000, NextAt: now + 86_400_000}})
	}
	if err := s.LoadLetters(ctx, policy.SystemActor("test"), list); err != nil {
		t.Fatal(err)
	}
	again := url.Values{"channel": {message.SMS}, "branch": {""}, "customer": {""}, "from": {""}, "to": {""}}
	s.run([]scenario{
		{"figures open their lists", "boss", "", "/outbox", nil, 200, []string{`/outbox?state=failed`, "没发成", "王芳您好", "怎么发"}, []string{"都再发一次"}},
		{"one state", "boss", "", "/outbox?state=failed", nil, 200, []string{"王芳您好", "李静您好", "没发成的 2 条可以一起再发"}, []string{"赵敏您好"}},
		{"one channel is a chip", "boss", "", "/outbox?state=failed&channel=email", nil, 200, []string{"李静您好", "没发成的 1 条", `href="/outbox?state=failed"`}, []string{"王芳您好"}},
		{"of these days", "boss", "", "/outbox?from=" + s.Clock.Now().Format("2006-01-02"), nil, 200, []string{"王芳您好"}, []string{"李静您好"}},
		{"nothing is so", "boss", "", "/outbox?state=unsure", nil, 200, []string{"没有这样的消息"}, nil},
		{"a rep sees them and sends none again", "rep", "", "/outbox?state=failed", nil, 200, []string{"王芳您好"}, []string{"都再发一次"}},
		{"another branch sees none", "boss2", "", "/outbox", nil, 200, []string{"没有消息"}, []string{"王芳您好"}},
		{"a rep does not export", "rep", "", "/outbox/export", nil, 403, nil, nil},
		{"another branch sends none again", "boss2", http.MethodPost, "/outbox/again", again, 303, []string{"/outbox"}, nil},
		{"they still failed", "boss", "", "/outbox?state=failed", nil, 200, []string{"王芳您好", "李静您好"}, nil},
		{"sent again", "boss", http.MethodPost, "/outbox/again", again, 303, []string{"/outbox?channel=sms&state=failed"}, nil},
		{"the others stay", "boss", "", "/outbox?state=failed", nil, 200, []string{"李静您好"}, []string{"王芳您好"}},
		{"it waits", "boss", "", "/outbox?state=queued", nil, 200, []string{"王芳您好", "周到您好"}, nil},
	})
	file := s.as("boss").get("/outbox/export?format=csv&channel=sms")
	if file.status != 200 || !strings.Contains(file.body, "王芳您好") || strings.Contains(file.body, "李静您好") || strings.Count(file.body, "\n") < 4 {
		t.Errorf("the file: %d\n%s", file.status, file.body)
	}
	if book := s.as("boss").get("/outbox/export?format=xlsx"); book.status != 200 || !strings.HasPrefix(book.body, "PK") {
		t.Errorf("the workbook: %d", book.status)
	}
	if seen := s.as("auditor").get("/outbox?channel=sms"); seen.status != 200 || strings.Contains(seen.body, "13912340000") {
		t.Errorf("who sees clients masked reads a number: %d", seen.status)
	}
}
