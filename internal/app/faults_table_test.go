package app_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	faultCommand = regexp.MustCompile(`(?m)^YIKE_FAULTS=full go test (.+) -run '([^']+)'`)
	faultRow     = regexp.MustCompile(`(?m)^\|.*\| (\w+)\.(Test\w+) \|$`)
	testName     = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
)

// TestTheTableOfFaultsIsTrue: internal/FAULTS.md names tests that are there and
// that its command runs, and every test of a fault.
func TestTheTableOfFaultsIsTrue(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "FAULTS.md"))
	if err != nil {
		t.Fatal(err)
	}
	said := faultCommand.FindStringSubmatch(string(text))
	if said == nil {
		t.Fatal("no command")
	}
	folders, picks := strings.Fields(said[1]), regexp.MustCompile(said[2])
	there := map[string]bool{}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(folder), "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range testName.FindAllStringSubmatch(string(b), -1) {
				there[filepath.Base(folder)+"."+m[1]] = true
			}
		}
	}
	var named []string
	for _, m := range faultRow.FindAllStringSubmatch(string(text), -1) {
		name := m[1] + "." + m[2]
		named = append(named, name)
		if !there[name] {
			t.Errorf("%s is named and is not there", name)
		}
		if !picks.MatchString(m[2]) {
			t.Errorf("%s is not run by the command", name)
		}
	}
	if lines := strings.Count(string(text), "\n| "); len(named) != lines-1 {
		t.Errorf("%d rows name a test, of %d", len(named), lines-1)
	}
	for name := range there {
		if strings.Contains(name, ".TestFault") && !slices.Contains(named, name) {
			t.Errorf("%s is not in the table", name)
		}
	}
}
