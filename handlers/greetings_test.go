package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/consent"
	"yike/policy/day"
)

func TestGreetingsArePlannedAndDoneByThoseWhoseTheyAre(t *testing.T) {
	s := newSite(t)
	ctx, boss := context.Background(), s.As(t, s.BossWest)
	customer, err := s.DB.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: s.West, Name: "松果文具有限公司", Class: "A", OwnerID: s.RepWest})
	if err != nil {
		t.Fatal(err)
	}
	contact, err := s.DB.SaveContact(ctx, boss, db.Submission{}, db.Contact{CustomerID: customer, Name: "王建国", Position: "经理", Phones: []string{"13900001234"}, BirthdayMonth: 11, BirthdayDay: 23})
	if err != nil {
		t.Fatal(err)
	}
	agree := func(state consent.State) {
		t.Helper()
		if _, err := s.DB.RecordConsent(ctx, boss, db.Consent{CustomerID: customer, ContactID: contact, Purpose: consent.Birthday, State: state, Source: "phone", Day: "2026-11-01"}); err != nil {
			t.Fatal(err)
		}
	}
	agree(consent.Given)
	if n, err := s.DB.SweepGreetings(ctx, policy.SystemActor("test"), day.MustParse("2026-11-20")); err != nil || n != 1 {
		t.Fatalf("%d made, %v", n, err)
	}
	list, _, err := s.DB.Greetings(ctx, boss, db.GreetingFilter{})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d greetings, %v", len(list), err)
	}
	one := "/greetings/" + id(list[0].ID)
	version := func(n string, more ...string) url.Values {
		v := url.Values{"version": {n}}
		for i := 0; i < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return v
	}
	spring := url.Values{"occasion": {"spring"}, "on": {"1"}, "classA": {"1"}, "meansgift": {"1"}, "ahead": {"7"}, "by": {"owner"}, "giftA": {"茶叶礼盒"}, "budgetA": {"88"},
		"close": {"7"}, "late": {"3"}, "valid_from": {"2026-11-21"}, "read": {"0"}, "reason": {"今年送茶叶"}}
	with := func(name, value string) url.Values {
		v := url.Values{}
		for k, x := range spring {
			v[k] = x
		}
		v.Set(name, value)
		return v
	}
	s.run([]scenario{
		{"a stranger", "", "", "/greetings", nil, 303, []string{"/login"}, nil},
		{"a courier", "courier", "", "/greetings", nil, 403, nil, nil},
		{"the rep's own", "rep", "", "/greetings", nil, 200, []string{"王建国", "生日", "松果文具", "已问候", "共 1 位"}, nil},
		{"another rep has none", "rep2", "", "/greetings", nil, 200, []string{"现在没有要问候的"}, []string{"王建国"}},
		{"a manager with none is told of the branch's", "boss", "", "/greetings", nil, 200, []string{"你自己没有要问候的", "网点还有 1 位要问候", `href="/greetings?view=branch"`}, []string{"王建国"}},
		{"the branch's", "boss", "", "/greetings?view=branch", nil, 200, []string{"王建国"}, nil},
		{"another branch's", "boss2", "", "/greetings?view=branch", nil, 200, nil, []string{"王建国"}},
		{"of another occasion", "rep", "", "/greetings?occasion=spring", nil, 200, []string{"没有这样的问候"}, []string{"王建国"}},
		{"of its month", "rep", "", "/greetings?month=2026-11", nil, 200, []string{"王建国"}, nil},
		{"all of a client's", "rep", "", "/greetings?view=all&state=all&customer=" + id(customer), nil, 200, []string{"王建国"}, nil},
		{"on the client's page", "rep", "", "/customers/" + id(customer), nil, 200, []string{`id="greetings"`, "要问候了"}, nil},
		{"opened", "rep", "", one, nil, 200, []string{"139", "经理", "已问候", "默认值"}, nil},
		{"another rep does not open it", "rep2", "", one, nil, 404, nil, nil},
		{"an auditor looks", "auditor", "", one, nil, 200, []string{"王建国"}, []string{`name="result"`}},
		{"and does not act", "auditor", http.MethodPost, one + "/do", version("1", "by", "call"), 403, nil, nil},
		{"done by no means", "rep", http.MethodPost, one + "/do", version("1", "by", "fax"), 422, []string{"选怎么问候的"}, nil},
		{"spent what is no amount", "rep", http.MethodPost, one + "/do", version("1", "by", "gift", "spent", "很多", "result", "送到了"), 422, []string{"填金额", "送到了"}, nil},
		{"put off to yesterday", "rep", http.MethodPost, one + "/postpone", version("1", "due", "2026-11-19"), 422, []string{"选今天或以后"}, nil},
		{"put off", "rep", http.MethodPost, one + "/postpone", version("1", "due", "2026-11-24"), 303, []string{"/greetings"}, nil},
		{"done by what was read before", "rep", http.MethodPost, one + "/do", version("1", "by", "call"), 303, []string{one}, nil},
		{"done with one press", "rep", http.MethodPost, one + "/do", version("2", "by", "wechat", "back", "/customers/"+id(customer)), 303, []string{"/customers/" + id(customer)}, nil},
		{"it stands among the closed", "rep", "", "/greetings?view=closed", nil, 200, []string{"王建国", "微信"}, nil},
		{"and in the client's history", "boss", "", "/customers/" + id(customer) + "/history", nil, 200, []string{"问候了客户", "微信"}, nil},
		{"taken back", "rep", http.MethodPost, one + "/reopen", nil, 303, []string{one}, nil},
		{"skipped without a reason", "rep", http.MethodPost, one + "/skip", version("4"), 422, []string{"写一句为什么不问候"}, nil},
		{"passed to another branch", "boss", http.MethodPost, one + "/pass", version("4", "to", id(s.ClerkEast)), 422, []string{"接不了"}, nil},
		{"passed on", "boss", http.MethodPost, one + "/pass", version("4", "to", id(s.RepWest2)), 303, []string{"/greetings"}, nil},
		{"it is the colleague's", "rep2", "", "/greetings", nil, 200, []string{"王建国"}, nil},
		{"a photo that is not there", "boss", "", one + "/photo", nil, 404, nil, nil},
		{"the calendar", "rep", "", "/greetings/calendar?month=2027-02", nil, 200, []string{"2027-02-06", "正月初一", "春节", "除夕", "提前 7 天"}, nil},
		{"a year of it", "rep", "", "/greetings/calendar?view=year&month=2027-01", nil, 200, []string{"清明", "不问候", "2027-06-09", "端午节"}, nil},
		{"coverage", "boss", "", "/greetings/coverage?year=2026", nil, 200, []string{"A 类", "城西", "生日"}, nil},
		{"no gifts", "boss", "", "/greetings/gifts", nil, 200, []string{"没有要送的礼品"}, nil},
		{"the plans", "boss", "", "/rules/greetings", nil, 200, []string{"春节", "2027-02-06", "提前 7 天", "清明", "不问候"}, nil},
		{"清明 has no form", "chief", "", "/rules/greetings?occasion=qingming", nil, 200, []string{"这一天不发问候"}, []string{`name="ahead"`}},
		{"and no plan by a forged form", "chief", http.MethodPost, "/rules/greetings", with("occasion", "qingming"), 422, []string{"不能有计划"}, nil},
		{"an occasion that is none", "chief", "", "/rules/greetings?occasion=easter", nil, 404, nil, nil},
		{"a rep plans nothing", "rep", http.MethodPost, "/rules/greetings", spring, 403, nil, nil},
		{"a branch does not plan for the company", "boss", http.MethodPost, "/rules/greetings", spring, 403, nil, nil},
		{"a plan without means", "chief", http.MethodPost, "/rules/greetings", with("meansgift", ""), 422, []string{"至少选一种", "茶叶礼盒"}, nil},
		{"looked at first", "chief", http.MethodPost, "/rules/greetings", with("preview", "1"), 200, []string{"会问候 0 位", "还没有问过本人", "王建国", "茶叶礼盒"}, nil},
		{"saved", "chief", http.MethodPost, "/rules/greetings", spring, 303, []string{"/rules/greetings"}, nil},
		{"a later version of another plan", "chief", http.MethodPost, "/rules/greetings", url.Values{"occasion": {"mid_autumn"}, "on": {"1"}, "meanscall": {"1"}, "ahead": {"9"}, "by": {"owner"}, "close": {"7"}, "late": {"3"}, "valid_from": {"2026-12-01"}, "read": {"1"}, "reason": {"中秋早点"}}, 303, nil, nil},
		{"on the same day one more", "chief", http.MethodPost, "/rules/greetings", url.Values{"occasion": {"labour"}, "on": {"1"}, "meanscall": {"1"}, "ahead": {"5"}, "by": {"owner"}, "close": {"7"}, "late": {"3"}, "valid_from": {"2026-12-01"}, "read": {"2"}, "reason": {"五一"}}, 303, nil, nil},
		{"earlier than both", "chief", http.MethodPost, "/rules/greetings", url.Values{"occasion": {"national"}, "on": {"1"}, "meanscall": {"1"}, "ahead": {"4"}, "by": {"owner"}, "close": {"7"}, "late": {"3"}, "valid_from": {"2026-11-21"}, "read": {"3"}, "reason": {"国庆"}}, 303, nil, nil},
		{"it is told that it ends", "chief", "", "/rules/greetings", nil, 200, []string{"第 4 版存好了，但 2026-12-01 起是另一版", "提前 4 天"}, []string{"提前 9 天"}},
		{"saved by who read the old one", "chief", http.MethodPost, "/rules/greetings", spring, 422, []string{"刚才有人设了新版本"}, nil},
		{"in force", "boss", "", "/rules/greetings", nil, 200, []string{"茶叶礼盒 88.00 元", "今年送茶叶"}, nil},
		{"everybody with the reason", "boss", "", "/greetings/who?occasion=spring", nil, 200, []string{"王建国", "还没有问过本人"}, nil},
		{"only those who are greeted", "boss", "", "/greetings/who?occasion=spring&why=in", nil, 200, []string{"没有这样的人"}, []string{"王建国"}},
		{"another branch's", "boss2", "", "/greetings/who?occasion=spring", nil, 200, nil, []string{"王建国"}},
		{"our own days", "boss", "", "/rules/occasions", nil, 200, []string{"还没有自定的节日"}, []string{`name="name"`}},
		{"a day that is none", "chief", http.MethodPost, "/rules/occasions", url.Values{"name": {"司庆"}, "mood": {"joyful"}, "calendar": {"solar"}, "month": {"4"}, "day": {"31"}, "reason": {"周年"}, "read": {"0"}}, 422, []string{"这个月没有这一天", "司庆"}, nil},
		{"added", "chief", http.MethodPost, "/rules/occasions", url.Values{"name": {"司庆"}, "mood": {"joyful"}, "calendar": {"weekday"}, "month": {"5"}, "nth": {"2"}, "weekday": {"0"}, "reason": {"周年"}, "read": {"0"}}, 303, []string{"/rules/occasions"}, nil},
		{"it has a day", "boss", "", "/rules/occasions", nil, 200, []string{"司庆", "2027-05-09", "5 月第 2 个周日"}, nil},
		{"put aside", "chief", http.MethodPost, "/rules/occasions", url.Values{"code": {"own_1"}, "turn": {"off"}, "read": {"1"}}, 303, []string{"/rules/occasions"}, nil},
		{"all settings", "chief", "", "/settings", nil, 200, []string{"慰问计划", "自定的节日"}, nil},
	})
	laterPlans(t, s)
	// Who withdraws is not greeted, whatever the list still says.
	agree(consent.Withdrawn)
	if got := s.as("rep2").get(one); !strings.Contains(got.body, "本人撤回了同意") {
		t.Error("the page does not say that consent was withdrawn")
	}
	s.run([]scenario{
		{"done after consent was withdrawn", "rep2", http.MethodPost, one + "/do", version("5", "by", "call"), 303, []string{one}, nil},
		{"skipped", "rep2", http.MethodPost, one + "/skip", version("5", "reason", "本人不要"), 303, []string{"/greetings"}, nil},
	})
	if x, err := s.DB.Greeting(ctx, boss, policy.GreetingRead, list[0].ID); err != nil || x.State != db.GreetingSkipped || x.Result != "本人不要" {
		t.Errorf("%+v, %v", x.Greeting, err)
	}
}

