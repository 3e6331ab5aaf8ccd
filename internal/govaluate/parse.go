package govaluate

import (
	"errors"
	"fmt"
	"strings"
)

// What a token is.
const (
	sign = iota
	quoted
	named
)

type token struct {
	kind int
	text string
}

// signs are the operators, the longer ones before those they begin with.
var signs = []string{"==", "!=", "&&", "||", "!", "(", ")", ","}

func scan(text string) ([]token, error) {
	var out []token
	for text = strings.TrimLeft(text, " \t\r\n"); text != ""; text = strings.TrimLeft(text, " \t\r\n") {
		t, n, err := first(text)
		if err != nil {
			return nil, err
		}
		out, text = append(out, t), text[n:]
	}
	return out, nil
}

// first returns the token at the start of the text, and how long it is there.
func first(text string) (token, int, error) {
	switch c := text[0]; {
	case c == '"' || c == '\'':
		end := strings.IndexByte(text[1:], c)
		if end < 0 {
			return token{}, 0, errors.New("a quotation mark is not closed")
		}
		if strings.Contains(text[1:1+end], `\`) {
			return token{}, 0, errors.New("a backslash in quotation marks is no part of the language")
		}
		return token{quoted, text[1 : 1+end]}, end + 2, nil
	case letter(c):
		n := 1
		for n < len(text) && (letter(text[n]) || text[n] >= '0' && text[n] <= '9') {
			n++
		}
		return token{named, text[:n]}, n, nil
	}
	for _, s := range signs {
		if strings.HasPrefix(text, s) {
			return token{sign, s}, len(s), nil
		}
	}
	return token{}, 0, fmt.Errorf("%q is no part of the language", text[:1])
}

func letter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// parser reads tokens; || binds least, then &&, then == and !=, then !.
type parser struct {
	tokens    []token
	at, depth int
	functions map[string]ExpressionFunction
}

// deepest bounds how many brackets and "!" may stand in one another.
const deepest = 100

// take goes on past the sign if it comes next.
func (p *parser) take(s string) bool {
	if p.at < len(p.tokens) && p.tokens[p.at] == (token{sign, s}) {
		p.at++
		return true
	}
	return false
}

func (p *parser) or() (node, error) {
	left, err := p.and()
	for err == nil && p.take("||") {
		var right node
		if right, err = p.and(); err == nil {
			left = either{left: left, right: right}
		}
	}
	return left, err
}

func (p *parser) and() (node, error) {
	left, err := p.compare()
	for err == nil && p.take("&&") {
		var right node
		if right, err = p.compare(); err == nil {
			left = either{left: left, right: right, both: true}
		}
	}
	return left, err
}

func (p *parser) compare() (node, error) {
	left, err := p.single()
	if err != nil {
		return nil, err
	}
	same := p.take("==")
	if !same && !p.take("!=") {
		return left, nil
	}
	right, err := p.single()
	if err != nil {
		return nil, err
	}
	if same {
		return equal{left, right}, nil
	}
	return not{equal{left, right}}, nil
}

func (p *parser) single() (node, error) {
	if p.depth++; p.depth > deepest {
		return nil, errors.New("too many brackets in one another")
	}
	defer func() { p.depth-- }()
	switch {
	case p.at == len(p.tokens):
		return nil, errors.New("it ends too early")
	case p.take("!"):
		of, err := p.single()
		return not{of}, err
	case p.take("("):
		in, err := p.or()
		if err == nil && !p.take(")") {
			err = errors.New("a bracket is not closed")
		}
		return in, err
	}
	t := p.tokens[p.at]
	p.at++
	switch {
	case t.kind == quoted:
		return word(t.text), nil
	case t.kind == sign:
		return nil, fmt.Errorf("%q was not expected here", t.text)
	case p.take("("):
		return p.call(t.text)
	case p.functions[t.text] != nil:
		return nil, fmt.Errorf("%s is a function, and not called", t.text)
	case t.text == "true" || t.text == "false" || t.text == "in" || t.text == "IN":
		return nil, fmt.Errorf("%q is no part of the language", t.text)
	}
	return name(t.text), nil
}

// call reads the arguments of a function, behind the bracket.
func (p *parser) call(function string) (node, error) {
	c := call{name: function, function: p.functions[function]}
	if c.function == nil {
		return nil, fmt.Errorf("there is no function %s", function)
	}
	if p.take(")") {
		return c, nil
	}
	for {
		arg, err := p.or()
		if err != nil {
			return nil, err
		}
		c.args = append(c.args, arg)
		if p.take(")") {
			return c, nil
		}
		if !p.take(",") {
			return nil, fmt.Errorf("the brackets of %s are not closed", function)
		}
	}
}
