package handlers

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Whoever reads a form with files is told so in largeBodies: its body may be
// larger than one without, and it bounds it itself.
func TestFormsWithFilesMayBeLarge(t *testing.T) {
	files := readers(t)
	n := 0
	for _, rt := range (&Handlers{}).routes() {
		name := runtime.FuncForPC(reflect.ValueOf(rt.handle).Pointer()).Name()
		name = strings.TrimSuffix(name[strings.LastIndexByte(name, '.')+1:], "-fm")
		if !strings.HasPrefix(rt.pattern, "POST ") || !files[name] {
			continue
		}
		if n++; !slices.Contains(largeBodies, rt.pattern) {
			t.Errorf("%s reads files by %s, and no more than %d bytes of them arrive", rt.pattern, name, maxForm)
		}
	}
	if n != len(largeBodies) {
		t.Errorf("%d routes read files, %d may", n, len(largeBodies))
	}
}

// readers are the functions of this package that read a body in parts,
// themselves or by another.
func readers(t *testing.T) map[string]bool {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string][]string{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				switch x := n.(type) {
				case *ast.SelectorExpr:
					calls[f.Name.Name] = append(calls[f.Name.Name], x.Sel.Name)
				case *ast.CallExpr:
					if id, ok := x.Fun.(*ast.Ident); ok {
						calls[f.Name.Name] = append(calls[f.Name.Name], id.Name)
					}
				}
				return true
			})
		}
	}
	out := map[string]bool{"ParseMultipartForm": true, "MultipartReader": true}
	for grown := true; grown; {
		grown = false
		for f, list := range calls {
			if f != "routes" && !out[f] && slices.ContainsFunc(list, func(c string) bool { return out[c] }) {
				out[f], grown = true, true
			}
		}
	}
	return out
}
