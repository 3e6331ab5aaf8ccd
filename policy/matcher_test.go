package policy

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	original "github.com/Knetic/govaluate"
	"github.com/casbin/casbin/v2/util"
	ours "github.com/casbin/govaluate"
)

// said is what an expression came to: a value, or that it came to nothing.
// Which words a refusal has is each library's own.
func said(v any, err error) string {
	if err != nil {
		return "refused"
	}
	return fmt.Sprintf("%T %v", v, v)
}

// bothSay evaluates a text with our matcher and with the library it stands in for.
func bothSay(text string, values map[string]any, functions map[string]func(...any) (any, error)) (got, want string) {
	mine, theirs := map[string]ours.ExpressionFunction{}, map[string]original.ExpressionFunction{}
	for name, f := range functions {
		mine[name], theirs[name] = f, f
	}
	if e, err := ours.NewEvaluableExpressionWithFunctions(text, mine); err != nil {
		got = said(nil, err)
	} else {
		got = said(e.Eval(original.MapParameters(values)))
	}
	if e, err := original.NewEvaluableExpressionWithFunctions(text, theirs); err != nil {
		want = said(nil, err)
	} else {
		want = said(e.Evaluate(values))
	}
	return got, want
}

func TestOurMatcherComesToWhatTheOriginalLibrarySays(t *testing.T) {
	_, line, ok := strings.Cut(modelConf, "\nm = ")
	if !ok {
		t.Fatal("model.conf has no matcher")
	}
	line = util.RemoveComments(util.EscapeAssertion(strings.TrimSpace(line)))
	answers := func(name string, held bool) func(...any) (any, error) {
		return func(args ...any) (any, error) {
			if want := map[string]int{"g": 3, "g2": 3, "g3": 2}[name]; len(args) != want || args[0] != "holder" || args[1] != "sales_rep" {
				return nil, fmt.Errorf("%s was asked %v", name, args)
			}
			return held, nil
		}
	}
	yes := 0
	for _, reach := range append([]Reach{"", "far"}, Reaches...) {
		for bits := range 32 {
			bit := func(n int) bool { return bits>>n&1 == 1 }
			values := map[string]any{"r_sub": "holder", "r_dom": "/hq/zj", "r_obj": "customers", "r_act": "read",
				"p_sub": "sales_rep", "p_obj": "customers", "p_act": "read", "p_reach": string(reach)}
			if bit(3) {
				values["p_obj"] = "visits"
			}
			if bit(4) {
				values["p_act"] = "edit"
			}
			got, want := bothSay(line, values, map[string]func(...any) (any, error){"g": answers("g", bit(0)), "g2": answers("g2", bit(1)), "g3": answers("g3", bit(2))})
			byHand := bits < 8 && (reach == ReachSubtree && bit(0) || reach == ReachBranch && bit(1) || (reach == ReachOwn || reach == ReachCompany) && bit(2))
			if got != want || got != "bool "+strconv.FormatBool(byHand) {
				t.Errorf("reach %q, case %05b: ours %s, the original %s, by hand %v", reach, bits, got, want, byHand)
			}
			if byHand {
				yes++
			}
		}
	}
	if yes != 16 {
		t.Errorf("%d cases are allowed, want 16", yes)
	}
}

// expression makes an expression by chance; most are sound, some compare what
// cannot be compared or call what fails.
func expression(r *rand.Rand, deep int) string {
	sub := func() string { return expression(r, deep-1) }
	if deep == 0 {
		return []string{"r_a", "r_b", "p_yes", "p_no", `"one"`, "'two'", `""`, "r_none"}[r.IntN(8)]
	}
	switch r.IntN(9) {
	case 0, 1:
		return sub() + " && " + sub()
	case 2, 3:
		return sub() + " || " + sub()
	case 4:
		return "(" + sub() + ") == (" + sub() + ")"
	case 5:
		return "(" + sub() + ") != (" + sub() + ")"
	case 6:
		return "!(" + sub() + ")"
	case 7:
		return "same((" + sub() + "), (" + sub() + "))"
	}
	return []string{"r_a == p_one", "same(r_a, r_b)", "fails(r_a)", "p_yes", "( p_no )", "r_b!='two'"}[r.IntN(6)]
}

func TestExpressionsByChanceComeToWhatTheOriginalSays(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	functions := map[string]func(...any) (any, error){
		"same":  func(args ...any) (any, error) { return len(args) == 2 && args[0] == args[1], nil },
		"fails": func(...any) (any, error) { return nil, fmt.Errorf("fails") },
	}
	seen := map[string]int{}
	for range 20_000 {
		text := expression(r, 1+r.IntN(4))
		values := map[string]any{"r_a": []string{"one", "two"}[r.IntN(2)], "r_b": "two", "p_one": "one", "p_yes": true, "p_no": false}
		got, want := bothSay(text, values, functions)
		if got != want {
			t.Fatalf("%s with %v: ours %s, the original %s", text, values, got, want)
		}
		seen[got]++
	}
	if seen["bool true"] < 1000 || seen["bool false"] < 1000 || seen["refused"] < 1000 {
		t.Errorf("too much of one kind to mean anything: %v", seen)
	}
}

func TestAMatcherInSignsWeDoNotKnowIsRefusedWhenItIsRead(t *testing.T) {
	functions := map[string]ours.ExpressionFunction{"g": func(...any) (any, error) { return true, nil }}
	for name, text := range map[string]string{
		"nothing":                      " ",
		"a number":                     "r_a == 1",
		"a regular expression":         "r_a =~ '.*'",
		"a field or method of a value": "r.Sub.Name == 'a'",
		"a comparison that is larger":  "r_a > r_b",
		"one & alone":                  "r_a & r_b",
		"one = alone":                  "r_a = r_b",
		"a list":                       "r_a in ('a', 'b')",
		"true as a word":               "true",
		"a question":                   "r_a ? r_b : r_c",
		"a quotation that is open":     "r_a == 'a",
		"a backslash in a quotation":   `r_a == 'a\'b'`,
		"a bracket that is open":       "(r_a == r_b",
		"a bracket too many":           "r_a == r_b)",
		"a comparison of three":        "r_a == r_b == r_c",
		"an operator without right":    "r_a &&",
		"an operator without left":     "&& r_a",
		"two values side by side":      "r_a r_b",
		"a function that is not there": "keyMatch(r_a, r_b)",
		"a function that is not asked": "g",
		"a call that is open":          "g(r_a, ",
		"brackets without end":         strings.Repeat("(", 10_000) + "r_a" + strings.Repeat(")", 10_000),
		"a sign of another script":     "r_a＝＝r_b",
	} {
		if e, err := ours.NewEvaluableExpressionWithFunctions(text, functions); err == nil {
			t.Errorf("%s: %.40q is understood as %v", name, text, e)
		}
	}
}
