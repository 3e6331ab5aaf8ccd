// Package notifytest serves the other side to tests: a mail server that speaks
// SMTP with TLS, and a gateway for SMS over HTTPS, each of which answers as the
// test says. It is imported by tests only.
package notifytest

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Cut lets a line go dead instead of answering.
const Cut = "cut"

// Trust lets a test's process trust the servers of this package by the
// system's own means (SSL_CERT_FILE, which Linux reads), so that the senders
// are those of the program. Call it in TestMain, before anything is dialled.
func Trust() (undo func(), err error) {
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	dir, err := os.MkdirTemp("", "yike-trust")
	if err != nil {
		return nil, err
	}
	name := filepath.Join(dir, "root.pem")
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		return nil, err
	}
	return func() { _ = os.RemoveAll(dir) }, os.Setenv("SSL_CERT_FILE", name)
}

// Mail is an SMTP server.
type Mail struct {
	Port int
	Pool *x509.CertPool

	mu    sync.Mutex
	taken []string
	say   func(command string) string // "" = as usual
}

// NewMail serves mail until the test ends. say is asked for each command, and
// with END when a text has come; "" answers as usual.
func NewMail(t testing.TB, say func(command string) string) *Mail {
	t.Helper()
	https := httptest.NewTLSServer(nil)
	t.Cleanup(https.Close)
	s := &Mail{say: say, Pool: x509.NewCertPool()}
	s.Pool.AddCert(https.Certificate())
	config := &tls.Config{Certificates: https.TLS.Certificates}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Port = l.Addr().(*net.TCPAddr).Port
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(conn, config)
		}
	}()
	return s
}

// Taken are the texts that came to their end.
func (s *Mail) Taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.taken...)
}

func (s *Mail) serve(conn net.Conn, config *tls.Config) {
	defer func() { conn.Close() }()
	in := bufio.NewReader(conn)
	fmt.Fprint(conn, "220 test ESMTP\r\n")
	for secure := false; ; {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		command := strings.ToUpper(strings.Fields(line + " ?")[0])
		answer := s.say(command)
		switch {
		case answer == Cut:
			return
		case answer != "":
		case command == "EHLO" && !secure:
			answer = "250-test\r\n250 STARTTLS"
		case command == "EHLO":
			answer = "250-test\r\n250 AUTH PLAIN"
		case command == "STARTTLS":
			fmt.Fprint(conn, "220 go\r\n")
			conn = tls.Server(conn, config)
			in, secure = bufio.NewReader(conn), true
			continue
		case command == "AUTH":
			answer = "235 ok"
		case command == "DATA":
			fmt.Fprint(conn, "354 go\r\n")
			if answer = s.text(in); answer == Cut {
				return
			}
		case command == "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return
		default:
			answer = "250 ok"
		}
		fmt.Fprint(conn, answer+"\r\n")
	}
}

// text reads a text up to its closing point and returns the answer.
func (s *Mail) text(in *bufio.Reader) string {
	var b strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return Cut
		}
		if line == ".\r\n" {
			break
		}
		b.WriteString(line)
	}
	s.mu.Lock()
	s.taken = append(s.taken, b.String())
	s.mu.Unlock()
	if answer := s.say("END"); answer != "" {
		return answer
	}
	return "250 taken"
}

// SMS is a message that came to a gateway.
type SMS struct{ Key, Phone, Sign, Text, Template string }

// Gateway is an SMS gateway.
type Gateway struct {
	URL string

	mu    sync.Mutex
	taken []SMS
	asked int
	say   func(n int, list []SMS) Answer
}

// Answer is what a gateway answers. Results stand for the messages in order,
// "ok" taken, "retry" not now, "" not spoken of, anything else refused with
// that code. Those that are taken count, whether the answer arrives or not.
type Answer struct {
	Status  int // 0 = 200
	Results []string
	Cut     bool // the line goes dead behind the request
	Hold    bool // nothing is answered before the asker gives up
}

// NewGateway serves a gateway until the test ends; say is asked for the n-th
// request, from 1. nil takes everything.
func NewGateway(t testing.TB, say func(n int, list []SMS) Answer) *Gateway {
	t.Helper()
	g := &Gateway{say: say}
	server := httptest.NewTLSServer(g)
	t.Cleanup(server.Close)
	g.URL = server.URL
	return g
}

// Taken are the messages that were taken, and how often the gateway was asked.
func (g *Gateway) Taken() (list []SMS, asked int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]SMS(nil), g.taken...), g.asked
}

// Say changes how the gateway answers.
func (g *Gateway) Say(say func(n int, list []SMS) Answer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.say = say
}

// ServeHTTP answers a request of the program.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct{ Messages []SMS }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a := g.answer(in.Messages)
	if a.Hold {
		<-r.Context().Done()
		return
	}
	if a.Cut {
		if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
			conn.Close()
		}
		return
	}
	if a.Status != 0 {
		w.WriteHeader(a.Status)
		return
	}
	type result struct {
		Key   string `json:"key"`
		OK    bool   `json:"ok"`
		ID    string `json:"id"`
		Code  string `json:"code"`
		Retry bool   `json:"retry"`
	}
	var out struct {
		Results []result `json:"results"`
	}
	for i, m := range in.Messages {
		if said := a.Results[i]; said != "" {
			out.Results = append(out.Results, result{Key: m.Key, OK: said == "ok", ID: "R-" + m.Key, Code: said, Retry: said == "retry"})
		}
	}
	_ = json.NewEncoder(w).Encode(out) // the test sees what came
}

func (g *Gateway) answer(list []SMS) Answer {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked++
	var a Answer
	if g.say != nil {
		a = g.say(g.asked, list)
	}
	if a.Results == nil && a.Status == 0 {
		for range list {
			a.Results = append(a.Results, "ok")
		}
	}
	for i, said := range a.Results {
		if said == "ok" {
			g.taken = append(g.taken, list[i])
		}
	}
	return a
}
