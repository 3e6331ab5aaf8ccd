package db

import (
	"strings"
	"testing"
)

func TestAServerOnAnotherMachineIsReachedOverTLSAlone(t *testing.T) {
	t.Setenv("PGSSLMODE", "")
	for _, c := range []struct {
		name, dsn string
		tls       bool
	}{
		{"another machine", "postgres://yike:x@10.0.0.7:5432/yike", true},
		{"another machine by its name", "postgresql://yike:x@db.example.com/yike?application_name=yike", true},
		{"another machine by IPv6", "postgres://yike:x@[2001:db8::7]:5432/yike", true},
		{"two machines, one of them this", "postgres://yike:x@127.0.0.1:5432,10.0.0.7:5432/yike", true},
		{"a machine called like this one", "postgres://yike:x@localhost.example.com/yike", true},
		{"a machine named apart", "postgres:///yike?host=10.0.0.7", true},
		{"this machine", "postgres://yike:x@127.0.0.1:5432/yike", false},
		{"this machine by IPv6", "postgres://yike:x@[::1]:5432/yike", false},
		{"this machine by its name", "postgres://yike:x@localhost:5432/yike", false},
		{"a socket", "postgres:///yike?host=/run/postgresql", false},
		{"nothing said", "postgres:///yike", false},
	} {
		if got := overTLS(c.dsn); strings.Contains(got, "sslmode=verify-full") != c.tls || !c.tls && got != c.dsn {
			t.Errorf("%s: %q", c.name, got)
		}
	}
	for _, mode := range []string{"disable", "require", "verify-ca"} { // said on purpose
		if dsn := "postgres://yike:x@10.0.0.7/yike?sslmode=" + mode; overTLS(dsn) != dsn {
			t.Errorf("%s: %q", mode, overTLS(dsn))
		}
	}
	if got := overTLS("postgres://yike:p%40ss@10.0.0.7/yike"); got != "postgres://yike:p%40ss@10.0.0.7/yike?sslmode=verify-full" {
		t.Errorf("the password: %q", got)
	}
}
