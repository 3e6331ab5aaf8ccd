package notify

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"yike/internal/notify/notifytest"
)

var fixed = func() time.Time { return time.Date(2026, 9, 25, 9, 0, 0, 0, time.UTC) }

// local lets tests reach their own servers.
var local = Guard{Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}}

func TestOnlyPublicAddressesAreDialled(t *testing.T) {
	for _, c := range []struct {
		addr string
		may  bool
	}{
		{"8.8.8.8", true}, {"114.114.114.114", true}, {"2400:3200::1", true},
		{"127.0.0.1", false}, {"127.9.9.9", false}, {"::1", false}, {"0.0.0.0", false}, {"::", false}, {"10.1.2.3", false}, {"172.16.0.1", false}, {"172.31.255.255", false},
		{"192.168.1.1", false}, {"169.254.169.254", false}, {"fe80::1", false}, {"fd00::1", false}, {"fec0::1", false}, {"100.64.0.1", false}, {"224.0.0.1", false}, {"255.255.255.255", false},
		{"::ffff:127.0.0.1", false}, {"::ffff:10.0.0.1", false}, {"::127.0.0.1", false}, {"64:ff9b::7f00:1", false}, {"64:ff9b::a00:1", false}, {"2002:7f00:1::", false}, {"2001:0:7f00:1::", false},
		{"198.18.0.1", false}, {"192.0.2.1", false}, {"2001:db8::1", false},
	} {
		if got := (Guard{}).May(netip.MustParseAddr(c.addr)); got != c.may {
			t.Errorf("%s: %v", c.addr, got)
		}
	}
	g := Guard{Allowed: []netip.Prefix{netip.MustParsePrefix("10.1.2.0/24")}}
	if !g.May(netip.MustParseAddr("::ffff:10.1.2.3")) || g.May(netip.MustParseAddr("10.1.3.3")) {
		t.Error("an allowed range is that range and no other")
	}
}

func TestANameThatLeadsInsideIsNotFollowed(t *testing.T) {
	asked := false
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	for _, host := range []string{"localhost", "127.0.0.1", "[::ffff:127.0.0.1]"} {
		g := Gateway{URL: "https://" + host + ":" + port, Now: fixed}
		if got := g.Send(context.Background(), []Message{{Key: "k"}}); got[0].State != Refused || got[0].Said != ErrAddress.Error() {
			t.Errorf("%s: %+v", host, got[0])
		}
	}
	if asked {
		t.Error("the server was asked")
	}
}

// gatewayAt serves a gateway over TLS that answers as the test says.
func gatewayAt(t *testing.T, answer http.HandlerFunc) Gateway {
	t.Helper()
	server := httptest.NewTLSServer(answer)
	t.Cleanup(server.Close)
	return Gateway{URL: server.URL, Account: "yike", Secret: "a secret", Sign: "驿客", End: "拒收请回复R", Guard: local, Now: fixed,
		tune: func(tr *http.Transport) {
			tr.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig
		}}
}

var three = []Message{{Key: "a", To: "13800000001", Text: "您好"}, {Key: "b", To: "13800000002", Text: "您好"}, {Key: "c", To: "13800000003", Text: "您好"}}

func TestAGatewayTakesHalfABatch(t *testing.T) {
	g := gatewayAt(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if got := r.Header.Get("X-Yike-Signature"); got != hex.EncodeToString(mac("a secret", r.Header.Get("X-Yike-Time")+"\n"+string(body))) {
			t.Errorf("signature %s", got)
		}
		var in struct {
			Account  string
			Messages []gatewayMessage
		}
		if err := json.Unmarshal(body, &in); err != nil || in.Account != "yike" || len(in.Messages) != 3 || in.Messages[1].Text != "您好拒收请回复R" || in.Messages[1].Sign != "驿客" || in.Messages[1].Phone != "13800000002" {
			t.Errorf("%v %s", err, body)
		}
		fmt.Fprint(w, `{"results":[{"key":"a","ok":true,"id":"R1"},{"key":"c","ok":false,"code":"black list"}]}`)
	})
	got := g.Send(context.Background(), three)
	if got[0].State != Sent || got[0].ID != "R1" || got[1].State != Later || got[2].State != Refused || got[2].Said != "black list" {
		t.Errorf("%+v", got)
	}
}

