package app_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// asvsSections are the sections of ASVS 5.0.0 with how many of their
// requirements are of level 1 or 2; these always stand first.
var asvsSections = map[string]int{
	"1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2,
	"4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3, "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4,
	"7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4,
	"10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
	"12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7,
	"16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4, "17.3": 2,
}

// asvsThird are the requirements of level 3 that we hold besides.
var asvsThird = []string{"1.2.10", "4.1.4", "5.2.4", "5.2.6", "5.3.3", "6.3.8", "8.3.2", "14.2.7", "14.2.8"}

// asvs is what is read of internal/ASVS.md.
type asvs struct {
	rows  []asvsRow
	apart []string // numbers that do not apply
	top   string   // what stands before the table
}

type asvsRow struct{ number, words, state, by string }

var (
	asvsLine  = regexp.MustCompile(`(?m)^\| (\d+\.\d+\.\d+) \| ([^|]+) \| (test|design|document|exception|open) \| ([^|]+) \|$`)
	asvsApart = regexp.MustCompile(`(?m)^\| ((?:\d+\.\d+\.\d+(?:, )?)+) \| ([^|]+) \|$`)
	asvsTest  = regexp.MustCompile(`([a-z0-9/]+)\.((?:Test|Fuzz)[A-Za-z0-9]+)`)
	asvsFile  = regexp.MustCompile(`^([A-Za-z0-9_./]+): `)
)

func readASVS(text string) asvs {
	var a asvs
	a.top, _, _ = strings.Cut(text, "\n## ")
	for _, m := range asvsLine.FindAllStringSubmatch(text, -1) {
		a.rows = append(a.rows, asvsRow{m[1], m[2], m[3], m[4]})
	}
	for _, m := range asvsApart.FindAllStringSubmatch(text, -1) {
		a.apart = append(a.apart, strings.Split(m[1], ", ")...)
	}
	return a
}

// asvsFaults says what is wrong with the table. tests are the names by package,
// anchors the sections by document, exists whether a file is there.
func asvsFaults(a asvs, tests map[string][]string, anchors func(string) []string, exists func(string) bool) (faults []string) {
	wrong := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	seen, exceptions := map[string]int{}, 0
	for _, r := range a.rows {
		seen[r.number]++
		named := asvsTest.FindAllStringSubmatch(r.by, -1)
		for _, m := range named {
			if !slices.Contains(tests[m[1]], m[2]) {
				wrong("%s: %s has no %s", r.number, m[1], m[2])
			}
		}
		switch r.state {
		case "test":
			if len(named) == 0 {
				wrong("%s: no test is named", r.number)
			}
		case "design":
			if m := asvsFile.FindStringSubmatch(r.by); m == nil || !exists(m[1]) {
				wrong("%s: no file is named, or it is not there: %s", r.number, r.by)
			}
		case "document":
			file, anchor, _ := strings.Cut(r.by, "#")
			if !slices.Contains(anchors(file), anchor) {
				wrong("%s: %s has no section %q", r.number, file, anchor)
			}
		case "exception":
			exceptions++
			if !strings.Contains(r.by, "To meet it: ") {
				wrong("%s: an exception says what would have to happen", r.number)
			}
		case "open":
			if !strings.Contains(a.top, r.number) {
				wrong("%s: what is not met is named at the top", r.number)
			}
		}
	}
	if exceptions > 10 {
		wrong("%d exceptions", exceptions)
	}
	for _, n := range a.apart {
		seen[n]++
	}
	want := slices.Clone(asvsThird)
	for section, n := range asvsSections {
		for i := range n {
			want = append(want, section+"."+strconv.Itoa(i+1))
		}
	}
	for _, n := range want {
		if seen[n] != 1 {
			wrong("%s is judged %d times", n, seen[n])
		}
		delete(seen, n)
	}
	for n := range seen {
		wrong("%s is no requirement that is asked for", n)
	}
	return faults
}

