package app_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
)

// room is one row of DESIGN.md's import table: a package with its sub-packages, which of
// our packages it may import, and which libraries. A trailing "/..." takes in what lies
// below. Every room may import its own sub-packages and the standard library, less what
// forbidden takes away.
type room struct {
	dir       string
	ours      []string
	libraries []string // nil: any that homes does not give to another room
	forbidden []string // of the standard library
}

var none = []string{}

// The order matters where rooms lie in one another: the first that fits counts.
var rooms = []room{
	{"policy", nil, []string{"golang.org/x/text", "github.com/mozillazg/go-pinyin", "github.com/nyaruka/phonenumbers", "github.com/casbin/casbin/v2"},
		[]string{"database/sql", "net/http"}},
	{"db/dbtest", []string{"db", "policy/...", "internal/pgtest"}, nil, []string{"net/http"}},
	{"db", []string{"policy/..."}, []string{"modernc.org/sqlite", "github.com/jackc/pgx/v5", "github.com/pressly/goose/v3"}, []string{"net/http"}},
	{"static", nil, none, []string{"database/sql"}},
	{"views", []string{"policy/...", "static"}, []string{"github.com/a-h/templ", "github.com/go-echarts/go-echarts/v2", "golang.org/x/text"},
		[]string{"database/sql", "net/http"}},
	{"internal/notify", nil, nil, []string{"database/sql"}},
	{"internal/sheet", nil, nil, []string{"database/sql", "net/http"}},
	{"internal/photo", nil, nil, []string{"database/sql", "net/http"}},
	{"internal/ical", nil, none, []string{"database/sql", "net/http"}},
	{"internal/backup", []string{"db", "policy/..."}, []string{"filippo.io/age", "github.com/klauspost/compress"}, []string{"database/sql", "net/http"}},
	{"internal/jobs", []string{"db", "policy/...", "internal/backup", "internal/notify", "internal/sheet", "internal/photo"}, nil, []string{"database/sql"}},
	{"internal/demo", []string{"db", "policy/..."}, nil, []string{"database/sql", "net/http"}},
	{"handlers", []string{"db", "policy/...", "views/...", "static", "internal/sheet", "internal/photo", "internal/ical", "internal/backup"}, nil, []string{"database/sql"}},
	{"internal/govaluate", nil, none, []string{"database/sql", "net/http"}}, // a module of its own, in the place of casbin's
	{"internal/app", []string{"db", "policy/...", "views/...", "static", "handlers", "internal/jobs", "internal/backup", "internal/notify", "internal/sheet", "internal/photo", "internal/demo"},
		nil, []string{"database/sql"}},
	// Helpers of tests: only they themselves, dbtest above and test files import them.
	{"internal/pgtest", nil, []string{"github.com/jackc/pgx/v5"}, []string{"net/http"}},
	{"internal/e2e", []string{"db", "db/dbtest", "internal/app"}, []string{"github.com/chromedp/chromedp", "github.com/chromedp/cdproto"}, []string{"database/sql"}},
	{"internal/release", nil, none, []string{"database/sql", "net/http"}},       // builds the program; no part of it
	{"internal/tools", nil, none, []string{"database/sql", "net/http"}},         // for whoever works on it; no part of it
	{".", []string{"internal/app"}, none, []string{"database/sql", "net/http"}}, // main
}

// homes says where a library lives, so that it is known in one place and can be replaced
// there. Libraries not named here are free to the rooms that do not list their own.
var homes = map[string][]string{
	"modernc.org/sqlite":                  {"db"},
	"github.com/jackc/pgx/v5":             {"db", "internal/pgtest"},
	"github.com/pressly/goose/v3":         {"db"},
	"github.com/casbin/casbin/v2":         {"policy"},
	"github.com/mozillazg/go-pinyin":      {"policy"},
	"github.com/nyaruka/phonenumbers":     {"policy"},
	"github.com/go-echarts/go-echarts/v2": {"views"},
	"github.com/a-h/templ":                {"views", "handlers"},
	"github.com/alexedwards/scs/v2":       {"handlers", "internal/app"},
	"filippo.io/age":                      {"internal/backup"},
	"github.com/xuri/excelize/v2":         {"internal/sheet"},
	"github.com/chromedp/chromedp":        {"internal/e2e"},
	"github.com/chromedp/cdproto":         {"internal/e2e"},
}

// source is one Go file of the tree that is compiled into a program or into a test
// helper: no _test.go file.
type source struct {
	path string // from the top of the tree, with slashes
	dir  string // "." at the top
	text *ast.File
}

