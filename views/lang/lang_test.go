package lang

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// call is one wrapped text found in the source.
type call struct {
	zh, at string
	args   int // values after the text; -1 when they come as a slice
	marked bool
}

// bare is one Chinese literal that is not wrapped.
type bare struct{ text, at string }

// allowed are the words that are the same in both languages.
var allowed = []string{"中文"}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// wide also counts Chinese punctuation: "%s：" has no Han but is Chinese.
func wide(s string) bool { return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x2E80 }) }

// literal returns the value of a string literal or of several joined by +.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.BinaryExpr:
		a, ok1 := literal(e.X)
		b, ok2 := literal(e.Y)
		return a + b, ok1 && ok2 && e.Op == token.ADD
	case *ast.ParenExpr:
		return literal(e.X)
	}
	return "", false
}

// wrapper returns at which argument a translating function takes its text, or -1.
func wrapper(fun ast.Expr) (at int, marks bool) {
	name := ""
	switch f := fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		name = f.Sel.Name
	}
	switch name {
	case "t", "T":
		return 1, false
	case "N":
		return 0, true
	}
	return -1, false
}

// scan reads a Go file; templ's generated files carry all a template says.
func scan(name string, src any) (calls []call, bares []bare, err error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, err
	}
	wrapped := map[ast.Node]bool{}
	where := func(n ast.Node) string {
		return fmt.Sprintf("%s:%d", filepath.ToSlash(name), set.Position(n.Pos()).Line)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok {
			at, marks := wrapper(c.Fun)
			if at >= 0 && len(c.Args) > at {
				if zh, ok := literal(c.Args[at]); ok && wide(zh) {
					ast.Inspect(c.Args[at], func(n ast.Node) bool { wrapped[n] = true; return true })
					args := len(c.Args) - at - 1
					if c.Ellipsis.IsValid() {
						args = -1
					}
					calls = append(calls, call{zh: zh, at: where(c), args: args, marked: marks})
				}
			}
		}
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING && !wrapped[n] {
			if s, err := strconv.Unquote(l.Value); err == nil {
				for _, word := range allowed {
					s = strings.ReplaceAll(s, word, "")
				}
				if hasHan(s) {
					bares = append(bares, bare{text: s, at: where(l)})
				}
			}
		}
		return true
	})
	return calls, bares, nil
}

var verb = regexp.MustCompile(`%[-+# 0]*(?:\[(\d+)\])?[\d.*]*(?:\[(\d+)\])?([a-zA-Z%])`)

// verbs returns what a format wants of each argument: "1s", "2d".
func verbs(format string) []string {
	var out []string
	next := 1
	for _, m := range verb.FindAllStringSubmatch(format, -1) {
		if m[3] == "%" {
			continue
		}
		for _, index := range []string{m[1], m[2]} {
			if n, err := strconv.Atoi(index); err == nil {
				next = n
			}
		}
		if word := strconv.Itoa(next) + m[3]; !slices.Contains(out, word) {
			out = append(out, word)
		}
		next++
	}
	slices.Sort(out)
	return out
}

func sources(t *testing.T) (calls []call, bares []bare) {
	t.Helper()
	root := filepath.Join("..", "..")
	for _, dir := range []string{"views", "handlers"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && (d.Name() == "lang" || d.Name() == "testdata") {
				return filepath.SkipDir
			}
			if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return nil
			}
			c, b, err := scan(name, nil)
			if err != nil {
				return err
			}
			calls = append(calls, c...)
			if dir == "views" {
				bares = append(bares, b...)
			}
			return nil
		})
		if err != nil && !(dir == "handlers" && strings.Contains(err.Error(), "no such file")) {
			t.Fatal(err)
		}
	}
	return calls, bares
}

func TestACountOfOneIsSaidInTheSingular(t *testing.T) {
	en := With(context.Background(), English)
	for _, c := range []struct {
		n    int
		want string
	}{{0, "0 working days left"}, {1, "1 working day left"}, {2, "2 working days left"}, {1001, "1,001 working days left"}} {
		if got := T(en, "剩 %d 个工作日", c.n); got != c.want {
			t.Errorf("%d: got %q, want %q", c.n, got, c.want)
		}
	}
	if got := T(With(context.Background(), Chinese), "剩 %d 个工作日", 1); got != "剩 1 个工作日" {
		t.Errorf("Chinese: %q", got)
	}
	for zh := range singular {
		if !Has(zh) {
			t.Errorf("singular of %q, which the catalogue does not have", zh)
		}
	}
}

