package app_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
)

// The house rules that no compiler and no staticcheck holds. Each rule is a function from
// one parsed file, or one package, to what is wrong in it; the tests at the end run it
// over the tree and over examples of both kinds, so that no rule passes by being blind.

type fault struct {
	at   token.Pos
	text string
}

// report fails the test for each fault, by place.
func report(t *testing.T, files *token.FileSet, faults []fault) {
	t.Helper()
	sort.Slice(faults, func(i, j int) bool { return faults[i].at < faults[j].at })
	for _, f := range faults {
		p := files.Position(f.at)
		t.Errorf("%s:%d: %s", strings.TrimPrefix(p.Filename, "../../"), p.Line, f.text)
	}
}

// importName returns the name by which the file knows the package, "" if it does not
// import it.
func importName(f *ast.File, pkg string) string {
	for _, spec := range f.Imports {
		if p, _ := strconv.Unquote(spec.Path.Value); p == pkg {
			if spec.Name != nil {
				return spec.Name.Name
			}
			return pkg[strings.LastIndex(pkg, "/")+1:]
		}
	}
	return ""
}

// selector splits x.Name, where x is a plain name.
func selector(e ast.Expr) (x, name string) {
	if s, ok := e.(*ast.SelectorExpr); ok {
		if id, ok := s.X.(*ast.Ident); ok {
			return id.Name, s.Sel.Name
		}
	}
	return "", ""
}

// ---- policy brings no clock

func clockFaults(f *ast.File) (faults []fault) {
	clock := importName(f, "time")
	if clock == "" {
		return nil
	}
	readers := []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer", "Sleep", "Local"}
	ast.Inspect(f, func(n ast.Node) bool {
		if e, ok := n.(*ast.SelectorExpr); ok {
			if x, name := selector(e); x == clock && slices.Contains(readers, name) {
				faults = append(faults, fault{e.Pos(), "policy reads no clock and no zone of this machine (time." + name + "): the caller brings the time"})
			}
		}
		return true
	})
	return faults
}

// ---- SQL stands in db

// statement recognises SQL as we write it, key words in capitals; part also the pieces
// that a statement is put together from.
var (
	statement = regexp.MustCompile(`\b(SELECT\s[\s\S]*?\sFROM\s|INSERT\s+INTO\s|UPDATE\s+[\w"]+\s+SET\s|DELETE\s+FROM\s|CREATE\s+(UNIQUE\s+)?(VIRTUAL\s+)?(TABLE|INDEX)\s|ALTER\s+TABLE\s|DROP\s+(TABLE|INDEX)\s)`)
	part      = regexp.MustCompile(`\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|FROM|WHERE|AND|OR|ORDER BY|GROUP BY|HAVING|LIMIT|OFFSET|JOIN|VALUES|RETURNING|UNION|PRAGMA|CREATE|ALTER|DROP)\b|\b(IN|LIKE|BETWEEN)\s*\(?'?%?$|[\w)]\s*(=|<>|!=|<|>|<=|>=)\s*'?$`)
)

func literal(e ast.Expr) (string, bool) {
	if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
		s, err := strconv.Unquote(l.Value)
		return s, err == nil
	}
	return "", false
}

func sqlFaults(f *ast.File) (faults []fault) {
	ast.Inspect(f, func(n ast.Node) bool {
		if e, ok := n.(ast.Expr); ok {
			if s, ok := literal(e); ok && statement.MatchString(s) {
				faults = append(faults, fault{e.Pos(), "SQL outside db: make it a method of the store, named for what it does"})
			}
		}
		return true
	})
	return faults
}

// ---- no text from outside becomes SQL

