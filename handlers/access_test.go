package handlers

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"yike/policy"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestWhoMayOpenWhat prints role × route. A changed cell is a conversation:
// run with -update and look at the difference.
func TestWhoMayOpenWhat(t *testing.T) {
	access, err := policy.DefaultAccess()
	if err != nil {
		t.Fatal(err)
	}
	h := &Handlers{}
	var b strings.Builder
	fmt.Fprintf(&b, "%-52s %-18s stranger", "route", "permission")
	for _, role := range policy.Roles {
		fmt.Fprintf(&b, " %s", role)
	}
	b.WriteString("\n")
	for _, rt := range h.routes() {
		fmt.Fprintf(&b, "%-52s %-18s %-8s", rt.pattern, rt.permission, mark(rt.permission == policy.Public))
		for _, role := range policy.Roles {
			a := access.Actor(1, "x", 1, []policy.Grant{{Role: role, Branch: 1}})
			word := mark(a.Can(rt.permission))
			if reach, ok := access.Reach(role, rt.permission); ok {
				word = string(reach)
			}
			fmt.Fprintf(&b, " %-*s", len(role), word)
		}
		b.WriteString("\n")
	}
	const golden = "testdata/access.golden"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != b.String() {
		t.Errorf("who may open what has changed; run go test ./handlers -run WhoMay -update and look at the difference\n%s", firstDifference(string(want), b.String()))
	}
}

func mark(yes bool) string {
	if yes {
		return "yes"
	}
	return "-"
}

func firstDifference(a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range bs {
		if i >= len(as) || as[i] != bs[i] {
			old := ""
			if i < len(as) {
				old = as[i]
			}
			return "was: " + old + "\nnow: " + bs[i]
		}
	}
	return "lines were removed"
}

// TestOnlyTheseRoutesAnswerStrangers names every public route, so that a new
// one is a decision.
func TestOnlyTheseRoutesAnswerStrangers(t *testing.T) {
	want := []string{"GET /login", "POST /login", "GET /login/code", "POST /login/code", "POST /logout", "GET /setup", "POST /setup", "GET /calendar/{file}", "GET /join", "POST /join"}
	var got []string
	for _, rt := range (&Handlers{}).routes() {
		if rt.permission == policy.Public {
			got = append(got, rt.pattern)
		}
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("public routes: %v, want %v", got, want)
	}
}
