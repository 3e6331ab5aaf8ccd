// Package notify hands messages over to the outside: mail by SMTP, SMS by a
// gateway over HTTP, reminders by the robots of WeCom, DingTalk and Feishu. It
// owns how each of them is spoken to, and how sure one can be of what became
// of a message.
//
// It knows no database and no rule: what may be sent, when, and to whom, the
// caller has settled.
package notify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// Message is what is handed over.
type Message struct {
	Key      string // each once; handed over with the message where the other side can use it
	To       string // e-mail address or phone number; empty for a robot
	Subject  string
	Text     string
	Template string            // number of the wording at the provider, where it has one
	Params   map[string]string // what fills that wording in
}

// State is what became of a message.
type State int

// The states. Only Unsure leaves open whether the message arrived.
const (
	Unsure  State = iota // cut off after it was handed over
	Sent                 // taken by the other side
	Later                // surely not taken, and worth another try
	Refused              // surely not taken, and not worth one
)

// Outcome is what became of one message.
type Outcome struct {
	State State
	Said  string        // what the other side answered, or the fault
	ID    string        // the other side's number for it
	After time.Duration // for how long the other side asks for patience; 0 = it says nothing
}

// A Sender hands messages over. It returns one outcome for each, in order, and
// never waits longer than ctx allows.
type Sender interface {
	Send(ctx context.Context, list []Message) []Outcome
}

// each is the same outcome for all.
func each(n int, o Outcome) []Outcome {
	out := make([]Outcome, n)
	for i := range out {
		out[i] = o
	}
	return out
}

// ErrAddress: the other side's name leads to an address that is not allowed.
var ErrAddress = errors.New("address not allowed")

// Guard decides which addresses may be dialled: those of the public internet,
// and the ranges that are allowed besides. It is asked with the address that
// is about to be connected to, after the name was looked up, so that a name
// which leads elsewhere the second time leads nowhere.
type Guard struct{ Allowed []netip.Prefix }

// special are ranges that are public by their look and lead inside.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("3fff::/20"), netip.MustParsePrefix("fec0::/10"),
}

// May says whether an address may be dialled.
func (g Guard) May(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, p := range g.Allowed {
		if p.Contains(a) {
			return true
		}
	}
	if !a.IsValid() || !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	// ::a.b.c.d, the old way to write an IPv4 address in IPv6.
	return !a.Is6() || !netip.MustParsePrefix("::/96").Contains(a)
}

// Dialer dials what the guard lets through.
func (g Guard) Dialer() *net.Dialer {
	return &net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !g.May(at.Addr()) {
			return fmt.Errorf("%s: %w", address, ErrAddress)
		}
		return nil
	}}
}

// client is an HTTP client that follows no redirect, uses no proxy of the
// environment, keeps no cookie and dials through the guard.
func (g Guard) client(tune func(*http.Transport)) *http.Client {
	t := &http.Transport{DialContext: g.Dialer().DialContext, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 20 * time.Second,
		MaxResponseHeaderBytes: 64 << 10, DisableKeepAlives: true}
	if tune != nil {
		tune(t)
	}
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: 30 * time.Second}
}

// fault is the outcome of a message that could not be handed over: one that
// was never begun to be written is surely not delivered.
func fault(err error, begun bool) Outcome {
	switch {
	case errors.Is(err, ErrAddress):
		return Outcome{State: Refused, Said: ErrAddress.Error()}
	case begun:
		return Outcome{State: Unsure, Said: short(err)}
	}
	return Outcome{State: Later, Said: short(err)}
}

// short says an error without the address that was asked: it may hold a
// token.
func short(err error) string {
	var op *net.OpError
	switch {
	case errors.As(err, &op):
		return op.Op + ": " + op.Err.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	}
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return err.Error()
}
