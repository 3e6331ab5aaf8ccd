package handlers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"yike/db"
	"yike/handlers"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/mask"
)

// aBusiness gives both branches parcels of the months before the clock's.
func aBusiness(t *testing.T, s *site) {
	t.Helper()
	ctx := context.Background()
	client, err := s.DB.CreateCustomer(ctx, s.As(t, s.Admin), db.Submission{}, db.Customer{BranchID: s.West, Name: "松果母婴", OwnerID: s.RepWest})
	if err != nil {
		t.Fatal(err)
	}
	var items []db.Waybill
	n := 0
	for m := range 15 {
		on := day.MustParse("2026-11-02").AddMonths(-m).String()
		for j, of := range []db.Waybill{
			{BranchID: s.West, CustomerID: client, BoundBy: "name", Province: "330000", City: "330100", Product: "standard", State: "signed", Pieces: 1, Freight: 1200},
			{BranchID: s.West, Province: "440000", City: "440300", Product: "express", State: "moving", Pieces: 2, Freight: 3300},
			{BranchID: s.East, State: "cancelled", Pieces: 1, Freight: 500},
		} {
			for range 1 + (m+j)%3 {
				n++
				of.Number, of.SentDay, of.SentAt, of.Payment, of.Weight = fmt.Sprintf("3026%010d", n), on, day.MustParse(on).Time().UnixMilli(), "monthly", 1000
				items = append(items, of)
			}
		}
	}
	if _, err := s.DB.LoadWaybills(ctx, policy.SystemActor("test"), slices.Values(items), nil); err != nil {
		t.Fatal(err)
	}
}

func TestReportsAreForWhoSeesWhatTheyCount(t *testing.T) {
	s := newSite(t)
	aBusiness(t, s)
	s.run([]scenario{
		{"a stranger", "", "", "/reports", nil, 303, []string{"/login"}, nil},
		{"a courier", "courier", "", "/reports", nil, 403, nil, nil},
		{"a courier, of the business", "courier", "", "/reports/business", nil, 403, nil, nil},
		{"the manager's shelves", "boss", "", "/reports", nil, 200, []string{"业务量", "/reports/business", "/cases/figures", "/satisfaction/value", "/receivables", "/users"}, nil},
		{"a rep's", "rep", "", "/reports", nil, 200, []string{"/reports/business", "/core"}, []string{`class="rep-list"><li><a href="/users"`}},
		{"the business of a branch", "boss", "", "/reports/business", nil, 200, []string{"件量和运费", "2026-05 到 2026-10", `data-chart="rep-pieces-data"`, "浙江省", "寄往各省的件量", "签收率"}, []string{"城东网点"}},
		{"of the region, beside another branch", "region", "", "/reports/business?branch=" + id(s.West) + "&with=" + id(s.East), nil, 200, []string{"城东网点的运费"}, nil},
		{"of its own clients only", "rep", "", "/reports/business", nil, 200, []string{"按月"}, []string{"按产品", "寄往各省的件量"}},
		{"nobody's clients", "rep2", "", "/reports/business", nil, 200, []string{"这几个月没有运单"}, []string{"按月</"}},
		{"another branch by its id", "boss", "", "/reports/business?branch=" + id(s.East), nil, 200, []string{"这几个月没有运单"}, nil},
		{"a month that is not over says so", "boss", "", "/reports/business?from=2026-11&to=2026-11", nil, 200, []string{"2026-11 还没过完"}, nil},
		{"nonsense in the address", "boss", "", "/reports/business?from=x&to=9999-99&branch=q&with=z", nil, 200, []string{"2026-05 到 2026-10"}, nil},
		{"the workbook", "boss", "", "/reports/business/export", nil, 200, []string{"xl/worksheets"}, nil},
		{"no workbook for a rep", "rep", "", "/reports/business/export", nil, 403, nil, nil},
	})
}

var reportLinks = regexp.MustCompile(`<a class="d-b" href="([^"]*)">([\d,]+)</a>`)

// opensAsMany opens each number of a report and asks whether the list has as many.
func opensAsMany(t *testing.T, v *visitor, path, unit string, least int) {
	t.Helper()
	seen := 0
	for _, m := range reportLinks.FindAllStringSubmatch(v.get(path).body, -1) {
		href := strings.ReplaceAll(m[1], "&amp;", "&")
		if body := v.get(href).body; !strings.Contains(body, "共 "+m[2]+" "+unit) {
			t.Errorf("%s does not list %s", href, m[2])
		}
		seen++
	}
	if seen < least {
		t.Errorf("%s: %d numbers, want %d or more", path, seen, least)
	}
}

func TestEachNumberOfTheBusinessOpensAListOfAsMany(t *testing.T) {
	s := newSite(t)
	aBusiness(t, s)
	opensAsMany(t, s.as("region"), "/reports/business?from=2025-12&to=2026-11", "票", 18)
	opensAsMany(t, s.as("boss"), "/reports/business", "票", 11)
	opensAsMany(t, s.as("rep"), "/reports/business?to=2026-11", "票", 7)
}