// weaver looks for values that are woven into the text of a statement. Allowed are
// constants and variables of the package, what functions of the package (and strconv)
// return, an entry of a table that is a variable of the package, and local variables that
// hold nothing else. Not allowed are parameters, fields of what was handed in, and
// anything formatted: those are bound as $1. A function whose name ends in SQL is a
// builder: its parameters are names that the package itself chose.
type weaver struct {
	global map[string]bool // constants and variables of the package
	funcs  map[string]bool // functions and methods of the package
	fmt    string

	values map[string][]ast.Expr // of the function at hand: what each local name was given
	build  bool                  // the function at hand is a builder
	params map[string]bool
	faults []fault
}

func weaveFaults(pkg []*ast.File) []fault {
	w := &weaver{global: map[string]bool{}, funcs: map[string]bool{}}
	for _, f := range pkg {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				w.funcs[d.Name.Name] = true
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if v, ok := s.(*ast.ValueSpec); ok {
						for _, n := range v.Names {
							w.global[n.Name] = true
						}
					}
				}
			}
		}
	}
	for _, f := range pkg {
		w.fmt = importName(f, "fmt")
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
				w.function(fn)
			}
		}
	}
	return w.faults
}

func (w *weaver) function(fn *ast.FuncDecl) {
	w.values, w.params, w.build = map[string][]ast.Expr{}, map[string]bool{}, strings.HasSuffix(fn.Name.Name, "SQL")
	take := func(list *ast.FieldList) {
		if list == nil {
			return
		}
		for _, p := range list.List {
			for _, n := range p.Names {
				w.params[n.Name] = true
			}
		}
	}
	take(fn.Recv)
	take(fn.Type.Params)
	speaksSQL := false
	give := func(to, from ast.Expr) {
		if id, ok := to.(*ast.Ident); ok && from != nil {
			w.values[id.Name] = append(w.values[id.Name], from)
		}
	}
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			take(n.Type.Params)
		case *ast.AssignStmt:
			for i, to := range n.Lhs {
				give(to, n.Rhs[min(i, len(n.Rhs)-1)]) // of f() with several results each holds f()
			}
		case *ast.ValueSpec:
			for i, to := range n.Names {
				if len(n.Values) > 0 {
					give(to, n.Values[min(i, len(n.Values)-1)])
				} else {
					w.values[to.Name] = append(w.values[to.Name], &ast.BasicLit{Kind: token.STRING, Value: `""`})
				}
			}
		case *ast.RangeStmt:
			give(n.Key, n.X)
			give(n.Value, n.X)
		case *ast.BasicLit:
			if s, ok := literal(n); ok && statement.MatchString(s) {
				speaksSQL = true
			}
		}
		return true
	})
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if n.Op == token.ADD && hasPart(n) {
				w.check(n)
				return false
			}
		case *ast.AssignStmt:
			if n.Tok == token.ADD_ASSIGN && w.holdsSQL(n.Lhs[0]) {
				w.check(n.Rhs[0])
			}
		case *ast.CallExpr:
			x, name := selector(n.Fun)
			formatted := w.fmt != "" && x == w.fmt && slices.Contains([]string{"Sprintf", "Fprintf", "Appendf"}, name)
			if formatted && slices.ContainsFunc(n.Args, func(a ast.Expr) bool { s, ok := literal(a); return ok && statement.MatchString(s) }) {
				w.faults = append(w.faults, fault{n.Pos(), "a statement is not formatted with fmt." + name + ": bind values as $1 and put columns together from constants"})
			}
			if name == "WriteString" && speaksSQL && len(n.Args) == 1 {
				w.check(n.Args[0])
			}
		}
		return true
	})
}

// hasPart says whether a literal in the sum looks like a piece of SQL.
func hasPart(e ast.Expr) (yes bool) {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return hasPart(e.X) || hasPart(e.Y)
	case *ast.ParenExpr:
		return hasPart(e.X)
	}
	s, ok := literal(e)
	return ok && part.MatchString(s)
}

// holdsSQL says whether the local name was given a statement or a piece of one.
func (w *weaver) holdsSQL(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && slices.ContainsFunc(w.values[id.Name], hasPart)
}