// The plans of a later day stand on each other.
func laterPlans(t *testing.T, s *site) {
	t.Helper()
	rule, _, err := s.GreetingRule(t.Context(), 0, "2026-12-01")
	if err != nil {
		t.Fatal(err)
	}
	if rule.Plans["mid_autumn"].Ahead != 9 || rule.Plans["labour"].Ahead != 5 || rule.Plans["spring"].Treats["A"].Gift != "茶叶礼盒" {
		t.Errorf("of December: %+v", rule.Plans)
	}
}

func TestAClientsCardShowsWhatWaitsThenWhatWasDoneLast(t *testing.T) {
	s := newSite(t)
	ctx, boss := t.Context(), s.As(t, s.BossWest)
	customer, err := s.DB.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: s.West, Name: "松果文具有限公司", Class: "A", OwnerID: s.RepWest})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 7 { // six are done, one after the other
		contact, err := s.DB.SaveContact(ctx, boss, db.Submission{}, db.Contact{CustomerID: customer, Name: "王第" + id(int64(i)) + "号", BirthdayMonth: 11, BirthdayDay: 23})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.DB.RecordConsent(ctx, boss, db.Consent{CustomerID: customer, ContactID: contact, Purpose: consent.Birthday, State: consent.Given, Source: "phone", Day: "2026-11-01"}); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.DB.SweepGreetings(ctx, policy.SystemActor("test"), day.MustParse("2026-11-21")); err != nil || n != 7 {
		t.Fatal(n, err)
	}
	list, _, err := s.DB.Greetings(ctx, boss, db.GreetingFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range list[:6] {
		s.Clock.Move(time.Minute)
		if err := s.DB.DoGreeting(ctx, boss, g.ID, g.Version, db.GreetingDoneAs{By: "call"}); err != nil {
			t.Fatal(err)
		}
	}
	body := s.as("boss").get("/customers/" + id(customer)).body
	_, card, _ := strings.Cut(body, `id="greetings"`)
	card, _, _ = strings.Cut(card, "</section>")
	at := -1
	for _, g := range []db.GreetingRow{list[6], list[5], list[4], list[3], list[2]} {
		i := strings.Index(card, "/greetings/"+id(g.ID))
		if i < at || i < 0 {
			t.Errorf("%s stands at %d, after %d", g.Contact, i, at)
		}
		at = i
	}
	if strings.Contains(card, "/greetings/"+id(list[0].ID)) || !strings.Contains(card, "view=all") {
		t.Error("the oldest one is shown, or the way to all is missing")
	}
}
