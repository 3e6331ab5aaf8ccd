// Package signin owns what the company decided about signing in: how long
// someone waits after wrong passwords, which passwords are good enough, and
// where a browser may be sent afterwards.
//
// It stores nothing, hashes nothing and knows neither users nor requests. The
// caller keeps one State for each name (NameKey) and one for each address
// (AddressKey), asks Allowed for both before it looks at a password, and tells
// After of both only when a password was looked at and was wrong. A try that
// was refused unlooked is not counted: else hammering on one locked name would
// lock the address of a whole branch. A name that does not exist is counted
// like any other, and its State is kept alike, so that an answer never tells
// which names exist.
package signin

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// Limit is how patient one kind of counter is.
type Limit struct {
	Free  int           // wrong passwords before the first wait
	First time.Duration // the first wait; each further wrong password doubles it
	Max   time.Duration // the longest wait
	Decay time.Duration // a quiet time of this length forgives one wrong password
}

// ForName is the limit for one user name: four slips are free, the fifth costs
// 15 seconds, and in the long run one guess in 15 minutes is left. Ten wrong
// passwords in a row take a quarter of an hour of waiting.
var ForName = Limit{Free: 4, First: 15 * time.Second, Max: 15 * time.Minute, Decay: 15 * time.Minute}

// ForAddress is the limit for one network address, behind which a whole branch
// may sit: far looser, so that forty people back from a holiday get in.
var ForAddress = Limit{Free: 60, First: 2 * time.Second, Max: 5 * time.Minute, Decay: 20 * time.Second}

// State is a counter. The zero value is one with no failures.
type State struct {
	Failures int
	Last     int64 // time of the last failure, unix milliseconds
	Until    int64 // no password is looked at before, unix milliseconds
}

// Failures that are counted at most; the wait has long been Max by then.
const most = 1000

// After is the state after a wrong password at now (unix milliseconds).
func (l Limit) After(s State, now int64) State {
	n := min(l.count(s, now)+1, most)
	next := State{Failures: n, Last: now, Until: now}
	if over := n - l.Free; over > 0 {
		wait := l.Max
		if over <= 30 && l.First<<(over-1) < l.Max {
			wait = l.First << (over - 1)
		}
		next.Until = now + wait.Milliseconds()
	}
	return next
}

// Allowed is how long to wait from now until a password is looked at again; 0
// is now. A clock that was set back never makes the wait longer than Max.
func (l Limit) Allowed(s State, now int64) time.Duration {
	if s.Until <= now {
		return 0
	}
	return min(time.Duration(min(s.Until-now, l.Max.Milliseconds()))*time.Millisecond, l.Max)
}

// Spent says that the state is as good as none, and need not be kept.
func (l Limit) Spent(s State, now int64) bool {
	return l.count(s, now) == 0 && l.Allowed(s, now) == 0
}

// count are the failures not yet forgiven at now.
func (l Limit) count(s State, now int64) int {
	n := min(max(s.Failures, 0), most)
	if quiet := now - s.Last; quiet > 0 && l.Decay > 0 {
		n = max(0, n-int(min(quiet/l.Decay.Milliseconds(), most)))
	}
	return n
}

// Wait is the longer of what a name's and an address's state ask for.
func Wait(name, address State, now int64) time.Duration {
	return max(ForName.Allowed(name, now), ForAddress.Allowed(address, now))
}

// FoldName is the form in which user names are compared: without spaces around
// it, full-width letters and digits as plain ones, lower case.
func FoldName(name string) string {
	return strings.ToLower(strings.TrimSpace(norm.NFKC.String(strings.ToValidUTF8(name, "\uFFFD"))))
}

// NameKey is the key under which a name's State is kept: of one length for any
// text, and readable by nobody, since people type passwords into the name field.
func NameKey(name string) string {
	const longest = 1024 // bytes; no user name comes near
	if len(name) > longest {
		name = name[:longest]
	}
	sum := sha256.Sum256([]byte("name:" + FoldName(name)))
	return hex.EncodeToString(sum[:16])
}

// AddressKey is the key under which an address's State is kept: an IPv4 address
// as it is, of an IPv6 address the network (/64), since a host has as many
// addresses in it as it likes.
func AddressKey(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if !a.IsValid() {
		return "unknown"
	}
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
