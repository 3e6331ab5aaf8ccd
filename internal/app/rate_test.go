package app

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"yike/db"
)

func TestLinksThatNobodyAnswersAreRefused(t *testing.T) {
	t.Parallel()
	cfg := Config{Addr: "127.0.0.1:0", Data: t.TempDir(), Key: db.NewKey(), RateURL: "https://pj.example.com"}
	if _, err := New(context.Background(), cfg); err == nil || !strings.Contains(err.Error(), "请也设 --rate-addr") || !strings.Contains(err.Error(), "needs --rate-addr") {
		t.Errorf("--rate-url alone: %v", err)
	}
	cfg.RateAddr, cfg.RateProxy = "127.0.0.1:0", "10.0.0.0/8, ::1 nobody"
	if _, err := New(context.Background(), cfg); err == nil || !strings.Contains(err.Error(), `"nobody"`) {
		t.Errorf("a proxy that is none: %v", err)
	}
	if got, err := rateProxies("127.0.0.1, 10.0.0.0/8,::ffff:192.0.2.1"); err != nil || len(got) != 3 || got[0].String() != "127.0.0.1/32" || got[2].String() != "192.0.2.1/32" {
		t.Errorf("proxies %v, %v", got, err)
	}
}

// A stranger who sends half an answer and keeps the line open keeps nobody from
// going home.
func TestHalfAnAnswerHoldsNoShutdownUp(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	a, err := New(ctx, Config{Addr: "127.0.0.1:0", Data: t.TempDir(), Key: db.NewKey(), RateAddr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	at := a.in.rates.Addr().String()
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if res, err := http.Get("http://" + at + "/r/x"); err == nil { //nolint:gosec // the address is ours
			_ = res.Body.Close()
			if !res.Close {
				t.Error("a connection is kept for a stranger")
			}
			break
		}
		if time.Now().After(until) {
			t.Fatal("nobody answers")
		}
	}
	line, err := (&net.Dialer{}).DialContext(ctx, "tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	if _, err := line.Write([]byte("POST /r/abc HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nscore=")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond)
	began := time.Now()
	stop()
	select {
	case err = <-ended:
	case <-time.After(20 * time.Second):
		t.Fatal("it does not end")
	}
	if took := time.Since(began); err != nil || took > 10*time.Second {
		t.Errorf("ended after %v: %v", took, err)
	}
}
