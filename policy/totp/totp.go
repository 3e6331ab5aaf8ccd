// Package totp owns the second step of signing in: the six digits of RFC 6238
// that a phone shows, which of them is accepted when, and the recovery codes
// for the day the phone is lost.
//
// It stores nothing, reads no clock and makes nothing random: the caller
// brings the time, the secret and the random bytes, keeps the step of the last
// accepted code, and hashes recovery codes before they are kept.
package totp

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238: what every authenticator app speaks; an HMAC, not a signature
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

const (
	// Period is how long one code is shown.
	Period = 30 * time.Second
	// Digits of a code.
	Digits = 6
	// SecretBytes is the length of a secret: that of the hash, as RFC 4226
	// (section 4, R6) recommends.
	SecretBytes = 20
	// Drift is how many steps a phone's clock may be off, either way.
	Drift = 1
)

var alphabet = base32.StdEncoding.WithPadding(base32.NoPadding)

// Step returns the number of the period that an instant lies in.
func Step(at time.Time) int64 {
	s, p := at.Unix(), int64(Period/time.Second)
	if s < 0 {
		return (s - p + 1) / p
	}
	return s / p
}

// Code returns the digits that a phone shows during a step (RFC 4226, 5.3).
func Code(secret []byte, step int64) string {
	var message [8]byte
	binary.BigEndian.PutUint64(message[:], uint64(step)) //nolint:gosec // the bits, as the RFC says
	mac := hmac.New(sha1.New, secret)
	mac.Write(message[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	n := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	return fmt.Sprintf("%0*d", Digits, n%1_000_000)
}

// Match returns the step whose code was typed, among those that a phone may
// show now, and whether there is one. Only steps after last count: a code is
// good once. Every candidate is compared, each in constant time.
func Match(secret []byte, typed string, now time.Time, last int64) (step int64, ok bool) {
	if len(secret) < SecretBytes {
		return 0, false
	}
	code := []byte(Fold(typed))
	for s := Step(now) - Drift; s <= Step(now)+Drift; s++ {
		if subtle.ConstantTimeCompare([]byte(Code(secret, s)), code) == 1 && s > last {
			step, ok = s, true
		}
	}
	return step, ok
}

// Fold is what was typed without what people put between: spaces, dashes,
// full-width digits, capitals.
func Fold(typed string) string {
	const longest = 100
	if len(typed) > longest {
		return ""
	}
	return strings.ToLower(strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\t' || r == '—' || r == '　' {
			return -1
		}
		return r
	}, norm.NFKC.String(strings.ToValidUTF8(typed, ""))))
}

// IsCode says whether what was typed looks like a phone's code rather than a
// recovery code.
func IsCode(typed string) bool {
	f := Fold(typed)
	return len(f) == Digits && strings.Trim(f, "0123456789") == ""
}

// Text is the secret as a person types it into an app: base32 by fours.
func Text(secret []byte) string { return grouped(alphabet.EncodeToString(secret), 4, ' ') }

// URI is what the picture for the phone's camera says.
func URI(issuer, account string, secret []byte) string {
	label := url.PathEscape(issuer) + ":" + url.PathEscape(account)
	return "otpauth://totp/" + label + "?secret=" + alphabet.EncodeToString(secret) +
		"&issuer=" + url.QueryEscape(issuer) + "&algorithm=SHA1&digits=6&period=30"
}

const (
	// RecoveryCodes is how many recovery codes a person gets.
	RecoveryCodes = 10
	// RecoveryBytes is how many random bytes a recovery code is made of: 50 of
	// their bits are used.
	RecoveryBytes = 10
)

// letters of a recovery code leave out what looks alike on paper: i, l, o, u.
const letters = "0123456789abcdefghjkmnpqrstvwxyz"

// Recovery turns random bytes into a recovery code: two groups of five letters.
func Recovery(random [RecoveryBytes]byte) string {
	var b strings.Builder
	for _, r := range random {
		b.WriteByte(letters[r&31])
	}
	return grouped(b.String(), 5, '-')
}

// FoldRecovery is the form in which recovery codes are hashed and compared:
// letters that look like a digit are that digit.
func FoldRecovery(typed string) string {
	return strings.NewReplacer("o", "0", "i", "1", "l", "1").Replace(Fold(typed))
}

func grouped(s string, n int, between byte) string {
	var b strings.Builder
	for i := range len(s) {
		if i > 0 && i%n == 0 {
			b.WriteByte(between)
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