// A redirect leads nowhere, even to where one might go: what was signed for one
// place is sent to no other.
func TestARedirectIsNotFollowed(t *testing.T) {
	asked := 0
	other := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer other.Close()
	for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		g := gatewayAt(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, status) })
		tune := g.tune
		g.tune = func(tr *http.Transport) {
			tune(tr)
			pool := tr.TLSClientConfig.RootCAs.Clone()
			pool.AddCert(other.Certificate())
			tr.TLSClientConfig = tr.TLSClientConfig.Clone()
			tr.TLSClientConfig.RootCAs = pool
		}
		if got := g.Send(context.Background(), three); got[0].State != Refused || got[0].Said != fmt.Sprintf("HTTP %d", status) {
			t.Errorf("%d: %+v", status, got[0])
		}
	}
	if asked > 0 {
		t.Errorf("the other place was asked %d times", asked)
	}
}

func TestWhatAGatewaysAnswerIsWorth(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		want   State
	}{
		{"busy", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "120"); w.WriteHeader(429) }, Later},
		{"down", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, Later},
		{"the key is wrong", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, Later},
		{"it broke while it worked", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, Unsure},
		{"a bad request", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) }, Refused},
		{"a redirect is not followed", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://169.254.169.254/", http.StatusFound)
		}, Refused},
		{"no JSON", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>OK") }, Unsure},
		{"cut off after the request", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			conn, _, _ := w.(http.Hijacker).Hijack()
			conn.Close()
		}, Unsure},
		{"half an answer", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "999")
			fmt.Fprint(w, `{"results":[`)
		}, Unsure},
	} {
		got := gatewayAt(t, c.answer).Send(context.Background(), three)
		for _, o := range got {
			if o.State != c.want {
				t.Errorf("%s: %+v", c.name, o)
			}
		}
		if c.name == "busy" && got[0].After != 2*time.Minute {
			t.Errorf("patience: %v", got[0].After)
		}
	}
	g := gatewayAt(t, func(http.ResponseWriter, *http.Request) {})
	g.URL = "https://127.0.0.1:1/"
	if got := g.Send(context.Background(), three); got[0].State != Later {
		t.Errorf("nobody listens: %+v", got[0])
	}
	hold := make(chan struct{})
	slow := gatewayAt(t, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-hold })
	defer close(hold)
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	if got := slow.Send(ctx, three); got[0].State != Unsure {
		t.Errorf("an answer that never comes: %+v", got[0])
	}
}

func TestRobotsAreSignedEachInItsWay(t *testing.T) {
	for _, c := range []struct {
		kind, secret, answer string
		want                 State
	}{
		{"wecom", "", `{"errcode":0,"errmsg":"ok"}`, Sent}, {"wecom", "", `{"errcode":93000,"errmsg":"invalid webhook"}`, Refused}, {"wecom", "", `{"errcode":45009}`, Later},
		{"dingtalk", "key", `{"errcode":0}`, Sent}, {"feishu", "key", `{"code":0,"msg":"success"}`, Sent}, {"feishu", "key", `{"code":19021,"msg":"sign"}`, Refused}, {"feishu", "", `{}`, Unsure},
	} {
		var query, body string
		server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			query, body = r.URL.RawQuery, string(b)
			fmt.Fprint(w, c.answer)
		}))
		b := Robot{Kind: c.kind, URL: server.URL + "/hook?access_token=t", Secret: c.secret, Guard: local, Now: fixed,
			tune: func(tr *http.Transport) {
				tr.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig
			}}
		got := b.Send(context.Background(), []Message{{Key: "k", Text: "待办 5 件"}})
		server.Close()
		if got[0].State != c.want || !strings.Contains(body, "待办 5 件") || !strings.Contains(query, "access_token=t") {
			t.Errorf("%s %s: %+v %s %s", c.kind, c.answer, got[0], query, body)
		}
		signed := strings.Contains(query, "sign=") || strings.Contains(body, `"sign"`)
		if signed != (c.secret != "") {
			t.Errorf("%s: signed %v", c.kind, signed)
		}
	}
}

