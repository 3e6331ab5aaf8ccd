package app

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestMemoryIsGivenBackOnceAfterEachTimeOfWork(t *testing.T) {
	at := func(seconds int) time.Time { return time.Unix(1_800_000_000+int64(seconds), 0) }
	var r rest
	r.work(at(0))
	for _, c := range []struct {
		name   string
		before func()
		now    int
		want   bool
	}{
		{"not while it may go on", nil, 59, false},
		{"after a minute", nil, 60, true},
		{"but once", nil, 75, false},
		{"and not for hours", nil, 9000, false},
		{"nor soon after the next request", func() { r.begin(); r.end(at(9010)) }, 9030, false},
		{"but a minute after it", nil, 9070, true},
		{"not beside a request that takes long", func() { r.begin() }, 9300, false},
		{"not right when it has ended", func() { r.end(at(9301)) }, 9310, false},
		{"a minute later it is", nil, 9400, true},
		{"after a task, too", func() { r.work(at(9500)) }, 9600, true},
	} {
		if c.before != nil {
			c.before()
		}
		if got := r.due(at(c.now)); got != c.want {
			t.Errorf("%s: %t at second %d", c.name, got, c.now)
		}
	}
}

func TestAMonitorDoesNotKeepTheProgramAwake(t *testing.T) {
	var r rest
	inside := 0
	h := r.watched(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inside = r.busy }))
	for path, busy := range map[string]int{"/healthz": 0, "/readyz": 0, "/customers": 1} {
		inside = -1
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
		if inside != busy {
			t.Errorf("%s counts as %d requests in hand, want %d", path, inside, busy)
		}
	}
	if r.busy != 0 || r.at.IsZero() {
		t.Errorf("after all of them %d requests are in hand, last at %v", r.busy, r.at)
	}
}
