package handlers

import "net/http"

// hostPrefix begins the name of each cookie over TLS: a browser takes it from
// this host over TLS alone, and for the whole of it, so that no sister site and
// nobody on the way can plant one.
const hostPrefix = "__Host-"

// cookieName is what a browser knows a cookie by.
func cookieName(secure bool, name string) string {
	if secure {
		return hostPrefix + name
	}
	return name
}

// preference returns what a browser keeps of somebody's taste, "" when nothing:
// the language, the colours. Nothing is decided by it.
func preference(r *http.Request, name string) string {
	for _, n := range []string{hostPrefix + name, name} {
		if c, err := r.Cookie(n); err == nil {
			return c.Value
		}
	}
	return ""
}