// sender is a sender to a server of mail.
func sender(s *notifytest.Mail) Mail {
	return Mail{Host: "127.0.0.1", Port: s.Port, User: "yike", Password: "p", From: "care@example.com", FromName: "驿客", Guard: local, Now: fixed, tls: &tls.Config{RootCAs: s.Pool}}
}

func on(command, answer string) func(string) string {
	return func(c string) string {
		if c == command {
			return answer
		}
		return ""
	}
}

func TestMailBySMTP(t *testing.T) {
	letter := []Message{{Key: "k1", To: "wang@example.com", Subject: "中秋问候\r\nBcc: spy@example.com", Text: "王经理您好\n.\n中秋快乐"}}
	for _, c := range []struct {
		name  string
		say   func(string) string
		want  State
		taken int
	}{
		{"taken", on("", ""), Sent, 1},
		{"no such mailbox", on("RCPT", "550 no such user"), Refused, 0},
		{"greylisted", on("RCPT", "451 later"), Later, 0},
		{"the password is wrong", on("AUTH", "535 no"), Later, 0},
		{"no encryption offered", on("EHLO", "250 test"), Later, 0},
		{"cut before the text", on("DATA", "cut"), Later, 0},
		{"refused after the text", on("END", "554 spam"), Refused, 1},
		{"not now, after the text", on("END", "452 full"), Later, 1},
		{"cut after the text: nobody knows", on("END", "cut"), Unsure, 1},
	} {
		s := notifytest.NewMail(t, c.say)
		got := sender(s).Send(context.Background(), letter)
		taken := s.Taken()
		if got[0].State != c.want || len(taken) != c.taken {
			t.Errorf("%s: %+v, %d taken", c.name, got[0], len(taken))
		}
		if c.name == "taken" {
			head, body, _ := strings.Cut(taken[0], "\r\n\r\n")
			text, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(body, "\r\n", ""))
			if err != nil || string(text) != "王经理您好\r\n.\r\n中秋快乐" {
				t.Errorf("text %q %v", text, err)
			}
			if strings.Contains(head, "\r\nBcc:") || !strings.Contains(head, "To: <wang@example.com>") || !strings.Contains(head, "Message-ID: <") {
				t.Errorf("head %s", head)
			}
			for _, l := range strings.Split(head, "\r\n") {
				if subject, ok := strings.CutPrefix(l, "Subject: "); ok {
					if plain, err := new(mime.WordDecoder).DecodeHeader(subject); err != nil || plain != "中秋问候  Bcc: spy@example.com" {
						t.Errorf("subject %q %v", plain, err)
					}
				}
			}
		}
	}
	// A server that never answers the closing point.
	hold := make(chan struct{})
	s := notifytest.NewMail(t, func(c string) string {
		if c == "END" {
			<-hold
		}
		return ""
	})
	defer close(hold)
	slow := sender(s)
	slow.Within = 2 * time.Second
	if got := slow.Send(context.Background(), letter); got[0].State != Unsure {
		t.Errorf("slow: %+v", got[0])
	}
	// Somebody else's certificate.
	other := notifytest.NewMail(t, on("", ""))
	wrong := sender(other)
	wrong.tls = &tls.Config{}
	if got := wrong.Send(context.Background(), letter); got[0].State != Later || len(other.Taken()) != 0 {
		t.Errorf("a certificate that nobody vouches for: %+v", got[0])
	}
}

func TestAnAddressIsNotToldInAFault(t *testing.T) {
	g := Gateway{URL: "https://127.0.0.1:1/secret-token", Guard: local, Now: fixed}
	if got := g.Send(context.Background(), []Message{{Key: "k"}}); strings.Contains(got[0].Said, "secret-token") {
		t.Errorf("said %q", got[0].Said)
	}
	if got := short(fmt.Errorf("post: %w", errors.New("inner"))); got != "inner" {
		t.Error(got)
	}
}
