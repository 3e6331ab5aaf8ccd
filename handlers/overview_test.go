package handlers_test

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/consent"
	"yike/policy/day"
	"yike/policy/waybill"
)

var feedAddress = regexp.MustCompile(`http://[^<"]*/calendar/([a-z0-9]{52})\.ics`)

// entries reads a calendar: of each event its properties. Lines end in CRLF and
// folded ones are put together.
func entries(t *testing.T, text string) []map[string]string {
	t.Helper()
	if !strings.HasPrefix(text, "BEGIN:VCALENDAR\r\n") || !strings.HasSuffix(text, "END:VCALENDAR\r\n") {
		t.Fatalf("no calendar: %.60q", text)
	}
	var out []map[string]string
	for _, l := range strings.Split(strings.ReplaceAll(text, "\r\n ", ""), "\r\n") {
		head, value, _ := strings.Cut(l, ":")
		name, _, _ := strings.Cut(head, ";")
		switch {
		case l == "BEGIN:VEVENT":
			out = append(out, map[string]string{})
		case len(out) > 0:
			out[len(out)-1][name] = value
		}
	}
	return out
}

func TestACalendarIsReadByItsAddressAlone(t *testing.T) {
	s := newSite(t)
	ctx, boss, rep := context.Background(), s.As(t, s.BossWest), s.As(t, s.RepWest)
	customer, err := s.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: s.West, Name: "松果,文具;有限公司", Class: "A", OwnerID: s.RepWest, Phones: []string{"13800001054"}})
	if err != nil {
		t.Fatal(err)
	}
	contact, err := s.SaveContact(ctx, boss, db.Submission{}, db.Contact{CustomerID: customer, Name: "欧阳鹮", Phones: []string{"13900001234"}, BirthdayMonth: 11, BirthdayDay: 23})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.RecordConsent(ctx, boss, db.Consent{CustomerID: customer, ContactID: contact, Purpose: consent.Birthday, State: consent.Given, Source: "phone", Day: "2026-11-01"}); err != nil {
		t.Fatal(err)
	}
	if n, err := s.SweepGreetings(ctx, policy.SystemActor("test"), day.MustParse("2026-11-20")); err != nil || n != 1 {
		t.Fatalf("%d made, %v", n, err)
	}
	if _, err := s.PlanVisit(ctx, rep, db.Submission{}, db.Visit{CustomerID: customer, UserID: s.RepWest, State: "planned", Day: "2026-11-25", Minute: 570, Mode: "on_site", Purpose: "找欧阳鹮谈价"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.PlanVisit(ctx, boss, db.Submission{}, db.Visit{CustomerID: customer, UserID: s.BossWest, State: "planned", Day: "2026-11-26", Minute: -1, Mode: "phone"}); err != nil {
		t.Fatal(err)
	}
	v := s.as("rep")
	page := v.post("/account/calendar", nil)
	m := feedAddress.FindStringSubmatch(page.body)
	if page.status != 200 || m == nil || !strings.Contains(page.body, "data:image/png;base64,") {
		t.Fatalf("no address: %d\n%s", page.status, excerpt(page.body))
	}
	path := "/calendar/" + m[1] + ".ics"
	if again := v.get("/account/calendar"); again.status != 200 || strings.Contains(again.body, m[1]) || !strings.Contains(again.body, "在用") {
		t.Errorf("the address is shown again: %d", again.status)
	}
	if a := v.get("/account"); !strings.Contains(a.body, "/account/calendar") {
		t.Error("the account's page does not lead there")
	}
	feed := s.stranger().get(path)
	if feed.status != 200 || feed.head.Get("Content-Type") != "text/calendar; charset=utf-8" || len(feed.head.Values("Set-Cookie")) > 0 || feed.head.Get("ETag") == "" {
		t.Fatalf("%d %v", feed.status, feed.head)
	}
	list := entries(t, feed.body)
	if len(list) != 2 {
		t.Fatalf("%d entries, want the greeting and the rep's own visit: %v", len(list), list)
	}
	if e := list[0]; e["SUMMARY"] != `问候：松果\,文具\;有限公司（生日）` || e["DTSTART"] != "20261123" || e["DTEND"] != "20261124" || !strings.HasPrefix(e["URL"], s.url+"/greetings/") || !strings.HasPrefix(e["UID"], "greetings-") {
		t.Errorf("the greeting: %v", e)
	}
	if e := list[1]; e["SUMMARY"] != `拜访：松果\,文具\;有限公司` || e["DTSTART"] != "20261125T093000" || e["DTEND"] != "20261125T100000" {
		t.Errorf("the visit: %v", e)
	}
	for _, secret := range []string{"欧阳", "13800001054", "13900001234", "谈价", m[1]} {
		if strings.Contains(feed.body, secret) {
			t.Errorf("%q stands in the calendar", secret)
		}
	}
	if a := s.stranger().get(path, "If-None-Match", feed.head.Get("ETag")); a.status != http.StatusNotModified || a.body != "" {
		t.Errorf("nothing new: %d", a.status)
	}
	if a := s.stranger().get(path); a.body != feed.body {
		t.Error("read twice it says something else")
	}
	wrong := []string{"/calendar/" + m[1], "/calendar/" + strings.ToUpper(m[1]) + ".ics", "/calendar/" + strings.Repeat("a", 52) + ".ics", "/calendar/.ics", "/calendar/" + m[1][:51] + ".ics", "/calendar/x"}
	for _, p := range wrong {
		if a := s.stranger().get(p); a.status != 404 || strings.Contains(a.body, m[1]) {
			t.Errorf("%s: %d", p, a.status)
		}
	}
	// The rights are those of now: with the greeting passed on, it is gone.
	g, _, err := s.Greetings(ctx, boss, db.GreetingFilter{})
	if err != nil || len(g) != 1 {
		t.Fatal(g, err)
	}
	if err := s.PassGreeting(ctx, boss, g[0].ID, g[0].Version, s.RepWest2); err != nil {
		t.Fatal(err)
	}
	after := s.stranger().get(path, "If-None-Match", feed.head.Get("ETag"))
	if after.status != 200 || len(entries(t, after.body)) != 1 {
		t.Errorf("after it was passed on: %d\n%s", after.status, after.body)
	}
	// Another address ends this one; taken back there is none.
	renewed := feedAddress.FindStringSubmatch(v.post("/account/calendar", nil).body)
	if renewed == nil || renewed[1] == m[1] {
		t.Fatal("no other address")
	}
	next := "/calendar/" + renewed[1] + ".ics"
	if a := s.stranger().get(path); a.status != 404 {
		t.Errorf("the former address: %d", a.status)
	}
	if a := s.stranger().get(next); a.status != 200 {
		t.Errorf("the new address: %d", a.status)
	}
	if a := v.post("/account/calendar/end", nil); a.status != 303 {
		t.Errorf("taken back: %d", a.status)
	}
	if a := s.stranger().get(next); a.status != 404 {
		t.Errorf("after it was taken back: %d", a.status)
	}
	if a := s.as("chief").get("/audit"); !strings.Contains(a.body, "做了日历地址") || !strings.Contains(a.body, "作废了日历地址") {
		t.Error("it is not on record")
	}
}

func TestACalendarEndsWithTheAccountAndIsNotAskedTooOften(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	m := feedAddress.FindStringSubmatch(s.as("rep").post("/account/calendar", nil).body)
	if m == nil {
		t.Fatal("no address")
	}
	path := "/calendar/" + m[1] + ".ics"
	if a := s.stranger().get(path); a.status != 200 || len(entries(t, a.body)) != 0 {
		t.Fatalf("a day without anything: %d", a.status)
	}
	u, err := s.User(ctx, s.As(t, s.Admin).Scope(policy.UserRead), s.RepWest)
	if err != nil {
		t.Fatal(err)
	}
	in := db.UserInput{Username: u.Username, Name: u.Name, BranchID: u.BranchID, JoinedOn: u.JoinedOn, Grants: u.Grants, Disabled: true}
	if err := s.UpdateUser(ctx, s.As(t, s.Admin), s.RepWest, u.Version, in); err != nil {
		t.Fatal(err)
	}
	if a := s.stranger().get(path); a.status != 404 {
		t.Errorf("of a closed account: %d", a.status)
	}
	over := 0
	for range 70 {
		if a := s.stranger().get(path); a.status == http.StatusTooManyRequests && a.head.Get("Retry-After") != "" {
			over++
		}
	}
	if over == 0 {
		t.Error("an address may be asked for ever")
	}
	s.Clock.Move(2 * time.Minute)
	if a := s.stranger().get(path); a.status != 404 {
		t.Errorf("two minutes later: %d", a.status)
	}
}

var countLink = regexp.MustCompile(`<td role="cell" class="num r" data-label="(要问候|已问候|不问候|还没问候|客户|又发件)"><a href="([^"]+)">(\d+)</a>`)

// followed opens every figure of a page that is a link, and holds that the list
// behind it says the same number.
func (v *visitor) followed(page string, said *regexp.Regexp) int {
	v.s.t.Helper()
	a := v.get(page)
	if a.status != 200 {
		v.s.t.Fatalf("%s: %d to %q", page, a.status, a.to())
	}
	n := 0
	for _, m := range countLink.FindAllStringSubmatch(a.body, -1) {
		n++
		list := v.get(html.UnescapeString(m[2]))
		got := said.FindStringSubmatch(list.body)
		if list.status != 200 || got == nil || got[1] != m[3] {
			v.s.t.Errorf("%s: %s is %s, its list %s says %v (%d)", page, m[1], m[3], html.UnescapeString(m[2]), got, list.status)
		}
	}
	return n
}

func TestFiguresOfGreetingsOpenTheirLists(t *testing.T) {
	s := newSite(t)
	ctx, boss := context.Background(), s.As(t, s.BossWest)
	s.Clock.Set(time.Date(2026, 9, 18, 1, 0, 0, 0, time.UTC))
	var bills []db.Waybill
	for i := range 44 {
		customer, err := s.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: s.West, Name: "第" + strconv.Itoa(i) + "家公司", Class: []string{"A", "B"}[i/40], OwnerID: s.RepWest})
		if err != nil {
			t.Fatal(err)
		}
		contact, err := s.SaveContact(ctx, boss, db.Submission{}, db.Contact{CustomerID: customer, Name: "王建国"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.RecordConsent(ctx, boss, db.Consent{CustomerID: customer, ContactID: contact, Purpose: consent.Festival, State: consent.Given, Source: "phone", Day: "2026-09-18"}); err != nil {
			t.Fatal(err)
		}
		for k, on := range []string{"2026-09-10", "2026-09-30"} {
			if i%3 > 0 || k == 0 {
				bills = append(bills, db.Waybill{Number: "F" + strconv.Itoa(i) + strconv.Itoa(k), BranchID: s.West, CustomerID: customer, SentDay: on, SentAt: day.MustParse(on).Time().UnixMilli(), Pieces: 2, Freight: 1500, State: waybill.Signed})
			}
		}
	}
	if _, err := s.LoadWaybills(ctx, policy.SystemActor("test"), slices.Values(bills), nil); err != nil {
		t.Fatal(err)
	}
	if n, err := s.SweepGreetings(ctx, policy.SystemActor("test"), day.MustParse("2026-09-18")); err != nil || n != 44 {
		t.Fatalf("%d made, %v", n, err)
	}
	list, _, err := s.Greetings(ctx, boss, db.GreetingFilter{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range list {
		switch {
		case i%2 == 0:
			err = s.DoGreeting(ctx, boss, g.ID, g.Version, db.GreetingDoneAs{By: "call", Spent: 1000})
		case i == 1:
			err = s.SkipGreeting(ctx, boss, g.ID, g.Version, "本人不要")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	s.Clock.Set(dbtest.Start)
	v := s.as("boss")
	greetings, clients := regexp.MustCompile(`共 (\d+) 位`), regexp.MustCompile(`共 (\d+) 位客户`)
	if n := v.followed("/greetings/coverage?year=2026", greetings); n < 18 {
		t.Errorf("%d figures opened", n)
	}
	if n := v.followed("/greetings/coverage?year=2026&month=9&occasion=mid_autumn", greetings); n < 18 {
		t.Errorf("%d figures of a month opened", n)
	}
	if n := v.followed("/greetings/calendar?month=2026-09", greetings); n != 3 {
		t.Errorf("%d figures of the calendar opened", n)
	}
	page := v.get("/greetings/coverage?year=2026")
	for _, want := range []string{"220.00", "客户运费", "按月", "2026-09", "2026-10", "电话", "沈雨桐", "周明慧"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("%q is missing among the figures", want)
		}
	}
	figures := bookRows(t, v.get("/greetings/coverage/export?year=2026").body, "问候到了多少")
	if len(figures) < 10 || figures[0][0] != "表" || len(figures[0]) != 12 {
		t.Errorf("the workbook of figures: %v", figures)
	}
	sums := map[string]float64{}
	for _, row := range figures[1:] {
		n, err := strconv.ParseFloat(row[2], 64)
		if err != nil {
			t.Fatal(row, err)
		}
		sums[row[0]] += n
	}
	if sums["按分级"] == 0 || sums["按分级"] != sums["按网点"] || sums["按分级"] != sums["按月"] || sums["按分级"] != sums["按人"] || sums["按怎么问候的"] == 0 {
		t.Errorf("the tables of the workbook do not add up: %v", sums)
	}
	s.run([]scenario{
		{"a rep exports no figures", "rep", "", "/greetings/coverage/export?year=2026", nil, 403, nil, nil},
		{"a month of them", "boss", "", "/greetings/coverage?year=2026&month=9", nil, 200, []string{"/greetings/coverage/export?month=9&amp;year=2026"}, nil},
		{"the export is on record", "admin", "", "/audit?act=greetings.coverage.export", nil, 200, []string{"导出问候到了多少"}, nil},
	})
	one := "/greetings/response?occasion=mid_autumn&from=2026-09-25"
	if n := v.followed(one, clients); n != 6 {
		t.Errorf("%d figures of the comparison opened", n)
	}
	s.run([]scenario{
		{"a stranger", "", "", "/greetings/response", nil, 303, []string{"/login"}, nil},
		{"a courier", "courier", "", "/greetings/response", nil, 403, nil, nil},
		{"past occasions", "boss", "", "/greetings/response", nil, 200, []string{"中秋节", "2026-09-25", "国庆节", "看结果", "同一个网点"}, nil},
		{"one of them", "boss", "", one, nil, 200, []string{"又发件；没有问候的相像客户", "问候过的客户", "相像客户折算成一样多"}, []string{"客户太少，不下结论"}},
		{"another branch has none", "boss2", "", "/greetings/response", nil, 200, []string{"还没有问候过"}, []string{"中秋节"}},
		{"and opens none", "boss2", "", one, nil, 404, nil, []string{"第1家公司"}},
		{"an occasion that is none", "boss", "", "/greetings/response?occasion=easter&from=2026-09-25", nil, 404, nil, nil},
		{"a rep exports nothing", "rep", "", strings.Replace(one, "response?", "response/export?", 1), nil, 403, nil, nil},
	})
	book := v.get(strings.Replace(one, "response?", "response/export?", 1))
	read, err := sheet.OpenReader(strings.NewReader(book.body), int64(len(book.body)), sheet.Options{})
	if err != nil {
		t.Fatalf("the workbook: %d, %v", book.status, err)
	}
	rows := 0
	for _, err := range read.Rows(ctx, "问候以后") {
		if err != nil {
			t.Fatal(err)
		}
		rows++
	}
	// Of a part of them, too, it says who has like clients on the other side.
	part := v.get(strings.Replace(one, "response?", "response/export?", 1) + "&list=matched")
	if read, err = sheet.OpenReader(strings.NewReader(part.body), int64(len(part.body)), sheet.Options{}); err != nil {
		t.Fatalf("the workbook of a part: %d, %v", part.status, err)
	}
	matched := 0
	for row, err := range read.Rows(ctx, "问候以后") {
		if err != nil {
			t.Fatal(err)
		}
		if len(row.Cells) > 6 && row.Cells[4].Text == "是" && row.Cells[5].Text == "是" {
			matched++
		} else if len(row.Cells) > 6 && row.Cells[5].Text == "否" {
			t.Errorf("one that was matched is said not to be: %v", row.Cells)
		}
	}
	if matched < 10 {
		t.Errorf("%d matched ones in the workbook of a part", matched)
	}
	if a := v.get(one + "&list=greeted&after=9223372036854775807"); a.status != 200 {
		t.Errorf("a page beyond all: %d", a.status)
	}
	if rows < 41 || rows > 46 { // the clients of the greeted classes, the heads, the mark
		t.Errorf("%d rows in the workbook", rows)
	}
	if a := s.as("chief").get("/audit"); !strings.Contains(a.body, "导出问候以后的客户") {
		t.Error("the export is not on record")
	}
	// Before its days are over an occasion is not judged.
	s.Clock.Set(time.Date(2026, 10, 24, 1, 0, 0, 0, time.UTC))
	s.run([]scenario{
		{"too early", "boss", "", "/greetings/response", nil, 200, []string{"还没满 30 天"}, []string{">看结果<"}},
		{"asked for all the same", "boss", "", one, nil, 404, nil, nil},
	})
}

const notice2027 = "一、元旦：1月1日（周五）至3日（周日）放假，共3天。\n二、春节：2月5日至11日放假调休，共7天。2月13日（周六）上班。\n三、清明节：4月3日至5日放假，共3天。\n四、劳动节：5月1日至5日放假调休，共5天。5月8日（周六）上班。\n" +
	"五、端午节：6月9日（周三）放假1天，不调休。\n六、中秋节：9月15日（周三）放假1天。\n七、国庆节：10月1日至7日放假调休，共7天。10月9日（周六）上班。"

func TestALaterYearsHolidaysAreEnteredFromTheNotice(t *testing.T) {
	s := newSite(t)
	form := func(text string, more ...string) url.Values {
		v := url.Values{"year": {"2027"}, "text": {text}, "reason": {"国办通知"}, "read": {"0"}}
		for i := 0; i < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return v
	}
	s.run([]scenario{
		{"a stranger", "", "", "/rules/holidays", nil, 303, []string{"/login"}, nil},
		{"a courier", "courier", "", "/rules/holidays", nil, 403, nil, nil},
		{"a branch reads it", "boss", "", "/rules/holidays", nil, 200, []string{"2027 年的放假安排未公布", "程序自带"}, []string{`name="text"`}},
		{"and enters nothing", "boss", http.MethodPost, "/rules/holidays", form(notice2027), 403, nil, nil},
		{"a shipped year", "admin", "", "/rules/holidays?year=2026", nil, 200, []string{"国庆节", "2026-10-01", "2026-10-10", `name="text"`}, nil},
		{"nothing typed", "admin", http.MethodPost, "/rules/holidays", form(""), 422, []string{"请填写"}, nil},
		{"a year far off", "admin", http.MethodPost, "/rules/holidays", form(notice2027, "year", "2050"), 422, []string{"请选一个"}, nil},
		{"the notice of another year", "admin", http.MethodPost, "/rules/holidays", form(notice2027, "year", "2026"), 422, []string{"是不是别的年份的通知"}, nil},
		{"without National Day", "admin", http.MethodPost, "/rules/holidays", form(strings.SplitN(notice2027, "七、", 2)[0]), 422, []string{"少了国庆节（2027-10-01 周五）", "五、端午节"}, nil},
		{"looked at first", "admin", http.MethodPost, "/rules/holidays", form(notice2027, "preview", "1", "reason", ""), 200, []string{"读出来的安排", "2027-02-13 周六", "未公布"}, nil},
		{"saved without a reason", "admin", http.MethodPost, "/rules/holidays", form(notice2027, "reason", ""), 422, []string{"请填写"}, nil},
		{"nothing was kept so far", "boss", "", "/rules/holidays", nil, 200, []string{"2027 年的放假安排未公布"}, nil},
		{"saved", "admin", http.MethodPost, "/rules/holidays", form(notice2027), 303, []string{"/rules/holidays?year=2027"}, nil},
		{"saved by who read the old one", "admin", http.MethodPost, "/rules/holidays", form(notice2027), 422, []string{"刚才有人设了新版本"}, nil},
		{"in force", "boss", "", "/rules/holidays?year=2027", nil, 200, []string{"公司录入", "2027-02-05", "国办通知", "2027 年放假 27 天、调休上班 3 天"}, []string{"2027 年的放假安排未公布"}},
		{"corrected with a reason", "admin", http.MethodPost, "/rules/holidays", form(strings.Replace(notice2027, "2月13日（周六）上班", "2月14日（周日）上班", 1), "read", "1", "reason", "更正"), 303, nil, nil},
		{"both versions stand", "boss", "", "/rules/holidays?year=2027", nil, 200, []string{"2027-02-14", "更正", "国办通知"}, []string{"2027-02-13"}},
		{"among the settings", "admin", "", "/settings", nil, 200, []string{"放假安排", "2027 年放假 27 天"}, nil},
	})
}

func TestADayOfOurOwnHasItsOwnWords(t *testing.T) {
	s := newSite(t)
	words := url.Values{"key": {"own-words"}, "occasion": {"own_1"}, "channel": {"wechat"}, "tone": {"warm"}, "body": {"{称呼}您好，今天是{节日}，谢谢您一路同行。"}}
	s.run([]scenario{
		{"before there is one", "chief", http.MethodPost, "/templates", words, 422, nil, nil},
		{"the day is added", "chief", http.MethodPost, "/rules/occasions", url.Values{"name": {"司庆"}, "mood": {"joyful"}, "calendar": {"solar"}, "month": {"12"}, "day": {"8"}, "reason": {"周年"}, "read": {"0"}}, 303, nil, nil},
		{"it can be chosen", "chief", "", "/templates/new", nil, 200, []string{`<option value="own_1">司庆</option>`}, nil},
		{"looked at", "chief", http.MethodPost, "/templates/preview", words, 200, []string{"今天是司庆"}, nil},
		{"saved", "chief", http.MethodPost, "/templates", words, 303, []string{"/templates"}, nil},
		{"listed by its name", "boss", "", "/templates?occasion=own_1", nil, 200, []string{"司庆", "谢谢您一路同行"}, []string{"own_1</"}},
	})
}

func TestAFoundingDayIsTypedShownAndChecked(t *testing.T) {
	s := newSite(t)
	form := func(change ...string) url.Values {
		v := url.Values{"key": {"f1"}, "name": {"百年老店有限公司"}, "kind": {"enterprise"}, "phone": {"13800002001"}, "branch": {id(s.West)}, "founded_on": {"1986-05-04"}}
		for i := 0; i < len(change); i += 2 {
			v.Set(change[i], change[i+1])
		}
		return v
	}
	rep := s.as("rep")
	if a := rep.post("/customers", form("founded_on", "2026-12-31", "key", "f0")); a.status != 422 || !strings.Contains(a.body, "2026-12-31") {
		t.Errorf("founded in the future: %d", a.status)
	}
	made := rep.post("/customers", form())
	if made.status != 303 {
		t.Fatalf("%d\n%s", made.status, excerpt(made.body))
	}
	if a := rep.get(made.to()); !strings.Contains(a.body, "成立日期") || !strings.Contains(a.body, "1986-05-04") {
		t.Error("the page does not show it")
	}
	if a := rep.get(made.to() + "/edit"); !strings.Contains(a.body, `value="1986-05-04"`) {
		t.Error("the form does not hold it")
	}
	if a := rep.post(made.to(), form("founded_on", "1987-05-04", "version", "1")); a.status != 303 {
		t.Fatalf("changed: %d\n%s", a.status, excerpt(a.body))
	}
	if a := s.as("boss").get(made.to() + "/history"); !strings.Contains(a.body, "1987-05-04") || !strings.Contains(a.body, "1986-05-04") {
		t.Error("the history does not say it")
	}
}

func TestACopyTellsOfGreetings(t *testing.T) {
	s := newSite(t)
	ctx, boss := context.Background(), s.As(t, s.BossWest)
	customer, contact := asked(s, "鹮鹳纺织", "欧阳鹮")
	if _, err := s.RecordConsent(ctx, boss, db.Consent{CustomerID: customer, ContactID: contact, Purpose: consent.Festival, State: consent.Given, Source: "phone", Day: "2026-11-01"}); err != nil {
		t.Fatal(err)
	}
	c, err := s.Customer(ctx, boss.Scope(policy.CustomerRead), customer)
	if err != nil {
		t.Fatal(err)
	}
	c.Class, c.ClassReason = "A", "常发件"
	if err := s.UpdateCustomer(ctx, boss, c); err != nil {
		t.Fatal(err)
	}
	if n, err := s.SweepGreetings(ctx, policy.SystemActor("test"), day.MustParse("2026-12-26")); err != nil || n != 1 {
		t.Fatalf("%d made, %v", n, err)
	}
	g, _, err := s.Greetings(ctx, boss, db.GreetingFilter{})
	if err != nil || len(g) != 1 {
		t.Fatal(g, err)
	}
	if err := s.DoGreeting(ctx, boss, g[0].ID, g[0].Version, db.GreetingDoneAs{By: "gift", Result: "当面收下，很高兴"}); err != nil {
		t.Fatal(err)
	}
	v := s.as("boss")
	page := v.post("/requests", url.Values{"customer": {id(customer)}, "contact": {id(contact)}, "kind": {"copy"}, "channel": {"wechat"}, "received": {"2026-11-21"}, "asked": {"要一份"}}).to()
	a := v.post(page+"/copy", url.Values{})
	book, err := sheet.OpenReader(strings.NewReader(a.body), int64(len(a.body)), sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for row, err := range book.Rows(ctx, "个人信息副本") {
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range row.Cells {
			text += c.Text + "|"
		}
		text += "\n"
	}
	for _, want := range []string{"节日慰问", "元旦", "礼品；当面收下，很高兴", "2027-01-01"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the copy:\n%s", want, text)
		}
	}
}

// bookRows are the cells of a workbook's sheet as text.
func bookRows(t *testing.T, body, name string) (out [][]string) {
	t.Helper()
	read, err := sheet.OpenReader(strings.NewReader(body), int64(len(body)), sheet.Options{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for row, err := range read.Rows(context.Background(), name) {
		if err != nil {
			t.Fatal(err)
		}
		var cells []string
		for _, c := range row.Cells {
			if c.Kind == sheet.Number {
				c.Text = strconv.FormatFloat(c.Num, 'f', -1, 64)
			}
			cells = append(cells, c.Text)
		}
		out = append(out, cells)
	}
	return out
}
