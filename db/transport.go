package db

import (
	"net/netip"
	"net/url"
	"os"
	"strings"
)

// overTLS is the address of a PostgreSQL server with TLS and a checked
// certificate asked for, where the address leaves it open and the server stands
// on another machine: the driver would go on without TLS when the server has
// none. Whoever wants it otherwise says so in the address.
func overTLS(dsn string) string {
	u, err := url.Parse(dsn)
	if err != nil || u.Query().Has("sslmode") || os.Getenv("PGSSLMODE") != "" {
		return dsn
	}
	q := u.Query()
	hosts := q.Get("host")
	if hosts == "" {
		hosts = u.Host
	}
	for host := range strings.SplitSeq(hosts, ",") {
		if !here(host) {
			q.Set("sslmode", "verify-full")
			u.RawQuery = q.Encode()
			return u.String()
		}
	}
	return dsn
}

// here says whether a host is this machine: a socket, its own name, a loopback
// address, with or without a port.
func here(host string) bool {
	if host == "" || strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@") {
		return true
	}
	name := host
	if at, err := netip.ParseAddrPort(host); err == nil {
		name = at.Addr().String()
	} else if before, _, found := strings.Cut(host, ":"); found && strings.Count(host, ":") == 1 {
		name = before
	}
	a, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil && a.IsLoopback() || strings.EqualFold(name, "localhost")
}
