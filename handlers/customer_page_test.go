package handlers_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/consent"
	"yike/policy/day"
	"yike/policy/ledger"
)

// mostOfAPage is how many statements the page of fullFile takes at most: there is
// something of nearly everything; with nothing but a file it takes six.
const mostOfAPage = 12

// TestACustomersPageTakesFewStatements: what is there is read at once, and only
// what is there with its rows; the rules are known.
func TestACustomersPageTakesFewStatements(t *testing.T) {
	s := newSite(t)
	at := "/customers/" + s.pinecone()
	boss := s.as("boss")
	count := func(path string, want ...string) int64 {
		t.Helper()
		boss.get(path) // what is kept between requests is there
		var n atomic.Int64
		defer s.TellReads(func(string) { n.Add(1) })()
		a := boss.get(path)
		for _, w := range want {
			if a.status != 200 || !strings.Contains(a.body, w) {
				t.Errorf("%s: %d, without %q", path, a.status, w)
			}
		}
		return n.Load()
	}
	if n := count(at, "松果"); n > 6 {
		t.Errorf("a new file is read in %d statements, want 6", n)
	}
	s.fullFile(at)
	if n := count(at, "松果", "没结的 1 件，今年投诉 1 件", "生日", "一般般", "最近 90 天评了 1 份", "1,000.00", "近 12 个月拜访 1 次"); n > mostOfAPage {
		t.Errorf("a file with something of everything is read in %d statements, want at most %d", n, mostOfAPage)
	}
}

// fullFile hangs something of everything on the file of a page.
func (s *site) fullFile(at string) {
	s.t.Helper()
	ctx, boss, customer := context.Background(), s.As(s.t, s.BossWest), db.ParseID(strings.TrimPrefix(at, "/customers/"))
	contacts, err := s.Contacts(ctx, boss.Scope(policy.CustomerRead), customer)
	if err != nil || len(contacts) == 0 {
		s.t.Fatal("no contact", err)
	}
	_, err1 := s.OpenCase(ctx, boss, db.Submission{}, db.NewCase{Case: db.Case{Kind: casework.Complaint, BranchID: s.West, CustomerID: customer, Caller: "王经理", Channel: casework.Phone, Severity: casework.Minor, Said: "件没到"}})
	_, err2 := s.AddEntry(ctx, boss, db.Submission{}, db.AccountEntry{CustomerID: customer, Kind: ledger.Statement, Day: "2026-08-03", Due: "2026-09-03", Periods: "2026-07", Charged: 100_000})
	_, err3 := s.RecordConsent(ctx, boss, db.Consent{CustomerID: customer, ContactID: contacts[0].ID, Purpose: consent.Birthday, State: consent.Given, Source: "phone", Day: "2026-11-01"})
	_, err4 := s.SweepGreetings(ctx, policy.SystemActor("test"), day.MustParse("2026-11-21"))
	_, err5 := s.LogVisit(ctx, s.As(s.t, s.RepWest), db.Submission{}, db.Visit{CustomerID: customer, Day: "2026-11-20", Mode: "on_site", Learned: "一切正常"})
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		s.t.Fatal(err)
	}
	if a := s.as("rep").post("/ratings/call", url.Values{"customer": {id(customer)}, "score": {"3"}, "comment": {"一般般"}, "solved": {"no"}, "key": {"call-1"}}); a.status != http.StatusSeeOther {
		s.t.Fatalf("rated: %d", a.status)
	}
}