func TestTheTableOfASVSIsTrue(t *testing.T) {
	top := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(top, "internal", "ASVS.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string][]string{}
	names := func(dir string) {
		files, err := filepath.Glob(filepath.Join(top, filepath.FromSlash(dir), "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
					tests[dir] = append(tests[dir], fn.Name.Name)
				}
			}
		}
	}
	a := readASVS(string(text))
	for _, r := range a.rows {
		for _, m := range asvsTest.FindAllStringSubmatch(r.by, -1) {
			if _, known := tests[m[1]]; !known {
				names(m[1])
			}
		}
	}
	anchors := func(file string) (list []string) {
		b, err := os.ReadFile(filepath.Join(top, "internal", file))
		if err != nil {
			return nil
		}
		for _, m := range regexp.MustCompile(`(?m)^## (.+)$`).FindAllStringSubmatch(string(b), -1) {
			list = append(list, strings.ReplaceAll(strings.ToLower(m[1]), " ", "-"))
		}
		return list
	}
	exists := func(file string) bool {
		_, err := os.Stat(filepath.Join(top, filepath.FromSlash(file)))
		return err == nil
	}
	for _, f := range asvsFaults(a, tests, anchors, exists) {
		t.Error(f)
	}
	if len(a.rows) != 192 || len(a.apart) != 70 {
		t.Errorf("%d rows and %d that do not apply", len(a.rows), len(a.apart))
	}
	counts := map[string]int{}
	for _, r := range a.rows {
		counts[r.state]++
	}
	for state, n := range counts {
		if !strings.Contains(a.top, fmt.Sprintf("%d %s", n, state)) {
			t.Errorf("the top does not say that %d are %s", n, state)
		}
	}
}

// The table must be able to fail.
func TestTheTableOfASVSKnowsRightFromWrong(t *testing.T) {
	tests := map[string][]string{"db": {"TestThis"}}
	anchors := func(string) []string { return []string{"logs"} }
	exists := func(file string) bool { return file == "go.mod" }
	of := func(rows ...string) []string {
		return asvsFaults(readASVS("# x\n\n1.1.2 is open\n\n## t\n\n"+strings.Join(rows, "\n")+"\n"), tests, anchors, exists)
	}
	known := of()
	for _, c := range []struct {
		name, row, want string // want "" = nothing but the rest that is missing
	}{
		{"a test that is there", "| 1.1.1 | x | test | db.TestThis |", ""},
		{"a test that is gone", "| 1.1.1 | x | test | db.TestThat |", "has no TestThat"},
		{"a test of another package", "| 1.1.1 | x | test | handlers.TestThis |", "has no TestThis"},
		{"no test", "| 1.1.1 | x | test | surely |", "no test is named"},
		{"a file that is there", "| 1.1.1 | x | design | go.mod: typed |", ""},
		{"a file that is gone", "| 1.1.1 | x | design | go.sum: typed |", "no file is named"},
		{"a section that is there", "| 1.1.1 | x | document | SECURITY.md#logs |", ""},
		{"a section that is gone", "| 1.1.1 | x | document | SECURITY.md#keys |", "has no section"},
		{"an exception with its way out", "| 1.1.1 | x | exception | no. To meet it: y |", ""},
		{"an exception without", "| 1.1.1 | x | exception | no |", "what would have to happen"},
		{"open and said so", "| 1.1.2 | x | open | no |", ""},
		{"open and kept quiet", "| 1.1.1 | x | open | no |", "named at the top"},
		{"judged twice", "| 1.1.1 | x | test | db.TestThis |\n| 1.1.1 | x | test | db.TestThis |", "judged 2 times"},
		{"of another level", "| 1.2.11 | x | test | db.TestThis |", "no requirement"},
	} {
		faults := of(c.row)
		found := c.want == "" && len(faults) == len(known)-1
		for _, f := range faults {
			found = found || c.want != "" && strings.Contains(f, c.want)
		}
		if !found {
			t.Errorf("%s: %d faults, %q not among them", c.name, len(faults), c.want)
		}
	}
	many := make([]string, 11)
	for i := range many {
		many[i] = fmt.Sprintf("| 1.3.%d | x | exception | no. To meet it: y |", i+1)
	}
	if !slices.Contains(of(many...), "11 exceptions") {
		t.Error("eleven exceptions pass")
	}
}