func TestAMonthlyReportIsIssuedAndKeptAsItWas(t *testing.T) {
	s := newSite(t)
	aBusiness(t, s)
	boss := s.as("boss")
	page := boss.get("/reports/monthly?month=2026-10")
	if page.status != 200 || !strings.Contains(page.body, "城西网点 2026-10 经营月报") || !strings.Contains(page.body, "出这个月的月报") {
		t.Fatalf("%d %s", page.status, excerpt(page.body))
	}
	opensAsMany(t, boss, "/reports/monthly?month=2026-10", "票", 1)
	form := url.Values{"month": {"2026-10"}, "branch": {id(s.West)}, "key": {"issue-once-of-october"}}
	first := boss.post("/reports/monthly", form)
	if first.status != 303 || !strings.HasPrefix(first.to(), "/reports/monthly/") {
		t.Fatalf("issued: %d %s", first.status, first.to())
	}
	if again := boss.post("/reports/monthly", form); again.to() != first.to() {
		t.Errorf("the same form issued another report: %s and %s", first.to(), again.to())
	}
	kept := boss.get(first.to()).body
	for _, want := range []string{"第 1 版", "周明慧", "件量", "制表"} {
		if !strings.Contains(kept, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	// Parcels that come later change the figures of now, not those that were issued.
	if _, err := s.DB.LoadWaybills(context.Background(), policy.SystemActor("test"), slices.Values([]db.Waybill{{Number: "30269999999999", BranchID: s.West, SentDay: "2026-10-30", SentAt: day.MustParse("2026-10-30").Time().UnixMilli(),
		Pieces: 500, Freight: 1, Weight: 1, Payment: "monthly", Province: "330000", State: "signed"}}), nil); err != nil {
		t.Fatal(err)
	}
	table := regexp.MustCompile(`(?s)<table.*</table>`)
	if now := boss.get(first.to()).body; table.FindString(now) != table.FindString(kept) || table.FindString(kept) == "" {
		t.Error("an issued report changed")
	}
	if !strings.Contains(boss.get("/reports/monthly?month=2026-10").body, ">50") {
		t.Error("the report of now does not count the new parcels")
	}
	form.Set("key", "issue-again-of-october")
	second := boss.post("/reports/monthly", form)
	if body := boss.get(second.to()).body; !strings.Contains(body, "第 2 版") {
		t.Error("issued anew it is no second version")
	}
	s.run([]scenario{
		{"a stranger", "", "", first.to(), nil, 303, []string{"/login"}, nil},
		{"a courier", "courier", "", first.to(), nil, 403, nil, nil},
		{"a rep, who sees single clients", "rep", "", first.to(), nil, 404, nil, nil},
		{"a rep, the one of now", "rep", "", "/reports/monthly", nil, 404, nil, nil},
		{"another branch's manager", "boss2", "", first.to(), nil, 404, nil, nil},
		{"another branch's manager, by its id", "boss2", "", "/reports/monthly?branch=" + id(s.West), nil, 404, nil, nil},
		{"the region reads it", "region", "", first.to(), nil, 200, []string{"第 1 版"}, nil},
		{"a clerk reads it", "clerk", "", first.to(), nil, 200, []string{"第 1 版"}, []string{"/export"}},
		{"of a month that is not over none is issued", "boss", "POST", "/reports/monthly", changed(form, "month", "2026-11", "key", "issue-of-november"), 400, nil, nil},
		{"a key that is none", "boss", "POST", "/reports/monthly", changed(form, "key", "x"), 400, nil, nil},
		{"a clerk issues none", "clerk", "POST", "/reports/monthly", form, 403, nil, nil},
		{"another branch's manager issues none of this one", "boss2", "POST", "/reports/monthly", form, 404, nil, nil},
		{"the workbook", "boss", "", first.to() + "/export", nil, 200, []string{"xl/worksheets"}, nil},
		{"of a month that is not over the one before is shown", "boss", "", "/reports/monthly?month=2026-11", nil, 200, []string{"2026-10 经营月报"}, nil},
		{"a report that is none", "boss", "", "/reports/monthly/7", nil, 404, nil, nil},
	})
}

func TestAReportThatMayNotLeaveLeadsBackToItsPage(t *testing.T) {
	s := newSite(t)
	aBusiness(t, s)
	rule := mask.DefaultRule()
	rule.Caps[string(policy.BranchManager)] = mask.Caps{Rows: 3}
	value, err := json.Marshal(rule)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SetRule(t.Context(), s.As(t, s.Chief), policy.PrivacyEdit, db.RuleRow{Rule: db.RulePrivacy, ValidFrom: db.Day(s.Now()), Value: string(value), Reason: "试"}); err != nil {
		t.Fatal(err)
	}
	v := s.as("boss")
	for _, path := range []string{"/reports/business/export?from=2026-09&to=2026-10"} {
		if a := v.get(path); a.status != 303 || strings.Contains(a.to(), "/export") || !strings.Contains(a.to(), "from=2026-09") {
			t.Errorf("%s: %d %s", path, a.status, a.to())
		}
	}
}

// A share in the workbook is the one that the page shows.
func TestAShareIsRoundedAlikeOnThePageAndInTheWorkbook(t *testing.T) {
	for _, x := range [][2]int64{{2, 3}, {1, 3}, {1999, 2000}, {0, 7}, {7, 7}} {
		text, n := handlers.ShareCell(x[0], x[1])
		if want := strconv.FormatFloat(n, 'f', 1, 64) + "%"; text != want {
			t.Errorf("%d of %d: %s on the page, %s in the workbook", x[0], x[1], text, want)
		}
	}
}