func (w *weaver) check(e ast.Expr) {
	if bad := w.outside(e, nil); bad != nil {
		w.faults = append(w.faults, fault{bad.Pos(), "text from outside becomes part of a statement: bind it as $1, look it up in a table of this package, or move the piece into a function whose name ends in SQL"})
	}
}

// outside returns the part of e that does not come from this package, or nil. seen holds
// the local names under examination, which may be given in terms of themselves.
func (w *weaver) outside(e ast.Expr, seen []string) ast.Expr {
	any := func(list ...ast.Expr) ast.Expr {
		for _, x := range list {
			if bad := w.outside(x, seen); bad != nil {
				return bad
			}
		}
		return nil
	}
	switch e := e.(type) {
	case *ast.BasicLit:
		return nil
	case *ast.BinaryExpr:
		return any(e.X, e.Y)
	case *ast.ParenExpr:
		return any(e.X)
	case *ast.SliceExpr:
		return any(e.X)
	case *ast.CompositeLit:
		return any(e.Elts...)
	case *ast.KeyValueExpr:
		return any(e.Value)
	case *ast.IndexExpr: // table[anything]: what comes out was in the table
		return any(e.X)
	case *ast.SelectorExpr: // a field is as good as what holds it
		if any(e.X) != nil {
			return e
		}
		return nil
	case *ast.CallExpr:
		x, name := selector(e.Fun)
		id, plain := e.Fun.(*ast.Ident)
		switch {
		case x == "strconv", plain && id.Name == "len", plain && w.funcs[id.Name], !plain && w.funcs[name]:
			return nil
		case x == "strings" || x == "slices" || plain && (id.Name == "append" || id.Name == "string"):
			return any(e.Args...)
		case plain && id.Name == "make":
			return nil
		}
		return e
	case *ast.Ident:
		values, local := w.values[e.Name]
		switch {
		case slices.Contains(seen, e.Name):
			return nil
		case w.params[e.Name]:
			if w.build {
				return nil
			}
			return e
		case local:
			seen = append(slices.Clone(seen), e.Name)
			if any(values...) != nil {
				return e
			}
			return nil
		case w.global[e.Name]:
			return nil
		}
		return e
	}
	return e
}

// ---- what touches the database can be cancelled

// bareStore lists exported functions of db that touch the database without a context,
// each with its reason.
var bareStore = map[string]string{
	"Close":  "closing must not be cut short",
	"Find":   "scs asks for it in its older interface",
	"Commit": "scs asks for it in its older interface",
	"Delete": "scs asks for it in its older interface",
}

func contextFaults(f *ast.File) (faults []fault) {
	ctx := importName(f, "context")
	isContext := func(e ast.Expr) bool { x, name := selector(e); return ctx != "" && x == ctx && name == "Context" }
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || !fn.Name.IsExported() || fn.Body == nil {
			continue
		}
		at := slices.IndexFunc(fn.Type.Params.List, func(p *ast.Field) bool { return isContext(p.Type) })
		if at > 0 {
			faults = append(faults, fault{fn.Pos(), fn.Name.Name + ": the context comes first"})
		}
		if _, excused := bareStore[fn.Name.Name]; at >= 0 || excused {
			continue
		}
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				x, name := selector(call.Fun)
				if s, ok := call.Fun.(*ast.SelectorExpr); ok && x == "" {
					name = s.Sel.Name
				}
				asks := slices.Contains([]string{"Query", "QueryRow", "Exec", "Begin", "Prepare", "Ping"}, name)
				if asks || ctx != "" && x == ctx && (name == "Background" || name == "TODO") {
					faults = append(faults, fault{call.Pos(), fn.Name.Name + " touches the database and takes no context: make ctx its first parameter"})
				}
			}
			return true
		})
	}
	return faults
}

// ---- nothing goes past templ's escaping