func TestEveryTextHasEnglishAndEveryEntryIsUsed(t *testing.T) {
	calls, bares := sources(t)
	if len(calls) < 50 {
		t.Fatalf("found only %d wrapped texts: the scan does not see the sources", len(calls))
	}
	used := map[string]bool{}
	for _, c := range calls {
		used[c.zh] = true
		if !Has(c.zh) {
			t.Errorf("%s: %q has no English entry", c.at, c.zh)
		}
		if n := len(verbs(c.zh)); !c.marked && c.args >= 0 && n != c.args {
			t.Errorf("%s: %q wants %d values and gets %d", c.at, c.zh, n, c.args)
		}
	}
	for zh := range entries() {
		if !used[zh] {
			t.Errorf("the English entry for %q is used by no page", zh)
		}
	}
	for _, b := range bares {
		t.Errorf("%s: Chinese that is not wrapped: %q", b.at, b.text)
	}
}

func TestBothLanguagesTakeTheSameValues(t *testing.T) {
	for zh, en := range entries() {
		if en == "" {
			t.Errorf("%q is empty in English", zh)
		}
		if a, b := verbs(zh), verbs(en); !slices.Equal(a, b) {
			t.Errorf("%q takes %v, in English %v", zh, a, b)
		}
		if hasHan(strings.ReplaceAll(en, "驿客", "")) {
			t.Errorf("the English for %q still holds Chinese: %q", zh, en)
		}
	}
	said := map[string]string{}
	for _, area := range areas {
		for zh, en := range area {
			if have, ok := said[zh]; ok && have != en {
				t.Errorf("%q is %q in one area and %q in another", zh, have, en)
			}
			said[zh] = en
		}
	}
}

func TestTheScanSeesWhatItMust(t *testing.T) {
	src := "package x\nfunc f(){ _ = t(ctx, \"客户\" + \"组\"); _ = lang.T(ctx, \"共 %d 位\", 3); _ = lang.N(\"标\"); write(\"<p>裸</p>\"); write(\"中文\") }"
	calls, bares, err := scan("x.go", src)
	if err != nil {
		t.Fatal(err)
	}
	if len(calls) != 3 || calls[0].zh != "客户组" || calls[1].args != 1 || !calls[2].marked {
		t.Errorf("wrapped texts: %+v", calls)
	}
	if len(bares) != 1 || bares[0].text != "<p>裸</p>" {
		t.Errorf("bare texts: %+v", bares)
	}
}

func TestVerbs(t *testing.T) {
	for format, want := range map[string]string{
		"":                    "",
		"100%%":               "",
		"%s 改给 %s":            "1s 2s",
		"%[2]s to %[1]s":      "1s 2s",
		"%d of %d, %.1f%% ok": "1d 2d 3f",
		"%[1]s and %[1]s":     "1s",
	} {
		if got := strings.Join(verbs(format), " "); got != want {
			t.Errorf("%q takes %q, want %q", format, got, want)
		}
	}
}

func TestT(t *testing.T) {
	const fixture = "测试：%d 位"
	zh, en := With(context.Background(), "zh-CN"), With(context.Background(), "en")
	for _, c := range []struct {
		name string
		ctx  context.Context
		text string
		args []any
		want string
	}{
		{"a context without a language is Chinese", context.Background(), "退出", nil, "退出"},
		{"Chinese is its own text", zh, "退出", nil, "退出"},
		{"English comes from the catalogue", en, "退出", nil, "Sign out"},
		{"a British reader reads English", With(context.Background(), "en-GB"), "退出", nil, "Sign out"},
		{"an unknown language is Chinese", With(context.Background(), "fr"), "退出", nil, "退出"},
		{"an empty language is Chinese", With(context.Background(), ""), "退出", nil, "退出"},
		{"a text without English stays Chinese", en, "没有这一句", nil, "没有这一句"},
		{"a text without values is not a format", zh, "占 68%", nil, "占 68%"},
		{"whole numbers are grouped in Chinese", zh, fixture, []any{1286}, "测试：1,286 位"},
		{"a format without English keeps its values", en, fixture, []any{1286}, "测试：1,286 位"},
		{"a format with English takes its values", en, "请等 %d 秒再试。", []any{15}, "Wait 15 seconds and try again."},
		{"a year handed in as text is not grouped", zh, "%s：", []any{"2026"}, "2026："},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := T(c.ctx, c.text, c.args...); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if Tag(en) != "en" || Tag(zh) != "zh-CN" || Tag(context.Background()) != "zh-CN" {
		t.Errorf("tags: %q %q %q", Tag(en), Tag(zh), Tag(context.Background()))
	}
}

func TestManyReadersAtOnce(t *testing.T) {
	t.Parallel()
	done := make(chan string)
	for i := range 16 {
		go func() {
			ctx := With(context.Background(), []string{"en", "zh-CN"}[i%2])
			last := ""
			for range 200 {
				last = T(ctx, "请等 %d 秒再试。", i)
			}
			done <- last
		}()
	}
	for range 16 {
		if s := <-done; s == "" {
			t.Error("an empty text")
		}
	}
}
