package signin

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// Home is where a browser goes when no better place is named.
const Home = "/"

// NextURL is the place to go after signing in: raw when it is a plain path (and
// query) of this site, otherwise Home. Whatever could lead a browser to another
// host, in any reading of it, is Home: //host, /\host, a scheme, user@host,
// control characters and spaces that browsers drop, the same written with
// percent signs. So are the pages of signing in and out themselves.
func NextURL(raw string) string {
	const longest = 2000
	if raw == "" || len(raw) > longest || raw[0] != '/' || !utf8.ValidString(raw) {
		return Home
	}
	for i := range len(raw) {
		if raw[i] <= ' ' || raw[i] == 0x7f || raw[i] == '\\' {
			return Home
		}
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || u.Path == "" || u.Path[0] != '/' {
		return Home
	}
	// Twice decoded, since a proxy or a redirect further on may decode again.
	path := u.Path
	for range 2 {
		if strings.Contains(path, "//") || strings.ContainsFunc(path, hostile) || dots(path) {
			return Home
		}
		if again, err := url.PathUnescape(path); err == nil {
			path = again
		}
	}
	if strings.Contains(path, "//") || strings.ContainsFunc(path, hostile) || dots(path) {
		return Home
	}
	switch path {
	case "/login", "/logout", "/setup":
		return Home
	}
	next := u.EscapedPath()
	if u.RawQuery != "" {
		next += "?" + u.RawQuery
	}
	if len(next) > longest {
		return Home
	}
	return next
}

// hostile finds what browsers drop or turn into a slash.
func hostile(r rune) bool {
	return r < ' ' || r == 0x7f || r == '\\' || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' || r == utf8.RuneError
}

// dots finds a step up or on the spot, which could move a later // to the front.
func dots(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part == "." || part == ".." {
			return true
		}
	}
	return false
}
