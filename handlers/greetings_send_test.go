package handlers_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/consent"
	"yike/policy/day"
	"yike/policy/greeting"
	"yike/policy/message"
)

// Several greetings of a list go out by the program, those that cannot say why.
func TestGreetingsAreSentByTheProgram(t *testing.T) {
	s := newSite(t)
	ctx, boss := context.Background(), s.As(t, s.BossWest)
	rule := greeting.Default()
	rule.Plans[greeting.Birthday] = greeting.Plan{On: true, Means: []greeting.Means{greeting.WeChat, greeting.SMS}, Ahead: 3, By: greeting.ByOwner}
	text, err := json.Marshal(rule)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.DB.SetRule(ctx, s.As(t, s.Chief), policy.GreetingPlan, db.RuleRow{Rule: db.RuleGreetings, ValidFrom: "2026-11-01", Value: string(text), Reason: "试"}); err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{}
	for _, k := range []db.Contact{
		{Name: "王建国", Phones: []string{"13900001234"}, Ways: "sms phone"},
		{Name: "李没手机", Ways: "wechat"},
		{Name: "赵有邮箱", Email: "zhao@example.com", Ways: "email"},
	} {
		if k.CustomerID, err = s.DB.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: s.West, Name: k.Name + "的公司", Class: "A", OwnerID: s.RepWest}); err != nil {
			t.Fatal(err)
		}
		k.BirthdayMonth, k.BirthdayDay = 11, 23
		contact, err := s.DB.SaveContact(ctx, boss, db.Submission{}, k)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.DB.RecordConsent(ctx, boss, db.Consent{CustomerID: k.CustomerID, ContactID: contact, Purpose: consent.Birthday, State: consent.Given, Source: "phone", Day: "2026-11-01"}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.DB.SweepGreetings(ctx, policy.SystemActor("test"), day.MustParse("2026-11-21")); err != nil {
			t.Fatal(err)
		}
		list, err := s.DB.GreetingsOf(ctx, k.CustomerID, 0, 5)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		pages[k.Name] = id(list[0].ID)
	}
	wang := "/greetings/" + pages["王建国"]
	rep := s.as("rep")
	if a := rep.get(wang); !strings.Contains(a.body, "短信、微信") || !strings.Contains(a.body, "本人首选短信") || !strings.Contains(a.body, "短信渠道还没有设置，系统发不了") || strings.Contains(a.body, wang+"/send") {
		t.Errorf("while nobody has set the channel up: %s", a.body)
	}
	c, err := s.DB.Channel(ctx, message.SMS)
	if err != nil {
		t.Fatal(err)
	}
	c.Settings = message.Channel{URL: "https://sms.example.com/send", Sign: "驿客快递"}
	if err := s.DB.SaveChannel(ctx, s.As(t, s.Admin), c, "k"); err != nil {
		t.Fatal(err)
	}
	mark := regexp.MustCompile(`name="mark" value="([0-9a-f]+)"`)
	page := rep.get(wang).body
	if !strings.Contains(page, "试运行：只记下会发什么") || !strings.Contains(page, "2026-11-23 08:30 发出") || mark.FindStringSubmatch(page) == nil {
		t.Fatalf("a dry channel: %s", page)
	}
	form := func(version string, change ...string) url.Values {
		v := url.Values{"version": {version}, "channel": {"sms"}, "mark": {mark.FindStringSubmatch(page)[1]}}
		for i := 0; i < len(change); i += 2 {
			v.Set(change[i], change[i+1])
		}
		return v
	}
	all := url.Values{"pick": {pages["王建国"] + "_1", pages["李没手机"] + "_1", pages["赵有邮箱"] + "_1", "9_1"}, "back": {"/greetings?view=mine"}}
	seen := []string{pages["王建国"] + "_1_sms_" + mark.FindStringSubmatch(page)[1], pages["李没手机"] + "_1", pages["赵有邮箱"] + "_1", "9_1"}
	picked := func(pick ...string) url.Values { return url.Values{"pick": pick, "back": all["back"], "do": {"send"}} }
	s.run([]scenario{
		{"a stranger", "", http.MethodPost, wang + "/send", form("1"), 303, []string{"/login"}, nil},
		{"another rep", "rep2", http.MethodPost, wang + "/send", form("1"), 404, nil, nil},
		{"another rep, several", "rep2", http.MethodPost, "/greetings/send", all, 200, []string{"没有能发的"}, []string{"王建国"}},
		{"who only looks", "auditor", http.MethodPost, wang + "/send", form("1"), 403, nil, nil},
		{"by a way that is none", "rep", http.MethodPost, wang + "/send", form("1", "channel", "fax"), 400, nil, nil},
		{"by words that are others by now", "rep", http.MethodPost, wang + "/send", form("1", "mark", "00"), 303, []string{wang}, nil},
		{"the list can be ticked", "rep", "", "/greetings", nil, 200, []string{`value="` + pages["王建国"] + `_1"`, "由系统发送"}, nil},
		{"none picked", "rep", http.MethodPost, "/greetings/send", url.Values{"back": {"/greetings"}}, 303, []string{"/greetings"}, nil},
		{"looked at first", "rep", http.MethodPost, "/greetings/send", all, 200, []string{"会发 1 条，2 位不发", "王建国", "联系人没有手机号", "邮件渠道还没有设置", "只记下会发什么，客户不会收到", `value="` + seen[0] + `"`}, nil},
		{"without a look at the words", "rep", http.MethodPost, "/greetings/send", picked(all["pick"]...), 303, []string{"/greetings?view=mine"}, nil},
		{"in other words than were seen", "rep", http.MethodPost, "/greetings/send", picked(pages["王建国"] + "_1_sms_0000"), 303, []string{"/greetings?view=mine"}, nil},
		{"none goes out", "rep", "", "/greetings", nil, 200, []string{"排好了 0 条，1 位没有排"}, []string{"短信：等着发"}},
		{"sent", "rep", http.MethodPost, "/greetings/send", picked(seen...), 303, []string{"/greetings?view=mine"}, nil},
		{"it says so", "rep", "", "/greetings", nil, 200, []string{"排好了 1 条，2 位没有排", "短信：等着发"}, nil},
		{"twice is once", "rep", http.MethodPost, "/greetings/send", picked(seen...), 303, nil, nil},
		{"its page", "rep", "", wang, nil, 200, []string{"系统发送的短信", "2026-11-23 08:30 发出", "收回，不发了"}, []string{wang + "/send"}},
		{"sent again by what was read before", "rep", http.MethodPost, wang + "/send", form("1"), 303, []string{wang}, nil},
		{"called back by another rep", "rep2", http.MethodPost, wang + "/recall", form("2"), 404, nil, nil},
		{"called back", "rep", http.MethodPost, wang + "/recall", form("2"), 303, []string{wang}, nil},
		{"called back twice", "rep", http.MethodPost, wang + "/recall", form("3"), 303, []string{wang}, nil},
		{"free again", "rep", "", wang, nil, 200, []string{wang + "/send"}, []string{"系统发送的短信"}},
		{"sent alone", "rep", http.MethodPost, wang + "/send", form("3"), 303, []string{wang}, nil},
		{"in the client's history", "boss", "", "/greetings/" + pages["王建国"], nil, 200, []string{"等着发"}, nil},
	})
	list, _, err := s.DB.Letters(ctx, boss.Scope(policy.OutboxRead), db.LetterFilter{Limit: 9})
	if err != nil || len(list) != 2 {
		t.Fatalf("%d letters, %v", len(list), err)
	}
	s.Clock.Set(time.Date(2026, 11, 23, 8, 31, 0, 0, db.Zone))
	if _, looked, err := s.DB.TakeLetters(ctx, message.SMS, "n", time.Minute); err != nil || looked != 1 {
		t.Fatal(looked, err)
	}
	if a := s.as("rep").get(wang); !strings.Contains(a.body, "这条没有发出，客户没有收到") || !strings.Contains(a.body, wang+"/send") {
		t.Errorf("after a dry run: %s", a.body)
	}
}
