package app_test

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// dangerous are packages of the standard library that can start programs, run
// what they read, look past the types, or are no longer safe: where each may
// stand, nowhere when nothing is named. internal/SECURITY.md says what for.
var dangerous = map[string][]string{
	"os/exec":        {"internal/app", "internal/backup", "internal/pgtest", "internal/e2e", "internal/release", "internal/tools/compare"}, // the machine's own tools, by their names; never a shell
	"plugin":         {},
	"text/template":  {},
	"html/template":  {},
	"encoding/gob":   {},
	"encoding/xml":   {}, // sheets are read by our own reader, which knows no entities
	"net/rpc":        {},
	"unsafe":         {},
	"net/http/pprof": {},
	"expvar":         {},
	"crypto/md5":     {},
	"crypto/des":     {},
	"crypto/rc4":     {},
	"crypto/dsa":     {},
	"crypto/rsa":     {},
	"crypto/sha1":    {"policy/totp"}, // an HMAC that the apps on phones speak
	"math/rand":      {},
	"math/rand/v2":   {"internal/demo"}, // made-up data, the same for the same seed
	"crypto/tls":     {"internal/notify", "internal/app"},
	"crypto/x509":    {"internal/notify", "internal/app"},
	"crypto/ecdsa":   {"internal/app"},
	"net/smtp":       {"internal/notify"},
}

// dangerFaults are imports that stand where they should not, and calls that are
// dangerous wherever they stand: a shell, a certificate that is not looked at, a
// client without our guard, an expression that is not written down.
func dangerFaults(dir string) func(*ast.File) []fault {
	return func(f *ast.File) (faults []fault) {
		for _, spec := range f.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			if homes, watched := dangerous[name]; watched && !underAny(dir, homes) {
				faults = append(faults, fault{spec.Pos(), name + " may stand in " + list(homes)})
			}
		}
		constants := map[string]bool{}
		for _, d := range f.Decls {
			if d, ok := d.(*ast.GenDecl); ok && d.Tok == token.CONST {
				for _, s := range d.Specs {
					for _, n := range s.(*ast.ValueSpec).Names {
						constants[n.Name] = true
					}
				}
			}
		}
		web, run, expr := importName(f, "net/http"), importName(f, "os/exec"), importName(f, "regexp")
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if id, ok := n.Key.(*ast.Ident); ok && id.Name == "InsecureSkipVerify" {
					faults = append(faults, fault{n.Pos(), "a certificate is looked at"})
				}
			case *ast.SelectorExpr:
				x, name := selector(n)
				if web != "" && x == web && slices.Contains([]string{"Get", "Post", "PostForm", "Head", "DefaultClient", "DefaultTransport"}, name) {
					faults = append(faults, fault{n.Pos(), "http." + name + " follows redirects anywhere: internal/notify has a client with a guard"})
				}
			case *ast.CallExpr:
				x, name := selector(n.Fun)
				if expr != "" && x == expr && !constantText(n.Args[0], constants) {
					faults = append(faults, fault{n.Pos(), "an expression is written down, not put together"})
				}
				if run != "" && x == run && strings.HasPrefix(name, "Command") {
					program, written := literal(n.Args[strings.Count(name, "Context")])
					if written && slices.Contains([]string{"sh", "bash", "/bin/sh", "/bin/bash", "cmd", "cmd.exe", "powershell"}, program) {
						faults = append(faults, fault{n.Pos(), "no shell: it reads more than was meant"})
					}
				}
			}
			return true
		})
		return faults
	}
}

// constantText says whether a text is written down, in one piece or several, or
// as a constant of the file.
func constantText(e ast.Expr, constants map[string]bool) bool {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return e.Op == token.ADD && constantText(e.X, constants) && constantText(e.Y, constants)
	case *ast.ParenExpr:
		return constantText(e.X, constants)
	case *ast.Ident:
		return constants[e.Name]
	}
	_, ok := literal(e)
	return ok
}

func TestDangerousPackagesStandWhereTheyAreNamed(t *testing.T) {
	files, _, all := sources(t)
	var faults []fault
	for _, s := range all {
		if s.dir != "internal/e2e" && s.dir != "internal/notify/notifytest" && !strings.HasPrefix(s.dir, "internal/govaluate") {
			faults = append(faults, dangerFaults(s.dir)(s.text)...)
		}
	}
	report(t, files, faults)
}