var unescaped = map[string][]string{
	"github.com/a-h/templ": {"Raw", "SafeCSS", "SafeCSSProperty", "SafeURL", "SafeScript", "JSUnsafeFuncCall", "JSExpression", "FromGoHTML"},
	"html/template":        {"HTML", "HTMLAttr", "JS", "JSStr", "CSS", "URL", "Srcset"},
}

func rawFaults(f *ast.File) (faults []fault) {
	for pkg, names := range unescaped {
		known := importName(f, pkg)
		if known == "" {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if x, name := selector(call.Fun); x == known && slices.Contains(names, name) && len(call.Args) > 0 {
				if _, constant := literal(call.Args[0]); !constant {
					faults = append(faults, fault{call.Pos(), known + "." + name + " of something that is no literal goes past the escaping: hand the value to the template as it is"})
				}
			}
			return true
		})
	}
	return faults
}

// ---- the tree

func TestHouseRules(t *testing.T) {
	files, _, all := sources(t)
	var store []*ast.File
	var faults []fault
	for _, s := range all {
		if within(s.dir, "policy") {
			faults = append(faults, clockFaults(s.text)...)
		}
		// pgtest asks a server for its databases and knows no table of ours.
		if !within(s.dir, "db") && s.dir != "internal/pgtest" {
			faults = append(faults, sqlFaults(s.text)...)
		}
		if s.dir == "db" {
			store = append(store, s.text)
			faults = append(faults, contextFaults(s.text)...)
		}
		faults = append(faults, rawFaults(s.text)...)
	}
	report(t, files, append(faults, weaveFaults(store)...))
}

// ---- the rules themselves

