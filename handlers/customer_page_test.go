package handlers_test

import (
	"strings"
	"sync/atomic"
	"testing"
)

// mostOfAPage is how many statements a customer's page takes when there is
// something of everything that it shows; with nothing but a file it takes six.
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
	if n := count(at, "松果", "件没到", "待办", "慰问", "逾期"); n > mostOfAPage {
		t.Errorf("a file with something of everything is read in %d statements, want at most %d", n, mostOfAPage)
	}
}