// sources reads the whole tree. Files under testdata and in hidden folders are not part of it.
func sources(t *testing.T) (*token.FileSet, string, []source) {
	t.Helper()
	top := filepath.Join("..", "..")
	module := moduleName(t, filepath.Join(top, "go.mod"))
	files := token.NewFileSet()
	var all []source
	err := filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(top, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		base := d.Name()
		if d.IsDir() {
			if rel != "." && (base == "testdata" || base == "node_modules" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(base, ".go") || strings.HasSuffix(base, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("%s does not parse: %w", rel, err)
		}
		all = append(all, source{rel, path.Dir(rel), f})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files, module, all
}

func moduleName(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if name, found := strings.CutPrefix(strings.TrimSpace(line), "module "); found {
			return strings.TrimSpace(name)
		}
	}
	t.Fatalf("%s names no module", file)
	return ""
}

// within says whether an import path or folder is root or lies below it.
func within(name, root string) bool { return name == root || strings.HasPrefix(name, root+"/") }

func roomOf(dir string) *room {
	for i := range rooms {
		if r := &rooms[i]; r.dir == dir || r.dir != "." && within(dir, r.dir) {
			return r
		}
	}
	return nil
}

func matches(name string, patterns []string) bool {
	for _, p := range patterns {
		if root, below := strings.CutSuffix(p, "/..."); below && within(name, root) || name == p {
			return true
		}
	}
	return false
}

func underAny(name string, roots []string) bool {
	for _, root := range roots {
		if within(name, root) {
			return true
		}
	}
	return false
}

// complaint says what is wrong with an import, or nothing.
func complaint(module, dir, imported string) string {
	r := roomOf(dir)
	if r == nil {
		return "the package stands in no row of the import table: give it one in DESIGN.md and in imports_test.go, or move it into a room"
	}
	if imported == module || strings.HasPrefix(imported, module+"/") {
		ours := strings.TrimPrefix(strings.TrimPrefix(imported, module), "/")
		if ours == "" {
			ours = "."
		}
		if r.dir != "." && within(ours, r.dir) || matches(ours, r.ours) {
			return ""
		}
		return fmt.Sprintf("%s may import of ours only: %s", r.dir, list(r.ours))
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") { // the standard library
		if underAny(imported, r.forbidden) {
			return fmt.Sprintf("%s never imports %s", r.dir, strings.Join(r.forbidden, ", "))
		}
		return ""
	}
	if r.libraries != nil && !underAny(imported, r.libraries) {
		return fmt.Sprintf("%s may import of libraries only: %s", r.dir, list(r.libraries))
	}
	for library, home := range homes {
		if within(imported, library) && !underAny(dir, home) {
			return fmt.Sprintf("%s lives in %s", library, list(home))
		}
	}
	if within(imported, "github.com/casbin/casbin/v2") && dir != "policy" {
		return "casbin is known to the root of policy only"
	}
	return ""
}

func list(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

func TestEveryRoomImportsOnlyWhatTheDesignAllows(t *testing.T) {
	files, module, all := sources(t)
	var wrong []string
	for _, s := range all {
		if roomOf(s.dir) == nil { // said once per file, also where it imports nothing
			wrong = append(wrong, fmt.Sprintf("%s: %s", s.path, complaint(module, s.dir, module)))
			continue
		}
		for _, spec := range s.text.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if why := complaint(module, s.dir, imported); why != "" {
				wrong = append(wrong, fmt.Sprintf("%s:%d imports %s: %s", s.path, files.Position(spec.Pos()).Line, imported, why))
			}
		}
	}
	sort.Strings(wrong)
	for _, w := range wrong {
		t.Error(w)
	}
}

// The table must be able to fail.
func TestTheImportTableKnowsRightFromWrong(t *testing.T) {
	for _, c := range []struct {
		name, dir, imported string
		allowed             bool
	}{
		{"policy may use its sister", "policy/sla", "yike/policy/worktime", true},
		{"policy may use pinyin", "policy/pinyin", "github.com/mozillazg/go-pinyin", true},
		{"policy may not use the web", "policy/sla", "net/http", false},
		{"policy may not use a part of the web", "policy/sla", "net/http/httptest", false},
		{"policy may not use the store", "policy", "yike/db", false},
		{"the root of policy may use casbin", "policy", "github.com/casbin/casbin/v2/model", true},
		{"a rule may not use casbin", "policy/sla", "github.com/casbin/casbin/v2", false},
		{"db may use its drivers", "db", "github.com/jackc/pgx/v5/stdlib", true},
		{"db may not use views", "db", "yike/views/ui", false},
		{"db may not use a library of another room", "db", "github.com/xuri/excelize/v2", false},
		{"views may use their parts", "views", "yike/views/ui", true},
		{"views may not use the store", "views", "yike/db", false},
		{"views may not use sessions", "views", "github.com/alexedwards/scs/v2", false},
		{"handlers may use sessions", "handlers", "github.com/alexedwards/scs/v2", true},
		{"handlers may use the store", "handlers", "yike/db", true},
		{"handlers may not use the store's tests", "handlers", "yike/db/dbtest", false},
		{"handlers may not use the jobs", "handlers", "yike/internal/jobs", false},
		{"handlers may not speak SQL", "handlers", "database/sql", false},
		{"jobs may not use handlers", "internal/jobs", "yike/handlers", false},
		{"sheet may use its library", "internal/sheet", "github.com/xuri/excelize/v2", true},
		{"sheet may not use the store", "internal/sheet", "yike/db", false},
		{"static uses nothing of ours", "static", "yike/policy", false},
		{"journeys start the product", "internal/e2e", "yike/internal/app", true},
		{"journeys use their harness", "internal/e2e/desk", "yike/internal/e2e", true},
		{"journeys go through the pages", "internal/e2e/desk", "yike/handlers", false},
		{"the product may not use the browser", "internal/app", "yike/internal/e2e", false},
		{"main uses app", ".", "yike/internal/app", true},
		{"main uses nothing else", ".", "yike/db", false},
		{"a package that nobody knows", "util", "fmt", false},
	} {
		if why := complaint("yike", c.dir, c.imported); (why == "") != c.allowed {
			t.Errorf("%s: %s imports %s, allowed %v, want %v (%s)", c.name, c.dir, c.imported, why == "", c.allowed, why)
		}
	}
}
