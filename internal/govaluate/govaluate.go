// Package govaluate stands in for the library of that name which casbin
// compiles its matchers with; README.md says why. It owns the few signs that
// our matchers are written in, and refuses every other. It knows nothing of
// roles or branches.
package govaluate

import "fmt"

// ExpressionFunction is a function that an expression may call.
type ExpressionFunction func(arguments ...any) (any, error)

// Parameters gives the names of an expression their values.
type Parameters interface {
	Get(name string) (any, error)
}

// EvaluableExpression is an expression that was understood. It never changes:
// any number may evaluate it at once.
type EvaluableExpression struct{ root node }

// NewEvaluableExpressionWithFunctions reads an expression. What is no part of
// the language, and a call of a function that is not there, is an error.
func NewEvaluableExpressionWithFunctions(text string, functions map[string]ExpressionFunction) (*EvaluableExpression, error) {
	tokens, err := scan(text)
	if err != nil {
		return nil, fmt.Errorf("matcher %q: %w", text, err)
	}
	p := parser{tokens: tokens, functions: functions}
	root, err := p.or()
	if err == nil && p.at < len(p.tokens) {
		err = fmt.Errorf("%q was not expected here", p.tokens[p.at].text)
	}
	if err != nil {
		return nil, fmt.Errorf("matcher %q: %w", text, err)
	}
	return &EvaluableExpression{root}, nil
}

// Eval returns the value of the expression for the parameters.
func (e EvaluableExpression) Eval(with Parameters) (any, error) { return e.root.value(with) }

// node is a part of an expression that has a value.
type node interface {
	value(with Parameters) (any, error)
}

type (
	word string // in quotes
	name string // of a parameter
	call struct {
		name     string
		function ExpressionFunction
		args     []node
	}
	not    struct{ of node }
	equal  struct{ left, right node }
	either struct {
		left, right node
		both        bool // && instead of ||
	}
)

func (w word) value(Parameters) (any, error) { return string(w), nil }

func (n name) value(with Parameters) (any, error) {
	if with == nil {
		return nil, fmt.Errorf("no parameter %q", string(n))
	}
	return with.Get(string(n))
}

func (c call) value(with Parameters) (any, error) {
	args := make([]any, len(c.args))
	for i, a := range c.args {
		var err error
		if args[i], err = a.value(with); err != nil {
			return nil, err
		}
	}
	out, err := c.function(args...)
	if err != nil {
		return nil, fmt.Errorf("%s(): %w", c.name, err)
	}
	return out, nil
}

func (n not) value(with Parameters) (any, error) {
	v, err := truth(n.of, with)
	return !v, err
}

// Two values are equal when both are words or both are truths, and the same.
// Other kinds are no part of the language: they could not be compared at all.
func (e equal) value(with Parameters) (any, error) {
	left, err := e.left.value(with)
	if err != nil {
		return nil, err
	}
	right, err := e.right.value(with)
	if err != nil {
		return nil, err
	}
	for _, v := range []any{left, right} {
		switch v.(type) {
		case string, bool:
		default:
			return nil, fmt.Errorf("%v is neither a word nor true or false", v)
		}
	}
	return left == right, nil
}

func (e either) value(with Parameters) (any, error) {
	left, err := truth(e.left, with)
	if err != nil || left != e.both {
		return left, err
	}
	right, err := truth(e.right, with)
	return right, err
}

func truth(n node, with Parameters) (bool, error) {
	v, err := n.value(with)
	if err != nil {
		return false, err
	}
	b, ok := v.(bool)
	if !ok {
		return false, fmt.Errorf("%v is neither true nor false", v)
	}
	return b, nil
}