func TestTheHouseRulesKnowRightFromWrong(t *testing.T) {
	weave := func(f *ast.File) []fault { return weaveFaults([]*ast.File{f}) }
	for _, c := range []struct {
		name string
		rule func(*ast.File) []fault
		code string
		want int
	}{
		{"policy may do sums with time", clockFaults, `import "time"; func f(t time.Time) time.Time { return t.Add(time.Hour) }`, 0},
		{"policy may not ask the time", clockFaults, `import "time"; func f() time.Time { return time.Now() }`, 1},
		{"policy may not ask the time under another name", clockFaults, `import clock "time"; var f = clock.Now`, 1},
		{"policy may call its own field Now", clockFaults, `type w struct{ Now int }; func f(time w) int { return time.Now }`, 0},

		{"a statement outside db", sqlFaults, "var q = `\n\tSELECT id\n\tFROM customers WHERE id = $1`", 1},
		{"an insertion outside db", sqlFaults, `func f() string { return "INSERT INTO visits (id) VALUES ($1)" }`, 1},
		{"English is not SQL", sqlFaults, `var s = "Select a sheet from the list, then update it."`, 0},

		{"columns by constant", weave, `const cols = "id, name"; var q = 1; func f() string { return "SELECT " + cols + " FROM customers" }`, 0},
		{"a list of placeholders", weave, `func in() (string, []any) { return "($1)", nil }; func f() string { x, _ := in(); return "SELECT id FROM users WHERE id IN " + x }`, 0},
		{"a parameter", weave, `func f(name string) string { return "SELECT id FROM users WHERE name = '" + name + "'" }`, 1},
		{"a parameter in a piece", weave, `func f(city string) string { return "c.city = " + city }`, 1},
		{"a parameter by way of a local name", weave, `func f(sort string) string { by := " ORDER BY "; by += sort; return "SELECT id FROM users" + by }`, 2},
		{"a field of what was handed in", weave, `func f(in struct{ Sort string }) string { return "SELECT id FROM users ORDER BY " + in.Sort }`, 1},
		{"a sort looked up in a table of the package", weave, `var sorts = map[string]string{"name": "name_key"}; func f(sort string) string { by := sorts[sort]; return "SELECT id FROM users ORDER BY " + by }`, 0},
		{"what was handed in, in a loop", weave, `func f(names []string) string { q := "SELECT id FROM users WHERE name IN ("; for _, n := range names { q += n }; return q }`, 1},
		{"a builder may weave its parameters", weave, `func insertSQL(table string) string { return "INSERT INTO " + table + " (id) VALUES ($1)" }`, 0},
		{"a package that starts programs, in a handler", dangerFaults("handlers"), `import "os/exec"`, 1},
		{"chance for something that nobody may guess", dangerFaults("db"), `import "math/rand/v2"`, 1},
		{"chance for made-up data", dangerFaults("internal/demo"), `import "math/rand/v2"`, 0},
		{"a shell", dangerFaults("internal/app"), `import "os/exec"; func f(ctx any) { exec.CommandContext(ctx, "sh", "-c", "x"); exec.Command("cmd", "/c") }`, 2},
		{"a program by its name", dangerFaults("internal/app"), `import "os/exec"; func f() { exec.Command("systemctl", "start") }`, 0},
		{"any certificate will do", dangerFaults("internal/notify"), `import "crypto/tls"; var c = tls.Config{InsecureSkipVerify: true}`, 1},
		{"the common client", dangerFaults("internal/notify"), `import "net/http"; func f() { http.Get("x") }`, 1},
		{"an expression put together", dangerFaults("policy"), `import "regexp"; func f(s string) { regexp.MustCompile("a" + s) }`, 1},
		{"an expression written down", dangerFaults("policy"), `import "regexp"; const c = "c"; var x = regexp.MustCompile("a" + c + "b")`, 0},
		{"an expression of a variable", dangerFaults("policy"), `import "regexp"; var c = "c"; var x = regexp.MustCompile(c)`, 1},
		{"formatting", weave, `import "fmt"; func f(n int) string { return fmt.Sprintf("SELECT id FROM users LIMIT %d", n) }`, 1},
		{"formatting an error", weave, `import "fmt"; func f(n int) error { return fmt.Errorf("select user %d from table", n) }`, 0},
		{"writing piece by piece", weave, `import "strings"; func f(by string) string { var b strings.Builder; b.WriteString("SELECT id FROM users ORDER BY "); b.WriteString(by); return b.String() }`, 1},
		{"a call of another package", weave, `import "os"; func f() string { return "SELECT id FROM users WHERE name = " + os.Getenv("NAME") }`, 1},
		{"a file name is no SQL", weave, `func f(to string) string { return to + ".part" }`, 0},

		{"a context first", contextFaults, `import "context"; func (d *DB) Customer(ctx context.Context, id int64) {}; type DB struct{}`, 0},
		{"a context later", contextFaults, `import "context"; func (d *DB) Customer(id int64, ctx context.Context) {}; type DB struct{}`, 1},
		{"a query without context", contextFaults, `func (d *DB) Customer(id int64) { d.r.Query("", id) }; type DB struct{ r interface{ Query(string, ...any) } }`, 1},
		{"a context of its own", contextFaults, `import "context"; func (d *DB) Touch() { d.touch(context.Background()) }; type DB struct{}`, 1},
		{"no database, no context", contextFaults, `func ParseID(s string) int64 { return int64(len(s)) }`, 0},

		{"a constant drawing", rawFaults, "import \"github.com/a-h/templ\"; var dot = templ.Raw(`<i></i>`)", 0},
		{"a name as it came", rawFaults, `import "github.com/a-h/templ"; func f(name string) templ.Component { return templ.Raw("<b>" + name) }`, 1},
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "example.go", "package example\n"+strings.ReplaceAll(c.code, "; func", "\nfunc"), parser.SkipObjectResolution)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if faults := c.rule(f); len(faults) != c.want {
			t.Errorf("%s: %d faults %v, want %d", c.name, len(faults), fmt.Sprint(faults), c.want)
		}
	}
}
